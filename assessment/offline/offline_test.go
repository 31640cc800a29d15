package offline

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/locale"
	"helhet/internal/sheet"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// theSmall and theTexts are read once, since every draw of a property needs them.
var (
	theSmall = sync.OnceValues(func() (*catalogue.Catalogue, error) {
		return catalogue.Parse(os.DirFS("../catalogue/testdata"), "trygg-hverdag-1")
	})
	theTexts = sync.OnceValues(locale.Load)
)

// made is a form of a small questionnaire with these answers.
func made(t interface{ Fatal(...any) }, lang locale.Lang, filled bool, answers ...assessment.Answer) Form {
	c, err := theSmall()
	if err != nil {
		t.Fatal(err)
	}
	texts, err := theTexts()
	if err != nil {
		t.Fatal(err)
	}
	var scope assessment.Scope
	for _, task := range c.Tasks() {
		scope = append(scope, task.Key)
	}
	f := Form{Text: texts.For(lang), Words: c.In(catalogue.Lang(lang)), Catalogue: c, Filled: filled, Place: "Larvik", Round: "Høst 2026", Made: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC),
		Of:         assessment.FormOf{Round: "vestfold-telemark-host-2026", Municipality: "larvik", Catalogue: c.Key(), Structure: c.StructureHash},
		Assessment: assessment.Assessment{Scope: scope}}
	for _, answer := range answers {
		f.Assessment.Answers.Append(answer)
	}
	return f
}

