package benefits

import (
	"math/big"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// worked is a benefit of hours per week with everything that a calculation asks for.
func worked() (Benefit, Given) {
	d := full()
	d.Status = Measuring
	b := Benefit{Data: d, Figures: []Figure{{ID: "m-1", Version: 1, Figures: Figures{To: "2026-06-01", Value: "30", Low: "28", High: "33", People: 20}}}}
	assumed := func(what What, of IndicatorKey, from Day, value Number) Assumption {
		return Assumption{ID: AssumptionID(string(what) + "-" + string(from)), What: what, Of: of, From: from, Versions: []AssumedVersion{{Assumed: Assumed{Value: value, Source: "Budsjettet"}}}}
	}
	return b, Given{Per: Week, Inhabitants: Inhabitants{48000, 2023}, Today: "2026-11-23", Assumptions: []Assumption{
		assumed(HourlyCost, "", "2025-01-01", "400"), assumed(HourlyCost, "", "2026-06-01", "450.50"), assumed(HourlyCost, "", "2026-06-02", "999"),
		assumed(HoursPerFTE, "", "2026-01-01", "1700"), assumed(TaskCost, "home-visits", "2026-01-01", "320"),
	}}
}

func wantRange(t *testing.T, what string, r *Range, places int, low, value, high Number) {
	t.Helper()
	if r == nil {
		t.Errorf("%s is missing", what)
	} else if l, v, h := r.Low.Rounded(places), r.Value.Rounded(places), r.High.Rounded(places); l != low || v != value || h != high {
		t.Errorf("%s: %s–%s–%s %s, want %s–%s–%s", what, l, v, h, r.Value.Unit(), low, value, high)
	}
}

// Worked out by hand: 40 hours a week, 38 to 43, became 30, 28 to 33; 22.5 is the target.
func TestWhatABenefitAmountsTo(t *testing.T) {
	b, given := worked()
	b.Baseline.Low, b.Baseline.High = "38", "43"
	c := b.Calculate(given)
	g := c.Gained
	wantRange(t, "change", &g.Change, 2, "5", "10", "15")
	wantRange(t, "per user", g.PerUser, 2, "0.25", "0.5", "0.75")
	wantRange(t, "per thousand", g.PerThousand, 4, "0.1042", "0.2083", "0.3125")
	wantRange(t, "year", g.Year, 2, "260", "520", "780")
	wantRange(t, "posts", g.Posts, 3, "0.153", "0.306", "0.459")
	wantRange(t, "kroner", g.Cost, 2, "117130", "234260", "351390")
	wantRange(t, "planned", &c.Planned.Change, 2, "15.5", "17.5", "20.5")
	wantRange(t, "planned kroner", c.Planned.Cost, 2, "363103", "409955", "480233")
	if g.Rate == nil || Percent(g.Rate.Low, 1) != "-34.9" || Percent(g.Rate.Value, 1) != "-25" || Percent(g.Rate.High, 1) != "-13.2" {
		t.Errorf("%+v", g.Rate) // 28 of 43, and 33 of 38
	}
	if c.Planned.PerUser != nil {
		t.Error("a target describes nobody")
	}
	if c.At != "2026-06-01" || len(c.Used) != 2 || c.Used[0].Value != "1700" || c.Used[1].Value != "450.50" || c.Used[1].From != "2026-06-01" || c.Used[1].Source == "" || len(c.Wanted) != 0 {
		t.Errorf("%+v", c)
	}
	// Its own come before the municipality's.
	b.Own = Own{HourlyCost: "500", Date: "2026-02-01", Source: "Turnusen"}
	if c := b.Calculate(given); c.Used[1].Value != "500" || c.Used[1].ID != "" || c.Used[1].From != "2026-02-01" || c.Gained.Cost.Value.Rounded(0) != "260000" {
		t.Errorf("%+v", c.Used)
	}
	// What is not there is asked for, and nothing is made up.
	b.Own, given.Assumptions = Own{}, given.Assumptions[2:3] // from the day after
	if c := b.Calculate(given); c.Gained.Cost != nil || c.Gained.Posts != nil || !reflect.DeepEqual(c.Wanted, []Wanted{{HoursPerFTE, ""}, {HourlyCost, ""}}) || c.Gained.Year == nil {
		t.Errorf("%+v", c)
	}
	// Nothing measured: what is planned, at today's prices.
	b.Figures = nil
	if c := b.Calculate(given); c.Gained != nil || c.Planned == nil || c.At != given.Today || c.Planned.Cost.Value.Rounded(0) != "909090" {
		t.Errorf("%+v", c)
	}
	b.Baseline = Baseline{}
	if c := b.Calculate(given); c.Gained != nil || c.Planned != nil {
		t.Errorf("%+v", c)
	}
}

func TestAvoidedCostIsAvoidedTasksTimesTheCostOfOne(t *testing.T) {
	b, given := worked()
	b.Type, b.Unit, b.Shared, b.Indicator = AvoidedCost, Visits, "home-visits", ""
	c := b.Calculate(given)
	wantRange(t, "avoided cost", c.Gained.Cost, 0, "116480", "166400", "199680") // 10 visits, 7 to 12, for 52 weeks of 320 kroner
	if c.Gained.Posts != nil || len(c.Used) != 1 || c.Used[0].Of != "home-visits" {
		t.Errorf("%+v", c)
	}
	b.Shared = "needless-call-outs" // another's cost is not its
	if c := b.Calculate(given); c.Gained.Cost != nil || !reflect.DeepEqual(c.Wanted, []Wanted{{TaskCost, "needless-call-outs"}}) {
		t.Errorf("%+v", c)
	}
	b.Type = IncreasedQuality // nothing was meant to be saved
	if c := b.Calculate(given); c.Gained.Cost != nil || len(c.Wanted) != 0 {
		t.Errorf("%+v", c)
	}
	b.Type, b.Unit, b.Shared, given.Per = AvoidedCost, NOK, "", Month
	wantRange(t, "money itself", b.Calculate(given).Gained.Cost, 0, "84", "120", "144")
	given.Per = "" // an average is no amount
	if g := b.Calculate(given).Gained; g.Cost != nil || g.Year != nil || g.PerUser != nil || g.PerThousand != nil || g.Rate == nil {
		t.Errorf("%+v", g)
	}
}

func TestPercentOfNothingIsNotMadeUp(t *testing.T) {
	b, given := worked()
	for _, c := range []struct {
		base Baseline
		want NoRate
	}{
		{Baseline{Value: "0"}, BaselineZero}, {Baseline{Value: "0", Low: "0", High: "3"}, BaselineZero}, {Baseline{Value: "2", Low: "0", High: "3"}, BaselineAround},
		{Baseline{Value: "2", Low: "-1", High: "3"}, BaselineAround}, {Baseline{Value: "-2"}, ""}, {Baseline{Value: "2", Low: "1", High: "3"}, ""},
	} {
		b.Baseline = c.base
		got := b.Calculate(given)
		if got.NoRate != c.want || (got.Gained.Rate == nil) != (c.want != "") || (got.Planned.Rate == nil) != (c.want != "") || got.Gained.Cost == nil {
			t.Errorf("%+v: %+v", c.base, got)
		}
	}
	// A loss that became smaller has risen.
	b.Unit, b.Direction, b.Baseline, b.Target.Value, b.Figures = NOK, More, Baseline{Value: "-200"}, "0", []Figure{{ID: "m", Version: 1, Figures: Figures{To: "2026-06-01", Value: "-100"}}}
	if g := b.Calculate(given).Gained; Percent(g.Rate.Value, 0) != "50" || g.Change.Value.Rounded(0) != "100" {
		t.Errorf("%+v", g)
	}
}

// drawn is a benefit with uncertain figures, in any order and either direction, and what its calculation rests on.
func drawn(t *rapid.T) (Benefit, Given) {
	b, given := worked()
	number := func(name, pattern string) Number { return Read(rapid.StringMatching(pattern).Draw(t, name)) }
	around := func(name string) (value, low, high Number) {
		value = number(name, `-?[0-9]{1,4}(\.[0-9]{1,2})?`)
		if rapid.Bool().Draw(t, name+" is uncertain") {
			low = plain(value.decimal().Sub(number(name+" below", `[0-9]{1,3}`).decimal()))
			high = plain(value.decimal().Add(number(name+" above", `[0-9]{1,3}`).decimal()))
		}
		return value, low, high
	}
	b.Type, b.Unit = rapid.SampledFrom(Types).Draw(t, "type"), rapid.SampledFrom([]Unit{Hours, Minutes, Visits, NOK}).Draw(t, "unit")
	b.Shared, given.Per = "home-visits", rapid.SampledFrom(append(Pers, "")).Draw(t, "per")
	b.Direction = rapid.SampledFrom(Directions).Draw(t, "direction")
	b.Baseline.Value, b.Baseline.Low, b.Baseline.High = around("baseline")
	b.Target.Value = number("target", `-?[0-9]{1,4}`)
	b.Figures = nil
	for _, day := range []Day{"2026-04-01", "2026-05-01", "2026-06-01"}[:rapid.IntRange(1, 3).Draw(t, "measurements")] {
		f := Figures{To: day, People: rapid.IntRange(0, 9).Draw(t, "people")}
		f.Value, f.Low, f.High = around("value")
		b.Figures = append(b.Figures, Figure{ID: MeasurementID(day), Version: 1, Figures: f})
	}
	return b, given
}

// ranges are all that a calculation gives, by name.
func (c Calculation) ranges() map[string]Ratio {
	all := map[string]Ratio{}
	for whose, g := range map[string]*Gain{"gained ": c.Gained, "planned ": c.Planned} {
		if g == nil {
			continue
		}
		if g.Rate != nil {
			all[whose+"rate"] = *g.Rate
		}
		for name, r := range map[string]*Range{"change": &g.Change, "per user": g.PerUser, "per thousand": g.PerThousand, "year": g.Year, "posts": g.Posts, "cost": g.Cost} {
			if r != nil {
				all[whose+name] = Ratio{r.Low.rat(), r.Value.rat(), r.High.rat()}
			}
		}
	}
	return all
}

// Whatever the baseline and the figure were within their ranges, what comes out lies within its own; and its ends are what some of them give, so that it is
// no wider than it must be. Either direction, any unit.
func TestRangesHoldWhatMayBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, given := drawn(t)
		c := b.Calculate(given)
		last, _ := b.Latest()
		within := func(name string, low, high Number) Number {
			cut := rapid.IntRange(0, 100).Draw(t, name)
			return plain(low.decimal().Add(high.decimal().Sub(low.decimal()).Mul(Read(big.NewInt(int64(cut)).String()).decimal()).Shift(-2)))
		}
		at := func(base, value Number) map[string]Ratio {
			x := b
			x.Baseline.Value, x.Baseline.Low, x.Baseline.High = base, "", ""
			f := last
			f.Value, f.Low, f.High = value, "", ""
			x.Figures = []Figure{f}
			return x.Calculate(given).ranges()
		}
		baseLow, baseHigh := b.Baseline.ends()
		low, high := last.ends()
		inside := at(within("base", baseLow, baseHigh), within("value", low, high))
		touched := map[string][2]bool{}
		for _, base := range []Number{baseLow, baseHigh} {
			for _, value := range []Number{low, high} {
				for name, x := range at(base, value) {
					r, ok := c.ranges()[name]
					seen := touched[name]
					touched[name] = [2]bool{seen[0] || ok && x.Value.Cmp(r.Low) == 0, seen[1] || ok && x.Value.Cmp(r.High) == 0}
				}
			}
		}
		for name, r := range c.ranges() {
			if r.Low.Cmp(r.Value) > 0 || r.Value.Cmp(r.High) > 0 {
				t.Fatalf("%s: %v is not from %v to %v", name, r.Value, r.Low, r.High)
			}
			if x, ok := inside[name]; !ok || x.Value.Cmp(r.Low) < 0 || x.Value.Cmp(r.High) > 0 {
				t.Fatalf("%s may be %v, which is not from %v to %v", name, x.Value, r.Low, r.High)
			}
			if touched[name] != [2]bool{true, true} {
				t.Fatalf("%s from %v to %v is wider than it may be: %v", name, r.Low, r.High, touched[name])
			}
		}
	})
}

