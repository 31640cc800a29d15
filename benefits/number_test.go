package benefits

import (
	"math/big"
	"strings"
	"testing"

	"helhet/internal/fault"

	"pgregory.net/rapid"
)

func TestReadTakesNumbersAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]Number{
		"12,5": "12.5", "12.50": "12.5", " 1 200 ": "1200", "1\u00a0200,75": "1200.75", "−3": "-3", "+4": "4", "007": "7", "0,0": "0", "-0": "0", "": "",
		"tolv": "tolv", "1e9": "1e9", "1.200,5": "1200.5", "0x1f": "0x1f", "NaN": "NaN", "1_000": "1_000", "½": "½", "12,": "12.",
		"1,200.50": "1200.5", "1.200.300": "1200300", "1\u2009200": "1200", "1\u202f200,5": "1200.5", "1 2": "1 2", "12 00": "12 00", "1.20.300": "1.20.300", "1 200.300": "1200.300", "1.200": "1.200", "1,200": "1.200",
		"kr 1 200": "1200 kr", "1200,-": "1200 kr", "1 200,50 kr": "1200.5 kr", "NOK 5": "5 kr", "kr. 3,5": "3.5 kr", "-250 kr": "-250 kr", "12 %": "12 %", "12,5%": "12.5 %", "kr": "kr", "%": " %", "1 200 timer": "1 200 timer",
	} {
		if got := Read(text); got != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
	}
}

// What somebody means as twelve hundred is never taken for one and a fifth.
func TestGroupedThousandsAreToldAndNotGuessed(t *testing.T) {
	for _, text := range []string{"1,200", "1.200", "12.345", "0,125", "1 2", "1.20.300", "1200 kr", "12 %", "12 timer"} {
		f := &fault.Error{}
		if checkNumber(f, "x", Read(text), Hours); len(f.Fields) != 1 {
			t.Errorf("%q passes", text)
		}
	}
}

func TestUnitsBoundTheirValues(t *testing.T) {
	for _, c := range []struct {
		unit  Unit
		value Number
		key   string
	}{
		{Hours, "0", ""}, {Hours, "40.25", ""}, {Hours, "-1", "error.number.negative"}, {Hours, "1.255", "error.number.decimals"}, {Hours, "tolv", "error.number"},
		{Hours, "1000000000000", ""}, {Hours, "1000000000000.01", "error.number.large"}, {Hours, "1e5", "error.number"}, {Hours, "1e999999999", "error.number"},
		{NOK, "-250000.5", ""}, {NOK, "-1000000000001", "error.number.large"},
		{Share, "100", ""}, {Share, "100.01", "error.number.between"}, {Share, "-0.5", "error.number.between"},
		{Score, "1", ""}, {Score, "3.75", ""}, {Score, "0.99", "error.number.between"}, {Score, "5.01", "error.number.between"},
		{Count, "18", ""}, {Count, "18.0", ""}, {Count, "18.5", "error.number.whole"}, {Count, "-1", "error.number.negative"},
	} {
		f := &fault.Error{}
		got, key := checkNumber(f, "x", c.value, c.unit), ""
		if len(f.Fields) > 0 {
			key = f.Fields[0].Key
		}
		if key != c.key || key == "" && strings.HasSuffix(string(got), ".0") {
			t.Errorf("%s %s: %q as %q, want %q", c.value, c.unit, key, got, c.key)
		}
	}
}

func TestRealisedIsExact(t *testing.T) {
	for _, c := range []struct {
		dir                     Direction
		baseline, target, value Number
		change, planned         Number
		part                    string
	}{
		{Less, "40", "22.5", "33", "7", "17.5", "2/5"},
		{Less, "40", "22.5", "41.1", "-1.1", "17.5", "-11/175"}, // worse than before
		{Less, "0.3", "0", "0.1", "0.2", "0.3", "2/3"},          // not 0.19999…
		{More, "0.1", "0.3", "0.3", "0.2", "0.2", "1/1"},
		{More, "10", "13", "11", "1", "3", "1/3"},
		{More, "10", "10", "11", "1", "0", ""}, // nothing was planned
		{More, "10", "8", "11", "1", "-2", ""}, // the target is worse than the baseline
		{More, "10", "", "11", "1", "", ""},
	} {
		r, ok := Realised(c.dir, c.baseline, c.target, c.value)
		part := ""
		if r.Part != nil {
			part = r.Part.Num.String() + "/" + r.Part.Denom.String()
		}
		if !ok || r.Change != c.change || r.Planned != c.planned || part != c.part {
			t.Errorf("%+v: %+v %s", c, r, part)
		}
	}
	for _, missing := range [][3]string{{"", "1", "2"}, {"more", "", "2"}, {"more", "1", ""}} {
		if _, ok := Realised(Direction(missing[0]), Number(missing[1]), "9", Number(missing[2])); ok {
			t.Errorf("%q is compared", missing)
		}
	}
	if f := (Fraction{big.NewInt(999), big.NewInt(1000)}); f.Percent().Int64() != 99 {
		t.Errorf("99.9 %% reads as %d", f.Percent())
	}
}

