package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// A benefit that is off its plan says so in its list, on its page and on the front page of who follows it up, until somebody says why.
func TestADeviationIsSaidAndExplained(t *testing.T) {
	s := startServer(t)
	nb := []string{"Cookie", languageCookie + "=nb"}
	b := s.benefitTitled("Færre telefoner")
	page := func(email, path string) string {
		t.Helper()
		got := s.browse(email, http.MethodGet, path, "", nb...)
		if got.Status != http.StatusOK {
			t.Fatalf("%s: %d", path, got.Status)
		}
		return string(got.Body)
	}
	section := func(text, from string) string {
		_, after, _ := strings.Cut(text, from)
		part, _, _ := strings.Cut(after, "</section>")
		return part
	}
	home := section(page(leaderEmail, "/"), `id="unexplained"`)
	has(t, "the leader's front page", home, b.Title, "bak planen", `href="/benefits?shelf=unexplained"`)
	hasNot(t, "the leader's front page, who does not own it", home, benefitPath(b.ID)+"#deviation")
	has(t, "the coordinator's front page", section(page(coordinatorEmail, "/"), `id="unexplained"`), `href="`+benefitPath(b.ID)+`#deviation"`)
	has(t, "the list", page(leaderEmail, "/benefits?shelf=unexplained"), b.Title, "bak planen, som var", "Ikke forklart ennå.")
	has(t, "the list of all", page(leaderEmail, "/benefits"), "foran planen, som var", "Forklart.")
	read := section(page(leaderEmail, benefitPath(b.ID)), `id="deviation"`)
	has(t, "read by the leader", read, "Ikke forklart ennå.", "Det er 2")
	hasNot(t, "read by the leader", read, "<form")
	var state v1Benefit
	read1 := func() v1Benefit {
		t.Helper()
		got := s.call(coordinatorEmail, http.MethodGet, apiBase+"/municipalities/larvik/benefits/"+string(b.ID), "")
		state = v1Benefit{}
		if err := json.Unmarshal(got.Body, &state); err != nil {
			t.Fatal(err)
		}
		return state
	}
	if d := read1().Deviation; d == nil || d.Direction != "behind" || d.Explained || d.Value != "28" || d.Planned == "" {
		t.Errorf("%+v", d)
	}
	figure := state.Deviation.Measurement
	// What was typed stays where it can't be saved.
	explain := func(text, tag string) (int, string) {
		t.Helper()
		form := url.Values{"tag": {tag}, "edit": {"e-" + text}, "figure": {string(figure)}, "explanation": {text}}
		got := s.browse(coordinatorEmail, http.MethodPost, benefitPath(b.ID)+"/explanation", form.Encode(), nb...)
		return got.Status, section(string(got.Body), `id="deviation"`)
	}
	if status, text := explain("Ring 01019012480", b.Tag); status != http.StatusUnprocessableEntity || !strings.Contains(text, "Ring 01019012480</textarea>") || !strings.Contains(text, `name="confirmNumber"`) {
		t.Errorf("%d: %s", status, text)
	}
	if status, text := explain("Skrevet samtidig", "another"); status != http.StatusPreconditionFailed || !strings.Contains(text, "Skrevet samtidig</textarea>") {
		t.Errorf("%d: %s", status, text)
	}
	if status, text := explain(" ", b.Tag); status != http.StatusUnprocessableEntity || !strings.Contains(text, `id="explanation-error"`) {
		t.Errorf("%d: %s", status, text)
	}
	if status, _ := explain("Appen <kom> sent.", b.Tag); status != http.StatusSeeOther {
		t.Errorf("%d", status)
	}
	read = section(page(coordinatorEmail, benefitPath(b.ID)), `id="deviation"`)
	has(t, "explained", read, "Appen &lt;kom&gt; sent.", "Om målingen", "bak planen")
	hasNot(t, "explained", read, "Ikke forklart")
	hasNot(t, "the leader's front page", section(page(leaderEmail, "/"), `id="unexplained"`), b.Title)
	if d := read1(); !d.Deviation.Explained || d.Explanation != "Appen <kom> sent." {
		t.Errorf("%+v", d)
	}
	// By the API: another, and back.
	base := apiBase + "/municipalities/larvik/benefits/" + string(b.ID) + "/explanation"
	call := func(method, path, body string) v1Benefit {
		t.Helper()
		got := s.call(coordinatorEmail, method, path, body, "If-Match", strconv.Quote(read1().Tag))
		var x v1Benefit
		if err := json.Unmarshal(got.Body, &x); err != nil || got.Status != http.StatusOK {
			t.Fatalf("%d %s %v", got.Status, got.Body, err)
		}
		return x
	}
	if x := call(http.MethodPut, base, `{"text":"En annen grunn."}`); x.Explanation != "En annen grunn." || !x.Deviation.Explained {
		t.Errorf("%+v", x)
	}
	if x := call(http.MethodPost, base+"/undo", ""); x.Explanation != "Appen <kom> sent." {
		t.Errorf("%+v", x)
	}
	var all v1Explanations
	if err := json.Unmarshal(s.call(leaderEmail, http.MethodGet, base, "").Body, &all); err != nil || len(all.Explanations) != 3 || all.Explanations[1].Text != "En annen grunn." || all.Explanations[0].Measurement != figure {
		t.Errorf("%+v, %v", all, err)
	}
	has(t, "earlier ones", section(page(contributorEmail, benefitPath(b.ID)), `id="deviation"`), "En annen grunn.")
}