// What may have been reached holds what would have been, whatever the baseline was.
func TestReachedHoldsWhatMayBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, _ := drawn(t)
		r, ok := b.Reached()
		if !ok {
			return
		}
		baseLow, baseHigh := b.Baseline.ends()
		last, _ := b.Latest()
		low, high := last.ends()
		open := false
		for _, base := range []Number{baseLow, b.Baseline.Value, baseHigh} {
			for _, value := range []Number{low, last.Value, high} {
				x, _ := Realised(b.Direction, base, b.Target.Value, value)
				if x.Part == nil {
					open = true
				} else if !r.Open && (x.Part.rat().Cmp(r.Low.rat()) < 0 || x.Part.rat().Cmp(r.High.rat()) > 0) {
					t.Fatalf("%v is not from %v to %v", x.Part, r.Low, r.High)
				}
			}
		}
		if open != r.Open {
			t.Fatalf("open is %t: %+v", r.Open, b.Baseline)
		}
	})
}

// Minutes for hours change nothing of what a benefit amounts to.
func TestAnotherUnitChangesNoTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, given := drawn(t)
		b.Unit = Hours
		inHours := b.Calculate(given)
		sixty := func(n *Number) {
			if *n != "" {
				*n = plain(n.decimal().Mul(Number("60").decimal()))
			}
		}
		b.Unit = Minutes
		for _, n := range []*Number{&b.Baseline.Value, &b.Baseline.Low, &b.Baseline.High, &b.Target.Value} {
			sixty(n)
		}
		for i := range b.Figures {
			sixty(&b.Figures[i].Value)
			sixty(&b.Figures[i].Low)
			sixty(&b.Figures[i].High)
		}
		inMinutes := b.Calculate(given).ranges()
		for name, h := range inHours.ranges() {
			m, ok := inMinutes[name]
			if per := name[len(name)-4:]; per == "ange" || per == "user" || per == "sand" { // in the benefit's own unit
				h = Ratio{new(big.Rat).Mul(h.Low, big.NewRat(60, 1)), new(big.Rat).Mul(h.Value, big.NewRat(60, 1)), new(big.Rat).Mul(h.High, big.NewRat(60, 1))}
			}
			if !ok || h.Low.Cmp(m.Low) != 0 || h.Value.Cmp(m.Value) != 0 || h.High.Cmp(m.High) != 0 {
				t.Fatalf("%s: %v in hours, %v in minutes", name, h, m)
			}
		}
	})
}

// In whichever order measurements come, and whatever was corrected and taken back, a benefit amounts to the same.
func TestACalculationIsTheSameInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, given := drawn(t)
		want := b.Calculate(given)
		slip := rapid.SampledFrom(b.Figures).Draw(t, "corrected")
		wrong, back := slip, slip
		wrong.Version, wrong.Value, wrong.To = 2, "77", rapid.SampledFrom([]Day{"2026-01-01", "2026-07-01"}).Draw(t, "day")
		back.Version = 3
		came := rapid.Permutation(append([]Figure{wrong, back}, b.Figures...)).Draw(t, "order")
		b.Figures = nil
		for _, f := range came {
			b.Figures = take(b.Figures, f)
		}
		given.Assumptions = rapid.Permutation(given.Assumptions).Draw(t, "assumptions")
		if got := b.Calculate(given); !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, want %+v", got, want)
		}
	})
}
