package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Account is who somebody is at an issuer, linked to a person of ours. Its id is a hash of issuer and subject, so that the subject
// itself is kept nowhere. Nothing an issuer claims besides, an address least of all, ever links one.
type Account struct {
	ID       string       `bson:"-"`
	Person   org.PersonID `bson:"person"`
	Issuer   string       `bson:"issuer"` // "https://ansattporten.no", as its tokens spell it
	LinkedAt time.Time    `bson:"linkedAt"`
}

// Accounts keeps the accounts.
type Accounts struct {
	docs *store.Collection[Account]
	now  func() time.Time
}

// NewAccounts declares the collection.
func NewAccounts(db *store.DB, now func() time.Time) *Accounts {
	return &Accounts{now: now, docs: store.NewCollection(db, store.Spec[Account]{
		Name: "accounts", Shape: 1,
		Fields:  []store.Field[Account]{{Name: "person", Type: store.String, Value: func(_ string, a *Account) any { return a.Person }}},
		Indexes: []store.Index{{Name: "person", Fields: []string{"person"}}},
	})}
}

// maxAccounts is how many accounts of one person are listed.
const maxAccounts = 100

// AccountID is the id of an account.
func AccountID(issuer, subject string) string { return pairHash(issuer, subject) }

// pairHash hashes two texts so that no other two give the same; the first holds no NUL.
func pairHash(a, b string) string {
	sum := sha256.Sum256([]byte(a + "\x00" + b))
	return hex.EncodeToString(sum[:])
}

// LinkAccount links an account to a person. To link it to the same person again only makes the link newer; fault Conflict when it belongs to
// another.
func (s *Accounts) LinkAccount(ctx context.Context, person org.PersonID, issuer, subject string) error {
	return s.LinkInstead(ctx, person, "", issuer, subject)
}

// LinkInstead is LinkAccount that also takes the account from one who can't come in by it any more, "" for nobody.
func (s *Accounts) LinkInstead(ctx context.Context, person, before org.PersonID, issuer, subject string) error {
	const op = "auth.LinkAccount"
	if person == "" || issuer == "" || subject == "" {
		return fault.New(fault.Malformed, op, "error.malformed")
	}
	id, now := AccountID(issuer, subject), s.now().UTC()
	linked := store.Event{Type: "account.linked", At: now, Actor: string(person)}
	_, err := s.docs.Insert(ctx, id, Account{Person: person, Issuer: issuer, LinkedAt: now}, linked)
	if !errors.Is(err, store.ErrExists) {
		return org.Fault(op, "", err)
	}
	_, err = s.docs.Update(ctx, id, func(a *Account) ([]store.Event, error) {
		switch {
		case a.Person == person:
			a.LinkedAt = now
			return nil, nil
		case before != "" && a.Person == before:
			a.Person, a.LinkedAt = person, now
			return []store.Event{linked}, nil
		}
		return nil, fault.New(fault.Conflict, op, "error.account.taken")
	})
	return org.Fault(op, "", err)
}

// Linked finds whose an account is, and when it was linked; fault NotFound when it is linked to nobody.
func (s *Accounts) Linked(ctx context.Context, issuer, subject string) (org.PersonID, time.Time, error) {
	doc, err := s.docs.Get(ctx, AccountID(issuer, subject))
	if err != nil {
		return "", time.Time{}, org.Fault("auth.Linked", "error.account.unknown", err)
	}
	return doc.Value.Person, doc.Value.LinkedAt, nil
}

// Of lists a person's accounts.
func (s *Accounts) Of(ctx context.Context, person org.PersonID) ([]Account, error) {
	page, err := s.docs.Find(ctx, store.Query{Equal: []store.Term{{Field: "person", Value: person}}, Limit: maxAccounts})
	if err != nil {
		return nil, org.Fault("auth.AccountsOf", "", err)
	}
	var all []Account
	for _, doc := range page.Docs {
		doc.Value.ID = doc.ID
		all = append(all, doc.Value)
	}
	return all, nil
}

// Forget takes away the accounts of somebody who was deleted, and with each what others keep at its id. Fault Conflict while the event of a
// linking is still on its way to the history.
func (s *Accounts) Forget(ctx context.Context, person org.PersonID, others func(ctx context.Context, id string) error) error {
	const op = "auth.ForgetAccounts"
	for {
		page, err := s.docs.Find(ctx, store.Query{Equal: []store.Term{{Field: "person", Value: person}}, Limit: maxAccounts})
		if err != nil || len(page.Docs) == 0 {
			return org.Fault(op, "", err)
		}
		for _, doc := range page.Docs {
			if err := others(ctx, doc.ID); err != nil { // first, since it is found by the account
				return err
			}
			err := s.docs.Delete(ctx, doc.ID, doc.Revision)
			if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) {
				return org.Fault(op, "", err)
			}
		}
	}
}
