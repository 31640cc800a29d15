package charts

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// picture is a drawing before it has a format: what SVG and PNG have in
// common. Lengths are in pixels at scale 1, y grows downwards. Shapes are drawn
// in the order they were added.
type picture struct {
	width, height float64
	title, desc   string // the text alternative
	shapes        []shape
	letters       *letters
}

// shape is one of path, disc and label.
type shape interface{ isShape() }

type point struct{ x, y float64 }

// ink is how a shape is filled and outlined. A colour with alpha 0 is not drawn.
type ink struct {
	fill, stroke tint
	width        float64   // of the outline
	dash         []float64 // lengths on and off; nil is a whole line
}

// path is one or several polygons (closed) or lines filled and drawn together.
type path struct {
	parts  [][]point
	closed bool
	ink    ink
}

type disc struct {
	centre point
	radius float64
	ink    ink
}

// label is a line of text. at is where the baseline begins, is centred or
// ends; angle turns it around that point, in degrees, clockwise.
type label struct {
	at     point
	text   string
	style  style
	anchor anchor
	angle  float64
}

type style struct {
	size  float64
	bold  bool
	color tint
}

type anchor uint8

const (
	start anchor = iota
	middle
	end
)

func (path) isShape()  {}
func (disc) isShape()  {}
func (label) isShape() {}

func (p *picture) line(k ink, points ...point) {
	p.shapes = append(p.shapes, path{parts: [][]point{points}, ink: k})
}

func (p *picture) polygon(k ink, points ...point) {
	p.shapes = append(p.shapes, path{parts: [][]point{points}, closed: true, ink: k})
}

func (p *picture) rect(k ink, x, y, w, h float64) {
	p.polygon(k, point{x, y}, point{x + w, y}, point{x + w, y + h}, point{x, y + h})
}

func (p *picture) disc(k ink, centre point, radius float64) {
	p.shapes = append(p.shapes, disc{centre: centre, radius: radius, ink: k})
}

func (p *picture) text(x, y float64, s string, st style, a anchor) {
	p.turned(x, y, s, st, a, 0)
}

func (p *picture) turned(x, y float64, s string, st style, a anchor, angle float64) {
	if s = plain(s); s != "" {
		p.shapes = append(p.shapes, label{at: point{x, y}, text: s, style: st, anchor: a, angle: angle})
	}
}

// paragraph sets text in lines no wider than width and returns the baseline
// for what follows.
func (p *picture) paragraph(x, y, width float64, s string, st style) float64 {
	for _, line := range p.letters.wrap(s, width, st) {
		p.text(x, y, line, st, start)
		y += math.Round(st.size * 1.4)
	}
	return y
}

// plain makes a text one line of characters that XML allows: names come from
// people and files.
func plain(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r == 0xFFFE, r == 0xFFFF:
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// Margins and type sizes shared by all kinds, chosen so that a picture at the
// width of an A4 text column (16 cm) has no text under 6 points.
const (
	pageWidth = 960.0
	margin    = 24.0
	bodySize  = 14.0
	smallSize = 12.0
	cellSize  = 13.0
)

// sheet begins a picture with its title and the sentence, and returns the y at
// which the drawing proper may begin.
func (a About) sheet(width float64) (*picture, float64) {
	p := &picture{width: width, title: plain(a.Title), desc: a.alternative(), letters: newLetters()}
	y := margin + 18
	y = p.paragraph(margin, y, width-2*margin, a.Title, style{size: 21, bold: true, color: textColor})
	if a.Sentence != "" {
		y = p.paragraph(margin, y, width-2*margin, a.Sentence, style{size: 15, color: textColor})
	}
	return p, y
}

// finish adds notes and credits below y and sets the height.
func (a About) finish(p *picture, y float64, more ...string) picture {
	width := p.width - 2*margin
	y += 20
	for _, note := range slices.Concat(more, a.Warnings, a.Notes) {
		y = p.paragraph(margin, y, width, note, style{size: smallSize, color: textColor})
	}
	y += 4
	y = p.paragraph(margin, y, width, a.Synthetic, style{size: smallSize, bold: true, color: textColor})
	y = p.paragraph(margin, y, width, a.credits(), style{size: smallSize, color: quietColor})
	p.height = math.Ceil(y)
	background := path{closed: true, ink: ink{fill: paperColor}, parts: [][]point{{
		{0, 0}, {p.width, 0}, {p.width, p.height}, {0, p.height},
	}}}
	p.shapes = append([]shape{background}, p.shapes...)
	return *p
}

// alternative is the text alternative: the finding, what makes it doubtful and
// the notes.
func (a About) alternative() string {
	parts := slices.Concat([]string{a.Sentence}, a.Warnings, a.Notes)
	if a.Synthetic != "" {
		parts = append(parts, a.Synthetic)
	}
	return plain(strings.Join(parts, " "))
}
