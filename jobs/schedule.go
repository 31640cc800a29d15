package jobs

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // slots are Norwegian time, on machines without a time-zone database too

	"github.com/robfig/cron/v3"
)

// ErrSchedule is a cron expression that can't be used.
var ErrSchedule = errors.New("jobs: invalid schedule")

// Zone is the time zone all schedules are written in.
const Zone = "Europe/Oslo"

// Schedule says at which moments a job has slots: a cron expression of five fields (minute, hour, day of month, month,
// day of week) read as Norwegian wall-clock time.
//
// At the two changes of the clock it keeps what people mean by the expression:
//   - With named hours ("30 2 * * *", "0 */6 * * *") each wall-clock time of each day is one slot. A time that the
//     change in spring leaves out has its slot at the change itself (02:30 on 29.3.2026 at 03:00 summer time); a time
//     that comes twice in autumn has its slot at the first (02:30 on 25.10.2026 at 02:30 summer time, not again an hour
//     later). Two times that fall on one moment so are one slot.
//   - With "*" for the hour ("*/10 * * * *") the slots follow elapsed time: none in the missing hour, and both of the
//     doubled hours have theirs.
type Schedule struct {
	expression string
	spec       *cron.SpecSchedule
	zone       *time.Location
	elapsed    bool // the hour is "*": slots follow elapsed time
}

// hourStar is the bit that cron's parser sets in a field written "*".
const hourStar = 1 << 63

// ParseSchedule reads a cron expression. Descriptors (@daily), zones (TZ=…) and expressions that never come are refused.
func ParseSchedule(expression string) (Schedule, error) {
	if strings.Contains(expression, "=") {
		return Schedule{}, fmt.Errorf("%w: %q: the zone is always %s", ErrSchedule, expression, Zone)
	}
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	parsed, err := parser.Parse(expression)
	if err != nil {
		return Schedule{}, fmt.Errorf("%w: %q: %w", ErrSchedule, expression, err)
	}
	spec, ok := parsed.(*cron.SpecSchedule)
	if !ok {
		return Schedule{}, fmt.Errorf("%w: %q: not five fields", ErrSchedule, expression)
	}
	zone, err := time.LoadLocation(Zone)
	if err != nil {
		return Schedule{}, fmt.Errorf("jobs: zone %s: %w", Zone, err)
	}
	s := Schedule{expression: expression, spec: spec, zone: zone, elapsed: spec.Hour&hourStar != 0}
	// cron's own search runs in UTC over wall-clock readings; only slots of elapsed time are searched in the zone.
	s.spec.Location = time.UTC
	if s.elapsed {
		s.spec.Location = zone
	}
	if s.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Schedule{}, fmt.Errorf("%w: %q never comes", ErrSchedule, expression)
	}
	return s, nil
}

// String is the expression as it was written.
func (s Schedule) String() string { return s.expression }

// Next is the first slot after t, in UTC; zero when none comes within five years.
func (s Schedule) Next(t time.Time) time.Time {
	if s.elapsed {
		return utc(s.spec.Next(t.In(s.zone)))
	}
	for reading := wall(t, s.zone); ; {
		if reading = s.spec.Next(reading); reading.IsZero() {
			return time.Time{}
		}
		if at := moment(reading, s.zone); at.After(t) {
			return at
		}
	}
}

// due lists the slots in (last, now], oldest first, at most limit of them.
func (s Schedule) due(last, now time.Time, limit int) []time.Time {
	var slots []time.Time
	for at := s.Next(last); !at.IsZero() && !at.After(now) && len(slots) < limit; at = s.Next(at) {
		slots = append(slots, at)
	}
	return slots
}

// newest is the last slot in (last, now], zero if there is none. It looks back in growing steps, so that a job of every
// minute does not walk through a year's slots.
func (s Schedule) newest(last, now time.Time) time.Time {
	const day = 24 * time.Hour
	for _, back := range []time.Duration{time.Hour, day, 32 * day, 400 * day} {
		from := now.Add(-back)
		if from.Before(last) {
			break
		}
		if at := s.lastIn(from, now); !at.IsZero() {
			return at
		}
	}
	return s.lastIn(last, now)
}

func (s Schedule) lastIn(from, to time.Time) time.Time {
	var newest time.Time
	for at := s.Next(from); !at.IsZero() && !at.After(to); at = s.Next(at) {
		newest = at
	}
	return newest
}

// wall is what a clock in the zone shows at t, written as if it were UTC, where no reading is missing or doubled.
func wall(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// moment is the first moment at which a clock in the zone shows the reading or, if it never does, the moment it jumps over it.
func moment(reading time.Time, zone *time.Location) time.Time {
	_, before := reading.Add(-24 * time.Hour).In(zone).Zone()
	_, after := reading.Add(24 * time.Hour).In(zone).Zone()
	early := reading.Add(-time.Duration(max(before, after)) * time.Second)
	late := reading.Add(-time.Duration(min(before, after)) * time.Second)
	for _, at := range []time.Time{early, late} {
		if wall(at, zone).Equal(reading) {
			return utc(at)
		}
	}
	change, _ := late.In(zone).ZoneBounds()
	return utc(change)
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}
