package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/demo"
	"helhet/internal/auth"
	"helhet/internal/events"
	"helhet/internal/locale"
	"helhet/internal/mail"
	"helhet/internal/store"
	"helhet/internal/store/sqlite"
	"helhet/internal/store/sqlite/sqlitetest"
	"helhet/leaving"
	"helhet/org"
)

// The demo region's people, by address.
const (
	leadEmail        = "lead@example.org"
	adminEmail       = "admin@example.org"
	auditorEmail     = "auditor@example.org"
	readerEmail      = "reader@example.org"           // nationally
	coordinatorEmail = "coordinator.3909@example.org" // of Larvik
	contributorEmail = "contributor.3909@example.org"
	leaderEmail      = "leader.3909@example.org"
	neighbourEmail   = "coordinator.4001@example.org" // of Porsgrunn
	outsiderEmail    = "outsider@example.org"         // contributor of Oslo, in a region of its own
	outsideLeadEmail = "outside-lead@example.org"     // who leads that region
)

// outsideRegion is a second region, so that there is somebody who belongs elsewhere.
const outsideRegion org.RegionID = "oslo-testregion"

// demoNow is when the demo region is loaded, so that every run has the same rounds and hashes.
var demoNow = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// testServer is the real server on an embedded database with the demo region, and all services beside it.
type testServer struct {
	*httptest.Server
	API         *Server
	DB          *store.DB
	People      *org.People
	Regions     *org.Regions
	Assessments *assessment.Service
	Benefits    *benefits.Service
	Auth        *auth.Service
	History     *events.History
	Invitations *org.Invitations
	Mails       *mailbox
	Access      *org.AccessRequests
	Leaving     *leaving.Service
	Accounts    *auth.Accounts
	Texts       *locale.Catalogue
	Log         *bytes.Buffer // read it only when no request is under way

	ahead atomic.Int64  // by which the clock was put forward
	later time.Duration // by which the job that finishes deletions is later than everything else

	t      testing.TB
	clock  func() time.Time // of accounts
	mu     sync.Mutex
	tokens map[string]string
}

// startServer starts one with the demo region in a folder of its own. It ends with the test.
func startServer(t testing.TB, change ...func(*assessment.Options)) *testServer {
	t.Helper()
	file, err := demoFile()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(file.name)), file.content, 0o600); err != nil {
		t.Fatal(err)
	}
	s := serverOn(t, dir, change...)
	s.addOutsiders()
	return s
}

// What is read of the program itself never changes, so that all servers share it.
var (
	loadTexts      = sync.OnceValues(locale.Load)
	loadCatalogues = sync.OnceValues(catalogue.Load)
	loadRegister   = sync.OnceValues(org.LoadRegister)
)

type demoDatabase struct {
	name    string
	content []byte
}

