package assessment

import (
	"fmt"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"

	"pgregory.net/rapid"
)

// givenOf writes a round's levels of the one question z.d1 as counts by level: {3: 8}.
func givenOf(name string, counts map[int]int) LevelsGiven {
	return LevelsGiven{RoundID(name), name, map[catalogue.QuestionKey]map[int]int{"z.d1": counts}}
}

func TestSeparate(t *testing.T) {
	c := questionnaire(t, "one", "a: z=1")
	type rounds []map[int]int
	for name, tt := range map[string]struct {
		rounds rounds
		want   string
	}{
		"no round":                             {nil, "few"},
		"six are too few, though alike":        {rounds{{3: 6}}, "few"},
		"seven alike":                          {rounds{{3: 7}}, "never: 0 7/7 at 3"},
		"one of seven stands elsewhere":        {rounds{{3: 6, 2: 1}}, "rest"},
		"nineteen of twenty are 95 in 100":     {rounds{{3: 19, 5: 1}}, "never: 0 19/20 at 3"},
		"eighteen of nineteen are not":         {rounds{{3: 18, 5: 1}}, "rest"},
		"thirty-seven of thirty-nine are not":  {rounds{{0: 37, 1: 1, 2: 1}}, "rest"},
		"all at the bottom":                    {rounds{{0: 8}}, "never: 0 8/8 at 0"},
		"each round alike, at another level":   {rounds{{4: 8}, {2: 8}}, "never: 0 8/8 at 4, 1 8/8 at 2"},
		"one round separates":                  {rounds{{4: 8}, {2: 4, 3: 4}}, "rest"},
		"a thin round neither helps nor harms": {rounds{{1: 2, 5: 2}, {2: 8}}, "never: 1 8/8 at 2"},
		"two thin rounds are not one":          {rounds{{2: 4}, {2: 4}}, "few"},
	} {
		t.Run(name, func(t *testing.T) {
			var given []LevelsGiven
			for i, counts := range tt.rounds {
				given = append(given, givenOf(fmt.Sprint(i), counts))
			}
			if got := separationText(Separate(c, given)); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// separationText says what is found of a questionnaire with one question.
func separationText(s Separation) string {
	switch {
	case s.Few == 1 && s.Rest == 0 && len(s.Never) == 0:
		return "few"
	case s.Rest == 1 && s.Few == 0 && len(s.Never) == 0:
		return "rest"
	case len(s.Never) != 1 || s.Few+s.Rest != 0:
		return fmt.Sprintf("%+v", s)
	}
	text := "never:"
	for i, in := range s.Never[0].Rounds {
		text += fmt.Sprintf("%s %s %d/%d at %d", []string{"", ","}[min(i, 1)], in.Name, in.Same, in.Given, in.Level)
	}
	return text
}

// Every question is counted once; the order of rounds does not matter; a further round in which they differ makes a question separate, and one
// with too few makes no difference; and which levels they are does not matter, only which are the same.
func TestSeparateIsEven(t *testing.T) {
	c := questionnaire(t, "many", "a: x=1,1,1 y=1,1; b: z=1")
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) LevelsGiven {
			r := LevelsGiven{RoundID(name), name, map[catalogue.QuestionKey]map[int]int{}}
			for _, task := range c.Tasks() {
				for _, q := range task.Questions {
					counts := map[int]int{rapid.IntRange(0, 5).Draw(t, "level"): rapid.IntRange(0, 40).Draw(t, "most")}
					counts[rapid.IntRange(0, 5).Draw(t, "other")] += rapid.IntRange(0, 2).Draw(t, "few")
					r.Levels[q.Key] = counts
				}
			}
			return r
		}
		var rounds, reversed, shifted []LevelsGiven
		for i := range rapid.IntRange(0, 4).Draw(t, "rounds") {
			r := draw(fmt.Sprint(i))
			rounds, reversed = append(rounds, r), append([]LevelsGiven{r}, reversed...)
			other := LevelsGiven{r.Round, r.Name, map[catalogue.QuestionKey]map[int]int{}}
			for q, counts := range r.Levels {
				other.Levels[q] = map[int]int{}
				for level, n := range counts {
					other.Levels[q][5-level] = n
				}
			}
			shifted = append(shifted, other)
		}
		s := Separate(c, rounds)
		if len(s.Never)+s.Few+s.Rest != 6 {
			t.Fatalf("%d + %d + %d of six", len(s.Never), s.Few, s.Rest)
		}
		same := func(what string, other Separation) {
			if len(other.Never) != len(s.Never) || other.Few != s.Few || other.Rest != s.Rest {
				t.Fatalf("%s: %+v became %+v", what, s, other)
			}
			for i, q := range other.Never {
				if q.Question != s.Never[i].Question {
					t.Fatalf("%s: %s in place of %s", what, q.Question, s.Never[i].Question)
				}
			}
		}
		same("another order", Separate(c, reversed))
		same("upside down", Separate(c, shifted))
		same("six more", Separate(c, append(rounds[:len(rounds):len(rounds)], givenOf("thin", map[int]int{0: 3, 5: 3}))))
		for _, q := range s.Never {
			for _, in := range q.Rounds {
				if in.Given < FewestToSeparate || in.Same*20 < in.Given*19 || in.Same > in.Given {
					t.Fatalf("%s: %+v", q.Question, in)
				}
			}
		}
		if apart := Separate(c, append(rounds[:len(rounds):len(rounds)], givenOf("apart", map[int]int{0: 4, 5: 4}))); len(apart.Never) > len(s.Never) || apart.Few > s.Few {
			t.Fatalf("they differ, and %+v became %+v", s, apart)
		}
	})
}

// Only published rounds on the questionnaire count, the latest five; drafts, what does not apply and who left without her name do not. It is the
// regional lead's, and costs two reads.
func TestSeparationOfARegion(t *testing.T) {
	w := newWorld(t, 8)
	home := must(w.regions.Get(t.Context(), region))(t)
	c := must(w.service.Catalogue(small))(t)
	separation := func() Separation {
		t.Helper()
		return must(w.service.Separation(t.Context(), lead(), home, c))(t)
	}
	if s := separation(); len(s.Rounds) != 0 || s.Few != 6 || len(s.Never)+s.Rest != 0 {
		t.Errorf("before the first publication: %+v", s)
	}
	answers := func(odd string) map[org.MunicipalityID]string {
		all := map[org.MunicipalityID]string{}
		for _, m := range w.ids {
			all[m] = "x.d1=3 x.d2=2 y.d1=1 !z"
		}
		all["larvik"] = odd
		return all
	}
	w.run("Runde 0", answers("x.d1=0 x.d2=5 y.d1=0 !z")) // will be the sixth from the end
	for i := range SeparationRounds {
		w.run(fmt.Sprint("Runde ", i+1), answers("x.d1=3 x.d2=5 !y !z"))
	}
	r := w.open("Runde 6") // under way: its answers count for nothing
	w.answer(r.ID, "larvik", "x.d1=0")
	w.prepare()
	ctx, reads := store.WithReads(t.Context())
	s := must(w.service.Separation(ctx, lead(), home, c))(t)
	if len(s.Rounds) != SeparationRounds || s.Rounds[0].Name != "Runde 5" || s.Rounds[4].Name != "Runde 1" {
		t.Errorf("looked at %+v", s.Rounds)
	}
	if n := reads.Calls.Load(); n > 2 {
		t.Errorf("%d reads", n)
	}
	if len(s.Never) != 2 || s.Never[0].Question != "x.d1" || s.Never[1].Question != "y.d1" || s.Rest != 1 || s.Few != 3 {
		t.Fatalf("%+v", s)
	}
	if a := s.Never[1].Rounds[0]; len(s.Never[1].Rounds) != SeparationRounds || a != (Alike{s.Rounds[0].Round, "Runde 5", 1, 7, 7}) {
		t.Errorf("%+v", s.Never[1])
	}
	gone := home
	gone.Members, gone.Left = home.Members[:7], []org.Member{{Municipality: home.Members[7].Municipality, Consent: org.OnlyAggregates, Gone: true}}
	if s := must(w.service.Separation(t.Context(), lead(), gone, c))(t); len(s.Never) != 1 || s.Never[0].Rounds[0].Given != 7 {
		t.Errorf("who left without her name is counted: %+v", s)
	}
	if s := must(w.service.Separation(t.Context(), lead(), home, questionnaire(t, "other", "a: x=1")))(t); len(s.Rounds) != 0 || s.Few != 1 {
		t.Errorf("rounds of another questionnaire: %+v", s)
	}
	for _, actor := range []org.Actor{contributor("larvik"), coordinator("larvik"), {Person: "a", Grants: []org.Grant{{Role: org.Administrator}}}, {Person: "r", Grants: []org.Grant{{Role: org.NationalReader}}}} {
		_, err := w.service.Separation(t.Context(), actor, home, c)
		wantFault(t, err, fault.Forbidden, "error.forbidden")
	}
}

// The same over every region tells which questions, in how many rounds, and no level. A region in which they differ makes a question separate, and
// who stands in aggregates only is counted.
func TestSeparationEverywhere(t *testing.T) {
	w := newWorld(t, 8)
	c := must(w.service.Catalogue(small))(t)
	admin := org.Actor{Person: "p-admin", Grants: []org.Grant{{Role: org.Administrator}}}
	everywhere := func(regions ...org.RegionID) Separation {
		t.Helper()
		return must(w.service.SeparationEverywhere(t.Context(), admin, regions, c))(t)
	}
	if s := everywhere(); s.Few != 6 {
		t.Errorf("no region: %+v", s)
	}
	if s := everywhere(region); s.Few != 6 {
		t.Errorf("nothing published: %+v", s)
	}
	answers := map[org.MunicipalityID]string{}
	for _, m := range w.ids {
		answers[m] = "x.d1=3 x.d2=2 y.d1=1 !z"
	}
	answers["larvik"] = "x.d1=3 x.d2=5 y.d1=1 !z"
	w.run("Runde 1", answers)
	w.run("Runde 2", answers)
	w.prepare()
	ctx, reads := store.WithReads(t.Context())
	s := must(w.service.SeparationEverywhere(ctx, admin, []org.RegionID{region, "nowhere"}, c))(t)
	if n := reads.Calls.Load(); n > 2 {
		t.Errorf("%d reads", n)
	}
	if len(s.Never) != 2 || s.Never[0].Question != "x.d1" || s.Never[1].Question != "y.d1" || s.Rest != 1 || s.Few != 3 || s.Rounds != nil {
		t.Fatalf("%+v", s)
	}
	for _, q := range s.Never {
		if len(q.Rounds) != 2 {
			t.Errorf("%s in %d rounds", q.Question, len(q.Rounds))
		}
		for _, in := range q.Rounds {
			if in.Level != 0 || in.Same != 8 || in.Given != 8 {
				t.Errorf("%s tells %+v", q.Question, in)
			}
		}
	}
	for _, actor := range []org.Actor{lead(), coordinator("larvik"), {Person: "r", Grants: []org.Grant{{Role: org.NationalReader}}}} {
		_, err := w.service.SeparationEverywhere(t.Context(), actor, []org.RegionID{region}, c)
		wantFault(t, err, fault.Forbidden, "error.forbidden")
	}
}
