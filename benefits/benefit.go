package benefits

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"

	"github.com/shopspring/decimal"
)

// ID names a benefit: "b-4f0c91d27ab35e60".
type ID string

// Type is what kind of effect it is, as the national programme sorts them.
type Type string

// The types.
const (
	SavedTime        Type = "saved-time"        // spart eller frigjort tid
	AvoidedCost      Type = "avoided-cost"      // unngåtte kostnader
	IncreasedQuality Type = "increased-quality" // økt kvalitet, for users, staff or next of kin
)

// Types lists them.
var Types = []Type{SavedTime, AvoidedCost, IncreasedQuality}

// Unit is what an indicator is counted in. Per which time stands in the indicator's own words.
type Unit string

// The units.
const (
	Hours      Unit = "hours"
	Minutes    Unit = "minutes"
	Days       Unit = "days"
	Visits     Unit = "visits"
	Kilometres Unit = "kilometres"
	NOK        Unit = "nok"
	Share      Unit = "share" // percent, 0 to 100
	Score      Unit = "score" // 1 to 5
	Count      Unit = "count" // whole
)

// Units lists them.
var Units = []Unit{Hours, Minutes, Days, Visits, Kilometres, NOK, Share, Score, Count}

// bounds are between what a figure is, whole or not.
type bounds struct {
	from, to *decimal.Decimal
	whole    bool
}

// bounds are which values a unit can have.
func (u Unit) bounds() (b bounds) {
	number := func(n int64) *decimal.Decimal { d := decimal.New(n, 0); return &d }
	switch u {
	case Share:
		b.from, b.to = number(0), number(100)
	case Score:
		b.from, b.to = number(1), number(5)
	case Count:
		b.from, b.whole = number(0), true
	case NOK, "": // what is paid may come back; without a unit nothing can be said
	default:
		b.from = number(0)
	}
	return b
}

// Direction says which way is better.
type Direction string

// The directions.
const (
	More Direction = "more"
	Less Direction = "less"
)

// Directions lists them.
var Directions = []Direction{More, Less}

func (d Direction) valid() bool { return d == More || d == Less }

// Status is how far a benefit has come.
type Status string

// The statuses. What each demands stands in wanted, and who may go from where to where in steps.
const (
	Idea       Status = "idea"
	Planned    Status = "planned"
	Measuring  Status = "measuring"
	Reached    Status = "realised"
	Partly     Status = "partly"
	Not        Status = "not"
	HandedOver Status = "handed-over" // to the line organisation, which goes on measuring
)

// Statuses lists them in order.
var Statuses = []Status{Idea, Planned, Measuring, Reached, Partly, Not, HandedOver}

// steps are where a benefit may go from each status. Whoever edits it may take them all, but one: what was handed over is taken back by a
// coordinator only.
var steps = map[Status][]Status{
	Idea:       {Planned},
	Planned:    {Idea, Measuring},
	Measuring:  {Planned, Reached, Partly, Not},
	Reached:    {Measuring, Partly, Not, HandedOver},
	Partly:     {Measuring, Reached, Not, HandedOver},
	Not:        {Measuring, Reached, Partly, HandedOver},
	HandedOver: {Measuring},
}

// Next lists the statuses that somebody who edits a benefit may give it: the one it has, and where it may go from there.
func Next(a org.Actor, b Benefit) []Status {
	next := []Status{b.Status}
	if b.Status != HandedOver || org.MayTakeBackBenefit(a, b.Municipality) {
		next = append(next, steps[b.Status]...)
	}
	slices.SortFunc(next, func(x, y Status) int { return slices.Index(Statuses, x) - slices.Index(Statuses, y) })
	return next
}

// Baseline is how it was before the measures had effect.
type Baseline struct {
	Value  Number `bson:"value,omitempty"`
	Low    Number `bson:"low,omitempty"`  // how low and high it may be, both or neither
	High   Number `bson:"high,omitempty"` //
	Date   Day    `bson:"date,omitempty"`
	Method string `bson:"method,omitempty"`
	Source string `bson:"source,omitempty"`
}

// Target is how it shall be, and when.
type Target struct {
	Value Number `bson:"value,omitempty"`
	Date  Day    `bson:"date,omitempty"`
}

// Disposition is how the gain is used ("disponering"), in percent that sum to 100, and the decision it rests on. All nought is not decided.
type Disposition struct {
	BudgetCut int    `bson:"budgetCut,omitempty"`
	Capacity  int    `bson:"capacity,omitempty"`
	Quality   int    `bson:"quality,omitempty"`
	Other     int    `bson:"other,omitempty"`
	Decision  string `bson:"decision,omitempty"`
}

