package api

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/demo"
	"helhet/internal/locale"
)

// withVersions puts both versions of a small model beside the questionnaires, the second of which maps from the first.
func (s *testServer) withVersions() {
	all := s.Assessments.Catalogues()
	for _, name := range []string{"trygg-hverdag-1", "trygg-hverdag-2"} {
		c, err := catalogue.Parse(os.DirFS("../assessment/catalogue/testdata"), name)
		if err != nil {
			s.t.Fatal(err)
		}
		all[c.Key()] = c
	}
}

// Before a round is planned on a new version one sees what becomes of each question's answers, and every text before and after.
func TestChangesPage(t *testing.T) {
	s := startServer(t)
	s.withVersions()
	list := s.read(leadEmail, locale.Bokmal, "/catalogues", http.StatusOK)
	has(t, "the list", list, "Helhetlig tjenestemodell", "I bruk", "Utkast", `href="/catalogues/trygg-hverdag-2/changes?from=trygg-hverdag-1"`, "3 oppgaver")
	hasNot(t, "the list", list, "Det er bare én versjon")

	page := s.read(leadEmail, locale.Bokmal, "/catalogues/trygg-hverdag-2/changes", http.StatusOK)
	has(t, "the page", page, "Dette er et utkast", "2 svar kan tas med som de er.", "4 spørsmål er endret", "1 spørsmål er nytt", "1 spørsmål er tatt ut")
	has(t, "what needs a look", between(page, `<h2 id="look">`, "</section>"), "Delt i flere", "Slått sammen", "Skrevet om", "Ordene er de samme", "Virker kameraene og sensorene?",
		"<del>Virker kameraene og sensorene?</del>", "<ins>Virker kameraene?</ins>")
	has(t, "what is new", between(page, `<h2 id="new">`, "</section>"), s.Assessments.Catalogues()["trygg-hverdag-2"].In("nb").Questions["alarm.test"].Text)
	has(t, "what is gone", between(page, `<h2 id="gone">`, "</section>"), s.Assessments.Catalogues()["trygg-hverdag-1"].In("nb").Questions["besok.utstyr"].Text)
	same := between(page, `<h2 id="same">`, "</section>")
	for _, k := range []catalogue.QuestionKey{"tilsyn.folk", "alarm.behov"} {
		has(t, "what stays", same, s.Assessments.Catalogues()["trygg-hverdag-2"].In("nb").Questions[k].Text)
	}
	if n := strings.Count(page, `class="hh-card"`); n != 6 {
		t.Errorf("%d cards: each changed question has one", n)
	}
	has(t, "the structure", between(page, `<h2 id="structure">`, "</section>"), "Vekten er 1. Før var den 2.")
	// Other languages say the same of their own texts.
	has(t, "in nynorsk", s.read(leadEmail, locale.Nynorsk, "/catalogues/trygg-hverdag-2/changes?from=trygg-hverdag-1", http.StatusOK), "Delt i fleire", "<del>Verkar ")
	has(t, "in English", s.read(adminEmail, locale.English, "/catalogues/trygg-hverdag-2/changes?from=trygg-hverdag-1", http.StatusOK), "Split into several", "<del>Do ")

	first := s.read(leadEmail, locale.Bokmal, "/catalogues/trygg-hverdag-1/changes", http.StatusOK)
	has(t, "the first version", first, "Dette er den første versjonen")
	s.read(leadEmail, locale.Bokmal, "/catalogues/trygg-hverdag-9/changes", http.StatusNotFound)
	has(t, "another way round", s.read(leadEmail, locale.Bokmal, "/catalogues/trygg-hverdag-1/changes?from=trygg-hverdag-2", http.StatusNotFound), "kom ikke før")
}

// While there is one version alone the list says what will come, and the form that plans leads to the list.
func TestOneVersionAlone(t *testing.T) {
	s := startServer(t)
	has(t, "the list", s.read(contributorEmail, locale.Bokmal, "/catalogues", http.StatusOK), "Det er bare én versjon ennå.")
	form := s.read(leadEmail, locale.Bokmal, "/rounds/new", http.StatusOK)
	has(t, "the form", form, `href="/catalogues"`)
	hasNot(t, "the form", form, "/changes?from=")
}

