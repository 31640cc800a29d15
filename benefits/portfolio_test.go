package benefits

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

const today Day = "2026-11-23" // of start

// model is the newest published questionnaire.
func model(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	var newest *catalogue.Catalogue
	for _, c := range must(catalogues())(t) {
		if newest == nil || c.Version > newest.Version {
			newest = c
		}
	}
	return newest
}

// anyBenefits draws a municipality's benefits with what they were measured at.
func anyBenefits(t *rapid.T) []Benefit {
	var all []Benefit
	for i := range rapid.IntRange(0, 12).Draw(t, "benefits") {
		d := full()
		d.Type = rapid.SampledFrom(Types).Draw(t, "type")
		d.Status = rapid.SampledFrom(Statuses).Draw(t, "status")
		d.Tasks = rapid.SampledFrom([][]catalogue.TaskKey{nil, {"gevinster"}, {"henvise"}, {"gevinster", "henvise"}}).Draw(t, "tasks")
		d.Shared = rapid.SampledFrom([]IndicatorKey{"", "driving-hours", "night-visits"}).Draw(t, "shared")
		d.EffectFrom = rapid.SampledFrom([]Day{"", "2024-03-01", "2025-10-15", "2027-02-01"}).Draw(t, "from")
		d.Target = Target{Value: Number(fmt.Sprint(rapid.IntRange(0, 39).Draw(t, "target"))), Date: rapid.SampledFrom([]Day{"2025-12-31", "2026-11-23", "2028-01-01"}).Draw(t, "date")}
		d.Disposition = rapid.SampledFrom([]Disposition{{}, {Quality: 100}, {BudgetCut: 20, Quality: 80}, {BudgetCut: 33, Capacity: 33, Quality: 34}}).Draw(t, "use")
		b := Benefit{ID: ID(fmt.Sprintf("b-%02d", i)), Data: d}
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0: // nobody had planned it
			b.Effect, b.Status = Effect{Sign: rapid.SampledFrom(Signs).Draw(t, "sign"), Noticed: "2026-01-01"}, Measuring
			b.Baseline, b.Target, b.EffectFrom, b.Disposition = Baseline{}, Target{}, "", Disposition{}
		case 1:
			b.PartOf = ID(fmt.Sprintf("b-%02d", rapid.IntRange(0, 12).Draw(t, "whole")))
		}
		if rapid.IntRange(0, 9).Draw(t, "removed") == 0 {
			b.Removed = start
		}
		for j := range rapid.IntRange(0, 5).Draw(t, "measurements") {
			n := rapid.IntRange(0, 60).Draw(t, "value")
			b.Figures = take(b.Figures, Figure{ID: MeasurementID(fmt.Sprintf("m-%d-%d", i, j)), Version: 1, Removed: rapid.IntRange(0, 5).Draw(t, "out") == 0, Figures: Figures{
				To: Day("2024-06-01").After(rapid.IntRange(0, 900).Draw(t, "day")), Value: Number(fmt.Sprint(n)), Low: Number(fmt.Sprint(max(n-3, 0))), High: Number(fmt.Sprint(n + 4)), People: rapid.IntRange(0, 9).Draw(t, "people"),
			}})
		}
		all = append(all, b)
	}
	for i, b := range all { // what was planned is no part of what nobody had planned: nobody may join them
		if slices.ContainsFunc(all, func(x Benefit) bool { return x.ID == b.PartOf && x.Unexpected() }) {
			all[i].PartOf = ""
		}
	}
	return all
}

