package api

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
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

// A program's own reading of the answers: numbers stay as they were written.
type (
	readFigure struct {
		Score    json.Number
		Answered int
		Standing assessment.Standing
	}
	readSpread struct {
		Median, Q1, Q3 json.Number
		N              int
		Withheld       string
	}
	readResults struct {
		Publication    string
		Erratum        bool
		Withheld       int
		Next           string
		Spread         struct{ Whole readSpread }
		Municipalities []readMunicipality
	}
	readMunicipality struct {
		Municipality             org.MunicipalityID
		Whole                    readFigure
		Areas, Dimensions, Tasks map[string]readFigure
	}
	readTrend struct {
		Rounds []struct{ ID, Name, Publication string }
		Series []struct {
			Municipality org.MunicipalityID
			Name         string
			Values       []json.Number
			Standing     []assessment.Standing
		}
		Withheld       int
		Median, Q1, Q3 []json.Number
		N              []int
	}
)

func read[T any](t testing.TB, got reply) T {
	t.Helper()
	var v T
	if got.Status >= 300 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	if err := json.Unmarshal(got.Body, &v); err != nil {
		t.Fatalf("%v in %.300s", err, got.Body)
	}
	return v
}

// written is how a published score must stand in JSON.
func written(s assessment.PublishedScore) json.Number {
	if s.Score < 0 || s.Answered*2 < s.Applicable {
		return ""
	}
	text := fmt.Sprintf("%d.%03d", s.Score/1000, s.Score%1000)
	return json.Number(strings.TrimSuffix(strings.TrimRight(text, "0"), "."))
}

// TestResultsAreThePublication: every figure of the results is the one in the published part, and pages make the whole list.
func TestResultsAreThePublication(t *testing.T) {
	s := startServer(t)
	round := s.lastPublished()
	region, err := s.Regions.Get(t.Context(), demo.Region)
	if err != nil {
		t.Fatal(err)
	}
	path := apiBase + "/rounds/" + string(round.ID) + "/results"
	whole := read[readResults](t, s.call(leadEmail, http.MethodGet, path+"?limit=100", ""))
	if len(whole.Municipalities) != len(round.Participants) || whole.Publication != string(round.Publication()) || whole.Next != "" {
		t.Errorf("%d municipalities of %s", len(whole.Municipalities), whole.Publication)
	}
	compared := 0
	for _, m := range whole.Municipalities {
		part, err := s.Assessments.Part(t.Context(), s.person(leadEmail).Actor(), region, round.Publication(), m.Municipality)
		if err != nil {
			t.Fatal(err)
		}
		for _, published := range part.Scores {
			kind, key, _ := strings.Cut(string(published.Selection), "/")
			got := map[string]readFigure{"whole": m.Whole, "area": m.Areas[key], "dimension": m.Dimensions[key], "task": m.Tasks[key]}[kind]
			if got.Score != written(published) || got.Answered != published.Answered {
				t.Errorf("%s %s: %v, published %v", m.Municipality, published.Selection, got, published)
			}
			compared++
		}
	}
	if compared < 8*30 {
		t.Errorf("only %d figures were compared", compared)
	}
	var paged []org.MunicipalityID
	after := ""
	for {
		page := read[readResults](t, s.call(leadEmail, http.MethodGet, path+"?limit=3&after="+after, ""))
		for _, m := range page.Municipalities {
			paged = append(paged, m.Municipality)
		}
		if page.Spread.Whole != whole.Spread.Whole {
			t.Error("the spread differs by page")
		}
		if after = page.Next; after == "" {
			break
		}
	}
	for i, m := range whole.Municipalities {
		if paged[i] != m.Municipality {
			t.Errorf("page by page: %v", paged)
			break
		}
	}
}

