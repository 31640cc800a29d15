package api

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"helhet/internal/auth"
	"helhet/internal/mail"
	"helhet/internal/store"
)

var (
	signInLink = regexp.MustCompile(`/sign-in/link/(\S+)`)
	signInCode = regexp.MustCompile(`\b(\d{3}) (\d{3})\b`)
)

// beginEmail asks for a sign-in mail and gives the browser's cookie, and the link and code of the mail, "" when none came.
func (s *testServer) beginEmail(email string) (browser *http.Cookie, link, code string, answer reply) {
	s.t.Helper()
	answer = s.do(s.request(http.MethodPost, "/sign-in/email", fields("email", email, "return", "/rounds")))
	for _, m := range s.mails() {
		link = "/sign-in/link/" + signInLink.FindStringSubmatch(m.Text)[1]
		found := signInCode.FindStringSubmatch(m.Text)
		code = found[1] + found[2]
	}
	return cookies(answer)[challengeCookie], link, code, answer
}

func TestSignInByLink(t *testing.T) {
	s := startServer(t)
	_, link, _, _ := s.beginEmail(contributorEmail)
	for range 3 { // a mail filter opens it
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			if got := s.do(s.request(method, link, "")); got.Status != http.StatusOK || len(cookies(got)) != 0 {
				t.Fatalf("%s: %d, %v", method, got.Status, cookies(got))
			}
		}
	}
	got := s.do(s.request(http.MethodPost, link, "", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example.org"))
	if got.Status != http.StatusForbidden {
		t.Errorf("from another site: %d", got.Status)
	}
	got = s.do(s.request(http.MethodPost, link, ""))
	session := cookies(got)[sessionCookie]
	if got.Status != http.StatusSeeOther || session == nil {
		t.Fatalf("signing in: %d %.300s", got.Status, got.Body)
	}
	req := s.request(http.MethodGet, "/", "")
	req.AddCookie(session)
	has(t, "signed in", string(s.do(req).Body), `data-person="`+string(s.person(contributorEmail).ID)+`"`)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if got := s.do(s.request(method, link, "")); got.Status != http.StatusConflict || len(cookies(got)) != 0 {
			t.Errorf("%s again: %d", method, got.Status)
		}
	}
	if strings.Contains(s.Log.String(), contributorEmail) || strings.Contains(s.Log.String(), strings.TrimPrefix(link, "/sign-in/link/")) {
		t.Errorf("the log tells of her: %s", s.Log)
	}
}

func TestSignInByCode(t *testing.T) {
	s := startServer(t)
	browser, _, code, _ := s.beginEmail(contributorEmail)
	try := func(cookie *http.Cookie, code string) reply {
		req := s.request(http.MethodPost, "/sign-in/code", fields("code", code, "return", "//evil.example.org"))
		if cookie != nil {
			req.AddCookie(cookie)
		}
		return s.do(req)
	}
	if got := try(nil, code); got.Status != http.StatusConflict || cookies(got)[sessionCookie] != nil {
		t.Errorf("in another browser: %d", got.Status)
	}
	other, _, _, _ := s.beginEmail(neighbourEmail)
	if got := try(other, "x"+code); got.Status != http.StatusUnprocessableEntity || cookies(got)[sessionCookie] != nil {
		t.Errorf("a wrong code: %d", got.Status)
	}
	got := try(browser, code)
	if got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/" || cookies(got)[sessionCookie] == nil {
		t.Fatalf("signing in: %d to %s", got.Status, got.Header.Get("Location"))
	}
	if c := cookies(got)[challengeCookie]; c == nil || c.MaxAge >= 0 {
		t.Error("the browser keeps the challenge")
	}
	if got := try(browser, code); got.Status != http.StatusConflict || cookies(got)[sessionCookie] != nil {
		t.Errorf("again: %d", got.Status)
	}
	if !browser.HttpOnly || browser.SameSite != http.SameSiteLaxMode {
		t.Errorf("the challenge's cookie: %v", browser)
	}
}

