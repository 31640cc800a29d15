package charts

import (
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// letters measures and outlines text in the Go fonts, which carry æ, ø, å and
// the Sámi letters, so that the same picture comes out on every machine. It is
// made for one picture and not for several goroutines at once.
type letters struct {
	regular, bold *sfnt.Font
	buffer        sfnt.Buffer
	widths        map[glyphKey]float64
}

type glyphKey struct {
	r    rune
	bold bool
}

// measured is the size at which widths are looked up; they grow linearly.
const measured = 64.0

func newLetters() *letters {
	return &letters{
		regular: mustParse(goregular.TTF),
		bold:    mustParse(gobold.TTF),
		widths:  map[glyphKey]float64{},
	}
}

// mustParse reads a font that is compiled in: it cannot fail at run time
// without failing in every test.
func mustParse(ttf []byte) *sfnt.Font {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		panic("charts: built-in font: " + err.Error())
	}
	return f
}

func (l *letters) font(bold bool) *sfnt.Font {
	if bold {
		return l.bold
	}
	return l.regular
}

func (l *letters) runeWidth(r rune, bold bool) float64 {
	key := glyphKey{r, bold}
	if w, ok := l.widths[key]; ok {
		return w
	}
	w := measured / 2 // for a glyph the font cannot give
	f := l.font(bold)
	if index, err := f.GlyphIndex(&l.buffer, r); err == nil {
		if advance, err := f.GlyphAdvance(&l.buffer, index, fixed.I(measured), font.HintingNone); err == nil {
			w = float64(advance) / 64
		}
	}
	l.widths[key] = w
	return w
}

// width of a line of text in pixels.
func (l *letters) width(s string, st style) float64 {
	var w float64
	for _, r := range s {
		w += l.runeWidth(r, st.bold)
	}
	return w * st.size / measured
}

// cut shortens a text to a width, with an ellipsis where something is gone.
func (l *letters) cut(s string, width float64, st style) string {
	s = plain(s)
	if l.width(s, st) <= width {
		return s
	}
	runes := []rune(s)
	for len(runes) > 0 {
		runes = runes[:len(runes)-1]
		short := strings.TrimRight(string(runes), " ,–-") + "…"
		if l.width(short, st) <= width {
			return short
		}
	}
	return "…"
}

// wrap breaks a text into lines at its spaces; a word wider than the line is cut.
func (l *letters) wrap(s string, width float64, st style) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(plain(s)) {
		longer := word
		if line != "" {
			longer = line + " " + word
		}
		if line == "" || l.width(longer, st) <= width {
			line = longer
			continue
		}
		lines = append(lines, l.cut(line, width, st))
		line = word
	}
	if line != "" {
		lines = append(lines, l.cut(line, width, st))
	}
	return lines
}

// wrapAtMost is wrap with a limit: what does not fit ends in an ellipsis.
func (l *letters) wrapAtMost(s string, width float64, most int, st style) []string {
	lines := l.wrap(s, width, st)
	if len(lines) <= most {
		return lines
	}
	rest := strings.Join(lines[most-1:], " ")
	lines = append(lines[:most-1:most-1], rest)
	for short := []rune(rest); ; short = short[:len(short)-1] {
		candidate := strings.TrimRight(string(short), " ,–-…") + "…"
		if len(short) == 0 || l.width(candidate, st) <= width {
			lines[most-1] = candidate
			return lines
		}
	}
}
