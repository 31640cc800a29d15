package assessment

import (
	"context"
	"errors"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// approvalWanted tells whether a municipality's leader approves what it hands in to a round.
func (s *Service) approvalWanted(ctx context.Context, id RoundID, m org.MunicipalityID) (bool, error) {
	round, err := s.rounds.GetShared(ctx, string(id))
	if err != nil {
		return false, org.Fault("assessment.approvalWanted", "error.round.unknown", err)
	}
	region, err := s.regions.Get(ctx, round.Value.Region)
	member, _ := region.Member(m)
	return member.Approval, err
}

// errSealed stops an approval of what the round's closing has sealed, until the round was asked.
var errSealed = errors.New("assessment: sealed")

// Approve lets in what a coordinator has handed in and a leader approves: what ask names, as she saw it, and nothing handed in since. It may
// come late, while the round is closed and not published. Again on what is approved it changes nothing, also for another leader.
func (s *Service) Approve(ctx context.Context, actor org.Actor, id RoundID, m org.MunicipalityID, ask string) (Assessment, error) {
	const op = "assessment.Approve"
	approve := func(phase int32) (Assessment, error) {
		return s.change(ctx, op, actor, org.MayApprove, id, m, func(a *Assessment) ([]store.Event, error) {
			switch {
			case a.State == HandedIn && a.Ask == ask && ask != "":
				return nil, store.ErrNoChange
			case a.State != Waiting || a.Ask != ask:
				return nil, fault.New(fault.Conflict, op, "error.approval.changed")
			case a.Sealed && phase == 0:
				return nil, errSealed
			case phase > 0 && a.Phase > phase:
				return nil, fault.New(fault.Conflict, op, "error.busy")
			case phase > 0:
				a.Phase = phase
			}
			a.State, a.ApprovedBy, a.HandedInAt, a.Message = HandedIn, actor.Person, s.now().UTC(), ""
			a.took(HandInStep{Step: StepApproved, By: actor.Person, At: a.HandedInAt})
			return []store.Event{s.event("assessment.approved", actor, string(m))}, nil
		})
	}
	a, err := approve(0)
	if !errors.Is(err, errSealed) {
		return a, err
	}
	// A sealed assessment counts when it is published. As when one is sent back, the round's next phase comes first, so that a
	// publication under way either sees the approval or fails.
	r, err := s.step(ctx, op, id, func(r *Round) ([]store.Event, error) {
		switch r.State {
		case Closed:
			r.Phase++
			return nil, nil
		case Published:
			return nil, fault.New(fault.Conflict, op, "error.approval.published")
		}
		return nil, fault.New(fault.Conflict, op, "error.busy") // closing: in a moment it has closed
	})
	if err != nil {
		return Assessment{}, err
	}
	return approve(r.Phase)
}

// Return gives back what waits for a leader's approval, with her message; ask as Approve's. It can be changed and handed in again.
func (s *Service) Return(ctx context.Context, actor org.Actor, id RoundID, m org.MunicipalityID, ask, message string) (Assessment, error) {
	const op = "assessment.Return"
	f := &fault.Error{Code: fault.Invalid, Op: op, Key: "error.return"}
	if message = clean(f, "message", message, MaxReason); message == "" {
		f.Fields = append(f.Fields, fault.Field{Name: "message", Key: "error.return.message"})
	}
	if !org.MayApprove(actor, m) {
		return Assessment{}, forbidden(op)
	}
	if len(f.Fields) > 0 {
		return Assessment{}, f
	}
	return s.change(ctx, op, actor, org.MayApprove, id, m, func(a *Assessment) ([]store.Event, error) {
		switch {
		case a.State != Waiting || a.Ask != ask:
			return nil, fault.New(fault.Conflict, op, "error.approval.changed")
		case a.Sealed: // nobody could change it
			return nil, fault.New(fault.Conflict, op, "error.approval.sealed")
		}
		a.withdraw()
		a.ReturnedBy, a.Returned = actor.Person, message
		a.took(HandInStep{Step: StepReturned, By: actor.Person, At: s.now().UTC(), Message: message})
		return []store.Event{s.event("assessment.returned", actor, string(m))}, nil
	})
}

// withdraw makes it what it was before it was handed in.
func (a *Assessment) withdraw() {
	a.State = Draft
	if a.Message != "" {
		a.State = SentBack
	}
	a.HandedInBy, a.HandedInAt, a.ApprovedBy, a.Ask = "", time.Time{}, "", ""
}

// Waiting finds the newest assessment of a municipality that waits for its leader's approval, and may still get it; nil when there is
// none.
func (s *Service) Waiting(ctx context.Context, actor org.Actor, m org.MunicipalityID) (*Assessment, error) {
	const op = "assessment.Waiting"
	a, err := s.newest(ctx, op, actor, m, Waiting)
	if err != nil || a == nil || !a.Sealed {
		return a, err
	}
	round, err := s.rounds.GetShared(ctx, string(a.Round))
	if err != nil {
		return nil, org.Fault(op, "error.round.unknown", err)
	}
	if round.Value.State == Published {
		return nil, nil
	}
	return a, nil
}
