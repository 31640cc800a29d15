package assessment

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/internal/store/mongodb"
	"helhet/internal/store/mongodb/mongotest"
	"helhet/internal/store/sqlite"
	"helhet/org"

	"pgregory.net/rapid"
)

// colleague makes somebody of a municipality whom a step may have as its owner.
func (w *world) colleague(role org.Role, m org.MunicipalityID) org.Actor {
	w.t.Helper()
	a := as(role, m)
	if err := w.people.Create(w.ctx(), org.Person{ID: a.Person, Name: "Kollega", Email: string(a.Person) + "@example.org", Grants: a.Grants}); err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) addStep(actor org.Actor, m org.MunicipalityID, data StepData) Step {
	w.t.Helper()
	step, _, err := w.service.AddStep(w.ctx(), actor, AddStep{Municipality: m, Task: "x", Data: data})
	if err != nil {
		w.t.Fatal(err)
	}
	return step
}

func TestAStepFromPlannedToDoneAndBack(t *testing.T) {
	w := newWorld(t, 3)
	ctx, kari := w.ctx(), w.colleague(org.Contributor, "larvik")
	made := w.addStep(kari, "larvik", StepData{What: "  Skriv rutinen  ", Why: "Den mangler.", Owner: kari.Person, Due: "2026-12-01"})
	if made.What != "Skriv rutinen" || made.Status != StepPlanned || made.MadeBy != kari.Person || !made.MadeAt.Equal(w.service.now().Truncate(time.Millisecond)) {
		t.Errorf("%+v", made)
	}
	step := made
	for _, next := range []struct {
		status StepStatus
		result string
		open   int
	}{{StepUnderWay, "", 1}, {StepDone, "Rutinen er tatt i bruk.", 0}, {StepPlanned, "Rutinen er tatt i bruk.", 1}} {
		data := step.StepData
		data.Status, data.Result = next.status, next.result
		w.advance(time.Minute)
		step = must(w.service.SaveStep(ctx, coordinator("larvik"), SaveStep{ID: step.ID, Data: data, Tag: step.Tag}))(t)
		open, _, err := w.service.Steps(ctx, kari, "larvik", StepFilter{Open: true}, 10, "")
		if err != nil || len(open) != next.open || step.Status != next.status || step.Result != next.result || step.By == step.MadeBy {
			t.Errorf("%s: %+v, %d open, %v", next.status, step, len(open), err)
		}
	}
	// It belongs to no round: rounds come and go.
	r := example(w)
	if stands := must(w.service.Step(ctx, kari, step.ID))(t); stands.Tag != step.Tag {
		t.Errorf("after %s it is %+v", r.ID, stands)
	}
	removed := must(w.service.RemoveStep(ctx, kari, step.ID, step.Tag))(t)
	if all, _, _ := w.service.Steps(ctx, kari, "larvik", StepFilter{}, 10, ""); len(all) != 0 {
		t.Errorf("a removed step is listed: %+v", all)
	}
	if gone, _, _ := w.service.Steps(ctx, kari, "larvik", StepFilter{Removed: true}, 10, ""); len(gone) != 1 || gone[0].ID != step.ID {
		t.Errorf("it can't be brought back: %+v", gone)
	}
	_, err := w.service.SaveStep(ctx, kari, SaveStep{ID: step.ID, Data: step.StepData, Tag: removed.Tag})
	wantFault(t, err, fault.Conflict, "error.step.removed")
	back := must(w.service.RestoreStep(ctx, kari, step.ID))(t)
	if again := must(w.service.RestoreStep(ctx, kari, step.ID))(t); back.StepData != step.StepData || again.Tag != back.Tag {
		t.Errorf("it came back as %+v", back)
	}
	w.relay()
	entries, _, err := w.history.Of(ctx, "larvik", 100, "")
	told := ""
	for _, e := range entries {
		if strings.HasPrefix(e.Type, "step.") {
			told += e.Type + " "
			if text := fmt.Sprint(e.Data); strings.Contains(text, "utinen") || strings.Contains(text, "mangler") {
				t.Errorf("%s tells what was written: %s", e.Type, text)
			}
		}
	}
	if err != nil || told != "step.restored step.removed step.saved step.saved step.saved step.added " {
		t.Errorf("told: %s, %v", told, err)
	}
}

