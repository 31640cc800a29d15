package workbook

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/locale"
	"helhet/internal/sheet"
	"helhet/org"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"pgregory.net/rapid"
)

var theTexts = sync.OnceValues(locale.Load)

func texts(t interface{ Fatal(...any) }) *locale.Catalogue {
	all, err := theTexts()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var made = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func benefit(id benefits.ID, title string, u benefits.Unit) benefits.Benefit {
	return benefits.Benefit{ID: id, Data: benefits.Data{Title: title, Unit: u}}
}

// exported is what a municipality takes out.
func exported(t interface{ Fatal(...any) }, lang locale.Lang, all []benefits.Benefit, measured []benefits.Measurement) Export {
	return Export{Text: texts(t).For(lang), Place: "Larvik", Made: made, Benefits: all, Measurements: measured, Name: func(org.PersonID) string { return "Kari Nordmann" },
		Task: func(k catalogue.TaskKey) string { return string(k) }, Indicator: func(k benefits.IndicatorKey) string { return string(k) },
		Steps: func(b benefits.Benefit) (all []string) {
			for _, id := range b.Steps {
				all = append(all, "Tiltaket "+string(id))
			}
			return all
		}}
}

// What was written, in people's own words: some of it would run as a formula.
var words = rapid.OneOf(rapid.SampledFrom([]string{"", "=1+1", "'=1+1", "''-2", "'", "+47 33 17 10 00", "-2", "@SUM(A1)", "a\n\nb", `si "nei"; og, så`, `"`, "«æøå»", "007", "1e9", "46355", "2026-01-01"}),
	rapid.StringMatching(`[=+@'a-zæøå0-9 ,.:;"<>&\n\t-]{0,80}`))

func number(t *rapid.T, name string) benefits.Number {
	return benefits.Read(fmt.Sprintf("%s%d.%02d", rapid.SampledFrom([]string{"", "-"}).Draw(t, name+" sign"), rapid.Int64Range(0, 999_999_999_999).Draw(t, name), rapid.IntRange(0, 99).Draw(t, name+" decimals")))
}

// Whatever was measured, taken out and brought back it says the same, as a workbook and as text, in every language; nor does any of its texts run as a formula.
func TestWhatIsTakenOutComesBackWithoutLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lang := rapid.SampledFrom(locale.Langs()).Draw(t, "language")
		line := func(name string) string {
			return strings.TrimSpace(strings.Join(strings.Fields(words.Draw(t, name)), " "))
		}
		var all []benefits.Benefit
		var measured []benefits.Measurement
		var want []benefits.Line
		for i := range rapid.IntRange(1, 3).Draw(t, "benefits") {
			b := benefit(benefits.ID(fmt.Sprint("b-", i)), "x"+line("title"), rapid.SampledFrom(benefits.Units).Draw(t, "unit"))
			if rapid.Bool().Draw(t, "begins as a formula") {
				b.Title = "=" + b.Title
			}
			all = append(all, b)
			for j := range rapid.IntRange(1, 3).Draw(t, "measurements") {
				m := benefits.Measured{Figures: benefits.Figures{To: benefits.Day("2000-01-01").After(rapid.IntRange(0, 36_000).Draw(t, "day")), Value: number(t, "value"), People: rapid.IntRange(0, 50).Draw(t, "people")},
					Method: line("method"), Source: line("source"), Note: strings.TrimSpace(words.Draw(t, "note")), Evidence: rapid.SampledFrom([]string{"", "https://kommunen.example/sak/26-1?a=b&c=;d"}).Draw(t, "evidence")}
				if rapid.Bool().Draw(t, "period") {
					m.From = m.To.After(-rapid.IntRange(0, 90).Draw(t, "long"))
				}
				if rapid.Bool().Draw(t, "range") {
					m.Low, m.High = number(t, "low"), number(t, "high")
				}
				id, out := benefits.MeasurementID(fmt.Sprint("m-", i, j)), rapid.Bool().Draw(t, "taken out")
				measured = append(measured, benefits.Measurement{ID: id, Benefit: b.ID, Versions: []benefits.Version{{Measured: m, Removed: out, At: made}}})
				want = append(want, benefits.Line{Benefit: b.ID, Title: b.Title, Unit: b.Unit, ID: id, Removed: out, Measured: m})
			}
		}
		e := exported(t, lang, all, measured)
		var book, text bytes.Buffer
		if err := errors.Join(WriteBook(&book, e), WriteMeasurements(&text, e)); err != nil {
			t.Fatal(err)
		}
		for form, data := range map[string][]byte{"XLSX": book.Bytes(), "CSV": text.Bytes()} {
			got := Parse(data, texts(t), false)
			if len(got.Wrong) > 0 || !reflect.DeepEqual(got.Lines(), want) {
				t.Fatalf("%s: %+v\n%+v, want\n%+v", form, got.Wrong, got.Lines(), want)
			}
		}
		r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text.Bytes(), []byte(byteOrderMark))))
		if r.Comma = ','; lang != locale.English {
			r.Comma = ';'
		}
		rows, err := r.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			for i, cell := range row {
				if number := i >= 4 && i <= 6; !number && cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					t.Fatalf("%q runs as a formula", cell)
				}
			}
		}
	})
}

