package workbook

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"helhet/assessment/catalogue"
	"helhet/internal/sheet"

	"github.com/xuri/excelize/v2"
)

// most is what a workbook may be at most. A model of 500 questions in three languages with all its guidance is 1 MB, 6 MB unpacked, and has
// 8,000 rows: these leave room, and keep what a crafted file can cost to a few hundred MB of memory for a few seconds.
func most() sheet.Limits {
	return sheet.Limits{File: 8 << 20, Unpacked: 32 << 20, Parts: 500, Elements: 1_000_000, Rows: maxRows, Columns: 100}
}

const maxRows = 20_000

// Read takes a catalogue from a workbook. What it holds is as yet as somebody wrote it: Source.Parse validates it. The error joins the
// faults, each with its sheet and cell.
func Read(r io.Reader) (catalogue.Source, error) {
	f, err := sheet.Open(r, most())
	if err != nil {
		return catalogue.Source{}, told(err)
	}
	defer f.Close() // nothing of it is on disk
	b := &reader{tables: map[string]*table{}}
	b.open(f)
	if len(b.faults) > 0 {
		return catalogue.Source{}, errors.Join(b.faults...)
	}
	s := b.source()
	return s, errors.Join(b.faults...)
}

// told tells the faults of cells as faults of a catalogue, beside all that can be wrong with what they say.
func told(err error) error {
	var all []error
	for _, f := range sheet.Faults(err) {
		if f.Cell == "" {
			return f
		}
		all = append(all, &catalogue.Fault{File: f.At(), Text: f.Reason()})
	}
	if len(all) == 0 {
		return err
	}
	return errors.Join(all...)
}

type reader struct {
	tables map[string]*table
	faults []error
}

func (b *reader) fault(at, format string, args ...any) {
	b.faults = append(b.faults, &catalogue.Fault{File: at, Text: fmt.Sprintf(format, args...)})
}

// table is a sheet's rows, without the heading and what is empty.
type table struct {
	sheet   string
	columns map[string]int // by heading
	rows    []line
}

// line is a row with its number in the sheet.
type line struct {
	n     int
	cells []string
}

// get gives the cell under a heading.
func (t *table) get(l line, heading string) catalogue.Given {
	i := t.columns[heading]
	cell, err := excelize.CoordinatesToCellName(i+1, l.n)
	if err != nil {
		cell = heading
	}
	g := catalogue.Given{At: t.sheet + "!" + cell}
	if i < len(l.cells) {
		g.Text = l.cells[i]
	}
	return g
}

// open reads every sheet into its table.
func (b *reader) open(f *excelize.File) {
	sheets := f.GetSheetList()
	for _, l := range layouts() {
		if l.required && !slices.Contains(sheets, l.sheet) {
			b.fault(l.sheet, "the sheet is missing: a workbook to begin with is made by helhet catalogue export")
			return
		}
		b.tables[l.sheet] = &table{sheet: l.sheet}
	}
	for _, sheet := range sheets {
		l, ok := layoutOf(sheet)
		if !ok {
			b.fault(sheet, "no catalogue has a sheet of this name: take it out, for it would be lost")
			continue
		}
		if err := b.rows(f, l, b.tables[sheet]); err != nil {
			b.fault(sheet, "can't be read: %v", err)
		}
	}
}

