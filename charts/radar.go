package charts

import (
	"io"
	"math"
	"strconv"

	live "github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// Radar shows one municipality in one round, an axis per area, against the
// region's median and quartiles. An axis without a value is left out of the
// outline and named below; it is never drawn as zero.
type Radar struct {
	About
	Axes []Axis
	// Name is the municipality the outline belongs to.
	Name string
	// Scale is the common range of the axes; the zero Scale is levels 0–5.
	Scale Scale
}

// Axis is one area with what is known about it.
type Axis struct {
	Name           string
	Value          Value
	Median, Q1, Q3 Value
}

// Table has a row per area.
func (r Radar) Table() Table {
	t := Table{
		Caption: r.Title,
		Header:  []string{r.Words.Area, r.Name, r.Words.Median, r.Words.LowerQuartile, r.Words.UpperQuartile},
		Foot:    r.foot(),
	}
	for _, a := range r.Axes {
		t.Rows = append(t.Rows, []string{a.Name, r.text(a.Value), r.text(a.Median), r.text(a.Q1), r.text(a.Q3)})
	}
	return t
}

// CSV writes the table with byte order mark, in the reader's number format.
func (r Radar) CSV(w io.Writer) error { return writeCSV(w, r.Table(), r.Format) }

// SVG writes the picture as a self-contained SVG document.
func (r Radar) SVG(w io.Writer) error { return writeSVG(w, r.picture()) }

// PNG writes the same picture as a PNG image.
func (r Radar) PNG(w io.Writer) error { return writePNG(w, r.picture()) }

// ECharts gives the options for the page's live chart, as JSON without functions.
func (r Radar) ECharts() ([]byte, error) { return encode(r.live(), finished{anglesOf: r.angles()}) }

// dial is the round area of a radar.
type dial struct {
	centre point
	radius float64
	axes   int
	scale  Scale
}

// at is where a value lies on an axis; the first axis points upwards, the
// others follow clockwise.
func (d dial) at(axis int, thousandths int) point {
	return d.rim(axis, d.radius*d.scale.share(thousandths))
}

func (d dial) rim(axis int, distance float64) point {
	sin, cos := math.Sincos(2 * math.Pi * float64(axis) / float64(max(d.axes, 1)))
	return point{d.centre.x + distance*sin, d.centre.y - distance*cos}
}

func (r Radar) column(pick func(Axis) Value) []Value {
	out := make([]Value, len(r.Axes))
	for i, a := range r.Axes {
		out[i] = pick(a)
	}
	return out
}

func (r Radar) own() []Value    { return r.column(func(a Axis) Value { return a.Value }) }
func (r Radar) median() []Value { return r.column(func(a Axis) Value { return a.Median }) }
func (r Radar) q1() []Value     { return r.column(func(a Axis) Value { return a.Q1 }) }
func (r Radar) q3() []Value     { return r.column(func(a Axis) Value { return a.Q3 }) }

func (r Radar) scale() Scale { return r.Scale.around(r.own(), r.median(), r.q1(), r.q3()) }

func (r Radar) picture() picture {
	const radius, labelWidth = 190.0, 190.0
	p, y := r.sheet(pageWidth)
	d := dial{centre: point{pageWidth / 2, y + radius + 64}, radius: radius, axes: len(r.Axes), scale: r.scale()}
	r.drawWeb(p, d)
	r.drawSpread(p, d)
	r.drawOutlines(p, d)
	bottom := d.centre.y + radius
	for i := range r.Axes {
		bottom = max(bottom, r.drawAxisName(p, d, i, labelWidth))
	}
	return r.finish(p, r.drawKey(p, bottom+34))
}

// drawWeb draws rings at each level and the axes.
func (r Radar) drawWeb(p *picture, d dial) {
	for _, tick := range d.scale.ticks() {
		ring := make([]point, d.axes)
		for i := range ring {
			ring[i] = d.at(i, tick)
		}
		if tick > d.scale.Min {
			p.polygon(ink{stroke: gridColor, width: 1}, ring...)
		}
	}
	for i := range d.axes {
		p.line(ink{stroke: gridColor, width: 1}, d.centre, d.rim(i, d.radius))
	}
	for _, tick := range d.scale.ticks() {
		at := d.at(0, tick)
		p.text(at.x-7, at.y+4, strconv.Itoa(tick/1000), style{size: smallSize, color: quietColor}, end)
	}
}

// drawSpread fills between the quartiles from axis to axis, wherever both
// neighbours have them.
func (r Radar) drawSpread(p *picture, d dial) {
	var parts [][]point
	for _, pair := range d.neighbours() {
		a, b := r.Axes[pair[0]], r.Axes[pair[1]]
		inA, ok1 := a.Q1.Thousandths()
		outA, ok2 := a.Q3.Thousandths()
		inB, ok3 := b.Q1.Thousandths()
		outB, ok4 := b.Q3.Thousandths()
		if ok1 && ok2 && ok3 && ok4 {
			parts = append(parts, []point{d.at(pair[0], inA), d.at(pair[0], outA), d.at(pair[1], outB), d.at(pair[1], inB)})
		}
	}
	if len(parts) > 0 {
		p.shapes = append(p.shapes, path{parts: parts, closed: true, ink: ink{fill: bandColor}})
	}
}

// neighbours are the pairs of axes that an outline joins, the last with the
// first too when there are at least three.
func (d dial) neighbours() [][2]int {
	var out [][2]int
	for i := range d.axes - 1 {
		out = append(out, [2]int{i, i + 1})
	}
	if d.axes > 2 {
		out = append(out, [2]int{d.axes - 1, 0})
	}
	return out
}

func (r Radar) drawOutlines(p *picture, d dial) {
	own := ownLook()
	drawOutline(p, d, r.median(), medianInk(), func(at point) { p.disc(ink{fill: medianColor}, at, 3) })
	drawOutline(p, d, r.own(), ink{stroke: own.tint, width: 3.5}, func(at point) { own.draw(p, at, 6) })
}

// ownLook is the reader's own municipality where it stands alone against its region.
func ownLook() look { return lookOf(0) }

// drawOutline joins neighbours that both have a value; each value has its
// symbol, so that one alone between two gaps is still seen.
func drawOutline(p *picture, d dial, values []Value, k ink, symbolAt func(point)) {
	for _, pair := range d.neighbours() {
		a, ok1 := values[pair[0]].Thousandths()
		b, ok2 := values[pair[1]].Thousandths()
		if ok1 && ok2 {
			p.line(k, d.at(pair[0], a), d.at(pair[1], b))
		}
	}
	for i, v := range values {
		if n, ok := v.Thousandths(); ok {
			symbolAt(d.at(i, n))
		}
	}
}

// drawAxisName writes an area's name outside the web with the municipality's
// value, or the reason why there is none, and returns the lowest y used.
func (r Radar) drawAxisName(p *picture, d dial, i int, width float64) float64 {
	a := r.Axes[i]
	at := d.rim(i, d.radius+20)
	st, value := style{size: cellSize, color: textColor}, style{size: cellSize, bold: true, color: textColor}
	if !a.Value.Present() {
		value = style{size: cellSize, color: quietColor}
	}
	lines := p.letters.wrapAtMost(a.Name, width, 3, st)
	side := middle
	switch dx := at.x - d.centre.x; {
	case dx > 1:
		side = start
	case dx < -1:
		side = end
	}
	// The block of lines grows away from the web.
	up := (d.centre.y - at.y) / (d.radius + 20) // 1 at the top, -1 at the bottom
	height := float64(len(lines)+1) * 17
	y := at.y + 13 - height*(up+1)/2
	for _, line := range lines {
		p.text(at.x, y, line, st, side)
		y += 17
	}
	p.text(at.x, y, r.text(a.Value), value, side)
	return y
}

// drawKey explains the three marks and returns the y below.
func (r Radar) drawKey(p *picture, y float64) float64 {
	st := style{size: smallSize, color: textColor}
	own, x := ownLook(), margin
	entry := func(text string, sample func(x float64)) {
		sample(x)
		p.text(x+38, y, text, st, start)
		x += 38 + p.letters.width(plain(text), st) + 28
	}
	entry(r.Name, func(x float64) {
		p.line(ink{stroke: own.tint, width: 3.5}, point{x, y - 4}, point{x + 30, y - 4})
		own.draw(p, point{x + 15, y - 4}, 5.5)
	})
	if present(r.median()) {
		entry(r.Words.Median, func(x float64) { p.line(medianInk(), point{x, y - 4}, point{x + 30, y - 4}) })
	}
	if present(r.q1()) && present(r.q3()) {
		entry(r.Words.Quartiles, func(x float64) { p.rect(ink{fill: bandColor}, x, y-11, 30, 14) })
	}
	return y + 8
}

// angles are the names around the live chart; an axis without a value says why.
func (r Radar) angles() []string {
	out := make([]string, len(r.Axes))
	for i, a := range r.Axes {
		out[i] = plain(a.Name)
		if !a.Value.Present() {
			out[i] += "\n(" + r.text(a.Value) + ")"
		}
	}
	return out
}

// live is the radar as a go-echarts chart: lines on polar axes, because
// ECharts' own radar draws a missing value in its centre, which reads as zero.
func (r Radar) live() *live.Line {
	chart := live.NewLine()
	scale := r.scale()
	legend := []string{r.Name}
	add := func(name string, values []Value, options ...live.SeriesOpts) {
		options = append(options, raw(r.round(values)), live.WithCoordinateSystem("polar"))
		chart.AddSeries(name, nil, options...)
	}
	for _, outline := range []struct {
		name   string
		values []Value
		line   opts.LineStyle
		symbol opts.LineChart
	}{
		{r.Words.LowerQuartile, r.q1(), opts.LineStyle{Color: liveQuiet.hex(), Width: 1.5, Type: "dotted"}, opts.LineChart{Symbol: "triangle", SymbolSize: 5}},
		{r.Words.UpperQuartile, r.q3(), opts.LineStyle{Color: liveQuiet.hex(), Width: 1.5, Type: "dotted"}, opts.LineChart{Symbol: "rect", SymbolSize: 5}},
		{r.Words.Median, r.median(), opts.LineStyle{Color: liveQuiet.hex(), Width: 2.5, Type: "dashed"}, opts.LineChart{Symbol: "circle", SymbolSize: 6}},
	} {
		if present(outline.values) {
			legend = append(legend, outline.name)
			add(outline.name, outline.values, live.WithLineStyleOpts(outline.line), live.WithLineChartOpts(outline.symbol),
				live.WithItemStyleOpts(opts.ItemStyle{Color: liveQuiet.hex()}))
		}
	}
	own := ownLook()
	add(r.Name, r.own(), live.WithLineStyleOpts(opts.LineStyle{Color: own.tint.hex(), Width: 5, Type: "solid"}),
		live.WithLineChartOpts(opts.LineChart{Symbol: own.symbol.live(), SymbolSize: 12}),
		live.WithItemStyleOpts(opts.ItemStyle{Color: own.tint.hex()}))
	chart.SetGlobalOptions(append(r.common(false),
		live.WithLegendOpts(opts.Legend{Show: opts.Bool(true), Type: "scroll", Bottom: "0", Data: legend, TextStyle: quietText()}),
		live.WithPolarOps(opts.Polar{Center: []string{"50%", "46%"}, Radius: []string{"0%", "62%"}}),
		live.WithAngleAxisOps(opts.AngleAxis{PolarAxisBase: opts.PolarAxisBase{
			// An axis lies in the middle of its sector: turned back by half of
			// one, the first points upwards.
			Type: "category", StartAngle: 90 + 180/float64(max(len(r.Axes), 1)),
		}}),
		live.WithRadiusAxisOps(opts.RadiusAxis{PolarAxisBase: opts.PolarAxisBase{
			Type: "value", Min: float64(scale.Min) / 1000, Max: float64(scale.Max) / 1000, MinInterval: 1,
		}}),
	)...)
	return chart
}

// round is an outline as points of radius and axis, the first again at the end
// to close it.
func (r Radar) round(values []Value) []opts.LineData {
	var out []opts.LineData
	point := func(i int) opts.LineData {
		return opts.LineData{
			Name:  plain(r.Axes[i].Name) + ": " + r.text(values[i]),
			Value: []any{levels(values[i]), i},
		}
	}
	for i := range r.Axes {
		out = append(out, point(i))
	}
	if len(r.Axes) > 2 {
		out = append(out, point(0))
	}
	return out
}
