package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/locale"
	"helhet/internal/store"
)

// measure adds what a benefit of Larvik was measured at.
func (s *testServer) measure(b benefits.Benefit, on benefits.Day, value, low, high benefits.Number, people int) {
	s.t.Helper()
	_, err := s.Benefits.Measure(s.t.Context(), s.person(coordinatorEmail).Actor(), benefits.Measure{Benefit: b.ID, Data: benefits.Measured{Figures: benefits.Figures{To: on, Value: value, Low: low, High: high, People: people}}})
	if err != nil {
		s.t.Fatal(err)
	}
}

// file reads a chart's file in bokmål.
func (s *testServer) file(email, path string, status int) string {
	s.t.Helper()
	got := s.browse(email, http.MethodGet, path, "", "Cookie", languageCookie+"=nb")
	if got.Status != status {
		s.t.Fatalf("%s: %d, want %d: %.300s", path, got.Status, status, got.Body)
	}
	return string(got.Body)
}

// ago is a day so many days before today.
func (s *testServer) ago(days int) benefits.Day {
	return benefits.Day(s.clock().AddDate(0, 0, -days).Format("2006-01-02"))
}

// A benefit's page has its course: sentence, picture and table say the same, what makes the figures doubtful stands with it, and the files have it all.
func TestABenefitsPageHasItsCourse(t *testing.T) {
	s := startServer(t)
	d := s.driving("Kortere ruter", 250)
	d.Baseline.Date = s.ago(100) // measured when it had effect already
	b := s.addBenefit(d, coordinatorEmail, benefits.Planned, benefits.Measuring)
	s.measure(b, s.ago(20), "32", "30.5", "34", 3)
	path := benefitPath(b.ID)
	page := s.read(coordinatorEmail, locale.Bokmal, path, http.StatusOK)
	last := dayShown(s.Texts.For(locale.Bokmal), s.ago(20))
	has(t, "the page", page, "data-chart-options", s.text("chart.benefit.title", "title", "Kortere ruter"), s.text("benefit.direction.less"),
		s.text("chart.benefit.measured.between", "value", "32 timer", "date", last, "low", "30,5 timer", "high", "34 timer"),
		s.text("chart.benefit.few", "n", 1, "min", 5), s.text("chart.benefit.missed", "n", 1), s.text("benefit.warning.baseline-late"), path+"/charts/course.svg")
	csv := s.file(coordinatorEmail, path+"/charts/course.csv", http.StatusOK)
	has(t, "the file", csv, "Målt, Timer per uke", ";32;30,5;34", s.text("chart.why.not-measured"), "Gevinstene i Larvik")
	picture := s.file(coordinatorEmail, path+"/charts/course.svg", http.StatusOK)
	has(t, "the picture", picture, s.text("benefit.direction.less"), s.text("chart.today"), s.text("benefit.warning.baseline-late"), s.text("layout.demo.name"))
	for _, wrong := range []string{"/charts/course.pdf", "/charts/trend.csv", "/charts/course"} {
		s.file(coordinatorEmail, path+wrong, http.StatusNotFound)
	}
	bare := s.addBenefit(benefits.Data{Title: "En idé", Type: benefits.SavedTime}, "")
	hasNot(t, "an idea", s.read(coordinatorEmail, locale.Bokmal, benefitPath(bare.ID), http.StatusOK), "data-chart-options")
	s.file(coordinatorEmail, benefitPath(bare.ID)+"/charts/course.csv", http.StatusNotFound)
}

