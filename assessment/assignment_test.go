package assessment

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store/mongodb"
	"helhet/internal/store/mongodb/mongotest"
	"helhet/internal/store/sqlite"
	"helhet/org"

	"pgregory.net/rapid"
)

// answerers makes people of Larvik who may have tasks: the coordinator and n contributors.
func (w *world) answerers(n int) (coordinator org.Actor, all []org.Actor) {
	w.t.Helper()
	for i := range n {
		a := org.Actor{Person: org.PersonID(fmt.Sprint("p-", i)), Grants: contributor("larvik").Grants}
		if err := w.people.Create(w.ctx(), org.Person{ID: a.Person, Name: fmt.Sprint("Kollega ", i), Email: fmt.Sprintf("p%d@example.org", i), Grants: a.Grants}); err != nil {
			w.t.Fatal(err)
		}
		all = append(all, a)
	}
	return w.colleague(org.Coordinator, "larvik"), all
}

// on is the giving of a task that builds on what stands.
func (w *world) on(r RoundID, t catalogue.TaskKey, d AssignmentData) GiveTask {
	w.t.Helper()
	tag := must(w.service.Assignments(w.ctx(), coordinator("larvik"), r, "larvik"))(w.t).Of(t).Tag
	return GiveTask{Task: t, Data: d, First: tag == "", Tag: tag}
}

func (w *world) give(r RoundID, d AssignmentData, tasks ...catalogue.TaskKey) (Assignments, ChangeID) {
	w.t.Helper()
	give := Give{Round: r, Municipality: "larvik"}
	for _, t := range tasks {
		give.Tasks = append(give.Tasks, w.on(r, t, d))
	}
	all, change, err := w.service.Give(w.ctx(), coordinator("larvik"), give)
	if err != nil {
		w.t.Fatal(err)
	}
	return all, change
}

func to(people ...org.Actor) AssignmentData {
	d := AssignmentData{Due: "2026-09-20"}
	for _, p := range people {
		d.People = append(d.People, p.Person)
	}
	d.Finisher = d.People[0]
	return d
}

// A task goes from one who answers it with another to being finished, taken up again, given to somebody else, and taken back; each giving is
// undone as it was. The log tells which task, and neither who has it nor until when.
func TestATasksWayThroughARound(t *testing.T) {
	w := newWorld(t, 3)
	ctx, r := w.ctx(), w.open("Høst").ID
	boss, p := w.answerers(2)
	kari, per := p[0], p[1]
	all, _ := w.give(r, to(kari, per), "x")
	given := all.Of("x")
	if !given.Has(kari.Person) || !given.Has(per.Person) || given.Finisher != kari.Person || given.Due != "2026-09-20" || given.By != boss.Person || len(all.Own(per.Person)) != 1 {
		t.Fatalf("%+v", given)
	}
	finish := func(a org.Actor, done bool) (Assignment, error) {
		t.Helper()
		tag := must(w.service.Assignments(ctx, kari, r, "larvik"))(t).Of("x").Tag
		return w.service.FinishTask(ctx, a, FinishTask{Round: r, Municipality: "larvik", Task: "x", Done: done, Tag: tag})
	}
	for name, a := range map[string]org.Actor{"who only answers": per, "the coordinator": boss, "a leader": as(org.Leader, "larvik")} {
		if _, err := finish(a, true); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("%s finishes it: %v", name, err)
		}
	}
	w.advance(time.Hour)
	if done := must(finish(kari, true))(t); done.Done.IsZero() || done.Overdue("2026-12-01") || !given.Overdue("2026-09-21") || given.Overdue("2026-09-20") {
		t.Errorf("%+v", done)
	}
	w.answer(r, "larvik", "x.d1=3") // answers may still be saved
	// A later day leaves it finished, another finisher does not, and what was before comes back with the undoing.
	later := to(kari, per)
	later.Due = "2026-09-25"
	if all, _ = w.give(r, later, "x"); all.Of("x").Done.IsZero() {
		t.Error("a later day makes it unfinished")
	}
	all, change := w.give(r, to(per), "x")
	if x := all.Of("x"); !x.Done.IsZero() || x.Has(kari.Person) || x.Was == nil {
		t.Errorf("given to another it is %+v", x)
	}
	if n := must(w.service.UndoGive(ctx, boss, r, "larvik", change))(t); n != 1 {
		t.Errorf("%d undone", n)
	}
	if x := must(w.service.Assignments(ctx, per, r, "larvik"))(t).Of("x"); x.Done.IsZero() || x.Finisher != kari.Person || x.Due != "2026-09-25" {
		t.Errorf("undone it is %+v", x)
	}
	if n := must(w.service.UndoGive(ctx, boss, r, "larvik", change))(t); n != 0 {
		t.Errorf("undone again: %d", n)
	}
	if _, err := finish(per, false); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("who only answers takes it up again: %v", err)
	}
	if x := must(finish(boss, false))(t); !x.Done.IsZero() {
		t.Errorf("taken up again it is %+v", x)
	}
	if all, _ = w.give(r, AssignmentData{Due: "2026-09-20"}, "x"); all.Of("x").Given() || all.Of("x").Due != "" || len(all.Own(kari.Person)) != 0 {
		t.Errorf("taken back it is %+v", all.Of("x"))
	}
	_, err := finish(kari, true)
	wantFault(t, err, fault.NotFound, "error.assignment.none")
	w.relay()
	entries, _, err := w.history.Of(ctx, "larvik", 100, "")
	told := ""
	for _, e := range entries {
		if strings.HasPrefix(e.Type, "assignment.") {
			told += strings.TrimPrefix(e.Type, "assignment.") + " "
			if text := fmt.Sprint(e.Data); strings.Contains(text, "p-0") || strings.Contains(text, "p-1") || strings.Contains(text, "2026-") || !strings.Contains(text, string(r)) {
				t.Errorf("%s tells %s", e.Type, text)
			}
		}
	}
	if err != nil || told != "taken-back reopened undone given given finished given " {
		t.Errorf("told: %s, %v", told, err)
	}
}

