package api

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// cataloguesPage lists the questionnaires, so that a new version is known of before a round is planned on it.
type cataloguesPage struct {
	Layout
	Models []modelView
	Only   bool   // no model has two versions, so nothing can be compared yet
	Alike  string // address of the questions that never separate anyone, "" for who may not see which
}

// modelView is one questionnaire with its versions, the newest first.
type modelView struct {
	ID, Name, About string
	Versions        []modelVersion
}

type modelVersion struct {
	Name, Size string
	State      string
	Kind       string       // of the state's tag
	Changes    []changeLink // where it says what is different, from one version each
}

type changeLink struct{ Href, Label string }

// changesPage says what is different between two versions of a questionnaire, and what becomes of the answers.
type changesPage struct {
	Layout
	Lead     string // what is compared with what
	Draft    string // that the newer may change yet
	Action   string
	Versions []choiceView // what it can be compared with
	Unmapped string       // why no answer is carried
	Counts   []changeLink // by fate, leading to where they are listed
	Groups   []changeGroup
	Same     []sameTask // whose answers are carried as they are, by task
	Changes  []string   // of structure, in words
	Texts    []changedPart
	Others   string   // how many texts are different in the other languages
	Withheld []string // what is different, and not shown
}

// changeGroup is the questions that share a fate.
type changeGroup struct {
	ID, Title, Lead string
	Questions       []changedQuestion
}

type changedQuestion struct {
	Kind  string // in words
	Text  string
	Place string // "Support · Opplæring · Praksis"
	Note  string
	From  []string // what was asked before, where it was not one question
	Texts []changedText
}

// changedText is a text before and after; either may be empty.
type changedText struct {
	locale.Text
	Field, Before, After string
}

// changedPart is a part of the questionnaire, such as a task, with its texts that are not as they were.
type changedPart struct {
	Name  string
	Texts []changedText
}

type sameTask struct {
	Name      string
	Questions []string
}

func changesPath(newer, older catalogue.Key) string {
	return "/catalogues/" + url.PathEscape(string(newer)) + "/changes?from=" + url.QueryEscape(string(older))
}

// versionName is "Helhetlig tjenestemodell 2".
func versionName(c *catalogue.Catalogue, t locale.Text) string {
	return wording(c, t).Name + " " + strconv.Itoa(c.Version)
}

func (s *Server) cataloguesPage(c *gin.Context, r *request) error {
	if !org.MayReadQuestionnaires(r.Actor) {
		return fault.New(fault.Forbidden, "api.catalogues", "error.forbidden")
	}
	t, all := r.Text, s.Assessments.Catalogues()
	p := cataloguesPage{Layout: s.layout(c, r, t.T("catalogues.title")), Only: true}
	if region := r.Actor.Region(); org.MaySeeSeparation(r.Actor, region) {
		p.Alike = separationPath(region)
	} else if org.MaySeeSeparationEverywhere(r.Actor) {
		p.Alike = "/questions"
	}
	for _, q := range sortedCatalogues(all) {
		words := wording(q, t)
		if n := len(p.Models); n == 0 || p.Models[n-1].ID != q.ID {
			p.Models = append(p.Models, modelView{ID: q.ID, Name: words.Name, About: words.About})
		}
		v := modelVersion{Name: t.T("catalogues.version", "n", q.Version), State: t.T("catalogues.draft"), Kind: "waiting"}
		if q.Published() {
			v.State, v.Kind = t.T("catalogues.used"), "open"
		}
		questions := 0
		for _, task := range q.Tasks() {
			questions += len(task.Questions)
		}
		v.Size = t.List([]string{t.T("catalogues.areas", "n", len(q.Areas)), t.T("catalogues.tasks", "n", len(q.Tasks())), t.T("catalogues.questions", "n", questions)})
		v.Changes = changesOf(t, q, all)
		p.Only = p.Only && len(v.Changes) == 0
		last := &p.Models[len(p.Models)-1]
		last.Versions = append(last.Versions, v)
	}
	return s.render(c, http.StatusOK, "catalogues", p)
}

