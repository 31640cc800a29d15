package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// benefitPage is one benefit: to read, or as a form.
type benefitPage struct {
	Layout
	Path, Place  string
	Lead         string // of the form
	EditPart     string // of the form that the button opens
	Status, Kind string
	Warnings     []string
	Saved        bool
	Adopted      string // that its words became an indicator of the municipality's own, which can be taken back
	Refused      string // why a button did nothing
	By           string // who changed it last, and when
	Measured     measuredView
	Amounts      calculationView
	Compared     []amountView // baseline and target
	Course       *chartFigure // nil while there is nothing to draw
	Deviation    deviationView
	Related      relatedView
	Groups       []benefitPart // to read, or the form's
	Editing      bool
	MayEdit      bool
	Form         benefitForm
	Owners       []choiceView // to whom its owner may hand it over; empty for everyone else
	OwnerError   string
	Removal      removalView
	Maps         []homeLink // the benefit maps it stands in
}

// removalView is what a benefit's page says of its being removed, or offers.
type removalView struct {
	Action, Tag   string // to take it away, "" for who may not
	Removed       string // until when it can be brought back, "" while it stands
	RestoreAction string // "" for who may not
}

type amountView struct{ Label, Value, About string }

// benefitForm is what the form carries beside its fields.
type benefitForm struct {
	Action, Cancel  string
	Tag, Edit, Base string
	Faults          []planFault
	Conflict        string // that somebody else was first
	ConfirmNumber   bool   // asks whether a text that seems to hold a fødselsnummer is to be saved all the same
}

// faulted puts what was wrong into the form, and gives it by field, to stand beside it. Labels is where the fields' names are worded.
func (f *benefitForm) faulted(t locale.Text, faults []fault.Field, labels string) map[string]string {
	wrong := map[string]string{}
	for _, x := range faults {
		if x.Name == assessment.ConfirmField {
			f.ConfirmNumber = true
			continue
		}
		wrong[x.Name] = t.T(x.Key, x.Args...)
		f.Faults = append(f.Faults, planFault{"#" + x.Name, t.T("benefit.fault", "field", t.Within(labels, x.Name), "text", wrong[x.Name])})
	}
	return wrong
}

// benefitPart is a group of fields that belong together, small enough for a short sitting.
type benefitPart struct {
	ID, Title, Lead string
	Fields          []benefitField
	Open            bool
	Filled          string // how many fields are filled in
	Empty           bool
	Edit            string // address of the form with this part open
	Adopt           string // what makes an indicator of the municipality's own of its words; "" where there is none to be made
	Entry           *entryView
}

// benefitField is one field: to be filled in, or as it stands.
type benefitField struct {
	Name, Label, Help string
	Kind              string // line, text, number, date, select, checks
	Value             string // in the form
	Shown             string // to read
	Max               int
	Choices           []choiceView
	Groups            []optionGroup // choices after these, under a heading
	Chosen            string        // how many checks are, in words
	None              string        // why there is nothing to check
	Error             string
	Note              string // what somebody else did to it meanwhile
	Link              *homeLink
	Links             []homeLink // what is shown, each to its page
}

// optionGroup is choices that belong together.
type optionGroup struct {
	Label   string
	Choices []choiceView
}

// How the fields are grouped, in the order of the form. A field's kind is how it is asked for.
var benefitParts = []struct {
	id     string
	fields [][2]string
}{
	{"what", [][2]string{{"title", "line"}, {"type", "select"}, {"stakeholder", "line"}, {"technology", "line"}, {"tasks", "checks"}}},
	{"measure", [][2]string{{"shared", "select"}, {"indicator", "line"}, {"unit", "select"}, {"per", "select"}, {"direction", "select"}}},
	{"figures", [][2]string{{"baseline.value", "number"}, {"baseline.low", "number"}, {"baseline.high", "number"}, {"baseline.date", "date"}, {"baseline.method", "line"}, {"baseline.source", "line"}, {"effectFrom", "date"}, {"plan.after", "line"}, {"plan.every", "number"}, {"target.value", "number"}, {"target.date", "date"}}},
	{"ground", [][2]string{{"measures", "text"}, {"steps", "checks"}, {"assumptions", "text"}, {"risk", "text"}, {"uncertainty", "text"}}},
	{"own", [][2]string{{"own.hourlyCost", "number"}, {"own.hoursPerFTE", "number"}, {"own.taskCost", "number"}, {"own.date", "date"}, {"own.source", "line"}}},
	{"use", [][2]string{{"disposition.budgetCut", "number"}, {"disposition.capacity", "number"}, {"disposition.quality", "number"}, {"disposition.other", "number"}, {"disposition.decision", "text"}}},
	{"progress", [][2]string{{"owner", "select"}, {"status", "select"}, {"explanation", "text"}}},
}

