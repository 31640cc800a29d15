package assessment

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"

	"pgregory.net/rapid"
)

// proposal says a level of a question, on no answer.
func proposal(q catalogue.QuestionKey, n int) Proposal { return Proposal{Question: q, Level: &n} }

// What a form says beside what it leaves alone, and what has become of the answer since it was made.
// Why a level changed says nothing of another level, and stays with the same one.
func TestAReasonStaysWithItsLevel(t *testing.T) {
	stands := Value{Level: new(4), Note: "Ny rutine.", ChangeReason: RealImprovement}
	for _, tt := range []struct {
		p    Proposal
		want ChangeReason
	}{{Proposal{Level: new(1)}, ""}, {Proposal{Level: new(4)}, RealImprovement}, {Proposal{Note: "Utdypet."}, RealImprovement}, {Proposal{Why: NotInUse}, ""}} {
		if got := tt.p.over(stands).ChangeReason; got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.p, got, tt.want)
		}
	}
}

func TestWeigh(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026", "x", "y")
	w.answer(r.ID, "larvik", "x.d1=3 x.d2=na y.d1=2")
	a := must(w.service.SaveAnswer(t.Context(), contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "y.d2", Value: Value{Level: new(1), Note: "Old"}, First: true}))(t)
	of := must(w.service.Form(a))(t)
	tag := func(q catalogue.QuestionKey) string { return a.Answer(q).Tag }
	held := w.stored("assessments")
	for _, tt := range []struct {
		name  string
		p     Proposal
		after Value
		clash bool
		wrong string
	}{
		{"a first answer", proposal("x.d3", 4), level(4), false, ""},
		{"another level", Proposal{Question: "x.d1", Base: tag("x.d1"), Level: new(4)}, level(4), false, ""},
		{"a note beside the level", Proposal{Question: "x.d1", Base: tag("x.d1"), Note: " Ja.\r\n"}, Value{Level: new(3), Note: "Ja."}, false, ""},
		{"a level beside the note", Proposal{Question: "y.d2", Base: tag("y.d2"), Level: new(2)}, Value{Level: new(2), Note: "Old"}, false, ""},
		{"a level in place of not applicable", Proposal{Question: "x.d2", Base: tag("x.d2"), Level: new(1)}, level(1), false, ""},
		{"not applicable in place of a level", Proposal{Question: "x.d1", Base: tag("x.d1"), Why: NotInUse}, Value{NotApplicableReason: NotInUse}, false, ""},
		{"words alone are another reason", Proposal{Question: "x.d3", Words: "Fordi"}, Value{NotApplicableReason: OtherExemption, NotApplicable: "Fordi"}, false, ""},
		{"made before somebody answered", proposal("y.d1", 5), level(5), true, ""},
		{"made on another answer", Proposal{Question: "y.d1", Base: "old", Level: new(5)}, level(5), true, ""},
		{"beyond the scale", proposal("x.d3", 6), level(6), false, "level"},
		{"a level and not applicable", Proposal{Question: "x.d3", Level: new(2), Why: NotOurs}, Value{Level: new(2), NotApplicableReason: NotOurs}, false, "notApplicable"},
		{"another reason without words", Proposal{Question: "x.d3", Why: OtherExemption}, Value{NotApplicableReason: OtherExemption}, false, "notApplicable"},
		{"no such question", proposal("nosuch", 2), level(2), false, "question"},
		{"a question outside the round", proposal("z.d1", 2), level(2), false, "question"},
	} {
		got := must(w.service.Weigh(t.Context(), contributor("larvik"), r.ID, "larvik", of, []Proposal{tt.p, {Question: "x.d1"}}))(t)
		if len(got.Changes) != 1 || got.Same != 0 {
			t.Errorf("%s: %+v", tt.name, got)
			continue
		}
		p := got.Changes[0]
		if wrong := len(p.Wrong) > 0; wrong != (tt.wrong != "") || wrong && p.Wrong[0].Name != tt.wrong {
			t.Errorf("%s: wrong is %v", tt.name, p.Wrong)
		}
		if !reflect.DeepEqual(p.After, tt.after) || p.Clash != tt.clash || p.Before.Tag != tag(tt.p.Question) {
			t.Errorf("%s: %+v", tt.name, p)
		}
	}
	// The same again is nothing to save, whoever said it; a question twice is one too many; a number is asked about.
	got := must(w.service.Weigh(t.Context(), contributor("larvik"), r.ID, "larvik", of,
		[]Proposal{proposal("x.d1", 3), proposal("x.d3", 1), proposal("x.d3", 1), {Question: "y.d2", Note: "01010750160"}}))(t)
	if got.Same != 1 || len(got.Changes) != 3 || len(got.Changes[0].Wrong) != 0 || got.Changes[1].Wrong[0].Key != "error.form.twice" || !slices.Equal(got.Changes[2].Holds, []string{"note"}) {
		t.Errorf("%+v", got)
	}
	if !maps.Equal(held, w.stored("assessments")) {
		t.Error("weighing wrote something")
	}
}

