package api

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/locale"
	"helhet/org"
)

const (
	tokkeEmail = "coordinator.4034@example.org" // of a municipality that has given nothing in the open round, and had in the one before
	tokke      = org.MunicipalityID("tokke")
)

// given is who has which of Larvik's tasks in the open round.
func (s *testServer) given() assessment.Assignments {
	s.t.Helper()
	all, err := s.Assessments.Assignments(s.t.Context(), s.person(coordinatorEmail).Actor(), s.openRound().ID, larvik)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// tags are the fields by which a form says what its page showed of some tasks.
func (s *testServer) tags(tasks ...catalogue.TaskKey) []string {
	s.t.Helper()
	var pairs []string
	for _, t := range tasks {
		pairs = append(pairs, "tag."+string(t), s.given().Of(t).Tag)
	}
	return pairs
}

// press sends a form of a page and reads where it leads.
func (s *testServer) press(email, path string, pairs ...string) string {
	s.t.Helper()
	got := s.browse(email, http.MethodPost, path, fields(pairs...))
	if got.Status != http.StatusSeeOther {
		s.t.Fatalf("%s: %d %.900s", path, got.Status, text(got))
	}
	to, _, _ := strings.Cut(got.Header.Get("Location"), "#")
	return s.read(email, locale.Bokmal, to, http.StatusOK)
}

// A whole area is given at once, to one who finishes it and one more: they see it on their first pages, by the day it is due, and are told in one
// mail each. It is undone with a button, and taken back; whoever finishes a task says so on its page, and the coordinator sees it.
func TestTasksAreGivenOnThePage(t *testing.T) {
	s := startServer(t)
	s.API.PublicURL = "http://helhet.example.org"
	round := s.openRound()
	kari, finn := s.person(coordinatorEmail), s.person(contributorEmail)
	s.addLarvik(org.Contributor, "per", func(p *org.Person) { p.Language = org.Nynorsk })
	s.addLarvik(org.Contributor, "unproven", func(p *org.Person) { p.Unproven = true })
	form := "/assignments" + scopeQuery(round.ID, larvik)
	before := s.given()
	s.mails()

	page := s.read(coordinatorEmail, locale.Bokmal, "/assignments", http.StatusOK)
	has(t, "the page", page, `action="`+form, "24 av 24 er gitt til noen", "er over fristen", finn.Name+" gjør den ferdig", "Du gjør den ferdig", `name="area" value="it-drift"`)
	for _, email := range []string{contributorEmail, leaderEmail} {
		other := s.read(email, locale.Bokmal, "/assignments", http.StatusOK)
		has(t, email, other, "24 av 24 er gitt til noen", kari.Name)
		hasNot(t, email, other, `name="task"`, `name="finisher"`)
	}
	// Nothing typed is lost by a form that lacks something, and each fault stands beside its field.
	wrong := text(s.browse(coordinatorEmail, http.MethodPost, form, fields("area", "it-drift", "task", "budsjett", "due", "2026-11-01", "other", string(finn.ID), "other", "p-per", "edit", "e-0")))
	has(t, "without a finisher", wrong, `id="finisher-error">Velg hvem som skal gjøre den ferdig.`, `name="area" value="it-drift" checked`, `name="task" value="budsjett" checked`, `value="2026-11-01"`, `value="p-per" checked`, `value="e-0"`)
	wrong = text(s.browse(coordinatorEmail, http.MethodPost, form, fields(append(s.tags("budsjett"), "task", "budsjett", "due", "2026-11-01", "finisher", string(finn.ID))...)))
	has(t, "a day that has passed", wrong, `id="due-error">Fristen er passert.`, `value="`+string(finn.ID)+`" selected`)
	has(t, "no task", text(s.browse(coordinatorEmail, http.MethodPost, form, fields("finisher", string(finn.ID)))), `id="tasks-error">Kryss av minst én oppgave`)
	for _, a := range s.given().Tasks {
		if a.Tag != before.Of(a.Task).Tag {
			t.Errorf("%s was given all the same", a.Task)
		}
	}

	pairs := append(s.tags("systemdrift", "tilganger"), "area", "it-drift", "finisher", "p-per", "other", string(finn.ID), "other", "p-unproven", "due", "2026-11-25", "edit", "e-1", "return", "/assignments?round="+url.QueryEscape(string(round.ID)))
	page = s.press(coordinatorEmail, form, pairs...)
	has(t, "what was done", page, "2 oppgaver er gitt.", `action="/assignments/undo`, "per gjør den ferdig, sammen med")
	said := wantMails(t, "given", s.mails(), map[string]locale.Lang{"per@example.org": locale.Nynorsk}) // finn had them before
	has(t, "the mail", said, "Du har fått 2 oppgåver", "Larvik kommune", round.Name, "\nhttp://helhet.example.org/tasks/"+string(s.catalogue().Area("it-drift").Tasks[0].Key)+"?round=", "Frist 25. november 2026", "Du gjer ho ferdig.")
	hasNot(t, "the mail", said, finn.Name, kari.Name, s.text("letter.stray"))
	s.press(coordinatorEmail, form, pairs...)
	wantMails(t, "given twice", s.mails(), nil)

	mine := s.read("per@example.org", locale.Bokmal, "/", http.StatusOK)
	section := between(mine, `aria-labelledby="mine"`, "</section>")
	has(t, "per's first page", section, s.taskNamed("systemdrift"), s.taskNamed("tilganger"), "Frist 25. november 2026", "du gjør den ferdig")
	has(t, "what wants her next", between(mine, "hh-head__actions", "</div>"), taskPath("systemdrift", round.ID))
	hasNot(t, "per's first page", mine, `aria-labelledby="open"`)

	page = s.press(coordinatorEmail, "/assignments/undo"+scopeQuery(round.ID, larvik), "change", string(s.given().Of("systemdrift").Change))
	has(t, "undone", page, "Angret. 2 oppgaver er som før.")
	for _, task := range []catalogue.TaskKey{"systemdrift", "tilganger"} {
		if now, was := s.given().Of(task), before.Of(task); !slices.Equal(now.People, was.People) || now.Due != was.Due {
			t.Errorf("undone %s is %+v, was %+v", task, now, was)
		}
	}
	empty := s.read("per@example.org", locale.Bokmal, "/", http.StatusOK)
	has(t, "who has none", empty, s.text("assignment.mine.none"), `aria-labelledby="open"`)

	// On the task's page: hers to finish, and until then the coordinator's to change.
	if got := s.browse(contributorEmail, http.MethodGet, "/tasks/systemdrift", ""); strings.Contains(string(got.Body), `action="/tasks/systemdrift/assignment`) {
		t.Error("a contributor may give")
	}
	page = s.press(contributorEmail, "/tasks/systemdrift/finish"+scopeQuery(round.ID, larvik), "done", "yes", "tag", s.given().Of("systemdrift").Tag)
	has(t, "finished", page, "Ferdig 23. november 2026", `name="done" value="no"`)
	has(t, "the coordinator sees it", between(s.read(coordinatorEmail, locale.Bokmal, "/assignments", http.StatusOK), `id="task-systemdrift"`, `id="task-tilganger"`), "Ferdig 23. november 2026")
	stale := s.browse(contributorEmail, http.MethodPost, "/tasks/systemdrift/finish"+scopeQuery(round.ID, larvik), fields("done", "no", "tag", "T"))
	if stale.Status != http.StatusPreconditionFailed {
		t.Errorf("on another tag: %d", stale.Status)
	}
	page = s.press(coordinatorEmail, "/tasks/systemdrift/assignment"+scopeQuery(round.ID, larvik), "finisher", string(kari.ID), "tag", s.given().Of("systemdrift").Tag, "return", taskPath("systemdrift", round.ID))
	has(t, "given on its page", between(page, `id="assignment"`, "</section>"), s.taskNamed("systemdrift")+": Du gjør den ferdig.", "/assignments/undo")
	old := s.given().Of("systemdrift").Tag
	s.press(coordinatorEmail, "/tasks/systemdrift/assignment"+scopeQuery(round.ID, larvik), "do", "take-back", "tag", old)
	hasNot(t, "nobody has it", s.read(contributorEmail, locale.Bokmal, "/tasks/systemdrift", http.StatusOK), `id="assignment"`)
	lost := s.browse(coordinatorEmail, http.MethodPost, "/tasks/systemdrift/assignment"+scopeQuery(round.ID, larvik), fields("finisher", string(finn.ID), "tag", old))
	has(t, "both are seen", text(lost), "Ikke lagret: noen andre har endret hvem som har oppgaven", "Ingen har fått den", `value="`+string(finn.ID)+`" selected`, `name="tag" value="`+s.given().Of("systemdrift").Tag+`"`)
	// Of several, those that somebody else has changed are shown, and nothing is given.
	lost = s.browse(coordinatorEmail, http.MethodPost, form, fields("task", "systemdrift", "task", "budsjett", "tag.systemdrift", old, "tag.budsjett", s.given().Of("budsjett").Tag, "finisher", string(finn.ID)))
	if lost.Status != http.StatusPreconditionFailed || s.given().Of("budsjett").Finisher == finn.ID {
		t.Errorf("%d", lost.Status)
	}
	has(t, "of several", between(text(lost), `class="hh-errors"`, "</div>"), "noen andre har endret én av oppgavene", s.taskNamed("systemdrift"), "Ingen har fått den")

	// Her access ends: she is shown as gone until her tasks are a colleague's.
	path := "/people/" + url.PathEscape(string(finn.ID))
	s.browse(coordinatorEmail, http.MethodPost, path+"/deactivate", fields("confirm", "yes"))
	has(t, "gone", s.read(coordinatorEmail, locale.Bokmal, "/assignments", http.StatusOK), finn.Name+" (har ikke lenger tilgang)", "ingen av dem kan svare nå")
	has(t, "her page", s.read(coordinatorEmail, locale.Bokmal, path+"?ended=yes", http.StatusOK), `value="p-per"`)
	s.browse(coordinatorEmail, http.MethodPost, path+"/hand-over", fields("to", "p-per"))
	for _, a := range s.given().Tasks {
		if a.Has(finn.ID) && a.Done.IsZero() {
			t.Errorf("%s is still hers", a.Task)
		}
	}
	has(t, "per's own", s.read("per@example.org", locale.Bokmal, "/assignments?mine=yes", http.StatusOK), "Du gjør den ferdig")

	// What is handed in is not given any more, and can be looked at.
	if _, err := s.Assessments.HandIn(t.Context(), kari.Actor(), round.ID, larvik); err != nil {
		t.Fatal(err)
	}
	page = s.read(coordinatorEmail, locale.Bokmal, "/assignments", http.StatusOK)
	hasNot(t, "handed in", page, `name="finisher"`)
	if got := s.browse(coordinatorEmail, http.MethodPost, form, fields(append(s.tags("budsjett"), "task", "budsjett", "finisher", "p-per")...)); got.Status != http.StatusConflict {
		t.Errorf("given after it: %d", got.Status)
	}
	hasNot(t, "handed in", s.read("per@example.org", locale.Bokmal, "/", http.StatusOK), `aria-labelledby="mine"`)
}

func (s *testServer) taskNamed(k catalogue.TaskKey) string {
	s.t.Helper()
	return s.catalogue().In("nb").Tasks[k].Name
}

// On a phone an area lies open where something is to be done in it, and says what is overdue where it lies folded.
func TestAreasOfTasksThatWantSomebody(t *testing.T) {
	s := startServer(t)
	page := s.read(coordinatorEmail, locale.Bokmal, "/assignments", http.StatusOK)
	today := assessment.DayOf(s.API.Now())
	open, all := 0, s.given()
	for _, area := range s.catalogue().Areas {
		wants, late := false, 0
		for _, task := range area.Tasks {
			x := all.Of(task.Key)
			if x.Overdue(today) {
				late++
			}
			wants = wants || x.Overdue(today) || !x.Given()
		}
		part := between(page, `aria-labelledby="area-`+string(area.Key)+`-name"`, "</summary>")
		if strings.Contains(part, `<details class="hh-tuck" open>`) != wants {
			t.Errorf("%s: open is not %v: %s", area.Key, wants, part)
		}
		if wants {
			open++
		}
		if late > 0 {
			has(t, string(area.Key), part, s.text("home.area", "n", len(area.Tasks))+" · "+s.text("home.steps.overdue", "n", late))
		}
	}
	if open == 0 || open == len(s.catalogue().Areas) {
		t.Fatalf("%d areas want somebody", open)
	}
}

// The next round's tasks are given as last time's with two clicks: the first shows what the second does.
func TestTasksAreGivenAsLastTime(t *testing.T) {
	s := startServer(t)
	round, actor := s.openRound(), s.person(tokkeEmail).Actor()
	given := func() assessment.Assignments {
		t.Helper()
		all, err := s.Assessments.Assignments(t.Context(), actor, round.ID, tokke)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	has(t, "the first page", s.read(tokkeEmail, locale.Bokmal, "/", http.StatusOK), s.text("assignment.mine.give"), `<a href="/assignments?round=`)
	link := "/assignments/as-before?round=" + url.QueryEscape(string(round.ID))
	has(t, "the page", s.read(tokkeEmail, locale.Bokmal, "/assignments", http.StatusOK), `href="`+link+`"`, "Gi som i "+s.lastPublished().Name)
	shown := s.read(tokkeEmail, locale.Bokmal, link, http.StatusOK)
	has(t, "what it will give", shown, s.taskNamed("henvise"), "gjør den ferdig", "Ingenting er gitt før")
	if len(given().Tasks) != 0 {
		t.Fatal("looking gives")
	}
	seen := between(shown, `name="seen" value="`, `"`)
	post := "/assignments/as-before" + scopeQuery(round.ID, tokke)
	late := text(s.browse(tokkeEmail, http.MethodPost, post, fields("seen", seen, "due", "2027-12-24"), "Cookie", languageCookie+"=nb"))
	has(t, "too late a day", late, `id="due-error">Runden stenger før fristen.`, `value="2027-12-24"`)
	// A colleague gives one meanwhile: it is shown anew, and nothing is given.
	one := assessment.Give{Round: round.ID, Municipality: tokke, Tasks: []assessment.GiveTask{{Task: "henvise", First: true, Data: assessment.AssignmentData{People: []org.PersonID{actor.Person}}}}}
	if _, _, err := s.Assessments.Give(t.Context(), actor, one); err != nil {
		t.Fatal(err)
	}
	again := s.browse(tokkeEmail, http.MethodPost, post, fields("seen", seen, "due", "2026-12-01"), "Cookie", languageCookie+"=nb")
	if again.Status != http.StatusConflict || len(given().Tasks) != 1 {
		t.Errorf("%d: %d are given", again.Status, len(given().Tasks))
	}
	shown = text(again)
	has(t, "shown anew", shown, "Noe er endret siden du åpnet siden.")
	hasNot(t, "shown anew", shown, s.taskNamed("henvise"))
	got := s.browse(tokkeEmail, http.MethodPost, post, fields("seen", between(shown, `name="seen" value="`, `"`), "due", "2026-12-01", "edit", "e-1"))
	if got.Status != http.StatusSeeOther {
		t.Fatalf("%d: %.500s", got.Status, text(got))
	}
	all := given()
	n := 0
	for _, a := range all.Tasks {
		if a.Given() {
			n++
		}
	}
	if n != 24 || all.Of("henvise").Finisher != actor.Person || all.Of("lager").Due != "2026-12-01" {
		t.Errorf("%d are given: %+v", n, all.Of("lager"))
	}
	to, _, _ := strings.Cut(got.Header.Get("Location"), "#")
	has(t, "what was done", s.read(tokkeEmail, locale.Bokmal, to, http.StatusOK), "23 oppgaver er gitt.", "/assignments/undo")
	for due, status := range map[string]int{"2026-12-01": http.StatusSeeOther, "2026-12-08": http.StatusConflict} { // sent twice, and from the form that the browser kept
		if got := s.browse(tokkeEmail, http.MethodPost, post, fields("seen", between(shown, `name="seen" value="`, `"`), "due", due, "edit", "e-1")); got.Status != status {
			t.Errorf("once more, due %s: %d", due, got.Status)
		}
	}
	has(t, "nothing is left", s.read(tokkeEmail, locale.Bokmal, link, http.StatusOK), s.text("assignment.before.nothing"))
}

// Assignments by a program: given once however often it is sent, both told when two give the same, several at once or none, finished, undone.
func TestAssignmentsOfAProgram(t *testing.T) {
	s := startServer(t)
	base := apiBase + "/assessments/" + string(s.openRound().ID)
	larviks := base + "/3909/assignments"
	kari, finn := string(s.person(coordinatorEmail).ID), string(s.person(contributorEmail).ID)
	list := func(email, path string) (all v1Assignments) {
		t.Helper()
		got := s.call(email, http.MethodGet, path, "")
		if got.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, got.Status, got.Body)
		}
		got.into(t, &all)
		return all
	}
	whole, mine := list(leaderEmail, larviks), list(contributorEmail, larviks+"?mine=true")
	if len(whole.Assignments) != 24 || len(mine.Assignments) < 10 || len(mine.Assignments) >= 24 || whole.Assignments[0].Task != "henvise" || whole.Assignments[0].Of != 4 {
		t.Errorf("%d in all, %d mine: %+v", len(whole.Assignments), len(mine.Assignments), whole.Assignments[0])
	}
	read := func(got reply, status int) (a v1Assignment) {
		t.Helper()
		if got.Status != status {
			t.Fatalf("%d, want %d: %s", got.Status, status, got.Body)
		}
		got.into(t, &a)
		if got.Header.Get("ETag") != strconv.Quote(a.Tag) {
			t.Errorf("ETag %s, tag %s", got.Header.Get("ETag"), a.Tag)
		}
		return a
	}
	tokkes := base + "/4034/assignments"
	first := read(s.call(tokkeEmail, http.MethodPut, tokkes+"/henvise", fmt.Sprintf(`{"people":[%q],"due":"2026-12-01"}`, s.person(tokkeEmail).ID), "If-None-Match", "*", "Idempotency-Key", "e-1"), http.StatusCreated)
	if first.Finisher != s.person(tokkeEmail).ID || first.Change == "" {
		t.Errorf("%+v", first)
	}
	old := whole.Assignments[0].Tag
	body := fmt.Sprintf(`{"people":[%q,%q],"finisher":%q,"due":"2026-12-01"}`, finn, kari, finn)
	if got := s.call(coordinatorEmail, http.MethodPut, larviks+"/henvise", body); got.Status != http.StatusPreconditionRequired {
		t.Errorf("without a tag: %d", got.Status)
	}
	given := read(s.call(coordinatorEmail, http.MethodPut, larviks+"/henvise", body, "If-Match", strconv.Quote(old), "Idempotency-Key", "e-2"), http.StatusOK)
	if again := read(s.call(coordinatorEmail, http.MethodPut, larviks+"/henvise", body, "If-Match", strconv.Quote(old), "Idempotency-Key", "e-2"), http.StatusOK); again.Tag != given.Tag {
		t.Error("sent twice it is given twice")
	}
	for path, send := range map[string][2]string{larviks + "/henvise": {http.MethodPut, fmt.Sprintf(`{"people":[%q]}`, kari)}, larviks: {http.MethodPost, fmt.Sprintf(`{"tasks":[{"task":"henvise","tag":%q}],"people":[%q]}`, old, kari)}} {
		lost := s.call(coordinatorEmail, send[0], path, send[1], "If-Match", strconv.Quote(old))
		if lost.Status != http.StatusPreconditionFailed || !strings.Contains(string(lost.Body), finn) || !strings.Contains(string(lost.Body), `"yours"`) || !strings.Contains(string(lost.Body), s.person(coordinatorEmail).Name) {
			t.Errorf("%s: %d %s", path, lost.Status, lost.Body)
		}
	}
	for body, where := range map[string]string{`{"people":["p-nobody"]}`: "body.people", fmt.Sprintf(`{"people":[%q],"finisher":%q}`, finn, kari): "body.finisher", fmt.Sprintf(`{"people":[%q],"due":"2026-01-01"}`, finn): "body.due",
		`{"people":["1","2","3","4","5","6","7","8","9","10","11"]}`: "body.people"} {
		if got := s.call(coordinatorEmail, http.MethodPut, larviks+"/henvise", body, "If-Match", strconv.Quote(given.Tag)); got.Status != http.StatusUnprocessableEntity || !strings.Contains(string(got.Body), where) {
			t.Errorf("%s: %d %s", body, got.Status, got.Body)
		}
	}
	for what, pairs := range map[string][2]string{"a finisher": {contributorEmail, "/finish"}, "its coordinator": {coordinatorEmail, "/reopen"}} {
		now := s.given().Of("henvise")
		after := read(s.call(pairs[0], http.MethodPost, larviks+"/henvise"+pairs[1], "", "If-Match", strconv.Quote(now.Tag)), http.StatusOK)
		if after.Tag == "" {
			t.Errorf("%s: %+v", what, after)
		}
	}
	var many v1Assignments
	got := s.call(coordinatorEmail, http.MethodPost, larviks, fmt.Sprintf(`{"tasks":[{"task":"lager","tag":%q},{"task":"budsjett","tag":%q}],"people":[%q]}`, s.given().Of("lager").Tag, s.given().Of("budsjett").Tag, kari), "Idempotency-Key", "e-3")
	got.into(t, &many)
	if got.Status != http.StatusOK || many.Change == "" || s.given().Of("lager").Finisher != s.person(coordinatorEmail).ID {
		t.Fatalf("%d %+v", got.Status, many.Change)
	}
	s.call(coordinatorEmail, http.MethodPost, larviks+"/undo", fmt.Sprintf(`{"change":%q}`, many.Change))
	if now := s.given().Of("lager"); now.Finisher != s.person(contributorEmail).ID {
		t.Errorf("undone it is %+v", now)
	}
	var offer v1Offer
	s.call(tokkeEmail, http.MethodGet, tokkes+"/as-before", "").into(t, &offer)
	if len(offer.Tasks) != 23 || len(offer.Left) != 0 || offer.Round != s.lastPublished().ID {
		t.Errorf("%+v", offer)
	}
	if got := s.call(tokkeEmail, http.MethodPost, tokkes+"/as-before", `{"seen":"x"}`); got.Status != http.StatusConflict {
		t.Errorf("something else seen: %d", got.Status)
	}
	s.call(tokkeEmail, http.MethodPost, tokkes+"/as-before", fmt.Sprintf(`{"seen":%q,"due":"2026-12-01"}`, offer.Seen)).into(t, &many)
	if len(many.Assignments) != 24 || len(many.Assignments[1].People) == 0 || many.Change == "" {
		t.Errorf("%+v", many)
	}
	var data v1PersonalData
	s.call(contributorEmail, http.MethodGet, apiBase+"/me/data", "").into(t, &data)
	if !slices.ContainsFunc(data.Contributions, func(c v1Contribution) bool { return c.Round == s.openRound().ID && c.Assigned > 10 && c.Gave > 0 }) {
		t.Errorf("what is kept of her: %+v", data.Contributions)
	}
}
