package benefits

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"helhet/assessment/catalogue"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// IndicatorKey names an indicator of the shared catalogue: "night-visits".
type IndicatorKey string

// Per is the time that an indicator's amounts are for; "" is none: an average, or how it is at one time.
type Per string

// The times.
const (
	Week  Per = "week"
	Month Per = "month"
	Year  Per = "year"
)

// Pers lists them.
var Pers = []Per{Week, Month, Year}

// Indicator is what a benefit may be measured by so that others who measure the same can be added to it: one of the shared catalogue, or one that a municipality has
// put down for itself ([OwnIndicator]). What a benefit is measured by in its own words alone is none: its figures are never added to anything.
type Indicator struct {
	Key       IndicatorKey `yaml:"key"`
	Types     []Type       `yaml:"types"`
	Unit      Unit         `yaml:"unit"`
	Per       Per          `yaml:"per"`
	Direction Direction    `yaml:"direction"`
	Adds      bool         `yaml:"adds"` // several benefits' figures make a sum; averages and shares never do
	Retired   bool         `yaml:"-"`    // of a municipality's own: no new benefit is put on it

	line int
}

// IndicatorText is an indicator in one language.
type IndicatorText struct {
	Name     string `yaml:"name"`
	Measure  string `yaml:"measure"`  // how it is measured
	Pitfalls string `yaml:"pitfalls"` // what makes the figure wrong
}

// Longest texts, in characters: what fits a choice in a form, and a card on a phone.
const (
	maxIndicatorKey  = 40
	maxIndicatorName = 70
	maxIndicatorText = 240
)

// Indicators is the shared catalogue, and what a municipality has added to it for itself where it was asked for with that.
type Indicators struct {
	all     []Indicator
	wording map[catalogue.Lang]map[IndicatorKey]IndicatorText
	own     map[IndicatorKey]IndicatorText // a municipality's, in whichever language: see [Service.Known]
}

// All lists the indicators in the catalogue's order.
func (c *Indicators) All() []Indicator { return slices.Clone(c.all) }

// Find finds one by its key.
func (c *Indicators) Find(k IndicatorKey) (Indicator, bool) {
	if i := slices.IndexFunc(c.all, func(x Indicator) bool { return x.Key == k }); i >= 0 {
		return c.all[i], true
	}
	return Indicator{}, false
}

// In words an indicator in a language, or in bokmål where that is none of the catalogue's. A municipality's own is in the language it was written in.
func (c *Indicators) In(lang catalogue.Lang, k IndicatorKey) IndicatorText {
	if words, ok := c.own[k]; ok {
		return words
	}
	if words, ok := c.wording[lang]; ok {
		return words[k]
	}
	return c.wording[catalogue.Languages[0]][k]
}

//go:embed indicators/*.yaml
var embedded embed.FS

// LoadIndicators reads the catalogue that is part of the program.
func LoadIndicators() (*Indicators, error) { return parseIndicators(embedded, "indicators") }

func (i *Indicator) UnmarshalYAML(n ast.Node) error {
	type plain Indicator
	if err := yaml.NodeToValue(n, (*plain)(i), yaml.Strict()); err != nil {
		return err
	}
	i.line = n.GetToken().Position.Line
	return nil
}

// worded is a language's texts with their lines, in the file's order.
type worded []struct {
	key  string
	line int
	text IndicatorText
}

func (w *worded) UnmarshalYAML(n ast.Node) error {
	entries := []*ast.MappingValueNode{}
	switch m := n.(type) {
	case *ast.MappingNode:
		entries = m.Values
	case *ast.MappingValueNode:
		entries = append(entries, m)
	default:
		return &yaml.SyntaxError{Message: "a mapping is wanted here", Token: n.GetToken()}
	}
	*w = make(worded, len(entries))
	for i, e := range entries {
		(*w)[i].key, (*w)[i].line = e.Key.GetToken().Value, e.Key.GetToken().Position.Line
		if err := yaml.NodeToValue(e.Value, &(*w)[i].text, yaml.Strict()); err != nil {
			return err
		}
	}
	return nil
}