// The portfolio counts the municipality's benefits, says how many are measured, and how gains are used by how many.
func TestThePortfolio(t *testing.T) {
	s := startServer(t)
	before, err := s.Benefits.All(t.Context(), s.person(coordinatorEmail).Actor(), larvik)
	if err != nil {
		t.Fatal(err)
	}
	before = slices.DeleteFunc(before, func(b benefits.Benefit) bool { return b.Unexpected() }) // in what was measured, and among no benefits
	d := s.driving("Kortere ruter", 250)
	d.Tasks, d.Disposition = []catalogue.TaskKey{"lager"}, benefits.Disposition{BudgetCut: 25, Quality: 75}
	b := s.addBenefit(d, coordinatorEmail, benefits.Planned, benefits.Measuring)
	s.measure(b, s.ago(20), "32", "", "", 30)
	for _, who := range []string{"contributor.3909@example.org", coordinatorEmail, "leader.3909@example.org"} {
		page := s.read(who, locale.Bokmal, "/benefits/portfolio?indicator=driving-hours", http.StatusOK)
		has(t, who, page, s.text("portfolio.counted", "n", len(before)+1, "list", "Spart tid 6; Unngåtte kostnader 2; Økt kvalitet 1"),
			s.text("portfolio.use.sentence", "n", 1, "of", 6, "cut", "25 %", "capacity", "0 %", "quality", "75 %", "other", "0 %"), s.text("portfolio.use.mean"),
			"Medregnet i det målte er én uventet virkning: \u22122 timer.", s.text("portfolio.development.unexpected"), s.text("portfolio.development.how"), s.text("portfolio.not-added"), "Support, lager og utstyr")
	}
	has(t, "the task's card, where an effect that nobody had planned is too", s.read(coordinatorEmail, locale.Nynorsk, "/", http.StatusOK), "6 timar betre (medrekna éin uventa verknad: \u22122 timar)")
	csv := s.file(coordinatorEmail, "/benefits/portfolio/charts/types.csv", http.StatusOK)
	has(t, "the types", csv, "Spart tid;1;1;4;0;0;0;0;6", "Kilde;Gevinstene i Larvik")
	has(t, "the areas", s.file(coordinatorEmail, "/benefits/portfolio/charts/areas.csv", http.StatusOK), s.text("portfolio.no-task"))
	has(t, "the tasks", s.file(coordinatorEmail, "/benefits/portfolio/charts/tasks.csv", http.StatusOK), "Drifte utstyrslager")
	has(t, "the uses", s.file(coordinatorEmail, "/benefits/portfolio/charts/use.csv", http.StatusOK), "Spart tid;25;0;75;0;1 av 5")
	has(t, "the development", s.file(coordinatorEmail, "/benefits/portfolio/charts/development.csv?indicator=driving-hours", http.StatusOK), s.text("portfolio.awaited"), s.text("portfolio.done"))
	for _, form := range []string{"png", "svg"} {
		s.file(coordinatorEmail, "/benefits/portfolio/charts/development."+form, http.StatusOK)
	}
	s.file(coordinatorEmail, "/benefits/portfolio/charts/league.png", http.StatusNotFound)

	var answer v1Portfolio
	got := s.call(coordinatorEmail, http.MethodGet, "/api/v1/municipalities/3909/benefit-portfolio", "")
	if err := json.Unmarshal(got.Body, &answer); err != nil || got.Status != http.StatusOK {
		t.Fatal(got.Status, err)
	}
	if answer.Benefits != len(before)+1 || answer.Uses[0] != (v1Use{"", 6, answer.Uses[0].Undecided, 1, "25", "0", "75", "0"}) {
		t.Errorf("over the API %+v", answer)
	}
	i := slices.IndexFunc(answer.Indicators, func(d v1Development) bool { return d.Indicator == "driving-hours" })
	steps := answer.Indicators[i].Steps
	now := slices.IndexFunc(steps, func(x v1DevelopmentStep) bool { return x.Day == s.ago(0) })
	if steps[now].Planned != 2 || steps[now].Measured != 2 || steps[now].Realised == "" || steps[now].Unplanned != 1 || steps[now].Apart != "-2" {
		t.Errorf("today %+v", steps[now])
	}
	if last := steps[len(steps)-1]; last.Realised != "" || last.Measured != 0 {
		t.Errorf("after today something is measured: %+v", last)
	}
}

