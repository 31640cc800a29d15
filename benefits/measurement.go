package benefits

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// MeasurementID names a measurement: "m-4f0c91d27ab35e60". It follows from the benefit, who measured and her edit.
type MeasurementID string

// Figures are what a measurement counts with: all of it that is worked with, and nothing that was written in words.
type Figures struct {
	From   Day    `bson:"from,omitempty"` // first day of a period; "" where it was measured on one day
	To     Day    `bson:"to"`             // its day, or the last of its period
	Value  Number `bson:"value"`
	Low    Number `bson:"low,omitempty"`    // how low and high it may be, both or neither
	High   Number `bson:"high,omitempty"`   //
	People int    `bson:"people,omitempty"` // how many it describes; 0 is not known
}

// Few tells whether the figures describe so few people that they never leave the municipality.
func (f Figures) Few() bool { return f.People > 0 && f.People < FewPeople }

// FewAt tells whether a measurement's figure describes so few people that it never leaves the municipality, or is not known any more.
func (b Benefit) FewAt(id MeasurementID) bool {
	i := slices.IndexFunc(b.Figures, func(f Figure) bool { return f.ID == id })
	return i < 0 || b.Figures[i].Few()
}

// FewNow tells whether the latest figure describes so few people.
func (b Benefit) FewNow() bool {
	last, ok := b.Latest()
	return ok && last.Few()
}

// FewShown stands where a figure is withheld since it describes too few people.
const FewShown = "<5"

// ForOutside is what of the figures may leave the municipality: in a report to the council, a mail, or an answer to somebody who is not of it. ok is false
// where they describe fewer than [FewPeople]: then only when it was measured is left, FewShown stands where the value would, and nothing that is worked out
// of the value is shown either.
func (f Figures) ForOutside() (shown Figures, ok bool) {
	if f.Few() {
		return Figures{From: f.From, To: f.To}, false
	}
	return f, true
}

// Measured is what a person gives.
type Measured struct {
	Figures `bson:",inline"`
	Method  string `bson:"method,omitempty"`
	Source  string `bson:"source,omitempty"`
	Note    string `bson:"note,omitempty"`
	// Evidence is the address of what shows it: a document in the archive, a page of the record.
	Evidence string `bson:"evidence,omitempty"`
}

// texts are the free texts, beside what stood before.
func (m Measured) texts(before Measured) []writing {
	return []writing{{"method", before.Method, m.Method}, {"source", before.Source, m.Source}, {"note", before.Note, m.Note}, {"evidence", before.Evidence, m.Evidence}}
}

// Version is a measurement as somebody left it.
type Version struct {
	Measured `bson:",inline"`
	Removed  bool         `bson:"removed,omitempty"`
	By       org.PersonID `bson:"by"`
	At       time.Time    `bson:"at"`
	Batch    string       `bson:"batch,omitempty"` // the edit of the batch that left it so; "" where somebody wrote it by itself
}

// Measurement is a figure of a benefit at a time, with everything it was before it was corrected. One document at its own id.
type Measurement struct {
	ID           MeasurementID      `bson:"-"`
	Benefit      ID                 `bson:"benefit"`
	Municipality org.MunicipalityID `bson:"municipality"`
	Versions     []Version          `bson:"versions"` // the first first; never empty
	Tag          string             `bson:"tag"`
	Edits        []string           `bson:"edits,omitempty"`
}

// Stands is the version that counts.
func (m Measurement) Stands() Version { return m.Versions[len(m.Versions)-1] }

// Figure is a measurement as its benefit keeps it.
type Figure struct {
	ID      MeasurementID `bson:"id"`
	Version int           `bson:"version"` // how many there are: of two copies the newer counts, in whichever order they come
	Removed bool          `bson:"removed,omitempty"`
	Figures `bson:",inline"`
}

func (m Measurement) figure() Figure {
	v := m.Stands()
	return Figure{m.ID, len(m.Versions), v.Removed, v.Figures}
}

