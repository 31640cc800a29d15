package api

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// planPage is the form that plans a round.
type planPage struct {
	Layout
	Name           string
	Catalogues     []choiceView
	Changes        []changeLink // what a version that may be chosen changes, from the one it comes from
	Separation     string       // address of the questions that never separate anyone
	Scope          scopeView
	Opens          string // "2026-11-23", days in Norway
	Closes         string
	Publishes      string
	NameError      string
	CatalogueError string
	OpensError     string
	ClosesError    string
	PublishesError string
	Faults         []planFault
}

// planFault leads from the list on top to its field.
type planFault struct{ Href, Text string }

// The hours at which a planned day counts, in Norway.
const (
	opensHour     = 8
	closesHour    = 16
	publishesHour = 12
)

func (s *Server) planPage(c *gin.Context, r *request) error {
	return s.showPlan(c, r, http.StatusOK, planPage{}, planned{cover: "all"})
}

// showPlan fills the form's choices in around what was typed.
func (s *Server) showPlan(c *gin.Context, r *request, status int, p planPage, chosen planned) error {
	if !org.MayRunRounds(r.Actor, r.Actor.Region()) {
		return fault.New(fault.Forbidden, "api.plan", "error.forbidden")
	}
	p.Layout = s.layout(c, r, r.Text.T("rounds.plan"))
	var model *catalogue.Catalogue
	p.Separation = separationPath(r.Actor.Region())
	p.Catalogues, model = s.catalogueChoices(r.Text, chosen.catalogue)
	all := s.Assessments.Catalogues()
	for _, choice := range p.Catalogues {
		q := all[catalogue.Key(choice.Value)]
		if before := q.Before(all); len(before) > 0 {
			label := r.Text.T("catalogues.news", "newer", versionName(q, r.Text), "older", versionName(before[0], r.Text))
			p.Changes = append(p.Changes, changeLink{changesPath(q.Key(), before[0].Key()), label})
		}
	}
	p.Scope.Text, p.Scope.Ask = r.Text, "/rounds/new#cover"
	if model != nil {
		if err := s.fillScope(c.Request.Context(), r, &p.Scope, r.Actor.Region(), model, chosen); err != nil {
			return err
		}
	}
	return s.render(c, status, "plan", p)
}

// catalogueChoices lists the questionnaires that rounds may be planned on, and finds the one chosen: the newest in use unless it is among them.
func (s *Server) catalogueChoices(t locale.Text, chosen catalogue.Key) (choices []choiceView, model *catalogue.Catalogue) {
	var offered []*catalogue.Catalogue
	for _, c := range s.Assessments.Catalogues() {
		if s.Assessments.MayPlanOn(c) {
			offered = append(offered, c)
		}
	}
	slices.SortFunc(offered, func(a, b *catalogue.Catalogue) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Version, b.Version))
	})
	model = s.newestCatalogue((*catalogue.Catalogue).Published)
	if i := slices.IndexFunc(offered, func(c *catalogue.Catalogue) bool { return c.Key() == chosen }); i >= 0 {
		model = offered[i]
	}
	for _, c := range offered {
		name := wording(c, t).Name + " " + strconv.Itoa(c.Version)
		if !c.Published() {
			name = t.T("rounds.draft", "name", name)
		}
		choices = append(choices, choiceView{string(c.Key()), name, c == model})
	}
	return choices, model
}

func (s *Server) plan(c *gin.Context, r *request) error {
	p := planPage{Name: c.PostForm("name"), Opens: c.PostForm("opens"), Closes: c.PostForm("closes"), Publishes: c.PostForm("publishes")}
	form := plannedIn(c, "all")
	if form.suggest || c.PostForm("show") != "" { // asks only: nothing is planned, and nothing typed is lost
		return s.showPlan(c, r, http.StatusOK, p, form)
	}
	plan := assessment.Plan{Region: r.Actor.Region(), Name: p.Name, Catalogue: form.catalogue}
	var wrong string
	plan.Areas, plan.Tasks, wrong = form.scope()
	// What can't be read is replaced by what the domain refuses, so that it tells of everything else that is wrong too.
	var unread []fault.Field
	for _, day := range []struct {
		text, field string
		hour        int
		into        *time.Time
		refused     time.Time
	}{
		{p.Opens, "opensAt", opensHour, &plan.OpensAt, time.Time{}},
		{p.Closes, "closesAt", closesHour, &plan.ClosesAt, time.Time{}},
		{p.Publishes, "publishAt", publishesHour, &plan.PublishAt, time.Unix(0, 0)},
	} {
		if day.text == "" {
			continue
		}
		at, err := norwegianTime(day.text, day.hour)
		if err != nil {
			at = day.refused
			unread = append(unread, fault.Field{Name: day.field, Key: "error.plan.day"})
		}
		*day.into = at
	}
	if wrong != "" {
		plan.Tasks = []catalogue.TaskKey{""}
		form.suggest = form.cover == "suggested" // nobody plans what she has not seen
		unread = append(unread, fault.Field{Name: "tasks", Key: wrong})
	}
	round, err := s.Assessments.Plan(c.Request.Context(), r.Actor, plan)
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, roundPath(round.ID))
		return nil
	case fault.Invalid, fault.Conflict:
		f := faultOf(err)
		p.faults(r.Text, append(unread, f.Fields...))
		return s.showPlan(c, r, statuses[f.Code], p, form)
	}
	return err
}

// faults puts the first fault of each field beside it, and all in the list on top, in the form's order.
func (p *planPage) faults(t locale.Text, fields []fault.Field) {
	for _, place := range []struct {
		id    string
		names []string
		into  *string
	}{
		{"name", []string{"name", "national"}, &p.NameError},
		{"catalogue", []string{"catalogue"}, &p.CatalogueError},
		{"cover", []string{"areas", "tasks"}, &p.Scope.CoverError},
		{"opens", []string{"opensAt"}, &p.OpensError},
		{"closes", []string{"closesAt"}, &p.ClosesError},
		{"publishes", []string{"publishAt"}, &p.PublishesError},
	} {
		i := slices.IndexFunc(fields, func(f fault.Field) bool { return slices.Contains(place.names, f.Name) })
		if i < 0 {
			continue
		}
		*place.into = t.T(fields[i].Key, fields[i].Args...)
		p.Faults = append(p.Faults, planFault{"#" + place.id, *place.into})
	}
}

// norwegianTime reads a day, which counts from an hour, or a day with its own time: "2026-11-23", "2026-11-23T08:00".
func norwegianTime(text string, hour int) (time.Time, error) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		return time.Time{}, err
	}
	if at, err := time.ParseInLocation("2006-01-02T15:04", text, oslo); err == nil {
		return at, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, oslo)
	if err != nil {
		return time.Time{}, err
	}
	return time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, oslo), nil
}
