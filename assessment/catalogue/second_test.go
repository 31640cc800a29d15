package catalogue_test

import (
	"os"
	"slices"
	"testing"

	"helhet/assessment/catalogue"
)

// second loads a version of the model that exists for tests alone: two areas, three dimensions, levels 1 to 4.
func second(t testing.TB, key catalogue.Key) *catalogue.Catalogue {
	t.Helper()
	c, err := catalogue.Parse(os.DirFS("testdata"), string(key))
	if err != nil {
		t.Fatal(err)
	}
	if c.Key() != key {
		t.Fatalf("the folder %s holds %s", key, c.Key())
	}
	return c
}

func secondVersions(t testing.TB) func(catalogue.Key) *catalogue.Catalogue {
	return func(k catalogue.Key) *catalogue.Catalogue {
		if k == "trygg-hverdag-1" || k == "trygg-hverdag-2" {
			return second(t, k)
		}
		return nil
	}
}

// Another model loads as the one in use does, whatever its shape.
func TestAnotherModelLoads(t *testing.T) {
	c := second(t, "trygg-hverdag-1")
	if c.Scale != (catalogue.Scale{Min: 1, Max: 4}) || len(c.Areas) != 2 || len(c.Dimensions) != 3 || len(c.Tasks()) != 3 {
		t.Errorf("%+v", c)
	}
	w := c.In("nn")
	if len(w.Levels) != 4 || w.Levels[1] != "Ikkje enno" || len(w.Questions) != 7 || w.Terms["alarm"].Term == "" || len(w.Cases["vikvik"].Readings) != 2 {
		t.Errorf("%+v", w)
	}
	if steps := c.Scale.Steps(); !slices.Equal(steps, []int{1, 2}) {
		t.Errorf("advice at levels %v", steps)
	}
	for level, want := range map[int]int{1: 1, 2: 2, 3: 2} {
		if step, ok := c.Scale.Step(level); !ok || step != want {
			t.Errorf("whoever stands at %d reads the advice of %d", level, step)
		}
	}
	if _, ok := c.Scale.Step(4); ok {
		t.Error("the top has a further step")
	}
}

// Its second version says what became of the questions of the first.
func TestAnotherModelGoesOn(t *testing.T) {
	known := secondVersions(t)
	c := second(t, "trygg-hverdag-2")
	if err := c.CheckMapping(known); err != nil {
		t.Fatal(err)
	}
	l, ok := catalogue.Trace(c, "trygg-hverdag-1", known)
	if !ok {
		t.Fatal("no mapping leads to the first version")
	}
	kinds := map[catalogue.Kind]int{}
	for _, o := range l.Origins {
		kinds[o.Kind]++
	}
	if kinds[catalogue.Same] != 2 || kinds[catalogue.Reworded] != 1 || kinds[catalogue.Split] != 2 || kinds[catalogue.Merged] != 1 || kinds[catalogue.New] != 1 ||
		!slices.Equal(l.Gone, []catalogue.QuestionKey{"besok.utstyr"}) {
		t.Errorf("%+v", l)
	}
}
