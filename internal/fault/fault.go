// Package fault is the one error type of Helhet: what went wrong as a code, which text tells the reader so, and which
// field it stands beside. Domain packages make faults, api turns them into a page or problem details, in one place.
package fault

import (
	"errors"
	"fmt"
)

// Code says what kind of failure it is; api maps each to one HTTP status.
type Code string

// The codes, with the status they become.
const (
	Invalid         Code = "invalid"         // 422: the request is understood, a value in it is wrong
	Malformed       Code = "malformed"       // 400: the request can't be read
	Unauthenticated Code = "unauthenticated" // 401: nobody is signed in
	Forbidden       Code = "forbidden"       // 403: somebody is, and it is not hers
	NotFound        Code = "not-found"       // 404
	Conflict        Code = "conflict"        // 409: the state of things does not allow it now
	Stale           Code = "stale"           // 412: somebody else changed it first
	TagRequired     Code = "tag-required"    // 428: neither If-Match nor If-None-Match was sent
	TooLarge        Code = "too-large"       // 413
	Method          Code = "method"          // 405: the address is known, but not for this
	MediaType       Code = "media-type"      // 415: the content is of a kind that is not taken
	TooMany         Code = "too-many"        // 429: too often, or more at once than anyone needs; later it is let through
	Unavailable     Code = "unavailable"     // 503: the store can't be reached
	OutcomeUnknown  Code = "outcome-unknown" // 503: it may have been saved; saving it again with the same edit id is safe
	Internal        Code = "internal"        // 500
)

// Error is a failure a person may be told of. Key names a text of internal/locale, Args its placeholders by name.
type Error struct {
	Code   Code
	Op     string // "assessment.Save"
	Key    string // "error.answer.level"
	Args   []any  // name, value, name, value …
	Fields []Field
	Detail any   // what a caller may need beside the text, such as both values of a lost race
	Err    error // the cause, for the log; never shown
}

// Field is one value that is wrong, and the text that says why.
type Field struct {
	Name string // "level"
	Key  string
	Args []any
}

func (e *Error) Error() string {
	s := e.Op + ": " + string(e.Code)
	if e.Key != "" {
		s += " (" + e.Key + ")"
	}
	for _, f := range e.Fields {
		s += fmt.Sprintf(" [%s: %s %v]", f.Name, f.Key, f.Args)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// New makes a fault; args are name and value in turn.
func New(code Code, op, key string, args ...any) *Error {
	return &Error{Code: code, Op: op, Key: key, Args: args}
}

// Wrong makes an Invalid fault about one field.
func Wrong(op, field, key string, args ...any) *Error {
	return &Error{Code: Invalid, Op: op, Key: key, Args: args, Fields: []Field{{Name: field, Key: key, Args: args}}}
}

// CodeOf tells a failure's code; an error that is no fault is Internal, nil is "".
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
