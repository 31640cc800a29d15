package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"helhet/internal/auth"
	"helhet/internal/auth/oidctest"
	"helhet/internal/fault"
	"helhet/org"
)

// oidcServer is the server with issuers to sign in at: "one", a real provider, and whatever else a test adds.
type oidcServer struct {
	*testServer
	Dir   string
	One   *oidctest.Provider
	ahead atomic.Int64 // how far its clock for sign-ins runs ahead of the world's
}

// startOIDC starts it; change may alter what the settings say of the one issuer, and add others.
func startOIDC(t *testing.T, change func(s *oidcServer, one auth.Issuer) []auth.Issuer) *oidcServer {
	t.Helper()
	file, err := demoFile()
	if err != nil {
		t.Fatal(err)
	}
	s := &oidcServer{Dir: t.TempDir()}
	if err := os.WriteFile(filepath.Join(s.Dir, filepath.Base(file.name)), file.content, 0o600); err != nil {
		t.Fatal(err)
	}
	s.testServer = serverOn(t, s.Dir)
	s.One = oidctest.Start(t, s.URL+"/sign-in/one/callback")
	issuers := []auth.Issuer{{ID: "one", Name: "Issuer One", URL: s.One.URL, ClientID: oidctest.ClientID, ClientSecret: s.One.Secret, Kind: auth.OtherIssuer}}
	if change != nil {
		issuers = change(s, issuers[0])
	}
	now := func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }
	s.API.Demo, s.API.PublicURL = false, s.URL
	s.clock = now
	s.API.OIDC = auth.NewOIDC(s.DB, s.Auth, s.Accounts, auth.OIDCOptions{Issuers: issuers, PublicURL: s.URL, Now: now, Transport: &http.Transport{}})
	if err := s.DB.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *oidcServer) link(email, issuer, subject string) org.PersonID {
	s.t.Helper()
	person := s.person(email).ID
	if err := s.API.Accounts.LinkAccount(s.t.Context(), person, issuer, subject); err != nil {
		s.t.Fatal(err)
	}
	return person
}

// browser is a browser with cookies of its own, which goes one step at a time.
type browser struct {
	s   *oidcServer
	jar *cookiejar.Jar
}

func (s *oidcServer) browser() *browser {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{s, jar}
}

// send makes one request and follows nothing.
func (b *browser) send(method, address, body string) reply {
	b.s.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.s.URL + address
	}
	req, err := http.NewRequestWithContext(b.s.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		b.s.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	client := &http.Client{Jar: b.jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(req)
	if err != nil {
		b.s.t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		b.s.t.Fatal(err)
	}
	return reply{Status: answer.StatusCode, Header: answer.Header, Body: content}
}

// begin presses an issuer's button, and goes through its pages up to the answer: the address it sends the browser back to.
func (b *browser) begin(issuer string, form ...string) string {
	b.s.t.Helper()
	if len(form) == 0 || form[0] != "return" {
		form = append(form, "return", "/hand-in")
	}
	got := b.send(http.MethodPost, "/sign-in/"+issuer, fields(form...))
	if got.Status != http.StatusSeeOther {
		b.s.t.Fatalf("beginning at %s: %d %.800s", issuer, got.Status, got.Body)
	}
	address := got.Header.Get("Location")
	for range 5 {
		if strings.HasPrefix(address, b.s.URL+"/") {
			return address
		}
		got = b.send(http.MethodGet, address, "")
		next, err := url.Parse(got.Header.Get("Location"))
		if err != nil || got.Status != http.StatusFound {
			b.s.t.Fatalf("at the issuer, %s: %d %.500s", address, got.Status, got.Body)
		}
		base, err := url.Parse(address)
		if err != nil {
			b.s.t.Fatal(err)
		}
		address = base.ResolveReference(next).String()
	}
	b.s.t.Fatalf("the issuer leads nowhere: %s", address)
	return ""
}

// signIn goes all the way, and gives the answer to the callback.
func (b *browser) signIn(issuer string, form ...string) reply {
	b.s.t.Helper()
	return b.send(http.MethodGet, b.begin(issuer, form...), "")
}

// session is the secret of the browser's session, "" when it has none.
func (b *browser) session() string {
	u, err := url.Parse(b.s.URL)
	if err != nil {
		b.s.t.Fatal(err)
	}
	for _, c := range b.jar.Cookies(u) {
		if c.Name == sessionCookie {
			return c.Value
		}
	}
	return ""
}

// signedInAs is whom the pages take the browser for, "" for nobody.
func (b *browser) signedInAs() org.PersonID {
	b.s.t.Helper()
	person, err := b.s.Auth.BySession(b.s.t.Context(), b.session())
	if fault.CodeOf(err) == fault.Unauthenticated {
		return ""
	}
	if err != nil {
		b.s.t.Fatal(err)
	}
	return person.ID
}

// wantRefused holds that a sign-in came to nothing, and that the page says why and how to go on.
func (s *oidcServer) wantRefused(t *testing.T, b *browser, got reply, status int, key string, args ...any) {
	t.Helper()
	if got.Status != status || b.signedInAs() != "" {
		t.Errorf("%d, signed in as %q; want %d and nobody: %.500s", got.Status, b.signedInAs(), status, got.Body)
	}
	page := html.UnescapeString(string(got.Body))
	has(t, "the page", page, s.Texts.For("en").T(key, args...), `action="/sign-in/one"`)
	if policy := got.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' https: "+s.One.URL+";") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("its policy is %s", policy)
	}
}

