package charts

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTheCourseAsTable(t *testing.T) {
	table := course().Table()
	want := []string{"Dag", "Nullpunkt, timar", "Nullpunkt, låg", "Nullpunkt, høg", "Plan, timar", "Målt, timar", "Målt, låg", "Målt, høg"}
	if !slices.Equal(table.Header, want) {
		t.Errorf("header %q", table.Header)
	}
	for i, want := range [][]string{
		{"15.01.2026", "40", "38", "42,5", "", "", "", ""},
		{"01.03.2026", "", "", "", "40", "", "", ""},
		{"1.–31.05.2026", "", "", "", "", "36,25", "35", "38"},
		{"01.09.2026", "", "", "", "", "ikkje målt", "", ""},
		{"20.11.2026", "", "", "", "", "31,5", "", ""},
		{"15.01.2027", "", "", "", "22,5", "", "", ""},
	} {
		if !slices.Equal(table.Rows[i], want) {
			t.Errorf("row %d reads %q, want %q", i, table.Rows[i], want)
		}
	}
	if got := table.Foot[0]; !slices.Equal(got, []string{"Kjelde", "Gevinstane i Seljord, 29.11.2026"}) {
		t.Errorf("what it rests on reads %q", got)
	}
}

// A value that is drawn at another day than it is of says its own day.
func TestALagStandsInTheTable(t *testing.T) {
	table := together().Table()
	want := []string{"Dag", "Nivå", "Nådd av planen, Dag", "Nådd av planen, prosent", "Nådd av planen, låg", "Nådd av planen, høg"}
	if !slices.Equal(table.Header, want) {
		t.Errorf("header %q", table.Header)
	}
	if got := table.Rows[0]; !slices.Equal(got, []string{"15.04.2024", "1,90", "15.04.2025", "-5", "-9", "4"}) {
		t.Errorf("the first row reads %q", got)
	}
	if got := table.Rows[2]; got[1] != "ikkje levert" {
		t.Errorf("a round without a level reads %q", got)
	}
}

func TestCSVOfTheCourse(t *testing.T) {
	var out bytes.Buffer
	if err := course().CSV(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, "course.csv", out.Bytes())
}

func TestMissingMeasurementsAreExplained(t *testing.T) {
	want := "Brot i linja: Målt: 01.09.2026 ikkje målt."
	if got := course().gaps(); len(got) != 1 || got[0] != want {
		t.Errorf("got %q", got)
	}
}

// Gaps at any place of a track are gaps in table, picture and live chart: as many
// stretches as the values have, a symbol for each value, and none for a gap.
func TestACourseIsNeverBridged(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := Course{About: About{Format: English(), Words: nynorsk()}, Panels: []Panel{{Tracks: []Track{{Name: "M"}}}}}
		track := &c.Panels[0].Tracks[0]
		stretches, values, before := 0, 0, false
		for i := range rapid.IntRange(1, 9).Draw(rt, "points") {
			pt := Point{Day: day(2026, 1, 1).AddDate(0, i, 0), When: string(rune('a' + i)), Value: Gap(NotMeasured)}
			if rapid.Bool().Draw(rt, "measured") {
				pt.Value = Score(rapid.IntRange(-9000, 90000).Draw(rt, "value"))
				values++
			}
			if before && pt.Value.Present() && len(track.Points) > 0 && !(len(track.Points) > 1 && track.Points[len(track.Points)-2].Value.Present()) {
				stretches++
			}
			before = pt.Value.Present()
			track.Points = append(track.Points, pt)
		}
		for i, row := range c.Table().Rows {
			if want := c.amount(track.Points[i].Value); row[1] != want {
				rt.Fatalf("table: %q, want %q", row[1], want)
			}
		}
		o := liveOptions(t, c)
		last := o.Series[len(o.Series)-1]
		for i, pt := range track.Points {
			if _, v := item(t, last.Data[i]); v.([]any)[1] != levels(pt.Value) {
				rt.Fatalf("live: %v, want %v", v, levels(pt.Value))
			}
		}
		if last.ConnectNulls {
			rt.Fatal("live: gaps are bridged")
		}
		lines, symbols := 0, 0
		k := lookOf(0)
		for _, s := range c.picture().shapes {
			if s, ok := s.(path); ok && !s.closed && s.ink.stroke == k.tint {
				lines++
			}
			if s, ok := s.(disc); ok && s.ink.fill == k.tint {
				symbols++
			}
		}
		named := 0
		if values > 0 {
			named = 1 // the name at the edge has the symbol too
		}
		if lines != stretches || symbols != values+named {
			rt.Fatalf("%d stretches drawn for %d, %d symbols for %d values", lines, stretches, symbols, values)
		}
	})
}

// How low and high a value may be is drawn where both are known, on the page too.
func TestRangesAreDrawn(t *testing.T) {
	var ranges int
	for _, s := range liveOptions(t, course()).Series {
		if s.Type == "line" && s.Symbol == "rect" && len(s.Data)%3 == 0 {
			ranges += len(s.Data) / 3
		}
	}
	if ranges != 2 {
		t.Errorf("%d ranges on the live chart, want the baseline's and one measurement's", ranges)
	}
	if svg := svgOf(t, course()); strings.Count(svg, `stroke-width="1.4"`) != 6 {
		t.Errorf("%d strokes of ranges in the picture, want three for each of two", strings.Count(svg, `stroke-width="1.4"`))
	}
	named := false
	for _, s := range liveOptions(t, course()).Series {
		for _, d := range s.Data {
			if name, _ := item(t, d); name == "1.–31.05.2026: 36,25 (35–38)" {
				named = true
			}
		}
	}
	if !named {
		t.Error("the tooltip does not tell the range")
	}
}

