package benefits

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/internal/store/sqlite"
	"helhet/org"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// shared is a benefit on a shared indicator whose figures are added up.
func shared(baseline, target Number) Data {
	d := full()
	d.Shared, d.Indicator, d.Unit, d.Direction = "driving-hours", "", Hours, Less
	d.Baseline.Value, d.Target.Value, d.Status = baseline, target, Planned
	return d
}

func coordinatorOf(m org.MunicipalityID) org.Actor { return as(org.Coordinator, m) }

// gain adds a benefit that is measured, in a municipality of the region.
func (w *world) gain(m org.MunicipalityID, d Data, value Number, people int) Benefit {
	w.t.Helper()
	who := coordinatorOf(m)
	b, _, err := w.Add(w.ctx(), who, Add{Municipality: m, Data: d, Owner: who.Person})
	if err != nil {
		w.t.Fatal(err)
	}
	d.Status = Measuring
	b = must(w.Save(w.ctx(), who, Save{ID: b.ID, Data: d, Tag: b.Tag}))(w.t)
	if value != "" {
		must(w.Measure(w.ctx(), who, Measure{Benefit: b.ID, Data: Measured{Figures: Figures{To: "2026-06-01", Value: value, People: people}}}))(w.t)
	}
	return b
}

func (w *world) person(a org.Actor) {
	w.t.Helper()
	if err := w.People.Create(w.ctx(), org.Person{ID: a.Person, Name: "Somebody", Email: string(a.Person) + "@example.org", Grants: a.Grants}); err != nil {
		w.t.Fatal(err)
	}
}

func theRegion(ids ...org.MunicipalityID) org.Region {
	r := org.Region{ID: region}
	for _, id := range ids {
		r.Members = append(r.Members, org.Member{Municipality: id})
	}
	return r
}

