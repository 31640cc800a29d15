package api

import (
	"context"
	"net/http"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"
)

// v1Submission is what a municipality has handed in, for its regional lead and its own people: no notes, no reasons, no names.
type v1Submission struct {
	Round        assessment.RoundID `json:"round" example:"vestfold-telemark-host-2026"`
	Municipality org.MunicipalityID `json:"municipality" example:"larvik"`
	Name         string             `json:"name" example:"Larvik"`
	HandedInAt   time.Time          `json:"handedInAt"`
	Answered     int                `json:"answered" doc:"How many of the round's questions are answered."`
	Of           int                `json:"of"`
	Tasks        []v1SubmittedTask  `json:"tasks" doc:"Those of the round, in the model's order."`
}

type v1SubmittedTask struct {
	Task    catalogue.TaskKey   `json:"task" example:"henvise"`
	Status  assessment.Status   `json:"status" enum:"not-clarified,being-clarified,organised,in-operation,not-relevant"`
	Carrier assessment.Carrier  `json:"carrier,omitempty" enum:"own,inter-municipal,vendor"`
	Answers []v1SubmittedAnswer `json:"answers" doc:"One for each question; none where the task is not relevant."`
}

type v1SubmittedAnswer struct {
	Question      catalogue.QuestionKey `json:"question" example:"henvise.ansvar"`
	Level         *int                  `json:"level,omitempty" doc:"Absent where nobody has answered, and where it is not applicable." example:"3"`
	NotApplicable bool                  `json:"notApplicable,omitempty"`
}

type submissionOutput struct{ Body v1Submission }

func (v *v1) submissions() {
	level := 3
	add(v, operation{ID: "get-submission", Method: http.MethodGet, Path: "/rounds/{round}/handed-in/{municipality}", Tag: "Assessments", Summary: "What a municipality has handed in",
		About: "For the regional lead, who publishes it or sends it back, and for the municipality's own people. Levels and statuses only. 404 until it is handed in, and while it is open again.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict},
		Example: v1Submission{"vestfold-telemark-host-2026", "larvik", "Larvik", time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC), 1, 1,
			[]v1SubmittedTask{{"henvise", assessment.Organised, "own", []v1SubmittedAnswer{{"henvise.ansvar", &level, false}}}}},
	}, func(ctx context.Context, r *request, in *AssessmentPath) (*submissionOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		sub, err := v.Assessments.Submission(ctx, r.Actor, in.Round, m.ID)
		if err != nil {
			return nil, err
		}
		out := v1Submission{in.Round, m.ID, sub.Name, sub.HandedInAt, sub.Count.Answered, sub.Count.Of, []v1SubmittedTask{}}
		for _, task := range sub.Tasks {
			t := v1SubmittedTask{task.Task, task.Status, task.Carrier, []v1SubmittedAnswer{}}
			for _, a := range task.Answers {
				t.Answers = append(t.Answers, v1SubmittedAnswer{a.Question, a.Level, a.NotApplicable})
			}
			out.Tasks = append(out.Tasks, t)
		}
		return &submissionOutput{out}, nil
	})
}