// english makes a browser read English.
func (b *browser) english() *browser {
	b.s.t.Helper()
	b.send(http.MethodPost, "/preferences/language", fields("language", "en", "return", "/"))
	return b
}

func TestOIDCSignIn(t *testing.T) {
	s := startOIDC(t, nil)
	kari := s.link(coordinatorEmail, s.One.URL, "sub-kari")
	s.One.Set(oidctest.Settings{Subject: "sub-kari", Claims: map[string]any{"email": leadEmail, "email_verified": true}})
	b := s.browser().english()
	page := b.send(http.MethodGet, "/sign-in?return=%2Frounds", "")
	has(t, "the page", string(page.Body), `action="/sign-in/one"`, "Sign in with Issuer One", `name="return" value="/rounds"`)

	// What the issuer is asked.
	got := b.send(http.MethodPost, "/sign-in/one", fields("return", "/rounds"))
	asked, err := url.Parse(got.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	q := asked.Query()
	if q.Get("response_type") != "code" || q.Get("response_mode") != "query" || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 ||
		len(q.Get("state")) < 26 || len(q.Get("nonce")) < 26 || q.Get("redirect_uri") != s.URL+"/sign-in/one/callback" || q.Get("scope") != "openid" || q.Get("ui_locales") != "en" {
		t.Errorf("asked %s", asked)
	}
	if c := cookies(got)[signInCookie]; c == nil || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge != 600 {
		t.Errorf("the binding cookie: %v", c)
	}

	got = b.signIn("one")
	session := cookies(got)[sessionCookie]
	if got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/hand-in" || session == nil || b.signedInAs() != kari {
		t.Fatalf("signing in: %d to %s as %q: %.500s", got.Status, got.Header.Get("Location"), b.signedInAs(), got.Body)
	}
	if !session.HttpOnly || session.SameSite != http.SameSiteLaxMode || session.Path != "/" || session.Domain != "" {
		t.Errorf("the session's cookie: %v", session)
	}
	if got := b.send(http.MethodGet, "/hand-in", ""); got.Status != http.StatusOK {
		t.Errorf("the page she came for: %d", got.Status)
	}

	// A new session every time, and the earlier one of this browser is over: nothing planted survives.
	first := b.session()
	s.link(leaderEmail, s.One.URL, "sub-liv")
	s.One.Set(oidctest.Settings{Subject: "sub-liv"})
	b.signIn("one")
	if b.signedInAs() != s.person(leaderEmail).ID || b.session() == first {
		t.Errorf("another signs in: %q", b.signedInAs())
	}
	if _, err := s.Auth.BySession(t.Context(), first); fault.CodeOf(err) != fault.Unauthenticated {
		t.Errorf("the earlier session: %v", err)
	}

	// Signing out here offers to sign out there.
	got = b.send(http.MethodPost, "/sign-out", "")
	if got.Header.Get("Location") != "/sign-in?out=one" || b.signedInAs() != "" {
		t.Fatalf("signing out leads to %s", got.Header.Get("Location"))
	}
	page = b.send(http.MethodGet, got.Header.Get("Location"), "")
	has(t, "after signing out", html.UnescapeString(string(page.Body)), "may still be signed in at Issuer One", `href="`+s.One.URL+"/end_session?client_id=helhet")
	hasNot(t, "an unknown issuer", string(b.send(http.MethodGet, "/sign-in?out=nosuch", "").Body), "signed out")
}

