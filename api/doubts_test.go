package api

import (
	"encoding/csv"
	"html"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/locale"
)

// What is known of a benefit is said wherever it is shown: that its baseline was measured too late, that it may be counted twice, that it is a part of another. Each place that docs/benefits.md lists is gone to with
// a benefit of each kind, and fails where it is silent.
func TestWhatIsKnownOfABenefitIsSaidWhereverItIsShown(t *testing.T) {
	s := startServer(t)
	who := s.person(coordinatorEmail).Actor()
	all, err := s.Benefits.All(t.Context(), who, larvik)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range all { // the demo's say it too
		if _, err := s.Benefits.Remove(t.Context(), who, b.ID, b.Tag); err != nil {
			t.Fatal(err)
		}
	}
	task := s.catalogue().Areas[0].Tasks[0].Key
	step, _, err := s.Assessments.AddStep(t.Context(), who, assessment.AddStep{Municipality: larvik, Task: task, Data: assessment.StepData{What: "Lære opp natteamet"}})
	if err != nil {
		t.Fatal(err)
	}
	d := s.driving("Sent målt", 250)
	d.Tasks, d.Steps = []catalogue.TaskKey{task}, []assessment.StepID{step.ID}
	d.EffectFrom, d.Target.Date, d.Baseline.Date = "2023-02-01", "2023-12-31", "2023-03-01" // measured when it had effect already
	late := s.addBenefit(d, coordinatorEmail, benefits.Planned, benefits.Measuring)
	d.Baseline.Date, d.Title = "2023-01-10", "Tvillingen"
	twin := s.addBenefit(d, coordinatorEmail, benefits.Planned, benefits.Measuring)
	d.Title = "Delen"
	part := s.addBenefit(d, coordinatorEmail, benefits.Planned, benefits.Measuring)
	for _, b := range []benefits.Benefit{late, twin, part} {
		s.measure(b, "2024-01-02", "35", "34", "36", 30)
	}
	if part, err = s.Benefits.Join(t.Context(), who, benefits.Join{Part: part.ID, Whole: twin.ID, Tag: s.effect(part.ID).Tag}); err != nil {
		t.Fatal(err)
	}
	if _, err = s.Benefits.Differ(t.Context(), who, benefits.Differ{ID: part.ID, With: late.ID, Tag: part.Tag}); err != nil {
		t.Fatal(err)
	}
	drawn, _, err := s.Benefits.AddMap(t.Context(), who, benefits.DrawMap{Municipality: larvik, Data: benefits.MapData{Title: "Kartet", Nodes: []benefits.MapNode{
		{ID: "a", Kind: benefits.MapEffect, Text: "En", Benefit: late.ID}, {ID: "b", Kind: benefits.MapEffect, Text: "To", Benefit: twin.ID}, {ID: "c", Kind: benefits.MapEffect, Text: "Tre", Benefit: part.ID}}}})
	if err != nil {
		t.Fatal(err)
	}

	page := func(email, path string) func() string {
		return func() string { return html.UnescapeString(s.read(email, locale.Bokmal, path, http.StatusOK)) }
	}
	section := func(email, path, id string) func() string {
		return func() string {
			_, after, found := strings.Cut(page(email, path)(), `id="`+id+`"`)
			if !found {
				t.Errorf("%s has no %s", path, id)
			}
			part, _, _ := strings.Cut(after, "</section>")
			return part
		}
	}
	file := func(path string) func() string {
		return func() string { return html.UnescapeString(s.file(coordinatorEmail, path, http.StatusOK)) }
	}
	zipped := func(path string) func() string {
		return func() string {
			return html.UnescapeString(unzipped(t, []byte(s.file(coordinatorEmail, path, http.StatusOK))))
		}
	}
	api := func(path string) func() string {
		return func() string {
			got := s.call(coordinatorEmail, http.MethodGet, apiBase+path, "")
			if got.Status != http.StatusOK {
				t.Fatalf("%s: %d", path, got.Status)
			}
			return string(got.Body)
		}
	}
	preview := func() string {
		got := s.browse(coordinatorEmail, http.MethodPost, "/benefits/import", fields("rows", "Gevinst\tDato\tVerdi\n"+late.Title+"\t2024-02-02\t34"), "Cookie", languageCookie+"=nb")
		if got.Status != http.StatusOK {
			t.Errorf("the preview: %d", got.Status)
		}
		return html.UnescapeString(string(got.Body))
	}
	of := func(b benefits.Benefit, path string) string { return benefitPath(b.ID) + path }
	in := "/municipalities/larvik"
	text := func(key string, args ...any) string { return s.text(key, args...) }
	fullLate, fullAlike, markLate, markAlike, markPart := text("benefit.warning.baseline-late"), text("related.alike.n", "n", 1), text("benefit.mark.baseline-late"), text("related.mark.alike"), text("related.mark")
	sumsLate, sumsAlike := text("totals.late", "n", 1), text("totals.alike", "n", 2)
	code := func(name, value string) string { return strconv.Quote(name) + ":" + value }
	apiAlike, apiPart := `"alike":["`, code("partOf", strconv.Quote(string(twin.ID)))

	places := []struct {
		place string // as the docs name it
		read  func() string
		says  []string
	}{
		{"a benefit's page", page(coordinatorEmail, of(late, "")), []string{fullLate, text("related.alike"), "Tvillingen"}},
		{"a benefit's page", page(coordinatorEmail, of(part, "")), []string{text("related.part"), text("related.counted.there")}},
		{"a benefit's chart", file(of(late, "/charts/course.csv")), []string{fullLate, fullAlike}},
		{"a benefit's chart", file(of(late, "/charts/course.svg")), []string{"Nullpunktet er målt etter", "kan være telt to ganger"}},
		{"a benefit's chart", file(of(part, "/charts/course.csv")), []string{text("related.part.says")}},
		{"the list", page(leaderEmail, "/benefits"), []string{fullLate, text("related.alike"), markPart}},
		{"the form of a measurement", page(coordinatorEmail, of(late, "/measurements/new")), []string{fullLate}},
		{"the preview of many measurements", preview, []string{markLate}},
		{"the list of what is late", page(leaderEmail, "/benefits?shelf=late"), []string{fullLate, text("related.alike"), markPart}},
		{"the list of what is unexplained", page(leaderEmail, "/benefits?shelf=unexplained"), []string{fullLate, text("related.alike"), markPart}},
		{"the front page, what is late", section(leaderEmail, "/", "late"), []string{markLate, markAlike, markPart}},
		{"the front page, what is unexplained", section(leaderEmail, "/", "unexplained"), []string{markLate, markAlike, markPart}},
		{"the front page, what a task has given", page(coordinatorEmail, "/"), []string{markLate + ". " + markAlike}},
		{"the leader's sums", section(leaderEmail, "/", "gains"), []string{sumsLate, sumsAlike}},
		{"a task's page", page(coordinatorEmail, "/tasks/"+string(task)), []string{markLate, markAlike, markPart, markLate + ". " + markAlike}},
		{"a step's page", page(coordinatorEmail, stepPath(step.ID)), []string{markLate, markAlike, markPart}},
		{"a map", page(coordinatorEmail, mapPath(drawn.ID)), []string{markLate, markAlike, markPart}},
		{"a map", file(mapPath(drawn.ID) + "/map.csv"), []string{markLate, markAlike, markPart}},
		{"a map", file(mapPath(drawn.ID) + "/map.svg"), []string{"målt sent", "to ganger", "annen"}},
		{"the portfolio", page(leaderEmail, "/benefits/portfolio"), []string{sumsLate, sumsAlike, text("portfolio.parts", "n", 1)}},
		{"the portfolio", file("/benefits/portfolio/charts/types.csv"), []string{sumsLate, sumsAlike, text("portfolio.parts", "n", 1)}},
		{"the portfolio", file("/benefits/portfolio/charts/tasks.csv"), []string{sumsLate, sumsAlike, text("portfolio.parts", "n", 1)}},
		{"the portfolio", file("/benefits/portfolio/charts/development.csv"), []string{sumsLate, sumsAlike}},
		{"levels and benefits", page(coordinatorEmail, "/benefits/maturity?area="+string(s.catalogue().Areas[0].Key)), []string{sumsLate, sumsAlike}},
		{"levels and benefits", file("/benefits/maturity/charts/course.csv?area=" + string(s.catalogue().Areas[0].Key)), []string{sumsLate, sumsAlike}},
		{"levels and benefits", file("/benefits/maturity/charts/pairs.csv"), []string{sumsLate, sumsAlike}},
		{"sums", page(leaderEmail, "/benefits/totals"), []string{sumsLate, sumsAlike}},
		{"the regional lead's sums", section(leadEmail, "/", "gains"), []string{text("totals.late.some")}},
		{"a person's own data", section(coordinatorEmail, "/account/data", "benefits"), []string{markLate, markAlike, markPart}},
		{"the API: a person's own data", func() string { return string(s.call(coordinatorEmail, http.MethodGet, apiBase+"/me/data", "").Body) }, []string{`"baseline-late"`, apiAlike, apiPart}},
		{"the sheet to fill in", file("/benefits/import.csv"), []string{markLate}},
		{"the plan for the council", page(leaderEmail, "/benefits/reports/plan"), []string{fullLate, text("report.alike", "names", "Tvillingen"), text("report.part.there", "whole", "Tvillingen"), text("report.parts", "n", 1)}},
		{"the plan for the council", zipped("/benefits/reports/plan.docx"), []string{fullLate, text("report.alike", "names", "Tvillingen"), text("report.part.there", "whole", "Tvillingen")}},
		{"the plan for the council", zipped("/benefits/reports/plan.xlsx"), []string{fullLate, text("report.alike", "names", "Tvillingen"), text("report.part.there", "whole", "Tvillingen")}},
		{"the report for the council", page(leaderEmail, "/benefits/reports/realisation"), []string{fullLate, text("report.alike", "names", "Sent målt"), text("report.part.there", "whole", "Tvillingen")}},
		{"the report for the council", zipped("/benefits/reports/realisation.docx"), []string{fullLate, text("report.alike", "names", "Sent målt"), text("report.part.there", "whole", "Tvillingen")}},
		{"the report for the council", zipped("/benefits/reports/realisation.xlsx"), []string{fullLate, text("report.alike", "names", "Sent målt"), text("report.part.there", "whole", "Tvillingen")}},
		{"the council's charts", file("/benefits/reports/plan.csv?chart=course-" + string(late.ID)), []string{fullLate, text("report.alike", "names", "Tvillingen")}},
		{"the council's charts", file("/benefits/reports/plan.svg?chart=course-" + string(late.ID)), []string{"Nullpunktet er målt etter", "Tvillingen"}},
		{"the council's charts", file("/benefits/reports/realisation.csv?chart=course-" + string(part.ID)), []string{text("report.part.there", "whole", "Tvillingen")}},
		{"the council's charts", file("/benefits/reports/plan.csv?chart=types"), []string{sumsLate, sumsAlike, text("portfolio.parts", "n", 1)}},
		{"a file of benefits", func() string { return rowsOf(t, file("/benefits/export/benefits.csv")(), late.ID, twin.ID, part.ID) },
			[]string{text("batch.column.remarks") + ": " + fullLate, text("batch.column.alike") + ": Tvillingen", text("batch.column.part-of") + ": Tvillingen", text("batch.column.different") + ": Sent målt"}},
		{"a file of benefits", zipped("/benefits/export/benefits.xlsx"), []string{fullLate, text("batch.column.alike"), text("batch.column.part-of")}},
		{"a file of benefits", func() string {
			return strings.Join(strings.Fields(file("/benefits/export/benefits.json?for=outside")()), "")
		}, []string{`"baseline-late"`, apiAlike, apiPart}},
		{"the API: a benefit", api(in + "/benefits/" + string(late.ID)), []string{`"baseline-late"`, apiAlike + string(twin.ID)}},
		{"the API: a benefit", api(in + "/benefits/" + string(part.ID)), []string{apiPart}},
		{"the API: benefits", api(in + "/benefits"), []string{`"baseline-late"`, apiAlike, apiPart}},
		{"the API: benefits", api(in + "/benefits?shelf=late&owner=" + string(who.Person)), []string{`"baseline-late"`, apiAlike, apiPart, `"late":`}},
		{"the API: benefits", api(in + "/benefits?shelf=unexplained"), []string{`"baseline-late"`, apiAlike, apiPart, `"explained":false`}},
		{"the API: a calculation", api(in + "/benefits/" + string(late.ID) + "/calculation"), []string{`"baseline-late"`}},
		{"the API: sums", api(in + "/benefit-totals"), []string{`"warnings":["baseline-late","alike"]`, `"baselineLate":{"benefits":1,"municipalities":1}`, `"alike":{"benefits":2,"municipalities":1}`}},
		{"the API: how a region's benefits stand", func() string {
			return string(s.call(leadEmail, http.MethodGet, apiBase+"/regions/vestfold-telemark/benefit-standing", "").Body)
		}, []string{`"warnings":["baseline-late"`}},
		{"the API: the portfolio", api(in + "/benefit-portfolio"), []string{`"baselineLate":1`, `"alike":2`, `"parts":1`}},
		{"the API: levels and benefits", api(in + "/benefit-maturity"), []string{`"baselineLate":1`, `"alike":2`}},
		{"the API: the record", api(in + "/benefit-record"), []string{`"baseline-late"`, apiAlike, apiPart}},
	}
	var gone []string
	for _, p := range places {
		gone = append(gone, p.place)
		got := p.read()
		for _, want := range p.says {
			if !strings.Contains(got, want) {
				t.Errorf("%s is silent: it doesn't say %q", p.place, want)
			}
		}
	}
	// The region hears that there are some, and not how many: so few would be known.
	region := page(leadEmail, "/benefits/totals")()
	if !strings.Contains(region, text("totals.late.some")) || strings.Contains(region, sumsLate) {
		t.Error("the regional lead's sums are silent, or tell how few it is of")
	}

	docs, err := os.ReadFile("../docs/benefits.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(docs), "| where it is shown |")
	table, _, _ = strings.Cut(table, "\n\n")
	var listed []string
	for _, line := range strings.Split(table, "\n")[2:] {
		listed = append(listed, strings.TrimSpace(strings.Split(line, "|")[1]))
	}
	for _, place := range slices.Compact(gone) {
		if !slices.Contains(listed, place) {
			t.Errorf("docs/benefits.md doesn't say where %s says it", place)
		}
	}
	for _, place := range listed {
		if !slices.Contains(gone, place) && !strings.HasPrefix(place, "taken along") { // leaving's own tests
			t.Errorf("nobody goes to %q of docs/benefits.md", place)
		}
	}
}

// rowsOf are the rows of some benefits in a file, each cell after its heading.
func rowsOf(t *testing.T, file string, ids ...benefits.ID) string {
	t.Helper()
	read := csv.NewReader(strings.NewReader(strings.TrimPrefix(file, "\uFEFF")))
	read.Comma = ';'
	rows, err := read.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, row := range rows[1:] {
		if !slices.Contains(ids, benefits.ID(row[len(row)-1])) {
			continue
		}
		for i, cell := range row {
			said = append(said, rows[0][i]+": "+cell)
		}
	}
	return strings.Join(said, "\n")
}
