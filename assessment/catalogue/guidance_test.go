package catalogue

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	guidedTask = `about: "Helping."
    why: "It matters."
    good: "A good day."
    target:
      small: "Little is enough."
      medium: "Some is needed."
      large: "Much is needed."
`
	guidedQuestion = `
        further:
          1: "Begin."
          3: "Measure."
        evidence: "A plan."
`
	guidedTargets = `hjelp:
  small: [1, 2]
  medium: [2, 3]
  large: [3, 5]
`
	guidedGlossary = `terms:
  hjelp:
    term: "help"
    meaning: "What one gives."
  vakt:
    term: "duty"
    meaning: "When one gives it."
`
	guidedCases = `cases:
  - key: elvik
    readings:
      - {question: hjelp.praksis, level: 3}
      - {question: hjelp.ansvar, level: 0}
`
	guidedCaseTexts = `cases:
  elvik:
    name: "Elvik"
    about: "A made-up place."
    questions:
      hjelp.praksis:
        situation: "They help."
        why: "That is 3."
      hjelp.ansvar:
        situation: "Nobody knows who."
        why: "That is 0."
`
)

// guided is the smallest catalogue that has all a catalogue may have.
func guided() fstest.MapFS {
	files := tiny()
	put := func(file, text string) { files["tiny/"+file] = &fstest.MapFile{Data: []byte(text)} }
	area := strings.Replace(tinyArea, "about: \"Helping.\"\n", guidedTask, 1)
	area = strings.Replace(area, `5: "Always."`+"\n", `5: "Always."`+guidedQuestion, 1)
	area = strings.Replace(area, `5: "Whenever asked."`+"\n", `5: "Whenever asked."`+strings.NewReplacer("Begin", "Start", "Measure", "Count", "A plan", "A log").Replace(guidedQuestion), 1)
	for _, lang := range Languages {
		put(string(lang)+"/support.yaml", area)
		put(string(lang)+"/glossary.yaml", guidedGlossary)
		put(string(lang)+"/cases.yaml", guidedCaseTexts)
	}
	put("targets/support.yaml", guidedTargets)
	put("cases.yaml", guidedCases)
	return files
}

func TestGuided(t *testing.T) {
	c, err := Parse(guided(), "tiny")
	if err != nil {
		t.Fatal(err)
	}
	w := c.In("en")
	if task := w.Tasks["hjelp"]; task.Why != "It matters." || task.Good != "A good day." || task.Target["medium"] != "Some is needed." || len(task.Target) != 3 {
		t.Errorf("task %+v", task)
	}
	if q := w.Questions["hjelp.praksis"]; !maps.Equal(q.Further, map[int]string{1: "Start.", 3: "Count."}) || q.Evidence != "A log." {
		t.Errorf("question %+v", q)
	}
	if b, ok := c.Target("hjelp", "large"); !ok || b != (Band{3, 5}) || !c.HasTargets() {
		t.Errorf("target %v %t", b, ok)
	}
	if _, ok := c.Target("hjelp", "unknown"); ok {
		t.Error("an unknown size has a target")
	}
	if len(w.Terms) != 2 || w.Terms["vakt"] != (TermText{"duty", "When one gives it."}) {
		t.Errorf("glossary %+v", w.Terms)
	}
	k := c.Case("elvik")
	if k == nil || !slices.Equal(k.Readings, []Reading{{"hjelp.praksis", 3}, {"hjelp.ansvar", 0}}) || c.Case("x") != nil {
		t.Errorf("case %+v", k)
	}
	if text := w.Cases["elvik"]; text.Name != "Elvik" || text.Readings["hjelp.ansvar"] != (ReadingText{"Nobody knows who.", "That is 0."}) {
		t.Errorf("case %+v", text)
	}
}

// A catalogue need not have any of it.
func TestUnguided(t *testing.T) {
	c, err := Parse(tiny(), "tiny")
	if err != nil {
		t.Fatal(err)
	}
	w := c.In("nb")
	if w.Tasks["hjelp"].Why != "" || len(w.Questions["hjelp.ansvar"].Further) != 0 || c.HasTargets() || len(w.Terms) != 0 || len(c.Cases) != 0 {
		t.Errorf("%+v", w)
	}
	if _, ok := c.Target("hjelp", "small"); ok {
		t.Error("a target comes from nowhere")
	}
}

