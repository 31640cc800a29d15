package assessment

import (
	"context"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Fill is many first answers of one assessment, given in one write: what an import brings, or a synthetic region.
type Fill struct {
	Round        RoundID
	Municipality org.MunicipalityID
	Answers      []FillAnswer
	Tasks        []FillTask
}

// FillAnswer is the answer to one question.
type FillAnswer struct {
	Question catalogue.QuestionKey
	Value    Value
}

// FillTask is how one task is organised.
type FillTask struct {
	Task catalogue.TaskKey
	Data OrganisationData
}

// Fill saves all of it or nothing, under the rules of SaveAnswer and SaveOrganisation: whatever is there already is Stale, a
// question that stands twice too. Its history is one event, with how many there were.
func (s *Service) Fill(ctx context.Context, actor org.Actor, fill Fill) (Assessment, error) {
	const op = "assessment.Fill"
	if !org.MayAnswer(actor, fill.Municipality) {
		return Assessment{}, forbidden(op)
	}
	return s.update(ctx, op, fill.Round, fill.Municipality, func(a *Assessment) ([]store.Event, error) {
		c, err := s.Catalogue(a.Catalogue)
		if err != nil {
			return nil, err
		}
		if err := a.editable(op); err != nil {
			return nil, err
		}
		now := s.now().UTC()
		given := map[catalogue.QuestionKey]bool{}
		for _, answer := range a.Answers.All() {
			given[answer.Question] = true
		}
		for _, f := range fill.Answers {
			if err := a.asks(op, c, f.Question); err != nil {
				return nil, err
			}
			value, err := f.Value.checked(c.Scale)
			if err != nil {
				return nil, err
			}
			if given[f.Question] {
				return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.answer.stale", Detail: Lost{value, a.Answer(f.Question)}}
			}
			given[f.Question] = true
			a.Answers.Append(Answer{Question: f.Question, Value: value, By: actor.Person, At: now, Tag: newTag()})
		}
		for _, f := range fill.Tasks {
			if !a.Scope.Covers(f.Task) {
				return nil, fault.New(fault.NotFound, op, "error.task.not-in-round", "task", f.Task)
			}
			data, err := f.Data.checked()
			if err != nil {
				return nil, err
			}
			if old := a.Organisation(f.Task); old.Tag != "" {
				return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.answer.stale", Detail: LostOrganisation{data, old}}
			}
			a.Tasks.Append(Organisation{Task: f.Task, OrganisationData: data, By: actor.Person, At: now, Tag: newTag()})
		}
		return []store.Event{s.event("assessment.filled", actor, string(a.Municipality), store.Fact{Key: "round", Value: string(a.Round)},
			store.Fact{Key: "answers", Value: int64(len(fill.Answers))}, store.Fact{Key: "tasks", Value: int64(len(fill.Tasks))})}, nil
	})
}