// Another questionnaire has other areas: who chooses one sees them before she chooses among them, and what she typed stays.
func TestPlanShowsTheChosenQuestionnairesAreas(t *testing.T) {
	s := startServer(t, func(o *assessment.Options) { o.Drafts = true })
	show := url.Values{"name": {"Vår 2031"}, "catalogue": {"annen-modell-1"}, "cover": {"chosen"}, "opens": {"2031-03-01"}, "show": {"yes"}}
	hasNot(t, "with one questionnaire", s.read(leadEmail, locale.Bokmal, "/rounds/new", http.StatusOK), `name="show"`)
	other := variant(t, s.catalogue(), func(s *catalogue.Source) {
		s.ID.Text = "annen-modell"
		say(s, catalogue.OfArea, "support", "name", "Et annet område")
	})
	s.Assessments.Catalogues()[other.Key()] = other
	has(t, "with two", s.read(leadEmail, locale.Bokmal, "/rounds/new", http.StatusOK), `name="show"`, "Support, lager og utstyr")
	got := s.browse(leadEmail, http.MethodPost, "/rounds/new", show.Encode(), "Cookie", languageCookie+"=nb")
	if got.Status != http.StatusOK {
		t.Fatalf("%d: %.500s", got.Status, got.Body)
	}
	page := string(got.Body)
	has(t, "what was asked for", page, "Et annet område", `value="annen-modell-1" selected`, `value="Vår 2031"`, `value="2031-03-01"`, `name="cover" value="chosen" checked`)
	hasNot(t, "what was asked for", page, "Support, lager og utstyr", `class="hh-error"`)
	if rounds, _, err := s.Assessments.Rounds(t.Context(), s.person(leadEmail).Actor(), demo.Region, 50, ""); err != nil || slices.ContainsFunc(rounds, func(r assessment.Round) bool { return r.Name == "Vår 2031" }) {
		t.Errorf("a round is planned by a look: %v", err)
	}
}

// Who plans is led to what a version changes beside the choice of it.
func TestPlanLeadsToWhatAVersionChanges(t *testing.T) {
	s := startServer(t)
	all := s.Assessments.Catalogues()
	model := s.catalogue()
	older := variant(t, model, func(s *catalogue.Source) { s.ID.Text = "eldre-modell" })
	all[older.Key()] = older
	source := catalogue.SourceOf(model)
	source.Mapping = &catalogue.SourceMapping{From: catalogue.Given{Text: string(older.Key())}}
	newer, err := source.Parse(func(k catalogue.Key) *catalogue.Catalogue { return all[k] })
	if err != nil {
		t.Fatal(err)
	}
	all[newer.Key()] = newer
	has(t, "the form", s.read(leadEmail, locale.Bokmal, "/rounds/new", http.StatusOK), `href="/catalogues/helhetlig-tjenestemodell-1/changes?from=eldre-modell-1"`)
	has(t, "what it leads to", s.read(leadEmail, locale.Bokmal, "/catalogues/helhetlig-tjenestemodell-1/changes?from=eldre-modell-1", http.StatusOK), "96 svar kan tas med som de er.")
}

// The API says the same, and neither says what would lead an answer.
func TestChangesInTheAPI(t *testing.T) {
	s := startServer(t)
	s.withVersions()
	all := s.Assessments.Catalogues()
	source := catalogue.SourceOf(all["trygg-hverdag-2"])
	source.Targets[0].Lowest = catalogue.Given{Text: "2"}
	for i := range source.Texts {
		if x := &source.Texts[i]; x.Of == catalogue.OfTask && x.Field == "target small" {
			x.Text += " Ny setning."
		}
	}
	changed, err := source.Parse(func(k catalogue.Key) *catalogue.Catalogue { return all[k] })
	if err != nil {
		t.Fatal(err)
	}
	all[changed.Key()] = changed
	var told v1Changes
	got := s.call(contributorEmail, http.MethodGet, apiBase+"/catalogues/trygg-hverdag-2/changes", "")
	got.into(t, &told)
	if told.Counts != (catalogue.Counts{Same: 2, Look: 4, New: 1, Gone: 1}) || told.Older != "trygg-hverdag-1" || len(told.Answers) != 7 || told.Targets != 3 || told.Readings != 0 {
		t.Errorf("%+v", told)
	}
	page := s.read(contributorEmail, locale.Bokmal, "/catalogues/trygg-hverdag-2/changes", http.StatusOK)
	has(t, "the page", page, "Forslagene til nivå er endret for 3 oppgaver.")
	for _, where := range []string{string(got.Body), page} {
		hasNot(t, "what is told", where, "Ny setning.", "target small", "target for")
	}
	for path, want := range map[string]int{"trygg-hverdag-1/changes": http.StatusNotFound, "nosuch-1/changes": http.StatusNotFound, "trygg-hverdag-2/changes?from=helhetlig-tjenestemodell-1": http.StatusNotFound} {
		if got := s.call(leadEmail, http.MethodGet, apiBase+"/catalogues/"+path, ""); got.Status != want {
			t.Errorf("%s: %d", path, got.Status)
		}
	}
}
