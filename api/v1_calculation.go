package api

import (
	"context"
	"math/big"
	"net/http"

	"helhet/benefits"
	"helhet/internal/fault"
)

// v1Range is an amount with how little and how much it may be.
type v1Range struct {
	Low   benefits.Number `json:"low" doc:"How little it may be; the same as value where nothing is uncertain." example:"364"`
	Value benefits.Number `json:"value" example:"520"`
	High  benefits.Number `json:"high" example:"676"`
	Unit  benefits.Unit   `json:"unit" doc:"A benefit's unit, or fte: full-time posts." example:"hours"`
	Per   benefits.Per    `json:"per,omitempty" example:"year"`
}

// v1Percent is a percentage with how low and high it may be.
type v1Percent struct {
	Low   benefits.Number `json:"low" example:"-31.71"`
	Value benefits.Number `json:"value" example:"-24.39"`
	High  benefits.Number `json:"high" example:"-17.07"`
}

type v1Gain struct {
	Change      v1Range    `json:"change" doc:"From the baseline, above nought where it is for the better."`
	Rate        *v1Percent `json:"rate,omitempty" doc:"How the figure itself changed, in percent of the baseline; absent where that is undefined: noRate says why."`
	PerUser     *v1Range   `json:"perUser,omitempty" doc:"The change for each whom the measurement describes; absent where nobody said how many."`
	PerThousand *v1Range   `json:"perThousand,omitempty" doc:"The change for a thousand inhabitants; absent where their number is not known."`
	Year        *v1Range   `json:"year,omitempty" doc:"The change in a year, time in hours; absent for averages and shares."`
	Posts       *v1Range   `json:"posts,omitempty" doc:"Full-time posts, of time."`
	Cost        *v1Range   `json:"cost,omitempty" doc:"Kroner a year: what the time costs, the tasks that were avoided, or the money itself."`
}

type v1Reached struct {
	Low   string `json:"low" example:"52"`
	Value string `json:"value" example:"66"`
	High  string `json:"high" example:"79"`
	Open  bool   `json:"open,omitempty" doc:"How little or much can't be said: the baseline may be as good as the target. Low and high are value then."`
}

type v1Inhabitants struct {
	N      int    `json:"n" example:"48246"`
	Year   int    `json:"year,omitempty" doc:"Absent when not known." example:"2023"`
	Source string `json:"source" example:"Statistisk sentralbyrå"`
}

type v1UsedAssumption struct {
	What   benefits.What         `json:"what" example:"hourly-cost"`
	Of     benefits.IndicatorKey `json:"of,omitempty" doc:"The indicator one of which a cost is of: a shared one, or one of the municipality's own."`
	ID     benefits.AssumptionID `json:"id,omitempty" doc:"Absent where it is the benefit's own." example:"a-4f0c91d27ab35e60"`
	Value  benefits.Number       `json:"value" example:"450"`
	From   benefits.Day          `json:"from" example:"2026-01-01"`
	Source string                `json:"source" example:"The budget for 2026"`
}

type v1MissingAssumption struct {
	What benefits.What         `json:"what" example:"hours-per-fte"`
	Of   benefits.IndicatorKey `json:"of,omitempty"`
	On   benefits.Day          `json:"on" doc:"The day on which none holds." example:"2026-11-20"`
}

// v1Calculation is what a benefit amounts to.
type v1Calculation struct {
	Warnings      []benefits.Warning    `json:"warnings" doc:"What makes it doubtful, as of the benefit itself (get-benefit)."`
	At            benefits.Day          `json:"at" doc:"Assumptions that hold on this day count: the latest measurement's, or today." example:"2026-11-20"`
	Gained        *v1Gain               `json:"gained,omitempty" doc:"By the latest measurement; absent while there is none."`
	Planned       *v1Gain               `json:"planned,omitempty" doc:"By the target; absent while there is none."`
	Reached       *v1Reached            `json:"reached,omitempty" doc:"Whole percent of what was planned, rounded towards nought; absent while nothing is measured, or where nothing for the better was planned."`
	NoRate        benefits.NoRate       `json:"noRate,omitempty" doc:"Why there is no percentage: baseline-zero, or baseline-around-zero where an uncertain baseline may be nought."`
	NoRateText    string                `json:"noRateText,omitempty" doc:"The same in words."`
	People        int                   `json:"people,omitempty" doc:"How many the measurement describes." example:"18"`
	Few           bool                  `json:"few,omitempty" doc:"Fewer than five: it never leaves the municipality."`
	Inhabitants   *v1Inhabitants        `json:"inhabitants,omitempty"`
	WeeksPerYear  int                   `json:"weeksPerYear" example:"52"`
	MonthsPerYear int                   `json:"monthsPerYear" example:"12"`
	Used          []v1UsedAssumption    `json:"used" doc:"The assumptions it rests on."`
	Wanted        []v1MissingAssumption `json:"wanted" doc:"Those that are missing."`
}