// effectParts are the same for an effect that nobody had planned: how large it is stands in its measurements.
var effectParts = []struct {
	id     string
	fields [][2]string
}{
	{"effect", [][2]string{{"title", "line"}, {"effect.sign", "select"}, {"type", "select"}, {"stakeholder", "line"}, {"technology", "line"}, {"tasks", "checks"}}},
	{"noticed", [][2]string{{"effect.noticed", "date"}, {"effect.noticedBy", "line"}, {"effect.cause", "text"}, {"effect.done", "text"}, {"owner", "select"}}},
	{"counted", [][2]string{{"shared", "select"}, {"indicator", "line"}, {"unit", "select"}, {"per", "select"}}},
}

// partsOf are the parts that a benefit's page and form have.
func partsOf(unexpected bool) []struct {
	id     string
	fields [][2]string
} {
	if unexpected {
		return effectParts
	}
	return benefitParts
}

// choiceTexts is where the words of what can be chosen in a field stand.
var choiceTexts = map[string]string{"type": "benefit.type", "unit": "benefit.unit", "direction": "benefit.direction", "per": "indicator.per", "status": "benefit.status", "effect.sign": "effect.sign"}

// flatten gives a benefit's fields by name, as a form has them in a language.
func flatten(t locale.Text, d benefits.Data, owner org.PersonID) map[string]string {
	decimal := func(n benefits.Number) string { return strings.Replace(string(n), ".", point(t), 1) }
	percent := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	return map[string]string{
		"title": d.Title, "type": string(d.Type), "stakeholder": d.Stakeholder, "technology": d.Technology, "tasks": joinKeys(d.Tasks),
		"shared": string(d.Shared), "indicator": d.Indicator, "unit": string(d.Unit), "per": string(d.Per), "direction": string(d.Direction),
		"baseline.value": decimal(d.Baseline.Value), "baseline.low": decimal(d.Baseline.Low), "baseline.high": decimal(d.Baseline.High), "baseline.date": string(d.Baseline.Date), "baseline.method": d.Baseline.Method, "baseline.source": d.Baseline.Source,
		"effectFrom": string(d.EffectFrom), "plan.after": joinMonths(d.Plan.After), "plan.every": percent(d.Plan.Every), "target.value": decimal(d.Target.Value), "target.date": string(d.Target.Date),
		"measures": d.Measures, "steps": joinKeys(d.Steps), "assumptions": d.Assumptions, "risk": d.Risk, "uncertainty": d.Uncertainty,
		"own.hourlyCost": decimal(d.Own.HourlyCost), "own.hoursPerFTE": decimal(d.Own.HoursPerFTE), "own.taskCost": decimal(d.Own.TaskCost), "own.date": string(d.Own.Date), "own.source": d.Own.Source,
		"disposition.budgetCut": percent(d.Disposition.BudgetCut), "disposition.capacity": percent(d.Disposition.Capacity), "disposition.quality": percent(d.Disposition.Quality),
		"disposition.other": percent(d.Disposition.Other), "disposition.decision": d.Disposition.Decision,
		"owner": string(owner), "status": string(d.Status), "explanation": d.Explanation,
		"effect.sign": string(d.Effect.Sign), "effect.noticed": string(d.Effect.Noticed), "effect.noticedBy": d.Effect.NoticedBy, "effect.cause": d.Effect.Cause, "effect.done": d.Effect.Done,
	}
}

func joinKeys[T ~string](keys []T) string { return strings.Join(texts(keys), " ") }

func joinMonths(months []int) string {
	var all []string
	for _, n := range months {
		all = append(all, strconv.Itoa(n))
	}
	return strings.Join(all, ", ")
}

