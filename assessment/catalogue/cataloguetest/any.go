// Package cataloguetest draws catalogues for the property tests of whoever reads and writes them.
package cataloguetest

import (
	"fmt"
	"slices"
	"strings"

	"helhet/assessment/catalogue"

	"pgregory.net/rapid"
)

// Any draws a catalogue that is valid and as awkward as a valid one can be: keys that YAML takes for something else, texts that a workbook
// takes for a formula, and any choice of what a catalogue need not have. older is what its mapping maps from; nil when it has none.
func Any(t *rapid.T) (s catalogue.Source, older *catalogue.Catalogue) {
	given := func(v any) catalogue.Given { return catalogue.Given{Text: fmt.Sprint(v)} }
	id := anyKey.Draw(t, "id")
	low := rapid.IntRange(0, 2).Draw(t, "lowest")
	high := low + rapid.IntRange(1, 5).Draw(t, "levels")
	s = catalogue.Source{ID: given(id), Version: given(1), Address: given(anyText(t, 600)), Min: given(low), Max: given(high)}
	scale := catalogue.Scale{Min: low, Max: high}
	described := scale.Steps()
	described = append(slices.Clone(described), high) // on every scale the highest is described

	text := func(of catalogue.Of, key, field string, always bool) {
		p := catalogue.Place{Of: of, Key: key, Field: field}
		for i, lang := range catalogue.Languages {
			if always || i == 0 || rapid.Bool().Draw(t, "in this language too") {
				s.Texts = append(s.Texts, catalogue.SourceText{Lang: lang, Place: p, Given: given(anyText(t, p.Most()))})
			}
		}
	}
	all := func(of catalogue.Of, key string, fields ...string) {
		for _, f := range fields {
			text(of, key, f, true)
		}
	}
	guided, targets, glossary, cases := rapid.Bool().Draw(t, "guided"), rapid.Bool().Draw(t, "targets"), rapid.Bool().Draw(t, "glossary"), rapid.Bool().Draw(t, "cases")

	all(catalogue.OfModel, "", "name", "about", "source", "scaleNote")
	dimensions := keys(t, "dimension", 1, 4)
	for _, d := range dimensions {
		s.Dimensions = append(s.Dimensions, given(d))
		all(catalogue.OfDimension, d, "name", "asks")
	}
	for level := low; level <= high; level++ {
		all(catalogue.OfLevel, fmt.Sprint(level), "name")
	}
	tasks := keys(t, "task", 1, 5)
	var questions []string
	for _, a := range keys(t, "area", 1, min(3, len(tasks))) {
		area := catalogue.SourceArea{Key: given(a)}
		if rapid.Bool().Draw(t, "path") {
			area.Path = given(true)
		}
		all(catalogue.OfArea, a, "name", "about")
		n := rapid.IntRange(1, max(1, len(tasks)-2)).Draw(t, "tasks here")
		if n > len(tasks) || len(tasks) == 0 {
			break
		}
		for _, k := range tasks[:n] {
			task := catalogue.SourceTask{Key: given(k)}
			all(catalogue.OfTask, k, "name", "short", "about")
			if guided {
				all(catalogue.OfTask, k, "why", "good")
			}
			for _, size := range catalogue.Sizes {
				if targets {
					lowest := rapid.IntRange(low, high).Draw(t, "target")
					s.Targets = append(s.Targets, catalogue.SourceTarget{Task: given(k), Size: given(size), Lowest: given(lowest), Highest: given(rapid.IntRange(lowest, high).Draw(t, "to"))})
					all(catalogue.OfTask, k, "target "+string(size))
				}
			}
			for range rapid.IntRange(1, 3).Draw(t, "questions") {
				q := anyKey.Filter(func(q string) bool { return !slices.Contains(questions, q) }).Draw(t, "question")
				questions = append(questions, q)
				task.Questions = append(task.Questions, catalogue.SourceQuestion{Key: given(q), Dimension: given(rapid.SampledFrom(dimensions).Draw(t, "dimension")), Weight: given(rapid.IntRange(1, 100).Draw(t, "weight"))})
				all(catalogue.OfQuestion, q, "text")
				for level := low; level <= high; level++ {
					field := fmt.Sprintf("level %d", level)
					if slices.Contains(described, level) {
						all(catalogue.OfQuestion, q, field)
					} else if rapid.Bool().Draw(t, "described besides") {
						text(catalogue.OfQuestion, q, field, false)
					}
				}
				if guided {
					for _, level := range scale.Steps() {
						all(catalogue.OfQuestion, q, fmt.Sprintf("further %d", level))
					}
					all(catalogue.OfQuestion, q, "evidence")
				}
			}
			area.Tasks = append(area.Tasks, task)
		}
		tasks = tasks[n:]
		s.Areas = append(s.Areas, area)
	}
	// Texts of an area that got no task.
	s.Texts = slices.DeleteFunc(s.Texts, func(x catalogue.SourceText) bool {
		return x.Of == catalogue.OfArea && !slices.ContainsFunc(s.Areas, func(a catalogue.SourceArea) bool { return a.Key.Text == x.Key })
	})
	if glossary {
		for _, k := range keys(t, "term", 1, 3) {
			all(catalogue.OfTerm, k, "term", "meaning")
		}
	}
	if cases {
		for _, k := range keys(t, "case", 1, 2) {
			one := catalogue.SourceCase{Key: given(k)}
			all(catalogue.OfCase, k, "name", "about")
			for _, q := range questions[:rapid.IntRange(1, len(questions)).Draw(t, "readings")] {
				one.Readings = append(one.Readings, catalogue.SourceReading{Question: given(q), Level: given(rapid.IntRange(low, high).Draw(t, "level"))})
				all(catalogue.OfCase, k, "situation "+q, "why "+q)
			}
			s.Cases = append(s.Cases, one)
		}
	}
	if rapid.Bool().Draw(t, "mapped") {
		parsed, err := s.Parse(nil)
		if err != nil {
			t.Fatalf("what was drawn is no catalogue: %v", err)
		}
		older = parsed
		s.Version = given(2)
		s.Mapping = mapping(t, id, questions)
	}
	return s, older
}