// Decided tells whether it is decided how the gain is used. Words on a decision without its percentages say that somebody decided, and not what.
func (d Disposition) Decided() bool { return d.BudgetCut+d.Capacity+d.Quality+d.Other > 0 }

// Benefit is an effect that somebody sees as positive (DFØ), and how a municipality follows it up. One document at its own id.
type Benefit struct {
	ID           ID                 `bson:"-"`
	Municipality org.MunicipalityID `bson:"municipality"`
	Owner        org.PersonID       `bson:"owner,omitempty"` // gevinstansvarlig: a person of the municipality
	Data         `bson:",inline"`
	Explained    []Explanation `bson:"explained,omitempty"` // everything that Explanation said, the first first: see Explanations
	PartOf       ID            `bson:"partOf,omitempty"`    // the benefit that this is a part of: sums count it once
	Parts        []ID          `bson:"parts,omitempty"`     // that it claims; what a part says itself is what holds
	Different    []Apart       `bson:"different,omitempty"` // from others that look like it
	Left         IndicatorKey  `bson:"left,omitempty"`      // the municipality's own indicator that its measurements were made on, while it is on words: see leave
	Change       int           `bson:"change,omitempty"`    // how many there were, measurements included
	Figures      []Figure      `bson:"figures,omitempty"`   // of its measurements, in the order of their days; derived, so that no page reads them all
	MadeBy       org.PersonID  `bson:"madeBy"`
	MadeAt       time.Time     `bson:"madeAt"`
	By           org.PersonID  `bson:"by"` // who changed it last
	At           time.Time     `bson:"at"`
	Tag          string        `bson:"tag"`
	Edits        []string      `bson:"edits,omitempty"`
	Removed      time.Time     `bson:"removed,omitempty"` // zero while it stands
}

// Data is what a person gives.
type Data struct {
	Title       string              `bson:"title"`
	Type        Type                `bson:"type"`
	Tasks       []catalogue.TaskKey `bson:"tasks,omitempty"`
	Technology  string              `bson:"technology,omitempty"`
	Stakeholder string              `bson:"stakeholder,omitempty"`
	Shared      IndicatorKey        `bson:"shared,omitempty"`    // the indicator that it shares with others: of the catalogue, or the municipality's own; "" is words alone
	Indicator   string              `bson:"indicator,omitempty"` // what it is measured by in words, or what it adds to the indicator's
	Unit        Unit                `bson:"unit,omitempty"`
	Per         Per                 `bson:"per,omitempty"` // the time that its figures are for; an indicator that it shares says it itself
	Direction   Direction           `bson:"direction,omitempty"`
	Baseline    Baseline            `bson:"baseline,omitempty"`
	Target      Target              `bson:"target,omitempty"`
	EffectFrom  Day                 `bson:"effectFrom,omitempty"` // when the measures begin to have effect
	Plan        Plan                `bson:"plan,omitempty"`       // when it is measured
	Assumptions string              `bson:"assumptions,omitempty"`
	Measures    string              `bson:"measures,omitempty"` // tiltak
	Steps       []assessment.StepID `bson:"steps,omitempty"`    // of the improvement plan, that it comes of
	Risk        string              `bson:"risk,omitempty"`
	Uncertainty string              `bson:"uncertainty,omitempty"`
	Own         Own                 `bson:"own,omitempty"` // what it assumes instead of its municipality
	Disposition Disposition         `bson:"disposition,omitempty"`
	Status      Status              `bson:"status"`
	Explanation string              `bson:"explanation,omitempty"` // why it came otherwise than planned; Benefit.Explained keeps what it said before
	Effect      Effect              `bson:"effect,omitempty"`      // of an effect that nobody had planned: see Effect
}

// How long texts may be, in characters, how many steps a benefit may name, and how many benefits a municipality may keep.
const (
	MaxLine     = 150
	MaxText     = 2000
	MaxSteps    = 20
	MaxBenefits = 500
)

// Warning is something that makes a benefit's figures doubtful, and is said wherever it is shown.
type Warning string

// The warnings.
const (
	BaselineLate  Warning = "baseline-late"  // measured when the measures had effect already
	TargetAgainst Warning = "target-against" // the target is no better than the baseline
)

