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
	"helhet/internal/store"
	"helhet/internal/store/mongodb"
	"helhet/internal/store/mongodb/mongotest"
	"helhet/internal/store/sqlite"
	"helhet/org"

	"pgregory.net/rapid"
)

// rater is the n-th of Larvik's people who rate.
func rater(n int) org.Actor {
	a := contributor("larvik")
	a.Person = org.PersonID(fmt.Sprint("p-rater-", n))
	return a
}

// atX is the task of three questions, x.d1 to x.d3, in a round.
func atX(r Round) Sitting { return Sitting{r.ID, "larvik", "x"} }

// rates lets somebody say something of each of x's questions, in order; -1 is that she doesn't know.
func (w *world) rates(a org.Actor, at Sitting, levels ...int) Rating {
	w.t.Helper()
	var r Rating
	for i, n := range levels {
		rate := Rate{Sitting: at, Question: catalogue.QuestionKey(fmt.Sprint("x.d", i+1)), Level: &n}
		if n < 0 {
			rate.Level = nil
		}
		r = must(w.service.Rate(w.ctx(), a, rate))(w.t)
	}
	return r
}

// shown opens x for ratings, lets so many rate all of it, and shows the spread.
func (w *world) shown(r Round, raters int) Consensus {
	w.t.Helper()
	at := atX(r)
	must(w.service.OpenRatings(w.ctx(), coordinator("larvik"), at))(w.t)
	for i := range raters {
		w.rates(rater(i), at, i%6, 2, -1)
	}
	return must(w.service.ShowSpread(w.ctx(), coordinator("larvik"), at))(w.t)
}

// standing is Larvik's answer to a question.
func (w *world) standing(r RoundID, q catalogue.QuestionKey) Answer {
	w.t.Helper()
	a := must(w.service.Assessment(w.ctx(), coordinator("larvik"), r, "larvik"))(w.t)
	return a.Answer(q)
}

// settle settles a question of x at what stands.
func (w *world) settle(at Sitting, q catalogue.QuestionKey, n int, why string) (Consensus, error) {
	w.t.Helper()
	tag := w.standing(at.Round, q).Tag
	return w.service.Settle(w.ctx(), coordinator("larvik"), Settle{Sitting: at, Question: q, Level: &n, Why: why, First: tag == "", Tag: tag})
}