// FewPeople is the least number of people whose figure may leave the municipality. How many measurements a benefit may have, and how many versions one
// may have.
const (
	FewPeople       = 5
	MaxMeasurements = 200
	MaxVersions     = 50
	maxPeople       = 10_000_000
)

// take puts a measurement's figures among the others. An older version than what stands changes nothing, so the order in which they come is the
// same.
func take(all []Figure, f Figure) []Figure {
	i := slices.IndexFunc(all, func(x Figure) bool { return x.ID == f.ID })
	switch {
	case i < 0:
		all = append(slices.Clone(all), f)
	case all[i].Version < f.Version:
		all = slices.Clone(all)
		all[i] = f
	default:
		return all
	}
	slices.SortFunc(all, func(a, b Figure) int { return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(a.ID, b.ID)) })
	return all
}

// Measured lists the figures that count, in the order of their days.
func (b Benefit) Measured() []Figure {
	return slices.DeleteFunc(slices.Clone(b.Figures), func(f Figure) bool { return f.Removed })
}

// Latest is the figure of the last day.
func (b Benefit) Latest() (Figure, bool) {
	all := b.Measured()
	if len(all) == 0 {
		return Figure{}, false
	}
	return all[len(all)-1], true
}

// Reach is how much of what was planned a benefit has reached, and how little and how much it may be.
type Reach struct {
	Low, Part, High Fraction
	Open            bool // nothing bounds it, and Low and High are Part: the baseline may be as good as the target, so that nothing may have been planned
}

// Reached compares the latest figure with baseline and target. The ends of an uncertain figure and of an uncertain baseline are compared as they are
// themselves: while one of them grows the part only grows or only falls, so what it may be lies between what they give, whichever way is better. ok is
// false where nothing was measured, or nothing planned.
func (b Benefit) Reached() (r Reach, ok bool) {
	last, ok := b.Latest()
	part := func(base, n Number) *big.Rat {
		x, _ := Realised(b.Direction, base, b.Target.Value, n)
		if x.Part == nil {
			return nil
		}
		return x.Part.rat()
	}
	if !ok || part(b.Baseline.Value, last.Value) == nil {
		return Reach{}, false
	}
	fraction := func(x *big.Rat) Fraction { return Fraction{x.Num(), x.Denom()} }
	r.Part = fraction(part(b.Baseline.Value, last.Value))
	baseLow, baseHigh := b.Baseline.ends()
	low, high := last.ends()
	if part(baseLow, last.Value) == nil || part(baseHigh, last.Value) == nil {
		r.Low, r.High, r.Open = r.Part, r.Part, true
		return r, true
	}
	least, greatest := corners(part, baseLow, baseHigh, low, high)
	r.Low, r.High = fraction(least), fraction(greatest)
	return r, true
}

func newMeasurements(db *store.DB) *store.Collection[Measurement] {
	return store.NewCollection(db, store.Spec[Measurement]{
		Name: "measurements", Shape: 1,
		Fields: []store.Field[Measurement]{
			{Name: "municipality", Type: store.String, Value: func(_ string, m *Measurement) any { return string(m.Municipality) }},
			{Name: "benefit", Type: store.String, Value: func(_ string, m *Measurement) any { return string(m.Benefit) }},
			{Name: "to", Type: store.String, Value: func(_ string, m *Measurement) any { return string(m.Stands().To) }},
			{Name: "changed", Type: store.Time, Value: func(_ string, m *Measurement) any { return m.Stands().At }},
			{Name: "batch", Type: store.String, Value: func(_ string, m *Measurement) any { return m.Stands().Batch }},
		},
		Indexes: []store.Index{{Name: "changed", Fields: []string{"changed"}}, {Name: "municipality", Fields: []string{"municipality"}}, {Name: "benefit", Fields: []string{"benefit", "to"}}, {Name: "batch", Fields: []string{"municipality", "batch"}}},
	})
}

func measurementOf(doc store.Doc[Measurement]) Measurement {
	m := doc.Value
	m.ID = MeasurementID(doc.ID)
	return m
}

