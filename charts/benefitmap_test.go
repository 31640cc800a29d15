package charts

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/png"
	"strings"
	"testing"

	"helhet/benefits"

	"pgregory.net/rapid"
)

func drawnMap(t *rapid.T) BenefitMap {
	m := BenefitMap{About: About{Title: "Kart", Sentence: "Fra tiltak til mål."}, Columns: [4]string{"Tiltak", "Endring", "Effekt", "Mål"}, Words: MapWords{"Slag", "Tekst", "Viser til", "Status", "Fører til"}}
	for i := range rapid.IntRange(0, benefits.MaxMapNodes).Draw(t, "boxes") {
		m.Map.Nodes = append(m.Map.Nodes, benefits.MapNode{ID: benefits.NodeID(fmt.Sprint("n", i)), Kind: rapid.SampledFrom(benefits.MapKinds).Draw(t, "kind"), Text: strings.Repeat("ord <&> ", rapid.IntRange(1, 18).Draw(t, "words"))})
	}
	for range rapid.IntRange(0, 40).Draw(t, "arrows") {
		if n := len(m.Map.Nodes); n > 0 {
			from, to := m.Map.Nodes[rapid.IntRange(0, n-1).Draw(t, "from")], m.Map.Nodes[rapid.IntRange(0, n-1).Draw(t, "to")]
			if from.Kind.Column() < to.Kind.Column() {
				m.Map.Edges = append(m.Map.Edges, benefits.MapEdge{From: from.ID, To: to.ID})
			}
		}
	}
	m.Map.Title = "Kart"
	checked, _ := benefits.CheckMap(m.Map)
	for i := range checked.Nodes { // texts may be alike here
		checked.Nodes[i].Text = fmt.Sprint(checked.Nodes[i].Text, i)
	}
	m.Map = checked
	for i := range m.Map.Nodes {
		m.BoxNotes, m.BoxLinks = append(m.BoxNotes, []string{"", "Måles, 58 % nådd"}[i%2]), append(m.BoxLinks, "")
	}
	return m
}

// No box of a drawn map lies on another, all stand inside it, and what is written stands inside its box.
func TestBoxesOfAMapDontOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawnMap(t).Drawing()
		for i, b := range d.Boxes {
			if b.X < 0 || b.Y < 0 || b.X+b.W > d.Width || b.Y+b.H > d.Height {
				t.Fatalf("%+v stands outside %v × %v", b, d.Width, d.Height)
			}
			for _, line := range b.Lines {
				if line.Y < b.Y || line.Y > b.Y+b.H-2 || line.X < b.X {
					t.Fatalf("%+v is not in %+v", line, b)
				}
			}
			for _, c := range d.Boxes[:i] {
				if b.X < c.X+c.W && c.X < b.X+b.W && b.Y < c.Y+c.H && c.Y < b.Y+b.H {
					t.Fatalf("%+v lies on %+v", b, c)
				}
			}
		}
	})
}

// The files can be read, and say what the map does.
func TestAMapAsPictures(t *testing.T) {
	m := BenefitMap{About: About{Title: "Digitalt tilsyn", Sentence: "Fra tiltak til mål.", Synthetic: "Syntetiske data"}, Columns: [4]string{"Tiltak", "Endring", "Effekt", "Mål"}, Words: MapWords{"Slag", "Tekst", "Viser til", "Status", "Fører til"},
		Map: benefits.MapData{Nodes: []benefits.MapNode{{ID: "a", Kind: benefits.MapMeasure, Text: "Sensorer <b> & opplæring"}, {ID: "b", Kind: benefits.MapEffect, Text: "Mindre kjøring"}, {ID: "c", Kind: benefits.MapGoal, Text: "Trygg natt"}},
			Edges: []benefits.MapEdge{{From: "a", To: "b"}, {From: "a", To: "c"}, {From: "b", To: "c"}}}, BoxNotes: []string{"", "Måles", ""}, BoxLinks: []string{"Kjøp sensorer", "", ""}}
	var svg, image, table bytes.Buffer
	if err := m.SVG(&svg); err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(svg.Bytes(), new(struct{})); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"Sensorer &lt;b&gt; &amp; opplæring", "Trygg natt", "Måles", "Syntetiske data", ">Endring<"} {
		if !strings.Contains(svg.String(), want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(svg.String(), "style=") {
		t.Error("a style attribute")
	}
	if err := m.PNG(&image); err != nil {
		t.Fatal(err)
	}
	if img, err := png.Decode(&image); err != nil || img.Bounds().Dx() < 2000 {
		t.Error(err)
	}
	if err := m.CSV(&table); err != nil || !strings.Contains(table.String(), "Mindre kjøring; Trygg natt") {
		t.Errorf("%v %s", err, table.String())
	}
	if arrows := m.Drawing().Arrows; len(arrows) != 3 || strings.Count(arrows[1].Path, "C") != 3 {
		t.Errorf("an arrow over two columns has a curve in each gap: %+v", arrows)
	}
}
