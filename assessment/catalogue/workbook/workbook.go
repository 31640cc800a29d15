// Package workbook keeps catalogues as XLSX, for those who write questions and would rather do it in Excel or LibreOffice than in YAML. A
// workbook holds all that the files hold; see docs/catalogue.md for its sheets.
package workbook

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"helhet/assessment/catalogue"
	"helhet/internal/sheet"

	"github.com/xuri/excelize/v2"
)

// format is the layout's number. Another layout gets another, so that an old workbook is refused and not misread.
const format = "1"

// The sheets.
const (
	sheetCatalogue = "Catalogue"
	sheetStructure = "Structure"
	sheetTexts     = "Texts"
	sheetTargets   = "Targets"
	sheetCases     = "Cases"
	sheetMapping   = "Mapping"
)

// column of a sheet. Width is in characters.
type column struct {
	name  string
	width float64
}

// layout is a sheet with its columns. Required ones must be there to be read.
type layout struct {
	sheet    string
	required bool
	columns  []column
	frozen   int // columns that stay when one scrolls sideways
}

func layouts() []layout {
	texts := layout{sheetTexts, true, []column{{"of", 11}, {"key", 24}, {"text", 16}, {"most", 6}}, 3}
	for _, lang := range catalogue.Languages {
		texts.columns = append(texts.columns, column{string(lang), 56})
	}
	return []layout{
		{sheetCatalogue, true, []column{{"what", 18}, {"value", 90}}, 1},
		{sheetStructure, true, []column{{"area", 20}, {"service path", 12}, {"task", 20}, {"question", 30}, {"dimension", 16}, {"weight", 8}}, 0},
		texts,
		{sheetTargets, false, []column{{"task", 20}, {"size", 10}, {"lowest", 8}, {"highest", 8}}, 0},
		{sheetCases, false, []column{{"case", 20}, {"question", 30}, {"level", 8}}, 0},
		{sheetMapping, false, []column{{"question", 30}, {"kind", 12}, {"from", 60}}, 0},
	}
}

// What the first sheet tells, in its order.
const (
	rowFormat     = "format"
	rowID         = "id"
	rowVersion    = "version"
	rowSource     = "source"
	rowLowest     = "lowest level"
	rowHighest    = "highest level"
	rowDimensions = "dimensions"
	rowMapsFrom   = "maps from"
)

// kindGone marks a row of the mapping whose old question nothing takes the place of.
const kindGone = "gone"

// Write makes a workbook of a catalogue.
func Write(w io.Writer, s catalogue.Source) error {
	f := excelize.NewFile()
	defer f.Close() // nothing of it is on disk
	b := &builder{f: f}
	for i, l := range layouts() {
		b.sheet(i, l)
		switch l.sheet {
		case sheetCatalogue:
			b.catalogue(s)
		case sheetStructure:
			b.structure(s)
		case sheetTexts:
			b.texts(s)
		case sheetTargets:
			for _, t := range s.Targets {
				b.row(t.Task.Text, t.Size.Text, number(t.Lowest.Text), number(t.Highest.Text))
			}
		case sheetCases:
			for _, k := range s.Cases {
				for _, r := range k.Readings {
					b.row(k.Key.Text, r.Question.Text, number(r.Level.Text))
				}
			}
		case sheetMapping:
			b.mapping(s)
		}
		b.finish(l)
	}
	if b.err != nil {
		return b.err
	}
	return f.Write(w)
}

// builder writes one sheet after the other, and keeps the first error.
type builder struct {
	f          *excelize.File
	w          *excelize.StreamWriter // of the sheet
	name       string
	rows       int
	widths     []float64
	head, body int // styles
	err        error
}

func (b *builder) keep(err error) {
	if b.err == nil {
		b.err = err
	}
}

