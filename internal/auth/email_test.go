package auth_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/internal/store/sqlite/sqlitetest"
	"helhet/org"
)

// post is sign-in by e-mail with people to sign in, and a clock the test moves.
type post struct {
	*auth.Email
	t       *testing.T
	db      *store.DB
	people  *org.People
	regions *org.Regions
	limits  *auth.Limits
	mu      sync.Mutex
	clock   time.Time
	n       int
}

func (p *post) now() time.Time { p.mu.Lock(); defer p.mu.Unlock(); return p.clock }
func (p *post) pass(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock = p.clock.Add(d)
}

func openPost(t *testing.T) *post {
	t.Helper()
	db := sqlitetest.Open(t, t.TempDir())
	p := &post{t: t, db: db, people: org.NewPeople(db), regions: org.NewRegions(db), clock: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)}
	p.limits = auth.NewLimits(db, p.now)
	p.Email = auth.NewEmail(db, p.people, p.regions, p.limits, p.now)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.regions.Create(t.Context(), org.Region{ID: "r", Name: "R", Members: []org.Member{{Municipality: "larvik"}, {Municipality: "tokke"}}}); err != nil {
		t.Fatal(err)
	}
	for name, grants := range map[string][]org.Grant{
		"kari":  {{Role: org.Contributor, Municipality: "larvik", Region: "r"}},
		"both":  {{Role: org.Contributor, Municipality: "tokke", Region: "r"}, {Role: org.Coordinator, Municipality: "larvik", Region: "r"}},
		"lead":  {{Role: org.RegionalLead, Region: "r"}, {Role: org.Leader, Municipality: "larvik", Region: "r"}},
		"admin": {{Role: org.Administrator}},
		"gone":  nil,
	} {
		if err := p.people.Create(t.Context(), org.Person{ID: org.PersonID("p-" + name), Name: name, Email: name + "@example.org", Grants: grants, Inactive: name == "gone"}); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// begin begins from a client of its own, so that only the address is counted.
func (p *post) begin(name string) auth.Challenge {
	p.t.Helper()
	p.n++
	ch, err := p.BeginEmail(p.t.Context(), name+"@example.org", fmt.Sprint("client ", p.n))
	if err != nil {
		p.t.Fatalf("%s: %v", name, err)
	}
	return ch
}

func wantFault(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if fault.CodeOf(err) != code {
		t.Errorf("%v, want %q", err, code)
	}
}

func TestEmailSignIn(t *testing.T) {
	p := openPost(t)
	ch := p.begin("kari")
	if !ch.Known || ch.To != "kari@example.org" || len(ch.Code) != 6 || strings.Trim(ch.Code, "0123456789") != "" || ch.Municipality != "larvik" {
		t.Errorf("%+v", ch)
	}
	for range 5 { // a mail filter looks
		wantFault(t, p.LinkGood(t.Context(), ch.Link), "")
	}
	if id, err := p.ByLink(t.Context(), ch.Link); err != nil || id != "p-kari" {
		t.Errorf("%s, %v", id, err)
	}
	wantFault(t, p.LinkGood(t.Context(), ch.Link), fault.Conflict)
	_, err := p.ByLink(t.Context(), ch.Link)
	wantFault(t, err, fault.Conflict)
	_, err = p.ByCode(t.Context(), ch.Browser, ch.Code, "c") // one use for both
	wantFault(t, err, fault.Conflict)

	ch = p.begin("kari")
	other := p.begin("lead")
	_, err = p.ByCode(t.Context(), other.Browser, ch.Code, "c") // another browser
	if other.Code != ch.Code {
		wantFault(t, err, fault.Invalid)
	}
	if id, err := p.ByCode(t.Context(), ch.Browser, ch.Code[:3]+" "+ch.Code[3:], "c"); err != nil || id != "p-kari" {
		t.Errorf("%s, %v", id, err)
	}
	_, err = p.ByCode(t.Context(), ch.Browser, ch.Code, "c")
	wantFault(t, err, fault.Conflict)

	ch = p.begin("kari")
	p.pass(auth.ChallengeLength)
	_, err = p.ByLink(t.Context(), ch.Link)
	wantFault(t, err, fault.Conflict)
	_, err = p.ByCode(t.Context(), ch.Browser, ch.Code, "c")
	wantFault(t, err, fault.Conflict)
	for _, wrong := range []string{"", ".", ch.ID, ch.ID + ".", ch.Browser, ch.Link + "x", "c-x" + ch.Link[strings.Index(ch.Link, "."):], "\x00", strings.Repeat("x", 3000)} {
		_, err := p.ByLink(t.Context(), wrong)
		wantFault(t, err, fault.Conflict)
		wantFault(t, p.LinkGood(t.Context(), wrong), fault.Conflict)
		_, err = p.ByCode(t.Context(), wrong, "123456", "c")
		wantFault(t, err, fault.Conflict)
	}
	p.pass(time.Hour)
	if n, err := p.SweepEmail(t.Context(), 100); err != nil || n < 4 {
		t.Errorf("swept %d, %v", n, err)
	}
}

func wrongCode(right string) string {
	if right == "000000" {
		return "000001"
	}
	return "000000"
}

func TestFiveWrongCodesEndIt(t *testing.T) {
	p := openPost(t)
	ch := p.begin("kari")
	for range 5 {
		_, err := p.ByCode(t.Context(), ch.Browser, wrongCode(ch.Code), "c")
		wantFault(t, err, fault.Invalid)
	}
	_, err := p.ByCode(t.Context(), ch.Browser, ch.Code, "c")
	wantFault(t, err, fault.Conflict)
	_, err = p.ByLink(t.Context(), ch.Link)
	wantFault(t, err, fault.Conflict)
}

// Two who race for one mail, by link and by code: one gets in.
func TestEmailRace(t *testing.T) {
	p := openPost(t)
	for range 5 {
		p.pass(time.Hour)
		ch := p.begin("kari")
		const n = 8
		ids := make([]org.PersonID, n)
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				if i%2 == 0 {
					ids[i], _ = p.ByLink(t.Context(), ch.Link)
				} else {
					ids[i], _ = p.ByCode(t.Context(), ch.Browser, ch.Code, "c")
				}
			})
		}
		all.Wait()
		if in := strings.Count(fmt.Sprint(ids), "p-kari"); in != 1 {
			t.Fatalf("%d came in", in)
		}
	}
}