type calculationOutput struct{ Body v1Calculation }

func (v *v1) addCalculation() {
	year := v1Range{"364", "520", "676", benefits.Hours, benefits.Year}
	example := v1Calculation{Warnings: []benefits.Warning{benefits.BaselineLate}, At: "2026-11-20", Gained: &v1Gain{Change: v1Range{"7", "10", "13", benefits.Hours, benefits.Week}, Rate: &v1Percent{"-31.71", "-24.39", "-17.07"}, Year: &year,
		Posts: &v1Range{"0.214118", "0.305882", "0.397647", benefits.FTE, ""}}, WeeksPerYear: benefits.WeeksPerYear, MonthsPerYear: benefits.MonthsPerYear,
		Used: []v1UsedAssumption{{What: benefits.HoursPerFTE, ID: "a-4f0c91d27ab35e60", Value: "1700", From: "2026-01-01", Source: "The agreement on working hours"}}, Wanted: []v1MissingAssumption{{What: benefits.HourlyCost, On: "2026-11-20"}}}
	add(v, operation{
		ID: "get-calculation", Method: http.MethodGet, Path: "/municipalities/{municipality}/benefits/{benefit}/calculation", Tag: "Benefits", Summary: "What a benefit amounts to",
		About: "404 for everybody outside its municipality. What rests on a figure of fewer than five people is left out unless inside is asked for. Worked out exactly, with ranges by interval arithmetic; kroner and percent are shown with at most two decimals, everything else with six.", Fails: []fault.Code{fault.NotFound}, Example: example,
	}, func(ctx context.Context, r *request, in *measurementsInput) (*calculationOutput, error) {
		b, err := v.benefitIn(ctx, r, &in.BenefitPath)
		if err != nil {
			return nil, err
		}
		c, err := v.Benefits.Calculation(ctx, r.Actor, b, v.inhabitants(b.Municipality))
		if err != nil {
			return nil, err
		}
		out := v1Calculation{Warnings: append([]benefits.Warning{}, b.Warnings()...), At: c.At, Gained: gainStateOf(c.Gained), Planned: gainStateOf(c.Planned), NoRate: c.NoRate, People: c.People, Few: c.Few,
			WeeksPerYear: benefits.WeeksPerYear, MonthsPerYear: benefits.MonthsPerYear, Used: []v1UsedAssumption{}, Wanted: []v1MissingAssumption{}}
		withheld := c.Few && !in.Inside
		if withheld {
			out.Gained, out.People = nil, 0
		}
		if out.NoRate != "" {
			out.NoRateText = r.Text.Within("calculation.no-rate", c.NoRate)
		}
		if x, ok := b.Reached(); ok && !withheld {
			out.Reached = &v1Reached{x.Low.Percent().String(), x.Part.Percent().String(), x.High.Percent().String(), x.Open}
		}
		if c.Inhabitants.N > 0 {
			out.Inhabitants = &v1Inhabitants{c.Inhabitants.N, c.Inhabitants.Year, "Statistisk sentralbyrå"}
		}
		for _, u := range c.Used {
			out.Used = append(out.Used, v1UsedAssumption(u))
		}
		for _, w := range c.Wanted {
			out.Wanted = append(out.Wanted, v1MissingAssumption{w.What, w.Of, c.At})
		}
		return &calculationOutput{out}, nil
	})
}

func gainStateOf(g *benefits.Gain) *v1Gain {
	if g == nil {
		return nil
	}
	out := &v1Gain{Change: *rangeStateOf(&g.Change), PerUser: rangeStateOf(g.PerUser), PerThousand: rangeStateOf(g.PerThousand), Year: rangeStateOf(g.Year), Posts: rangeStateOf(g.Posts), Cost: rangeStateOf(g.Cost)}
	if g.Rate != nil {
		percent := func(x *big.Rat) benefits.Number { return benefits.Percent(x, 2) }
		out.Rate = &v1Percent{percent(g.Rate.Low), percent(g.Rate.Value), percent(g.Rate.High)}
	}
	return out
}

func rangeStateOf(r *benefits.Range) *v1Range {
	if r == nil {
		return nil
	}
	places := 6
	if r.Value.Unit() == benefits.NOK {
		places = 2
	}
	return &v1Range{r.Low.Rounded(places), r.Value.Rounded(places), r.High.Rounded(places), r.Value.Unit(), r.Value.Per()}
}
