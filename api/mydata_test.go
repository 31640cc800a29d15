package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/internal/mail"
	"helhet/org"
)

// myFile reads what is kept of the owner of a session.
func (s *testServer) myFile(session *http.Cookie) (d v1PersonalData) {
	s.t.Helper()
	got := s.visit(session, http.MethodGet, "/account/data.json", "")
	if got.Status != http.StatusOK || got.Header.Get("Content-Disposition") != `attachment; filename="helhet-my-data.json"` {
		s.t.Fatalf("the file: %d %.300s", got.Status, got.Body)
	}
	got.into(s.t, &d)
	return d
}

// writes lets somebody save one answer with a note in the open round.
func (s *testServer) writes(email, question, note string) {
	s.t.Helper()
	p, round := s.person(email), s.openRound()
	m := p.Actor().Municipality()
	a, err := s.Assessments.Assessment(s.t.Context(), p.Actor(), round.ID, m)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, q := range a.Answers.All() {
		if string(q.Question) != question {
			continue
		}
		if _, err := s.Assessments.SaveAnswer(s.t.Context(), p.Actor(), assessment.Save{Round: round.ID, Municipality: m, Question: q.Question, Tag: q.Tag, Value: assessment.Value{Level: new(3), Note: note}}); err != nil {
			s.t.Fatal(err)
		}
		return
	}
	if _, err := s.API.Assessments.SaveAnswer(s.t.Context(), p.Actor(), assessment.Save{Round: round.ID, Municipality: m, Question: "lager.ansvar", First: true, Value: assessment.Value{Level: new(3), Note: note}}); err != nil {
		s.t.Fatal(err)
	}
}

// leaves does all to somebody that leaves something of her, and gives her session and her account's id.
func (s *testServer) leaves(email string) (*http.Cookie, string) {
	s.t.Helper()
	ctx := s.t.Context()
	p := s.person(email)
	s.writes(email, "lager.ansvar", "Hennes eget notat")
	if err := s.API.Accounts.LinkAccount(ctx, p.ID, "https://issuer.example.org", "subject-of-hers"); err != nil {
		s.t.Fatal(err)
	}
	account := auth.AccountID("https://issuer.example.org", "subject-of-hers")
	if err := s.Access.Ask(ctx, org.AccessRequest{ID: account, IssuerName: "Issuer", Issuer: "https://issuer.example.org", Subject: "subject-of-hers",
		Name: "Hun Selv", Email: email, Municipality: "larvik", Message: "La meg inn"}); err != nil {
		s.t.Fatal(err)
	}
	if _, _, err := s.Auth.MakeToken(ctx, auth.Caller{Person: p}, auth.TokenOrder{Name: "Hennes rapport", Days: 7}); err != nil {
		s.t.Fatal(err)
	}
	if err := s.Mails.outbox.Hand(ctx, "to-her", mail.Message{To: email, Subject: "S", Text: "T\n"}); err != nil {
		s.t.Fatal(err)
	}
	s.relay()
	return s.session(email), account
}