// Whether somebody has an address shows in nothing: not in the answer, not in the work.
func TestUnknownAddressesLookTheSame(t *testing.T) {
	p := openPost(t)
	calls := map[string]int64{}
	for _, name := range []string{"nobody", "kari", "both", "lead", "admin", "gone"} {
		ctx, reads := store.WithReads(t.Context())
		ch, err := p.BeginEmail(ctx, name+"@example.org", "client of "+name)
		if err != nil || ch.Link == "" || ch.Browser == "" || ch.Code == "" {
			t.Fatalf("%s: %+v, %v", name, ch, err)
		}
		if ch.Known != (name != "nobody" && name != "gone") {
			t.Errorf("%s: known %t", name, ch.Known)
		}
		calls[name] = reads.Calls.Load()
		if !ch.Known {
			wantFault(t, p.LinkGood(t.Context(), ch.Link), "") // which its owner never sees
			_, err := p.ByLink(t.Context(), ch.Link)
			wantFault(t, err, fault.Conflict)
			_, err = p.ByCode(t.Context(), ch.Browser, ch.Code, "c")
			wantFault(t, err, fault.Invalid)
		}
	}
	for name, n := range calls {
		if n != calls["nobody"] {
			t.Errorf("%d calls for %s, %d for nobody", n, name, calls["nobody"])
		}
	}
	for _, text := range []string{"", "kari", "kari@example.org\r\nBcc: x@example.org", "Kari <kari@example.org>", "k\u0430ri@example.org"} {
		_, err := p.BeginEmail(t.Context(), text, "c")
		wantFault(t, err, fault.Invalid)
	}
	if ch, err := p.BeginEmail(t.Context(), "kåri@example.org", "c"); err != nil || ch.Known {
		t.Errorf("who is called almost as Kari: %t, %v", ch.Known, err)
	}
}

