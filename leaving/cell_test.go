package leaving

import (
	"encoding/json"
	"testing"
	"time"
)

// What there is none of is an empty cell, never a zero or the year 1.
func TestCells(t *testing.T) {
	three := 3
	for _, c := range []struct{ got, want string }{
		{timeCell(time.Time{}), ""},
		{timeCell(time.Date(2026, 11, 23, 10, 2, 0, 0, time.FixedZone("", 3600))), "2026-11-23T09:02:00Z"},
		{levelCell(nil), ""},
		{levelCell(&three), "3"},
		{months(nil), ""},
		{months([]int{6, 12}), "6 12"},
	} {
		if c.got != c.want {
			t.Errorf("the cell is %q, want %q", c.got, c.want)
		}
	}
}

// A step's fields stand side by side, and those of what it was before likewise.
func TestAStepIsExportedFlat(t *testing.T) {
	said := exportedStepData{What: "Skriv rutinen", Status: "planned"}
	body, err := json.Marshal(exportedStep{ID: "s-1", Task: "henvise", exportedStepData: said, Was: &exportedFormerStep{exportedStepData: said}})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"id":"s-1","task":"henvise","what":"Skriv rutinen","status":"planned","madeBy":"","madeAt":"0001-01-01T00:00:00Z","by":"","at":"0001-01-01T00:00:00Z",` +
		`"was":{"what":"Skriv rutinen","status":"planned","by":"","at":"0001-01-01T00:00:00Z"}}`
	if string(body) != want {
		t.Errorf("the step is\n%s\nwant\n%s", body, want)
	}
}
