// Package offline keeps an assessment's questions as a workbook, to be filled in where there is no net and read back. See docs/form.md.
package offline

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"io"
	"strconv"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/locale"
	"helhet/internal/sheet"

	"github.com/xuri/excelize/v2"
)

// format is the layout's number. Another layout gets another, so that an old form is refused and not misread.
const format = "1"

// dataSheet holds what the form was made of. It is hidden, and a form without it is none.
const dataSheet = "helhet"

// What the rows of the data sheet tell; behind some stands of what.
const (
	dataFormat       = "format"
	dataRound        = "round"
	dataMunicipality = "municipality"
	dataCatalogue    = "catalogue"
	dataStructure    = "structure"
	dataSheetName    = "sheet"
	dataColumn       = "column" // of a heading: which column it stands above
	dataReason       = "reason" // of an exemption: how it is put
	dataAnswer       = "answer" // of a question: the answer's tag, and a digest of what the form was filled with
)

// The columns that are read, as the data sheet calls them.
const (
	columnQuestion = "question"
	columnLevel    = "level"
	columnWhy      = "why"
	columnWords    = "words"
	columnNote     = "note"
)

// columns lists them.
var columns = []string{columnQuestion, columnLevel, columnWhy, columnWords, columnNote}

// Form is an assessment about to be written as a workbook.
type Form struct {
	locale.Text
	Words        catalogue.Wording
	Catalogue    *catalogue.Catalogue
	Of           assessment.FormOf
	Assessment   assessment.Assessment
	Place, Round string // what they are called
	Made         time.Time
	Demo         bool // the municipality is a synthetic one, and the form says so
	Filled       bool // the answers that are given stand in it
}

// entry is what somebody fills in of one question.
type entry struct{ level, why, words, note string }

