package org

import (
	"context"
	"errors"
	"slices"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
)

// RegionID names a group of municipalities in one joint rollout: "vestfold-telemark".
type RegionID string

// Consent is how far a municipality lets its published results be shown by name. It is applied when something is shown, and
// is never part of what is published.
type Consent string

// Inside the own region by name is the default (owner to confirm).
const (
	ByNameInRegion Consent = "region"
	ByNameNational Consent = "national"
	OnlyAggregates Consent = "aggregate"
)

// Consents lists them, from the one that shows least.
var Consents = []Consent{OnlyAggregates, ByNameInRegion, ByNameNational}

// Region is the municipalities that run rounds together. Members stand in it, and not in documents of their own, so that a page
// that compares them reads one document however many they are. The members are shared by everyone who reads the region, and never
// changed.
type Region struct {
	ID       RegionID       `bson:"-"`
	Revision store.Revision `bson:"-"` // of the document it was read from
	Name     string         `bson:"name"`
	Members  []Member       `bson:"members"`
	// Left are those that have left Helhet, with what they agreed to for what is published of them and still stands.
	Left []Member `bson:"left,omitempty"`
}

// Member is a municipality in a region. Language is what it chose, "" while it follows the register.
type Member struct {
	Municipality MunicipalityID `bson:"municipality"`
	Consent      Consent        `bson:"consent"`
	Language     Language       `bson:"language,omitempty"`
	NoEmail      bool           `bson:"noEmail,omitempty"`  // its people don't sign in by e-mail
	Approval     bool           `bson:"approval,omitempty"` // its leader approves what is handed in
	Gone         bool           `bson:"gone,omitempty"`     // it has left Helhet
}

// Member finds a municipality among the region's members.
func (r Region) Member(id MunicipalityID) (Member, bool) {
	i := slices.IndexFunc(r.Members, func(m Member) bool { return m.Municipality == id })
	if i < 0 {
		return Member{}, false
	}
	return r.Members[i], true
}

// Known is a municipality as the rules for showing it want it: a member, one that has left, or one that never agreed to anything here.
func (r Region) Known(id MunicipalityID) Member {
	for _, all := range [][]Member{r.Members, r.Left} {
		if i := slices.IndexFunc(all, func(m Member) bool { return m.Municipality == id }); i >= 0 {
			return all[i]
		}
	}
	return Member{Municipality: id, Consent: OnlyAggregates}
}

// Regions keeps the regions.
type Regions struct{ docs *store.Collection[Region] }

// NewRegions declares the collection.
func NewRegions(db *store.DB) *Regions {
	return &Regions{store.NewCollection(db, store.Spec[Region]{
		Name: "regions", Shape: 1, Shared: 32,
		Fields:  []store.Field[Region]{{Name: "name", Type: store.String, Value: func(_ string, r *Region) any { return r.Name }}},
		Indexes: []store.Index{{Name: "name", Fields: []string{"name"}}},
	})}
}

// Get finds a region; fault.NotFound when there is none.
func (s *Regions) Get(ctx context.Context, id RegionID) (Region, error) {
	doc, err := s.docs.GetShared(ctx, string(id))
	if err != nil {
		return Region{}, Fault("org.Region", "error.region.unknown", err)
	}
	return withID(doc), nil
}

// Many finds regions in one read, at most store.MaxMembers. Those that are not there are left out.
func (s *Regions) Many(ctx context.Context, ids []RegionID) (map[RegionID]Region, error) {
	var wanted []string
	for _, id := range ids {
		if !slices.Contains(wanted, string(id)) {
			wanted = append(wanted, string(id))
		}
	}
	docs, err := s.docs.GetManyShared(ctx, wanted)
	if err != nil {
		return nil, Fault("org.RegionsMany", "", err)
	}
	all := map[RegionID]Region{}
	for _, doc := range docs {
		all[RegionID(doc.ID)] = withID(doc)
	}
	return all, nil
}

// SetEmailSignIn says whether a municipality's people may sign in by e-mail. Its coordinator does.
func (s *Regions) SetEmailSignIn(ctx context.Context, a Actor, id RegionID, m MunicipalityID, allowed bool, at time.Time) error {
	const op = "org.SetEmailSignIn"
	if !MayManagePeople(a, m) {
		return fault.New(fault.Forbidden, op, "error.forbidden")
	}
	return s.changeMember(ctx, op, id, m, func(x *Member) ([]store.Event, error) {
		if x.NoEmail == !allowed {
			return nil, store.ErrNoChange
		}
		x.NoEmail = !allowed
		return []store.Event{memberEvent("municipality.email-sign-in", a, m, at, store.Fact{Key: "allowed", Value: allowed})}, nil
	})
}

