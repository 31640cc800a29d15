package charts

import "strconv"

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
)

// Value is a score in thousandths of a level (2417 is level 2.417), or the
// reason why there is none. The zero Value is a gap, so that forgotten data
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