// digest tells whether a row says what it said when it was written. A blank one has none.
func (e entry) digest() string {
	if e == (entry{}) {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q", e.level, e.why, e.words, e.note))
	return base32.StdEncoding.EncodeToString(sum[:10])
}

// Write makes the workbook: a row for each question of the round, and what it was made of on a hidden sheet. What people wrote is written as
// text, whatever it begins with.
func Write(w io.Writer, form Form) (err error) {
	b := &builder{Form: form, f: excelize.NewFile(), name: form.T("form.sheet")}
	defer func() { err = cmp.Or(err, b.f.Close()) }()
	b.keep(b.f.SetSheetName(b.f.GetSheetName(0), b.name))
	_, err = b.f.NewSheet(dataSheet)
	b.keep(err)
	b.styles()
	b.answers()
	b.keep(b.f.SetSheetVisible(dataSheet, false))
	b.f.SetActiveSheet(0)
	b.keep(b.f.SetDocProps(&excelize.DocProperties{Title: form.T("form.title"), Creator: "Helhet"}))
	if b.err != nil {
		return b.err
	}
	return b.f.Write(w)
}

// builder keeps the first error.
type builder struct {
	Form
	f                        *excelize.File
	name                     string // of the sheet to fill in
	data                     int    // rows of the data sheet
	plain, bold, head        int    // styles
	read, code, field, level int
	err                      error
}

func (b *builder) keep(err error) { b.err = cmp.Or(b.err, err) }

func (b *builder) styles() {
	style := func(s excelize.Style) int {
		id, err := b.f.NewStyle(&s)
		b.keep(err)
		return id
	}
	const textFormat = 49 // "@": a text, whatever it looks like
	top := &excelize.Alignment{WrapText: true, Vertical: "top"}
	fill := func(color string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
	}
	var lines []excelize.Border
	for _, side := range []string{"left", "right", "top", "bottom"} {
		lines = append(lines, excelize.Border{Type: side, Color: "B6BDC6", Style: 1})
	}
	open := &excelize.Protection{}
	b.plain = style(excelize.Style{NumFmt: textFormat})
	b.bold = style(excelize.Style{Font: &excelize.Font{Family: sheet.Font, Bold: true, Size: 14}, NumFmt: textFormat})
	b.head = style(excelize.Style{Font: &excelize.Font{Family: sheet.Font, Bold: true}, Alignment: top, Fill: fill("E6EFF8"), Border: lines, NumFmt: textFormat})
	b.read = style(excelize.Style{Alignment: top, Border: lines, NumFmt: textFormat})
	b.code = style(excelize.Style{Font: &excelize.Font{Family: sheet.Font, Color: "6A737D", Size: 9}, Alignment: top, Border: lines, NumFmt: textFormat})
	b.field = style(excelize.Style{Alignment: top, Fill: fill("FFF9E5"), Border: lines, NumFmt: textFormat, Protection: open})
	b.level = style(excelize.Style{Alignment: &excelize.Alignment{Horizontal: "center", Vertical: "top"}, Fill: fill("FFF9E5"), Border: lines, Protection: open})
}

// cell writes one.
func (b *builder) cell(name string, column, row, style int, value any) {
	at, err := excelize.CoordinatesToCellName(column, row)
	b.keep(err)
	switch v := value.(type) {
	case string:
		if v != "" {
			b.keep(b.f.SetCellStr(name, at, sheet.Literal(v)))
		}
	case int:
		b.keep(b.f.SetCellInt(name, at, int64(v)))
	}
	b.keep(b.f.SetCellStyle(name, at, at, style))
}

// height makes a row of the sheet to fill in as high as its texts need.
func (b *builder) height(row int, widths []float64, texts ...string) {
	if points, needed := sheet.RowHeight(widths, texts...); needed {
		b.keep(b.f.SetRowHeight(b.name, row, points))
	}
}

// tell writes a row of the data sheet, and gives its number.
func (b *builder) tell(what ...string) int {
	b.data++
	for i, text := range what {
		b.cell(dataSheet, i+1, b.data, b.plain, text)
	}
	return b.data
}

// heading is a column of the sheet to fill in. Key is what the data sheet calls it, "" for what is only to be read.
type heading struct {
	key, title string
	width      float64
}

// firstRow is where the headings stand; what to do is said above.
const firstRow = 6

func (b *builder) answers() {
	scale := b.Catalogue.Scale
	described := b.described()
	headings := []heading{{"", b.T("form.column.task"), 22}, {"", b.T("form.column.question"), 44}}
	for _, level := range described {
		headings = append(headings, heading{"", b.T("form.column.described", "level", level, "name", b.Words.Levels[level]), 32})
	}
	open := len(headings) + 1
	headings = append(headings, heading{columnLevel, b.T("form.column.level", "min", scale.Min, "max", scale.Max), 10}, heading{columnWhy, b.T("form.column.why"), 26},
		heading{columnWords, b.T("form.column.words"), 30}, heading{columnNote, b.T("form.column.note"), 44}, heading{columnQuestion, b.T("form.column.code"), 20})

	about := b.T("form.about", "place", b.Place, "round", b.Round, "date", b.Date(b.Made))
	if b.Demo {
		about += " " + b.T("layout.demo.text")
	}
	for i, line := range []string{b.T("form.title"), about, b.T("form.how"), b.T("form.how.blank"), b.T("form.how.private")} {
		style := b.plain
		if i == 0 {
			style = b.bold
		}
		b.cell(b.name, 1, i+1, style, line)
	}
	b.tell(dataFormat, "", format)
	b.tell(dataRound, "", string(b.Of.Round))
	b.tell(dataMunicipality, "", string(b.Of.Municipality))
	b.tell(dataCatalogue, "", string(b.Of.Catalogue))
	b.tell(dataStructure, "", b.Of.Structure)
	b.tell(dataSheetName, "", b.name)
	widths, titles := make([]float64, len(headings)), make([]string, len(headings))
	for i, h := range headings {
		widths[i], titles[i] = h.width, h.title
		letter, err := excelize.ColumnNumberToName(i + 1)
		b.keep(err)
		b.keep(b.f.SetColWidth(b.name, letter, letter, h.width))
		b.cell(b.name, i+1, firstRow, b.head, h.title)
		if h.key != "" {
			b.tell(dataColumn, h.key, h.title)
		}
	}
	b.height(firstRow, widths, titles...)
	firstReason, lastReason := 0, 0
	for _, e := range assessment.Exemptions {
		lastReason = b.tell(dataReason, string(e), b.T("exemption."+string(e)))
		firstReason = cmp.Or(firstReason, lastReason)
	}

	row := firstRow
	for _, task := range b.Catalogue.Tasks() {
		if !b.Assessment.Scope.Covers(task.Key) {
			continue
		}
		for _, q := range task.Questions {
			row++
			words, answer := b.Words.Questions[q.Key], b.Assessment.Answer(q.Key)
			texts := []string{b.Words.Tasks[task.Key].Name, b.Words.Dimensions[q.Dimension].Name + ": " + words.Text}
			for _, level := range described {
				texts = append(texts, words.Levels[level])
			}
			for i, text := range texts {
				b.cell(b.name, 1+i, row, b.read, text)
			}
			e := b.entry(answer)
			var level any = ""
			if n, err := strconv.Atoi(e.level); err == nil {
				level = n
			}
			b.cell(b.name, open, row, b.level, level)
			for i, text := range []string{e.why, e.words, e.note} {
				b.cell(b.name, open+1+i, row, b.field, text)
			}
			b.height(row, widths, append(texts, e.level, e.why, e.words, e.note)...)
			b.cell(b.name, open+4, row, b.code, string(q.Key))
			b.tell(dataAnswer, string(q.Key), answer.Tag, e.digest())
		}
	}
	b.choices(open, row, fmt.Sprintf("'%s'!$C$%d:$C$%d", dataSheet, firstReason, lastReason))
	last, err := excelize.CoordinatesToCellName(len(headings), max(row, firstRow+1))
	b.keep(err)
	b.keep(b.f.AutoFilter(b.name, fmt.Sprint("A", firstRow, ":", last), nil))
	b.keep(b.f.SetPanes(b.name, &excelize.Panes{Freeze: true, XSplit: 2, YSplit: firstRow, TopLeftCell: fmt.Sprint("C", firstRow+1), ActivePane: "bottomRight"}))
	// Without a password: it keeps one from writing beside the fields, and whoever knows better takes it off.
	b.keep(b.f.ProtectSheet(b.name, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true, FormatColumns: true, FormatRows: true, AutoFilter: true, Sort: true}))
	b.keep(sheet.Landscape(b.f, b.name, firstRow))
}

