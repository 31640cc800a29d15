package charts

import (
	"io"
	"strconv"
)

// Lines is a trend: the rounds along the x axis, one line per municipality,
// with the region's median and the band between its quartiles. A round without
// a value is a break in the line, never a bridge and never zero.
type Lines struct {
	About
	Rounds []Round
	Series []Series
	// Median, Q1 and Q3 are per round, in the order of Rounds. Empty means that
	// the chart has none; a round in which one is Withheld is a gap.
	Median, Q1, Q3 []Value
	// Scale is the y axis; the zero Scale is levels 0–5.
	Scale Scale
}

// Round is one place on a trend's x axis.
type Round struct {
	// Name as shown, "Vår 2026".
	Name string
	// Publication is the short hash of what was published for this round.
	Publication string
	// N is how many municipalities the round's median rests on.
	N int
}

// Series is one municipality through the rounds.
type Series struct {
	// ID is the municipality's identity, not its number, which changes.
	ID, Name string
	// Own marks the reader's own municipality (or those chosen): drawn thick,
	// on top, and labelled even among hundreds.
	Own bool
	// Values are in the order of Rounds.
	Values []Value
}

// Scale is the range of an axis in thousandths of a level.
type Scale struct{ Min, Max int }

// Table has a row per municipality, then median and quartiles, n and the
// publication of each round.
func (l Lines) Table() Table {
	t := Table{Caption: l.Title, Header: []string{l.Words.Municipality}, Foot: l.lineFoot()}
	for _, r := range l.Rounds {
		t.Header = append(t.Header, r.Name)
	}
	for _, s := range l.Series {
		t.Rows = append(t.Rows, l.row(s.Name, s.Values))
	}
	for _, extra := range []struct {
		name   string
		values []Value
	}{{l.Words.Median, l.Median}, {l.Words.LowerQuartile, l.Q1}, {l.Words.UpperQuartile, l.Q3}} {
		if len(extra.values) > 0 {
			t.Rows = append(t.Rows, l.row(extra.name, extra.values))
		}
	}
	return t
}

func (l Lines) row(name string, values []Value) []string {
	cells := []string{name}
	for i := range l.Rounds {
		cells = append(cells, l.text(at(values, i)))
	}
	return cells
}

// lineFoot gives n and publication per round, since a trend rests on several.
func (l Lines) lineFoot() [][]string {
	n, publication, named := []string{l.Words.N}, []string{l.Words.Publication}, false
	for _, r := range l.Rounds {
		n = append(n, strconv.Itoa(r.N))
		publication = append(publication, r.Publication)
		named = named || r.Publication != ""
	}
	foot := [][]string{n}
	if named {
		foot = append(foot, publication)
	}
	for _, row := range l.foot() {
		if row[0] != l.Words.N { // already there, per round
			foot = append(foot, row)
		}
	}
	return foot
}

// CSV writes the table with byte order mark, in the reader's number format.
func (l Lines) CSV(w io.Writer) error { return writeCSV(w, l.Table(), l.Format) }

// SVG writes the picture as a self-contained SVG document.
func (l Lines) SVG(w io.Writer) error { return writeSVG(w, l.picture()) }

// PNG writes the same picture as a PNG image.
func (l Lines) PNG(w io.Writer) error { return writePNG(w, l.picture()) }

// ECharts gives the options for the page's live chart, as JSON without functions.
func (l Lines) ECharts() ([]byte, error) { return encode(l.options()) }
