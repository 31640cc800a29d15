package auth_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/internal/store/sqlite"
	"helhet/internal/store/storetest"
	"helhet/org"
)

const kari org.PersonID = "p-1.kari"

// world is a store with one person, and a clock.
type world struct {
	*auth.Service
	engine *storetest.Interposed
	db     *store.DB
	people *org.People
	now    atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	file, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	engine := &storetest.Interposed{Engine: file}
	db := store.Open(engine)
	w := &world{engine: engine, db: db, people: org.NewPeople(db)}
	w.now.Store(time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC).UnixNano())
	w.Service = auth.New(w.people, func() time.Time { return time.Unix(0, w.now.Load()) })
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := w.people.Create(t.Context(), org.Person{ID: kari, Name: "Kari", Email: "kari@example.org", Grants: []org.Grant{{Role: org.Administrator}}}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) pass(d time.Duration) { w.now.Add(int64(d)) }

func (w *world) signIn(t *testing.T) string {
	t.Helper()
	secret, err := w.SignIn(t.Context(), kari)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

func wantCode(t *testing.T, doing string, err error, code fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != code {
		t.Errorf("%s: %v, want code %q", doing, err, code)
	}
}

func TestASessionLastsWhileItIsUsed(t *testing.T) {
	w := newWorld(t)
	secret := w.signIn(t)
	for range 5 { // 25 minutes each
		if p, err := w.BySession(t.Context(), secret); err != nil || p.ID != kari {
			t.Fatal(p, err)
		}
		w.pass(auth.SessionIdle - 5*time.Minute)
	}
	_, err := w.BySession(t.Context(), secret) // after 125 minutes it is over, however much it was used
	wantCode(t, "a session of two hours", err, fault.Unauthenticated)

	secret = w.signIn(t)
	w.pass(auth.SessionIdle)
	_, err = w.BySession(t.Context(), secret)
	wantCode(t, "a session unused for half an hour", err, fault.Unauthenticated)
}

func TestWhatIsNoKeyOpensNothing(t *testing.T) {
	w := newWorld(t)
	session, other := w.signIn(t), w.signIn(t)
	token, err := w.NewToken(t.Context(), kari)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SignOut(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{
		"nothing": "", "a dot": ".", "her id alone": string(kari), "her id and a dot": string(kari) + ".", "another's secret": "p-2." + session[len(kari)+1:],
		"a session signed out": other, "a token as a session": token, "the token's secret as a session": strings.TrimPrefix(token, "helhet_"),
		"a longer one": session + "A", "a shorter one": session[:len(session)-1], "other case": strings.ToLower(session),
		"a broken id": "\xff\x00." + session, "a very long id": strings.Repeat("p", 5000) + ".A",
	} {
		_, err := w.BySession(t.Context(), secret)
		wantCode(t, name, err, fault.Unauthenticated)
		_, err = w.ByToken(t.Context(), secret)
		if secret != token {
			wantCode(t, name+" as a token", err, fault.Unauthenticated)
		}
	}
	_, err = w.ByToken(t.Context(), "helhet_"+session)
	wantCode(t, "a session as a token", err, fault.Unauthenticated)
	if _, err := w.BySession(t.Context(), session); err != nil {
		t.Errorf("signing out one session ended another: %v", err)
	}
	if _, err := w.ByToken(t.Context(), token); err != nil {
		t.Errorf("the token: %v", err)
	}
	if err := w.SignOut(t.Context(), "p-nobody.AAAA"); err != nil {
		t.Errorf("signing out what is gone: %v", err)
	}
}

func TestWhatAPersonMayDoNowIsWhatHerKeysOpen(t *testing.T) {
	w := newWorld(t)
	session := w.signIn(t)
	if _, err := w.people.Change(t.Context(), kari, func(p *org.Person) error {
		p.Grants = []org.Grant{{Role: org.Leader, Municipality: "tokke", Region: "r"}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	p, err := w.BySession(t.Context(), session)
	if err != nil || len(p.Grants) != 1 || p.Grants[0].Role != org.Leader {
		t.Fatalf("%+v, %v", p.Grants, err)
	}
	if _, err := w.people.Change(t.Context(), kari, func(p *org.Person) error { p.Inactive = true; return nil }); err != nil {
		t.Fatal(err)
	}
	_, err = w.BySession(t.Context(), session)
	wantCode(t, "an inactive person's session", err, fault.Unauthenticated)
	_, err = w.SignIn(t.Context(), kari)
	wantCode(t, "an inactive person's sign-in", err, fault.Forbidden)
	_, err = w.NewToken(t.Context(), kari)
	wantCode(t, "an inactive person's token", err, fault.Forbidden)
}

// A signed-in request costs one read of the store, and a write once a minute.
func TestWhatARequestCosts(t *testing.T) {
	w := newWorld(t)
	session := w.signIn(t)
	costs := func() int64 {
		ctx, reads := store.WithReads(t.Context())
		if _, err := w.BySession(ctx, session); err != nil {
			t.Fatal(err)
		}
		return reads.Calls.Load()
	}
	for range 3 {
		if n := costs(); n != 1 {
			t.Errorf("a request costs %d calls of the store, want 1", n)
		}
	}
	w.pass(time.Minute)
	if n := costs(); n != 2 { // the read, and the write
		t.Errorf("the first request of a minute costs %d calls, want 2", n)
	}
	if n := costs(); n != 1 {
		t.Errorf("the next costs %d calls, want 1", n)
	}
}

// A page asks for several things at once. However many of them find that the minute is over, one writes it down.
func TestRequestsAtOnceWriteOnce(t *testing.T) {
	w := newWorld(t)
	session := w.signIn(t)
	w.pass(time.Minute)
	const atOnce = 8
	var read sync.WaitGroup
	read.Add(atOnce)
	together := auth.New(w.people, func() time.Time { // asked once by each, when it has read whose session it is
		read.Done()
		read.Wait()
		return time.Unix(0, w.now.Add(int64(time.Millisecond)))
	})
	var writes atomic.Int64
	w.engine.BeforeWrites(func(string, string) error { writes.Add(1); return nil })
	var done sync.WaitGroup
	for range atOnce {
		done.Go(func() {
			if _, err := together.BySession(t.Context(), session); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	person, err := w.people.Get(t.Context(), kari)
	if err != nil {
		t.Fatal(err)
	}
	first := time.Date(2026, 11, 25, 8, 1, 0, 0, time.UTC)
	if n := writes.Load(); n != 1 || person.Keys[0].Seen.Before(first) {
		t.Errorf("%d writes, last seen %v", n, person.Keys[0].Seen)
	}
}

func TestOldKeysMakeRoom(t *testing.T) {
	w := newWorld(t)
	first := w.signIn(t)
	w.pass(time.Minute)
	second := w.signIn(t)
	w.pass(time.Minute)
	if _, err := w.BySession(t.Context(), first); err != nil { // used last
		t.Fatal(err)
	}
	token, err := w.NewToken(t.Context(), kari)
	if err != nil {
		t.Fatal(err)
	}
	for range org.MaxKeys - 1 {
		w.pass(time.Second)
		w.signIn(t)
	}
	if _, err := w.BySession(t.Context(), first); err != nil {
		t.Errorf("the session used last made room: %v", err)
	}
	_, err = w.BySession(t.Context(), second)
	wantCode(t, "the session unused longest", err, fault.Unauthenticated)
	if _, err := w.ByToken(t.Context(), token); err != nil {
		t.Errorf("sessions took a token's room: %v", err)
	}
}

func TestSweepTakesAwayWhatIsOver(t *testing.T) {
	w := newWorld(t)
	w.signIn(t)
	token, err := w.NewToken(t.Context(), kari)
	if err != nil {
		t.Fatal(err)
	}
	keys := func() int {
		p, err := w.people.Get(t.Context(), kari)
		if err != nil {
			t.Fatal(err)
		}
		return len(p.Keys)
	}
	sweep := func(ctx context.Context) int {
		n, err := w.Sweep(ctx, 10)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := sweep(t.Context()); n != 0 || keys() != 2 {
		t.Errorf("swept %d people, who has %d keys left, before anything was over", n, keys())
	}
	w.pass(auth.SessionLength + time.Second)
	if n := sweep(t.Context()); n != 1 || keys() != 1 {
		t.Errorf("swept %d people, who has %d keys left, want the token alone", n, keys())
	}
	if _, err := w.ByToken(t.Context(), token); err != nil {
		t.Errorf("the token: %v", err)
	}
	if n := sweep(t.Context()); n != 0 {
		t.Errorf("swept again: %d", n)
	}
}
