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

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// AssumptionID names an assumption: "a-4f0c91d27ab35e60". It follows from the municipality, from what it is of and from the day it holds from, so that of one
// thing there is never more than one value from the same day.
type AssumptionID string

// What is what an assumption is of.
type What string

// What a municipality may assume.
const (
	HourlyCost  What = "hourly-cost"   // kroner for an hour of work, social costs included
	HoursPerFTE What = "hours-per-fte" // how many hours somebody in a full-time post works in a year
	TaskCost    What = "task-cost"     // kroner for one of what an indicator counts
)

// Whats lists them.
var Whats = []What{HourlyCost, HoursPerFTE, TaskCost}

// MaxAssumptions is how many values a municipality may keep, earlier ones included.
const MaxAssumptions = 300

// mostHours is how many hours there are in a leap year.
const mostHours = 8784

// Assumed is what a person gives.
type Assumed struct {
	Value  Number `bson:"value"`
	Source string `bson:"source"`
}

// AssumedVersion is an assumption as somebody left it.
type AssumedVersion struct {
	Assumed `bson:",inline"`
	Removed bool         `bson:"removed,omitempty"`
	By      org.PersonID `bson:"by"`
	At      time.Time    `bson:"at"`
}

// Assumption is what a municipality takes for granted from a day until the next value of the same: what an hour costs, say. What it was before it was
// corrected is kept. One document at its own id.
type Assumption struct {
	ID           AssumptionID       `bson:"-"`
	Municipality org.MunicipalityID `bson:"municipality"`
	What         What               `bson:"what"`
	Of           IndicatorKey       `bson:"of,omitempty"` // whose task a cost is of
	From         Day                `bson:"from"`
	Versions     []AssumedVersion   `bson:"versions"` // the first first; never empty
	Tag          string             `bson:"tag"`
	Edits        []string           `bson:"edits,omitempty"`
}

// Stands is the version that counts.
func (a Assumption) Stands() AssumedVersion { return a.Versions[len(a.Versions)-1] }

// Own is what a benefit assumes instead of its municipality, for all of its time.
type Own struct {
	HourlyCost  Number `bson:"hourlyCost,omitempty"`
	HoursPerFTE Number `bson:"hoursPerFTE,omitempty"`
	TaskCost    Number `bson:"taskCost,omitempty"`
	Date        Day    `bson:"date,omitempty"` // the day the figures are from
	Source      string `bson:"source,omitempty"`
}

func (o Own) any() bool { return o.HourlyCost != "" || o.HoursPerFTE != "" || o.TaskCost != "" }

func (o Own) used(what What) (Used, bool) {
	n := map[What]Number{HourlyCost: o.HourlyCost, HoursPerFTE: o.HoursPerFTE, TaskCost: o.TaskCost}[what]
	return Used{What: what, Value: n, From: o.Date, Source: o.Source}, n != ""
}

// checkOwn puts into f what is wrong with a benefit's own assumptions.
func checkOwn(f *fault.Error, o Own) Own {
	o.HourlyCost = checkAssumed(f, "own.hourlyCost", o.HourlyCost, HourlyCost)
	o.HoursPerFTE = checkAssumed(f, "own.hoursPerFTE", o.HoursPerFTE, HoursPerFTE)
	o.TaskCost = checkAssumed(f, "own.taskCost", o.TaskCost, TaskCost)
	o.Date, o.Source = checkDay(f, "own.date", o.Date), checkText(f, "own.source", o.Source, MaxLine, true)
	if o.any() && o.Date == "" {
		f.Fields = append(f.Fields, fault.Field{Name: "own.date", Key: "error.assumption.from"})
	}
	if o.any() && o.Source == "" {
		f.Fields = append(f.Fields, fault.Field{Name: "own.source", Key: "error.assumption.source"})
	}
	return o
}

