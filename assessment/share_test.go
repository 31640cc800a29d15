package assessment

import (
	"maps"
	"slices"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"

	"pgregory.net/rapid"
)

// host makes a task of Tokke's inter-municipal and offers its answers to Larvik.
func (w *world) host(id RoundID, t catalogue.TaskKey) Share {
	w.t.Helper()
	a := must(w.service.Assessment(w.ctx(), contributor("tokke"), id, "tokke"))(w.t)
	tag := a.Organisation(t).Tag
	must(w.service.SaveOrganisation(w.ctx(), contributor("tokke"), SaveOrganisation{Round: id, Municipality: "tokke", Task: t, First: tag == "", Tag: tag,
		Data: OrganisationData{Status: "organised", Carrier: InterMunicipal}}))(w.t)
	return must(w.service.Share(w.ctx(), coordinator("tokke"), ShareTask{Round: id, Host: "tokke", Task: t, Partners: []org.MunicipalityID{"larvik"}}))(w.t)
}

func fromTokke(id RoundID, t catalogue.TaskKey) Receive {
	return Receive{Round: id, Municipality: "larvik", Task: t, Host: "tokke"}
}

// A partner gets levels and reasons on the list, unconfirmed, where nobody there has given her word; never a note, a word of the host's own, or
// what the host has not confirmed itself.
func TestReceive(t *testing.T) {
	w := newWorld(t, 3)
	spring := w.open("Vår 2026")
	w.answer(spring.ID, "larvik", "x.d1=5 x.d2=5")
	w.answer(spring.ID, "tokke", "x.d3=1")
	r := w.again("Høst 2026")
	must(w.service.Carry(t.Context(), contributor("tokke"), r.ID, "tokke"))(t) // x.d3, which Tokke does not confirm
	w.carry(r.ID)
	w.answer(r.ID, "larvik", "x.d2=2")
	for q, v := range map[catalogue.QuestionKey]Value{"x.d1": {Level: new(3), Note: "Hemmelig."}, "x.d2": {Level: new(4)}} {
		must(w.service.SaveAnswer(t.Context(), contributor("tokke"), Save{Round: r.ID, Municipality: "tokke", Question: q, First: true, Value: v}))(t)
	}
	w.answer(r.ID, "tokke", "y.d1=5")
	w.host(r.ID, "x")

	a := must(w.service.Receive(t.Context(), contributor("larvik"), fromTokke(r.ID, "x")))(t)
	if got, want := told(a), "x.d1=c3 x.d2=2"; got != want {
		t.Errorf("received %s, want %s", got, want)
	}
	if got := a.Answer("x.d1"); got.Note != "" || !got.Received() || *got.From != (Source{Round: r.ID, Kind: catalogue.Same, Municipality: "tokke"}) || got.By != "p-contributor-larvik" {
		t.Errorf("%+v from %+v", got, got.From)
	}
	c := w.service.catalogues[small]
	if n := a.Counts(c)[Whole]; n.Answered != 1 {
		t.Errorf("what is not confirmed counts: %+v", n)
	}
	if own := a.UnconfirmedOwn(c); len(own) != 0 {
		t.Errorf("it waits as the municipality's own: %v", own)
	}
	stands := w.stored("assessments")
	must(w.service.Receive(t.Context(), contributor("larvik"), fromTokke(r.ID, "x")))(t)
	must(w.service.UndoCarry(t.Context(), contributor("larvik"), r.ID, "larvik"))(t)
	if !maps.Equal(w.stored("assessments"), stands) {
		t.Error("received twice, or undone as last round's, it is another")
	}
	w.answer(r.ID, "tokke", "x.d1=4") // brought up to date while it waits
	if a = must(w.service.Receive(t.Context(), contributor("larvik"), fromTokke(r.ID, "x")))(t); told(a) != "x.d1=c4 x.d2=2" {
		t.Errorf("received again: %s", told(a))
	}
	carried := func(by Carrier) {
		tokke := must(w.service.Assessment(t.Context(), contributor("tokke"), r.ID, "tokke"))(t)
		at := tokke.Organisation("x")
		must(w.service.SaveOrganisation(t.Context(), contributor("tokke"), SaveOrganisation{Round: r.ID, Municipality: "tokke", Task: "x", Tag: at.Tag, Data: OrganisationData{Status: "organised", Carrier: by}}))(t)
	}
	carried("") // it is Tokke's own by now, so its answer is no one else's
	w.answer(r.ID, "tokke", "x.d1=3")
	_, err := w.service.Receive(t.Context(), contributor("larvik"), fromTokke(r.ID, "x"))
	wantFault(t, err, fault.Conflict, "error.share.nothing")
	carried(InterMunicipal)
	w.answer(r.ID, "tokke", "x.d1=4")
	a, done, err := w.service.Confirm(t.Context(), contributor("larvik"), Confirm{Round: r.ID, Municipality: "larvik", Task: "x", Answers: shown(a, "x.d1")})
	if err != nil || len(done.Done) != 1 || told(a) != "x.d1=4 x.d2=2" {
		t.Errorf("confirmed: %s, %+v, %v", told(a), done, err)
	}
	_, err = w.service.Receive(t.Context(), contributor("larvik"), fromTokke(r.ID, "x"))
	wantFault(t, err, fault.Conflict, "error.share.nothing")
	if a = must(w.service.GiveBack(t.Context(), contributor("larvik"), fromTokke(r.ID, "x")))(t); told(a) != "x.d1=4 x.d2=2" {
		t.Errorf("what somebody has confirmed is taken away: %s", told(a))
	}
}

