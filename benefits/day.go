package benefits

import (
	"strings"

	"helhet/assessment"
	"helhet/internal/fault"
)

// Day is a day of the calendar in Norway: "2026-12-01". "" is none.
type Day = assessment.Day

func checkDay(f *fault.Error, field string, d Day) Day {
	d = Day(strings.TrimSpace(string(d)))
	if d != "" && !d.Valid() {
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: "error.benefit.day"})
	}
	return d
}

// MonthsAfter is the same day some months on, or the last of the month where it is shorter.
func MonthsAfter(d Day, months int) Day { return assessment.DayOf(monthsAfter(d.Time(), months)) }
