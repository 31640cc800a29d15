package api

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/internal/locale"
	"helhet/org"
)

// said finds the newest comment on a task of Larvik's in the open round.
func (s *testServer) said(task string) assessment.Comment {
	s.t.Helper()
	var got v1Comments
	s.call(coordinatorEmail, http.MethodGet, apiBase+"/assessments/"+string(s.openRound().ID)+"/larvik/comments?limit=100&task="+task, "").into(s.t, &got)
	c, err := s.Assessments.Comment(s.t.Context(), s.person(coordinatorEmail).Actor(), got.Comments[len(got.Comments)-1].ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// From the page alone: a comment is written with a name after the sign, read on the other's first page until she has opened the task, changed, deleted and
// brought back. What is wrong with one stands beside its field, and nothing typed is lost.
func TestCommentsOnATasksPage(t *testing.T) {
	s := startServer(t)
	round := s.openRound()
	kari, finn := s.person(coordinatorEmail), s.person(contributorEmail)
	s.addLarvik(org.Contributor, "Finn Fisker", func(p *org.Person) { p.Email = "fisker@example.org"; p.ID = "p-fisker" })
	form := "/tasks/lager/comments" + scopeQuery(round.ID, larvik)
	has(t, "nothing said yet", s.read(contributorEmail, locale.Bokmal, "/tasks/lager", http.StatusOK), s.text("comment.none"), `action="`+form, `value="`+string(kari.ID)+`"`)

	wrong := text(s.browse(contributorEmail, http.MethodPost, form, fields("text", "Spør @Ola og @Finn <b>nå</b>", "question", "lager.praksis", "mention", string(kari.ID), "edit", "e-0")))
	has(t, "whom nobody knows", wrong, `id="comment-text-error">Ingen i kommunen heter «Ola».`, "Flere i kommunen heter «Finn».", `value="lager.praksis" selected`, `value="`+string(kari.ID)+`" selected`, `value="e-0"`, `href="#comment-text"`)
	has(t, "as it was typed", string(s.browse(contributorEmail, http.MethodPost, form, fields("text", " @Ola <b>nå</b>")).Body), "@Ola &lt;b&gt;nå&lt;/b&gt;</textarea>")
	has(t, "nothing", text(s.browse(contributorEmail, http.MethodPost, form, fields("text", " "))), `id="comment-text-error">Skriv noe.`)
	has(t, "a number", text(s.browse(contributorEmail, http.MethodPost, form, fields("text", "Ring "+testNumber))), "ser ut til å ha et fødselsnummer", `id="comment-confirmNumber"`)

	has(t, "said", s.press(contributorEmail, form, "text", "Kan du se på dette, @"+kari.Name+"?\nDet haster <ikke>.", "question", "lager.praksis", "edit", "e-1"), "haster <ikke>", `href="#lager.praksis"`)
	first := s.said("lager")
	page := string(s.browse(leaderEmail, http.MethodGet, "/tasks/lager", "").Body)
	has(t, "what others read", page, `<b class="hh-mention">@`+kari.Name+"</b>?", "haster &lt;ikke&gt;", finn.Name)
	hasNot(t, "what others read", page, string(first.ID)+`-text`, string(first.ID)+"/remove")

	home := s.read(coordinatorEmail, locale.Bokmal, "/", http.StatusOK)
	has(t, "her first page", between(home, `aria-labelledby="mentioned"`, "</section>"), taskPath("lager", round.ID)+"#"+string(first.ID), finn.Name, s.taskNamed("lager"))
	hasNot(t, "the writer's", s.read(contributorEmail, locale.Bokmal, "/", http.StatusOK), string(first.ID))
	if got := s.call(coordinatorEmail, http.MethodGet, apiBase+"/assessments/"+string(round.ID)+"/larvik/comments?task=lager", ""); got.Status != http.StatusOK {
		t.Errorf("a program: %d", got.Status)
	}
	has(t, "a program has not opened it", s.read(coordinatorEmail, locale.Bokmal, "/", http.StatusOK), string(first.ID))
	has(t, "the task", s.read(coordinatorEmail, locale.Bokmal, "/tasks/lager", http.StatusOK), `data-mine>@`+kari.Name)
	hasNot(t, "she has opened it", s.read(coordinatorEmail, locale.Bokmal, "/", http.StatusOK), string(first.ID))

	one := "/tasks/lager/comments/" + string(first.ID)
	scope := scopeQuery(round.ID, larvik)
	has(t, "changed", s.press(contributorEmail, one+scope, "text", "Takk, det er ordnet.", "tag", first.Tag), "Takk, det er ordnet.", "endret ")
	stale := s.browse(contributorEmail, http.MethodPost, one+scope, fields("text", "Noe annet", "tag", first.Tag))
	if stale.Status != http.StatusPreconditionFailed {
		t.Errorf("%d", stale.Status)
	}
	has(t, "both are seen", text(stale), s.text("comment.lost"), ">Takk, det er ordnet.</p>", ">Noe annet</textarea>", `name="tag" value="`+s.said("lager").Tag+`"`)
	for email, status := range map[string]int{leaderEmail: http.StatusForbidden, neighbourEmail: http.StatusNotFound, leadEmail: http.StatusNotFound} {
		for _, action := range []string{"", "/remove"} {
			if got := s.browse(email, http.MethodPost, one+action+scope, fields("text", "a", "tag", s.said("lager").Tag)); got.Status != status {
				t.Errorf("%s%s: %d", email, action, got.Status)
			}
		}
	}
	if got := s.browse(contributorEmail, http.MethodPost, "/tasks/henvise/comments/"+string(first.ID)+scope, fields("text", "a", "tag", s.said("lager").Tag)); got.Status != http.StatusNotFound {
		t.Errorf("under another task: %d", got.Status)
	}
	page = s.press(coordinatorEmail, one+"/remove"+scope, "tag", s.said("lager").Tag)
	has(t, "deleted", page, s.text("comment.did.removed"), one+"/restore"+scope)
	hasNot(t, "deleted", page, "det er ordnet")
	gone := text(s.browse(contributorEmail, http.MethodPost, one+scope, fields("text", "Likevel ikke", "tag", first.Tag)))
	has(t, "deleted meanwhile", gone, s.text("error.comment.removed"), ">Likevel ikke</textarea>")
	has(t, "brought back", s.press(coordinatorEmail, one+"/restore"+scope, "helhet-person", string(kari.ID)), "Takk, det er ordnet.")

	// What somebody who was deleted has said stays, and she is named nowhere, in what others said neither.
	s.press(coordinatorEmail, form, "text", "Spør @"+finn.Name)
	asked := s.said("lager")
	has(t, "what is kept of her", s.read(contributorEmail, locale.Bokmal, "/account/data", http.StatusOK), s.text("my-data.comments", "n", "3"))
	var data v1PersonalData
	s.call(contributorEmail, http.MethodGet, apiBase+"/me/data", "").into(t, &data)
	if !slices.ContainsFunc(data.Comments, func(c v1OwnComment) bool { return c.Text == "Takk, det er ordnet." && c.Task == "lager" }) {
		t.Errorf("%+v", data.Comments)
	}
	if got := s.browse(contributorEmail, http.MethodPost, "/account/delete", fields("confirm", "yes")); got.Status != http.StatusSeeOther {
		t.Fatalf("%d", got.Status)
	}
	page = s.read(coordinatorEmail, locale.Bokmal, "/tasks/lager", http.StatusOK)
	has(t, "afterwards", page, "Takk, det er ordnet.", "<strong>tidligere medarbeider</strong>", "Spør tidligere medarbeider")
	hasNot(t, "afterwards", page, finn.Name, string(finn.ID))
	s.press(coordinatorEmail, "/tasks/lager/comments/"+string(asked.ID)+scope, "text", "Spør tidligere medarbeider, eller @Finn.", "tag", asked.Tag)
	s.relay()
	s.later = 10 * time.Minute
	if n, err := s.API.Deletions.Finish(t.Context(), 10); err != nil || n != 1 {
		t.Errorf("%d gone, %v", n, err)
	}
	if s.person("fisker@example.org").ID != s.said("lager").Mentions[0] {
		t.Errorf("%+v", s.said("lager"))
	}
}

// Comments by a program: written once however often it is sent, changed at the tag, both told when two change it, deleted and brought back.
func TestCommentsOfAProgram(t *testing.T) {
	s := startServer(t)
	base := apiBase + "/assessments/" + url.PathEscape(string(s.openRound().ID)) + "/3909/comments"
	read := func(got reply, status int) (c v1Comment) {
		t.Helper()
		if got.Status != status {
			t.Fatalf("%d, want %d: %s", got.Status, status, got.Body)
		}
		got.into(t, &c)
		if got.Header.Get("ETag") != strconv.Quote(c.Tag) {
			t.Errorf("ETag %s, tag %s", got.Header.Get("ETag"), c.Tag)
		}
		return c
	}
	kari := s.person(coordinatorEmail)
	body := `{"task":"lager","text":"Se på dette.","mention":["` + string(kari.ID) + `"],"question":"lager.ansvar"}`
	made := read(s.call(contributorEmail, http.MethodPost, base, body, "Idempotency-Key", "e-1"), http.StatusCreated)
	if again := read(s.call(contributorEmail, http.MethodPost, base, body, "Idempotency-Key", "e-1"), http.StatusOK); again.ID != made.ID || again.Text != "@"+kari.Name+" Se på dette." || again.Mentions[0] != kari.ID || again.Question != "lager.ansvar" {
		t.Errorf("%+v", again)
	}
	one := base + "/" + string(made.ID)
	if got := s.call(contributorEmail, http.MethodPut, one, `{"text":"Noe nytt"}`); got.Status != http.StatusPreconditionRequired {
		t.Errorf("without a tag: %d", got.Status)
	}
	saved := read(s.call(contributorEmail, http.MethodPut, one, `{"text":"Noe nytt"}`, "If-Match", strconv.Quote(made.Tag)), http.StatusOK)
	if saved.Edited.IsZero() || len(saved.Mentions) != 0 {
		t.Errorf("%+v", saved)
	}
	lost := s.call(contributorEmail, http.MethodPut, one, `{"text":"Noe annet"}`, "If-Match", strconv.Quote(made.Tag))
	if lost.Status != http.StatusPreconditionFailed || !strings.Contains(string(lost.Body), "Noe nytt") || !strings.Contains(string(lost.Body), "Noe annet") {
		t.Errorf("%d: %s", lost.Status, lost.Body)
	}
	if got := s.call(coordinatorEmail, http.MethodPut, one, `{"text":"Hennes"}`, "If-Match", strconv.Quote(saved.Tag)); got.Status != http.StatusForbidden {
		t.Errorf("another's: %d", got.Status)
	}
	removed := read(s.call(coordinatorEmail, http.MethodDelete, one, "", "If-Match", strconv.Quote(saved.Tag)), http.StatusOK)
	if removed.Removed.IsZero() {
		t.Error("it says nothing of being deleted")
	}
	if got := s.call(contributorEmail, http.MethodPost, one+"/restore", ""); got.Status != http.StatusForbidden {
		t.Errorf("its writer brings back what the coordinator deleted: %d", got.Status)
	}
	read(s.call(coordinatorEmail, http.MethodPost, one+"/restore", ""), http.StatusOK)
	var all v1Comments
	s.call(leaderEmail, http.MethodGet, base+"?task=lager", "").into(t, &all)
	if len(all.Comments) != 1 || all.Comments[0].Text != "Noe nytt" {
		t.Errorf("%+v", all)
	}
	for body, where := range map[string]string{`{"task":"lager","text":" "}`: "body.text", `{"task":"lager","text":"@Ola"}`: "body.text", `{"task":"lager","text":"a","mention":["p-nobody"]}`: "body.mention", `{"task":"lager","text":"Ring ` + testNumber + `"}`: "body.text"} {
		if got := s.call(contributorEmail, http.MethodPost, base, body); got.Status != http.StatusUnprocessableEntity || !strings.Contains(string(got.Body), where) {
			t.Errorf("%s: %d %s", body, got.Status, got.Body)
		}
	}
	read(s.call(contributorEmail, http.MethodPost, base, `{"task":"lager","text":"Ring `+testNumber+`"}`, "Helhet-Confirm", "person-number"), http.StatusCreated)
	// The address may not name one municipality, or round, and the comment be another's.
	for email, path := range map[string]string{neighbourEmail: strings.Replace(one, "3909", "porsgrunn", 1), contributorEmail: strings.Replace(one, string(s.openRound().ID), string(s.lastPublished().ID), 1)} {
		if got := s.call(email, http.MethodPut, path, `{"text":"a"}`, "If-Match", `"T"`); got.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.Status)
		}
	}
}

