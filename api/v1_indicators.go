package api

import (
	"cmp"
	"context"
	"net/http"

	"helhet/assessment/catalogue"
	"helhet/benefits"
)

// v1Indicator is an indicator of the shared catalogue, in one language.
type v1Indicator struct {
	ID        benefits.IndicatorKey `json:"id" example:"driving-hours"`
	Name      string                `json:"name" example:"Hours driven per week"`
	Types     []benefits.Type       `json:"types" doc:"The types of benefit it is for, the most usual first."`
	Unit      benefits.Unit         `json:"unit" example:"hours"`
	Per       benefits.Per          `json:"per,omitempty" doc:"The time its amounts are for: week, month or year. Absent for averages and for how it is at one time." example:"week"`
	Direction benefits.Direction    `json:"direction" doc:"Which way is better: more or less." example:"less"`
	Adds      bool                  `json:"adds" doc:"Whether figures of several benefits with it may be added up."`
	Measure   string                `json:"measure" doc:"How to measure it."`
	Pitfalls  string                `json:"pitfalls" doc:"What easily makes the figure wrong."`
}

type v1Indicators struct {
	Indicators []v1Indicator `json:"indicators"`
}

type indicatorsInput struct {
	Lang string `query:"lang" enum:"nb,nn,en" doc:"The language of the texts; the reader's own unless given."`
}

type indicatorsOutput struct {
	Language string `header:"Content-Language"`
	Body     v1Indicators
}

func (v *v1) indicators() {
	list := func(lang string) v1Indicators {
		out := v1Indicators{[]v1Indicator{}}
		for _, i := range v.Benefits.Indicators.All() {
			words := v.Benefits.Indicators.In(catalogue.Lang(lang), i.Key)
			out.Indicators = append(out.Indicators, v1Indicator{i.Key, words.Name, i.Types, i.Unit, i.Per, i.Direction, i.Adds, words.Measure, words.Pitfalls})
		}
		return out
	}
	add(v, operation{
		ID: "list-indicators", Method: http.MethodGet, Path: "/indicators", Tag: "Benefits", Summary: "The shared indicators",
		About: "What benefits may be measured by so that those who measure the same can be compared.", Example: v1Indicators{list("en").Indicators[:1]},
	}, func(_ context.Context, r *request, in *indicatorsInput) (*indicatorsOutput, error) {
		lang := cmp.Or(in.Lang, string(r.Text.Lang()))
		return &indicatorsOutput{lang, list(lang)}, nil
	})
}
