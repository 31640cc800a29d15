package benefits

import (
	"context"
	"math/big"
	"slices"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// deviates is how large a part of the change that was planned a figure may be off before it is asked about: more than a fifth.
var deviates = Fraction{big.NewInt(1), big.NewInt(5)}

// PlannedOn is the value that the plan has on a day: it goes in a straight line from the baseline, on the day that the measures begin to have effect, to the
// target on its own day, and is the target from then on. Before anything has effect, and without baseline, target and both days, nothing is planned.
func (b Benefit) PlannedOn(d Day) (Amount, bool) {
	from, to, at := b.EffectFrom.Time(), b.Target.Date.Time(), d.Time()
	if b.Baseline.Value == "" || b.Target.Value == "" || from.IsZero() || to.IsZero() || at.Before(from) {
		return Amount{}, false
	}
	n := b.Target.Value.decimal().Rat()
	if at.Before(to) {
		days := func(since time.Time) int64 { return int64(since.Sub(from) / (24 * time.Hour)) }
		base := b.Baseline.Value.decimal().Rat()
		n.Sub(n, base).Mul(n, big.NewRat(days(at), days(to))).Add(n, base)
	}
	return Amount{unit: b.Unit, n: n}, true
}

// Deviation is how far a figure is from the plan.
type Deviation struct {
	Figure    Figure
	Planned   Amount   // on the figure's day, or on the last of its period
	Gap       Amount   // between the two, never below nought
	Part      Fraction // Gap, as a part of the change that was planned in all
	Behind    bool     // it is worse than planned; else better
	Explained bool     // what stands as the explanation was written of this figure as it is
}

// Deviation compares the latest figure with the plan. ok is false where there is nothing to compare, where the plan lies within what the figure may be, and where
// they differ by a fifth of the planned change or less. What has been removed deviates from nothing.
func (b Benefit) Deviation() (d Deviation, ok bool) {
	last, ok := b.Latest()
	if !ok || !b.Removed.IsZero() || !b.Direction.valid() {
		return d, false
	}
	planned, ok := b.PlannedOn(last.To)
	change := new(big.Rat).Sub(b.Target.Value.decimal().Rat(), b.Baseline.Value.decimal().Rat())
	low, high := last.ends()
	if !ok || change.Sign() == 0 || planned.rat().Cmp(low.decimal().Rat()) >= 0 && planned.rat().Cmp(high.decimal().Rat()) <= 0 {
		return d, false
	}
	gap := new(big.Rat).Sub(last.Value.decimal().Rat(), planned.rat())
	part := new(big.Rat).Quo(gap, change)
	part.Abs(part)
	if part.Cmp(deviates.rat()) <= 0 {
		return d, false
	}
	d = Deviation{Figure: last, Planned: planned, Part: Fraction{part.Num(), part.Denom()}, Behind: (gap.Sign() < 0) == (b.Direction == More)}
	d.Gap = Amount{unit: b.Unit, n: gap.Abs(gap)}
	if all := b.Explanations(); len(all) > 0 {
		d.Explained = all[len(all)-1].explains(last)
	}
	return d, true
}

// PlannedBy is the change that was planned to have come by a day, in the time its figures are for, above nought for the better.
func (b Benefit) PlannedBy(d Day, per Per) (Amount, bool) {
	on, ok := b.PlannedOn(d)
	if !ok || !b.Direction.valid() {
		return Amount{}, false
	}
	change := new(big.Rat).Sub(on.rat(), b.Baseline.Value.decimal().Rat())
	if b.Direction == Less {
		change.Neg(change)
	}
	return Amount{unit: b.Unit, per: per, n: change}, true
}

// Explanation is why a benefit came otherwise than planned, as somebody wrote it of one figure.
type Explanation struct {
	Text   string        `bson:"text"`             // "" takes away what stood
	Figure MeasurementID `bson:"figure,omitempty"` // "" while nothing is measured
	Day    Day           `bson:"day,omitempty"`    // of the figure
	Value  Number        `bson:"value,omitempty"`  // what the figure was then: one that is corrected is another to explain
	By     org.PersonID  `bson:"by,omitempty"`     // "" and no time are not known: it was written before versions were kept
	At     time.Time     `bson:"at,omitempty"`
}

func (e Explanation) explains(f Figure) bool {
	return e.Text != "" && e.Figure == f.ID && e.Day == f.To && e.Value == f.Value
}

// MaxExplanations is how many versions of its explanation a benefit may have.
const MaxExplanations = 50

// Explanations are the versions of what Data.Explanation says, the first first. The last of them stands, and is what the field says.
func (b Benefit) Explanations() []Explanation {
	if len(b.Explained) == 0 && b.Explanation != "" {
		return []Explanation{{Text: b.Explanation}}
	}
	return b.Explained
}

// explain makes a text what stands, of a figure where there is one.
func (b *Benefit) explain(op string, text string, of *Figure, by org.PersonID, at time.Time) error {
	e := Explanation{Text: text, By: by, At: at}
	if of != nil {
		e.Figure, e.Day, e.Value = of.ID, of.To, of.Value
	}
	return b.keep(op, e)
}

func (b *Benefit) keep(op string, e Explanation) error {
	all := b.Explanations()
	if len(all) >= MaxExplanations {
		return fault.New(fault.Conflict, op, "error.benefit.explanations", "max", MaxExplanations)
	}
	b.Explained, b.Explanation = append(slices.Clone(all), e), e.Text
	return nil
}

// latest is the figure of the last day; nil while nothing is measured.
func (b Benefit) latest() *Figure {
	if last, ok := b.Latest(); ok {
		return &last
	}
	return nil
}

// Explain says why a benefit came otherwise than planned. What was said before is kept.
type Explain struct {
	ID        ID
	Figure    MeasurementID // that is explained; "" is the latest
	Text      string
	Tag       string
	Edit      string // and Confirmed as in Add
	Confirmed bool
}

// Explain adds an explanation, which stands from then on. Faults as Save; its Lost has what stands only. NotFound also for a figure that counts no more.
func (s *Service) Explain(ctx context.Context, actor org.Actor, in Explain) (Benefit, error) {
	const op = "benefits.Explain"
	f := &fault.Error{Code: fault.Invalid, Op: op, Key: "error.benefit"}
	text := checkText(f, "explanation", in.Text, MaxText, false)
	if text == "" {
		f.Fields = append(f.Fields, fault.Field{Name: "explanation", Key: "error.benefit.explanation"})
	}
	return s.explanation(ctx, op, actor, in.ID, in.Tag, in.Edit, "benefit.explained", func(b *Benefit) error {
		if len(f.Fields) > 0 {
			return f
		}
		if err := refusePersonNumbers(op, in.Confirmed, []writing{{"explanation", b.Explanation, text}}); err != nil {
			return err
		}
		of := b.latest()
		if in.Figure != "" {
			all := b.Measured()
			i := slices.IndexFunc(all, func(x Figure) bool { return x.ID == in.Figure })
			if i < 0 {
				return fault.New(fault.NotFound, op, "error.measurement.unknown")
			}
			of = &all[i]
		}
		return b.explain(op, text, of, actor.Person, s.Now().UTC())
	})
}

// UndoExplanation puts back what stood before the explanation that was written last, of the figure it was written of. Undone again it stands as before.
func (s *Service) UndoExplanation(ctx context.Context, actor org.Actor, id ID, tag, edit string) (Benefit, error) {
	const op = "benefits.UndoExplanation"
	return s.explanation(ctx, op, actor, id, tag, edit, "benefit.explanation-undone", func(b *Benefit) error {
		all := b.Explanations()
		var before Explanation
		switch n := len(all); {
		case n == 0:
			return store.ErrNoChange
		case n > 1:
			before = all[n-2]
		}
		before.By, before.At = actor.Person, s.Now().UTC()
		if err := b.keep(op, before); err != nil {
			return err
		}
		if slices.Contains(b.missing(b.Owner), "explanation") {
			return fault.Wrong(op, "explanation", "error.benefit.wanted."+string(b.Status))
		}
		return nil
	})
}

func (s *Service) explanation(ctx context.Context, op string, actor org.Actor, id ID, tag, edit, kind string, change func(*Benefit) error) (Benefit, error) {
	if _, err := s.Benefit(ctx, actor, id); err != nil {
		return Benefit{}, err
	}
	if tag == "" {
		return Benefit{}, fault.New(fault.TagRequired, op, "error.tag.required")
	}
	if err := checkEdit(op, edit); err != nil {
		return Benefit{}, err
	}
	return s.change(ctx, op, actor, id, edit, func(b *Benefit) ([]store.Event, error) {
		if b.Tag != tag {
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.benefit.stale", Detail: Lost{b.Data, nil, *b}}
		}
		if err := change(b); err != nil {
			return nil, err
		}
		return []store.Event{s.event(kind, actor, b.Municipality)}, nil
	}, nil)
}

// unexplainedIndexed is the day of a figure that deviates and that nobody has explained, as the index holds it. It follows from the benefit alone.
func (b *Benefit) unexplainedIndexed() string {
	if d, ok := b.Deviation(); ok && !d.Explained {
		return string(d.Figure.To)
	}
	return noDay
}

// Unexplained lists a municipality's benefits whose latest figure deviates from the plan without anybody having said why, the oldest figure first: hers who asks,
// or everybody's.
func (s *Service) Unexplained(ctx context.Context, actor org.Actor, m org.MunicipalityID, hers bool, limit int) ([]Benefit, error) {
	all, _, err := s.before(ctx, "benefits.Unexplained", actor, "unexplained", noDay, hersOf(actor, m, hers, limit))
	return all, err
}
