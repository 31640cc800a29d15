package assessment

import (
	"context"
	"errors"
	"slices"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Figures is what becomes of what was published of a municipality that leaves.
type Figures string

// The choices, of which a service's agreement with its municipalities makes one.
const (
	FiguresNamed      Figures = "named"      // they stand as they are, as far as the municipality had agreed
	FiguresAggregates Figures = "aggregates" // they count in medians, and are never shown by name again
	FiguresRemoved    Figures = "removed"    // they are deleted, and the rounds published anew without them
)

// Depart takes a municipality out of a region's rounds: rounds to come and under way go on without it, and what was published of it becomes
// what figures says. It may be called again, and goes on where it was cut off.
func (s *Service) Depart(ctx context.Context, actor org.Actor, region org.RegionID, m org.MunicipalityID, figures Figures) error {
	const op = "assessment.Depart"
	if !org.MayCarryOutDepartures(actor) {
		return forbidden(op)
	}
	q := store.Query{Equal: []store.Term{{Field: "region", Value: string(region)}}, Order: []string{"opens"}, Limit: store.MaxMembers}
	for {
		page, err := s.rounds.FindShared(ctx, q)
		if err != nil {
			return org.Fault(op, "", err)
		}
		for _, d := range page.Docs {
			if err := s.departRound(ctx, op, RoundID(d.ID), m, figures); err != nil {
				return err
			}
			if err := s.withdraw(ctx, op, actor, RoundID(d.ID), m, figures); err != nil {
				return err
			}
		}
		if q.After = page.Next; page.Next == "" {
			return nil
		}
	}
}

// departRound takes a municipality out of one round. One that has not opened yet has no participants to take it from, but may be opening:
// the count tells whoever opens it that the members are others now.
func (s *Service) departRound(ctx context.Context, op string, id RoundID, m org.MunicipalityID, figures Figures) error {
	_, err := s.step(ctx, op, id, func(r *Round) ([]store.Event, error) {
		_, took := r.Participant(string(m))
		switch {
		case r.State == Planned:
		case !took, r.State == Published && (figures == FiguresRemoved || slices.Contains(r.Left, m)):
			return nil, store.ErrNoChange
		case r.State == Published:
			r.Left = append(slices.Clone(r.Left), m)
		default:
			r.Participants = without(r.Participants, m)
		}
		r.Departures++
		return nil, nil
	})
	return err
}

// withdraw publishes a published round anew without a municipality whose figures are to be removed, so that what is shown has a hash that
// can be checked. The manifests of what was published before stay.
func (s *Service) withdraw(ctx context.Context, op string, actor org.Actor, id RoundID, m org.MunicipalityID, figures Figures) error {
	doc, err := s.rounds.GetShared(ctx, string(id))
	if err != nil {
		return org.Fault(op, "", err)
	}
	r := roundOf(doc)
	if _, took := r.Participant(string(m)); figures != FiguresRemoved || r.State != Published || !took {
		return nil
	}
	hash := r.Publication()
	manifest, err := s.manifests.Get(ctx, string(hash))
	if err != nil {
		return org.Fault(op, "", err)
	}
	next := manifest.Value
	next.Parts = slices.DeleteFunc(next.Parts, func(x org.MunicipalityID) bool { return x == m })
	next.Missing = slices.DeleteFunc(next.Missing, func(x org.MunicipalityID) bool { return x == m })
	var parts []Part
	for chunk := range slices.Chunk(next.Parts, store.MaxMembers) {
		var ids []string
		for _, x := range chunk {
			ids = append(ids, partID(hash, x))
		}
		docs, err := s.parts.GetMany(ctx, ids)
		if err != nil {
			return org.Fault(op, "", err)
		}
		if len(docs) != len(ids) {
			return fault.New(fault.Conflict, op, "error.busy")
		}
		for _, d := range docs {
			parts = append(parts, d.Value)
		}
	}
	edition := Edition{Hash: HashOf(next, parts), At: s.now().UTC(), Departure: true}
	if err := s.writeParts(ctx, edition.Hash, next, parts, edition.At); err != nil {
		return err
	}
	_, err = s.step(ctx, op, id, func(now *Round) ([]store.Event, error) {
		if now.Publication() != hash || now.Departures != r.Departures {
			return nil, fault.New(fault.Conflict, op, "error.busy")
		}
		now.Participants = without(now.Participants, m)
		now.Left = slices.DeleteFunc(slices.Clone(now.Left), func(x org.MunicipalityID) bool { return x == m })
		now.Publications = slices.Clone(now.Publications)
		for i, e := range now.Publications {
			now.Publications[i].Changes = slices.DeleteFunc(slices.Clone(e.Changes), func(c Changed) bool { return c.Municipality == m })
		}
		now.Publications = append(now.Publications, edition)
		now.Departures++
		now.TrendDue = true
		return []store.Event{s.event("round.published", actor, string(r.Region))}, nil
	})
	return err
}

func without(participants []Participant, m org.MunicipalityID) []Participant {
	return slices.DeleteFunc(slices.Clone(participants), func(p Participant) bool { return p.Municipality == m })
}

// DeleteOf deletes a municipality's assessments, who had which task in them, what was said of them, its people's ratings and what they settled, its improvement plan and its evidence, what was
// prepared for a publication that never came of it, and, when its figures are to be removed, its part of every publication. Depart comes first.
func (s *Service) DeleteOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, figures Figures) error {
	const op = "assessment.DeleteOf"
	if !org.MayCarryOutDepartures(actor) {
		return forbidden(op)
	}
	for {
		page, err := s.assessments.Find(ctx, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Order: []string{"opened"}, Limit: assessmentPage})
		if err != nil || len(page.Docs) == 0 {
			if err != nil {
				return org.Fault(op, "", err)
			}
			break
		}
		for _, d := range page.Docs {
			if err := remove(ctx, s, s.assessments, op, d); err != nil {
				return err
			}
		}
	}
	if err := deleteAll(ctx, s, s.versions, op, m); err != nil {
		return err
	}
	if err := deleteAll(ctx, s, s.handIns, op, m); err != nil {
		return err
	}
	if err := deleteAll(ctx, s, s.displaced, op, m); err != nil {
		return err
	}
	if err := deleteAll(ctx, s, s.efforts, op, m); err != nil {
		return err
	}
	if err := s.deletePlan(ctx, op, m); err != nil {
		return err
	}
	if err := deleteAll(ctx, s, s.shares, op, m); err != nil {
		return err
	}
	if err := s.deleteAssignments(ctx, op, m); err != nil {
		return err
	}
	if err := s.deleteSittings(ctx, op, m); err != nil {
		return err
	}
	if err := s.deleteComments(ctx, op, m); err != nil {
		return err
	}
	if err := s.deleteEvidence(ctx, op, m); err != nil {
		return err
	}
	q := store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Limit: assessmentPage}
	for {
		page, err := s.parts.Find(ctx, q)
		if err != nil {
			return org.Fault(op, "", err)
		}
		for _, d := range page.Docs {
			published, current, err := s.edition(ctx, d.Value.Publication)
			if err != nil {
				return err
			}
			if published && figures != FiguresRemoved {
				continue
			}
			if !current { // what was prepared from it is read by nobody any more
				results, err := s.results.Get(ctx, string(d.Value.Publication))
				if err == nil {
					err = remove(ctx, s, s.results, op, results)
				}
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					return org.Fault(op, "", err)
				}
			}
			if err := remove(ctx, s, s.parts, op, d); err != nil {
				return err
			}
		}
		if q.After = page.Next; page.Next == "" {
			return nil
		}
	}
}

