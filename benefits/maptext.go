package benefits

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
)

// A map as text has a line for each box and for each arrow, or for several arrows in a row:
//
//	tiltak: Medisindispensere
//	tiltak: Opplæring [s-91d27ab35e604f0c]
//	effekt: Mindre kjøring [b-4f0c91d27ab35e60]
//	Medisindispensere -> Mindre kjøring
//
// In brackets stands the benefit by which an effect is followed up, or the step of the improvement plan that a measure is. A text that would be read as something else stands in quotation marks, with those within it doubled.
// ReadMap(WriteMap(d)) is d, but for the ids of boxes that were not there before.

// mapWords are what the lines of boxes begin with. All are understood whatever language the reader has; the first of hers is written.
var mapWords = map[MapKind]map[catalogue.Lang][]string{
	MapMeasure: {"nb": {"tiltak"}, "nn": {"tiltak"}, "en": {"measure"}},
	MapChange:  {"nb": {"endring"}, "nn": {"endring"}, "en": {"change"}},
	MapEffect:  {"nb": {"effekt", "gevinst"}, "nn": {"effekt", "gevinst"}, "en": {"effect", "benefit"}},
	MapGoal:    {"nb": {"mål"}, "nn": {"mål"}, "en": {"goal"}},
}

// MapWord is what a line of a box begins with in a language.
func MapWord(lang catalogue.Lang, kind MapKind) string {
	words := mapWords[kind][lang]
	if len(words) == 0 {
		words = mapWords[kind]["nb"]
	}
	return words[0]
}

// mapArrows are what leads from one box to the next on a line.
var mapArrows = []string{"->", "→"}

// MaxMapText is how many bytes of a map as text are read: more than the largest map takes.
const MaxMapText = 128 << 10

// boxLine cuts a line of a box into its kind and the rest.
func boxLine(line string) (kind MapKind, rest string, ok bool) {
	word, rest, cut := strings.Cut(line, ":")
	if !cut {
		return "", "", false
	}
	word = strings.ToLower(strings.TrimSpace(word))
	for _, kind := range MapKinds {
		for _, words := range mapWords[kind] {
			if slices.Contains(words, word) {
				return kind, strings.TrimSpace(rest), true
			}
		}
	}
	return "", "", false
}

// cutArrow finds the first arrow of a text.
func cutArrow(text string) (before, after string, found bool) {
	at, length := len(text), 0
	for _, arrow := range mapArrows {
		if i := strings.Index(text, arrow); i >= 0 && i < at {
			at, length = i, len(arrow)
		}
	}
	return text[:at], text[min(len(text), at+length):], length > 0
}

// cutLink takes the benefit or the step in brackets off the end of a text.
func cutLink(text string) (rest string, benefit ID, step assessment.StepID) {
	if inner, ok := strings.CutSuffix(text, "]"); ok {
		if i := strings.LastIndexByte(inner, '['); i >= 0 {
			switch rest, id := strings.TrimSpace(inner[:i]), inner[i+1:]; {
			case plainID("b-", id):
				return rest, ID(id), ""
			case plainID("s-", id):
				return rest, "", assessment.StepID(id)
			}
		}
	}
	return text, "", ""
}

// cutQuoted reads a text in quotation marks off the beginning of a line.
func cutQuoted(line string) (text, rest string, ok bool) {
	var b strings.Builder
	for line = line[1:]; ; {
		i := strings.IndexByte(line, '"')
		if i < 0 {
			return "", "", false
		}
		b.WriteString(line[:i])
		if line = line[i+1:]; !strings.HasPrefix(line, `"`) {
			return mapText(b.String()), strings.TrimSpace(line), true
		}
		b.WriteByte('"')
		line = line[1:]
	}
}