func TestAnAssignmentThatIsWrong(t *testing.T) {
	w := newWorld(t, 3)
	r := w.open("Høst", "x", "y").ID
	boss, p := w.answerers(MaxAssigned + 1)
	w.colleague(org.Leader, "larvik")
	w.colleague(org.Contributor, "tokke")
	day := func(d Day) AssignmentData { data := to(p[0]); data.Due = d; return data }
	with := func(ids ...org.PersonID) AssignmentData { return AssignmentData{People: ids} }
	one := p[0].Person
	for name, c := range map[string]struct {
		data       AssignmentData
		field, key string
	}{
		"a leader":           {with("p-leader-larvik"), "people", "error.assignment.people"},
		"somebody of Tokke":  {with(one, "p-contributor-tokke"), "finisher", "error.assignment.finisher.none"},
		"of Tokke, finisher": {AssignmentData{People: []org.PersonID{one, "p-contributor-tokke"}, Finisher: one}, "people", "error.assignment.people"},
		"nobody's id":        {with("p-nobody"), "people", "error.assignment.people"},
		"no id at all":       {with("a\x00"), "people", "error.assignment.people"},
		"too many":           {to(p...), "people", "error.assignment.many"},
		"another finisher":   {AssignmentData{People: []org.PersonID{one}, Finisher: boss.Person}, "finisher", "error.assignment.finisher"},
		"a finisher alone":   {AssignmentData{Finisher: one}, "finisher", "error.assignment.finisher"},
		"no such day":        {day("2026-02-30"), "due", "error.step.due"},
		"a day that is past": {day("2026-08-31"), "due", "error.assignment.due.past"},
		"after it closes":    {day("2026-10-02"), "due", "error.assignment.due.late"},
	} {
		_, _, err := w.service.Give(w.ctx(), boss, Give{Round: r, Municipality: "larvik", Tasks: []GiveTask{{Task: "y", Data: with(one), First: true}, {Task: "x", Data: c.data, First: true}}})
		f, ok := err.(*fault.Error)
		if !ok || f.Code != fault.Invalid || !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Name == c.field && x.Key == c.key }) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct {
		tasks []GiveTask
		code  fault.Code
	}{
		"no task":       {nil, fault.Invalid},
		"one twice":     {[]GiveTask{{Task: "x", Data: with(one), First: true}, {Task: "x", Data: with(one), First: true}}, fault.Invalid},
		"outside":       {[]GiveTask{{Task: "z", Data: with(one), First: true}}, fault.NotFound},
		"on nothing":    {[]GiveTask{{Task: "x", Data: with(one)}}, fault.TagRequired},
		"on what isn't": {[]GiveTask{{Task: "x", Data: with(one), Tag: "T"}}, fault.Stale},
	} {
		if _, _, err := w.service.Give(w.ctx(), boss, Give{Round: r, Municipality: "larvik", Tasks: c.tasks}); fault.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(w.stored("assignments")); n != 0 {
		t.Errorf("%d were written all the same", n)
	}
	// A day stands although it has passed, and so does somebody who has left.
	w.give(r, to(p[0]), "x")
	w.advance(25 * 24 * time.Hour)
	must(w.people.Change(w.ctx(), one, func(p *org.Person) error { p.Grants, p.Former, p.Inactive = nil, p.Grants, true; return nil }))(t)
	if all, _ := w.give(r, to(p[0], p[1]), "x"); len(all.Of("x").People) != 2 {
		t.Errorf("%+v", all)
	}
	// What can't be answered any more is not given any more.
	w.handIn(r, "larvik")
	_, _, err := w.service.Give(w.ctx(), boss, Give{Round: r, Municipality: "larvik", Tasks: []GiveTask{w.on(r, "x", to(p[1]))}})
	wantFault(t, err, fault.Conflict, "error.assessment.handed-in")
	_, err = w.service.FinishTask(w.ctx(), p[0], FinishTask{Round: r, Municipality: "larvik", Task: "x", Done: true, Tag: "T"})
	wantFault(t, err, fault.Conflict, "error.assessment.handed-in")
	_, err = w.service.UndoGive(w.ctx(), boss, r, "larvik", "c-1")
	wantFault(t, err, fault.Conflict, "error.assessment.handed-in")
	w.advance(24 * time.Hour)
	next := w.plan("Vår", "x").ID
	_, _, err = w.service.Give(w.ctx(), boss, Give{Round: next, Municipality: "larvik", Tasks: []GiveTask{{Task: "x", Data: to(p[1]), First: true}}})
	wantFault(t, err, fault.Conflict, "error.round.not-open")
}