func TestAGroupRatesAndSettles(t *testing.T) {
	run := func(t *testing.T, engine store.Engine) {
		w := worldOn(t, engine, 2)
		ctx, r := w.ctx(), w.open("Høst 2026")
		at, kari := atX(r), coordinator("larvik")
		if c := must(w.service.Consensus(ctx, kari, at))(t); c != nil {
			t.Errorf("before anybody asked: %+v", c)
		}
		_, err := w.service.Rate(ctx, rater(0), Rate{Sitting: at, Question: "x.d1"})
		wantFault(t, err, fault.NotFound, "error.ratings.none")
		must(w.service.OpenRatings(ctx, kari, at))(t)
		if c := must(w.service.OpenRatings(ctx, kari, at))(t); c.Stage != TakesRatings {
			t.Errorf("opened twice: %+v", c)
		}
		for i := range 6 {
			if got := w.rates(rater(i), at, i%3, 2, -1); !got.Whole || len(got.Levels) != 3 || got.Levels[2].Level != nil {
				t.Errorf("%+v", got)
			}
			if c := must(w.service.Consensus(ctx, kari, at))(t); c.Rated != i+1 || len(c.Spreads) > 0 {
				t.Errorf("%d have rated: %+v", i+1, c)
			}
		}
		w.rates(rater(6), at, 5) // has only begun
		w.rates(rater(0), at, 4) // and one has thought again
		c := must(w.service.ShowSpread(ctx, kari, at))(t)
		// 4 1 2 0 1 2 5: seven for the first question.
		if d1 := c.Spread("x.d1"); c.Rated != 6 || c.Stage != Showing || c.Driver != kari.Person || c.Question != "x.d1" || fmt.Sprint(d1.Counts, *d1.Lowest, *d1.Highest) != "[1 2 2 0 1 1] 0 5" {
			t.Errorf("%+v: %v", c, c.Spread("x.d1").Counts)
		}
		if d3 := c.Spread("x.d3"); d3.Lowest != nil || d3.Unsure != 0 {
			t.Errorf("nobody knew, and it shows %+v", d3)
		}
		if again := must(w.service.ShowSpread(ctx, kari, at))(t); again.Revision != c.Revision {
			t.Error("shown again it is another")
		}
		_, err = w.service.Rate(ctx, rater(7), Rate{Sitting: at, Question: "x.d1"})
		wantFault(t, err, fault.Conflict, "error.ratings.late")

		for i, q := range []catalogue.QuestionKey{"x.d1", "x.d2", "x.d3"} {
			must(w.service.GoTo(ctx, kari, at, q))(t)
			w.advance(time.Minute)
			c = must(w.settle(at, q, i+1, "Fordi "+string(q)))(t)
			if got := w.standing(r.ID, q); *got.Level != i+1 || got.Note != "Fordi "+string(q) || got.By != kari.Person || c.Settled(q).Tag != got.Tag || c.Question != q {
				t.Errorf("%+v, settled %+v", got, c)
			}
			if (c.Stage == Settled) != (i == 2) {
				t.Errorf("%s after %d", c.Stage, i+1)
			}
		}
		_, err = w.service.OpenRatings(ctx, kari, at)
		wantFault(t, err, fault.Conflict, "error.ratings.settled")
		w.relay()
		entries, _, err := w.history.Of(ctx, "larvik", 100, "")
		var told []string
		for _, e := range entries {
			told = append(told, e.Type)
			if text := fmt.Sprint(e.Data, e.Actor); strings.Contains(text, "Fordi") || strings.Contains(text, "rater") {
				t.Errorf("%s tells who rated, or what was said: %s", e.Type, text)
			}
		}
		slices.Sort(told)
		if want := "[answer.saved answer.saved answer.saved consensus.settled consensus.shown ratings.opened]"; err != nil || fmt.Sprint(told) != want {
			t.Errorf("told: %v, %v", told, err)
		}
	}
	t.Run("sqlite", func(t *testing.T) { run(t, must(sqlite.Open(t.Context(), t.TempDir()))(t)) })
	t.Run("mongodb", func(t *testing.T) { run(t, must(mongodb.Open(t.Context(), mongotest.URI(t)))(t)) })
}

// Nobody but she reads what she rated: the service gives a rating to its own person alone, and everybody else a spread.
func TestARatingIsItsOwnPersonsAlone(t *testing.T) {
	w := newWorld(t, 2)
	ctx, r := w.ctx(), w.open("Høst 2026")
	at := atX(r)
	must(w.service.OpenRatings(ctx, coordinator("larvik"), at))(t)
	w.rates(rater(1), at, 5, 5, 5)
	if own := must(w.service.OwnRating(ctx, rater(1), at))(t); !own.Whole || *own.Levels[0].Level != 5 {
		t.Errorf("her own: %+v", own)
	}
	elsewhere := rater(1)
	elsewhere.Grants = coordinator("tokke").Grants
	for name, a := range map[string]org.Actor{"a leader": as(org.Leader, "larvik"), "the lead": lead(), "a neighbour": coordinator("tokke"), "who has left": elsewhere, "a job": org.SystemActor("rounds"), "nobody": {}} {
		if _, err := w.service.OwnRating(ctx, a, at); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := w.service.Rate(ctx, a, Rate{Sitting: at, Question: "x.d1"}); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("%s rates: %v", name, err)
		}
	}
	for _, a := range []org.Actor{coordinator("larvik"), rater(2)} {
		if own := must(w.service.OwnRating(ctx, a, at))(t); len(own.Levels) > 0 {
			t.Errorf("%s reads %+v", a.Person, own)
		}
		if all := must(w.service.OwnRatings(ctx, a))(t); len(all) > 0 {
			t.Errorf("%s is told of %+v", a.Person, all)
		}
	}
	if all := must(w.service.OwnRatings(ctx, elsewhere))(t); len(all) != 1 { // hers to take along wherever she works now
		t.Errorf("her own: %+v", all)
	}
	for id, text := range w.stored("consensus") {
		if strings.Contains(text, "rater") {
			t.Errorf("%s names who rated", id)
		}
	}
	for name, a := range map[string]org.Actor{"a contributor": rater(1), "a leader": as(org.Leader, "larvik"), "the lead": lead(), "a neighbour": coordinator("tokke"), "a job": org.SystemActor("rounds")} {
		for what, err := range map[string]error{
			"open": failure(w.service.OpenRatings(ctx, a, at)), "stop": failure(w.service.StopRatings(ctx, a, at)), "show": failure(w.service.ShowSpread(ctx, a, at)), "drive": failure(w.service.Drive(ctx, a, at)),
			"go on": failure(w.service.GoTo(ctx, a, at, "x.d1")), "settle": failure(w.service.Settle(ctx, a, Settle{Sitting: at, Question: "x.d1", Why: "a", First: true})),
			"let a screen follow": func() error { _, _, err := w.service.MakeDisplay(ctx, a, at); return err }(), "see screens": failure(w.service.Displays(ctx, a, "larvik")),
		} {
			if fault.CodeOf(err) != fault.Forbidden {
				t.Errorf("%s may %s: %v", name, what, err)
			}
		}
	}
	for name, a := range map[string]org.Actor{"the lead": lead(), "a neighbour": coordinator("tokke"), "nobody": {}} {
		if _, err := w.service.Consensus(ctx, a, at); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("%s follows: %v", name, err)
		}
	}
}

