package catalogue

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// Versions in use, with the hash of their structure. A published version never changes: results of many rounds stand on it. Who
// wants other areas, tasks, questions or weights makes a new version, in a folder of its own, and adds a line here when it is published.
func pinned() map[Key]string {
	return map[Key]string{
		"helhetlig-tjenestemodell-1": "27184e22cfd708b1992c0980844484c169791db726b4e158c365492fb9aff43a",
	}
}

func load(t *testing.T) map[Key]*Catalogue {
	t.Helper()
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPublishedVersionsNeverChange(t *testing.T) {
	all := load(t)
	for key, hash := range pinned() {
		c := all[key]
		if c == nil {
			t.Errorf("%s is published and gone", key)
			continue
		}
		if c.StructureHash != hash {
			t.Errorf("the structure of %s has changed: %s, published was %s", key, c.StructureHash, hash)
		}
	}
	for key, c := range all {
		if _, ok := pinned()[key]; ok != c.Published() {
			t.Errorf("%s is published: %t, pinned here: %t", key, c.Published(), ok)
		}
	}
	for _, key := range published() {
		if all[key] == nil {
			t.Errorf("%s is published and not part of the program", key)
		}
	}
}

// Loading twice gives the same: no order of a map may reach the hashes.
func TestLoadIsRepeatable(t *testing.T) {
	a, b := load(t), load(t)
	for key := range a {
		if a[key].StructureHash != b[key].StructureHash || a[key].WordingHash != b[key].WordingHash {
			t.Errorf("%s has other hashes when loaded again", key)
		}
	}
}

func TestModelIsWhole(t *testing.T) {
	c := load(t)["helhetlig-tjenestemodell-1"]
	if c.Scale != (Scale{0, 5}) {
		t.Errorf("the scale is %v", c.Scale)
	}
	if want := []DimensionKey{"ansvar", "praksis", "samhandling", "forbedring"}; !slices.Equal(c.Dimensions, want) {
		t.Errorf("dimensions %v", c.Dimensions)
	}
	var sizes []string
	for _, a := range c.Areas {
		sizes = append(sizes, fmt.Sprintf("%s %d %t", a.Key, len(a.Tasks), a.Path))
	}
	want := []string{"tjenesteforlop 4 true", "videreutvikling 9 false", "support 2 false", "it-drift 2 false", "oppgraderinger 5 false", "anskaffelser 2 false"}
	if !slices.Equal(sizes, want) {
		t.Errorf("areas %v", sizes)
	}
	for _, task := range c.Tasks() {
		var dimensions []DimensionKey
		for _, q := range task.Questions {
			dimensions = append(dimensions, q.Dimension)
			if q.Key != QuestionKey(string(task.Key)+"."+string(q.Dimension)) {
				t.Errorf("question %s of task %s asks about %s", q.Key, task.Key, q.Dimension)
			}
		}
		if !slices.Equal(dimensions, c.Dimensions) {
			t.Errorf("task %s asks about %v", task.Key, dimensions)
		}
	}
}

// Every key has its text in every language, and no text stands twice in a language: two questions with the same words would be
// answered without being read.
func TestEveryKeyIsWordedInEveryLanguage(t *testing.T) {
	for key, c := range load(t) {
		for _, lang := range Languages {
			w := c.In(lang)
			if w.Name == "" || w.About == "" || w.ScaleNote == "" || !strings.Contains(w.Source, "https://www.ks.no/") {
				t.Errorf("%s %s: name %q, source %q", key, lang, w.Name, w.Source)
			}
			if len(w.Areas) != len(c.areas) || len(w.Tasks) != len(c.tasks) || len(w.Questions) != len(c.questions) ||
				len(w.Dimensions) != len(c.Dimensions) || len(w.Levels) != c.Scale.Max-c.Scale.Min+1 {
				t.Errorf("%s %s: %d areas, %d tasks, %d questions, %d dimensions, %d levels", key, lang,
					len(w.Areas), len(w.Tasks), len(w.Questions), len(w.Dimensions), len(w.Levels))
			}
			seen := map[string]string{}
			text := func(place, s string) {
				if strings.TrimSpace(s) != s || strings.Contains(s, "  ") || strings.ContainsFunc(s, unicode.IsControl) {
					t.Errorf("%s %s: %s is not clean: %q", key, lang, place, s)
				}
				if other, ok := seen[strings.ToLower(s)]; ok {
					t.Errorf("%s %s: %s says the same as %s: %q", key, lang, place, other, s)
				}
				seen[strings.ToLower(s)] = place
			}
			for _, k := range slices.Sorted(maps.Keys(w.Areas)) {
				text("about area "+string(k), w.Areas[k].About)
			}
			for _, k := range slices.Sorted(maps.Keys(w.Tasks)) {
				text("task "+string(k), w.Tasks[k].Name)
				text("about task "+string(k), w.Tasks[k].About)
				text("why task "+string(k), w.Tasks[k].Why)
				text("good in task "+string(k), w.Tasks[k].Good)
				for _, size := range Sizes {
					text(fmt.Sprintf("target of %s in task %s", size, k), w.Tasks[k].Target[size])
				}
			}
			for _, k := range slices.Sorted(maps.Keys(w.Questions)) {
				text("question "+string(k), w.Questions[k].Text)
				for _, level := range slices.Sorted(maps.Keys(w.Questions[k].Levels)) {
					text(fmt.Sprintf("level %d of %s", level, k), w.Questions[k].Levels[level])
				}
				for _, level := range slices.Sorted(maps.Keys(w.Questions[k].Further)) {
					text(fmt.Sprintf("further %d of %s", level, k), w.Questions[k].Further[level])
				}
				text("evidence of "+string(k), w.Questions[k].Evidence)
				if !strings.HasSuffix(w.Questions[k].Text, "?") {
					t.Errorf("%s %s: question %s asks nothing: %q", key, lang, k, w.Questions[k].Text)
				}
			}
			for _, k := range slices.Sorted(maps.Keys(w.Terms)) {
				text("the meaning of "+string(k), w.Terms[k].Meaning)
				if other, ok := seen["term "+w.Terms[k].Term]; ok {
					t.Errorf("%s %s: %s and %s are the same word", key, lang, k, other)
				}
				seen["term "+w.Terms[k].Term] = string(k)
			}
			for _, k := range slices.Sorted(maps.Keys(w.Cases)) {
				text("about case "+string(k), w.Cases[k].About)
				for _, q := range slices.Sorted(maps.Keys(w.Cases[k].Readings)) {
					text(fmt.Sprintf("situation %s of %s", q, k), w.Cases[k].Readings[q].Situation)
					text(fmt.Sprintf("why %s of %s", q, k), w.Cases[k].Readings[q].Why)
				}
			}
		}
	}
}

// The model in use has all that a catalogue may have, the same in every language.
func TestModelIsGuided(t *testing.T) {
	c := load(t)["helhetlig-tjenestemodell-1"]
	for _, lang := range Languages {
		w := c.In(lang)
		for _, task := range c.Tasks() {
			if text := w.Tasks[task.Key]; text.Why == "" || text.Good == "" || len(text.Target) != len(Sizes) {
				t.Errorf("%s: task %s is without guidance: %+v", lang, task.Key, text)
			}
			for _, q := range task.Questions {
				if text := w.Questions[q.Key]; len(text.Further) != 2 || text.Evidence == "" {
					t.Errorf("%s: question %s is without guidance: %+v", lang, q.Key, text)
				}
			}
		}
		if !slices.Equal(slices.Sorted(maps.Keys(w.Terms)), slices.Sorted(maps.Keys(c.In("nb").Terms))) || len(w.Terms) < 50 {
			t.Errorf("%s: %d words", lang, len(w.Terms))
		}
	}
	for _, task := range c.Tasks() {
		for i, size := range Sizes {
			b, ok := c.Target(task.Key, size)
			if !ok {
				t.Errorf("task %s has no target for %s municipalities", task.Key, size)
			}
			if i > 0 { // what is enough for a small one is never too little for it when it has grown
				if smaller, _ := c.Target(task.Key, Sizes[i-1]); smaller.Lowest > b.Lowest || smaller.Highest > b.Highest {
					t.Errorf("task %s asks more of %s municipalities, %v, than of %s, %v", task.Key, Sizes[i-1], smaller, size, b)
				}
			}
		}
	}
}

// Each case shows one question of every area, all dimensions, and levels far enough apart to disagree about.
func TestCasesAreVaried(t *testing.T) {
	c := load(t)["helhetlig-tjenestemodell-1"]
	if len(c.Cases) != 3 {
		t.Errorf("%d cases", len(c.Cases))
	}
	for _, k := range c.Cases {
		areas, dimensions, levels := map[AreaKey]bool{}, map[DimensionKey]bool{}, map[int]bool{}
		for _, r := range k.Readings {
			q := c.Question(r.Question)
			areas[c.Task(q.Task).Area], dimensions[q.Dimension], levels[r.Level] = true, true, true
		}
		if len(areas) != len(c.Areas) || len(dimensions) != len(c.Dimensions) || len(levels) < 4 {
			t.Errorf("case %s has %d areas, %d dimensions, %d levels", k.Key, len(areas), len(dimensions), len(levels))
		}
	}
}

// The short names stand beside each other on an axis: none twice.
func TestShortNamesDiffer(t *testing.T) {
	for key, c := range load(t) {
		for _, lang := range Languages {
			seen := map[string]TaskKey{}
			for k, text := range c.In(lang).Tasks {
				if other, ok := seen[text.Short]; ok {
					t.Errorf("%s %s: %s and %s are both called %q", key, lang, other, k, text.Short)
				}
				seen[text.Short] = k
			}
		}
	}
}

// Nothing stands in the folders that the program does not read.
func TestEveryFileIsRead(t *testing.T) {
	all := load(t)
	err := fs.WalkDir(embedded, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		dir, name, _ := strings.Cut(file, "/")
		c := all[Key(dir)]
		if c == nil {
			t.Errorf("%s is in the folder of no catalogue", file)
			return nil
		}
		area := AreaKey(strings.TrimSuffix(path.Base(name), ".yaml"))
		besides := path.Dir(name) != "targets" && slices.Contains(besidesAreas, string(area))
		if name != "catalogue.yaml" && name != "cases.yaml" && !besides && c.Area(area) == nil {
			t.Errorf("%s is read by nobody", file)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
