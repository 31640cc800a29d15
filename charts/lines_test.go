package charts

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// options is what the tests read of a live chart.
type options struct {
	Animation bool `json:"animation"`
	XAxis     []struct {
		Data []any `json:"data"`
	} `json:"xAxis"`
	YAxis   []struct{ Data []any } `json:"yAxis"`
	Tooltip struct {
		RenderMode string `json:"renderMode"`
		Formatter  string `json:"formatter"`
	} `json:"tooltip"`
	Aria struct {
		Enabled bool
		Label   struct{ Description string }
		Decal   struct{ Show bool }
	} `json:"aria"`
	AngleAxis struct{ Data []string } `json:"angleAxis"`
	Legend    struct{ Data []string } `json:"legend"`
	Series    []struct {
		ID, Name, Type, Symbol, CoordinateSystem string
		ConnectNulls                             bool
		ShowAllSymbol                            bool
		Data                                     []json.RawMessage
	} `json:"series"`
	Toolbox any `json:"toolbox"`
}

// item is a data item as ECharts reads it: an object, or the bare value.
func item(t testing.TB, raw json.RawMessage) (name string, value any) {
	t.Helper()
	var object struct {
		Name  string
		Value any
	}
	if raw[0] == '{' {
		if err := json.Unmarshal(raw, &object); err != nil {
			t.Fatal(err)
		}
		if object.Value == nil {
			t.Fatalf("an item without a value: %s", raw)
		}
		return object.Name, object.Value
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		t.Fatal(err)
	}
	return "", value
}

func liveOptions(t testing.TB, c chart) options {
	t.Helper()
	b, err := c.ECharts()
	if err != nil {
		t.Fatal(err)
	}
	var o options
	if err := json.Unmarshal(b, &o); err != nil {
		t.Fatal(err)
	}
	for _, banned := range []string{"function", "__f__", "dataView", `"html"`} {
		if strings.Contains(string(b), banned) {
			t.Errorf("the options hold %q", banned)
		}
	}
	return o
}

func TestLiveTrend(t *testing.T) {
	o := liveOptions(t, trend())
	if len(o.XAxis) != 1 || len(o.XAxis[0].Data) != 6 || o.XAxis[0].Data[1] != "Haust 2024\nn = 6" {
		t.Errorf("x axis %+v", o.XAxis)
	}
	if o.Tooltip.RenderMode != "richText" || !o.Aria.Enabled || !o.Aria.Decal.Show || o.Toolbox != nil {
		t.Errorf("tooltip %+v, aria %+v, toolbox %v", o.Tooltip, o.Aria, o.Toolbox)
	}
	if !strings.HasPrefix(o.Aria.Label.Description, "Seljord har gått frå") {
		t.Errorf("described as %q", o.Aria.Label.Description)
	}
	last := o.Series[len(o.Series)-1]
	if last.ID != "seljord" {
		t.Errorf("on top lies %q, not the reader's own", last.Name)
	}
	for _, s := range o.Series {
		if s.ConnectNulls || !s.ShowAllSymbol {
			t.Errorf("%s bridges gaps or hides symbols", s.Name)
		}
		if s.ID == "fyresdal" {
			if name, value := item(t, s.Data[1]); value != "-" || name != "Haust 2024: ikkje levert" {
				t.Errorf("the gap is %v, named %q", value, name)
			}
			if name, value := item(t, s.Data[2]); value != 1.396 || name != "Vår 2025: 1,40" {
				t.Errorf("a value is %v, named %q", value, name)
			}
		}
	}
}

// gapsEverywhere is a trend whose lines have gaps in every possible pattern.
func gapsEverywhere(t *rapid.T) Lines {
	l := Lines{About: About{Title: "t", Format: English(), Words: nynorsk()}}
	rounds := rapid.IntRange(1, 8).Draw(t, "rounds")
	for i := range rounds {
		l.Rounds = append(l.Rounds, Round{Name: fmt.Sprint("R", i)})
	}
	others := rapid.SampledFrom([]int{0, 3, 7, crowd + 3}).Draw(t, "others")
	for i := range others + 1 {
		s := Series{ID: fmt.Sprint("id", i), Name: fmt.Sprint("M", i), Own: i == others}
		for range rounds {
			v := Gap(Reason(rapid.Uint8Range(0, 6).Draw(t, "reason")))
			if rapid.Bool().Draw(t, "present") {
				v = Score(rapid.IntRange(0, 5000).Draw(t, "value"))
			}
			s.Values = append(s.Values, v)
		}
		l.Series = append(l.Series, s)
	}
	return l
}

