package benefits

import (
	"reflect"
	"strings"
	"testing"

	"helhet/internal/fault"

	"pgregory.net/rapid"
)

func measured(value Number, day Day) Measured {
	return Measured{Figures: Figures{To: day, Value: value}}
}

// A measurement counts in the benefit; a correction keeps what it was, and undoing it leaves no trace in the figures.
func TestAMeasurementIsCorrectedAndUndone(t *testing.T) {
	w := newWorld(t)
	b := w.add(full(), leader().Person)
	figures := func() []Figures {
		var all []Figures
		for _, f := range must(w.Benefit(w.ctx(), contributor(), b.ID))(t).Measured() {
			all = append(all, f.Figures)
		}
		return all
	}
	data := measured("33", "2026-06-01")
	data.Low, data.High, data.People, data.Source = "30", "35.5", 4, "Kjøreboka"
	first := must(w.Measure(w.ctx(), leader(), Measure{Benefit: b.ID, Data: data, Edit: "one"}))(t)
	if again := must(w.Measure(w.ctx(), leader(), Measure{Benefit: b.ID, Data: data, Edit: "one"}))(t); again.ID != first.ID || len(figures()) != 1 {
		t.Errorf("the same edit is another measurement: %+v", again)
	}
	if !first.Stands().Few() {
		t.Error("four people are not few")
	}
	earlier := must(w.Measure(w.ctx(), coordinator(), Measure{Benefit: b.ID, Data: measured("38", "2026-04-01")}))(t)
	before := figures()
	if len(before) != 2 || before[0].Value != "38" || before[1] != data.Figures {
		t.Fatalf("%+v", before)
	}
	corrected := must(w.Measure(w.ctx(), leader(), Measure{Benefit: b.ID, ID: first.ID, Data: measured("31", "2026-03-15"), Tag: first.Tag}))(t)
	if now := figures(); now[0].Value != "31" || len(corrected.Versions) != 2 || corrected.Versions[0].Measured != data {
		t.Errorf("%+v, %+v", now, corrected)
	}
	_, err := w.Measure(w.ctx(), leader(), Measure{Benefit: b.ID, ID: first.ID, Data: measured("29", "2026-06-01"), Tag: first.Tag})
	f := wantFault(t, err, fault.Stale, "error.measurement.stale")
	if lost := f.Detail.(LostMeasurement); lost.Theirs.Stands().Value != "31" || lost.Yours.Value != "29" {
		t.Errorf("%+v", lost)
	}
	undone := must(w.Undo(w.ctx(), leader(), b.ID, first.ID, corrected.Tag, ""))(t)
	if now := figures(); !reflect.DeepEqual(now, before) {
		t.Errorf("%+v, want %+v", now, before)
	}
	if undone.Stands().Measured != data || len(undone.Versions) != 3 {
		t.Errorf("%+v", undone)
	}
	out := must(w.Undo(w.ctx(), coordinator(), b.ID, earlier.ID, earlier.Tag, ""))(t) // it was only made, so it is taken out
	if now := figures(); len(now) != 1 || !out.Stands().Removed {
		t.Errorf("%+v", now)
	}
	must(w.Undo(w.ctx(), coordinator(), b.ID, earlier.ID, out.Tag, ""))(t)
	if now := figures(); !reflect.DeepEqual(now, before) {
		t.Errorf("%+v, want %+v", now, before)
	}
	// What was measured in hours can't become kroner.
	d := b.Data
	d.Unit = NOK
	_, err = w.Save(w.ctx(), coordinator(), Save{ID: b.ID, Data: d, Tag: b.Tag})
	if f := wantFault(t, err, fault.Invalid, "error.benefit.unit.measured"); f.Fields[0].Key != "error.benefit.unit.measured" {
		t.Errorf("%+v", f)
	}
	// Others read, and nobody else sees.
	_, err = w.Measure(w.ctx(), contributor(), Measure{Benefit: b.ID, Data: data})
	if fault.CodeOf(err) != fault.Forbidden {
		t.Error(err)
	}
	if all := must(w.Measurements(w.ctx(), contributor(), b.ID))(t); len(all) != 2 || all[0].ID != first.ID {
		t.Errorf("%+v", all)
	}
	if _, err := w.Measurements(w.ctx(), as("leader", "tokke"), b.ID); fault.CodeOf(err) != fault.NotFound {
		t.Error(err)
	}
	other := w.add(full(), "")
	if _, err := w.Undo(w.ctx(), coordinator(), other.ID, first.ID, undone.Tag, ""); fault.CodeOf(err) != fault.NotFound {
		t.Error(err)
	}
}