// checkMeasured validates what a person gives of a benefit. The faults come in the order of the form.
func (s *Service) checkMeasured(m Measured, d Data) (Measured, *fault.Error) {
	f := &fault.Error{Code: fault.Invalid, Op: "benefits.Measurement", Key: "error.measurement"}
	wrong := func(field, key string, args ...any) {
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: key, Args: args})
	}
	if d.Unit == "" {
		wrong("value", "error.measurement.unit")
	}
	checkRange(f, "", &m.Value, &m.Low, &m.High, d.Unit, d.sized())
	if m.Value == "" {
		wrong("value", "error.number")
	}
	today := assessment.DayOf(s.Now())
	m.From, m.To = checkDay(f, "from", m.From), checkDay(f, "to", m.To)
	switch {
	case m.To == "":
		wrong("to", "error.benefit.day")
	case m.To.Valid() && m.To > today:
		wrong("to", "error.measurement.future")
	case m.From.Valid() && m.To.Valid() && m.From > m.To:
		wrong("from", "error.measurement.period")
	}
	if m.People < 0 || m.People > maxPeople {
		wrong("people", "error.measurement.people")
	}
	m.Method, m.Source = checkText(f, "method", m.Method, MaxLine, true), checkText(f, "source", m.Source, MaxLine, true)
	m.Note = checkText(f, "note", m.Note, MaxText, false)
	if m.Evidence = strings.TrimSpace(m.Evidence); m.Evidence != "" {
		m.Evidence = assessment.CheckLink(f, "evidence", m.Evidence)
	}
	if len(f.Fields) > 0 {
		return m, f
	}
	return m, nil
}

// Measure is a new measurement, or a correction of one. Tag is what a correction builds on; Edit and Confirmed as in Add.
type Measure struct {
	Benefit   ID
	ID        MeasurementID // "" is a new one
	Data      Measured
	File      *assessment.NewFile // that shows a new one; of one that stands see ShowFile
	Remove    bool                // it was a mistake: it counts no more, and keeps what it was
	Tag       string
	Edit      string
	Confirmed bool
}

// LostMeasurement is the Detail of a fault.Stale: what stands.
type LostMeasurement struct {
	Yours  Measured
	Theirs Measurement
}

// Measure adds a measurement or corrects one, which keeps what it was. The measurement is written first and its figures in the benefit last: until then
// it doesn't count, and the same edit sent again goes on where it was cut off. A file that comes along is looked at and stored before anything else, and
// is there last of all: what is wrong with it stops the measurement too. Faults: Invalid beside the field, NotFound, Forbidden, Conflict when
// there are too many, TagRequired, Stale with LostMeasurement.
func (s *Service) Measure(ctx context.Context, actor org.Actor, in Measure) (Measurement, error) {
	const op = "benefits.Measure"
	b, err := s.mayMeasure(ctx, op, actor, in.Benefit, in.Edit)
	if err != nil {
		return Measurement{}, err
	}
	if in.Remove && in.ID != "" {
		return s.changeMeasurement(ctx, op, actor, b, in.ID, in.Tag, in.Edit, "benefit.measurement-corrected", in.Data, func(m *Measurement) error {
			version := m.Stands()
			if version.Removed {
				return store.ErrNoChange
			}
			version.Removed, version.By, version.At, version.Batch = true, actor.Person, s.Now().UTC(), ""
			m.Versions = append(slices.Clone(m.Versions), version)
			return nil
		})
	}
	data, wrong := s.checkMeasured(in.Data, b.Data)
	if wrong != nil {
		return Measurement{}, wrong
	}
	version := Version{Measured: data, By: actor.Person, At: s.Now().UTC()}
	if in.ID != "" {
		return s.changeMeasurement(ctx, op, actor, b, in.ID, in.Tag, in.Edit, "benefit.measurement-corrected", data, func(m *Measurement) error {
			if err := refusePersonNumbers(op, in.Confirmed, data.texts(m.Stands().Measured)); err != nil {
				return err
			}
			if was := m.Stands(); was.Measured == data && !was.Removed {
				return store.ErrNoChange
			}
			m.Versions = append(slices.Clone(m.Versions), version)
			return nil
		})
	}
	if err := refusePersonNumbers(op, in.Confirmed, data.texts(Measured{})); err != nil {
		return Measurement{}, err
	}
	edit := cmp.Or(in.Edit, newTag())
	sum := sha256.Sum256([]byte(strconv.Quote(string(b.ID)) + strconv.Quote(string(actor.Person)) + strconv.Quote(edit)))
	id := MeasurementID("m-" + hex.EncodeToString(sum[:8]))
	there := slices.ContainsFunc(b.Figures, func(f Figure) bool { return f.ID == id })
	if len(b.Figures) >= MaxMeasurements && !there {
		return Measurement{}, fault.New(fault.Conflict, op, "error.measurement.many", "max", MaxMeasurements)
	}
	first := Measurement{Benefit: b.ID, Municipality: b.Municipality, Versions: []Version{version}, Tag: newTag()}
	if in.File == nil {
		return s.putDown(ctx, op, actor, id, first)
	}
	var made Measurement
	if _, _, err = s.Files.AddShown(ctx, actor, s.shown(b, Show{Measurement: id, Edit: edit, Confirmed: in.Confirmed}, func(ctx context.Context) (int, error) {
		made, err = s.putDown(ctx, op, actor, id, first)
		return 1, err
	}), *in.File); err == nil && made.ID == "" { // its file was there: it was sent again
		made, err = s.putDown(ctx, op, actor, id, first)
	}
	return made, err
}

