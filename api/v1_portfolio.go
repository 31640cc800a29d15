package api

import (
	"context"
	"net/http"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/org"
)

// v1Portfolio is a municipality's benefits together.
type v1Portfolio struct {
	Benefits   int             `json:"benefits" doc:"How many there are." example:"9"`
	Planned    int             `json:"planned" doc:"How many of them are planned or further, with a target." example:"7"`
	Measured   int             `json:"measured" doc:"How many of those are measured." example:"5"`
	Late       int             `json:"baselineLate" doc:"How many of all have a baseline that was measured when the measures had effect already." example:"1"`
	Alike      int             `json:"alike" doc:"How many of all may count the same thing as another." example:"2"`
	Parts      int             `json:"parts" doc:"How many of all are a part of another, and don't count by themselves where that counts." example:"1"`
	Types      []v1Standings   `json:"types"`
	Areas      []v1Standings   `json:"areas" doc:"A benefit of two areas counts in both. Of no task: an empty key."`
	Tasks      []v1Standings   `json:"tasks" doc:"Those that have benefits. A benefit of two tasks counts in both."`
	Uses       []v1Use         `json:"uses" doc:"How gains are used: of all, then of each type that has benefits which are planned or further."`
	Indicators []v1Development `json:"indicators" doc:"Indicators that add: shared ones in the catalogue's order, then the municipality's own (list-own-indicators)."`
}

// v1Standings are benefits by status.
type v1Standings struct {
	Of       string                  `json:"of" doc:"A type, an area or a task." example:"saved-time"`
	Statuses map[benefits.Status]int `json:"statuses" doc:"How many have each status."`
}

// v1Use is how gains are used.
type v1Use struct {
	Type      benefits.Type   `json:"type,omitempty" doc:"Absent for all of them." example:"saved-time"`
	Benefits  int             `json:"benefits" doc:"How many are planned or further." example:"7"`
	Undecided int             `json:"undecided" doc:"How many are measured, with nothing decided." example:"2"`
	Decided   int             `json:"decided" doc:"How many of them have decided how the gain is used. The percentages are the mean of these; each weighs the same." example:"3"`
	BudgetCut benefits.Number `json:"budgetCut,omitempty" doc:"Absent, as the others, where nothing is decided." example:"6.7"`
	Capacity  benefits.Number `json:"capacity,omitempty" example:"33.3"`
	Quality   benefits.Number `json:"quality,omitempty" example:"43.3"`
	Other     benefits.Number `json:"other,omitempty" example:"16.7"`
}

// v1Development is what was planned and measured on an indicator.
type v1Development struct {
	Indicator benefits.IndicatorKey `json:"indicator" example:"driving-hours"`
	Unit      benefits.Unit         `json:"unit" example:"hours"`
	Per       benefits.Per          `json:"per,omitempty" example:"week"`
	Late      int                   `json:"baselineLate" doc:"How many of those counted have a baseline that was measured when the measures had effect already." example:"1"`
	Alike     int                   `json:"alike" doc:"How many of those counted may count the same thing as another." example:"2"`
	Steps     []v1DevelopmentStep   `json:"steps" doc:"The end of each quarter, and today. At most 40 before today and 8 after."`
}

// v1DevelopmentStep is how the sums stand on a day.
type v1DevelopmentStep struct {
	Day      benefits.Day    `json:"day" example:"2026-09-30"`
	Planned  int             `json:"planned" doc:"How many benefits have a plan." example:"5"`
	Measured int             `json:"measured" doc:"How many of them were measured by then." example:"3"`
	Plan     benefits.Number `json:"plan" doc:"The change that is planned to have come by then, positive for the better." example:"120.5"`
	Awaited  benefits.Number `json:"awaited,omitempty" doc:"The same, of those measured. Absent while none is." example:"80"`
	Realised benefits.Number `json:"realised,omitempty" doc:"The change that was measured last by then, planned or not." example:"52"`
	Low      benefits.Number `json:"low,omitempty" doc:"The least that it can be." example:"45"`
	High     benefits.Number `json:"high,omitempty" doc:"The most that it can be." example:"60.5"`

	Unplanned int             `json:"unplanned" doc:"How many effects that nobody had planned were measured by then." example:"1"`
	Apart     benefits.Number `json:"apart,omitempty" doc:"What of realised nobody had planned, below nought for the worse. Absent where there is none." example:"-4"`
}

