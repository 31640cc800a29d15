package org

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// numberFor makes the number of a date and an individual number, as Skatteetaten describes it: each control digit is what makes the
// weighted sum divisible by eleven. "" where the rule gives none. The numbers belong to nobody in particular.
func numberFor(day, month, year, individual int) string {
	digits := fmt.Sprintf("%02d%02d%02d%03d", day, month, year%100, individual)
	for _, weights := range []string{"376189452" + "1", "5432765432" + "1"} {
		found := false
		for control := range 10 {
			sum := 0
			candidate := digits + fmt.Sprint(control)
			for i := range candidate {
				sum += int(candidate[i]-'0') * int(weights[i]-'0')
			}
			if sum%11 == 0 {
				digits, found = candidate, true
				break
			}
		}
		if !found {
			return ""
		}
	}
	return digits
}

// anyFor is the first number of a date from an individual number on.
func anyFor(day, month, year, individual int) string {
	for ; ; individual++ {
		if n := numberFor(day, month, year, individual); n != "" {
			return n
		}
	}
}

// drawNumber draws a valid one, of any kind.
func drawNumber(t *rapid.T) string {
	for {
		date := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 139*365).Draw(t, "day"))
		individual := rapid.IntRange(0, 499).Draw(t, "individual")
		if date.Year() >= 2000 {
			individual += 500
		}
		day := date.Day() + 40*rapid.IntRange(0, 1).Draw(t, "D-number")
		month := int(date.Month()) + 40*rapid.IntRange(0, 2).Draw(t, "for testing")
		if n := numberFor(day, month, date.Year(), individual); n != "" {
			return n
		}
	}
}

func TestEveryPersonNumberIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNumber(t)
		around := rapid.SampledFrom([]string{"", " ", ".", "f.nr. ", "æ", "12 ", "\n", "(", "\xff"})
		written := rapid.SampledFrom([]string{n, n[:6] + " " + n[6:], n[:6] + "\u00a0" + n[6:]}).Draw(t, "written")
		if text := around.Draw(t, "before") + written + around.Filter(func(s string) bool { return !strings.HasPrefix(s, "1") }).Draw(t, "behind"); !HoldsPersonNumber(text) {
			t.Fatalf("%q holds one", text)
		}
		// Any one digit changed is none any more: the control digits see to that.
		at, by := rapid.IntRange(0, 10).Draw(t, "at"), rapid.IntRange(1, 9).Draw(t, "by")
		wrong := n[:at] + fmt.Sprint((int(n[at]-'0')+by)%10) + n[at+1:]
		if HoldsPersonNumber(wrong) {
			t.Fatalf("%q is none: digit %d of %q changed", wrong, at, n)
		}
		for _, longer := range []string{n + "0", "7" + n, n[:10], n[:5] + " " + n[5:], n[:6] + "  " + n[6:], n[:6] + "-" + n[6:], n[:6] + " " + n[6:] + "1"} {
			if HoldsPersonNumber(longer) {
				t.Fatalf("%q is none", longer)
			}
		}
	})
}

func TestWhatIsNoPersonNumber(t *testing.T) {
	for what, n := range map[string]string{
		"30 February": anyFor(30, 2, 1980, 101), "31 April": anyFor(31, 4, 1980, 102), "day 0": anyFor(0, 3, 1980, 104), "month 13": anyFor(1, 13, 1980, 105),
		"month 0": anyFor(1, 0, 1980, 109), "29 February 1981": anyFor(29, 2, 1981, 103), "29 February 1900": anyFor(29, 2, 1900, 108), "a year of no century": anyFor(1, 1, 45, 600),
	} {
		if HoldsPersonNumber(n) {
			t.Errorf("%s counts: %s", what, n)
		}
	}
	if n := anyFor(29, 2, 2000, 512); !HoldsPersonNumber(n) {
		t.Errorf("29 February 2000 does not count: %q", n)
	}
	for _, text := range []string{"", "Tlf. 22 22 22 22, kl. 14:02", "47 12345678", "99999999999", "123456 12345", "NO 974 760 673"} {
		if HoldsPersonNumber(text) {
			t.Errorf("%q holds none", text)
		}
	}
}

func FuzzHoldsPersonNumber(f *testing.F) {
	f.Add("f.nr. 010180 12345, \u00a0")
	f.Fuzz(func(t *testing.T, text string) {
		if HoldsPersonNumber(text) && !HoldsPersonNumber("note: "+text+" .") {
			t.Errorf("%q is not seen among words", text)
		}
	})
}
