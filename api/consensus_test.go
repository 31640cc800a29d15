package api

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/org"
)

// second is another coordinator of Larvik.
const secondEmail = "second.3909@example.org"

func (s *testServer) addSecond() {
	s.t.Helper()
	if err := s.People.Create(s.t.Context(), org.Person{ID: "p-second", Name: "Sissel Samkoordinator", Email: secondEmail,
		Grants: []org.Grant{{Role: org.Coordinator, Municipality: "larvik", Region: "vestfold-telemark"}}}); err != nil {
		s.t.Fatal(err)
	}
}

// settles sends the form of what the group settles, as the page last showed it.
func (s *testServer) settles(session *http.Cookie, at assessment.Sitting, level, why string) reply {
	s.t.Helper()
	page := text(s.visit(session, http.MethodGet, sittingPath(at, "consensus"), ""))
	form := map[string]string{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="(question|tag|edit)" value="([^"]*)">`).FindAllStringSubmatch(page, -1) {
		form[m[1]] = m[2]
	}
	return s.visit(session, http.MethodPost, sittingPath(at, "consensus/settle"), fields("question", form["question"], "tag", form["tag"], "edit", form["edit"], "level", level, "why", why))
}

// A group of three rates and settles a task, on its pages from beginning to end, without scripts.
func TestAGroupMeetsOnItsPages(t *testing.T) {
	s := startServer(t)
	s.addSecond()
	at := s.sitting()
	kari, frode, line := s.session(coordinatorEmail), s.session(contributorEmail), s.session(leaderEmail)
	task, rate, meeting := taskPath(at.Task, at.Round), sittingPath(at, "rate"), sittingPath(at, "consensus")
	get := func(who *http.Cookie, path string) string {
		t.Helper()
		got := s.visit(who, http.MethodGet, path, "")
		if got.Status != http.StatusOK {
			t.Fatalf("%s: %d", path, got.Status)
		}
		return text(got)
	}
	post := func(who *http.Cookie, path, body string, status int) string {
		t.Helper()
		got := s.visit(who, http.MethodPost, path, body)
		if got.Status != status {
			t.Fatalf("%s: %d, want %d: %.400s", path, got.Status, status, got.Body)
		}
		return text(got)
	}
	const few, again = "Er dere færre enn fem", "Spredningen har vært vist før."
	has(t, "the coordinator's task", get(kari, task), "La flere vurdere hver for seg først", few)
	hasNot(t, "others' task", get(frode, task)+get(line, task), "La flere vurdere", few)
	has(t, "rating before it is asked for", get(frode, rate), "Ingen har bedt om")
	post(kari, sittingPath(at, "ratings/open"), "a=b", http.StatusSeeOther)
	has(t, "the contributor's task", get(frode, task), rate, "Ingen har vurdert alle spørsmålene ennå.")
	has(t, "her first page", get(frode, "/"), "Vurder hver for seg nå", strings.ReplaceAll(rate, "&", "&"))
	has(t, "the leader, who reads", get(line, meeting), "Ingen har vurdert alle")
	hasNot(t, "the leader's page", get(line, meeting)+get(line, "/"), `href="`+rate, "Vis spredningen")
	has(t, "the coordinator's meeting", get(kari, meeting), few, "Vis spredningen", "Ikke vurder hver for seg likevel")

	// One question after the other, a tap each.
	for i, level := range []string{"1", "2", "unsure", "4"} {
		page := get(frode, rate)
		has(t, "the question", page, "Spørsmål "+strconv.Itoa(i+1)+" av 4", few, "Bare du ser")
		if before := strings.Index(page, few) < strings.Index(page, `name="level"`); before != (i == 0) {
			t.Errorf("question %d: what is said of few raters stands before the levels: %t", i+1, before)
		}
		question := regexp.MustCompile(`name="question" value="([^"]*)"`).FindStringSubmatch(page)[1]
		if i == 0 {
			back := post(frode, rate, fields("question", question, "level", "high"), http.StatusUnprocessableEntity)
			has(t, "what is no level", back, "Velg et nivå.")
		}
		post(frode, rate, fields("question", question, "level", level), http.StatusSeeOther)
	}
	done := get(frode, rate)
	has(t, "when she is done", done, "Takk, du har vurdert alt", "Vet ikke", "1 har vurdert alle spørsmålene.", meeting)
	has(t, "a question again", get(frode, rate+"&question=testing.praksis"), `value="2" aria-pressed="true"`)
	post(kari, rate, fields("question", "testing.ansvar", "level", "3"), http.StatusSeeOther)
	post(kari, sittingPath(at, "consensus/show"), "a=b", http.StatusSeeOther)
	late := post(frode, rate, fields("question", "testing.samhandling", "level", "5"), http.StatusConflict)
	has(t, "a late rating", late, "Vurderingene er avsluttet", "Samhandling: 5 I kontinuerlig forbedring", meeting)
	has(t, "her own, afterwards", get(frode, rate), "Det du har valgt", "Tilfeldig")

	has(t, "the spread", get(frode, meeting), "Laveste nivå er 1, høyeste er 3.", "mer vises ikke")
	hasNot(t, "who follows", get(frode, meeting), "Lagre det dere er enige om", "Ta over", "2 har valgt", "2 personer")
	has(t, "who leads", get(kari, meeting), "Lagre det dere er enige om", again, "La flere vurdere på nytt")

	// Nothing that was typed is lost, whatever is wrong with it.
	wrong := s.settles(kari, at, "", "")
	has(t, "nothing chosen", text(wrong), "Velg et nivå.", "Skriv i én setning hvorfor")
	wrong = s.settles(kari, at, "2", "Ring 13097248022")
	has(t, "somebody's number", text(wrong), "fødselsnummer", `name="confirmNumber"`, "Ring 13097248022", `value="2" checked`)
	form := fields("question", "testing.ansvar", "tag", "", "edit", "e-1", "level", "2", "why", "Rutinen finnes, men ikke alle kjenner den.")
	frodes, err := s.Assessments.SaveAnswer(t.Context(), s.person(contributorEmail).Actor(), assessment.Save{Round: at.Round, Municipality: "larvik", Question: "testing.ansvar", Value: assessment.Value{Level: new(5), Note: "Frodes notat"}, First: true})
	if err != nil {
		t.Fatal(err)
	}
	stale := post(kari, sittingPath(at, "consensus/settle"), form, http.StatusPreconditionFailed)
	has(t, "somebody answered meanwhile", stale, "Frodes notat", "Rutinen finnes, men ikke alle kjenner den.", `value="2" checked`, frodes.Answer("testing.ansvar").Tag)
	kept := fields("question", "testing.ansvar", "tag", frodes.Answer("testing.ansvar").Tag, "edit", "e-kept", "level", "2", "why", "Rutinen finnes, men ikke alle kjenner den.")
	for range 2 { // the same click twice
		post(kari, sittingPath(at, "consensus/settle"), kept, http.StatusSeeOther)
	}
	a, err := s.Assessments.Assessment(t.Context(), s.person(contributorEmail).Actor(), at.Round, "larvik")
	if err != nil {
		t.Fatal(err)
	}
	// The form that her browser kept, filled in anew: it is no longer the edit that was saved.
	has(t, "a form gone back to", post(kari, sittingPath(at, "consensus/settle"), strings.NewReplacer("level=2", "level=4", "Rutinen+finnes", "Rutinen+brukes").Replace(kept), http.StatusPreconditionFailed),
		"Rutinen brukes, men ikke alle kjenner den.", `value="4" checked`)
	if answer := a.Answer("testing.ansvar"); *answer.Level != 2 || answer.Note != "Frodes notat\n\nRutinen finnes, men ikke alle kjenner den." || answer.By != s.person(coordinatorEmail).ID {
		t.Errorf("the answer is %+v", answer)
	}
	has(t, "what is settled", get(line, meeting), "Dere er enige", "Rutinen finnes, men ikke alle kjenner den.")
	post(kari, sittingPath(at, "ratings/open"), "a=b", http.StatusConflict)

	// Another takes over; what she wrote who is overtaken stays.
	sissel := s.session(secondEmail)
	has(t, "another coordinator", get(sissel, meeting), "En annen leder samtalen", "Ta over")
	post(sissel, sittingPath(at, "consensus/drive"), "a=b", http.StatusSeeOther)
	post(sissel, sittingPath(at, "consensus/question"), fields("question", "testing.praksis"), http.StatusSeeOther)
	overtaken := post(kari, sittingPath(at, "consensus/settle"), fields("question", "testing.ansvar", "tag", a.Answer("testing.ansvar").Tag, "edit", "e-2", "level", "3", "why", "Karis nye setning"), http.StatusConflict)
	has(t, "who is overtaken", overtaken, "En annen har tatt over samtalen.", "Karis nye setning", "Ta over")
	for _, level := range []string{"2", "3", "4"} {
		if got := s.settles(sissel, at, level, "Vi er enige."); got.Status != http.StatusSeeOther {
			t.Fatalf("%d %.300s", got.Status, got.Body)
		}
		if next := regexp.MustCompile(`name="question" value="([^"]*)" type="submit">Neste`).FindStringSubmatch(get(sissel, meeting)); next != nil {
			post(sissel, sittingPath(at, "consensus/question"), fields("question", next[1]), http.StatusSeeOther)
		}
	}
	has(t, "when all is settled", get(sissel, meeting), "Dere er enige om alle spørsmålene.", "Til neste oppgave")
	has(t, "the task", get(frode, task), "Dere er enige om alle spørsmålene.")
	for _, lang := range []string{"nb", "nn", "en"} {
		for _, path := range []string{task, rate, meeting, "/account/data"} {
			for _, email := range []string{coordinatorEmail, contributorEmail} {
				got := s.inLanguage(email, lang, path)
				if got.Status != http.StatusOK {
					t.Errorf("%s in %s: %d", path, lang, got.Status)
				}
				hasNot(t, path+" in "+lang, string(got.Body), "⟦", " style=", "%!")
			}
		}
	}
}