// demoFile is a database with the demo region: loaded once for all tests, since loading takes longer than most of them.
var demoFile = sync.OnceValues(func() (file demoDatabase, err error) {
	dir, err := os.MkdirTemp("", "helhet-api-test-")
	if err != nil {
		return file, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	catalogues, err := loadCatalogues()
	if err != nil {
		return file, err
	}
	register, err := loadRegister()
	if err != nil {
		return file, err
	}
	engine, err := sqlite.Open(context.Background(), dir)
	if err != nil {
		return file, err
	}
	db := store.Open(engine)
	err = demo.Load(context.Background(), demo.Deps{DB: db, Register: register, Catalogues: catalogues}, demoNow)
	if err = errors.Join(err, db.Close()); err != nil {
		return file, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		return file, fmt.Errorf("a closed database is one file, not %v (%w)", files, err)
	}
	content, err := os.ReadFile(files[0])
	return demoDatabase{files[0], content}, err
})

// startEmptyServer starts one with nothing in it.
func startEmptyServer(t testing.TB) *testServer {
	t.Helper()
	return serverOn(t, t.TempDir())
}

// serverOn starts one on the database of a folder.
func serverOn(t testing.TB, dir string, change ...func(*assessment.Options)) *testServer {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	words, err := loadTexts()
	must(err)
	own := *words
	texts := &own
	texts.OnMissing = func(lang locale.Lang, key string) { t.Errorf("no text %q in %s", key, lang) }
	catalogues, err := loadCatalogues()
	must(err)
	catalogues = maps.Clone(catalogues) // a test may put others in
	register, err := loadRegister()
	must(err)
	db := sqlitetest.Open(t, dir)
	s := &testServer{DB: db, Texts: texts, Log: new(bytes.Buffer), t: t, tokens: map[string]string{}}
	log := slog.New(slog.NewTextHandler(s.Log, nil)) // the handler writes one record at a time
	s.Regions, s.People = org.NewRegions(db), org.NewPeople(db)
	started := time.Now()
	now := func() time.Time { return demoNow.Add(time.Since(started) + time.Duration(s.ahead.Load())) } // the demo's day, whenever the tests run
	history := events.New(db)
	s.History = history
	options := assessment.Options{Catalogues: catalogues, Register: register, Regions: s.Regions, People: s.People, Now: now, Log: log,
		Relay: func(ctx context.Context) error { _, err := history.Relay(ctx, 500); return err }}
	for _, f := range change {
		f(&options)
	}
	s.Assessments = assessment.New(db, options)
	indicators, err := benefits.LoadIndicators()
	if err != nil {
		t.Fatal(err)
	}
	s.Benefits = benefits.New(db, benefits.Options{Catalogues: catalogues, Indicators: indicators, People: s.People, Regions: s.Regions, Steps: s.Assessments.StepsOf, Files: s.Assessments, Now: now, Relay: func(ctx context.Context) error { _, err := history.Relay(ctx, 500); return err }})
	s.Auth = auth.New(s.People, now)
	s.clock = now
	s.Accounts = auth.NewAccounts(db, func() time.Time { return s.clock() })
	s.Access = org.NewAccessRequests(db, register, s.Regions, s.People, s.Accounts, now)
	s.Invitations = org.NewInvitations(db, s.People, s.Regions, now, append(s.Assessments.Owned(), s.Benefits.Owned())...)
	s.Mails = &mailbox{}
	outbox := mail.New(db, s.Mails, now, log)
	s.Mails.outbox = outbox
	setUp := org.NewSetUp(db, s.People, now)
	limits := auth.NewLimits(db, now)
	email := auth.NewEmail(db, s.People, s.Regions, limits, now)
	s.Leaving = leaving.New(db, leaving.Options{Register: register, Regions: s.Regions, People: s.People, Invitations: s.Invitations, Access: s.Access,
		Assessments: s.Assessments, Benefits: s.Benefits, History: history, Now: now,
		Relay: func(ctx context.Context) error { _, err := history.Relay(ctx, 500); return err }, Wait: 30 * 24 * time.Hour, Figures: assessment.FiguresAggregates})
	deletions := org.NewDeletions(s.People, s.Invitations, func() time.Time { return now().Add(s.later) },
		func(ctx context.Context, d org.Departed) error { return s.Accounts.Forget(ctx, d.ID, s.Access.Forget) },
		func(ctx context.Context, d org.Departed) error { return email.Forget(ctx, d.ID) },
		func(ctx context.Context, d org.Departed) error { return outbox.Forget(ctx, d.Email, d.Since) },
		s.Benefits.Forget, s.Assessments.Forget,
	)
	must(db.Ensure(t.Context()))
	s.API, err = New(Deps{
		DB: db, Register: register, Regions: s.Regions, People: s.People, Assessments: s.Assessments, Benefits: s.Benefits, Auth: s.Auth, Access: s.Access, Runs: noRuns{}, History: history,
		Invitations: s.Invitations, Mail: outbox, Deletions: deletions, Email: email, Limits: limits, Accounts: s.Accounts, SetUp: setUp, Leaving: s.Leaving,
		Texts: texts, Assets: smallBundle(), Log: log, Now: now, Demo: true, DemoKey: demoKey, Version: "test",
	})
	must(err)
	s.Server = httptest.NewServer(s.API.Handler())
	t.Cleanup(s.Close)
	return s
}

// demoKey is what a start of the demo prints on the console.
const demoKey = "KEYONTHECONSOLE"

// withDemoKey is the header that a browser sends after it has opened the console's link.
var withDemoKey = []string{"Cookie", demoCookie + "=" + demoKey}

// addOutsiders adds people of another region.
func (s *testServer) addOutsiders() {
	s.t.Helper()
	ctx := s.t.Context()
	for _, err := range []error{
		s.Regions.Create(ctx, org.Region{ID: outsideRegion, Name: "Oslo", Members: []org.Member{{Municipality: "oslo", Consent: org.ByNameInRegion}}}),
		s.People.Create(ctx, org.Person{ID: "p-outsider", Name: "Odd Utanfor", Email: outsiderEmail,
			Grants: []org.Grant{{Role: org.Contributor, Municipality: "oslo", Region: outsideRegion}}}),
		s.People.Create(ctx, org.Person{ID: "p-outside-lead", Name: "Oda Utanfor", Email: outsideLeadEmail,
			Grants: []org.Grant{{Role: org.RegionalLead, Region: outsideRegion}}}),
	} {
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// mailbox is where the server's mails arrive, when they are asked for.
type mailbox struct {
	outbox *mail.Outbox
	mu     sync.Mutex
	all    []mail.Message
}

// Send takes a mail in.
func (b *mailbox) Send(_ context.Context, _ string, m mail.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append(b.all, m)
	return nil
}

// mails sends what is due and gives what has arrived since the last time.
func (s *testServer) mails() []mail.Message {
	s.t.Helper()
	if _, err := s.Mails.outbox.SendDue(s.t.Context()); err != nil {
		s.t.Error(err)
	}
	s.Mails.mu.Lock()
	defer s.Mails.mu.Unlock()
	all := s.Mails.all
	s.Mails.all = nil
	return all
}

// noRuns is a scheduler in which nothing has happened.
type noRuns struct{}

func (noRuns) List(context.Context, int, string) ([]RunLine, string, error) { return nil, "", nil }
func (noRuns) Names() []string                                              { return []string{"rounds"} }
func (noRuns) Start(context.Context, string, string) error                  { return nil }

// person finds somebody by address.
func (s *testServer) person(email string) org.Person {
	s.t.Helper()
	p, err := s.People.ByEmail(s.t.Context(), email)
	if err != nil {
		s.t.Fatalf("%s: %v", email, err)
	}
	return p
}

// token gives a person's API token, the same one each time.
func (s *testServer) token(email string) string {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens[email] == "" {
		token, err := s.Auth.NewToken(s.t.Context(), s.person(email).ID)
		if err != nil {
			s.t.Fatal(err)
		}
		s.tokens[email] = token
	}
	return s.tokens[email]
}

// session signs a person in and gives the cookie of her browser.
func (s *testServer) session(email string) *http.Cookie {
	s.t.Helper()
	secret, err := s.Auth.SignIn(s.t.Context(), s.person(email).ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return &http.Cookie{Name: sessionCookie, Value: secret}
}

// reply is an answer, read whole.
type reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// into reads the body as JSON, and fails on a field that into does not have.
func (r reply) into(t testing.TB, into any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(r.Body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		t.Fatalf("%v in %.500s", err, r.Body)
	}
}

// do sends a request as it is, without following where it leads.
func (s *testServer) do(req *http.Request) reply {
	s.t.Helper()
	client := http.Client{Transport: s.Client().Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		s.t.Error(err)
		return reply{Header: http.Header{}}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Error(err)
	}
	return reply{res.StatusCode, res.Header, body}
}

// request makes one; header is name and value in turn. A body in braces or brackets is JSON, any other a form.
func (s *testServer) request(method, path, body string, header ...string) *http.Request {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[") {
			req.Header.Set("Content-Type", "application/json")
		}
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

// call sends a program's request with a person's token; "" sends none.
func (s *testServer) call(email, method, path, body string, header ...string) reply {
	s.t.Helper()
	req := s.request(method, path, body, header...)
	if email != "" {
		req.Header.Set("Authorization", "Bearer "+s.token(email))
	}
	return s.do(req)
}

// browse sends a browser's request with a person's session; "" sends none.
func (s *testServer) browse(email, method, path, body string, header ...string) reply {
	s.t.Helper()
	req := s.request(method, path, body, header...)
	if email != "" {
		req.AddCookie(s.session(email))
		if !safe(method) && req.Header.Get(personHeader) == "" {
			req.Header.Set(personHeader, string(s.person(email).ID)) // it was her page; a form says it by a field
		}
	}
	return s.do(req)
}

// rounds gives the region's rounds, newest first: the open one, and five that are published.
func (s *testServer) rounds() []assessment.Round {
	s.t.Helper()
	rounds, _, err := s.Assessments.Rounds(s.t.Context(), s.person(leadEmail).Actor(), demo.Region, 100, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return rounds
}

// openRound is the demo region's open round, lastPublished the newest one that is published.
func (s *testServer) openRound() assessment.Round     { s.t.Helper(); return s.rounds()[0] }
func (s *testServer) lastPublished() assessment.Round { s.t.Helper(); return s.rounds()[1] }

func TestServerStarts(t *testing.T) {
	s := startServer(t)
	if got := s.call("", http.MethodGet, "/readyz", ""); got.Status != http.StatusOK {
		t.Errorf("readyz answers %d", got.Status)
	}
	if s.openRound().State != assessment.Open || s.lastPublished().State != assessment.Published {
		t.Error("the demo region's rounds are not as expected")
	}
	for _, email := range []string{leadEmail, adminEmail, coordinatorEmail, contributorEmail, leaderEmail, neighbourEmail, outsiderEmail, outsideLeadEmail} {
		s.token(email)
	}
	for email, want := range map[string]int{coordinatorEmail: http.StatusOK, "": http.StatusSeeOther} {
		if got := s.browse(email, http.MethodGet, "/", ""); got.Status != want {
			t.Errorf("%q gets %d at /: %.300s", email, got.Status, got.Body)
		}
	}
}
