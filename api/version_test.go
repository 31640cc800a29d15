package api

import (
	"net/http"
	"regexp"
	"strings"
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
	reason := func(why assessment.ChangeReason) {
		t.Helper()
		a := s.own()
		tag := a.Reason("henvise").Tag
		if _, err := s.Assessments.SaveReason(t.Context(), actor, assessment.SaveReason{Round: round, Municipality: larvik, Task: "henvise", Reason: why, First: tag == "", Tag: tag}); err != nil {
			t.Fatal(err)
		}
	}
	save(assessment.Value{Level: &one, Note: "Slik <i>var</i> det"})
	reason(assessment.NewInsight)
	handIn()
	if got := s.browse(coordinatorEmail, http.MethodPost, "/hand-in/take-back?round="+string(round), ""); got.Status != http.StatusSeeOther {
		t.Fatal(got.Status)
	}
	save(assessment.Value{Level: &four, Note: "Slik er det", ChangeReason: assessment.NewRespondent})
	reason(assessment.RealImprovement)
	handIn()
	a := s.own()
	first, second := a.HandIns[0].Version, a.HandIns[2].Version
	page := s.read(leaderEmail, locale.Bokmal, "/hand-in", http.StatusOK)
	name := s.person(coordinatorEmail).Name
	has(t, "the steps", page, s.text("hand-in.steps"), "Levert av "+name, "Trukket tilbake av "+name, versionPath(round, larvik, first, ""), versionPath(round, larvik, second, ""), versionPath(round, larvik, second, first))

	words := s.catalogue().In("nb")
	has(t, "the first", s.read(leaderEmail, locale.Bokmal, versionPath(round, larvik, first, ""), http.StatusOK), `level-1">1</b> `+words.Levels[1], "Slik <i>var</i> det", words.Tasks["budsjett"].Name, s.text("change.reason"), s.text("change.new-insight"))
	raw := string(s.browse(leaderEmail, http.MethodGet, versionPath(round, larvik, first, ""), "").Body)
	hasNot(t, "the first", raw, "<i>var</i>")
	changes := s.read(leaderEmail, locale.Bokmal, versionPath(round, larvik, second, first), http.StatusOK)
	has(t, "the difference", changes, words.Tasks["henvise"].Name, words.Levels[1], words.Levels[4], "Slik <i>var</i> det", "Slik er det",
		s.text("change.reason"), s.text("change.new-insight"), s.text("change.real-improvement"), s.text("version.reason.of", "question", words.Dimensions["ansvar"].Name), s.text("change.none"), s.text("change.new-respondent"))
	hasNot(t, "the difference", changes, words.Tasks["budsjett"].Name, s.text("version.reasons.untold.one"))
	has(t, "with itself", s.read(leaderEmail, locale.Bokmal, versionPath(round, larvik, first, first), http.StatusOK), s.text("version.same"))
	s.read(leaderEmail, locale.Bokmal, versionPath(round, larvik, "nosuch", ""), http.StatusNotFound)
	s.read(leaderEmail, locale.Bokmal, versionPath(round, larvik, first, "nosuch"), http.StatusNotFound)
	s.read(leadEmail, locale.Bokmal, versionPath(round, larvik, first, ""), http.StatusForbidden)

	var kept v1Version
	s.call(contributorEmail, http.MethodGet, apiBase+"/assessments/"+string(round)+"/3909/versions/"+string(first), "").into(t, &kept)
	var told v1Assessment
	s.call(contributorEmail, http.MethodGet, apiBase+"/assessments/"+string(round)+"/3909", "").into(t, &told)
	if len(kept.Reasons) != 1 || kept.Reasons[0].Reason != assessment.NewInsight {
		t.Errorf("%+v", kept.Reasons)
	}
	if kept.Version != first || len(kept.Answers) != len(told.Answers) || len(told.HandIns) != 3 || told.HandIns[1].Step != assessment.StepTakenBack || told.HandIns[1].Version != first {
		t.Errorf("%d answers of %d, %+v", len(kept.Answers), len(told.Answers), told.HandIns)
	}
}

// An assessment that was handed in again and again: its page leads further back, a page at a time, to each of the hand-ins, and so does the API.
func TestAllHandInsAreReached(t *testing.T) {
	s := startServer(t)
	round, actor := s.openRound().ID, s.person(coordinatorEmail).Actor()
	const times = 25
	for i := range times {
		a := s.own()
		level := i % 6
		tag := a.Answer(unanswered).Tag
		for _, err := range []error{
			second(s.Assessments.SaveAnswer(t.Context(), actor, assessment.Save{Round: round, Municipality: larvik, Question: unanswered, Value: assessment.Value{Level: &level}, First: tag == "", Tag: tag})),
			second(s.Assessments.HandIn(t.Context(), actor, round, larvik)), second(s.Assessments.TakeBack(t.Context(), actor, round, larvik)),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	link := regexp.MustCompile(`href="(/hand-in/versions/[^"]+)"`)
	older := regexp.MustCompile(`href="(/hand-in\?[^"]*below=[^"]+)"`)
	whole, compared := 0, 0
	pages := 0
	for path := handInPath(round); path != ""; pages++ {
		page := s.read(leaderEmail, locale.Bokmal, path, http.StatusOK)
		for _, to := range link.FindAllStringSubmatch(page, -1) {
			s.read(leaderEmail, locale.Bokmal, to[1], http.StatusOK)
			if strings.Contains(to[1], "since=") {
				compared++
			} else {
				whole++
			}
		}
		if pages > 0 {
			has(t, "further back", page, s.text("hand-in.steps.newest"))
		}
		path = ""
		if next := older.FindStringSubmatch(page); next != nil {
			path, _, _ = strings.Cut(next[1], "#")
		}
	}
	if whole != times || compared != times-1 || pages != 3 {
		t.Errorf("%d pages lead to %d of %d hand-ins and compare %d", pages, whole, times, compared)
	}
	s.read(leaderEmail, locale.Bokmal, handInPath(round)+"&below=x", http.StatusBadRequest)

	path, steps := apiBase+"/assessments/"+string(round)+"/larvik/hand-ins?limit=7", 0
	for after := ""; ; {
		var told v1HandIns
		s.call(contributorEmail, http.MethodGet, path+after, "").into(t, &told)
		if steps += len(told.HandIns); told.Next == "" {
			break
		}
		after = "&after=" + told.Next
	}
	if steps != 2*times {
		t.Errorf("%d steps of %d", steps, 2*times)
	}
	if got := s.call(contributorEmail, http.MethodGet, path+"&after=x", ""); got.Status != http.StatusBadRequest {
		t.Errorf("a cursor that is none: %d", got.Status)
	}
}

func second[T any](_ T, err error) error { return err }
