package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"math/big"
	"slices"
	"strings"
	"time"

	"helhet/internal/address"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

const (
	// ChallengeLength is how long a sign-in mail's link and code are good.
	ChallengeLength = 15 * time.Minute
	codeTries       = 5
)

// Email signs people in by e-mail.
type Email struct {
	people     *org.People
	regions    *org.Regions
	challenges *store.Collection[challenge]
	limits     *Limits
	now        func() time.Time
}

// NewEmail declares the collection.
func NewEmail(db *store.DB, people *org.People, regions *org.Regions, limits *Limits, now func() time.Time) *Email {
	return &Email{people, regions, newChallenges(db), limits, now}
}

// challenge is a sign-in by e-mail under way. It stands there for addresses that nobody has too, and then leads nowhere.
type challenge struct {
	Person  org.PersonID `bson:"person"` // "" when nobody may sign in by it
	Link    string       `bson:"link"`   // hashes
	Code    string       `bson:"code"`
	Browser string       `bson:"browser"`
	Ends    time.Time    `bson:"ends"`
	Wrong   int          `bson:"wrong"` // codes tried
	Used    bool         `bson:"used"`
	Address string       `bson:"address,omitempty"` // hash of where the mail went
	Console bool         `bson:"console,omitempty"` // whoever has the machine was shown the link, so that it proves no address
}

func newChallenges(db *store.DB) *store.Collection[challenge] {
	return store.NewCollection(db, store.Spec[challenge]{
		Name: "challenges", Shape: 1,
		Fields: []store.Field[challenge]{
			{Name: "ends", Type: store.Time, Value: func(_ string, c *challenge) any { return c.Ends }},
			{Name: "person", Type: store.String, Value: func(_ string, c *challenge) any { return c.Person }},
		},
		Indexes: []store.Index{{Name: "ends", Fields: []string{"ends"}}, {Name: "person", Fields: []string{"person"}}},
	})
}

// Challenge is what a sign-in mail carries, and what the browser keeps that asked for it.
type Challenge struct {
	ID           string
	To           string       // where the mail goes
	Known        bool         // whether it is to be sent; nobody outside may tell
	Language     org.Language // hers, "" when she chose none
	Municipality org.MunicipalityID
	Link         string // secret of the link
	Code         string // six digits
	Browser      string // secret of the browser's cookie: only there does the code count
	Ends         time.Time
}

// BeginEmail begins a sign-in by e-mail. It does the same work and takes the same room whether or not somebody has the address; Known
// says which. Client is where the request came from. Fault TooMany when the client or the address asked too often, Invalid when the
// address is none.
func (s *Email) BeginEmail(ctx context.Context, email, client string) (Challenge, error) {
	const op = "auth.BeginEmail"
	to, err := address.Parse(email)
	if err != nil {
		return Challenge{}, fault.Wrong(op, "email", "error.invitation.email")
	}
	// A client that has asked too often is looked for first, so that it uses up nobody else's share and writes nothing more.
	switch refused, err := s.limits.full(ctx, mailsPerClient, client); {
	case err != nil:
		return Challenge{}, err
	case refused:
		return Challenge{}, tooMany(op)
	}
	if err := s.limits.spend(ctx, op, try{mailsInAll, ""}, try{mailsPerClient, client}, try{mailsPerAddress, to}); err != nil {
		return Challenge{}, err
	}
	person, err := s.people.ByEmail(ctx, to)
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return Challenge{}, err
	}
	found := err == nil && !person.Inactive
	allowed, err := s.allowed(ctx, person)
	if err != nil {
		return Challenge{}, err
	}
	known := found && allowed
	number, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return Challenge{}, err
	}
	digits := number.String()
	id := "c-" + strings.ToLower(rand.Text())
	ch := Challenge{ID: id, To: to, Known: known, Language: person.Language, Municipality: person.Actor().Municipality(), Link: id + "." + rand.Text(), Code: strings.Repeat("0", 6-len(digits)) + digits,
		Browser: id + "." + rand.Text(), Ends: s.now().UTC().Add(ChallengeLength)}
	stored := challenge{Link: hashOf(ch.Link), Code: codeHash(ch.Browser, ch.Code), Browser: hashOf(ch.Browser), Address: hashOf(to), Ends: ch.Ends}
	if known {
		stored.Person = person.ID
	}
	if _, err := s.challenges.Insert(ctx, id, stored); err != nil {
		return Challenge{}, org.Fault(op, "", err)
	}
	return ch, nil
}