func TestAStepThatIsWrong(t *testing.T) {
	w := newWorld(t, 2)
	w.colleague(org.Contributor, "larvik")
	w.colleague(org.Contributor, "tokke")
	for name, c := range map[string]struct {
		data       StepData
		field, key string
	}{
		"nothing":           {StepData{What: " \n "}, "what", "error.step.what"},
		"too long":          {StepData{What: strings.Repeat("å", MaxStep+1)}, "what", "error.text.long"},
		"no text":           {StepData{What: "a\xff"}, "what", "error.text.utf8"},
		"two owners":        {StepData{What: "a", Owner: "p-contributor-larvik", Role: "it"}, "owner", "error.step.owner.both"},
		"owner of Tokke":    {StepData{What: "a", Owner: "p-contributor-tokke"}, "owner", "error.step.owner"},
		"nobody's id":       {StepData{What: "a", Owner: "p-nobody"}, "owner", "error.step.owner"},
		"no id at all":      {StepData{What: "a", Owner: "a\x00"}, "owner", "error.step.owner"},
		"unknown role":      {StepData{What: "a", Role: "king"}, "owner", "error.organisation.role"},
		"no such day":       {StepData{What: "a", Due: "2026-02-30"}, "due", "error.step.due"},
		"a day of long ago": {StepData{What: "a", Due: "0026-12-01"}, "due", "error.step.due"},
		"unknown status":    {StepData{What: "a", Status: "removed"}, "status", "error.step.status"},
		"dropped, not why":  {StepData{What: "a", Status: StepDropped}, "reason", "error.step.reason"},
		"somebody's number": {StepData{What: "Ring 13097248022", Why: "a"}, "what", "error.text.person-number"},
		"the same in why":   {StepData{What: "a", Why: "Ring 13097248022"}, "why", "error.text.person-number"},
	} {
		_, _, err := w.service.AddStep(w.ctx(), contributor("larvik"), AddStep{Municipality: "larvik", Task: "x", Data: c.data})
		f, ok := err.(*fault.Error)
		if !ok || f.Code != fault.Invalid || !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Name == c.field && x.Key == c.key }) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(w.stored("steps")); n != 0 {
		t.Errorf("%d were written all the same", n)
	}
	if _, _, err := w.service.AddStep(w.ctx(), contributor("larvik"), AddStep{Municipality: "larvik", Task: "nosuch", Data: StepData{What: "a"}}); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("an unknown task: %v", err)
	}
	must2(w.service.AddStep(w.ctx(), contributor("larvik"), AddStep{Municipality: "larvik", Task: "x", Data: StepData{What: "Ring 13097248022"}, Confirmed: true}))(t)
}

func must2[T any](v T, _ bool, err error) func(testing.TB) T { return must(v, err) }

// Two who change the same step both see it, and a repeated save is the same save.
func TestNobodyOverwritesAStepUnseen(t *testing.T) {
	w := newWorld(t, 2)
	ctx := w.ctx()
	add := AddStep{Municipality: "larvik", Task: "x", Data: StepData{What: "Lag en plan"}, Edit: "e-1"}
	first, made, err := w.service.AddStep(ctx, contributor("larvik"), add)
	again, remade, err2 := w.service.AddStep(ctx, contributor("larvik"), add)
	if err != nil || err2 != nil || !made || remade || again.ID != first.ID || len(w.stored("steps")) != 1 {
		t.Errorf("sent twice: %+v, %+v, %v, %v", first, again, err, err2)
	}
	if other := must2(w.service.AddStep(ctx, coordinator("larvik"), add))(t); other.ID == first.ID {
		t.Error("a colleague's edit of the same name is the same step")
	}
	save := SaveStep{ID: first.ID, Data: StepData{What: "Lag en god plan"}, Tag: first.Tag, Edit: "e-2"}
	second := must(w.service.SaveStep(ctx, contributor("larvik"), save))(t)
	if repeated := must(w.service.SaveStep(ctx, contributor("larvik"), save))(t); repeated.Tag != second.Tag {
		t.Error("a repeated save is another")
	}
	_, err = w.service.SaveStep(ctx, coordinator("larvik"), SaveStep{ID: first.ID, Data: StepData{What: "Dropp planen"}, Tag: first.Tag})
	if lost, ok := wantFault(t, err, fault.Stale, "error.answer.stale").Detail.(LostStep); !ok || lost.Theirs.What != "Lag en god plan" || lost.Yours.What != "Dropp planen" || lost.Theirs.ID != first.ID {
		t.Errorf("%+v", lost)
	}
	_, err = w.service.RemoveStep(ctx, coordinator("larvik"), first.ID, first.Tag)
	wantFault(t, err, fault.Stale, "error.answer.stale")
	_, err = w.service.SaveStep(ctx, coordinator("larvik"), SaveStep{ID: first.ID, Data: StepData{What: "a"}})
	wantFault(t, err, fault.TagRequired, "error.tag.required")
}

