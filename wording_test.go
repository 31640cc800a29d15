package main

import (
	"regexp"
	"strings"
	"testing"
)

// A wording is one that the texts don't use, and what they say instead.
type wording struct{ not, but string }

// chosen are the forms that all texts of a language keep to, so that a reader meets one word for one thing. See docs/texts.md.
var chosen = map[string][]wording{
	"nb": {
		{`lista|fila|gruppa|sida|oppgava`, "listen, filen, gruppen, siden, oppgaven"},
		{`\p{L}*["“”]\p{L}*`, "« »"},
	},
	"nn": {
		{`ikke|bare|sammen|noe|noen|hva|hvem|hvor|hvordan|hvorfor|hver|være|disse|jeg|fra|mye|gjøre|hun|selv`, "nynorsk"},
		{`blei|blitt|verte?`, "vart, vorte, bli"},
		{`begynn\p{L}*|byrja med`, "byrj, byrje, byrjar, byrja"},
		{`svarar`, "svarer"},
		{`lat`, "la"},
		{`allereie|samstundes|korkje|naudsyn\p{L}*`, "alt, samtidig, verken, nødvendig"},
		{`grunngjeving\p{L}*`, "grunngiving"},
		{`\p{L}*["“”]\p{L}*`, "« »"},
	},
	"en": {
		{`\p{L}*'\p{L}*`, "’"},
		{`nought`, "zero"},
		{`cannot`, "can’t"},
		{`puts? (?:\p{L}+ )?down`, "add, enter"},
		{`(?:local|regional) rollout lead`, "local coordinator, regional lead"},
		{`audit log`, "activity log"},
		{`\p{L}*["«»]\p{L}*`, "“ ”"},
	},
}

// The sign that a map's text is read with is itself, in every language.
const mapQuote = `(")`

// TestWording: each language keeps to the forms chosen for it.
func TestWording(t *testing.T) {
	for language, wordings := range chosen {
		patterns := make([]*regexp.Regexp, len(wordings))
		for i, w := range wordings {
			patterns[i] = w.pattern()
		}
		err := eachText(language, func(text string, at place) {
			for i, not := range patterns {
				if found := not.FindString(strings.ReplaceAll(text, mapQuote, "")); found != "" {
					t.Errorf("%s: %q, where the texts say %s: %s", at, found, wordings[i].but, text)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// pattern finds the wording as words of their own, whatever stands around them.
func (w wording) pattern() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[^\p{L}])(?:` + w.not + `)(?:$|[^\p{L}])`)
}

func TestWordingFindsFaults(t *testing.T) {
	for text, w := range map[string]wording{
		"Han blei sletta.":   chosen["nn"][1],
		"Byrja med ein idé.": chosen["nn"][2],
		"It can't be saved.": chosen["en"][0],
		"Put one down.":      chosen["en"][3],
		"Velg fra lista.":    chosen["nb"][0],
	} {
		if !w.pattern().MatchString(text) {
			t.Errorf("%q has no %s", text, w.not)
		}
	}
	if found := chosen["nn"][1].pattern().FindString("Han vart bleik og vertskapet med."); found != "" {
		t.Errorf("found %q, which is a part of another word", found)
	}
}
