package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/charts"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// benefitMapsPage lists a municipality's benefit maps.
type benefitMapsPage struct {
	Layout
	Place   string
	MayDraw bool
	Maps    []mapCard
	Removed []mapCard
}

// mapCard is a map in a list.
type mapCard struct{ Href, Title, Size, By string }

// benefitMapPage is a map to look at, as it is or as it was.
type benefitMapPage struct {
	Layout
	Path, Place string
	Lead        string // what the picture shows, in one sentence
	By          string
	Saved       bool
	Refused     string // why a button did nothing
	MayDraw     bool
	Was         *mapVersionView // the earlier version that is shown
	Tag, Edit   string          // of the buttons
	Drawing     charts.MapDrawing
	Columns     []mapColumnView
	Files       []homeLink
	Versions    []mapVersionView
	Removal     removalView
}

// mapColumnView is a column as a list.
type mapColumnView struct {
	Kind, Title, About string
	Add                string // what adds a box
	Boxes              []mapBoxView
}

// mapBoxView is a box in words.
type mapBoxView struct {
	Text, Note string
	Link       *homeLink // to the benefit, or to the step of the plan
	LeadsTo    string    // "Fører til A og B."
}

// mapVersionView is what a map was.
type mapVersionView struct{ Href, Title, Size, By, Tag string }

// benefitMapForm is a map to be drawn, or written as text.
type benefitMapForm struct {
	Layout
	Path, Place string
	New, AsText bool
	Lead        string
	Form        benefitForm
	Heading     benefitField
	Text        string
	Faults      []string // of the text
	Theirs      string   // the map as text that somebody else saved meanwhile
	Example     string   // the address of a form with an example in it; "" where there is something already
	Editor      *mapEditor
	Benefits    []choiceView // which effects may point to; the value stands in the text
	Steps       []choiceView // which measures may point to, as Benefits
	Words       []string     // what lines begin with
}

// mapEditor is what the drawing board needs.
type mapEditor struct {
	SaveURL string
	Columns []mapColumnView
	Data    json.RawMessage
}

// editedMap is what the drawing board begins with.
type editedMap struct {
	v1Map
	Benefits map[benefits.ID]string           `json:"benefits"` // their titles
	Steps    map[assessment.StepID]editedStep `json:"steps"`
}

// editedStep is a step of the plan as the drawing board offers it.
type editedStep struct {
	What  string `json:"what"`
	Label string `json:"label"` // with its task
}

// onMap is what the boxes of a map point to, as far as it is there.
type onMap struct {
	benefits map[benefits.ID]benefits.Benefit
	steps    map[assessment.StepID]assessment.Step
}

// link is what a box points to and where that is; nil where it points to nothing that is there.
func (on onMap) link(t locale.Text, n benefits.MapNode) *homeLink {
	if b, there := on.benefits[n.Benefit]; there {
		return &homeLink{benefitPath(b.ID), t.T("map.benefit", "title", b.Title)}
	}
	if step, there := on.steps[n.Step]; there {
		return &homeLink{stepPath(step.ID), t.T("map.step", "what", step.What)}
	}
	return nil
}

func mapPath(id benefits.MapID) string { return "/benefits/maps/" + url.PathEscape(string(id)) }

// mapSize says how large a map is.
func mapSize(t locale.Text, d benefits.MapData) string {
	return t.T("map.size", "boxes", len(d.Nodes), "arrows", len(d.Edges))
}

func (s *Server) benefitMapsPage(c *gin.Context, r *request) error {
	ctx, t, m := c.Request.Context(), r.Text, r.Actor.Municipality()
	all, err := s.Benefits.Maps(ctx, r.Actor, m)
	if err != nil {
		return err
	}
	p := benefitMapsPage{Layout: s.layout(c, r, t.T("map.maps")), Place: s.municipalityName(t, m)}
	if p.MayDraw, err = s.Benefits.MayDrawMaps(ctx, r.Actor, m); err != nil {
		return err
	}
	var by []org.PersonID
	for _, x := range all {
		by = append(by, x.By)
	}
	names, err := s.names(ctx, t, by...)
	if err != nil {
		return err
	}
	for _, x := range all {
		card := mapCard{mapPath(x.ID), x.Title, mapSize(t, x.MapData), savedBy(t, names.of(x.By), x.At, s.Now())}
		if x.Removed.IsZero() {
			p.Maps = append(p.Maps, card)
		} else {
			card.By = t.T("benefit.mark.removed", "date", t.ShortDate(x.Removed.Add(benefits.Kept)))
			p.Removed = append(p.Removed, card)
		}
	}
	return s.render(c, http.StatusOK, "benefit-maps", p)
}

