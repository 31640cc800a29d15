package api

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"helhet/internal/auth"
	"helhet/internal/mail"
	"helhet/internal/store"
	"helhet/internal/store/sqlite"
	"helhet/org"
)

const hersAnew = "contributor.new@example.org"

var addressLink = regexp.MustCompile(`http\S*(/account/address/\S+)`)

// asksForAddress lets the owner of a session ask for another address, and gives the mails that leave.
func (s *testServer) asksForAddress(session *http.Cookie, email string) []mail.Message {
	s.t.Helper()
	if got := s.visit(session, http.MethodPost, "/account/address", fields("email", email)); got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/account/data#address" {
		s.t.Fatalf("asking for %s: %d to %s: %.300s", email, got.Status, got.Header.Get("Location"), got.Body)
	}
	return s.mails()
}

// linkTo asks for another address, and gives the path of the link in the mail to it.
func (s *testServer) linkTo(session *http.Cookie, email string) string {
	s.t.Helper()
	mails := s.asksForAddress(session, email)
	if len(mails) != 1 || mails[0].To != email || addressLink.FindStringSubmatch(mails[0].Text) == nil {
		s.t.Fatalf("mails %+v", mails)
	}
	return addressLink.FindStringSubmatch(mails[0].Text)[1]
}

func TestCorrectMyAddress(t *testing.T) {
	s := startServer(t)
	s.API.PublicURL = "http://helhet.example.org"
	here, elsewhere, other := s.session(contributorEmail), s.session(contributorEmail), s.session(neighbourEmail)
	token := s.token(contributorEmail)
	link := s.linkTo(here, hersAnew)
	has(t, "her data", text(s.visit(here, http.MethodGet, "/account/data", "")), "Vi har sendt en e-post til "+hersAnew, contributorEmail)
	if d := s.myFile(here); d.Person.NewEmail != hersAnew || d.Person.Email != contributorEmail {
		t.Errorf("the file says %+v", d.Person)
	}

	// Looking spends nothing, for nobody; where she isn't signed in she is led there first, and where another is it is refused.
	for range 2 {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			if got := s.visit(here, method, link, ""); got.Status != http.StatusOK || method == http.MethodGet && !strings.Contains(text(got), hersAnew) {
				t.Errorf("%s: %d", method, got.Status)
			}
			if got := s.visit(other, method, link, ""); got.Status != http.StatusForbidden {
				t.Errorf("%s by another: %d", method, got.Status)
			}
		}
		if got := s.do(s.request(http.MethodGet, link, "")); got.Status != http.StatusSeeOther || !strings.HasPrefix(got.Header.Get("Location"), "/sign-in?return=") {
			t.Errorf("by nobody: %d to %s", got.Status, got.Header.Get("Location"))
		}
	}
	for name, got := range map[string]reply{
		"another":                     s.visit(other, http.MethodPost, link, ""),
		"nobody":                      s.do(s.request(http.MethodPost, link, "")),
		"a program":                   s.do(s.request(http.MethodPost, link, "", "Authorization", "Bearer "+token)),
		"hers, from somewhere else":   s.visit(here, http.MethodPost, link, "", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example.org"),
		"hers, from another's page":   s.visit(here, http.MethodPost, link, "", personHeader, string(s.person(neighbourEmail).ID)),
		"hers, with a secret changed": s.visit(here, http.MethodPost, link[:len(link)-1]+"?", ""),
	} {
		if got.Status < 400 || s.person(contributorEmail).Email != contributorEmail {
			t.Errorf("%s takes it: %d", name, got.Status)
		}
	}
	has(t, "what another reads", text(s.visit(other, http.MethodGet, link, "")), s.text("error.address.other-person"))

	got := s.visit(here, http.MethodPost, link, "")
	if got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/account/data?address=changed#address" {
		t.Fatalf("taking it: %d to %s: %.300s", got.Status, got.Header.Get("Location"), got.Body)
	}
	page := text(s.visit(here, http.MethodGet, "/account/data?address=changed", ""))
	has(t, "afterwards", page, s.text("my-data.address.changed"), "<strong>"+hersAnew+"</strong>")
	hasNot(t, "afterwards", page, contributorEmail, "Vi har sendt")
	// Her other browser is signed out, her program goes on.
	if got := s.visit(elsewhere, http.MethodGet, "/account", ""); got.Status != http.StatusSeeOther {
		t.Errorf("elsewhere: %d", got.Status)
	}
	if got := s.do(s.request(http.MethodGet, "/api/v1/me", "", "Authorization", "Bearer "+token)); got.Status != http.StatusOK || !strings.Contains(string(got.Body), hersAnew) {
		t.Errorf("her program: %d %.300s", got.Status, got.Body)
	}
	// Whoever reads mail to the old one is told, without the new one, and signs in with it no more.
	mails := s.mails()
	if len(mails) != 1 || mails[0].To != contributorEmail || !strings.Contains(mails[0].Text, s.text("letter.address-changed.not-you")) || strings.Contains(mails[0].Text, s.text("letter.stray")) || strings.Contains(mails[0].Text, hersAnew) {
		t.Errorf("mails %+v", mails)
	}
	if _, _, code, _ := s.beginEmail(contributorEmail); code != "" {
		t.Error("the old one signs in")
	}
	_, signIn, _, _ := s.beginEmail(hersAnew)
	if got := s.do(s.request(http.MethodPost, signIn, "")); got.Status != http.StatusSeeOther || cookies(got)[sessionCookie] == nil {
		t.Errorf("the new one: %d", got.Status)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		got := s.visit(here, method, link, "")
		if got.Status != http.StatusConflict {
			t.Errorf("%s again: %d", method, got.Status)
		}
		has(t, method+" again", text(got), s.text("error.address.spent"))
	}
	s.relay()
	log := text(s.browse(adminEmail, http.MethodGet, "/audit?type=person.address-changed", ""))
	has(t, "the audit log", log, string(s.person(hersAnew).ID))
	secret := link[strings.LastIndexByte(link, '.')+1:]
	for name, told := range map[string]string{"the audit log": log, "the log": s.Log.String()} {
		hasNot(t, name, told, contributorEmail, hersAnew, secret)
	}
}

