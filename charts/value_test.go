package charts

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestAForgottenValueIsAGapAndNotZero(t *testing.T) {
	var forgotten Value
	if forgotten.Present() {
		t.Fatal("the zero Value reads as a score")
	}
	if at([]Value{Score(1)}, 1).Present() {
		t.Fatal("a value past the end of a series reads as a score")
	}
	if n, ok := Score(0).Thousandths(); n != 0 || !ok {
		t.Fatal("level 0 is not kept as a score")
	}
}

func TestScoresAreWrittenTheReadersWay(t *testing.T) {
	for _, c := range []struct {
		format      Format
		thousandths int
		want        string
	}{
		{Norwegian(), 2417, "2,42"},
		{English(), 2417, "2.42"},
		{Norwegian(), 0, "0,00"},
		{Norwegian(), 5, "0,01"}, // half up
		{Norwegian(), 4, "0,00"},
		{Norwegian(), -5, "-0,01"},
		{Norwegian(), -4, "0,00"}, // no minus before nothing
		{Norwegian(), 5000, "5,00"},
		{Norwegian(), 4995, "5,00"},
		{Format{Decimal: ",", Decimals: 1}, 2450, "2,5"},
		{Format{Decimal: ",", Decimals: 3}, 70, "0,070"},
		{Format{Decimal: ",", Decimals: 0}, 2500, "3"},
		{Format{Decimals: 9}, 1234, "1.234"},
	} {
		if got := c.format.Score(c.thousandths); got != c.want {
			t.Errorf("%+v: %d is written %q, want %q", c.format, c.thousandths, got, c.want)
		}
	}
	if got := Norwegian().Percent(873); got != "87 %" {
		t.Errorf("873 thousandths of the whole are written %q", got)
	}
	if got := Norwegian().Percent(875); got != "88 %" {
		t.Errorf("875 thousandths of the whole are written %q", got)
	}
}

// The written number is never further from the true one than half its last
// digit, for any int.
func TestWrittenScoresAreTheNearest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int().Draw(t, "thousandths")
		f := Format{Decimal: ".", Decimals: rapid.IntRange(0, 3).Draw(t, "decimals")}
		written, ok := new(big.Rat).SetString(f.Score(n))
		if !ok {
			t.Fatalf("%d is written %q, which is no number", n, f.Score(n))
		}
		diff := written.Sub(written, big.NewRat(int64(n), 1000))
		if half := big.NewRat(int64(math.Pow10(3-f.Decimals)), 2000); diff.Abs(diff).Cmp(half) > 0 {
			t.Fatalf("%d is written %q", n, f.Score(n))
		}
	})
}

func TestMissingWordsAreNamed(t *testing.T) {
	if err := nynorsk().Validate(); err != nil {
		t.Fatal(err)
	}
	w := nynorsk()
	w.Median, w.Gap = "", "  "
	if err := w.Validate(); err == nil || err.Error() != "charts: words missing: Median, Gap" {
		t.Fatalf("got %v", err)
	}
}

func TestEveryReasonHasItsWord(t *testing.T) {
	seen := map[string]bool{}
	for r := NotHandedIn; r <= Withheld; r++ {
		word := nynorsk().Why(r)
		if word == "" || seen[word] {
			t.Errorf("reason %d reads %q", r, word)
		}
		seen[word] = true
	}
}