// mapsWith lists a municipality's maps that a benefit or a step stands in.
func (s *Server) mapsWith(ctx context.Context, actor org.Actor, m org.MunicipalityID, stands func(benefits.MapData) bool) ([]homeLink, error) {
	all, err := s.Benefits.Maps(ctx, actor, m)
	if err != nil {
		return nil, err
	}
	var links []homeLink
	for _, m := range all {
		if m.Removed.IsZero() && stands(m.MapData) {
			links = append(links, homeLink{mapPath(m.ID), m.Title})
		}
	}
	return links, nil
}

// mapChart is a map with what its boxes are called, and how its benefits and steps go.
func (s *Server) mapChart(ctx context.Context, r *request, m org.MunicipalityID, d benefits.MapData) (charts.BenefitMap, onMap, error) {
	t := r.Text
	var on onMap
	var err error
	if on.benefits, err = s.Benefits.OnMap(ctx, r.Actor, m, d); err != nil {
		return charts.BenefitMap{}, on, err
	}
	if on.steps, err = s.Benefits.StepsOnMap(ctx, r.Actor, m, d); err != nil {
		return charts.BenefitMap{}, on, err
	}
	among, err := s.Benefits.Belonging(ctx, r.Actor, m)
	if err != nil {
		return charts.BenefitMap{}, on, err
	}
	spec := charts.BenefitMap{About: charts.About{Title: d.Title, Sentence: t.T("map.sentence", "size", mapSize(t, d))}, Map: d, Words: charts.MapWords{Kind: t.T("map.kind"), Text: t.T("map.text"), Link: t.T("map.points-to"), Note: t.T("benefits.status"), LeadsTo: t.T("map.leads-to")}}
	spec.Format = chartFormat(t)
	if s.Demo {
		spec.Synthetic = t.T("layout.demo.name")
	}
	for i, kind := range benefits.MapKinds {
		spec.Columns[i] = t.Within("map.kind", kind)
	}
	for _, n := range d.Nodes {
		link := ""
		if to := on.link(t, n); to != nil {
			link = to.Label
		}
		spec.BoxNotes, spec.BoxLinks = append(spec.BoxNotes, mapNote(t, n, on, among)), append(spec.BoxLinks, link)
	}
	return spec, on, nil
}

// mapNote is how the benefit or the step of a box goes, and what makes that doubtful, or that it is gone.
func mapNote(t locale.Text, n benefits.MapNode, on onMap, among benefits.Belonging) string {
	if n.Step != "" {
		if step, there := on.steps[n.Step]; there {
			return t.Within("step.status", step.Status)
		}
		return t.T("map.step.gone")
	}
	b, there := on.benefits[n.Benefit]
	switch {
	case n.Benefit == "":
		return ""
	case !there || !b.Removed.IsZero():
		return t.T("map.benefit.gone")
	}
	said := t.Within("benefit.status", b.Status)
	if reached, ok := b.Reached(); ok && !b.FewNow() { // a map is shown around
		said = t.T("map.benefit.reached", "status", said, "share", amount(t, benefits.Share, benefits.Number(reached.Part.Percent().String())))
	}
	return strings.Join(append([]string{said}, doubtsOf(t, b, among)...), ". ")
}

// mapColumns are a map's columns in words.
func mapColumns(t locale.Text, spec charts.BenefitMap, on onMap) []mapColumnView {
	var all []mapColumnView
	for i, kind := range benefits.MapKinds {
		column := mapColumnView{Kind: string(kind), Title: spec.Columns[i], About: t.Within("map.about", kind), Add: t.Within("map.add", kind)}
		for j, n := range spec.Map.Nodes {
			if n.Kind != kind {
				continue
			}
			box := mapBoxView{Text: n.Text, Note: spec.BoxNotes[j], Link: on.link(t, n)}
			var to []string
			for _, e := range spec.Map.Edges {
				if e.From == n.ID {
					to = append(to, t.T("map.quoted", "text", spec.Map.Nodes[spec.Map.Node(e.To)].Text))
				}
			}
			if len(to) > 0 {
				box.LeadsTo = t.T("map.leads", "what", t.List(to))
			}
			column.Boxes = append(column.Boxes, box)
		}
		all = append(all, column)
	}
	return all
}

