package reports

import (
	"cmp"
	"io"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"helhet/internal/locale"
	"helhet/internal/sheet"

	"github.com/xuri/excelize/v2"
)

// WriteXLSX writes a report as a workbook, with a sheet for each chapter and for each kind of table in it. Numbers are numbers with their unit in the format, and
// days are days, so that they can be worked with; all else is text, whatever it begins with, so that no cell runs as a formula. The parts of a chapter stand
// below each other, and the first column says whose a row is.
func (d Document) WriteXLSX(w io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() { err = cmp.Or(err, f.Close()) }()
	b := &book{Document: d, f: f, styles: map[string]int{}}
	for _, s := range d.Sections {
		b.chapter(s)
	}
	at := d.Made.UTC().Format(time.RFC3339)
	b.failed(f.SetDocProps(&excelize.DocProperties{Title: d.Title(), Creator: maker, LastModifiedBy: maker, Created: at, Modified: at, Language: language(d.Text)}))
	if types := f.ContentTypes; types != nil { // pictures' types come in the order of a map once there are charts
		sort.Slice(types.Defaults, func(i, j int) bool { return types.Defaults[i].Extension < types.Defaults[j].Extension })
	}
	return cmp.Or(b.err, f.Write(w))
}

// maker is who made a file, as its properties say.
const maker = "Helhet"

// language names the language of a document as Word, Excel and screen readers know it.
func language(t locale.Text) string {
	switch t.Lang() {
	case locale.Nynorsk:
		return "nn-NO"
	case locale.English:
		return "en-GB"
	}
	return "nb-NO"
}

// mostAbove is how many lines may stand above a table: they stay in sight with its head while it is scrolled. More of them get a sheet of their own.
const mostAbove = 4

// book is a workbook while it is written. The first fault stands.
type book struct {
	Document
	f      *excelize.File
	sheet  string // that is written to
	sheets int
	line   int            // of it that was written last
	widths []float64      // of its columns, in characters
	amount []bool         // its columns of numbers: these and their titles stand to the right
	styles map[string]int // by what tells them apart
	err    error
}

func (b *book) failed(err error) { b.err = cmp.Or(b.err, err) }

// chapter writes a chapter's sheets.
func (b *book) chapter(s Section) {
	lines := s.Says
	if b.sheets == 0 {
		about := []string{b.Title()}
		for _, fact := range b.About {
			about = append(about, b.T("report.fact", "label", fact.Label, "text", fact.Text))
		}
		if b.Note != "" {
			about = append(about, b.Note)
		}
		lines = append(about, lines...)
	}
	type owned struct {
		Table
		part string // whose it is, "" the chapter's
	}
	var tables []owned
	for _, t := range s.Tables {
		tables = append(tables, owned{t, ""})
	}
	for _, part := range s.Parts {
		for _, t := range part.Tables {
			tables = append(tables, owned{t, part.Title})
		}
	}
	if len(tables) == 0 || len(lines) > mostAbove {
		b.open(s, "")
		b.failed(sheet.Landscape(b.f, b.sheet, 0))
		b.room(2 * wide)
		for _, l := range lines {
			b.write("wrap", text(l))
			b.height([]Cell{text(l)})
		}
		lines = nil
	}
	drawn := slices.Clone(s.Charts)
	for _, part := range s.Parts {
		drawn = append(drawn, part.Charts...)
	}
	done := map[string]bool{}
	for _, t := range tables {
		if done[t.Kind] {
			continue
		}
		done[t.Kind] = true
		b.open(s, t.Kind)
		for _, l := range lines {
			b.write("plain", text(l))
		}
		lines = nil
		var rows []Row
		for _, same := range tables {
			if same.Kind == t.Kind {
				rows = append(rows, owner(same.Rows, same.part)...)
			}
		}
		b.head(t.Table, t.part != "", rows)
		b.body(rows)
	}
	b.charts(s, drawn)
}

// open begins a sheet of a chapter.
func (b *book) open(s Section, kind string) {
	name := s.ID
	if kind != "" {
		name += "-" + kind
	}
	b.sheet, b.line, b.amount = b.Within("report.sheet", name), 0, nil
	if b.sheets++; b.sheets == 1 {
		b.failed(b.f.SetSheetName(b.f.GetSheetName(0), b.sheet))
	} else {
		_, err := b.f.NewSheet(b.sheet)
		b.failed(err)
	}
	b.write("title", text(s.Title))
}

// widest is how many characters a table may be wide: a wider one is printed so small that nobody reads it.
const widest = 130

// head writes the titles of a table's columns, which stay in sight.
func (b *book) head(t Table, parted bool, rows []Row) {
	columns := t.Columns
	if parted {
		columns = append([]Column{{b.T("report.column.benefit"), 4}}, columns...)
	}
	cells, widths, all := make([]Cell, len(columns)), make([]float64, len(columns)), 0.0
	b.amount = make([]bool, len(columns))
	for i, c := range columns {
		cells[i], widths[i] = text(c.Title), float64(min(max(7*c.Wide, narrow), wide))
		all += widths[i]
		b.amount[i] = amounts(rows, i)
	}
	for i, w := range widths {
		widths[i] = max(math.Floor(w*min(1, widest/all)), narrow)
	}
	b.room(widths...)
	b.write("head", cells...)
	b.height(cells)
	b.failed(sheet.Landscape(b.f, b.sheet, b.line))
	b.failed(b.f.SetPanes(b.sheet, &excelize.Panes{Freeze: true, YSplit: b.line, TopLeftCell: "A" + strconv.Itoa(b.line+1), ActivePane: "bottomLeft"}))
}

