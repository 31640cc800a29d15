package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// v1Results is what is published of a round.
type v1Results struct {
	Round          assessment.RoundID    `json:"round" example:"vestfold-telemark-var-2026"`
	Name           string                `json:"name" example:"Vår 2026"`
	Region         org.RegionID          `json:"region" example:"vestfold-telemark"`
	Catalogue      catalogue.Key         `json:"catalogue" example:"helhetlig-tjenestemodell-1"`
	Publication    assessment.Hash       `json:"publication" doc:"Name it with every figure."`
	Erratum        bool                  `json:"erratum" doc:"Whether it corrects an earlier publication."`
	ClosedAt       time.Time             `json:"closedAt"`
	Spread         v1Spreads             `json:"spread" doc:"How the region's comparable figures lie."`
	Municipalities []v1MunicipalityScore `json:"municipalities" doc:"In Norwegian order of name. Only those that stand by name for this reader."`
	Withheld       int                   `json:"withheld" doc:"How many take part and do not stand by name for this reader."`
	Next           string                `json:"next,omitempty" doc:"Send it as after to go on; absent at the end."`
}

// v1MunicipalityScore is one municipality's figures, those of areas, dimensions and tasks by key.
type v1MunicipalityScore struct {
	Municipality org.MunicipalityID  `json:"municipality" example:"larvik"`
	Number       org.Number          `json:"number" doc:"The one it had when the round opened." example:"3909"`
	Name         string              `json:"name" example:"Larvik"`
	HandedIn     bool                `json:"handedIn" doc:"Without it everything is missing, which is not zero."`
	Publication  assessment.Hash     `json:"publication"`
	Whole        v1Figure            `json:"whole"`
	Areas        map[string]v1Figure `json:"areas"`
	Dimensions   map[string]v1Figure `json:"dimensions"`
	Tasks        map[string]v1Figure `json:"tasks"`
}

// v1Figure is one mean with its coverage.
type v1Figure struct {
	Score      v1Mean              `json:"score" doc:"Null where there is none, or too few answers behind it."`
	Answered   int                 `json:"answered" doc:"Questions with a level."`
	Applicable int                 `json:"applicable" doc:"Questions that apply. Coverage is answered of applicable."`
	Standing   assessment.Standing `json:"standing" enum:"not-in-round,not-applicable,missing,too-few,not-compared,comparable" doc:"What it may be used for: under half of the questions answered is too-few, under four fifths not-compared."`
}

// v1Spreads holds a spread per part of the model, by key.
type v1Spreads struct {
	Whole      v1Spread            `json:"whole"`
	Areas      map[string]v1Spread `json:"areas"`
	Dimensions map[string]v1Spread `json:"dimensions"`
	Tasks      map[string]v1Spread `json:"tasks"`
}

// v1Spread is how comparable figures lie.
type v1Spread struct {
	Median   v1Mean `json:"median"`
	Q1       v1Mean `json:"q1" doc:"Quartile of type 7."`
	Q3       v1Mean `json:"q3"`
	N        int    `json:"n" doc:"How many municipalities are behind it."`
	Withheld string `json:"withheld,omitempty" enum:"median,quartiles" doc:"What is null because few are behind it: median (and quartiles) under 3 besides the reader's own, and while 1 or 2 of them do not stand by name for the reader; quartiles under 7."`
}

type resultsInput struct {
	Round assessment.RoundID `path:"round" doc:"The round." example:"vestfold-telemark-var-2026"`
	Limit int                `query:"limit" minimum:"1" maximum:"100" default:"25" doc:"At most so many municipalities."`
	After string             `query:"after" doc:"Goes on after this municipality: what next said."`
}

