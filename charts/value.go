package charts

import (
	"strconv"
	"strings"
	"time"
)

// Reason says why a value is absent. A missing value is a gap in every
// picture, never zero.
type Reason uint8

const (
	// NotHandedIn is the zero Reason: nothing was handed in for this round.
	NotHandedIn Reason = iota
	// TooFewAnswers: coverage was under 50 %, so no score is shown.
	TooFewAnswers
	// NotCompared: coverage was under 80 %, so the score stands alone and is
	// kept out of comparisons.
	NotCompared
	// NotInRound: the round did not ask about this area or task.
	NotInRound
	// NotApplicable: every question was answered "not relevant here".
	NotApplicable
	// NotTakingPart: the municipality was not among the round's participants.
	NotTakingPart
	// Withheld: so few municipalities stand behind an aggregate that it would
	// point at one of them.
	Withheld
	// NotMeasured: a benefit should have been measured by now, and was not.
	NotMeasured
	// FewPeople: a figure describes so few people that it stays inside the
	// municipality. It is written "<5".
	FewPeople
	// NotDecided: nobody has decided what a gain is used for.
	NotDecided
)

// Value is a score in thousandths of a level (2417 is level 2.417), in charts
// of benefits an amount in thousandths of its unit, or the reason why there is
// none. The zero Value is a gap, so that forgotten data
// can never read as level 0.
type Value struct {
	thousandths int
	present     bool
	reason      Reason
}

// Score is a present value. thousandths is normally 0–5000; a chart widens
// its scale rather than hide what lies outside.
func Score(thousandths int) Value { return Value{thousandths: thousandths, present: true} }

// Gap is an absent value with its reason.
func Gap(why Reason) Value { return Value{reason: why} }

// Thousandths returns the score, and whether there is one.
func (v Value) Thousandths() (int, bool) { return v.thousandths, v.present }

// Reason tells why the value is absent; it means nothing for a present one.
func (v Value) Reason() Reason { return v.reason }

// Present reports whether there is a score.
func (v Value) Present() bool { return v.present }

// at returns the i-th value, a gap past the end: callers may hand over a
// series shorter than the axis (a municipality that has left).
func at(values []Value, i int) Value {
	if i < len(values) {
		return values[i]
	}
	return Value{}
}

// Format is how numbers are written for one reader.
type Format struct {
	// Decimal separates whole levels from their fraction: "," or ".".
	Decimal string
	// Decimals shown for a score, 0–3.
	Decimals int
	// Separator stands between the cells of a CSV line; it must not be Decimal.
	Separator rune
	// Group stands between thousands of an amount; empty leaves them together,
	// as files of numbers want it.
	Group string
}

// Norwegian writes 2,42 and separates CSV cells with a semicolon, which is
// what spreadsheets set up for Norwegian expect.
func Norwegian() Format { return Format{Decimal: ",", Decimals: 2, Separator: ';'} }

// English writes 2.42 and separates CSV cells with a comma.
func English() Format { return Format{Decimal: ".", Decimals: 2, Separator: ','} }

// Score writes thousandths with the format's decimals, rounded half away from
// zero: the rule of the published thousandths, so that 2.445 never reads 2.44
// in one place and 2.45 in another.
func (f Format) Score(thousandths int) string { return f.fixed(thousandths, f.Decimals) }

// Amount writes thousandths of anything that is counted, with the decimals it
// has and no more: hours, kroner, a share in percent.
func (f Format) Amount(thousandths int) string {
	text := f.fixed(thousandths, 3)
	whole, fraction, _ := strings.Cut(text, f.point())
	if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
		fraction = f.point() + fraction
	}
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	var groups []string
	for f.Group != "" && len(whole) > 3 {
		groups = append([]string{whole[len(whole)-3:]}, groups...)
		whole = whole[:len(whole)-3]
	}
	return sign + strings.Join(append([]string{whole}, groups...), f.Group) + fraction
}

// norwegian tells whether days are written day first.
func (f Format) norwegian() bool { return f.Decimal == "," }

// Day writes a day in figures: 01.12.2026, or 2026-12-01.
func (f Format) Day(t time.Time) string {
	if f.norwegian() {
		return t.Format("02.01.2006")
	}
	return t.Format(time.DateOnly)
}

// month writes a month on an axis.
func (f Format) month(t time.Time) string {
	if f.norwegian() {
		return t.Format("01.2006")
	}
	return t.Format("2006-01")
}

// liveMonth is how ECharts is asked for the same.
func (f Format) liveMonth() string {
	if f.norwegian() {
		return "{MM}.{yyyy}"
	}
	return "{yyyy}-{MM}"
}

// Percent writes a share given in thousandths as whole per cent: 873 → "87 %".
func (f Format) Percent(thousandths int) string { return f.fixed(scaleUp(thousandths), 0) + " %" }

// scaleUp turns thousandths of a whole into thousandths of a per cent.
func scaleUp(share int) int {
	const limit = int(^uint(0)>>1) / 100
	return min(max(share, -limit), limit) * 100
}

func (f Format) fixed(thousandths, decimals int) string {
	decimals = min(max(decimals, 0), 3)
	n, sign := uint64(thousandths), ""
	if thousandths < 0 {
		n, sign = -n, "-" // two's complement: right for the smallest int too
	}
	unit := uint64(1) // thousandths in the last digit shown
	for i := decimals; i < 3; i++ {
		unit *= 10
	}
	n = (n + unit/2) / unit
	if n == 0 {
		sign = ""
	}
	if decimals == 0 {
		return sign + strconv.FormatUint(n, 10)
	}
	digits := strconv.FormatUint(n, 10)
	for len(digits) <= decimals {
		digits = "0" + digits
	}
	cut := len(digits) - decimals
	return sign + digits[:cut] + f.point() + digits[cut:]
}

func (f Format) point() string {
	if f.Decimal == "" {
		return "."
	}
	return f.Decimal
}

func (f Format) separator() rune {
	if f.Separator == 0 {
		return ','
	}
	return f.Separator
}
