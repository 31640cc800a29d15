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
	"helhet/internal/store"
	"helhet/org"
)

// v1Step is a step as it stands.
type v1Step struct {
	ID      assessment.StepID     `json:"id" example:"s-4f0c91d27ab35e60"`
	Task    catalogue.TaskKey     `json:"task" example:"henvise"`
	What    string                `json:"what"`
	Why     string                `json:"why,omitempty"`
	Owner   org.PersonID          `json:"owner,omitempty" doc:"A person of the municipality." example:"p-4f0c"`
	Role    assessment.TaskRole   `json:"role,omitempty" doc:"Or a role." example:"it"`
	Due     assessment.Day        `json:"due,omitempty" doc:"A day in Norway." example:"2026-12-01"`
	Status  assessment.StepStatus `json:"status" enum:"planned,under-way,done,dropped"`
	Result  string                `json:"result,omitempty" doc:"What came of it; it stays when the status is changed back."`
	Reason  string                `json:"reason,omitempty" doc:"Why it was dropped; it stays as the result does."`
	Overdue bool                  `json:"overdue,omitempty"`
	MadeBy  org.PersonID          `json:"madeBy" example:"p-4f0c"`
	MadeAt  time.Time             `json:"madeAt"`
	SavedAt time.Time             `json:"savedAt"`
	Removed time.Time             `json:"removed,omitzero" doc:"It can be brought back for 30 days after."`
	Tag     string                `json:"tag" doc:"Names this state of the step; send it in If-Match to change it." example:"GYJQ5TZ2M3KXW7AB"`
	Was     *v1FormerStep         `json:"was,omitempty" doc:"What it was before it was changed last, for 30 days: what undoing makes of it."`
	By      string                `json:"by,omitempty" doc:"Who saved it: only told to whom a save was lost to."`
}

// v1FormerStep is what a step was.
type v1FormerStep struct {
	Value   StepValue `json:"value"`
	SavedAt time.Time `json:"savedAt"`
}

// StepValue is what a save sends.
type StepValue struct {
	What   string                `json:"what" maxLength:"500" doc:"No health data of anyone, here and in the other texts."`
	Why    string                `json:"why,omitempty" maxLength:"500"`
	Owner  org.PersonID          `json:"owner,omitempty" doc:"Somebody with a role in the municipality; not together with role." example:"p-4f0c"`
	Role   assessment.TaskRole   `json:"role,omitempty" enum:"allocating-unit,health-and-care,it,communication,training,vendor,partner-municipality,next-of-kin,user,rollout-lead,procurement,finance,management"`
	Due    assessment.Day        `json:"due,omitempty" example:"2026-12-01"`
	Status assessment.StepStatus `json:"status,omitempty" enum:"planned,under-way,done,dropped" doc:"Absent: planned."`
	Result string                `json:"result,omitempty" maxLength:"500" doc:"What came of it."`
	Reason string                `json:"reason,omitempty" maxLength:"500" doc:"Why it was dropped; needed with that status."`
}

func stepValueOf(d assessment.StepData) StepValue {
	return StepValue{d.What, d.Why, d.Owner, d.Role, d.Due, d.Status, d.Result, d.Reason}
}

func (v StepValue) data() assessment.StepData {
	return assessment.StepData{What: v.What, Why: v.Why, Owner: v.Owner, Role: v.Role, Due: v.Due, Status: v.Status, Result: v.Result, Reason: v.Reason}
}

// v1NewStep is what adds one.
type v1NewStep struct {
	Task catalogue.TaskKey `json:"task" example:"henvise"`
	StepValue
}

type stepsInput struct {
	MunicipalityPath
	Task   catalogue.TaskKey     `query:"task" doc:"Only those of a task." example:"henvise"`
	Status assessment.StepStatus `query:"status" enum:"planned,under-way,done,dropped,removed" doc:"Only those in a status, or those that were removed and can be brought back."`
	Limit  int                   `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"At most so many."`
	After  string                `query:"after" doc:"Goes on where a list ended: what next said."`
}

type v1Steps struct {
	Steps []v1Step `json:"steps" doc:"By the day they are due; those without one last."`
	Next  string   `json:"next,omitempty" doc:"Send it as after to go on; absent at the end."`
}

type stepsOutput struct{ Body v1Steps }

type newStepInput struct {
	MunicipalityPath
	EditHeader
	ConfirmHeader
	Body v1NewStep
}

// StepPath is where a step stands.
type StepPath struct {
	MunicipalityPath
	Step assessment.StepID `path:"step" doc:"The step." example:"s-4f0c91d27ab35e60"`
}

// TaggedStep names the step that is changed, as it was seen.
type TaggedStep struct {
	StepPath
	TagHeader
}

