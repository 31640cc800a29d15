package assessment

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"

	"pgregory.net/rapid"
)

// standing is a task with so many thousandths, answered so far that it may be compared.
func standing(k catalogue.TaskKey, score Score, ambition, open int) TaskPlan {
	t := TaskPlan{Task: k, Now: Standpoint{Figure: Figure{Score: score, Scored: true, Answered: 4, Applicable: 4}}, Ambition: Ambition{Task: k}, Open: open}
	if ambition >= 0 {
		t.Ambition.Level = &ambition
	}
	return t
}

func order(tasks []TaskPlan) string {
	var keys []string
	for _, t := range tasks {
		keys = append(keys, string(t.Task))
	}
	return strings.Join(keys, " ")
}

func TestWhatMattersComesFirst(t *testing.T) {
	few := standing("few", 0, 5, 0)
	few.Now.Answered = 3 // 75 %: shown, never compared
	tasks := []TaskPlan{
		standing("none", 1000, -1, 0), standing("above", 4500, 3, 0), standing("one", 3000, 4, 1), few, standing("one-too", 2000, 3, 0),
		standing("one-three", 1000, 2, 0), standing("most", 1250, 5, 7), standing("reached", 3000, 3, 0), standing("almost", 2999, 3, 0),
	}
	prioritise(tasks)
	if got := order(tasks); got != "most one-too one-three one almost none above few reached" {
		t.Error(got)
	}
	for task, want := range map[catalogue.TaskKey]string{"most": "3.750 true true", "almost": "0.001 true true", "reached": "0.000 true false", "none": "0.000 false false", "few": "0.000 false false"} {
		i := slices.IndexFunc(tasks, func(t TaskPlan) bool { return t.Task == task })
		gap, known := tasks[i].Gap()
		if got := fmt.Sprint(gap, " ", known, " ", tasks[i].Lacking()); got != want {
			t.Errorf("%s: %s, want %s", task, got, want)
		}
	}
	if gap, known := standing("above", 4500, 3, 0).Gap(); gap != -1500 || !known {
		t.Errorf("above its ambition by %d", -gap)
	}
}

// In whatever order tasks come, what matters comes first, and nothing is lost.
func TestPriorityIsALaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 24).Draw(t, "n")
		tasks := make([]TaskPlan, n)
		for i := range tasks {
			tasks[i] = standing(catalogue.TaskKey(fmt.Sprint("t", 10+i)), Score(rapid.IntRange(0, 5000).Draw(t, "score")), rapid.IntRange(-1, 5).Draw(t, "ambition"), rapid.IntRange(0, 2).Draw(t, "open"))
		}
		prioritise(tasks)
		for i := 1; i < n; i++ {
			a, _ := tasks[i-1].Gap()
			b, _ := tasks[i].Gap()
			a, b = max(a, 0), max(b, 0)
			switch {
			case a < b:
				t.Fatalf("a gap of %v before one of %v", a, b)
			case a == b && tasks[i-1].Open > 0 && tasks[i].Open == 0:
				t.Fatalf("of equal gaps one with steps comes first")
			case a == b && (tasks[i-1].Open > 0) == (tasks[i].Open > 0) && tasks[i-1].Task > tasks[i].Task:
				t.Fatalf("of equals %s comes before %s", tasks[i-1].Task, tasks[i].Task)
			}
		}
	})
}

// Open steps come by what matters: late ones first, then by their task's gap, then by their day.
func TestStepsByWhatMatters(t *testing.T) {
	plan := Improvement{Tasks: []TaskPlan{standing("far", 1000, 4, 1), standing("near", 2500, 3, 1), standing("unset", 1000, -1, 1), standing("above", 4000, 3, 1)}}
	step := func(what string, task catalogue.TaskKey, due Day) Step {
		return Step{Task: task, StepData: StepData{What: what, Due: due, Status: StepPlanned}}
	}
	done := step("done, as late", "far", "2026-01-01")
	done.Status = StepDone
	steps := []Step{
		done, step("late, unset", "unset", "2026-08-01"), step("late, far", "far", "2026-08-31"), step("today, gone", "gone", "2026-09-01"), step("soon, unset", "unset", "2026-09-02"),
		step("soon, above", "above", "2026-09-02"), step("later, near", "near", "2026-12-01"), step("later, far", "far", "2027-01-01"), step("sometime, far", "far", ""), step("sometime, near", "near", ""), step("sometime, unset", "unset", ""),
	}
	var got []string
	for _, s := range plan.Ordered(steps, "2026-09-01") {
		got = append(got, s.What)
	}
	if want := "late, far; late, unset; done, as late; later, far; sometime, far; later, near; sometime, near; today, gone; soon, unset; soon, above; sometime, unset"; strings.Join(got, "; ") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, "; "), want)
	}
	if steps[0].What != "done, as late" {
		t.Error("it has sorted the list it was given")
	}
}

