package api

import (
	"cmp"
	"context"
	"slices"

	"helhet/benefits"
	"helhet/internal/locale"
	"helhet/org"
)

// homeGains is what a leader's first page says of the benefits, and a regional lead's.
type homeGains struct {
	Text string
	Sums []string // of the shared indicators that most is measured on
	Link homeLink

	Doubts []string // what makes the sums doubtful
}

// gainsTold is how many indicators the first page tells of.
const gainsTold = 2

// homeGains tells a leader how many benefits are measured and what they have realised of what was planned, from one document, the municipality's ledger. Who runs a
// region's rounds is led to its sums.
func (s *Server) homeGains(ctx context.Context, r *request, m org.MunicipalityID) (*homeGains, error) {
	t := r.Text
	if m == "" && org.MayRunRounds(r.Actor, r.Actor.Region()) {
		return &homeGains{Text: t.T("home.gains.region"), Link: homeLink{"/benefits/totals", t.T("totals.title")}}, nil
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
	for _, x := range totals[:min(len(totals), gainsTold)] {
		if x.Measured.Benefits == 0 {
			continue
		}
		i, _ := s.Benefits.Indicators.Find(x.Indicator)
		sum := t.T("home.gains.sum", "indicator", s.indicatorName(t, i.Key), "realised", amount(t, i.Unit, benefits.NumberOf(x.Realised)), "awaited", amount(t, i.Unit, benefits.NumberOf(x.Awaited)))
		g.Sums = append(g.Sums, withUnexpected(t, sum, i.Unit, x))
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
