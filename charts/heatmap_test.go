package charts

import (
	"strings"
	"testing"
)

func TestLiveHeatMap(t *testing.T) {
	h := heat(model())
	o := liveOptions(t, h)
	if len(o.XAxis) != 1 || len(o.XAxis[0].Data) != 24 || len(o.YAxis[0].Data) != 8 {
		t.Fatalf("axes %+v %+v", o.XAxis, o.YAxis)
	}
	scored, empty := map[[2]int]float64{}, map[[2]int]string{}
	for _, s := range o.Series {
		for _, raw := range s.Data {
			name, value := item(t, raw)
			v := value.([]any)
			at := [2]int{int(v[1].(float64)), int(v[0].(float64))}
			switch s.Type {
			case "heatmap":
				scored[at] = v[2].(float64)
			case "scatter":
				if len(v) != 2 {
					t.Errorf("a cell without a score has the value %v", v)
				}
				empty[at] = name
			}
		}
	}
	for i, r := range h.Rows {
		for j, v := range r.Values {
			at := [2]int{i, j}
			if n, ok := v.Thousandths(); ok {
				if got, there := scored[at]; !there || got != float64(n)/1000 {
					t.Errorf("%s, column %d: %v (%v)", r.Name, j, got, there)
				}
				continue
			}
			if name := empty[at]; !strings.HasSuffix(name, nynorsk().Why(v.Reason())) {
				t.Errorf("%s, column %d: without a score, named %q", r.Name, j, name)
			}
		}
	}
	if len(scored)+len(empty) != 8*24 {
		t.Errorf("%d cells", len(scored)+len(empty))
	}
}

func TestLevelsAreTheNearest(t *testing.T) {
	for thousandths, want := range map[int]int{
		-400: 0, 0: 0, 499: 0, 500: 1, 1499: 1, 1500: 2, 4499: 4, 4500: 5, 5000: 5, 9000: 5,
	} {
		if got := levelOf(thousandths); got != want {
			t.Errorf("%d is drawn as level %d, want %d", thousandths, got, want)
		}
	}
}

// Heads and names fit however long they are: no text begins or ends outside.
func TestLongNamesStayInside(t *testing.T) {
	long := strings.Repeat("Samhandlingsutviklingskommunen ", 6)
	for name, c := range map[string]HeatMap{"24": heat(model()), "6": heat(areas())} {
		c.Title, c.Sentence, c.Notes = long, long, []string{long}
		for i := range c.Columns {
			c.Columns[i].Name, c.Columns[i].Group = long, long+c.Columns[i].Group
		}
		for i := range c.Rows {
			c.Rows[i].Name = long
		}
		p := c.picture()
		for _, s := range p.shapes {
			l, ok := s.(label)
			if !ok {
				continue
			}
			first, last := l.ends(p.letters)
			if min(first.x, last.x) < 0 || max(first.x, last.x) > p.width+0.5 || min(first.y, last.y) < 0 || max(first.y, last.y) > p.height {
				t.Errorf("%s columns: %q reaches from %v to %v on %v × %v", name, l.text, first, last, p.width, p.height)
			}
		}
	}
}

// ends are where a label's baseline begins and ends.
func (l label) ends(letters *letters) (first, last point) {
	width := letters.width(l.text, l.style)
	shift := map[anchor]float64{start: 0, middle: -width / 2, end: -width}[l.anchor]
	d := dial{axes: 360}
	unit := d.rim(int(l.angle+90+360)%360, 1)
	along := func(by float64) point { return point{l.at.x + by*unit.x, l.at.y + by*unit.y} }
	return along(shift), along(shift + width)
}

// A scale may begin above nought and end below or beyond five: it has as many colours in the legend as levels, and no limit below the first or
// above the last.
func TestLevelsOfAnotherScale(t *testing.T) {
	h := HeatMap{Lowest: 1, Levels: []string{"1 a", "2 b", "3 c", "4 d", "5 e", "6 f", "7 g"}}
	pieces := h.pieces()
	if len(pieces) != 7 || pieces[0].Gte != nil || *pieces[0].Lt != 1.5 || *pieces[6].Gte != 6.5 || pieces[6].Lt != nil {
		t.Fatalf("%+v", pieces)
	}
	if pieces[0].Color != levelTint(1).hex() || pieces[6].Color != levelTint(5).hex() || pieces[6].Label != "7 g" {
		t.Errorf("%+v", pieces)
	}
	if none := (HeatMap{}).pieces(); len(none) != 6 || *none[5].Gte != 4.5 {
		t.Errorf("%+v", none)
	}
}
