package api

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/xuri/excelize/v2"
)

// stepOf adds a step to Larvik's plan as its contributor, by the page's form, and finds it.
func (s *testServer) stepOf(what string, pairs ...string) assessment.Step {
	s.t.Helper()
	got := s.browse(contributorEmail, http.MethodPost, "/steps", fields(append([]string{"task", "henvise", "municipality", "larvik", "what", what, "return", "/plan"}, pairs...)...))
	if got.Status != http.StatusSeeOther || !strings.HasPrefix(got.Header.Get("Location"), "/plan?added=") {
		s.t.Fatalf("%d to %s: %.600s", got.Status, got.Header.Get("Location"), text(got))
	}
	all, _, err := s.Assessments.Steps(s.t.Context(), s.person(contributorEmail).Actor(), larvik, assessment.StepFilter{}, 1000, "")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, step := range all {
		if step.What == what {
			return step
		}
	}
	s.t.Fatalf("%q is not in the plan", what)
	return assessment.Step{}
}

// From the page alone: a step is added, set done by a button, undone, removed and brought back.
func TestAStepByItsButtons(t *testing.T) {
	s := startServer(t)
	me := s.person(contributorEmail)
	step := s.stepOf("Prøv rutinen i én sone", "owner", "p:"+string(me.ID), "due", "2026-11-01", "why", "Den er ny.")
	if step.Owner != me.ID || step.Due != "2026-11-01" {
		t.Errorf("%+v", step)
	}
	press := func(action string, pairs ...string) string {
		t.Helper()
		step, _ = s.Assessments.Step(t.Context(), me.Actor(), step.ID)
		got := s.browse(contributorEmail, http.MethodPost, stepPath(step.ID)+action, fields(append([]string{"tag", step.Tag, "return", "/plan?mine=yes"}, pairs...)...))
		if got.Status != http.StatusSeeOther {
			t.Fatalf("%s: %d %.400s", action, got.Status, text(got))
		}
		return s.read(contributorEmail, locale.Bokmal, got.Header.Get("Location"), http.StatusOK)
	}
	page := s.read(contributorEmail, locale.Bokmal, "/plan", http.StatusOK)
	has(t, "overdue", between(page, `aria-labelledby="overdue"`, "</section>"), "Prøv rutinen i én sone", "Frist 1. november 2026", "over fristen", me.Name, "(deg)")
	has(t, "the first page", s.read(contributorEmail, locale.Bokmal, "/", http.StatusOK), "Dine tiltak", "Prøv rutinen i én sone", "over fristen")
	has(t, "the task's page", s.read(contributorEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK), "Prøv rutinen i én sone")
	page = press("/status", "status", "done")
	has(t, "done", page, "er nå ferdig", `name="status" value="planned"`, "Skriv hva som kom ut av det")
	hasNot(t, "done", between(page, `aria-labelledby="overdue"`, "</section>"), "Prøv rutinen i én sone")
	page = press("/status", "status", "planned")
	has(t, "undone", page, "er nå planlagt")
	page = press("/remove")
	has(t, "removed", page, "Slettet: Prøv rutinen", stepPath(step.ID)+"/restore")
	has(t, "what can be brought back", s.read(coordinatorEmail, locale.Bokmal, "/plan?status=removed", http.StatusOK), "Prøv rutinen i én sone")
	page = press("/restore")
	has(t, "brought back", page, "Hentet fram igjen", "Prøv rutinen i én sone")

	// Nothing is offered that does nothing any more: what somebody undid meanwhile, and what is as it was.
	told := `action="` + stepPath(step.ID)
	has(t, "removed, and brought back since", page, told)
	for _, query := range []string{"removed=" + string(step.ID), "changed=" + string(step.ID) + "&was=planned", "changed=" + string(step.ID) + "&was=soon", "added=s-nobody"} {
		page := s.read(contributorEmail, locale.Bokmal, "/plan?"+query, http.StatusOK)
		hasNot(t, query, between(page, "<main", `class="hh-section"`), told)
	}
}

// Whoever doesn't know what to write reads what the questionnaire says, from where her answers stand, on the task's page and on the form the plan leads to.
func TestOneStepFurtherBesideTheForm(t *testing.T) {
	s := startServer(t)
	round, actor := s.openRound(), s.person(contributorEmail).Actor()
	a, err := s.Assessments.Assessment(t.Context(), actor, round.ID, larvik)
	if err != nil {
		t.Fatal(err)
	}
	words := s.API.planWords(s.Texts.For(locale.Bokmal), "henvise").Questions["henvise.ansvar"]
	for level, want := range map[int]string{0: words.Further[1], 3: words.Further[3], 5: ""} {
		if a, err = s.Assessments.SaveAnswer(t.Context(), actor, assessment.Save{Round: round.ID, Municipality: larvik, Question: "henvise.ansvar", Value: assessment.Value{Level: &level}, Tag: a.Answer("henvise.ansvar").Tag}); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/steps/new?task=henvise", "/tasks/henvise"} {
			page := s.read(contributorEmail, locale.Bokmal, path, http.StatusOK)
			_, page, _ = strings.Cut(page, `action="/steps"`)
			hints := between(page, "<h3>Ett steg videre</h3>", "</aside>")
			for _, text := range words.Further {
				if strings.Contains(hints, text) != (text == want) {
					t.Errorf("%s at level %d: %q is among %q", path, level, text, hints)
				}
			}
		}
	}
}