// A gap at any place is a gap in the table, in the live chart and in the
// picture, and a value at any place is seen in all three.
func TestAGapIsAGapEverywhere(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := gapsEverywhere(rt)
		table := l.Table()
		for i, s := range l.Series {
			for j, v := range s.Values {
				want := nynorsk().Why(v.Reason())
				if n, ok := v.Thousandths(); ok {
					want = l.Format.Score(n)
				}
				if got := table.Rows[i][j+1]; got != want {
					rt.Fatalf("table: %s in %s reads %q, want %q", s.Name, l.Rounds[j].Name, got, want)
				}
			}
		}
		o := liveOptions(t, l)
		found := 0
		for _, live := range o.Series {
			for _, s := range l.Series {
				if s.ID != live.ID {
					continue
				}
				found++
				for j, v := range s.Values {
					_, got := item(t, live.Data[j])
					if got != levels(v) {
						rt.Fatalf("live: %s in %s is %v, want %v", s.Name, l.Rounds[j].Name, got, levels(v))
					}
				}
			}
		}
		if found != len(l.Series) {
			rt.Fatalf("live: %d of %d lines", found, len(l.Series))
		}
		checkDrawnGaps(rt, l)
	})
}

// checkDrawnGaps reads the SVG back: the reader's own line has as many
// stretches as its values have, none passes over a round, and each value has
// its symbol.
func checkDrawnGaps(t *rapid.T, l Lines) {
	own := l.Series[len(l.Series)-1]
	k := lookOf(len(l.Series) - 1)
	stretches, points, before := 0, 0, false
	for j, v := range own.Values {
		if v.Present() {
			points++
			if before && (j < 2 || !own.Values[j-2].Present()) {
				stretches++
			}
		}
		before = v.Present()
	}
	var svg strings.Builder
	if err := l.SVG(&svg); err != nil {
		t.Fatal(err)
	}
	drawn, marks, step := 0, 0, widestStep(l)
	for d := xml.NewDecoder(strings.NewReader(svg.String())); ; {
		token, err := d.Token()
		if err != nil {
			break
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attributes := map[string]string{}
		for _, a := range element.Attr {
			attributes[a.Name.Local] = a.Value
		}
		colour := k.tint.hex()
		switch line := element.Name.Local == "path" && !strings.HasSuffix(attributes["d"], "Z"); {
		case line && attributes["stroke"] == colour && attributes["stroke-width"] == "4":
			xs := abscissas(attributes["d"])
			drawn++
			for i := 1; i < len(xs); i++ {
				if xs[i]-xs[i-1] > step+0.02 {
					t.Fatalf("a line passes over a round: %v", xs)
				}
			}
		case line:
		case attributes["fill"] == colour || attributes["stroke"] == colour:
			marks++
		}
	}
	// The legend at the edge has one symbol more, if anything is present.
	if drawn != stretches || (points > 0 && marks != points+1) || (points == 0 && marks != 0) {
		t.Fatalf("%d stretches drawn for %d, %d symbols for %d values", drawn, stretches, marks, points)
	}
}

func abscissas(d string) []float64 {
	var out []float64
	for _, pair := range strings.FieldsFunc(d, func(r rune) bool { return r == 'M' || r == 'L' }) {
		x, _, _ := strings.Cut(pair, " ")
		f, err := strconv.ParseFloat(x, 64)
		if err != nil {
			panic(err)
		}
		out = append(out, f)
	}
	return out
}

// widestStep is the distance between two rounds in the picture, taken from its
// tick marks under the axis.
func widestStep(l Lines) float64 {
	var ticks []float64
	for _, s := range l.picture().shapes {
		if p, ok := s.(path); ok && p.ink.stroke == axisColor && len(p.parts[0]) == 2 && p.parts[0][0].x == p.parts[0][1].x {
			ticks = append(ticks, p.parts[0][0].x)
		}
	}
	widest := 0.0
	for i := 1; i < len(ticks); i++ {
		widest = max(widest, ticks[i]-ticks[i-1])
	}
	return widest
}

// Names at the edge never overlap, keep the order of their scores, and stay
// beside the plot as long as there is room.
func TestNamesAtTheEdge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		area := plot{top: 100, bottom: 460, scale: Scale{}.around()}
		var names []*edgeName
		for range rapid.IntRange(0, 18).Draw(t, "names") {
			names = append(names, &edgeName{last: rapid.IntRange(0, 5000).Draw(t, "last")})
		}
		placeNames(names, area)
		for i, a := range names {
			if a.y < area.top-edgeHeight || a.y > area.bottom+edgeHeight {
				t.Fatalf("a name at %v lies outside", a.y)
			}
			for _, b := range names[i+1:] {
				if math.Abs(a.y-b.y) < edgeHeight-1e-6 {
					t.Fatalf("names at %v and %v overlap", a.y, b.y)
				}
				if (a.last > b.last) != (a.y < b.y) && a.last != b.last {
					t.Fatalf("the higher score %d stands at %v, %d at %v", a.last, a.y, b.last, b.y)
				}
			}
		}
	})
}

