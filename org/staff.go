package org

import (
	"context"
	"slices"

	"helhet/internal/fault"
	"helhet/internal/store"
)

// find gets a person whom the actor may manage in something, now or before; fault Forbidden otherwise, also for one who is not there: ids
// can't be tried out.
func (s *Invitations) find(ctx context.Context, op string, a Actor, id PersonID) (Person, error) {
	forbidden := fault.New(fault.Forbidden, op, "error.forbidden")
	p, err := s.people.Get(ctx, id)
	if code := fault.CodeOf(err); code == fault.NotFound || code == fault.Malformed {
		return Person{}, forbidden
	}
	if err != nil {
		return Person{}, err
	}
	if !slices.ContainsFunc(slices.Concat(p.Grants, p.Former), func(g Grant) bool { return MayGrant(a, g) }) {
		return Person{}, forbidden
	}
	return p, nil
}

// Managed gets a person for one who manages her; fault Forbidden for everyone else.
func (s *Invitations) Managed(ctx context.Context, a Actor, id PersonID) (Person, error) {
	return s.find(ctx, "org.Managed", a, id)
}

// Kind is what somebody may leave to another: "steps".
type Kind string

// The kinds there are.
const (
	OwnInvitations Kind = "invitations" // that wait for an answer
	OwnSteps       Kind = "steps"       // open ones of the improvement plan
	OwnTasks       Kind = "tasks"       // of a round, to answer
	OwnBenefits    Kind = "benefits"
)

// Kinds lists every kind.
var Kinds = []Kind{OwnInvitations, OwnSteps, OwnTasks, OwnBenefits}

// Owned is one kind that people own in another part of the service: whether somebody has any in some municipalities, at most store.MaxMembers
// of them, and handing over what of it the actor may. It tells how many.
type Owned struct {
	Kind     Kind
	Any      func(ctx context.Context, id PersonID, in []MunicipalityID) (bool, error)
	HandOver func(ctx context.Context, a Actor, from, to Person) (int, error)
}

// Among is a query for what belongs to one of some municipalities, of documents that say so in a field of that name.
func Among(all []MunicipalityID) *store.Membership {
	m := &store.Membership{Field: "municipality"}
	for _, id := range all {
		m.Values = append(m.Values, string(id))
	}
	return m
}

