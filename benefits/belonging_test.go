package benefits

import (
	"context"
	"slices"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// withSteps gives a world whose municipality of Larvik has these steps in its plan.
func withSteps(w *world, ids ...assessment.StepID) {
	w.Steps = func(_ context.Context, _ org.Actor, m org.MunicipalityID, wanted []assessment.StepID) (steps []assessment.Step, _ error) {
		for _, id := range wanted {
			if m == "larvik" && slices.Contains(ids, id) {
				steps = append(steps, assessment.Step{ID: id, Municipality: m})
			}
		}
		return steps, nil
	}
}

// A task has given what the benefits that belong to it add up to: planned and measured are counted, an idea isn't, and neither is what was removed.
// It is one read, however many there are.
func TestWhatATaskHasGiven(t *testing.T) {
	w := newWorld(t)
	withSteps(w, "s-1", "s-2")
	belonging := func() Belonging { t.Helper(); return must(w.Belonging(w.ctx(), contributor(), "larvik"))(t) }
	if g := belonging().Task("henvise"); g.Benefits != 0 || g.Totals != nil {
		t.Errorf("before the first: %+v", g)
	}
	driving := full()
	driving.Shared, driving.Status, driving.Steps = "driving-hours", Planned, []assessment.StepID{"s-1", "s-2", "s-1"}
	first := w.walk(w.add(driving, leader().Person), Measuring)
	driving.Tasks, driving.Steps = []catalogue.TaskKey{"henvise"}, nil
	w.add(driving, leader().Person)
	own := full() // on an indicator of its own: it counts, and adds to nothing
	own.Status = Planned
	w.add(own, leader().Person)
	w.advance(time.Minute) // lists come in the order they were put down
	early := idea()
	early.Tasks, early.Steps = []catalogue.TaskKey{"henvise"}, []assessment.StepID{"s-2"}
	dropped := w.add(early, "")
	must(w.Measure(w.ctx(), coordinator(), Measure{Benefit: first.ID, Data: Measured{Figures: Figures{To: "2026-06-01", Value: "30"}}, Edit: "m"}))(t)

	ctx, reads := store.WithReads(w.ctx())
	g := must(w.Belonging(ctx, contributor(), "larvik"))(t)
	if n := reads.Documents.Load(); n != 1 {
		t.Errorf("%d documents read", n)
	}
	task := g.Task("henvise")
	if task.Benefits != 3 || task.Measured != 1 || len(task.Totals) != 1 {
		t.Fatalf("%+v", task)
	}
	if sum := task.Totals[0]; sum.Indicator != "driving-hours" || sum.Planned.Benefits != 2 || NumberOf(sum.Plan) != "35" || NumberOf(sum.Realised) != "10" {
		t.Errorf("%+v", sum)
	}
	if g.Task("gevinster").Benefits != 2 || g.Task("respons").Benefits != 0 {
		t.Error("a benefit counts where it belongs")
	}
	if n := len(g.OfTask("henvise")); n != 4 {
		t.Errorf("%d of the task, ideas too", n)
	}
	if ids := g.OfStep("s-2"); len(ids) != 2 || !slices.Contains(ids, first.ID) || !slices.Contains(ids, dropped.ID) || len(g.OfStep("s-1")) != 1 || len(g.OfStep("s-3")) != 0 {
		t.Errorf("of the step: %v", ids)
	}
	all := must(w.Many(w.ctx(), contributor(), "larvik", g.OfStep("s-2")))(t)
	if len(all) != 2 || all[0].ID != first.ID || len(all[0].Steps) != 2 {
		t.Errorf("%+v", all)
	}
	if _, err := w.Remove(w.ctx(), coordinator(), first.ID, must(w.Benefit(w.ctx(), coordinator(), first.ID))(t).Tag); err != nil {
		t.Fatal(err)
	}
	g = belonging()
	if task := g.Task("henvise"); task.Benefits != 2 || task.Measured != 0 || len(g.OfStep("s-1")) != 0 {
		t.Errorf("what was removed has given nothing: %+v", task)
	}
	if all := must(w.Many(w.ctx(), contributor(), "larvik", []ID{first.ID, dropped.ID, "b-nosuch"}))(t); len(all) != 1 {
		t.Errorf("%+v", all)
	}
	for _, other := range []org.Actor{as(org.Coordinator, "tokke"), {Person: "l", Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}} {
		_, err := w.Belonging(w.ctx(), other, "larvik")
		wantFault(t, err, fault.Forbidden, "error.forbidden")
		_, err = w.Many(w.ctx(), other, "larvik", []ID{dropped.ID})
		wantFault(t, err, fault.Forbidden, "error.forbidden")
	}
	if all := must(w.Many(w.ctx(), as(org.Coordinator, "tokke"), "tokke", []ID{dropped.ID}))(t); len(all) != 0 {
		t.Error("another municipality's benefit is read by its id")
	}
}

// A benefit comes of steps of its municipality's plan. One that is not there is refused beside the field; one that it had before and that is gone stays.
func TestABenefitComesOfSteps(t *testing.T) {
	w := newWorld(t)
	withSteps(w, "s-1")
	d := idea()
	d.Steps = []assessment.StepID{"s-1", "s-2"}
	_, _, err := w.Add(w.ctx(), coordinator(), Add{Municipality: "larvik", Data: d})
	if f := wantFault(t, err, fault.Invalid, "error.benefit.steps"); f.Fields[0].Name != "steps" {
		t.Errorf("%+v", f.Fields)
	}
	d.Steps = []assessment.StepID{"s-1"}
	b := w.add(d, "")
	withSteps(w)
	d.Title = "Another"
	b = must(w.Save(w.ctx(), coordinator(), Save{ID: b.ID, Data: d, Tag: b.Tag}))(t)
	if len(b.Steps) != 1 {
		t.Errorf("%v", b.Steps)
	}
	d.Steps = append(d.Steps, "s-9")
	_, err = w.Save(w.ctx(), coordinator(), Save{ID: b.ID, Data: d, Tag: b.Tag})
	wantFault(t, err, fault.Invalid, "error.benefit.steps")
	d.Steps = nil
	for i := range MaxSteps + 1 {
		d.Steps = append(d.Steps, assessment.StepID("s-"+string(rune('a'+i))))
	}
	_, err = w.Save(w.ctx(), coordinator(), Save{ID: b.ID, Data: d, Tag: b.Tag})
	if f := wantFault(t, err, fault.Invalid, "error.benefit"); f.Fields[0].Key != "error.benefit.steps.many" {
		t.Errorf("%+v", f.Fields)
	}
}

// What an older program wrote into a ledger says nothing of where benefits belong. Mending puts it there, though no benefit changed.
func TestMendingTellsAnOldLedgerWhereBenefitsBelong(t *testing.T) {
	w := newWorld(t)
	d := full()
	d.Status = Planned
	b := w.add(d, leader().Person)
	if _, err := w.ledgers.Update(w.ctx(), "larvik", func(l *Ledger) ([]store.Event, error) {
		l.Contributions = []Contribution{{Benefit: b.ID, Change: b.Change}}
		return nil, nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Mend(w.ctx(), org.SystemActor("benefit-sums"), start); err != nil {
		t.Fatal(err)
	}
	if g := must(w.Belonging(w.ctx(), contributor(), "larvik"))(t).Task("henvise"); g.Benefits != 1 {
		t.Errorf("%+v", g)
	}
}
