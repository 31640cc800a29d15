package auth

import (
	"cmp"
	"context"
	"slices"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// SignIn starts a session and returns its secret, which only the browser keeps.
func (s *Service) SignIn(ctx context.Context, id org.PersonID) (string, error) {
	secret, _, err := s.newKey(ctx, id, org.Key{Kind: org.SessionKey}, s.length, func(*org.Person, org.Key) ([]store.Event, error) { return nil, nil })
	return secret, err
}

// SignOut ends a session; one that is gone is no failure.
func (s *Service) SignOut(ctx context.Context, secret string) error {
	hash, id := hashOf(secret), personIn(secret)
	_, err := s.end(ctx, Caller{Person: org.Person{ID: id}, Key: org.Key{Kind: org.SessionKey}}, "session.ended",
		func(k org.Key) bool { return k.Kind == org.SessionKey && k.Hash == hash })
	if code := fault.CodeOf(err); code == fault.NotFound || code == fault.Malformed {
		return nil
	}
	return err
}

// EndSession ends one of the caller's own sessions, by its id; one that is gone is no failure. Fault Forbidden for a token, which has no
// say over browsers.
func (s *Service) EndSession(ctx context.Context, by Caller, id string) error {
	if err := ownSessions(by); err != nil {
		return err
	}
	_, err := s.end(ctx, by, "session.ended", func(k org.Key) bool { return k.Kind == org.SessionKey && k.ID == id })
	return err
}

// EndOtherSessions ends all of the caller's sessions but the one she asks through, and tells how many.
func (s *Service) EndOtherSessions(ctx context.Context, by Caller) (int, error) {
	if err := ownSessions(by); err != nil {
		return 0, err
	}
	return s.end(ctx, by, "session.ended", func(k org.Key) bool { return k.Kind == org.SessionKey && k.ID != by.Key.ID })
}

func ownSessions(by Caller) error {
	if by.Key.Kind != org.SessionKey {
		return fault.New(fault.Forbidden, "auth.EndSession", "error.session.token")
	}
	return nil
}

// end takes keys away, with an event for each, and tells how many.
func (s *Service) end(ctx context.Context, by Caller, event string, which func(org.Key) bool) (int, error) {
	ended := 0
	_, err := s.people.ChangeAndTell(ctx, by.ID, func(p *org.Person) ([]store.Event, error) {
		var events []store.Event
		for _, k := range p.Keys {
			if which(k) {
				events = append(events, s.event(event, by, k))
			}
		}
		if ended = len(events); ended == 0 {
			return nil, store.ErrNoChange
		}
		p.DropKeys(which)
		return events, nil
	})
	return ended, err
}

// Keys lists the caller's own keys of a kind that have not ended, the one used last first.
func (s *Service) Keys(by Caller, kind org.KeyKind) []org.Key {
	var keys []org.Key
	for _, k := range by.Person.Keys {
		if k.Kind == kind && s.now().Before(s.ends(k)) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b org.Key) int {
		return cmp.Or(b.Seen.Compare(a.Seen), b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
	})
	return keys
}
