package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// ownIndicatorsView is what the page of indicators says of the municipality's own.
type ownIndicatorsView struct {
	Place   string
	Saved   bool
	Refused string // why a button did nothing
	New     string // address of the form; "" for who may not
	Edit    string // of the undoing
	List    []ownCard
	Retired []ownCard
}

// ownCard is one of them.
type ownCard struct {
	indicatorCard
	Type, Used, By string
	Href, Tag      string // of its form; "" for who may not
	Undo           string // what undoing does
}

// ownIndicatorPage is the form of one, new or changed.
type ownIndicatorPage struct {
	Layout
	Place     string
	About     string // what it is for; or how many benefits are measured by it
	Firm      string // what may change, and how long
	New       string // address of the form of another, where this one's unit stays
	Form      benefitForm
	Fields    []benefitField
	Removable bool
	Before    []ownCard // what it was before, the newest first
}

// indicatorPath is where the form of a municipality's own indicator stands.
func indicatorPath(k benefits.IndicatorKey) string {
	return "/benefits/indicators/" + url.PathEscape(string(k))
}

// nameOf is an indicator in the reader's language, or a municipality's own in the one it was written in.
func nameOf(t locale.Text, known *benefits.Indicators, k benefits.IndicatorKey) string {
	return known.In(catalogue.Lang(t.Lang()), k).Name
}

// ownIndicators is what the page says of those of the reader's municipality; nil for who has none.
func (s *Server) ownIndicators(ctx context.Context, r *request) (*ownIndicatorsView, error) {
	t, m := r.Text, r.Actor.Municipality()
	if !org.MayReadBenefits(r.Actor, m) {
		return nil, nil
	}
	all, err := s.Benefits.OwnIndicators(ctx, r.Actor, m)
	if err != nil {
		return nil, err
	}
	used, err := s.Benefits.Uses(ctx, r.Actor, m)
	if err != nil {
		return nil, err
	}
	var people []org.PersonID
	for _, i := range all {
		people = append(people, i.Stands().By)
	}
	names, err := s.names(ctx, t, people...)
	if err != nil {
		return nil, err
	}
	v := &ownIndicatorsView{Place: s.municipalityName(t, m), Edit: rand.Text()}
	edits := org.MaySetIndicators(r.Actor, m)
	if edits {
		v.New = indicatorPath("new")
	}
	for _, i := range all {
		now := i.Stands()
		card := ownCardOf(t, i.Key, now, names.of(now.By))
		card.Used = usesShown(t, used[i.Key])
		if edits {
			card.Href, card.Tag, card.Undo = indicatorPath(i.Key), i.Tag, t.T("measurement.undo")
			if n := len(i.Versions); now.Retired {
				card.Undo = t.T("indicator.own.back")
			} else if n == 1 || i.Versions[n-2].Retired {
				card.Undo = t.T("indicator.own.retire")
			}
		}
		if now.Retired {
			v.Retired = append(v.Retired, card)
			continue
		}
		if org.MayAddBenefits(r.Actor, m) {
			card.Use = address("/benefits/new", url.Values{"shared": {string(i.Key)}})
		}
		v.List = append(v.List, card)
	}
	return v, nil
}

// usesShown says how many benefits use an indicator.
func usesShown(t locale.Text, n int) string {
	if n == 0 {
		return t.T("indicator.own.unused")
	}
	return t.T("indicator.own.used", "n", n)
}

// ownCardOf is a version of one to read.
func ownCardOf(t locale.Text, k benefits.IndicatorKey, v benefits.OwnVersion, by string) ownCard {
	c := ownCard{indicatorCard: indicatorCard{ID: string(k), Name: v.Name, Measure: v.Measure, Pitfalls: v.Pitfalls}, Type: t.Within("benefit.type", v.Type),
		By: t.T("measurement.by", "name", by, "date", t.ShortDate(v.At))}
	c.Tags = indicatorTags(t, v.Unit, v.Per, v.Direction, benefits.Addable(v.Unit, v.Per), "indicator.own.adds")
	return c
}

// ownIndicator finds the one that the address names; an empty one is new.
func (s *Server) ownIndicator(c *gin.Context, r *request) (benefits.OwnIndicator, error) {
	m := r.Actor.Municipality()
	if !org.MaySetIndicators(r.Actor, m) {
		return benefits.OwnIndicator{}, fault.New(fault.Forbidden, "api.ownIndicator", "error.forbidden")
	}
	k := benefits.IndicatorKey(c.Param("indicator"))
	if k == "new" {
		return benefits.OwnIndicator{}, nil
	}
	return s.Benefits.OwnIndicator(c.Request.Context(), r.Actor, m, k)
}

