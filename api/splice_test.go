package api

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever stands around it, a spliced part is read as it was, by the standard library's reader, which also checks length and sum.
func TestSplicedIsReadAsItWas(t *testing.T) {
	bytesUpTo := func(n int) *rapid.Generator[[]byte] {
		return rapid.Custom(func(t *rapid.T) []byte {
			piece := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "piece")
			return bytes.Repeat(piece, rapid.IntRange(0, n/40).Draw(t, "times"))
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		head, part, tail := bytesUpTo(150_000).Draw(t, "head"), bytesUpTo(150_000).Draw(t, "part"), bytesUpTo(150_000).Draw(t, "tail")
		blocks, err := deflated(part)
		if err != nil {
			t.Fatal(err)
		}
		r, err := gzip.NewReader(bytes.NewReader(splice(head, part, blocks, tail)))
		if err != nil {
			t.Fatal(err)
		}
		r.Multistream(false) // browsers read no more than the first member
		got, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if want := append(append(bytes.Clone(head), part...), tail...); !bytes.Equal(got, want) {
			t.Fatalf("%d bytes are read, want %d", len(got), len(want))
		}
	})
}

// A results page is the same however it travels, and travels in few bytes to whoever can read them.
func TestKeptPagesTravelCompressed(t *testing.T) {
	s := startServer(t)
	for _, path := range resultPages {
		plain := s.browse(leadEmail, http.MethodGet, path, "", "Accept-Encoding", "identity")
		zipped := s.browse(leadEmail, http.MethodGet, path, "", "Accept-Encoding", "br, gzip")
		if plain.Header.Get("Content-Encoding") != "" || zipped.Header.Get("Content-Encoding") != "gzip" {
			t.Fatalf("%s: sent as %q and %q", path, plain.Header.Get("Content-Encoding"), zipped.Header.Get("Content-Encoding"))
		}
		for _, r := range []reply{plain, zipped} {
			if r.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s: varies by %q", path, r.Header.Get("Vary"))
			}
		}
		r, err := gzip.NewReader(bytes.NewReader(zipped.Body))
		if err != nil {
			t.Fatal(err)
		}
		read, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(read, plain.Body) {
			t.Errorf("%s: %d bytes are read, want %d, %v", path, len(read), len(plain.Body), err)
		}
		if strings.Contains(string(plain.Body), mainMark) || len(zipped.Body) > len(plain.Body)*2/3 {
			t.Errorf("%s: %d of %d bytes travel", path, len(zipped.Body), len(plain.Body))
		}
	}
}

// Nothing that a frame shows can look like the mark at which the kept part is put in.
func TestMainMarkIsOnlyTheFrames(t *testing.T) {
	s := startServer(t)
	page := framedPage{Main: mainMark, Layout: Layout{
		Text: s.Texts.For("nb"), Title: mainMark, Path: mainMark, Scheme: mainMark, Assets: s.API.assets,
		User: &LayoutUser{ID: mainMark, Name: mainMark, Role: mainMark, Place: mainMark, Municipalities: []choiceView{{mainMark, mainMark, true}, {"b", "b", false}}},
		Nav:  []NavItem{{mainMark, mainMark, true}},
	}}
	frame, err := s.API.pages.whole("framed", page)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(frame, []byte(mainMark)); n != 1 {
		t.Errorf("the mark is there %d times", n)
	}
}
