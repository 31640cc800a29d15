package api

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"helhet/internal/auth"
	"helhet/org"
)

// visit sends a request with one session's cookie, so that the same session is meant each time.
func (s *testServer) visit(session *http.Cookie, method, path, body string, header ...string) reply {
	s.t.Helper()
	req := s.request(method, path, body, header...)
	req.AddCookie(session)
	if !safe(method) && req.Header.Get(personHeader) == "" {
		req.Header.Set(personHeader, session.Value[:strings.LastIndexByte(session.Value, '.')]) // her id begins the secret
	}
	return s.do(req)
}

func text(r reply) string { return html.UnescapeString(string(r.Body)) }

var shownToken = regexp.MustCompile(`<code>(helhet_[^<]+)</code>`)

func TestOwnSessionsPage(t *testing.T) {
	s := startServer(t)
	here, there := s.session(contributorEmail), s.session(contributorEmail)
	foreign := s.session(neighbourEmail)
	page := text(s.visit(here, http.MethodGet, "/account", ""))
	has(t, "the page", page, "Denne nettleseren", "Avslutt alle de andre", "Du har ingen nøkler", `href="/account"`)
	ends := regexp.MustCompile(`/account/sessions/(\w+)/end"`).FindAllStringSubmatch(page, -1)
	if len(ends) != 1 {
		t.Fatalf("%d sessions can be ended, want the other one", len(ends))
	}
	if got := s.visit(foreign, http.MethodPost, "/account/sessions/"+ends[0][1]+"/end", ""); got.Status != http.StatusSeeOther {
		t.Errorf("another's session: %d", got.Status)
	}
	if got := s.visit(there, http.MethodGet, "/account", ""); got.Status != http.StatusOK {
		t.Error("somebody else ended her session")
	}
	got := s.visit(here, http.MethodPost, "/account/sessions/"+ends[0][1]+"/end", "")
	if got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/account?done=session" {
		t.Errorf("ending the other: %d to %s", got.Status, got.Header.Get("Location"))
	}
	has(t, "afterwards", text(s.visit(here, http.MethodGet, "/account?done=session", "")), "Økten er avsluttet.")
	if got := s.visit(there, http.MethodGet, "/account", ""); got.Status != http.StatusSeeOther {
		t.Errorf("the ended session still opens the page: %d", got.Status)
	}
	s.session(contributorEmail)
	if got := s.visit(here, http.MethodPost, "/account/sessions/end-others", ""); got.Header.Get("Location") != "/account?done=sessions" {
		t.Errorf("ending the others: %d", got.Status)
	}
	hasNot(t, "alone", text(s.visit(here, http.MethodGet, "/account", "")), "/end\"", "end-others")
}

func TestOwnTokensPage(t *testing.T) {
	s := startServer(t)
	me := s.session(contributorEmail)
	bad := text(s.visit(me, http.MethodPost, "/account/tokens", fields("name", "", "reach", "write", "municipality", "tokke", "days", "9999")))
	has(t, "a bad form", bad, `href="#token-name"`, `href="#token-days"`, `id="token-name-error"`, `id="token-days-error"`, `value="write" checked`)
	bad = text(s.visit(me, http.MethodPost, "/account/tokens", fields("name", `Rapport "A"`, "reach", "read", "municipality", "tokke", "days", "30")))
	has(t, "a foreign municipality", bad, `id="token-municipality-error"`, `value="Rapport "A""`, `value="30" selected`, "Du har ingen rolle i denne kommunen.")

	got := s.visit(me, http.MethodPost, "/account/tokens", fields("name", "Rapport", "reach", "read", "municipality", "larvik", "days", "30"))
	shown := shownToken.FindStringSubmatch(text(got))
	if got.Status != http.StatusCreated || shown == nil || got.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("making one: %d %.300s", got.Status, got.Body)
	}
	page := text(s.visit(me, http.MethodGet, "/account", ""))
	has(t, "the list", page, "Rapport", "Bare lese, bare Larvik", "ikke ennå")
	hasNot(t, "the list", page, shown[1], shown[1][len(shown[1])-20:])
	if got := s.do(s.request(http.MethodGet, "/api/v1/tokens", "", "Authorization", "Bearer "+shown[1])); got.Status != http.StatusOK {
		t.Errorf("the token opens nothing: %d", got.Status)
	}
	ask := regexp.MustCompile(`href="(/account\?revoke=\w+)"`).FindStringSubmatch(page)
	if ask == nil {
		t.Fatal("it can't be revoked")
	}
	question := text(s.visit(me, http.MethodGet, ask[1], ""))
	has(t, "the question", question, "Trekke tilbake «Rapport»?")
	action := regexp.MustCompile(`action="(/account/tokens/\w+/revoke)"`).FindStringSubmatch(question)[1]
	s.visit(s.session(neighbourEmail), http.MethodPost, action, "")
	if got := s.do(s.request(http.MethodGet, "/api/v1/tokens", "", "Authorization", "Bearer "+shown[1])); got.Status != http.StatusOK {
		t.Error("somebody else revoked it")
	}
	if got := s.visit(me, http.MethodPost, action, ""); got.Header.Get("Location") != "/account?done=token" {
		t.Errorf("revoking: %d", got.Status)
	}
	if got := s.do(s.request(http.MethodGet, "/api/v1/tokens", "", "Authorization", "Bearer "+shown[1])); got.Status != http.StatusUnauthorized {
		t.Errorf("revoked, it opens with %d", got.Status)
	}
	if strings.Contains(s.Log.String(), shown[1]) {
		t.Error("the token is logged")
	}
}

