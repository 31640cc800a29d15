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
	answers, tasks := Differences(before, after)
	if len(answers) != 1 || answers[0].Question != "x.d1" || *answers[0].Before.Level != 3 || *answers[0].After.Level != 4 || len(tasks) != 1 || tasks[0].Before.Status != NotClarified || tasks[0].After.Status != NotRelevant {
		t.Errorf("%+v %+v", answers, tasks)
	}

	_, err := w.service.Version(ctx, lead(), r.ID, "larvik", steps[0].Version)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	_, err = w.service.Version(ctx, contributor("tokke"), r.ID, "tokke", steps[0].Version)
	wantFault(t, err, fault.NotFound, "error.version.unknown")
	for range maxHandIns {
		w.asked(r.ID, "larvik")
		must(w.service.TakeBack(ctx, coordinator("larvik"), r.ID, "larvik"))(t)
	}
	if n, kept := len(read().HandIns), len(w.stored("versions")); n != maxHandIns || kept != 2 {
		t.Errorf("it remembers %d steps and has kept %d versions", n, kept)
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
		}
		return v
	})
	said := func(v Version) (map[catalogue.QuestionKey]string, map[catalogue.TaskKey]Status) {
		answers, organised := map[catalogue.QuestionKey]string{}, map[catalogue.TaskKey]Status{}
		for _, q := range questions {
			answers[q] = words(Value{})
		}
		for _, k := range tasks {
			organised[k] = NotClarified
		}
		for _, a := range v.Answers {
			answers[a.Question] = words(a.Value)
		}
		for _, o := range v.Tasks {
			organised[o.Task] = o.Status
		}
		return answers, organised
	}
	rapid.Check(t, func(t *rapid.T) {
		before, after := version.Draw(t, "before"), version.Draw(t, "after")
		if a, o := Differences(before, before); len(a)+len(o) > 0 {
			t.Fatalf("it differs from itself: %v %v", a, o)
		}
		answers, organised := said(before)
		changed, moved := Differences(before, after)
		for _, c := range changed {
			if answers[c.Question] != words(c.Before) {
				t.Fatalf("%s was %s, not %s", c.Question, answers[c.Question], words(c.Before))
			}
			answers[c.Question] = words(c.After)
		}
		for _, c := range moved {
			organised[c.Task] = c.After.Status
		}
		if wantAnswers, wantOrganised := said(after); !maps.Equal(answers, wantAnswers) || !maps.Equal(organised, wantOrganised) {
			t.Fatalf("%v %v, want %v %v", answers, organised, wantAnswers, wantOrganised)
		}
	})
}

func words(v Value) string {
	if v.Level == nil {
		return "- " + v.Note
	}
	return fmt.Sprint(*v.Level, " ", v.Note)
}
