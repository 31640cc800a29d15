package benefits

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"

	"pgregory.net/rapid"
)

// nasty are texts that a map as text could take for something else.
var nasty = []string{"A -> B", `"A"`, `a "b" c`, "mål: alt", "Effect : x", "→", "x [b-4f0c91d27ab35e60]", "[b-4f0c91d27ab35e60]", "x [s-91d27ab35e604f0c]", "[s-91d27ab35e604f0c] [b-4f0c91d27ab35e60]", `""`, ":", "->", "# hei", "a]", "[", "Æ ø å", "tiltak:", `"`, `x "`, `" -> "`}

// drawMap draws a map that may be kept: boxes whose texts differ, and arrows to later columns.
func drawMap(t *rapid.T) MapData {
	texts := rapid.SliceOfNDistinct(rapid.OneOf(rapid.SampledFrom(nasty), rapid.StringMatching(`[A-Za-zæøå">\[\]: -]{1,20}`), rapid.StringN(1, 12, -1)), 0, 12, func(s string) string { return mapKey(mapText(s)) }).Draw(t, "texts")
	d := MapData{Title: "Kart"}
	for i, text := range texts {
		if text = mapText(text); text == "" || textFault(text) != "" {
			continue
		}
		n := MapNode{ID: NodeID(fmt.Sprint("n", i)), Kind: rapid.SampledFrom(MapKinds).Draw(t, "kind"), Text: text}
		if n.Kind == MapEffect && rapid.Bool().Draw(t, "linked") {
			n.Benefit = "b-4f0c91d27ab35e60"
		}
		if n.Kind == MapMeasure && rapid.Bool().Draw(t, "planned") {
			n.Step = assessment.StepID(rapid.SampledFrom([]string{"s-91d27ab35e604f0c", "s-0000000000000000"}).Draw(t, "step"))
		}
		d.Nodes = append(d.Nodes, n)
	}
	for _, from := range d.Nodes {
		for _, to := range d.Nodes {
			if from.Kind.Column() < to.Kind.Column() && rapid.IntRange(0, 2).Draw(t, "tied") == 0 {
				d.Edges = append(d.Edges, MapEdge{from.ID, to.ID})
			}
		}
	}
	checked, wrong := CheckMap(d)
	if wrong != nil {
		t.Fatal(wrong.Fields)
	}
	return checked
}

// What is written as text is read as the same map, in every language, whatever its texts are; without the ids that were there before all but these are the same.
func TestAMapAsTextIsTheSameMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawMap(t)
		for _, lang := range []string{"nb", "nn", "en", "se"} {
			text := WriteMap(catalogue.Lang(lang), d)
			back, wrong := ReadMap(text, d)
			if wrong != nil {
				t.Fatalf("%v of\n%s", wrong.Fields, text)
			}
			back.Title = d.Title
			if !back.equal(d) {
				t.Fatalf("%+v became\n%s\nand that\n%+v", d, text, back)
			}
			anew, wrong := ReadMap(text, MapData{})
			if wrong != nil || WriteMap(catalogue.Lang(lang), anew) != text {
				t.Fatalf("without ids it became %+v", anew)
			}
		}
	})
}

// Whatever is read as text may be kept, and nothing that is read breaks the reader.
func FuzzReadMap(f *testing.F) {
	f.Add("tiltak: A\nendring: B\nA -> B\n")
	f.Add("measure: \"a \"\"b\"\"\"\ngoal: c [b-4f0c91d27ab35e60]\n\"a \"\"b\"\"\" → c -> d\n")
	f.Add("EFFEKT: x [b-4f0c91d27ab35e60]\r\n\r\n->\nmål:\n\xff")
	f.Fuzz(func(t *testing.T, text string) {
		d, wrong := ReadMap(text, MapData{})
		if wrong != nil {
			if len(wrong.Fields) == 0 {
				t.Fatal("refused without a word")
			}
			return
		}
		d.Title = "Kart"
		checked, f := CheckMap(d)
		if f != nil || !checked.equal(d) {
			t.Fatalf("%+v: %v", d, f)
		}
		if back, wrong := ReadMap(WriteMap("nb", d), d); wrong != nil || WriteMap("nb", back) != WriteMap("nb", d) {
			t.Fatalf("%q became %q: %v", WriteMap("nb", d), WriteMap("nb", back), wrong)
		}
	})
}

