package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/demo"
	"helhet/internal/store"
	"helhet/org"
)

// The pages and files of the demo region's results.
const demoPath = "/regions/" + string(demo.Region)

var (
	resultPages = []string{
		demoPath, demoPath + "?by=task", demoPath + "/radar", demoPath + "/trend", demoPath + "/trend?area=support", demoPath + "/trend?task=henvise", demoPath + "/trend?dimension=ansvar",
	}
	resultFiles = []string{"heat-map.csv", "heat-map.svg", "heat-map.png", "radar.csv", "radar.svg", "radar.png", "trend.csv", "trend.svg", "trend.png"}
)

// inLanguage makes a browser's request in a language.
func (s *testServer) inLanguage(email, lang, path string) reply {
	s.t.Helper()
	req := s.request(http.MethodGet, path, "")
	if email != "" {
		req.AddCookie(s.session(email))
	}
	req.AddCookie(&http.Cookie{Name: languageCookie, Value: lang})
	return s.do(req)
}

func TestResultPagesInEveryLanguageForEveryone(t *testing.T) {
	s := startServer(t)
	corrected := s.rounds()[2]
	paths := append([]string{demoPath + "?round=" + string(corrected.ID), demoPath + "/radar?municipality=tokke&round=" + string(corrected.ID)}, resultPages...)
	for _, email := range []string{leadEmail, coordinatorEmail, contributorEmail, leaderEmail} {
		for _, lang := range []string{"nb", "nn", "en"} {
			for _, path := range paths {
				got := s.inLanguage(email, lang, path)
				page := string(got.Body)
				if got.Status != http.StatusOK || got.Header.Get("Content-Language") != lang {
					t.Fatalf("%s in %s for %s: %d %s", path, lang, email, got.Status, got.Header.Get("Content-Language"))
				}
				for _, never := range []string{"⟦", " style=", "%!", "{name}", "{of}"} {
					if strings.Contains(page, never) {
						t.Errorf("%s in %s for %s has %q", path, lang, email, never)
					}
				}
				for _, always := range []string{`<code>`, `class="hh-chart__sentence">`, ".png", ".svg", ".csv", `<table`} {
					if !strings.Contains(page, always) {
						t.Errorf("%s in %s for %s lacks %q", path, lang, email, always)
					}
				}
				if strings.Contains(path, string(corrected.ID)) && !strings.Contains(page, corrected.Publications[1].Reason) {
					t.Errorf("%s in %s does not say why it was corrected", path, lang)
				}
			}
		}
	}
}

func TestResultsAreForTheRegionOnly(t *testing.T) {
	s := startServer(t)
	paths := slices.Clone(resultPages)
	for _, file := range resultFiles {
		paths = append(paths, demoPath+"/charts/"+file)
	}
	for _, path := range paths {
		for email, want := range map[string]int{"": http.StatusSeeOther, outsiderEmail: http.StatusForbidden, outsideLeadEmail: http.StatusForbidden, adminEmail: http.StatusForbidden} {
			if got := s.browse(email, http.MethodGet, path, ""); got.Status != want {
				t.Errorf("%q gets %d at %s, want %d", email, got.Status, path, want)
			}
		}
	}
	if got := s.browse(coordinatorEmail, http.MethodGet, "/region?by=task", ""); got.Header.Get("Location") != demoPath+"?by=task" {
		t.Errorf("/region leads to %q", got.Header.Get("Location"))
	}
}

func TestBadQueriesOfResults(t *testing.T) {
	s := startServer(t)
	for path, want := range map[string]int{
		demoPath + "?round=nope":                              http.StatusNotFound,
		demoPath + "?round=" + string(s.openRound().ID):       http.StatusNotFound,
		demoPath + "?by=dimension":                            http.StatusBadRequest,
		demoPath + "/radar?municipality=oslo":                 http.StatusNotFound,
		demoPath + "/trend?municipality=oslo":                 http.StatusNotFound,
		demoPath + "/trend?area=nope":                         http.StatusNotFound,
		demoPath + "/trend?area=support&task=henvise":         http.StatusBadRequest,
		demoPath + "/trend?of=nope":                           http.StatusBadRequest,
		demoPath + "/trend?of=whole":                          http.StatusSeeOther,
		demoPath + "?page=nope":                               http.StatusOK,
		demoPath + "/charts/heat-map.pdf":                     http.StatusNotFound,
		demoPath + "/charts/pie.png":                          http.StatusNotFound,
		demoPath + "/charts/radar.png?municipality=oslo":      http.StatusNotFound,
		demoPath + "/charts/trend.csv?municipality=%F0%28%8C": http.StatusNotFound,
	} {
		if got := s.browse(leadEmail, http.MethodGet, path, ""); got.Status != want {
			t.Errorf("%s: %d, want %d", path, got.Status, want)
		}
	}
	got := s.browse(leadEmail, http.MethodGet, demoPath+"/trend?of=task/henvise&area=support&municipality=tokke", "")
	if want := demoPath + "/trend?municipality=tokke&task=henvise"; got.Header.Get("Location") != want {
		t.Errorf("the form leads to %q, want %q", got.Header.Get("Location"), want)
	}
}