// Owns tells what a person has that the actor may hand over. What she has where the actor does not manage her is nothing of the actor's.
func (s *Invitations) Owns(ctx context.Context, a Actor, p Person) ([]Kind, error) {
	var kinds []Kind
	sent, err := s.By(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(sent, func(i Invitation) bool { return MayGrant(a, i.Grant) }) {
		kinds = append(kinds, OwnInvitations)
	}
	var places []MunicipalityID
	for _, g := range slices.Concat(p.Grants, p.Former) {
		if g.Municipality != "" && MayGrant(a, g) && !slices.Contains(places, g.Municipality) && len(places) < store.MaxMembers {
			places = append(places, g.Municipality)
		}
	}
	if len(places) == 0 {
		return kinds, nil
	}
	for _, o := range s.owned {
		any, err := o.Any(ctx, p.ID, places)
		if err != nil {
			return nil, err
		}
		if any {
			kinds = append(kinds, o.Kind)
		}
	}
	return kinds, nil
}

// ChangeRole gives a person another role in a municipality in place of the one she has. Nobody changes her own.
func (s *Invitations) ChangeRole(ctx context.Context, a Actor, id PersonID, m MunicipalityID, from, to Role) error {
	const op = "org.ChangeRole"
	p, err := s.find(ctx, op, a, id)
	if err != nil {
		return err
	}
	if a.Person == id {
		return fault.New(fault.Forbidden, op, "error.person.own-role")
	}
	at := slices.IndexFunc(p.Grants, func(g Grant) bool { return g.Role == from && g.Municipality == m && m != "" })
	if at < 0 {
		return fault.New(fault.Conflict, op, "error.busy")
	}
	old := p.Grants[at]
	next := Grant{Role: to, Municipality: m, Region: old.Region}
	if to != Contributor && to != Coordinator && to != Leader {
		return fault.Wrong(op, "role", "error.invitation.role")
	}
	if !MayGrant(a, old) || !MayGrant(a, next) {
		return fault.New(fault.Forbidden, op, "error.forbidden")
	}
	if from == to {
		return nil
	}
	if err := s.people.join(ctx, id, []Grant{next}); err != nil {
		return err
	}
	now := s.now().UTC()
	_, err = s.people.ChangeAndTell(ctx, id, func(p *Person) ([]store.Event, error) {
		i := slices.Index(p.Grants, old)
		if i < 0 {
			return nil, fault.New(fault.Conflict, op, "error.busy")
		}
		if p.Holds(next) {
			p.Grants = slices.Delete(p.Grants, i, i+1)
		} else {
			p.Grants[i] = next
		}
		return []store.Event{told("person.role-changed", now, a.Name(), next, store.Fact{Key: "from", Value: string(from)})}, nil
	})
	if err != nil {
		return err
	}
	return s.keepOne(ctx, op, a, id, []Grant{old}, func(p *Person) {
		p.Grants = slices.DeleteFunc(p.Grants, func(g Grant) bool { return g == next })
		p.Grants = append(p.Grants, old)
	})
}

// Deactivate takes from a person every role the actor may give. Her sessions and tokens end in the same write, and when nothing is left
// she can't sign in. The last coordinator of a municipality, and the last administrator, can't do so to herself.
func (s *Invitations) Deactivate(ctx context.Context, a Actor, id PersonID) error {
	const op = "org.Deactivate"
	p, err := s.find(ctx, op, a, id)
	if err != nil {
		return err
	}
	if a.Person == id {
		for _, g := range p.Grants {
			if err := s.notLast(ctx, op, g, id); err != nil && MayGrant(a, g) {
				return err
			}
		}
	}
	now := s.now().UTC()
	var taken []Grant
	_, err = s.people.ChangeAndTell(ctx, id, func(p *Person) ([]store.Event, error) {
		taken = nil
		var kept []Grant
		var events []store.Event
		for _, g := range p.Grants {
			if !MayGrant(a, g) {
				kept = append(kept, g)
				continue
			}
			taken = append(taken, g)
			events = append(events, told("person.deactivated", now, a.Name(), g))
		}
		if len(taken) == 0 {
			return nil, store.ErrNoChange
		}
		p.Grants, p.Keys, p.Inactive = kept, nil, p.Inactive || len(kept) == 0
		if p.roleless() {
			p.Ended = now
		}
		for _, g := range taken {
			if !slices.Contains(p.Former, g) {
				p.Former = append(p.Former, g)
			}
		}
		return events, nil
	})
	if err != nil {
		return err
	}
	return s.keepOne(ctx, op, a, id, taken, func(p *Person) { p.restore(taken) })
}

// notLast is a fault Conflict when nobody else is active in a grant that somebody must be in.
func (s *Invitations) notLast(ctx context.Context, op string, g Grant, id PersonID) error {
	key := "error.person.last-coordinator"
	switch g.Role {
	case Coordinator:
	case Administrator:
		key = "error.person.last-administrator"
	default:
		return nil
	}
	others, err := s.people.othersHold(ctx, g, id)
	if err == nil && !others {
		err = fault.New(fault.Conflict, op, key)
	}
	return err
}

// keepOne puts back what was taken from a person when two took each other's place away at the same moment and nobody is left. A lead
// and an administrator may leave a municipality without a coordinator: they are there to name another.
func (s *Invitations) keepOne(ctx context.Context, op string, a Actor, id PersonID, taken []Grant, putBack func(*Person)) error {
	for _, g := range taken {
		if g.Role == Coordinator && !a.in(g.Municipality, Coordinator) {
			continue
		}
		if err := s.notLast(ctx, op, g, id); err != nil {
			_, back := s.people.Change(ctx, id, func(p *Person) error { putBack(p); return nil })
			if back != nil {
				return back
			}
			return err
		}
	}
	return nil
}

// restore gives back roles that were taken.
func (p *Person) restore(grants []Grant) {
	p.Former = slices.DeleteFunc(p.Former, func(g Grant) bool { return slices.Contains(grants, g) })
	for _, g := range grants {
		if !p.Holds(g) {
			p.Grants = append(p.Grants, g)
		}
	}
	p.Inactive = false
}

// Reactivate gives back what was taken from a person, as far as the actor may give it.
func (s *Invitations) Reactivate(ctx context.Context, a Actor, id PersonID) error {
	const op = "org.Reactivate"
	if _, err := s.find(ctx, op, a, id); err != nil {
		return err
	}
	if a.Person == id {
		return fault.New(fault.Forbidden, op, "error.person.own-role")
	}
	now := s.now().UTC()
	_, err := s.people.ChangeAndTell(ctx, id, func(p *Person) ([]store.Event, error) {
		var back []Grant
		var events []store.Event
		for _, g := range p.Former {
			if MayGrant(a, g) {
				back = append(back, g)
				events = append(events, told("person.reactivated", now, a.Name(), g))
			}
		}
		if len(back) == 0 {
			return nil, store.ErrNoChange
		}
		p.restore(back)
		return events, nil
	})
	return err
}

// HandOver makes what somebody owned another's: the open invitations she made, and what other parts of the service keep under her name. It takes
// the invitations that the actor may grant, and the one who gets them must be able to carry them on. It tells how many of each kind it were.
func (s *Invitations) HandOver(ctx context.Context, a Actor, from, to PersonID) (map[Kind]int, error) {
	const op = "org.HandOver"
	leaver, err := s.find(ctx, op, a, from)
	if err != nil {
		return nil, err
	}
	heir, err := s.people.Get(ctx, to)
	if to != a.Person { // who manages may take it on herself
		heir, err = s.find(ctx, op, a, to)
	}
	if err != nil {
		return nil, err
	}
	page, err := s.docs.Find(ctx, store.Query{Equal: []store.Term{{Field: "by", Value: string(from)}, {Field: "open", Value: true}}, Limit: store.MaxLimit})
	if err != nil {
		return nil, Fault(op, "", err)
	}
	now, handed := s.now().UTC(), map[Kind]int{}
	for _, doc := range page.Docs {
		if !MayGrant(a, doc.Value.Grant) || !MayGrant(heir.Actor(), doc.Value.Grant) || from == to {
			continue
		}
		_, err := s.docs.Update(ctx, doc.ID, func(i *Invitation) ([]store.Event, error) {
			if i.By != from || i.State != InvitationOpen {
				return nil, store.ErrNoChange
			}
			i.By = to
			return []store.Event{told("invitation.handed-over", now, a.Name(), i.Grant, store.Fact{Key: "to", Value: string(to)})}, nil
		})
		if err != nil {
			return handed, Fault(op, "", err)
		}
		handed[OwnInvitations]++
	}
	for _, o := range s.owned {
		n, err := o.HandOver(ctx, a, leaver, heir)
		handed[o.Kind] += n
		if err != nil {
			return handed, err
		}
	}
	return handed, nil
}

// Choose sets which of her municipalities a person works in now. It gives no access: only one she has a role in can be chosen.
func (s *People) Choose(ctx context.Context, id PersonID, m MunicipalityID) error {
	_, err := s.Change(ctx, id, func(p *Person) error {
		if !slices.Contains(p.Municipalities(), m) {
			return fault.New(fault.Forbidden, "org.Choose", "error.forbidden")
		}
		if p.Chosen == m {
			return store.ErrNoChange
		}
		p.Chosen = m
		return nil
	})
	return err
}
