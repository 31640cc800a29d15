package workbook

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/assessment/catalogue/cataloguetest"
	"helhet/internal/sheet"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

const small = catalogue.Key("trygg-hverdag-1")

// theSmall is a catalogue that has all that one can have, and little of each: what is wrong is found in it as in the model, and sooner.
func theSmall(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Parse(os.DirFS("../testdata"), string(small))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// theWorkbook is the small one's, made once.
var theWorkbook = sync.OnceValues(func() ([]byte, error) {
	c, err := catalogue.Parse(os.DirFS("../testdata"), string(small))
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	err = Write(&file, catalogue.SourceOf(c))
	return file.Bytes(), err
})

func smallWritten(t testing.TB) []byte {
	t.Helper()
	data, err := theWorkbook()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func written(t interface{ Fatal(...any) }, c *catalogue.Catalogue) []byte {
	var file bytes.Buffer
	if err := Write(&file, catalogue.SourceOf(c)); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// read is what an import does: a catalogue, or the reasons why not.
func read(data []byte, known func(catalogue.Key) *catalogue.Catalogue) (*catalogue.Catalogue, error) {
	s, err := Read(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return s.Parse(known)
}

func same(t interface{ Fatalf(string, ...any) }, a, b *catalogue.Catalogue) {
	if a.StructureHash != b.StructureHash || a.WordingHash != b.WordingHash {
		t.Fatalf("structure %s, then %s; wording %s, then %s", a.StructureHash, b.StructureHash, a.WordingHash, b.WordingHash)
	}
	if x, y := catalogue.SourceOf(a), catalogue.SourceOf(b); !reflect.DeepEqual(x, y) {
		t.Fatalf("%+v\nthen %+v", x, y)
	}
}

func TestTheModelLosesNothing(t *testing.T) {
	all, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := all["helhetlig-tjenestemodell-1"]
	again, err := read(written(t, c), nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, c, again)
}

// Whatever a catalogue holds, its workbook gives the same catalogue again, and the same YAML to the last byte.
func TestWorkbookLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, older := cataloguetest.Any(t)
		known := func(catalogue.Key) *catalogue.Catalogue { return older }
		c, err := s.Parse(known)
		if err != nil {
			t.Fatal(err)
		}
		again, err := read(written(t, c), known)
		if err != nil {
			t.Fatal(err)
		}
		same(t, c, again)
		if before, after := catalogue.SourceOf(c).Files(), catalogue.SourceOf(again).Files(); !maps.EqualFunc(before, after, bytes.Equal) {
			t.Fatalf("%q, then %q", before, after)
		}
	})
}

// A text that begins as a formula does is a text: no cell of ours is ever computed.
func TestTextsAreNoFormulas(t *testing.T) {
	s := catalogue.SourceOf(theSmall(t))
	for i := range s.Texts {
		if s.Texts[i].Field == "name" && s.Texts[i].Of == catalogue.OfTask {
			s.Texts[i].Text = "=1+1"
		}
	}
	var file bytes.Buffer
	if err := Write(&file, s); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for cell, value := range cells(t, f, sheetTexts) {
		if value != "=1+1" {
			continue
		}
		found++
		if formula, err := f.GetCellFormula(sheetTexts, cell); err != nil || formula != "" {
			t.Errorf("%s is the formula %q (%v)", cell, formula, err)
		}
	}
	if found != 3*3 {
		t.Errorf("%d cells", found)
	}
}

// cells gives every cell of a sheet that is not empty.
func cells(t testing.TB, f *excelize.File, sheet string) map[string]string {
	t.Helper()
	rows, err := f.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for n, row := range rows {
		for i, v := range row {
			cell, err := excelize.CoordinatesToCellName(i+1, n+1)
			if err != nil {
				t.Fatal(err)
			}
			if v != "" {
				all[cell] = v
			}
		}
	}
	return all
}

// edited is the small workbook after somebody was at it.
func edited(t *testing.T, edit func(*excelize.File) error) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(smallWritten(t)))
	if err != nil {
		t.Fatal(err)
	}
	if err := edit(f); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := f.Write(&file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// cellOf finds the row of a text, and gives its cell in a language's column.
func cellOf(t *testing.T, letter string, of, key, text string) string {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(smallWritten(t)))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := f.GetRows(sheetTexts)
	if err != nil {
		t.Fatal(err)
	}
	n := slices.IndexFunc(rows, func(row []string) bool { return row[0] == of && row[1] == key && row[2] == text })
	if n < 0 {
		t.Fatalf("no row %s %s %s", of, key, text)
	}
	return fmt.Sprint(letter, n+1)
}

