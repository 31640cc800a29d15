package charts

import (
	"cmp"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	live "github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// Lines is a trend: the rounds along the x axis, one line per municipality,
// with the region's median and the band between its quartiles. A round without
// a value is a break in the line, never a bridge and never zero.
type Lines struct {
	About
	Rounds []Round
	Series []Series
	// Median, Q1 and Q3 are per round, in the order of Rounds. Empty means that
	// the chart has none; a round in which one is Withheld is a gap.
	Median, Q1, Q3 []Value
	// Scale is the y axis; the zero Scale is levels 0–5.
	Scale Scale
}

// Round is one place on a trend's x axis.
type Round struct {
	// Name as shown, "Vår 2026".
	Name string
	// Publication is the short hash of what was published for this round.
	Publication string
	// N is how many municipalities the round's median rests on.
	N int
}

// Series is one municipality through the rounds.
type Series struct {
	// ID is the municipality's identity, not its number, which changes.
	ID, Name string
	// Own marks the reader's own municipality (or those chosen): drawn thick,
	// on top, and labelled even among hundreds.
	Own bool
	// Values are in the order of Rounds.
	Values []Value
}

// Table has a row per municipality, then median and quartiles, n and the
// publication of each round.
func (l Lines) Table() Table {
	t := Table{Caption: l.Title, Header: []string{l.Words.Municipality}, Foot: l.lineFoot()}
	for _, r := range l.Rounds {
		t.Header = append(t.Header, r.Name)
	}
	for _, s := range l.Series {
		t.Rows = append(t.Rows, l.row(s.Name, s.Values))
	}
	for _, extra := range []struct {
		name   string
		values []Value
	}{{l.Words.Median, l.Median}, {l.Words.LowerQuartile, l.Q1}, {l.Words.UpperQuartile, l.Q3}} {
		if len(extra.values) > 0 {
			t.Rows = append(t.Rows, l.row(extra.name, extra.values))
		}
	}
	return t
}

func (l Lines) row(name string, values []Value) []string {
	cells := []string{name}
	for i := range l.Rounds {
		cells = append(cells, l.text(at(values, i)))
	}
	return cells
}

// lineFoot gives n and publication per round, since a trend rests on several.
func (l Lines) lineFoot() [][]string {
	n, publication, named := []string{l.Words.N}, []string{l.Words.Publication}, false
	for _, r := range l.Rounds {
		n = append(n, strconv.Itoa(r.N))
		publication = append(publication, r.Publication)
		named = named || r.Publication != ""
	}
	foot := [][]string{n}
	if named {
		foot = append(foot, publication)
	}
	for _, row := range l.foot() {
		if row[0] != l.Words.N { // already there, per round
			foot = append(foot, row)
		}
	}
	return foot
}

// CSV writes the table with byte order mark, in the reader's number format.
func (l Lines) CSV(w io.Writer) error { return writeCSV(w, l.Table(), l.Format) }

// SVG writes the picture as a self-contained SVG document.
func (l Lines) SVG(w io.Writer) error { return writeSVG(w, l.picture()) }

// PNG writes the same picture as a PNG image.
func (l Lines) PNG(w io.Writer) error { return writePNG(w, l.picture()) }

// ECharts gives the options for the page's live chart, as JSON without functions.
func (l Lines) ECharts() ([]byte, error) { return encode(l.live(), finished{}) }

// crowd is how many lines besides the reader's own can be told apart and named
// at the edge. Above it the others are drawn faint and without names: they show
// the spread, the table has the numbers.
const crowd = 14

func (l Lines) crowded() bool { return l.others() > crowd }

func (l Lines) others() int {
	others := 0
	for _, s := range l.Series {
		if !s.Own {
			others++
		}
	}
	return others
}

// faint is the strength of a line in the crowd, 0–1: the more there are, the
// fainter, so that where they lie close can still be told from where they do not.
func (l Lines) faint() float64 { return min(max(25/float64(max(l.others(), 1)), 0.13), 0.45) }

// plot is the area between the axes.
type plot struct {
	left, top, right, bottom float64
	columns                  int
	scale                    Scale
}

// step is the distance between two columns, whose first and last stand no
// further than half a round's name from the edges.
func (p plot) step() float64 {
	width := p.right - p.left
	if p.columns < 2 {
		return width
	}
	edge := min(width/float64(p.columns)/2, 44)
	return (width - 2*edge) / float64(p.columns-1)
}

func (p plot) x(column int) float64 {
	return (p.left+p.right)/2 + p.step()*(float64(column)-float64(p.columns-1)/2)
}

func (p plot) y(thousandths int) float64 {
	return p.bottom - (p.bottom-p.top)*p.scale.share(thousandths)
}

// runs are the stretches between gaps, as points. A stretch of one point has no
// line and needs a symbol to be seen at all.
func (p plot) runs(values []Value) [][]point {
	var out [][]point
	open := false
	for i := range p.columns {
		n, ok := at(values, i).Thousandths()
		if !ok {
			open = false
			continue
		}
		here := point{p.x(i), p.y(n)}
		if !open {
			out = append(out, nil)
			open = true
		}
		out[len(out)-1] = append(out[len(out)-1], here)
	}
	return out
}

func (l Lines) scale() Scale {
	all := [][]Value{l.Median, l.Q1, l.Q3}
	for _, s := range l.Series {
		all = append(all, s.Values)
	}
	return l.Scale.around(all...)
}

func (l Lines) picture() picture {
	p, y := l.sheet(pageWidth)
	names := l.edgeNames()
	nameWidth := 0.0
	for _, n := range names {
		nameWidth = max(nameWidth, p.letters.width(n.text, n.style()))
	}
	nameWidth = min(nameWidth, 240)
	if len(names) > 0 {
		nameWidth += 34 // symbol and air
	}
	area := plot{left: margin + 26, right: pageWidth - margin - nameWidth, top: y + 14, columns: len(l.Rounds), scale: l.scale()}
	area.bottom = area.top + max(360, float64(len(names))*edgeHeight)
	p.text(margin, area.top-10, l.Words.Level, style{size: smallSize, color: quietColor}, start)
	l.drawGrid(p, area)
	l.drawCrowd(p, area)
	l.drawBand(p, area)
	l.drawLines(p, area)
	placeNames(names, area)
	for _, n := range names {
		n.draw(p, area, nameWidth-34)
	}
	y = l.drawRounds(p, area)
	y = l.drawKey(p, area.left, y)
	return l.finish(p, y, append(l.gaps(), l.publications()...)...)
}

func (l Lines) drawGrid(p *picture, area plot) {
	for _, tick := range area.scale.ticks() {
		y := area.y(tick)
		p.line(ink{stroke: gridColor, width: 1}, point{area.left, y}, point{area.right, y})
		p.text(area.left-8, y+4.5, strconv.Itoa(tick/1000), style{size: cellSize, color: quietColor}, end)
	}
	p.line(ink{stroke: axisColor, width: 1}, point{area.left, area.bottom}, point{area.right, area.bottom})
	for i := range l.Rounds {
		x := area.x(i)
		p.line(ink{stroke: axisColor, width: 1}, point{x, area.bottom}, point{x, area.bottom + 5})
	}
}

// drawBand fills between the quartiles wherever both are known.
func (l Lines) drawBand(p *picture, area plot) {
	var upper, lower []Value
	for i := range l.Rounds {
		q1, q3 := at(l.Q1, i), at(l.Q3, i)
		if !q1.Present() || !q3.Present() {
			q1, q3 = Value{}, Value{}
		}
		lower, upper = append(lower, q1), append(upper, q3)
	}
	tops, floors := area.runs(upper), area.runs(lower)
	for i, top := range tops {
		if len(top) == 1 { // one round alone: a column instead of a band
			x, w := top[0].x, 14.0
			p.rect(ink{fill: bandColor}, x-w/2, top[0].y, w, floors[i][0].y-top[0].y)
			continue
		}
		outline := slices.Clone(top)
		for j := range floors[i] {
			outline = append(outline, floors[i][len(floors[i])-1-j])
		}
		p.polygon(ink{fill: bandColor}, outline...)
	}
}

// drawCrowd draws the others as a texture under everything else, when they are
// too many to be told apart.
func (l Lines) drawCrowd(p *picture, area plot) {
	if !l.crowded() {
		return
	}
	k := ink{stroke: faintColor&^0xff | tint(l.faint()*0xff), width: 1}
	for _, s := range l.Series {
		if !s.Own {
			drawRuns(p, area.runs(s.Values), k, nil)
		}
	}
}

// drawLines draws the others first, then the median, the reader's own on top.
func (l Lines) drawLines(p *picture, area plot) {
	for i, s := range l.Series {
		if s.Own || l.crowded() {
			continue
		}
		look := lookOf(i)
		drawRuns(p, area.runs(s.Values), ink{stroke: look.tint, width: 1.8, dash: look.dash}, func(at point) {
			look.draw(p, at, 4.2)
		})
	}
	for _, s := range l.Series {
		if s.Own { // a rim of paper, under the median so that it hides nothing of it
			drawRuns(p, area.runs(s.Values), ink{stroke: paperColor, width: 7.5}, func(point) {})
		}
	}
	drawRuns(p, area.runs(l.Median), medianInk(), nil)
	for i, s := range l.Series {
		if !s.Own {
			continue
		}
		look := lookOf(i)
		drawRuns(p, area.runs(s.Values), ink{stroke: look.tint, width: 4}, func(at point) {
			look.draw(p, at, 6.5)
		})
	}
}

func medianInk() ink { return ink{stroke: medianColor, width: 2.4, dash: []float64{7, 5}} }

// drawRuns draws each stretch as a line and a symbol at each of its points;
// without a symbol, a stretch of one point gets a dot.
func drawRuns(p *picture, runs [][]point, k ink, symbolAt func(point)) {
	for _, run := range runs {
		if len(run) > 1 {
			p.line(k, run...)
		}
		for _, at := range run {
			if symbolAt != nil {
				symbolAt(at)
			} else if len(run) == 1 {
				p.disc(ink{fill: k.stroke}, at, max(2.5, k.width*1.4))
			}
		}
	}
}

// draw puts the line's symbol on a point, rimmed with paper so that it stands
// out from the lines it lies on.
func (k look) draw(p *picture, at point, r float64) {
	rim := ink{fill: k.tint, stroke: paperColor, width: 1}
	switch k.symbol {
	case square:
		p.rect(rim, at.x-r*0.9, at.y-r*0.9, r*1.8, r*1.8)
	case triangle:
		p.polygon(rim, point{at.x, at.y - r*1.2}, point{at.x + r*1.15, at.y + r*0.85}, point{at.x - r*1.15, at.y + r*0.85})
	case diamond:
		p.polygon(rim, point{at.x, at.y - r*1.3}, point{at.x + r*1.3, at.y}, point{at.x, at.y + r*1.3}, point{at.x - r*1.3, at.y})
	case flipped:
		p.polygon(rim, point{at.x, at.y + r*1.2}, point{at.x - r*1.15, at.y - r*0.85}, point{at.x + r*1.15, at.y - r*0.85})
	case ring:
		p.disc(ink{fill: paperColor, stroke: k.tint, width: r * 0.5}, at, r*0.85)
	case frame:
		p.rect(ink{fill: paperColor, stroke: k.tint, width: r * 0.5}, at.x-r*0.75, at.y-r*0.75, r*1.5, r*1.5)
	case tent:
		p.polygon(ink{fill: paperColor, stroke: k.tint, width: r * 0.5}, point{at.x, at.y - r}, point{at.x + r*0.95, at.y + r*0.7}, point{at.x - r*0.95, at.y + r*0.7})
	default:
		p.disc(rim, at, r)
	}
}

// drawRounds writes n and the rounds' names under the axis and returns the y
// below them. Names that would touch are turned.
func (l Lines) drawRounds(p *picture, area plot) float64 {
	st, quiet := style{size: cellSize, color: textColor}, style{size: smallSize, color: quietColor}
	step := area.step()
	widest := 0.0
	for _, r := range l.Rounds {
		widest = max(widest, p.letters.width(plain(r.Name), st))
	}
	if widest <= step-8 {
		for i, r := range l.Rounds {
			p.text(area.x(i), area.bottom+21, r.Name, st, middle)
			p.text(area.x(i), area.bottom+38, l.Words.N+" = "+strconv.Itoa(r.N), quiet, middle)
		}
		return area.bottom + 46
	}
	const longest = 120.0
	every := max(1, int(math.Ceil(17/step))) // turned names need a line's height
	for i, r := range l.Rounds {
		if i%every == 0 {
			room := min(longest, (area.x(i)-4)/math.Cos(50*math.Pi/180)) // to the left edge
			name := p.letters.cut(r.Name+" ("+l.Words.N+" "+strconv.Itoa(r.N)+")", room, st)
			p.turned(area.x(i)+4, area.bottom+16, name, st, end, -50)
		}
	}
	return area.bottom + 20 + min(widest+50, longest)*math.Sin(50*math.Pi/180)
}

// drawKey explains band and median, and returns the y below.
func (l Lines) drawKey(p *picture, x, y float64) float64 {
	st := style{size: smallSize, color: textColor}
	y += 20
	drawn := false
	if present(l.Median) {
		p.line(medianInk(), point{x, y - 4}, point{x + 30, y - 4})
		p.text(x+38, y, l.Words.Median, st, start)
		x += 38 + p.letters.width(plain(l.Words.Median), st) + 28
		drawn = true
	}
	if present(l.Q1) && present(l.Q3) {
		p.rect(ink{fill: bandColor}, x, y-11, 30, 14)
		p.text(x+38, y, l.Words.Quartiles, st, start)
		drawn = true
	}
	if !drawn {
		return y - 20
	}
	return y + 8
}

// present reports whether any of the values is there.
func present(values []Value) bool { return slices.ContainsFunc(values, Value.Present) }

// edgeHeight is the room a name at the right edge takes.
const edgeHeight = 18.0

// edgeName is a line's name at the right edge, beside its last point.
type edgeName struct {
	text string
	own  bool
	look look
	last int // the last score, thousandths
	// early: the line ended before the last round.
	early bool
	y     float64
}

func (n *edgeName) style() style {
	return style{size: cellSize, bold: n.own, color: textColor}
}

func (n *edgeName) draw(p *picture, area plot, width float64) {
	r, x := 4.2, area.right+10
	if n.own {
		r = 5.5
	}
	if !n.early {
		from := point{area.x(area.columns-1) + 9, area.y(n.last)}
		p.line(ink{stroke: hatchColor, width: 1}, from, point{x - 2, n.y})
	}
	n.look.draw(p, point{x + 6, n.y}, r)
	p.text(x+18, n.y+4.5, p.letters.cut(n.text, width+6, n.style()), n.style(), start)
}

// edgeNames are the names to be written at the edge: all of them, or only the
// reader's own in a crowd. A line that ended early says why instead of a
// number, since its last point is not at the edge.
func (l Lines) edgeNames() []*edgeName {
	var out []*edgeName
	crowded := l.crowded()
	for i, s := range l.Series {
		if crowded && !s.Own {
			continue
		}
		for j := len(l.Rounds) - 1; j >= 0; j-- {
			n, ok := at(s.Values, j).Thousandths()
			if !ok {
				continue
			}
			note := " " + l.text(at(s.Values, len(l.Rounds)-1))
			if j < len(l.Rounds)-1 {
				note = " (" + strings.TrimSpace(note) + ")"
			}
			out = append(out, &edgeName{text: plain(s.Name) + note, own: s.Own, look: lookOf(i), last: n, early: j < len(l.Rounds)-1})
			break
		}
	}
	return out
}

// placeNames gives each name the height of its last point, and moves those that
// would overlap just so far that they do not: neighbours are joined into blocks
// that lie around their members' mean.
func placeNames(names []*edgeName, area plot) {
	ordered := slices.Clone(names)
	slices.SortStableFunc(ordered, func(a, b *edgeName) int { return cmp.Compare(b.last, a.last) })
	type block struct {
		members []*edgeName
		sum     float64 // of the wished heights, each less its place in the block
	}
	topOf := func(b block) float64 {
		height := float64(len(b.members)) * edgeHeight
		return min(max(b.sum/float64(len(b.members))-edgeHeight/2, area.top-edgeHeight/2), area.bottom+edgeHeight/2-height)
	}
	var blocks []block
	for _, n := range ordered {
		blocks = append(blocks, block{members: []*edgeName{n}, sum: area.y(n.last)})
		for len(blocks) > 1 {
			above, below := blocks[len(blocks)-2], blocks[len(blocks)-1]
			height := float64(len(above.members)) * edgeHeight
			if topOf(above)+height <= topOf(below) {
				break
			}
			above.members = append(above.members, below.members...)
			above.sum += below.sum - height*float64(len(below.members))
			blocks = append(blocks[:len(blocks)-2], above)
		}
	}
	for _, b := range blocks {
		for i, n := range b.members {
			n.y = topOf(b) + edgeHeight*(float64(i)+0.5)
		}
	}
}

// publications names what each round's numbers come from, in one line.
func (l Lines) publications() []string {
	var named []string
	for _, r := range l.Rounds {
		if r.Publication != "" {
			named = append(named, r.Name+" "+r.Publication)
		}
	}
	if len(named) == 0 {
		return nil
	}
	return []string{l.Words.Publication + ": " + strings.Join(named, ", ") + "."}
}

// gaps says in words where a named line is broken and why, since a break alone
// does not tell "not handed in" from "did not take part".
func (l Lines) gaps() []string {
	crowded := l.crowded()
	var broken []string
	for _, s := range l.Series {
		if crowded && !s.Own {
			continue
		}
		var parts []string
		for i := 0; i < len(l.Rounds); {
			v := at(s.Values, i)
			if v.Present() {
				i++
				continue
			}
			last := i
			for last+1 < len(l.Rounds) && at(s.Values, last+1) == v {
				last++
			}
			span := l.Rounds[i].Name
			if last > i {
				span += "–" + l.Rounds[last].Name
			}
			parts = append(parts, span+" "+l.text(v))
			i = last + 1
		}
		if len(parts) > 0 {
			broken = append(broken, s.Name+": "+strings.Join(parts, ", "))
		}
	}
	if len(broken) == 0 {
		return nil
	}
	return []string{l.Words.Gap + ": " + strings.Join(broken, "; ") + "."}
}

// live is the trend as a go-echarts chart.
func (l Lines) live() *live.Line {
	chart := live.NewLine()
	scale := l.scale()
	crowded := l.crowded()
	legend := []string{}
	for _, s := range l.Series {
		if !crowded || s.Own {
			legend = append(legend, s.Name)
		}
	}
	if present(l.Median) {
		legend = append(legend, l.Words.Median)
	}
	if present(l.Q1) && present(l.Q3) {
		legend = append(legend, l.Words.Quartiles)
	}
	chart.SetGlobalOptions(append(l.common(true),
		live.WithGridOpts(opts.Grid{Left: "8", Right: "24", Top: "32", Bottom: "72"}),
		live.WithLegendOpts(opts.Legend{
			Show: opts.Bool(true), Type: "scroll", Bottom: "0", Data: legend, TextStyle: quietText(),
		}),
		live.WithXAxisOpts(opts.XAxis{
			Type:      "category",
			AxisLabel: &opts.AxisLabel{Show: opts.Bool(true), Color: liveQuiet.hex(), HideOverlap: opts.Bool(true)},
			AxisLine:  quietLine(),
		}),
		live.WithYAxisOpts(opts.YAxis{
			Type: "value", Name: l.Words.Level, Min: float64(scale.Min) / 1000, Max: float64(scale.Max) / 1000, MinInterval: 1,
			AxisLabel: quietLabel(),
			SplitLine: quietGrid(),
		}),
	)...)
	rounds := make([]string, len(l.Rounds))
	for i, r := range l.Rounds {
		rounds[i] = plain(r.Name) + "\n" + l.Words.N + " = " + strconv.Itoa(r.N)
	}
	chart.SetXAxis(rounds)
	l.liveBand(chart)
	for i, s := range l.Series {
		if !s.Own {
			l.liveSeries(chart, s, lookOf(i), crowded)
		}
	}
	if present(l.Median) {
		l.addMedian(chart)
	}
	for i, s := range l.Series {
		if s.Own {
			l.liveSeries(chart, s, lookOf(i), false)
		}
	}
	return chart
}

func (l Lines) addMedian(chart *live.Line) {
	chart.AddSeries(l.Words.Median, nil, raw(l.liveMedian()), live.WithLineChartOpts(opts.LineChart{Symbol: "circle", SymbolSize: 6}),
		live.WithLineStyleOpts(opts.LineStyle{Color: liveQuiet.hex(), Width: 2.5, Type: "dashed"}),
		live.WithItemStyleOpts(opts.ItemStyle{Color: liveQuiet.hex()}))
}

// liveBand stacks the height of the band on an unseen line at the lower
// quartile, which is how ECharts fills between two lines.
func (l Lines) liveBand(chart *live.Line) {
	if !present(l.Q1) || !present(l.Q3) {
		return
	}
	floor, height := make([]any, len(l.Rounds)), make([]any, len(l.Rounds))
	for i := range l.Rounds {
		floor[i], height[i] = gapMark, gapMark
		q1, ok1 := at(l.Q1, i).Thousandths()
		q3, ok3 := at(l.Q3, i).Thousandths()
		if ok1 && ok3 {
			floor[i], height[i] = levels(Score(q1)), levels(Score(q3-q1))
		}
	}
	unseen := []live.SeriesOpts{
		live.WithSeriesOpts(hidden),
		live.WithLineChartOpts(opts.LineChart{Stack: "quartiles", Symbol: "none"}),
		live.WithLineStyleOpts(opts.LineStyle{Opacity: opts.Float(0)}),
		live.WithItemStyleOpts(opts.ItemStyle{Color: liveBand.css()}),
	}
	chart.AddSeries(l.Words.LowerQuartile, nil, append(unseen, raw(floor))...)
	chart.AddSeries(l.Words.Quartiles, nil, append(unseen, raw(height),
		live.WithAreaStyleOpts(opts.AreaStyle{Color: liveBand.css()}))...)
}

// liveMedian are the median's points, whose names tell the quartiles too: the
// band itself has no points to rest on.
func (l Lines) liveMedian() []opts.LineData {
	out := l.points(l.Median)
	for i := range out {
		q1, q3 := at(l.Q1, i), at(l.Q3, i)
		if q1.Present() && q3.Present() {
			out[i].Name += "\n" + l.Words.Quartiles + ": " + l.text(q1) + "–" + l.text(q3)
		}
	}
	return out
}

// points are a line's data, a gap marked as such and named with its reason.
func (l Lines) points(values []Value) []opts.LineData {
	out := make([]opts.LineData, len(l.Rounds))
	for i, r := range l.Rounds {
		v := at(values, i)
		out[i] = opts.LineData{Name: plain(r.Name) + ": " + l.text(v), Value: levels(v)}
	}
	return out
}

func (l Lines) liveSeries(chart *live.Line, s Series, k look, faint bool) {
	if faint {
		chart.AddSeries(s.Name, nil, raw(l.faintPoints(s.Values)), live.WithSeriesOpts(hidden), live.WithSeriesId(s.ID),
			live.WithLineChartOpts(opts.LineChart{Symbol: "none", SymbolSize: 4}),
			live.WithLineStyleOpts(opts.LineStyle{Color: liveQuiet.hex(), Width: 1, Opacity: opts.Float(float32(l.faint()))}),
			live.WithItemStyleOpts(opts.ItemStyle{Color: liveQuiet.hex(), Opacity: opts.Float(float32(l.faint()))}))
		return
	}
	size, width := 9, float32(2)
	if s.Own {
		size, width = 13, 5
	}
	chart.AddSeries(s.Name, nil, raw(l.points(s.Values)), live.WithSeriesId(s.ID),
		live.WithLineChartOpts(opts.LineChart{Symbol: k.symbol.live(), SymbolSize: size}),
		live.WithLineStyleOpts(opts.LineStyle{Color: k.tint.hex(), Width: width, Type: k.live}),
		live.WithItemStyleOpts(opts.ItemStyle{Color: k.tint.hex()}),
		live.WithEmphasisOpts(opts.Emphasis{Focus: "series"}))
}

// faintPoints are bare numbers, since hundreds of lines with named points would
// be a heavy page; only a point between two gaps is an item with a symbol.
func (l Lines) faintPoints(values []Value) []any {
	out := make([]any, len(l.Rounds))
	for i := range l.Rounds {
		v := at(values, i)
		out[i] = levels(v)
		before := i > 0 && at(values, i-1).Present()
		if v.Present() && !before && (i+1 == len(l.Rounds) || !at(values, i+1).Present()) {
			out[i] = opts.LineData{Value: levels(v), Symbol: "circle"}
		}
	}
	return out
}
