package catalogue

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Diff is what is different between two catalogues, and what would become of answers given to the older one: for who is about to take the
// newer into use.
type Diff struct {
	Old       Key           `json:"old"`
	New       Key           `json:"new"`
	Relation  Relation      `json:"relation"`
	Structure bool          `json:"structureChanged"`
	Wording   bool          `json:"wordingChanged"`
	Answers   []Carried     `json:"answers"` // by question of the newer one, in its order
	Gone      []QuestionKey `json:"gone"`    // of the older one, with their answers
	Changes   []Change      `json:"changes"`
	Texts     []TextChange  `json:"texts"`
}

// Relation is how answers get from one catalogue to another.
type Relation string

// The relations.
const (
	OneVersion Relation = "one version" // an answer stays as it is
	Mapped     Relation = "mapped"      // the newer says what became of the older one's questions
	Unmapped   Relation = "unmapped"    // no answer is carried over
)

// Carry is what carrying over does with the answer to a question.
type Carry string

// What is done.
const (
	CarrySame Carry = "same" // it is carried as it is
	CarryLook Carry = "look" // it is carried, to be looked at again
	CarryNone Carry = "none" // the question is answered for the first time
)

// Carried is where a question's answer comes from. Worded tells that its text or levels say something else than before, in any language.
type Carried struct {
	Question QuestionKey   `json:"question"`
	Kind     Kind          `json:"kind,omitempty"` // empty where no mapping says
	From     []QuestionKey `json:"from,omitempty"`
	Answer   Carry         `json:"answer"`
	Worded   bool          `json:"worded,omitempty"`
}

