package locale

import (
	"fmt"
	"strings"
)

// Text speaks one language. It is a small value: pass it along with whoever reads.
type Text struct {
	catalogue *Catalogue
	lang      Lang
}

// Lang is the language spoken, as the page's lang attribute wants it.
func (t Text) Lang() Lang { return t.lang }

// T returns the text of a key with its placeholders filled; args are name and value in turn:
//
//	t.T("rounds.handedIn", "n", 3, "of", 8)
//
// Whole numbers are written the language's way (1 300, 1,300), other values as fmt prints them, so scores, dates and times
// are formatted by the caller with the methods of Text. Where a text has plural forms, "n" chooses between them. A key that
// does not exist comes out as ⟦key⟧: visible, and never a reason to fail a page.
func (t Text) T(key string, args ...any) string {
	m, ok := t.catalogue.texts[t.lang][key]
	if !ok {
		if t.catalogue.OnMissing != nil {
			t.catalogue.OnMissing(t.lang, key)
		}
		return "⟦" + key + "⟧"
	}
	parts := m.other
	if m.one != nil && isOne(lookup(args, countName)) {
		parts = m.one
	}
	return fill(parts, func(name string) (string, bool) {
		value := lookup(args, name)
		if value == nil {
			return "", false
		}
		return t.format(value), true
	})
}

// Has tells whether a key exists, for texts that are optional by nature.
func (t Text) Has(key string) bool {
	_, ok := t.catalogue.texts[t.lang][key]
	return ok
}

// Within returns the text of a key that is put together from a prefix and a value of the domain, such as a state or a role:
//
//	t.Within("round.state", round.State)
//
// Each prefix used this way stands in the list of computed prefixes that the tests of this package keep.
func (t Text) Within(prefix string, value any, args ...any) string {
	return t.T(prefix+"."+fmt.Sprint(value), args...)
}

// List joins names the way a sentence does: "Tokke, Seljord og Larvik".
func (t Text) List(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " " + t.T("list.and") + " " + names[last]
}

func lookup(args []any, name string) any {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1]
		}
	}
	return nil
}

func isOne(n any) bool {
	switch v := n.(type) {
	case int:
		return v == 1
	case int32:
		return v == 1
	case int64:
		return v == 1
	}
	return false
}

func (t Text) format(value any) string {
	switch v := value.(type) {
	case int:
		return t.Integer(int64(v))
	case int32:
		return t.Integer(int64(v))
	case int64:
		return t.Integer(v)
	}
	return fmt.Sprint(value)
}

// Choice is one language as a language switch offers it.
type Choice struct {
	Lang    Lang
	Name    string // in itself: "Nynorsk"
	Short   string // "NN"
	Current bool
}

// Choices lists the languages for a language switch, with the one spoken marked.
func (t Text) Choices() []Choice {
	var choices []Choice
	for _, l := range Langs() {
		choices = append(choices, Choice{Lang: l, Name: l.Name(), Short: strings.ToUpper(string(l)), Current: l == t.lang})
	}
	return choices
}
