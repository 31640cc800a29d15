package benefits

import (
	"context"
	"slices"

	"helhet/assessment/catalogue"
	"helhet/internal/store"
	"helhet/org"
)

// Needs tells where a region's municipalities need benefits to come: per area of a questionnaire at least how many of them have one planned or
// being measured whose tasks lie there. It is the only thing of benefits that leaves a municipality, so an area that too few have is left out
// (org.AtLeast), and those whose benefits the actor reads anyhow are not counted: what she knows of her own would tell her of another.
// It reads each municipality's benefits, at most MaxBenefits of each, a hundred municipalities at a time.
func (s *Service) Needs(ctx context.Context, actor org.Actor, region org.Region, c *catalogue.Catalogue) (map[catalogue.AreaKey]int, error) {
	const op = "benefits.Needs"
	if !org.MayCountBenefits(actor, region.ID) {
		return nil, forbidden(op)
	}
	var others []org.MunicipalityID
	for _, m := range region.Members {
		if !org.MayReadBenefits(actor, m.Municipality) {
			others = append(others, m.Municipality)
		}
	}
	var all []Benefit
	for some := range slices.Chunk(others, store.MaxMembers) {
		q := store.Query{In: org.Among(some), Limit: page}
		for {
			found, err := s.docs.Find(ctx, q)
			if err != nil {
				return nil, org.Fault(op, "", err)
			}
			for _, d := range found.Docs {
				if d.Value.Counts() {
					all = append(all, d.Value)
				}
			}
			if q.After = found.Next; found.Next == "" {
				break
			}
		}
	}
	return needsOf(c, all, len(others)), nil
}

// needsOf counts, of so many municipalities, those with benefits that are still to come, area by area.
func needsOf(c *catalogue.Catalogue, all []Benefit, municipalities int) map[catalogue.AreaKey]int {
	has := map[catalogue.AreaKey]map[org.MunicipalityID]bool{}
	for _, b := range all {
		if b.Unexpected() || b.Status != Planned && b.Status != Measuring {
			continue
		}
		for _, k := range b.Tasks {
			t := c.Task(k)
			if t == nil { // of another questionnaire
				continue
			}
			if has[t.Area] == nil {
				has[t.Area] = map[org.MunicipalityID]bool{}
			}
			has[t.Area][b.Municipality] = true
		}
	}
	needs := map[catalogue.AreaKey]int{}
	for area, in := range has {
		if n, ok := org.AtLeast(len(in), municipalities); ok {
			needs[area] = n
		}
	}
	return needs
}
