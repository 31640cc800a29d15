package assessment

import (
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"helhet/assessment/catalogue"
	"helhet/internal/store"

	"pgregory.net/rapid"
)

// questionnaire makes a catalogue of areas with tasks with weighted questions: "a: x=1,2 y=3; b: z=1". Dimensions d1, d2 … follow
// the question's place in its task.
func questionnaire(t interface{ Fatal(...any) }, id, structure string) *catalogue.Catalogue {
	var yaml, dimensions, dimensionTexts strings.Builder
	files := fstest.MapFS{}
	most := 0
	for area := range strings.SplitSeq(structure, ";") {
		name, tasks, _ := strings.Cut(strings.TrimSpace(area), ":")
		fmt.Fprintf(&yaml, "  - key: %s\n    tasks:\n", name)
		var text strings.Builder
		fmt.Fprintf(&text, "area: %s\nname: %s\nabout: about %s\ntasks:\n", name, name, name)
		for task := range strings.FieldsSeq(tasks) {
			key, weights, _ := strings.Cut(task, "=")
			fmt.Fprintf(&yaml, "      - key: %s\n        questions:\n", key)
			fmt.Fprintf(&text, "  %s:\n    name: %s\n    short: %s\n    about: about %s\n    questions:\n", key, key, key, key)
			for i, weight := range strings.Split(weights, ",") {
				fmt.Fprintf(&yaml, "          - {key: %s.d%d, dimension: d%d, weight: %s}\n", key, i+1, i+1, weight)
				fmt.Fprintf(&text, "      %s.d%d: {text: %s %d, levels: {1: a, 3: b, 5: c}}\n", key, i+1, key, i)
				most = max(most, i+1)
			}
		}
		for _, lang := range catalogue.Languages {
			files[id+"/"+string(lang)+"/"+name+".yaml"] = &fstest.MapFile{Data: []byte(text.String())}
		}
	}
	for d := range most {
		fmt.Fprintf(&dimensions, "%sd%d", strings.Repeat(", ", min(d, 1)), d+1)
		fmt.Fprintf(&dimensionTexts, "  d%d: {name: D%d, asks: what%d}\n", d+1, d+1, d+1)
	}
	files[id+"/catalogue.yaml"] = &fstest.MapFile{Data: fmt.Appendf(nil, "id: %s\nversion: 1\nsource: none\nscale: {min: 0, max: 5}\ndimensions: [%s]\nareas:\n%s", id, &dimensions, &yaml)}
	for _, lang := range catalogue.Languages {
		files[id+"/"+string(lang)+"/model.yaml"] = &fstest.MapFile{Data: fmt.Appendf(nil,
			"name: n\nabout: a\nsource: s\nscaleNote: o\ndimensions:\n%slevels:\n  0: {name: l0}\n  1: {name: l1}\n  2: {name: l2}\n  3: {name: l3}\n  4: {name: l4}\n  5: {name: l5}\n", &dimensionTexts)}
	}
	c, err := catalogue.Parse(files, id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func everyTask(c *catalogue.Catalogue) Scope {
	var s Scope
	for _, t := range c.Tasks() {
		s = append(s, t.Key)
	}
	return s
}

// answers reads "x.d1=3 x.d2=na y.d1=c4 !z": a level, not applicable, a level carried forward, a task that is not relevant.
func answered(s string) *Assessment {
	a := &Assessment{}
	for word := range strings.FieldsSeq(s) {
		if task, ok := strings.CutPrefix(word, "!"); ok {
			a.Tasks.Append(Organisation{Task: catalogue.TaskKey(task), OrganisationData: OrganisationData{Status: NotRelevant, Reason: "r"}, Tag: "t"})
			continue
		}
		question, value, _ := strings.Cut(word, "=")
		answer := Answer{Question: catalogue.QuestionKey(question), Tag: "t"}
		if rest, ok := strings.CutPrefix(value, "c"); ok {
			answer.Carried, value = true, rest
		}
		switch value {
		case "na":
			answer.NotApplicable = "a reason"
		case "":
		default:
			level := int(value[0] - '0')
			answer.Level = &level
		}
		a.Answers.Append(answer)
	}
	return a
}

// Rule by rule, with the fraction that was worked out by hand.
func TestScoresByHand(t *testing.T) {
	c := questionnaire(t, "hand", "a: x=1,1,2 y=1,1 w=1; b: z=1")
	all := everyTask(c)
	tests := []struct {
		name    string
		scope   Scope
		answers string
		want    map[Selection]string // score answered/applicable, "-" without a score
	}{
		{"nothing answered is no score, and not zero", all, "", map[Selection]string{
			Whole: "- 0/7", OfArea("a"): "- 0/6", OfArea("b"): "- 0/1", OfTask("x"): "- 0/3", OfDimension("d1"): "- 0/4", OfDimension("d3"): "- 0/1"}},
		{"all nought is zero", all, "x.d1=0 x.d2=0 x.d3=0 y.d1=0 y.d2=0 w.d1=0 z.d1=0", map[Selection]string{
			Whole: "0.000 7/7", OfTask("x"): "0.000 3/3", OfDimension("d2"): "0.000 2/2"}},
		{"all at the top", all, "x.d1=5 x.d2=5 x.d3=5 y.d1=5 y.d2=5 w.d1=5 z.d1=5", map[Selection]string{
			Whole: "5.000 7/7", OfArea("b"): "5.000 1/1", OfDimension("d3"): "5.000 1/1"}},
		// x = (1·1 + 2·1 + 4·2)/4 = 11/4; y = (3+4)/2 = 7/2; w = 2; z = 5.
		// area a = (11/4 + 7/2 + 2)/3 = 33/12 = 2.75; whole = (11/4 + 7/2 + 2 + 5)/4 = 53/16 = 3.3125 → 3.313, not the areas' mean 3.875.
		// d1 = (1 + 3 + 2 + 5)/4 = 11/4; d2 = (2 + 4)/2; d3 = 4.
		{"the whole is the mean of tasks, not of areas", all, "x.d1=1 x.d2=2 x.d3=4 y.d1=3 y.d2=4 w.d1=2 z.d1=5", map[Selection]string{
			OfTask("x"): "2.750 3/3", OfTask("y"): "3.500 2/2", OfTask("w"): "2.000 1/1", OfTask("z"): "5.000 1/1", OfArea("a"): "2.750 6/6",
			OfArea("b"): "5.000 1/1", Whole: "3.313 7/7", OfDimension("d1"): "2.750 4/4", OfDimension("d2"): "3.000 2/2", OfDimension("d3"): "4.000 1/1"}},
		// x without d3 = (1+2)/2 = 3/2: the weight of what does not apply leaves with it.
		{"not applicable is left out", all, "x.d1=1 x.d2=2 x.d3=na y.d1=na y.d2=na w.d1=2 z.d1=5", map[Selection]string{
			OfTask("x"): "1.500 2/2", OfTask("y"): "- 0/0", OfArea("a"): "1.750 3/3", Whole: "2.833 4/4", OfDimension("d3"): "- 0/0"}},
		// Whole: (11/4 + 2 + 5)/3 = 39/12 = 3.25.
		{"not relevant takes the answers with it", all, "!y x.d1=1 x.d2=2 x.d3=4 y.d1=3 y.d2=4 w.d1=2 z.d1=5", map[Selection]string{
			OfTask("y"): "- 0/0", OfArea("a"): "2.375 4/4", Whole: "3.250 5/5", OfDimension("d2"): "2.000 1/1"}},
		{"carried forward counts in neither score nor coverage", all, "x.d1=1 x.d2=c5 x.d3=cna y.d1=c5", map[Selection]string{
			OfTask("x"): "1.000 1/3", OfTask("y"): "- 0/2", Whole: "1.000 1/7"}},
		{"an answer taken back is none", all, "x.d1= x.d2=3", map[Selection]string{OfTask("x"): "3.000 1/3"}},
		// Only y and z: whole = (7/2 + 5)/2 = 17/4; nothing is said of x, and d3 is not covered.
		{"a round of chosen tasks", Scope{"y", "z"}, "x.d1=1 y.d1=3 y.d2=4 z.d1=5", map[Selection]string{
			Whole: "4.250 3/3", OfArea("a"): "3.500 2/2", OfArea("b"): "5.000 1/1", OfTask("y"): "3.500 2/2", OfTask("z"): "5.000 1/1",
			OfDimension("d1"): "4.000 2/2", OfDimension("d2"): "4.000 1/1", OfTask("x"): "", OfTask("w"): "", OfDimension("d3"): ""}},
		{"a round of one area", Scope{"z"}, "z.d1=4", map[Selection]string{OfArea("a"): "", OfArea("b"): "4.000 1/1", Whole: "4.000 1/1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			scores := Calculate(c, tt.scope, answered(tt.answers))
			for sel, want := range tt.want {
				got := ""
				if f, ok := scores[sel]; ok {
					got = fmt.Sprintf("- %d/%d", f.Answered, f.Applicable)
					if f.Scored {
						got = fmt.Sprintf("%s %d/%d", f.Score, f.Answered, f.Applicable)
					}
				}
				if got != want {
					t.Errorf("%s is %q, want %q", sel, got, want)
				}
			}
		})
	}
}

// Rounding is half up, once, of the exact fraction.
func TestRounding(t *testing.T) {
	for _, tt := range []struct {
		over, under int64
		want        Score
	}{
		{0, 1, 0}, {1, 3, 333}, {2, 3, 667}, {1, 16, 63}, {53, 16, 3313}, {1, 2000, 1}, {3, 2000, 2}, {4999, 2000, 2500}, {999, 2000000, 0}, {1000, 2000001, 0},
		{5, 1, 5000}, {1, 2001, 0}, {1, 1999, 1},
	} {
		if got := thousandths(big.NewRat(tt.over, tt.under)); got != tt.want {
			t.Errorf("%d/%d is %d thousandths, want %d", tt.over, tt.under, got, tt.want)
		}
	}
	// 16 tasks, one of them at 1, another at 2 of 2 answered: sums that end at exactly half a thousandth.
	c := questionnaire(t, "sixteen", "a: t1=1 t2=1 t3=1 t4=1 t5=1 t6=1 t7=1 t8=1 t9=1 t10=1 t11=1 t12=1 t13=1 t14=1 t15=1 t16=1")
	answers := "t1.d1=1"
	for i := 2; i <= 16; i++ {
		answers += fmt.Sprintf(" t%d.d1=0", i)
	}
	if f := Calculate(c, everyTask(c), answered(answers))[Whole]; f.Score != 63 { // 1/16 = 0.0625
		t.Errorf("1/16 is published as %s", f.Score)
	}
	// Rounding each task first would make 3 · 0.333 = 0.999 of a mean that is 1/3: 0.333; and of (1/3 + 2/3)/2 it must be 0.500.
	thirds := questionnaire(t, "thirds", "a: x=1,1,1 y=1,1,1")
	if f := Calculate(thirds, everyTask(thirds), answered("x.d1=1 x.d2=0 x.d3=0 y.d1=1 y.d2=1 y.d3=0"))[Whole]; f.Score != 500 {
		t.Errorf("(1/3 + 2/3)/2 is published as %s", f.Score)
	}
	for s, want := range map[Score]string{0: "0.000", 7: "0.007", 2417: "2.417", 5000: "5.000"} {
		if s.String() != want || math.Abs(s.Float()*1000-float64(s)) > 1e-9 {
			t.Errorf("%d reads %s and %g", int(s), s, s.Float())
		}
	}
}

func TestStanding(t *testing.T) {
	for _, tt := range []struct {
		answered, applicable int
		want                 Standing
		shown                bool
	}{
		{0, 0, NotApplicable, false}, {0, 4, Missing, false}, {1, 4, TooFew, false}, {49, 100, TooFew, false}, {50, 100, NotCompared, true},
		{1, 2, NotCompared, true}, {79, 100, NotCompared, true}, {80, 100, Comparable, true}, {4, 5, Comparable, true}, {3, 4, NotCompared, true},
		{76, 96, NotCompared, true}, {77, 96, Comparable, true}, {47, 96, TooFew, false}, {48, 96, NotCompared, true}, {4, 4, Comparable, true},
	} {
		f := Figure{Score: 1, Scored: tt.answered > 0, Answered: tt.answered, Applicable: tt.applicable}
		if f.Standing() != tt.want || f.Shown() != tt.shown {
			t.Errorf("%d of %d: %s, shown %t", tt.answered, tt.applicable, f.Standing(), f.Shown())
		}
	}
}

func TestChangeFrom(t *testing.T) {
	whole := func(s Score) Figure { return Figure{Score: s, Scored: true, Answered: 4, Applicable: 4} }
	for _, tt := range []struct {
		now, before Figure
		want        Change
		by          Score
	}{
		{whole(3000), whole(2500), Up, 500}, {whole(2999), whole(2500), Same, 499}, {whole(2000), whole(2500), Down, -500}, {whole(2001), whole(2500), Same, -499},
		{whole(5000), whole(0), Up, 5000}, {whole(0), whole(5000), Down, -5000}, {whole(2), whole(2), Same, 0},
		{Figure{}, whole(1), NoCompare, 0}, {whole(1), Figure{}, NoCompare, 0}, {Figure{Score: 5000, Scored: true, Answered: 3, Applicable: 4}, whole(0), NoCompare, 0},
	} {
		if got, by := tt.now.ChangeFrom(tt.before); got != tt.want || by != tt.by {
			t.Errorf("from %v to %v is %s by %d", tt.before, tt.now, got, by)
		}
	}
}

// Quartiles of type 7, by the definition in R's documentation of quantile: m = 1 − p, j = floor(np + m), g = np + m − j, and
// Q = (1 − g)·x[j] + g·x[j+1].
func TestQuartilesByHand(t *testing.T) {
	for _, tt := range []struct {
		scores         []Score
		q1, median, q3 Score
	}{
		{[]Score{2417}, 2417, 2417, 2417},
		{[]Score{1000, 2000}, 1250, 1500, 1750},
		{[]Score{1, 2}, 1, 2, 2},                            // 1.25, 1.5, 1.75
		{[]Score{3000, 1000, 2000}, 1500, 2000, 2500},       // any order
		{[]Score{1000, 2000, 3000, 4000}, 1750, 2500, 3250}, // quantile(1:4): 1.75 2.50 3.25
		{[]Score{1000, 2000, 3000, 4000, 5000}, 2000, 3000, 4000},
		{[]Score{0, 0, 0, 5000, 5000, 5000}, 0, 2500, 5000},
		{[]Score{200, 700, 1100, 1900, 2300, 3100, 4700, 5000}, 1000, 2100, 3500}, // quantile(c(.2,.7,1.1,1.9,2.3,3.1,4.7,5)): 1.0 2.1 3.5
		{[]Score{0, 1, 1, 1}, 1, 1, 1},                                            // Q1 at 0.75
		{[]Score{0, 0, 1, 1, 1, 1}, 0, 1, 1},                                      // Q1 at 0.25
		{[]Score{0, 1}, 0, 1, 1},                                                  // the median at exactly half a thousandth goes up
	} {
		given := slices.Clone(tt.scores)
		got := SpreadOf(tt.scores)
		if want := (Spread{tt.median, tt.q1, tt.q3, len(tt.scores)}); got != want {
			t.Errorf("%v: %+v, want %+v", tt.scores, got, want)
		}
		if !slices.Equal(given, tt.scores) {
			t.Errorf("the caller's %v was put in order", given)
		}
	}
	if got := SpreadOf(nil); got != (Spread{}) {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestQuartileLaws(t *testing.T) {
	score := rapid.Custom(func(t *rapid.T) Score { return Score(rapid.IntRange(0, 5000).Draw(t, "score")) })
	rapid.Check(t, func(t *rapid.T) {
		scores := rapid.SliceOfN(score, 1, 40).Draw(t, "scores")
		s := SpreadOf(scores)
		if s.N != len(scores) || s.Q1 > s.Median || s.Median > s.Q3 || s.Q1 < slices.Min(scores) || s.Q3 > slices.Max(scores) {
			t.Fatalf("%v lie as %+v", scores, s)
		}
		shuffled := rapid.Permutation(scores).Draw(t, "shuffled")
		if SpreadOf(shuffled) != s {
			t.Fatalf("in another order %v lie as %+v", shuffled, SpreadOf(shuffled))
		}
		// The definition, in floating point: a quarter of a difference of integers is exact there.
		sorted := slices.Sorted(slices.Values(scores))
		for p, got := range map[float64]Score{.25: s.Q1, .5: s.Median, .75: s.Q3} {
			at := float64(len(sorted))*p + 1 - p
			j := math.Floor(at)
			v := float64(sorted[int(j)-1])
			if g := at - j; g > 0 {
				v = (1-g)*v + g*float64(sorted[int(j)])
			}
			if want := Score(math.Floor(v + .5)); got != want {
				t.Fatalf("the %g quantile of %v is %d, want %d", p, sorted, got, want)
			}
		}
		// Mirrored scores have mirrored quartiles, up to the half that always goes up.
		mirrored := make([]Score, len(scores))
		for i, v := range scores {
			mirrored[i] = 5000 - v
		}
		m := SpreadOf(mirrored)
		for _, pair := range [][2]Score{{m.Q1, s.Q3}, {m.Median, s.Median}, {m.Q3, s.Q1}} {
			if d := pair[0] + pair[1] - 5000; d < 0 || d > 1 {
				t.Fatalf("%v mirrored lie as %+v, they as %+v", scores, m, s)
			}
		}
	})
}

// anyAnswers draws an assessment of a catalogue: some questions answered, some not applicable, some carried, some tasks not relevant.
func anyAnswers(t *rapid.T, c *catalogue.Catalogue) *Assessment {
	a := &Assessment{}
	for _, task := range c.Tasks() {
		if rapid.IntRange(0, 7).Draw(t, "relevant "+string(task.Key)) == 0 {
			a.Tasks.Append(Organisation{Task: task.Key, OrganisationData: OrganisationData{Status: NotRelevant, Reason: "r"}})
		}
		for _, q := range task.Questions {
			switch k := rapid.IntRange(-3, 5).Draw(t, string(q.Key)); {
			case k >= 0:
				a.Answers.Append(Answer{Question: q.Key, Value: Value{Level: &k}, Carried: rapid.IntRange(0, 9).Draw(t, "carried") == 0})
			case k == -1:
				a.Answers.Append(Answer{Question: q.Key, Value: Value{NotApplicable: "r"}, Carried: rapid.IntRange(0, 9).Draw(t, "carried") == 0})
			case k == -2:
				a.Answers.Append(Answer{Question: q.Key, Value: Value{Note: "only a note"}})
			}
		}
	}
	a.Answers = store.ListOf(rapid.Permutation(a.Answers.Slice()).Draw(t, "order")...)
	return a
}

func anyScope(t *rapid.T, c *catalogue.Catalogue) Scope {
	var s Scope
	for _, task := range c.Tasks() {
		if rapid.IntRange(0, 4).Draw(t, "covers "+string(task.Key)) > 0 {
			s = append(s, task.Key)
		}
	}
	return s
}

// oracle scores by another road: over all (task, question) pairs, one pass per selection, in decimal thousandths by long division.
func oracle(c *catalogue.Catalogue, scope Scope, a *Assessment) Scores {
	inTask := func(task catalogue.Task, only catalogue.DimensionKey) (over, under, given, of int) {
		for _, o := range a.Tasks.All() {
			if o.Task == task.Key && o.Status == NotRelevant {
				return 0, 0, 0, 0
			}
		}
		for _, q := range task.Questions {
			if only != "" && q.Dimension != only {
				continue
			}
			of++
			for _, answer := range a.Answers.All() {
				if answer.Question != q.Key || answer.Carried {
					continue
				}
				if answer.NotApplicable != "" {
					of--
				} else if answer.Level != nil {
					given, over, under = given+1, over+q.Weight**answer.Level, under+q.Weight
				}
			}
		}
		return over, under, given, of
	}
	mean := func(tasks []catalogue.Task, only catalogue.DimensionKey) Figure {
		// One common denominator for all: the product of every task's.
		sum, product, n := big.NewInt(0), big.NewInt(1), int64(0)
		f := Figure{}
		for _, task := range tasks {
			over, under, given, of := inTask(task, only)
			f.Answered, f.Applicable = f.Answered+given, f.Applicable+of
			if under == 0 {
				continue
			}
			n++
			sum.Mul(sum, big.NewInt(int64(under)))
			sum.Add(sum, new(big.Int).Mul(product, big.NewInt(int64(over))))
			product.Mul(product, big.NewInt(int64(under)))
		}
		if n == 0 {
			return f
		}
		whole, rest := new(big.Int).QuoRem(sum.Mul(sum, big.NewInt(1000)), product.Mul(product, big.NewInt(n)), new(big.Int))
		f.Score, f.Scored = Score(whole.Int64()), true
		if rest.Lsh(rest, 1).Cmp(product) >= 0 {
			f.Score++
		}
		return f
	}
	covered := map[Selection][]catalogue.Task{Whole: nil}
	for _, task := range c.Tasks() {
		if slices.Contains(scope, task.Key) {
			for _, sel := range []Selection{Whole, OfArea(task.Area), OfTask(task.Key)} {
				covered[sel] = append(covered[sel], task)
			}
			for _, q := range task.Questions {
				if sel := OfDimension(q.Dimension); !slices.ContainsFunc(covered[sel], func(x catalogue.Task) bool { return x.Key == task.Key }) {
					covered[sel] = append(covered[sel], task)
				}
			}
		}
	}
	scores := Scores{}
	for sel, tasks := range covered {
		dimension, _ := strings.CutPrefix(string(sel), "dimension/")
		if dimension == string(sel) {
			dimension = ""
		}
		scores[sel] = mean(tasks, catalogue.DimensionKey(dimension))
	}
	return scores
}

func TestScoreLaws(t *testing.T) {
	catalogues := []*catalogue.Catalogue{
		questionnaire(t, "small", "a: x=1,1,2 y=1,1 w=7; b: z=1"),
		questionnaire(t, "odd", "a: x=3,1,7,100 y=13; b: z=11,17,1 u=1,1,1,1 v=99,1; c: q=1,2"),
		theModel(t),
	}
	rapid.Check(t, func(t *rapid.T) {
		c := catalogues[rapid.IntRange(0, len(catalogues)-1).Draw(t, "catalogue")]
		scope, a := anyScope(t, c), anyAnswers(t, c)
		scores := Calculate(c, scope, a)
		if want := oracle(c, scope, a); !maps.Equal(scores, want) {
			for sel := range want {
				if scores[sel] != want[sel] {
					t.Errorf("%s: %+v, the oracle says %+v", sel, scores[sel], want[sel])
				}
			}
			t.Fatalf("%d figures, the oracle has %d", len(scores), len(want))
		}
		for sel, f := range scores {
			if f.Scored && (f.Score < 0 || f.Score > 5000) || f.Answered > f.Applicable || f.Scored != (f.Answered > 0) {
				t.Fatalf("%s: %+v", sel, f)
			}
		}
		other := *a
		other.Answers = store.ListOf(rapid.Permutation(a.Answers.Slice()).Draw(t, "other order")...)
		other.Tasks = store.ListOf(rapid.Permutation(a.Tasks.Slice()).Draw(t, "other tasks")...)
		if !maps.Equal(Calculate(c, scope, &other), scores) {
			t.Fatal("the order of answers decides about the score")
		}
		// One more question is found not to apply, of those without an answer: no score moves, coverage can only rise.
		for _, task := range c.Tasks() {
			for _, q := range task.Questions {
				if slices.ContainsFunc(a.Answers.Slice(), func(x Answer) bool { return x.Question == q.Key }) {
					continue
				}
				more := *a
				more.Answers = store.ListOf(append(a.Answers.Slice(), Answer{Question: q.Key, Value: Value{NotApplicable: "r"}})...)
				for sel, f := range Calculate(c, scope, &more) {
					if f.Scored != scores[sel].Scored || f.Score != scores[sel].Score || f.Answered != scores[sel].Answered || f.Applicable > scores[sel].Applicable {
						t.Fatalf("%s not applicable makes %s %+v, it was %+v", q.Key, sel, f, scores[sel])
					}
				}
				return
			}
		}
	})
}

// A better answer never makes any score worse.
func TestScoresAreMonotone(t *testing.T) {
	c := questionnaire(t, "odd", "a: x=3,1,7,100 y=13; b: z=11,17,1 u=1,1,1,1 v=99,1; c: q=1,2")
	rapid.Check(t, func(t *rapid.T) {
		a := anyAnswers(t, c)
		before := Calculate(c, everyTask(c), a)
		i := slices.IndexFunc(a.Answers.Slice(), func(x Answer) bool { return x.Level != nil && *x.Level < 5 })
		if i < 0 {
			return
		}
		better := a.Answers.At(i)
		up := *better.Level + 1
		better.Level = &up
		a.Answers.Set(i, better)
		for sel, f := range Calculate(c, everyTask(c), a) {
			if f.Score < before[sel].Score {
				t.Fatalf("%s fell from %s to %s by a better answer", sel, before[sel].Score, f.Score)
			}
		}
	})
}

func theModel(t *testing.T) *catalogue.Catalogue {
	t.Helper()
	all, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	return all["helhetlig-tjenestemodell-1"]
}

func TestSelections(t *testing.T) {
	c := questionnaire(t, "small", "a: x=1,1 y=1; b: z=1")
	want := []Selection{"whole", "area/a", "area/b", "dimension/d1", "dimension/d2", "task/x", "task/y", "task/z"}
	if got := Selections(c); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	for _, tt := range []struct{ area, task, dimension, want string }{
		{"", "", "", "whole"}, {"b", "", "", "area/b"}, {"", "y", "", "task/y"}, {"", "", "d2", "dimension/d2"},
		{"x", "", "", ""}, {"", "a", "", ""}, {"", "", "d9", ""}, {"a", "x", "", ""}, {"a", "", "d1", ""},
	} {
		got, err := SelectionOf(c, tt.area, tt.task, tt.dimension)
		if string(got) != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%q %q %q is %q, %v", tt.area, tt.task, tt.dimension, got, err)
		}
	}
}
