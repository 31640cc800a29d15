package demo

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestCalendar: whatever the moment, five rounds lie behind one that is open, each over before the next begins.
func TestCalendar(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(1_700_000_000, 2_500_000_000).Draw(t, "now"), 0)
		all := calendar(now, oslo)
		if len(all) != published+1 {
			t.Fatalf("%d rounds", len(all))
		}
		names := map[string]bool{}
		for i, s := range all {
			names[s.name] = true
			if !s.opens.Before(s.closes) || !s.closes.Before(s.publishing) {
				t.Errorf("%s opens %v, closes %v, is published %v", s.name, s.opens, s.closes, s.publishing)
			}
			if i > 0 && !s.opens.After(all[i-1].publishing) {
				t.Errorf("%s opens before %s is published", s.name, all[i-1].name)
			}
		}
		if len(names) != len(all) {
			t.Errorf("names are used twice: %v", names)
		}
		if last := all[published]; last.opens.After(now) || last.closes.Before(now.Add(openFor-time.Hour)) {
			t.Errorf("at %v the last is open from %v to %v", now, last.opens, last.closes)
		}
	})
}

func TestSeasons(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string][2]string{
		"2026-11-23T06:00:00Z": {"Vår 2024", "Høst 2026"}, "2026-06-30T21:59:00Z": {"Høst 2023", "Vår 2026"},
		"2026-06-30T22:01:00Z": {"Vår 2024", "Høst 2026"}, "2026-12-31T23:30:00Z": {"Høst 2024", "Vår 2027"},
	} {
		now, err := time.Parse(time.RFC3339, day)
		if err != nil {
			t.Fatal(err)
		}
		if all := calendar(now, oslo); all[0].name != want[0] || all[published].name != want[1] {
			t.Errorf("at %s: %s to %s, want %v", day, all[0].name, all[published].name, want)
		}
	}
}
