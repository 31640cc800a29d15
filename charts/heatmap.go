package charts

import "io"

// HeatMap shows one round: a row per municipality, a column per area or task,
// in each cell the score as text on the colour of its level, or the reason why
// there is none.
type HeatMap struct {
	About
	Columns []Column
	Rows    []Row
	// Levels are the names of levels 0–5 for the legend ("2 Under etablering").
	// A score takes the colour of its nearest level.
	Levels []string
}

// Column is an area or a task.
type Column struct {
	Name string
	// Group is the area a task belongs to; neighbours of one group stand
	// together under its name. Empty for no groups.
	Group string
}

// Row is one municipality, or a line such as the median.
type Row struct {
	ID, Name string
	// Own marks the reader's own municipality: framed and in bold.
	Own bool
	// Values are in the order of Columns.
	Values []Value
}

// Table is the heat map itself, as text.
func (h HeatMap) Table() Table {
	t := Table{Caption: h.Title, Header: []string{h.Words.Municipality}, Foot: h.foot()}
	for _, c := range h.Columns {
		t.Header = append(t.Header, c.Name)
	}
	for _, r := range h.Rows {
		cells := []string{r.Name}
		for i := range h.Columns {
			cells = append(cells, h.text(at(r.Values, i)))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// CSV writes the table with byte order mark, in the reader's number format.
func (h HeatMap) CSV(w io.Writer) error { return writeCSV(w, h.Table(), h.Format) }

// SVG writes the picture as a self-contained SVG document.
func (h HeatMap) SVG(w io.Writer) error { return writeSVG(w, h.picture()) }

// PNG writes the same picture as a PNG image.
func (h HeatMap) PNG(w io.Writer) error { return writePNG(w, h.picture()) }

// ECharts gives the options for the page's live chart, as JSON without functions.
func (h HeatMap) ECharts() ([]byte, error) { return encode(h.options()) }