// Two who give different tasks at once never meet; two who give the same one both see it, and of several tasks with one that was lost none is given.
func TestNobodyOverwritesAnAssignmentUnseen(t *testing.T) {
	w := newWorld(t, 2)
	ctx, r := w.ctx(), w.open("Høst").ID
	boss, p := w.answerers(2)
	second := org.Actor{Person: "p-second", Grants: boss.Grants}
	for _, first := range []bool{true, false} { // with and without a document that is there
		give := func(t catalogue.TaskKey) GiveTask { return w.on(r, t, to(p[0])) }
		mine, theirs := []GiveTask{give("x")}, []GiveTask{give("y")}
		if !w.beforeWrite(1, func() {
			must3(w.other.Give(ctx, second, Give{Round: r, Municipality: "larvik", Tasks: theirs}))(t)
		}, func() { must3(w.service.Give(ctx, boss, Give{Round: r, Municipality: "larvik", Tasks: mine}))(t) }) {
			t.Fatal("nothing was written")
		}
		all := must(w.service.Assignments(ctx, boss, r, "larvik"))(t)
		if all.Of("x").By != boss.Person || all.Of("y").By != second.Person {
			t.Errorf("first %t: %+v", first, all)
		}
	}
	x, y, z := w.on(r, "x", to(p[1])), w.on(r, "y", to(p[1])), w.on(r, "z", to(p[1]))
	must3(w.service.Give(ctx, second, Give{Round: r, Municipality: "larvik", Tasks: []GiveTask{w.on(r, "x", to(p[0], p[1]))}}))(t)
	before := w.stored("assignments")
	_, _, err := w.service.Give(ctx, boss, Give{Round: r, Municipality: "larvik", Tasks: []GiveTask{z, x, y}})
	lost, ok := wantFault(t, err, fault.Stale, "error.answer.stale").Detail.(LostAssignments)
	if !ok || len(lost) != 1 || lost[0].Theirs.By != second.Person || len(lost[0].Theirs.People) != 2 || lost[0].Yours.Finisher != p[1].Person {
		t.Errorf("%+v", lost)
	}
	if after := w.stored("assignments"); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Error("the others were given all the same")
	}
	// The same edit again is the same giving, whatever stands by now; a colleague's of that name is another.
	again := Give{Round: r, Municipality: "larvik", Tasks: []GiveTask{w.on(r, "x", to(p[0]))}, Edit: "e-1"}
	first, change, err := w.service.Give(ctx, boss, again)
	if err != nil {
		t.Fatal(err)
	}
	repeated, same, err := w.service.Give(ctx, boss, again)
	if err != nil || same != change || repeated.Of("x").Tag != first.Of("x").Tag {
		t.Errorf("sent twice: %s and %s, %v", change, same, err)
	}
	again.Tasks = []GiveTask{w.on(r, "x", to(p[0]))}
	if _, other, err := w.service.Give(ctx, second, again); err != nil || other == change {
		t.Errorf("a colleague's is %s, %v", other, err)
	}
	w.handIn(r, "larvik")
	if _, same, err := w.service.Give(ctx, second, again); same != newChangeID(second.Person, "e-1") || err != nil {
		t.Errorf("sent again after the hand-in: %s, %v", same, err)
	}
}