// What can't be read is told with its line and what is wrong there.
func TestFaultsOfAMapAsText(t *testing.T) {
	const boxes = "tiltak: A\nendring: B\neffekt: C\nmål: D\n"
	for _, c := range []struct{ text, want string }{
		{"Tiltak:a\n  MEASURE : b \ngevinst: c\n\na->c\nb → c\na -> c", ""},
		{boxes + "A -> B -> C -> D", ""},
		{"a -> d\ntiltak: A\nmål: D", ""}, // arrows first, and a box by another case
		{"tiltak: A\nbare noe", "2 what"},
		{"tiltak:", "1 empty"},
		{boxes + "tiltak:  a ", "5 twice"},
		{boxes + "A -> ", "5 end"},
		{boxes + "-> A", "5 end"},
		{boxes + "A -> X", "5 unknown"},
		{boxes + "B -> A", "5 backwards"},
		{boxes + "A -> A", "5 backwards"},
		{boxes + "A -> C -> B", "5 backwards"},
		{"tiltak: A -> B", "1 arrow"},
		{`tiltak: "A`, "1 quote"},
		{`tiltak: "A" og B`, "1 quote"},
		{boxes + `"A" B -> C`, "5 quote"},
		{boxes + `"A -> C`, "5 quote"},
		{"tiltak: A [b-4f0c91d27ab35e60]", "1 benefit"},
		{"effekt: [b-4f0c91d27ab35e60]", "1 empty"},
		{"tiltak: A [s-91d27ab35e604f0c]", ""},
		{"effekt: A [s-91d27ab35e604f0c]", "1 step"},
		{"tiltak: A [s-91d27ab35e604f0c] [b-4f0c91d27ab35e60]", "1 benefit"},
		{"tiltak: " + strings.Repeat("å", MaxLine+1), "1 long"},
		{"tiltak: a\x00b", "1 control"},
		{"x\ny\ntiltak:", "3 empty 1 what 2 what"},
	} {
		_, wrong := ReadMap(c.text, MapData{})
		var got []string
		if wrong != nil {
			for _, f := range wrong.Fields {
				got = append(got, fmt.Sprint(f.Args[1], " ", strings.TrimPrefix(f.Key, "error.map.line.")))
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q: %q, want %q", c.text, strings.Join(got, " "), c.want)
		}
	}
	many := strings.Repeat("noe\n", 100)
	if _, wrong := ReadMap(many, MapData{}); len(wrong.Fields) != maxLineFaults {
		t.Errorf("%d faults", len(wrong.Fields))
	}
	var b strings.Builder
	for i := range MaxMapNodes + 1 {
		fmt.Fprintf(&b, "tiltak: %d\n", i)
	}
	if _, wrong := ReadMap(b.String(), MapData{}); wrong == nil || wrong.Fields[0].Key != "error.map.nodes" {
		t.Error(wrong)
	}
	if _, wrong := ReadMap(strings.Repeat("\n", MaxMapText+1), MapData{}); wrong == nil || wrong.Fields[0].Key != "error.map.text.long" {
		t.Error(wrong)
	}
}

// A map that is kept has no circle: whoever follows its arrows gets to the last column and stops. What would be one is refused.
func TestAMapHasNoCircle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d MapData
		d.Title = "Kart"
		n := rapid.IntRange(0, 6).Draw(t, "n")
		for i := range n {
			d.Nodes = append(d.Nodes, MapNode{ID: NodeID(fmt.Sprint("n", i)), Kind: rapid.SampledFrom(MapKinds).Draw(t, "kind"), Text: fmt.Sprint("Boks ", i)})
		}
		for range rapid.IntRange(0, 12).Draw(t, "edges") {
			at := func() NodeID { return NodeID(fmt.Sprint("n", rapid.IntRange(0, n).Draw(t, "at"))) } // now and then a box that is not there
			d.Edges = append(d.Edges, MapEdge{at(), at()})
		}
		kept, wrong := CheckMap(d)
		forward := !slices.ContainsFunc(d.Edges, func(e MapEdge) bool {
			from, to := d.Node(e.From), d.Node(e.To)
			return from < 0 || to < 0 || d.Nodes[from].Kind.Column() >= d.Nodes[to].Kind.Column()
		})
		if forward != (wrong == nil) {
			t.Fatalf("%+v: %v", d, wrong)
		}
		if wrong != nil {
			return
		}
		var follow func(id NodeID, steps int)
		follow = func(id NodeID, steps int) {
			if steps > 3 {
				t.Fatalf("a way of %d arrows in %+v", steps, kept)
			}
			for _, e := range kept.Edges {
				if e.From == id {
					follow(e.To, steps+1)
				}
			}
		}
		for _, n := range kept.Nodes {
			follow(n.ID, 0)
		}
		for i, e := range kept.Edges {
			if slices.Contains(kept.Edges[:i], e) {
				t.Fatalf("%v twice", e)
			}
		}
		if again, wrong := CheckMap(kept); wrong != nil || !again.equal(kept) {
			t.Fatal("what is kept is kept otherwise the second time")
		}
	})
}