// Levels and benefits stand beside each other with the words that it is no effect, in every language; the lag that was chosen is said, in the picture too. Under twenty
// pairs there is a table and no scatter.
func TestLevelsBesideBenefits(t *testing.T) {
	s := startServer(t)
	for lang, words := range map[locale.Lang]string{locale.Bokmal: "Samvariasjon, ikke effekt", locale.Nynorsk: "Samvariasjon, ikkje effekt", locale.English: "Association, not effect"} {
		page := s.read(coordinatorEmail, lang, "/benefits/maturity?lag=12", http.StatusOK)
		has(t, string(lang), page, words, s.Texts.For(lang).T("maturity.lag", "n", 12), s.Texts.For(lang).T("maturity.how.region"))
		hasNot(t, string(lang), page, "/charts/pairs.png")
	}
	picture := s.file(coordinatorEmail, "/benefits/maturity/charts/course.svg?lag=12&area=support", http.StatusOK)
	has(t, "the picture", picture, "Support, lager og utstyr: nivå, og gevinst 12 måneder etter nivået", ">12 måneder etter nivået</text>", s.text("maturity.association"))
	hasNot(t, "with no lag", s.file(coordinatorEmail, "/benefits/maturity/charts/course.svg?lag=0&area=support", http.StatusOK), "måneder etter nivået")
	if page := s.read(coordinatorEmail, locale.Bokmal, "/benefits/maturity?lag=7&area=none", http.StatusOK); !strings.Contains(page, s.text("maturity.lag.none")) {
		t.Error("a lag that is not offered is taken")
	}
	s.file(coordinatorEmail, "/benefits/maturity/charts/pairs.png?lag=0", http.StatusNotFound)
	csv := s.file(coordinatorEmail, "/benefits/maturity/charts/pairs.csv?lag=0", http.StatusOK)
	has(t, "the table", csv, "Område og runde;Nivå;Nådd av planen, prosent", s.text("chart.why.not-measured"))

	// One benefit in every area, measured before the first round: each round has a pair then.
	d := s.driving("", 250)
	d.Baseline.Date, d.EffectFrom, d.Target.Date = "2023-01-10", "2023-02-01", "2023-12-31"
	for _, a := range s.catalogue().Areas {
		d.Title, d.Tasks = "Gevinst i "+string(a.Key), []catalogue.TaskKey{a.Tasks[0].Key}
		s.measure(s.addBenefit(d, coordinatorEmail, benefits.Planned, benefits.Measuring), "2024-01-02", "35", "34", "36", 30)
	}
	page := s.read(coordinatorEmail, locale.Bokmal, "/benefits/maturity?lag=0", http.StatusOK)
	has(t, "with twenty pairs", page, "/charts/pairs.png", `"scatter"`)
	s.file(coordinatorEmail, "/benefits/maturity/charts/pairs.png?lag=0", http.StatusOK)

	var answer v1Maturity
	got := s.call(coordinatorEmail, http.MethodGet, "/api/v1/municipalities/3909/benefit-maturity?lag=6", "")
	if err := json.Unmarshal(got.Body, &answer); err != nil || got.Status != http.StatusOK {
		t.Fatal(got.Status, err)
	}
	if answer.Association != association || answer.Lag != 6 || len(answer.Pairs) != 30 {
		t.Fatalf("over the API %q, lag %d, %d pairs", answer.Association, answer.Lag, len(answer.Pairs))
	}
	if p := answer.Pairs[0]; p.Level == nil || p.Measured == 0 || p.Reached == "" || p.On <= benefits.Day(p.ClosedAt.Format("2006-01-02")) {
		t.Errorf("the first pair is %+v", p)
	}
	if got := s.call(coordinatorEmail, http.MethodGet, "/api/v1/municipalities/3909/benefit-maturity?lag=7", ""); got.Status != http.StatusUnprocessableEntity {
		t.Errorf("a lag of seven months: %d", got.Status)
	}
}

// What too few municipalities are behind is said where its bar would be, and is nowhere nought; what nobody has measured too.
func TestTotalsThatAreWithheldAreNoBars(t *testing.T) {
	s := startServer(t)
	text := s.Texts.For(locale.Bokmal)
	total := func(k benefits.IndicatorKey, measured int, shown bool) benefits.Total {
		x := benefits.Total{Indicator: k, ShowPlan: true, ShowRealised: shown}
		x.Measured = benefits.Behind{Benefits: measured, Municipalities: measured}
		return x
	}
	spec, ok := s.API.totalsChart(text, placed{"region", "Regionen", false, []benefits.Total{total("driving-hours", 2, false), total("night-visits", 0, true)}})
	if !ok {
		t.Fatal("no chart")
	}
	var csv, svg strings.Builder
	if spec.CSV(&csv) != nil || spec.SVG(&svg) != nil {
		t.Fatal("not drawn")
	}
	has(t, "the file", csv.String(), "Timer kjørt per uke;"+s.text("region.why.withheld"), s.text("chart.why.not-measured"))
	has(t, "the picture", svg.String(), s.text("region.why.withheld"), s.text("totals.chart.withheld", "n", 1))
	if _, ok := s.API.totalsChart(text, placed{"own", "Larvik", true, []benefits.Total{total("driving-hours", 2, true)}}); ok {
		t.Error("a municipality's own totals are drawn beside the region's")
	}
	lead := s.read(leadEmail, locale.Bokmal, "/benefits/totals", http.StatusOK)
	has(t, "the lead's page", lead, "/benefits/totals/charts/region.svg", "/benefits/totals/charts/country.svg", s.text("totals.chart.how"), s.text("totals.chart.unexpected"))
	has(t, "the region's file", s.file(leadEmail, "/benefits/totals/charts/region.csv", http.StatusOK), "8 gevinster fra 8 kommuner (medregnet 8 uventede virkninger: \u2212")
	s.file(leadEmail, "/benefits/totals/charts/own.csv", http.StatusNotFound)
}

