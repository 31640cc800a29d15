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
	Nothing            string // why there is nothing to hand in
	Message            string
	Areas              []handInArea
	Unclarified        []homeLink // tasks whose organisation nobody has clarified
	Missing            int        // questions
	Whole              figureView
	Summary            []handInFigure
	Receipt            string // "Levert av … 23. november 2026 kl. 14:02"
	MayHandIn          bool
	After              string // what handing in means
	MayTakeBack        bool
	Blocked            string // why it can't be handed in by this reader, or at all
	ConfirmError       string
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
	return s.showHandIn(c, r, http.StatusOK, "")
}

func (s *Server) showHandIn(c *gin.Context, r *request, status int, confirmError string) error {
	now, err := s.current(c, r)
	if fault.CodeOf(err) == fault.NotFound && c.Query("round") == "" {
		return s.render(c, status, "hand-in", handInPage{Layout: s.layout(c, r, r.Text.T("hand-in.title")), Nothing: r.Text.T("hand-in.empty")})
	}
	if err != nil {
		return err
	}
	p := handInPage{Layout: s.layout(c, r, r.Text.T("hand-in.title")), Round: now.Round.Name, When: whenOf(r.Text, now.Round), ConfirmError: confirmError,
		Action: scopeQuery(now.Round.ID, now.Own)}
	if m, ok := s.Register.Get(now.Own); ok {
		p.Place = r.Text.T("layout.municipality", "name", m.Name)
	}
	if confirmError != "" {
		p.Path = "/hand-in?round=" + url.QueryEscape(string(now.Round.ID))
	}
	a := now.Assessment
	if a == nil {
		p.Nothing = noAssessment(r.Text, now)
		return s.render(c, status, "hand-in", p)
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
	scores := assessment.Calculate(now.Catalogue, a.Scope, a)
	whole := scores[assessment.Whole]
	p.Whole = viewFigure(r.Text, whole, whole.Standing())
	for _, area := range now.Catalogue.Areas {
		if f, ok := scores[assessment.OfArea(area.Key)]; ok {
			p.Summary = append(p.Summary, handInFigure{now.Words.Areas[area.Key].Name, viewFigure(r.Text, f, f.Standing())})
		}
	}
	coordinator := org.MayHandIn(r.Actor, now.Own)
	switch {
	case a.State == assessment.HandedIn:
		names, err := s.People.Names(c.Request.Context(), []org.PersonID{a.HandedInBy})
		if err != nil {
			return err
		}
		p.Receipt = r.Text.T("hand-in.receipt", "name", names[a.HandedInBy], "time", r.Text.DateTime(a.HandedInAt))
		p.MayTakeBack = coordinator && !a.Sealed && a.Phase == 0
	case a.Sealed:
		p.Blocked = r.Text.T("hand-in.sealed")
	case !org.MayAnswer(r.Actor, now.Own):
		p.Blocked = r.Text.T("hand-in.reader")
	case !coordinator:
		p.Blocked = r.Text.T("hand-in.coordinator")
	default:
		p.MayHandIn, p.After = true, r.Text.T("hand-in.after")
		if a.Phase > 0 { // sent back after the round closed: handing in is final
			p.After = r.Text.T("hand-in.after.late")
		}
	}
	if a.State == assessment.SentBack {
		p.Message = a.Message
	}
	return s.render(c, status, "hand-in", p)
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
		return s.showHandIn(c, r, http.StatusUnprocessableEntity, r.Text.T("hand-in.confirm.error"))
	}
	if _, err := s.Assessments.HandIn(c.Request.Context(), r.Actor, round, own); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/hand-in?round="+url.QueryEscape(string(round)))
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
	c.Redirect(http.StatusSeeOther, "/hand-in?round="+url.QueryEscape(string(round)))
	return nil
}
