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
	"helhet/internal/store"

	"pgregory.net/rapid"
)

// again opens a round some time after the one before.
func (w *world) again(name string, tasks ...catalogue.TaskKey) Round {
	w.t.Helper()
	w.advance(24 * time.Hour)
	return w.open(name, tasks...)
}

// own is Larvik's assessment as it is stored.
func (w *world) own(id RoundID) Assessment {
	w.t.Helper()
	return must(w.service.Assessment(w.ctx(), contributor("larvik"), id, "larvik"))(w.t)
}

// answerOf is one of its answers.
func (w *world) answerOf(id RoundID, q catalogue.QuestionKey) Answer {
	w.t.Helper()
	a := w.own(id)
	return a.Answer(q)
}

func (w *world) carry(id RoundID) Assessment {
	w.t.Helper()
	return must(w.service.Carry(w.ctx(), contributor("larvik"), id, "larvik"))(w.t)
}

// told writes an assessment's answers as answered reads them, in the order of the questions.
func told(a Assessment) string {
	var words []string
	for _, answer := range a.Answers.All() {
		value := ""
		switch {
		case answer.Level != nil:
			value = fmt.Sprint(*answer.Level)
		case answer.Exempt():
			value = "na"
		}
		if answer.Carried {
			value = "c" + value
		}
		words = append(words, string(answer.Question)+"="+value)
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// shown is what a page shows of some questions.
func shown(a Assessment, questions ...catalogue.QuestionKey) []Shown {
	var all []Shown
	for _, q := range questions {
		all = append(all, Shown{q, a.Answer(q).Tag})
	}
	return all
}

// Answers are carried to what nobody has touched, with note and reason and where they came from, and count for nothing.
func TestCarry(t *testing.T) {
	w := newWorld(t, 2)
	spring := w.open("Vår 2026")
	_, err := w.service.Carry(t.Context(), contributor("larvik"), spring.ID, "larvik")
	wantFault(t, err, fault.Conflict, "error.carry.nothing") // there was no round before
	w.answer(spring.ID, "larvik", "x.d1=3 x.d2=na x.d3=4 y.d1=2 z.d1=5 !z")
	must(w.service.SaveAnswer(t.Context(), contributor("larvik"), Save{Round: spring.ID, Municipality: "larvik", Question: "y.d1", Tag: w.answerOf(spring.ID, "y.d1").Tag,
		Value: Value{Level: new(2), Note: "Nattevaktene mangler.", ChangeReason: NewInsight}}))(t)
	must(w.service.SaveAnswer(t.Context(), contributor("larvik"), Save{Round: spring.ID, Municipality: "larvik", Question: "y.d2", First: true, Value: Value{Note: "Bare en merknad."}}))(t)

	autumn := w.again("Høst 2026")
	w.answer(autumn.ID, "larvik", "x.d1=1 x.d3=") // x.d3 is answered and taken back: hers too
	before := w.own(autumn.ID)
	a := w.carry(autumn.ID)
	if got, want := told(a), "x.d1=1 x.d2=cna x.d3= y.d1=c2"; got != want { // z did not count, being not relevant; a note alone is no answer
		t.Errorf("carried: %s, want %s", got, want)
	}
	got := a.Answer("y.d1")
	if *got.Level != 2 || got.Note != "Nattevaktene mangler." || got.ChangeReason != "" || *got.From != (Source{Round: spring.ID, Kind: catalogue.Same}) || got.Tag == "" || got.By != "p-contributor-larvik" {
		t.Errorf("%+v from %+v", got, got.From)
	}
	if na := a.Answer("x.d2"); na.NotApplicableReason != OtherExemption || na.NotApplicable != "a reason" {
		t.Errorf("%+v", na)
	}
	c := w.service.catalogues[small]
	if !maps.Equal(a.Counts(c), before.Counts(c)) || !reflect.DeepEqual(Calculate(c, a.Scope, &a), Calculate(c, a.Scope, &before)) {
		t.Error("what is not confirmed counts")
	}
	if n := a.Unconfirmed(c); !maps.Equal(n, map[catalogue.TaskKey]int{"x": 1, "y": 1}) {
		t.Errorf("unconfirmed: %v", n)
	}
	w.answer(autumn.ID, "larvik", "!y")
	if a = w.own(autumn.ID); a.Unconfirmed(c)["y"] != 0 {
		t.Error("what a task hides waits for somebody")
	}
	stands := w.stored("assessments")
	w.carry(autumn.ID)
	if !maps.Equal(stands, w.stored("assessments")) {
		t.Error("carried twice")
	}

	// Saved as it stands it is confirmed, and says where it came from until it is another.
	save := func(v Value) Answer {
		t.Helper()
		a := must(w.service.SaveAnswer(t.Context(), coordinator("larvik"), Save{Round: autumn.ID, Municipality: "larvik", Question: "y.d1", Tag: w.answerOf(autumn.ID, "y.d1").Tag, Value: v}))(t)
		return a.Answer("y.d1")
	}
	if got := save(Value{Level: new(2), Note: "Nattevaktene mangler."}); got.Carried || got.From == nil || got.By != "p-coordinator-larvik" {
		t.Errorf("confirmed by saving: %+v", got)
	}
	if got := save(Value{Level: new(2), Note: "Nattevaktene er med."}); got.Carried || got.From != nil {
		t.Errorf("changed: %+v", got)
	}

	// Undone, what nobody confirmed is gone and the rest stays.
	a = must(w.service.UndoCarry(t.Context(), coordinator("larvik"), autumn.ID, "larvik"))(t)
	if got, want := told(a), "x.d1=1 x.d3= y.d1=2"; got != want {
		t.Errorf("undone: %s, want %s", got, want)
	}
	if a = w.carry(autumn.ID); told(a) != "x.d1=1 x.d2=cna x.d3= y.d1=2" {
		t.Errorf("and carried again: %s", told(a))
	}

	// What nobody confirmed is no answer of that round, and no later one gets it from there.
	winter := w.again("Vinter 2027")
	if a := w.carry(winter.ID); told(a) != "x.d1=c1" { // y is not relevant in autumn
		t.Errorf("carried on: %s", told(a))
	}
	w.handIn(winter.ID, "larvik")
	for name, do := range map[string]func() error{
		"undo": func() error {
			_, err := w.service.UndoCarry(t.Context(), contributor("larvik"), winter.ID, "larvik")
			return err
		},
		"confirm": func() error {
			_, _, err := w.service.Confirm(t.Context(), contributor("larvik"), Confirm{Round: winter.ID, Municipality: "larvik", Task: "x", Answers: shown(w.own(winter.ID), "x.d1")})
			return err
		},
	} {
		if err := do(); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("%s when handed in: %v", name, err)
		}
	}
	p := must(w.service.Previous(t.Context(), contributor("tokke"), must(w.service.Assessment(t.Context(), contributor("tokke"), autumn.ID, "tokke"))(t)))(t)
	if e := p.Of("x.d1"); len(e.Answers) != 0 || len(e.From) != 1 {
		t.Errorf("the neighbour answered %+v", e)
	}
	_, err = w.service.Carry(t.Context(), coordinator("tokke"), winter.ID, "larvik")
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	_, err = w.service.Carry(t.Context(), contributor("tokke"), autumn.ID, "tokke")
	wantFault(t, err, fault.Conflict, "error.carry.nothing")
}

// A round that has not opened takes no answers, also none that are carried.
func TestNothingIsCarriedIntoARoundThatDidNotOpen(t *testing.T) {
	w := newWorld(t, 1)
	w.answer(w.open("Vår 2026").ID, "larvik", "x.d1=3")
	w.advance(24 * time.Hour)
	autumn := w.plan("Høst 2026")
	w.engine.BeforeWrites(failAfter(1)) // the assessment is made, the round is not opened
	_, err := w.service.Open(t.Context(), lead(), autumn.ID)
	w.engine.BeforeWrites(nil)
	wantFault(t, err, fault.Unavailable, "error.unavailable")
	stands := w.stored("assessments")
	_, err = w.service.Carry(t.Context(), contributor("larvik"), autumn.ID, "larvik")
	wantFault(t, err, fault.Conflict, "error.round.not-open")
	if len(stands) != 2 || !maps.Equal(stands, w.stored("assessments")) {
		t.Errorf("%d assessments, or something was written", len(stands))
	}
}

// A new version's questions get what they come from: the same as it was, the others with a look of their own.
func TestCarryFollowsTheMapping(t *testing.T) {
	one, two := secondModel(t, "trygg-hverdag-1"), secondModel(t, "trygg-hverdag-2")
	w := newWorld(t, 1, one, two)
	on := func(key catalogue.Key, name string) RoundID {
		t.Helper()
		w.advance(24 * time.Hour)
		now := w.service.now()
		r := must(w.service.Plan(w.ctx(), lead(), Plan{Region: region, Name: name, Catalogue: key, OpensAt: now, ClosesAt: now.Add(time.Hour)}))(t)
		return must(w.service.Open(w.ctx(), lead(), r.ID))(t).ID
	}
	rounds := 0
	for _, tt := range []struct{ then, now string }{
		{"tilsyn.utstyr=2 tilsyn.folk=3 alarm.behov=4 alarm.folk=1 besok.behov=2 besok.utstyr=4 besok.folk=2",
			"alarm.behov=c4 alarm.folk=c1 besok.avtale=c2 tilsyn.folk=c3 tilsyn.kamera=c2 tilsyn.sensor=c2"},
		{"besok.behov=2 besok.folk=4", ""}, // they don't agree, and nobody chooses for the municipality
		{"besok.behov=2 besok.folk=na", ""},
		{"besok.behov=na besok.folk=na", "besok.avtale=cna"},
		{"besok.folk=4", "besok.avtale=c4"},
		{"besok.utstyr=4 alarm.folk=", ""},
	} {
		rounds++
		then, now := on("trygg-hverdag-1", fmt.Sprint("Før ", rounds)), on("trygg-hverdag-2", fmt.Sprint("Nå ", rounds))
		w.answer(then, "larvik", tt.then)
		if tt.now == "" {
			_, err := w.service.Carry(t.Context(), contributor("larvik"), now, "larvik")
			wantFault(t, err, fault.Conflict, "error.carry.nothing")
			continue
		}
		if a := w.carry(now); told(a) != tt.now {
			t.Errorf("%s became %s, want %s", tt.then, told(a), tt.now)
		}
	}

	then := answered("tilsyn.utstyr=2 tilsyn.folk=3 alarm.folk=1 besok.behov=2 besok.folk=2")
	then.Scope, then.Round = everyTask(one), "r"
	known := func(k catalogue.Key) *catalogue.Catalogue { return w.service.catalogues[k] }
	p := previousOf(then, one, two, known)
	for q, kind := range map[catalogue.QuestionKey]catalogue.Kind{"tilsyn.kamera": catalogue.Split, "tilsyn.folk": catalogue.Same, "alarm.folk": catalogue.Reworded, "alarm.test": catalogue.New, "besok.avtale": catalogue.Merged} {
		e := p.Of(q)
		if look := (Answer{From: &Source{Kind: e.Kind}}).NeedsLook(); e.Kind != kind || look != (kind != catalogue.Same && kind != catalogue.New) {
			t.Errorf("%s is %s, to be looked at: %t", q, e.Kind, look)
		}
	}
	for note, want := range map[[2]string]string{
		{"a", "b"}: "a\n\nb", {"a", "a"}: "a", {"", "b"}: "b", {"a", ""}: "a", {strings.Repeat("æ", MaxNote), "b"}: strings.Repeat("æ", MaxNote),
	} {
		e := Earlier{scaled: true, Answers: []Answer{{Value: Value{Level: new(2), Note: note[0]}}, {Value: Value{Level: new(2), Note: note[1]}}}}
		if v, ok := e.Value(); !ok || v.Note != want {
			t.Errorf("%.10q became %.10q", note, v.Note)
		}
	}
	// On another scale a level says something else. That a question does not apply is the same on any.
	wider := *two
	wider.Scale = catalogue.Scale{Min: 0, Max: 5}
	then = answered("tilsyn.folk=3 alarm.folk=na")
	then.Scope = everyTask(one)
	p = previousOf(then, one, &wider, known)
	if _, ok := p.Of("tilsyn.folk").Value(); ok || len(p.Of("tilsyn.folk").Answers) != 1 {
		t.Error("a level was carried to another scale, or is not shown")
	}
	if _, ok := p.Of("alarm.folk").Value(); !ok {
		t.Error("not applicable was not carried")
	}
	// Where no mapping leads there is nothing to show or carry, and a round that did not cover a task asked nothing of it.
	other := secondModel(t, "trygg-hverdag-1")
	other.ID = "noe-annet"
	if e := previousOf(then, other, two, known).Of("tilsyn.folk"); e.Kind != "" || len(e.From) != 0 {
		t.Errorf("%+v", e)
	}
	then.Scope = Scope{"alarm"}
	if e := previousOf(then, one, two, known).Of("tilsyn.folk"); len(e.From) != 0 || len(e.Answers) != 0 {
		t.Errorf("%+v", e)
	}
	var none *Previous
	if e := none.Of("tilsyn.folk"); len(e.From) != 0 || none.Carriable(two, then) != nil {
		t.Errorf("%+v", e)
	}
}

// One click confirms what the page showed of one task, and says what it left.
func TestConfirm(t *testing.T) {
	w := newWorld(t, 1)
	spring := w.open("Vår 2026")
	w.answer(spring.ID, "larvik", "x.d1=3 x.d2=2 x.d3=4 y.d1=2 y.d2=1")
	r := w.again("Høst 2026")
	page := w.carry(r.ID)
	confirm := Confirm{Round: r.ID, Municipality: "larvik", Task: "x", Answers: shown(page, "x.d1", "x.d2", "x.d3"), Edit: "click"}
	ask := func(c Confirm) (Assessment, Confirmation) {
		t.Helper()
		a, done, err := w.service.Confirm(t.Context(), contributor("larvik"), c)
		if err != nil {
			t.Fatal(err)
		}
		return a, done
	}
	stands := w.stored("assessments")
	for name, tt := range map[string]struct {
		change func(*Confirm)
		code   fault.Code
		key    string
	}{
		"another task's question": {func(c *Confirm) { c.Answers = shown(page, "x.d1", "y.d1") }, fault.NotFound, "error.question.other-task"},
		"an unknown question":     {func(c *Confirm) { c.Answers = []Shown{{"x.d9", "t"}} }, fault.NotFound, "error.question.unknown"},
		"an unknown task":         {func(c *Confirm) { c.Task = "w" }, fault.NotFound, "error.task.not-in-round"},
		"an unknown round":        {func(c *Confirm) { c.Round = "r" }, fault.NotFound, "error.round.unknown"},
		"a long edit id":          {func(c *Confirm) { c.Edit = strings.Repeat("x", maxEditID+1) }, fault.Malformed, "error.edit-id"},
		"another municipality":    {func(c *Confirm) { c.Municipality = "tokke" }, fault.Forbidden, "error.forbidden"},
	} {
		c := confirm
		tt.change(&c)
		_, _, err := w.service.Confirm(t.Context(), contributor("larvik"), c)
		wantFault(t, err, tt.code, tt.key)
		if !maps.Equal(stands, w.stored("assessments")) {
			t.Fatalf("%s: something was written", name)
		}
	}
	if _, done := ask(Confirm{Round: r.ID, Municipality: "larvik", Task: "x"}); !reflect.DeepEqual(done, Confirmation{}) {
		t.Errorf("nothing shown: %+v", done)
	}

	w.answer(r.ID, "larvik", "x.d2=5") // a colleague, meanwhile
	a, done := ask(confirm)
	if want := (Confirmation{Done: []catalogue.QuestionKey{"x.d1", "x.d3"}, Changed: []catalogue.QuestionKey{"x.d2"}}); !reflect.DeepEqual(done, want) {
		t.Errorf("%+v", done)
	}
	if got, want := told(a), "x.d1=3 x.d2=5 x.d3=4 y.d1=c2 y.d2=c1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := a.Answer("x.d1"); got.By != "p-contributor-larvik" || got.From == nil || got.Tag == page.Answer("x.d1").Tag {
		t.Errorf("%+v", got)
	}
	// The same click again is the same, and a later page's click on what is confirmed changes nothing either.
	stands = w.stored("assessments")
	if _, done := ask(confirm); !slices.Equal(done.Done, []catalogue.QuestionKey{"x.d1", "x.d3"}) || !slices.Equal(done.Changed, []catalogue.QuestionKey{"x.d2"}) {
		t.Errorf("again: %+v", done)
	}
	if _, done := ask(Confirm{Round: r.ID, Municipality: "larvik", Task: "x", Answers: append(shown(a, "x.d1", "x.d1"), shown(page, "x.d3")...)}); len(done.Done) != 0 || len(done.Changed) != 2 {
		t.Errorf("what is confirmed: %+v", done)
	}
	if !maps.Equal(stands, w.stored("assessments")) {
		t.Error("something was written")
	}

	// Undone they wait as they did.
	a, done, err := w.service.Unconfirm(t.Context(), coordinator("larvik"), Confirm{Round: r.ID, Municipality: "larvik", Task: "x", Answers: shown(a, "x.d1", "x.d2", "x.d3")})
	if err != nil || !slices.Equal(done.Done, []catalogue.QuestionKey{"x.d1", "x.d3"}) || !slices.Equal(done.Changed, []catalogue.QuestionKey{"x.d2"}) {
		t.Errorf("undone: %+v %v", done, err)
	}
	if got, want := told(a), "x.d1=c3 x.d2=5 x.d3=c4 y.d1=c2 y.d2=c1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := a.Answer("x.d1"); *got.Level != 3 || *got.From != (Source{Round: spring.ID, Kind: catalogue.Same}) {
		t.Errorf("%+v", got)
	}
	w.relay()
	entries, _, err := w.history.Of(t.Context(), "larvik", 100, "")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range entries {
		if e.Type != "answer.saved" {
			kinds = append(kinds, fmt.Sprint(e.Type, e.Data))
		}
	}
	number := func(n int) string { return fmt.Sprintf(`"answers":{"$numberLong":"%d"}`, n) }
	want := []string{`answers.unconfirmed{"round":"vestfold-telemark-host-2026","task":"x",` + number(2) + `}`, `answers.confirmed{"round":"vestfold-telemark-host-2026","task":"x",` + number(2) + `}`,
		`assessment.carried{"round":"vestfold-telemark-host-2026","source":"vestfold-telemark-var-2026",` + number(5) + `}`}
	slices.Sort(kinds)
	slices.Sort(want)
	if !slices.Equal(kinds, want) {
		t.Errorf("the history has %q", kinds)
	}
}

