package benefits

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/org"
)

// checkText puts into f what is wrong with a text, and gives it without what stands around it. A line has no breaks in it.
func checkText(f *fault.Error, field, text string, limit int, line bool) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	control := func(r rune) bool { return unicode.IsControl(r) && (line || r != '\n' && r != '\t') }
	wrong := func(key string, args ...any) {
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: key, Args: args})
	}
	switch {
	case !utf8.ValidString(text):
		wrong("error.text.utf8")
	case utf8.RuneCountInString(text) > limit:
		wrong("error.text.long", "max", limit, "count", utf8.RuneCountInString(text))
	case strings.ContainsFunc(text, control):
		wrong("error.text.control")
	}
	return text
}

// writing is a text somebody wrote: which field it stands in, what stood there before, and what she writes now.
type writing struct{ field, before, now string }

// refusePersonNumbers is a fault beside each text that seems to hold a fødselsnummer, unless it is to be saved all the same. What already
// stands is not asked about again.
func refusePersonNumbers(op string, confirmed bool, texts []writing) error {
	f := &fault.Error{Code: fault.Invalid, Op: op, Key: "error.text.person-number"}
	for _, t := range texts {
		if !confirmed && t.now != t.before && org.HoldsPersonNumber(t.now) {
			f.Fields = append(f.Fields, fault.Field{Name: t.field, Key: "error.text.person-number"})
		}
	}
	if len(f.Fields) == 0 {
		return nil
	}
	f.Fields = append(f.Fields, fault.Field{Name: assessment.ConfirmField, Key: "error.confirm-number"})
	return f
}
