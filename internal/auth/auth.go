// Package auth knows who is asking: sessions of browsers and tokens of programs, both opaque, both stored as hashes only.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
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
	seenEvery     = time.Minute // a session's last use is written at most this often
	TokenLength   = 90 * 24 * time.Hour
	tokenPrefix   = "helhet_"
)

// Session is a browser that somebody signed in with, at the id of its secret's hash.
type Session struct {
	Person  org.PersonID `bson:"person"`
	Created time.Time    `bson:"created"`
	Seen    time.Time    `bson:"seen"`
}

func (s *Session) ends() time.Time {
	idle, end := s.Seen.Add(SessionIdle), s.Created.Add(SessionLength)
	if idle.Before(end) {
		return idle
	}
	return end
}

// Token lets a program speak for a person, at the id of its secret's hash.
type Token struct {
	Person  org.PersonID `bson:"person"`
	Created time.Time    `bson:"created"`
	Expires time.Time    `bson:"expires"`
}

// Service signs people in and recognises them.
type Service struct {
	sessions *store.Collection[Session]
	tokens   *store.Collection[Token]
	people   *org.People
	now      func() time.Time
}

// New declares the collections and makes the service.
func New(db *store.DB, people *org.People, now func() time.Time) *Service {
	return &Service{
		sessions: store.NewCollection(db, store.Spec[Session]{
			Name: "sessions", Shape: 1,
			Fields:  []store.Field[Session]{{Name: "ends", Type: store.Time, Value: func(_ string, s *Session) any { return s.ends() }}},
			Indexes: []store.Index{{Name: "ends", Fields: []string{"ends"}}},
		}),
		tokens: store.NewCollection(db, store.Spec[Token]{
			Name: "tokens", Shape: 1,
			Fields:  []store.Field[Token]{{Name: "person", Type: store.String, Value: func(_ string, t *Token) any { return string(t.Person) }}},
			Indexes: []store.Index{{Name: "person", Fields: []string{"person"}}},
		}),
		people: people, now: now,
	}
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// SignIn starts a session and returns its secret, which only the browser keeps.
func (s *Service) SignIn(ctx context.Context, id org.PersonID) (string, error) {
	person, err := s.people.Get(ctx, id)
	if err != nil {
		return "", err
	}
	if person.Inactive {
		return "", fault.New(fault.Forbidden, "auth.SignIn", "error.person.inactive")
	}
	secret, now := rand.Text(), s.now().UTC()
	_, err = s.sessions.Insert(ctx, hashOf(secret), Session{Person: id, Created: now, Seen: now})
	return secret, org.Fault("auth.SignIn", "", err)
}

// SignOut ends a session; one that is gone is no failure.
func (s *Service) SignOut(ctx context.Context, secret string) error {
	doc, err := s.sessions.Get(ctx, hashOf(secret))
	if err == nil {
		err = s.sessions.Delete(ctx, doc.ID, doc.Revision)
	}
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict) {
		return nil
	}
	return org.Fault("auth.SignOut", "", err)
}

// BySession finds who a browser belongs to. Fault Unauthenticated when the session is unknown, over, or its person inactive.
func (s *Service) BySession(ctx context.Context, secret string) (org.Person, error) {
	const op = "auth.BySession"
	doc, err := s.sessions.Get(ctx, hashOf(secret))
	if errors.Is(err, store.ErrNotFound) {
		return org.Person{}, unknown(op)
	}
	if err != nil {
		return org.Person{}, org.Fault(op, "", err)
	}
	now := s.now().UTC()
	if !now.Before(doc.Value.ends()) {
		return org.Person{}, unknown(op)
	}
	if now.Sub(doc.Value.Seen) >= seenEvery {
		doc.Value.Seen = now
		if _, err := s.sessions.Replace(ctx, doc); err != nil && !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound) {
			return org.Person{}, org.Fault(op, "", err)
		}
	}
	return s.active(ctx, op, doc.Value.Person)
}

// NewToken makes an API token for a person and returns it; only its hash is kept, so it can't be shown again.
func (s *Service) NewToken(ctx context.Context, id org.PersonID) (string, error) {
	if _, err := s.active(ctx, "auth.NewToken", id); err != nil {
		return "", err
	}
	secret, now := tokenPrefix+rand.Text(), s.now().UTC()
	_, err := s.tokens.Insert(ctx, hashOf(secret), Token{Person: id, Created: now, Expires: now.Add(TokenLength)})
	return secret, org.Fault("auth.NewToken", "", err)
}

// ByToken finds who a program speaks for. Fault Unauthenticated as BySession.
func (s *Service) ByToken(ctx context.Context, secret string) (org.Person, error) {
	const op = "auth.ByToken"
	if !strings.HasPrefix(secret, tokenPrefix) {
		return org.Person{}, unknown(op)
	}
	doc, err := s.tokens.Get(ctx, hashOf(secret))
	if errors.Is(err, store.ErrNotFound) {
		return org.Person{}, unknown(op)
	}
	if err != nil {
		return org.Person{}, org.Fault(op, "", err)
	}
	if !s.now().Before(doc.Value.Expires) {
		return org.Person{}, unknown(op)
	}
	return s.active(ctx, op, doc.Value.Person)
}

func (s *Service) active(ctx context.Context, op string, id org.PersonID) (org.Person, error) {
	person, err := s.people.Get(ctx, id)
	if fault.CodeOf(err) == fault.NotFound || err == nil && person.Inactive {
		return org.Person{}, unknown(op)
	}
	return person, err
}

func unknown(op string) error {
	return fault.New(fault.Unauthenticated, op, "error.unauthenticated")
}

// Sweep deletes up to limit sessions that are over and tells how many.
func (s *Service) Sweep(ctx context.Context, limit int) (int, error) {
	page, err := s.sessions.Find(ctx, store.Query{Range: &store.Range{Field: "ends", To: s.now().UTC()}, Limit: limit})
	if err != nil {
		return 0, org.Fault("auth.Sweep", "", err)
	}
	n := 0
	for _, doc := range page.Docs {
		switch err := s.sessions.Delete(ctx, doc.ID, doc.Revision); {
		case err == nil:
			n++
		case !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict):
			return n, org.Fault("auth.Sweep", "", err)
		}
	}
	return n, nil
}
