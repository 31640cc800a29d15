package benefits

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Contribution is what a benefit adds to the sum of its indicator, and where it belongs. It is worked out of the benefit alone.
type Contribution struct {
	Benefit   ID                  `bson:"benefit"`
	Change    int                 `bson:"change"`              // of the benefit: of two contributions the later counts, in whichever order they come
	Tasks     []catalogue.TaskKey `bson:"tasks,omitempty"`     // none of what was removed
	Steps     []assessment.StepID `bson:"steps,omitempty"`     // the same
	Status    Status              `bson:"status,omitempty"`    //
	Measured  bool                `bson:"measured,omitempty"`  // something was measured
	Due       Day                 `bson:"due,omitempty"`       // when it is to be measured next; "" while nothing is to be
	Indicator IndicatorKey        `bson:"indicator,omitempty"` // "" adds to nothing
	On        IndicatorKey        `bson:"on,omitempty"`        // the indicator of the municipality's own that it is on, also where it adds nothing
	Planned   Number              `bson:"planned,omitempty"`   // the change that was planned, positive for the better
	Realised  Number              `bson:"realised,omitempty"`  // the change that was measured last; "" is none
	Low       Number              `bson:"low,omitempty"`       //
	High      Number              `bson:"high,omitempty"`      //
	Unplanned bool                `bson:"unplanned,omitempty"` // nobody had planned it: an unexpected effect
	PartOf    ID                  `bson:"partOf,omitempty"`    // another that counts it already, where that counts itself
	Few       bool                `bson:"few,omitempty"`       // it describes so few people that it never leaves the municipality
	Late      bool                `bson:"late,omitempty"`      // its baseline was measured when the measures had effect already
	Like      *Likeness           `bson:"like,omitempty"`      // nil is like nothing
}

// adds tells whether a benefit's indicator is one that is added up. Of the municipality's own the benefit itself has the unit and the time, and they stay
// while it is on it.
func (s *Service) adds(d Data) bool {
	if d.Shared.Own() {
		return Addable(d.Unit, d.Per)
	}
	i, ok := s.Indicators.Find(d.Shared)
	return ok && i.Adds
}

// contribution of a benefit: none while it is an idea or removed, measured in its own words, on an indicator that is never added up, or has no plan. What nobody planned
// adds its size, with its sign, once it is measured.
func (s *Service) contribution(b Benefit) Contribution {
	c := Contribution{Benefit: b.ID, Change: b.Change, PartOf: b.PartOf, Like: b.likeness()}
	if b.Counts() {
		_, measured := b.Latest()
		c.Tasks, c.Steps, c.Status, c.Measured, c.Due = b.Tasks, b.Steps, b.Status, measured, b.Due()
		if b.Shared.Own() {
			c.On = b.Shared
		}
	}
	if !s.adds(b.Data) || b.Status == Idea || !b.Counts() {
		return c
	}
	if b.Unexpected() {
		value, low, high, measured := b.size()
		if last, _ := b.Latest(); measured {
			c.Indicator, c.Unplanned, c.Realised, c.Low, c.High, c.Few = b.Shared, true, value, low, high, last.Few()
		}
		return c
	}
	plan, ok := Realised(b.Direction, b.Baseline.Value, b.Target.Value, b.Baseline.Value)
	if !ok || b.Target.Value == "" {
		return c
	}
	c.Indicator, c.Planned, c.Late = b.Shared, plan.Planned, slices.Contains(b.Warnings(), BaselineLate)
	last, ok := b.Latest()
	if !ok {
		return c
	}
	change := func(base, to Number) Number {
		r, _ := Realised(b.Direction, base, "", to)
		return r.Change
	}
	c.Realised, c.Few = change(b.Baseline.Value, last.Value), last.Few()
	baseLow, baseHigh := b.Baseline.ends()
	low, high := last.ends()
	c.Low, c.High = change(baseHigh, low), change(baseLow, high) // where more is better
	if b.Direction == Less {
		c.Low, c.High = change(baseLow, high), change(baseHigh, low)
	}
	return c
}

// Adds tells whether a benefit adds to the sum of its indicator, so that its parts don't.
func (s *Service) Adds(b Benefit) bool { return s.contribution(b).Indicator != "" }

