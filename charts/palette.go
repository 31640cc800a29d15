package charts

import (
	"fmt"
	"image/color"
)

// tint is a colour as 0xRRGGBBAA.
type tint uint32

// Colours of static pictures, which always stand on white paper.
const (
	paperColor  tint = 0xffffffff
	textColor   tint = 0x1a2129ff
	quietColor  tint = 0x555f6bff
	gridColor   tint = 0xdde2e7ff
	axisColor   tint = 0x8b96a1ff
	bandColor   tint = 0x7b87943d
	faintColor  tint = 0x6b7784ff
	emptyColor  tint = 0xf3f5f7ff
	hatchColor  tint = 0xc9d0d7ff
	medianColor tint = 0x59636eff
)

// Colours of live charts, readable on light and dark pages alike.
const (
	liveQuiet tint = 0x808890ff
	liveGrid  tint = 0x80889055
	liveBand  tint = 0x80889044
)

func (t tint) rgba() color.NRGBA {
	return color.NRGBA{uint8(t >> 24), uint8(t >> 16), uint8(t >> 8), uint8(t)}
}

func (t tint) hex() string { return fmt.Sprintf("#%06x", uint32(t>>8)) }

// opacity is 0–1.
func (t tint) opacity() float64 { return float64(t&0xff) / 0xff }

// css is the colour with its opacity.
func (t tint) css() string {
	if t&0xff == 0xff {
		return t.hex()
	}
	c := t.rgba()
	return fmt.Sprintf("rgba(%d,%d,%d,%.2f)", c.R, c.G, c.B, t.opacity())
}

// symbol is the shape of a data point, so that lines differ without colour too.
type symbol uint8

const (
	circle symbol = iota
	square
	triangle
	diamond
	flipped // a triangle on its tip
	ring    // hollow circle
	frame   // hollow square
	tent    // hollow triangle
	symbols
)

// look is how one line is told from the others: by colour, by symbol and by
// line type, so that two of them still differ on a black and white copy.
type look struct {
	tint   tint
	symbol symbol
	dash   []float64
	live   string // go-echarts' name of the line type
}

// lookOf gives the i-th line its look. The colours are eight that people with
// any of the common colour vision deficiencies tell apart (after Okabe and
// Ito), with lightness held where each has a contrast of 3:1 to a white and to
// a dark page (WCAG 1.4.11). Each goes with a symbol of its own; line types
// change when the colours begin anew.
func lookOf(i int) look {
	tints := [...]tint{0x0072b2ff, 0xd55e00ff, 0x00926bff, 0xc0629aff, 0x8a6d1cff, 0x6f63c4ff, 0x2a8fa8ff, 0xb0504bff}
	l := look{tint: tints[i%len(tints)], symbol: symbol(i % int(symbols)), live: "solid"}
	switch i / len(tints) % 3 {
	case 1:
		l.dash, l.live = []float64{8, 4}, "dashed"
	case 2:
		l.dash, l.live = []float64{2, 4}, "dotted"
	}
	return l
}

// levelTint is the colour of a level 0–5, and of those above the last: one hue
// from light to dark, so that order survives a black and white print.
func levelTint(level int) tint {
	return [...]tint{0xf1f5faff, 0xd3e3f2ff, 0xa9cbe6ff, 0x74aed8ff, 0x2b70abff, 0x0b4479ff}[min(max(level, 0), 5)]
}

// levelInk is the text colour with the better contrast on levelTint.
func levelInk(level int) tint {
	if level >= 4 {
		return paperColor
	}
	return textColor
}

// levelOf is the level a score is nearest to, half up. A difference of less
// than half a level reads "about the same", so the nearest level's colour never
// says more than the text may.
func levelOf(thousandths int) int {
	switch {
	case thousandths < 500:
		return 0
	case thousandths >= 4500:
		return 5
	}
	return (thousandths + 500) / 1000
}