func failure[T any](_ T, err error) error { return err }

func TestRatingsAreTakenBackAndOpenedAgain(t *testing.T) {
	w := newWorld(t, 2)
	ctx, r, kari := w.ctx(), w.open("Høst 2026"), coordinator("larvik")
	at := atX(r)
	for what, err := range map[string]error{"stop": failure(w.service.StopRatings(ctx, kari, at)), "show": failure(w.service.ShowSpread(ctx, kari, at)), "drive": failure(w.service.Drive(ctx, kari, at))} {
		if fault.CodeOf(err) != fault.NotFound {
			t.Errorf("%s what nobody asked for: %v", what, err)
		}
	}
	must(w.service.OpenRatings(ctx, kari, at))(t)
	w.rates(rater(1), at, 3)
	must(w.service.StopRatings(ctx, kari, at))(t)
	_, err := w.service.Rate(ctx, rater(1), Rate{Sitting: at, Question: "x.d2"})
	wantFault(t, err, fault.Conflict, "error.ratings.stopped")
	_, err = w.service.ShowSpread(ctx, kari, at)
	wantFault(t, err, fault.Conflict, "error.ratings.stopped")
	must(w.service.OpenRatings(ctx, kari, at))(t)
	if own := w.rates(rater(1), at, 3, 4); len(own.Levels) != 2 {
		t.Errorf("what she had rated is gone: %+v", own)
	}
	w.rates(rater(2), at, 0, 0, 0)
	first := must(w.service.ShowSpread(ctx, kari, at))(t)
	if first.Again || *first.Spread("x.d1").Highest != 3 {
		t.Errorf("%+v", first)
	}
	_, err = w.service.StopRatings(ctx, kari, at)
	wantFault(t, err, fault.Conflict, "error.ratings.late")
	again := must(w.service.OpenRatings(ctx, kari, at))(t)
	if !again.Again || again.Spread("x.d1").Lowest != nil {
		t.Errorf("the spread can still be seen while people rate: %+v", again)
	}
	w.rates(rater(1), at, 5)
	if shown := must(w.service.ShowSpread(ctx, kari, at))(t); *shown.Spread("x.d1").Highest != 5 || !shown.Again {
		t.Errorf("%+v", shown)
	}
}

func TestWhatCannotBeRated(t *testing.T) {
	w := newWorld(t, 2)
	ctx, r, kari := w.ctx(), w.open("Høst 2026", "x"), coordinator("larvik")
	at := atX(r)
	planned := w.plan("Vår 2027")
	for name, c := range map[string]struct {
		at   Sitting
		code fault.Code
		key  string
	}{
		"a task outside the round": {Sitting{r.ID, "larvik", "y"}, fault.NotFound, "error.task.not-in-round"},
		"no task":                  {Sitting{r.ID, "larvik", "nosuch"}, fault.NotFound, "error.task.not-in-round"},
		"no round":                 {Sitting{"nosuch", "larvik", "x"}, fault.NotFound, "error.round.unknown"},
		"a round to come":          {Sitting{planned.ID, "larvik", "x"}, fault.Conflict, "error.round.not-open"},
	} {
		_, err := w.service.OpenRatings(ctx, kari, c.at)
		if wantFault(t, err, c.code, c.key); t.Failed() {
			t.Fatal(name)
		}
	}
	must(w.service.OpenRatings(ctx, kari, at))(t)
	six := 6
	for name, c := range map[string]struct {
		rate Rate
		code fault.Code
		key  string
	}{
		"another task's question":  {Rate{at, "y.d1", nil}, fault.NotFound, "error.question.unknown"},
		"no question":              {Rate{at, "", nil}, fault.NotFound, "error.question.unknown"},
		"a level of another scale": {Rate{at, "x.d1", &six}, fault.Invalid, "error.answer.level"},
	} {
		_, err := w.service.Rate(ctx, rater(1), c.rate)
		if wantFault(t, err, c.code, c.key); t.Failed() {
			t.Fatal(name)
		}
	}
	if n := len(w.stored("ratings")); n != 0 {
		t.Errorf("%d were written all the same", n)
	}
	w.handIn(r.ID, "larvik")
	_, err := w.service.Rate(ctx, rater(1), Rate{Sitting: at, Question: "x.d1"})
	wantFault(t, err, fault.Conflict, "error.assessment.handed-in")
	_, err = w.service.OpenRatings(ctx, kari, at)
	wantFault(t, err, fault.Conflict, "error.assessment.handed-in")
}

