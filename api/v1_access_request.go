package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// v1AccessRequest is somebody who asks for access. Only her account is vouched for; the rest is what she typed.
type v1AccessRequest struct {
	ID           string             `json:"id"`
	Issuer       string             `json:"issuer" doc:"Who vouches for the account." example:"Ansattporten"`
	Name         string             `json:"name,omitempty" doc:"What she typed, as email and message; erased when she is let in."`
	Email        string             `json:"email,omitempty"`
	Message      string             `json:"message,omitempty"`
	Municipality org.MunicipalityID `json:"municipality" example:"larvik"`
	AskedAt      time.Time          `json:"askedAt"`
	State        org.AccessState    `json:"state" enum:"open,granted,declined"`
	Unfinished   bool               `json:"unfinished,omitempty" doc:"Somebody was cut off letting her in as grant says: grant it again to go on to the end."`
	DeclinedAt   time.Time          `json:"declinedAt,omitzero" doc:"When she was declined, now or before she asked anew."`
	Grant        *v1Grant           `json:"grant,omitempty" doc:"As what she is let in."`
	Person       org.PersonID       `json:"person,omitempty" doc:"Who she is, once she is let in." example:"p-4f0c"`
	Tag          string             `json:"tag" doc:"Names this state of it; send it in If-Match to answer." example:"GYJQ5TZ2M3KXW7AB"`
}

type v1AccessRequests struct {
	Requests []v1AccessRequest `json:"requests" doc:"Those that are open; the oldest first, or by municipality where they are a region's."`
	Next     string            `json:"next,omitempty" doc:"Send it as after to go on; absent at the end."`
}

type accessRequestsOutput struct{ Body v1AccessRequests }

type accessRequestInput struct {
	Request string `path:"request" doc:"Its id."`
}

type accessRequestOutput struct {
	ETag string `header:"ETag" doc:"Its tag, in quotation marks."`
	Body v1AccessRequest
}

type declineInput struct {
	Request string `path:"request" doc:"Its id."`
	TagHeader
}

type grantInput struct {
	Request string `path:"request" doc:"Its id."`
	TagHeader
	Body v1Admission
}

// v1Admission says as what somebody is let in. Without a place it is where she asks for it.
type v1Admission struct {
	Role         org.Role     `json:"role" example:"contributor"`
	Municipality string       `json:"municipality,omitempty" doc:"By identity or number." example:"larvik"`
	Region       org.RegionID `json:"region,omitempty" doc:"Where a lead leads. Of a municipality it is found." example:"vestfold-telemark"`
}