// A form of something else is refused, and one that comes too late; so is whoever may not answer.
func TestWeighRefuses(t *testing.T) {
	w := newWorld(t, 2)
	r := w.open("Høst 2026")
	of := must(w.service.Form(must(w.service.Assessment(t.Context(), contributor("larvik"), r.ID, "larvik"))(t)))(t)
	try := func(who org.Actor, change func(*FormOf), code fault.Code, key string) {
		t.Helper()
		of := of
		change(&of)
		_, err := w.service.Weigh(t.Context(), who, r.ID, "larvik", of, []Proposal{proposal("x.d1", 1)})
		wantFault(t, err, code, key)
	}
	same := func(*FormOf) {}
	me := contributor("larvik")
	try(me, func(f *FormOf) { f.Municipality = "tokke" }, fault.Conflict, "error.form.municipality")
	try(me, func(f *FormOf) { f.Round = "another" }, fault.Conflict, "error.form.round")
	try(me, func(f *FormOf) { f.Catalogue = "small-2" }, fault.Conflict, "error.form.catalogue")
	try(me, func(f *FormOf) { f.Structure = "draft" }, fault.Conflict, "error.form.catalogue")
	for _, who := range []org.Actor{as(org.Leader, "larvik"), contributor("tokke"), lead()} {
		try(who, same, fault.Forbidden, "error.forbidden")
		_, err := w.service.SaveAnswers(t.Context(), who, SaveAll{Round: r.ID, Municipality: "larvik", Answers: []Given{{"x.d1", level(1), ""}}})
		wantFault(t, err, fault.Forbidden, "error.forbidden")
	}
	w.handIn(r.ID, "larvik")
	try(me, same, fault.Conflict, "error.assessment.handed-in")
	_, err := w.service.SaveAnswers(t.Context(), me, SaveAll{Round: r.ID, Municipality: "larvik", Answers: []Given{{"x.d1", level(1), ""}}})
	wantFault(t, err, fault.Conflict, "error.assessment.handed-in")
	w.close(r.ID)
	try(me, same, fault.Conflict, "error.assessment.sealed")
}

// What was carried is nobody's word yet: a form made before says its own without a clash, and the same confirms it.
func TestWeighCarried(t *testing.T) {
	w := newWorld(t, 1)
	first := w.open("Vår 2026")
	w.answer(first.ID, "larvik", "x.d1=3 x.d2=2")
	w.close(first.ID)
	w.advance(time.Hour)
	r := w.open("Høst 2026")
	of := must(w.service.Form(must(w.service.Carry(t.Context(), contributor("larvik"), r.ID, "larvik"))(t)))(t)
	got := must(w.service.Weigh(t.Context(), contributor("larvik"), r.ID, "larvik", of, []Proposal{proposal("x.d1", 3), proposal("x.d2", 4)}))(t)
	if len(got.Changes) != 2 || !got.Changes[0].Confirms || got.Changes[0].Clash || got.Changes[1].Confirms || got.Changes[1].Clash {
		t.Fatalf("%+v", got.Changes)
	}
	var all []Given
	for _, p := range got.Changes {
		all = append(all, Given{p.Question, p.After, p.Before.Tag})
	}
	a := must(w.service.SaveAnswers(t.Context(), contributor("larvik"), SaveAll{Round: r.ID, Municipality: "larvik", Answers: all}))(t)
	if one, two := a.Answer("x.d1"), a.Answer("x.d2"); one.Carried || one.From == nil || two.Carried || two.From != nil || *two.Level != 4 {
		t.Errorf("%+v %+v", one, two)
	}
}