// checkAssumed puts into f what is wrong with the value of an assumption: nothing costs nothing, and nobody works more hours than there are.
func checkAssumed(f *fault.Error, field string, n Number, what What) Number {
	before, unit := len(f.Fields), NOK
	if what == HoursPerFTE {
		unit = Hours
	}
	n = checkNumber(f, field, n, unit)
	switch {
	case n == "" || len(f.Fields) > before:
	case what == HoursPerFTE && (n.decimal().LessThan(Number("1").decimal()) || n.decimal().GreaterThan(Number(strconv.Itoa(mostHours)).decimal())):
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: "error.number.between", Args: []any{"min", 1, "max", mostHours}})
	case !n.decimal().IsPositive():
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: "error.assumption.positive"})
	}
	return n
}

// Costs tells whether one of what an indicator counts may have a cost: what is counted per week, month or year and is neither time nor money.
func (i Indicator) Costs() bool {
	return i.Per != "" && slices.Contains([]Unit{Visits, Kilometres, Days, Count}, i.Unit)
}

// asOf is the value that holds on a day: the one from the latest day that is not after it.
func asOf(all []Assumption, what What, of IndicatorKey, at Day) (Used, bool) {
	var found Used
	for _, a := range all {
		v := a.Stands()
		if a.What == what && a.Of == of && a.From <= at && a.From > found.From && !v.Removed {
			found = Used{What: what, ID: a.ID, Value: v.Value, From: a.From, Source: v.Source}
		}
	}
	return found, found.Value != ""
}

func newAssumptions(db *store.DB) *store.Collection[Assumption] {
	return store.NewCollection(db, store.Spec[Assumption]{
		Name: "assumptions", Shape: 1,
		Fields: []store.Field[Assumption]{
			{Name: "municipality", Type: store.String, Value: func(_ string, a *Assumption) any { return string(a.Municipality) }},
			{Name: "from", Type: store.String, Value: func(_ string, a *Assumption) any { return string(a.From) }},
		},
		Indexes: []store.Index{{Name: "municipality", Fields: []string{"municipality", "from"}}},
	})
}

func assumptionOf(doc store.Doc[Assumption]) Assumption {
	a := doc.Value
	a.ID = AssumptionID(doc.ID)
	return a
}

// Assume is a new value, or a correction of one. Tag is what a correction builds on; Edit and Confirmed as in Add.
type Assume struct {
	Municipality org.MunicipalityID
	ID           AssumptionID // "" is a new one
	What         What         // of a new one
	Of           IndicatorKey // of a new one
	From         Day          // of a new one: a value from another day is another one
	Data         Assumed
	Remove       bool // it was a mistake: it counts no more, and keeps what it was
	Tag          string
	Edit         string
	Confirmed    bool
}

// LostAssumption is the Detail of a fault.Stale: what stands.
type LostAssumption struct {
	Yours  Assumed
	Theirs Assumption
}

