package charts

import (
	"strings"
	"testing"
)

func TestLiveRadarLeavesMissingAxesOut(t *testing.T) {
	o := liveOptions(t, wheel())
	if got := o.AngleAxis.Data; len(got) != 6 || got[2] != "Support, lager og utstyr\n(for få svar)" {
		t.Errorf("axes %q", got)
	}
	own := o.Series[len(o.Series)-1]
	if own.Name != "Seljord" || own.CoordinateSystem != "polar" {
		t.Fatalf("last series %+v", own)
	}
	for i, want := range []any{3.313, 2.104, "-", 4.125, 1.65, 2.875, 3.313} {
		_, value := item(t, own.Data[i])
		if got := value.([]any)[0]; got != want {
			t.Errorf("axis %d is %v, want %v", i, got, want)
		}
	}
}

// A missing axis breaks the outline on both sides and gets no symbol: nothing
// is drawn in the centre.
func TestDrawnRadarLeavesMissingAxesOut(t *testing.T) {
	p := wheel().picture()
	own, lines, symbols := ownLook(), 0, 0
	var centre point
	for _, s := range p.shapes {
		if s, ok := s.(path); ok && s.ink.stroke == gridColor && !s.closed {
			centre = s.parts[0][0]
		}
	}
	for _, s := range p.shapes {
		switch s := s.(type) {
		case path:
			if s.ink.stroke != own.tint {
				continue
			}
			lines++
			for _, at := range s.parts[0] {
				if at == centre {
					t.Error("the outline passes through the centre")
				}
			}
		case disc:
			if s.ink.fill == own.tint {
				symbols++
			}
		}
	}
	if lines != 4+1 || symbols != 5+1 { // one of each in the key
		t.Errorf("%d stretches and %d symbols for five values around one gap", lines, symbols)
	}
	if svg := svgOf(t, wheel()); !strings.Contains(svg, ">for få svar</text>") {
		t.Error("the picture does not say why the axis is empty")
	}
}
