// Package reports makes what leaves Helhet as a document.
package reports

import (
	"cmp"
	"io"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/locale"
	"helhet/internal/sheet"
	"helhet/org"

	"github.com/xuri/excelize/v2"
)

// Plan is a municipality's improvement plan, about to be written as a workbook. Steps are those the reader has chosen, in the order that Sorted tells of;
// Tasks are all, by priority.
type Plan struct {
	locale.Text
	Words     catalogue.Wording
	Catalogue *catalogue.Catalogue
	Place     string
	Made      time.Time
	Today     assessment.Day
	Demo      bool // the municipality is a synthetic one, and the workbook says so
	Steps     []assessment.Step
	Sorted    string
	Tasks     []assessment.TaskPlan
	Name      func(org.PersonID) string // what somebody is called
}

// The widths of a column, in characters.
const (
	narrow = 14
	medium = 28
	wide   = 48
)

type column struct {
	title string
	width float64
}

// WritePlan writes the plan as XLSX, with a sheet of steps and one of tasks. What people wrote is written as text, whatever it begins with, so
// that no cell runs as a formula, here or when somebody saves the sheet as another kind of file.
func WritePlan(w io.Writer, p Plan) (err error) {
	f := excelize.NewFile()
	defer func() { err = cmp.Or(err, f.Close()) }()
	steps, tasks := p.T("improvement.sheet.steps"), p.T("improvement.sheet.tasks")
	if err := f.SetSheetName(f.GetSheetName(0), steps); err != nil {
		return err
	}
	if _, err := f.NewSheet(tasks); err != nil {
		return err
	}
	about := p.T("improvement.sheet.about", "place", p.Place, "date", p.Date(p.Made))
	if p.Demo {
		about += " " + p.T("layout.demo.text")
	}
	s, err := newPlanSheet(f, steps, about+" "+p.Sorted, []column{
		{p.T("improvement.task"), medium}, {p.T("step.what"), wide}, {p.T("step.why"), wide}, {p.T("step.owner"), medium}, {p.T("step.due"), narrow}, {p.T("step.status"), narrow},
		{p.T("step.result"), wide}, {p.T("step.reason"), wide},
	})
	if err != nil {
		return err
	}
	for _, step := range p.Steps {
		owner := p.T("step.owner.none")
		if step.Owner != "" {
			owner = p.Name(step.Owner)
		} else if step.Role != "" {
			owner = p.T("duty." + string(step.Role))
		}
		status := p.T("step.status." + string(step.Status))
		if step.Overdue(p.Today) {
			status += ", " + p.T("step.overdue")
		}
		var due any = ""
		if step.Due != "" {
			due = step.Due.Time().Truncate(24 * time.Hour)
		}
		name := cmp.Or(p.Words.Tasks[step.Task].Name, string(step.Task))
		if err := s.row(name, step.What, step.Why, owner, due, status, step.Result, step.Reason); err != nil {
			return err
		}
	}
	s, err = newPlanSheet(f, tasks, about, []column{
		{p.T("improvement.area"), medium}, {p.T("improvement.task"), wide}, {p.T("improvement.now"), narrow}, {p.T("improvement.ambition"), narrow}, {p.T("improvement.gap"), narrow}, {p.T("improvement.open-steps"), narrow},
	})
	if err != nil {
		return err
	}
	for _, task := range p.Tasks {
		var now, ambition, gap any = "", "", ""
		if task.Now.Shown() {
			now = task.Now.Score.Float()
		}
		if task.Ambition.Level != nil {
			ambition = *task.Ambition.Level
		}
		if n, known := task.Gap(); known {
			gap = n.Float()
		}
		area := ""
		if known := p.Catalogue.Task(task.Task); known != nil {
			area = p.Words.Areas[known.Area].Name
		}
		if err := s.row(area, p.Words.Tasks[task.Task].Name, now, ambition, gap, task.Open); err != nil {
			return err
		}
	}
	return f.Write(w)
}

// planSheet is a sheet of a workbook that is written row by row.
type planSheet struct {
	f                          *excelize.File
	name                       string
	rows                       int
	widths                     []float64
	text, date, decimal, whole int // styles
}

// newPlanSheet writes what the sheet is about, and its columns' titles, which stay on top.
func newPlanSheet(f *excelize.File, name, about string, columns []column) (*planSheet, error) {
	s := &planSheet{f: f, name: name, rows: 2}
	wrap := &excelize.Alignment{WrapText: true, Vertical: "top"}
	day, decimal := "dd.mm.yyyy", "0.0"
	var err error
	style := func(st *excelize.Style) int {
		id, failed := f.NewStyle(st)
		err = cmp.Or(err, failed)
		return id
	}
	const textFormat = 49 // "@": a text, whatever it looks like
	s.text = style(&excelize.Style{Alignment: wrap, NumFmt: textFormat})
	s.date = style(&excelize.Style{Alignment: wrap, CustomNumFmt: &day})
	s.decimal = style(&excelize.Style{Alignment: wrap, CustomNumFmt: &decimal})
	s.whole = style(&excelize.Style{Alignment: wrap})
	bold := style(&excelize.Style{Font: &excelize.Font{Family: sheet.Font, Bold: true}, Alignment: wrap})
	err = cmp.Or(err, f.SetCellStr(name, "A1", about), sheet.Landscape(f, name, 2))
	var titles []string
	for i, c := range columns {
		letter, failed := excelize.ColumnNumberToName(i + 1)
		s.widths, titles = append(s.widths, c.width), append(titles, c.title)
		err = cmp.Or(err, failed, f.SetColWidth(name, letter, letter, c.width), f.SetCellStr(name, letter+"2", c.title), f.SetCellStyle(name, letter+"2", letter+"2", bold))
	}
	return s, cmp.Or(err, s.height(2, titles), f.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 2, TopLeftCell: "A3", ActivePane: "bottomLeft"}))
}

// row writes a row: texts as texts, days as days, levels with one decimal.
func (s *planSheet) row(cells ...any) error {
	s.rows++
	texts := make([]string, len(cells))
	for i, cell := range cells {
		at, err := excelize.CoordinatesToCellName(i+1, s.rows)
		if err != nil {
			return err
		}
		style := s.text
		switch v := cell.(type) {
		case string:
			texts[i], err = v, s.f.SetCellStr(s.name, at, sheet.Literal(v))
		case float64:
			style, err = s.decimal, s.f.SetCellFloat(s.name, at, v, 3, 64)
		case int:
			style, err = s.whole, s.f.SetCellInt(s.name, at, int64(v))
		case time.Time:
			style, err = s.date, s.f.SetCellValue(s.name, at, v)
		}
		if err := cmp.Or(err, s.f.SetCellStyle(s.name, at, at, style)); err != nil {
			return err
		}
	}
	return s.height(s.rows, texts)
}

// height makes a row as high as its texts need.
func (s *planSheet) height(row int, texts []string) error {
	points, needed := sheet.RowHeight(s.widths, texts...)
	if !needed {
		return nil
	}
	return s.f.SetRowHeight(s.name, row, points)
}
