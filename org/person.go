package org

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"helhet/internal/address"
	"helhet/internal/fault"
	"helhet/internal/store"
)

// PersonID is opaque: "p-4f0c…". It is what events and answers name, never an address.
type PersonID string

// Person is somebody who may sign in.
type Person struct {
	ID       PersonID `bson:"-"`
	Name     string   `bson:"name"`
	Email    string   `bson:"email"`              // lower case; "" while nothing has shown one to be hers
	Language Language `bson:"language,omitempty"` // "" follows the municipality
	Unmailed bool     `bson:"unmailed,omitempty"` // no mail tells her that a comment mentions her; her first page does
	Grants   []Grant  `bson:"grants"`
	Inactive bool     `bson:"inactive,omitempty"`
	Keys     []Key    `bson:"keys,omitempty"` // her sessions and tokens; package internal/auth makes and ends them

	Former   []Grant        `bson:"former,omitempty"`   // what was taken from her, so that it can be given back
	Chosen   MunicipalityID `bson:"chosen,omitempty"`   // of several municipalities the one she works in now
	SignedIn time.Time      `bson:"signedIn,omitempty"` // the day of her last sign-in
	Proved   time.Time      `bson:"proved,omitempty"`   // when that was shown after all: accounts that were linked before are not hers
	Joined   bool           `bson:"joined,omitempty"`   // her address and her places are findable; a build before they were has left it out
	Unproven bool           `bson:"unproven,omitempty"` // came by a link passed on by hand: nothing shows yet that the address is hers
	Ended    time.Time      `bson:"ended,omitempty"`    // when her last role was taken; zero while she has one
	Leaving  *Leaving       `bson:"leaving,omitempty"`  // she is being deleted: nobody finds her any more
}

// roleless tells whether she has no role that counts.
func (p Person) roleless() bool { return p.Inactive || len(p.Grants) == 0 }

// Validate checks what a person must have.
func (p Person) Validate() error {
	const op = "org.Person"
	if p.ID == "" {
		return fault.Wrong(op, "id", "error.person.id")
	}
	if err := validName(op, p.Name); err != nil {
		return err
	}
	if email, err := address.Parse(p.Email); p.Email != "" && (err != nil || email != p.Email) {
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

// maxName is how long a name may be, in characters.
const maxName = 100

// validName checks a person's name: something is there, on one line, and nothing in it that turns or hides text.
func validName(op, name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return fault.Wrong(op, "name", "error.person.name")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
	}):
		return fault.Wrong(op, "name", "error.text.control")
	case utf8.RuneCountInString(name) > maxName:
		return fault.Wrong(op, "name", "error.text.long", "count", utf8.RuneCountInString(name), "max", maxName)
	}
	return nil
}

// Actor is the person as the access rules see her. What she is in the municipality she chose comes first.
func (p Person) Actor() Actor {
	if p.Inactive {
		return Actor{Person: p.ID}
	}
	a := Actor{Person: p.ID, Grants: p.Grants}
	if p.Chosen == "" || p.Chosen == a.Municipality() || !slices.ContainsFunc(p.Grants, p.chose) {
		return a
	}
	a.Grants = make([]Grant, 0, len(p.Grants)) // her own are shared
	for _, first := range []bool{true, false} {
		for _, g := range p.Grants {
			if p.chose(g) == first {
				a.Grants = append(a.Grants, g)
			}
		}
	}
	return a
}

func (p Person) chose(g Grant) bool { return g.Municipality == p.Chosen }

// Holds tells whether she has a role where it counts; which region a municipality is in does not matter.
func (p Person) Holds(g Grant) bool {
	return slices.ContainsFunc(p.Grants, func(h Grant) bool { return h.Role == g.Role && h.place() == g.place() })
}

// Municipalities lists where she has a role, each once, in the order of her grants.
func (p Person) Municipalities() []MunicipalityID {
	var all []MunicipalityID
	for _, g := range p.Grants {
		if g.Municipality != "" && !slices.Contains(all, g.Municipality) {
			all = append(all, g.Municipality)
		}
	}
	return all
}

// prove notes that somebody came by what was sent to her address. Whoever came before her, by a link that somebody else had seen too,
// is out.
func (p *Person) prove(now time.Time) {
	if p.Unproven {
		p.Unproven, p.Keys, p.Proved = false, nil, now
	}
}

// People keeps the persons.
type People struct {
	docs        *store.Collection[Person]
	addresses   *store.Collection[holder]
	memberships *store.Collection[membership]
}