// What asks something else now is confirmed by whoever saves it, never by the one click for several.
func TestWhatNeedsALookIsNotConfirmedWithOthers(t *testing.T) {
	w := newWorld(t, 1, secondModel(t, "trygg-hverdag-1"), secondModel(t, "trygg-hverdag-2"))
	plan := func(key catalogue.Key, name string) RoundID {
		t.Helper()
		w.advance(time.Hour)
		r := must(w.service.Plan(w.ctx(), lead(), Plan{Region: region, Name: name, Catalogue: key, OpensAt: w.service.now(), ClosesAt: w.service.now().Add(time.Hour)}))(t)
		return must(w.service.Open(w.ctx(), lead(), r.ID))(t).ID
	}
	w.answer(plan("trygg-hverdag-1", "Vår"), "larvik", "alarm.behov=4 alarm.folk=1")
	r := plan("trygg-hverdag-2", "Høst")
	a := w.carry(r)
	a, done, err := w.service.Confirm(t.Context(), contributor("larvik"), Confirm{Round: r, Municipality: "larvik", Task: "alarm", Answers: shown(a, "alarm.behov", "alarm.folk")})
	if err != nil || !slices.Equal(done.Done, []catalogue.QuestionKey{"alarm.behov"}) || !slices.Equal(done.Look, []catalogue.QuestionKey{"alarm.folk"}) || told(a) != "alarm.behov=4 alarm.folk=c1" {
		t.Errorf("%+v %v: %s", done, err, told(a))
	}
	w.answer(r, "larvik", "alarm.folk=1")
	if a = w.own(r); told(a) != "alarm.behov=4 alarm.folk=1" || !a.Answer("alarm.folk").NeedsLook() {
		t.Errorf("saved: %s", told(a))
	}
}

