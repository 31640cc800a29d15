package api

import (
	"bufio"
	"context"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/store"
	"helhet/org"
)

// rated is the task that Larvik rates together in these tests: nobody has answered it.
const rated catalogue.TaskKey = "testing"

func (s *testServer) sitting() assessment.Sitting {
	s.t.Helper()
	return assessment.Sitting{Round: s.openRound().ID, Municipality: "larvik", Task: rated}
}

// shown opens the task for ratings, lets so many rate it, all of them at level 1 but one, and shows the spread.
func (s *testServer) shown(raters int) assessment.Sitting {
	s.t.Helper()
	ctx, at, lead := s.t.Context(), s.sitting(), s.person(coordinatorEmail).Actor()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	_, err := s.Assessments.OpenRatings(ctx, lead, at)
	must(err)
	for i := range raters {
		a := s.person(contributorEmail).Actor()
		a.Person = org.PersonID("p-rater-" + string(rune('a'+i)))
		level := 1
		if i == 0 {
			level = 3
		}
		for _, q := range []catalogue.QuestionKey{"testing.ansvar", "testing.praksis", "testing.samhandling", "testing.forbedring"} {
			_, err := s.Assessments.Rate(ctx, a, assessment.Rate{Sitting: at, Question: q, Level: &level})
			must(err)
		}
	}
	_, err = s.Assessments.ShowSpread(ctx, lead, at)
	must(err)
	return at
}

// byHand lets the test say when followed documents are read, and counts the readings and what they cost.
type byHand struct {
	ticks, moves chan time.Time // of sittings, and of where displays are told to go
	mu           sync.Mutex
	polls, calls int64
}

func (s *testServer) byHand() *byHand {
	h := &byHand{ticks: make(chan time.Time), moves: make(chan time.Time)}
	s.API.sittings.ticker = func(time.Duration) (<-chan time.Time, func()) { return h.ticks, func() {} }
	s.API.displays.ticker = func(time.Duration) (<-chan time.Time, func()) { return h.moves, func() {} }
	read := s.API.sittings.read
	s.API.sittings.read = func(ctx context.Context, at assessment.Sitting) (*assessment.Consensus, error) {
		ctx, reads := store.WithReads(ctx)
		now, err := read(ctx, at)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.polls++
		h.calls += reads.Calls.Load()
		return now, err
	}
	return h
}

// cost is how often was read, and by how many calls of the store.
func (h *byHand) cost() (polls, calls int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.polls, h.calls
}

// untilGivenUp ends a stream that nothing comes on, so that a test which waits for something fails instead of waiting for ever.
const untilGivenUp = 30 * time.Second

// following is one follower's end of a stream.
type following struct {
	t      *testing.T
	body   io.ReadCloser
	lines  *bufio.Scanner
	status int
}

// follows begins to follow, and returns once the server has begun to answer.
func (s *testServer) follows(base, path, cookie string) *following {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), untilGivenUp)
	s.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Cookie", cookie)
	req.Header.Set("Accept", "text/event-stream")
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	f := &following{s.t.(*testing.T), res.Body, bufio.NewScanner(res.Body), res.StatusCode}
	s.t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode == http.StatusOK {
		if kind := res.Header.Get("Content-Type"); kind != "text/event-stream; charset=utf-8" || res.Header.Get("Cache-Control") != "no-store" {
			s.t.Errorf("it is sent as %s, %s", kind, res.Header.Get("Cache-Control"))
		}
		f.event()
	}
	return f
}

// event is the next event's kind and data; "" when the stream has ended.
func (f *following) event() (kind, data string) {
	f.t.Helper()
	for f.lines.Scan() {
		line := f.lines.Text()
		switch {
		case strings.HasPrefix(line, "event: "):
			kind = line[len("event: "):]
		case strings.HasPrefix(line, "retry: "):
			kind = "retry"
		case strings.HasPrefix(line, "data: "):
			data += line[len("data: "):] + "\n"
		case line == "" && kind != "":
			return kind, html.UnescapeString(data)
		}
	}
	return "", ""
}

// wants reads the next event, which must be of a kind and say something.
func (f *following) wants(kind, says string) {
	f.t.Helper()
	if got, data := f.event(); got != kind || !strings.Contains(data, says) {
		f.t.Fatalf("the next event is %q, want %q with %q: %.300s", got, kind, says, data)
	}
}

func sessionOf(c *http.Cookie) string { return c.Name + "=" + c.Value }