// The answer doesn't tell whether an address is somebody's: she is told so herself, by mail, without a link.
func TestAskingForAnAddressTellsNothing(t *testing.T) {
	s := startServer(t)
	s.API.PublicURL = "http://helhet.example.org"
	me := s.session(contributorEmail)
	seen := map[string]string{}
	for _, email := range []string{"somebody.unknown@example.org", neighbourEmail} {
		mails := s.asksForAddress(me, email)
		if len(mails) != 1 || mails[0].To != email || strings.Contains(mails[0].Text, "/account/address/") == (email == neighbourEmail) {
			t.Errorf("%s: mails %+v", email, mails)
		}
		page := text(s.visit(me, http.MethodGet, "/account/data", ""))
		seen[email] = strings.ReplaceAll(between(page, `id="address"`, "</section>"), email, "X")
		asked := s.call(contributorEmail, http.MethodPost, "/api/v1/me/address", `{"email":"`+email+`"}`)
		s.mails()
		if asked.Status != http.StatusAccepted || !strings.Contains(string(asked.Body), email) {
			t.Errorf("by API: %d %s", asked.Status, asked.Body)
		}
	}
	if seen[neighbourEmail] != seen["somebody.unknown@example.org"] || !strings.Contains(seen[neighbourEmail], "X") {
		t.Errorf("%s\n\n%s", seen[neighbourEmail], seen["somebody.unknown@example.org"])
	}
}