func written(t interface{ Fatal(...any) }, f Form) []byte {
	var b bytes.Buffer
	if err := Write(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// edited opens the form as somebody does who fills it in, and saves it.
func edited(t interface{ Fatal(...any) }, data []byte, edit func(*excelize.File) error) []byte {
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b bytes.Buffer
	if err := errors.Join(edit(f), f.Write(&b)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The small questionnaire's described levels are 1, 2 and 4: the fields begin in F.
const (
	levelColumn, whyColumn, wordsColumn, noteColumn, codeColumn = "F", "G", "H", "I", "J"
	firstQuestion                                               = firstRow + 1
)

func questions(c *catalogue.Catalogue) (all []catalogue.QuestionKey) {
	for _, task := range c.Tasks() {
		for _, q := range task.Questions {
			all = append(all, q.Key)
		}
	}
	return all
}

// What somebody fills in is what is read, in every language, whatever the texts begin with; what she leaves blank is not spoken of.
func TestFormLosesNothing(t *testing.T) {
	texts := rapid.OneOf(rapid.SampledFrom([]string{"=1+1", "+47 33 17 10 00", "-2", "@SUM(A1)", "=cmd|' /C calc'!A0", "a\n\nb", "«æøå» \"x\" <b>&amp;", "007", "1e9", "TRUE"}),
		rapid.StringMatching(`[=+@a-zæøå0-9 ,.:;'"<>&\n-]{1,80}`))
	rapid.Check(t, func(t *rapid.T) {
		form := made(t, rapid.SampledFrom(locale.Langs()).Draw(t, "language"), false)
		var want []assessment.Proposal
		data := edited(t, written(t, form), func(f *excelize.File) error {
			var errs []error
			name := form.T("form.sheet")
			for i, q := range questions(form.Catalogue) {
				at := func(column string) string { return column + strconv.Itoa(firstQuestion+i) }
				p := assessment.Proposal{Question: q}
				switch rapid.IntRange(0, 3).Draw(t, "what") {
				case 0:
					n := rapid.IntRange(1, 4).Draw(t, "level")
					p.Level = &n
					errs = append(errs, f.SetCellInt(name, at(levelColumn), int64(n)))
				case 1:
					p.Why = rapid.SampledFrom(assessment.Exemptions).Draw(t, "why")
					p.Words = strings.TrimSpace(texts.Draw(t, "words"))
					errs = append(errs, f.SetCellStr(name, at(whyColumn), form.T("exemption."+string(p.Why))), f.SetCellStr(name, at(wordsColumn), p.Words))
				}
				if rapid.Bool().Draw(t, "note") {
					p.Note = strings.TrimSpace(texts.Draw(t, "text"))
					errs = append(errs, f.SetCellStr(name, at(noteColumn), p.Note))
				}
				if !p.Blank() {
					want = append(want, p)
				}
			}
			return errors.Join(errs...)
		})
		got, err := Parse(bytes.NewReader(data))
		if err != nil || len(got.Wrong) > 0 || got.Of != form.Of {
			t.Fatalf("%v %v %+v", err, got.Wrong, got.Of)
		}
		var said []assessment.Proposal
		for _, row := range got.Rows {
			said = append(said, row.Proposal)
		}
		if !reflect.DeepEqual(said, want) {
			t.Fatalf("read\n%+v\nwant\n%+v", said, want)
		}
	})
}

// A form with the answers in it says nothing as long as nobody touches it, and no cell of it is ever computed. What was carried is not in it.
func TestFilledForm(t *testing.T) {
	three := 3
	form := made(t, locale.Bokmal, true)
	all := questions(form.Catalogue)
	form = made(t, locale.Bokmal, true,
		assessment.Answer{Question: all[0], Value: assessment.Value{Level: &three, Note: "=1+1 _x0041_"}, Tag: "T0"},
		assessment.Answer{Question: all[1], Value: assessment.Value{NotApplicable: "Vi har ikke\n@dette"}, Tag: "T1"}, // saved before there was a list
		assessment.Answer{Question: all[2], Value: assessment.Value{Level: &three}, Carried: true, Tag: "T2"},
		assessment.Answer{Question: all[3], Value: assessment.Value{NotApplicableReason: assessment.OtherExemption, NotApplicable: "half _xD800_ a character"}, Tag: "T3"},
	)
	data := written(t, form)
	got, err := Parse(bytes.NewReader(data))
	if err != nil || len(got.Rows) > 0 || len(got.Wrong) > 0 {
		t.Fatalf("%v %+v %v", err, got.Rows, got.Wrong)
	}
	f, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for cell, want := range map[string]string{levelColumn + "7": "3", noteColumn + "7": "=1+1 _x0041_", whyColumn + "8": "Noe annet", wordsColumn + "8": "Vi har ikke\n@dette", levelColumn + "9": "", whyColumn + "10": "", wordsColumn + "10": "",
		codeColumn + "7": string(all[0]), "A7": form.Words.Tasks[form.Catalogue.Tasks()[0].Key].Name} {
		if value, err := f.GetCellValue("Svar", cell); value != want || err != nil {
			t.Errorf("%s is %q (%v), want %q", cell, value, err, want)
		}
		if formula, _ := f.GetCellFormula("Svar", cell); formula != "" {
			t.Errorf("%s is computed: %s", cell, formula)
		}
	}
	if visible, _ := f.GetSheetVisible(dataSheet); visible {
		t.Error("the data sheet is shown")
	}
	validations, err := f.GetDataValidations("Svar")
	if err != nil || len(validations) != 2 || validations[0].Formula1 != `"1,2,3,4"` || !strings.HasPrefix(validations[0].Sqref, levelColumn+"7:") {
		t.Errorf("%+v %v", validations, err)
	}
	// What is changed is said with all of its row, and on what it builds.
	got, err = Parse(bytes.NewReader(edited(t, data, func(f *excelize.File) error { return f.SetCellStr("Svar", noteColumn+"7", "Nytt") })))
	if want := (assessment.Proposal{Question: all[0], Base: "T0", Level: &three, Note: "Nytt"}); err != nil || len(got.Rows) != 1 || !reflect.DeepEqual(got.Rows[0].Proposal, want) {
		t.Errorf("%+v %v", got, err)
	}
}

// Rows may be sorted, taken out and moved down, columns moved too, reasons typed in other letters, and levels as text.
func TestWhatSomebodyMayDo(t *testing.T) {
	form := made(t, locale.Nynorsk, false)
	all := questions(form.Catalogue)
	got, err := Parse(bytes.NewReader(edited(t, written(t, form), func(f *excelize.File) error {
		return errors.Join(f.UnprotectSheet("Svar"), f.SetCellStr("Svar", levelColumn+"8", " 2 "), f.SetCellStr("Svar", whyColumn+"9", strings.ToUpper(form.T("exemption.not-in-use"))+"  "),
			f.InsertRows("Svar", 8, 2), f.RemoveRow("Svar", 7), f.RemoveCol("Svar", "C"), f.InsertCols("Svar", "E", 1))
	})))
	if err != nil || len(got.Wrong) > 0 || len(got.Rows) != 2 || got.Rows[0].Question != all[1] || *got.Rows[0].Level != 2 || got.Rows[1].Why != assessment.NotInUse {
		t.Fatalf("%+v %v", got, err)
	}
	if cell := got.Rows[0].Cell("level"); cell != "F9" {
		t.Errorf("the level stands in %s", cell)
	}
}

// Each thing that can be wrong in a cell is told by that cell, and the others are read; what makes it no form at all is told alone.
func TestWhatIsWrong(t *testing.T) {
	form := made(t, locale.Bokmal, false)
	data := written(t, form)
	set := func(cell string, value any) func(*excelize.File) error {
		return func(f *excelize.File) error { return f.SetCellValue("Svar", cell, value) }
	}
	fact := func(what, value string) func(*excelize.File) error {
		return func(f *excelize.File) error {
			rows, err := f.GetRows(dataSheet)
			i := slices.IndexFunc(rows, func(row []string) bool { return row[0] == what })
			return errors.Join(err, f.SetCellStr(dataSheet, fmt.Sprint("C", i+1), value))
		}
	}
	met := map[sheet.Kind]bool{}
	for _, tt := range []struct {
		name  string
		edit  func(*excelize.File) error
		want  string // kind and place
		whole bool   // nothing of it is read
	}{
		{"no level", set("F8", "høyt"), "level Svar!F8", false},
		{"half a level", set("F8", 2.5), "level Svar!F8", false},
		{"no reason", set("G8", "Vil ikke"), "why Svar!G8", false},
		{"another code", func(f *excelize.File) error { return errors.Join(set("J8", "nosuch")(f), set("F8", 2)(f)) }, "question Svar!J8", false},
		{"no code", func(f *excelize.File) error { return errors.Join(set("J8", "")(f), set("I8", "Hei")(f)) }, "question Svar!J8", false},
		{"beside", set("K8", "Husk"), "beside Svar!K8", false},
		{"a heading gone", set("F6", ""), "no-column Svar", true},
		{"the code's heading gone", set("J6", "Kode"), "no-column Svar", true},
		{"a heading twice", set("C6", form.T("form.column.note")), "twice Svar!I6", true},
		{"another sheet", func(f *excelize.File) error { return f.SetSheetName("Svar", "Ark1") }, "no-sheet Svar", true},
		{"no data", func(f *excelize.File) error { return f.DeleteSheet(dataSheet) }, "no-form ", true},
		{"no round", fact(dataRound, ""), "no-form ", true},
		{"another format", fact(dataFormat, "2"), "format ", true},
		{"a formula", func(f *excelize.File) error { return f.SetCellFormula("Svar", "F8", "1+1") }, "formula Svar!F8", true},
		{"merged", func(f *excelize.File) error { return f.MergeCell("Svar", "F8", "F9") }, "merged Svar!F8:F9", true},
		{"100,000 rows", func(f *excelize.File) error { return f.SetCellStr("Svar", "A100000", "x") }, "rows Svar", true},
	} {
		read, err := Parse(bytes.NewReader(edited(t, data, func(f *excelize.File) error { return errors.Join(set("F10", 3)(f), tt.edit(f)) })))
		faults := read.Wrong
		if tt.whole {
			if faults = sheet.Faults(err); err == nil || len(read.Rows) > 0 {
				t.Errorf("%s: %v, %+v", tt.name, err, read.Rows)
			}
		} else if err != nil || len(read.Rows) != 1 {
			t.Errorf("%s: %v, %+v", tt.name, err, read.Rows)
		}
		if len(faults) != 1 || string(faults[0].Kind)+" "+faults[0].At() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, faults, tt.want)
			continue
		}
		met[faults[0].Kind] = true
		if said := form.Within("sheet.fault", faults[0].Kind, faults[0].Args...); strings.Contains(said, "{") || strings.Contains(said, "⟦") {
			t.Errorf("%s: %s", tt.name, said)
		}
	}
	for _, k := range Kinds {
		if !met[k] {
			t.Errorf("nothing was %s", k)
		}
	}
}

// A sheet of more rows than a form can have is refused for that, whether anything stands in them or not; one of nothing but spaces for its size.
func TestTooMuchOfNothing(t *testing.T) {
	data := written(t, made(t, locale.Bokmal, false))
	for name, tt := range map[string]struct{ rows, want string }{
		"100,000 empty rows":              {strings.Repeat("<row/>", 100_000), "rows Svar"},
		"100,000 numbered empty rows":     {strings.Repeat(`<row r="100000" ht="15"/>`, 100_000), "rows Svar"},
		"100,000 rows of formatted cells": {strings.Repeat(`<row><c s="1"/></row>`, 100_000), "rows Svar"},
		"60 MB of spaces":                 {strings.Repeat(" ", 60<<20), "unpacked "},
	} {
		_, err := Parse(bytes.NewReader(appended(t, data, tt.rows)))
		if faults := sheet.Faults(err); len(faults) != 1 || string(faults[0].Kind)+" "+faults[0].At() != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	if _, err := Parse(bytes.NewReader(appended(t, data, `<row r="1048576"/>`))); err != nil { // as some programs say how high rows are
		t.Error(err)
	}
}

// appended is the workbook with something behind the last row of its first sheet.
func appended(t *testing.T, data []byte, rows string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, part := range r.File {
		from, err := part.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(from)
		if part.Name == "xl/worksheets/sheet1.xml" {
			text = bytes.Replace(text, []byte("</sheetData>"), []byte(rows+"</sheetData>"), 1)
		}
		to, made := w.Create(part.Name)
		if made == nil {
			_, made = to.Write(text)
		}
		if err := errors.Join(err, made); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Every reason why a workbook is refused has its text in every language.
func TestFaultsAreWorded(t *testing.T) {
	for _, lang := range locale.Langs() {
		text := made(t, lang, false).Text
		for _, k := range append(slices.Clone(sheet.Kinds), Kinds...) {
			if said := text.Within("sheet.fault", k, "mb", 1, "n", 2, "part", "p", "column", "c", "question", "q", "level", "l", "reason", "r"); strings.ContainsAny(said, "{⟦") {
				t.Errorf("%s: %s", lang, said)
			}
		}
	}
}

// Whatever the bytes are: no panic, and either rows or a reason.
func FuzzParse(f *testing.F) {
	data := written(f, made(f, locale.Bokmal, false))
	for part, text := range map[string]string{
		"xl/worksheets/sheet1.xml": `<worksheet><sheetData><row r="6"><c r="F6" t="inlineStr"><is><t>Kode (la den stå)</t></is></c></row></sheetData></worksheet>`,
		"xl/worksheets/sheet2.xml": `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>format</t></is></c><c r="C1"><v>1</v></c></row></sheetData></worksheet>`,
		"xl/sharedStrings.xml":     `<sst><si><t>_x000</t></si></sst>`,
		"xl/workbook.xml":          `<workbook><sheets><sheet name="helhet" r:id="rId9"/></sheets></workbook>`,
	} {
		f.Add(data, part, []byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte, part string, text []byte) {
		if r, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err == nil && len(text) > 0 && len(text) < 1<<16 {
			var out bytes.Buffer
			w := zip.NewWriter(&out)
			for _, old := range r.File {
				if old.Name != part {
					if w.Copy(old) != nil {
						return
					}
				} else if to, err := w.Create(part); err != nil {
					return
				} else if _, err := to.Write(text); err != nil {
					return
				}
			}
			if w.Close() == nil {
				data = out.Bytes()
			}
		}
		read, err := Parse(bytes.NewReader(data))
		if err != nil && err.Error() == "" {
			t.Fatal("refused without a reason")
		}
		for _, row := range read.Rows {
			if row.Blank() || row.Question == "" || row.Cell("level") == "" {
				t.Fatalf("%+v", row)
			}
		}
	})
}
