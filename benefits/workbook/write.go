package workbook

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/locale"
	"helhet/internal/sheet"
	"helhet/org"

	"github.com/xuri/excelize/v2"
)

// Form is a sheet of measurements to fill in: a row for each benefit that its reader may measure.
type Form struct {
	locale.Text
	Place    string
	Made     time.Time
	Demo     bool // the municipality is a synthetic one, and the sheet says so
	Benefits []benefits.Benefit
}

// Export is a municipality's benefits and measurements, about to be taken out.
type Export struct {
	locale.Text
	Place        string
	Made         time.Time
	Demo         bool
	Outside      bool               // it leaves the municipality: figures of fewer than five people are withheld, and who measured is not said
	Benefits     []benefits.Benefit // those that were removed too
	Measurements []benefits.Measurement
	Name         func(org.PersonID) string // what somebody is called
	Task         func(catalogue.TaskKey) string
	Steps        func(benefits.Benefit) []string // what is to be done in the steps that it comes of
	Indicator    func(benefits.IndicatorKey) string
}

// head is a column of a table that is written. Open is filled in by people.
type head struct {
	title string
	width float64
	open  bool
}

// written is a table about to be written. Cells are string, [benefits.Number], [benefits.Day] or int; a nought of any of them is left blank.
type written struct {
	name  string
	about []string
	heads []head
	rows  [][]any
}

// widths of columns, in characters.
var widths = map[string]float64{columnTitle: 40, columnMeasurement: 21, columnBenefit: 21, columnMethod: 28, columnSource: 28, columnNote: 40, columnEvidence: 40, columnLatest: 22, columnRemarks: 30, columnBy: 22}

func (v *written) add(t locale.Text, open bool, columns ...string) {
	for _, c := range columns {
		v.heads = append(v.heads, head{t.Within("batch.column", c), cmp.Or(widths[c], 13), open})
	}
}

func about(t locale.Text, key, place string, made time.Time, demo bool) string {
	text := t.T(key, "place", place, "date", t.Date(made))
	if demo {
		text += " " + t.T("layout.demo.text")
	}
	return text
}

// table is the sheet to fill in. What is only to be read stands first.
func (f Form) table() written {
	w := written{name: f.T("batch.sheet"), about: []string{f.T("batch.sheet.title"), about(f.Text, "batch.sheet.about", f.Place, f.Made, f.Demo), f.T("batch.sheet.how", "max", benefits.MaxBatch), f.T("form.how.private")}}
	w.add(f.Text, false, columnTitle, columnUnit, columnLatest, columnDue, columnRemarks)
	w.add(f.Text, true, columnTo, columnFrom, columnValue, columnLow, columnHigh, columnPeople, columnMethod, columnSource, columnNote, columnEvidence)
	w.add(f.Text, false, columnBenefit)
	for _, b := range f.Benefits {
		latest := ""
		if last, ok := b.Latest(); ok {
			value := decimal(f.Text, last.Value)
			if last.Few() { // the sheet is sent around
				value = benefits.FewShown
			}
			latest = f.T("benefit.amount-on", "amount", value, "date", f.ShortDate(last.To.Time()))
		}
		w.rows = append(w.rows, []any{b.Title, unit(f.Text, b.Unit), latest, b.Due(), strings.Join(marks(f.Text, b), ". "), "", "", "", "", "", "", "", "", "", "", string(b.ID)})
	}
	return w
}

// marks are what makes a benefit's figures doubtful, in few words.
func marks(t locale.Text, b benefits.Benefit) []string {
	var all []string
	for _, w := range b.Warnings() {
		all = append(all, t.Within("benefit.mark", w))
	}
	return all
}

// WriteForm writes the sheet as XLSX.
func WriteForm(w io.Writer, f Form) error { return writeBook(w, f.T("batch.sheet.title"), f.table()) }

// WriteFormCSV writes it as text: without the lines above the headings, which a program would have to skip.
func WriteFormCSV(w io.Writer, f Form) error { return writeCSV(w, f.Text, f.table()) }

// WriteBook writes all of it as XLSX, a sheet of benefits and one of measurements.
func WriteBook(w io.Writer, e Export) error {
	return writeBook(w, e.T("batch.export.title"), e.benefits(), e.measurements())
}

// WriteBenefits writes the benefits as text with a separator, WriteMeasurements the measurements of those that stand.
func WriteBenefits(w io.Writer, e Export) error { return writeCSV(w, e.Text, e.benefits()) }

// WriteMeasurements is told of at WriteBenefits.
func WriteMeasurements(w io.Writer, e Export) error { return writeCSV(w, e.Text, e.measurements()) }