// Whatever is wrong with an answer or a token, nobody gets in.
func TestOIDCSpoiledAnswers(t *testing.T) {
	s := startOIDC(t, nil)
	s.link(coordinatorEmail, s.One.URL, "sub-kari")
	text := func(s string) *string { return &s }
	name := []any{"issuer", "Issuer One"}
	for what, c := range map[string]struct {
		set    oidctest.Settings
		status int
		key    string
		cause  string // in the log
	}{
		"wrong audience":       {oidctest.Settings{Override: map[string]any{"aud": "somebody-else"}}, 403, "error.sign-in.token", "expected audience"},
		"another party":        {oidctest.Settings{Override: map[string]any{"azp": "somebody-else"}}, 403, "error.sign-in.token", "another party"},
		"two and no party":     {oidctest.Settings{Override: map[string]any{"aud": []string{"x", oidctest.ClientID}, "azp": nil}}, 403, "error.sign-in.token", "another party"},
		"another issuer":       {oidctest.Settings{Override: map[string]any{"iss": "https://evil.example"}}, 403, "error.sign-in.token", "different provider"},
		"no subject":           {oidctest.Settings{Override: map[string]any{"sub": nil}}, 403, "error.sign-in.token", "no subject"},
		"no end":               {oidctest.Settings{Override: map[string]any{"exp": nil}}, 403, "error.sign-in.token", "token is expired"},
		"a claim of no use":    {oidctest.Settings{Override: map[string]any{"sid": 7}}, 403, "error.sign-in.token", "claims cannot be read"},
		"not signed":           {oidctest.Settings{Algorithm: "none"}, 403, "error.sign-in.token", "malformed jwt"},
		"signed by the secret": {oidctest.Settings{Algorithm: "HS256"}, 403, "error.sign-in.token", "malformed jwt"},
		"expired":              {oidctest.Settings{Lifetime: -60}, 403, "error.sign-in.token", "token is expired"},
		"no nonce":             {oidctest.Settings{Nonce: text("")}, 403, "error.sign-in.token", "another nonce"},
		"another nonce":        {oidctest.Settings{Nonce: text("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}, 403, "error.sign-in.token", "another nonce"},
		"foreign key":          {oidctest.Settings{Foreign: true}, 403, "error.sign-in.token", "failed to verify"},
		"answer of another":    {oidctest.Settings{ISS: "https://evil.example"}, 403, "error.sign-in.token", "answer of another issuer"},
		"cancelled":            {oidctest.Settings{Deny: "access_denied"}, 403, "error.sign-in.denied", "answered with an error"},
		"error":                {oidctest.Settings{Deny: "server_error"}, 403, "error.sign-in.token", "answered with an error"},
		"token endpoint down":  {oidctest.Settings{TokensDown: true}, 503, "error.sign-in.unavailable", "cannot be used"},
	} {
		t.Run(what, func(t *testing.T) {
			c.set.Subject = "sub-kari"
			s.One.Set(c.set)
			s.Log.Reset()
			b := s.browser().english()
			s.wantRefused(t, b, b.signIn("one"), c.status, c.key, name...)
			if !strings.Contains(s.Log.String(), "sign-in refused") || !strings.Contains(s.Log.String(), c.cause) || strings.Contains(s.Log.String(), "sub-kari") {
				t.Errorf("the log: %s", s.Log)
			}
		})
	}
	for what, set := range map[string]oidctest.Settings{
		"good":                         {},
		"its own iss":                  {ISS: s.One.URL},
		"for two, and the azp is ours": {Audience: []string{"another"}},
	} {
		set.Subject = "sub-kari"
		s.One.Set(set)
		b := s.browser()
		if got := b.signIn("one"); b.signedInAs() == "" {
			t.Errorf("%s: %d %.300s", what, got.Status, got.Body)
		}
	}
}

func TestOIDCChangedKeys(t *testing.T) {
	s := startOIDC(t, nil)
	s.link(coordinatorEmail, s.One.URL, "sub-kari")
	for _, rotate := range []bool{false, true, true} {
		s.One.Set(oidctest.Settings{Subject: "sub-kari", Rotate: rotate})
		b := s.browser()
		if got := b.signIn("one"); b.signedInAs() == "" {
			t.Errorf("after rotation %t: %d %.500s", rotate, got.Status, got.Body)
		}
	}
	s.One.Set(oidctest.Settings{Subject: "sub-kari", Foreign: true})
	b := s.browser().english()
	s.wantRefused(t, b, b.signIn("one"), 403, "error.sign-in.token", "issuer", "Issuer One")
}

// An answer is used once, by the browser that began, at the issuer where it began, and soon.
func TestOIDCReplayAndOthersAnswers(t *testing.T) {
	var two *oidctest.Provider
	s := startOIDC(t, func(s *oidcServer, one auth.Issuer) []auth.Issuer {
		two = oidctest.Start(t, s.URL+"/sign-in/two/callback")
		return []auth.Issuer{one, {ID: "two", Name: "Issuer Two", URL: two.URL, ClientID: oidctest.ClientID, ClientSecret: two.Secret, Kind: auth.OtherIssuer}}
	})
	kari := s.link(coordinatorEmail, s.One.URL, "sub-kari")
	s.One.Set(oidctest.Settings{Subject: "sub-kari"})
	two.Set(oidctest.Settings{Subject: "sub-kari"})
	const again = "error.sign-in.state"
	page := func(b *browser, address string) reply { return b.send(http.MethodGet, address, "") }
	text := s.Texts.For("en").T(again)
	refused := func(what string, b *browser, got reply) {
		t.Helper()
		if got.Status != http.StatusForbidden || cookies(got)[sessionCookie] != nil {
			t.Errorf("%s: %d as %q", what, got.Status, b.signedInAs())
		}
	}

	b := s.browser().english()
	answer := b.begin("one")
	if page(b, answer); b.signedInAs() != kari {
		t.Fatal("not signed in")
	}
	got := page(b, answer)
	refused("an answer used before", b, got)
	has(t, "its page", html.UnescapeString(string(got.Body)), text)

	// The code of one answer with the state of another.
	used, fresh := query(t, answer), query(t, b.begin("one"))
	fresh.Set("code", used.Get("code"))
	refused("a code used before", b, page(b, "/sign-in/one/callback?"+fresh.Encode()))

	// Another browser's answer: somebody would be signed in as somebody else without noticing.
	mallory, victim := s.browser().english(), s.browser().english()
	answer = mallory.begin("one")
	refused("another browser's state", victim, page(victim, answer))
	victim.begin("one") // with a cookie of its own
	refused("another browser's state", victim, page(victim, answer))
	if page(mallory, answer); mallory.signedInAs() != kari {
		t.Error("the browser that began can't go on")
	}

	// Two issuers, mixed up: the answer of one at the other's address, and one that says it is the other's.
	b = s.browser().english()
	answer = b.begin("one")
	refused("one's answer at two", b, page(b, strings.Replace(answer, "/sign-in/one/", "/sign-in/two/", 1)))
	if !strings.Contains(s.Log.String(), "sign-in at another issuer") { // and not two's own refusal of a code that should not have got there
		t.Errorf("one's code was sent to two: %s", s.Log)
	}
	refused("and then at one", b, page(b, answer))
	s.One.Set(oidctest.Settings{Subject: "sub-kari", ISS: two.URL})
	refused("an answer that says it is two's", b, b.signIn("one"))
	s.One.Set(oidctest.Settings{Subject: "sub-kari"})
	// Two says the same subject: that is another account.
	if got := b.signIn("two"); got.Header.Get("Location") != "/sign-in/access" || b.signedInAs() != "" {
		t.Errorf("two's sub-kari is %q, and led to %s", b.signedInAs(), got.Header.Get("Location"))
	}

	// Answers that nobody sent.
	b = s.browser().english()
	for _, q := range []string{"", "state=", "state=ABCDEFGHIJKLMNOPQRSTUVWXYZ&code=x", "code=x", "error=access_denied", "state=a&state=b", "state=%00", "state=" + strings.Repeat("x", 3000)} {
		refused(q, b, page(b, "/sign-in/one/callback?"+q))
	}
	if got := page(b, "/sign-in/one/callback?a=%zz"); got.Status != http.StatusBadRequest {
		t.Errorf("a query that is none: %d", got.Status)
	}
	if got := page(b, "/sign-in/nosuch/callback?state=x"); got.Status != http.StatusNotFound {
		t.Errorf("an issuer that is none: %d", got.Status)
	}

	answer = b.begin("one")
	s.ahead.Store(int64(auth.SignInLength))
	got = page(b, answer)
	refused("too late", b, got)
	has(t, "too late", html.UnescapeString(string(got.Body)), text) // and not because the token is too old as well
	s.ahead.Store(0)

	// Two at once: one of them gets in.
	answer = b.begin("one")
	var in atomic.Int32
	var both sync.WaitGroup
	for range 6 {
		both.Go(func() {
			if cookies(page(b, answer))[sessionCookie] != nil {
				in.Add(1)
			}
		})
	}
	both.Wait()
	if in.Load() != 1 {
		t.Errorf("one answer led to %d sessions", in.Load())
	}
}

func query(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// The level of assurance is checked, the organisation fills in a form, and the pid is nowhere.
func TestOIDCAnsattporten(t *testing.T) {
	s := startOIDC(t, func(_ *oidcServer, one auth.Issuer) []auth.Issuer {
		one.Kind, one.ACRValues = auth.Ansattporten, []string{"substantial"}
		one.AuthorizationDetails = `[{"type":"ansattporten:altinn:service"}]`
		return []auth.Issuer{one}
	})
	larvik, _ := s.API.Register.Get("larvik")
	const pid, name = "45840375084", "Kari Testesen"
	set := oidctest.Settings{Subject: "sub-kari", ACR: "low", Claims: map[string]any{
		"pid": pid, "name": name, "sid": "sid-1",
		"authorization_details": []any{map[string]any{"type": "ansattporten:altinn:service", "avgiver": []any{map[string]any{"Authority": "iso6523-actorid-upis", "ID": "0192:" + larvik.OrganisationNumber}}}},
	}}
	for _, acr := range []string{"low", "", "idporten-loa-low"} {
		set.ACR = acr
		s.One.Set(set)
		b := s.browser().english()
		s.wantRefused(t, b, b.signIn("one"), 403, "error.sign-in.level", "issuer", "Issuer One")
	}
	set.ACR = "high"
	s.One.Set(set)
	b := s.browser().english()
	asked := b.send(http.MethodPost, "/sign-in/one", fields("return", "/"))
	if q := query(t, asked.Header.Get("Location")); q.Get("acr_values") != "substantial" || q.Get("authorization_details") != `[{"type":"ansattporten:altinn:service"}]` {
		t.Errorf("asked %v", q)
	}
	if got := b.signIn("one"); got.Header.Get("Location") != "/sign-in/access" {
		t.Fatalf("an unknown account: %d to %s %.300s", got.Status, got.Header.Get("Location"), got.Body)
	}
	page := string(b.send(http.MethodGet, "/sign-in/access", "").Body)
	has(t, "the page", page, "You are signed in at Issuer One, but don’t have access", `value="`+name+`"`, `<option value="larvik" selected>`)
	b.send(http.MethodPost, "/sign-in/access", fields("name", name, "email", "kari@example.org", "municipality", "larvik"))

	s.link(coordinatorEmail, s.One.URL, "sub-kari")
	if b.signIn("one"); b.signedInAs() != s.person(coordinatorEmail).ID {
		t.Error("not signed in")
	}
	set.Nonce = new(string) // refused, and logged
	s.One.Set(set)
	b.signIn("one")

	if s.holds(t, pid) {
		t.Error("the pid is in the database")
	}
	if !s.holds(t, name) || !s.holds(t, "sub-kari") {
		t.Error("the scan of the database finds nothing")
	}
	for _, secret := range []string{pid, "sub-kari", name, "sid-1", s.One.Secret} {
		if strings.Contains(s.Log.String(), secret) {
			t.Errorf("the log holds %q: %s", secret, s.Log)
		}
	}
	if !strings.Contains(s.Log.String(), "sign-in refused") {
		t.Error("refusals are not logged")
	}
}

// holds tells whether a text stands in the database's files, as it is or within a token.
func (s *oidcServer) holds(t *testing.T, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.Dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	forms := [][]byte{[]byte(text)}
	for shift := range 3 { // wherever it stands in a token's base64
		encoded := base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + text))
		forms = append(forms, []byte(encoded[4:len(encoded)-4]))
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range forms {
			if bytes.Contains(content, form) {
				return true
			}
		}
	}
	return false
}

func TestOIDCEntra(t *testing.T) {
	const tenant, object = "11111111-2222-3333-4444-555555555555", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
	s := startOIDC(t, func(_ *oidcServer, one auth.Issuer) []auth.Issuer {
		one.Kind, one.URL = auth.Entra, one.URL+"/organizations/v2.0"
		return []auth.Issuer{one}
	})
	iss := s.One.URL + "/" + tenant + "/v2.0"
	kari := s.link(coordinatorEmail, iss, tenant+"/"+object)
	claims := func(tid, oid string) map[string]any {
		return map[string]any{"tid": tid, "oid": oid, "email": leadEmail, "preferred_username": leadEmail}
	}
	s.One.Set(oidctest.Settings{Subject: "pairwise", Tenant: tenant, Claims: claims(tenant, object)})
	b := s.browser()
	if got := b.signIn("one"); b.signedInAs() != kari {
		t.Fatalf("%d %.500s", got.Status, got.Body)
	}
	for what, set := range map[string]oidctest.Settings{
		"another tenant's tid":  {Tenant: tenant, Claims: claims("99999999-2222-3333-4444-555555555555", object)},
		"no tid":                {Tenant: tenant, Claims: claims("", object)},
		"no oid":                {Tenant: tenant, Claims: claims(tenant, "")},
		"a tenant that is none": {Tenant: "evil", Claims: claims("evil", object)},
		"another issuer's":      {Tenant: tenant, Claims: claims(tenant, object), Override: map[string]any{"iss": "https://evil.example/" + tenant + "/v2.0"}},
	} {
		set.Subject = "pairwise"
		s.One.Set(set)
		b := s.browser()
		if got := b.signIn("one"); got.Status != http.StatusForbidden || b.signedInAs() != "" {
			t.Errorf("%s: %d as %q", what, got.Status, b.signedInAs())
		}
	}
	// The same object number in another tenant is somebody else.
	other := "99999999-2222-3333-4444-555555555555"
	s.One.Set(oidctest.Settings{Subject: "pairwise", Tenant: other, Claims: claims(other, object)})
	b = s.browser()
	if got := b.signIn("one"); got.Header.Get("Location") != "/sign-in/access" || b.signedInAs() != "" {
		t.Errorf("another tenant's object: %d as %q", got.Status, b.signedInAs())
	}
}

func TestOIDCFrontChannel(t *testing.T) {
	s := startOIDC(t, nil)
	kari := s.link(coordinatorEmail, s.One.URL, "sub-kari")
	signIn := func(sid string) *browser {
		t.Helper()
		s.One.Set(oidctest.Settings{Subject: "sub-kari", Claims: map[string]any{"sid": sid}})
		b := s.browser()
		if b.signIn("one"); b.signedInAs() != kari {
			t.Fatal("not signed in")
		}
		return b
	}
	out := func(iss, sid string) reply {
		return s.browser().send(http.MethodGet, "/sign-in/one/front-channel?"+url.Values{"iss": {iss}, "sid": {sid}}.Encode(), "")
	}
	ward, desk := signIn("sid-ward"), signIn("sid-desk")

	for what, got := range map[string]reply{"another iss": out("https://evil.example", "sid-ward"), "no sid": out(s.One.URL, ""), "nothing": out("", "")} {
		if got.Status != http.StatusBadRequest || got.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %d, %v", what, got.Status, got.Header)
		}
	}
	if got := out(s.One.URL, "sid-nosuch"); got.Status != http.StatusOK {
		t.Errorf("an unknown sid: %d", got.Status)
	}
	if ward.signedInAs() != kari || desk.signedInAs() != kari {
		t.Fatal("somebody else's sign-out ended a session")
	}
	s.relay()
	hasNot(t, "the history", string(s.browse(adminEmail, http.MethodGet, "/audit.csv", "").Body), "session.ended")
	got := out(s.One.URL, "sid-ward")
	if got.Status != http.StatusOK || ward.signedInAs() != "" || desk.signedInAs() != kari {
		t.Errorf("%d: at the ward %q, at the desk %q", got.Status, ward.signedInAs(), desk.signedInAs())
	}
	s.relay()
	has(t, "the history", string(s.browse(adminEmail, http.MethodGet, "/audit.csv", "").Body), "session.ended")
	policy := got.Header.Get("Content-Security-Policy")
	if !strings.HasSuffix(policy, "frame-ancestors "+s.One.URL) || got.Header.Get("X-Frame-Options") != "" || got.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("framing: %q, %v", policy, got.Header)
	}
	if got := s.browser().send(http.MethodGet, "/sign-in/nosuch/front-channel?iss=x&sid=y", ""); got.Status != http.StatusNotFound || got.Header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("an unknown issuer: %d", got.Status)
	}
}

