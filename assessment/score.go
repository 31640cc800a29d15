package assessment

import (
	"fmt"
	"math/big"
	"slices"

	"helhet/assessment/catalogue"
)

// Score is a level in thousandths: 2417 is read 2.417. Between the scale's ends.
type Score int16

// Float is the score as a level, for drawing. Nothing is computed from it.
func (s Score) Float() float64 { return float64(s) / 1000 }

// Selection is what a figure speaks of: "whole", "area/support", "dimension/ansvar", "task/henvise".
type Selection string

// Whole is the mean of all tasks.
const Whole Selection = "whole"

// OfArea, OfDimension and OfTask name the other selections.
func OfArea(k catalogue.AreaKey) Selection           { return Selection("area/" + string(k)) }
func OfDimension(k catalogue.DimensionKey) Selection { return Selection("dimension/" + string(k)) }
func OfTask(k catalogue.TaskKey) Selection           { return Selection("task/" + string(k)) }

// Selections lists all of a catalogue's: the whole, the areas, the dimensions and the tasks, each in the model's order.
func Selections(c *catalogue.Catalogue) []Selection {
	all := []Selection{Whole}
	for _, a := range c.Areas {
		all = append(all, OfArea(a.Key))
	}
	for _, d := range c.Dimensions {
		all = append(all, OfDimension(d))
	}
	for _, t := range c.Tasks() {
		all = append(all, OfTask(t.Key))
	}
	return all
}

// Figure is one score with its coverage: Answered of Applicable questions. Without an answer there is no score, and missing is
// not zero: Scored tells.
type Figure struct {
	Score      Score
	Scored     bool
	Answered   int
	Applicable int
}

// Standing says what a figure may be used for.
type Standing string

// From nothing to comparable.
const (
	NotInRound    Standing = "not-in-round"   // the round does not cover it: a gap, outside coverage
	NotApplicable Standing = "not-applicable" // no question of it applies here
	Missing       Standing = "missing"        // nothing handed in, or nothing answered
	TooFew        Standing = "too-few"        // under half of the questions answered: reads "too few answers"
	NotCompared   Standing = "not-compared"   // under four fifths: shown, never compared
	Comparable    Standing = "comparable"
)

// Standing judges the coverage: under 50 % is too few, under 80 % is not compared.
func (f Figure) Standing() Standing {
	switch {
	case f.Applicable == 0:
		return NotApplicable
	case !f.Scored:
		return Missing
	case f.Answered*2 < f.Applicable:
		return TooFew
	case f.Answered*5 < f.Applicable*4:
		return NotCompared
	}
	return Comparable
}

// Shown tells whether the score may be read at all.
func (f Figure) Shown() bool { s := f.Standing(); return s == Comparable || s == NotCompared }

// Scores holds a figure per selection that the round covers.
type Scores map[Selection]Figure

// Scope is the tasks a round covers.
type Scope []catalogue.TaskKey

// Covers tells whether a task is in the round.
func (s Scope) Covers(t catalogue.TaskKey) bool { return slices.Contains(s, t) }

// Whole tells whether the round covers all of a selection's tasks. Figures of rounds that don't are of another thing, and are not
// put on one line with those of rounds that do.
func (s Scope) Whole(c *catalogue.Catalogue, sel Selection) bool {
	for _, t := range c.Tasks() {
		if s.Covers(t.Key) {
			continue
		}
		if sel == Whole || sel == OfArea(t.Area) || sel == OfTask(t.Key) {
			return false
		}
		for _, q := range t.Questions {
			if sel == OfDimension(q.Dimension) {
				return false
			}
		}
	}
	return true
}

// Calculate scores one municipality's sealed answers, exactly, in integer fractions, so that every machine gets the same:
// question → task (weighted mean) → area, dimension and the whole, each the mean of its tasks, so that small areas don't weigh
// double. Not applicable is left out. An answer carried forward and not confirmed counts as not given.
func Calculate(c *catalogue.Catalogue, scope Scope, a *Assessment) Scores {
	answers := map[catalogue.QuestionKey]*Answer{}
	for _, answer := range a.Answers.All() {
		answers[answer.Question] = &answer
	}
	scores := Scores{}
	whole := &tally{}
	dimensions := map[catalogue.DimensionKey]*tally{}
	for _, d := range c.Dimensions {
		dimensions[d] = &tally{}
	}
	for _, area := range c.Areas {
		inArea, covered := &tally{}, false
		for _, t := range area.Tasks {
			if !scope.Covers(t.Key) {
				continue
			}
			covered = true
			relevant := a.Organisation(t.Key).Status != NotRelevant
			task := &weighted{}
			byDimension := map[catalogue.DimensionKey]*weighted{}
			for _, q := range t.Questions {
				if byDimension[q.Dimension] == nil {
					byDimension[q.Dimension] = &weighted{}
				}
				if !relevant {
					continue
				}
				task.add(q.Weight, answers[q.Key])
				byDimension[q.Dimension].add(q.Weight, answers[q.Key])
			}
			scores[OfTask(t.Key)] = task.figure()
			inArea.add(task)
			whole.add(task)
			for d, w := range byDimension {
				dimensions[d].add(w)
			}
		}
		if covered {
			scores[OfArea(area.Key)] = inArea.figure()
		}
	}
	for d, t := range dimensions {
		if t.parts > 0 {
			scores[OfDimension(d)] = t.figure()
		}
	}
	scores[Whole] = whole.figure()
	return scores
}

