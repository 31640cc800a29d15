package auth_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// as is who asks with a secret of hers.
func (w *world) as(t *testing.T, secret string) auth.Caller {
	t.Helper()
	by := w.BySession
	if strings.HasPrefix(secret, "helhet_") {
		by = w.ByToken
	}
	caller, err := by(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	return caller
}

func (w *world) make(t *testing.T, by auth.Caller, o auth.TokenOrder) (string, org.Key) {
	t.Helper()
	secret, key, err := w.MakeToken(t.Context(), by, o)
	if err != nil {
		t.Fatal(err)
	}
	return secret, key
}

// grant gives Kari roles.
func (w *world) grant(t *testing.T, grants ...org.Grant) {
	t.Helper()
	if _, err := w.people.Change(t.Context(), kari, func(p *org.Person) error { p.Grants = grants; return nil }); err != nil {
		t.Fatal(err)
	}
}

var (
	inLarvik = org.Grant{Role: org.Coordinator, Municipality: "larvik", Region: "r"}
	inTokke  = org.Grant{Role: org.Contributor, Municipality: "tokke", Region: "r"}
)

func TestATokenIsWhatWasOrdered(t *testing.T) {
	w := newWorld(t)
	w.grant(t, inLarvik, inTokke)
	me := w.as(t, w.signIn(t))
	secret, key := w.make(t, me, auth.TokenOrder{Name: " Rapport ", ReadOnly: true, Municipality: "larvik", Days: 7})
	if key.Name != "Rapport" || !key.ReadOnly || key.Municipality != "larvik" || key.Ends.Sub(key.Created) != 7*24*time.Hour || key.Used() {
		t.Errorf("the token: %+v", key)
	}
	if strings.Contains(key.Hash, secret[len(secret)-20:]) || len(key.Hash) != 64 {
		t.Error("the secret is kept")
	}
	by := w.as(t, secret)
	if a := by.Actor(); a.Person != kari || org.MayChange(a) || !org.MayHandIn(a, "larvik") || org.MayAnswer(a, "tokke") {
		t.Errorf("the token speaks for %+v", a)
	}
	w.pass(time.Minute)
	if k := w.as(t, secret).Key; !k.Used() {
		t.Error("its use is not noted")
	}
	w.grant(t, inTokke) // she leaves Larvik: so does the token
	if a := w.as(t, secret).Actor(); len(a.Grants) != 0 {
		t.Errorf("the token of Larvik still reaches %+v", a.Grants)
	}
	w.pass(7*24*time.Hour - time.Minute)
	_, err := w.ByToken(t.Context(), secret)
	wantCode(t, "a token that has ended", err, fault.Unauthenticated)
}

func TestATokenThatCannotBeMade(t *testing.T) {
	w := newWorld(t)
	w.grant(t, inLarvik)
	me := w.as(t, w.signIn(t))
	for name, o := range map[string]auth.TokenOrder{
		"no name": {Name: " \t", Days: 7}, "a long name": {Name: strings.Repeat("å", auth.MostTokenName+1), Days: 7}, "a name of two lines": {Name: "a\nb", Days: 7},
		"broken text": {Name: "a\xff", Days: 7}, "a name that turns about": {Name: "a\u202eb", Days: 7},
		"no days": {Name: "a"}, "days before today": {Name: "a", Days: -1}, "over a year": {Name: "a", Days: 366},
		"a foreign municipality": {Name: "a", Days: 7, Municipality: "tokke"},
	} {
		_, _, err := w.MakeToken(t.Context(), me, o)
		wantCode(t, name, err, fault.Invalid)
	}
	w.make(t, me, auth.TokenOrder{Name: strings.Repeat("å", auth.MostTokenName), Days: auth.MostTokenDays})
	for range org.MaxKeys - 1 {
		w.make(t, me, auth.TokenOrder{Name: "a", Days: 1})
	}
	_, _, err := w.MakeToken(t.Context(), me, auth.TokenOrder{Name: "a", Days: 1})
	wantCode(t, "one too many", err, fault.Conflict)
	w.pass(24 * time.Hour) // all but the first have ended
	w.make(t, w.as(t, w.signIn(t)), auth.TokenOrder{Name: "a", Days: 1})
}

func TestATokenMakesNoneWiderThanItself(t *testing.T) {
	w := newWorld(t)
	w.grant(t, inLarvik, inTokke)
	me := w.as(t, w.signIn(t))
	narrowSecret, _ := w.make(t, me, auth.TokenOrder{Name: "narrow", Municipality: "larvik", Days: 30})
	_, wide := w.make(t, me, auth.TokenOrder{Name: "wide", Days: 90})
	narrow := w.as(t, narrowSecret)
	for name, o := range map[string]auth.TokenOrder{
		"everywhere": {Name: "a", Days: 7}, "elsewhere": {Name: "a", Days: 7, Municipality: "tokke"}, "longer": {Name: "a", Days: 31, Municipality: "larvik"},
	} {
		_, _, err := w.MakeToken(t.Context(), narrow, o)
		wantCode(t, name, err, fault.Forbidden)
	}
	_, key := w.make(t, narrow, auth.TokenOrder{Name: "a", Days: 29, Municipality: "larvik", ReadOnly: true})
	wantCode(t, "ending a wider one", w.RevokeToken(t.Context(), narrow, wide.ID), fault.Forbidden)
	wantCode(t, "ending a narrower one", w.RevokeToken(t.Context(), narrow, key.ID), "")
	wantCode(t, "ending itself", w.RevokeToken(t.Context(), narrow, narrow.Key.ID), "")
	_, err := w.ByToken(t.Context(), narrowSecret)
	wantCode(t, "a revoked token", err, fault.Unauthenticated)
	wantCode(t, "a token that ends sessions", w.EndSession(t.Context(), auth.Caller{Person: me.Person, Key: wide}, me.Key.ID), fault.Forbidden)
	_, err = w.EndOtherSessions(t.Context(), auth.Caller{Person: me.Person, Key: wide})
	wantCode(t, "a token that ends all sessions", err, fault.Forbidden)
}

func TestOwnSessions(t *testing.T) {
	w := newWorld(t)
	here, there, third := w.signIn(t), w.signIn(t), w.signIn(t)
	token, err := w.NewToken(t.Context(), kari)
	if err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	me := w.as(t, here)
	if keys := w.Keys(me, org.SessionKey); len(keys) != 3 || keys[0].ID != me.Key.ID {
		t.Errorf("%d sessions, want 3, the one in use first", len(keys))
	}
	gone := w.as(t, there).Key
	if err := w.EndSession(t.Context(), me, gone.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.BySession(t.Context(), there)
	wantCode(t, "an ended session", err, fault.Unauthenticated)
	wantCode(t, "ending it again", w.EndSession(t.Context(), me, gone.ID), "")
	wantCode(t, "a token's id as a session's", w.EndSession(t.Context(), me, w.as(t, token).Key.ID), "")
	if n, err := w.EndOtherSessions(t.Context(), me); n != 1 || err != nil {
		t.Errorf("ended %d others, %v", n, err)
	}
	_, err = w.BySession(t.Context(), third)
	wantCode(t, "another session", err, fault.Unauthenticated)
	w.as(t, here)
	w.as(t, token)
	w.pass(auth.SessionIdle)
	if keys := w.Keys(me, org.SessionKey); len(keys) != 0 {
		t.Errorf("sessions that are over are listed: %d", len(keys))
	}
}

// What is done to keys is told, by ids alone.
func TestKeysAreToldOf(t *testing.T) {
	w := newWorld(t)
	w.grant(t, inLarvik)
	secret := w.signIn(t)
	me := w.as(t, secret)
	_, key := w.make(t, me, auth.TokenOrder{Name: "Hemmeleg namn", Municipality: "larvik", Days: 7})
	if err := w.RevokeToken(t.Context(), me, key.ID); err != nil {
		t.Fatal(err)
	}
	if err := w.SignOut(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	if _, err := w.NewToken(t.Context(), kari); err != nil {
		t.Fatal(err)
	}
	var got []string
	_, err := w.db.Relay(t.Context(), 10, func(_ context.Context, moved []store.RelayedEvent) error {
		for _, m := range moved {
			got = append(got, m.Event.Type+" "+m.Event.Actor+" "+m.Event.Scope)
			if len(m.Event.Data) != 1 || m.Event.Data[0].Key != "key" || len(m.Event.Data[0].Value.(string)) != 26 {
				t.Errorf("%s says %v", m.Event.Type, m.Event.Data)
			}
		}
		return nil
	})
	want := []string{"token.made p-1.kari larvik", "token.revoked p-1.kari larvik", "session.ended p-1.kari ", "token.made system:console "}
	if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("events %q, want %q, %v", got, want, err)
	}
}