// Warnings lists what makes a benefit's figures doubtful.
func (d Data) Warnings() []Warning {
	var all []Warning
	if d.Baseline.Date != "" && d.EffectFrom != "" && d.Baseline.Date > d.EffectFrom {
		all = append(all, BaselineLate)
	}
	if r, ok := Realised(d.Direction, d.Baseline.Value, d.Target.Value, d.Baseline.Value); ok && d.Target.Value != "" && r.Part == nil {
		all = append(all, TargetAgainst)
	}
	return all
}

func newBenefits(db *store.DB) *store.Collection[Benefit] {
	return store.NewCollection(db, store.Spec[Benefit]{
		Name: "benefits", Shape: 1,
		Fields: []store.Field[Benefit]{
			{Name: "municipality", Type: store.String, Value: func(_ string, b *Benefit) any { return string(b.Municipality) }},
			{Name: "status", Type: store.String, Value: func(_ string, b *Benefit) any { return string(b.Status) }},
			{Name: "owner", Type: store.String, Value: func(_ string, b *Benefit) any { return string(b.Owner) }},
			{Name: "made", Type: store.Time, Value: func(_ string, b *Benefit) any { return b.MadeAt }},
			{Name: "shelf", Type: store.String, Value: func(_ string, b *Benefit) any { return string(b.Shelf()) }},
			{Name: "due", Type: store.String, Value: func(_ string, b *Benefit) any { return b.dueIndexed() }},
			{Name: "shared", Type: store.String, Value: func(_ string, b *Benefit) any { return string(b.Shared) }},
			{Name: "unexplained", Type: store.String, Value: func(_ string, b *Benefit) any { return b.unexplainedIndexed() }},
			{Name: "removed", Type: store.Time, Value: func(_ string, b *Benefit) any {
				if b.Removed.IsZero() {
					return never
				}
				return b.Removed
			}},
		},
		Indexes: []store.Index{
			{Name: "municipality", Fields: []string{"municipality", "made"}},
			{Name: "owner", Fields: []string{"owner", "municipality", "made"}},
			{Name: "shelf", Fields: []string{"municipality", "shelf", "made"}},
			{Name: "shelf_status", Fields: []string{"municipality", "shelf", "status", "made"}},
			{Name: "owner_shelf", Fields: []string{"owner", "municipality", "shelf", "made"}},
			{Name: "owner_shelf_status", Fields: []string{"owner", "municipality", "shelf", "status", "made"}},
			{Name: "due", Fields: []string{"municipality", "due"}},
			{Name: "owner_due", Fields: []string{"owner", "municipality", "due"}},
			{Name: "shared", Fields: []string{"municipality", "shared"}},
			{Name: "unexplained", Fields: []string{"municipality", "unexplained"}},
			{Name: "owner_unexplained", Fields: []string{"owner", "municipality", "unexplained"}},
			{Name: "removed", Fields: []string{"removed"}},
		},
	})
}

func benefitOf(doc store.Doc[Benefit]) Benefit {
	b := doc.Value
	b.ID = ID(doc.ID)
	return b
}

