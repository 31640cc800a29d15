package leaving

import (
	"context"
	"slices"
	"time"

	"helhet/internal/store"
	"helhet/org"
)

type exportedPerson struct {
	ID          org.PersonID `json:"id"`
	Name        string       `json:"name"`
	Email       string       `json:"email"`
	Language    org.Language `json:"language,omitempty"`
	Roles       []org.Role   `json:"roles"`
	FormerRoles []org.Role   `json:"formerRoles"`
	Active      bool         `json:"active"`
	SignedIn    string       `json:"signedIn,omitempty"` // the day
}

// people is who has or had a role in the municipality. What they are elsewhere is not its own.
func (x *Export) people(ctx context.Context, a *archive) error {
	return a.list(FilePeople, func(add func(any) error) error {
		for after := store.Cursor(""); ; {
			some, next, err := x.s.People.In(ctx, x.m.ID, store.MaxMembers, after)
			if err != nil {
				return err
			}
			for _, p := range some {
				v := exportedPerson{ID: p.ID, Name: p.Name, Email: p.Email, Language: p.Language,
					Roles: rolesIn(p.Grants, x.m.ID), FormerRoles: rolesIn(p.Former, x.m.ID), Active: !p.Inactive}
				if len(v.Roles)+len(v.FormerRoles) == 0 {
					continue
				}
				if !p.SignedIn.IsZero() {
					v.SignedIn = p.SignedIn.UTC().Format(time.DateOnly)
				}
				if err := add(v); err != nil {
					return err
				}
			}
			if after = next; after == "" {
				return nil
			}
		}
	})
}

func rolesIn(grants []org.Grant, m org.MunicipalityID) []org.Role {
	roles := []org.Role{}
	for _, g := range grants {
		if g.Municipality == m && !slices.Contains(roles, g.Role) {
			roles = append(roles, g.Role)
		}
	}
	return roles
}

type exportedInvitation struct {
	ID     org.InvitationID    `json:"id"`
	Email  string              `json:"email,omitempty"`
	Name   string              `json:"name,omitempty"`
	Role   org.Role            `json:"role"`
	State  org.InvitationState `json:"state"`
	By     org.PersonID        `json:"by"`
	Made   time.Time           `json:"made"`
	Ends   time.Time           `json:"ends"`
	Person org.PersonID        `json:"person,omitempty"`
}

func (x *Export) invitations(ctx context.Context, a *archive) error {
	return a.list(FileInvitations, func(add func(any) error) error {
		return x.s.Invitations.EachOf(ctx, x.m.ID, func(i org.Invitation) error {
			return add(exportedInvitation{i.ID, i.Email, i.Name, i.Grant.Role, i.State, i.By, i.Made.UTC(), i.Ends.UTC(), i.Person})
		})
	})
}

type exportedAccessRequest struct {
	Name       string          `json:"name"`
	Email      string          `json:"email"`
	Message    string          `json:"message,omitempty"`
	SignedInAt string          `json:"signedInAt"`
	At         time.Time       `json:"at"`
	State      org.AccessState `json:"state"`
	AnsweredBy org.PersonID    `json:"answeredBy,omitempty"`
	AnsweredAt time.Time       `json:"answeredAt,omitzero"`
}

func (x *Export) accessRequests(ctx context.Context, a *archive) error {
	return a.list(FileAccessRequests, func(add func(any) error) error {
		return x.s.Access.EachOf(ctx, x.m.ID, func(r org.AccessRequest) error {
			return add(exportedAccessRequest{r.Name, r.Email, r.Message, r.IssuerName, r.At.UTC(), r.State, r.AnsweredBy, r.AnsweredAt.UTC()})
		})
	})
}