// The lag is drawn as long as it is, and said.
func TestALagIsDrawnAndSaid(t *testing.T) {
	c := together()
	axis := c.axis(&picture{letters: newLetters()}, c.edgeNames())
	want := axis.x(axis.from.AddDate(0, 12, 0)) - axis.left
	drawn := false
	for _, s := range c.picture().shapes {
		if s, ok := s.(path); ok && s.ink.width == 1.5 && s.ink.stroke == quietColor {
			drawn = drawn || s.parts[0][1].x-s.parts[0][0].x == want
		}
	}
	if !drawn {
		t.Error("no measure of the lag is drawn")
	}
	for form, text := range map[string]string{"picture": svgOf(t, c), "options": string(must(c.ECharts()))} {
		if !strings.Contains(text, "12 månader seinare") {
			t.Errorf("the %s does not say the lag", form)
		}
	}
	c.Lag = 0
	for _, s := range c.picture().shapes {
		if s, ok := s.(label); ok && s.text == c.LagName {
			t.Error("without a lag one is drawn")
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestTheAxisOfTimeHasFewTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := timeline{left: 0, right: 600, from: anyDay().Draw(t, "from")}
		l.to = l.from.Add(time.Duration(rapid.Int64Range(1, int64(290*365*24*time.Hour)).Draw(t, "long")))
		ticks := l.ticks()
		if len(ticks) > 10 {
			t.Fatalf("%d ticks from %v to %v", len(ticks), l.from, l.to)
		}
		for i, tick := range ticks {
			if tick.Before(l.from) || tick.After(l.to) || tick.Day() != 1 || i > 0 && !tick.After(ticks[i-1]) {
				t.Fatalf("tick %v from %v to %v", tick, l.from, l.to)
			}
		}
	})
}

// An axis of amounts holds nought and every value, with few ticks a simple step apart.
func TestAnAxisOfAmounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(-1e15, 1e15), 0, 6).Draw(t, "values")
		s, ticks := amountScale(scoresOf(values))
		if s.Min > 0 || s.Max < 0 || s.Min >= s.Max || len(ticks) < 2 || len(ticks) > 9 {
			t.Fatalf("%v with %d ticks", s, len(ticks))
		}
		for _, v := range values {
			if v < s.Min || v > s.Max {
				t.Fatalf("%d lies outside %v", v, s)
			}
		}
		if ticks[0] != s.Min || ticks[len(ticks)-1] != s.Max {
			t.Fatalf("the ticks %v do not span %v", ticks, s)
		}
	})
	if s, ticks := amountScale(amounts(40, 22.5)); s != (Scale{0, 40000}) || len(ticks) != 5 {
		t.Errorf("for 40 and 22.5: %v, %v", s, ticks)
	}
}

func scoresOf(values []int) []Value {
	out := make([]Value, len(values))
	for i, v := range values {
		out[i] = Score(v)
	}
	return out
}

func TestAmountsAreWrittenWithTheDecimalsTheyHave(t *testing.T) {
	grouped := Norwegian()
	grouped.Group = "\u00a0"
	for _, c := range []struct {
		f    Format
		n    int
		want string
	}{
		{Norwegian(), 22500, "22,5"}, {Norwegian(), 40000, "40"}, {Norwegian(), -750, "-0,75"}, {Norwegian(), 1234567890, "1234567,89"},
		{grouped, 1234567890, "1\u00a0234\u00a0567,89"}, {grouped, -1234000, "-1\u00a0234"}, {grouped, 999000, "999"}, {English(), 125, "0.125"}, {English(), 0, "0"},
	} {
		if got := c.f.Amount(c.n); got != c.want {
			t.Errorf("%d reads %q, want %q", c.n, got, c.want)
		}
	}
}

// What is counted in ones has no ticks between them, and a number on an axis is written whole however long it is.
func TestTicksAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(-2000, 2000), 0, 6).Draw(t, "values")
		s, ticks := countScale(scoresOf(values))
		for i, tick := range ticks {
			if tick%1000 != 0 || i > 0 && tick <= ticks[i-1] {
				t.Fatalf("ticks %v", ticks)
			}
		}
		for _, v := range values {
			if v < s.Min || v > s.Max {
				t.Fatalf("%d lies outside %v", v, s)
			}
		}
	})
	c := course()
	c.Panels = []Panel{{Name: "Kroner", Tracks: []Track{{Name: "Målt", Points: []Point{{Day: c.Panels[0].Tracks[0].Points[0].Day, Value: Score(1e12)}}}}}}
	if got := svgOf(t, c); !strings.Contains(got, ">1000000000</text>") {
		t.Error("a thousand million is cut on the axis")
	}
	c.Panels[0].Counts, c.Panels[0].Tracks[0].Points[0].Value = true, Score(1000)
	if got := svgOf(t, c); strings.Contains(got, ">0,2</text>") || !strings.Contains(got, ">1</text>") {
		t.Error("one is counted in parts of it")
	}
}