// Each fault by itself, told by its sheet and cell.
func TestFaults(t *testing.T) {
	known := theSmall(t)
	why := cellOf(t, "E", "task", "alarm", "why")
	between := strings.Replace(why, "E", "C", 1)
	set := func(sheet, cell string, v any) func(*excelize.File) error {
		return func(f *excelize.File) error { return f.SetCellValue(sheet, cell, v) }
	}
	for _, tt := range []struct {
		name string
		edit func(*excelize.File) error
		want string
	}{
		{"a formula", func(f *excelize.File) error { return f.SetCellFormula(sheetTexts, why, "=A1") }, "Texts!" + why + ": a formula is not taken"},
		{"a formula in a cell of its own", func(f *excelize.File) error { return f.SetCellFormula(sheetStructure, "Z9", "=A1") }, "Structure!Z9: a formula is not taken"},
		{"merged cells", func(f *excelize.File) error { return f.MergeCell(sheetStructure, "A2", "A9") }, "Structure!A2:A9: merged cells are not taken"},
		{"truth", set(sheetTexts, why, true), "Texts!" + why + ": a text is wanted here, not TRUE or FALSE"},
		{"another format", set(sheetCatalogue, "B2", 2), `Catalogue!B2: format "2" is not one that this program reads, only 1`},
		{"no version", set(sheetCatalogue, "B4", ""), "Catalogue!B4: a whole number is wanted here"},
		{"half a version", set(sheetCatalogue, "B4", 1.5), "Catalogue!B4: a whole number is wanted here"},
		{"a row that says nothing", set(sheetCatalogue, "A12", "owner"), `Catalogue!A12: "owner" says nothing of a catalogue`},
		{"a row twice", set(sheetCatalogue, "A12", "id"), `Catalogue!A12: "id" stands there already`},
		{"a missing row", set(sheetCatalogue, "A3", ""), `Catalogue!A3: "" says nothing of a catalogue`},
		{"a missing sheet", func(f *excelize.File) error { return f.DeleteSheet(sheetTexts) }, "Texts: the sheet is missing"},
		{"a sheet of one's own", func(f *excelize.File) error { _, err := f.NewSheet("Notes"); return err }, "Notes: no catalogue has a sheet of this name"},
		{"a missing column", set(sheetTexts, "F1", ""), `Texts!1:1: the column "nn" is missing`},
		{"an unknown column", set(sheetTexts, "F1", "sv"), `Texts!F1: no column is called "sv" here`},
		{"a doubled column", set(sheetTexts, "F1", "nb"), `Texts!F1: the column "nb" stands twice`},
		{"a cell beside", set(sheetTexts, strings.Replace(why, "E", "J", 1), "to do"), "Texts!" + strings.Replace(why, "E", "J", 1) + ": the column has no heading"},
		{"an unknown dimension", set(sheetStructure, "E5", "folket"), `Structure!E5: question "alarm.folk" names dimension "folket"`},
		{"a doubled question", set(sheetStructure, "D6", "tilsyn.utstyr"), `Structure!D6: question "tilsyn.utstyr" stands at Structure!D2 already`},
		{"a weight beyond", set(sheetStructure, "F5", 101), "Structure!F5: weight must be 1 to 100, is 101"},
		{"half a service path", set(sheetStructure, "B3", ""), `Structure!B3: the area "natt" is said to be the service path in some rows`},
		{"a service path that is neither", set(sheetStructure, "B5", "maybe"), `Structure!B5: "maybe" must be yes, or nothing`},
		{"no text", set(sheetTexts, why, " "), "Texts!" + why + ": why task alarm matters has no text (nb)"},
		{"too long", set(sheetTexts, why, strings.Repeat("æ", 321)), "Texts!" + why + ": why task alarm matters is 321 characters long, at most 320 fit (nb)"},
		{"line break", set(sheetTexts, why, "One\ntwo"), "Texts!" + why + ": why task alarm matters has a line break"},
		{"unknown text", set(sheetTexts, between, "whyy"), "Texts!" + between + `: no text "whyy" belongs to a catalogue's "task"`},
		{"text twice", set(sheetTexts, between, "good"), ""},
		{"a text that is not there", func(f *excelize.File) error { return f.RemoveRow(sheetTexts, rowOf(why)) }, "Texts: why task alarm matters has no text (nb, nn, en)"},
		{"no dimension", set(sheetCatalogue, "B8", " "), "Catalogue!B8: name at least one dimension"},
		{"no question", emptied(sheetStructure), "Structure: areas are missing"},
		{"no targets", emptied(sheetTargets), `Targets: the targets of area "natt" are missing`},
		{"no cases", emptied(sheetCases), "Cases: the cases are missing"},
		{"a question taken out", func(f *excelize.File) error { return f.RemoveRow(sheetStructure, 2) }, "Texts!E26: question \"tilsyn.utstyr\" is not in the structure"},
		{"no target", set(sheetTargets, "B3", "tiny"), "Targets!"},
		{"a target beyond", set(sheetTargets, "D2", 6), "Targets!C2: the target [1 6] of small municipalities in task"},
		{"a case beyond", set(sheetCases, "C3", 6), `Cases!C3: the level of question "alarm.behov" in case vikvik must be 1 to 4`},
		{"a mapping from nowhere", set(sheetMapping, "A2", "alarm.behov"), `Catalogue!B9: mapping from "" must be`},
		{"a mapping from itself", set(sheetCatalogue, "B9", string(small)), "Catalogue!B9: trygg-hverdag-1 maps its questions from itself"},
		{"a mapping in a circle", set(sheetCatalogue, "B9", "other-1"), "Catalogue!B9: the mapping goes in a circle: trygg-hverdag-1 → other-1 → trygg-hverdag-1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			other := &catalogue.Catalogue{ID: "other", Version: 1, Mapping: &catalogue.Mapping{From: small}}
			c, err := read(edited(t, tt.edit), func(k catalogue.Key) *catalogue.Catalogue {
				return map[catalogue.Key]*catalogue.Catalogue{"other-1": other, small: known}[k]
			})
			faults := catalogue.Faults(err)
			if len(faults) == 0 {
				t.Fatalf("taken as %v, %v", c, err)
			}
			if !strings.HasPrefix(faults[0].Error(), tt.want) {
				t.Errorf("%s\nwant %s", faults[0], tt.want)
			}
			for _, f := range faults {
				if !placed.MatchString(f.Error()) || f.Line != 0 {
					t.Errorf("a fault without its place: %s", f)
				}
			}
		})
	}
}