// A leader's first page tells how many are measured and what they gave, and leads to the portfolio; a regional lead's leads to the sums; a contributor's does neither.
func TestGainsOnTheFirstPage(t *testing.T) {
	s := startServer(t)
	leader := s.read("leader.3909@example.org", locale.Bokmal, "/", http.StatusOK)
	has(t, "the leader's page", leader, s.text("home.gains.measured", "measured", 3, "n", 3), "Timer kjørt per uke: ", `href="/benefits/portfolio"`)
	has(t, "the leader's page", leader, "(medregnet én uventet virkning: \u22122 timer)")
	lead := s.read(leadEmail, locale.Bokmal, "/", http.StatusOK)
	has(t, "the regional lead's page", lead, s.text("home.gains.region.sharing", "n", 8, "of", 8), "Timer kjørt per uke: ", "som var planlagt, i 8 kommuner (medregnet 8 uventede virkninger: \u2212", `href="/benefits/totals"`)
	hasNot(t, "the regional lead's page, of what too few or all should have measured", lead, "skulle vært målt")
	hasNot(t, "the contributor's page", s.read("contributor.3909@example.org", locale.Bokmal, "/", http.StatusOK), s.text("home.gains"))
	// By the API it is the same.
	var standing v1Standing
	var sums v1Totals
	s.call(leadEmail, http.MethodGet, apiBase+"/regions/vestfold-telemark/benefit-standing", "").into(t, &standing)
	s.call(leadEmail, http.MethodGet, apiBase+"/regions/vestfold-telemark/benefit-totals", "").into(t, &sums)
	if standing.Municipalities != 8 || standing.Sharing != 8 || standing.Overdue != nil || len(standing.Totals) == 0 || len(standing.Totals) > len(sums.Totals) {
		t.Errorf("a region stands so: %+v", standing)
	}
	for _, x := range standing.Totals {
		if !slices.ContainsFunc(sums.Totals, func(y v1Total) bool {
			return fmt.Sprint(x.Indicator, x.Realised, x.Awaited, x.Measured) == fmt.Sprint(y.Indicator, y.Realised, y.Awaited, y.Measured)
		}) || x.Realised == "" || x.Awaited == "" {
			t.Errorf("%+v is none of the region's sums", x)
		}
	}
}

// Each view of benefits reads as much of the store with four measurements of each benefit as with forty.
func TestChartsOfBenefitsCostTheSameHoweverOftenWasMeasured(t *testing.T) {
	paths := []string{"/benefits/portfolio", "/benefits/portfolio/charts/development.csv", "/benefits/maturity?lag=6", "/benefits/maturity/charts/pairs.csv", "/benefits/totals", "/benefits/totals/charts/region.csv", "course"}
	read := func(measurements int) map[string][2]int64 {
		s := startServer(t)
		d := s.driving("Kortere ruter", 250)
		b := s.addBenefit(d, coordinatorEmail, benefits.Planned, benefits.Measuring)
		for i := range measurements {
			s.measure(b, s.ago(200-i), "32", "", "", 30)
		}
		all := map[string][2]int64{}
		for _, name := range paths {
			path := name
			if name == "course" {
				path = benefitPath(b.ID) + "/charts/course.csv"
			}
			ctx, reads := store.WithReads(context.Background())
			req := httptest.NewRequest(http.MethodGet, path, nil).WithContext(ctx)
			req.AddCookie(s.session(coordinatorEmail))
			w := httptest.NewRecorder()
			s.API.Handler().ServeHTTP(w, req)
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d", path, w.Code)
			}
			all[name] = [2]int64{reads.Calls.Load(), reads.Documents.Load()}
		}
		return all
	}
	few, many := read(4), read(40)
	for _, name := range paths {
		if few[name] != many[name] || few[name][0] == 0 {
			t.Errorf("%s: with 4 measurements %d calls and %d documents, with 40 %d and %d", name, few[name][0], few[name][1], many[name][0], many[name][1])
		}
	}
}
