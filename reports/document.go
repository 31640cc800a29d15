package reports

import (
	"time"

	"helhet/benefits"
	"helhet/internal/locale"
)

// Document is a report before it is written down: the page, the Word file and the workbook are made of the same one, so that they say the same.
type Document struct {
	locale.Text           // the language it is written in
	Name        string    // "Gevinstrealiseringsplan"
	Place       string    // "Larvik kommune"
	Made        time.Time // also what the files say of when they were made, so that the same report is the same bytes
	About       []Fact    // when it was made, what it covers
	Note        string    // that the figures are made up, "" where they aren't
	Sections    []Section
}

// Title is what the document is called: "Gevinstrealiseringsplan for Larvik kommune".
func (d Document) Title() string { return d.T("report.title", "name", d.Name, "place", d.Place) }

// Fact is something that is said in a line.
type Fact struct{ Label, Text string }

// Section is a chapter, or a part of one. What it says comes before its charts, these before its tables, and its tables before its parts. Parts have none of their own.
type Section struct {
	ID     string // in addresses, and of a chapter in the names of sheets: "overview"
	Title  string
	Says   []string // paragraphs
	Charts []Chart
	Tables []Table
	Parts  []Section
}

// Table is rows under columns' titles. The first cell of a row says what it is of.
type Table struct {
	Kind    string // what the workbook's sheet is named by: tables of one kind in a chapter have the same columns, and stand together there
	Title   string // read aloud, and above it where a section has several
	Columns []Column
	Rows    []Row
}

// Column is a column's title, and how much room it wants beside the others.
type Column struct {
	Title string
	Wide  int
}

// Row is a row. A warning is one that says something is doubtful.
type Row struct {
	Cells   []Cell
	Warning bool
}

// Cell is what stands in a cell. Text is what people read; where it is one number or one day the workbook has that as such.
type Cell struct {
	Text   string
	Number benefits.Number // "" is none
	Day    benefits.Day    // "" is none
}

func text(s string) Cell { return Cell{Text: s} }

// number is a cell of one number, whose text has its unit. Where there is nothing to say it is a dash.
func number(s string, n benefits.Number) Cell {
	if s == "" {
		return text(dash)
	}
	return Cell{Text: s, Number: n}
}

const dash = "–"

func dayCell(t locale.Text, at benefits.Day) Cell {
	if at.Time().IsZero() {
		return text(dash)
	}
	return Cell{Text: t.ShortDate(at.Time()), Day: at}
}

func row(cells ...Cell) Row { return Row{Cells: cells} }