// However many follow, the document is read once for all of them; when the last has left nobody reads it any more.
func TestFollowersShareOneReading(t *testing.T) {
	s := startServer(t)
	hand, at := s.byHand(), s.shown(6)
	words := wording(s.API.Assessments.Catalogues()["helhetlig-tjenestemodell-1"], s.Texts.For("nb"))
	path, session := sittingPath(at, "consensus/events"), sessionOf(s.session(contributorEmail))
	const followers = 50
	var all []*following
	for range followers {
		all = append(all, s.follows(s.URL, path, session))
	}
	hand.ticks <- time.Now()
	for _, f := range all {
		f.wants("state", words.Questions["testing.ansvar"].Text)
	}
	lead := s.person(coordinatorEmail).Actor()
	for _, q := range []catalogue.QuestionKey{"testing.praksis", "testing.forbedring"} {
		if _, err := s.Assessments.GoTo(t.Context(), lead, at, q); err != nil {
			t.Fatal(err)
		}
		hand.ticks <- time.Now()
		for _, f := range all {
			f.wants("state", words.Questions[q].Text)
		}
	}
	for range 10 {
		hand.ticks <- time.Now() // nothing has changed: nothing is sent
	}
	level := 2
	settled, err := s.Assessments.Settle(t.Context(), lead, assessment.Settle{Sitting: at, Question: "testing.forbedring", Level: &level, Why: "Vi har begynt å telle.", First: true})
	if err != nil || settled.Stage != assessment.Showing {
		t.Fatal(settled, err)
	}
	hand.ticks <- time.Now()
	for _, f := range all {
		f.wants("state", "Vi har begynt å telle.")
	}
	if polls, calls := hand.cost(); polls != 15 || calls != polls {
		t.Errorf("%d followers were told by %d readings of %d calls, want 15", followers, polls, calls)
	}
	s.API.sittings.mu.Lock()
	topic := s.API.sittings.topics[at]
	s.API.sittings.mu.Unlock()
	for _, f := range all {
		f.body.Close()
	}
	<-topic.done
	s.API.sittings.mu.Lock()
	defer s.API.sittings.mu.Unlock()
	if n := len(s.API.sittings.topics); n != 0 {
		t.Errorf("%d documents are read for nobody", n)
	}
}

// readAtFlush is the connection of a follower whose document is read at the moment she is answered.
type readAtFlush struct {
	http.ResponseWriter
	read func()
}

func (w readAtFlush) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w readAtFlush) Flush() {
	w.ResponseWriter.(http.Flusher).Flush()
	w.read()
}

// What is read from when a stream is answered reaches its follower: also the reading just then.
func TestAFollowerMissesNoReading(t *testing.T) {
	s := startServer(t)
	hand, at := s.byHand(), s.shown(2)
	topic, leave, err := s.API.sittings.follow(at)
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	first := topic.next()
	if now, _ := topic.seen(); now == nil {
		<-first // from here on it is read when the test says so, and then alone
	}
	var once sync.Once
	answering := s.API.Handler()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answering.ServeHTTP(readAtFlush{w, func() {
			once.Do(func() {
				told := topic.next()
				hand.ticks <- time.Now()
				<-told
			})
		}}, r)
	}))
	t.Cleanup(server.Close)
	f := s.follows(server.URL, sittingPath(at, "consensus/events"), sessionOf(s.session(contributorEmail)))
	f.wants("state", "Laveste")
	f.body.Close()
}

// A stream lasts as long as its reader may follow: it ends with her session, her role, the display's time, and with the program.
func TestStreamsEndWithWhatLetThemBegin(t *testing.T) {
	s := startServer(t)
	hand, at := s.byHand(), s.shown(2)
	ctx, path, lead := t.Context(), sittingPath(s.sitting(), "consensus/events"), s.person(coordinatorEmail).Actor()
	secret, made, err := s.Assessments.MakeDisplay(ctx, lead, at)
	if err != nil {
		t.Fatal(err)
	}
	screen := displayCookie + "=" + secret
	for _, refused := range []struct {
		path, cookie string
		status       int
	}{{path, "", http.StatusSeeOther}, {path, screen, http.StatusSeeOther}, {path, sessionOf(s.session(neighbourEmail)), http.StatusForbidden}, {displayFollowPath, "", http.StatusConflict},
		{displayFollowPath, sessionOf(s.session(coordinatorEmail)), http.StatusConflict}, {displayFollowPath, displayCookie + "=abcd", http.StatusConflict}} {
		if f := s.follows(s.URL, refused.path, refused.cookie); f.status != refused.status {
			t.Errorf("%s with %.20q: %d", refused.path, refused.cookie, f.status)
		}
	}
	s.API.pace.check, s.API.pace.beat = 0, 0 // at every reading
	session := s.session(contributorEmail)
	contributor, leader, display := s.follows(s.URL, path, sessionOf(session)), s.follows(s.URL, path, sessionOf(s.session(leaderEmail))), s.follows(s.URL, displayFollowPath, screen)
	tick := func() { hand.ticks <- time.Now(); hand.moves <- time.Now() }
	state := func(f *following) {
		t.Helper()
		for {
			switch kind, data := f.event(); kind {
			case "beat":
			case "state":
				has(t, "the state", data, "Laveste")
				return
			default:
				t.Fatalf("the next event is %q", kind)
			}
		}
	}
	over := func(f *following) {
		t.Helper()
		for {
			switch kind, _ := f.event(); kind {
			case "state", "beat":
			case "over":
				if kind, _ := f.event(); kind != "" {
					t.Errorf("after the end comes %q", kind)
				}
				return
			default:
				t.Fatalf("it ends with %q", kind)
			}
		}
	}
	tick()
	for _, f := range []*following{contributor, leader, display} {
		state(f)
	}
	if err := s.Auth.SignOut(ctx, session.Value); err != nil {
		t.Fatal(err)
	}
	tick()
	over(contributor)
	if _, err := s.People.Change(ctx, s.person(leaderEmail).ID, func(p *org.Person) error { p.Grants = nil; return nil }); err != nil {
		t.Fatal(err)
	}
	tick()
	over(leader)
	if err := s.Assessments.RevokeDisplay(ctx, lead, made.ID); err != nil {
		t.Fatal(err)
	}
	tick()
	over(display)
	last := s.follows(s.URL, path, sessionOf(s.session(coordinatorEmail)))
	s.API.Stopping()
	for {
		if kind, _ := last.event(); kind == "over" {
			t.Error("a program that stops says it is over: another copy goes on")
		} else if kind == "" {
			break
		}
	}
	s.Close() // waits for every request
}