type portfolioInput struct {
	MunicipalityPath
	Inside bool `query:"inside" doc:"The answer stays inside the municipality: figures that describe fewer than five people count in it too."`
}

type portfolioOutput struct{ Body v1Portfolio }

// v1Maturity is levels beside what benefits have reached.
type v1Maturity struct {
	Association string   `json:"association" doc:"What it is, and what it is not." example:"association, not effect"`
	Lag         int      `json:"lag" doc:"How many months after a round closed the benefits are looked at." example:"12"`
	Pairs       []v1Pair `json:"pairs" doc:"Each area in each published round."`
}

// v1Pair is an area's level in a round and what its benefits had reached.
type v1Pair struct {
	Area     catalogue.AreaKey  `json:"area" example:"support"`
	Round    assessment.RoundID `json:"round" example:"vestfold-telemark-var-2026"`
	ClosedAt time.Time          `json:"closedAt"`
	Level    *float64           `json:"level" doc:"On the questionnaire's scale, with three decimals; null where there is none that may be compared." example:"2.417"`
	On       benefits.Day       `json:"on" doc:"The day that the benefits are looked at." example:"2027-05-29"`
	Benefits int                `json:"benefits" doc:"How many of the area's benefits have a plan." example:"3"`
	Measured int                `json:"measured" doc:"How many of them were measured by that day; nought while it has not come." example:"2"`
	Late     int                `json:"baselineLate" doc:"How many of those measured have a baseline that was measured when the measures had effect already." example:"1"`
	Alike    int                `json:"alike" doc:"How many of those measured may count the same thing as another of them." example:"2"`
	Reached  benefits.Number    `json:"reached,omitempty" doc:"The mean of what each has reached of its own plan, in percent. Absent where none is measured." example:"48.5"`
	Low      benefits.Number    `json:"low,omitempty" doc:"The least that it can be. Absent where nothing bounds it." example:"40"`
	High     benefits.Number    `json:"high,omitempty" doc:"The most that it can be." example:"55.5"`
}

type maturityInput struct {
	MunicipalityPath
	Lag    string `query:"lag" enum:"0,6,12,18" default:"0" doc:"Months: 0, 6, 12 or 18."`
	Inside bool   `query:"inside" doc:"The answer stays inside the municipality: figures that describe fewer than five people count in it too."`
}

type maturityOutput struct{ Body v1Maturity }

// association is what levels and benefits beside each other are, in the words that stand wherever they do.
const association = "association, not effect"