func TestOIDCNoOpenRedirect(t *testing.T) {
	s := startOIDC(t, nil)
	s.link(coordinatorEmail, s.One.URL, "sub-kari")
	s.One.Set(oidctest.Settings{Subject: "sub-kari"})
	b := s.browser()
	for _, to := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "javascript:alert(1)", "/\t/evil.example", "/\r\nLocation: https://evil.example", ""} {
		if got := b.signIn("one", "return", to); got.Header.Get("Location") != "/" || b.signedInAs() == "" {
			t.Errorf("return %q leads to %q", to, got.Header.Get("Location"))
		}
	}
	if got := b.send(http.MethodPost, "/sign-in/one", fields("return", "/"+strings.Repeat("x", 5000))); got.Status != http.StatusBadRequest {
		t.Errorf("a long way back: %d", got.Status)
	}
}

func TestOIDCIssuerDown(t *testing.T) {
	s := startOIDC(t, nil)
	kari := s.link(coordinatorEmail, s.One.URL, "sub-kari")
	s.One.Set(oidctest.Settings{Down: true})
	b := s.browser().english()
	if got := b.send(http.MethodGet, "/sign-in", ""); got.Status != http.StatusOK {
		t.Errorf("the sign-in page: %d", got.Status)
	}
	got := b.send(http.MethodPost, "/sign-in/one", fields("return", "/rounds", "invitation", "secret"))
	s.wantRefused(t, b, got, http.StatusServiceUnavailable, "error.sign-in.unavailable", "issuer", "Issuer One")
	has(t, "the way to try again", string(got.Body), `name="return" value="/rounds"`, `name="invitation" value="secret"`, `href="/sign-in?return=%2Frounds"`)
	s.One.Set(oidctest.Settings{Subject: "sub-kari"})
	if got := b.send(http.MethodPost, "/sign-in/one", fields("return", "/")); got.Status != http.StatusServiceUnavailable {
		t.Errorf("an issuer that has just failed is asked again at once: %d", got.Status)
	}
	s.ahead.Store(int64(6 * time.Second))
	if b.signIn("one"); b.signedInAs() != kari {
		t.Error("an issuer that is back is not used")
	}
}

