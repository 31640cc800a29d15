package charts

import (
	"cmp"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	live "github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"github.com/go-echarts/go-echarts/v2/types"
)

// Course is how something went along the days: what was measured, with how low
// and high it may be, against what was planned. It may have several panels, one
// under the other on the same days, for things that are counted in different
// units. What was not measured is a break in the line.
type Course struct {
	About
	Panels []Panel
	// Marks are days that matter to all panels: today, the start of effect.
	Marks []Mark
	// Lag is how much later than they are drawn the points of the last panel
	// were measured, in whole months; LagName says so in words. Whoever fills
	// in the points moves them, and gives each its own day in When.
	Lag     int
	LagName string
}

// Panel is what is counted in one unit.
type Panel struct {
	// Name stands above the axis: "Timer per uke. Mindre er bedre."
	Name string
	// Unit stands behind the tracks' names in the table's heads: "timer".
	Unit string
	// Levels marks levels 0–5, drawn on their own scale and written as scores.
	Levels bool
	// Counts marks what is counted in ones.
	Counts bool
	Tracks []Track
}

// Stroke is how the points of a track are joined.
type Stroke uint8

const (
	// Solid joins neighbours that are both there.
	Solid Stroke = iota
	// Dashed is for what was planned, and Dotted for another such.
	Dashed
	Dotted
	// Alone joins nothing.
	Alone
)

// dash is the stroke's pattern.
func (s Stroke) dash() []float64 {
	return [][]float64{nil, {8, 5}, {2, 4}, nil}[min(s, Alone)]
}

// live is ECharts' name for it.
func (s Stroke) live() string { return []string{"solid", "dashed", "dotted", "solid"}[min(s, Alone)] }

// Track is one row of values along the days.
type Track struct {
	Name   string
	Stroke Stroke
	// Points are in the order of their days.
	Points []Point
	// Dated gives the track's days a column of their own in the table, where
	// its points are drawn at other days than they are of.
	Dated bool
}

// Point is a value on a day, or the reason why there is none.
type Point struct {
	// Day is where it is drawn; only its date counts.
	Day time.Time
	// When is its day or period in words, as the table shows it.
	When string
	// Value may lie between Low and High; both are gaps where it is certain.
	Value, Low, High Value
}

// ranged reports whether how low and high the value may be is known.
func (p Point) ranged() bool { return p.Value.Present() && p.Low.Present() && p.High.Present() }

// Mark is a day that a line is drawn at.
type Mark struct {
	Day  time.Time
	Name string
}

// in writes one of a panel's values.
func (c Course) in(p Panel, v Value) string {
	if p.Levels {
		return c.text(v)
	}
	return c.amount(v)
}

// said is a point in words, with its range.
func (c Course) said(p Panel, pt Point) string {
	text := pt.When + ": " + c.in(p, pt.Value)
	if pt.ranged() {
		text += " (" + c.in(p, pt.Low) + "–" + c.in(p, pt.High) + ")"
	}
	return text
}

// courseRow is a row of the table: what all tracks have on one day.
type courseRow struct {
	day time.Time
	nth int // among the points that a track has on the day
}

