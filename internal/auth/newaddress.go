package auth

import (
	"context"
	"crypto/rand"
	"time"

	"helhet/internal/address"
	"helhet/internal/fault"
	"helhet/org"
)

// NewAddress is that somebody wants another address to be hers: what the mail to it says, and until when.
type NewAddress struct {
	ID     string // names the mail
	To     string
	Holder org.Person // who has it already, zero for nobody: only the mail may tell
	Link   string     // secret of the link: good once, and only where she is signed in
	Ends   time.Time
}

// AskAddress begins to give the caller another address. It does the same work and takes the same room whether or not somebody has it;
// Holder says who. An earlier link of hers is good no more. Fault Invalid when the address is none, or hers already; Conflict when nothing has
// shown that the one she has is hers: it is kept for whoever's it is; TooMany when she, her client or the address asked too often.
func (s *Email) AskAddress(ctx context.Context, by Caller, email, client string) (NewAddress, error) {
	const op = "auth.AskAddress"
	to, err := address.Parse(email)
	switch {
	case err != nil:
		return NewAddress{}, fault.Wrong(op, "email", "error.invitation.email")
	case to == by.Email:
		return NewAddress{}, fault.Wrong(op, "email", "error.address.same")
	case by.Unproven:
		return NewAddress{}, fault.New(fault.Conflict, op, "error.address.unproven")
	}
	switch refused, err := s.limits.full(ctx, mailsPerClient, client); {
	case err != nil:
		return NewAddress{}, err
	case refused:
		return NewAddress{}, tooMany(op)
	}
	if err := s.limits.spend(ctx, op, try{addressesPerPerson, string(by.ID)}, try{mailsInAll, ""}, try{mailsPerClient, client}, try{mailsPerAddress, to}); err != nil {
		return NewAddress{}, err
	}
	holder, err := s.people.ByEmail(ctx, to)
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return NewAddress{}, err
	}
	now, secret := s.now().UTC(), secretOf(by.ID)
	key := org.Key{ID: rand.Text(), Hash: hashOf(secret), Kind: org.AddressKey, Created: now, Seen: now, Ends: now.Add(ChallengeLength), Email: to}
	_, err = s.people.Change(ctx, by.ID, func(p *org.Person) error {
		if p.Inactive || p.Unproven {
			return fault.New(fault.Forbidden, op, "error.person.inactive")
		}
		p.DropKeys(func(k org.Key) bool { return k.Kind == org.AddressKey })
		p.AddKey(key, now)
		return nil
	})
	return NewAddress{ID: key.ID, To: to, Holder: holder, Link: secret, Ends: key.Ends}, err
}

// Asked is the address that the caller's mail went to and that she has not confirmed yet, and until when she can; "" when there is none.
func (s *Email) Asked(by Caller) (email string, ends time.Time) {
	for _, k := range by.Keys {
		if k.Kind == org.AddressKey && s.now().Before(k.Ends) {
			return k.Email, k.Ends
		}
	}
	return "", time.Time{}
}

// AddressOf tells which address a link would make the caller's. Looking spends nothing. Fault Forbidden when it is another person's, or the
// caller is a program; Conflict when it is good no more.
func (s *Email) AddressOf(by Caller, link string) (string, error) {
	key, err := s.addressKey("auth.AddressOf", by, link)
	return key.Email, err
}

func (s *Email) addressKey(op string, by Caller, link string) (org.Key, error) {
	if by.Key.Kind != org.SessionKey {
		return org.Key{}, fault.New(fault.Forbidden, op, "error.my-data.token")
	}
	if personIn(link) != by.ID {
		return org.Key{}, fault.New(fault.Forbidden, op, "error.address.other-person")
	}
	key, ok := by.Person.Key(org.AddressKey, hashOf(link))
	if !ok || !s.now().Before(key.Ends) {
		return org.Key{}, fault.New(fault.Conflict, op, "error.address.spent")
	}
	return key, nil
}

// TakeAddress spends a link: its address is the caller's, who has shown by it that mail to it reaches her, and her sessions elsewhere end. It
// tells which address was hers before, "" for none, and an id that names the change. Faults as AddressOf's, and Conflict when the address has
// become another's meanwhile.
func (s *Email) TakeAddress(ctx context.Context, by Caller, link string) (before, id string, err error) {
	key, err := s.addressKey("auth.TakeAddress", by, link)
	if err != nil {
		return "", "", err
	}
	elsewhere := func(k org.Key) bool { return k.Kind == org.SessionKey && k.ID != by.Key.ID }
	before, err = s.people.Move(ctx, by.ID, key, elsewhere, s.now())
	return before, key.ID, err
}