// Where a group meets nobody is named: not who rated, nor who leads, nor whose page it is that stands on the wall.
func TestNobodyIsNamedWhereTheGroupMeets(t *testing.T) {
	s := startServer(t)
	at := s.shown(2)
	s.addSecond()
	if _, err := s.Assessments.Settle(t.Context(), s.person(coordinatorEmail).Actor(), assessment.Settle{Sitting: at, Question: "testing.ansvar", Level: new(2), Why: "Slik er det.", First: true}); err != nil {
		t.Fatal(err)
	}
	for _, reader := range []string{coordinatorEmail, contributorEmail, leaderEmail, secondEmail} {
		page := text(s.browse(reader, http.MethodGet, sittingPath(at, "consensus"), ""))
		has(t, "the page", page, "Slik er det.")
		for _, email := range []string{coordinatorEmail, contributorEmail, leaderEmail, secondEmail} {
			hasNot(t, reader+"'s page", page, s.person(email).Name)
			if email != reader {
				hasNot(t, reader+"'s page", page, string(s.person(email).ID))
			}
		}
		hasNot(t, reader+"'s page", page, "p-rater-", `"hh-nav"`)
	}
	got := s.call(leaderEmail, http.MethodGet, apiBase+"/assessments/"+string(at.Round)+"/3909/consensus/testing", "")
	hasNot(t, "the API", string(got.Body), "p-", "Koordinator")
	has(t, "the API", string(got.Body), `"lowest":1,"highest":3,"counts":[],"unsure":0`, `"why":"Slik er det."`)
}

