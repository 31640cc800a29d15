package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// How long a sign-in may take, and how long somebody who has no access yet may take to ask for it.
const (
	SignInLength  = 10 * time.Minute
	ArrivalLength = 30 * time.Minute
)

// signIn is a sign-in under way, at the hash of its state. It is used once: who deletes it may go on.
type signIn struct {
	Issuer     string    `bson:"issuer"`  // its id in the settings: an answer that comes by another's way is refused
	Browser    string    `bson:"browser"` // hash of the cookie of the browser that began
	Nonce      string    `bson:"nonce"`
	Verifier   string    `bson:"verifier"` // of PKCE
	Return     string    `bson:"return"`
	Invitation string    `bson:"invitation,omitempty"` // the secret of the invitation she came from
	Ends       time.Time `bson:"ends"`
}

// arrival is somebody who has signed in at an issuer and has no account, at the hash of a secret that her browser keeps.
type arrival struct {
	Who  Verified  `bson:"who"`
	Ends time.Time `bson:"ends"`
}

// ssoSession tells whose sessions an issuer's session led to, at the hash of iss and sid: what front-channel sign-out finds them by.
type ssoSession struct {
	Person org.PersonID `bson:"person"`
	Ends   time.Time    `bson:"ends"`
}

// passing declares a collection of documents that end, and are swept then.
func passing[T any](db *store.DB, name string, ends func(*T) time.Time) *store.Collection[T] {
	return store.NewCollection(db, store.Spec[T]{
		Name: name, Shape: 1,
		Fields:  []store.Field[T]{{Name: "ends", Type: store.Time, Value: func(_ string, v *T) any { return ends(v) }}},
		Indexes: []store.Index{{Name: "ends", Fields: []string{"ends"}}},
	})
}

// sweepPassed deletes up to limit documents that have ended.
func sweepPassed[T any](ctx context.Context, docs *store.Collection[T], now time.Time, limit int) (int, error) {
	page, err := docs.Find(ctx, store.Query{Range: &store.Range{Field: "ends", To: now}, Limit: limit})
	if err != nil {
		return 0, org.Fault("auth.Sweep", "", err)
	}
	for n, doc := range page.Docs {
		// Gone or renewed meanwhile: left to whoever did that.
		if err := docs.Delete(ctx, doc.ID, doc.Revision); err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) {
			return n, org.Fault("auth.Sweep", "", err)
		}
	}
	return len(page.Docs), nil
}

// Sweep takes away up to limit of each of what is over: sign-ins, arrivals, and issuers' sessions. It tells of how many.
func (o *OIDC) Sweep(ctx context.Context, limit int) (int, error) {
	now, swept := o.now().UTC(), 0
	for _, sweep := range []func() (int, error){
		func() (int, error) { return sweepPassed(ctx, o.signIns, now, limit) },
		func() (int, error) { return sweepPassed(ctx, o.arrivals, now, limit) },
		func() (int, error) { return sweepPassed(ctx, o.ssoSessions, now, limit) },
	} {
		n, err := sweep()
		swept += n
		if err != nil {
			return swept, err
		}
	}
	return swept, nil
}

// take uses a sign-in up: of all who try, one gets it.
func (o *OIDC) take(ctx context.Context, state, browser string) (signIn, error) {
	doc, err := o.signIns.Get(ctx, hashOf(state))
	if errors.Is(err, store.ErrNotFound) {
		return signIn{}, refused("state", "unknown state, or used before")
	}
	if err != nil {
		return signIn{}, org.Fault("auth.Callback", "", err)
	}
	// Another browser's state is left to that browser.
	if browser == "" || hashOf(browser) != doc.Value.Browser {
		return signIn{}, refused("state", "state of another browser")
	}
	err = o.signIns.Delete(ctx, doc.ID, doc.Revision)
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrConflict):
		return signIn{}, refused("state", "state used at the same time")
	case err != nil:
		return signIn{}, org.Fault("auth.Callback", "", err)
	case !o.now().Before(doc.Value.Ends):
		return doc.Value, refused("state", "state too old")
	}
	return doc.Value, nil
}

// Arrive remembers somebody who has no account yet, and returns the secret that her browser keeps.
func (o *OIDC) Arrive(ctx context.Context, who Verified) (string, error) {
	secret := rand.Text()
	_, err := o.arrivals.Insert(ctx, hashOf(secret), arrival{Who: who, Ends: o.now().UTC().Add(ArrivalLength)})
	return secret, org.Fault("auth.Arrive", "", err)
}

// Arrived tells who a browser's secret remembers; fault Unauthenticated when it is nobody, or too long ago.
func (o *OIDC) Arrived(ctx context.Context, secret string) (Verified, error) {
	const op = "auth.Arrived"
	if o == nil || secret == "" {
		return Verified{}, unknown(op)
	}
	doc, err := o.arrivals.Get(ctx, hashOf(secret))
	if errors.Is(err, store.ErrNotFound) || err == nil && !o.now().Before(doc.Value.Ends) {
		return Verified{}, unknown(op)
	}
	return doc.Value.Who, org.Fault(op, "", err)
}

// SignIn starts a session for a person who came from an issuer, and returns its secret. Front-channel sign-out can end it.
func (o *OIDC) SignIn(ctx context.Context, person org.PersonID, who Verified) (string, error) {
	key := org.Key{Kind: org.SessionKey, Issuer: who.IssuerID}
	if who.SID != "" {
		key.SID = pairHash(who.Issuer, who.SID)
		found := ssoSession{Person: person, Ends: o.now().UTC().Add(o.sessions.length)}
		// The way to the session comes first: one that leads nowhere does no harm.
		_, err := o.ssoSessions.Insert(ctx, key.SID, found)
		if errors.Is(err, store.ErrExists) {
			_, err = o.ssoSessions.Update(ctx, key.SID, func(s *ssoSession) ([]store.Event, error) { *s = found; return nil, nil })
		}
		if err != nil {
			return "", org.Fault("auth.SignIn", "", err)
		}
	}
	secret, _, err := o.sessions.newKey(ctx, person, key, o.sessions.length, func(p *org.Person, _ org.Key) ([]store.Event, error) {
		if who.Linked.Before(p.Proved) { // by whoever had a link that was passed on by hand, before she herself came
			return nil, fault.New(fault.Forbidden, "auth.SignIn", "error.account.unknown")
		}
		return nil, nil
	})
	return secret, err
}

// SignOutAt ends the sessions that an issuer's session led to (OpenID Connect Front-Channel Logout 1.0). An unknown one is no failure;
// fault Malformed when iss is not that issuer's, or sid is missing.
func (o *OIDC) SignOutAt(ctx context.Context, issuer, iss, sid string) error {
	const op = "auth.SignOutAt"
	i, ok := o.issuer(issuer)
	if !ok {
		return unknownIssuer(op)
	}
	if sid == "" || !i.isItself(iss) {
		return fault.New(fault.Malformed, op, "error.malformed")
	}
	hash := pairHash(iss, sid)
	doc, err := o.ssoSessions.Get(ctx, hash)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return org.Fault(op, "", err)
	}
	_, err = o.sessions.end(ctx, Caller{Person: org.Person{ID: doc.Value.Person}, Key: org.Key{Kind: org.SessionKey}}, "session.ended",
		func(k org.Key) bool { return k.Kind == org.SessionKey && k.SID == hash })
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return err
	}
	// One renewed meanwhile belongs to a later sign-in.
	if err := o.ssoSessions.Delete(ctx, hash, doc.Revision); err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) {
		return org.Fault(op, "", err)
	}
	return nil
}