func TestFaultsOfAMap(t *testing.T) {
	a, b := MapNode{ID: "a", Kind: MapMeasure, Text: "A"}, MapNode{ID: "b", Kind: MapGoal, Text: "B"}
	many := MapData{Title: "T"}
	for i := range MaxMapNodes + 1 {
		many.Nodes = append(many.Nodes, MapNode{ID: NodeID(fmt.Sprint("n", i)), Kind: MapKinds[i%2], Text: fmt.Sprint(i)})
	}
	dense := MapData{Title: "T", Nodes: many.Nodes[:MaxMapNodes]}
	for _, from := range dense.Nodes[:MaxMapNodes] {
		for _, to := range dense.Nodes[:MaxMapNodes] {
			if from.Kind.Column() < to.Kind.Column() && len(dense.Edges) <= MaxMapEdges {
				dense.Edges = append(dense.Edges, MapEdge{from.ID, to.ID})
			}
		}
	}
	for name, c := range map[string]struct {
		data       MapData
		field, key string
	}{
		"no title":        {MapData{Nodes: []MapNode{a}}, "title", "error.map.title"},
		"a long title":    {MapData{Title: strings.Repeat("x", MaxLine+1)}, "title", "error.text.long"},
		"no text":         {MapData{Title: "T", Nodes: []MapNode{{ID: "a", Kind: MapMeasure, Text: " \n"}}}, "nodes.a", "error.map.empty"},
		"a long text":     {MapData{Title: "T", Nodes: []MapNode{{ID: "a", Kind: MapMeasure, Text: strings.Repeat("x", MaxLine+1)}}}, "nodes.a", "error.text.long"},
		"no kind":         {MapData{Title: "T", Nodes: []MapNode{{ID: "a", Kind: "x", Text: "A"}}}, "nodes.a", "error.map.kind"},
		"no id":           {MapData{Title: "T", Nodes: []MapNode{{Kind: MapMeasure, Text: "A"}}}, "nodes", "error.map.node.id"},
		"an odd id":       {MapData{Title: "T", Nodes: []MapNode{{ID: "A.b", Kind: MapMeasure, Text: "A"}}}, "nodes", "error.map.node.id"},
		"an id twice":     {MapData{Title: "T", Nodes: []MapNode{a, {ID: "a", Kind: MapGoal, Text: "C"}}}, "nodes", "error.map.node.id"},
		"a text twice":    {MapData{Title: "T", Nodes: []MapNode{a, {ID: "b", Kind: MapGoal, Text: " a"}}}, "nodes.b", "error.map.twice"},
		"a measured goal": {MapData{Title: "T", Nodes: []MapNode{{ID: "a", Kind: MapGoal, Text: "A", Benefit: "b-4f0c91d27ab35e60"}}}, "nodes.a", "error.map.benefit.kind"},
		"a planned goal":  {MapData{Title: "T", Nodes: []MapNode{{ID: "a", Kind: MapGoal, Text: "A", Step: "s-91d27ab35e604f0c"}}}, "nodes.a", "error.map.step.kind"},
		"backwards":       {MapData{Title: "T", Nodes: []MapNode{a, b}, Edges: []MapEdge{{"b", "a"}}}, "edges", "error.map.backwards"},
		"to nowhere":      {MapData{Title: "T", Nodes: []MapNode{a}, Edges: []MapEdge{{"a", "x"}}}, "edges", "error.map.edge.unknown"},
		"too many boxes":  {many, "nodes", "error.map.nodes"},
		"too many arrows": {dense, "edges", "error.map.edges"},
	} {
		_, wrong := CheckMap(c.data)
		if wrong == nil || wrong.Fields[0].Name != c.field || wrong.Fields[0].Key != c.key {
			t.Errorf("%s: %+v", name, wrong)
		}
	}
}

// changedMap does something to a map at random.
func changedMap(t *rapid.T, before MapData, by string) MapData {
	d := before
	d.Nodes, d.Edges = slices.Clone(d.Nodes), slices.Clone(d.Edges)
	for i := range rapid.IntRange(0, 3).Draw(t, "changes") {
		switch at := rapid.IntRange(0, len(d.Nodes)).Draw(t, "at"); {
		case at == len(d.Nodes):
			d.Nodes = append(d.Nodes, MapNode{ID: NodeID(fmt.Sprint(by, i)), Kind: rapid.SampledFrom(MapKinds).Draw(t, "kind"), Text: fmt.Sprint(by, " ny ", i)})
		case rapid.Bool().Draw(t, "reworded"):
			d.Nodes[at].Text = fmt.Sprint(by, " ord ", i)
		case rapid.Bool().Draw(t, "tied"):
			d.Edges = append(d.Edges, MapEdge{d.Nodes[at].ID, d.Nodes[rapid.IntRange(0, len(d.Nodes)-1).Draw(t, "to")].ID})
		default:
			gone := d.Nodes[at].ID
			d.Nodes = slices.Delete(d.Nodes, at, at+1)
			d.Edges = slices.DeleteFunc(d.Edges, func(e MapEdge) bool { return e.From == gone || e.To == gone })
		}
	}
	if checked, wrong := CheckMap(d); wrong == nil {
		return checked
	}
	return before
}

// set is a map without the order that its boxes stand in.
func set(d MapData) string {
	var all []string
	for _, n := range d.Nodes {
		all = append(all, fmt.Sprintf("%q", n))
	}
	for _, e := range d.Edges {
		all = append(all, fmt.Sprintf("%q", e))
	}
	slices.Sort(all)
	return d.Title + strings.Join(all, " ")
}

