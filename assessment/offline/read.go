package offline

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/sheet"
	"helhet/org"

	"github.com/xuri/excelize/v2"
)

// Kinds of fault that a form can have beside those of any workbook.
const (
	NoForm   sheet.Kind = "no-form" // the data sheet is missing, or is of something else
	Format   sheet.Kind = "format"
	NoSheet  sheet.Kind = "no-sheet"
	NoColumn sheet.Kind = "no-column" // args: column
	Twice    sheet.Kind = "twice"     // args: column
	Beside   sheet.Kind = "beside"    // a text where nothing is read
	Question sheet.Kind = "question"  // no question of the form; args: question
	Level    sheet.Kind = "level"     // no number; args: level
	Why      sheet.Kind = "why"       // none of the reasons; args: reason
)

// Kinds lists them.
var Kinds = []sheet.Kind{NoForm, Format, NoSheet, NoColumn, Twice, Beside, Question, Level, Why}

// Read is a form as somebody filled it in.
type Read struct {
	Of    assessment.FormOf
	Rows  []Row
	Wrong []*sheet.Fault // what could not be read, by cell; the rows it stands in are left out
}

// Proposals are what the rows say, in their order.
func (r Read) Proposals() (all []assessment.Proposal) {
	for _, row := range r.Rows {
		all = append(all, row.Proposal)
	}
	return all
}

// Row is what it says of one question, and where.
type Row struct {
	assessment.Proposal
	Sheet string
	cells map[string]string // by column
}

// Cell is where a value of the row stands, by the name that a fault has for it.
func (r Row) Cell(field string) string {
	switch field {
	case "level":
		return r.cells[columnLevel]
	case "notApplicableReason":
		return r.cells[columnWhy]
	case "notApplicable":
		return r.cells[columnWords]
	case "note":
		return r.cells[columnNote]
	}
	return r.cells[columnQuestion]
}

// most is what a form may be at most. One of 100 questions is 40 kB, and 200 kB when each has a long note.
func most() sheet.Limits {
	return sheet.Limits{File: 1 << 20, Unpacked: 8 << 20, Parts: 200, Elements: 300_000, Rows: 2_000, Columns: 100}
}

// Parse reads a form. The error joins what makes the whole of it no form, or one that nobody should trust, each a sheet.Fault.
func Parse(r io.Reader) (Read, error) {
	f, err := sheet.Open(r, most())
	if err != nil {
		return Read{}, err
	}
	defer f.Close() // nothing of it is on disk
	p := &reader{f: f, headings: map[string]string{}, reasons: map[string]assessment.Exemption{}, was: map[catalogue.QuestionKey]was{}}
	if err := p.data(); err != nil {
		return Read{}, err
	}
	err = p.answers()
	return p.Read, err
}

// was is a question's row when the form was made.
type was struct{ tag, digest string }

type reader struct {
	Read
	f        *excelize.File
	name     string            // of the sheet to fill in
	headings map[string]string // by column
	reasons  map[string]assessment.Exemption
	was      map[catalogue.QuestionKey]was
}

// data reads what the form was made of.
func (p *reader) data() error {
	if !slices.Contains(p.f.GetSheetList(), dataSheet) {
		return &sheet.Fault{Kind: NoForm}
	}
	rows, err := p.f.GetRows(dataSheet)
	if err != nil {
		return &sheet.Fault{Kind: NoForm, Err: err}
	}
	version := ""
	for _, row := range rows {
		row = append(row, "", "", "", "")
		switch key, value := row[1], row[2]; row[0] {
		case dataFormat:
			version = value
		case dataRound:
			p.Of.Round = assessment.RoundID(value)
		case dataMunicipality:
			p.Of.Municipality = org.MunicipalityID(value)
		case dataCatalogue:
			p.Of.Catalogue = catalogue.Key(value)
		case dataStructure:
			p.Of.Structure = value
		case dataSheetName:
			p.name = value
		case dataColumn:
			p.headings[key] = value
		case dataReason:
			p.reasons[fold(value)] = assessment.Exemption(key)
		case dataAnswer:
			p.was[catalogue.QuestionKey(key)] = was{value, row[3]}
		}
	}
	if version == "" || p.Of.Round == "" || p.Of.Municipality == "" {
		return &sheet.Fault{Kind: NoForm}
	}
	if version != format {
		return &sheet.Fault{Kind: Format}
	}
	return nil
}