// What is wrong is told beside its field, and nothing typed is lost.
func TestAStepThatComesBack(t *testing.T) {
	s := startServer(t)
	got := s.browse(contributorEmail, http.MethodPost, "/steps", fields("task", "henvise", "what", " ", "why", "Fordi <b>det</b> haster", "due", "2026-02-30", "owner", "r:it", "edit", "e-1"))
	has(t, "the form", text(got), `id="step-what-error"`, "Skriv hva som skal gjøres.", `id="step-due-error"`, `value="2026-02-30"`, `value="r:it" selected`, `value="e-1"`)
	has(t, "the form", string(got.Body), "Fordi &lt;b&gt;det&lt;/b&gt; haster")
	if got.Status != http.StatusUnprocessableEntity {
		t.Errorf("%d", got.Status)
	}
	got = s.browse(contributorEmail, http.MethodPost, "/steps", fields("task", "henvise", "what", "Ring 13097248022", "edit", "e-1"))
	has(t, "a fødselsnummer", text(got), "Teksten ser ut til å ha et fødselsnummer i seg", `name="confirmNumber"`, "Ring 13097248022")
	s.stepOf("Ring 13097248022", "confirmNumber", "yes")

	step := s.stepOf("Lag en plan")
	change := fields("tag", step.Tag, "what", "Lag en god plan", "status", "dropped", "reason", "")
	has(t, "dropped without a reason", text(s.browse(contributorEmail, http.MethodPost, stepPath(step.ID), change)), "Skriv hvorfor tiltaket er droppet.", "Lag en god plan", `value="dropped" checked`)
	mine := fields("tag", step.Tag, "what", "Lag en kort plan", "status", "planned")
	if got := s.browse(coordinatorEmail, http.MethodPost, stepPath(step.ID), mine); got.Status != http.StatusSeeOther {
		t.Fatalf("%d", got.Status)
	}
	lost := s.browse(contributorEmail, http.MethodPost, stepPath(step.ID), fields("tag", step.Tag, "what", "Lag en lang plan", "status", "under-way"))
	page := text(lost)
	if lost.Status != http.StatusPreconditionFailed {
		t.Errorf("%d", lost.Status)
	}
	has(t, "both are seen", page, "Tiltaket er endret av noen andre", "<p>Lag en kort plan</p>", ">Lag en lang plan</textarea>")
	now, _ := s.Assessments.Step(t.Context(), s.person(contributorEmail).Actor(), step.ID)
	has(t, "hers can be saved over it", page, `name="tag" value="`+now.Tag+`"`)

	// Removed meanwhile: what was typed can be copied.
	if _, err := s.Assessments.RemoveStep(t.Context(), s.person(coordinatorEmail).Actor(), step.ID, now.Tag); err != nil {
		t.Fatal(err)
	}
	gone := text(s.browse(contributorEmail, http.MethodPost, stepPath(step.ID), fields("tag", now.Tag, "what", "Lag en lang plan", "status", "under-way")))
	has(t, "removed meanwhile", gone, "Dette skrev du, men det ble ikke lagret", "Lag en lang plan", "Hent fram igjen")

	// Where the form leads is a page of ours.
	got = s.browse(contributorEmail, http.MethodPost, "/steps", fields("task", "henvise", "what", "Et tiltak", "return", "https://example.org/"))
	if to := got.Header.Get("Location"); !strings.HasPrefix(to, "/?added=") {
		t.Errorf("it leads to %s", to)
	}
	for _, path := range []string{"/plan?area=nosuch&status=nosuch", "/plan?added=nosuch", "/plan?changed=nosuch&was=nosuch"} {
		s.read(contributorEmail, locale.Bokmal, path, http.StatusOK)
	}
	if got := s.browse(contributorEmail, http.MethodGet, "/steps/new?task=nosuch", ""); got.Status != http.StatusNotFound {
		t.Errorf("a step for no task: %d", got.Status)
	}
}

