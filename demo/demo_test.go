package demo_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/demo"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/internal/store/mongodb"
	"helhet/internal/store/mongodb/mongotest"
	"helhet/internal/store/sqlite"
	"helhet/org"
)

var now = time.Date(2026, 11, 23, 6, 30, 0, 0, time.UTC)

// engines are those the region is loaded into.
var engines = map[string]func(*testing.T) store.Engine{
	"sqlite": embedded,
	"mongodb": func(t *testing.T) store.Engine {
		e, err := mongodb.Open(t.Context(), mongotest.URI(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close() })
		return e
	},
}

func embedded(t *testing.T) store.Engine {
	e, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func deps(t *testing.T, db *store.DB) demo.Deps {
	register, err := org.LoadRegister()
	if err != nil {
		t.Fatal(err)
	}
	catalogues, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	return demo.Deps{DB: db, Register: register, Catalogues: catalogues}
}

// opened is the region as the product finds it: its services on the database.
type opened struct {
	service *assessment.Service
	people  *org.People
	c       *catalogue.Catalogue
}

func open(t *testing.T, engine store.Engine) opened {
	db := store.Open(engine)
	d := deps(t, db)
	o := opened{people: org.NewPeople(db), c: d.Catalogues[demo.Catalogue]}
	o.service = assessment.New(db, assessment.Options{
		Catalogues: d.Catalogues, Register: d.Register, Regions: org.NewRegions(db), People: o.people, Now: func() time.Time { return now }})
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o opened) actor(t *testing.T, email string) org.Actor {
	p, err := o.people.ByEmail(t.Context(), email)
	if err != nil {
		t.Fatalf("%s: %v", email, err)
	}
	return p.Actor()
}

func (o opened) rounds(t *testing.T) []assessment.Round {
	rounds, next, err := o.service.Rounds(t.Context(), o.actor(t, "lead@example.org"), demo.Region, 100, "")
	if err != nil || next != "" {
		t.Fatal(next, err)
	}
	return rounds // newest first
}

// TestLoad also holds the engines' publications against each other: for the same now they have the same hashes.
func TestLoad(t *testing.T) {
	published := map[string]bool{}
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			e := engine(t)
			db := store.Open(e)
			if marked, err := demo.Marked(t.Context(), db); marked || err != nil {
				t.Fatalf("an empty database is marked: %v, %v", marked, err)
			}
			if err := demo.Load(t.Context(), deps(t, db), now); err != nil {
				t.Fatal(err)
			}
			if marked, err := demo.Marked(t.Context(), db); !marked || err != nil {
				t.Fatalf("the loaded database is not marked: %v, %v", marked, err)
			}
			if err := demo.Load(t.Context(), deps(t, db), now); fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), "error.demo.not-empty") {
				t.Fatalf("loading twice: %v", err)
			}
			o := open(t, e)
			checkRounds(t, o)
			checkTrend(t, o)
			checkOpenRound(t, o)
			checkPeople(t, o)
			checkKinds(t, o)
			published[fmt.Sprint(o.hashes(t))] = true
		})
	}
	if len(published) != 1 {
		t.Errorf("the same region, published differently: %v", published)
	}
}

func (o opened) hashes(t *testing.T) (all []assessment.Hash) {
	for _, r := range o.rounds(t) {
		for _, p := range r.Publications {
			all = append(all, p.Hash)
		}
	}
	return all
}

