package org

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"helhet/internal/address"
	"helhet/internal/fault"
	"helhet/internal/store"
)

// AccessState is what became of a request for access.
type AccessState string

// The states of a request.
const (
	AccessOpen     AccessState = "open"
	AccessGranted  AccessState = "granted"
	AccessDeclined AccessState = "declined"
)

// AccessRequest is somebody who signed in elsewhere, is not known here, and asks to be let in. What she calls herself is hers to say:
// only Issuer and Subject are vouched for. Its id is her account's, so that an account has one request at a time.
type AccessRequest struct {
	ID           string         `bson:"-"`
	Tag          store.Revision `bson:"-"`          // of what was read: who answers names it, so that nobody answers what she has not seen
	IssuerName   string         `bson:"issuerName"` // where she signed in, as people read it: "Ansattporten"
	Issuer       string         `bson:"issuer"`     // who vouches for Subject; both link the account when she is let in
	Subject      string         `bson:"subject"`
	Name         string         `bson:"name"`  // erased with address and message when she is let in
	Email        string         `bson:"email"` // lower case; where she says that she can be reached, which nothing shows
	Municipality MunicipalityID `bson:"municipality"`
	Message      string         `bson:"message,omitempty"`
	At           time.Time      `bson:"at"`
	State        AccessState    `bson:"state"`
	AnsweredBy   PersonID       `bson:"answeredBy,omitempty"`
	AnsweredAt   time.Time      `bson:"answeredAt,omitempty"`
	DeclinedAt   time.Time      `bson:"declinedAt,omitempty"` // when the same municipality last said no
	// As what she is let in, and who she is then. On an open request they say that this has begun and was cut off.
	Grant  Grant    `bson:"grant,omitempty"`
	Person PersonID `bson:"person,omitempty"`
}

// Begun tells whether somebody has begun to let her in and was cut off. Granting it again, with the same role, goes on to the end.
func (r AccessRequest) Begun() bool { return r.State == AccessOpen && r.Person != "" }

// MaxAccessMessage is how long a request's message may be, in characters.
const MaxAccessMessage = 500

// Normal is the request without space around, and its address in lower case.
func (r AccessRequest) Normal() AccessRequest {
	r.Name, r.Message = strings.TrimSpace(r.Name), strings.TrimSpace(r.Message)
	r.Email = strings.ToLower(strings.TrimSpace(r.Email))
	return r
}

// validate finds everything that is wrong with what was typed.
func (r AccessRequest) validate(register *Register) error {
	f := &fault.Error{Code: fault.Invalid, Op: "org.AccessRequest", Key: "error.access-request"}
	wrong := func(field, key string, args ...any) {
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: key, Args: args})
	}
	if validName("", r.Name) != nil {
		wrong("name", "error.access-request.name", "max", maxName)
	}
	if email, err := address.Parse(r.Email); err != nil || email != r.Email {
		wrong("email", "error.access-request.email")
	}
	if m, ok := register.Get(r.Municipality); !ok || !m.Exists() {
		wrong("municipality", "error.access-request.municipality")
	}
	if utf8.RuneCountInString(r.Message) > MaxAccessMessage || !utf8.ValidString(r.Message) || strings.Contains(r.Message, "\x00") {
		wrong("message", "error.access-request.message", "max", MaxAccessMessage)
	}
	if len(f.Fields) > 0 {
		return f
	}
	return nil
}

// MaySeeAccessRequests: who asks for access to a municipality is for those who can let her in, or say no: its coordinator, the lead of its
// region, and the administrator. As what she may be let in is MayGrant's to say.
func MaySeeAccessRequests(a Actor, m MunicipalityID, r RegionID) bool {
	return a.in(m, Coordinator) || a.leads(r) || a.Has(Administrator)
}

// Accounts is what granting needs of package internal/auth, which knows whose an account is.
type Accounts interface {
	// Linked tells whose an account is, and since when; fault NotFound when it is nobody's.
	Linked(ctx context.Context, issuer, subject string) (PersonID, time.Time, error)
	// LinkInstead links an account to a person, in place of the one it was linked to before, "" for none; fault Conflict when it belongs to
	// somebody else.
	LinkInstead(ctx context.Context, person, before PersonID, issuer, subject string) error
}

