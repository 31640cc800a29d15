package charts

import (
	"io"
	"math"
	"strings"

	"helhet/benefits"
)

// BenefitMap shows a benefit map: a column for each kind of box, and arrows from what is done to what it is for.
type BenefitMap struct {
	About
	Map     benefits.MapData
	Columns [4]string // what the kinds are called
	// Notes stand under the texts of boxes, one for each of Map.Nodes; "" is none.
	BoxNotes []string
	// BoxLinks are what boxes point to, a benefit or a step of the plan, one for each of Map.Nodes; "" is none. They stand in the table alone.
	BoxLinks []string
	Words    MapWords
}

// MapWords are the headings of a map's table, in the reader's language.
type MapWords struct{ Kind, Text, Link, Note, LeadsTo string }

// Table has a row per box.
func (m BenefitMap) Table() Table {
	t := Table{Caption: m.Title, Header: []string{m.Words.Kind, m.Words.Text, m.Words.Link, m.Words.Note, m.Words.LeadsTo}}
	for i, n := range m.Map.Nodes {
		var to []string
		for _, e := range m.Map.Edges {
			if e.From == n.ID {
				to = append(to, m.Map.Nodes[m.Map.Node(e.To)].Text)
			}
		}
		t.Rows = append(t.Rows, []string{m.Columns[n.Kind.Column()], n.Text, m.BoxLinks[i], m.BoxNotes[i], strings.Join(to, "; ")})
	}
	if m.Synthetic != "" {
		t.Foot = [][]string{{m.Synthetic}}
	}
	return t
}

// CSV writes the table with byte order mark, in the reader's format.
func (m BenefitMap) CSV(w io.Writer) error { return writeCSV(w, m.Table(), m.Format) }

// SVG writes the picture as a self-contained SVG document.
func (m BenefitMap) SVG(w io.Writer) error { return writeSVG(w, m.picture()) }

// PNG writes the same picture as a PNG image.
func (m BenefitMap) PNG(w io.Writer) error { return writePNG(w, m.picture()) }

// MapDrawing is where everything of a map stands, in pixels at scale 1 with y growing downwards, so that a page draws it with its own colours.
type MapDrawing struct {
	Width, Height float64
	Columns       []MapColumn
	Boxes         []MapBox
	Arrows        []MapArrow
}

// ViewWidth is the width with room for the outlines of the outermost boxes.
func (d MapDrawing) ViewWidth() float64 { return d.Width + 4 }

// MapColumn is a column's heading.
type MapColumn struct {
	Kind  benefits.MapKind
	X, Y  float64 // where its baseline begins
	Title string
}

// MapBox is a box with its text in lines.
type MapBox struct {
	Kind       benefits.MapKind
	X, Y, W, H float64
	Round      float64 // radius of its corners: each column has its own shape
	Lines      []MapLine
}

// MapLine is a line of a box; a Note is smaller.
type MapLine struct {
	X, Y float64
	Text string
	Note bool
}

// MapArrow is an arrow as the data of an SVG path, head and all.
type MapArrow struct {
	Path  string
	parts [][]point
}

// Measures of a drawn map.
const (
	mapBoxWidth  = 232.0
	mapGap       = 84.0 // between columns
	mapRowGap    = 16.0
	mapPadding   = 12.0
	mapLine      = 19.0
	mapNoteLine  = 16.0
	mapPassing   = 8.0 // height of the place where an arrow passes a column
	mapHeading   = 40.0
	mapTextSize  = 14.0
	mapNoteSize  = 12.0
	mapMostLines = 9
)

// mapSlack is how much narrower than its box a text is set: the page's own letters may be wider than those it is measured with.
const mapSlack = 0.82

// mapCorners are the shapes of the columns' boxes.
var mapCorners = [4]float64{2, 8, 14, 22}

// Drawing places a map's columns, boxes and arrows.
func (m BenefitMap) Drawing() MapDrawing { return m.drawing(newLetters()) }

func (m BenefitMap) drawing(l *letters) MapDrawing {
	layers := benefits.LayersOf(m.Map)
	d := MapDrawing{Width: 4*mapBoxWidth + 3*mapGap}
	boxes := make([]MapBox, len(m.Map.Nodes))
	var heights [4]float64
	for column, slots := range layers {
		for i, s := range slots {
			if i > 0 {
				heights[column] += mapRowGap
			}
			if s.Node < 0 {
				heights[column] += mapPassing
				continue
			}
			boxes[s.Node] = m.box(l, s.Node)
			heights[column] += boxes[s.Node].H
		}
		d.Height = max(d.Height, heights[column])
	}
	d.Height += mapHeading + mapPadding
	passing := make([][4]float64, len(m.Map.Edges)) // where an arrow passes a column
	for column, slots := range layers {
		x := float64(column) * (mapBoxWidth + mapGap)
		d.Columns = append(d.Columns, MapColumn{benefits.MapKinds[column], x, 20, m.Columns[column]})
		y := mapHeading + math.Round((d.Height-mapHeading-mapPadding-heights[column])/2)
		for _, s := range slots {
			if s.Node < 0 {
				passing[s.Edge][column] = y + mapPassing/2
				y += mapPassing + mapRowGap
				continue
			}
			boxes[s.Node].moveTo(x, y)
			y += boxes[s.Node].H + mapRowGap
		}
	}
	for i, e := range m.Map.Edges {
		from, to := boxes[m.Map.Node(e.From)], boxes[m.Map.Node(e.To)]
		at := point{from.X + from.W, from.Y + from.H/2}
		var ways [][2]point
		for column := from.Kind.Column() + 1; column < to.Kind.Column(); column++ {
			x, y := float64(column)*(mapBoxWidth+mapGap), passing[i][column]
			ways = append(ways, [2]point{at, {x, y}})
			at = point{x + mapBoxWidth, y}
		}
		ways = append(ways, [2]point{at, {to.X, to.Y + to.H/2}})
		d.Arrows = append(d.Arrows, arrow(ways))
	}
	d.Boxes = boxes
	return d
}

