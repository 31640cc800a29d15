package api

import (
	"bytes"
	"html"
	"net/http"
	"net/url"
	"slices"
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
	if !slices.Contains(pairs, "task") {
		pairs = append(pairs, "task", "henvise")
	}
	got := s.browse(contributorEmail, http.MethodPost, "/steps", fields(append([]string{"municipality", "larvik", "what", what, "return", "/plan"}, pairs...)...))
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
	has(t, "done", between(page, `id="step-did"`, "</form>"), "er nå ferdig", `action="`+stepPath(step.ID)+`/undo"`, "Skriv hva som kom ut av det")
	hasNot(t, "done", between(page, `aria-labelledby="overdue"`, "</section>"), "Prøv rutinen i én sone")
	page = press("/undo")
	has(t, "undone", between(page, `id="step-did"`, "</form>"), "Endret tilbake: Prøv rutinen", "Gjør det likevel")
	has(t, "undone", between(page, `aria-labelledby="overdue"`, "</section>"), "Prøv rutinen i én sone")
	has(t, "set to what it is", between(press("/status", "status", "planned"), `id="step-did"`, "</div>"), "Ingenting er endret.")
	page = press("/remove")
	has(t, "removed", page, "Slettet: Prøv rutinen", stepPath(step.ID)+"/restore")
	has(t, "what can be brought back", s.read(coordinatorEmail, locale.Bokmal, "/plan?status=removed", http.StatusOK), "Prøv rutinen i én sone")
	page = press("/restore")
	has(t, "brought back", page, "Hentet fram igjen", "Prøv rutinen i én sone")

	// Nothing is offered that does nothing any more: what somebody undid meanwhile, and what is as it was.
	told := `action="` + stepPath(step.ID)
	has(t, "removed, and brought back since", page, told)
	for _, query := range []string{"removed=" + string(step.ID), "changed=" + string(step.ID), "changed=" + string(step.ID) + "&as=old", "reverted=" + string(step.ID) + "&as=old", "added=s-nobody"} {
		page := s.read(contributorEmail, locale.Bokmal, "/plan?"+query, http.StatusOK)
		hasNot(t, query, between(page, "<main", `class="hh-section"`), told)
	}
}

