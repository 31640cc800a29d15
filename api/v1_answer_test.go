package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"helhet/assessment"
	"helhet/assessment/catalogue"
)

// larvikIn is Larvik's assessment in a round.
func larvikIn(id assessment.RoundID) string {
	return apiBase + "/assessments/" + string(id) + "/larvik"
}

// free is a question of the open round that Larvik has not answered; no two calls with different n give the same.
func (s *testServer) free(n int) catalogue.QuestionKey {
	s.t.Helper()
	round := s.openRound()
	c, err := s.Assessments.Catalogue(round.Catalogue)
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := s.Assessments.Assessment(s.t.Context(), s.person(coordinatorEmail).Actor(), round.ID, "larvik")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, task := range c.Tasks() {
		for _, q := range task.Questions {
			if a.Answer(q.Key).Tag == "" {
				if n == 0 {
					return q.Key
				}
				n--
			}
		}
	}
	s.t.Fatal("everything is answered")
	return ""
}

// TestSaveAnswer walks one answer through its life: first, repeated, changed, lost, taken back.
func TestSaveAnswer(t *testing.T) {
	s := startServer(t)
	doc := newContract(s)
	op, documented := doc.operation("save-answer")
	path := larvikIn(s.openRound().ID) + "/answers/" + string(s.free(0))
	put := func(body string, header ...string) (reply, v1Answer) {
		t.Helper()
		got := s.call(contributorEmail, http.MethodPut, path, body, header...)
		doc.check(t, op, documented, got)
		var a v1Answer
		if got.Status < 300 {
			got.into(t, &a)
			if etag := got.Header.Get("ETag"); etag != `"`+a.Tag+`"` || a.Tag == "" {
				t.Errorf("ETag %s beside tag %q", etag, a.Tag)
			}
		}
		return got, a
	}
	got, first := put(`{"level":3,"note":" tre  \r\nto "}`, "If-None-Match", "*", "Idempotency-Key", "edit-1")
	if got.Status != http.StatusCreated || *first.Level != 3 || first.Note != "tre  \nto" {
		t.Fatalf("first: %d %s", got.Status, got.Body)
	}
	if got, again := put(`{"level":3}`, "If-None-Match", "*", "Idempotency-Key", "edit-1"); got.Status != http.StatusOK || again.Tag != first.Tag || again.Note != first.Note {
		t.Errorf("the same edit again: %d %s", got.Status, got.Body)
	}
	if got, _ := put(`{"level":4}`, "If-None-Match", "*", "Idempotency-Key", "edit-2"); got.Status != http.StatusPreconditionFailed {
		t.Errorf("a second first answer: %d", got.Status)
	}
	got, second := put(`{"notApplicable":"Vi har ingen slik tjeneste."}`, "If-Match", `"`+first.Tag+`"`, "Idempotency-Key", "edit-3")
	if got.Status != http.StatusOK || second.Level != nil || second.NotApplicable == "" || second.Tag == first.Tag {
		t.Errorf("change: %d %s", got.Status, got.Body)
	}
	if got, again := put(`{"notApplicable":"Vi har ingen slik tjeneste."}`, "If-Match", `"`+first.Tag+`"`, "Idempotency-Key", "edit-3"); got.Status != http.StatusOK || again.Tag != second.Tag {
		t.Errorf("the same change again: %d %s", got.Status, got.Body)
	}
	got, _ = put(`{"level":5}`, "If-Match", `"`+first.Tag+`"`, "Idempotency-Key", "edit-4")
	var lost struct {
		Status         int
		Current, Yours v1Answer
	}
	if err := json.Unmarshal(got.Body, &lost); err != nil {
		t.Fatal(err)
	}
	if got.Status != http.StatusPreconditionFailed || lost.Current.Tag != second.Tag || lost.Current.NotApplicable == "" || lost.Current.By == "" || *lost.Yours.Level != 5 {
		t.Errorf("a lost race: %d %s", got.Status, got.Body)
	}
	if got, gone := put(`{}`, "If-Match", `"`+second.Tag+`"`); got.Status != http.StatusOK || gone.Level != nil || gone.NotApplicable != "" {
		t.Errorf("taking back: %d %s", got.Status, got.Body)
	}
}

