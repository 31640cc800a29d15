package benefits

import (
	"fmt"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/org"
)

// What was put down by mistake is gone from every list and total, comes back as it was, and is deleted with its measurements when nobody wanted it.
func TestABenefitIsRemovedAndComesBack(t *testing.T) {
	w := newWorld(t)
	b := w.walk(w.add(full(), leader().Person), Planned, Measuring)
	other := w.add(idea(), "")
	must(w.Measure(w.ctx(), leader(), Measure{Benefit: b.ID, Data: Measured{Figures: Figures{To: "2026-06-01", Value: "33"}}, Edit: "e"}))(t)
	b = must(w.Benefit(w.ctx(), leader(), b.ID))(t)
	for _, who := range []org.Actor{leader(), contributor()} { // her own, and another's
		_, err := w.Remove(w.ctx(), who, b.ID, b.Tag)
		wantFault(t, err, fault.Forbidden, "error.forbidden")
	}
	_, err := w.Remove(w.ctx(), as(org.Coordinator, "tokke"), b.ID, b.Tag)
	wantFault(t, err, fault.NotFound, "error.benefit.unknown")
	_, err = w.Remove(w.ctx(), coordinator(), b.ID, "")
	wantFault(t, err, fault.TagRequired, "error.tag.required")
	_, err = w.Remove(w.ctx(), coordinator(), b.ID, "OLD")
	wantFault(t, err, fault.Stale, "error.benefit.stale")
	gone := must(w.Remove(w.ctx(), coordinator(), b.ID, b.Tag))(t)
	if gone.Counts() || gone.Overdue("2027-12-01") != 0 {
		t.Errorf("%+v", gone)
	}
	listed := func(f Filter) string {
		t.Helper()
		f.Municipality, f.Limit = "larvik", 10
		all, _, err := w.List(w.ctx(), contributor(), f)
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for _, x := range all {
			text += string(x.ID) + " "
		}
		return text
	}
	for _, c := range []struct {
		f    Filter
		want ID
	}{{Filter{}, other.ID}, {Filter{Status: Measuring}, ""}, {Filter{Owner: leader().Person}, ""}, {Filter{Shelf: Removed}, b.ID}, {Filter{Shelf: Removed, Owner: leader().Person, Status: Measuring}, b.ID}} {
		want := ""
		if c.want != "" {
			want = string(c.want) + " "
		}
		if got := listed(c.f); got != want {
			t.Errorf("%+v: %q, want %q", c.f, got, want)
		}
	}
	_, err = w.Save(w.ctx(), leader(), Save{ID: b.ID, Data: gone.Data, Tag: gone.Tag})
	wantFault(t, err, fault.Conflict, "error.benefit.removed")
	_, err = w.Measure(w.ctx(), leader(), Measure{Benefit: b.ID, Data: Measured{Figures: Figures{To: "2026-07-01", Value: "33"}}})
	wantFault(t, err, fault.Conflict, "error.benefit.removed")
	_, err = w.Restore(w.ctx(), leader(), b.ID)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	back := must(w.Restore(w.ctx(), coordinator(), b.ID))(t)
	if fmt.Sprint(back.Data, back.Figures, back.Owner) != fmt.Sprint(b.Data, b.Figures, b.Owner) || !back.Counts() {
		t.Errorf("%+v, want %+v", back, b)
	}
	must(w.Remove(w.ctx(), coordinator(), b.ID, back.Tag))(t)
	w.advance(Kept - time.Minute)
	if n := must(w.Sweep(w.ctx(), w.Now().Add(-Kept), 10))(t); n != 0 {
		t.Errorf("%d deleted too early", n)
	}
	w.advance(2 * time.Minute)
	_, err = w.Restore(w.ctx(), coordinator(), b.ID)
	wantFault(t, err, fault.Conflict, "error.benefit.gone")
	if n := must(w.Sweep(w.ctx(), w.Now().Add(-Kept), 10))(t); n != 1 {
		t.Errorf("%d deleted", n)
	}
	_, err = w.Benefit(w.ctx(), coordinator(), b.ID)
	wantFault(t, err, fault.NotFound, "error.benefit.unknown")
	left := 0
	if err := w.MeasurementsOf(w.ctx(), coordinator(), "larvik", func(Measurement) error { left++; return nil }); err != nil || left != 0 {
		t.Error(left, err)
	}
	if listed(Filter{}) != string(other.ID)+" " {
		t.Error("another's is gone too")
	}
}

// What is overdue is listed by how long it has waited, for its owner and for all; what the line has taken over goes on being measured.
func TestWhatIsOverdue(t *testing.T) {
	w := newWorld(t)
	start := func(from Day, owner org.PersonID, way ...Status) Benefit {
		d := full()
		d.EffectFrom, d.Title, d.Explanation = from, string(from), "Dekningen kom sent."
		return w.walk(w.add(d, owner), append([]Status{Planned, Measuring}, way...)...)
	}
	start("2026-06-01", leader().Person)                              // due 2026-09-01
	line := start("2026-03-01", leader().Person, Reached, HandedOver) // due 2026-06-01
	start("2026-09-15", leader().Person)                              // due 2026-12-15: not yet
	start("2026-05-01", coordinator().Person, Not)                    // given up: nothing to measure
	mine := start("2026-04-01", coordinator().Person)                 // due 2026-07-01
	gone := start("2026-02-01", leader().Person)                      // removed
	must(w.Remove(w.ctx(), coordinator(), gone.ID, gone.Tag))(t)
	today := assessment.DayOf(w.Now())
	late := func(who org.Actor, hers bool) string {
		t.Helper()
		text := ""
		for _, b := range must(w.Late(w.ctx(), who, "larvik", hers, today, 10))(t) {
			text += fmt.Sprint(b.Title, ":", b.Overdue(today), " ")
		}
		return text
	}
	if got, want := late(leader(), false), "2026-03-01:175 2026-04-01:145 2026-06-01:83 "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := late(leader(), true), "2026-03-01:175 2026-06-01:83 "; got != want {
		t.Errorf("hers: %s, want %s", got, want)
	}
	if got, want := late(coordinator(), true), mine.Title+":145 "; got != want {
		t.Errorf("hers: %s, want %s", got, want)
	}
	must(w.Measure(w.ctx(), leader(), Measure{Benefit: line.ID, Data: Measured{Figures: Figures{To: today, Value: "30"}}}))(t)
	if got, want := late(leader(), true), "2026-06-01:83 "; got != want {
		t.Errorf("once measured: %s, want %s", got, want)
	}
	for _, who := range []org.Actor{as(org.Leader, "tokke"), {System: "job"}} {
		_, err := w.Late(w.ctx(), who, "larvik", false, today, 10)
		wantFault(t, err, fault.Forbidden, "error.forbidden")
	}
}
