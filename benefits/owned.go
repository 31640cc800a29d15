package benefits

import (
	"context"
	"errors"

	"helhet/internal/store"
	"helhet/org"
)

// page is how many benefits are looked through at a time.
const page = 100

// Owned is the seam of handing over: what somebody owns goes to another when her access ends.
func (s *Service) Owned() org.Owned {
	return org.Owned{Kind: org.OwnBenefits, Any: s.ownsAny, HandOver: s.handOver}
}

func (s *Service) ownsAny(ctx context.Context, id org.PersonID, in []org.MunicipalityID) (bool, error) {
	q := store.Query{Equal: []store.Term{{Field: "owner", Value: string(id)}}, In: org.Among(in), Limit: 1}
	n, err := s.docs.Count(ctx, q)
	return n > 0, org.Fault("benefits.OwnsAny", "", err)
}

// handOver makes the benefits somebody owned another's, in the municipalities where the actor may. It tells how many. It changes their tags:
// whoever has one open is told that it has another owner.
func (s *Service) handOver(ctx context.Context, actor org.Actor, from, to org.Person) (int, error) {
	const op = "benefits.HandOver"
	n := 0
	err := s.each(ctx, op, store.Term{Field: "owner", Value: string(from.ID)}, func(doc store.Doc[Benefit]) error {
		if from.ID == to.ID || !org.MayHandOver(actor, from, to, doc.Value.Municipality) {
			return nil
		}
		done := false
		_, err := s.docs.Update(ctx, doc.ID, func(b *Benefit) ([]store.Event, error) {
			if done = b.Owner == from.ID; !done {
				return nil, store.ErrNoChange
			}
			b.Owner, b.Tag, b.By, b.At = to.ID, newTag(), actor.Person, s.Now().UTC()
			return []store.Event{s.event("benefit.given", actor, b.Municipality, store.Fact{Key: "to", Value: string(to.ID)})}, nil
		})
		if err == nil && done {
			n++
		}
		return err
	})
	return n, err
}

// Forget takes somebody who was deleted away as an owner: the benefit has none then, which its coordinators see.
func (s *Service) Forget(ctx context.Context, d org.Departed) error {
	return s.each(ctx, "benefits.Forget", store.Term{Field: "owner", Value: string(d.ID)}, func(doc store.Doc[Benefit]) error {
		_, err := s.docs.Update(ctx, doc.ID, func(b *Benefit) ([]store.Event, error) {
			if b.Owner != d.ID {
				return nil, store.ErrNoChange
			}
			b.Owner, b.Tag = "", newTag()
			return []store.Event{{Type: "benefit.given", At: s.Now().UTC(), Actor: d.By, Scope: string(b.Municipality)}}, nil
		})
		return err
	})
}

// OwnedBy lists what a person owns, for herself, everywhere.
func (s *Service) OwnedBy(ctx context.Context, actor org.Actor) ([]Benefit, error) {
	const op = "benefits.OwnedBy"
	if actor.Person == "" {
		return nil, forbidden(op)
	}
	var all []Benefit
	err := s.each(ctx, op, store.Term{Field: "owner", Value: string(actor.Person)}, func(doc store.Doc[Benefit]) error {
		all = append(all, benefitOf(doc))
		return nil
	})
	return all, err
}

// EachOf visits a municipality's benefits, for who takes out what is its own.
func (s *Service) EachOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, visit func(Benefit) error) error {
	const op = "benefits.EachOf"
	if !org.MayExport(actor, m) {
		return forbidden(op)
	}
	return s.each(ctx, op, store.Term{Field: "municipality", Value: string(m)}, func(doc store.Doc[Benefit]) error { return visit(benefitOf(doc)) })
}

// DeleteOf deletes a municipality's benefits when it leaves. It may be called again, and goes on where it was cut off.
func (s *Service) DeleteOf(ctx context.Context, actor org.Actor, m org.MunicipalityID) error {
	const op = "benefits.DeleteOf"
	if !org.MayCarryOutDepartures(actor) {
		return forbidden(op)
	}
	err := s.eachMeasurement(ctx, op, m, func(doc store.Doc[Measurement]) error {
		return s.deleted(ctx, s.measurements.Delete, doc.ID, doc.Revision)
	})
	if err == nil {
		q := store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Limit: MaxAssumptions}
		err = visitAll(ctx, op, s.assumptions, q, func(doc store.Doc[Assumption]) error {
			return s.deleted(ctx, s.assumptions.Delete, doc.ID, doc.Revision)
		})
	}
	if err == nil {
		err = s.deleteMaps(ctx, op, m)
	}
	if err == nil {
		var own store.Doc[ownIndicators]
		if own, err = s.indicators.Get(ctx, string(m)); err == nil {
			err = s.deleted(ctx, s.indicators.Delete, own.ID, own.Revision)
		} else if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
	}
	if err != nil { // the measurements first: without their benefit nobody would find them
		return err
	}
	err = s.each(ctx, op, store.Term{Field: "municipality", Value: string(m)}, func(doc store.Doc[Benefit]) error { return s.deleted(ctx, s.docs.Delete, doc.ID, doc.Revision) })
	if err != nil {
		return err
	}
	ledger, err := s.ledgers.Get(ctx, string(m))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		err = s.ledgers.Delete(ctx, ledger.ID, ledger.Revision)
	}
	return org.Fault(op, "", err)
}

// deleted deletes a document, and moves its waiting events to the history before where there are some.
func (s *Service) deleted(ctx context.Context, remove func(context.Context, string, store.Revision) error, id string, at store.Revision) error {
	err := remove(ctx, id, at)
	if errors.Is(err, store.ErrPending) && s.Relay != nil {
		if err = s.Relay(ctx); err == nil {
			err = remove(ctx, id, at)
		}
	}
	return err
}

// each visits the benefits of an owner or a municipality.
func (s *Service) each(ctx context.Context, op string, of store.Term, visit func(store.Doc[Benefit]) error) error {
	return visitAll(ctx, op, s.docs, store.Query{Equal: []store.Term{of}, Limit: page}, visit)
}

// visitAll visits what a query finds, a page at a time. What is gone by then is nobody's to visit any more.
func visitAll[T any](ctx context.Context, op string, docs *store.Collection[T], q store.Query, visit func(store.Doc[T]) error) error {
	for {
		found, err := docs.Find(ctx, q)
		if err != nil {
			return org.Fault(op, "", err)
		}
		for _, doc := range found.Docs {
			if err := visit(doc); err != nil && !errors.Is(err, store.ErrNotFound) {
				return org.Fault(op, "", err)
			}
		}
		if q.After = found.Next; found.Next == "" {
			return nil
		}
	}
}
