package benefits

import (
	"context"
	"errors"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Kept is how long a removed benefit can be brought back. Then it is deleted, with its measurements.
const Kept = 30 * 24 * time.Hour

// Shelf is where a benefit is listed.
type Shelf string

// The shelves. What was removed stands on one of its own, whatever it was.
const (
	Standing   Shelf = "standing"
	Unexpected Shelf = "unexpected" // effects that nobody had planned
	Removed    Shelf = "removed"
)

// What waits for something is listed apart too, wherever else it stands: see [Service.List].
const (
	Waits      Shelf = "late"        // should have been measured by now
	WaitsOnWhy Shelf = "unexplained" // deviates from its plan, and nobody has said why
)

// Shelves lists those that a benefit stands on.
var Shelves = []Shelf{Standing, Unexpected, Removed}

// Shelf is where it is listed now.
func (b Benefit) Shelf() Shelf {
	if !b.Removed.IsZero() {
		return Removed
	}
	if b.Unexpected() {
		return Unexpected
	}
	return Standing
}

// Counts tells whether a benefit counts in any total.
func (b Benefit) Counts() bool { return b.Removed.IsZero() }

// never is later than anything an index is asked for.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func removed(op string) error { return fault.New(fault.Conflict, op, "error.benefit.removed") }

// Remove takes away a benefit that was put down by mistake: it is listed and counted nowhere. For as long as Kept it can be brought back as it was.
// Faults: NotFound (also of another municipality's), Forbidden, TagRequired, Stale with Lost.
func (s *Service) Remove(ctx context.Context, actor org.Actor, id ID, tag string) (Benefit, error) {
	const op = "benefits.Remove"
	return s.remove(ctx, op, actor, id, func(b *Benefit) ([]store.Event, error) {
		switch {
		case tag == "":
			return nil, fault.New(fault.TagRequired, op, "error.tag.required")
		case !b.Removed.IsZero():
			return nil, store.ErrNoChange
		case b.Tag != tag:
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.benefit.stale", Detail: Lost{b.Data, nil, *b}}
		}
		b.Removed = s.Now().UTC()
		return []store.Event{s.event("benefit.removed", actor, b.Municipality)}, nil
	})
}

// Restore brings a removed benefit back as it was. Conflict when it is too late: its measurements may be gone.
func (s *Service) Restore(ctx context.Context, actor org.Actor, id ID) (Benefit, error) {
	const op = "benefits.Restore"
	return s.remove(ctx, op, actor, id, func(b *Benefit) ([]store.Event, error) {
		if b.Removed.IsZero() {
			return nil, store.ErrNoChange
		}
		if !s.Now().Before(b.Removed.Add(Kept)) {
			return nil, fault.New(fault.Conflict, op, "error.benefit.gone")
		}
		b.Removed = time.Time{}
		return []store.Event{s.event("benefit.restored", actor, b.Municipality)}, nil
	})
}

func (s *Service) remove(ctx context.Context, op string, actor org.Actor, id ID, change func(*Benefit) ([]store.Event, error)) (Benefit, error) {
	before, err := s.Benefit(ctx, actor, id)
	if err != nil {
		return Benefit{}, err
	}
	if !org.MayRemoveBenefit(actor, before.Municipality) {
		return Benefit{}, forbidden(op)
	}
	doc, err := s.docs.Update(ctx, string(id), func(b *Benefit) ([]store.Event, error) {
		b.ID = id
		events, err := change(b)
		if err == nil {
			b.By, b.At, b.Tag = actor.Person, s.Now().UTC(), newTag()
			b.Change++
		}
		return events, err
	})
	if err != nil {
		return Benefit{}, org.Fault(op, "error.benefit.unknown", err)
	}
	b := benefitOf(doc)
	return b, s.entered(ctx, op, b)
}

// Sweep deletes up to limit benefits that were removed before a moment, which is Kept ago or longer, each after its measurements and their files, and tells how
// many. It is found by an index that it then leaves.
func (s *Service) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	return sweep(ctx, "benefits.Sweep", s.docs, before, limit, func(doc store.Doc[Benefit]) error {
		if err := s.Files.DropShown(ctx, doc.Value.Municipality, doc.ID); err != nil {
			return err
		}
		if err := s.sweepMeasurements(ctx, ID(doc.ID)); err != nil {
			return err
		}
		return s.deleted(ctx, s.docs.Delete, doc.ID, doc.Revision)
	})
}

// sweep deletes what was removed before a moment, and tells how many. Another copy's, or what isn't ready to go, is the next run's.
func sweep[T any](ctx context.Context, op string, c *store.Collection[T], before time.Time, limit int, remove func(store.Doc[T]) error) (int, error) {
	found, err := c.Find(ctx, store.Query{Range: &store.Range{Field: "removed", To: before.UTC()}, Limit: limit})
	if err != nil {
		return 0, org.Fault(op, "", err)
	}
	gone := 0
	for _, doc := range found.Docs {
		switch err := remove(doc); {
		case err == nil:
			gone++
		case errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrPending) || fault.CodeOf(err) == fault.Conflict:
		default:
			return gone, org.Fault(op, "", err)
		}
	}
	return gone, nil
}

func (s *Service) sweepMeasurements(ctx context.Context, id ID) error {
	found, err := s.measurements.Find(ctx, store.Query{Equal: []store.Term{{Field: "benefit", Value: string(id)}}, Limit: MaxMeasurements})
	if err != nil {
		return err
	}
	for _, doc := range found.Docs {
		if err := s.deleted(ctx, s.measurements.Delete, doc.ID, doc.Revision); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}