// NewPeople declares the collection.
func NewPeople(db *store.DB) *People {
	return &People{addresses: newAddresses(db), memberships: newMemberships(db), docs: store.NewCollection(db, store.Spec[Person]{
		Name: "people", Shape: 1, Shared: 4096,
		Fields: []store.Field[Person]{
			{Name: "email", Type: store.String, Value: func(_ string, p *Person) any { return p.Email }},
			{Name: "keysEnd", Type: store.Time, Value: func(_ string, p *Person) any { return p.keysEnd() }},
			{Name: "joined", Type: store.Bool, Value: func(_ string, p *Person) any { return p.Joined || p.Leaving != nil }},
			{Name: "ended", Type: store.Time, Value: func(_ string, p *Person) any { return p.endedAt() }},
			{Name: "leaving", Type: store.Time, Value: func(_ string, p *Person) any { return p.leavingSince() }},
		},
		Indexes: []store.Index{
			{Name: "email", Fields: []string{"email"}}, {Name: "keys", Fields: []string{"keysEnd"}}, {Name: "joined", Fields: []string{"joined"}},
			{Name: "ended", Fields: []string{"ended"}}, {Name: "leaving", Fields: []string{"leaving"}},
		},
	})}
}

// Get finds a person; fault.NotFound when there is none, or she is being deleted. Her grants and keys are shared with other readers and
// must not be changed.
func (s *People) Get(ctx context.Context, id PersonID) (Person, error) {
	p, err := s.stored(ctx, id)
	if err == nil && p.Leaving != nil {
		return Person{}, left("org.Person")
	}
	return p, err
}

// stored is Get for one who is being deleted too.
func (s *People) stored(ctx context.Context, id PersonID) (Person, error) {
	doc, err := s.docs.GetShared(ctx, string(id))
	if err != nil {
		return Person{}, Fault("org.Person", "error.person.unknown", err)
	}
	return personOf(doc), nil
}

func left(op string) error { return fault.New(fault.NotFound, op, "error.person.unknown") }

// Names tells what people are called, at most store.MaxMembers of them in one read. Those who are gone are left out.
func (s *People) Names(ctx context.Context, ids []PersonID) (map[PersonID]string, error) {
	known, err := s.Known(ctx, ids)
	if err != nil {
		return nil, err
	}
	names := map[PersonID]string{}
	for _, p := range known {
		names[p.ID] = p.Name
	}
	return names, nil
}

