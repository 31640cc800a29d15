package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// ratePage is where somebody rates a task on her own, one question after the other. Each level is a button that saves it, so that nothing waits to
// be saved. Answers and earlier rounds are not on it: they would be rated after.
type ratePage struct {
	Layout
	Over     string
	TaskHref string
	Closed   string // why nothing can be rated
	Meeting  string // where the group meets
	Follow   string // the same, once the spread is shown
	Warning  []string
	Action   string
	Question *rateView  // nil when every question is rated
	Own      []rateLine // what she has said
	Rated    string
	Fault    string
	Typed    string // what was sent and could not be taken in
}

type rateView struct {
	Key, Place, Dimension, Text string
	Levels                      []levelView
	Unsure                      bool // is what she has said
	Back                        string
}

type rateLine struct {
	Place, Dimension, Said string
	Level                  int
	Known                  bool // she has given a level
	Href                   string
}

// unsure is what a form sends for "I don't know".
const unsure = "unsure"

func (s *Server) ratePage(c *gin.Context, r *request) error {
	return s.showRate(c, r, http.StatusOK, nil)
}

func (s *Server) showRate(c *gin.Context, r *request, status int, failed *fault.Error) error {
	ctx, t := c.Request.Context(), r.Text
	m, err := s.sittingAt(c, r)
	if err != nil {
		return err
	}
	own, err := s.Assessments.OwnRating(ctx, r.Actor, m.At)
	if err != nil {
		return err
	}
	now, err := s.Assessments.Consensus(ctx, r.Actor, m.At)
	if err != nil {
		return err
	}
	p := ratePage{Layout: s.layout(c, r, m.Name), Over: m.Place + " · " + m.Round.Name, TaskHref: taskPath(m.At.Task, m.At.Round), Action: m.href("rate"), Meeting: m.href("consensus")}
	p.Path = p.Action
	switch {
	case now == nil:
		p.Closed = t.T("error.ratings.none")
	case now.Stage == assessment.Stopped:
		p.Closed = t.T("error.ratings.stopped")
	case now.Shown():
		p.Closed, p.Follow = t.T("error.ratings.late"), p.Meeting
	default:
		p.Warning, p.Rated = warning(t, now), ratedText(t, now.Rated)
	}
	if failed != nil {
		p.Fault = t.T(failed.Key, failed.Args...)
		p.Typed = s.sent(r, m, c.PostForm("question"), c.PostForm("level"))
	}
	questions := m.Catalogue.Task(m.At.Task).Questions
	asked := catalogue.QuestionKey(c.Query("question"))
	for i, q := range questions {
		said, given := own.Of(q.Key)
		place := t.T("consensus.place", "n", i+1, "of", len(questions))
		text := m.Words.Questions[q.Key]
		if p.Closed == "" && p.Question == nil && (q.Key == asked || asked == "" && !given) {
			p.Question = &rateView{Key: string(q.Key), Place: place, Dimension: m.Words.Dimensions[q.Dimension].Name, Text: text.Text, Unsure: given && said.Level == nil}
			for level := m.Catalogue.Scale.Min; level <= m.Catalogue.Scale.Max; level++ {
				p.Question.Levels = append(p.Question.Levels, levelView{Value: level, Name: m.Words.Levels[level], About: text.Levels[level], Checked: said.Level != nil && *said.Level == level})
			}
			if i > 0 {
				p.Question.Back = p.Action + "&question=" + string(questions[i-1].Key)
			}
		}
		if !given {
			continue
		}
		line := rateLine{Place: place, Dimension: m.Words.Dimensions[q.Dimension].Name, Said: t.T("rate.unsure"), Known: said.Level != nil, Href: p.Action + "&question=" + string(q.Key)}
		if line.Known {
			line.Level, line.Said = *said.Level, m.Words.Levels[*said.Level]
		}
		p.Own = append(p.Own, line)
	}
	return s.render(c, status, "rate", p)
}

