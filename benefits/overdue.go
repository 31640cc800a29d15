package benefits

import (
	"context"

	"helhet/internal/store"
	"helhet/org"
)

// noDay is how the index holds that nothing is to be measured: after every day.
const noDay = "9999"

// dueIndexed is when a benefit is due, as the index holds it. It follows from the benefit alone, so that what is overdue is found without reading a
// measurement.
func (b *Benefit) dueIndexed() string {
	if due := b.Due(); due != "" && b.Removed.IsZero() {
		return string(due)
	}
	return noDay
}

// Overdue is how many days a measurement has waited; 0 when it hasn't.
func (b Benefit) Overdue(today Day) int {
	due := b.Due()
	if due == "" || due >= today || !b.Removed.IsZero() {
		return 0
	}
	return int(today.Time().Sub(due.Time()).Hours() / 24)
}

// Late lists a municipality's benefits whose measurement is overdue, those that have waited longest first: hers who asks, or everybody's. What was
// handed over to the line is among them: it goes on being measured.
func (s *Service) Late(ctx context.Context, actor org.Actor, m org.MunicipalityID, hers bool, today Day, limit int) ([]Benefit, error) {
	all, _, err := s.before(ctx, "benefits.Late", actor, "due", string(today), hersOf(actor, m, hers, limit))
	return all, err
}

// hersOf is what is hers who asks, or everybody's.
func hersOf(actor org.Actor, m org.MunicipalityID, hers bool, limit int) Filter {
	f := Filter{Municipality: m, Limit: limit}
	if hers {
		f.Owner = actor.Person
	}
	return f
}

// before lists a municipality's benefits that have a day before another in an indexed field, the earliest first, and a cursor for what follows.
func (s *Service) before(ctx context.Context, op string, actor org.Actor, field, day string, f Filter) ([]Benefit, store.Cursor, error) {
	if !org.MayReadBenefits(actor, f.Municipality) || actor.Person == "" {
		return nil, "", forbidden(op)
	}
	q := store.Query{Range: &store.Range{Field: field, To: day}, Order: []string{field}, Limit: f.Limit, After: f.After}
	if f.Owner != "" {
		q.Equal = append(q.Equal, store.Term{Field: "owner", Value: string(f.Owner)})
	}
	q.Equal = append(q.Equal, store.Term{Field: "municipality", Value: string(f.Municipality)})
	found, err := s.docs.Find(ctx, q)
	if err != nil {
		return nil, "", org.Fault(op, "", err)
	}
	all := make([]Benefit, len(found.Docs))
	for i, doc := range found.Docs {
		all[i] = benefitOf(doc)
	}
	return all, found.Next, nil
}
