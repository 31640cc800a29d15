package benefits

import (
	"helhet/assessment"
	"helhet/internal/fault"

	"github.com/shopspring/decimal"
)

// Sign says whether an unexpected effect is for the better or for the worse.
type Sign string

// The signs.
const (
	Better Sign = "better"
	Worse  Sign = "worse"
)

// Signs lists them.
var Signs = []Sign{Better, Worse}

// Effect is what is written of an effect that nobody had planned, for the better or for the worse. A benefit's document that has one has no baseline, target, due
// day or plan: its measurements say how large the effect is, and the sign which way. It is being measured for as long as it stands.
type Effect struct {
	Sign      Sign   `bson:"sign,omitempty"`
	Noticed   Day    `bson:"noticed,omitempty"`   // when somebody saw it
	NoticedBy string `bson:"noticedBy,omitempty"` // who, in words: a unit, a role
	Cause     string `bson:"cause,omitempty"`
	Done      string `bson:"done,omitempty"` // what is done about it
}

// Unexpected tells whether it is an effect that nobody had planned.
func (d Data) Unexpected() bool { return d.Effect != Effect{} }

// planned tells whether anything is said that only what was planned has.
func (d Data) planned() bool {
	return d.Baseline != Baseline{} || d.Target != Target{} || d.EffectFrom != "" || len(d.Plan.After) > 0 || d.Plan.Every != 0 || d.Disposition != Disposition{}
}

// checkEffect puts into f what is wrong with an unexpected effect.
func (s *Service) checkEffect(f *fault.Error, d *Data) {
	wrong := func(field, key string) { f.Fields = append(f.Fields, fault.Field{Name: field, Key: key}) }
	e := &d.Effect
	if e.Sign != Better && e.Sign != Worse {
		wrong("effect.sign", "error.effect.sign")
	}
	e.Noticed = checkDay(f, "effect.noticed", e.Noticed)
	switch {
	case e.Noticed == "":
		wrong("effect.noticed", "error.benefit.day")
	case e.Noticed.Valid() && e.Noticed > assessment.DayOf(s.Now()):
		wrong("effect.noticed", "error.measurement.future")
	}
	e.NoticedBy = checkText(f, "effect.noticedBy", e.NoticedBy, MaxLine, true)
	e.Cause, e.Done = checkText(f, "effect.cause", e.Cause, MaxText, false), checkText(f, "effect.done", e.Done, MaxText, false)
	if d.planned() {
		wrong("effect.sign", "error.effect.planned")
	}
	if d.Status != Measuring {
		wrong("status", "error.effect.status")
	}
}

// sized is which figures a benefit of a unit may have: values, or of an unexpected effect how large it is, which is never below nought.
func (d Data) sized() bounds {
	if !d.Unexpected() {
		return d.Unit.bounds()
	}
	number := func(n int64) *decimal.Decimal { x := decimal.New(n, 0); return &x }
	b := bounds{from: number(0), whole: d.Unit == Count}
	switch d.Unit {
	case Share:
		b.to = number(100)
	case Score:
		b.to = number(4) // from 1 to 5
	}
	return b
}

// size is the latest figure with the sign: what changed for the better, or for the worse below nought.
func (b Benefit) size() (value, low, high Number, ok bool) {
	last, ok := b.Latest()
	low, high = last.ends()
	value = last.Value
	if b.Effect.Sign == Worse {
		value, low, high = plain(value.decimal().Neg()), plain(high.decimal().Neg()), plain(low.decimal().Neg())
	}
	return value, low, high, ok && b.Unexpected()
}
