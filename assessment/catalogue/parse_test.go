package catalogue

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	tinyStructure = `id: tiny
version: 1
source: https://example.org/
scale: {min: 0, max: 5}
dimensions: [ansvar, praksis]
areas:
  - key: support
    path: true
    tasks:
      - key: hjelp
        questions:
          - {key: hjelp.ansvar, dimension: ansvar}
          - {key: hjelp.praksis, dimension: praksis, weight: 3}
`
	tinyModel = `name: "Tiny"
about: "About it."
source: "From nowhere."
scaleNote: "Our own."
dimensions:
  ansvar: {name: "Duty", asks: "Whose is it?"}
  praksis: {name: "Practice", asks: "Is it done?"}
levels:
  0: {name: "none"}
  1: {name: "some"}
  2: {name: "more"}
  3: {name: "much"}
  4: {name: "most"}
  5: {name: "all"}
`
	tinyArea = `area: support
name: "Support"
about: "Help when needed."
tasks:
  hjelp:
    name: "To help"
    short: "Help"
    about: "Helping."
    questions:
      hjelp.ansvar:
        text: "Is it known who helps?"
        levels:
          1: "No."
          3: "Yes."
          5: "Always."
      hjelp.praksis:
        text: "Is help given?"
        levels:
          1: "Seldom."
          3: "Often."
          5: "Whenever asked."
`
)

// tiny is the smallest whole catalogue: one area, one task, two questions.
func tiny() fstest.MapFS {
	files := fstest.MapFS{"tiny/catalogue.yaml": {Data: []byte(tinyStructure)}}
	for _, lang := range Languages {
		files["tiny/"+string(lang)+"/model.yaml"] = &fstest.MapFile{Data: []byte(tinyModel)}
		files["tiny/"+string(lang)+"/support.yaml"] = &fstest.MapFile{Data: []byte(tinyArea)}
	}
	return files
}

// edit changes a file of the catalogue; what is changed must stand in it once.
func edit(t *testing.T, files fstest.MapFS, file, old, new string) {
	t.Helper()
	data := string(files[file].Data)
	if strings.Count(data, old) != 1 {
		t.Fatalf("%q stands %d times in %s", old, strings.Count(data, old), file)
	}
	files[file] = &fstest.MapFile{Data: []byte(strings.Replace(data, old, new, 1))}
}

func TestParse(t *testing.T) {
	c, err := Parse(tiny(), "tiny")
	if err != nil {
		t.Fatal(err)
	}
	if c.Key() != "tiny-1" || c.Source != "https://example.org/" || c.Scale != (Scale{0, 5}) || !slices.Equal(c.Dimensions, []DimensionKey{"ansvar", "praksis"}) {
		t.Errorf("%+v", c)
	}
	if a := c.Area("support"); a == nil || !a.Path || len(a.Tasks) != 1 {
		t.Errorf("area %+v", a)
	}
	if k := c.Task("hjelp"); k == nil || k.Area != "support" || len(c.Tasks()) != 1 {
		t.Errorf("task %+v", k)
	}
	if q := c.Question("hjelp.ansvar"); q == nil || q.Weight != 1 || q.Task != "hjelp" || q.Dimension != "ansvar" {
		t.Errorf("question %+v, a weight not given is 1", q)
	}
	if q := c.Question("hjelp.praksis"); q == nil || q.Weight != 3 {
		t.Errorf("question %+v", q)
	}
	if c.Area("x") != nil || c.Task("support") != nil || c.Question("hjelp") != nil {
		t.Error("something is found under a key that nothing has")
	}
	w := c.In("nn")
	if w.Name != "Tiny" || w.Levels[5] != "all" || w.Areas["support"].Name != "Support" || w.Tasks["hjelp"].Short != "Help" ||
		w.Questions["hjelp.praksis"].Levels[3] != "Often." || w.Dimensions["praksis"].Asks != "Is it done?" {
		t.Errorf("wording %+v", w)
	}
	if c.In("sv").Name != c.In("nb").Name {
		t.Error("a language that nobody worded does not read bokmål")
	}
}

