package benefits

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func (w *world) stored(id ID) Benefit {
	w.t.Helper()
	doc := must(w.docs.Get(w.ctx(), string(id)))(w.t)
	return benefitOf(doc)
}

func (w *world) join(part, whole ID) (Benefit, error) {
	w.t.Helper()
	return w.Join(w.ctx(), coordinator(), Join{Part: part, Whole: whole, Tag: w.stored(part).Tag})
}

// Where the whole counts its parts don't, measured or not; where it doesn't they do. Joining and undoing leave no trace.
func TestAPartIsCountedOnce(t *testing.T) {
	w := newWorld(t)
	whole, part := w.gain("larvik", shared("40", "20"), "30", 12), w.gain("larvik", shared("10", "5"), "8", 12)
	told := func() string {
		t.Helper()
		all := must(w.Totals(w.ctx(), leader(), "larvik", true))(t)
		return fmt.Sprint(all[0].Planned.Benefits, " planned ", all[0].Plan, ", ", all[0].Measured.Benefits, " measured ", all[0].Realised, " of ", all[0].Awaited)
	}
	want := func(when, want string) {
		t.Helper()
		if got := told(); got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	apart := "2 planned 25, 2 measured 12 of 25"
	want("apart", apart)
	before := must(w.Totals(w.ctx(), leader(), "larvik", true))(t)[0]
	b := must(w.join(part.ID, whole.ID))(t)
	if b.PartOf != whole.ID || !slices.Equal(w.stored(whole.ID).Parts, []ID{part.ID}) {
		t.Errorf("%+v and %+v", b, w.stored(whole.ID))
	}
	want("joined", "1 planned 20, 1 measured 10 of 20")
	m := must(w.Measurements(w.ctx(), coordinator(), whole.ID))(t)[0]
	m = must(w.Undo(w.ctx(), coordinator(), whole.ID, m.ID, m.Tag, ""))(t)
	want("the whole not measured", "1 planned 20, 0 measured 0 of 0")
	must(w.Undo(w.ctx(), coordinator(), whole.ID, m.ID, m.Tag, ""))(t)
	must(w.Remove(w.ctx(), coordinator(), whole.ID, w.stored(whole.ID).Tag))(t)
	want("the whole removed", "1 planned 5, 1 measured 2 of 5")
	must(w.Restore(w.ctx(), coordinator(), whole.ID))(t)
	want("brought back", "1 planned 20, 1 measured 10 of 20")
	tag := w.stored(part.ID).Tag
	for range 2 { // the same edit twice
		must(w.Join(w.ctx(), coordinator(), Join{Part: part.ID, Tag: tag, Edit: "e-1"}))(t)
	}
	want("taken out", apart)
	if got := must(w.Totals(w.ctx(), leader(), "larvik", true))(t)[0]; !same(got, before) || len(w.stored(whole.ID).Parts) != 0 || w.stored(part.ID).PartOf != "" {
		t.Errorf("there is a trace: %+v, before %+v", got, before)
	}
}

func TestWhatMayBeAPart(t *testing.T) {
	w := newWorld(t)
	whole, part, third := w.gain("larvik", shared("40", "20"), "", 0), w.gain("larvik", shared("10", "5"), "", 0), w.gain("larvik", shared("10", "5"), "", 0)
	other := shared("40", "20")
	other.Shared, other.Unit, other.Direction = "phone-hours", "", ""
	another := w.gain("larvik", other, "", 0)
	effect := w.effect("larvik", Worse, "5", 12)
	must(w.join(part.ID, whole.ID))(t)
	for _, c := range []struct {
		part, whole ID
		want        string
	}{
		{whole.ID, third.ID, "error.benefit.part.whole"}, {third.ID, part.ID, "error.benefit.part.deep"}, {part.ID, third.ID, "error.benefit.part.taken"}, {third.ID, third.ID, "error.benefit.part.itself"},
		{another.ID, whole.ID, "error.benefit.part.other"}, {effect.ID, whole.ID, "error.benefit.part.other"},
	} {
		_, err := w.join(c.part, c.whole)
		wantFault(t, err, fault.Conflict, c.want)
	}
	if x := w.stored(whole.ID); !slices.Equal(x.Parts, []ID{part.ID}) || len(w.stored(third.ID).Parts) != 0 {
		t.Errorf("what can't be a part is claimed: %+v", x.Parts)
	}
	d := w.stored(part.ID).Data
	d.Shared = "phone-hours"
	_, err := w.Save(w.ctx(), coordinator(), Save{ID: part.ID, Data: d, Tag: w.stored(part.ID).Tag})
	wantFault(t, err, fault.Invalid, "error.benefit.shared.part")
	_, err = w.Join(w.ctx(), coordinator(), Join{Part: third.ID, Whole: whole.ID, Tag: "old"})
	wantFault(t, err, fault.Stale, "error.benefit.stale")
	_, err = w.Join(w.ctx(), coordinator(), Join{Part: third.ID, Whole: whole.ID})
	wantFault(t, err, fault.TagRequired, "error.tag.required")
	_, err = w.Join(w.ctx(), leader(), Join{Part: third.ID, Whole: whole.ID, Tag: w.stored(third.ID).Tag})
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	foreign := w.gain("tokke", shared("40", "20"), "", 0)
	_, err = w.join(third.ID, foreign.ID)
	wantFault(t, err, fault.NotFound, "error.benefit.unknown")
	must(w.Remove(w.ctx(), coordinator(), whole.ID, w.stored(whole.ID).Tag))(t)
	_, err = w.join(third.ID, whole.ID)
	wantFault(t, err, fault.Conflict, "error.benefit.removed")
	// Who owns the part alone can't say that it is a part of another's.
	hers := w.gain("larvik", shared("10", "5"), "", 0)
	must(w.Give(w.ctx(), coordinator(), Give{ID: hers.ID, Owner: contributor().Person, Tag: w.stored(hers.ID).Tag}))(t)
	_, err = w.Join(w.ctx(), contributor(), Join{Part: hers.ID, Whole: third.ID, Tag: w.stored(hers.ID).Tag})
	wantFault(t, err, fault.Forbidden, "error.forbidden")
}

// A crash between a whole and its part is put right by the same edit sent again, or by the job; what the part says is what holds.
func TestACrashBetweenAPartAndItsWhole(t *testing.T) {
	w := newWorld(t)
	whole, part := w.gain("larvik", shared("40", "20"), "30", 12), w.gain("larvik", shared("10", "5"), "8", 12)
	crash := errors.New("crash")
	cut := func(id ID, in Join) {
		t.Helper()
		w.engine.BeforeWrites(func(_, at string) error {
			if at == string(id) {
				return crash
			}
			return nil
		})
		if _, err := w.Join(w.ctx(), coordinator(), in); err == nil {
			t.Fatal("nothing crashed")
		}
		w.engine.BeforeWrites(nil)
	}
	parts := func(want ...ID) {
		t.Helper()
		if got := w.stored(whole.ID).Parts; !slices.Equal(got, want) {
			t.Errorf("the whole claims %v, want %v", got, want)
		}
	}
	mend := func() {
		t.Helper()
		if _, _, err := w.Mend(w.ctx(), org.SystemActor("benefits"), start); err != nil {
			t.Fatal(err)
		}
	}
	plan := func(want string) {
		t.Helper()
		if got := must(w.Totals(w.ctx(), leader(), "larvik", true))(t)[0].Plan.String(); got != want {
			t.Errorf("%s is planned, want %s", got, want)
		}
	}
	in := Join{Part: part.ID, Whole: whole.ID, Tag: w.stored(part.ID).Tag, Edit: "e-1"}
	cut(part.ID, in)
	parts(part.ID)
	plan("25") // a claim alone changes no sum
	mend()
	parts()
	cut(part.ID, in)
	must(w.Join(w.ctx(), coordinator(), in))(t)
	parts(part.ID)
	plan("20")
	out := Join{Part: part.ID, Tag: w.stored(part.ID).Tag, Edit: "e-2"}
	cut(whole.ID, out)
	parts(part.ID)
	plan("25")
	mend()
	parts()
	// A claim that was lost is made again.
	must(w.join(part.ID, whole.ID))(t)
	if err := w.release(w.ctx(), "test", whole.ID, part.ID); err != nil {
		t.Fatal(err)
	}
	mend()
	parts(part.ID)
	plan("20")
}

// Two who join the same two the other way round at once never make each a part of the other.
func TestTwoWhoJoinAtOnce(t *testing.T) {
	for range 5 {
		w := newWorld(t)
		a, b := w.gain("larvik", shared("40", "20"), "", 0), w.gain("larvik", shared("10", "5"), "", 0)
		a, b = w.stored(a.ID), w.stored(b.ID)
		var group sync.WaitGroup
		for _, in := range []Join{{Part: a.ID, Whole: b.ID, Tag: a.Tag}, {Part: b.ID, Whole: a.ID, Tag: b.Tag}} {
			group.Go(func() { _, _ = w.Join(w.ctx(), coordinator(), in) })
		}
		group.Wait()
		if a, b = w.stored(a.ID), w.stored(b.ID); a.PartOf != "" && b.PartOf != "" {
			t.Errorf("%+v and %+v", a, b)
		}
	}
}

// The sum is the sum of what is no part of what counts, in any order and grouping; joining and undoing leave no trace.
func TestSumsCountEachEffectOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := []ID{"b-1", "b-2", "b-3", "b-4", "b-5"}
		var all []Contribution
		for n, id := range ids {
			c := Contribution{Benefit: id, Change: rapid.IntRange(0, 3).Draw(t, "change"), Indicator: IndicatorKey(rapid.SampledFrom([]string{"", "driving-hours", "falls"}).Draw(t, "indicator")),
				Planned: Read(fmt.Sprint(rapid.IntRange(-50, 50).Draw(t, "planned"))), Few: rapid.Bool().Draw(t, "few")}
			if rapid.Bool().Draw(t, "measured") {
				c.Realised = Read(fmt.Sprint(rapid.IntRange(-50, 50).Draw(t, "realised")))
				c.Low, c.High = c.Realised, c.Realised
			}
			if n >= 2 && rapid.Bool().Draw(t, "part") {
				c.PartOf = ids[rapid.IntRange(0, 1).Draw(t, "whole")]
			}
			all = append(all, c)
		}
		var l, again Ledger
		for _, c := range rapid.Permutation(all).Draw(t, "order") {
			l.take(c)
		}
		for _, c := range rapid.Permutation(all).Draw(t, "another order") {
			again.take(c)
		}
		for _, inside := range []bool{true, false} {
			sums := l.sums(inside)
			if fmt.Sprint(sums) != fmt.Sprint(again.sums(inside)) {
				t.Fatalf("%+v in one order, %+v in another", sums, again.sums(inside))
			}
			want := map[IndicatorKey][2]decimal.Decimal{}
			for _, c := range all {
				counted := slices.ContainsFunc(all, func(x Contribution) bool { return x.Benefit == c.PartOf && x.Indicator == c.Indicator })
				if c.Indicator != "" && !counted && (inside || !c.Few) {
					s := want[c.Indicator]
					want[c.Indicator] = [2]decimal.Decimal{s[0].Add(c.Planned.decimal()), s[1].Add(c.Realised.decimal())}
				}
			}
			for k, s := range sums {
				if !s.Plan.Equal(want[k][0]) || !s.Realised.Equal(want[k][1]) {
					t.Fatalf("%s: %v and %v, the parts make %v", k, s.Plan, s.Realised, want[k])
				}
			}
		}
		before := fmt.Sprint(l.sums(true), l.sums(false))
		part := all[rapid.IntRange(2, 4).Draw(t, "joined")]
		joined, undone := part, part
		joined.Change, joined.PartOf, undone.Change = part.Change+1, ids[0], part.Change+2
		for _, c := range rapid.Permutation([]Contribution{joined, undone}).Draw(t, "which comes first") {
			l.take(c)
		}
		if after := fmt.Sprint(l.sums(true), l.sums(false)); after != before {
			t.Fatalf("joined and undone there are %s, before %s", after, before)
		}
	})
}