func (v *v1) results() {
	figure := v1Figure{2417, 96, 96, assessment.Comparable}
	spread := v1Spread{Median: 2417, Q1: 2000, Q3: 3125, N: 8}
	addKept(v, operation{
		ID: "get-results", Method: http.MethodGet, Path: "/rounds/{round}/results", Tag: "Results", Summary: "A published round's figures",
		About: "The whole is the mean of its tasks. Each municipality's consent, and the rule for few municipalities, are applied to whoever reads.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict},
		Example: v1Results{Round: "vestfold-telemark-var-2026", Name: "Vår 2026", Region: "vestfold-telemark", Catalogue: "helhetlig-tjenestemodell-1",
			Publication: exampleHash, ClosedAt: time.Date(2026, 5, 15, 13, 0, 0, 0, time.UTC),
			Spread: v1Spreads{spread, map[string]v1Spread{"support": spread}, map[string]v1Spread{"ansvar": spread}, map[string]v1Spread{"henvise": spread}},
			Municipalities: []v1MunicipalityScore{{Municipality: "larvik", Number: "3909", Name: "Larvik", HandedIn: true, Publication: exampleHash,
				Whole: figure, Areas: map[string]v1Figure{"support": figure}, Dimensions: map[string]v1Figure{"ansvar": figure}, Tasks: map[string]v1Figure{"henvise": figure}}}},
	}, func(ctx context.Context, r *request, in *resultsInput) (read keptAnswer[v1Results], err error) {
		round, err := v.Assessments.PublishedRound(ctx, r.Actor, in.Round)
		if err != nil {
			return read, err
		}
		results, err := v.Assessments.Results(ctx, r.Actor, round.Publication())
		if err != nil {
			return read, err
		}
		region, err := v.Regions.Get(ctx, round.Region)
		if err != nil {
			return read, err
		}
		return keptAnswer[v1Results]{[]store.Revision{round.Revision, results.Revision, region.Revision}, func() (v1Results, error) {
			named := namedFor(r.Actor, region)
			out := v1Results{Round: round.ID, Name: round.Name, Region: round.Region, Catalogue: round.Catalogue, Publication: results.Publication,
				Erratum: len(round.Publications) > 1, ClosedAt: round.ClosesAt, Spread: spreadsOf(results, insightOf(r.Actor, named, results.Municipalities)), Municipalities: []v1MunicipalityScore{}}
			err := out.fill(results, named, in.Limit, in.After)
			return out, err
		}}, nil
	})
}

// fill adds the municipalities of one page.
func (b *v1Results) fill(res *assessment.Results, named func(org.MunicipalityID) bool, limit int, after string) error {
	from := 0
	if after != "" {
		if from = res.Row(org.MunicipalityID(after)) + 1; from == 0 {
			return fault.New(fault.Malformed, "api.results", "error.cursor")
		}
	}
	for row, p := range res.Municipalities {
		if !named(p.Municipality) {
			b.Withheld++
			continue
		}
		if row < from || b.Next != "" {
			continue
		}
		if len(b.Municipalities) == limit {
			b.Next = string(b.Municipalities[limit-1].Municipality)
			continue
		}
		m := v1MunicipalityScore{Municipality: p.Municipality, Number: p.Number, Name: p.Name, HandedIn: res.HandedIn[row], Publication: res.Publication,
			Areas: map[string]v1Figure{}, Dimensions: map[string]v1Figure{}, Tasks: map[string]v1Figure{}}
		for _, sel := range res.Selections {
			f, standing := res.Figure(row, sel)
			figure := v1Figure{meanOf(f, standing == assessment.Comparable || standing == assessment.NotCompared), f.Answered, f.Applicable, standing}
			switch kind, key, _ := strings.Cut(string(sel), "/"); kind {
			case "whole":
				m.Whole = figure
			case "area":
				m.Areas[key] = figure
			case "dimension":
				m.Dimensions[key] = figure
			case "task":
				m.Tasks[key] = figure
			}
		}
		b.Municipalities = append(b.Municipalities, m)
	}
	return nil
}

func spreadsOf(res *assessment.Results, in insight) v1Spreads {
	out := v1Spreads{Areas: map[string]v1Spread{}, Dimensions: map[string]v1Spread{}, Tasks: map[string]v1Spread{}}
	for _, sel := range res.Selections {
		spread := spreadOf(res.Spread(sel), in.selection(res, sel))
		switch kind, key, _ := strings.Cut(string(sel), "/"); kind {
		case "whole":
			out.Whole = spread
		case "area":
			out.Areas[key] = spread
		case "dimension":
			out.Dimensions[key] = spread
		case "task":
			out.Tasks[key] = spread
		}
	}
	return out
}

// spreadOf withholds what would tell of few municipalities.
func spreadOf(s assessment.Spread, behind org.Sample) v1Spread {
	out := v1Spread{Median: noMean, Q1: noMean, Q3: noMean, N: s.N}
	switch {
	case !org.MayShowMedian(behind):
		out.Withheld = "median"
		return out
	case !org.MayShowQuartiles(behind):
		out.Withheld = "quartiles"
	default:
		out.Q1, out.Q3 = v1Mean(s.Q1), v1Mean(s.Q3)
	}
	out.Median = v1Mean(s.Median)
	return out
}
