package api

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"helhet/demo"
	"helhet/internal/auth"
	"helhet/internal/auth/oidctest"
	"helhet/org"
)

var tagField = regexp.MustCompile(`name="tag" value="([^"]+)"`)

// asked is a request for access to a municipality, and the address of its page.
func (s *testServer) asked(subject string, m org.MunicipalityID) (org.AccessRequest, string) {
	s.t.Helper()
	req := org.AccessRequest{ID: auth.AccountID("https://a.example", subject), IssuerName: "Ansattporten", Issuer: "https://a.example", Subject: subject,
		Name: "Ny <b>Ansatt", Email: "ny@example.org", Municipality: m, Message: "Hei <script>"}
	if err := s.Access.Ask(s.t.Context(), req); err != nil {
		s.t.Fatal(err)
	}
	req, err := s.Access.Get(s.t.Context(), req.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return req, "/access-requests/" + req.ID
}

// From the button at the issuer to the first page, by way of the coordinator.
func TestAskedForAccessAndLetIn(t *testing.T) {
	s := startOIDC(t, nil)
	has(t, "with nobody waiting", string(s.browse(coordinatorEmail, http.MethodGet, "/people", "").Body), "Ingen venter på svar")
	s.One.Set(oidctest.Settings{Subject: "sub-ny", Claims: map[string]any{"email": coordinatorEmail, "email_verified": true}})
	b := s.browser().english()
	b.signIn("one")
	if got := b.send(http.MethodPost, "/sign-in/access", fields("name", "Ny Ansatt", "email", coordinatorEmail, "municipality", "larvik", "state", "granted", "grants", "administrator", "person", "p-demo-lead")); got.Status != http.StatusSeeOther {
		t.Fatalf("asking: %d %.300s", got.Status, got.Body)
	}
	list := string(s.browse(coordinatorEmail, http.MethodGet, "/people", "").Body)
	has(t, "the list", list, "Ny Ansatt", "Issuer One")
	path := regexp.MustCompile(`/access-requests/[0-9a-f]{64}`).FindString(list)
	page := s.browse(coordinatorEmail, http.MethodGet, path, "")
	has(t, "the request", html.UnescapeString(string(page.Body)), "Ny Ansatt", "Larvik kommune", "Issuer One", coordinatorEmail, `<option value="leader"`, "bør du avslå")
	hasNot(t, "the request", string(page.Body), "sub-ny", `value="administrator"`, `name="place"`)
	tag := tagField.FindStringSubmatch(string(page.Body))[1]
	got := s.browse(coordinatorEmail, http.MethodPost, path+"/grant", fields("tag", tag, "role", "leader", "place", string(demo.Region)+"/porsgrunn", "person", "p-demo-lead"))
	if got.Status != http.StatusSeeOther || got.Header.Get("Location") != path {
		t.Fatalf("granting: %d %.500s", got.Status, got.Body)
	}
	has(t, "afterwards", string(s.browse(coordinatorEmail, http.MethodGet, path, "").Body), "Har fått tilgang som Leder i Larvik kommune", `href="/people/p-`)
	if mails := s.mails(); len(mails) != 0 {
		t.Errorf("to an address that nothing shows to be hers: %+v", mails)
	}
	has(t, "her page", string(b.send(http.MethodGet, "/sign-in/access", "").Body), "You have been given access")
	if got := b.signIn("one"); got.Header.Get("Location") != "/hand-in" || b.signedInAs() == "" {
		t.Fatalf("she comes again: %d to %s", got.Status, got.Header.Get("Location"))
	}
	p, err := s.People.Get(t.Context(), b.signedInAs())
	if err != nil || len(p.Grants) != 1 || p.Grants[0] != (org.Grant{Role: org.Leader, Municipality: "larvik", Region: demo.Region}) || p.Email != "" {
		t.Errorf("she is %+v (%v)", p, err)
	}
	if c := s.person(coordinatorEmail); c.ID == p.ID || len(c.Grants) != 1 {
		t.Errorf("the address's owner is %+v", c)
	}
	own := "/people/" + string(p.ID)
	has(t, "she on the page of people", string(s.browse(coordinatorEmail, http.MethodGet, own, "").Body), "Ny Ansatt", "Ingen e-postadresse")
	// Her access ends as anybody's does.
	if got := s.browse(coordinatorEmail, http.MethodPost, own+"/deactivate", "confirm=yes"); got.Status != http.StatusSeeOther || b.signedInAs() != "" {
		t.Errorf("ending it: %d, she is %q", got.Status, b.signedInAs())
	}
	if strings.Contains(s.Log.String(), "sub-ny") || strings.Contains(s.Log.String(), "Ny Ansatt") {
		t.Errorf("the log tells of her: %s", s.Log)
	}
}

func TestAnsweringRequests(t *testing.T) {
	s := startServer(t)
	req, path := s.asked("1", "larvik")
	for _, email := range []string{contributorEmail, leaderEmail, neighbourEmail, outsideLeadEmail, outsiderEmail, auditorEmail} {
		for _, what := range []string{"", "/grant", "/decline", "/reopen"} {
			method := http.MethodPost
			if what == "" {
				method = http.MethodGet
			}
			if got := s.browse(email, method, path+what, fields("tag", string(req.Tag), "role", "contributor")); got.Status != http.StatusForbidden {
				t.Errorf("%s %s: %d", email, what, got.Status)
			}
		}
	}
	for _, email := range []string{neighbourEmail, contributorEmail} {
		hasNot(t, "the list of "+email, string(s.browse(email, http.MethodGet, "/people", "").Body), path)
	}
	for email, roles := range map[string][]string{
		coordinatorEmail: {"contributor", "coordinator", "leader"}, leadEmail: {"coordinator"}, adminEmail: {"contributor", "coordinator", "leader", "regional-lead", "national-reader", "administrator", "auditor"},
	} {
		page := string(s.browse(email, http.MethodGet, path, "").Body)
		for _, role := range org.Roles {
			offered := false
			for _, r := range roles {
				offered = offered || r == string(role)
			}
			if strings.Contains(page, `value="`+string(role)+`"`) != offered {
				t.Errorf("%s is offered %s: %t", email, role, !offered)
			}
		}
		has(t, "for "+email, page, "Ny &lt;b&gt;Ansatt", "Hei &lt;script&gt;")
		has(t, "the list of "+email, string(s.browse(email, http.MethodGet, "/people", "").Body), path)
	}
	has(t, "the administrator's", string(s.browse(adminEmail, http.MethodGet, path, "").Body), `<option value="vestfold-telemark/larvik" selected>`)

	post := func(email, what string, form ...string) reply {
		t.Helper()
		return s.browse(email, http.MethodPost, path+what, fields(form...))
	}
	if got := post(coordinatorEmail, "/grant", "tag", string(req.Tag), "role", "queen"); got.Status != http.StatusUnprocessableEntity || !strings.Contains(string(got.Body), `id="role-error"`) {
		t.Errorf("a role that is none: %d", got.Status)
	}
	if got := post(coordinatorEmail, "/grant", "tag", string(req.Tag), "role", "administrator"); got.Status != http.StatusForbidden {
		t.Errorf("a role beyond hers: %d", got.Status)
	}
	if got := post(adminEmail, "/grant", "tag", string(req.Tag), "role", "leader", "place", "vestfold-telemark/atlantis"); got.Status != http.StatusUnprocessableEntity || !strings.Contains(string(got.Body), `id="place-error"`) || !strings.Contains(string(got.Body), `value="leader" selected`) {
		t.Errorf("a place that is none: %d %.2000s", got.Status, got.Body)
	}
	for _, tag := range []string{"", "x", string(req.Tag) + "x"} {
		if got := post(coordinatorEmail, "/grant", "tag", tag, "role", "leader"); got.Status != http.StatusPreconditionFailed || !strings.Contains(string(got.Body), "Noe har endret seg") {
			t.Errorf("what she has not seen: %d", got.Status)
		}
	}
	// Declined, that is taken back, declined again, and asked for anew.
	decline := func() {
		t.Helper()
		now, err := s.Access.Get(t.Context(), req.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got := post(leadEmail, "/decline", "tag", string(now.Tag)); got.Status != http.StatusSeeOther {
			t.Fatalf("declining: %d %.300s", got.Status, got.Body)
		}
	}
	decline()
	has(t, "declined", string(s.browse(coordinatorEmail, http.MethodGet, path, "").Body), "Angre avslaget")
	if got := post(coordinatorEmail, "/grant", "tag", string(req.Tag), "role", "leader"); got.Status != http.StatusConflict || !strings.Contains(string(got.Body), "allerede svart") {
		t.Errorf("granting what was declined: %d", got.Status)
	}
	if got := post(coordinatorEmail, "/reopen"); got.Status != http.StatusSeeOther {
		t.Errorf("taking it back: %d", got.Status)
	}
	decline()
	s.asked("1", "larvik")
	page := string(s.browse(coordinatorEmail, http.MethodGet, path, "").Body)
	has(t, "asked anew", page, "Personen har spurt på nytt", "/grant")
	if got := post(coordinatorEmail, "/grant", "tag", tagField.FindStringSubmatch(page)[1], "role", "contributor"); got.Status != http.StatusSeeOther {
		t.Errorf("granted after all: %d %.300s", got.Status, got.Body)
	}
}

// Who is here already by a proven address is told by mail, in her own language, and nobody else is.
func TestLetInIsToldByMail(t *testing.T) {
	s := startServer(t)
	s.API.PublicURL = "http://helhet.example.org"
	for email, told := range map[string]int{contributorEmail: 1, neighbourEmail: 0} {
		person := s.person(email)
		if told == 0 {
			if _, err := s.People.Change(t.Context(), person.ID, func(p *org.Person) error { p.Unproven = true; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		req, path := s.asked(email, "porsgrunn")
		if err := s.Accounts.LinkAccount(t.Context(), person.ID, req.Issuer, req.Subject); err != nil {
			t.Fatal(err)
		}
		for range 2 { // pressed twice
			s.browse(adminEmail, http.MethodPost, path+"/grant", fields("tag", string(req.Tag), "role", "leader", "place", "vestfold-telemark/porsgrunn"))
		}
		mails := s.mails()
		if len(mails) != told {
			t.Fatalf("%s gets %d mails", email, len(mails))
		}
		for _, m := range mails {
			if m.To != email || !strings.Contains(m.Text, "Leder i Porsgrunn kommune") || !strings.Contains(m.Text, "http://helhet.example.org/sign-in") || strings.Contains(m.Text, "Ny") {
				t.Errorf("the mail: %+v", m)
			}
		}
	}
}

func TestRequestPagesInEveryLanguage(t *testing.T) {
	s := startServer(t)
	_, openPath := s.asked("sub-1", "larvik")
	declined, declinedPath := s.asked("sub-2", "larvik")
	granted, grantedPath := s.asked("sub-3", "larvik")
	if _, err := s.Access.Decline(t.Context(), s.person(coordinatorEmail).Actor(), declined.ID, declined.Tag); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Access.Grant(t.Context(), s.person(adminEmail).Actor(), granted.ID, granted.Tag, org.Administrator, "", ""); err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"nb", "nn", "en"} {
		for _, path := range []string{"/people", openPath, declinedPath, grantedPath} {
			for _, email := range []string{coordinatorEmail, leadEmail, adminEmail} {
				got := s.inLanguage(email, lang, path)
				if got.Status != http.StatusOK {
					t.Errorf("%s in %s for %s: %d", path, lang, email, got.Status)
				}
				hasNot(t, path+" in "+lang, string(got.Body), "⟦", " style=", "%!", "{name}", "{role}", "{place}", "sub-")
			}
		}
	}
}

// Asking and going to an issuer have limits of their own; what was typed is not lost at one.
func TestAskingHasLimits(t *testing.T) {
	s := startOIDC(t, nil)
	s.One.Set(oidctest.Settings{Subject: "sub-ny"})
	b := s.browser().english()
	b.signIn("one")
	var got reply
	for i := range 6 {
		got = b.send(http.MethodPost, "/sign-in/access", fields("name", "Ny", "email", "ny@example.org", "municipality", "larvik", "message", strings.Repeat("Hei ", i+1)))
		if want := map[bool]int{true: http.StatusSeeOther, false: http.StatusTooManyRequests}[i < 5]; got.Status != want {
			t.Errorf("no. %d: %d", i+1, got.Status)
		}
	}
	has(t, "one too many", string(got.Body), `value="Ny"`, strings.Repeat("Hei ", 6), s.Texts.For("en").T("error.too-many"))
	for i := range 300 {
		got = b.send(http.MethodPost, "/sign-in/one", fields("return", "/"))
		if got.Status == http.StatusTooManyRequests && i < 290 {
			t.Fatalf("no. %d: %d", i+1, got.Status)
		}
	}
	if got.Status != http.StatusTooManyRequests {
		t.Errorf("after 301: %d", got.Status)
	}
}
