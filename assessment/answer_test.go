package assessment

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"
)

func TestSaveAnswer(t *testing.T) {
	w := newWorld(t, 2)
	r := w.open("Høst 2026")
	save := Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Value: Value{Level: new(3), Note: "  Ja.\r\nNei.\t "}, First: true, Edit: "e1"}
	a := must(w.service.SaveAnswer(t.Context(), contributor("larvik"), save))(t)
	got := a.Answer("x.d1")
	if *got.Level != 3 || got.Note != "Ja.\nNei." || got.By != "p-contributor-larvik" || got.Tag == "" {
		t.Errorf("%+v", got)
	}
	if want := start.Truncate(time.Millisecond); !got.At.Equal(want) || got.At.Location() != time.UTC {
		t.Errorf("saved at %v, want %v", got.At, want)
	}
	// A change by a colleague gets another tag; the first person's does not fit any more.
	w.advance(time.Minute)
	change := Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Value: level(4), Tag: got.Tag, Edit: "e2"}
	a = must(w.service.SaveAnswer(t.Context(), coordinator("larvik"), change))(t)
	if now := a.Answer("x.d1"); *now.Level != 4 || now.Tag == got.Tag || now.By != "p-coordinator-larvik" || !now.At.After(got.At) || now.Note != "" {
		t.Errorf("%+v", now)
	}
	// All empty takes it back; it is not given, yet keeps a tag to build on.
	a = must(w.service.SaveAnswer(t.Context(), contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Tag: a.Answer("x.d1").Tag}))(t)
	if now := a.Answer("x.d1"); now.Given() || now.Tag == "" || a.Answers.Len() != 1 {
		t.Errorf("%+v", a.Answers.Slice())
	}
	stored := must(w.service.Assessment(t.Context(), contributor("larvik"), r.ID, "larvik"))(t)
	if !reflect.DeepEqual(stored.Answers.Slice(), a.Answers.Slice()) {
		t.Errorf("stored are %+v, told was %+v", stored.Answers.Slice(), a.Answers.Slice())
	}
	other := must(w.service.Assessment(t.Context(), contributor("tokke"), r.ID, "tokke"))(t)
	if other.Answers.Len() != 0 {
		t.Errorf("the neighbour has %+v", other.Answers.Slice())
	}
}

// Two who answer different questions never meet, whatever they read before.
func TestDisjointAnswersMerge(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	for i, q := range []string{"x.d1", "y.d1", "x.d2", "z.d1"} {
		actor := []org.Actor{contributor("larvik"), coordinator("larvik")}[i%2]
		must(w.service.SaveAnswer(t.Context(), actor, Save{Round: r.ID, Municipality: "larvik", Question: catalogue.QuestionKey(q), Value: level(i), First: true}))(t)
	}
	a := must(w.service.Assessment(t.Context(), contributor("larvik"), r.ID, "larvik"))(t)
	for i, q := range []string{"x.d1", "y.d1", "x.d2", "z.d1"} {
		if got := a.Answer(catalogue.QuestionKey(q)); got.Level == nil || *got.Level != i {
			t.Errorf("%s is %+v", q, got)
		}
	}
}

// The same answer conflicts, and both values are told; nothing is written.
func TestSameAnswerConflicts(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	save := func(v Value, first bool, tag string) (Assessment, error) {
		return w.service.SaveAnswer(t.Context(), contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Value: v, First: first, Tag: tag})
	}
	_, err := save(level(1), false, "made-up")
	lost := wantFault(t, err, fault.Stale, "error.answer.stale").Detail.(Lost)
	if *lost.Yours.Level != 1 || lost.Theirs.Tag != "" || lost.Theirs.Given() {
		t.Errorf("a tag on no answer: %+v", lost)
	}
	a := must(save(level(2), true, ""))(t)
	first := a.Answer("x.d1")
	must(save(level(3), false, first.Tag))(t)
	before := w.stored("assessments")
	for _, try := range []struct {
		first bool
		tag   string
	}{{true, ""}, {false, first.Tag}, {false, "made-up"}, {false, first.Tag + " "}} {
		_, err := save(Value{Level: new(5), Note: " mine "}, try.first, try.tag)
		lost, ok := wantFault(t, err, fault.Stale, "error.answer.stale").Detail.(Lost)
		if !ok || *lost.Yours.Level != 5 || lost.Yours.Note != "mine" || *lost.Theirs.Level != 3 || lost.Theirs.By != "p-contributor-larvik" {
			t.Errorf("%+v: %+v", try, lost)
		}
		// What is told of theirs is enough to save over it knowingly.
		if lost.Theirs.Tag == "" || lost.Theirs.Tag == first.Tag {
			t.Errorf("their tag is %q", lost.Theirs.Tag)
		}
	}
	if !maps.Equal(before, w.stored("assessments")) {
		t.Error("a refused save wrote something")
	}
}

