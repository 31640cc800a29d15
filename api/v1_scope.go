package api

import (
	"context"
	"net/http"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"
)

// v1Scope is what a region's next round might cover, and what it is expected to take.
type v1Scope struct {
	Catalogue catalogue.Key     `json:"catalogue" example:"helhetlig-tjenestemodell-1"`
	Whole     v1Estimate        `json:"whole" doc:"What all areas are expected to take a municipality."`
	Suggested v1Estimate        `json:"suggested" doc:"What the suggested areas are."`
	Areas     []v1SuggestedArea `json:"areas" doc:"Those that something speaks for: the most reasons first, then what the meeting is about, then what moved least. Empty when nothing is known."`
	Moved     int               `json:"moved" doc:"Of how many areas it is known how they moved: it takes two published rounds on the same questionnaire, with figures that may be told."`
	Needed    int               `json:"needed" doc:"Of how many areas it may be told that benefits need them: where three municipalities or more have some, and not all are said to."`
}

// v1Estimate is how long something is expected to take a municipality in the middle of the region.
type v1Estimate struct {
	Minutes int `json:"minutes"`
	Guessed int `json:"guessed" doc:"Those of the minutes that no earlier round stands behind: 2 a question."`
}

// v1SuggestedArea is an area with why it is suggested.
type v1SuggestedArea struct {
	Area     catalogue.AreaKey   `json:"area" example:"support"`
	Reasons  []assessment.Ground `json:"reasons" doc:"meeting, moved-least or benefits."`
	Estimate v1Estimate          `json:"estimate"`
	Movement *v1Movement         `json:"movement,omitempty" doc:"Of moved-least."`
	AtLeast  int                 `json:"atLeast,omitempty" doc:"Of benefits: at least how many municipalities have some there that are planned or being measured. Never fewer than three, and never all."`
}

// v1Movement is how the region's median of an area went.
type v1Movement struct {
	From v1RegionalLevel `json:"from"`
	To   v1RegionalLevel `json:"to"`
}

type v1RegionalLevel struct {
	Round assessment.RoundID `json:"round" example:"vestfold-telemark-var-2026"`
	Level v1Mean             `json:"level"`
}

type scopeInput struct {
	Region    org.RegionID        `path:"region" doc:"The region." example:"vestfold-telemark"`
	Catalogue catalogue.Key       `query:"catalogue" doc:"The questionnaire; the newest in use unless given." example:"helhetlig-tjenestemodell-1"`
	Meeting   []catalogue.AreaKey `query:"meeting,explode" maxItems:"100" doc:"An area that the work meeting is about; may be repeated." example:"[\"support\"]"`
}

type scopeOutput struct{ Body v1Scope }

func (v *v1) scope() {
	add(v, operation{
		ID: "suggest-scope", Method: http.MethodGet, Path: "/regions/{region}/scope", Tag: "Rounds", Summary: "What the next round might cover",
		About: "Areas with reasons for them, and what a round is expected to take. It plans nothing. For the regional lead.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound},
		Example: v1Scope{Catalogue: "helhetlig-tjenestemodell-1", Whole: v1Estimate{310, 0}, Suggested: v1Estimate{40, 0}, Moved: 6, Needed: 2,
			Areas: []v1SuggestedArea{{Area: "support", Reasons: []assessment.Ground{assessment.MovedLeast, assessment.ForBenefits}, Estimate: v1Estimate{40, 0},
				Movement: &v1Movement{v1RegionalLevel{"vestfold-telemark-host-2025", 2250}, v1RegionalLevel{"vestfold-telemark-var-2026", 2375}}, AtLeast: 4}}},
	}, func(ctx context.Context, r *request, in *scopeInput) (*scopeOutput, error) {
		if !org.MayRunRounds(r.Actor, in.Region) {
			return nil, fault.New(fault.Forbidden, "api.scope", "error.forbidden")
		}
		model := v.newestCatalogue((*catalogue.Catalogue).Published)
		if in.Catalogue != "" || model == nil {
			var err error
			if model, err = v.Assessments.Catalogue(in.Catalogue); err != nil {
				return nil, err
			}
		}
		for _, k := range in.Meeting {
			if model.Area(k) == nil {
				return nil, fault.New(fault.NotFound, "api.scope", "error.area.unknown", "area", k)
			}
		}
		region, err := v.Regions.Get(ctx, in.Region)
		if err != nil {
			return nil, err
		}
		found, err := v.suggest(ctx, r.Actor, region, model, in.Meeting)
		if err != nil {
			return nil, err
		}
		spent, _, err := v.spent(ctx, r.Actor, in.Region, model)
		if err != nil {
			return nil, err
		}
		estimate := func(areas ...catalogue.AreaKey) v1Estimate {
			return v1Estimate(assessment.EstimateOf(model, tasksOf(model, areas), spent))
		}
		out := v1Scope{Catalogue: model.Key(), Areas: []v1SuggestedArea{}, Moved: found.Moved, Needed: found.Needs}
		var whole, suggested []catalogue.AreaKey
		for _, a := range model.Areas {
			whole = append(whole, a.Key)
		}
		for _, a := range found.Areas {
			suggested = append(suggested, a.Area)
			line := v1SuggestedArea{Area: a.Area, Reasons: a.Grounds, Estimate: estimate(a.Area), AtLeast: a.Needs}
			if m := a.Movement; m.Area != "" {
				line.Movement = &v1Movement{v1RegionalLevel{m.From.Round, v1Mean(m.From.Level)}, v1RegionalLevel{m.To.Round, v1Mean(m.To.Level)}}
			}
			out.Areas = append(out.Areas, line)
		}
		out.Whole, out.Suggested = estimate(whole...), estimate(suggested...)
		return &scopeOutput{out}, nil
	})
}
