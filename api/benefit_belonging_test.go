package api

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/internal/locale"
)

// A benefit comes of steps of the plan: chosen in its form, led to from its page and from theirs, and begun from a step with its task filled in.
func TestABenefitAndItsStepsLeadToEachOther(t *testing.T) {
	s := startServer(t)
	b := s.benefitTitled("nattlige tilsyn")
	steps, _, err := s.Assessments.Steps(t.Context(), s.person(coordinatorEmail).Actor(), larvik, assessment.StepFilter{}, 100, "")
	if err != nil || len(steps) < 2 {
		t.Fatal(len(steps), err)
	}
	step := steps[slices.IndexFunc(steps, func(x assessment.Step) bool { return !slices.Contains(b.Steps, x.ID) })]
	page := stepPath(step.ID)
	hasNot(t, "the step before", s.read(contributorEmail, locale.Bokmal, page, http.StatusOK), benefitPath(b.ID))
	form := s.opened(coordinatorEmail, b)
	has(t, "the form", s.read(coordinatorEmail, locale.Bokmal, benefitPath(b.ID)+"?edit=ground", http.StatusOK), `name="steps" value="`+string(step.ID)+`"`, s.text("benefit.steps.chosen", "n", len(b.Steps)))
	form["steps"] = append(form["steps"], string(step.ID))
	if got := s.browse(coordinatorEmail, http.MethodPost, benefitPath(b.ID), form.Encode()); got.Status != http.StatusSeeOther {
		t.Fatalf("%d: %.500s", got.Status, got.Body)
	}
	has(t, "the benefit", s.read(contributorEmail, locale.Bokmal, benefitPath(b.ID), http.StatusOK), step.What)
	has(t, "the step", s.read(contributorEmail, locale.Bokmal, page, http.StatusOK), `href="`+benefitPath(b.ID)+`"`)
	hasNot(t, "the contributor's step", s.read(contributorEmail, locale.Bokmal, page, http.StatusOK), "/benefits/new")
	fresh := "/benefits/new?" + url.Values{"step": {string(step.ID)}}.Encode()
	has(t, "the coordinator's step", s.read(coordinatorEmail, locale.Bokmal, page, http.StatusOK), `href="`+fresh+`"`)
	has(t, "a new one from the step", s.read(coordinatorEmail, locale.Bokmal, fresh, http.StatusOK), `value="`+string(step.ID)+`" checked`, `value="`+string(step.Task)+`" checked`)
	has(t, "a new one from a task", s.read(coordinatorEmail, locale.Bokmal, "/benefits/new?task=henvise", http.StatusOK), `value="henvise" checked`)
	for _, odd := range []string{"/benefits/new?task=nosuch", "/benefits/new?step=s-nosuch"} {
		hasNot(t, odd, s.read(coordinatorEmail, locale.Bokmal, odd, http.StatusOK), `checked`)
	}
	form = s.opened(coordinatorEmail, s.benefitTitled("nattlige tilsyn"))
	form["steps"] = append(form["steps"], "s-nosuch")
	got := s.browse(coordinatorEmail, http.MethodPost, benefitPath(b.ID), form.Encode(), "Cookie", languageCookie+"=nb")
	if got.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%d", got.Status)
	}
	has(t, "a step that is not there", string(got.Body), `id="steps-error"`, s.text("error.benefit.steps"))
}

// What a task has given stands on its card on the front page, for the municipality's own people alone.
func TestTheFrontPageTellsWhatATaskHasGiven(t *testing.T) {
	s := startServer(t)
	b := s.benefitTitled("nattlige tilsyn")
	name := s.Benefits.Indicators.In("nb", b.Shared).Name
	belonging, err := s.Benefits.Belonging(t.Context(), s.person(coordinatorEmail).Actor(), larvik)
	if err != nil {
		t.Fatal(err)
	}
	said := s.API.givenText(s.Texts.For("nb"), belonging.Task("gevinster"))
	if !strings.HasPrefix(said, name+": ") || !strings.Contains(said, " bedre") {
		t.Fatalf("%q", said)
	}
	waiting := s.text("home.given.waiting", "n", 1)
	for _, email := range []string{contributorEmail, coordinatorEmail, leaderEmail} {
		has(t, email, s.read(email, locale.Bokmal, "/", http.StatusOK), said, waiting)
	}
	has(t, "the task's page", s.read(contributorEmail, locale.Bokmal, "/tasks/gevinster", http.StatusOK), said, `href="`+benefitPath(b.ID)+`"`)
	has(t, "the coordinator's", s.read(coordinatorEmail, locale.Bokmal, "/tasks/gevinster", http.StatusOK), `href="/benefits/new?task=gevinster"`)
	hasNot(t, "the lead", s.read(leadEmail, locale.Bokmal, "/", http.StatusOK), said, waiting)
}