// ConsoleLink makes a link by which a person signs in once, for whoever has the machine to pass on: she may have no other way in. Fault
// Forbidden when she is inactive.
func (s *Email) ConsoleLink(ctx context.Context, id org.PersonID) (string, error) {
	const op = "auth.ConsoleLink"
	person, err := s.people.Get(ctx, id)
	if err == nil && person.Inactive {
		err = fault.New(fault.Forbidden, op, "error.person.inactive")
	}
	if err != nil {
		return "", err
	}
	now, challengeID := s.now().UTC(), "c-"+strings.ToLower(rand.Text())
	link := challengeID + "." + rand.Text()
	_, err = s.challenges.Insert(ctx, challengeID, challenge{Person: id, Link: hashOf(link), Ends: now.Add(ChallengeLength), Console: true},
		store.Event{Type: "sign-in.link-made", At: now, Actor: org.SystemActor("console").Name(), Data: []store.Fact{{Key: "person", Value: string(id)}}})
	return link, org.Fault(op, "", err)
}

// codeHash binds a code to its browser: six digits alone would be found in their hash by trying all.
func codeHash(browser, code string) string { return hashOf(browser + "/" + code) }

// AlwaysByEmail tells whose sign-in by e-mail nobody switches off: administrators and regional leads must be able to set it right.
func AlwaysByEmail(p org.Person) bool {
	return slices.ContainsFunc(p.Grants, func(g org.Grant) bool { return g.Role == org.Administrator || g.Role == org.RegionalLead })
}

// allowed tells whether a person may sign in by e-mail: not when a municipality of hers has switched that off. It costs one read, whoever
// she is.
func (s *Email) allowed(ctx context.Context, p org.Person) (bool, error) {
	ids := []org.RegionID{"-"}
	always := AlwaysByEmail(p)
	for _, g := range p.Grants {
		if g.Region != "" {
			ids = append(ids, g.Region)
		}
	}
	regions, err := s.regions.Many(ctx, ids)
	if err != nil || always {
		return always, err
	}
	for _, g := range p.Grants {
		if m, ok := regions[g.Region].Member(g.Municipality); ok && m.NoEmail {
			return false, nil
		}
	}
	return true, nil
}

// LinkGood tells whether a link can still be used. Looking never spends it, and it says nothing about whose it is.
func (s *Email) LinkGood(ctx context.Context, link string) error {
	return s.good(ctx, "auth.LinkGood", link, func(c challenge) string { return c.Link })
}

// good spends nothing: fault Conflict when a secret, of a link or a browser, opens no challenge any more.
func (s *Email) good(ctx context.Context, op, secret string, hash func(challenge) string) error {
	id, _, _ := strings.Cut(secret, ".")
	doc, err := s.challenges.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return spent(op)
	}
	if err != nil {
		return org.Fault(op, "", err)
	}
	if !doc.Value.takes(s.now(), hash(doc.Value), secret) {
		return spent(op)
	}
	return nil
}

// takes tells whether a challenge can still be used, by a secret whose hash it has.
func (c *challenge) takes(now time.Time, hash, secret string) bool {
	return !c.Used && c.Wrong < codeTries && now.Before(c.Ends) && subtle.ConstantTimeCompare([]byte(hash), []byte(hashOf(secret))) == 1
}

// stillHers tells whether the address that the mail went to is that of whom it would sign in: she may have another by now.
func (c *challenge) stillHers(p org.Person) bool {
	return c.Address == "" || c.Address == hashOf(p.Email)
}

func spent(op string) error { return fault.New(fault.Conflict, op, "error.sign-in.spent") }

