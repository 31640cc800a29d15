package charts

import (
	"io"
	"math"
	"slices"

	live "github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// HeatMap shows one round: a row per municipality, a column per area or task,
// in each cell the score as text on the colour of its level, or the reason why
// there is none.
type HeatMap struct {
	About
	Columns []Column
	Rows    []Row
	// Levels are the names of the levels for the legend ("2 Under etablering"),
	// from Lowest up; none are levels 0–5 without a name. A score takes the
	// colour of its nearest level.
	Levels []string
	Lowest int
}

// Column is an area or a task.
type Column struct {
	Name string
	// Group is the area a task belongs to; neighbours of one group stand
	// together under its name. Empty for no groups.
	Group string
}

// Row is one municipality, or a line such as the median.
type Row struct {
	ID, Name string
	// Own marks the reader's own municipality: framed and in bold.
	Own bool
	// Values are in the order of Columns.
	Values []Value
}

// Table is the heat map itself, as text.
func (h HeatMap) Table() Table {
	t := Table{Caption: h.Title, Header: []string{h.Words.Municipality}, Foot: h.foot()}
	for _, c := range h.Columns {
		t.Header = append(t.Header, c.Name)
	}
	for _, r := range h.Rows {
		cells := []string{r.Name}
		for i := range h.Columns {
			cells = append(cells, h.text(at(r.Values, i)))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// CSV writes the table with byte order mark, in the reader's number format.
func (h HeatMap) CSV(w io.Writer) error { return writeCSV(w, h.Table(), h.Format) }

// SVG writes the picture as a self-contained SVG document.
func (h HeatMap) SVG(w io.Writer) error { return writeSVG(w, h.picture()) }

// PNG writes the same picture as a PNG image.
func (h HeatMap) PNG(w io.Writer) error { return writePNG(w, h.picture()) }

// ECharts gives the options for the page's live chart, as JSON without functions.
func (h HeatMap) ECharts() ([]byte, error) { return encode(h.live(), finished{pieces: h.pieces()}) }

// wide is the number of columns up to which a cell has room for whole words
// and the heads stand level.
const wide = 8

// heatGrid is where the cells lie.
type heatGrid struct {
	left, top, cellWidth, cellHeight float64
	shift                            []float64 // per column: air between groups
}

func (g heatGrid) x(column int) float64 {
	return g.left + float64(column)*g.cellWidth + g.shift[column]
}

func (g heatGrid) y(row int) float64 { return g.top + float64(row)*g.cellHeight }

// mark is the sign in a cell without a score, explained in the legend: reasons
// are words, and a narrow cell has room for a letter. The letters are the same
// in every chart, so that a reader learns them once.
func mark(r Reason) string { return string(rune('a' + min(int(r), 25))) }

func (h HeatMap) picture() picture {
	narrow := len(h.Columns) > wide
	measure, nameWidth := newLetters(), 0.0
	for _, r := range h.Rows {
		nameWidth = max(nameWidth, measure.width(plain(r.Name), style{size: cellSize, bold: r.Own}))
	}
	nameWidth = math.Ceil(min(nameWidth, 220)) + 14
	grid := heatGrid{left: margin + nameWidth, cellHeight: 30, shift: make([]float64, len(h.Columns))}
	if len(h.Rows) > 40 {
		grid.cellHeight = 19
	}
	for i := 1; i < len(h.Columns); i++ {
		grid.shift[i] = grid.shift[i-1]
		if h.Columns[i].Group != h.Columns[i-1].Group {
			grid.shift[i] += 6
		}
	}
	groupAir := 0.0
	if len(h.Columns) > 0 {
		groupAir = grid.shift[len(h.Columns)-1]
	}
	lean := 0.0 // how far turned heads reach out to the right
	if narrow {
		lean = 96
	}
	grid.cellWidth = (pageWidth - margin - lean - grid.left - groupAir) / float64(max(len(h.Columns), 1))
	grid.cellWidth = min(max(grid.cellWidth, 36), 150)
	width := max(pageWidth, grid.left+grid.cellWidth*float64(len(h.Columns))+groupAir+lean+margin)

	p, y := h.sheet(width)
	letters := narrow || slices.ContainsFunc(h.reasons(), func(r Reason) bool {
		return p.letters.width(plain(h.Words.Why(r)), style{size: smallSize}) > grid.cellWidth-6
	})
	grid.top = h.drawHeads(p, grid, y, narrow)
	for i, r := range h.Rows {
		h.drawRow(p, grid, i, r, narrow, letters)
	}
	for i, r := range h.Rows {
		if r.Own {
			h.frame(p, grid, i)
		}
	}
	y = h.drawGroups(p, grid, grid.y(len(h.Rows)))
	return h.finish(p, h.drawLegend(p, y+30, width, letters))
}

// drawHeads writes the columns' names above the cells and returns the y of the
// first row. Many columns have their names turned, in up to two lines each.
func (h HeatMap) drawHeads(p *picture, grid heatGrid, y float64, narrow bool) float64 {
	st := style{size: cellSize, color: textColor}
	if narrow {
		const reach, angle = 172.0, -60.0
		sin, cos := math.Sincos(-angle * math.Pi / 180)
		height := 0.0
		heads := make([][]string, len(h.Columns))
		small := style{size: smallSize, color: textColor}
		for i, c := range h.Columns {
			heads[i] = p.letters.wrapAtMost(c.Name, reach, 2, small)
			for _, line := range heads[i] {
				height = max(height, p.letters.width(line, small)*sin+14*cos)
			}
		}
		bottom := y + height + 4
		for i, lines := range heads {
			for j, line := range lines {
				// The second line lies below the first, seen along the text.
				x := grid.x(i) + grid.cellWidth/2 + 4 + (float64(j)-float64(len(lines)-1)/2)*14*sin
				base := bottom - 4 + (float64(j)-float64(len(lines)-1)/2)*14*cos
				p.turned(x, base-4, line, small, start, angle)
			}
		}
		return bottom + 6
	}
	most := 0
	heads := make([][]string, len(h.Columns))
	for i, c := range h.Columns {
		heads[i] = p.letters.wrapAtMost(c.Name, grid.cellWidth-8, 4, st)
		most = max(most, len(heads[i]))
	}
	bottom := y + float64(most)*17 + 4
	for i, lines := range heads {
		for j, line := range lines {
			p.text(grid.x(i)+grid.cellWidth/2, bottom-4-float64(len(lines)-1-j)*17, line, st, middle)
		}
	}
	return bottom + 4
}

func (h HeatMap) drawRow(p *picture, grid heatGrid, i int, r Row, narrow, letters bool) {
	y := grid.y(i)
	base := y + grid.cellHeight/2 + 4.5
	name := style{size: cellSize, bold: r.Own, color: textColor}
	p.text(grid.left-10, base, p.letters.cut(r.Name, grid.left-10-margin, name), name, end)
	for j := range h.Columns {
		x, v := grid.x(j), at(r.Values, j)
		n, ok := v.Thousandths()
		if ok {
			format := h.Format
			if narrow {
				format.Decimals = min(format.Decimals, 1)
			}
			level := levelOf(n)
			p.rect(ink{fill: levelTint(level), stroke: paperColor, width: 1.5}, x, y, grid.cellWidth, grid.cellHeight)
			ink := style{size: cellSize, bold: r.Own, color: levelInk(level)}
			p.text(x+grid.cellWidth/2, base, p.letters.cut(format.Score(n), grid.cellWidth-2, ink), ink, middle)
			continue
		}
		drawEmpty(p, x, y, grid.cellWidth, grid.cellHeight)
		note := style{size: smallSize, color: quietColor}
		text := h.Words.Why(v.Reason())
		if letters {
			text = mark(v.Reason())
		}
		p.text(x+grid.cellWidth/2, base, text, note, middle)
	}
}

// drawEmpty is a cell without a score: paper with two strokes across its
// corners, which no level has.
func drawEmpty(p *picture, x, y, w, h float64) {
	p.rect(ink{fill: emptyColor, stroke: paperColor, width: 1.5}, x, y, w, h)
	k := ink{stroke: hatchColor, width: 1}
	p.line(k, point{x + 2, y + 8}, point{x + 8, y + 2})
	p.line(k, point{x + w - 8, y + h - 2}, point{x + w - 2, y + h - 8})
}

func (h HeatMap) frame(p *picture, grid heatGrid, row int) {
	if len(h.Columns) == 0 {
		return
	}
	right := grid.x(len(h.Columns)-1) + grid.cellWidth
	p.rect(ink{stroke: textColor, width: 2}, grid.left-1, grid.y(row), right-grid.left+2, grid.cellHeight)
}

// drawGroups names the groups under their columns, and returns the y below.
func (h HeatMap) drawGroups(p *picture, grid heatGrid, y float64) float64 {
	st := style{size: smallSize, color: textColor}
	deepest := y
	for i := 0; i < len(h.Columns); {
		last := i
		for last+1 < len(h.Columns) && h.Columns[last+1].Group == h.Columns[i].Group {
			last++
		}
		if group := h.Columns[i].Group; group != "" {
			left, right := grid.x(i)+2, grid.x(last)+grid.cellWidth-2
			p.line(ink{stroke: axisColor, width: 1.5}, point{left, y + 6}, point{right, y + 6})
			room, x, side := right-left+4, (left+right)/2, middle
			if last == len(h.Columns)-1 { // nothing beside it: it may reach out to the edge
				room, x, side = max(room, p.width-margin-left), left, start
			}
			for j, line := range p.letters.wrapAtMost(group, room, 4, st) {
				base := y + 21 + float64(j)*15
				p.text(x, base, line, st, side)
				deepest = max(deepest, base)
			}
		}
		i = last + 1
	}
	return deepest
}

// drawLegend explains the colours, and the letters where cells have them, and
// returns the y below.
func (h HeatMap) drawLegend(p *picture, y, width float64, letters bool) float64 {
	st := style{size: smallSize, color: textColor}
	x := margin
	entry := func(text string, swatch func(x, y float64)) {
		need := 26 + p.letters.width(plain(text), st) + 20
		if x > margin && x+need > width-margin {
			x, y = margin, y+22
		}
		swatch(x, y-13)
		p.text(x+26, y, text, st, start)
		x += need
	}
	for i, name := range h.Levels {
		entry(name, func(x, y float64) {
			p.rect(ink{fill: levelTint(h.Lowest + i), stroke: axisColor, width: 0.5}, x, y, 18, 18)
		})
	}
	if x > margin {
		x, y = margin, y+24
	}
	for _, r := range h.reasons() {
		if !letters {
			break
		}
		entry(h.Words.Why(r), func(x, y float64) {
			drawEmpty(p, x, y, 18, 18)
			p.text(x+9, y+13, mark(r), style{size: smallSize, color: quietColor}, middle)
		})
	}
	if x == margin { // the last line stayed empty
		y -= 24
	}
	return y + 4
}

// reasons are those that occur, each once, in the order of the letters.
func (h HeatMap) reasons() []Reason {
	var out []Reason
	for _, r := range h.Rows {
		for j := range h.Columns {
			if v := at(r.Values, j); !v.Present() && !slices.Contains(out, v.Reason()) {
				out = append(out, v.Reason())
			}
		}
	}
	slices.Sort(out)
	return out
}

// heatPiece is one colour of the live heat map, in levels. go-echarts' own has
// no name for it and drops a limit of zero.
type heatPiece struct {
	Gte   *float64 `json:"gte,omitempty"`
	Lt    *float64 `json:"lt,omitempty"`
	Label string   `json:"label"`
	Color string   `json:"color"`
}

func (h HeatMap) pieces() []heatPiece {
	var out []heatPiece
	n := len(h.Levels)
	if n == 0 {
		n = 6
	}
	for i := range n {
		level := h.Lowest + i
		piece := heatPiece{Color: levelTint(level).hex()}
		if i < len(h.Levels) {
			piece.Label = h.Levels[i]
		}
		if i > 0 {
			limit := float64(level) - 0.5
			piece.Gte = &limit
		}
		if i < n-1 {
			limit := float64(level) + 0.5
			piece.Lt = &limit
		}
		out = append(out, piece)
	}
	return out
}

// heatItem is a cell of the live heat map: column, row and, if there is one,
// the score. The label is the cell's own, since its colour goes with the level.
type heatItem struct {
	Name  string      `json:"name"`
	Value []any       `json:"value"`
	Label *opts.Label `json:"label"`
}

// live is the heat map as a go-echarts chart. Cells without a score are points
// of further series, one per reason, since a heat map cannot draw them; where
// cells are narrow the legend explains their letters.
func (h HeatMap) live() *live.HeatMap {
	type name struct {
		Value     string          `json:"value"`
		TextStyle *opts.TextStyle `json:"textStyle,omitempty"`
	}
	narrow := len(h.Columns) > wide
	columns, rows := make([]string, len(h.Columns)), make([]name, len(h.Rows))
	for j, c := range h.Columns {
		columns[j] = plain(c.Name)
	}
	for i, r := range h.Rows {
		rows[i].Value = plain(r.Name)
		if r.Own {
			rows[i].TextStyle = &opts.TextStyle{FontWeight: "bold"}
		}
	}
	heads := &opts.AxisLabel{Show: opts.Bool(true), Color: liveQuiet.hex(), Interval: "0", Width: 110, Overflow: "break"}
	bottom := "48"
	if narrow {
		heads.Rotate, heads.Width, heads.Overflow = -60, 190, "truncate"
		bottom = "76" // room for the letters' legend
	}
	legend := []string{}
	for _, why := range h.reasons() {
		legend = append(legend, h.reasonName(why, narrow))
	}
	noLine, noTick := &opts.AxisLine{Show: opts.Bool(false)}, &opts.AxisTick{Show: opts.Bool(false)}
	chart := live.NewHeatMap()
	chart.SetGlobalOptions(append(h.common(false),
		live.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "{b}"}),
		live.WithLegendOpts(opts.Legend{
			Show: opts.Bool(narrow), Data: legend, Icon: "none", Bottom: "28", TextStyle: quietText(),
		}),
		live.WithGridOpts(opts.Grid{Left: "8", Right: "24", Top: "8", Bottom: bottom}),
		live.WithXAxisOpts(opts.XAxis{
			Type: "category", Position: "top", Data: columns, AxisLabel: heads, AxisLine: noLine, AxisTick: noTick,
		}),
		live.WithYAxisOpts(opts.YAxis{
			Type: "category", Inverse: opts.Bool(true), Data: rows, AxisLine: noLine,
			AxisLabel: &opts.AxisLabel{Show: opts.Bool(true), Color: liveQuiet.hex(), Interval: "0"},
		}),
		live.WithVisualMapOpts(opts.VisualMap{
			Type: "piecewise", Orient: "horizontal", Left: "center", Bottom: "0", TextStyle: quietText(),
		}),
	)...)
	scored, empty := h.items(narrow)
	chart.AddSeries(h.Title, nil, raw(scored), live.WithItemStyleOpts(opts.ItemStyle{BorderColor: paperColor.hex(), BorderWidth: 1}))
	for _, why := range h.reasons() {
		chart.MultiSeries = append(chart.MultiSeries, live.SingleSeries{
			Name: h.reasonName(why, narrow), Type: "scatter", Data: empty[why], Symbol: "rect", SymbolSize: 24,
			ItemStyle: &opts.ItemStyle{Color: "transparent"},
		})
	}
	return chart
}

func (h HeatMap) reasonName(why Reason, narrow bool) string {
	if narrow {
		return mark(why) + ": " + h.Words.Why(why)
	}
	return h.Words.Why(why)
}

// items are the cells with a score, and those without by their reason.
func (h HeatMap) items(narrow bool) (scored []heatItem, empty map[Reason][]heatItem) {
	scored, empty = []heatItem{}, map[Reason][]heatItem{}
	format := h.Format
	if narrow {
		format.Decimals = min(format.Decimals, 1)
	}
	for i, r := range h.Rows {
		for j, c := range h.Columns {
			v := at(r.Values, j)
			item := heatItem{
				Name:  plain(r.Name) + "\n" + plain(c.Name) + ": " + h.text(v),
				Value: []any{j, i},
				Label: &opts.Label{Show: opts.Bool(true)},
			}
			if r.Own {
				item.Label.FontWeight = "bold"
			}
			if n, ok := v.Thousandths(); ok {
				item.Value = append(item.Value, levels(v))
				item.Label.Formatter, item.Label.Color = format.Score(n), levelInk(levelOf(n)).hex()
				scored = append(scored, item)
				continue
			}
			text := h.Words.Why(v.Reason())
			if narrow {
				text = mark(v.Reason())
			}
			item.Label.Formatter, item.Label.Color, item.Label.Position = text, liveQuiet.hex(), "inside"
			empty[v.Reason()] = append(empty[v.Reason()], item)
		}
	}
	return scored, empty
}
