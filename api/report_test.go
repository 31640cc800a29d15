package api

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"helhet/benefits"
	"helhet/internal/locale"
	"helhet/reports"

	"github.com/xuri/excelize/v2"
)

// element is a piece of a page, read without knowing what it is.
type element struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Inner   string     `xml:",innerxml"`
	Text    string     `xml:",chardata"`
	Nodes   []element  `xml:",any"`
}

func (e element) says() string {
	said := strings.TrimSpace(e.Text)
	for _, x := range e.Nodes {
		said += x.says()
	}
	return said
}

func (e element) in(name string) []element {
	return slices.DeleteFunc(slices.Clone(e.Nodes), func(x element) bool { return x.XMLName.Local != name })
}

// saidByPage is what the article of a page says, a line for each paragraph and each row under its headings.
func saidByPage(t *testing.T, page string) []string {
	t.Helper()
	i, j := strings.Index(page, "<article"), strings.Index(page, "</article>")
	if i < 0 || j < i {
		t.Fatalf("the page has no article: %.300s", page)
	}
	d := xml.NewDecoder(strings.NewReader(page[i:j] + "</article>"))
	d.Strict, d.Entity, d.AutoClose = false, xml.HTMLEntity, xml.HTMLAutoClose
	var article element
	if err := d.Decode(&article); err != nil {
		t.Fatal(err)
	}
	lines := []string{article.in("h1")[0].says()}
	for _, p := range article.in("p") {
		lines = append(lines, p.says())
	}
	var read func(e element, under string, heading string)
	read = func(e element, under, heading string) {
		under += e.in(heading)[0].says()
		for _, p := range e.in("p") {
			lines = append(lines, under+" | "+p.says())
		}
		for _, table := range e.in("table") {
			columns := table.in("thead")[0].in("tr")[0].Nodes
			for _, r := range table.in("tbody")[0].in("tr") {
				line := under
				for i, c := range r.Nodes {
					line += " | " + columns[i].says() + "=" + c.says()
				}
				lines = append(lines, line)
			}
		}
		for _, part := range e.in("section") {
			read(part, under+" | ", "h3")
		}
	}
	for _, chapter := range article.in("section") {
		read(chapter, "", "h2")
	}
	slices.Sort(lines)
	return lines
}

// saidByDocument is the same of the document itself.
func saidByDocument(d reports.Document) []string {
	lines := []string{d.Title()}
	for _, f := range d.About {
		lines = append(lines, f.Label+": "+f.Text)
	}
	if d.Note != "" {
		lines = append(lines, d.Note)
	}
	var read func(s reports.Section, under string)
	read = func(s reports.Section, under string) {
		under += s.Title
		for _, p := range s.Says {
			lines = append(lines, under+" | "+p)
		}
		for _, t := range s.Tables {
			for _, r := range t.Rows {
				line := under
				for i, c := range r.Cells {
					line += " | " + t.Columns[i].Title + "=" + c.Text
				}
				lines = append(lines, line)
			}
		}
		for _, part := range s.Parts {
			read(part, under+" | ")
		}
	}
	for _, s := range d.Sections {
		read(s, "")
	}
	slices.Sort(lines)
	return lines
}

// TestTheReportPageSaysWhatTheReportSays: the page has all of the document and nothing else; that the files have is tested with them.
func TestTheReportPageSaysWhatTheReportSays(t *testing.T) {
	s := startServer(t)
	s.addBenefit(s.driving(`Kortere <i>runder</i> & "mer"`, 40), leaderEmail, benefits.Planned, benefits.Measuring)
	r := &request{Text: s.Texts.For(locale.Bokmal), Person: s.person(coordinatorEmail), Actor: s.person(coordinatorEmail).Actor()}
	for _, report := range reportNames {
		for _, lang := range locale.Langs() {
			doc, err := s.API.report(t.Context(), r, larvik, reportAsked{report: report, lang: lang})
			if err != nil {
				t.Fatal(err)
			}
			got := s.browse(coordinatorEmail, http.MethodGet, reportsPath+"/"+report+"?language="+string(lang), "", "Cookie", languageCookie+"=nb")
			if want, said := saidByDocument(doc), saidByPage(t, string(got.Body)); !slices.Equal(want, said) {
				for _, line := range want {
					if !slices.Contains(said, line) {
						t.Errorf("%s in %s lacks %q", report, lang, line)
					}
				}
				for _, line := range said {
					if !slices.Contains(want, line) {
						t.Errorf("%s in %s has %q", report, lang, line)
					}
				}
			}
			if !strings.Contains(string(got.Body), `lang="`+string(lang)+`" data-report`) {
				t.Errorf("the page doesn't say that the %s is in %s", report, lang)
			}
		}
	}
}