// rowOf finds a municipality's cells in a CSV file.
func rowOf(t *testing.T, file []byte, name string) []string {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file, []byte("\uFEFF"))))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row[0] == name {
			return row[1:]
		}
	}
	return nil
}

// TestMissingIsNotZeroInTheTrend: Kviteseid missed a round and Fyresdal joined late; each is a gap in words, and no point of the live chart.
func TestMissingIsNotZeroInTheTrend(t *testing.T) {
	s := startServer(t)
	file := s.inLanguage(leadEmail, "nb", demoPath+"/charts/trend.csv")
	late, absent := rowOf(t, file.Body, "Fyresdal"), rowOf(t, file.Body, "Kviteseid")
	if len(late) != 5 || late[0] != "deltok ikke" || late[1] != "deltok ikke" || !strings.Contains(late[2], ",") {
		t.Errorf("Fyresdal: %q", late)
	}
	if len(absent) != 5 || absent[2] != "mangler" || !strings.Contains(absent[1], ",") {
		t.Errorf("Kviteseid: %q", absent)
	}
	page := s.inLanguage(leadEmail, "nb", demoPath+"/trend?municipality=kviteseid")
	options := regexp.MustCompile(`(?s)<script type="application/json" data-chart-options>(.*?)</script>`).FindSubmatch(page.Body)
	if options == nil || !json.Valid(options[1]) {
		t.Fatalf("the live chart's options are not JSON: %.200s", page.Body)
	}
	if !bytes.Contains(options[1], []byte(`"-"`)) {
		t.Error("the missing round is no gap in the live chart")
	}
	if !strings.Contains(string(page.Body), "Ett sted er linjen brutt") {
		t.Error("the sentence does not tell of the break")
	}
}

// TestTheTrendTellsThePublishedFigures: what the page says of Larvik is what was published of it, to the thousandth in the file.
func TestTheTrendTellsThePublishedFigures(t *testing.T) {
	s := startServer(t)
	lead := s.person(leadEmail).Actor()
	region, err := s.Regions.Get(t.Context(), demo.Region)
	if err != nil {
		t.Fatal(err)
	}
	got := rowOf(t, s.inLanguage(leadEmail, "nb", demoPath+"/charts/trend.csv").Body, "Larvik")
	published := s.rounds()[1:]
	slices.Reverse(published)
	for i, round := range published {
		part, err := s.Assessments.Part(t.Context(), lead, region, round.Publication(), "larvik")
		if err != nil {
			t.Fatal(err)
		}
		f := part.Figures()[assessment.Whole]
		if want := strings.Replace(f.Score.String(), ".", ",", 1); got[i] != want {
			t.Errorf("%s: %s, published %s", round.Name, got[i], want)
		}
	}
}