// Each fault by itself: precisely one error, with its file, its line and what is wrong.
func TestFaults(t *testing.T) {
	const structure, model, area = "tiny/catalogue.yaml", "tiny/nn/model.yaml", "tiny/nn/support.yaml"
	tests := []struct {
		name, file, old, new string
		want                 string // how the error begins; nothing may follow it on another line, but where a fault makes others
	}{
		{"no id", structure, "id: tiny\n", "\n", `tiny/catalogue.yaml:1: id "" must be 1 to 60`},
		{"an id no address can hold", structure, "id: tiny", "id: Tiny!", `tiny/catalogue.yaml:1: id "Tiny!" must be`},
		{"no version", structure, "version: 1\n", "\n", `tiny/catalogue.yaml:1: version must be 1 or more, is 0`},
		{"version nought", structure, "version: 1\n", "version: 0\n", `tiny/catalogue.yaml:2: version must be 1 or more, is 0`},
		{"version is a word", structure, "version: 1", "version: one", `tiny/catalogue.yaml:2: `},
		{"scale upside down", structure, "{min: 0, max: 5}", "{min: 5, max: 0}", `tiny/catalogue.yaml:4: scale must go from`},
		{"scale too long", structure, "max: 5}", "max: 11}", `tiny/catalogue.yaml:4: scale must go from`},
		{"unknown field in the scale", structure, "max: 5}", "max: 5, step: 1}", `tiny/catalogue.yaml:4: unknown field "step"`},
		{"no dimensions", structure, "dimensions: [ansvar, praksis]\n", "\n", `tiny/catalogue.yaml:1: dimensions are missing`},
		{"double dimension", structure, "[ansvar, praksis]", "[ansvar, praksis, ansvar]", `tiny/catalogue.yaml:5: dimension "ansvar" stands at line 5 already`},
		{"dangling dimension", structure, "dimension: ansvar}", "dimension: ansvaret}", `tiny/catalogue.yaml:12: question "hjelp.ansvar" names dimension "ansvaret", which is not among the dimensions`},
		{"double question", structure, "key: hjelp.praksis", "key: hjelp.ansvar", `tiny/catalogue.yaml:13: question "hjelp.ansvar" stands at line 12 already`},
		{"question without a key", structure, "{key: hjelp.ansvar, ", "{", `tiny/catalogue.yaml:12: question "" must be`},
		{"weight nought", structure, "weight: 3", "weight: 0", `tiny/catalogue.yaml:13: weight must be 1 to 100, is 0`},
		{"weight beyond", structure, "weight: 3", "weight: 101", `tiny/catalogue.yaml:13: weight must be 1 to 100, is 101`},
		{"weight a fraction", structure, "weight: 3", "weight: 1.5", `tiny/catalogue.yaml:13: `},
		{"unknown field", structure, "    path: true", "    paths: true", `tiny/catalogue.yaml:8: unknown field "paths"`},
		{"doubled field", structure, "version: 1\n", "version: 1\nversion: 2\n", `tiny/catalogue.yaml:3: mapping key "version" already defined`},
		{"not YAML", structure, "areas:", "areas: [", `tiny/catalogue.yaml:`},
		{"area in place of a list", structure, "  - key: support\n    path: true", "    key: support\n    path: true", `tiny/catalogue.yaml:7: `},

		{"unknown field in a model", model, "scaleNote:", "scalenote:", `tiny/nn/model.yaml:4: unknown field "scalenote"`},
		{"no name", model, `name: "Tiny"`, `name: "  "`, `tiny/nn/model.yaml:1: the model's name has no text`},
		{"name too long", model, `name: "Tiny"`, `name: "` + strings.Repeat("æ", 121) + `"`, `tiny/nn/model.yaml:1: the model's name is 121 characters long, at most 120 fit`},
		{"dimension without text", model, "  praksis: {name: \"Practice\", asks: \"Is it done?\"}\n", "", `tiny/nn/model.yaml:1: dimension "praksis" has no text`},
		{"text of no dimension", model, "levels:", "  samhandling: {name: \"A\", asks: \"B\"}\nlevels:", `tiny/nn/model.yaml:8: dimension "samhandling" is not in catalogue.yaml`},
		{"double dimension text", model, "  praksis:", "  ansvar:", `tiny/nn/model.yaml:7: mapping key "ansvar" already defined`},
		{"dimension that asks nothing", model, `asks: "Is it done?"`, `asks: ""`, `tiny/nn/model.yaml:7: what dimension praksis asks has no text`},
		{"level without a name", model, "  4: {name: \"most\"}\n", "", `tiny/nn/model.yaml:1: level 4 has no name`},
		{"level beyond the scale", model, "  5: {name: \"all\"}\n", "  5: {name: \"all\"}\n  6: {name: \"beyond\"}\n", `tiny/nn/model.yaml:15: level "6" must be 0 to 5`},
		{"level is a word", model, "  5: {name: \"all\"}\n", "  5: {name: \"all\"}\n  top: {name: \"beyond\"}\n", `tiny/nn/model.yaml:15: level "top" must be 0 to 5`},
		{"double level", model, "  5: {name: \"all\"}\n", "  5: {name: \"all\"}\n  5: {name: \"again\"}\n", `tiny/nn/model.yaml:15: mapping key "5" already defined`},
		{"double level, quoted", model, "  5: {name: \"all\"}\n", "  5: {name: \"all\"}\n  \"5\": {name: \"again\"}\n", `tiny/nn/model.yaml:15: `},

		{"wrong area", area, "area: support", "area: helpdesk", `tiny/nn/support.yaml:1: area is "helpdesk", but the file belongs to "support"`},
		{"text of no task", area, "tasks:\n", "tasks:\n  hjelpe: {name: A, short: B, about: C, questions: {}}\n", `tiny/nn/support.yaml:5: task "hjelpe" is not in this area in catalogue.yaml`},
		{"text of no question", area, "      hjelp.praksis:", "      hjelp.praksisen:\n        text: \"A?\"\n        levels: {1: B, 3: C, 5: D}\n      hjelp.praksis:", `tiny/nn/support.yaml:16: question "hjelp.praksisen" is not in task "hjelp" in catalogue.yaml`},
		{"short name too long", area, `short: "Help"`, `short: "Help with every single thing"`, `tiny/nn/support.yaml:7: the short name of task hjelp is 28 characters long, at most 22 fit`},
		{"no short name", area, "    short: \"Help\"\n", "", `tiny/nn/support.yaml:5: the short name of task hjelp has no text`},
		{"about too long", area, "about: \"Helping.\"", "about: \"" + strings.Repeat("a ", 301) + "\"", `tiny/nn/support.yaml:8: about task hjelp is 602 characters long, at most 600 fit`},
		{"question without words", area, `text: "Is help given?"`, `text: ""`, `tiny/nn/support.yaml:17: question hjelp.praksis has no text`},
		{"level not described", area, "          3: \"Often.\"\n", "", `tiny/nn/support.yaml:16: question "hjelp.praksis" does not describe level 3`},
		{"level described with nothing", area, `3: "Often."`, `3: ""`, `tiny/nn/support.yaml:20: level 3 of hjelp.praksis has no text`},
		{"level that is none", area, `3: "Often."`, "3: \"Often.\"\n          9: \"Beyond.\"", `tiny/nn/support.yaml:21: level "9" must be 0 to 5`},
		{"unknown field of a question", area, "text: \"Is help given?\"", "text: \"Is help given?\"\n        hint: \"No.\"", `tiny/nn/support.yaml:18: unknown field "hint"`},
		{"double question text", area, "      hjelp.praksis:", "      hjelp.ansvar:", `tiny/nn/support.yaml:16: mapping key "hjelp.ansvar" already defined`},
		{"no tasks", area, tinyArea[strings.Index(tinyArea, "tasks:"):], "", `tiny/nn/support.yaml:1: task "hjelp" has no text`},
		{"broken UTF-8", area, "Helping.", "Helping\xc3.", `tiny/nn/support.yaml:8: not UTF-8`},
		{"a second document", area, "Helping.\"\n", "Helping.\"\n---\n", `tiny/nn/support.yaml:9: a second document begins here`},
		{"something after the end", area, "area: support\n", "area: support\n...\n", `tiny/nn/support.yaml:3: a second document begins here`},
		{"brackets without end", area, `"Helping."`, strings.Repeat("[", 100_000), `tiny/nn/support.yaml:8: lists and fields stand too deep in each other here`},
		{"brackets on many lines", area, `"Helping."`, strings.Repeat("{\n", 501), `tiny/nn/support.yaml:508: lists and fields stand too deep`},
		{"list in list in list", area, `"Helping."`, "\n" + strings.Repeat("- ", 20_000), `tiny/nn/support.yaml:9: lists and fields stand too deep`},
		{"a file too large", area, `"Helping."`, strings.Repeat("#", 1<<20), `tiny/nn/support.yaml: the file is 1025 kB large, at most 1024 are taken`},
		{"empty file", area, tinyArea, "", `tiny/nn/support.yaml`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := tiny()
			edit(t, files, tt.file, tt.old, tt.new)
			c, err := Parse(files, "tiny")
			if err == nil {
				t.Fatalf("taken as %+v", c)
			}
			if !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%s\nwant %s", err, tt.want)
			}
			if strings.Contains(err.Error(), "\n") && !slices.Contains([]string{"empty file", "no dimensions"}, tt.name) {
				t.Errorf("one fault is told as several:\n%s", err)
			}
		})
	}
}

