package api

import (
	"net/http"
	"testing"

	"helhet/assessment"
	"helhet/internal/locale"
)

// Handed in, taken back, changed and handed in again: each can be opened, and the difference is told with the words of both.
func TestWhatWasHandedInEachTime(t *testing.T) {
	s := startServer(t)
	round, actor := s.openRound().ID, s.person(contributorEmail).Actor()
	handIn := func() {
		t.Helper()
		if got := s.browse(coordinatorEmail, http.MethodPost, handInPath(round), "confirm=yes"); got.Status != http.StatusSeeOther {
			t.Fatal(got.Status)
		}
	}
	save := func(value assessment.Value) {
		t.Helper()
		a := s.own()
		tag := a.Answer("henvise.ansvar").Tag
		if _, err := s.Assessments.SaveAnswer(t.Context(), actor, assessment.Save{Round: round, Municipality: larvik, Question: "henvise.ansvar", Value: value, First: tag == "", Tag: tag}); err != nil {
			t.Fatal(err)
		}
	}
	hasNot(t, "before anything was handed in", s.read(leaderEmail, locale.Bokmal, "/hand-in", http.StatusOK), s.text("hand-in.steps"))
	one, four := 1, 4
	save(assessment.Value{Level: &one, Note: "Slik <i>var</i> det"})
	handIn()
	if got := s.browse(coordinatorEmail, http.MethodPost, "/hand-in/take-back?round="+string(round), ""); got.Status != http.StatusSeeOther {
		t.Fatal(got.Status)
	}
	save(assessment.Value{Level: &four, Note: "Slik er det"})
	handIn()
	a := s.own()
	first, second := a.HandIns[0].Version, a.HandIns[2].Version
	page := s.read(leaderEmail, locale.Bokmal, "/hand-in", http.StatusOK)
	name := s.person(coordinatorEmail).Name
	has(t, "the steps", page, s.text("hand-in.steps"), "Levert av "+name, "Trukket tilbake av "+name, versionPath(round, larvik, first, ""), versionPath(round, larvik, second, ""), versionPath(round, larvik, second, first))

	words := s.catalogue().In("nb")
	has(t, "the first", s.read(leaderEmail, locale.Bokmal, versionPath(round, larvik, first, ""), http.StatusOK), `level-1">1</b> `+words.Levels[1], "Slik <i>var</i> det", words.Tasks["budsjett"].Name)
	raw := string(s.browse(leaderEmail, http.MethodGet, versionPath(round, larvik, first, ""), "").Body)
	hasNot(t, "the first", raw, "<i>var</i>")
	changes := s.read(leaderEmail, locale.Bokmal, versionPath(round, larvik, second, first), http.StatusOK)
	has(t, "the difference", changes, words.Tasks["henvise"].Name, words.Levels[1], words.Levels[4], "Slik <i>var</i> det", "Slik er det")
	hasNot(t, "the difference", changes, words.Tasks["budsjett"].Name)
	has(t, "with itself", s.read(leaderEmail, locale.Bokmal, versionPath(round, larvik, first, first), http.StatusOK), s.text("version.same"))
	s.read(leaderEmail, locale.Bokmal, versionPath(round, larvik, "nosuch", ""), http.StatusNotFound)
	s.read(leaderEmail, locale.Bokmal, versionPath(round, larvik, first, "nosuch"), http.StatusNotFound)
	s.read(leadEmail, locale.Bokmal, versionPath(round, larvik, first, ""), http.StatusForbidden)

	var kept v1Version
	s.call(contributorEmail, http.MethodGet, apiBase+"/assessments/"+string(round)+"/3909/versions/"+string(first), "").into(t, &kept)
	var told v1Assessment
	s.call(contributorEmail, http.MethodGet, apiBase+"/assessments/"+string(round)+"/3909", "").into(t, &told)
	if kept.Version != first || len(kept.Answers) != len(told.Answers) || len(told.HandIns) != 3 || told.HandIns[1].Step != assessment.StepTakenBack || told.HandIns[1].Version != first {
		t.Errorf("%d answers of %d, %+v", len(kept.Answers), len(told.Answers), told.HandIns)
	}
}
