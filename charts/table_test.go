package charts

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTheTrendAsTable(t *testing.T) {
	table := trend().Table()
	want := []string{"Kommune", "Vår 2024", "Haust 2024", "Vår 2025", "Haust 2025", "Vår 2026", "Haust 2026"}
	if !slices.Equal(table.Header, want) {
		t.Errorf("header %q", table.Header)
	}
	if got := table.Rows[1]; !slices.Equal(got, []string{"Fyresdal", "1,04", "ikkje levert", "1,40", "1,50", "1,81", "2,10"}) {
		t.Errorf("a gap in the middle reads %q", got)
	}
	if got := table.Rows[7][:4]; !slices.Equal(got, []string{"Tokke", "deltok ikkje", "deltok ikkje", "1,19"}) {
		t.Errorf("a late joiner reads %q", got)
	}
	if got := table.Rows[9][2]; table.Rows[9][0] != "Nedre kvartil" || got != "for få kommunar" {
		t.Errorf("a withheld quartile reads %q", got)
	}
	if got := table.Foot[0]; !slices.Equal(got, []string{"n", "7", "6", "8", "8", "8", "8"}) {
		t.Errorf("n per round reads %q", got)
	}
	if got := table.Foot[1]; got[0] != "Publikasjon" || got[6] != "e61d7f" {
		t.Errorf("publications read %q", got)
	}
}

func TestCSVOfTheTrend(t *testing.T) {
	var out bytes.Buffer
	if err := trend().CSV(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "trend.csv", out.Bytes())
}

func TestEveryTableIsRectangular(t *testing.T) {
	for name, table := range map[string]Table{"lines": trend().Table(), "heat map": heat(model()).Table(), "radar": wheel().Table(),
		"course": course().Table(), "together": together().Table(), "bars": statuses().Table(), "reached": reached().Table(), "scatter": pairs().Table()} {
		for _, row := range table.Rows {
			if len(row) != len(table.Header) {
				t.Errorf("%s: row %q has %d cells under %d heads", name, row[0], len(row), len(table.Header))
			}
		}
	}
}

func TestCellsThatBeginLikeFormulas(t *testing.T) {
	for cell, want := range map[string]string{
		"=HYPERLINK(\"http://example.org\")": "'=HYPERLINK(\"http://example.org\")",
		"+47 35 00 00 00":                    "'+47 35 00 00 00",
		"-1+cmd|' /C calc'!A0":               "'-1+cmd|' /C calc'!A0",
		"@SUM(A1)":                           "'@SUM(A1)",
		"\t=1":                               "'=1",
		"  =1":                               "'=1",
		"Bø\r\n=1":                           "Bø  =1",
		"-0,50":                              "-0,50", // a number of ours
		"2,42":                               "2,42",
		"Bø – i Telemark":                    "Bø – i Telemark",
		"":                                   "",
	} {
		if got := harmless(cell, Norwegian()); got != want {
			t.Errorf("%q becomes %q, want %q", cell, got, want)
		}
	}
}

// Whatever the names are, the file reads back as the table, no cell is run as a
// formula, and a reader that wants lines of equal length is content.
func checkCSV(t *rapid.T) {
	l := anyLines().Draw(t, "lines")
	// An empty line would be skipped by the reader: give each a second cell.
	l.Rounds = append(l.Rounds, Round{Name: "R"})
	var out bytes.Buffer
	if err := l.CSV(&out); err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(out.String(), byteOrderMark)
	if !marked {
		t.Fatal("no byte order mark")
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = l.Format.Separator
	lines, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	table := l.Table()
	rows := append(append([][]string{table.Header}, table.Rows...), table.Foot...)
	if len(lines) != len(rows) {
		t.Fatalf("%d lines for %d rows", len(lines), len(rows))
	}
	for i, row := range rows {
		for j, cell := range row {
			got := lines[i][j]
			if strings.TrimPrefix(got, "'") != strings.TrimPrefix(plain(cell), "'") {
				t.Fatalf("cell %q reads back as %q", cell, got)
			}
			if got != "" && strings.ContainsRune("=+-@\t\r\n ", rune(got[0])) && !isNumber(got, l.Format) {
				t.Fatalf("cell %q would be run", got)
			}
		}
	}
}

func TestCSVReadsBack(t *testing.T) { rapid.Check(t, checkCSV) }

func FuzzCSV(f *testing.F) { f.Fuzz(rapid.MakeFuzz(checkCSV)) }
