package api

import (
	"context"
	"net/http"
	"time"

	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/org"
)

// v1Deviation is how far a benefit's latest figure is from its plan.
type v1Deviation struct {
	Measurement benefits.MeasurementID `json:"measurement" example:"m-4f0c91d27ab35e60"`
	Day         benefits.Day           `json:"day" doc:"Of the figure; the last of its period." example:"2026-11-20"`
	Value       benefits.Number        `json:"value" example:"39"`
	Planned     benefits.Number        `json:"planned" doc:"For that day: in a straight line from the baseline, when the measures begin to have effect, to the target. Rounded to two decimals." example:"32.5"`
	Gap         benefits.Number        `json:"gap" doc:"Between the two, in the benefit's unit; rounded to two decimals." example:"6.5"`
	Percent     benefits.Number        `json:"percent" doc:"The gap in percent of the change that is planned in all, rounded down. More than 20." example:"35"`
	Direction   string                 `json:"direction" enum:"behind,ahead" doc:"Worse or better than planned."`
	Explained   bool                   `json:"explained" doc:"The explanation was written of this figure as it is."`
}

// deviationOf tells nothing of a figure of few people but inside the municipality.
func deviationOf(b benefits.Benefit, inside bool) *v1Deviation {
	d, ok := b.Deviation()
	if !ok || d.Figure.Few() && !inside {
		return nil
	}
	v := &v1Deviation{d.Figure.ID, d.Figure.To, d.Figure.Value, d.Planned.Rounded(2), d.Gap.Rounded(2), benefits.Number(d.Part.Percent().String()), "ahead", d.Explained}
	if d.Behind {
		v.Direction = "behind"
	}
	return v
}

// v1Explanation is what somebody said of why a benefit came otherwise than planned.
type v1Explanation struct {
	Text        string                 `json:"text" doc:"Empty where what stood was taken away." example:"The coverage came late."`
	Measurement benefits.MeasurementID `json:"measurement,omitempty" doc:"Whose figure it is of; absent while nothing was measured." example:"m-4f0c91d27ab35e60"`
	Day         benefits.Day           `json:"day,omitempty" example:"2026-11-20"`
	Value       benefits.Number        `json:"value,omitempty" doc:"What the figure was then; <5 where it describes fewer than five people." example:"39"`
	By          org.PersonID           `json:"by,omitempty" doc:"Absent, as the time, where it was written before versions were kept." example:"p-4f0c"`
	At          time.Time              `json:"at,omitzero"`
}

type v1Explanations struct {
	Explanations []v1Explanation `json:"explanations" doc:"The first first; the last stands, and is what the benefit's explanation says."`
}

type explanationsOutput struct{ Body v1Explanations }

type v1Explain struct {
	Text        string                 `json:"text" minLength:"1" maxLength:"2000" example:"The coverage came late."`
	Measurement benefits.MeasurementID `json:"measurement,omitempty" doc:"Whose figure is explained; left out: the latest." example:"m-4f0c91d27ab35e60"`
}

type explainInput struct {
	BenefitPath
	ChangeHeader
	ConfirmHeader
	Body v1Explain
}

type undoExplanationInput struct {
	BenefitPath
	ChangeHeader
}

func (v *v1) addExplanations(example v1Benefit) {
	at := time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)
	const path = "/municipalities/{municipality}/benefits/{benefit}/explanation"
	said := v1Explanation{"The coverage came late.", "m-4f0c91d27ab35e60", "2026-11-20", "39", "p-4f0c", at}
	example.Explanation = said.Text
	add(v, operation{
		ID: "list-explanations", Method: http.MethodGet, Path: path, Tag: "Benefits", Summary: "Why a benefit came otherwise than planned",
		About: "All that was said, what was undone too. 404 for everybody outside its municipality.", Fails: []fault.Code{fault.NotFound}, Example: v1Explanations{[]v1Explanation{said}},
	}, func(ctx context.Context, r *request, in *BenefitPath) (*explanationsOutput, error) {
		b, err := v.benefitIn(ctx, r, in)
		if err != nil {
			return nil, err
		}
		out := &explanationsOutput{v1Explanations{[]v1Explanation{}}}
		for _, e := range b.Explanations() {
			said := v1Explanation{e.Text, e.Figure, e.Day, e.Value, e.By, e.At}
			if said.Value != "" && b.FewAt(e.Figure) {
				said.Value = benefits.FewShown
			}
			out.Body.Explanations = append(out.Body.Explanations, said)
		}
		return out, nil
	})
	add(v, operation{
		ID: "explain-benefit", Method: http.MethodPut, Path: path, Tag: "Benefits", Summary: "Say why a benefit came otherwise than planned",
		About: "For coordinators and its owner. It stands until another is sent; what was said before is kept. With If-Match, as save-benefit.", Fails: changeFails, Request: v1Explain{Text: said.Text}, Example: example,
	}, func(ctx context.Context, r *request, in *explainInput) (*benefitOutput, error) {
		if _, err := v.benefitIn(ctx, r, &in.BenefitPath); err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		b, err := v.Benefits.Explain(ctx, r.Actor, benefits.Explain{ID: in.Benefit, Figure: in.Body.Measurement, Text: in.Body.Text, Tag: pre.Tag, Edit: pre.Edit, Confirmed: in.Confirm != ""})
		if err != nil {
			return nil, v.lostBenefit(ctx, err, func(benefits.Lost) any { return in.Body })
		}
		return v.benefitAnswer(ctx, r, b)
	})
	add(v, operation{
		ID: "undo-explanation", Method: http.MethodPost, Path: path + "/undo", Tag: "Benefits", Summary: "Take back the last explanation",
		About: "What stood before stands again. Undone again it stands as before. With If-Match, as save-benefit.", Fails: changeFails, Example: example,
	}, func(ctx context.Context, r *request, in *undoExplanationInput) (*benefitOutput, error) {
		if _, err := v.benefitIn(ctx, r, &in.BenefitPath); err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		b, err := v.Benefits.UndoExplanation(ctx, r.Actor, in.Benefit, pre.Tag, pre.Edit)
		if err != nil {
			return nil, v.lostBenefit(ctx, err, func(benefits.Lost) any { return struct{}{} })
		}
		return v.benefitAnswer(ctx, r, b)
	})
}