// fold is a text for comparing: people type capitals and spaces as they come.
func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// answers reads the sheet that was filled in.
func (p *reader) answers() error {
	if p.name == "" || !slices.Contains(p.f.GetSheetList(), p.name) {
		return &sheet.Fault{Sheet: p.name, Kind: NoSheet}
	}
	rows, err := p.f.GetRows(p.name)
	if err != nil {
		return &sheet.Fault{Sheet: p.name, Kind: NoSheet, Err: err}
	}
	first := slices.IndexFunc(rows, func(row []string) bool {
		return slices.ContainsFunc(row, func(cell string) bool {
			return p.headings[columnQuestion] != "" && fold(cell) == fold(p.headings[columnQuestion])
		})
	})
	if first < 0 {
		return &sheet.Fault{Sheet: p.name, Kind: NoColumn, Args: []any{"column", p.headings[columnQuestion]}}
	}
	at := map[string]int{}
	for _, column := range columns {
		for i, cell := range rows[first] {
			if title := p.headings[column]; title == "" || fold(cell) != fold(title) {
				continue
			}
			if _, ok := at[column]; ok {
				return &sheet.Fault{Sheet: p.name, Cell: cellName(i, first), Kind: Twice, Args: []any{"column", cell}}
			}
			at[column] = i
		}
		if _, ok := at[column]; !ok {
			return &sheet.Fault{Sheet: p.name, Kind: NoColumn, Args: []any{"column", p.headings[column]}}
		}
	}
	for n := first + 1; n < len(rows); n++ {
		p.row(rows[n], n, at, len(rows[first]))
	}
	return nil
}

// row reads one row. One that says what it was filled with says nothing.
func (p *reader) row(cells []string, n int, at map[string]int, wide int) {
	get := func(column string) string {
		if i := at[column]; i < len(cells) {
			return strings.TrimSpace(strings.ReplaceAll(cells[i], "\r\n", "\n"))
		}
		return ""
	}
	row := Row{Sheet: p.name, cells: map[string]string{}}
	for column, i := range at {
		row.cells[column] = cellName(i, n)
	}
	before := len(p.Wrong)
	wrong := func(cell string, k sheet.Kind, args ...any) {
		p.Wrong = append(p.Wrong, &sheet.Fault{Sheet: p.name, Cell: cell, Kind: k, Args: args})
	}
	for i := wide; i < len(cells); i++ {
		if strings.TrimSpace(cells[i]) != "" {
			wrong(cellName(i, n), Beside)
		}
	}
	given := entry{get(columnLevel), get(columnWhy), get(columnWords), get(columnNote)}
	key := catalogue.QuestionKey(get(columnQuestion))
	old, known := p.was[key]
	switch {
	case given == (entry{}):
		return
	case !known:
		wrong(row.cells[columnQuestion], Question, "question", string(key))
		return
	case given.digest() == old.digest:
		return
	}
	row.Proposal = assessment.Proposal{Question: key, Base: old.tag, Words: given.words, Note: given.note}
	if given.level != "" {
		level, err := strconv.Atoi(given.level)
		if err != nil {
			wrong(row.cells[columnLevel], Level, "level", given.level)
		}
		row.Level = &level
	}
	if given.why != "" {
		why, ok := p.reasons[fold(given.why)]
		if !ok {
			wrong(row.cells[columnWhy], Why, "reason", given.why)
		}
		row.Why = why
	}
	if len(p.Wrong) == before {
		p.Rows = append(p.Rows, row)
	}
}

// cellName names a cell by its column and row, both from 0.
func cellName(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column+1, row+1)
	if err != nil {
		return strconv.Itoa(row + 1)
	}
	return name
}
