package org

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"helhet/internal/address"
	"helhet/internal/fault"
	"helhet/internal/store"
)

// InvitationID is opaque: "i-7qk2…".
type InvitationID string

// InvitationState is how far an invitation has come.
type InvitationState string

// The states. Accepting is the moment between taking the invitation and writing the person.
const (
	InvitationOpen      InvitationState = "open"
	InvitationAccepting InvitationState = "accepting"
	InvitationAccepted  InvitationState = "accepted"
	InvitationRevoked   InvitationState = "revoked"
)

const (
	// InvitationLength is how long an invitation can be accepted after it was last sent.
	InvitationLength = 14 * 24 * time.Hour
	invitationKept   = 90 * 24 * time.Hour // after it ended
)

// Invitation asks somebody to take a role. Whoever has its secret, which stands in its link alone, may accept it, once.
type Invitation struct {
	ID       InvitationID    `bson:"-"`
	Email    string          `bson:"email"` // erased with the name when it is accepted or revoked
	Name     string          `bson:"name"`
	Language Language        `bson:"language,omitempty"`
	Grant    Grant           `bson:"grant"`
	By       PersonID        `bson:"by"`
	Made     time.Time       `bson:"made"`
	Ends     time.Time       `bson:"ends"`
	Sent     int             `bson:"sent"`             // how many links were made; only the last is good
	ByHand   bool            `bson:"byHand,omitempty"` // whoever invites was shown the link, so that it proves no address
	Hash     string          `bson:"hash"`
	State    InvitationState `bson:"state"`
	Person   PersonID        `bson:"person,omitempty"` // who is accepting, and who did
}

// Invite is what is asked for when somebody is invited. Region is where a lead is to lead, or where the municipality belongs.
type Invite struct {
	Email, Name  string
	Language     Language
	Role         Role
	Municipality MunicipalityID
	Region       RegionID
	ByHand       bool
	// Linking: it may be accepted by signing in elsewhere, which makes that account hers. So one who has the role already may be invited too.
	Linking bool
}

// Acceptance is what somebody says who accepts. Person is set when she is known by more than the link: signed in, or by an account
// that was linked to her; the role is hers then, whatever address was invited.
type Acceptance struct {
	Name     string
	Language Language
	Person   PersonID
}

// Invitations keeps the invitations.
type Invitations struct {
	docs    *store.Collection[Invitation]
	people  *People
	regions *Regions
	now     func() time.Time
	owned   []Owned
}

