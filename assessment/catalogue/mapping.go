package catalogue

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Kind is how a question comes from an older version.
type Kind string

// The kinds. What is split, merged or reworded asks something else than before, and its answer needs a new look.
const (
	Same     Kind = "same"     // asks the same; the default for a question that keeps its key
	Reworded Kind = "reworded" // asks nearly the same
	Split    Kind = "split"    // one of several that an older question was split into
	Merged   Kind = "merged"   // takes the place of several
	New      Kind = "new"      // was not asked before
)

// NeedsLook tells whether an answer that was given to the older question has to be looked at anew.
func (k Kind) NeedsLook() bool { return k == Reworded || k == Split || k == Merged }

// Mapping says where a version's questions come from, as its catalogue.yaml gives it. What is not said follows from the keys.
type Mapping struct {
	From      Key // "helhetlig-tjenestemodell-1"
	Questions []Origin
	Gone      []QuestionKey // of the older version, which nothing takes the place of

	file      string
	line      int // of From
	lines     []int
	goneLines []int
}

// Origin is where a question's answer carries from.
type Origin struct {
	Question QuestionKey
	Kind     Kind
	From     []QuestionKey // of the older version: none when new, several when merged
}

// Lineage is where every question of a version comes from, in the version's order, and what became of every one of the older.
type Lineage struct {
	From, To Key
	Origins  []Origin
	Gone     []QuestionKey
}

type mappingFile struct {
	From      at[string] `yaml:"from"`
	Questions []struct {
		Question at[string]   `yaml:"question"`
		Kind     at[string]   `yaml:"kind"`
		From     []at[string] `yaml:"from"`
	} `yaml:"questions"`
	Gone []at[string] `yaml:"gone"`
}

// mapping takes what catalogue.yaml says of an older version, and finds what is wrong whatever stands in that.
func (p *parser) mapping(c *Catalogue, file string, given at[mappingFile]) {
	if given.line == 0 {
		return
	}
	f := given.v
	m := &Mapping{From: Key(f.From.v), file: file, line: max(f.From.line, given.line)}
	c.Mapping = m
	id, version, _ := cutKey(m.From)
	switch {
	case version == 0:
		p.fault(file, m.line, "mapping from %q must be the id of a catalogue, a hyphen and its version", m.From)
	case m.From == c.Key():
		p.fault(file, m.line, "%s maps its questions from itself", m.From)
	case id == c.ID && version > c.Version:
		p.fault(file, m.line, "mapping from version %d, which is not older than version %d", version, c.Version)
	}
	own := map[QuestionKey]bool{}
	for _, t := range c.Tasks() {
		for _, q := range t.Questions {
			own[q.Key] = true
		}
	}
	claimed := map[QuestionKey]int{} // of the older version, each with a line that says where it goes
	seen := map[QuestionKey]bool{}
	for _, g := range f.Questions {
		o := Origin{Question: QuestionKey(g.Question.v), Kind: Kind(g.Kind.v)}
		line := cmp.Or(g.Question.line, g.Kind.line, given.line)
		for _, from := range g.From {
			if slices.Contains(o.From, QuestionKey(from.v)) {
				p.fault(file, from.line, "question %q comes from %q twice", o.Question, from.v)
			}
			o.From = append(o.From, QuestionKey(from.v))
			claimed[QuestionKey(from.v)] = from.line
		}
		if !own[o.Question] {
			p.fault(file, line, "question %q of the mapping is not in this version", o.Question)
		} else if seen[o.Question] {
			p.fault(file, line, "question %q is mapped already", o.Question)
		}
		seen[o.Question] = true
		switch n := len(o.From); o.Kind {
		case Same, Reworded, Split:
			if n != 1 {
				p.fault(file, cmp.Or(g.Kind.line, line), "question %q is %s, so it comes from one question, not %d", o.Question, o.Kind, n)
			}
		case Merged:
			if n < 2 {
				p.fault(file, cmp.Or(g.Kind.line, line), "question %q is merged, so it comes from two questions or more, not %d", o.Question, n)
			}
		case New:
			if n != 0 {
				p.fault(file, cmp.Or(g.Kind.line, line), "question %q is new, so it comes from no question, not %d", o.Question, n)
			}
		default:
			p.fault(file, cmp.Or(g.Kind.line, line), "kind %q of question %q must be same, reworded, split, merged or new", o.Kind, o.Question)
		}
		m.Questions, m.lines = append(m.Questions, o), append(m.lines, line)
	}
	for _, g := range f.Gone {
		q := QuestionKey(g.v)
		if slices.Contains(m.Gone, q) {
			p.fault(file, g.line, "question %q is said to be gone already", q)
		} else if claimed[q] > 0 {
			p.fault(file, g.line, "question %q is gone, and yet another comes from it", q)
		}
		m.Gone, m.goneLines = append(m.Gone, q), append(m.goneLines, g.line)
	}
}

