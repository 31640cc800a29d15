package api

import (
	"context"
	"net/http"
	"time"

	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/org"
)

// v1Token is one of the reader's own API tokens. Its secret is told once.
type v1Token struct {
	ID           string             `json:"id" example:"GYJQ5TZ2M3KXW7AB"`
	Name         string             `json:"name" doc:"What it is for." example:"Monthly report"`
	ReadOnly     bool               `json:"readOnly" doc:"It changes nothing, whatever its owner may do."`
	Municipality org.MunicipalityID `json:"municipality,omitempty" doc:"It counts there only; absent: wherever its owner has a role." example:"larvik"`
	CreatedAt    time.Time          `json:"createdAt"`
	UsedAt       time.Time          `json:"usedAt,omitzero" doc:"Last use, to the minute; absent before the first."`
	EndsAt       time.Time          `json:"endsAt"`
	Secret       string             `json:"token,omitempty" doc:"What is sent as the bearer token: told once, in the answer to making it." example:"helhet_p-4f0c.GYJQ5TZ2M3KXW7ABGYJQ5TZ2M3"`
}

type v1Tokens struct {
	Tokens []v1Token `json:"tokens" doc:"The one used last first. At most 20."`
}

// v1TokenOrder asks for one.
type v1TokenOrder struct {
	Name         string `json:"name" doc:"What it is for, at most 60 characters." example:"Monthly report"`
	ReadOnly     bool   `json:"readOnly,omitempty"`
	Municipality string `json:"municipality,omitempty" doc:"By identity or number: one that the reader has a role in." example:"larvik"`
	Days         int    `json:"days,omitempty" default:"90" doc:"How long it lasts, 1 to 365." example:"30"`
}

type tokensOutput struct{ Body v1Tokens }

type tokenOrderInput struct{ Body v1TokenOrder }

type newTokenOutput struct{ Body v1Token }

type tokenInput struct {
	Token string `path:"token" doc:"The token's id." example:"GYJQ5TZ2M3KXW7AB"`
}

func (v *v1) tokens() {
	example := v1Token{ID: exampleTag, Name: "Monthly report", ReadOnly: true, Municipality: "larvik", CreatedAt: time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC),
		EndsAt: time.Date(2026, 12, 23, 13, 2, 0, 0, time.UTC)}
	made := example
	made.Secret = "helhet_p-4f0c.GYJQ5TZ2M3KXW7ABGYJQ5TZ2M3"
	add(v, operation{
		ID: "list-tokens", Method: http.MethodGet, Path: "/tokens", Tag: "Tokens", Summary: "One's own tokens", About: "Those that still work.",
		Example: v1Tokens{[]v1Token{example}},
	}, func(_ context.Context, r *request, _ *struct{}) (*tokensOutput, error) {
		out := &tokensOutput{v1Tokens{[]v1Token{}}}
		for _, k := range v.Auth.Keys(r.Caller, org.TokenKey) {
			out.Body.Tokens = append(out.Body.Tokens, tokenOf(k))
		}
		return out, nil
	})
	add(v, operation{
		ID: "make-token", Method: http.MethodPost, Path: "/tokens", Tag: "Tokens", Summary: "Make a token for oneself",
		About:  "It never reaches further than its owner does at the time it is used, and one made through a token no further than that token.",
		Status: http.StatusCreated, Fails: additionFails,
		Request: v1TokenOrder{Name: "Monthly report", ReadOnly: true, Municipality: "larvik", Days: 30},
		Example: made,
	}, func(ctx context.Context, r *request, in *tokenOrderInput) (*newTokenOutput, error) {
		order := auth.TokenOrder{Name: in.Body.Name, ReadOnly: in.Body.ReadOnly, Days: in.Body.Days}
		if in.Body.Municipality != "" {
			m, err := v.find(in.Body.Municipality)
			if err != nil {
				return nil, err
			}
			order.Municipality = m.ID
		}
		secret, key, err := v.Auth.MakeToken(ctx, r.Caller, order)
		if err != nil {
			return nil, err
		}
		token := tokenOf(key)
		token.Secret = secret
		return &newTokenOutput{token}, nil
	})
	add(v, operation{
		ID: "revoke-token", Method: http.MethodDelete, Path: "/tokens/{token}", Tag: "Tokens", Summary: "Revoke one of one's own tokens",
		About: "A token may revoke itself, and those that reach no further.", Status: http.StatusNoContent, Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.OutcomeUnknown},
	}, func(ctx context.Context, r *request, in *tokenInput) (*struct{}, error) {
		return nil, v.Auth.RevokeToken(ctx, r.Caller, in.Token)
	})
}

func tokenOf(k org.Key) v1Token {
	t := v1Token{ID: k.ID, Name: k.Name, ReadOnly: k.ReadOnly, Municipality: k.Municipality, CreatedAt: k.Created, EndsAt: k.Ends}
	if k.Used() {
		t.UsedAt = k.Seen
	}
	return t
}