// changesOf leads to what a version changes, from each that it can be compared with.
func changesOf(t locale.Text, q *catalogue.Catalogue, all map[catalogue.Key]*catalogue.Catalogue) []changeLink {
	var links []changeLink
	for _, older := range q.Before(all) {
		links = append(links, changeLink{changesPath(q.Key(), older.Key()), t.T("catalogues.changes", "older", versionName(older, t))})
	}
	return links
}

// sortedCatalogues are the questionnaires by model, of each the newest first.
func sortedCatalogues(all map[catalogue.Key]*catalogue.Catalogue) []*catalogue.Catalogue {
	var sorted []*catalogue.Catalogue
	for _, c := range all {
		sorted = append(sorted, c)
	}
	slices.SortFunc(sorted, func(a, b *catalogue.Catalogue) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(b.Version, a.Version))
	})
	return sorted
}

// comparedCatalogues is a version and one that came before it.
type comparedCatalogues struct {
	Older, Newer *catalogue.Catalogue
	Before       []*catalogue.Catalogue // all that the newer can be compared with
	Diff         catalogue.Diff         // without what nobody may know before she has answered
	Targets      int                    // tasks whose suggested levels are different
	Readings     int                    // cases whose intended readings are
}

// compareCatalogues compares a version with another, or with the one it comes from where none is named. Older is nil where nothing came before.
// Faults: Forbidden, and NotFound for a version that is not there or did not come before.
func (s *Server) compareCatalogues(actor org.Actor, newer, older catalogue.Key) (comparedCatalogues, error) {
	const op = "api.compareCatalogues"
	if !org.MayReadQuestionnaires(actor) {
		return comparedCatalogues{}, fault.New(fault.Forbidden, op, "error.forbidden")
	}
	q, err := s.Assessments.Catalogue(newer)
	if err != nil {
		return comparedCatalogues{}, err
	}
	all := s.Assessments.Catalogues()
	found := comparedCatalogues{Newer: q, Before: q.Before(all)}
	switch i := slices.IndexFunc(found.Before, func(c *catalogue.Catalogue) bool { return c.Key() == older }); {
	case i >= 0:
		found.Older = found.Before[i]
	case older != "":
		return comparedCatalogues{}, fault.New(fault.NotFound, op, "error.catalogue.before", "older", older, "newer", newer)
	case len(found.Before) > 0:
		found.Older = found.Before[0]
	default:
		return found, nil
	}
	d := catalogue.Compare(found.Older, q, func(k catalogue.Key) *catalogue.Catalogue { return all[k] })
	found.Diff, found.Targets, found.Readings = d.Withhold()
	return found, nil
}

func (s *Server) changesPage(c *gin.Context, r *request) error {
	found, err := s.compareCatalogues(r.Actor, catalogue.Key(c.Param("catalogue")), catalogue.Key(c.Query("from")))
	if err != nil {
		return err
	}
	t := r.Text
	name := versionName(found.Newer, t)
	p := changesPage{Layout: s.layout(c, r, t.T("changes.title", "name", name)), Action: c.Request.URL.Path}
	if !found.Newer.Published() {
		p.Draft = t.T("changes.draft")
	}
	if found.Older == nil {
		p.Lead = t.T("changes.first")
		return s.render(c, http.StatusOK, "changes", p)
	}
	for _, older := range found.Before {
		p.Versions = append(p.Versions, choiceView{string(older.Key()), versionName(older, t), older == found.Older})
	}
	p.Lead = t.T("changes.lead", "older", versionName(found.Older, t))
	p.fill(comparedNames{t, found.Older, found.Newer}, found)
	return s.render(c, http.StatusOK, "changes", p)
}