// Whoever else writes between the reading and the writing of a confirmation: what she changed is not confirmed, what she wrote beside it stays.
func TestConfirmMeetsAnotherWrite(t *testing.T) {
	w := newWorld(t, 1)
	w.answer(w.open("Vår 2026").ID, "larvik", "x.d1=3 x.d2=2 y.d1=1")
	r := w.again("Høst 2026")
	page := w.carry(r.ID)
	w.beforeWrite(1, func() {
		for _, s := range []Save{{Question: "x.d2", Value: level(5), Tag: page.Answer("x.d2").Tag}, {Question: "y.d1", Value: level(4), Tag: page.Answer("y.d1").Tag}} {
			s.Round, s.Municipality = r.ID, "larvik"
			must(w.other.SaveAnswer(w.ctx(), coordinator("larvik"), s))(t)
		}
	}, func() {
		_, done, err := w.service.Confirm(t.Context(), contributor("larvik"), Confirm{Round: r.ID, Municipality: "larvik", Task: "x", Answers: shown(page, "x.d1", "x.d2")})
		if err != nil || !slices.Equal(done.Done, []catalogue.QuestionKey{"x.d1"}) || !slices.Equal(done.Changed, []catalogue.QuestionKey{"x.d2"}) {
			t.Errorf("%+v %v", done, err)
		}
	})
	if got, want := told(w.own(r.ID)), "x.d1=3 x.d2=5 y.d1=4"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	// And what somebody answers while the round before is being taken along is hers.
	next := w.again("Vår 2027")
	w.beforeWrite(1, func() {
		must(w.other.SaveAnswer(w.ctx(), coordinator("larvik"), Save{Round: next.ID, Municipality: "larvik", Question: "x.d1", Value: level(0), First: true}))(t)
	}, func() { w.carry(next.ID) })
	if got, want := told(w.own(next.ID)), "x.d1=0 x.d2=c5 y.d1=c4"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Round after round of whatever people do: carrying overwrites nothing and counts for nothing, undone at once it has left nothing, and one
// click confirms what it was shown, of one task, and nothing else.
func TestCarryLaws(t *testing.T) {
	w := newWorld(t, 1)
	c := w.service.catalogues[small]
	everything := []catalogue.QuestionKey{"x.d1", "x.d2", "x.d3", "y.d1", "y.d2", "z.d1"}
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		r := w.again(fmt.Sprint("Runde ", n))
		answers := func(label string) {
			for _, q := range everything {
				if given := rapid.SampledFrom([]string{"", "", "", "0", "3", "5", "na", "back"}).Draw(t, label+string(q)); given == "back" {
					w.answer(r.ID, "larvik", string(q)+"=")
				} else if given != "" {
					w.answer(r.ID, "larvik", string(q)+"="+given)
				}
			}
		}
		answers("first ")
		before := w.own(r.ID)
		if _, err := w.service.Carry(w.ctx(), contributor("larvik"), r.ID, "larvik"); err != nil {
			if f := err.(*fault.Error); f.Key != "error.carry.nothing" {
				t.Fatal(err)
			}
			answers("instead ")
			return
		}
		carried := w.own(r.ID)
		for _, old := range before.Answers.All() {
			if got := carried.Answer(old.Question); !reflect.DeepEqual(got, old) {
				t.Fatalf("%+v became %+v", old, got)
			}
		}
		if !maps.Equal(before.Counts(c), carried.Counts(c)) || !reflect.DeepEqual(Calculate(c, r.Tasks, &before), Calculate(c, r.Tasks, &carried)) ||
			!reflect.DeepEqual(partOf(c, &before), partOf(c, &carried)) {
			t.Fatalf("%s counts otherwise than %s", told(carried), told(before))
		}
		if _, err := w.service.UndoCarry(w.ctx(), coordinator("larvik"), r.ID, "larvik"); err != nil {
			t.Fatal(err)
		}
		if undone := w.own(r.ID); !reflect.DeepEqual(undone, before) {
			t.Fatalf("undone it is %+v, and was %+v", undone, before)
		}
		page := w.carry(r.ID)
		answers("meanwhile ")
		stands := w.own(r.ID)
		task := c.Tasks()[rapid.IntRange(0, 2).Draw(t, "task")]
		confirm := Confirm{Round: r.ID, Municipality: "larvik", Task: task.Key}
		tags := map[catalogue.QuestionKey]string{}
		for _, q := range task.Questions {
			if rapid.Bool().Draw(t, "shown "+string(q.Key)) {
				confirm.Answers = append(confirm.Answers, shown(page, q.Key)...)
				tags[q.Key] = page.Answer(q.Key).Tag
			}
		}
		after, done, err := w.service.Confirm(w.ctx(), contributor("larvik"), confirm)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range everything {
			was, is := stands.Answer(q), after.Answer(q)
			confirmed := was.Carried && !is.Carried
			if confirmed != slices.Contains(done.Done, q) {
				t.Fatalf("%s: %+v became %+v, told is %+v", q, was, is, done)
			}
			if tag, seen := tags[q]; confirmed && (!seen || tag != was.Tag || !is.says(was.Value)) {
				t.Fatalf("%s was confirmed: shown %t, %+v became %+v", q, seen, was, is)
			}
			if !confirmed && !reflect.DeepEqual(was, is) {
				t.Fatalf("%s: %+v became %+v", q, was, is)
			}
		}
	})
}

