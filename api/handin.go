package api

import (
	"net/http"
	"net/url"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// handInPage is what is missing, a summary, and the button; afterwards the receipt.
type handInPage struct {
	Layout
	Place, Round, When string
	Action             string
	Form               string // address of the form to fill in offline, "" when nothing can be changed
	Nothing            string // why there is nothing to hand in
	Message            string
	Areas              []handInArea
	Unclarified        []homeLink // tasks whose organisation nobody has clarified
	Missing            int        // questions
	Unconfirmed        []homeLink // tasks with answers that were carried and nobody has confirmed
	UnconfirmedText    string
	ChangesTitle       string // since which round
	Changed            []changedTask
	Unsaid             string // how many of them nobody has given a reason for
	Whole              figureView
	Summary            []handInFigure
	Shown              string // address of what others see of what was handed in, "" before
	Receipt            string // "Levert av … 23. november 2026 kl. 14:02"
	Waits              string // who asked the leader to approve, and when
	WaitsMore          string // what that means now
	Fault              string // why a leader's answer could not be taken
	NoLeader           string // nobody is there who could
	Approval           *approvalForm
	Returned           string // the leader's message
	ReturnedBy         string
	MayHandIn          bool
	After              string // what handing in means
	Button             string
	MayTakeBack        bool
	Effort             string       // how long it has taken, "" while nothing is counted
	Steps              []handInLine // on the way to the round, the newest first
	Older, Newest      string       // addresses of those before, "" where there are none, and back to the newest
	TakeBackHelp       string
	Blocked            string // why it can't be handed in by this reader, or at all
	ConfirmError       string
}

// approvalForm is the leader's: she approves what Ask names, or returns it.
type approvalForm struct {
	Ask                               string
	After                             string
	MayReturn                         bool
	Message                           string
	fault                             string // what was wrong with the whole of it, told on top of the page
	ApproveError                      string
	MessageError, MessageConfirmError string
}

type handInArea struct {
	Name, Href, Label string
	Done              bool
}

type handInFigure struct {
	Name   string
	Figure figureView
}

func (s *Server) handInPage(c *gin.Context, r *request) error {
	return s.showHandIn(c, r, http.StatusOK, "", approvalForm{})
}

// showHandIn shows the page, with what was wrong with a form that came back.
func (s *Server) showHandIn(c *gin.Context, r *request, status int, confirmError string, failed approvalForm) error {
	now, err := s.current(c, r)
	if fault.CodeOf(err) == fault.NotFound && c.Query("round") == "" {
		return s.render(c, status, "hand-in", handInPage{Layout: s.layout(c, r, r.Text.T("hand-in.title")), Nothing: r.Text.T("hand-in.empty")})
	}
	if err != nil {
		return err
	}
	p := handInPage{Layout: s.layout(c, r, r.Text.T("hand-in.title")), Round: now.Round.Name, When: whenOf(r.Text, now.Round), ConfirmError: confirmError, Fault: failed.fault,
		Action: scopeQuery(now.Round.ID, now.Own)}
	if m, ok := s.Register.Get(now.Own); ok {
		p.Place = r.Text.T("layout.municipality", "name", m.Name)
	}
	if status != http.StatusOK {
		p.Path = "/hand-in?round=" + url.QueryEscape(string(now.Round.ID))
	}
	a := now.Assessment
	if a == nil {
		p.Nothing = noAssessment(r.Text, now)
		return s.render(c, status, "hand-in", p)
	}
	if readOnly(r, now) == "" {
		p.Form = formPath(now.Round.ID)
	}
	for _, area := range progressOf(r.Text, now, "") {
		p.Areas = append(p.Areas, handInArea{Name: area.Name, Href: area.Href, Label: area.Label, Done: area.Answered == area.Of})
		p.Missing += area.Of - area.Answered
	}
	for _, k := range now.Round.Tasks {
		if a.Organisation(k).Status == assessment.NotClarified {
			p.Unclarified = append(p.Unclarified, homeLink{taskPath(k, now.Round.ID), now.Words.Tasks[k].Name})
		}
	}
	effort, err := s.Assessments.Effort(c.Request.Context(), r.Actor, now.Round.ID, now.Own)
	if err != nil {
		return err
	}
	if n := effort.Total(); n > 0 {
		p.Effort = r.Text.T("effort.own", "time", duration(r.Text, n))
	}
	waits := a.Unconfirmed(now.Catalogue)
	for _, k := range now.Round.Tasks {
		if waits[k] > 0 {
			p.Unconfirmed = append(p.Unconfirmed, homeLink{taskPath(k, now.Round.ID) + "#questions", now.Words.Tasks[k].Name})
		}
	}
	if len(waits) > 0 {
		n := 0
		for _, of := range waits {
			n += of
		}
		p.UnconfirmedText = r.Text.T("hand-in.unconfirmed", "n", n)
	}
	before, beforeName, err := s.previous(c.Request.Context(), r, now)
	if err != nil {
		return err
	}
	if changed, unsaid := viewChanges(r.Text, now, before); len(changed) > 0 {
		p.ChangesTitle, p.Changed = r.Text.T("hand-in.changes", "round", beforeName), changed
		if unsaid > 0 && a.Editable() {
			p.Unsaid = r.Text.T("hand-in.changes.unsaid", "n", unsaid)
		}
	}
	scores := assessment.Calculate(now.Catalogue, a.Scope, a)
	whole := scores[assessment.Whole]
	p.Whole = viewFigure(r.Text, now.Catalogue.Scale, whole, whole.Standing())
	for _, area := range now.Catalogue.Areas {
		if f, ok := scores[assessment.OfArea(area.Key)]; ok {
			p.Summary = append(p.Summary, handInFigure{now.Words.Areas[area.Key].Name, viewFigure(r.Text, now.Catalogue.Scale, f, f.Standing())})
		}
	}
	names, err := s.names(c.Request.Context(), r.Text, a.HandedInBy, a.ApprovedBy, a.ReturnedBy)
	if err != nil {
		return err
	}
	if err := s.fillSteps(c.Request.Context(), r, a, c.Query("below"), &p); err != nil {
		return err
	}
	coordinator := org.MayHandIn(r.Actor, now.Own)
	switch {
	case a.State == assessment.Waiting:
		if err := s.fillWaiting(c, r, now, &p, names.of(a.HandedInBy), failed); err != nil {
			return err
		}
	case a.State == assessment.HandedIn:
		p.Shown = submissionPath(now.Round.ID, now.Own)
		p.Receipt = r.Text.T("hand-in.receipt", "name", names.of(a.HandedInBy), "time", r.Text.DateTime(a.HandedInAt))
		if a.ApprovedBy != "" {
			p.Receipt = r.Text.T("hand-in.receipt.approved", "name", names.of(a.HandedInBy), "leader", names.of(a.ApprovedBy), "time", r.Text.DateTime(a.HandedInAt))
		}
		p.MayTakeBack, p.TakeBackHelp = coordinator && !a.Sealed && a.Phase == 0, r.Text.T("hand-in.take-back.help")
	case a.Sealed:
		p.Blocked = r.Text.T("hand-in.sealed")
	case !org.MayAnswer(r.Actor, now.Own):
		p.Blocked = r.Text.T("hand-in.reader")
	case !coordinator:
		p.Blocked = r.Text.T("hand-in.coordinator")
	default:
		if err := s.fillHandIn(c, r, now, &p); err != nil {
			return err
		}
	}
	if a.Returned != "" {
		p.Returned, p.ReturnedBy = a.Returned, r.Text.T("hand-in.returned", "name", names.of(a.ReturnedBy))
	}
	if a.State == assessment.SentBack {
		p.Message = a.Message
	}
	return s.render(c, status, "hand-in", p)
}

// fillHandIn is the coordinator's form, and what will happen when she sends it.
func (s *Server) fillHandIn(c *gin.Context, r *request, now current, p *handInPage) error {
	member, err := s.member(c.Request.Context(), r, now.Own)
	if err != nil {
		return err
	}
	p.MayHandIn, p.After, p.Button = true, r.Text.T("hand-in.after"), r.Text.T("hand-in.button")
	if now.Assessment.Phase > 0 { // sent back after the round closed: handing in is final
		p.After = r.Text.T("hand-in.after.late")
	}
	if !member.Approval {
		return nil
	}
	p.After, p.Button = r.Text.T("hand-in.after.approval"), r.Text.T("hand-in.button.approval")
	return s.fillNoLeader(c, r, now.Own, p)
}

func (s *Server) fillNoLeader(c *gin.Context, r *request, m org.MunicipalityID, p *handInPage) error {
	ok, err := s.People.HasLeader(c.Request.Context(), m)
	if err == nil && !ok {
		p.NoLeader = r.Text.T("approval.no-leader")
	}
	return err
}

// fillWaiting tells everyone that the leader's approval is waited for, and gives her the forms. failed is what was wrong with one of them.
func (s *Server) fillWaiting(c *gin.Context, r *request, now current, p *handInPage, by string, failed approvalForm) error {
	a, t := now.Assessment, r.Text
	p.Waits = t.T("hand-in.waits", "name", by, "time", t.DateTime(a.HandedInAt))
	p.WaitsMore = t.T("hand-in.waits.open")
	switch {
	case now.Round.State == assessment.Published && a.Sealed:
		p.WaitsMore = t.T("hand-in.waits.missed")
		return nil
	case a.Sealed:
		p.WaitsMore = t.T("hand-in.waits.closed", "date", t.Date(now.Round.PublishAt))
	}
	p.MayTakeBack, p.TakeBackHelp = org.MayHandIn(r.Actor, now.Own) && !a.Sealed, t.T("hand-in.take-back.waiting")
	if !org.MayApprove(r.Actor, now.Own) {
		return s.fillNoLeader(c, r, now.Own, p)
	}
	failed.Ask, failed.MayReturn, failed.After = a.Ask, !a.Sealed, t.T("hand-in.after.approved")
	if a.Phase > 0 {
		failed.After = t.T("hand-in.after.approved.late")
	}
	p.Approval = &failed
	return nil
}

func handInPath(round assessment.RoundID) string {
	return "/hand-in?round=" + url.QueryEscape(string(round))
}

func (s *Server) handIn(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	if c.PostForm("confirm") != "yes" {
		return s.showHandIn(c, r, http.StatusUnprocessableEntity, r.Text.T("hand-in.confirm.error"), approvalForm{})
	}
	a, err := s.Assessments.HandIn(c.Request.Context(), r.Actor, round, own)
	if err != nil {
		return err
	}
	s.tellWaiting(c.Request.Context(), r, a)
	c.Redirect(http.StatusSeeOther, handInPath(round))
	return nil
}

func (s *Server) takeBack(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if _, err := s.Assessments.TakeBack(c.Request.Context(), r.Actor, round, own); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, handInPath(round))
	return nil
}

