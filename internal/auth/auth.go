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

// How long a session may last, and lie unused. Ansattporten's limits, which the strictest issuer sets for all.
const (
	SessionLength = 120 * time.Minute
	SessionIdle   = 30 * time.Minute
	TokenLength   = 90 * 24 * time.Hour

	seenEvery   = time.Minute // a key's last use is written at most this often
	tokenPrefix = "helhet_"
)

// Service signs people in and recognises them.
type Service struct {
	people *org.People
	now    func() time.Time
}

// New makes the service.
func New(people *org.People, now func() time.Time) *Service {
	return &Service{people: people, now: now}
}

// ends is when a key stops to be one.
func ends(k org.Key) time.Time {
	if idle := k.Seen.Add(SessionIdle); k.Kind == org.SessionKey && idle.Before(k.Ends) {
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

// SignIn starts a session and returns its secret, which only the browser keeps.
func (s *Service) SignIn(ctx context.Context, id org.PersonID) (string, error) {
	return s.newKey(ctx, id, org.SessionKey, SessionLength, keyIssuer{})
}

// SessionIssuer is the id of the issuer that a person's session came from, "" for any other.
func SessionIssuer(p org.Person, secret string) string {
	key, _ := p.Key(org.SessionKey, hashOf(secret))
	return key.Issuer
}

// NewToken makes an API token for a person and returns it; only its hash is kept, so it can't be shown again.
func (s *Service) NewToken(ctx context.Context, id org.PersonID) (string, error) {
	secret, err := s.newKey(ctx, id, org.TokenKey, TokenLength, keyIssuer{})
	return tokenPrefix + secret, err
}

// keyIssuer is which issuer a session came from, if any, and the hash of its iss and sid.
type keyIssuer struct{ id, sid string }

// newKey gives a person a key. Fault Forbidden when she is inactive.
func (s *Service) newKey(ctx context.Context, id org.PersonID, kind org.KeyKind, length time.Duration, at keyIssuer) (string, error) {
	secret, now := secretOf(id), s.now().UTC()
	key := org.Key{ID: rand.Text(), Hash: hashOf(secret), Kind: kind, Created: now, Seen: now, Ends: now.Add(length), Issuer: at.id, SID: at.sid}
	_, err := s.people.Change(ctx, id, func(p *org.Person) error {
		if p.Inactive {
			return fault.New(fault.Forbidden, "auth.NewKey", "error.person.inactive")
		}
		p.AddKey(key, now)
		return nil
	})
	return secret, err
}

// SignOut ends a session; one that is gone is no failure.
func (s *Service) SignOut(ctx context.Context, secret string) error {
	hash := hashOf(secret)
	_, err := s.people.Change(ctx, personIn(secret), func(p *org.Person) error {
		if p.DropKeys(func(k org.Key) bool { return k.Kind == org.SessionKey && k.Hash == hash }) == 0 {
			return store.ErrNoChange
		}
		return nil
	})
	if code := fault.CodeOf(err); code == fault.NotFound || code == fault.Malformed {
		return nil
	}
	return err
}

// BySession finds who a browser belongs to. Fault Unauthenticated when the session is unknown, over, or its person inactive.
func (s *Service) BySession(ctx context.Context, secret string) (org.Person, error) {
	return s.byKey(ctx, "auth.BySession", org.SessionKey, secret)
}

// ByToken finds who a program speaks for. Fault Unauthenticated as BySession.
func (s *Service) ByToken(ctx context.Context, token string) (org.Person, error) {
	const op = "auth.ByToken"
	secret, ok := strings.CutPrefix(token, tokenPrefix)
	if !ok {
		return org.Person{}, unknown(op)
	}
	return s.byKey(ctx, op, org.TokenKey, secret)
}

// byKey costs one read, and once a minute a write.
func (s *Service) byKey(ctx context.Context, op string, kind org.KeyKind, secret string) (org.Person, error) {
	id := personIn(secret)
	if id == "" {
		return org.Person{}, unknown(op)
	}
	person, err := s.people.Get(ctx, id)
	if code := fault.CodeOf(err); code == fault.NotFound || code == fault.Malformed {
		return org.Person{}, unknown(op)
	}
	if err != nil {
		return org.Person{}, err
	}
	now := s.now().UTC()
	key, ok := person.Key(kind, hashOf(secret))
	if !ok || person.Inactive || !now.Before(ends(key)) {
		return org.Person{}, unknown(op)
	}
	if now.Sub(key.Seen) < seenEvery {
		return person, nil
	}
	person, err = s.people.Change(ctx, id, func(p *org.Person) error {
		for i := range p.Keys {
			if p.Keys[i].ID == key.ID && now.After(p.Keys[i].Seen) {
				p.Keys[i].Seen = now
				return nil
			}
		}
		return store.ErrNoChange // ended meanwhile, or seen by another request
	})
	if err != nil {
		return org.Person{}, err
	}
	if _, ok := person.Key(kind, key.Hash); !ok || person.Inactive {
		return org.Person{}, unknown(op)
	}
	return person, nil
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
			p.DropKeys(func(k org.Key) bool { return !now.Before(ends(k)) })
			return nil
		}); err != nil {
			return n, err
		}
	}
	return len(ids), nil
}