func TestEmailIsLimited(t *testing.T) {
	p := openPost(t)
	for range 5 {
		p.begin("kari")
	}
	for range 3 {
		_, err := p.BeginEmail(t.Context(), " KARI@example.org", "another")
		wantFault(t, err, fault.TooMany)
	}
	p.begin("both")
	p.pass(15 * time.Minute)
	p.begin("kari")

	refused := 0
	for i := range 70 {
		if _, err := p.BeginEmail(t.Context(), fmt.Sprintf("n%d@example.org", i), "one"); fault.CodeOf(err) == fault.TooMany {
			refused++
		}
	}
	if refused != 10 {
		t.Errorf("of 70 from one client %d were refused", refused)
	}
	ch := p.begin("both")
	refused = 0
	for i := range 14 {
		guessed := p.begin(fmt.Sprint("g", i))
		for range 5 {
			if _, err := p.ByCode(t.Context(), guessed.Browser, "wrong", "guesser"); fault.CodeOf(err) == fault.TooMany {
				refused++
			}
		}
	}
	if refused != 10 {
		t.Errorf("of 70 codes from one client %d were refused", refused)
	}
	if _, err := p.ByCode(t.Context(), ch.Browser, ch.Code, "somebody else"); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	for range 60 {
		if err := p.limits.MayInvite(t.Context(), "p-kari"); err != nil {
			t.Fatal(err)
		}
	}
	wantFault(t, p.limits.MayInvite(t.Context(), "p-kari"), fault.TooMany)
	for range 300 {
		if err := p.limits.MayGoToIssuer(t.Context(), "town hall"); err != nil {
			t.Fatal(err)
		}
	}
	wantFault(t, p.limits.MayGoToIssuer(t.Context(), "town hall"), fault.TooMany)
	wantFault(t, p.limits.MayGoToIssuer(t.Context(), "elsewhere"), "")
	for i := range 5 {
		wantFault(t, p.limits.MayAsk(t.Context(), "account", fmt.Sprint("client ", i)), "")
	}
	wantFault(t, p.limits.MayAsk(t.Context(), "account", "client"), fault.TooMany)
	for i := range 60 {
		wantFault(t, p.limits.MayAsk(t.Context(), fmt.Sprint("account ", i), "town hall"), "")
	}
	wantFault(t, p.limits.MayAsk(t.Context(), "another", "town hall"), fault.TooMany)
	p.pass(time.Hour)
	wantFault(t, p.limits.MayAsk(t.Context(), "account", "town hall"), "")
}

// However many addresses ask, for however many people: what they leave in the store and ask of the mail server is bounded, and so is what
// guesses leave. One that hammers uses up its own share, not everybody's.
func TestManyAddressesLeaveLittle(t *testing.T) {
	p := openPost(t)
	kept := func() int {
		t.Helper()
		n, err := p.Kept(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if err := p.LeaveMails(t.Context(), 70); err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		_, err := p.BeginEmail(t.Context(), fmt.Sprintf("n%d@example.org", i), "one client")
		if (fault.CodeOf(err) == fault.TooMany) != (i >= 60) {
			t.Fatalf("try %d of one client: %v", i, err)
		}
	}
	taken, before := 0, kept()
	for i := range 200 {
		_, err := p.BeginEmail(t.Context(), fmt.Sprintf("m%d@example.org", i), fmt.Sprint("client ", i))
		switch fault.CodeOf(err) {
		case "":
			taken++
		case fault.TooMany:
		default:
			t.Fatal(err)
		}
	}
	if after := kept(); taken != 10 || after != before+3*10 {
		t.Errorf("200 addresses began %d times and left %d documents, want 10 and 30", taken, after-before)
	}
	before = kept()
	for i := range 200 {
		_, err := p.ByCode(t.Context(), fmt.Sprintf("c-%d.x", i), "123456", fmt.Sprint("client ", i))
		wantFault(t, err, fault.Conflict)
	}
	if after := kept(); after != before {
		t.Errorf("guesses by who asked for no mail left %d documents", after-before)
	}
	p.pass(15 * time.Minute)
	p.begin("kari")
}

// However many at once: no more get through than may.
func TestLimitHoldsAgainstManyAtOnce(t *testing.T) {
	p := openPost(t)
	var in sync.Map
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			if _, err := p.BeginEmail(t.Context(), "kari@example.org", fmt.Sprint("c", i)); err == nil {
				in.Store(i, true)
			}
		})
	}
	all.Wait()
	n := 0
	in.Range(func(any, any) bool { n++; return true })
	if n > 5 || n == 0 {
		t.Errorf("%d mails to one address", n)
	}
}