func TestChartFiles(t *testing.T) {
	s := startServer(t)
	for _, file := range resultFiles {
		path := demoPath + "/charts/" + file
		got := s.inLanguage(coordinatorEmail, "nb", path)
		if got.Status != http.StatusOK || got.Header.Get("ETag") == "" || !strings.Contains(got.Header.Get("Content-Disposition"), file) {
			t.Fatalf("%s: %d %v", file, got.Status, got.Header)
		}
		switch {
		case strings.HasSuffix(file, ".png"):
			if picture, err := png.Decode(bytes.NewReader(got.Body)); err != nil || picture.Bounds().Dx() < 800 {
				t.Errorf("%s: %v", file, err)
			}
		case strings.HasSuffix(file, ".svg"):
			if !bytes.Contains(got.Body, []byte("Syntetiske data")) || bytes.Contains(got.Body, []byte("style=")) {
				t.Errorf("%s lacks the synthetic mark, or has styles", file)
			}
		default:
			if !bytes.HasPrefix(got.Body, []byte("\uFEFF")) || !bytes.Contains(got.Body, []byte("Syntetiske data")) {
				t.Errorf("%s: %.200s", file, got.Body)
			}
		}
		again := s.request(http.MethodGet, path, "", "If-None-Match", got.Header.Get("ETag"))
		again.AddCookie(s.session(coordinatorEmail))
		again.AddCookie(&http.Cookie{Name: languageCookie, Value: "nb"})
		if got := s.do(again); got.Status != http.StatusNotModified || len(got.Body) > 0 {
			t.Errorf("%s again: %d", file, got.Status)
		}
		if english := s.inLanguage(coordinatorEmail, "en", path); english.Header.Get("ETag") == got.Header.Get("ETag") {
			t.Errorf("%s has one tag for two languages", file)
		}
	}
	own := s.inLanguage(coordinatorEmail, "nb", demoPath+"/charts/trend.svg")
	neighbour := s.inLanguage(neighbourEmail, "nb", demoPath+"/charts/trend.svg")
	if own.Header.Get("ETag") == neighbour.Header.Get("ETag") {
		t.Error("two municipalities get the same picture, though each sees its own line thick")
	}
}

// grown is a region made for a test: its people answer by number.
type grown struct {
	*testServer
	region  org.RegionID
	lead    org.Actor
	members []org.Member
	rounds  []assessment.Round
}

// leadAddress and peopleAddress are how those of a grown region are called.
const grownLead = "lead@grown.example"

func coordinatorOf(m org.MunicipalityID) string { return "coordinator." + string(m) + "@grown.example" }

// grow makes a region of municipalities that have gone through published rounds. Each answers every question of the first area with a
// level that follows from its place and the round.
func grow(t testing.TB, consents []org.Consent, rounds int) *grown {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s := startEmptyServer(t)
	g := &grown{testServer: s, region: "grown"}
	all := s.API.Register.All()
	for i, consent := range consents {
		g.members = append(g.members, org.Member{Municipality: all[i*len(all)/len(consents)].ID, Consent: consent})
	}
	ctx := t.Context()
	must(s.Regions.Create(ctx, org.Region{ID: g.region, Name: "Grown", Members: g.members}))
	must(s.People.Create(ctx, org.Person{ID: "p-lead", Name: "Lead", Email: grownLead, Grants: []org.Grant{{Role: org.RegionalLead, Region: g.region}}}))
	for _, m := range g.members {
		must(s.People.Create(ctx, org.Person{ID: org.PersonID("p-" + m.Municipality), Name: "Coordinator", Email: coordinatorOf(m.Municipality),
			Grants: []org.Grant{{Role: org.Coordinator, Municipality: m.Municipality, Region: g.region}}}))
	}
	g.lead = s.person(grownLead).Actor()
	for n := range rounds {
		g.round(t, s.API.Now().AddDate(0, 0, n-rounds))
	}
	must(s.Assessments.PrepareComparison(ctx, g.lead, g.region, nil))
	return g
}

// round takes one more round from its plan to its publication, on the questionnaire of the demo.
func (g *grown) round(t testing.TB, opens time.Time) {
	t.Helper()
	g.roundOn(t, g.Assessments, demo.Catalogue, opens)
}

// roundOn takes one on another. Who plans may be another service, which takes drafts too.
func (g *grown) roundOn(t testing.TB, planner *assessment.Service, on catalogue.Key, opens time.Time) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s, ctx, n := g.testServer, t.Context(), len(g.rounds)
	model, err := s.Assessments.Catalogue(on)
	must(err)
	round, err := planner.Plan(ctx, g.lead, assessment.Plan{Region: g.region, Name: fmt.Sprintf("Round %d", n+1), Catalogue: on,
		OpensAt: opens, ClosesAt: s.API.Now().Add(time.Hour)})
	must(err)
	_, err = s.Assessments.Open(ctx, g.lead, round.ID)
	must(err)
	for i, m := range g.members {
		actor := s.person(coordinatorOf(m.Municipality)).Actor()
		fill := assessment.Fill{Round: round.ID, Municipality: m.Municipality}
		level := model.Scale.Min + (i+n)%(model.Scale.Max-model.Scale.Min+1)
		for _, task := range model.Tasks() {
			for _, q := range task.Questions {
				fill.Answers = append(fill.Answers, assessment.FillAnswer{Question: q.Key, Value: assessment.Value{Level: &level}})
			}
		}
		_, err := s.Assessments.Fill(ctx, actor, fill)
		must(err)
		_, err = s.Assessments.HandIn(ctx, actor, round.ID, m.Municipality)
		must(err)
	}
	_, err = s.Assessments.Close(ctx, g.lead, round.ID)
	must(err)
	round, err = s.Assessments.Publish(ctx, g.lead, round.ID)
	must(err)
	g.rounds = append(g.rounds, round)
}