// ownIndicatorFields are the form's, and how each is asked for.
var ownIndicatorFields = [][2]string{{"name", "line"}, {"type", "select"}, {"unit", "select"}, {"per", "select"}, {"direction", "select"}, {"measure", "text"}, {"pitfalls", "text"}}

func flattenIndicator(d benefits.OwnData) map[string]string {
	return map[string]string{"name": d.Name, "type": string(d.Type), "unit": string(d.Unit), "per": string(d.Per), "direction": string(d.Direction), "measure": d.Measure, "pitfalls": d.Pitfalls}
}

func (s *Server) ownIndicatorPage(c *gin.Context, r *request) error {
	i, err := s.ownIndicator(c, r)
	if err != nil {
		return err
	}
	v := map[string]string{}
	if i.Key != "" {
		v = flattenIndicator(i.Stands().OwnData)
	}
	return s.editIndicator(c, r, http.StatusOK, i, v, nil, nil)
}

func (s *Server) saveIndicator(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	i, err := s.ownIndicator(c, r)
	if err != nil {
		return err
	}
	v := map[string]string{}
	for _, f := range ownIndicatorFields {
		v[f[0]] = typed(c, f[0])
	}
	d := benefits.OwnData{Name: v["name"], Type: benefits.Type(v["type"]), Unit: benefits.Unit(v["unit"]), Per: benefits.Per(v["per"]), Direction: benefits.Direction(v["direction"]), Measure: v["measure"], Pitfalls: v["pitfalls"]}
	_, err = s.Benefits.SetIndicator(c.Request.Context(), r.Actor, benefits.SetIndicator{Municipality: r.Actor.Municipality(), Key: i.Key, Data: d,
		Retire: c.PostForm("do") == "retire", Tag: c.PostForm("tag"), Edit: editOf(c), Confirmed: c.PostForm(assessment.ConfirmField) == "yes"})
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, "/benefits/indicators?saved=yes#own")
		return nil
	case fault.Invalid:
		return s.editIndicator(c, r, http.StatusUnprocessableEntity, i, v, faultOf(err).Fields, nil)
	case fault.Stale:
		theirs := faultOf(err).Detail.(benefits.LostIndicator).Theirs
		stands := theirs.Stands()
		names, err := s.names(c.Request.Context(), r.Text, stands.By)
		if err != nil {
			return err
		}
		notes := map[string]string{}
		for name, said := range flattenIndicator(stands.OwnData) {
			if said == v[name] {
				continue
			}
			if prefix := choiceTexts[name]; prefix != "" && said != "" {
				said = r.Text.Within(prefix, said)
			}
			notes[name] = conflictNote(r.Text, names.of(stands.By), said)
		}
		return s.editIndicator(c, r, http.StatusPreconditionFailed, theirs, v, nil, notes)
	}
	return err
}

// editIndicator shows the form, with what was typed and what was wrong with it.
func (s *Server) editIndicator(c *gin.Context, r *request, status int, i benefits.OwnIndicator, v map[string]string, faults []fault.Field, notes map[string]string) error {
	ctx, t, m := c.Request.Context(), r.Text, r.Actor.Municipality()
	p := ownIndicatorPage{Layout: s.layout(c, r, t.T("indicator.own.new")), Place: s.municipalityName(t, m), About: t.T("indicator.own.lead"), Firm: t.T("indicator.own.firm"), Removable: i.Key != "" && !i.Stands().Retired}
	p.Form = benefitForm{Action: indicatorPath("new"), Cancel: "/benefits/indicators#own", Tag: i.Tag, Edit: rand.Text()}
	if status == http.StatusUnprocessableEntity {
		p.Form.Tag, p.Form.Edit = typed(c, "tag"), typed(c, "edit")
	}
	if i.Key != "" {
		p.Title, p.Form.Action = i.Stands().Name, indicatorPath(i.Key)
		if i.Picked {
			used, err := s.Benefits.Uses(ctx, r.Actor, m)
			if err != nil {
				return err
			}
			p.About, p.Firm, p.New = usesShown(t, used[i.Key]), t.T("indicator.own.kept"), indicatorPath("new")
		}
		var people []org.PersonID
		for _, version := range i.Versions {
			people = append(people, version.By)
		}
		names, err := s.names(ctx, t, people...)
		if err != nil {
			return err
		}
		for _, version := range slices.Backward(i.Versions[:len(i.Versions)-1]) {
			p.Before = append(p.Before, ownCardOf(t, i.Key, version, names.of(version.By)))
		}
	}
	if status == http.StatusPreconditionFailed {
		p.Form.Conflict = t.T("benefit.conflict")
	}
	wrong := p.Form.faulted(t, faults, "indicator.field")
	for _, f := range ownIndicatorFields {
		field := benefitField{Name: f[0], Label: t.Within("indicator.field", f[0]), Kind: f[1], Value: v[f[0]], Max: benefits.MaxOwnText, Error: wrong[f[0]], Note: notes[f[0]]}
		if key := "indicator.help." + f[0]; t.Has(key) {
			field.Help = t.T(key)
		}
		if err := s.fieldChoices(ctx, r, benefits.Benefit{Municipality: m}, &field); err != nil {
			return err
		}
		p.Fields = append(p.Fields, field)
	}
	return s.render(c, status, "indicator", p)
}

