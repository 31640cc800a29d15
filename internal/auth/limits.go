package auth

import (
	"context"
	"errors"
	"strconv"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// counter is how often something was tried in one window of time.
type counter struct {
	N    int       `bson:"n"`
	Ends time.Time `bson:"ends"`
}

// limit is how often something may be tried in a window.
type limit struct {
	kind   string // part of stored ids
	most   int
	window time.Duration
}

// The limits of sign-in, of mails and of asking for access. A client is an address of the network, which a whole town hall may share.
var (
	mailsPerAddress    = limit{"mail-address", 5, 15 * time.Minute}
	mailsPerClient     = limit{"mail-client", 60, 15 * time.Minute}
	codesPerClient     = limit{"code-client", 60, 15 * time.Minute}
	addressesPerPerson = limit{"address-person", 10, time.Hour} // to which she asks for a mail, to make it hers
	invitesPerMaker    = limit{"invite", 60, time.Hour}
	issuerPerClient    = limit{"issuer-client", 300, 15 * time.Minute} // sign-ins that lead to an issuer
	asksPerAccount     = limit{"ask-account", 5, time.Hour}
	asksPerClient      = limit{"ask-client", 60, time.Hour}
	// mailsInAll is so many that a whole country signs in on one morning, and so few that a million addresses fill neither the database
	// nor the mail server's patience. Whoever uses it up keeps others from signing in by e-mail for a while, and by nothing else.
	mailsInAll = limit{"mail-all", 10_000, 15 * time.Minute}
)

// Limits counts tries, in the store, so that a limit holds over all copies of the program.
type Limits struct {
	docs *store.Collection[counter]
	now  func() time.Time
}

// NewLimits declares the collection.
func NewLimits(db *store.DB, now func() time.Time) *Limits {
	return &Limits{now: now, docs: store.NewCollection(db, store.Spec[counter]{
		Name: "limits", Shape: 1,
		Fields:  []store.Field[counter]{{Name: "ends", Type: store.Time, Value: func(_ string, c *counter) any { return c.Ends }}},
		Indexes: []store.Index{{Name: "ends", Fields: []string{"ends"}}},
	})}
}

// full tells whether somebody has used a limit up, and counts nothing.
func (s *Limits) full(ctx context.Context, l limit, whom string) (bool, error) {
	doc, err := s.docs.Get(ctx, l.id(s.now(), whom))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && doc.Value.N >= l.most, org.Fault("auth.limit", "", err)
}

// id names the counter of the window that a moment falls in. Whom it is about is stored as a hash.
func (l limit) id(now time.Time, whom string) string {
	return l.kind + "/" + strconv.FormatInt(now.UnixNano()/int64(l.window), 10) + "/" + hashOf(whom)[:32]
}

// take counts a try and tells whether there was room for it. Windows begin at fixed times.
func (s *Limits) take(ctx context.Context, l limit, whom string) (bool, error) {
	now := s.now().UTC()
	id := l.id(now, whom)
	ends := now.Truncate(l.window).Add(l.window)
	for {
		_, err := s.docs.Update(ctx, id, func(c *counter) ([]store.Event, error) {
			if c.N >= l.most {
				return nil, errFull
			}
			c.N++
			return nil, nil
		})
		if errors.Is(err, errFull) {
			return false, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err == nil, org.Fault("auth.limit", "", err)
		}
		_, err = s.docs.Insert(ctx, id, counter{1, ends})
		if !errors.Is(err, store.ErrExists) { // else somebody was faster
			return err == nil, org.Fault("auth.limit", "", err)
		}
	}
}

var errFull = errors.New("auth: limit reached")

func tooMany(op string) error { return fault.New(fault.TooMany, op, "error.too-many") }

// spend counts a try against each of several limits; fault TooMany at the first that is reached.
func (s *Limits) spend(ctx context.Context, op string, tries ...try) error {
	for _, t := range tries {
		ok, err := s.take(ctx, t.limit, t.whom)
		if err != nil {
			return err
		}
		if !ok {
			return tooMany(op)
		}
	}
	return nil
}

// try is one try against a limit.
type try struct {
	limit
	whom string
}

// MayInvite counts an invitation's mail; fault TooMany when its maker sent too many within an hour.
func (s *Limits) MayInvite(ctx context.Context, maker org.PersonID) error {
	return s.spend(ctx, "auth.MayInvite", try{invitesPerMaker, string(maker)})
}

// MayGoToIssuer counts a sign-in that leads to an issuer; fault TooMany when a client began too many.
func (s *Limits) MayGoToIssuer(ctx context.Context, client string) error {
	return s.spend(ctx, "auth.MayGoToIssuer", try{issuerPerClient, client})
}

// MayAsk counts a request for access by an account, by its id; fault TooMany when it, or its client, sent too many within an hour.
func (s *Limits) MayAsk(ctx context.Context, account, client string) error {
	return s.spend(ctx, "auth.MayAsk", try{asksPerClient, client}, try{asksPerAccount, account})
}
