package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"helhet/benefits"
)

// Two benefits that look alike say so on both pages and in the list, until one is made a part of the other or somebody says that they are different.
func TestTwinsAreFlaggedAndSettled(t *testing.T) {
	s := startServer(t)
	nb := []string{"Cookie", languageCookie + "=nb"}
	one := s.benefitTitled("nattlige tilsyn")
	d := one.Data
	d.Title, d.Status, d.Explanation = "Dobbelt <opp>", benefits.Planned, ""
	two, _, err := s.Benefits.Add(t.Context(), s.person(coordinatorEmail).Actor(), benefits.Add{Municipality: larvik, Data: d, Owner: one.Owner})
	if err != nil {
		t.Fatal(err)
	}
	page := func(email, path string) string {
		t.Helper()
		return string(s.browse(email, http.MethodGet, path, "", nb...).Body)
	}
	section := func(email string, b benefits.Benefit) string {
		t.Helper()
		_, after, _ := strings.Cut(page(email, benefitPath(b.ID)), `id="related"`)
		part, _, _ := strings.Cut(after, "</section>")
		return part
	}
	post := func(path string, form url.Values) int {
		t.Helper()
		return s.browse(coordinatorEmail, http.MethodPost, path, form.Encode(), nb...).Status
	}
	has(t, "one page", section(coordinatorEmail, one), "Kan være det samme som", "Dobbelt &lt;opp&gt;", `href="`+benefitPath(two.ID)+`"`, "De er forskjellige")
	has(t, "the other", section(coordinatorEmail, two), "Kan være det samme som", one.Title, "Denne er en del av «"+one.Title+"»")
	hasNot(t, "one that has parts already", section(coordinatorEmail, one), "Denne er en del av «Dobbelt")
	hasNot(t, "read by the contributor", section(contributorEmail, two), "<form", "<button")
	list := page(leaderEmail, "/benefits")
	if strings.Count(list, "Kan være det samme som") < 2 {
		t.Error("the list flags fewer than two")
	}
	planned := func() benefits.Number {
		t.Helper()
		var own v1Totals
		s.call(leaderEmail, http.MethodGet, apiBase+"/municipalities/larvik/benefit-totals", "").into(t, &own)
		for _, x := range own.Totals {
			if x.Indicator == "driving-hours" {
				return x.Plan
			}
		}
		return ""
	}
	twice := planned()
	// They are different, and not.
	if status := post(benefitPath(two.ID)+"/different", url.Values{"tag": {two.Tag}, "with": {string(one.ID)}, "edit": {"e-1"}}); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	has(t, "said", section(coordinatorEmail, two), "Sagt å være forskjellig fra", `name="undo"`)
	has(t, "said on the other page", section(coordinatorEmail, one), "Sagt å være forskjellig fra")
	hasNot(t, "said on the other page", section(coordinatorEmail, one), "Kan være det samme", `name="undo"`)
	if status := post(benefitPath(two.ID)+"/different", url.Values{"tag": {s.effect(two.ID).Tag}, "with": {string(one.ID)}, "undo": {"yes"}}); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	// A part of the other: counted once.
	if status := post(benefitPath(two.ID)+"/whole", url.Values{"tag": {two.Tag}, "whole": {string(one.ID)}}); status != http.StatusPreconditionFailed {
		t.Errorf("with an old tag: %d", status)
	}
	if status := post(benefitPath(one.ID)+"/whole", url.Values{"tag": {s.effect(one.ID).Tag}, "whole": {string(two.ID)}}); status != http.StatusConflict {
		t.Errorf("one that has parts: %d", status)
	}
	if status := post(benefitPath(two.ID)+"/whole", url.Values{"tag": {s.effect(two.ID).Tag}, "whole": {string(one.ID)}}); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	has(t, "the part", section(leaderEmail, two), "Denne er en del av", "Den telles der", "Ta den ut igjen")
	has(t, "the whole", section(leaderEmail, one), "Disse er deler av denne", "Dobbelt &lt;opp&gt;", "sone nord")
	has(t, "the list", page(leaderEmail, "/benefits"), "Del av en annen")
	if once := planned(); once == twice || once == "" {
		t.Errorf("%s is planned, before %s", once, twice)
	}
	var read v1Benefit
	got := s.call(coordinatorEmail, http.MethodPut, apiBase+"/municipalities/larvik/benefits/"+string(two.ID)+"/whole", `{"whole":""}`, "If-Match", strconv.Quote(s.effect(two.ID).Tag))
	if err := json.Unmarshal(got.Body, &read); err != nil || got.Status != http.StatusOK || read.PartOf != "" || planned() != twice {
		t.Errorf("%d %+v, %v, %s is planned", got.Status, read, err, planned())
	}
	got = s.call(coordinatorEmail, http.MethodPut, apiBase+"/municipalities/larvik/benefits/"+string(two.ID)+"/different", `{"with":"`+string(one.ID)+`"}`, "If-Match", strconv.Quote(read.Tag))
	if err := json.Unmarshal(got.Body, &read); err != nil || len(read.Different) != 1 || read.Different[0] != one.ID {
		t.Errorf("%d %+v, %v", got.Status, read, err)
	}
}