func TestAddressesThatCannotBeHers(t *testing.T) {
	s := startServer(t)
	me := s.session(contributorEmail)
	for typed, key := range map[string]string{
		"": "error.invitation.email", "kari": "error.invitation.email", "kari@example.org\r\nBcc: all@example.org": "error.invitation.email",
		"Kari <kari@example.org>": "error.invitation.email", " CONTRIBUTOR.3909@example.org ": "error.address.same",
	} {
		got := s.visit(me, http.MethodPost, "/account/address", fields("email", typed), "Cookie", languageCookie+"=nb")
		if got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", typed, got.Status)
		}
		page := text(got)
		has(t, typed, page, s.text(key), `aria-invalid="true"`, `value="`+s.person(contributorEmail).Name+`"`)
		first, _, _ := strings.Cut(typed, "\r")
		has(t, typed, page, `type="email" value="`+first)
	}
	if mails := s.mails(); len(mails) != 0 {
		t.Errorf("%d mails", len(mails))
	}
	// Taken while the mail was on its way: told where she asked.
	link := s.linkTo(me, hersAnew)
	if err := s.People.Create(t.Context(), org.Person{ID: "p-faster", Name: "Faster", Email: hersAnew}); err != nil {
		t.Fatal(err)
	}
	got := s.visit(me, http.MethodPost, link, "")
	if got.Status != http.StatusConflict || s.person(contributorEmail).Email != contributorEmail {
		t.Errorf("taken: %d", got.Status)
	}
	has(t, "taken", text(got), s.text("error.address.taken"), `value="`+hersAnew+`"`)
	if mails := s.mails(); len(mails) != 0 {
		t.Errorf("%d mails when nothing was changed", len(mails))
	}
	// Nothing has shown that the one she has is hers.
	if _, err := s.People.Change(t.Context(), s.person(contributorEmail).ID, func(p *org.Person) error { p.Unproven = true; return nil }); err != nil {
		t.Fatal(err)
	}
	got = s.visit(me, http.MethodPost, "/account/address", fields("email", "x@example.org"))
	if has(t, "unproven", text(got), s.text("error.address.unproven")); got.Status != http.StatusConflict {
		t.Errorf("unproven: %d", got.Status)
	}
	for range 11 {
		got = s.call(adminEmail, http.MethodPost, "/api/v1/me/address", `{"email":"y@example.org"}`)
	}
	if got.Status != http.StatusTooManyRequests {
		t.Errorf("eleven times: %d", got.Status)
	}
	s.API.Mail = mail.New(store.Open(s.DB.Engine()), nil, s.API.Now, s.API.Log)
	page := text(s.visit(me, http.MethodGet, "/account/data", ""))
	has(t, "without mail", page, s.text("my-data.address.no-mail"))
	hasNot(t, "without mail", page, `action="/account/address"`)
	if got := s.visit(me, http.MethodPost, "/account/address", fields("email", "x@example.org")); got.Status != http.StatusConflict {
		t.Errorf("without mail: %d", got.Status)
	}
}

func TestAddressPagesInEveryLanguage(t *testing.T) {
	s := startServer(t)
	if err := s.People.Create(t.Context(), org.Person{ID: "p-asked", Name: "Asked", Grants: []org.Grant{{Role: org.Contributor, Municipality: larvik, Region: "vestfold-telemark"}}}); err != nil {
		t.Fatal(err)
	}
	secret, err := s.Auth.SignIn(t.Context(), "p-asked")
	if err != nil {
		t.Fatal(err)
	}
	var told []mail.Message
	for _, me := range []*http.Cookie{s.session(contributorEmail), {Name: sessionCookie, Value: secret}} { // with an address, and without
		link := s.linkTo(me, "x."+me.Value[2:6]+"@example.org")
		for _, lang := range []string{"nb", "nn", "en"} {
			for _, path := range []string{"/account/data", "/account/data?address=changed", link} {
				got := s.visit(me, http.MethodGet, path, "", "Cookie", languageCookie+"="+lang)
				if got.Status != http.StatusOK || got.Header.Get("Content-Language") != lang {
					t.Errorf("%s in %s: %d", path, lang, got.Status)
				}
				hasNot(t, path+" in "+lang, string(got.Body), "⟦", " style=", "%!", "{email}", "{time}")
			}
		}
		if got := s.visit(me, http.MethodPost, link, ""); got.Status != http.StatusSeeOther {
			t.Errorf("taking it: %d", got.Status)
		}
		told = append(told, s.mails()...)
	}
	if len(told) != 1 || told[0].To != contributorEmail {
		t.Errorf("who had none is told: %+v", told)
	}
}