func (e Export) about() string {
	text := about(e.Text, "batch.export.about", e.Place, e.Made, e.Demo)
	if e.Outside {
		text += " " + e.T("batch.export.outside", "min", benefits.FewPeople)
	}
	return text
}

// measurements is a table that can be brought back: it names each measurement.
func (e Export) measurements() written {
	w := written{name: e.T("measurement.title"), about: []string{e.T("measurement.title"), e.about()}}
	w.add(e.Text, false, columnTitle, columnUnit, columnFrom, columnTo, columnValue, columnLow, columnHigh, columnPeople, columnMethod, columnSource, columnNote, columnEvidence, columnRemoved, columnBy, columnAt, columnBenefit, columnMeasurement)
	of := map[benefits.ID]benefits.Benefit{}
	for _, b := range e.Benefits {
		if b.Removed.IsZero() {
			of[b.ID] = b
		}
	}
	for _, m := range e.Measurements {
		b, ok := of[m.Benefit]
		if !ok {
			continue
		}
		s := m.Stands()
		figures, value, by := s.Figures, any(s.Value), e.Name(s.By)
		if e.Outside {
			shown, known := s.ForOutside()
			if figures, value, by = shown, any(shown.Value), ""; !known {
				value, s.Method, s.Source, s.Note, s.Evidence = benefits.FewShown, "", "", "", ""
			}
		}
		removed := e.T("batch.no")
		if s.Removed {
			removed = e.T("batch.yes")
		}
		w.rows = append(w.rows, []any{b.Title, unit(e.Text, b.Unit), figures.From, figures.To, value, figures.Low, figures.High, figures.People, s.Method, s.Source, s.Note, s.Evidence, removed, by, dayOf(e.Text, s.At), string(b.ID), string(m.ID)})
	}
	return w
}

// benefitFields are the columns of benefits, as their form calls them.
var benefitFields = []string{"title", "type", "status", "owner", "stakeholder", "technology", "tasks", "shared", "indicator", "unit", "per", "direction", "baseline.value", "baseline.low", "baseline.high", "baseline.date", "baseline.method",
	"baseline.source", "target.value", "target.date", "effectFrom", "measures", "assumptions", "risk", "uncertainty", "disposition.budgetCut", "disposition.capacity", "disposition.quality", "disposition.other", "disposition.decision", "explanation",
	"effect.sign", "effect.noticed", "effect.noticedBy", "effect.cause", "effect.done", "steps", "plan.after", "plan.every", "own.hourlyCost", "own.hoursPerFTE", "own.taskCost", "own.date", "own.source"}

func (e Export) benefits() written {
	t := e.Text
	w := written{name: e.T("benefits.title"), about: []string{e.T("benefits.title"), e.about()}}
	for _, f := range benefitFields {
		w.heads = append(w.heads, head{t.Within("benefit.field", f), map[bool]float64{true: 40, false: 18}[f == "title"], false})
	}
	for _, key := range []string{"batch.column.part-of", "batch.column.alike", "batch.column.different", "batch.column.remarks", "measurement.latest", "batch.column.latest-day", "measurement.reached", "batch.column.due", "batch.column.removed-day", "batch.column.benefit"} {
		w.heads = append(w.heads, head{t.T(key), 18, false})
	}
	word := func(prefix, value string) string {
		if value == "" {
			return ""
		}
		return t.Within(prefix, value)
	}
	titles := map[benefits.ID]string{}
	for _, b := range e.Benefits {
		titles[b.ID] = b.Title
	}
	twins := benefits.Twins(e.Benefits)
	named := func(id benefits.ID) string { // what has been deleted since has its code left
		if id == "" {
			return ""
		}
		return cmp.Or(titles[id], string(id))
	}
	for _, b := range e.Benefits {
		var tasks []string
		for _, k := range b.Tasks {
			tasks = append(tasks, e.Task(k))
		}
		var alike, different []string
		for _, id := range twins[b.ID] {
			alike = append(alike, titles[id])
		}
		for _, a := range b.Different {
			different = append(different, named(a.With))
		}
		owner, shared := "", ""
		if b.Owner != "" {
			owner = e.Name(b.Owner)
		}
		if b.Shared != "" {
			shared = e.Indicator(b.Shared)
		}
		last, measured := b.Latest()
		if _, known := last.ForOutside(); e.Outside && !known { // they may well tell the figure
			b.Explanation, b.Effect.Cause, b.Effect.Done = "", "", ""
		}
		row := []any{b.Title, word("benefit.type", string(b.Type)), word("benefit.status", string(b.Status)), owner, b.Stakeholder, b.Technology, strings.Join(tasks, "; "), shared, b.Indicator, unit(t, b.Unit), word("indicator.per", string(b.Per)),
			word("benefit.direction", string(b.Direction)), b.Baseline.Value, b.Baseline.Low, b.Baseline.High, b.Baseline.Date, b.Baseline.Method, b.Baseline.Source, b.Target.Value, b.Target.Date, b.EffectFrom, b.Measures, b.Assumptions,
			b.Risk, b.Uncertainty, b.Disposition.BudgetCut, b.Disposition.Capacity, b.Disposition.Quality, b.Disposition.Other, b.Disposition.Decision, b.Explanation,
			word("effect.sign", string(b.Effect.Sign)), b.Effect.Noticed, b.Effect.NoticedBy, b.Effect.Cause, b.Effect.Done,
			strings.Join(e.Steps(b), "; "), months(b.Plan.After), b.Plan.Every, b.Own.HourlyCost, b.Own.HoursPerFTE, b.Own.TaskCost, b.Own.Date, b.Own.Source,
			named(b.PartOf), strings.Join(alike, "; "), strings.Join(different, "; "), strings.Join(e.remarks(b), " ")}
		var latest, reached any = benefits.Number(""), benefits.Number("")
		if measured {
			latest = last.Value
		}
		if r, ok := b.Reached(); ok {
			reached = benefits.Number(r.Part.Percent().String())
		}
		if _, known := last.ForOutside(); e.Outside && !known {
			latest, reached = benefits.FewShown, benefits.FewShown
		}
		w.rows = append(w.rows, append(row, latest, last.To, reached, b.Due(), dayOf(t, b.Removed), string(b.ID)))
	}
	return w
}

