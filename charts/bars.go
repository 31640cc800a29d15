package charts

import (
	"io"
	"strconv"

	live "github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// Bars compares things by how much there is of them: a bar each, which may be
// made of parts, or have one part with how low and high it may be.
type Bars struct {
	About
	// Heading stands above the bars' names in the table.
	Heading string
	// Parts are what a bar is made of, each with its look.
	Parts []string
	// Unit stands behind the parts' names in the table's heads, "" for counts.
	Unit string
	Rows []Bar
	// NoteHeading stands above the bars' notes in the table.
	NoteHeading string
	// Whole is the heading of the sums, "" where the parts make none.
	Whole string
	// Mark is drawn across all bars, such as all that was planned; a gap is none.
	Mark     Value
	MarkName string
}

// Bar is one bar.
type Bar struct {
	Name string
	// Values are in the order of Parts; a gap is written and not drawn.
	Values []Value
	// Low and High say what a bar of one part lies between.
	Low, High Value
	// Note is what else the table and the picture say of it, "": nothing.
	Note string
}

// ranged reports whether how low and high the bar may be is known.
func (b Bar) ranged() bool { return at(b.Values, 0).Present() && b.Low.Present() && b.High.Present() }

func (b Bars) has(what func(Bar) bool) bool {
	for _, r := range b.Rows {
		if what(r) {
			return true
		}
	}
	return false
}

// Sum is the sum of a bar's parts, as far as they are there.
func (b Bars) Sum(r Bar) Value {
	sum, there := 0, false
	for i := range b.Parts {
		if n, ok := at(r.Values, i).Thousandths(); ok {
			sum, there = sum+n, true
		}
	}
	if !there {
		return at(r.Values, 0)
	}
	return Score(sum)
}

// Table has a row per bar.
func (b Bars) Table() Table {
	t := Table{Caption: b.Title, Header: []string{b.Heading}, Foot: b.foot()}
	for _, part := range b.Parts {
		if b.Unit != "" {
			part += ", " + b.Unit
		}
		t.Header = append(t.Header, part)
	}
	ranged, noted := b.has(Bar.ranged), b.has(func(r Bar) bool { return r.Note != "" })
	if ranged {
		t.Header = append(t.Header, b.Words.Low, b.Words.High)
	}
	if b.Whole != "" {
		t.Header = append(t.Header, b.Whole)
	}
	if noted {
		t.Header = append(t.Header, b.NoteHeading)
	}
	for _, r := range b.Rows {
		cells := []string{r.Name}
		for i := range b.Parts {
			cells = append(cells, b.amount(at(r.Values, i)))
		}
		if ranged {
			low, high := "", ""
			if r.ranged() {
				low, high = b.amount(r.Low), b.amount(r.High)
			}
			cells = append(cells, low, high)
		}
		if b.Whole != "" {
			cells = append(cells, b.amount(b.Sum(r)))
		}
		if noted {
			cells = append(cells, r.Note)
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// CSV writes the table with byte order mark, in the reader's number format.
func (b Bars) CSV(w io.Writer) error { return writeCSV(w, b.Table(), b.Format) }

// SVG writes the picture as a self-contained SVG document.
func (b Bars) SVG(w io.Writer) error { return writeSVG(w, b.picture()) }

// PNG writes the same picture as a PNG image.
func (b Bars) PNG(w io.Writer) error { return writePNG(w, b.picture()) }

// ECharts gives the options for the page's live chart, as JSON without functions.
func (b Bars) ECharts() ([]byte, error) { return encode(b.live(), finished{}) }

func (b Bars) scale() (Scale, []int) {
	all := []Value{b.Mark}
	for _, r := range b.Rows {
		all = append(all, b.Sum(r), r.Low, r.High)
		for i := range b.Parts {
			all = append(all, at(r.Values, i))
		}
	}
	if b.Unit == "" {
		return countScale(all)
	}
	return amountScale(all)
}

// used tells which parts any bar has something of: the others need no explanation. Where no bar has anything all are.
func (b Bars) used() []bool {
	used, any := make([]bool, len(b.Parts)), false
	for i := range b.Parts {
		used[i] = b.has(func(r Bar) bool { n, _ := at(r.Values, i).Thousandths(); return n != 0 })
		any = any || used[i]
	}
	for i := range used {
		used[i] = used[i] || !any
	}
	return used
}

const (
	barHeight = 24.0
	barNames  = 270.0
)

func (b Bars) picture() picture {
	p, y := b.sheet(pageWidth)
	scale, ticks := b.scale()
	left, right := margin+barNames, pageWidth-margin-56
	x := func(n int) float64 { return left + (right-left)*scale.share(n) }
	top := y + 8
	if b.Mark.Present() {
		top += 16
	}
	at0 := len(p.shapes)
	y = top
	for _, r := range b.Rows {
		y = b.drawBar(p, r, y, x)
	}
	var grid picture
	for _, tick := range ticks {
		grid.line(ink{stroke: gridColor, width: 1}, point{x(tick), top}, point{x(tick), y})
	}
	p.shapes = append(p.shapes[:at0:at0], append(grid.shapes, p.shapes[at0:]...)...)
	p.line(ink{stroke: axisColor, width: 1}, point{x(0), top}, point{x(0), y})
	quiet, free := style{size: cellSize, color: quietColor}, 0.0
	for _, tick := range ticks {
		text := b.Format.Amount(tick)
		half := p.letters.width(text, quiet) / 2
		if x(tick)-half < free {
			continue // a long number has no room beside the one before
		}
		p.text(x(tick), y+18, text, quiet, middle)
		free = x(tick) + half + 10
	}
	p.text(left-16, y+18, p.letters.cut(plain(b.Unit), barNames-16, quiet), quiet, end)
	if n, ok := b.Mark.Thousandths(); ok {
		p.line(ink{stroke: quietColor, width: 1.4, dash: []float64{4, 3}}, point{x(n), top - 6}, point{x(n), y})
		p.text(x(n), top-10, b.MarkName, style{size: smallSize, color: textColor}, middle)
	}
	return b.finish(p, b.drawKey(p, y+24))
}

// drawBar draws a bar with its name and note, and returns the y below.
func (b Bars) drawBar(p *picture, r Bar, y float64, x func(int) float64) float64 {
	st, quiet := style{size: cellSize, color: textColor}, style{size: smallSize, color: quietColor}
	lines := p.letters.wrapAtMost(r.Name, barNames-16, 2, st)
	notes := p.letters.wrapAtMost(r.Note, barNames-16, 2, quiet)
	height := max(barHeight, float64(len(lines))*16+float64(len(notes))*15+2)
	line := y + 14
	for _, text := range lines {
		p.text(margin, line, text, st, start)
		line += 16
	}
	for _, text := range notes {
		p.text(margin, line, text, quiet, start)
		line += 15
	}
	up, down, drawn := 0, 0, false
	var missing Value
	for i := range b.Parts {
		v := at(r.Values, i)
		n, ok := v.Thousandths()
		if !ok {
			missing = v
			continue
		}
		drawn = true
		from := &up
		if n < 0 {
			from = &down
		}
		a, z := x(*from), x(*from+n)
		*from += n
		if a > z {
			a, z = z, a
		}
		if n == 0 {
			continue
		}
		p.rect(ink{fill: lookOf(i).tint, stroke: paperColor, width: 1}, a, y+2, z-a, barHeight-4)
		hatch(p, i, a+1, y+3, z-a-2, barHeight-6)
		b.drawAmount(p, v, a, z, y, len(b.Parts) == 1)
	}
	switch {
	case !drawn && len(b.Parts) > 0:
		p.text(x(0)+8, y+17, b.amount(missing), quiet, start)
	case len(b.Parts) == 1 && b.Whole == "":
		end := up
		if r.ranged() {
			lo, _ := r.Low.Thousandths()
			hi, _ := r.High.Thousandths()
			p.line(ink{stroke: textColor, width: 1.6}, point{x(lo), y + 12}, point{x(hi), y + 12})
			for _, n := range []int{lo, hi} {
				p.line(ink{stroke: textColor, width: 1.6}, point{x(n), y + 7}, point{x(n), y + 17})
			}
			end = max(up, hi)
		}
		p.text(x(end)+8, y+17, b.amount(r.Values[0]), style{size: cellSize, bold: true, color: textColor}, start)
	}
	if b.Whole != "" && drawn {
		p.text(x(up)+8, y+17, b.amount(b.Sum(r)), style{size: cellSize, bold: true, color: textColor}, start)
	}
	return y + height + 8
}

// drawAmount writes a part's amount on paper inside it, where there is room.
func (b Bars) drawAmount(p *picture, v Value, from, to, y float64, single bool) {
	st := style{size: smallSize, bold: true, color: textColor}
	text := b.amount(v)
	width := p.letters.width(text, st) + 8
	if single || width+4 > to-from {
		return
	}
	middleOf := (from + to) / 2
	p.rect(ink{fill: paperColor}, middleOf-width/2, y+5, width, barHeight-10)
	p.text(middleOf, y+16.5, text, st, middle)
}

// drawKey explains the parts, and returns the y below.
func (b Bars) drawKey(p *picture, y float64) float64 {
	if len(b.Parts) < 2 {
		return y
	}
	st, x := style{size: smallSize, color: textColor}, margin
	y += 20
	used := b.used()
	for i, part := range b.Parts {
		if !used[i] {
			continue
		}
		text := p.letters.cut(part, 300, st)
		width := 34 + p.letters.width(text, st) + 22
		if x+width > pageWidth-margin && x > margin {
			x, y = margin, y+22
		}
		p.rect(ink{fill: lookOf(i).tint}, x, y-11, 26, 14)
		hatch(p, i, x, y-11, 26, 14)
		p.text(x+34, y, text, st, start)
		x += width
	}
	return y + 8
}

// hatch lays a part's pattern over a rectangle, so that parts differ without
// colour too: nothing, lines that fall, rise, stand and lie, then the same twice
// as close.
func hatch(p *picture, part int, x, y, w, h float64) {
	if part%9 == 0 || w <= 0 {
		return
	}
	apart := 7.0
	if part%9 > 4 {
		apart = 3.5
	}
	k := ink{stroke: paperColor, width: 1.3}
	switch (part%9 - 1) % 4 {
	case 0, 1:
		for at := -h; at < w; at += apart {
			// From the upper edge at x+at to the lower one at x+at+h, cut to the sides.
			from, to := max(at, 0), min(at+h, w)
			if from >= to {
				continue
			}
			a, z := point{x + from, y + from - at}, point{x + to, y + to - at}
			if (part%9-1)%4 == 1 {
				a.y, z.y = 2*y+h-a.y, 2*y+h-z.y
			}
			p.line(k, a, z)
		}
	case 2:
		for at := apart / 2; at < w; at += apart {
			p.line(k, point{x + at, y}, point{x + at, y + h})
		}
	case 3:
		for at := apart / 2; at < h; at += apart {
			p.line(k, point{x, y + at}, point{x + w, y + at})
		}
	}
}

// names are the bars' names on the live chart; a bar without a value says why.
func (b Bars) names() []string {
	out := make([]string, len(b.Rows))
	for i, r := range b.Rows {
		out[i] = plain(r.Name)
		if whole := b.Sum(r); len(b.Parts) > 0 && !whole.Present() {
			out[i] += "\n(" + b.amount(whole) + ")"
		}
	}
	return out
}

// live is the bars as a go-echarts chart.
func (b Bars) live() *live.Bar {
	chart := live.NewBar()
	scale, _ := b.scale()
	legend := []string{}
	whole := 0.0
	if b.Unit == "" {
		whole = 1 // what is counted is counted in ones
	}
	if used := b.used(); len(b.Parts) > 1 {
		for i, part := range b.Parts {
			if used[i] {
				legend = append(legend, plain(part))
			}
		}
	}
	below := "48"
	if b.Unit != "" {
		below = "64" // its name stands under the numbers
	}
	chart.SetGlobalOptions(append(b.common(true),
		live.WithGridOpts(opts.Grid{Left: "8", Right: "40", Top: "32", Bottom: below}),
		live.WithLegendOpts(opts.Legend{Show: opts.Bool(len(legend) > 0), Type: "scroll", Bottom: "0", Data: legend, TextStyle: quietText()}),
		live.WithXAxisOpts(opts.XAxis{
			Type: "value", Min: float64(scale.Min) / 1000, Max: float64(scale.Max) / 1000, MinInterval: whole,
			Name: plain(b.Unit), NameLocation: "middle", NameGap: 26,
			AxisLabel: &opts.AxisLabel{Show: opts.Bool(true), Color: liveQuiet.hex(), HideOverlap: opts.Bool(true)}, SplitLine: quietGrid(),
		}),
		live.WithYAxisOpts(opts.YAxis{
			Type: "category", Inverse: opts.Bool(true), AxisLine: quietLine(),
			AxisLabel: &opts.AxisLabel{Show: opts.Bool(true), Color: liveQuiet.hex(), Interval: "0", Width: 150, Overflow: "break"},
		}),
	)...)
	chart.SetXAxis(b.names()).XYReversal()
	for i, part := range b.Parts {
		data := make([]opts.BarData, len(b.Rows))
		for j, r := range b.Rows {
			v := at(r.Values, i)
			text := plain(r.Name) + ": " + b.amount(v)
			if r.ranged() && len(b.Parts) == 1 {
				text += " (" + b.amount(r.Low) + "–" + b.amount(r.High) + ")"
			}
			if r.Note != "" {
				text += "\n" + plain(r.Note)
			}
			data[j] = opts.BarData{Name: text, Value: levels(v)}
		}
		chart.AddSeries(plain(part), data, live.WithSeriesOpts(func(s *live.SingleSeries) { s.Stack, s.BarMaxWidth = "whole", "26" }), live.WithItemStyleOpts(opts.ItemStyle{Color: lookOf(i).tint.hex()}))
	}
	b.liveRanges(chart)
	if _, ok := b.Mark.Thousandths(); ok && len(b.Rows) > 0 {
		m := levels(b.Mark)
		label := &liveLabel{true, "top", 16, liveText(b.MarkName), liveQuiet.hex()}
		b.liveLine(chart, b.MarkName, "dashed", 1.5, liveQuiet, 1, liveEnd{[]any{m, 0}, label}, liveEnd{[]any{m, len(b.Rows) - 1}, nil})
	}
	return chart
}

// liveRanges draws how low and high the bars may be as stretches of one line.
func (b Bars) liveRanges(chart *live.Bar) {
	var ends []liveEnd
	for i, r := range b.Rows {
		if r.ranged() && len(b.Parts) == 1 {
			ends = append(ends, liveEnd{[]any{levels(r.Low), i}, nil}, liveEnd{[]any{levels(r.High), i}, nil}, liveEnd{[]any{gapMark, i}, nil})
		}
	}
	if len(ends) > 0 {
		b.liveLine(chart, strconv.Quote(b.Words.Low), "solid", 2, liveQuiet, 6, ends...)
	}
}

func (b Bars) liveLine(chart *live.Bar, name, kind string, width float32, color tint, symbol int, ends ...liveEnd) {
	s := live.SingleSeries{Name: name, Type: "line", Data: ends, Symbol: "circle", SymbolSize: symbol}
	s.LineStyle = &opts.LineStyle{Color: color.hex(), Width: width, Type: kind}
	s.ItemStyle = &opts.ItemStyle{Color: color.hex()}
	hidden(&s)
	chart.MultiSeries = append(chart.MultiSeries, s)
}