// Every benefit that stands is counted once by type, in every area it belongs to, and else where it belongs to no task.
func TestAPortfolioCountsEachBenefit(t *testing.T) {
	w, m := newWorld(t), model(t)
	rapid.Check(t, func(t *rapid.T) {
		all := anyBenefits(t)
		p := w.Portfolio(all, m, true)
		standing, areas, planned := 0, 0, 0
		for _, b := range all {
			if !b.Counts() || b.Unexpected() {
				continue
			}
			standing++
			if b.Status != Idea { // all of them have a target
				planned++
			}
			in := 0
			for _, a := range m.Areas {
				if b.within(a) {
					in++
				}
			}
			areas += max(in, 1)
		}
		sum := func(of []Standings) int {
			n := 0
			for _, x := range of {
				n += x.All()
			}
			return n
		}
		if p.Benefits != standing || sum(p.Types) != standing || sum(p.Areas) != areas || p.WithPlan != planned || p.Measured > p.WithPlan {
			t.Fatalf("%d benefits, %d by type, %d of %d by area, %d of %d measured; want %d", p.Benefits, sum(p.Types), sum(p.Areas), areas, p.Measured, p.WithPlan, standing)
		}
	})
}

// The order of the benefits changes nothing.
func TestAPortfolioHasNoOrder(t *testing.T) {
	w, m := newWorld(t), model(t)
	rapid.Check(t, func(t *rapid.T) {
		all := anyBenefits(t)
		before := fmt.Sprintf("%+v", w.Portfolio(all, m, true))
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		if after := fmt.Sprintf("%+v", w.Portfolio(all, m, true)); after != before {
			t.Fatalf("in another order:\n%s\nbefore:\n%s", after, before)
		}
	})
}

// What is measured today is what the totals say, and what is planned in the end is all that is planned. No quarter has more than is measured by its end.
func TestADevelopmentEndsInTheTotals(t *testing.T) {
	w, m := newWorld(t), model(t)
	rapid.Check(t, func(t *rapid.T) {
		all := anyBenefits(t)
		ledger := Ledger{}
		for _, b := range all {
			for i := range b.Figures { // as they are measured: never after today
				b.Figures[i].To = min(b.Figures[i].To, today)
			}
			ledger.Contributions = append(ledger.Contributions, w.contribution(b))
		}
		totals := ledger.sums(true)
		for k := range totals {
			if !slices.ContainsFunc(all, func(b Benefit) bool { return w.contribution(b).Indicator == k && !b.Unexpected() }) {
				delete(totals, k) // nothing of it was planned
			}
		}
		p := w.Portfolio(all, m, true)
		if len(p.Indicators) != len(totals) {
			t.Fatalf("%d indicators, want %d", len(p.Indicators), len(totals))
		}
		for _, d := range p.Indicators {
			want := totals[d.Indicator]
			i := slices.IndexFunc(d.Steps, func(s Step) bool { return s.Day == today })
			if i < 0 {
				t.Fatalf("no step today in %v", d.Steps)
			}
			got := d.Steps[i]
			if !got.Realised.Equal(want.Realised) || !got.Low.Equal(want.Low) || !got.High.Equal(want.High) || got.Measured != want.Measured || got.Planned != want.Planned || got.Unplanned != want.Unplanned {
				t.Fatalf("today %+v, the totals %+v", got.Sum, want)
			}
			last := d.Steps[len(d.Steps)-1]
			if last.Day >= "2028-01-01" && !last.Plan.Equal(want.Plan) {
				t.Fatalf("in the end %s is planned, of %s", last.Plan, want.Plan)
			}
			before := Sum{}
			for j, s := range d.Steps {
				if s.Ahead != (s.Day > today) || j > 0 && s.Day <= d.Steps[j-1].Day {
					t.Fatalf("step %d: %s (ahead %v)", j, s.Day, s.Ahead)
				}
				if s.Measured.Benefits < before.Measured.Benefits {
					t.Fatalf("fewer are measured on %s than before", s.Day)
				}
				before = s.Sum
			}
		}
	})
}

