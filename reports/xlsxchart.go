package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"helhet/benefits"
	"helhet/charts"
	"helhet/internal/sheet"

	"github.com/xuri/excelize/v2"
)

// The room of a chart on its sheet, in pixels and in rows of the usual height below the figures it is drawn of.
const (
	chartWide, chartHigh = 860, 360
	chartRows            = 23 // some programs have lower rows than others
)

// The colours of a chart's series, as charts has them: they differ in lightness too. What is planned is dashed, and the ends of ranges are short strokes.
var seriesColours = []string{"0062BA", "B45309", "15803D", "7C3AED", "BE123C", "0E7490", "525252"}

// charts writes a chapter's charts on a sheet of their own: each with its title, what it shows and what makes that doubtful, the figures it is drawn of, and the chart itself, which is one of the
// workbook's own, so that it follows when somebody changes the figures.
func (b *book) charts(s Section, all []Chart) {
	if len(all) == 0 {
		return
	}
	b.open(s, "charts")
	scale, each := uint(65), false // not fitted to the page: a program that fits keeps no page breaks
	b.failed(sheet.Landscape(b.f, b.sheet, 0))
	b.failed(b.f.SetPageLayout(b.sheet, &excelize.PageLayoutOptions{AdjustTo: &scale}))
	b.failed(b.f.SetSheetProps(b.sheet, &excelize.SheetPropsOptions{FitToPage: &each}))
	b.room(2, 24, 15, 15, 15, 15, 15, 15, 15, 15)
	for i, c := range all {
		if i > 0 {
			b.failed(b.f.InsertPageBreak(b.sheet, "A"+strconv.Itoa(b.line+1)))
		}
		b.amount = nil
		b.write("title", text(c.About.Title))
		for _, x := range []struct {
			look string
			said []string
		}{{"wrap", []string{c.About.Sentence}}, {"warning", c.About.Warnings}, {"wrap", c.About.Notes}} {
			for _, said := range x.said {
				b.across(x.look, said)
			}
		}
		var chart *excelize.Chart
		switch spec := c.Drawing.(type) {
		case charts.Course:
			chart = b.course(spec)
		case charts.Bars:
			chart = b.bars(spec)
		}
		if chart != nil {
			chart.Format.AltText = c.Alternative()
			for _, axis := range []*excelize.ChartAxis{&chart.XAxis, &chart.YAxis} {
				axis.Font = excelize.Font{Family: sheet.Font, Size: 10, Color: "404040"}
			}
			chart.Title = excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: c.About.Title, Font: &excelize.Font{Family: sheet.Font, Size: 12, Bold: true}}}}
			chart.Dimension = excelize.ChartDimension{Width: chartWide, Height: chartHigh}
			chart.Legend = excelize.ChartLegend{Position: "bottom"}
			b.failed(b.f.AddChart(b.sheet, "A"+strconv.Itoa(b.line+1), chart))
			b.line += chartRows
		}
	}
}

// thousandths is a chart's value as a number, "" for a gap.
func thousandths(v charts.Value) benefits.Number {
	n, ok := v.Thousandths()
	if !ok {
		return ""
	}
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return benefits.Number(sign + strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%03d", n/1000, n%1000), "0"), "."))
}

// figure is the cell of a chart's value; a gap is empty, so that nothing is drawn.
func (b *book) figure(v charts.Value) Cell {
	n := thousandths(v)
	if n == "" {
		return Cell{}
	}
	return Cell{Text: Decimal(b.Text, n), Number: n}
}

// across writes a text over all of the sheet's columns.
func (b *book) across(look, said string) {
	b.write(look, text(said))
	all := 0.0
	for _, w := range b.widths {
		all += w
	}
	last, err := excelize.CoordinatesToCellName(len(b.widths), b.line)
	b.failed(cmp.Or(err, b.f.MergeCell(b.sheet, "A"+strconv.Itoa(b.line), last)))
	if points, needed := sheet.RowHeight([]float64{all}, said); needed {
		b.failed(b.f.SetRowHeight(b.sheet, b.line, points))
	}
}

// figures writes a row of what a chart is drawn of, beside the texts.
func (b *book) figures(look string, cells ...Cell) {
	b.write(look, append([]Cell{{}}, cells...)...)
	b.height(append([]Cell{{}}, cells...))
}

// within names cells of the sheet, as charts refer to them. Columns count from 1.
func (b *book) within(column, first, last int) string {
	from, err := excelize.CoordinatesToCellName(column, first, true)
	b.failed(err)
	to, err := excelize.CoordinatesToCellName(column, last, true)
	b.failed(err)
	if from == to {
		return fmt.Sprintf("'%s'!%s", b.sheet, from)
	}
	return fmt.Sprintf("'%s'!%s:%s", b.sheet, from, to)
}

// course writes what a course is drawn of, a row for each point, and gives its chart: days along, values up. Where how low and high a value may be is known both ends are marked.
func (b *book) course(spec charts.Course) *excelize.Chart {
	panel := spec.Panels[0]
	chart := &excelize.Chart{Type: excelize.Scatter, ShowBlanksAs: "gap", XAxis: excelize.ChartAxis{NumFmt: excelize.ChartNumFmt{CustomNumFmt: "mm.yyyy"}}, YAxis: excelize.ChartAxis{MajorGridLines: true,
		Title: excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: panel.Name}}}}}
	what, unit := b.T("report.chart.what"), panel.Unit
	low, high := spec.Words.Low, spec.Words.High
	b.amount = []bool{3: true, 4: true, 5: true}
	b.figures("head", text(what), text(spec.Words.Date), text(cmp.Or(unit, b.T("report.column.value"))), text(low), text(high), text(b.T("report.chart.why")))
	head := b.line
	for n, track := range panel.Tracks {
		first, ranged := b.line+1, false
		for _, p := range track.Points {
			why := Cell{}
			if !p.Value.Present() {
				why = text(spec.Words.Why(p.Value.Reason()))
			}
			b.figures("text", text(track.Name), dayCell(b.Text, benefits.Day(p.Day.Format("2006-01-02"))), b.figure(p.Value), b.figure(p.Low), b.figure(p.High), why)
			ranged = ranged || p.Low.Present()
		}
		add := func(name string, column int, line excelize.LineOptions, symbol string, size int) {
			colour := excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{seriesColours[n%len(seriesColours)]}}
			chart.Series = append(chart.Series, excelize.ChartSeries{Name: name, Categories: b.within(3, first, b.line), Values: b.within(column, first, b.line), Fill: colour, Line: line,
				Marker: excelize.ChartMarker{Symbol: symbol, Size: size, Fill: colour}})
		}
		line := excelize.LineOptions{Type: excelize.LineSolid, Width: 2.25}
		switch track.Stroke {
		case charts.Dashed, charts.Dotted:
			line.Dash = excelize.LineDashDash
		case charts.Alone:
			line.Type = excelize.LineNone
		}
		add(b.within(2, first, first), 4, line, []string{"diamond", "square", "circle"}[n%3], 7)
		if ranged { // the ends of each range, and no line: nobody knows what lies between two days
			none := excelize.LineOptions{Type: excelize.LineNone}
			add(b.within(5, head, head), 5, none, "dash", 9)
			add(b.within(6, head, head), 6, none, "dash", 9)
		}
	}
	return chart
}

