package api

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"helhet/internal/mail"
	"helhet/internal/store"
)

func TestDemoSignIn(t *testing.T) {
	s := startServer(t)
	person := string(s.person(contributorEmail).ID)
	closed := string(s.do(s.request(http.MethodGet, "/sign-in", "", "Cookie", languageCookie+"=nb")).Body)
	has(t, "before the link", closed, s.text("sign-in.demo"))
	hasNot(t, "before the link", closed, "p-demo-")

	got := s.do(s.request(http.MethodGet, "/demo/"+demoKey, ""))
	key := cookies(got)[demoCookie]
	if got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/sign-in" || key == nil {
		t.Fatalf("the console's link: %d to %s with %v", got.Status, got.Header.Get("Location"), key)
	}
	if !key.HttpOnly || key.SameSite != http.SameSiteLaxMode || key.Domain != "" || key.MaxAge != 0 || !key.Expires.IsZero() {
		t.Errorf("the demo's cookie: %v", key)
	}
	opened := []string{"Cookie", key.Name + "=" + key.Value}

	got = s.do(s.request(http.MethodGet, "/sign-in?return=%2Ftasks%2Flager", "", opened...))
	page := html.UnescapeString(string(got.Body))
	inOrder(t, "where the text says to begin, then the others", page, s.text("sign-in.hint"), "<h2>Larvik</h2>", "<h2>"+s.text("sign-in.region")+"</h2>", "<h2>Drangedal</h2>", "<h2>Tokke</h2>")
	has(t, "the page", page, `value="`+person+`"`, `value="p-demo-lead"`, "Larvik", "Tokke", `name="return" value="/tasks/lager"`)

	got = s.do(s.request(http.MethodPost, "/sign-in/demo", fields("person", person, "return", "/tasks/lager"), opened...))
	session := cookies(got)[sessionCookie]
	if got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/tasks/lager" || session == nil {
		t.Fatalf("signing in: %d to %s with %v", got.Status, got.Header.Get("Location"), session)
	}
	if !session.HttpOnly || session.SameSite != http.SameSiteLaxMode || session.Path != "/" || session.Domain != "" {
		t.Errorf("the session's cookie: %v", session)
	}
	req := s.request(http.MethodGet, "/", "")
	req.AddCookie(session)
	has(t, "signed in", string(s.do(req).Body), "data-person=\""+person+"\"")

	req = s.request(http.MethodPost, "/sign-out", "")
	req.AddCookie(session)
	got = s.do(req)
	if c := cookies(got)[sessionCookie]; got.Status != http.StatusSeeOther || c == nil || c.MaxAge >= 0 {
		t.Errorf("signing out: %d, %v", got.Status, c)
	}
	req = s.request(http.MethodGet, "/", "") // the old cookie, kept
	req.AddCookie(session)
	if got := s.do(req); got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/sign-in?return=%2F" {
		t.Errorf("after signing out: %d to %s", got.Status, got.Header.Get("Location"))
	}
	if got := s.do(s.request(http.MethodPost, "/sign-in/demo", fields("person", "p-nobody"), opened...)); got.Status < 400 || cookies(got)[sessionCookie] != nil {
		t.Errorf("somebody unknown signs in: %d", got.Status)
	}
}

