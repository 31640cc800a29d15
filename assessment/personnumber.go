package assessment

import (
	"helhet/internal/fault"
	"helhet/org"
)

// freeText is one text somebody wrote: which field it stands in, what stood there before, and what she writes now.
type freeText struct{ field, before, now string }

// CheckText refuses a text that seems to hold somebody's fødselsnummer or D-number, unless whoever wrote it has said that it shall be saved
// all the same. Fault Invalid beside the field, and beside ConfirmField. The text itself is in neither.
func CheckText(field, text string, confirmed bool) error {
	return checkTexts("assessment.CheckText", confirmed, freeText{field, "", text})
}

// ConfirmField is what a form calls its "save all the same".
const ConfirmField = "confirmNumber"

// checkTexts is CheckText of several. What already stands is not asked about again.
func checkTexts(op string, confirmed bool, texts ...freeText) error {
	if confirmed {
		return nil
	}
	var wrong []fault.Field
	for _, field := range holding(texts...) {
		wrong = append(wrong, fault.Field{Name: field, Key: "error.text.person-number"})
	}
	if len(wrong) == 0 {
		return nil
	}
	return &fault.Error{Code: fault.Invalid, Op: op, Key: "error.text.person-number", Fields: append(wrong, fault.Field{Name: ConfirmField, Key: "error.confirm-number"})}
}

// holding names the fields whose text is new and seems to hold a number.
func holding(texts ...freeText) (fields []string) {
	for _, t := range texts {
		if t.now != t.before && org.HoldsPersonNumber(t.now) {
			fields = append(fields, t.field)
		}
	}
	return fields
}
