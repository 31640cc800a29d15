package assessment

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/internal/events"
	"helhet/internal/fault"
)

// Why levels changed is said once for a task, and by a question that has a reason of its own.
func TestMoves(t *testing.T) {
	w := newWorld(t, 1)
	c := w.service.catalogues[small]
	spring := w.open("Vår 2026")
	w.answer(spring.ID, "larvik", "x.d1=3 x.d2=2 x.d3=4 y.d1=2 y.d2=na z.d1=1")
	r := w.again("Høst 2026")
	w.carry(r.ID)
	moves := func(task catalogue.TaskKey) string {
		t.Helper()
		a := w.own(r.ID)
		p := must(w.service.Previous(t.Context(), contributor("larvik"), a))(t)
		return fmt.Sprint(a.Moves(p, c.Task(task)))
	}
	if got := moves("x") + moves("y") + moves("z"); got != "[][][]" {
		t.Errorf("carried, and changed: %s", got)
	}
	w.answer(r.ID, "larvik", "x.d1=4 x.d2=na x.d3=4 y.d1=1 y.d2=3")
	if got := moves("x") + moves("y"); got != "[{x.d1 3 4 }][{y.d1 2 1 }]" { // what became or was not applicable is no change of a level
		t.Errorf("%s", got)
	}
	a := must(w.service.SaveReason(t.Context(), contributor("larvik"), SaveReason{Round: r.ID, Municipality: "larvik", Task: "x", Reason: RealImprovement, First: true, Edit: "e"}))(t)
	if got := a.Reason("x"); got.Reason != RealImprovement || got.By != "p-contributor-larvik" || got.Tag == "" || got.At.IsZero() {
		t.Errorf("%+v", got)
	}
	w.answer(r.ID, "larvik", "x.d3=1")
	if got := moves("x"); got != "[{x.d1 3 4 real-improvement} {x.d3 4 1 real-improvement}]" {
		t.Errorf("%s", got)
	}
	own := w.answerOf(r.ID, "x.d3")
	must(w.service.SaveAnswer(t.Context(), contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "x.d3", Tag: own.Tag, Value: Value{Level: new(1), ChangeReason: NewInsight}}))(t)
	if got := moves("x"); got != "[{x.d1 3 4 real-improvement} {x.d3 4 1 new-insight}]" {
		t.Errorf("%s", got)
	}
	w.answer(r.ID, "larvik", "!x")
	if got := moves("x"); got != "[]" {
		t.Errorf("not relevant: %s", got)
	}
	if got := a.Moves(nil, c.Task("x")); got != nil {
		t.Errorf("without a round before: %v", got)
	}
}

// A reason is saved as an answer is: who builds on an older one is shown both.
func TestSaveReason(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026", "x", "y")
	base := SaveReason{Round: r.ID, Municipality: "larvik", Task: "x", Reason: NewRespondent, First: true, Edit: "e1"}
	stands := w.stored("assessments")
	for name, tt := range map[string]struct {
		change func(*SaveReason)
		code   fault.Code
		key    string
	}{
		"a reason of one's own": {func(s *SaveReason) { s.Reason = "luck" }, fault.Invalid, "error.change-reason"},
		"a task not covered":    {func(s *SaveReason) { s.Task = "z" }, fault.NotFound, "error.task.not-in-round"},
		"no tag":                {func(s *SaveReason) { s.First = false }, fault.TagRequired, "error.tag.required"},
		"a tag for none":        {func(s *SaveReason) { s.First, s.Tag = false, "t" }, fault.Stale, "error.answer.stale"},
		"another municipality":  {func(s *SaveReason) { s.Municipality = "tokke" }, fault.Forbidden, "error.forbidden"},
	} {
		save := base
		tt.change(&save)
		_, err := w.service.SaveReason(t.Context(), contributor("larvik"), save)
		wantFault(t, err, tt.code, tt.key)
		if !maps.Equal(stands, w.stored("assessments")) {
			t.Fatalf("%s: something was written", name)
		}
	}
	saved := must(w.service.SaveReason(t.Context(), contributor("larvik"), base))(t)
	first := saved.Reason("x")
	stands = w.stored("assessments")
	must(w.service.SaveReason(t.Context(), contributor("larvik"), base))(t)
	if !maps.Equal(stands, w.stored("assessments")) {
		t.Error("the same edit was written twice")
	}
	lost := wantFault(t, func() error {
		_, err := w.service.SaveReason(t.Context(), coordinator("larvik"), SaveReason{Round: r.ID, Municipality: "larvik", Task: "x", Reason: RealDecline, First: true})
		return err
	}(), fault.Stale, "error.answer.stale").Detail.(LostReason)
	if lost.Yours != RealDecline || lost.Theirs.Reason != NewRespondent || lost.Theirs.Tag != first.Tag {
		t.Errorf("%+v", lost)
	}
	// Two tasks never meet, and a reason can be taken back.
	must(w.service.SaveReason(t.Context(), coordinator("larvik"), SaveReason{Round: r.ID, Municipality: "larvik", Task: "y", Reason: RealDecline, First: true}))(t)
	a := must(w.service.SaveReason(t.Context(), contributor("larvik"), SaveReason{Round: r.ID, Municipality: "larvik", Task: "x", Tag: first.Tag}))(t)
	if a.Reason("x").Reason != "" || a.Reason("y").Reason != RealDecline || a.Reasons.Len() != 2 {
		t.Errorf("%+v", a.Reasons.Slice())
	}
	w.handIn(r.ID, "larvik")
	_, err := w.service.SaveReason(t.Context(), contributor("larvik"), SaveReason{Round: r.ID, Municipality: "larvik", Task: "x", Reason: NewInsight, Tag: a.Reason("x").Tag})
	wantFault(t, err, fault.Conflict, "error.assessment.handed-in")
	w.relay()
	entries, _, err := w.history.Of(t.Context(), "larvik", 100, "")
	if err != nil || !slices.ContainsFunc(entries, func(e events.Entry) bool {
		return e.Type == "reason.saved" && fmt.Sprint(e.Data) == `{"round":"vestfold-telemark-host-2026","task":"y"}`
	}) {
		t.Errorf("%v: the history has %v", err, entries)
	}
}