// box is a box at the origin.
func (m BenefitMap) box(l *letters, i int) MapBox {
	n := m.Map.Nodes[i]
	b := MapBox{Kind: n.Kind, W: mapBoxWidth, Round: mapCorners[n.Kind.Column()]}
	width := (mapBoxWidth - 2*mapPadding) * mapSlack
	y := mapPadding
	for _, line := range l.wrapAtMost(n.Text, width, mapMostLines, style{size: mapTextSize}) {
		b.Lines = append(b.Lines, MapLine{mapPadding, y + 13, line, false})
		y += mapLine
	}
	for _, line := range l.wrapAtMost(m.BoxNotes[i], width, 3, style{size: mapNoteSize}) {
		b.Lines = append(b.Lines, MapLine{mapPadding, y + 13, line, true})
		y += mapNoteLine
	}
	b.H = max(y+mapPadding-4, 44)
	return b
}

func (b *MapBox) moveTo(x, y float64) {
	b.X, b.Y = x, y
	for i := range b.Lines {
		b.Lines[i].X += x
		b.Lines[i].Y += y
	}
}

// arrow leads along ways between columns, each a curve that begins and ends level, and straight across the columns between them.
func arrow(ways [][2]point) MapArrow {
	const steps, head = 12, 7.0
	var line []point
	var path strings.Builder
	for i, way := range ways {
		from, to := way[0], way[1]
		middle := (from.x + to.x) / 2
		start := "M"
		if i > 0 {
			start = "L"
		}
		path.WriteString(start + number(from.x) + " " + number(from.y) + "C" + number(middle) + " " + number(from.y) + " " + number(middle) + " " + number(to.y) + " " + number(to.x) + " " + number(to.y))
		for step := range steps + 1 {
			t := float64(step) / steps
			rest := 1 - t
			line = append(line, point{
				rest*rest*rest*from.x + 3*rest*rest*t*middle + 3*rest*t*t*middle + t*t*t*to.x,
				rest*rest*(rest+3*t)*from.y + t*t*(t+3*rest)*to.y,
			})
		}
	}
	end := ways[len(ways)-1][1]
	tip := []point{{end.x - head, end.y - head*0.6}, end, {end.x - head, end.y + head*0.6}}
	path.WriteString("M" + number(tip[0].x) + " " + number(tip[0].y) + "L" + number(end.x) + " " + number(end.y) + "L" + number(tip[2].x) + " " + number(tip[2].y))
	return MapArrow{path.String(), [][]point{line, tip}}
}

func (m BenefitMap) picture() picture {
	l := newLetters()
	d := m.drawing(l)
	p, top := m.sheet(d.Width + 2*margin)
	top += 8
	for _, c := range d.Columns {
		p.text(margin+c.X, top+c.Y, c.Title, style{size: bodySize, bold: true, color: textColor}, start)
	}
	moved := func(points []point) []point {
		all := make([]point, len(points))
		for i, at := range points {
			all[i] = point{margin + at.x, top + at.y}
		}
		return all
	}
	for _, a := range d.Arrows {
		for _, part := range a.parts {
			p.line(ink{stroke: medianColor, width: 1.5}, moved(part)...)
		}
	}
	for _, b := range d.Boxes {
		p.polygon(ink{fill: levelTint(b.Kind.Column()), stroke: axisColor, width: 1}, moved(rounded(b))...)
		for _, line := range b.Lines {
			size := mapTextSize
			if line.Note {
				size = mapNoteSize
			}
			p.text(margin+line.X, top+line.Y, line.Text, style{size: size, color: textColor}, start)
		}
	}
	y := p.paragraph(margin, top+d.Height+20, d.Width, m.Synthetic, style{size: smallSize, bold: true, color: textColor})
	p.height = math.Ceil(y)
	background := path{closed: true, ink: ink{fill: paperColor}, parts: [][]point{{{0, 0}, {p.width, 0}, {p.width, p.height}, {0, p.height}}}}
	p.shapes = append([]shape{background}, p.shapes...)
	return *p
}

// rounded is the outline of a box.
func rounded(b MapBox) []point {
	const steps = 4
	r := min(b.Round, b.H/2)
	var all []point
	for i, corner := range []point{{b.X + b.W - r, b.Y + r}, {b.X + b.W - r, b.Y + b.H - r}, {b.X + r, b.Y + b.H - r}, {b.X + r, b.Y + r}} {
		for step := range steps + 1 {
			sin, cos := math.Sincos(math.Pi / 2 * (float64(i) - 1 + float64(step)/steps))
			all = append(all, point{corner.x + r*cos, corner.y + r*sin})
		}
	}
	return all
}
