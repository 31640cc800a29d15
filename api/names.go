package api

import (
	"context"
	"slices"
	"strings"

	"helhet/internal/locale"
	"helhet/internal/store"
	"helhet/org"
)

// names are what people are called on one answer. Whoever is gone is one for all: what she did stays, who she was does not.
type names struct {
	known map[org.PersonID]string
	left  string
}

// of is what somebody is called; "" stands for nobody.
func (n names) of(id org.PersonID) string {
	if id == "" {
		return ""
	}
	if name, ok := n.known[id]; ok {
		return name
	}
	return n.left
}

// peopleIn lists those who are in a municipality and may something there, by name.
func (s *Server) peopleIn(ctx context.Context, m org.MunicipalityID, may func(org.Actor, org.MunicipalityID) bool) ([]org.Person, error) {
	var all []org.Person
	for after := store.Cursor(""); ; {
		people, next, err := s.People.In(ctx, m, store.MaxMembers, after)
		if err != nil {
			return nil, err
		}
		for _, p := range people {
			if may(p.Actor(), m) {
				all = append(all, p)
			}
		}
		if after = next; after == "" {
			break
		}
	}
	org.SortByName(all, func(p org.Person) string { return p.Name })
	return all, nil
}

// ownersNamed finds what owners of a municipality's benefits are called, and says of whom has no role there any more that it is so: somebody else should have hers.
func (s *Server) ownersNamed(ctx context.Context, t locale.Text, m org.MunicipalityID, ids ...org.PersonID) (names, error) {
	n := names{map[org.PersonID]string{}, t.T("person.left")}
	for some := range slices.Chunk(ids, store.MaxMembers) {
		known, err := s.People.Known(ctx, some)
		if err != nil {
			return n, err
		}
		for _, p := range known {
			if n.known[p.ID] = p.Name; !org.MayOwnBenefit(p.Actor(), m) {
				n.known[p.ID] = t.T("benefit.owner.left", "name", p.Name)
			}
		}
	}
	return n, nil
}

// names finds what people are called now.
func (s *Server) names(ctx context.Context, t locale.Text, ids ...org.PersonID) (names, error) {
	n := names{map[org.PersonID]string{}, t.T("person.left")}
	ids = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(ids))), func(id org.PersonID) bool { return id == "" || strings.HasPrefix(string(id), "system:") })
	for some := range slices.Chunk(ids, store.MaxMembers) {
		found, err := s.People.Names(ctx, some)
		if err != nil {
			return n, err
		}
		for id, name := range found {
			n.known[id] = name
		}
	}
	return n, nil
}