// putDown writes a new measurement, and its figures into its benefit. One that is there already stays as it is.
func (s *Service) putDown(ctx context.Context, op string, actor org.Actor, id MeasurementID, first Measurement) (Measurement, error) {
	doc, err := s.measurements.Insert(ctx, string(id), first, s.event("benefit.measured", actor, first.Municipality))
	if errors.Is(err, store.ErrExists) {
		doc, err = s.measurements.Get(ctx, string(id))
	}
	if err != nil {
		return Measurement{}, org.Fault(op, "", err)
	}
	return s.counted(ctx, op, measurementOf(doc))
}

// Undo takes back what was done to a measurement last: a correction, its being taken out, or its being made at all. Taken back again it stands as before.
func (s *Service) Undo(ctx context.Context, actor org.Actor, of ID, id MeasurementID, tag, edit string) (Measurement, error) {
	const op = "benefits.Undo"
	b, err := s.mayMeasure(ctx, op, actor, of, edit)
	if err != nil {
		return Measurement{}, err
	}
	return s.changeMeasurement(ctx, op, actor, b, id, tag, edit, "benefit.measurement-undone", Measured{}, func(m *Measurement) error {
		m.undo(actor.Person, s.Now().UTC())
		return nil
	})
}

// undo adds what stood before the last version as a version of its own.
func (m *Measurement) undo(by org.PersonID, at time.Time) {
	version := m.Stands()
	if n := len(m.Versions); n > 1 {
		version = m.Versions[n-2]
	} else {
		version.Removed = true
	}
	version.By, version.At, version.Batch = by, at, ""
	m.Versions = append(slices.Clone(m.Versions), version)
}

// MayMeasure tells whether somebody may measure a benefit here and now, before a file is taken from her. Faults as Measure.
func (s *Service) MayMeasure(ctx context.Context, actor org.Actor, id ID) error {
	_, err := s.mayMeasure(ctx, "benefits.MayMeasure", actor, id, "")
	return err
}

func (s *Service) mayMeasure(ctx context.Context, op string, actor org.Actor, id ID, edit string) (Benefit, error) {
	b, err := s.Benefit(ctx, actor, id)
	if err == nil && !org.MayEditBenefit(actor, b.Municipality, b.Owner) {
		err = forbidden(op)
	}
	if err == nil && !b.Removed.IsZero() {
		err = removed(op)
	}
	if err == nil {
		err = checkEdit(op, edit)
	}
	return b, err
}