// From the page alone: what was just added is one button from not being there, and what was just written from what it said before, and back. Wherever
// the form was opened from, its page has the button.
func TestWhatWasWrittenOfAStepIsUndone(t *testing.T) {
	s := startServer(t)
	me := s.person(contributorEmail)
	press := func(did, action string, tag string) string { // the button of the page's message, with what stands in its form
		t.Helper()
		has(t, "the message", did, `action="`+action+`"`, `name="tag" value="`+tag+`"`, `name="return" value="`)
		got := s.browse(contributorEmail, http.MethodPost, action, fields("tag", tag, "return", html.UnescapeString(between(did, `name="return" value="`, `"`))))
		if got.Status != http.StatusSeeOther {
			t.Fatalf("%s: %d %.400s", action, got.Status, text(got))
		}
		return between(s.read(contributorEmail, locale.Bokmal, got.Header.Get("Location"), http.StatusOK), `id="step-did"`, "</form>")
	}
	now := func(id assessment.StepID) assessment.Step {
		t.Helper()
		step, err := s.Assessments.Step(t.Context(), me.Actor(), id)
		if err != nil {
			t.Fatal(err)
		}
		return step
	}
	for _, back := range []string{"/plan?mine=yes", "/", taskPath("henvise", s.openRound().ID)} {
		got := s.browse(contributorEmail, http.MethodPost, "/steps", fields("task", "henvise", "what", "Feil oppgave", "return", back, "edit", "add "+back))
		page := s.read(contributorEmail, locale.Bokmal, got.Header.Get("Location"), http.StatusOK)
		id := assessment.StepID(between(page, `action="/steps/`, `/remove"`))
		has(t, back, press(between(page, `id="step-did"`, "</form>"), stepPath(id)+"/remove", now(id).Tag), "Slettet: Feil oppgave", stepPath(id)+"/restore")
		if now(id).Removed.IsZero() {
			t.Errorf("%s: it stands", back)
		}

		step := s.stepOf("Skriv rutinen", "why", "Den mangler.", "owner", "p:"+string(me.ID), "due", "2027-01-31", "edit", "write "+back)
		save := func(edit string, step assessment.Step, what string) string {
			t.Helper()
			got := s.browse(contributorEmail, http.MethodPost, stepPath(step.ID), fields("tag", step.Tag, "edit", edit, "what", what, "status", "under-way", "owner", "r:it", "return", back))
			if got.Status != http.StatusSeeOther {
				t.Fatalf("%d %.400s", got.Status, text(got))
			}
			return between(s.read(contributorEmail, locale.Bokmal, got.Header.Get("Location"), http.StatusOK), `id="step-did"`, "</div>")
		}
		did := save("e-1", step, "Skriv reglene")
		changed := now(step.ID)
		if again := save("e-1", step, "Skriv reglene"); again != did || now(step.ID).Tag != changed.Tag {
			t.Errorf("%s: the same form sent twice is another save, and tells\n%s", back, again)
		}
		has(t, "nothing changed", save("e-2", changed, " Skriv reglene "), "Ingenting er endret. Tiltaket var slik fra før: Skriv reglene")
		hasNot(t, "nothing changed", save("e-2", changed, "Skriv reglene"), "<form")
		if now(step.ID).Tag != changed.Tag {
			t.Errorf("%s: a save of what it says changed it", back)
		}
		has(t, "the step's page", s.read(coordinatorEmail, locale.Bokmal, stepPath(step.ID), http.StatusOK), "Slik var det før siste endring", "<p>Skriv rutinen</p>", "<p>Den mangler.</p>", me.Name, stepPath(step.ID)+"/undo")
		did = press(did, stepPath(step.ID)+"/undo", changed.Tag)
		if back := now(step.ID); back.StepData != step.StepData {
			t.Errorf("undone it is %+v, and was %+v", back.StepData, step.StepData)
		}
		press(did, stepPath(step.ID)+"/undo", now(step.ID).Tag)
		if redone := now(step.ID); redone.StepData != changed.StepData {
			t.Errorf("undone twice it is %+v, and was %+v", redone.StepData, changed.StepData)
		}
		if _, err := s.Assessments.RemoveStep(t.Context(), me.Actor(), step.ID, now(step.ID).Tag); err != nil {
			t.Fatal(err)
		}
	}
}

// A form that the browser kept is gone back to, filled in anew and sent: it meets what stands, and what was typed is there. The same click twice is one.
func TestAStepsFormIsSentOnceMore(t *testing.T) {
	s := startServer(t)
	step := s.stepOf("Lag en plan")
	send := func(what string) reply {
		return s.browse(contributorEmail, http.MethodPost, stepPath(step.ID), fields("tag", step.Tag, "edit", "e-1", "what", what, "status", "planned"))
	}
	for range 2 {
		if got := send("Lag en lang plan"); got.Status != http.StatusSeeOther || !strings.Contains(got.Header.Get("Location"), "changed=") {
			t.Errorf("%d to %s", got.Status, got.Header.Get("Location"))
		}
	}
	got := send("Lag en kort plan")
	if got.Status != http.StatusPreconditionFailed {
		t.Errorf("%d to %s", got.Status, got.Header.Get("Location"))
	}
	has(t, "both", text(got), ">Lag en kort plan</textarea>", "Lag en lang plan")
}