// A repeated save with the same edit id is the same save: no new tag, no event, even after somebody else's later one, after
// handing in, and after sealing.
func TestRepeatedSaveIsTheSame(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	mine := Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Value: level(2), First: true, Edit: "mine"}
	a := must(w.service.SaveAnswer(t.Context(), contributor("larvik"), mine))(t)
	again := func(when string, want int) {
		t.Helper()
		before := w.stored("assessments")
		got, err := w.service.SaveAnswer(t.Context(), contributor("larvik"), mine)
		if err != nil || *got.Answer("x.d1").Level != want {
			t.Errorf("%s: %+v %v", when, got.Answer("x.d1"), err)
		}
		if !maps.Equal(before, w.stored("assessments")) {
			t.Errorf("%s it was written again", when)
		}
	}
	again("at once", 2)
	tag := a.Answer("x.d1").Tag
	for i := range maxEdits - 1 { // an answer remembers the latest edits, its own among them
		a := must(w.service.SaveAnswer(t.Context(), coordinator("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Value: level(4), Tag: tag, Edit: fmt.Sprint("other", i)}))(t)
		tag = a.Answer("x.d1").Tag
		again("after a later one", 4)
	}
	w.handIn(r.ID, "larvik")
	again("after handing in", 4)
	w.close(r.ID)
	again("after sealing", 4)
	// The edit id belongs to its question: on another one it is another save, and this one is sealed.
	_, err := w.service.SaveAnswer(t.Context(), contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "x.d2", Value: level(2), First: true, Edit: "mine"})
	wantFault(t, err, fault.Conflict, "error.assessment.sealed")
}

func TestAnswerForgetsOldEdits(t *testing.T) {
	var edits []string
	for i := range 3 * maxEdits {
		edits = remember(edits, fmt.Sprint(i))
		if len(edits) > maxEdits || edits[len(edits)-1] != fmt.Sprint(i) {
			t.Fatalf("after %d: %v", i, edits)
		}
		if got := remember(edits, ""); !slices.Equal(got, edits) {
			t.Fatalf("no edit id changed %v to %v", edits, got)
		}
	}
}

// Every refusal is precise, and leaves nothing half-written.
func TestRefusedSaves(t *testing.T) {
	w := newWorld(t, 3)
	open := w.open("Open", "x", "y")
	w.answer(open.ID, "larvik", "x.d1=3")
	w.handIn(open.ID, "tokke")
	planned := w.plan("Planned")
	sealed := w.open("Sealed")
	w.close(sealed.ID)
	handedInAndSealed := w.open("Both")
	w.handIn(handedInAndSealed.ID, "larvik")
	w.close(handedInAndSealed.ID)

	long := strings.Repeat("å", MaxNote)
	base := Save{Round: open.ID, Municipality: "larvik", Question: "x.d2", Value: level(3), First: true}
	tests := []struct {
		name   string
		change func(*Save)
		code   fault.Code
		key    string
		field  string // with Invalid
		text   string
	}{
		{"level below", func(s *Save) { s.Value.Level = new(-1) }, fault.Invalid, "error.answer", "level", "error.answer.level"},
		{"level above", func(s *Save) { s.Value.Level = new(6) }, fault.Invalid, "error.answer", "level", "error.answer.level"},
		{"level and not applicable", func(s *Save) { s.Value.NotApplicable = "No." }, fault.Invalid, "error.answer", "notApplicable", "error.answer.both"},
		{"not applicable without a reason", func(s *Save) { s.Value = Value{NotApplicable: " \n "} }, fault.Invalid, "error.answer", "notApplicable", "error.answer.reason"},
		{"a reason that is not on the list", func(s *Save) { s.Value = Value{NotApplicableReason: "bored"} }, fault.Invalid, "error.answer", "notApplicableReason", "error.answer.exemption"},
		{"another reason without words", func(s *Save) { s.Value = Value{NotApplicableReason: OtherExemption, NotApplicable: " "} }, fault.Invalid, "error.answer", "notApplicable", "error.answer.reason"},
		{"level and a reason", func(s *Save) { s.Value.NotApplicableReason = NotInUse }, fault.Invalid, "error.answer", "notApplicable", "error.answer.both"},
		{"a change without a known reason", func(s *Save) { s.Value.ChangeReason = "luck" }, fault.Invalid, "error.answer", "changeReason", "error.change-reason"},
		{"reason too long", func(s *Save) { s.Value = Value{NotApplicable: strings.Repeat("æ", MaxReason+1)} }, fault.Invalid, "error.answer", "notApplicable", "error.text.long"},
		{"note too long", func(s *Save) { s.Value.Note = long + "å" }, fault.Invalid, "error.answer", "note", "error.text.long"},
		{"note with NUL", func(s *Save) { s.Value.Note = "a\x00b" }, fault.Invalid, "error.answer", "note", "error.text.control"},
		{"note with an escape", func(s *Save) { s.Value.Note = "a\x1b[2Jb" }, fault.Invalid, "error.answer", "note", "error.text.control"},
		{"note with a C1 control", func(s *Save) { s.Value.Note = "a\u009bb" }, fault.Invalid, "error.answer", "note", "error.text.control"},
		{"note with a lone carriage return", func(s *Save) { s.Value.Note = "a\rb" }, fault.Invalid, "error.answer", "note", "error.text.control"},
		{"note in broken UTF-8", func(s *Save) { s.Value.Note = "a\xc3(" }, fault.Invalid, "error.answer", "note", "error.text.utf8"},
		{"reason in broken UTF-8", func(s *Save) { s.Value = Value{NotApplicable: "\xff"} }, fault.Invalid, "error.answer", "notApplicable", "error.text.utf8"},
		{"unknown question", func(s *Save) { s.Question = "x.d9" }, fault.NotFound, "error.question.unknown", "", ""},
		{"question in broken UTF-8", func(s *Save) { s.Question = "\xff" }, fault.NotFound, "error.question.unknown", "", ""},
		{"no question", func(s *Save) { s.Question = "" }, fault.NotFound, "error.question.unknown", "", ""},
		{"question not in the round", func(s *Save) { s.Question = "z.d1" }, fault.NotFound, "error.question.not-in-round", "", ""},
		{"municipality that takes no part", func(s *Save) { s.Municipality = "oslo" }, fault.NotFound, "error.assessment.no-part", "", ""},
		{"unknown round", func(s *Save) { s.Round = "nothing" }, fault.NotFound, "error.round.unknown", "", ""},
		{"round in broken UTF-8", func(s *Save) { s.Round = "\xff" }, fault.Malformed, "error.malformed", "", ""},
		{"planned round", func(s *Save) { s.Round = planned.ID }, fault.Conflict, "error.round.not-open", "", ""},
		{"sealed", func(s *Save) { s.Round = sealed.ID }, fault.Conflict, "error.assessment.sealed", "", ""},
		{"handed in and sealed", func(s *Save) { s.Round = handedInAndSealed.ID }, fault.Conflict, "error.assessment.sealed", "", ""},
		{"handed in", func(s *Save) { s.Municipality = "tokke" }, fault.Conflict, "error.assessment.handed-in", "", ""},
		{"neither First nor Tag", func(s *Save) { s.First = false }, fault.TagRequired, "error.tag.required", "", ""},
		{"both First and Tag", func(s *Save) { s.Tag = "t" }, fault.Malformed, "error.tag.both", "", ""},
		{"First on one that is there", func(s *Save) { s.Question = "x.d1" }, fault.Stale, "error.answer.stale", "", ""},
		{"Tag on none", func(s *Save) { s.First, s.Tag = false, "t" }, fault.Stale, "error.answer.stale", "", ""},
		{"edit id too long", func(s *Save) { s.Edit = strings.Repeat("e", maxEditID+1) }, fault.Malformed, "error.edit-id", "", ""},
		{"edit id in broken UTF-8", func(s *Save) { s.Edit = "\xff" }, fault.Malformed, "error.edit-id", "", ""},
	}
	before := w.stored("assessments")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			save := base
			save.Value.Level = new(3)
			tt.change(&save)
			_, err := w.service.SaveAnswer(t.Context(), contributor(save.Municipality), save)
			f := wantFault(t, err, tt.code, tt.key)
			if tt.code == fault.Invalid && f != nil && (len(f.Fields) != 1 || f.Fields[0].Name != tt.field || f.Fields[0].Key != tt.text) {
				t.Errorf("fields %v, want %s at %s", f.Fields, tt.text, tt.field)
			}
			if now := w.stored("assessments"); !maps.Equal(before, now) {
				t.Error("something was written")
			}
		})
	}
	for name, actor := range map[string]org.Actor{
		"nobody": {}, "leader": as(org.Leader, "larvik"), "neighbour": coordinator("tokke"), "lead": lead(), "system": org.SystemActor("seal"),
		"administrator": {Person: "p", Grants: []org.Grant{{Role: org.Administrator}}},
	} {
		_, err := w.service.SaveAnswer(t.Context(), actor, base)
		wantFault(t, err, fault.Forbidden, "error.forbidden")
		if !maps.Equal(before, w.stored("assessments")) {
			t.Errorf("%s wrote something", name)
		}
	}
	// At the limit in characters, which is more than twice as many bytes than the limit beyond it: taken.
	save := base
	save.Value.Note = long
	a := must(w.service.SaveAnswer(t.Context(), contributor("larvik"), save))(t)
	if a.Answer("x.d2").Note != long {
		t.Error("the longest note came back otherwise")
	}
	// Every fault of a value at once.
	save.Value = Value{Level: new(9), NotApplicable: " ", Note: "\xff"}
	save.First, save.Tag = false, a.Answer("x.d2").Tag
	_, err := w.service.SaveAnswer(t.Context(), contributor("larvik"), save)
	if f := wantFault(t, err, fault.Invalid, "error.answer"); len(f.Fields) < 3 {
		t.Errorf("fields %v", f.Fields)
	}
}