// Two changes of a map come together to the same whichever comes first; with nothing changed on one side it is the other's; and what both saw and nobody touched stays.
func TestChangesOfAMapComeTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := drawMap(t)
		mine, theirs := changedMap(t, base, "m"), changedMap(t, base, "t")
		both, ok := MergeMaps(base, mine, theirs)
		other, too := MergeMaps(base, theirs, mine)
		if ok != too || ok && set(both) != set(other) {
			t.Fatalf("%t %t: %s is not %s", ok, too, set(both), set(other))
		}
		if alone, ok := MergeMaps(base, mine, base); !ok || set(alone) != set(mine) {
			t.Fatalf("alone %s is not %s", set(alone), set(mine))
		}
		if !ok {
			return
		}
		for _, n := range base.Nodes {
			here, there := slices.Contains(mine.Nodes, n), slices.Contains(theirs.Nodes, n)
			if slices.Contains(both.Nodes, n) != (here && there) {
				t.Fatalf("%v: mine %t, theirs %t", n, here, there)
			}
		}
	})
}

func TestChangesOfAMapThatDontComeTogether(t *testing.T) {
	base := MapData{Title: "T", Nodes: []MapNode{{ID: "a", Kind: MapMeasure, Text: "A"}, {ID: "b", Kind: MapGoal, Text: "B"}}}
	with := func(change func(*MapData)) MapData {
		d := base
		d.Nodes = slices.Clone(d.Nodes)
		change(&d)
		return d
	}
	for name, c := range map[string][2]MapData{
		"a box worded in two ways": {with(func(d *MapData) { d.Nodes[0].Text = "X" }), with(func(d *MapData) { d.Nodes[0].Text = "Y" })},
		"two titles":               {with(func(d *MapData) { d.Title = "X" }), with(func(d *MapData) { d.Title = "Y" })},
		"taken away and reworded":  {with(func(d *MapData) { d.Nodes = d.Nodes[1:] }), with(func(d *MapData) { d.Nodes[0].Text = "Y" })},
		"taken away and tied":      {with(func(d *MapData) { d.Nodes = d.Nodes[1:] }), with(func(d *MapData) { d.Edges = []MapEdge{{"a", "b"}} })},
		"the same text twice": {with(func(d *MapData) { d.Nodes = append(d.Nodes, MapNode{ID: "m", Kind: MapGoal, Text: "C"}) }),
			with(func(d *MapData) { d.Nodes = append(d.Nodes, MapNode{ID: "t", Kind: MapGoal, Text: "C"}) })},
	} {
		if _, ok := MergeMaps(base, c[0], c[1]); ok {
			t.Errorf("%s came together", name)
		}
	}
}

// Every box stands once, in its column; an arrow passes each column between its ends; and no more arrows cross than in the order that was given.
func TestLayersOfAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawMap(t)
		layers := LayersOf(d)
		boxes, passing := map[int]int{}, 0
		for column, slots := range layers {
			for _, s := range slots {
				if s.Node < 0 {
					passing++
					continue
				}
				if d.Nodes[s.Node].Kind.Column() != column {
					t.Fatalf("%v in column %d", d.Nodes[s.Node], column)
				}
				boxes[s.Node]++
			}
		}
		between := 0
		for _, e := range d.Edges {
			between += d.Nodes[d.Node(e.To)].Kind.Column() - d.Nodes[d.Node(e.From)].Kind.Column() - 1
		}
		if len(boxes) != len(d.Nodes) || passing != between {
			t.Fatalf("%d of %d boxes, %d of %d passing", len(boxes), len(d.Nodes), passing, between)
		}
		if again := fmt.Sprint(LayersOf(d)); again != fmt.Sprint(layers) {
			t.Fatal("placed otherwise the second time")
		}
	})
	nodes := func(kinds ...MapKind) (all []MapNode) {
		for i, kind := range kinds {
			all = append(all, MapNode{ID: NodeID(fmt.Sprint("n", i)), Kind: kind, Text: fmt.Sprint(i)})
		}
		return all
	}
	crossed := MapData{Nodes: nodes(MapMeasure, MapMeasure, MapMeasure, MapChange, MapChange, MapChange), Edges: []MapEdge{{"n0", "n5"}, {"n1", "n4"}, {"n2", "n3"}}}
	if got, want := fmt.Sprint(LayersOf(crossed)[1]), "[{5 -1} {4 -1} {3 -1}]"; got != want {
		t.Errorf("the changes stand %s, want %s", got, want)
	}
}

func sketch() MapData {
	return MapData{Title: "Digitalt tilsyn", Nodes: []MapNode{{ID: "a", Kind: MapMeasure, Text: "Digitalt tilsyn"}, {ID: "b", Kind: MapChange, Text: "Færre besøk om natta"}, {ID: "c", Kind: MapGoal, Text: "Trygg natt"}},
		Edges: []MapEdge{{"a", "b"}, {"b", "c"}}}
}

