package benefits

import (
	"math/big"
	"regexp"
	"strings"

	"helhet/internal/fault"

	"github.com/shopspring/decimal"
)

// Number is an exact decimal in its one form, without trailing zeros: "12.5", "-300". "" is none. It is written, compared and worked with as
// what it says: floating point would make 0.1 + 0.2 of what two people wrote.
type Number string

// decimals is how many a value may have. With two, "1,200" is never taken for one and a fifth by somebody who means twelve hundred: whoever
// groups thousands is told.
const decimals = 2

// largest is what no value is beyond: a thousand billion kroner, or a slip of the keyboard.
var largest = decimal.New(1, 12)

var written = regexp.MustCompile(`^[-+]?[0-9]{1,15}(\.[0-9]{1,9})?$`)

// Marks that a number may carry, as Read leaves them behind it. Which of them says what the unit says is checkNumber's to know.
const (
	kroner  = " kr"
	percent = " %"
)

var (
	money    = regexp.MustCompile(`(?i)^(?:kr\.?|nok) ?(.+)$|^(.+?)(?: ?(?:kr\.?|nok)|,[-–])$`)
	grouped  = regexp.MustCompile(`^[0-9]{1,3}(?:[ .,][0-9]{3})+$`)
	unspaced = strings.NewReplacer("\t", " ", "\u00a0", " ", "\u2009", " ", "\u202f", " ", "\u2212", "-")
)

// Read reads a number as people write it, in any of the languages: a comma or a point before the decimals, spaces, points or commas between
// thousands, either minus, kroner and percent. What means two things ("1.200") and what can't be read comes back so that validation refuses it
// beside its field.
func Read(text string) Number {
	text = strings.TrimSpace(unspaced.Replace(text))
	mark := ""
	if m := money.FindStringSubmatch(text); m != nil {
		text, mark = m[1]+m[2], kroner
	} else if before, ok := strings.CutSuffix(text, "%"); ok {
		text, mark = strings.TrimSpace(before), percent
	}
	sign := ""
	if strings.HasPrefix(text, "-") || strings.HasPrefix(text, "+") {
		sign, text = text[:1], strings.TrimSpace(text[1:])
	}
	n := Number(sign + strings.ReplaceAll(text, ",", "."))
	if whole, part, ok := split(text); ok {
		n = Number(sign + whole + part)
	}
	if written.MatchString(string(n)) && n.places() <= decimals {
		n = plain(n.decimal())
	}
	return n + Number(mark)
}

// split takes the thousands' marks out of a number, and gives its whole part and its decimals with a point before them. ok is false where the marks
// stand in the wrong places.
func split(text string) (whole, part string, ok bool) {
	whole = text
	last := strings.LastIndexAny(text, ".,")
	if last >= 0 {
		mark := text[last : last+1]
		again := strings.Count(text, mark) > 1
		other := strings.ContainsAny(text[:last], strings.Replace(" .,", mark, "", 1))
		if !again || other { // the last mark stands before decimals, unless all are of one kind
			whole, part = text[:last], "."+text[last+1:]
		}
	}
	if strings.ContainsAny(whole, " .,") {
		i := strings.IndexAny(whole, " .,")
		if !grouped.MatchString(whole) || strings.Count(whole, whole[i:i+1]) != strings.Count(whole, " ")+strings.Count(whole, ".")+strings.Count(whole, ",") {
			return "", "", false
		}
		whole = strings.NewReplacer(" ", "", ".", "", ",", "").Replace(whole)
	}
	return whole, part, true
}

// places is how many decimals are written, noughts at the end included.
func (n Number) places() int {
	_, after, _ := strings.Cut(string(n), ".")
	return len(after)
}

// NumberOf is an exact decimal in its one form.
func NumberOf(d decimal.Decimal) Number { return plain(d) }

func plain(d decimal.Decimal) Number { return Number(d.Normalize().String()) }

// Thousandths is the number in whole thousandths, for drawing: a value has two decimals and is within ±10¹², so all of it fits. What is more, such as a sum
// over a country, is drawn at the largest that fits. ok is false where there is none.
func (n Number) Thousandths() (thousandths int, ok bool) {
	if n == "" {
		return 0, false
	}
	const most = 1 << 62
	d := n.decimal().Shift(3).Round(0)
	switch most := decimal.New(most, 0); {
	case d.GreaterThan(most):
		d = most
	case d.LessThan(most.Neg()):
		d = most.Neg()
	}
	return int(d.IntPart()), true
}