// Of several who are done at the same moment, and change their minds meanwhile, each is counted once.
func TestHowManyHaveRatedIsCounted(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	at := atX(r)
	must(w.service.OpenRatings(w.ctx(), coordinator("larvik"), at))(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 2 {
				for q := range 3 {
					level := i % 6
					for {
						_, err := w.service.Rate(w.ctx(), rater(i), Rate{Sitting: at, Question: catalogue.QuestionKey(fmt.Sprint("x.d", q+1)), Level: &level})
						if fault.CodeOf(err) == fault.Conflict { // a busy document may be tried again
							continue
						}
						if err != nil {
							t.Error(err)
						}
						break
					}
				}
			}
		})
	}
	all.Wait()
	if c := must(w.service.Consensus(w.ctx(), coordinator("larvik"), at))(t); c.Rated != 8 {
		t.Errorf("%d of 8 are counted", c.Rated)
	}
}

// Of two who are done at once she who writes last may have counted before the other was done: the count stands all the same.
func TestTheCountNeverGoesBack(t *testing.T) {
	for n := 1; ; n++ {
		w := newWorld(t, 1)
		r := w.open("Høst 2026")
		at := atX(r)
		must(w.service.OpenRatings(w.ctx(), coordinator("larvik"), at))(t)
		w.rates(rater(1), at, 1, 1)
		w.rates(rater(2), at, 1, 1)
		last := Rate{Sitting: at, Question: "x.d3"}
		if !w.beforeWrite(n, func() { must(w.other.Rate(w.ctx(), rater(2), last))(t) }, func() { must(w.service.Rate(w.ctx(), rater(1), last))(t) }) {
			return
		}
		if c := must(w.service.Consensus(w.ctx(), coordinator("larvik"), at))(t); c.Rated != 2 {
			t.Errorf("before write %d: %d of 2 are counted", n, c.Rated)
		}
	}
}

// Whenever the spread is shown while somebody rates: what she was told is saved counts in it, and what doesn't count she is told of.
func TestWhatIsAcknowledgedIsCounted(t *testing.T) {
	for n := 1; ; n++ {
		w := newWorld(t, 1)
		r, kari := w.open("Høst 2026"), coordinator("larvik")
		at := atX(r)
		must(w.service.OpenRatings(w.ctx(), kari, at))(t)
		w.rates(rater(1), at, 1, 1, 1)
		w.rates(rater(2), at, 1, 1)
		five := 5
		var told error
		var c Consensus
		wrote := w.beforeWrite(n, func() {
			_, told = w.other.Rate(w.ctx(), rater(2), Rate{Sitting: at, Question: "x.d3", Level: &five})
		}, func() { c = must(w.service.ShowSpread(w.ctx(), kari, at))(t) })
		if !wrote {
			if n < 3 {
				t.Errorf("showing the spread took %d writes", n-1)
			}
			return
		}
		if d3 := c.Spread("x.d3"); told == nil && (d3.Highest == nil || *d3.Highest != 5) {
			t.Errorf("before write %d: it was acknowledged and is not in %+v", n, d3)
		}
		if n == 1 && told != nil {
			t.Errorf("before anything was closed: %v", told)
		}
	}
}

