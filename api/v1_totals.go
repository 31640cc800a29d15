package api

import (
	"context"
	"net/http"

	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/org"
)

// v1Total is what benefits on one indicator add up to.
type v1Total struct {
	Indicator benefits.IndicatorKey `json:"indicator" example:"driving-hours"`
	Unit      benefits.Unit         `json:"unit" example:"hours"`
	Per       benefits.Per          `json:"per,omitempty" doc:"The time the amounts are for." example:"week"`
	Planned   v1Behind              `json:"planned" doc:"Who has a plan."`
	Measured  v1Behind              `json:"measured" doc:"Who of them was measured."`
	Few       int                   `json:"few" doc:"How many benefits are left out since their figures describe fewer than five people."`
	Plan      benefits.Number       `json:"plan,omitempty" doc:"The change from the baseline that is planned, positive for the better. Absent where it is withheld." example:"120.5"`
	Awaited   benefits.Number       `json:"awaited,omitempty" doc:"The same, of those measured. Absent where nothing was measured, or it is withheld." example:"80"`
	Realised  benefits.Number       `json:"realised,omitempty" doc:"The change that was measured last, planned or not. Absent where nothing was measured, or it is withheld." example:"52"`
	Low       benefits.Number       `json:"low,omitempty" doc:"The least that it can be." example:"45"`
	High      benefits.Number       `json:"high,omitempty" doc:"The most that it can be." example:"60.5"`
	Unplanned v1Behind              `json:"unplanned" doc:"Who had effects that nobody had planned."`
	Apart     benefits.Number       `json:"apart,omitempty" doc:"What of realised nobody had planned, below nought for the worse. Absent where there is none, or it is withheld." example:"-4"`
	ApartLow  benefits.Number       `json:"apartLow,omitempty" example:"-6"`
	ApartHigh benefits.Number       `json:"apartHigh,omitempty" example:"-2.5"`
	Warnings  []string              `json:"warnings" enum:"baseline-late,alike" doc:"What makes the amounts doubtful: baseline-late (some of those with a plan have a baseline that was measured when the measures had effect already), alike (some of what is counted may be counted twice)."`
	Late      *v1Behind             `json:"baselineLate,omitempty" doc:"Of how many that is. Absent where there are none, or fewer than three municipalities besides the reader's own are behind it."`
	Alike     *v1Behind             `json:"alike,omitempty" doc:"The same of those that may be counted twice."`
}

// warningAlike stands beside a sum that may count something twice.
const warningAlike = "alike"

type v1Behind struct {
	Benefits       int `json:"benefits" example:"12"`
	Municipalities int `json:"municipalities" example:"5"`
}

type v1Totals struct {
	Totals []v1Total `json:"totals" doc:"In the order of the shared indicators, then a municipality's own, which are told to itself alone; those that nobody has planned anything on are left out."`
}

type totalsOutput struct{ Body v1Totals }

type municipalityTotalsInput struct {
	MunicipalityPath
	Inside bool `query:"inside" doc:"The answer stays inside the municipality: figures that describe fewer than five people count in it too."`
}