// Whatever stands and whatever was answered before: with unconfirmed answers scores, coverage, progress and what is published are those
// without them.
func TestUnconfirmedAnswersCountForNothing(t *testing.T) {
	c := questionnaire(t, "law", "a: x=1,1,2 y=1,1 w=1; b: z=1,3")
	rapid.Check(t, func(t *rapid.T) {
		then, now := anyAnswers(t, c), anyAnswers(t, c)
		then.Scope, now.Scope = anyScope(t, c), anyScope(t, c)
		with := *now
		with.Answers = store.ListOf(append(now.Answers.Slice(), previousOf(then, c, c, nil).Carriable(c, now)...)...)
		var without Assessment = *now
		without.Answers = store.ListOf(slices.DeleteFunc(now.Answers.Slice(), func(a Answer) bool { return a.Carried })...)
		for what, same := range map[string]bool{
			"scores":    reflect.DeepEqual(Calculate(c, now.Scope, &with), Calculate(c, now.Scope, &without)),
			"progress":  maps.Equal(with.Counts(c), without.Counts(c)),
			"published": reflect.DeepEqual(partOf(c, &with), partOf(c, &without)),
		} {
			if !same {
				t.Fatalf("%s of %s are not those of %s", what, told(with), told(without))
			}
		}
	})
}
