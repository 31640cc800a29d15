package benefits

import (
	"context"
	"regexp"
	"slices"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Choice is which of a municipality's standing benefits somebody wants: those named, or all of some statuses and types. Empty parts choose all.
type Choice struct {
	Only     []ID
	Statuses []Status
	Types    []Type
}

// All tells whether nothing is left out.
func (c Choice) All() bool { return len(c.Only)+len(c.Statuses)+len(c.Types) == 0 }

func (c Choice) takes(b Benefit) bool {
	return (len(c.Statuses) == 0 || slices.Contains(c.Statuses, b.Status)) && (len(c.Types) == 0 || slices.Contains(c.Types, b.Type))
}

// Chosen reads the benefits of a choice, those of a type together and by name. No measurement is read. Faults: Forbidden, NotFound where one that was named
// does not stand, or is another municipality's.
func (s *Service) Chosen(ctx context.Context, actor org.Actor, m org.MunicipalityID, c Choice) ([]Benefit, error) {
	const op = "benefits.Chosen"
	if !org.MayReadBenefits(actor, m) {
		return nil, forbidden(op)
	}
	all, err := s.named(ctx, op, m, c.Only)
	if len(c.Only) == 0 {
		f := Filter{Municipality: m, Limit: MaxBenefits}
		if len(c.Statuses) == 1 {
			f.Status = c.Statuses[0]
		}
		if all, _, err = s.List(ctx, actor, f); err == nil {
			var effects []Benefit // which nobody had planned
			f.Shelf = Unexpected
			effects, _, err = s.List(ctx, actor, f)
			all = append(all, effects...)
		}
	}
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(b Benefit) bool { return !c.takes(b) })
	org.SortByName(all, func(b Benefit) string { return b.Title })
	slices.SortStableFunc(all, func(a, b Benefit) int { return slices.Index(Types, a.Type) - slices.Index(Types, b.Type) })
	return all, nil
}

// anID is what an id may look like: no more can be asked for.
var anID = regexp.MustCompile(`^b-[0-9a-z]{1,40}$`)

// named reads benefits by id, each once.
func (s *Service) named(ctx context.Context, op string, m org.MunicipalityID, ids []ID) ([]Benefit, error) {
	unknown := fault.New(fault.NotFound, op, "error.benefit.unknown")
	if slices.ContainsFunc(ids, func(id ID) bool { return !anID.MatchString(string(id)) }) {
		return nil, unknown
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	var all []Benefit
	for some := range slices.Chunk(ids, store.MaxMembers) {
		if len(all) > MaxBenefits {
			break // more than a municipality can have: one of them is not its own
		}
		docs, err := s.docs.GetMany(ctx, texts(some))
		if err != nil {
			return nil, org.Fault(op, "", err)
		}
		for _, doc := range docs {
			if b := benefitOf(doc); b.Municipality == m && b.Removed.IsZero() {
				all = append(all, b)
			}
		}
	}
	if len(all) != len(ids) {
		return nil, unknown
	}
	return all, nil
}

// Latest reads the latest measurement of each benefit that has one, with where its figure comes from.
func (s *Service) Latest(ctx context.Context, actor org.Actor, all []Benefit) (map[ID]Version, error) {
	const op = "benefits.Latest"
	var ids []MeasurementID
	for _, b := range all {
		if !org.MayReadBenefits(actor, b.Municipality) {
			return nil, forbidden(op)
		}
		if last, ok := b.Latest(); ok {
			ids = append(ids, last.ID)
		}
	}
	latest := map[ID]Version{}
	for some := range slices.Chunk(ids, store.MaxMembers) {
		docs, err := s.measurements.GetMany(ctx, texts(some))
		if err != nil {
			return nil, org.Fault(op, "", err)
		}
		for _, doc := range docs {
			latest[doc.Value.Benefit] = doc.Value.Stands()
		}
	}
	return latest, nil
}

func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

// PlannedDays are when a benefit is to be measured after its baseline, as its plan names it: so many months after the measures have effect, which is on these
// days, and then so many months apart. There are no days while nobody has said from when they have effect.
func (b Benefit) PlannedDays() (months []int, days []Day, every int) {
	plan := b.Plan.whole()
	if from := b.EffectFrom.Time(); !from.IsZero() {
		for _, n := range plan.After {
			days = append(days, assessment.DayOf(monthsAfter(from, n)))
		}
	}
	return slices.Clone(plan.After), days, plan.Every
}
