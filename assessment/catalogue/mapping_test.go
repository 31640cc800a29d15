package catalogue

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const tinyMapping = `mapping:
  from: tiny-1
  questions:
    - {question: hjelp.praksis, kind: reworded, from: [hjelp.praksis]}
`

// tinyVersion is tiny as a later version, with its catalogue.yaml changed.
func tinyVersion(t *testing.T, version int, changes ...string) (*Catalogue, error) {
	t.Helper()
	files := tiny()
	edit(t, files, "tiny/catalogue.yaml", "version: 1", fmt.Sprintf("version: %d", version))
	for i := 0; i < len(changes); i += 2 {
		edit(t, files, "tiny/catalogue.yaml", changes[i], changes[i+1])
	}
	return Parse(files, "tiny")
}

// mapped adds a mapping to the end of tiny's structure.
func mapped(mapping string) []string {
	return []string{"          - {key: hjelp.praksis, dimension: praksis, weight: 3}\n", "          - {key: hjelp.praksis, dimension: praksis, weight: 3}\n" + mapping}
}

func versions(all ...*Catalogue) func(Key) *Catalogue {
	return func(k Key) *Catalogue {
		for _, c := range all {
			if c.Key() == k {
				return c
			}
		}
		return nil
	}
}

func TestMapping(t *testing.T) {
	one, err := tinyVersion(t, 1)
	if err != nil {
		t.Fatal(err)
	}
	two, err := tinyVersion(t, 2, mapped(tinyMapping)...)
	if err != nil {
		t.Fatal(err)
	}
	if err := two.CheckMapping(versions(one, two)); err != nil {
		t.Fatal(err)
	}
	want := Lineage{From: "tiny-1", To: "tiny-2", Origins: []Origin{
		{"hjelp.ansvar", Same, []QuestionKey{"hjelp.ansvar"}}, // by its key
		{"hjelp.praksis", Reworded, []QuestionKey{"hjelp.praksis"}},
	}}
	got, ok := Trace(two, "tiny-1", versions(one, two))
	if !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if got.Origins[0].Kind.NeedsLook() || !got.Origins[1].Kind.NeedsLook() {
		t.Error("the same needs a new look, or the reworded none")
	}
	for _, c := range []*Catalogue{one, two} {
		if _, ok := Trace(c, "tiny-7", versions(one, two)); ok {
			t.Errorf("%s comes from a version that is none", c.Key())
		}
	}
}

// The mapping decides what a trend goes on from: it is structure, and a version without one keeps the hash it always had.
func TestMappingIsStructure(t *testing.T) {
	hashes := map[string]string{}
	for _, mapping := range []string{"", tinyMapping, strings.Replace(tinyMapping, "reworded", "same", 1),
		strings.Replace(tinyMapping, "{question", "{question: hjelp.ansvar, kind: new}\n    - {question", 1) + "  gone: [hjelp.ansvar]\n"} {
		c, err := tinyVersion(t, 2, mapped(mapping)...)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := hashes[c.StructureHash]; ok {
			t.Errorf("%q and %q have the same hash", mapping, other)
		}
		hashes[c.StructureHash] = mapping
	}
}

