package auth_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"helhet/internal/auth"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/internal/store/sqlite/sqlitetest"
	"helhet/org"
)

// cutOff is the accounts of a process that is killed around linking one, when a test says so.
type cutOff struct {
	*auth.Accounts
	before, after bool
}

var errKilled = errors.New("killed")

func (c *cutOff) LinkInstead(ctx context.Context, person, before org.PersonID, issuer, subject string) error {
	if c.before {
		return errKilled
	}
	err := c.Accounts.LinkInstead(ctx, person, before, issuer, subject)
	if c.after {
		return errKilled
	}
	return err
}

// desk is where requests for access are answered.
type desk struct {
	*org.AccessRequests
	t        *testing.T
	people   *org.People
	accounts *cutOff
	clock    atomic.Int64
}

const issuerA = "https://a.example"

func as(id org.PersonID, role org.Role, m org.MunicipalityID, r org.RegionID) org.Actor {
	return org.Actor{Person: id, Grants: []org.Grant{{Role: role, Municipality: m, Region: r}}}
}

var (
	larvik  = as("p-larvik", org.Coordinator, "larvik", "vt")
	tokke   = as("p-tokke", org.Coordinator, "tokke", "vt")
	lead    = as("p-lead", org.RegionalLead, "", "vt")
	faraway = as("p-faraway", org.RegionalLead, "", "oslo")
	admin   = as("p-admin", org.Administrator, "", "")
)