func (s *Server) benefitMapPage(c *gin.Context, r *request) error {
	ctx, id := c.Request.Context(), c.Param("map")
	edit := c.Query("edit")
	if id != "new" && edit == "" {
		return s.showMap(c, r, http.StatusOK, nil)
	}
	m := benefits.Map{Municipality: r.Actor.Municipality()}
	if id != "new" {
		var err error
		if m, err = s.Benefits.Map(ctx, r.Actor, benefits.MapID(id)); err != nil {
			return err
		}
		if !m.Removed.IsZero() {
			return fault.New(fault.Conflict, "api.map", "error.map.removed")
		}
	}
	if may, err := s.Benefits.MayDrawMaps(ctx, r.Actor, m.Municipality); err != nil {
		return err
	} else if !may {
		return fault.New(fault.Forbidden, "api.map", "error.forbidden")
	}
	v := mapFormView{m: m, title: m.Title, text: benefits.WriteMap(catalogue.Lang(r.Text.Lang()), m.MapData), asText: id == "new" || edit == "text", tag: m.Tag}
	if id == "new" && c.Query("example") != "" {
		v.title, v.text = r.Text.T("map.example.title"), benefits.WriteMap(catalogue.Lang(r.Text.Lang()), exampleMap(r.Text))
	}
	return s.editMap(c, r, http.StatusOK, v)
}

// exampleMap is a map to begin with, in the reader's language.
func exampleMap(t locale.Text) benefits.MapData {
	node := func(id benefits.NodeID, kind benefits.MapKind, text string) benefits.MapNode {
		return benefits.MapNode{ID: id, Kind: kind, Text: text}
	}
	return benefits.MapData{
		Nodes: []benefits.MapNode{
			node("use", benefits.MapMeasure, t.T("map.example.use")), node("train", benefits.MapMeasure, t.T("map.example.train")),
			node("self", benefits.MapChange, t.T("map.example.self")), node("visits", benefits.MapChange, t.T("map.example.visits")),
			node("doses", benefits.MapEffect, t.T("map.example.doses")), node("driving", benefits.MapEffect, t.T("map.example.driving")),
			node("safe", benefits.MapGoal, t.T("map.example.safe")), node("time", benefits.MapGoal, t.T("map.example.time")),
		},
		Edges: []benefits.MapEdge{{From: "use", To: "self"}, {From: "use", To: "visits"}, {From: "train", To: "self"}, {From: "self", To: "doses"}, {From: "visits", To: "driving"}, {From: "doses", To: "safe"}, {From: "driving", To: "time"}},
	}
}

// showMap shows a map to look at. refused is why a button of its page did nothing.
func (s *Server) showMap(c *gin.Context, r *request, status int, refused *fault.Error) error {
	ctx, t := c.Request.Context(), r.Text
	m, err := s.Benefits.Map(ctx, r.Actor, benefits.MapID(c.Param("map")))
	if err != nil {
		return err
	}
	p := benefitMapPage{Path: mapPath(m.ID), Place: s.municipalityName(t, m.Municipality), Saved: c.Query("saved") == "yes", Tag: m.Tag, Edit: rand.Text()}
	if refused != nil {
		p.Refused = t.T(refused.Key, refused.Args...)
	}
	may, err := s.Benefits.MayDrawMaps(ctx, r.Actor, m.Municipality)
	if err != nil {
		return err
	}
	p.MayDraw = may && m.Removed.IsZero()
	versions, err := s.Benefits.MapVersions(ctx, r.Actor, m.ID)
	if err != nil {
		return err
	}
	by := []org.PersonID{m.By}
	for _, v := range versions {
		by = append(by, v.By)
	}
	names, err := s.names(ctx, t, by...)
	if err != nil {
		return err
	}
	shown := m.MapData
	p.By = savedBy(t, names.of(m.By), m.At, s.Now())
	for _, v := range versions {
		p.Versions = append(p.Versions, mapVersionView{p.Path + "?" + url.Values{"version": {v.Tag}}.Encode(), v.Title, mapSize(t, v.MapData), savedBy(t, names.of(v.By), v.At, s.Now()), v.Tag})
	}
	if tag := c.Query("version"); tag != "" && tag != m.Tag {
		at := slices.IndexFunc(versions, func(v benefits.MapVersion) bool { return v.Tag == tag })
		if at < 0 {
			return fault.New(fault.NotFound, "api.map", "error.map.version")
		}
		shown, p.Was = versions[at].MapData, &p.Versions[at]
	}
	p.Layout = s.layout(c, r, shown.Title)
	spec, on, err := s.mapChart(ctx, r, m.Municipality, shown)
	if err != nil {
		return err
	}
	p.Lead, p.Columns = spec.Sentence, mapColumns(t, spec, on)
	if len(shown.Nodes) > 0 {
		p.Drawing = spec.Drawing()
	}
	if p.Was == nil {
		for _, form := range mapForms {
			p.Files = append(p.Files, homeLink{p.Path + "/map." + form, strings.ToUpper(form)})
		}
	}
	p.Removal = viewRemoval(r, m.Municipality, p.Path, m.Tag, m.Removed, func(until string) string { return t.T("map.removed", "date", until) })
	return s.render(c, status, "benefit-map", p)
}