// sum is a contribution as a sum of one.
func (c Contribution) sum() Sum {
	if c.Unplanned {
		s := Sum{Unplanned: Behind{Benefits: 1}, Figures: Behind{Benefits: 1}, Realised: c.Realised.decimal(), Low: c.Low.decimal(), High: c.High.decimal()}
		s.Apart, s.ApartLow, s.ApartHigh = s.Realised, s.Low, s.High
		return s
	}
	s := Sum{Planned: Behind{Benefits: 1}, Plan: c.Planned.decimal()}
	if c.Late {
		s.Late.Benefits = 1
	}
	if c.Realised == "" {
		s.Waiting.Benefits = 1
		return s
	}
	s.Measured.Benefits, s.Figures.Benefits, s.Awaited, s.LateMeasured = 1, 1, s.Plan, s.Late
	s.Realised, s.Low, s.High = c.Realised.decimal(), c.Low.decimal(), c.High.decimal()
	return s
}

// alikeSum is what it adds to a sum that it may be counted twice, besides what it is.
func (c Contribution) alikeSum() Sum {
	s := Sum{Alike: Behind{Benefits: 1}}
	if !c.Unplanned {
		s.AlikePlanned.Benefits = 1
	}
	if c.Realised != "" {
		s.AlikeMeasured.Benefits = 1
	}
	return s
}

// Ledger is what a municipality's benefits add to the sums: one document at the municipality's own id, derived from them, so that who adds up a region or
// the country reads one document for each municipality and no measurement.
type Ledger struct {
	Contributions []Contribution `bson:"contributions"` // in the order of their benefits' ids
}

// take puts a contribution among the others. One of an earlier change than what stands changes nothing; one of the same change differs only where a
// newer version of the program makes more of it.
func (l *Ledger) take(c Contribution) (changed bool) {
	i, there := slices.BinarySearchFunc(l.Contributions, c, func(a, b Contribution) int { return cmp.Compare(a.Benefit, b.Benefit) })
	switch {
	case !there:
		l.Contributions = slices.Insert(slices.Clone(l.Contributions), i, c)
	case l.Contributions[i].Change < c.Change, l.Contributions[i].Change == c.Change && !reflect.DeepEqual(l.Contributions[i], c):
		l.Contributions = slices.Clone(l.Contributions)
		l.Contributions[i] = c
	default:
		return false
	}
	return true
}

// covered tells whether a contribution is a part of another that counts, so that it is counted there. A whole that doesn't count, since it was removed, is an idea or has no plan, leaves
// it to its parts.
func (l Ledger) covered(c Contribution) bool {
	if c.PartOf == "" {
		return false
	}
	i, ok := slices.BinarySearchFunc(l.Contributions, c.PartOf, func(x Contribution, id ID) int { return cmp.Compare(x.Benefit, id) })
	return ok && l.Contributions[i].Indicator == c.Indicator && l.Contributions[i].PartOf == ""
}

// sums adds up a municipality's contributions by indicator. Inside the municipality all of them count; outside those of few people are left out.
func (l Ledger) sums(inside bool) map[IndicatorKey]Sum {
	all := map[IndicatorKey]Sum{}
	for _, c := range l.Contributions {
		if c.Indicator == "" || l.covered(c) {
			continue
		}
		s := all[c.Indicator]
		if c.Few && !inside {
			s.Few++
		} else {
			if s = s.plus(c.sum()); l.twin(c, inside) {
				s = s.plus(c.alikeSum())
			}
		}
		all[c.Indicator] = s
	}
	for k, s := range all {
		for _, b := range s.behind() {
			b.Municipalities = min(1, b.Benefits)
		}
		all[k] = s
	}
	return all
}

// overdue is how many benefits should have been measured before a day.
func (l Ledger) overdue(today Day) int {
	n := 0
	for _, c := range l.Contributions {
		if c.Due != "" && c.Due < today {
			n++
		}
	}
	return n
}

// summed keeps what ledgers add up to outside their municipalities, so that each is added up once for each time it changes. There are as many as municipalities.
type summed struct {
	mu    sync.Mutex
	known map[string]ledgerSums
}