// checked validates what a person gives, and asks for what its status demands. Known are the indicators there are. The faults come in the order of the form.
func (s *Service) checked(d Data, owner org.PersonID, known *Indicators) (Data, *fault.Error) {
	f := &fault.Error{Code: fault.Invalid, Op: "benefits.Benefit", Key: "error.benefit"}
	wrong := func(field, key string, args ...any) {
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: key, Args: args})
	}
	if d.Title = checkText(f, "title", d.Title, MaxLine, true); d.Title == "" {
		wrong("title", "error.benefit.title")
	}
	if !slices.Contains(Types, d.Type) {
		wrong("type", "error.benefit.type")
	}
	var tasks []catalogue.TaskKey
	for _, t := range d.Tasks {
		if !s.knows(t) {
			wrong("tasks", "error.benefit.task")
			break
		}
		if !slices.Contains(tasks, t) {
			tasks = append(tasks, t)
		}
	}
	d.Tasks = tasks
	var plan []assessment.StepID
	for _, id := range d.Steps {
		if !slices.Contains(plan, id) {
			plan = append(plan, id)
		}
	}
	if d.Steps = plan; len(plan) > MaxSteps {
		wrong("steps", "error.benefit.steps.many", "max", MaxSteps)
	}
	d.Technology, d.Stakeholder = checkText(f, "technology", d.Technology, MaxLine, true), checkText(f, "stakeholder", d.Stakeholder, MaxLine, true)
	d.Indicator = checkText(f, "indicator", d.Indicator, MaxLine, true)
	shared, found := known.Find(d.Shared)
	if found { // who picks it need not say what it says
		d.Unit, d.Direction = cmp.Or(d.Unit, shared.Unit), cmp.Or(d.Direction, shared.Direction)
	} else if d.Shared != "" {
		wrong("shared", "error.benefit.shared")
	}
	if d.Unit != "" && !slices.Contains(Units, d.Unit) {
		wrong("unit", "error.benefit.unit")
	} else if found && d.Unit != shared.Unit {
		wrong("unit", "error.benefit.unit.shared")
	}
	if d.Direction != "" && !d.Direction.valid() {
		wrong("direction", "error.benefit.direction")
	} else if found && d.Direction != shared.Direction {
		wrong("direction", "error.benefit.direction.shared")
	}
	switch {
	case d.Per != "" && !slices.Contains(Pers, d.Per):
		wrong("per", "error.benefit.per")
	case found && d.Per != "" && d.Per != shared.Per:
		wrong("per", "error.benefit.per.shared")
	case found:
		d.Per = shared.Per
	}
	b, t, p := &d.Baseline, &d.Target, &d.Disposition
	checkRange(f, "baseline.", &b.Value, &b.Low, &b.High, d.Unit, d.Unit.bounds())
	if b.Date = checkDay(f, "baseline.date", b.Date); b.Value != "" && b.Date.Valid() && b.Date > assessment.DayOf(s.Now()) {
		wrong("baseline.date", "error.measurement.future") // what is not measured yet has no figure
	}
	b.Method, b.Source = checkText(f, "baseline.method", b.Method, MaxLine, true), checkText(f, "baseline.source", b.Source, MaxLine, true)
	t.Value, t.Date = checkNumber(f, "target.value", t.Value, d.Unit), checkDay(f, "target.date", t.Date)
	if b.Value != "" && b.Value == t.Value {
		wrong("target.value", "error.benefit.target.equal") // nothing would be gained
	}
	if d.Unit == "" && (b.Value != "" || t.Value != "") {
		wrong("unit", "error.benefit.unit.wanted") // a number of nothing
	}
	if d.EffectFrom = checkDay(f, "effectFrom", d.EffectFrom); t.Date.Valid() && d.EffectFrom.Valid() && t.Date < d.EffectFrom {
		wrong("target.date", "error.benefit.target.early")
	}
	checkPlan(f, d.Plan)
	d.Assumptions, d.Measures = checkText(f, "assumptions", d.Assumptions, MaxText, false), checkText(f, "measures", d.Measures, MaxText, false)
	d.Risk, d.Uncertainty = checkText(f, "risk", d.Risk, MaxText, false), checkText(f, "uncertainty", d.Uncertainty, MaxText, false)
	d.Own = checkOwn(f, d.Own)
	sum, within := 0, true
	for _, part := range []struct {
		field string
		n     int
	}{{"disposition.budgetCut", p.BudgetCut}, {"disposition.capacity", p.Capacity}, {"disposition.quality", p.Quality}, {"disposition.other", p.Other}} {
		if part.n < 0 || part.n > 100 {
			wrong(part.field, "error.benefit.percent")
			within = false
		}
		sum += part.n
	}
	if within && sum != 0 && sum != 100 {
		wrong("disposition.budgetCut", "error.benefit.disposition", "sum", sum)
	}
	p.Decision = checkText(f, "disposition.decision", p.Decision, MaxText, false)
	if !slices.Contains(Statuses, d.Status) {
		wrong("status", "error.benefit.status")
	}
	d.Explanation = checkText(f, "explanation", d.Explanation, MaxText, false)
	if d.Unexpected() {
		s.checkEffect(f, &d)
	}
	for _, field := range d.missing(owner) {
		if !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Name == field }) {
			wrong(field, "error.benefit.wanted."+string(d.Status))
		}
	}
	if len(f.Fields) > 0 {
		return d, f
	}
	return d, nil
}

// missing lists the fields that a status demands and that are empty. An idea needs no more than a title and a type, and so does what nobody planned.
func (d Data) missing(owner org.PersonID) []string {
	if d.Unexpected() {
		return nil
	}
	type field struct {
		name  string
		empty bool
	}
	var wanted []field
	if d.Status != Idea {
		wanted = append(wanted, field{"indicator", d.Indicator == "" && d.Shared == ""}, field{"unit", d.Unit == ""}, field{"direction", d.Direction == ""},
			field{"target.value", d.Target.Value == ""}, field{"target.date", d.Target.Date == ""}, field{"owner", owner == ""})
	}
	if d.Status != Idea && d.Status != Planned {
		wanted = append(wanted, field{"baseline.value", d.Baseline.Value == ""}, field{"baseline.date", d.Baseline.Date == ""}, field{"effectFrom", d.EffectFrom == ""})
	}
	if d.Status == Partly || d.Status == Not {
		wanted = append(wanted, field{"explanation", d.Explanation == ""}) // deviations are explained
	}
	var names []string
	for _, w := range wanted {
		if w.empty {
			names = append(names, w.name)
		}
	}
	return names
}

