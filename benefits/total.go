package benefits

import (
	"helhet/org"

	"github.com/shopspring/decimal"
)

// Sum is what several benefits on one indicator amount to together, in the indicator's unit and for its time. Changes are positive when they are for the
// better. All of it is exact, so that in whichever order and grouping benefits are added up, the sum is the same.
type Sum struct {
	Planned   Behind // benefits with a plan
	Measured  Behind // those of them that were measured
	Waiting   Behind // those that were not
	Unplanned Behind // effects that nobody had planned
	Figures   Behind // what was measured, planned or not
	Late      Behind // benefits with a plan whose baseline was measured when the measures had effect already
	Alike     Behind // what may count the same thing as something else that is counted
	Few       int    // benefits left out, since their figures describe fewer than [FewPeople]

	LateMeasured                Behind // those of Late that were measured
	AlikePlanned, AlikeMeasured Behind // those of Alike that have a plan, and those that were measured

	Plan, Awaited              decimal.Decimal // the change that was planned: of all, and of those measured
	Realised, Low, High        decimal.Decimal // the change that was measured last, planned or not, and how low and high it may be
	Apart, ApartLow, ApartHigh decimal.Decimal // what of it nobody had planned
}

// Behind is who stands behind a sum: how many benefits, of how many municipalities, of which so many are the reader's own.
type Behind struct{ Benefits, Municipalities, Own int }

func (b Behind) plus(c Behind) Behind {
	return Behind{b.Benefits + c.Benefits, b.Municipalities + c.Municipalities, b.Own + c.Own}
}

// sample is the same as the access rules ask for it. No sum is shown beside what single municipalities have, so nobody stands unnamed.
func (b Behind) sample() org.Sample { return org.Sample{N: b.Municipalities, Own: b.Own} }

// behind lists who stands behind its parts.
func (s *Sum) behind() []*Behind {
	return []*Behind{&s.Planned, &s.Measured, &s.Waiting, &s.Unplanned, &s.Figures, &s.Late, &s.Alike, &s.LateMeasured, &s.AlikePlanned, &s.AlikeMeasured}
}

// owned is the sum of a municipality that is the reader's.
func (s Sum) owned() Sum {
	for _, b := range s.behind() {
		b.Own = b.Municipalities
	}
	return s
}

// plus adds two sums of one indicator that share no municipality.
func (s Sum) plus(t Sum) Sum {
	sum := Sum{Few: s.Few + t.Few,
		Plan: s.Plan.Add(t.Plan), Awaited: s.Awaited.Add(t.Awaited), Realised: s.Realised.Add(t.Realised), Low: s.Low.Add(t.Low), High: s.High.Add(t.High),
		Apart: s.Apart.Add(t.Apart), ApartLow: s.ApartLow.Add(t.ApartLow), ApartHigh: s.ApartHigh.Add(t.ApartHigh)}
	all, a, b := sum.behind(), s.behind(), t.behind()
	for i := range all {
		*all[i] = a[i].plus(*b[i])
	}
	return sum
}

// Reached is how much of what was planned was reached by those that were measured, and how little and how much it may be. What nobody had planned is counted in: a loss on the
// way makes less of the gain. ok is false where nothing was measured, or nothing for the better was planned.
func (s Sum) Reached() (r Reach, ok bool) {
	if s.Measured.Benefits == 0 || !s.Awaited.IsPositive() {
		return r, false
	}
	part := func(d decimal.Decimal) Fraction {
		q := d.Rat()
		q.Quo(q, s.Awaited.Rat())
		return Fraction{q.Num(), q.Denom()}
	}
	return Reach{Low: part(s.Low), Part: part(s.Realised), High: part(s.High)}, true
}

// Total is an indicator's sum as somebody may see it. What is not shown is nought in Sum.
type Total struct {
	Indicator IndicatorKey
	Sum
	ShowPlan     bool
	ShowRealised bool // Realised, Low and High
	ShowAwaited  bool
	ShowApart    bool
	ShowLate     bool // how many have a baseline that is late, and ShowAlike how many may be counted twice
	ShowAlike    bool
	AnyLate      bool // something that is shown rests on such a baseline, however many they are
	AnyAlike     bool // something that is shown may be counted twice
}

// whole is a sum that nothing is withheld of.
func whole(k IndicatorKey, s Sum) Total {
	return Total{k, s, true, true, true, true, true, true, s.Late.Benefits > 0, s.Alike.Benefits > 0}
}

