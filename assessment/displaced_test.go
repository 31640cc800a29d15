package assessment

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"
)

// importing is a form of Larvik's that says a level of each of these questions, on what stands.
func (w *world) importing(r RoundID, edit string, n int, questions ...catalogue.QuestionKey) SaveAll {
	w.t.Helper()
	a := must(w.service.Assessment(w.ctx(), contributor("larvik"), r, "larvik"))(w.t)
	save := SaveAll{Round: r, Municipality: "larvik", Edit: edit}
	for _, q := range questions {
		save.Answers = append(save.Answers, Given{q, Value{Level: &n, Note: "by " + edit}, a.Answer(q).Tag})
	}
	return save
}

func questionsOf(answers []Answer) (all []catalogue.QuestionKey) {
	for _, a := range answers {
		all = append(all, a.Question)
	}
	slices.Sort(all)
	return all
}

// Wherever an import is cut off, either nothing of it stands and nothing can be undone, or all of it stands and all can be put back. The same of what
// it is cut off from undoing. Sent again it comes through.
func TestImportIsCutOff(t *testing.T) {
	for n := 0; ; n++ {
		w := newWorld(t, 1)
		r := w.open("Høst 2026")
		w.answer(r.ID, "larvik", "x.d1=3 x.d2=na")
		must(w.service.SaveAnswers(w.ctx(), coordinator("larvik"), w.importing(r.ID, "earlier", 2, "x.d1", "y.d1")))(t)
		w.relay()
		before := must(w.service.Assessment(w.ctx(), contributor("larvik"), r.ID, "larvik"))(t)
		save := w.importing(r.ID, "form", 5, "x.d1", "x.d2", "x.d3")
		w.engine.BeforeWrites(failAfter(n))
		_, cut := w.service.SaveAnswers(w.ctx(), contributor("larvik"), save)
		w.engine.BeforeWrites(nil)
		a := must(w.service.Assessment(w.ctx(), contributor("larvik"), r.ID, "larvik"))(t)
		got := must(w.service.Imported(w.ctx(), contributor("larvik"), a, "form"))(t)
		earlier := must(w.service.Imported(w.ctx(), contributor("larvik"), a, "earlier"))(t)
		if len(got.Fresh) == 0 {
			if !reflect.DeepEqual(a.Answers.Slice(), before.Answers.Slice()) || len(got.Since) != 0 || len(earlier.Fresh) != 2 {
				t.Fatalf("cut off after %d writes: %+v, of the earlier %+v", n, got, earlier)
			}
			must(w.service.SaveAnswers(w.ctx(), contributor("larvik"), save))(t)
		}
		w.engine.BeforeWrites(failAfter(n))
		_, undoCut := w.service.UndoForm(w.ctx(), contributor("larvik"), r.ID, "larvik", "form")
		w.engine.BeforeWrites(nil)
		if got = must(w.service.UndoForm(w.ctx(), contributor("larvik"), r.ID, "larvik", "form"))(t); len(got.Undone) != 3 {
			t.Fatalf("cut off after %d writes, undone: %+v", n, got)
		}
		a = must(w.service.Assessment(w.ctx(), contributor("larvik"), r.ID, "larvik"))(t)
		for _, q := range []catalogue.QuestionKey{"x.d1", "x.d2", "x.d3", "y.d1"} {
			if !reflect.DeepEqual(a.Answer(q).Value, before.Answer(q).Value) {
				t.Errorf("cut off after %d writes, %s is %+v, was %+v", n, q, a.Answer(q), before.Answer(q))
			}
		}
		if cut == nil && undoCut == nil {
			break
		}
	}
}

// Two bring forms back at the same moment, from two copies of the program: each can be undone, whoever was in between. Of two who bring back the same
// question one is refused; the same form sent twice is one.
func TestImportsAtOnce(t *testing.T) {
	importsAtOnce(t, true)
	importsAtOnce(t, false)
}

