package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"
)

// v1Ambition is a task in a municipality's plan: where it is, where it wants to be, and what lies between.
type v1Ambition struct {
	Task    catalogue.TaskKey  `json:"task" example:"henvise"`
	Level   *int               `json:"level" doc:"The level the municipality has set itself, on its questionnaire's scale; null where there is none."`
	Score   *float64           `json:"score" doc:"Where it is: the newest score of its own that may be compared; null where there is none."`
	Round   assessment.RoundID `json:"round,omitempty" doc:"The round of that score."`
	Gap     *float64           `json:"gap" doc:"The level less the score; negative above the ambition, null where either is missing."`
	Open    int                `json:"openSteps"`
	Tag     string             `json:"tag,omitempty" doc:"Names this state of the ambition; send it in If-Match to change it. Absent while nobody has set any." example:"GYJQ5TZ2M3KXW7AB"`
	SavedAt time.Time          `json:"savedAt,omitzero"`
	Was     *v1FormerAmbition  `json:"was,omitempty" doc:"What it was before it was changed last: what undoing makes of it. Absent while nobody has set any."`
	By      string             `json:"by,omitempty" doc:"Who saved it: only told to whom a save was lost to."`
}

// v1FormerAmbition is what an ambition was.
type v1FormerAmbition struct {
	Level   *int      `json:"level" doc:"Null where there was none."`
	SavedAt time.Time `json:"savedAt,omitzero" doc:"Absent where nobody had set any."`
}

type v1AmbitionValue struct {
	Level *int `json:"level,omitempty" doc:"On the questionnaire's scale. Absent or null takes the ambition away."`
}

type v1Ambitions struct {
	Tasks []v1Ambition `json:"tasks" doc:"What matters first: the largest gap; of equal ones those without an open step; then the model's order."`
}

type ambitionsOutput struct{ Body v1Ambitions }

type setAmbitionInput struct {
	MunicipalityPath
	TaskPath
	SaveHeader
	Body v1AmbitionValue
}

type undoAmbitionInput struct {
	MunicipalityPath
	TaskPath
	ChangeHeader
}

type ambitionOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"The ambition's tag, in quotation marks; absent while nobody has set any."`
	Body   v1Ambition
}

func ambitionOf(t assessment.TaskPlan, by string) v1Ambition {
	v := v1Ambition{Task: t.Task, Level: t.Ambition.Level, Round: t.Now.Round, Open: t.Open, Tag: t.Ambition.Tag, SavedAt: t.Ambition.At, By: by}
	if was := t.Ambition.Was; was != nil {
		v.Was = &v1FormerAmbition{was.Level, was.At}
	}
	if t.Now.Standing() == assessment.Comparable {
		score := t.Now.Score.Float()
		v.Score = &score
	}
	if gap, known := t.Gap(); known {
		n := gap.Float()
		v.Gap = &n
	}
	return v
}

func (v *v1) ambitions() {
	level, score, gap := 4, 2.75, 1.25
	example := v1Ambition{Task: "henvise", Level: &level, Score: &score, Round: "vestfold-telemark-host-2026", Gap: &gap, Open: 1, Tag: exampleTag, SavedAt: time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC), Was: &v1FormerAmbition{}}
	answer := func(ctx context.Context, r *request, m org.MunicipalityID, t catalogue.TaskKey, status int) (*ambitionOutput, error) {
		plan, err := v.Assessments.Improvement(ctx, r.Actor, m)
		if err != nil {
			return nil, err
		}
		out := &ambitionOutput{Status: status, Body: ambitionOf(plan.Task(t), "")}
		if out.Body.Tag != "" {
			out.ETag = strconv.Quote(out.Body.Tag)
		}
		return out, nil
	}
	add(v, operation{ID: "list-ambitions", Method: http.MethodGet, Path: "/municipalities/{municipality}/ambitions", Tag: "Plan", Summary: "Where a municipality is and wants to be, task by task",
		About: "For its own people.", Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: v1Ambitions{[]v1Ambition{example}},
	}, func(ctx context.Context, r *request, in *MunicipalityPath) (*ambitionsOutput, error) {
		m, err := v.planOfMunicipality(r, in.Municipality)
		if err != nil {
			return nil, err
		}
		plan, err := v.Assessments.Improvement(ctx, r.Actor, m)
		if err != nil {
			return nil, err
		}
		out := &ambitionsOutput{v1Ambitions{[]v1Ambition{}}}
		for _, t := range plan.Tasks {
			out.Body.Tasks = append(out.Body.Tasks, ambitionOf(t, ""))
		}
		return out, nil
	})
	add(v, operation{ID: "set-ambition", Method: http.MethodPut, Path: "/municipalities/{municipality}/ambitions/{task}", Tag: "Plan", Summary: "Set the ambition for a task",
		About:   "For its coordinator and leader. With If-None-Match or If-Match, and answered, as an answer is. The level it has already is no change: it keeps its tag.",
		Created: true, Fails: changeFails,
		Request: v1AmbitionValue{&level}, Example: example,
	}, func(ctx context.Context, r *request, in *setAmbitionInput) (*ambitionOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		set, err := v.Assessments.SetAmbition(ctx, r.Actor, assessment.SetAmbition{Municipality: m.ID, Task: in.Task, Level: in.Body.Level, First: pre.First, Tag: pre.Tag, Edit: pre.Edit})
		if err != nil {
			return nil, v.lostStep(ctx, r, err)
		}
		return answer(ctx, r, m.ID, in.Task, savedStatus(pre, set.Tag == ""))
	})
	add(v, operation{ID: "undo-ambition", Method: http.MethodPost, Path: "/municipalities/{municipality}/ambitions/{task}/undo", Tag: "Plan", Summary: "Undo the last change of an ambition",
		About: "For its coordinator and leader. With If-Match and the tag that the change gave it: of another's change made since, 412 carries current, and as yours what it was before that. Undone again it is what it was changed to. 409 when there is nothing to undo.",
		Fails: changeFails, Example: example,
	}, func(ctx context.Context, r *request, in *undoAmbitionInput) (*ambitionOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		if _, err := v.Assessments.UndoAmbition(ctx, r.Actor, assessment.UndoAmbition{Municipality: m.ID, Task: in.Task, Tag: pre.Tag, Edit: pre.Edit}); err != nil {
			return nil, v.lostStep(ctx, r, err)
		}
		return answer(ctx, r, m.ID, in.Task, http.StatusOK)
	})
}
