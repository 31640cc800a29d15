package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/org"
)

// AssumedData is what a save of an assumption sends.
type AssumedData struct {
	Value  benefits.Number `json:"value" doc:"Kroner, or hours a year of a full-time post: an exact decimal with at most two decimals." example:"450"`
	Source string          `json:"source" minLength:"1" maxLength:"150" example:"The budget for 2026"`
}

// NewAssumption is AssumedData with what it is of.
type NewAssumption struct {
	What benefits.What         `json:"what" enum:"hourly-cost,hours-per-fte,task-cost"`
	Of   benefits.IndicatorKey `json:"of,omitempty" doc:"Of a task-cost: the indicator, shared or the municipality's own; one of what it counts is meant." example:"home-visits"`
	From benefits.Day          `json:"from" doc:"The day it holds from, until the next value of the same." example:"2026-01-01"`
	AssumedData
}

// v1Assumption is an assumption as it stands.
type v1Assumption struct {
	ID benefits.AssumptionID `json:"id" example:"a-4f0c91d27ab35e60"`
	NewAssumption
	Removed  bool         `json:"removed,omitempty" doc:"It was taken out and doesn't count."`
	Versions int          `json:"versions" doc:"How many times it was written: 1 has never been corrected." example:"1"`
	By       org.PersonID `json:"by" example:"p-4f0c"`
	At       time.Time    `json:"at"`
	Tag      string       `json:"tag" doc:"Send it in If-Match to correct it." example:"GYJQ5TZ2M3KXW7AB"`
}

type v1Assumptions struct {
	Assumptions []v1Assumption `json:"assumptions" doc:"The earliest day first, those taken out too."`
}

type assumptionsOutput struct{ Body v1Assumptions }

type addAssumptionInput struct {
	MunicipalityPath
	EditHeader
	ConfirmHeader
	Body NewAssumption
}

// AssumptionPath is where an assumption stands.
type AssumptionPath struct {
	MunicipalityPath
	Assumption benefits.AssumptionID `path:"assumption" doc:"Its id." example:"a-4f0c91d27ab35e60"`
	ChangeHeader
}

type saveAssumptionInput struct {
	AssumptionPath
	ConfirmHeader
	Body AssumedData
}

type assumptionOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"Its tag, in quotation marks."`
	Body   v1Assumption
}

func (v *v1) addAssumptions() {
	data := AssumedData{Value: "450", Source: "The budget for 2026"}
	added := NewAssumption{benefits.HourlyCost, "", "2026-01-01", data}
	example := v1Assumption{ID: "a-4f0c91d27ab35e60", NewAssumption: added, Versions: 1, By: "p-4f0c", At: time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC), Tag: exampleTag}
	const path = "/municipalities/{municipality}/assumptions"
	add(v, operation{
		ID: "list-assumptions", Method: http.MethodGet, Path: path, Tag: "Benefits", Summary: "What a municipality's benefits are worked out by", About: "For its own people.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: v1Assumptions{[]v1Assumption{example}},
	}, func(ctx context.Context, r *request, in *MunicipalityPath) (*assumptionsOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		all, err := v.Benefits.Assumptions(ctx, r.Actor, m.ID)
		out := &assumptionsOutput{v1Assumptions{[]v1Assumption{}}}
		for _, a := range all {
			out.Body.Assumptions = append(out.Body.Assumptions, assumptionStateOf(a))
		}
		return out, err
	})
	add(v, operation{
		ID: "add-assumption", Method: http.MethodPost, Path: path, Tag: "Benefits", Summary: "Put an assumption down", About: "For coordinators. Of one thing there is one value from a day: 422 where there is one already.",
		Status: http.StatusCreated, Fails: additionFails, Request: added, Example: example,
	}, func(ctx context.Context, r *request, in *addAssumptionInput) (*assumptionOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		a, err := v.Benefits.Assume(ctx, r.Actor, benefits.Assume{Municipality: m.ID, What: in.Body.What, Of: in.Body.Of, From: in.Body.From, Data: benefits.Assumed(in.Body.AssumedData), Edit: in.Edit, Confirmed: in.Confirm != ""})
		out, err := assumptionAnswer(a, err, in.Body)
		if out != nil {
			out.Status = http.StatusCreated
		}
		return out, err
	})
	add(v, operation{
		ID: "save-assumption", Method: http.MethodPut, Path: path + "/{assumption}", Tag: "Benefits", Summary: "Correct an assumption",
		About: "What it was is kept. What holds from another day is another assumption. With If-Match: 428 without, 412 with current and yours when somebody else was first.", Fails: changeFails, Request: data, Example: example,
	}, func(ctx context.Context, r *request, in *saveAssumptionInput) (*assumptionOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		a, err := v.Benefits.Assume(ctx, r.Actor, benefits.Assume{Municipality: m.ID, ID: in.Assumption, Data: benefits.Assumed(in.Body), Tag: pre.Tag, Edit: pre.Edit, Confirmed: in.Confirm != ""})
		return assumptionAnswer(a, err, in.Body)
	})
	add(v, operation{
		ID: "undo-assumption", Method: http.MethodPost, Path: path + "/{assumption}/undo", Tag: "Benefits", Summary: "Undo the last change of an assumption",
		About: "A correction is taken back; one that was only made is taken out. Undone again it stands as before. With If-Match, as save-assumption.", Fails: changeFails, Example: example,
	}, func(ctx context.Context, r *request, in *AssumptionPath) (*assumptionOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		a, err := v.Benefits.UndoAssumption(ctx, r.Actor, m.ID, in.Assumption, pre.Tag, pre.Edit)
		return assumptionAnswer(a, err, struct{}{})
	})
}

// assumptionAnswer answers with what was saved, and a lost race with what stands.
func assumptionAnswer(a benefits.Assumption, err error, yours any) (*assumptionOutput, error) {
	if fault.CodeOf(err) == fault.Stale {
		told := *faultOf(err)
		told.Detail = conflict{assumptionStateOf(told.Detail.(benefits.LostAssumption).Theirs), yours}
		return nil, &told
	}
	if err != nil {
		return nil, err
	}
	return &assumptionOutput{http.StatusOK, strconv.Quote(a.Tag), assumptionStateOf(a)}, nil
}

func assumptionStateOf(a benefits.Assumption) v1Assumption {
	s := a.Stands()
	return v1Assumption{ID: a.ID, NewAssumption: NewAssumption{a.What, a.Of, a.From, AssumedData(s.Assumed)}, Removed: s.Removed, Versions: len(a.Versions), By: s.By, At: s.At, Tag: a.Tag}
}