// dataOf reads what flatten gives. What can't be read becomes what the domain refuses beside its field.
func dataOf(v map[string]string) benefits.Data {
	percent := func(name string) int {
		text := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(v[name]), "%"))
		if text == "" {
			return 0
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return -1
		}
		return n
	}
	d := benefits.Data{
		Title: v["title"], Type: benefits.Type(v["type"]), Stakeholder: v["stakeholder"], Technology: v["technology"],
		Shared: benefits.IndicatorKey(v["shared"]), Indicator: v["indicator"], Unit: benefits.Unit(v["unit"]), Per: benefits.Per(v["per"]), Direction: benefits.Direction(v["direction"]),
		Baseline:   benefits.Baseline{Value: benefits.Read(v["baseline.value"]), Low: benefits.Read(v["baseline.low"]), High: benefits.Read(v["baseline.high"]), Date: benefits.Day(v["baseline.date"]), Method: v["baseline.method"], Source: v["baseline.source"]},
		EffectFrom: benefits.Day(v["effectFrom"]), Target: benefits.Target{Value: benefits.Read(v["target.value"]), Date: benefits.Day(v["target.date"])},
		Measures: v["measures"], Assumptions: v["assumptions"], Risk: v["risk"], Uncertainty: v["uncertainty"],
		Own: benefits.Own{HourlyCost: benefits.Read(v["own.hourlyCost"]), HoursPerFTE: benefits.Read(v["own.hoursPerFTE"]), TaskCost: benefits.Read(v["own.taskCost"]), Date: benefits.Day(v["own.date"]), Source: v["own.source"]},
		Disposition: benefits.Disposition{BudgetCut: percent("disposition.budgetCut"), Capacity: percent("disposition.capacity"), Quality: percent("disposition.quality"),
			Other: percent("disposition.other"), Decision: v["disposition.decision"]},
		Status: benefits.Status(v["status"]), Explanation: v["explanation"],
		Effect: benefits.Effect{Sign: benefits.Sign(v["effect.sign"]), Noticed: benefits.Day(v["effect.noticed"]), NoticedBy: v["effect.noticedBy"], Cause: v["effect.cause"], Done: v["effect.done"]},
	}
	d.Plan.Every = percent("plan.every")
	for _, months := range strings.FieldsFunc(v["plan.after"], func(r rune) bool { return r == ',' || r == ';' || r == ' ' }) {
		n, err := strconv.Atoi(months)
		if err != nil {
			n = -1
		}
		d.Plan.After = append(d.Plan.After, n)
	}
	d.Tasks, d.Steps = keysOf[catalogue.TaskKey](v["tasks"]), keysOf[assessment.StepID](v["steps"])
	return d
}

// keysOf reads what joinKeys gives.
func keysOf[T ~string](joined string) (keys []T) {
	for _, k := range strings.Fields(joined) {
		keys = append(keys, T(k))
	}
	return keys
}

// typedBenefit is what the form sent, by field. A field that it did not have is left out.
func typedBenefit(c *gin.Context) map[string]string {
	v := map[string]string{}
	_, unexpected := c.Request.PostForm["effect.sign"]
	for _, part := range partsOf(unexpected) {
		for _, f := range part.fields {
			if values, sent := c.Request.PostForm[f[0]]; sent || f[1] == "checks" {
				v[f[0]] = strings.ReplaceAll(strings.ToValidUTF8(strings.Join(values, " "), "\uFFFD"), "\r\n", "\n")
			}
		}
	}
	for _, name := range entryNames {
		if values, sent := c.Request.PostForm[name]; sent {
			v[name] = strings.ReplaceAll(strings.ToValidUTF8(strings.Join(values, " "), "\uFFFD"), "\r\n", "\n")
		}
	}
	if unexpected { // its form has no status, and whoever has not chosen a sign yet still writes of an effect
		v["status"], v["effect.sign"] = string(benefits.Measuring), cmp.Or(v["effect.sign"], "unsaid")
	}
	return v
}

// benefitView is a benefit as its page shows it: one that is there or a new one, with what was typed, and what was wrong with that.
type benefitView struct {
	benefit benefits.Benefit
	values  map[string]string // of the fields
	base    map[string]string // what they were when the form was opened
	tag     string
	edit    string
	faults  []fault.Field
	notes   map[string]string // by field: what somebody else did to it meanwhile
	open    string            // a part to be shown open
}