func (v *v1) accessRequests() {
	asked := time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)
	example := v1AccessRequest{ID: string(exampleHash), Issuer: "Ansattporten", Name: "Nina Ny", Email: "nina@example.org", Message: "I work in the home care service.", Municipality: "larvik", AskedAt: asked, State: org.AccessOpen, Tag: exampleTag}
	granted := v1AccessRequest{ID: string(exampleHash), Issuer: "Ansattporten", Municipality: "larvik", AskedAt: asked, State: org.AccessGranted, Grant: &v1Grant{"contributor", "larvik", "vestfold-telemark"}, Person: "p-4f0c", Tag: exampleTag}
	declined := example
	declined.State, declined.DeclinedAt = org.AccessDeclined, asked.Add(time.Hour)
	answers := []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.Stale, fault.TagRequired, fault.OutcomeUnknown}
	add(v, operation{
		ID: "list-access-requests", Method: http.MethodGet, Path: "/access-requests", Tag: "People", Summary: "Who asks for access",
		About: "Of the people that one manages, as in list-people.", Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: v1AccessRequests{Requests: []v1AccessRequest{example}},
	}, func(ctx context.Context, r *request, in *managedInput) (*accessRequestsOutput, error) {
		m, err := v.managedOf(r.Actor, in)
		if err != nil {
			return nil, err
		}
		all, next, err := v.requestsOf(ctx, r.Actor, m, in.Limit, store.Cursor(in.After))
		if err != nil {
			return nil, err
		}
		out := &accessRequestsOutput{v1AccessRequests{[]v1AccessRequest{}, string(next)}}
		for _, req := range all {
			out.Body.Requests = append(out.Body.Requests, accessRequestOf(req))
		}
		return out, nil
	})
	answer := func(req org.AccessRequest, err error) (*accessRequestOutput, error) {
		if err != nil {
			return nil, err
		}
		return &accessRequestOutput{strconv.Quote(string(req.Tag)), accessRequestOf(req)}, nil
	}
	add(v, operation{
		ID: "get-access-request", Method: http.MethodGet, Path: "/access-requests/{request}", Tag: "People", Summary: "One request for access",
		Fails: []fault.Code{fault.Forbidden}, Example: example,
	}, func(ctx context.Context, r *request, in *accessRequestInput) (*accessRequestOutput, error) {
		return answer(v.Access.Seen(ctx, r.Actor, in.Request))
	})
	add(v, operation{
		ID: "grant-access", Method: http.MethodPost, Path: "/access-requests/{request}/grant", Tag: "People", Summary: "Let somebody in",
		About: "The role is hers who has the account; she is made when nobody has it. With If-Match and the tag of what was seen: 428 without, 412 when it is another by now.",
		Fails: append(answers[:len(answers):len(answers)], fault.MediaType, fault.TooLarge), Request: v1Admission{Role: "contributor"}, Example: granted,
	}, func(ctx context.Context, r *request, in *grantInput) (*accessRequestOutput, error) {
		tag, err := seenTag(in.IfMatch)
		if err != nil {
			return nil, err
		}
		req, err := v.Access.Seen(ctx, r.Actor, in.Request)
		if err != nil {
			return nil, err
		}
		place := in.Body.Municipality
		if place == "" && in.Body.Region == "" && (org.Grant{Role: in.Body.Role}).Municipal() {
			place = string(req.Municipality)
		}
		m, region, err := v.placeNamed(ctx, r.Actor, place, in.Body.Region)
		if err != nil {
			return nil, err
		}
		req, err = v.Access.Grant(ctx, r.Actor, in.Request, tag, in.Body.Role, m, region)
		if err == nil {
			err = v.tellAccess(ctx, req)
		}
		return answer(req, err)
	})
	add(v, operation{
		ID: "decline-access", Method: http.MethodPost, Path: "/access-requests/{request}/decline", Tag: "People", Summary: "Decline a request for access",
		About: "With If-Match, as grant-access. It can be taken back.", Fails: answers, Example: declined,
	}, func(ctx context.Context, r *request, in *declineInput) (*accessRequestOutput, error) {
		tag, err := seenTag(in.IfMatch)
		if err != nil {
			return nil, err
		}
		return answer(v.Access.Decline(ctx, r.Actor, in.Request, tag))
	})
	add(v, operation{
		ID: "reopen-access", Method: http.MethodPost, Path: "/access-requests/{request}/reopen", Tag: "People", Summary: "Take back that a request was declined",
		Fails: []fault.Code{fault.Forbidden, fault.Conflict, fault.Stale, fault.OutcomeUnknown}, Example: example,
	}, func(ctx context.Context, r *request, in *accessRequestInput) (*accessRequestOutput, error) {
		return answer(v.Access.Reopen(ctx, r.Actor, in.Request))
	})
}

// seenTag reads the tag of a request as its answerer saw it.
func seenTag(ifMatch string) (store.Revision, error) {
	pre, err := parsePrecondition(ifMatch, "", "")
	if err == nil && pre.Tag == "" {
		err = fault.New(fault.TagRequired, "api.access-request", "error.tag.required")
	}
	return store.Revision(pre.Tag), err
}

func accessRequestOf(req org.AccessRequest) v1AccessRequest {
	out := v1AccessRequest{ID: req.ID, Issuer: req.IssuerName, Name: req.Name, Email: req.Email, Message: req.Message, Municipality: req.Municipality,
		AskedAt: req.At, State: req.State, Unfinished: req.Begun(), DeclinedAt: req.DeclinedAt, Tag: string(req.Tag)}
	if req.Person != "" {
		g := v1Grant(req.Grant)
		out.Grant = &g
	}
	if req.State == org.AccessGranted {
		out.Person = req.Person
	}
	return out
}
