package benefits

import (
	"cmp"
	"context"
	"math/big"
	"slices"

	"helhet/assessment"
	"helhet/org"
)

// Uncertainty is carried by interval arithmetic, as in Reached: the ends of what goes in are somebody's judgement and no sample's, so no distribution may be
// assumed. Every result here grows or falls all the way while one of what goes in grows and the others stand, so it is least and greatest where each of
// them is at one of its ends: the corners. They are worked out exactly, and none of them is wider than it has to be.

// ends are how low and how high a baseline may be; both are its value where it is certain.
func (b Baseline) ends() (low, high Number) { return cmp.Or(b.Low, b.Value), cmp.Or(b.High, b.Value) }

func (f Figures) ends() (low, high Number) { return cmp.Or(f.Low, f.Value), cmp.Or(f.High, f.Value) }

// NoRate says why a change can't be told in percent.
type NoRate string

// The reasons.
const (
	BaselineZero   NoRate = "baseline-zero"        // percent of nothing is undefined
	BaselineAround NoRate = "baseline-around-zero" // it may be nought, so that the percentage may be anything
)

// Gain is what a benefit amounts to: what was gained, or what was planned. What can't be worked out is nil.
type Gain struct {
	Change      Range  // from the baseline, for the better where it is positive, in the benefit's own unit and time
	Rate        *Ratio // change of the figure itself as a part of the baseline: below nought where it fell
	PerUser     *Range // of Change, for each whom the measurement describes
	PerThousand *Range // of Change, for a thousand inhabitants
	Year        *Range // of Change, per year, time in hours
	Posts       *Range // full-time posts
	Cost        *Range // kroner per year: what the time costs, the tasks that were avoided, or the money itself
}

// Wanted is an assumption that a calculation asks for, and finds none that holds on its day.
type Wanted struct {
	What What
	Of   IndicatorKey // whose task; "" is the benefit's own, which only the benefit can tell
}

// Used is an assumption that a calculation rests on.
type Used struct {
	What   What
	Of     IndicatorKey
	ID     AssumptionID // "" where it is the benefit's own
	Value  Number
	From   Day
	Source string
}

// Inhabitants is how many live in a municipality, and in which year they were counted; noughts are not known.
type Inhabitants struct{ N, Year int }

// Given is what a calculation rests on besides the benefit itself.
type Given struct {
	Per         Per // the time of the benefit's figures
	Inhabitants Inhabitants
	Assumptions []Assumption
	Today       Day
}

// Calculation is what a benefit amounts to, with all that it rests on.
type Calculation struct {
	At          Day // whose assumptions count: the measurement's day, or today while nothing is measured
	Unit        Unit
	Per         Per
	People      int // described by the measurement; 0 is not known
	Few         bool
	Inhabitants Inhabitants
	NoRate      NoRate
	Gained      *Gain // nil while nothing is measured, or there is no baseline
	Planned     *Gain // nil while there is no target
	Used        []Used
	Wanted      []Wanted
}

// Calculate works out what a benefit amounts to. Its figures alone decide, in whichever order they came.
func (b Benefit) Calculate(g Given) Calculation {
	c := Calculation{At: g.Today, Unit: b.Unit, Per: g.Per, Inhabitants: g.Inhabitants}
	if value, low, high, ok := b.size(); ok { // of what nobody planned the measurement is the change
		last, _ := b.Latest()
		c.At, c.People, c.Few = last.To, last.People, last.Few()
		amount := func(n Number) Amount { return Amount{b.Unit, c.Per, n.decimal().Rat()} }
		gain := Gain{Change: Range{amount(low), amount(value), amount(high)}}
		gain.share(last.People, &c)
		c.Gained = &gain
		b.price(g, &c)
		return c
	}
	if b.Baseline.Value == "" || b.Unit == "" || !b.Direction.valid() {
		return c
	}
	last, measured := b.Latest()
	if measured {
		c.At, c.People, c.Few = last.To, last.People, last.Few()
	}
	low, high := b.Baseline.ends()
	switch zero := (Number("0")).decimal(); {
	case b.Baseline.Value.decimal().IsZero():
		c.NoRate = BaselineZero
	case !low.decimal().GreaterThan(zero) && !high.decimal().LessThan(zero):
		c.NoRate = BaselineAround
	}
	if measured {
		gain := b.gain(last.Figures, &c)
		c.Gained = &gain
	}
	if b.Target.Value != "" {
		gain := b.gain(Figures{Value: b.Target.Value}, &c)
		c.Planned = &gain
	}
	if c.Gained != nil || c.Planned != nil {
		b.price(g, &c)
	}
	return c
}