func (v *v1) benefitTotals() {
	example := v1Totals{[]v1Total{{"driving-hours", benefits.Hours, benefits.Week, v1Behind{12, 5}, v1Behind{8, 4}, 1, "120.5", "80", "52", "45", "60.5", v1Behind{3, 3}, "-4", "-6", "-2.5", []string{string(benefits.BaselineLate)}, &v1Behind{4, 3}, nil}}}
	const withheld = "Exact sums of the change from the baseline, named by no municipality. A sum that fewer than three municipalities besides the reader's own are behind is withheld."
	add(v, operation{
		ID: "get-benefit-totals", Method: http.MethodGet, Path: "/municipalities/{municipality}/benefit-totals", Tag: "Benefits", Summary: "What a municipality's benefits add up to",
		About: "For its own people. What describes fewer than five people is left out and counted, unless inside says otherwise.", Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: example,
	}, func(ctx context.Context, r *request, in *municipalityTotalsInput) (*totalsOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		totals, err := v.Benefits.Totals(ctx, r.Actor, m.ID, in.Inside)
		if err != nil {
			return nil, err
		}
		var keys []benefits.IndicatorKey
		for _, t := range totals {
			keys = append(keys, t.Indicator)
		}
		known, err := v.Benefits.KnownFor(ctx, r.Actor, m.ID, keys...)
		return totalsAnswer(known, totals, err)
	})
	add(v, operation{
		ID: "get-region-benefit-totals", Method: http.MethodGet, Path: "/regions/{region}/benefit-totals", Tag: "Benefits", Summary: "What a region's benefits add up to",
		About: withheld, Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: example,
	}, func(ctx context.Context, r *request, in *regionInput) (*totalsOutput, error) {
		if !org.MayReadResults(r.Actor, in.Region) {
			return nil, fault.New(fault.Forbidden, "api.totals", "error.forbidden")
		}
		region, err := v.Regions.Get(ctx, in.Region)
		if err != nil {
			return nil, err
		}
		totals, err := v.Benefits.RegionTotals(ctx, r.Actor, region)
		return totalsAnswer(v.Benefits.Indicators, totals, err)
	})
	add(v, operation{
		ID: "get-national-benefit-totals", Method: http.MethodGet, Path: "/benefit-totals", Tag: "Benefits", Summary: "What all municipalities' benefits add up to",
		About: withheld + " The country's are of the regions' sums that may be shown, so that none of the others can be worked out of it.", Fails: []fault.Code{fault.Forbidden}, Example: example,
	}, func(ctx context.Context, r *request, _ *struct{}) (*totalsOutput, error) {
		totals, err := v.Benefits.NationalTotals(ctx, r.Actor)
		return totalsAnswer(v.Benefits.Indicators, totals, err)
	})
}

func totalsAnswer(known *benefits.Indicators, totals []benefits.Total, err error) (*totalsOutput, error) {
	if err != nil {
		return nil, err
	}
	out := &totalsOutput{v1Totals{[]v1Total{}}}
	for _, t := range totals {
		i, _ := known.Find(t.Indicator)
		line := v1Total{Warnings: []string{}, Indicator: t.Indicator, Unit: i.Unit, Per: i.Per, Planned: v1Behind{t.Planned.Benefits, t.Planned.Municipalities},
			Measured: v1Behind{t.Measured.Benefits, t.Measured.Municipalities}, Few: t.Few}
		if t.ShowPlan {
			line.Plan = benefits.NumberOf(t.Plan)
		}
		if t.ShowAwaited && t.Measured.Benefits > 0 {
			line.Awaited = benefits.NumberOf(t.Awaited)
		}
		if t.AnyLate {
			line.Warnings = append(line.Warnings, string(benefits.BaselineLate))
		}
		if t.AnyAlike {
			line.Warnings = append(line.Warnings, warningAlike)
		}
		if t.AnyLate && t.ShowLate {
			line.Late = &v1Behind{t.Late.Benefits, t.Late.Municipalities}
		}
		if t.AnyAlike && t.ShowAlike {
			line.Alike = &v1Behind{t.Alike.Benefits, t.Alike.Municipalities}
		}
		line.Unplanned = v1Behind{t.Unplanned.Benefits, t.Unplanned.Municipalities}
		if t.ShowApart && t.Unplanned.Benefits > 0 {
			line.Apart, line.ApartLow, line.ApartHigh = benefits.NumberOf(t.Apart), benefits.NumberOf(t.ApartLow), benefits.NumberOf(t.ApartHigh)
		}
		if t.ShowRealised && t.Figures.Benefits > 0 {
			line.Realised = benefits.NumberOf(t.Realised)
			line.Low, line.High = benefits.NumberOf(t.Low), benefits.NumberOf(t.High)
		}
		out.Body.Totals = append(out.Body.Totals, line)
	}
	return out, nil
}
