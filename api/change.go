package api

import (
	"slices"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/locale"

	"github.com/gin-gonic/gin"
)

// reasonView is the form that asks once why a task's levels changed. The page has it wherever there is something to compare with, and shows it
// when a level is another than last round's.
type reasonView struct {
	Open        bool // unfolded
	Action, Tag string
	Choices     []choiceView
	Saved, By   string
	Error       string
	Theirs      string // what somebody else saved, when a form without scripts lost the race
	Typed       string // what was sent and could not be saved, when nothing can be changed any more
	Text        string // for reading
}

// unsaid tells that nobody has given a reason.
func (v reasonView) unsaid() bool {
	return !slices.ContainsFunc(v.Choices, func(c choiceView) bool { return c.Chosen && c.Value != "" })
}

// reasonChoices are the reasons a change may have, the first of them none.
func reasonChoices(t locale.Text, none string, chosen assessment.ChangeReason) []choiceView {
	all := []choiceView{{"", none, chosen == ""}}
	for _, reason := range assessment.ChangeReasons {
		all = append(all, choiceView{string(reason), t.T("change." + string(reason)), reason == chosen})
	}
	return all
}

// reasonText words a reason, or that nobody has said.
func reasonText(t locale.Text, reason assessment.ChangeReason) string {
	if reason == "" {
		return t.T("change.none")
	}
	return t.T("change." + string(reason))
}

func (s *Server) viewReason(r *request, now current, task *catalogue.Task, names names) *reasonView {
	reason := now.Assessment.Reason(task.Key)
	v := &reasonView{Action: "/tasks/" + string(task.Key) + "/reason" + scopeQuery(now.Round.ID, now.Own), Tag: reason.Tag, By: names.of(reason.By),
		Choices: reasonChoices(r.Text, r.Text.T("change.none"), reason.Reason), Text: reasonText(r.Text, reason.Reason)}
	if reason.Tag != "" {
		v.Saved = r.Text.T("save.saved", "time", r.Text.When(reason.At, s.Now()))
	}
	return v
}

// saveReason saves why a task's levels changed, sent by script.
func (s *Server) saveReason(c *gin.Context, r *request) error {
	var data struct {
		Reason assessment.ChangeReason `json:"reason"`
	}
	round, own, pre, err := sentByScript(c, r, &data)
	if err != nil {
		return err
	}
	task := catalogue.TaskKey(c.Param("task"))
	a, err := s.Assessments.SaveReason(c.Request.Context(), r.Actor, assessment.SaveReason{
		Round: round, Municipality: own, Task: task, Reason: data.Reason, First: pre.First, Tag: pre.Tag, Edit: pre.Edit,
	})
	if err != nil {
		return s.both(c.Request.Context(), r.Text, err)
	}
	reason := a.Reason(task)
	return s.acknowledge(c, r, a, task, reason.Tag, r.Text.Clock(reason.At), false)
}

// postReason saves it sent without scripts.
func (s *Server) postReason(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	reason, tag := assessment.ChangeReason(c.PostForm("reason")), c.PostForm("tag")
	_, err = s.Assessments.SaveReason(c.Request.Context(), r.Actor, assessment.SaveReason{
		Round: round, Municipality: own, Task: catalogue.TaskKey(c.Param("task")), Reason: reason, First: tag == "", Tag: tag,
	})
	return s.afterPost(c, r, &form{reason: &reason}, err, "reason")
}

// putBackReason shows the form as it was sent.
func (p *taskPage) putBackReason(t locale.Text, sent assessment.ChangeReason, stale bool, told string) {
	p.FaultAt = "reason"
	if p.Reason == nil {
		return
	}
	if !slices.Contains(assessment.ChangeReasons, sent) {
		sent = ""
	}
	switch {
	case p.ReadOnly != "":
		p.Reason.Typed = reasonText(t, sent)
		return
	case stale:
		p.Reason.Theirs = p.Reason.Text
	}
	p.Reason.Choices, p.Reason.Saved, p.Reason.Error = reasonChoices(t, t.T("change.none"), sent), "", told
}

// changedTask is a task of which a level is another than last round's.
type changedTask struct {
	Name, Href, Text string
	Said             bool // every change has a reason
}

// viewChanges lists the tasks whose levels changed since the round before, and in how many of them somebody has yet to say why.
func viewChanges(t locale.Text, now current, before *assessment.Previous) (all []changedTask, unsaid int) {
	for _, k := range now.Round.Tasks {
		task := now.Catalogue.Task(k)
		moves := now.Assessment.Moves(before, task)
		if len(moves) == 0 {
			continue
		}
		c := changedTask{Name: now.Words.Tasks[k].Name, Href: taskPath(k, now.Round.ID) + "#reason", Said: true}
		var reasons []string
		for _, m := range moves {
			if m.Reason == "" {
				c.Said = false
			} else if text := reasonText(t, m.Reason); !slices.Contains(reasons, text) {
				reasons = append(reasons, text)
			}
		}
		if !c.Said {
			unsaid++
			reasons = append(reasons, t.T("change.none"))
		}
		c.Text = t.T("hand-in.changes.task", "n", len(moves), "reasons", t.List(reasons))
		all = append(all, c)
	}
	return all, unsaid
}
