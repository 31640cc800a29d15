package api

import (
	"context"
	"errors"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/internal/locale"
)

// AnswerState is an answer as it stands, with who saved it and when.
type AnswerState struct {
	Tag string `json:"tag" doc:"Names this state of the answer; send it in If-Match to change it."`
	assessment.Value
	Carried bool   `json:"carried,omitempty"`
	By      string `json:"by,omitempty" doc:"Who saved it."`
	SavedAt string `json:"savedAt,omitempty" doc:"Time of day in Norway." example:"14:02"`
}

// OrganisationState is how a task is organised, as it stands.
type OrganisationState struct {
	Tag string `json:"tag"`
	assessment.OrganisationData
	By      string `json:"by,omitempty"`
	SavedAt string `json:"savedAt,omitempty"`
}

// ReasonState is why a task's levels changed, as it stands.
type ReasonState struct {
	Tag     string                  `json:"tag"`
	Reason  assessment.ChangeReason `json:"reason,omitempty"`
	By      string                  `json:"by,omitempty"`
	SavedAt string                  `json:"savedAt,omitempty"`
}

// conflict is what both of two people who changed the same thing get to see.
type conflict struct{ Current, Yours any }

func answerState(t locale.Text, a assessment.Answer, by string) AnswerState {
	v := AnswerState{Tag: a.Tag, Value: a.Value, Carried: a.Carried, By: by}
	v.NotApplicableReason = a.Exemption()
	if !a.At.IsZero() {
		v.SavedAt = t.Clock(a.At)
	}
	return v
}

func organisationState(t locale.Text, o assessment.Organisation, by string) OrganisationState {
	v := OrganisationState{Tag: o.Tag, OrganisationData: o.OrganisationData, By: by}
	if !o.At.IsZero() {
		v.SavedAt = t.Clock(o.At)
	}
	return v
}

func reasonState(t locale.Text, r assessment.TaskReason, by string) ReasonState {
	v := ReasonState{Tag: r.Tag, Reason: r.Reason, By: by}
	if !r.At.IsZero() {
		v.SavedAt = t.Clock(r.At)
	}
	return v
}

// both words a lost race: what stands, by whom, and what was sent. Any other error passes through.
func (s *Server) both(ctx context.Context, t locale.Text, err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != fault.Stale {
		return err
	}
	told := *f
	switch lost := f.Detail.(type) {
	case assessment.Lost:
		names, err := s.names(ctx, t, lost.Theirs.By)
		if err != nil {
			return err
		}
		told.Detail = conflict{answerState(t, lost.Theirs, names.of(lost.Theirs.By)), lost.Yours}
	case assessment.LostOrganisation:
		names, err := s.names(ctx, t, lost.Theirs.By)
		if err != nil {
			return err
		}
		told.Detail = conflict{organisationState(t, lost.Theirs, names.of(lost.Theirs.By)), lost.Yours}
	case assessment.LostReason:
		names, err := s.names(ctx, t, lost.Theirs.By)
		if err != nil {
			return err
		}
		told.Detail = conflict{reasonState(t, lost.Theirs, names.of(lost.Theirs.By)), ReasonState{Reason: lost.Yours}}
	}
	return &told
}

// conflictNote says beside a field what somebody else has put in it meanwhile.
func conflictNote(t locale.Text, who, said string) string {
	if said == "" {
		said = t.T("benefit.empty")
	}
	return t.T("benefit.conflict.both", "name", who, "value", said)
}