// Coordinators and owners draw a map, the municipality's others read it, and nobody else knows it is there.
func TestWhoDrawsAMap(t *testing.T) {
	w := newWorld(t)
	_, _, err := w.AddMap(w.ctx(), leader(), DrawMap{Municipality: "larvik", Data: sketch()})
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	b := w.add(idea(), leader().Person) // now she owns one
	mine, made, err := w.AddMap(w.ctx(), leader(), DrawMap{Municipality: "larvik", Data: sketch(), Edit: "e"})
	if err != nil || !made {
		t.Fatal(made, err)
	}
	again, made, err := w.AddMap(w.ctx(), leader(), DrawMap{Municipality: "larvik", Data: sketch(), Edit: "e"})
	if err != nil || made || again.ID != mine.ID {
		t.Fatal(again, made, err)
	}
	if got := must(w.Map(w.ctx(), contributor(), mine.ID))(t); !got.MapData.equal(sketch()) {
		t.Errorf("%+v", got)
	}
	_, _, err = w.SaveMap(w.ctx(), contributor(), DrawMap{ID: mine.ID, Data: sketch(), Tag: mine.Tag})
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	for _, who := range []org.Actor{as(org.Coordinator, "tokke"), {System: "job"}} {
		_, err = w.Map(w.ctx(), who, mine.ID)
		wantFault(t, err, fault.NotFound, "error.map.unknown")
		_, _, err = w.SaveMap(w.ctx(), who, DrawMap{ID: mine.ID, Data: sketch(), Tag: mine.Tag})
		wantFault(t, err, fault.NotFound, "error.map.unknown")
		_, err = w.MapVersions(w.ctx(), who, mine.ID)
		wantFault(t, err, fault.NotFound, "error.map.unknown")
		_, err = w.Maps(w.ctx(), who, "larvik")
		wantFault(t, err, fault.Forbidden, "error.forbidden")
	}
	_, err = w.RemoveMap(w.ctx(), leader(), mine.ID, mine.Tag)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	must(w.Remove(w.ctx(), coordinator(), b.ID, b.Tag))(t) // her only one
	_, _, err = w.SaveMap(w.ctx(), leader(), DrawMap{ID: mine.ID, Data: sketch(), Tag: mine.Tag})
	wantFault(t, err, fault.Forbidden, "error.forbidden")
}

// A map shows benefits of its own municipality. One that is there stays when it was deleted.
func TestBenefitsOnAMap(t *testing.T) {
	w := newWorld(t)
	own := w.add(idea(), "")
	foreign, _, err := w.Add(w.ctx(), as(org.Coordinator, "tokke"), Add{Municipality: "tokke", Data: idea()})
	if err != nil {
		t.Fatal(err)
	}
	with := func(id ID) MapData {
		d := sketch()
		d.Nodes = append(d.Nodes, MapNode{ID: "d", Kind: MapEffect, Text: "Spart tid", Benefit: id})
		return d
	}
	for _, id := range []ID{foreign.ID, "b-0000000000000000", "x/../y"} {
		_, _, err = w.AddMap(w.ctx(), coordinator(), DrawMap{Municipality: "larvik", Data: with(id)})
		if f := wantFault(t, err, fault.Invalid, "error.map"); f.Fields[0].Name != "nodes.d" || f.Fields[0].Key != "error.map.benefit" {
			t.Errorf("%s: %+v", id, f.Fields)
		}
	}
	m, _, err := w.AddMap(w.ctx(), coordinator(), DrawMap{Municipality: "larvik", Data: with(own.ID)})
	if err != nil {
		t.Fatal(err)
	}
	if on := must(w.OnMap(w.ctx(), contributor(), "larvik", m.MapData))(t); on[own.ID].Title != own.Title {
		t.Errorf("%+v", on)
	}
	must(w.Remove(w.ctx(), coordinator(), own.ID, own.Tag))(t)
	w.advance(Kept + time.Minute)
	must(w.Sweep(w.ctx(), w.Now().Add(-Kept), 10))(t)
	d := m.MapData
	d.Title = "Et annet navn"
	if m, _, err = w.SaveMap(w.ctx(), coordinator(), DrawMap{ID: m.ID, Data: d, Tag: m.Tag}); err != nil || m.Nodes[2].Benefit != own.ID {
		t.Error(m, err)
	}
	if on := must(w.OnMap(w.ctx(), contributor(), "larvik", m.MapData))(t); len(on) != 0 {
		t.Errorf("%+v", on)
	}
}

