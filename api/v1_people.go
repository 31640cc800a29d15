package api

import (
	"context"
	"net/http"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// v1Grant is a role and where it counts.
type v1Grant struct {
	Role         org.Role           `json:"role" example:"contributor"`
	Municipality org.MunicipalityID `json:"municipality,omitempty" example:"larvik"`
	Region       org.RegionID       `json:"region,omitempty" example:"vestfold-telemark"`
}

// v1Person is somebody as those who manage her see her.
type v1Person struct {
	ID         org.PersonID `json:"id" example:"p-4f0c"`
	Name       string       `json:"name"`
	Email      string       `json:"email,omitempty" doc:"Absent while no address is shown to be hers, and for who manages her no more while she works elsewhere."`
	Active     bool         `json:"active" doc:"Whether she has one of these roles now."`
	Roles      []v1Grant    `json:"roles" doc:"Those that the reader manages."`
	Former     []v1Grant    `json:"former" doc:"Those that were taken from her, which the reader may give back."`
	SignedInOn string       `json:"signedInOn,omitempty" format:"date" doc:"The day of her last sign-in; absent before the first, and with the address." example:"2026-11-23"`
}

type v1People struct {
	People []v1Person `json:"people"`
	Next   string     `json:"next,omitempty" doc:"Send it as after to go on; absent at the end."`
}

// managedInput says which part of the people a list is of.
type managedInput struct {
	Municipality string       `query:"municipality" doc:"Of this municipality, by identity or number: its coordinator's and the administrator's." example:"larvik"`
	Region       org.RegionID `query:"region" doc:"Of this region's coordinators: its lead's and the administrator's." example:"vestfold-telemark"`
	Limit        int          `query:"limit" minimum:"1" maximum:"100" default:"50"`
	After        string       `query:"after" doc:"Goes on from here: what next said."`
}

type peopleOutput struct{ Body v1People }

type personInput struct {
	Person org.PersonID `path:"person" example:"p-4f0c"`
}

type personOutput struct{ Body v1Person }

type roleInput struct {
	Person org.PersonID `path:"person" example:"p-4f0c"`
	Body   v1RoleChange
}

// v1RoleChange puts one role in place of another in a municipality.
type v1RoleChange struct {
	Municipality string   `json:"municipality" doc:"By identity or number." example:"larvik"`
	From         org.Role `json:"from" doc:"The role she has now." example:"contributor"`
	To           org.Role `json:"to" example:"coordinator"`
}

type handOverInput struct {
	Person org.PersonID `path:"person" doc:"Who leaves it." example:"p-4f0c"`
	Body   v1HandOver
}

type v1HandOver struct {
	To org.PersonID `json:"to" doc:"Who takes it over: one that the reader manages, or she herself." example:"p-9b1e"`
}

type handedOverOutput struct{ Body v1HandedOver }

type v1HandedOver struct {
	Invitations int `json:"invitations" doc:"How many invitations that wait for an answer are the other's now."`
	Steps       int `json:"steps" doc:"How many open steps of the improvement plan."`
	Tasks       int `json:"tasks" doc:"How many tasks of a round that she has not finished."`
	Benefits    int `json:"benefits" doc:"How many benefits."`
}

// managedOf reads which part of the people a program asks for, and whether its owner manages it. Without either it is what she sees first on
// the page of people.
func (v *v1) managedOf(a org.Actor, in *managedInput) (managed, error) {
	const op = "api.people"
	forbidden := fault.New(fault.Forbidden, op, "error.forbidden")
	views := viewsOf(a)
	switch {
	case !org.MaySeePeople(a) || len(views) == 0:
		return managed{}, forbidden
	case in.Municipality != "" && in.Region != "":
		return managed{}, fault.Wrong(op, "region", "error.value.wrong")
	case in.Municipality != "":
		m, err := v.find(in.Municipality)
		if err == nil && !org.MayManagePeople(a, m.ID) && !a.Has(org.Administrator) {
			err = forbidden
		}
		return managed{Municipality: m.ID}, err
	case in.Region != "":
		if !org.MayReplaceCoordinators(a, in.Region) && !a.Has(org.Administrator) {
			return managed{}, forbidden
		}
		return managed{Region: in.Region}, nil
	}
	return v.managesOf(a, views[0]), nil
}

func (v *v1) people() {
	example := v1Person{ID: "p-4f0c", Name: "Finn Fagperson", Email: "finn@example.org", Active: true, Roles: []v1Grant{{"contributor", "larvik", "vestfold-telemark"}}, Former: []v1Grant{}, SignedInOn: "2026-11-23"}
	ended := example
	ended.Active, ended.Roles, ended.Former = false, []v1Grant{}, example.Roles
	coordinator := example
	coordinator.Roles = []v1Grant{{"coordinator", "larvik", "vestfold-telemark"}}
	changes := []fault.Code{fault.Forbidden, fault.Conflict, fault.OutcomeUnknown}
	withBody := append(changes[:len(changes):len(changes)], fault.NotFound, fault.MediaType, fault.TooLarge)
	add(v, operation{
		ID: "list-people", Method: http.MethodGet, Path: "/people", Tag: "People", Summary: "The people that one manages",
		About: "A municipality's for its coordinator, a region's coordinators for its lead, everyone for the administrator.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: v1People{People: []v1Person{example}},
	}, func(ctx context.Context, r *request, in *managedInput) (*peopleOutput, error) {
		m, err := v.managedOf(r.Actor, in)
		if err != nil {
			return nil, err
		}
		people, next, err := v.peopleOf(ctx, m, in.Limit, store.Cursor(in.After))
		if err != nil {
			return nil, err
		}
		out := &peopleOutput{v1People{[]v1Person{}, string(next)}}
		for _, p := range people {
			out.Body.People = append(out.Body.People, personOf(r.Actor, p))
		}
		return out, nil
	})
	// Whatever is changed, what stands then is answered, as far as its reader manages it.
	answer := func(ctx context.Context, r *request, id org.PersonID, err error) (*personOutput, error) {
		if err != nil {
			return nil, err
		}
		p, err := v.Invitations.Managed(ctx, r.Actor, id)
		return &personOutput{personOf(r.Actor, p)}, err
	}
	add(v, operation{
		ID: "get-person", Method: http.MethodGet, Path: "/people/{person}", Tag: "People", Summary: "One of the people that one manages",
		Fails: []fault.Code{fault.Forbidden}, Example: example,
	}, func(ctx context.Context, r *request, in *personInput) (*personOutput, error) {
		return answer(ctx, r, in.Person, nil)
	})
	add(v, operation{
		ID: "change-role", Method: http.MethodPost, Path: "/people/{person}/role", Tag: "People", Summary: "Put one role in place of another",
		About: "409 when she has another role by now. Nobody changes her own.", Fails: withBody, Request: v1RoleChange{"larvik", "contributor", "coordinator"}, Example: coordinator,
	}, func(ctx context.Context, r *request, in *roleInput) (*personOutput, error) {
		m, err := v.find(in.Body.Municipality)
		if err == nil {
			err = v.Invitations.ChangeRole(ctx, r.Actor, in.Person, m.ID, in.Body.From, in.Body.To)
		}
		return answer(ctx, r, in.Person, err)
	})
	add(v, operation{
		ID: "deactivate-person", Method: http.MethodPost, Path: "/people/{person}/deactivate", Tag: "People", Summary: "End somebody's access",
		About: "Takes every role that the reader manages; sessions and tokens end at once. The roles can be given back.", Fails: changes, Example: ended,
	}, func(ctx context.Context, r *request, in *personInput) (*personOutput, error) {
		return answer(ctx, r, in.Person, v.Invitations.Deactivate(ctx, r.Actor, in.Person))
	})
	add(v, operation{
		ID: "reactivate-person", Method: http.MethodPost, Path: "/people/{person}/reactivate", Tag: "People", Summary: "Give back what was taken from somebody",
		Fails: changes, Example: example,
	}, func(ctx context.Context, r *request, in *personInput) (*personOutput, error) {
		return answer(ctx, r, in.Person, v.Invitations.Reactivate(ctx, r.Actor, in.Person))
	})
	add(v, operation{
		ID: "hand-over", Method: http.MethodPost, Path: "/people/{person}/hand-over", Tag: "People", Summary: "Make what somebody owned another's",
		About: "The invitations that wait for an answer, the open steps, the unfinished tasks and the benefits she owns, as far as the other may have them.", Fails: withBody, Request: v1HandOver{"p-9b1e"}, Example: v1HandedOver{2, 1, 0, 0},
	}, func(ctx context.Context, r *request, in *handOverInput) (*handedOverOutput, error) {
		n, err := v.Invitations.HandOver(ctx, r.Actor, in.Person, in.Body.To)
		return &handedOverOutput{v1HandedOver{n[org.OwnInvitations], n[org.OwnSteps], n[org.OwnTasks], n[org.OwnBenefits]}}, err
	})
}

// personOf is a person as far as her reader manages her.
func personOf(a org.Actor, p org.Person) v1Person {
	out := v1Person{ID: p.ID, Name: p.Name, Roles: []v1Grant{}, Former: []v1Grant{}}
	for _, g := range p.Grants {
		if org.MayGrant(a, g) {
			out.Roles = append(out.Roles, v1Grant(g))
		}
	}
	for _, g := range p.Former {
		if org.MayGrant(a, g) {
			out.Former = append(out.Former, v1Grant(g))
		}
	}
	out.Active = !p.Inactive && len(out.Roles) > 0
	if !org.MaySeeContact(a, p) {
		return out
	}
	out.Email = p.Email
	if !p.SignedIn.IsZero() {
		out.SignedInOn = p.SignedIn.UTC().Format(time.DateOnly)
	}
	return out
}
