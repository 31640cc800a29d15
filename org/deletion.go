package org

import (
	"context"
	"errors"
	"slices"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
)

// Leaving stands in the document of somebody who is being deleted. From the moment it does she has no role, no key opens anything, and
// nobody finds her. Her document goes last, when all that leads to her is gone.
type Leaving struct {
	Since  time.Time `bson:"since"`
	By     string    `bson:"by"`               // who deletes, as events name her
	Grants []Grant   `bson:"grants,omitempty"` // what she had: put back when she can't be spared after all
	Needed []Grant   `bson:"needed,omitempty"` // those of them that somebody else must have
	Active bool      `bson:"active,omitempty"` // was not inactive
	Email  string    `bson:"email,omitempty"`  // once she is erased: what is still to be found by it
	Erased bool      `bson:"erased,omitempty"` // there is no way back
}

// settleTime is how long after somebody was deleted a request that knew her may still be under way, many times over. What such a request
// wrote is taken away too before her document goes.
const settleTime = 5 * time.Minute

// Departed is somebody who was deleted, for whoever keeps something of her.
type Departed struct {
	ID    PersonID
	Email string // "" when nothing is found by it
	Since time.Time
	By    string
}

// Trace takes away what one part of the service keeps of somebody who was deleted. It may be called again, and finds nothing then.
type Trace func(context.Context, Departed) error

// Deletions deletes people. What they answered stays, and names an id that leads to nobody.
type Deletions struct {
	people      *People
	invitations *Invitations
	traces      []Trace
	now         func() time.Time
}

// NewDeletions makes the service. Traces are what is kept elsewhere.
func NewDeletions(people *People, invitations *Invitations, now func() time.Time, traces ...Trace) *Deletions {
	return &Deletions{people, invitations, traces, now}
}

// far is later than anything an index is asked for.
var far = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// endedAt is since when a person has been without a role, as the index holds it: first of all where that was not written down.
func (p *Person) endedAt() time.Time {
	switch {
	case p.Leaving != nil || !p.roleless():
		return far
	case p.Ended.IsZero():
		return time.Unix(0, 0)
	}
	return p.Ended
}

func (p *Person) leavingSince() time.Time {
	if p.Leaving == nil {
		return far
	}
	return p.Leaving.Since
}

// needed lists those of a person's grants that somebody else must have when an actor takes her away: the rule of keepOne.
func needed(a Actor, p Person) []Grant {
	var all []Grant
	for _, g := range p.Grants {
		if g.Role == Administrator || g.Role == Coordinator && a.in(g.Municipality, Coordinator) {
			all = append(all, g)
		}
	}
	return all
}

// May is a fault that says why an actor can't delete a person: Forbidden, or Conflict when she can't be spared.
func (s *Deletions) May(ctx context.Context, a Actor, p Person) error {
	const op = "org.MayDelete"
	if !MayDelete(a, p) {
		return fault.New(fault.Forbidden, op, "error.forbidden")
	}
	for _, g := range needed(a, p) {
		if err := s.invitations.notLast(ctx, op, g, p.ID); err != nil {
			return err
		}
	}
	return nil
}

// Delete deletes a person. When it returns without a fault her name, address and keys are erased, and Clear, or the job, takes away what
// leads to her. Fault Conflict when she is the last one in a place that needs somebody.
func (s *Deletions) Delete(ctx context.Context, a Actor, id PersonID) error {
	const op = "org.Delete"
	p, err := s.people.Get(ctx, id)
	if code := fault.CodeOf(err); code == fault.NotFound || code == fault.Malformed {
		return fault.New(fault.Forbidden, op, "error.forbidden") // ids can't be tried out
	}
	if err != nil {
		return err
	}
	if err := s.May(ctx, a, p); err != nil {
		return err
	}
	return s.leave(ctx, op, a, id, func(p Person) error {
		if !MayDelete(a, p) {
			return fault.New(fault.Forbidden, op, "error.forbidden")
		}
		return nil
	})
}

