package benefits

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"

	"pgregory.net/rapid"
)

// What the ledger says of who may count the same thing is what the benefits themselves say, each of both.
func TestALedgerKnowsWhoIsAlike(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		all := anyBenefits(t)
		for i := range all {
			all[i].Municipality = "larvik"
			if rapid.IntRange(0, 3).Draw(t, "apart") == 0 {
				all[i].Different = []Apart{{With: ID(fmt.Sprintf("b-%02d", rapid.IntRange(0, 12).Draw(t, "with")))}}
			}
		}
		g := Belonging{Known: w.Indicators}
		for _, b := range all {
			g.all = append(g.all, w.contribution(b))
		}
		twins := Twins(all)
		for _, b := range all {
			var want []ID
			for _, x := range all {
				if b.Alike(x) != x.Alike(b) {
					t.Fatalf("%s and %s are alike one way", b.ID, x.ID)
				}
				if b.Alike(x) {
					want = append(want, x.ID)
				}
			}
			if got := g.Twins(b.ID); !slices.Equal(got, want) || !slices.Equal(twins[b.ID], want) {
				t.Fatalf("%s: the ledger says %v, the benefits %v, together %v", b.ID, got, want, twins[b.ID])
			}
		}
		for k, sum := range (Ledger{g.all}).sums(true) {
			n := 0
			for _, b := range all {
				c := w.contribution(b)
				if c.Indicator == k && !(Ledger{g.all}).covered(c) && slices.ContainsFunc(all, func(x Benefit) bool { return b.Alike(x) && w.Adds(x) }) {
					n++
				}
			}
			if sum.Alike.Benefits != n {
				t.Fatalf("on %s %d may be counted twice, want %d", k, sum.Alike.Benefits, n)
			}
		}
	})
}

// A benefit is said to be different from so many others and no more, and all that was said holds: the doubt of the first does not come back with the last.
func TestALikenessIsBounded(t *testing.T) {
	w := newWorld(t)
	b := w.gain("larvik", shared("40", "20"), "", 0)
	others := make([]ID, maxApart+1)
	for i := range others {
		others[i] = w.gain("larvik", shared("40", "20"), "", 0).ID
	}
	say := func(with ID, undo bool) error {
		_, err := w.Differ(w.ctx(), coordinator(), Differ{ID: b.ID, With: with, Undo: undo, Tag: w.stored(b.ID).Tag})
		return err
	}
	alike := func(want ID) {
		t.Helper()
		if got := must(w.Belonging(w.ctx(), leader(), "larvik"))(t).Twins(b.ID); !slices.Equal(got, []ID{want}) {
			t.Errorf("it may count the same as %v, want %v alone", got, want)
		}
	}
	first, last := others[0], others[maxApart]
	for _, x := range others[:maxApart] {
		if err := say(x, false); err != nil {
			t.Fatal(err)
		}
	}
	wantFault(t, say(last, false), fault.Conflict, "error.benefit.part.many")
	alike(last)
	// What is taken back makes room.
	if err := errors.Join(say(first, true), say(last, false)); err != nil {
		t.Fatal(err)
	}
	alike(first)
}

