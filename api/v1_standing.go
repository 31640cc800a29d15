package api

import (
	"context"
	"net/http"

	"helhet/assessment"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/org"
)

// v1Standing is how the benefits of a region's municipalities stand together.
type v1Standing struct {
	Municipalities int       `json:"municipalities" doc:"How many the region has." example:"8"`
	Sharing        int       `json:"sharing,omitempty" doc:"How many of them have planned benefits on shared indicators. Absent where they are fewer than three." example:"5"`
	Totals         []v1Total `json:"totals" doc:"What is measured, as in get-region-benefit-totals, where that and what was planned for it may be shown: what most municipalities have measured first."`
	Overdue        *v1Behind `json:"overdue,omitempty" doc:"How many benefits should have been measured by now, and in at least how many municipalities: never said to be all of them. Absent where they are fewer than three."`
}

type standingOutput struct{ Body v1Standing }

func (v *v1) benefitStanding() {
	example := v1Standing{8, 5, []v1Total{{Indicator: "driving-hours", Unit: benefits.Hours, Per: benefits.Week, Planned: v1Behind{12, 5}, Measured: v1Behind{8, 4}, Plan: "120.5", Awaited: "80", Realised: "52", Low: "45", High: "60.5", Warnings: []string{}}},
		&v1Behind{6, 3}}
	add(v, operation{
		ID: "get-region-benefit-standing", Method: http.MethodGet, Path: "/regions/{region}/benefit-standing", Tag: "Benefits", Summary: "How a region's benefits stand together",
		About: "For its regional lead: what her first page begins with. No municipality is named, and what fewer than three are behind is withheld.", Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: example,
	}, func(ctx context.Context, r *request, in *regionInput) (*standingOutput, error) {
		if !org.MayCountBenefits(r.Actor, in.Region) {
			return nil, fault.New(fault.Forbidden, "api.standing", "error.forbidden")
		}
		region, err := v.Regions.Get(ctx, in.Region)
		if err != nil {
			return nil, err
		}
		x, err := v.Benefits.RegionStanding(ctx, r.Actor, region, assessment.DayOf(v.Now()))
		if err != nil {
			return nil, err
		}
		totals, err := totalsAnswer(v.Benefits.Indicators, x.Totals, nil)
		if err != nil {
			return nil, err
		}
		out := &standingOutput{v1Standing{Municipalities: x.Members, Sharing: x.Sharing, Totals: totals.Body.Totals}}
		if x.OverdueIn > 0 {
			out.Body.Overdue = &v1Behind{x.Overdue, x.OverdueIn}
		}
		return out, nil
	})
}
