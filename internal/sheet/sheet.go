// Package sheet opens workbooks that come from outside. It looks at what is in one before anything is made of it, and says by sheet and cell what is
// not taken.
package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Limits are what a workbook may be at most. File and Unpacked are bytes; Elements are of XML, cells among them.
type Limits struct{ File, Unpacked, Parts, Elements, Rows, Columns int }

// mostText is how many bytes a cell's text may have: the 32,767 characters that a cell can hold, none of them longer than four bytes. Many cells
// may share one text, which is copied for each.
const mostText = 4 * 32_767

// lastRow is the last that a sheet can have.
const lastRow = 1 << 20

// mostFaults is how many faults are told. A workbook that has more is of another kind.
const mostFaults = 100

// Kind is what is wrong: "formula". Whoever reads more out of a workbook has kinds of its own beside these.
type Kind string

// What can be wrong with a file, and with a cell.
const (
	TooLarge Kind = "too-large" // args: mb
	Password Kind = "password"  // or a format from before 2007
	NoXLSX   Kind = "no-xlsx"
	Parts    Kind = "parts"    // args: n
	Macros   Kind = "macros"   // args: part
	Document Kind = "document" // in the document; args: part
	Broken   Kind = "broken"   // args: part
	Elements Kind = "elements" // args: n
	Unpacked Kind = "unpacked" // args: mb
	Rows     Kind = "rows"     // args: n
	Columns  Kind = "columns"  // args: n
	Text     Kind = "text"     // a text longer than a cell can hold
	Formula  Kind = "formula"
	Merged   Kind = "merged"
	Truth    Kind = "truth" // TRUE or FALSE
	Error    Kind = "error" // #N/A and its like
)

// Kinds lists them.
var Kinds = []Kind{TooLarge, Password, NoXLSX, Parts, Macros, Document, Broken, Elements, Unpacked, Rows, Columns, Text, Formula, Merged, Truth, Error}

// Fault is something in a workbook that is not taken. Sheet and Cell say where, as far as it has a place; Cell may be a range.
type Fault struct {
	Sheet, Cell string
	Kind        Kind
	Args        []any // of its text, name and value in turn
	Err         error // the cause, for whoever looks after the program
}

func (f *Fault) Error() string {
	if at := f.At(); at != "" {
		return at + ": " + f.Reason()
	}
	return f.Reason()
}

func (f *Fault) Unwrap() error { return f.Err }

// At is where it stands, "Structure!D7", "" where it has no place.
func (f *Fault) At() string {
	if f.Cell == "" {
		return f.Sheet
	}
	return f.Sheet + "!" + f.Cell
}

// Reason is what is wrong in English, as the command line tells it.
func (f *Fault) Reason() string {
	arg := func(name string) any {
		for i := 0; i+1 < len(f.Args); i += 2 {
			if f.Args[i] == name {
				return f.Args[i+1]
			}
		}
		return ""
	}
	text := ""
	switch f.Kind {
	case TooLarge:
		text = fmt.Sprintf("the file is larger than the %d MB that are taken", arg("mb"))
	case Password:
		text = "the file is protected by a password, or made by an old Excel: save it as .xlsx without a password"
	case NoXLSX:
		text = "the file is no .xlsx"
	case Parts:
		text = fmt.Sprintf("the file has more than the %d parts that are taken", arg("n"))
	case Macros:
		text = fmt.Sprintf("the file holds macros (%s): save it as .xlsx, which has none", arg("part"))
	case Document:
		text = fmt.Sprintf("the file holds another document (%s): take it out", arg("part"))
	case Broken:
		text = fmt.Sprintf("%s can't be read", arg("part"))
	case Elements:
		text = fmt.Sprintf("the file holds more than the %d cells and other things that are taken", arg("n"))
	case Unpacked:
		text = fmt.Sprintf("unpacked, the file is larger than the %d MB that are taken", arg("mb"))
	case Rows:
		text = fmt.Sprintf("the sheet has more than the %d rows that are taken, empty ones included", arg("n"))
	case Columns:
		text = fmt.Sprintf("the sheet has more than the %d columns that are taken", arg("n"))
	case Text:
		text = "a text is longer than a cell can hold"
	case Formula:
		text = "a formula is not taken: put its text in its place"
	case Merged:
		text = "merged cells are not taken: split them"
	case Truth:
		text = "a text is wanted here, not TRUE or FALSE"
	case Error:
		text = "the cell holds an error"
	default:
		text = string(f.Kind)
	}
	if f.Err != nil {
		text += ": " + f.Err.Error()
	}
	return text
}