func TestStep(t *testing.T) {
	for level, want := range []int{1, 1, 1, 3, 3, -1} {
		got, ok := Scale{0, 5}.Step(level)
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("from level %d: step %d %t, want %d", level, got, ok, want)
		}
	}
	if got := (Scale{1, 4}).Steps(); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("steps of 1–4 are %v", got)
	}
	if got := (Scale{0, 1}).Steps(); !slices.Equal(got, []int{0}) {
		t.Errorf("steps of 0–1 are %v", got)
	}
}

func TestFaultsOfGuidance(t *testing.T) {
	const area, targets, glossary, cases, texts = "tiny/nn/support.yaml", "tiny/targets/support.yaml", "tiny/nn/glossary.yaml", "tiny/cases.yaml", "tiny/nn/cases.yaml"
	long := func(n int) string { return strings.Repeat("å", n) }
	tests := []struct{ name, file, old, new, want string }{
		{"no why", area, "    why: \"It matters.\"\n", "", `tiny/nn/support.yaml:5: why task hjelp matters has no text`},
		{"empty why", area, `"It matters."`, `""`, `tiny/nn/support.yaml:9: why task hjelp matters has no text`},
		{"why too long", area, "It matters.", long(321), `tiny/nn/support.yaml:9: why task hjelp matters is 321 characters long, at most 320 fit`},
		{"no good", area, "    good: \"A good day.\"\n", "", `tiny/nn/support.yaml:5: what good looks like in task hjelp has no text`},
		{"good too long", area, "A good day.", long(321), `tiny/nn/support.yaml:10: what good looks like in task hjelp is 321 characters long, at most 320 fit`},
		{"no sentence", area, "      medium: \"Some is needed.\"\n", "", `tiny/nn/support.yaml:5: task "hjelp" says nothing of the target of medium municipalities`},
		{"empty sentence", area, "Some is needed.", "", `tiny/nn/support.yaml:13: the target of medium municipalities in task hjelp has no text`},
		{"sentence too long", area, "Some is needed.", long(221), `tiny/nn/support.yaml:13: the target of medium municipalities in task hjelp is 221 characters long, at most 220 fit`},
		{"sentence of no size", area, "large: \"", "huge: \"A\"\n      large: \"", `tiny/nn/support.yaml:14: size "huge" of task hjelp must be one of [small medium large]`},
		{"double sentence", area, "large: \"", "small: \"A\"\n      large: \"", `tiny/nn/support.yaml:14: mapping key "small" already defined`},
		{"no step", area, "          3: \"Measure.\"\n", "", `tiny/nn/support.yaml:16: question "hjelp.ansvar" does not say how to get further from level 3`},
		{"step too long", area, "Measure.", long(261), `tiny/nn/support.yaml:24: further 3 of question hjelp.ansvar is 261 characters long, at most 260 fit`},
		{"empty step", area, "Measure.", " ", `tiny/nn/support.yaml:24: further 3 of question hjelp.ansvar has no text`},
		{"step from the top", area, "3: \"Measure.\"", "3: \"Measure.\"\n          5: \"Rest.\"", `tiny/nn/support.yaml:25: further "5" of question hjelp.ansvar must be one of the described levels below the highest, [1 3]`},
		{"step from between", area, "3: \"Measure.\"", "3: \"Measure.\"\n          \"02\": \"Rest.\"", `tiny/nn/support.yaml:25: further "02" of question hjelp.ansvar must be one of`},
		{"double step", area, "3: \"Measure.\"", "3: \"Measure.\"\n          3: \"Rest.\"", `tiny/nn/support.yaml:25: mapping key "3" already defined`},
		{"no evidence", area, "        evidence: \"A plan.\"\n", "", `tiny/nn/support.yaml:16: the evidence of question hjelp.ansvar has no text`},
		{"evidence too long", area, "A plan.", long(221), `tiny/nn/support.yaml:25: the evidence of question hjelp.ansvar is 221 characters long, at most 220 fit`},
		{"evidence that is a list", area, `evidence: "A plan."`, `evidence: ["A plan."]`, `tiny/nn/support.yaml:25: `},

		{"target of no task", targets, "hjelp:\n", "hjelpe:\n  small: [1, 2]\nhjelp:\n", `tiny/targets/support.yaml:1: task "hjelpe" is not in this area in catalogue.yaml`},
		{"target of no size", targets, "  large:", "  huge: [1, 2]\n  large:", `tiny/targets/support.yaml:4: size "huge" of task hjelp must be one of [small medium large]`},
		{"size without target", targets, "  medium: [2, 3]\n", "", `tiny/targets/support.yaml:1: task "hjelp" has no target for medium municipalities`},
		{"double target", targets, "  large:", "  small: [1, 2]\n  large:", `tiny/targets/support.yaml:4: mapping key "small" already defined`},
		{"target beyond the scale", targets, "[3, 5]", "[3, 6]", `tiny/targets/support.yaml:4: the target [3 6] of large municipalities in task hjelp must lie within 0 to 5`},
		{"target below the scale", targets, "[1, 2]", "[-1, 2]", `tiny/targets/support.yaml:2: the target [-1 2] of small municipalities in task hjelp must lie within 0 to 5`},
		{"target upside down", targets, "[3, 5]", "[5, 3]", `tiny/targets/support.yaml:4: the target [5 3] of large municipalities in task hjelp is upside down`},
		{"one level", targets, "[3, 5]", "[3]", `tiny/targets/support.yaml:4: the target of large municipalities in task hjelp must be [lowest, highest]`},
		{"half a level", targets, "[3, 5]", "[3, 4.5]", `tiny/targets/support.yaml:4: a whole number is wanted here`},
		{"a tag for a bracket", targets, "[3, 5]", "!3, 5]", `tiny/targets/support.yaml: can't be taken apart: `},
		{"a word for a target", targets, "[3, 5]", "high", `tiny/targets/support.yaml:4: `},

		{"word without meaning", glossary, "    meaning: \"What one gives.\"\n", "", `tiny/nn/glossary.yaml:2: the meaning of term hjelp has no text`},
		{"meaning without word", glossary, "    term: \"help\"\n", "", `tiny/nn/glossary.yaml:2: term hjelp has no text`},
		{"meaning too long", glossary, "What one gives.", long(321), `tiny/nn/glossary.yaml:4: the meaning of term hjelp is 321 characters long, at most 320 fit`},
		{"word missing", glossary, guidedGlossary[strings.Index(guidedGlossary, "  vakt"):], "", `tiny/nn/glossary.yaml:1: term "vakt" has no text, it stands in nb`},
		{"double word", glossary, "  vakt:", "  hjelp:", `tiny/nn/glossary.yaml:5: mapping key "hjelp" already defined`},
		{"key of no form", glossary, "  vakt:", "  vakt:\n    term: \"duty\"\n    meaning: \"Duty.\"\n  Å:", `tiny/nn/glossary.yaml:8: term "Å" must be 1 to 60`},
		{"unknown field of a word", glossary, "    term: \"help\"", "    see: \"vakt\"\n    term: \"help\"", `tiny/nn/glossary.yaml:3: unknown field "see"`},

		{"case of no question", cases, "hjelp.praksis", "hjelp.praksisen", `tiny/cases.yaml:4: question "hjelp.praksisen" of case elvik is not in catalogue.yaml`},
		{"double reading", cases, "hjelp.ansvar", "hjelp.praksis", `tiny/cases.yaml:5: question "hjelp.praksis" stands in case elvik already`},
		{"reading beyond the scale", cases, "level: 3", "level: 6", `tiny/cases.yaml:4: the level of question "hjelp.praksis" in case elvik must be 0 to 5`},
		{"reading without level", cases, ", level: 0", "", `tiny/cases.yaml:5: the level of question "hjelp.ansvar" in case elvik must be 0 to 5`},
		{"case without readings", cases, guidedCases[strings.Index(guidedCases, "    readings"):], "", `tiny/cases.yaml:2: case "elvik" has no readings`},
		{"no cases", cases, guidedCases, "cases: []\n", `tiny/cases.yaml:1: cases are missing`},
		{"case without texts", texts, "  elvik:", "  elvika:", `tiny/nn/cases.yaml:2: case "elvika" is not in cases.yaml`},
		{"case without about", texts, "    about: \"A made-up place.\"\n", "", `tiny/nn/cases.yaml:2: about case elvik has no text`},
		{"about too long", texts, "A made-up place.", long(701), `tiny/nn/cases.yaml:4: about case elvik is 701 characters long, at most 700 fit`},
		{"situation too long", texts, "They help.", long(421), `tiny/nn/cases.yaml:7: the situation of hjelp.praksis in case elvik is 421 characters long, at most 420 fit`},
		{"reason too long", texts, "That is 3.", long(261), `tiny/nn/cases.yaml:8: why hjelp.praksis is read so in case elvik is 261 characters long, at most 260 fit`},
		{"no situation", texts, "        situation: \"They help.\"\n", "", `tiny/nn/cases.yaml:6: the situation of hjelp.praksis in case elvik has no text`},
		{"no reason", texts, "        why: \"That is 3.\"\n", "", `tiny/nn/cases.yaml:6: why hjelp.praksis is read so in case elvik has no text`},
		{"reading missing", texts, guidedCaseTexts[strings.Index(guidedCaseTexts, "      hjelp.ansvar"):], "", `tiny/nn/cases.yaml:2: question "hjelp.ansvar" of case elvik has no text`},
		{"text of no reading", texts, "      hjelp.praksis:", "      hjelp.nei: {situation: \"A\", why: \"B\"}\n      hjelp.praksis:", `tiny/nn/cases.yaml:6: question "hjelp.nei" is not in case elvik in cases.yaml`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := guided()
			edit(t, files, tt.file, tt.old, tt.new)
			c, err := Parse(files, "tiny")
			if err == nil {
				t.Fatalf("taken as %+v", c)
			}
			if !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%s\nwant %s", err, tt.want)
			}
			// what falls away with a case or its readings is missed in every language, a new word too
			if strings.Contains(err.Error(), "\n") && tt.file != cases && !slices.Contains([]string{"case without texts", "key of no form"}, tt.name) {
				t.Errorf("one fault is told as several:\n%s", err)
			}
		})
	}
}