func (s *Service) changeMeasurement(ctx context.Context, op string, actor org.Actor, b Benefit, id MeasurementID, tag, edit, kind string, yours Measured, change func(*Measurement) error) (Measurement, error) {
	if tag == "" {
		return Measurement{}, fault.New(fault.TagRequired, op, "error.tag.required")
	}
	unknown := fault.New(fault.NotFound, op, "error.measurement.unknown")
	doc, err := s.measurements.Update(ctx, string(id), func(m *Measurement) ([]store.Event, error) {
		switch {
		case m.Benefit != b.ID:
			return nil, unknown
		case edit != "" && slices.Contains(m.Edits, edit):
			return nil, store.ErrNoChange
		case m.Tag != tag:
			theirs := *m
			theirs.ID = id
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.measurement.stale", Detail: LostMeasurement{yours, theirs}}
		case len(m.Versions) >= MaxVersions:
			return nil, fault.New(fault.Conflict, op, "error.measurement.versions", "max", MaxVersions)
		}
		if err := change(m); err != nil {
			return nil, err
		}
		m.Tag = newTag()
		if edit != "" {
			m.Edits = append(slices.Clone(m.Edits), edit)
			m.Edits = m.Edits[max(0, len(m.Edits)-editsKept):]
		}
		return []store.Event{s.event(kind, actor, b.Municipality)}, nil
	})
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return Measurement{}, unknown
	}
	if err != nil {
		return Measurement{}, org.Fault(op, "", err)
	}
	return s.counted(ctx, op, measurementOf(doc))
}

// counted puts what stands into the benefit, and what that adds into the ledger.
func (s *Service) counted(ctx context.Context, op string, m Measurement) (Measurement, error) {
	return m, s.count(ctx, op, m.Benefit, m.figure())
}

// count puts figures into a benefit, all in one write.
func (s *Service) count(ctx context.Context, op string, id ID, all ...Figure) error {
	doc, err := s.docs.Update(ctx, string(id), func(b *Benefit) ([]store.Event, error) {
		figures := b.Figures
		for _, f := range all {
			figures = take(figures, f)
		}
		if slices.Equal(figures, b.Figures) {
			return nil, store.ErrNoChange
		}
		if len(figures) > MaxMeasurements {
			return nil, fault.New(fault.Conflict, op, "error.measurement.many", "max", MaxMeasurements)
		}
		b.Change++
		b.Figures = figures // the tag stays: whoever has the benefit's own form open is not in the way
		return nil, nil
	})
	if err != nil {
		return org.Fault(op, "error.benefit.unknown", err)
	}
	return s.entered(ctx, op, benefitOf(doc))
}

// MeasurementsOf visits a municipality's measurements, for who takes out what is its own.
func (s *Service) MeasurementsOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, visit func(Measurement) error) error {
	const op = "benefits.MeasurementsOf"
	if !org.MayExport(actor, m) {
		return forbidden(op)
	}
	return s.eachMeasurement(ctx, op, m, func(doc store.Doc[Measurement]) error { return visit(measurementOf(doc)) })
}

func (s *Service) eachMeasurement(ctx context.Context, op string, m org.MunicipalityID, see func(store.Doc[Measurement]) error) error {
	q := store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Limit: page}
	return visitAll(ctx, op, s.measurements, q, see)
}

// Measurements lists a benefit's measurements, the latest day first, those taken out too.
func (s *Service) Measurements(ctx context.Context, actor org.Actor, id ID) ([]Measurement, error) {
	const op = "benefits.Measurements"
	if _, err := s.Benefit(ctx, actor, id); err != nil {
		return nil, err
	}
	found, err := s.measurements.Find(ctx, store.Query{Equal: []store.Term{{Field: "benefit", Value: string(id)}}, Order: []string{"to"}, Reverse: true, Limit: MaxMeasurements})
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	all := make([]Measurement, len(found.Docs))
	for i, doc := range found.Docs {
		all[i] = measurementOf(doc)
	}
	return all, nil
}