// fill puts a comparison into words.
func (p *changesPage) fill(n comparedNames, found comparedCatalogues) {
	t, d := n.t, found.Diff
	if d.Relation == catalogue.Unmapped {
		p.Unmapped = t.T("changes.unmapped")
	}
	texts := map[catalogue.QuestionKey][]changedText{}
	shown := map[catalogue.QuestionKey]bool{} // questions that stand in a group with their texts
	others := 0
	for _, x := range d.Texts {
		switch {
		case x.Lang != catalogue.Lang(t.Lang()):
			others++
		case x.Of == catalogue.OfQuestion:
			texts[catalogue.QuestionKey(x.Key)] = append(texts[catalogue.QuestionKey(x.Key)], n.text(x))
		}
	}
	groups := []changeGroup{{ID: "look"}, {ID: "new"}, {ID: "gone"}, {ID: "worded"}}
	for _, a := range d.Answers {
		switch {
		case a.Answer == catalogue.CarryLook:
			groups[0].Questions = append(groups[0].Questions, n.question(a, texts[a.Question]))
		case a.Answer == catalogue.CarryNone:
			groups[1].Questions = append(groups[1].Questions, n.question(a, texts[a.Question]))
		case a.Worded:
			groups[3].Questions = append(groups[3].Questions, n.question(a, texts[a.Question]))
		default:
			p.same(n, a.Question)
			continue
		}
		shown[a.Question] = true
	}
	for _, k := range d.Gone {
		groups[2].Questions = append(groups[2].Questions, changedQuestion{Text: n.asked(k, n.older), Place: n.place(k, n.older)})
	}
	for _, g := range groups {
		if len(g.Questions) == 0 {
			continue
		}
		g.Title, g.Lead = t.T("changes.group."+g.ID), t.T("changes.about."+g.ID)
		p.Groups = append(p.Groups, g)
	}
	counts := d.Counts()
	for _, count := range []struct {
		id string
		n  int
	}{{"same", counts.Same}, {"worded", counts.Worded}, {"look", counts.Look}, {"new", counts.New}, {"gone", counts.Gone}} {
		if count.n > 0 {
			link := changeLink{"#" + count.id, t.T("changes.count."+count.id, "n", count.n)}
			if count.id == "same" && counts.Same == counts.Worded { // all of them stand in the group of the reworded
				link.Href = "#worded"
			}
			p.Counts = append(p.Counts, link)
		}
	}
	for _, c := range d.Changes {
		p.Changes = append(p.Changes, n.change(c))
	}
	var last catalogue.Place
	for _, x := range d.Texts {
		if x.Lang != catalogue.Lang(t.Lang()) || x.Of == catalogue.OfQuestion && shown[catalogue.QuestionKey(x.Key)] {
			continue
		}
		if part := (catalogue.Place{Of: x.Of, Key: x.Key}); len(p.Texts) == 0 || part != last {
			p.Texts, last = append(p.Texts, changedPart{Name: n.part(x.Of, x.Key)}), part
		}
		in := &p.Texts[len(p.Texts)-1]
		in.Texts = append(in.Texts, n.text(x))
	}
	if others > 0 {
		p.Others = t.T("changes.others", "n", others)
	}
	if found.Targets > 0 {
		p.Withheld = append(p.Withheld, t.T("changes.targets", "n", found.Targets))
	}
	if found.Readings > 0 {
		p.Withheld = append(p.Withheld, t.T("changes.readings", "n", found.Readings))
	}
}

// same lists a question under its task among those that stay.
func (p *changesPage) same(n comparedNames, k catalogue.QuestionKey) {
	task := n.part(catalogue.OfTask, string(n.newer.Question(k).Task))
	if len(p.Same) == 0 || p.Same[len(p.Same)-1].Name != task {
		p.Same = append(p.Same, sameTask{Name: task})
	}
	in := &p.Same[len(p.Same)-1]
	in.Questions = append(in.Questions, n.asked(k, n.newer))
}

// comparedNames calls things as the newer version does, and what it has no more as the older one did.
type comparedNames struct {
	t            locale.Text
	older, newer *catalogue.Catalogue
}

func (n comparedNames) asked(k catalogue.QuestionKey, in *catalogue.Catalogue) string {
	return wording(in, n.t).Questions[k].Text
}

// place is where a question stands: "Support · Opplæring · Praksis".
func (n comparedNames) place(k catalogue.QuestionKey, in *catalogue.Catalogue) string {
	words, q := wording(in, n.t), in.Question(k)
	return words.Areas[in.Task(q.Task).Area].Name + " · " + words.Tasks[q.Task].Name + " · " + words.Dimensions[q.Dimension].Name
}

