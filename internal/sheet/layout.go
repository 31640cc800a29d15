package sheet

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Font is what excelize writes texts in; a style that names a font has to name it too, or it gets another in some programs.
const Font = "Calibri"

// How high a line is, and the highest row that there is, in points.
const lineHeight, highest = 15, 409

// RowHeight tells how many points high a row has to be for texts that are wrapped in columns of these widths, in characters. It is an estimate
// on the safe side: a program that opens a workbook need not work the height out itself, and LibreOffice writes the lines over each other.
// A row of one line is as high as rows are, and no height is set for it.
func RowHeight(widths []float64, texts ...string) (points float64, needed bool) {
	most := 1
	for i, text := range texts {
		if i == len(widths) {
			break
		}
		lines := 0
		for line := range strings.SplitSeq(text, "\n") {
			lines += 1 + utf8.RuneCountInString(line)/max(1, int(widths[i]))
		}
		most = max(most, lines)
	}
	return float64(min(most*lineHeight, highest)), most > 1
}

// Landscape lets a sheet be printed on A4 that lies, one page wide and as many long as it needs, with the row of titles on each. Titles is 0 for a
// sheet that has no such row.
//
// Errors: excelize's, for a sheet that isn't there.
func Landscape(f *excelize.File, name string, titles int) error {
	size, orientation, wide, long := 9, "landscape", 1, 0 // 9 is A4; 0 is as many as it takes
	err := cmp.Or(
		f.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &size, Orientation: &orientation, FitToWidth: &wide, FitToHeight: &long}),
		f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: new(true)}),
	)
	if titles == 0 {
		return err
	}
	above := fmt.Sprintf("'%s'!$%d:$%d", strings.ReplaceAll(name, "'", "''"), titles, titles)
	return cmp.Or(err, f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: above, Scope: name}))
}

// escape is what a workbook reads as a character; it stands for itself where its first underscore is one.
var escape = regexp.MustCompile(`_x[0-9a-fA-F]{4}_`)

// Literal is the text of a cell that shows what was written, also where a workbook would read a part of it as another character: "_x0041_" as A.
func Literal(text string) string { return escape.ReplaceAllString(text, "_x005F$0") }