func (s *Server) newBenefitPage(c *gin.Context, r *request) error {
	m := r.Actor.Municipality()
	if !org.MayAddBenefits(r.Actor, m) {
		return fault.New(fault.Forbidden, "api.benefit", "error.forbidden")
	}
	b := benefits.Benefit{Municipality: m, Data: benefits.Data{Status: benefits.Idea}}
	v := flatten(r.Text, b.Data, "")
	asked := benefits.IndicatorKey(c.Query("shared"))
	known, err := s.Benefits.KnownFor(c.Request.Context(), r.Actor, m, asked)
	if err != nil {
		return err
	}
	if i, ok := known.Find(asked); ok { // chosen where the indicators are listed
		v["shared"], v["type"], v["unit"], v["per"], v["direction"] = string(i.Key), string(i.Types[0]), string(i.Unit), string(i.Per), string(i.Direction)
	}
	if k := c.Query("task"); s.planWords(r.Text, catalogue.TaskKey(k)).Tasks[catalogue.TaskKey(k)].Name != "" { // begun on its page
		v["tasks"] = k
	}
	if id := assessment.StepID(c.Query("step")); id != "" {
		steps, err := s.Assessments.StepsOf(c.Request.Context(), r.Actor, m, []assessment.StepID{id})
		if err != nil {
			return err
		}
		for _, step := range steps {
			v["steps"], v["tasks"] = string(step.ID), string(step.Task)
		}
	}
	return s.editBenefit(c, r, http.StatusOK, benefitView{benefit: b, values: v, base: v})
}

// newEffect is an effect that nobody had planned, as its form begins.
func (s *Server) newEffect() benefits.Data {
	return benefits.Data{Status: benefits.Measuring, Effect: benefits.Effect{Noticed: s.today()}}
}

func (s *Server) newEffectPage(c *gin.Context, r *request) error {
	m := r.Actor.Municipality()
	if !org.MayAddBenefits(r.Actor, m) {
		return fault.New(fault.Forbidden, "api.effect", "error.forbidden")
	}
	b := benefits.Benefit{Municipality: m, Data: s.newEffect()}
	v := flatten(r.Text, b.Data, "")
	return s.editBenefit(c, r, http.StatusOK, benefitView{benefit: b, values: v, base: v})
}

func (s *Server) addBenefit(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	v, m := typedBenefit(c), r.Actor.Municipality()
	b, _, err := s.Benefits.Add(c.Request.Context(), r.Actor, benefits.Add{Municipality: m, Data: dataOf(v), Entry: entryOf(v), Owner: org.PersonID(v["owner"]), Edit: editOf(c), Confirmed: c.PostForm(assessment.ConfirmField) == "yes"})
	if fault.CodeOf(err) == fault.Invalid {
		empty := benefits.Benefit{Municipality: m, Data: benefits.Data{Status: benefits.Idea}}
		if v["effect.sign"] != "" {
			empty.Data = s.newEffect()
		}
		return s.editBenefit(c, r, http.StatusUnprocessableEntity, benefitView{benefit: empty, values: v, base: flatten(r.Text, empty.Data, ""), edit: typed(c, "edit"), faults: faultOf(err).Fields})
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, benefitPath(b.ID)+"?saved=yes")
	return nil
}

func (s *Server) benefitPage(c *gin.Context, r *request) error {
	if c.Query("edit") == "" {
		return s.showBenefit(c, r, http.StatusOK, benefitFaults{})
	}
	b, err := s.Benefits.Benefit(c.Request.Context(), r.Actor, benefits.ID(c.Param("benefit")))
	if err != nil {
		return err
	}
	if !org.MayEditBenefit(r.Actor, b.Municipality, b.Owner) {
		return fault.New(fault.Forbidden, "api.benefit", "error.forbidden")
	}
	if !b.Removed.IsZero() {
		return fault.New(fault.Conflict, "api.benefit", "error.benefit.removed")
	}
	v := flatten(r.Text, b.Data, b.Owner)
	return s.editBenefit(c, r, http.StatusOK, benefitView{benefit: b, values: v, base: v, tag: b.Tag, open: c.Query("edit")})
}

