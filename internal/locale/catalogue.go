// Package locale holds every text a person reads, in bokmål, nynorsk and English, and writes numbers, dates and times the
// way each language does. The rest of the program hands out keys and numbers, never sentences.
//
// Texts are data: one YAML file per subject and language, with flat keys and named placeholders.
//
//	task.save.saved: "lagret {time}"
//	rounds.handedIn:
//	  one: "{n} kommune har levert"
//	  other: "{n} kommuner har levert"
package locale

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"
	_ "time/tzdata" // Europe/Oslo must be known on a machine without zone files

	"github.com/goccy/go-yaml"
)

//go:embed nb/*.yaml nn/*.yaml en/*.yaml
var files embed.FS

// Catalogue is all texts in all languages. It does not change after Load and is safe for concurrent use.
type Catalogue struct {
	texts map[Lang]map[string]message
	oslo  *time.Location

	// OnMissing is told of each text that was asked for and is not there, so that tests can fail on it. Set it before the
	// catalogue is used; nil means that the visible mark in the page is all.
	OnMissing func(lang Lang, key string)
}

// Load reads the embedded texts. It fails on a file that cannot be read, a key given twice in one language, or a text
// whose placeholders do not parse: a programming error that the tests of this package find first.
func Load() (*Catalogue, error) { return load(files) }

func load(fsys fs.FS) (*Catalogue, error) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		return nil, fmt.Errorf("locale: %w", err)
	}
	c := &Catalogue{texts: map[Lang]map[string]message{}, oslo: oslo}
	var faults []error
	for _, lang := range Langs() {
		texts := map[string]message{}
		names, err := fs.Glob(fsys, string(lang)+"/*.yaml")
		if err != nil {
			return nil, fmt.Errorf("locale: %w", err)
		}
		for _, name := range names {
			faults = append(faults, readFile(fsys, name, texts)...)
		}
		c.texts[lang] = texts
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return c, nil
}

// readFile adds the texts of one file to those read before, and returns every fault in it, not only the first.
func readFile(fsys fs.FS, name string, into map[string]message) []error {
	body, err := fs.ReadFile(fsys, name)
	if err != nil {
		return []error{fmt.Errorf("locale: %w", err)}
	}
	var raw map[string]any
	if err := yaml.Unmarshal(body, &raw); err != nil {
		return []error{fmt.Errorf("locale: %s: %w", name, err)}
	}
	var faults []error
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		if _, twice := into[key]; twice {
			faults = append(faults, fmt.Errorf("locale: %s: key %q stands in another file of %s too", name, key, path.Dir(name)))
			continue
		}
		m, err := readMessage(raw[key])
		if err != nil {
			faults = append(faults, fmt.Errorf("locale: %s: %s: %w", name, key, err))
			continue
		}
		into[key] = m
	}
	return faults
}

// readMessage turns a YAML value, a string or a mapping of plural forms, into a message.
func readMessage(value any) (message, error) {
	switch v := value.(type) {
	case string:
		other, err := parse(v)
		return message{other: other}, err
	case map[string]any:
		one, ok1 := v["one"].(string)
		other, ok2 := v["other"].(string)
		if !ok1 || !ok2 || len(v) != 2 {
			return message{}, errors.New(`plural forms are "one" and "other", both strings`)
		}
		first, err1 := parse(one)
		rest, err2 := parse(other)
		m := message{one: first, other: rest}
		if err := errors.Join(err1, err2); err != nil {
			return message{}, err
		}
		if !slices.Contains(m.names(), countName) {
			return message{}, fmt.Errorf("plural forms need the placeholder {%s}", countName)
		}
		return m, nil
	default:
		return message{}, fmt.Errorf("a text is a string or plural forms, not %T", value)
	}
}

// For returns the texts of one language. A language Helhet does not speak reads as bokmål.
func (c *Catalogue) For(lang Lang) Text {
	if _, known := c.texts[lang]; !known {
		lang = Bokmal
	}
	return Text{catalogue: c, lang: lang}
}
