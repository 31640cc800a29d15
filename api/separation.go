package api

import (
	"context"
	"net/http"
	"net/url"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// separationPage lists the questions that never separate anyone, for who may have them mended in the questionnaire's next version.
type separationPage struct {
	Layout
	Region     string // name; "" is every region
	Action     string
	Catalogues []choiceView
	Empty      string   // why nothing can be said, and what comes next
	Rounds     string   // which were looked at
	Counts     []string // how many never separate, how many are unknown, and the rest
	Questions  []unseparatingView
}

type unseparatingView struct {
	Area, Task, Dimension string
	Text                  string
	Rounds                []string // "Vår 2026: 8 av 8 på nivå 3"
}

func separationPath(region org.RegionID) string {
	return "/regions/" + url.PathEscape(string(region)) + "/questions"
}

func (s *Server) separationPage(c *gin.Context, r *request) error {
	id := org.RegionID(c.Param("region"))
	if !org.MaySeeSeparation(r.Actor, id) {
		return fault.New(fault.Forbidden, "api.separation", "error.forbidden")
	}
	region, err := s.Regions.Get(c.Request.Context(), id)
	if err != nil {
		return err
	}
	return s.showSeparation(c, r, separationPage{Region: region.Name}, func(model *catalogue.Catalogue) (assessment.Separation, error) {
		return s.Assessments.Separation(c.Request.Context(), r.Actor, region, model)
	})
}

// separationEverywhere is the same for who owns the questionnaires: over every region, and without a level.
func (s *Server) separationEverywhere(c *gin.Context, r *request) error {
	if !org.MaySeeSeparationEverywhere(r.Actor) {
		return fault.New(fault.Forbidden, "api.separation", "error.forbidden")
	}
	return s.showSeparation(c, r, separationPage{}, func(model *catalogue.Catalogue) (assessment.Separation, error) {
		return s.unseparating(c.Request.Context(), r.Actor, model)
	})
}

// unseparating looks at every region there is.
func (s *Server) unseparating(ctx context.Context, actor org.Actor, model *catalogue.Catalogue) (assessment.Separation, error) {
	regions, err := s.Regions.List(ctx, store.MaxMembers)
	if err != nil {
		return assessment.Separation{}, err
	}
	var ids []org.RegionID
	for _, region := range regions {
		ids = append(ids, region.ID)
	}
	return s.Assessments.SeparationEverywhere(ctx, actor, ids, model)
}

func (s *Server) showSeparation(c *gin.Context, r *request, p separationPage, find func(*catalogue.Catalogue) (assessment.Separation, error)) error {
	t, chosen := r.Text, catalogue.Key(c.Query("catalogue"))
	choices, model := s.catalogueChoices(t, chosen)
	if chosen != "" || model == nil {
		var err error
		if model, err = s.Assessments.Catalogue(chosen); err != nil {
			return err
		}
	}
	found, err := find(model)
	if err != nil {
		return err
	}
	p.Layout, p.Action, p.Catalogues = s.layout(c, r, t.T("separation.title")), c.Request.URL.Path, choices
	var rounds []string
	for _, round := range found.Rounds {
		rounds = append(rounds, round.Name)
	}
	of := len(found.Never) + found.Few + found.Rest
	switch {
	case found.Few == of && p.Region == "":
		p.Empty = t.T("separation.few.everywhere", "n", assessment.FewestToSeparate)
		return s.render(c, http.StatusOK, "separation", p)
	case len(rounds) == 0 && p.Region != "":
		p.Empty = t.T("separation.empty")
		return s.render(c, http.StatusOK, "separation", p)
	case found.Few == of:
		p.Empty = t.T("separation.few.all", "rounds", t.List(rounds), "n", assessment.FewestToSeparate)
		return s.render(c, http.StatusOK, "separation", p)
	}
	p.Rounds = t.T("separation.everywhere", "n", assessment.SeparationRounds)
	if p.Region != "" {
		p.Rounds = t.T("separation.rounds", "rounds", t.List(rounds))
	}
	p.Counts = []string{t.T("separation.never", "n", len(found.Never), "of", of), t.T("separation.rest", "n", found.Rest)}
	if found.Few > 0 {
		p.Counts = append(p.Counts, t.T("separation.few", "n", found.Few, "fewest", assessment.FewestToSeparate))
	}
	for _, q := range found.Never {
		p.Questions = append(p.Questions, unseparatingOf(r, model, q, p.Region != ""))
	}
	return s.render(c, http.StatusOK, "separation", p)
}

func unseparatingOf(r *request, model *catalogue.Catalogue, u assessment.Unseparating, levels bool) unseparatingView {
	words := wording(model, r.Text)
	q := model.Question(u.Question)
	v := unseparatingView{Area: words.Areas[model.Task(q.Task).Area].Name, Task: words.Tasks[q.Task].Name, Dimension: words.Dimensions[q.Dimension].Name, Text: words.Questions[u.Question].Text}
	if !levels {
		v.Rounds = []string{r.Text.T("separation.alike.rounds", "n", len(u.Rounds))}
		return v
	}
	for _, in := range u.Rounds {
		v.Rounds = append(v.Rounds, r.Text.T("separation.alike", "round", in.Name, "n", in.Same, "of", in.Given, "level", in.Level))
	}
	return v
}