// A sum says that it rests on a baseline that was measured late, or may count something twice. How many they are it says only where three municipalities besides the reader's own have it,
// and nothing of what is not in it.
func TestASumSaysWhatMakesItDoubtful(t *testing.T) {
	w := newWorld(t)
	members := []org.MunicipalityID{"larvik", "tokke", "porsgrunn", "skien"}
	for _, m := range members[2:] {
		w.person(coordinatorOf(m))
	}
	lead := org.Actor{Person: "p-lead", Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}
	regional := func(actor org.Actor) Total {
		t.Helper()
		return must(w.RegionTotals(w.ctx(), actor, theRegion(members...)))(t)[0]
	}
	sound, late := shared("40", "20"), shared("40", "20")
	late.Baseline.Date = late.EffectFrom.After(1)
	w.gain("tokke", sound, "30", 12)
	w.gain("porsgrunn", sound, "30", 12)
	w.gain("larvik", late, "30", 12)
	own := func(inside bool) Total {
		t.Helper()
		return must(w.Totals(w.ctx(), leader(), "larvik", inside))(t)[0]
	}
	if got := own(true); got.Late.Benefits != 1 || !got.ShowLate || !got.AnyLate || got.AnyAlike {
		t.Errorf("her own totals are %+v", got)
	}
	if got := regional(lead); !got.AnyLate || got.ShowLate || got.Late != (Behind{}) || got.AnyAlike {
		t.Errorf("with one of three the region's are %+v", got)
	}
	// Twice in one municipality.
	twin := w.gain("larvik", sound, "30", 12)
	if got := own(true); got.Alike.Benefits != 2 || got.Late.Benefits != 1 {
		t.Errorf("with a twin her own totals are %+v", got)
	}
	if got := regional(lead); !got.AnyAlike || got.ShowAlike || got.Alike != (Behind{}) {
		t.Errorf("with a twin in one of three the region's are %+v", got)
	}
	first := must(w.Belonging(w.ctx(), leader(), "larvik"))(t).Twins(twin.ID)
	if len(first) != 1 {
		t.Fatalf("the twin's others are %v", first)
	}
	must(w.join(twin.ID, first[0]))(t)
	if got := own(true); got.AnyAlike || got.Late.Benefits != 1 {
		t.Errorf("when it is a part her own totals are %+v", got)
	}
	// What is a part is not counted, and neither is its late baseline.
	must(w.Join(w.ctx(), coordinator(), Join{Part: twin.ID, Tag: w.stored(twin.ID).Tag}))(t)
	must(w.join(first[0], twin.ID))(t)
	if got := own(true); got.AnyLate {
		t.Errorf("when the late one is a part her own totals are %+v", got)
	}
	must(w.Join(w.ctx(), coordinator(), Join{Part: first[0], Tag: w.stored(first[0]).Tag}))(t)
	// Of three municipalities the number is told, to whom none of them is hers.
	w.gain("skien", late, "30", 12)
	d := w.stored(must(w.All(w.ctx(), coordinatorOf("tokke"), "tokke"))(t)[0].ID)
	d.Baseline.Date = late.Baseline.Date
	must(w.Save(w.ctx(), coordinatorOf("tokke"), Save{ID: d.ID, Data: d.Data, Tag: d.Tag}))(t)
	if got := regional(lead); !got.ShowLate || got.Late.Benefits != 3 || got.Late.Municipalities != 3 {
		t.Errorf("with three of four the region's are %+v", got)
	}
	if got := regional(leader()); !got.AnyLate || got.ShowLate || got.Late != (Behind{}) {
		t.Errorf("who is of one of the three sees %+v", got)
	}
}

// A twin whose figures describe few people is in no sum outside, so nothing there is counted twice.
func TestATwinOfFewPeopleIsNotToldOutside(t *testing.T) {
	w := newWorld(t)
	w.gain("larvik", shared("40", "20"), "30", 12)
	w.gain("larvik", shared("10", "5"), "8", 3)
	of := func(inside bool) Total {
		t.Helper()
		return must(w.Totals(w.ctx(), leader(), "larvik", inside))(t)[0]
	}
	if got := of(true); got.Alike.Benefits != 2 {
		t.Errorf("inside %+v", got)
	}
	if got := of(false); got.AnyAlike || got.Few != 1 {
		t.Errorf("outside %+v", got)
	}
}

// What waits comes a page at a time, what has waited longest first, of one status and owner where that is asked for.
func TestWhatWaitsIsListed(t *testing.T) {
	w := newWorld(t)
	d := shared("40", "20")
	var ids []ID
	for i := range 5 {
		d.Tasks = []catalogue.TaskKey{"gevinster"}
		d.EffectFrom = Day("2026-01-10").After(10 * i)
		ids = append(ids, w.gain("larvik", d, "39", 12).ID)
	}
	for _, shelf := range []Shelf{Waits, WaitsOnWhy} {
		var got []ID
		f := Filter{Municipality: "larvik", Shelf: shelf, Limit: 2}
		for pages := 0; pages < 5; pages++ {
			all, next, err := w.List(w.ctx(), leader(), f)
			if err != nil || len(all) > 2 {
				t.Fatal(len(all), err)
			}
			for _, b := range all {
				got = append(got, b.ID)
			}
			if f.After = next; next == "" {
				break
			}
		}
		if len(got) != len(ids) || shelf == Waits && !slices.Equal(got, ids) {
			t.Errorf("%s: %v, want %v", shelf, got, ids)
		}
		for name, f := range map[string]Filter{"of another owner": {Owner: leader().Person}, "of another status": {Status: Planned}} {
			f.Municipality, f.Shelf, f.Limit = "larvik", shelf, store.MaxLimit
			if all, _, err := w.List(w.ctx(), leader(), f); err != nil || len(all) != 0 {
				t.Errorf("%s: %s %d, %v", shelf, name, len(all), err)
			}
		}
	}
}
