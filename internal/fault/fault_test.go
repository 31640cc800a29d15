package fault

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestCodeOf(t *testing.T) {
	if c := CodeOf(nil); c != "" {
		t.Errorf("nil is %q", c)
	}
	if c := CodeOf(io.EOF); c != Internal {
		t.Errorf("any error is %q", c)
	}
	err := fmt.Errorf("around: %w", New(NotFound, "assessment.Round", "error.round.unknown"))
	if c := CodeOf(err); c != NotFound {
		t.Errorf("wrapped is %q", c)
	}
}

func TestWrongNamesTheField(t *testing.T) {
	f := Wrong("org.Person", "email", "error.person.email", "max", 3)
	if f.Code != Invalid || len(f.Fields) != 1 || f.Fields[0].Name != "email" || f.Fields[0].Key != f.Key || len(f.Fields[0].Args) != 2 {
		t.Errorf("%+v", f)
	}
}

// The text is for the log: it names operation, code, key, fields and cause.
func TestErrorText(t *testing.T) {
	f := &Error{Code: Invalid, Op: "assessment.Answer", Key: "error.answer", Fields: []Field{{Name: "level", Key: "error.answer.level", Args: []any{"max", 5}}}, Err: io.EOF}
	if got, want := f.Error(), "assessment.Answer: invalid (error.answer) [level: error.answer.level [max 5]]: EOF"; got != want {
		t.Errorf("%s", got)
	}
	if !errors.Is(f, io.EOF) {
		t.Error("the cause is lost")
	}
	if got := (&Error{Code: Forbidden, Op: "op"}).Error(); got != "op: forbidden" {
		t.Errorf("%s", got)
	}
}
