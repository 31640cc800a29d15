package org

import (
	"context"
	"errors"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

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
	IssuerName   string         `bson:"issuerName"` // where she signed in, as people read it: "Ansattporten"
	Issuer       string         `bson:"issuer"`     // who vouches for Subject; both link the account when she is let in
	Subject      string         `bson:"subject"`
	Name         string         `bson:"name"`
	Email        string         `bson:"email"` // lower case; where to answer
	Municipality MunicipalityID `bson:"municipality"`
	Message      string         `bson:"message,omitempty"`
	At           time.Time      `bson:"at"`
	State        AccessState    `bson:"state"`
	AnsweredBy   PersonID       `bson:"answeredBy,omitempty"`
	AnsweredAt   time.Time      `bson:"answeredAt,omitempty"`
}

// What a request may hold, in characters.
const (
	MaxPersonName    = 100
	MaxAccessMessage = 500
)

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
	if n := utf8.RuneCountInString(r.Name); n == 0 || n > MaxPersonName || unprintable(r.Name) {
		wrong("name", "error.access-request.name", "max", MaxPersonName)
	}
	if a, err := mail.ParseAddress(r.Email); err != nil || a.Address != r.Email || len(r.Email) > 254 || unprintable(r.Email) {
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

// unprintable tells whether a line holds what no name or address has: line breaks, other control characters, broken UTF-8.
func unprintable(line string) bool {
	return !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' })
}

// MaySeeAccessRequests: who asks for access to a municipality is for those who can let her in: its coordinator, the lead of its
// region, and the administrator.
func MaySeeAccessRequests(a Actor, m MunicipalityID, r RegionID) bool {
	return a.in(m, Coordinator) || a.leads(r) || a.Has(Administrator)
}

// AccessRequests keeps the requests.
type AccessRequests struct {
	docs     *store.Collection[AccessRequest]
	register *Register
}

// NewAccessRequests declares the collection.
func NewAccessRequests(db *store.DB, register *Register) *AccessRequests {
	return &AccessRequests{register: register, docs: store.NewCollection(db, store.Spec[AccessRequest]{
		Name: "access_requests", Shape: 1,
		Fields: []store.Field[AccessRequest]{
			{Name: "state", Type: store.String, Value: func(_ string, r *AccessRequest) any { return r.State }},
			{Name: "municipality", Type: store.String, Value: func(_ string, r *AccessRequest) any { return r.Municipality }},
			{Name: "at", Type: store.Time, Value: func(_ string, r *AccessRequest) any { return r.At }},
		},
		Indexes: []store.Index{{Name: "municipality", Fields: []string{"state", "municipality", "at"}}, {Name: "state", Fields: []string{"state", "at"}}},
	})}
}

// Ask keeps a request, in place of an earlier one of the same account. Fault Invalid names every field that is wrong.
func (s *AccessRequests) Ask(ctx context.Context, r AccessRequest, now time.Time) error {
	r = r.Normal()
	if err := r.validate(s.register); err != nil {
		return err
	}
	r.At, r.State, r.AnsweredBy, r.AnsweredAt = now.UTC(), AccessOpen, "", time.Time{}
	asked := store.Event{Type: "access.requested", At: r.At, Actor: SystemActor("sign-in").Name(), Scope: string(r.Municipality)}
	_, err := s.docs.Insert(ctx, r.ID, r, asked)
	if errors.Is(err, store.ErrExists) {
		_, err = s.docs.Update(ctx, r.ID, func(old *AccessRequest) ([]store.Event, error) {
			same := old.State == AccessOpen && old.Name == r.Name && old.Email == r.Email && old.Municipality == r.Municipality && old.Message == r.Message
			if same { // sent twice
				return nil, store.ErrNoChange
			}
			*old = r
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

// List gives the open requests for a municipality of region r, oldest first, at most limit of them, and a cursor for what follows.
func (s *AccessRequests) List(ctx context.Context, a Actor, m MunicipalityID, r RegionID, limit int, after store.Cursor) ([]AccessRequest, store.Cursor, error) {
	const op = "org.AccessRequests"
	if !MaySeeAccessRequests(a, m, r) {
		return nil, "", fault.New(fault.Forbidden, op, "error.forbidden")
	}
	return s.list(ctx, op, store.Query{
		Equal: []store.Term{{Field: "state", Value: AccessOpen}, {Field: "municipality", Value: m}}, Order: []string{"at"}, Limit: limit, After: after,
	})
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

// Answer closes a request for a municipality of region r. Whoever lets her in makes the person and links the account first: this is the
// commit point. Fault Conflict when it was answered already.
func (s *AccessRequests) Answer(ctx context.Context, a Actor, id string, r RegionID, granted bool, now time.Time) (AccessRequest, error) {
	const op = "org.AnswerAccess"
	doc, err := s.docs.Update(ctx, id, func(v *AccessRequest) ([]store.Event, error) {
		if !MaySeeAccessRequests(a, v.Municipality, r) {
			return nil, fault.New(fault.Forbidden, op, "error.forbidden")
		}
		if v.State != AccessOpen {
			return nil, fault.New(fault.Conflict, op, "error.access-request.answered")
		}
		v.State, v.AnsweredBy, v.AnsweredAt = AccessDeclined, a.Person, now.UTC()
		if granted {
			v.State = AccessGranted
		}
		return []store.Event{{Type: "access." + string(v.State), At: v.AnsweredAt, Actor: a.Name(), Scope: string(v.Municipality)}}, nil
	})
	if err != nil {
		return AccessRequest{}, Fault(op, "error.access-request.unknown", err)
	}
	return requestOf(doc), nil
}

func requestOf(doc store.Doc[AccessRequest]) AccessRequest {
	r := doc.Value
	r.ID = doc.ID
	return r
}
