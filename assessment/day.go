package assessment

import "time"

// Day is a day of the calendar in Norway: "2026-12-01". Days order as their texts do.
type Day string

// DayOf is the day of a moment.
func DayOf(t time.Time) Day { return Day(day(t).Format(time.DateOnly)) }

// After gives the day some days later.
func (d Day) After(days int) Day { return DayOf(d.Time().AddDate(0, 0, days)) }

// Time is noon of the day in UTC, which is the same day in Norway: for writing it in words. Of what is no day it is zero.
func (d Day) Time() time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	return t.Add(12 * time.Hour)
}

// The days that may be named: what lies outside is a slip of the keyboard.
const (
	firstDay Day = "2000-01-01"
	lastDay  Day = "2099-12-31"
)

// Valid tells whether it is a day of the calendar that may be named.
func (d Day) Valid() bool { return !d.Time().IsZero() && d >= firstDay && d <= lastDay }
