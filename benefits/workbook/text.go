package workbook

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"helhet/benefits"
	"helhet/internal/sheet"

	"golang.org/x/text/encoding/charmap"
)

// separators are what may stand between cells. Excel copies with tabs, and saves with a semicolon where the decimals have a comma.
var separators = []byte{'\t', ';', ','}

// decoded is a file's text: UTF-8 or UTF-16 where it says so, else UTF-8 where it is that, else Windows-1252, as Excel in Norway writes it.
func decoded(data []byte) (string, *sheet.Fault) {
	text := ""
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		text = string(data[3:])
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		text = wide(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		text = wide(data[2:], binary.BigEndian)
	case utf8.Valid(data):
		text = string(data)
	default:
		text, _ = charmap.Windows1252.NewDecoder().String(string(data)) // knows every byte
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return "", &sheet.Fault{Kind: NoText}
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), nil
}

func wide(data []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	return string(utf16.Decode(units))
}

// texted makes a table of a text. It is read with the separator by which most headings are known.
func (v vocabulary) texted(text string) (grid, error) {
	skip, only := 0, separators
	if line, rest, _ := strings.Cut(text, "\n"); len(line) == 5 && strings.EqualFold(line[:4], "sep=") && bytes.IndexByte(separators, line[4]) >= 0 { // Excel's own way to say it
		text, skip, only = rest, 1, []byte{line[4]}
	}
	best, known := only[0], 0
	for _, sep := range only {
		rows, _ := split(text, sep, headRows) // what is wrong is told when this is the one
		for _, row := range rows {
			if n := len(v.known(row)); n > known {
				best, known = sep, n
			}
		}
	}
	rows, err := split(text, best, benefits.MaxBatch+headRows)
	for _, row := range rows {
		for i := range row {
			row[i].text = unguarded(row[i].text)
		}
	}
	return grid{rows: append(make([][]cell, skip), rows...)}, err
}

// split reads at most so many rows of a text, and one more is a fault: nothing behind it is read. With a fault come the rows before it. A cell in quotation marks may hold separators and line ends,
// and marks that are written twice. Copied cells that begin with a mark and are in none are as they are.
func split(text string, sep byte, limit int) ([][]cell, error) {
	var rows [][]cell
	var row []cell
	for len(text) > 0 {
		if len(rows) == limit {
			if limit == headRows {
				return rows, nil
			}
			return rows, &sheet.Fault{Kind: sheet.Rows, Args: []any{"n", benefits.MaxBatch}}
		}
		said, rest, ok := "", "", false
		if text[0] == '"' {
			said, rest, ok = quoted(text, sep)
			if !ok && sep != '\t' {
				return rows, &Fault{Place: Place{Row: len(rows) + 1}, Kind: Quote}
			}
		}
		if !ok {
			end := strings.IndexAny(text, string(rune(sep))+"\n")
			if end < 0 {
				end = len(text)
			}
			said, rest = text[:end], text[end:]
		}
		if row = append(row, cell{text: said}); len(row) > most().Columns {
			return rows, &sheet.Fault{Kind: sheet.Columns, Args: []any{"n", most().Columns}}
		}
		switch {
		case rest == "":
			text = ""
		case rest[0] == sep:
			if text = rest[1:]; text == "" {
				row = append(row, cell{})
			}
			continue
		default:
			text = rest[1:]
		}
		rows, row = append(rows, row), nil
	}
	if row != nil {
		rows = append(rows, row)
	}
	return rows, nil
}

// quoted reads a cell in quotation marks, and gives what follows it. ok is false where they don't end before a separator or the end of a line.
func quoted(text string, sep byte) (said, rest string, ok bool) {
	var b strings.Builder
	for i := 1; ; {
		end := strings.IndexByte(text[i:], '"')
		if end < 0 {
			return "", "", false
		}
		b.WriteString(text[i : i+end])
		i += end + 1
		switch {
		case i == len(text), text[i] == sep, text[i] == '\n':
			return b.String(), text[i:], true
		case text[i] != '"':
			return "", "", false
		}
		b.WriteByte('"')
		i++
	}
}

// A text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, "CSV Injection"), and so does one that looks as if it had got one, so
// that taking it away gives back what stood there.
func guarded(text string) string {
	if runs(text) {
		return "'" + text
	}
	return text
}

func unguarded(text string) string {
	if strings.HasPrefix(text, "'") && runs(text) {
		return text[1:]
	}
	return text
}

func runs(text string) bool {
	inner := strings.TrimLeft(text, "'")
	return inner != "" && strings.ContainsRune("=+-@\t\r", rune(inner[0]))
}
