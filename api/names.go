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
