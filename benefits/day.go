package benefits

import (
	"strings"
	"time"

	"helhet/internal/fault"
)

// Day is a day of the calendar in Norway: "2026-12-01". Days order as their texts do. "" is none.
type Day string

// The days a benefit may name: what lies outside is a slip of the keyboard.
const (
	firstDay Day = "2000-01-01"
	lastDay  Day = "2099-12-31"
)

// Time is noon of the day in UTC, which is the same day in Norway: for writing it in words. Of what is no day it is zero.
func (d Day) Time() time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	return t.Add(12 * time.Hour)
}

func checkDay(f *fault.Error, field string, d Day) Day {
	d = Day(strings.TrimSpace(string(d)))
	if d != "" && (d.Time().IsZero() || d < firstDay || d > lastDay) {
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: "error.benefit.day"})
	}
	return d
}