type ledgerSums struct {
	at   store.Revision
	sums map[IndicatorKey]Sum // never changed
}

func (s *summed) of(doc store.Doc[Ledger]) map[IndicatorKey]Sum {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.known[doc.ID]; ok && known.at == doc.Revision {
		return known.sums
	}
	sums := doc.Value.sums(false)
	if s.known == nil {
		s.known = map[string]ledgerSums{}
	}
	s.known[doc.ID] = ledgerSums{doc.Revision, sums}
	return sums
}

func newLedgers(db *store.DB) *store.Collection[Ledger] {
	return store.NewCollection(db, store.Spec[Ledger]{Name: "benefit_ledgers", Shape: 1, Shared: store.MaxLimit})
}

// entered puts what a benefit adds into its municipality's ledger. It is the last of what a change of a benefit writes: until then the sums are as they were, and
// the same edit sent again goes on.
func (s *Service) entered(ctx context.Context, op string, b Benefit) error {
	c := s.contribution(b)
	for {
		_, err := s.ledgers.Update(ctx, string(b.Municipality), func(l *Ledger) ([]store.Event, error) {
			if !l.take(c) {
				return nil, store.ErrNoChange
			}
			return nil, nil
		})
		if errors.Is(err, store.ErrNotFound) {
			_, err = s.ledgers.Insert(ctx, string(b.Municipality), Ledger{[]Contribution{c}})
			if errors.Is(err, store.ErrExists) {
				continue // another was first, and its ledger takes this one too
			}
		}
		return org.Fault(op, "", err)
	}
}

// Mend puts into benefits and ledgers what a crash kept out of them: measurements changed since a time that their benefits don't have yet, what a part says and its whole
// doesn't, and whatever a ledger does not have of any benefit. It tells how many measurements and benefits it looked at. It may run at any time, and twice at the same time.
func (s *Service) Mend(ctx context.Context, actor org.Actor, since time.Time) (measurements, benefits int, err error) {
	const op = "benefits.Mend"
	if !org.MayMendBenefits(actor) {
		return 0, 0, forbidden(op)
	}
	changed := store.Query{Range: &store.Range{Field: "changed", From: since}, Order: []string{"changed"}, Limit: page}
	err = visitAll(ctx, op, s.measurements, changed, func(doc store.Doc[Measurement]) error {
		measurements++
		_, err := s.counted(ctx, op, measurementOf(doc))
		return err
	})
	if err != nil {
		return measurements, 0, err
	}
	err = visitAll(ctx, op, s.docs, store.Query{Order: []string{store.IDField}, Limit: page}, func(doc store.Doc[Benefit]) error {
		benefits++
		b := benefitOf(doc)
		if err := s.mendParts(ctx, op, b); err != nil {
			return err
		}
		return s.entered(ctx, op, b)
	})
	return measurements, benefits, err
}

// Totals are the sums of a municipality's own benefits, by indicator in the catalogue's order, and then by the municipality's own: with all that counts inside it, or without what describes too few
// people, for what may leave it.
func (s *Service) Totals(ctx context.Context, actor org.Actor, m org.MunicipalityID, inside bool) ([]Total, error) {
	const op = "benefits.Totals"
	if !org.MayReadBenefits(actor, m) {
		return nil, forbidden(op)
	}
	doc, err := s.ledgers.GetShared(ctx, string(m))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	sums := doc.Value.sums(inside)
	known, err := s.KnownFor(ctx, actor, m, slices.Collect(maps.Keys(sums))...)
	return ordered(known, sums, whole), err
}

// RegionTotals are the sums of a region's municipalities by indicator, for who may read its results. What too few stand behind is not shown.
func (s *Service) RegionTotals(ctx context.Context, actor org.Actor, r org.Region) ([]Total, error) {
	const op = "benefits.RegionTotals"
	if !org.MayReadResults(actor, r.ID) {
		return nil, forbidden(op)
	}
	docs, err := s.ledgersOf(ctx, op, r)
	if err != nil {
		return nil, err
	}
	return s.together(actor, docs), nil
}