// The ambition stands beside where the municipality is, and of two who set it at once neither overwrites the other unseen.
func TestAnAmbitionOnTheTasksPage(t *testing.T) {
	s := startServer(t)
	actor := s.person(coordinatorEmail).Actor()
	ambition := func() assessment.Ambition {
		t.Helper()
		all, err := s.Assessments.Ambitions(t.Context(), actor, larvik)
		if err != nil {
			t.Fatal(err)
		}
		return all.Of("henvise")
	}
	to := "/tasks/henvise/ambition" + scopeQuery(s.openRound().ID, larvik)
	before := ambition().Tag
	if got := s.browse(coordinatorEmail, http.MethodPost, to, fields("tag", before, "ambition", "5")); got.Status != http.StatusSeeOther {
		t.Fatalf("%d", got.Status)
	}
	page := s.read(contributorEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK)
	has(t, "the page", between(page, `aria-labelledby="plan-title"`, "</section>"), `level-5">5</b>`, "under ambisjonen")
	hasNot(t, "a contributor sets none", page, `action="/tasks/henvise/ambition`)
	late := s.browse(leaderEmail, http.MethodPost, to, fields("tag", before, "ambition", "1"))
	if late.Status != http.StatusPreconditionFailed || *ambition().Level != 5 {
		t.Errorf("%d: it is %d", late.Status, *ambition().Level)
	}
	has(t, "the other's stands", text(late), `level-5">5</b>`, `name="tag" value="`+ambition().Tag+`"`)
	for _, level := range []string{"6", "-1", "x"} {
		if got := s.browse(coordinatorEmail, http.MethodPost, to, fields("tag", ambition().Tag, "ambition", level)); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", level, got.Status)
		}
	}
	if got := s.browse(leaderEmail, http.MethodPost, to, fields("tag", ambition().Tag, "ambition", "")); got.Status != http.StatusSeeOther || ambition().Level != nil {
		t.Errorf("taken away: %d, %v", got.Status, ambition().Level)
	}
}

// The workbook holds what the page shows, and nothing in it runs.
func TestThePlanAsAWorkbook(t *testing.T) {
	s := startServer(t)
	texts := []string{"=HYPERLINK(\"https://example.org\")", "+1", "-1", "@SUM(A1)", "Vanlig tekst"}
	for _, what := range texts {
		s.stepOf(what, "owner", "r:it", "due", "2026-12-24")
	}
	got := s.browse(contributorEmail, http.MethodGet, "/plan.xlsx", "")
	if got.Status != http.StatusOK || got.Header.Get("Content-Type") != xlsxType || !strings.Contains(got.Header.Get("Content-Disposition"), "helhet-plan-larvik.xlsx") {
		t.Fatalf("%d %v", got.Status, got.Header)
	}
	f, err := excelize.OpenReader(bytes.NewReader(got.Body))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Tiltak")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i, row := range rows {
		for j, cell := range row {
			at, _ := excelize.CoordinatesToCellName(j+1, i+1)
			if formula, err := f.GetCellFormula("Tiltak", at); formula != "" || err != nil {
				t.Errorf("%s is the formula %q, %v", at, formula, err)
			}
			for _, what := range texts {
				if cell == what {
					found++
					if kind, err := f.GetCellType("Tiltak", at); kind != excelize.CellTypeSharedString || err != nil || row[4] != "24.12.2026" {
						t.Errorf("%s is of type %v, %v; due %s", at, kind, err, row[4])
					}
				}
			}
		}
	}
	if found != len(texts) {
		t.Errorf("%d of %d steps: %v", found, len(texts), rows)
	}
	if tasks, err := f.GetRows("Oppgaver"); err != nil || len(tasks) != 24+2 {
		t.Errorf("%d rows of tasks, %v", len(tasks), err)
	}
	has(t, "the first line", rows[0][0], "Larvik", s.text("layout.demo.text"))
}

// Open steps of somebody whose access has ended are a colleague's with the invitations, and a contributor may be the one.
func TestStepsAreHandedOverOnHerPage(t *testing.T) {
	s := startServer(t)
	leaver := s.person(contributorEmail)
	step := s.stepOf("Et tiltak", "owner", "p:"+string(leaver.ID))
	has(t, "what is kept of her", s.read(contributorEmail, locale.Bokmal, "/account/data", http.StatusOK), "Tiltak du er ansvarlig for: ")
	colleague, err := s.People.Add(t.Context(), org.Person{ID: "p-colleague", Name: "Ny Kollega", Email: "ny@example.org", Grants: leaver.Grants})
	if err != nil {
		t.Fatal(err)
	}
	path := "/people/" + url.PathEscape(string(leaver.ID))
	s.browse(coordinatorEmail, http.MethodPost, path+"/deactivate", fields("confirm", "yes"))
	has(t, "her page", s.read(coordinatorEmail, locale.Bokmal, path+"?ended=yes", http.StatusOK), "Ny Kollega")
	if got := s.browse(coordinatorEmail, http.MethodPost, path+"/hand-over", fields("to", string(colleague.ID))); got.Status != http.StatusSeeOther {
		t.Fatalf("%d", got.Status)
	}
	if now, err := s.Assessments.Step(t.Context(), s.person(coordinatorEmail).Actor(), step.ID); err != nil || now.Owner != colleague.ID {
		t.Errorf("it is %s's, %v", now.Owner, err)
	}
}
