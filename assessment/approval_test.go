package assessment

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"helhet/internal/fault"
	"helhet/org"
)

func leader(m org.MunicipalityID) org.Actor { return as(org.Leader, m) }

// wantApproval has municipalities' leaders approve what they hand in.
func (w *world) wantApproval(municipalities ...org.MunicipalityID) {
	w.t.Helper()
	for _, m := range municipalities {
		if err := w.regions.SetApproval(w.ctx(), coordinator(m), region, m, true, w.service.now()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// asked hands a municipality's assessment in, and gives what its leader is asked.
func (w *world) asked(id RoundID, m org.MunicipalityID) string {
	w.t.Helper()
	return must(w.service.HandIn(w.ctx(), coordinator(m), id, m))(w.t).Ask
}

func TestLeaderApproves(t *testing.T) {
	w := newWorld(t, 2)
	ctx := t.Context()
	r := w.open("Høst 2026")
	w.wantApproval("larvik")
	w.answer(r.ID, "larvik", "x.d1=3")
	w.handIn(r.ID, "larvik", "tokke")
	if a := must(w.service.Assessment(ctx, coordinator("tokke"), r.ID, "tokke"))(t); a.State != HandedIn {
		t.Errorf("where no approval is wanted it is %s", a.State)
	}
	waiting := must(w.service.Assessment(ctx, leader("larvik"), r.ID, "larvik"))(t)
	if waiting.State != Waiting || waiting.Editable() || waiting.Ask == "" || waiting.HandedInBy != "p-coordinator-larvik" {
		t.Fatalf("%+v", waiting)
	}
	_, err := w.service.SaveAnswer(ctx, contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "x.d2", Value: level(1), First: true})
	wantFault(t, err, fault.Conflict, "error.assessment.waiting")
	if n := must(w.service.HandedInCount(ctx, lead(), r))(t); n != 1 {
		t.Errorf("what waits counts as handed in: %d", n)
	}
	if found := must(w.service.Waiting(ctx, leader("larvik"), "larvik"))(t); found == nil || found.Round != r.ID {
		t.Errorf("the leader finds %+v", found)
	}
	before := w.stored("assessments")
	w.handIn(r.ID, "larvik") // again
	for _, actor := range []org.Actor{coordinator("larvik"), contributor("larvik"), leader("tokke"), lead(), org.SystemActor("x"), {}} {
		_, err := w.service.Approve(ctx, actor, r.ID, "larvik", waiting.Ask)
		wantFault(t, err, fault.Forbidden, "error.forbidden")
		_, err = w.service.Return(ctx, actor, r.ID, "larvik", waiting.Ask, "x")
		wantFault(t, err, fault.Forbidden, "error.forbidden")
	}
	for _, ask := range []string{"", "another"} {
		_, err := w.service.Approve(ctx, leader("larvik"), r.ID, "larvik", ask)
		wantFault(t, err, fault.Conflict, "error.approval.changed")
		_, err = w.service.Return(ctx, leader("larvik"), r.ID, "larvik", ask, "x")
		wantFault(t, err, fault.Conflict, "error.approval.changed")
	}
	for _, message := range []string{"", " \n", "\xff", strings.Repeat("a", MaxReason+1), "a\x00"} {
		f := wantFault(t, second(w.service.Return(ctx, leader("larvik"), r.ID, "larvik", waiting.Ask, message)), fault.Invalid, "error.return")
		if len(f.Fields) == 0 || f.Fields[0].Name != "message" {
			t.Errorf("%q: %v", message, f.Fields)
		}
	}
	if !maps.Equal(before, w.stored("assessments")) {
		t.Error("what was refused has written")
	}

	w.advance(time.Hour)
	a := must(w.service.Approve(ctx, leader("larvik"), r.ID, "larvik", waiting.Ask))(t)
	if a.State != HandedIn || a.ApprovedBy != "p-leader-larvik" || a.HandedInBy != "p-coordinator-larvik" || !a.HandedInAt.Equal(w.service.now().UTC().Truncate(time.Millisecond)) {
		t.Errorf("%+v", a)
	}
	// Another leader, who saw the same, changes nothing and is told that it is approved.
	other := org.Actor{Person: "p-other", Grants: leader("larvik").Grants}
	if a := must(w.service.Approve(ctx, other, r.ID, "larvik", waiting.Ask))(t); a.ApprovedBy != "p-leader-larvik" {
		t.Errorf("approved by %s", a.ApprovedBy)
	}
	if a := must(w.service.TakeBack(ctx, coordinator("larvik"), r.ID, "larvik"))(t); a.State != Draft || a.ApprovedBy != "" || a.Ask != "" {
		t.Errorf("taken back: %+v", a)
	}
	_, err = w.service.Approve(ctx, leader("larvik"), r.ID, "larvik", waiting.Ask)
	wantFault(t, err, fault.Conflict, "error.approval.changed")

	w.relay()
	entries, _, err := w.history.Of(ctx, "larvik", 100, "")
	var kinds []string
	for _, e := range entries {
		if e.Collection == "assessments" && e.Type != "answer.saved" {
			kinds = append(kinds, e.Type)
		}
	}
	if slices.Sort(kinds); err != nil || !slices.Equal(kinds, []string{"assessment.approved", "assessment.taken-back", "assessment.waits"}) {
		t.Errorf("%v, %v", kinds, err)
	}
}

func second[T any](_ T, err error) error { return err }

// What a leader saw is what she approves: taken back, changed and handed in again is another thing.
func TestApprovalIsOfWhatWasSeen(t *testing.T) {
	w := newWorld(t, 1)
	ctx := t.Context()
	r := w.open("Høst 2026")
	w.wantApproval("larvik")
	w.answer(r.ID, "larvik", "x.d1=3")
	seen := w.asked(r.ID, "larvik")
	if a := must(w.service.TakeBack(ctx, coordinator("larvik"), r.ID, "larvik"))(t); a.State != Draft || !a.Editable() {
		t.Fatalf("%+v", a)
	}
	w.answer(r.ID, "larvik", "x.d1=5")
	again := w.asked(r.ID, "larvik")
	for _, err := range []error{second(w.service.Approve(ctx, leader("larvik"), r.ID, "larvik", seen)), second(w.service.Return(ctx, leader("larvik"), r.ID, "larvik", seen, "x"))} {
		wantFault(t, err, fault.Conflict, "error.approval.changed")
	}
	a := must(w.service.Return(ctx, leader("larvik"), r.ID, "larvik", again, " Se på x. "))(t)
	if a.State != Draft || a.Returned != "Se på x." || a.ReturnedBy != "p-leader-larvik" || !a.Editable() {
		t.Errorf("%+v", a)
	}
	if a := must(w.service.HandIn(ctx, coordinator("larvik"), r.ID, "larvik"))(t); a.Returned != "" || a.ReturnedBy != "" || a.State != Waiting {
		t.Errorf("handed in again: %+v", a)
	}
	// Switched off, what waits goes on waiting; what is handed in afterwards does not.
	if err := w.regions.SetApproval(ctx, coordinator("larvik"), region, "larvik", false, w.service.now()); err != nil {
		t.Fatal(err)
	}
	must(w.service.TakeBack(ctx, coordinator("larvik"), r.ID, "larvik"))(t)
	if a := must(w.service.HandIn(ctx, coordinator("larvik"), r.ID, "larvik"))(t); a.State != HandedIn {
		t.Errorf("without approval it is %s", a.State)
	}
}

// Two leaders answer differently and the coordinator takes it back, all at the same moment: one of them is heard, the others are told.
func TestApprovalRaces(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	w.wantApproval("larvik")
	w.answer(r.ID, "larvik", "x.d1=3")
	for n := range 12 {
		ask := w.asked(r.ID, "larvik")
		errs := make([]error, 3)
		var all sync.WaitGroup
		for i, do := range []func() error{
			func() error { return second(w.service.Approve(w.ctx(), leader("larvik"), r.ID, "larvik", ask)) },
			func() error {
				return second(w.service.Return(w.ctx(), leader("larvik"), r.ID, "larvik", ask, "Se på x."))
			},
			func() error { return second(w.service.TakeBack(w.ctx(), coordinator("larvik"), r.ID, "larvik")) },
		} {
			all.Go(func() { errs[i] = do() })
		}
		all.Wait()
		for i, err := range errs {
			if err != nil && fault.CodeOf(err) != fault.Conflict {
				t.Errorf("%d: %v", i, err)
			}
		}
		a := must(w.service.Assessment(w.ctx(), leader("larvik"), r.ID, "larvik"))(t)
		switch {
		case a.State == HandedIn && (errs[0] != nil || errs[1] == nil):
			t.Errorf("round %d: handed in, after %v", n, errs)
		case a.State == Draft && errs[0] == nil && errs[1] == nil:
			t.Errorf("round %d: both leaders were heard", n)
		case a.State != HandedIn && a.State != Draft:
			t.Errorf("round %d: it is %s", n, a.State)
		}
		must(w.service.TakeBack(w.ctx(), coordinator("larvik"), r.ID, "larvik"))(t)
	}
}

// What waits when the round closes is sealed as not handed in. A leader may still approve it until the publication; nobody else can move
// it but the regional lead, who may send it back.
func TestApprovalAfterClosing(t *testing.T) {
	w := newWorld(t, 4)
	ctx := t.Context()
	r := w.open("Høst 2026")
	all := []org.MunicipalityID{"larvik", "tokke", "seljord", "porsgrunn"}
	w.wantApproval(all...)
	asks := map[org.MunicipalityID]string{}
	for _, m := range all {
		w.answer(r.ID, m, "x.d1=3")
		asks[m] = w.asked(r.ID, m)
	}
	wantFault(t, w.service.SendBack(ctx, lead(), r.ID, "larvik", "x"), fault.Conflict, "error.send-back.draft")
	w.close(r.ID)
	_, err := w.service.TakeBack(ctx, coordinator("larvik"), r.ID, "larvik")
	wantFault(t, err, fault.Conflict, "error.assessment.sealed")
	_, err = w.service.Return(ctx, leader("larvik"), r.ID, "larvik", asks["larvik"], "x")
	wantFault(t, err, fault.Conflict, "error.approval.sealed")
	_, err = w.service.Approve(ctx, leader("larvik"), r.ID, "larvik", "another")
	wantFault(t, err, fault.Conflict, "error.approval.changed")
	if a := must(w.service.Approve(ctx, leader("larvik"), r.ID, "larvik", asks["larvik"]))(t); a.State != HandedIn || !a.Sealed {
		t.Errorf("%+v", a)
	}
	// Sent back late it waits again, and may be taken back while it does: then it is what was sent back.
	if err := w.service.SendBack(ctx, lead(), r.ID, "tokke", "Se på x."); err != nil {
		t.Fatal(err)
	}
	_, err = w.service.Approve(ctx, leader("tokke"), r.ID, "tokke", asks["tokke"])
	wantFault(t, err, fault.Conflict, "error.approval.changed")
	w.asked(r.ID, "tokke")
	if a := must(w.service.TakeBack(ctx, coordinator("tokke"), r.ID, "tokke"))(t); a.State != SentBack || a.Message != "Se på x." || !a.Editable() {
		t.Errorf("%+v", a)
	}
	if a := must(w.service.Approve(ctx, leader("tokke"), r.ID, "tokke", w.asked(r.ID, "tokke")))(t); a.State != HandedIn || a.Message != "" {
		t.Errorf("%+v", a)
	}
	if found := must(w.service.Waiting(ctx, leader("seljord"), "seljord"))(t); found == nil {
		t.Error("before the publication the leader finds nothing")
	}
	r = w.publish(r.ID)
	m := must(w.service.Manifest(ctx, lead(), r.Publication()))(t)
	if !slices.Equal(m.Parts, []org.MunicipalityID{"larvik", "tokke"}) || !slices.Equal(slices.Sorted(slices.Values(m.Missing)), []org.MunicipalityID{"porsgrunn", "seljord"}) {
		t.Errorf("%+v", m)
	}
	_, err = w.service.Approve(ctx, leader("seljord"), r.ID, "seljord", asks["seljord"])
	wantFault(t, err, fault.Conflict, "error.approval.published")
	if found := must(w.service.Waiting(ctx, leader("seljord"), "seljord"))(t); found != nil {
		t.Error("after the publication the leader still finds it")
	}
	// An erratum takes in what was sent back, handed in and approved; what still waits keeps what stands.
	for _, m := range []org.MunicipalityID{"larvik", "seljord"} {
		if err := w.service.SendBack(ctx, lead(), r.ID, m, "Se på x."); err != nil {
			t.Fatal(err)
		}
		w.answer(r.ID, m, "x.d1=5")
		asks[m] = w.asked(r.ID, m)
	}
	must(w.service.Approve(ctx, leader("seljord"), r.ID, "seljord", asks["seljord"]))(t)
	r = must(w.service.Erratum(ctx, lead(), r.ID, "Seljord var for sein."))(t)
	m = must(w.service.Manifest(ctx, lead(), r.Publication()))(t)
	if !slices.Equal(slices.Sorted(slices.Values(m.Parts)), []org.MunicipalityID{"larvik", "seljord", "tokke"}) {
		t.Errorf("%+v", m)
	}
	part := must(w.service.parts.Get(ctx, partID(r.Publication(), "larvik")))(t)
	if *part.Value.Answers[0].Level != 3 {
		t.Error("what waits for approval was published")
	}
	must(w.service.Approve(ctx, leader("larvik"), r.ID, "larvik", asks["larvik"]))(t)
}

// A late approval at any moment of a publication: it is published, or the publication or the approval fails; never is one acknowledged
// and left out.
func TestApprovalRacesPublish(t *testing.T) {
	w := newWorld(t, 2)
	w.wantApproval("tokke")
	for n := 0; ; n++ {
		r := w.open(fmt.Sprint("Runde ", n))
		w.answer(r.ID, "larvik", "x.d1=3")
		w.answer(r.ID, "tokke", "x.d1=5")
		w.handIn(r.ID, "larvik")
		ask := w.asked(r.ID, "tokke")
		w.close(r.ID)
		var approved, err error
		var published Round
		met := w.beforeWrite(n+1, func() { _, approved = w.other.Approve(w.ctx(), leader("tokke"), r.ID, "tokke", ask) },
			func() { published, err = w.service.Publish(t.Context(), lead(), r.ID) })
		if !met {
			if err != nil {
				t.Error(err)
			}
			return
		}
		if approved != nil {
			wantFault(t, approved, fault.Conflict, "error.busy")
		}
		if err != nil {
			wantFault(t, err, fault.Conflict, "error.busy")
			published = w.publish(r.ID)
		}
		m := must(w.service.Manifest(t.Context(), lead(), published.Publication()))(t)
		if approved == nil && !slices.Contains(m.Parts, "tokke") {
			t.Errorf("before write %d: approved, and missing in what is published", n+1)
		}
	}
}