func TestGapsAreExplained(t *testing.T) {
	want := "Brot i linja: Fyresdal: Haust 2024 ikkje levert; Tokke: Vår 2024–Haust 2024 deltok ikkje."
	if got := trend().gaps(); len(got) != 1 || got[0] != want {
		t.Errorf("got %q", got)
	}
}

func TestALineThatEndedEarlySaysWhy(t *testing.T) {
	l := trend()
	l.Series[0].Values = append(scores(1500, 1600, 1700, 1800), Gap(NotTakingPart), Gap(TooFewAnswers))
	for _, n := range l.edgeNames() {
		if strings.HasPrefix(n.text, "Drangedal") && n.text != "Drangedal (for få svar)" {
			t.Errorf("named %q", n.text)
		}
	}
}

// national is as large as trends get: all municipalities through twenty rounds.
func national() Lines {
	l := Lines{About: about()}
	for i := range 20 {
		l.Rounds = append(l.Rounds, Round{Name: fmt.Sprintf("Vår %d", 2020+i), Publication: fmt.Sprintf("%06x", i*7919), N: 357})
		l.Median = append(l.Median, Score(2000+i*60))
		l.Q1, l.Q3 = append(l.Q1, Score(1500+i*60)), append(l.Q3, Score(2600+i*60))
	}
	for i := range 357 {
		s := Series{ID: fmt.Sprint(i), Name: fmt.Sprint("Kommune ", i), Own: i == 200}
		for j := range 20 {
			v := Score(min(5000, 400+(i*9973)%2900+j*70+(i*j*37)%300))
			if (i+j)%17 == 0 {
				v = Gap(NotHandedIn)
			}
			s.Values = append(s.Values, v)
		}
		l.Series = append(l.Series, s)
	}
	return l
}

func TestACrowdIsFaintAndUnnamed(t *testing.T) {
	l := national()
	names := 0
	for _, s := range l.picture().shapes {
		if s, ok := s.(label); ok && strings.HasPrefix(s.text, "Kommune ") {
			names++
		}
	}
	if names != 1 {
		t.Errorf("%d lines are named in the crowd, want the reader's own", names)
	}
	o := liveOptions(t, l)
	if len(o.Legend.Data) != 3 { // own, median, quartiles
		t.Errorf("legend %q", o.Legend.Data)
	}
	b, err := l.ECharts()
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > 250_000 {
		t.Errorf("the live crowd is %d bytes", len(b))
	}
	if rows := l.Table().Rows; len(rows) != 357+3 {
		t.Errorf("the table has %d rows", len(rows))
	}
	paint(l.picture(), smallPixels)
}

// A band needs both quartiles: one alone must not fill down to zero.
func TestBandNeedsBothQuartiles(t *testing.T) {
	l := trend()
	l.Q3 = append([]Value{Gap(Withheld)}, l.Q3[1:]...)
	for _, s := range liveOptions(t, l).Series[:2] {
		if _, v := item(t, s.Data[0]); v != "-" {
			t.Errorf("%s is %v where a quartile is withheld", s.Name, v)
		}
	}
	l.Q3 = nil
	for _, s := range l.picture().shapes {
		if s, ok := s.(path); ok && s.ink.fill == bandColor {
			t.Error("a band is drawn without an upper quartile")
		}
	}
}

func TestScaleHoldsWhatIsShown(t *testing.T) {
	if got := (Scale{}).around(); got != (Scale{0, 5000}) {
		t.Errorf("default %v", got)
	}
	if got := (Scale{}).around(scores(5200)); got != (Scale{0, 6000}) {
		t.Errorf("with 5.2 inside %v", got)
	}
	if got := (Scale{}).around([]Value{Score(-300)}); got != (Scale{-1000, 5000}) {
		t.Errorf("with -0.3 inside %v", got)
	}
	if got := (Scale{0, 100000}).ticks(); len(got) > 11 {
		t.Errorf("%d ticks", len(got))
	}
}
