package charts

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// mostPixels bounds the memory of one image (four bytes each): pictures are
// drawn at twice their size for sharp print, unless that would pass it.
const mostPixels = 8 << 20

// writePNG paints the picture.
func writePNG(w io.Writer, p picture) error {
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	return encoder.Encode(w, paint(p, mostPixels))
}

func paint(p picture, most float64) *image.RGBA {
	scale := 2.0
	for scale > 0.05 && p.width*p.height*scale*scale > most {
		scale /= 2
	}
	width, height := max(1, int(math.Ceil(p.width*scale))), max(1, int(math.Ceil(p.height*scale)))
	c := &canvas{image: image.NewRGBA(image.Rect(0, 0, width, height)), scale: scale, letters: p.letters}
	for _, s := range p.shapes {
		switch s := s.(type) {
		case path:
			c.path(s)
		case disc:
			c.path(path{parts: [][]point{round(s.centre, s.radius)}, closed: true, ink: s.ink})
		case label:
			c.label(s)
		}
	}
	return c.image
}

// canvas paints shapes on an image whose pixels are scale times finer.
type canvas struct {
	image   *image.RGBA
	scale   float64
	letters *letters
	raster  vector.Rasterizer
}

func (c *canvas) path(p path) {
	if p.closed && p.ink.fill.opacity() > 0 {
		outline := make([][]point, len(p.parts))
		for i, part := range p.parts {
			outline[i] = c.scaled(part)
		}
		c.fill(outline, p.ink.fill)
	}
	if p.ink.stroke.opacity() == 0 || p.ink.width <= 0 {
		return
	}
	var outline [][]point
	for _, part := range p.parts {
		line := c.scaled(part)
		if p.closed && len(line) > 0 {
			line = append(line, line[0])
		}
		dash := make([]float64, len(p.ink.dash))
		for i, length := range p.ink.dash {
			dash[i] = length * c.scale
		}
		for _, piece := range dashed(line, dash) {
			outline = append(outline, stroke(piece, p.ink.width*c.scale)...)
		}
	}
	c.fill(outline, p.ink.stroke)
}

func (c *canvas) scaled(points []point) []point {
	// A line that lies far outside is pulled to where it cannot overflow the
	// rasterizer's whole-number arithmetic.
	limit := 4 * float64(max(c.image.Rect.Dx(), c.image.Rect.Dy()))
	out := make([]point, len(points))
	for i, p := range points {
		out[i] = point{min(max(p.x*c.scale, -limit), limit), min(max(p.y*c.scale, -limit), limit)}
	}
	return out
}

// fill paints polygons as one area, so that overlaps of half transparent parts
// are not darker. All must turn the same way.
func (c *canvas) fill(polygons [][]point, t tint) {
	lo, hi := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, polygon := range polygons {
		for _, p := range polygon {
			lo = point{min(lo.x, p.x), min(lo.y, p.y)}
			hi = point{max(hi.x, p.x), max(hi.y, p.y)}
		}
	}
	if !(lo.x <= hi.x && lo.y <= hi.y) {
		return
	}
	area := image.Rect(int(math.Floor(lo.x)), int(math.Floor(lo.y)), int(math.Ceil(hi.x))+1, int(math.Ceil(hi.y))+1)
	area = area.Intersect(c.image.Rect)
	if area.Empty() {
		return
	}
	c.raster.Reset(area.Dx(), area.Dy())
	dx, dy := float64(area.Min.X), float64(area.Min.Y)
	for _, polygon := range polygons {
		for i, p := range polygon {
			x, y := float32(p.x-dx), float32(p.y-dy)
			if i == 0 {
				c.raster.MoveTo(x, y)
			} else {
				c.raster.LineTo(x, y)
			}
		}
		c.raster.ClosePath()
	}
	c.paint(area, t)
}

func (c *canvas) paint(area image.Rectangle, t tint) {
	c.raster.DrawOp = draw.Over
	c.raster.Draw(c.image, area, image.NewUniform(color.Color(t.rgba())), image.Point{})
}