// TestOrganisationIsSavedAlike walks how a task is organised through the same life.
func TestOrganisationIsSavedAlike(t *testing.T) {
	s := startServer(t)
	doc := newContract(s)
	op, documented := doc.operation("save-organisation")
	task, _, _ := strings.Cut(string(s.free(0)), ".")
	path := larvikIn(s.openRound().ID) + "/organisation/" + task
	put := func(want int, body string, header ...string) reply {
		t.Helper()
		got := s.call(contributorEmail, http.MethodPut, path, body, header...)
		doc.check(t, op, documented, got)
		if got.Status != want {
			t.Errorf("%s %q: %d, want %d: %s", body, header, got.Status, want, got.Body)
		}
		return got
	}
	put(http.StatusPreconditionRequired, `{"status":"organised"}`)
	put(http.StatusUnprocessableEntity, `{"status":"not-relevant"}`, "If-None-Match", "*")
	put(http.StatusUnprocessableEntity, `{"status":"perhaps"}`, "If-None-Match", "*")
	put(http.StatusUnprocessableEntity, `{"status":"organised","contributing":["it","nobody"]}`, "If-None-Match", "*")
	first := put(http.StatusCreated, `{"status":"organised","carrier":"own","responsible":"it","contributing":["it","training"]}`, "If-None-Match", "*", "Idempotency-Key", "e1")
	var stands v1Organisation
	first.into(t, &stands)
	if stands.Status != assessment.Organised || len(stands.Contributing) != 1 || first.Header.Get("ETag") != `"`+stands.Tag+`"` {
		t.Errorf("saved %s", first.Body)
	}
	put(http.StatusOK, `{"status":"in-operation"}`, "If-None-Match", "*", "Idempotency-Key", "e1")
	put(http.StatusOK, `{"status":"in-operation"}`, "If-Match", `"`+stands.Tag+`"`)
	lost := put(http.StatusPreconditionFailed, `{"status":"being-clarified"}`, "If-Match", `"`+stands.Tag+`"`)
	var both struct {
		Current v1Organisation
		Yours   v1OrganisationValue
	}
	if err := json.Unmarshal(lost.Body, &both); err != nil || both.Current.Status != assessment.InOperation || both.Yours.Status != assessment.BeingClarified {
		t.Errorf("a lost race: %v %s", err, lost.Body)
	}
}