// AccessRequests keeps the requests.
type AccessRequests struct {
	docs     *store.Collection[AccessRequest]
	register *Register
	regions  *Regions
	people   *People
	accounts Accounts
	now      func() time.Time
}

// NewAccessRequests declares the collection.
func NewAccessRequests(db *store.DB, register *Register, regions *Regions, people *People, accounts Accounts, now func() time.Time) *AccessRequests {
	return &AccessRequests{register: register, regions: regions, people: people, accounts: accounts, now: now, docs: store.NewCollection(db, store.Spec[AccessRequest]{
		Name: "access_requests", Shape: 1,
		Fields: []store.Field[AccessRequest]{
			{Name: "state", Type: store.String, Value: func(_ string, r *AccessRequest) any { return r.State }},
			{Name: "municipality", Type: store.String, Value: func(_ string, r *AccessRequest) any { return r.Municipality }},
			{Name: "at", Type: store.Time, Value: func(_ string, r *AccessRequest) any { return r.At }},
			{Name: "changed", Type: store.Time, Value: func(_ string, r *AccessRequest) any { return r.changed() }},
		},
		Indexes: []store.Index{{Name: "municipality", Fields: []string{"state", "municipality", "at"}}, {Name: "state", Fields: []string{"state", "at"}},
			{Name: "changed", Fields: []string{"state", "changed"}}},
	})}
}

// changed is when it was answered, or else when it was asked.
func (r AccessRequest) changed() time.Time {
	if r.State == AccessOpen {
		return r.At
	}
	return r.AnsweredAt
}

// Sweep deletes up to limit requests that nobody has answered since a day, and up to limit that were answered before another. It tells
// how many.
func (s *AccessRequests) Sweep(ctx context.Context, unanswered, answered time.Time, limit int) (int, error) {
	const op = "org.SweepAccessRequests"
	n := 0
	for state, before := range map[AccessState]time.Time{AccessOpen: unanswered, AccessGranted: answered, AccessDeclined: answered} {
		page, err := s.docs.Find(ctx, store.Query{Equal: []store.Term{{Field: "state", Value: state}}, Range: &store.Range{Field: "changed", To: before.UTC()}, Limit: limit})
		if err != nil {
			return n, Fault(op, "", err)
		}
		for _, doc := range page.Docs {
			err := s.docs.Delete(ctx, doc.ID, doc.Revision)
			switch {
			case err == nil:
				n++
			case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrPending): // next time, if it still is
			default:
				return n, Fault(op, "", err)
			}
		}
	}
	return n, nil
}

