package api

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"helhet/assessment"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"
	"helhet/reports"

	"github.com/gin-gonic/gin"
)

// assumptionsPage lists what a municipality's benefits are worked out by.
type assumptionsPage struct {
	Layout
	Place  string
	Saved  bool
	New    string // address of the form; "" for who may not
	Groups []assumptionGroup
	Edit   string // of the undoing
	Year   []string
}

type assumptionGroup struct {
	ID, Title string
	Values    []assumptionView // the latest day first
}

type assumptionView struct {
	Amount, When string
	Now          bool // it holds today
	Source, By   string
	Removed      bool
	Href, Tag    string // of its form; "" for who may not
	Undo         string // what undoing does
}

// assumptionPage is the form of a value, new or corrected.
type assumptionPage struct {
	Layout
	Place     string
	About     string // what a correction is of, and from which day
	Form      benefitForm
	Fields    []benefitField
	Removable bool
	Before    []assumptionView // what it was before it was corrected, the newest first
}

func assumptionPath(id benefits.AssumptionID) string {
	return "/benefits/assumptions/" + url.PathEscape(string(id))
}

// whatValue is what an assumption is of, in one value of a form: "task-cost.home-visits".
func whatValue(what benefits.What, of benefits.IndicatorKey) string {
	if of == "" {
		return string(what)
	}
	return string(what) + "." + string(of)
}

func whatOf(value string) (benefits.What, benefits.IndicatorKey) {
	what, of, _ := strings.Cut(value, ".")
	return benefits.What(what), benefits.IndicatorKey(of)
}

// assumptionName is what an assumption is of, in words.
func assumptionName(t locale.Text, known *benefits.Indicators, what benefits.What, of benefits.IndicatorKey) string {
	return reports.AssumptionName(t, known, what, of)
}

// assumedShown writes its value: kroner for one, or hours a year. Unit is what a benefit's own task is counted in.
func assumedShown(t locale.Text, known *benefits.Indicators, what benefits.What, of benefits.IndicatorKey, unit benefits.Unit, n benefits.Number) string {
	return reports.Assumed(t, known, what, of, unit, n)
}

func assumedVersion(t locale.Text, known *benefits.Indicators, a benefits.Assumption, v benefits.AssumedVersion, by string) assumptionView {
	return assumptionView{Amount: assumedShown(t, known, a.What, a.Of, "", v.Value), When: t.T("assumption.from", "date", dayShown(t, a.From)), Source: v.Source,
		By: t.T("measurement.by", "name", by, "date", t.ShortDate(v.At)), Removed: v.Removed}
}

func (s *Server) assumptionsPage(c *gin.Context, r *request) error {
	ctx, t, m := c.Request.Context(), r.Text, r.Actor.Municipality()
	all, err := s.Benefits.Assumptions(ctx, r.Actor, m)
	if err != nil {
		return err
	}
	var people []org.PersonID
	for _, a := range all {
		people = append(people, a.Stands().By)
	}
	names, err := s.names(ctx, t, people...)
	if err != nil {
		return err
	}
	known, err := s.Benefits.Known(ctx, r.Actor, m)
	if err != nil {
		return err
	}
	p := assumptionsPage{Layout: s.layout(c, r, t.T("assumption.title")), Place: s.municipalityName(t, m), Saved: c.Query("saved") == "yes", Edit: rand.Text(),
		Year: []string{yearShown(t, benefits.Week), yearShown(t, benefits.Month)}}
	edits := org.MaySetAssumptions(r.Actor, m)
	if edits {
		p.New = assumptionPath("new")
	}
	for _, choice := range whats(t, known, "", true) {
		group := assumptionGroup{ID: choice.Value, Title: choice.Label}
		holds := false
		for _, a := range slices.Backward(all) {
			if whatValue(a.What, a.Of) != choice.Value {
				continue
			}
			v := assumedVersion(t, known, a, a.Stands(), names.of(a.Stands().By))
			if !v.Removed && a.From <= s.today() && !holds {
				v.Now, holds = true, true
			}
			if edits {
				v.Href, v.Tag, v.Undo = assumptionPath(a.ID), a.Tag, t.T("measurement.undo")
				if n := len(a.Versions); v.Removed {
					v.Undo = t.T("measurement.put-back")
				} else if n == 1 || a.Versions[n-2].Removed {
					v.Undo = t.T("measurement.take-out")
				}
			}
			group.Values = append(group.Values, v)
		}
		if len(group.Values) > 0 {
			p.Groups = append(p.Groups, group)
		}
	}
	return s.render(c, http.StatusOK, "assumptions", p)
}

// whats offers what may be assumed: the hour, the post, and one of each that is counted; with those of the municipality's own that are retired or without.
func whats(t locale.Text, known *benefits.Indicators, chosen string, retired bool) []choiceView {
	var all []choiceView
	offer := func(what benefits.What, of benefits.IndicatorKey) {
		value := whatValue(what, of)
		all = append(all, choiceView{value, assumptionName(t, known, what, of), value == chosen})
	}
	offer(benefits.HourlyCost, "")
	offer(benefits.HoursPerFTE, "")
	for _, i := range known.All() {
		if i.Costs() && (retired || !i.Retired) {
			offer(benefits.TaskCost, i.Key)
		}
	}
	return all
}

