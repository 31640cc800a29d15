package api

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/locale"
	"helhet/org"
)

// demoMap is the map that the demo has of Larvik.
func (s *testServer) demoMap() benefits.Map {
	s.t.Helper()
	all, err := s.Benefits.Maps(s.t.Context(), s.person(coordinatorEmail).Actor(), larvik)
	if err != nil || len(all) == 0 {
		s.t.Fatal(len(all), err)
	}
	return all[len(all)-1]
}

// The example may be saved as it is, in every language.
func TestTheExampleIsAMap(t *testing.T) {
	s := startServer(t)
	for _, lang := range locale.Langs() {
		d, wrong := benefits.ReadMap(benefits.WriteMap(catalogue.Lang(lang), exampleMap(s.Texts.For(lang))), benefits.MapData{})
		if wrong != nil || len(d.Nodes) != 8 || len(d.Edges) != 7 {
			t.Errorf("%s: %+v %v", lang, d, wrong)
		}
	}
}

// A map is written as text, comes back with its faults and what was typed, and is shown as picture and in words; a benefit's page names it.
func TestAMapIsWrittenAsText(t *testing.T) {
	s := startServer(t)
	nb := []string{"Cookie", languageCookie + "=nb"}
	b := s.benefitTitled("nattlige tilsyn")
	form := url.Values{"title": {""}, "text": {"tiltak: Sensor <1>\r\nbare noe\r\nSensor <1> -> Ukjent"}, "edit": {"e-1"}}
	got := s.browse(coordinatorEmail, http.MethodPost, "/benefits/maps/new", form.Encode(), nb...)
	if got.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%d: %.500s", got.Status, got.Body)
	}
	has(t, "the form", string(got.Body), "Sensor &lt;1&gt;\nbare noe", "Linje 2: «bare noe»", "Linje 3: Ingen boks heter «Ukjent»", `id="title-error"`, `id="text-error-0"`, `id="text-error-1"`, `value="e-1"`, "3 ting må rettes")
	form = url.Values{"title": {"Sensorer"}, "text": {"tiltak: Sensor <1>\neffekt: Mindre kjøring [" + string(b.ID) + "]\nmål: Trygg natt\nSensor <1> -> Mindre kjøring -> Trygg natt"}, "edit": {"e-1"}}
	for range 2 { // a double click
		if got = s.browse(coordinatorEmail, http.MethodPost, "/benefits/maps/new", form.Encode(), nb...); got.Status != http.StatusSeeOther {
			t.Fatalf("%d: %.500s", got.Status, got.Body)
		}
	}
	path, _, _ := strings.Cut(got.Header.Get("Location"), "?")
	page := string(s.browse(contributorEmail, http.MethodGet, path, "", nb...).Body)
	has(t, "read", page, "<svg class=\"hh-map__picture\"", "Sensor &lt;1&gt;", "Fører til «Mindre kjøring».", "Måles", "% nådd", "Fra tiltak til mål: 3 bokser og 2 piler", benefitPath(b.ID))
	hasNot(t, "read by a contributor", page, "/remove")
	has(t, "the benefit's page", string(s.browse(contributorEmail, http.MethodGet, benefitPath(b.ID), "", nb...).Body), path, "Sensorer")
	has(t, "the list", string(s.browse(contributorEmail, http.MethodGet, "/benefits/maps", "", nb...).Body), path)
	if text := string(s.browse(contributorEmail, http.MethodGet, path+"/map.txt", "", "Cookie", languageCookie+"=en").Body); !strings.HasPrefix(text, "measure: Sensor <1>\n") {
		t.Error(text)
	}
	for file, media := range map[string]string{"map.png": "image/png", "map.svg": "image/svg+xml", "map.csv": "text/csv; charset=utf-8"} {
		if got := s.browse(contributorEmail, http.MethodGet, path+"/"+file, "", nb...); got.Status != http.StatusOK || got.Header.Get("Content-Type") != media {
			t.Errorf("%s: %d %s", file, got.Status, got.Header.Get("Content-Type"))
		}
	}
	for _, file := range []string{"map.pdf", "other.png", "map"} {
		if got := s.browse(contributorEmail, http.MethodGet, path+"/"+file, "", nb...); got.Status != http.StatusNotFound {
			t.Errorf("%s: %d", file, got.Status)
		}
	}
	has(t, "an empty map goes to the board", s.browse(coordinatorEmail, http.MethodPost, "/benefits/maps/new", url.Values{"title": {"Tomt"}, "text": {""}}.Encode(), nb...).Header.Get("Location"), "edit=map")
	has(t, "the example", string(s.browse(coordinatorEmail, http.MethodGet, "/benefits/maps/new?example=yes", "", nb...).Body), "tiltak: Ta i bruk medisindispensere", "-&gt; Færre glemte doser")
	has(t, "the board", string(s.browse(coordinatorEmail, http.MethodGet, path+"?edit=map", "", nb...).Body), `data-map-data`, "/api/v1/municipalities/larvik/benefit-maps/", "data-nojs", "map-")
}

