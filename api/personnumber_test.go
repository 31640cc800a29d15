package api

import (
	"net/http"
	"strings"
	"testing"
)

// testNumber is of Skatteetaten's kind for testing, with 80 added to the month: nobody's, and warned about like a real one.
const testNumber = "11917010074"

// A text with a fødselsnummer is refused beside its field, with all that was typed, and saved when its writer says so; what stands is
// not asked about again.
func TestAPersonNumberIsWarnedAbout(t *testing.T) {
	s := startServer(t)
	page := s.answerPath(unanswered)
	note := "Gjelder " + testNumber[:6] + " " + testNumber[6:] + ", se avtalen"

	form := []string{"level", "3", "note", note, "tag", ""}
	got := s.browse(contributorEmail, http.MethodPost, page, fields(form...))
	if got.Status != http.StatusUnprocessableEntity {
		t.Fatalf("a form: %d", got.Status)
	}
	has(t, "the form", text(got), note, "ser ut til å ha et fødselsnummer", `name="confirmNumber" value="yes"`, `data-error="confirmNumber">Er det noe annet`)
	put := func(body, tag string) reply {
		t.Helper()
		header := []string{"If-None-Match", "*"}
		if tag != "" {
			header = []string{"If-Match", tag}
		}
		return s.browse(contributorEmail, http.MethodPut, page, body, header...)
	}
	got = put(`{"level":3,"note":"`+note+`"}`, "")
	has(t, "autosave", string(got.Body), `"body.note"`, `"body.confirmNumber"`)
	if got.Status != http.StatusUnprocessableEntity || strings.Contains(string(got.Body), testNumber[6:]) {
		t.Errorf("autosave: %d %s", got.Status, got.Body)
	}
	got = put(`{"level":3,"note":"`+note+`","confirmNumber":true}`, "")
	tag := got.Header.Get("ETag")
	if got.Status != http.StatusOK || tag == "" {
		t.Fatalf("confirmed: %d %s", got.Status, got.Body)
	}
	got = put(`{"level":4,"note":"`+note+`"}`, tag)
	if got.Status != http.StatusOK {
		t.Errorf("what stands is asked about again: %d", got.Status)
	}
	if got := put(`{"level":4,"note":"`+note+`!"}`, got.Header.Get("ETag")); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("another text is not asked about: %d", got.Status)
	}

	question := string(s.free(0))
	task, _, _ := strings.Cut(question, ".")
	own := "/api/v1/assessments/" + string(s.openRound().ID) + "/3909"
	round := "/api/v1/rounds/" + string(s.lastPublished().ID)
	for _, c := range []struct{ email, method, path, body string }{
		{coordinatorEmail, http.MethodPut, own + "/answers/" + question, `{"notApplicable":"` + testNumber + `"}`},
		{coordinatorEmail, http.MethodPut, own + "/organisation/" + task, `{"status":"not-relevant","reason":"` + testNumber + `"}`},
		{leadEmail, http.MethodPost, round + "/send-back", `{"municipality":"3909","message":"` + testNumber + `"}`},
		{leadEmail, http.MethodPost, round + "/erratum", `{"reason":"` + testNumber + `"}`},
	} {
		got := s.call(c.email, c.method, c.path, c.body, "If-None-Match", "*")
		if got.Status != http.StatusUnprocessableEntity || strings.Contains(string(got.Body), testNumber) {
			t.Errorf("%s: %d %.300s", c.path, got.Status, got.Body)
		}
		if got := s.call(c.email, c.method, c.path, c.body, "If-None-Match", "*", "Helhet-Confirm", "yes"); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s, confirmed in another word: %d", c.path, got.Status)
		}
		got = s.call(c.email, c.method, c.path, c.body, "If-None-Match", "*", "Helhet-Confirm", "person-number")
		if got.Status == http.StatusUnprocessableEntity {
			t.Errorf("%s, confirmed: %d %.300s", c.path, got.Status, got.Body)
		}
	}
	got = s.browse(leadEmail, http.MethodPost, "/rounds/"+string(s.lastPublished().ID)+"/send-back", fields("confirm", "yes", "municipality", "porsgrunn", "message", "Se "+testNumber))
	has(t, "the message", text(got), "Se "+testNumber, `name="confirmNumber"`, "ser ut til å ha et fødselsnummer")
	if got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a message on the page: %d", got.Status)
	}
	if strings.Contains(s.Log.String(), testNumber[6:]) {
		t.Error("it is logged")
	}
}
