// Package auth knows who is asking: sessions of browsers and tokens of programs, both opaque, both stored as hashes only, in the
// document of the person they speak for.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// How long a session lasts at most, and may lie unused, unless the settings say less. Ansattporten's limits, which the strictest issuer
// sets for all.
const (
	SessionLength = 120 * time.Minute
	SessionIdle   = 30 * time.Minute

	seenEvery   = time.Minute // a key's last use is written at most this often
	tokenPrefix = "helhet_"
)

// Service signs people in and recognises them.
type Service struct {
	people       *org.People
	now          func() time.Time
	idle, length time.Duration // of a session
}

// New makes the service.
func New(people *org.People, now func() time.Time) *Service {
	return &Service{people: people, now: now, idle: SessionIdle, length: SessionLength}
}

// Lasting sets how long sessions may lie unused, and last in all. It is called before the service is used.
func (s *Service) Lasting(idle, length time.Duration) *Service {
	s.idle, s.length = idle, length
	return s
}

// ends is when a key stops to be one.
func (s *Service) ends(k org.Key) time.Time {
	if idle := k.Seen.Add(s.idle); k.Kind == org.SessionKey && idle.Before(k.Ends) {
		return idle
	}
	return k.Ends
}

// A secret is the person's id and a random part, so that her document is found without a search: "p-4f0c….ABCDEF…".
func secretOf(id org.PersonID) string { return string(id) + "." + rand.Text() }

// personIn gives whose a secret says it is, "" when it is no secret of ours.
func personIn(secret string) org.PersonID {
	return org.PersonID(secret[:max(0, strings.LastIndexByte(secret, '.'))])
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Caller is who asks: a person, and the key that speaks for her.
type Caller struct {
	org.Person
	Key org.Key
}

// Actor is the caller as the access rules see her: narrowed by her token, where it is one.
func (c Caller) Actor() org.Actor { return c.Person.ActorBy(c.Key) }

// SessionIssuer is the id of the issuer that a person's session came from, "" for any other.
func SessionIssuer(p org.Person, secret string) string {
	key, _ := p.Key(org.SessionKey, hashOf(secret))
	return key.Issuer
}

// newKey gives a person a key and returns its secret. Ready says last whether it may be, looking at her as she is; it may be called
// several times. Fault Forbidden when she is inactive.
func (s *Service) newKey(ctx context.Context, id org.PersonID, key org.Key, length time.Duration, ready func(*org.Person, org.Key) ([]store.Event, error)) (string, org.Key, error) {
	secret, now := secretOf(id), s.now().UTC()
	key.ID, key.Hash, key.Created, key.Seen, key.Ends = rand.Text(), hashOf(secret), now, now, now.Add(length)
	_, err := s.people.ChangeAndTell(ctx, id, func(p *org.Person) ([]store.Event, error) {
		if p.Inactive {
			return nil, fault.New(fault.Forbidden, "auth.NewKey", "error.person.inactive")
		}
		events, err := ready(p, key)
		if err != nil {
			return nil, err
		}
		p.AddKey(key, now)
		return events, nil
	})
	return secret, key, err
}

// event tells of a key by its id alone. A narrowed token's event belongs to its municipality's history.
func (s *Service) event(kind string, by Caller, k org.Key) store.Event {
	actor := org.Actor{Person: by.ID}
	if by.Key.Kind == "" {
		actor = org.SystemActor("console") // who has the machine, with no key of hers
	}
	return store.Event{Type: kind, At: s.now().UTC(), Actor: actor.Name(), Scope: string(k.Municipality), Data: []store.Fact{{Key: "key", Value: k.ID}}}
}

// BySession finds who a browser belongs to. Fault Unauthenticated when the session is unknown, over, or its person inactive.
func (s *Service) BySession(ctx context.Context, secret string) (Caller, error) {
	return s.byKey(ctx, "auth.BySession", org.SessionKey, secret, true)
}

// Look is BySession for what only looks whether the session still lasts: it doesn't make it last longer.
func (s *Service) Look(ctx context.Context, secret string) (Caller, error) {
	return s.byKey(ctx, "auth.Look", org.SessionKey, secret, false)
}

// Left tells how long a key still works: unless it is used before, and at most.
func (s *Service) Left(k org.Key) (unused, most time.Duration) {
	now := s.now()
	return max(0, s.ends(k).Sub(now)), max(0, k.Ends.Sub(now))
}

// ByToken finds who a program speaks for. Fault Unauthenticated as BySession.
func (s *Service) ByToken(ctx context.Context, token string) (Caller, error) {
	const op = "auth.ByToken"
	secret, ok := strings.CutPrefix(token, tokenPrefix)
	if !ok {
		return Caller{}, unknown(op)
	}
	return s.byKey(ctx, op, org.TokenKey, secret, true)
}

// byKey costs one read, and once a minute a write when it counts as use.
func (s *Service) byKey(ctx context.Context, op string, kind org.KeyKind, secret string, use bool) (Caller, error) {
	id := personIn(secret)
	if id == "" {
		return Caller{}, unknown(op)
	}
	person, err := s.people.Get(ctx, id)
	if code := fault.CodeOf(err); code == fault.NotFound || code == fault.Malformed {
		return Caller{}, unknown(op)
	}
	if err != nil {
		return Caller{}, err
	}
	now := s.now().UTC()
	key, ok := person.Key(kind, hashOf(secret))
	if !ok || person.Inactive || !now.Before(s.ends(key)) {
		return Caller{}, unknown(op)
	}
	if !use || now.Sub(key.Seen) < seenEvery {
		return Caller{person, key}, nil
	}
	person, err = s.people.Change(ctx, id, func(p *org.Person) error {
		for i := range p.Keys {
			if p.Keys[i].ID == key.ID && now.Sub(p.Keys[i].Seen) >= seenEvery {
				p.Keys[i].Seen = now
				return nil
			}
		}
		return store.ErrNoChange // ended meanwhile, or written down by another request of the same page
	})
	if fault.CodeOf(err) == fault.NotFound { // deleted meanwhile
		return Caller{}, unknown(op)
	}
	if err != nil {
		return Caller{}, err
	}
	if key, ok = person.Key(kind, key.Hash); !ok || person.Inactive {
		return Caller{}, unknown(op)
	}
	return Caller{person, key}, nil
}

func unknown(op string) error {
	return fault.New(fault.Unauthenticated, op, "error.unauthenticated")
}

// Sweep takes away the keys that are over of up to limit people, and tells of how many.
func (s *Service) Sweep(ctx context.Context, limit int) (int, error) {
	now := s.now().UTC()
	ids, err := s.people.KeysOver(ctx, now, limit)
	if err != nil {
		return 0, err
	}
	for n, id := range ids {
		if _, err := s.people.Change(ctx, id, func(p *org.Person) error {
			p.DropKeys(func(k org.Key) bool { return !now.Before(s.ends(k)) })
			return nil
		}); err != nil {
			return n, err
		}
	}
	return len(ids), nil
}
