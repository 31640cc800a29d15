package assessment

import (
	"strings"
	"sync"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"

	"pgregory.net/rapid"
)

// Minutes add up to their area whoever works, and to nobody's name; others read none, and what can't be changed any more counts none.
func TestMinutesAddUp(t *testing.T) {
	w := newWorld(t, 3)
	ctx := t.Context()
	r := w.open("Høst 2026")
	add := func(a org.Actor, m org.MunicipalityID, task string) error {
		return w.service.AddMinute(ctx, a, r.ID, m, catalogue.TaskKey(task))
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for _, task := range []string{"x", "y", "z"} {
				if err := add(contributor("larvik"), "larvik", task); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if e := must(w.service.Effort(ctx, leader("larvik"), r.ID, "larvik"))(t); e.In("a") != 8 || e.In("b") != 4 || e.Total() != 12 {
		t.Errorf("%+v", e)
	}
	for id, body := range w.stored("efforts") {
		if strings.Contains(body, "p-contributor") {
			t.Errorf("%s tells whose minutes they are", id)
		}
	}
	wantFault(t, add(leader("larvik"), "larvik", "x"), fault.Forbidden, "error.forbidden")
	wantFault(t, add(contributor("tokke"), "larvik", "x"), fault.Forbidden, "error.forbidden")
	wantFault(t, add(contributor("larvik"), "larvik", "nosuch"), fault.NotFound, "error.task.unknown")
	_, err := w.service.Effort(ctx, lead(), r.ID, "larvik")
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	_, err = w.service.Burden(ctx, coordinator("larvik"), r)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	if b := must(w.service.Burden(ctx, lead(), r))(t); b.Shown() || b.Whole != 0 || b.Areas != nil || b.N != 1 {
		t.Errorf("of one municipality: %+v", b)
	}
	for _, m := range []org.MunicipalityID{"tokke", "seljord"} {
		if err := add(contributor(m), m, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if b := must(w.service.Burden(ctx, lead(), r))(t); !b.Shown() || b.Whole != 1 || len(b.Areas) != 2 || b.Areas[0].Minutes != 1 || b.Areas[1].Minutes != 0 {
		t.Errorf("of three: %+v", b)
	}
	w.handIn(r.ID, "larvik")
	wantFault(t, add(contributor("larvik"), "larvik", "x"), fault.Conflict, "error.assessment.handed-in")
}

// The burden does not depend on the order of the municipalities, lies within what they used, and is told of three or more.
func TestBurdenOfEfforts(t *testing.T) {
	effort := rapid.Custom(func(t *rapid.T) Effort {
		var e Effort
		for range rapid.IntRange(0, 12).Draw(t, "minutes") {
			e.add(rapid.SampledFrom([]AreaMinutes{{Area: "a"}, {Area: "b"}}).Draw(t, "area").Area)
		}
		return e
	})
	rapid.Check(t, func(t *rapid.T) {
		efforts := rapid.SliceOfN(effort, 0, 9).Draw(t, "efforts")
		b := burdenOf(efforts)
		again := burdenOf(rapid.Permutation(efforts).Draw(t, "order"))
		if b.N != len(efforts) || b.Whole != again.Whole || len(b.Areas) != len(again.Areas) {
			t.Fatalf("%+v, in another order %+v", b, again)
		}
		if len(efforts) < org.FewestForMedian {
			if b.Shown() || b.Whole != 0 || b.Areas != nil {
				t.Fatalf("%+v is told of %d", b, len(efforts))
			}
			return
		}
		least, most := efforts[0].Total(), efforts[0].Total()
		for _, e := range efforts {
			least, most = min(least, e.Total()), max(most, e.Total())
		}
		if b.Whole < least || b.Whole > most {
			t.Fatalf("%d of %d to %d", b.Whole, least, most)
		}
	})
}

func TestEstimateOf(t *testing.T) {
	c := questionnaire(t, "small", "a: x=1,1,2 y=1,1; b: z=1")
	whole := Scope{"x", "y", "z"}
	spent := func(tasks Scope, minutes ...AreaMinutes) Spent { return Spent{tasks, Burden{N: 3, Areas: minutes}} }
	for name, tt := range map[string]struct {
		scope Scope
		spent []Spent
		want  Estimate
	}{
		"nothing measured":              {whole, nil, Estimate{12, 12}},
		"nothing chosen":                {nil, nil, Estimate{}},
		"measured":                      {whole, []Spent{spent(whole, AreaMinutes{"a", 40}, AreaMinutes{"b", 7})}, Estimate{47, 0}},
		"one area measured":             {whole, []Spent{spent(whole, AreaMinutes{"a", 40}, AreaMinutes{"b", 0})}, Estimate{42, 2}},
		"too little to be what it took": {whole, []Spent{spent(whole, AreaMinutes{"a", 2})}, Estimate{12, 12}}, // for five questions
		"just enough":                   {whole, []Spent{spent(whole, AreaMinutes{"a", 3})}, Estimate{5, 2}},
		"enough in the round before":    {whole, []Spent{spent(whole, AreaMinutes{"a", 2}), spent(whole, AreaMinutes{"a", 40})}, Estimate{42, 2}},
		"half of the area's tasks":      {Scope{"x"}, []Spent{spent(whole, AreaMinutes{"a", 41})}, Estimate{21, 0}},
		"twice what the round covered":  {Scope{"x", "y"}, []Spent{spent(Scope{"x"}, AreaMinutes{"a", 20})}, Estimate{40, 0}},
		"the newest that knows":         {whole, []Spent{spent(Scope{"z"}, AreaMinutes{"b", 9}), spent(whole, AreaMinutes{"a", 30}, AreaMinutes{"b", 90})}, Estimate{39, 0}},
	} {
		if got := EstimateOf(c, tt.scope, tt.spent); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
}

// A round that counted a minute or two where the form was filled in elsewhere tells nothing, so that an earlier one is looked at.
func TestWhatAnAreaCostsIsKnown(t *testing.T) {
	c := questionnaire(t, "known", "a: x=1,1,1 y=1,1")
	round := func(minutes int32) Spent {
		return Spent{Tasks: Scope{"x", "y"}, Burden: Burden{Areas: []AreaMinutes{{"a", minutes}}}}
	}
	for name, tt := range map[string]struct {
		spent []Spent
		known bool
	}{"nothing": {nil, false}, "too little": {[]Spent{round(2)}, false}, "enough": {[]Spent{round(3)}, true}, "enough before": {[]Spent{round(1), round(40)}, true}} {
		if got := Known(c.Areas[0], tt.spent); got != tt.known {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// More tasks never take less time, and what is guessed is a part of the whole.
func TestMoreTasksTakeMoreTime(t *testing.T) {
	c := questionnaire(t, "small", "a: x=1,1,2 y=1,1; b: z=1 v=1,1; c: u=1")
	tasks := []catalogue.TaskKey{"x", "y", "z", "v", "u"}
	scope := rapid.Custom(func(t *rapid.T) Scope {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(tasks), 0, 5, rapid.ID).Draw(t, "tasks")
	})
	rapid.Check(t, func(t *rapid.T) {
		var spent []Spent
		for range rapid.IntRange(0, 3).Draw(t, "rounds") {
			s := Spent{Tasks: scope.Draw(t, "covered")}
			for _, a := range c.Areas {
				s.Areas = append(s.Areas, AreaMinutes{a.Key, int32(rapid.IntRange(0, 200).Draw(t, "minutes"))})
			}
			spent = append(spent, s)
		}
		some := scope.Draw(t, "scope")
		few, more := EstimateOf(c, some, spent), EstimateOf(c, append(some[:len(some):len(some)], scope.Draw(t, "more")...), spent)
		if few.Minutes > more.Minutes || few.Guessed > more.Guessed || few.Guessed > few.Minutes || few.Guessed < 0 {
			t.Fatalf("%+v, with more tasks %+v", few, more)
		}
	})
}
