package charts

import (
	"encoding/csv"
	"io"
	"strings"
)

// Table is a chart's content as text. Page and CSV show the same one.
type Table struct {
	Caption string
	Header  []string
	// Rows have as many cells as Header; the first names the row.
	Rows [][]string
	// Foot says what the numbers rest on: publication, n, coverage. Its rows
	// may be shorter than Header.
	Foot [][]string
}

// byteOrderMark makes spreadsheets read the file as UTF-8; without it æ, ø and
// å arrive broken in Excel.
const byteOrderMark = "\uFEFF"

// writeCSV writes header, rows and foot as RFC 4180 with CRLF line ends; every
// line has the same number of cells.
func writeCSV(w io.Writer, t Table, f Format) error {
	width := len(t.Header)
	for _, rows := range [][][]string{t.Rows, t.Foot} {
		for _, row := range rows {
			width = max(width, len(row))
		}
	}
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.Comma = f.separator()
	out.UseCRLF = true
	line := make([]string, width)
	for _, rows := range [][][]string{{t.Header}, t.Rows, t.Foot} {
		for _, row := range rows {
			for i := range line {
				line[i] = ""
				if i < len(row) {
					line[i] = harmless(row[i], f)
				}
			}
			if err := out.Write(line); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// harmless keeps a spreadsheet from running a name as a formula: cells that
// begin like one get an apostrophe in front (OWASP, "CSV Injection"). Numbers
// of our own, such as -0,50, stay numbers. Line ends and control characters
// become spaces or vanish, so that a row stays one line.
func harmless(cell string, f Format) string {
	cell = plain(cell)
	if cell == "" || !strings.ContainsRune("=+-@", rune(cell[0])) || isNumber(cell, f) {
		return cell
	}
	return "'" + cell
}

func isNumber(s string, f Format) bool {
	whole, fraction, cut := strings.Cut(strings.TrimPrefix(s, "-"), f.point())
	return digits(whole) && (!cut || digits(fraction))
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