// Two write a map: what has nothing to do with each other is put together; else she who comes second gets both, and saves hers when she says so. What it was can be gone back to.
func TestTwoWriteAMap(t *testing.T) {
	s := startServer(t)
	nb := []string{"Cookie", languageCookie + "=nb"}
	m := s.demoMap()
	text := benefits.WriteMap("nb", m.MapData)
	post := func(email, tag, text string) reply {
		return s.browse(email, http.MethodPost, mapPath(m.ID), url.Values{"title": {m.Title}, "text": {text}, "tag": {tag}}.Encode(), nb...)
	}
	if got := post(leaderEmail, m.Tag, text+"mål: Hennes\n"); got.Status != http.StatusSeeOther { // she owns a benefit
		t.Fatalf("%d: %.500s", got.Status, got.Body)
	}
	if got := post(coordinatorEmail, m.Tag, text+"tiltak: Mitt\n"); got.Status != http.StatusSeeOther {
		t.Fatalf("%d: %.500s", got.Status, got.Body)
	}
	now := s.demoMap()
	if all := benefits.WriteMap("nb", now.MapData); !strings.Contains(all, "Hennes") || !strings.Contains(all, "Mitt") {
		t.Error(all)
	}
	both := benefits.WriteMap("nb", now.MapData)
	if got := s.call(leaderEmail, http.MethodPut, apiBase+"/municipalities/3909/benefit-maps/"+string(m.ID), `{"title":"Et nytt navn","text":`+strconv.Quote(both)+`}`, "If-Match", strconv.Quote(now.Tag)); got.Status != http.StatusOK {
		t.Fatalf("%d: %s", got.Status, got.Body)
	}
	got := s.browse(coordinatorEmail, http.MethodPost, mapPath(m.ID), url.Values{"title": {"Mitt navn"}, "text": {both + "mål: Til\n"}, "tag": {now.Tag}}.Encode(), nb...)
	if got.Status != http.StatusPreconditionFailed {
		t.Fatalf("%d", got.Status)
	}
	now = s.demoMap()
	has(t, "both", string(got.Body), "var først", `value="Mitt navn"`, "mål: Til\n", "Et nytt navn\n", `value="`+now.Tag+`"`)
	lost := s.call(coordinatorEmail, http.MethodPut, apiBase+"/municipalities/3909/benefit-maps/"+string(m.ID), `{"title":"Mitt navn"}`, "If-Match", strconv.Quote(m.Tag))
	if lost.Status != http.StatusPreconditionFailed || !strings.Contains(string(lost.Body), `"current":{"id":"`+string(m.ID)) || !strings.Contains(string(lost.Body), `"yours":{"title":"Mitt navn"}`) {
		t.Errorf("%d %s", lost.Status, lost.Body)
	}
	if got := s.browse(coordinatorEmail, http.MethodPost, mapPath(m.ID), url.Values{"title": {"Mitt navn"}, "text": {both + "mål: Til\n"}, "tag": {now.Tag}}.Encode(), nb...); got.Status != http.StatusSeeOther {
		t.Errorf("hers over theirs: %d", got.Status)
	}
	now = s.demoMap()
	versions, err := s.Benefits.MapVersions(t.Context(), s.person(coordinatorEmail).Actor(), m.ID)
	if err != nil || len(versions) != 4 {
		t.Fatal(len(versions), err)
	}
	first := versions[len(versions)-1]
	was := string(s.browse(coordinatorEmail, http.MethodGet, mapPath(m.ID)+"?version="+first.Tag, "", nb...).Body)
	has(t, "what it was", was, "tidligere utgave", "Gå tilbake til denne utgaven")
	hasNot(t, "what it was", was, "Hennes")
	if got := s.browse(coordinatorEmail, http.MethodPost, mapPath(m.ID)+"/revert", url.Values{"tag": {"OLD"}, "version": {first.Tag}}.Encode(), nb...); got.Status != http.StatusPreconditionFailed || !strings.Contains(string(got.Body), "Noen andre har endret kartet") {
		t.Errorf("%d", got.Status)
	}
	s.browse(coordinatorEmail, http.MethodPost, mapPath(m.ID)+"/revert", url.Values{"tag": {now.Tag}, "version": {first.Tag}}.Encode(), nb...)
	if back := s.demoMap(); benefits.WriteMap("nb", back.MapData) != text || back.Title != m.Title {
		t.Error(benefits.WriteMap("nb", back.MapData))
	}
}