// mapFormView is a map as its form shows it: as it stands, or with what was typed and what was wrong with that.
type mapFormView struct {
	m                      benefits.Map
	title, text, tag, edit string
	asText, theirs         bool
	faults                 []fault.Field
}

// editMap shows a map to be drawn or written.
func (s *Server) editMap(c *gin.Context, r *request, status int, v mapFormView) error {
	ctx, t := c.Request.Context(), r.Text
	isNew := v.m.ID == ""
	title := v.m.Title
	if isNew {
		title = t.T("map.new")
	}
	p := benefitMapForm{Layout: s.layout(c, r, title), Path: mapPath(v.m.ID), Place: s.municipalityName(t, v.m.Municipality), New: isNew, AsText: v.asText, Text: v.text, Lead: t.T("map.form.lead")}
	p.Form = benefitForm{Action: p.Path, Cancel: p.Path, Tag: v.tag, Edit: v.edit}
	if isNew {
		p.Form.Action, p.Form.Cancel, p.Lead = "/benefits/maps/new", "/benefits/maps", t.T("map.new.lead")
		if v.text == "" {
			p.Example = "/benefits/maps/new?example=yes"
		}
	}
	if p.Form.Edit == "" {
		p.Form.Edit = rand.Text()
	}
	p.Heading = benefitField{Name: "title", Label: t.T("map.title"), Help: t.T("map.title.help"), Kind: "line", Value: v.title, Max: benefits.MaxLine}
	for _, f := range v.faults {
		text := t.T(f.Key, f.Args...)
		switch f.Name {
		case assessment.ConfirmField:
			p.Form.ConfirmNumber = true
		case "title":
			p.Heading.Error = text
			p.Form.Faults = append(p.Form.Faults, planFault{"#title", t.T("benefit.fault", "field", p.Heading.Label, "text", text)})
		default:
			p.Faults = append(p.Faults, text)
			p.Form.Faults = append(p.Form.Faults, planFault{"#text", text})
		}
	}
	if v.theirs {
		names, err := s.names(ctx, t, v.m.By)
		if err != nil {
			return err
		}
		p.Form.Conflict = t.T("map.conflict", "name", names.of(v.m.By))
		p.Theirs = v.m.Title + "\n\n" + benefits.WriteMap(catalogue.Lang(t.Lang()), v.m.MapData)
	}
	for _, kind := range benefits.MapKinds {
		p.Words = append(p.Words, benefits.MapWord(catalogue.Lang(t.Lang()), kind)+":")
	}
	if err := s.mapBenefits(ctx, r, v.m, &p.Benefits); err != nil {
		return err
	}
	steps, err := s.mapSteps(ctx, r, v.m)
	if err != nil {
		return err
	}
	for _, step := range steps {
		p.Steps = append(p.Steps, choiceView{Value: string(step.ID), Label: s.stepLabel(r.Text, step)})
	}
	if !v.asText {
		if p.Editor, err = s.mapEditor(ctx, r, v.m, p.Benefits, steps); err != nil {
			return err
		}
		p.Layout.Map = true
	}
	return s.render(c, status, "benefit-map-form", p)
}

