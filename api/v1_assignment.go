package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"
)

// v1Assignment is who has a task of a round, and until when.
type v1Assignment struct {
	Task     catalogue.TaskKey   `json:"task" example:"henvise"`
	People   []org.PersonID      `json:"people" doc:"Who answer it; empty where nobody has it." example:"[\"p-4f0c\"]"`
	Finisher org.PersonID        `json:"finisher,omitempty" doc:"The one of them who is to finish it." example:"p-4f0c"`
	Due      assessment.Day      `json:"due,omitempty" doc:"A day in Norway." example:"2026-12-01"`
	Overdue  bool                `json:"overdue,omitempty"`
	DoneAt   time.Time           `json:"doneAt,omitzero" doc:"When whoever is to finish it said that she had. Answers may be saved after it."`
	Answered int                 `json:"answered" doc:"How many of its questions are answered."`
	Of       int                 `json:"of"`
	Change   assessment.ChangeID `json:"change,omitempty" doc:"Names the giving it stands as it does by; send it to undo." example:"c-4f0c91d27ab35e60"`
	Tag      string              `json:"tag,omitempty" doc:"Names this state; send it in If-Match to change it. Absent while it was never given to anybody." example:"GYJQ5TZ2M3KXW7AB"`
	SavedAt  time.Time           `json:"savedAt,omitzero"`
	By       string              `json:"by,omitempty" doc:"Who changed it: only told to whom a save was lost to."`
}

// v1AssignmentValue is what a coordinator gives.
type v1AssignmentValue struct {
	People   []org.PersonID `json:"people,omitempty" maxItems:"10" doc:"Contributors and coordinators of the municipality. Nobody: the task is taken back." example:"[\"p-4f0c\"]"`
	Finisher org.PersonID   `json:"finisher,omitempty" doc:"One of them; may be left out where it is one alone." example:"p-4f0c"`
	Due      assessment.Day `json:"due,omitempty" doc:"From today on, and not after the round closes." example:"2026-12-01"`
}

func (v v1AssignmentValue) data() assessment.AssignmentData {
	return assessment.AssignmentData{People: v.People, Finisher: v.Finisher, Due: v.Due}
}

// v1Given names a task that is given with others, and what that builds on.
type v1Given struct {
	Task catalogue.TaskKey `json:"task" example:"henvise"`
	Tag  string            `json:"tag,omitempty" doc:"Of the assignment that is changed; absent for one that was never given." example:"GYJQ5TZ2M3KXW7AB"`
}

// v1Giving gives several tasks to the same people at once.
type v1Giving struct {
	Tasks    []v1Given      `json:"tasks" maxItems:"500"`
	People   []org.PersonID `json:"people,omitempty" maxItems:"10" doc:"As of one." example:"[\"p-4f0c\"]"`
	Finisher org.PersonID   `json:"finisher,omitempty" example:"p-4f0c"`
	Due      assessment.Day `json:"due,omitempty" example:"2026-12-01"`
}

type v1Assignments struct {
	Assignments []v1Assignment      `json:"assignments" doc:"The round's tasks, in the model's order."`
	Change      assessment.ChangeID `json:"change,omitempty" doc:"Of what was given just now; send it to undo." example:"c-4f0c91d27ab35e60"`
}

// v1Offer is what giving as in the round before would give.
type v1Offer struct {
	Round assessment.RoundID  `json:"round,omitempty" doc:"The round before in which tasks were given; absent where there was none." example:"vestfold-telemark-var-2026"`
	Seen  string              `json:"seen,omitempty" doc:"Names what is offered; send it to give it." example:"9f86d081884c7d65"`
	Tasks []v1OfferedTask     `json:"tasks" doc:"Those nobody has yet, with who had them and may have them still."`
	Left  []catalogue.TaskKey `json:"left" doc:"Those nobody may have any more who had them."`
}

type v1OfferedTask struct {
	Task     catalogue.TaskKey `json:"task" example:"henvise"`
	People   []org.PersonID    `json:"people" example:"[\"p-4f0c\"]"`
	Finisher org.PersonID      `json:"finisher" example:"p-4f0c"`
}

