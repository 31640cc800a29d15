package benefits

import (
	"cmp"
	"context"
	"maps"
	"math/big"
	"slices"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/store"
	"helhet/org"
)

// Portfolio is a municipality's benefits seen together, all of it worked out of the benefits themselves. It is for the municipality's own people.
type Portfolio struct {
	Benefits   int           // that stand
	WithPlan   int           // of them, that are planned or further and have a target
	Measured   int           // of those, that have been measured
	Late       int           // of all, whose baseline was measured when the measures had effect already
	Alike      int           // of all, that may count the same thing as another, an unexpected effect among these
	Parts      int           // of all, that are a part of another
	Types      []Standings   // each of Types
	Areas      []Standings   // each area of the model, and last "" for what belongs to no task; a benefit of two areas counts in both
	Tasks      []Standings   // each task that has benefits, in the model's order; a benefit of two tasks counts in both
	Uses       []Use         // how the gain is used: of all (Of ""), then of each type that has benefits which are planned or further
	Indicators []Development // each indicator that has a plan: the shared ones in the catalogue's order, then the municipality's own by key
}

// Standings are how many benefits have each status, of something.
type Standings struct {
	Of     string // a type, an area, a task
	Counts map[Status]int
}

// All is how many there are in all.
func (s Standings) All() int {
	n := 0
	for _, c := range s.Counts {
		n += c
	}
	return n
}

// Use is how gains are used, as the mean of the percentages of those benefits that have decided it. Each benefit weighs the same: kroner are known of few, so they
// could only weigh some. Percentages have one decimal.
type Use struct {
	Of                                  Type // "" is all of them
	Decided, Benefits                   int  // who has decided, of all that are planned or further
	Undecided, Unmeasured               int  // of these, who is measured with nothing decided, and who is neither
	BudgetCut, Capacity, Quality, Other Number
}

// Development is what was planned and what was measured on one indicator, day by day.
type Development struct {
	Indicator IndicatorKey
	Steps     []Step
	Cut       bool // there are earlier quarters than those told
	Late      int  // of those counted, whose baseline is late
	Alike     int  // of those counted, that may count the same thing as another
}

// Step is how the sums of an indicator stand on a day. Plan and Awaited are as much as is planned to have come by then.
type Step struct {
	Day   Day
	Ahead bool // it lies after today: nothing is measured then
	Sum
}

// How many quarters a development tells, before today and after it.
const (
	MaxQuarters      = 40
	maxQuartersAhead = 8
)

// All reads a municipality's benefits that stand, unexpected effects among them, at most MaxBenefits, in one query.
func (s *Service) All(ctx context.Context, actor org.Actor, m org.MunicipalityID) ([]Benefit, error) {
	const op = "benefits.All"
	if !org.MayReadBenefits(actor, m) {
		return nil, forbidden(op)
	}
	page, err := s.docs.Find(ctx, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}},
		In: &store.Membership{Field: "shelf", Values: []any{string(Standing), string(Unexpected)}}, Limit: MaxBenefits})
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	all := make([]Benefit, len(page.Docs))
	for i, d := range page.Docs {
		all[i] = benefitOf(d)
	}
	slices.SortStableFunc(all, func(a, b Benefit) int { return b.MadeAt.Compare(a.MadeAt) })
	return all, nil
}

// Portfolio works out what a municipality's benefits are together. The model says which tasks belong to which area. No measurement is read. What nobody had
// planned is in what was measured, as in the totals, and counts among no benefits.
func (s *Service) Portfolio(all []Benefit, model *catalogue.Catalogue, inside bool) Portfolio {
	counting := slices.DeleteFunc(slices.Clone(all), func(b Benefit) bool { return !b.Counts() })
	all = slices.DeleteFunc(slices.Clone(counting), func(b Benefit) bool { return b.Unexpected() })
	p := Portfolio{Benefits: len(all)}
	counted := func(of string, among func(Benefit) bool) Standings { return standingsOf(all, of, among) }
	twins := Twins(counting)
	for _, b := range all {
		if slices.Contains(b.Warnings(), BaselineLate) {
			p.Late++
		}
		if len(twins[b.ID]) > 0 {
			p.Alike++
		}
		if b.PartOf != "" {
			p.Parts++
		}
		if b.Status == Idea || b.Target.Value == "" {
			continue
		}
		p.WithPlan++
		if _, ok := b.Latest(); ok {
			p.Measured++
		}
	}
	p.Types = ByType(all)
	for _, a := range model.Areas {
		p.Areas = append(p.Areas, counted(string(a.Key), func(b Benefit) bool { return b.within(a) }))
		for _, task := range a.Tasks {
			if x := counted(string(task.Key), func(b Benefit) bool { return slices.Contains(b.Tasks, task.Key) }); x.All() > 0 {
				p.Tasks = append(p.Tasks, x)
			}
		}
	}
	p.Areas = append(p.Areas, counted("", func(b Benefit) bool {
		return !slices.ContainsFunc(model.Areas, b.within)
	}))
	p.Uses = Uses(all)
	p.Indicators = s.developments(counting, assessment.DayOf(s.Now()), inside)
	return p
}

