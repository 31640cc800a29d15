package org

import (
	"context"
	"testing"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/internal/store/storetest"
)

const newAddress = "new@example.org"

// openMoving is people some of whom may move to another address, on an engine with hooks.
func openMoving(t *testing.T) (*People, *storetest.Interposed) {
	t.Helper()
	db, engine := hooked(t)
	people := NewPeople(db)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		if err := people.Create(t.Context(), Person{ID: PersonID("p-" + name), Name: name, Email: name + "@example.org", Keys: []Key{wayTo(name)}}); err != nil {
			t.Fatal(err)
		}
	}
	return people, engine
}

// wayTo is the key by which somebody moves.
func wayTo(name string) Key {
	return Key{ID: name, Hash: name, Kind: AddressKey, Ends: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), Email: newAddress}
}

func (s *People) moves(name string) error {
	_, err := s.Move(context.Background(), PersonID("p-"+name), wayTo(name), func(Key) bool { return false }, time.Now())
	return err
}

// have lists who has the address, by their own documents.
func (s *People) have(t *testing.T, email string) (ids []PersonID) {
	t.Helper()
	page, err := s.docs.Find(t.Context(), store.Query{Equal: []store.Term{{Field: "email", Value: email}}, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range page.Docs {
		ids = append(ids, PersonID(doc.ID))
	}
	return ids
}

// Whatever somebody else does between any two writes of one who moves, the address is one person's, and she is found by it.
func TestSomebodyComesBetweenTheWritesOfOneWhoMoves(t *testing.T) {
	others := map[string]func(*People) error{
		"another moves":       func(s *People) error { return s.moves("b") },
		"the same, elsewhere": func(s *People) error { return s.moves("a") },
		"one is made": func(s *People) error {
			return s.Create(context.Background(), Person{ID: "p-made", Name: "Made", Email: newAddress})
		},
		"she asks anew": func(s *People) error {
			_, err := s.Change(context.Background(), "p-a", func(p *Person) error {
				key := wayTo("a")
				key.Hash = "later"
				p.Keys = []Key{key}
				return nil
			})
			return err
		},
	}
	for name, other := range others {
		for at := 1; at <= 4; at++ {
			people, engine := openMoving(t)
			elsewhere := NewPeople(beside(t, engine))
			writes, within := 0, false
			var between error
			engine.BeforeWrites(func(string, string) error {
				if writes++; writes == at && !within {
					within = true
					between = other(elsewhere)
				}
				return nil
			})
			err := people.moves("a")
			engine.BeforeWrites(nil)
			for _, err := range []error{err, between} {
				if err != nil && fault.CodeOf(err) != fault.Conflict {
					t.Errorf("%s before write %d: %v", name, at, err)
				}
			}
			have := people.have(t, newAddress)
			if len(have) > 1 || len(have) == 0 && name != "she asks anew" {
				t.Errorf("%s before write %d: %v have it; %v, %v", name, at, have, err, between)
				continue
			}
			for _, id := range have {
				if p, err := people.ByEmail(t.Context(), newAddress); err != nil || p.ID != id {
					t.Errorf("%s before write %d: found %s, %v, not %s", name, at, p.ID, err, id)
				}
			}
			for _, id := range []PersonID{"p-a", "p-b"} {
				p, err := people.Get(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				if found, err := people.ByEmail(t.Context(), p.Email); err != nil || found.ID != id {
					t.Errorf("%s before write %d: %s is not found by %s: %v", name, at, id, p.Email, err)
				}
			}
		}
	}
}

// A process that ends at any write of hers leaves her with one address or the other, and the link good until she has the new one.
func TestAMoveThatIsCutOff(t *testing.T) {
	for at := 1; at <= 3; at++ {
		people, engine := openMoving(t)
		writes := 0
		engine.BeforeWrites(func(string, string) error {
			if writes++; writes >= at {
				return store.ErrUnavailable
			}
			return nil
		})
		err := people.moves("a")
		engine.BeforeWrites(nil)
		p, getErr := people.Get(t.Context(), "p-a")
		if getErr != nil || (err == nil) != (p.Email == newAddress) {
			t.Fatalf("at write %d she was told %v and has %s, %v", at, err, p.Email, getErr)
		}
		if found, err := people.ByEmail(t.Context(), p.Email); err != nil || found.ID != "p-a" {
			t.Errorf("at write %d: found %s, %v", at, found.ID, err)
		}
		if err != nil {
			if err := people.moves("a"); err != nil {
				t.Errorf("again after write %d: %v", at, err)
			}
		}
		// What was left over of the old one keeps nobody from it, and nothing of hers stays when she goes.
		if err := people.Create(t.Context(), Person{ID: "p-c", Name: "C", Email: "a@example.org"}); err != nil {
			t.Errorf("at write %d the old one is not free: %v", at, err)
		}
		if err := people.forget(t.Context(), Departed{ID: "p-a"}); err != nil {
			t.Fatal(err)
		}
		if n, err := people.addresses.Count(t.Context(), store.Query{Equal: []store.Term{{Field: "person", Value: "p-a"}}, Limit: 10}); err != nil || n != 0 {
			t.Errorf("%d addresses are kept of her, %v", n, err)
		}
	}
}

// Somebody whose way was closed for another asks anew and is faster after all.
func TestWhoAsksAnewIsFaster(t *testing.T) {
	people, engine := openMoving(t)
	if _, err := people.addresses.Insert(t.Context(), newAddress, holder{"p-a"}); err != nil {
		t.Fatal(err)
	}
	elsewhere := NewPeople(beside(t, engine))
	closed, within := false, false
	engine.BeforeWrites(func(collection, id string) error {
		switch {
		case within:
		case collection == "people" && id == "p-a":
			closed = true
		case closed && collection == "addresses":
			within = true
			if _, err := elsewhere.Change(context.Background(), "p-a", func(p *Person) error { p.Keys = []Key{wayTo("a")}; return nil }); err != nil {
				t.Error(err)
			}
			if err := elsewhere.moves("a"); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	wantCode(t, people.moves("b"), fault.Conflict, "error.address.taken")
	if have := people.have(t, newAddress); !within || len(have) != 1 || have[0] != "p-a" {
		t.Errorf("%v have it", have)
	}
	if n, err := people.addresses.Count(t.Context(), store.Query{Equal: []store.Term{{Field: "person", Value: "p-a"}}, Limit: 10}); err != nil || n != 1 {
		t.Errorf("%d addresses are kept of her, %v", n, err)
	}
}

// What somebody was about to move to, and never did, is free for another.
func TestWhoNeverMovedHoldsNothing(t *testing.T) {
	people, _ := openMoving(t)
	if _, err := people.addresses.Insert(t.Context(), newAddress, holder{"p-a"}); err != nil { // cut off there
		t.Fatal(err)
	}
	if err := people.moves("b"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, people.moves("a"), fault.Conflict, "error.address.spent")
	// But not what is about to be made for somebody.
	people, _ = openMoving(t)
	if _, err := people.addresses.Insert(t.Context(), newAddress, holder{"p-invited"}); err != nil {
		t.Fatal(err)
	}
	wantCode(t, people.moves("b"), fault.Conflict, "error.address.taken")
	if p, err := people.Add(t.Context(), Person{ID: "p-invited", Name: "Invited", Email: newAddress}); err != nil || p.ID != "p-invited" {
		t.Errorf("she is %s, %v", p.ID, err)
	}
}
