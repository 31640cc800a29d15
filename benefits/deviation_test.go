package benefits

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"helhet/internal/fault"

	"pgregory.net/rapid"
)

// following is a benefit that goes from 40 to 20 hours in 100 days from 1 March, with one figure.
func following(day Day, value, low, high Number) Benefit {
	d := shared("40", "20")
	d.EffectFrom, d.Target.Date = "2026-03-01", "2026-06-09"
	return Benefit{Municipality: "larvik", Data: d, Figures: []Figure{{ID: "m-1", Version: 1, Figures: Figures{To: day, Value: value, Low: low, High: high}}}}
}

func TestThePlanIsALineFromTheBaselineToTheTarget(t *testing.T) {
	b := following("2026-04-20", "30", "", "")
	for day, want := range map[Day]Number{"2026-02-28": "", "2026-03-01": "40", "2026-04-20": "30", "2026-03-26": "35", "2026-06-08": "20.2", "2026-06-09": "20", "2029-01-01": "20"} {
		n, ok := b.PlannedOn(day)
		if got := n.Rounded(2); ok != (want != "") || ok && got != want {
			t.Errorf("on %s %s is planned, want %s", day, got, want)
		}
	}
	b.EffectFrom = b.Target.Date // all at once
	if n, ok := b.PlannedOn("2026-06-09"); !ok || n.Rounded(0) != "20" {
		t.Errorf("the target on its day is %v", n)
	}
	if _, ok := b.PlannedOn("2026-06-08"); ok {
		t.Error("something is planned before anything has effect")
	}
	b.Target.Date = ""
	if _, ok := b.PlannedOn("2026-06-09"); ok {
		t.Error("a target without a day is planned for one")
	}
}

func TestADeviation(t *testing.T) {
	for _, c := range []struct {
		day              Day
		value, low, high Number
		want             string // gap, part and direction; "" is none
	}{
		{"2026-04-20", "30", "", "", ""},
		{"2026-04-20", "34", "", "", ""}, // a fifth of the 20 hours, and no more
		{"2026-04-20", "34.01", "", "", "4.01 20 behind"},
		{"2026-04-20", "25.99", "", "", "4.01 20 ahead"},
		{"2026-04-20", "38", "30", "45", ""}, // it may be as planned
		{"2026-04-20", "38", "30.01", "45", "8 40 behind"},
		{"2026-04-20", "20", "15", "29.99", "10 50 ahead"},
		{"2026-04-20", "50", "", "", "20 100 behind"}, // worse than before
		{"2027-04-20", "30", "", "", "10 50 behind"},  // the target stands
		{"2026-02-28", "90", "", "", ""},              // nothing has effect yet
	} {
		b := following(c.day, c.value, c.low, c.high)
		d, ok := b.Deviation()
		got := ""
		if ok {
			got = fmt.Sprint(d.Gap.Rounded(2), " ", d.Part.Percent(), " ", map[bool]string{true: "behind", false: "ahead"}[d.Behind])
		}
		if got != c.want {
			t.Errorf("%s on %s deviates by %q, want %q", c.value, c.day, got, c.want)
		}
		if (b.unexplainedIndexed() == noDay) != (c.want == "") {
			t.Errorf("%s on %s is found at %s", c.value, c.day, b.unexplainedIndexed())
		}
		b.Removed = start
		if _, ok := b.Deviation(); ok || b.unexplainedIndexed() != noDay {
			t.Error("what was removed deviates")
		}
	}
}

// Where more is better the same figures, turned round, say the same; and what lies between the ends never deviates.
func TestADeviationIsTheSameBothWays(t *testing.T) {
	number := func(n int) Number { return Read(fmt.Sprint(n)) }
	rapid.Check(t, func(t *rapid.T) {
		day := Day(start.AddDate(0, 0, rapid.IntRange(-300, 100).Draw(t, "day")).Format(time.DateOnly))
		value, below, above := rapid.IntRange(0, 80).Draw(t, "value"), rapid.IntRange(0, 20).Draw(t, "below"), rapid.IntRange(0, 20).Draw(t, "above")
		less := following(day, number(value), number(value-below), number(value+above))
		more := following(day, number(60-value), number(60-value-above), number(60-value+below))
		more.Direction, more.Baseline.Value, more.Target.Value = More, "20", "40"
		a, ok := less.Deviation()
		b, same := more.Deviation()
		if ok != same || ok && (a.Behind != b.Behind || a.Gap.rat().Cmp(b.Gap.rat()) != 0 || a.Part.rat().Cmp(b.Part.rat()) != 0) {
			t.Fatalf("%+v and %+v", a, b)
		}
		if ok && a.Part.rat().Cmp(big.NewRat(1, 5)) <= 0 {
			t.Fatalf("a fifth or less deviates: %+v", a)
		}
	})
}