func TestSaveOrganisation(t *testing.T) {
	w := newWorld(t, 2)
	r := w.open("Høst 2026", "x", "y")
	save := SaveOrganisation{Round: r.ID, Municipality: "larvik", Task: "x", First: true, Edit: "e1", Data: OrganisationData{
		Status: Organised, Reason: "only not-relevant has one", Carrier: "own", Responsible: "it", Contributing: []TaskRole{"vendor", "it", "vendor", "user"}}}
	a := must(w.service.SaveOrganisation(t.Context(), contributor("larvik"), save))(t)
	got := a.Organisation("x")
	if got.Status != Organised || got.Reason != "" || got.Carrier != "own" || !slices.Equal(got.Contributing, []TaskRole{"vendor", "user"}) || got.By != "p-contributor-larvik" {
		t.Errorf("%+v", got)
	}
	if o := a.Organisation("y"); o.Status != NotClarified || o.Tag != "" {
		t.Errorf("a task nobody has looked at: %+v", o)
	}
	before := w.stored("assessments")
	must(w.service.SaveOrganisation(t.Context(), contributor("larvik"), save))(t) // the same edit again
	base := SaveOrganisation{Round: r.ID, Municipality: "larvik", Task: "x", Tag: got.Tag, Data: OrganisationData{Status: InOperation}}
	for name, tt := range map[string]struct {
		change func(*SaveOrganisation)
		code   fault.Code
		key    string
	}{
		"unknown status":                {func(s *SaveOrganisation) { s.Data.Status = "done" }, fault.Invalid, "error.organisation"},
		"no status":                     {func(s *SaveOrganisation) { s.Data.Status = "" }, fault.Invalid, "error.organisation"},
		"not relevant without a reason": {func(s *SaveOrganisation) { s.Data.Status, s.Data.Reason = NotRelevant, " " }, fault.Invalid, "error.organisation"},
		"reason too long": {func(s *SaveOrganisation) {
			s.Data.Status, s.Data.Reason = NotRelevant, strings.Repeat("a", MaxReason+1)
		}, fault.Invalid, "error.organisation"},
		"unknown carrier":                 {func(s *SaveOrganisation) { s.Data.Carrier = "nobody" }, fault.Invalid, "error.organisation"},
		"unknown responsible role":        {func(s *SaveOrganisation) { s.Data.Responsible = "king" }, fault.Invalid, "error.organisation"},
		"unknown contributing role":       {func(s *SaveOrganisation) { s.Data.Contributing = []TaskRole{"it", "king", "queen"} }, fault.Invalid, "error.organisation"},
		"unknown task":                    {func(s *SaveOrganisation) { s.Task = "q" }, fault.NotFound, "error.task.not-in-round"},
		"task not in the round":           {func(s *SaveOrganisation) { s.Task = "z" }, fault.NotFound, "error.task.not-in-round"},
		"no precondition":                 {func(s *SaveOrganisation) { s.Tag = "" }, fault.TagRequired, "error.tag.required"},
		"first on one that is there":      {func(s *SaveOrganisation) { s.First, s.Tag = true, "" }, fault.Stale, "error.answer.stale"},
		"another tag":                     {func(s *SaveOrganisation) { s.Tag = "t" }, fault.Stale, "error.answer.stale"},
		"municipality that takes no part": {func(s *SaveOrganisation) { s.Municipality = "oslo" }, fault.NotFound, "error.assessment.no-part"},
	} {
		save := base
		tt.change(&save)
		_, err := w.service.SaveOrganisation(t.Context(), contributor(save.Municipality), save)
		f := wantFault(t, err, tt.code, tt.key)
		if f != nil && f.Code == fault.Invalid && len(f.Fields) != 1 {
			t.Errorf("%s: fields %v", name, f.Fields)
		}
		if f != nil && f.Code == fault.Stale {
			if lost := f.Detail.(LostOrganisation); lost.Yours.Status != InOperation || lost.Theirs.Status != Organised {
				t.Errorf("%s: %+v", name, lost)
			}
		}
	}
	if !maps.Equal(before, w.stored("assessments")) {
		t.Error("a refused or repeated save wrote something")
	}
	_, err := w.service.SaveOrganisation(t.Context(), as(org.Leader, "larvik"), base)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	w.handIn(r.ID, "larvik")
	_, err = w.service.SaveOrganisation(t.Context(), contributor("larvik"), base)
	wantFault(t, err, fault.Conflict, "error.assessment.handed-in")
	w.close(r.ID)
	_, err = w.service.SaveOrganisation(t.Context(), contributor("larvik"), base)
	wantFault(t, err, fault.Conflict, "error.assessment.sealed")
}