func checkRounds(t *testing.T, o opened) {
	rounds := o.rounds(t)
	var got []string
	for _, r := range rounds {
		got = append(got, fmt.Sprintf("%s %s %s %d", r.ID, r.Name, r.State, len(r.Publications)))
	}
	want := []string{
		"vestfold-telemark-host-2026 Høst 2026 open 0", "vestfold-telemark-var-2026 Vår 2026 published 1",
		"vestfold-telemark-host-2025 Høst 2025 published 2", "vestfold-telemark-var-2025 Vår 2025 published 1",
		"vestfold-telemark-host-2024 Høst 2024 published 1", "vestfold-telemark-var-2024 Vår 2024 published 1",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("rounds:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if erratum := rounds[2].Publications[1]; erratum.Reason == "" || len(erratum.Changes) == 0 {
		t.Errorf("the erratum says neither why nor what: %+v", erratum)
	}
	if open := rounds[0]; open.OpensAt.After(now) || !open.ClosesAt.After(now.AddDate(0, 0, 20)) {
		t.Errorf("the open round is open from %v to %v", open.OpensAt, open.ClosesAt)
	}
}

func checkTrend(t *testing.T, o opened) {
	lead := o.actor(t, "lead@example.org")
	for _, sel := range assessment.Selections(o.c) {
		trend, err := o.service.Trend(t.Context(), lead, demo.Region, sel)
		if err != nil {
			t.Fatalf("%s: %v", sel, err)
		}
		if len(trend.Rounds) != 5 || len(trend.Municipalities) != 8 {
			t.Fatalf("%s: %d rounds of %d municipalities", sel, len(trend.Rounds), len(trend.Municipalities))
		}
		for row, m := range trend.Municipalities {
			for round := range trend.Rounds {
				f, standing := trend.Figure(row, round)
				away := m.Municipality == "fyresdal" && round < 2 || m.Municipality == "kviteseid" && round == 2
				switch {
				case away != (standing == assessment.Missing && !f.Scored):
					t.Errorf("%s: %s in %s is %v (%v)", sel, m.Name, trend.Rounds[round].Name, f.Score, standing)
				case f.Scored && (f.Score < 0 || f.Score > 5000):
					t.Errorf("%s: %s in %s has %v", sel, m.Name, trend.Rounds[round].Name, f.Score)
				}
			}
		}
	}
	whole, err := o.service.Trend(t.Context(), lead, demo.Region, assessment.Whole)
	if err != nil {
		t.Fatal(err)
	}
	first, last := whole.Spread(0), whole.Spread(4)
	if first.N != 7 || last.N != 8 {
		t.Errorf("n is %d at first and %d at last", first.N, last.N)
	}
	if first.Median < 500 || last.Median > 4000 || last.Median-first.Median < assessment.AboutTheSame {
		t.Errorf("the region went from %v to %v", first.Median, last.Median)
	}
	scores := map[assessment.Score]bool{}
	for row, m := range whole.Municipalities {
		f, standing := whole.Figure(row, 4)
		if standing != assessment.Comparable {
			t.Errorf("%s is %v at last", m.Name, standing)
		}
		scores[f.Score] = true
		t.Log(m.Name, func() (line []string) {
			for round := range whole.Rounds {
				f, st := whole.Figure(row, round)
				line = append(line, fmt.Sprintf("%v %s", f.Score, st))
			}
			return
		}())
	}
	if len(scores) < 7 {
		t.Errorf("the municipalities are all alike: %v", scores)
	}
}

// checkOpenRound: one has handed in, one has not begun, Larvik's people have some left.
func checkOpenRound(t *testing.T, o opened) {
	round := o.rounds(t)[0]
	progress, err := o.service.Progress(t.Context(), o.actor(t, "lead@example.org"), round, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range progress {
		t.Log(p.Name, p.State, p.Count)
		if (p.State == assessment.HandedIn) != (p.Municipality == "sandefjord") {
			t.Errorf("%s is %s", p.Name, p.State)
		}
		if p.Municipality == "tokke" && p.Count.Answered > 0 || p.Municipality == "larvik" && (p.Count.Answered < 20 || p.Count.Answered > 70) {
			t.Errorf("%s has answered %v", p.Name, p.Count)
		}
	}
	// Porsgrunn has taken last round's answers along and confirmed two tasks'; the others count for nothing. Larvik still may.
	taken, err := o.service.Assessment(t.Context(), o.actor(t, "contributor.4001@example.org"), round.ID, "porsgrunn")
	if err != nil {
		t.Fatal(err)
	}
	waits := 0
	for _, n := range taken.Unconfirmed(o.c) {
		waits += n
	}
	if n := taken.Counts(o.c)[assessment.Whole]; waits < 20 || n.Answered+waits > n.Of {
		t.Errorf("of Porsgrunn's %d questions %d are answered, and %d wait", n.Of, n.Answered, waits)
	}
	a, err := o.service.Assessment(t.Context(), o.actor(t, "contributor.3909@example.org"), round.ID, "larvik")
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Unconfirmed(o.c)) > 0 {
		t.Error("Larvik has taken answers along")
	}
	for _, answer := range append(a.Answers.Slice(), taken.Answers.Slice()...) {
		if answer.At.After(now) || answer.At.Before(round.OpensAt) {
			t.Errorf("%s was answered at %v", answer.Question, answer.At)
		}
	}
}

func checkPeople(t *testing.T, o opened) {
	for _, email := range []string{"admin@example.org", "coordinator.3909@example.org", "contributor.4032@example.org", "leader.4028@example.org"} {
		o.actor(t, email)
	}
	if a := o.actor(t, "coordinator.3909@example.org"); !org.MayHandIn(a, "larvik") || org.MayReadAnswers(a, "porsgrunn") {
		t.Errorf("Larvik's coordinator may %v", a.Grants)
	}
}

// checkKinds: everything that a page must be able to show is somewhere in the region.
func checkKinds(t *testing.T, o opened) {
	seen := map[string]int{}
	for _, id := range demo.Members {
		actor := org.Actor{Grants: []org.Grant{{Role: org.Leader, Municipality: id, Region: demo.Region}}}
		history, err := o.service.History(t.Context(), actor, id, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range history {
			for _, answer := range a.Answers.All() {
				if answer.Exempt() {
					seen["not applicable"]++
					seen["not applicable: "+string(answer.Exemption())]++
				}
				if answer.Carried {
					seen["not confirmed"]++
				} else if answer.From != nil {
					seen["confirmed"]++
				}
				if answer.Level != nil {
					seen[fmt.Sprint("level ", *answer.Level)]++
				}
				if answer.Note != "" {
					seen["note"]++
				}
			}
			for _, task := range a.Tasks.All() {
				seen[string(task.Status)]++
				seen["carrier "+string(task.Carrier)]++
			}
			for _, r := range a.Reasons.All() {
				seen[string(r.Reason)]++
			}
			for _, f := range assessment.Calculate(o.c, a.Scope, &a) {
				if a.State == assessment.HandedIn {
					seen[string(f.Standing())]++
				}
			}
		}
	}
	for _, stage := range []assessment.Stage{assessment.TakesRatings, assessment.Showing} {
		sittings, err := o.service.Sittings(t.Context(), org.SystemActor("test"), "drangedal", stage, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range sittings {
			seen["rating together: "+string(stage)]++
			for _, spread := range c.Spreads {
				seen[fmt.Sprintf("a spread with counts: %t", spread.Counts != nil)]++
			}
		}
	}
	t.Log(seen)
	kinds := []string{"rating together: rating", "rating together: showing", "a spread with counts: true", "a spread with counts: false", "not applicable", "note", "too-few", "not-compared", "comparable", "carrier own", "carrier inter-municipal", "carrier vendor", "not confirmed", "confirmed",
		"not applicable: inter-municipal", "not applicable: no-such-service", "not applicable: other", "real-improvement", "real-decline", "new-insight", "new-respondent"}
	for level := range 6 {
		kinds = append(kinds, fmt.Sprint("level ", level))
	}
	for _, s := range assessment.Statuses {
		kinds = append(kinds, string(s))
	}
	for _, kind := range kinds {
		if seen[kind] == 0 {
			t.Errorf("nowhere in the region: %s", kind)
		}
	}
}

func TestRefusesWhatIsNotEmpty(t *testing.T) {
	e := embedded(t)
	db := store.Open(e)
	people := org.NewPeople(db)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := people.Create(t.Context(), org.Person{ID: "p-1", Name: "Ola", Email: "ola@example.org"}); err != nil {
		t.Fatal(err)
	}
	if err := demo.Load(t.Context(), deps(t, db), now); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("a database with a person in it is filled: %v", err)
	}
	if marked, err := demo.Marked(t.Context(), db); marked || err != nil {
		t.Errorf("and marked: %v, %v", marked, err)
	}
}

func TestMark(t *testing.T) {
	db := store.Open(embedded(t))
	if err := demo.Mark(t.Context(), db, "Benchmark", now); err != nil {
		t.Fatal(err)
	}
	if marked, err := demo.Marked(t.Context(), db); !marked || err != nil {
		t.Errorf("marked is %v, %v", marked, err)
	}
	if err := demo.Mark(t.Context(), db, "Benchmark", now); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("marking twice: %v", err)
	}
}

// breaking fails all writes after some.
type breaking struct {
	store.Engine
	left int
}

func (b *breaking) Insert(ctx context.Context, collection string, records []store.Record) []error {
	if b.left--; b.left < 0 {
		errs := make([]error, len(records))
		for i := range errs {
			errs[i] = errors.Join(store.ErrUnavailable)
		}
		return errs
	}
	return b.Engine.Insert(ctx, collection, records)
}

func TestCutOff(t *testing.T) {
	e := embedded(t)
	if err := demo.Load(t.Context(), deps(t, store.Open(&breaking{e, 6})), now); fault.CodeOf(err) != fault.Unavailable {
		t.Fatalf("loading with a store that fails: %v", err)
	}
	db := store.Open(e)
	if marked, err := demo.Marked(t.Context(), db); marked || fault.CodeOf(err) != fault.Conflict {
		t.Errorf("half a region is marked as a whole one: %v, %v", marked, err)
	}
	if err := demo.Load(t.Context(), deps(t, db), now); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("half a region is loaded over: %v", err)
	}
}
