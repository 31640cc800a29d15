package jobs

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func mustParse(t testing.TB, expression string) Schedule {
	t.Helper()
	s, err := ParseSchedule(expression)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func oslo(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(Zone)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

// In 2026 Norway's clocks go from 02:00 to 03:00 on 29 March (01:00 UTC) and from 03:00 to 02:00 on 25 October (01:00 UTC).
func TestSlotsAtClockChanges(t *testing.T) {
	const spring, springEnd = "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"
	const autumn, autumnEnd = "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"
	for _, c := range []struct {
		expression, from, to string // the local day: (from-1s, to)
		want                 []string
	}{
		{"30 2 * * *", spring, springEnd, []string{"2026-03-29T01:00:00Z"}},
		{"30 2 * * *", autumn, autumnEnd, []string{"2026-10-25T00:30:00Z"}},
		{"0 2 * * *", spring, springEnd, []string{"2026-03-29T01:00:00Z"}},
		{"0 3 * * *", spring, springEnd, []string{"2026-03-29T01:00:00Z"}},
		{"0 2 * * *", autumn, autumnEnd, []string{"2026-10-25T00:00:00Z"}},
		{"0 3 * * *", autumn, autumnEnd, []string{"2026-10-25T02:00:00Z"}},
		{"0 0 * * *", spring, springEnd, []string{"2026-03-28T23:00:00Z"}},
		{"0 0 * * *", autumn, autumnEnd, []string{"2026-10-24T22:00:00Z"}},
		{"0 2,3 * * *", spring, springEnd, []string{"2026-03-29T01:00:00Z"}},
		{"0,30 1,2,3 * * *", spring, springEnd, []string{"2026-03-29T00:00:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"}},
		{"0,30 2,3 * * *", autumn, autumnEnd, []string{"2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z"}},
		{"30 2 * * 0", spring, springEnd, []string{"2026-03-29T01:00:00Z"}},
		{"30 2 29 3 *", spring, springEnd, []string{"2026-03-29T01:00:00Z"}},
	} {
		got := mustParse(t, c.expression).due(at(t, c.from).Add(-time.Second), at(t, c.to).Add(-time.Second), 100)
		var text []string
		for _, slot := range got {
			text = append(text, slot.Format(time.RFC3339))
		}
		if fmt.Sprint(text) != fmt.Sprint(c.want) {
			t.Errorf("%q from %s: %v, want %v", c.expression, c.from, text, c.want)
		}
	}
	// Slots of every hour and every minute follow elapsed time: 23 and 25 hours.
	for _, c := range []struct {
		expression, from, to string
		want                 int
	}{
		{"0 * * * *", spring, springEnd, 23},
		{"0 * * * *", autumn, autumnEnd, 25},
		{"*/10 * * * *", spring, springEnd, 23 * 6},
		{"* * * * *", autumn, autumnEnd, 25 * 60},
	} {
		slots := mustParse(t, c.expression).due(at(t, c.from).Add(-time.Second), at(t, c.to).Add(-time.Second), 2000)
		if len(slots) != c.want {
			t.Errorf("%q from %s: %d slots, want %d", c.expression, c.from, len(slots), c.want)
		}
		for i := 1; i < len(slots); i++ {
			if slots[i].Sub(slots[i-1]) != slots[1].Sub(slots[0]) {
				t.Errorf("%q: uneven at %s", c.expression, slots[i])
			}
		}
	}
}

func TestParseScheduleRefuses(t *testing.T) {
	for _, expression := range []string{
		"", "* * * *", "* * * * * *", "60 * * * *", "0 24 * * *", "@daily", "@every 1m", "TZ=UTC 0 2 * * *",
		"CRON_TZ=Asia/Tokyo 0 2 * * *", "0 0 31 2 *", "nonsense",
	} {
		if _, err := ParseSchedule(expression); !errors.Is(err, ErrSchedule) {
			t.Errorf("%q: %v, want ErrSchedule", expression, err)
		}
	}
}

// However two years are cut into ticks, and whatever the clock does in between, a daily job has exactly one slot on each day.
func TestDailySlotOnceADay(t *testing.T) {
	zone := oslo(t)
	rapid.Check(t, func(t *rapid.T) {
		hour, minute := rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute")
		s, err := ParseSchedule(fmt.Sprintf("%d %d * * *", minute, hour))
		if err != nil {
			t.Fatal(err)
		}
		year := rapid.IntRange(2024, 2045).Draw(t, "year")
		now := time.Date(year, 1, 1, 0, 0, 0, 0, zone).Add(-time.Second)
		end := time.Date(year+2, 1, 1, 0, 0, 0, 0, zone)
		last, days := now, map[string]int{}
		for now.Before(end) {
			step := rapid.IntRange(-600, 60*24*40).Draw(t, "minutes")
			now = now.Add(time.Duration(step)*time.Minute + time.Duration(step%60)*time.Second)
			if !now.Before(end) {
				now = end.Add(-time.Second)
			}
			for slots := s.due(last, now, 7); len(slots) > 0; slots = s.due(last, now, 7) {
				newest := s.newest(last, now)
				for _, slot := range slots {
					if !slot.After(last) {
						t.Fatalf("slot %s does not follow %s", slot, last)
					}
					last = slot
					days[slot.In(zone).Format(time.DateOnly)]++
				}
				if len(slots) < 7 && !newest.Equal(last) {
					t.Fatalf("newest %s, the last due slot is %s", newest, last)
				}
			}
			if now.Equal(end.Add(-time.Second)) {
				break
			}
		}
		for day := time.Date(year, 1, 1, 12, 0, 0, 0, zone); day.Before(end); day = day.AddDate(0, 0, 1) {
			if n := days[day.Format(time.DateOnly)]; n != 1 {
				t.Fatalf("%d slots on %s", n, day.Format(time.DateOnly))
			}
		}
	})
}

// Any expression: slots are strictly increasing, show the wall-clock time asked for (or the moment of the change), and the
// newest of any span is the last of those due in it.
func TestSlotsOfAnyExpression(t *testing.T) {
	zone := oslo(t)
	field := func(t *rapid.T, label string, low, high int) string {
		n := rapid.IntRange(low, high).Draw(t, label)
		return rapid.SampledFrom([]string{"*", fmt.Sprint(n), fmt.Sprintf("*/%d", max(n, 1)), fmt.Sprintf("%d-%d", low, n)}).Draw(t, label+" form")
	}
	rapid.Check(t, func(t *rapid.T) {
		expression := fmt.Sprintf("%s %s %s %s %s", field(t, "minute", 0, 59), field(t, "hour", 0, 23), field(t, "day", 1, 28), field(t, "month", 1, 12), field(t, "weekday", 0, 6))
		s, err := ParseSchedule(expression)
		if err != nil {
			t.Skip(err) // a step beyond the range
		}
		from := time.Date(2026, time.Month(rapid.IntRange(1, 12).Draw(t, "from month")), rapid.IntRange(1, 31).Draw(t, "from day"), 0, 0, 0, 0, time.UTC)
		to := from.Add(time.Duration(rapid.IntRange(0, 60*24*60).Draw(t, "span")) * time.Minute)
		slots := s.due(from, to, 3000)
		last := from
		for _, slot := range slots {
			if !slot.After(last) || slot.After(to) {
				t.Fatalf("%q: slot %s after %s, until %s", expression, slot, last, to)
			}
			last = slot
			reading := wall(slot, zone)
			change, _ := slot.In(zone).ZoneBounds()
			if next := s.spec.Next(inSpecZone(s, reading, slot).Add(-time.Second)); !next.Equal(inSpecZone(s, reading, slot)) && !change.Equal(slot) {
				t.Fatalf("%q: slot %s shows %s", expression, slot, reading)
			}
		}
		if newest := s.newest(from, to); len(slots) > 0 && len(slots) < 3000 && !newest.Equal(last) || len(slots) == 0 && !newest.IsZero() {
			t.Fatalf("%q: newest %s, last %s of %d", expression, newest, last, len(slots))
		}
	})
}

// inSpecZone is the slot as the schedule's own search sees it.
func inSpecZone(s Schedule, reading, slot time.Time) time.Time {
	if s.elapsed {
		return slot
	}
	return reading
}
