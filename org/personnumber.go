package org

import (
	"time"
	"unicode/utf8"
)

// HoldsPersonNumber tells whether a text holds what may be somebody's fødselsnummer or D-number: eleven digits, perhaps with a space after
// the sixth, that begin with a real date and end in valid control digits (the modulus-11 rule of Skatteetaten). D-numbers have 40 added
// to the day; numbers made for testing have 40 or 80 added to the month, and count too, since a person can't tell them apart. Ten or
// twelve digits in a row are something else.
func HoldsPersonNumber(text string) bool {
	for i := 0; i < len(text); {
		if !isDigit(text[i]) {
			_, size := utf8.DecodeRuneInString(text[i:])
			i += size
			continue
		}
		end := i
		for end < len(text) && isDigit(text[end]) {
			end++
		}
		digits := text[i:end]
		if len(digits) == 6 {
			if rest := afterSpace(text[end:]); len(rest) >= 5 && allDigits(rest[:5]) && (len(rest) == 5 || !isDigit(rest[5])) {
				digits += rest[:5]
			}
		}
		if len(digits) == 11 && isPersonNumber(digits) {
			return true
		}
		i = end
	}
	return false
}

// afterSpace is what follows one space, plain or unbreakable; "" when there is none.
func afterSpace(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if r == ' ' || r == '\u00a0' || r == '\u202f' {
		return s[size:]
	}
	return ""
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

var (
	firstWeights  = [9]int{3, 7, 6, 1, 8, 9, 4, 5, 2}
	secondWeights = [10]int{5, 4, 3, 2, 7, 6, 5, 4, 3, 2}
)

// isPersonNumber looks at eleven digits.
func isPersonNumber(digits string) bool {
	var d [11]int
	for i := range d {
		d[i] = int(digits[i] - '0')
	}
	first, second := 0, 0
	for i, w := range firstWeights {
		first += w * d[i]
	}
	for i, w := range secondWeights {
		second += w * d[i]
	}
	return d[9] == (11-first%11)%11 && d[10] == (11-second%11)%11 && isBirthDate(d)
}

// isBirthDate reads day, month and year of the century that the individual number, the digits 7 to 9, tells.
func isBirthDate(d [11]int) bool {
	day, month, year, individual := d[0]*10+d[1], d[2]*10+d[3], d[4]*10+d[5], d[6]*100+d[7]*10+d[8]
	if day > 40 {
		day -= 40
	}
	switch {
	case month > 80:
		month -= 80
	case month > 40:
		month -= 40
	}
	for _, century := range []struct{ from, to, first, last, add int }{
		{0, 499, 0, 99, 1900}, {500, 749, 54, 99, 1800}, {900, 999, 40, 99, 1900}, {500, 999, 0, 39, 2000},
	} {
		if individual < century.from || individual > century.to || year < century.first || year > century.last {
			continue
		}
		date := time.Date(century.add+year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
		if int(date.Month()) == month && date.Day() == day && day > 0 {
			return true
		}
	}
	return false
}