// Not relevant makes the task's questions not applicable; undoing it brings the answers back.
func TestNotRelevantAndBack(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	c := w.service.catalogues[small]
	w.answer(r.ID, "larvik", "x.d1=4 x.d2=2 y.d1=1")
	read := func() (Count, Figure) {
		a := must(w.service.Assessment(t.Context(), as(org.Leader, "larvik"), r.ID, "larvik"))(t)
		return a.Counts(c)[OfTask("x")], Calculate(c, a.Scope, &a)[OfTask("x")]
	}
	if n, f := read(); n != (Count{2, 3}) || f != (Figure{3000, true, 2, 3}) {
		t.Errorf("%+v %+v", n, f)
	}
	w.answer(r.ID, "larvik", "!x")
	if n, f := read(); n != (Count{3, 3}) || f != (Figure{}) {
		t.Errorf("not relevant: %+v %+v", n, f)
	}
	a := must(w.service.Assessment(t.Context(), contributor("larvik"), r.ID, "larvik"))(t)
	must(w.service.SaveOrganisation(t.Context(), contributor("larvik"), SaveOrganisation{Round: r.ID, Municipality: "larvik", Task: "x",
		Tag: a.Organisation("x").Tag, Data: OrganisationData{Status: BeingClarified}}))(t)
	if n, f := read(); n != (Count{2, 3}) || f != (Figure{3000, true, 2, 3}) {
		t.Errorf("relevant again: %+v %+v", n, f)
	}
}

