package benefits

import (
	"testing"
	"time"
)

// A day is a day of the calendar: that the clock is put forward on 29 March and back on 25 October 2026 moves no day a measurement is due, and none it has waited.
func TestTheClockMovesNoDay(t *testing.T) {
	for _, c := range []struct{ from, due, later Day }{
		{"2025-12-29", "2026-03-29", "2026-03-30"}, {"2026-07-25", "2026-10-25", "2026-10-26"},
	} {
		d := full()
		d.Status, d.EffectFrom = Measuring, c.from
		b := Benefit{Data: d}
		if b.Due() != c.due || b.Overdue(c.due) != 0 || b.Overdue(c.later) != 1 {
			t.Errorf("due %s, waited %d and %d days", b.Due(), b.Overdue(c.due), b.Overdue(c.later))
		}
	}
	// A measurement of the night in which an hour is missing, or comes twice, is of a day that has begun in Norway, not in London.
	w := newWorld(t)
	b := w.gain("larvik", shared("40", "20"), "", 0)
	for _, now := range []string{"2026-03-28T23:30:00Z", "2026-10-24T22:30:00Z"} {
		at := must(time.Parse(time.RFC3339, now))(t)
		w.mu.Lock()
		w.now = at
		w.mu.Unlock()
		day := Day(at.Add(2 * time.Hour).Format(time.DateOnly))
		if _, err := w.Measure(w.ctx(), coordinator(), Measure{Benefit: b.ID, Data: Measured{Figures: Figures{To: day, Value: "30"}}}); err != nil {
			t.Errorf("%s: %v", now, err)
		}
		if _, err := w.Measure(w.ctx(), coordinator(), Measure{Benefit: b.ID, Data: Measured{Figures: Figures{To: day.After(1), Value: "30"}}}); err == nil {
			t.Errorf("%s: the day after was taken", now)
		}
	}
}
