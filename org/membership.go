package org

import (
	"context"
	"errors"
	"slices"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
)

// place is where a grant counts, as memberships are found by: "larvik", "region:vestfold-telemark", "service".
func (g Grant) place() string {
	switch g.Role {
	case RegionalLead:
		return "region:" + string(g.Region)
	case NationalReader, Administrator, Auditor:
		return "service"
	}
	return string(g.Municipality)
}

// membership says that a person has, or had, a role in a place, so that a place's people are found by an index however many places
// each of them has. It is written before her grant is and stays until she is deleted: what she is there now stands in her own document alone.
type membership struct {
	Person      PersonID `bson:"person"`
	Place       string   `bson:"place"`
	Region      RegionID `bson:"region,omitempty"`
	Coordinator bool     `bson:"coordinator,omitempty"` // is or was
}

func newMemberships(db *store.DB) *store.Collection[membership] {
	return store.NewCollection(db, store.Spec[membership]{
		Name: "memberships", Shape: 1,
		Fields: []store.Field[membership]{
			{Name: "place", Type: store.String, Value: func(_ string, m *membership) any { return m.Place }},
			{Name: "region", Type: store.String, Value: func(_ string, m *membership) any { return m.Region }},
			{Name: "coordinator", Type: store.Bool, Value: func(_ string, m *membership) any { return m.Coordinator }},
			{Name: "person", Type: store.String, Value: func(_ string, m *membership) any { return m.Person }},
		},
		Indexes: []store.Index{
			{Name: "place", Fields: []string{"place"}}, {Name: "coordinators", Fields: []string{"region", "coordinator"}}, {Name: "person", Fields: []string{"person"}},
		},
	})
}

// membershipsOf lists what a person's grants make, one per place.
func membershipsOf(id PersonID, grants []Grant) []store.Item[membership] {
	var items []store.Item[membership]
	at := map[string]int{}
	for _, g := range grants {
		place := g.place()
		n, ok := at[place]
		if !ok {
			n = len(items)
			at[place] = n
			items = append(items, store.Item[membership]{ID: place + "/" + string(id), Value: membership{Person: id, Place: place, Region: g.Region}})
		}
		items[n].Value.Coordinator = items[n].Value.Coordinator || g.Role == Coordinator
	}
	return items
}

// join writes the memberships of grants that a person is about to get.
func (s *People) join(ctx context.Context, id PersonID, grants []Grant) error {
	items := membershipsOf(id, grants)
	if len(items) == 0 {
		return nil
	}
	_, errs := s.memberships.InsertMany(ctx, items)
	for i, err := range errs {
		if errors.Is(err, store.ErrExists) {
			_, err = s.memberships.Update(ctx, items[i].ID, func(m *membership) ([]store.Event, error) {
				if m.Region == items[i].Value.Region && (m.Coordinator || !items[i].Value.Coordinator) {
					return nil, store.ErrNoChange
				}
				m.Region, m.Coordinator = items[i].Value.Region, m.Coordinator || items[i].Value.Coordinator
				return nil, nil
			})
		}
		if err != nil {
			return Fault("org.join", "", err)
		}
	}
	return nil
}

// Unjoined tells whether somebody is there whom a build wrote that knew neither addresses nor memberships. It is one cheap read.
func (s *People) Unjoined(ctx context.Context) (bool, error) {
	n, err := s.docs.Count(ctx, store.Query{Equal: []store.Term{{Field: "joined", Value: false}}, Limit: 1})
	return n > 0, Fault("org.Unjoined", "", err)
}

// JoinOlder writes the addresses and memberships that are missing of up to limit such people, and tells of how many. Cut off and done
// again it comes to the same.
func (s *People) JoinOlder(ctx context.Context, limit int) (int, error) {
	const op = "org.JoinOlder"
	page, err := s.docs.FindShared(ctx, store.Query{Equal: []store.Term{{Field: "joined", Value: false}}, Limit: limit})
	if err != nil {
		return 0, Fault(op, "", err)
	}
	for n, doc := range page.Docs {
		p := personOf(doc)
		if p.Email != "" {
			if _, err := s.addresses.Insert(ctx, p.Email, holder{p.ID}); err != nil && !errors.Is(err, store.ErrExists) {
				return n, Fault(op, "", err)
			}
		}
		if err := s.join(ctx, p.ID, slices.Concat(p.Grants, p.Former)); err != nil {
			return n, err
		}
		if _, err := s.Change(ctx, p.ID, func(p *Person) error { p.Joined = true; return nil }); err != nil && fault.CodeOf(err) != fault.NotFound { // deleted meanwhile
			return n, err
		}
	}
	return len(page.Docs), nil
}

// In lists who has or had a role in a municipality, at most limit (1 to 100) people, and a cursor for what follows.
func (s *People) In(ctx context.Context, m MunicipalityID, limit int, after store.Cursor) ([]Person, store.Cursor, error) {
	return s.at(ctx, store.Query{Equal: []store.Term{{Field: "place", Value: string(m)}}, Limit: limit, After: after})
}

