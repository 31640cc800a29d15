package benefits

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func measuredOn(days ...Day) []Figure {
	var all []Figure
	for i, d := range days {
		all = take(all, Figure{ID: MeasurementID(rune('a' + i)), Version: 1, Figures: Figures{To: d, Value: "30"}})
	}
	return all
}

// A planned day was missed when nothing was measured for it and thirty days have passed. One from shortly before it counts for it.
func TestMissedMeasurements(t *testing.T) {
	b := Benefit{Data: full()} // effect from the 1st of March 2026: planned on 1 June, 1 September, 1 March, then yearly
	b.Status = Measuring
	for _, c := range []struct {
		name  string
		days  []Day
		today Day
		want  []Day
	}{
		{"not due yet", nil, "2026-05-01", nil},
		{"thirty days are given", nil, "2026-07-01", nil},
		{"then it is missed", nil, "2026-07-02", []Day{"2026-06-01"}},
		{"measured early", []Day{"2026-05-02"}, "2026-07-02", nil},
		{"too early", []Day{"2026-05-01"}, "2026-07-02", []Day{"2026-06-01"}},
		{"late counts until the next", []Day{"2026-08-01"}, "2026-08-20", nil},
		{"one between two", []Day{"2026-06-01", "2027-03-01"}, "2027-03-20", []Day{"2026-09-01"}},
		{"years later", []Day{"2026-06-01"}, "2028-06-01", []Day{"2026-09-01", "2027-03-01", "2028-03-01"}},
	} {
		b.Figures = measuredOn(c.days...)
		if got := b.Missed(c.today); !slices.Equal(got, c.want) {
			t.Errorf("%s: missed %v, want %v", c.name, got, c.want)
		}
	}
	b.Figures, b.Status = nil, Planned
	if got := b.Missed("2028-06-01"); got != nil {
		t.Errorf("what is planned missed %v", got)
	}
}

// What is missed was due: as long as nothing at all is measured, the first missed day is the day that is due.
func TestWhatIsMissedWasDue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Benefit{Data: full()}
		b.Status = Measuring
		b.Plan.Every = rapid.IntRange(1, 24).Draw(t, "every")
		today := b.EffectFrom.After(rapid.IntRange(-100, 4000).Draw(t, "days"))
		missed := b.Missed(today)
		if len(missed) > 0 && missed[0] != b.Due() || len(missed) == 0 && b.Stale(today) {
			t.Fatalf("on %s missed %v, due %s", today, missed, b.Due())
		}
	})
}

func TestThousandths(t *testing.T) {
	for n, want := range map[Number]int{"22.5": 22500, "-0.75": -750, "1000000000000": 1e15, "0": 0, "99999999999999999999": 1 << 62} {
		if got, ok := n.Thousandths(); !ok || got != want {
			t.Errorf("%s is %d thousandths (%v), want %d", n, got, ok, want)
		}
	}
	if _, ok := Number("").Thousandths(); ok {
		t.Error("nothing is a number")
	}
}
