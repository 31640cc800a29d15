package api

import (
	"context"
	"net/http"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// v1Invitation is an invitation that waits for an answer.
type v1Invitation struct {
	ID        org.InvitationID `json:"id" example:"i-7qk2"`
	Name      string           `json:"name"`
	Email     string           `json:"email"`
	Grant     v1Grant          `json:"grant" doc:"The role it offers."`
	InvitedAt time.Time        `json:"invitedAt"`
	EndsAt    time.Time        `json:"endsAt" doc:"It can't be accepted from then on, but sent again."`
	Link      string           `json:"link,omitempty" doc:"Where no mails leave: to be passed on by hand, told once."`
}

type v1Invitations struct {
	Invitations []v1Invitation `json:"invitations" doc:"Those that end first come first."`
	Next        string         `json:"next,omitempty" doc:"Send it as after to go on; absent at the end."`
}

// v1Invite invites somebody.
type v1Invite struct {
	Name         string       `json:"name"`
	Email        string       `json:"email" doc:"Where the link is sent."`
	Role         org.Role     `json:"role" example:"contributor"`
	Municipality string       `json:"municipality,omitempty" doc:"Where a municipal role counts, by identity or number." example:"larvik"`
	Region       org.RegionID `json:"region,omitempty" doc:"Where a lead leads. Of a municipality it is found." example:"vestfold-telemark"`
	Language     org.Language `json:"language,omitempty" doc:"Of the mail: nb, nn or en; absent: the municipality's."`
}

type invitationsOutput struct{ Body v1Invitations }

type inviteInput struct{ Body v1Invite }

type invitationOutput struct{ Body v1Invitation }

type invitationInput struct {
	Invitation org.InvitationID `path:"invitation" example:"i-7qk2"`
}

func (v *v1) invitations() {
	example := v1Invitation{ID: "i-7qk2", Name: "Nina Ny", Email: "nina@example.org", Grant: v1Grant{"contributor", "larvik", "vestfold-telemark"},
		InvitedAt: time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC), EndsAt: time.Date(2026, 12, 7, 13, 2, 0, 0, time.UTC)}
	add(v, operation{
		ID: "list-invitations", Method: http.MethodGet, Path: "/invitations", Tag: "People", Summary: "Invitations that wait for an answer",
		About: "Of the people that one manages, as in list-people.", Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: v1Invitations{Invitations: []v1Invitation{example}},
	}, func(ctx context.Context, r *request, in *managedInput) (*invitationsOutput, error) {
		m, err := v.managedOf(r.Actor, in)
		if err != nil {
			return nil, err
		}
		all, next, err := v.invitationsOf(ctx, m, in.Limit, store.Cursor(in.After))
		if err != nil {
			return nil, err
		}
		out := &invitationsOutput{v1Invitations{[]v1Invitation{}, string(next)}}
		for _, inv := range all {
			out.Body.Invitations = append(out.Body.Invitations, invitationAs(inv, ""))
		}
		return out, nil
	})
	add(v, operation{
		ID: "invite", Method: http.MethodPost, Path: "/invitations", Tag: "People", Summary: "Invite somebody to a role",
		About: "A mail brings the link, which is good once and for 14 days. Where no mails leave it is told in the answer.", Status: http.StatusCreated,
		Fails:   additionFails,
		Request: v1Invite{Name: "Nina Ny", Email: "nina@example.org", Role: "contributor", Municipality: "larvik"}, Example: example,
	}, func(ctx context.Context, r *request, in *inviteInput) (*invitationOutput, error) {
		m, region, err := v.placeNamed(ctx, r.Actor, in.Body.Municipality, in.Body.Region)
		if err != nil {
			return nil, err
		}
		if err := v.Limits.MayInvite(ctx, r.Actor.Person); err != nil {
			return nil, err
		}
		inv, secret, err := v.Invitations.Invite(ctx, r.Actor, org.Invite{Email: in.Body.Email, Name: in.Body.Name, Language: in.Body.Language,
			Role: in.Body.Role, Municipality: m, Region: region, ByHand: !v.Mail.Ready(), Linking: v.linking()})
		return v.sent(ctx, r, inv, secret, err)
	})
	add(v, operation{
		ID: "invite-again", Method: http.MethodPost, Path: "/invitations/{invitation}/again", Tag: "People", Summary: "Send an invitation again",
		About: "With a new link; the old one is good no more.", Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.OutcomeUnknown}, Example: example,
	}, func(ctx context.Context, r *request, in *invitationInput) (*invitationOutput, error) {
		if err := v.Limits.MayInvite(ctx, r.Actor.Person); err != nil {
			return nil, err
		}
		inv, secret, err := v.Invitations.Again(ctx, r.Actor, in.Invitation, !v.Mail.Ready())
		return v.sent(ctx, r, inv, secret, err)
	})
	add(v, operation{
		ID: "revoke-invitation", Method: http.MethodPost, Path: "/invitations/{invitation}/revoke", Tag: "People", Summary: "Take an invitation back",
		Status: http.StatusNoContent, Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.OutcomeUnknown},
	}, func(ctx context.Context, r *request, in *invitationInput) (*struct{}, error) {
		return nil, v.Invitations.Revoke(ctx, r.Actor, in.Invitation)
	})
}

// sent hands an invitation's mail over and answers with it.
func (v *v1) sent(ctx context.Context, r *request, inv org.Invitation, secret string, err error) (*invitationOutput, error) {
	if err != nil {
		return nil, err
	}
	link, err := v.sendInvitation(ctx, r, inv, secret)
	return &invitationOutput{invitationAs(inv, link)}, err
}

// placeNamed reads the place that a program names; of a municipality the region need not be.
func (v *v1) placeNamed(ctx context.Context, a org.Actor, name string, region org.RegionID) (org.MunicipalityID, org.RegionID, error) {
	if name == "" {
		return "", region, nil
	}
	m, err := v.find(name)
	if err == nil && region == "" {
		region, err = v.regionOf(ctx, a, m.ID)
	}
	return m.ID, region, err
}

func invitationAs(inv org.Invitation, link string) v1Invitation {
	return v1Invitation{ID: inv.ID, Name: inv.Name, Email: inv.Email, Grant: v1Grant(inv.Grant), InvitedAt: inv.Made, EndsAt: inv.Ends, Link: link}
}