// Assume adds a value or corrects one, which keeps what it was. Faults: Invalid beside the field, NotFound, Forbidden, Conflict when there are too many,
// TagRequired, Stale with LostAssumption.
func (s *Service) Assume(ctx context.Context, actor org.Actor, in Assume) (Assumption, error) {
	const op = "benefits.Assume"
	if !org.MaySetAssumptions(actor, in.Municipality) {
		return Assumption{}, forbidden(op)
	}
	if err := checkEdit(op, in.Edit); err != nil {
		return Assumption{}, err
	}
	if in.ID != "" && in.Remove {
		return s.changeAssumption(ctx, op, actor, in, "assumption.corrected", func(a *Assumption) error {
			version := a.Stands()
			if version.Removed {
				return store.ErrNoChange
			}
			version.Removed = true
			a.Versions = append(slices.Clone(a.Versions), version)
			return nil
		})
	}
	what := in.What
	if in.ID != "" {
		there, err := s.Assumption(ctx, actor, in.Municipality, in.ID)
		if err != nil {
			return Assumption{}, err
		}
		what = there.What
	}
	f := &fault.Error{Code: fault.Invalid, Op: op, Key: "error.assumption"}
	wrong := func(field, key string, args ...any) {
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: key, Args: args})
	}
	if in.ID == "" {
		all, err := s.KnownFor(ctx, actor, in.Municipality, in.Of)
		if err != nil {
			return Assumption{}, err
		}
		if i, known := all.Find(in.Of); !slices.Contains(Whats, what) || (what == TaskCost) != (known && i.Costs()) || what != TaskCost && in.Of != "" {
			wrong("what", "error.assumption.what")
		}
		if in.From = checkDay(f, "from", in.From); in.From == "" {
			wrong("from", "error.assumption.from")
		}
	}
	if in.Data.Value = checkAssumed(f, "value", in.Data.Value, what); in.Data.Value == "" {
		wrong("value", "error.number")
	}
	if in.Data.Source = checkText(f, "source", in.Data.Source, MaxLine, true); in.Data.Source == "" {
		wrong("source", "error.assumption.source")
	}
	if len(f.Fields) > 0 {
		return Assumption{}, f
	}
	version := AssumedVersion{Assumed: in.Data, By: actor.Person, At: s.Now().UTC()}
	if in.ID != "" {
		return s.changeAssumption(ctx, op, actor, in, "assumption.corrected", func(a *Assumption) error {
			if err := refusePersonNumbers(op, in.Confirmed, []writing{{"source", a.Stands().Source, in.Data.Source}}); err != nil {
				return err
			}
			if was := a.Stands(); was.Assumed == in.Data && !was.Removed {
				return store.ErrNoChange
			}
			a.Versions = append(slices.Clone(a.Versions), version)
			return nil
		})
	}
	if err := refusePersonNumbers(op, in.Confirmed, []writing{{"source", "", in.Data.Source}}); err != nil {
		return Assumption{}, err
	}
	return s.assume(ctx, op, actor, in, version)
}

// assume puts down a value from a day. One from the same day that stands is corrected where it is; one that was taken out goes on as a new version.
func (s *Service) assume(ctx context.Context, op string, actor org.Actor, in Assume, version AssumedVersion) (Assumption, error) {
	sum := sha256.Sum256([]byte(strconv.Quote(string(in.Municipality)) + strconv.Quote(string(in.What)) + strconv.Quote(string(in.Of)) + strconv.Quote(string(in.From))))
	id := AssumptionID("a-" + hex.EncodeToString(sum[:8]))
	n, err := s.assumptions.Count(ctx, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(in.Municipality)}}, Limit: MaxAssumptions})
	if err != nil {
		return Assumption{}, org.Fault(op, "", err)
	}
	edit := cmp.Or(in.Edit, newTag())
	if n < MaxAssumptions {
		doc, err := s.assumptions.Insert(ctx, string(id), Assumption{Municipality: in.Municipality, What: in.What, Of: in.Of, From: in.From, Versions: []AssumedVersion{version}, Tag: newTag(), Edits: []string{edit}},
			s.assumed("assumption.added", actor, in.Municipality, in.What))
		if !errors.Is(err, store.ErrExists) {
			return assumptionOf(doc), org.Fault(op, "", err)
		}
	}
	there, err := s.Assumption(ctx, actor, in.Municipality, id)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		return Assumption{}, fault.New(fault.Conflict, op, "error.assumption.many", "max", MaxAssumptions)
	case err != nil || slices.Contains(there.Edits, edit):
		return there, err
	case !there.Stands().Removed:
		return Assumption{}, fault.Wrong(op, "from", "error.assumption.there")
	}
	in.ID, in.Tag, in.Edit = id, there.Tag, edit
	return s.changeAssumption(ctx, op, actor, in, "assumption.added", func(a *Assumption) error {
		a.Versions = append(slices.Clone(a.Versions), version)
		return nil
	})
}

// UndoAssumption takes back what was done to a value last: a correction, its being taken out, or its being made at all. Taken back again it stands as
// before.
func (s *Service) UndoAssumption(ctx context.Context, actor org.Actor, m org.MunicipalityID, id AssumptionID, tag, edit string) (Assumption, error) {
	const op = "benefits.UndoAssumption"
	if _, err := s.Assumption(ctx, actor, m, id); err != nil {
		return Assumption{}, err
	}
	if !org.MaySetAssumptions(actor, m) {
		return Assumption{}, forbidden(op)
	}
	if err := checkEdit(op, edit); err != nil {
		return Assumption{}, err
	}
	return s.changeAssumption(ctx, op, actor, Assume{Municipality: m, ID: id, Tag: tag, Edit: edit}, "assumption.undone", func(a *Assumption) error {
		version := a.Stands()
		if n := len(a.Versions); n > 1 {
			version = a.Versions[n-2]
		} else {
			version.Removed = true
		}
		a.Versions = append(slices.Clone(a.Versions), version)
		return nil
	})
}