// Somebody else has changed the step since: nothing is undone, and both are there to read. The last change, whoever's, can still be undone from there.
func TestUndoingAStepTooLate(t *testing.T) {
	s := startServer(t)
	step, colleague := s.stepOf("Lag en plan"), s.person(coordinatorEmail)
	save := func(who, what string) (tag string) {
		t.Helper()
		now, _ := s.Assessments.Step(t.Context(), colleague.Actor(), step.ID)
		if got := s.browse(who, http.MethodPost, stepPath(step.ID), fields("tag", now.Tag, "what", what, "status", "planned")); got.Status != http.StatusSeeOther {
			t.Fatalf("%d", got.Status)
		}
		now, _ = s.Assessments.Step(t.Context(), colleague.Actor(), step.ID)
		return now.Tag
	}
	mine := save(contributorEmail, "Lag en lang plan")
	theirs := save(coordinatorEmail, "Lag en kort plan")
	late := s.browse(contributorEmail, http.MethodPost, stepPath(step.ID)+"/undo", fields("tag", mine, "return", "/plan"))
	page := text(late)
	if late.Status != http.StatusPreconditionFailed {
		t.Errorf("%d", late.Status)
	}
	has(t, "both", page, colleague.Name+" endret tiltaket ", ">Lag en kort plan</textarea>", "<p>Lag en lang plan</p>")
	former := between(page, "<summary>Slik var det før siste endring", "</form>")
	has(t, "the last change", former, `action="`+stepPath(step.ID)+`/undo"`, `name="tag" value="`+theirs+`"`)
	has(t, "unfolded", page, `<details class="hh-more" open>`)
	if now, _ := s.Assessments.Step(t.Context(), colleague.Actor(), step.ID); now.What != "Lag en kort plan" || now.Tag != theirs {
		t.Errorf("it is %+v", now)
	}
	// Removed meanwhile, and never changed: the page says why nothing is undone.
	if _, err := s.Assessments.RemoveStep(t.Context(), colleague.Actor(), step.ID, theirs); err != nil {
		t.Fatal(err)
	}
	gone := s.browse(contributorEmail, http.MethodPost, stepPath(step.ID)+"/undo", fields("tag", theirs))
	has(t, "removed", text(gone), "Tiltaket er slettet. Hent det fram igjen før du endrer det.")
	hasNot(t, "removed", text(gone), "Dette skrev du")
	fresh := s.stepOf("Nytt")
	if got := s.browse(contributorEmail, http.MethodPost, stepPath(fresh.ID)+"/undo", fields("tag", fresh.Tag)); got.Status != http.StatusConflict || !strings.Contains(text(got), s.text("error.step.undo.nothing")) {
		t.Errorf("%d: %.600s", got.Status, text(got))
	}
}

// What a step was names nobody who has been deleted, and undoing makes it nobody's who has no role.
func TestWhatAStepWasNamesNobodyWhoLeft(t *testing.T) {
	s := startServer(t)
	leaver, err := s.People.Add(t.Context(), org.Person{ID: "p-leaver", Name: "Borghild Bortreist", Email: "borghild@example.org", Grants: s.person(contributorEmail).Grants})
	if err != nil {
		t.Fatal(err)
	}
	step := s.stepOf("Et tiltak", "owner", "p:p-leaver")
	step, err = s.Assessments.SaveStep(t.Context(), leaver.Actor(), assessment.SaveStep{ID: step.ID, Data: assessment.StepData{What: "Hennes tiltak", Owner: leaver.ID}, Tag: step.Tag})
	if err != nil {
		t.Fatal(err)
	}
	if step, err = s.Assessments.SaveStep(t.Context(), s.person(coordinatorEmail).Actor(), assessment.SaveStep{ID: step.ID, Data: assessment.StepData{What: "IT sitt", Role: "it"}, Tag: step.Tag}); err != nil {
		t.Fatal(err)
	}
	has(t, "while she is here", s.read(contributorEmail, locale.Bokmal, stepPath(step.ID), http.StatusOK), "Lagret av Borghild Bortreist")
	if err := s.API.Deletions.Delete(t.Context(), s.person(coordinatorEmail).Actor(), leaver.ID); err != nil {
		t.Fatal(err)
	}
	page := s.read(contributorEmail, locale.Bokmal, stepPath(step.ID), http.StatusOK)
	has(t, "afterwards", page, "Lagret av tidligere medarbeider", "Hennes tiltak")
	hasNot(t, "afterwards", page, "Bortreist")
	got := s.browse(contributorEmail, http.MethodPost, stepPath(step.ID)+"/undo", fields("tag", step.Tag))
	if got.Status != http.StatusConflict {
		t.Errorf("%d", got.Status)
	}
	has(t, "undone", text(got), s.text("error.step.undo.owner"))
}