// emptied takes everything but the heading out of a sheet.
func emptied(sheet string) func(*excelize.File) error {
	return func(f *excelize.File) error {
		rows, err := f.GetRows(sheet)
		for n := len(rows); n > 1; n-- {
			err = errors.Join(err, f.RemoveRow(sheet, n))
		}
		return err
	}
}

func rowOf(cell string) int {
	_, n, err := excelize.CellNameToCoordinates(cell)
	if err != nil {
		panic(err)
	}
	return n
}

// What is not there at all is told once, by the sheet it is wanted on, since the cell beside it holds something else.
func TestWhatIsMissingIsToldByItsSheet(t *testing.T) {
	whole, err := Read(bytes.NewReader(smallWritten(t)))
	if err != nil {
		t.Fatal(err)
	}
	told := func(s catalogue.Source, known func(catalogue.Key) *catalogue.Catalogue) []string {
		_, err := s.Parse(known)
		var all []string
		for _, f := range catalogue.Faults(err) {
			all = append(all, f.Error())
		}
		return all
	}
	kinds := map[string]bool{}
	for _, x := range whole.Texts { // one of each kind
		kind := fmt.Sprint(x.Of, " ", strings.Fields(x.Field)[0])
		if kinds[kind] || kind == "question level" && !strings.HasSuffix(x.Field, "1") {
			continue
		}
		kinds[kind] = true
		without := whole
		without.Texts = slices.DeleteFunc(slices.Clone(whole.Texts), func(y catalogue.SourceText) bool { return y.Place == x.Place })
		if got := told(without, nil); len(got) != 1 || !strings.HasPrefix(got[0], "Texts: ") || !strings.HasSuffix(got[0], " (nb, nn, en)") {
			t.Errorf("without %s: %q", x.Place, got)
		}
	}
	if len(kinds) < 20 {
		t.Errorf("only %v", kinds)
	}
	second, err := catalogue.Parse(os.DirFS("../testdata"), "trygg-hverdag-2")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Read(bytes.NewReader(written(t, second)))
	if err != nil {
		t.Fatal(err)
	}
	s.Mapping.Gone, s.Mapping.Questions = nil, s.Mapping.Questions[:3]
	want := []string{`Mapping: question "alarm.test" is not in trygg-hverdag-1: say what it comes from, or that it is new`,
		`Mapping: question "besok.avtale" is not in trygg-hverdag-1: say what it comes from, or that it is new`}
	got := told(s, func(catalogue.Key) *catalogue.Catalogue { return theSmall(t) })
	if len(got) < 2 || !slices.Equal(got[:2], want) || slices.ContainsFunc(got, func(f string) bool { return !strings.HasPrefix(f, "Mapping: ") }) {
		t.Errorf("%q", got)
	}
}