// Forget deletes an account's request; one that is not there is no failure. Fault Conflict while its events are on their way.
func (s *AccessRequests) Forget(ctx context.Context, id string) error {
	const op = "org.ForgetAccessRequest"
	doc, err := s.docs.Get(ctx, id)
	if err == nil {
		err = s.docs.Delete(ctx, id, doc.Revision)
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return Fault(op, "error.busy", err)
}

// Ask keeps a request, in place of an earlier one of the same account. Fault Invalid names every field that is wrong.
func (s *AccessRequests) Ask(ctx context.Context, r AccessRequest) error {
	r = r.Normal()
	if err := r.validate(s.register); err != nil {
		return err
	}
	r.At, r.State = s.now().UTC(), AccessOpen
	r.AnsweredBy, r.AnsweredAt, r.DeclinedAt, r.Grant, r.Person = "", time.Time{}, time.Time{}, Grant{}, ""
	asked := store.Event{Type: "access.requested", At: r.At, Actor: SystemActor("sign-in").Name(), Scope: string(r.Municipality)}
	_, err := s.docs.Insert(ctx, r.ID, r, asked)
	if errors.Is(err, store.ErrExists) {
		_, err = s.docs.Update(ctx, r.ID, func(old *AccessRequest) ([]store.Event, error) {
			same := old.State == AccessOpen && old.Name == r.Name && old.Email == r.Email && old.Municipality == r.Municipality && old.Message == r.Message
			if same || old.Begun() { // sent twice, or about to be let in
				return nil, store.ErrNoChange
			}
			declined := old.DeclinedAt
			if old.Municipality != r.Municipality { // another's no is none of theirs
				declined = time.Time{}
			}
			*old = r
			old.DeclinedAt = declined
			return []store.Event{asked}, nil
		})
	}
	return Fault("org.AskAccess", "", err)
}

// Get finds an account's request; fault NotFound when there is none.
func (s *AccessRequests) Get(ctx context.Context, id string) (AccessRequest, error) {
	doc, err := s.docs.Get(ctx, id)
	if err != nil {
		return AccessRequest{}, Fault("org.AccessRequest", "error.access-request.unknown", err)
	}
	return requestOf(doc), nil
}

// sees tells whether somebody may see requests for a municipality. A lead's region is looked at: it must hold the municipality.
func (s *AccessRequests) sees(ctx context.Context, a Actor, m MunicipalityID) (bool, error) {
	if MaySeeAccessRequests(a, m, "") {
		return true, nil
	}
	for _, g := range a.Grants {
		if !MaySeeAccessRequests(a, m, g.Region) {
			continue
		}
		region, err := s.regions.Get(ctx, g.Region)
		if err != nil {
			return false, err
		}
		if _, ok := region.Member(m); ok {
			return true, nil
		}
	}
	return false, nil
}

// Seen finds a request for one who may answer it; fault Forbidden for everybody else, also when it is not there: ids can't be tried out.
func (s *AccessRequests) Seen(ctx context.Context, a Actor, id string) (AccessRequest, error) {
	const op = "org.SeenAccessRequest"
	forbidden := fault.New(fault.Forbidden, op, "error.forbidden")
	r, err := s.Get(ctx, id)
	if code := fault.CodeOf(err); code == fault.NotFound || code == fault.Malformed {
		return AccessRequest{}, forbidden
	}
	if err != nil {
		return AccessRequest{}, err
	}
	sees, err := s.sees(ctx, a, r.Municipality)
	if err == nil && !sees {
		err = forbidden
	}
	return r, err
}

// List gives the open requests for a municipality, oldest first, at most limit of them, and a cursor for what follows.
func (s *AccessRequests) List(ctx context.Context, a Actor, m MunicipalityID, limit int, after store.Cursor) ([]AccessRequest, store.Cursor, error) {
	const op = "org.AccessRequests"
	sees, err := s.sees(ctx, a, m)
	if err != nil {
		return nil, "", err
	}
	if !sees {
		return nil, "", fault.New(fault.Forbidden, op, "error.forbidden")
	}
	return s.list(ctx, op, store.Query{
		Equal: []store.Term{{Field: "state", Value: AccessOpen}, {Field: "municipality", Value: m}}, Order: []string{"at"}, Limit: limit, After: after,
	})
}

// OfRegion gives the open requests for a region's municipalities (of the first store.MaxMembers of them), by municipality.
func (s *AccessRequests) OfRegion(ctx context.Context, a Actor, r RegionID, limit int, after store.Cursor) ([]AccessRequest, store.Cursor, error) {
	const op = "org.AccessRequestsOfRegion"
	if !MaySeeAccessRequests(a, "", r) {
		return nil, "", fault.New(fault.Forbidden, op, "error.forbidden")
	}
	region, err := s.regions.Get(ctx, r)
	if err != nil {
		return nil, "", err
	}
	members := store.Membership{Field: "municipality"}
	for _, m := range region.Members[:min(len(region.Members), store.MaxMembers)] {
		members.Values = append(members.Values, m.Municipality)
	}
	if len(members.Values) == 0 {
		return nil, "", nil
	}
	return s.list(ctx, op, store.Query{Equal: []store.Term{{Field: "state", Value: AccessOpen}}, In: &members, Limit: limit, After: after})
}

// All gives every open request, oldest first, to the administrator: some are for municipalities that nobody looks after yet.
func (s *AccessRequests) All(ctx context.Context, a Actor, limit int, after store.Cursor) ([]AccessRequest, store.Cursor, error) {
	const op = "org.AllAccessRequests"
	if !a.Has(Administrator) {
		return nil, "", fault.New(fault.Forbidden, op, "error.forbidden")
	}
	return s.list(ctx, op, store.Query{
		Equal: []store.Term{{Field: "state", Value: AccessOpen}}, Order: []string{"at"}, Limit: limit, After: after,
	})
}

// EachOf gives every request for a municipality that is there, answered or not, to see.
func (s *AccessRequests) EachOf(ctx context.Context, m MunicipalityID, see func(AccessRequest) error) error {
	for _, state := range []AccessState{AccessOpen, AccessGranted, AccessDeclined} {
		q := store.Query{Equal: []store.Term{{Field: "state", Value: state}, {Field: "municipality", Value: m}}, Order: []string{"at"}}
		if err := eachDoc(ctx, s.docs, "org.AccessRequestsOf", q, func(doc store.Doc[AccessRequest]) error { return see(requestOf(doc)) }); err != nil {
			return err
		}
	}
	return nil
}

// Depart deletes every request for access to a municipality that leaves.
func (s *AccessRequests) Depart(ctx context.Context, a Actor, m MunicipalityID, relay func(context.Context) error) error {
	const op = "org.DepartAccessRequests"
	if !MayCarryOutDepartures(a) {
		return fault.New(fault.Forbidden, op, "error.forbidden")
	}
	for _, state := range []AccessState{AccessOpen, AccessGranted, AccessDeclined} {
		if err := deleteAll(ctx, s.docs, op, store.Query{Equal: []store.Term{{Field: "state", Value: state}, {Field: "municipality", Value: m}}}, relay); err != nil {
			return err
		}
	}
	return nil
}

func (s *AccessRequests) list(ctx context.Context, op string, q store.Query) ([]AccessRequest, store.Cursor, error) {
	page, err := s.docs.Find(ctx, q)
	if err != nil {
		return nil, "", Fault(op, "", err)
	}
	var all []AccessRequest
	for _, doc := range page.Docs {
		all = append(all, requestOf(doc))
	}
	return all, page.Next, nil
}

// Grant lets somebody in: the role is hers who has the account, and who is made when nobody has it. Tag is of the request as the actor saw
// it; fault Stale when it is another by now, Conflict when somebody has answered it.
//
// First the request says what it becomes, then the account is linked, the person written, and at last the request closed. What is cut off
// in between is done to its end by whoever grants the same again; until the person is written her account opens nothing.
func (s *AccessRequests) Grant(ctx context.Context, a Actor, id string, tag store.Revision, role Role, m MunicipalityID, r RegionID) (AccessRequest, error) {
	const op = "org.GrantAccess"
	req, err := s.Seen(ctx, a, id)
	if err != nil {
		return AccessRequest{}, err
	}
	g, err := grantFor(ctx, s.regions, op, role, m, r)
	if err != nil {
		return AccessRequest{}, err
	}
	if !MayGrant(a, g) {
		return AccessRequest{}, fault.New(fault.Forbidden, op, "error.forbidden")
	}
	if req, err = s.begin(ctx, op, a, req, tag, g); err != nil {
		return AccessRequest{}, err
	}
	now := s.now().UTC()
	if err := s.admit(ctx, op, a, req); err != nil {
		return AccessRequest{}, err
	}
	doc, err := s.docs.Update(ctx, id, func(v *AccessRequest) ([]store.Event, error) {
		if !v.Begun() { // somebody else has gone on to the end
			return nil, store.ErrNoChange
		}
		v.State, v.AnsweredBy, v.AnsweredAt, v.DeclinedAt = AccessGranted, a.Person, now, time.Time{}
		v.Name, v.Email, v.Message = "", "", ""
		return []store.Event{told("access.granted", now, a.Name(), v.Grant, store.Fact{Key: "person", Value: string(v.Person)})}, nil
	})
	if err != nil {
		return AccessRequest{}, Fault(op, "error.access-request.unknown", err)
	}
	return requestOf(doc), nil
}

// begin writes into the request what it becomes. Of several answers one comes so far.
func (s *AccessRequests) begin(ctx context.Context, op string, a Actor, req AccessRequest, tag store.Revision, g Grant) (AccessRequest, error) {
	switch {
	case req.State != AccessOpen:
		return req, fault.New(fault.Conflict, op, "error.access-request.answered")
	case req.Begun() && req.Grant != g:
		return req, fault.New(fault.Conflict, op, "error.access-request.begun")
	case !req.Begun() && req.Tag != tag:
		return req, fault.New(fault.Stale, op, "error.access-request.changed")
	}
	holder, _, err := s.holder(ctx, req)
	if err != nil {
		return req, err
	}
	if holder == a.Person {
		return req, fault.New(fault.Forbidden, op, "error.person.own-role")
	}
	if req.Begun() && (holder == "" || holder == req.Person) {
		return req, nil
	}
	req.Grant, req.Person = g, holder
	if holder == "" {
		req.Person = PersonID("p-" + strings.ToLower(rand.Text()))
	}
	return s.replace(ctx, op, req)
}

// holder is who comes in by the account of a request, "" when nobody does; before is whom it leads to and who is not let in by it: she is not
// there, or it was linked before she herself came, by whoever had a link of hers that was passed on by hand.
func (s *AccessRequests) holder(ctx context.Context, req AccessRequest) (holder, before PersonID, err error) {
	id, since, err := s.accounts.Linked(ctx, req.Issuer, req.Subject)
	if fault.CodeOf(err) == fault.NotFound {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	p, err := s.people.Get(ctx, id)
	switch {
	case fault.CodeOf(err) == fault.NotFound, err == nil && since.Before(p.Proved):
		return "", id, nil
	case err != nil:
		return "", "", err
	}
	return id, "", nil
}

// admit links the account of a request that has begun to its person, and gives her the role.
func (s *AccessRequests) admit(ctx context.Context, op string, a Actor, req AccessRequest) error {
	_, before, err := s.holder(ctx, req)
	if err != nil {
		return err
	}
	if err := s.accounts.LinkInstead(ctx, req.Person, before, req.Issuer, req.Subject); err != nil {
		return err
	}
	p := Person{ID: req.Person, Name: req.Name, Grants: []Grant{req.Grant}}
	_, err = s.people.Add(ctx, p, told("person.made", s.now().UTC(), a.Name(), req.Grant))
	if fault.CodeOf(err) == fault.Conflict { // she is there
		err = s.people.give(ctx, req.Person, req.Grant, time.Time{})
	}
	return err
}

// Decline says no, to a request as the actor saw it. She who asked is told when she comes again, and may ask anew.
func (s *AccessRequests) Decline(ctx context.Context, a Actor, id string, tag store.Revision) (AccessRequest, error) {
	const op = "org.DeclineAccess"
	req, err := s.Seen(ctx, a, id)
	switch {
	case err != nil:
		return AccessRequest{}, err
	case req.State != AccessOpen:
		return AccessRequest{}, fault.New(fault.Conflict, op, "error.access-request.answered")
	case req.Begun():
		return AccessRequest{}, fault.New(fault.Conflict, op, "error.access-request.begun")
	case req.Tag != tag:
		return AccessRequest{}, fault.New(fault.Stale, op, "error.access-request.changed")
	}
	now := s.now().UTC()
	req.State, req.AnsweredBy, req.AnsweredAt, req.DeclinedAt = AccessDeclined, a.Person, now, now
	return s.replace(ctx, op, req, store.Event{Type: "access.declined", At: now, Actor: a.Name(), Scope: string(req.Municipality)})
}

// Reopen takes a no back. A request that is open already, since she has asked anew, stays as it is.
func (s *AccessRequests) Reopen(ctx context.Context, a Actor, id string) (AccessRequest, error) {
	const op = "org.ReopenAccess"
	req, err := s.Seen(ctx, a, id)
	if err != nil || req.State == AccessOpen {
		return req, err
	}
	if req.State != AccessDeclined {
		return AccessRequest{}, fault.New(fault.Conflict, op, "error.access-request.answered")
	}
	req.State, req.AnsweredBy, req.AnsweredAt, req.DeclinedAt = AccessOpen, "", time.Time{}, time.Time{}
	return s.replace(ctx, op, req, store.Event{Type: "access.reopened", At: s.now().UTC(), Actor: a.Name(), Scope: string(req.Municipality)})
}

// replace writes a request where it is still what was read.
func (s *AccessRequests) replace(ctx context.Context, op string, req AccessRequest, events ...store.Event) (AccessRequest, error) {
	doc, err := s.docs.Replace(ctx, store.Doc[AccessRequest]{ID: req.ID, Revision: req.Tag, Value: req}, events...)
	if errors.Is(err, store.ErrConflict) {
		return AccessRequest{}, fault.New(fault.Stale, op, "error.access-request.changed")
	}
	if err != nil {
		return AccessRequest{}, Fault(op, "error.access-request.unknown", err)
	}
	return requestOf(doc), nil
}

func requestOf(doc store.Doc[AccessRequest]) AccessRequest {
	r := doc.Value
	r.ID, r.Tag = doc.ID, doc.Revision
	return r
}