// texts are the free texts, beside what stood before.
func (d Data) texts(before Data) []writing {
	return []writing{
		{"title", before.Title, d.Title}, {"technology", before.Technology, d.Technology}, {"stakeholder", before.Stakeholder, d.Stakeholder},
		{"indicator", before.Indicator, d.Indicator}, {"baseline.method", before.Baseline.Method, d.Baseline.Method}, {"baseline.source", before.Baseline.Source, d.Baseline.Source},
		{"assumptions", before.Assumptions, d.Assumptions}, {"measures", before.Measures, d.Measures}, {"risk", before.Risk, d.Risk}, {"uncertainty", before.Uncertainty, d.Uncertainty}, {"own.source", before.Own.Source, d.Own.Source},
		{"disposition.decision", before.Disposition.Decision, d.Disposition.Decision}, {"explanation", before.Explanation, d.Explanation},
		{"effect.noticedBy", before.Effect.NoticedBy, d.Effect.NoticedBy}, {"effect.cause", before.Effect.Cause, d.Effect.Cause}, {"effect.done", before.Effect.Done, d.Effect.Done},
	}
}

// knows tells whether any questionnaire has a task.
func (s *Service) knows(t catalogue.TaskKey) bool {
	for _, c := range s.Catalogues {
		if c.Task(t) != nil {
			return true
		}
	}
	return false
}

// checkOwner refuses an owner who is not of the municipality.
func (s *Service) checkOwner(ctx context.Context, op string, m org.MunicipalityID, id org.PersonID) error {
	p, err := s.People.Get(ctx, id)
	switch code := fault.CodeOf(err); {
	case code == fault.NotFound || code == fault.Malformed || code == fault.Invalid, err == nil && !org.MayOwnBenefit(p.Actor(), m):
		return fault.Wrong(op, "owner", "error.benefit.owner")
	default:
		return err
	}
}

// checkEdit checks the sender's id of an edit.
func checkEdit(op, edit string) error {
	if len(edit) > maxEdit {
		return fault.New(fault.Malformed, op, "error.edit-id", "max", maxEdit)
	}
	return nil
}

const (
	maxEdit   = 100 // bytes
	editsKept = 20
)

// Add is a new benefit. Edit is the sender's own id of the edit: sent again it is the same benefit. Confirmed: a text that seems to hold a
// fødselsnummer is saved all the same.
type Add struct {
	Municipality org.MunicipalityID
	Data         Data
	Entry        *Entry // makes an indicator of the municipality's own of its words, by who may; nil makes none
	Owner        org.PersonID
	Edit         string
	Confirmed    bool
}

// newID follows from who adds and her edit, so that an edit that is sent again finds what it made.
func newID(m org.MunicipalityID, by org.PersonID, edit string) ID {
	sum := sha256.Sum256([]byte(strconv.Quote(string(m)) + strconv.Quote(string(by)) + strconv.Quote(edit)))
	return ID("b-" + hex.EncodeToString(sum[:8]))
}