func (s *Server) saveBenefit(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	ctx, id, v := c.Request.Context(), benefits.ID(c.Param("benefit")), typedBenefit(c)
	save := benefits.Save{ID: id, Data: dataOf(v), Entry: entryOf(v), Tag: c.PostForm("tag"), Edit: editOf(c), Confirmed: c.PostForm(assessment.ConfirmField) == "yes"}
	if owner, sent := v["owner"]; sent {
		save.Owner = (*org.PersonID)(&owner)
	}
	_, err := s.Benefits.Save(ctx, r.Actor, save)
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, benefitPath(id)+"?saved=yes")
		return nil
	case fault.Invalid:
	case fault.Stale:
		return s.mergeBenefit(c, r, faultOf(err).Detail.(benefits.Lost).Theirs, v)
	default:
		return err
	}
	b, again := s.Benefits.Benefit(ctx, r.Actor, id)
	if again != nil {
		return again
	}
	return s.editBenefit(c, r, http.StatusUnprocessableEntity, benefitView{benefit: b, values: v, base: baseOf(c), tag: typed(c, "tag"), edit: typed(c, "edit"), faults: faultOf(err).Fields})
}

// baseOf is what the fields were when the form was opened, as it carries it.
func baseOf(c *gin.Context) map[string]string {
	base := map[string]string{}
	_ = json.Unmarshal([]byte(typed(c, "base")), &base) // what can't be read is no base: every difference is shown
	return base
}

// mergeBenefit shows a lost race: what only the other changed is filled in, what only she changed stays, and where both did hers stays and
// theirs is told beside it. It is saved when she says so, on what stands now.
func (s *Server) mergeBenefit(c *gin.Context, r *request, theirs benefits.Benefit, mine map[string]string) error {
	t := r.Text
	names, err := s.names(c.Request.Context(), t, theirs.By)
	if err != nil {
		return err
	}
	base, now := baseOf(c), flatten(t, theirs.Data, theirs.Owner)
	view := benefitView{benefit: theirs, values: map[string]string{}, base: now, tag: theirs.Tag, notes: map[string]string{}}
	for name, stands := range now {
		was, opened := base[name]
		wrote, sent := mine[name]
		switch {
		case !sent || wrote == stands:
			view.values[name] = stands
		case opened && wrote == was:
			view.values[name] = stands
			view.notes[name] = t.T("benefit.conflict.theirs", "name", names.of(theirs.By))
		case opened && stands == was:
			view.values[name] = wrote
		default:
			view.values[name] = wrote
			said, err := s.fieldShown(c.Request.Context(), r, theirs, name)
			if err != nil {
				return err
			}
			view.notes[name] = conflictNote(t, names.of(theirs.By), said)
		}
	}
	for _, name := range entryNames {
		view.values[name] = mine[name]
	}
	return s.editBenefit(c, r, http.StatusPreconditionFailed, view)
}

// fieldShown is a field as it stands, in words; "" when it is empty.
func (s *Server) fieldShown(ctx context.Context, r *request, b benefits.Benefit, name string) (string, error) {
	t := r.Text
	v := flatten(t, b.Data, b.Owner)[name]
	if v == "" {
		return "", nil
	}
	switch name {
	case "shared":
		known, err := s.Benefits.KnownFor(ctx, r.Actor, b.Municipality, b.Shared)
		return nameOf(t, known, b.Shared), err
	case "type", "unit", "direction", "status", "effect.sign":
		return t.Within(choiceTexts[name], v), nil
	case "per":
		return t.Within("indicator.per", v), nil
	case "baseline.value":
		return amount(t, b.Unit, b.Baseline.Value), nil
	case "baseline.low":
		return amount(t, b.Unit, b.Baseline.Low), nil
	case "baseline.high":
		return amount(t, b.Unit, b.Baseline.High), nil
	case "own.hourlyCost", "own.taskCost":
		return amount(t, benefits.NOK, benefits.Read(v)), nil
	case "own.hoursPerFTE":
		return amount(t, benefits.Hours, b.Own.HoursPerFTE), nil
	case "target.value":
		return amount(t, b.Unit, b.Target.Value), nil
	case "baseline.date", "target.date", "effectFrom", "own.date", "effect.noticed":
		return dayShown(t, benefits.Day(v)), nil
	case "disposition.budgetCut", "disposition.capacity", "disposition.quality", "disposition.other":
		return t.T("benefit.amount.share", "amount", v), nil
	case "owner":
		names, err := s.ownersNamed(ctx, t, b.Municipality, b.Owner)
		return names.of(b.Owner), err
	case "tasks":
		var all []string
		for _, choice := range s.taskChoices(t, b.Tasks, b.Tasks) {
			if choice.Chosen {
				all = append(all, choice.Label)
			}
		}
		return t.List(all), nil
	case "steps":
		steps, err := s.Assessments.StepsOf(ctx, r.Actor, b.Municipality, b.Steps)
		var all []string
		for _, step := range steps {
			all = append(all, step.What)
		}
		return t.List(all), err
	}
	return v, nil
}

