package api

import (
	"encoding/xml"
	"net/http"
	"strings"
	"testing"

	"helhet/internal/locale"
)

// A card per task of the round with all its questions and a code that leads to it; an area alone; and no card where nothing is asked.
func TestCardsOfARound(t *testing.T) {
	s := startServer(t)
	round := s.openRound()
	path := roundPath(round.ID) + "/cards"
	page := s.read(contributorEmail, locale.Nynorsk, path, http.StatusOK)
	words, cat := s.catalogue().In("nn"), s.catalogue()
	if n := strings.Count(page, `class="hh-card hh-workcard"`); n != len(round.Tasks) {
		t.Errorf("%d cards of %d tasks", n, len(round.Tasks))
	}
	for _, task := range cat.Tasks() {
		has(t, "the cards", page, words.Tasks[task.Key].Name)
		for _, q := range task.Questions {
			has(t, "the cards", page, words.Questions[q.Key].Text)
		}
	}
	support := s.read(leadEmail, locale.Bokmal, path+"?area=support", http.StatusOK)
	if n := strings.Count(support, `class="hh-card hh-workcard"`); n != len(cat.Areas[2].Tasks) || cat.Areas[2].Key != "support" {
		t.Errorf("%d cards of support", n)
	}
	has(t, "an area that is not there", s.read(leadEmail, locale.Bokmal, path+"?area=nosuch", http.StatusOK), s.text("cards.none"))
	has(t, "the round's page", s.read(leadEmail, locale.Bokmal, roundPath(round.ID), http.StatusOK), path)
}

// The code has the three marks that a reader looks for, in a quiet zone of four modules, and another address another code.
func TestCodeOf(t *testing.T) {
	one, err := codeOf("https://helhet.example.org/tasks/henvise?round=vestfold-telemark-host-2026")
	if err != nil {
		t.Fatal(err)
	}
	two, err := codeOf("https://helhet.example.org/tasks/lager?round=vestfold-telemark-host-2026")
	if err != nil || one.Path == two.Path {
		t.Errorf("two addresses have one code (%v)", err)
	}
	if !strings.HasPrefix(one.Path, "M4 4h1v1h-1zM5 4h1v1h-1z") || strings.Contains(one.Path, "M3 ") || strings.Contains(one.Path, " 3h") {
		t.Errorf("it begins %.60s", one.Path)
	}
	if err := xml.Unmarshal([]byte(`<path d="`+one.Path+`"/>`), new(struct{})); err != nil {
		t.Error(err)
	}
}