// weighted is the weighted mean of a task's questions, as a fraction sum/weight.
type weighted struct {
	sum, weight          int64
	answered, applicable int
}

func (w *weighted) add(weight int, a *Answer) {
	if a != nil && a.Exempt() && !a.Carried {
		return
	}
	w.applicable++
	if a == nil || a.Level == nil || a.Carried {
		return
	}
	w.answered++
	w.sum += int64(weight) * int64(*a.Level)
	w.weight += int64(weight)
}

func (w *weighted) figure() Figure {
	f := Figure{Answered: w.answered, Applicable: w.applicable}
	if w.weight > 0 {
		f.Score, f.Scored = thousandths(big.NewRat(w.sum, w.weight)), true
	}
	return f
}

// tally is the mean of tasks, each weighing the same.
type tally struct {
	sum                  big.Rat
	scored, parts        int
	answered, applicable int
}

func (t *tally) add(w *weighted) {
	t.parts++
	t.answered += w.answered
	t.applicable += w.applicable
	if w.weight > 0 {
		t.scored++
		t.sum.Add(&t.sum, big.NewRat(w.sum, w.weight))
	}
}

func (t *tally) figure() Figure {
	f := Figure{Answered: t.answered, Applicable: t.applicable}
	if t.scored > 0 {
		f.Score, f.Scored = thousandths(new(big.Rat).Quo(&t.sum, big.NewRat(int64(t.scored), 1))), true
	}
	return f
}

// thousandths rounds a non-negative fraction half up.
func thousandths(r *big.Rat) Score {
	n := new(big.Int).Mul(r.Num(), big.NewInt(2000))
	n.Add(n, r.Denom())
	n.Quo(n, new(big.Int).Mul(r.Denom(), big.NewInt(2)))
	return Score(n.Int64())
}

// AboutTheSame is the difference in level under which two figures read "about the same".
const AboutTheSame Score = 500

// Change is how a figure moved since an earlier one.
type Change string

// The directions, and none where either can't be compared.
const (
	Up        Change = "up"
	Down      Change = "down"
	Same      Change = "same"
	NoCompare Change = "none"
)

// ChangeFrom tells how f moved since earlier; a move under AboutTheSame is no move.
func (f Figure) ChangeFrom(earlier Figure) (Change, Score) {
	if f.Standing() != Comparable || earlier.Standing() != Comparable {
		return NoCompare, 0
	}
	switch d := f.Score - earlier.Score; {
	case d >= AboutTheSame:
		return Up, d
	case d <= -AboutTheSame:
		return Down, d
	default:
		return Same, d
	}
}

// Spread is how comparable scores lie. Median, Q1 and Q3 are quartiles of type 7 (linear between order statistics, as in R and
// in Excel's QUARTILE.INC) of the published scores, rounded half up to thousandths. N is how many there are.
type Spread struct {
	Median, Q1, Q3 Score
	N              int
}

// SpreadOf orders the scores and finds their quartiles; without scores N is 0 and the rest means nothing.
func SpreadOf(scores []Score) Spread {
	if len(scores) == 0 {
		return Spread{}
	}
	s := slices.Clone(scores)
	slices.Sort(s)
	quartile := func(k int) Score { // the k-th quarter of the way, at position (n-1)·k/4
		at := (len(s) - 1) * k
		i, r := at/4, at%4
		v := 4 * int(s[i])
		if r > 0 {
			v += r * (int(s[i+1]) - int(s[i]))
		}
		return Score((2*v + 4) / 8)
	}
	return Spread{Median: quartile(2), Q1: quartile(1), Q3: quartile(3), N: len(s)}
}

func (s Score) String() string { return fmt.Sprintf("%d.%03d", s/1000, s%1000) }