var placed = regexp.MustCompile(`^(Catalogue|Structure|Texts|Targets|Cases|Mapping|Notes)(!([A-Z]+[0-9]+(:[A-Z]+[0-9]+)?|1:1))?: .`)

// container makes a zip of a workbook with parts put in or changed.
func container(t testing.TB, data []byte, parts map[string]func(old string) string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	w.RegisterCompressor(zip.Deflate, func(to io.Writer) (io.WriteCloser, error) { return flate.NewWriter(to, flate.BestSpeed) })
	put := func(name, text string) {
		part, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, text); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for _, f := range r.File {
		part, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		if change := parts[f.Name]; change != nil {
			text = []byte(change(string(text)))
		}
		seen[f.Name] = true
		put(f.Name, string(text))
	}
	for name, make := range parts {
		if !seen[name] {
			put(name, make(""))
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func always(s string) func(string) string { return func(string) string { return s } }

// What is no workbook of ours is refused before anything is made of it, with the reason.
func TestRefusedContainers(t *testing.T) {
	data := smallWritten(t)
	manyRows := func(old string) string {
		var rows strings.Builder
		for n := 9; n < maxRows+9; n++ {
			fmt.Fprintf(&rows, `<row r="%d"><c r="A%d" t="inlineStr"><is><t>a</t></is></c></row>`, n, n)
		}
		return strings.Replace(old, "</sheetData>", rows.String()+"</sheetData>", 1)
	}
	manyParts := map[string]func(string) string{}
	for i := range 501 {
		manyParts[fmt.Sprintf("xl/media/%d.png", i)] = always("x")
	}
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "the file is no .xlsx"},
		{"a text", []byte("id: tiny\nversion: 1\n"), "the file is no .xlsx"},
		{"a password", append([]byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}, make([]byte, 2000)...), "the file is protected by a password, or made by an old Excel"},
		{"a zip of something else", container(t, zipped(t), nil), "the file is no .xlsx"},
		{"cut off", data[:len(data)/2], "the file is no .xlsx"},
		{"too large", append(slices.Clone(data), make([]byte, 9<<20)...), "the file is larger than the 8 MB"},
		{"macros", container(t, data, map[string]func(string) string{"xl/vbaProject.bin": always("x")}), "the file holds macros (xl/vbaProject.bin)"},
		{"macros by another name", container(t, data, map[string]func(string) string{"[Content_Types].xml": func(old string) string {
			return strings.Replace(old, "spreadsheetml.sheet.main", "sheet.macroEnabled.main", 1)
		}}), "the file holds macros ([Content_Types].xml)"},
		{"macros of old", container(t, data, map[string]func(string) string{"xl/macrosheets/sheet1.xml": always("<x/>")}), "the file holds macros (xl/macrosheets/sheet1.xml)"},
		{"another document", container(t, data, map[string]func(string) string{"xl/embeddings/a.docx": always("x")}), "the file holds another document"},
		{"100,000 empty rows", container(t, data, map[string]func(string) string{"xl/worksheets/sheet2.xml": func(old string) string {
			return strings.Replace(old, "</sheetData>", strings.Repeat("<row/>", 100_000)+"</sheetData>", 1)
		}}), "Structure: the sheet has more than the 20000 rows that are taken, empty ones included"},
		{"too many rows", container(t, data, map[string]func(string) string{"xl/worksheets/sheet2.xml": manyRows}), "Structure: the sheet has more than the 20000 rows"},
		{"a row far below", container(t, data, map[string]func(string) string{"xl/worksheets/sheet2.xml": func(old string) string {
			return strings.Replace(old, "</sheetData>", `<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>`, 1)
		}}), "Structure: the sheet has more than the 20000 rows"},
		{"a cell far to the right", container(t, data, map[string]func(string) string{"xl/worksheets/sheet2.xml": func(old string) string {
			return strings.Replace(old, "</sheetData>", `<row r="9"><c r="XFD9"><v>1</v></c></row></sheetData>`, 1)
		}}), "Structure: the sheet has more than the 100 columns"},
		{"a bomb", container(t, data, map[string]func(string) string{"xl/media/a.png": always(strings.Repeat("a", most().Unpacked))}), "unpacked, the file is larger than the 32 MB"},
		{"too many parts", container(t, data, manyParts), "the file has"},
		{"entities", container(t, data, map[string]func(string) string{"xl/sharedStrings.xml": always(`<!DOCTYPE a [<!ENTITY b "cc">]><sst><si><t>&b;</t></si></sst>`)}), "xl/sharedStrings.xml can't be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := read(tt.data, nil)
			if err == nil || c != nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%v\nwant %s", err, tt.want)
			}
		})
	}
}