func (s *Server) undoIndicator(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	_, err := s.Benefits.UndoIndicator(c.Request.Context(), r.Actor, r.Actor.Municipality(), benefits.IndicatorKey(c.Param("indicator")), c.PostForm("tag"), c.PostForm("edit"))
	switch code := fault.CodeOf(err); code {
	case "":
		c.Redirect(http.StatusSeeOther, "/benefits/indicators?saved=yes#own")
		return nil
	case fault.Stale, fault.Conflict:
		return s.showIndicators(c, r, statuses[code], faultOf(err))
	}
	return err
}

// adoptIndicator makes an indicator of the municipality's own of what a benefit says in words, or takes that back.
func (s *Server) adoptIndicator(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	ctx, id := c.Request.Context(), benefits.ID(c.Param("benefit"))
	b, err := s.Benefits.Benefit(ctx, r.Actor, id)
	if err != nil {
		return err
	}
	save, said := benefits.Save{ID: id, Data: b.Data, Entry: &benefits.Entry{Join: true}, Tag: c.PostForm("tag"), Edit: c.PostForm("edit"), Confirmed: true}, "indicator" // what stands was asked about when it was written
	if c.PostForm("undo") == "yes" {
		known, err := s.Benefits.KnownFor(ctx, r.Actor, b.Municipality, b.Shared)
		if err != nil {
			return err
		}
		if save.Entry, said = nil, "yes"; b.Shared.Own() {
			save.Data.Shared = ""
			if save.Data.Indicator == "" {
				save.Data.Indicator = nameOf(r.Text, known, b.Shared)
			}
		}
	}
	_, err = s.Benefits.Save(ctx, r.Actor, save)
	switch code := fault.CodeOf(err); code {
	case "":
		c.Redirect(http.StatusSeeOther, benefitPath(id)+"?saved="+said+"#measure")
		return nil
	case fault.Stale, fault.Conflict:
		return s.showBenefit(c, r, statuses[code], benefitFaults{button: faultOf(err)})
	case fault.Invalid:
		v, base := flatten(r.Text, b.Data, b.Owner), flatten(r.Text, b.Data, b.Owner)
		if save.Entry != nil {
			v["entry"] = "yes"
		}
		return s.editBenefit(c, r, http.StatusUnprocessableEntity, benefitView{benefit: b, values: v, base: base, tag: b.Tag, faults: faultOf(err).Fields, open: "measure"})
	}
	return err
}

// entryView is what the form of a benefit asks for to make an indicator of the municipality's own of its words, on the way.
type entryView struct {
	Chosen, Open bool
	Fields       []benefitField
}

// entryNames are its fields, which are none of the benefit.
var entryNames = []string{"entry", "entry.measure", "entry.pitfalls"}

// entryOf is what somebody typed there; nil where she makes none.
func entryOf(v map[string]string) *benefits.Entry {
	if v["entry"] != "yes" {
		return nil
	}
	return &benefits.Entry{Measure: v["entry.measure"], Pitfalls: v["entry.pitfalls"]}
}

func viewEntry(t locale.Text, v map[string]string, wrong map[string]string) *entryView {
	e := &entryView{Chosen: v["entry"] == "yes"}
	for _, name := range entryNames[1:] {
		f := benefitField{Name: name, Label: t.Within("benefit.field", name), Kind: "text", Value: v[name], Max: benefits.MaxOwnText, Error: wrong[name]}
		e.Open = e.Open || f.Value != "" || f.Error != ""
		e.Fields = append(e.Fields, f)
	}
	e.Open = e.Open || e.Chosen
	return e
}
