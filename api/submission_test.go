package api

import (
	"net/http"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/locale"
)

// The regional lead reads nothing before it is handed in, then levels and statuses and not a word that anybody wrote, and nothing again when it
// is sent back.
func TestWhatTheLeadReadsOfAnAssessment(t *testing.T) {
	s := startServer(t)
	round, actor := s.openRound().ID, s.person(contributorEmail).Actor()
	path := submissionPath(round, larvik)
	a := s.own()
	level, note, reason := 4, "Skrevet for oss selv", "Grunnen er vår egen"
	for question, value := range map[string]assessment.Value{"henvise.ansvar": {Level: &level, Note: note}, "henvise.praksis": {NotApplicable: reason}} {
		var err error
		tag := a.Answer(catalogue.QuestionKey(question)).Tag
		if a, err = s.Assessments.SaveAnswer(t.Context(), actor, assessment.Save{Round: round, Municipality: larvik, Question: catalogue.QuestionKey(question), Value: value, First: tag == "", Tag: tag}); err != nil {
			t.Fatal(err)
		}
	}
	for _, to := range []string{path, apiBase + path} {
		if got := s.call(leadEmail, http.MethodGet, to, ""); strings.HasPrefix(to, apiBase) && got.Status != http.StatusNotFound {
			t.Errorf("%s of a draft: %d", to, got.Status)
		}
	}
	has(t, "of a draft", s.read(leadEmail, locale.Bokmal, path, http.StatusNotFound), s.text("error.submission.none"))

	if got := s.browse(coordinatorEmail, http.MethodPost, "/hand-in?round="+string(round), "confirm=yes"); got.Status != http.StatusSeeOther {
		t.Fatal(got.Status)
	}
	page := s.read(leadEmail, locale.Bokmal, path, http.StatusOK)
	words := s.catalogue().In("nb")
	has(t, "handed in", page, "Larvik: levert vurdering", words.Tasks["henvise"].Name, `class="hh-badge level-4">4</b> `+words.Levels[4], s.text("question.na"), "confirm=send-back")
	got := s.call(leadEmail, http.MethodGet, apiBase+path, "")
	var sub v1Submission
	got.into(t, &sub)
	if len(sub.Tasks) != len(s.openRound().Tasks) || sub.Answered != a.Counts(s.catalogue())[assessment.Whole].Answered {
		t.Errorf("%d tasks, %d answered", len(sub.Tasks), sub.Answered)
	}
	for _, task := range sub.Tasks {
		if task.Task == "henvise" && (task.Answers[0].Level == nil || *task.Answers[0].Level != level || !task.Answers[1].NotApplicable) {
			t.Errorf("%+v", task.Answers)
		}
	}
	for where, text := range map[string]string{"the page": page, "the program's": string(got.Body)} {
		hasNot(t, where, text, note, reason, s.person(contributorEmail).Name, string(actor.Person), a.Answer("henvise.ansvar").Tag)
	}
	has(t, "the round's page", s.read(leadEmail, locale.Bokmal, roundPath(round), http.StatusOK), `href="`+path+`"`)
	has(t, "the receipt", s.read(coordinatorEmail, locale.Bokmal, "/hand-in", http.StatusOK), `href="`+path+`"`)
	own := s.read(contributorEmail, locale.Nynorsk, path, http.StatusOK)
	has(t, "her own municipality's", own, "Slik ser regional innføringsleiar")
	hasNot(t, "her own municipality's", own, "send-back")

	if err := s.Assessments.SendBack(t.Context(), s.person(leadEmail).Actor(), round, larvik, "Se på nivåene"); err != nil {
		t.Fatal(err)
	}
	s.read(leadEmail, locale.Bokmal, path, http.StatusNotFound)
}
