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
