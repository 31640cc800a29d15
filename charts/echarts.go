package charts

import (
	"encoding/json"

	live "github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// gapMark is how ECharts is told that there is no value. A nil in go-echarts
// comes out as an empty object, which ECharts draws as zero or not at all,
// depending on the series.
const gapMark = "-"

// levels is a score as ECharts gets it, in levels.
func levels(v Value) any {
	if n, ok := v.Thousandths(); ok {
		return float64(n) / 1000
	}
	return gapMark
}

// finished fills what go-echarts has no field for. It is called for each part
// of the options before they become JSON.
type finished struct {
	live.BaseConfigurationVisitor
	anglesOf []string    // names on a polar chart's angle axis
	pieces   []heatPiece // of a heat map's colours
	utc      bool        // days on an axis of time are midnights in UTC
}

// Visit sets what is common to all live charts. The page may replace the text
// colour with its theme's.
func (f finished) Visit(chart map[string]any) {
	chart["textStyle"] = map[string]any{"color": liveQuiet.hex()}
	chart["backgroundColor"] = "transparent"
	// The toolbox has a data view made of HTML, and the page has a table
	// already; the title stands on the page as a heading.
	delete(chart, "toolbox")
	delete(chart, "title")
	delete(chart, "color")
	if f.utc {
		chart["useUTC"] = true
	}
}

// VisitTooltipOpt asks for tooltips drawn in the chart: those made of HTML need
// inline styles, which the content security policy refuses.
func (f finished) VisitTooltipOpt(t opts.Tooltip) any {
	return struct {
		opts.Tooltip
		RenderMode string `json:"renderMode"`
		Confine    bool   `json:"confine"`
	}{t, "richText", true}
}

// VisitSeriesOpt shows every symbol, also where the axis leaves names out: a
// value between two gaps is seen by its symbol alone.
func (f finished) VisitSeriesOpt(all live.MultiSeries) any {
	type tooltip struct {
		Show bool `json:"show"`
	}
	type series struct {
		live.SingleSeries
		ShowAllSymbol bool     `json:"showAllSymbol,omitempty"`
		Silent        bool     `json:"silent,omitempty"`
		Tooltip       *tooltip `json:"tooltip,omitempty"`
	}
	out := make([]series, len(all))
	for i, s := range all {
		out[i] = series{SingleSeries: s, ShowAllSymbol: s.Type == "line"}
		if s.SeriesTooltip != nil {
			out[i].Silent, out[i].Tooltip = true, &tooltip{}
		}
	}
	return out
}

// VisitGrid keeps axis labels inside the chart. This is what ECharts 6 has in
// place of containLabel, which needs a part of its own there.
func (f finished) VisitGrid(grids []opts.Grid) any {
	type grid struct {
		opts.Grid
		Mode    string `json:"outerBoundsMode"`
		Contain string `json:"outerBoundsContain"`
	}
	out := make([]grid, len(grids))
	for i, g := range grids {
		out[i] = grid{g, "same", "axisLabel"}
	}
	return out
}

// VisitAngleAxis names the angles.
func (f finished) VisitAngleAxis(a opts.AngleAxis) any {
	return struct {
		opts.AngleAxis
		Data      []string        `json:"data"`
		AxisLabel *opts.AxisLabel `json:"axisLabel"`
		AxisLine  *opts.AxisLine  `json:"axisLine"`
		AxisTick  *opts.AxisTick  `json:"axisTick"`
	}{a, f.anglesOf, quietLabel(), quietLine(), &opts.AxisTick{Show: opts.Bool(false)}}
}

// VisitRadiusAxis gives the rings the quiet look of the other grids.
func (f finished) VisitRadiusAxis(r opts.RadiusAxis) any {
	return struct {
		opts.RadiusAxis
		AxisLabel *opts.AxisLabel `json:"axisLabel"`
		AxisLine  *opts.AxisLine  `json:"axisLine"`
		SplitLine *opts.SplitLine `json:"splitLine"`
	}{r, quietLabel(), quietLine(), quietGrid()}
}

// VisitVisualMaps names the colours of a heat map, one piece per level.
func (f finished) VisitVisualMaps(maps []opts.VisualMap) any {
	type visualMap struct {
		opts.VisualMap
		Pieces      []heatPiece `json:"pieces"`
		SeriesIndex int         `json:"seriesIndex"`
		Dimension   int         `json:"dimension"`
		OutOfRange  any         `json:"outOfRange"`
	}
	out := make([]visualMap, len(maps))
	for i, m := range maps {
		out[i] = visualMap{m, f.pieces, 0, 2, map[string]any{"color": emptyColor.hex()}}
	}
	return out
}

// common are the options every live chart begins with. decal puts patterns on
// areas; a chart whose cells carry text or that has no areas is better without.
func (a About) common(decal bool) []live.GlobalOpts {
	return []live.GlobalOpts{
		live.WithAnimation(false),
		live.WithAriaOpts(&opts.Aria{
			Enabled: opts.Bool(true),
			Label:   &opts.AriaLabel{Enabled: opts.Bool(true), Description: a.alternative()},
			Decal:   &opts.AriaDecal{Show: opts.Bool(decal)},
		}),
		// Each item's name is its value in words, so the tooltip needs no
		// function to write numbers the reader's way.
		live.WithTooltipOpts(opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "{a}\n{b}"}),
	}
}

// drawable is what all go-echarts charts have.
type drawable interface {
	Validate()
	Accept(live.ConfigurationVisitor)
	JSON() map[string]any
}

// encode turns a chart into JSON. Validate must come first: it is what puts the
// x axis in.
func encode(chart drawable, f finished) ([]byte, error) {
	chart.Validate()
	chart.Accept(f)
	return json.Marshal(chart.JSON())
}

// live is ECharts' name for a symbol.
func (s symbol) live() string {
	switch s {
	case square:
		return "rect"
	case triangle:
		return "triangle"
	case diamond:
		return "diamond"
	case flipped:
		return "path://M0,0L10,0L5,9Z"
	case ring:
		return "emptyCircle"
	case frame:
		return "emptyRect"
	case tent:
		return "emptyTriangle"
	default:
		return "circle"
	}
}

// hidden marks a series that only helps to draw: no tooltip, no mouse. Neither
// has a field in go-echarts; the visitor adds both to series without a tooltip.
func hidden(s *live.SingleSeries) { s.SeriesTooltip = &opts.SeriesTooltip{} }

// raw sets data that go-echarts' own item types cannot hold.
func raw(data any) live.SeriesOpts {
	return live.WithSeriesOpts(func(s *live.SingleSeries) { s.Data = data })
}

func quietText() *opts.TextStyle { return &opts.TextStyle{Color: liveQuiet.hex()} }

func quietLabel() *opts.AxisLabel {
	return &opts.AxisLabel{Show: opts.Bool(true), Color: liveQuiet.hex()}
}

func quietLine() *opts.AxisLine {
	return &opts.AxisLine{Show: opts.Bool(true), LineStyle: &opts.LineStyle{Color: liveQuiet.hex()}}
}

func quietGrid() *opts.SplitLine {
	return &opts.SplitLine{Show: opts.Bool(true), LineStyle: &opts.LineStyle{Color: liveGrid.css()}}
}