func TestOIDCInvitation(t *testing.T) {
	s := startOIDC(t, nil)
	invited := map[string]org.PersonID{"for-kari": s.person(coordinatorEmail).ID, "for-liv": s.person(leaderEmail).ID}
	accepted := map[string]string{} // secret to subject
	var seen []auth.Verified
	s.API.Accept = func(_ context.Context, secret string, who auth.Verified) (org.PersonID, error) {
		seen = append(seen, who)
		person, ok := invited[secret]
		if !ok || accepted[secret] != "" && accepted[secret] != who.Subject || who.Person != "" && who.Person != person {
			return "", fault.New(fault.NotFound, "test", "error.not-found")
		}
		accepted[secret] = who.Subject
		return person, nil
	}
	s.One.Set(oidctest.Settings{Subject: "sub-kari", Claims: map[string]any{"email": coordinatorEmail, "email_verified": true}})
	b := s.browser().english()
	if got := b.signIn("one"); got.Header.Get("Location") != "/sign-in/access" || b.signedInAs() != "" || len(seen) != 0 {
		t.Fatalf("an e-mail claim lets somebody in: %q", b.signedInAs())
	}
	got := b.signIn("one", "invitation", "for-kari")
	if b.signedInAs() != invited["for-kari"] || got.Header.Get("Location") != "/hand-in" {
		t.Fatalf("with the invitation: %d as %q", got.Status, b.signedInAs())
	}
	if who := seen[0]; who.Issuer != s.One.URL || who.Subject != "sub-kari" || who.IssuerID != "one" || who.Person != "" {
		t.Errorf("the invitation heard of %+v", who)
	}
	again := s.browser()
	if again.signIn("one"); again.signedInAs() != invited["for-kari"] {
		t.Error("the account is not linked")
	}
	// Cut off between the invitation and the link, it is tried again.
	s.One.Set(oidctest.Settings{Subject: "sub-liv"})
	accepted["for-liv"] = "sub-liv"
	liv := s.browser()
	if liv.signIn("one", "invitation", "for-liv"); liv.signedInAs() != invited["for-liv"] {
		t.Error("an invitation that was cut off can't be used again")
	}
	// Somebody else with the same letter.
	s.One.Set(oidctest.Settings{Subject: "sub-mallory"})
	mallory := s.browser().english()
	got = mallory.signIn("one", "invitation", "for-kari")
	if mallory.signedInAs() != "" || got.Header.Get("Location") != "/sign-in/access?invitation=spent" {
		t.Fatalf("somebody else: %q to %s", mallory.signedInAs(), got.Header.Get("Location"))
	}
	has(t, "the page", string(mallory.send(http.MethodGet, "/sign-in/access?invitation=spent", "").Body), "can no longer be used")
	// Who has an account signs in as herself, whatever letter she brings.
	s.One.Set(oidctest.Settings{Subject: "sub-kari"})
	kari := s.browser()
	if kari.signIn("one", "invitation", "for-liv"); kari.signedInAs() != invited["for-kari"] {
		t.Errorf("with another's letter Kari is %q", kari.signedInAs())
	}
	if s.holds(t, "for-mallory") || strings.Contains(s.Log.String(), "for-kari") {
		t.Error("a secret is logged")
	}
	// Who is not active any more stays out.
	if _, err := s.People.Change(t.Context(), invited["for-kari"], func(p *org.Person) error { p.Inactive = true; return nil }); err != nil {
		t.Fatal(err)
	}
	b = s.browser()
	if got := b.signIn("one"); got.Status != http.StatusForbidden || b.signedInAs() != "" {
		t.Errorf("who is inactive: %d as %q", got.Status, b.signedInAs())
	}
}

