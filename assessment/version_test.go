package assessment

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"

	"pgregory.net/rapid"
)

// Each hand-in is kept as it was, each step is told in its order, and what is handed in again unchanged is the same version.
func TestVersionsOfAHandIn(t *testing.T) {
	w := newWorld(t, 2)
	ctx := t.Context()
	r := w.open("Høst 2026")
	w.wantApproval("larvik")
	read := func() Assessment {
		t.Helper()
		return must(w.service.Assessment(ctx, leader("larvik"), r.ID, "larvik"))(t)
	}
	w.answer(r.ID, "larvik", "x.d1=3 x.d2=na")
	ask := w.asked(r.ID, "larvik")
	must(w.service.Return(ctx, leader("larvik"), r.ID, "larvik", ask, "Se på x"))(t)
	w.advance(time.Hour)
	ask = w.asked(r.ID, "larvik")
	must(w.service.Approve(ctx, leader("larvik"), r.ID, "larvik", ask))(t)
	must(w.service.TakeBack(ctx, coordinator("larvik"), r.ID, "larvik"))(t)
	w.answer(r.ID, "larvik", "x.d1=4 !y")
	ask = w.asked(r.ID, "larvik")
	a := read()
	if a.ApprovedBy != "" || a.State != Waiting {
		t.Errorf("an approval survived: %+v", a)
	}
	must(w.service.Approve(ctx, leader("larvik"), r.ID, "larvik", ask))(t)
	if err := w.service.SendBack(ctx, lead(), r.ID, "larvik", "En gang til"); err != nil {
		t.Fatal(err)
	}
	steps := read().HandIns
	var told []string
	for _, s := range steps {
		told = append(told, fmt.Sprintf("%s %s %s", s.Step, s.By, s.Message))
	}
	want := []string{"asked p-coordinator-larvik ", "returned p-leader-larvik Se på x", "asked p-coordinator-larvik ", "approved p-leader-larvik ", "taken-back p-coordinator-larvik ",
		"asked p-coordinator-larvik ", "approved p-leader-larvik ", "sent-back p-lead En gang til"}
	if !slices.Equal(told, want) {
		t.Fatalf("%q", told)
	}
	for i, s := range steps {
		if first := i < 5; (s.Version == steps[0].Version) != first || s.Version == "" {
			t.Errorf("step %d names version %s of %s and %s", i, s.Version, steps[0].Version, steps[7].Version)
		}
	}
	before := must(w.service.Version(ctx, contributor("larvik"), r.ID, "larvik", steps[0].Version))(t)
	after := must(w.service.Version(ctx, contributor("larvik"), r.ID, "larvik", steps[7].Version))(t)
	if before.At != start.UTC().Truncate(time.Millisecond) || len(before.Answers) != 2 || len(after.Answers) != 2 {
		t.Errorf("%+v and %+v", before, after)
	}
	d := Compare(before, after)
	if answers, tasks := d.Answers, d.Tasks; len(answers) != 1 || len(d.Reasons) != 0 || answers[0].Question != "x.d1" || *answers[0].Before.Level != 3 || *answers[0].After.Level != 4 || len(tasks) != 1 || tasks[0].Before.Status != NotClarified || tasks[0].After.Status != NotRelevant {
		t.Errorf("%+v", d)
	}

	_, err := w.service.Version(ctx, lead(), r.ID, "larvik", steps[0].Version)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	_, err = w.service.Version(ctx, contributor("tokke"), r.ID, "tokke", steps[0].Version)
	wantFault(t, err, fault.NotFound, "error.version.unknown")
}

