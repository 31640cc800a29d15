package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"helhet/internal/locale"
)

// cookies are those an answer sets, by name.
func cookies(r reply) map[string]*http.Cookie {
	all := map[string]*http.Cookie{}
	for _, c := range (&http.Response{Header: r.Header}).Cookies() {
		all[c.Name] = c
	}
	return all
}

// Whoever signs in on a browser where somebody else was leaves no session of theirs behind.
func TestSignInEndsTheEarlierSession(t *testing.T) {
	s := startServer(t)
	signIn := func(email string, earlier *http.Cookie) *http.Cookie {
		t.Helper()
		req := s.request(http.MethodPost, "/sign-in/demo", fields("person", string(s.person(email).ID)), withDemoKey...)
		if earlier != nil {
			req.AddCookie(earlier)
		}
		session := cookies(s.do(req))[sessionCookie]
		if session == nil || earlier != nil && session.Value == earlier.Value {
			t.Fatalf("%s signs in with %v", email, session)
		}
		return session
	}
	status := func(session *http.Cookie) int {
		req := s.request(http.MethodGet, "/", "")
		req.AddCookie(session)
		return s.do(req).Status
	}
	first := signIn(contributorEmail, nil)
	second := signIn(leaderEmail, first)
	if got := status(first); got != http.StatusSeeOther {
		t.Errorf("the earlier session: %d", got)
	}
	if got := status(second); got != http.StatusOK {
		t.Errorf("the new session: %d", got)
	}
	// Over https a cookie that a neighbouring site could plant is nobody's.
	s.API.PublicURL = "https://helhet.example.org"
	if got := status(second); got != http.StatusSeeOther {
		t.Errorf("a plain cookie over https: %d", got)
	}
	second.Name = secureCookie
	if got := status(second); got != http.StatusOK {
		t.Errorf("the __Host- cookie: %d", got)
	}
}

// Where a page can be read, it can be asked for without its body.
func TestHead(t *testing.T) {
	s := startServer(t)
	for _, path := range []string{"/healthz", "/sign-in"} {
		if got := s.do(s.request(http.MethodHead, path, "")); got.Status != http.StatusOK || len(got.Body) > 0 {
			t.Errorf("HEAD %s: %d, %d bytes", path, got.Status, len(got.Body))
		}
	}
	if got := s.do(s.request(http.MethodHead, "/rounds", "")); got.Status != http.StatusSeeOther {
		t.Errorf("HEAD /rounds of a stranger: %d", got.Status)
	}
}

// A form leads back to a path of our own, and nowhere else.
func TestNoOpenRedirect(t *testing.T) {
	s := startServer(t)
	person := string(s.person(contributorEmail).ID)
	for _, to := range []string{"https://evil.example", "//evil.example", "///evil.example", `/\evil.example`, `\\evil.example`, "javascript:alert(1)",
		"/\t/evil.example", "/\r\nLocation: https://evil.example", "evil.example", "http:evil.example", ""} {
		for path, body := range map[string]string{
			"/sign-in/demo":         fields("person", person, "return", to),
			"/preferences/language": fields("language", "nn", "return", to),
			"/preferences/scheme":   fields("scheme", "dark", "return", to),
		} {
			if got := s.do(s.request(http.MethodPost, path, body, withDemoKey...)); got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/" {
				t.Errorf("%s with return %q: %d to %q", path, to, got.Status, got.Header.Get("Location"))
			}
		}
		page := string(s.do(s.request(http.MethodGet, "/sign-in?return="+url.QueryEscape(to), "", withDemoKey...)).Body)
		has(t, "sign-in with return "+to, page, `name="return" value="/"`)
	}
	for _, to := range []string{"/", "/tasks/henvise?round=x#y", "/?round=a%2Fb"} {
		if got := ownPath(to); got != to {
			t.Errorf("own path %q becomes %q", to, got)
		}
	}
	got := s.do(s.request(http.MethodGet, "/tasks/henvise?round=a&x=//b", ""))
	if want := "/sign-in?return=" + url.QueryEscape("/tasks/henvise?round=a&x=//b"); got.Header.Get("Location") != want {
		t.Errorf("who is not signed in is led to %q", got.Header.Get("Location"))
	}
}