// cutKey takes a key apart; the version is 0 where it is none.
func cutKey(k Key) (id string, version int, ok bool) {
	i := strings.LastIndexByte(string(k), '-')
	if i < 1 {
		return "", 0, false
	}
	if _, err := fmt.Sscanf(string(k[i+1:]), "%d", &version); err != nil || fmt.Sprint(version) != string(k[i+1:]) || version < 1 {
		return "", 0, false
	}
	return string(k[:i]), version, true
}

// text is the mapping's part of the structure's hash: what a trend goes on from must not change under it.
func (m *Mapping) text() string {
	if m == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "mapping %s\n", m.From)
	for _, o := range m.Questions {
		fmt.Fprintf(&b, "from %s %s", o.Question, o.Kind)
		for _, q := range o.From {
			fmt.Fprintf(&b, " %s", q)
		}
		b.WriteByte('\n')
	}
	for _, q := range m.Gone {
		fmt.Fprintf(&b, "gone %s\n", q)
	}
	return b.String()
}

// Circle follows the mappings from a version, where from says what each maps from, "" for none. It gives the circle that they go in, its first
// version at either end; nil when they come to an end.
func Circle(start Key, from func(Key) Key) []Key {
	way := []Key{start}
	for k := from(start); k != ""; k = from(k) {
		if i := slices.Index(way, k); i >= 0 {
			return append(way[i:], k)
		}
		way = append(way, k)
	}
	return nil
}

// InCircle is the fault of a mapping that leads into a circle.
func InCircle(file string, line int, circle []Key) *Fault {
	var names []string
	for _, k := range circle {
		names = append(names, string(k))
	}
	return &Fault{File: file, Line: line, Text: "the mapping goes in a circle: " + strings.Join(names, " → ")}
}

// MapsFrom reads of a catalogue's folder no more than which version it holds, and which one it maps from on which line, whatever else is wrong
// with it. Both are empty where they can't be read.
func MapsFrom(fsys fs.FS) (own, from Key, line int) {
	var f structureFile
	if p := (&parser{fsys: fsys}); !p.read("catalogue.yaml", &f) {
		return "", "", 0
	}
	own = (&Catalogue{ID: f.ID.v, Version: int(f.Version.v)}).Key()
	return own, Key(f.Mapping.v.From.v), max(f.Mapping.v.From.line, f.Mapping.line)
}

// CheckMapping holds the mapping against the version it maps from. The error joins all faults; nil also where there is no mapping.
// known finds a version, nil when there is none.
func (c *Catalogue) CheckMapping(known func(Key) *Catalogue) error {
	if c.Mapping == nil {
		return nil
	}
	p := &parser{}
	if circle := Circle(c.Key(), func(k Key) Key { // c itself, and what is known
		m := c.Mapping
		if k != c.Key() {
			if older := known(k); older != nil {
				m = older.Mapping
			} else {
				m = nil
			}
		}
		if m == nil {
			return ""
		}
		return m.From
	}); circle != nil {
		return InCircle(c.Mapping.file, c.Mapping.line, circle)
	}
	for m := c.Mapping; m != nil; {
		older := known(m.From)
		if older == nil {
			p.fault(c.Mapping.file, c.Mapping.line, "%s, which the mapping leads to, is not known", m.From)
			return errors.Join(p.faults...)
		}
		m = older.Mapping
	}
	p.step(known(c.Mapping.From), c)
	return errors.Join(p.faults...)
}