// Each fault by itself, with its line and what is wrong.
func TestMappingFaults(t *testing.T) {
	const ok = "kind: reworded, from: [hjelp.praksis]"
	for _, tt := range []struct{ name, old, new, want string }{
		{"of nothing", "  from: tiny-1\n", "", `:15: mapping from "" must be the id of a catalogue`},
		{"of no version", "from: tiny-1", "from: tiny", `:15: mapping from "tiny" must be`},
		{"of itself", "from: tiny-1", "from: tiny-2", `:15: tiny-2 maps its questions from itself`},
		{"of what comes later", "from: tiny-1", "from: tiny-3", `:15: mapping from version 3, which is not older than version 2`},
		{"of what nobody knows", "from: tiny-1", "from: tinier-1", `:15: tinier-1, which the mapping leads to, is not known`},
		{"unknown field", ok, "kind: reworded, of: [hjelp.praksis]", `:17: unknown field "of"`},
		{"unknown kind", "reworded", "renamed", `:17: kind "renamed" of question "hjelp.praksis" must be same, reworded, split, merged or new`},
		{"question of no version", "{question: hjelp.praksis", "{question: hjelp.alle", `:17: question "hjelp.alle" of the mapping is not in this version`},
		{"doubled", tinyMapping[strings.Index(tinyMapping, "    - {"):], strings.Repeat(tinyMapping[strings.Index(tinyMapping, "    - {"):], 2), `:18: question "hjelp.praksis" is mapped already`},
		{"reworded from two", ok, "kind: reworded, from: [hjelp.praksis, hjelp.ansvar]", `:17: question "hjelp.praksis" is reworded, so it comes from one question, not 2`},
		{"merged from one", "reworded", "merged", `:17: question "hjelp.praksis" is merged, so it comes from two questions or more, not 1`},
		{"merged from one twice", ok, "kind: merged, from: [hjelp.praksis, hjelp.praksis]", `:17: question "hjelp.praksis" comes from "hjelp.praksis" twice`},
		{"new from one", "reworded", "new", `:17: question "hjelp.praksis" is new, so it comes from no question, not 1`},
		{"dangling", "[hjelp.praksis]", "[hjelp.praksisen]", `:17: question "hjelp.praksis" comes from "hjelp.praksisen", which is not in tiny-1`},
		{"split into one", "reworded", "split", `:17: question "hjelp.praksis" of tiny-1 is split into one question only`},
		{"one question goes on in two", "[hjelp.praksis]", "[hjelp.ansvar]", `:17: question "hjelp.ansvar" of tiny-1 goes on in 2 questions, which only a split one does`},
		{"goes nowhere", ok, "kind: new", `:15: question "hjelp.praksis" of tiny-1 goes nowhere: say what comes from it, or that it is gone`},
		{"the same about another dimension", ok, "kind: same, from: [hjelp.ansvar]", `:17: question "hjelp.praksis" is the same as "hjelp.ansvar" and yet asks about praksis, not ansvar: then it is reworded`},
		{"gone and used", ok + "}\n", ok + "}\n  gone: [hjelp.praksis]\n", `:18: question "hjelp.praksis" is gone, and yet another comes from it`},
		{"gone and there", ok + "}\n", ok + "}\n  gone: [hjelp.ansvar]\n", `:18: question "hjelp.ansvar" is gone, and yet it stands in this version`},
		{"gone twice", ok + "}\n", "kind: new}\n  gone: [hjelp.praksis, hjelp.praksis]\n", `:18: question "hjelp.praksis" is said to be gone already`},
		{"gone that never was", ok + "}\n", ok + "}\n  gone: [hjelp.alle]\n", `:18: question "hjelp.alle" is said to be gone, but was never in tiny-1`},
		{"no mapping at all", tinyMapping, "mapping: tiny-1\n", `:14: `},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if strings.Count(tinyMapping, tt.old) != 1 {
				t.Fatalf("%q stands %d times in the mapping", tt.old, strings.Count(tinyMapping, tt.old))
			}
			one, err := tinyVersion(t, 1)
			if err != nil {
				t.Fatal(err)
			}
			two, err := tinyVersion(t, 2, mapped(strings.Replace(tinyMapping, tt.old, tt.new, 1))...)
			if err == nil {
				err = two.CheckMapping(versions(one, two))
			}
			if err == nil || !strings.HasPrefix(err.Error(), "tiny/catalogue.yaml"+tt.want) {
				t.Errorf("%v\nwant %s", err, tt.want)
			}
		})
	}
}

