package sheet_test

import (
	"bytes"
	"strings"
	"testing"

	"helhet/internal/sheet"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

func TestARowIsAsHighAsItsTexts(t *testing.T) {
	for _, c := range []struct {
		name   string
		widths []float64
		texts  []string
		points float64
		needed bool
	}{
		{"one line", []float64{20, 20}, []string{"Kort", ""}, 15, false},
		{"a text that is wrapped", []float64{20, 20}, []string{"Kort", strings.Repeat("ord ", 12)}, 45, true},
		{"lines of its own", []float64{20}, []string{"en\nto\ntre"}, 45, true},
		{"the highest row there is", []float64{10}, []string{strings.Repeat("ord ", 400)}, 409, true},
		{"characters, not bytes", []float64{20}, []string{strings.Repeat("å", 19)}, 15, false},
		{"no text", nil, nil, 15, false},
		{"a text beside the columns", []float64{20}, []string{"Kort", strings.Repeat("ord ", 12)}, 15, false},
	} {
		if points, needed := sheet.RowHeight(c.widths, c.texts...); points != c.points || needed != c.needed {
			t.Errorf("%s: %v, %v; want %v, %v", c.name, points, needed, c.points, c.needed)
		}
	}
}

// What is written stands in the cell, also where a workbook has a spelling of its own for characters.
func TestATextStandsAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z_x0-9A-F]{1,30}`).Draw(t, "text")
		f := excelize.NewFile()
		defer f.Close()
		if err := f.SetCellStr("Sheet1", "A1", sheet.Literal(text)); err != nil {
			t.Fatal(err)
		}
		var file bytes.Buffer
		if err := f.Write(&file); err != nil {
			t.Fatal(err)
		}
		again, err := excelize.OpenReader(&file)
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		if got, err := again.GetCellValue("Sheet1", "A1"); got != text {
			t.Fatalf("%q became %q (%v)", text, got, err)
		}
	})
}
