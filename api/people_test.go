package api

import (
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"helhet/demo"
	"helhet/internal/mail"
	"helhet/internal/store"
	"helhet/org"
)

var inviteLink = regexp.MustCompile(`/invitations/(i-[a-z0-9]+\.[A-Z0-9]+)`)

// secretIn finds the secret of an invitation's link.
func secretIn(t *testing.T, text string) string {
	t.Helper()
	found := inviteLink.FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no link in %.500s", text)
	}
	return found[1]
}

func TestPeoplePagesInEveryLanguage(t *testing.T) {
	s := startServer(t)
	s.invited(neighbourEmail, "view", "municipality", "name", "Ny", "email", "ny@example.org", "role", "leader")
	contributor := "/people/" + string(s.person("contributor.4001@example.org").ID)
	for _, lang := range []string{"nb", "nn", "en"} {
		for email, paths := range map[string][]string{
			neighbourEmail: {"/people", contributor, contributor + "?confirm=deactivate", contributor + "?ended=yes", "/people/" + string(s.person(neighbourEmail).ID)},
			leadEmail:      {"/people", "/people/" + string(s.person(neighbourEmail).ID)},
			adminEmail:     {"/people", "/people?view=all&after=", contributor},
		} {
			for _, path := range paths {
				got := s.inLanguage(email, lang, path)
				if got.Status != http.StatusOK {
					t.Errorf("%s in %s for %s: %d", path, lang, email, got.Status)
				}
				hasNot(t, path+" in "+lang, string(got.Body), "⟦", " style=", "%!", "{name}", "{role}", "{place}")
			}
		}
	}
}

// invited sends the form that invites and gives the secret out of the mail.
func (s *testServer) invited(by string, form ...string) string {
	s.t.Helper()
	got := s.browse(by, http.MethodPost, "/people", fields(form...))
	if got.Status != http.StatusSeeOther {
		s.t.Fatalf("%s invites with %v: %d %.300s", by, form, got.Status, got.Body)
	}
	mails := s.mails()
	if len(mails) != 1 {
		s.t.Fatalf("%d mails", len(mails))
	}
	found := inviteLink.FindStringSubmatch(mails[0].Text)
	if found == nil {
		s.t.Fatalf("no link in %q", mails[0].Text)
	}
	return found[1]
}

func TestInvitationByMail(t *testing.T) {
	s := startServer(t)
	s.API.PublicURL = "http://helhet.example.org"
	got := s.browse(coordinatorEmail, http.MethodPost, "/people", fields("view", "municipality", "name", "Nina Ny", "email", "Nina.Ny@example.org", "role", "contributor"), "X-Forwarded-Host", "evil.example.org")
	if got.Status != http.StatusSeeOther {
		t.Fatalf("inviting: %d %.300s", got.Status, got.Body)
	}
	mails := s.mails()
	if len(mails) != 1 || mails[0].To != "nina.ny@example.org" || !strings.Contains(mails[0].Text, "http://helhet.example.org/invitations/") || strings.Contains(mails[0].Text, "evil") || strings.Contains(mails[0].Text, "Nina") {
		t.Fatalf("mails %+v", mails)
	}
	secret := secretIn(t, mails[0].Text)
	page := string(s.browse(coordinatorEmail, http.MethodGet, "/people", "").Body)
	has(t, "the list", page, "nina.ny@example.org")
	hasNot(t, "the list", page, secret)
	for range 3 { // a mail filter looks at it
		got := s.do(s.request(http.MethodGet, "/invitations/"+secret, ""))
		has(t, "the invitation", html.UnescapeString(string(got.Body)), "Fagperson", "Larvik", `value="Nina Ny"`)
		s.do(s.request(http.MethodHead, "/invitations/"+secret, ""))
	}
	got = s.do(s.request(http.MethodPost, "/invitations/"+secret, fields("name", "Nina\r\nBcc: x@example.org")))
	if got.Status != http.StatusUnprocessableEntity || len(cookies(got)) != 0 {
		t.Errorf("a name of two lines: %d", got.Status)
	}
	// Whatever else the form holds counts for nothing.
	got = s.do(s.request(http.MethodPost, "/invitations/"+secret, fields("name", "Nina Ny", "role", "administrator", "grants", "administrator", "person", "p-demo-lead", "email", "x@example.org")))
	session := cookies(got)[sessionCookie]
	if got.Status != http.StatusSeeOther || session == nil {
		t.Fatalf("accepting: %d %.300s", got.Status, got.Body)
	}
	req := s.request(http.MethodGet, "/", "")
	req.AddCookie(session)
	has(t, "her first page", string(s.do(req).Body), "Nina Ny")
	if p := s.person("nina.ny@example.org"); len(p.Grants) != 1 || p.Grants[0] != (org.Grant{Role: org.Contributor, Municipality: "larvik", Region: demo.Region}) {
		t.Errorf("she is %+v", p)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if got := s.do(s.request(method, "/invitations/"+secret, fields("name", "Again"))); got.Status != http.StatusConflict || len(cookies(got)) != 0 {
			t.Errorf("%s again: %d", method, got.Status)
		}
	}
	if strings.Contains(s.Log.String(), "nina") || strings.Contains(s.Log.String(), secret) {
		t.Errorf("the log tells of her: %s", s.Log)
	}
}

