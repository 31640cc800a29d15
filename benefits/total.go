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
	return []*Behind{&s.Planned, &s.Measured, &s.Waiting, &s.Unplanned, &s.Figures, &s.Late, &s.Alike}
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
	return Sum{s.Planned.plus(t.Planned), s.Measured.plus(t.Measured), s.Waiting.plus(t.Waiting), s.Unplanned.plus(t.Unplanned), s.Figures.plus(t.Figures), s.Late.plus(t.Late), s.Alike.plus(t.Alike), s.Few + t.Few,
		s.Plan.Add(t.Plan), s.Awaited.Add(t.Awaited), s.Realised.Add(t.Realised), s.Low.Add(t.Low), s.High.Add(t.High),
		s.Apart.Add(t.Apart), s.ApartLow.Add(t.ApartLow), s.ApartHigh.Add(t.ApartHigh)}
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
// shown too. In the same way all that was measured and what of it nobody had planned tell together what came of that which was planned.
//
// What makes a sum doubtful is said wherever the sum is; how many it is of only where three municipalities besides the reader's own have it.
func shown(k IndicatorKey, s Sum) Total {
	may := func(b Behind) bool { return org.MayShowMedian(b.sample()) }
	mayRest := func(b Behind) bool { return b.Benefits == 0 || may(b) }
	t := Total{Indicator: k, Sum: s, ShowRealised: may(s.Figures), ShowAwaited: may(s.Measured)}
	t.ShowPlan = may(s.Planned) && (!t.ShowAwaited || mayRest(s.Waiting))
	t.ShowApart = may(s.Unplanned) && mayRest(s.Measured)
	if t.ShowPlan || t.ShowRealised {
		t.AnyLate, t.AnyAlike = s.Late.Benefits > 0, s.Alike.Benefits > 0
		t.ShowLate, t.ShowAlike = may(s.Late), may(s.Alike)
	}
	if !t.ShowLate {
		t.Late = Behind{}
	}
	if !t.ShowAlike {
		t.Alike = Behind{}
	}
	none := decimal.Zero
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