// decimal is the number to work with. Only what was written down by Read or by checked comes here.
func (n Number) decimal() decimal.Decimal {
	d, err := decimal.NewFromString(string(n))
	if err != nil {
		return decimal.Zero
	}
	return d
}

// checkNumber puts into f what is wrong with a value of a unit, and gives it in its one form.
func checkNumber(f *fault.Error, field string, n Number, u Unit) Number {
	return checkWithin(f, field, n, u, u.bounds())
}

// checkWithin is the same for a figure that has other bounds than its unit.
func checkWithin(f *fault.Error, field string, n Number, u Unit, bounds bounds) Number {
	if n == "" {
		return ""
	}
	wrong := func(key string, args ...any) Number {
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: key, Args: args})
		return n
	}
	for mark, means := range map[string]Unit{kroner: NOK, percent: Share} {
		if before, ok := strings.CutSuffix(string(n), mark); ok && written.MatchString(before) {
			if u != means {
				return wrong("error.number.unit")
			}
			n = Number(before)
		}
	}
	if !written.MatchString(string(n)) {
		return wrong("error.number")
	}
	d := n.decimal()
	switch {
	case bounds.whole && !d.IsInteger():
		return wrong("error.number.whole")
	case n.places() > decimals:
		return wrong("error.number.decimals", "max", decimals)
	case d.Abs().GreaterThan(largest):
		return wrong("error.number.large")
	case bounds.from != nil && bounds.to != nil && (d.LessThan(*bounds.from) || d.GreaterThan(*bounds.to)):
		return wrong("error.number.between", "min", plain(*bounds.from), "max", plain(*bounds.to))
	case bounds.from != nil && d.LessThan(*bounds.from):
		return wrong("error.number.negative")
	}
	return plain(d)
}

// checkRange puts into f what is wrong with a value and with how low and high it may be, and gives them their one form. Their fields stand behind a
// prefix: "baseline.".
func checkRange(f *fault.Error, prefix string, value, low, high *Number, u Unit, bounds bounds) {
	before := len(f.Fields)
	*value, *low, *high = checkWithin(f, prefix+"value", *value, u, bounds), checkWithin(f, prefix+"low", *low, u, bounds), checkWithin(f, prefix+"high", *high, u, bounds)
	wrong := func(field, key string) { f.Fields = append(f.Fields, fault.Field{Name: prefix + field, Key: key}) }
	switch {
	case len(f.Fields) > before:
	case *low == "" && *high != "":
		wrong("low", "error.measurement.both")
	case *low != "" && *high == "":
		wrong("high", "error.measurement.both")
	case *low == "":
	case low.decimal().GreaterThan(high.decimal()):
		wrong("low", "error.measurement.low-high")
	case *value != "" && (value.decimal().LessThan(low.decimal()) || value.decimal().GreaterThan(high.decimal())):
		wrong("value", "error.measurement.outside")
	}
}

// Fraction is an exact fraction: of what was planned, how much was reached.
type Fraction struct{ Num, Denom *big.Int }

// Percent is the fraction in whole percent, rounded towards nought, so that 99.9 % never reads as all of it.
func (f Fraction) Percent() *big.Int {
	n := new(big.Int).Mul(f.Num, big.NewInt(100))
	return n.Quo(n, f.Denom)
}

func (f Fraction) rat() *big.Rat { return new(big.Rat).SetFrac(f.Num, f.Denom) }

// Realisation is how a result compares with the baseline and the target, in the direction that is better.
type Realisation struct {
	Change  Number    // from the baseline, positive when it is for the better
	Planned Number    // the same of the target
	Part    *Fraction // Change of Planned; nil where nothing for the better was planned
}

// Realised compares a value with a baseline and a target. ok is false while one of them is missing.
func Realised(dir Direction, baseline, target, value Number) (r Realisation, ok bool) {
	if baseline == "" || value == "" || !dir.valid() {
		return r, false
	}
	better := func(to Number) decimal.Decimal {
		d := to.decimal().Sub(baseline.decimal())
		if dir == Less {
			d = d.Neg()
		}
		return d
	}
	change := better(value)
	r.Change = plain(change)
	if target == "" {
		return r, true
	}
	planned := better(target)
	r.Planned = plain(planned)
	if planned.IsPositive() {
		part := new(big.Rat).Quo(change.Rat(), planned.Rat())
		r.Part = &Fraction{part.Num(), part.Denom()}
	}
	return r, true
}
