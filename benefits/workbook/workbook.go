// Package workbook keeps benefits and their measurements as XLSX and as text with a separator: a sheet to fill in, what somebody brings back, and what is
// taken out. docs/benefits.md tells what is read.
package workbook

import (
	"strings"

	"helhet/benefits"
	"helhet/internal/locale"
	"helhet/internal/sheet"
)

// The columns, as texts and faults call them. The last four are written, and never read.
const (
	columnMeasurement = "measurement"
	columnBenefit     = "benefit"
	columnTitle       = "title"
	columnUnit        = "unit"
	columnFrom        = "from"
	columnTo          = "to"
	columnValue       = "value"
	columnLow         = "low"
	columnHigh        = "high"
	columnPeople      = "people"
	columnMethod      = "method"
	columnSource      = "source"
	columnNote        = "note"
	columnEvidence    = "evidence"
	columnRemoved     = "removed"

	columnLatest  = "latest"
	columnDue     = "due"
	columnRemarks = "remarks"
	columnBy      = "by"
	columnAt      = "at"
)

var columns = []string{columnMeasurement, columnBenefit, columnTitle, columnUnit, columnFrom, columnTo, columnValue, columnLow, columnHigh, columnPeople, columnMethod, columnSource, columnNote, columnEvidence, columnRemoved,
	columnLatest, columnDue, columnRemarks, columnBy, columnAt}

// filled are the columns that somebody fills in: a row in which they are blank says nothing.
var filled = []string{columnFrom, columnTo, columnValue, columnLow, columnHigh, columnPeople, columnMethod, columnSource, columnNote, columnEvidence}

// Kinds of fault that a table of measurements can have beside those of any workbook.
const (
	NoHeader   sheet.Kind = "no-header"
	NoColumn   sheet.Kind = "column-missing" // args: column
	NoRows     sheet.Kind = "no-rows"
	Twice      sheet.Kind = "twice"        // a column; args: column
	Beside     sheet.Kind = "beside"       // a text under no heading
	Sheets     sheet.Kind = "sheets"       // measurements on two sheets; args: other
	NoText     sheet.Kind = "no-text"      // neither a workbook nor text
	Quote      sheet.Kind = "quote"        // a quotation mark without its other
	Calendar   sheet.Kind = "calendar"     // a date where a number is wanted
	DayOrMonth sheet.Kind = "day-or-month" // 03/04/2026; args: text
	Unit       sheet.Kind = "unknown-unit" // args: text
	YesNo      sheet.Kind = "yes-no"       // args: text
)

// Kinds lists them.
var Kinds = []sheet.Kind{NoHeader, NoColumn, NoRows, Twice, Beside, Sheets, NoText, Quote, Calendar, DayOrMonth, Unit, YesNo}

// headRows is how many rows may stand above the headings.
const headRows = 20

// most is what a workbook may be at most: room for MaxBatch measurements, each with a note.
func most() sheet.Limits {
	return sheet.Limits{File: 1 << 20, Unpacked: 8 << 20, Parts: 200, Elements: 300_000, Rows: benefits.MaxBatch + headRows, Columns: 100}
}

// fold is a text for comparing: people type capitals, spaces and colons as they come.
func fold(s string) string {
	return strings.ToLower(strings.Trim(strings.Join(strings.Fields(s), " "), ":* "))
}

// vocabulary is what stands above columns and in some cells, in all languages: a sheet fetched in one may be brought by somebody who reads another.
type vocabulary struct {
	headings map[string]string // column by folded heading
	units    map[string]benefits.Unit
	truths   map[string]bool
}

func newVocabulary(texts *locale.Catalogue) vocabulary {
	v := vocabulary{map[string]string{}, map[string]benefits.Unit{"kr": benefits.NOK, "%": benefits.Share, "km": benefits.Kilometres, "min": benefits.Minutes}, map[string]bool{"": false}}
	for _, lang := range locale.Langs() {
		t := texts.For(lang)
		for _, c := range columns {
			v.headings[fold(t.Within("batch.column", c))] = c
			if key := "batch.also." + c; t.Has(key) {
				for _, other := range strings.Split(t.T(key), ";") {
					v.headings[fold(other)] = c
				}
			}
		}
		for _, u := range benefits.Units {
			v.units[string(u)], v.units[fold(t.Within("benefit.unit", u))] = u, u
		}
		v.truths[fold(t.T("batch.yes"))], v.truths[fold(t.T("batch.no"))] = true, false
	}
	return v
}
