package workbook

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"

	"helhet/benefits"
	"helhet/internal/locale"
	"helhet/internal/sheet"

	"github.com/xuri/excelize/v2"
)

// Place is where something stands: in a cell of a workbook's sheet, or in a row of a text under a heading.
type Place struct {
	Sheet, Cell string // "Målinger", "F8"; of a text both are ""
	Row         int    // from 1; 0 is nowhere
	Heading     string // of its column, as it stands there; "" is none
}

// Fault is something that is not taken, and where.
type Fault struct {
	Place
	Kind sheet.Kind
	Args []any // of its text, name and value in turn
}

func (f *Fault) Error() string { return f.Sheet + " " + strconv.Itoa(f.Row) + ": " + string(f.Kind) }

// Read is what somebody brings.
type Read struct {
	Rows   []Row
	Wrong  []Fault  // what could not be read; the rows that it stands in are left out
	Unread []string // headings of columns that nothing is read from
}

// Lines are what the rows say, in their order.
func (r Read) Lines() (all []benefits.Line) {
	for _, row := range r.Rows {
		all = append(all, row.Line)
	}
	return all
}

// Row is one measurement, and where it stands.
type Row struct {
	benefits.Line
	places map[string]Place // by column
	place  Place
}

// Place is where a value of the row stands, by the name that a fault of its line has for it.
func (r Row) Place(field string) Place {
	for _, column := range []string{field, map[string]string{columnBenefit: columnTitle, columnFrom: columnTo, columnLow: columnValue, columnHigh: columnValue}[field]} {
		if p, ok := r.places[column]; ok {
			return p
		}
	}
	return r.place
}

// cell is a cell as it was read.
type cell struct {
	text    string
	number  bool // it holds a number and no text
	percent bool // and is shown in percent, a hundred times what it holds
	date    bool // or as a date or a time
}

func (c cell) blank() bool { return strings.TrimSpace(c.text) == "" }

// grid is the cells of a sheet, or of a text.
type grid struct {
	sheet string // "" of a text
	rows  [][]cell
	since int // days to add to a date's number: some workbooks count from 1904
}

func (g grid) place(row, column int, heading string) Place {
	p := Place{Row: row + 1, Heading: heading}
	if g.sheet != "" {
		p.Sheet, p.Cell = g.sheet, strconv.Itoa(row+1)
		if name, err := excelize.CoordinatesToCellName(column+1, row+1); err == nil && column >= 0 {
			p.Cell = name
		}
	}
	return p
}

// known gives the columns of a row of headings, by number from 0.
func (v vocabulary) known(row []cell) map[int]string {
	all := map[int]string{}
	for i, c := range row {
		if column, ok := v.headings[fold(c.text)]; ok && !c.number {
			all[i] = column
		}
	}
	return all
}

// header finds the row of headings: the first with a value's and a day's, else the first with two that are known. -1 is none.
func (v vocabulary) header(g grid) (row int, whole bool) {
	row = -1
	for i, cells := range g.rows[:min(len(g.rows), headRows)] {
		var said []string
		for _, column := range v.known(cells) {
			said = append(said, column)
		}
		if slices.Contains(said, columnValue) && slices.Contains(said, columnTo) {
			return i, true
		}
		if row < 0 && len(said) > 1 {
			row = i
		}
	}
	return row, false
}