// sent words a level that could not be taken in.
func (s *Server) sent(r *request, m meeting, question, level string) string {
	q := m.Catalogue.Question(catalogue.QuestionKey(question))
	if q == nil {
		return ""
	}
	said := ""
	if level == unsure {
		said = r.Text.T("rate.unsure")
	} else if n, err := strconv.Atoi(level); err == nil && m.Words.Levels[n] != "" {
		said = level + " " + m.Words.Levels[n]
	}
	return m.Words.Dimensions[q.Dimension].Name + ": " + said
}

// rate saves the reader's own level for a question, and goes on to the next she has not rated.
func (s *Server) rate(c *gin.Context, r *request) error {
	at, err := s.sittingOf(c, r)
	if err != nil {
		return err
	}
	rate := assessment.Rate{Sitting: at, Question: catalogue.QuestionKey(c.PostForm("question"))}
	if sent := c.PostForm("level"); sent != unsure {
		level, wrong := strconv.Atoi(sent)
		if rate.Level = &level; wrong != nil && org.MayRate(r.Actor, at.Municipality) {
			return s.showRate(c, r, http.StatusUnprocessableEntity, fault.Wrong("api.rate", "level", "error.consensus.level"))
		}
	}
	switch _, err = s.Assessments.Rate(c.Request.Context(), r.Actor, rate); fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, sittingPath(at, "rate"))
		return nil
	case fault.Invalid, fault.Conflict:
		f := faultOf(err)
		return s.showRate(c, r, statuses[f.Code], f)
	}
	return err
}

// taskRatings is what a task's page says of rating it together; nil where there is nothing to say.
type taskRatings struct {
	formPart
	Stage   string
	Says    string
	Warning []string
	Open    string // address to ask for ratings
	Rate    string
	Follow  string
}

// ratingsOf is the part of a task's page about rating it together first.
func (s *Server) ratingsOf(ctx context.Context, r *request, now current, task catalogue.TaskKey) (*taskRatings, error) {
	if now.Assessment == nil || !now.Assessment.Scope.Covers(task) || !org.MayFollowConsensus(r.Actor, now.Own) {
		return nil, nil
	}
	at := assessment.Sitting{Round: now.Round.ID, Municipality: now.Own, Task: task}
	sitting, err := s.Assessments.Consensus(ctx, r.Actor, at)
	if err != nil {
		return nil, err
	}
	t, leads := r.Text, org.MayLeadConsensus(r.Actor, now.Own)
	v := &taskRatings{formPart: formPartOf(r)}
	switch {
	case sitting != nil && sitting.Shown():
		v.Stage, v.Says, v.Follow = string(sitting.Stage), t.T("ratings.stage."+string(sitting.Stage)), sittingPath(at, "consensus")
	case sitting != nil && sitting.Stage == assessment.TakesRatings:
		v.Stage, v.Says, v.Follow = string(sitting.Stage), ratedText(t, sitting.Rated), sittingPath(at, "consensus")
		if org.MayRate(r.Actor, now.Own) && now.Assessment.Editable() {
			v.Rate = sittingPath(at, "rate")
		}
	case leads && now.Assessment.Editable() && now.Round.State != assessment.Published && now.Assessment.Organisation(task).Status != assessment.NotRelevant:
		v.Says, v.Warning, v.Open = t.T("ratings.open.says"), warning(t, sitting), sittingPath(at, "ratings/open")
	default:
		return nil, nil
	}
	return v, nil
}

// toRate lists the tasks that the reader's municipality rates together just now, for the first page.
func (s *Server) toRate(ctx context.Context, r *request, now current) ([]homeLink, error) {
	if !org.MayRate(r.Actor, now.Own) {
		return nil, nil
	}
	open, err := s.Assessments.Sittings(ctx, r.Actor, now.Own, assessment.TakesRatings, store.MaxMembers)
	if err != nil {
		return nil, err
	}
	var links []homeLink
	for _, k := range now.Round.Tasks {
		if slices.ContainsFunc(open, func(c assessment.Consensus) bool { return c.Round == now.Round.ID && c.Task == k }) {
			links = append(links, homeLink{sittingPath(assessment.Sitting{Round: now.Round.ID, Municipality: now.Own, Task: k}, "rate"), now.Words.Tasks[k].Name})
		}
	}
	return links, nil
}
