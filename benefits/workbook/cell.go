package workbook

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"helhet/benefits"
)

// literal is what of a number's format is shown as it stands, and its colours and languages.
var literal = regexp.MustCompile(`"[^"]*"|\\.|\[[^\]]*\]|_.|\*.`)

// float is a cell's number. Workbooks write 33.3 as 33.299999999999997, which is the same one.
func (c cell) float() (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(c.text), 64)
	return f, err == nil && c.number && !math.IsInf(f, 0) && !math.IsNaN(f)
}

// written is a cell that holds a number as its reader sees it; any other is its text.
func (c cell) written() string {
	f, ok := c.float()
	switch {
	case !ok:
		return strings.TrimSpace(c.text)
	case c.percent:
		const digits = 1e9 // a hundred times a binary fraction is off by less
		return strconv.FormatFloat(math.Round(f*100*digits)/digits, 'f', -1, 64) + "%"
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// said is a cell's text. A number in a column of texts is written as it looks; a date as a day.
func (c cell) said(since int) string {
	if c.date {
		d, _ := c.day(since)
		return string(d)
	}
	if c.number {
		return strings.TrimSuffix(c.written(), "%")
	}
	return strings.TrimSpace(c.text)
}

// epoch is the day before the first that a spreadsheet counts, as far as the days after February 1900 are concerned.
var epoch = time.Date(1899, 12, 30, 12, 0, 0, 0, time.UTC)

var (
	counted = regexp.MustCompile(`^[3-7][0-9]{4}(\.[0-9]+)?$`) // 1982 to 2118, as spreadsheets count days
	slashed = regexp.MustCompile(`^([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})$`)
	clock   = regexp.MustCompile(`[ T]00:00(:00(\.0+)?)?Z?$`)
)

// day reads a day as people and spreadsheets write it. What is none comes back as it stands, to be refused beside its field; ok is false where it may be
// two days.
func (c cell) day(since int) (d benefits.Day, ok bool) {
	text := clock.ReplaceAllString(strings.TrimSpace(c.text), "")
	if n, err := strconv.ParseFloat(text, 64); err == nil && counted.MatchString(text) {
		return benefits.Day(epoch.AddDate(0, 0, int(n)+since).Format(time.DateOnly)), true
	}
	if m := slashed.FindStringSubmatch(text); m != nil {
		a, _ := strconv.Atoi(m[1])
		b, _ := strconv.Atoi(m[2])
		switch {
		case a <= 12 && b <= 12 && a != b:
			return benefits.Day(text), false
		case b > 12:
			a, b = b, a
		}
		text = m[3] + "-" + two(b) + "-" + two(a)
	}
	for _, layout := range []string{time.DateOnly, "2.1.2006", "2. 1. 2006", "20060102"} {
		if t, err := time.Parse(layout, text); err == nil {
			return benefits.Day(t.Format(time.DateOnly)), true
		}
	}
	return benefits.Day(text), true
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
