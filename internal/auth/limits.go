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
)

// take counts a try and tells whether there was room for it. Windows begin at fixed times. Whom it is about is stored as a hash.
func (s *Email) take(ctx context.Context, l limit, whom string) (bool, error) {
	now := s.now().UTC()
	window := now.UnixNano() / int64(l.window)
	id := l.kind + "/" + strconv.FormatInt(window, 10) + "/" + hashOf(whom)[:32]
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
		_, err = s.limits.Insert(ctx, id, counter{1, time.Unix(0, (window+1)*int64(l.window)).UTC()})
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
