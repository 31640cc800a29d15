package assessment

import (
	"reflect"
	"slices"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"

	"pgregory.net/rapid"
)

func moved(area catalogue.AreaKey, from, to Score) Movement {
	return Movement{area, RegionalLevel{"r-1", "Vår 2026", from}, RegionalLevel{"r-2", "Høst 2026", to}}
}

func TestSuggest(t *testing.T) {
	c := questionnaire(t, "many", "a: ta=1; b: tb=1; c: tc=1; d: td=1")
	for name, tt := range map[string]struct {
		in   Indications
		want string // areas with their grounds, in order
	}{
		"nothing known":                  {Indications{}, ""},
		"the meeting alone":              {Indications{Meeting: []catalogue.AreaKey{"c", "a", "nosuch"}}, "a:meeting c:meeting"},
		"one area's move is no least":    {Indications{Movements: []Movement{moved("a", 1000, 1000)}}, ""},
		"all moved alike":                {Indications{Movements: []Movement{moved("a", 1000, 1100), moved("b", 2000, 2100), moved("c", 0, 100)}}, ""},
		"the least of three":             {Indications{Movements: []Movement{moved("a", 1000, 1400), moved("b", 2000, 2100), moved("c", 0, 600)}}, "b:moved-least"},
		"a fall comes before a stop":     {Indications{Movements: []Movement{moved("a", 1000, 1000), moved("b", 2000, 1400), moved("c", 0, 600), moved("d", 0, 600)}}, "b:moved-least a:moved-least"},
		"as little as the last counts":   {Indications{Movements: []Movement{moved("a", 1000, 1000), moved("b", 2000, 2000), moved("c", 0, 600)}}, "a:moved-least b:moved-least"},
		"half a level is a move":         {Indications{Movements: []Movement{moved("a", 1000, 1500), moved("b", 2000, 3000), moved("c", 0, 2000)}}, ""},
		"two grounds before one":         {Indications{Meeting: []catalogue.AreaKey{"a"}, Needs: map[catalogue.AreaKey]int{"d": 4, "b": 3}, Movements: []Movement{moved("d", 1, 1), moved("b", 0, 900), moved("c", 0, 900)}}, "d:moved-least+benefits a:meeting b:benefits"},
		"the three together come first":  {Indications{Meeting: []catalogue.AreaKey{"d"}, Needs: map[catalogue.AreaKey]int{"d": 3}, Movements: []Movement{moved("d", 1, 1), moved("b", 0, 900), moved("c", 0, 900)}}, "d:meeting+moved-least+benefits"},
		"an area of another model is no": {Indications{Needs: map[catalogue.AreaKey]int{"nosuch": 5}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := suggestionsText(Suggest(c, tt.in)); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func suggestionsText(all []Suggestion) string {
	text := ""
	for i, s := range all {
		if i > 0 {
			text += " "
		}
		text += string(s.Area)
		for k, g := range s.Grounds {
			text += []string{":", "+"}[min(k, 1)] + string(g)
		}
	}
	return text
}

// What is suggested does not depend on the order in which anything is told; nothing is suggested without a ground, nor on a ground that was not
// given; the meeting's areas are always there; and what moved more is never named as the least before what moved less.
func TestSuggestIsEven(t *testing.T) {
	c := questionnaire(t, "many", "a: ta=1; b: tb=1; c: tc=1; d: td=1; e: te=1; f: tf=1")
	keys := []catalogue.AreaKey{"a", "b", "c", "d", "e", "f"}
	rapid.Check(t, func(t *rapid.T) {
		in := Indications{Meeting: rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 6, rapid.ID).Draw(t, "meeting"), Needs: map[catalogue.AreaKey]int{}}
		for _, k := range rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 6, rapid.ID).Draw(t, "needs") {
			in.Needs[k] = rapid.IntRange(3, 9).Draw(t, "n")
		}
		level := rapid.Custom(func(t *rapid.T) Score { return Score(rapid.IntRange(0, 10).Draw(t, "level") * 500) })
		for _, k := range rapid.SliceOfNDistinct(rapid.SampledFrom(keys), 0, 6, rapid.ID).Draw(t, "known") {
			in.Movements = append(in.Movements, moved(k, level.Draw(t, "from"), level.Draw(t, "to")))
		}
		got := Suggest(c, in)
		other := Indications{rapid.Permutation(in.Meeting).Draw(t, "meeting again"), rapid.Permutation(in.Movements).Draw(t, "known again"), in.Needs}
		if again := Suggest(c, other); !reflect.DeepEqual(got, again) {
			t.Fatalf("%v, told in another order %v", got, again)
		}
		found := map[catalogue.AreaKey]Suggestion{}
		for i, s := range got {
			if len(s.Grounds) == 0 || i > 0 && len(s.Grounds) > len(got[i-1].Grounds) {
				t.Fatalf("%v is out of order", got)
			}
			if slices.Contains(s.Grounds, ForMeeting) != slices.Contains(in.Meeting, s.Area) || slices.Contains(s.Grounds, ForBenefits) != (in.Needs[s.Area] > 0) || s.Needs != in.Needs[s.Area] {
				t.Fatalf("%v of %v", s, in)
			}
			found[s.Area] = s
		}
		for _, k := range in.Meeting {
			if _, ok := found[k]; !ok {
				t.Fatalf("the meeting is about %s", k)
			}
		}
		least := func(k catalogue.AreaKey) bool { return slices.Contains(found[k].Grounds, MovedLeast) }
		for _, m := range in.Movements {
			for _, n := range in.Movements {
				if least(m.Area) && n.Change() <= m.Change() && !least(n.Area) || least(m.Area) && m.Change() >= AboutTheSame {
					t.Fatalf("%v is named and %v is not", m, n)
				}
			}
		}
	})
}

// A movement is read of the two latest rounds that cover the area whole, whose medians may be told, on one questionnaire.
func TestMovementOfATrend(t *testing.T) {
	w := newWorld(t, 3)
	all := func(int) bool { return true }
	publish := func(name, answers string, tasks ...catalogue.TaskKey) {
		r := w.open(name, tasks...)
		for _, m := range w.ids {
			w.answer(r.ID, m, answers)
			w.handIn(r.ID, m)
		}
		w.close(r.ID)
		w.publish(r.ID)
		if err := w.service.PrepareComparison(w.ctx(), lead(), region, nil); err != nil {
			t.Fatal(err)
		}
		w.advance(1)
	}
	c := must(w.service.Catalogue(small))(t)
	none := must(w.service.AreaTrends(w.ctx(), lead(), region, c))(t)
	if len(none) != 0 {
		t.Errorf("before the first publication there is %v", none)
	}
	publish("One", "x.d1=1 x.d2=1 x.d3=1 y.d1=1 y.d2=1 z.d1=4")
	trends := must(w.service.AreaTrends(w.ctx(), lead(), region, c))(t)
	if m, ok := MovementOf("a", trends["a"], all); ok {
		t.Errorf("one round moved by %v", m)
	}
	publish("Two", "x.d1=2 x.d2=2 x.d3=2", "x") // a part of area a, and nothing of b
	publish("Three", "x.d1=3 x.d2=3 x.d3=3 y.d1=3 y.d2=3 z.d1=3")
	trends = must(w.service.AreaTrends(w.ctx(), lead(), region, c))(t)
	covered := func(area catalogue.AreaKey) func(int) bool {
		return func(i int) bool { return org.MayShowMedian(org.Sample{N: trends[area].Spread(i).N}) }
	}
	m, ok := MovementOf("a", trends["a"], covered("a"))
	if !ok || m.From.Name != "One" || m.To.Name != "Three" || m.Change() != 2000 {
		t.Errorf("a: %+v %t", m, ok)
	}
	if m, ok := MovementOf("b", trends["b"], covered("b")); !ok || m.Change() != -1000 {
		t.Errorf("b: %+v %t", m, ok)
	}
	if m, ok := MovementOf("b", trends["b"], func(i int) bool { return i == 2 }); ok {
		t.Errorf("what may not be told moved by %v", m)
	}
	other := *trends["b"]
	other.Rounds = slices.Clone(other.Rounds)
	other.Rounds[0].Catalogue = "small-0"
	if m, ok := MovementOf("b", &other, covered("b")); ok {
		t.Errorf("other questions moved by %v", m)
	}
	_, err := w.service.AreaTrends(w.ctx(), org.Actor{Person: "p-admin", Grants: []org.Grant{{Role: org.Administrator}}}, region, c)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
}
