package charts

import (
	"bytes"
	"encoding/xml"
	"io"
	"math"
	"strconv"
)

// writeSVG writes a document that needs nothing from outside: no fonts, no
// scripts, and presentation attributes instead of styles, which a content
// security policy would refuse.
func writeSVG(w io.Writer, p picture) error {
	d := &svgDocument{}
	d.raw(`<svg xmlns="http://www.w3.org/2000/svg" width="`, number(p.width), `" height="`, number(p.height),
		`" viewBox="0 0 `, number(p.width), " ", number(p.height),
		`" role="img" aria-labelledby="title desc" font-family="Go, Liberation Sans, Arial, Helvetica, sans-serif">`, "\n<title id=\"title\">")
	d.escaped(p.title)
	d.raw("</title>\n<desc id=\"desc\">")
	d.escaped(p.desc)
	d.raw("</desc>\n")
	for _, s := range p.shapes {
		switch s := s.(type) {
		case path:
			d.path(s)
		case disc:
			d.raw(`<circle cx="`, number(s.centre.x), `" cy="`, number(s.centre.y), `" r="`, number(s.radius), `"`)
			d.ink(s.ink)
			d.raw("/>\n")
		case label:
			d.label(s)
		}
	}
	d.raw("</svg>\n")
	_, err := w.Write(d.Bytes())
	return err
}

type svgDocument struct{ bytes.Buffer }

func (d *svgDocument) raw(parts ...string) {
	for _, s := range parts {
		d.WriteString(s)
	}
}

func (d *svgDocument) escaped(s string) {
	_ = xml.EscapeText(&d.Buffer, []byte(s)) // a bytes.Buffer takes all
}

func (d *svgDocument) path(p path) {
	d.raw(`<path d="`)
	for _, part := range p.parts {
		for i, pt := range part {
			if i == 0 {
				d.raw("M")
			} else {
				d.raw("L")
			}
			d.raw(number(pt.x), " ", number(pt.y))
		}
		if p.closed && len(part) > 0 {
			d.raw("Z")
		}
	}
	d.raw(`"`)
	d.ink(p.ink)
	if !p.closed {
		d.raw(` stroke-linejoin="round" stroke-linecap="round"`)
	}
	d.raw("/>\n")
}

func (d *svgDocument) ink(k ink) {
	d.color("fill", k.fill)
	if k.stroke.opacity() == 0 || k.width <= 0 {
		return
	}
	d.color("stroke", k.stroke)
	d.raw(` stroke-width="`, number(k.width), `"`)
	for i, length := range k.dash {
		if i == 0 {
			d.raw(` stroke-dasharray="`)
		} else {
			d.raw(" ")
		}
		d.raw(number(length))
		if i == len(k.dash)-1 {
			d.raw(`"`)
		}
	}
}

func (d *svgDocument) color(attribute string, t tint) {
	if t.opacity() == 0 {
		d.raw(" ", attribute, `="none"`)
		return
	}
	d.raw(" ", attribute, `="`, t.hex(), `"`)
	if t.opacity() < 1 {
		d.raw(" ", attribute, `-opacity="`, number(t.opacity()), `"`)
	}
}

func (d *svgDocument) label(l label) {
	d.raw(`<text x="`, number(l.at.x), `" y="`, number(l.at.y), `" font-size="`, number(l.style.size), `"`)
	if l.style.bold {
		d.raw(` font-weight="bold"`)
	}
	switch l.anchor {
	case middle:
		d.raw(` text-anchor="middle"`)
	case end:
		d.raw(` text-anchor="end"`)
	}
	d.color("fill", l.style.color)
	if l.angle != 0 {
		d.raw(` transform="rotate(`, number(l.angle), " ", number(l.at.x), " ", number(l.at.y), `)"`)
	}
	d.raw(">")
	d.escaped(l.text)
	d.raw("</text>\n")
}

// number writes a length with at most two decimals: enough for the eye, and
// the same on processors that round their last bits differently.
func number(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		f = 0
	}
	f = math.Round(f*100) / 100
	if f == 0 {
		f = 0 // no "-0"
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