// Who may offer what to whom, and take it.
func TestShareRefuses(t *testing.T) {
	w := newWorld(t, 3)
	r := w.open("Høst 2026", "x", "y")
	w.answer(r.ID, "tokke", "x.d1=3")
	offer := ShareTask{Round: r.ID, Host: "tokke", Task: "x", Partners: []org.MunicipalityID{"larvik"}}
	_, err := w.service.Share(t.Context(), coordinator("tokke"), offer)
	wantFault(t, err, fault.Conflict, "error.share.not-inter-municipal")
	_, err = w.service.Receive(t.Context(), contributor("larvik"), fromTokke(r.ID, "x"))
	wantFault(t, err, fault.NotFound, "error.share.none")
	share := w.host(r.ID, "x")
	for _, actor := range []org.Actor{contributor("tokke"), leader("tokke"), coordinator("larvik"), lead()} {
		_, err = w.service.Share(t.Context(), actor, offer)
		wantFault(t, err, fault.Forbidden, "error.forbidden")
	}
	for _, partner := range []org.MunicipalityID{"tokke", "oslo", ""} {
		offer.Tag, offer.Partners = share.Tag, []org.MunicipalityID{partner}
		if _, err = w.service.Share(t.Context(), coordinator("tokke"), offer); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("offered to %q: %v", partner, err)
		}
	}
	offer.Tag, offer.Partners = "", []org.MunicipalityID{"seljord"}
	_, err = w.service.Share(t.Context(), coordinator("tokke"), offer)
	wantFault(t, err, fault.Stale, "error.share.stale")
	offer.Task = "z"
	_, err = w.service.Share(t.Context(), coordinator("tokke"), offer)
	wantFault(t, err, fault.NotFound, "error.task.not-in-round")

	seljord := Receive{Round: r.ID, Municipality: "seljord", Task: "x", Host: "tokke"}
	_, err = w.service.Receive(t.Context(), contributor("seljord"), seljord) // it is not theirs
	wantFault(t, err, fault.NotFound, "error.share.none")
	_, err = w.service.Receive(t.Context(), leader("larvik"), fromTokke(r.ID, "x"))
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	_, err = w.service.Receive(t.Context(), contributor("larvik"), fromTokke(r.ID, "y"))
	wantFault(t, err, fault.NotFound, "error.share.none")

	must(w.service.Receive(t.Context(), contributor("larvik"), fromTokke(r.ID, "x")))(t)
	must(w.service.Share(t.Context(), coordinator("tokke"), ShareTask{Round: r.ID, Host: "tokke", Task: "x", Tag: share.Tag}))(t) // to nobody any more
	_, err = w.service.Receive(t.Context(), contributor("larvik"), fromTokke(r.ID, "x"))
	wantFault(t, err, fault.NotFound, "error.share.none")
	if a := w.own(r.ID); told(a) != "x.d1=c3" {
		t.Errorf("what was taken is %s", told(a))
	}
	w.handIn(r.ID, "larvik")
	_, err = w.service.GiveBack(t.Context(), contributor("larvik"), fromTokke(r.ID, "x"))
	if fault.CodeOf(err) != fault.Conflict {
		t.Errorf("what is handed in is changed: %v", err)
	}
}

// Whatever a host has answered: what it shares is exactly the levels that it has confirmed, with no word beside them.
func TestSharedIsWhatIsConfirmed(t *testing.T) {
	c := smallCatalogue(t)
	rapid.Check(t, func(t *rapid.T) {
		answers := func(label string) *Assessment {
			a := &Assessment{}
			for _, q := range c.Task("x").Questions {
				switch rapid.IntRange(0, 3).Draw(t, label+string(q.Key)) {
				case 1:
					a.put(Answer{Question: q.Key, Tag: "t", Value: Value{Level: new(rapid.IntRange(0, 5).Draw(t, "level")), Note: "note"}})
				case 2:
					a.put(Answer{Question: q.Key, Tag: "t", Carried: true, Value: Value{Level: new(1)}})
				case 3:
					a.put(Answer{Question: q.Key, Tag: "t", Value: Value{NotApplicableReason: OtherExemption, NotApplicable: "words"}})
				}
			}
			return a
		}
		host := answers("host")
		host.putOrganisation(Organisation{Task: "x", OrganisationData: OrganisationData{Status: "organised", Carrier: InterMunicipal}})
		for _, given := range sharedBy(host, c, "x") {
			stands := host.Answer(given.Question)
			if stands.Carried || stands.Level == nil || *given.Level != *stands.Level || given.Note != "" || given.NotApplicable != "" || !given.Carried {
				t.Errorf("%+v of %+v", given, stands)
			}
		}
		if want := len(slices.DeleteFunc(host.Answers.Slice(), func(a Answer) bool { return a.Carried || a.Level == nil })); len(sharedBy(host, c, "x")) != want {
			t.Errorf("%d of %d arrive", len(sharedBy(host, c, "x")), want)
		}
	})
}