// A screen is shown what its maker leads, and opens nothing else; its secret stands neither on it nor in the log.
func TestAScreenSeesTheMeetingAlone(t *testing.T) {
	s := startServer(t)
	at := s.shown(6)
	kari := s.session(coordinatorEmail)
	made := s.visit(kari, http.MethodPost, sittingPath(at, "consensus/display"), "a=b")
	secret := regexp.MustCompile(`/display/([a-z2-7]{4}(?:-[a-z2-7]{4}){3})<`).FindStringSubmatch(string(made.Body))
	if made.Status != http.StatusCreated || secret == nil {
		t.Fatalf("%d: no address", made.Status)
	}
	hasNot(t, "the page afterwards", string(s.visit(kari, http.MethodGet, sittingPath(at, "consensus"), "").Body), secret[1])
	opened := s.call("", http.MethodGet, "/display/"+strings.ToUpper(secret[1]), "")
	cookie := cookies(opened)[displayCookie]
	if opened.Status != http.StatusSeeOther || opened.Header.Get("Location") != "/display" || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.MaxAge < 7*3600 || cookie.MaxAge > 8*3600 {
		t.Fatalf("opened: %d, %+v", opened.Status, cookie)
	}
	ask := func(method, path, body string) reply {
		return s.do(s.request(method, path, body, "Cookie", displayCookie+"="+cookie.Value))
	}
	screen := ask(http.MethodGet, "/display", "")
	words := wording(s.API.Assessments.Catalogues()["helhetlig-tjenestemodell-1"], s.Texts.For("nb"))
	has(t, "the screen", text(screen), words.Tasks[rated].Name, words.Questions["testing.ansvar"].Text, "6 har valgt et nivå, fra 1 til 3.", "5 personer", `data-live="/display/events"`)
	hasNot(t, "the screen", text(screen), secret[1], "<form class=\"hh-form", "Til oppgaven", "p-rater", "p-demo", "Koordinator", "data-person")
	both := s.do(s.request(http.MethodGet, "/display", "", "Cookie", displayCookie+"="+cookie.Value+"; "+sessionOf(kari)))
	hasNot(t, "a screen on which somebody is signed in", text(both), "Koordinator", "p-demo", "Logg ut")
	for _, path := range []string{"/", "/tasks/testing", sittingPath(at, "consensus"), sittingPath(at, "rate"), sittingPath(at, "consensus/events"), "/hand-in", "/account"} {
		if got := ask(http.MethodGet, path, ""); got.Status != http.StatusSeeOther || !strings.HasPrefix(got.Header.Get("Location"), "/sign-in") {
			t.Errorf("it opens %s: %d", path, got.Status)
		}
	}
	if got := ask(http.MethodGet, apiBase+"/assessments/"+string(at.Round)+"/3909", ""); got.Status != http.StatusUnauthorized {
		t.Errorf("it opens the API: %d", got.Status)
	}
	for _, path := range []string{sittingPath(at, "consensus/question"), sittingPath(at, "consensus/settle"), "/display"} {
		if got := ask(http.MethodPost, path, "question=testing.praksis"); got.Status != http.StatusUnauthorized && got.Status != http.StatusMethodNotAllowed {
			t.Errorf("it changes %s: %d", path, got.Status)
		}
	}
	displays, err := s.Assessments.Displays(t.Context(), s.person(coordinatorEmail).Actor(), "larvik")
	if err != nil || len(displays) != 1 {
		t.Fatal(displays, err)
	}
	if got := s.visit(kari, http.MethodPost, sittingPath(at, "consensus/display/revoke"), fields("display", displays[0].ID)); got.Status != http.StatusSeeOther {
		t.Errorf("switched off: %d", got.Status)
	}
	for _, path := range []string{"/display", "/display/" + secret[1], displayFollowPath} {
		if got := ask(http.MethodGet, path, ""); got.Status != http.StatusConflict {
			t.Errorf("%s afterwards: %d", path, got.Status)
		}
	}
	s.Close()
	if log := s.Log.String(); strings.Contains(log, secret[1]) || strings.Contains(log, strings.ReplaceAll(secret[1], "-", "")) {
		t.Error("the log holds the secret")
	}
}

