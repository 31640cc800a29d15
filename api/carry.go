package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// carryView offers last round's answers, or says how many of them wait.
type carryView struct {
	Title  string
	Action string // the scope: "?municipality=larvik&round=…"
	Return string // address of the page it stands on
	Offer  string // what can be taken along; "" when nothing
	Look   string // how many of those ask something else now
	Waits  string // how many are not confirmed yet; "" when none
	Undo   string // what undoing would do
}

// taskCarryView is the one click of a task, for what the page shows.
type taskCarryView struct {
	Title, One, Many     string // how many wait; the others are for the script
	Look                 string // how many of them are confirmed one by one
	Confirm, Unconfirm   string // addresses
	Edit                 string
	Answers              []shownAnswer
	Button               string
	ButtonOne, ButtonAll string // for the script
	Confirmed            string // how many stand as they were carried; "" when none
	Undo                 []shownAnswer
}

// shownAnswer is what the form says of an answer: which, and as it was when it was shown.
type shownAnswer struct{ Question, Value string }

func shownOf(a assessment.Answer) shownAnswer {
	return shownAnswer{string(a.Question), string(a.Question) + " " + a.Tag}
}

// counted chooses between the words for one and for several.
func counted(t locale.Text, key string, n int, args ...any) string {
	if n == 1 {
		return t.T(key+".one", args...)
	}
	return t.T(key+".many", append(args, "n", n)...)
}

// roundName is what a round is called; one of a region that the reader has nothing to do with any more is told by its identity.
func (s *Server) roundName(ctx context.Context, r *request, id assessment.RoundID) (string, error) {
	round, err := s.Assessments.Round(ctx, r.Actor, id)
	switch fault.CodeOf(err) {
	case "":
		return round.Name, nil
	case fault.Forbidden, fault.NotFound:
		return string(id), nil
	}
	return "", err
}

// previous reads the round before for the assessment that is looked at, and what it is called; nil when there was none.
func (s *Server) previous(ctx context.Context, r *request, now current) (*assessment.Previous, string, error) {
	before, err := s.Assessments.Previous(ctx, r.Actor, *now.Assessment)
	if err != nil || before == nil {
		return nil, "", err
	}
	name, err := s.roundName(ctx, r, before.Round)
	return before, name, err
}

// viewCarry is the offer to take last round's answers along, for who may; nil when there is nothing to say. On the page of a task it is made
// where the task itself would get some.
func viewCarry(r *request, now current, before *assessment.Previous, name, back string, task *catalogue.Task) *carryView {
	if before == nil || !now.Assessment.Editable() || !org.MayAnswer(r.Actor, now.Own) {
		return nil
	}
	v := &carryView{Title: r.Text.T("carry.title", "round", name), Action: scopeQuery(now.Round.ID, now.Own), Return: back}
	offered := before.Carriable(now.Catalogue, now.Assessment)
	here := task == nil || slices.ContainsFunc(offered, func(a assessment.Answer) bool { return now.Catalogue.Question(a.Question).Task == task.Key })
	if len(offered) > 0 && here {
		v.Offer = r.Text.T("carry.offer", "n", len(offered))
	}
	if look := len(slices.DeleteFunc(slices.Clone(offered), func(a assessment.Answer) bool { return !a.NeedsLook() })); look > 0 {
		v.Look = r.Text.T("carry.offer.look", "n", look)
	}
	waits := 0
	for _, n := range now.Assessment.UnconfirmedOwn(now.Catalogue) {
		waits += n
	}
	if waits > 0 {
		v.Waits, v.Undo = r.Text.T("carry.waits", "n", waits, "round", name), r.Text.T("carry.undo.help", "n", waits)
	}
	if v.Offer == "" && v.Waits == "" {
		return nil
	}
	return v
}