// taskChoices offers the tasks of the model, in its order. Of several versions of it the newest in use says which they are and what they are
// called. A task that the benefit has and that version has no more is offered besides, or the next save would lose it.
func (s *Server) taskChoices(t locale.Text, has, chosen []catalogue.TaskKey) []choiceView {
	var all []choiceView
	offer := func(k catalogue.TaskKey, c *catalogue.Catalogue) {
		all = append(all, choiceView{string(k), wording(c, t).Tasks[k].Name, slices.Contains(chosen, k)})
	}
	newest := s.newestCatalogue((*catalogue.Catalogue).Published)
	for _, task := range newest.Tasks() {
		offer(task.Key, newest)
	}
	for _, k := range has {
		if older := s.newestCatalogue(func(c *catalogue.Catalogue) bool { return c.Task(k) != nil }); newest.Task(k) == nil && older != nil {
			offer(k, older)
		}
	}
	return all
}

// benefitFaults are why a form of a benefit's page did nothing: with its owner's handing it over, with an explanation, and of another button.
type benefitFaults struct{ owner, explanation, button *fault.Error }

// showBenefit shows a benefit to read.
func (s *Server) showBenefit(c *gin.Context, r *request, status int, wrong benefitFaults) error {
	ctx, t := c.Request.Context(), r.Text
	b, err := s.Benefits.Benefit(ctx, r.Actor, benefits.ID(c.Param("benefit")))
	if err != nil {
		return err
	}
	p := s.benefitFrame(c, r, b, b.Title)
	p.Saved, p.MayEdit = c.Query("saved") == "yes", org.MayEditBenefit(r.Actor, b.Municipality, b.Owner) && b.Removed.IsZero()
	p.Removal = viewRemoval(r, b.Municipality, benefitPath(b.ID), b.Tag, b.Removed, func(until string) string { return t.T("benefit.removed", "date", until) })
	if refused := wrong.button; refused != nil {
		p.Refused = t.T(refused.Key, refused.Args...)
	}
	p.Form = benefitForm{Action: p.Path + "/owner", Tag: b.Tag, Edit: rand.Text()}
	names, err := s.names(ctx, t, b.By)
	if err != nil {
		return err
	}
	p.By = savedBy(t, names.of(b.By), b.At, s.Now())
	for _, x := range []struct {
		label string
		n     benefits.Number
		d     benefits.Day
	}{{t.T("benefit.baseline"), b.Baseline.Value, b.Baseline.Date}, {t.T("benefit.target"), b.Target.Value, b.Target.Date}} {
		if a := amount(t, b.Unit, x.n); a != "" {
			v := amountView{Label: x.label, Value: a}
			if x.d != "" {
				v.About = dayShown(t, x.d)
			}
			p.Compared = append(p.Compared, v)
		}
	}
	if last, ok := b.Latest(); ok {
		p.Compared = append(p.Compared, amountView{t.T("measurement.latest"), figureShown(t, b, last), dayShown(t, last.To)})
	}
	if r, ok := b.Reached(); ok {
		share := func(f benefits.Fraction) string {
			return amount(t, benefits.Share, benefits.Number(f.Percent().String()))
		}
		v := amountView{Label: t.T("measurement.reached"), Value: share(r.Part)}
		if low, high := share(r.Low), share(r.High); r.Open {
			v.About = t.T("calculation.open")
		} else if low != high {
			v.About = t.T("measurement.between", "low", low, "high", high)
		}
		p.Compared = append(p.Compared, v)
	}
	if p.Course, err = s.courseFigure(ctx, r, b); err != nil {
		return err
	}
	p.Charts = p.Course != nil
	if p.Deviation, err = s.deviationView(c, r, b, p.MayEdit, wrong.explanation); err != nil {
		return err
	}
	if p.Related, err = s.relatedView(ctx, r, b, p.MayEdit); err != nil {
		return err
	}
	if p.Amounts, err = s.calculationView(ctx, r, b, p.MayEdit); err != nil {
		return err
	}
	if p.Measured, err = s.measuredView(ctx, r, b, p.MayEdit); err != nil {
		return err
	}
	for _, part := range partsOf(b.Unexpected()) {
		group := benefitPart{ID: part.id, Title: t.Within("benefit.part", part.id), Empty: true, Edit: p.Path + "?edit=" + part.id + "#" + part.id}
		for _, f := range part.fields {
			said, err := s.fieldShown(ctx, r, b, f[0])
			if err != nil {
				return err
			}
			if f[0] == "owner" && said == "" {
				said = t.T("benefit.owner.none")
			}
			if said != "" && f[0] != "title" {
				group.Fields, group.Empty = append(group.Fields, benefitField{Name: f[0], Label: t.Within("benefit.field", f[0]), Kind: f[1], Shown: said, Link: indicatorLink(t, f[0], b.Shared)}), false
			}
		}
		if said := b.Indicator != "" && b.Shared == "" && !b.Unexpected(); part.id == "measure" && said && p.MayEdit && org.MaySetIndicators(r.Actor, b.Municipality) {
			group.Adopt = p.Path + "/indicator"
		}
		p.Groups = append(p.Groups, group)
	}
	if b.Shared.Own() && c.Query("saved") == "indicator" && p.MayEdit && org.MaySetIndicators(r.Actor, b.Municipality) {
		name, err := s.fieldShown(ctx, r, b, "shared")
		if err != nil {
			return err
		}
		p.Adopted = t.T("indicator.own.adopted", "indicator", name)
	}
	if p.MayEdit && !org.MayAddBenefits(r.Actor, b.Municipality) { // a coordinator chooses in the form
		if p.Owners, err = s.owners(ctx, t, b.Municipality, b.Owner); err != nil {
			return err
		}
		if b.Status != benefits.Idea {
			p.Owners = p.Owners[1:] // nobody is not enough any more
		}
	}
	if p.Maps, err = s.mapsWith(ctx, r.Actor, b.Municipality, func(d benefits.MapData) bool { return slices.Contains(d.Benefits(), b.ID) }); err != nil {
		return err
	}
	if failed := wrong.owner; failed != nil {
		if p.Owners == nil {
			return failed
		}
		p.OwnerError = t.T(failed.Key, failed.Args...)
	}
	return s.render(c, status, "benefit", p)
}

