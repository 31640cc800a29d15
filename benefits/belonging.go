package benefits

import (
	"context"
	"errors"
	"slices"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/store"
	"helhet/org"
)

// Belonging tells where a municipality's benefits belong, and what each task of the model has given: read as one document, its ledger.
type Belonging struct {
	Known *Indicators // that its benefits are measured by
	all   []Contribution
}

// TaskGiven is what the benefits of a task amount to. One that belongs to several tasks is in each of them, so tasks are never added up.
type TaskGiven struct {
	Benefits int     // planned or further
	Measured int     // of them
	Totals   []Total // by indicator, with all that counts inside the municipality
	Known    *Indicators
}

// Belonging reads where a municipality's benefits belong, for who may read them.
func (s *Service) Belonging(ctx context.Context, actor org.Actor, m org.MunicipalityID) (Belonging, error) {
	const op = "benefits.Belonging"
	if !org.MayReadBenefits(actor, m) {
		return Belonging{}, forbidden(op)
	}
	doc, err := s.ledgers.GetShared(ctx, string(m))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Belonging{}, org.Fault(op, "", err)
	}
	var keys []IndicatorKey
	for _, c := range doc.Value.Contributions {
		keys = append(keys, c.Indicator)
	}
	known, err := s.KnownFor(ctx, actor, m, keys...)
	return Belonging{known, doc.Value.Contributions}, err
}

// Task is what a task has given.
func (g Belonging) Task(k catalogue.TaskKey) TaskGiven {
	t := TaskGiven{Known: g.Known}
	var own Ledger
	for _, c := range g.all {
		if !slices.Contains(c.Tasks, k) || c.Status == Idea {
			continue
		}
		if !c.Unplanned { // what nobody had planned is no benefit that was put down, and still adds to the sum
			if t.Benefits++; c.Measured {
				t.Measured++
			}
		}
		own.Contributions = append(own.Contributions, c)
	}
	if g.Known != nil {
		t.Totals = ordered(g.Known, own.sums(true), whole)
	}
	return t
}

// OfTask lists the benefits of a task, ideas too, and OfStep those that a step of the improvement plan serves.
func (g Belonging) OfTask(k catalogue.TaskKey) []ID {
	return g.of(func(c Contribution) bool { return slices.Contains(c.Tasks, k) })
}

// OfStep is said with OfTask.
func (g Belonging) OfStep(id assessment.StepID) []ID {
	return g.of(func(c Contribution) bool { return slices.Contains(c.Steps, id) })
}

func (g Belonging) of(belongs func(Contribution) bool) []ID {
	var ids []ID
	for _, c := range g.all {
		if belongs(c) {
			ids = append(ids, c.Benefit)
		}
	}
	return ids
}

// Many reads benefits of a municipality by their ids, at most store.MaxMembers, in the order they were put down. What was removed or is another's is left out.
func (s *Service) Many(ctx context.Context, actor org.Actor, m org.MunicipalityID, ids []ID) ([]Benefit, error) {
	const op = "benefits.Many"
	if !org.MayReadBenefits(actor, m) {
		return nil, forbidden(op)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var wanted []string
	for _, id := range ids[:min(len(ids), store.MaxMembers)] {
		wanted = append(wanted, string(id))
	}
	docs, err := s.docs.GetMany(ctx, wanted)
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	var all []Benefit
	for _, d := range docs {
		if b := benefitOf(d); b.Municipality == m && b.Counts() {
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(a, b Benefit) int { return a.MadeAt.Compare(b.MadeAt) })
	return all, nil
}

// checkSteps refuses steps that are not in the municipality's improvement plan. What the benefit had before may be gone from there by now, and stays.
func (s *Service) checkSteps(ctx context.Context, actor org.Actor, m org.MunicipalityID, before, steps []assessment.StepID) (known bool, err error) {
	var fresh []assessment.StepID
	for _, id := range steps {
		if !slices.Contains(before, id) {
			fresh = append(fresh, id)
		}
	}
	if len(fresh) == 0 {
		return true, nil
	}
	if len(fresh) > MaxSteps || s.Steps == nil {
		return false, nil
	}
	there, err := s.Steps(ctx, actor, m, fresh)
	return err == nil && len(there) == len(fresh), err
}