func TestMeasurementsAreRefusedBesideTheField(t *testing.T) {
	w := newWorld(t)
	b := w.add(full(), leader().Person)
	for _, c := range []struct {
		change func(*Measured)
		want   string
	}{
		{func(m *Measured) { m.Value = "" }, "value error.number"},
		{func(m *Measured) { m.Value = Read("1.200") }, "value error.number.decimals"},
		{func(m *Measured) { m.Value = Read("1200 kr") }, "value error.number.unit"},
		{func(m *Measured) { m.To = "" }, "to error.benefit.day"},
		{func(m *Measured) { m.To = "2026-11-24" }, "to error.measurement.future"},
		{func(m *Measured) { m.From = "2026-06-02" }, "from error.measurement.period"},
		{func(m *Measured) { m.From = "30.05.2026" }, "from error.benefit.day"},
		{func(m *Measured) { m.From, m.To = "2026-06-01", "2026-02-29" }, "to error.benefit.day"},
		{func(m *Measured) { m.Low = "3" }, "high error.measurement.both"},
		{func(m *Measured) { m.High = "50" }, "low error.measurement.both"},
		{func(m *Measured) { m.Low, m.High = "40", "30" }, "low error.measurement.low-high"},
		{func(m *Measured) { m.Low, m.High = "34", "36" }, "value error.measurement.outside"},
		{func(m *Measured) { m.People = -1 }, "people error.measurement.people"},
		{func(m *Measured) { m.Note = strings.Repeat("x", MaxText+1) }, "note error.text.long"},
	} {
		m := measured("33", "2026-06-01")
		c.change(&m)
		_, err := w.Measure(w.ctx(), leader(), Measure{Benefit: b.ID, Data: m})
		f := wantFault(t, err, fault.Invalid, "error.measurement")
		if len(f.Fields) != 1 || f.Fields[0].Name+" "+f.Fields[0].Key != c.want {
			t.Errorf("%+v: %+v, want %s", m, f.Fields, c.want)
		}
	}
	if all := must(w.Measurements(w.ctx(), leader(), b.ID))(t); len(all) != 0 {
		t.Errorf("something was saved: %+v", all)
	}
	m := measured("33", "2026-06-01")
	m.Note = "Gjelder 01019012480"
	_, err := w.Measure(w.ctx(), leader(), Measure{Benefit: b.ID, Data: m})
	wantFault(t, err, fault.Invalid, "error.text.person-number")
}

// Versions of measurements give the same figures in whichever order they come, and however often.
func TestFiguresAreTheSameInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Figure {
			id, version := rapid.SampledFrom([]MeasurementID{"a", "b", "c"}).Draw(t, "id"), rapid.IntRange(1, 3).Draw(t, "version")
			day := map[MeasurementID]int{"a": 2, "b": 3, "c": 1}[id] * version % 5 // what a version says follows from it
			return Figure{ID: id, Version: version, Removed: version == 2, Figures: Figures{To: Day("2026-01-0" + string(rune('1'+day))), Value: "1"}}
		}), 0, 9).Draw(t, "versions")
		fold := func(all []Figure) (sum []Figure) {
			for _, f := range all {
				sum = take(sum, f)
			}
			return sum
		}
		mixed := rapid.Permutation(append(all, all...)).Draw(t, "in another order")
		if one, other := fold(all), fold(mixed); !reflect.DeepEqual(one, other) {
			t.Fatalf("%+v\n%+v", one, other)
		}
	})
}