// Who comes second keeps what the first did where it has nothing to do with hers, and is told and gets both where it has. The same edit twice is one.
func TestTwoDrawAMap(t *testing.T) {
	w := newWorld(t)
	m, _, err := w.AddMap(w.ctx(), coordinator(), DrawMap{Municipality: "larvik", Data: sketch()})
	if err != nil {
		t.Fatal(err)
	}
	save := func(tag, edit string, change func(*MapData)) (Map, bool, error) {
		d := sketch()
		change(&d)
		return w.SaveMap(w.ctx(), coordinator(), DrawMap{ID: m.ID, Data: d, Tag: tag, Edit: edit})
	}
	_, _, err = save("", "", func(*MapData) {})
	wantFault(t, err, fault.TagRequired, "error.tag.required")
	first, merged, err := save(m.Tag, "first", func(d *MapData) { d.Nodes[0].Text = "Sensor" })
	if err != nil || merged || first.Change != 2 {
		t.Fatal(first, merged, err)
	}
	if again, _, err := save(m.Tag, "first", func(d *MapData) { d.Nodes[0].Text = "Sensor" }); err != nil || again.Tag != first.Tag {
		t.Error(again, err)
	}
	second, merged, err := save(m.Tag, "", func(d *MapData) { d.Nodes[2].Text = "Søvn" })
	if err != nil || !merged || second.Nodes[0].Text != "Sensor" || second.Nodes[2].Text != "Søvn" {
		t.Fatal(second, merged, err)
	}
	_, _, err = save(m.Tag, "", func(d *MapData) { d.Nodes[0].Text = "Kamera" })
	lost := wantFault(t, err, fault.Stale, "error.map.stale").Detail.(LostMap)
	if lost.Yours.Nodes[0].Text != "Kamera" || lost.Theirs.Tag != second.Tag || lost.Theirs.ID != m.ID {
		t.Errorf("%+v", lost)
	}
	_, _, err = save("UNKNOWN", "", func(*MapData) {})
	wantFault(t, err, fault.Stale, "error.map.stale")
	_, merged, err = w.SaveMap(w.ctx(), coordinator(), DrawMap{ID: m.ID, Data: MapData{Title: "Digitalt tilsyn"}, AsText: true, Text: "tiltak: Digitalt tilsyn\nendring: Færre besøk om natta\nmål: Trygg natt\nmål: Tid\nDigitalt tilsyn -> Færre besøk om natta -> Trygg natt", Tag: m.Tag})
	if now := must(w.Map(w.ctx(), contributor(), m.ID))(t); err != nil || !merged || len(now.Nodes) != 4 || now.Nodes[0].Text != "Sensor" {
		t.Errorf("as text: %+v %t %v", now, merged, err)
	}
}

// Who is overtaken between reading and writing overwrites nothing: her change is worked out anew on what stands.
func TestAMapIsNotOverwrittenUnseen(t *testing.T) {
	w := newWorld(t)
	m, _, err := w.AddMap(w.ctx(), coordinator(), DrawMap{Municipality: "larvik", Data: sketch()})
	if err != nil {
		t.Fatal(err)
	}
	theirs, mine := sketch(), sketch()
	theirs.Nodes[0].Text, mine.Nodes[2].Text = "Sensor", "Søvn"
	w.engine.BeforeWrites(func(collection, _ string) error {
		if collection != "benefit_map_versions" {
			return nil
		}
		w.engine.BeforeWrites(nil)
		_, _, err := w.SaveMap(w.ctx(), coordinator(), DrawMap{ID: m.ID, Data: theirs, Tag: m.Tag})
		return err
	})
	got, merged, err := w.SaveMap(w.ctx(), coordinator(), DrawMap{ID: m.ID, Data: mine, Tag: m.Tag})
	if err != nil || !merged || got.Nodes[0].Text != "Sensor" || got.Nodes[2].Text != "Søvn" || got.Change != 3 {
		t.Errorf("%+v %t %v", got, merged, err)
	}
}