// breakMail makes the outbox a database that has gone.
func (s *testServer) breakMail() {
	s.t.Helper()
	engine, err := sqlite.Open(s.t.Context(), s.t.TempDir())
	if err != nil {
		s.t.Fatal(err)
	}
	db := store.Open(engine)
	s.API.Mail = mail.New(db, s.Mails, s.API.Now, s.API.Log)
	for _, err := range []error{db.Ensure(s.t.Context()), db.Close()} {
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// That the old address can't be told undoes nothing; that the new one can't be written to is told.
func TestAnAddressIsHersThoughNobodyCanBeTold(t *testing.T) {
	s := startServer(t)
	me := s.session(contributorEmail)
	id, link := s.person(contributorEmail).ID, s.linkTo(me, hersAnew)
	s.breakMail()
	if got := s.visit(me, http.MethodPost, link, ""); got.Status != http.StatusSeeOther || s.person(hersAnew).ID != id {
		t.Errorf("%d: %.300s", got.Status, got.Body)
	}
	if got := s.visit(me, http.MethodPost, "/account/address", fields("email", "z@example.org")); got.Status != http.StatusServiceUnavailable {
		t.Errorf("asking: %d", got.Status)
	}
}

func TestOneselfByTheAPI(t *testing.T) {
	s := startServer(t)
	const path = "/api/v1/me"
	var me v1Me
	s.call(contributorEmail, http.MethodGet, path, "").into(t, &me)
	if p := s.person(contributorEmail); me.ID != p.ID || me.Name != p.Name || me.Email != contributorEmail {
		t.Errorf("%+v", me)
	}
	me = v1Me{}
	s.call(contributorEmail, http.MethodPut, path, `{"name":" Kari Ny ","language":"nn"}`).into(t, &me)
	if p := s.person(contributorEmail); me.Name != "Kari Ny" || p.Name != me.Name || p.Language != org.Nynorsk || me.Language != org.Nynorsk {
		t.Errorf("%+v", me)
	}
	s.call(contributorEmail, http.MethodPut, path, `{"name":"Kari Ny"}`).into(t, &me)
	if p := s.person(contributorEmail); p.Language != "" {
		t.Errorf("the language stays %s", p.Language)
	}
	for body, want := range map[string]int{`{"name":""}`: http.StatusUnprocessableEntity, `{"name":"a","language":"xx"}`: http.StatusUnprocessableEntity, `{"name":"a\nb"}`: http.StatusUnprocessableEntity,
		`{"name":"a","email":"x@example.org"}`: http.StatusUnprocessableEntity, `{}`: http.StatusUnprocessableEntity} {
		if got := s.call(contributorEmail, http.MethodPut, path, body); got.Status != want {
			t.Errorf("%s: %d", body, got.Status)
		}
	}
	narrow, _, err := s.Auth.MakeToken(t.Context(), auth.Caller{Person: s.person(contributorEmail)}, auth.TokenOrder{Name: "n", Days: 1, Municipality: "larvik"})
	if err != nil {
		t.Fatal(err)
	}
	reading, _, err := s.Auth.MakeToken(t.Context(), auth.Caller{Person: s.person(contributorEmail)}, auth.TokenOrder{Name: "r", Days: 1, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, ask := range [][]string{{http.MethodPut, path, `{"name":"By Program"}`}, {http.MethodPost, path + "/address", `{"email":"program@example.org"}`}, {http.MethodDelete, path, ""}} {
		for _, token := range []string{narrow, reading} {
			if got := s.do(s.request(ask[0], ask[1], ask[2], "Authorization", "Bearer "+token, "Helhet-Confirm", "deletion")); got.Status != http.StatusForbidden {
				t.Errorf("%v by a lesser token: %d", ask, got.Status)
			}
		}
	}
	// A program may ask for a mail; only she, in her browser, makes the address hers.
	if got := s.call(contributorEmail, http.MethodPost, path+"/address", `{"email":"Program@Example.org"}`); got.Status != http.StatusAccepted {
		t.Errorf("asking: %d %.300s", got.Status, got.Body)
	}
	link := addressLink.FindStringSubmatch(s.mails()[0].Text)[1]
	if got := s.call(contributorEmail, http.MethodPost, link, ""); got.Status != http.StatusForbidden {
		t.Errorf("taking it by a program: %d", got.Status)
	}
	if got := s.browse(contributorEmail, http.MethodPost, link, ""); got.Status != http.StatusSeeOther {
		t.Errorf("taking it: %d", got.Status)
	}
	// No program deletes anybody, and nobody by a slip.
	session := s.session("program@example.org")
	for name, got := range map[string]reply{
		"a program": s.call("program@example.org", http.MethodDelete, path, "", "Helhet-Confirm", "deletion"),
		"a slip":    s.visit(session, http.MethodDelete, path, ""),
		"nobody":    s.do(s.request(http.MethodDelete, path, "", "Helhet-Confirm", "deletion")),
		"the last":  s.browse(coordinatorEmail, http.MethodDelete, path, "", "Helhet-Confirm", "deletion"),
	} {
		if got.Status < 400 {
			t.Errorf("%s deletes: %d", name, got.Status)
		}
	}
	if got := s.visit(session, http.MethodDelete, path, "", "Helhet-Confirm", "deletion"); got.Status != http.StatusNoContent {
		t.Errorf("deleting: %d %.300s", got.Status, got.Body)
	}
	if got := s.visit(session, http.MethodGet, path, ""); got.Status != http.StatusUnauthorized {
		t.Errorf("afterwards: %d", got.Status)
	}
}