// Table has a row per day, and per track its value and how low and high it may be.
func (c Course) Table() Table {
	t := Table{Caption: c.Title, Header: []string{c.Words.Date}, Foot: c.foot()}
	var rows []courseRow
	type column struct {
		panel  Panel
		track  Track
		ranged bool
		at     map[courseRow]Point
	}
	var columns []column
	for _, p := range c.Panels {
		for _, track := range p.Tracks {
			col := column{panel: p, track: track, at: map[courseRow]Point{}}
			seen := map[time.Time]int{}
			for _, pt := range track.Points {
				row := courseRow{pt.Day, seen[pt.Day]}
				seen[pt.Day]++
				col.at[row] = pt
				col.ranged = col.ranged || pt.ranged()
				if !slices.Contains(rows, row) {
					rows = append(rows, row)
				}
			}
			columns = append(columns, col)
			name := track.Name
			if track.Dated {
				t.Header = append(t.Header, name+", "+c.Words.Date)
			}
			if p.Unit != "" {
				name += ", " + p.Unit
			}
			t.Header = append(t.Header, name)
			if col.ranged {
				t.Header = append(t.Header, track.Name+", "+c.Words.Low, track.Name+", "+c.Words.High)
			}
		}
	}
	slices.SortFunc(rows, func(a, b courseRow) int { return cmp.Or(a.day.Compare(b.day), cmp.Compare(a.nth, b.nth)) })
	for _, row := range rows {
		cells := []string{""}
		for _, col := range columns {
			pt, there := col.at[row]
			if there && !col.track.Dated && cells[0] == "" {
				cells[0] = pt.When
			}
			texts := make([]string, 1, 4)
			if there {
				texts[0] = c.in(col.panel, pt.Value)
			}
			if col.track.Dated {
				texts = append([]string{pt.When}, texts...)
			}
			if col.ranged {
				low, high := "", ""
				if there && pt.ranged() {
					low, high = c.in(col.panel, pt.Low), c.in(col.panel, pt.High)
				}
				texts = append(texts, low, high)
			}
			cells = append(cells, texts...)
		}
		if cells[0] == "" {
			cells[0] = c.Format.Day(row.day)
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// CSV writes the table with byte order mark, in the reader's number format.
func (c Course) CSV(w io.Writer) error { return writeCSV(w, c.Table(), c.Format) }

// SVG writes the picture as a self-contained SVG document.
func (c Course) SVG(w io.Writer) error { return writeSVG(w, c.picture()) }

// PNG writes the same picture as a PNG image.
func (c Course) PNG(w io.Writer) error { return writePNG(w, c.picture()) }

// ECharts gives the options for the page's live chart, as JSON without functions.
func (c Course) ECharts() ([]byte, error) { return encode(c.live(), finished{utc: true}) }

// scale is a panel's axis with its ticks.
func (p Panel) scale() (Scale, []int) {
	var all [][]Value
	for _, t := range p.Tracks {
		for _, pt := range t.Points {
			all = append(all, []Value{pt.Value, pt.Low, pt.High})
		}
	}
	if p.Levels {
		s := Scale{}.around(all...)
		return s, s.ticks()
	}
	if p.Counts {
		return countScale(all...)
	}
	return amountScale(all...)
}

// tickText writes a tick of its axis.
func (c Course) tickText(p Panel, tick int) string {
	if p.Levels {
		return strconv.Itoa(tick / 1000)
	}
	return c.Format.Amount(tick)
}

// days are the ends of the axis of time, with a little air.
func (c Course) days() (from, to time.Time) {
	take := func(t time.Time) {
		if from.IsZero() || t.Before(from) {
			from = t
		}
		if to.IsZero() || t.After(to) {
			to = t
		}
	}
	for _, p := range c.Panels {
		for _, track := range p.Tracks {
			for _, pt := range track.Points {
				take(pt.Day)
			}
		}
	}
	for _, m := range c.Marks {
		take(m.Day)
	}
	const day = 24 * time.Hour
	air := max(15*day, to.Sub(from)/40)
	return from.Add(-air), to.Add(air)
}

// timeline is the horizontal axis.
type timeline struct {
	left, right float64
	from, to    time.Time
}

func (l timeline) x(t time.Time) float64 {
	whole := l.to.Sub(l.from).Seconds()
	return l.left + (l.right-l.left)*min(max(t.Sub(l.from).Seconds()/max(whole, 1), 0), 1)
}

// ticks are firsts of months, at most about eight, a whole part of a year or
// whole years apart.
func (l timeline) ticks() []time.Time {
	months := int(l.to.Sub(l.from).Hours()/24/30) + 1
	step := 1
	for _, s := range []int{1, 2, 3, 6, 12, 24, 60, 120, 600, 6000} {
		if step = s; months/step <= 8 {
			break
		}
	}
	first := (l.from.Year()*12 + int(l.from.Month()) - 1) / step * step
	var all []time.Time
	for m := first; len(all) < 20; m += step {
		at := time.Date(m/12, time.Month(m%12+1), 1, 0, 0, 0, 0, time.UTC)
		if at.After(l.to) {
			break
		}
		if !at.Before(l.from) {
			all = append(all, at)
		}
	}
	return all
}

// Heights of a panel, alone and with others, and the air between two.
const (
	panelAlone = 340.0
	panelAmong = 190.0
	panelApart = 36.0
	panelHead  = 30.0
	mostNames  = 240.0 // width of the names at the right edge
)

func (c Course) picture() picture {
	p, y := c.sheet(pageWidth)
	names := c.edgeNames()
	axis := c.axis(p, names)
	y += 4 + 16*float64(len(c.Marks))
	top, height := y, panelAlone
	if len(c.Panels) > 1 {
		height = panelAmong
	}
	bottom := top + float64(len(c.Panels))*(panelHead+height) + float64(max(len(c.Panels)-1, 0))*panelApart
	c.drawMarks(p, axis, top, bottom)
	nth := 0
	for i, panel := range c.Panels {
		y += panelHead
		head := style{size: smallSize, bold: true, color: textColor}
		p.rect(ink{fill: paperColor}, margin, y-26, p.letters.width(plain(panel.Name), head)+4, 18) // so that no mark crosses it
		p.text(margin, y-13, panel.Name, head, start)
		scale, ticks := panel.scale()
		area := plot{left: axis.left, right: axis.right, top: y, bottom: y + height, columns: 1, scale: scale}
		c.drawPanel(p, area, panel, ticks)
		if i == len(c.Panels)-1 && c.Lag > 0 {
			c.drawLag(p, axis, area)
		}
		nth = c.drawTracks(p, axis, area, panel, nth)
		placeNames(names[i], area)
		for _, n := range names[i] {
			n.draw(p, area, pageWidth-margin-axis.right-34)
		}
		y = area.bottom + panelApart
	}
	st := style{size: cellSize, color: textColor}
	for _, tick := range axis.ticks() {
		x := axis.x(tick)
		p.line(ink{stroke: axisColor, width: 1}, point{x, bottom}, point{x, bottom + 5})
		p.text(x, bottom+21, c.Format.month(tick), st, middle)
	}
	return c.finish(p, bottom+26, c.gaps()...)
}

func (c Course) drawPanel(p *picture, area plot, panel Panel, ticks []int) {
	for _, tick := range ticks {
		y := area.y(tick)
		p.line(ink{stroke: gridColor, width: 1}, point{area.left, y}, point{area.right, y})
		p.text(area.left-8, y+4.5, c.tickText(panel, tick), style{size: cellSize, color: quietColor}, end)
	}
	if area.scale.Min < 0 && area.scale.Max > 0 {
		p.line(ink{stroke: axisColor, width: 1}, point{area.left, area.y(0)}, point{area.right, area.y(0)})
	}
	p.line(ink{stroke: axisColor, width: 1}, point{area.left, area.bottom}, point{area.right, area.bottom})
}

// drawMarks draws the marked days as lines, each with its name on a line of its
// own above the panels, so that no two names touch.
func (c Course) drawMarks(p *picture, axis timeline, top, bottom float64) {
	for i, m := range c.Marks {
		x, y := axis.x(m.Day), top-16*float64(len(c.Marks)-i)+10
		p.line(ink{stroke: quietColor, width: 1.2, dash: []float64{3, 3}}, point{x, y + 4}, point{x, bottom})
		side := middle
		switch half := p.letters.width(plain(m.Name), style{size: smallSize}) / 2; {
		case x-half < margin:
			side, x = start, margin
		case x+half > pageWidth-margin:
			side, x = end, pageWidth-margin
		}
		p.text(x, y, m.Name, style{size: smallSize, color: textColor}, side)
	}
}

// drawLag draws how far the points of a panel were moved, as a measure of that
// length at its upper edge.
func (c Course) drawLag(p *picture, axis timeline, area plot) {
	from, y := axis.from, area.top+12
	left, right := axis.left, axis.x(from.AddDate(0, c.Lag, 0))
	k := ink{stroke: quietColor, width: 1.5}
	p.line(k, point{left, y}, point{right, y})
	for _, x := range []float64{left, right} {
		p.line(k, point{x, y - 5}, point{x, y + 5})
	}
	p.text(right+8, y+4.5, p.letters.cut(c.LagName, max(area.right-right-8, 0), style{size: smallSize}), style{size: smallSize, color: textColor}, start)
}

// drawTracks draws a panel's tracks, and returns the number of the next track's
// look.
func (c Course) drawTracks(p *picture, axis timeline, area plot, panel Panel, nth int) int {
	for _, track := range panel.Tracks {
		k := lookOf(nth)
		nth++
		line := ink{stroke: k.tint, width: 2.6, dash: track.Stroke.dash()}
		var runs [][]point
		open := false
		for _, pt := range track.Points {
			n, ok := pt.Value.Thousandths()
			if !ok {
				open = false
				continue
			}
			here := point{axis.x(pt.Day), area.y(n)}
			if pt.ranged() {
				lo, _ := pt.Low.Thousandths()
				hi, _ := pt.High.Thousandths()
				drawRange(p, k.tint, here.x, area.y(lo), area.y(hi))
			}
			if !open || track.Stroke == Alone {
				runs, open = append(runs, nil), true
			}
			runs[len(runs)-1] = append(runs[len(runs)-1], here)
		}
		drawRuns(p, runs, line, func(at point) { k.draw(p, at, 5) })
	}
	return nth
}

// edgeNames are the tracks' names with their last values, by panel.
func (c Course) edgeNames() [][]*edgeName {
	all := make([][]*edgeName, len(c.Panels))
	nth := 0
	for i, panel := range c.Panels {
		for _, track := range panel.Tracks {
			k := lookOf(nth)
			nth++
			for _, pt := range slices.Backward(track.Points) {
				if n, ok := pt.Value.Thousandths(); ok {
					all[i] = append(all[i], &edgeName{text: plain(track.Name) + " " + c.in(panel, pt.Value), look: k, last: n, early: true})
					break
				}
			}
		}
	}
	return all
}

// axis is the axis of time, which leaves room for the names.
func (c Course) axis(p *picture, names [][]*edgeName) timeline {
	room := 0.0
	for _, n := range slices.Concat(names...) {
		room = max(room, p.letters.width(n.text, n.style())+34)
	}
	ticks := 50.0 // room for the longest number on an axis
	for _, panel := range c.Panels {
		_, all := panel.scale()
		for _, tick := range all {
			ticks = max(ticks, p.letters.width(c.tickText(panel, tick), style{size: cellSize}))
		}
	}
	l := timeline{left: margin + 8 + ticks, right: pageWidth - margin - min(room, mostNames)}
	l.from, l.to = c.days()
	return l
}

// drawRange draws how low and high a value may be, with feet.
func drawRange(p *picture, t tint, x, low, high float64) {
	k := ink{stroke: t, width: 1.4}
	p.line(k, point{x, low}, point{x, high})
	for _, y := range []float64{low, high} {
		p.line(k, point{x - 5, y}, point{x + 5, y})
	}
}

// gaps says in words which points are missing and why.
func (c Course) gaps() []string {
	var all []string
	for _, p := range c.Panels {
		for _, t := range p.Tracks {
			var parts []string
			for _, pt := range t.Points {
				if !pt.Value.Present() {
					parts = append(parts, pt.When+" "+c.in(p, pt.Value))
				}
			}
			if len(parts) > 0 {
				all = append(all, t.Name+": "+strings.Join(parts, ", "))
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	return []string{c.Words.Gap + ": " + strings.Join(all, "; ") + "."}
}

// live is the course as a go-echarts chart.
func (c Course) live() *live.Line {
	chart := live.NewLine()
	from, to := c.days()
	legend := []string{}
	var grids []opts.Grid
	var xs []opts.XAxis
	var ys []opts.YAxis
	// Shares of the chart's height: the legend below; above the marks' names, and over these the name of the axis.
	const bottom = 16.0
	rows := min(len(c.Marks), 2)
	top := 14.0 + 4*float64(rows)
	height := (100 - top - bottom) / float64(max(len(c.Panels), 1))
	for i, panel := range c.Panels {
		scale, _ := panel.scale()
		last := i == len(c.Panels)-1
		below := 100 - top - height*float64(i+1)
		if !last {
			below += 8
		}
		share := func(percent float64) string { return strconv.FormatFloat(percent, 'f', 2, 64) + "%" }
		grids = append(grids, opts.Grid{Left: "8", Right: "24", Top: share(top + height*float64(i)), Bottom: share(below)})
		xs = append(xs, opts.XAxis{
			Type: "time", GridIndex: i, Min: from.UnixMilli(), Max: to.UnixMilli(),
			AxisLabel: &opts.AxisLabel{Show: opts.Bool(last), Color: liveQuiet.hex(), HideOverlap: opts.Bool(true), Formatter: types.FuncStr(c.Format.liveMonth())},
			AxisLine:  quietLine(),
		})
		y := opts.YAxis{
			Type: "value", GridIndex: i, Name: panel.Name, Min: float64(scale.Min) / 1000, Max: float64(scale.Max) / 1000,
			AxisLabel: quietLabel(), SplitLine: quietGrid(),
		}
		if i == 0 && rows > 0 {
			y.NameGap = 10 + 18*rows
		}
		if panel.Levels || panel.Counts {
			y.MinInterval = 1
		}
		ys = append(ys, y)
		for _, t := range panel.Tracks {
			if !slices.Contains(legend, t.Name) {
				legend = append(legend, t.Name)
			}
		}
	}
	if len(c.Panels) == 0 {
		xs, ys = []opts.XAxis{{}}, []opts.YAxis{{AxisLabel: quietLabel()}}
	}
	chart.SetGlobalOptions(append(c.common(false),
		live.WithGridOpts(grids...),
		live.WithLegendOpts(opts.Legend{Show: opts.Bool(true), Type: "scroll", Bottom: "0", Data: legend, TextStyle: quietText()}),
		live.WithXAxisOpts(xs[0]), live.WithYAxisOpts(ys[0]),
	)...)
	chart.ExtendXAxis(xs[1:]...)
	chart.ExtendYAxis(ys[1:]...)
	nth := 0
	for i, panel := range c.Panels {
		scale, _ := panel.scale()
		for j, m := range c.Marks {
			c.liveMark(chart, i, j, m, scale)
		}
		if i == len(c.Panels)-1 && c.Lag > 0 {
			c.liveLag(chart, i, from, scale)
		}
		for _, t := range panel.Tracks {
			c.liveTrack(chart, i, panel, t, lookOf(nth))
			nth++
		}
	}
	return chart
}

// liveEnd is a point of a line that only explains, with its label.
type liveEnd struct {
	Value []any      `json:"value"`
	Label *liveLabel `json:"label,omitempty"`
}

type liveLabel struct {
	Show      bool   `json:"show"`
	Position  string `json:"position"`
	Distance  int    `json:"distance,omitempty"`
	Formatter string `json:"formatter"`
	Color     string `json:"color"`
}

// liveMark draws a marked day through a panel. Its name stands above the first,
// every other one on a row of its own, so that neighbours don't touch.
func (c Course) liveMark(chart *live.Line, panel, nth int, m Mark, scale Scale) {
	day := m.Day.UnixMilli()
	top := liveEnd{Value: []any{day, float64(scale.Max) / 1000}}
	if panel == 0 {
		top.Label = &liveLabel{true, "top", 4 + 18*(nth%2), liveText(m.Name), liveQuiet.hex()}
	}
	c.liveLine(chart, m.Name, panel, "dotted", 1, liveEnd{Value: []any{day, float64(scale.Min) / 1000}}, top)
}

// liveLag draws how far the points were moved.
func (c Course) liveLag(chart *live.Line, panel int, from time.Time, scale Scale) {
	y := (float64(scale.Max) - 0.06*(float64(scale.Max)-float64(scale.Min))) / 1000
	label := &liveLabel{true, "right", 5, liveText(c.LagName), liveQuiet.hex()}
	c.liveLine(chart, c.LagName, panel, "solid", 6, liveEnd{Value: []any{from.UnixMilli(), y}}, liveEnd{[]any{from.AddDate(0, c.Lag, 0).UnixMilli(), y}, label})
}

func (c Course) liveLine(chart *live.Line, name string, panel int, kind string, symbol int, ends ...liveEnd) {
	chart.AddSeries(name, nil, raw(ends), live.WithSeriesOpts(hidden),
		live.WithLineChartOpts(opts.LineChart{XAxisIndex: panel, YAxisIndex: panel, Symbol: "circle", SymbolSize: symbol}),
		live.WithLineStyleOpts(opts.LineStyle{Color: liveQuiet.hex(), Width: 1.5, Type: kind}),
		live.WithItemStyleOpts(opts.ItemStyle{Color: liveQuiet.hex()}))
}

// liveText keeps ECharts from reading a name as a template.
func liveText(s string) string { return strings.NewReplacer("{", "(", "}", ")").Replace(plain(s)) }

func (c Course) liveTrack(chart *live.Line, panel int, of Panel, t Track, k look) {
	at := opts.LineChart{XAxisIndex: panel, YAxisIndex: panel, Symbol: k.symbol.live(), SymbolSize: 10}
	line := opts.LineStyle{Color: k.tint.hex(), Width: 2.5, Type: t.Stroke.live()}
	if t.Stroke == Alone {
		line.Opacity = opts.Float(0)
	}
	data := make([]opts.LineData, len(t.Points))
	var ranges [][]any
	for i, pt := range t.Points {
		day := pt.Day.UnixMilli()
		data[i] = opts.LineData{Name: plain(c.said(of, pt)), Value: []any{day, levels(pt.Value)}}
		if pt.ranged() {
			ranges = append(ranges, []any{day, levels(pt.Low)}, []any{day, levels(pt.High)}, []any{day, gapMark})
		}
	}
	if len(ranges) > 0 {
		chart.AddSeries(t.Name, nil, raw(ranges), live.WithSeriesOpts(hidden),
			live.WithLineChartOpts(opts.LineChart{XAxisIndex: panel, YAxisIndex: panel, Symbol: "rect", SymbolSize: []int{9, 2}}),
			live.WithLineStyleOpts(opts.LineStyle{Color: k.tint.hex(), Width: 1.5, Type: "solid"}),
			live.WithItemStyleOpts(opts.ItemStyle{Color: k.tint.hex()}))
	}
	chart.AddSeries(t.Name, nil, raw(data), live.WithLineChartOpts(at), live.WithLineStyleOpts(line), live.WithItemStyleOpts(opts.ItemStyle{Color: k.tint.hex()}))
}
