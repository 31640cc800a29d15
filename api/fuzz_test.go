package api

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"helhet/internal/fault"
)

// answer gives what the server says to a request as it came off the wire.
func (s *testServer) answer(req *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.API.Handler().ServeHTTP(w, req)
	return w
}

// FuzzAddress opens any address, path and query, as somebody who is signed in: it is a page or a failure, never a fault of ours, and it
// leads nowhere else.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"/", "/tasks/henvise?round=", "/tasks/..%2f..%2fetc/passwd", "//evil.example/", "/rounds?after=AAAA", "/regions/vestfold-telemark/trend?task=henvise&municipality=x&municipality=y",
		"/audit?scope=larvik&from=2026-13-40", "/people/%00", "/api/v1/rounds?region=vestfold-telemark&limit=-1", "/api/v1/audit?scope=larvik&after=%ff", "/invitations/a.b", "/sign-in/link/c-x.y", "/sign-in?return=//x",
		"/assets/%2e%2e/manifest.json", "/regions/x/charts/trend.svg?width=99999", "/account?done=%E2%80%AE", "/;/", "/?a=1;b=2", "/api/v1/municipalities/3909", "/sign-in/x/callback?state=y&code=z&iss=%"} {
		f.Add(seed)
	}
	s := startServer(f)
	session := s.session(coordinatorEmail)
	f.Fuzz(func(t *testing.T, address string) {
		u, err := url.ParseRequestURI(address)
		if err != nil || !strings.HasPrefix(address, "/") {
			return // net/http answers
		}
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.URL, req.RequestURI = u, address
		req.AddCookie(session)
		got := s.answer(req)
		if got.Code >= http.StatusInternalServerError {
			t.Fatalf("%q: %d %.300s", address, got.Code, got.Body)
		}
		if to := got.Header().Get("Location"); to != "" && (ownPath(to) != to || strings.ContainsAny(to, "\r\n")) {
			t.Errorf("%q leads to %q", address, to)
		}
	})
}

// FuzzKeys sends any cookies and any Authorization: nobody gets in without a whole secret, and nothing breaks.
func FuzzKeys(f *testing.F) {
	s := startServer(f)
	session, token := s.session(coordinatorEmail).Value, s.token(coordinatorEmail)
	id := session[:strings.LastIndexByte(session, '.')]
	for _, secret := range []string{session, session[:len(session)-1], session + "A", id + ".", "." + session, id, strings.ToLower(session), token, token[len("helhet_"):], "", ".", "\x00.\xff"} {
		f.Add(sessionCookie+"="+secret, "Bearer "+secret)
		f.Add(languageCookie+"=nn; "+sessionCookie+"="+secret+"; "+schemeCookie+"=dark", "bearer "+secret)
		f.Add(sessionCookie+"=x; "+sessionCookie+`="`+secret+`"`, "Basic "+secret)
	}
	f.Fuzz(func(t *testing.T, cookies, authorization string) {
		req := httptest.NewRequest(http.MethodGet, "/account", nil)
		req.Header.Set("Cookie", cookies)
		if authorization != "" {
			req.Header.Set("Authorization", authorization)
		}
		got := s.answer(req)
		whole := strings.Contains(cookies, session) || strings.Contains(authorization, token)
		switch {
		case got.Code >= http.StatusInternalServerError, got.Code == http.StatusOK && !whole:
			t.Fatalf("%q and %q: %d", cookies, authorization, got.Code)
		case got.Code != http.StatusOK && got.Code != http.StatusSeeOther:
			t.Errorf("%q and %q: %d", cookies, authorization, got.Code)
		}
	})
}

