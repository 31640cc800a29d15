package api

import (
	"context"
	"net/http"
	"time"

	"helhet/internal/events"
	"helhet/internal/fault"
	"helhet/org"
)

// v1Event is a line of the audit log.
type v1Event struct {
	Seq        int64             `json:"seq" doc:"Its number: 1, 2, 3 … in the order of the log."`
	At         time.Time         `json:"at"`
	Type       string            `json:"type" example:"round.opened"`
	Actor      string            `json:"actor" doc:"The person's identity, or system: and what ran by itself. Empty when nobody was signed in." example:"p-4f0c"`
	Scope      string            `json:"scope,omitempty" doc:"The municipality or region it belongs to." example:"larvik"`
	Collection string            `json:"collection" example:"rounds"`
	Document   string            `json:"document" example:"vestfold-telemark-var-2027"`
	Facts      map[string]string `json:"facts,omitempty" doc:"What it is about, as identities and numbers. What was answered is not among them."`
	Previous   events.Hash       `json:"previous" doc:"The hash of the line before."`
	Hash       events.Hash       `json:"hash"`
}

type v1Events struct {
	Events []v1Event `json:"events" doc:"Newest first."`
	Next   string    `json:"next,omitempty" doc:"Send it as after to go on; absent at the end."`
}

type auditInput struct {
	Scope string `query:"scope" doc:"Only this municipality's or region's lines; a coordinator gets those of her own municipality." example:"larvik"`
	Type  string `query:"type" doc:"Only this kind." example:"round.opened"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	After string `query:"after" doc:"Goes on from here: what next said."`
}

type auditOutput struct{ Body v1Events }

func (v *v1) audit() {
	example := v1Event{Seq: 17, At: time.Date(2027, 3, 1, 6, 0, 0, 0, time.UTC), Type: "round.opened", Actor: "system:rounds", Scope: "vestfold-telemark",
		Collection: "rounds", Document: "vestfold-telemark-var-2027", Previous: events.Hash(exampleHash), Hash: events.Hash(exampleHash)}
	add(v, operation{
		ID: "list-audit", Method: http.MethodGet, Path: "/audit", Tag: "Audit", Summary: "What happened, newest first",
		About: "For the administrator and the auditor; for a coordinator, her own municipality's.",
		Fails: []fault.Code{fault.Forbidden}, Example: v1Events{Events: []v1Event{example}},
	}, func(ctx context.Context, r *request, in *auditInput) (*auditOutput, error) {
		f, err := auditFilter(r.Actor, in.Scope, in.Type, in.After)
		if err != nil {
			return nil, err
		}
		f.Limit = in.Limit
		entries, next, err := v.History.List(ctx, f)
		if err != nil {
			return nil, org.Fault("api.audit", "", err)
		}
		out := &auditOutput{v1Events{[]v1Event{}, string(next)}}
		for _, e := range entries {
			line := v1Event{Seq: e.Seq, At: e.At, Type: e.Type, Actor: e.Actor, Scope: e.Scope, Collection: e.Collection, Document: e.Document, Previous: e.Prev, Hash: e.Hash}
			for _, fact := range e.OpenFacts() {
				if line.Facts == nil {
					line.Facts = map[string]string{}
				}
				line.Facts[fact.Key] = events.FactValue(fact)
			}
			out.Body.Events = append(out.Body.Events, line)
		}
		return out, nil
	})
}
