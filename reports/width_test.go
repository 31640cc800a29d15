package reports

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Columns fill the page and no more, and a date is not cut in two where there is room for it.
func TestColumnsShareThePage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := Table{}
		for range rapid.IntRange(1, 12).Draw(t, "columns") {
			table.Columns = append(table.Columns, Column{strings.Repeat("m", rapid.IntRange(0, 60).Draw(t, "title")), rapid.IntRange(1, 8).Draw(t, "wide")})
		}
		sum, widths := 0, columnWidths(table)
		for _, w := range widths {
			if sum += w; w <= 0 {
				t.Fatalf("a column without width: %v", widths)
			}
		}
		if sum > lineWidth || sum < lineWidth-len(widths) {
			t.Fatalf("%v are %d of %d", widths, sum, lineWidth)
		}
	})
	table := Table{
		Columns: []Column{{"Forutsetning", 8}, {"Verdi", 3}, {"Gjelder fra", 1}, {"Kilde", 8}, {"Brukt for", 8}},
		Rows:    []Row{{Cells: []Cell{{Text: "Kostnad"}, {Text: "620"}, {Text: "01.01.2026"}, {Text: strings.Repeat("a", 400)}, {Text: "Alt"}}}},
	}
	table.Rows[0].Cells[1].Text = "1\u00a0000\u00a0000\u00a0000 kr"
	if got, least := columnWidths(table)[1], 13*characterWidth+cellMargins; got < least {
		t.Errorf("a large number has %d, and needs %d", got, least)
	}
	if got, least := columnWidths(table)[2], len("01.01.2026")*characterWidth+cellMargins; got < least {
		t.Errorf("a date has %d, and needs %d", got, least)
	}
}