// mapping draws where the questions come from, the older version having the same keys.
func mapping(t *rapid.T, id string, questions []string) *catalogue.SourceMapping {
	given := func(s string) catalogue.Given { return catalogue.Given{Text: s} }
	m := &catalogue.SourceMapping{From: given(id + "-1")}
	say := func(q, kind string, from ...string) {
		o := catalogue.SourceOrigin{Question: given(q), Kind: given(kind)}
		for _, f := range from {
			o.From = append(o.From, given(f))
		}
		m.Questions = append(m.Questions, o)
	}
	for i := 0; i < len(questions); i++ {
		q := questions[i]
		next := ""
		if i+1 < len(questions) {
			next = questions[i+1]
		}
		switch rapid.IntRange(0, 4).Draw(t, "fate") {
		case 0:
			say(q, "reworded", q)
		case 1:
			say(q, "new")
			m.Gone = append(m.Gone, given(q))
		case 2:
			if next != "" {
				say(q, "merged", q, next)
				say(next, "new")
				i++
			}
		case 3:
			if next != "" {
				say(q, "split", q)
				say(next, "split", q)
				m.Gone = append(m.Gone, given(next))
				i++
			}
		}
	}
	return m
}

var anyKey = rapid.OneOf(
	rapid.StringMatching(`[a-z]{1,8}(\.[a-z]{1,8})?`),
	rapid.StringMatching(`[a-z0-9.-]{1,12}`),
	rapid.SampledFrom([]string{"null", "true", "no", "on", "y", "5", "007", "1e3", "0x1f", "0o7", "1.5", ".inf", "-", ".", "..", "-.-", "1-2", "2026-01-01", strings.Repeat("a", 60)}),
).Filter(func(s string) bool { return !slices.Contains([]string{"model", "glossary", "cases"}, s) })

func keys(t *rapid.T, what string, from, to int) []string {
	return rapid.SliceOfNDistinct(anyKey, from, to, rapid.ID).Draw(t, what)
}

// anyText draws a text of at most so many characters.
func anyText(t *rapid.T, most int) string {
	awkward := []rune(`=+-@'"\#:{}[]&*!|>%,?_;~<` + "`$^ æøåÆØÅéŋ漢😀 \u00a0\u00ad«»–…x000D_0")
	short := rapid.Custom(func(t *rapid.T) string {
		n := rapid.IntRange(1, max(1, min(most, 12))).Draw(t, "length")
		return string(rapid.SliceOfN(rapid.SampledFrom(awkward), n, n).Draw(t, "text"))
	})
	known := rapid.SampledFrom([]string{"=1+1", "+47 22 22 22 22", "-", "@SUM(A1)", "'", "_x000D_", "_x0041_ og _x005F_", "true", "5", "0", "1e3", "2026-01-01", "null", "~", "#N/A", "<b>&amp;", `"`, `\n`, "%", "- a: b"})
	// A catalogue has so many texts that the longest possible are among them although they are drawn seldom, and is read the sooner.
	longest := rapid.Custom(func(t *rapid.T) string {
		return strings.Repeat(rapid.SampledFrom([]string{"å", "a b ", "=", `\"`, "😀"}).Draw(t, "part"), most)
	})
	text := rapid.OneOf(known, short, known, short, known, short, known, short, known, short, longest).Draw(t, "text")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most])
	}
	if text = strings.TrimSpace(text); text == "" {
		return "a"
	}
	return text
}