func standingsOf(all []Benefit, of string, among func(Benefit) bool) Standings {
	x := Standings{of, map[Status]int{}}
	for _, b := range all {
		if among(b) {
			x.Counts[b.Status]++
		}
	}
	return x
}

// ByType counts benefits by type and status, each of Types.
func ByType(all []Benefit) []Standings {
	var types []Standings
	for _, t := range Types {
		types = append(types, standingsOf(all, string(t), func(b Benefit) bool { return b.Type == t }))
	}
	return types
}

// Uses tells how gains are used: of all first (Of ""), then of each type that has benefits which are planned or further.
func Uses(all []Benefit) []Use {
	var uses []Use
	for _, of := range append([]Type{""}, Types...) {
		if u := useOf(all, of); of == "" || u.Benefits > 0 {
			uses = append(uses, u)
		}
	}
	return uses
}

// within tells whether a benefit belongs to a task of an area.
func (b Benefit) within(a catalogue.Area) bool {
	return slices.ContainsFunc(a.Tasks, func(t catalogue.Task) bool { return slices.Contains(b.Tasks, t.Key) })
}

func useOf(all []Benefit, of Type) Use {
	u := Use{Of: of}
	var sums [4]int64
	for _, b := range all {
		if of != "" && b.Type != of || b.Status == Idea {
			continue
		}
		u.Benefits++
		d := b.Disposition
		if !d.Decided() {
			if _, measured := b.Latest(); measured {
				u.Undecided++
			} else {
				u.Unmeasured++
			}
			continue
		}
		u.Decided++
		for i, n := range []int{d.BudgetCut, d.Capacity, d.Quality, d.Other} {
			sums[i] += int64(n)
		}
	}
	if u.Decided == 0 {
		return u
	}
	for i, to := range []*Number{&u.BudgetCut, &u.Capacity, &u.Quality, &u.Other} {
		*to = rounded(big.NewRat(sums[i], int64(u.Decided)), 1)
	}
	return u
}

// until is a benefit as far as it was measured by a day.
func (b Benefit) until(d Day) Benefit {
	i := slices.IndexFunc(b.Figures, func(f Figure) bool { return f.To > d })
	if i >= 0 {
		b.Figures = b.Figures[:i]
	}
	return b
}

// awaited is how much of a benefit's change is planned to have come by a day: nothing before the start of effect, all of it from the target's day, and evenly in
// between. Where the start is not known it comes at once on the target's day.
func (b Benefit) awaited(on Day) *big.Rat {
	from, to, at := b.EffectFrom.Time(), b.Target.Date.Time(), on.Time()
	switch {
	case !at.Before(to):
		return big.NewRat(1, 1)
	case from.IsZero() || !at.After(from):
		return new(big.Rat)
	}
	const day = 24 * time.Hour
	return big.NewRat(int64(at.Sub(from)/day), int64(to.Sub(from)/day))
}

// developments tells each indicator's sums at the end of every quarter, from where the first plan begins until its last target, and today's.
func (s *Service) developments(all []Benefit, today Day, inside bool) []Development {
	by := map[IndicatorKey][]Benefit{}
	for _, b := range all {
		if c := s.contribution(b); c.Indicator != "" {
			by[c.Indicator] = append(by[c.Indicator], b)
		}
	}
	var list []Development
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(by)), func(k IndicatorKey) bool { return !k.Own() })
	for _, i := range slices.Backward(s.Indicators.all) {
		keys = slices.Insert(keys, 0, i.Key)
	}
	for _, k := range keys {
		if !slices.ContainsFunc(by[k], func(b Benefit) bool { return !b.Unexpected() }) {
			continue // there is no plan to compare with
		}
		d := Development{Indicator: k}
		now := Ledger{}
		for _, b := range by[k] {
			now.Contributions = append(now.Contributions, s.contribution(b))
		}
		slices.SortFunc(now.Contributions, func(a, b Contribution) int { return cmp.Compare(a.Benefit, b.Benefit) })
		counted := now.sums(inside)[k]
		d.Late, d.Alike = counted.Late.Benefits, counted.Alike.Benefits
		days, cut := quarters(by[k], today)
		d.Cut = cut
		known := make([]Contribution, len(by[k])) // as of the day before
		seen := make([]int, len(known))
		for n, day := range days {
			ledger := Ledger{}
			for j, b := range by[k] {
				then := b.until(day)
				if n == 0 || seen[j] != len(then.Figures) {
					known[j], seen[j] = s.contribution(then), len(then.Figures)
				}
				c := known[j]
				c.Like = nil // told once, of today
				if !c.Unplanned && c.Planned != "" {
					planned := c.Planned.decimal().Rat()
					c.Planned = rounded(planned.Mul(planned, b.awaited(day)), decimals)
				}
				ledger.Contributions = append(ledger.Contributions, c)
			}
			slices.SortFunc(ledger.Contributions, func(a, b Contribution) int { return cmp.Compare(a.Benefit, b.Benefit) })
			d.Steps = append(d.Steps, Step{day, day > today, ledger.sums(inside)[k]})
		}
		list = append(list, d)
	}
	return list
}

