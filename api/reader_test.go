package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/demo"
	"helhet/internal/locale"
	"helhet/org"
)

// Who stands by name nationally in the demo region, and who does not.
var (
	shownToReader  = []string{"Drangedal", "Larvik", "Porsgrunn", "Sandefjord"}
	hiddenToReader = []string{"Fyresdal", "Kviteseid", "Seljord", "Tokke"}
)

// agrees sets a municipality's consent as its own leader or coordinator does.
func (s *testServer) agrees(region org.RegionID, m org.MunicipalityID, consent org.Consent) {
	s.t.Helper()
	found, err := s.Regions.Get(s.t.Context(), region)
	if err != nil {
		s.t.Fatal(err)
	}
	member, _ := found.Member(m)
	own := org.Actor{Person: "p-own", Grants: []org.Grant{{Role: org.Coordinator, Municipality: m, Region: region}}}
	if err := s.Regions.SetConsent(s.t.Context(), own, region, m, member.Consent, consent, s.API.Now()); err != nil {
		s.t.Fatal(err)
	}
}

// TestNationalReader: she chooses among the regions, and sees of each what consent allows, in every view and form.
func TestNationalReader(t *testing.T) {
	s := startServer(t)
	if got := s.browse(readerEmail, http.MethodGet, "/region", ""); got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/regions" {
		t.Errorf("her own region: %d to %q", got.Status, got.Header.Get("Location"))
	}
	has(t, "the first page", s.read(readerEmail, locale.Bokmal, "/", http.StatusOK), `href="`+demoPath+`"`, `href="/regions" aria-current="page"`)
	page := s.read(readerEmail, locale.Bokmal, "/regions", http.StatusOK)
	has(t, "the list", page, demo.RegionName, demoPath, s.lastPublished().Name, s.text("regions.named", "n", 4, "of", 8), s.text("regions.none"), s.text("role.national-reader"))
	hasNot(t, "the list", page, s.openRound().Name, `href="/rounds"`, `href="/hand-in"`, `href="/people"`)

	corrected := string(s.rounds()[2].ID)
	paths := append([]string{demoPath + "?round=" + corrected, demoPath + "/radar?municipality=larvik&round=" + corrected}, resultPages...)
	for _, file := range resultFiles {
		paths = append(paths, demoPath+"/charts/"+file)
	}
	for _, path := range append(paths, apiBase+demoPath+"/trend", apiBase+demoPath+"/trend?task=henvise", apiBase+"/rounds/"+corrected+"/results", apiBase+"/rounds/"+string(s.lastPublished().ID)+"/results") {
		for _, lang := range []string{"nb", "nn", "en"} {
			if strings.HasSuffix(path, ".png") && lang != "nb" {
				continue // a test can't read what is drawn: the names are looked for in the SVG
			}
			// Whoever may see more was there first: she gets nothing that was kept for them.
			whole, got := string(s.inLanguage(leadEmail, lang, path).Body), s.inLanguage(readerEmail, lang, path)
			body := string(got.Body)
			if got.Status != http.StatusOK {
				t.Fatalf("%s: %d %.300s", path, got.Status, body)
			}
			hasNot(t, path, body, append([]string{"⟦", "kviteseid", "seljord", "tokke", "fyresdal"}, hiddenToReader...)...)
			if strings.HasSuffix(path, ".png") || strings.Contains(path, "/radar") {
				continue
			}
			has(t, path+" for the lead", whole, hiddenToReader[3])
			has(t, path, body, shownToReader...)
		}
	}
	publication := s.call(readerEmail, http.MethodGet, apiBase+"/publications/"+string(s.lastPublished().Publication()), "")
	var told v1Publication
	publication.into(t, &told)
	if len(told.Parts)+len(told.Missing) != 4 || told.Withheld != 4 {
		t.Errorf("the publication names %v and %v, withholds %d", told.Parts, told.Missing, told.Withheld)
	}
	var listed v1Regions
	s.call(readerEmail, http.MethodGet, apiBase+"/regions?limit=1", "").into(t, &listed)
	if len(listed.Regions) != 1 || listed.Next == "" || listed.Regions[0].Latest != nil { // Oslo comes first and has none
		t.Errorf("%+v", listed)
	}
	next := listed.Next
	listed = v1Regions{}
	s.call(readerEmail, http.MethodGet, apiBase+"/regions?limit=1&after="+next, "").into(t, &listed)
	if len(listed.Regions) != 1 || listed.Next != "" || listed.Regions[0].Latest.ID != s.lastPublished().ID {
		t.Errorf("%+v", listed)
	}

	round := string(s.openRound().ID)
	for _, path := range []string{"/tasks/henvise", "/tasks/henvise?round=" + round, "/hand-in", "/hand-in?round=" + round, "/rounds/" + round, "/rounds/" + corrected,
		"/people", "/audit", "/runs", "/municipality", "/rounds/new"} {
		if got := s.browse(readerEmail, http.MethodGet, path, ""); got.Status != http.StatusForbidden {
			t.Errorf("%s: %d", path, got.Status)
		}
	}
	if got := s.browse(readerEmail, http.MethodGet, demoPath+"?round="+round, ""); got.Status != http.StatusNotFound {
		t.Errorf("an open round's results: %d", got.Status)
	}
	for _, email := range []string{leadEmail, coordinatorEmail, adminEmail} {
		if got := s.browse(email, http.MethodGet, "/regions", ""); got.Status != http.StatusForbidden {
			t.Errorf("the list of regions for %s: %d", email, got.Status)
		}
	}
	if got := s.browse(readerEmail, http.MethodGet, "/regions/"+string(outsideRegion), ""); got.Status != http.StatusOK {
		t.Errorf("a region without results: %d", got.Status)
	}
}