func (b *reader) rows(f *excelize.File, l layout, t *table) (err error) {
	rows, err := f.Rows(l.sheet)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for n := 1; rows.Next(); n++ {
		cells, err := rows.Columns()
		if err != nil {
			return err
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if t.columns == nil {
			b.heading(l, t, line{n, cells})
			continue
		}
		filled := len(cells)
		for filled > 0 && cells[filled-1] == "" {
			filled--
		}
		if filled == 0 {
			continue
		}
		for i := len(t.columns); i < filled; i++ {
			if cells[i] != "" {
				at, _ := excelize.CoordinatesToCellName(i+1, n)
				b.fault(l.sheet+"!"+at, "the column has no heading, so this would be lost")
			}
		}
		t.rows = append(t.rows, line{n, cells})
	}
	if err := rows.Error(); err != nil {
		return err
	}
	if t.columns == nil {
		b.heading(l, t, line{1, nil})
	}
	return nil
}

// heading finds the columns, in any order, the same number as the layout has.
func (b *reader) heading(l layout, t *table, first line) {
	t.columns = map[string]int{}
	for i, name := range first.cells {
		at, _ := excelize.CoordinatesToCellName(i+1, first.n)
		switch known := slices.ContainsFunc(l.columns, func(c column) bool { return c.name == name }); {
		case name == "":
		case !known:
			b.fault(l.sheet+"!"+at, "no column is called %q here", name)
		case t.columns[name] > 0 || i > 0 && first.cells[0] == name:
			b.fault(l.sheet+"!"+at, "the column %q stands twice", name)
		default:
			t.columns[name] = i
		}
	}
	for _, c := range l.columns {
		if _, ok := t.columns[c.name]; !ok {
			b.fault(fmt.Sprintf("%s!%d:%d", l.sheet, first.n, first.n), "the column %q is missing", c.name)
		}
	}
}

// source makes a catalogue of the tables.
func (b *reader) source() catalogue.Source {
	s := catalogue.Source{Parts: catalogue.Parts{Structure: sheetStructure, Mapping: sheetMapping, Texts: sheetTexts, Targets: sheetTargets, Cases: sheetCases}}
	from, ok := b.catalogue(&s)
	if !ok {
		return s
	}
	b.structure(&s)
	b.texts(&s)
	for t, l := range b.each(sheetTargets) {
		s.Targets = append(s.Targets, catalogue.SourceTarget{Task: t.get(l, "task"), Size: t.get(l, "size"), Lowest: t.get(l, "lowest"), Highest: t.get(l, "highest")})
	}
	for t, l := range b.each(sheetCases) {
		key := t.get(l, "case")
		i := slices.IndexFunc(s.Cases, func(k catalogue.SourceCase) bool { return k.Key.Text == key.Text })
		if i < 0 {
			i = len(s.Cases)
			s.Cases = append(s.Cases, catalogue.SourceCase{Key: key})
		}
		s.Cases[i].Readings = append(s.Cases[i].Readings, catalogue.SourceReading{Question: t.get(l, "question"), Level: t.get(l, "level")})
	}
	b.mapping(&s, from)
	return s
}

func (b *reader) each(sheet string) func(yield func(*table, line) bool) {
	return func(yield func(*table, line) bool) {
		t := b.tables[sheet]
		for _, l := range t.rows {
			if !yield(t, l) {
				return
			}
		}
	}
}

// catalogue takes the first sheet, and gives what the mapping maps from.
func (b *reader) catalogue(s *catalogue.Source) (from catalogue.Given, ok bool) {
	values := map[string]catalogue.Given{}
	known := []string{rowFormat, rowID, rowVersion, rowSource, rowLowest, rowHighest, rowDimensions, rowMapsFrom}
	for t, l := range b.each(sheetCatalogue) {
		switch what := t.get(l, "what"); {
		case !slices.Contains(known, what.Text):
			b.fault(what.At, "%q says nothing of a catalogue", what.Text)
		case values[what.Text] != (catalogue.Given{}):
			b.fault(what.At, "%q stands there already", what.Text)
		default:
			values[what.Text] = t.get(l, "value")
		}
	}
	for _, what := range known[:len(known)-1] {
		if _, ok := values[what]; !ok && what != rowSource {
			b.fault(sheetCatalogue, "the row %q is missing", what)
		}
	}
	if g := values[rowFormat]; g != (catalogue.Given{}) && g.Text != format {
		b.fault(g.At, "format %q is not one that this program reads, only %s", g.Text, format)
	}
	s.Dimensions = split(values[rowDimensions])
	if g := values[rowDimensions]; g.At != "" && len(s.Dimensions) == 0 {
		b.fault(g.At, "name at least one dimension")
	}
	if len(b.faults) > 0 {
		return from, false
	}
	s.ID, s.Version, s.Address, s.Min, s.Max = values[rowID], values[rowVersion], values[rowSource], values[rowLowest], values[rowHighest]
	return values[rowMapsFrom], true
}

// split takes several keys out of one cell.
func split(g catalogue.Given) []catalogue.Given {
	var all []catalogue.Given
	for word := range strings.FieldsFuncSeq(g.Text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' }) {
		all = append(all, catalogue.Given{Text: word, At: g.At})
	}
	return all
}

// structure takes the questions. Rows of an area or a task belong together wherever they stand.
func (b *reader) structure(s *catalogue.Source) {
	for t, l := range b.each(sheetStructure) {
		key, path, task := t.get(l, "area"), t.get(l, "service path"), t.get(l, "task")
		switch path.Text {
		case "":
		case "yes":
			path.Text = "true"
		default:
			b.fault(path.At, "%q must be yes, or nothing", path.Text)
		}
		i := slices.IndexFunc(s.Areas, func(a catalogue.SourceArea) bool { return a.Key.Text == key.Text })
		if i < 0 {
			i = len(s.Areas)
			s.Areas = append(s.Areas, catalogue.SourceArea{Key: key})
			if path.Text != "" {
				s.Areas[i].Path = path
			}
		}
		a := &s.Areas[i]
		if a.Path.Text != path.Text {
			b.fault(path.At, "the area %q is said to be the service path in some rows and not in others", key.Text)
		}
		j := slices.IndexFunc(a.Tasks, func(k catalogue.SourceTask) bool { return k.Key.Text == task.Text })
		if j < 0 {
			j = len(a.Tasks)
			a.Tasks = append(a.Tasks, catalogue.SourceTask{Key: task})
		}
		weight := t.get(l, "weight")
		if weight.Text == "" {
			weight.Text = "1"
		}
		a.Tasks[j].Questions = append(a.Tasks[j].Questions, catalogue.SourceQuestion{Key: t.get(l, "question"), Dimension: t.get(l, "dimension"), Weight: weight})
	}
}

func (b *reader) texts(s *catalogue.Source) {
	for t, l := range b.each(sheetTexts) {
		of, key, field := t.get(l, "of"), t.get(l, "key"), t.get(l, "text")
		p := catalogue.Place{Of: catalogue.Of(of.Text), Key: key.Text, Field: strings.Join(strings.Fields(field.Text), " ")}
		if p.Most() == 0 {
			b.fault(field.At, "no text %q belongs to a catalogue's %q", field.Text, of.Text)
			continue
		}
		for _, lang := range catalogue.Languages {
			if g := t.get(l, string(lang)); g.Text != "" || s.Whole(p) {
				s.Texts = append(s.Texts, catalogue.SourceText{Lang: lang, Place: p, Given: g})
			}
		}
	}
}

func (b *reader) mapping(s *catalogue.Source, from catalogue.Given) {
	rows := b.tables[sheetMapping].rows
	if from.Text == "" && len(rows) == 0 {
		return
	}
	m := &catalogue.SourceMapping{From: from}
	if from.At == "" {
		m.From.At = sheetCatalogue
	}
	for t, l := range b.each(sheetMapping) {
		o := catalogue.SourceOrigin{Question: t.get(l, "question"), Kind: t.get(l, "kind"), From: split(t.get(l, "from"))}
		switch {
		case o.Kind.Text != kindGone:
			m.Questions = append(m.Questions, o)
		case o.Question.Text != "":
			b.fault(o.Question.At, "what is gone goes on in no question: leave this empty, and name the old question under from")
		case len(o.From) == 0:
			b.fault(t.get(l, "from").At, "name the question that is gone")
		default:
			m.Gone = append(m.Gone, o.From...)
		}
	}
	s.Mapping = m
}