// Why a task was not relevant is kept while it is, through changes of other things, so that whoever pressed wrongly finds her words; it is no part of what
// the status says now.
func TestWhyNotRelevantIsKept(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	save := func(d OrganisationData) Organisation {
		t.Helper()
		old := must(w.service.Assessment(t.Context(), contributor("larvik"), r.ID, "larvik"))(t)
		tag := old.Organisation("x").Tag
		a := must(w.service.SaveOrganisation(t.Context(), contributor("larvik"), SaveOrganisation{Round: r.ID, Municipality: "larvik", Task: "x", First: tag == "", Tag: tag, Data: d}))(t)
		return a.Organisation("x")
	}
	const why = "Nabokommunen tar den, spør 01010750160"
	refuse := SaveOrganisation{Round: r.ID, Municipality: "larvik", Task: "x", First: true, Data: OrganisationData{Status: NotRelevant, Reason: why}}
	_, err := w.service.SaveOrganisation(t.Context(), contributor("larvik"), refuse)
	wantFault(t, err, fault.Invalid, "error.text.person-number")
	refuse.Confirmed = true
	must(w.service.SaveOrganisation(t.Context(), contributor("larvik"), refuse))(t)
	for _, d := range []OrganisationData{{Status: Organised}, {Status: Organised, Carrier: InterMunicipal}} {
		if o := save(d); o.FormerReason != why || o.Reason != "" {
			t.Errorf("%+v", o)
		}
	}
	// A hand-in is read by more than who fills in, and says what holds.
	for _, o := range asHandedIn(must(w.service.Assessment(t.Context(), contributor("larvik"), r.ID, "larvik"))(t).Tasks.Slice()) {
		if o.FormerReason != "" || o.Status == "" {
			t.Errorf("handed in: %+v", o)
		}
	}
	if o := save(OrganisationData{Status: NotRelevant, Reason: why}); o.FormerReason != "" || o.Reason != why { // asked about once
		t.Errorf("%+v", o)
	}
}

