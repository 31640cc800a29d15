package assessment

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"

	"pgregory.net/rapid"
)

func (w *world) prepare() {
	w.t.Helper()
	if err := w.service.PrepareComparison(w.ctx(), org.SystemActor("trend"), region, nil); err != nil {
		w.t.Fatal(err)
	}
}

// run takes a round from plan to publication with the answers given by municipality; who has none hands nothing in.
func (w *world) run(name string, answers map[org.MunicipalityID]string, tasks ...catalogue.TaskKey) Round {
	w.t.Helper()
	r := w.open(name, tasks...)
	for m, text := range answers {
		w.answer(r.ID, m, text)
		w.handIn(r.ID, m)
	}
	w.close(r.ID)
	w.advance(180 * 24 * time.Hour)
	return w.publish(r.ID)
}

// read writes a trend down as people see it: per municipality the scores, "." missing, "/" not in the round, "()" not for comparing.
func read(t *Trend, m org.MunicipalityID) string {
	row := t.Row(m)
	if row < 0 {
		return "none"
	}
	var all []string
	for round := range t.Rounds {
		f, standing := t.Figure(row, round)
		all = append(all, map[Standing]string{
			Missing: ".", NotInRound: "/", NotApplicable: "n/a", TooFew: "few", NotCompared: "(" + f.Score.String() + ")", Comparable: f.Score.String(),
		}[standing])
	}
	return strings.Join(all, " ")
}