func TestWhatLooksAlike(t *testing.T) {
	one := func(change func(*Benefit)) Benefit {
		b := Benefit{ID: "b-2", Municipality: "larvik", Data: shared("40", "20")} // from 2026-03-01 to 2027-01-15
		change(&b)
		return b
	}
	a := one(func(b *Benefit) { b.ID = "b-1" })
	figure := func(day Day) []Figure {
		return []Figure{{ID: "m-1", Version: 1, Figures: Figures{To: day, Value: "1"}}}
	}
	for name, c := range map[string]struct {
		b    Benefit
		want bool
	}{
		"the same":                {one(func(*Benefit) {}), true},
		"itself":                  {a, false},
		"one task of two":         {one(func(b *Benefit) { b.Tasks = b.Tasks[:1] }), true},
		"another task":            {one(func(b *Benefit) { b.Tasks = []catalogue.TaskKey{"lager"} }), false},
		"another indicator":       {one(func(b *Benefit) { b.Shared = "phone-hours" }), false},
		"indicators of their own": {one(func(b *Benefit) { b.Shared = "" }), false},
		"another municipality":    {one(func(b *Benefit) { b.Municipality = "tokke" }), false},
		"an idea":                 {one(func(b *Benefit) { b.Status = Idea }), false},
		"removed":                 {one(func(b *Benefit) { b.Removed = start }), false},
		"the day the other ends":  {one(func(b *Benefit) { b.EffectFrom, b.Target.Date = "2027-01-15", "2028-01-01" }), true},
		"the day after":           {one(func(b *Benefit) { b.EffectFrom, b.Target.Date = "2027-01-16", "2028-01-01" }), false},
		"before":                  {one(func(b *Benefit) { b.EffectFrom, b.Target.Date = "2025-01-01", "2026-02-28" }), false},
		"before, and measured since": {one(func(b *Benefit) {
			b.EffectFrom, b.Target.Date, b.Figures = "2025-01-01", "2026-02-28", figure("2026-04-01")
		}), true},
		"without a time":              {one(func(b *Benefit) { b.EffectFrom = "" }), false},
		"a part of it":                {one(func(b *Benefit) { b.PartOf = "b-1" }), false},
		"said to be different":        {one(func(b *Benefit) { b.Different = []Apart{{With: "b-1"}} }), false},
		"said to differ from another": {one(func(b *Benefit) { b.Different = []Apart{{With: "b-3"}} }), true},
		"noticed in its time":         {one(func(b *Benefit) { b.Data = noticed(Worse); b.Tasks = []catalogue.TaskKey{"henvise"} }), true},
		"noticed before it has effect": {one(func(b *Benefit) {
			b.Data = noticed(Worse)
			b.Tasks, b.Effect.Noticed = []catalogue.TaskKey{"henvise"}, "2026-01-01"
		}), false},
	} {
		if a.Alike(c.b) != c.want || c.b.Alike(a) != c.want {
			t.Errorf("%s: %v and %v", name, a.Alike(c.b), c.b.Alike(a))
		}
	}
	// Where neither names a task nothing tells them apart.
	none := one(func(b *Benefit) { b.Tasks = nil })
	neither := one(func(b *Benefit) { b.ID, b.Tasks = "b-1", nil })
	if !none.Alike(neither) || !neither.Alike(none) || none.Alike(a) || a.Alike(none) {
		t.Errorf("without tasks: %v and %v, beside one that has some: %v and %v", none.Alike(neither), neither.Alike(none), none.Alike(a), a.Alike(none))
	}
}