// Depart takes from everyone what she was in a municipality that leaves, and her sessions and tokens with it. Who has no role left can't sign
// in; what she was elsewhere stays.
func (s *People) Depart(ctx context.Context, a Actor, m MunicipalityID, now time.Time) error {
	const op = "org.DepartPeople"
	if !MayCarryOutDepartures(a) {
		return fault.New(fault.Forbidden, op, "error.forbidden")
	}
	for {
		page, err := s.memberships.Find(ctx, store.Query{Equal: []store.Term{{Field: "place", Value: string(m)}}, Limit: store.MaxMembers})
		if err != nil || len(page.Docs) == 0 {
			return Fault(op, "", err)
		}
		for _, doc := range page.Docs {
			_, err := s.ChangeAndTell(ctx, doc.Value.Person, func(p *Person) ([]store.Event, error) { return p.depart(m, a, now) })
			if err != nil && fault.CodeOf(err) != fault.NotFound {
				return err
			}
			if err := s.memberships.Delete(ctx, doc.ID, doc.Revision); err != nil && !errors.Is(err, store.ErrNotFound) {
				return Fault(op, "", err)
			}
		}
	}
}

// longAgo is when the roles ended of whom nothing is to be kept: the job retention deletes her when it runs next.
var longAgo = time.Unix(1, 0).UTC()

// depart takes what somebody was in a municipality. Who was nothing anywhere else is not kept for the months that others are.
func (p *Person) depart(m MunicipalityID, a Actor, now time.Time) ([]store.Event, error) {
	there := func(g Grant) bool { return g.Municipality == m }
	var events []store.Event
	for _, g := range p.Grants {
		if there(g) {
			events = append(events, told("person.deactivated", now, a.Name(), g))
		}
	}
	if len(events) == 0 && !slices.ContainsFunc(p.Former, there) {
		return nil, store.ErrNoChange
	}
	if len(events) > 0 {
		p.Keys = nil
	}
	p.Grants, p.Former = slices.DeleteFunc(slices.Clone(p.Grants), there), slices.DeleteFunc(slices.Clone(p.Former), there)
	p.Inactive = p.Inactive || len(p.Grants) == 0
	if p.Chosen == m {
		p.Chosen = ""
	}
	if len(p.Grants)+len(p.Former) == 0 {
		p.Ended = longAgo
	}
	return events, nil
}

// CoordinatorsIn lists who is or was a coordinator in a region's municipalities, as In.
func (s *People) CoordinatorsIn(ctx context.Context, r RegionID, limit int, after store.Cursor) ([]Person, store.Cursor, error) {
	return s.at(ctx, store.Query{Equal: []store.Term{{Field: "region", Value: string(r)}, {Field: "coordinator", Value: true}}, Limit: limit, After: after})
}

// at reads two times, however many people there are.
func (s *People) at(ctx context.Context, q store.Query) ([]Person, store.Cursor, error) {
	const op = "org.PeopleIn"
	page, err := s.memberships.Find(ctx, q)
	if err != nil {
		return nil, "", Fault(op, "", err)
	}
	var ids []string
	seen := map[PersonID]bool{} // one may coordinate several of a region's municipalities
	for _, d := range page.Docs {
		if !seen[d.Value.Person] {
			seen[d.Value.Person] = true
			ids = append(ids, string(d.Value.Person))
		}
	}
	docs, err := s.docs.GetManyShared(ctx, ids)
	if err != nil {
		return nil, "", Fault(op, "", err)
	}
	var people []Person
	for _, d := range docs {
		if d.Value.Leaving == nil {
			people = append(people, personOf(d))
		}
	}
	return people, page.Next, nil
}

// HasLeader tells whether a municipality has a leader who may sign in.
func (s *People) HasLeader(ctx context.Context, m MunicipalityID) (bool, error) {
	return s.othersHold(ctx, Grant{Role: Leader, Municipality: m}, "")
}

// hers lists up to limit of a person's own memberships.
func (s *People) hers(ctx context.Context, id PersonID, limit int) ([]store.Doc[membership], error) {
	page, err := s.memberships.Find(ctx, store.Query{Equal: []store.Term{{Field: "person", Value: string(id)}}, Limit: limit})
	return page.Docs, Fault("org.Memberships", "", err)
}

// Places lists where it is kept that a person has or had a role: municipalities, "region:" and a region, "service".
func (s *People) Places(ctx context.Context, id PersonID) ([]string, error) {
	docs, err := s.hers(ctx, id, store.MaxLimit)
	var places []string
	for _, d := range docs {
		places = append(places, d.Value.Place)
	}
	return places, err
}

// othersHold tells whether anybody but one is active in a grant.
func (s *People) othersHold(ctx context.Context, g Grant, except PersonID) (held bool, err error) {
	err = s.eachHolding(ctx, g, func(p Person) bool { held = p.ID != except; return !held })
	return held, err
}

// Holding lists everyone who is active in a grant; which region a municipality is in does not matter.
func (s *People) Holding(ctx context.Context, g Grant) (all []Person, err error) {
	err = s.eachHolding(ctx, g, func(p Person) bool { all = append(all, p); return true })
	return all, err
}

// eachHolding gives those who are active in a grant to see, until it has seen enough.
func (s *People) eachHolding(ctx context.Context, g Grant, see func(Person) (more bool)) error {
	q := store.Query{Equal: []store.Term{{Field: "place", Value: g.place()}}, Limit: store.MaxMembers}
	for {
		people, next, err := s.at(ctx, q)
		if err != nil {
			return err
		}
		for _, p := range people {
			if !p.Inactive && p.Holds(g) && !see(p) {
				return nil
			}
		}
		if next == "" {
			return nil
		}
		q.After = next
	}
}

// Any tells whether there is anybody at all.
func (s *People) Any(ctx context.Context) (bool, error) {
	n, err := s.docs.Count(ctx, store.Query{Order: []string{"email"}, Limit: 1})
	return n > 0, Fault("org.People", "", err)
}
