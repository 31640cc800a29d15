package assessment

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"helhet/assessment/catalogue"

	"pgregory.net/rapid"
)

// rated draws what several people say of one question, -1 for those who don't know.
func rated(t *rapid.T, scale catalogue.Scale, least, most int, name string) []*int {
	var all []*int
	for _, n := range rapid.SliceOfN(rapid.IntRange(scale.Min-1, scale.Max), least, most).Draw(t, name) {
		if n < scale.Min {
			all = append(all, nil)
			continue
		}
		all = append(all, &n)
	}
	return all
}

func levelsOf(all []*int) (given []int, unsure int) {
	for _, l := range all {
		if l == nil {
			unsure++
			continue
		}
		given = append(given, *l)
	}
	return given, unsure
}

// anyScale draws a scale of levels, as questionnaires have them.
func anyScale(t *rapid.T) catalogue.Scale {
	from := rapid.IntRange(0, 2).Draw(t, "from")
	return catalogue.Scale{Min: from, Max: from + rapid.IntRange(1, 6).Draw(t, "levels")}
}

func TestASpreadHasNoOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := anyScale(t)
		all := rated(t, scale, 0, 12, "ratings")
		other := rapid.Permutation(all).Draw(t, "in another order")
		if a, b := SpreadOfRatings("x.d1", scale, all), SpreadOfRatings("x.d1", scale, other); !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
}

func TestASpreadTellsWhatWasRated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := anyScale(t)
		all := rated(t, scale, 0, 12, "ratings")
		given, unsure := levelsOf(all)
		s := SpreadOfRatings("x.d1", scale, all)
		if (s.Lowest != nil) != (len(given) >= FewestForRange) || (s.Highest != nil) != (s.Lowest != nil) || (s.Counts != nil) != (len(given) >= FewestForCounts) {
			t.Fatalf("%v shows %+v", given, s)
		}
		if s.Lowest != nil && (*s.Lowest != slices.Min(given) || *s.Highest != slices.Max(given)) {
			t.Fatalf("%v lies between %d and %d", given, *s.Lowest, *s.Highest)
		}
		if s.Counts == nil {
			return
		}
		sum := 0
		for i, n := range s.Counts {
			level, counted := scale.Min+i, 0
			for _, l := range given {
				if l == level {
					counted++
				}
			}
			if n != counted {
				t.Fatalf("%v counts %d at level %d", given, n, level)
			}
			sum += n
		}
		if sum != len(given) || s.Unsure != unsure || len(s.Counts) != scale.Max-scale.Min+1 {
			t.Fatalf("%v and %d unsure count %v and %d", given, unsure, s.Counts, s.Unsure)
		}
	})
}

// What is shown of few follows from the lowest and the highest alone: whoever shares those shares all that is shown, however many they are and
// whatever lies between, so that no other figure can be worked out from it.
func TestASpreadOfFewIsLowestAndHighestAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := anyScale(t)
		lowest := rapid.IntRange(scale.Min, scale.Max).Draw(t, "lowest")
		highest := rapid.IntRange(lowest, scale.Max).Draw(t, "highest")
		few := func(name string) []*int {
			all := []*int{&lowest, &highest}
			for _, l := range rapid.SliceOfN(rapid.IntRange(lowest, highest), 0, FewestForCounts-1-len(all)).Draw(t, name) {
				all = append(all, &l)
			}
			for range rapid.IntRange(0, 8).Draw(t, name+" unsure") {
				all = append(all, nil)
			}
			return rapid.Permutation(all).Draw(t, name+" in an order")
		}
		one, other := SpreadOfRatings("x.d1", scale, few("one")), SpreadOfRatings("x.d1", scale, few("other"))
		if !reflect.DeepEqual(one, other) || fmt.Sprint(*one.Lowest, *one.Highest, one.Counts, one.Unsure) != fmt.Sprint(lowest, highest, []int(nil), 0) {
			t.Fatalf("between %d and %d are shown %+v and %+v", lowest, highest, one, other)
		}
	})
}

// Of one who rates alone nothing is shown, nor whether anybody did.
func TestASpreadOfOneIsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := anyScale(t)
		all := append(make([]*int, rapid.IntRange(0, 8).Draw(t, "unsure")), rated(t, scale, 0, 1, "rating")...)
		if s := SpreadOfRatings("x.d1", scale, all); !reflect.DeepEqual(s, RatingSpread{Question: "x.d1"}) {
			t.Fatalf("%+v", s)
		}
	})
}