// benefitFrame is what reading and editing have in common.
func (s *Server) benefitFrame(c *gin.Context, r *request, b benefits.Benefit, title string) benefitPage {
	p := benefitPage{Layout: s.layout(c, r, title), Path: benefitPath(b.ID), Place: s.municipalityName(r.Text, b.Municipality), Lead: r.Text.T("benefit.form.lead"), Warnings: warningsOf(r.Text, b, s.Now())}
	p.Status, p.Kind = statusOf(r.Text, b)
	if p.EditPart = "progress"; b.Unexpected() {
		p.Lead, p.EditPart = r.Text.T("effect.form.lead"), "noticed"
	}
	return p
}

// editBenefit shows the form.
func (s *Server) editBenefit(c *gin.Context, r *request, status int, v benefitView) error {
	t := r.Text
	title := t.T("benefit.new")
	if v.benefit.Unexpected() {
		title = t.T("effect.new")
	}
	if v.benefit.ID != "" {
		title = v.benefit.Title
	}
	p := s.benefitFrame(c, r, v.benefit, title)
	p.Editing = true
	p.Form = benefitForm{Action: "/benefits/new", Cancel: "/benefits", Tag: v.tag, Edit: v.edit}
	if v.benefit.ID != "" {
		p.Form.Action, p.Form.Cancel = p.Path, p.Path
	}
	if p.Form.Edit == "" {
		p.Form.Edit = rand.Text()
	}
	base, err := json.Marshal(v.base)
	if err != nil {
		return err
	}
	p.Form.Base = string(base)
	if status == http.StatusPreconditionFailed {
		p.Form.Conflict = t.T("benefit.conflict")
	}
	wrong := p.Form.faulted(t, v.faults, "benefit.field")
	for _, part := range partsOf(v.benefit.Unexpected()) {
		group := benefitPart{ID: part.id, Title: t.Within("benefit.part", part.id), Lead: t.Within("benefit.lead", part.id), Open: v.benefit.Unexpected() || part.id == "what" || part.id == "progress" || part.id == v.open}
		filled := 0
		for _, f := range part.fields {
			if f[0] == "owner" && !org.MayAddBenefits(r.Actor, v.benefit.Municipality) {
				continue // she hands it over on its page, and sees before that she can't edit it then
			}
			field := benefitField{Name: f[0], Label: t.Within("benefit.field", f[0]), Kind: f[1], Value: v.values[f[0]], Max: benefits.MaxLine, Error: wrong[f[0]], Note: v.notes[f[0]], Link: indicatorLink(t, f[0], "")}
			if key := "benefit.help." + f[0]; t.Has(key) {
				field.Help = t.T(key)
			}
			if f[1] == "text" {
				field.Max = benefits.MaxText
			}
			if err := s.fieldChoices(c.Request.Context(), r, v.benefit, &field); err != nil {
				return err
			}
			group.Open = group.Open || field.Error != "" || field.Note != ""
			if field.Value != "" {
				filled++
			}
			group.Fields = append(group.Fields, field)
		}
		if part.id == "measure" && org.MaySetIndicators(r.Actor, v.benefit.Municipality) {
			group.Entry = viewEntry(t, v.values, wrong)
			group.Open = group.Open || group.Entry.Open
		}
		group.Filled = t.T("benefit.filled", "n", filled, "of", len(group.Fields))
		p.Groups = append(p.Groups, group)
	}
	return s.render(c, status, "benefit", p)
}