// A page that follows is no use of the session: it lies unused all the same.
func TestFollowingDoesNotKeepASessionAlive(t *testing.T) {
	s := startServer(t)
	hand, at := s.byHand(), s.shown(2)
	session := s.session(contributorEmail)
	seen := func() time.Time { return s.person(contributorEmail).Keys[0].Seen }
	before := seen()
	s.ahead.Store(int64(2 * time.Minute))
	f := s.follows(s.URL, sittingPath(at, "consensus/events"), sessionOf(session))
	hand.ticks <- time.Now()
	f.wants("state", "Laveste")
	if !seen().Equal(before) {
		t.Error("following counts as a use of the session")
	}
	if s.visit(session, http.MethodGet, sittingPath(at, "consensus"), ""); seen().Equal(before) {
		t.Error("reading the page does not")
	}
}

// What limits ordinary answers would cut a stream off; each limit is a fraction of a second here, and it goes on.
func TestAStreamOutlivesTheLimitsOfAnswers(t *testing.T) {
	s := startServer(t)
	hand, at := s.byHand(), s.shown(2)
	const limit = 300 * time.Millisecond
	session := sessionOf(s.session(contributorEmail))
	s.API.patience = limit
	short := httptest.NewUnstartedServer(s.API.Handler())
	short.Config.ReadTimeout, short.Config.WriteTimeout = limit, limit
	short.Start()
	t.Cleanup(short.Close)
	f := s.follows(short.URL, sittingPath(at, "consensus/events"), session)
	passed := time.NewTimer(2 * limit)
	<-passed.C
	hand.ticks <- time.Now()
	f.wants("state", "Laveste")
	f.body.Close()
}

// A screen goes from task to task with her who leads, within the same stream.
func TestAScreenFollowsItsMaker(t *testing.T) {
	s := startServer(t)
	at := s.shown(2)
	ctx, lead := t.Context(), s.person(coordinatorEmail).Actor()
	secret, _, err := s.Assessments.MakeDisplay(ctx, lead, at)
	if err != nil {
		t.Fatal(err)
	}
	words := wording(s.API.Assessments.Catalogues()["helhetlig-tjenestemodell-1"], s.Texts.For("nb"))
	f := s.follows(s.URL, displayFollowPath, displayCookie+"="+secret)
	f.wants("state", words.Questions["testing.ansvar"].Text)
	other := at
	other.Task = "dokumentasjon"
	if _, err := s.Assessments.OpenRatings(ctx, lead, other); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Assessments.ShowSpread(ctx, lead, other); err != nil {
		t.Fatal(err)
	}
	f.wants("state", words.Tasks["dokumentasjon"].Name)
	if _, err := s.Assessments.Drive(ctx, lead, at); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Assessments.GoTo(ctx, lead, at, "testing.praksis"); err != nil {
		t.Fatal(err)
	}
	for {
		kind, data := f.event()
		if kind == "" {
			t.Fatal("it ended")
		}
		if strings.Contains(data, words.Questions["testing.praksis"].Text) {
			break
		}
	}
}

func TestOnlySoManyFollow(t *testing.T) {
	l := newLive(time.Hour, 2, func(context.Context, string) (int, error) { return 1, nil })
	_, first, err := l.follow("a")
	if err != nil {
		t.Fatal(err)
	}
	_, second, err := l.follow("a")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.follow("a"); faultOf(err).Key != "error.follow.many" {
		t.Errorf("a third: %v", err)
	}
	if _, leave, err := l.follow("b"); err != nil {
		t.Errorf("of another document: %v", err)
	} else {
		leave()
	}
	first()
	_, third, err := l.follow("a")
	if err != nil {
		t.Errorf("when one has left: %v", err)
	}
	second()
	third()
	if len(l.topics) != 0 {
		t.Errorf("%d are read for nobody", len(l.topics))
	}
}