// mapBenefits are the benefits an effect may point to: those that stand, the newest first, and those the map has.
func (s *Server) mapBenefits(ctx context.Context, r *request, m benefits.Map, into *[]choiceView) error {
	all, _, err := s.Benefits.List(ctx, r.Actor, benefits.Filter{Municipality: m.Municipality, Limit: benefitsListed})
	if err != nil {
		return err
	}
	on, err := s.Benefits.OnMap(ctx, r.Actor, m.Municipality, m.MapData)
	if err != nil {
		return err
	}
	for _, b := range all {
		*into = append(*into, choiceView{Value: string(b.ID), Label: b.Title})
		delete(on, b.ID)
	}
	for _, id := range m.Benefits() {
		if b, there := on[id]; there {
			*into = append(*into, choiceView{Value: string(id), Label: b.Title})
		}
	}
	return nil
}

// mapSteps are the steps of the plan that a measure may point to: those due first, and those the map has.
func (s *Server) mapSteps(ctx context.Context, r *request, m benefits.Map) ([]assessment.Step, error) {
	steps, _, err := s.Assessments.Steps(ctx, r.Actor, m.Municipality, assessment.StepFilter{}, stepsOffered, "")
	if err != nil {
		return nil, err
	}
	on, err := s.Benefits.StepsOnMap(ctx, r.Actor, m.Municipality, m.MapData)
	for _, step := range steps {
		delete(on, step.ID)
	}
	for _, id := range m.Steps() {
		if step, late := on[id]; late {
			steps = append(steps, step)
		}
	}
	return steps, err
}

// mapEditor is what the drawing board of a map begins with. Boxes stand where the picture has them, so that few arrows cross.
func (s *Server) mapEditor(ctx context.Context, r *request, m benefits.Map, choices []choiceView, steps []assessment.Step) (*mapEditor, error) {
	spec, _, err := s.mapChart(ctx, r, m.Municipality, m.MapData)
	if err != nil {
		return nil, err
	}
	var ordered []benefits.MapNode
	for _, layer := range benefits.LayersOf(m.MapData) {
		for _, slot := range layer {
			if slot.Node >= 0 {
				ordered = append(ordered, m.Nodes[slot.Node])
			}
		}
	}
	m.Nodes = ordered
	data := editedMap{v1Map: mapStateOf(r.Text, m, ""), Benefits: map[benefits.ID]string{}, Steps: map[assessment.StepID]editedStep{}}
	for _, step := range steps {
		data.Steps[step.ID] = editedStep{step.What, s.stepLabel(r.Text, step)}
	}
	for _, choice := range choices {
		data.Benefits[benefits.ID(choice.Value)] = choice.Label
	}
	e := &mapEditor{SaveURL: apiBase + "/municipalities/" + url.PathEscape(string(m.Municipality)) + "/benefit-maps/" + url.PathEscape(string(m.ID)), Columns: mapColumns(r.Text, spec, onMap{})}
	e.Data, err = json.Marshal(data)
	return e, err
}

// saveMap takes a map that was written as text, new or changed.
func (s *Server) saveMap(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	ctx, id := c.Request.Context(), c.Param("map")
	text := strings.ReplaceAll(typed(c, "text"), "\r\n", "\n")
	in := benefits.DrawMap{Municipality: r.Actor.Municipality(), ID: benefits.MapID(id), Data: benefits.MapData{Title: typed(c, "title")}, AsText: true, Text: text,
		Tag: c.PostForm("tag"), Edit: editOf(c), Confirmed: c.PostForm(assessment.ConfirmField) == "yes"}
	v := mapFormView{title: in.Data.Title, text: text, tag: typed(c, "tag"), edit: typed(c, "edit"), asText: true}
	var err error
	if id == "new" {
		v.m.Municipality = in.Municipality
		v.m, _, err = s.Benefits.AddMap(ctx, r.Actor, in)
		if err == nil && text == "" { // nothing is written yet: to the drawing board
			c.Redirect(http.StatusSeeOther, mapPath(v.m.ID)+"?edit=map")
			return nil
		}
	} else {
		v.m, _, err = s.Benefits.SaveMap(ctx, r.Actor, in)
	}
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, mapPath(v.m.ID)+"?saved=yes")
		return nil
	case fault.Invalid:
		v.faults = faultOf(err).Fields
		v.m = benefits.Map{Municipality: in.Municipality}
		if id != "new" {
			stands, again := s.Benefits.Map(ctx, r.Actor, in.ID)
			if again != nil {
				return again
			}
			v.m = stands
		}
		return s.editMap(c, r, http.StatusUnprocessableEntity, v)
	case fault.Stale: // hers stays in the form, and is saved over what stands when she says so
		v.m, v.theirs, v.edit = faultOf(err).Detail.(benefits.LostMap).Theirs, true, ""
		v.tag = v.m.Tag
		return s.editMap(c, r, http.StatusPreconditionFailed, v)
	}
	return err
}