// Parse reads a file: a workbook, or text with a separator. One tells that all of it is of one benefit, so that no row need say which.
func Parse(data []byte, texts *locale.Catalogue, one bool) Read {
	v := newVocabulary(texts)
	switch {
	case len(data) > most().File:
		return broken(&sheet.Fault{Kind: sheet.TooLarge, Args: []any{"mb", most().File >> 20}})
	case bytes.HasPrefix(data, []byte("PK")), bytes.HasPrefix(data, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		g, err := v.opened(data)
		if err != nil {
			return broken(err)
		}
		return v.read(g, one)
	}
	text, wrong := decoded(data)
	if wrong != nil {
		return broken(wrong)
	}
	return Paste(text, texts, one)
}

// Paste reads text: rows that were copied out of a spreadsheet, or a file of them.
func Paste(text string, texts *locale.Catalogue, one bool) Read {
	v := newVocabulary(texts)
	g, err := v.texted(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"))
	if err != nil {
		return broken(err)
	}
	return v.read(g, one)
}

// broken tells why nothing of it is read.
func broken(err error) (r Read) {
	if f, ok := errors.AsType[*Fault](err); ok {
		return Read{Wrong: []Fault{*f}}
	}
	for _, f := range sheet.Faults(err) {
		r.Wrong = append(r.Wrong, Fault{Place{Sheet: f.Sheet, Cell: f.Cell}, f.Kind, f.Args})
	}
	if len(r.Wrong) == 0 { // the reader itself failed on what had been looked at
		r.Wrong = []Fault{{Kind: sheet.NoXLSX}}
	}
	return r
}

// opened finds the sheet of measurements in a workbook, and reads it.
func (v vocabulary) opened(data []byte) (grid, error) {
	f, err := sheet.Open(bytes.NewReader(data), most())
	if err != nil {
		return grid{}, err
	}
	defer f.Close() // nothing of it is on disk
	since := 0
	if p, err := f.GetWorkbookProps(); err == nil && p.Date1904 != nil && *p.Date1904 {
		since = 1462
	}
	var found []grid
	var first grid
	for i, name := range f.GetSheetList() {
		if shown, err := f.GetSheetVisible(name); err != nil || !shown {
			continue
		}
		rows, err := f.GetRows(name)
		if err != nil {
			return grid{}, err
		}
		g := grid{sheet: name, since: since}
		for _, row := range rows {
			cells := make([]cell, len(row))
			for j, text := range row {
				cells[j].text = strings.ReplaceAll(text, "\r\n", "\n")
			}
			g.rows = append(g.rows, cells)
		}
		if row, whole := v.header(g); whole || row >= 0 && first.rows == nil {
			kinds(f, g)
			if first = g; whole {
				found = append(found, g)
			}
		} else if i == 0 && first.sheet == "" {
			first.sheet = name
		}
	}
	switch len(found) {
	case 0:
		return first, nil
	case 1:
		return found[0], nil
	}
	return grid{}, &Fault{Place{Sheet: found[0].sheet}, Sheets, []any{"other", found[1].sheet}}
}

// kinds tells which cells hold numbers, and how they are shown. Text that looks like a number is read as what it says; a number is what it is.
func kinds(f *excelize.File, g grid) {
	shown := map[int]cell{}
	for i, row := range g.rows {
		for j := range row {
			name, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil || row[j].blank() {
				continue
			}
			if kind, err := f.GetCellType(g.sheet, name); err != nil || kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
				continue
			}
			style, err := f.GetCellStyle(g.sheet, name)
			if err != nil {
				continue
			}
			how, ok := shown[style]
			if !ok {
				how = format(f, style)
				shown[style] = how
			}
			row[j].number, row[j].percent, row[j].date = true, how.percent, how.date
		}
	}
}

// format tells how a style shows a number (ECMA-376 part 1, 18.8.30).
func format(f *excelize.File, style int) (c cell) {
	s, err := f.GetStyle(style)
	if err != nil {
		return c
	}
	c.percent = s.NumFmt == 9 || s.NumFmt == 10
	c.date = s.NumFmt >= 14 && s.NumFmt <= 22 || s.NumFmt >= 27 && s.NumFmt <= 36 || s.NumFmt >= 45 && s.NumFmt <= 47 || s.NumFmt >= 50 && s.NumFmt <= 58
	if s.CustomNumFmt != nil {
		code := literal.ReplaceAllString(strings.ToLower(*s.CustomNumFmt), "")
		c.percent = strings.Contains(code, "%")
		c.date = !c.percent && !strings.Contains(code, "general") && strings.ContainsAny(code, "ymdhs")
	}
	return c
}

// read reads the rows below the headings.
func (v vocabulary) read(g grid, one bool) (r Read) {
	head, _ := v.header(g)
	if head < 0 {
		return Read{Wrong: []Fault{{Place{Sheet: g.sheet}, NoHeader, nil}}}
	}
	at, titles := map[string]int{}, g.rows[head]
	known := v.known(titles)
	for i, c := range titles {
		column, ok := known[i]
		_, twice := at[column]
		switch {
		case ok && twice:
			r.Wrong = append(r.Wrong, Fault{g.place(head, i, c.text), Twice, []any{"column", c.text}})
		case ok:
			at[column] = i
		case !c.blank():
			r.Unread = append(r.Unread, strings.TrimSpace(c.text))
		}
	}
	wanted := []string{columnTo, columnValue}
	_, coded := at[columnBenefit]
	if _, titled := at[columnTitle]; !one && !coded && !titled {
		wanted = append(wanted, columnTitle)
	}
	for _, column := range wanted {
		if _, ok := at[column]; !ok {
			r.Wrong = append(r.Wrong, Fault{g.place(head, -1, ""), NoColumn, []any{"column", column}})
		}
	}
	if len(r.Wrong) > 0 {
		return r
	}
	told := 0
	for i := head + 1; i < len(g.rows); i++ {
		row, wrong := v.row(g, i, at, titles)
		if r.Wrong = append(r.Wrong, wrong...); len(wrong) == 0 && row != nil {
			r.Rows = append(r.Rows, *row)
		}
		if row != nil || len(wrong) > 0 {
			told++
		}
	}
	switch {
	case told > benefits.MaxBatch:
		return Read{Wrong: []Fault{{Place{Sheet: g.sheet}, sheet.Rows, []any{"n", benefits.MaxBatch}}}}
	case told == 0:
		r.Wrong = append(r.Wrong, Fault{Place{Sheet: g.sheet}, NoRows, nil})
	}
	return r
}

// row reads one row; nil is one that says nothing.
func (v vocabulary) row(g grid, n int, at map[string]int, titles []cell) (*Row, []Fault) {
	cells := g.rows[n]
	get := func(column string) cell {
		if i, ok := at[column]; ok && i < len(cells) {
			return cells[i]
		}
		return cell{}
	}
	var wrong []Fault
	for i, c := range cells {
		if !c.blank() && (i >= len(titles) || titles[i].blank()) {
			wrong = append(wrong, Fault{g.place(n, i, ""), Beside, nil})
			break
		}
	}
	if len(wrong) == 0 && !slices.ContainsFunc(filled, func(column string) bool { return !get(column).blank() }) {
		return nil, nil
	}
	row := &Row{places: map[string]Place{}, place: g.place(n, -1, "")}
	for column, i := range at {
		row.places[column] = g.place(n, i, strings.TrimSpace(titles[i].text))
	}
	refuse := func(column string, kind sheet.Kind, args ...any) {
		wrong = append(wrong, Fault{row.places[column], kind, args})
	}
	number := func(column string) benefits.Number {
		c := get(column)
		if c.date {
			refuse(column, Calendar)
			return ""
		}
		return benefits.Read(c.written())
	}
	day := func(column string) benefits.Day {
		c := get(column)
		d, ok := c.day(g.since)
		if !ok {
			refuse(column, DayOrMonth, "text", strings.TrimSpace(c.text))
		}
		return d
	}
	said := func(column string) string { return get(column).said(g.since) }
	l := &row.Line
	l.ID, l.Benefit, l.Title = benefits.MeasurementID(said(columnMeasurement)), benefits.ID(said(columnBenefit)), said(columnTitle)
	unit, ok := v.units[fold(said(columnUnit))]
	if !ok && said(columnUnit) != "" {
		refuse(columnUnit, Unit, "text", said(columnUnit))
	}
	if l.Unit = unit; said(columnUnit) == "" {
		l.Unit = ""
	}
	if l.Removed, ok = v.truths[fold(said(columnRemoved))]; !ok {
		refuse(columnRemoved, YesNo, "text", said(columnRemoved))
	}
	l.From, l.To, l.Value, l.Low, l.High = day(columnFrom), day(columnTo), number(columnValue), number(columnLow), number(columnHigh)
	if people := string(number(columnPeople)); people != "" {
		var err error
		if l.People, err = strconv.Atoi(people); err != nil || l.People == 0 {
			l.People = -1 // which is refused beside it
		}
	}
	l.Method, l.Source, l.Note, l.Evidence = said(columnMethod), said(columnSource), said(columnNote), said(columnEvidence)
	return row, wrong
}