// What some editors write before the first word of a file, and the line ends of Windows, change nothing.
func TestMarksOfEditors(t *testing.T) {
	files := tiny()
	for name, file := range files {
		if name != "tiny/nb/model.yaml" { // one that has neither
			file.Data = []byte("\ufeff" + strings.ReplaceAll(string(file.Data), "\n", "\r\n"))
		}
	}
	files["tiny/en/support.yaml"].Data = []byte("# A comment.\n---\n" + tinyArea + "...\n# The end.\n")
	c, err := Parse(files, "tiny")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := Parse(tiny(), "tiny")
	if err != nil {
		t.Fatal(err)
	}
	if c.StructureHash != plain.StructureHash || c.WordingHash != plain.WordingHash {
		t.Error("it is another catalogue")
	}
}

// Nothing is read from what never ends, or waits for somebody to write.
func TestNoOrdinaryFile(t *testing.T) {
	for _, mode := range []fs.FileMode{fs.ModeNamedPipe, fs.ModeDevice | fs.ModeCharDevice, fs.ModeDir} {
		files := tiny()
		files["tiny/nn/support.yaml"] = &fstest.MapFile{Mode: mode | 0o644}
		_, err := Parse(files, "tiny")
		if want := "tiny/nn/support.yaml: this is no ordinary file"; err == nil || err.Error() != want {
			t.Errorf("%v: %v", mode, err)
		}
	}
}