func (n comparedNames) question(a catalogue.Carried, texts []changedText) changedQuestion {
	v := changedQuestion{Text: n.asked(a.Question, n.newer), Place: n.place(a.Question, n.newer), Texts: texts}
	if a.Kind != "" && a.Kind != catalogue.New && a.Kind != catalogue.Same {
		v.Kind = n.t.T("changes.kind." + string(a.Kind))
	}
	switch {
	case len(a.From) == 0:
	case a.Kind == catalogue.Merged || a.Kind == catalogue.Split:
		for _, from := range a.From {
			v.From = append(v.From, n.asked(from, n.older))
		}
	case !a.Worded:
		v.Note = n.t.T("changes.alike")
	case len(texts) == 0:
		v.Note = n.t.T("changes.elsewhere")
	}
	return v
}

// part names a part of the questionnaire.
func (n comparedNames) part(of catalogue.Of, key string) string {
	name := func(in *catalogue.Catalogue) string {
		words := wording(in, n.t)
		switch of {
		case catalogue.OfModel:
			return words.Name
		case catalogue.OfDimension:
			return words.Dimensions[catalogue.DimensionKey(key)].Name
		case catalogue.OfArea:
			return words.Areas[catalogue.AreaKey(key)].Name
		case catalogue.OfTask:
			return words.Tasks[catalogue.TaskKey(key)].Name
		case catalogue.OfQuestion:
			return words.Questions[catalogue.QuestionKey(key)].Text
		case catalogue.OfTerm:
			return words.Terms[catalogue.TermKey(key)].Term
		case catalogue.OfCase:
			return words.Cases[catalogue.CaseKey(key)].Name
		}
		return ""
	}
	return n.t.T("changes.part."+string(of), "name", cmp.Or(name(n.newer), name(n.older), key))
}

// text says which text it is, and how it was and is.
func (n comparedNames) text(x catalogue.TextChange) changedText {
	field, rest, _ := strings.Cut(x.Field, " ")
	v := changedText{Text: n.t, Before: x.Old, After: x.New}
	switch field {
	case "level", "further":
		v.Field = n.t.T("changes.field."+field, "level", rest)
	case "situation":
		v.Field = n.t.T("changes.field.situation", "question", n.asked(catalogue.QuestionKey(rest), n.newer))
	default:
		v.Field = n.t.T("changes.field." + field)
	}
	return v
}

// change says a change of structure in words.
func (n comparedNames) change(c catalogue.Change) string {
	t := n.t
	name := func(key string) string { // of what holds it, or what it is about
		switch c.Of {
		case "task":
			return n.part(catalogue.OfArea, key)
		case "question":
			if c.What == "dimension" {
				return n.part(catalogue.OfDimension, key)
			}
			return n.part(catalogue.OfTask, key)
		}
		return key
	}
	if c.What == "order" {
		in := ""
		switch c.Of {
		case "task":
			in = n.part(catalogue.OfArea, c.Key)
		case "question":
			in = n.part(catalogue.OfTask, c.Key)
		case "reading of case":
			return t.T("changes.order.reading", "in", n.part(catalogue.OfCase, c.Key))
		}
		return t.T("changes.order."+c.Of, "in", in)
	}
	if c.Of == "scale" {
		return t.T("changes.scale", "from", strings.Replace(c.From, " to ", "–", 1), "to", strings.Replace(c.To, " to ", "–", 1))
	}
	part := n.part(catalogue.Of(c.Of), c.Key)
	switch c.What {
	case "new":
		if c.To == "" {
			return t.T("changes.new", "part", part)
		}
		return t.T("changes.new.in", "part", part, "to", name(c.To))
	case "gone":
		if c.From == "" {
			return t.T("changes.gone", "part", part)
		}
		return t.T("changes.gone.from", "part", part, "from", name(c.From))
	case "moved":
		return t.T("changes.moved", "part", part, "from", name(c.From), "to", name(c.To))
	case "service path":
		if c.To == "true" {
			return t.T("changes.path.on", "part", part)
		}
		return t.T("changes.path.off", "part", part)
	case "weight":
		return t.T("changes.weight", "part", part, "from", c.From, "to", c.To)
	case "dimension":
		return t.T("changes.dimension", "part", part, "from", name(c.From), "to", name(c.To))
	}
	return t.T("changes.source", "from", c.From, "to", c.To)
}
