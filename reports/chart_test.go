package reports

import (
	"bytes"
	"fmt"
	"html"
	"image/png"
	"slices"
	"strconv"
	"strings"
	"testing"

	"helhet/benefits"
	"helhet/charts"
	"helhet/internal/locale"

	"github.com/xuri/excelize/v2"
)

// drawn is all that a report's charts say, in every form but the one that is painted of the same shapes as the SVG.
func drawn(t testing.TB, d Document) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, c := range d.Charts() {
		fmt.Fprintln(&b, c.ID, c.About.Sentence, c.About.Warnings, c.About.Notes)
		live, err := c.ECharts()
		if err != nil {
			t.Fatal(err)
		}
		b.Write(live)
		for _, write := range []error{c.SVG(&b), c.CSV(&b)} {
			if write != nil {
				t.Fatal(write)
			}
		}
	}
	return b.Bytes()
}

// TestAReportIsDrawn: how far the benefits have come, what the gains are used for, and the course of each benefit that has one, in the order of the report.
func TestAReportIsDrawn(t *testing.T) {
	for name, want := range map[string][]string{
		"plan":        {"types", "course-b-1", "course-b-2", "course-b-3", "course-b-4", "course-b-5", "course-b-6", "course-b-7", "course-b-10", "use"},
		"realisation": {"types", "course-b-1", "course-b-2", "course-b-3", "course-b-4", "course-b-6", "course-b-10", "use"},
	} {
		d := kinds[name](larvik(t, locale.Bokmal))
		var got []string
		for _, c := range d.Charts() {
			got = append(got, c.ID)
			if c.About.Title == "" || c.About.Sentence == "" || c.About.Source == "" {
				t.Errorf("%s says too little of itself: %+v", c.ID, c.About)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("the %s has %v, want %v", name, got, want)
		}
	}
	nothing := larvik(t, locale.Bokmal)
	nothing.Benefits = nothing.Benefits[7:9] // effects that nobody had planned
	for name, of := range kinds {
		if got := of(nothing).Charts(); len(got) != 0 {
			t.Errorf("a %s without benefits has %d charts", name, len(got))
		}
	}
}

// TestFewAreNeverDrawn: a figure of fewer than five people is in no chart, in no form, and the chart says that it is left out. An earlier one of more people is drawn.
func TestFewAreNeverDrawn(t *testing.T) {
	g := larvik(t, locale.Bokmal)
	g.Benefits = g.Benefits[1:2] // 31.75 of three people, between 30.5 and 32.25; 37.25 of seven before
	for name, of := range kinds {
		d := of(g)
		all := string(drawn(t, d))
		for _, told := range []string{"31,75", "30,5", "32,25"} {
			if strings.Contains(all, told) {
				t.Errorf("the %s draws %s", name, told)
			}
		}
		for _, c := range d.Charts() {
			if live, err := c.ECharts(); err != nil || strings.Contains(string(live), "31.75") || strings.Contains(string(live), "30.5") || strings.Contains(string(live), "32.25") {
				t.Errorf("the %s draws live %s, %v", name, live, err)
			}
		}
		if !strings.Contains(all, "37,25") || !strings.Contains(all, benefits.FewShown) || !strings.Contains(all, g.T("chart.benefit.few", "n", 1, "min", benefits.FewPeople)) {
			t.Errorf("the %s doesn't say what is left out", name)
		}
		for _, row := range charted(t, d)["course-b-2"] {
			if row[1] == "02.11.2026" && (row[2] != "" || row[3] != "" || row[4] != "" || row[5] != benefits.FewShown) {
				t.Errorf("the workbook of the %s draws %v", name, row)
			}
		}
	}
}

// charted is what the charts of a workbook are drawn of, by chart: rows of what, day, value, low, high, note. Every chart has its sentence, and what makes it doubtful, as alternative text.
func charted(t testing.TB, d Document) map[string][][]string {
	t.Helper()
	var file bytes.Buffer
	if err := d.WriteXLSX(&file); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	var alts []string
	for name, n := range parts(t, file.Bytes()) {
		if strings.HasPrefix(name, "xl/drawings/drawing") {
			for _, x := range n.all("cNvPr") {
				alts = append(alts, x.attr("descr"))
			}
		}
	}
	all := map[string][][]string{}
	for _, s := range d.Sections {
		var here []Chart
		for _, part := range append([]Section{s}, s.Parts...) {
			here = append(here, part.Charts...)
		}
		if len(here) == 0 {
			continue
		}
		rows, err := book.GetRows(d.Within("report.sheet", s.ID+"-charts"))
		if err != nil {
			t.Fatal(err)
		}
		at := ""
		for _, row := range rows {
			row = append(row, make([]string, 12)...)
			if i := slices.IndexFunc(here, func(c Chart) bool { return c.About.Title == row[0] }); i >= 0 {
				at = here[i].ID
			}
			if row[0] == "" && row[1] != "" {
				all[at] = append(all[at], row[1:])
			}
		}
		for _, c := range here {
			if !slices.Contains(alts, c.Alternative()) {
				t.Errorf("no chart of the workbook says %q", c.Alternative())
			}
		}
	}
	if len(alts) != len(d.Charts()) {
		t.Errorf("the workbook has %d charts of %d", len(alts), len(d.Charts()))
	}
	return all
}

// TestTheWorkbookHasChartsOfItsOwn: the figures stand beside each as numbers and days, and the chart refers to them, so that it follows when they are changed.
func TestTheWorkbookHasChartsOfItsOwn(t *testing.T) {
	d := Realisation(larvik(t, locale.Bokmal))
	rows := charted(t, d)
	if got := fmt.Sprint(rows["course-b-1"]); !strings.Contains(got, "[Målt 01.11.2026 28 26 30 ") || !strings.Contains(got, "[Nullpunkt 25.01.2026 42 40 44 ") || !strings.Contains(got, "[Plan 01.07.2027 24 ") {
		t.Errorf("the course is drawn of %s", got)
	}
	if got := fmt.Sprint(rows["types"]); !strings.Contains(got, "[Spart tid 0 1 3 0 0 1 1 6 ") {
		t.Errorf("the types are drawn of %s", got)
	}
	var file bytes.Buffer
	if err := d.WriteXLSX(&file); err != nil {
		t.Fatal(err)
	}
	refers := 0
	for name, n := range parts(t, file.Bytes()) {
		if strings.HasPrefix(name, "xl/charts/chart") {
			for _, f := range n.all("f") {
				if refers++; !strings.HasPrefix(f.Text, "'Figurer'!$") && !strings.HasPrefix(f.Text, "'Type og status'!$") && !strings.HasPrefix(f.Text, "'Bruk, figur'!$") {
					t.Errorf("%s refers to %q", name, f.Text)
				}
			}
			if len(n.all("ser")) == 0 {
				t.Errorf("%s draws nothing", name)
			}
		}
	}
	if refers == 0 {
		t.Error("no chart refers to a cell")
	}
}

// TestTheWordFileHasPictures: one for each chart, as wide as the page and in its own proportions, which says in words what it shows.
func TestTheWordFileHasPictures(t *testing.T) {
	d := Realisation(larvik(t, locale.Bokmal))
	var file bytes.Buffer
	if err := d.WriteDOCX(&file); err != nil {
		t.Fatal(err)
	}
	all := parts(t, file.Bytes())
	files := map[string]string{}
	for _, r := range all["word/_rels/document.xml.rels"].all("Relationship") {
		files[r.attr("Id")] = "word/" + r.attr("Target")
	}
	pictures, charts := all["word/document.xml"].all("inline"), d.Charts()
	if len(pictures) != len(charts) || len(charts) == 0 {
		t.Fatalf("%d pictures of %d charts", len(pictures), len(charts))
	}
	for i, p := range pictures {
		about := p.all("docPr")[0]
		if about.attr("descr") != charts[i].Alternative() || about.attr("title") != charts[i].About.Title {
			t.Errorf("picture %d says %q: %q", i, about.attr("title"), about.attr("descr"))
		}
		size, err := png.DecodeConfig(strings.NewReader(all[files[p.all("blip")[0].attr("embed")]].Text))
		if err != nil {
			t.Fatal(err)
		}
		extent := p.all("extent")[0]
		wide, _ := strconv.Atoi(extent.attr("cx"))
		high, _ := strconv.Atoi(extent.attr("cy"))
		if wide != lineEMU || high != lineEMU*size.Height/size.Width || size.Width < 1600 {
			t.Errorf("picture %d of %d × %d is shown as %d × %d", i, size.Width, size.Height, wide, high)
		}
	}
}

// TestManyBenefitsAreNotAllDrawn: a report of two hundred has charts of the first, and says so; all of them stand in its tables.
func TestManyBenefitsAreNotAllDrawn(t *testing.T) {
	g := larvik(t, locale.English)
	one := g.Benefits[0]
	one.Steps = nil
	g.Benefits = nil
	for i := range 200 {
		one.ID, one.Title = benefits.ID(fmt.Sprint("b-", i)), fmt.Sprint("Benefit ", i)
		g.Benefits = append(g.Benefits, one)
	}
	for name, of := range kinds {
		d := of(g)
		n := 0
		for _, c := range d.Charts() {
			if strings.HasPrefix(c.ID, "course-") {
				n++
			}
		}
		if text := all(d); n != MostCourses || !strings.Contains(text, "There are charts of the first 12 of 200 benefits.") || !strings.Contains(text, "Benefit 199") {
			t.Errorf("the %s of 200 has %d courses", name, n)
		}
	}
}

// TestChartsSayWhatMakesThemDoubtful: of a benefit's course all that is said of the benefit, of several how many, as far as they are drawn. It stands in the picture and its files, and beside
// the chart in Word and in the workbook, before the notes.
func TestChartsSayWhatMakesThemDoubtful(t *testing.T) {
	text, g := said(t, locale.Bokmal), larvik(t, locale.Bokmal)
	g.Alike["b-1"] = []string{"Kortere ruter"}
	g.Benefits[6].Baseline.Date = "2026-04-01" // the idea's is late too: it has a type, and nothing to use
	there, late := text.T("report.part.there", "whole", "Færre nattlige tilsyn"), text.T("benefit.warning.baseline-late")
	late1, late2 := text.T("totals.late", "n", 1), text.T("totals.late", "n", 2)
	many := []string{text.T("totals.alike", "n", 1), text.T("portfolio.parts", "n", 1)}
	for name, of := range kinds {
		d := of(g)
		want := map[string][]string{"types": slices.Concat([]string{late1}, many), "use": slices.Concat([]string{late1}, many), "course-b-1": {text.T("report.alike", "names", "Kortere ruter")}, "course-b-2": nil, "course-b-5": {late}, "course-b-10": {there}}
		if name == "plan" {
			want["types"][0] = late2
		}
		few := map[string]string{"types": text.T("related.mark.alike") + " (1)", "use": text.T("related.mark") + " (1)", "course-b-1": text.T("related.mark.alike") + ".", "course-b-5": text.Within("benefit.mark", benefits.BaselineLate) + ".", "course-b-10": text.T("related.mark") + "."}
		var word, book bytes.Buffer
		for _, err := range []error{d.WriteDOCX(&word), d.WriteXLSX(&book)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		beside := asText(parts(t, word.Bytes())["word/document.xml"], "p")
		sheets := columnA(t, book.Bytes())
		for _, c := range d.Charts() {
			says, known := want[c.ID]
			if !known {
				continue
			}
			if !slices.Equal(c.About.Warnings, says) {
				t.Errorf("%s of the %s says %q, want %q", c.ID, name, c.About.Warnings, says)
			}
			var svg, table, bare, loose bytes.Buffer
			for _, err := range []error{c.SVG(&svg), c.CSV(&table), c.Bare().SVG(&bare), c.Loose().SVG(&loose)} {
				if err != nil {
					t.Fatal(err)
				}
			}
			if said := strings.Contains(loose.String(), text.T("report.warnings")+": "); said != (len(says) > 0) || said && !strings.Contains(loose.String(), few[c.ID]) {
				t.Errorf("%s of the %s, taken out of the Word file, says in its picture that it is doubtful: %t; want %q", c.ID, name, said, few[c.ID])
			}
			for _, s := range says {
				if !strings.Contains(html.UnescapeString(svg.String()), s) || !strings.Contains(table.String(), strings.ReplaceAll(s, `"`, `""`)) || strings.Contains(html.UnescapeString(bare.String()), s) {
					t.Errorf("%s of the %s: %q is not in its files, or twice where it stands beside", c.ID, name, s)
				}
			}
			block := slices.Concat([]string{c.About.Title, c.About.Sentence}, says, c.About.Notes)
			if !follows(sheets, block) {
				t.Errorf("the workbook of the %s has not %q", name, block)
			}
			if !follows(beside, slices.Insert(slices.Clone(block), 1, "")) { // the picture is a paragraph without text
				t.Errorf("the Word file of the %s has not %q", name, block)
			}
		}
	}
}

// follows tells whether lines stand in a text one after the other.
func follows(all, lines []string) bool {
	for i := range all {
		if i+len(lines) <= len(all) && slices.Equal(all[i:i+len(lines)], lines) {
			return true
		}
	}
	return false
}

// asText are the texts of a document's elements of a name.
func asText(n node, name string) []string {
	var all []string
	for _, p := range n.all(name) {
		said := ""
		for _, x := range p.all("t") {
			said += x.Text
		}
		all = append(all, said)
	}
	return all
}

// columnA is the first column of all sheets of a workbook.
func columnA(t testing.TB, file []byte) []string {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	var all []string
	for _, name := range book.GetSheetList() {
		rows, err := book.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			all = append(all, append(row, "")[0])
		}
	}
	return all
}

// TestTheWorkbookSaysWhoStandsBehindABar: how many have decided, and the reason where no share is written. Counts have neither.
func TestTheWorkbookSaysWhoStandsBehindABar(t *testing.T) {
	text, g := said(t, locale.Bokmal), larvik(t, locale.Bokmal)
	calls := &g.Benefits[5]
	calls.Disposition = benefits.Disposition{} // the only one of its type
	rows := charted(t, Realisation(g))
	note := func(n, of, undecided int) string {
		s := text.T("portfolio.use.of", "n", n, "of", of)
		if undecided > 0 {
			s = text.T("portfolio.use.waiting", "said", s, "n", undecided)
		}
		return s
	}
	for _, want := range [][]string{
		{text.T("portfolio.type"), "Lavere budsjett, prosent", "Mer kapasitet, prosent", "Bedre kvalitet, prosent", "Annet, prosent", text.T("portfolio.use.decided"), text.T("report.chart.why")},
		{text.T("portfolio.use.all"), "0", "50", "50", "0", note(5, 7, 2), ""},
		{text.Within("benefit.type", benefits.SavedTime), "0", "50", "50", "0", note(5, 6, 1), ""},
		{text.Within("benefit.type", benefits.AvoidedCost), "", "", "", "", note(0, 1, 1), "ikke bestemt"},
	} {
		if !slices.ContainsFunc(rows["use"], func(row []string) bool { return slices.Equal(row[:len(want)], want) }) {
			t.Errorf("the chart of what gains are used for has no row %q, but %q", want, rows["use"])
		}
	}
	if n := len(benefits.Statuses) + 1; rows["types"][0][n] != text.T("portfolio.all") || rows["types"][0][n+1] != "" {
		t.Errorf("the counts have other columns behind them than their sum: %q", rows["types"][0])
	}
}

// TestAWorkbookIsReadInPrint: no sheet is wider than a page can hold in letters that are read, numbers and their titles stand at the same side, and no page ends inside a chart because of the one before.
func TestAWorkbookIsReadInPrint(t *testing.T) {
	for name, of := range kinds {
		d := of(larvik(t, locale.Bokmal))
		var file bytes.Buffer
		if err := d.WriteXLSX(&file); err != nil {
			t.Fatal(err)
		}
		book, err := excelize.OpenReader(bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		side := func(sheet, at string) string {
			id, _ := book.GetCellStyle(sheet, at)
			style, err := book.GetStyle(id)
			if err != nil || style.Alignment == nil {
				t.Fatalf("%s!%s: %+v, %v", sheet, at, style, err)
			}
			return style.Alignment.Horizontal
		}
		numbers := 0
		for _, sheet := range book.GetSheetList() {
			panes, _ := book.GetPanes(sheet)
			rows, _ := book.GetRows(sheet, excelize.Options{RawCellValue: true})
			if panes.YSplit == 0 {
				continue
			}
			wide := 0.0
			for x := range rows[panes.YSplit-1] {
				letter, _ := excelize.ColumnNumberToName(x + 1)
				width, _ := book.GetColWidth(sheet, letter)
				wide += width
				head := side(sheet, letter+strconv.Itoa(panes.YSplit))
				for y := panes.YSplit + 1; y <= len(rows); y++ {
					if got := side(sheet, letter+strconv.Itoa(y)); got != head {
						t.Errorf("%s: %s!%s%d stands to the %s below a title to the %s", name, sheet, letter, y, got, head)
					}
				}
				if head == "right" {
					numbers++
				}
			}
			if wide > widest+narrow {
				t.Errorf("%s: %s is %v characters wide", name, sheet, wide)
			}
		}
		if numbers == 0 {
			t.Errorf("no column of the %s is of numbers", name)
		}
		breaks := 0
		for part, n := range parts(t, file.Bytes()) {
			if strings.HasPrefix(part, "xl/worksheets/") {
				breaks += len(n.all("brk"))
			}
		}
		sheets := 0
		for _, s := range d.Sections {
			drawn := len(s.Charts)
			for _, part := range s.Parts {
				drawn += len(part.Charts)
			}
			sheets += min(drawn, 1)
		}
		if want := len(d.Charts()) - sheets; breaks != want {
			t.Errorf("the charts of the %s begin %d pages of their own, want %d", name, breaks, want)
		}
		book.Close()
	}
}

// TestAChartSaysTheMost: what most benefits are of is named first, and of many only the first are named.
func TestAChartSaysTheMost(t *testing.T) {
	text := said(t, locale.Bokmal)
	sentence := func(n int) string {
		var rows []benefits.Standings
		for i := range n {
			rows = append(rows, benefits.Standings{Of: fmt.Sprint("T", i), Counts: map[benefits.Status]int{benefits.Idea: i}})
		}
		return ByStatus(text, charts.About{}, "", 9, rows, func(of string) string { return of }).Sentence
	}
	for n, want := range map[int]string{3: "9 gevinster: T2 2; T1 1.", 8: "9 gevinster: T7 7; T6 6; T5 5; T4 4; T3 3; T2 2; T1 1.", 10: "9 gevinster: T9 9; T8 8; T7 7; T6 6; T5 5; T4 4; og 3 til."} {
		if got := sentence(n); got != want {
			t.Errorf("of %d: %q, want %q", n, got, want)
		}
	}
}