// leave marks a person as leaving and goes on to her erasure. The mark takes her roles, so that of two who can't both be spared and leave at
// once each sees the other gone, and one at least is put back. Ready looks at her as she is; it may be called several times.
func (s *Deletions) leave(ctx context.Context, op string, a Actor, id PersonID, ready func(Person) error) error {
	now := s.now().UTC()
	_, err := s.people.docs.UpdateShared(ctx, string(id), func(p *Person) ([]store.Event, error) {
		if p.Leaving != nil {
			return nil, store.ErrNoChange
		}
		p.ID = id
		if err := ready(*p); err != nil {
			return nil, err
		}
		p.Leaving = &Leaving{Since: now, By: a.Name(), Grants: p.Grants, Needed: needed(a, *p), Active: !p.Inactive}
		p.Grants, p.Inactive = nil, true
		return nil, nil
	})
	if err != nil {
		return Fault(op, "error.person.unknown", err)
	}
	return s.settle(ctx, op, id)
}

// settle erases somebody who is leaving, or puts her back when nobody else is left in a place that needs somebody. It is done again, to its
// end, by the job when it was cut off.
func (s *Deletions) settle(ctx context.Context, op string, id PersonID) error {
	p, err := s.people.stored(ctx, id)
	if fault.CodeOf(err) == fault.NotFound {
		return nil // somebody else has finished
	}
	if err != nil {
		return err
	}
	if p.Leaving == nil {
		return fault.New(fault.Conflict, op, "error.busy") // put back meanwhile
	}
	if p.Leaving.Erased {
		return nil
	}
	for _, g := range p.Leaving.Needed {
		err := s.invitations.notLast(ctx, op, g, id)
		if fault.CodeOf(err) == fault.Conflict {
			if back := s.putBack(ctx, op, id); back != nil {
				return back
			}
			return err
		}
		if err != nil {
			return err
		}
	}
	return s.erase(ctx, op, id)
}