// Who is here already comes by another way too when she is invited to the role she has. Only then does a coordinator switch e-mail off: she
// would shut herself out.
func TestOIDCLinksWhoIsHere(t *testing.T) {
	s := startOIDC(t, nil)
	s.API.Accept = func(ctx context.Context, secret string, who auth.Verified) (org.PersonID, error) {
		return s.API.Invitations.Accept(ctx, secret, org.Acceptance{Name: who.Name, Person: who.Person})
	}
	person := s.person(contributorEmail)
	if got := s.browse(coordinatorEmail, http.MethodPost, "/people", fields("view", "municipality", "name", "Finn", "email", contributorEmail, "role", "contributor")); got.Status != http.StatusSeeOther {
		t.Fatalf("she is invited: %d %.300s", got.Status, got.Body)
	}
	secret := inviteLink.FindStringSubmatch(s.mails()[0].Text)[1]
	s.session(contributorEmail) // she has been here
	invited, again := s.browser().english(), s.browser()
	page := string(invited.send(http.MethodGet, "/invitations/"+secret, "").Body)
	has(t, "the invitation", page, "have the role", `action="/sign-in/one"`)
	hasNot(t, "the invitation", page, `action="/invitations/`)
	s.One.Set(oidctest.Settings{Subject: "sub-finn"})
	if invited.signIn("one", "invitation", secret); invited.signedInAs() != person.ID {
		t.Errorf("with the invitation: %q", invited.signedInAs())
	}
	if mails := s.mails(); len(mails) != 1 || mails[0].To != contributorEmail || !strings.Contains(mails[0].Text, "Issuer One") {
		t.Errorf("she is told %+v", mails)
	}
	if again.signIn("one"); len(s.mails()) != 0 || again.signedInAs() != person.ID || len(s.person(contributorEmail).Grants) != len(person.Grants) {
		t.Errorf("afterwards: %q with %v", again.signedInAs(), s.person(contributorEmail).Grants)
	}
	// A newcomer has no way in yet that another could be told beside.
	s.browse(coordinatorEmail, http.MethodPost, "/people", fields("view", "municipality", "name", "Ny", "email", "ny@example.org", "role", "contributor"))
	secret = inviteLink.FindStringSubmatch(s.mails()[0].Text)[1]
	s.One.Set(oidctest.Settings{Subject: "sub-ny"})
	newcomer := s.browser()
	if newcomer.signIn("one", "invitation", secret); newcomer.signedInAs() == "" || newcomer.signedInAs() == person.ID {
		t.Errorf("the newcomer is %q", newcomer.signedInAs())
	}
	if mails := s.mails(); len(mails) != 0 {
		t.Errorf("the newcomer is told %+v", mails)
	}
	switchOff := func(want int) {
		t.Helper()
		if got := s.browse(coordinatorEmail, http.MethodPost, "/people/email-sign-in", fields("allowed", "no")); got.Status != want {
			t.Errorf("switching e-mail off: %d, want %d", got.Status, want)
		}
		shown := strings.Contains(text(s.browse(coordinatorEmail, http.MethodGet, "/people", "")), s.text("error.email-sign-in.you"))
		if shown != (want == http.StatusConflict) {
			t.Errorf("the page says that she would shut herself out: %t", shown)
		}
	}
	switchOff(http.StatusConflict)
	s.link(coordinatorEmail, s.One.URL, "sub-kari")
	switchOff(http.StatusSeeOther)
}

