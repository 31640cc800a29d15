package org

import (
	"context"
	"errors"

	"helhet/internal/address"
	"helhet/internal/fault"
	"helhet/internal/store"
)

// holder says whose an address is. It stands at the address itself, in lower case, and is written before the person is: so two people
// who are added at the same moment can't share one.
type holder struct {
	Person PersonID `bson:"person"`
}

func newAddresses(db *store.DB) *store.Collection[holder] {
	return store.NewCollection(db, store.Spec[holder]{Name: "addresses", Shape: 1})
}

// reserve takes an address for a person who is about to be written, and tells under which id she must be. That is the one asked for,
// unless the address was taken for another who was never written (a crash between the two): then it is hers, so that whoever comes to
// write her after all meets the person that is there.
func (s *People) reserve(ctx context.Context, email string, id PersonID) (PersonID, error) {
	const op = "org.CreatePerson"
	_, err := s.addresses.Insert(ctx, email, holder{id})
	if err == nil {
		return id, nil
	}
	if !errors.Is(err, store.ErrExists) {
		return "", Fault(op, "", err)
	}
	doc, err := s.addresses.Get(ctx, email)
	if err != nil {
		return "", Fault(op, "", err)
	}
	p, err := s.stored(ctx, doc.Value.Person) // the id of one who is being deleted is nobody else's
	switch fault.CodeOf(err) {
	case "":
		if p.Email == email {
			return "", fault.New(fault.Conflict, op, "error.person.exists")
		}
		doc.Value.Person = id // whom it was taken for is there, with another address
		_, err := s.addresses.Replace(ctx, doc)
		return id, Fault(op, "", err)
	case fault.NotFound:
		return doc.Value.Person, nil
	}
	return "", err
}

// ByEmail finds a person by address, in any case of letters; fault.NotFound when there is none. It costs two reads, whether or not
// somebody has the address.
func (s *People) ByEmail(ctx context.Context, email string) (Person, error) {
	const op = "org.PersonByEmail"
	unknown := fault.New(fault.NotFound, op, "error.person.unknown")
	email, err := address.Parse(email)
	if err != nil {
		return Person{}, unknown
	}
	doc, err := s.addresses.Get(ctx, email)
	if errors.Is(err, store.ErrNotFound) {
		// Somebody who was there before addresses had documents of their own.
		page, err := s.docs.Find(ctx, store.Query{Equal: []store.Term{{Field: "email", Value: email}}, Limit: 1})
		if err != nil {
			return Person{}, Fault(op, "", err)
		}
		if len(page.Docs) == 0 {
			return Person{}, unknown
		}
		if page.Docs[0].Value.Leaving != nil {
			return Person{}, unknown
		}
		return personOf(page.Docs[0]), nil
	}
	if err != nil {
		return Person{}, Fault(op, "", err)
	}
	p, err := s.Get(ctx, doc.Value.Person)
	if fault.CodeOf(err) == fault.NotFound || err == nil && p.Email != email {
		return Person{}, unknown
	}
	return p, err
}