// A map in the API: as boxes and as text, never both; a fault of a box is beside it.
func TestAMapInTheAPI(t *testing.T) {
	s := startServer(t)
	const path = apiBase + "/municipalities/3909/benefit-maps"
	var made v1Map
	s.call(coordinatorEmail, http.MethodPost, path, `{"title":"T","nodes":[{"id":"a","kind":"measure","text":"A"},{"id":"b","kind":"goal","text":"B"}],"edges":[{"from":"a","to":"b"}]}`, "Accept-Language", "en").into(t, &made)
	if made.Text != "measure: A\n\ngoal: B\n\nA -> B\n" || made.Municipality != org.MunicipalityID(larvik) || made.Tag == "" {
		t.Errorf("%+v", made)
	}
	for body, want := range map[string]string{
		`{"title":"T","text":"goal: X","nodes":[{"id":"a","kind":"goal","text":"A"}]}`:                                                       `"location":"body.text"`,
		`{"title":"T","text":"goal: X\nX -> X"}`:                                                                                             "Line 2:",
		`{"title":"T","nodes":[{"id":"a","kind":"goal","text":" "}]}`:                                                                        `"location":"body.nodes.a"`,
		`{"title":"T","nodes":[{"id":"a","kind":"goal","text":"A"},{"id":"b","kind":"measure","text":"B"}],"edges":[{"from":"a","to":"b"}]}`: "never back",
		`{"title":"T","nodes":[{"id":"a","kind":"effect","text":"A","benefit":"b-0000000000000000"}]}`:                                       "doesn’t have",
	} {
		got := s.call(coordinatorEmail, http.MethodPut, path+"/"+string(made.ID), body, "If-Match", strconv.Quote(made.Tag), "Accept-Language", "en")
		if got.Status != http.StatusUnprocessableEntity || !strings.Contains(string(got.Body), want) {
			t.Errorf("%s: %d %s", body, got.Status, got.Body)
		}
	}
	if got := s.call(coordinatorEmail, http.MethodPut, path+"/"+string(made.ID), `{"title":"T"}`); got.Status != http.StatusPreconditionRequired {
		t.Errorf("without a tag: %d", got.Status)
	}
	if got := s.call(coordinatorEmail, http.MethodGet, apiBase+"/municipalities/4001/benefit-maps/"+string(made.ID), ""); got.Status != http.StatusNotFound {
		t.Errorf("at another municipality: %d", got.Status)
	}
}