// Without a mail server the link is shown, once, to whoever invites.
func TestInvitationByHand(t *testing.T) {
	s := startServer(t)
	s.API.Mail = mail.New(store.Open(s.DB.Engine()), nil, s.API.Now, s.API.Log)
	got := s.browse(coordinatorEmail, http.MethodPost, "/people", fields("view", "municipality", "name", "Ny", "email", "ny@example.org", "role", "leader"))
	secret := secretIn(t, string(got.Body))
	hasNot(t, "the list", string(s.browse(coordinatorEmail, http.MethodGet, "/people", "").Body), secret)
	if got := s.do(s.request(http.MethodPost, "/invitations/"+secret, fields("name", "Ny"))); got.Status != http.StatusSeeOther || cookies(got)[sessionCookie] == nil {
		t.Errorf("accepting: %d", got.Status)
	}
	// It makes nobody the regional lead who isn't.
	got = s.browse(coordinatorEmail, http.MethodPost, "/people", fields("view", "municipality", "name", "Ny", "email", leadEmail, "role", "leader"))
	secret = secretIn(t, string(got.Body))
	for _, email := range []string{"", coordinatorEmail, contributorEmail, neighbourEmail} {
		if got := s.browse(email, http.MethodPost, "/invitations/"+secret, fields("name", "Ny")); got.Status != http.StatusForbidden || cookies(got)[sessionCookie] != nil {
			t.Errorf("%q takes it: %d", email, got.Status)
		}
	}
	if got := s.browse(leadEmail, http.MethodPost, "/invitations/"+secret, "name="); got.Status != http.StatusSeeOther {
		t.Errorf("she herself: %d", got.Status)
	}
}

