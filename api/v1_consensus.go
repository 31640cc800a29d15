package api

import (
	"context"
	"net/http"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
)

// v1RatedQuestion is somebody's own level for a question.
type v1RatedQuestion struct {
	Question catalogue.QuestionKey `json:"question" example:"henvise.ansvar"`
	Level    *int                  `json:"level" minimum:"0" maximum:"10" doc:"null: she doesn't know."`
}

// v1Rating is the reader's own rating of a task.
type v1Rating struct {
	Task    catalogue.TaskKey `json:"task" example:"henvise"`
	RatedAt time.Time         `json:"ratedAt,omitzero"`
	Levels  []v1RatedQuestion `json:"levels" doc:"Those she has rated."`
}

func ratedQuestions(r assessment.Rating) []v1RatedQuestion {
	all := []v1RatedQuestion{}
	for _, l := range r.Levels {
		all = append(all, v1RatedQuestion(l))
	}
	return all
}

func ratingOf(r assessment.Rating) v1Rating { return v1Rating{r.Task, r.At, ratedQuestions(r)} }

// v1Consensus is how far a group has come with a task. It names nobody.
type v1Consensus struct {
	Task     catalogue.TaskKey     `json:"task" example:"henvise"`
	Stage    assessment.Stage      `json:"stage" enum:"none,rating,stopped,showing,settled" doc:"none: nobody has asked for ratings."`
	Rated    int                   `json:"rated" doc:"How many have rated every question."`
	Question catalogue.QuestionKey `json:"question,omitempty" doc:"The one that the group looks at." example:"henvise.ansvar"`
	Spreads  []v1RatingSpread      `json:"spreads" doc:"One for each question, once the spread is shown."`
	Agreed   []v1Agreed            `json:"agreed" doc:"What is settled. It stands as the municipality's answers."`
}

// v1RatingSpread is all that is shown of what several rated.
type v1RatingSpread struct {
	Question catalogue.QuestionKey `json:"question" example:"henvise.ansvar"`
	Lowest   *int                  `json:"lowest" doc:"null: fewer than two gave a level."`
	Highest  *int                  `json:"highest"`
	Counts   []int                 `json:"counts" doc:"How many gave each level, the lowest of the scale first. Empty: fewer than five gave one."`
	Unsure   int                   `json:"unsure" doc:"How many didn't know; 0 where counts is empty."`
}

type v1Agreed struct {
	Question  catalogue.QuestionKey `json:"question" example:"henvise.ansvar"`
	Level     int                   `json:"level" minimum:"0" maximum:"10"`
	Why       string                `json:"why"`
	SettledAt time.Time             `json:"settledAt"`
}

func v1ConsensusOf(task catalogue.TaskKey, c *assessment.Consensus) v1Consensus {
	v := v1Consensus{Task: task, Stage: "none", Spreads: []v1RatingSpread{}, Agreed: []v1Agreed{}}
	if c == nil {
		return v
	}
	v.Stage, v.Rated = c.Stage, c.Rated
	if c.Shown() {
		v.Question = c.Question
	}
	for _, s := range c.Spreads {
		if shown := c.Spread(s.Question); c.Shown() {
			v.Spreads = append(v.Spreads, v1RatingSpread{shown.Question, shown.Lowest, shown.Highest, append([]int{}, shown.Counts...), shown.Unsure})
		}
	}
	for _, a := range c.Agreed {
		v.Agreed = append(v.Agreed, v1Agreed{a.Question, a.Level, a.Why, a.At})
	}
	return v
}

type sittingInput struct {
	AssessmentPath
	TaskPath
}

func (v *v1) sitting(round assessment.RoundID, municipality string, task catalogue.TaskKey) (assessment.Sitting, error) {
	m, err := v.find(municipality)
	return assessment.Sitting{Round: round, Municipality: m.ID, Task: task}, err
}

// v1RateValue is what a rating sends; the level must be there, so that a program that forgets it doesn't say "I don't know".
type v1RateValue struct {
	Level *int `json:"level" required:"true" nullable:"true" minimum:"0" maximum:"10" doc:"null: she doesn't know."`
}

type rateInput struct {
	AssessmentPath
	TaskPath
	Question catalogue.QuestionKey `path:"question" doc:"The question." example:"henvise.ansvar"`
	Body     v1RateValue
}

type (
	ratingOutput    struct{ Body v1Rating }
	consensusOutput struct{ Body v1Consensus }
)

func (v *v1) consensus() {
	at, level, two := time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC), 3, 2
	rating := v1Rating{"henvise", at, []v1RatedQuestion{{"henvise.ansvar", &level}, {"henvise.praksis", nil}}}
	const path = "/assessments/{round}/{municipality}"
	add(v, operation{ID: "get-rating", Method: http.MethodGet, Path: path + "/ratings/{task}", Tag: "Assessments", Summary: "One's own rating of a task",
		About: "What somebody rated on her own, before the group talks. Nobody else can read it.", Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: rating,
	}, func(ctx context.Context, r *request, in *sittingInput) (*ratingOutput, error) {
		at, err := v.sitting(in.Round, in.Municipality, in.Task)
		if err != nil {
			return nil, err
		}
		own, err := v.Assessments.OwnRating(ctx, r.Actor, at)
		return &ratingOutput{ratingOf(own)}, err
	})
	add(v, operation{ID: "rate", Method: http.MethodPut, Path: path + "/ratings/{task}/{question}", Tag: "Assessments", Summary: "Rate a question on one's own",
		About:   "While the coordinator asks for ratings of the task; 409 when she doesn't, or not any more. Sent again it is the same rating.",
		Fails:   additionFails,
		Request: v1RateValue{&level}, Example: rating,
	}, func(ctx context.Context, r *request, in *rateInput) (*ratingOutput, error) {
		at, err := v.sitting(in.Round, in.Municipality, in.Task)
		if err != nil {
			return nil, err
		}
		own, err := v.Assessments.Rate(ctx, r.Actor, assessment.Rate{Sitting: at, Question: in.Question, Level: in.Body.Level})
		return &ratingOutput{ratingOf(own)}, err
	})
	add(v, operation{ID: "get-consensus", Method: http.MethodGet, Path: path + "/consensus/{task}", Tag: "Assessments", Summary: "How far a group has come with a task",
		About: "How many have rated, the spread once it is shown, and what is settled. With fewer than five levels for a question the spread is the lowest and the highest alone.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound},
		Example: v1Consensus{Task: "henvise", Stage: assessment.Showing, Rated: 3, Question: "henvise.ansvar", Spreads: []v1RatingSpread{{"henvise.ansvar", &two, &level, []int{}, 0}},
			Agreed: []v1Agreed{{"henvise.ansvar", 3, "It is placed, and everybody knows.", at}}},
	}, func(ctx context.Context, r *request, in *sittingInput) (*consensusOutput, error) {
		at, err := v.sitting(in.Round, in.Municipality, in.Task)
		if err != nil {
			return nil, err
		}
		c, err := v.Assessments.Consensus(ctx, r.Actor, at)
		return &consensusOutput{v1ConsensusOf(in.Task, c)}, err
	})
}