// Known gets people, at most store.MaxMembers of them in one read. Those who are gone are left out; whose access ended is among them.
func (s *People) Known(ctx context.Context, ids []PersonID) ([]Person, error) {
	var wanted []string
	for _, id := range ids {
		if id != "" && !slices.Contains(wanted, string(id)) {
			wanted = append(wanted, string(id))
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	docs, err := s.docs.GetManyShared(ctx, wanted)
	if err != nil {
		return nil, Fault("org.Known", "", err)
	}
	var known []Person
	for _, d := range docs {
		if d.Value.Leaving == nil {
			known = append(known, personOf(d))
		}
	}
	return known, nil
}

// List gives people by address, at most limit of them, and a cursor for what follows.
func (s *People) List(ctx context.Context, limit int, after store.Cursor) ([]Person, store.Cursor, error) {
	page, err := s.docs.Find(ctx, store.Query{Order: []string{"email"}, Limit: limit, After: after})
	if err != nil {
		return nil, "", Fault("org.People", "", err)
	}
	var all []Person
	for _, doc := range page.Docs {
		if doc.Value.Leaving == nil {
			all = append(all, personOf(doc))
		}
	}
	return all, page.Next, nil
}

// Create adds a person. Two people never share an address: fault.Conflict.
func (s *People) Create(ctx context.Context, p Person) error {
	_, err := s.Add(ctx, p)
	return err
}

// Add adds a person, with the events of it, and gives her as she is stored: under another id than the one given when her address was
// taken for that one, and nobody written there. Two people never share an address: fault.Conflict.
func (s *People) Add(ctx context.Context, p Person, events ...store.Event) (Person, error) {
	if err := p.Validate(); err != nil {
		return Person{}, err
	}
	if _, err := s.ByEmail(ctx, p.Email); fault.CodeOf(err) != fault.NotFound {
		if err == nil {
			err = fault.New(fault.Conflict, "org.CreatePerson", "error.person.exists")
		}
		return Person{}, err
	}
	// An id that is taken is found out before an address is taken for it.
	if _, err := s.Get(ctx, p.ID); fault.CodeOf(err) != fault.NotFound {
		if err == nil {
			err = fault.New(fault.Conflict, "org.CreatePerson", "error.person.exists")
		}
		return Person{}, err
	}
	if p.Email != "" {
		var err error
		if p.ID, err = s.reserve(ctx, p.Email, p.ID); err != nil {
			return Person{}, err
		}
	}
	if err := s.join(ctx, p.ID, p.Grants); err != nil {
		return Person{}, err
	}
	p.Joined = true
	doc, err := s.docs.Insert(ctx, string(p.ID), p, events...)
	if err != nil {
		return Person{}, Fault("org.CreatePerson", "error.person.exists", err)
	}
	return personOf(doc), nil
}

// give gives somebody a role; who has it already keeps it. Proved is when she came by what was sent to her address, zero when she didn't.
func (s *People) give(ctx context.Context, id PersonID, g Grant, proved time.Time) error {
	if err := s.join(ctx, id, []Grant{g}); err != nil {
		return err
	}
	_, err := s.Change(ctx, id, func(p *Person) error {
		if !proved.IsZero() {
			p.prove(proved)
		}
		if p.Inactive { // she begins anew: what she was before stays taken
			p.Former, p.Grants, p.Inactive, p.Keys = append(p.Former, p.Grants...), nil, false, nil
		}
		if !p.Holds(g) {
			p.Grants = append(p.Grants, g)
		}
		return nil
	})
	return err
}

// CreateMany adds people whose addresses the caller knows to differ, such as a synthetic region's.
func (s *People) CreateMany(ctx context.Context, people []Person) error {
	var addresses []store.Item[holder]
	var memberships []store.Item[membership]
	var items []store.Item[Person]
	for _, p := range people {
		if err := p.Validate(); err != nil {
			return err
		}
		addresses = append(addresses, store.Item[holder]{ID: p.Email, Value: holder{p.ID}})
		memberships = append(memberships, membershipsOf(p.ID, p.Grants)...)
		p.Joined = true
		items = append(items, store.Item[Person]{ID: string(p.ID), Value: p})
	}
	_, errs := s.addresses.InsertMany(ctx, addresses)
	_, more := s.memberships.InsertMany(ctx, memberships)
	if err := errors.Join(append(errs, more...)...); err != nil {
		return Fault("org.CreatePeople", "error.person.exists", err)
	}
	_, errs = s.docs.InsertMany(ctx, items)
	return Fault("org.CreatePeople", "error.person.exists", errors.Join(errs...))
}

// Change changes a person and tells how she is then. It may call change several times, each time with the person as she is; a fault of
// change's own passes through, and store.ErrNoChange leaves her as she is.
func (s *People) Change(ctx context.Context, id PersonID, change func(*Person) error) (Person, error) {
	return s.ChangeAndTell(ctx, id, func(p *Person) ([]store.Event, error) { return nil, change(p) })
}

// ChangeAndTell is Change with the events that tell of it.
func (s *People) ChangeAndTell(ctx context.Context, id PersonID, change func(*Person) ([]store.Event, error)) (Person, error) {
	doc, err := s.docs.UpdateShared(ctx, string(id), func(p *Person) ([]store.Event, error) {
		if p.Leaving != nil {
			return nil, left("org.ChangePerson")
		}
		events, err := change(p)
		if !p.roleless() {
			p.Ended = time.Time{}
		}
		return events, err
	})
	if err != nil {
		return Person{}, Fault("org.ChangePerson", "error.person.unknown", err)
	}
	return personOf(doc), nil
}

// Prove notes that somebody came by what was sent to her address, and gives her as she is then.
func (s *People) Prove(ctx context.Context, id PersonID, now time.Time) (Person, error) {
	return s.Change(ctx, id, func(p *Person) error {
		if !p.Unproven {
			return store.ErrNoChange
		}
		p.prove(now)
		return nil
	})
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

// Correction is what a person may set right herself: her name, the language she reads ("" follows her municipality), and whether a mail tells her when a
// comment mentions her; nil leaves that as it is.
type Correction struct {
	Name        string
	Language    Language
	MentionMail *bool
}

// Correct changes it. Faults: Invalid beside the field, NotFound.
func (s *People) Correct(ctx context.Context, id PersonID, c Correction, now time.Time) error {
	const op = "org.Correct"
	c.Name = strings.TrimSpace(c.Name)
	if err := validName(op, c.Name); err != nil {
		return err
	}
	if c.Language != "" && !c.Language.Valid() {
		return fault.Wrong(op, "language", "error.language")
	}
	_, err := s.ChangeAndTell(ctx, id, func(p *Person) ([]store.Event, error) {
		unmailed := p.Unmailed
		if c.MentionMail != nil {
			unmailed = !*c.MentionMail
		}
		if p.Name == c.Name && p.Language == c.Language && p.Unmailed == unmailed {
			return nil, store.ErrNoChange
		}
		p.Name, p.Language, p.Unmailed = c.Name, c.Language, unmailed
		return []store.Event{{Type: "person.corrected", At: now.UTC(), Actor: string(id)}}, nil
	})
	return err
}

func personOf(doc store.Doc[Person]) Person {
	p := doc.Value
	p.ID = PersonID(doc.ID)
	return p
}