// What is planned comes evenly from the start of effect to the target's day.
func TestWhatIsPlannedComesEvenly(t *testing.T) {
	w := newWorld(t)
	d := full()
	d.Shared, d.Status, d.EffectFrom, d.Target = "driving-hours", Measuring, "2026-01-01", Target{Value: "20", Date: "2027-01-01"} // from 40: 20 hours in 365 days
	b := Benefit{ID: "b-1", Data: d, Figures: measuredOn("2026-08-01")}
	got := map[Day]Step{}
	for _, s := range w.Portfolio([]Benefit{b}, model(t), true).Indicators[0].Steps {
		got[s.Day] = s
	}
	for day, want := range map[Day]string{"2026-03-31": "4.88", "2026-06-30": "9.86", "2026-09-30": "14.9", "2026-12-31": "19.95", "2027-03-31": "20"} { // 89, 180, 272, 364 days
		if s, ok := got[day]; !ok || s.Plan.String() != want {
			t.Errorf("by %s %s is planned, want %s", day, s.Plan, want)
		}
	}
	if s := got["2026-06-30"]; s.Measured.Benefits != 0 {
		t.Error("something is measured before it was")
	}
	if s := got["2026-09-30"]; s.Measured.Benefits != 1 || s.Realised.String() != "10" || !s.Awaited.Equal(s.Plan) {
		t.Errorf("in September %+v", s)
	}
}

// A long history is cut to its last quarters, and says so.
func TestADevelopmentIsBounded(t *testing.T) {
	w := newWorld(t)
	d := full()
	d.Shared, d.Status, d.EffectFrom, d.Target.Date = "driving-hours", Measuring, "2000-01-01", "2099-12-31"
	p := w.Portfolio([]Benefit{{ID: "b-1", Data: d}}, model(t), true).Indicators[0]
	if len(p.Steps) != MaxQuarters+maxQuartersAhead || !p.Cut {
		t.Errorf("%d steps, cut %v", len(p.Steps), p.Cut)
	}
}

// How gains are used is the mean of those that have decided, each with the same weight, and how many they are.
func TestHowGainsAreUsed(t *testing.T) {
	use := func(d Disposition, status Status) Benefit {
		return Benefit{Data: Data{Type: SavedTime, Status: status, Disposition: d}}
	}
	got := useOf([]Benefit{
		use(Disposition{BudgetCut: 20, Quality: 80}, Measuring), use(Disposition{Capacity: 100}, Planned), use(Disposition{Quality: 50, Other: 50}, Reached),
		use(Disposition{}, Planned), use(Disposition{Quality: 100}, Idea),
	}, "")
	if got != (Use{"", 3, 4, 0, 1, "6.7", "33.3", "43.3", "16.7"}) {
		t.Errorf("used %+v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		all := anyBenefits(t)
		u := useOf(all, "")
		sum := decimal.Sum(u.BudgetCut.decimal(), u.Capacity.decimal(), u.Quality.decimal(), u.Other.decimal())
		if u.Decided+u.Undecided+u.Unmeasured != u.Benefits {
			t.Fatalf("%+v: some are told of twice, or not at all", u)
		}
		if u.Decided > 0 && sum.Sub(decimal.New(100, 0)).Abs().GreaterThan(decimal.New(2, -1)) || u.Decided == 0 && !sum.IsZero() || u.Decided > u.Benefits {
			t.Fatalf("%+v sums to %s", u, sum)
		}
	})
}