// A bomb is found wherever it lies, in whatever it is made of, while it is unpacked. The limits are tighter here than anywhere else, so
// that the bombs need not be as large.
func TestBombs(t *testing.T) {
	tight := most()
	tight.Unpacked, tight.Elements = 1<<20, 20_000
	data := smallWritten(t)
	if err := sheet.Inspect(data, tight); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, part, holds, want string }{
		{"spaces", "xl/worksheets/sheet9.xml", "<a>" + strings.Repeat(" ", 1<<20) + "</a>", "unpacked, the file is larger than the 1 MB"},
		{"one long name", "xl/worksheets/sheet9.xml", "<a" + strings.Repeat("a", 1<<20) + "/>", "unpacked, the file is larger than the 1 MB"},
		{"no XML", "xl/media/a.png", strings.Repeat("a", 1<<20), "unpacked, the file is larger than the 1 MB"},
		{"cells", "xl/worksheets/sheet9.xml", "<worksheet><row>" + strings.Repeat("<c/>", 20_000) + "</row></worksheet>", "the file holds more than the 20000 cells"},
		{"cells of no sheet", "xl/theme/theme9.xml", strings.Repeat("<c/>", 20_000), "the file holds more than the 20000 cells"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := sheet.Inspect(container(t, data, map[string]func(string) string{tt.part: always(tt.holds)}), tight); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%v\nwant %s", err, tt.want)
			}
		})
	}
}