// changeMap answers one of the buttons of a map's page: the page again, or why nothing was done.
func (s *Server) changeMap(change func(*gin.Context, *request, benefits.MapID) error, after string) handler {
	return func(c *gin.Context, r *request) error {
		if err := readForm(c.Request); err != nil {
			return err
		}
		id := benefits.MapID(c.Param("map"))
		err := change(c, r, id)
		switch fault.CodeOf(err) {
		case "":
			c.Redirect(http.StatusSeeOther, mapPath(id)+after)
			return nil
		case fault.Stale, fault.Conflict:
			return s.showMap(c, r, statuses[fault.CodeOf(err)], faultOf(err))
		}
		return err
	}
}

func (s *Server) revertMap() handler {
	return s.changeMap(func(c *gin.Context, r *request, id benefits.MapID) error {
		_, err := s.Benefits.RevertMap(c.Request.Context(), r.Actor, id, c.PostForm("version"), c.PostForm("tag"), c.PostForm("edit"))
		return err
	}, "?saved=yes")
}

func (s *Server) removeMap() handler {
	return s.changeMap(func(c *gin.Context, r *request, id benefits.MapID) error {
		_, err := s.Benefits.RemoveMap(c.Request.Context(), r.Actor, id, c.PostForm("tag"))
		return err
	}, "")
}

func (s *Server) restoreMap() handler {
	return s.changeMap(func(c *gin.Context, r *request, id benefits.MapID) error {
		_, err := s.Benefits.RestoreMap(c.Request.Context(), r.Actor, id)
		return err
	}, "?saved=yes")
}

// mapForms are the files of a map.
var mapForms = []string{"png", "svg", "csv", "txt"}

// mapFile answers with a map as a file: map.png, map.svg, map.csv or, as text, map.txt.
func (s *Server) mapFile(c *gin.Context, r *request) error {
	ctx := c.Request.Context()
	m, err := s.Benefits.Map(ctx, r.Actor, benefits.MapID(c.Param("map")))
	if err != nil {
		return err
	}
	spec, _, err := s.mapChart(ctx, r, m.Municipality, m.MapData)
	if err != nil {
		return err
	}
	name, form, _ := strings.Cut(c.Param("file"), ".")
	media := map[string]string{"png": "image/png", "svg": "image/svg+xml", "csv": "text/csv; charset=utf-8", "txt": "text/plain; charset=utf-8"}[form]
	write := map[string]func(io.Writer) error{"png": spec.PNG, "svg": spec.SVG, "csv": spec.CSV}[form]
	if name != "map" || media == "" {
		return fault.New(fault.NotFound, "api.mapFile", "error.page.unknown")
	}
	h := c.Writer.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Cookie, Authorization, Accept-Language")
	h.Set("Content-Language", string(r.Text.Lang()))
	h.Set("Content-Disposition", `attachment; filename="helhet-`+string(m.ID)+"."+form+`"`)
	var b bytes.Buffer
	switch form {
	case "txt":
		b.WriteString(benefits.WriteMap(catalogue.Lang(r.Text.Lang()), m.MapData))
	case "csv":
		err = write(&b)
	default:
		var picture []byte
		if picture, err = s.drawings.draw(ctx, s.drawings.key(form, spec), write); err == nil {
			b.Write(picture)
		}
	}
	if err != nil {
		return err
	}
	c.Data(http.StatusOK, media, b.Bytes())
	return nil
}