// room gives the columns of a sheet their widths.
func (b *book) room(widths ...float64) {
	b.widths = widths
	for i, w := range widths {
		letter, err := excelize.ColumnNumberToName(i + 1)
		b.failed(err)
		b.failed(b.f.SetColWidth(b.sheet, letter, letter, w))
	}
}

// height makes a row as high as its texts need.
func (b *book) height(cells []Cell) {
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = c.Text
	}
	if points, needed := sheet.RowHeight(b.widths, texts...); needed {
		b.failed(b.f.SetRowHeight(b.sheet, b.line, points))
	}
}

// owner puts whose rows are before them, "" for the chapter's own.
func owner(rows []Row, part string) []Row {
	if part == "" {
		return rows
	}
	owned := make([]Row, len(rows))
	for i, r := range rows {
		owned[i] = Row{append([]Cell{text(part)}, r.Cells...), r.Warning}
	}
	return owned
}

// amounts tells whether a column is one of numbers: as many of its cells as hold something else, such as that nothing is measured yet, or more. The dash that says there is none is neither.
func amounts(rows []Row, column int) bool {
	numbers, others := 0, 0
	for _, r := range rows {
		switch c := r.Cells[column]; {
		case c.Number != "":
			numbers++
		case c.Text != dash:
			others++
		}
	}
	return numbers > 0 && numbers >= others
}

func (b *book) body(rows []Row) {
	for _, r := range rows {
		look := "text"
		if r.Warning {
			look = "warning"
		}
		b.write(look, r.Cells...)
		b.height(r.Cells)
	}
}

// write writes the next line.
func (b *book) write(look string, cells ...Cell) {
	b.line++
	for i, c := range cells {
		at, err := excelize.CoordinatesToCellName(i+1, b.line)
		b.failed(err)
		side := "left"
		if i < len(b.amount) && b.amount[i] {
			side = "right"
		}
		used := b.style(look, "", side)
		switch n, failed := strconv.ParseFloat(string(c.Number), 64); {
		case c.Number != "" && failed == nil:
			used = b.style("text", b.format(c), side)
			b.failed(b.f.SetCellFloat(b.sheet, at, n, -1, 64))
		case c.Day != "":
			day := "dd.mm.yyyy"
			if b.Lang() == locale.English {
				day = "dd/mm/yyyy"
			}
			used = b.style("text", day, side)
			b.failed(b.f.SetCellValue(b.sheet, at, c.Day.Time().Truncate(24*time.Hour)))
		default:
			b.failed(b.f.SetCellStr(b.sheet, at, sheet.Literal(c.Text)))
		}
		b.failed(b.f.SetCellStyle(b.sheet, at, at, used))
	}
}

// format shows a number as its text does: with its sign, decimals and unit.
func (b *book) format(c Cell) string {
	_, decimals, _ := strings.Cut(string(c.Number), ".")
	digits := "#,##0"
	if decimals != "" {
		digits += "." + strings.Repeat("0", len(decimals))
	}
	quoted := func(s string) string {
		if s == "" {
			return ""
		}
		return `"` + strings.ReplaceAll(s, `"`, "") + `"`
	}
	before, after, _ := strings.Cut(strings.ReplaceAll(c.Text, minus, ""), strings.TrimPrefix(Decimal(b.Text, c.Number), minus))
	if before, plus := strings.CutSuffix(before, "+"); plus {
		return quoted(before) + "+" + digits + quoted(after) + ";" + quoted(before) + "-" + digits + quoted(after)
	}
	return quoted(before) + digits + quoted(after)
}

// style is a look with a format of numbers, "" for text, and the side of the cell it stands at.
func (b *book) style(look, format, side string) int {
	key := look + "|" + side + "|" + format
	if id, ok := b.styles[key]; ok {
		return id
	}
	const textFormat = 49 // "@": a text, whatever it looks like
	st := &excelize.Style{Alignment: &excelize.Alignment{Horizontal: side, WrapText: look != "plain" && look != "title", Vertical: "top"}, NumFmt: textFormat}
	if side == "right" {
		st.Alignment.Indent = 1 // so that it doesn't touch what begins in the next column
	}
	if format != "" {
		st.NumFmt, st.CustomNumFmt = 0, &format
	}
	switch look {
	case "title":
		st.Font = &excelize.Font{Bold: true, Family: sheet.Font, Size: 14}
	case "head":
		st.Font = &excelize.Font{Bold: true, Family: sheet.Font, Size: 11}
		st.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"EDEDED"}} // as in the Word file
		st.Border = []excelize.Border{{Type: "bottom", Color: "A6A6A6", Style: 1}}
	case "warning":
		st.Font = &excelize.Font{Bold: true, Family: sheet.Font, Size: 11}
	}
	id, err := b.f.NewStyle(st)
	b.failed(err)
	b.styles[key] = id
	return id
}
