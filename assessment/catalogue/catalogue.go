// Package catalogue holds the questionnaires: areas of tasks, tasks of questions, and their wording in each language, as
// embedded YAML that is validated with file and line before anything else starts.
package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Keys name the parts of a catalogue. They never change once a version is in use.
type (
	// AreaKey is "tjenesteforlop".
	AreaKey string
	// TaskKey is "henvise", unique in its catalogue.
	TaskKey string
	// QuestionKey is "henvise.ansvar", unique in its catalogue.
	QuestionKey string
	// DimensionKey is "ansvar".
	DimensionKey string
	// TermKey is "gevinsteier", a word of the glossary.
	TermKey string
	// CaseKey is "fjordvik", a case to calibrate by.
	CaseKey string
	// Lang is "nb", "nn" or "en".
	Lang string
	// Key names a version of a catalogue: "helhetlig-tjenestemodell-1".
	Key string
)

// Languages a catalogue must be worded in.
var Languages = []Lang{"nb", "nn", "en"}

// Catalogue is one version of a questionnaire. It is immutable.
type Catalogue struct {
	ID         string // "helhetlig-tjenestemodell"
	Version    int
	Source     string // address of the model it builds on
	Scale      Scale
	Dimensions []DimensionKey
	Areas      []Area
	Cases      []Case   // to calibrate by; none when it has none
	Mapping    *Mapping // of the questions of an older version; nil when it has none

	// StructureHash covers everything that scores depend on; WordingHash the texts and what is suggested, so that a corrected typo
	// or another suggestion leaves structure and results alone. Both are SHA-256 in hex of a line-based encoding, see docs/catalogue.md.
	StructureHash, WordingHash string

	wording   map[Lang]Wording
	targets   map[TaskKey]map[Size]Band
	areas     map[AreaKey]*Area
	tasks     map[TaskKey]*Task
	questions map[QuestionKey]*Question
}

// Scale is the range of levels a question is answered with.
type Scale struct {
	Min, Max int
}

// Area groups tasks. Path marks the service path, which stands on top of the model.
type Area struct {
	Key   AreaKey
	Path  bool
	Tasks []Task
}

// Task is one of the model's tasks.
type Task struct {
	Key       TaskKey
	Area      AreaKey
	Questions []Question
}

// Question asks about one dimension of a task. Weight, from 1 up, counts in the task's mean.
type Question struct {
	Key       QuestionKey
	Task      TaskKey
	Dimension DimensionKey
	Weight    int
}

// Wording is a catalogue in one language.
type Wording struct {
	Name, About, ScaleNote, Source string
	Dimensions                     map[DimensionKey]DimensionText
	Levels                         map[int]string
	Areas                          map[AreaKey]AreaText
	Tasks                          map[TaskKey]TaskText
	Questions                      map[QuestionKey]QuestionText
	Terms                          map[TermKey]TermText // the glossary
	Cases                          map[CaseKey]CaseText
}

// DimensionText names a dimension and says what it asks.
type DimensionText struct{ Name, Asks string }

// AreaText names an area.
type AreaText struct{ Name, About string }

// TaskText names a task; Short is for chart axes, at most 22 characters. Why and Good are its guidance: why it matters, and what
// an ordinary good day looks like. Target says in a sentence why the suggested level suits a size. All three may be empty.
type TaskText struct {
	Name, Short, About string
	Why, Good          string
	Target             map[Size]string
}

// QuestionText is a question and its descriptions of at least levels 1, 3 and 5. Further, the guidance, says how to get one step further
// from a described level (see Scale.Step), and Evidence what one can point to. Both may be empty.
type QuestionText struct {
	Text     string
	Levels   map[int]string
	Further  map[int]string
	Evidence string
}

// Key names this version.
func (c *Catalogue) Key() Key { return Key(fmt.Sprintf("%s-%d", c.ID, c.Version)) }

// In gives the wording in a language, or in bokmål where the language is none of Languages.
func (c *Catalogue) In(l Lang) Wording {
	if w, ok := c.wording[l]; ok {
		return w
	}
	return c.wording["nb"]
}

// Area, Task and Question look a part up by its key; nil when there is none.
func (c *Catalogue) Area(k AreaKey) *Area             { return c.areas[k] }
func (c *Catalogue) Task(k TaskKey) *Task             { return c.tasks[k] }
func (c *Catalogue) Question(k QuestionKey) *Question { return c.questions[k] }

// Tasks lists every task in the model's order.
func (c *Catalogue) Tasks() []Task {
	var all []Task
	for _, a := range c.Areas {
		all = append(all, a.Tasks...)
	}
	return all
}