// In whatever order steps come, none is before one that matters more, and nothing is lost.
func TestTheOrderOfStepsIsALaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := Improvement{}
		for i := range 5 {
			plan.Tasks = append(plan.Tasks, standing(catalogue.TaskKey(fmt.Sprint("t", i)), Score(rapid.IntRange(0, 5000).Draw(t, "score")), rapid.IntRange(-1, 5).Draw(t, "ambition"), 1))
		}
		prioritise(plan.Tasks)
		steps := make([]Step, rapid.IntRange(0, 20).Draw(t, "n"))
		for i := range steps {
			steps[i] = Step{ID: StepID(fmt.Sprint("s-", i)), Task: catalogue.TaskKey(fmt.Sprint("t", rapid.IntRange(0, 5).Draw(t, "task"))),
				StepData: StepData{Status: StepUnderWay, Due: rapid.SampledFrom([]Day{"", "2026-08-31", "2026-09-01", "2026-09-02"}).Draw(t, "due")}}
		}
		gap := func(s Step) Score { g, _ := plan.Task(s.Task).Gap(); return max(g, 0) }
		got := plan.Ordered(steps, "2026-09-01")
		seen := map[StepID]bool{}
		for i, b := range got {
			if seen[b.ID] = true; i == 0 {
				continue
			}
			a := got[i-1]
			late, gaps := a.Overdue("2026-09-01") == b.Overdue("2026-09-01"), gap(a) == gap(b)
			switch {
			case b.Overdue("2026-09-01") && !late:
				t.Fatalf("a late step after one that isn't: %+v, %+v", a, b)
			case late && gap(a) < gap(b):
				t.Fatalf("a gap of %v before one of %v", gap(a), gap(b))
			case late && gaps && (a.Due == "" && b.Due != "" || b.Due != "" && a.Due > b.Due):
				t.Fatalf("due %q before %q", a.Due, b.Due)
			}
		}
		if len(seen) != len(steps) {
			t.Fatalf("%d of %d steps", len(seen), len(steps))
		}
	})
}

// Where a municipality stands is what it answers now, where that is enough to compare, and else what was published last; never a draft of before.
func TestWhereAMunicipalityStands(t *testing.T) {
	w := newWorld(t, 2)
	ctx, a := w.ctx(), coordinator("larvik")
	read := func() string {
		t.Helper()
		plan := must(w.service.Improvement(ctx, a, "larvik"))(t)
		var all []string
		for _, k := range []catalogue.TaskKey{"x", "y", "z"} {
			now := plan.Task(k).Now
			text := "-"
			if now.Scored {
				text = now.Score.String() + " " + now.Name
			}
			all = append(all, text)
		}
		return strings.Join(all, ", ")
	}
	if got := read(); got != "-, -, -" {
		t.Errorf("before the first round: %s", got)
	}
	first := w.open("Vår")
	w.answer(first.ID, "larvik", "x.d1=1 x.d2=2 x.d3=4 y.d1=3 y.d2=4 z.d1=5")
	w.handIn(first.ID, "larvik")
	if got := read(); got != "2.750 Vår, 3.500 Vår, 5.000 Vår" {
		t.Errorf("in its first round: %s", got)
	}
	w.close(first.ID)
	w.publish(first.ID)
	w.prepare()
	w.advance(time.Hour)
	second := w.open("Høst")
	w.answer(second.ID, "larvik", "x.d1=5 x.d2=5 x.d3=5 y.d1=0")
	if got := read(); got != "5.000 Høst, 3.500 Vår, 5.000 Vår" {
		t.Errorf("half-way through the second: %s", got)
	}
	if got := must(w.service.Improvement(ctx, coordinator("tokke"), "tokke"))(t); got.Task("x").Now.Scored || len(got.Tasks) != 3 {
		t.Errorf("who has answered nothing stands at %+v", got.Task("x").Now)
	}
	must(w.service.SetAmbition(ctx, a, SetAmbition{Municipality: "larvik", Task: "y", Level: new(4), First: true}))(t)
	must(w.service.SetAmbition(ctx, a, SetAmbition{Municipality: "larvik", Task: "x", Level: new(4), First: true}))(t)
	w.addStep(a, "larvik", StepData{What: "a"})
	plan := must(w.service.Improvement(ctx, a, "larvik"))(t)
	if gap, known := plan.Tasks[0].Gap(); plan.Tasks[0].Task != "y" || gap != 500 || !known || plan.Task("x").Open != 1 || len(plan.Open) != 1 {
		t.Errorf("%+v", plan.Tasks)
	}
}

