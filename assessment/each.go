package assessment

import (
	"context"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// each gives every document that a query finds to see, page by page.
func each[T any](ctx context.Context, docs *store.Collection[T], op string, q store.Query, see func(store.Doc[T]) error) error {
	for q.Limit = store.MaxMembers; ; {
		page, err := docs.Find(ctx, q)
		if err != nil {
			return org.Fault(op, "", err)
		}
		for _, d := range page.Docs {
			if err := see(d); err != nil {
				return err
			}
		}
		if q.After = page.Next; page.Next == "" {
			return nil
		}
	}
}

// in is the query for what belongs to a municipality.
func in(m org.MunicipalityID, order ...string) store.Query {
	return store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Order: order}
}

// sweepRemoved drops up to limit documents that were removed before a moment, and tells how many. They are found by an index that they then leave.
func sweepRemoved[T any](ctx context.Context, docs *store.Collection[T], op string, before time.Time, limit int, drop func(store.Doc[T]) error) (int, error) {
	page, err := docs.Find(ctx, store.Query{Range: &store.Range{Field: "removed", To: before.UTC()}, Limit: limit})
	if err != nil {
		return 0, org.Fault(op, "", err)
	}
	gone := 0
	for _, d := range page.Docs {
		err := drop(d)
		if fault.CodeOf(err) == fault.Conflict { // brought back at this moment, or its events are on their way
			continue
		}
		if err != nil {
			return gone, err
		}
		gone++
	}
	return gone, nil
}