// And whenever somebody's rating is cut off, or the spread comes between its writes, the same holds.
func TestTheSpreadComesBetween(t *testing.T) {
	for n := 1; ; n++ {
		w := newWorld(t, 1)
		r, kari := w.open("Høst 2026"), coordinator("larvik")
		at := atX(r)
		must(w.service.OpenRatings(w.ctx(), kari, at))(t)
		w.rates(rater(1), at, 1, 1, 1)
		w.rates(rater(2), at, 1, 1)
		five := 5
		var told error
		wrote := w.beforeWrite(n, func() { must(w.other.ShowSpread(w.ctx(), kari, at))(t) }, func() {
			_, told = w.service.Rate(w.ctx(), rater(2), Rate{Sitting: at, Question: "x.d3", Level: &five})
		})
		if !wrote {
			return
		}
		c := must(w.service.Consensus(w.ctx(), kari, at))(t)
		if d3 := c.Spread("x.d3"); told == nil && (d3.Highest == nil || *d3.Highest != 5) {
			t.Errorf("before write %d: it was acknowledged and is not in %+v", n, d3)
		}
	}
}

func TestOneLeadsAndAnotherTakesOver(t *testing.T) {
	w := newWorld(t, 1)
	ctx, r, kari := w.ctx(), w.open("Høst 2026"), coordinator("larvik")
	knut := kari
	knut.Person = "p-knut"
	at := atX(r)
	w.shown(r, 3)
	_, err := w.service.GoTo(ctx, knut, at, "x.d2")
	wantFault(t, err, fault.Conflict, "error.consensus.driver")
	_, err = w.service.Settle(ctx, knut, Settle{Sitting: at, Question: "x.d1", Level: new(2), Why: "a", First: true})
	wantFault(t, err, fault.Conflict, "error.consensus.driver")
	must(w.service.Drive(ctx, knut, at))(t)
	if c := must(w.service.GoTo(ctx, knut, at, "x.d2"))(t); c.Question != "x.d2" || c.Driver != knut.Person {
		t.Errorf("%+v", c)
	}
	_, err = w.service.GoTo(ctx, kari, at, "x.d3")
	wantFault(t, err, fault.Conflict, "error.consensus.driver")
	_, err = w.service.GoTo(ctx, knut, at, "y.d1")
	wantFault(t, err, fault.NotFound, "error.question.unknown")
	must(w.service.OpenRatings(ctx, kari, at))(t)
	for what, err := range map[string]error{"drives": failure(w.service.Drive(ctx, knut, at)), "goes on": failure(w.service.GoTo(ctx, knut, at, "x.d1")),
		"settles": failure(w.service.Settle(ctx, knut, Settle{Sitting: at, Question: "x.d1", Level: new(2), Why: "a", First: true}))} {
		if wantFault(t, err, fault.Conflict, "error.consensus.not-shown"); t.Failed() {
			t.Fatalf("%s while people rate", what)
		}
	}
}