// A measure points to a step of the plan, chosen by its code in text or in the drawing: the page says how far it has come and leads to it, the files carry it, and
// when the step is removed from the plan the map says so and keeps where it pointed.
func TestAMapLeadsToStepsOfThePlan(t *testing.T) {
	s := startServer(t)
	nb := []string{"Cookie", languageCookie + "=nb"}
	me := s.person(coordinatorEmail).Actor()
	add := func(a org.Actor, what string) assessment.Step {
		t.Helper()
		step, _, err := s.Assessments.AddStep(t.Context(), a, assessment.AddStep{Municipality: a.Municipality(), Task: "henvise", Data: assessment.StepData{What: what}})
		if err != nil {
			t.Fatal(err)
		}
		return step
	}
	step := add(me, "Kjøpe sensorer til alle")
	foreign := add(org.Actor{Person: me.Person, Grants: []org.Grant{{Role: org.Coordinator, Municipality: "tokke", Region: "vestfold-telemark"}}}, "Noe i Tokke")
	form := url.Values{"title": {"Sensorer"}, "text": {"tiltak: Sensorer [" + string(foreign.ID) + "]"}, "edit": {"e-1"}}
	got := s.browse(coordinatorEmail, http.MethodPost, "/benefits/maps/new", form.Encode(), nb...)
	if got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a neighbour's step: %d", got.Status)
	}
	has(t, "a neighbour's step", string(got.Body), "«Sensorer» viser til et tiltak som ikke står i planen.", string(foreign.ID))
	hasNot(t, "a neighbour's step", string(got.Body), "Noe i Tokke")
	has(t, "what may be chosen", string(got.Body), "["+string(step.ID)+"]", "Kjøpe sensorer til alle")
	text := "tiltak: Sensorer [" + string(step.ID) + "]\n\nmål: Trygg natt\n\nSensorer -> Trygg natt\n"
	form.Set("text", text)
	if got = s.browse(coordinatorEmail, http.MethodPost, "/benefits/maps/new", form.Encode(), nb...); got.Status != http.StatusSeeOther {
		t.Fatalf("%d: %.500s", got.Status, got.Body)
	}
	path, _, _ := strings.Cut(got.Header.Get("Location"), "?")
	page := string(s.browse(contributorEmail, http.MethodGet, path, "", nb...).Body)
	status := s.Texts.For(locale.Bokmal).Within("step.status", step.Status)
	has(t, "the map", page, `href="`+stepPath(step.ID)+`"`, "I planen: Kjøpe sensorer til alle", status)
	has(t, "the drawing board", string(s.browse(coordinatorEmail, http.MethodGet, path+"?edit=map", "", nb...).Body), string(step.ID), "data-map-step", `"step":"`+string(step.ID)+`"`)
	has(t, "as a table", string(s.browse(contributorEmail, http.MethodGet, path+"/map.csv", "", nb...).Body), "Viser til", "I planen: Kjøpe sensorer til alle", status)
	has(t, "as a picture", string(s.browse(contributorEmail, http.MethodGet, path+"/map.svg", "", nb...).Body), status)
	if got := string(s.browse(contributorEmail, http.MethodGet, path+"/map.txt", "", nb...).Body); got != text {
		t.Errorf("%q became %q", text, got)
	}
	base := apiBase + "/municipalities/3909/benefit-maps"
	has(t, "the API", string(s.call(contributorEmail, http.MethodGet, base, "").Body), `"step":"`+string(step.ID)+`"`)
	if got := s.call(coordinatorEmail, http.MethodPost, base, `{"title":"Mål","nodes":[{"id":"a","kind":"goal","text":"Trygt","step":"`+string(step.ID)+`"}]}`); got.Status != http.StatusUnprocessableEntity || !strings.Contains(string(got.Body), "nodes.a") {
		t.Errorf("a goal in the plan: %d %s", got.Status, got.Body)
	}
	if _, err := s.Assessments.RemoveStep(t.Context(), me, step.ID, step.Tag); err != nil {
		t.Fatal(err)
	}
	page = string(s.browse(contributorEmail, http.MethodGet, path, "", nb...).Body)
	has(t, "removed from the plan", page, "Tiltaket er fjernet fra planen")
	hasNot(t, "removed from the plan", page, stepPath(step.ID))
	if got := string(s.browse(contributorEmail, http.MethodGet, path+"/map.txt", "", nb...).Body); got != text {
		t.Errorf("removed from the plan the text is %q", got)
	}
}

// A step's page names the maps that it stands in, while they stand; of its municipality alone.
func TestAStepNamesItsMaps(t *testing.T) {
	s := startServer(t)
	step, who := s.stepOf("Ta i bruk sensorer"), s.person(coordinatorEmail).Actor()
	hasNot(t, "in no map", s.read(contributorEmail, locale.Bokmal, stepPath(step.ID), http.StatusOK), s.text("map.with-step"))
	m, _, err := s.Benefits.AddMap(t.Context(), who, benefits.DrawMap{Municipality: larvik, Data: benefits.MapData{Title: "Trygge netter", Nodes: []benefits.MapNode{{ID: "a", Kind: benefits.MapMeasure, Text: "Sensorer", Step: step.ID}}}})
	if err != nil {
		t.Fatal(err)
	}
	has(t, "the step", s.read(contributorEmail, locale.Bokmal, stepPath(step.ID), http.StatusOK), s.text("map.with-step"), `<a href="`+mapPath(m.ID)+`">Trygge netter</a>`)
	if _, err = s.Benefits.RemoveMap(t.Context(), who, m.ID, m.Tag); err != nil {
		t.Fatal(err)
	}
	hasNot(t, "its map is removed", s.read(contributorEmail, locale.Bokmal, stepPath(step.ID), http.StatusOK), mapPath(m.ID))
}
