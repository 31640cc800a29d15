package reports

import (
	"math/big"
	"strconv"
	"strings"

	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/locale"
)

// Decimal writes an exact decimal the language's way: "1 200,5".
func Decimal(t locale.Text, n benefits.Number) string {
	whole, part, cut := strings.Cut(strings.TrimPrefix(string(n), "-"), ".")
	i, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return string(n)
	}
	text := t.Integer(i)
	if cut {
		text += Point(t) + part
	}
	if strings.HasPrefix(string(n), "-") {
		text = minus + text
	}
	return text
}

const minus = "\u2212"

// Point is what stands before a number's decimals.
func Point(t locale.Text) string {
	if t.Lang() == locale.English {
		return "."
	}
	return ","
}

// Amount writes a value with its unit, "" when there is none.
func Amount(t locale.Text, u benefits.Unit, n benefits.Number) string {
	if n == "" || u == "" {
		return ""
	}
	return t.Within("benefit.amount", u, "amount", Decimal(t, n))
}

// Change writes an amount that came out of a calculation, with its unit and time.
func Change(t locale.Text, a benefits.Amount) string {
	number := Decimal(t, AsRead(a))
	text := Amount(t, a.Unit(), AsRead(a))
	switch a.Unit() {
	case benefits.Share: // what is between two shares is no share
		text = t.T("calculation.points.share", "amount", number)
	case benefits.Score:
		text = t.T("calculation.points.score", "amount", number)
	}
	return perTime(t, text, a.Per())
}

func perTime(t locale.Text, text string, per benefits.Per) string {
	if per == "" || text == "" {
		return text
	}
	return t.T("calculation.per", "amount", text, "per", t.Within("indicator.per", per))
}

// AsRead is an amount as it is read: whole kroner; else two decimals, and more of what is under a tenth, where they say little.
func AsRead(a benefits.Amount) benefits.Number {
	if a.Unit() == benefits.NOK {
		if n := a.Rounded(0); n != "0" {
			return n
		}
	}
	n := a.Rounded(2)
	for places := 3; places <= 6; places++ {
		whole := strings.TrimPrefix(string(n), "-")
		if small := whole == "0" || strings.HasPrefix(whole, "0.0"); !small || len(strings.TrimLeft(whole, "0.")) > 1 {
			break
		}
		n = a.Rounded(places)
	}
	return n
}

// Percent writes a change in percent with its sign, with a decimal where it is small.
func Percent(t locale.Text, x *big.Rat) string {
	n := Amount(t, benefits.Share, percentOf(x))
	if x.Sign() > 0 {
		n = "+" + n
	}
	return n
}

func percentOf(x *big.Rat) benefits.Number {
	places := 0
	if new(big.Rat).Abs(x).Cmp(big.NewRat(1, 10)) < 0 {
		places = 1
	}
	return benefits.Percent(x, places)
}

// AssumptionName is what an assumption is of.
func AssumptionName(t locale.Text, known *benefits.Indicators, what benefits.What, of benefits.IndicatorKey) string {
	if what == benefits.TaskCost && of != "" {
		return t.T("assumption.what.task-cost.of", "indicator", known.In(catalogue.Lang(t.Lang()), of).Name)
	}
	return t.Within("assumption.what", what)
}

// Assumed writes the value of an assumption: kroner for one, or hours a year. Unit is what a benefit's own task is counted in.
func Assumed(t locale.Text, known *benefits.Indicators, what benefits.What, of benefits.IndicatorKey, unit benefits.Unit, n benefits.Number) string {
	if i, ok := known.Find(of); ok {
		unit = i.Unit
	}
	switch what {
	case benefits.HoursPerFTE:
		return perTime(t, Amount(t, benefits.Hours, n), benefits.Year)
	case benefits.HourlyCost:
		unit = benefits.Hours
	}
	return t.T("calculation.per", "amount", Amount(t, benefits.NOK, n), "per", t.Within("assumption.one", unit))
}

// Inhabitants says how many live in a municipality, and whose number that is.
func Inhabitants(t locale.Text, in benefits.Inhabitants) string {
	if in.Year == 0 {
		return t.T("calculation.inhabitants.undated", "n", in.N)
	}
	return t.T("calculation.inhabitants", "n", in.N, "year", strconv.Itoa(in.Year)) // a year has no thousands
}