var indicatorKey = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)

// parseIndicators reads a catalogue from a folder. The error names every fault with its file and line.
func parseIndicators(fsys fs.FS, dir string) (*Indicators, error) {
	var faults []error
	wrong := func(file string, line int, format string, args ...any) {
		faults = append(faults, &catalogue.Fault{File: file, Line: line, Text: fmt.Sprintf(format, args...)})
	}
	var given struct {
		Indicators []Indicator `yaml:"indicators"`
	}
	structure := dir + "/indicators.yaml"
	if err := catalogue.Strict(fsys, structure, &given); err != nil {
		return nil, err
	}
	if len(given.Indicators) == 0 {
		wrong(structure, 1, "indicators are missing")
	}
	c := &Indicators{all: given.Indicators, wording: map[catalogue.Lang]map[IndicatorKey]IndicatorText{}}
	seen := map[IndicatorKey]int{}
	for _, i := range c.all {
		say := func(format string, args ...any) { wrong(structure, i.line, format, args...) }
		if !indicatorKey.MatchString(string(i.Key)) || len(i.Key) > maxIndicatorKey {
			say("key %q must be small letters and hyphens, at most %d", i.Key, maxIndicatorKey)
		}
		if i.Key.Own() {
			say("key %q begins as those of municipalities' own do", i.Key)
		}
		if before := seen[i.Key]; before > 0 {
			say("indicator %q stands at line %d already", i.Key, before)
		}
		seen[i.Key] = i.line
		if len(i.Types) == 0 {
			say("indicator %q is for no type of benefit", i.Key)
		}
		for n, t := range i.Types {
			if !slices.Contains(Types, t) || slices.Contains(i.Types[:n], t) {
				say("type %q is none of %v, or is there twice", t, Types)
			}
		}
		if !slices.Contains(Units, i.Unit) {
			say("unit %q is none of %v", i.Unit, Units)
		}
		if i.Per != "" && !slices.Contains(Pers, i.Per) {
			say("per %q is none of %v", i.Per, Pers)
		}
		if !i.Direction.valid() {
			say("direction %q is none of %v", i.Direction, Directions)
		}
		if i.Adds && !Addable(i.Unit, i.Per) {
			say("indicator %q can't be added up: only amounts per week, month or year can", i.Key)
		}
	}
	for _, lang := range catalogue.Languages {
		file := dir + "/" + string(lang) + ".yaml"
		var texts worded
		if err := catalogue.Strict(fsys, file, &texts); err != nil {
			faults = append(faults, err)
			continue
		}
		words := map[IndicatorKey]IndicatorText{}
		names := map[string]bool{}
		for _, w := range texts {
			key := IndicatorKey(w.key)
			if seen[key] == 0 {
				wrong(file, w.line, "indicator %q is not in indicators.yaml", key)
			}
			for _, t := range []struct {
				what, text string
				limit      int
			}{{"name", w.text.Name, maxIndicatorName}, {"measure", w.text.Measure, maxIndicatorText}, {"pitfalls", w.text.Pitfalls, maxIndicatorText}} {
				switch n := utf8.RuneCountInString(t.text); {
				case t.text == "" || strings.TrimSpace(t.text) != t.text || strings.ContainsFunc(t.text, unicode.IsControl):
					wrong(file, w.line, "%s of %q must be one line of text without space around it", t.what, key)
				case n > t.limit:
					wrong(file, w.line, "%s of %q is %d characters long, at most %d fit", t.what, key, n, t.limit)
				}
			}
			if names[w.text.Name] {
				wrong(file, w.line, "name %q stands already", w.text.Name)
			}
			words[key], names[w.text.Name] = w.text, true
		}
		for _, i := range c.all {
			if _, ok := words[i.Key]; !ok {
				wrong(file, 1, "indicator %q has no text", i.Key)
			}
		}
		c.wording[lang] = words
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return c, nil
}