// Sums over municipalities name nobody, and are not shown while so few stand behind them that one could be worked out.
func TestTotals(t *testing.T) {
	w := newWorld(t)
	members := []org.MunicipalityID{"larvik", "tokke", "porsgrunn", "skien", "sandefjord"}
	for _, m := range members[2:] {
		w.person(coordinatorOf(m))
	}
	if err := w.regions.Create(w.ctx(), theRegion(members...)); err != nil {
		t.Fatal(err)
	}
	lead := org.Actor{Person: "p-lead", Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}
	regional := func(actor org.Actor) Total {
		t.Helper()
		all := must(w.RegionTotals(w.ctx(), actor, theRegion(members...)))(t)
		if len(all) != 1 || all[0].Indicator != "driving-hours" {
			t.Fatalf("totals are %+v", all)
		}
		return all[0]
	}
	w.gain("larvik", shared("40", "20"), "30", 12)
	w.gain("tokke", shared("10.5", "5"), "8.25", 12)
	own := must(w.Totals(w.ctx(), leader(), "larvik", true))(t)
	if len(own) != 1 || own[0].Realised.String() != "10" || own[0].Plan.String() != "20" {
		t.Errorf("her own totals are %+v", own)
	}
	if got := regional(lead); got.ShowPlan || got.ShowRealised || !got.Plan.IsZero() || !got.Realised.IsZero() || !got.High.IsZero() || got.Measured.Municipalities != 2 {
		t.Errorf("of two municipalities there are %+v", got)
	}
	three := w.gain("porsgrunn", shared("100", "50"), "60", 40)
	if got := regional(lead); !got.ShowPlan || !got.ShowRealised || got.Plan.String() != "75.5" || got.Realised.String() != "52.25" || got.Measured.Municipalities != 3 {
		t.Errorf("of three there are %+v", got)
	}
	if r, ok := regional(lead).Reached(); !ok || r.Part.Percent().String() != "69" {
		t.Errorf("reached is %+v", r)
	}
	if got := regional(leader()); got.ShowPlan || got.ShowRealised || got.Measured.Own != 1 {
		t.Errorf("who is of one of three sees %+v", got)
	}
	// A plan more, that nobody has measured: it would be what is planned for all less what is for those measured.
	w.gain("skien", shared("30", "20"), "", 0)
	if got := regional(lead); got.ShowPlan || !got.ShowRealised || !got.Plan.IsZero() || got.Awaited.String() != "75.5" {
		t.Errorf("with one that waits there are %+v", got)
	}
	// Nor may she who is of one of the three see it, who isn't shown theirs: side by side with the lead's it would be the fourth's.
	if got := regional(leader()); got.ShowPlan || got.ShowRealised || !got.Plan.IsZero() || !got.Awaited.IsZero() {
		t.Errorf("who is of one of four sees %+v", got)
	}
	// A correction and its undoing leave no trace; figures of four people stay at home.
	before := regional(lead)
	m := must(w.Measurements(w.ctx(), coordinatorOf("porsgrunn"), three.ID))(t)[0]
	m = must(w.Measure(w.ctx(), coordinatorOf("porsgrunn"), Measure{Benefit: three.ID, ID: m.ID, Tag: m.Tag, Data: Measured{Figures: Figures{To: "2026-06-01", Value: "70", Low: "65", High: "80", People: 40}}}))(t)
	if got := regional(lead); got.Realised.String() != "42.25" || got.Low.String() != "32.25" || got.High.String() != "47.25" {
		t.Errorf("after a correction there are %+v", got)
	}
	must(w.Undo(w.ctx(), coordinatorOf("porsgrunn"), three.ID, m.ID, m.Tag, ""))(t)
	if got := regional(lead); !same(got, before) {
		t.Errorf("undone there are %+v, before %+v", got, before)
	}
	// Nor does one that was removed and brought back; while it is away it counts nowhere.
	there := must(w.Benefit(w.ctx(), coordinatorOf("porsgrunn"), three.ID))(t)
	there = must(w.Remove(w.ctx(), coordinatorOf("porsgrunn"), three.ID, there.Tag))(t)
	if got := regional(lead); got.Measured.Municipalities != 2 || got.ShowRealised {
		t.Errorf("without what was removed there are %+v", got)
	}
	must(w.Restore(w.ctx(), coordinatorOf("porsgrunn"), there.ID))(t)
	if got := regional(lead); !same(got, before) {
		t.Errorf("brought back there are %+v, before %+v", got, before)
	}
	w.gain("sandefjord", shared("8", "4"), "2", 4)
	if got := regional(lead); got.Few != 1 || got.Realised.String() != before.Realised.String() || got.Planned != before.Planned {
		t.Errorf("with a few people's there are %+v", got)
	}
	if own := must(w.Totals(w.ctx(), coordinatorOf("sandefjord"), "sandefjord", true))(t); own[0].Realised.String() != "6" || own[0].Few != 0 {
		t.Errorf("at home they are %+v", own)
	}
	// Averages, shares, indicators of its own and ideas are never added up.
	share, words, idle := shared("40", "20"), shared("40", "20"), shared("40", "20")
	share.Shared, share.Unit = "decision-minutes", Minutes
	words.Shared, words.Indicator = "", "Timer i bil"
	idle.Status = Idea
	w.gain("skien", share, "30", 0)
	w.gain("skien", words, "30", 0)
	if _, _, err := w.Add(w.ctx(), coordinatorOf("skien"), Add{Municipality: "skien", Data: idle}); err != nil {
		t.Fatal(err)
	}
	if got := regional(lead); got.Planned != before.Planned {
		t.Errorf("with what is never added up there are %+v", got)
	}
	// The country has the plan of those measured where the plan of all is withheld.
	if all := must(w.NationalTotals(w.ctx(), lead))(t); len(all) != 1 || !all[0].ShowPlan || all[0].Plan.String() != "75.5" || all[0].Planned.Municipalities != 3 || all[0].Realised.String() != before.Realised.String() || all[0].Few != 1 {
		t.Errorf("the country's are %+v", all)
	}
	for name, err := range map[string]error{
		"another's own":      second(w.Totals(w.ctx(), leader(), "tokke", true)),
		"the lead":           second(w.Totals(w.ctx(), lead, "larvik", true)),
		"another region":     second(w.RegionTotals(w.ctx(), org.Actor{Person: "x", Grants: []org.Grant{{Role: org.Leader, Municipality: "bergen", Region: "vestland"}}}, theRegion(members...))),
		"nobody, nationally": second(w.NationalTotals(w.ctx(), org.Actor{Person: "x"})),
	} {
		if fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func same(a, b Total) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// In whichever order contributions come, and however municipalities are grouped, the sum is the sum of its parts.
func TestSumsAreTheSumsOfTheirParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Custom(func(t *rapid.T) Number {
			return Read(rapid.StringMatching(`-?[0-9]{1,5}(\.[0-9]{1,2})?`).Draw(t, "number"))
		})
		contribution := rapid.Custom(func(t *rapid.T) Contribution {
			c := Contribution{Benefit: ID(rapid.SampledFrom([]string{"b-1", "b-2", "b-3", "b-4"}).Draw(t, "benefit")), Change: rapid.IntRange(0, 6).Draw(t, "change"),
				Indicator: IndicatorKey(rapid.SampledFrom([]string{"", "driving-hours", "falls"}).Draw(t, "indicator")), Few: rapid.Bool().Draw(t, "few")}
			c.Unplanned = rapid.Bool().Draw(t, "unplanned")
			if !c.Unplanned {
				c.Planned = number.Draw(t, "planned")
			}
			if c.Unplanned || rapid.Bool().Draw(t, "measured") {
				c.Realised = number.Draw(t, "realised")
				off := func(name string) decimal.Decimal { return number.Draw(t, name).decimal().Abs() }
				c.Low, c.High = plain(c.Realised.decimal().Sub(off("below"))), plain(c.Realised.decimal().Add(off("above")))
			}
			return c
		})
		ledgers := make([]Ledger, rapid.IntRange(1, 5).Draw(t, "municipalities"))
		var parts []Contribution
		for n := range ledgers {
			came := rapid.SliceOfNDistinct(contribution, 0, 8, func(c Contribution) string { return fmt.Sprint(c.Benefit, c.Change) }).Draw(t, "contributions")
			var again Ledger
			for _, c := range came {
				ledgers[n].take(c)
			}
			for _, c := range rapid.Permutation(came).Draw(t, "another order") {
				again.take(c)
				again.take(c) // twice is once
			}
			if !reflect.DeepEqual(ledgers[n].Contributions, again.Contributions) {
				t.Fatalf("in one order %+v, in another %+v", ledgers[n], again)
			}
			parts = append(parts, again.Contributions...)
		}
		sum := func(all []Ledger) map[IndicatorKey]Sum {
			sums := map[IndicatorKey]Sum{}
			for _, l := range all {
				for k, s := range l.sums(false) {
					sums[k] = sums[k].plus(s)
				}
			}
			return sums
		}
		whole, cut := sum(ledgers), rapid.IntRange(0, len(ledgers)).Draw(t, "cut")
		grouped := sum(ledgers[cut:])
		for k, s := range sum(ledgers[:cut]) {
			grouped[k] = s.plus(grouped[k])
		}
		if fmt.Sprint(slices.Sorted(maps.Keys(whole))) != fmt.Sprint(slices.Sorted(maps.Keys(grouped))) {
			t.Fatalf("%+v and %+v", whole, grouped)
		}
		for k, s := range whole {
			if fmt.Sprint(s) != fmt.Sprint(grouped[k]) {
				t.Fatalf("%s: %+v in one go, %+v in groups", k, s, grouped[k])
			}
			var plan, realised, apart decimal.Decimal
			for _, c := range parts {
				if c.Indicator == k && !c.Few {
					plan, realised = plan.Add(c.Planned.decimal()), realised.Add(c.Realised.decimal())
					if c.Unplanned {
						apart = apart.Add(c.Realised.decimal())
					}
				}
			}
			if !s.Plan.Equal(plan) || !s.Realised.Equal(realised) || !s.Apart.Equal(apart) || s.Figures.Benefits != s.Measured.Benefits+s.Unplanned.Benefits {
				t.Fatalf("%s: %+v, and the parts make %v and %v", k, s, plan, realised)
			}
			if s.ApartLow.GreaterThan(s.Apart) || s.Apart.GreaterThan(s.ApartHigh) || s.Low.GreaterThan(s.Realised) || s.Realised.GreaterThan(s.High) {
				t.Fatalf("%s: %v is not between %v and %v", k, s.Realised, s.Low, s.High)
			}
		}
	})
}

