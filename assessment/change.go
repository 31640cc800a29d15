package assessment

import (
	"context"
	"slices"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// ChangeReason is why a level is another than in the round before: "new-insight".
type ChangeReason string

// The reasons. Only the first two say that something has changed where the service is given.
const (
	RealImprovement ChangeReason = "real-improvement"
	RealDecline     ChangeReason = "real-decline"
	NewInsight      ChangeReason = "new-insight"
	NewRespondent   ChangeReason = "new-respondent"
	ChangedQuestion ChangeReason = "changed-question"
)

// ChangeReasons lists them in order.
var ChangeReasons = []ChangeReason{RealImprovement, RealDecline, NewInsight, NewRespondent, ChangedQuestion}

// reasonAt is why a level changed, where another word of the answer leaves it at that level; of another level it says nothing.
func (v Value) reasonAt(level *int) ChangeReason {
	if v.Level == nil || level == nil || *v.Level != *level {
		return ""
	}
	return v.ChangeReason
}

// known tells one of the list from anything else; none at all is as good.
func (r ChangeReason) known() bool { return r == "" || slices.Contains(ChangeReasons, r) }

// TaskReason is why the levels of a task changed, for those of its questions that don't say why themselves.
type TaskReason struct {
	Task   catalogue.TaskKey `bson:"task"`
	Reason ChangeReason      `bson:"reason,omitempty"`
	By     org.PersonID      `bson:"by"`
	At     time.Time         `bson:"at"`
	Tag    string            `bson:"tag"`
	Edits  []string          `bson:"edits,omitempty"`
}

// Reason finds why a task's levels changed; its Tag is empty while nobody has said.
func (a *Assessment) Reason(t catalogue.TaskKey) TaskReason {
	for _, r := range a.Reasons.All() {
		if r.Task == t {
			return r
		}
	}
	return TaskReason{Task: t}
}

func (a *Assessment) putReason(r TaskReason) {
	for i, x := range a.Reasons.All() {
		if x.Task == r.Task {
			a.Reasons.Set(i, r)
			return
		}
	}
	a.Reasons.Append(r)
}

// Move is a level that is another than in the round before, and why: what the answer says, else what its task does, else "".
type Move struct {
	Question catalogue.QuestionKey
	From, To int
	Reason   ChangeReason
}

// Moves lists the levels of a task that changed since the round before. An answer that is not confirmed has not changed, nor has one of a task
// that is not relevant; not applicable is no level.
func (a *Assessment) Moves(before *Previous, task *catalogue.Task) []Move {
	if a.Organisation(task.Key).Status == NotRelevant {
		return nil
	}
	var all []Move
	for _, q := range task.Questions {
		answer := a.Answer(q.Key)
		from, ok := before.Of(q.Key).Level()
		if !ok || answer.Carried || answer.Level == nil || *answer.Level == from {
			continue
		}
		m := Move{q.Key, from, *answer.Level, answer.ChangeReason}
		if m.Reason == "" {
			m.Reason = a.Reason(task.Key).Reason
		}
		all = append(all, m)
	}
	return all
}

// SaveReason is one edit of why a task's levels changed, "" to take the reason back; First, Tag and Edit as in Save.
type SaveReason struct {
	Round        RoundID
	Municipality org.MunicipalityID
	Task         catalogue.TaskKey
	Reason       ChangeReason
	First        bool
	Tag          string
	Edit         string
}

// LostReason is the Detail of a fault.Stale.
type LostReason struct {
	Yours  ChangeReason
	Theirs TaskReason
}

// SaveReason saves why a task's levels changed. Faults as SaveAnswer.
func (s *Service) SaveReason(ctx context.Context, actor org.Actor, save SaveReason) (Assessment, error) {
	const op = "assessment.SaveReason"
	if !org.MayAnswer(actor, save.Municipality) {
		return Assessment{}, forbidden(op)
	}
	if err := checkPrecondition(op, save.First, save.Tag, save.Edit); err != nil {
		return Assessment{}, err
	}
	return s.update(ctx, op, save.Round, save.Municipality, func(a *Assessment) ([]store.Event, error) {
		if !a.Scope.Covers(save.Task) {
			return nil, fault.New(fault.NotFound, op, "error.task.not-in-round", "task", save.Task)
		}
		old := a.Reason(save.Task)
		if save.Edit != "" && slices.Contains(old.Edits, save.Edit) {
			return nil, store.ErrNoChange
		}
		if err := a.editable(op); err != nil {
			return nil, err
		}
		if !save.Reason.known() {
			return nil, fault.Wrong(op, "reason", "error.change-reason")
		}
		if save.First != (old.Tag == "") || !save.First && save.Tag != old.Tag {
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.answer.stale", Detail: LostReason{save.Reason, old}}
		}
		a.putReason(TaskReason{Task: save.Task, Reason: save.Reason, By: actor.Person, At: s.now().UTC(), Tag: newTag(), Edits: remember(old.Edits, save.Edit)})
		return []store.Event{s.event("reason.saved", actor, string(a.Municipality),
			store.Fact{Key: "round", Value: string(a.Round)}, store.Fact{Key: "task", Value: string(save.Task)})}, nil
	})
}
