package locale

import (
	"fmt"
	"slices"
	"strings"
)

// countName is the placeholder whose number chooses between the plural forms.
const countName = "n"

// message is one text in one language. Without plural forms only other is set.
type message struct {
	one, other []part
}

// part is either literal text or the name of a placeholder, never both.
type part struct {
	literal string
	name    string
}

// parse splits a text at its placeholders. A placeholder is a name of ASCII letters and digits, starting with a letter, in
// braces; "{{" and "}}" stand for the braces themselves. Empty texts are refused: nobody can read them.
func parse(s string) ([]part, error) {
	if strings.TrimSpace(s) == "" {
		return nil, fmt.Errorf("empty text")
	}
	var parts []part
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			parts = append(parts, part{literal: literal.String()})
			literal.Reset()
		}
	}
	for i := 0; i < len(s); {
		switch {
		case strings.HasPrefix(s[i:], "{{"), strings.HasPrefix(s[i:], "}}"):
			literal.WriteByte(s[i])
			i += 2
		case s[i] == '}':
			return nil, fmt.Errorf("%q: a closing brace without an opening one", s)
		case s[i] == '{':
			end := strings.IndexByte(s[i:], '}')
			if end < 0 {
				return nil, fmt.Errorf("%q: an opening brace without a closing one", s)
			}
			name := s[i+1 : i+end]
			if !isName(name) {
				return nil, fmt.Errorf("%q: %q is no placeholder name", s, name)
			}
			flush()
			parts = append(parts, part{name: name})
			i += end + 1
		default:
			literal.WriteByte(s[i])
			i++
		}
	}
	flush()
	return parts, nil
}

func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		letter := s[i] >= 'a' && s[i] <= 'z' || s[i] >= 'A' && s[i] <= 'Z'
		if !letter && (i == 0 || s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return s != ""
}

// names lists the placeholders of all forms, sorted, each once.
func (m message) names() []string {
	var names []string
	for _, p := range slices.Concat(m.one, m.other) {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// fill writes the parts with the values given. A placeholder without a value stays visible in braces.
func fill(parts []part, value func(name string) (string, bool)) string {
	var b strings.Builder
	for _, p := range parts {
		if p.name == "" {
			b.WriteString(p.literal)
		} else if v, ok := value(p.name); ok {
			b.WriteString(v)
		} else {
			b.WriteString("{" + p.name + "}")
		}
	}
	return b.String()
}
