package workbook

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"helhet/assessment/catalogue"
)

// What a workbook may be at most. A model of 500 questions in three languages with all its guidance is 1 MB, 6 MB unpacked, and has
// 8,000 rows: these leave room, and keep what a crafted file can cost to a few hundred MB of memory for a few seconds.
const (
	maxFile     = 8 << 20
	maxUnpacked = 32 << 20
	maxParts    = 500
	maxElements = 1_000_000
	maxRows     = 20_000
)

// limits are what inspect holds a workbook to. Tests have tighter ones beside, whose bombs are quickly made.
type limits struct{ file, unpacked, parts, elements, rows int }

func usual() limits { return limits{maxFile, maxUnpacked, maxParts, maxElements, maxRows} }

// inspect looks at a workbook's container before anything is made of it: how much it is, and whether it holds what no catalogue has
// use for and no reader should trust: macros, formulas, merged cells.
func inspect(data []byte, most limits) error {
	switch {
	case len(data) > most.file:
		return fmt.Errorf("the file is larger than the %d MB that a catalogue can be", most.file>>20)
	case bytes.HasPrefix(data, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return errors.New("the file is protected by a password, or made by an old Excel: save it as .xlsx without a password")
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fmt.Errorf("the file is no .xlsx: %w", err)
	}
	if len(archive.File) > most.parts {
		return fmt.Errorf("the file has %d parts, more than the %d that a catalogue can have", len(archive.File), most.parts)
	}
	in := &inspector{most: most, left: int64(most.unpacked), names: map[string]string{}}
	for _, part := range archive.File { // the names of the sheets, before what stands in them
		if strings.EqualFold(part.Name, "xl/workbook.xml") || strings.EqualFold(part.Name, "xl/_rels/workbook.xml.rels") {
			if err := in.part(part, in.name); err != nil {
				return err
			}
		}
	}
	in.left = int64(most.unpacked)
	for _, part := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		switch {
		case strings.Contains(path.Base(name), "vba") || strings.Contains(name, "/macrosheets/") || strings.Contains(name, "/activex/"):
			return fmt.Errorf("the file holds macros (%s): save it as .xlsx, which has none", part.Name)
		case strings.Contains(name, "/embeddings/"):
			return fmt.Errorf("the file holds another document (%s): take it out", part.Name)
		}
		in.sheet, in.worksheet, in.cell, in.rows = in.sheetOf(name), false, "", 0
		if err := in.part(part, in.element); err != nil {
			return err
		}
	}
	return errors.Join(in.faults...)
}

// inspector reads the parts of a workbook one after the other.
type inspector struct {
	most     limits
	left     int64             // bytes that may still be unpacked
	elements int               // of XML, so far
	names    map[string]string // of sheets by relation, and of relations by part
	faults   []error

	sheet     string
	worksheet bool
	cell      string
	rows      int
}

// sheetOf gives the name of the sheet that a part holds, or the part's own.
func (in *inspector) sheetOf(part string) string {
	if name, ok := in.names["sheet "+in.names["part "+path.Base(part)]]; ok {
		return name
	}
	return part
}

// name takes the names of the sheets.
func (in *inspector) name(e xml.StartElement) error {
	switch e.Name.Local {
	case "sheet":
		in.names["sheet "+attribute(e, "id")] = attribute(e, "name")
	case "Relationship":
		in.names["part "+strings.ToLower(path.Base(attribute(e, "Target")))] = attribute(e, "Id")
	}
	return nil
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// part reads a part's elements, if it is XML.
func (in *inspector) part(part *zip.File, each func(xml.StartElement) error) error {
	r, err := part.Open()
	if err != nil {
		return fmt.Errorf("%s can't be unpacked: %w", part.Name, err)
	}
	defer r.Close()
	counted := &counter{r: r, left: &in.left}
	buffered := bufio.NewReader(counted)
	if _, err := buffered.Peek(1); err != nil && err != io.EOF {
		return in.unpacking(part, err)
	}
	if start, _ := buffered.Peek(3); bytes.Equal(start, []byte("\ufeff")) {
		buffered.Discard(3)
	}
	if start, _ := buffered.Peek(1); !bytes.Equal(start, []byte("<")) {
		_, err := io.Copy(io.Discard, buffered)
		return in.unpacking(part, err)
	}
	decoder := xml.NewDecoder(buffered)
	for {
		token, err := decoder.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return in.unpacking(part, err)
		}
		if e, ok := token.(xml.StartElement); ok {
			if in.elements++; in.elements > in.most.elements {
				return fmt.Errorf("the file holds more than the %d cells and other things that a catalogue can have", in.most.elements)
			}
			if err := each(e); err != nil {
				return err
			}
		}
	}
}

func (in *inspector) unpacking(part *zip.File, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, errTooLarge) {
		return fmt.Errorf("unpacked, the file is larger than the %d MB that a catalogue can be", in.most.unpacked>>20)
	}
	return fmt.Errorf("%s can't be read: %w", part.Name, err)
}

// element looks at an element of any part.
func (in *inspector) element(e xml.StartElement) error {
	at := func(cell, format string, args ...any) {
		in.faults = append(in.faults, &catalogue.Fault{File: in.sheet + "!" + cell, Text: fmt.Sprintf(format, args...)})
	}
	switch name := e.Name.Local; {
	case name == "Override" || name == "Default":
		if kind := strings.ToLower(attribute(e, "ContentType")); strings.Contains(kind, "macroenabled") || strings.Contains(kind, "vba") {
			return errors.New("the file may hold macros: save it as .xlsx, which has none")
		}
	case name == "worksheet":
		in.worksheet = true
	case !in.worksheet:
	case name == "row":
		in.rows++
		if n, err := strconv.Atoi(attribute(e, "r")); err == nil && n > in.rows {
			in.rows = n
		}
		if in.rows > in.most.rows {
			return fmt.Errorf("the sheet %s has more than the %d rows that a catalogue can have", in.sheet, in.most.rows)
		}
	case name == "c":
		in.cell = attribute(e, "r")
		switch attribute(e, "t") {
		case "b":
			at(in.cell, "a text is wanted here, not TRUE or FALSE")
		case "e":
			at(in.cell, "the cell holds an error")
		}
	case name == "f":
		at(in.cell, "a formula is not taken: put its text in its place")
	case name == "mergeCell":
		at(attribute(e, "ref"), "merged cells are not taken: split them")
	}
	return nil
}

var errTooLarge = errors.New("too large")

// counter stops reading where no more may be unpacked.
type counter struct {
	r    io.Reader
	left *int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if *c.left -= int64(n); *c.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}