// An explanation is of a figure as it was: a later one that deviates, or a corrected one, is asked about again. What was said before stays.
func TestExplanations(t *testing.T) {
	w := newWorld(t)
	b := w.gain("larvik", shared("40", "20"), "39", 12)
	found := func(want string) {
		t.Helper()
		var got []string
		for _, x := range must(w.Unexplained(w.ctx(), leader(), "larvik", false, 10))(t) {
			d, ok := x.Deviation()
			if !ok || d.Explained {
				t.Errorf("%+v is listed", d)
			}
			got = append(got, string(d.Figure.To))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("unexplained are %v, want %s", got, want)
		}
	}
	now := func() Benefit { t.Helper(); return must(w.Benefit(w.ctx(), leader(), b.ID))(t) }
	stands := func(text string, versions int) {
		t.Helper()
		if x := now(); x.Explanation != text || len(x.Explanations()) != versions || versions > 0 && x.Explanations()[versions-1].Text != text {
			t.Errorf("%q stands, of %+v", x.Explanation, x.Explanations())
		}
	}
	explain := func(text string) Benefit {
		t.Helper()
		return must(w.Explain(w.ctx(), coordinator(), Explain{ID: b.ID, Text: text, Tag: now().Tag}))(t)
	}
	measure := func(id MeasurementID, day Day, value Number) Measurement {
		t.Helper()
		in := Measure{Benefit: b.ID, ID: id, Data: Measured{Figures: Figures{To: day, Value: value}}}
		if id != "" {
			for _, m := range must(w.Measurements(w.ctx(), coordinator(), b.ID))(t) {
				if m.ID == id {
					in.Tag = m.Tag
				}
			}
		}
		return must(w.Measure(w.ctx(), coordinator(), in))(t)
	}
	found("2026-06-01")
	if all := must(w.Unexplained(w.ctx(), leader(), "larvik", true, 10))(t); len(all) != 0 {
		t.Errorf("the leader owns %+v", all)
	}
	if all := must(w.Unexplained(w.ctx(), coordinator(), "larvik", true, 10))(t); len(all) != 1 {
		t.Errorf("the owner is asked about %+v", all)
	}
	if x := explain("Dekningen kom sent."); x.Explained[0].By != coordinator().Person || x.Explained[0].Day != "2026-06-01" || !x.Explained[0].At.Equal(start) {
		t.Errorf("%+v", x.Explained)
	}
	found("")
	// A change of something else explains nothing, and takes nothing away.
	d := now().Data
	d.Risk = "Få kjører."
	must(w.Save(w.ctx(), coordinator(), Save{ID: b.ID, Data: d, Tag: now().Tag}))(t)
	stands("Dekningen kom sent.", 1)
	later := measure("", "2026-09-01", "38")
	found("2026-09-01")
	stands("Dekningen kom sent.", 1)
	d = now().Data
	d.Explanation = "Sykefravær." // in the benefit's own form it is the same thing
	must(w.Save(w.ctx(), coordinator(), Save{ID: b.ID, Data: d, Tag: now().Tag}))(t)
	found("")
	stands("Sykefravær.", 2)
	measure(later.ID, "2026-09-01", "37.5")
	found("2026-09-01")
	must(w.UndoExplanation(w.ctx(), coordinator(), b.ID, now().Tag, ""))(t)
	stands("Dekningen kom sent.", 3)
	must(w.UndoExplanation(w.ctx(), coordinator(), b.ID, now().Tag, ""))(t)
	stands("Sykefravær.", 4)
	found("2026-09-01")
	measure(later.ID, "2026-09-01", "38")
	found("") // the figure is again what was explained
	// The figure she saw is explained, and not one that came meanwhile.
	measure("", "2026-10-01", "39")
	must(w.Explain(w.ctx(), coordinator(), Explain{ID: b.ID, Figure: later.ID, Text: "Om september.", Tag: now().Tag}))(t)
	found("2026-10-01")
	_, err := w.Explain(w.ctx(), coordinator(), Explain{ID: b.ID, Figure: "m-none", Text: "x", Tag: now().Tag})
	wantFault(t, err, fault.NotFound, "error.measurement.unknown")
	// One that is needed can't be undone away, and an empty one is none.
	_, err = w.Explain(w.ctx(), coordinator(), Explain{ID: b.ID, Text: " ", Tag: now().Tag})
	if f := wantFault(t, err, fault.Invalid, "error.benefit"); f.Fields[0].Name != "explanation" {
		t.Error(f.Fields)
	}
	_, err = w.Explain(w.ctx(), coordinator(), Explain{ID: b.ID, Text: "Ring 01019012480", Tag: now().Tag})
	wantFault(t, err, fault.Invalid, "error.text.person-number")
	_, err = w.Explain(w.ctx(), coordinator(), Explain{ID: b.ID, Text: "x", Tag: "old"})
	wantFault(t, err, fault.Stale, "error.benefit.stale")
	_, err = w.Explain(w.ctx(), coordinator(), Explain{ID: b.ID, Text: "x"})
	wantFault(t, err, fault.TagRequired, "error.tag.required")
	_, err = w.Explain(w.ctx(), leader(), Explain{ID: b.ID, Text: "x", Tag: now().Tag})
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	before := len(now().Explanations())
	tag := now().Tag
	for range 2 {
		must(w.Explain(w.ctx(), coordinator(), Explain{ID: b.ID, Text: "To ganger.", Tag: tag, Edit: "e-1"}))(t)
	}
	stands("To ganger.", before+1)
	for len(now().Explanations()) < MaxExplanations {
		explain("Igjen.")
	}
	_, err = w.Explain(w.ctx(), coordinator(), Explain{ID: b.ID, Text: "x", Tag: now().Tag})
	wantFault(t, err, fault.Conflict, "error.benefit.explanations")
}