func openDesk(t *testing.T) *desk {
	t.Helper()
	db := sqlitetest.Open(t, t.TempDir())
	register, err := org.LoadRegister()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, people: org.NewPeople(db)}
	d.clock.Store(time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC).UnixNano())
	regions := org.NewRegions(db)
	d.accounts = &cutOff{Accounts: auth.NewAccounts(db, d.now)}
	d.AccessRequests = org.NewAccessRequests(db, register, regions, d.people, d.accounts, d.now)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, r := range []org.Region{
		{ID: "vt", Name: "VT", Members: []org.Member{{Municipality: "larvik"}, {Municipality: "tokke"}}},
		{ID: "oslo", Name: "Oslo", Members: []org.Member{{Municipality: "oslo"}}},
	} {
		if err := regions.Create(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func (d *desk) now() time.Time { return time.Unix(0, d.clock.Load()) }

// ask asks for access by an account, whose id it gives with the request as it stands then.
func (d *desk) ask(subject string, m org.MunicipalityID, message string) org.AccessRequest {
	d.t.Helper()
	d.clock.Add(int64(time.Minute))
	id := auth.AccountID(issuerA, subject)
	err := d.Ask(d.t.Context(), org.AccessRequest{ID: id, Issuer: issuerA, Subject: subject, Name: " Ny Ansatt ", Email: " Ny@Example.org ", Municipality: m, Message: message})
	if err != nil {
		d.t.Fatal(err)
	}
	return d.request(id)
}

func (d *desk) request(id string) org.AccessRequest {
	d.t.Helper()
	req, err := d.Get(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return req
}

// grant lets somebody into Larvik.
func (d *desk) grant(a org.Actor, req org.AccessRequest, role org.Role) (org.AccessRequest, error) {
	return d.Grant(d.t.Context(), a, req.ID, req.Tag, role, "larvik", "vt")
}

// comesIn is who an account opens for, "" for nobody.
func (d *desk) comesIn(subject string) org.Person {
	d.t.Helper()
	id, _, err := d.accounts.Linked(d.t.Context(), issuerA, subject)
	if fault.CodeOf(err) == fault.NotFound {
		return org.Person{}
	}
	if err != nil {
		d.t.Fatal(err)
	}
	p, err := d.people.Get(d.t.Context(), id)
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		d.t.Fatal(err)
	}
	return p
}

func (d *desk) everybody() []org.Person {
	d.t.Helper()
	all, _, err := d.people.List(d.t.Context(), 100, "")
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}

func ids(list []org.AccessRequest, _ store.Cursor, err error) ([]string, error) {
	var all []string
	for _, r := range list {
		all = append(all, r.ID)
	}
	return all, err
}

func TestWhoSeesRequests(t *testing.T) {
	d, ctx := openDesk(t), t.Context()
	first := d.ask("1", "larvik", "")
	second := d.ask("2", "larvik", "")
	third := d.ask("3", "tokke", "")
	nowhere := d.ask("4", "bergen", "") // which is in no region here
	for what, c := range map[string]struct {
		list func() ([]string, error)
		want []string
	}{
		"Larvik's coordinator": {func() ([]string, error) { return ids(d.List(ctx, larvik, "larvik", 10, "")) }, []string{first.ID, second.ID}},
		"her lead":             {func() ([]string, error) { return ids(d.List(ctx, lead, "tokke", 10, "")) }, []string{third.ID}},
		"the region's":         {func() ([]string, error) { return ids(d.OfRegion(ctx, lead, "vt", 10, "")) }, []string{first.ID, second.ID, third.ID}},
		"another region's":     {func() ([]string, error) { return ids(d.OfRegion(ctx, faraway, "oslo", 10, "")) }, nil},
		"all":                  {func() ([]string, error) { return ids(d.All(ctx, admin, 10, "")) }, []string{first.ID, second.ID, third.ID, nowhere.ID}},
	} {
		if got, err := c.list(); err != nil || !same(got, c.want) {
			t.Errorf("%s: %v, want %v (%v)", what, got, c.want, err)
		}
	}
	for what, err := range map[string]error{
		"a neighbour lists":             last3(d.List(ctx, tokke, "larvik", 10, "")),
		"a lead of elsewhere lists":     last3(d.List(ctx, faraway, "larvik", 10, "")),
		"a lead lists another region's": last3(d.OfRegion(ctx, faraway, "vt", 10, "")),
		"a coordinator a region's":      last3(d.OfRegion(ctx, larvik, "vt", 10, "")),
		"a coordinator lists all":       last3(d.All(ctx, larvik, 10, "")),
		"a lead lists all":              last3(d.All(ctx, lead, 10, "")),
		"a neighbour looks":             last2(d.Seen(ctx, tokke, first.ID)),
		"anybody looks for none":        last2(d.Seen(ctx, admin, "nosuch")),
		"a neighbour grants":            last2(d.grant(tokke, first, org.Contributor)),
		"a neighbour, to her own":       last2(d.Grant(ctx, tokke, first.ID, first.Tag, org.Contributor, "tokke", "vt")),
		"a coordinator, elsewhere":      last2(d.Grant(ctx, larvik, first.ID, first.Tag, org.Contributor, "tokke", "vt")),
		"a coordinator, more than hers": last2(d.Grant(ctx, larvik, first.ID, first.Tag, org.Administrator, "", "")),
		"a lead grants contributor":     last2(d.grant(lead, first, org.Contributor)),
		"a neighbour declines":          last2(d.Decline(ctx, tokke, first.ID, first.Tag)),
		"a lead of elsewhere declines":  last2(d.Decline(ctx, faraway, first.ID, first.Tag)),
		"a neighbour opens it again":    last2(d.Reopen(ctx, tokke, first.ID)),
	} {
		wantCode(t, what, err, fault.Forbidden)
	}
	if req := d.request(first.ID); req != first || len(d.everybody()) != 0 {
		t.Errorf("something was done: %+v", req)
	}
	if _, err := d.grant(lead, second, org.Coordinator); err != nil {
		t.Errorf("the lead lets a coordinator in: %v", err)
	}
	if got, err := d.Grant(ctx, admin, nowhere.ID, nowhere.Tag, org.RegionalLead, "", "oslo"); err != nil || got.Grant != (org.Grant{Role: org.RegionalLead, Region: "oslo"}) {
		t.Errorf("the administrator lets in elsewhere: %+v (%v)", got, err)
	}
}

func last2[A any](_ A, err error) error         { return err }
func last3[A, B any](_ A, _ B, err error) error { return err }

// same compares two lists, in any order.
func same(got, want []string) bool {
	if len(got) != len(want) {
		return false
	}
	there := map[string]bool{}
	for _, id := range got {
		there[id] = true
	}
	for _, id := range want {
		if !there[id] {
			return false
		}
	}
	return true
}

func TestGrantingAccess(t *testing.T) {
	d := openDesk(t)
	// What she typed is somebody's address already: nothing of that person's becomes hers, nor the other way round.
	owner := org.Person{ID: "p-owner", Name: "Eier", Email: "ny@example.org", Grants: []org.Grant{{Role: org.Administrator}}}
	if err := d.people.Create(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	req := d.ask("ny", "larvik", "Hei")
	granted, err := d.grant(larvik, req, org.Contributor)
	if err != nil || granted.State != org.AccessGranted || granted.AnsweredBy != "p-larvik" || granted.Name+granted.Email+granted.Message != "" {
		t.Fatalf("%+v (%v)", granted, err)
	}
	p := d.comesIn("ny")
	if p.ID != granted.Person || p.ID == "p-owner" || p.Name != "Ny Ansatt" || p.Email != "" || len(p.Grants) != 1 || p.Grants[0] != granted.Grant || p.Inactive {
		t.Errorf("she is %+v", p)
	}
	if p, err := d.people.ByEmail(t.Context(), "ny@example.org"); err != nil || p.ID != "p-owner" || len(p.Grants) != 1 {
		t.Errorf("the address is %+v's (%v)", p, err)
	}
	if list, _, err := d.people.In(t.Context(), "larvik", 10, ""); err != nil || len(list) != 1 || list[0].ID != p.ID {
		t.Errorf("Larvik's people: %+v (%v)", list, err)
	}
	wantCode(t, "granting again", last2(d.grant(larvik, d.request(req.ID), org.Contributor)), fault.Conflict)
	wantCode(t, "declining it", last2(d.Decline(t.Context(), larvik, req.ID, d.request(req.ID).Tag)), fault.Conflict)
	wantCode(t, "opening it again", last2(d.Reopen(t.Context(), larvik, req.ID)), fault.Conflict)
	if list, _, err := d.List(t.Context(), larvik, "larvik", 10, ""); err != nil || len(list) != 0 {
		t.Errorf("it is still listed: %v (%v)", list, err)
	}
}

// Killed around the link, nobody is half in: whoever grants again goes on to the end, and nobody else does anything else.
func TestGrantingAccessCutOff(t *testing.T) {
	for what, kill := range map[string]func(*cutOff){
		"before the link": func(c *cutOff) { c.before = true },
		"after the link":  func(c *cutOff) { c.after = true },
	} {
		t.Run(what, func(t *testing.T) {
			d := openDesk(t)
			req := d.ask("ny", "larvik", "")
			kill(d.accounts)
			if _, err := d.grant(larvik, req, org.Leader); !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			d.accounts.before, d.accounts.after = false, false
			half := d.request(req.ID)
			if p := d.comesIn("ny"); p.ID != "" || len(d.everybody()) != 0 || !half.Begun() {
				t.Fatalf("half in: %+v, %+v", p, half)
			}
			if again := d.ask("ny", "tokke", "Changed"); again != half {
				t.Errorf("asked anew while it goes on: %+v", again)
			}
			wantCode(t, "another role", last2(d.grant(larvik, half, org.Coordinator)), fault.Conflict)
			wantCode(t, "declining", last2(d.Decline(t.Context(), larvik, req.ID, half.Tag)), fault.Conflict)
			wantCode(t, "who may not grant it", last2(d.grant(lead, half, org.Leader)), fault.Forbidden)
			done, err := d.grant(admin, req, org.Leader) // another, who saw it before
			if err != nil || done.State != org.AccessGranted {
				t.Fatalf("going on: %+v (%v)", done, err)
			}
			if p := d.comesIn("ny"); p.ID != done.Person || len(p.Grants) != 1 || p.Grants[0].Role != org.Leader || len(d.everybody()) != 1 {
				t.Errorf("she is %+v, among %d", p, len(d.everybody()))
			}
		})
	}
}

// Whoever has the account by the time it is granted gets the role, and nobody else is made.
func TestGrantingToWhoHasTheAccount(t *testing.T) {
	d := openDesk(t)
	kari := org.Person{ID: "p-kari", Name: "Kari", Email: "kari@example.org", Grants: []org.Grant{{Role: org.Leader, Municipality: "tokke", Region: "vt"}}}
	if err := d.people.Create(t.Context(), kari); err != nil {
		t.Fatal(err)
	}
	// Cut off, and then she accepts an invitation by the same account.
	req := d.ask("kari", "larvik", "")
	d.accounts.before = true
	if _, err := d.grant(larvik, req, org.Contributor); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	d.accounts.before = false
	if err := d.accounts.LinkAccount(t.Context(), "p-kari", issuerA, "kari"); err != nil {
		t.Fatal(err)
	}
	done, err := d.grant(larvik, d.request(req.ID), org.Contributor)
	if err != nil || done.Person != "p-kari" {
		t.Fatalf("%+v (%v)", done, err)
	}
	if p := d.comesIn("kari"); len(p.Grants) != 2 || p.Name != "Kari" || len(d.everybody()) != 1 {
		t.Errorf("she is %+v, among %d", p, len(d.everybody()))
	}
	// Nobody lets herself in to more.
	req = d.ask("kari", "larvik", "")
	wantCode(t, "by herself", last2(d.grant(as("p-kari", org.Coordinator, "larvik", "vt"), req, org.Coordinator)), fault.Forbidden)
	// What was taken from her stays taken.
	if _, err := d.people.Change(t.Context(), "p-kari", func(p *org.Person) error { p.Inactive = true; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := d.grant(larvik, req, org.Contributor); err != nil {
		t.Fatal(err)
	}
	if p := d.comesIn("kari"); p.Inactive || len(p.Grants) != 1 || p.Grants[0].Role != org.Contributor {
		t.Errorf("let in again she is %+v", p)
	}
}

// An account that was linked by whoever had a link passed on by hand, before its owner came, leads to nobody: who asks by it is somebody new,
// and the owner is left alone.
func TestGrantingToAStaleAccount(t *testing.T) {
	d := openDesk(t)
	owner := org.Person{ID: "p-owner", Name: "Eier", Email: "eier@example.org", Unproven: true, Grants: []org.Grant{{Role: org.Leader, Municipality: "tokke", Region: "vt"}}}
	if err := d.people.Create(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	if err := d.accounts.LinkAccount(t.Context(), "p-owner", issuerA, "mallory"); err != nil {
		t.Fatal(err)
	}
	d.clock.Add(int64(time.Hour))
	if _, err := d.people.Prove(t.Context(), "p-owner", d.now().UTC()); err != nil {
		t.Fatal(err)
	}
	for _, cut := range []bool{true, false} {
		req := d.ask("mallory", "larvik", "")
		d.accounts.after = cut
		if _, err := d.grant(larvik, req, org.Contributor); cut != (err != nil) {
			t.Fatal(err)
		}
	}
	p := d.comesIn("mallory")
	if p.ID == "" || p.ID == "p-owner" || len(p.Grants) != 1 || p.Grants[0].Municipality != "larvik" {
		t.Errorf("the account opens for %+v", p)
	}
	if p, err := d.people.Get(t.Context(), "p-owner"); err != nil || len(p.Grants) != 1 || p.Grants[0].Municipality != "tokke" {
		t.Errorf("the owner is %+v (%v)", p, err)
	}
}

// Of many who answer at once, one does; what she saw must be what stands.
func TestAnsweringAtOnce(t *testing.T) {
	d := openDesk(t)
	req := d.ask("ny", "larvik", "")
	var all sync.WaitGroup
	var won atomic.Int32
	for i := range 12 {
		all.Go(func() {
			var err error
			switch i % 3 {
			case 0:
				_, err = d.grant(larvik, req, org.Contributor)
			case 1:
				_, err = d.grant(admin, req, org.Leader)
			default:
				_, err = d.Decline(t.Context(), larvik, req.ID, req.Tag)
			}
			switch fault.CodeOf(err) {
			case "":
				won.Add(1)
			case fault.Conflict, fault.Stale:
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	got, people := d.request(req.ID), d.everybody()
	switch got.State {
	case org.AccessDeclined:
		if len(people) != 0 || won.Load() != 1 {
			t.Errorf("declined by %d, and %d are in", won.Load(), len(people))
		}
	case org.AccessGranted:
		if len(people) != 1 || len(people[0].Grants) != 1 || people[0].Grants[0] != got.Grant {
			t.Errorf("granted %+v, and there are %+v", got, people)
		}
	default:
		t.Errorf("it is %+v", got)
	}
}

func TestAskingAgain(t *testing.T) {
	d, ctx := openDesk(t), t.Context()
	seen := d.ask("ny", "larvik", "Hei")
	if again := d.ask("ny", "larvik", "Hei"); again != seen {
		t.Errorf("sent twice it is %+v", again)
	}
	changed := d.ask("ny", "larvik", "Hei, jeg er sjefen")
	wantCode(t, "granting what was not seen", last2(d.grant(larvik, seen, org.Leader)), fault.Stale)
	wantCode(t, "declining what was not seen", last2(d.Decline(ctx, larvik, seen.ID, seen.Tag)), fault.Stale)
	declined, err := d.Decline(ctx, larvik, changed.ID, changed.Tag)
	if err != nil || declined.State != org.AccessDeclined {
		t.Fatal(err)
	}
	wantCode(t, "granting what was declined", last2(d.grant(larvik, declined, org.Leader)), fault.Conflict)
	if again := d.ask("ny", "larvik", "Vær så snill"); again.State != org.AccessOpen || again.AnsweredBy != "" || !again.DeclinedAt.Equal(declined.DeclinedAt) {
		t.Errorf("asked anew it is %+v", again)
	}
	if kept, err := d.Reopen(ctx, larvik, seen.ID); err != nil || kept.DeclinedAt.IsZero() {
		t.Errorf("taking back what she has asked anew: %+v (%v)", kept, err)
	}
	if elsewhere := d.ask("ny", "tokke", ""); !elsewhere.DeclinedAt.IsZero() {
		t.Errorf("Tokke hears of Larvik's no: %+v", elsewhere)
	}
	req := d.request(seen.ID)
	if _, err := d.Decline(ctx, tokke, req.ID, req.Tag); err != nil {
		t.Fatal(err)
	}
	back, err := d.Reopen(ctx, tokke, req.ID)
	if err != nil || back.State != org.AccessOpen || !back.DeclinedAt.IsZero() {
		t.Errorf("taken back it is %+v (%v)", back, err)
	}
	if _, err := d.Grant(ctx, tokke, req.ID, back.Tag, org.Contributor, "tokke", "vt"); err != nil {
		t.Errorf("granted after all: %v", err)
	}
	for name, wrong := range map[string]org.AccessRequest{
		"no name":        {Email: "a@example.org", Municipality: "larvik"},
		"turned text":    {Name: "Kari \u202egro.live", Email: "a@example.org", Municipality: "larvik"},
		"two addresses":  {Name: "N", Email: "a@example.org, b@example.org", Municipality: "larvik"},
		"nowhere":        {Name: "N", Email: "a@example.org", Municipality: "atlantis"},
		"no place":       {Name: "N", Email: "a@example.org"},
		"a null message": {Name: "N", Email: "a@example.org", Municipality: "larvik", Message: "\x00"},
	} {
		wrong.ID = "x"
		wantCode(t, name, d.Ask(ctx, wrong), fault.Invalid)
	}
}
