package assessment

import (
	"cmp"
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
	From     *Source      `bson:"from,omitempty"`    // where the value was carried from, for as long as it is that one
}

// Value is what a person gives: a level, or not applicable with a reason, and a note. All empty takes the answer back.
type Value struct {
	Level               *int         `bson:"level,omitempty" json:"level,omitempty"`
	NotApplicableReason Exemption    `bson:"notApplicableReason,omitempty" json:"notApplicableReason,omitempty"`
	NotApplicable       string       `bson:"notApplicable,omitempty" json:"notApplicable,omitempty"` // the same in one's own words
	Note                string       `bson:"note,omitempty" json:"note,omitempty"`
	ChangeReason        ChangeReason `bson:"changeReason,omitempty" json:"changeReason,omitempty"` // where it is another than the task's
}

// Exemption is why a question does not apply: "no-such-service".
type Exemption string

// The exemptions. The last one wants words of one's own.
const (
	NotOurs        Exemption = "not-ours"        // the municipality does not carry the task
	DoneByOther    Exemption = "inter-municipal" // another municipality or a cooperation does
	NotInUse       Exemption = "not-in-use"      // the technology
	NoSuchService  Exemption = "no-such-service"
	OtherExemption Exemption = "other"
)

// Exemptions lists them in order.
var Exemptions = []Exemption{NotOurs, DoneByOther, NotInUse, NoSuchService, OtherExemption}

// Exempt tells whether the question is answered as not applicable.
func (v Value) Exempt() bool { return v.Exemption() != "" }

// Exemption is why the question does not apply, "" when it does. What was saved before there was a list has words alone, which is another
// reason than those on it.
func (v Value) Exemption() Exemption {
	if v.NotApplicableReason == "" && v.NotApplicable != "" {
		return OtherExemption
	}
	return v.NotApplicableReason
}

// Given tells whether the question is answered, with a level or as not applicable.
func (v Value) Given() bool { return v.Level != nil || v.Exempt() }

// says tells whether two values say the same of the question, why it changed aside.
func (v Value) says(w Value) bool {
	same := v.Level == nil && w.Level == nil || v.Level != nil && w.Level != nil && *v.Level == *w.Level
	return same && v.Exemption() == w.Exemption() && v.NotApplicable == w.NotApplicable && v.Note == w.Note
}

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
	Confirmed    bool   // a text that seems to hold a fødselsnummer is saved all the same
	becomes      string // the tag it gets, where that is known beforehand
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
	if v.Level != nil && v.Exempt() {
		f.Fields = append(f.Fields, fault.Field{Name: "notApplicable", Key: "error.answer.both"})
	}
	if v.NotApplicableReason = v.Exemption(); v.Exempt() && !slices.Contains(Exemptions, v.NotApplicableReason) {
		f.Fields = append(f.Fields, fault.Field{Name: "notApplicableReason", Key: "error.answer.exemption"})
	}
	v.NotApplicable = clean(f, "notApplicable", v.NotApplicable, MaxReason)
	if v.NotApplicableReason == OtherExemption && v.NotApplicable == "" {
		f.Fields = append(f.Fields, fault.Field{Name: "notApplicable", Key: "error.answer.reason"})
	}
	v.Note = clean(f, "note", v.Note, MaxNote)
	if !v.ChangeReason.known() {
		f.Fields = append(f.Fields, fault.Field{Name: "changeReason", Key: "error.change-reason"})
	}
	if v.Level == nil {
		v.ChangeReason = "" // it is a level that has changed, or has not
	}
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
		event, err := s.saveIn(op, a, actor, save)
		if err != nil {
			return nil, err
		}
		return []store.Event{event}, nil
	})
}

// saveIn puts one answer into its assessment, and gives the event that tells of it. store.ErrNoChange is a save that is there already.
func (s *Service) saveIn(op string, a *Assessment, actor org.Actor, save Save) (store.Event, error) {
	c, err := s.Catalogue(a.Catalogue)
	if err != nil {
		return store.Event{}, err
	}
	if err := a.asks(op, c, save.Question); err != nil {
		return store.Event{}, err
	}
	old := a.Answer(save.Question)
	if save.Edit != "" && slices.Contains(old.Edits, save.Edit) {
		return store.Event{}, store.ErrNoChange
	}
	if err := a.editable(op); err != nil {
		return store.Event{}, err
	}
	value, err := save.Value.checked(c.Scale)
	if err != nil {
		return store.Event{}, err
	}
	if save.First != (old.Tag == "") || !save.First && save.Tag != old.Tag {
		return store.Event{}, &fault.Error{Code: fault.Stale, Op: op, Key: "error.answer.stale", Detail: Lost{value, old}}
	}
	if err := checkTexts(op, save.Confirmed, value.texts(old.Value)...); err != nil {
		return store.Event{}, err
	}
	answer := Answer{Question: save.Question, Value: value, By: actor.Person, At: s.now().UTC(), Tag: cmp.Or(save.becomes, newTag())}
	answer.Edits = rememberNewest(old.Edits, save.Edit, answer.Tag)
	if value.says(old.Value) {
		answer.From = old.From // as it was carried, and confirmed by this
	}
	a.put(answer)
	return s.answerSaved(a, actor, answer), nil
}

// answerSaved is the event of it: the level that counts, -1 for none.
func (s *Service) answerSaved(a *Assessment, actor org.Actor, answer Answer) store.Event {
	level := int64(-1)
	if answer.Level != nil && !answer.Carried {
		level = int64(*answer.Level)
	}
	return s.event("answer.saved", actor, string(a.Municipality),
		store.Fact{Key: "round", Value: string(a.Round)}, store.Fact{Key: "question", Value: string(answer.Question)}, store.Fact{Key: "level", Value: level})
}

// asks faults a question that the assessment's questionnaire does not have, or its round leaves out.
func (a *Assessment) asks(op string, c *catalogue.Catalogue, key catalogue.QuestionKey) error {
	q := c.Question(key)
	if q == nil {
		return fault.New(fault.NotFound, op, "error.question.unknown", "question", key)
	}
	if !a.Scope.Covers(q.Task) {
		return fault.New(fault.NotFound, op, "error.question.not-in-round", "question", key)
	}
	return nil
}

// texts are the value's free texts, each with what it stands in the place of.
func (v Value) texts(old Value) []freeText {
	return []freeText{{"note", old.Note, v.Note}, {"notApplicable", old.NotApplicable, v.NotApplicable}}
}

// checkPrecondition demands that a save says what it builds on.
func checkPrecondition(op string, first bool, tag, edit string) error {
	if !first && tag == "" {
		return fault.New(fault.TagRequired, op, "error.tag.required")
	}
	if first && tag != "" {
		return fault.New(fault.Malformed, op, "error.tag.both")
	}
	return checkEdit(op, edit)
}

func checkEdit(op, edit string) error {
	if len(edit) > maxEditID || !utf8.ValidString(edit) {
		return fault.New(fault.Malformed, op, "error.edit-id", "max", maxEditID)
	}
	return nil
}

// rememberNewest remembers an edit without an id by the tag it made, where others are remembered: the newest is always that of what stands.
func rememberNewest(edits []string, edit, tag string) []string {
	if len(edits) > 0 {
		edit = cmp.Or(edit, tag)
	}
	return remember(edits, edit)
}

func remember(edits []string, edit string) []string {
	if edit == "" {
		return edits
	}
	edits = append(slices.Clone(edits), edit)
	return edits[max(0, len(edits)-maxEdits):]
}