// lost are texts that a workbook takes for the escape of half a character, and excelize for nothing at all.
var lost = regexp.MustCompile(`_x[dD][89a-fA-F][0-9a-fA-F]{2}_`)

// Keeps tells whether a text is the same after a workbook has held it.
func Keeps(text string) bool {
	return !lost.MatchString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff })
}

// Faults takes an error of this package apart.
func Faults(err error) []*Fault {
	if f, ok := err.(*Fault); ok {
		return []*Fault{f}
	}
	var all []*Fault
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range joined.Unwrap() {
			all = append(all, Faults(err)...)
		}
	}
	return all
}

// Open reads a workbook that keeps to the limits. What is not taken is told as Faults; a failure of the reader itself is none. Values are as they
// are stored, without their formats.
func Open(r io.Reader, most Limits) (*excelize.File, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(most.File)+1))
	if err != nil {
		return nil, err
	}
	if err := Inspect(data, most); err != nil {
		return nil, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true, UnzipSizeLimit: int64(most.Unpacked), UnzipXMLSizeLimit: int64(most.Unpacked)})
	if err != nil {
		return nil, &Fault{Kind: NoXLSX, Err: err}
	}
	return f, nil
}

// Inspect looks at a workbook's container before anything is made of it: how much it is, and whether it holds what a table of texts and numbers has
// no use for and no reader should trust: macros, formulas, merged cells.
func Inspect(data []byte, most Limits) error {
	switch {
	case len(data) > most.File:
		return &Fault{Kind: TooLarge, Args: []any{"mb", most.File >> 20}}
	case bytes.HasPrefix(data, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return &Fault{Kind: Password}
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return &Fault{Kind: NoXLSX, Err: err}
	}
	if len(archive.File) > most.Parts {
		return &Fault{Kind: Parts, Args: []any{"n", most.Parts}}
	}
	in := &inspector{most: most, left: int64(most.Unpacked), names: map[string]string{}, endings: map[string]bool{}}
	for _, part := range archive.File {
		in.endings[strings.ToLower(strings.TrimPrefix(path.Ext(part.Name), "."))] = true
	}
	for _, part := range archive.File { // the names of the sheets, before what stands in them
		if strings.EqualFold(part.Name, "xl/workbook.xml") || strings.EqualFold(part.Name, "xl/_rels/workbook.xml.rels") {
			if err := in.part(part, in.name); err != nil {
				return err
			}
		}
	}
	in.left = int64(most.Unpacked)
	for _, part := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		switch {
		case strings.Contains(path.Base(name), "vba") || strings.Contains(name, "/macrosheets/") || strings.Contains(name, "/activex/"):
			return &Fault{Kind: Macros, Args: []any{"part", part.Name}}
		case strings.Contains(name, "/embeddings/"):
			return &Fault{Kind: Document, Args: []any{"part", part.Name}}
		}
		in.sheet, in.worksheet, in.cell, in.rows, in.row, in.saying, in.text = in.sheetOf(name), false, "", 0, 0, 0, 0
		if err := in.part(part, in.element); err != nil {
			return err
		}
		if len(in.faults) >= mostFaults {
			break
		}
	}
	return errors.Join(in.faults...)
}

