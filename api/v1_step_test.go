package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"helhet/demo"
	"helhet/org"
)

// A step's life by a program: added once however often it is sent, changed at its tag, both told when two change it, removed and brought back.
func TestStepsOfAProgram(t *testing.T) {
	s := startServer(t)
	const steps = apiBase + "/municipalities/3909/steps"
	read := func(got reply, status int) (step v1Step) {
		t.Helper()
		if got.Status != status {
			t.Fatalf("%d, want %d: %s", got.Status, status, got.Body)
		}
		got.into(t, &step)
		if got.Header.Get("ETag") != strconv.Quote(step.Tag) {
			t.Errorf("ETag %s, tag %s", got.Header.Get("ETag"), step.Tag)
		}
		return step
	}
	owner := string(s.person(contributorEmail).ID)
	body := `{"task":"henvise","what":"Skriv rutinen","owner":"` + owner + `","due":"2026-11-01"}`
	made := read(s.call(contributorEmail, http.MethodPost, steps, body, "Idempotency-Key", "e-1"), http.StatusCreated)
	if again := read(s.call(contributorEmail, http.MethodPost, steps, body, "Idempotency-Key", "e-1"), http.StatusOK); again.ID != made.ID || !again.Overdue || again.Status != "planned" {
		t.Errorf("%+v", again)
	}
	one := steps + "/" + string(made.ID)
	change := `{"what":"Skriv rutinen","owner":"` + owner + `","status":"done","result":"Den er skrevet."}`
	if got := s.call(contributorEmail, http.MethodPut, one, change); got.Status != http.StatusPreconditionRequired {
		t.Errorf("without a tag: %d", got.Status)
	}
	saved := read(s.call(coordinatorEmail, http.MethodPut, one, change, "If-Match", strconv.Quote(made.Tag)), http.StatusOK)
	lost := s.call(contributorEmail, http.MethodPut, one, `{"what":"Dropp det","status":"dropped","reason":"Ingen tid."}`, "If-Match", strconv.Quote(made.Tag))
	if lost.Status != http.StatusPreconditionFailed || !strings.Contains(string(lost.Body), "Den er skrevet.") || !strings.Contains(string(lost.Body), "Ingen tid.") || !strings.Contains(string(lost.Body), s.person(coordinatorEmail).Name) {
		t.Errorf("%d: %s", lost.Status, lost.Body)
	}
	// Undone it says what it said, undone twice what it was changed to; not over another's change, and once by one id.
	if got := s.call(contributorEmail, http.MethodPost, one+"/undo", ""); got.Status != http.StatusPreconditionRequired {
		t.Errorf("undone without a tag: %d", got.Status)
	}
	late := s.call(contributorEmail, http.MethodPost, one+"/undo", "", "If-Match", strconv.Quote(made.Tag))
	if late.Status != http.StatusPreconditionFailed || !strings.Contains(string(late.Body), "Den er skrevet.") || !strings.Contains(string(late.Body), `"yours":{"what":"Skriv rutinen"`) || !strings.Contains(string(late.Body), s.person(coordinatorEmail).Name) {
		t.Errorf("%d: %s", late.Status, late.Body)
	}
	undone := read(s.call(contributorEmail, http.MethodPost, one+"/undo", "", "If-Match", strconv.Quote(saved.Tag), "Idempotency-Key", "u-1"), http.StatusOK)
	if again := read(s.call(contributorEmail, http.MethodPost, one+"/undo", "", "If-Match", strconv.Quote(saved.Tag), "Idempotency-Key", "u-1"), http.StatusOK); undone.Status != "planned" || undone.Due != "2026-11-01" || undone.Was.Value.Result != "Den er skrevet." || again.Tag != undone.Tag {
		t.Errorf("undone: %+v, then %+v", undone, again)
	}
	redone := read(s.call(contributorEmail, http.MethodPost, one+"/undo", "", "If-Match", strconv.Quote(undone.Tag)), http.StatusOK)
	if redone.Result != "Den er skrevet." || redone.Status != "done" {
		t.Errorf("undone twice: %+v", redone)
	}
	if same := read(s.call(contributorEmail, http.MethodPut, one, change, "If-Match", strconv.Quote(redone.Tag)), http.StatusOK); same.Tag != redone.Tag {
		t.Errorf("saying what it says changed it: %+v", same)
	}
	saved = redone
	if got := s.call(contributorEmail, http.MethodDelete, one, ""); got.Status != http.StatusPreconditionRequired {
		t.Errorf("removed without a tag: %d", got.Status)
	}
	removed := read(s.call(contributorEmail, http.MethodDelete, one, "", "If-Match", strconv.Quote(saved.Tag)), http.StatusOK)
	if removed.Removed.IsZero() {
		t.Error("it says nothing of being removed")
	}
	if got := s.call(contributorEmail, http.MethodPut, one, change, "If-Match", strconv.Quote(removed.Tag)); got.Status != http.StatusConflict {
		t.Errorf("a removed step is changed: %d", got.Status)
	}
	// Who works in two municipalities finds a step in the one it belongs to, and changes it nowhere else.
	if _, err := s.People.Change(t.Context(), s.person(coordinatorEmail).ID, func(p *org.Person) error {
		p.Grants = append(p.Grants, org.Grant{Role: org.Coordinator, Municipality: "porsgrunn", Region: demo.Region})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	elsewhere := apiBase + "/municipalities/4001/steps/" + string(made.ID)
	for method, path := range map[string]string{http.MethodGet: elsewhere, http.MethodPut: elsewhere, http.MethodDelete: elsewhere, http.MethodPost: elsewhere + "/restore", "POST ": elsewhere + "/undo"} {
		body := ""
		if method == http.MethodPut {
			body = change
		}
		if got := s.call(coordinatorEmail, strings.TrimSpace(method), path, body, "If-Match", strconv.Quote(removed.Tag)); got.Status != http.StatusNotFound {
			t.Errorf("%s under another municipality: %d", method, got.Status)
		}
	}
	if back := read(s.call(contributorEmail, http.MethodPost, one+"/restore", ""), http.StatusOK); !back.Removed.IsZero() || back.Result != "Den er skrevet." {
		t.Errorf("%+v", back)
	}
	list := func(query string) (all v1Steps) {
		t.Helper()
		got := s.call(leaderEmail, http.MethodGet, steps+query, "")
		if got.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", query, got.Status, got.Body)
		}
		got.into(t, &all)
		return all
	}
	whole, n := list(""), 0
	for after := ""; ; {
		page := list("?limit=2&after=" + after)
		n += len(page.Steps)
		if after = page.Next; after == "" {
			break
		}
	}
	if n != len(whole.Steps) || n < 4 {
		t.Errorf("%d steps by twos, %d at once", n, len(whole.Steps))
	}
	for _, step := range list("?task=henvise&status=done").Steps {
		if step.Task != "henvise" || step.Status != "done" {
			t.Errorf("%+v", step)
		}
	}
	for body, where := range map[string]string{`{"task":"henvise","what":"  "}`: "body.what", `{"task":"henvise","what":"a","due":"i morgen"}`: "body.due", `{"task":"henvise","what":"a","owner":"p-nobody"}`: "body.owner",
		`{"task":"henvise","what":"Ring 13097248022"}`: "body.what", `{"task":"henvise","what":"a","nosuch":1}`: "nosuch"} {
		if got := s.call(contributorEmail, http.MethodPost, steps, body); got.Status != http.StatusUnprocessableEntity || !strings.Contains(string(got.Body), where) {
			t.Errorf("%s: %d %s", body, got.Status, got.Body)
		}
	}
	if got := s.call(contributorEmail, http.MethodPost, steps, `{"task":"henvise","what":"Ring 13097248022"}`, "Helhet-Confirm", "person-number"); got.Status != http.StatusCreated {
		t.Errorf("confirmed: %d", got.Status)
	}
	// The address may not name one municipality and the step be another's.
	if got := s.call(neighbourEmail, http.MethodGet, apiBase+"/municipalities/porsgrunn/steps/"+string(made.ID), ""); got.Status != http.StatusNotFound {
		t.Errorf("under another municipality: %d", got.Status)
	}
}

func TestAmbitionsOfAProgram(t *testing.T) {
	s := startServer(t)
	const path = apiBase + "/municipalities/larvik/ambitions"
	all := func() (v v1Ambitions) {
		t.Helper()
		s.call(contributorEmail, http.MethodGet, path, "").into(t, &v)
		return v
	}
	before := all()
	if len(before.Tasks) != 24 || before.Tasks[0].Gap == nil || *before.Tasks[0].Gap <= 0 {
		t.Fatalf("%+v", before.Tasks)
	}
	last := before.Tasks[0]
	for _, task := range before.Tasks[1:] {
		if task.Gap != nil && last.Gap != nil && *task.Gap > max(*last.Gap, 0) {
			t.Errorf("%s, with a gap of %v, comes after %v", task.Task, *task.Gap, *last.Gap)
		}
		if task.Gap != nil {
			last = task
		}
	}
	first := before.Tasks[0]
	if got := s.call(coordinatorEmail, http.MethodPut, path+"/"+string(first.Task), `{"level":3}`, "If-None-Match", "*"); got.Status != http.StatusPreconditionFailed || !strings.Contains(string(got.Body), `"current"`) {
		t.Errorf("over one that is there: %d %s", got.Status, got.Body)
	}
	got := s.call(leaderEmail, http.MethodPut, path+"/"+string(first.Task), `{}`, "If-Match", strconv.Quote(first.Tag))
	var taken v1Ambition
	got.into(t, &taken)
	if got.Status != http.StatusOK || taken.Level != nil || taken.Gap != nil || got.Header.Get("ETag") != strconv.Quote(taken.Tag) {
		t.Errorf("taken away: %d %+v", got.Status, taken)
	}
	undo := path + "/" + string(first.Task) + "/undo"
	late := s.call(coordinatorEmail, http.MethodPost, undo, "", "If-Match", strconv.Quote(first.Tag))
	if late.Status != http.StatusPreconditionFailed || !strings.Contains(string(late.Body), `"yours":{"level":`+strconv.Itoa(*first.Level)) || !strings.Contains(string(late.Body), s.person(leaderEmail).Name) {
		t.Errorf("%d: %s", late.Status, late.Body)
	}
	var back, again v1Ambition
	s.call(coordinatorEmail, http.MethodPost, undo, "", "If-Match", strconv.Quote(taken.Tag), "Idempotency-Key", "u-1").into(t, &back)
	s.call(coordinatorEmail, http.MethodPost, undo, "", "If-Match", strconv.Quote(taken.Tag), "Idempotency-Key", "u-1").into(t, &again)
	if back.Level == nil || *back.Level != *first.Level || back.Was == nil || back.Was.Level != nil || again.Tag != back.Tag {
		t.Errorf("undone: %+v, then %+v", back, again)
	}
	s.call(leaderEmail, http.MethodPost, undo, "", "If-Match", strconv.Quote(back.Tag)).into(t, &taken)
	if taken.Level != nil {
		t.Errorf("undone twice: %+v", taken)
	}
	if got := s.call(leaderEmail, http.MethodPut, path+"/"+string(first.Task), `{}`, "If-Match", strconv.Quote(taken.Tag)); got.Status != http.StatusOK || got.Header.Get("ETag") != strconv.Quote(taken.Tag) {
		t.Errorf("taken away again: %d %s", got.Status, got.Body)
	}
	unset := before.Tasks[slices.IndexFunc(before.Tasks, func(a v1Ambition) bool { return a.Tag == "" })]
	if got := s.call(leaderEmail, http.MethodPut, path+"/"+string(unset.Task), `{}`, "If-None-Match", "*"); got.Status != http.StatusOK || got.Header.Get("ETag") != "" {
		t.Errorf("none where there was none: %d %s", got.Status, got.Body)
	}
	if got := s.call(leaderEmail, http.MethodPost, path+"/"+string(unset.Task)+"/undo", "", "If-Match", `"a"`); got.Status != http.StatusConflict {
		t.Errorf("nothing to undo: %d %s", got.Status, got.Body)
	}
	if got := s.call(leaderEmail, http.MethodPut, path+"/"+string(first.Task), `{"level":6}`, "If-Match", strconv.Quote(taken.Tag)); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("6: %d", got.Status)
	}
}
