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

// OwnIndicatorData is what a save of a municipality's own indicator sends.
type OwnIndicatorData struct {
	Name      string             `json:"name" minLength:"1" maxLength:"70" doc:"In one language. No other of the municipality's has it, and no shared one." example:"Hours driven to the depot"`
	Type      benefits.Type      `json:"type" enum:"saved-time,avoided-cost,increased-quality" doc:"The type of benefit it is for."`
	Unit      benefits.Unit      `json:"unit" enum:"hours,minutes,days,visits,kilometres,nok,share,score,count"`
	Per       benefits.Per       `json:"per,omitempty" enum:"week,month,year" doc:"The time its amounts are for. Left out: an average, or how it is at one time."`
	Direction benefits.Direction `json:"direction" enum:"more,less" doc:"Which way is better."`
	Measure   string             `json:"measure,omitempty" maxLength:"500" doc:"How to measure it." example:"The drivers write it down for two weeks."`
	Pitfalls  string             `json:"pitfalls,omitempty" maxLength:"500" doc:"What easily makes the figure wrong." example:"Holidays make it too low."`
}

// v1OwnIndicator is a municipality's own indicator as it stands.
type v1OwnIndicator struct {
	ID benefits.IndicatorKey `json:"id" doc:"A benefit's shared names it." example:"i-4f0c91d27ab35e60"`
	OwnIndicatorData
	Adds     bool         `json:"adds" doc:"Whether figures of the municipality's benefits with it are added up. They are never added to another municipality's."`
	Retired  bool         `json:"retired,omitempty" doc:"No new benefit is put on it."`
	Used     bool         `json:"used,omitempty" doc:"A benefit was put on it: unit, per and direction stay as they are."`
	Versions int          `json:"versions" doc:"How many versions are kept, at most ten: 1 has never been changed." example:"1"`
	By       org.PersonID `json:"by" example:"p-4f0c"`
	At       time.Time    `json:"at"`
	Tag      string       `json:"tag" doc:"Send it in If-Match to change it." example:"GYJQ5TZ2M3KXW7AB"`
}

type v1OwnIndicators struct {
	Indicators []v1OwnIndicator `json:"indicators" doc:"By name, those that are retired last."`
}

// OwnIndicatorsPath is where a municipality's own indicators stand.
type OwnIndicatorsPath struct {
	MunicipalityPath
}

type ownIndicatorsOutput struct{ Body v1OwnIndicators }

type addOwnIndicatorInput struct {
	OwnIndicatorsPath
	EditHeader
	ConfirmHeader
	Body OwnIndicatorData
}

// OwnIndicatorPath is where one stands.
type OwnIndicatorPath struct {
	MunicipalityPath
	Indicator benefits.IndicatorKey `path:"indicator" doc:"Its id." example:"i-4f0c91d27ab35e60"`
}

// ChangedOwnIndicatorPath is the same with what a change builds on.
type ChangedOwnIndicatorPath struct {
	OwnIndicatorPath
	ChangeHeader
}

type saveOwnIndicatorInput struct {
	ChangedOwnIndicatorPath
	ConfirmHeader
	Body OwnIndicatorData
}

type ownIndicatorOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"Its tag, in quotation marks."`
	Body   v1OwnIndicator
}

func (v *v1) ownIndicators() {
	data := OwnIndicatorData{"Hours driven to the depot", benefits.SavedTime, benefits.Hours, benefits.Week, benefits.Less, "The drivers write it down for two weeks.", "Holidays make it too low."}
	example := v1OwnIndicator{ID: "i-4f0c91d27ab35e60", OwnIndicatorData: data, Adds: true, Versions: 1, By: "p-4f0c", At: time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC), Tag: exampleTag}
	const path = "/municipalities/{municipality}/indicators"
	add(v, operation{
		ID: "list-own-indicators", Method: http.MethodGet, Path: path, Tag: "Benefits", Summary: "A municipality's own indicators", About: "For its own people. The shared ones are list-indicators.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: v1OwnIndicators{[]v1OwnIndicator{example}},
	}, func(ctx context.Context, r *request, in *OwnIndicatorsPath) (*ownIndicatorsOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		all, err := v.Benefits.OwnIndicators(ctx, r.Actor, m.ID)
		return &ownIndicatorsOutput{v1OwnIndicators{ownIndicatorStates(all)}}, err
	})
	add(v, operation{
		ID: "add-own-indicator", Method: http.MethodPost, Path: path, Tag: "Benefits", Summary: "Put an indicator of the municipality's own down", About: "For coordinators. A municipality may keep 50; the next is refused beside its name.",
		Status: http.StatusCreated, Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.TooLarge, fault.MediaType, fault.OutcomeUnknown}, Request: data, Example: example,
	}, func(ctx context.Context, r *request, in *addOwnIndicatorInput) (*ownIndicatorOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		i, err := v.Benefits.SetIndicator(ctx, r.Actor, benefits.SetIndicator{Municipality: m.ID, Data: benefits.OwnData(in.Body), Edit: in.Edit, Confirmed: in.Confirm != ""})
		out, err := ownIndicatorAnswer(i, err, in.Body)
		if out != nil {
			out.Status = http.StatusCreated
		}
		return out, err
	})
	add(v, operation{
		ID: "get-own-indicator", Method: http.MethodGet, Path: path + "/{indicator}", Tag: "Benefits", Summary: "An indicator of a municipality's own", About: "For its own people.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: example,
	}, func(ctx context.Context, r *request, in *OwnIndicatorPath) (*ownIndicatorOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		i, err := v.Benefits.OwnIndicator(ctx, r.Actor, m.ID, in.Indicator)
		return ownIndicatorAnswer(i, err, struct{}{})
	})
	change := func(ctx context.Context, r *request, in *ChangedOwnIndicatorPath, yours any, do func(org.MunicipalityID, precondition) (benefits.OwnIndicator, error)) (*ownIndicatorOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		i, err := do(m.ID, pre)
		return ownIndicatorAnswer(i, err, yours)
	}
	add(v, operation{
		ID: "save-own-indicator", Method: http.MethodPut, Path: path + "/{indicator}", Tag: "Benefits", Summary: "Change an indicator of the municipality's own",
		About: "For coordinators. What it was is kept. Once a benefit was put on it unit, per and direction stay: 422 where they don't. One that is retired is in use again. With If-Match: 428 without, 412 with current and yours when somebody else was first.",
		Fails: changeFails, Request: data, Example: example,
	}, func(ctx context.Context, r *request, in *saveOwnIndicatorInput) (*ownIndicatorOutput, error) {
		return change(ctx, r, &in.ChangedOwnIndicatorPath, in.Body, func(m org.MunicipalityID, pre precondition) (benefits.OwnIndicator, error) {
			return v.Benefits.SetIndicator(ctx, r.Actor, benefits.SetIndicator{Municipality: m, Key: in.Indicator, Data: benefits.OwnData(in.Body), Tag: pre.Tag, Edit: pre.Edit, Confirmed: in.Confirm != ""})
		})
	})
	add(v, operation{
		ID: "retire-own-indicator", Method: http.MethodPost, Path: path + "/{indicator}/retire", Tag: "Benefits", Summary: "Put no more benefits on an indicator of the municipality's own",
		About: "Benefits that are on it stay. With If-Match, as save-own-indicator.", Fails: changeFails, Example: example,
	}, func(ctx context.Context, r *request, in *ChangedOwnIndicatorPath) (*ownIndicatorOutput, error) {
		return change(ctx, r, in, struct{}{}, func(m org.MunicipalityID, pre precondition) (benefits.OwnIndicator, error) {
			return v.Benefits.SetIndicator(ctx, r.Actor, benefits.SetIndicator{Municipality: m, Key: in.Indicator, Retire: true, Tag: pre.Tag, Edit: pre.Edit})
		})
	})
	add(v, operation{
		ID: "undo-own-indicator", Method: http.MethodPost, Path: path + "/{indicator}/undo", Tag: "Benefits", Summary: "Undo the last change of an indicator of the municipality's own",
		About: "A change or its being retired is taken back; one that was only made is retired. Undone again it stands as before. With If-Match, as save-own-indicator.", Fails: changeFails, Example: example,
	}, func(ctx context.Context, r *request, in *ChangedOwnIndicatorPath) (*ownIndicatorOutput, error) {
		return change(ctx, r, in, struct{}{}, func(m org.MunicipalityID, pre precondition) (benefits.OwnIndicator, error) {
			return v.Benefits.UndoIndicator(ctx, r.Actor, m, in.Indicator, pre.Tag, pre.Edit)
		})
	})
}

// ownIndicatorAnswer answers with what was saved, and a lost race with what stands.
func ownIndicatorAnswer(i benefits.OwnIndicator, err error, yours any) (*ownIndicatorOutput, error) {
	if fault.CodeOf(err) == fault.Stale {
		told := *faultOf(err)
		told.Detail = conflict{ownIndicatorStateOf(told.Detail.(benefits.LostIndicator).Theirs), yours}
		return nil, &told
	}
	if err != nil {
		return nil, err
	}
	return &ownIndicatorOutput{http.StatusOK, strconv.Quote(i.Tag), ownIndicatorStateOf(i)}, nil
}

func ownIndicatorStateOf(i benefits.OwnIndicator) v1OwnIndicator {
	s := i.Stands()
	return v1OwnIndicator{ID: i.Key, OwnIndicatorData: OwnIndicatorData(s.OwnData), Adds: benefits.Addable(s.Unit, s.Per), Retired: s.Retired, Used: i.Picked, Versions: len(i.Versions), By: s.By, At: s.At, Tag: i.Tag}
}

func ownIndicatorStates(all []benefits.OwnIndicator) []v1OwnIndicator {
	states := []v1OwnIndicator{}
	for _, i := range all {
		states = append(states, ownIndicatorStateOf(i))
	}
	return states
}
