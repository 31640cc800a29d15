package benefits

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"helhet/internal/fault"
	"helhet/org"
)

func (w *world) assume(in Assume) Assumption {
	w.t.Helper()
	in.Municipality = "larvik"
	return must(w.Assume(w.ctx(), coordinator(), in))(w.t)
}

// A value holds from its day until the next. A correction is a version, and undoing it leaves no trace in what a benefit amounts to, nor does undoing the
// correction of a measurement.
func TestAssumptionsHoldFromADay(t *testing.T) {
	w := newWorld(t)
	d := full()
	d.Per = Week
	b := w.walk(w.add(d, leader().Person), Planned, Measuring)
	cost := func() string {
		c := must(w.Calculation(w.ctx(), contributor(), must(w.Benefit(w.ctx(), contributor(), b.ID))(t), Inhabitants{48000, 2023}))(t)
		if c.Gained == nil || c.Gained.Cost == nil {
			return fmt.Sprint(c.Wanted)
		}
		return string(c.Gained.Cost.Value.Rounded(2))
	}
	m := must(w.Measure(w.ctx(), leader(), Measure{Benefit: b.ID, Data: measured("30", "2026-06-01")}))(t)
	if got := cost(); !strings.Contains(got, "hourly-cost") {
		t.Fatal(got)
	}
	data := Assumed{Value: Read("450,50 kr"), Source: "Budsjettet for 2026"}
	first := w.assume(Assume{What: HourlyCost, From: "2026-01-01", Data: data, Edit: "one"})
	again := w.assume(Assume{What: HourlyCost, From: "2026-01-01", Data: data, Edit: "one"})
	if again.Tag != first.Tag || first.Stands().Value != "450.5" {
		t.Errorf("%+v, %+v", first, again)
	}
	w.assume(Assume{What: HourlyCost, From: "2026-06-02", Data: Assumed{"900", "Budsjettet"}})
	w.assume(Assume{What: HoursPerFTE, From: "2026-01-01", Data: Assumed{"1700", "Avtalen"}})
	before := cost()
	if before != "234260" {
		t.Fatal(before)
	}
	// There is one value from a day; another is a correction.
	_, err := w.Assume(w.ctx(), coordinator(), Assume{Municipality: "larvik", What: HourlyCost, From: "2026-01-01", Data: Assumed{"460", "Budsjettet"}})
	if f := wantFault(t, err, fault.Invalid, "error.assumption.there"); f.Fields[0].Name != "from" {
		t.Errorf("%+v", f)
	}
	corrected := w.assume(Assume{ID: first.ID, Data: Assumed{"460", "Regnskapet"}, Tag: first.Tag})
	if cost() == before || len(corrected.Versions) != 2 || corrected.Versions[0].Value != "450.5" || corrected.From != "2026-01-01" {
		t.Errorf("%s, %+v", cost(), corrected)
	}
	_, err = w.Assume(w.ctx(), coordinator(), Assume{Municipality: "larvik", ID: first.ID, Data: Assumed{"470", "Regnskapet"}, Tag: first.Tag})
	if lost := wantFault(t, err, fault.Stale, "error.assumption.stale").Detail.(LostAssumption); lost.Theirs.Stands().Value != "460" || lost.Yours.Value != "470" || lost.Theirs.ID != first.ID {
		t.Errorf("%+v", lost)
	}
	undone := must(w.UndoAssumption(w.ctx(), coordinator(), "larvik", first.ID, corrected.Tag, ""))(t)
	if cost() != before || len(undone.Versions) != 3 {
		t.Errorf("%s, want %s", cost(), before)
	}
	out := w.assume(Assume{ID: first.ID, Remove: true, Tag: undone.Tag})
	if got := cost(); !strings.Contains(got, "hourly-cost") {
		t.Error(got)
	}
	// What was taken out may be put down again, as a version of the same.
	back := w.assume(Assume{What: HourlyCost, From: "2026-01-01", Data: data, Edit: "back"})
	if cost() != before || back.ID != first.ID || len(back.Versions) != 5 || !out.Stands().Removed {
		t.Errorf("%s, %+v", cost(), back)
	}
	// The same of a measurement.
	wrong := must(w.Measure(w.ctx(), leader(), Measure{Benefit: b.ID, ID: m.ID, Data: measured("10", "2026-07-01"), Tag: m.Tag}))(t)
	if cost() == before {
		t.Error("a correction changes nothing")
	}
	must(w.Undo(w.ctx(), leader(), b.ID, m.ID, wrong.Tag, ""))(t)
	if cost() != before {
		t.Errorf("%s, want %s", cost(), before)
	}
	// Others of the municipality read; nobody else sees anything.
	for _, a := range []org.Actor{contributor(), leader(), as(org.Coordinator, "tokke")} {
		if _, err := w.Assume(w.ctx(), a, Assume{Municipality: "larvik", What: HourlyCost, From: "2026-02-01", Data: data}); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("%s: %v", a.Person, err)
		}
	}
	if _, err := w.UndoAssumption(w.ctx(), leader(), "larvik", first.ID, back.Tag, ""); fault.CodeOf(err) != fault.Forbidden {
		t.Error(err)
	}
	if _, err := w.Assumptions(w.ctx(), as(org.Coordinator, "tokke"), "larvik"); fault.CodeOf(err) != fault.Forbidden {
		t.Error(err)
	}
	if _, err := w.Assumption(w.ctx(), as(org.Coordinator, "tokke"), "tokke", first.ID); fault.CodeOf(err) != fault.NotFound {
		t.Error(err)
	}
	if _, err := w.Assume(w.ctx(), as(org.Coordinator, "tokke"), Assume{Municipality: "tokke", ID: first.ID, Remove: true, Tag: back.Tag}); fault.CodeOf(err) != fault.NotFound {
		t.Error(err)
	}
	if err := w.Relay(w.ctx()); err != nil {
		t.Fatal(err)
	}
	lines, _, err := w.history.Of(w.ctx(), "larvik", 100, "")
	told := ""
	for _, line := range lines {
		told += line.Event.Type + " " + fmt.Sprint(line.Event.Data) + "\n"
	}
	if err != nil || !strings.Contains(told, "assumption.undone") || !strings.Contains(told, "hourly-cost") || strings.Contains(told, "450") || strings.Contains(told, "Budsjett") {
		t.Errorf("%v %s", err, told)
	}
	// It goes with its municipality.
	if err := w.DeleteOf(w.ctx(), org.Actor{System: "departures"}, "larvik"); err != nil {
		t.Fatal(err)
	}
	if left := must(w.Assumptions(w.ctx(), contributor(), "larvik"))(t); len(left) != 0 {
		t.Errorf("%+v", left)
	}
}