// remarks are what makes a benefit's figures doubtful.
func (e Export) remarks(b benefits.Benefit) []string {
	var all []string
	for _, w := range b.Warnings() {
		all = append(all, e.Within("benefit.warning", w))
	}
	if today := dayOf(e.Text, e.Made); b.Stale(today) {
		all = append(all, e.T("measurement.stale", "date", e.Date(b.Due().Time())))
	}
	return all
}

// months are a measuring plan's, "3, 6, 12".
func months(after []int) string {
	var all []string
	for _, n := range after {
		all = append(all, strconv.Itoa(n))
	}
	return strings.Join(all, ", ")
}

func unit(t locale.Text, u benefits.Unit) string {
	if u == "" {
		return ""
	}
	return t.Within("benefit.unit", u)
}

// dayOf is the day of a moment in Norway, "" of none.
func dayOf(t locale.Text, at time.Time) benefits.Day {
	if at.IsZero() {
		return ""
	}
	return benefits.Day(t.Machine(at)[:len(time.DateOnly)])
}

// decimal writes a number with the language's mark before its decimals.
func decimal(t locale.Text, n benefits.Number) string {
	if t.Lang() == locale.English {
		return string(n)
	}
	return strings.Replace(string(n), ".", ",", 1)
}

// byteOrderMark makes spreadsheets read a file as UTF-8.
const byteOrderMark = "\uFEFF"