// Whatever the form says, nobody invites or changes beyond what is hers.
func TestPeopleAreTheirManagers(t *testing.T) {
	s := startServer(t)
	id := func(email string) string { return string(s.person(email).ID) }
	invite := fields("view", "municipality", "name", "Ny", "email", "ny@example.org", "role", "contributor")
	secret := s.invited(coordinatorEmail, "view", "municipality", "name", "Ny", "email", "ny@example.org", "role", "contributor")
	invitation := "/invitations/" + secret[:strings.Index(secret, ".")]
	contributor := "/people/" + id(contributorEmail)
	posts := map[string]string{
		"/people": invite, contributor + "/role": fields("municipality", "larvik", "from", "contributor", "role", "coordinator"), contributor + "/deactivate": "confirm=yes",
		contributor + "/reactivate": "", contributor + "/hand-over": "to=" + id(neighbourEmail), invitation + "/again": "view=municipality", invitation + "/revoke": "view=municipality",
	}
	foreign := []string{contributorEmail, leaderEmail, neighbourEmail, leadEmail, outsideLeadEmail, outsiderEmail}
	for path, body := range posts {
		for _, email := range foreign {
			want := http.StatusForbidden
			if path == "/people" && email == neighbourEmail {
				continue // she invites to Porsgrunn
			}
			if got := s.browse(email, http.MethodPost, path, body); got.Status != want {
				t.Errorf("%s posts %s: %d", email, path, got.Status)
			}
		}
		if got := s.do(s.request(http.MethodPost, path, body)); got.Status != http.StatusUnauthorized {
			t.Errorf("nobody posts %s: %d", path, got.Status)
		}
	}
	for _, email := range foreign {
		if got := s.browse(email, http.MethodGet, contributor, ""); got.Status != http.StatusForbidden {
			t.Errorf("%s sees her: %d", email, got.Status)
		}
	}
	for _, email := range []string{contributorEmail, leaderEmail, outsiderEmail} {
		if got := s.browse(email, http.MethodGet, "/people", ""); got.Status != http.StatusForbidden {
			t.Errorf("%s sees the list: %d", email, got.Status)
		}
	}
	page := string(s.browse(leadEmail, http.MethodGet, "/people?view=all", "").Body)
	has(t, "the lead's list", page, neighbourEmail)
	hasNot(t, "the lead's list", page, contributorEmail, adminEmail)
	page = string(s.browse(neighbourEmail, http.MethodGet, "/people?view=all", "").Body)
	hasNot(t, "the neighbour's list", page, contributorEmail, adminEmail, "ny@example.org")

	// A place in the form does not move a coordinator's invitation elsewhere; a role beyond hers is refused.
	s.invited(neighbourEmail, "view", "municipality", "name", "Ny", "email", "to.porsgrunn@example.org", "role", "leader", "place", string(demo.Region)+"/larvik", "municipality", "larvik")
	if open, _, err := s.Invitations.OfPlace(t.Context(), "larvik", 10, ""); err != nil || slices.ContainsFunc(open, func(i org.Invitation) bool { return i.Email == "to.porsgrunn@example.org" }) {
		t.Errorf("she invited to Larvik, %v", err)
	}
	for _, form := range [][]string{{"view", "municipality", "role", "administrator"}, {"view", "all", "role", "contributor", "place", "vestfold-telemark/larvik"}, {"view", "region", "role", "coordinator", "place", "vestfold-telemark/larvik"}} {
		if got := s.browse(neighbourEmail, http.MethodPost, "/people", fields(append(form, "name", "X", "email", "x@example.org")...)); got.Status != http.StatusForbidden {
			t.Errorf("%v: %d", form, got.Status)
		}
	}
	if len(s.mails()) != 0 {
		t.Error("a mail left")
	}
	got := s.browse(neighbourEmail, http.MethodPost, "/people", fields("view", "municipality", "name", "", "email", "x@example.org\r\nBcc: y@example.org", "role", "leader"))
	if got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a bad form: %d", got.Status)
	}
	has(t, "the bad form", string(got.Body), `id="name-error"`, `value="leader" selected`)
}

func TestChangingAPerson(t *testing.T) {
	s := startServer(t)
	person := s.person(contributorEmail)
	path := "/people/" + string(person.ID)
	session := s.session(contributorEmail)
	get := func() reply {
		req := s.request(http.MethodGet, "/", "")
		req.AddCookie(session)
		return s.do(req)
	}
	if got := s.browse(coordinatorEmail, http.MethodPost, path+"/deactivate", "confirm=no"); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("not confirmed: %d", got.Status)
	}
	if get().Status != http.StatusOK {
		t.Error("she is out before it was confirmed")
	}
	s.token(contributorEmail)
	if got := s.browse(coordinatorEmail, http.MethodPost, path+"/deactivate", "confirm=yes"); got.Status != http.StatusSeeOther {
		t.Errorf("deactivating: %d", got.Status)
	}
	if get().Status != http.StatusSeeOther || s.call(contributorEmail, http.MethodGet, "/api/v1/rounds?region=vestfold-telemark", "").Status != http.StatusUnauthorized {
		t.Error("her session or token is still good")
	}
	has(t, "the list", string(s.browse(coordinatorEmail, http.MethodGet, "/people", "").Body), "Avsluttet")
	if got := s.browse(coordinatorEmail, http.MethodPost, path+"/reactivate", ""); got.Status != http.StatusSeeOther || len(s.person(contributorEmail).Grants) != 1 {
		t.Errorf("giving it back: %d", got.Status)
	}
	if got := s.browse(coordinatorEmail, http.MethodPost, path+"/role", fields("municipality", "larvik", "from", "contributor", "role", "leader")); got.Status != http.StatusSeeOther || s.person(contributorEmail).Grants[0].Role != org.Leader {
		t.Errorf("another role: %d", got.Status)
	}
	own := "/people/" + string(s.person(coordinatorEmail).ID)
	if got := s.browse(coordinatorEmail, http.MethodPost, own+"/deactivate", "confirm=yes"); got.Status != http.StatusConflict {
		t.Errorf("the last coordinator goes: %d", got.Status)
	}
	if got := s.browse(coordinatorEmail, http.MethodPost, own+"/role", fields("municipality", "larvik", "from", "coordinator", "role", "leader")); got.Status != http.StatusForbidden {
		t.Errorf("her own role: %d", got.Status)
	}
}