// What a map was is kept, can be looked at and comes back; the oldest versions go.
func TestWhatAMapWas(t *testing.T) {
	w := newWorld(t)
	m, _, err := w.AddMap(w.ctx(), coordinator(), DrawMap{Municipality: "larvik", Data: sketch()})
	if err != nil {
		t.Fatal(err)
	}
	first := m.Tag
	for i := range 3 {
		w.advance(time.Minute)
		d := sketch()
		d.Title = fmt.Sprint("Navn ", i)
		if m, _, err = w.SaveMap(w.ctx(), coordinator(), DrawMap{ID: m.ID, Data: d, Tag: m.Tag}); err != nil {
			t.Fatal(err)
		}
		if m, _, err = w.SaveMap(w.ctx(), coordinator(), DrawMap{ID: m.ID, Data: d, Tag: m.Tag}); err != nil { // nothing
			t.Fatal(err)
		}
	}
	titles := func() string {
		var all []string
		for _, v := range must(w.MapVersions(w.ctx(), contributor(), m.ID))(t) {
			all = append(all, v.Title)
		}
		return strings.Join(all, ", ")
	}
	if got, want := titles(), "Navn 1, Navn 0, Digitalt tilsyn"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if v := must(w.MapVersion(w.ctx(), contributor(), m.ID, first))(t); !v.MapData.equal(sketch()) || v.By != coordinator().Person || !v.At.Equal(start) {
		t.Errorf("%+v", v)
	}
	_, err = w.MapVersion(w.ctx(), contributor(), m.ID, "NONE")
	wantFault(t, err, fault.NotFound, "error.map.version")
	_, err = w.RevertMap(w.ctx(), contributor(), m.ID, first, m.Tag, "")
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	_, err = w.RevertMap(w.ctx(), coordinator(), m.ID, first, first, "")
	wantFault(t, err, fault.Stale, "error.map.stale")
	last := m.Tag
	m = must(w.RevertMap(w.ctx(), coordinator(), m.ID, first, m.Tag, "undo"))(t)
	if !m.MapData.equal(sketch()) || titles() != "Navn 2, Navn 1, Navn 0, Digitalt tilsyn" {
		t.Errorf("%+v of %s", m, titles())
	}
	if m = must(w.RevertMap(w.ctx(), coordinator(), m.ID, last, m.Tag, ""))(t); m.Title != "Navn 2" {
		t.Errorf("undone again it is %s", m.Title)
	}
	for i := range MaxMapVersions {
		d := sketch()
		d.Title = fmt.Sprint("Enda ", i)
		if m, _, err = w.SaveMap(w.ctx(), coordinator(), DrawMap{ID: m.ID, Data: d, Tag: m.Tag}); err != nil {
			t.Fatal(err)
		}
	}
	if n := must(w.MapVersions(w.ctx(), contributor(), m.ID))(t); len(n) != MaxMapVersions || n[0].Title != "Enda 28" || n[len(n)-1].Change != m.Change-MaxMapVersions {
		t.Errorf("%d kept, from %d on, of %d", len(n), n[len(n)-1].Change, m.Change)
	}
	if n := must(w.mapVersions.Count(w.ctx(), store.Query{Equal: []store.Term{{Field: "map", Value: string(m.ID)}}, Limit: 100}))(t); n != MaxMapVersions {
		t.Errorf("%d stored", n)
	}
	_, err = w.MapVersion(w.ctx(), contributor(), m.ID, first)
	wantFault(t, err, fault.NotFound, "error.map.version")
}

// A map that nobody needs is gone, comes back as it was, and is deleted with what it was when nobody wanted it.
func TestAMapIsRemovedAndComesBack(t *testing.T) {
	w := newWorld(t)
	m, _, err := w.AddMap(w.ctx(), coordinator(), DrawMap{Municipality: "larvik", Data: sketch()})
	if err != nil {
		t.Fatal(err)
	}
	d := sketch()
	d.Title = "Nytt"
	if m, _, err = w.SaveMap(w.ctx(), coordinator(), DrawMap{ID: m.ID, Data: d, Tag: m.Tag}); err != nil {
		t.Fatal(err)
	}
	_, err = w.RemoveMap(w.ctx(), coordinator(), m.ID, "")
	wantFault(t, err, fault.TagRequired, "error.tag.required")
	_, err = w.RemoveMap(w.ctx(), coordinator(), m.ID, "OLD")
	wantFault(t, err, fault.Stale, "error.map.stale")
	gone := must(w.RemoveMap(w.ctx(), coordinator(), m.ID, m.Tag))(t)
	_, _, err = w.SaveMap(w.ctx(), coordinator(), DrawMap{ID: m.ID, Data: sketch(), Tag: gone.Tag})
	wantFault(t, err, fault.Conflict, "error.map.removed")
	back := must(w.RestoreMap(w.ctx(), coordinator(), m.ID))(t)
	if !back.Removed.IsZero() || !back.MapData.equal(m.MapData) {
		t.Errorf("%+v", back)
	}
	must(w.RemoveMap(w.ctx(), coordinator(), m.ID, back.Tag))(t)
	w.advance(Kept - time.Minute)
	if n := must(w.SweepMaps(w.ctx(), w.Now().Add(-Kept), 10))(t); n != 0 {
		t.Errorf("%d deleted too early", n)
	}
	w.advance(2 * time.Minute)
	_, err = w.RestoreMap(w.ctx(), coordinator(), m.ID)
	wantFault(t, err, fault.Conflict, "error.map.gone")
	if n := must(w.SweepMaps(w.ctx(), w.Now().Add(-Kept), 10))(t); n != 1 {
		t.Errorf("%d deleted", n)
	}
	_, err = w.Map(w.ctx(), coordinator(), m.ID)
	wantFault(t, err, fault.NotFound, "error.map.unknown")
	if page, err := w.mapVersions.Get(w.ctx(), versionID(m.ID, m.Tag)); err == nil {
		t.Errorf("%+v is left", page)
	}
}

// A municipality has so many maps and no more.
func TestTooManyMaps(t *testing.T) {
	w := newWorld(t)
	for i := range MaxMaps + 1 {
		_, made, err := w.AddMap(w.ctx(), coordinator(), DrawMap{Municipality: "larvik", Data: MapData{Title: "Kart"}, Edit: fmt.Sprint(i)})
		if i < MaxMaps && (err != nil || !made) {
			t.Fatal(i, made, err)
		}
		if i == MaxMaps {
			wantFault(t, err, fault.Conflict, "error.map.many")
		}
	}
	if _, made, err := w.AddMap(w.ctx(), coordinator(), DrawMap{Municipality: "larvik", Data: MapData{Title: "Kart"}, Edit: "0"}); err != nil || made {
		t.Error("the same edit again is a map too many", err)
	}
	if all := must(w.Maps(w.ctx(), contributor(), "larvik"))(t); len(all) != MaxMaps {
		t.Errorf("%d listed", len(all))
	}
}