func TestAmbitions(t *testing.T) {
	w := newWorld(t, 2)
	ctx := w.ctx()
	set := func(a org.Actor, task catalogue.TaskKey, level *int, tag string) (Ambition, error) {
		return w.service.SetAmbition(ctx, a, SetAmbition{Municipality: "larvik", Task: task, Level: level, First: tag == "", Tag: tag})
	}
	three := must(set(coordinator("larvik"), "x", new(3), ""))(t)
	if *three.Level != 3 || three.By != "p-coordinator-larvik" || three.Tag == "" {
		t.Errorf("%+v", three)
	}
	for name, a := range map[string]org.Actor{"contributor": contributor("larvik"), "neighbour": coordinator("tokke"), "lead": lead(), "job": org.SystemActor("rounds")} {
		if _, err := set(a, "x", new(1), three.Tag); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, level := range []int{-1, 6} {
		_, err := set(coordinator("larvik"), "x", &level, three.Tag)
		wantFault(t, err, fault.Invalid, "error.answer.level")
	}
	_, err := set(coordinator("larvik"), "nosuch", new(3), "")
	wantFault(t, err, fault.NotFound, "error.task.unknown")
	none := must(set(as(org.Leader, "larvik"), "x", nil, three.Tag))(t)
	if none.Level != nil || none.Tag == three.Tag {
		t.Errorf("taken away: %+v", none)
	}
	_, err = set(coordinator("larvik"), "x", new(5), three.Tag)
	if lost, ok := wantFault(t, err, fault.Stale, "error.answer.stale").Detail.(LostAmbition); !ok || lost.Theirs.Level != nil || *lost.Yours != 5 {
		t.Errorf("%+v", lost)
	}
	if back := must(set(coordinator("larvik"), "x", three.Level, none.Tag))(t); *back.Level != 3 {
		t.Errorf("set again: %+v", back)
	}
	// The first ones for different tasks, at once: all stand.
	var at sync.WaitGroup
	for _, k := range []catalogue.TaskKey{"x", "y", "z"} {
		at.Go(func() {
			if _, err := w.service.SetAmbition(ctx, coordinator("tokke"), SetAmbition{Municipality: "tokke", Task: k, Level: new(2), First: true}); err != nil {
				t.Error(err)
			}
		})
	}
	at.Wait()
	if all := must(w.service.Ambitions(ctx, contributor("tokke"), "tokke"))(t); len(all.Tasks) != 3 {
		t.Errorf("%+v", all)
	}
}

// Whatever level somebody sets, undoing gives back what was, none where there was none, and undoing that what she set. The level that it has already is
// no change.
func TestUndoingAnAmbitionIsALaw(t *testing.T) {
	w := newWorld(t, 2)
	ctx, kari, per := w.ctx(), coordinator("larvik"), as(org.Leader, "larvik")
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		task := rapid.SampledFrom([]catalogue.TaskKey{"x", "y", "z"}).Draw(t, "task")
		level := map[bool]*int{true: nil, false: new(rapid.IntRange(0, 5).Draw(t, "level"))}[rapid.Bool().Draw(t, "none")]
		all, err := w.service.Ambitions(ctx, kari, "larvik")
		if err != nil {
			t.Fatal(err)
		}
		before, edit := all.Of(task), fmt.Sprint("e", n)
		set, err := w.service.SetAmbition(ctx, kari, SetAmbition{Municipality: "larvik", Task: task, Level: level, First: before.Tag == "", Tag: before.Tag, Edit: edit})
		if err != nil {
			t.Fatal(err)
		}
		if sameLevel(before.Level, level) {
			if set.Tag != before.Tag || set.Holds(edit) {
				t.Fatalf("setting what was set changed it: %+v", set)
			}
			return
		}
		if !set.Holds(edit) || !sameLevel(set.Level, level) {
			t.Fatalf("%+v", set)
		}
		undo := UndoAmbition{Municipality: "larvik", Task: task, Tag: set.Tag, Edit: edit + "u"}
		undone, err := w.service.UndoAmbition(ctx, per, undo)
		if err != nil || !sameLevel(undone.Level, before.Level) || undone.By != per.Person {
			t.Fatalf("undone it is %+v, and was %+v: %v", undone, before, err)
		}
		if again, err := w.service.UndoAmbition(ctx, per, undo); err != nil || again.Tag != undone.Tag {
			t.Fatalf("the same undoing again: %+v, %v", again, err)
		}
		redone, err := w.service.UndoAmbition(ctx, per, UndoAmbition{Municipality: "larvik", Task: task, Tag: undone.Tag})
		if err != nil || !sameLevel(redone.Level, level) {
			t.Fatalf("undone twice it is %+v, and was %+v: %v", redone, set, err)
		}
	})
}