// A token of one municipality reaches nothing of the other that its owner has a role in.
func TestANarrowTokenStaysInItsMunicipality(t *testing.T) {
	s := startServer(t)
	p, err := s.People.Change(t.Context(), s.person(coordinatorEmail).ID, func(p *org.Person) error {
		p.Grants = append(append([]org.Grant{}, p.Grants...), org.Grant{Role: org.Coordinator, Municipality: "porsgrunn", Region: p.Grants[0].Region})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	token := func(o auth.TokenOrder) string {
		o.Name, o.Days = "a", 1
		secret, _, err := s.Auth.MakeToken(t.Context(), auth.Caller{Person: p}, o)
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	for secret, want := range map[string][2]int{token(auth.TokenOrder{}): {200, 200}, token(auth.TokenOrder{Municipality: "larvik"}): {200, 403}, token(auth.TokenOrder{Municipality: "porsgrunn"}): {403, 200}} {
		for i, m := range []string{"larvik", "porsgrunn"} {
			if got := s.do(s.request(http.MethodGet, "/api/v1/assessments/"+string(s.openRound().ID)+"/"+m, "", "Authorization", "Bearer "+secret)); got.Status != want[i] {
				t.Errorf("%s: %d, want %d", m, got.Status, want[i])
			}
		}
	}
}

// A page that asks how long its session lasts does not make it last longer; what its reader does, does.
func TestHowLongASessionLasts(t *testing.T) {
	s := startServer(t)
	now := demoNow
	s.API.Auth = auth.New(s.People, func() time.Time { return now }).Lasting(10*time.Minute, 25*time.Minute)
	secret, err := s.API.Auth.SignIn(t.Context(), s.person(contributorEmail).ID)
	if err != nil {
		t.Fatal(err)
	}
	me := &http.Cookie{Name: sessionCookie, Value: secret}
	left := func(method string) (l sessionLeft) {
		t.Helper()
		got := s.visit(me, method, "/session", "", "Accept", "application/json")
		if got.Status != http.StatusOK {
			t.Fatalf("%d: %s", got.Status, got.Body)
		}
		got.into(t, &l)
		return l
	}
	has(t, "the page", text(s.visit(me, http.MethodGet, "/", "")), `data-left="600" data-most="1500"`)
	now = now.Add(6 * time.Minute)
	for range 2 {
		if l := left(http.MethodGet); l != (sessionLeft{240, 1140}) {
			t.Errorf("looking: %+v", l)
		}
	}
	if l := left(http.MethodPost); l != (sessionLeft{600, 1140}) {
		t.Errorf("staying: %+v", l)
	}
	now = now.Add(9 * time.Minute)
	s.visit(me, http.MethodGet, "/", "")
	now = now.Add(9 * time.Minute)
	if l := left(http.MethodPost); l != (sessionLeft{60, 60}) {
		t.Errorf("at the very end: %+v", l)
	}
	now = now.Add(time.Minute)
	if got := s.visit(me, http.MethodGet, "/session", "", "Accept", "application/json"); got.Status != http.StatusUnauthorized {
		t.Errorf("after the end: %d", got.Status)
	}
	if got := s.call(contributorEmail, http.MethodGet, "/session", ""); got.Status != http.StatusUnauthorized && string(got.Body) != `{"left":0,"most":0}` {
		t.Errorf("a token: %d %s", got.Status, got.Body)
	}
}