func (s *Deletions) putBack(ctx context.Context, op string, id PersonID) error {
	_, err := s.people.docs.UpdateShared(ctx, string(id), func(p *Person) ([]store.Event, error) {
		if p.Leaving == nil || p.Leaving.Erased {
			return nil, store.ErrNoChange
		}
		p.Grants, p.Inactive, p.Leaving = p.Leaving.Grants, !p.Leaving.Active, nil
		return nil, nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return Fault(op, "", err)
}

// erase is the point from which there is no way back: everything of hers leaves her document in one write, and the event says so.
func (s *Deletions) erase(ctx context.Context, op string, id PersonID) error {
	now := s.now().UTC()
	_, err := s.people.docs.UpdateShared(ctx, string(id), func(p *Person) ([]store.Event, error) {
		if p.Leaving == nil {
			return nil, fault.New(fault.Conflict, op, "error.busy")
		}
		if p.Leaving.Erased {
			return nil, store.ErrNoChange
		}
		by := p.Leaving.By
		told := toldOfDeletion(slices.Concat(p.Leaving.Grants, p.Former), now, by)
		*p = Person{Inactive: true, Leaving: &Leaving{Since: p.Leaving.Since, By: by, Email: p.Email, Erased: true}}
		return told, nil
	})
	return Fault(op, "", err)
}

// toldOfDeletion are the events of a deletion: one in the history of each place where she had a role, one at least.
func toldOfDeletion(grants []Grant, now time.Time, by string) []store.Event {
	var events []store.Event
	for _, g := range grants {
		scope := string(g.Municipality)
		if scope == "" {
			scope = string(g.Region)
		}
		if !slices.ContainsFunc(events, func(e store.Event) bool { return e.Scope == scope }) {
			events = append(events, store.Event{Type: "person.deleted", At: now, Actor: by, Scope: scope})
		}
	}
	if len(events) == 0 {
		events = []store.Event{{Type: "person.deleted", At: now, Actor: by}}
	}
	return events
}

// Clear takes away at once what leads to somebody who was erased. What it can't take now the job takes.
func (s *Deletions) Clear(ctx context.Context, id PersonID) error {
	p, err := s.people.stored(ctx, id)
	if fault.CodeOf(err) == fault.NotFound {
		return nil
	}
	if err != nil || p.Leaving == nil || !p.Leaving.Erased {
		return err
	}
	d := Departed{ID: id, Email: p.Leaving.Email, Since: p.Leaving.Since, By: p.Leaving.By}
	var failed []error
	for _, trace := range append([]Trace{s.invitations.forget, s.people.forget}, s.traces...) {
		failed = append(failed, trace(ctx, d))
	}
	return errors.Join(failed...)
}

// forget takes away the memberships and addresses of somebody who was erased.
func (s *People) forget(ctx context.Context, d Departed) error {
	const op = "org.ForgetPerson"
	for {
		docs, err := s.hers(ctx, d.ID, store.MaxMembers)
		if err != nil {
			return err
		}
		if len(docs) == 0 {
			break
		}
		for _, doc := range docs {
			err := s.memberships.Delete(ctx, doc.ID, doc.Revision)
			if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) {
				return Fault(op, "", err)
			}
		}
	}
	return s.forgetAddresses(ctx, op, d.ID)
}

// Due tells whether deletions are to be finished.
func (s *Deletions) Due(ctx context.Context) (bool, error) {
	n, err := s.people.docs.Count(ctx, s.due(1))
	return n > 0, Fault("org.DeletionsDue", "", err)
}

func (s *Deletions) due(limit int) store.Query {
	return store.Query{Range: &store.Range{Field: "leaving", To: s.now().UTC().Add(-settleTime)}, Limit: limit}
}

// Finish finishes up to limit deletions that began long enough ago: those that were cut off, and what requests have written that were
// under way. It tells how many people are gone; one whose last events are on their way to the history waits for the next time.
func (s *Deletions) Finish(ctx context.Context, limit int) (int, error) {
	const op = "org.FinishDeletions"
	page, err := s.people.docs.FindShared(ctx, s.due(limit))
	if err != nil {
		return 0, Fault(op, "", err)
	}
	gone := 0
	var failed []error
	for _, doc := range page.Docs {
		finished, err := s.finish(ctx, op, PersonID(doc.ID))
		if finished {
			gone++
		}
		failed = append(failed, err) // one that fails is no reason to keep the others
	}
	return gone, errors.Join(failed...)
}

func (s *Deletions) finish(ctx context.Context, op string, id PersonID) (bool, error) {
	err := s.settle(ctx, op, id)
	if fault.CodeOf(err) == fault.Conflict {
		return false, nil // she was put back
	}
	if err == nil {
		err = s.Clear(ctx, id)
	}
	if err != nil {
		return false, err
	}
	doc, err := s.people.docs.Get(ctx, string(id))
	if err == nil {
		err = s.people.docs.Delete(ctx, string(id), doc.Revision)
	}
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrPending):
		return false, nil
	}
	return false, Fault(op, "", err)
}

// DeleteFormer deletes up to limit people who have been without any role since before a day, and tells how many. Of whom it is not known
// since when, it is from now on: look is how many were looked at.
func (s *Deletions) DeleteFormer(ctx context.Context, a Actor, before time.Time, limit int) (deleted, looked int, err error) {
	const op = "org.DeleteFormer"
	page, err := s.people.docs.FindShared(ctx, store.Query{Range: &store.Range{Field: "ended", To: before.UTC()}, Limit: limit})
	if err != nil {
		return 0, 0, Fault(op, "", err)
	}
	for _, doc := range page.Docs {
		looked++
		if doc.Value.Ended.IsZero() {
			_, err := s.people.Change(ctx, PersonID(doc.ID), func(p *Person) error {
				if !p.roleless() || !p.Ended.IsZero() {
					return store.ErrNoChange
				}
				p.Ended = s.now().UTC()
				return nil
			})
			if err != nil && fault.CodeOf(err) != fault.NotFound {
				return deleted, looked, err
			}
			continue
		}
		err := s.leave(ctx, op, a, PersonID(doc.ID), func(p Person) error {
			if !p.roleless() || !p.Ended.Before(before) { // let in again meanwhile
				return errStays
			}
			return nil
		})
		switch {
		case err == nil:
			deleted++
		case errors.Is(err, errStays), fault.CodeOf(err) == fault.NotFound, fault.CodeOf(err) == fault.Conflict:
		default:
			return deleted, looked, err
		}
	}
	return deleted, looked, nil
}

var errStays = errors.New("org: has a role again")