func TestWhenTheNextMeasurementIsDue(t *testing.T) {
	d := full()
	d.Status, d.EffectFrom = Measuring, "2026-01-31"
	at := func(change func(*Benefit), days ...Day) Day {
		b := Benefit{Data: d}
		for i, day := range days {
			b.Figures = take(b.Figures, Figure{ID: MeasurementID(day), Version: i + 1, Figures: Figures{To: day}})
		}
		change(&b)
		return b.Due()
	}
	same := func(*Benefit) {}
	for _, c := range []struct {
		got, want Day
	}{
		{at(same), "2026-04-30"}, {at(same, "2026-03-30"), "2026-04-30"}, {at(same, "2026-04-01"), "2026-07-31"}, {at(same, "2026-08-01", "2026-05-01"), "2027-01-31"},
		{at(same, "2027-01-31"), "2028-01-31"}, {at(same, "2035-01-15"), "2036-01-31"},
		{at(func(b *Benefit) { b.Plan = Plan{After: []int{1}, Every: 1} }), "2026-02-28"},
		{at(func(b *Benefit) { b.Plan = Plan{After: []int{1}, Every: 1} }, "2026-02-28"), "2026-03-31"},
		{at(func(b *Benefit) { b.Plan.Every = 6 }, "2027-02-01"), "2027-07-31"},
		{at(func(b *Benefit) { b.Baseline = Baseline{} }), "2026-01-31"},
		{at(func(b *Benefit) { b.Status = Planned }), ""}, {at(func(b *Benefit) { b.Status = Idea }), ""}, {at(func(b *Benefit) { b.Status = Not }), ""},
		{at(func(b *Benefit) { b.EffectFrom = "" }), ""},
	} {
		if c.got != c.want {
			t.Errorf("due %s, want %s", c.got, c.want)
		}
	}
	b := Benefit{Data: d}
	if b.Stale("2026-05-30") || !b.Stale("2026-05-31") {
		t.Error("a measurement is stale after thirty days, not before and not later")
	}
	for _, p := range []Plan{{After: []int{0}}, {After: []int{6, 3}}, {After: []int{3, 3}}, {After: []int{121}}, {Every: -1}, {Every: 121}} {
		f := &fault.Error{}
		if checkPlan(f, p); len(f.Fields) != 1 {
			t.Errorf("%+v passes", p)
		}
	}
}

// What may have been reached holds what was, and without uncertainty it is no wider.
func TestARangeHoldsItsPoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := func(name string) Number {
			return Read(rapid.StringMatching(`-?[0-9]{1,4}(\.[0-9]{1,2})?`).Draw(t, name))
		}
		d := Data{Direction: rapid.SampledFrom(Directions).Draw(t, "direction"), Baseline: Baseline{Value: number("baseline")}, Target: Target{Value: number("target")}}
		f := Figures{To: "2026-06-01", Value: number("value")}
		if rapid.Bool().Draw(t, "uncertain") {
			off := func(name string) Number { return Read(rapid.StringMatching(`[0-9]{1,3}`).Draw(t, name)) }
			f.Low, f.High = plain(f.Value.decimal().Sub(off("below").decimal())), plain(f.Value.decimal().Add(off("above").decimal()))
		}
		b := Benefit{Data: d, Figures: []Figure{{ID: "m-1", Version: 1, Figures: f}}}
		r, ok := b.Reached()
		x, _ := Realised(d.Direction, d.Baseline.Value, d.Target.Value, f.Value)
		if ok != (x.Part != nil) {
			t.Fatalf("%v of %+v", ok, x)
		}
		if !ok {
			return
		}
		if r.Low.rat().Cmp(r.Part.rat()) > 0 || r.Part.rat().Cmp(r.High.rat()) > 0 || r.Part.rat().Cmp(x.Part.rat()) != 0 {
			t.Fatalf("%+v", r)
		}
		if f.Low == "" && (r.Low.rat().Cmp(r.High.rat()) != 0) {
			t.Fatalf("%+v is uncertain", r)
		}
		// Minutes for hours change nothing of it.
		sixty := func(n Number) Number {
			if n == "" {
				return ""
			}
			return plain(n.decimal().Mul(Read("60").decimal()))
		}
		b.Baseline.Value, b.Target.Value = sixty(d.Baseline.Value), sixty(d.Target.Value)
		b.Figures[0].Value, b.Figures[0].Low, b.Figures[0].High = sixty(f.Value), sixty(f.Low), sixty(f.High)
		if m, _ := b.Reached(); m.Low.rat().Cmp(r.Low.rat()) != 0 || m.Part.rat().Cmp(r.Part.rat()) != 0 || m.High.rat().Cmp(r.High.rat()) != 0 {
			t.Fatalf("in minutes %+v, in hours %+v", m, r)
		}
	})
}

// What leaves the municipality says of fewer than five people when they were measured, and nothing else; of everybody else it says all.
func TestWhatLeavesTheMunicipalitySaysNothingOfFewPeople(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := Figures{From: "2026-04-01", To: "2026-06-01", Value: "33", Low: "30", High: "35.5", People: rapid.IntRange(0, 8).Draw(t, "people")}
		shown, ok := f.ForOutside()
		if few := f.People >= 1 && f.People <= 4; few == ok || few && shown != (Figures{From: f.From, To: f.To}) || !few && shown != f {
			t.Errorf("of %d people it shows %+v, %t", f.People, shown, ok)
		}
	})
}