// Add adds a benefit. Made tells whether it was not there yet. Faults: Invalid beside the field, Conflict when there are too many, Forbidden.
func (s *Service) Add(ctx context.Context, actor org.Actor, add Add) (b Benefit, made bool, err error) {
	const op = "benefits.Add"
	if !org.MayAddBenefits(actor, add.Municipality) {
		return Benefit{}, false, forbidden(op)
	}
	if err := checkEdit(op, add.Edit); err != nil {
		return Benefit{}, false, err
	}
	if add.Edit == "" {
		add.Edit = newTag()
	}
	id := newID(add.Municipality, actor.Person, add.Edit)
	put, data, wrong, err := s.placed(ctx, op, actor, placing{add.Municipality, add.Data, add.Owner, add.Entry, "", add.Edit, add.Confirmed})
	if err != nil {
		return Benefit{}, false, err
	}
	if wrong == nil && !data.Unexpected() && !slices.Contains(Next(actor, Benefit{Municipality: add.Municipality, Data: Data{Status: Idea}}), data.Status) {
		wrong = fault.Wrong(op, "status", "error.benefit.step")
	}
	if wrong != nil {
		return Benefit{}, false, wrong
	}
	if err := refusePersonNumbers(op, add.Confirmed, data.texts(Data{})); err != nil {
		return Benefit{}, false, err
	}
	switch known, err := s.checkSteps(ctx, actor, add.Municipality, nil, data.Steps); {
	case err != nil:
		return Benefit{}, false, err
	case !known:
		return Benefit{}, false, fault.Wrong(op, "steps", "error.benefit.steps")
	}
	if add.Owner != "" {
		if err := s.checkOwner(ctx, op, add.Municipality, add.Owner); err != nil {
			return Benefit{}, false, err
		}
	}
	n, err := s.docs.Count(ctx, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(add.Municipality)}}, Limit: MaxBenefits})
	if err != nil {
		return Benefit{}, false, org.Fault(op, "", err)
	}
	if n >= MaxBenefits {
		if there, err := s.Benefit(ctx, actor, id); err == nil {
			return there, false, nil
		}
		return Benefit{}, false, fault.Wrong(op, "title", "error.benefit.many", "max", MaxBenefits)
	}
	if data, err = put(data); err != nil {
		return Benefit{}, false, err
	}
	now := s.Now().UTC()
	b = Benefit{Municipality: add.Municipality, Owner: add.Owner, Data: data, MadeBy: actor.Person, MadeAt: now, By: actor.Person, At: now, Tag: newTag(), Change: 1}
	if data.Explanation != "" {
		b.Explained = []Explanation{{Text: data.Explanation, By: actor.Person, At: now}}
	}
	doc, err := s.docs.Insert(ctx, string(id), b,
		s.event("benefit.added", actor, add.Municipality, store.Fact{Key: "status", Value: string(data.Status)}))
	if errors.Is(err, store.ErrExists) {
		there, err := s.Benefit(ctx, actor, id)
		if err == nil {
			err = s.entered(ctx, op, there)
		}
		return there, false, err
	}
	if err != nil {
		return Benefit{}, false, org.Fault(op, "", err)
	}
	b = benefitOf(doc)
	return b, true, s.entered(ctx, op, b)
}

// Benefit gets one; fault NotFound also when it is another municipality's, so that ids can't be tried out.
func (s *Service) Benefit(ctx context.Context, actor org.Actor, id ID) (Benefit, error) {
	const op = "benefits.Benefit"
	unknown := fault.New(fault.NotFound, op, "error.benefit.unknown")
	doc, err := s.docs.Get(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return Benefit{}, unknown
	}
	if err != nil {
		return Benefit{}, org.Fault(op, "", err)
	}
	if b := benefitOf(doc); org.MayReadBenefits(actor, b.Municipality) {
		return b, nil
	}
	return Benefit{}, unknown
}

// Filter chooses a municipality's benefits; empty fields choose all.
type Filter struct {
	Municipality org.MunicipalityID
	Status       Status
	Owner        org.PersonID
	Shelf        Shelf // "" is Standing
	Limit        int
	After        store.Cursor
}

// List gives a municipality's benefits of one shelf, the newest first, and a cursor for what follows. What waits for something comes with what has waited longest first; of a status
// there may be fewer on a page than Limit, though others follow.
func (s *Service) List(ctx context.Context, actor org.Actor, f Filter) ([]Benefit, store.Cursor, error) {
	const op = "benefits.List"
	if !org.MayReadBenefits(actor, f.Municipality) {
		return nil, "", forbidden(op)
	}
	if f.Shelf == Waits || f.Shelf == WaitsOnWhy {
		field, day := "due", string(assessment.DayOf(s.Now()))
		if f.Shelf == WaitsOnWhy {
			field, day = "unexplained", noDay
		}
		all, next, err := s.before(ctx, op, actor, field, day, f)
		return slices.DeleteFunc(all, func(b Benefit) bool { return f.Status != "" && b.Status != f.Status }), next, err
	}
	q := store.Query{Order: []string{"made"}, Reverse: true, Limit: f.Limit, After: f.After}
	if f.Owner != "" {
		q.Equal = append(q.Equal, store.Term{Field: "owner", Value: string(f.Owner)})
	}
	q.Equal = append(q.Equal, store.Term{Field: "municipality", Value: string(f.Municipality)}, store.Term{Field: "shelf", Value: string(cmp.Or(f.Shelf, Standing))})
	if f.Status != "" {
		q.Equal = append(q.Equal, store.Term{Field: "status", Value: string(f.Status)})
	}
	page, err := s.docs.Find(ctx, q)
	if err != nil {
		return nil, "", org.Fault(op, "", err)
	}
	all := make([]Benefit, len(page.Docs))
	for i, d := range page.Docs {
		all[i] = benefitOf(d)
	}
	return all, page.Next, nil
}