// index makes the look-ups and hashes once the structure is whole.
func (c *Catalogue) index() {
	c.areas = map[AreaKey]*Area{}
	c.tasks = map[TaskKey]*Task{}
	c.questions = map[QuestionKey]*Question{}
	var structure strings.Builder
	fmt.Fprintf(&structure, "catalogue %s %d\nscale %d %d\n", c.ID, c.Version, c.Scale.Min, c.Scale.Max)
	for _, d := range c.Dimensions {
		fmt.Fprintf(&structure, "dimension %s\n", d)
	}
	for i := range c.Areas {
		a := &c.Areas[i]
		c.areas[a.Key] = a
		fmt.Fprintf(&structure, "area %s %t\n", a.Key, a.Path)
		for j := range a.Tasks {
			t := &a.Tasks[j]
			c.tasks[t.Key] = t
			fmt.Fprintf(&structure, "task %s\n", t.Key)
			for k := range t.Questions {
				q := &t.Questions[k]
				c.questions[q.Key] = q
				fmt.Fprintf(&structure, "question %s %s %d\n", q.Key, q.Dimension, q.Weight)
			}
		}
	}
	structure.WriteString(c.Mapping.text())
	c.StructureHash = hash(structure.String())
	c.WordingHash = hash(c.wordingLines())
}

// wordingLines lists every text with its place and every suggested level with its own, sorted, one a line, quoted so that a line break in
// a text can't forge a line.
func (c *Catalogue) wordingLines() string {
	lines := c.suggestions()
	var languages sync.WaitGroup
	var taken sync.Mutex
	for lang, w := range c.wording {
		languages.Go(func() {
			own := w.lines(lang)
			taken.Lock()
			defer taken.Unlock()
			lines = append(lines, own...)
		})
	}
	languages.Wait()
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// suggestions lists what is the same in every language.
func (c *Catalogue) suggestions() []string {
	var lines []string
	for task, bands := range c.targets {
		for size, b := range bands {
			lines = append(lines, fmt.Sprintf("target %s %s %d %d", task, size, b.Lowest, b.Highest))
		}
	}
	for _, k := range c.Cases {
		for i, r := range k.Readings {
			lines = append(lines, fmt.Sprintf("case %s %d %s %d", k.Key, i+1, r.Question, r.Level))
		}
	}
	return lines
}

// lines lists a language's texts.
func (w Wording) lines(lang Lang) []string {
	var lines []string
	add := func(place, text string) { lines = append(lines, string(lang)+" "+place+" "+strconv.Quote(text)) }
	given := func(place, text string) { // what a catalogue need not have
		if text != "" {
			add(place, text)
		}
	}
	add("name", w.Name)
	add("about", w.About)
	add("scaleNote", w.ScaleNote)
	add("source", w.Source)
	for k, d := range w.Dimensions {
		add("dimension "+string(k)+" name", d.Name)
		add("dimension "+string(k)+" asks", d.Asks)
	}
	for level, text := range w.Levels {
		add(fmt.Sprintf("level %d", level), text)
	}
	for k, a := range w.Areas {
		add("area "+string(k)+" name", a.Name)
		add("area "+string(k)+" about", a.About)
	}
	for k, t := range w.Tasks {
		add("task "+string(k)+" name", t.Name)
		add("task "+string(k)+" short", t.Short)
		add("task "+string(k)+" about", t.About)
		given("task "+string(k)+" why", t.Why)
		given("task "+string(k)+" good", t.Good)
		for size, text := range t.Target {
			add("task "+string(k)+" target "+string(size), text)
		}
	}
	for k, q := range w.Questions {
		add("question "+string(k), q.Text)
		for level, text := range q.Levels {
			add("question "+string(k)+" "+strconv.Itoa(level), text)
		}
		for level, text := range q.Further {
			add("question "+string(k)+" further "+strconv.Itoa(level), text)
		}
		given("question "+string(k)+" evidence", q.Evidence)
	}
	for k, t := range w.Terms {
		add("term "+string(k), t.Term)
		add("term "+string(k)+" meaning", t.Meaning)
	}
	for k, text := range w.Cases {
		add("case "+string(k)+" name", text.Name)
		add("case "+string(k)+" about", text.About)
		for q, r := range text.Readings {
			add("case "+string(k)+" "+string(q)+" situation", r.Situation)
			add("case "+string(k)+" "+string(q)+" why", r.Why)
		}
	}
	return lines
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