func importsAtOnce(t *testing.T, twice bool) {
	for n := 1; ; n++ {
		w := newWorld(t, 1)
		r := w.open("Høst 2026")
		w.answer(r.ID, "larvik", "x.d1=3 y.d1=4")
		one, two, same := w.importing(r.ID, "one", 1, "x.d1", "x.d2"), w.importing(r.ID, "two", 2, "y.d1", "y.d2"), w.importing(r.ID, "late", 5, "x.d1", "x.d3")
		reached := w.beforeWrite(n, func() {
			must(w.other.SaveAnswers(w.ctx(), coordinator("larvik"), two))(t)
			if twice {
				must(w.other.SaveAnswers(w.ctx(), contributor("larvik"), one))(t) // her second click
			}
		}, func() { must(w.service.SaveAnswers(w.ctx(), contributor("larvik"), one))(t) })
		_, err := w.service.SaveAnswers(w.ctx(), coordinator("larvik"), same)
		wantFault(t, err, fault.Stale, "error.answer.stale")
		a := must(w.service.Assessment(w.ctx(), contributor("larvik"), r.ID, "larvik"))(t)
		if reached {
			for edit, want := range map[string][]catalogue.QuestionKey{"one": {"x.d1", "x.d2"}, "two": {"y.d1", "y.d2"}, "late": nil} {
				if got := must(w.service.Imported(w.ctx(), contributor("larvik"), a, edit))(t); !slices.Equal(questionsOf(got.Fresh), want) || len(got.Since) != 0 {
					t.Errorf("before write %d, %s: %+v", n, edit, got)
				}
			}
		}
		// And two undo it at once.
		w.beforeWrite(n, func() { must(w.other.UndoForm(w.ctx(), coordinator("larvik"), r.ID, "larvik", "one"))(t) }, func() {
			if got := must(w.service.UndoForm(w.ctx(), contributor("larvik"), r.ID, "larvik", "one"))(t); len(got.Undone) != 2 {
				t.Errorf("before write %d: %+v", n, got)
			}
		})
		a = must(w.service.Assessment(w.ctx(), contributor("larvik"), r.ID, "larvik"))(t)
		if *a.Answer("x.d1").Level != 3 || a.Answer("x.d2").Given() {
			t.Errorf("before write %d: %+v", n, a.Answers.Slice())
		}
		w.relay()
		if entries, _, err := w.history.Of(w.ctx(), "larvik", 100, ""); err != nil || len(entries) != 2+2+map[bool]int{true: 2}[reached]+2 {
			t.Errorf("before write %d: %d events, %v", n, len(entries), err)
		}
		if !reached {
			break
		}
	}
}

