package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
)

// v1Reason is why the levels of a task changed since the round before, as it stands.
type v1Reason struct {
	Task    catalogue.TaskKey       `json:"task" example:"henvise"`
	Reason  assessment.ChangeReason `json:"reason,omitempty" enum:"real-improvement,real-decline,new-insight,new-respondent,changed-question" doc:"Absent when it was taken back."`
	Tag     string                  `json:"tag" doc:"Names this state; send it in If-Match to change it. Empty when nobody has said." example:"GYJQ5TZ2M3KXW7AB"`
	SavedAt time.Time               `json:"savedAt,omitzero"`
	By      string                  `json:"by,omitempty" doc:"Who saved it: only told to whom a save was lost to."`
}

// v1ReasonValue is what a save sends.
type v1ReasonValue struct {
	Reason assessment.ChangeReason `json:"reason,omitempty" enum:"real-improvement,real-decline,new-insight,new-respondent,changed-question" doc:"Absent takes it back."`
}

type reasonInput struct {
	AssessmentPath
	TaskPath
	SaveHeader
	Body v1ReasonValue
}

type reasonOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"Its tag, in quotation marks."`
	Body   v1Reason
}

func (v *v1) reasons() {
	add(v, operation{
		ID: "save-change-reason", Method: http.MethodPut, Path: "/assessments/{round}/{municipality}/reasons/{task}", Tag: "Assessments",
		Summary: "Save why a task's levels changed", About: "For those of its questions whose answers don't say why themselves. With If-None-Match or If-Match, and answered, as an answer is. It never leaves the municipality.",
		Created: true, Fails: changeFails,
		Request: v1ReasonValue{assessment.RealImprovement},
		Example: v1Reason{Task: "henvise", Reason: assessment.RealImprovement, Tag: exampleTag, SavedAt: time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)},
	}, func(ctx context.Context, r *request, in *reasonInput) (*reasonOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		again := pre.First && pre.Edit != "" && v.saved(ctx, r.Actor, in.Round, m.ID, func(a assessment.Assessment) []string { return a.Reason(in.Task).Edits }, pre.Edit)
		a, err := v.Assessments.SaveReason(ctx, r.Actor, assessment.SaveReason{Round: in.Round, Municipality: m.ID, Task: in.Task, Reason: in.Body.Reason,
			First: pre.First, Tag: pre.Tag, Edit: pre.Edit})
		if err != nil {
			return nil, v.lost(ctx, err)
		}
		reason := a.Reason(in.Task)
		return &reasonOutput{savedStatus(pre, again), strconv.Quote(reason.Tag), reasonOf(reason, "")}, nil
	})
}

func reasonOf(r assessment.TaskReason, by string) v1Reason {
	return v1Reason{Task: r.Task, Reason: r.Reason, Tag: r.Tag, SavedAt: r.At, By: by}
}