// assumption finds the value that the address names; an empty one is new.
func (s *Server) assumption(c *gin.Context, r *request) (benefits.Assumption, error) {
	m := r.Actor.Municipality()
	if !org.MaySetAssumptions(r.Actor, m) {
		return benefits.Assumption{}, fault.New(fault.Forbidden, "api.assumption", "error.forbidden")
	}
	id := benefits.AssumptionID(c.Param("assumption"))
	if id == "new" {
		return benefits.Assumption{}, nil
	}
	return s.Benefits.Assumption(c.Request.Context(), r.Actor, m, id)
}

func flattenAssumed(t locale.Text, a benefits.Assumed) map[string]string {
	return map[string]string{"value": strings.Replace(string(a.Value), ".", point(t), 1), "source": a.Source}
}

func (s *Server) assumptionPage(c *gin.Context, r *request) error {
	a, err := s.assumption(c, r)
	if err != nil {
		return err
	}
	v := map[string]string{"what": c.Query("what"), "from": string(s.today()[:4] + "-01-01")}
	if a.ID != "" {
		v = flattenAssumed(r.Text, a.Stands().Assumed)
	}
	return s.editAssumption(c, r, http.StatusOK, a, v, nil, nil)
}

func (s *Server) saveAssumption(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	a, err := s.assumption(c, r)
	if err != nil {
		return err
	}
	v := map[string]string{}
	for _, name := range []string{"what", "from", "value", "source"} {
		v[name] = typed(c, name)
	}
	what, of := whatOf(v["what"])
	_, err = s.Benefits.Assume(c.Request.Context(), r.Actor, benefits.Assume{Municipality: r.Actor.Municipality(), ID: a.ID, What: what, Of: of, From: benefits.Day(v["from"]), Data: benefits.Assumed{Value: benefits.Read(v["value"]), Source: v["source"]},
		Remove: c.PostForm("do") == "remove", Tag: c.PostForm("tag"), Edit: editOf(c), Confirmed: c.PostForm(assessment.ConfirmField) == "yes"})
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, "/benefits/assumptions?saved=yes")
		return nil
	case fault.Invalid:
		return s.editAssumption(c, r, http.StatusUnprocessableEntity, a, v, faultOf(err).Fields, nil)
	case fault.Stale:
		theirs := faultOf(err).Detail.(benefits.LostAssumption).Theirs
		stands := theirs.Stands()
		names, err := s.names(c.Request.Context(), r.Text, stands.By)
		if err != nil {
			return err
		}
		notes := map[string]string{}
		for name, said := range flattenAssumed(r.Text, stands.Assumed) {
			if said != v[name] {
				notes[name] = conflictNote(r.Text, names.of(stands.By), said)
			}
		}
		return s.editAssumption(c, r, http.StatusPreconditionFailed, theirs, v, nil, notes)
	}
	return err
}

// editAssumption shows the form, with what was typed and what was wrong with it.
func (s *Server) editAssumption(c *gin.Context, r *request, status int, a benefits.Assumption, v map[string]string, faults []fault.Field, notes map[string]string) error {
	t := r.Text
	known, err := s.Benefits.Known(c.Request.Context(), r.Actor, r.Actor.Municipality())
	if err != nil {
		return err
	}
	p := assumptionPage{Layout: s.layout(c, r, t.T("assumption.new")), Place: s.municipalityName(t, r.Actor.Municipality()), Removable: a.ID != "" && !a.Stands().Removed}
	p.Form = benefitForm{Action: assumptionPath("new"), Cancel: "/benefits/assumptions", Tag: a.Tag, Edit: rand.Text()}
	if status == http.StatusUnprocessableEntity {
		p.Form.Tag, p.Form.Edit = typed(c, "tag"), typed(c, "edit")
	}
	fields := [][2]string{{"what", "select"}, {"value", "number"}, {"from", "date"}, {"source", "line"}}
	if a.ID != "" {
		p.Title, p.Form.Action, fields = t.T("assumption.correct"), assumptionPath(a.ID), [][2]string{fields[1], fields[3]}
		p.About = t.T("assumption.about", "what", assumptionName(t, known, a.What, a.Of), "date", dayShown(t, a.From))
		var people []org.PersonID
		for _, version := range a.Versions {
			people = append(people, version.By)
		}
		names, err := s.names(c.Request.Context(), t, people...)
		if err != nil {
			return err
		}
		for i := len(a.Versions) - 2; i >= 0; i-- {
			p.Before = append(p.Before, assumedVersion(t, known, a, a.Versions[i], names.of(a.Versions[i].By)))
		}
	}
	if status == http.StatusPreconditionFailed {
		p.Form.Conflict = t.T("benefit.conflict")
	}
	wrong := p.Form.faulted(t, faults, "assumption.field")
	for _, f := range fields {
		field := benefitField{Name: f[0], Label: t.Within("assumption.field", f[0]), Kind: f[1], Value: v[f[0]], Max: benefits.MaxLine, Error: wrong[f[0]], Note: notes[f[0]]}
		if key := "assumption.help." + f[0]; t.Has(key) {
			field.Help = t.T(key)
		}
		if f[0] == "what" {
			field.Choices = append([]choiceView{{"", t.T("benefit.choose"), v["what"] == ""}}, whats(t, known, v["what"], false)...)
		}
		p.Fields = append(p.Fields, field)
	}
	return s.render(c, status, "assumption", p)
}

func (s *Server) undoAssumption(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	if _, err := s.Benefits.UndoAssumption(c.Request.Context(), r.Actor, r.Actor.Municipality(), benefits.AssumptionID(c.Param("assumption")), c.PostForm("tag"), c.PostForm("edit")); err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, "/benefits/assumptions?saved=yes")
	return nil
}
