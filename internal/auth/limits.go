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

// counter is how often something was tried in one window of time. It stands in the store, so that the limit holds over all copies.
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

// The limits of sign-in by e-mail and of mails. A client is an address of the network, which a whole town hall may share.
var (
	mailsPerAddress = limit{"mail-address", 5, 15 * time.Minute}
	mailsPerClient  = limit{"mail-client", 60, 15 * time.Minute}
	codesPerClient  = limit{"code-client", 60, 15 * time.Minute}
	invitesPerMaker = limit{"invite", 60, time.Hour}
	// mailsInAll is so many that a whole country signs in on one morning, and so few that a million addresses fill neither the database
	// nor the mail server's patience. Whoever uses it up keeps others from signing in by e-mail for a while, and by nothing else.
	mailsInAll = limit{"mail-all", 10_000, 15 * time.Minute}
)

// full tells whether somebody has used a limit up, and counts nothing.
func (s *Email) full(ctx context.Context, l limit, whom string) (bool, error) {
	doc, err := s.limits.Get(ctx, l.id(s.now(), whom))
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
func (s *Email) take(ctx context.Context, l limit, whom string) (bool, error) {
	now := s.now().UTC()
	id := l.id(now, whom)
	ends := now.Truncate(l.window).Add(l.window)
	for {
		_, err := s.limits.Update(ctx, id, func(c *counter) ([]store.Event, error) {
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
		_, err = s.limits.Insert(ctx, id, counter{1, ends})
		if !errors.Is(err, store.ErrExists) { // else somebody was faster
			return err == nil, org.Fault("auth.limit", "", err)
		}
	}
}

var errFull = errors.New("auth: limit reached")

func tooMany(op string) error { return fault.New(fault.TooMany, op, "error.too-many") }

// MayInvite counts an invitation's mail; fault TooMany when its maker sent too many within an hour.
func (s *Email) MayInvite(ctx context.Context, maker org.PersonID) error {
	ok, err := s.take(ctx, invitesPerMaker, string(maker))
	if err == nil && !ok {
		err = tooMany("auth.MayInvite")
	}
	return err
}