// labelsOf is how the values of bars are written on them: two decimals where one of them isn't whole, since "#.##" would leave a lone sign behind those that are.
func labelsOf(rows []charts.Bar) string {
	whole := !slices.ContainsFunc(rows, func(r charts.Bar) bool {
		return slices.ContainsFunc(r.Values, func(v charts.Value) bool {
			n, ok := v.Thousandths()
			return ok && n%1000 != 0
		})
	})
	if whole {
		return "#,##0;-#,##0;"
	}
	return "#,##0.00;-#,##0.00;"
}

// bars writes what bars are drawn of and gives their chart: a bar for each row, made of its parts. Behind the figures stand the bars' notes, such as how many are behind
// them, and why something is not there.
func (b *book) bars(spec charts.Bars) *excelize.Chart {
	gap, whole := uint(60), 100
	chart := &excelize.Chart{Type: excelize.BarStacked, XAxis: excelize.ChartAxis{ReverseOrder: true}, YAxis: excelize.ChartAxis{MajorGridLines: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "0"}}, GapWidth: &gap, Overlap: &whole,
		PlotArea: excelize.ChartPlotArea{ShowVal: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: labelsOf(spec.Rows)}}} // nothing is written of what is nought
	if spec.Unit != "" {
		chart.YAxis.Title = excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: spec.Unit}}}
	}
	head := []Cell{text(spec.Heading)}
	b.amount = []bool{false, false}
	for _, part := range spec.Parts {
		if spec.Unit != "" {
			part += ", " + spec.Unit
		}
		head, b.amount = append(head, text(part)), append(b.amount, true)
	}
	if spec.Whole != "" {
		head, b.amount = append(head, text(spec.Whole)), append(b.amount, true)
	}
	noted := slices.ContainsFunc(spec.Rows, func(r charts.Bar) bool { return r.Note != "" })
	lacking := slices.ContainsFunc(spec.Rows, func(r charts.Bar) bool { return len(lacks(spec, r)) > 0 })
	if noted {
		head = append(head, text(spec.NoteHeading))
	}
	if lacking {
		head = append(head, text(b.T("report.chart.why")))
	}
	b.figures("head", head...)
	at, first := b.line, b.line+1
	for _, r := range spec.Rows {
		cells := []Cell{text(r.Name)}
		for i := range spec.Parts {
			cells = append(cells, b.figure(r.Values[i]))
		}
		if spec.Whole != "" {
			cells = append(cells, b.figure(spec.Sum(r)))
		}
		if noted {
			cells = append(cells, text(r.Note))
		}
		if lacking {
			cells = append(cells, text(strings.Join(lacks(spec, r), "; ")))
		}
		b.figures("text", cells...)
	}
	for i := range spec.Parts {
		if used := func() bool {
			for _, r := range spec.Rows {
				if n, _ := r.Values[i].Thousandths(); n != 0 {
					return true
				}
			}
			return false
		}(); !used {
			continue // it would only be one more name in the legend
		}
		chart.Series = append(chart.Series, excelize.ChartSeries{Name: b.within(3+i, at, at), Categories: b.within(2, first, b.line), Values: b.within(3+i, first, b.line),
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{seriesColours[i%len(seriesColours)]}}, DataLabel: excelize.ChartDataLabel{Font: excelize.Font{Color: "FFFFFF", Bold: true}}})
	}
	return chart
}

// lacks are the reasons why parts of a bar are not there, each once, in words.
func lacks(spec charts.Bars, r charts.Bar) []string {
	var all []string
	for _, v := range r.Values {
		if v.Present() {
			continue
		}
		if why := spec.Words.Why(v.Reason()); !slices.Contains(all, why) {
			all = append(all, why)
		}
	}
	return all
}
