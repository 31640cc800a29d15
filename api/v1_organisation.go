package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
)

// v1Organisation is how a task is organised, as it stands.
type v1Organisation struct {
	Task         catalogue.TaskKey     `json:"task" example:"henvise"`
	Status       assessment.Status     `json:"status" enum:"not-clarified,being-clarified,organised,in-operation,not-relevant"`
	Reason       string                `json:"reason,omitempty" doc:"Why the task is not relevant."`
	Carrier      assessment.Carrier    `json:"carrier,omitempty" enum:"own,inter-municipal,vendor" doc:"Who carries it out."`
	Responsible  assessment.TaskRole   `json:"responsible,omitempty" enum:"allocating-unit,health-and-care,it,communication,training,vendor,partner-municipality,next-of-kin,user,rollout-lead,procurement,finance,management"`
	Contributing []assessment.TaskRole `json:"contributing,omitempty"`
	Tag          string                `json:"tag" doc:"Names this state; send it in If-Match to change it. Empty when nobody has told." example:"GYJQ5TZ2M3KXW7AB"`
	SavedAt      time.Time             `json:"savedAt,omitzero"`
	By           string                `json:"by,omitempty" doc:"Who saved it: only told to whom a save was lost to."`
}

// v1OrganisationValue is what a save sends.
type v1OrganisationValue struct {
	Status       assessment.Status     `json:"status" enum:"not-clarified,being-clarified,organised,in-operation,not-relevant"`
	Reason       string                `json:"reason,omitempty" doc:"Why the task is not relevant, at most 500 characters; needed with that status and kept with no other."`
	Carrier      assessment.Carrier    `json:"carrier,omitempty" enum:"own,inter-municipal,vendor" doc:"Who carries it out."`
	Responsible  assessment.TaskRole   `json:"responsible,omitempty" enum:"allocating-unit,health-and-care,it,communication,training,vendor,partner-municipality,next-of-kin,user,rollout-lead,procurement,finance,management"`
	Contributing []assessment.TaskRole `json:"contributing,omitempty" maxItems:"50" enum:"allocating-unit,health-and-care,it,communication,training,vendor,partner-municipality,next-of-kin,user,rollout-lead,procurement,finance,management"`
}

type organisationInput struct {
	AssessmentPath
	TaskPath
	SaveHeader
	ConfirmHeader
	Body v1OrganisationValue
}

type organisationOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"Its tag, in quotation marks."`
	Body   v1Organisation
}

func (v *v1) organisations() {
	value := v1OrganisationValue{Status: assessment.InOperation, Carrier: "own", Responsible: "allocating-unit", Contributing: []assessment.TaskRole{"it"}}
	add(v, operation{
		ID: "save-organisation", Method: http.MethodPut, Path: "/assessments/{round}/{municipality}/organisation/{task}", Tag: "Assessments",
		Summary: "Save how a task is organised", About: "With If-None-Match or If-Match, and answered, as an answer is.",
		Created: true, Fails: changeFails,
		Request: value,
		Example: v1Organisation{Task: "henvise", Status: value.Status, Carrier: value.Carrier, Responsible: value.Responsible, Contributing: value.Contributing,
			Tag: exampleTag, SavedAt: time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)},
	}, func(ctx context.Context, r *request, in *organisationInput) (*organisationOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		again := pre.First && pre.Edit != "" && v.saved(ctx, r.Actor, in.Round, m.ID, func(a assessment.Assessment) []string { return a.Organisation(in.Task).Edits }, pre.Edit)
		a, err := v.Assessments.SaveOrganisation(ctx, r.Actor, assessment.SaveOrganisation{Round: in.Round, Municipality: m.ID, Task: in.Task,
			Data: assessment.OrganisationData(in.Body), First: pre.First, Tag: pre.Tag, Edit: pre.Edit, Confirmed: in.Confirm != ""})
		if err != nil {
			return nil, v.lost(ctx, err)
		}
		o := a.Organisation(in.Task)
		return &organisationOutput{savedStatus(pre, again), strconv.Quote(o.Tag), organisationOf(o, "")}, nil
	})
}

func organisationOf(o assessment.Organisation, by string) v1Organisation {
	return v1Organisation{Task: o.Task, Status: o.Status, Reason: o.Reason, Carrier: o.Carrier, Responsible: o.Responsible, Contributing: o.Contributing,
		Tag: o.Tag, SavedAt: o.At, By: by}
}

func organisationValueOf(d assessment.OrganisationData) v1OrganisationValue {
	return v1OrganisationValue(d)
}