// gain compares figures with the baseline.
func (b Benefit) gain(f Figures, c *Calculation) Gain {
	baseLow, baseHigh := b.Baseline.ends()
	low, high := f.ends()
	from := func(base, to Number) Amount {
		return Amount{b.Unit, c.Per, to.decimal().Sub(base.decimal()).Rat()}
	}
	g := Gain{Change: Range{from(baseHigh, low), from(b.Baseline.Value, f.Value), from(baseLow, high)}}
	if b.Direction == Less {
		g.Change = Range{g.Change.High.Neg(), g.Change.Value.Neg(), g.Change.Low.Neg()}
	}
	if c.NoRate == "" {
		rate := func(base, to Number) *big.Rat {
			return new(big.Rat).Quo(from(base, to).rat(), base.decimal().Abs().Rat())
		}
		g.Rate = &Ratio{Value: rate(b.Baseline.Value, f.Value)}
		g.Rate.Low, g.Rate.High = corners(rate, baseLow, baseHigh, low, high)
	}
	g.share(f.People, c)
	return g
}

// share works out what a change is for each whom it is of, for a thousand inhabitants and per year. An average, or how it is at one time, is no amount that could be shared out.
func (g *Gain) share(people int, c *Calculation) {
	if unit := g.Change.Value.Unit(); c.Per == "" || unit == Share || unit == Score {
		return
	}
	part := func(n, of int) *Range {
		r, _ := g.Change.each(func(a Amount) (Amount, error) { return a.times(big.NewRat(int64(n), int64(of))), nil })
		return &r
	}
	if people > 0 {
		g.PerUser = part(1, people)
	}
	if c.Inhabitants.N > 0 {
		g.PerThousand = part(1000, c.Inhabitants.N)
	}
	year, err := g.Change.each(Amount.Yearly)
	if err == nil && g.Change.Value.Unit() == Minutes {
		year, err = year.each(func(a Amount) (Amount, error) { return a.In(Hours) })
	}
	if err == nil {
		g.Year = &year
	}
}

// corners are the least and the greatest of a function of a baseline and a figure, at their ends.
func corners(f func(base, to Number) *big.Rat, baseLow, baseHigh, low, high Number) (least, greatest *big.Rat) {
	for _, base := range []Number{baseLow, baseHigh} {
		for _, to := range []Number{low, high} {
			x := f(base, to)
			if least == nil || x.Cmp(least) < 0 {
				least = x
			}
			if greatest == nil || x.Cmp(greatest) > 0 {
				greatest = x
			}
		}
	}
	return least, greatest
}

// price works out posts and kroner, and notes on what they rest.
func (b Benefit) price(g Given, c *Calculation) {
	gains := slices.DeleteFunc([]*Gain{c.Gained, c.Planned}, func(x *Gain) bool { return x == nil || x.Year == nil })
	if len(gains) == 0 {
		return
	}
	given := func(what What, of IndicatorKey) (Number, bool) {
		used, ok := b.Own.used(what)
		if !ok {
			used, ok = asOf(g.Assumptions, what, of, c.At)
		}
		if !ok {
			c.Wanted = append(c.Wanted, Wanted{what, of})
			return "", false
		}
		used.Of = of
		c.Used = append(c.Used, used)
		return used.Value, true
	}
	costing := func(p Price) {
		for _, x := range gains {
			if r, err := x.Year.each(p.Of); err == nil {
				x.Cost = &r
			}
		}
	}
	switch unit := gains[0].Year.Value.Unit(); {
	case unit == NOK:
		for _, x := range gains {
			x.Cost = x.Year
		}
	case unit == Hours:
		if hours, ok := given(HoursPerFTE, ""); ok {
			for _, x := range gains {
				if r, err := x.Year.each(func(a Amount) (Amount, error) { return a.Posts(hours.decimal()) }); err == nil {
					x.Posts = &r
				}
			}
		}
		if cost, ok := given(HourlyCost, ""); ok {
			costing(PriceOf(cost, Hours))
		}
	case b.Type == AvoidedCost:
		if cost, ok := given(TaskCost, b.Shared); ok {
			costing(PriceOf(cost, unit))
		}
	}
}

// Times is the time that a benefit's figures are for: its shared indicator's, or what the benefit says itself, also on one of the municipality's own.
func (s *Service) Times(d Data) Per { return s.Indicators.Times(d) }

// Times is as [Service.Times].
func (c *Indicators) Times(d Data) Per {
	if i, ok := c.Find(d.Shared); ok {
		return i.Per
	}
	return d.Per
}

// Calculation works out what a benefit that the actor may read amounts to.
func (s *Service) Calculation(ctx context.Context, actor org.Actor, b Benefit, in Inhabitants) (Calculation, error) {
	all, err := s.Assumptions(ctx, actor, b.Municipality)
	if err != nil {
		return Calculation{}, err
	}
	return b.Calculate(Given{Per: s.Times(b.Data), Inhabitants: in, Assumptions: all, Today: assessment.DayOf(s.Now())}), nil
}
