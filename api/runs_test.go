package api

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"helhet/internal/store"
)

// scriptedRuns is a scheduler whose runs are given.
type scriptedRuns struct {
	runs    []RunLine
	next    string
	started []string // job and who asked, in turn
	fault   error
}

func (r *scriptedRuns) List(_ context.Context, limit int, after string) ([]RunLine, string, error) {
	if after != "" {
		return nil, "", r.fault
	}
	return r.runs[:min(len(r.runs), limit)], r.next, r.fault
}
func (r *scriptedRuns) Names() []string { return []string{"rounds", "trends", "new-job"} }
func (r *scriptedRuns) Start(_ context.Context, job, actor string) error {
	r.started = append(r.started, job, actor)
	return r.fault
}

func TestRunsPage(t *testing.T) {
	s := startServer(t)
	slot := time.Now().Add(-time.Hour)
	runs := &scriptedRuns{next: "more", runs: []RunLine{
		{Job: "rounds", State: "done", Slot: slot, Started: slot, Ended: slot.Add(1500 * time.Millisecond), Attempts: 1, Numbers: map[string]int64{"opened": 1200, "closed": 0}},
		{Job: "trends", State: "running", Slot: slot, Started: slot, Attempts: 2, Done: 30, Total: 100, ByHand: true},
		{Job: "trends", State: "failed", Slot: slot, Started: slot, Ended: slot, Attempts: 5, Code: "store-unavailable"},
		{Job: "new-job", State: "new-state", Slot: slot, Numbers: map[string]int64{"new-count": 3}, Code: "new-code"},
		{Job: "rounds", State: "done", Slot: slot, Attempts: 1},
	}}
	s.API.Runs = runs
	for _, lang := range []string{"nb", "nn", "en"} {
		for _, email := range []string{leadEmail, adminEmail} {
			got := s.inLanguage(email, lang, "/runs")
			if got.Status != http.StatusOK || bytes.Contains(got.Body, []byte("⟦")) {
				t.Errorf("%s in %s: %d", email, lang, got.Status)
			}
		}
	}
	page := s.inLanguage(leadEmail, "nb", "/runs").Body
	for _, want := range []string{"1200 åpnet", "1,5 s", "30 av 100", `max="100" value="30"`, "for hånd", "2 forsøk", "Databasen svarte ikke.", "new-job", "new-state", "new-count 3", "new-code",
		"ingenting å gjøre", `href="/runs?after=more"`, `action="/runs/trends"`} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if bytes.Contains(page, []byte("0 stengt")) {
		t.Error("the page tells of nothing")
	}
}

func TestRunsAreStartedByWhoMay(t *testing.T) {
	s := startServer(t)
	runs := &scriptedRuns{}
	s.API.Runs = runs
	for email, want := range map[string]int{"": http.StatusUnauthorized, coordinatorEmail: http.StatusForbidden, leaderEmail: http.StatusForbidden, outsiderEmail: http.StatusForbidden} {
		if got := s.browse(email, http.MethodPost, "/runs/trends", ""); got.Status != want {
			t.Errorf("%q starts a job: %d", email, got.Status)
		}
		if got := s.browse(email, http.MethodGet, "/runs", ""); email != "" && got.Status != want {
			t.Errorf("%q sees the jobs: %d", email, got.Status)
		}
	}
	if got := s.browse(leadEmail, http.MethodPost, "/runs/nope", ""); got.Status != http.StatusNotFound {
		t.Errorf("a job that does not exist: %d", got.Status)
	}
	if len(runs.started) != 0 {
		t.Fatalf("started: %q", runs.started)
	}
	got := s.browse(adminEmail, http.MethodPost, "/runs/trends", "")
	if got.Status != http.StatusSeeOther || len(runs.started) != 2 || runs.started[0] != "trends" || runs.started[1] != string(s.person(adminEmail).ID) {
		t.Fatalf("%d, started %q", got.Status, runs.started)
	}
	if page := s.inLanguage(adminEmail, "nb", got.Header.Get("Location")); !bytes.Contains(page.Body, []byte("«Sammenligning» er satt i gang")) {
		t.Error("the page does not say that it was started")
	}
	runs.fault = errors.Join(store.ErrUnavailable)
	if got := s.browse(adminEmail, http.MethodPost, "/runs/trends", ""); got.Status != http.StatusServiceUnavailable {
		t.Errorf("without a store: %d", got.Status)
	}
}