// Where nobody stands by name a page says so, and shows what it may.
func TestNationalReaderWhereNobodyStandsByName(t *testing.T) {
	g := grow(t, same(org.ByNameInRegion, 8), 1)
	if err := g.People.Create(t.Context(), org.Person{ID: "p-reader", Name: "Reader", Email: readerEmail, Grants: []org.Grant{{Role: org.NationalReader}}}); err != nil {
		t.Fatal(err)
	}
	base := "/regions/" + string(g.region)
	for _, lang := range []locale.Lang{locale.Bokmal, locale.Nynorsk, locale.English} {
		text := g.Texts.For(lang)
		for path, says := range map[string]string{"": "region.nobody", "?by=task": "region.nobody", "/radar": "region.radar.nobody", "/trend": "region.nobody"} {
			page := g.read(readerEmail, lang, base+path, http.StatusOK)
			has(t, path, page, text.T(says))
			if path != "/radar" {
				has(t, path, page, text.T("region.hidden", "n", 8), text.Score(1500)) // the median of eight unnamed
			}
			for i := range g.members {
				hasNot(t, path, page, ">"+g.name(i)+"<")
			}
		}
	}
	for _, file := range resultFiles {
		if got := g.browse(readerEmail, http.MethodGet, base+"/charts/"+file, ""); got.Status != http.StatusOK {
			t.Errorf("%s: %d", file, got.Status)
		}
	}
}

