package catalogue

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	maxFile = 1 << 20 // bytes: fifteen times the largest of the model in use
	maxDeep = 500     // brackets opened and not closed
)

// dashes is a line that opens list in list in list.
var dashes = regexp.MustCompile(`(?m)^[ \t]*(?:[-?:][ \t]+){20}`)

// fileData reads a file that is to be taken apart, no more of it than is safe: the YAML package's memory grows with the square of how deep a file
// is nested. A byte order mark, which some editors write, is left out.
func fileData(fsys fs.FS, file string) ([]byte, *Fault) {
	at := func(line int, format string, args ...any) *Fault {
		return &Fault{File: file, Line: line, Text: fmt.Sprintf(format, args...)}
	}
	unread := func(err error) *Fault {
		if errors.Is(err, fs.ErrNotExist) {
			return &Fault{File: file, Text: "the file is missing", absent: true, err: err}
		}
		return &Fault{File: file, Text: err.Error(), err: err}
	}
	if _, made := fsys.(memory); !made { // of a workbook
		info, err := fs.Stat(fsys, file)
		switch {
		case err != nil:
			return nil, unread(err)
		case !info.Mode().IsRegular():
			return nil, at(0, "this is no ordinary file")
		case info.Size() > maxFile:
			return nil, at(0, "the file is %d kB large, at most %d are taken", (info.Size()+1023)/1024, maxFile/1024)
		}
	}
	data, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, unread(err)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return nil, at(lineOf(data, firstInvalid(data)), "not UTF-8")
	}
	if i := tooDeep(data); i >= 0 {
		return nil, at(lineOf(data, i), "lists and fields stand too deep in each other here")
	}
	return data, nil
}

// tooDeep is where a file is nested deeper than anything of ours, -1 where it is not. Brackets in texts count too: no text has so many.
func tooDeep(data []byte) int {
	deep := 0
	for i, b := range data {
		switch b {
		case '[', '{':
			if deep++; deep > maxDeep {
				return i
			}
		case ']', '}':
			deep = max(deep-1, 0)
		}
	}
	if found := dashes.FindIndex(data); found != nil {
		return found[0]
	}
	return -1
}

// secondDocument is the line on which another document begins, 0 where there is none.
func secondDocument(data []byte) int {
	var begun, ended bool
	line := 0
	for text := range strings.Lines(string(data)) {
		line++
		text = strings.TrimRight(text, " \t\r\n")
		mark := text == "---" || strings.HasPrefix(text, "--- ") || strings.HasPrefix(text, "---\t")
		says := mark || text != "" && !strings.HasPrefix(text, "#")
		if begun && mark || ended && says {
			return line
		}
		begun, ended = begun || says && !strings.HasPrefix(text, "%"), ended || text == "..."
	}
	return 0
}

func lineOf(data []byte, i int) int { return 1 + bytes.Count(data[:i], []byte("\n")) }

func firstInvalid(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return len(data)
}