func must3[T, U any](v T, _ U, err error) func(testing.TB) T { return must(v, err) }

// Whatever was given, and to whom: undoing the last giving of each task leaves it as it stood before, and no other task is touched.
func TestGivingIsUndone(t *testing.T) {
	w := newWorld(t, 2)
	r := w.open("Høst").ID
	boss, p := w.answerers(4)
	tasks := []catalogue.TaskKey{"x", "y", "z"}
	as := func(a Assignments) string {
		var said []string
		for _, task := range tasks {
			x := a.Of(task)
			said = append(said, fmt.Sprint(task, x.People, x.Finisher, x.Due, x.Done.IsZero()))
		}
		return strings.Join(said, "; ")
	}
	stands := func() Assignments { return must(w.service.Assignments(w.ctx(), boss, r, "larvik"))(t) }
	rapid.Check(t, func(rt *rapid.T) {
		before := stands()
		some := rapid.SliceOfNDistinct(rapid.SampledFrom(tasks), 1, 3, rapid.ID).Draw(rt, "tasks")
		people := rapid.SliceOfNDistinct(rapid.SampledFrom(p), 0, 4, func(a org.Actor) org.PersonID { return a.Person }).Draw(rt, "people")
		data := AssignmentData{}
		if len(people) > 0 {
			data = to(people...)
			data.Due = rapid.SampledFrom([]Day{"", "2026-09-10", "2026-09-30"}).Draw(rt, "due")
		}
		given, change := w.give(r, data, some...)
		for _, task := range tasks {
			if x, was := given.Of(task), before.Of(task); slices.Contains(some, task) == (x.Tag == was.Tag) {
				rt.Fatalf("%s is %+v, was %+v, given were %v", task, x, was, some)
			}
		}
		if x := given.Of(some[0]); x.Given() && rapid.Bool().Draw(rt, "finished") {
			for _, a := range p {
				if a.Person == x.Finisher {
					must(w.service.FinishTask(w.ctx(), a, FinishTask{Round: r, Municipality: "larvik", Task: x.Task, Done: true, Tag: x.Tag}))(t)
				}
			}
			return // finished by somebody since: it stays
		}
		if rapid.Bool().Draw(rt, "undo") {
			if n := must(w.service.UndoGive(w.ctx(), boss, r, "larvik", change))(t); n != len(some) {
				rt.Fatalf("%d of %d undone", n, len(some))
			}
			if after := stands(); as(after) != as(before) {
				rt.Fatalf("undone it is %s, was %s", as(after), as(before))
			}
		}
	})
}

// The next round begins with nothing given. Giving as in the round before leaves out who has gone, and touches nothing that is given already.
func TestGivingAsInTheRoundBefore(t *testing.T) {
	w := newWorld(t, 2)
	givingAsBefore(t, w)
}