// That two are different is kept with who said it and when, holds for both, and can be taken back.
func TestTheyAreDifferent(t *testing.T) {
	w := newWorld(t)
	a, b := w.gain("larvik", shared("40", "20"), "", 0), w.gain("larvik", shared("10", "5"), "", 0)
	alike := func(want bool) {
		t.Helper()
		all := must(w.OnIndicators(w.ctx(), leader(), "larvik", []IndicatorKey{"driving-hours", "", "driving-hours"}))(t)
		if len(all) != 2 || all[0].Alike(all[1]) != want {
			t.Errorf("%d on the indicator, alike: %v", len(all), !want)
		}
	}
	alike(true)
	got := must(w.Differ(w.ctx(), coordinator(), Differ{ID: a.ID, With: b.ID, Tag: w.stored(a.ID).Tag}))(t)
	if len(got.Different) != 1 || got.Different[0] != (Apart{b.ID, coordinator().Person, start}) {
		t.Errorf("%+v", got.Different)
	}
	alike(false)
	_, err := w.Differ(w.ctx(), coordinator(), Differ{ID: a.ID, With: b.ID, Undo: true, Tag: "old"})
	wantFault(t, err, fault.Stale, "error.benefit.stale")
	must(w.Differ(w.ctx(), coordinator(), Differ{ID: a.ID, With: b.ID, Undo: true, Tag: w.stored(a.ID).Tag}))(t)
	alike(true)
	foreign := w.gain("tokke", shared("40", "20"), "", 0)
	_, err = w.Differ(w.ctx(), coordinator(), Differ{ID: a.ID, With: foreign.ID, Tag: w.stored(a.ID).Tag})
	wantFault(t, err, fault.NotFound, "error.benefit.unknown")
	_, err = w.Differ(w.ctx(), leader(), Differ{ID: a.ID, With: b.ID, Tag: w.stored(a.ID).Tag})
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	if _, err := w.OnIndicators(w.ctx(), leader(), "tokke", []IndicatorKey{"driving-hours"}); fault.CodeOf(err) != fault.Forbidden {
		t.Error(err)
	}
}