func TestMissingFile(t *testing.T) {
	for file := range tiny() {
		files := tiny()
		delete(files, file)
		_, err := Parse(files, "tiny")
		if err == nil || !strings.HasPrefix(err.Error(), file+": ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("without %s: %v", file, err)
		}
	}
}

// A file of texts that belongs to no area is a dangling key like any other.
func TestFileOfNoArea(t *testing.T) {
	files := tiny()
	files["tiny/en/suport.yaml"] = &fstest.MapFile{Data: []byte(tinyArea)}
	_, err := Parse(files, "tiny")
	if err == nil || err.Error() != `tiny/en/suport.yaml:1: area "suport" is not in catalogue.yaml` {
		t.Errorf("%v", err)
	}
}

// An editor sees all faults at once, in every language, each with its line.
func TestFaultsAreToldTogether(t *testing.T) {
	files := tiny()
	edit(t, files, "tiny/nb/support.yaml", `short: "Help"`, `short: ""`)
	edit(t, files, "tiny/nb/support.yaml", `3: "Often."`, `3: ""`)
	edit(t, files, "tiny/nn/support.yaml", `short: "Help"`, `Short: "Help"`)
	edit(t, files, "tiny/en/model.yaml", "  4: {name: \"most\"}\n", "")
	_, err := Parse(files, "tiny")
	want := []string{
		"tiny/nb/support.yaml:7: the short name of task hjelp has no text",
		"tiny/nb/support.yaml:20: level 3 of hjelp.praksis has no text",
		`tiny/nn/support.yaml:7: unknown field "Short"`,
		"tiny/en/model.yaml:1: level 4 has no name",
	}
	if err == nil || err.Error() != strings.Join(want, "\n") {
		t.Errorf("%v", err)
	}

	files = tiny()
	edit(t, files, "tiny/catalogue.yaml", "weight: 3", "weight: 0")
	edit(t, files, "tiny/catalogue.yaml", "dimension: ansvar}", "dimension: nothing}")
	edit(t, files, "tiny/catalogue.yaml", "version: 1", "version: -1")
	if _, err := Parse(files, "tiny"); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("%v", err)
	}
}

func TestAnotherScale(t *testing.T) {
	files := tiny()
	edit(t, files, "tiny/catalogue.yaml", "{min: 0, max: 5}", "{min: 1, max: 4}")
	_, err := Parse(files, "tiny")
	if err == nil || !strings.Contains(err.Error(), `tiny/nb/support.yaml:10: question "hjelp.ansvar" does not describe level 2`) {
		t.Errorf("%v", err)
	}
	if strings.Contains(err.Error(), "does not describe level 1") || strings.Contains(err.Error(), "does not describe level 3") {
		t.Errorf("levels of another scale are asked for: %v", err)
	}
}