func givingAsBefore(t *testing.T, w *world) {
	t.Helper()
	ctx, first := w.ctx(), w.open("Vår").ID
	boss, p := w.answerers(3)
	if offer := must(w.service.AsBefore(ctx, boss, first, "larvik"))(t); offer.Before != "" || len(offer.Tasks) != 0 {
		t.Errorf("the first round is offered %+v", offer)
	}
	w.give(first, to(p[0], p[1]), "x")
	w.give(first, to(p[1]), "y")
	w.give(first, to(p[2]), "z")
	w.advance(40 * 24 * time.Hour)
	w.close(first)
	w.open("Mellom") // in which nobody was given anything
	w.advance(40 * 24 * time.Hour)
	second := w.open("Høst").ID
	if all := must(w.service.Assignments(ctx, boss, second, "larvik"))(t); len(all.Tasks) != 0 {
		t.Errorf("something is given already: %+v", all)
	}
	must(w.people.Change(ctx, p[0].Person, func(p *org.Person) error { p.Grants, p.Former, p.Inactive = nil, p.Grants, true; return nil }))(t)
	must(w.people.Change(ctx, p[2].Person, func(p *org.Person) error { p.Grants = as(org.Leader, "larvik").Grants; return nil }))(t)
	w.give(second, AssignmentData{People: []org.PersonID{boss.Person}}, "y")
	offer := must(w.service.AsBefore(ctx, boss, second, "larvik"))(t)
	if offer.Before != first || offer.Name != "Vår" || len(offer.Tasks) != 1 || offer.Tasks[0].Task != "x" || fmt.Sprint(offer.Tasks[0].Data.People) != "[p-1]" || offer.Tasks[0].Data.Finisher != p[1].Person || fmt.Sprint(offer.Left) != "[z]" {
		t.Errorf("%+v", offer)
	}
	due := DayOf(w.service.now()).After(5)
	_, _, err := w.service.GiveAsBefore(ctx, boss, second, "larvik", due, "another", "e-1")
	wantFault(t, err, fault.Conflict, "error.assignment.offer")
	all, change, err := w.service.GiveAsBefore(ctx, boss, second, "larvik", due, offer.Tag, "e-1")
	if err != nil || all.Of("x").Due != due || all.Of("x").Finisher != p[1].Person || all.Of("y").Finisher != boss.Person || all.Of("z").Given() {
		t.Errorf("%+v, %v", all, err)
	}
	if _, same, err := w.service.GiveAsBefore(ctx, boss, second, "larvik", due, offer.Tag, "e-1"); same != change || err != nil {
		t.Errorf("again: %s, %v", same, err)
	}
	if n := must(w.service.UndoGive(ctx, boss, second, "larvik", change))(t); n != 1 {
		t.Errorf("%d undone", n)
	}
}

func TestAssignmentsOnBothEngines(t *testing.T) {
	life := func(t *testing.T, w *world) {
		givingAsBefore(t, w)
		rounds := 0
		if err := w.service.EachAssignmentsOf(w.ctx(), contributor("larvik"), "larvik", func(Assignments) error { rounds++; return nil }); err != nil || rounds != 2 {
			t.Errorf("%d rounds, %v", rounds, err)
		}
		w.relay()
		if err := w.service.DeleteOf(w.ctx(), org.SystemActor("departures"), "larvik", FiguresAggregates); err != nil {
			t.Fatal(err)
		}
		if n := len(w.stored("assignments")); n != 0 {
			t.Errorf("left are %d", n)
		}
	}
	t.Run("sqlite", func(t *testing.T) { life(t, worldOn(t, must(sqlite.Open(t.Context(), t.TempDir()))(t), 3)) })
	t.Run("mongodb", func(t *testing.T) { life(t, worldOn(t, must(mongodb.Open(t.Context(), mongotest.URI(t)))(t), 3)) })
}

