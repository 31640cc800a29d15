package api

import (
	"net/http"
	"slices"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// rescopePage changes what a planned round covers.
type rescopePage struct {
	Layout
	Name, Back, Action string
	Tag                string // what stood when the page was opened
	Scope              scopeView
	Faults             []planFault
}

func (s *Server) rescopePage(c *gin.Context, r *request) error {
	round, model, err := s.rescoped(c, r)
	if err != nil {
		return err
	}
	form := planned{cover: "all"}
	if len(round.Tasks) < len(model.Tasks()) {
		form.cover = "chosen"
		for _, area := range model.Areas {
			covered := slices.DeleteFunc(slices.Clone(area.Tasks), func(t catalogue.Task) bool { return !round.Tasks.Covers(t.Key) })
			if len(covered) == len(area.Tasks) {
				form.areas = append(form.areas, string(area.Key))
				continue
			}
			for _, t := range covered {
				form.tasks = append(form.tasks, string(t.Key))
			}
		}
	}
	return s.showRescope(c, r, http.StatusOK, round, model, form, rescopePage{Tag: round.ScopeTag()})
}

// rescoped finds the round whose scope is to change, and its questionnaire; Conflict when it is planned no more.
func (s *Server) rescoped(c *gin.Context, r *request) (assessment.Round, *catalogue.Catalogue, error) {
	const op = "api.rescope"
	round, err := s.Assessments.Round(c.Request.Context(), r.Actor, assessment.RoundID(c.Param("round")))
	if err != nil {
		return round, nil, err
	}
	if !org.MayRunRounds(r.Actor, round.Region) {
		return round, nil, fault.New(fault.Forbidden, op, "error.forbidden")
	}
	if round.State != assessment.Planned {
		return round, nil, fault.New(fault.Conflict, op, "error.round.not-planned", "state", round.State)
	}
	model, err := s.Assessments.Catalogue(round.Catalogue)
	return round, model, err
}

// showRescope fills what was chosen in around what a round may cover.
func (s *Server) showRescope(c *gin.Context, r *request, status int, round assessment.Round, model *catalogue.Catalogue, chosen planned, p rescopePage) error {
	p.Layout = s.layout(c, r, r.Text.T("round.rescope"))
	p.Name, p.Back, p.Action = round.Name, roundPath(round.ID), roundPath(round.ID)+"/scope"
	p.Scope.Ask = p.Action + "#cover"
	if p.Scope.CoverError != "" {
		p.Faults = []planFault{{"#cover", p.Scope.CoverError}}
	}
	if err := s.fillScope(c.Request.Context(), r, &p.Scope, round.Region, model, chosen); err != nil {
		return err
	}
	return s.render(c, status, "rescope", p)
}

func (s *Server) rescope(c *gin.Context, r *request) error {
	round, model, err := s.rescoped(c, r)
	if err != nil {
		return err
	}
	form, p := plannedIn(c, "chosen"), rescopePage{Tag: c.PostForm("tag")}
	if form.suggest { // asks only: nothing is changed
		return s.showRescope(c, r, http.StatusOK, round, model, form, p)
	}
	change := assessment.Rescope{Round: round.ID, Tag: p.Tag}
	var wrong string
	if change.Areas, change.Tasks, wrong = form.scope(); wrong != "" {
		p.Scope.CoverError, form.suggest = r.Text.T(wrong), form.cover == "suggested"
		return s.showRescope(c, r, http.StatusUnprocessableEntity, round, model, form, p)
	}
	_, err = s.Assessments.Rescope(c.Request.Context(), r.Actor, change)
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, roundPath(round.ID))
		return nil
	case fault.Invalid, fault.Stale:
		f := faultOf(err)
		p.Scope.CoverError = r.Text.T(f.Key, f.Args...)
		if len(f.Fields) > 0 {
			p.Scope.CoverError = r.Text.T(f.Fields[0].Key, f.Fields[0].Args...)
		}
		if f.Code == fault.Stale { // sent again it changes what stands now
			if round, model, err = s.rescoped(c, r); err != nil {
				return err
			}
			p.Tag = round.ScopeTag()
		}
		return s.showRescope(c, r, statuses[f.Code], round, model, form, p)
	}
	return err
}
