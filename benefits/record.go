package benefits

import (
	"context"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// MaxRecorded is how many measurements are taken out at once. The municipality's own archive has all, however many.
const MaxRecorded = 20_000

// Record is all that is kept of a municipality's benefits, the oldest first, and of their measurements: those that were removed or taken out too. It is for
// who reads the benefits. Faults: Forbidden, Conflict when there are more measurements than MaxRecorded.
func (s *Service) Record(ctx context.Context, actor org.Actor, m org.MunicipalityID) (all []Benefit, measured []Measurement, err error) {
	const op = "benefits.Record"
	if !org.MayReadBenefits(actor, m) {
		return nil, nil, forbidden(op)
	}
	q := store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Order: []string{"made"}, Limit: page}
	err = visitAll(ctx, op, s.docs, q, func(doc store.Doc[Benefit]) error {
		all = append(all, benefitOf(doc))
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	err = s.eachMeasurement(ctx, op, m, func(doc store.Doc[Measurement]) error {
		if len(measured) == MaxRecorded {
			return fault.New(fault.Conflict, op, "error.export.many", "max", MaxRecorded)
		}
		measured = append(measured, measurementOf(doc))
		return nil
	})
	return all, measured, err
}
