package catalogue

import (
	"bytes"
	"fmt"
	"testing"
	"testing/fstest"
)

// manyQuestions is a catalogue of 500 questions, 125 tasks in 25 areas, whose texts are as long as those of the model in use: its own
// guidance, targets, glossary and cases, in three languages.
func manyQuestions(tb testing.TB) fstest.MapFS {
	tb.Helper()
	const areas, tasks, questions = 25, 5, 4
	files := fstest.MapFS{}
	put := func(file, text string) { files["many/"+file] = &fstest.MapFile{Data: []byte(text)} }
	dimensions := []string{"ansvar", "praksis", "samhandling", "forbedring"}
	text := func(n int) string { // æøå as often as in Norwegian
		return `"` + string([]rune(string(bytes.Repeat([]byte("Når vakten ringer på kvelden, svarer en som kan. "), n/40+1)))[:n-1]) + `."`
	}

	var structure bytes.Buffer
	fmt.Fprintf(&structure, "id: many\nversion: 1\nsource: https://example.org/\nscale: {min: 0, max: 5}\ndimensions: [ansvar, praksis, samhandling, forbedring]\nareas:\n")
	for a := range areas {
		fmt.Fprintf(&structure, "  - key: area-%d\n    tasks:\n", a)
		var words, targets bytes.Buffer
		fmt.Fprintf(&words, "area: area-%d\nname: \"Area %d\"\nabout: %s\ntasks:\n", a, a, text(120))
		for t := range tasks {
			task := fmt.Sprintf("task-%d-%d", a, t)
			fmt.Fprintf(&structure, "      - key: %s\n        questions:\n", task)
			fmt.Fprintf(&targets, "%s:\n  small: [2, 3]\n  medium: [3, 4]\n  large: [3, 5]\n", task)
			fmt.Fprintf(&words, "  %s:\n    name: %s\n    short: \"Task %d %d\"\n    about: %s\n    why: %s\n    good: %s\n    target:\n", task, text(50), a, t, text(130), text(240), text(230))
			fmt.Fprintf(&words, "      small: %s\n      medium: %s\n      large: %s\n    questions:\n", text(150), text(150), text(150))
			for q := range questions {
				fmt.Fprintf(&structure, "          - {key: %s.%s, dimension: %s, weight: 1}\n", task, dimensions[q], dimensions[q])
				fmt.Fprintf(&words, "      %s.%s:\n        text: %s\n        levels:\n          1: %s\n          3: %s\n          5: %s\n", task, dimensions[q], text(90), text(110), text(130), text(130))
				fmt.Fprintf(&words, "        further:\n          1: %s\n          3: %s\n        evidence: %s\n", text(150), text(160), text(140))
			}
		}
		put(fmt.Sprintf("targets/area-%d.yaml", a), targets.String())
		for _, lang := range Languages {
			put(fmt.Sprintf("%s/area-%d.yaml", lang, a), words.String())
		}
	}
	put("catalogue.yaml", structure.String())
	var terms bytes.Buffer
	fmt.Fprintln(&terms, "terms:")
	for i := range 100 {
		fmt.Fprintf(&terms, "  term-%d:\n    term: \"word %d\"\n    meaning: %s\n", i, i, text(190))
	}
	put("cases.yaml", "cases:\n  - key: one\n    readings:\n      - {question: task-0-0.ansvar, level: 3}\n")
	for _, lang := range Languages {
		put(string(lang)+"/model.yaml", "name: \"Many\"\nabout: \"A\"\nsource: \"B\"\nscaleNote: \"C\"\ndimensions:\n  ansvar: {name: \"A\", asks: \"A?\"}\n  praksis: {name: \"B\", asks: \"B?\"}\n"+
			"  samhandling: {name: \"C\", asks: \"C?\"}\n  forbedring: {name: \"D\", asks: \"D?\"}\nlevels:\n  0: {name: \"0\"}\n  1: {name: \"1\"}\n  2: {name: \"2\"}\n  3: {name: \"3\"}\n  4: {name: \"4\"}\n  5: {name: \"5\"}\n")
		put(string(lang)+"/glossary.yaml", terms.String())
		put(string(lang)+"/cases.yaml", "cases:\n  one:\n    name: \"One\"\n    about: "+text(500)+"\n    questions:\n      task-0-0.ansvar:\n        situation: "+text(380)+"\n        why: "+text(200)+"\n")
	}
	return files
}

// A catalogue five times the size of the one in use is to load in less than 200 ms on a machine of its own (docs/performance.md).
func BenchmarkParse500(b *testing.B) {
	files := manyQuestions(b)
	for b.Loop() {
		if _, err := Parse(files, "many"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(); err != nil {
			b.Fatal(err)
		}
	}
}
