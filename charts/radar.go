package charts

import "io"

// Radar shows one municipality in one round, an axis per area, against the
// region's median and quartiles. An axis without a value is left out of the
// outline and named below; it is never drawn as zero.
type Radar struct {
	About
	Axes []Axis
	// Name is the municipality the outline belongs to.
	Name string
	// Scale is the common range of the axes; the zero Scale is levels 0–5.
	Scale Scale
}

// Axis is one area with what is known about it.
type Axis struct {
	Name           string
	Value          Value
	Median, Q1, Q3 Value
}

// Table has a row per area.
func (r Radar) Table() Table {
	t := Table{
		Caption: r.Title,
		Header:  []string{r.Words.Area, r.Name, r.Words.Median, r.Words.LowerQuartile, r.Words.UpperQuartile},
		Foot:    r.foot(),
	}
	for _, a := range r.Axes {
		t.Rows = append(t.Rows, []string{a.Name, r.text(a.Value), r.text(a.Median), r.text(a.Q1), r.text(a.Q3)})
	}
	return t
}

// CSV writes the table with byte order mark, in the reader's number format.
func (r Radar) CSV(w io.Writer) error { return writeCSV(w, r.Table(), r.Format) }

// SVG writes the picture as a self-contained SVG document.
func (r Radar) SVG(w io.Writer) error { return writeSVG(w, r.picture()) }

// PNG writes the same picture as a PNG image.
func (r Radar) PNG(w io.Writer) error { return writePNG(w, r.picture()) }

// ECharts gives the options for the page's live chart, as JSON without functions.
func (r Radar) ECharts() ([]byte, error) { return encode(r.options()) }