// All or nothing: whatever is wrong with one, none is saved, and no event tells of any. Sent twice it is once.
func TestSaveAnswers(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	w.answer(r.ID, "larvik", "x.d1=3")
	a := must(w.service.Assessment(t.Context(), contributor("larvik"), r.ID, "larvik"))(t)
	save := func(edit string, confirmed bool, all ...Given) (Assessment, error) {
		return w.service.SaveAnswers(t.Context(), coordinator("larvik"), SaveAll{Round: r.ID, Municipality: "larvik", Answers: all, Edit: edit, Confirmed: confirmed})
	}
	good := []Given{{"x.d1", level(4), a.Answer("x.d1").Tag}, {"y.d1", level(2), ""}}
	held := w.stored("assessments")
	for _, tt := range []struct {
		name string
		last Given
		code fault.Code
		key  string
	}{
		{"beyond the scale", Given{"z.d1", level(9), ""}, fault.Invalid, "error.answer"},
		{"an old tag", Given{"z.d1", level(1), "old"}, fault.Stale, "error.answer.stale"},
		{"no such question", Given{"nosuch", level(1), ""}, fault.NotFound, "error.question.unknown"},
		{"a question twice", good[0], fault.Invalid, "error.form.twice"},
		{"somebody's number", Given{"z.d1", Value{Note: "01010750160"}, ""}, fault.Invalid, "error.text.person-number"},
	} {
		_, err := save("e0", false, append(good[:2:2], tt.last)...)
		wantFault(t, err, tt.code, tt.key)
		if !maps.Equal(held, w.stored("assessments")) {
			t.Fatalf("%s: something was saved", tt.name)
		}
	}
	all := append(good[:2:2], Given{"z.d1", Value{Level: new(1), Note: "01010750160"}, ""})
	a = must(save("e1", true, all...))(t)
	if a.Answers.Len() != 3 || *a.Answer("x.d1").Level != 4 || *a.Answer("z.d1").Level != 1 || a.Answer("y.d1").By != "p-coordinator-larvik" {
		t.Errorf("%+v", a.Answers.Slice())
	}
	held = w.stored("assessments")
	must(save("e1", true, all...))(t)
	if !maps.Equal(held, w.stored("assessments")) {
		t.Error("sent twice it was saved twice")
	}
	w.relay()
	entries, _, err := w.history.Of(t.Context(), "larvik", 100, "")
	if err != nil || len(entries) != 4 || strings.Contains(fmt.Sprint(entries), "01010750160") {
		t.Errorf("the history has %+v (%v)", entries, err)
	}
}

// Whoever is faster: answers that are weighed and saved while a colleague of another copy answers one of them are all refused, and hers stands.
func TestSaveAnswersLoses(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	all := []Given{{"x.d1", level(1), ""}, {"x.d2", level(1), ""}}
	var err error
	w.beforeWrite(1, func() {
		must(w.other.SaveAnswer(w.ctx(), contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "x.d2", Value: level(5), First: true}))(t)
	}, func() {
		_, err = w.service.SaveAnswers(w.ctx(), coordinator("larvik"), SaveAll{Round: r.ID, Municipality: "larvik", Answers: all})
	})
	wantFault(t, err, fault.Stale, "error.answer.stale")
	if a := must(w.service.Assessment(w.ctx(), contributor("larvik"), r.ID, "larvik"))(t); a.Answers.Len() != 1 || *a.Answer("x.d2").Level != 5 {
		t.Errorf("%+v", a.Answers.Slice())
	}
}

