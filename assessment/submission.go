package assessment

import (
	"context"
	"errors"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Submission is what a municipality has handed in, as its regional lead reads it before she publishes it or sends it back: levels, and how
// tasks are organised. Whatever somebody wrote in her own words stays in the municipality, and so does who answered.
type Submission struct {
	Participant
	HandedInAt time.Time
	Sealed     bool
	Count      Count
	Tasks      []SubmittedTask // of the round, in the model's order
}

// SubmittedTask is one of its tasks. One that is not relevant has no answers.
type SubmittedTask struct {
	Task    catalogue.TaskKey
	Area    catalogue.AreaKey
	Status  Status
	Carrier Carrier
	Answers []SubmittedAnswer // of every question, in the model's order
}

// SubmittedAnswer is a level, not applicable, or neither where nobody has answered.
type SubmittedAnswer struct {
	Question      catalogue.QuestionKey
	Dimension     catalogue.DimensionKey
	Level         *int
	NotApplicable bool
}

// Submission reads what a municipality has handed in. Faults: Forbidden, NotFound (round, no part in it, not handed in), Conflict (not open yet).
func (s *Service) Submission(ctx context.Context, actor org.Actor, id RoundID, m org.MunicipalityID) (Submission, error) {
	const op = "assessment.Submission"
	doc, err := s.rounds.GetShared(ctx, string(id))
	if err != nil {
		return Submission{}, org.Fault(op, "error.round.unknown", err)
	}
	round := doc.Value
	if !org.MayReadSubmission(actor, m, round.Region) {
		return Submission{}, forbidden(op)
	}
	found, err := s.assessments.GetShared(ctx, assessmentID(id, m))
	if errors.Is(err, store.ErrNotFound) {
		return Submission{}, s.noAssessment(ctx, op, id)
	}
	if err != nil {
		return Submission{}, org.Fault(op, "", err)
	}
	a := found.Value
	if a.State != HandedIn {
		return Submission{}, fault.New(fault.NotFound, op, "error.submission.none")
	}
	c, err := s.Catalogue(a.Catalogue)
	if err != nil {
		return Submission{}, err
	}
	p, _ := round.Participant(string(m))
	return a.submission(p, c), nil
}

// submission leaves out all but levels and statuses.
func (a *Assessment) submission(p Participant, c *catalogue.Catalogue) Submission {
	given := map[catalogue.QuestionKey]Answer{}
	for _, answer := range a.Answers.All() {
		if !answer.Carried {
			given[answer.Question] = answer
		}
	}
	sub := Submission{Participant: p, HandedInAt: a.HandedInAt, Sealed: a.Sealed, Count: a.Counts(c)[Whole]}
	for _, t := range c.Tasks() {
		if !a.Scope.Covers(t.Key) {
			continue
		}
		o := a.Organisation(t.Key)
		task := SubmittedTask{Task: t.Key, Area: t.Area, Status: o.Status, Carrier: o.Carrier}
		if o.Status != NotRelevant {
			for _, q := range t.Questions {
				answer := given[q.Key]
				task.Answers = append(task.Answers, SubmittedAnswer{q.Key, q.Dimension, answer.Level, answer.Exempt()})
			}
		}
		sub.Tasks = append(sub.Tasks, task)
	}
	return sub
}
