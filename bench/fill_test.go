package main

import (
	"testing"

	"helhet/demo"
	"helhet/internal/store/sqlite/sqlitetest"
)

// TestFill: what is measured is a whole region, marked as synthetic, with everything said and done.
func TestFill(t *testing.T) {
	dir := t.TempDir()
	f, err := fill(t.Context(), dir, size{"small", 9, 2, 60})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.bodies) != 9 || len(f.bodies[0]) < 5_000 || f.publishing == 0 || f.reader == "" || len(f.savers) != savers {
		t.Errorf("%d assessments, published in %v, %d savers", len(f.bodies), f.publishing, len(f.savers))
	}
	if f.meeting.lead == "" || f.meeting.follower == "" || len(f.meeting.questions) < 2 {
		t.Errorf("nobody leads a meeting, or it has nowhere to go: %+v", f.meeting)
	}
	seen := map[saver]bool{}
	for _, s := range f.savers {
		s.token = ""
		if seen[s] {
			t.Errorf("two people save %s of %s", s.question, s.municipality)
		}
		seen[s] = true
	}
	if marked, err := demo.Marked(t.Context(), sqlitetest.Open(t, dir)); !marked || err != nil {
		t.Errorf("marked is %v, %v", marked, err)
	}
}
