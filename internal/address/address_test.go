package address

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"kari@example.org":                           "kari@example.org",
		" Kari.Nordmann+Helhet@Example.ORG\n":        "kari.nordmann+helhet@example.org",
		"kåri@eksempel.no":                           "kåri@eksempel.no",
		"čáhppes@sápmi.no":                           "čáhppes@sápmi.no",
		"Kåre.Ødegård@Sør-Varanger.no":               "kåre.ødegård@sør-varanger.no",
		"k\u0430ri@example.org":                      "", // Cyrillic а
		"kari@ex\u0430mple.org":                      "",
		"kar\u0131@example.org":                      "", // dotless
		"KAR\u0130@example.org":                      "", // dotted, which lower case takes apart
		"\u212aari@example.org":                      "", // the sign of kelvin, which lower case makes a k
		"kari@\uff45xample.org":                      "", // full width
		"ka\u0300ri@example.org":                     "", // an accent of its own
		"kari@example\u2024org":                      "", // a dot that is none
		"ka\u200bri@example.org":                     "",
		"ka\u00adri@example.org":                     "",
		"kari@example.org\u017f":                     "",
		"":                                           "",
		"kari":                                       "",
		"kari@example.org, ola@example.org":          "",
		"Kari <kari@example.org>":                    "",
		"kari@example.org\r\nBcc: ola@example.org":   "",
		"kari@example.org\nola@example.org":          "",
		"kari@exam\u2028ple.org":                     "",
		"kari\u00a0@example.org":                     "",
		"kari\x00@example.org":                       "",
		`"kari nordmann"@example.org`:                "",
		`"kari\r\nrcpt"@example.org`:                 "",
		"kari(kommentar)@example.org":                "",
		"kari@example.org\xff":                       "",
		strings.Repeat("k", 250) + "@example.org":    "",
		"=?utf-8?q?kari=40evil.org=3E?=@example.org": "=?utf-8?q?kari=40evil.org=3e?=@example.org",
	} {
		got, err := Parse(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"kari@example.org", "k\r\n@x.no", "\"a\"@b.no", "a@[127.0.0.1]", "å@ø.no"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := Parse(got); err != nil || again != got {
			t.Errorf("%q becomes %q, then %q, %v", text, got, again, err)
		}
		if strings.ContainsAny(got, "\r\n\x00 <>,;\"") || strings.Count(got, "@") != 1 {
			t.Errorf("%q is taken as %q", text, got)
		}
		if strings.ContainsFunc(got, func(r rune) bool {
			return r > 'ž' || r > 'z' && r < 'à' && r != '{' && r != '|' && r != '}' && r != '~'
		}) {
			t.Errorf("%q is taken as %q", text, got)
		}
	})
}
