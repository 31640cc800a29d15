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