func TestCounts(t *testing.T) {
	c := questionnaire(t, "small", "a: x=1,1,2 y=1,1; b: z=1")
	a := answered("x.d1=1 x.d2=na x.d3=c2 y.d1= !z")
	a.Scope = Scope{"x", "z"}
	want := map[Selection]Count{OfTask("x"): {2, 3}, OfArea("a"): {2, 3}, OfTask("z"): {1, 1}, OfArea("b"): {1, 1}, Whole: {3, 4}}
	if got := a.Counts(c); !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

// Why a question does not apply comes from a list; words alone, as they were saved before there was one and as a program may still send them,
// are another reason than those on it. What is published is the same whatever the reason.
func TestNotApplicable(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	save := func(q catalogue.QuestionKey, v Value) Answer {
		t.Helper()
		a := must(w.service.SaveAnswer(t.Context(), contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: q, Value: v, First: true}))(t)
		return a.Answer(q)
	}
	if got := save("x.d1", Value{NotApplicable: " Nabokommunen gjør det. "}); got.NotApplicableReason != OtherExemption || got.NotApplicable != "Nabokommunen gjør det." {
		t.Errorf("words alone: %+v", got)
	}
	if got := save("x.d2", Value{NotApplicableReason: DoneByOther, ChangeReason: NewInsight}); got.NotApplicableReason != DoneByOther || got.NotApplicable != "" || got.ChangeReason != "" || !got.Given() {
		t.Errorf("a reason alone: %+v", got)
	}
	if old := (Value{NotApplicable: "r"}); old.Exemption() != OtherExemption || !old.Exempt() || !old.Given() {
		t.Errorf("as it was saved before: %s", old.Exemption())
	}
	c := w.service.catalogues[small]
	before, after := answered("x.d1=na x.d2=na x.d3=2"), w.own(r.ID)
	before.Scope, before.Municipality = after.Scope, after.Municipality
	w.answer(r.ID, "larvik", "x.d3=2")
	after = w.own(r.ID)
	if !reflect.DeepEqual(partOf(c, before), partOf(c, &after)) || after.Counts(c)[OfTask("x")] != (Count{3, 3}) {
		t.Errorf("published %+v, and before %+v", partOf(c, &after), partOf(c, before))
	}
}

