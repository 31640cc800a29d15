package api

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"helhet/internal/fault"

	"github.com/gin-gonic/gin"
)

// precondition is what a save builds on: nothing yet (First), or the answer that carries Tag. Edit is the sender's own id of
// the edit: sent again, it is the same save.
type precondition struct {
	First bool
	Tag   string
	Edit  string
}

// preconditionOf reads If-None-Match, If-Match and Idempotency-Key. What is missing the domain says; here only what can't be
// read is refused: a list of tags, a weak one, a star where a tag belongs.
func preconditionOf(h http.Header) (precondition, error) {
	return parsePrecondition(h.Get("If-Match"), h.Get("If-None-Match"), h.Get("Idempotency-Key"))
}

func parsePrecondition(ifMatch, ifNoneMatch, edit string) (precondition, error) {
	p := precondition{Edit: strings.TrimSpace(edit)}
	switch strings.TrimSpace(ifNoneMatch) {
	case "":
	case "*":
		p.First = true
	default:
		return p, fault.New(fault.Malformed, "api.precondition", "error.tag.none-match")
	}
	tag := strings.TrimSpace(ifMatch)
	if tag == "" {
		return p, nil
	}
	inner, quoted := strings.CutPrefix(tag, `"`)
	inner, closed := strings.CutSuffix(inner, `"`)
	if !quoted || !closed || inner == "" || strings.ContainsAny(inner, `", `) {
		return p, fault.New(fault.Malformed, "api.precondition", "error.tag.match")
	}
	p.Tag = inner
	return p, nil
}

// readForm reads what a page's form sent, into the request's PostForm, and its files into memory: a body has at most maxBody, so nothing of them
// is ever on disk.
func readForm(r *http.Request) error {
	const op = "api.readForm"
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	read := r.ParseForm
	switch {
	case err == nil && kind == "application/x-www-form-urlencoded":
	case err == nil && kind == "multipart/form-data":
		read = func() error { return r.ParseMultipartForm(maxBody) }
	default:
		return &fault.Error{Code: fault.Malformed, Op: op, Key: "error.malformed", Err: err}
	}
	if err := read(); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return err
		}
		return &fault.Error{Code: fault.Malformed, Op: op, Key: "error.malformed", Err: err}
	}
	return nil
}

// editOf names the edit that a form asks for: by the id that its page was given and by what is sent. So the same click twice is one edit, and a form
// that the browser kept, went back to and was filled in anew is another, which meets what stands by now.
func editOf(c *gin.Context) string {
	sent := sha256.Sum256([]byte(c.Request.PostForm.Encode())) // sorted by key
	return cmp.Or(c.PostForm("edit"), rand.Text()[:16]) + "-" + hex.EncodeToString(sent[:6])
}

// readJSON reads a strict JSON body: one value, known fields only, valid UTF-8.
func readJSON(r *http.Request, into any) error {
	const op = "api.readJSON"
	body, err := io.ReadAll(r.Body)
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return err
		}
		return &fault.Error{Code: fault.Malformed, Op: op, Key: "error.json", Err: err}
	}
	if !utf8.Valid(body) {
		return fault.New(fault.Malformed, op, "error.text.utf8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
			wrong.Field = wrong.Field[strings.LastIndexByte(wrong.Field, '.')+1:] // of an embedded struct encoding/json names that too
			return &fault.Error{Code: fault.Invalid, Op: op, Key: "error.json.type", Args: []any{"field", wrong.Field},
				Fields: []fault.Field{{Name: wrong.Field, Key: "error.json.type", Args: []any{"field", wrong.Field}}}, Err: err}
		}
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			name = strings.Trim(name, `"`)
			return &fault.Error{Code: fault.Invalid, Op: op, Key: "error.json.unknown", Args: []any{"field", name},
				Fields: []fault.Field{{Name: name, Key: "error.json.unknown", Args: []any{"field", name}}}, Err: err}
		}
		return &fault.Error{Code: fault.Malformed, Op: op, Key: "error.json", Err: err}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fault.New(fault.Malformed, op, "error.json")
	}
	return nil
}