// A key that is neither mapped nor old says nothing of where it comes from, and that is a fault.
func TestUnmappedQuestion(t *testing.T) {
	if _, err := tinyVersion(t, 1, "key: hjelp.ansvar", "key: hjelp.gammel"); err == nil {
		t.Fatal("texts of another key are taken")
	}
	one := &Catalogue{ID: "tiny", Version: 1, Scale: Scale{0, 5}, Areas: []Area{{Key: "a", Tasks: []Task{{Key: "b", Questions: []Question{{Key: "hjelp.praksis", Dimension: "praksis"}}}}}}}
	one.index()
	two, err := tinyVersion(t, 2, mapped(tinyMapping)...)
	if err != nil {
		t.Fatal(err)
	}
	err = two.CheckMapping(versions(one, two))
	if want := `tiny/catalogue.yaml:15: question "hjelp.ansvar" is not in tiny-1: say what it comes from, or that it is new`; err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// On another scale the old answers mean nothing, so nothing is the same.
func TestMappingToAnotherScale(t *testing.T) {
	one, err := tinyVersion(t, 1)
	if err != nil {
		t.Fatal(err)
	}
	two, err := tinyVersion(t, 2, mapped(tinyMapping)...)
	if err != nil {
		t.Fatal(err)
	}
	one.Scale.Min = 1
	if err := two.CheckMapping(versions(one, two)); err == nil || err.Error() != "tiny/catalogue.yaml:15: levels 0 to 5 were 1 to 5 in tiny-1, so no question is the same: say that each is reworded" {
		t.Errorf("%v", err)
	}
}

// Models that take over from each other may go in a circle without any one of them being at fault alone.
func TestMappingInACircle(t *testing.T) {
	a, b := &Catalogue{ID: "a", Version: 1, Mapping: &Mapping{From: "b-1", file: "a-1/catalogue.yaml", line: 7}}, &Catalogue{ID: "b", Version: 1, Mapping: &Mapping{From: "c-1"}}
	c := &Catalogue{ID: "c", Version: 1, Mapping: &Mapping{From: "a-1"}}
	err := a.CheckMapping(versions(a, b, c))
	if want := "a-1/catalogue.yaml:7: the mapping goes in a circle: a-1 → b-1 → c-1 → a-1"; err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	c.Mapping.From = "b-1" // one that does not come back to where it began
	if err := a.CheckMapping(versions(a, b, c)); err == nil || !strings.Contains(err.Error(), "circle") {
		t.Errorf("%v", err)
	}
}

// successor draws a next version: what becomes of each question, and what is new.
func successor(t *rapid.T, older *Catalogue) *Catalogue {
	c := &Catalogue{ID: older.ID, Version: older.Version + 1, Scale: older.Scale, Dimensions: older.Dimensions, Mapping: &Mapping{From: older.Key(), line: 1}}
	task := Task{Key: "t"}
	fresh := 0
	next := func() QuestionKey {
		fresh++
		return QuestionKey(fmt.Sprintf("v%d.q%d", c.Version, fresh))
	}
	add := func(q QuestionKey, said bool, kind Kind, from ...QuestionKey) {
		task.Questions = append(task.Questions, Question{Key: q, Task: "t", Dimension: "d", Weight: 1})
		if said {
			c.Mapping.Questions = append(c.Mapping.Questions, Origin{q, kind, from})
			c.Mapping.lines = append(c.Mapping.lines, 1)
		}
	}
	var old []QuestionKey
	for _, q := range older.Areas[0].Tasks[0].Questions {
		old = append(old, q.Key)
	}
	old = rapid.Permutation(old).Draw(t, "order")
	for len(old) > 0 {
		q := old[0]
		old = old[1:]
		switch fate := rapid.SampledFrom([]string{"kept", "said", "moved", "reworded", "split", "merged", "gone"}).Draw(t, "fate"); {
		case fate == "kept":
			add(q, false, Same)
		case fate == "said":
			add(q, true, Same, q)
		case fate == "moved":
			add(next(), true, Same, q)
		case fate == "reworded":
			add(rapid.SampledFrom([]QuestionKey{q, next()}).Draw(t, "key"), true, Reworded, q)
		case fate == "split":
			add(rapid.SampledFrom([]QuestionKey{q, next()}).Draw(t, "key"), true, Split, q)
			for range rapid.IntRange(1, 2).Draw(t, "more") {
				add(next(), true, Split, q)
			}
		case fate == "merged" && len(old) > 0:
			n := rapid.IntRange(1, min(2, len(old))).Draw(t, "others")
			add(next(), true, Merged, append([]QuestionKey{q}, old[:n]...)...)
			old = old[n:]
		default:
			c.Mapping.Gone, c.Mapping.goneLines = append(c.Mapping.Gone, q), append(c.Mapping.goneLines, 1)
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "new") {
		add(next(), true, New)
	}
	if len(task.Questions) == 0 {
		add(next(), true, New)
	}
	c.Areas = []Area{{Key: "a", Tasks: []Task{task}}}
	c.index()
	return c
}

func first(t *rapid.T) *Catalogue {
	c := &Catalogue{ID: "x", Version: 1, Scale: Scale{0, 5}, Dimensions: []DimensionKey{"d"}, Areas: []Area{{Key: "a", Tasks: []Task{{Key: "t"}}}}}
	for i := range rapid.IntRange(1, 8).Draw(t, "questions") {
		c.Areas[0].Tasks[0].Questions = append(c.Areas[0].Tasks[0].Questions, Question{Key: QuestionKey(fmt.Sprintf("q%d", i)), Task: "t", Dimension: "d", Weight: 1})
	}
	c.index()
	return c
}

// Whatever becomes of the questions over several versions: every one of the newest has an origin, every one of the oldest is reached or
// gone and not both, kinds say how many there were, and it makes no difference in which order the steps are joined.
func TestLineageLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := []*Catalogue{first(t)}
		for range 3 {
			all = append(all, successor(t, all[len(all)-1]))
		}
		known := versions(all...)
		var steps []Lineage
		for i, c := range all[1:] {
			if err := c.CheckMapping(known); err != nil {
				t.Fatal(err)
			}
			l, ok := Trace(c, all[i].Key(), known)
			if !ok {
				t.Fatalf("%s has no lineage", c.Key())
			}
			steps = append(steps, l)
		}
		if a, b := steps[0].Then(steps[1]).Then(steps[2]), steps[0].Then(steps[1].Then(steps[2])); !reflect.DeepEqual(a, b) {
			t.Fatalf("joined from the left %+v, from the right %+v", a, b)
		}
		for i, older := range all {
			for _, newer := range all[i+1:] {
				l, ok := Trace(newer, older.Key(), known)
				if !ok || l.From != older.Key() || l.To != newer.Key() {
					t.Fatalf("from %s to %s: %+v %t", older.Key(), newer.Key(), l, ok)
				}
				heirs := map[QuestionKey]int{}
				var order []QuestionKey
				for _, o := range l.Origins {
					order = append(order, o.Question)
					for _, q := range o.From {
						heirs[q]++
					}
				}
				for _, o := range l.Origins {
					if (o.Kind == New) != (len(o.From) == 0) || (o.Kind == Merged) != (len(o.From) > 1) ||
						(o.Kind == Split) != (len(o.From) == 1 && heirs[o.From[0]] > 1) {
						t.Fatalf("from %s to %s: %+v, whose origins have %v heirs", older.Key(), newer.Key(), o, heirs)
					}
				}
				for _, q := range newer.Areas[0].Tasks[0].Questions {
					if len(order) == 0 || order[0] != q.Key {
						t.Fatalf("%s stands out of order in %+v", q.Key, l)
					}
					order = order[1:]
				}
				for _, q := range older.Areas[0].Tasks[0].Questions {
					if gone := slices.Contains(l.Gone, q.Key); gone == (heirs[q.Key] > 0) {
						t.Fatalf("from %s to %s: %s has %d heirs and is gone: %t", older.Key(), newer.Key(), q.Key, heirs[q.Key], gone)
					}
				}
				for q := range heirs {
					if older.Question(q) == nil {
						t.Fatalf("from %s to %s: %s comes from nowhere", older.Key(), newer.Key(), q)
					}
				}
			}
		}
	})
}