// Gaps stay gaps: a missing round, one that came late, a round that does not cover the selection, too few answers. None is zero, and
// none is bridged.
func TestTrendKeepsItsGaps(t *testing.T) {
	w := newWorld(t, 3) // Larvik, Tokke, Seljord
	three := must(w.regions.Get(t.Context(), region))(t)
	two := three
	two.Members = slices.Clone(three.Members[:2])
	w.replaceRegion(two)
	first := w.run("Vår 2026", map[org.MunicipalityID]string{
		"larvik": "x.d1=1 x.d2=1 x.d3=1 y.d1=1 y.d2=1 z.d1=0",
		"tokke":  "x.d1=5 x.d2=5 x.d3=5 y.d1=5 y.d2=5 z.d1=5",
	})
	w.replaceRegion(three) // Seljord joins
	second := w.run("Høst 2026", map[org.MunicipalityID]string{
		"larvik":  "x.d1=2 x.d2=2 x.d3=2 y.d1=2 y.d2=2", // five of six: compared
		"seljord": "x.d1=3 x.d2=3 y.d1=3 y.d2=3",        // four of six: shown only
	})
	third := w.run("Vår 2027", map[org.MunicipalityID]string{
		"larvik":  "y.d1=3 y.d2=3 z.d1=3",
		"tokke":   "y.d1=4", // one of three
		"seljord": "!y !z",
	}, "y", "z")
	w.prepare()
	for _, tt := range []struct {
		sel                    Selection
		larvik, tokke, seljord string
		spreads                string // n and median of each round
	}{
		{Whole, "0.667 2.000 /", "5.000 . /", ". (3.000) /", "2 2.834, 1 2.000, 0 0.000"}, // the third covers two of three tasks
		{OfArea("b"), "0.000 . 3.000", "5.000 . .", ". . n/a", "2 2.500, 0 0.000, 1 3.000"},
		{OfTask("x"), "1.000 2.000 /", "5.000 . /", ". (3.000) /", "2 3.000, 1 2.000, 0 0.000"},
		{OfTask("y"), "1.000 2.000 3.000", "5.000 . (4.000)", ". 3.000 n/a", "2 3.000, 2 2.500, 1 3.000"},
		{OfDimension("d3"), "1.000 2.000 /", "5.000 . /", ". . /", "2 3.000, 1 2.000, 0 0.000"},
	} {
		trend := must(w.service.Trend(t.Context(), contributor("larvik"), region, tt.sel))(t)
		for m, want := range map[org.MunicipalityID]string{"larvik": tt.larvik, "tokke": tt.tokke, "seljord": tt.seljord, "oslo": "none"} {
			if got := read(trend, m); got != want {
				t.Errorf("%s of %s: %s, want %s", tt.sel, m, got, want)
			}
		}
		var spreads []string
		for i := range trend.Rounds {
			spreads = append(spreads, fmt.Sprintf("%d %s", trend.Spread(i).N, trend.Spread(i).Median))
		}
		if got := strings.Join(spreads, ", "); got != tt.spreads {
			t.Errorf("%s spreads as %s, want %s", tt.sel, got, tt.spreads)
		}
	}
	trend := must(w.service.Trend(t.Context(), lead(), region, Whole))(t)
	var rounds []string
	for i, r := range trend.Rounds {
		rounds = append(rounds, r.Name)
		if want := []Round{first, second, third}[i]; r.ID != want.ID || r.Publication != want.Publication() || r.Catalogue != small || r.Erratum || !r.ClosedAt.Equal(want.ClosesAt) {
			t.Errorf("%+v", r)
		}
	}
	if !slices.Equal(rounds, []string{"Vår 2026", "Høst 2026", "Vår 2027"}) {
		t.Errorf("rounds %v", rounds)
	}
	// The same through a round's results.
	res := must(w.service.Results(t.Context(), as(org.Leader, "tokke"), third.Publication()))(t)
	for _, tt := range []struct {
		m    org.MunicipalityID
		sel  Selection
		want Standing
	}{
		{"larvik", Whole, Comparable}, {"tokke", Whole, TooFew}, {"seljord", Whole, NotApplicable}, {"larvik", OfTask("x"), NotInRound}, {"tokke", OfTask("z"), Missing},
		{"oslo", Whole, Missing}, {"larvik", "task/q", NotInRound}, {"tokke", OfArea("a"), NotCompared},
	} {
		if _, got := res.Figure(res.Row(tt.m), tt.sel); got != tt.want {
			t.Errorf("%s of %s stands as %s, want %s", tt.sel, tt.m, got, tt.want)
		}
	}
	if res.Spread("task/q") != (Spread{}) || res.Name != "Vår 2027" || res.Region != region || !slices.Equal(res.Tasks, Scope{"y", "z"}) {
		t.Errorf("%+v", res)
	}
	res = must(w.service.Results(t.Context(), lead(), second.Publication()))(t)
	if _, got := res.Figure(res.Row("tokke"), Whole); got != Missing || res.HandedIn[res.Row("tokke")] {
		t.Errorf("who handed nothing in stands as %s", got)
	}
}

// In one round of the trend and in the results, a municipality that is missing where the round does not cover the selection reads alike.
func TestTrendAndResultsAgree(t *testing.T) {
	w := newWorld(t, 3)
	first := w.run("Vår 2026", map[org.MunicipalityID]string{"larvik": "y.d1=3 y.d2=2", "seljord": "y.d1=1"}, "y")
	second := w.run("Høst 2026", map[org.MunicipalityID]string{"tokke": "x.d1=3 x.d2=2 x.d3=1"}, "x", "z")
	w.prepare()
	for i, r := range []Round{first, second} {
		res := must(w.service.Results(t.Context(), lead(), r.Publication()))(t)
		for _, sel := range res.Selections {
			trend := must(w.service.Trend(t.Context(), lead(), region, sel))(t)
			if !r.Tasks.Whole(smallCatalogue(t), sel) { // a part of it is no point of its line
				for _, m := range w.ids {
					if f, s := trend.Figure(trend.Row(m), i); f.Scored || s != NotInRound && s != Missing || trend.Spread(i).N != 0 {
						t.Errorf("%s of %s in %s, which covers part of it: %+v %s", sel, m, r.Name, f, s)
					}
				}
				continue
			}
			if trend.Spread(i) != res.Spread(sel) {
				t.Errorf("%s of %s spreads as %+v and %+v", sel, r.Name, trend.Spread(i), res.Spread(sel))
			}
			for _, m := range w.ids {
				f1, s1 := trend.Figure(trend.Row(m), i)
				f2, s2 := res.Figure(res.Row(m), sel)
				if f1 != f2 || s1 != s2 {
					t.Errorf("%s of %s in %s: %+v %s in the trend, %+v %s in the results", sel, m, r.Name, f1, s1, f2, s2)
				}
			}
		}
	}
}