func TestMyData(t *testing.T) {
	s := startServer(t)
	me, _ := s.leaves(contributorEmail)
	d := s.myFile(me)
	p := s.person(contributorEmail)
	if d.Person.ID != p.ID || d.Person.Name != p.Name || d.Person.Email != contributorEmail || len(d.Roles) != 1 || len(d.Places) != 1 || d.Places[0] != "larvik" ||
		len(d.Accounts) != 1 || d.Accounts[0].Issuer != "https://issuer.example.org" || len(d.Sessions) != 1 || len(d.Tokens) != 1 || d.Tokens[0].Secret != "" || d.Tokens[0].Name != "Hennes rapport" ||
		len(d.AccessRequests) != 1 || d.AccessRequests[0].Message != "La meg inn" || len(d.Mails) != 1 || d.AuditLines.Did < 2 || d.AuditLines.About < 1 {
		t.Errorf("the file says %+v", d)
	}
	found := false
	for _, c := range d.Contributions {
		if c.Municipality != "larvik" {
			t.Errorf("something of %s", c.Municipality)
		}
		for _, a := range c.Written {
			found = found || c.Round == s.openRound().ID && a.Note == "Hennes eget notat"
		}
		if c.Answers != len(c.Written) || c.Tasks != len(c.Organised) {
			t.Errorf("%+v counts wrong", c)
		}
	}
	if !found {
		t.Errorf("her note is not among %+v", d.Contributions)
	}
	if raw := string(s.visit(me, http.MethodGet, "/account/data.json", "").Body); strings.Contains(raw, "hash") || strings.Contains(raw, me.Value[len(me.Value)-10:]) || strings.Contains(raw, "subject-of-hers") {
		t.Error("the file holds a secret")
	}
	for _, lang := range []string{"nb", "nn", "en"} {
		for _, path := range []string{"/account/data", "/account/delete", "/people/" + string(p.ID) + "?confirm=delete"} {
			got := s.inLanguage(coordinatorEmail, lang, path)
			if got.Status != http.StatusOK {
				t.Errorf("%s in %s: %d", path, lang, got.Status)
			}
			hasNot(t, path+" in "+lang, string(got.Body), "⟦", " style=", "%!", "{name}", "{id}")
		}
	}
	has(t, "the page", text(s.visit(me, http.MethodGet, "/account/data", "")), string(p.ID), contributorEmail, "Fagperson, Larvik", "Konto hos https://issuer.example.org", "Du ba om tilgang til Larvik", `href="/account/data.json"`)
	// What others wrote is not hers, and what she wrote is nobody else's.
	for _, email := range []string{coordinatorEmail, leaderEmail, neighbourEmail, leadEmail, adminEmail, auditorEmail} {
		hasNot(t, email, string(s.browse(email, http.MethodGet, "/account/data.json", "").Body), "Hennes eget notat", string(p.ID), contributorEmail)
	}
	// By API it is the same, but for a token of one municipality.
	var api v1PersonalData
	s.call(contributorEmail, http.MethodGet, "/api/v1/me/data", "").into(t, &api)
	if api.Person != d.Person || len(api.Contributions) != len(d.Contributions) {
		t.Errorf("the API says %+v", api.Person)
	}
	narrow, _, err := s.Auth.MakeToken(t.Context(), auth.Caller{Person: s.person(contributorEmail)}, auth.TokenOrder{Name: "n", Days: 1, Municipality: "larvik"})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/api/v1/me/data", "/account/data", "/account/data.json"} {
		if got := s.do(s.request(http.MethodGet, path, "", "Authorization", "Bearer "+narrow)); got.Status != http.StatusForbidden {
			t.Errorf("%s by a narrow token: %d", path, got.Status)
		}
	}
}