// The laws: the baseline is nothing of it, the target all; which way is better turns both signs and leaves the part alone.
func TestLawsOfRealisation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Custom(func(t *rapid.T) Number {
			return Read(rapid.StringMatching(`-?[0-9]{1,9}(\.[0-9]{1,2})?`).Draw(t, "number"))
		})
		base, target, value := number.Draw(t, "baseline"), number.Draw(t, "target"), number.Draw(t, "value")
		if Read(string(value)) != value {
			t.Fatalf("%q has two forms", value)
		}
		more, _ := Realised(More, base, target, value)
		less, _ := Realised(Less, base, target, value)
		if more.Change.decimal().Add(less.Change.decimal()).Sign() != 0 || more.Planned.decimal().Add(less.Planned.decimal()).Sign() != 0 {
			t.Fatalf("%+v and %+v", more, less)
		}
		if more.Part != nil && less.Part != nil || (more.Part == nil && less.Part == nil) != (base == target) {
			t.Fatalf("%+v and %+v", more, less)
		}
		for _, dir := range Directions {
			at, _ := Realised(dir, base, target, target)
			none, _ := Realised(dir, base, target, base)
			if none.Change != "0" || at.Part != nil && at.Part.Percent().Int64() != 100 || none.Part != nil && none.Part.Num.Sign() != 0 {
				t.Fatalf("%+v, %+v", at, none)
			}
		}
	})
}

// FuzzRead: whatever bytes come, what passes is one plain number within bounds, and reading it again changes nothing.
func FuzzRead(f *testing.F) {
	for _, text := range []string{"1 200,5", "kr 1.200,50", "1,200.50", "−3 %", "1e9", "\xff", "1200,-", "--1", "1..2", "1 .200"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, u := range Units {
			wrong := &fault.Error{}
			n := checkNumber(wrong, "x", Read(text), u)
			if n == "" || len(wrong.Fields) > 0 {
				continue
			}
			if !written.MatchString(string(n)) || n.decimal().Abs().GreaterThan(largest) || Read(string(n)) != n {
				t.Fatalf("%q is read as %q", text, n)
			}
		}
	})
}

// However thousands are marked, in whichever language, it is the same number.
func TestANumberIsTheSameHoweverItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.SliceOfN(rapid.StringMatching(`[0-9]{3}`), 0, 3).Draw(t, "groups")
		first := rapid.StringMatching(`[1-9][0-9]{0,2}`).Draw(t, "first")
		part := rapid.StringMatching(`([0-9]{1,2})?`).Draw(t, "decimals")
		write := func(mark, point string) string {
			text := strings.Join(append([]string{first}, groups...), mark)
			if part != "" {
				text += point + part
			}
			return text
		}
		want := Read(write("", "."))
		for _, marks := range [][2]string{{"", ","}, {" ", ","}, {" ", "."}, {"\u00a0", ","}, {"\u2009", "."}, {"\u202f", ","}, {".", ","}, {",", "."}} {
			text := write(marks[0], marks[1])
			if (marks[0] == "." || marks[0] == ",") && part == "" && len(groups) == 1 {
				if Read(text) == want { // twelve hundred, or one and a fifth?
					t.Fatalf("%q is guessed", text)
				}
				continue
			}
			if got := Read(text); got != want {
				t.Fatalf("%q is read as %q, want %q", text, got, want)
			}
			if got := Read("kr " + text); got != want+kroner {
				t.Fatalf("kr %q is read as %q", text, got)
			}
		}
	})
}
