package assessment

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Answer is a municipality's answer to one question. It has its own tag, so that two people who answer different questions never
// meet, and two who answer the same one both see it.
type Answer struct {
	Question catalogue.QuestionKey `bson:"question"`
	Value    `bson:",inline"`
	By       org.PersonID `bson:"by"`
	At       time.Time    `bson:"at"`
	Tag      string       `bson:"tag"`
	Edits    []string     `bson:"edits,omitempty"`   // the latest edit ids, newest last: a repeated save is the same save
	Carried  bool         `bson:"carried,omitempty"` // from last round, counts in neither score nor coverage until confirmed
}

// Value is what a person gives: a level, or not applicable with a reason, and a note. All empty takes the answer back.
type Value struct {
	Level         *int   `bson:"level,omitempty" json:"level,omitempty"`
	NotApplicable string `bson:"notApplicable,omitempty" json:"notApplicable,omitempty"`
	Note          string `bson:"note,omitempty" json:"note,omitempty"`
}

// Given tells whether the question is answered, with a level or as not applicable.
func (v Value) Given() bool { return v.Level != nil || v.NotApplicable != "" }

// Longest texts in characters, and how many edit ids an answer remembers.
const (
	MaxNote   = 2000
	MaxReason = 500
	maxEdits  = 8
	maxEditID = 100
)

// Save is one edit of one answer. Exactly one of First and Tag says what it builds on: First on no answer at all, Tag on the
// answer that carries it. Edit is the browser's own id for this edit.
type Save struct {
	Round        RoundID
	Municipality org.MunicipalityID
	Question     catalogue.QuestionKey
	Value        Value
	First        bool
	Tag          string
	Edit         string
	Confirmed    bool // a text that seems to hold a fødselsnummer is saved all the same
}

// Lost is the Detail of a fault.Stale: what she sent, and what stands.
type Lost struct {
	Yours  Value
	Theirs Answer
}

// clean checks free text and takes away what can't be meant: carriage returns and white space at the ends.
func clean(f *fault.Error, field, text string, limit int) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	switch {
	case !utf8.ValidString(text):
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: "error.text.utf8"})
	case utf8.RuneCountInString(text) > limit:
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: "error.text.long", Args: []any{"max", limit, "count", utf8.RuneCountInString(text)}})
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: "error.text.control"})
	}
	return text
}

// checked validates a value against the catalogue's scale.
func (v Value) checked(scale catalogue.Scale) (Value, error) {
	f := &fault.Error{Code: fault.Invalid, Op: "assessment.Answer", Key: "error.answer"}
	if v.Level != nil && (*v.Level < scale.Min || *v.Level > scale.Max) {
		f.Fields = append(f.Fields, fault.Field{Name: "level", Key: "error.answer.level", Args: []any{"min", scale.Min, "max", scale.Max, "level", *v.Level}})
	}
	if v.Level != nil && v.NotApplicable != "" {
		f.Fields = append(f.Fields, fault.Field{Name: "notApplicable", Key: "error.answer.both"})
	}
	given := v.NotApplicable != ""
	v.NotApplicable = clean(f, "notApplicable", v.NotApplicable, MaxReason)
	if given && v.NotApplicable == "" {
		f.Fields = append(f.Fields, fault.Field{Name: "notApplicable", Key: "error.answer.reason"})
	}
	v.Note = clean(f, "note", v.Note, MaxNote)
	if len(f.Fields) > 0 {
		return v, f
	}
	return v, nil
}

// SaveAnswer saves one answer and returns the assessment as it stands after. Faults: Invalid beside the field, NotFound (round,
// municipality, question), Conflict (sealed, handed in), TagRequired, Stale with Lost, Forbidden.
func (s *Service) SaveAnswer(ctx context.Context, actor org.Actor, save Save) (Assessment, error) {
	const op = "assessment.SaveAnswer"
	if !org.MayAnswer(actor, save.Municipality) {
		return Assessment{}, forbidden(op)
	}
	if err := checkPrecondition(op, save.First, save.Tag, save.Edit); err != nil {
		return Assessment{}, err
	}
	return s.update(ctx, op, save.Round, save.Municipality, func(a *Assessment) ([]store.Event, error) {
		c, err := s.Catalogue(a.Catalogue)
		if err != nil {
			return nil, err
		}
		q := c.Question(save.Question)
		if q == nil {
			return nil, fault.New(fault.NotFound, op, "error.question.unknown", "question", save.Question)
		}
		if !a.Scope.Covers(q.Task) {
			return nil, fault.New(fault.NotFound, op, "error.question.not-in-round", "question", save.Question)
		}
		old := a.Answer(save.Question)
		if save.Edit != "" && slices.Contains(old.Edits, save.Edit) {
			return nil, store.ErrNoChange
		}
		if err := a.editable(op); err != nil {
			return nil, err
		}
		value, err := save.Value.checked(c.Scale)
		if err != nil {
			return nil, err
		}
		if save.First != (old.Tag == "") || !save.First && save.Tag != old.Tag {
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.answer.stale", Detail: Lost{value, old}}
		}
		if err := checkTexts(op, save.Confirmed, freeText{"note", old.Note, value.Note}, freeText{"notApplicable", old.NotApplicable, value.NotApplicable}); err != nil {
			return nil, err
		}
		level := int64(-1)
		if value.Level != nil {
			level = int64(*value.Level)
		}
		a.put(Answer{Question: save.Question, Value: value, By: actor.Person, At: s.now().UTC(), Tag: newTag(), Edits: remember(old.Edits, save.Edit)})
		return []store.Event{s.event("answer.saved", actor, string(a.Municipality),
			store.Fact{Key: "round", Value: string(a.Round)}, store.Fact{Key: "question", Value: string(save.Question)}, store.Fact{Key: "level", Value: level})}, nil
	})
}

// checkPrecondition demands that a save says what it builds on.
func checkPrecondition(op string, first bool, tag, edit string) error {
	if !first && tag == "" {
		return fault.New(fault.TagRequired, op, "error.tag.required")
	}
	if first && tag != "" {
		return fault.New(fault.Malformed, op, "error.tag.both")
	}
	if len(edit) > maxEditID || !utf8.ValidString(edit) {
		return fault.New(fault.Malformed, op, "error.edit-id", "max", maxEditID)
	}
	return nil
}

func remember(edits []string, edit string) []string {
	if edit == "" {
		return edits
	}
	edits = append(slices.Clone(edits), edit)
	return edits[max(0, len(edits)-maxEdits):]
}
