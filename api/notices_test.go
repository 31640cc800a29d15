package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/demo"
	"helhet/internal/locale"
	"helhet/internal/mail"
	"helhet/org"
)

// wantMails checks to whom mails went, in which languages, and gives what they say.
func wantMails(t *testing.T, what string, got []mail.Message, want map[string]locale.Lang) (said string) {
	t.Helper()
	for _, m := range got {
		lang, ok := want[m.To]
		if !ok || m.Language != string(lang) {
			t.Errorf("%s: to %s in %s", what, m.To, m.Language)
		}
		said += m.Subject + "\n" + m.Text
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d mails, want %d", what, len(got), len(want))
	}
	return said
}

// addLarvik makes somebody of Larvik.
func (s *testServer) addLarvik(role org.Role, name string, change func(*org.Person)) {
	s.t.Helper()
	p := org.Person{ID: org.PersonID("p-" + name), Name: name, Email: name + "@example.org", Grants: []org.Grant{{Role: role, Municipality: larvik, Region: demo.Region}}}
	change(&p)
	if err := s.People.Create(s.t.Context(), p); err != nil {
		s.t.Fatal(err)
	}
}

// Leaders who may approve are told, each in her language, once, without anything of what was answered; nobody else is.
func TestLeadersAreToldWhatWaits(t *testing.T) {
	for name, handIn := range map[string]func(*testServer, assessment.RoundID) reply{
		"page": func(s *testServer, round assessment.RoundID) reply {
			return s.browse(coordinatorEmail, http.MethodPost, "/hand-in"+scopeQuery(round, larvik), fields("confirm", "yes"))
		},
		"API": func(s *testServer, round assessment.RoundID) reply {
			return s.call(coordinatorEmail, http.MethodPost, apiBase+"/assessments/"+string(round)+"/3909/submit", "")
		},
	} {
		s := startServer(t)
		s.API.PublicURL = "http://helhet.example.org"
		round := s.openRound()
		handIn(s, round.ID)
		if mails := s.mails(); len(mails) != 0 {
			t.Errorf("%s: %d mails where no approval is wanted", name, len(mails))
		}
		if _, err := s.Assessments.TakeBack(t.Context(), s.person(coordinatorEmail).Actor(), round.ID, larvik); err != nil {
			t.Fatal(err)
		}
		s.wantApproval()
		s.addLarvik(org.Leader, "nynorsk", func(p *org.Person) { p.Language = org.Nynorsk })
		s.addLarvik(org.Leader, "unproven", func(p *org.Person) { p.Unproven = true })
		s.addLarvik(org.Leader, "addressless", func(p *org.Person) { p.Email = "" })
		s.addLarvik(org.Leader, "ended", func(p *org.Person) { p.Inactive = true })
		s.addLarvik(org.Leader, "former", func(p *org.Person) { p.Former, p.Grants = p.Grants, nil })
		for range 2 { // pressed twice
			handIn(s, round.ID)
		}
		said := wantMails(t, name, s.mails(), map[string]locale.Lang{leaderEmail: locale.Bokmal, "nynorsk@example.org": locale.Nynorsk})
		has(t, name, said, "Larvik kommune", round.Name, "\nhttp://helhet.example.org/hand-in?round="+url.QueryEscape(string(round.ID))+"\n", "ventar på", "venter på")
		hasNot(t, name, said, s.person(coordinatorEmail).Name, s.text("letter.stray"))
		// Who hands in and may approve knows it.
		if _, err := s.People.Change(t.Context(), s.person(coordinatorEmail).ID, func(p *org.Person) error {
			p.Grants = append(slices.Clone(p.Grants), org.Grant{Role: org.Leader, Municipality: larvik, Region: demo.Region})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Assessments.TakeBack(t.Context(), s.person(coordinatorEmail).Actor(), round.ID, larvik); err != nil {
			t.Fatal(err)
		}
		handIn(s, round.ID)
		wantMails(t, name+", by a leader", s.mails(), map[string]locale.Lang{leaderEmail: locale.Bokmal, "nynorsk@example.org": locale.Nynorsk})
	}
}

// A leader sees what waits on her first page, and reaches it from every page.
func TestALeaderSeesWhatWaits(t *testing.T) {
	s := startServer(t)
	for _, lang := range locale.Langs() {
		page := s.read(leaderEmail, lang, "/rounds", http.StatusOK)
		has(t, "the navigation", page, `<a href="/hand-in">`+s.Texts.For(lang).T("nav.approve")+"</a>")
		hasNot(t, "her first page", s.read(leaderEmail, lang, "/", http.StatusOK), s.Texts.For(lang).T("home.waits"))
	}
	s.wantApproval()
	if _, err := s.Assessments.HandIn(t.Context(), s.person(coordinatorEmail).Actor(), s.openRound().ID, larvik); err != nil {
		t.Fatal(err)
	}
	for _, lang := range locale.Langs() {
		for _, path := range []string{"/", "/?round=" + string(s.lastPublished().ID)} {
			page := s.read(leaderEmail, lang, path, http.StatusOK)
			has(t, path, page, s.Texts.For(lang).T("home.waits"), s.person(coordinatorEmail).Name, s.openRound().Name, `<p><a href="`+handInPath(s.openRound().ID)+`">`)
		}
	}
	for _, email := range []string{contributorEmail, coordinatorEmail, leadEmail} {
		hasNot(t, email, s.read(email, locale.Bokmal, "/", http.StatusOK), s.text("home.waits"))
	}
}

// That a municipality asks to leave, and that it stays, is told to its coordinators and the administrators: to who asked too.
func TestDeparturesAreTold(t *testing.T) {
	s := startServer(t)
	s.API.PublicURL = "http://helhet.example.org"
	s.addLarvik(org.Coordinator, "nynorsk", func(p *org.Person) { p.Language = org.Nynorsk })
	s.addLarvik(org.Coordinator, "ended", func(p *org.Person) { p.Inactive = true })
	told := map[string]locale.Lang{coordinatorEmail: locale.Bokmal, "nynorsk@example.org": locale.Nynorsk, adminEmail: locale.Bokmal}
	if got := s.browse(coordinatorEmail, http.MethodPost, "/municipality/leave", fields("name", "wrong")); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong name: %d", got.Status)
	}
	wantMails(t, "not asked", s.mails(), nil)
	for range 2 { // the second is told that it was asked already
		s.browse(coordinatorEmail, http.MethodPost, "/municipality/leave", fields("name", "Larvik"))
	}
	d, err := s.Leaving.Departure(t.Context(), s.person(adminEmail).Actor(), larvik)
	if err != nil || d == nil {
		t.Fatal(d, err)
	}
	said := wantMails(t, "leaving", s.mails(), told)
	has(t, "leaving", said, "Larvik kommune", s.Texts.For(locale.Bokmal).Date(d.Ends), s.Texts.For(locale.Nynorsk).Date(d.Ends), "\nhttp://helhet.example.org/municipality\n", "har bede om")
	hasNot(t, "leaving", said, s.person(coordinatorEmail).Name, s.text("letter.stray"))
	for range 2 {
		if got := s.browse(adminEmail, http.MethodPost, "/municipality/stay", fields("municipality", string(larvik))); got.Status != http.StatusSeeOther {
			t.Errorf("staying: %d", got.Status)
		}
	}
	has(t, "staying", wantMails(t, "staying", s.mails(), told), "Larvik kommune", s.text("letter.staying", "place", "Larvik kommune"))
	s.browse(coordinatorEmail, http.MethodPost, "/municipality/leave", fields("name", "Larvik"))
	wantMails(t, "leaving again", s.mails(), told)
}

// What can't be told is done all the same.
func TestWhatCannotBeToldIsDone(t *testing.T) {
	s := startServer(t)
	s.wantApproval()
	s.breakMail()
	round := s.openRound().ID
	for what, got := range map[string]reply{
		"handing in": s.browse(coordinatorEmail, http.MethodPost, "/hand-in"+scopeQuery(round, larvik), fields("confirm", "yes")),
		"leaving":    s.browse(coordinatorEmail, http.MethodPost, "/municipality/leave", fields("name", "Larvik")),
		"staying":    s.browse(coordinatorEmail, http.MethodPost, "/municipality/stay", fields("municipality", string(larvik))),
	} {
		if got.Status != http.StatusSeeOther {
			t.Errorf("%s: %d", what, got.Status)
		}
	}
	if a := s.own(); a.State != assessment.Waiting {
		t.Errorf("it is %s", a.State)
	}
	if !strings.Contains(s.Log.String(), "mail not handed over") || strings.Contains(s.Log.String(), "@example.org") {
		t.Errorf("the log: %s", s.Log)
	}
}