// Whatever a form says on whatever stands: weighed and saved, each answer is what weighing said, what was not spoken of stands as it did, and
// weighed again the form changes nothing.
func TestFormTakesHold(t *testing.T) {
	c := smallCatalogue(t)
	keys := []catalogue.QuestionKey{"x.d1", "x.d2", "x.d3", "y.d1", "y.d2", "z.d1"}
	value := rapid.Custom(func(t *rapid.T) Value {
		v := Value{Note: rapid.SampledFrom([]string{"", "", "a note"}).Draw(t, "note")}
		switch n := rapid.IntRange(-2, 5).Draw(t, "level"); n {
		case -2:
		case -1:
			v.NotApplicableReason, v.NotApplicable = rapid.SampledFrom(Exemptions).Draw(t, "why"), "because"
		default:
			v.Level = &n
		}
		return v
	})
	rapid.Check(t, func(t *rapid.T) {
		a := Assessment{Scope: everyTask(c), State: Draft, Catalogue: c.Key()}
		for _, q := range keys {
			if rapid.Bool().Draw(t, "answered") {
				a.put(Answer{Question: q, Value: value.Draw(t, "old"), Tag: "t-" + string(q), Carried: rapid.Bool().Draw(t, "carried")})
			}
		}
		var all []Proposal
		for _, q := range keys {
			v := value.Draw(t, "new")
			all = append(all, Proposal{q, a.Answer(q).Tag, v.Level, v.NotApplicableReason, v.NotApplicable, v.Note})
		}
		changes, same := a.weigh(c, all)
		before := map[catalogue.QuestionKey]Answer{}
		for _, q := range keys {
			before[q] = a.Answer(q)
		}
		s := &Service{catalogues: map[catalogue.Key]*catalogue.Catalogue{c.Key(): c}, now: func() time.Time { return start }}
		for _, p := range changes {
			if p.Clash || len(p.Wrong) > 0 || len(p.Holds) > 0 {
				t.Fatalf("%+v", p)
			}
			if _, err := s.saveIn("test", &a, contributor("larvik"), Save{Question: p.Question, Value: p.After, First: p.Before.Tag == "", Tag: p.Before.Tag}); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(a.Answer(p.Question).Value, p.After) {
				t.Fatalf("%+v became %+v", p, a.Answer(p.Question))
			}
			delete(before, p.Question)
		}
		for q, old := range before {
			if !reflect.DeepEqual(a.Answer(q), old) {
				t.Fatalf("%s was not spoken of, and became %+v", q, a.Answer(q))
			}
		}
		said := 0
		for _, p := range all {
			if !p.Blank() {
				said++
			}
		}
		if again, still := a.weigh(c, all); len(again) != 0 || still != said || same+len(changes) != said {
			t.Fatal(fmt.Sprint(again, still, said, same))
		}
	})
}