// SetConsent says how far a municipality's published results may be shown by name, in place of what whoever sets it saw; fault Conflict
// when somebody has set it to something else meanwhile.
func (s *Regions) SetConsent(ctx context.Context, a Actor, id RegionID, m MunicipalityID, seen, consent Consent, at time.Time) error {
	const op = "org.SetConsent"
	if !MaySetConsent(a, m) {
		return fault.New(fault.Forbidden, op, "error.forbidden")
	}
	if !slices.Contains(Consents, consent) {
		return fault.Wrong(op, "consent", "error.consent")
	}
	return s.changeMember(ctx, op, id, m, func(x *Member) ([]store.Event, error) {
		if x.Consent == consent {
			return nil, store.ErrNoChange
		}
		if x.Consent != seen {
			return nil, fault.New(fault.Conflict, op, "error.consent.changed")
		}
		x.Consent = consent
		return []store.Event{memberEvent("municipality.consent", a, m, at, store.Fact{Key: "from", Value: string(seen)}, store.Fact{Key: "consent", Value: string(consent)})}, nil
	})
}

// SetApproval says whether a municipality's leader approves what it hands in. What waits for approval then goes on waiting.
func (s *Regions) SetApproval(ctx context.Context, a Actor, id RegionID, m MunicipalityID, wanted bool, at time.Time) error {
	const op = "org.SetApproval"
	if !MaySetApproval(a, m) {
		return fault.New(fault.Forbidden, op, "error.forbidden")
	}
	return s.changeMember(ctx, op, id, m, func(x *Member) ([]store.Event, error) {
		if x.Approval == wanted {
			return nil, store.ErrNoChange
		}
		x.Approval = wanted
		return []store.Event{memberEvent("municipality.approval", a, m, at, store.Fact{Key: "wanted", Value: wanted})}, nil
	})
}

// changeMember changes one of a region's members.
func (s *Regions) changeMember(ctx context.Context, op string, id RegionID, m MunicipalityID, change func(*Member) ([]store.Event, error)) error {
	_, err := s.docs.Update(ctx, string(id), func(r *Region) ([]store.Event, error) {
		i := slices.IndexFunc(r.Members, func(x Member) bool { return x.Municipality == m })
		if i < 0 {
			return nil, fault.New(fault.NotFound, op, "error.region.unknown")
		}
		r.Members = slices.Clone(r.Members)
		return change(&r.Members[i])
	})
	return Fault(op, "error.region.unknown", err)
}

func memberEvent(kind string, a Actor, m MunicipalityID, at time.Time, facts ...store.Fact) store.Event {
	return store.Event{Type: kind, At: at, Actor: a.Name(), Scope: string(m), Data: facts}
}

// List gives the regions by name, at most limit of them.
func (s *Regions) List(ctx context.Context, limit int) ([]Region, error) {
	all, _, err := s.Page(ctx, limit, "")
	return all, err
}

// Page is List with a cursor for what follows.
func (s *Regions) Page(ctx context.Context, limit int, after store.Cursor) ([]Region, store.Cursor, error) {
	page, err := s.docs.FindShared(ctx, store.Query{Order: []string{"name"}, Limit: limit, After: after})
	if err != nil {
		return nil, "", Fault("org.Regions", "", err)
	}
	var all []Region
	for _, doc := range page.Docs {
		all = append(all, withID(doc))
	}
	return all, page.Next, nil
}

// Create adds a region.
func (s *Regions) Create(ctx context.Context, r Region) error {
	_, err := s.docs.Insert(ctx, string(r.ID), r)
	return Fault("org.CreateRegion", "error.region.exists", err)
}

// Join adds a member. It takes part from the next round that opens; who is a member already stays as it is.
func (s *Regions) Join(ctx context.Context, id RegionID, m Member) error {
	_, err := s.docs.Update(ctx, string(id), func(r *Region) ([]store.Event, error) {
		if _, ok := r.Member(m.Municipality); ok {
			return nil, store.ErrNoChange
		}
		r.Members = append(r.Members, m)
		r.Left = slices.DeleteFunc(slices.Clone(r.Left), func(x Member) bool { return x.Municipality == m.Municipality })
		return nil, nil
	})
	return Fault("org.Join", "error.region.unknown", err)
}