// All steps of an assessment that was handed in again and again can be listed, and what each handed in be opened, although the assessment itself holds
// the latest alone; also where moving the oldest was cut off.
func TestAllHandInsCanBeOpened(t *testing.T) {
	w := newWorld(t, 1)
	ctx := t.Context()
	r := w.open("Høst 2026")
	read := func() Assessment {
		t.Helper()
		return must(w.service.Assessment(ctx, contributor("larvik"), r.ID, "larvik"))(t)
	}
	const times = 2 * maxHandIns
	var versions []VersionID
	for i := range times {
		w.answer(r.ID, "larvik", fmt.Sprintf("x.d1=%d", i%6))
		w.relay() // so that no write moves events besides
		if i%3 == 0 {
			w.engine.BeforeWrites(failAfter(2 + i%handInsMoved)) // the version, the step, and then some of what is moved
		}
		w.handIn(r.ID, "larvik")
		w.engine.BeforeWrites(nil)
		a := read()
		versions = append(versions, a.HandIns[len(a.HandIns)-1].Version)
		must(w.service.TakeBack(ctx, coordinator("larvik"), r.ID, "larvik"))(t)
	}
	a := read()
	if len(a.HandIns) > maxHandIns || int(a.Earlier)+len(a.HandIns) != 2*times {
		t.Fatalf("it holds %d steps and has moved %d", len(a.HandIns), a.Earlier)
	}
	var all []HandInStep
	for below := int64(0); ; {
		some := must(w.service.HandInSteps(ctx, contributor("larvik"), a, below, 7))(t)
		for _, h := range some {
			if want := int64(2*times - len(all)); h.Number != want {
				t.Fatalf("%d comes in the place of %d", h.Number, want)
			}
			below, all = h.Number, append(all, h.HandInStep)
		}
		if len(some) < 7 {
			break
		}
	}
	slices.Reverse(all)
	if len(all) != 2*times {
		t.Fatalf("%d steps are listed of %d", len(all), 2*times)
	}
	for i, step := range all {
		want := []HandInKind{StepHandedIn, StepTakenBack}[i%2]
		if step.Step != want || step.Version != versions[i/2] {
			t.Errorf("step %d is %+v, want %s of %s", i, step, want, versions[i/2])
		}
	}
	for i, v := range versions {
		if opened, err := w.service.Version(ctx, contributor("larvik"), r.ID, "larvik", v); err != nil || *opened.Answers[0].Level != i%6 {
			t.Errorf("hand-in %d: %+v %v", i, opened.Answers, err)
		}
	}
	_, err := w.service.Version(ctx, contributor("larvik"), r.ID, "larvik", "nosuch")
	wantFault(t, err, fault.NotFound, "error.version.unknown")
	_, err = w.service.HandInSteps(ctx, lead(), a, 0, 7)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
}

// Why levels changed is part of what was handed in: it is another version when only that is another. What a build kept that did not know of it is read
// and says nothing of it.
func TestAVersionHasItsReasons(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	w.answer(r.ID, "larvik", "x.d1=3")
	handedIn := func() (VersionID, Version) {
		t.Helper()
		w.handIn(r.ID, "larvik")
		a := must(w.service.TakeBack(w.ctx(), coordinator("larvik"), r.ID, "larvik"))(t)
		id := a.HandIns[len(a.HandIns)-1].Version
		return id, must(w.service.Version(w.ctx(), contributor("larvik"), r.ID, "larvik", id))(t)
	}
	reason := func(why ChangeReason) {
		t.Helper()
		now := w.own(r.ID)
		tag := now.Reason("x").Tag
		must(w.service.SaveReason(w.ctx(), contributor("larvik"), SaveReason{Round: r.ID, Municipality: "larvik", Task: "x", Reason: why, First: tag == "", Tag: tag}))(t)
	}
	_, none := handedIn()
	reason(NewInsight)
	first, insight := handedIn()
	reason(RealDecline)
	second, decline := handedIn()
	if first == second {
		t.Error("it is the same version")
	}
	if d := Compare(insight, decline); len(d.Reasons) != 1 || d.Reasons[0] != (ReasonChange{Task: "x", Before: NewInsight, After: RealDecline}) || len(d.Answers)+len(d.Tasks) != 0 {
		t.Errorf("%+v", d)
	}
	if d := Compare(none, decline); !none.TellsReasons() || len(d.Reasons) != 1 || d.Reasons[0].Before != "" {
		t.Errorf("none was given before: %+v", d)
	}
	own := Answer{Question: "x.d1", Value: Value{Level: new(3), ChangeReason: RealImprovement}}
	if d := Compare(none, Version{Answers: []Answer{own}}); len(d.Reasons) != 1 || d.Reasons[0].Question != "x.d1" || len(d.Answers) != 0 {
		t.Errorf("a question's own: %+v", d)
	}

	stored := must(w.service.versions.Get(w.ctx(), versionID(r.ID, "larvik", first)))(t)
	stored.Value.Reasons = nil // as it was kept before
	must(w.service.versions.Replace(w.ctx(), stored))(t)
	old := must(w.service.Version(w.ctx(), contributor("larvik"), r.ID, "larvik", first))(t)
	if d := Compare(old, decline); old.TellsReasons() || !d.None() {
		t.Errorf("one that does not tell: %+v", d)
	}
}

// What is kept is what was handed in, whoever saves an answer at which moment; and a hand-in that was cut off shows nothing.
func TestAVersionIsWhatWasHandedIn(t *testing.T) {
	for n := 1; ; n++ {
		w := newWorld(t, 1)
		r := w.open("Høst 2026")
		w.answer(r.ID, "larvik", "x.d1=3")
		interfered := w.beforeWrite(n, func() {
			a := must(w.other.Assessment(w.ctx(), contributor("larvik"), r.ID, "larvik"))(t)
			must(w.other.SaveAnswer(w.ctx(), contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Value: level(5), Tag: a.Answer("x.d1").Tag}))(t)
		}, func() { w.handIn(r.ID, "larvik") })
		if !interfered {
			if n < 3 {
				t.Errorf("a hand-in wrote %d times", n-1)
			}
			break
		}
		a := must(w.other.Assessment(w.ctx(), contributor("larvik"), r.ID, "larvik"))(t)
		v := must(w.other.Version(w.ctx(), contributor("larvik"), r.ID, "larvik", a.HandIns[0].Version))(t)
		if *a.Answer("x.d1").Level != 5 || len(v.Answers) != 1 || *v.Answers[0].Level != 5 {
			t.Errorf("before write %d: handed in %+v, kept %+v", n, a.Answer("x.d1"), v.Answers)
		}
	}

	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	w.engine.BeforeWrites(failAfter(1))
	if _, err := w.service.HandIn(w.ctx(), coordinator("larvik"), r.ID, "larvik"); err == nil {
		t.Fatal("it was not cut off")
	}
	w.engine.BeforeWrites(nil)
	kept := slices.Collect(maps.Keys(w.stored("versions")))
	if len(kept) != 1 {
		t.Fatal(kept)
	}
	_, err := w.service.Version(w.ctx(), coordinator("larvik"), r.ID, "larvik", VersionID(kept[0][strings.LastIndex(kept[0], "/")+1:]))
	wantFault(t, err, fault.NotFound, "error.version.unknown")
}