// Change is one thing about the structure, or about what is suggested, that is not as it was.
type Change struct {
	Of   string `json:"of"` // "task"
	Key  string `json:"key,omitempty"`
	What string `json:"what"` // "new", "gone", "moved", "order", or what of it: "weight"
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// TextChange is a text that is not as it was in a language. Old is empty where there was none, New where there is none now.
type TextChange struct {
	Of    Of     `json:"of"`
	Key   string `json:"key,omitempty"`
	Was   string `json:"was,omitempty"` // its key in the older one, where it had another
	Field string `json:"field"`
	Lang  Lang   `json:"lang"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// Place is where the text stands now.
func (t TextChange) Place() Place { return Place{t.Of, t.Key, t.Field} }

// Compare finds what is different. The mappings must have been checked; known finds the versions between the two.
func Compare(older, newer *Catalogue, known func(Key) *Catalogue) Diff {
	d := Diff{Old: older.Key(), New: newer.Key(), Structure: older.StructureHash != newer.StructureHash, Wording: older.WordingHash != newer.WordingHash,
		Answers: []Carried{}, Gone: []QuestionKey{}, Changes: []Change{}, Texts: []TextChange{}}
	d.carry(older, newer, known)
	was := map[QuestionKey]*Question{} // the one question of the older one that a question comes from
	for _, a := range d.Answers {
		switch {
		case len(a.From) == 1:
			was[a.Question] = older.Question(a.From[0])
		case d.Relation == Unmapped:
			was[a.Question] = older.Question(a.Question)
		}
	}
	d.structure(older, newer, was)
	d.suggestions(older, newer)
	d.texts(older, newer, was)
	for i := range d.Answers {
		d.Answers[i].Worded = slices.ContainsFunc(d.Texts, func(t TextChange) bool {
			return t.Of == OfQuestion && t.Key == string(d.Answers[i].Question) && asks(t.Field)
		})
	}
	return d
}

// Counts is how many questions of the newer one share a fate, and how many of the older one are gone.
type Counts struct {
	Same   int `json:"same"`   // their answers are carried as they are
	Worded int `json:"worded"` // of these, asked in other words
	Look   int `json:"look"`   // theirs are carried, to be looked at again
	New    int `json:"new"`    // they are answered for the first time
	Gone   int `json:"gone"`
}

// Counts counts the questions.
func (d Diff) Counts() Counts {
	n := Counts{Gone: len(d.Gone)}
	for _, a := range d.Answers {
		switch {
		case a.Answer == CarryLook:
			n.Look++
		case a.Answer == CarryNone:
			n.New++
		default:
			n.Same++
			if a.Worded {
				n.Worded++
			}
		}
	}
	return n
}

// Beginnings of what is different about a suggestion, in Change.What and TextChange.Field.
const (
	targetFor    = "target for "
	readingOf    = "level of "
	targetField  = "target "
	readingField = "why "
)

// Withhold leaves out what nobody may know before she has answered, since she would answer towards it: suggested levels, and how the cases to
// practise on are meant to be read. It counts the tasks and the cases about which something is left out.
func (d Diff) Withhold() (rest Diff, targets, readings int) {
	tasks, cases := map[string]bool{}, map[string]bool{}
	rest = d
	rest.Changes = slices.DeleteFunc(slices.Clone(d.Changes), func(c Change) bool {
		switch {
		case c.Of == "task" && strings.HasPrefix(c.What, targetFor):
			tasks[c.Key] = true
		case c.Of == "case" && strings.HasPrefix(c.What, readingOf):
			cases[c.Key] = true
		default:
			return false
		}
		return true
	})
	rest.Texts = slices.DeleteFunc(slices.Clone(d.Texts), func(t TextChange) bool {
		switch {
		case t.Of == OfTask && strings.HasPrefix(t.Field, targetField):
			tasks[t.Key] = true
		case t.Of == OfCase && strings.HasPrefix(t.Field, readingField):
			cases[t.Key] = true
		default:
			return false
		}
		return true
	})
	return rest, len(tasks), len(cases)
}

// Before lists what a version can be compared with: those that its mapping leads back to, the nearest first, and then the other older ones of
// its model, the newest first.
func (c *Catalogue) Before(all map[Key]*Catalogue) []*Catalogue {
	var before []*Catalogue
	for m := c.Mapping; m != nil; {
		older := all[m.From]
		if older == nil || older == c || slices.Contains(before, older) {
			break
		}
		before, m = append(before, older), older.Mapping
	}
	var others []*Catalogue
	for _, o := range all {
		if o.ID == c.ID && o.Version < c.Version && !slices.Contains(before, o) {
			others = append(others, o)
		}
	}
	slices.SortFunc(others, func(a, b *Catalogue) int { return b.Version - a.Version })
	return append(before, others...)
}

// asks tells whether a text of a question is part of what it asks, and not guidance.
func asks(field string) bool {
	return field == "text" || strings.HasPrefix(field, "level ")
}

// carry says where every answer comes from.
func (d *Diff) carry(older, newer *Catalogue, known func(Key) *Catalogue) {
	origins := map[QuestionKey]Origin{}
	if d.Old == d.New {
		d.Relation = OneVersion
		for k := range newer.questions {
			origins[k] = Origin{k, New, nil}
			if older.Question(k) != nil {
				origins[k] = Origin{k, Same, []QuestionKey{k}}
			}
		}
		for _, t := range older.Tasks() {
			for _, q := range t.Questions {
				if newer.Question(q.Key) == nil {
					d.Gone = append(d.Gone, q.Key)
				}
			}
		}
	} else if l, ok := Trace(newer, d.Old, known); ok {
		d.Relation = Mapped
		for _, o := range l.Origins {
			origins[o.Question] = o
		}
		d.Gone = append(d.Gone, l.Gone...)
	} else {
		d.Relation = Unmapped
	}
	for _, t := range newer.Tasks() {
		for _, q := range t.Questions {
			o := origins[q.Key]
			c := Carried{Question: q.Key, Kind: o.Kind, From: o.From, Answer: CarrySame}
			switch {
			case len(o.From) == 0:
				c.Answer = CarryNone
			case o.Kind.NeedsLook():
				c.Answer = CarryLook
			}
			d.Answers = append(d.Answers, c)
		}
	}
}

func (d *Diff) change(of, key, what, from, to string) {
	d.Changes = append(d.Changes, Change{of, key, what, from, to})
}

// other notes a value that is not what it was.
func (d *Diff) other(of, key, what, from, to string) {
	if from != to {
		d.change(of, key, what, from, to)
	}
}

// list compares two lists of keys: what is new, gone, or in another order.
func (d *Diff) list(of, within string, older, newer []string) {
	for _, k := range newer {
		if !slices.Contains(older, k) {
			d.change(of, k, "new", "", within)
		}
	}
	for _, k := range older {
		if !slices.Contains(newer, k) {
			d.change(of, k, "gone", within, "")
		}
	}
	d.order(of, within, older, newer)
}

// order notes that what both lists have stands in another order.
func (d *Diff) order(of, within string, older, newer []string) {
	both := func(list, other []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(k string) bool { return !slices.Contains(other, k) })
	}
	if a, b := both(older, newer), both(newer, older); !slices.Equal(a, b) {
		d.change(of, within, "order", "", "")
	}
}

func keysOf[T any](all []T, key func(T) string) []string {
	keys := make([]string, len(all))
	for i, x := range all {
		keys[i] = key(x)
	}
	return keys
}

// structure compares what scores depend on.
func (d *Diff) structure(older, newer *Catalogue, was map[QuestionKey]*Question) {
	d.other("model", "", "source", older.Source, newer.Source)
	scale := func(s Scale) string { return fmt.Sprintf("%d to %d", s.Min, s.Max) }
	if d.Relation == OneVersion {
		d.other("mapping", "", "what it says", strings.TrimSpace(older.Mapping.text()), strings.TrimSpace(newer.Mapping.text()))
	}
	d.other("scale", "", "levels", scale(older.Scale), scale(newer.Scale))
	dimension := func(k DimensionKey) string { return string(k) }
	d.list("dimension", "", keysOf(older.Dimensions, dimension), keysOf(newer.Dimensions, dimension))
	area, task := func(a Area) string { return string(a.Key) }, func(t Task) string { return string(t.Key) }
	d.list("area", "", keysOf(older.Areas, area), keysOf(newer.Areas, area))
	for _, a := range newer.Areas {
		if old := older.Area(a.Key); old != nil {
			d.other("area", string(a.Key), "service path", strconv.FormatBool(old.Path), strconv.FormatBool(a.Path))
			d.order("task", string(a.Key), keysOf(old.Tasks, task), keysOf(a.Tasks, task))
		}
	}
	for _, t := range newer.Tasks() {
		if old := older.Task(t.Key); old == nil {
			d.change("task", string(t.Key), "new", "", string(t.Area))
		} else {
			d.other("task", string(t.Key), "moved", string(old.Area), string(t.Area))
		}
	}
	for _, t := range older.Tasks() {
		if newer.Task(t.Key) == nil {
			d.change("task", string(t.Key), "gone", string(t.Area), "")
		}
	}
	for _, t := range newer.Tasks() {
		var before []string // the keys here, as they were
		for _, q := range t.Questions {
			old := was[q.Key]
			if old == nil {
				continue
			}
			if !slices.Contains(before, string(old.Key)) {
				before = append(before, string(old.Key))
			}
			d.other("question", string(q.Key), "moved", string(old.Task), string(q.Task))
			d.other("question", string(q.Key), "dimension", string(old.Dimension), string(q.Dimension))
			d.other("question", string(q.Key), "weight", strconv.Itoa(old.Weight), strconv.Itoa(q.Weight))
		}
		if old := older.Task(t.Key); old != nil {
			d.order("question", string(t.Key), keysOf(old.Questions, func(q Question) string { return string(q.Key) }), before)
		}
	}
}

// suggestions compares what no score depends on: targets, cases and words.
func (d *Diff) suggestions(older, newer *Catalogue) {
	band := func(c *Catalogue, t TaskKey, s Size) string {
		if b, ok := c.Target(t, s); ok {
			return fmt.Sprintf("%d to %d", b.Lowest, b.Highest)
		}
		return ""
	}
	for _, t := range newer.Tasks() {
		for _, s := range Sizes {
			if older.Task(t.Key) != nil {
				d.other("task", string(t.Key), targetFor+string(s)+" municipalities", band(older, t.Key, s), band(newer, t.Key, s))
			}
		}
	}
	key := func(c Case) string { return string(c.Key) }
	d.list("case", "", keysOf(older.Cases, key), keysOf(newer.Cases, key))
	for _, k := range newer.Cases {
		old := older.Case(k.Key)
		if old == nil {
			continue
		}
		level := func(readings []Reading, q QuestionKey) string {
			if i := slices.IndexFunc(readings, func(r Reading) bool { return r.Question == q }); i >= 0 {
				return strconv.Itoa(readings[i].Level)
			}
			return ""
		}
		question := func(r Reading) string { return string(r.Question) }
		before, now := keysOf(old.Readings, question), keysOf(k.Readings, question)
		for _, q := range now {
			d.other("case", string(k.Key), readingOf+q, level(old.Readings, QuestionKey(q)), level(k.Readings, QuestionKey(q)))
		}
		for _, q := range before {
			if !slices.Contains(now, q) {
				d.change("case", string(k.Key), readingOf+q, level(old.Readings, QuestionKey(q)), "")
			}
		}
		d.order("reading of case", string(k.Key), before, now)
	}
	terms := func(c *Catalogue) []string {
		var all []string
		for _, k := range slices.Sorted(maps.Keys(c.In("nb").Terms)) {
			all = append(all, string(k))
		}
		return all
	}
	d.list("term", "", terms(older), terms(newer))
}

// part is what texts belong to.
type part struct {
	of  Of
	key string
}

// fieldsOf lists the texts that a part has in any language, and the parts, both in the model's order.
func fieldsOf(c *Catalogue) (map[part][]string, []part) {
	fields := map[part][]string{}
	var order []part
	for _, p := range c.Places() {
		k := part{p.Of, p.Key}
		if fields[k] == nil {
			order = append(order, k)
		}
		fields[k] = append(fields[k], p.Field)
	}
	return fields, order
}

// texts compares the texts of what both have. Those of what is new or gone are told of by the part itself.
func (d *Diff) texts(older, newer *Catalogue, was map[QuestionKey]*Question) {
	before, _ := fieldsOf(older)
	now, order := fieldsOf(newer)
	for _, k := range order {
		old := k
		if k.of == OfQuestion {
			q := was[QuestionKey(k.key)]
			if q == nil {
				continue
			}
			old.key = string(q.Key)
		}
		if before[old] == nil {
			continue
		}
		fields := now[k]
		for _, f := range before[old] {
			if !slices.Contains(fields, f) {
				fields = append(fields, f)
			}
		}
		for _, f := range fields {
			for _, lang := range Languages {
				t := TextChange{Of: k.of, Key: k.key, Field: f, Lang: lang}
				t.Old, _ = older.In(lang).At(Place{k.of, old.key, f})
				t.New, _ = newer.In(lang).At(Place{k.of, k.key, f})
				if t.Old == t.New {
					continue
				}
				if old.key != k.key {
					t.Was = old.key
				}
				d.Texts = append(d.Texts, t)
			}
		}
	}
}
