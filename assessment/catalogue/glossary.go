package catalogue

import (
	"maps"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// TermText is a word of the glossary and what it means.
type TermText struct {
	Term    string
	Meaning string
}

type glossaryFile struct {
	Terms keyed[termGiven] `yaml:"terms"`
}

type termGiven struct{ Term, Meaning at[string] }

func (t *termGiven) UnmarshalYAML(n ast.Node) error {
	return fields(n, field{"term", &t.Term}, field{"meaning", &t.Meaning})
}

// glossary takes a language's words.
func (p *parser) glossary(r *reading[glossaryFile], w *Wording) {
	if !r.there {
		p.missing(r.file, "the glossary is missing in this language")
		return
	}
	if !told(p, r) {
		return
	}
	if len(r.v.Terms) == 0 {
		p.lacks(r.file, 1, "terms are missing")
	}
	for _, t := range r.v.Terms {
		p.key(r.file, at[string]{t.key, t.line}, "term")
		p.text(r.file, t.line, "term "+t.key, t.v.Term, maxName)
		p.text(r.file, t.line, "the meaning of term "+t.key, t.v.Meaning, maxMeaning)
		w.Terms[TermKey(t.key)] = TermText{t.v.Term.v, t.v.Meaning.v}
	}
}

// sameTerms finds the words that some language explains and another does not.
func (p *parser) sameTerms(c *Catalogue, languages map[Lang]languageFiles) {
	all := map[TermKey]Lang{}
	for _, lang := range Languages {
		for k := range c.wording[lang].Terms {
			if _, ok := all[k]; !ok {
				all[k] = lang
			}
		}
	}
	for _, lang := range Languages {
		r := languages[lang].glossary
		if !r.read {
			continue
		}
		for _, k := range slices.Sorted(maps.Keys(all)) {
			if _, ok := c.wording[lang].Terms[k]; !ok {
				p.lacks(r.file, 1, "term %q has no text, it stands in %s", k, all[k])
			}
		}
	}
}