// The plan says how its steps are sorted, and the workbook has them in the same order.
func TestThePlanByWhatMatters(t *testing.T) {
	s := startServer(t)
	actor := s.person(coordinatorEmail).Actor()
	plan, err := s.Assessments.Improvement(t.Context(), actor, larvik)
	if err != nil {
		t.Fatal(err)
	}
	far, near := plan.Tasks[0], plan.Tasks[1]
	if a, _ := far.Gap(); a <= 0 {
		t.Fatalf("no gap: %+v", far)
	}
	for _, step := range []struct{ task, what, due string }{{string(near.Task), "Nær, snart", "2026-11-29"}, {string(far.Task), "Langt, senere", "2027-05-01"}, {string(near.Task), "Nær, for sent", "2026-10-01"}, {string(far.Task), "Langt, for sent", "2026-10-31"},
		{string(far.Task), "Langt, en gang", ""}} {
		s.stepOf(step.what, "task", step.task, "due", step.due, "edit", step.what)
	}
	page := s.read(contributorEmail, locale.Bokmal, "/plan", http.StatusOK)
	has(t, "the page", page, s.text("improvement.sorted.open"))
	overdue, rest := between(page, `aria-labelledby="overdue"`, "</section>"), between(page, `aria-labelledby="open"`, "</section>")
	inOrder(t, "overdue", overdue, "Langt, for sent", "Nær, for sent")
	inOrder(t, "the rest", rest, "Langt, senere", "Langt, en gang", "Nær, snart")
	has(t, "done ones", s.read(contributorEmail, locale.Bokmal, "/plan?status=done", http.StatusOK), s.text("improvement.sorted.day"))
	hasNot(t, "nothing to sort", s.read(leaderEmail, locale.Bokmal, "/plan?mine=yes&status=dropped", http.StatusOK), s.text("improvement.sorted.day"))
	for query, name := range map[string]string{"": "all", "?status=planned": "planned"} {
		page := s.read(contributorEmail, locale.Bokmal, "/plan"+query, http.StatusOK)
		f, err := excelize.OpenReader(bytes.NewReader(s.browse(contributorEmail, http.MethodGet, "/plan.xlsx"+query, "").Body))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := f.GetRows("Tiltak")
		if err != nil || len(rows) < 7 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		has(t, name, rows[0][0], s.text("improvement.sorted.open"))
		var order []string
		for _, row := range rows[2:] {
			order = append(order, html.EscapeString(row[1])+"</a></h3>")
		}
		inOrder(t, name, page, order...)
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The plan has each task once: with a row where there is an ambition or a step, and in the list of the rest where there is neither.
func TestThePlanHasRowsOnlyForWhatIsPlanned(t *testing.T) {
	s := startServer(t)
	plan, err := s.Assessments.Improvement(t.Context(), s.person(coordinatorEmail).Actor(), larvik)
	if err != nil {
		t.Fatal(err)
	}
	page := s.read(contributorEmail, locale.Bokmal, "/plan", http.StatusOK)
	tasks := between(page, `id="tasks"`, "</section>")
	table, rest, _ := strings.Cut(tasks, "</table>")
	quiet, lacking := 0, 0
	for _, task := range plan.Tasks {
		in, out := table, rest
		if task.Ambition.Level == nil && task.Open == 0 {
			in, out, quiet = rest, table, quiet+1
		}
		if task.Lacking() {
			lacking++
		}
		link := `href="/tasks/` + string(task.Task) + `#plan"`
		if strings.Count(in, link) != 1 || strings.Contains(out, link) {
			t.Errorf("%s, with %d steps and the ambition %v, is not where it belongs", task.Task, task.Open, task.Ambition.Level)
		}
	}
	if quiet == 0 || quiet == len(plan.Tasks) {
		t.Fatalf("%d of %d tasks have nothing planned", quiet, len(plan.Tasks))
	}
	has(t, "the page", page, s.text("improvement.quiet", "n", quiet), s.text("improvement.lacking", "n", lacking), s.text("improvement.shown", "what", s.text("improvement.areas")+" · "+s.text("improvement.open")))
	has(t, "filtered", s.read(contributorEmail, locale.Bokmal, "/plan?mine=yes&status=done", http.StatusOK), s.text("improvement.shown", "what", s.text("improvement.areas")+" · "+s.text("step.status.done")+" · "+s.text("improvement.mine")))

	// Where nothing is planned at all the list is the way to begin, and open.
	none := s.read("contributor.4034@example.org", locale.Bokmal, "/plan", http.StatusOK)
	has(t, "nothing planned", none, `<details class="hh-more" open>`)
}

// inOrder fails when the parts don't all stand in a text, one after the other.
func inOrder(t *testing.T, what, all string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		_, after, found := strings.Cut(all, part)
		if !found {
			t.Errorf("%s: %q is not there, or not after what comes before it", what, part)
			return
		}
		all = after
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
	for _, none := range []string{"PUT", "POST"} {
		if got := s.browse(coordinatorEmail, none, "/tasks/henvise/ambition/undo", ""); got.Status < 400 {
			t.Errorf("%s of nothing: %d", none, got.Status)
		}
	}
}

// An ambition that was set or taken away is one button from what it was, and back. Where somebody else has set it since nothing is undone, and both are told.
func TestAnAmbitionIsUndone(t *testing.T) {
	s := startServer(t)
	leader := s.person(leaderEmail)
	ambition := func() assessment.Ambition {
		t.Helper()
		all, err := s.Assessments.Ambitions(t.Context(), leader.Actor(), larvik)
		if err != nil {
			t.Fatal(err)
		}
		return all.Of("budsjett")
	}
	query := scopeQuery(s.openRound().ID, larvik)
	post := func(who, action string, pairs ...string) string {
		t.Helper()
		got := s.browse(who, http.MethodPost, "/tasks/budsjett/ambition"+action+query, fields(pairs...))
		if got.Status != http.StatusSeeOther {
			t.Fatalf("%d %.400s", got.Status, text(got))
		}
		page := s.read(who, locale.Bokmal, got.Header.Get("Location"), http.StatusOK)
		has(t, "unfolded", between(page, `aria-labelledby="plan-title"`, "</summary>"), `<details class="hh-fold" open>`)
		return between(page, `id="plan">`, "</dl>")
	}
	undo := "/tasks/budsjett/ambition/undo" + query
	post(coordinatorEmail, "", "tag", ambition().Tag, "ambition", "5")
	did := post(coordinatorEmail, "", "tag", ambition().Tag, "ambition", "2")
	has(t, "set", did, "Ambisjonen er lagret: 2", undo, `name="tag" value="`+ambition().Tag+`"`, "Angre")
	same := post(coordinatorEmail, "", "tag", ambition().Tag, "ambition", "2")
	has(t, "set to what it is", same, "Ingenting er endret. Ambisjonen var slik fra før: 2")
	hasNot(t, "set to what it is", same, undo)
	set := ambition()
	has(t, "undone", post(coordinatorEmail, "/undo", "tag", set.Tag), "Ambisjonen er endret tilbake: 5", undo, "Gjør det likevel")
	has(t, "undone twice by one click", post(coordinatorEmail, "/undo", "tag", set.Tag), "Ambisjonen er endret tilbake: 5")
	if level := ambition().Level; *level != 5 {
		t.Errorf("it is %d", *level)
	}
	mine := ambition().Tag
	has(t, "taken away", post(leaderEmail, "", "tag", mine, "ambition", ""), "Ambisjonen er lagret: ikke satt", undo)
	late := s.browse(coordinatorEmail, http.MethodPost, "/tasks/budsjett/ambition/undo"+query, fields("tag", mine))
	if late.Status != http.StatusPreconditionFailed || ambition().Level != nil {
		t.Errorf("%d: it is %v", late.Status, ambition().Level)
	}
	has(t, "both are told", text(late), leader.Name+" har endret ambisjonen siden, så ingenting er angret. Nå er den: ikke satt. Før det var den: 5", "Før siste endring: 5")
	hasNot(t, "a contributor is offered nothing", s.read(contributorEmail, locale.Bokmal, "/tasks/budsjett?ambition=set&as="+ambition().Tag, http.StatusOK), "/ambition/undo", "Ambisjonen er lagret")
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