// What stands in one place is wanted in all: half a guidance would leave a reader wondering what she has missed.
func TestAllOrNothing(t *testing.T) {
	tests := []struct {
		name   string
		change func(fstest.MapFS)
		want   string
	}{
		{"evidence of one question in one language", func(files fstest.MapFS) {
			edit(t, files, "tiny/en/support.yaml", "          5: \"Always.\"\n", "          5: \"Always.\"\n        evidence: \"A plan.\"\n")
		}, `tiny/nb/support.yaml:5: why task hjelp matters has no text`},
		{"a sentence without targets", func(files fstest.MapFS) {
			edit(t, files, "tiny/en/support.yaml", "    short:", "    target: {small: \"A\"}\n    short:")
		}, `tiny/targets/support.yaml: the targets of area "support" are missing`},
		{"targets without sentences", func(files fstest.MapFS) {
			files["tiny/targets/support.yaml"] = &fstest.MapFile{Data: []byte(guidedTargets)}
		}, `tiny/nb/support.yaml:5: task "hjelp" says nothing of the target of small municipalities`},
		{"targets of no area", func(files fstest.MapFS) {
			maps.Copy(files, guided())
			files["tiny/targets/suport.yaml"] = files["tiny/targets/support.yaml"]
		}, `tiny/targets/suport.yaml:1: area "suport" is not in catalogue.yaml`},
		{"a glossary in one language", func(files fstest.MapFS) {
			files["tiny/en/glossary.yaml"] = &fstest.MapFile{Data: []byte(guidedGlossary)}
		}, `tiny/nb/glossary.yaml: the glossary is missing in this language`},
		{"cases without texts", func(files fstest.MapFS) {
			files["tiny/cases.yaml"] = &fstest.MapFile{Data: []byte(guidedCases)}
		}, `tiny/nb/cases.yaml: the cases are missing in this language`},
		{"texts without cases", func(files fstest.MapFS) {
			files["tiny/en/cases.yaml"] = &fstest.MapFile{Data: []byte(guidedCaseTexts)}
		}, `tiny/cases.yaml: the cases are missing`},
		{"an area called glossary", func(files fstest.MapFS) {
			edit(t, files, "tiny/catalogue.yaml", "key: support", "key: glossary")
		}, `tiny/catalogue.yaml:7: area "glossary" would share its file with the catalogue's own`},
		{"a glossary that can't be read", func(files fstest.MapFS) {
			maps.Copy(files, guided())
			files["tiny/nb/glossary.yaml"] = &fstest.MapFile{Data: []byte("terms: [a\n")}
		}, `tiny/nb/glossary.yaml:1: `},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := tiny()
			tt.change(files)
			if _, err := Parse(files, "tiny"); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%v\nwant %s", err, tt.want)
			}
		})
	}
}