// sheet begins a sheet, with its heading.
func (b *builder) sheet(i int, l layout) {
	b.name, b.rows, b.widths = l.sheet, 0, nil
	var err error
	if i == 0 {
		b.keep(b.f.SetSheetName("Sheet1", l.sheet))
		b.head, err = b.f.NewStyle(&excelize.Style{Font: &excelize.Font{Family: sheet.Font, Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E6EFF8"}}, NumFmt: 49})
		b.keep(err)
		// Format 49 is text: what somebody types there stays as typed, also "=", "+47" or "2-3".
		b.body, err = b.f.NewStyle(&excelize.Style{Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}, NumFmt: 49})
		b.keep(err)
	} else {
		_, err = b.f.NewSheet(l.sheet)
		b.keep(err)
	}
	if b.w, err = b.f.NewStreamWriter(l.sheet); err != nil {
		b.keep(err)
		return
	}
	corner, err := excelize.CoordinatesToCellName(l.frozen+1, 2)
	b.keep(err)
	pane := "bottomLeft"
	if l.frozen > 0 {
		pane = "bottomRight"
	}
	b.keep(b.w.SetPanes(&excelize.Panes{Freeze: true, XSplit: l.frozen, YSplit: 1, TopLeftCell: corner, ActivePane: pane}))
	var names []any
	for i, c := range l.columns {
		b.keep(b.w.SetColWidth(i+1, i+1, c.width))
		b.keep(b.w.SetColStyle(i+1, i+1, b.body))
		names, b.widths = append(names, c.name), append(b.widths, c.width)
	}
	b.row(names...)
}

// row writes a row below the last. A string is always a text, whatever it begins with.
func (b *builder) row(values ...any) {
	if b.err != nil {
		return
	}
	b.rows++
	style := b.body
	if b.rows == 1 {
		style = b.head
	}
	texts := make([]string, len(values))
	for i, v := range values {
		text, ok := v.(string)
		if texts[i] = text; ok && !sheet.Keeps(text) {
			b.keep(fmt.Errorf("the text %q can't stand in a workbook: it would read a part of it as another character", text))
		}
		values[i] = excelize.Cell{StyleID: style, Value: v}
		if v == "" {
			values[i] = excelize.Cell{StyleID: style}
		}
	}
	points, needed := sheet.RowHeight(b.widths, texts...)
	if !needed {
		points = 0 // as high as rows are
	}
	b.keep(b.w.SetRow(fmt.Sprint("A", b.rows), values, excelize.RowOpts{Height: points}))
}

// finish lets one filter, and ends the sheet.
func (b *builder) finish(l layout) {
	if b.err != nil {
		return
	}
	if l.sheet != sheetCatalogue {
		last, err := excelize.CoordinatesToCellName(len(l.columns), max(b.rows, 2))
		b.keep(err)
		b.keep(b.f.AutoFilter(b.name, "A1:"+last, nil))
	}
	b.keep(b.w.Flush())
}

func (b *builder) catalogue(s catalogue.Source) {
	b.row(rowFormat, number(format))
	b.row(rowID, s.ID.Text)
	b.row(rowVersion, number(s.Version.Text))
	b.row(rowSource, s.Address.Text)
	b.row(rowLowest, number(s.Min.Text))
	b.row(rowHighest, number(s.Max.Text))
	b.row(rowDimensions, list(s.Dimensions))
	from := ""
	if s.Mapping != nil {
		from = s.Mapping.From.Text
	}
	b.row(rowMapsFrom, from)
}

func (b *builder) structure(s catalogue.Source) {
	for _, a := range s.Areas {
		path := ""
		if a.Path.Text != "" {
			path = "yes"
		}
		for _, t := range a.Tasks {
			for _, q := range t.Questions {
				b.row(a.Key.Text, path, t.Key.Text, q.Key.Text, q.Dimension.Text, number(q.Weight.Text))
			}
		}
	}
	b.choice("B", "yes")
	var dimensions []string
	for _, d := range s.Dimensions {
		dimensions = append(dimensions, d.Text)
	}
	b.choice("E", dimensions...)
}

// choice offers what may stand in a column, as far as a workbook can hold it.
func (b *builder) choice(letter string, of ...string) {
	v := excelize.NewDataValidation(true)
	v.Sqref = fmt.Sprintf("%s2:%s%d", letter, letter, maxRows)
	if v.SetDropList(of) == nil {
		b.keep(b.f.AddDataValidation(b.name, v))
	}
}

func (b *builder) texts(s catalogue.Source) {
	type row map[catalogue.Lang]string
	rows := map[catalogue.Place]row{}
	var order []catalogue.Place
	for _, t := range s.Texts {
		if rows[t.Place] == nil {
			rows[t.Place] = row{}
			order = append(order, t.Place)
		}
		rows[t.Place][t.Lang] = t.Text
	}
	for _, p := range order {
		values := []any{string(p.Of), p.Key, p.Field, p.Most()}
		if p.Of == catalogue.OfLevel {
			values[1] = number(p.Key)
		}
		for _, lang := range catalogue.Languages {
			values = append(values, rows[p][lang])
		}
		b.row(values...)
	}
}

func (b *builder) mapping(s catalogue.Source) {
	if s.Mapping != nil {
		for _, o := range s.Mapping.Questions {
			b.row(o.Question.Text, o.Kind.Text, list(o.From))
		}
		for _, q := range s.Mapping.Gone {
			b.row("", kindGone, q.Text)
		}
	}
	b.choice("B", string(catalogue.Same), string(catalogue.Reworded), string(catalogue.Split), string(catalogue.Merged), string(catalogue.New), kindGone)
}

// list writes several keys in one cell.
func list(all []catalogue.Given) string {
	var texts []string
	for _, g := range all {
		texts = append(texts, g.Text)
	}
	return strings.Join(texts, ", ")
}

// number makes a number of what is one, so that the cell does not complain of a number written as text.
func number(s string) any {
	if n, err := strconv.Atoi(s); err == nil && strconv.Itoa(n) == s {
		return n
	}
	return s
}

// layoutOf finds a sheet's layout.
func layoutOf(sheet string) (layout, bool) {
	all := layouts()
	i := slices.IndexFunc(all, func(l layout) bool { return l.sheet == sheet })
	if i < 0 {
		return layout{}, false
	}
	return all[i], true
}
