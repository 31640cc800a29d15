package charts

import (
	"slices"
	"strings"
	"testing"
)

func TestBarsAsTable(t *testing.T) {
	table := statuses().Table()
	if got := table.Header; got[0] != "Type" || got[1] != "Idé" || got[len(got)-1] != "I alt" {
		t.Errorf("header %q", got)
	}
	if got := table.Rows[0]; !slices.Equal(got, []string{"Spart tid", "3", "5", "4", "2", "1", "0", "6", "21"}) {
		t.Errorf("the first row reads %q", got)
	}
	table = reached().Table()
	if got := table.Header; !slices.Equal(got, []string{"Indikator", "Målt, prosent av planen", "låg", "høg", "Mengd"}) {
		t.Errorf("header %q", got)
	}
	for i, want := range [][]string{
		{"Timar køyrt", "65", "51", "78", "52 av 80 timar per veke, 8 gevinstar"},
		{"Nattlege tilsyn", "for få kommunar", "", "", ""},
		{"Fall", "-12", "-30", "8", ""},
		{"Overtid", "ikkje målt", "", "", ""},
	} {
		if got := table.Rows[i]; !slices.Equal(got, want) {
			t.Errorf("row %d reads %q, want %q", i, got, want)
		}
	}
}

// What is withheld or was not measured is said where its bar would be, and no bar
// of nought is drawn for it.
func TestAMissingBarIsSaidAndNotDrawn(t *testing.T) {
	b := reached()
	bars := 0
	for _, s := range b.picture().shapes {
		if s, ok := s.(path); ok && s.closed && s.ink.fill == lookOf(0).tint {
			bars++
		}
	}
	if bars != 3 {
		t.Errorf("%d bars are drawn for three values", bars)
	}
	for _, why := range []string{">for få kommunar</text>", ">ikkje målt</text>"} {
		if !strings.Contains(svgOf(t, b), why) {
			t.Errorf("the picture does not say %q", why)
		}
	}
	o := liveOptions(t, b)
	for i, want := range []any{65.0, "-", -12.0, "-", 118.0} {
		if _, got := item(t, o.Series[0].Data[i]); got != want {
			t.Errorf("live: bar %d is %v, want %v", i, got, want)
		}
	}
	if got := o.YAxis[0].Data[1]; got != "Nattlege tilsyn\n(for få kommunar)" {
		t.Errorf("live: named %q", got)
	}
}

// Parts differ by their pattern too, each of nine by another.
func TestPartsHavePatterns(t *testing.T) {
	seen := map[string]int{}
	for i := range 9 {
		p := picture{letters: newLetters()}
		hatch(&p, i, 0, 0, 60, 20)
		var key strings.Builder
		for _, s := range p.shapes {
			for _, at := range s.(path).parts[0] {
				if at.x < 0 || at.x > 60 || at.y < -1e-9 || at.y > 20+1e-9 {
					t.Errorf("pattern %d leaves its part at %v", i, at)
				}
				key.WriteString(number(at.x) + "," + number(at.y) + ";")
			}
		}
		if j, ok := seen[key.String()]; ok {
			t.Errorf("parts %d and %d have the same pattern", i, j)
		}
		seen[key.String()] = i
	}
	if o := liveOptions(t, statuses()); !o.Aria.Decal.Show || len(o.Legend.Data) != 7 {
		t.Errorf("live: decal %v, legend %q", o.Aria.Decal.Show, o.Legend.Data)
	}
}

func TestScatterLeavesGapsToTheTable(t *testing.T) {
	s := pairs()
	if got := len(s.Table().Rows); got != 36 {
		t.Errorf("%d rows for 36 pairs", got)
	}
	if got := s.Table().Rows[0][2]; got != "ikkje målt" {
		t.Errorf("a gap reads %q", got)
	}
	drawn := 0
	o := liveOptions(t, s)
	for _, series := range o.Series {
		for _, d := range series.Data {
			if _, v := item(t, d); v.([]any)[1] == gapMark {
				t.Error("a gap is drawn")
			}
			drawn++
		}
	}
	if drawn != 30 || len(o.Legend.Data) != 6 {
		t.Errorf("%d dots are drawn for 30 pairs, legend %q", drawn, o.Legend.Data)
	}
}

// What no bar has anything of is explained nowhere; the unit stands at the axis, and long numbers there don't touch.
func TestBarsExplainWhatTheyShow(t *testing.T) {
	b := statuses()
	for i := range b.Rows {
		b.Rows[i].Values[5] = Score(0)
	}
	picture, o := svgOf(t, b), liveOptions(t, b)
	if legend := o.Legend.Data; slices.Contains(legend, b.Parts[5]) || !slices.Contains(legend, b.Parts[0]) || strings.Contains(picture, ">"+b.Parts[5]+"</text>") || !strings.Contains(picture, ">"+b.Parts[0]+"</text>") {
		t.Errorf("explained: %q", legend)
	}
	for i := range b.Rows {
		for j := range b.Parts {
			b.Rows[i].Values[j] = Score(0)
		}
	}
	if legend := liveOptions(t, b).Legend.Data; len(legend) != len(b.Parts) {
		t.Errorf("with nothing drawn %q are explained", legend)
	}
	b = reached()
	if !strings.Contains(svgOf(t, b), ">"+b.Unit+"</text>") {
		t.Errorf("%q is not said at the axis", b.Unit)
	}
	b.Rows[0].Values[0], b.Format.Group = Score(9e12), " "
	last := 0.0
	for _, s := range b.picture().shapes {
		if s, ok := s.(label); ok && s.style.color == quietColor && s.anchor == middle {
			half := newLetters().width(s.text, s.style) / 2
			if s.at.x-half < last {
				t.Errorf("%q touches the number before", s.text)
			}
			last = s.at.x + half
		}
	}
	if last == 0 {
		t.Error("no number stands at the axis")
	}
}