// What is read of a region doesn't grow with how often its benefits were measured.
func TestTotalsReadTheSameHoweverOftenIsMeasured(t *testing.T) {
	w := newWorld(t)
	r := theRegion("larvik", "tokke")
	if err := w.regions.Create(w.ctx(), r); err != nil {
		t.Fatal(err)
	}
	b := w.gain("larvik", shared("40", "20"), "30", 12)
	w.gain("tokke", shared("40", "20"), "30", 12)
	var read [2][3]int64
	at := start.AddDate(0, 0, -60)
	for i, more := range []int{3, 36} {
		for range more {
			at = at.AddDate(0, 0, 1)
			must(w.Measure(w.ctx(), coordinator(), Measure{Benefit: b.ID, Data: Measured{Figures: Figures{To: Day(at.Format(time.DateOnly)), Value: "25"}}}))(t)
		}
		ctx, reads := store.WithReads(w.ctx())
		must(w.RegionTotals(ctx, leader(), r))(t)
		must(w.NationalTotals(ctx, leader()))(t)
		doc := must(w.ledgers.Get(w.ctx(), "larvik"))(t)
		read[i] = [3]int64{reads.Calls.Load(), reads.Documents.Load(), int64(len(doc.Value.Contributions))}
	}
	if read[0] != read[1] || read[0] != [3]int64{3, 5, 1} {
		t.Errorf("with 4 measurements %v, with 40 %v", read[0], read[1])
	}
}