func TestNobodyUndoesAnothersAmbitionUnseen(t *testing.T) {
	w := newWorld(t, 2)
	ctx, kari, per := w.ctx(), coordinator("larvik"), as(org.Leader, "larvik")
	set := func(a org.Actor, level *int, tag string) Ambition {
		t.Helper()
		return must(w.service.SetAmbition(ctx, a, SetAmbition{Municipality: "larvik", Task: "x", Level: level, First: tag == "", Tag: tag}))(t)
	}
	undo := UndoAmbition{Municipality: "larvik", Task: "x", Tag: "t"}
	if none := set(kari, nil, ""); none.Tag != "" || len(w.stored("ambitions")) != 0 {
		t.Errorf("taking away what nobody has set wrote %+v", none)
	}
	_, err := w.service.UndoAmbition(ctx, kari, undo)
	wantFault(t, err, fault.Conflict, "error.ambition.undo.nothing")
	hers := set(kari, new(3), "")
	if same := set(per, new(3), ""); same.Tag != hers.Tag {
		t.Errorf("the level that is set already, set as the first, is no change: %+v", same)
	}
	his := set(per, new(5), hers.Tag)
	undo.Tag = hers.Tag
	_, err = w.service.UndoAmbition(ctx, kari, undo)
	if lost, ok := wantFault(t, err, fault.Stale, "error.ambition.undo.stale").Detail.(LostAmbition); !ok || *lost.Theirs.Level != 5 || lost.Theirs.By != per.Person || *lost.Yours != 3 {
		t.Errorf("she is given %+v", lost)
	}
	undo.Tag = his.Tag
	for name, a := range map[string]org.Actor{"contributor": contributor("larvik"), "neighbour": coordinator("tokke"), "lead": lead(), "job": org.SystemActor("rounds"), "nobody": {}} {
		if _, err := w.service.UndoAmbition(ctx, a, undo); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	if back := must(w.service.UndoAmbition(ctx, kari, undo))(t); *back.Level != 3 || *back.Was.Level != 5 || back.Was.By != per.Person {
		t.Errorf("undone it is %+v, and was %+v", back, back.Was)
	}
	undo.Tag = ""
	_, err = w.service.UndoAmbition(ctx, kari, undo)
	wantFault(t, err, fault.TagRequired, "error.tag.required")
	undo.Task, undo.Tag = "nosuch", "t"
	_, err = w.service.UndoAmbition(ctx, kari, undo)
	wantFault(t, err, fault.NotFound, "error.task.unknown")
	w.relay()
	entries, _, err := w.history.Of(ctx, "larvik", 100, "")
	told := ""
	for _, e := range entries {
		told += e.Type + " "
	}
	if err != nil || told != "ambition.undone ambition.set ambition.set " {
		t.Errorf("told: %s, %v", told, err)
	}
}
