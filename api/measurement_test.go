package api

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var undoForm = regexp.MustCompile(`action="([^"]+/undo)"[\s\S]*?name="tag" value="([^"]+)"`)

// A measurement goes in as people write it, comes back with its faults and with what was typed, is corrected and undone, and two who correct at once see both.
func TestAMeasurementOnItsPages(t *testing.T) {
	s := startServer(t)
	nb := []string{"Cookie", languageCookie + "=nb"}
	b := s.benefitTitled("nattlige tilsyn")
	before := len(b.Measured())
	form := url.Values{"value": {"1.200 kr"}, "to": {"2027-01-01"}, "low": {"9"}, "high": {"8"}, "people": {"mange"}, "note": {"Bare <natt>"}, "edit": {"e-1"}}
	got := s.browse(coordinatorEmail, http.MethodPost, benefitPath(b.ID)+"/measurements/new", form.Encode(), nb...)
	if got.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%d: %.500s", got.Status, got.Body)
	}
	has(t, "the form", string(got.Body), `value="1.200 kr"`, `value="2027-01-01"`, `value="mange"`, "Bare &lt;natt&gt;", `value="e-1"`, `id="value-error"`, `id="to-error"`, `id="people-error"`, `href="#to"`)
	form = url.Values{"value": {"1 200,5"}, "to": {"2026-11-20"}, "low": {"1 100"}, "high": {"1.300,75"}, "people": {"4"}, "note": {"Bare natt"}, "edit": {"e-1"}}
	for range 2 { // a button pressed twice
		if got = s.browse(coordinatorEmail, http.MethodPost, benefitPath(b.ID)+"/measurements/new", form.Encode(), nb...); got.Status != http.StatusSeeOther {
			t.Fatalf("%d: %.500s", got.Status, got.Body)
		}
	}
	last, _ := s.benefitTitled("nattlige tilsyn").Latest()
	if len(s.benefitTitled("nattlige tilsyn").Measured()) != before+1 || last.Value != "1200.5" || last.High != "1300.75" || last.People != 4 {
		t.Fatalf("%+v", last)
	}
	page := string(s.browse(coordinatorEmail, http.MethodGet, benefitPath(b.ID), "", nb...).Body)
	has(t, "the benefit", page, "200,5 timer", "Gjelder færre enn 5 personer", "Bare natt", "Neste måling", "Så mye av planen er nådd")
	undo := undoForm.FindStringSubmatch(page)
	if undo == nil || !strings.Contains(undo[1], string(last.ID)) {
		t.Fatalf("the first to undo is %q", undo)
	}
	address := strings.TrimSuffix(undo[1], "/undo")
	form.Set("edit", "e-2")
	form.Set("tag", undo[2])
	form.Set("value", "1150")
	if got = s.browse(coordinatorEmail, http.MethodPost, address, form.Encode(), nb...); got.Status != http.StatusSeeOther {
		t.Fatalf("%d: %.500s", got.Status, got.Body)
	}
	form.Set("edit", "e-3") // somebody who opened it before
	form.Set("value", "1170")
	if got = s.browse(coordinatorEmail, http.MethodPost, address, form.Encode(), nb...); got.Status != http.StatusPreconditionFailed {
		t.Fatalf("%d: %.500s", got.Status, got.Body)
	}
	has(t, "who lost", string(got.Body), `value="1170"`, "har lagret noe annet her: 1150.", "200,5 timer")
	undo = undoForm.FindStringSubmatch(string(s.browse(coordinatorEmail, http.MethodGet, benefitPath(b.ID), "", nb...).Body))
	if got = s.browse(coordinatorEmail, http.MethodPost, undo[1], url.Values{"tag": {undo[2]}}.Encode(), nb...); got.Status != http.StatusSeeOther {
		t.Fatalf("%d: %.500s", got.Status, got.Body)
	}
	if now, _ := s.benefitTitled("nattlige tilsyn").Latest(); now.Figures != last.Figures {
		t.Errorf("%+v, want %+v", now, last)
	}
	// Who reads is offered nothing, and gets nothing through.
	page = string(s.browse(contributorEmail, http.MethodGet, benefitPath(b.ID), "", nb...).Body)
	if strings.Contains(page, "/undo") || strings.Contains(page, "measurements/new") {
		t.Error("a reader is offered to measure")
	}
	if got = s.browse(contributorEmail, http.MethodGet, address, "", nb...); got.Status != http.StatusForbidden {
		t.Errorf("%d", got.Status)
	}
}