func zipped(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	part, err := w.Create("a.txt")
	if err == nil {
		_, err = io.WriteString(part, "a")
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A declared size smaller than what comes out does not get more through.
func TestBombThatLies(t *testing.T) {
	data := container(t, smallWritten(t), map[string]func(string) string{"xl/worksheets/sheet9.xml": always("<a>" + strings.Repeat(" ", 1<<20) + "</a>")})
	size := []byte{7, 0, 0x10, 0} // 1 MB and "<a></a>", little-endian
	if bytes.Count(data, size) == 0 {
		t.Fatal("the size is not found")
	}
	if _, err := read(bytes.ReplaceAll(data, size, []byte{7, 0, 0, 0}), nil); err == nil || !strings.Contains(err.Error(), "sheet9.xml can't be read") {
		t.Errorf("%v", err)
	}
}

// Rows and columns may stand in any order, numbers as texts, and empty rows between.
func TestWhatAnEditorMayDo(t *testing.T) {
	c := theSmall(t)
	again, err := read(edited(t, func(f *excelize.File) error {
		return errors.Join(
			f.InsertRows(sheetStructure, 3, 2),
			f.SetCellStr(sheetStructure, "F2", " 2 "),
			f.SetCellStr(sheetCatalogue, "B4", "1"),
			f.DuplicateRowTo(sheetTexts, 2, 900), f.RemoveRow(sheetTexts, 2),
			f.InsertCols(sheetTexts, "E", 1), f.RemoveCol(sheetTexts, "E"),
		)
	}), nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, c, again)
}

// Whatever the bytes are: no panic, and either a source or a reason.
func FuzzRead(f *testing.F) {
	data := smallWritten(f)
	odd := container(f, data, map[string]func(string) string{"xl/worksheets/sheet3.xml": always(`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>99999</v></c></row></sheetData></worksheet>`)})
	f.Add(odd, "xl/worksheets/sheet3.xml", []byte(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>of</t></is></c></row></sheetData></worksheet>`))
	f.Add(odd, "xl/worksheets/sheet2.xml", []byte(`<worksheet><sheetData><row r="-1"><c r="XFE1"><f>A1</f><v>1</v></c></row></sheetData></worksheet>`))
	f.Add(odd, "xl/workbook.xml", []byte(`<workbook><sheets><sheet name="Catalogue" r:id="rId9"/></sheets></workbook>`))
	f.Add(odd, "xl/sharedStrings.xml", []byte(`<sst><si><t>_x000</t></si></sst>`))
	f.Add([]byte("PK\x03\x04"), "[Content_Types].xml", []byte("<"))
	f.Fuzz(func(t *testing.T, data []byte, part string, text []byte) {
		if _, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err == nil && len(text) > 0 && len(text) < 1<<16 {
			if changed, ok := changed(data, part, text); ok {
				data = changed
			}
		}
		s, err := Read(bytes.NewReader(data))
		if err != nil {
			if err.Error() == "" {
				t.Fatal("refused without a reason")
			}
			return
		}
		if c, err := s.Parse(func(catalogue.Key) *catalogue.Catalogue { return nil }); err == nil {
			again, err := read(written(t, c), func(catalogue.Key) *catalogue.Catalogue { return nil })
			if err != nil {
				t.Fatal(err)
			}
			same(t, c, again)
		}
	})
}

// changed puts a text in the place of a part of whatever zip this is.
func changed(data []byte, name string, text []byte) ([]byte, bool) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, false
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range r.File {
		if f.Name == name {
			part, err := w.Create(name)
			if err != nil {
				return nil, false
			}
			if _, err := part.Write(text); err != nil {
				return nil, false
			}
		} else if w.Copy(f) != nil {
			return nil, false
		}
	}
	return out.Bytes(), w.Close() == nil
}