// TestBadAnswers: each is refused precisely, and nothing of it is written.
func TestBadAnswers(t *testing.T) {
	s := startServer(t)
	rounds := s.rounds()
	question := s.free(0)
	base := larvikIn(s.openRound().ID)
	path := base + "/answers/" + string(question)
	before := s.call(contributorEmail, http.MethodGet, base, "")
	first := []string{"If-None-Match", "*"}
	long := strings.Repeat("æ", assessment.MaxNote)
	for _, row := range []struct {
		name, path, body string
		header           []string
		status           int
		location         string // of the first value that is wrong
	}{
		{"a fraction", path, `{"level":2.5}`, first, 422, "body.level"},
		{"a fraction of zero", path, `{"level":3.0}`, first, 422, "body.level"},
		{"a text", path, `{"level":"3"}`, first, 422, "body.level"},
		{"a truth value", path, `{"level":true}`, first, 422, "body.level"},
		{"a list", path, `{"level":[3]}`, first, 422, "body.level"},
		{"above the scale", path, `{"level":6}`, first, 422, "body.level"},
		{"below the scale", path, `{"level":-1}`, first, 422, "body.level"},
		{"a large number", path, `{"level":9223372036854775808}`, first, 422, "body.level"},
		{"too large a number", path, `{"level":1e999}`, first, 400, ""},
		{"both", path, `{"level":3,"notApplicable":"because"}`, first, 422, "body.notApplicable"},
		{"no reason", path, `{"notApplicable":"  "}`, first, 422, "body.notApplicable"},
		{"a long note", path, `{"level":3,"note":"` + long + `x"}`, first, 422, "body.note"},
		{"a long reason", path, `{"notApplicable":"` + strings.Repeat("x", assessment.MaxReason+1) + `"}`, first, 422, "body.notApplicable"},
		{"a control character", path, `{"level":3,"note":"a\u0000b"}`, first, 422, "body.note"},
		{"half a character", path, `{"level":3,"note":"\ud83d"}`, first, 400, ""},
		{"an unknown field", path, `{"level":3,"colour":"red"}`, first, 422, "body.colour"},
		{"another case", path, `{"Level":3}`, first, 422, "body.Level"},
		{"a field twice", path, `{"level":3,"level":4}`, first, 400, "body.level"},
		{"broken UTF-8", path, "{\"level\":3,\"note\":\"\xe6\"}", first, 400, ""},
		{"broken JSON", path, `{"level":3`, first, 400, ""},
		{"more than one value", path, `{"level":3}{}`, first, 400, ""},
		{"a list of bodies", path, `[{"level":3}]`, first, 422, "body"},
		{"no body", path, "", first, 400, ""},
		{"a form", path, "level=3", first, 415, ""},
		{"no condition", path, `{"level":3}`, nil, 428, ""},
		{"both conditions", path, `{"level":3}`, []string{"If-None-Match", "*", "If-Match", `"x"`}, 400, ""},
		{"an unknown tag", path, `{"level":3}`, []string{"If-Match", `"GYJQ5TZ2M3KXW7AB"`}, 412, ""},
		{"a weak tag", path, `{"level":3}`, []string{"If-Match", `W/"GYJQ5TZ2M3KXW7AB"`}, 400, ""},
		{"a tag without quotes", path, `{"level":3}`, []string{"If-Match", `GYJQ5TZ2M3KXW7AB`}, 400, ""},
		{"any tag", path, `{"level":3}`, []string{"If-Match", `*`}, 400, ""},
		{"several tags", path, `{"level":3}`, []string{"If-Match", `"a", "b"`}, 400, ""},
		{"a tag that it must not have", path, `{"level":3}`, []string{"If-None-Match", `"a"`}, 400, ""},
		{"a long edit id", path, `{"level":3}`, []string{"If-None-Match", "*", "Idempotency-Key", strings.Repeat("x", 101)}, 400, ""},
		{"an unknown question", base + "/answers/henvise.nothing", `{"level":3}`, first, 404, ""},
		{"an unknown task", base + "/organisation/nothing", `{"status":"organised"}`, first, 404, ""},
		{"an unknown municipality", apiBase + "/assessments/" + string(rounds[0].ID) + "/9999/answers/henvise.ansvar", `{"level":3}`, first, 404, ""},
		{"an unknown round", larvikIn("no-such-round") + "/answers/henvise.ansvar", `{"level":3}`, first, 404, ""},
		{"a sealed assessment", larvikIn(rounds[1].ID) + "/answers/henvise.ansvar", `{"level":3}`, []string{"If-Match", `"x"`}, 409, ""},
		{"broken UTF-8 in the address", base + "/answers/henvise.%e6", `{"level":3}`, first, 400, ""},
		{"an unknown parameter", path + "?force=true", `{"level":3}`, first, 422, "query.force"},
	} {
		got := s.call(contributorEmail, http.MethodPut, row.path, row.body, row.header...)
		var p Problem
		got.into(t, &p)
		if got.Status != row.status || p.Status != row.status || p.Title == "" || p.Detail == "" || p.Type == "" || !strings.HasPrefix(p.Instance, "urn:helhet:request:") {
			t.Errorf("%s: %d, want %d: %s", row.name, got.Status, row.status, got.Body)
		}
		if location := firstOf(p.Errors).Location; location != row.location {
			t.Errorf("%s: the value at %q is told of, want %q: %s", row.name, location, row.location, got.Body)
		}
		if strings.Contains(string(got.Body), "expected ") || strings.Contains(string(got.Body), "json:") {
			t.Errorf("%s: a text of the library's: %s", row.name, got.Body)
		}
	}
	if after := s.call(contributorEmail, http.MethodGet, base, ""); !bytes.Equal(before.Body, after.Body) {
		t.Error("something was written")
	}
	if got := s.call(contributorEmail, http.MethodPut, path, `{"level":0,"note":"`+long+`"}`, first...); got.Status != http.StatusCreated {
		t.Errorf("the longest note: %d %.300s", got.Status, got.Body)
	}
}

func firstOf(fields []ProblemField) ProblemField {
	if len(fields) == 0 {
		return ProblemField{}
	}
	return fields[0]
}

// TestLateJoiner: who takes no part in a round is told so.
func TestLateJoiner(t *testing.T) {
	s := startServer(t)
	rounds := s.rounds()
	path := apiBase + "/assessments/" + string(rounds[len(rounds)-1].ID) + "/fyresdal"
	for _, got := range []reply{
		s.call("coordinator.4032@example.org", http.MethodPut, path+"/answers/henvise.ansvar", `{"level":3}`, "If-None-Match", "*"),
		s.call("coordinator.4032@example.org", http.MethodPost, path+"/submit", ""),
	} {
		if got.Status != http.StatusNotFound {
			t.Errorf("%d %s", got.Status, got.Body)
		}
	}
}