// NewInvitations declares the collection. Owned is what people own elsewhere, and is handed over with the invitations they made.
func NewInvitations(db *store.DB, people *People, regions *Regions, now func() time.Time, owned ...Owned) *Invitations {
	return &Invitations{people: people, regions: regions, now: now, owned: owned, docs: store.NewCollection(db, store.Spec[Invitation]{
		Name: "invitations", Shape: 1,
		Fields: []store.Field[Invitation]{
			{Name: "place", Type: store.String, Value: func(_ string, i *Invitation) any { return i.Grant.place() }},
			{Name: "region", Type: store.String, Value: func(_ string, i *Invitation) any { return i.Grant.Region }},
			{Name: "coordinator", Type: store.Bool, Value: func(_ string, i *Invitation) any { return i.Grant.Role == Coordinator }},
			{Name: "by", Type: store.String, Value: func(_ string, i *Invitation) any { return i.By }},
			{Name: "open", Type: store.Bool, Value: func(_ string, i *Invitation) any { return i.State == InvitationOpen }},
			{Name: "ends", Type: store.Time, Value: func(_ string, i *Invitation) any { return i.Ends }},
			{Name: "email", Type: store.String, Value: func(_ string, i *Invitation) any { return i.Email }},
		},
		Indexes: []store.Index{
			{Name: "place", Fields: []string{"place", "open", "ends"}}, {Name: "coordinators", Fields: []string{"region", "coordinator", "open", "ends"}},
			{Name: "by", Fields: []string{"by", "open"}}, {Name: "open", Fields: []string{"open", "ends"}}, {Name: "ends", Fields: []string{"ends"}},
			{Name: "email", Fields: []string{"email"}},
		},
	})}
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// InvitationOf is which invitation a secret says that it opens, "" when it is no secret of one.
func InvitationOf(secret string) InvitationID {
	id, _, ok := strings.Cut(secret, ".")
	if !ok {
		return ""
	}
	return InvitationID(id)
}

// newSecret gives an invitation a new link; the one before is good no more.
func (i *Invitation) newSecret(id InvitationID, now time.Time) string {
	secret := string(id) + "." + rand.Text()
	i.Hash, i.Ends = hashOf(secret), now.Add(InvitationLength)
	i.Sent++
	return secret
}

// told is an event about a grant: ids and roles, no names.
func told(kind string, at time.Time, actor string, g Grant, facts ...store.Fact) store.Event {
	scope := string(g.Municipality)
	if scope == "" {
		scope = string(g.Region)
	}
	return store.Event{Type: kind, At: at, Actor: actor, Scope: scope, Data: append([]store.Fact{{Key: "role", Value: string(g.Role)}}, facts...)}
}

// grantFor makes the grant of a role and checks that its place is one: a municipality is in the region it is said to be in. What an actor
// may grant is not looked at.
func grantFor(ctx context.Context, regions *Regions, op string, role Role, m MunicipalityID, r RegionID) (Grant, error) {
	g := Grant{Role: role, Municipality: m, Region: r}
	switch role {
	case Contributor, Coordinator, Leader:
	case RegionalLead:
		g.Municipality = ""
	case NationalReader, Administrator, Auditor:
		return Grant{Role: role}, nil
	default:
		return Grant{}, fault.Wrong(op, "role", "error.invitation.role")
	}
	if !g.valid() {
		return Grant{}, fault.Wrong(op, "place", "error.invitation.place")
	}
	region, err := regions.Get(ctx, g.Region)
	if fault.CodeOf(err) == fault.NotFound {
		return Grant{}, fault.Wrong(op, "place", "error.invitation.place")
	}
	if err != nil {
		return Grant{}, err
	}
	if _, ok := region.Member(g.Municipality); !ok && g.Municipality != "" {
		return Grant{}, fault.Wrong(op, "place", "error.invitation.place")
	}
	return g, nil
}

// Invite invites somebody, and gives the secret of the link. Nobody invites herself.
func (s *Invitations) Invite(ctx context.Context, a Actor, in Invite) (Invitation, string, error) {
	const op = "org.Invite"
	g, err := grantFor(ctx, s.regions, op, in.Role, in.Municipality, in.Region)
	if err != nil {
		return Invitation{}, "", err
	}
	if !MayGrant(a, g) {
		return Invitation{}, "", fault.New(fault.Forbidden, op, "error.forbidden")
	}
	if err := validName(op, in.Name); err != nil {
		return Invitation{}, "", err
	}
	email, err := address.Parse(in.Email)
	if err != nil {
		return Invitation{}, "", fault.Wrong(op, "email", "error.invitation.email")
	}
	if in.Language != "" && !in.Language.Valid() {
		return Invitation{}, "", fault.Wrong(op, "language", "error.language")
	}
	known, err := s.people.ByEmail(ctx, email)
	switch {
	case err == nil && known.ID == a.Person:
		return Invitation{}, "", fault.Wrong(op, "email", "error.person.own-role")
	case err == nil && !known.Inactive && known.Holds(g) && !in.Linking:
		return Invitation{}, "", fault.Wrong(op, "email", "error.invitation.has-role")
	case err != nil && fault.CodeOf(err) != fault.NotFound:
		return Invitation{}, "", err
	}
	now, id := s.now().UTC(), InvitationID("i-"+strings.ToLower(rand.Text()))
	inv := Invitation{Email: email, Name: strings.TrimSpace(in.Name), Language: in.Language, Grant: g, By: a.Person, Made: now, ByHand: in.ByHand, State: InvitationOpen}
	secret := inv.newSecret(id, now)
	doc, err := s.docs.Insert(ctx, string(id), inv, told("person.invited", now, a.Name(), g))
	if err != nil {
		return Invitation{}, "", Fault(op, "", err)
	}
	return invitationOf(doc), secret, nil
}

func invitationOf(doc store.Doc[Invitation]) Invitation {
	i := doc.Value
	i.ID = InvitationID(doc.ID)
	return i
}

// change changes an open invitation that the actor may grant.
func (s *Invitations) change(ctx context.Context, op string, a Actor, id InvitationID, change func(*Invitation) store.Event) (Invitation, error) {
	doc, err := s.docs.Update(ctx, string(id), func(i *Invitation) ([]store.Event, error) {
		if !MayGrant(a, i.Grant) {
			return nil, fault.New(fault.Forbidden, op, "error.forbidden")
		}
		if i.State != InvitationOpen {
			return nil, fault.New(fault.Conflict, op, "error.invitation.ended")
		}
		return []store.Event{change(i)}, nil
	})
	if err != nil {
		return Invitation{}, Fault(op, "error.invitation.unknown", err)
	}
	return invitationOf(doc), nil
}

// Again makes a new link for an open invitation, also one whose time was over; the old link is good no more.
func (s *Invitations) Again(ctx context.Context, a Actor, id InvitationID, byHand bool) (Invitation, string, error) {
	var secret string
	now := s.now().UTC()
	inv, err := s.change(ctx, "org.InviteAgain", a, id, func(i *Invitation) store.Event {
		secret = i.newSecret(id, now)
		i.ByHand = byHand
		return told("invitation.sent-again", now, a.Name(), i.Grant)
	})
	return inv, secret, err
}

// Revoke takes an open invitation back.
func (s *Invitations) Revoke(ctx context.Context, a Actor, id InvitationID) error {
	now := s.now().UTC()
	_, err := s.change(ctx, "org.Revoke", a, id, func(i *Invitation) store.Event {
		return i.revoke(now, a.Name())
	})
	return err
}

// revoke ends an invitation, and erases whom it was for.
func (i *Invitation) revoke(now time.Time, by string) store.Event {
	i.State, i.Email, i.Name, i.Ends = InvitationRevoked, "", "", now
	return told("invitation.revoked", now, by, i.Grant)
}

// BySecret finds an invitation that can be accepted. Looking never spends it.
func (s *Invitations) BySecret(ctx context.Context, secret string) (Invitation, error) {
	const op = "org.Invitation"
	unknown := fault.New(fault.NotFound, op, "error.invitation.unknown")
	id := InvitationOf(secret)
	if id == "" {
		return Invitation{}, unknown
	}
	doc, err := s.docs.Get(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return Invitation{}, unknown
	}
	if err != nil {
		return Invitation{}, Fault(op, "", err)
	}
	inv := invitationOf(doc)
	if subtle.ConstantTimeCompare([]byte(inv.Hash), []byte(hashOf(secret))) != 1 {
		return Invitation{}, unknown
	}
	switch {
	case inv.State == InvitationAccepted:
		return Invitation{}, fault.New(fault.Conflict, op, "error.invitation.used")
	case inv.State == InvitationRevoked || !s.now().Before(inv.Ends):
		return Invitation{}, fault.New(fault.Conflict, op, "error.invitation.ended")
	}
	return inv, nil
}

// Accept takes an invitation, and tells whose the role is now. Of several who do so at the same time one is told so, the others get a
// fault Conflict. Without Acceptance.Person it is the person with the invited address, who is made when there is none; but a link that
// was passed on by hand proves no address, so it makes nobody into somebody who is there already: fault Unauthenticated.
func (s *Invitations) Accept(ctx context.Context, secret string, acc Acceptance) (PersonID, error) {
	const op = "org.Accept"
	inv, err := s.BySecret(ctx, secret)
	if err != nil {
		return "", err
	}
	if acc.Person != "" && acc.Person == inv.By {
		return "", fault.New(fault.Forbidden, op, "error.person.own-role")
	}
	holder := acc.Person
	known, err := s.people.ByEmail(ctx, inv.Email)
	switch fault.CodeOf(err) {
	case "":
		if holder == "" {
			holder = known.ID
		}
		if inv.ByHand && acc.Person == "" && known.ID != inv.newcomer() {
			return "", fault.New(fault.Unauthenticated, op, "error.invitation.sign-in-first")
		}
	case fault.NotFound:
		if holder == "" {
			if acc.Name == "" {
				acc.Name = inv.Name
			}
			if err := validName(op, acc.Name); err != nil {
				return "", err
			}
		}
	default:
		return "", err
	}
	// From here on it can't be revoked. What follows is done again to its end if it is cut off, by whoever has the secret.
	_, err = s.docs.Update(ctx, string(inv.ID), func(i *Invitation) ([]store.Event, error) {
		switch {
		case i.Hash != inv.Hash:
			return nil, fault.New(fault.NotFound, op, "error.invitation.unknown")
		case i.State == InvitationAccepting && i.Person == acc.Person:
			return nil, store.ErrNoChange
		case i.State == InvitationAccepting:
			return nil, fault.New(fault.Conflict, op, "error.busy")
		case i.State == InvitationAccepted:
			return nil, fault.New(fault.Conflict, op, "error.invitation.used")
		case i.State == InvitationRevoked:
			return nil, fault.New(fault.Conflict, op, "error.invitation.ended")
		}
		i.State, i.Person = InvitationAccepting, acc.Person
		return nil, nil
	})
	if err != nil {
		return "", Fault(op, "", err)
	}
	if holder == "" {
		holder, err = s.newcomer(ctx, inv, acc)
	}
	if err == nil {
		var proved time.Time
		if !inv.ByHand {
			proved = s.now().UTC()
		}
		err = s.people.give(ctx, holder, inv.Grant, proved)
	}
	if err != nil {
		return "", err
	}
	now := s.now().UTC()
	_, err = s.docs.Update(ctx, string(inv.ID), func(i *Invitation) ([]store.Event, error) {
		if i.State != InvitationAccepting {
			return nil, fault.New(fault.Conflict, op, "error.invitation.used")
		}
		i.State, i.Person, i.Email, i.Name, i.Ends = InvitationAccepted, holder, "", "", now
		return []store.Event{told("person.accepted", now, string(holder), i.Grant, store.Fact{Key: "person", Value: string(holder)})}, nil
	})
	return holder, Fault(op, "", err)
}

// newcomer makes the person of an invitation, at an id that follows from it, so that she is made once.
func (s *Invitations) newcomer(ctx context.Context, inv Invitation, acc Acceptance) (PersonID, error) {
	p := Person{
		ID: inv.newcomer(), Name: strings.TrimSpace(acc.Name), Email: inv.Email, Language: acc.Language,
		Grants: []Grant{inv.Grant}, Unproven: inv.ByHand,
	}
	p, err := s.people.Add(ctx, p, told("person.made", s.now().UTC(), string(p.ID), inv.Grant))
	if fault.CodeOf(err) != fault.Conflict {
		return p.ID, err
	}
	p, err = s.people.ByEmail(ctx, inv.Email) // somebody was faster
	if err == nil && inv.ByHand && p.ID != inv.newcomer() {
		err = fault.New(fault.Unauthenticated, "org.Accept", "error.invitation.sign-in-first")
	}
	return p.ID, err
}

// newcomer is who an invitation makes.
func (i Invitation) newcomer() PersonID {
	return PersonID("p-" + strings.TrimPrefix(string(i.ID), "i-"))
}

// OfPlace lists a municipality's open invitations, those that end first first, at most limit of them, and a cursor for what follows.
func (s *Invitations) OfPlace(ctx context.Context, m MunicipalityID, limit int, after store.Cursor) ([]Invitation, store.Cursor, error) {
	return s.list(ctx, []store.Term{{Field: "place", Value: string(m)}, {Field: "open", Value: true}}, limit, after)
}

// EachOf gives every invitation to a municipality that is there, open or ended, to see.
func (s *Invitations) EachOf(ctx context.Context, m MunicipalityID, see func(Invitation) error) error {
	return eachDoc(ctx, s.docs, "org.InvitationsOf", store.Query{Equal: []store.Term{{Field: "place", Value: string(m)}}}, func(doc store.Doc[Invitation]) error {
		return see(invitationOf(doc))
	})
}

// Depart deletes every invitation to a municipality that leaves.
func (s *Invitations) Depart(ctx context.Context, a Actor, m MunicipalityID, relay func(context.Context) error) error {
	const op = "org.DepartInvitations"
	if !MayCarryOutDepartures(a) {
		return fault.New(fault.Forbidden, op, "error.forbidden")
	}
	return deleteAll(ctx, s.docs, op, store.Query{Equal: []store.Term{{Field: "place", Value: string(m)}}}, relay)
}

// OfCoordinators lists the open invitations of a region's coordinators, as OfPlace.
func (s *Invitations) OfCoordinators(ctx context.Context, r RegionID, limit int, after store.Cursor) ([]Invitation, store.Cursor, error) {
	return s.list(ctx, []store.Term{{Field: "region", Value: string(r)}, {Field: "coordinator", Value: true}, {Field: "open", Value: true}}, limit, after)
}

// All lists open invitations anywhere, as OfPlace.
func (s *Invitations) All(ctx context.Context, limit int, after store.Cursor) ([]Invitation, store.Cursor, error) {
	return s.list(ctx, []store.Term{{Field: "open", Value: true}}, limit, after)
}

func (s *Invitations) list(ctx context.Context, which []store.Term, limit int, after store.Cursor) ([]Invitation, store.Cursor, error) {
	page, err := s.docs.Find(ctx, store.Query{Equal: which, Order: []string{"ends"}, Limit: limit, After: after})
	if err != nil {
		return nil, "", Fault("org.Invitations", "", err)
	}
	var all []Invitation
	for _, doc := range page.Docs {
		all = append(all, invitationOf(doc))
	}
	return all, page.Next, nil
}

// By lists open invitations that a person sent.
func (s *Invitations) By(ctx context.Context, id PersonID) ([]Invitation, error) {
	return s.some(ctx, store.Term{Field: "by", Value: string(id)}, store.Term{Field: "open", Value: true})
}

// To lists invitations that wait at an address; one that ended has none, and neither have some people.
func (s *Invitations) To(ctx context.Context, email string) ([]Invitation, error) {
	if email == "" {
		return nil, nil
	}
	return s.some(ctx, store.Term{Field: "email", Value: email})
}

// some lists as many as may be read at once, in no order.
func (s *Invitations) some(ctx context.Context, which ...store.Term) ([]Invitation, error) {
	page, err := s.docs.Find(ctx, store.Query{Equal: which, Limit: store.MaxLimit})
	var all []Invitation
	for _, doc := range page.Docs {
		all = append(all, invitationOf(doc))
	}
	return all, Fault("org.Invitations", "", err)
}

// forget revokes what a deleted person sent and what waited for her. What was sent to her address later is for somebody new. The one that
// made her is among it if it was cut off, so that its link never makes her again.
func (s *Invitations) forget(ctx context.Context, d Departed) error {
	const op = "org.ForgetInvitations"
	made := InvitationID("i-" + strings.TrimPrefix(string(d.ID), "p-"))
	if err := s.forgetOne(ctx, op, made, d); err != nil {
		return err
	}
	queries := []store.Query{{Equal: []store.Term{{Field: "by", Value: string(d.ID)}, {Field: "open", Value: true}}, Limit: store.MaxMembers}}
	if d.Email != "" {
		queries = append(queries, store.Query{Equal: []store.Term{{Field: "email", Value: d.Email}}, Limit: store.MaxMembers})
	}
	for _, q := range queries {
		for more := true; more; more = q.After != "" {
			page, err := s.docs.Find(ctx, q)
			if err != nil {
				return Fault(op, "", err)
			}
			for _, doc := range page.Docs {
				if err := s.forgetOne(ctx, op, InvitationID(doc.ID), d); err != nil {
					return err
				}
			}
			q.After = page.Next
		}
	}
	return nil
}

func (s *Invitations) forgetOne(ctx context.Context, op string, id InvitationID, d Departed) error {
	_, err := s.docs.Update(ctx, string(id), func(i *Invitation) ([]store.Event, error) {
		if i.State == InvitationAccepted || i.State == InvitationRevoked || i.By != d.ID && i.Made.After(d.Since) {
			return nil, store.ErrNoChange
		}
		return []store.Event{i.revoke(s.now().UTC(), d.By)}, nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return Fault(op, "", err)
}

// Sweep deletes up to limit invitations that ended long ago, and tells how many.
func (s *Invitations) Sweep(ctx context.Context, limit int) (int, error) {
	page, err := s.docs.Find(ctx, store.Query{Range: &store.Range{Field: "ends", To: s.now().UTC().Add(-invitationKept)}, Limit: limit})
	if err != nil {
		return 0, Fault("org.SweepInvitations", "", err)
	}
	n := 0
	for _, doc := range page.Docs {
		err := s.docs.Delete(ctx, doc.ID, doc.Revision)
		if err != nil && !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrPending) {
			return n, Fault("org.SweepInvitations", "", err)
		}
		if err == nil {
			n++
		}
	}
	return n, nil
}