// Each whom a comment mentions is told by mail, once, in her language and without what it says; not who wrote it, nor who can't read it any more. A change
// tells those it mentions anew.
func TestMentionsAreToldByMail(t *testing.T) {
	s := startServer(t)
	s.API.PublicURL = "http://helhet.example.org"
	round := s.openRound()
	kari, finn := s.person(coordinatorEmail), s.person(contributorEmail)
	s.addLarvik(org.Contributor, "Nina Nynorsk", func(p *org.Person) { p.ID, p.Email, p.Language = "p-nina", "nina@example.org", org.Nynorsk })
	s.addLarvik(org.Contributor, "Una Uvisst", func(p *org.Person) { p.ID, p.Email, p.Unproven = "p-una", "una@example.org", true })
	form := "/tasks/lager/comments" + scopeQuery(round.ID, larvik)
	words := "@" + kari.Name + " @Nina @Una @" + finn.Name + ": hemmelig innhold"
	for range 2 { // pressed twice
		s.press(contributorEmail, form, "text", words, "edit", "e-1")
	}
	first := s.said("lager")
	said := wantMails(t, "written", s.mails(), map[string]locale.Lang{coordinatorEmail: locale.Bokmal, "nina@example.org": locale.Nynorsk})
	has(t, "written", said, finn.Name, s.taskNamed("lager"), round.Name, "Larvik kommune", "\nhttp://helhet.example.org"+taskPath("lager", round.ID)+"#"+string(first.ID)+"\n", "har nemnt deg", "har nevnt deg")
	hasNot(t, "written", said, "hemmelig")

	leader := s.person(leaderEmail)
	if _, err := s.People.Change(t.Context(), "p-nina", func(p *org.Person) error { p.Inactive = true; return nil }); err != nil {
		t.Fatal(err)
	}
	change := "/tasks/lager/comments/" + string(first.ID) + scopeQuery(round.ID, larvik)
	s.press(contributorEmail, change, "text", words+" @"+leader.Name, "tag", first.Tag)
	wantMails(t, "changed", s.mails(), map[string]locale.Lang{leaderEmail: locale.Bokmal})

	// By a program it is the same; nobody of another municipality, and nobody who has left it, can be mentioned.
	path := apiBase + "/assessments/" + string(round.ID) + "/larvik/comments"
	if got := s.call(contributorEmail, http.MethodPost, path, `{"task":"lager","text":"@`+kari.Name+`, ferdig"}`); got.Status != http.StatusCreated {
		t.Fatalf("a program: %d %s", got.Status, got.Body)
	}
	wantMails(t, "a program", s.mails(), map[string]locale.Lang{coordinatorEmail: locale.Bokmal})
	// She who wants no such mail gets none, and finds it on her first page; asked for again they come again.
	has(t, "the mail says where", said, "slå dem av", "slå dei av")
	her := s.session(coordinatorEmail)
	switchTo := func(pairs ...string) {
		t.Helper()
		if got := s.visit(her, http.MethodPost, "/account/data", fields(append([]string{"name", kari.Name, "language", "", "asks-mail", "yes"}, pairs...)...)); got.Status != http.StatusSeeOther {
			t.Fatal(got.Status)
		}
	}
	box := `name="mentionMail" value="yes"`
	has(t, "her page", string(s.visit(her, http.MethodGet, "/account/data", "").Body), box+" checked")
	switchTo()
	hasNot(t, "switched off", string(s.visit(her, http.MethodGet, "/account/data", "").Body), box+" checked")
	if got := s.call(contributorEmail, http.MethodPost, path, `{"task":"lager","text":"@`+kari.Name+`, stille"}`); got.Status != http.StatusCreated {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	wantMails(t, "switched off", s.mails(), nil)
	has(t, "her first page", between(s.read(coordinatorEmail, locale.Bokmal, "/", http.StatusOK), `aria-labelledby="mentioned"`, "</section>"), finn.Name)
	if got := s.call(coordinatorEmail, http.MethodPut, "/api/v1/me", `{"name":"`+kari.Name+`"}`); got.Status != http.StatusOK || !strings.Contains(string(got.Body), `"mentionMail":false`) {
		t.Errorf("a program that knows nothing of it: %d %s", got.Status, got.Body)
	}
	if got := s.call(coordinatorEmail, http.MethodPut, "/api/v1/me", `{"name":"`+kari.Name+`","mentionMail":true}`); got.Status != http.StatusOK || !strings.Contains(string(got.Body), `"mentionMail":true`) {
		t.Errorf("switched on: %d %s", got.Status, got.Body)
	}
	if got := s.call(contributorEmail, http.MethodPost, path, `{"task":"lager","text":"@`+kari.Name+`, igjen"}`); got.Status != http.StatusCreated {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	wantMails(t, "switched on", s.mails(), map[string]locale.Lang{coordinatorEmail: locale.Bokmal})
	for _, text := range []string{`{"task":"lager","text":"@Nina, ferdig"}`, `{"task":"lager","text":"Ferdig","mention":["p-nina"]}`} {
		if got := s.call(contributorEmail, http.MethodPost, path, text); got.Status != http.StatusUnprocessableEntity && got.Status != http.StatusBadRequest {
			t.Errorf("who has left: %d %s", got.Status, got.Body)
		}
	}
	wantMails(t, "nobody", s.mails(), nil)
}
