package api

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// An assumption goes in as people write it, comes back with its faults, is corrected and undone, and stands on the benefit's page and in the API.
func TestAnAssumptionOnItsPages(t *testing.T) {
	s := startServer(t)
	nb := []string{"Cookie", languageCookie + "=nb"}
	b := s.benefitTitled("nattlige tilsyn")
	calculated := func() (c v1Calculation) {
		t.Helper()
		s.call(contributorEmail, http.MethodGet, apiBase+"/municipalities/3909"+benefitPath(b.ID)+"/calculation", "").into(t, &c)
		return c
	}
	before := calculated()
	if before.Gained == nil || before.Gained.Cost == nil || before.Gained.Cost.Low == before.Gained.Cost.High || before.Gained.Rate == nil || before.Reached == nil || len(before.Used) != 2 || before.Inhabitants.N != 48246 {
		t.Fatalf("%+v", before)
	}
	page := string(s.browse(contributorEmail, http.MethodGet, benefitPath(b.ID), "", nb...).Body)
	has(t, "the benefit", page, "Hva det utgjør", "Det tiden koster på et år", "450 kr per time", "48\u00a0246 innbyggere i 2023", "Et år regnes som 52 uker")
	form := url.Values{"what": {"hourly-cost"}, "value": {"1.200"}, "from": {"2026-02-30"}, "source": {""}, "edit": {"e-1"}}
	got := s.browse(coordinatorEmail, http.MethodPost, "/benefits/assumptions/new", form.Encode(), nb...)
	if got.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%d: %.500s", got.Status, got.Body)
	}
	has(t, "the form", string(got.Body), `value="1.200"`, `id="value-error"`, `id="from-error"`, `id="source-error"`, `value="e-1"`, `<option value="hourly-cost" selected`)
	// It holds on the measurement's day and is nearer than what held before.
	form = url.Values{"what": {"hourly-cost"}, "value": {"500,50 kr"}, "from": {"2026-02-01"}, "source": {"Budsjettet"}, "edit": {"e-1"}}
	for range 2 {
		if got = s.browse(coordinatorEmail, http.MethodPost, "/benefits/assumptions/new", form.Encode(), nb...); got.Status != http.StatusSeeOther {
			t.Fatalf("%d: %.500s", got.Status, got.Body)
		}
	}
	if now := calculated(); now.Gained.Cost.Value == before.Gained.Cost.Value || now.Used[1].Value != "500.5" || now.Used[1].From != "2026-02-01" {
		t.Errorf("%+v", now.Used)
	}
	var all v1Assumptions
	s.call(leaderEmail, http.MethodGet, apiBase+"/municipalities/3909/assumptions", "").into(t, &all)
	a := all.Assumptions[len(all.Assumptions)-1]
	one := apiBase + "/municipalities/3909/assumptions/" + string(a.ID)
	if got := s.call(coordinatorEmail, http.MethodPut, one, `{"value":"510","source":"Budsjettet"}`, "If-Match", `"OLD"`); got.Status != http.StatusPreconditionFailed || !strings.Contains(string(got.Body), "500.5") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	got = s.browse(coordinatorEmail, http.MethodPost, "/benefits/assumptions/"+string(a.ID), url.Values{"value": {"510"}, "source": {"Budsjettet"}, "tag": {"OLD"}}.Encode(), nb...)
	if got.Status != http.StatusPreconditionFailed {
		t.Errorf("%d", got.Status)
	}
	has(t, "who lost", string(got.Body), `value="510"`, "har lagret noe annet her: 500,5")
	s.call(coordinatorEmail, http.MethodPost, one+"/undo", "", "If-Match", strconv.Quote(a.Tag)).into(t, &a)
	if now := calculated(); !a.Removed || now.Gained.Cost.Value != before.Gained.Cost.Value {
		t.Errorf("%+v, want %+v", now.Gained.Cost, before.Gained.Cost)
	}
	if page := string(s.browse(contributorEmail, http.MethodGet, "/benefits/assumptions", "", nb...).Body); strings.Contains(page, "/undo") || !strings.Contains(page, "Tatt ut") {
		t.Error("a reader is offered to undo, or what was taken out is not shown")
	}
}