// viewTaskCarry is what waits in a task, and what has been confirmed as it was; nil where neither.
func (s *Server) viewTaskCarry(t locale.Text, now current, task *catalogue.Task, round string) *taskCarryView {
	var from, confirmed []string // where they come from, in words
	for _, q := range task.Questions {
		a := now.Assessment.Answer(q.Key)
		into := &confirmed
		if a.Carried {
			into = &from
		}
		if name := s.sourceName(t, a, round); a.From != nil && !slices.Contains(*into, name) {
			*into = append(*into, name)
		}
	}
	round = t.List(from)
	v := &taskCarryView{Confirm: "/tasks/" + string(task.Key) + "/confirm" + scopeQuery(now.Round.ID, now.Own), Unconfirm: "/tasks/" + string(task.Key) + "/unconfirm" + scopeQuery(now.Round.ID, now.Own),
		Edit: rand.Text()[:16], One: t.T("carry.task.one", "round", round), Many: t.T("carry.task.many", "round", round),
		ButtonOne: t.T("carry.confirm.one"), ButtonAll: t.T("carry.confirm.many")}
	waits, look := 0, 0
	for _, q := range task.Questions {
		switch a := now.Assessment.Answer(q.Key); {
		case a.Carried && a.NeedsLook():
			waits, look = waits+1, look+1
		case a.Carried:
			waits++
			v.Answers = append(v.Answers, shownOf(a))
		case a.From != nil:
			v.Undo = append(v.Undo, shownOf(a))
		}
	}
	if waits == 0 && len(v.Undo) == 0 {
		return nil
	}
	if waits > 0 {
		v.Title = counted(t, "carry.task", waits, "round", round)
		v.Button = counted(t, "carry.confirm", len(v.Answers))
	}
	if look > 0 {
		v.Look = t.T("carry.look", "n", look)
	}
	if n := len(v.Undo); n > 0 {
		v.Confirmed = t.T("carry.confirmed", "n", n, "round", t.List(confirmed))
	}
	return v
}

// sourceName is where an answer was carried from: the round before, or the municipality that shared it.
func (s *Server) sourceName(t locale.Text, a assessment.Answer, round string) string {
	if a.Received() {
		return s.municipalityName(t, a.From.Municipality)
	}
	return round
}

// carry takes last round's answers along for the whole municipality.
func (s *Server) carry(c *gin.Context, r *request) error {
	return s.takeAlong(c, r, s.Assessments.Carry)
}

// undoCarry takes away what of it nobody has confirmed.
func (s *Server) undoCarry(c *gin.Context, r *request) error {
	return s.takeAlong(c, r, s.Assessments.UndoCarry)
}

func (s *Server) takeAlong(c *gin.Context, r *request, do func(context.Context, org.Actor, assessment.RoundID, org.MunicipalityID) (assessment.Assessment, error)) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	if _, err := do(c.Request.Context(), r.Actor, round, own); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, ownPath(c.PostForm("return")))
	return nil
}

// confirmTask confirms what the page showed of a task.
func (s *Server) confirmTask(c *gin.Context, r *request) error {
	return s.confirmShown(c, r, s.Assessments.Confirm)
}

// unconfirmTask undoes it.
func (s *Server) unconfirmTask(c *gin.Context, r *request) error {
	return s.confirmShown(c, r, s.Assessments.Unconfirm)
}

func (s *Server) confirmShown(c *gin.Context, r *request, do func(context.Context, org.Actor, assessment.Confirm) (assessment.Assessment, assessment.Confirmation, error)) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	confirm := assessment.Confirm{Round: round, Municipality: own, Task: catalogue.TaskKey(c.Param("task")), Edit: c.PostForm("edit")}
	for _, shown := range c.PostFormArray("answer") {
		question, tag, _ := strings.Cut(shown, " ")
		confirm.Answers = append(confirm.Answers, assessment.Shown{Question: catalogue.QuestionKey(question), Tag: tag})
	}
	_, done, err := do(c.Request.Context(), r.Actor, confirm)
	if left := append(done.Changed, done.Look...); err == nil && len(left) > 0 {
		return s.showTask(c, r, http.StatusPreconditionFailed, &form{left: left, done: len(done.Done)}, nil)
	}
	return s.afterPost(c, r, &form{confirming: true}, err, "questions")
}

// tellLeft says which answers were not confirmed, and leads to the first.
func (p *taskPage) tellLeft(t locale.Text, now current, back *form) {
	var names []string
	for _, k := range back.left {
		if q := now.Catalogue.Question(k); q != nil {
			names = append(names, now.Words.Dimensions[q.Dimension].Name)
		}
	}
	for i := range p.Questions {
		if q := &p.Questions[i]; slices.Contains(back.left, catalogue.QuestionKey(q.ID)) {
			q.Open = true
		}
	}
	p.Fault, p.FaultAt = t.T("carry.left", "questions", t.List(names)), string(back.left[0])
	if back.done > 0 {
		p.Fault += " " + t.T("carry.left.done")
	}
}