// deleteAll deletes a municipality's documents of a collection that finds them by it.
func deleteAll[T any](ctx context.Context, s *Service, docs *store.Collection[T], op string, m org.MunicipalityID) error {
	return removeAll(ctx, s, docs, op, store.Term{Field: "municipality", Value: string(m)})
}

// removeAll deletes every document that an index finds.
func removeAll[T any](ctx context.Context, s *Service, docs *store.Collection[T], op string, found ...store.Term) error {
	return removeEach(ctx, s, docs, op, func(T) {}, found...)
}

// removeEach does the same, and tells of each that is gone.
func removeEach[T any](ctx context.Context, s *Service, docs *store.Collection[T], op string, gone func(T), found ...store.Term) error {
	for {
		page, err := docs.Find(ctx, store.Query{Equal: found, Limit: assessmentPage})
		if err != nil || len(page.Docs) == 0 {
			return org.Fault(op, "", err)
		}
		for _, d := range page.Docs {
			if err := remove(ctx, s, docs, op, d); err != nil {
				return err
			}
			gone(d.Value)
		}
	}
}

// Forget deletes what somebody who was deleted rated on her own, the displays she made, and what mentions wait for her.
func (s *Service) Forget(ctx context.Context, d org.Departed) error {
	const op = "assessment.Forget"
	if err := removeAll(ctx, s, s.ratings, op, store.Term{Field: "person", Value: string(d.ID)}); err != nil {
		return err
	}
	if err := removeAll(ctx, s, s.displays, op, store.Term{Field: "by", Value: string(d.ID)}); err != nil {
		return err
	}
	return removeAll(ctx, s, s.mentions, op, store.Term{Field: "person", Value: string(d.ID)})
}

// edition tells whether a publication was ever a round's, and whether it is the one that stands.
func (s *Service) edition(ctx context.Context, h Hash) (published, current bool, err error) {
	manifest, err := s.manifests.Get(ctx, string(h))
	if errors.Is(err, store.ErrNotFound) {
		return false, false, nil
	}
	if err != nil {
		return false, false, org.Fault("assessment.Edition", "", err)
	}
	round, err := s.rounds.GetShared(ctx, string(manifest.Value.Round))
	if err != nil {
		return false, false, org.Fault("assessment.Edition", "", err)
	}
	published = slices.ContainsFunc(round.Value.Publications, func(e Edition) bool { return e.Hash == h })
	return published, round.Value.Publication() == h, nil
}

// remove deletes a document, once its events are in the history.
func remove[T any](ctx context.Context, s *Service, docs *store.Collection[T], op string, d store.Doc[T]) error {
	err := docs.Delete(ctx, d.ID, d.Revision)
	if errors.Is(err, store.ErrPending) && s.relay != nil {
		if err = s.relay(ctx); err == nil {
			err = docs.Delete(ctx, d.ID, d.Revision)
		}
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return org.Fault(op, "", err)
}