// What somebody who leaves has not finished is a colleague's; what she has finished, and what was published, stays hers.
func TestTasksAreHandedOver(t *testing.T) {
	w := newWorld(t, 2)
	ctx, old := w.ctx(), w.open("Vår").ID
	boss, p := w.answerers(2)
	leaver, heir := p[0], p[1]
	w.give(old, to(leaver), "x")
	w.close(old)
	w.publish(old)
	w.advance(24 * time.Hour)
	r := w.open("Høst").ID
	from, heirs := must(w.people.Get(ctx, leaver.Person))(t), must(w.people.Get(ctx, heir.Person))(t)
	if must(w.service.HasTasks(ctx, leaver.Person, []org.MunicipalityID{"larvik"}))(t) {
		t.Error("a published round's tasks can be handed over")
	}
	w.give(r, to(leaver, heir), "x")
	w.give(r, to(heir, leaver), "y")
	all, _ := w.give(r, to(leaver), "z")
	must(w.service.FinishTask(ctx, leaver, FinishTask{Round: r, Municipality: "larvik", Task: "z", Done: true, Tag: all.Of("z").Tag}))(t)
	if !must(w.service.HasTasks(ctx, leaver.Person, []org.MunicipalityID{"larvik"}))(t) || must(w.service.HasTasks(ctx, leaver.Person, []org.MunicipalityID{"tokke"}))(t) || must(w.service.HasTasks(ctx, "p-nobody", []org.MunicipalityID{"larvik"}))(t) {
		t.Error("who has tasks is not known")
	}
	for name, a := range map[string]org.Actor{"neighbour": coordinator("tokke"), "contributor": heir, "nobody": {}} {
		if n, err := w.service.HandOverTasks(ctx, a, from, heirs); n != 0 || err != nil {
			t.Errorf("%s hands over %d: %v", name, n, err)
		}
	}
	if n, err := w.service.HandOverTasks(ctx, boss, from, heirs); n != 2 || err != nil {
		t.Errorf("%d handed over, %v", n, err)
	}
	all = must(w.service.Assignments(ctx, boss, r, "larvik"))(t)
	for task, want := range map[catalogue.TaskKey]string{"x": "[p-1] p-1", "y": "[p-1] p-1", "z": "[p-0] p-0"} {
		if x := all.Of(task); fmt.Sprint(x.People, " ", x.Finisher) != want {
			t.Errorf("%s: %v, %s", task, x.People, x.Finisher)
		}
	}
	if any, err := w.service.HasTasks(ctx, leaver.Person, []org.MunicipalityID{"larvik"}); any || err != nil {
		t.Errorf("something is left to hand over, %v", err)
	}
	if x := must(w.service.Assignments(ctx, boss, old, "larvik"))(t).Of("x"); x.Finisher != leaver.Person {
		t.Errorf("what was published is %s's", x.Finisher)
	}
	mine := must(w.service.Contributions(ctx, leaver, []org.MunicipalityID{"larvik"}))(t)
	if len(mine) != 2 || mine[0].Assigned != 1 || mine[0].Gave != 1 || mine[1].Assigned != 1 {
		t.Errorf("she is told of %+v", mine)
	}
}

// Who has which task is the municipality's own, and only its coordinator gives.
func TestAssignmentsStayInTheMunicipality(t *testing.T) {
	w := newWorld(t, 2)
	ctx, r := w.ctx(), w.open("Høst").ID
	_, p := w.answerers(1)
	all, change := w.give(r, to(p[0]), "x")
	give := Give{Round: r, Municipality: "larvik", Tasks: []GiveTask{w.on(r, "x", to(p[0]))}}
	for name, c := range map[string]struct {
		actor org.Actor
		reads bool
	}{
		"contributor": {contributor("larvik"), true}, "leader": {as(org.Leader, "larvik"), true}, "neighbour": {coordinator("tokke"), false}, "lead": {lead(), false},
		"administrator": {org.Actor{Person: "p-a", Grants: []org.Grant{{Role: org.Administrator}}}, false}, "job": {org.SystemActor("rounds"), false}, "nobody": {},
	} {
		_, read := w.service.Assignments(ctx, c.actor, r, "larvik")
		each := w.service.EachAssignmentsOf(ctx, c.actor, "larvik", func(Assignments) error { return nil })
		if (read == nil) != c.reads || (each == nil) != c.reads || !c.reads && fault.CodeOf(read) != fault.Forbidden {
			t.Errorf("%s reads: %v, %v", name, read, each)
		}
		_, _, given := w.service.Give(ctx, c.actor, give)
		_, undone := w.service.UndoGive(ctx, c.actor, r, "larvik", change)
		_, finished := w.service.FinishTask(ctx, c.actor, FinishTask{Round: r, Municipality: "larvik", Task: "x", Done: true, Tag: all.Of("x").Tag})
		_, offered := w.service.AsBefore(ctx, c.actor, r, "larvik")
		_, _, again := w.service.GiveAsBefore(ctx, c.actor, r, "larvik", "", "", "")
		for what, err := range map[string]error{"gives": given, "undoes": undone, "finishes": finished, "is offered": offered, "gives as before": again} {
			if fault.CodeOf(err) != fault.Forbidden {
				t.Errorf("%s %s: %v", name, what, err)
			}
		}
	}
}
