package assessment

import (
	"reflect"
	"testing"
)

// What an operation returns, and what a read shares, is what decoding the stored document gives.
func TestWhatIsToldIsWhatIsStored(t *testing.T) {
	w := newWorld(t, 2)
	same := func(what string, told, stored any) {
		t.Helper()
		if !reflect.DeepEqual(told, stored) {
			t.Errorf("%s told\n%#v\nstored is\n%#v", what, told, stored)
		}
	}
	r := w.open("Høst 2026")
	round := func(what string, told Round) {
		t.Helper()
		same(what, told, roundOf(must(w.service.rounds.Get(t.Context(), string(r.ID)))(t)))
		same(what+", read", must(w.service.Round(t.Context(), contributor("larvik"), r.ID))(t), told)
	}
	assessment := func(what string, told Assessment) {
		t.Helper()
		same(what, told, must(w.service.assessments.Get(t.Context(), assessmentID(r.ID, "larvik")))(t).Value)
		same(what+", read", must(w.service.Assessment(t.Context(), contributor("larvik"), r.ID, "larvik"))(t), told)
	}
	round("open", r)
	save := Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Value: Value{Level: new(3), Note: "Ja, ærleg talt."}, First: true, Edit: "e1"}
	a := must(w.service.SaveAnswer(t.Context(), contributor("larvik"), save))(t)
	assessment("a first answer", a)
	a = must(w.service.SaveAnswer(t.Context(), contributor("larvik"), save))(t)
	assessment("the same again", a)
	a = must(w.service.SaveAnswer(t.Context(), contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Tag: a.Answer("x.d1").Tag}))(t)
	assessment("taken back", a)
	organised := SaveOrganisation{Round: r.ID, Municipality: "larvik", Task: "x", First: true,
		Data: OrganisationData{Status: Organised, Carrier: "own", Responsible: "it", Contributing: []TaskRole{"training", "user"}}}
	assessment("organised", must(w.service.SaveOrganisation(t.Context(), coordinator("larvik"), organised))(t))
	assessment("why it changed", must(w.service.SaveReason(t.Context(), coordinator("larvik"), SaveReason{Round: r.ID, Municipality: "larvik", Task: "x", Reason: NewInsight, First: true}))(t))
	must(w.service.SaveAnswer(t.Context(), contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "x.d2", Value: level(3), First: true}))(t)
	spring := r
	r = w.again("Vår 2027")
	assessment("carried", w.carry(r.ID))
	a, _, err := w.service.Confirm(t.Context(), contributor("larvik"), Confirm{Round: r.ID, Municipality: "larvik", Task: "x", Answers: shown(w.own(r.ID), "x.d2"), Edit: "e"})
	if err != nil {
		t.Fatal(err)
	}
	assessment("confirmed", a)
	assessment("nothing left to undo", must(w.service.UndoCarry(t.Context(), contributor("larvik"), r.ID, "larvik"))(t))
	r = spring
	assessment("handed in", must(w.service.HandIn(t.Context(), coordinator("larvik"), r.ID, "larvik"))(t))
}