// Whatever forms say and whoever changes what in between: what a form put there and nobody touched becomes what it was, and the rest stays.
func TestUndoIsTheOtherWay(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	keys := []catalogue.QuestionKey{"x.d1", "x.d2", "x.d3", "y.d1", "y.d2", "z.d1"}
	n := 0
	now := func() Assessment {
		return must(w.service.Assessment(w.ctx(), contributor("larvik"), r.ID, "larvik"))(t)
	}
	some := rapid.SliceOfDistinct(rapid.SampledFrom(keys), rapid.ID[catalogue.QuestionKey])
	rapid.Check(t, func(rt *rapid.T) {
		var edits []string
		was, by := map[catalogue.QuestionKey]Value{}, map[catalogue.QuestionKey]string{}
		for range rapid.IntRange(1, 3).Draw(rt, "forms") {
			n++
			edit := fmt.Sprint("e", n)
			edits = append(edits, edit)
			for _, q := range append(some.Draw(rt, "said"), "z.d1") {
				a := now()
				was[q], by[q] = a.Answer(q).Value, edit
			}
			var said []catalogue.QuestionKey
			for _, q := range keys {
				if by[q] == edit {
					said = append(said, q)
				}
			}
			must(w.service.SaveAnswers(w.ctx(), contributor("larvik"), w.importing(r.ID, edit, rapid.IntRange(0, 5).Draw(rt, "level"), said...)))(t)
			for _, q := range some.Draw(rt, "changed") {
				w.answer(r.ID, "larvik", string(q)+"=1")
				delete(by, q)
			}
		}
		edit := rapid.SampledFrom(edits).Draw(rt, "undone")
		then := now()
		got := must(w.service.UndoForm(w.ctx(), coordinator("larvik"), r.ID, "larvik", edit))(t)
		a := now()
		for _, q := range keys {
			switch {
			case by[q] == edit && (!reflect.DeepEqual(a.Answer(q).Value, was[q]) || !slices.Contains(questionsOf(got.Undone), q)):
				rt.Fatalf("%s is %+v, was %+v", q, a.Answer(q), was[q])
			case by[q] != edit && !reflect.DeepEqual(a.Answer(q), then.Answer(q)):
				rt.Fatalf("%s is %+v, stood as %+v", q, a.Answer(q), then.Answer(q))
			}
		}
		must(w.service.SweepDisplaced(w.ctx()))(t)
		if kept := must(w.service.DisplacedIn(w.ctx(), coordinator("larvik"), a))(t); len(kept) > len(keys) {
			rt.Fatalf("%d answers are kept of %d questions", len(kept), len(keys))
		}
	})
}

// What is kept ends: after its days, when everything has changed since, and with the municipality. Nobody is offered what has ended before it is swept,
// and what still can be put back stays.
func TestDisplacedEnds(t *testing.T) {
	w := newWorld(t, 2)
	r := w.open("Høst 2026")
	ctx, ola := w.ctx(), contributor("larvik")
	imported := func(edit string) Imported {
		return must(w.service.Imported(ctx, ola, must(w.service.Assessment(ctx, ola, r.ID, "larvik"))(t), edit))(t)
	}
	must(w.service.SaveAnswers(ctx, ola, w.importing(r.ID, "one", 1, "x.d1", "x.d2")))(t)
	w.advance(DisplacedKept - time.Hour)
	must(w.service.SaveAnswers(ctx, ola, w.importing(r.ID, "two", 2, "y.d1")))(t)
	if gone := must(w.service.SweepDisplaced(ctx))(t); gone != 0 || len(imported("one").Fresh) != 2 || len(imported("two").Fresh) != 1 {
		t.Errorf("%d let go of; %+v %+v", gone, imported("one"), imported("two"))
	}
	w.advance(time.Hour)
	if len(imported("one").Fresh) != 0 || len(imported("two").Fresh) != 1 {
		t.Errorf("after its days: %+v %+v", imported("one"), imported("two"))
	}
	must(w.service.SweepDisplaced(ctx))(t)
	a := must(w.service.Assessment(ctx, ola, r.ID, "larvik"))(t)
	if kept := must(w.service.DisplacedIn(ctx, ola, a))(t); len(kept) != 1 || kept[0].Was.Question != "y.d1" {
		t.Errorf("kept %+v", kept)
	}
	_, err := w.service.DisplacedIn(ctx, contributor("tokke"), a)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	w.answer(r.ID, "larvik", "y.d1=5") // without an edit id
	if got := imported("two"); len(got.Since) != 1 || len(got.Late) != 0 || len(imported("one").Late) != 2 {
		t.Errorf("changed since: %+v, too late: %+v", got, imported("one"))
	}
	if gone := must(w.service.SweepDisplaced(ctx))(t); gone != 1 || len(w.stored("displaced")) != 0 {
		t.Errorf("%d let go of", gone)
	}

	// One that was cut off waits for an hour, and is then let go of.
	w.engine.BeforeWrites(failAfter(1))
	_, err = w.service.SaveAnswers(ctx, ola, w.importing(r.ID, "cut", 1, "x.d3"))
	w.engine.BeforeWrites(nil)
	if err == nil || must(w.service.SweepDisplaced(ctx))(t) != 0 || len(w.stored("displaced")) != 1 {
		t.Errorf("cut off: %v", err)
	}
	w.advance(displacedPending)
	if gone := must(w.service.SweepDisplaced(ctx))(t); gone != 1 {
		t.Errorf("%d let go of", gone)
	}

	// Where there is no room for all of it what earlier forms did can't be undone any more, and the new one can.
	must(w.service.SaveAnswers(ctx, ola, w.importing(r.ID, "big", 1, "x.d1")))(t)
	doc := must(w.service.displaced.Get(ctx, assessmentID(r.ID, "larvik")))(t)
	doc.Value.Answers[0].Was.Note = strings.Repeat("x", 1<<20-1_000)
	must(w.service.displaced.Replace(ctx, doc))(t)
	must(w.service.SaveAnswers(ctx, ola, w.importing(r.ID, "next", 2, "x.d2", "x.d3", "y.d1", "y.d2", "z.d1")))(t)
	if len(imported("big").Fresh) != 0 || len(imported("next").Fresh) != 5 {
		t.Errorf("%+v %+v", imported("big"), imported("next"))
	}

	w.relay()
	if err := w.service.DeleteOf(ctx, org.SystemActor("departures"), "larvik", FiguresAggregates); err != nil || len(w.stored("displaced")) != 0 {
		t.Errorf("deleted: %v", err)
	}
}