// Fill is all or nothing, under the same rules.
func TestFill(t *testing.T) {
	w := newWorld(t, 2)
	r := w.open("Høst 2026", "x", "y")
	good := func() Fill {
		return Fill{Round: r.ID, Municipality: "larvik", Answers: []FillAnswer{{"x.d1", level(3)}, {"x.d2", Value{NotApplicable: "Nei."}}},
			Tasks: []FillTask{{"x", OrganisationData{Status: Organised}}}}
	}
	before := w.stored("assessments")
	for name, tt := range map[string]struct {
		change func(*Fill)
		code   fault.Code
		key    string
	}{
		"wrong level":           {func(f *Fill) { f.Answers[1].Value = level(6) }, fault.Invalid, "error.answer"},
		"unknown question":      {func(f *Fill) { f.Answers[1].Question = "q" }, fault.NotFound, "error.question.unknown"},
		"question not in round": {func(f *Fill) { f.Answers[1].Question = "z.d1" }, fault.NotFound, "error.question.not-in-round"},
		"question twice":        {func(f *Fill) { f.Answers[1].Question = "x.d1" }, fault.Stale, "error.answer.stale"},
		"task not in round":     {func(f *Fill) { f.Tasks[0].Task = "z" }, fault.NotFound, "error.task.not-in-round"},
		"wrong status":          {func(f *Fill) { f.Tasks[0].Data.Status = "x" }, fault.Invalid, "error.organisation"},
		"task twice":            {func(f *Fill) { f.Tasks = append(f.Tasks, f.Tasks[0]) }, fault.Stale, "error.answer.stale"},
		"no part":               {func(f *Fill) { f.Municipality = "oslo" }, fault.NotFound, "error.assessment.no-part"},
	} {
		fill := good()
		tt.change(&fill)
		_, err := w.service.Fill(t.Context(), contributor(fill.Municipality), fill)
		wantFault(t, err, tt.code, tt.key)
		if !maps.Equal(before, w.stored("assessments")) {
			t.Fatalf("%s: something was written", name)
		}
	}
	_, err := w.service.Fill(t.Context(), coordinator("tokke"), good())
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	a := must(w.service.Fill(t.Context(), contributor("larvik"), good()))(t)
	if a.Answers.Len() != 2 || *a.Answer("x.d1").Level != 3 || a.Answer("x.d1").Tag == "" || a.Organisation("x").Status != Organised {
		t.Errorf("%+v", a)
	}
	_, err = w.service.Fill(t.Context(), contributor("larvik"), good())
	wantFault(t, err, fault.Stale, "error.answer.stale")
	w.close(r.ID)
	_, err = w.service.Fill(t.Context(), contributor("larvik"), good())
	wantFault(t, err, fault.Conflict, "error.assessment.sealed")
}