// TestLargeBodies: a mebibyte is taken, one byte more is not, and ten are refused without being read to the end.
func TestLargeBodies(t *testing.T) {
	s := startServer(t)
	path := larvikIn(s.openRound().ID) + "/answers/" + string(s.free(0))
	send := func(size int) int {
		body := `{"level":3}`
		return s.call(contributorEmail, http.MethodPut, path, body+strings.Repeat(" ", size-len(body))).Status
	}
	if got := send(maxBody); got != http.StatusPreconditionRequired {
		t.Errorf("the largest body is answered %d", got)
	}
	if got := send(maxBody + 1); got != http.StatusRequestEntityTooLarge {
		t.Errorf("one byte more is answered %d", got)
	}
	// The server may hang up while the rest is being sent, which the sender then sees instead of the answer.
	req := s.request(http.MethodPut, path, `{"note":"`+strings.Repeat("x", 10<<20)+`"}`, "Authorization", "Bearer "+s.token(contributorEmail))
	if res, err := s.Client().Do(req); err == nil {
		if res.Body.Close(); res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("ten mebibytes are answered %d", res.StatusCode)
		}
	}
}

// TestConcurrentFirsts: of many first answers to one question one wins, and every loser is shown it.
func TestConcurrentFirsts(t *testing.T) {
	s := startServer(t)
	path := larvikIn(s.openRound().ID) + "/answers/" + string(s.free(0))
	const writers = 12
	s.token(contributorEmail)
	replies := make([]reply, writers)
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			replies[i] = s.call(contributorEmail, http.MethodPut, path, fmt.Sprintf(`{"level":%d,"note":"%d"}`, i%6, i), "If-None-Match", "*", "Idempotency-Key", fmt.Sprint("e", i))
		})
	}
	group.Wait()
	var won []v1Answer
	var shown []string
	for i, got := range replies {
		switch got.Status {
		case http.StatusCreated:
			var a v1Answer
			got.into(t, &a)
			won = append(won, a)
		case http.StatusPreconditionFailed:
			var lost struct{ Current, Yours v1Answer }
			if err := json.Unmarshal(got.Body, &lost); err != nil || lost.Yours.Note != fmt.Sprint(i) {
				t.Errorf("%v %s", err, got.Body)
			}
			shown = append(shown, lost.Current.Tag)
		default:
			t.Errorf("%d %s", got.Status, got.Body)
		}
	}
	if len(won) != 1 {
		t.Fatalf("%d of %d won", len(won), writers)
	}
	for _, tag := range shown {
		if tag != won[0].Tag {
			t.Errorf("a loser was shown %q, and %q won", tag, won[0].Tag)
		}
	}
}

// TestConcurrentNeighbours: answers to different questions never meet.
func TestConcurrentNeighbours(t *testing.T) {
	s := startServer(t)
	base := larvikIn(s.openRound().ID)
	const writers = 12
	questions := make([]string, writers)
	for i := range questions {
		questions[i] = string(s.free(i))
	}
	s.token(contributorEmail)
	s.token(coordinatorEmail)
	statuses := make([]int, writers)
	var group sync.WaitGroup
	for i, q := range questions {
		group.Go(func() {
			statuses[i] = s.call([]string{contributorEmail, coordinatorEmail}[i%2], http.MethodPut, base+"/answers/"+q, `{"level":2}`, "If-None-Match", "*").Status
		})
	}
	group.Wait()
	var a v1Assessment
	s.call(leaderEmail, http.MethodGet, base, "").into(t, &a)
	saved := map[string]bool{}
	for _, answer := range a.Answers {
		saved[string(answer.Question)] = true
	}
	for i, q := range questions {
		if statuses[i] != http.StatusCreated || !saved[q] {
			t.Errorf("%s: %d, and it is there: %v", q, statuses[i], saved[q])
		}
	}
}

// FuzzAnswer sends any body: it is saved or refused with a problem, and never a fault of the server's.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{`{"level":3}`, `{"level":null}`, `{"notApplicable":"x","note":"\ud800"}`, `{"level":3,"LEVEL":2}`, `[[[[`, `"\u`, `{"a":{"b":[1,{}]}}`, "\xff", `1e999`, `{"level":0.0000000001}`, `{}`} {
		f.Add([]byte(seed))
	}
	s := startServer(f)
	path := larvikIn(s.openRound().ID) + "/answers/" + string(s.free(0))
	tag := `"-"`
	s.token(contributorEmail)
	f.Fuzz(func(t *testing.T, body []byte) {
		s.t = t // the targets of one process run one after the other
		got := s.call(contributorEmail, http.MethodPut, path, string(body), "If-Match", tag, "Content-Type", "application/json")
		if got.Status == http.StatusOK || got.Status >= http.StatusInternalServerError {
			t.Fatalf("%q: %d %s", body, got.Status, got.Body)
		}
		var p Problem
		got.into(t, &p)
		if p.Status != got.Status || p.Detail == "" || !utf8.Valid(got.Body) {
			t.Errorf("%q: %d %s", body, got.Status, got.Body)
		}
		if err := wellFormed(body); err == nil && !json.Valid(body) {
			t.Errorf("%q is taken for JSON", body)
		}
	})
}
