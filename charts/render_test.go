package charts

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew; look at them before you commit")

// golden compares with testdata/name. The files are read by people: open the
// SVG in a browser when one changes.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run go test ./charts -update and look at it", file)
	}
}

// chart is what every kind can do.
type chart interface {
	Table() Table
	CSV(io.Writer) error
	SVG(io.Writer) error
	PNG(io.Writer) error
	ECharts() ([]byte, error)
	picture() picture
}

func svgOf(t testing.TB, c chart) string {
	t.Helper()
	var out strings.Builder
	if err := c.SVG(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestGoldenPictures(t *testing.T) {
	for name, c := range map[string]chart{
		"trend.svg": trend(), "tasks.svg": heat(model()), "areas.svg": heat(areas()), "radar.svg": wheel(),
		"course.svg": course(), "together.svg": together(), "bars.svg": statuses(), "reached.svg": reached(), "scatter.svg": pairs(),
	} {
		golden(t, name, []byte(svgOf(t, c)))
		if first, second := svgOf(t, c), svgOf(t, c); first != second {
			t.Errorf("%s comes out differently the second time", name)
		}
	}
}

func TestSVGStandsAlone(t *testing.T) {
	for _, c := range []chart{trend(), heat(model()), wheel()} {
		svg := svgOf(t, c)
		for _, banned := range []string{"style=", "<style", "<script", "href", "url(", "@font-face", "NaN", "Inf"} {
			if strings.Contains(svg, banned) {
				t.Errorf("the SVG holds %q", banned)
			}
		}
		for _, wanted := range []string{`role="img"`, "<title id=\"title\">", "Seljord har gått frå 1,90", "Syntetiske data</text>", "e61d7f", "Dekning: 91 %"} {
			if !strings.Contains(svg, wanted) {
				t.Errorf("the SVG lacks %q", wanted)
			}
		}
	}
}

func decode(t testing.TB, c chart) image.Image {
	t.Helper()
	var out bytes.Buffer
	if err := c.PNG(&out); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// pixel is the colour at a point of the picture, whatever its scale.
func pixel(img image.Image, p picture, x, y float64) tint {
	scale := float64(img.Bounds().Dx()) / p.width
	r, g, b, a := img.At(int(x*scale), int(y*scale)).RGBA()
	return tint(r>>8<<24 | g>>8<<16 | b>>8<<8 | a>>8)
}

func TestPNGIsTwiceTheSize(t *testing.T) {
	p := trend().picture()
	img := decode(t, trend())
	if got := img.Bounds().Size(); got != (image.Point{X: int(p.width * 2), Y: int(p.height * 2)}) {
		t.Errorf("%v for a picture of %v × %v", got, p.width, p.height)
	}
}

// The PNG has the municipality's colour on its line and paper in its gap.
func TestPNGShowsLineAndGap(t *testing.T) {
	l := trend()
	l.Series = l.Series[1:2] // Fyresdal, with a gap in the second round
	l.Median, l.Q1, l.Q3 = nil, nil, nil
	l.Series[0].Values = scores(1500, -1, 1500, 1500, -1, 1500)
	p := l.picture()
	img := decode(t, l)
	var line []point // the stretch between the third and fourth round
	for _, s := range p.shapes {
		if s, ok := s.(path); ok && !s.closed && s.ink.stroke == lookOf(0).tint {
			line = s.parts[0]
		}
	}
	if len(line) != 2 {
		t.Fatalf("the line has %d points, want the two neighbours", len(line))
	}
	step := line[1].x - line[0].x
	if got := pixel(img, p, line[0].x+step/2, line[0].y); got != lookOf(0).tint {
		t.Errorf("on the line: %08x", got)
	}
	for _, gap := range []float64{-1.5, -1, -0.5, 1.5, 2, 2.5} {
		if got := pixel(img, p, line[0].x+gap*step, line[0].y); got != paperColor {
			t.Errorf("in the gap at %v steps: %08x", gap, got)
		}
	}
	for _, alone := range []float64{-2, 3} {
		if got := pixel(img, p, line[0].x+alone*step, line[0].y); got != lookOf(0).tint {
			t.Errorf("the point between two gaps at %v steps: %08x", alone, got)
		}
	}
}

func TestTextIsPainted(t *testing.T) {
	p := picture{width: 60, height: 30, letters: newLetters()}
	p.rect(ink{fill: paperColor}, 0, 0, 60, 30)
	p.text(30, 20, "ÆØÅ", style{size: 16, color: textColor}, middle)
	img, dark := paint(p, mostPixels), 0
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if img.RGBAAt(x, y).R < 128 {
				dark++
			}
		}
	}
	if dark < 200 || dark > 1500 {
		t.Errorf("%d dark pixels for three letters", dark)
	}
}

func TestFontHasTheLettersOfNorway(t *testing.T) {
	l := newLetters()
	for _, r := range "abcæøåÆØÅéèêóòôäöüÁČĐŊŠŦŽáčđŋšŧž–…·«»§×≥0123456789,." {
		for _, bold := range []bool{false, true} {
			if index, err := l.font(bold).GlyphIndex(&l.buffer, r); err != nil || index == 0 {
				t.Errorf("no %c (bold: %v)", r, bold)
			}
		}
	}
}

// smallPixels is the size of images whose painting is tried, not looked at.
const smallPixels = 1 << 15

// checkAny draws any specification in every format: nothing panics, the SVG is
// well-formed, the picture can be painted, the JSON parses, and no length is NaN.
func checkAny(t *rapid.T) {
	var c chart
	switch rapid.IntRange(0, 5).Draw(t, "kind") {
	case 0:
		c = anyLines().Draw(t, "lines")
	case 1:
		c = anyHeatMap().Draw(t, "heat map")
	case 2:
		c = anyRadar().Draw(t, "radar")
	case 3:
		c = anyCourse().Draw(t, "course")
	case 4:
		c = anyBars().Draw(t, "bars")
	default:
		c = anyScatter().Draw(t, "scatter")
	}
	c.Table()
	var svg bytes.Buffer
	if err := c.SVG(&svg); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(svg.String(), "NaN") && !strings.Contains(c.picture().title+c.picture().desc, "NaN") {
		t.Fatal("the SVG holds NaN")
	}
	for d := xml.NewDecoder(&svg); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	paint(c.picture(), smallPixels)
	options, err := c.ECharts()
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(options) {
		t.Fatal("the options are no JSON")
	}
}

func TestAnySpecificationDraws(t *testing.T) {
	rapid.Check(t, checkAny)
}

func FuzzAnySpecification(f *testing.F) { f.Fuzz(rapid.MakeFuzz(checkAny)) }
