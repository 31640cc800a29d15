package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/internal/locale"
)

// The words stand in the alphabet of the reader's language, each at an address of its own, for everybody.
func TestGlossary(t *testing.T) {
	s := startServer(t)
	c := s.catalogue()
	for _, lang := range locale.Langs() {
		page := s.read("", lang, "/glossary", http.StatusOK)
		hasNot(t, string(lang), page, "⟦")
		at := -1
		for _, term := range glossary(wording(c, s.Texts.For(lang)), lang) {
			has(t, string(lang), page, `id="`+string(term.ID)+`"`, term.Term, term.Meaning)
			if here := strings.Index(page, `<div id="`+string(term.ID)+`"`); here < at {
				t.Errorf("%s: %s stands before the word it follows", lang, term.ID)
			} else {
				at = here
			}
		}
	}
	has(t, "a task's page", s.read(contributorEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK), `href="/glossary?catalogue=helhetlig-tjenestemodell-1"`)
	has(t, "the footer", between(s.read("", locale.Nynorsk, "/sign-in", http.StatusOK), "<footer", "</footer>"), `href="/glossary"`)
	has(t, "of one questionnaire", s.read("", locale.Bokmal, "/glossary?catalogue=helhetlig-tjenestemodell-1", http.StatusOK), `id="avvik"`)
	s.read("", locale.Bokmal, "/glossary?catalogue=nosuch", http.StatusNotFound)
}

// Æ, ø and å stand last in both Norwegian languages, and capitals among the rest.
func TestGlossaryIsAlphabetical(t *testing.T) {
	words := catalogue.Wording{Terms: map[catalogue.TermKey]catalogue.TermText{}}
	for i, w := range []string{"åpen", "øving", "ærlig", "VKP", "vakt", "zoom", "avrop"} {
		words.Terms[catalogue.TermKey(rune('a'+i))] = catalogue.TermText{Term: w}
	}
	for lang, want := range map[locale.Lang][]string{
		locale.Bokmal:  {"avrop", "vakt", "VKP", "zoom", "ærlig", "øving", "åpen"},
		locale.Nynorsk: {"avrop", "vakt", "VKP", "zoom", "ærlig", "øving", "åpen"},
		locale.English: {"ærlig", "åpen", "avrop", "øving", "vakt", "VKP", "zoom"},
	} {
		var got []string
		for _, term := range glossary(words, lang) {
			got = append(got, term.Term)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", lang, got, want)
		}
	}
}

// A client gets what the pages have: guidance and the words, but neither what is suggested nor the readings of the cases: both would lead an answer.
func TestCatalogueHasItsGuidance(t *testing.T) {
	s := startServer(t)
	c := s.catalogue()
	words := c.In("nn")
	got := s.call(contributorEmail, http.MethodGet, apiBase+"/catalogues/"+string(c.Key())+"?lang=nn", "")
	var told v1Catalogue
	got.into(t, &told)
	if len(told.Glossary) != len(words.Terms) || told.Glossary[0] != v1Term(glossary(words, locale.Nynorsk)[0]) {
		t.Errorf("%d words", len(told.Glossary))
	}
	for _, area := range told.Areas {
		for _, task := range area.Tasks {
			text := words.Tasks[task.ID]
			if task.Why != text.Why || task.Good != text.Good {
				t.Errorf("task %+v", task)
			}
			for _, sentence := range text.Target {
				hasNot(t, "the answer", string(got.Body), sentence)
			}
			for _, q := range task.Questions {
				if q.Evidence != words.Questions[q.ID].Evidence || q.Further["1"] != words.Questions[q.ID].Further[1] || q.Further["3"] != words.Questions[q.ID].Further[3] {
					t.Errorf("question %+v", q)
				}
			}
		}
	}
	hasNot(t, "the answer", string(got.Body), "target", "lowest")
	for _, reading := range words.Cases["fjordvik"].Readings {
		hasNot(t, "the answer", string(got.Body), reading.Why)
	}
}