type v1TakenOffer struct {
	Seen string         `json:"seen" doc:"Of the offer as it was read." example:"9f86d081884c7d65"`
	Due  assessment.Day `json:"due,omitempty" doc:"Of all of them." example:"2026-12-01"`
}

type v1Undo struct {
	Change assessment.ChangeID `json:"change" example:"c-4f0c91d27ab35e60"`
}

type assignmentsInput struct {
	AssessmentPath
	Mine bool `query:"mine" doc:"Only what the reader herself has."`
}

type assignmentsOutput struct{ Body v1Assignments }

type assignmentInput struct {
	AssessmentPath
	TaskPath
	SaveHeader
	Body v1AssignmentValue
}

type finishInput struct {
	AssessmentPath
	TaskPath
	TagHeader
}

type assignmentOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"Its tag, in quotation marks."`
	Body   v1Assignment
}

type givingInput struct {
	AssessmentPath
	EditHeader
	Body v1Giving
}

type undoInput struct {
	AssessmentPath
	Body v1Undo
}

type offerOutput struct{ Body v1Offer }

type takenOfferInput struct {
	AssessmentPath
	EditHeader
	Body v1TakenOffer
}

func (s *Server) assignmentOfV1(a assessment.Assignment, n assessment.Count, by string) v1Assignment {
	return v1Assignment{Task: a.Task, People: append([]org.PersonID{}, a.People...), Finisher: a.Finisher, Due: a.Due, Overdue: a.Overdue(assessment.DayOf(s.Now())), DoneAt: a.Done,
		Answered: n.Answered, Of: n.Of, Change: a.Change, Tag: a.Tag, SavedAt: a.At, By: by}
}

// assigned gives the round's tasks as they stand, with how much of each is answered; only somebody's, where somebody is given.
func (s *Server) assigned(ctx context.Context, r *request, round assessment.RoundID, m org.MunicipalityID, whose org.PersonID) (v1Assignments, error) {
	out := v1Assignments{Assignments: []v1Assignment{}}
	a, err := s.Assessments.Assessment(ctx, r.Actor, round, m)
	if err != nil {
		return out, err
	}
	c, err := s.Assessments.Catalogue(a.Catalogue)
	if err != nil {
		return out, err
	}
	all, err := s.Assessments.Assignments(ctx, r.Actor, round, m)
	if err != nil {
		return out, err
	}
	counts := a.Counts(c)
	for _, t := range c.Tasks() {
		if x := all.Of(t.Key); a.Scope.Covers(t.Key) && (whose == "" || x.Has(whose)) {
			out.Assignments = append(out.Assignments, s.assignmentOfV1(x, counts[assessment.OfTask(t.Key)], ""))
		}
	}
	return out, nil
}

// assignedTask is one of them.
func (s *Server) assignedTask(ctx context.Context, r *request, status int, round assessment.RoundID, m org.MunicipalityID, t catalogue.TaskKey) (*assignmentOutput, error) {
	all, err := s.assigned(ctx, r, round, m, "")
	if err != nil {
		return nil, err
	}
	for _, a := range all.Assignments {
		if a.Task == t {
			return &assignmentOutput{status, strconv.Quote(a.Tag), a}, nil
		}
	}
	return nil, fault.New(fault.NotFound, "api.assignment", "error.task.not-in-round", "task", t)
}

func (v *v1) assignments() {
	at := time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)
	value := v1AssignmentValue{People: []org.PersonID{"p-4f0c"}, Finisher: "p-4f0c", Due: "2026-12-01"}
	example := v1Assignment{Task: "henvise", People: value.People, Finisher: value.Finisher, Due: value.Due, Answered: 1, Of: 4, Change: "c-4f0c91d27ab35e60", Tag: exampleTag, SavedAt: at}
	done := example
	done.DoneAt, done.Change = at, ""
	given := v1Assignments{Assignments: []v1Assignment{example}, Change: example.Change}
	reads := []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict}
	const path = "/assessments/{round}/{municipality}/assignments"
	add(v, operation{ID: "list-assignments", Method: http.MethodGet, Path: path, Tag: "Assessments", Summary: "Who has which task",
		About: "For the municipality's own people.", Fails: reads, Example: v1Assignments{Assignments: []v1Assignment{example}},
	}, func(ctx context.Context, r *request, in *assignmentsInput) (*assignmentsOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		whose := org.PersonID("")
		if in.Mine {
			whose = r.Person.ID
		}
		out, err := v.assigned(ctx, r, in.Round, m.ID, whose)
		return &assignmentsOutput{out}, err
	})
	add(v, operation{ID: "give-task", Method: http.MethodPut, Path: path + "/{task}", Tag: "Assessments", Summary: "Give a task to people",
		About:   "For the municipality's coordinator. With If-None-Match or If-Match, and answered, as an answer is. Who gets it is told by mail. Whoever finished it has done so while she is the finisher.",
		Created: true, Fails: changeFails, Request: value, Example: example,
	}, func(ctx context.Context, r *request, in *assignmentInput) (*assignmentOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		give := assessment.Give{Round: in.Round, Municipality: m.ID, Edit: pre.Edit, Tasks: []assessment.GiveTask{{Task: in.Task, Data: in.Body.data(), First: pre.First, Tag: pre.Tag}}}
		if _, err := v.giveAndTell(ctx, r, give); err != nil {
			return nil, v.lostAssignment(ctx, r, err, true)
		}
		return v.assignedTask(ctx, r, savedStatus(pre, false), in.Round, m.ID, in.Task)
	})
	add(v, operation{ID: "give-tasks", Method: http.MethodPost, Path: path, Tag: "Assessments", Summary: "Give several tasks to the same people",
		About: "All of them or none. When somebody else has changed one of them, 412 carries those as lists: current and yours.",
		Fails: append(additionFails, fault.Stale), Request: v1Giving{Tasks: []v1Given{{"henvise", ""}}, People: []org.PersonID{"p-4f0c"}, Due: value.Due}, Example: given,
	}, func(ctx context.Context, r *request, in *givingInput) (*assignmentsOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		give := assessment.Give{Round: in.Round, Municipality: m.ID, Edit: in.Edit}
		for _, t := range in.Body.Tasks {
			give.Tasks = append(give.Tasks, assessment.GiveTask{Task: t.Task, Tag: t.Tag, First: t.Tag == "", Data: v1AssignmentValue{in.Body.People, in.Body.Finisher, in.Body.Due}.data()})
		}
		change, err := v.giveAndTell(ctx, r, give)
		if err != nil {
			return nil, v.lostAssignment(ctx, r, err, false)
		}
		out, err := v.assigned(ctx, r, in.Round, m.ID, "")
		out.Change = change
		return &assignmentsOutput{out}, err
	})
	add(v, operation{ID: "undo-giving", Method: http.MethodPost, Path: path + "/undo", Tag: "Assessments", Summary: "Undo what was given",
		About: "Each task of it is as it was, but for those that were changed since.", Fails: additionFails, Request: v1Undo{example.Change}, Example: v1Assignments{Assignments: []v1Assignment{example}},
	}, func(ctx context.Context, r *request, in *undoInput) (*assignmentsOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		if _, err := v.Assessments.UndoGive(ctx, r.Actor, in.Round, m.ID, in.Body.Change); err != nil {
			return nil, err
		}
		out, err := v.assigned(ctx, r, in.Round, m.ID, "")
		return &assignmentsOutput{out}, err
	})
	for _, o := range []struct {
		operation
		done bool
	}{
		{operation{ID: "finish-task", Path: path + "/{task}/finish", Summary: "Say that a task is finished", About: "For whoever is to finish it. Answers may be saved as before.", Example: done}, true},
		{operation{ID: "reopen-task", Path: path + "/{task}/reopen", Summary: "Say that it is not finished after all", About: "For whoever is to finish it, and the coordinator.", Example: example}, false},
	} {
		o.Method, o.Tag, o.Fails = http.MethodPost, "Assessments", changeFails
		add(v, o.operation, func(ctx context.Context, r *request, in *finishInput) (*assignmentOutput, error) {
			m, err := v.find(in.Municipality)
			if err != nil {
				return nil, err
			}
			pre, err := in.precondition()
			if err != nil {
				return nil, err
			}
			if _, err := v.Assessments.FinishTask(ctx, r.Actor, assessment.FinishTask{Round: in.Round, Municipality: m.ID, Task: in.Task, Done: o.done, Tag: pre.Tag}); err != nil {
				return nil, v.lostAssignment(ctx, r, err, true)
			}
			return v.assignedTask(ctx, r, http.StatusOK, in.Round, m.ID, in.Task)
		})
	}
	v.offers(path, reads, given)
}

// offers adds giving as in the round before.
func (v *v1) offers(path string, reads []fault.Code, given v1Assignments) {
	offer := v1Offer{Round: "vestfold-telemark-var-2026", Seen: "9f86d081884c7d65", Tasks: []v1OfferedTask{{"henvise", []org.PersonID{"p-4f0c"}, "p-4f0c"}}, Left: []catalogue.TaskKey{}}
	add(v, operation{ID: "get-assignments-before", Method: http.MethodGet, Path: path + "/as-before", Tag: "Assessments", Summary: "What giving as in the round before would give",
		About: "For the municipality's coordinator. Gives nothing.", Fails: reads, Example: offer,
	}, func(ctx context.Context, r *request, in *AssessmentPath) (*offerOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		o, err := v.Assessments.AsBefore(ctx, r.Actor, in.Round, m.ID)
		if err != nil {
			return nil, err
		}
		out := &offerOutput{v1Offer{Round: o.Before, Seen: o.Tag, Tasks: []v1OfferedTask{}, Left: append([]catalogue.TaskKey{}, o.Left...)}}
		for _, t := range o.Tasks {
			out.Body.Tasks = append(out.Body.Tasks, v1OfferedTask{t.Task, t.Data.People, t.Data.Finisher})
		}
		return out, nil
	})
	add(v, operation{ID: "give-as-before", Method: http.MethodPost, Path: path + "/as-before", Tag: "Assessments", Summary: "Give it",
		About: "What seen names, and nothing that is given already. 409 when something else is offered by now.", Fails: append(additionFails, fault.Stale),
		Request: v1TakenOffer{offer.Seen, "2026-12-01"}, Example: given,
	}, func(ctx context.Context, r *request, in *takenOfferInput) (*assignmentsOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		all, change, err := v.Assessments.GiveAsBefore(ctx, r.Actor, in.Round, m.ID, in.Body.Due, in.Body.Seen, in.Edit)
		if err != nil {
			return nil, v.lostAssignment(ctx, r, err, false)
		}
		v.tellGiven(ctx, r, all, change)
		out, err := v.assigned(ctx, r, in.Round, m.ID, "")
		out.Change = change
		return &assignmentsOutput{out}, err
	})
}

// lostAssignment gives a lost race both values, of one task or as lists. Any other error passes through.
func (s *Server) lostAssignment(ctx context.Context, r *request, err error, one bool) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != fault.Stale {
		return err
	}
	lost, ok := lostOf(f)
	if !ok {
		return err
	}
	var ids []org.PersonID
	for _, l := range lost {
		ids = append(ids, l.Theirs.By)
	}
	names, err := s.names(ctx, r.Text, ids...)
	if err != nil {
		return err
	}
	var current []v1Assignment
	var yours []v1AssignmentValue
	for _, l := range lost {
		current = append(current, s.assignmentOfV1(l.Theirs, assessment.Count{}, names.of(l.Theirs.By)))
		yours = append(yours, v1AssignmentValue{l.Yours.People, l.Yours.Finisher, l.Yours.Due})
	}
	told := *f
	if told.Detail = (conflict{current, yours}); one && len(lost) == 1 {
		told.Detail = conflict{current[0], yours[0]}
	}
	return &told
}
