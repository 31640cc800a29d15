package benefits

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"helhet/assessment/catalogue"
)

// The catalogue of the program is whole: each type has several to choose among, and every text is there (else it does not load).
func TestTheSharedIndicators(t *testing.T) {
	c, err := LoadIndicators()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range Types {
		n := 0
		for _, i := range c.All() {
			if slices.Contains(i.Types, kind) {
				n++
			}
		}
		if n < 6 {
			t.Errorf("%s has only %d indicators", kind, n)
		}
	}
	if n := len(c.All()); n < 20 {
		t.Errorf("there are %d indicators", n)
	}
	for _, i := range c.All() {
		nb, nn, en := c.In("nb", i.Key), c.In("nn", i.Key), c.In("en", i.Key)
		if nb.Measure == nn.Measure || nb.Measure == en.Measure || nb != c.In("se", i.Key) {
			t.Errorf("%s: %v, %v, %v", i.Key, nb, nn, en)
		}
	}
}

const (
	fewIndicators = `indicators:
  - {key: visits, types: [saved-time], unit: visits, per: week, direction: less, adds: true}
  - {key: safety, types: [increased-quality], unit: score, direction: more}
`
	fewTexts = `visits: {name: "Visits", measure: "Count.", pitfalls: "Twice."}
safety: {name: "Safety", measure: "Ask.", pitfalls: "Few."}
`
)

func fewFiles() fstest.MapFS {
	files := fstest.MapFS{"x/indicators.yaml": {Data: []byte(fewIndicators)}}
	for _, lang := range catalogue.Languages {
		files["x/"+string(lang)+".yaml"] = &fstest.MapFile{Data: []byte(fewTexts)}
	}
	return files
}

func TestFaultsOfIndicatorsNameFileAndLine(t *testing.T) {
	if _, err := parseIndicators(fewFiles(), "x"); err != nil {
		t.Fatal(err)
	}
	const structure, nn = "x/indicators.yaml", "x/nn.yaml"
	for _, c := range []struct{ name, file, old, new, want string }{
		{"nothing", structure, fewIndicators, "indicators: []\n", "x/indicators.yaml:1: indicators are missing"},
		{"a key no address can hold", structure, "key: safety", "key: Safety!", `x/indicators.yaml:3: key "Safety!" must be`},
		{"double key", structure, "key: safety", "key: visits", `x/indicators.yaml:3: indicator "visits" stands at line 2 already`},
		{"no type", structure, "[saved-time]", "[]", `x/indicators.yaml:2: indicator "visits" is for no type`},
		{"unknown type", structure, "[saved-time]", "[saved]", `x/indicators.yaml:2: type "saved" is none of`},
		{"type twice", structure, "[saved-time]", "[saved-time, saved-time]", `x/indicators.yaml:2: type "saved-time" is none of`},
		{"unknown unit", structure, "unit: score", "unit: stars", `x/indicators.yaml:3: unit "stars" is none of`},
		{"unknown time", structure, "per: week", "per: day", `x/indicators.yaml:2: per "day" is none of`},
		{"no direction", structure, ", direction: more", "", `x/indicators.yaml:3: direction "" is none of`},
		{"averages that add up", structure, "direction: more", "direction: more, adds: true", `x/indicators.yaml:3: indicator "safety" can't be added up`},
		{"unknown field", structure, "per: week", "pr: week", `x/indicators.yaml:2: unknown field "pr"`},
		{"unknown field of a text", nn, `pitfalls: "Few."`, `pitfall: "Few."`, `x/nn.yaml:2: unknown field "pitfall"`},
		{"no text", nn, `safety: {name: "Safety", measure: "Ask.", pitfalls: "Few."}` + "\n", "", `x/nn.yaml:1: indicator "safety" has no text`},
		{"text of nothing", nn, "safety:", "safe:", `x/nn.yaml:2: indicator "safe" is not in indicators.yaml`},
		{"empty text", nn, `"Ask."`, `" "`, `x/nn.yaml:2: measure of "safety" must be one line`},
		{"long name", nn, `"Safety"`, `"` + strings.Repeat("æ", 71) + `"`, `x/nn.yaml:2: name of "safety" is 71 characters long, at most 70 fit`},
		{"two of one name", nn, `"Safety"`, `"Visits"`, `x/nn.yaml:2: name "Visits" stands already`},
		{"double text", nn, "safety:", "visits:", `x/nn.yaml:2: mapping key "visits" already defined`},
		{"no mapping", nn, fewTexts, "- visits\n", `x/nn.yaml:1: a mapping is wanted here`},
	} {
		files := fewFiles()
		data := string(files[c.file].Data)
		if !strings.Contains(data, c.old) {
			t.Fatalf("%s: %q is not there", c.name, c.old)
		}
		files[c.file] = &fstest.MapFile{Data: []byte(strings.Replace(data, c.old, c.new, 1))}
		if _, err := parseIndicators(files, "x"); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	files := fewFiles()
	delete(files, "x/en.yaml")
	if _, err := parseIndicators(files, "x"); err == nil || !strings.HasPrefix(err.Error(), "x/en.yaml: ") {
		t.Errorf("without English: %v", err)
	}
}

// A benefit that picks a shared indicator takes its unit and direction from it, and can't say otherwise.
func TestASharedIndicatorSaysUnitAndDirection(t *testing.T) {
	w := newWorld(t)
	d := full()
	d.Shared, d.Unit, d.Direction, d.Indicator = "driving-hours", "", "", ""
	d.Status = Planned
	b := w.add(d, coordinator().Person)
	if b.Unit != Hours || b.Direction != Less || b.Shared != "driving-hours" {
		t.Fatalf("%+v", b.Data)
	}
	for field, change := range map[string]func(*Data){
		"shared":    func(d *Data) { d.Shared = "steps-climbed" },
		"unit":      func(d *Data) { d.Unit = Kilometres },
		"direction": func(d *Data) { d.Direction = More },
	} {
		d := b.Data
		change(&d)
		_, err := w.Save(w.ctx(), coordinator(), Save{ID: b.ID, Data: d, Tag: b.Tag})
		if f := wantFault(t, err, "invalid", "error.benefit"); len(f.Fields) != 1 || f.Fields[0].Name != field {
			t.Errorf("%s: %+v", field, f.Fields)
		}
	}
}
