package org

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

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
	return store.NewCollection(db, store.Spec[holder]{
		Name: "addresses", Shape: 1,
		Fields:  []store.Field[holder]{{Name: "person", Type: store.String, Value: func(_ string, h *holder) any { return h.Person }}},
		Indexes: []store.Index{{Name: "person", Fields: []string{"person"}}},
	})
}

// reserve takes an address for a person who is about to be written, and tells under which id she must be. That is the one asked for,
// unless the address was taken for another who was never written (a crash between the two): then it is hers, so that whoever comes to
// write her after all meets the person that is there.
func (s *People) reserve(ctx context.Context, email string, id PersonID) (PersonID, error) {
	holds, err := s.hold(ctx, "org.CreatePerson", email, id)
	if err == nil && holds != "" {
		id = holds
	}
	return id, err
}

// hold makes an address a person's, or tells for whom it was taken who was never written. Fault Conflict when it is somebody's. Whoever is
// there with another address holds it no more: she was about to move to it, and her way there is closed before it becomes another's.
func (s *People) hold(ctx context.Context, op, email string, id PersonID) (unwritten PersonID, err error) {
	for {
		_, err := s.addresses.Insert(ctx, email, holder{id})
		if err == nil {
			return "", nil
		}
		if !errors.Is(err, store.ErrExists) {
			return "", silent(op, err)
		}
		doc, err := s.addresses.Get(ctx, email)
		if errors.Is(err, store.ErrNotFound) { // given up meanwhile
			continue
		}
		if err != nil {
			return "", silent(op, err)
		}
		if doc.Value.Person != id {
			switch err := s.stop(ctx, op, doc.Value.Person, email); fault.CodeOf(err) {
			case "":
			case fault.NotFound:
				return doc.Value.Person, nil
			default:
				return "", err
			}
		}
		// Written anew even where it is hers already, so that nobody who has seen it before can take it.
		doc.Value.Person = id
		if _, err = s.addresses.Replace(ctx, doc); err == nil {
			return "", nil
		}
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound) {
			return "", silent(op, err)
		}
	}
}

// stop closes somebody's way to an address that she doesn't have. Fault Conflict when she has it, NotFound when she was never written.
func (s *People) stop(ctx context.Context, op string, id PersonID, email string) error {
	// One who is being deleted is looked at too: her id is nobody else's.
	_, err := s.docs.UpdateShared(ctx, string(id), func(p *Person) ([]store.Event, error) {
		if p.Email == email {
			return nil, fault.New(fault.Conflict, op, "error.person.exists")
		}
		if p.DropKeys(func(k Key) bool { return k.Kind == AddressKey && k.Email == email }) == 0 {
			return nil, store.ErrNoChange
		}
		return nil, nil
	})
	return Fault(op, "error.person.unknown", err)
}

// Move makes the address of one of a person's keys her own, in place of what she had, and tells what that was. The key is used up and those
// that leave names end, all in the one write that moves her: of two who use it at once one does. Fault Conflict when the key is gone, or
// the address has become another's.
func (s *People) Move(ctx context.Context, id PersonID, key Key, leave func(Key) bool, now time.Time) (before string, err error) {
	const op = "org.Move"
	taken, spent := fault.New(fault.Conflict, op, "error.address.taken"), fault.New(fault.Conflict, op, "error.address.spent")
	hers := func(k Key) bool { return k.Kind == AddressKey && k.Hash == key.Hash }
	// A link that is good no more closes nobody else's way.
	if p, err := s.Get(ctx, id); err != nil || !slices.ContainsFunc(p.Keys, hers) {
		return "", cmp.Or(err, error(spent))
	}
	switch known, err := s.ByEmail(ctx, key.Email); fault.CodeOf(err) {
	case "":
		if known.ID != id {
			return "", taken
		}
	case fault.NotFound:
	default:
		return "", err
	}
	unwritten, err := s.hold(ctx, op, key.Email, id)
	if fault.CodeOf(err) == fault.Conflict || unwritten != "" { // that somebody is about to come by it counts as much
		return "", taken
	}
	if err != nil {
		return "", err
	}
	_, err = s.ChangeAndTell(ctx, id, func(p *Person) ([]store.Event, error) {
		if p.DropKeys(hers) == 0 {
			return nil, spent
		}
		p.DropKeys(leave)
		before, p.Email = p.Email, key.Email
		return []store.Event{{Type: "person.address-changed", At: now.UTC(), Actor: string(id)}}, nil
	})
	if err != nil {
		return "", err
	}
	if before != key.Email {
		s.release(ctx, before, id)
	}
	return before, nil
}

// release gives an address up that was a person's; one that is another's by now is left alone. It is no matter when that fails: what is
// left leads to nobody, is taken by whoever wants it, and goes with her.
func (s *People) release(ctx context.Context, email string, id PersonID) {
	if doc, err := s.addresses.Get(ctx, email); err == nil && doc.Value.Person == id {
		_ = s.addresses.Delete(ctx, email, doc.Revision)
	}
}

// forgetAddresses takes away every address that is kept as a person's.
func (s *People) forgetAddresses(ctx context.Context, op string, id PersonID) error {
	for {
		page, err := s.addresses.Find(ctx, store.Query{Equal: []store.Term{{Field: "person", Value: id}}, Limit: store.MaxMembers})
		if err != nil || len(page.Docs) == 0 {
			return silent(op, err)
		}
		for _, doc := range page.Docs {
			err := s.addresses.Delete(ctx, doc.ID, doc.Revision)
			if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) { // else it is somebody's who came later
				return silent(op, err)
			}
		}
	}
}

// silent is a fault of the store without its cause, which names an address and would be logged.
func silent(op string, err error) error {
	f, ok := errors.AsType[*fault.Error](Fault(op, "", err))
	if !ok {
		return nil
	}
	return &fault.Error{Code: f.Code, Op: op, Key: f.Key}
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