// A page of another site can't send anything in a reader's name.
func TestCrossOriginRefused(t *testing.T) {
	s := startServer(t)
	before := s.own()
	path := s.answerPath(unanswered)
	for name, header := range map[string][]string{
		"fetch metadata": {"Sec-Fetch-Site", "cross-site"},
		"same site":      {"Sec-Fetch-Site", "same-site"},
		"origin":         {"Origin", "https://evil.example"},
		"opaque origin":  {"Origin", "null"},
	} {
		for method, body := range map[string]string{http.MethodPost: "level=3&tag=", http.MethodPut: `{"level":3}`} {
			if got := s.browse(contributorEmail, method, path, body, append(header, "If-None-Match", "*")...); got.Status != http.StatusForbidden {
				t.Errorf("%s, %s: %d", name, method, got.Status)
			}
		}
		for _, path := range []string{"/sign-out", "/preferences/language", "/sign-in/demo"} {
			if got := s.browse(contributorEmail, http.MethodPost, path, "x=y", header...); got.Status != http.StatusForbidden || len(cookies(got)) > 0 {
				t.Errorf("%s, %s: %d", name, path, got.Status)
			}
		}
	}
	if now := s.own(); now.Answers.Len() != before.Answers.Len() {
		t.Error("something was saved")
	}
	if got := s.browse(contributorEmail, http.MethodPost, path, "level=3&tag=", "Sec-Fetch-Site", "same-origin", "Origin", s.URL); got.Status != http.StatusSeeOther {
		t.Errorf("our own page: %d", got.Status)
	}
}

// Every answer carries what a browser must know, whatever it answers.
func TestHeadersOnEveryRoute(t *testing.T) {
	s := startServer(t)
	fill := strings.NewReplacer(":task", "lager", ":question", "lager.ansvar", ":region", "vestfold-telemark", ":chart", "trend.csv", ":round", "nosuch", ":job", "nosuch")
	type call struct{ method, path string }
	calls := []call{{"GET", "/no-such-page"}, {"GET", "/assets/none.js"}, {"GET", "/api/v1/rounds"}, {"GET", "/openapi.json"}, {"DELETE", "/"}}
	for _, r := range s.API.table() {
		calls = append(calls, call{r.Method, fill.Replace(r.Path)})
	}
	for _, c := range calls {
		for _, email := range []string{"", leadEmail} {
			got := s.browse(email, c.method, c.path, "")
			where := c.method + " " + c.path + " as " + email
			if got.Status >= http.StatusInternalServerError {
				t.Errorf("%s: %d %.200s", where, got.Status, got.Body)
			}
			csp := got.Header.Get("Content-Security-Policy")
			for _, rule := range []string{"default-src 'self'", "img-src 'self' data:", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"} {
				has(t, where, csp, rule)
			}
			hasNot(t, where, csp, "unsafe", "*", "http:")
			for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin"} {
				if got.Header.Get(name) != want {
					t.Errorf("%s: %s is %q", where, name, got.Header.Get(name))
				}
			}
			if !isStatic(c.path) && !strings.Contains(c.path, "/charts/") && got.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: Cache-Control %q", where, got.Header.Get("Cache-Control"))
			}
			if got.Header.Get("X-Request-Id") == "" {
				t.Errorf("%s: no request id", where)
			}
		}
	}
}