// Of a municipality she has left she is told how much she wrote, and not what.
func TestMyDataOfWhereIWas(t *testing.T) {
	s := startServer(t)
	s.writes(contributorEmail, "lager.ansvar", "Hennes eget notat")
	before := s.myFile(s.session(contributorEmail)).Contributions
	if _, err := s.People.Change(t.Context(), s.person(contributorEmail).ID, func(p *org.Person) error {
		p.Former, p.Grants = p.Grants, []org.Grant{{Role: org.Contributor, Municipality: "porsgrunn", Region: p.Grants[0].Region}}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	me := s.session(contributorEmail)
	after := s.myFile(me)
	if len(after.Contributions) != len(before) || len(before) == 0 || after.Contributions[0].Answers != before[0].Answers || len(after.Contributions[0].Written) != 0 || len(before[0].Written) == 0 {
		t.Errorf("before %+v, after %+v", before, after.Contributions)
	}
	hasNot(t, "the file", string(s.visit(me, http.MethodGet, "/account/data.json", "").Body), "Hennes eget notat")
}

func TestCorrectMyData(t *testing.T) {
	s := startServer(t)
	me := s.session(contributorEmail)
	for _, name := range []string{"", " ", "Kari\r\nBcc", "Kari\u202eX", strings.Repeat("x", 101)} {
		got := s.visit(me, http.MethodPost, "/account/data", fields("name", name, "language", "nn"))
		if got.Status != http.StatusUnprocessableEntity {
			t.Errorf("the name %q: %d", name, got.Status)
		}
		has(t, name, text(got), `id="name-error"`, `href="#name"`, `value="nn" selected`)
	}
	if got := s.visit(me, http.MethodPost, "/account/data", fields("name", "Kari", "language", "xx")); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a language that is none: %d", got.Status)
	}
	// Whatever else the form holds counts for nothing.
	got := s.visit(me, http.MethodPost, "/account/data", fields("name", " Kari Ny <b> ", "language", "nn", "email", "x@example.org", "grants", "administrator", "id", "p-demo-lead"))
	if p := s.person(contributorEmail); got.Status != http.StatusSeeOther || p.Name != "Kari Ny <b>" || p.Language != org.Nynorsk || p.Grants[0].Role != org.Contributor {
		t.Errorf("%d, she is %+v", got.Status, p)
	}
	has(t, "afterwards", string(s.visit(me, http.MethodGet, "/account/data?saved=yes", "").Body), "Kari Ny &lt;b&gt;", "Det er lagra.")
	if got := s.call(contributorEmail, http.MethodPost, "/account/data", fields("name", "By Program", "language", "")); got.Status != http.StatusForbidden || s.person(contributorEmail).Name != "Kari Ny <b>" {
		t.Errorf("by a program: %d", got.Status)
	}
}

// Somebody deletes herself: all of hers is gone, and what she answered stays as a former employee's.
func TestDeleteMe(t *testing.T) {
	s := startServer(t)
	ctx := t.Context()
	me, account := s.leaves(contributorEmail)
	p := s.person(contributorEmail)
	token := s.token(contributorEmail)
	challenge, err := s.API.Email.BeginEmail(ctx, contributorEmail, "somewhere")
	if err != nil || !challenge.Known {
		t.Fatal(err)
	}
	s.relay()
	has(t, "the question", text(s.visit(me, http.MethodGet, "/account/delete", "")), "Dette blir borte", "Dette blir stående", "data-sign-out")
	if got := s.visit(me, http.MethodPost, "/account/delete", "confirm="); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("not confirmed: %d", got.Status)
	}
	if got := s.do(s.request(http.MethodPost, "/account/delete", "confirm=yes", "Authorization", "Bearer "+token)); got.Status != http.StatusForbidden {
		t.Errorf("by a program: %d", got.Status)
	}
	got := s.visit(me, http.MethodPost, "/account/delete", "confirm=yes")
	if got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/sign-in?deleted=yes" || cookies(got)[sessionCookie].MaxAge >= 0 {
		t.Fatalf("deleting: %d to %s", got.Status, got.Header.Get("Location"))
	}
	has(t, "afterwards", text(s.do(s.request(http.MethodGet, "/sign-in?deleted=yes", ""))), "Du er slettet.")

	// Nothing lets her in any more, and nothing of hers is left, even before the job has been there.
	if got := s.visit(me, http.MethodGet, "/account", ""); got.Status != http.StatusSeeOther {
		t.Errorf("her session opens with %d", got.Status)
	}
	if got := s.do(s.request(http.MethodGet, "/api/v1/tokens", "", "Authorization", "Bearer "+token)); got.Status != http.StatusUnauthorized {
		t.Errorf("her token opens with %d", got.Status)
	}
	if _, err := s.API.Email.ByLink(ctx, challenge.Link); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("her mail's link: %v", err)
	}
	if left, err := s.API.Accounts.Of(ctx, p.ID); err != nil || len(left) != 0 {
		t.Errorf("accounts %v, %v", left, err)
	}
	if _, err := s.Access.Get(ctx, account); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("her request: %v", err)
	}
	if left, err := s.Mails.outbox.To(ctx, contributorEmail, 10); err != nil || len(left) != 0 {
		t.Errorf("mails %v, %v", left, err)
	}
	if again, err := s.API.Email.BeginEmail(ctx, contributorEmail, "somewhere"); err != nil || again.Known {
		t.Errorf("her address signs in: %v", err)
	}
	s.relay()
	s.later = 10 * time.Minute
	if n, err := s.API.Deletions.Finish(ctx, 10); err != nil || n != 1 {
		t.Errorf("%d gone, %v", n, err)
	}

	// What she did stays, as one for all.
	page := text(s.browse(coordinatorEmail, http.MethodGet, "/tasks/lager", ""))
	has(t, "the task", page, "Hennes eget notat", "tidligere medarbeider")
	hasNot(t, "the task", page, p.Name, string(p.ID))
	a, err := s.Assessments.Assessment(ctx, s.person(coordinatorEmail).Actor(), s.openRound().ID, "larvik")
	if err != nil || a.Answer("lager.ansvar").By != p.ID {
		t.Errorf("the answer is by %q, %v", a.Answer("lager.ansvar").By, err)
	}
	for lang, want := range map[string]string{"nb": "tidligere medarbeider", "nn": "tidlegare medarbeidar", "en": "former employee"} {
		lost := s.call(coordinatorEmail, http.MethodPut, "/api/v1/assessments/"+string(s.openRound().ID)+"/3909/answers/lager.ansvar", `{"level":1}`, "If-Match", `"AAAAAAAAAAAAAAAA"`, "Cookie", languageCookie+"="+lang)
		var told struct {
			Current struct{ By string }
		}
		if err := json.Unmarshal(lost.Body, &told); err != nil || lost.Status != http.StatusPreconditionFailed || told.Current.By != want {
			t.Errorf("a lost save in %s: %d by %q", lang, lost.Status, told.Current.By)
		}
		has(t, "the log in "+lang, text(s.inLanguage(adminEmail, lang, "/audit?type=person.deleted")), want)
	}
	hasNot(t, "the log", text(s.browse(adminEmail, http.MethodGet, "/audit", "")), p.Name, contributorEmail)
	if log := s.Log.String(); strings.Contains(log, contributorEmail) || strings.Contains(log, p.Name) {
		t.Errorf("the log tells of her: %s", log)
	}
	for _, path := range []string{"/people", "/people?view=all"} {
		hasNot(t, path, text(s.browse(coordinatorEmail, http.MethodGet, path, "")), contributorEmail)
	}
	hasNot(t, "the demo's people", text(s.do(s.request(http.MethodGet, "/sign-in", ""))), string(p.ID))
}

