package benefits

import (
	"fmt"
	"math/big"

	"github.com/shopspring/decimal"
)

// FTE is a full-time post for a year ("årsverk"). Nobody measures in it: it comes out of hours.
const FTE Unit = "fte"

// How many of an indicator's times make a year. A year has 52 whole weeks and a day or two over; those are left out, so that no benefit is said to
// be larger than it is. With them it would be 0.3 % more.
const (
	WeeksPerYear  = 52
	MonthsPerYear = 12
)

const minutesPerHour = 60

// perYear is how many of a time make a year, nought where an amount is for no time.
func (p Per) perYear() int64 {
	switch p {
	case Week:
		return WeeksPerYear
	case Month:
		return MonthsPerYear
	case Year:
		return 1
	}
	return 0
}

// Amount is how much there is of something: an exact number with its unit and with the time that it is for. What can't be added, such as hours and
// kroner, or hours per week and hours per year, is refused by Plus and In; there is no other way to the number inside. What is written down is decimal;
// a division may give what no decimal can hold, so an exact fraction stands here, and it is rounded only where it is shown.
type Amount struct {
	unit Unit
	per  Per
	n    *big.Rat // never changed once it is here; nil is nought
}

// Unit is what it is counted in.
func (a Amount) Unit() Unit { return a.unit }

// Per is the time that it is for, "" for none.
func (a Amount) Per() Per { return a.per }

// Sign is -1, 0 or 1.
func (a Amount) Sign() int { return a.rat().Sign() }

func (a Amount) rat() *big.Rat {
	if a.n == nil {
		return new(big.Rat)
	}
	return a.n
}

// UnlikeError says that two amounts are not of a kind.
type UnlikeError struct{ Have, Want string }

func (e *UnlikeError) Error() string { return fmt.Sprintf("%s is not %s", e.Have, e.Want) }

func (a Amount) unlike(u Unit, per Per) error {
	return &UnlikeError{string(a.unit) + "/" + string(a.per), string(u) + "/" + string(per)}
}

// In is the same amount in another unit. Only hours and minutes are the same thing in two units.
func (a Amount) In(u Unit) (Amount, error) {
	switch {
	case a.unit == u:
		return a, nil
	case a.unit == Hours && u == Minutes:
		return Amount{u, a.per, new(big.Rat).Mul(a.rat(), big.NewRat(minutesPerHour, 1))}, nil
	case a.unit == Minutes && u == Hours:
		return Amount{u, a.per, new(big.Rat).Mul(a.rat(), big.NewRat(1, minutesPerHour))}, nil
	}
	return Amount{}, a.unlike(u, a.per)
}

// Plus adds another of the same kind, in the unit of the first.
func (a Amount) Plus(b Amount) (Amount, error) {
	b, err := b.In(a.unit)
	if err != nil {
		return Amount{}, err
	}
	if a.per != b.per {
		return Amount{}, b.unlike(a.unit, a.per)
	}
	return Amount{a.unit, a.per, new(big.Rat).Add(a.rat(), b.rat())}, nil
}

// Neg is as much the other way.
func (a Amount) Neg() Amount { return Amount{a.unit, a.per, new(big.Rat).Neg(a.rat())} }

// times is a part or a multiple of it.
func (a Amount) times(x *big.Rat) Amount { return Amount{a.unit, a.per, new(big.Rat).Mul(a.rat(), x)} }

// Yearly is what an amount per week or month makes in a year. What is for no time makes none.
func (a Amount) Yearly() (Amount, error) {
	n := a.per.perYear()
	if n == 0 {
		return Amount{}, a.unlike(a.unit, Year)
	}
	return Amount{a.unit, Year, a.times(big.NewRat(n, 1)).n}, nil
}

// Posts is how many full-time posts a time per year makes, where one of them works so many hours a year.
func (a Amount) Posts(hours decimal.Decimal) (Amount, error) {
	h, err := a.In(Hours)
	if err != nil || a.per != Year || !hours.IsPositive() {
		return Amount{}, a.unlike(Hours, Year)
	}
	return Amount{FTE, "", new(big.Rat).Quo(h.rat(), hours.Rat())}, nil
}

// Price is what one of a unit costs, in kroner: an hour, a visit, a kilometre.
type Price struct {
	of Unit
	n  decimal.Decimal
}

// PriceOf is what somebody wrote down that one costs.
func PriceOf(kroner Number, one Unit) Price { return Price{one, kroner.decimal()} }

// Of is what an amount costs, in kroner for the same time. Of another unit than the price's there is no cost.
func (p Price) Of(a Amount) (Amount, error) {
	same, err := a.In(p.of)
	if err != nil {
		return Amount{}, err
	}
	return Amount{NOK, a.per, same.times(p.n.Rat()).n}, nil
}

// Rounded is the number to show, rounded half away from nought to so many decimals.
func (a Amount) Rounded(places int) Number { return rounded(a.rat(), places) }

func rounded(x *big.Rat, places int) Number {
	return plain(decimal.RequireFromString(x.FloatString(places)))
}

// Range is an amount, and how little and how much it may be. Low is at most Value and High at least.
type Range struct{ Low, Value, High Amount }

// Certain is a range that is a point.
func (r Range) Certain() bool { return r.Low.rat().Cmp(r.High.rat()) == 0 }

// each does the same to an amount and its ends. What is done only grows, or the ends would change places.
func (r Range) each(do func(Amount) (Amount, error)) (Range, error) {
	var err error
	for _, a := range []*Amount{&r.Low, &r.Value, &r.High} {
		if *a, err = do(*a); err != nil {
			return Range{}, err
		}
	}
	return r, nil
}

// Plus adds what another may be: as little as both may be together, and as much.
func (r Range) Plus(s Range) (Range, error) {
	low, err := r.Low.Plus(s.Low)
	if err != nil {
		return Range{}, err
	}
	value, _ := r.Value.Plus(s.Value) // of a kind with the ends
	high, _ := r.High.Plus(s.High)
	return Range{low, value, high}, nil
}

// Ratio is an exact part of something, such as of the baseline, with its range.
type Ratio struct{ Low, Value, High *big.Rat }

// Certain is a ratio that is a point.
func (r Ratio) Certain() bool { return r.Low.Cmp(r.High) == 0 }

// Percent is one of its numbers in percent, rounded half away from nought to so many decimals.
func Percent(x *big.Rat, places int) Number {
	return rounded(new(big.Rat).Mul(x, big.NewRat(100, 1)), places)
}
