package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func usual() Limits {
	return Limits{File: 1 << 20, Unpacked: 2 << 20, Parts: 50, Elements: 20_000, Rows: 100, Columns: 20}
}

// made is a workbook of one sheet, "Svar", with what edit does to it.
func made(t testing.TB, edit func(*excelize.File) error) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	var b bytes.Buffer
	if err := errors.Join(f.SetSheetName("Sheet1", "Svar"), f.SetSheetRow("Svar", "A1", &[]any{"spørsmål", "nivå"}), edit(f), f.Write(&b)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// with is the same workbook with parts in it as they are given.
func with(t testing.TB, data []byte, parts map[string]string) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range r.File {
		if _, ok := parts[f.Name]; !ok {
			if err := w.Copy(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, text := range parts {
		part, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(part, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func cells(rows string) map[string]string {
	return map[string]string{"xl/worksheets/sheet1.xml": `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + rows + `</sheetData></worksheet>`}
}

// apart are empty rows a hundred apart.
func apart(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `<row r="%d"/>`, 1+100*i)
	}
	return b.String()
}

// Each kind of fault is met, says where it stands, and has a reason; what is whole is opened.
func TestOpen(t *testing.T) {
	plain := made(t, func(*excelize.File) error { return nil })
	many := map[string]string{}
	for i := range 50 {
		many[fmt.Sprintf("xl/media/%d.png", i)] = "x"
	}
	noise := make([]byte, 1<<20)
	types := `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/></Types>`
	long := strings.Repeat("å", mostText/2+1)
	met := map[Kind]bool{}
	for _, tt := range []struct {
		name string
		data []byte
		want string // kind, and where
	}{
		{"whole", plain, ""},
		{"nothing", nil, "no-xlsx "},
		{"too large", append(bytes.Clone(plain), noise...), "too-large "},
		{"a password", []byte{0xd0, 0xcf, 0x11, 0xe0, 1, 2, 3}, "password "},
		{"many parts", with(t, plain, many), "parts "},
		{"macros", with(t, plain, map[string]string{"xl/vbaProject.bin": "x"}), "macros "},
		{"macros by another name", with(t, plain, map[string]string{"xl/other.bin": "x", "[Content_Types].xml": types}), "macros "},
		{"macros nowhere", with(t, plain, map[string]string{"[Content_Types].xml": types}), ""}, // some programs say beforehand what a part would be
		{"another document", with(t, plain, map[string]string{"xl/embeddings/a.docx": "x"}), "document "},
		{"broken XML", with(t, plain, cells("<row")), "broken "},
		{"many cells", with(t, plain, cells("<row>"+strings.Repeat("<c/>", 20_000)+"</row>")), "elements "},
		{"a bomb", with(t, plain, map[string]string{"xl/media/a.png": strings.Repeat("a", 2<<20)}), "unpacked "},
		{"rows", with(t, plain, cells(strings.Repeat("<row><c/></row>", 101))), "rows Svar"},
		{"rows of nothing", with(t, plain, cells(strings.Repeat("<row/>", 101))), "rows Svar"},
		{"rows of nothing far apart", with(t, plain, cells(apart(101))), "rows Svar"},
		{"as many rows as may be", with(t, plain, cells(`<row r="1"><c r="B1" t="inlineStr"><is><t>nivå</t></is></c></row>`+strings.Repeat("<row/>", 99))), ""},
		{"cells of nothing", with(t, plain, cells(`<row r="101"><c r="A101" s="1"/></row>`)), "rows Svar"},
		{"spaces without end", with(t, plain, cells(`<row r="1"><c r="B1"/></row>`+strings.Repeat(" ", 2<<20))), "unpacked "},
		{"a text without end", with(t, plain, cells(`<row r="1"><c r="B1" t="inlineStr"><is><t>`+strings.Repeat(" ", 2<<20)+`</t></is></c></row>`)), "unpacked "},
		{"spaces between cells", with(t, plain, cells(strings.Repeat(" ", mostText+1)+`<row r="1"><c r="B1" t="inlineStr"><is><t>nivå</t></is></c></row>`)), ""},
		{"a long value", with(t, plain, cells(`<row r="1"><c r="B1"><v>`+strings.Repeat("1", mostText+1)+`</v></c></row>`)), "text Svar!B1"},
		{"a long text behind another element", with(t, plain, cells(`<row r="1"><c r="B1" t="inlineStr"><is><t><t/><b></b>`+long+`</t></is></c></row>`)), "text Svar!B1"},
		{"a row far below", with(t, plain, cells(`<row r="1048576"><c/></row>`)), "rows Svar"},
		{"a row below all", with(t, plain, cells(`<row r="1048577"/>`)), "rows Svar"},
		{"an empty row far below", with(t, plain, cells(`<row r="1"><c r="B1" t="inlineStr"><is><t>nivå</t></is></c></row><row r="1048576"/>`)), ""},
		{"a cell far to the right", with(t, plain, cells(`<row r="1"><c r="XFD1"/></row>`)), "columns Svar"},
		{"a long text", with(t, plain, cells(`<row r="1"><c r="B1" t="inlineStr"><is><t>`+long+`</t></is></c></row>`)), "text Svar!B1"},
		{"a long text in parts", with(t, plain, map[string]string{"xl/sharedStrings.xml": "<sst><si><r><t>" + long[:1<<16] + "</t></r><r><t>" + long[:1<<16] + "</t></r></si></sst>"}), "text xl/sharedstrings.xml"},
		{"a formula", made(t, func(f *excelize.File) error { return f.SetCellFormula("Svar", "B3", "1+1") }), "formula Svar!B3"},
		{"merged", made(t, func(f *excelize.File) error { return f.MergeCell("Svar", "A1", "B2") }), "merged Svar!A1:B2"},
		{"truth", made(t, func(f *excelize.File) error { return f.SetCellBool("Svar", "B2", true) }), "truth Svar!B2"},
		{"an error", with(t, plain, cells(`<row r="2"><c r="B2" t="e"><v>#N/A</v></c></row>`)), "error Svar!B2"},
	} {
		f, err := Open(bytes.NewReader(tt.data), usual())
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			} else if got, err := f.GetCellValue("Svar", "B1"); got != "nivå" || err != nil {
				t.Errorf("%s: %q %v", tt.name, got, err)
			}
			continue
		}
		faults := Faults(err)
		if f != nil || len(faults) == 0 {
			t.Errorf("%s is taken (%v)", tt.name, err)
			continue
		}
		if got := string(faults[0].Kind) + " " + faults[0].At(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if reason := faults[0].Reason(); reason == "" || strings.Contains(reason, "%!") || strings.Contains(reason, "than the  ") {
			t.Errorf("%s: %q", tt.name, reason)
		}
		met[faults[0].Kind] = true
	}
	for _, k := range Kinds {
		if !met[k] {
			t.Errorf("nothing was %s", k)
		}
	}
}

// A workbook full of faults is told a hundred of them.
func TestFaultsEnd(t *testing.T) {
	err := Inspect(with(t, made(t, func(*excelize.File) error { return nil }), cells(`<row r="1">`+strings.Repeat(`<c r="A1"><f>1</f></c>`, 5_000)+`</row>`)), usual())
	if n := len(Faults(err)); n != mostFaults {
		t.Errorf("%d faults", n)
	}
}
