package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"helhet/benefits"
)

// What nobody had planned is put down by a short form, stands in a section of its own, and is said apart in the sums.
func TestAnUnexpectedEffectIsPutDown(t *testing.T) {
	s := startServer(t)
	nb := []string{"Cookie", languageCookie + "=nb"}
	post := func(path string, form url.Values) reply {
		t.Helper()
		return s.browse(coordinatorEmail, http.MethodPost, path, form.Encode(), nb...)
	}
	page := func(path string) string {
		t.Helper()
		return string(s.browse(coordinatorEmail, http.MethodGet, path, "", nb...).Body)
	}
	new := page("/benefits/effects/new")
	has(t, "the form", new, `id="effect.sign"`, "verre enn ventet", `id="effect.cause"`)
	hasNot(t, "the form", new, `id="baseline.value"`, `id="target.date"`, `id="status"`, `id="plan.after"`)
	form := url.Values{"title": {"Flere <telefoner>"}, "type": {"saved-time"}, "effect.sign": {""}, "effect.noticed": {"2026-05-04"}, "effect.noticedBy": {"Vaktrommet"}, "effect.cause": {"Varsler"}, "effect.done": {""}, "shared": {"phone-hours"}, "edit": {"e-1"}}
	got := post("/benefits/effects/new", form)
	if got.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%d", got.Status)
	}
	has(t, "without a sign", string(got.Body), `id="effect.sign-error"`, "Flere &lt;telefoner&gt;", "Vaktrommet", "Varsler</textarea>")
	hasNot(t, "without a sign", string(got.Body), `id="baseline.value"`)
	form.Set("effect.sign", "worse")
	for range 2 {
		if got = post("/benefits/effects/new", form); got.Status != http.StatusSeeOther {
			t.Fatalf("%d: %.600s", got.Status, got.Body)
		}
	}
	all, _, err := s.Benefits.List(t.Context(), s.person(coordinatorEmail).Actor(), benefits.Filter{Municipality: larvik, Shelf: benefits.Unexpected, Limit: 10})
	if err != nil || len(all) != 2 || all[0].Effect.Cause != "Varsler" || all[0].Status != benefits.Measuring {
		t.Fatalf("%+v, %v", all, err)
	}
	b := all[0]
	if got = post(benefitPath(b.ID)+"/measurements/new", url.Values{"value": {"-3"}, "to": {"2026-06-01"}, "edit": {"e-2"}}); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a size below nought: %d", got.Status)
	}
	if got = post(benefitPath(b.ID)+"/measurements/new", url.Values{"value": {"3"}, "to": {"2026-06-01"}, "edit": {"e-2"}}); got.Status != http.StatusSeeOther {
		t.Errorf("%d", got.Status)
	}
	read := page(benefitPath(b.ID))
	has(t, "its page", read, "3 timer til det verre", "Uventet, til det verre", "Vaktrommet", "\u22123 timer", s.text("calculation.size"))
	hasNot(t, "its page, which has no baseline", read, s.text("calculation.change"))
	list := page("/benefits")
	before, after, _ := strings.Cut(list, `id="effects"`)
	has(t, "the section", after, "Flere &lt;telefoner&gt;", "3 timer til det verre")
	hasNot(t, "the benefits", before, "Flere &lt;telefoner&gt;")
	has(t, "the list of its own", page("/benefits?shelf=unexpected"), "Flere &lt;telefoner&gt;")
	edit := page(benefitPath(b.ID) + "?edit=noticed")
	has(t, "its form", edit, `value="Vaktrommet"`, `<option value="worse" selected>`)
	form.Set("tag", s.effect(b.ID).Tag)
	form.Set("edit", "e-3")
	form.Set("effect.done", "Nye rutiner")
	if got = post(benefitPath(b.ID), form); got.Status != http.StatusSeeOther || s.effect(b.ID).Effect.Done != "Nye rutiner" {
		t.Errorf("%d: %+v", got.Status, s.effect(b.ID))
	}
	totals := page("/benefits/totals")
	has(t, "the sums", totals, "Av dette uventet: \u22123 timer (1 virkning)", "Av dette uventet: \u22122 timer (1 virkning)", "8 virkninger fra 8 kommuner")
	var own v1Totals
	s.call(leaderEmail, http.MethodGet, apiBase+"/municipalities/larvik/benefit-totals", "").into(t, &own)
	for _, x := range own.Totals {
		if x.Indicator == "phone-hours" && (x.Apart != "-3" || x.Realised != "-3" || x.Awaited != "" || x.Unplanned.Benefits != 1) {
			t.Errorf("%+v", x)
		}
	}
	// Where something is planned on the indicator and not measured yet, what nobody had planned is told of all the same.
	d := s.driving("Færre telefoner", 250)
	d.Shared = "phone-hours"
	s.addBenefit(d, coordinatorEmail, benefits.Planned)
	has(t, "the development", page("/benefits/portfolio?indicator=phone-hours"), s.text("portfolio.development.alone", "n", 1, "amount", "\u22123 timer"))
	file := s.file(coordinatorEmail, "/benefits/portfolio/charts/development.csv?indicator=phone-hours", http.StatusOK)
	has(t, "the development's file", file, ";-3;")
	var together v1Portfolio
	s.call(leaderEmail, http.MethodGet, apiBase+"/municipalities/larvik/benefit-portfolio", "").into(t, &together)
	told := 0
	for _, x := range together.Indicators {
		for _, step := range x.Steps {
			if x.Indicator == "phone-hours" && step.Unplanned > 0 {
				if told++; step.Measured != 0 || step.Awaited != "" || step.Realised != "-3" || step.Apart != "-3" {
					t.Errorf("%+v", step)
				}
			}
		}
	}
	if told == 0 {
		t.Errorf("the API tells of no effect among %+v", together.Indicators)
	}
	var answer v1Benefit
	if err := json.Unmarshal(s.call(leaderEmail, http.MethodGet, apiBase+"/municipalities/larvik/benefits/"+string(b.ID), "").Body, &answer); err != nil || answer.Effect.Sign != benefits.Worse || answer.Effect.NoticedBy != "Vaktrommet" {
		t.Errorf("%+v, %v", answer, err)
	}
	has(t, "by the API", string(s.call(leaderEmail, http.MethodGet, apiBase+"/municipalities/larvik/benefits?shelf=unexpected", "").Body), "Flere")
}

func (s *testServer) effect(id benefits.ID) benefits.Benefit {
	s.t.Helper()
	b, err := s.Benefits.Benefit(s.t.Context(), s.person(coordinatorEmail).Actor(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}