// What is settled is an answer like any other: two people never overwrite each other unseen, and a note that stands is kept.
func TestSettlingIsAnsweringLikeAnyOther(t *testing.T) {
	w := newWorld(t, 1)
	ctx, r, kari := w.ctx(), w.open("Høst 2026"), coordinator("larvik")
	at := atX(r)
	answer := func() Answer { return w.standing(r.ID, "x.d1") }
	two := 2
	must(w.service.SaveAnswer(ctx, rater(1), Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Value: Value{Level: &two, Note: "Rutinen mangler.\n\nSe møtet."}, First: true}))(t)
	w.shown(r, 2)
	old := answer().Tag
	must(w.settle(at, "x.d1", 3, "  Den er skrevet nå. "))(t)
	if got := answer(); *got.Level != 3 || got.Note != "Rutinen mangler.\n\nSe møtet.\n\nDen er skrevet nå." {
		t.Errorf("%+v", got)
	}
	_, err := w.service.Settle(ctx, kari, Settle{Sitting: at, Question: "x.d1", Level: new(5), Why: "b", Tag: old})
	if lost, ok := wantFault(t, err, fault.Stale, "error.answer.stale").Detail.(Lost); !ok || *lost.Theirs.Level != 3 || *lost.Yours.Level != 5 {
		t.Errorf("%+v", lost)
	}
	_, err = w.service.Settle(ctx, kari, Settle{Sitting: at, Question: "x.d1", Level: new(5), Why: "b"})
	wantFault(t, err, fault.TagRequired, "error.tag.required")
	said := answer()
	must(w.service.SaveAnswer(ctx, rater(1), Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Value: Value{Level: said.Level, Note: said.Note, ChangeReason: NewInsight}, Tag: said.Tag}))(t)
	must(w.settle(at, "x.d1", 3, "Den er skrevet."))(t)
	if got := answer(); got.ChangeReason != NewInsight {
		t.Errorf("the reason for the same level is gone: %+v", got)
	}
	must(w.settle(at, "x.d1", 4, "Den er skrevet og brukt."))(t)
	if got := answer(); got.ChangeReason != "" {
		t.Errorf("another level keeps the reason: %+v", got)
	}
	if got := answer(); *got.Level != 4 || got.Note != "Rutinen mangler.\n\nSe møtet.\n\nDen er skrevet og brukt." {
		t.Errorf("settled anew: %+v", got)
	}
	// A repeated edit is the same, also after somebody has answered since.
	again := Settle{Sitting: at, Question: "x.d1", Level: new(1), Why: "c", Tag: answer().Tag, Edit: "e-1"}
	must(w.service.Settle(ctx, kari, again))(t)
	tag := answer().Tag
	if c := must(w.service.Settle(ctx, kari, again))(t); answer().Tag != tag || c.Settled("x.d1").Tag != tag {
		t.Errorf("sent twice: %+v", c)
	}
	must(w.service.SaveAnswer(ctx, rater(1), Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Value: level(0), Tag: tag}))(t)
	if c := must(w.service.Consensus(ctx, kari, at))(t); c.Settled("x.d1").Tag == answer().Tag {
		t.Error("that the answer was changed since can't be seen")
	}
	for name, c := range map[string]struct {
		settle     Settle
		field, key string
	}{
		"no sentence":    {Settle{Level: new(1), Why: " \n"}, "why", "error.consensus.why"},
		"too long":       {Settle{Level: new(1), Why: strings.Repeat("å", MaxWhy+1)}, "why", "error.text.long"},
		"no text":        {Settle{Level: new(1), Why: "a\xff"}, "why", "error.text.utf8"},
		"no such level":  {Settle{Level: new(6), Why: "a"}, "level", "error.answer.level"},
		"no level":       {Settle{Why: "a"}, "level", "error.consensus.level"},
		"nor a sentence": {Settle{}, "level", "error.consensus.level"},
		"another number": {Settle{Level: new(1), Why: "Ring 13097248022"}, "why", "error.text.person-number"},
	} {
		c.settle.Sitting, c.settle.Question, c.settle.First = at, "x.d2", true
		_, err := w.service.Settle(ctx, kari, c.settle)
		f, ok := err.(*fault.Error)
		if !ok || f.Code != fault.Invalid || !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Name == c.field && x.Key == c.key }) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(w.service.SaveAnswer(ctx, rater(1), Save{Round: r.ID, Municipality: "larvik", Question: "x.d2", Value: Value{Note: strings.Repeat("å", MaxNote)}, First: true}))(t)
	_, err = w.settle(at, "x.d2", 1, "a")
	if f := wantFault(t, err, fault.Invalid, "error.consensus"); f == nil || f.Fields[0].Key != "error.consensus.note" {
		t.Errorf("a note that has no room left: %v", err)
	}
}

// Cut off after any write and sent again, settling is done once and whole.
func TestSettlingThatIsCutOff(t *testing.T) {
	for n := 0; n < 5; n++ {
		w := newWorld(t, 1)
		ctx, r, kari := w.ctx(), w.open("Høst 2026"), coordinator("larvik")
		at := atX(r)
		w.shown(r, 2)
		s := Settle{Sitting: at, Question: "x.d1", Level: new(2), Why: "Fordi", First: true, Edit: "e"}
		w.engine.BeforeWrites(failAfter(n))
		_, err := w.service.Settle(ctx, kari, s)
		w.engine.BeforeWrites(nil)
		if n == 0 && err == nil {
			t.Fatal("nothing was cut off")
		}
		c := must(w.service.Settle(ctx, kari, s))(t)
		got := w.standing(r.ID, "x.d1")
		if got.Note != "Fordi" || *got.Level != 2 || c.Settled("x.d1").Tag != got.Tag || len(c.Agreed) != 1 {
			t.Errorf("after %d writes: %+v, %+v", n, got, c.Agreed)
		}
		if err == nil {
			return
		}
	}
	t.Error("it never got through")
}

