package catalogue_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"helhet/assessment/catalogue"
	"helhet/assessment/catalogue/cataloguetest"

	"pgregory.net/rapid"
)

// same tells what is different between two catalogues that should be one.
func same(t interface{ Fatalf(string, ...any) }, a, b *catalogue.Catalogue) {
	if a.StructureHash != b.StructureHash || a.WordingHash != b.WordingHash {
		t.Fatalf("structure %s, then %s; wording %s, then %s", a.StructureHash, b.StructureHash, a.WordingHash, b.WordingHash)
	}
	if x, y := catalogue.SourceOf(a), catalogue.SourceOf(b); !reflect.DeepEqual(x, y) {
		t.Fatalf("%+v\nthen %+v", x, y)
	}
}

// Whatever a catalogue holds, its files give the same catalogue again.
func TestFilesLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, older := cataloguetest.Any(t)
		known := func(catalogue.Key) *catalogue.Catalogue { return older }
		c, err := s.Parse(known)
		if err != nil {
			t.Fatal(err)
		}
		files := fstest.MapFS{}
		for name, data := range catalogue.SourceOf(c).Files() {
			files["x/"+name] = &fstest.MapFile{Data: data}
		}
		again, err := catalogue.Parse(files, "x")
		if err != nil {
			t.Fatal(err)
		}
		if err := again.CheckMapping(known); err != nil {
			t.Fatal(err)
		}
		same(t, c, again)
		if reflect.DeepEqual(catalogue.SourceOf(c), catalogue.Source{}) || c.In("nb").Name == "" {
			t.Fatal("the catalogue is empty")
		}
	})
}

// The models in use go through their own files, and come out with the hashes they are known by.
func TestFilesOfTheModel(t *testing.T) {
	all, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	for key, c := range all {
		dir := t.TempDir()
		for name, data := range catalogue.SourceOf(c).Files() {
			file := filepath.Join(dir, string(key), name)
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		again, err := catalogue.Parse(os.DirFS(dir), string(key))
		if err != nil {
			t.Fatal(err)
		}
		same(t, c, again)
	}
}

// A fault is told by the place a value was given at, not by the line it would be written on.
func TestSourceFaultsNameTheirPlace(t *testing.T) {
	valid := func() catalogue.Source {
		all, err := catalogue.Load()
		if err != nil {
			t.Fatal(err)
		}
		return catalogue.SourceOf(all["helhetlig-tjenestemodell-1"])
	}
	text := func(s *catalogue.Source, lang catalogue.Lang, of catalogue.Of, key, field string) *catalogue.SourceText {
		for i := range s.Texts {
			if x := &s.Texts[i]; x.Lang == lang && x.Place == (catalogue.Place{Of: of, Key: key, Field: field}) {
				return x
			}
		}
		t.Fatalf("no %s %s %s", of, key, field)
		return nil
	}
	for _, tt := range []struct {
		name   string
		change func(*catalogue.Source)
		want   string
	}{
		{"version", func(s *catalogue.Source) { s.Version = catalogue.Given{Text: "1.5", At: "B3"} }, `B3: a whole number is wanted here`},
		{"no version", func(s *catalogue.Source) { s.Version = catalogue.Given{Text: "", At: "B3"} }, `B3: a whole number is wanted here`},
		{"dimension", func(s *catalogue.Source) {
			s.Areas[1].Tasks[2].Questions[3].Dimension = catalogue.Given{Text: "ansvaret", At: "D9"}
		}, `D9: question "opplaering.forbedring" names dimension "ansvaret", which is not among the dimensions`},
		{"doubled", func(s *catalogue.Source) {
			s.Areas[0].Tasks[0].Questions[0].Key.At = "C2"
			s.Areas[0].Tasks[0].Questions[1].Key = catalogue.Given{Text: "henvise.ansvar", At: "C3"}
			s.Texts = nil
		}, `C3: question "henvise.ansvar" stands at C2 already`},
		{"path", func(s *catalogue.Source) { s.Areas[0].Path = catalogue.Given{Text: "maybe", At: "B2"} }, `B2: `},
		{"text too long", func(s *catalogue.Source) {
			x := text(s, "nn", "task", "henvise", "short")
			x.Text, x.At = "Ein tekst som er altfor lang", "F12"
		}, `F12: the short name of task henvise is 28 characters long, at most 22 fit (nn)`},
		{"line break", func(s *catalogue.Source) {
			x := text(s, "en", "question", "henvise.ansvar", "level 3")
			x.Text, x.At = "One\ntwo", "G40"
		}, `G40: level 3 of henvise.ansvar has a line break, a text is one paragraph (en)`},
		{"unseen", func(s *catalogue.Source) {
			x := text(s, "en", "question", "henvise.ansvar", "evidence")
			x.Text, x.At = "One\u202etwo", "G40"
		}, `G40: the evidence of question henvise.ansvar has a character that nobody sees, U+202E (en)`},
		{"unknown field", func(s *catalogue.Source) {
			s.Texts = append(s.Texts, catalogue.SourceText{Lang: "nb", Place: catalogue.Place{Of: "task", Key: "henvise", Field: "hint"}, Given: catalogue.Given{Text: "A", At: "C99"}})
		}, `C99: unknown field "hint" (nb)`},
		{"doubled text", func(s *catalogue.Source) {
			s.Texts = append(s.Texts, catalogue.SourceText{Lang: "nb", Place: catalogue.Place{Of: "task", Key: "henvise", Field: "why"}, Given: catalogue.Given{Text: "A", At: "C99"}})
		}, `C99: mapping key "why" already defined`},
		{"text of nothing", func(s *catalogue.Source) {
			s.Texts = append(s.Texts, catalogue.SourceText{Lang: "nb", Place: catalogue.Place{Of: "task", Key: "ingen", Field: "why"}, Given: catalogue.Given{Text: "A", At: "C99"}})
		}, `C99: task "ingen" is not in the structure`},
		{"target of nothing", func(s *catalogue.Source) { s.Targets[0].Task = catalogue.Given{Text: "ingen", At: "A2"} }, `A2: task "ingen" is not in the structure`},
		{"target beyond", func(s *catalogue.Source) { s.Targets[0].Lowest = catalogue.Given{Text: "7", At: "C2"} }, `C2: the target [7 3] of small municipalities`},
		{"case", func(s *catalogue.Source) { s.Cases[0].Readings[1].Level = catalogue.Given{Text: "9", At: "C3"} }, `C3: the level of question "beredskap.praksis" in case fjordvik must be 0 to 5`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := valid()
			tt.change(&s)
			_, err := s.Parse(nil)
			faults := catalogue.Faults(err)
			if len(faults) == 0 {
				t.Fatalf("taken: %v", err)
			}
			if !slices.ContainsFunc(faults, func(f *catalogue.Fault) bool { return strings.HasPrefix(f.Error(), tt.want) }) {
				t.Errorf("%v\nwant %s", faults, tt.want)
			}
		})
	}
}