// Depart takes a municipality out of every region it is in, and tells which those are or were. Unnamed takes its consent to stand by name
// with it.
func (s *Regions) Depart(ctx context.Context, a Actor, m MunicipalityID, unnamed bool) ([]RegionID, error) {
	const op = "org.Depart"
	if !MayCarryOutDepartures(a) {
		return nil, fault.New(fault.Forbidden, op, "error.forbidden")
	}
	var regions []RegionID
	err := eachDoc(ctx, s.docs, op, store.Query{Order: []string{"name"}}, func(doc store.Doc[Region]) error {
		id := func(x Member) bool { return x.Municipality == m }
		if !slices.ContainsFunc(slices.Concat(doc.Value.Members, doc.Value.Left), id) {
			return nil
		}
		regions = append(regions, RegionID(doc.ID))
		_, err := s.docs.Update(ctx, doc.ID, func(r *Region) ([]store.Event, error) {
			member, ok := r.Member(m)
			if !ok {
				return nil, store.ErrNoChange
			}
			left := Member{Municipality: m, Consent: member.Consent, Gone: true}
			if unnamed {
				left.Consent = OnlyAggregates
			}
			r.Members = slices.DeleteFunc(slices.Clone(r.Members), id)
			r.Left = append(slices.DeleteFunc(slices.Clone(r.Left), id), left)
			return nil, nil
		})
		return Fault(op, "", err)
	})
	return regions, err
}

func withID(doc store.Doc[Region]) Region {
	r := doc.Value
	r.ID, r.Revision = RegionID(doc.ID), doc.Revision
	return r
}

// eachDoc gives what a query finds to see, page by page.
func eachDoc[T any](ctx context.Context, docs *store.Collection[T], op string, q store.Query, see func(store.Doc[T]) error) error {
	q.Limit = store.MaxMembers
	for {
		page, err := docs.Find(ctx, q)
		if err != nil {
			return Fault(op, "", err)
		}
		for _, doc := range page.Docs {
			if err := see(doc); err != nil {
				return err
			}
		}
		if q.After = page.Next; page.Next == "" {
			return nil
		}
	}
}

// deleteAll deletes what a query finds. What still has events on their way to the history is deleted once relay has moved them.
func deleteAll[T any](ctx context.Context, docs *store.Collection[T], op string, q store.Query, relay func(context.Context) error) error {
	q.Limit = store.MaxMembers
	for {
		page, err := docs.Find(ctx, q)
		if err != nil || len(page.Docs) == 0 {
			return Fault(op, "", err)
		}
		for _, doc := range page.Docs {
			err := docs.Delete(ctx, doc.ID, doc.Revision)
			if errors.Is(err, store.ErrPending) {
				if err = relay(ctx); err == nil {
					err = docs.Delete(ctx, doc.ID, doc.Revision)
				}
			}
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return Fault(op, "", err)
			}
		}
	}
}

// Fault turns a failure of the store into one a person may be told of; key is the text for what was not found or exists
// already, and may be empty. A fault passes through as it is, nil stays nil.
func Fault(op, key string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return err
	}
	f := &fault.Error{Code: fault.Internal, Op: op, Key: "error.internal", Err: err}
	switch {
	case errors.Is(err, store.ErrNotFound):
		f.Code, f.Key = fault.NotFound, "error.not-found"
	case errors.Is(err, store.ErrExists):
		f.Code, f.Key = fault.Conflict, "error.exists"
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrPending): // both pass by themselves in a moment
		return &fault.Error{Code: fault.Conflict, Op: op, Key: "error.busy", Err: err}
	case errors.Is(err, store.ErrTooLarge):
		return &fault.Error{Code: fault.TooLarge, Op: op, Key: "error.too-large", Err: err}
	case errors.Is(err, store.ErrOutcomeUnknown):
		return &fault.Error{Code: fault.OutcomeUnknown, Op: op, Key: "error.outcome-unknown", Err: err}
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &fault.Error{Code: fault.Unavailable, Op: op, Key: "error.unavailable", Err: err}
	case errors.Is(err, store.ErrInvalid): // what reaches the store unchecked is an id out of an address
		return &fault.Error{Code: fault.Malformed, Op: op, Key: "error.malformed", Err: err}
	case errors.Is(err, store.ErrCursor):
		return &fault.Error{Code: fault.Malformed, Op: op, Key: "error.cursor", Err: err}
	default:
		return f
	}
	if key != "" {
		f.Key = key
	}
	return f
}