// approve is the leader's yes to what she saw: the form carries its name.
func (s *Server) approve(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	if c.PostForm("confirm") != "yes" && org.MayApprove(r.Actor, own) {
		return s.showHandIn(c, r, http.StatusUnprocessableEntity, "", approvalForm{ApproveError: r.Text.T("hand-in.confirm.error")})
	}
	_, err = s.Assessments.Approve(c.Request.Context(), r.Actor, round, own, c.PostForm("ask"))
	return s.approved(c, r, round, err)
}

// returnAssessment gives it back to those who fill it in, with the leader's message.
func (s *Server) returnAssessment(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	if !org.MayApprove(r.Actor, own) {
		return fault.New(fault.Forbidden, "api.return", "error.forbidden")
	}
	if err = assessment.CheckText("message", c.PostForm("message"), confirmed(c)); err == nil {
		_, err = s.Assessments.Return(c.Request.Context(), r.Actor, round, own, c.PostForm("ask"), c.PostForm("message"))
	}
	return s.approved(c, r, round, err)
}

// approved goes back to the page after a leader's answer; one that could not be taken comes back with what was typed.
func (s *Server) approved(c *gin.Context, r *request, round assessment.RoundID, err error) error {
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, handInPath(round))
		return nil
	case fault.Invalid, fault.Conflict:
	default:
		return err
	}
	f := faultOf(err)
	form := approvalForm{Message: typed(c, "message"), fault: r.Text.T(f.Key, f.Args...)}
	for _, field := range f.Fields {
		switch text := r.Text.T(field.Key, field.Args...); field.Name {
		case "message":
			form.MessageError = text
		case assessment.ConfirmField:
			form.MessageConfirmError = text
		}
	}
	return s.showHandIn(c, r, statuses[f.Code], "", form)
}