type saveStepInput struct {
	TaggedStep
	EditHeader
	ConfirmHeader
	Body StepValue
}

type undoStepInput struct {
	StepPath
	ChangeHeader
}

type stepOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"The step's tag, in quotation marks."`
	Body   v1Step
}

func (s *Server) stepOf(step assessment.Step, by string) v1Step {
	var was *v1FormerStep
	if step.Was != nil {
		was = &v1FormerStep{stepValueOf(step.Was.StepData), step.Was.At}
	}
	return v1Step{step.ID, step.Task, step.What, step.Why, step.Owner, step.Role, step.Due, step.Status, step.Result, step.Reason,
		step.Removed.IsZero() && step.Overdue(assessment.DayOf(s.Now())), step.MadeBy, step.MadeAt, step.At, step.Removed, step.Tag, was, by}
}

func (s *Server) stepAnswer(status int, step assessment.Step) *stepOutput {
	return &stepOutput{status, strconv.Quote(step.Tag), s.stepOf(step, "")}
}

// planOfMunicipality finds whose plan an operation is about, for who may read it.
func (s *Server) planOfMunicipality(r *request, name string) (org.MunicipalityID, error) {
	m, err := s.find(name)
	if err == nil && !org.MayReadPlan(r.Actor, m.ID) {
		err = fault.New(fault.Forbidden, "api.plan", "error.forbidden")
	}
	return m.ID, err
}

// stepIn finds a step of a municipality's plan: the address may not name one municipality and the step be another's.
func (s *Server) stepIn(ctx context.Context, r *request, in StepPath) (assessment.Step, error) {
	m, err := s.planOfMunicipality(r, in.Municipality)
	if err != nil {
		return assessment.Step{}, err
	}
	step, err := s.Assessments.Step(ctx, r.Actor, in.Step)
	if err == nil && step.Municipality != m {
		err = fault.New(fault.NotFound, "api.step", "error.step.unknown")
	}
	return step, err
}

func (v *v1) steps() {
	at := time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)
	value := StepValue{What: "Write the routine for night shifts.", Role: "health-and-care", Due: "2026-12-01", Status: assessment.StepPlanned}
	example := v1Step{ID: "s-4f0c91d27ab35e60", Task: "henvise", What: value.What, Role: value.Role, Due: value.Due, Status: value.Status, MadeBy: "p-4f0c", MadeAt: at, SavedAt: at, Tag: exampleTag}
	const path = "/municipalities/{municipality}/steps"
	add(v, operation{ID: "list-steps", Method: http.MethodGet, Path: path, Tag: "Plan", Summary: "The steps of a municipality's plan", About: "For its own people. Without status all that stand.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: v1Steps{Steps: []v1Step{example}},
	}, func(ctx context.Context, r *request, in *stepsInput) (*stepsOutput, error) {
		m, err := v.planOfMunicipality(r, in.Municipality)
		if err != nil {
			return nil, err
		}
		f := assessment.StepFilter{Task: in.Task, Status: in.Status}
		if in.Status == statusRemoved {
			f = assessment.StepFilter{Task: in.Task, Removed: true}
		}
		all, next, err := v.Assessments.Steps(ctx, r.Actor, m, f, in.Limit, store.Cursor(in.After))
		if err != nil {
			return nil, err
		}
		out := &stepsOutput{v1Steps{Steps: []v1Step{}, Next: string(next)}}
		for _, step := range all {
			out.Body.Steps = append(out.Body.Steps, v.stepOf(step, ""))
		}
		return out, nil
	})
	add(v, operation{ID: "add-step", Method: http.MethodPost, Path: path, Tag: "Plan", Summary: "Add a step", About: "Send it with an Idempotency-Key, so that it may be sent again: 201 for a new step, 200 for one that was there.",
		Status: http.StatusOK, Created: true, Fails: additionFails, Request: v1NewStep{"henvise", StepValue{What: value.What, Role: value.Role, Due: value.Due}}, Example: example,
	}, func(ctx context.Context, r *request, in *newStepInput) (*stepOutput, error) {
		m, err := v.planOfMunicipality(r, in.Municipality)
		if err != nil {
			return nil, err
		}
		step, made, err := v.Assessments.AddStep(ctx, r.Actor, assessment.AddStep{Municipality: m, Task: in.Body.Task, Data: in.Body.data(), Edit: in.Edit, Confirmed: in.Confirm != ""})
		if err != nil {
			return nil, err
		}
		return v.stepAnswer(savedStatus(precondition{First: true}, !made), step), nil
	})
	add(v, operation{ID: "get-step", Method: http.MethodGet, Path: path + "/{step}", Tag: "Plan", Summary: "One step", About: "Removed ones too, while they can be brought back.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: example,
	}, func(ctx context.Context, r *request, in *StepPath) (*stepOutput, error) {
		step, err := v.stepIn(ctx, r, *in)
		if err != nil {
			return nil, err
		}
		return v.stepAnswer(http.StatusOK, step), nil
	})
	v.changeSteps(path, value, example)
}

func (v *v1) changeSteps(path string, value StepValue, example v1Step) {
	add(v, operation{ID: "save-step", Method: http.MethodPut, Path: path + "/{step}", Tag: "Plan", Summary: "Change a step",
		About: "With If-Match and the tag of what is changed. When somebody else was first, 412 carries both: current and yours. Any status may follow any other. What it says already is no change: it keeps its tag.",
		Fails: changeFails, Request: value, Example: example,
	}, func(ctx context.Context, r *request, in *saveStepInput) (*stepOutput, error) {
		if _, err := v.stepIn(ctx, r, in.StepPath); err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		step, err := v.Assessments.SaveStep(ctx, r.Actor, assessment.SaveStep{ID: in.Step, Data: in.Body.data(), Tag: pre.Tag, Edit: pre.Edit, Confirmed: in.Confirm != ""})
		if err != nil {
			return nil, v.lostStep(ctx, r, err)
		}
		return v.stepAnswer(http.StatusOK, step), nil
	})
	changed := example
	changed.Was = &v1FormerStep{StepValue{What: "Write a routine.", Status: assessment.StepPlanned}, example.MadeAt.AddDate(0, 0, -3)}
	add(v, operation{ID: "undo-step", Method: http.MethodPost, Path: path + "/{step}/undo", Tag: "Plan", Summary: "Undo the last change of a step",
		About: "With If-Match and the tag that the change gave it: of another's change made since, 412 carries current, and as yours what it was before that. Undone again it is what it was changed to. 409 when there is nothing to undo.",
		Fails: changeFails, Example: changed,
	}, func(ctx context.Context, r *request, in *undoStepInput) (*stepOutput, error) {
		if _, err := v.stepIn(ctx, r, in.StepPath); err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		step, err := v.Assessments.UndoStep(ctx, r.Actor, assessment.UndoStep{ID: in.Step, Tag: pre.Tag, Edit: pre.Edit})
		if err != nil {
			return nil, v.lostStep(ctx, r, err)
		}
		return v.stepAnswer(http.StatusOK, step), nil
	})
	add(v, operation{ID: "remove-step", Method: http.MethodDelete, Path: path + "/{step}", Tag: "Plan", Summary: "Remove a step", About: "It can be brought back for 30 days. With If-Match, as a change.",
		Fails: changeFails, Example: example,
	}, func(ctx context.Context, r *request, in *TaggedStep) (*stepOutput, error) {
		if _, err := v.stepIn(ctx, r, in.StepPath); err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		step, err := v.Assessments.RemoveStep(ctx, r.Actor, in.Step, pre.Tag)
		if err != nil {
			return nil, v.lostStep(ctx, r, err)
		}
		return v.stepAnswer(http.StatusOK, step), nil
	})
	add(v, operation{ID: "restore-step", Method: http.MethodPost, Path: path + "/{step}/restore", Tag: "Plan", Summary: "Bring a removed step back", Fails: additionFails, Example: example}, func(ctx context.Context, r *request, in *StepPath) (*stepOutput, error) {
		if _, err := v.stepIn(ctx, r, *in); err != nil {
			return nil, err
		}
		step, err := v.Assessments.RestoreStep(ctx, r.Actor, in.Step)
		if err != nil {
			return nil, err
		}
		return v.stepAnswer(http.StatusOK, step), nil
	})
}

// lostStep gives a lost race both values. Any other error passes through.
func (s *Server) lostStep(ctx context.Context, r *request, err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != fault.Stale {
		return err
	}
	told := *f
	switch lost := f.Detail.(type) {
	case assessment.LostStep:
		names, err := s.names(ctx, r.Text, lost.Theirs.By)
		if err != nil {
			return err
		}
		told.Detail = conflict{s.stepOf(lost.Theirs, names.of(lost.Theirs.By)), stepValueOf(lost.Yours)}
	case assessment.LostAmbition:
		names, err := s.names(ctx, r.Text, lost.Theirs.By)
		if err != nil {
			return err
		}
		told.Detail = conflict{ambitionOf(assessment.TaskPlan{Task: lost.Theirs.Task, Ambition: lost.Theirs}, names.of(lost.Theirs.By)), v1AmbitionValue{lost.Yours}}
	}
	return &told
}