// A figure with under 80 % of its questions answered is out of the spread, at the very edge.
func TestSpreadLeavesOutThinFigures(t *testing.T) {
	c := questionnaire(t, "small", "a: x=1,1,1,1,1")
	w := newWorld(t, 4, c)
	r := w.run("Høst 2026", map[org.MunicipalityID]string{
		"larvik":    "x.d1=1 x.d2=1 x.d3=1 x.d4=1", // four of five
		"tokke":     "x.d1=2 x.d2=2 x.d3=2 x.d4=2 x.d5=2",
		"seljord":   "x.d1=5 x.d2=5 x.d3=5",         // three of five
		"porsgrunn": "x.d1=3 x.d2=3 x.d3=3 x.d4=na", // three of four
	})
	w.prepare()
	res := must(w.service.Results(t.Context(), lead(), r.Publication()))(t)
	if got, want := res.Spread(Whole), (Spread{1500, 1250, 1750, 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestResultsAreInNorwegianOrder(t *testing.T) {
	w := newWorld(t, 0)
	register := w.service.register
	var members []org.Member
	for _, m := range register.All() {
		if slices.Contains([]string{"Åsnes", "Ærfugl", "Alta", "Ørsta", "Zulu", "Ålesund", "Voss"}, m.Name) {
			members = append([]org.Member{{Municipality: m.ID}}, members...)
		}
	}
	w.replaceRegion(org.Region{ID: region, Name: "R", Members: members})
	r := w.run("Høst 2026", nil)
	w.prepare()
	res := must(w.service.Results(t.Context(), lead(), r.Publication()))(t)
	trend := must(w.service.Trend(t.Context(), lead(), region, Whole))(t)
	for _, list := range [][]Participant{res.Municipalities, trend.Municipalities} {
		var names []string
		for _, p := range list {
			names = append(names, p.Name)
		}
		if want := []string{"Alta", "Voss", "Ørsta", "Ålesund", "Åsnes"}; !slices.Equal(names, want) {
			t.Errorf("%v", names)
		}
	}
}

func TestGridRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, columns := rapid.IntRange(1, 12).Draw(t, "rows"), rapid.IntRange(1, 12).Draw(t, "columns")
		g := newGrid(rows, columns)
		type cell struct {
			f       Figure
			covered bool
		}
		want := map[[2]int]cell{}
		for range rapid.IntRange(0, 40).Draw(t, "writes") {
			at := [2]int{rapid.IntRange(0, rows-1).Draw(t, "row"), rapid.IntRange(0, columns-1).Draw(t, "column")}
			c := cell{covered: rapid.Bool().Draw(t, "covered")}
			if c.covered {
				c.f.Applicable = rapid.IntRange(0, 2000).Draw(t, "applicable")
				c.f.Answered = rapid.IntRange(0, c.f.Applicable).Draw(t, "answered")
				if c.f.Scored = c.f.Answered > 0; c.f.Scored {
					c.f.Score = Score(rapid.IntRange(0, 10000).Draw(t, "score"))
				}
			}
			g.set(at[0], at[1], c.f, c.covered)
			want[at] = c
		}
		for r := range rows {
			for c := range columns {
				f, covered := g.At(r, c)
				if w := want[[2]int{r, c}]; f != w.f || covered != w.covered {
					t.Fatalf("%d,%d holds %+v %t, written was %+v", r, c, f, covered, w)
				}
			}
		}
		s := Spread{Score(rapid.IntRange(0, 10000).Draw(t, "m")), Score(rapid.IntRange(0, 10000).Draw(t, "a")), Score(rapid.IntRange(0, 10000).Draw(t, "b")), rapid.IntRange(0, 400).Draw(t, "n")}
		if pack(s).unpack() != s {
			t.Fatalf("%+v comes back as %+v", s, pack(s).unpack())
		}
	})
}