// Choosing who to be is for a demo, on this very machine, with nothing in between, and for whoever has seen the console.
func TestDemoSignInRefused(t *testing.T) {
	s := startServer(t)
	body := fields("person", string(s.person(contributorEmail).ID))
	try := func(what string, change func(*http.Request)) {
		t.Helper()
		post := s.request(http.MethodPost, "/sign-in/demo", body, withDemoKey...)
		link := s.request(http.MethodGet, "/demo/"+demoKey, "")
		get := s.request(http.MethodGet, "/sign-in", "", withDemoKey...)
		for _, r := range []*http.Request{post, link, get} {
			change(r)
		}
		for _, r := range []*http.Request{post, link} {
			if got := s.do(r); got.Status != http.StatusNotFound || len(cookies(got)) > 0 {
				t.Errorf("%s: %s answers %d", what, r.URL.Path, got.Status)
			}
		}
		got := s.do(get)
		if got.Status != http.StatusOK {
			t.Errorf("%s: the page answers %d", what, got.Status)
		}
		hasNot(t, what, string(got.Body), "p-demo-")
	}
	for _, h := range forwardingHeaders {
		try(h, func(r *http.Request) { r.Header.Set(h, "127.0.0.1") })
		try(h+", empty", func(r *http.Request) { r.Header[h] = []string{""} })
	}
	for _, host := range []string{"helhet.example.org", "10.0.0.1", "localhost.example.org", "127.0.0.1.example.org", "[fe80::1]:80", "0.0.0.0"} {
		try("host "+host, func(r *http.Request) { r.Host = host })
	}
	for _, key := range []string{"", "KEY", demoKey + "X", strings.ToLower(demoKey)} {
		try("key "+key, func(r *http.Request) {
			r.Header.Set("Cookie", demoCookie+"="+key)
			r.URL.Path = strings.Replace(r.URL.Path, demoKey, key+"X", 1)
		})
	}
	for _, host := range []string{"localhost", "127.0.0.1:1", "[::1]:80", "LocalHost:8080", "127.8.8.8"} {
		req := s.request(http.MethodPost, "/sign-in/demo", body, withDemoKey...)
		req.Host = host
		if got := s.do(req); got.Status != http.StatusSeeOther {
			t.Errorf("host %s: %d", host, got.Status)
		}
	}
	// A peer that is not this machine, whatever its Host says.
	for peer, want := range map[string]int{"127.0.0.1:5000": http.StatusSeeOther, "192.0.2.7:5000": http.StatusNotFound} {
		req := httptest.NewRequest(http.MethodPost, "http://localhost/sign-in/demo", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set(withDemoKey[0], withDemoKey[1])
		req.RemoteAddr = peer
		w := httptest.NewRecorder()
		s.API.Handler().ServeHTTP(w, req)
		if w.Code != want {
			t.Errorf("%s: %d", peer, w.Code)
		}
	}
	s.API.DemoKey = ""
	try("a demo without a key", func(r *http.Request) { r.Header.Set("Cookie", demoCookie+"=") })
	s.API.DemoKey = demoKey
	s.API.Mail = mail.New(store.Open(s.DB.Engine()), nil, s.API.Now, s.API.Log)
	s.API.Demo = false
	try("not a demo", func(*http.Request) {})
	page := string(s.do(s.request(http.MethodGet, "/sign-in", "", "Cookie", languageCookie+"=nb")).Body)
	has(t, "not a demo", page, s.text("sign-in.closed"))
	hasNot(t, "not a demo", page, s.text("layout.demo.text"), s.text("sign-in.demo"))
}

// A proxy on the same host may hide itself in every way: it speaks HTTP/1.1, writes the Host it calls, and passes nothing on that tells
// of it. Whoever comes through it has not seen the console, and so is let in nowhere.
func TestDemoSignInBehindAProxyThatHides(t *testing.T) {
	s := startServer(t)
	inside, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(inside) // and with it the Host
		for _, h := range []string{"Origin", "Referer", "Sec-Fetch-Site"} {
			r.Out.Header.Del(h)
		}
	}})
	defer proxy.Close()
	outside := func(method, path, body string, header ...string) reply {
		r := s.request(method, path, body, header...)
		r.URL.Host = strings.TrimPrefix(proxy.URL, "http://")
		r.Host = "helhet.example.org"
		return s.do(r)
	}
	body := fields("person", string(s.person(contributorEmail).ID))
	if got := outside(http.MethodPost, "/sign-in/demo", body, withDemoKey...); got.Status != http.StatusSeeOther {
		t.Fatalf("the proxy does not hide: with the key it answers %d", got.Status)
	}
	for _, got := range []reply{
		outside(http.MethodPost, "/sign-in/demo", body),
		outside(http.MethodPost, "/sign-in/demo", body, "Cookie", demoCookie+"="),
		outside(http.MethodPost, "/sign-in/demo", body, "Cookie", demoCookie+"=GUESS"),
		outside(http.MethodGet, "/demo/GUESS", ""),
	} {
		if got.Status != http.StatusNotFound || len(cookies(got)) > 0 {
			t.Errorf("through the proxy: %d with %v", got.Status, cookies(got))
		}
	}
	got := outside(http.MethodGet, "/sign-in", "")
	if got.Status != http.StatusOK {
		t.Errorf("the page through the proxy: %d", got.Status)
	}
	hasNot(t, "through the proxy", string(got.Body), "p-demo-", demoKey)
}