// changeAssumption changes a value by adding a version, whose writer and time it fills in.
func (s *Service) changeAssumption(ctx context.Context, op string, actor org.Actor, in Assume, kind string, change func(*Assumption) error) (Assumption, error) {
	if in.Tag == "" {
		return Assumption{}, fault.New(fault.TagRequired, op, "error.tag.required")
	}
	unknown := fault.New(fault.NotFound, op, "error.assumption.unknown")
	doc, err := s.assumptions.Update(ctx, string(in.ID), func(a *Assumption) ([]store.Event, error) {
		switch {
		case a.Municipality != in.Municipality:
			return nil, unknown
		case in.Edit != "" && slices.Contains(a.Edits, in.Edit):
			return nil, store.ErrNoChange
		case a.Tag != in.Tag:
			theirs := *a
			theirs.ID = in.ID
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.assumption.stale", Detail: LostAssumption{in.Data, theirs}}
		case len(a.Versions) >= MaxVersions:
			return nil, fault.New(fault.Conflict, op, "error.assumption.versions", "max", MaxVersions)
		}
		if err := change(a); err != nil {
			return nil, err
		}
		last := &a.Versions[len(a.Versions)-1]
		last.By, last.At = actor.Person, s.Now().UTC()
		a.Tag = newTag()
		if in.Edit != "" {
			a.Edits = append(slices.Clone(a.Edits), in.Edit)
			a.Edits = a.Edits[max(0, len(a.Edits)-editsKept):]
		}
		return []store.Event{s.assumed(kind, actor, a.Municipality, a.What)}, nil
	})
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return Assumption{}, unknown
	}
	return assumptionOf(doc), org.Fault(op, "", err)
}

// assumed tells that somebody changed what is assumed, without its value.
func (s *Service) assumed(kind string, actor org.Actor, m org.MunicipalityID, what What) store.Event {
	return s.event(kind, actor, m, store.Fact{Key: "what", Value: string(what)})
}

// Assumptions lists what a municipality assumes, from the earliest day on, those taken out too.
func (s *Service) Assumptions(ctx context.Context, actor org.Actor, m org.MunicipalityID) ([]Assumption, error) {
	const op = "benefits.Assumptions"
	if !org.MayReadBenefits(actor, m) {
		return nil, forbidden(op)
	}
	found, err := s.assumptions.Find(ctx, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Order: []string{"from"}, Limit: MaxAssumptions})
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	all := make([]Assumption, len(found.Docs))
	for i, doc := range found.Docs {
		all[i] = assumptionOf(doc)
	}
	return all, nil
}

// Assumption gets one; fault NotFound also when it is another municipality's.
func (s *Service) Assumption(ctx context.Context, actor org.Actor, m org.MunicipalityID, id AssumptionID) (Assumption, error) {
	const op = "benefits.Assumption"
	if !org.MayReadBenefits(actor, m) {
		return Assumption{}, forbidden(op)
	}
	doc, err := s.assumptions.Get(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) || err == nil && doc.Value.Municipality != m {
		return Assumption{}, fault.New(fault.NotFound, op, "error.assumption.unknown")
	}
	return assumptionOf(doc), org.Fault(op, "", err)
}

// AssumptionsOf visits what a municipality assumes, for who takes out what is its own.
func (s *Service) AssumptionsOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, visit func(Assumption) error) error {
	if !org.MayExport(actor, m) {
		return forbidden("benefits.AssumptionsOf")
	}
	all, err := s.Assumptions(ctx, actor, m)
	for _, a := range all {
		if err == nil {
			err = visit(a)
		}
	}
	return err
}
