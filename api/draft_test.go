package api

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/demo"
	"helhet/internal/locale"
)

// variant is a questionnaire made from another.
func variant(t *testing.T, of *catalogue.Catalogue, change func(*catalogue.Source)) *catalogue.Catalogue {
	t.Helper()
	s := catalogue.SourceOf(of)
	change(&s)
	c, err := s.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// say changes a text in every language.
func say(s *catalogue.Source, of catalogue.Of, key, field, text string) {
	for i := range s.Texts {
		if x := &s.Texts[i]; x.Of == of && x.Key == key && x.Field == field {
			x.Text = text
		}
	}
}

// A draft that is part of the program is nobody's yet: no round is planned on it, no word or task of it is shown. And a benefit's task that
// the newest version has no more stays with the benefit, under the name it had.
func TestADraftIsNobodysYet(t *testing.T) {
	s := startServer(t)
	all := s.Assessments.Catalogues()
	model := all[demo.Catalogue]
	draft := variant(t, model, func(s *catalogue.Source) {
		s.Version.Text = "2"
		say(s, catalogue.OfTask, "henvise", "name", "Utkastets oppgave")
		say(s, catalogue.OfTerm, "avvik", "meaning", "Utkastets ord.")
		say(s, catalogue.OfCase, "fjordvik", "name", "Utkastvik")
	})
	all[draft.Key()] = draft
	nb := []string{"Cookie", languageCookie + "=nb"}

	page := s.read(leadEmail, locale.Bokmal, "/rounds/new", http.StatusOK)
	has(t, "the form", page, `<option value="helhetlig-tjenestemodell-1" selected>`)
	hasNot(t, "the form", page, `value="helhetlig-tjenestemodell-2"`, "Utkastets oppgave")
	plan := url.Values{"name": {"Vår 2027"}, "catalogue": {string(draft.Key())}, "opens": {"2027-03-01"}, "closes": {"2027-04-01"}}
	got := s.browse(leadEmail, http.MethodPost, "/rounds/new", plan.Encode(), nb...)
	if got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a round is planned on a draft: %d", got.Status)
	}
	has(t, "the form that comes back", string(got.Body), `id="catalogue-error"`, `<option value="helhetlig-tjenestemodell-1" selected>`)
	hasNot(t, "the words", s.read("", locale.Bokmal, "/glossary", http.StatusOK), "Utkastets ord.")
	// Her region has no round, so she practises on the newest.
	hasNot(t, "the cases", s.read(outsiderEmail, locale.Bokmal, "/calibration", http.StatusOK), "Utkastvik")
	if name := s.Assessments.CatalogueOf("henvise").In("nb").Tasks["henvise"].Name; name != model.In("nb").Tasks["henvise"].Name {
		t.Errorf("a task is called %q", name)
	}

	b := s.benefitTitled("nattlige tilsyn")
	form := s.opened(coordinatorEmail, b)
	form["tasks"] = []string{"henvise", "gevinster"}
	if got := s.browse(coordinatorEmail, http.MethodPost, benefitPath(b.ID), form.Encode(), nb...); got.Status != http.StatusSeeOther {
		t.Fatalf("%d: %.800s", got.Status, got.Body)
	}
	edit := func() (page string, chosen []string) {
		t.Helper()
		page = s.read(coordinatorEmail, locale.Bokmal, benefitPath(b.ID)+"?edit=what", http.StatusOK)
		for _, m := range regexp.MustCompile(`name="tasks" value="([^"]+)" checked`).FindAllStringSubmatch(page, -1) {
			chosen = append(chosen, m[1])
		}
		return page, chosen
	}
	page, chosen := edit()
	if !slices.Equal(chosen, []string{"henvise", "gevinster"}) {
		t.Errorf("%v", chosen)
	}
	has(t, "the benefit's form", page, model.In("nb").Tasks["henvise"].Name)
	hasNot(t, "the benefit's form", page, "Utkastets oppgave")

	// The version in use drops the task; an older one has it, and the draft does.
	delete(all, draft.Key())
	all[demo.Catalogue] = variant(t, model, func(s *catalogue.Source) {
		dropped := func(key string) bool { return key == "henvise" || strings.HasPrefix(key, "henvise.") }
		s.Areas[0].Tasks = slices.DeleteFunc(s.Areas[0].Tasks, func(k catalogue.SourceTask) bool { return dropped(k.Key.Text) })
		s.Targets = slices.DeleteFunc(s.Targets, func(x catalogue.SourceTarget) bool { return dropped(x.Task.Text) })
		s.Cases = nil
		s.Texts = slices.DeleteFunc(s.Texts, func(x catalogue.SourceText) bool { return dropped(x.Key) || x.Of == catalogue.OfCase })
	})
	older := variant(t, model, func(s *catalogue.Source) {
		s.ID.Text = "eldre-modell"
		say(s, catalogue.OfTask, "henvise", "name", "Tildele som før")
	})
	all[older.Key()] = older
	page, chosen = edit()
	if !slices.Equal(chosen, []string{"gevinster", "henvise"}) {
		t.Errorf("%v", chosen)
	}
	has(t, "the benefit's form", page, "Tildele som før")
	form = s.opened(coordinatorEmail, s.benefitTitled("nattlige tilsyn"))
	form["tasks"], form["risk"] = chosen, []string{"Ingen"}
	if got := s.browse(coordinatorEmail, http.MethodPost, benefitPath(b.ID), form.Encode(), nb...); got.Status != http.StatusSeeOther {
		t.Fatalf("%d: %.800s", got.Status, got.Body)
	}
	if b := s.benefitTitled("nattlige tilsyn"); len(b.Tasks) != 2 || !slices.Contains(b.Tasks, "henvise") || b.Risk != "Ingen" {
		t.Errorf("%v, %q", b.Tasks, b.Risk)
	}
	has(t, "the benefit", s.read(leaderEmail, locale.Bokmal, benefitPath(b.ID), http.StatusOK), "Tildele som før")
	// A form that comes back with a fault offers it still, also after it was unticked.
	form = s.opened(coordinatorEmail, s.benefitTitled("nattlige tilsyn"))
	form["tasks"], form["title"] = []string{"gevinster"}, nil
	got = s.browse(coordinatorEmail, http.MethodPost, benefitPath(b.ID), form.Encode(), nb...)
	has(t, "the form that comes back", string(got.Body), `id="title-error"`, `name="tasks" value="henvise">`)
	// Nobody else is offered what is gone.
	hasNot(t, "a new benefit's form", s.read(coordinatorEmail, locale.Bokmal, "/benefits/new", http.StatusOK), "Tildele som før")
}
