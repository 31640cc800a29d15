// Package charts turns results into pictures and tables. Each kind of chart is
// one neutral specification (Lines, HeatMap, Radar, Course, Bars, Scatter) that can be drawn as
// go-echarts options for a page, as SVG or PNG for mail and reports, and
// written as a table or CSV with the same content.
//
// The package knows no language: every text arrives localised, in About.Words
// or beside the data it names.
package charts

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// About is what every chart says about itself, whatever its kind.
type About struct {
	// Title is the heading, Sentence the chart's finding in one sentence. The
	// sentence is also the text alternative of the picture.
	Title, Sentence string
	// Notes stand under the picture, one line each.
	Notes []string
	// Warnings make the numbers doubtful. They stand before the notes, and with
	// the table in files too: whoever has the numbers alone is told.
	Warnings []string
	// Publication is the short hash of the frozen publication the numbers come
	// from. A trend rests on several: leave it empty there, each Round has its own.
	Publication string
	// Source is what the numbers come from where that is no publication, with
	// its day: "Gevinstene i Larvik, 29.11.2026". A chart with a source tells
	// no N unless there is one.
	Source string
	// N is how many municipalities have a value in the chart.
	N int
	// Coverage is the share of the asked questions that were answered, in
	// thousandths of the whole: Score(873) is 87 %. A gap leaves it out.
	Coverage Value
	// Synthetic marks made-up data ("Syntetiske data"); empty for real data.
	Synthetic string
	Format    Format
	Words     Words
}

// Words are the few words a chart needs, in the reader's language.
type Words struct {
	Municipality, Area, Level                string // headings of columns
	Median, LowerQuartile, UpperQuartile     string
	Quartiles                                string // the band between the two
	N, Coverage, Publication                 string // "n", "Dekning", "Publikasjon"
	NotHandedIn, TooFewAnswers, NotCompared  string // reasons, as written in a cell
	NotInRound, NotApplicable, NotTakingPart string
	Withheld                                 string
	Gap                                      string // legend: what a break in a line means
	Source, Date, Low, High                  string // headings in charts of benefits
	NotMeasured, FewPeople, NotDecided       string // reasons there
	Warning                                  string // heading of what makes numbers doubtful
}

// Validate names the words that are empty: a chart without them would show
// headings and reasons as nothing at all.
func (w Words) Validate() error {
	var empty []string
	v := reflect.ValueOf(w)
	for i := range v.NumField() {
		if strings.TrimSpace(v.Field(i).String()) == "" {
			empty = append(empty, v.Type().Field(i).Name)
		}
	}
	if len(empty) > 0 {
		return fmt.Errorf("charts: words missing: %s", strings.Join(empty, ", "))
	}
	return nil
}

// Why is the word for a reason.
func (w Words) Why(r Reason) string {
	switch r {
	case TooFewAnswers:
		return w.TooFewAnswers
	case NotCompared:
		return w.NotCompared
	case NotInRound:
		return w.NotInRound
	case NotApplicable:
		return w.NotApplicable
	case NotTakingPart:
		return w.NotTakingPart
	case Withheld:
		return w.Withheld
	case NotMeasured:
		return w.NotMeasured
	case FewPeople:
		return w.FewPeople
	case NotDecided:
		return w.NotDecided
	default:
		return w.NotHandedIn
	}
}

// text writes a value as a cell of table, tooltip and CSV shows it.
func (a About) text(v Value) string {
	if n, ok := v.Thousandths(); ok {
		return a.Format.Score(n)
	}
	return a.Words.Why(v.Reason())
}

// amount is text of a value that is no level.
func (a About) amount(v Value) string {
	if n, ok := v.Thousandths(); ok {
		return a.Format.Amount(n)
	}
	return a.Words.Why(v.Reason())
}

// foot is the part of the table that says what the numbers rest on, and what
// makes them doubtful.
func (a About) foot() [][]string {
	var rows [][]string
	for _, w := range a.Warnings {
		rows = append(rows, []string{a.Words.Warning, w})
	}
	return append(rows, a.rests()...)
}

// rests says what the numbers rest on.
func (a About) rests() [][]string {
	var rows [][]string
	if a.Publication != "" {
		rows = append(rows, []string{a.Words.Publication, a.Publication})
	}
	if a.Source != "" {
		rows = append(rows, []string{a.Words.Source, a.Source})
	}
	if a.Source == "" || a.N != 0 {
		rows = append(rows, []string{a.Words.N, strconv.Itoa(a.N)})
	}
	if share, ok := a.Coverage.Thousandths(); ok {
		rows = append(rows, []string{a.Words.Coverage, a.Format.Percent(share)})
	}
	if a.Synthetic != "" {
		rows = append(rows, []string{a.Synthetic})
	}
	return rows
}

// credits is what the numbers rest on in one line, for the lower edge of a picture, where the
// synthetic mark has a line of its own.
func (a About) credits() string {
	var parts []string
	for _, row := range a.rests() {
		switch {
		case len(row) == 1:
		case row[0] == a.Words.N:
			parts = append(parts, row[0]+" = "+row[1])
		default:
			parts = append(parts, row[0]+": "+row[1])
		}
	}
	return strings.Join(parts, "  ·  ")
}