func same(consent org.Consent, n int) []org.Consent { return slices.Repeat([]org.Consent{consent}, n) }

func (g *grown) name(i int) string {
	m, _ := g.API.Register.Get(g.members[i].Municipality)
	return m.Name
}

// TestOnlyAggregatesHasNoName: a municipality that shares its figures only in aggregate stands under its name for its own people and the
// regional lead, and in no form for anybody else; nor can it be asked for.
func TestOnlyAggregatesHasNoName(t *testing.T) {
	consents := same(org.ByNameInRegion, 8)
	consents[3] = org.OnlyAggregates
	g := grow(t, consents, 1)
	base := "/regions/" + string(g.region)
	hidden, id := g.name(3), string(g.members[3].Municipality)
	views := []string{base, base + "?by=task", base + "/radar", base + "/trend", base + "/charts/heat-map.csv", base + "/charts/heat-map.svg", base + "/charts/trend.csv", base + "/charts/trend.svg"}
	for _, path := range views {
		other := g.inLanguage(coordinatorOf(g.members[0].Municipality), "nb", path)
		if other.Status != http.StatusOK || bytes.Contains(other.Body, []byte(hidden)) || bytes.Contains(other.Body, []byte(`"`+id+`"`)) {
			t.Errorf("%s (%d) names %s to its neighbour", path, other.Status, hidden)
		}
		if !strings.HasSuffix(path, ".csv") && !bytes.Contains(other.Body, []byte("ved navn for deg")) {
			t.Errorf("%s does not say that somebody is not shown", path)
		}
		for _, email := range []string{grownLead, coordinatorOf(g.members[3].Municipality)} {
			if got := g.inLanguage(email, "nb", path); !bytes.Contains(got.Body, []byte(hidden)) {
				t.Errorf("%s does not name %s to %s", path, hidden, email)
			}
		}
	}
	for _, path := range []string{base + "/radar?municipality=" + id, base + "/trend?municipality=" + id} {
		if got := g.inLanguage(coordinatorOf(g.members[0].Municipality), "nb", path); got.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.Status)
		}
	}
}

// TestFewMunicipalitiesAreWithheld: with three, each of them would learn of the two others from the median; their lead knows all anyway.
func TestFewMunicipalitiesAreWithheld(t *testing.T) {
	g := grow(t, same(org.ByNameInRegion, 3), 1)
	base := "/regions/" + string(g.region)
	for _, chart := range []string{"heat-map", "trend"} {
		for email, want := range map[string]bool{grownLead: true, coordinatorOf(g.members[0].Municipality): false} {
			median := rowOf(t, g.inLanguage(email, "nb", base+"/charts/"+chart+".csv").Body, "Median")
			if len(median) == 0 || (median[0] != "vises ikke: for få kommuner") != want {
				t.Errorf("%s for %s: median %q", chart, email, median)
			}
		}
	}
	file := g.inLanguage(grownLead, "nb", base+"/charts/trend.csv")
	if lower := rowOf(t, file.Body, "Nedre kvartil"); len(lower) != 1 || lower[0] != "vises ikke: for få kommuner" {
		t.Errorf("quartiles of three are shown: %q", lower)
	}
	page := g.inLanguage(coordinatorOf(g.members[0].Municipality), "nb", base+"/trend")
	if !bytes.Contains(page.Body, []byte("minst tre andre kommuner")) {
		t.Error("the page does not say why there is no median")
	}
}

// reads counts what a view costs the store, as a reader.
func (g *grown) reads(t *testing.T, email, path string) (calls, documents int64) {
	t.Helper()
	ctx, reads := store.WithReads(context.Background())
	req := httptest.NewRequest(http.MethodGet, path, nil).WithContext(ctx)
	req.AddCookie(g.session(email))
	w := httptest.NewRecorder()
	g.API.Handler().ServeHTTP(w, req)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %.200s", path, w.Code, w.Body)
	}
	return reads.Calls.Load(), reads.Documents.Load()
}