// An assessment of the first shape, in which an answer held what a form took the place of, is read without it; everything else of it stands, and its
// next save leaves it out of the store.
func TestFirstShapeOfAssessments(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	text, err := os.ReadFile("testdata/assessment-shape-1.json")
	if err != nil {
		t.Fatal(err)
	}
	var body bson.D
	if err := bson.UnmarshalExtJSON(text, true, &body); err != nil {
		t.Fatal(err)
	}
	id := assessmentID(r.ID, "larvik")
	record := must(w.engine.Get(w.ctx(), "assessments", id, ""))(t)
	at := record.Revision
	record.Body, record.Revision, record.Shape = must(bson.Marshal(body))(t), at+"-first", 1
	if err := w.engine.Replace(w.ctx(), "assessments", record, at); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(w.stored("assessments")[id], "Before the form") {
		t.Fatal("the document of the first shape has nothing to leave out")
	}
	a := must(w.service.Assessment(w.ctx(), contributor("larvik"), r.ID, "larvik"))(t)
	var said []string
	for _, answer := range a.Answers.All() {
		line := fmt.Sprint(answer.Question, " ", answer.Note, " ", answer.By, " ", answer.Edits, " ", answer.Carried)
		if answer.Level != nil {
			line += fmt.Sprint(" ", *answer.Level)
		}
		said = append(said, line)
	}
	if want := []string{"x.d1 By the form p-contributor-larvik [first form] false 4", "x.d2  p-coordinator-larvik [] false 2", "y.d1  p-contributor-larvik [form] false 5"}; !slices.Equal(said, want) {
		t.Errorf("%q", said)
	}
	if o := a.Organisation("y"); o.Status != Organised {
		t.Errorf("%+v", o)
	}
	if got := must(w.service.UndoForm(w.ctx(), contributor("larvik"), r.ID, "larvik", "form"))(t); len(got.Undone) != 0 || len(got.Late) != 2 {
		t.Errorf("%+v", got)
	}
	w.answer(r.ID, "larvik", "x.d2=3")
	if held := w.stored("assessments")[id]; strings.Contains(held, "Before the form") || !strings.Contains(held, "By the form") {
		t.Error("saved anew it holds what a form took the place of")
	}
	if shape := must(w.engine.Get(w.ctx(), "assessments", id, ""))(t).Shape; shape != 2 {
		t.Errorf("saved in shape %d", shape)
	}
}