// shown is a sum as it may be shown to a reader, without what may not: see [org.MayShowMedian].
//
// What was planned in all and what was planned for those measured tell together what was planned for those that were not, so both are shown only where that may be
// shown too. In the same way all that was measured and what of it nobody had planned tell together what came of that which was planned. Whether there is somebody at all whom
// the second is shown to decides, and not whether this reader is: two who put side by side what each of them sees learn of no single municipality either.
//
// What makes a sum doubtful is said wherever the sum is, and of no more than what is shown; how many it is of only where three municipalities besides the reader's own have it.
func shown(k IndicatorKey, s Sum) Total {
	may := func(b Behind) bool { return org.MayShowMedian(b.sample()) }
	mayRest := func(b Behind) bool { return b.Benefits == 0 || may(b) }
	toSomebody := func(b Behind) bool { return org.MayShowMedian(org.Sample{N: b.Municipalities}) } // who has none of them herself
	t := Total{Indicator: k, Sum: s, ShowRealised: may(s.Figures), ShowAwaited: may(s.Measured)}
	t.ShowPlan = may(s.Planned) && (!toSomebody(s.Measured) || mayRest(s.Waiting))
	t.ShowApart = may(s.Unplanned) && mayRest(s.Measured)
	late, alike := s.Late, s.Alike
	switch {
	case t.ShowPlan && t.ShowRealised:
	case t.ShowPlan:
		alike = s.AlikePlanned
	case t.ShowRealised:
		late, alike = s.LateMeasured, s.AlikeMeasured
	default:
		late, alike = Behind{}, Behind{}
	}
	t.Late, t.AnyLate, t.ShowLate = late, late.Benefits > 0, may(late)
	t.Alike, t.AnyAlike, t.ShowAlike = alike, alike.Benefits > 0, may(alike)
	return t.withheld()
}

// across is what groups amount to that have no municipality in common, to a reader who may be shown each of them. An amount is added up of those groups alone that it may be
// shown of. So whoever takes what some groups have from it is left with what may be shown of others, and nothing else.
//
// What was measured is added up where what was planned for it is as well, and the plan of those measured where that of all is withheld, so that the amounts are of
// the same groups. What nobody had planned is said apart only where it is said of every group whose measured change is counted.
func across(k IndicatorKey, groups []Sum) Total {
	t, all := Total{Indicator: k, ShowApart: true, ShowLate: true, ShowAlike: true}, Sum{}
	for _, s := range groups {
		g, in := shown(k, s), Sum{Few: s.Few}
		switch {
		case g.ShowPlan:
			in.Planned, in.Waiting, in.Plan = g.Planned, g.Waiting, g.Plan
		case g.ShowAwaited:
			in.Planned, in.Plan = g.Measured, g.Awaited
		}
		if g.ShowAwaited {
			in.Measured, in.Awaited = g.Measured, g.Awaited
		}
		if g.ShowRealised && (g.ShowAwaited || g.Measured.Benefits == 0) {
			in.Figures, in.Realised, in.Low, in.High = g.Figures, g.Realised, g.Low, g.High
			in.Unplanned, in.Apart, in.ApartLow, in.ApartHigh = g.Unplanned, g.Apart, g.ApartLow, g.ApartHigh
			t.ShowApart = t.ShowApart && (g.ShowApart || g.Unplanned.Benefits == 0)
		}
		if in.Planned.Benefits > 0 || in.Figures.Benefits > 0 {
			in.Late, in.Alike = g.Late, g.Alike
			t.AnyLate, t.AnyAlike = t.AnyLate || g.AnyLate, t.AnyAlike || g.AnyAlike
			t.ShowLate, t.ShowAlike = t.ShowLate && (g.ShowLate || !g.AnyLate), t.ShowAlike && (g.ShowAlike || !g.AnyAlike)
		}
		t.Sum, all = t.plus(in), all.plus(s)
	}
	t.ShowPlan, t.ShowAwaited, t.ShowRealised = t.Planned.Benefits > 0, t.Measured.Benefits > 0, t.Figures.Benefits > 0
	t.ShowApart, t.ShowLate, t.ShowAlike = t.ShowApart && t.Unplanned.Benefits > 0, t.ShowLate && t.AnyLate, t.ShowAlike && t.AnyAlike
	// Where nothing may be shown, how many it is of is told, as of a region.
	if !t.ShowPlan {
		t.Planned, t.Waiting = all.Planned, all.Waiting
	}
	if !t.ShowAwaited {
		t.Measured = all.Measured
	}
	if !t.ShowRealised {
		t.Figures, t.Unplanned = all.Figures, all.Unplanned
	}
	return t.withheld()
}

// withheld is a total without what is not shown.
func (t Total) withheld() Total {
	none := decimal.Zero
	t.LateMeasured, t.AlikePlanned, t.AlikeMeasured = Behind{}, Behind{}, Behind{} // they are in Late and Alike where they count
	if !t.ShowLate {
		t.Late = Behind{}
	}
	if !t.ShowAlike {
		t.Alike = Behind{}
	}
	if !t.ShowPlan {
		t.Plan = none
	}
	if !t.ShowAwaited {
		t.Awaited = none
	}
	if !t.ShowRealised {
		t.Realised, t.Low, t.High = none, none, none
	}
	if !t.ShowApart {
		t.Apart, t.ApartLow, t.ApartHigh = none, none, none
	}
	return t
}