// Put into the earlier version, the differences give the later one; and a version does not differ from itself.
func TestDifferencesLeadFromOneToTheOther(t *testing.T) {
	questions := []catalogue.QuestionKey{"a", "b", "c", "d"}
	tasks := []catalogue.TaskKey{"x", "y"}
	version := rapid.Custom(func(t *rapid.T) Version {
		var v Version
		for _, q := range questions {
			if rapid.Bool().Draw(t, "answered") {
				a := Answer{Question: q, Tag: rapid.StringN(1, 4, 4).Draw(t, "tag")}
				a.Note = rapid.SampledFrom([]string{"", "n"}).Draw(t, "note")
				a.ChangeReason = rapid.SampledFrom([]ChangeReason{"", NewInsight, RealDecline}).Draw(t, "own")
				if rapid.Bool().Draw(t, "level") {
					l := rapid.IntRange(0, 1).Draw(t, "which")
					a.Level = &l
				}
				v.Answers = append(v.Answers, a)
			}
		}
		for _, k := range tasks {
			if rapid.Bool().Draw(t, "organised") {
				v.Tasks = append(v.Tasks, Organisation{Task: k, OrganisationData: OrganisationData{Status: rapid.SampledFrom(Statuses).Draw(t, "status")}})
			}
			if rapid.Bool().Draw(t, "reason") {
				v.Reasons = append(v.Reasons, TaskReason{Task: k, Reason: rapid.SampledFrom(append([]ChangeReason{""}, ChangeReasons...)).Draw(t, "why")})
			}
		}
		v.Reasons = append([]TaskReason{}, v.Reasons...)
		return v
	})
	said := func(v Version) (map[catalogue.QuestionKey]string, map[catalogue.TaskKey]Status, map[string]ChangeReason) {
		answers, organised, why := map[catalogue.QuestionKey]string{}, map[catalogue.TaskKey]Status{}, map[string]ChangeReason{}
		for _, q := range questions {
			answers[q] = words(Value{})
		}
		for _, k := range tasks {
			organised[k] = NotClarified
		}
		for _, a := range v.Answers {
			answers[a.Question] = words(a.Value)
			why[string(a.Question)] = a.ChangeReason
		}
		for _, o := range v.Tasks {
			organised[o.Task] = o.Status
		}
		for _, r := range v.Reasons {
			why[string(r.Task)] = r.Reason
		}
		maps.DeleteFunc(why, func(_ string, r ChangeReason) bool { return r == "" })
		return answers, organised, why
	}
	rapid.Check(t, func(t *rapid.T) {
		before, after := version.Draw(t, "before"), version.Draw(t, "after")
		if d := Compare(before, before); !d.None() {
			t.Fatalf("it differs from itself: %v", d)
		}
		answers, organised, why := said(before)
		d := Compare(before, after)
		for _, c := range d.Answers {
			if answers[c.Question] != words(c.Before) {
				t.Fatalf("%s was %s, not %s", c.Question, answers[c.Question], words(c.Before))
			}
			answers[c.Question] = words(c.After)
		}
		for _, c := range d.Tasks {
			organised[c.Task] = c.After.Status
		}
		for _, c := range d.Reasons {
			what := string(c.Task) + string(c.Question)
			if why[what] != c.Before {
				t.Fatalf("%s had %q, not %q", what, why[what], c.Before)
			}
			if why[what] = c.After; c.After == "" {
				delete(why, what)
			}
		}
		if wantAnswers, wantOrganised, wantWhy := said(after); !maps.Equal(answers, wantAnswers) || !maps.Equal(organised, wantOrganised) || !maps.Equal(why, wantWhy) {
			t.Fatalf("%v %v %v, want %v %v %v", answers, organised, why, wantAnswers, wantOrganised, wantWhy)
		}
	})
}

func words(v Value) string {
	if v.Level == nil {
		return "- " + v.Note
	}
	return fmt.Sprint(*v.Level, " ", v.Note)
}
