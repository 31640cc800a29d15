package catalogue_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/assessment/catalogue/cataloguetest"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// compiled are the schemas, each held against the standard's own schema of schemas.
func compiled(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	schemas, err := catalogue.Schemas()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*jsonschema.Schema{}
	for _, s := range schemas {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.Text))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource(s.Name+".json", doc); err != nil {
			t.Fatal(err)
		}
		if all[s.Name], err = c.Compile(s.Name + ".json"); err != nil {
			t.Fatalf("%s is no schema: %v", s.Name, err)
		}
	}
	return all
}

// schemaOf is the name of the schema that a file of a catalogue's folder is of.
func schemaOf(file string) string {
	dir, name := path.Split(file)
	switch {
	case dir == "targets/":
		return "targets"
	case dir == "" || name == "model.yaml" || name == "glossary.yaml":
		return strings.TrimSuffix(name, ".yaml")
	case name == "cases.yaml":
		return "case-texts"
	}
	return "area"
}

// value is a YAML file as a JSON value.
func value(t interface{ Fatal(...any) }, data []byte) any {
	text, err := yaml.YAMLToJSON(data)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The questionnaires in use, as they are written by hand.
func TestQuestionnairesConform(t *testing.T) {
	schemas := compiled(t)
	for _, folder := range []string{".", "testdata"} {
		files := 0
		names, err := fs.Glob(os.DirFS(folder), "*/catalogue.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			dir := os.DirFS(path.Join(folder, path.Dir(name)))
			err := fs.WalkDir(dir, ".", func(file string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				data, err := fs.ReadFile(dir, file)
				if err != nil {
					return err
				}
				files++
				if err := schemas[schemaOf(file)].Validate(value(t, data)); err != nil {
					t.Errorf("%s/%s: %v", path.Dir(name), file, err)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if files < 30 {
			t.Errorf("only %d files in %s", files, folder)
		}
	}
}

// Whatever the parser takes the schemas take.
func TestSchemasTakeEveryCatalogue(t *testing.T) {
	schemas := compiled(t)
	rapid.Check(t, func(t *rapid.T) {
		s, _ := cataloguetest.Any(t)
		for name, data := range s.Files() {
			if err := schemas[schemaOf(name)].Validate(value(t, data)); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, data)
			}
		}
	})
}

// A text of as many characters as fit is taken, and of one more refused, by schema as by parser.
func TestSchemasKnowHowMuchFits(t *testing.T) {
	schemas := compiled(t)
	whole := catalogue.SourceOf(second(t, "trygg-hverdag-1"))
	kinds := map[string]bool{}
	for i, x := range whole.Texts {
		kind := fmt.Sprint(x.Of, " ", strings.Fields(x.Field)[0])
		if kinds[kind] {
			continue
		}
		kinds[kind] = true
		for more := range 2 {
			s := whole
			s.Texts = slices.Clone(whole.Texts)
			s.Texts[i].Text = strings.Repeat("æ", x.Most()+more)
			refused := ""
			for name, data := range s.Files() {
				if err := schemas[schemaOf(name)].Validate(value(t, data)); err != nil {
					refused += fmt.Sprint(name, ": ", err)
				}
			}
			if _, err := s.Parse(nil); (err != nil) != (more > 0) || (refused != "") != (more > 0) {
				t.Errorf("%s, %d more than fit: the parser says %v, the schema %q", x.Place, more, err, refused)
			}
		}
	}
	if len(kinds) < 20 {
		t.Errorf("only %v", kinds)
	}
}

// Every value spoilt in every way that its form forbids is refused, wherever it stands.
func TestSchemasRefuseWhatIsSpoilt(t *testing.T) {
	schemas := compiled(t)
	files := catalogue.SourceOf(second(t, "trygg-hverdag-2")).Files()
	spoilt := 0
	for name, data := range files {
		schema, root := schemas[schemaOf(name)], value(t, data)
		if err := schema.Validate(root); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		refuse := func(at, how string) {
			t.Helper()
			spoilt++
			if schema.Validate(root) == nil {
				t.Errorf("%s, %s: %s is taken", name, at, how)
			}
		}
		var walk func(at string, v any, set func(any))
		walk = func(at string, v any, set func(any)) {
			with := func(how string, other any) {
				t.Helper()
				set(other)
				refuse(at, how)
				set(v)
			}
			with("nothing", nil)
			switch v := v.(type) {
			case map[string]any:
				with("a list", []any{})
				for _, key := range slices.Sorted(maps.Keys(v)) {
					walk(at+"/"+key, v[key], func(other any) { v[key] = other })
				}
				v["Un known"] = "a"
				refuse(at, "an unknown field")
				delete(v, "Un known")
			case []any:
				with("a text", "a")
				if !strings.HasSuffix(at, "/gone") && at != "/mapping/questions" {
					with("an empty list", []any{})
				}
				for i := range v {
					walk(fmt.Sprint(at, "/", i), v[i], func(other any) { v[i] = other })
				}
			case string:
				with("an empty text", "")
				with("a number", json.Number("1"))
				with("a space behind", v+" ")
				with("a line break", v+"\n"+v)
				with("far too much", v+strings.Repeat("a", 1000))
			case json.Number:
				with("half", json.Number("1.5"))
				with("less than nothing", json.Number("-1"))
				with("a text", v.String())
				if at != "/version" {
					with("far too much", json.Number("1000"))
				}
			case bool:
				with("a text", "true")
			default:
				t.Fatalf("%s, %s: %T", name, at, v)
			}
		}
		walk("", root, func(other any) { root = other })
	}
	if spoilt < 1000 {
		t.Errorf("only %d", spoilt)
	}
}

// What must be there is missed, and what must agree is compared.
func TestSchemasRefuse(t *testing.T) {
	schemas := compiled(t)
	files := catalogue.SourceOf(second(t, "trygg-hverdag-2")).Files()
	for _, tt := range []struct{ file, old, new string }{
		{"catalogue.yaml", "id: trygg-hverdag\n", ""},
		{"catalogue.yaml", "version: 2\n", ""},
		{"catalogue.yaml", "  min: 1\n", ""},
		{"catalogue.yaml", "  - folk\nareas", "  - utstyr\nareas"},
		{"catalogue.yaml", "  - key: natt", "  - key: glossary"},
		{"catalogue.yaml", "          - key: tilsyn.kamera\n            dimension: utstyr\n", "          - key: tilsyn.kamera\n"},
		{"catalogue.yaml", "  from: trygg-hverdag-1\n", "  from: trygg-hverdag\n"},
		{"catalogue.yaml", "      kind: new\n", "      kind: newer\n"},
		{"catalogue.yaml", "      kind: new\n", ""},
		{"catalogue.yaml", "      kind: new\n", "      kind: new\n      from: [alarm.folk]\n"},
		{"catalogue.yaml", "      kind: new\n", "      kind: same\n"},
		{"catalogue.yaml", "      kind: new\n", "      kind: merged\n      from: [alarm.folk]\n"},
		{"catalogue.yaml", "      kind: merged\n", "      kind: split\n"},
		{"catalogue.yaml", "        - besok.folk\n", "        - besok.behov\n"},
		{"nb/model.yaml", "scaleNote: ", "scalenote: "},
		{"nb/model.yaml", "    asks: \"Er utstyret på plass?\"\n", ""},
		{"nb/model.yaml", "  4:\n", "  11:\n"},
		{"nb/natt.yaml", "area: \"natt\"\n", ""},
		{"nb/natt.yaml", "    short: \"Nattilsyn\"\n", ""},
		{"nb/natt.yaml", "    good: \"En rolig dag.\"\n", ""},
		{"nb/natt.yaml", "      medium: \"Noen flere.\"\n", ""},
		{"nb/natt.yaml", "        text: \"Virker kameraene?\"\n", ""},
		{"nb/glossary.yaml", "    term: \"alarm\"\n", ""},
		{"nb/cases.yaml", "        why: \"Det er nivå 4.\"\n", ""},
		{"cases.yaml", "        level: 4\n", ""},
		{"targets/natt.yaml", "  large: [3, 4]\n", ""},
		{"targets/natt.yaml", "[3, 4]", "[3]"},
		{"targets/natt.yaml", "[3, 4]", "[3, 4, 4]"},
	} {
		data := string(files[tt.file])
		if strings.Count(data, tt.old) != 1 {
			t.Fatalf("%q stands %d times in %s", tt.old, strings.Count(data, tt.old), tt.file)
		}
		if schemas[schemaOf(tt.file)].Validate(value(t, []byte(strings.Replace(data, tt.old, tt.new, 1)))) == nil {
			t.Errorf("%s with %q in place of %q is taken", tt.file, tt.new, tt.old)
		}
	}
}