// An account that somebody linked who had another's invitation passed on by hand opens nothing any more once she whose address it is has come
// by what was sent there; linked anew it does.
func TestOIDCAccountLinkedBeforeItsPersonCame(t *testing.T) {
	s := startOIDC(t, nil)
	person := s.link(contributorEmail, s.One.URL, "sub-finn")
	s.One.Set(oidctest.Settings{Subject: "sub-finn"})
	change := func(do func(p *org.Person) error) {
		t.Helper()
		if _, err := s.People.Change(t.Context(), person, do); err != nil {
			t.Fatal(err)
		}
	}
	change(func(p *org.Person) error { p.Unproven = true; return nil })
	before := s.browser()
	if before.signIn("one"); before.signedInAs() != person {
		t.Fatal("before anybody has come by the address the account opens nothing")
	}
	if _, err := s.People.Prove(t.Context(), person, time.Now().UTC().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if id := before.signedInAs(); id != "" {
		t.Errorf("the session from before is still %s", id)
	}
	after := s.browser()
	if got := after.signIn("one"); got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/sign-in/access" || after.signedInAs() != "" {
		t.Errorf("the account still opens: %d to %q as %q", got.Status, got.Header.Get("Location"), after.signedInAs())
	}
	s.ahead.Store(int64(2 * time.Second))
	s.link(contributorEmail, s.One.URL, "sub-finn")
	anew := s.browser()
	if anew.signIn("one"); anew.signedInAs() != person {
		t.Error("linked anew the account opens nothing")
	}
}