// ledgersOf reads the ledgers of a region's municipalities, a hundred at a time.
func (s *Service) ledgersOf(ctx context.Context, op string, r org.Region) ([]store.Doc[Ledger], error) {
	var ids []string
	for _, m := range r.Members {
		ids = append(ids, string(m.Municipality))
	}
	var docs []store.Doc[Ledger]
	for some := range slices.Chunk(ids, store.MaxMembers) {
		found, err := s.ledgers.GetManyShared(ctx, some)
		if err != nil {
			return nil, org.Fault(op, "", err)
		}
		docs = append(docs, found...)
	}
	return docs, nil
}

// NationalTotals are the sums of the country by indicator, for everyone who has a role: of its regions, each where its own may be shown, so that no region's can be worked out of them.
// It reads two lists, the ledgers and the regions.
func (s *Service) NationalTotals(ctx context.Context, actor org.Actor) ([]Total, error) {
	const op = "benefits.NationalTotals"
	if !org.MayReadNationalTotals(actor) {
		return nil, forbidden(op)
	}
	found, err := s.ledgers.FindShared(ctx, store.Query{Order: []string{store.IDField}, Limit: store.MaxLimit})
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	regions, more, err := s.Regions.Page(ctx, store.MaxLimit, "")
	if err != nil {
		return nil, err
	}
	if found.Next != "" || more != "" {
		return nil, fault.New(fault.TooLarge, op, "error.benefit.many", "max", store.MaxLimit) // there are 357 municipalities
	}
	return s.country(actor, regions, found.Docs), nil
}

// country adds up ledgers region by region; municipalities in no region are a group of their own.
func (s *Service) country(actor org.Actor, regions []org.Region, docs []store.Doc[Ledger]) []Total {
	groups := map[IndicatorKey][]Sum{}
	for _, group := range byRegion(regions, docs) {
		for k, sum := range s.sumsOf(actor, group) {
			groups[k] = append(groups[k], sum)
		}
	}
	return ordered(s.Indicators, groups, across)
}

// byRegion groups ledgers by their municipalities' region, and those in none together at the end. A region that shares a municipality with an earlier one is left out: what
// both have could be worked out of the two and the country.
func byRegion(regions []org.Region, docs []store.Doc[Ledger]) [][]store.Doc[Ledger] {
	groups, of := make([][]store.Doc[Ledger], len(regions)+1), map[string]int{}
	shared := make([]bool, len(groups))
	for i, r := range regions {
		shared[i] = slices.ContainsFunc(r.Members, func(m org.Member) bool { _, ok := of[string(m.Municipality)]; return ok })
		for _, m := range r.Members {
			if _, ok := of[string(m.Municipality)]; !ok {
				of[string(m.Municipality)] = i
			}
		}
	}
	for _, doc := range docs {
		i, ok := of[doc.ID]
		if !ok {
			i = len(regions)
		}
		if !shared[i] {
			groups[i] = append(groups[i], doc)
		}
	}
	return groups
}

// together adds up ledgers, as somebody may see it who is of some of their municipalities.
func (s *Service) together(actor org.Actor, docs []store.Doc[Ledger]) []Total {
	return ordered(s.Indicators, s.sumsOf(actor, docs), shown)
}

// sumsOf adds up ledgers, and knows which of them are the reader's own. Only the shared indicators are told of, [ordered]: what a municipality measures by one of
// its own has a key that no other has, so it is added to nothing, and is told nowhere but at home, whatever it is called.
func (s *Service) sumsOf(actor org.Actor, docs []store.Doc[Ledger]) map[IndicatorKey]Sum {
	all := map[IndicatorKey]Sum{}
	for _, doc := range docs {
		own := org.MayReadBenefits(actor, org.MunicipalityID(doc.ID))
		for k, sum := range s.summed.of(doc) {
			if own {
				sum = sum.owned()
			}
			all[k] = all[k].plus(sum)
		}
	}
	return all
}

// ordered are the sums of those indicators that are known here.
func ordered[S any](c *Indicators, sums map[IndicatorKey]S, total func(IndicatorKey, S) Total) []Total {
	var all []Total
	for _, i := range c.all {
		if sum, ok := sums[i.Key]; ok {
			all = append(all, total(i.Key, sum))
		}
	}
	return all
}
