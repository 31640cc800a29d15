package locale

import (
	"fmt"
	"slices"

	"golang.org/x/text/language"
)

// Lang is a language Helhet speaks, named by its BCP 47 tag, such as "nn".
type Lang string

// The three languages. Bokmål and nynorsk are equal by law; a municipality's own written language is its pages' default.
const (
	Bokmal  Lang = "nb"
	Nynorsk Lang = "nn"
	English Lang = "en"
)

// Langs lists the languages in the order a language switch shows them.
func Langs() []Lang { return []Lang{Bokmal, Nynorsk, English} }

// ParseLang reads a language tag as it stands in a cookie, a register or an address.
func ParseLang(s string) (Lang, error) {
	if slices.Contains(Langs(), Lang(s)) {
		return Lang(s), nil
	}
	return "", fmt.Errorf("locale: unknown language %q, allowed are nb, nn and en", s)
}

// Name is the language's name in itself, as a language switch shows it.
func (l Lang) Name() string {
	switch l {
	case Nynorsk:
		return "Nynorsk"
	case English:
		return "English"
	default:
		return "Bokmål"
	}
}

// Match reads an Accept-Language header (RFC 9110, 12.5.4) and returns the best of the three languages. Plain Norwegian
// ("no") reads bokmål. False means that the header asks for none of them, so that the caller falls back to the
// municipality's language; an unreadable header is the same as none.
func Match(acceptLanguage string) (Lang, bool) {
	tags, weights, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return "", false
	}
	for i, tag := range tags {
		if weights[i] == 0 {
			continue
		}
		base, _ := tag.Base()
		switch base.String() {
		case "nb", "no":
			return Bokmal, true
		case "nn":
			return Nynorsk, true
		case "en":
			return English, true
		}
	}
	return "", false
}