// What was written before versions were kept is the first of them; a status that needs an explanation keeps one.
func TestAnOldExplanationIsTheFirst(t *testing.T) {
	w := newWorld(t)
	b := w.gain("larvik", shared("40", "20"), "39", 12)
	doc := must(w.docs.Get(w.ctx(), string(b.ID)))(t)
	doc.Value.Explanation, doc.Value.Status, doc.Value.Explained = "Fra før.", Not, nil
	doc = must(w.docs.Replace(w.ctx(), doc))(t)
	b = benefitOf(doc)
	if all := b.Explanations(); len(all) != 1 || all[0] != (Explanation{Text: "Fra før."}) {
		t.Errorf("%+v", all)
	}
	if d, ok := b.Deviation(); !ok || d.Explained {
		t.Errorf("an explanation of nobody knows which figure explains %+v", d)
	}
	_, err := w.UndoExplanation(w.ctx(), coordinator(), b.ID, b.Tag, "")
	wantFault(t, err, fault.Invalid, "error.benefit.wanted.not")
	b = must(w.Explain(w.ctx(), coordinator(), Explain{ID: b.ID, Text: "Ny.", Tag: b.Tag}))(t)
	texts := func() (all []string) {
		for _, e := range b.Explained {
			all = append(all, e.Text)
		}
		return all
	}
	if got := texts(); !slices.Equal(got, []string{"Fra før.", "Ny."}) {
		t.Error(got)
	}
	b = must(w.UndoExplanation(w.ctx(), coordinator(), b.ID, b.Tag, ""))(t)
	if got := texts(); b.Explanation != "Fra før." || len(got) != 3 {
		t.Error(got)
	}
	added := w.add(Data{Title: "T", Type: SavedTime, Status: Idea, Explanation: "Alt."}, "")
	if all := added.Explanations(); len(all) != 1 || all[0].By != coordinator().Person {
		t.Errorf("%+v", all)
	}
}