// FuzzForm sends any body to the forms that take most: it is saved, comes back or is refused, and is never a fault of ours.
func FuzzForm(f *testing.F) {
	forms := []string{"/tasks/henvise/organisation", "/people", "/account/tokens", "/rounds/new", "/hand-in"}
	for i := range forms {
		for _, body := range []string{"", "a=b", "level=3&note=%ff%fe&tag=", "status=organised&carrier=own&responsible=it&tag=x", "place=vestfold-telemark/larvik&role=contributor&email=a%0d%0aBcc:b@c.no&name=%00",
			"name=x&days=99999999999999999999&reach=write", "name=%F0%9F%98%80&cover=chosen&areas=x&opens=2026-02-30&closes=T&catalogue=../x", "confirm=yes&confirm=no", "%zz", "a=%E2%80%AE&;;&=="} {
			f.Add(uint8(i), body)
		}
	}
	s := startServer(f)
	people := []*http.Cookie{s.session(coordinatorEmail), s.session(leadEmail)}
	f.Fuzz(func(t *testing.T, form uint8, body string) {
		for _, session := range people {
			req := httptest.NewRequest(http.MethodPost, forms[int(form)%len(forms)], strings.NewReader(body))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set(personHeader, session.Value[:strings.LastIndexByte(session.Value, '.')])
			req.AddCookie(session)
			got := s.answer(req)
			if got.Code >= http.StatusInternalServerError || got.Code < http.StatusOK {
				t.Fatalf("%s with %q: %d %.300s", req.URL.Path, body, got.Code, got.Body)
			}
			if to := got.Header().Get("Location"); to != "" && ownPath(to) != to {
				t.Errorf("%s with %q leads to %q", req.URL.Path, body, to)
			}
		}
	})
}

// FuzzOwnPath: what a form may lead back to stays here, as a browser reads it: it takes \ for /, and leaves out tabs and line breaks.
func FuzzOwnPath(f *testing.F) {
	for _, seed := range []string{"/", "//evil.example", `/\evil.example`, "/\t/evil.example", "https:/evil", "/a?b#c", "/%5cevil", "javascript:1", "/..//evil.example", "/\x00", " /x"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://helhet.example.org/sign-in")
	if err != nil {
		f.Fatal(err)
	}
	asBrowser := strings.NewReplacer("\\", "/", "\t", "", "\r", "", "\n", "")
	f.Fuzz(func(t *testing.T, path string) {
		own := ownPath(path)
		to, err := base.Parse(strings.TrimLeft(asBrowser.Replace(own), " \x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f"))
		if err != nil {
			t.Fatalf("%q becomes %q: %v", path, own, err)
		}
		if to.Host != base.Host || to.Scheme != base.Scheme {
			t.Errorf("%q leads to %s", path, to)
		}
		if ownPath(own) != own {
			t.Errorf("%q becomes %q, then %q", path, own, ownPath(own))
		}
	})
}

// FuzzPrecondition: a save builds on one tag that was given out, on nothing yet, or is refused; and a tag is taken as it was given.
func FuzzPrecondition(f *testing.F) {
	for _, seed := range []string{"", "*", `"a"`, `W/"a"`, `"a", "b"`, `"`, `""`, ` "a" `, "a", "\"\xff\""} {
		for _, other := range []string{"", "*", `"a"`} {
			f.Add(seed, other, "edit-1")
		}
	}
	f.Fuzz(func(t *testing.T, ifMatch, ifNoneMatch, edit string) {
		p, err := parsePrecondition(ifMatch, ifNoneMatch, edit)
		if err != nil {
			if fault.CodeOf(err) != fault.Malformed {
				t.Fatalf("%q, %q: %v", ifMatch, ifNoneMatch, err)
			}
			return
		}
		if strings.ContainsAny(p.Tag, `", `) || p.First != (strings.TrimSpace(ifNoneMatch) == "*") || p.Tag == "" && strings.TrimSpace(ifMatch) != "" {
			t.Fatalf("%q, %q: %+v", ifMatch, ifNoneMatch, p)
		}
		if again, err := parsePrecondition(`"`+p.Tag+`"`, "", p.Edit); p.Tag != "" && (err != nil || again.Tag != p.Tag || again.Edit != p.Edit) {
			t.Errorf("%+v comes back as %+v, %v", p, again, err)
		}
	})
}
