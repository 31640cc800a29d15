package auth

import (
	"context"
	"errors"

	"helhet/internal/store"
)

// LeaveMails makes it as if so many mails had been asked for in this window that n are left for all.
func (s *Email) LeaveMails(ctx context.Context, n int) error {
	ends := s.now().UTC().Truncate(mailsInAll.window).Add(mailsInAll.window)
	_, err := s.limits.docs.Insert(ctx, mailsInAll.id(s.now(), ""), counter{mailsInAll.most - n, ends})
	return err
}

// Kept counts what sign-in by e-mail has left in the store, up to a thousand of each kind.
func (s *Email) Kept(ctx context.Context) (int, error) {
	challenges, err := s.challenges.Find(ctx, store.Query{Limit: 1000})
	limits, err2 := s.limits.docs.Find(ctx, store.Query{Limit: 1000})
	return len(challenges.Docs) + len(limits.Docs), errors.Join(err, err2)
}