func (v *v1) benefitPortfolio() {
	level := 2.417
	add(v, operation{
		ID: "get-benefit-portfolio", Method: http.MethodGet, Path: "/municipalities/{municipality}/benefit-portfolio", Tag: "Benefits", Summary: "A municipality's benefits together",
		About: "For its own people. Counts by type, area and task, how gains are used, and what was planned and measured quarter by quarter on each indicator that is shared. Amounts are added on the same indicator only.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound},
		Example: v1Portfolio{9, 7, 5, 1, 2, 1, []v1Standings{{"saved-time", map[benefits.Status]int{benefits.Measuring: 4}}}, []v1Standings{{"support", map[benefits.Status]int{benefits.Planned: 1}}}, []v1Standings{{"lager", map[benefits.Status]int{benefits.Planned: 1}}},
			[]v1Use{{"", 7, 2, 3, "6.7", "33.3", "43.3", "16.7"}}, []v1Development{{"driving-hours", benefits.Hours, benefits.Week, 1, 2, []v1DevelopmentStep{{"2026-09-30", 5, 3, "120.5", "80", "52", "45", "60.5", 1, "-4"}}}}},
	}, func(ctx context.Context, r *request, in *portfolioInput) (*portfolioOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		all, err := v.Benefits.All(ctx, r.Actor, m.ID)
		if err != nil {
			return nil, err
		}
		p, known, err := v.portfolioOf(ctx, r, m.ID, all, v.newestCatalogue((*catalogue.Catalogue).Published), in.Inside)
		if err != nil {
			return nil, err
		}
		return &portfolioOutput{portfolioAnswer(p, known)}, nil
	})
	add(v, operation{
		ID: "get-benefit-maturity", Method: http.MethodGet, Path: "/municipalities/{municipality}/benefit-maturity", Tag: "Benefits", Summary: "Levels beside what benefits have reached",
		About:   "For its own people, of its own levels and benefits alone. Association, not effect: what comes after a level need not come of it. 404 before its region's first publication.",
		Fails:   []fault.Code{fault.Forbidden, fault.NotFound},
		Example: v1Maturity{association, 12, []v1Pair{{"support", "vestfold-telemark-var-2026", time.Date(2026, 5, 29, 22, 0, 0, 0, time.UTC), &level, "2027-05-30", 3, 2, 1, 2, "48.5", "40", "55.5"}}},
	}, func(ctx context.Context, r *request, in *maturityInput) (*maturityOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		if !org.MayReadBenefits(r.Actor, m.ID) {
			return nil, fault.New(fault.Forbidden, "api.maturity", "error.forbidden")
		}
		found, err := v.maturityOf(ctx, r, m.ID, lagOf(in.Lag), in.Inside)
		if err != nil {
			return nil, err
		}
		out := &maturityOutput{v1Maturity{association, found.Lag, []v1Pair{}}}
		for _, a := range found.Areas {
			for i, p := range a.Pairs {
				x := v1Pair{Area: a.Area.Key, Round: found.Rounds[i].ID, ClosedAt: found.Rounds[i].ClosedAt, On: p.On, Benefits: p.Gain.Benefits, Measured: p.Gain.Measured, Late: p.Gain.Late, Alike: p.Gain.Alike, Reached: p.Gain.Part, Low: p.Gain.Low, High: p.Gain.High}
				if n, ok := p.Level.Thousandths(); ok {
					level := float64(n) / 1000
					x.Level = &level
				}
				out.Body.Pairs = append(out.Body.Pairs, x)
			}
		}
		return out, nil
	})
}

func portfolioAnswer(p benefits.Portfolio, known *benefits.Indicators) v1Portfolio {
	standings := func(all []benefits.Standings) []v1Standings {
		out := []v1Standings{}
		for _, x := range all {
			out = append(out, v1Standings{x.Of, x.Counts})
		}
		return out
	}
	out := v1Portfolio{Benefits: p.Benefits, Planned: p.WithPlan, Measured: p.Measured, Late: p.Late, Alike: p.Alike, Parts: p.Parts, Types: standings(p.Types), Areas: standings(p.Areas), Tasks: standings(p.Tasks), Uses: []v1Use{}, Indicators: []v1Development{}}
	for _, u := range p.Uses {
		out.Uses = append(out.Uses, v1Use{u.Of, u.Benefits, u.Undecided, u.Decided, u.BudgetCut, u.Capacity, u.Quality, u.Other})
	}
	for _, d := range p.Indicators {
		i, _ := known.Find(d.Indicator)
		x := v1Development{d.Indicator, i.Unit, i.Per, d.Late, d.Alike, []v1DevelopmentStep{}}
		for _, s := range d.Steps {
			step := v1DevelopmentStep{Day: s.Day, Planned: s.Planned.Benefits, Plan: benefits.NumberOf(s.Plan)}
			if !s.Ahead && s.Measured.Benefits > 0 {
				step.Measured, step.Awaited = s.Measured.Benefits, benefits.NumberOf(s.Awaited)
			}
			if !s.Ahead && s.Figures.Benefits > 0 {
				step.Realised, step.Low, step.High = benefits.NumberOf(s.Realised), benefits.NumberOf(s.Low), benefits.NumberOf(s.High)
				if step.Unplanned = s.Unplanned.Benefits; step.Unplanned > 0 {
					step.Apart = benefits.NumberOf(s.Apart)
				}
			}
			x.Steps = append(x.Steps, step)
		}
		out.Indicators = append(out.Indicators, x)
	}
	return out
}
