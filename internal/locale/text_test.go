package locale

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"
)

func small(t *testing.T) *Catalogue {
	t.Helper()
	c, err := load(fstest.MapFS{
		"nb/a.yaml": {Data: []byte("saved: \"lagret {time}\"\nrounds:\n  one: \"{n} runde\"\n  other: \"{n} runder\"\nbraces: \"{{n}} er {n}\"\n")},
		"en/a.yaml": {Data: []byte("rounds:\n  one: \"{n} round\"\n  other: \"{n} rounds\"\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestT(t *testing.T) {
	c := small(t)
	nb, en := c.For(Bokmal), c.For(English)
	for _, x := range []struct{ got, want string }{
		{nb.T("saved", "time", "14:02"), "lagret 14:02"},
		{nb.T("saved"), "lagret {time}"}, // as scripts want it, to fill it themselves
		{nb.T("saved", "other", 1, "time"), "lagret {time}"},
		{nb.T("rounds", "n", 1), "1 runde"},
		{nb.T("rounds", "n", int64(1)), "1 runde"},
		{nb.T("rounds", "n", 0), "0 runder"},
		{nb.T("rounds", "n", 2), "2 runder"},
		{nb.T("rounds", "n", 60000), "60\u00a0000 runder"},
		{en.T("rounds", "n", 60000), "60,000 rounds"},
		{nb.T("braces", "n", 3), "{n} er 3"},
		{nb.Within("rounds", "x"), "⟦rounds.x⟧"},
	} {
		if x.got != x.want {
			t.Errorf("got %q, want %q", x.got, x.want)
		}
	}
}

func TestMissingText(t *testing.T) {
	c := small(t)
	var missing []string
	c.OnMissing = func(lang Lang, key string) { missing = append(missing, string(lang)+" "+key) }
	if got := c.For(English).T("saved", "time", "x"); got != "⟦saved⟧" {
		t.Errorf("a missing text reads %q", got)
	}
	if len(missing) != 1 || missing[0] != "en saved" {
		t.Errorf("told of %q", missing)
	}
	if c.For(English).Has("saved") || !c.For(Bokmal).Has("saved") {
		t.Error("Has")
	}
}

func TestUnknownLanguageReadsBokmal(t *testing.T) {
	if got := small(t).For("sv").Lang(); got != Bokmal {
		t.Errorf("got %q", got)
	}
}

func TestList(t *testing.T) {
	c := loaded(t)
	for _, x := range []struct {
		names []string
		want  string
	}{{nil, ""}, {[]string{"Tokke"}, "Tokke"}, {[]string{"Tokke", "Larvik"}, "Tokke og Larvik"}, {[]string{"Tokke", "Seljord", "Larvik"}, "Tokke, Seljord og Larvik"}} {
		if got := c.For(Nynorsk).List(x.names); got != x.want {
			t.Errorf("got %q, want %q", got, x.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	c := loaded(t)
	nb, nn, en := c.For(Bokmal), c.For(Nynorsk), c.For(English)
	for _, x := range []struct{ got, want string }{
		{nb.Score(2417), "2,4"}, {nn.Score(2417), "2,4"}, {en.Score(2417), "2.4"},
		{nb.Score(0), "0,0"}, {nb.Score(5000), "5,0"}, {nb.Score(2450), "2,5"}, {nb.Score(2449), "2,4"}, {nb.Score(4999), "5,0"},
		{nb.Decimal(2417, 3), "2,417"}, {nb.Decimal(2007, 2), "2,01"}, {nb.Decimal(-2417, 1), "−2,4"}, {nb.Decimal(2500, 0), "3"}, {nb.Decimal(-20, 1), "0,0"},
		{nb.Change(400), "+0,4"}, {nb.Change(-300), "−0,3"}, {nb.Change(0), "0,0"}, {nb.Change(49), "0,0"}, {nb.Change(50), "+0,1"}, {en.Change(-1250), "−1.3"},
		{nb.Integer(1300), "1300"}, {nb.Integer(65574), "65\u00a0574"}, {en.Integer(1300), "1,300"}, {nb.Integer(-1234567), "−1\u00a0234\u00a0567"}, {en.Integer(999), "999"},
		{nb.Percent(796, 1000), "79\u00a0%"}, {nb.Percent(4, 5), "80\u00a0%"}, {en.Percent(1, 2), "50%"}, {nb.Percent(0, 0), "0\u00a0%"}, {nb.Percent(8, 8), "100\u00a0%"},
	} {
		if x.got != x.want {
			t.Errorf("got %q, want %q", x.got, x.want)
		}
	}
}

// TestDecimalKeepsTheNumber: with three decimals nothing is lost, whatever the number and the language.
func TestDecimalKeepsTheNumber(t *testing.T) {
	c := loaded(t)
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.Int64Range(-1e12, 1e12).Draw(r, "thousandths")
		lang := rapid.SampledFrom(Langs()).Draw(r, "language")
		s := c.For(lang).Decimal(n, 3)
		back := strings.NewReplacer(noBreakSpace, "", minus, "-", ",", "", ".", "").Replace(s)
		var got int64
		negative := strings.HasPrefix(back, "-")
		for _, d := range strings.TrimPrefix(back, "-") {
			got = got*10 + int64(d-'0')
		}
		if negative {
			got = -got
		}
		if got != n {
			r.Fatalf("%d was written %q", n, s)
		}
	})
}

func TestDates(t *testing.T) {
	c := loaded(t)
	nb, en := c.For(Bokmal), c.For(English)
	winter := time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)
	summer := time.Date(2026, 5, 3, 22, 30, 0, 0, time.UTC) // already the 4th in Norway
	for _, x := range []struct{ got, want string }{
		{nb.Date(winter), "23. november 2026"}, {en.Date(winter), "23 November 2026"}, {nb.Date(summer), "4. mai 2026"},
		{nb.Clock(winter), "14:02"}, {nb.Clock(summer), "00:30"},
		{nb.DateTime(winter), "23. november 2026 kl. 14:02"}, {en.DateTime(winter), "23 November 2026 at 14:02"},
		{nb.ShortDate(winter), "23.11.2026"}, {en.ShortDate(winter), "23/11/2026"},
		{nb.When(winter, winter.Add(9*time.Hour)), "14:02"}, {nb.When(winter, winter.Add(11*time.Hour)), "23. november 2026 kl. 14:02"},
		{nb.Machine(winter), "2026-11-23T14:02:00+01:00"}, {nb.Machine(summer), "2026-05-04T00:30:00+02:00"},
	} {
		if x.got != x.want {
			t.Errorf("got %q, want %q", x.got, x.want)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, x := range []struct {
		header string
		want   Lang
		ok     bool
	}{
		{"nn", Nynorsk, true}, {"nb-NO,nb;q=0.9,no;q=0.8", Bokmal, true}, {"no", Bokmal, true}, {"en-US,en;q=0.5", English, true},
		{"en;q=0.3,nn-NO;q=0.7", Nynorsk, true}, {"sv,da", "", false}, {"sv, nn;q=0.1", Nynorsk, true}, {"nn;q=0, en", English, true},
		{"", "", false}, {"*", "", false}, {"\x00;;q=", "", false},
	} {
		if got, ok := Match(x.header); got != x.want || ok != x.ok {
			t.Errorf("Match(%q) = %q, %v, want %q, %v", x.header, got, ok, x.want, x.ok)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("nb-NO,nb;q=0.9")
	f.Fuzz(func(t *testing.T, header string) {
		if lang, ok := Match(header); ok {
			if _, err := ParseLang(string(lang)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestParseLang(t *testing.T) {
	for _, l := range Langs() {
		if got, err := ParseLang(string(l)); err != nil || got != l {
			t.Errorf("%s: %v", l, err)
		}
	}
	for _, s := range []string{"", "no", "NB", "nb-NO", "../nb"} {
		if _, err := ParseLang(s); err == nil {
			t.Errorf("%q was taken for a language", s)
		}
	}
}

func TestChoices(t *testing.T) {
	current := 0
	for _, choice := range loaded(t).For(Nynorsk).Choices() {
		if choice.Current {
			current++
			if choice.Lang != Nynorsk || choice.Short != "NN" || choice.Name != "Nynorsk" {
				t.Errorf("marked %+v", choice)
			}
		}
	}
	if current != 1 {
		t.Errorf("%d languages are marked as spoken", current)
	}
}
