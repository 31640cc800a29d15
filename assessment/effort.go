package assessment

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Effort is how many minutes a municipality's people have worked on its answers in a round, area by area: one document, at id round/municipality.
// It is a sum from the start: nothing tells whose minutes they were, or when.
type Effort struct {
	Round        RoundID            `bson:"round"`
	Municipality org.MunicipalityID `bson:"municipality"`
	Areas        []AreaMinutes      `bson:"areas"`
}

// AreaMinutes are an area's.
type AreaMinutes struct {
	Area    catalogue.AreaKey `bson:"area"`
	Minutes int32             `bson:"minutes"`
}

// Total is the minutes of all areas.
func (e Effort) Total() int {
	total := 0
	for _, a := range e.Areas {
		total += int(a.Minutes)
	}
	return total
}

// In is an area's minutes.
func (e Effort) In(area catalogue.AreaKey) int {
	for _, a := range e.Areas {
		if a.Area == area {
			return int(a.Minutes)
		}
	}
	return 0
}

func (e *Effort) add(area catalogue.AreaKey) {
	e.Areas = slices.Clone(e.Areas)
	for i := range e.Areas {
		if e.Areas[i].Area == area {
			e.Areas[i].Minutes++
			return
		}
	}
	e.Areas = append(e.Areas, AreaMinutes{area, 1})
}

func newEfforts(db *store.DB) *store.Collection[Effort] {
	return store.NewCollection(db, store.Spec[Effort]{
		Name: "efforts", Shape: 1,
		Fields: []store.Field[Effort]{
			{Name: "round", Type: store.String, Value: func(_ string, e *Effort) any { return string(e.Round) }},
			{Name: "municipality", Type: store.String, Value: func(_ string, e *Effort) any { return string(e.Municipality) }},
		},
		Indexes: []store.Index{{Name: "round", Fields: []string{"round"}}, {Name: "municipality", Fields: []string{"municipality"}}},
	})
}

// AddMinute counts a minute that somebody has worked on a task's answers. It makes no event: the log would tell who worked when. Faults:
// NotFound (round, task), Conflict (nothing can be changed any more), Forbidden.
func (s *Service) AddMinute(ctx context.Context, actor org.Actor, r RoundID, m org.MunicipalityID, task catalogue.TaskKey) error {
	const op = "assessment.AddMinute"
	if !org.MayAnswer(actor, m) {
		return forbidden(op)
	}
	a, err := s.Assessment(ctx, actor, r, m)
	if err != nil {
		return err
	}
	if err := a.editable(op); err != nil {
		return err
	}
	c, err := s.Catalogue(a.Catalogue)
	if err != nil {
		return err
	}
	t := c.Task(task)
	if t == nil || !a.Scope.Covers(task) {
		return fault.New(fault.NotFound, op, "error.task.unknown", "task", task)
	}
	for {
		_, err := s.efforts.Update(ctx, assessmentID(r, m), func(e *Effort) ([]store.Event, error) {
			e.add(t.Area)
			return nil, nil
		})
		if errors.Is(err, store.ErrNotFound) {
			first := Effort{Round: r, Municipality: m}
			first.add(t.Area)
			if _, err = s.efforts.Insert(ctx, assessmentID(r, m), first); errors.Is(err, store.ErrExists) {
				continue // a colleague was first
			}
		}
		return org.Fault(op, "", err)
	}
}

// Effort reads how long a municipality has worked in a round; only its own people may. None at all is none counted.
func (s *Service) Effort(ctx context.Context, actor org.Actor, r RoundID, m org.MunicipalityID) (Effort, error) {
	const op = "assessment.Effort"
	if !org.MayReadAnswers(actor, m) {
		return Effort{}, forbidden(op)
	}
	doc, err := s.efforts.Get(ctx, assessmentID(r, m))
	if errors.Is(err, store.ErrNotFound) {
		return Effort{Round: r, Municipality: m}, nil
	}
	return doc.Value, org.Fault(op, "", err)
}

// Burden is what a round has cost a municipality in the middle of its region, in minutes.
type Burden struct {
	N     int // municipalities that anything was counted of
	Whole int // minutes in all; 0 when N is too small to be told
	Areas []AreaMinutes
}

// Shown tells whether it stands on enough municipalities to be told.
func (b Burden) Shown() bool { return org.MayShowMedian(org.Sample{N: b.N}) }