// Guidance, targets and cases are words and suggestions: the structure, which results stand on, does not move with them.
func TestGuidanceIsNoStructure(t *testing.T) {
	hashes := func(files fstest.MapFS) (string, string) {
		t.Helper()
		c, err := Parse(files, "tiny")
		if err != nil {
			t.Fatal(err)
		}
		return c.StructureHash, c.WordingHash
	}
	bare, _ := hashes(tiny())
	structure, wording := hashes(guided())
	if structure != bare {
		t.Error("guidance moved the structure")
	}
	for _, c := range [][3]string{
		{"nb/support.yaml", "It matters.", "It counts."}, {"nn/support.yaml", "A good day.", "A day."}, {"en/support.yaml", "Some is needed.", "Some."},
		{"nb/support.yaml", "Measure.", "Weigh."}, {"nb/support.yaml", "A log.", "A list."}, {"targets/support.yaml", "[3, 5]", "[3, 4]"},
		{"nb/glossary.yaml", `"help"`, `"aid"`}, {"nb/glossary.yaml", "What one gives.", "Given."},
		{"cases.yaml", "level: 3", "level: 2"}, {"nb/cases.yaml", `"Elvik"`, `"Elvika"`}, {"nb/cases.yaml", "A made-up place.", "A place."},
		{"nb/cases.yaml", "They help.", "Help."}, {"nb/cases.yaml", "That is 3.", "Three."},
	} {
		files := guided()
		edit(t, files, "tiny/"+c[0], c[1], c[2])
		if s, w := hashes(files); s != structure || w == wording {
			t.Errorf("%q: structure moved %t, wording moved %t", c[2], s != structure, w != wording)
		}
	}
}