// What an area has reached is the mean of what its benefits have reached of their own plans, as far as they were measured by a day.
func TestWhatAnAreaHasReached(t *testing.T) {
	m := model(t)
	area := m.Areas[slices.IndexFunc(m.Areas, func(a catalogue.Area) bool {
		return (Benefit{Data: Data{Tasks: []catalogue.TaskKey{"gevinster"}}}).within(a)
	})]
	benefit := func(target Number, figures ...Figure) Benefit {
		d := full()
		d.Status, d.Tasks, d.Target.Value = Measuring, []catalogue.TaskKey{"gevinster"}, target
		b := Benefit{Data: d}
		for _, f := range figures {
			b.Figures = take(b.Figures, f)
		}
		return b
	}
	figure := func(id MeasurementID, on Day, value, low, high Number) Figure {
		return Figure{ID: id, Version: 1, Figures: Figures{To: on, Value: value, Low: low, High: high}}
	}
	all := []Benefit{
		benefit("20", figure("m-1", "2026-05-01", "35", "34", "36"), figure("m-2", "2026-09-01", "30", "", "")), // from 40: 25 % (20 to 30), then 50 %
		benefit("30", figure("m-3", "2026-05-02", "40", "", "")),                                                // 0 %
		benefit("10"),
		{Data: Data{Title: "elsewhere", Status: Measuring}},
	}
	for day, want := range map[Day]MeanReach{
		"2026-04-30": {Benefits: 3}, "2026-05-01": {Benefits: 3, Measured: 1, Part: "25", Low: "20", High: "30"}, "2026-05-02": {Benefits: 3, Measured: 2, Part: "12.5", Low: "10", High: "15"},
		"2026-09-01": {Benefits: 3, Measured: 2, Part: "25", Low: "25", High: "25"},
	} {
		if got := ReachOn(all, area, day, true); got != want {
			t.Errorf("by %s %+v, want %+v", day, got, want)
		}
	}
	late, twin := all[0], all[1]
	late.ID, late.Municipality, late.Shared, late.Baseline.Date = "b-1", "larvik", "driving-hours", late.EffectFrom.After(1)
	twin.ID, twin.Municipality, twin.Shared = "b-2", "larvik", "driving-hours"
	if got := ReachOn([]Benefit{late, twin, all[2]}, area, "2026-09-01", true); got.Late != 1 || got.Alike != 2 || got.Measured != 2 {
		t.Errorf("with one whose baseline is late and one that looks like it %+v", got)
	}
	uncertain := benefit("20", figure("m-4", "2026-05-01", "35", "", ""))
	uncertain.Baseline.Low, uncertain.Baseline.High = "15", "45" // it may be better than the target: nothing bounds what was reached
	if got := ReachOn([]Benefit{uncertain}, area, "2026-06-01", true); got.Part != "25" || got.Low != "" {
		t.Errorf("where nothing bounds it %+v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		got := ReachOn(anyBenefits(t), area, today, true)
		if got.Low != "" && (got.Low.decimal().GreaterThan(got.Part.decimal()) || got.High.decimal().LessThan(got.Part.decimal())) {
			t.Fatalf("%+v: the range does not hold the mean", got)
		}
	})
}

// A portfolio is read in one query, as many documents as there are benefits, however often they were measured; another municipality's are nobody's.
func TestAPortfolioReadsNoMeasurement(t *testing.T) {
	read := func(measurements int) (calls, documents int64) {
		w := newWorld(t)
		for i := range 3 {
			d := full()
			d.Status = Planned
			b := w.walk(w.add(d, coordinator().Person), Measuring)
			for j := range measurements {
				_, err := w.Measure(w.ctx(), coordinator(), Measure{Benefit: b.ID, Data: Measured{Figures: Figures{To: Day("2026-03-01").After(i + j), Value: "30"}}})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		ctx, reads := store.WithReads(w.ctx())
		all := must(w.All(ctx, leader(), "larvik"))(t)
		if p := w.Portfolio(all, model(t), true); p.Measured != 3 {
			t.Fatalf("%d are measured", p.Measured)
		}
		_, err := w.All(ctx, leader(), "tokke")
		wantFault(t, err, fault.Forbidden, "error.forbidden")
		return reads.Calls.Load(), reads.Documents.Load()
	}
	calls, documents := read(4)
	if again, more := read(40); calls != 1 || documents != 3 || again != calls || more != documents {
		t.Errorf("with 4 measurements %d calls and %d documents, with 40 %d and %d", calls, documents, again, more)
	}
}
