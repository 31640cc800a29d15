package assessment

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"helhet/org"

	"pgregory.net/rapid"
)

var callable = []Named{{"p-kari", "Kari Koordinator"}, {"p-per", "Per Åsmund Lie"}, {"p-per2", "Per Fagperson"}, {"p-anne", "Anne-Berit O'Hara"}, {"p-two", "Tor Berg"}, {"p-too", "Tor Berg"}}

func TestWhomATextMentions(t *testing.T) {
	for text, want := range map[string]string{
		"Kan du se på dette, @Kari Koordinator?":     "Kan du se på dette, @[p-kari]?",
		"@kari koordinator og @Per Fagperson":        "@[p-kari] og @[p-per2]",
		"(@Kari)":                                    "(@[p-kari])",
		"@Kari Koordinatorer":                        "@[p-kari] Koordinatorer", // by her first name
		"@PER ÅSMUND LIE: ja":                        "@[p-per]: ja",
		"@Anne-Berit":                                "@[p-anne]",
		"@Anne-Berit O'Hara.":                        "@[p-anne].",
		"Skriv til kari@example.org eller post@Kari": "Skriv til kari@example.org eller post@Kari",
		"kl. @ 14:00, @14 og @":                      "kl. @ 14:00, @14 og @",
		"@Kari@Kari":                                 "@[p-kari]@Kari", // no word begins there
		"@Per":                                       "several Per",
		"@Tor Berg":                                  "several Tor",
		"@Ola Nordmann":                              "nobody Ola",
		"@Karin":                                     "nobody Karin",
		"@[p-kari]":                                  "nobody [p-kari",
		"@" + strings.Repeat("a", 100):               "nobody " + strings.Repeat("a", 40),
		"@Ola, @Per og @Kari":                        "nobody Ola, several Per",
		"Vi spurte @Kari Koordinator. @Kari Koordinator 😀": "Vi spurte @[p-kari]. @[p-kari] 😀",
	} {
		got, mentioned, wrong := withMarkers(text, callable, nil)
		var said []string
		for _, f := range wrong {
			said = append(said, strings.TrimPrefix(f.Key, "error.comment.mention.")+" "+fmt.Sprint(f.Args[1]))
		}
		if len(wrong) > 0 {
			got = strings.Join(said, ", ")
		}
		if got != want || len(wrong) == 0 && len(mentioned) != len(slices.Compact(slices.Sorted(slices.Values(mentioned)))) {
			t.Errorf("%q is %q with %v, want %q", text, got, mentioned, want)
		}
	}
	// Of two of one name whoever is known to be meant.
	if got, _, wrong := withMarkers("@Tor Berg", callable, []org.PersonID{"p-too"}); got != "@[p-too]" || wrong != nil {
		t.Errorf("%q, %v", got, wrong)
	}
}

// What is shown of a comment by names, and saved again as it is, is the same comment, whoever it mentions and whatever stands around.
func TestACommentIsWrittenAsItIsRead(t *testing.T) {
	name := func(id org.PersonID) (string, bool) {
		for _, p := range callable {
			if p.ID == id {
				return p.Name, true
			}
		}
		return "tidligere medarbeider", false
	}
	rapid.Check(t, func(t *rapid.T) {
		stored, mentioned := "", []org.PersonID{}
		for range rapid.IntRange(0, 6).Draw(t, "parts") {
			stored += rapid.SampledFrom([]string{" ", ", ", "\n", " Se på dette: ", " a@b.no ", " @ ", "😀 ", "(", " på "}).Draw(t, "text")
			if p := rapid.SampledFrom(callable[:5]).Draw(t, "person"); rapid.Bool().Draw(t, "mentions") {
				stored += "@[" + string(p.ID) + "]"
				if mentioned = append(mentioned, p.ID); rapid.Bool().Draw(t, "sticks") {
					stored += rapid.SampledFrom([]string{".", "?", ")", " Lie", " og"}).Draw(t, "after")
				}
			}
		}
		c := Comment{Text: stored}
		if got, _, wrong := withMarkers(c.Written(name), callable, mentioned); got != stored || wrong != nil {
			t.Fatalf("%q is written %q, and read as %q: %v", stored, c.Written(name), got, wrong)
		}
		joined := ""
		for _, part := range c.Parts() {
			if part.Person != "" {
				joined += "@[" + string(part.Person) + "]"
			}
			joined += part.Text
		}
		if joined != stored {
			t.Fatalf("%q comes apart as %q", stored, joined)
		}
	})
	gone := Comment{Text: "Spør @[p-gone] om det."}
	if got, mentioned, wrong := withMarkers(gone.Written(name), callable, nil); got != "Spør tidligere medarbeider om det." || mentioned != nil || wrong != nil {
		t.Errorf("%q, %v, %v", got, mentioned, wrong)
	}
}

// Whatever is typed: no marker but for somebody who is there, and nothing but markers in place of what was typed.
func FuzzMentions(f *testing.F) {
	for _, text := range []string{"@Kari", "@[p-kari]", "@@Kari Koordinator", "@\xff", "x@Per Fagperson @Per Fagperson", "@Kari\u0301", "@[@Kari]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		stored, mentioned, wrong := withMarkers(text, callable, nil)
		if wrong != nil {
			return
		}
		for _, m := range marker.FindAllStringSubmatch(stored, -1) {
			if !slices.Contains(mentioned, org.PersonID(m[1])) {
				t.Fatalf("%q holds a marker of %q", stored, m[1])
			}
		}
		if utf8.ValidString(text) != utf8.ValidString(stored) || len(mentioned) == 0 && stored != text {
			t.Fatalf("%q became %q", text, stored)
		}
	})
}