// TestReportFiles: their names, their types, and what was chosen.
func TestReportFiles(t *testing.T) {
	s := startServer(t)
	one := s.addBenefit(s.driving("Kortere runder", 40), leaderEmail, benefits.Planned, benefits.Measuring)
	get := func(email, path string, status int) reply {
		t.Helper()
		got := s.browse(email, http.MethodGet, path, "", "Cookie", languageCookie+"=nn")
		if got.Status != status {
			t.Fatalf("%s: %d, want %d: %.300s", path, got.Status, status, got.Body)
		}
		return got
	}
	day := string(s.API.today())
	for path, want := range map[string][2]string{
		reportsPath + "/plan.docx":                                                    {docxType, "attachment; filename=gevinstplan-larvik-" + day + ".docx"},
		reportsPath + "/plan.xlsx?language=en":                                        {xlsxType, "attachment; filename=benefits-plan-larvik-" + day + ".xlsx"},
		reportsPath + "/realisation.docx":                                             {docxType, "attachment; filename=gevinstrapport-larvik-" + day + ".docx"},
		apiBase + "/municipalities/3909/benefit-reports/realisation/xlsx?language=nb": {xlsxType, "attachment; filename=gevinstrapport-larvik-" + day + ".xlsx"},
		apiBase + "/municipalities/larvik/benefit-reports/plan/docx?status=planned&status=measuring&type=saved-time": {docxType, "attachment; filename=gevinstplan-larvik-" + day + ".docx"},
	} {
		got := get(contributorEmail, path, http.StatusOK)
		if got.Header.Get("Content-Type") != want[0] || got.Header.Get("Content-Disposition") != want[1] || !strings.HasPrefix(string(got.Body), "PK") {
			t.Errorf("%s: %q, %q", path, got.Header.Get("Content-Type"), got.Header.Get("Content-Disposition"))
		}
	}
	only := get(contributorEmail, reportsPath+"/plan.xlsx?language=nb&benefit="+string(one.ID), http.StatusOK)
	f, err := excelize.OpenReader(bytes.NewReader(only.Body))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows("Oversikt")
	if err != nil || len(rows) != 3 || rows[2][0] != "Kortere runder" {
		t.Errorf("of one benefit the overview is %q, %v", rows, err)
	}
	for path, status := range map[string]int{
		reportsPath + "/plan.pdf": http.StatusNotFound, reportsPath + "/minutes": http.StatusNotFound, reportsPath + "/plan?benefit=b-0000": http.StatusNotFound, reportsPath + "/plan?benefit=%00": http.StatusNotFound,
		apiBase + "/municipalities/larvik/benefit-reports/minutes/docx": http.StatusUnprocessableEntity, apiBase + "/municipalities/larvik/benefit-reports/plan/docx?language=sv": http.StatusUnprocessableEntity,
		apiBase + "/municipalities/larvik/benefit-reports/plan/docx?status=done": http.StatusUnprocessableEntity, apiBase + "/municipalities/larvik/benefit-reports/plan/docx?benefit=b-0000": http.StatusNotFound,
	} {
		get(coordinatorEmail, path, status)
	}
	// What the form sends becomes the report's own address, and the report leads back to the form as it was.
	got := get(coordinatorEmail, reportsPath+"?report=realisation&language=en&status=measuring&benefit="+string(one.ID), http.StatusSeeOther)
	if at := got.Header.Get("Location"); at != reportsPath+"/realisation?benefit="+string(one.ID)+"&language=en&status=measuring" {
		t.Errorf("the form leads to %s", at)
	}
	page := s.read(coordinatorEmail, locale.Bokmal, reportsPath+"?of=realisation&language=en&status=measuring&benefit="+string(one.ID), http.StatusOK)
	for _, chosen := range []string{`value="realisation" checked`, `value="en" checked`, `value="measuring" checked`, `value="` + string(one.ID) + `" checked`} {
		if !strings.Contains(page, chosen) {
			t.Errorf("the form forgets %s", chosen)
		}
	}
}