// label paints text from the glyphs' outlines, so that turned text is as good
// as straight text.
func (c *canvas) label(l label) {
	f := c.letters.font(l.style.bold)
	size := l.style.size * c.scale
	width := c.letters.width(l.text, l.style) * c.scale
	shift := 0.0
	switch l.anchor {
	case middle:
		shift = -width / 2
	case end:
		shift = -width
	}
	sin, cos := math.Sincos(l.angle * math.Pi / 180)
	origin := point{l.at.x * c.scale, l.at.y * c.scale}
	place := func(x, y float64) point {
		return point{origin.x + x*cos - y*sin, origin.y + x*sin + y*cos}
	}
	// The box of the whole line, with room for accents and overhang.
	corners := []point{
		place(shift-size, -1.4*size), place(shift+width+size, -1.4*size),
		place(shift-size, size), place(shift+width+size, size),
	}
	lo, hi := corners[0], corners[0]
	for _, p := range corners {
		lo, hi = point{min(lo.x, p.x), min(lo.y, p.y)}, point{max(hi.x, p.x), max(hi.y, p.y)}
	}
	area := image.Rect(int(lo.x)-1, int(lo.y)-1, int(hi.x)+2, int(hi.y)+2).Intersect(c.image.Rect)
	if area.Empty() {
		return
	}
	c.raster.Reset(area.Dx(), area.Dy())
	dx, dy := float64(area.Min.X), float64(area.Min.Y)
	pen := shift
	for _, r := range l.text {
		at := func(p fixed.Point26_6) (float32, float32) {
			q := place(pen+float64(p.X)/64, float64(p.Y)/64)
			return float32(q.x - dx), float32(q.y - dy)
		}
		c.glyph(f, r, size, at)
		pen += c.letters.runeWidth(r, l.style.bold) * size / measured
	}
	c.paint(area, l.style.color)
}

func (c *canvas) glyph(f *sfnt.Font, r rune, size float64, at func(fixed.Point26_6) (float32, float32)) {
	index, err := f.GlyphIndex(&c.letters.buffer, r)
	if err != nil {
		return
	}
	segments, err := f.LoadGlyph(&c.letters.buffer, index, fixed.Int26_6(math.Round(size*64)), nil)
	if err != nil {
		return // a glyph without outline leaves its width empty
	}
	for _, s := range segments {
		x, y := at(s.Args[0])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			c.raster.ClosePath()
			c.raster.MoveTo(x, y)
		case sfnt.SegmentOpLineTo:
			c.raster.LineTo(x, y)
		case sfnt.SegmentOpQuadTo:
			x1, y1 := at(s.Args[1])
			c.raster.QuadTo(x, y, x1, y1)
		case sfnt.SegmentOpCubeTo:
			x1, y1 := at(s.Args[1])
			x2, y2 := at(s.Args[2])
			c.raster.CubeTo(x, y, x1, y1, x2, y2)
		}
	}
	c.raster.ClosePath()
}

// round is a circle as a polygon.
func round(centre point, radius float64) []point {
	const corners = 32
	out := make([]point, corners)
	for i := range out {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		out[i] = point{centre.x + radius*cos, centre.y + radius*sin}
	}
	return out
}

// stroke is the outline of a line of some width with round joins and ends: a
// box per stretch and a circle per corner, all turning the same way.
func stroke(line []point, width float64) [][]point {
	var out [][]point
	half := width / 2
	for i, p := range line {
		if width > 1.5 || len(line) == 1 {
			out = append(out, round(p, half))
		}
		if i == 0 {
			continue
		}
		q := line[i-1]
		length := math.Hypot(p.x-q.x, p.y-q.y)
		if length == 0 {
			continue
		}
		nx, ny := (p.y-q.y)/length*half, -(p.x-q.x)/length*half
		out = append(out, []point{{q.x + nx, q.y + ny}, {p.x + nx, p.y + ny}, {p.x - nx, p.y - ny}, {q.x - nx, q.y - ny}})
	}
	return out
}

// dashed cuts a line into the pieces that are drawn.
func dashed(line []point, dash []float64) [][]point {
	total := 0.0
	for _, length := range dash {
		total += length
	}
	if len(dash) == 0 || len(dash)%2 != 0 || total < 1 {
		return [][]point{line}
	}
	var out [][]point
	var piece []point
	k, left, on := 0, dash[0], true
	for i, p := range line {
		if i == 0 {
			piece = []point{p}
			continue
		}
		q := line[i-1]
		length := math.Hypot(p.x-q.x, p.y-q.y)
		for done := 0.0; done < length; {
			step := min(left, length-done)
			done += step
			left -= step
			here := point{q.x + (p.x-q.x)*done/length, q.y + (p.y-q.y)*done/length}
			if on {
				piece = append(piece, here)
			}
			if left > 0 {
				continue
			}
			if on {
				out = append(out, piece)
			}
			k, on = (k+1)%len(dash), !on
			left, piece = dash[k], []point{here}
		}
	}
	if on && len(piece) > 1 {
		out = append(out, piece)
	}
	return out
}
