package charts

import (
	"io"
	"slices"
	"strconv"

	live "github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// Scatter sets two values against each other, a dot for each pair. It draws
// neither a line through them nor a number of how well they go together: that
// would say more than self-ratings can.
type Scatter struct {
	About
	// X and Y name the axes; YUnit stands behind amounts on the second. The
	// first is levels 0–5.
	X, Y, YUnit string
	// Heading stands above the dots' names in the table, NoteHeading above their
	// notes.
	Heading, NoteHeading string
	Dots                 []Dot
}

// Dot is one pair. A pair with a gap stands in the table alone.
type Dot struct {
	Name string
	// Group is what the dot belongs to, which decides its look.
	Group string
	X, Y  Value
	// Note is what else the table says of it, such as what stands behind it.
	Note string
}

// drawn reports whether both values are there.
func (d Dot) drawn() bool { return d.X.Present() && d.Y.Present() }

// groups are the dots' groups in the order they first come.
func (s Scatter) groups() []string {
	var all []string
	seen := map[string]bool{}
	for _, d := range s.Dots {
		if !seen[d.Group] {
			seen[d.Group] = true
			all = append(all, d.Group)
		}
	}
	return all
}

// Table has a row per dot.
func (s Scatter) Table() Table {
	y := s.Y
	if s.YUnit != "" {
		y += ", " + s.YUnit
	}
	t := Table{Caption: s.Title, Header: []string{s.Heading, s.X, y}, Foot: s.foot()}
	noted := slices.ContainsFunc(s.Dots, func(d Dot) bool { return d.Note != "" })
	if noted {
		t.Header = append(t.Header, s.NoteHeading)
	}
	for _, d := range s.Dots {
		cells := []string{d.Name, s.text(d.X), s.amount(d.Y)}
		if noted {
			cells = append(cells, d.Note)
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// CSV writes the table with byte order mark, in the reader's number format.
func (s Scatter) CSV(w io.Writer) error { return writeCSV(w, s.Table(), s.Format) }

// SVG writes the picture as a self-contained SVG document.
func (s Scatter) SVG(w io.Writer) error { return writeSVG(w, s.picture()) }

// PNG writes the same picture as a PNG image.
func (s Scatter) PNG(w io.Writer) error { return writePNG(w, s.picture()) }

// ECharts gives the options for the page's live chart, as JSON without functions.
func (s Scatter) ECharts() ([]byte, error) { return encode(s.live(), finished{}) }

func (s Scatter) scales() (x, y Scale, yTicks []int) {
	var xs, ys []Value
	for _, d := range s.Dots {
		if d.drawn() {
			xs, ys = append(xs, d.X), append(ys, d.Y)
		}
	}
	y, yTicks = amountScale(ys)
	return Scale{}.around(xs), y, yTicks
}

func (s Scatter) picture() picture {
	p, y := s.sheet(pageWidth)
	xs, ys, yTicks := s.scales()
	y += 24
	p.text(margin, y-13, s.Y, style{size: smallSize, bold: true, color: textColor}, start)
	area := plot{left: margin + 58, right: pageWidth - margin - 20, top: y, bottom: y + 360, scale: ys}
	x := func(n int) float64 { return area.left + (area.right-area.left)*xs.share(n) }
	for _, tick := range yTicks {
		p.line(ink{stroke: gridColor, width: 1}, point{area.left, area.y(tick)}, point{area.right, area.y(tick)})
		p.text(area.left-8, area.y(tick)+4.5, s.Format.Amount(tick), style{size: cellSize, color: quietColor}, end)
	}
	for _, tick := range xs.ticks() {
		p.line(ink{stroke: gridColor, width: 1}, point{x(tick), area.top}, point{x(tick), area.bottom})
		p.text(x(tick), area.bottom+19, strconv.Itoa(tick/1000), style{size: cellSize, color: quietColor}, middle)
	}
	p.text(area.right, area.bottom+38, s.X, style{size: smallSize, bold: true, color: textColor}, end)
	for i, group := range s.groups() {
		k := lookOf(i)
		for _, d := range s.Dots {
			if d.Group == group && d.drawn() {
				n, _ := d.X.Thousandths()
				m, _ := d.Y.Thousandths()
				k.draw(p, point{x(n), area.y(m)}, 5.5)
			}
		}
	}
	return s.finish(p, s.drawKey(p, area.bottom+44))
}

// drawKey explains the groups' looks, and returns the y below.
func (s Scatter) drawKey(p *picture, y float64) float64 {
	st, x := style{size: smallSize, color: textColor}, margin
	y += 20
	for i, group := range s.groups() {
		text := p.letters.cut(group, 400, st)
		width := 20 + p.letters.width(text, st) + 22
		if x+width > pageWidth-margin && x > margin {
			x, y = margin, y+22
		}
		lookOf(i).draw(p, point{x + 6, y - 4}, 5)
		p.text(x+20, y, text, st, start)
		x += width
	}
	return y + 8
}

// live is the scatter as a go-echarts chart.
func (s Scatter) live() *live.Scatter {
	chart := live.NewScatter()
	xs, ys, _ := s.scales()
	legend := []string{}
	for _, group := range s.groups() {
		legend = append(legend, plain(group))
	}
	chart.SetGlobalOptions(append(s.common(false),
		live.WithGridOpts(opts.Grid{Left: "8", Right: "24", Top: "40", Bottom: "72"}),
		live.WithLegendOpts(opts.Legend{Show: opts.Bool(true), Type: "scroll", Bottom: "0", Data: legend, TextStyle: quietText()}),
		live.WithXAxisOpts(opts.XAxis{
			Type: "value", Name: s.X, NameLocation: "middle", NameGap: 28, Min: float64(xs.Min) / 1000, Max: float64(xs.Max) / 1000, MinInterval: 1,
			AxisLabel: &opts.AxisLabel{Show: opts.Bool(true), Color: liveQuiet.hex()}, SplitLine: quietGrid(),
		}),
		live.WithYAxisOpts(opts.YAxis{
			Type: "value", Name: s.Y, Min: float64(ys.Min) / 1000, Max: float64(ys.Max) / 1000, AxisLabel: quietLabel(), SplitLine: quietGrid(),
		}),
	)...)
	for i, group := range s.groups() {
		k := lookOf(i)
		data := []opts.LineData{}
		for _, d := range s.Dots {
			if d.Group == group && d.drawn() {
				data = append(data, opts.LineData{Name: plain(d.Name) + ": " + s.text(d.X) + " · " + s.amount(d.Y), Value: []any{levels(d.X), levels(d.Y)}})
			}
		}
		chart.MultiSeries = append(chart.MultiSeries, live.SingleSeries{
			Name: plain(group), Type: "scatter", Data: data, Symbol: k.symbol.live(), SymbolSize: 12, ItemStyle: &opts.ItemStyle{Color: k.tint.hex()},
		})
	}
	return chart
}