// TestTrendHasTheShapePromised: the fields, one entry per round, gaps as null, and levels exactly as published.
func TestTrendHasTheShapePromised(t *testing.T) {
	s := startServer(t)
	got := s.call(leaderEmail, http.MethodGet, apiBase+"/regions/vestfold-telemark/trend", "")
	trend := read[readTrend](t, got)
	if len(trend.Rounds) != 5 || len(trend.Series) != 8 || len(trend.Median) != 5 || len(trend.Q1) != 5 || len(trend.Q3) != 5 || len(trend.N) != 5 {
		t.Fatalf("%s", got.Body)
	}
	rounds := s.rounds()
	nulls := 0
	for i, r := range trend.Rounds {
		if want := rounds[len(rounds)-1-i]; r.ID != string(want.ID) || r.Name != want.Name || r.Publication != string(want.Publication()) {
			t.Errorf("round %d is %+v", i, r)
		}
		results := read[readResults](t, s.call(leadEmail, http.MethodGet, apiBase+"/rounds/"+r.ID+"/results?limit=100", ""))
		for _, series := range trend.Series {
			if len(series.Values) != 5 || len(series.Standing) != 5 {
				t.Fatalf("%+v", series)
			}
			if series.Values[i] == "" {
				nulls++
			}
			row := slices.IndexFunc(results.Municipalities, func(m readMunicipality) bool {
				return m.Municipality == series.Municipality
			})
			if row < 0 {
				if series.Values[i] != "" {
					t.Errorf("%s took no part in %s and has %s", series.Name, r.ID, series.Values[i])
				}
				continue
			}
			if figure := results.Municipalities[row].Whole; figure.Standing == assessment.Comparable && figure.Score != series.Values[i] || figure.Standing != series.Standing[i] {
				t.Errorf("%s in %s: trend %s %s, results %+v", series.Name, r.ID, series.Values[i], series.Standing[i], figure)
			}
		}
	}
	if nulls != 3 { // the late joiner's first two rounds, and the one that was not handed in
		t.Errorf("%d gaps", nulls)
	}
	chosen := read[readTrend](t, s.call(leaderEmail, http.MethodGet, apiBase+"/regions/vestfold-telemark/trend?municipality=3909&municipality=tokke&dimension=ansvar", ""))
	if len(chosen.Series) != 2 || chosen.Series[0].Municipality != "larvik" || chosen.Series[1].Municipality != "tokke" || chosen.N[4] != 8 {
		t.Errorf("two chosen: %+v", chosen)
	}
}

// TestTrendIsOnlyOfWhatCompares: a figure that is shown elsewhere, but may not be compared, is a gap in the line.
func TestTrendIsOnlyOfWhatCompares(t *testing.T) {
	cell := func(score, answered, applicable uint16) []byte {
		return binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, score), answered), applicable)
	}
	trend := &assessment.Trend{
		Region: "r", Selection: assessment.Whole, Rounds: []assessment.TrendRound{{ID: "a"}, {ID: "b"}, {ID: "c"}}, Municipalities: []assessment.Participant{{Municipality: "larvik"}},
		Grid:    assessment.Grid{Columns: 3, Cells: slices.Concat(cell(2417, 4, 4), cell(3000, 3, 4), cell(0, 4, 4))},
		Present: []byte{2, 2, 2},
	}
	if err := json.Unmarshal([]byte(`[{},{},{}]`), &trend.Spreads); err != nil {
		t.Fatal(err)
	}
	got := trendOf(org.Actor{}, trend, func(org.MunicipalityID) bool { return true }, nil).Series[0]
	if !slices.Equal(got.Values, []v1Mean{2417, noMean, 0}) || !slices.Equal(got.Standing, []assessment.Standing{assessment.Comparable, assessment.NotCompared, assessment.Comparable}) {
		t.Errorf("%+v", got)
	}
}

// TestConsent: whoever agreed to aggregates only stands by name for the own people and the regional lead, and is counted for the rest.
func TestConsent(t *testing.T) {
	s := startServer(t)
	region, err := s.Regions.Get(t.Context(), demo.Region)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range region.Members {
		if m.Municipality == "larvik" {
			region.Members[i].Consent = org.OnlyAggregates
		}
	}
	lead := s.person(leadEmail).Actor()
	trend, err := s.Assessments.Trend(t.Context(), lead, demo.Region, assessment.Whole)
	if err != nil {
		t.Fatal(err)
	}
	results, err := s.Assessments.Results(t.Context(), lead, s.lastPublished().Publication())
	if err != nil {
		t.Fatal(err)
	}
	for email, sees := range map[string]bool{leadEmail: true, leaderEmail: true, neighbourEmail: false} {
		actor := s.person(email).Actor()
		named := namedFor(actor, region)
		got := trendOf(actor, trend, named, nil)
		if (len(got.Series) == 8) != sees || (got.Withheld == 0) != sees {
			t.Errorf("%s sees %d lines, %d withheld", email, len(got.Series), got.Withheld)
		}
		var page v1Results
		if err := page.fill(results, named, 100, ""); err != nil {
			t.Fatal(err)
		}
		if (len(page.Municipalities) == 8) != sees || (page.Withheld == 0) != sees {
			t.Errorf("%s sees %d municipalities, %d withheld", email, len(page.Municipalities), page.Withheld)
		}
		if _, err := s.API.linesAsked(trend, named, []string{"larvik"}); (err == nil) != sees {
			t.Errorf("%s asks for Larvik's line: %v", email, err)
		}
	}
	left := org.Region{ID: demo.Region}
	if namedFor(s.person(neighbourEmail).Actor(), left)("larvik") {
		t.Error("who has left the region stands by name")
	}
}