// Who can't be spared is told so, and how she gets out of it; by whatever way she tries.
func TestTheLastOneIsNotDeleted(t *testing.T) {
	s := startServer(t)
	for email, why := range map[string]string{coordinatorEmail: "Inviter en annen først.", adminEmail: "Inviter en annen før du slutter."} {
		page := text(s.browse(email, http.MethodGet, "/account/delete", ""))
		has(t, email, page, "Du kan ikke slettes ennå.", why)
		hasNot(t, email, page, `action="/account/delete"`)
		got := s.browse(email, http.MethodPost, "/account/delete", "confirm=yes")
		if got.Status != http.StatusConflict || len(s.person(email).Grants) != 1 {
			t.Errorf("%s: %d", email, got.Status)
		}
		has(t, email, text(got), why)
	}
}

func TestDeleteSomebodyElse(t *testing.T) {
	s := startServer(t)
	path := "/people/" + string(s.person(contributorEmail).ID)
	for _, email := range []string{contributorEmail, leaderEmail, neighbourEmail, leadEmail, outsideLeadEmail, outsiderEmail, auditorEmail} {
		if got := s.browse(email, http.MethodPost, path+"/delete", "confirm=yes"); got.Status != http.StatusForbidden {
			t.Errorf("%s deletes her: %d", email, got.Status)
		}
	}
	if got := s.do(s.request(http.MethodPost, path+"/delete", "confirm=yes")); got.Status != http.StatusUnauthorized {
		t.Errorf("nobody deletes her: %d", got.Status)
	}
	token := s.token(adminEmail)
	if got := s.do(s.request(http.MethodPost, path+"/delete", "confirm=yes", "Authorization", "Bearer "+token)); got.Status != http.StatusForbidden {
		t.Errorf("a program deletes her: %d", got.Status)
	}
	if got := s.browse(coordinatorEmail, http.MethodPost, path+"/delete", "confirm=no"); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("not confirmed: %d", got.Status)
	}
	s.person(contributorEmail)
	if got := s.browse(coordinatorEmail, http.MethodPost, path+"/delete", "confirm=yes"); got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/people?deleted=yes" {
		t.Errorf("deleting her: %d to %s", got.Status, got.Header.Get("Location"))
	}
	if got := s.browse(coordinatorEmail, http.MethodGet, path, ""); got.Status != http.StatusForbidden {
		t.Errorf("she is still there: %d", got.Status)
	}
	// The lead has no say over a leader, and is not offered what she may not do.
	hasNot(t, "the lead's page", text(s.browse(leadEmail, http.MethodGet, "/people/"+string(s.person(neighbourEmail).ID), "")), "Slett personen?")
	own := "/people/" + string(s.person(coordinatorEmail).ID)
	if got := s.browse(coordinatorEmail, http.MethodPost, own+"/delete", "confirm=yes"); got.Status != http.StatusForbidden {
		t.Errorf("herself, by the people's page: %d", got.Status)
	}
}
