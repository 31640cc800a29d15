package assessment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"helhet/internal/store"
	"helhet/org"
)

// HandInStep is one step on an assessment's way to the round.
type HandInStep struct {
	Step    HandInKind   `bson:"step"`
	Version VersionID    `bson:"version"` // what was handed in by it, or before it
	By      org.PersonID `bson:"by"`
	At      time.Time    `bson:"at"`
	Message string       `bson:"message,omitempty"` // why it was returned or sent back
}

// HandInKind is what was done.
type HandInKind string

// The steps.
const (
	StepHandedIn  HandInKind = "handed-in"
	StepAsked     HandInKind = "asked" // the leader, for her approval
	StepApproved  HandInKind = "approved"
	StepReturned  HandInKind = "returned"
	StepTakenBack HandInKind = "taken-back"
	StepSentBack  HandInKind = "sent-back"
)

// An assessment holds its latest steps itself, since each is written together with what it does: at most maxHandIns. When there are more, the oldest
// handInsMoved of them get documents of their own.
const (
	maxHandIns   = 40
	handInsMoved = 20
)

// took notes a step. What an earlier build has handed in has no version to point to.
func (a *Assessment) took(step HandInStep) {
	if n := len(a.HandIns); step.Version == "" && n > 0 {
		step.Version = a.HandIns[n-1].Version
	}
	a.HandIns = append(slices.Clone(a.HandIns), step)
}

// NumberedStep is a step with its place on the way: the assessment's first is 1. Those that the assessment holds no more stand in documents of their
// own, which never change, at id round/municipality/number.
type NumberedStep struct {
	Round        RoundID            `bson:"round"`
	Municipality org.MunicipalityID `bson:"municipality"`
	Number       int64              `bson:"number"`
	HandInStep   `bson:",inline"`
}

func newHandIns(db *store.DB) *store.Collection[NumberedStep] {
	return store.NewCollection(db, store.Spec[NumberedStep]{
		Name: "hand_ins", Shape: 1,
		Fields: []store.Field[NumberedStep]{
			{Name: "municipality", Type: store.String, Value: func(_ string, h *NumberedStep) any { return string(h.Municipality) }},
			{Name: "assessment", Type: store.String, Value: func(_ string, h *NumberedStep) any { return assessmentID(h.Round, h.Municipality) }},
			{Name: "number", Type: store.Int, Value: func(_ string, h *NumberedStep) any { return h.Number }},
			{Name: "version", Type: store.String, Value: func(_ string, h *NumberedStep) any { return string(h.Version) }},
		},
		Indexes: []store.Index{
			{Name: "municipality", Fields: []string{"municipality"}},
			{Name: "number", Fields: []string{"assessment", "number"}},
			{Name: "version", Fields: []string{"assessment", "version"}},
		},
	})
}

// moveHandIns gives the oldest steps of an assessment that has too many documents of their own, and tells how it is then. A step that was taken never
// changes, so whoever moves the same ones writes the same. It is done beside what was asked for, which does not fail by it: the next change does it
// again.
func (s *Service) moveHandIns(ctx context.Context, a Assessment) Assessment {
	id := assessmentID(a.Round, a.Municipality)
	if len(a.HandIns) <= maxHandIns {
		return a
	}
	failed := func(err error) Assessment {
		s.log.WarnContext(ctx, "the oldest steps of a hand-in stay where they are", "assessment", id, "cause", err)
		return a
	}
	for i, step := range a.HandIns[:handInsMoved] {
		n := a.Earlier + int64(i) + 1
		_, err := s.handIns.Insert(ctx, fmt.Sprintf("%s/%06d", id, n), NumberedStep{a.Round, a.Municipality, n, step})
		if err != nil && !errors.Is(err, store.ErrExists) {
			return failed(err)
		}
	}
	doc, err := s.assessments.UpdateShared(ctx, id, func(now *Assessment) ([]store.Event, error) {
		if now.Earlier != a.Earlier {
			return nil, store.ErrNoChange
		}
		now.HandIns, now.Earlier = slices.Clone(now.HandIns[handInsMoved:]), now.Earlier+handInsMoved
		return nil, nil
	})
	if err != nil {
		return failed(err)
	}
	return doc.Value
}

// handedIn tells whether a step of an assessment names a version.
func (s *Service) handedIn(ctx context.Context, op string, a *Assessment, v VersionID) (bool, error) {
	if v == "" || slices.ContainsFunc(a.HandIns, func(step HandInStep) bool { return step.Version == v }) {
		return v != "", nil
	}
	if a.Earlier == 0 {
		return false, nil
	}
	page, err := s.handIns.Find(ctx, store.Query{
		Equal: []store.Term{{Field: "assessment", Value: assessmentID(a.Round, a.Municipality)}, {Field: "version", Value: string(v)}}, Limit: 1,
	})
	return len(page.Docs) > 0, org.Fault(op, "", err)
}

// HandInSteps lists an assessment's steps whose number is below one, the newest first, at most limit of them; below 0 begins with the newest of all.
// Only the municipality's own people may.
func (s *Service) HandInSteps(ctx context.Context, actor org.Actor, a Assessment, below int64, limit int) ([]NumberedStep, error) {
	const op = "assessment.HandInSteps"
	if !org.MayReadAnswers(actor, a.Municipality) {
		return nil, forbidden(op)
	}
	var all []NumberedStep
	for i, step := range slices.Backward(a.HandIns) {
		if n := a.Earlier + int64(i) + 1; len(all) < limit && (below <= 0 || n < below) {
			all = append(all, NumberedStep{a.Round, a.Municipality, n, step})
		}
	}
	if below <= 0 || below > a.Earlier {
		below = a.Earlier + 1
	}
	if below == 1 || len(all) == limit {
		return all, nil
	}
	page, err := s.handIns.Find(ctx, store.Query{
		Equal: []store.Term{{Field: "assessment", Value: assessmentID(a.Round, a.Municipality)}},
		Range: &store.Range{Field: "number", To: below}, Reverse: true, Limit: limit - len(all),
	})
	for _, d := range page.Docs {
		all = append(all, d.Value)
	}
	return all, org.Fault(op, "", err)
}