// Burden reads what a round has cost, for who plans the next: the median of the municipalities that anything was counted of, in all and area by
// area, so that nobody's own minutes are told. It reads one small document per municipality.
func (s *Service) Burden(ctx context.Context, actor org.Actor, r Round) (Burden, error) {
	const op = "assessment.Burden"
	if !org.MayRunRounds(actor, r.Region) {
		return Burden{}, forbidden(op)
	}
	page, err := s.efforts.Find(ctx, store.Query{Equal: []store.Term{{Field: "round", Value: string(r.ID)}}, Limit: store.MaxLimit})
	if err != nil {
		return Burden{}, org.Fault(op, "", err)
	}
	var efforts []Effort
	for _, d := range page.Docs {
		efforts = append(efforts, d.Value)
	}
	return burdenOf(efforts), nil
}

// burdenOf takes the medians; an area that one has not worked in counts as no minutes there.
func burdenOf(efforts []Effort) Burden {
	b := Burden{N: len(efforts)}
	if !b.Shown() {
		return b
	}
	var totals []int
	minutes := map[catalogue.AreaKey][]int{}
	for _, e := range efforts {
		totals = append(totals, e.Total())
		for _, a := range e.Areas {
			minutes[a.Area] = append(minutes[a.Area], int(a.Minutes))
		}
	}
	b.Whole = middle(totals)
	for area, all := range minutes {
		b.Areas = append(b.Areas, AreaMinutes{area, int32(middle(append(all, make([]int, len(efforts)-len(all))...)))})
	}
	slices.SortFunc(b.Areas, func(x, y AreaMinutes) int { return cmp.Compare(x.Area, y.Area) })
	return b
}

// Spent is what an earlier round covered, and what it has cost.
type Spent struct {
	Tasks Scope
	Burden
}

// Estimate is how many minutes a round is expected to take a municipality in the middle of its region. Guessed are those of them that no
// earlier round stands behind.
type Estimate struct{ Minutes, Guessed int }

// GuessedPerQuestion is how many minutes a question is taken to last where nothing was measured: to read it with its levels, look something up
// and agree. It is a guess, and said to be one wherever it is shown; the first round that is measured takes its place.
const GuessedPerQuestion = 2

// EstimateOf works out what a scope will take. Of each area it asks the newest earlier round that anything was measured of there, and takes
// its minutes for as many tasks as are chosen of those that it covered. The areas' medians are added up, so more tasks never take less time.
func EstimateOf(c *catalogue.Catalogue, scope Scope, newestFirst []Spent) Estimate {
	var e Estimate
	for _, area := range c.Areas {
		chosen, questions := 0, 0
		for _, t := range area.Tasks {
			if scope.Covers(t.Key) {
				chosen, questions = chosen+1, questions+len(t.Questions)
			}
		}
		minutes, covered := spentIn(area, newestFirst)
		switch {
		case chosen == 0:
		case covered == 0:
			e.Minutes, e.Guessed = e.Minutes+questions*GuessedPerQuestion, e.Guessed+questions*GuessedPerQuestion
		default:
			e.Minutes += (2*minutes*chosen + covered) / (2 * covered) // half a minute rounded up
		}
	}
	return e
}

// Known tells whether rounds tell what an area costs.
func Known(area catalogue.Area, newestFirst []Spent) bool {
	_, covered := spentIn(area, newestFirst)
	return covered > 0
}

// questionsAMinute is how many questions a minute may have answered for an area's sum to be taken as what it costs: more is what is counted where most was
// filled in elsewhere, in the form that is taken along or without scripts.
const questionsAMinute = 2

// spentIn is what an area has cost in the newest round that enough is known of, and how many of its tasks that covered.
func spentIn(area catalogue.Area, newestFirst []Spent) (minutes, covered int) {
	for _, s := range newestFirst {
		for _, a := range s.Areas {
			if a.Area != area.Key {
				continue
			}
			covered, questions := 0, 0
			for _, t := range area.Tasks {
				if s.Tasks.Covers(t.Key) {
					covered, questions = covered+1, questions+len(t.Questions)
				}
			}
			if covered > 0 && questionsAMinute*int(a.Minutes) >= questions {
				return int(a.Minutes), covered
			}
		}
	}
	return 0, 0
}

// middle is the median, half a minute rounded up.
func middle(all []int) int {
	slices.Sort(all)
	n := len(all)
	return (all[(n-1)/2] + all[n/2] + 1) / 2
}