// Whoever managed somebody who works elsewhere now sees her name and what she was, to give it back, and not how to reach her. Of somebody
// who works nowhere any more the last address stays.
func TestTheAddressIsForWhoManagesHer(t *testing.T) {
	s := startServer(t)
	person := s.person(contributorEmail)
	path := "/people/" + string(person.ID)
	sees := func(email string, want bool) {
		t.Helper()
		for what, body := range map[string]string{
			"the page": string(s.browse(email, http.MethodGet, path, "").Body),
			"the list": string(s.browse(email, http.MethodGet, "/people?view=municipality", "").Body),
			"the API":  string(s.call(email, http.MethodGet, "/api/v1"+path, "").Body),
		} {
			has(t, email+", "+what, body, person.Name)
			if got := strings.Contains(body, person.Email); got != want {
				t.Errorf("%s, %s: the address is shown: %t", email, what, got)
			}
		}
	}
	sees(coordinatorEmail, true)
	if got := s.browse(coordinatorEmail, http.MethodPost, path+"/deactivate", "confirm=yes"); got.Status != http.StatusSeeOther {
		t.Fatalf("deactivating: %d", got.Status)
	}
	sees(coordinatorEmail, true)
	if _, err := s.People.Change(t.Context(), person.ID, func(p *org.Person) error {
		p.Inactive, p.Grants = false, []org.Grant{{Role: org.Contributor, Municipality: "porsgrunn", Region: demo.Region}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	sees(coordinatorEmail, false)
	has(t, "where she works", string(s.browse(neighbourEmail, http.MethodGet, path, "").Body), person.Email)
}

// When somebody's access ends the page offers at once to hand over what she owned.
func TestEndingOffersToHandOver(t *testing.T) {
	s := startServer(t)
	contributor := s.person(contributorEmail)
	if _, err := s.People.Change(t.Context(), contributor.ID, func(p *org.Person) error { p.Grants[0].Role = org.Coordinator; return nil }); err != nil {
		t.Fatal(err)
	}
	s.invited(contributorEmail, "view", "municipality", "name", "Ny", "email", "ny@example.org", "role", "leader")
	path := "/people/" + string(contributor.ID)
	got := s.browse(coordinatorEmail, http.MethodPost, path+"/deactivate", "confirm=yes")
	if got.Status != http.StatusSeeOther || got.Header.Get("Location") != path+"?ended=yes" {
		t.Fatalf("ending: %d to %s", got.Status, got.Header.Get("Location"))
	}
	has(t, "the page", string(s.browse(coordinatorEmail, http.MethodGet, path+"?ended=yes", "").Body), "Tilgangen er avsluttet", `href="#owns"`, `action="`+path+`/hand-over"`)
	if got := s.browse(coordinatorEmail, http.MethodPost, path+"/hand-over", "to="+string(s.person(coordinatorEmail).ID)); got.Status != http.StatusSeeOther {
		t.Errorf("handing over: %d", got.Status)
	}
	hasNot(t, "afterwards", string(s.browse(coordinatorEmail, http.MethodGet, path+"?ended=yes", "").Body), `href="#owns"`, "/hand-over")
}

// Who works in two municipalities sees one at a time, and chooses which.
func TestSwitchingMunicipality(t *testing.T) {
	s := startServer(t)
	hasNot(t, "with one", string(s.browse(contributorEmail, http.MethodGet, "/", "").Body), "/preferences/municipality")
	secret := s.invited(neighbourEmail, "view", "municipality", "name", "X", "email", contributorEmail, "role", "contributor")
	s.do(s.request(http.MethodPost, "/invitations/"+secret, "name="))
	place := regexp.MustCompile(`hh-who__place">([^<]*)<`)
	in := func() string {
		return string(place.FindSubmatch(s.browse(contributorEmail, http.MethodGet, "/", "").Body)[1])
	}
	if got := in(); got != "Porsgrunn kommune" { // where she was just invited
		t.Errorf("she is in %q", got)
	}
	if got := s.browse(contributorEmail, http.MethodPost, "/preferences/municipality", "municipality=larvik"); got.Status != http.StatusSeeOther || in() != "Larvik kommune" {
		t.Errorf("back to Larvik: %d, in %q", got.Status, in())
	}
	if got := s.browse(contributorEmail, http.MethodPost, "/preferences/municipality", "municipality=tokke"); got.Status != http.StatusForbidden || in() != "Larvik kommune" {
		t.Errorf("to Tokke: %d", got.Status)
	}
}
