package locale

import (
	"strconv"
	"strings"
	"time"
)

const (
	noBreakSpace = "\u00a0"
	minus        = "\u2212" // the typographic minus, as wide as plus
)

// Integer writes a whole number with its thousands grouped: "1 300" (no-break space) in Norwegian, "1,300" in English.
// Norwegian groups from five digits on, so that four-digit numbers stay whole.
func (t Text) Integer(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = minus, digits[1:]
	}
	separator, least := noBreakSpace, 5
	if t.lang == English {
		separator, least = ",", 4
	}
	if len(digits) < least {
		return sign + digits
	}
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return sign + digits + separator + strings.Join(groups, separator)
}

// Decimal writes thousandths with 0 to 3 decimals, rounded half away from zero: Decimal(2417, 1) is "2,4", "2.4" in English.
func (t Text) Decimal(thousandths int64, decimals int) string {
	unit := int64(1000)
	for range decimals {
		unit /= 10
	}
	n, sign := thousandths, ""
	if n < 0 {
		n = -n
	}
	n = (n + unit/2) / unit
	if thousandths < 0 && n != 0 {
		sign = minus
	}
	if decimals == 0 {
		return sign + t.Integer(n)
	}
	scale := 1000 / unit
	point := ","
	if t.lang == English {
		point = "."
	}
	fraction := strconv.FormatInt(n%scale, 10)
	return sign + t.Integer(n/scale) + point + strings.Repeat("0", decimals-len(fraction)) + fraction
}

// Score writes a score of 0–5, given in thousandths as published, with the one decimal people read: 2417 is "2,4".
func (t Text) Score(thousandths int64) string { return t.Decimal(thousandths, 1) }

// Change writes the difference of two scores with its sign: "+0,4", "−0,3", "0,0".
func (t Text) Change(thousandths int64) string {
	s := t.Decimal(thousandths, 1)
	if thousandths > 0 && strings.Trim(s, "0,.") != "" {
		return "+" + s
	}
	return s
}

// Percent writes part of whole as a percentage without decimals, cut and not rounded, so that 79.6 % never reads as the
// 80 % that a comparison demands. A whole of nothing is 0 %.
func (t Text) Percent(part, whole int64) string {
	n := int64(0)
	if whole > 0 {
		n = part * 100 / whole
	}
	if t.lang == English {
		return t.Integer(n) + "%"
	}
	return t.Integer(n) + noBreakSpace + "%"
}

// Date writes the day in Norway: "23. november 2026", "23 November 2026" in English.
func (t Text) Date(at time.Time) string {
	at = at.In(t.catalogue.oslo)
	month := t.T("month." + strconv.Itoa(int(at.Month())))
	if t.lang == English {
		return strconv.Itoa(at.Day()) + " " + month + " " + strconv.Itoa(at.Year())
	}
	return strconv.Itoa(at.Day()) + ". " + month + " " + strconv.Itoa(at.Year())
}

// ShortDate writes the day for tables: "23.11.2026", "23/11/2026" in English.
func (t Text) ShortDate(at time.Time) string {
	if t.lang == English {
		return at.In(t.catalogue.oslo).Format("02/01/2006")
	}
	return at.In(t.catalogue.oslo).Format("02.01.2006")
}

// Clock writes the time of day in Norway as "14:02", the form of public services' screens in all three languages.
func (t Text) Clock(at time.Time) string { return at.In(t.catalogue.oslo).Format("15:04") }

// DateTime writes day and time: "23. november 2026 kl. 14:02".
func (t Text) DateTime(at time.Time) string {
	return t.T("date.at", "date", t.Date(at), "time", t.Clock(at))
}

// When writes the time alone for today and day and time otherwise; now is the reader's moment.
func (t Text) When(at, now time.Time) string {
	a, n := at.In(t.catalogue.oslo), now.In(t.catalogue.oslo)
	if a.Year() == n.Year() && a.YearDay() == n.YearDay() {
		return t.Clock(at)
	}
	return t.DateTime(at)
}

// Machine writes a moment for a time element's datetime attribute (RFC 3339, with Norway's offset).
func (t Text) Machine(at time.Time) string { return at.In(t.catalogue.oslo).Format(time.RFC3339) }
