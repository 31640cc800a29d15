package charts

import (
	"cmp"
	"slices"

	"helhet/benefits"
)

// BenefitWords are what the chart of a benefit calls its parts.
type BenefitWords struct {
	Axis, Unit                                  string // as in Panel
	Baseline, Plan, Measured, EffectFrom, Today string
}

// Amount is a benefit's value as charts have it; what was never given is a gap.
func Amount(n benefits.Number) Value {
	if thousandths, ok := n.Thousandths(); ok {
		return Score(thousandths)
	}
	return Gap(NotMeasured)
}

// OfBenefit draws a benefit's baseline, its plan from the start of effect to the
// target, and what was measured, each with how low and high it may be. Planned
// days that passed without a measurement break the line. Inside tells that the
// chart stays inside the municipality; outside figures of few people are "<5"
// and neither drawn nor told. The benefit's own figures are enough, no
// measurement is read.
func OfBenefit(a About, w BenefitWords, b benefits.Benefit, today benefits.Day, inside bool) Course {
	c := Course{About: a, Marks: []Mark{{today.Time(), w.Today}}}
	point := func(d benefits.Day, value, low, high benefits.Number) Point {
		return Point{Day: d.Time(), When: a.Format.Day(d.Time()), Value: Amount(value), Low: Amount(low), High: Amount(high)}
	}
	p := Panel{Name: w.Axis, Unit: w.Unit}
	if base := b.Baseline; base.Value != "" && base.Date != "" {
		p.Tracks = append(p.Tracks, Track{Name: w.Baseline, Stroke: Alone, Points: []Point{point(base.Date, base.Value, base.Low, base.High)}})
	}
	if b.Target.Value != "" && b.Target.Date != "" {
		plan := Track{Name: w.Plan, Stroke: Dashed, Points: []Point{point(b.Target.Date, b.Target.Value, "", "")}}
		if b.Baseline.Value != "" && b.EffectFrom != "" && b.EffectFrom < b.Target.Date {
			plan.Points = slices.Insert(plan.Points, 0, point(b.EffectFrom, b.Baseline.Value, "", ""))
		}
		p.Tracks = append(p.Tracks, plan)
	}
	if b.EffectFrom != "" {
		c.Marks = slices.Insert(c.Marks, 0, Mark{b.EffectFrom.Time(), w.EffectFrom})
	}
	measured := Track{Name: w.Measured}
	for _, f := range b.Measured() {
		pt := point(f.To, f.Value, f.Low, f.High)
		if f.From != "" && f.From != f.To {
			pt.When = a.Format.Day(f.From.Time()) + "–" + pt.When
		}
		if f.Few() && !inside {
			pt.Value, pt.Low, pt.High = Gap(FewPeople), Value{}, Value{}
		}
		measured.Points = append(measured.Points, pt)
	}
	for _, day := range b.Missed(today) {
		measured.Points = append(measured.Points, point(day, "", "", ""))
	}
	slices.SortStableFunc(measured.Points, func(x, y Point) int { return cmp.Compare(x.Day.Unix(), y.Day.Unix()) })
	if len(measured.Points) > 0 {
		p.Tracks = append(p.Tracks, measured)
	}
	if len(p.Tracks) > 0 {
		c.Panels = []Panel{p}
	}
	return c
}