// fieldChoices fills in what a field may be chosen from.
func (s *Server) fieldChoices(ctx context.Context, r *request, b benefits.Benefit, f *benefitField) error {
	t := r.Text
	offer := func(values []string, none string) {
		if none != "" {
			f.Choices = append(f.Choices, choiceView{"", none, f.Value == ""})
		}
		for _, v := range values {
			f.Choices = append(f.Choices, choiceView{v, t.Within(choiceTexts[f.Name], v), v == f.Value})
		}
	}
	switch f.Name {
	case "type":
		offer(texts(benefits.Types), t.T("benefit.choose"))
	case "unit":
		offer(texts(benefits.Units), t.T("benefit.choose"))
	case "per":
		offer(texts(benefits.Pers), t.T("benefit.per.none"))
	case "shared":
		f.Choices = append(f.Choices, choiceView{"", t.T("benefit.shared.none"), f.Value == ""})
		known, err := s.Benefits.Known(ctx, r.Actor, b.Municipality)
		if err != nil {
			return err
		}
		own, all := optionGroup{Label: t.T("indicators.own")}, optionGroup{Label: t.T("indicators.shared")}
		for _, i := range known.All() {
			group := &all
			if i.Key.Own() {
				group = &own
			}
			if choice := (choiceView{string(i.Key), nameOf(t, known, i.Key), string(i.Key) == f.Value}); !i.Retired || i.Key == b.Shared {
				group.Choices = append(group.Choices, choice)
			}
		}
		if f.Groups = []optionGroup{all}; len(own.Choices) > 0 {
			f.Groups = []optionGroup{own, all}
		}
	case "effect.sign":
		offer(texts(benefits.Signs), t.T("benefit.choose"))
	case "direction":
		offer(texts(benefits.Directions), t.T("benefit.choose"))
	case "status":
		offer(texts(benefits.Next(r.Actor, b)), "")
	case "owner":
		var err error
		f.Choices, err = s.owners(ctx, t, b.Municipality, org.PersonID(f.Value))
		return err
	case "tasks":
		tasks := keysOf[catalogue.TaskKey](f.Value)
		f.Choices, f.Chosen = s.taskChoices(t, b.Tasks, tasks), t.T("benefit.tasks.chosen", "n", len(tasks))
	case "steps":
		return s.stepChoices(ctx, r, b, f)
	}
	return nil
}

func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}