// TestResultsCostTheSameAtAnySize, and a page of many shows some at a time, the reader's own first.
func TestResultsCostTheSameAtAnySize(t *testing.T) {
	small, large := grow(t, same(org.ByNameInRegion, 8), 5), grow(t, same(org.ByNameInRegion, 30), 6)
	base := "/regions/" + string(small.region)
	paths := []string{base, base + "?by=task", base + "/radar", base + "/trend", base + "/trend?area=tjenesteforlop", base + "/trend?task=henvise"}
	for _, file := range resultFiles {
		if !strings.HasSuffix(file, ".png") { // painted from the same view as the others
			paths = append(paths, base+"/charts/"+file)
		}
	}
	for _, path := range paths {
		for _, who := range []func(*grown) string{
			func(*grown) string { return grownLead },
			func(g *grown) string { return coordinatorOf(g.members[len(g.members)-1].Municipality) },
		} {
			calls, documents := small.reads(t, who(small), path)
			manyCalls, manyDocuments := large.reads(t, who(large), path)
			if calls != manyCalls || documents != manyDocuments || calls == 0 {
				t.Errorf("%s: %d calls and %d documents for 8 × 5, %d and %d for 30 × 6", path, calls, documents, manyCalls, manyDocuments)
			}
		}
	}

	last := large.members[len(large.members)-1].Municipality
	own, _ := large.API.Register.Get(last)
	page := string(large.inLanguage(coordinatorOf(last), "nb", base).Body)
	rows := regexp.MustCompile(`<th scope="row"><a href="[^"]*">([^<]*)</a>`).FindAllStringSubmatch(page, -1)
	if len(rows) != shownAtOnce || rows[0][1] != own.Name {
		t.Fatalf("%d rows, the first of %v", len(rows), rows[0])
	}
	if !strings.Contains(page, "Kommune 1–24 av 29") || !strings.Contains(page, `rel="next"`) || strings.Contains(page, `rel="prev"`) {
		t.Error("the pager does not say where it is")
	}
	seen := map[string]bool{}
	for _, n := range []string{"1", "2"} {
		page := string(large.inLanguage(coordinatorOf(last), "nb", base+"?page="+n).Body)
		for _, row := range regexp.MustCompile(`<th scope="row"><a href="[^"]*">([^<]*)</a>`).FindAllStringSubmatch(page, -1) {
			seen[row[1]] = true
		}
	}
	names := map[string]bool{} // two municipalities may share a name
	for i := range large.members {
		names[large.name(i)] = true
	}
	if len(seen) != len(names) {
		t.Errorf("the pages show %d of %d municipalities", len(seen), len(names))
	}
	picked := string(large.inLanguage(coordinatorOf(last), "nb", base+"/trend?"+url.Values{"municipality": {large.name(7), string(large.members[9].Municipality)}}.Encode()).Body)
	if !strings.Contains(picked, `value="`+string(large.members[7].Municipality)+`" checked`) || !strings.Contains(picked, `value="`+string(large.members[9].Municipality)+`" checked`) {
		t.Error("municipalities asked for by name and by id are not both shown")
	}
}

// TestEmptyRegion: before the first publication the pages say what comes next.
func TestEmptyRegion(t *testing.T) {
	s := startServer(t)
	for _, view := range []string{"", "/radar", "/trend"} {
		path := "/regions/" + string(outsideRegion) + view
		if got := s.inLanguage(outsiderEmail, "nb", path); got.Status != http.StatusOK || !bytes.Contains(got.Body, []byte("Ingen resultater ennå")) {
			t.Errorf("%s: %d", path, got.Status)
		}
		if got := s.inLanguage(outsideLeadEmail, "en", path); !bytes.Contains(got.Body, []byte(`href="/rounds"`)) || bytes.Contains(got.Body, []byte("⟦")) {
			t.Errorf("%s does not lead the regional lead on", path)
		}
	}
	if got := s.browse(outsiderEmail, http.MethodGet, "/regions/"+string(outsideRegion)+"/charts/trend.png", ""); got.Status != http.StatusNotFound {
		t.Errorf("a picture of nothing: %d", got.Status)
	}
}