// TestAFewPeoplesFigureIsInNoForm: neither the page nor a file has a figure that is withheld, in any of its parts.
func TestAFewPeoplesFigureIsInNoForm(t *testing.T) {
	s := startServer(t)
	b := s.addBenefit(s.driving("Turer til øya", 40), leaderEmail, benefits.Planned, benefits.Measuring)
	_, err := s.Benefits.Measure(t.Context(), s.person(coordinatorEmail).Actor(), benefits.Measure{Benefit: b.ID, Data: benefits.Measured{
		Figures: benefits.Figures{Value: "31.75", Low: "30.5", High: "33.25", To: s.API.today(), People: 3}, Method: "Målt hos tre i Stavern", Note: "Hos Kari"}})
	if err != nil {
		t.Fatal(err)
	}
	query := "?language=nb&benefit=" + string(b.ID)
	page := s.read(coordinatorEmail, locale.Bokmal, reportsPath+"/realisation"+query, http.StatusOK)
	article := page[strings.Index(page, "<article"):strings.Index(page, "</article>")]
	pictures := regexp.MustCompile(`src="data:image/svg\+xml,([^"]*)"`)
	forms := map[string]string{"page": pictures.ReplaceAllString(article, "")} // where lines run are numbers too
	for _, picture := range pictures.FindAllStringSubmatch(article, -1) {
		svg, err := url.PathUnescape(html.UnescapeString(picture[1]))
		if err != nil || !strings.HasPrefix(svg, "<svg") {
			t.Fatalf("a picture in the page is %.100q, %v", svg, err)
		}
		for _, label := range regexp.MustCompile(`>([^<]+)<`).FindAllStringSubmatch(svg, -1) {
			forms["page"] += label[1] + "\n"
		}
	}
	if !strings.Contains(forms["page"], "Turer til øya: nullpunkt, plan og målt") {
		t.Errorf("the page has no picture of the benefit's course")
	}
	forms["csv"] = s.file(coordinatorEmail, reportsPath+"/realisation.csv"+query+"&chart=course-"+string(b.ID), http.StatusOK)
	for _, form := range []string{"docx", "xlsx"} {
		forms[form] = unzipped(t, s.browse(coordinatorEmail, http.MethodGet, reportsPath+"/realisation."+form+query, "").Body)
	}
	for form, said := range forms {
		if !strings.Contains(said, benefits.FewShown) {
			t.Errorf("the %s doesn't say %s", form, benefits.FewShown)
		}
		for _, told := range []string{"31,75", "31.75", "30,5", "30.5", "33,25", "8,25", "8.25", "Stavern", "Kari"} {
			if strings.Contains(said, told) {
				t.Errorf("the %s tells %s", form, told)
			}
		}
	}
}

// unzipped is all that a file of Office holds, as text.
func unzipped(t *testing.T, file []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, ".png") {
			continue // painted of the same shapes as the SVG
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
	}
	return html.UnescapeString(all.String())
}

// TestAReportsPageHasCharts: live and as a picture for paper, with their tables and files, in the report's language, whatever the reader's is. A chart that the report doesn't have is not found.
func TestAReportsPageHasCharts(t *testing.T) {
	s := startServer(t)
	b := s.addBenefit(s.driving("Kortere runder", 40), leaderEmail, benefits.Planned, benefits.Measuring)
	s.measure(b, s.ago(20), "32", "30.5", "34", 30)
	query := "?benefit=" + string(b.ID) + "&language=en"
	page := s.read(coordinatorEmail, locale.Bokmal, reportsPath+"/realisation"+query, http.StatusOK)
	has(t, "the report", page, `id="types"`, `id="course-`+string(b.ID)+`"`, "data-chart-options", `src="data:image/svg+xml,%3Csvg`, "Kortere runder: baseline, plan and measured", "between 30.5 hours and 34 hours",
		reportsPath+"/realisation.png?benefit="+string(b.ID)+"&chart=course-"+string(b.ID)+"&language=en")
	if n := strings.Count(page, `class="hh-chart__table"`); n != 2 {
		t.Errorf("%d tables of two charts", n)
	}
	for _, form := range []string{"png", "svg", "csv"} {
		s.file(coordinatorEmail, reportsPath+"/realisation."+form+query+"&chart=course-"+string(b.ID), http.StatusOK)
	}
	for _, wrong := range []string{"/realisation.png" + query + "&chart=course-b-0", "/realisation.pdf" + query + "&chart=types", "/realisation" + query + "&chart=types"} {
		s.file(coordinatorEmail, reportsPath+wrong, http.StatusNotFound)
	}
}