func TestOIDCAskForAccess(t *testing.T) {
	s := startOIDC(t, nil)
	s.One.Set(oidctest.Settings{Subject: "sub-ny"})
	b := s.browser().english()
	if got := b.send(http.MethodGet, "/sign-in/access", ""); got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/sign-in" {
		t.Errorf("nobody has arrived: %d", got.Status)
	}
	if got := b.send(http.MethodPost, "/sign-in/access", fields("name", "N", "email", "n@example.org", "municipality", "larvik")); got.Status != http.StatusUnauthorized {
		t.Errorf("nobody asks: %d", got.Status)
	}
	got := b.signIn("one")
	if c := cookies(got)[arrivalCookie]; c == nil || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("the cookie: %v", c)
	}
	got = b.send(http.MethodPost, "/sign-in/access", fields("name", " ", "email", "no address", "municipality", "atlantis", "message", strings.Repeat("å", 501)))
	page := string(got.Body)
	if got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a bad form: %d", got.Status)
	}
	has(t, "a bad form", page, `id="name-error"`, `id="email-error"`, `id="municipality-error"`, `id="message-error"`, `href="#email"`, `value="no address"`)
	if got := b.send(http.MethodPost, "/sign-in/access", fields("name", "Ny\r\nBcc: x", "email", "ny@example.org", "municipality", "larvik")); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a name of two lines: %d", got.Status)
	}
	numbered := []string{"name", "Ny Ansatt", "email", "ny@example.org", "municipality", "tokke", "message", "Jeg er " + testNumber}
	got = b.send(http.MethodPost, "/sign-in/access", fields(numbered...))
	has(t, "a fødselsnummer", string(got.Body), "Jeg er "+testNumber, `href="#message"`, `name="confirmNumber" value="yes"`)
	if got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a fødselsnummer: %d", got.Status)
	}
	if _, err := s.Access.Get(t.Context(), auth.AccountID(s.One.URL, "sub-ny")); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("it is stored before she says so: %v", err)
	}
	if got := b.send(http.MethodPost, "/sign-in/access", fields(append(numbered, "confirmNumber", "yes")...)); got.Status != http.StatusSeeOther {
		t.Errorf("confirmed: %d", got.Status)
	}
	ask := func(municipality, message string) {
		t.Helper()
		got := b.send(http.MethodPost, "/sign-in/access", fields("name", "Ny Ansatt", "email", "Ny@Example.org", "municipality", municipality, "message", message))
		if got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/sign-in/access" {
			t.Fatalf("asking: %d to %s %.300s", got.Status, got.Header.Get("Location"), got.Body)
		}
	}
	ask("larvik", "Hei <b>")
	ask("larvik", "Hei <b>")
	page = string(b.send(http.MethodGet, "/sign-in/access", "").Body)
	has(t, "afterwards", page, "You asked for access to Larvik", "Hei &lt;b&gt;", `<option value="larvik" selected>`)
	if b.signedInAs() != "" {
		t.Error("who asked is signed in")
	}

	ctx := t.Context()
	list, _, err := s.Access.List(ctx, s.person(coordinatorEmail).Actor(), "larvik", 10, "")
	if err != nil || len(list) != 1 || list[0].Email != "ny@example.org" || list[0].Subject != "sub-ny" || list[0].Issuer != s.One.URL || list[0].ID != auth.AccountID(s.One.URL, "sub-ny") {
		t.Fatalf("the coordinator sees %+v (%v)", list, err)
	}
	if list, _, err := s.Access.List(ctx, s.person(leadEmail).Actor(), "tokke", 10, ""); err != nil || len(list) != 0 {
		t.Errorf("it stands in two municipalities: %v (%v)", list, err)
	}
	if _, err := s.Access.Decline(ctx, s.person(coordinatorEmail).Actor(), list[0].ID, list[0].Tag); err != nil {
		t.Fatal(err)
	}
	has(t, "declined", string(b.send(http.MethodGet, "/sign-in/access", "").Body), "was declined")

	s.ahead.Store(int64(auth.ArrivalLength))
	if got := b.send(http.MethodGet, "/sign-in/access", ""); got.Status != http.StatusSeeOther {
		t.Errorf("long afterwards: %d", got.Status)
	}
	if n, err := s.API.OIDC.Sweep(ctx, 100); err != nil || n != 1 {
		t.Errorf("swept %d (%v)", n, err)
	}
}
