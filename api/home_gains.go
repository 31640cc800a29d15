package api

import (
	"cmp"
	"context"
	"slices"

	"helhet/assessment"
	"helhet/benefits"
	"helhet/internal/locale"
	"helhet/org"
)

// homeGains is what a leader's first page says of the benefits, and a regional lead's.
type homeGains struct {
	Text string
	Sums []string // of the indicators that most is measured on; a municipality's own among them for its leader alone
	// Overdue is how much should have been measured by now, for a regional lead; a leader has a list of it.
	Overdue string
	Link    homeLink

	Doubts []string // what makes the sums doubtful
}

// gainsTold is how many indicators the first page tells of.
const gainsTold = 2

// homeGains tells a leader how many benefits are measured and what they have realised of what was planned, from one document, the municipality's ledger, and a regional
// lead how the benefits of her region's municipalities stand together.
func (s *Server) homeGains(ctx context.Context, r *request, m org.MunicipalityID) (*homeGains, error) {
	t := r.Text
	if m == "" && org.MayCountBenefits(r.Actor, r.Actor.Region()) {
		return s.regionGains(ctx, r)
	}
	if !org.MayApprove(r.Actor, m) || !org.MayReadBenefits(r.Actor, m) {
		return nil, nil
	}
	totals, err := s.Benefits.Totals(ctx, r.Actor, m, true)
	if err != nil || len(totals) == 0 {
		return nil, err
	}
	g := &homeGains{Link: homeLink{"/benefits/portfolio", t.T("portfolio.title")}}
	measured, planned := 0, 0
	for _, x := range totals {
		measured, planned = measured+x.Measured.Benefits, planned+x.Planned.Benefits
	}
	if planned == 0 { // unexpected effects alone
		return nil, nil
	}
	g.Doubts = doubtsIn(t, totals...)
	g.Text = t.T("home.gains.measured", "measured", measured, "n", planned)
	slices.SortStableFunc(totals, func(a, b benefits.Total) int { return cmp.Compare(b.Measured.Benefits, a.Measured.Benefits) })
	totals = totals[:min(len(totals), gainsTold)]
	var keys []benefits.IndicatorKey
	for _, x := range totals {
		keys = append(keys, x.Indicator)
	}
	known, err := s.Benefits.KnownFor(ctx, r.Actor, m, keys...)
	if err != nil {
		return nil, err
	}
	for _, x := range totals {
		if x.Measured.Benefits == 0 {
			continue
		}
		i, _ := known.Find(x.Indicator)
		sum := t.T("home.gains.sum", "indicator", nameOf(t, known, i.Key), "realised", amount(t, i.Unit, benefits.NumberOf(x.Realised)), "awaited", amount(t, i.Unit, benefits.NumberOf(x.Awaited)))
		g.Sums = append(g.Sums, withUnexpected(t, sum, i.Unit, x))
	}
	return g, nil
}

// regionGains tells a regional lead how many municipalities have benefits on shared indicators, what those measured by most of them add up to, and how much should have been
// measured by now. Where too few stand behind to be told of, it says so, and what would make it more.
func (s *Server) regionGains(ctx context.Context, r *request) (*homeGains, error) {
	t := r.Text
	region, err := s.Regions.Get(ctx, r.Actor.Region())
	if err != nil {
		return nil, err
	}
	x, err := s.Benefits.RegionStanding(ctx, r.Actor, region, assessment.DayOf(s.Now()))
	if err != nil {
		return nil, err
	}
	g := &homeGains{Link: homeLink{"/benefits/totals", t.T("totals.title")}}
	switch {
	case x.Sharing == 0:
		g.Text, g.Link = t.T("home.gains.region.empty"), homeLink{"/benefits/indicators", t.T("benefit.shared.list")}
	case len(x.Totals) == 0:
		g.Text = t.T("home.gains.region.sharing", "n", x.Sharing, "of", x.Members) + " " + t.T("home.gains.region.unmeasured")
	default:
		g.Text = t.T("home.gains.region.sharing", "n", x.Sharing, "of", x.Members) + " " + t.T("home.gains.region.sums")
	}
	told, apart := x.Totals[:min(len(x.Totals), gainsTold)], true
	g.Doubts = doubtsIn(t, told...)
	for _, total := range told {
		apart = apart && (total.Unplanned.Benefits == 0 || total.ShowApart)
		i, _ := s.Benefits.Indicators.Find(total.Indicator)
		sum := t.T("home.gains.region.sum", "indicator", s.indicatorName(t, i.Key), "realised", amount(t, i.Unit, benefits.NumberOf(total.Realised)), "awaited", amount(t, i.Unit, benefits.NumberOf(total.Awaited)),
			"places", t.T("totals.places", "n", total.Measured.Municipalities))
		g.Sums = append(g.Sums, withUnexpected(t, sum, i.Unit, total))
	}
	if !apart {
		g.Doubts = append(g.Doubts, t.T("totals.chart.unexpected"))
	}
	if x.OverdueIn > 0 {
		g.Overdue = t.T("home.gains.region.overdue", "n", x.Overdue, "places", t.T("totals.places", "n", x.OverdueIn))
	}
	return g, nil
}

// withUnexpected adds to what is said of a sum how much of it nobody had planned, where that counts in it and may be shown.
func withUnexpected(t locale.Text, said string, u benefits.Unit, x benefits.Total) string {
	if n := x.Unplanned.Benefits; n > 0 && x.ShowApart {
		return t.T("totals.with-unexpected", "said", said, "n", n, "amount", amount(t, u, benefits.NumberOf(x.Apart)))
	}
	return said
}
