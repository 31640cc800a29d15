package api

import (
	"context"
	"net/http"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"
)

// v1Separation tells which of a questionnaire's questions never separate anyone in a region.
type v1Separation struct {
	Catalogue  catalogue.Key        `json:"catalogue" example:"helhetlig-tjenestemodell-1"`
	Rounds     []assessment.RoundID `json:"rounds" doc:"Those looked at, newest first: the latest five published on the questionnaire."`
	Never      []v1Unseparating     `json:"never" doc:"Questions where at least 95 in 100 of the levels are the same in every round with seven levels or more, in the questionnaire's order."`
	Few        int                  `json:"few" doc:"Questions with fewer than seven levels in every round: nothing is said of them." example:"4"`
	Separating int                  `json:"separating" doc:"The other questions." example:"91"`
}

type v1Unseparating struct {
	Question catalogue.QuestionKey `json:"question" example:"henvise.ansvar"`
	Rounds   []v1Alike             `json:"rounds" doc:"Those with seven levels or more, newest first."`
}

type v1Alike struct {
	Round assessment.RoundID `json:"round" example:"vestfold-telemark-var-2026"`
	Level int                `json:"level" doc:"The most common." example:"3"`
	Same  int                `json:"same" doc:"How many municipalities are at it." example:"8"`
	Given int                `json:"given" doc:"How many gave a level. Not applicable is none." example:"8"`
}

type separationInput struct {
	Region    org.RegionID  `path:"region" doc:"The region." example:"vestfold-telemark"`
	Catalogue catalogue.Key `query:"catalogue" doc:"The questionnaire; the newest in use unless given." example:"helhetlig-tjenestemodell-1"`
}

type separationOutput struct{ Body v1Separation }

// v1SeparationEverywhere is the same over every region, for who owns the questionnaires: no round, no level and no municipality.
type v1SeparationEverywhere struct {
	Catalogue  catalogue.Key            `json:"catalogue" example:"helhetlig-tjenestemodell-1"`
	Never      []v1UnseparatingAnywhere `json:"never" doc:"Questions where at least 95 in 100 of the levels are the same in every region's every round with seven levels or more, of its latest five, in the questionnaire's order."`
	Few        int                      `json:"few" doc:"Questions with fewer than seven levels in every round: nothing is said of them." example:"4"`
	Separating int                      `json:"separating" doc:"The other questions." example:"91"`
}

type v1UnseparatingAnywhere struct {
	Question catalogue.QuestionKey `json:"question" example:"henvise.ansvar"`
	Rounds   int                   `json:"rounds" doc:"How many rounds had seven levels or more." example:"12"`
}

type separationEverywhereInput struct {
	Catalogue catalogue.Key `query:"catalogue" doc:"The questionnaire; the newest in use unless given." example:"helhetlig-tjenestemodell-1"`
}

type separationEverywhereOutput struct{ Body v1SeparationEverywhere }

// separated is the questionnaire that was asked for, the newest in use unless one was.
func (v *v1) separated(k catalogue.Key) (*catalogue.Catalogue, error) {
	if model := v.newestCatalogue((*catalogue.Catalogue).Published); k == "" && model != nil {
		return model, nil
	}
	return v.Assessments.Catalogue(k)
}

func (v *v1) separation() {
	add(v, operation{
		ID: "list-unseparating-questions", Method: http.MethodGet, Path: "/regions/{region}/questions", Tag: "Rounds", Summary: "Questions that never separate anyone",
		About: "For the regional lead, who sees the levels by name anyway.", Fails: []fault.Code{fault.Forbidden, fault.NotFound},
		Example: v1Separation{"helhetlig-tjenestemodell-1", []assessment.RoundID{"vestfold-telemark-var-2026"},
			[]v1Unseparating{{"henvise.ansvar", []v1Alike{{"vestfold-telemark-var-2026", 3, 8, 8}}}}, 4, 91},
	}, func(ctx context.Context, r *request, in *separationInput) (*separationOutput, error) {
		if !org.MaySeeSeparation(r.Actor, in.Region) {
			return nil, fault.New(fault.Forbidden, "api.separation", "error.forbidden")
		}
		model, err := v.separated(in.Catalogue)
		if err != nil {
			return nil, err
		}
		region, err := v.Regions.Get(ctx, in.Region)
		if err != nil {
			return nil, err
		}
		found, err := v.Assessments.Separation(ctx, r.Actor, region, model)
		if err != nil {
			return nil, err
		}
		out := v1Separation{model.Key(), []assessment.RoundID{}, []v1Unseparating{}, found.Few, found.Rest}
		for _, round := range found.Rounds {
			out.Rounds = append(out.Rounds, round.Round)
		}
		for _, q := range found.Never {
			line := v1Unseparating{Question: q.Question}
			for _, a := range q.Rounds {
				line.Rounds = append(line.Rounds, v1Alike{a.Round, a.Level, a.Same, a.Given})
			}
			out.Never = append(out.Never, line)
		}
		return &separationOutput{out}, nil
	})
	add(v, operation{
		ID: "list-unseparating-questions-everywhere", Method: http.MethodGet, Path: "/questions", Tag: "Rounds", Summary: "Questions that never separate anyone, in any region",
		About: "For the administrator, who owns the questionnaires and has no role in a municipality or a region. It tells no level.", Fails: []fault.Code{fault.Forbidden, fault.NotFound},
		Example: v1SeparationEverywhere{"helhetlig-tjenestemodell-1", []v1UnseparatingAnywhere{{"henvise.ansvar", 12}}, 4, 91},
	}, func(ctx context.Context, r *request, in *separationEverywhereInput) (*separationEverywhereOutput, error) {
		if !org.MaySeeSeparationEverywhere(r.Actor) {
			return nil, fault.New(fault.Forbidden, "api.separation", "error.forbidden")
		}
		model, err := v.separated(in.Catalogue)
		if err != nil {
			return nil, err
		}
		found, err := v.unseparating(ctx, r.Actor, model)
		if err != nil {
			return nil, err
		}
		out := v1SeparationEverywhere{model.Key(), []v1UnseparatingAnywhere{}, found.Few, found.Rest}
		for _, q := range found.Never {
			out.Never = append(out.Never, v1UnseparatingAnywhere{q.Question, len(q.Rounds)})
		}
		return &separationEverywhereOutput{out}, nil
	})
}
