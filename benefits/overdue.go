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
	return s.before(ctx, "benefits.Late", actor, m, hers, "due", string(today), limit)
}

// before lists a municipality's benefits that have a day before another in an indexed field, the earliest first: hers who asks, or everybody's.
func (s *Service) before(ctx context.Context, op string, actor org.Actor, m org.MunicipalityID, hers bool, field, day string, limit int) ([]Benefit, error) {
	if !org.MayReadBenefits(actor, m) || actor.Person == "" {
		return nil, forbidden(op)
	}
	q := store.Query{Range: &store.Range{Field: field, To: day}, Order: []string{field}, Limit: limit}
	if hers {
		q.Equal = append(q.Equal, store.Term{Field: "owner", Value: string(actor.Person)})
	}
	q.Equal = append(q.Equal, store.Term{Field: "municipality", Value: string(m)})
	found, err := s.docs.Find(ctx, q)
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	all := make([]Benefit, len(found.Docs))
	for i, doc := range found.Docs {
		all[i] = benefitOf(doc)
	}
	return all, nil
}