// A text that seems to hold a fødselsnummer is asked about once.
func TestAPersonNumberOnAMap(t *testing.T) {
	w := newWorld(t)
	d := sketch()
	d.Nodes[0].Text = "Tilsyn hos 119170 10074" // made for testing: nobody's
	_, _, err := w.AddMap(w.ctx(), coordinator(), DrawMap{Municipality: "larvik", Data: d})
	if f := wantFault(t, err, fault.Invalid, "error.text.person-number"); f.Fields[0].Name != "nodes.a" || f.Fields[1].Name != assessment.ConfirmField {
		t.Errorf("%+v", f.Fields)
	}
	m, _, err := w.AddMap(w.ctx(), coordinator(), DrawMap{Municipality: "larvik", Data: d, Confirmed: true})
	if err != nil {
		t.Fatal(err)
	}
	d.Title = "Det står alt"
	if _, _, err = w.SaveMap(w.ctx(), coordinator(), DrawMap{ID: m.ID, Data: d, Tag: m.Tag}); err != nil {
		t.Error(err)
	}
}

// A measure points to a step of the municipality's own plan. Another's is refused beside its box, in a drawing as in text; one that was removed from the plan later
// stays as a pointer to nothing, and may be saved again as it is.
func TestAMeasurePointsToAStepOfThePlan(t *testing.T) {
	w := newWorld(t)
	ctx := w.ctx()
	plan := map[assessment.StepID]assessment.Step{
		"s-91d27ab35e604f0c": {ID: "s-91d27ab35e604f0c", Municipality: "larvik", StepData: assessment.StepData{What: "Kjøpe sensorer"}},
		"s-0000000000000001": {ID: "s-0000000000000001", Municipality: "tokke", StepData: assessment.StepData{What: "Noe annet"}},
	}
	w.Steps = func(_ context.Context, _ org.Actor, m org.MunicipalityID, ids []assessment.StepID) (all []assessment.Step, err error) {
		for _, id := range ids {
			if step, there := plan[id]; there && step.Municipality == m {
				all = append(all, step)
			}
		}
		return all, nil
	}
	d := MapData{Title: "Kart", Nodes: []MapNode{{ID: "a", Kind: MapMeasure, Text: "Sensorer", Step: "s-91d27ab35e604f0c"}, {ID: "b", Kind: MapGoal, Text: "Trygt"}}, Edges: []MapEdge{{"a", "b"}}}
	m, _, err := w.AddMap(ctx, coordinator(), DrawMap{Municipality: "larvik", Data: d})
	if err != nil || !m.equal(d) {
		t.Fatalf("%+v %v", m, err)
	}
	if on := must(w.StepsOnMap(ctx, contributor(), "larvik", m.MapData))(t); len(on) != 1 || on["s-91d27ab35e604f0c"].What != "Kjøpe sensorer" {
		t.Errorf("%+v", on)
	}
	_, err = w.StepsOnMap(ctx, as(org.Leader, "tokke"), "larvik", m.MapData)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	for _, id := range []assessment.StepID{"s-0000000000000001", "s-0000000000000002", "x", "a\x00"} {
		foreign := d
		foreign.Nodes = slices.Clone(d.Nodes)
		foreign.Nodes[0].Step = id
		_, _, err = w.SaveMap(ctx, coordinator(), DrawMap{ID: m.ID, Data: foreign, Tag: m.Tag})
		if f := wantFault(t, err, fault.Invalid, "error.map"); f.Fields[0].Name != "nodes.a" || f.Fields[0].Key != "error.map.step" {
			t.Errorf("%q: %+v", id, f.Fields)
		}
	}
	_, _, err = w.SaveMap(ctx, coordinator(), DrawMap{ID: m.ID, Data: MapData{Title: "Kart"}, AsText: true, Text: "tiltak: Sensorer [s-0000000000000001]", Tag: m.Tag})
	wantFault(t, err, fault.Invalid, "error.map")
	delete(plan, "s-91d27ab35e604f0c")
	text := strings.Replace(WriteMap("nb", m.MapData), "Trygt", "Tryggere", 2)
	m, _, err = w.SaveMap(ctx, coordinator(), DrawMap{ID: m.ID, Data: MapData{Title: "Kart"}, AsText: true, Text: text, Tag: m.Tag})
	if err != nil || m.Nodes[0].Step != "s-91d27ab35e604f0c" || m.Nodes[1].Text != "Tryggere" {
		t.Fatalf("%+v %v", m, err)
	}
	if on := must(w.StepsOnMap(ctx, contributor(), "larvik", m.MapData))(t); len(on) != 0 {
		t.Errorf("removed, and there is %+v", on)
	}
}
