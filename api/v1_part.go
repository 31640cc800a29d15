package api

import (
	"context"
	"net/http"

	"helhet/benefits"
)

type v1Whole struct {
	Whole benefits.ID `json:"whole" doc:"The benefit that it is a part of; empty is none." example:"b-91d24f0c7ab35e60"`
}

type joinInput struct {
	BenefitPath
	ChangeHeader
	Body v1Whole
}

type v1Different struct {
	With benefits.ID `json:"with" doc:"A benefit that looks like it." example:"b-91d24f0c7ab35e60"`
	Undo bool        `json:"undo,omitempty" doc:"Take back that they are different."`
}

type differInput struct {
	BenefitPath
	ChangeHeader
	Body v1Different
}

func (v *v1) addParts(example v1Benefit) {
	const path = "/municipalities/{municipality}/benefits/{benefit}"
	add(v, operation{
		ID: "join-benefit", Method: http.MethodPut, Path: path + "/whole", Tag: "Benefits", Summary: "Say that a benefit is a part of another",
		About: "For who may change both. Sums count it once: where the whole counts, its parts don't. Of one municipality, on the same indicator, shared or the municipality's own, and one level deep: else 409. With If-Match, as save-benefit.",
		Fails: changeFails, Request: v1Whole{}, Example: example,
	}, func(ctx context.Context, r *request, in *joinInput) (*benefitOutput, error) {
		if _, err := v.benefitIn(ctx, r, &in.BenefitPath); err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		b, err := v.Benefits.Join(ctx, r.Actor, benefits.Join{Part: in.Benefit, Whole: in.Body.Whole, Tag: pre.Tag, Edit: pre.Edit})
		if err != nil {
			return nil, v.lostBenefit(ctx, err, func(benefits.Lost) any { return in.Body })
		}
		return v.benefitAnswer(ctx, r, b)
	})
	add(v, operation{
		ID: "differ-benefit", Method: http.MethodPut, Path: path + "/different", Tag: "Benefits", Summary: "Say that a benefit is different from one that looks like it",
		About: "For coordinators and its owner. Two benefits look alike that share indicator, task (or neither names one) and time. With If-Match, as save-benefit.",
		Fails: changeFails, Request: v1Different{With: "b-91d24f0c7ab35e60"}, Example: example,
	}, func(ctx context.Context, r *request, in *differInput) (*benefitOutput, error) {
		if _, err := v.benefitIn(ctx, r, &in.BenefitPath); err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		b, err := v.Benefits.Differ(ctx, r.Actor, benefits.Differ{ID: in.Benefit, With: in.Body.With, Undo: in.Body.Undo, Tag: pre.Tag, Edit: pre.Edit})
		if err != nil {
			return nil, v.lostBenefit(ctx, err, func(benefits.Lost) any { return in.Body })
		}
		return v.benefitAnswer(ctx, r, b)
	})
}