func TestAssumptionsAreRefusedBesideTheField(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		change func(*Assume)
		want   string
	}{
		{func(a *Assume) { a.What = "luck" }, "what error.assumption.what"},
		{func(a *Assume) { a.What = TaskCost }, "what error.assumption.what"},
		{func(a *Assume) { a.What, a.Of = TaskCost, "driving-hours" }, "what error.assumption.what"}, // an hour has a cost of its own
		{func(a *Assume) { a.Of = "home-visits" }, "what error.assumption.what"},
		{func(a *Assume) { a.From = "" }, "from error.assumption.from"},
		{func(a *Assume) { a.From = "2026-02-30" }, "from error.benefit.day"},
		{func(a *Assume) { a.Data.Value = "" }, "value error.number"},
		{func(a *Assume) { a.Data.Value = Read("1,200") }, "value error.number.decimals"},
		{func(a *Assume) { a.Data.Value = "0" }, "value error.assumption.positive"},
		{func(a *Assume) { a.What, a.Data.Value = HoursPerFTE, "8785" }, "value error.number.between"},
		{func(a *Assume) { a.What, a.Data.Value = HoursPerFTE, Read("1700 kr") }, "value error.number.unit"},
		{func(a *Assume) { a.Data.Source = " " }, "source error.assumption.source"},
		{func(a *Assume) { a.Data.Source = strings.Repeat("x", MaxLine+1) }, "source error.text.long"},
	} {
		a := Assume{Municipality: "larvik", What: HourlyCost, From: "2026-01-01", Data: Assumed{"450", "Budsjettet"}}
		c.change(&a)
		_, err := w.Assume(w.ctx(), coordinator(), a)
		f := wantFault(t, err, fault.Invalid, "error.assumption")
		if len(f.Fields) != 1 || f.Fields[0].Name+" "+f.Fields[0].Key != c.want {
			t.Errorf("%+v: %+v, want %s", a, f.Fields, c.want)
		}
	}
	_, err := w.Assume(w.ctx(), coordinator(), Assume{Municipality: "larvik", What: HourlyCost, From: "2026-01-01", Data: Assumed{"450", "Gjelder 01019012480"}})
	wantFault(t, err, fault.Invalid, "error.text.person-number")
	if all := must(w.Assumptions(w.ctx(), coordinator(), "larvik"))(t); !reflect.DeepEqual(all, []Assumption{}) {
		t.Errorf("something was saved: %+v", all)
	}
	// Of each indicator that costs, one may have a cost; the latest that holds on the day counts.
	for _, i := range w.Indicators.All() {
		_, err := w.Assume(w.ctx(), coordinator(), Assume{Municipality: "larvik", What: TaskCost, Of: i.Key, From: "2026-01-01", Data: Assumed{"450", "Regnskapet"}})
		if (err == nil) != i.Costs() {
			t.Errorf("%s: %v", i.Key, err)
		}
	}
}
