package auth_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/org"
)

// caller is somebody at her browser, as her document is now.
func (p *post) caller(name string) auth.Caller {
	p.t.Helper()
	person, err := p.people.Get(p.t.Context(), org.PersonID("p-"+name))
	if err != nil {
		p.t.Fatal(err)
	}
	return auth.Caller{Person: person, Key: org.Key{ID: "here", Kind: org.SessionKey}}
}

// asks begins from a client of its own, so that the client's limit counts for nothing.
func (p *post) asks(name, email string) auth.NewAddress {
	p.t.Helper()
	p.n++
	asked, err := p.AskAddress(p.t.Context(), p.caller(name), email, fmt.Sprint("client ", p.n))
	if err != nil {
		p.t.Fatal(err)
	}
	return asked
}

// signsIn tells whether a sign-in by e-mail leads to somebody.
func (p *post) signsIn(email, name string) bool {
	p.t.Helper()
	p.n++
	ch, err := p.BeginEmail(p.t.Context(), email, fmt.Sprint("client ", p.n))
	if err != nil {
		p.t.Fatal(err)
	}
	id, err := p.ByLink(p.t.Context(), ch.Link)
	return err == nil && id == org.PersonID("p-"+name)
}

func TestAnotherAddressBecomesHers(t *testing.T) {
	p := openPost(t)
	ctx := t.Context()
	for _, kind := range []struct {
		id   string
		kind org.KeyKind
	}{{"here", org.SessionKey}, {"elsewhere", org.SessionKey}, {"program", org.TokenKey}} {
		if _, err := p.people.Change(ctx, "p-kari", func(k *org.Person) error {
			k.AddKey(org.Key{ID: kind.id, Hash: kind.id, Kind: kind.kind, Ends: p.now().Add(time.Hour)}, p.now())
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	before, err := p.BeginEmail(ctx, "kari@example.org", "before")
	if err != nil {
		t.Fatal(err)
	}
	asked := p.asks("kari", " Kari.Ny@Example.ORG ")
	if asked.Holder.ID != "" || asked.To != "kari.ny@example.org" || asked.Ends != p.now().Add(15*time.Minute) {
		t.Errorf("%+v", asked)
	}
	if email, ends := p.Asked(p.caller("kari")); email != asked.To || ends != asked.Ends {
		t.Errorf("waits: %s until %v", email, ends)
	}
	// Until she confirms it nothing is changed, and looking spends nothing.
	for range 2 {
		if email, err := p.AddressOf(p.caller("kari"), asked.Link); err != nil || email != asked.To || p.signsIn(asked.To, "kari") || p.caller("kari").Email != "kari@example.org" {
			t.Errorf("looking: %s, %v", email, err)
		}
	}
	old, _, err := p.TakeAddress(ctx, p.caller("kari"), asked.Link)
	if err != nil || old != "kari@example.org" {
		t.Fatalf("before it was %q, %v", old, err)
	}
	now := p.caller("kari")
	var left []string
	for _, k := range now.Keys {
		left = append(left, k.ID)
	}
	if now.Email != asked.To || fmt.Sprint(left) != "[here program]" {
		t.Errorf("she has %s, and keys %v", now.Email, left)
	}
	if email, _ := p.Asked(now); email != "" {
		t.Errorf("still waits: %s", email)
	}
	if !p.signsIn(asked.To, "kari") || p.signsIn("kari@example.org", "kari") {
		t.Error("she doesn't sign in with the new one, or with the old one too")
	}
	// What was sent to the old one before opens nothing either.
	_, err = p.ByLink(ctx, before.Link)
	wantKey(t, err, fault.Conflict, "error.sign-in.spent")
	// Once is all.
	_, _, err = p.TakeAddress(ctx, p.caller("kari"), asked.Link)
	wantKey(t, err, fault.Conflict, "error.address.spent")
	// The old one is free for whoever comes by it next.
	if err := p.people.Create(ctx, org.Person{ID: "p-next", Name: "Next", Email: "kari@example.org"}); err != nil {
		t.Errorf("the old one: %v", err)
	}
	if !p.signsIn("kari@example.org", "next") || !p.signsIn(asked.To, "kari") {
		t.Error("the two are mixed up")
	}
}

// wantKey checks what an error is, and which text tells of it.
func wantKey(t *testing.T, err error, code fault.Code, key string) {
	t.Helper()
	t.Helper()
	wantFault(t, err, code)
	if f, ok := err.(*fault.Error); ok && key != "" && f.Key != key {
		t.Errorf("says %s, want %s", f.Key, key)
	}
}

func TestALinkThatMovesNobody(t *testing.T) {
	p := openPost(t)
	ctx := t.Context()
	first := p.asks("kari", "one@example.org")
	second := p.asks("kari", "two@example.org") // she saw that she had mistyped
	byToken := p.caller("kari")
	byToken.Key.Kind = org.TokenKey
	for name, try := range map[string]struct {
		by   auth.Caller
		link string
		code fault.Code
		key  string
	}{
		"an earlier one":       {p.caller("kari"), first.Link, fault.Conflict, "error.address.spent"},
		"another's":            {p.caller("both"), second.Link, fault.Forbidden, "error.address.other-person"},
		"nobody's":             {p.caller("kari"), "nosuch", fault.Forbidden, "error.address.other-person"},
		"hers, another secret": {p.caller("kari"), "p-kari.AAAA", fault.Conflict, "error.address.spent"},
		"a program's":          {byToken, second.Link, fault.Forbidden, "error.my-data.token"},
		"none":                 {p.caller("kari"), "", fault.Forbidden, "error.address.other-person"},
	} {
		_, err := p.AddressOf(try.by, try.link)
		wantKey(t, err, try.code, try.key)
		if _, _, err = p.TakeAddress(ctx, try.by, try.link); err == nil {
			t.Errorf("%s link is taken", name)
		}
		wantKey(t, err, try.code, try.key)
	}
	p.pass(15 * time.Minute)
	_, _, err := p.TakeAddress(ctx, p.caller("kari"), second.Link)
	wantKey(t, err, fault.Conflict, "error.address.spent")
	if email, _ := p.Asked(p.caller("kari")); email != "" || p.caller("kari").Email != "kari@example.org" {
		t.Errorf("after a quarter of an hour %q waits", email)
	}
	// Whose access ended meanwhile has no way left, even when it is given back.
	third := p.asks("kari", "three@example.org")
	if _, err := p.people.Change(ctx, "p-kari", func(k *org.Person) error { k.Keys = nil; return nil }); err != nil {
		t.Fatal(err)
	}
	_, _, err = p.TakeAddress(ctx, p.caller("kari"), third.Link)
	wantKey(t, err, fault.Conflict, "error.address.spent")
}

func TestWhichAddressesCanBeAskedFor(t *testing.T) {
	p := openPost(t)
	ctx := t.Context()
	for _, email := range []string{"", "kari", "kari@example.org\r\nBcc: all@example.org", "a@example.org, b@example.org", "Kari <a@example.org>", "a@example.org\x00", "\xff@example.org", "a b@example.org", "b\u043eth@example.org"} {
		_, err := p.AskAddress(ctx, p.caller("kari"), email, "c")
		wantKey(t, err, fault.Invalid, "")
	}
	_, err := p.AskAddress(ctx, p.caller("kari"), "KARI@example.org", "c")
	wantKey(t, err, fault.Invalid, "")
	// What is almost somebody's is another one, and free.
	if asked := p.asks("kari", "bóth@example.org"); asked.Holder.ID != "" {
		t.Error("an address is taken for another")
	}
	// Of one that is somebody's, and of one that nobody has, the same is kept: nothing but the mail tells them apart.
	for _, email := range []string{"both@example.org", "nobody@example.org", "gone@example.org"} {
		asked := p.asks("kari", email)
		if waits, ends := p.Asked(p.caller("kari")); waits != email || ends != asked.Ends || asked.Link == "" || (asked.Holder.ID == "") != (email == "nobody@example.org") {
			t.Errorf("%s: %+v, waits %s until %v", email, asked, waits, ends)
		}
	}
	// Nothing has shown that the one she has is hers: whose it is would lose her way to put that right.
	if _, err := p.people.Change(ctx, "p-kari", func(k *org.Person) error { k.Unproven = true; return nil }); err != nil {
		t.Fatal(err)
	}
	_, err = p.AskAddress(ctx, p.caller("kari"), "x@example.org", "c")
	wantKey(t, err, fault.Conflict, "error.address.unproven")
}

// Who was let in on request has no address, and comes by one in the same way.
func TestAFirstAddress(t *testing.T) {
	p := openPost(t)
	ctx := t.Context()
	if err := p.people.Create(ctx, org.Person{ID: "p-asked", Name: "Asked", Grants: []org.Grant{{Role: org.Contributor, Municipality: "larvik", Region: "r"}}}); err != nil {
		t.Fatal(err)
	}
	asked := p.asks("asked", "asked@example.org")
	before, _, err := p.TakeAddress(ctx, p.caller("asked"), asked.Link)
	if err != nil || before != "" || !p.signsIn("asked@example.org", "asked") {
		t.Errorf("before it was %q, %v", before, err)
	}
}

func TestAnAddressTakenMeanwhile(t *testing.T) {
	p := openPost(t)
	ctx := t.Context()
	asked := p.asks("kari", "new@example.org")
	if err := p.people.Create(ctx, org.Person{ID: "p-faster", Name: "Faster", Email: "new@example.org"}); err != nil {
		t.Fatal(err)
	}
	_, _, err := p.TakeAddress(ctx, p.caller("kari"), asked.Link)
	wantKey(t, err, fault.Conflict, "error.address.taken")
	if p.caller("kari").Email != "kari@example.org" || !p.signsIn("kari@example.org", "kari") || !p.signsIn("new@example.org", "faster") {
		t.Error("the two are mixed up")
	}
}

// Of several who have shown that an address is theirs, and use their links at once, never more than one has it; the others keep what they
// had.
func TestTwoRaceForAnAddress(t *testing.T) {
	won := 0
	for range 10 {
		p := openPost(t)
		names := []string{"kari", "both", "lead", "admin"}
		errs := make([]error, 2*len(names)+1)
		var all sync.WaitGroup
		for i, name := range names {
			asked := p.asks(name, "shared@example.org")
			by := p.caller(name)
			for tab := range 2 {
				all.Go(func() {
					if _, _, err := p.TakeAddress(t.Context(), by, asked.Link); err != nil {
						errs[2*i+tab] = err
					}
				})
			}
		}
		all.Go(func() {
			errs[2*len(names)] = p.people.Create(t.Context(), org.Person{ID: "p-made", Name: "Made", Email: "shared@example.org"})
		})
		all.Wait()
		var have []string
		for _, name := range append(names, "made") {
			person, err := p.people.Get(t.Context(), org.PersonID("p-"+name))
			switch {
			case fault.CodeOf(err) == fault.NotFound:
			case err != nil:
				t.Fatal(err)
			case person.Email == "shared@example.org":
				have = append(have, name)
			case !p.signsIn(name+"@example.org", name):
				t.Errorf("%s lost her own", name)
			}
		}
		if won += len(have); len(have) > 1 || len(have) == 1 && !p.signsIn("shared@example.org", have[0]) {
			t.Fatalf("%v have it; %v", have, errs)
		}
		for _, err := range errs {
			if err != nil && fault.CodeOf(err) != fault.Conflict {
				t.Errorf("%v", err)
			}
		}
	}
	if won == 0 {
		t.Error("nobody ever has it")
	}
}

func TestHowOftenAnAddressIsAskedFor(t *testing.T) {
	p := openPost(t)
	ctx := t.Context()
	for range 5 {
		p.asks("kari", "same@example.org")
	}
	_, err := p.AskAddress(ctx, p.caller("both"), "same@example.org", "another client")
	wantKey(t, err, fault.TooMany, "error.too-many")
	for n := range 5 {
		p.asks("kari", fmt.Sprintf("n%d@example.org", n))
	}
	_, err = p.AskAddress(ctx, p.caller("kari"), "one-more@example.org", "yet another")
	wantKey(t, err, fault.TooMany, "error.too-many")
	p.asks("both", "one-more@example.org")
	p.pass(time.Hour)
	p.asks("kari", "one-more@example.org")
}
