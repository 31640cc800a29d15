package reports

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"helhet/benefits"
	"helhet/internal/locale"

	"github.com/xuri/excelize/v2"
)

// statements are all that a report says, a line for each paragraph, each row and what is said of each chart, with the chapter it stands in and the columns it fills.
func statements(d Document) []string {
	lines := []string{d.Title(), d.Note}
	for _, f := range d.About {
		lines = append(lines, f.Label+": "+f.Text)
	}
	for _, s := range d.Sections {
		for _, p := range s.Says {
			lines = append(lines, s.Title+" | "+p)
		}
		for _, part := range append([]Section{s}, s.Parts...) {
			for _, c := range part.Charts {
				for _, text := range slices.Concat([]string{c.About.Title, c.About.Sentence}, c.About.Warnings, c.About.Notes) {
					lines = append(lines, s.Title+" | "+text)
				}
			}
			for _, t := range part.Tables {
				for _, r := range t.Rows {
					line := s.Title
					if part.ID != s.ID {
						line += " | " + d.T("report.column.benefit") + "=" + part.Title
					}
					for i, c := range r.Cells {
						line += " | " + t.Columns[i].Title + "=" + c.Text
					}
					lines = append(lines, line)
				}
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// node is a piece of XML, read without knowing what it is.
type node struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Nodes   []node     `xml:",any"`
}

func (n node) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (n node) all(name string) []node {
	var found []node
	for _, x := range n.Nodes {
		if x.XMLName.Local == name {
			found = append(found, x)
		}
		found = append(found, x.all(name)...)
	}
	return found
}

// says is the text of a paragraph or a cell.
func (n node) says() string {
	var b strings.Builder
	for _, x := range n.Nodes {
		switch x.XMLName.Local {
		case "t":
			b.WriteString(x.Text)
		case "br":
			b.WriteString("\n")
		default:
			b.WriteString(x.says())
		}
	}
	return b.String()
}

// parts reads a file of Office: each part is XML that can be read.
func parts(t testing.TB, file []byte) map[string]node {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]node{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		var n node
		if strings.HasSuffix(f.Name, ".png") {
			all[f.Name] = node{Text: string(body)}
			continue
		}
		if err := xml.Unmarshal(body, &n); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		all[f.Name] = n
	}
	return all
}

// readDOCX is what a Word file says, as statements has it.
func readDOCX(t testing.TB, d Document, file []byte) []string {
	t.Helper()
	var lines []string
	chapter, part := "", ""
	for _, n := range parts(t, file)["word/document.xml"].all("body")[0].Nodes {
		style := ""
		if s := n.all("pStyle"); len(s) > 0 && n.XMLName.Local == "p" {
			style = s[0].attr("val")
		}
		switch text := n.says(); {
		case n.XMLName.Local == "tbl":
			rows := n.all("tr")
			var columns []string
			for _, c := range rows[0].all("tc") {
				columns = append(columns, c.says())
			}
			for _, r := range rows[1:] {
				line := chapter
				if part != "" {
					line += " | " + d.T("report.column.benefit") + "=" + part
				}
				for i, c := range r.all("tc") {
					line += " | " + columns[i] + "=" + c.says()
				}
				lines = append(lines, line)
			}
		case n.XMLName.Local != "p" || text == "" || style == "Caption":
		case style == "Heading1":
			chapter, part = text, ""
		case style == "Heading2":
			part = text
		case chapter == "":
			lines = append(lines, text)
		default:
			lines = append(lines, chapter+" | "+text)
		}
	}
	slices.Sort(lines)
	return lines
}

// readXLSX is what a workbook says, as statements has it. What a number looks like is put together of the number and its format.
func readXLSX(t testing.TB, d Document, file []byte) []string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cell := func(sheet string, x, y int) string {
		at, _ := excelize.CoordinatesToCellName(x, y)
		shown, err := f.GetCellValue(sheet, at)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := f.GetCellStyle(sheet, at)
		style, err := f.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := f.GetCellValue(sheet, at, excelize.Options{RawCellValue: true})
		if style.CustomNumFmt == nil || strings.HasPrefix(*style.CustomNumFmt, "dd") {
			return shown
		}
		first, _, _ := strings.Cut(*style.CustomNumFmt, ";")
		i, j := strings.Index(first, "#"), strings.LastIndex(first, "0")
		before, after := strings.ReplaceAll(first[:i], `"`, ""), strings.ReplaceAll(first[j+1:], `"`, "")
		number := Decimal(d.Text, benefits.Number(raw))
		if strings.HasPrefix(raw, "-") {
			before, number = strings.TrimSuffix(before, "+")+minus, strings.TrimPrefix(number, minus)
		}
		return before + number + after
	}
	var lines []string
	for i, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		panes, err := f.GetPanes(sheet)
		if err != nil {
			t.Fatal(err)
		}
		head, chapter := panes.YSplit, cell(sheet, 1, 1)
		for y := range rows {
			y++
			switch text := cell(sheet, 1, y); {
			case y == 1 || y == head || text == "":
			case head > 0 && y > head:
				line := chapter
				for x := range rows[head-1] {
					line += " | " + rows[head-1][x] + "=" + cell(sheet, x+1, y)
				}
				lines = append(lines, line)
			case i == 0 && y <= 1+2+len(d.About):
				lines = append(lines, text)
			default:
				lines = append(lines, chapter+" | "+text)
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// TestTheFilesSayTheSame: what stands in the Word file and in the workbook is what the report says, no more and no less, in each language.
func TestTheFilesSayTheSame(t *testing.T) {
	for _, lang := range locale.Langs() {
		for name, of := range kinds {
			d := of(larvik(t, lang))
			want := statements(d)
			var docx, xlsx bytes.Buffer
			if err := d.WriteDOCX(&docx); err != nil {
				t.Fatal(err)
			}
			if err := d.WriteXLSX(&xlsx); err != nil {
				t.Fatal(err)
			}
			for form, got := range map[string][]string{"docx": readDOCX(t, d, docx.Bytes()), "xlsx": readXLSX(t, d, xlsx.Bytes())} {
				if told := difference(want, got); told != "" {
					t.Errorf("%s.%s in %s: %s", name, form, lang, told)
				}
			}
		}
	}
}

// difference names the lines that only one of two has.
func difference(want, got []string) string {
	var b strings.Builder
	count := map[string]int{}
	for _, line := range want {
		count[line]++
	}
	for _, line := range got {
		count[line]--
	}
	for _, line := range slices.Sorted(func(yield func(string) bool) {
		for line := range count {
			if !yield(line) {
				return
			}
		}
	}) {
		if n := count[line]; n != 0 {
			fmt.Fprintf(&b, "\n%+d %q", -n, line)
		}
	}
	return b.String()
}

// TestTheSameReportIsTheSameBytes: a file depends on what it is made of and on the clock, and on nothing else.
func TestTheSameReportIsTheSameBytes(t *testing.T) {
	for name, of := range kinds {
		var first [2][]byte
		for i := range 3 {
			d := of(larvik(t, locale.Bokmal))
			for form, write := range []func(io.Writer) error{d.WriteDOCX, d.WriteXLSX} {
				var b bytes.Buffer
				if err := write(&b); err != nil {
					t.Fatal(err)
				}
				if i == 0 {
					first[form] = b.Bytes()
				} else if !bytes.Equal(first[form], b.Bytes()) {
					t.Errorf("%s, form %d, is another file the %d. time", name, form, i+1)
				}
			}
		}
	}
}

// TestTheWordFileIsAccessible: real headings, heads that repeat, a language, a title, page numbers, and every part has a type.
func TestTheWordFileIsAccessible(t *testing.T) {
	for lang, tag := range map[locale.Lang]string{locale.Bokmal: "nb-NO", locale.Nynorsk: "nn-NO", locale.English: "en-GB"} {
		d := BenefitPlan(larvik(t, lang))
		var b bytes.Buffer
		if err := d.WriteDOCX(&b); err != nil {
			t.Fatal(err)
		}
		all := parts(t, b.Bytes())
		known := map[string]bool{}
		for _, o := range all["[Content_Types].xml"].all("Override") {
			known[strings.TrimPrefix(o.attr("PartName"), "/")] = true
		}
		for name := range all {
			if !known[name] && !strings.HasSuffix(name, ".png") && !strings.HasSuffix(name, ".rels") && name != "[Content_Types].xml" {
				t.Errorf("%s has no type", name)
			}
		}
		for name := range known {
			if _, ok := all[name]; !ok {
				t.Errorf("%s is named and is not there", name)
			}
		}
		styles := map[string]node{}
		for _, s := range all["word/styles.xml"].all("style") {
			styles[s.attr("styleId")] = s
		}
		for id, level := range map[string]string{"Heading1": "0", "Heading2": "1"} {
			if got := styles[id].all("outlineLvl"); len(got) != 1 || got[0].attr("val") != level {
				t.Errorf("%s is no heading", id)
			}
		}
		for _, s := range all["word/document.xml"].all("pStyle") {
			if _, ok := styles[s.attr("val")]; !ok {
				t.Errorf("no style %q", s.attr("val"))
			}
		}
		if got := all["word/styles.xml"].all("docDefaults")[0].all("lang")[0].attr("val"); got != tag {
			t.Errorf("the language is %q, want %q", got, tag)
		}
		if got := all["docProps/core.xml"].all("title")[0].Text; got != d.Title() {
			t.Errorf("the title is %q", got)
		}
		if got := all["docProps/core.xml"].all("language")[0].Text; got != tag {
			t.Errorf("the properties say the language is %q", got)
		}
		var fields []string
		for _, f := range all["word/footer1.xml"].all("fldSimple") {
			fields = append(fields, strings.TrimSpace(f.attr("instr")))
		}
		if !slices.Equal(fields, []string{"PAGE", "NUMPAGES"}) {
			t.Errorf("the footer has %v", fields)
		}
		if mode := all["word/settings.xml"].all("compatSetting"); len(mode) != 1 || mode[0].attr("val") != "15" {
			t.Errorf("Word opens it as a file of an old Word: %v", mode)
		}
		for _, table := range all["word/document.xml"].all("tbl") {
			for _, p := range table.all("tr")[0].all("pStyle") {
				if len(styles[p.attr("val")].all("keepNext")) != 1 {
					t.Errorf("the head of a table may stand alone at the end of a page: %s", p.attr("val"))
				}
			}
			for i, r := range table.all("tr") {
				if got := len(r.all("tblHeader")); got != 1 && i == 0 || got != 0 && i > 0 {
					t.Errorf("row %d of a table has %d marks of a head", i, got)
				}
				if got, want := len(r.all("tc")), len(table.all("gridCol")); got != want {
					t.Errorf("a row has %d cells of %d", got, want)
				}
			}
		}
	}
}

// TestTheWorkbookIsToBeWorkedWith: numbers are numbers and days are days, heads stay in sight, and no text is a formula.
func TestTheWorkbookIsToBeWorkedWith(t *testing.T) {
	d := BenefitPlan(larvik(t, locale.Bokmal))
	var b bytes.Buffer
	if err := d.WriteXLSX(&b); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := map[excelize.CellType]int{}
	for _, sheet := range f.GetSheetList() {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		for y, row := range rows {
			for x := range row {
				at, _ := excelize.CoordinatesToCellName(x+1, y+1)
				kind, _ := f.GetCellType(sheet, at)
				seen[kind]++
				if formula, _ := f.GetCellFormula(sheet, at); formula != "" || kind == excelize.CellTypeFormula {
					t.Errorf("%s!%s is a formula: %s", sheet, at, formula)
				}
			}
		}
	}
	if seen[excelize.CellTypeSharedString] == 0 || seen[excelize.CellTypeUnset] == 0 {
		t.Errorf("the kinds of cells are %v", seen)
	}
	panes, err := f.GetPanes("Oversikt")
	if err != nil || !panes.Freeze {
		t.Errorf("the overview's head is not fixed: %+v, %v", panes, err)
	}
	raw, err := f.GetCellValue("Oversikt", "E"+strconv.Itoa(panes.YSplit+1), excelize.Options{RawCellValue: true})
	if n, failed := strconv.ParseFloat(raw, 64); err != nil || failed != nil || n != 42 {
		t.Errorf("the baseline is %q", raw)
	}
	if titled := slices.ContainsFunc(statements(d), func(s string) bool { return strings.Contains(s, "=HYPERLINK(") }); !titled {
		t.Error("no text begins as a formula, so that nothing was tried")
	}
}
