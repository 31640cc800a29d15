package charts

import (
	"math"
	"testing"
)

// luminance and contrast are WCAG 2.1's.
func luminance(t tint) float64 {
	c := t.rgba()
	part := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}

func contrast(a, b tint) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func TestColoursCanBeSeen(t *testing.T) {
	const darkPage tint = 0x1b1f24ff
	for i := range 8 {
		for _, page := range []tint{paperColor, darkPage} {
			if c := contrast(lookOf(i).tint, page); c < 3 {
				t.Errorf("line %d has contrast %.2f on %s", i, c, page.hex())
			}
		}
	}
	for level := range 6 {
		if c := contrast(levelTint(level), levelInk(level)); c < 4.5 {
			t.Errorf("text on level %d has contrast %.2f", level, c)
		}
		if level > 0 && luminance(levelTint(level)) >= luminance(levelTint(level-1)) {
			t.Errorf("level %d is not darker than the one before", level)
		}
	}
	for _, quiet := range []tint{quietColor, textColor} {
		for _, ground := range []tint{paperColor, emptyColor} {
			if c := contrast(quiet, ground); c < 4.5 {
				t.Errorf("text %s has contrast %.2f", quiet.hex(), c)
			}
		}
	}
	for _, page := range []tint{paperColor, darkPage} {
		if c := contrast(liveQuiet, page); c < 3 {
			t.Errorf("quiet lines have contrast %.2f on %s", c, page.hex())
		}
	}
}

// No two of the first 24 lines look the same, and no two of eight share a
// symbol or a colour.
func TestLinesDiffer(t *testing.T) {
	type seen struct {
		tint   tint
		symbol symbol
		dash   string
	}
	all := map[seen]int{}
	for i := range 24 {
		k := lookOf(i)
		key := seen{k.tint, k.symbol, k.live}
		if j, ok := all[key]; ok {
			t.Errorf("lines %d and %d look the same", i, j)
		}
		all[key] = i
	}
	for i := range 8 {
		for j := range i {
			if lookOf(i).symbol == lookOf(j).symbol || lookOf(i).tint == lookOf(j).tint {
				t.Errorf("lines %d and %d share symbol or colour", i, j)
			}
		}
	}
}