// Opened again for ratings at the very moment something is settled: what is settled stands, and the ratings are over.
func TestOpenedAgainWhileSomethingIsSettled(t *testing.T) {
	for n := 1; ; n++ {
		w := newWorld(t, 1)
		ctx, r, kari := w.ctx(), w.open("Høst 2026"), coordinator("larvik")
		at := atX(r)
		w.shown(r, 2)
		if !w.beforeWrite(n, func() { must(w.other.OpenRatings(ctx, kari, at))(t) }, func() { _, _ = w.settle(at, "x.d1", 2, "Fordi") }) {
			return
		}
		c := must(w.service.Consensus(ctx, kari, at))(t)
		if settled := len(c.Agreed) > 0; settled != c.Shown() || settled && c.Spread("x.d1").Lowest == nil {
			t.Errorf("before write %d: %+v", n, c)
		}
	}
}

func TestTheSentenceBesideTheNote(t *testing.T) {
	text := rapid.StringMatching(`[a-c]{1,3}(\n\n[a-c]{1,3}){0,3}`)
	rapid.Check(t, func(t *rapid.T) {
		note := rapid.OneOf(text, rapid.Just("")).Draw(t, "note")
		first, then := text.Draw(t, "first"), text.Draw(t, "then")
		once := noteWith(note, "", first)
		if !strings.HasPrefix(once, note) || !strings.HasSuffix(once, first) {
			t.Fatalf("%q and %q make %q", note, first, once)
		}
		if again := noteWith(once, first, first); again != once {
			t.Fatalf("settled twice %q becomes %q", once, again)
		}
		if changed := noteWith(once, first, then); !strings.HasSuffix(changed, then) || once == note+"\n\n"+first && !strings.HasPrefix(changed, note) {
			t.Fatalf("%q with %q in place of %q becomes %q", once, then, first, changed)
		}
		if touched := noteWith(note+" og mer", first, then); !strings.HasPrefix(touched, note+" og mer") {
			t.Fatalf("what somebody wrote since is lost: %q", touched)
		}
	})
}

// When a round is published its ratings go, and its sittings: however often it is cut off, and whoever rates meanwhile.
func TestRatingsGoWithThePublication(t *testing.T) {
	w := newWorld(t, 2)
	ctx := w.ctx()
	r, kept := w.open("Høst 2026"), w.open("Vår 2027")
	w.shown(r, 5)
	w.shown(kept, 3)
	must(w.settle(atX(r), "x.d1", 2, "Fordi"))(t)
	w.answer(r.ID, "larvik", "x.d2=2 x.d3=2")
	w.handIn(r.ID, "larvik")
	due := func() bool { t.Helper(); return must(w.service.PublishedSittings(ctx))(t) }
	w.close(r.ID)
	if due() {
		t.Error("due before it is published")
	}
	if n, err := w.service.SweepSittings(ctx, 100); n != 0 || err != nil {
		t.Errorf("%d went before the publication, %v", n, err)
	}
	w.publish(r.ID)
	w.relay()
	for cut := 0; ; cut++ {
		if !due() {
			break
		}
		if cut > 20 {
			t.Fatal("it is never done")
		}
		w.engine.BeforeWrites(failAfter(1))
		_, err := w.service.SweepSittings(ctx, 100)
		w.engine.BeforeWrites(nil)
		if err != nil && fault.CodeOf(err) != fault.Unavailable {
			t.Fatal(err)
		}
	}
	for _, collection := range []string{"ratings", "consensus"} {
		for id := range w.stored(collection) {
			if strings.HasPrefix(id, string(r.ID)) {
				t.Errorf("%s still holds %s", collection, id)
			}
		}
	}
	if len(w.stored("ratings")) != 3 || len(w.stored("consensus")) != 1 {
		t.Error("what belongs to a round that is not published is gone too")
	}
	if n, err := w.service.SweepSittings(ctx, 100); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	if got := w.standing(r.ID, "x.d1"); *got.Level != 2 || got.Note != "Fordi" {
		t.Errorf("what was settled: %+v", got)
	}
	// Sent back for an erratum it is corrected, not rated anew.
	if err := w.service.SendBack(ctx, lead(), r.ID, "larvik", "En gang til."); err != nil {
		t.Fatal(err)
	}
	_, err := w.service.OpenRatings(ctx, coordinator("larvik"), atX(r))
	wantFault(t, err, fault.Conflict, "error.ratings.published")
}