func TestEmailSwitchedOff(t *testing.T) {
	p := openPost(t)
	kari, err := p.people.Get(t.Context(), "p-kari")
	if err != nil {
		t.Fatal(err)
	}
	both, err := p.people.Get(t.Context(), "p-both")
	if err != nil {
		t.Fatal(err)
	}
	wantFault(t, p.regions.SetEmailSignIn(t.Context(), kari.Actor(), "r", "larvik", false, p.now()), fault.Forbidden)
	wantFault(t, p.regions.SetEmailSignIn(t.Context(), both.Actor(), "r", "tokke", false, p.now()), fault.Forbidden)
	for range 2 {
		wantFault(t, p.regions.SetEmailSignIn(t.Context(), both.Actor(), "r", "larvik", false, p.now()), "")
	}
	for name, known := range map[string]bool{"kari": false, "both": false, "lead": true, "admin": true} {
		if ch := p.begin(name); ch.Known != known {
			t.Errorf("%s may: %t", name, ch.Known)
		}
	}
	wantFault(t, p.regions.SetEmailSignIn(t.Context(), both.Actor(), "r", "larvik", true, p.now()), "")
	if ch := p.begin("kari"); !ch.Known {
		t.Error("switched on again, and she may not")
	}
}

// A link made at the console signs in once, for a quarter of an hour, and proves no address.
func TestConsoleLink(t *testing.T) {
	p := openPost(t)
	_, err := p.ConsoleLink(t.Context(), "p-gone")
	wantFault(t, err, fault.Forbidden)
	_, err = p.ConsoleLink(t.Context(), "p-nobody")
	wantFault(t, err, fault.NotFound)
	if _, err := p.people.Change(t.Context(), "p-admin", func(a *org.Person) error { a.Unproven = true; return nil }); err != nil {
		t.Fatal(err)
	}
	fresh := func() string {
		t.Helper()
		link, err := p.ConsoleLink(t.Context(), "p-admin")
		if err != nil {
			t.Fatal(err)
		}
		return link
	}
	link := fresh()
	for range 3 {
		wantFault(t, p.LinkGood(t.Context(), link), "")
	}
	id, _, _ := strings.Cut(link, ".")
	_, err = p.ByLink(t.Context(), id+".x")
	wantFault(t, err, fault.Conflict)
	_, err = p.ByCode(t.Context(), link, "", "client")
	wantFault(t, err, fault.Conflict)
	var all sync.WaitGroup
	var in atomic.Int32
	for range 8 {
		all.Go(func() {
			if who, err := p.ByLink(t.Context(), link); err == nil && who == "p-admin" {
				in.Add(1)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("%d came by it", in.Load())
	}
	if a, err := p.people.Get(t.Context(), "p-admin"); err != nil || !a.Unproven || !a.Proved.IsZero() {
		t.Errorf("she is proved: %+v (%v)", a, err)
	}
	old := fresh()
	p.pass(auth.ChallengeLength)
	_, err = p.ByLink(t.Context(), old)
	wantFault(t, err, fault.Conflict)
	var told []string
	if _, err := p.db.Relay(t.Context(), 100, func(_ context.Context, events []store.RelayedEvent) error {
		for _, e := range events {
			if strings.HasPrefix(e.Event.Type, "sign-in.") {
				told = append(told, e.Event.Type+" by "+e.Event.Actor)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(told)
	if want := []string{"sign-in.link-made by system:console", "sign-in.link-made by system:console", "sign-in.link-used by p-admin"}; !slices.Equal(told, want) {
		t.Errorf("told: %v", told)
	}
	if _, err := p.SweepEmail(t.Context(), 100); err != nil {
		t.Error(err)
	}
}