// ByLink spends a link and tells who came by it. Of several who do so at once one wins; the others get a fault Conflict.
func (s *Email) ByLink(ctx context.Context, link string) (org.PersonID, error) {
	const op = "auth.ByLink"
	id, _, _ := strings.Cut(link, ".")
	return s.spend(ctx, op, id, func(c *challenge) error {
		if !c.takes(s.now(), c.Link, link) || c.Person == "" {
			return spent(op)
		}
		c.Used = true
		return nil
	})
}

// ByCode spends a code, where the sign-in began, and tells who came by it. Five wrong ones end it. Fault Invalid for a wrong code,
// Conflict when there is nothing to sign in to any more, TooMany when the client tries too often.
func (s *Email) ByCode(ctx context.Context, browser, code, client string) (org.PersonID, error) {
	const op = "auth.ByCode"
	// Who guesses without having asked for a mail is told so before anything is counted: a million of them write nothing.
	if err := s.good(ctx, op, browser, func(c challenge) string { return c.Browser }); err != nil {
		return "", err
	}
	if err := s.limits.spend(ctx, op, try{codesPerClient, client}); err != nil {
		return "", err
	}
	code = strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u00a0' || r == '-' {
			return -1
		}
		return r
	}, code)
	id, _, _ := strings.Cut(browser, ".")
	wrong := false
	person, err := s.spend(ctx, op, id, func(c *challenge) error {
		if wrong = false; !c.takes(s.now(), c.Browser, browser) {
			return spent(op)
		}
		if wrong = c.Person == "" || subtle.ConstantTimeCompare([]byte(c.Code), []byte(codeHash(browser, code))) != 1; wrong {
			c.Wrong++
			return nil
		}
		c.Used = true
		return nil
	})
	if err == nil && wrong {
		return "", fault.Wrong(op, "code", "error.sign-in.code")
	}
	return person, err
}

// spend changes a challenge and tells whose it is. The write is the one that decides between two who race.
func (s *Email) spend(ctx context.Context, op, id string, change func(*challenge) error) (org.PersonID, error) {
	doc, err := s.challenges.Update(ctx, id, func(c *challenge) ([]store.Event, error) {
		if err := change(c); err != nil || !c.Used || !c.Console {
			return nil, err
		}
		return []store.Event{{Type: "sign-in.link-used", At: s.now().UTC(), Actor: string(c.Person)}}, nil
	})
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return "", spent(op)
	}
	if err != nil {
		return "", org.Fault(op, "", err)
	}
	if !doc.Value.Used {
		return "", nil
	}
	if doc.Value.Console {
		return doc.Value.Person, nil
	}
	// Whoever came before her by a link that somebody else had seen is out.
	person, err := s.people.Prove(ctx, doc.Value.Person, s.now().UTC())
	if err != nil {
		return "", err
	}
	if !doc.Value.stillHers(person) {
		return "", spent(op)
	}
	return person.ID, nil
}

// SweepEmail deletes up to limit challenges and up to limit counters that are over, and tells how many.
func (s *Email) SweepEmail(ctx context.Context, limit int) (int, error) {
	over := store.Query{Range: &store.Range{Field: "ends", To: s.now().UTC()}, Limit: limit}
	n, err := sweep(ctx, s.challenges, over)
	if err != nil {
		return n, err
	}
	more, err := sweep(ctx, s.limits.docs, over)
	return n + more, err
}

// Forget deletes the sign-ins by e-mail that somebody who was deleted had begun.
func (s *Email) Forget(ctx context.Context, person org.PersonID) error {
	const batch = 100
	for n := batch; n >= batch; {
		var err error
		n, err = sweep(ctx, s.challenges, store.Query{Equal: []store.Term{{Field: "person", Value: person}}, Limit: batch})
		if err != nil {
			return err
		}
	}
	return nil
}

func sweep[T any](ctx context.Context, docs *store.Collection[T], over store.Query) (int, error) {
	page, err := docs.Find(ctx, over)
	if err != nil {
		return 0, org.Fault("auth.Sweep", "", err)
	}
	for n, doc := range page.Docs {
		if err := docs.Delete(ctx, doc.ID, doc.Revision); err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrPending) {
			return n, org.Fault("auth.Sweep", "", err)
		}
	}
	return len(page.Docs), nil
}