// What a form saved is put back as it was, but for what somebody has changed since: a first answer is none again, another is as it was with who wrote
// it, a carried one waits again. Undone twice is undone once, and the form sent again after that is not saved again. The assessment itself keeps one
// copy of each answer, and nothing is kept once a hand-in has let go of it.
func TestUndoForm(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Vår 2026", "x", "y")
	w.answer(r.ID, "larvik", "y.d1=2")
	w.handIn(r.ID, "larvik")
	w.close(r.ID)
	w.publish(r.ID)
	r = w.again("Høst 2026", "x", "y")
	ctx, kari, ola := w.ctx(), coordinator("larvik"), contributor("larvik")
	must(w.service.Carry(ctx, kari, r.ID, "larvik"))(t)
	old := must(w.service.SaveAnswer(ctx, kari, Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Value: Value{Level: new(3), Note: "Old"}, First: true, Edit: "first"}))(t)
	w.advance(time.Hour)
	tag := func(q catalogue.QuestionKey) string { return old.Answer(q).Tag }
	form := SaveAll{Round: r.ID, Municipality: "larvik", Edit: "form", Answers: []Given{
		{"x.d1", Value{Level: new(5), Note: "New"}, tag("x.d1")}, {"x.d2", level(1), ""}, {"x.d3", level(2), ""}, {"y.d1", level(4), tag("y.d1")}}}
	saved := must(w.service.SaveAnswers(ctx, ola, form))(t)
	if held := w.stored("assessments")[assessmentID(r.ID, "larvik")]; strings.Contains(held, "Old") || !strings.Contains(held, "New") {
		t.Error("the assessment holds what the form took the place of")
	}
	changed := must(w.service.SaveAnswer(ctx, kari, Save{Round: r.ID, Municipality: "larvik", Question: "x.d3", Value: level(3), Tag: saved.Answer("x.d3").Tag, Edit: "later"}))(t)
	if got := must(w.service.Imported(ctx, kari, changed, "form"))(t); len(got.Fresh) != 3 || len(got.Since) != 1 || got.Since[0].Question != "x.d3" || len(got.Undone) != 0 {
		t.Fatalf("%+v", got)
	}
	for _, edit := range []string{"", "later", "nosuch"} {
		if got := must(w.service.UndoForm(ctx, ola, r.ID, "larvik", edit))(t); len(got.Undone) != 0 {
			t.Errorf("undoing %q put %+v back", edit, got.Undone)
		}
	}
	var held map[string]string
	for i := range 2 {
		got := must(w.service.UndoForm(ctx, ola, r.ID, "larvik", "form"))(t)
		if len(got.Undone) != 3 || len(got.Fresh) != 0 || len(got.Since) != 1 {
			t.Errorf("time %d: %+v", i, got)
		}
		if i > 0 && !maps.Equal(held, w.stored("assessments")) {
			t.Error("undone twice something was written twice")
		}
		held = w.stored("assessments")
	}
	if must(w.service.SaveAnswers(ctx, ola, form))(t); !maps.Equal(held, w.stored("assessments")) {
		t.Error("the form came again after it was undone")
	}
	if kept := w.stored("displaced"); len(kept) != 0 {
		t.Errorf("undone, %d documents are kept", len(kept))
	}
	a := must(w.service.Assessment(ctx, kari, r.ID, "larvik"))(t)
	for _, q := range []catalogue.QuestionKey{"x.d1", "y.d1"} {
		got, want := a.Answer(q), old.Answer(q)
		if got.Tag == want.Tag || got.Tag == saved.Answer(q).Tag {
			t.Errorf("%s has a tag that somebody has seen", q)
		}
		if got.Tag, got.Edits = want.Tag, want.Edits; !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v, was %+v", q, got, want)
		}
	}
	if got := a.Answer("x.d2"); got.Given() || got.By != ola.Person {
		t.Errorf("a first answer became %+v", got)
	}
	if !reflect.DeepEqual(a.Answer("x.d3"), changed.Answer("x.d3")) {
		t.Errorf("what was changed since became %+v", a.Answer("x.d3"))
	}

	// Handed in, it is not undone any more, nor after that: also where a cut kept what it took the place of.
	must(w.service.SaveAnswers(ctx, ola, SaveAll{Round: r.ID, Municipality: "larvik", Edit: "again", Answers: []Given{{"x.d1", level(1), a.Answer("x.d1").Tag}}}))(t)
	kept := must(w.service.displaced.Get(ctx, assessmentID(r.ID, "larvik")))(t)
	w.advance(time.Minute)
	w.handIn(r.ID, "larvik")
	if kept := w.stored("displaced"); len(kept) != 0 {
		t.Errorf("handed in, %d documents are kept", len(kept))
	}
	must(w.service.displaced.Insert(ctx, kept.ID, kept.Value))(t)
	_, err := w.service.UndoForm(ctx, leader("larvik"), r.ID, "larvik", "again")
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	must(w.service.TakeBack(ctx, kari, r.ID, "larvik"))(t)
	if got := must(w.service.UndoForm(ctx, ola, r.ID, "larvik", "again"))(t); len(got.Undone) != 0 || len(got.Late) != 1 {
		t.Errorf("after the hand-in: %+v", got)
	}
}

// Sealed while it could have been undone, it says why not.
func TestUndoFormSealed(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	must(w.service.SaveAnswers(w.ctx(), contributor("larvik"), SaveAll{Round: r.ID, Municipality: "larvik", Edit: "form", Answers: []Given{{"x.d1", level(1), ""}}}))(t)
	w.close(r.ID)
	if got := must(w.service.UndoForm(w.ctx(), contributor("larvik"), r.ID, "larvik", "form"))(t); len(got.Undone) != 0 || len(got.Late) != 1 {
		t.Errorf("%+v", got)
	}
	if gone := must(w.service.SweepDisplaced(w.ctx()))(t); gone != 1 || len(w.stored("displaced")) != 0 {
		t.Errorf("%d were let go of", gone)
	}
}