// A language and a scheme are remembered by the browser, the language by the person too, and the municipality's own is the default.
func TestPreferences(t *testing.T) {
	s := startServer(t)
	const tokke = "contributor.4034@example.org" // nynorsk
	lang := func(email string, header ...string) string {
		return s.browse(email, http.MethodGet, "/", "", header...).Header.Get("Content-Language")
	}
	if got := lang(tokke, "Accept-Language", "nb"); got != "nn" {
		t.Errorf("Tokke reads %s on a computer in bokmål", got)
	}
	if got := lang(contributorEmail, "Accept-Language", "nn"); got != "nb" {
		t.Errorf("Larvik, neutral, reads %s", got)
	}
	got := s.browse(tokke, http.MethodPost, "/preferences/language", fields("language", "en", "return", "/hand-in?round=x"))
	c := cookies(got)[languageCookie]
	if got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/hand-in?round=x" || c == nil || c.Value != "en" || c.MaxAge < 300*24*3600 {
		t.Errorf("choosing English: %d to %s, %v", got.Status, got.Header.Get("Location"), c)
	}
	if got := lang(tokke); got != "en" {
		t.Errorf("on another computer she reads %s", got)
	}
	if got := lang(tokke, "Cookie", languageCookie+"=nb"); got != "nb" {
		t.Errorf("on this computer, set to bokmål, she reads %s", got)
	}
	if got := lang(tokke, "Cookie", languageCookie+"=xx"); got != "en" {
		t.Errorf("with a cookie of nonsense she reads %s", got)
	}
	for _, wrong := range []string{"", "fr", "nb;q=1"} {
		if got := s.browse(tokke, http.MethodPost, "/preferences/language", fields("language", wrong)); got.Status != http.StatusUnprocessableEntity || len(cookies(got)) > 0 {
			t.Errorf("language %q: %d", wrong, got.Status)
		}
	}
	for _, scheme := range []string{"dark", "light", "auto"} {
		got := s.do(s.request(http.MethodPost, "/preferences/scheme", fields("scheme", scheme, "return", "/sign-in")))
		c := cookies(got)[schemeCookie]
		if got.Status != http.StatusSeeOther || c == nil || c.Value != scheme || c.HttpOnly { // the script reads it
			t.Errorf("scheme %s: %d, %v", scheme, got.Status, c)
		}
		page := string(s.do(s.request(http.MethodGet, "/sign-in", "", "Cookie", schemeCookie+"="+scheme)).Body)
		has(t, scheme, page, `data-color-scheme="`+scheme+`"`)
	}
	if got := s.do(s.request(http.MethodPost, "/preferences/scheme", fields("scheme", "pink"))); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("scheme pink: %d", got.Status)
	}
	has(t, "nonsense", string(s.do(s.request(http.MethodGet, "/sign-in", "", "Cookie", schemeCookie+`="><script>`)).Body), `data-color-scheme="auto"`)
	for _, l := range locale.Langs() {
		has(t, string(l), string(s.do(s.request(http.MethodGet, "/sign-in", "", "Accept-Language", string(l))).Body), `<html lang="`+string(l)+`"`)
	}
}

// Over https every cookie is for https alone, and the session's name makes the browser hold it to this host.
func TestCookiesOverHTTPS(t *testing.T) {
	s := startServer(t)
	s.API.PublicURL = "https://helhet.example.org"
	got := s.do(s.request(http.MethodPost, "/sign-in/demo", fields("person", string(s.person(contributorEmail).ID)), withDemoKey...))
	session := cookies(got)[secureCookie]
	if session == nil || !session.Secure || !session.HttpOnly || session.Path != "/" || session.Domain != "" || !strings.HasPrefix(session.Name, "__Host-") {
		t.Fatalf("the session's cookie: %v", got.Header["Set-Cookie"])
	}
	req := s.request(http.MethodGet, "/", "")
	req.Header.Set("Cookie", session.Name+"="+session.Value) // as a browser over https sends it
	if got := s.do(req); got.Status != http.StatusOK {
		t.Errorf("signed in: %d", got.Status)
	}
	for path, body := range map[string]string{"/preferences/language": "language=nn", "/preferences/scheme": "scheme=dark"} {
		for name, c := range cookies(s.do(s.request(http.MethodPost, path, body))) {
			if !c.Secure {
				t.Errorf("%s is not for https alone", name)
			}
		}
	}
}