// Nobody learns from the answer whether an address is known. (That the work is the same too is tested in internal/auth and internal/mail.)
func TestEmailSignInTellsNothing(t *testing.T) {
	s := startServer(t)
	type seen struct {
		status   int
		to, body string
		cookie   bool
		length   int
	}
	look := func(email string) (seen, int) {
		_, _, code, got := s.beginEmail(email)
		mails := 0
		if code != "" {
			mails = 1
		}
		c := cookies(got)[challengeCookie]
		return seen{got.Status, got.Header.Get("Location"), string(got.Body), c != nil, len(c.Value)}, mails
	}
	known, mails := look(contributorEmail)
	if mails != 1 || known.to != "/sign-in/code?return=%2Frounds" {
		t.Errorf("known: %+v, %d mails", known, mails)
	}
	for _, email := range []string{"nobody@example.org", "contributor.3908@example.org"} {
		got, mails := look(email)
		if got != known || mails != 0 {
			t.Errorf("%s: %+v and %d mails, not %+v", email, got, mails, known)
		}
	}
	for _, bad := range []string{"", "x", contributorEmail + "\r\nBcc: x@example.org", contributorEmail + ", x@example.org", "k\u043entributor.3909@example.org"} {
		got := s.do(s.request(http.MethodPost, "/sign-in/email", fields("email", bad)))
		if got.Status != http.StatusUnprocessableEntity || len(s.mails()) != 0 {
			t.Errorf("%q: %d", bad, got.Status)
		}
		has(t, "the bad form", string(got.Body), `id="email-error"`)
	}
	for range 4 {
		s.beginEmail(contributorEmail)
	}
	if _, _, _, got := s.beginEmail(contributorEmail); got.Status != http.StatusTooManyRequests || got.Header.Get("Retry-After") == "" {
		t.Errorf("too often: %d", got.Status)
	}
}

func TestEmailSignInPages(t *testing.T) {
	s := startServer(t)
	_, link, _, _ := s.beginEmail(contributorEmail)
	for _, lang := range []string{"nb", "nn", "en"} {
		for _, path := range []string{"/sign-in", "/sign-in/code?return=//evil", link} {
			got := s.do(s.request(http.MethodGet, path, "", "Accept-Language", lang))
			if got.Status != http.StatusOK || got.Header.Get("Content-Language") != lang {
				t.Errorf("%s in %s: %d", path, lang, got.Status)
			}
			hasNot(t, path, string(got.Body), "⟦", `name="return" value="//evil"`)
		}
	}
	s.API.Mail = mail.New(store.Open(s.DB.Engine()), nil, s.API.Now, s.API.Log)
	hasNot(t, "without mail", string(s.do(s.request(http.MethodGet, "/sign-in", "")).Body), "/sign-in/email")
	if got := s.do(s.request(http.MethodPost, "/sign-in/email", fields("email", contributorEmail))); got.Status != http.StatusNotFound {
		t.Errorf("without mail: %d", got.Status)
	}
}

// A municipality may want another way in than e-mail.
func TestEmailSignInSwitchedOff(t *testing.T) {
	s := startServer(t)
	if got := s.browse(coordinatorEmail, http.MethodPost, "/people/email-sign-in", fields("allowed", "no")); got.Status != http.StatusConflict {
		t.Errorf("where there is no other way in: %d", got.Status)
	}
	has(t, "the page", text(s.browse(coordinatorEmail, http.MethodGet, "/people", "")), s.text("error.email-sign-in.only"))
	s.API.OIDC = auth.NewOIDC(s.DB, s.Auth, s.Accounts, auth.OIDCOptions{Issuers: []auth.Issuer{{ID: "one", Name: "One", URL: "https://one.example.org"}}, Now: s.API.Now})
	if err := s.DB.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Accounts.LinkAccount(t.Context(), s.person(coordinatorEmail).ID, "https://one.example.org", "sub-kari"); err != nil {
		t.Fatal(err)
	}
	for email, want := range map[string]int{"": http.StatusUnauthorized, contributorEmail: http.StatusForbidden, leadEmail: http.StatusForbidden, coordinatorEmail: http.StatusSeeOther} {
		if got := s.browse(email, http.MethodPost, "/people/email-sign-in", fields("allowed", "no", "municipality", "porsgrunn")); got.Status != want {
			t.Errorf("%q switches it off: %d", email, got.Status)
		}
	}
	for email, mails := range map[string]bool{contributorEmail: false, neighbourEmail: true, leadEmail: true} {
		if _, _, code, _ := s.beginEmail(email); (code != "") != mails {
			t.Errorf("%s gets a mail: %t", email, code != "")
		}
	}
	has(t, "the page", string(s.browse(coordinatorEmail, http.MethodGet, "/people", "").Body), `name="allowed" value="yes"`)
}
