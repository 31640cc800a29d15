package auth

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// What a token may be.
const (
	MostTokenDays    = 365
	UsualTokenDays   = 90
	MostTokenName    = 60 // characters
	usualTokenName   = "helhet token"
	lengthOfTokenDay = 24 * time.Hour
)

// TokenOrder is what somebody asks for.
type TokenOrder struct {
	Name         string // 1 to MostTokenName characters: what it is for
	ReadOnly     bool
	Municipality org.MunicipalityID // "" is wherever she has a role
	Days         int                // 1 to MostTokenDays
}

// NewToken makes a token that reaches as far as its person does, as one is made at the console.
func (s *Service) NewToken(ctx context.Context, id org.PersonID) (string, error) {
	secret, _, err := s.MakeToken(ctx, Caller{Person: org.Person{ID: id}}, TokenOrder{Name: usualTokenName, Days: UsualTokenDays})
	return secret, err
}

// MakeToken makes an API token for the caller herself and returns it with its key; only its hash is kept, so it can't be shown again.
// Fault Invalid when the order can't be met, Forbidden when a token asks for a wider one than itself, Conflict when she has as many as
// anyone may have: none is taken away silently, since a program may live by it.
func (s *Service) MakeToken(ctx context.Context, by Caller, o TokenOrder) (string, org.Key, error) {
	const op = "auth.MakeToken"
	o.Name = strings.TrimSpace(o.Name)
	if err := o.validate(op); err != nil {
		return "", org.Key{}, err
	}
	key := org.Key{Kind: org.TokenKey, Name: o.Name, ReadOnly: o.ReadOnly, Municipality: o.Municipality}
	secret, key, err := s.newKey(ctx, by.ID, key, time.Duration(o.Days)*lengthOfTokenDay, func(p *org.Person, key org.Key) ([]store.Event, error) {
		if !key.NoWider(by.Key) || by.Key.Kind == org.TokenKey && key.Ends.After(by.Key.Ends) {
			return nil, fault.New(fault.Forbidden, op, "error.token.wider")
		}
		if key.Municipality != "" && len(p.ActorBy(key).Grants) == 0 {
			return nil, fault.Wrong(op, "municipality", "error.token.municipality")
		}
		live := 0
		for _, k := range p.Keys {
			if k.Kind == org.TokenKey && key.Created.Before(k.Ends) {
				live++
			}
		}
		if live >= org.MaxKeys {
			return nil, fault.New(fault.Conflict, op, "error.token.many", "max", org.MaxKeys)
		}
		return []store.Event{s.event("token.made", by, key)}, nil
	})
	if err != nil {
		return "", org.Key{}, err
	}
	return tokenPrefix + secret, key, nil
}

// validate tells of everything that is wrong at once.
func (o TokenOrder) validate(op string) error {
	var wrong []fault.Field
	switch n := utf8.RuneCountInString(o.Name); {
	case n == 0:
		wrong = append(wrong, fault.Field{Name: "name", Key: "error.token.name"})
	case n > MostTokenName:
		wrong = append(wrong, fault.Field{Name: "name", Key: "error.text.long", Args: []any{"count", n, "max", MostTokenName}})
	case !utf8.ValidString(o.Name):
		wrong = append(wrong, fault.Field{Name: "name", Key: "error.text.utf8"})
	case strings.ContainsFunc(o.Name, func(r rune) bool { return !unicode.IsPrint(r) }):
		wrong = append(wrong, fault.Field{Name: "name", Key: "error.text.control"})
	}
	if o.Days < 1 || o.Days > MostTokenDays {
		wrong = append(wrong, fault.Field{Name: "days", Key: "error.token.days", Args: []any{"max", MostTokenDays}})
	}
	if len(wrong) == 0 {
		return nil
	}
	return &fault.Error{Code: fault.Invalid, Op: op, Key: "error.token", Fields: wrong}
}

// RevokeToken ends one of the caller's own tokens, by its id. Fault NotFound when she has none of that id, Forbidden when a token would
// end one that reaches further than itself.
func (s *Service) RevokeToken(ctx context.Context, by Caller, id string) error {
	const op = "auth.RevokeToken"
	refused := false
	n, err := s.end(ctx, by, "token.revoked", func(k org.Key) bool {
		if k.Kind != org.TokenKey || k.ID != id {
			return false
		}
		refused = !k.NoWider(by.Key)
		return !refused
	})
	switch {
	case err != nil:
		return err
	case refused:
		return fault.New(fault.Forbidden, op, "error.token.wider")
	case n == 0:
		return fault.New(fault.NotFound, op, "error.token.unknown")
	}
	return nil
}