// The structure's hash moves with whatever scores depend on, and with nothing else; the wording's with every text.
func TestHashes(t *testing.T) {
	hashes := func(change func(fstest.MapFS)) (string, string) {
		files := tiny()
		change(files)
		c, err := Parse(files, "tiny")
		if err != nil {
			t.Fatal(err)
		}
		return c.StructureHash, c.WordingHash
	}
	structure, wording := hashes(func(fstest.MapFS) {})
	for file, changes := range map[string][][2]string{
		"tiny/catalogue.yaml": {
			{"id: tiny", "id: tiny2"}, {"version: 1", "version: 2"}, {"path: true", "path: false"}, {"weight: 3", "weight: 4"},
			{"dimension: ansvar}", "dimension: praksis}"}, {"[ansvar, praksis]", "[praksis, ansvar]"},
		},
	} {
		for _, c := range changes {
			if s, w := hashes(func(files fstest.MapFS) { edit(t, files, file, c[0], c[1]) }); s == structure || w != wording {
				t.Errorf("%q: structure moved %t, wording moved %t", c[1], s != structure, w != wording)
			}
		}
	}
	for _, c := range [][3]string{
		{"nb/model.yaml", "Tiny", "Tinier"}, {"nn/model.yaml", "About it.", "About that."}, {"en/model.yaml", "From nowhere.", "From here."},
		{"nb/model.yaml", "Our own.", "Ours."}, {"nb/model.yaml", "Practice", "Use"}, {"nb/model.yaml", "Is it done?", "Done?"},
		{"nb/model.yaml", `"most"`, `"nearly all"`}, {"nb/support.yaml", `"Support"`, `"Support desk"`}, {"nb/support.yaml", "Help when needed.", "Help."},
		{"nb/support.yaml", "To help", "To assist"}, {"nb/support.yaml", `"Help"`, `"Aid"`}, {"nb/support.yaml", "Helping.", "Aiding."},
		{"nb/support.yaml", "Is help given?", "Given?"}, {"nb/support.yaml", "Seldom.", "Rarely."},
	} {
		if s, w := hashes(func(files fstest.MapFS) { edit(t, files, "tiny/"+c[0], c[1], c[2]) }); s != structure || w == wording {
			t.Errorf("%q: structure moved %t, wording moved %t", c[2], s != structure, w != wording)
		}
	}
}

var located = regexp.MustCompile(`^[^:\n]+(:[1-9][0-9]*)?: .`)

// Whatever stands in the files: no panic, and every fault names its file, and its line where it has one.
func FuzzParse(f *testing.F) {
	f.Add([]byte(tinyStructure), []byte(tinyModel), []byte(tinyArea))
	f.Add([]byte("id: [1"), []byte("name: *x"), []byte("tasks: {a: &a {<<: *a}}"))
	f.Add([]byte(strings.Replace(tinyStructure, "[ansvar, praksis]", "null", 1)), []byte("\xff"), []byte("- a\n- b"))
	f.Add([]byte(tinyStructure), []byte("levels:\n  ? [1]\n  : {name: a}\n"), []byte("tasks:\n  hjelp: null\n"))
	f.Add([]byte(tinyStructure), []byte("---\n---\n"), []byte("tasks: !!binary x"))
	f.Fuzz(func(t *testing.T, structure, model, area []byte) {
		files := tiny()
		files["tiny/catalogue.yaml"] = &fstest.MapFile{Data: structure}
		files["tiny/nn/model.yaml"] = &fstest.MapFile{Data: model}
		files["tiny/nn/support.yaml"] = &fstest.MapFile{Data: area}
		c, err := Parse(files, "tiny")
		if err == nil {
			for _, task := range c.Tasks() {
				for _, lang := range Languages {
					if c.In(lang).Tasks[task.Key].Name == "" {
						t.Fatalf("task %q has no name in %s", task.Key, lang)
					}
				}
				for _, q := range task.Questions {
					if c.Question(q.Key) == nil || c.In("nn").Questions[q.Key].Text == "" || !slices.Contains(c.Dimensions, q.Dimension) {
						t.Fatalf("question %q is not whole", q.Key)
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