// What is fetched is blank, and says nothing when it is brought back; filled in by somebody who reads another language, it is read.
func TestTheSheetIsFilledIn(t *testing.T) {
	for _, lang := range locale.Langs() {
		f := Form{Text: texts(t).For(lang), Place: "Larvik", Made: made, Benefits: []benefits.Benefit{benefit("b-1", "Færre tilsyn", benefits.Hours), benefit("b-2", "Færre telefoner", benefits.Share)}}
		f.Benefits[0].Figures = []benefits.Figure{{ID: "m-1", Figures: benefits.Figures{To: "2026-06-01", Value: "33.5"}}}
		var book, text bytes.Buffer
		if err := errors.Join(WriteForm(&book, f), WriteFormCSV(&text, f)); err != nil {
			t.Fatal(err)
		}
		for _, data := range [][]byte{book.Bytes(), text.Bytes()} {
			if got := Parse(data, texts(t), false); len(got.Rows) > 0 || len(got.Wrong) != 1 || got.Wrong[0].Kind != NoRows || len(got.Unread) > 0 {
				t.Errorf("%s: the empty sheet says %+v", lang, got)
			}
		}
		if mark := map[bool]string{true: "33.5", false: "33,5"}[lang == locale.English]; !strings.Contains(text.String(), mark) {
			t.Errorf("%s: %s", lang, text.String())
		}
		x, err := excelize.OpenReader(bytes.NewReader(book.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		percent, err := x.NewStyle(&excelize.Style{NumFmt: 9})
		name := f.T("batch.sheet")
		var filled bytes.Buffer
		if err := errors.Join(err, x.SetCellValue(name, "F7", made), x.SetCellFloat(name, "H7", 33.3, -1, 64), x.SetCellStr(name, "I7", "30,5"), x.SetCellStr(name, "J7", " 1 234,5 "), x.SetCellInt(name, "K7", 4), x.SetCellStr(name, "N7", "=ikke formel"),
			x.SetCellStr(name, "F8", "1.11.2026"), x.SetCellFloat(name, "H8", 0.45, -1, 64), x.SetCellStyle(name, "H8", "H8", percent), x.Write(&filled), x.Close()); err != nil {
			t.Fatal(err)
		}
		got := Parse(filled.Bytes(), texts(t), false)
		want := []benefits.Line{
			{Benefit: "b-1", Title: "Færre tilsyn", Unit: benefits.Hours, Measured: benefits.Measured{Figures: benefits.Figures{To: "2026-11-29", Value: "33.3", Low: "30.5", High: "1234.5", People: 4}, Note: "=ikke formel"}},
			{Benefit: "b-2", Title: "Færre telefoner", Unit: benefits.Share, Measured: benefits.Measured{Figures: benefits.Figures{To: "2026-11-01", Value: benefits.Read("45%")}}},
		}
		if len(got.Wrong) > 0 || !reflect.DeepEqual(got.Lines(), want) {
			t.Errorf("%s: %+v\n%+v, want\n%+v", lang, got.Wrong, got.Lines(), want)
		} else if p := got.Rows[0].Place("low"); p.Cell != "I7" || p.Sheet != name || p.Heading != f.T("batch.column.low") {
			t.Errorf("%+v", p)
		}
	}
}

// first is what a text's only measurement says.
func first(t *testing.T, text string) benefits.Line {
	t.Helper()
	got := Parse([]byte(text), texts(t), true)
	if len(got.Wrong) > 0 || len(got.Rows) != 1 {
		t.Errorf("%q: %+v", text, got)
		return benefits.Line{}
	}
	return got.Rows[0].Line
}

// Text comes with any separator, in any of the encodings that spreadsheets in Norway write, under headings in any of the languages.
func TestTextIsReadAsItComes(t *testing.T) {
	want := benefits.Line{Title: "Færre tilsyn", Unit: benefits.NOK, Measured: benefits.Measured{Figures: benefits.Figures{To: "2026-11-29", Value: benefits.Read("1 200,50 kr")}, Source: "Kjøreboka – «natt»"}}
	const semicolons = "Gevinst;Enhet;Dato;Verdi;Kilde\r\nFærre tilsyn;Kroner;29.11.2026;1 200,50 kr;Kjøreboka – «natt»\r\n"
	latin, err := charmap.Windows1252.NewEncoder().String(semicolons)
	if err != nil {
		t.Fatal(err)
	}
	utf16 := "\xff\xfe"
	for _, r := range strings.ReplaceAll(semicolons, ";", "\t") {
		utf16 += string([]byte{byte(r), byte(r >> 8)})
	}
	for name, text := range map[string]string{
		"UTF-8": semicolons, "with a byte order mark": "\ufeff" + semicolons, "Windows-1252": latin, "UTF-16 with tabs": utf16, "Excel's own mark": "sep=;\r\n" + semicolons,
		"tabs": strings.ReplaceAll(semicolons, ";", "\t"), "old line ends": strings.ReplaceAll(semicolons, "\r\n", "\r"), "no last line end": strings.TrimSpace(semicolons),
		"commas":          `title,unit,to,value,source` + "\n" + `Færre tilsyn,nok,2026-11-29,"1 200,50 kr","Kjøreboka – «natt»"`,
		"nynorsk":         "GEVINST:\tEining\tDato\tMåltal\tKjelde\nFærre tilsyn\tkr\t20261129\t1 200,50 kr\tKjøreboka – «natt»",
		"English":         "Our figures\n\nNo.,Source,Value,Date,Benefit,Unit\n1,Kjøreboka – «natt»,\"1 200,50 kr\",29/11/2026,Færre tilsyn,Kroner",
		"lines to skip":   "Målinger\n;;;\n" + semicolons + ";;;;\n",
		"Excel's numbers": "Gevinst;Enhet;Dato;Verdi;Kilde\nFærre tilsyn;NOK;46355;1 200,50 kr;Kjøreboka – «natt»",
	} {
		if got := first(t, text); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	if got := Parse([]byte("Our figures\nNo.,Value,Date\n1,2,2026-11-29"), texts(t), true); !slices.Equal(got.Unread, []string{"No."}) {
		t.Errorf("%q", got.Unread)
	}
	// Rows that were copied: what begins with a quotation mark and is in none is as it stands.
	if got := first(t, "Dato\tVerdi\tMerknad\n2026-11-29\t1\t\"natt\" og 5\" skjerm").Note; got != `"natt" og 5" skjerm` {
		t.Errorf("%q", got)
	}
	if got := first(t, "Dato\tVerdi\tMerknad\n2026-11-29\t1\t\"to\nlinjer \"\"her\"\"\"\n").Note; got != "to\nlinjer \"her\"" {
		t.Errorf("%q", got)
	}
}

// What is not taken is told with its place and why, and nothing behind too many rows is read.
func TestWhatIsWrongIsToldWithItsPlace(t *testing.T) {
	const head = "Gevinst;Enhet;Fra;Dato;Verdi;Tatt ut\n"
	for name, c := range map[string]struct{ text, want string }{
		"no headings":               {"Færre tilsyn;29.11.2026;12\n", "0  no-header"},
		"nothing":                   {"", "0  no-header"},
		"a column is missing":       {"Gevinst;Verdi\na;1\n", "1  column-missing"},
		"no benefit":                {"Dato;Verdi\n2026-11-29;1\n", "1  column-missing"},
		"a column twice":            {"Gevinst;Dato;Verdi;Value\na;2026-11-29;1;2\n", "1 Value twice"},
		"only headings":             {head, "0  no-rows"},
		"two days at once":          {head + "a;;;3/4/2026;1;\n", "2 Dato day-or-month"},
		"an unknown unit":           {head + "\na;Fot;;2026-11-29;1;\n", "3 Enhet unknown-unit"},
		"neither yes nor no":        {head + "a;;;2026-11-29;1;kanskje\n", "2 Tatt ut yes-no"},
		"beside":                    {head + "a;;;2026-11-29;1;;mer\n", "2  beside"},
		"a decimal comma in commas": {"Gevinst,Dato,Verdi\na,2026-11-29,33,5\n", "2  beside"},
		"half a quotation":          {head + "a;;;2026-11-29;1;\n\"b;;;;;\n", "3  quote"},
		"a picture":                 {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "0  no-text"},
		"an old workbook":           {"\xd0\xcf\x11\xe0", "0  password"},
		"an archive":                {"PK\x03\x04", "0  no-xlsx"},
		"ten thousand rows":         {head + strings.Repeat("a;;;2026-11-29;1;\n", 10_000), "0  rows"},
		"as many as there may be":   {head + strings.Repeat("a;;;2026-11-29;1;\n", benefits.MaxBatch), ""},
		"one more":                  {head + strings.Repeat("a;;;2026-11-29;1;\n", benefits.MaxBatch+1), "0  rows"},
		"wide":                      {head + strings.Repeat(";", 200) + "\n", "0  columns"},
		"too large":                 {strings.Repeat("a", 1<<20+1), "0  too-large"},
	} {
		var told []string
		for _, f := range Parse([]byte(c.text), texts(t), false).Wrong {
			told = append(told, fmt.Sprint(f.Row, " ", f.Heading, " ", f.Kind))
		}
		if got := strings.Join(told, ", "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A workbook of one's own is looked at before it is opened, and a number that Excel has made a date of is not taken for a number.
func TestAWorkbookOfOnesOwn(t *testing.T) {
	parse := func(edit func(*excelize.File) error) Read {
		t.Helper()
		f := excelize.NewFile()
		defer f.Close()
		var b bytes.Buffer
		if err := errors.Join(f.SetSheetRow("Sheet1", "A1", &[]any{"Date", "Value", "Note"}), f.SetSheetRow("Sheet1", "A2", &[]any{"2026-11-29", 12.5, "x"}), edit(f), f.Write(&b)); err != nil {
			t.Fatal(err)
		}
		return Parse(b.Bytes(), texts(t), true)
	}
	style := func(f *excelize.File, cell string, s excelize.Style) error {
		id, err := f.NewStyle(&s)
		return errors.Join(err, f.SetCellStyle("Sheet1", cell, cell, id))
	}
	dotted, kroner := "d.m.yy", `#,##0.00 "kr dagen"`
	for name, c := range map[string]struct {
		edit func(*excelize.File) error
		want string
	}{
		"as it is":             {func(*excelize.File) error { return nil }, "2026-11-29 12.5"},
		"a formula":            {func(f *excelize.File) error { return f.SetCellFormula("Sheet1", "B2", "1+1") }, "B2 formula"},
		"merged cells":         {func(f *excelize.File) error { return f.MergeCell("Sheet1", "A2", "A3") }, "A2:A3 merged"},
		"many rows":            {func(f *excelize.File) error { return f.SetCellInt("Sheet1", "A10000", 1) }, " rows"},
		"Excel made it a date": {func(f *excelize.File) error { return style(f, "B2", excelize.Style{CustomNumFmt: &dotted}) }, "B2 calendar"},
		"kroner":               {func(f *excelize.File) error { return style(f, "B2", excelize.Style{CustomNumFmt: &kroner}) }, "2026-11-29 12.5"},
		"in percent":           {func(f *excelize.File) error { return style(f, "B2", excelize.Style{NumFmt: 10}) }, "2026-11-29 1250 %"},
		"a date": {func(f *excelize.File) error {
			return errors.Join(f.SetCellFloat("Sheet1", "A2", 46355.75, -1, 64), style(f, "A2", excelize.Style{NumFmt: 14}))
		}, "2026-11-29 12.5"},
		"a date's number": {func(f *excelize.File) error { return f.SetCellInt("Sheet1", "A2", 46355) }, "2026-11-29 12.5"},
		"from 1904": {func(f *excelize.File) error {
			yes := true
			return errors.Join(f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}), f.SetCellInt("Sheet1", "A2", 46355-1462))
		}, "2026-11-29 12.5"},
		"no number": {func(f *excelize.File) error { return f.SetCellStr("Sheet1", "B2", "1.200") }, "2026-11-29 1.200"},
		"measurements twice": {func(f *excelize.File) error {
			_, err := f.NewSheet("Other")
			return errors.Join(err, f.SetSheetRow("Other", "A1", &[]any{"Verdi", "Dato"}))
		}, " sheets"},
		"a sheet of something else": {func(f *excelize.File) error {
			_, err := f.NewSheet("Other")
			return errors.Join(err, f.SetSheetRow("Other", "A1", &[]any{"Verdi", "Farge"}))
		}, "2026-11-29 12.5"},
	} {
		got, said := parse(c.edit), ""
		for _, f := range got.Wrong {
			said = fmt.Sprint(f.Cell, " ", f.Kind)
		}
		for _, l := range got.Lines() {
			said += fmt.Sprint(l.To, " ", l.Value)
		}
		if said != c.want {
			t.Errorf("%s: %q, want %q", name, said, c.want)
		}
	}
}

// Outside the municipality nothing says what fewer than five people amount to, nor who measured.
func TestWhatLeavesWithholdsFewPeople(t *testing.T) {
	b := benefit("b-1", "Færre tilsyn", benefits.Hours)
	b.Direction, b.Baseline.Value, b.Target.Value = benefits.Less, "40", "20"
	b.Figures = []benefits.Figure{{ID: "m-1", Figures: benefits.Figures{To: "2026-06-01", Value: "33.77", People: 4}}}
	m := benefits.Measurement{ID: "m-1", Benefit: b.ID, Versions: []benefits.Version{{Measured: benefits.Measured{Figures: benefits.Figures{To: "2026-06-01", Value: "33.77", Low: "31.77", High: "35.77", People: 4}, Note: "33,77 timer"}, By: "p-1", At: made}}}
	e := exported(t, locale.Bokmal, []benefits.Benefit{b}, []benefits.Measurement{m})
	said := func() string {
		var text, book bytes.Buffer
		if err := errors.Join(WriteBenefits(&text, e), WriteMeasurements(&text, e), WriteBook(&book, e)); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&book)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for _, name := range f.GetSheetList() {
			rows, err := f.GetRows(name)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&text, rows)
		}
		return text.String()
	}
	if inside := said(); strings.Count(inside, "33,77") < 3 || strings.Count(inside, "33.77") != 2 || !strings.Contains(inside, "Kari") {
		t.Errorf("inside: %s", inside)
	}
	e.Outside = true
	if outside := said(); strings.Contains(outside, ",77") || strings.Contains(outside, ".77") || strings.Contains(outside, "Kari") || strings.Count(outside, benefits.FewShown) < 6 {
		t.Errorf("outside: %s", outside)
	}
	if !strings.Contains(said(), "2026-06-01") {
		t.Error("when it was measured is withheld too")
	}
}

// No heading means two columns, and everything that can be wrong has words.
func TestHeadingsAreOneColumns(t *testing.T) {
	all := map[string]string{}
	for _, lang := range locale.Langs() {
		text := texts(t).For(lang)
		for _, c := range columns {
			names := []string{text.Within("batch.column", c)}
			if key := "batch.also." + c; text.Has(key) {
				names = append(names, strings.Split(text.T(key), ";")...)
			}
			for _, name := range names {
				if was, ok := all[fold(name)]; ok && was != c {
					t.Errorf("%s: %q is %s and %s", lang, name, was, c)
				}
				all[fold(name)] = c
			}
		}
		for _, k := range slices.Concat(Kinds, sheet.Kinds) {
			if !text.Has("sheet.fault." + string(k)) {
				t.Errorf("%s has no words for %s", lang, k)
			}
		}
	}
}

// strict reads text as the standard says it is written.
func strict(text string, sep byte) ([][]string, bool) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord = rune(sep), -1
	var all [][]string
	for {
		row, err := r.Read()
		if err == io.EOF {
			return all, true
		}
		if err != nil {
			return nil, false
		}
		all = append(all, row)
	}
}

// Whatever comes, each row says where it stands, no more are read than may be, and text as the standard has it is read as the standard library reads it.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"Gevinst;Dato;Verdi\na;29.11.2026;1,5\n", "sep=,\nDate,Value\n2026-11-29,\"1\"\"\n\"", "Dato\tVerdi\n\"\t1", "\xff\xfeD\x00", "Dato;Verdi\r3/4/2026;12 %\r", "PK\x03\x04", "Date,Value\n46355,1e9\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := Parse(data, texts(t), true)
		if len(got.Rows) > benefits.MaxBatch || len(got.Rows) == 0 && len(got.Wrong) == 0 {
			t.Fatalf("%d rows, %v", len(got.Rows), got.Wrong)
		}
		for _, row := range got.Rows {
			if row.Place("value").Row == 0 || row.Place("nonsense").Row == 0 {
				t.Fatalf("%+v is nowhere", row)
			}
		}
		for _, sep := range separators {
			text := string(data)
			want, ok := strict(text, sep)
			if !ok || strings.Contains(text, "\r") {
				continue
			}
			rows, err := split(text, sep, benefits.MaxBatch)
			if err != nil {
				continue // too many
			}
			var said [][]string
			for _, row := range rows {
				var cells []string
				for _, c := range row {
					cells = append(cells, c.text)
				}
				if len(cells) != 1 || cells[0] != "" { // the library leaves blank lines out
					said = append(said, cells)
				}
			}
			want = slices.DeleteFunc(want, func(row []string) bool { return len(row) == 1 && row[0] == "" })
			if !slices.EqualFunc(said, want, slices.Equal) {
				t.Fatalf("%q is read as %q, and not as %q", text, said, want)
			}
		}
	})
}

