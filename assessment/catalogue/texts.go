package catalogue

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Of is what a text belongs to.
type Of string

// What has texts.
const (
	OfModel     Of = "model"
	OfDimension Of = "dimension"
	OfLevel     Of = "level" // of the scale
	OfArea      Of = "area"
	OfTask      Of = "task"
	OfQuestion  Of = "question"
	OfTerm      Of = "term"
	OfCase      Of = "case"
)

// Place is where a text stands in a catalogue, the same in each language: question henvise.ansvar, "level 3".
type Place struct {
	Of    Of
	Key   string // empty for the model
	Field string // "name", "level 3", "target small", "situation respons.ansvar"
}

func (p Place) String() string {
	return strings.Join(strings.Fields(string(p.Of)+" "+p.Key+" "+p.Field), " ")
}

// Most is how many characters fit there; 0 where nothing stands.
func (p Place) Most() int {
	field, rest, _ := strings.Cut(p.Field, " ")
	if field == "level" && rest != "" && p.Of == OfQuestion {
		return maxLevel
	}
	return map[string]int{
		"model name": maxName, "model about": maxAbout, "model source": maxAbout, "model scaleNote": maxAbout,
		"dimension name": maxName, "dimension asks": maxAbout, "level name": maxName, "area name": maxName, "area about": maxAbout,
		"task name": maxName, "task short": maxShort, "task about": maxAbout, "task why": maxWhy, "task good": maxGood, "task target": maxTarget,
		"question text": maxQuestion, "question further": maxFurther, "question evidence": maxEvidence,
		"term term": maxName, "term meaning": maxMeaning,
		"case name": maxName, "case about": maxCase, "case situation": maxSituation, "case why": maxReading,
	}[string(p.Of)+" "+field]
}

// Places lists every text's place in the model's order, also where not every language has a text.
func (c *Catalogue) Places() []Place {
	var all []Place
	add := func(of Of, key string, fields ...string) {
		for _, f := range fields {
			p := Place{of, key, f}
			if slices.ContainsFunc(Languages, func(l Lang) bool { _, ok := c.In(l).At(p); return ok }) {
				all = append(all, p)
			}
		}
	}
	numbered := func(field string) []string {
		var fields []string
		for level := c.Scale.Min; level <= c.Scale.Max; level++ {
			fields = append(fields, field+" "+strconv.Itoa(level))
		}
		return fields
	}
	add(OfModel, "", "name", "about", "source", "scaleNote")
	for _, d := range c.Dimensions {
		add(OfDimension, string(d), "name", "asks")
	}
	for level := c.Scale.Min; level <= c.Scale.Max; level++ {
		add(OfLevel, strconv.Itoa(level), "name")
	}
	for _, a := range c.Areas {
		add(OfArea, string(a.Key), "name", "about")
		for _, t := range a.Tasks {
			add(OfTask, string(t.Key), "name", "short", "about", "why", "good")
			for _, size := range Sizes {
				add(OfTask, string(t.Key), "target "+string(size))
			}
			for _, q := range t.Questions {
				add(OfQuestion, string(q.Key), "text")
				add(OfQuestion, string(q.Key), numbered("level")...)
				add(OfQuestion, string(q.Key), numbered("further")...)
				add(OfQuestion, string(q.Key), "evidence")
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(c.In("nb").Terms)) {
		add(OfTerm, string(k), "term", "meaning")
	}
	for _, k := range c.Cases {
		add(OfCase, string(k.Key), "name", "about")
		for _, r := range k.Readings {
			add(OfCase, string(k.Key), "situation "+string(r.Question), "why "+string(r.Question))
		}
	}
	return all
}

// At gives the text at a place, and whether one stands there.
func (w Wording) At(p Place) (string, bool) {
	field, rest, _ := strings.Cut(p.Field, " ")
	level, _ := strconv.Atoi(rest)
	text, ok := "", true
	switch p.Of {
	case OfModel:
		text = map[string]string{"name": w.Name, "about": w.About, "source": w.Source, "scaleNote": w.ScaleNote}[field]
	case OfDimension:
		d := w.Dimensions[DimensionKey(p.Key)]
		text = map[string]string{"name": d.Name, "asks": d.Asks}[field]
	case OfLevel:
		n, err := strconv.Atoi(p.Key)
		text, ok = w.Levels[n], err == nil && field == "name"
	case OfArea:
		a := w.Areas[AreaKey(p.Key)]
		text = map[string]string{"name": a.Name, "about": a.About}[field]
	case OfTask:
		t := w.Tasks[TaskKey(p.Key)]
		text = map[string]string{"name": t.Name, "short": t.Short, "about": t.About, "why": t.Why, "good": t.Good, "target": t.Target[Size(rest)]}[field]
	case OfQuestion:
		q := w.Questions[QuestionKey(p.Key)]
		text = map[string]string{"text": q.Text, "level": q.Levels[level], "further": q.Further[level], "evidence": q.Evidence}[field]
	case OfTerm:
		t := w.Terms[TermKey(p.Key)]
		text = map[string]string{"term": t.Term, "meaning": t.Meaning}[field]
	case OfCase:
		k := w.Cases[CaseKey(p.Key)]
		r := k.Readings[QuestionKey(rest)]
		text = map[string]string{"name": k.Name, "about": k.About, "situation": r.Situation, "why": r.Why}[field]
	}
	return text, ok && text != ""
}

// optional tells whether a text may stand in one language alone, as a level between the described ones may.
func (s Scale) optional(p Place) bool {
	var level int
	_, err := fmt.Sscanf(p.Field, "level %d", &level)
	return p.Of == OfQuestion && err == nil && !slices.Contains(s.described(), level)
}