// Save is one edit of a benefit. Tag says what it builds on, Edit and Confirmed as in Add. Owner is nil where it stays.
type Save struct {
	ID        ID
	Data      Data
	Entry     *Entry // as in Add
	Owner     *org.PersonID
	Tag       string
	Edit      string
	Confirmed bool
}

// Lost is the Detail of a fault.Stale: what the loser of a race sent, and what stands.
type Lost struct {
	Yours  Data
	Owner  *org.PersonID // that was sent, nil where it was to stay
	Theirs Benefit
}

// Save changes a benefit. Faults: Invalid beside the field, NotFound (also of another municipality's), Forbidden, TagRequired, Stale with
// Lost.
func (s *Service) Save(ctx context.Context, actor org.Actor, save Save) (Benefit, error) {
	const op = "benefits.Save"
	before, err := s.Benefit(ctx, actor, save.ID)
	if err != nil {
		return Benefit{}, err
	}
	if !org.MayEditBenefit(actor, before.Municipality, before.Owner) {
		return Benefit{}, forbidden(op)
	}
	if save.Tag == "" {
		return Benefit{}, fault.New(fault.TagRequired, op, "error.tag.required")
	}
	if err := checkEdit(op, save.Edit); err != nil {
		return Benefit{}, err
	}
	known, err := s.checkSteps(ctx, actor, before.Municipality, before.Steps, save.Data.Steps)
	if err != nil {
		return Benefit{}, err
	}
	owner := before.Owner
	if save.Owner != nil {
		owner = *save.Owner
	}
	put, data, wrong, err := s.placed(ctx, op, actor, placing{before.Municipality, save.Data, owner, save.Entry, before.Shared, save.Edit, save.Confirmed})
	if err != nil {
		return Benefit{}, err
	}
	refused := func(b Benefit, data Data, wrong *fault.Error) error {
		return s.refused(op, actor, b, data, wrong, known, save.Confirmed)
	}
	if moves := save.Entry != nil || data.Shared.Own() && data.Shared != before.Shared; moves && save.Tag == before.Tag && before.Removed.IsZero() { // who is too late makes and picks nothing
		err := refused(before, data, wrong)
		if err == nil && owner != "" && owner != before.Owner {
			err = s.checkOwner(ctx, op, before.Municipality, owner)
		}
		if err == nil {
			save.Data, err = put(save.Data)
		}
		if err != nil {
			return Benefit{}, err
		}
	}
	all, err := s.KnownFor(ctx, actor, before.Municipality, save.Data.Shared)
	if err != nil {
		return Benefit{}, err
	}
	return s.change(ctx, op, actor, save.ID, save.Edit, func(b *Benefit) ([]store.Event, error) {
		owner := b.Owner
		if save.Owner != nil {
			owner = *save.Owner
		}
		if b.Tag != save.Tag {
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.benefit.stale", Detail: Lost{save.Data, save.Owner, *b}}
		}
		data, wrong := s.checked(save.Data, owner, all)
		if err := refused(*b, data, wrong); err != nil {
			return nil, err
		}
		if data.Explanation != b.Explanation {
			if err := b.explain(op, data.Explanation, b.latest(), actor.Person, s.Now().UTC()); err != nil {
				return nil, err
			}
		}
		events := []store.Event{s.event("benefit.saved", actor, b.Municipality, store.Fact{Key: "from", Value: string(b.Status)}, store.Fact{Key: "status", Value: string(data.Status)})}
		if owner != b.Owner {
			events = append(events, s.event("benefit.given", actor, b.Municipality, store.Fact{Key: "to", Value: string(owner)}))
		}
		b.leave(data)
		b.Data, b.Owner = data, owner
		return events, nil
	}, save.Owner)
}

