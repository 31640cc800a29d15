package assessment

import (
	"cmp"
	"context"
	"slices"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Standpoint is where a municipality stands with a task now: the newest figure of its own that may be compared. Round says where it is from.
type Standpoint struct {
	Figure
	Round RoundID
	Name  string // of the round
}

// TaskPlan is a task in a municipality's improvement plan: where it stands, where it wants to be, and what is being done.
type TaskPlan struct {
	Task     catalogue.TaskKey
	Now      Standpoint
	Ambition Ambition
	Open     int // steps that are not done or dropped
}

// Gap is how far the score lies below the ambition, in thousandths as scores are; negative when it lies above. There is none without an
// ambition, and none to a figure that may not be compared.
func (t TaskPlan) Gap() (Score, bool) {
	if t.Ambition.Level == nil || t.Now.Standing() != Comparable {
		return 0, false
	}
	return Score(*t.Ambition.Level*1000) - t.Now.Score, true
}

// Lacking tells whether a task is below the ambition.
func (t TaskPlan) Lacking() bool { gap, known := t.Gap(); return known && gap > 0 }

// prioritise orders tasks by what matters: the largest gap first; of equal gaps those with no open step; then the order they came in, which is
// the model's. A task that is not below its ambition, or of which that isn't known, has no gap to close and comes after those that have.
func prioritise(tasks []TaskPlan) {
	gap := func(t TaskPlan) Score { g, _ := t.Gap(); return max(g, 0) }
	stepless := func(t TaskPlan) int { return min(t.Open, 1) }
	slices.SortStableFunc(tasks, func(a, b TaskPlan) int {
		return cmp.Or(cmp.Compare(gap(b), gap(a)), cmp.Compare(stepless(a), stepless(b)))
	})
}

// Improvement is a municipality's improvement plan as it stands.
type Improvement struct {
	Catalogue *catalogue.Catalogue
	Tasks     []TaskPlan // by priority
	Open      []Step     // what matters first, as Ordered has it
}

// Task finds a task in it; the zero TaskPlan of a task that is in no questionnaire.
func (i Improvement) Task(k catalogue.TaskKey) TaskPlan {
	for _, t := range i.Tasks {
		if t.Task == k {
			return t
		}
	}
	return TaskPlan{Task: k}
}

// Ordered gives open steps by what matters: those over their day first; then by the gap of their task, the largest first; of equal gaps what is due
// first, those without a day last; then the order of the tasks, and at last the one they came in. Where no ambition is set it is thus the day that decides.
func (i Improvement) Ordered(steps []Step, today Day) []Step {
	type place struct {
		gap  Score
		rank int
	}
	places := map[catalogue.TaskKey]place{}
	for rank, t := range i.Tasks {
		gap, _ := t.Gap()
		places[t.Task] = place{max(gap, 0), rank}
	}
	late := func(s Step) int {
		if s.Overdue(today) {
			return 0
		}
		return 1
	}
	at := func(s Step) place {
		if p, known := places[s.Task]; known {
			return p
		}
		return place{rank: len(i.Tasks)} // of a task that the questionnaire does not have any more
	}
	day := func(s Step) Day { return cmp.Or(s.Due, noDay) }
	ordered := slices.Clone(steps)
	slices.SortStableFunc(ordered, func(a, b Step) int {
		return cmp.Or(cmp.Compare(late(a), late(b)), cmp.Compare(at(b).gap, at(a).gap), cmp.Compare(day(a), day(b)), cmp.Compare(at(a).rank, at(b).rank))
	})
	return ordered
}

// Improvement reads a municipality's plan: its open steps, its ambitions, and where it stands with each task. That takes the same few reads
// however many rounds there have been.
func (s *Service) Improvement(ctx context.Context, actor org.Actor, m org.MunicipalityID) (Improvement, error) {
	const op = "assessment.Improvement"
	if !org.MayReadPlan(actor, m) {
		return Improvement{}, forbidden(op)
	}
	ambitions, err := s.Ambitions(ctx, actor, m)
	if err != nil {
		return Improvement{}, err
	}
	open, _, err := s.Steps(ctx, actor, m, StepFilter{Open: true}, store.MaxLimit, "")
	if err != nil {
		return Improvement{}, err
	}
	c, standpoints, err := s.standpoints(ctx, actor, m)
	if err != nil {
		return Improvement{}, err
	}
	steps := map[catalogue.TaskKey]int{}
	for _, step := range open {
		steps[step.Task]++
	}
	plan := Improvement{Catalogue: c}
	for _, t := range c.Tasks() {
		plan.Tasks = append(plan.Tasks, TaskPlan{Task: t.Key, Now: standpoints[t.Key], Ambition: ambitions.Of(t.Key), Open: steps[t.Key]})
	}
	prioritise(plan.Tasks)
	plan.Open = plan.Ordered(open, DayOf(s.now()))
	return plan, nil
}

// standpoints finds the municipality's newest comparable figure for each task: of its newest assessment as it is being filled in, else of what
// was published last. The questionnaire is that of the newest assessment.
func (s *Service) standpoints(ctx context.Context, actor org.Actor, m org.MunicipalityID) (*catalogue.Catalogue, map[catalogue.TaskKey]Standpoint, error) {
	const op = "assessment.Standpoints"
	found := map[catalogue.TaskKey]Standpoint{}
	take := func(scores Scores, c *catalogue.Catalogue, id RoundID, name string) {
		for _, t := range c.Tasks() {
			f, ok := scores[OfTask(t.Key)]
			if _, newer := found[t.Key]; ok && !newer && f.Standing() == Comparable {
				found[t.Key] = Standpoint{f, id, name}
			}
		}
	}
	page, err := s.assessments.FindShared(ctx, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Order: []string{"opened"}, Reverse: true, Limit: 1})
	if err != nil {
		return nil, nil, org.Fault(op, "", err)
	}
	c := s.newestCatalogue(s.MayPlanOn) // what a municipality without any assessment plans by
	if len(page.Docs) > 0 {
		a := &page.Docs[0].Value
		round, err := s.rounds.GetShared(ctx, string(a.Round))
		if err != nil {
			return nil, nil, org.Fault(op, "error.round.unknown", err)
		}
		if c, err = s.Catalogue(a.Catalogue); err != nil {
			return nil, nil, err
		}
		if round.Value.State != Planned { // an opening that was cut off has left it
			take(Calculate(c, a.Scope, a), c, a.Round, round.Value.Name)
		}
	}
	if c == nil {
		return nil, nil, fault.New(fault.NotFound, op, "error.catalogue.unknown")
	}
	region := actor.RegionOf(m)
	trend, err := s.trends.GetShared(ctx, trendID(region, Whole))
	switch code := fault.CodeOf(org.Fault(op, "", err)); {
	case code == fault.NotFound || err == nil && len(trend.Value.Rounds) == 0:
		return c, found, nil
	case err != nil:
		return nil, nil, org.Fault(op, "", err)
	}
	last := trend.Value.Rounds[len(trend.Value.Rounds)-1]
	part, err := s.parts.Get(ctx, partID(last.Publication, m))
	switch code := fault.CodeOf(org.Fault(op, "", err)); code {
	case "":
		take(part.Value.Figures(), c, last.ID, last.Name)
	case fault.NotFound: // it handed nothing in
	default:
		return nil, nil, org.Fault(op, "", err)
	}
	return c, found, nil
}