// bodies is what a collection holds, without the revisions.
func (w *world) bodies(collection string) map[string]string {
	w.t.Helper()
	all := map[string]string{}
	err := w.engine.Snapshot(w.ctx(), func(v store.View) error {
		return v.Scan(w.ctx(), collection, func(r store.Record) error {
			all[r.ID] = string(r.Body)
			return nil
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// Prepared twice, at the same time by many, or again after being cut off anywhere: the same bytes, and nothing due.
func TestPreparingIsRepeatable(t *testing.T) {
	w := newWorld(t, 3)
	answers := map[org.MunicipalityID]string{"larvik": "x.d1=3 x.d2=2 y.d1=4", "tokke": "x.d1=5 x.d2=1 x.d3=1 y.d1=2 y.d2=2"}
	w.run("Vår 2026", answers)
	if _, err := w.service.Trend(t.Context(), lead(), region, Whole); err == nil {
		t.Error("there is a trend before it was prepared")
	} else {
		wantFault(t, err, fault.NotFound, "error.trend.none")
	}
	if due := must(w.service.TrendsDue(t.Context(), 10))(t); !slices.Equal(due, []org.RegionID{region}) {
		t.Errorf("due are %v", due)
	}
	var steps []int
	if err := w.service.PrepareComparison(t.Context(), lead(), region, func(done, total int) {
		if total < done || len(steps) > 0 && done < steps[len(steps)-1] {
			t.Errorf("%d of %d after %v", done, total, steps)
		}
		steps = append(steps, done)
	}); err != nil {
		t.Fatal(err)
	}
	if due := must(w.service.TrendsDue(t.Context(), 10))(t); len(due) != 0 || len(steps) == 0 || steps[len(steps)-1] != 2 {
		t.Errorf("due are %v, progress was %v", due, steps)
	}
	results, trends := w.bodies("results"), w.bodies("trends")
	if len(results) != 1 || len(trends) != len(Selections(w.service.catalogues[small])) {
		t.Errorf("%d results, %d trends", len(results), len(trends))
	}
	w.prepare()
	if !maps.Equal(results, w.bodies("results")) || !maps.Equal(trends, w.bodies("trends")) {
		t.Error("prepared twice, it is not the same")
	}

	w.run("Høst 2026", answers)
	for n := 0; ; n++ {
		w.engine.BeforeWrites(failAfter(n))
		err := w.service.PrepareComparison(t.Context(), lead(), region, nil)
		w.engine.BeforeWrites(nil)
		if err == nil {
			break
		}
		wantFault(t, err, fault.Unavailable, "error.unavailable")
		if due := must(w.service.TrendsDue(t.Context(), 10))(t); len(due) != 1 {
			t.Errorf("cut off after %d writes, due are %v", n, due)
		}
	}
	cutOff := w.bodies("trends")

	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := w.service.PrepareComparison(w.ctx(), org.SystemActor("trend"), region, nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if !maps.Equal(cutOff, w.bodies("trends")) {
		t.Error("prepared by four at once, it is not the same")
	}
	for _, actor := range []org.Actor{{}, contributor("larvik"), as(org.Leader, "larvik")} {
		wantFault(t, w.service.PrepareComparison(t.Context(), actor, region, nil), fault.Forbidden, "error.forbidden")
	}
	if err := w.service.PrepareComparison(t.Context(), org.SystemActor("trend"), "nowhere", nil); err != nil {
		t.Errorf("a region without publications: %v", err)
	}
}

// An erratum replaces its round in the trend; whoever prepared from what stood before cannot put it back.
func TestTrendAfterErratum(t *testing.T) {
	w := newWorld(t, 2)
	r := w.run("Vår 2026", map[org.MunicipalityID]string{"larvik": "x.d1=1 x.d2=1 x.d3=1 y.d1=1 y.d2=1 z.d1=1"})
	w.prepare()
	before := must(w.service.Trend(t.Context(), lead(), region, Whole))(t)
	if err := w.service.SendBack(t.Context(), lead(), r.ID, "larvik", "Feil."); err != nil {
		t.Fatal(err)
	}
	w.answer(r.ID, "larvik", "z.d1=4")
	w.handIn(r.ID, "larvik")
	if trend := must(w.service.Trend(t.Context(), lead(), region, Whole))(t); read(trend, "larvik") != "1.000" {
		t.Errorf("while it is corrected the trend is %s", read(trend, "larvik"))
	}
	r = must(w.service.Erratum(t.Context(), lead(), r.ID, "Larvik rettet z."))(t)
	if due := must(w.service.TrendsDue(t.Context(), 10))(t); len(due) != 1 {
		t.Errorf("due are %v", due)
	}
	w.prepare()
	trend := must(w.service.Trend(t.Context(), lead(), region, Whole))(t)
	if read(trend, "larvik") != "2.000" || !trend.Rounds[0].Erratum || trend.Rounds[0].Publication != r.Publication() {
		t.Errorf("%s %+v", read(trend, "larvik"), trend.Rounds)
	}
	wantFault(t, w.service.putTrend(t.Context(), *before), fault.Conflict, "error.busy")
	if trend := must(w.service.Trend(t.Context(), lead(), region, Whole))(t); read(trend, "larvik") != "2.000" {
		t.Error("the older trend was put back")
	}
	if res := must(w.service.Results(t.Context(), lead(), r.Publications[0].Hash))(t); res.Spread(Whole).Median != 1000 {
		t.Error("the first publication's results are not what they were")
	}
}

// An erratum that comes while the comparison is prepared leaves it due: what was just prepared does not hold it.
func TestErratumWhilePreparing(t *testing.T) {
	w := newWorld(t, 2)
	r := w.run("Vår 2026", map[org.MunicipalityID]string{"larvik": "z.d1=1"})
	came := false
	w.engine.BeforeWrites(func(collection, _ string) error {
		if collection != "trends" || came {
			return nil
		}
		came = true
		if err := w.service.SendBack(w.ctx(), lead(), r.ID, "larvik", "Feil."); err != nil {
			t.Fatal(err)
		}
		w.answer(r.ID, "larvik", "z.d1=4")
		w.handIn(r.ID, "larvik")
		must(w.service.Erratum(w.ctx(), lead(), r.ID, "Larvik rettet z."))(t)
		return nil
	})
	w.prepare()
	w.engine.BeforeWrites(nil)
	if due := must(w.service.TrendsDue(t.Context(), 10))(t); !came || len(due) != 1 {
		t.Errorf("due are %v", due)
	}
	w.prepare()
	trend := must(w.service.Trend(t.Context(), lead(), region, OfTask("z")))(t)
	if due := must(w.service.TrendsDue(t.Context(), 10))(t); len(due) != 0 || read(trend, "larvik") != "4.000" {
		t.Errorf("due are %v, the trend is %s", due, read(trend, "larvik"))
	}
}

func TestWhoReadsComparisons(t *testing.T) {
	w := newWorld(t, 1)
	r := w.run("Vår 2026", nil)
	_, err := w.service.Results(t.Context(), lead(), r.Publication())
	wantFault(t, err, fault.NotFound, "error.results.none")
	w.prepare()
	for name, actor := range map[string]org.Actor{"nobody": {}, "foreign lead": {Grants: []org.Grant{{Role: org.RegionalLead, Region: "oslo"}}},
		"administrator": {Grants: []org.Grant{{Role: org.Administrator}}}} {
		_, err := w.service.Results(t.Context(), actor, r.Publication())
		if fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
		_, err = w.service.Trend(t.Context(), actor, region, Whole)
		wantFault(t, err, fault.Forbidden, "error.forbidden")
	}
	_, err = w.service.Trend(t.Context(), lead(), region, "area/q")
	wantFault(t, err, fault.NotFound, "error.trend.none")
}

// What a results or trend page costs the store does not grow with municipalities or rounds.
func TestReadsDoNotGrow(t *testing.T) {
	type cost struct{ calls, documents int64 }
	measure := func(municipalities, rounds int) map[string]cost {
		w := newWorld(t, municipalities)
		var last Round
		for i := range rounds {
			answers := map[org.MunicipalityID]string{}
			for _, m := range w.ids[:3] {
				answers[m] = "x.d1=3"
			}
			last = w.run(fmt.Sprint("Runde ", i), answers)
		}
		w.prepare()
		costs := map[string]cost{}
		of := func(name string, what func(context.Context) error) {
			ctx, reads := store.WithReads(t.Context())
			if err := what(ctx); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			costs[name] = cost{reads.Calls.Load(), reads.Documents.Load()}
		}
		of("results", func(ctx context.Context) error {
			res, err := w.service.Results(ctx, lead(), last.Publication())
			if err == nil && len(res.Municipalities) != municipalities {
				t.Errorf("%d municipalities", len(res.Municipalities))
			}
			return err
		})
		of("trend", func(ctx context.Context) error {
			trend, err := w.service.Trend(ctx, lead(), region, OfTask("x"))
			if err == nil && (len(trend.Rounds) != rounds || len(trend.Municipalities) != municipalities) {
				t.Errorf("%d rounds, %d municipalities", len(trend.Rounds), len(trend.Municipalities))
			}
			return err
		})
		of("part", func(ctx context.Context) error {
			_, err := w.service.Part(ctx, contributor("larvik"), org.Region{ID: region}, last.Publication(), "larvik")
			return err
		})
		of("manifest", func(ctx context.Context) error {
			_, err := w.service.Manifest(ctx, lead(), last.Publication())
			return err
		})
		return costs
	}
	few, many := measure(8, 5), measure(60, 8)
	if !maps.Equal(few, many) {
		t.Errorf("at (8, 5) %v, at (60, 8) %v", few, many)
	}
	if want := (cost{1, 1}); few["results"] != want || few["trend"] != want {
		t.Errorf("%v, one read of one document is enough", few)
	}
}

// Over a hundred municipalities take more than one membership query; nobody is lost between them.
func TestMoreThanOneChunkOfMunicipalities(t *testing.T) {
	w := newWorld(t, 103)
	r := w.open("Høst 2026")
	ids := w.ids
	for i, m := range ids {
		must(w.service.Fill(t.Context(), contributor(m), Fill{Round: r.ID, Municipality: m, Answers: []FillAnswer{{"z.d1", level(i % 6)}}}))(t)
		w.handIn(r.ID, m)
	}
	w.close(r.ID)
	r = w.publish(r.ID)
	w.prepare()
	res := must(w.service.Results(t.Context(), lead(), r.Publication()))(t)
	for i, m := range ids {
		if f, standing := res.Figure(res.Row(m), OfTask("z")); standing != Comparable || f.Score != Score(i%6*1000) {
			t.Errorf("%s: %+v %s", m, f, standing)
		}
	}
	if n := res.Spread(OfTask("z")).N; n != 103 {
		t.Errorf("the spread is of %d", n)
	}
	if n := must(w.service.HandedInCount(t.Context(), lead(), r))(t); n != 103 {
		t.Errorf("%d have handed in", n)
	}
}