// TestFewAreWithheld follows the rules of org.MayShowMedian and org.MayShowQuartiles.
func TestFewAreWithheld(t *testing.T) {
	for _, row := range []struct {
		behind   org.Sample
		withheld string
	}{
		{org.Sample{N: 2}, "median"}, {org.Sample{N: 3, Own: 1}, "median"}, {org.Sample{N: 8, Unnamed: 2}, "median"},
		{org.Sample{N: 6}, "quartiles"}, {org.Sample{N: 6, Unnamed: 6}, "quartiles"}, {org.Sample{N: 7, Own: 1}, ""}, {org.Sample{N: 8, Own: 1, Unnamed: 3}, ""},
	} {
		got := spreadOf(assessment.Spread{Median: 2000, Q1: 1000, Q3: 3000, N: row.behind.N}, row.behind)
		want := v1Spread{Median: 2000, Q1: 1000, Q3: 3000, N: row.behind.N, Withheld: row.withheld}
		if row.withheld != "" {
			want.Q1, want.Q3 = noMean, noMean
		}
		if row.withheld == "median" {
			want.Median = noMean
		}
		if got != want {
			t.Errorf("%+v: %+v", row.behind, got)
		}
	}
}

// TestReadCost: what a results answer costs the store is equal for a small region and for a large one with more rounds.
func TestReadCost(t *testing.T) {
	type cost struct{ calls, documents int64 }
	costs := map[string]map[string]cost{}
	for _, size := range []struct{ municipalities, rounds int }{{8, 2}, {40, 4}} {
		s := startEmptyServer(t)
		round := s.fillRegion(size.municipalities, size.rounds)
		for name, path := range map[string]string{
			"results": "/rounds/" + string(round) + "/results?limit=8", "trend": "/regions/big/trend?task=henvise", "lines": "/regions/big/trend?municipality=" + string(s.API.Register.All()[0].ID),
			"rounds": "/rounds?limit=2", "round": "/rounds/" + string(round), "region": "/regions/big",
		} {
			req := httptest.NewRequest(http.MethodGet, apiBase+path, nil)
			req.Header.Set("Authorization", "Bearer "+s.token(leadEmail))
			ctx, reads := store.WithReads(req.Context())
			got := httptest.NewRecorder()
			s.API.Handler().ServeHTTP(got, req.WithContext(ctx))
			if got.Code != http.StatusOK {
				t.Fatalf("%s: %d %s", path, got.Code, got.Body)
			}
			if costs[name] == nil {
				costs[name] = map[string]cost{}
			}
			costs[name][fmt.Sprint(size)] = cost{reads.Calls.Load(), reads.Documents.Load()}
		}
	}
	for name, bySize := range costs {
		small, large := bySize["{8 2}"], bySize["{40 4}"]
		if small != large || small.calls == 0 {
			t.Errorf("%s costs %+v small and %+v large", name, small, large)
		}
	}
}

// fillRegion makes a region "big" with published rounds in which everyone has answered one task, and leadEmail as its lead. It gives
// the last round.
func (s *testServer) fillRegion(municipalities, rounds int) assessment.RoundID {
	s.t.Helper()
	ctx := s.t.Context()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	region := org.Region{ID: "big", Name: "Big"}
	for _, m := range s.API.Register.All()[:municipalities] {
		region.Members = append(region.Members, org.Member{Municipality: m.ID, Consent: org.ByNameInRegion})
	}
	must(s.Regions.Create(ctx, region))
	must(s.People.Create(ctx, org.Person{ID: "p-lead", Name: "Lead", Email: leadEmail, Grants: []org.Grant{{Role: org.RegionalLead, Region: "big"}}}))
	lead := s.person(leadEmail).Actor()
	c, err := s.Assessments.Catalogue(demo.Catalogue)
	must(err)
	var last assessment.RoundID
	for n := range rounds {
		opens := demoNow.AddDate(0, 6*n, 0)
		r, err := s.Assessments.Plan(ctx, lead, assessment.Plan{Region: "big", Name: fmt.Sprint("Round ", n), Catalogue: demo.Catalogue, Tasks: []catalogue.TaskKey{"henvise"},
			OpensAt: opens, ClosesAt: opens.Add(24 * time.Hour)})
		must(err)
		last = r.ID
		_, err = s.Assessments.Open(ctx, lead, last)
		must(err)
		for i, m := range region.Members {
			coordinator := org.Actor{Person: "p-x", Grants: []org.Grant{{Role: org.Coordinator, Municipality: m.Municipality, Region: "big"}}}
			fill := assessment.Fill{Round: last, Municipality: m.Municipality}
			for _, q := range c.Task("henvise").Questions {
				level := (i + n) % 6
				fill.Answers = append(fill.Answers, assessment.FillAnswer{Question: q.Key, Value: assessment.Value{Level: &level}})
			}
			_, err := s.Assessments.Fill(ctx, coordinator, fill)
			must(err)
			_, err = s.Assessments.HandIn(ctx, coordinator, last, m.Municipality)
			must(err)
		}
		_, err = s.Assessments.Close(ctx, lead, last)
		must(err)
		_, err = s.Assessments.Publish(ctx, lead, last)
		must(err)
	}
	must(s.Assessments.PrepareComparison(ctx, lead, "big", nil))
	return last
}