func FuzzGuidance(f *testing.F) {
	f.Add([]byte(guidedTargets), []byte(guidedGlossary), []byte(guidedCases), []byte(guidedCaseTexts))
	f.Add([]byte("hjelp: null"), []byte("terms: null"), []byte("cases: [null]"), []byte("cases: {elvik: null}"))
	f.Add([]byte("hjelp: {small: [*a, &a 1]}"), []byte("terms: {a: {<<: *b}}"), []byte("cases: {}"), []byte("cases:\n  ? [1]\n  : {name: a}\n"))
	f.Add([]byte("\xff"), []byte("terms: {a: {term: !!binary x}}"), []byte("---\n---\n"), []byte("a"))
	f.Fuzz(func(t *testing.T, targets, glossary, cases, texts []byte) {
		files := guided()
		files["tiny/targets/support.yaml"] = &fstest.MapFile{Data: targets}
		files["tiny/nn/glossary.yaml"] = &fstest.MapFile{Data: glossary}
		files["tiny/cases.yaml"] = &fstest.MapFile{Data: cases}
		files["tiny/nn/cases.yaml"] = &fstest.MapFile{Data: texts}
		c, err := Parse(files, "tiny")
		if err == nil {
			for _, size := range Sizes {
				if b, ok := c.Target("hjelp", size); !ok || b.Lowest < 0 || b.Highest > 5 || b.Lowest > b.Highest {
					t.Fatalf("target %v %t", b, ok)
				}
			}
			for _, k := range c.Cases {
				for _, r := range k.Readings {
					if c.Question(r.Question) == nil || c.In("nn").Cases[k.Key].Readings[r.Question].Why == "" {
						t.Fatalf("reading %+v is not whole", r)
					}
				}
			}
			return
		}
		for _, fault := range err.(interface{ Unwrap() []error }).Unwrap() {
			if !located.MatchString(fault.Error()) {
				t.Fatalf("a fault without a place: %q", fault)
			}
		}
	})
}