// quarters are the last days of quarters that benefits on one indicator are told at, and today. cut tells that there were earlier ones.
func quarters(all []Benefit, today Day) (days []Day, cut bool) {
	from, to := today, today
	for _, b := range all {
		for _, d := range []Day{b.EffectFrom, b.Target.Date} {
			if d != "" {
				from, to = min(from, d), max(to, d)
			}
		}
		if first := b.Measured(); len(first) > 0 {
			from = min(from, first[0].To)
		}
	}
	days = []Day{today}
	at := from.Time()
	quarter := time.Date(at.Year(), (at.Month()-1)/3*3+1, 1, 12, 0, 0, 0, time.UTC)
	ahead := 0
	for ahead < maxQuartersAhead {
		quarter = quarter.AddDate(0, 3, 0)
		end := assessment.DayOf(quarter.AddDate(0, 0, -1))
		if end > today {
			ahead++
		}
		if end != today {
			days = append(days, end)
		}
		if end >= to {
			break
		}
	}
	slices.Sort(days)
	if n := len(days) - ahead - MaxQuarters; n > 0 {
		return days[n:], true
	}
	return days, false
}

// coveredIn tells whether a benefit is a part of one that counts in the same area, so that it doesn't weigh there twice.
func (b Benefit) coveredIn(all []Benefit, a catalogue.Area) bool {
	return b.PartOf != "" && slices.ContainsFunc(all, func(x Benefit) bool {
		return x.ID == b.PartOf && x.Counts() && x.Status != Idea && x.within(a) && x.aims()
	})
}

// aims tells whether a benefit has a baseline, and a target that is better.
func (b Benefit) aims() bool {
	plan, ok := Realised(b.Direction, b.Baseline.Value, b.Target.Value, b.Baseline.Value)
	return ok && plan.Part != nil
}

// MeanReach is how much of their plans the measured benefits of something have reached, in percent with one decimal: the mean of what each has reached of its own
// plan, so that hours and kroner need not be added. Each weighs the same.
type MeanReach struct {
	Benefits, Measured int    // that have a plan, and that are measured of them
	Late, Alike        int    // of those measured, whose baseline is late, and that may count the same thing as another of them
	Part               Number // "" while none is measured
	Low, High          Number // "" where nothing bounds it
}

// ReachOn works out the mean of a model's area, as far as it was measured by a day. Benefits of its tasks count that are planned or further and meant to become better.
func ReachOn(all []Benefit, a catalogue.Area, on Day, inside bool) MeanReach {
	var m MeanReach
	var part, low, high big.Rat
	bounded := true
	var counted []Benefit
	for _, b := range all {
		if !b.Counts() || b.Status == Idea || !b.within(a) || !b.aims() || b.coveredIn(all, a) {
			continue
		}
		m.Benefits++
		then := b.until(on)
		last, _ := then.Latest()
		r, ok := then.Reached()
		if !ok || last.Few() && !inside {
			continue
		}
		m.Measured++
		counted = append(counted, b)
		if slices.Contains(b.Warnings(), BaselineLate) {
			m.Late++
		}
		bounded = bounded && !r.Open
		part.Add(&part, r.Part.rat())
		low.Add(&low, r.Low.rat())
		high.Add(&high, r.High.rat())
	}
	if m.Measured == 0 {
		return m
	}
	m.Alike = len(Twins(counted))
	mean := func(x *big.Rat) Number {
		return rounded(x.Mul(x, big.NewRat(100, int64(m.Measured))), 1)
	}
	m.Part = mean(&part)
	if bounded {
		m.Low, m.High = mean(&low), mean(&high)
	}
	return m
}
