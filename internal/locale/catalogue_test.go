package locale

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func loaded(t testing.TB) *Catalogue {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	c.OnMissing = func(lang Lang, key string) { t.Errorf("%s: no text %q", lang, key) }
	return c
}

// TestLanguagesAgree: what can be said in one language can be said in all, with the same values in it.
func TestLanguagesAgree(t *testing.T) {
	c := loaded(t)
	all := map[string]bool{}
	for _, texts := range c.texts {
		for key := range texts {
			all[key] = true
		}
	}
	if len(all) < 50 {
		t.Fatalf("only %d texts were read", len(all))
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		want, known := c.texts[Bokmal][key]
		for _, lang := range Langs() {
			m, ok := c.texts[lang][key]
			if !ok {
				t.Errorf("%s: %q is missing", lang, key)
				continue
			}
			if known && !slices.Equal(m.names(), want.names()) {
				t.Errorf("%s: %q has the placeholders %v, bokmål has %v", lang, key, m.names(), want.names())
			}
			if known && (m.one != nil) != (want.one != nil) {
				t.Errorf("%s: %q: plural forms in one language and none in the other", lang, key)
			}
		}
	}
}

// TestNoStrayCharacters finds what a slip of the keyboard or a wrong encoding leaves behind.
func TestNoStrayCharacters(t *testing.T) {
	c := loaded(t)
	for lang, texts := range c.texts {
		for key, m := range texts {
			for _, p := range slices.Concat(m.one, m.other) {
				if strings.ContainsAny(p.literal, "\t\n\r\ufffd") || strings.Contains(p.literal, "  ") || strings.Contains(p.literal, "Ã") {
					t.Errorf("%s: %q: stray characters in %q", lang, key, p.literal)
				}
			}
		}
	}
}

// TestLikeBokmal only hints: texts of more than four words that read the same in both written languages were perhaps never
// rewritten. Run it with -v and look.
func TestLikeBokmal(t *testing.T) {
	c := loaded(t)
	for _, key := range slices.Sorted(maps.Keys(c.texts[Bokmal])) {
		nb := fill(c.texts[Bokmal][key].other, func(string) (string, bool) { return "", false })
		nn := fill(c.texts[Nynorsk][key].other, func(string) (string, bool) { return "", false })
		if nb == nn && len(strings.Fields(nb)) > 4 {
			t.Logf("the same in nb and nn: %s: %q", key, nb)
		}
	}
}

func TestLoadFaults(t *testing.T) {
	for name, c := range map[string]struct{ files map[string]string }{
		"empty text":         {map[string]string{"nb/a.yaml": `a: ""`}},
		"blank text":         {map[string]string{"nb/a.yaml": `a: "  "`}},
		"open brace":         {map[string]string{"nb/a.yaml": `a: "saved {time"`}},
		"closing brace":      {map[string]string{"nb/a.yaml": `a: "saved time}"`}},
		"no name":            {map[string]string{"nb/a.yaml": `a: "saved {}"`}},
		"bad name":           {map[string]string{"nb/a.yaml": `a: "saved {the time}"`}},
		"one form":           {map[string]string{"nb/a.yaml": "a:\n  one: \"{n} round\""}},
		"third form":         {map[string]string{"nb/a.yaml": "a:\n  one: \"{n}\"\n  few: \"{n}\"\n  other: \"{n}\""}},
		"plural without n":   {map[string]string{"nb/a.yaml": "a:\n  one: round\n  other: rounds"}},
		"not a text":         {map[string]string{"nb/a.yaml": "a: 3"}},
		"a list":             {map[string]string{"nb/a.yaml": "a: [b]"}},
		"not yaml":           {map[string]string{"nb/a.yaml": "a: [b"}},
		"twice in a file":    {map[string]string{"nb/a.yaml": "a: b\na: c"}},
		"twice in two files": {map[string]string{"nb/a.yaml": "a: b", "nb/b.yaml": "a: c"}},
	} {
		fsys := fstest.MapFS{}
		for path, body := range c.files {
			fsys[path] = &fstest.MapFile{Data: []byte(body)}
		}
		if _, err := load(fsys); err == nil {
			t.Errorf("%s: loaded", name)
		} else if !strings.Contains(err.Error(), "nb/") {
			t.Errorf("%s: the fault does not name the file: %v", name, err)
		}
	}
}

func TestLoadNamesEveryFault(t *testing.T) {
	_, err := load(fstest.MapFS{"nb/a.yaml": {Data: []byte("a: 1\nb: 2\n")}})
	if err == nil || !strings.Contains(err.Error(), ": a:") || !strings.Contains(err.Error(), ": b:") {
		t.Errorf("both faults should be named: %v", err)
	}
}

// FuzzParse: a text from a file never panics, and one that parses comes out again as it went in when nothing is filled.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"lagret {time}", "{{ and }}", "{", "}", "{}", "{a}{b}", "{a b}", "æ{n}ø", "{9}", "}}{{"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parts, err := parse(s)
		if err != nil {
			return
		}
		var back strings.Builder
		for _, p := range parts {
			if p.name != "" {
				if !isName(p.name) {
					t.Fatalf("%q: the placeholder %q is no name", s, p.name)
				}
				back.WriteString("{" + p.name + "}")
			} else {
				back.WriteString(strings.NewReplacer("{", "{{", "}", "}}").Replace(p.literal))
			}
		}
		if back.String() != s {
			t.Fatalf("%q came back as %q", s, back.String())
		}
		filled := fill(parts, func(name string) (string, bool) { return "<" + name + ">", true })
		for _, p := range parts {
			if p.name != "" && !strings.Contains(filled, "<"+p.name+">") {
				t.Fatalf("%q: %q was not filled: %q", s, p.name, filled)
			}
		}
	})
}