// writeCSV writes a table as RFC 4180: with semicolons and decimal commas where the language has these, as spreadsheets there read it. No cell runs as a formula.
func writeCSV(w io.Writer, t locale.Text, table written) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if t.Lang() != locale.English {
		out.Comma = ';'
	}
	line := make([]string, len(table.heads))
	for i, h := range table.heads {
		line[i] = h.title
	}
	if err := out.Write(line); err != nil {
		return err
	}
	for _, row := range table.rows {
		for i, value := range row {
			switch v := value.(type) {
			case string:
				line[i] = guarded(v)
			case benefits.Number:
				line[i] = decimal(t, v)
			case benefits.Day:
				line[i] = string(v)
			case int:
				if line[i] = ""; v != 0 {
					line[i] = strconv.Itoa(v)
				}
			}
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// book is a workbook that is written; it keeps the first error.
type book struct {
	f                                     *excelize.File
	plain, strong, head, text, day, field int // styles
	err                                   error
}

func (b *book) keep(errs ...error) {
	for _, err := range errs {
		b.err = cmp.Or(b.err, err)
	}
}

func writeBook(w io.Writer, title string, tables ...written) (err error) {
	b := &book{f: excelize.NewFile()}
	defer func() { err = cmp.Or(err, b.f.Close()) }()
	b.styles()
	for i, t := range tables {
		if i == 0 {
			b.keep(b.f.SetSheetName(b.f.GetSheetName(0), t.name))
		} else {
			_, err := b.f.NewSheet(t.name)
			b.keep(err)
		}
		b.table(t)
	}
	b.keep(b.f.SetDocProps(&excelize.DocProperties{Title: title, Creator: "Helhet"}))
	if b.err != nil {
		return b.err
	}
	return b.f.Write(w)
}

func (b *book) styles() {
	style := func(s excelize.Style) int {
		id, err := b.f.NewStyle(&s)
		b.keep(err)
		return id
	}
	const textFormat = 49 // "@": a text, whatever it looks like
	top, day := &excelize.Alignment{WrapText: true, Vertical: "top"}, "dd.mm.yyyy"
	fill := func(color string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{color}}
	}
	var lines []excelize.Border
	for _, side := range []string{"left", "right", "top", "bottom"} {
		lines = append(lines, excelize.Border{Type: side, Color: "B6BDC6", Style: 1})
	}
	b.plain = style(excelize.Style{NumFmt: textFormat})
	b.text = style(excelize.Style{Alignment: top, NumFmt: textFormat})
	b.strong = style(excelize.Style{Font: &excelize.Font{Family: sheet.Font, Bold: true, Size: 14}, NumFmt: textFormat})
	b.head = style(excelize.Style{Font: &excelize.Font{Family: sheet.Font, Bold: true}, Alignment: top, Fill: fill("E6EFF8"), Border: lines, NumFmt: textFormat})
	b.day = style(excelize.Style{Alignment: &excelize.Alignment{Vertical: "top"}, CustomNumFmt: &day})
	b.field = style(excelize.Style{Alignment: top, Fill: fill("FFF9E5"), Border: lines})
}

// cell writes one: texts as texts, whatever they begin with, numbers as numbers, days as days.
func (b *book) cell(name string, column, row, style int, value any) {
	at, err := excelize.CoordinatesToCellName(column, row)
	b.keep(err)
	switch v := value.(type) {
	case string:
		if v != "" {
			b.keep(b.f.SetCellStr(name, at, sheet.Literal(v)))
		}
	case benefits.Number:
		style = 0
		if f, err := strconv.ParseFloat(string(v), 64); err == nil { // fifteen digits at most, which it holds exactly as far as they are written
			b.keep(b.f.SetCellFloat(name, at, f, -1, 64))
		}
	case benefits.Day:
		style = b.day
		if day := v.Time(); !day.IsZero() {
			b.keep(b.f.SetCellValue(name, at, day.Truncate(24*time.Hour)))
		}
	case int:
		if style = 0; v != 0 {
			b.keep(b.f.SetCellInt(name, at, int64(v)))
		}
	}
	b.keep(b.f.SetCellStyle(name, at, at, style))
}

func (b *book) table(t written) {
	for i, line := range t.about {
		style := b.plain
		if i == 0 {
			style = b.strong
		}
		b.cell(t.name, 1, i+1, style, line)
	}
	top := len(t.about) + 2
	widths, titles := make([]float64, len(t.heads)), make([]string, len(t.heads))
	for i, h := range t.heads {
		widths[i], titles[i] = h.width, h.title
		letter, err := excelize.ColumnNumberToName(i + 1)
		b.keep(err, b.f.SetColWidth(t.name, letter, letter, h.width))
		b.cell(t.name, i+1, top, b.head, h.title)
	}
	b.height(t.name, top, widths, titles)
	for n, row := range t.rows {
		texts := make([]string, len(row))
		for i, value := range row {
			texts[i], _ = value.(string)
			style := b.text
			if t.heads[i].open {
				style = b.field
			}
			b.cell(t.name, i+1, top+1+n, style, value)
		}
		b.height(t.name, top+1+n, widths, texts)
	}
	b.keep(b.f.SetPanes(t.name, &excelize.Panes{Freeze: true, XSplit: 1, YSplit: top, TopLeftCell: fmt.Sprint("B", top+1), ActivePane: "bottomRight"}))
	last, err := excelize.CoordinatesToCellName(len(t.heads), top+max(1, len(t.rows)))
	b.keep(err, b.f.AutoFilter(t.name, fmt.Sprint("A", top, ":", last), nil), sheet.Landscape(b.f, t.name, top))
}

// height makes a row as high as its texts need.
func (b *book) height(name string, row int, widths []float64, texts []string) {
	if points, needed := sheet.RowHeight(widths, texts...); needed {
		b.keep(b.f.SetRowHeight(name, row, points))
	}
}