// described lists the levels that the questions describe.
func (b *builder) described() []int {
	seen := map[int]bool{}
	for _, task := range b.Catalogue.Tasks() {
		for _, q := range task.Questions {
			for level, text := range b.Words.Questions[q.Key].Levels {
				seen[level] = seen[level] || text != ""
			}
		}
	}
	var all []int
	for level := b.Catalogue.Scale.Min; level <= b.Catalogue.Scale.Max; level++ {
		if seen[level] {
			all = append(all, level)
		}
	}
	return all
}

// entry is what a row is filled with. What was carried and nobody has confirmed is nobody's word, and a form that brought it back would make it
// one. A text that a workbook would change stays out of it, as does then all that hangs on it.
func (b *builder) entry(a assessment.Answer) entry {
	if !b.Filled || a.Carried {
		return entry{}
	}
	e := entry{words: a.NotApplicable, note: a.Note}
	if a.Level != nil {
		e.level = strconv.Itoa(*a.Level)
	}
	if why := a.Exemption(); why != "" {
		e.why = b.T("exemption." + string(why))
	}
	if !sheet.Keeps(e.note) {
		e.note = ""
	}
	if !sheet.Keeps(e.words) {
		e.why, e.words = "", ""
	}
	return e
}

// choices offers the levels and the reasons.
func (b *builder) choices(open, last int, reasons string) {
	var levels []string
	for level := b.Catalogue.Scale.Min; level <= b.Catalogue.Scale.Max; level++ {
		levels = append(levels, strconv.Itoa(level))
	}
	for i, set := range []func(*excelize.DataValidation) error{
		func(v *excelize.DataValidation) error { return v.SetDropList(levels) },
		func(v *excelize.DataValidation) error { v.SetSqrefDropList(reasons); return nil },
	} {
		letter, err := excelize.ColumnNumberToName(open + i)
		b.keep(err)
		v := excelize.NewDataValidation(true)
		v.Sqref = fmt.Sprintf("%s%d:%s%d", letter, firstRow+1, letter, max(last, firstRow+1))
		v.SetError(excelize.DataValidationErrorStyleStop, b.T("form.column.choose"), b.T("form.column.choose"))
		b.keep(set(v))
		b.keep(b.f.AddDataValidation(b.name, v))
	}
}
