package api

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/locale"
	"helhet/internal/store"
	"helhet/org"
)

// stepsOffered is how many steps a benefit's form lists: those due first.
const stepsOffered = 200

// stepChoices offers the steps of the improvement plan, those due first, each with its task. What the benefit has is offered however late it is due, or
// the next save would lose it.
func (s *Server) stepChoices(ctx context.Context, r *request, b benefits.Benefit, f *benefitField) error {
	chosen := keysOf[assessment.StepID](f.Value)
	f.Chosen, f.None = r.Text.T("benefit.steps.chosen", "n", len(chosen)), r.Text.T("benefit.steps.none")
	steps, next, err := s.Assessments.Steps(ctx, r.Actor, b.Municipality, assessment.StepFilter{}, stepsOffered, "")
	if err != nil {
		return err
	}
	offered := map[assessment.StepID]bool{}
	for _, step := range steps {
		offered[step.ID] = true
	}
	if next != "" {
		var late []assessment.StepID
		for _, id := range chosen[:min(len(chosen), store.MaxMembers)] {
			if !offered[id] {
				late = append(late, id)
			}
		}
		more, err := s.Assessments.StepsOf(ctx, r.Actor, b.Municipality, late)
		if err != nil {
			return err
		}
		steps = append(steps, more...)
	}
	for _, step := range steps {
		f.Choices = append(f.Choices, choiceView{string(step.ID), s.stepLabel(r.Text, step), slices.Contains(chosen, step.ID)})
	}
	return nil
}

// stepLabel is a step where it is chosen among others: with its task.
func (s *Server) stepLabel(t locale.Text, step assessment.Step) string {
	return t.T("benefit.steps.choice", "step", step.What, "task", taskName(s.planWords(t, step.Task), step.Task))
}

// linkedBenefit is a benefit on the page of what it belongs to.
type linkedBenefit struct {
	Href, Title  string
	Kind, Status string
	Says         string // how far it has come, "" while nothing is measured
	Doubts       []string
}

// linkedView is what a task or a step has given.
type linkedView struct {
	Summary string // in one line, "" for none
	List    []linkedBenefit
	More    string   // that there are others
	New     homeLink // to a new one's form, empty for who may not add any
}

// linkedListed is how many benefits a task's or a step's page names.
const linkedListed = 20

// linkedView lists benefits of a municipality, and leads to the form of a new one; nil where there is neither.
func (s *Server) linkedView(ctx context.Context, r *request, m org.MunicipalityID, among benefits.Belonging, ids []benefits.ID, fresh homeLink) (*linkedView, error) {
	all, err := s.Benefits.Many(ctx, r.Actor, m, ids[:min(len(ids), linkedListed)])
	if err != nil {
		return nil, err
	}
	v := &linkedView{}
	if len(all) == 0 && !org.MayAddBenefits(r.Actor, m) {
		return nil, nil
	}
	if org.MayAddBenefits(r.Actor, m) {
		v.New = fresh
	}
	for _, b := range all {
		x := linkedBenefit{Href: benefitPath(b.ID), Title: b.Title, Doubts: doubtsOf(r.Text, b, among)}
		x.Status, x.Kind = statusOf(r.Text, b)
		if last, ok := b.Latest(); ok && b.Unexpected() {
			x.Says = figureShown(r.Text, b, last)
		}
		if reach, ok := b.Reached(); ok {
			x.Says = r.Text.T("benefit.linked.reached", "part", amount(r.Text, benefits.Share, benefits.Number(reach.Part.Percent().String())))
		}
		v.List = append(v.List, x)
	}
	if len(ids) > linkedListed {
		v.More = r.Text.T("benefit.linked.more", "n", len(ids)-linkedListed)
	}
	return v, nil
}

// benefitsOf lists the benefits of a task, with what they have given; nil for who may not read them.
func (s *Server) benefitsOf(ctx context.Context, r *request, m org.MunicipalityID, k catalogue.TaskKey) (*linkedView, error) {
	if !org.MayReadBenefits(r.Actor, m) {
		return nil, nil
	}
	all, err := s.Benefits.Belonging(ctx, r.Actor, m)
	if err != nil {
		return nil, err
	}
	v, err := s.linkedView(ctx, r, m, all, all.OfTask(k), homeLink{address("/benefits/new", url.Values{"task": {string(k)}}), r.Text.T("task.benefits.new")})
	if v != nil {
		v.Summary = s.givenText(r.Text, all.Task(k))
	}
	return v, err
}

// givenText is what a task has given, in one line; "" where no benefit of it is planned.
func (s *Server) givenText(t locale.Text, g benefits.TaskGiven) string {
	if g.Benefits == 0 {
		return ""
	}
	for i, total := range g.Totals {
		if total.Measured.Benefits == 0 {
			continue
		}
		unit := benefits.Unit("")
		if indicator, ok := g.Known.Find(total.Indicator); ok {
			unit = indicator.Unit
		}
		name := nameOf(t, g.Known, total.Indicator)
		way := "home.given.same"
		switch {
		case total.Realised.IsPositive():
			way = "home.given.better"
		case total.Realised.IsNegative():
			way = "home.given.worse"
		}
		said := withUnexpected(t, t.T(way, "indicator", name, "amount", amount(t, unit, benefits.NumberOf(total.Realised.Abs()))), unit, total)
		measured := 0
		for _, other := range g.Totals[i+1:] {
			if other.Measured.Benefits > 0 {
				measured++
			}
		}
		if measured > 0 {
			said = t.T("home.given.more", "said", said, "n", measured)
		}
		return strings.Join(append([]string{said}, marksIn(t, g.Totals...)...), ". ")
	}
	if g.Measured > 0 {
		return t.T("home.given.counted", "n", g.Benefits, "measured", g.Measured)
	}
	return t.T("home.given.waiting", "n", g.Benefits)
}
