package benefits

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// amountOf is what somebody wrote down, with its unit and time.
func amountOf(n Number, u Unit, per Per) Amount { return Amount{u, per, n.decimal().Rat()} }

// anAmount draws one of any unit and time.
func anAmount(t *rapid.T, name string) Amount {
	n := Read(rapid.StringMatching(`-?[0-9]{1,6}(\.[0-9]{1,2})?`).Draw(t, name))
	return amountOf(n, rapid.SampledFrom(append([]Unit{FTE}, Units...)).Draw(t, name+" unit"), rapid.SampledFrom(append(Pers, "")).Draw(t, name+" per"))
}

// Only what is of a kind is added, in either order alike, and time is the same in hours and in minutes.
func TestUnlikeAmountsAreNeverAdded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anAmount(t, "a"), anAmount(t, "b")
		sum, err := a.Plus(b)
		back, again := b.Plus(a)
		time := func(u Unit) bool { return u == Hours || u == Minutes }
		if like := a.Per() == b.Per() && (a.Unit() == b.Unit() || time(a.Unit()) && time(b.Unit())); like != (err == nil) || like != (again == nil) {
			t.Fatalf("%v and %v: %v", a, b, err)
		}
		if unlike := (*UnlikeError)(nil); err != nil {
			if !errors.As(err, &unlike) || unlike.Error() == "" {
				t.Fatal(err)
			}
			return
		}
		if back, err = back.In(sum.Unit()); err != nil || back.rat().Cmp(sum.rat()) != 0 {
			t.Fatalf("%v is not %v", back, sum)
		}
		if sum, err = sum.Plus(b.Neg()); err != nil || sum.rat().Cmp(a.rat()) != 0 {
			t.Fatalf("%v, %v", sum, err)
		}
	})
	for name, err := range map[string]error{
		"kroner in hours":     func() error { _, err := amountOf("1", NOK, Year).In(Hours); return err }(),
		"days in hours":       func() error { _, err := amountOf("1", Days, Year).In(Hours); return err }(), // a working day, or a whole one?
		"an average per year": func() error { _, err := amountOf("1", Hours, "").Yearly(); return err }(),
		"visits by the hour":  func() error { _, err := PriceOf("400", Hours).Of(amountOf("1", Visits, Year)); return err }(),
		"posts of kroner":     func() error { _, err := amountOf("1", NOK, Year).Posts(Number("1700").decimal()); return err }(),
		"posts of a week":     func() error { _, err := amountOf("1", Hours, Week).Posts(Number("1700").decimal()); return err }(),
		"posts of no hours":   func() error { _, err := amountOf("1", Hours, Year).Posts(Number("0").decimal()); return err }(),
	} {
		if err == nil {
			t.Error(name)
		}
	}
}

// Any sum of times costs the same and makes as many posts, whichever of them were written in minutes, in any grouping.
func TestSumsAreTheSameInHoursAndMinutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`-?[0-9]{1,5}(\.[0-9]{1,2})?`), 1, 8).Draw(t, "minutes")
		sum, mixed := Amount{unit: Hours, per: Year}, Amount{unit: Minutes, per: Year}
		for _, text := range texts {
			a := amountOf(Read(text), Minutes, Year)
			sum, _ = sum.Plus(a)
			if rapid.Bool().Draw(t, "in hours") {
				a, _ = a.In(Hours)
			}
			mixed, _ = mixed.Plus(a)
		}
		price := PriceOf("449.99", Hours)
		one, err := price.Of(sum)
		other, again := price.Of(mixed)
		if err != nil || again != nil || one.rat().Cmp(other.rat()) != 0 || one.Unit() != NOK {
			t.Fatalf("%v and %v", one, other)
		}
		posts, err := sum.Posts(Number("1687.5").decimal())
		same, again := mixed.Posts(Number("1687.5").decimal())
		if err != nil || again != nil || posts.rat().Cmp(same.rat()) != 0 {
			t.Fatalf("%v and %v", posts, same)
		}
	})
}

func TestAmountsAreRoundedWhereTheyAreShown(t *testing.T) {
	for _, c := range []struct {
		n      Number
		places int
		want   Number
	}{{"0.5", 0, "1"}, {"-0.5", 0, "-1"}, {"-0.4", 0, "0"}, {"1234567.89", 0, "1234568"}, {"2.344", 2, "2.34"}, {"100", 0, "100"}} {
		if got := amountOf(c.n, NOK, Year).Rounded(c.places); got != c.want {
			t.Errorf("%s: %s, want %s", c.n, got, c.want)
		}
	}
	third := amountOf("1", Minutes, Week)
	hours, err := third.In(Hours)
	if year, again := hours.Yearly(); err != nil || again != nil || year.Rounded(6) != "0.866667" {
		t.Error(err, again)
	}
}