// quoted is a text as its line has it: in quotation marks where it would be read as something else.
func quoted(text string) string {
	_, _, arrow := cutArrow(text)
	_, _, box := boxLine(text)
	_, benefit, step := cutLink(text)
	if arrow || box || benefit != "" || step != "" || strings.HasPrefix(text, `"`) {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}

// WriteMap writes a map's boxes and arrows as text, with the words of a language. Its title stands apart.
func WriteMap(lang catalogue.Lang, d MapData) string {
	var b strings.Builder
	texts := map[NodeID]string{}
	for i, n := range d.Nodes {
		if i > 0 && n.Kind != d.Nodes[i-1].Kind {
			b.WriteByte('\n')
		}
		texts[n.ID] = quoted(n.Text)
		b.WriteString(MapWord(lang, n.Kind) + ": " + texts[n.ID])
		if n.Benefit != "" {
			b.WriteString(" [" + string(n.Benefit) + "]")
		}
		if n.Step != "" {
			b.WriteString(" [" + string(n.Step) + "]")
		}
		b.WriteByte('\n')
	}
	if len(d.Edges) > 0 {
		b.WriteByte('\n')
	}
	for _, e := range d.Edges {
		b.WriteString(texts[e.From] + " -> " + texts[e.To] + "\n")
	}
	return b.String()
}

// mapReader is a map while its lines are read.
type mapReader struct {
	data   MapData
	before MapData
	fault  *fault.Error
	lines  map[string]int // where a box stands, by its mapKey
	nodes  map[string]MapNode
	used   map[NodeID]bool
}

// maxLineFaults is how many faults are told at a time.
const maxLineFaults = 10

func (r *mapReader) wrong(line int, key string, args ...any) {
	if len(r.fault.Fields) < maxLineFaults {
		r.fault.Fields = append(r.fault.Fields, fault.Field{Name: "text", Key: "error.map.line." + key, Args: append([]any{"line", line}, args...)})
	}
}

// ReadMap reads a map from text, all but its title. A box that has kind and text of one that was there before is that one. What is wrong is told with its line, beside "text".
func ReadMap(text string, before MapData) (MapData, *fault.Error) {
	r := &mapReader{before: before, fault: &fault.Error{Code: fault.Invalid, Op: "benefits.ReadMap", Key: "error.map"}, lines: map[string]int{}, nodes: map[string]MapNode{}, used: map[NodeID]bool{}}
	switch {
	case !utf8.ValidString(text):
		r.fault.Fields = []fault.Field{{Name: "text", Key: "error.text.utf8"}}
		return MapData{}, r.fault
	case len(text) > MaxMapText:
		r.fault.Fields = []fault.Field{{Name: "text", Key: "error.map.text.long", Args: []any{"max", MaxMapNodes}}}
		return MapData{}, r.fault
	}
	for _, n := range before.Nodes {
		r.used[n.ID] = true
	}
	type arrows struct {
		line int
		text string
	}
	var later []arrows // a box may stand below the arrows that name it
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if kind, rest, ok := boxLine(line); ok {
			r.box(i+1, kind, rest)
		} else if line != "" {
			later = append(later, arrows{i + 1, line})
		}
	}
	for _, a := range later {
		r.arrows(a.line, a.text)
	}
	if n := len(r.data.Nodes); n > MaxMapNodes {
		r.fault.Fields = append(r.fault.Fields, fault.Field{Name: "text", Key: "error.map.nodes", Args: []any{"max", MaxMapNodes, "count", n}})
	}
	if len(r.fault.Fields) > 0 {
		return MapData{}, r.fault
	}
	slices.SortStableFunc(r.data.Nodes, func(a, b MapNode) int { return a.Kind.Column() - b.Kind.Column() })
	r.data.Edges = sortEdges(r.data)
	if n := len(r.data.Edges); n > MaxMapEdges {
		r.fault.Fields = append(r.fault.Fields, fault.Field{Name: "text", Key: "error.map.edges", Args: []any{"max", MaxMapEdges, "count", n}})
		return MapData{}, r.fault
	}
	return r.data, nil
}

// box reads what stands after the word of a box.
func (r *mapReader) box(line int, kind MapKind, rest string) {
	n := MapNode{Kind: kind}
	if strings.HasPrefix(rest, `"`) {
		text, after, ok := cutQuoted(rest)
		end := ""
		if end, n.Benefit, n.Step = cutLink(after); !ok || end != "" {
			r.wrong(line, "quote")
			return
		}
		n.Text = text
	} else {
		n.Text, n.Benefit, n.Step = cutLink(mapText(rest))
		if _, _, arrow := cutArrow(n.Text); arrow {
			r.wrong(line, "arrow")
			return
		}
	}
	key := mapKey(n.Text)
	switch {
	case n.Text == "":
		r.wrong(line, "empty")
		return
	case textFault(n.Text) == "error.text.long":
		r.wrong(line, "long", "max", MaxLine, "count", utf8.RuneCountInString(n.Text))
		return
	case textFault(n.Text) != "":
		r.wrong(line, "control")
		return
	case r.lines[key] > 0:
		r.wrong(line, "twice", "text", n.Text, "first", r.lines[key])
		return
	case n.Benefit != "" && kind != MapEffect:
		r.wrong(line, "benefit", "text", n.Text)
		return
	case n.Step != "" && kind != MapMeasure:
		r.wrong(line, "step", "text", n.Text)
		return
	}
	n.ID = r.id(n)
	r.lines[key], r.nodes[key] = line, n
	r.data.Nodes = append(r.data.Nodes, n)
}

// id is the id of the box that was there before with kind and text, or a new one. It follows from the box, so that two who write the same down mean the same.
func (r *mapReader) id(n MapNode) NodeID {
	for _, was := range r.before.Nodes {
		if was.Kind == n.Kind && was.Text == n.Text {
			return was.ID
		}
	}
	for salt := ""; ; salt += "+" {
		sum := sha256.Sum256([]byte(string(n.Kind) + salt + ":" + n.Text))
		if id := NodeID(hex.EncodeToString(sum[:6])); !r.used[id] {
			r.used[id] = true
			return id
		}
	}
}

// arrows reads a line of arrows.
func (r *mapReader) arrows(line int, text string) {
	var row []MapNode
	for rest, more := text, true; more; {
		var name string
		if strings.HasPrefix(rest, `"`) {
			var ok bool
			if name, rest, ok = cutQuoted(rest); !ok {
				r.wrong(line, "quote")
				return
			}
			after := ""
			if after, rest, more = cutArrow(rest); strings.TrimSpace(after) != "" {
				r.wrong(line, "quote")
				return
			}
		} else {
			name, rest, more = cutArrow(rest)
			name = mapText(name)
		}
		rest = strings.TrimSpace(rest)
		if !more && len(row) == 0 {
			r.wrong(line, "what", "text", shortened(text))
			return
		}
		if name == "" {
			r.wrong(line, "end")
			return
		}
		n, known := r.nodes[mapKey(name)]
		if !known {
			r.wrong(line, "unknown", "text", shortened(name))
			return
		}
		if len(row) > 0 {
			if from := row[len(row)-1]; from.Kind.Column() >= n.Kind.Column() {
				r.wrong(line, "backwards", "from", from.Text, "to", n.Text)
				return
			}
			r.data.Edges = append(r.data.Edges, MapEdge{row[len(row)-1].ID, n.ID})
		}
		row = append(row, n)
	}
}

// shortened is as much of a text as a fault repeats.
func shortened(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