// step finds what each question of a version comes from.
func (p *parser) step(older, newer *Catalogue) Lineage {
	m := newer.Mapping
	l := Lineage{From: older.Key(), To: newer.Key(), Gone: slices.Clone(m.Gone)}
	type claim struct {
		kind Kind
		line int
	}
	claims := map[QuestionKey][]claim{} // by question of the older version
	for _, t := range newer.Tasks() {
		for _, q := range t.Questions {
			o, line := Origin{Question: q.Key, Kind: Same, From: []QuestionKey{q.Key}}, m.line
			if i := slices.IndexFunc(m.Questions, func(given Origin) bool { return given.Question == q.Key }); i >= 0 {
				o, line = m.Questions[i], m.lines[i]
			} else if older.Question(q.Key) == nil {
				p.lacks(m.file, line, "question %q is not in %s: say what it comes from, or that it is new", q.Key, older.Key())
				continue
			}
			for _, from := range o.From {
				old := older.Question(from)
				if old == nil {
					p.fault(m.file, line, "question %q comes from %q, which is not in %s", q.Key, from, older.Key())
					continue
				}
				if o.Kind == Same && old.Dimension != q.Dimension {
					p.fault(m.file, line, "question %q is the same as %q and yet asks about %s, not %s: then it is reworded", q.Key, from, q.Dimension, old.Dimension)
				}
				claims[from] = append(claims[from], claim{o.Kind, line})
			}
			l.Origins = append(l.Origins, o)
		}
	}
	if older.Scale != newer.Scale && slices.ContainsFunc(l.Origins, func(o Origin) bool { return o.Kind == Same }) {
		p.fault(m.file, m.line, "levels %d to %d were %d to %d in %s, so no question is the same: say that each is reworded",
			newer.Scale.Min, newer.Scale.Max, older.Scale.Min, older.Scale.Max, older.Key())
	}
	for _, t := range older.Tasks() {
		for _, q := range t.Questions {
			given := claims[q.Key]
			gone := slices.Index(m.Gone, q.Key)
			splits := 0
			for _, g := range given {
				if g.kind == Split {
					splits++
				}
			}
			switch {
			case gone >= 0 && len(given) > 0: // under its own key
				p.fault(m.file, m.goneLines[gone], "question %q is gone, and yet it stands in this version: say that the one here is new", q.Key)
			case gone < 0 && len(given) == 0:
				p.lacks(m.file, m.line, "question %q of %s goes nowhere: say what comes from it, or that it is gone", q.Key, older.Key())
			case splits == 1 && len(given) == 1:
				p.fault(m.file, given[0].line, "question %q of %s is split into one question only", q.Key, older.Key())
			case len(given) > 1 && splits < len(given):
				p.fault(m.file, given[len(given)-1].line, "question %q of %s goes on in %d questions, which only a split one does", q.Key, older.Key(), len(given))
			}
		}
	}
	for i, q := range m.Gone {
		if older.Question(q) == nil {
			p.fault(m.file, m.goneLines[i], "question %q is said to be gone, but was never in %s", q, older.Key())
		}
	}
	return l
}

// Trace says where every question of a version comes from in an older one, over as many versions as lie between them, and what became of
// the older one's. It is false where no mapping leads there. The mappings must have been checked.
func Trace(newer *Catalogue, from Key, known func(Key) *Catalogue) (Lineage, bool) {
	if newer.Mapping == nil {
		return Lineage{}, false
	}
	older := known(newer.Mapping.From)
	if older == nil {
		return Lineage{}, false
	}
	last := (&parser{}).step(older, newer)
	if older.Key() == from {
		return last, true
	}
	before, ok := Trace(older, from, known)
	if !ok {
		return Lineage{}, false
	}
	return before.Then(last), true
}

// Then joins two lineages end to end: l leads to the version that next leads on from. A question is the same when it was so all the way.
// Any other comes from all that its own origins come from: one of several is split, what comes from several is merged, and what comes from
// one alone is reworded, also when the rest of it was new or has gone.
func (l Lineage) Then(next Lineage) Lineage {
	between := map[QuestionKey]Origin{}
	for _, o := range l.Origins {
		between[o.Question] = o
	}
	joined := Lineage{From: l.From, To: next.To}
	heirs := map[QuestionKey]int{}
	for _, o := range next.Origins {
		whole := Origin{Question: o.Question, Kind: o.Kind}
		for _, q := range o.From {
			if between[q].Kind != Same {
				whole.Kind = Reworded
			}
			for _, from := range between[q].From {
				if !slices.Contains(whole.From, from) {
					whole.From = append(whole.From, from)
					heirs[from]++
				}
			}
		}
		joined.Origins = append(joined.Origins, whole)
	}
	for i := range joined.Origins {
		switch o := &joined.Origins[i]; {
		case len(o.From) == 0:
			o.Kind = New
		case len(o.From) > 1:
			o.Kind = Merged
		case o.Kind == Same:
		case heirs[o.From[0]] > 1:
			o.Kind = Split
		default:
			o.Kind = Reworded
		}
	}
	joined.Gone = slices.Clone(l.Gone)
	for _, o := range l.Origins {
		for _, from := range o.From {
			if heirs[from] == 0 && !slices.Contains(joined.Gone, from) {
				joined.Gone = append(joined.Gone, from)
			}
		}
	}
	slices.Sort(joined.Gone)
	return joined
}