// TestOneOrTwoUnnamedCannotBeWorkedOut: beside municipalities that stand by name, a median over one or two that don't would tell their
// figures; it is withheld in every view and form, for whoever does not know them, per round and part of the model.
func TestOneOrTwoUnnamedCannotBeWorkedOut(t *testing.T) {
	g := grow(t, same(org.ByNameInRegion, 8), 2)
	neighbour := coordinatorOf(g.members[0].Municipality)
	base, round := "/regions/"+string(g.region), string(g.rounds[1].ID)
	withheld, coverage := g.text("region.why.withheld"), g.text("region.facts.coverage", "share", g.Texts.For(locale.Bokmal).Percent(1000, 1000))
	model, err := g.Assessments.Catalogue(demo.Catalogue)
	if err != nil {
		t.Fatal(err)
	}
	// shows tells whether every view has the median for a reader, and fails where they differ.
	shows := func(email string) bool {
		t.Helper()
		var seen []bool
		for _, file := range []string{"heat-map.csv", "heat-map.csv?by=task", "radar.csv", "trend.csv", "trend.csv?task=henvise", "trend.csv?dimension=ansvar"} {
			body := g.inLanguage(email, "nb", base+"/charts/"+file).Body
			column := rowOf(t, body, "Median")
			if file == "radar.csv" {
				for _, area := range model.Areas {
					column = append(column, rowOf(t, body, model.In("nb").Areas[area.Key].Name)[1])
				}
			}
			if len(column) == 0 {
				t.Fatalf("%s has no median: %s", file, body)
			}
			for _, cell := range column {
				seen = append(seen, cell != withheld)
			}
		}
		results := string(g.call(email, http.MethodGet, apiBase+"/rounds/"+round+"/results", "").Body)
		seen = append(seen, !strings.Contains(results, `"withheld":"median"`), strings.Contains(results, `"whole":{"median":2,"q1":1,"q3":3.25,"n":8}`))
		page := g.read(email, locale.Bokmal, base, http.StatusOK)
		seen = append(seen, strings.Contains(page, coverage), !strings.Contains(page, withheld))
		page = g.read(email, locale.Bokmal, base+"/trend", http.StatusOK)
		seen = append(seen, strings.Contains(page, coverage), !strings.Contains(page, g.text("region.withheld.median")))
		trend := string(g.call(email, http.MethodGet, apiBase+base+"/trend?area=support", "").Body)
		seen = append(seen, !strings.Contains(trend, `"median":[null,null],"q1":[null,null]`))
		if slices.Contains(seen, !seen[0]) {
			t.Errorf("%s: some views show a median and some withhold it: %v", email, seen)
		}
		return seen[0]
	}
	if !shows(neighbour) {
		t.Error("withheld although all stand by name")
	}
	for n, want := range []bool{false, false, true} {
		g.agrees(g.region, g.members[3+n].Municipality, org.OnlyAggregates)
		if got := shows(neighbour); got != want {
			t.Errorf("%d unnamed: the neighbour sees the median: %t", n+1, got)
		}
		if !shows(grownLead) {
			t.Errorf("%d unnamed: it is withheld from the lead, who sees them by name", n+1)
		}
		// To one of them it is one less, for she knows herself.
		if got := shows(coordinatorOf(g.members[3].Municipality)); got != (n == 0) {
			t.Errorf("%d unnamed: one of them sees the median: %t", n+1, got)
		}
	}
	g.agrees(g.region, g.members[4].Municipality, org.ByNameInRegion)
	if shows(neighbour) {
		t.Error("two unnamed again, and the median is kept")
	}
}

// In the demo region four stand unnamed to the national reader. Where one of them handed nothing in, three are left; with another by name,
// that round alone is withheld.
func TestUnnamedAreCountedPerRound(t *testing.T) {
	s := startServer(t)
	median := func() []v1Mean {
		t.Helper()
		var told struct {
			Median []*float64 `json:"median"`
		}
		got := s.call(readerEmail, http.MethodGet, apiBase+demoPath+"/trend", "")
		if err := json.Unmarshal(got.Body, &told); err != nil {
			t.Fatal(err)
		}
		var all []v1Mean
		for _, m := range told.Median {
			if m == nil {
				all = append(all, noMean)
			} else {
				all = append(all, v1Mean(*m*1000))
			}
		}
		return all
	}
	if slices.Contains(median(), noMean) {
		t.Errorf("withheld although three or more are unnamed: %v", median())
	}
	s.agrees(demo.Region, "seljord", org.ByNameNational)
	rounds := s.rounds()
	oldest, absent := median(), 2 // Kviteseid handed nothing in, Fyresdal joined then
	if len(oldest) != len(rounds)-1 {
		t.Fatalf("%d rounds", len(oldest))
	}
	for i, m := range oldest {
		// Unnamed: Kviteseid and Tokke before Fyresdal came, Tokke and Fyresdal without Kviteseid, all three later.
		if withheld := m == noMean; withheld != (i <= absent) {
			t.Errorf("round %d: withheld %t", i, withheld)
		}
	}
}

// insightOf counts rows of several municipalities as own.
func TestInsight(t *testing.T) {
	all := []assessment.Participant{{Municipality: "larvik"}, {Municipality: "tokke"}, {Municipality: "seljord"}}
	a := org.Actor{Grants: []org.Grant{{Role: org.Leader, Municipality: "seljord", Region: "r"}, {Role: org.Contributor, Municipality: "larvik", Region: "r"}}}
	in := insightOf(a, func(m org.MunicipalityID) bool { return m != "tokke" }, all)
	if !slices.Equal(in.own, []int{0, 2}) || !slices.Equal(in.unnamed, []int{1}) {
		t.Errorf("%+v", in)
	}
}
