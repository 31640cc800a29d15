package org

import (
	"context"
	"net/mail"
	"slices"
	"strings"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
)

// PersonID is opaque: "p-4f0c…". It is what events and answers name, never an address.
type PersonID string

// Person is somebody who may sign in.
type Person struct {
	ID       PersonID `bson:"-"`
	Name     string   `bson:"name"`
	Email    string   `bson:"email"`              // lower case
	Language Language `bson:"language,omitempty"` // "" follows the municipality
	Grants   []Grant  `bson:"grants"`
	Inactive bool     `bson:"inactive,omitempty"`
	Keys     []Key    `bson:"keys,omitempty"` // her sessions and tokens; package internal/auth makes and ends them
}

// Validate checks what a person must have.
func (p Person) Validate() error {
	const op = "org.Person"
	if p.ID == "" {
		return fault.Wrong(op, "id", "error.person.id")
	}
	if strings.TrimSpace(p.Name) == "" {
		return fault.Wrong(op, "name", "error.person.name")
	}
	if a, err := mail.ParseAddress(p.Email); err != nil || a.Address != p.Email || p.Email != strings.ToLower(p.Email) {
		return fault.Wrong(op, "email", "error.person.email")
	}
	if p.Language != "" && !p.Language.Valid() {
		return fault.Wrong(op, "language", "error.language")
	}
	for _, g := range p.Grants {
		if !g.valid() {
			return fault.Wrong(op, "grants", "error.person.grant")
		}
	}
	return nil
}

// Actor is the person as the access rules see her.
func (p Person) Actor() Actor {
	if p.Inactive {
		return Actor{Person: p.ID}
	}
	return Actor{Person: p.ID, Grants: p.Grants}
}

// People keeps the persons.
type People struct{ docs *store.Collection[Person] }

// NewPeople declares the collection.
func NewPeople(db *store.DB) *People {
	return &People{store.NewCollection(db, store.Spec[Person]{
		Name: "people", Shape: 1, Shared: 4096,
		Fields: []store.Field[Person]{
			{Name: "email", Type: store.String, Value: func(_ string, p *Person) any { return p.Email }},
			{Name: "keysEnd", Type: store.Time, Value: func(_ string, p *Person) any { return p.keysEnd() }},
		},
		Indexes: []store.Index{{Name: "email", Fields: []string{"email"}}, {Name: "keys", Fields: []string{"keysEnd"}}},
	})}
}

// Get finds a person; fault.NotFound when there is none. Her grants and keys are shared with other readers and must not be changed.
func (s *People) Get(ctx context.Context, id PersonID) (Person, error) {
	doc, err := s.docs.GetShared(ctx, string(id))
	if err != nil {
		return Person{}, Fault("org.Person", "error.person.unknown", err)
	}
	return personOf(doc), nil
}

// Names tells what people are called, at most store.MaxMembers of them in one read. Those who are gone are left out.
func (s *People) Names(ctx context.Context, ids []PersonID) (map[PersonID]string, error) {
	names := map[PersonID]string{}
	var wanted []string
	for _, id := range ids {
		if id != "" && !slices.Contains(wanted, string(id)) {
			wanted = append(wanted, string(id))
		}
	}
	if len(wanted) == 0 {
		return names, nil
	}
	docs, err := s.docs.GetManyShared(ctx, wanted)
	if err != nil {
		return nil, Fault("org.Names", "", err)
	}
	for _, d := range docs {
		names[PersonID(d.ID)] = d.Value.Name
	}
	return names, nil
}

// ByEmail finds a person by address, in any case of letters; fault.NotFound when there is none.
func (s *People) ByEmail(ctx context.Context, email string) (Person, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	page, err := s.docs.Find(ctx, store.Query{Equal: []store.Term{{Field: "email", Value: email}}, Limit: 1})
	if err != nil {
		return Person{}, Fault("org.PersonByEmail", "", err)
	}
	if len(page.Docs) == 0 {
		return Person{}, fault.New(fault.NotFound, "org.PersonByEmail", "error.person.unknown")
	}
	return personOf(page.Docs[0]), nil
}

// List gives people by address, at most limit of them, and a cursor for what follows.
func (s *People) List(ctx context.Context, limit int, after store.Cursor) ([]Person, store.Cursor, error) {
	page, err := s.docs.Find(ctx, store.Query{Order: []string{"email"}, Limit: limit, After: after})
	if err != nil {
		return nil, "", Fault("org.People", "", err)
	}
	var all []Person
	for _, doc := range page.Docs {
		all = append(all, personOf(doc))
	}
	return all, page.Next, nil
}

// Create adds a person. Two people never share an address: fault.Conflict.
func (s *People) Create(ctx context.Context, p Person) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if _, err := s.ByEmail(ctx, p.Email); fault.CodeOf(err) != fault.NotFound {
		if err == nil {
			err = fault.New(fault.Conflict, "org.CreatePerson", "error.person.exists")
		}
		return err
	}
	_, err := s.docs.Insert(ctx, string(p.ID), p)
	return Fault("org.CreatePerson", "error.person.exists", err)
}

// CreateMany adds people whose addresses the caller knows to differ, such as a synthetic region's.
func (s *People) CreateMany(ctx context.Context, people []Person) error {
	var items []store.Item[Person]
	for _, p := range people {
		if err := p.Validate(); err != nil {
			return err
		}
		items = append(items, store.Item[Person]{ID: string(p.ID), Value: p})
	}
	_, errs := s.docs.InsertMany(ctx, items)
	for _, err := range errs {
		if err != nil {
			return Fault("org.CreatePeople", "error.person.exists", err)
		}
	}
	return nil
}

// Change changes a person and tells how she is then. It may call change several times, each time with the person as she is; a fault of
// change's own passes through, and store.ErrNoChange leaves her as she is.
func (s *People) Change(ctx context.Context, id PersonID, change func(*Person) error) (Person, error) {
	return s.ChangeAndTell(ctx, id, func(p *Person) ([]store.Event, error) { return nil, change(p) })
}

// ChangeAndTell is Change with the events that tell of it.
func (s *People) ChangeAndTell(ctx context.Context, id PersonID, change func(*Person) ([]store.Event, error)) (Person, error) {
	doc, err := s.docs.UpdateShared(ctx, string(id), change)
	if err != nil {
		return Person{}, Fault("org.ChangePerson", "error.person.unknown", err)
	}
	return personOf(doc), nil
}

// KeysOver lists up to limit people some of whose keys have ended.
func (s *People) KeysOver(ctx context.Context, now time.Time, limit int) ([]PersonID, error) {
	page, err := s.docs.FindShared(ctx, store.Query{Range: &store.Range{Field: "keysEnd", To: now}, Limit: limit})
	if err != nil {
		return nil, Fault("org.KeysOver", "", err)
	}
	var ids []PersonID
	for _, doc := range page.Docs {
		ids = append(ids, PersonID(doc.ID))
	}
	return ids, nil
}

// SetLanguage remembers which language a person reads.
func (s *People) SetLanguage(ctx context.Context, id PersonID, l Language) error {
	if !l.Valid() {
		return fault.Wrong("org.SetLanguage", "language", "error.language")
	}
	_, err := s.Change(ctx, id, func(p *Person) error {
		if p.Language == l {
			return store.ErrNoChange
		}
		p.Language = l
		return nil
	})
	return err
}

func personOf(doc store.Doc[Person]) Person {
	p := doc.Value
	p.ID = PersonID(doc.ID)
	return p
}