// inspector reads the parts of a workbook one after the other.
type inspector struct {
	most     Limits
	left     int64             // bytes that may still be unpacked
	elements int               // of XML, so far
	names    map[string]string // of sheets by relation, and of relations by part
	endings  map[string]bool   // of the parts' names
	faults   []error

	sheet     string
	worksheet bool
	cell      string
	rows      int // how many there have been, empty ones too
	row       int // where the last one stands
	saying    int // how deep within what a cell or a shared text says, 0 outside
	text      int // bytes of that since it began
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
		return &Fault{Kind: Broken, Args: []any{"part", part.Name}, Err: err}
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
		switch token := token.(type) {
		case xml.CharData:
			if in.left < 0 { // the decoder gives what there was of a text before it tells
				return in.unpacking(part, errTooLarge)
			}
			if in.saying == 0 { // what lies between elements is nobody's text
				continue
			}
			if in.text += len(token); in.text > mostText && in.texts(part) {
				return &Fault{Sheet: in.sheet, Cell: in.cell, Kind: Text}
			}
		case xml.EndElement:
			in.saying = max(0, in.saying-1)
		case xml.StartElement:
			if in.elements++; in.elements > in.most.Elements {
				return &Fault{Kind: Elements, Args: []any{"n", in.most.Elements}}
			}
			name := token.Name.Local
			if name == "c" || name == "si" {
				in.text = 0
			}
			if in.saying > 0 || name == "t" || name == "v" {
				in.saying++
			}
			if err := each(token); err != nil {
				return err
			}
			if len(in.faults) >= mostFaults {
				return nil
			}
		}
	}
}

// texts tells whether a part holds what cells show.
func (in *inspector) texts(part *zip.File) bool {
	return in.worksheet || strings.Contains(strings.ToLower(part.Name), "sharedstrings")
}

func (in *inspector) unpacking(part *zip.File, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, errTooLarge) {
		return &Fault{Kind: Unpacked, Args: []any{"mb", in.most.Unpacked >> 20}}
	}
	return &Fault{Kind: Broken, Args: []any{"part", part.Name}, Err: err}
}

// element looks at an element of any part.
func (in *inspector) element(e xml.StartElement) error {
	at := func(cell string, k Kind) { in.faults = append(in.faults, &Fault{Sheet: in.sheet, Cell: cell, Kind: k}) }
	switch name := e.Name.Local; {
	case name == "Default" && !in.endings[strings.ToLower(attribute(e, "Extension"))]: // of no part: some programs say it beforehand
	case name == "Override" || name == "Default":
		if kind := strings.ToLower(attribute(e, "ContentType")); strings.Contains(kind, "macroenabled") || strings.Contains(kind, "vba") {
			return &Fault{Kind: Macros, Args: []any{"part", "[Content_Types].xml"}}
		}
	case name == "worksheet":
		in.worksheet = true
	case !in.worksheet:
	case name == "row":
		in.rows++
		in.row++
		if n, err := strconv.Atoi(attribute(e, "r")); err == nil && n > in.row {
			in.row = n
		}
		if in.rows > in.most.Rows || in.row > lastRow {
			return &Fault{Sheet: in.sheet, Kind: Rows, Args: []any{"n", in.most.Rows}}
		}
	case name == "c":
		if in.row > in.most.Rows { // an empty row far below is how some programs say how high rows are
			return &Fault{Sheet: in.sheet, Kind: Rows, Args: []any{"n", in.most.Rows}}
		}
		in.cell = attribute(e, "r")
		if column, _, err := excelize.CellNameToCoordinates(cmp.Or(in.cell, "A1")); err == nil && column > in.most.Columns {
			return &Fault{Sheet: in.sheet, Kind: Columns, Args: []any{"n", in.most.Columns}}
		}
		switch attribute(e, "t") {
		case "b":
			at(in.cell, Truth)
		case "e":
			at(in.cell, Error)
		}
	case name == "f":
		at(in.cell, Formula)
	case name == "mergeCell":
		at(attribute(e, "ref"), Merged)
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