// What a crash kept out of a benefit or its ledger is put there by the job, and by the same edit sent again.
func TestMend(t *testing.T) {
	w := newWorld(t)
	b := w.gain("larvik", shared("40", "20"), "", 0)
	crash := errors.New("crash")
	stop := func(at string) {
		w.engine.BeforeWrites(func(collection, _ string) error {
			if collection == at {
				return crash
			}
			return nil
		})
	}
	system := org.SystemActor("benefits")
	realised := func() string {
		t.Helper()
		all := must(w.Totals(w.ctx(), leader(), "larvik", true))(t)
		return all[0].Realised.String()
	}
	measure := func(day Day, value Number) error {
		_, err := w.Measure(w.ctx(), coordinator(), Measure{Benefit: b.ID, Edit: string(day), Data: Measured{Figures: Figures{To: day, Value: value}}})
		return err
	}
	for i, at := range []string{"benefits", "benefit_ledgers"} {
		stop(at)
		day, value := Day(fmt.Sprintf("2026-06-%02d", i+1)), Number(fmt.Sprint(30-i))
		if measure(day, value) == nil {
			t.Fatal("nothing crashed")
		}
		w.engine.BeforeWrites(nil)
		before := realised()
		if n, _, err := w.Mend(w.ctx(), system, start.Add(-time.Hour)); err != nil || n != i+1 {
			t.Fatal(n, err)
		}
		if got := realised(); got == before || got != fmt.Sprint(10+i) {
			t.Errorf("cut off at %s and mended it is %s, before %s", at, got, before)
		}
	}
	stop("benefit_ledgers")
	if measure("2026-06-03", "28") == nil {
		t.Fatal("nothing crashed")
	}
	w.engine.BeforeWrites(nil)
	if err := measure("2026-06-03", "28"); err != nil || realised() != "12" {
		t.Errorf("sent again it is %s, %v", realised(), err)
	}
	if n, _, err := w.Mend(w.ctx(), system, start.Add(time.Hour)); n != 0 || err != nil {
		t.Errorf("%d measurements of later, %v", n, err)
	}
	if _, _, err := w.Mend(w.ctx(), coordinator(), start); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("a coordinator mends: %v", err)
	}
}

// Many who measure in one municipality at once leave the ledger as if they had come one by one, also from two programs.
func TestManyMeasureAtOnce(t *testing.T) {
	dir := t.TempDir()
	w := worldOn(t, must(sqlite.Open(t.Context(), dir))(t))
	db := store.Open(must(sqlite.Open(t.Context(), dir))(t))
	t.Cleanup(func() { _ = db.Close() })
	other := New(db, w.Options)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	var all []Benefit
	for range 4 {
		all = append(all, w.gain("larvik", shared("40", "20"), "", 0))
	}
	var group sync.WaitGroup
	for i, b := range all {
		for n := range 6 {
			group.Go(func() {
				s := []*Service{w.Service, other}[(i+n)%2]
				in := Measure{Benefit: b.ID, Edit: fmt.Sprint(n), Data: Measured{Figures: Figures{To: Day(fmt.Sprintf("2026-06-%02d", n+1)), Value: Number(fmt.Sprint(30 - n))}}}
				for { // ten lost races are told, and she tries again
					if _, err := s.Measure(w.ctx(), coordinator(), in); fault.CodeOf(err) != fault.Conflict {
						if err != nil {
							t.Error(err)
						}
						return
					}
				}
			})
		}
	}
	group.Wait()
	if got := must(w.Totals(w.ctx(), leader(), "larvik", true))(t); got[0].Realised.String() != "60" || got[0].Measured.Benefits != 4 {
		t.Errorf("the sum is %+v", got)
	}
}

// A change is as small as both ends can make it together, and as large, whichever way is better.
func TestAContributionIsAsUncertainAsItsFigures(t *testing.T) {
	s := &Service{Options: Options{Indicators: must(LoadIndicators())(t)}}
	for direction, want := range map[Direction][3]Number{Less: {"5", "10", "14"}, More: {"-14", "-10", "-5"}} {
		d := shared("40", "20")
		d.Direction, d.Baseline.Low, d.Baseline.High = direction, "38", "42"
		b := Benefit{Data: d, Figures: []Figure{{ID: "m-1", Version: 1, Figures: Figures{To: "2026-06-01", Value: "30", Low: "28", High: "33"}}}}
		if c := s.contribution(b); [3]Number{c.Low, c.Realised, c.High} != want {
			t.Errorf("%s: %+v", direction, c)
		}
	}
}