// What she rated is in her own file, in nobody else's, and gone with her.
func TestRatingsAreTheirPersonsOwnData(t *testing.T) {
	s := startServer(t)
	ctx, at := t.Context(), s.sitting()
	if _, err := s.Assessments.OpenRatings(ctx, s.person(coordinatorEmail).Actor(), at); err != nil {
		t.Fatal(err)
	}
	path := apiBase + "/assessments/" + string(at.Round) + "/3909/ratings/testing"
	for question, body := range map[catalogue.QuestionKey]string{"testing.ansvar": `{"level":4}`, "testing.praksis": `{"level":null}`} {
		if got := s.call(contributorEmail, http.MethodPut, path+"/"+string(question), body); got.Status != http.StatusOK {
			t.Errorf("%s: %d %s", question, got.Status, got.Body)
		}
	}
	for body, status := range map[string]int{`{}`: http.StatusUnprocessableEntity, `{"level":6}`: http.StatusUnprocessableEntity, `{"level":"3"}`: http.StatusUnprocessableEntity} {
		if got := s.call(contributorEmail, http.MethodPut, path+"/testing.ansvar", body); got.Status != status {
			t.Errorf("%s: %d", body, got.Status)
		}
	}
	var own v1Rating
	s.call(contributorEmail, http.MethodGet, path, "").into(t, &own)
	if len(own.Levels) != 2 || own.RatedAt.IsZero() {
		t.Errorf("her own: %+v", own)
	}
	s.call(coordinatorEmail, http.MethodGet, path, "").into(t, &own)
	if len(own.Levels) != 0 {
		t.Errorf("a colleague reads %+v", own)
	}
	hers, colleagues := s.myFile(s.session(contributorEmail)), s.myFile(s.session(coordinatorEmail))
	if len(hers.Ratings) != 1 || hers.Ratings[0].Task != rated || len(hers.Ratings[0].Levels) != 2 || len(colleagues.Ratings) != 0 {
		t.Errorf("her file has %+v, her colleague's %+v", hers.Ratings, colleagues.Ratings)
	}
	page := text(s.browse(contributorEmail, http.MethodGet, "/account/data", ""))
	has(t, "her page", page, "Vurderinger du har gitt for deg selv", "Teste nye løsninger, Høst 2026, Larvik")
	if got := s.browse(contributorEmail, http.MethodPost, "/account/delete", fields("confirm", "yes")); got.Status != http.StatusSeeOther {
		t.Fatalf("%d", got.Status)
	}
	ghost := org.Actor{Person: hers.Person.ID}
	if left, err := s.Assessments.OwnRatings(ctx, ghost); err != nil || len(left) != 0 {
		t.Errorf("left of her: %+v, %v", left, err)
	}
}