// Who rates while the ratings of her round are deleted is told that it is over, and leaves nothing.
func TestRatingWhileTheRoundIsPublished(t *testing.T) {
	for n := 1; ; n++ {
		w := newWorld(t, 2)
		ctx, r := w.ctx(), w.open("Høst 2026")
		at := atX(r)
		must(w.service.OpenRatings(ctx, coordinator("larvik"), at))(t)
		w.rates(rater(1), at, 1, 1)
		var told error
		wrote := w.beforeWrite(n, func() {
			must(w.other.Close(ctx, lead(), r.ID))(t)
			must(w.other.Publish(ctx, lead(), r.ID))(t)
			w.relay()
			must(w.other.SweepSittings(ctx, 100))(t)
		}, func() {
			_, told = w.service.Rate(ctx, rater(2), Rate{Sitting: at, Question: "x.d1"})
		})
		if !wrote {
			return
		}
		if left := w.stored("ratings"); told == nil || len(left) > 0 {
			t.Errorf("before write %d: %v, and %d are left", n, told, len(left))
		}
	}
}

// And when she rates between the writes of the deletion, in a round that was sent back to her municipality since: nothing of hers stays.
func TestRatingBetweenTheWritesOfTheDeletion(t *testing.T) {
	for n := 1; ; n++ {
		w := newWorld(t, 2)
		ctx, r := w.ctx(), w.open("Høst 2026")
		at := atX(r)
		must(w.service.OpenRatings(ctx, coordinator("larvik"), at))(t)
		w.rates(rater(1), at, 1, 1)
		w.close(r.ID)
		w.publish(r.ID)
		if err := w.service.SendBack(ctx, lead(), r.ID, "larvik", "En gang til."); err != nil {
			t.Fatal(err)
		}
		w.relay()
		wrote := w.beforeWrite(n, func() { _, _ = w.other.Rate(ctx, rater(2), Rate{Sitting: at, Question: "x.d1"}) }, func() { must(w.service.SweepSittings(ctx, 100))(t) })
		if left := w.stored("ratings"); len(left) > 0 {
			t.Errorf("before write %d: %d are left", n, len(left))
		}
		if !wrote {
			return
		}
	}
}

// A sitting in which nobody rated goes too, and is found by itself.
func TestASittingWithoutRatingsGoes(t *testing.T) {
	w := newWorld(t, 2)
	ctx, r := w.ctx(), w.open("Høst 2026")
	must(w.service.OpenRatings(ctx, coordinator("larvik"), atX(r)))(t)
	w.close(r.ID)
	w.publish(r.ID)
	w.relay()
	if !must(w.service.PublishedSittings(ctx))(t) {
		t.Error("it is not found")
	}
	if n := must(w.service.SweepSittings(ctx, 100))(t); n != 1 || must(w.service.PublishedSittings(ctx))(t) {
		t.Errorf("%d went", n)
	}
}

func TestRatingsGoWithTheirPersonAndMunicipality(t *testing.T) {
	w := newWorld(t, 2)
	ctx, r := w.ctx(), w.open("Høst 2026")
	w.shown(r, 3)
	if _, _, err := w.service.MakeDisplay(ctx, coordinator("larvik"), atX(r)); err != nil {
		t.Fatal(err)
	}
	w.relay()
	if err := w.service.Forget(ctx, org.Departed{ID: rater(1).Person}); err != nil {
		t.Fatal(err)
	}
	if len(w.stored("ratings")) != 2 || len(w.stored("displays")) != 1 {
		t.Error("hers are there, or others' are gone")
	}
	if err := w.service.Forget(ctx, org.Departed{ID: coordinator("larvik").Person}); err != nil || len(w.stored("displays")) != 0 {
		t.Errorf("her display is there: %v", err)
	}
	if _, _, err := w.service.MakeDisplay(ctx, coordinator("larvik"), atX(r)); err != nil {
		t.Fatal(err)
	}
	w.relay()
	if err := w.service.DeleteOf(ctx, org.SystemActor("departures"), "larvik", FiguresNamed); err != nil {
		t.Fatal(err)
	}
	for _, collection := range []string{"ratings", "consensus", "displays"} {
		if n := len(w.stored(collection)); n > 0 {
			t.Errorf("%d %s are left of a municipality that has left", n, collection)
		}
	}
}