// The tables say that they hold all that is known of the benefits, so whatever a benefit has stands in them: each field that a person gives, who it is a part of, what it was said to be
// different from, what it may be the same as, and what makes it doubtful.
func TestTheTableOfBenefitsHoldsAll(t *testing.T) {
	d := benefits.Data{Title: "Tittelen", Type: benefits.SavedTime, Tasks: []catalogue.TaskKey{"oppgaven"}, Technology: "Teknologien", Stakeholder: "Interessenten", Shared: "indikatoren", Indicator: "Eget navn", Unit: benefits.Hours, Per: benefits.Week,
		Direction: benefits.Less, Baseline: benefits.Baseline{Value: "101", Low: "102", High: "103", Date: "2026-05-01", Method: "Nullmetoden", Source: "Nullkilden"}, Target: benefits.Target{Value: "104", Date: "2027-02-02"}, EffectFrom: "2026-03-03",
		Plan: benefits.Plan{After: []int{2, 17}, Every: 23}, Assumptions: "Forutsetningene", Measures: "Tiltakene", Risk: "Risikoen", Uncertainty: "Usikkerheten",
		Own:         benefits.Own{HourlyCost: "105", HoursPerFTE: "106", TaskCost: "107", Date: "2026-04-04", Source: "Egen kilde"},
		Disposition: benefits.Disposition{BudgetCut: 11, Capacity: 12, Quality: 13, Other: 14, Decision: "Beslutningen"}, Status: benefits.Measuring, Explanation: "Forklaringen",
		Effect: benefits.Effect{Sign: benefits.Worse, Noticed: "2026-05-05", NoticedBy: "Natteamet", Cause: "Grunnen", Done: "Det som gjøres"}}
	comesOf(&d.Steps, "s-1")
	fields := reflect.ValueOf(d)
	for i := range fields.NumField() {
		if fields.Field(i).IsZero() {
			t.Errorf("%s is not looked for", fields.Type().Field(i).Name)
		}
	}
	planned := d
	planned.Title, planned.Effect = "Den andre", benefits.Effect{}
	apart := planned
	apart.Title = "Den tredje"
	all := []benefits.Benefit{{ID: "b-1", Municipality: "larvik", Owner: "p-1", Data: d, PartOf: "b-4"}, {ID: "b-2", Municipality: "larvik", Data: planned, Different: []benefits.Apart{{With: "b-3"}, {With: "b-gone"}}},
		{ID: "b-3", Municipality: "larvik", Data: apart}, {ID: "b-4", Municipality: "larvik", Data: benefits.Data{Title: "Helheten", Type: benefits.SavedTime, Status: benefits.Idea}}}
	e := exported(t, locale.Bokmal, all, nil)
	var b bytes.Buffer
	if err := WriteBenefits(&b, e); err != nil {
		t.Fatal(err)
	}
	read := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), byteOrderMark)))
	read.Comma = ';'
	rows, err := read.ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatal(len(rows), err)
	}
	of := func(row int) map[string]string {
		cells := map[string]string{}
		for i, title := range rows[0] {
			if _, twice := cells[title]; twice {
				t.Errorf("two columns are called %q", title)
			}
			cells[title] = rows[row][i]
		}
		return cells
	}
	first := strings.Join(rows[1], "|") + "|"
	for _, want := range []string{"Tittelen", "Spart tid", "oppgaven", "Teknologien", "Interessenten", "indikatoren", "Eget navn", "Timer", "per uke", "101", "102", "103", "2026-05-01", "Nullmetoden", "Nullkilden", "104", "2027-02-02", "2026-03-03", "2, 17", "23",
		"Forutsetningene", "Tiltakene", "Tiltaket s-1", "Risikoen", "Usikkerheten", "105", "106", "107", "2026-04-04", "Egen kilde", "11", "12", "13", "14", "Beslutningen", "Forklaringen", "2026-05-05", "Natteamet", "Grunnen", "Det som gjøres", "Helheten"} {
		if !strings.Contains(first, "|"+want+"|") && !strings.HasPrefix(first, want+"|") {
			t.Errorf("%q is not in %s", want, first)
		}
	}
	if got := of(2); got["Forskjellig fra"] != "Den tredje; b-gone" || got["Kan være det samme som"] != "Tittelen" || !strings.Contains(got["Forbehold"], e.T("benefit.warning.baseline-late")) {
		t.Errorf("of the second %q", got)
	}
	if got := of(4); got["Forbehold"] != "" || got["Kan være det samme som"] != "" {
		t.Errorf("of an idea %q", got)
	}
	// The sheet that is sent around says it too, and what stands there is brought back as nothing.
	var form bytes.Buffer
	if err := WriteFormCSV(&form, Form{Text: e.Text, Place: "Larvik", Made: made, Benefits: all[1:2]}); err != nil || !strings.Contains(form.String(), e.T("benefit.mark.baseline-late")) {
		t.Errorf("%v: %s", err, form.String())
	}
	if got := Parse(form.Bytes(), texts(t), false); len(got.Unread) != 0 || len(got.Wrong) != 1 || got.Wrong[0].Kind != NoRows {
		t.Errorf("brought back it is %+v", got)
	}
}

// comesOf adds a step by its code, whatever package its type is of.
func comesOf[T ~string](steps *[]T, id string) { *steps = append(*steps, T(id)) }