// refused is why a benefit as it stands does not become what somebody saves, nil where it does. Wrong is what is wrong with that by itself; steps tells whether those of the
// improvement plan are known.
func (s *Service) refused(op string, actor org.Actor, b Benefit, data Data, wrong *fault.Error, steps, confirmed bool) error {
	if wrong == nil && !slices.Contains(Next(actor, b), data.Status) {
		wrong = fault.Wrong(op, "status", "error.benefit.step")
	}
	if wrong == nil && data.Unexpected() != b.Unexpected() {
		wrong = fault.Wrong(op, "effect.sign", "error.effect.kind")
	}
	if related := b.PartOf != "" || len(b.Parts) > 0; wrong == nil && related && (data.Shared != b.Shared || data.Unit != b.Unit || data.Per != b.Per) {
		wrong = fault.Wrong(op, "shared", "error.benefit.shared.part") // sums would count it twice, or not at all
	}
	if _, measured := b.Latest(); wrong == nil && measured && (data.Unit != b.Unit || data.Shared != b.Shared && !b.sameMeasure(data)) {
		wrong = fault.Wrong(op, "unit", "error.benefit.unit.measured") // hours would become kroner
		if b.Left != "" && data.Shared.Own() && data.Shared != b.Left {
			wrong = fault.Wrong(op, "shared", "error.benefit.shared.left")
		}
	} else if was := s.Times(b.Data); wrong == nil && measured && (was != "" || b.Shared.Own()) && data.Per != was {
		wrong = fault.Wrong(op, "per", "error.benefit.per.measured") // what is for a week would be for a year; what nobody said may be said later
	}
	if wrong == nil && !steps {
		wrong = fault.Wrong(op, "steps", "error.benefit.steps")
	}
	if wrong != nil {
		return wrong
	}
	return refusePersonNumbers(op, confirmed, data.texts(b.Data))
}

// Give is the change of an owner, and of nothing else.
type Give struct {
	ID    ID
	Owner org.PersonID // "" is nobody
	Tag   string
	Edit  string
}

// Give makes somebody else of the municipality a benefit's owner. Faults as Save; its Lost has what stands only.
func (s *Service) Give(ctx context.Context, actor org.Actor, give Give) (Benefit, error) {
	const op = "benefits.Give"
	if _, err := s.Benefit(ctx, actor, give.ID); err != nil {
		return Benefit{}, err
	}
	if give.Tag == "" {
		return Benefit{}, fault.New(fault.TagRequired, op, "error.tag.required")
	}
	if err := checkEdit(op, give.Edit); err != nil {
		return Benefit{}, err
	}
	return s.change(ctx, op, actor, give.ID, give.Edit, func(b *Benefit) ([]store.Event, error) {
		switch {
		case b.Tag != give.Tag:
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.benefit.stale", Detail: Lost{b.Data, &give.Owner, *b}}
		case give.Owner == b.Owner:
			return nil, store.ErrNoChange
		case give.Owner == "" && slices.Contains(b.missing(""), "owner"):
			return nil, fault.Wrong(op, "owner", "error.benefit.wanted."+string(b.Status))
		}
		b.Owner = give.Owner
		return []store.Event{s.event("benefit.given", actor, b.Municipality, store.Fact{Key: "to", Value: string(give.Owner)})}, nil
	}, &give.Owner)
}

// change changes a benefit that its caller has seen that the actor may read. Whether she edits it is asked of what stands when it is written:
// somebody else may own it by then. Owner is who is to own it, nil where that stays.
func (s *Service) change(ctx context.Context, op string, actor org.Actor, id ID, edit string, change func(*Benefit) ([]store.Event, error), owner *org.PersonID) (Benefit, error) {
	before, err := s.docs.Get(ctx, string(id))
	if err != nil {
		return Benefit{}, org.Fault(op, "error.benefit.unknown", err)
	}
	if owner != nil && *owner != "" && *owner != before.Value.Owner { // who has left meanwhile may stay the owner until it is handed over
		if err := s.checkOwner(ctx, op, before.Value.Municipality, *owner); err != nil {
			return Benefit{}, err
		}
	}
	doc, err := s.docs.Update(ctx, string(id), func(b *Benefit) ([]store.Event, error) {
		if edit != "" && slices.Contains(b.Edits, edit) {
			return nil, store.ErrNoChange
		}
		if !org.MayEditBenefit(actor, b.Municipality, b.Owner) || owner != nil && *owner != b.Owner && !org.MayGiveBenefit(actor, b.Municipality, b.Owner) {
			return nil, forbidden(op)
		}
		if !b.Removed.IsZero() {
			return nil, removed(op)
		}
		b.ID = id
		events, err := change(b)
		if err != nil {
			return nil, err
		}
		b.By, b.At, b.Tag = actor.Person, s.Now().UTC(), newTag()
		b.Change++
		if edit != "" {
			b.Edits = append(b.Edits, edit)
			b.Edits = b.Edits[max(0, len(b.Edits)-editsKept):]
		}
		return events, nil
	})
	if err != nil {
		return Benefit{}, org.Fault(op, "error.benefit.unknown", err)
	}
	b := benefitOf(doc)
	return b, s.entered(ctx, op, b)
}
