package benefits

import (
	"cmp"
	"context"
	"slices"

	"helhet/org"
)

// RegionStanding is what a regional lead hears first of the benefits of her region's municipalities together. None is named.
type RegionStanding struct {
	Members int     // municipalities of the region
	Sharing int     // of them, that have planned benefits on shared indicators; 0 where that would be said of fewer than three
	Totals  []Total // those whose measured and planned change may be shown, what most municipalities have measured first

	// Overdue is how many benefits should have been measured by now, and OverdueIn in at least how many municipalities (org.AtLeast); both are 0 where that
	// would be said of fewer than three. Benefits of who asks are not among them: what she knows of her own would tell her of another.
	Overdue, OverdueIn int
}

// RegionStanding reads how a region's benefits stand together, for who leads it: one document for each municipality, its ledger.
func (s *Service) RegionStanding(ctx context.Context, actor org.Actor, r org.Region, today Day) (RegionStanding, error) {
	const op = "benefits.RegionStanding"
	if !org.MayCountBenefits(actor, r.ID) {
		return RegionStanding{}, forbidden(op)
	}
	docs, err := s.ledgersOf(ctx, op, r)
	if err != nil {
		return RegionStanding{}, err
	}
	standing := RegionStanding{Members: len(r.Members)}
	behind, others := org.Sample{}, len(r.Members)
	for _, doc := range docs {
		planned := slices.ContainsFunc(doc.Value.Contributions, func(c Contribution) bool { return c.Indicator != "" && !c.Indicator.Own() && !c.Unplanned })
		own := org.MayReadBenefits(actor, org.MunicipalityID(doc.ID))
		if planned {
			behind.N++
		}
		switch n := doc.Value.overdue(today); {
		case own:
			others--
			if planned {
				behind.Own++
			}
		case n > 0:
			standing.Overdue, standing.OverdueIn = standing.Overdue+n, standing.OverdueIn+1
		}
	}
	if org.MayShowMedian(behind) {
		standing.Sharing = behind.N
	}
	var told bool
	if standing.OverdueIn, told = org.AtLeast(standing.OverdueIn, others); !told {
		standing.Overdue, standing.OverdueIn = 0, 0
	}
	standing.Totals = slices.DeleteFunc(s.together(actor, docs), func(t Total) bool {
		_, ok := t.Reached()
		return !ok || !t.ShowRealised || !t.ShowAwaited
	})
	slices.SortStableFunc(standing.Totals, func(a, b Total) int {
		return cmp.Or(cmp.Compare(b.Measured.Municipalities, a.Measured.Municipalities), cmp.Compare(b.Measured.Benefits, a.Measured.Benefits))
	})
	return standing, nil
}