// Of another municipality's step nobody learns even that it is there.
func TestStepsStayInTheMunicipality(t *testing.T) {
	w := newWorld(t, 2)
	ctx, step := w.ctx(), w.addStep(contributor("larvik"), "larvik", StepData{What: "Vårt"})
	for name, a := range map[string]org.Actor{"neighbour": coordinator("tokke"), "lead": lead(), "administrator": {Person: "p-a", Grants: []org.Grant{{Role: org.Administrator}}},
		"reader": {Person: "p-r", Grants: []org.Grant{{Role: org.NationalReader}}}, "job": org.SystemActor("rounds"), "nobody": {}} {
		_, read := w.service.Step(ctx, a, step.ID)
		_, saved := w.service.SaveStep(ctx, a, SaveStep{ID: step.ID, Data: StepData{What: "a"}, Tag: step.Tag})
		_, removed := w.service.RemoveStep(ctx, a, step.ID, step.Tag)
		_, restored := w.service.RestoreStep(ctx, a, step.ID)
		for what, err := range map[string]error{"read": read, "saved": saved, "removed": removed, "restored": restored} {
			if wantFault(t, err, fault.NotFound, "error.step.unknown") == nil {
				t.Errorf("%s has %s it", name, what)
			}
		}
		_, _, listed := w.service.Steps(ctx, a, "larvik", StepFilter{}, 10, "")
		_, own := w.service.OwnSteps(ctx, a, "larvik", 10)
		_, _, added := w.service.AddStep(ctx, a, AddStep{Municipality: "larvik", Task: "x", Data: StepData{What: "a"}})
		_, plan := w.service.Improvement(ctx, a, "larvik")
		_, ambitions := w.service.Ambitions(ctx, a, "larvik")
		each := w.service.EachStepOf(ctx, a, "larvik", func(Step) error { return nil })
		for what, err := range map[string]error{"listed": listed, "own": own, "added": added, "the plan": plan, "ambitions": ambitions, "each": each} {
			if fault.CodeOf(err) != fault.Forbidden {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
	for _, id := range []StepID{"s-nosuch", "", "a\x00"} {
		if _, err := w.service.Step(ctx, contributor("larvik"), id); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestStepsAreListedByTheirDay(t *testing.T) {
	w := newWorld(t, 2)
	stepsByTheirDay(t, w)
}

// stepsByTheirDay asks every question that the steps' indexes are for.
func stepsByTheirDay(t *testing.T, w *world) {
	t.Helper()
	ctx, kari := w.ctx(), w.colleague(org.Contributor, "larvik")
	data := func(what string, due Day, status StepStatus, owner org.PersonID) StepData {
		return StepData{What: what, Due: due, Status: status, Owner: owner, Reason: "a"}
	}
	w.addStep(kari, "larvik", data("sometime", "", StepPlanned, ""))
	w.addStep(kari, "larvik", data("late", "2026-08-01", StepUnderWay, kari.Person))
	w.addStep(kari, "larvik", data("soon", "2026-09-10", StepPlanned, kari.Person))
	w.addStep(kari, "larvik", data("done", "2026-07-01", StepDone, kari.Person))
	w.addStep(kari, "larvik", data("dropped", "2026-06-01", StepDropped, ""))
	w.addStep(contributor("tokke"), "tokke", data("elsewhere", "2026-08-02", StepPlanned, ""))
	must2(w.service.AddStep(ctx, kari, AddStep{Municipality: "larvik", Task: "z", Data: data("of z", "2026-08-15", StepPlanned, "")}))(t)
	gone := w.addStep(kari, "larvik", data("gone", "2026-01-01", StepPlanned, kari.Person))
	must(w.service.RemoveStep(ctx, kari, gone.ID, gone.Tag))(t)
	names := func(all []Step) string {
		var names []string
		for _, s := range all {
			names = append(names, s.What)
		}
		return strings.Join(names, ", ")
	}
	for _, c := range []struct {
		filter StepFilter
		want   string
	}{
		{StepFilter{}, "dropped, done, late, of z, soon, sometime"},
		{StepFilter{Open: true}, "late, of z, soon, sometime"},
		{StepFilter{Status: StepDone}, "done"},
		{StepFilter{Removed: true}, "gone"},
		{StepFilter{Task: "x"}, "dropped, done, late, soon, sometime"},
		{StepFilter{Task: "x", Status: StepPlanned}, "soon, sometime"},
		{StepFilter{Task: "x", Removed: true}, "gone"},
	} {
		var listed []Step
		for after := store.Cursor(""); ; {
			some, next, err := w.service.Steps(ctx, kari, "larvik", c.filter, 2, after)
			if err != nil {
				t.Fatalf("%+v: %v", c.filter, err)
			}
			listed = append(listed, some...)
			if after = next; after == "" {
				break
			}
		}
		if got := names(listed); got != c.want {
			t.Errorf("%+v: %s, want %s", c.filter, got, c.want)
		}
	}
	if got := names(must(w.service.OwnSteps(ctx, kari, "larvik", 10))(t)); got != "late, soon" {
		t.Errorf("her own: %s", got)
	}
	if n, owns := must(w.service.OwnedSteps(ctx, kari))(t), must(w.service.OwnsSteps(ctx, kari.Person, []org.MunicipalityID{"tokke", "larvik"}))(t); n != 4 || !owns {
		t.Errorf("she owns %d steps, open ones: %t", n, owns)
	}
	if today := DayOf(w.service.now()); today != "2026-09-01" || today.After(30) != "2026-10-01" {
		t.Errorf("today is %s", today)
	}
	if midnight := time.Date(2026, 8, 31, 22, 30, 0, 0, time.UTC); DayOf(midnight) != "2026-09-01" {
		t.Errorf("half an hour after midnight in Norway is %s", DayOf(midnight))
	}
}

// Both engines answer alike, and delete alike.
func TestPlanOnBothEngines(t *testing.T) {
	life := func(t *testing.T, w *world) {
		stepsByTheirDay(t, w)
		must(w.service.SetAmbition(w.ctx(), coordinator("larvik"), SetAmbition{Municipality: "larvik", Task: "x", Level: new(4), First: true}))(t)
		w.service.relay = nil
		w.relay()
		if n, err := w.service.SweepSteps(w.ctx(), w.service.now().Add(time.Second), 10); n != 1 || err != nil {
			t.Errorf("%d swept, %v", n, err)
		}
		if err := w.service.DeleteOf(w.ctx(), org.SystemActor("departures"), "larvik", FiguresAggregates); err != nil {
			t.Fatal(err)
		}
		if steps, ambitions := w.stored("steps"), w.stored("ambitions"); len(steps) != 1 || len(ambitions) != 0 {
			t.Errorf("left are %d steps, %d ambitions", len(steps), len(ambitions))
		}
	}
	t.Run("sqlite", func(t *testing.T) { life(t, worldOn(t, must(sqlite.Open(t.Context(), t.TempDir()))(t), 3)) })
	t.Run("mongodb", func(t *testing.T) { life(t, worldOn(t, must(mongodb.Open(t.Context(), mongotest.URI(t)))(t), 3)) })
}

// A removed step can be brought back for thirty days, and no longer.
func TestRemovedStepsAreSwept(t *testing.T) {
	w := newWorld(t, 2)
	ctx, a := w.ctx(), contributor("larvik")
	stands, old := w.addStep(a, "larvik", StepData{What: "stands"}), w.addStep(a, "larvik", StepData{What: "old"})
	must(w.service.RemoveStep(ctx, a, old.ID, old.Tag))(t)
	w.advance(StepsKept - time.Hour)
	young := w.addStep(a, "larvik", StepData{What: "young"})
	must(w.service.RemoveStep(ctx, a, young.ID, young.Tag))(t)
	w.relay()
	sweep := func(want int) {
		t.Helper()
		if n, err := w.service.SweepSteps(ctx, w.service.now().Add(-StepsKept), 10); n != want || err != nil {
			t.Errorf("%d swept, want %d: %v", n, want, err)
		}
	}
	sweep(0)
	w.advance(2 * time.Hour)
	sweep(1)
	sweep(0)
	for id, want := range map[StepID]fault.Code{stands.ID: "", young.ID: "", old.ID: fault.NotFound} {
		if _, err := w.service.Step(ctx, a, id); fault.CodeOf(err) != want {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// What somebody who leaves had open is a colleague's; what she has done stays hers, and what is elsewhere too.
func TestStepsAreHandedOver(t *testing.T) {
	w := newWorld(t, 2)
	ctx := w.ctx()
	leaver, heir := w.colleague(org.Contributor, "larvik"), w.colleague(org.Coordinator, "larvik")
	open := w.addStep(leaver, "larvik", StepData{What: "open", Owner: leaver.Person})
	done := w.addStep(leaver, "larvik", StepData{What: "done", Owner: leaver.Person, Status: StepDone})
	other := w.addStep(leaver, "larvik", StepData{What: "of IT", Role: "it"})
	from := org.Person{ID: leaver.Person, Former: leaver.Grants, Inactive: true}
	to := must(w.people.Get(ctx, heir.Person))(t)
	if !must(w.service.OwnsSteps(ctx, leaver.Person, []org.MunicipalityID{"larvik"}))(t) || must(w.service.OwnsSteps(ctx, leaver.Person, []org.MunicipalityID{"tokke"}))(t) {
		t.Error("what she owns in Larvik is there, and nowhere else")
	}
	for name, a := range map[string]org.Actor{"neighbour": coordinator("tokke"), "contributor": leaver, "nobody": {}} {
		if n, err := w.service.HandOverSteps(ctx, a, from, to); n != 0 || err != nil {
			t.Errorf("%s hands over %d: %v", name, n, err)
		}
	}
	if n, err := w.service.HandOverSteps(ctx, heir, from, to); n != 1 || err != nil {
		t.Errorf("%d handed over, %v", n, err)
	}
	for id, want := range map[StepID]org.PersonID{open.ID: heir.Person, done.ID: leaver.Person, other.ID: ""} {
		if step := must(w.service.Step(ctx, heir, id))(t); step.Owner != want {
			t.Errorf("%s is %s's", step.What, step.Owner)
		}
	}
	if must(w.service.OwnsSteps(ctx, leaver.Person, []org.MunicipalityID{"larvik"}))(t) {
		t.Error("something is left to hand over")
	}
	// A step whose owner has left can be changed without naming another.
	left := w.addStep(heir, "larvik", StepData{What: "left", Owner: leaver.Person})
	must(w.people.Change(ctx, leaver.Person, func(p *org.Person) error { p.Grants, p.Former, p.Inactive = nil, p.Grants, true; return nil }))(t)
	left.Status = StepUnderWay
	left = must(w.service.SaveStep(ctx, heir, SaveStep{ID: left.ID, Data: left.StepData, Tag: left.Tag}))(t)
	if _, _, err := w.service.AddStep(ctx, heir, AddStep{Municipality: "larvik", Task: "x", Data: StepData{What: "new", Owner: leaver.Person}}); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("somebody who has left gets a new step: %v", err)
	}
}

func TestAPlanHasAnEnd(t *testing.T) {
	w := newWorld(t, 2)
	items := make([]store.Item[Step], MaxSteps)
	for i := range items {
		items[i] = store.Item[Step]{ID: fmt.Sprint("s-", i), Value: Step{Municipality: "larvik", Task: "x", StepData: StepData{What: "a", Status: StepDone}}}
	}
	for some := range slices.Chunk(items, 100) {
		_, errs := w.service.steps.InsertMany(w.ctx(), some)
		for _, err := range errs {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	_, _, err := w.service.AddStep(w.ctx(), contributor("larvik"), AddStep{Municipality: "larvik", Task: "x", Data: StepData{What: "one more"}})
	wantFault(t, err, fault.Conflict, "error.step.many")
	w.addStep(contributor("tokke"), "tokke", StepData{What: "another municipality's"})
}

// Whatever somebody makes of a step, undoing gives back exactly what it was, and undoing that what she made of it. What it says already is no change.
func TestUndoingAStepIsALaw(t *testing.T) {
	w := newWorld(t, 2)
	ctx, kari, per := w.ctx(), w.colleague(org.Contributor, "larvik"), w.colleague(org.Coordinator, "larvik")
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		text := rapid.SampledFrom([]string{"", "a", "b", "Skriv rutinen", "Prøv den i én sone"})
		drawn := func(label string) StepData {
			d := StepData{What: "w" + text.Draw(t, label+" what"), Why: text.Draw(t, label+" why"), Due: Day(rapid.SampledFrom([]string{"", "2026-08-01", "2027-01-31"}).Draw(t, label+" due")),
				Status: rapid.SampledFrom(StepStatuses).Draw(t, label+" status"), Result: text.Draw(t, label+" result"), Reason: "r" + text.Draw(t, label+" reason")}
			switch rapid.IntRange(0, 3).Draw(t, label+" owner") {
			case 1:
				d.Owner = kari.Person
			case 2:
				d.Owner = per.Person
			case 3:
				d.Role = "it"
			}
			return d
		}
		step, _, err := w.service.AddStep(ctx, kari, AddStep{Municipality: "larvik", Task: "x", Data: drawn("first"), Edit: fmt.Sprint("a", n)})
		if err != nil {
			t.Fatal(err)
		}
		for i := range rapid.IntRange(1, 4).Draw(t, "edits") {
			before, edit, to := step, fmt.Sprint("e", i), drawn(fmt.Sprint("edit ", i))
			if rapid.IntRange(0, 3).Draw(t, "same") == 0 {
				to = step.StepData
			}
			if step, err = w.service.SaveStep(ctx, per, SaveStep{ID: step.ID, Data: to, Tag: step.Tag, Edit: edit}); err != nil {
				t.Fatal(err)
			}
			if step.StepData == before.StepData {
				if step.Tag != before.Tag || step.Holds(edit) {
					t.Fatalf("saying what it said changed it: %+v", step)
				}
				continue
			}
			if !step.Holds(edit) || step.Was == nil || step.Was.StepData != before.StepData || step.Was.By != before.By || !step.Was.At.Equal(before.At) {
				t.Fatalf("it was %+v, and keeps %+v", before, step.Was)
			}
			undo := UndoStep{ID: step.ID, Tag: step.Tag, Edit: edit + "u"}
			undone, err := w.service.UndoStep(ctx, kari, undo)
			if err != nil || undone.StepData != before.StepData || undone.Task != before.Task || undone.By != kari.Person {
				t.Fatalf("undone it is %+v, and was %+v: %v", undone, before, err)
			}
			if again, err := w.service.UndoStep(ctx, kari, undo); err != nil || again.Tag != undone.Tag || again.StepData != before.StepData {
				t.Fatalf("the same undoing again: %+v, %v", again, err)
			}
			redone, err := w.service.UndoStep(ctx, kari, UndoStep{ID: step.ID, Tag: undone.Tag, Edit: edit + "r"})
			if err != nil || redone.StepData != step.StepData {
				t.Fatalf("undone twice it is %+v, and was %+v: %v", redone, step, err)
			}
			step = redone
		}
	})
}

// Kari changes a step, Per changes it after her, and Kari presses undo: Per's stands, and she is given both.
func TestNobodyUndoesAnothersChangeUnseen(t *testing.T) {
	w := newWorld(t, 2)
	ctx, kari, per := w.ctx(), contributor("larvik"), coordinator("larvik")
	step := w.addStep(kari, "larvik", StepData{What: "Lag en plan"})
	_, err := w.service.UndoStep(ctx, kari, UndoStep{ID: step.ID, Tag: step.Tag})
	wantFault(t, err, fault.Conflict, "error.step.undo.nothing")
	hers := must(w.service.SaveStep(ctx, kari, SaveStep{ID: step.ID, Data: StepData{What: "Lag en god plan"}, Tag: step.Tag}))(t)
	his := must(w.service.SaveStep(ctx, per, SaveStep{ID: step.ID, Data: StepData{What: "Lag en kort plan"}, Tag: hers.Tag}))(t)
	_, err = w.service.UndoStep(ctx, kari, UndoStep{ID: step.ID, Tag: hers.Tag, Edit: "u"})
	if lost, ok := wantFault(t, err, fault.Stale, "error.step.undo.stale").Detail.(LostStep); !ok || lost.Theirs.What != "Lag en kort plan" || lost.Theirs.By != per.Person || lost.Yours.What != "Lag en god plan" {
		t.Errorf("she is given %+v", lost)
	}
	if now := must(w.service.Step(ctx, kari, step.ID))(t); now.Tag != his.Tag || now.What != "Lag en kort plan" || now.Was.What != "Lag en god plan" || now.Was.By != kari.Person {
		t.Errorf("it is %+v, and was %+v", now, now.Was)
	}
	_, err = w.service.UndoStep(ctx, kari, UndoStep{ID: step.ID})
	wantFault(t, err, fault.TagRequired, "error.tag.required")
	for name, a := range map[string]org.Actor{"neighbour": coordinator("tokke"), "lead": lead(), "job": org.SystemActor("rounds"), "nobody": {}} {
		if _, err := w.service.UndoStep(ctx, a, UndoStep{ID: step.ID, Tag: his.Tag}); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Removing and bringing back is no change of what it says, and what it was is there afterwards.
	gone := must(w.service.RemoveStep(ctx, kari, step.ID, his.Tag))(t)
	_, err = w.service.UndoStep(ctx, kari, UndoStep{ID: step.ID, Tag: gone.Tag})
	wantFault(t, err, fault.Conflict, "error.step.removed")
	back := must(w.service.RestoreStep(ctx, kari, step.ID))(t)
	if undone := must(w.service.UndoStep(ctx, kari, UndoStep{ID: step.ID, Tag: back.Tag}))(t); undone.What != "Lag en god plan" {
		t.Errorf("undone it is %+v", undone)
	}
	w.relay()
	entries, _, err := w.history.Of(ctx, "larvik", 100, "")
	if told := entries[0]; err != nil || told.Type != "step.undone" || strings.Contains(fmt.Sprint(told.Data), "Lag en") {
		t.Errorf("told: %+v, %v", told, err)
	}
}

// What several write at once comes one after the other, and the last is what the step was not: nobody's text is gone without having been the one before.
func TestUndoAndSaveAtOnce(t *testing.T) {
	w := newWorld(t, 2)
	ctx, kari, per := w.ctx(), contributor("larvik"), coordinator("larvik")
	for i := range 20 {
		step := w.addStep(kari, "larvik", StepData{What: fmt.Sprint("first ", i)})
		step = must(w.service.SaveStep(ctx, kari, SaveStep{ID: step.ID, Data: StepData{What: "second"}, Tag: step.Tag}))(t)
		var at sync.WaitGroup
		var undone, saved error
		at.Go(func() { _, undone = w.service.UndoStep(ctx, kari, UndoStep{ID: step.ID, Tag: step.Tag, Edit: "u"}) })
		at.Go(func() {
			_, saved = w.other.SaveStep(ctx, per, SaveStep{ID: step.ID, Data: StepData{What: "third"}, Tag: step.Tag})
		})
		at.Wait()
		now := must(w.service.Step(ctx, kari, step.ID))(t)
		switch {
		case undone == nil && fault.CodeOf(saved) == fault.Stale && now.What == fmt.Sprint("first ", i) && now.Was.What == "second":
		case saved == nil && fault.CodeOf(undone) == fault.Stale && now.What == "third" && now.Was.What == "second":
		default:
			t.Errorf("undone %v, saved %v: it is %q and was %q", undone, saved, now.What, now.Was.What)
		}
	}
}

// Undoing makes no step somebody's who has left, neither one that was another's since nor one that was handed over.
func TestUndoingGivesNothingToWhoHasLeft(t *testing.T) {
	w := newWorld(t, 2)
	ctx := w.ctx()
	leaver, heir := w.colleague(org.Contributor, "larvik"), w.colleague(org.Coordinator, "larvik")
	given := w.addStep(heir, "larvik", StepData{What: "given", Owner: leaver.Person})
	given = must(w.service.SaveStep(ctx, heir, SaveStep{ID: given.ID, Data: StepData{What: "given", Owner: heir.Person}, Tag: given.Tag}))(t)
	hers := w.addStep(leaver, "larvik", StepData{What: "hers", Owner: leaver.Person})
	hers = must(w.service.SaveStep(ctx, leaver, SaveStep{ID: hers.ID, Data: StepData{What: "hers, changed", Owner: leaver.Person}, Tag: hers.Tag}))(t)
	nobodys := w.addStep(heir, "larvik", StepData{What: "nobody's, or a role's", Role: "it"})
	nobodys = must(w.service.SaveStep(ctx, heir, SaveStep{ID: nobodys.ID, Data: StepData{What: "given", Owner: leaver.Person}, Tag: nobodys.Tag}))(t)
	from := org.Person{ID: leaver.Person, Former: leaver.Grants, Inactive: true}
	must(w.people.Change(ctx, leaver.Person, func(p *org.Person) error { p.Grants, p.Former, p.Inactive = nil, p.Grants, true; return nil }))(t)
	if n, err := w.service.HandOverSteps(ctx, heir, from, must(w.people.Get(ctx, heir.Person))(t)); n != 2 || err != nil {
		t.Fatalf("%d handed over, %v", n, err)
	}
	_, err := w.service.UndoStep(ctx, heir, UndoStep{ID: given.ID, Tag: given.Tag})
	wantFault(t, err, fault.Conflict, "error.step.undo.owner")
	_, err = w.service.UndoStep(ctx, heir, UndoStep{ID: hers.ID, Tag: hers.Tag})
	wantFault(t, err, fault.Stale, "error.step.undo.stale")
	now := must(w.service.Step(ctx, heir, hers.ID))(t)
	if undone := must(w.service.UndoStep(ctx, heir, UndoStep{ID: hers.ID, Tag: now.Tag}))(t); undone.What != "hers" || undone.Owner != heir.Person {
		t.Errorf("undone it is %+v", undone.StepData)
	}
	// What was nobody's before it was hers is whose it became: a hand-over is not what is undone.
	now = must(w.service.Step(ctx, heir, nobodys.ID))(t)
	if undone := must(w.service.UndoStep(ctx, heir, UndoStep{ID: nobodys.ID, Tag: now.Tag}))(t); undone.What != "nobody's, or a role's" || undone.Owner != heir.Person || undone.Role != "" {
		t.Errorf("undone it is %+v", undone.StepData)
	}
	never := w.addStep(heir, "larvik", StepData{What: "never changed"})
	_, err = w.service.UndoStep(ctx, heir, UndoStep{ID: never.ID, Tag: "another"})
	wantFault(t, err, fault.Conflict, "error.step.undo.nothing")
}

// What a step was is kept for thirty days after it was changed, and one version of it.
func TestWhatAStepWasIsForgotten(t *testing.T) {
	w := newWorld(t, 2)
	ctx, a := w.ctx(), contributor("larvik")
	old, young, never := w.addStep(a, "larvik", StepData{What: "old"}), w.addStep(a, "larvik", StepData{What: "young"}), w.addStep(a, "larvik", StepData{What: "never"})
	change := func(s Step, what string) Step {
		return must(w.service.SaveStep(ctx, a, SaveStep{ID: s.ID, Data: StepData{What: what}, Tag: s.Tag}))(t)
	}
	old = change(change(old, "old, changed"), "old, changed again")
	w.advance(StepsKept - time.Hour)
	young = change(young, "young, changed")
	forget := func(want int) {
		t.Helper()
		if n, err := w.service.ForgetFormerSteps(ctx, w.service.now().Add(-StepsKept), 10); n != want || err != nil {
			t.Errorf("%d forgotten, want %d: %v", n, want, err)
		}
	}
	const was = "old, changed\x00" // as BSON ends a string
	forget(0)
	if !strings.Contains(w.stored("steps")[string(old.ID)], was) {
		t.Error("what it was is not where the test looks")
	}
	w.advance(2 * time.Hour)
	forget(1)
	forget(0)
	for _, s := range []Step{old, young, never} {
		now := must(w.service.Step(ctx, a, s.ID))(t)
		if (now.Was != nil) != (s.ID == young.ID) || now.Tag != s.Tag || now.By != s.By || !now.At.Equal(s.At) || now.StepData != s.StepData {
			t.Errorf("%s is %+v, and was %+v", s.What, now, now.Was)
		}
	}
	if strings.Contains(w.stored("steps")[string(old.ID)], was) {
		t.Error("what it was is in the database still")
	}
	_, err := w.service.UndoStep(ctx, a, UndoStep{ID: old.ID, Tag: old.Tag})
	wantFault(t, err, fault.Conflict, "error.step.undo.nothing")
}
