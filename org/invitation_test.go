package org

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
)

// staffWorld is a region with people, and a clock the test moves.
type staffWorld struct {
	*Invitations
	t      testing.TB
	db     *store.DB
	clock  time.Time
	people *People
}

const testRegion = RegionID("vestfold-telemark")

func openStaff(t testing.TB) *staffWorld {
	t.Helper()
	return openStaffOn(t, database(t))
}

func openStaffOn(t testing.TB, db *store.DB) *staffWorld {
	t.Helper()
	w := &staffWorld{t: t, db: db, clock: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)}
	w.people = NewPeople(w.db)
	regions := NewRegions(w.db)
	w.Invitations = NewInvitations(w.db, w.people, regions, func() time.Time { return w.clock })
	if err := w.db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		regions.Create(t.Context(), Region{ID: testRegion, Name: "Vestfold og Telemark", Members: []Member{{Municipality: "larvik"}, {Municipality: "tokke"}}}),
		regions.Create(t.Context(), Region{ID: "oslo", Name: "Oslo", Members: []Member{{Municipality: "oslo"}}}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w.add("admin", Grant{Administrator, "", ""})
	w.add("lead", Grant{RegionalLead, "", testRegion})
	w.add("foreignlead", Grant{RegionalLead, "", "oslo"})
	w.add("coordinator", Grant{Coordinator, "larvik", testRegion})
	w.add("contributor", Grant{Contributor, "larvik", testRegion})
	w.add("leader", Grant{Leader, "larvik", testRegion})
	w.add("neighbour", Grant{Coordinator, "tokke", testRegion})
	return w
}

func (w *staffWorld) add(name string, grants ...Grant) {
	w.t.Helper()
	if err := w.people.Create(w.t.Context(), Person{ID: PersonID("p-" + name), Name: name, Email: name + "@example.org", Grants: grants}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *staffWorld) person(name string) Person {
	w.t.Helper()
	p, err := w.people.Get(w.t.Context(), PersonID("p-"+name))
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *staffWorld) actor(name string) Actor { w.t.Helper(); return w.person(name).Actor() }

func (w *staffWorld) invite(by string, in Invite) (Invitation, string) {
	w.t.Helper()
	inv, secret, err := w.Invite(w.t.Context(), w.actor(by), in)
	if err != nil {
		w.t.Fatal(err)
	}
	return inv, secret
}

var newContributor = Invite{Email: "Ny@Example.org", Name: "Ny Person", Role: Contributor, Municipality: "larvik", Region: testRegion}

func TestInviteAndAccept(t *testing.T) {
	w := openStaff(t)
	inv, secret := w.invite("coordinator", newContributor)
	if inv.Email != "ny@example.org" || strings.Contains(fmt.Sprintf("%+v", inv), secret[len(secret)-20:]) {
		t.Errorf("stored %+v", inv)
	}
	for range 3 { // looking spends nothing
		if _, err := w.BySecret(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
	}
	id, err := w.Accept(t.Context(), secret, Acceptance{Name: "Nina Ny", Language: Nynorsk})
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.people.ByEmail(t.Context(), "ny@example.org")
	if err != nil || p.ID != id || p.Name != "Nina Ny" || p.Language != Nynorsk || len(p.Grants) != 1 || p.Grants[0] != (Grant{Contributor, "larvik", testRegion}) || p.Unproven {
		t.Errorf("she is %+v, %v", p, err)
	}
	_, err = w.Accept(t.Context(), secret, Acceptance{Name: "Again"})
	wantCode(t, err, fault.Conflict, "error.invitation.used")
	wantCode(t, w.Revoke(t.Context(), w.actor("coordinator"), inv.ID), fault.Conflict, "error.invitation.ended")
	if open, _, err := w.OfPlace(t.Context(), "larvik", 10, ""); err != nil || len(open) != 0 {
		t.Errorf("open %v, %v", open, err)
	}
	doc, err := w.docs.Get(t.Context(), string(inv.ID))
	if err != nil || doc.Value.Email != "" || doc.Value.Name != "" || doc.Value.Person != id {
		t.Errorf("kept %+v", doc.Value)
	}

	// Somebody who is known gets the role beside what she has, once.
	in := newContributor
	in.Email, in.Municipality, in.Role = "contributor@example.org", "tokke", Leader
	_, secret = w.invite("neighbour", in)
	if id, err := w.Accept(t.Context(), secret, Acceptance{Name: "Somebody else"}); err != nil || id != "p-contributor" {
		t.Fatalf("%s, %v", id, err)
	}
	if p := w.person("contributor"); len(p.Grants) != 2 || p.Name != "contributor" || !MayReadAnswers(p.Actor(), "tokke") || !MayAnswer(p.Actor(), "larvik") {
		t.Errorf("she is %+v", p)
	}
	_, _, err = w.Invite(t.Context(), w.actor("neighbour"), in)
	wantCode(t, err, fault.Invalid, "error.invitation.has-role")
	// Where an account becomes hers by it she may have the role already: nothing else changes then.
	in.Linking = true
	before := w.person("contributor")
	_, secret = w.invite("neighbour", in)
	if id, err := w.Accept(t.Context(), secret, Acceptance{Name: "Somebody else"}); err != nil || id != "p-contributor" || !slices.Equal(w.person("contributor").Grants, before.Grants) {
		t.Errorf("%s, %v: %+v", id, err, w.person("contributor"))
	}
}

// Who may invite whom to what, and nothing by a place that is said to be elsewhere.
func TestInviteRefuses(t *testing.T) {
	w := openStaff(t)
	with := func(role Role, m MunicipalityID, r RegionID) Invite {
		return Invite{Email: "ny@example.org", Name: "Ny", Role: role, Municipality: m, Region: r}
	}
	tests := []struct {
		by   string
		in   Invite
		code fault.Code
	}{
		{"coordinator", with(Contributor, "larvik", testRegion), ""},
		{"coordinator", with(Leader, "larvik", testRegion), ""},
		{"coordinator", with(Coordinator, "larvik", testRegion), ""},
		{"coordinator", with(Contributor, "tokke", testRegion), fault.Forbidden},
		{"coordinator", with(RegionalLead, "larvik", testRegion), fault.Forbidden},
		{"coordinator", with(Administrator, "larvik", testRegion), fault.Forbidden},
		{"coordinator", with(Contributor, "larvik", "oslo"), fault.Invalid},
		{"coordinator", with("king", "larvik", testRegion), fault.Invalid},
		{"coordinator", with(Contributor, "", testRegion), fault.Invalid},
		{"contributor", with(Contributor, "larvik", testRegion), fault.Forbidden},
		{"leader", with(Contributor, "larvik", testRegion), fault.Forbidden},
		{"lead", with(Coordinator, "tokke", testRegion), ""},
		{"lead", with(Contributor, "tokke", testRegion), fault.Forbidden},
		{"lead", with(Leader, "tokke", testRegion), fault.Forbidden},
		{"lead", with(RegionalLead, "", testRegion), fault.Forbidden},
		{"lead", with(Coordinator, "oslo", "oslo"), fault.Forbidden},
		{"lead", with(Coordinator, "oslo", testRegion), fault.Invalid}, // Oslo is no member of her region
		{"foreignlead", with(Coordinator, "tokke", testRegion), fault.Forbidden},
		{"admin", with(RegionalLead, "", testRegion), ""},
		{"admin", with(Administrator, "", ""), ""},
		{"admin", with(Contributor, "tokke", testRegion), ""},
		{"admin", with(RegionalLead, "", "nowhere"), fault.Invalid},
	}
	for _, tt := range tests {
		_, _, err := w.Invite(t.Context(), w.actor(tt.by), tt.in)
		if fault.CodeOf(err) != tt.code {
			t.Errorf("%s invites %+v: %v", tt.by, tt.in, err)
		}
	}
	for _, wrong := range []func(*Invite){
		func(in *Invite) { in.Email = "ny@example.org\r\nBcc: x@example.org" },
		func(in *Invite) { in.Email = "Ny <ny@example.org>" },
		func(in *Invite) { in.Name = "Ny\r\nBcc: x@example.org" },
		func(in *Invite) { in.Name = "" },
		func(in *Invite) { in.Language = "xx" },
		func(in *Invite) { in.Email = "COORDINATOR@example.org" }, // herself
	} {
		in := newContributor
		wrong(&in)
		_, _, err := w.Invite(t.Context(), w.actor("coordinator"), in)
		wantCode(t, err, fault.Invalid, "")
	}
	if _, _, err := w.Invite(t.Context(), SystemActor("x"), newContributor); fault.CodeOf(err) != fault.Forbidden {
		t.Errorf("a job invites: %v", err)
	}
}

func TestInvitationEnds(t *testing.T) {
	w := openStaff(t)
	inv, first := w.invite("coordinator", newContributor)
	for _, wrong := range []string{"", ".", string(inv.ID), string(inv.ID) + ".", first + "x", first[:len(first)-1], "i-other" + first[strings.Index(first, "."):], "\x00.x", strings.Repeat("x", 2000) + ".y", strings.ToLower(first)} {
		_, err := w.BySecret(t.Context(), wrong)
		wantCode(t, err, fault.NotFound, "error.invitation.unknown")
		_, err = w.Accept(t.Context(), wrong, Acceptance{Name: "X"})
		wantCode(t, err, fault.NotFound, "error.invitation.unknown")
	}
	w.clock = w.clock.Add(InvitationLength)
	_, err := w.Accept(t.Context(), first, Acceptance{Name: "X"})
	wantCode(t, err, fault.Conflict, "error.invitation.ended")

	_, _, err = w.Again(t.Context(), w.actor("neighbour"), inv.ID, false)
	wantCode(t, err, fault.Forbidden, "")
	inv, second, err := w.Again(t.Context(), w.actor("coordinator"), inv.ID, false)
	if err != nil || inv.Sent != 2 {
		t.Fatal(inv, err)
	}
	_, err = w.Accept(t.Context(), first, Acceptance{Name: "X"})
	wantCode(t, err, fault.NotFound, "error.invitation.unknown")
	wantCode(t, w.Revoke(t.Context(), w.actor("neighbour"), inv.ID), fault.Forbidden, "")
	if err := w.Revoke(t.Context(), w.actor("coordinator"), inv.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.Accept(t.Context(), second, Acceptance{Name: "X"})
	wantCode(t, err, fault.Conflict, "error.invitation.ended")
	if _, err := w.people.ByEmail(t.Context(), "ny@example.org"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("she was made: %v", err)
	}
	w.clock = w.clock.Add(invitationKept + time.Hour)
	w.relay()
	if n, err := w.Sweep(t.Context(), 10); err != nil || n != 1 {
		t.Errorf("swept %d, %v", n, err)
	}
}

// relay takes the events that wait, and tells which there were.
func (w *staffWorld) relay() (kinds []string) {
	w.t.Helper()
	for {
		n, err := w.db.Relay(w.t.Context(), 100, func(_ context.Context, moved []store.RelayedEvent) error {
			for _, m := range moved {
				kinds = append(kinds, m.Event.Type)
				if text := fmt.Sprintf("%+v", m.Event); strings.Contains(text, "@") || strings.Contains(text, "Ny Person") {
					w.t.Errorf("an event tells %s", text)
				}
			}
			return nil
		})
		if err != nil {
			w.t.Fatal(err)
		}
		if n == 0 {
			return kinds
		}
	}
}

// However many accept at the same moment, one of them has; and the person is made once.
func TestAcceptRace(t *testing.T) {
	for _, byHand := range []bool{false, true} {
		w := openStaff(t)
		in := newContributor
		in.ByHand = byHand
		_, secret := w.invite("coordinator", in)
		const n = 12
		errs := make([]error, n)
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() { _, errs[i] = w.Accept(t.Context(), secret, Acceptance{Name: fmt.Sprint("Ny ", i)}) })
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				wantCode(t, err, fault.Conflict, "")
			}
		}
		people, _, err := w.people.In(t.Context(), "larvik", 100, "")
		if won != 1 || err != nil || len(people) != 4 {
			t.Errorf("%d accepted, %d people in Larvik, %v", won, len(people), err)
		}
	}
}

// Two invitations to one new address, accepted at once, make one person with both roles.
func TestTwoInvitationsOnePerson(t *testing.T) {
	w := openStaff(t)
	in := newContributor
	_, a := w.invite("coordinator", in)
	in.Municipality = "tokke"
	_, b := w.invite("neighbour", in)
	var all sync.WaitGroup
	for _, secret := range []string{a, b} {
		all.Go(func() {
			if _, err := w.Accept(t.Context(), secret, Acceptance{Name: "Ny"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	p, err := w.people.ByEmail(t.Context(), "ny@example.org")
	if err != nil || len(p.Grants) != 2 {
		t.Errorf("she is %+v, %v", p, err)
	}
}

// A link that whoever invites has seen makes nobody into somebody who is there already.
func TestLinkByHandProvesNothing(t *testing.T) {
	w := openStaff(t)
	in := newContributor
	in.ByHand, in.Email = true, "lead@example.org"
	_, secret := w.invite("coordinator", in)
	_, err := w.Accept(t.Context(), secret, Acceptance{Name: "X"})
	wantCode(t, err, fault.Unauthenticated, "error.invitation.sign-in-first")
	if len(w.person("lead").Grants) != 1 {
		t.Error("she got the role without knowing")
	}
	_, err = w.Accept(t.Context(), secret, Acceptance{Person: "p-coordinator"}) // who invited
	wantCode(t, err, fault.Forbidden, "error.person.own-role")
	if id, err := w.Accept(t.Context(), secret, Acceptance{Person: "p-lead"}); err != nil || id != "p-lead" || len(w.person("lead").Grants) != 2 {
		t.Errorf("signed in as herself: %s, %v", id, err)
	}

	// Who came by such a link is out as soon as somebody comes by what was sent to the address.
	in.Email = "ny@example.org"
	_, secret = w.invite("coordinator", in)
	id, err := w.Accept(t.Context(), secret, Acceptance{Name: "Impostor"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.people.Change(t.Context(), id, func(p *Person) error {
		p.AddKey(Key{ID: "k", Kind: TokenKey, Ends: w.clock.Add(time.Hour)}, w.clock)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	in.ByHand, in.Municipality = false, "tokke"
	_, secret = w.invite("neighbour", in)
	if again, err := w.Accept(t.Context(), secret, Acceptance{}); err != nil || again != id {
		t.Fatal(again, err)
	}
	if p, err := w.people.Get(t.Context(), id); err != nil || len(p.Keys) != 0 || p.Unproven || len(p.Grants) != 2 {
		t.Errorf("she is %+v, %v", p, err)
	}
}

func TestChangeRole(t *testing.T) {
	w := openStaff(t)
	change := func(by, who string, m MunicipalityID, from, to Role) error {
		return w.ChangeRole(t.Context(), w.actor(by), PersonID("p-"+who), m, from, to)
	}
	for _, tt := range []struct {
		by, who  string
		m        MunicipalityID
		from, to Role
		code     fault.Code
	}{
		{"coordinator", "coordinator", "larvik", Coordinator, Leader, fault.Forbidden}, // herself
		{"contributor", "contributor", "larvik", Contributor, Coordinator, fault.Forbidden},
		{"neighbour", "contributor", "larvik", Contributor, Coordinator, fault.Forbidden},
		{"lead", "contributor", "larvik", Contributor, Coordinator, fault.Forbidden},
		{"foreignlead", "coordinator", "larvik", Coordinator, Contributor, fault.Forbidden},
		{"coordinator", "nobody", "larvik", Contributor, Leader, fault.Forbidden},
		{"coordinator", "neighbour", "tokke", Coordinator, Contributor, fault.Forbidden},
		{"coordinator", "contributor", "larvik", Contributor, Administrator, fault.Invalid},
		{"coordinator", "contributor", "larvik", Leader, Coordinator, fault.Conflict},
		{"coordinator", "contributor", "", Contributor, Coordinator, fault.Conflict},
		{"coordinator", "contributor", "larvik", Contributor, Coordinator, ""},
		{"admin", "leader", "larvik", Leader, Contributor, ""},
	} {
		if err := change(tt.by, tt.who, tt.m, tt.from, tt.to); fault.CodeOf(err) != tt.code {
			t.Errorf("%s makes %s %s: %v", tt.by, tt.who, tt.to, err)
		}
	}
	if !MayHandIn(w.actor("contributor"), "larvik") || !MayAnswer(w.actor("leader"), "larvik") || len(w.person("contributor").Grants) != 1 {
		t.Error("the roles are not as changed")
	}
	found, _, err := w.people.CoordinatorsIn(t.Context(), testRegion, 10, "")
	if err != nil || len(found) != 3 {
		t.Errorf("%d coordinators are found, %v", len(found), err)
	}
	kinds := w.relay()
	if n := strings.Count(strings.Join(kinds, " "), "person.role-changed"); n != 2 {
		t.Errorf("told of %v", kinds)
	}
}

func TestDeactivate(t *testing.T) {
	w := openStaff(t)
	do := func(by, who string) error {
		return w.Deactivate(t.Context(), w.actor(by), PersonID("p-"+who))
	}
	for _, tt := range []struct{ by, who string }{{"neighbour", "contributor"}, {"lead", "contributor"}, {"foreignlead", "coordinator"}, {"contributor", "leader"}, {"coordinator", "lead"},
		{"coordinator", "admin"}, {"leader", "leader"}, {"coordinator", "nobody"}} {
		wantCode(t, do(tt.by, tt.who), fault.Forbidden, "error.forbidden")
	}
	wantCode(t, do("coordinator", "coordinator"), fault.Conflict, "error.person.last-coordinator")
	wantCode(t, do("admin", "admin"), fault.Conflict, "error.person.last-administrator")

	if _, err := w.people.Change(t.Context(), "p-contributor", func(p *Person) error {
		p.AddKey(Key{ID: "k", Kind: SessionKey, Ends: w.clock.Add(time.Hour)}, w.clock)
		p.Grants = append(p.Grants, Grant{Contributor, "tokke", testRegion})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := do("coordinator", "contributor"); err != nil {
		t.Fatal(err)
	}
	p := w.person("contributor")
	if len(p.Keys) != 0 || p.Inactive || MayReadAnswers(p.Actor(), "larvik") || !MayReadAnswers(p.Actor(), "tokke") {
		t.Errorf("after Larvik took its role: %+v", p)
	}
	if err := do("neighbour", "contributor"); err != nil {
		t.Fatal(err)
	}
	if p := w.person("contributor"); !p.Inactive || len(p.Former) != 2 {
		t.Errorf("after Tokke did too: %+v", p)
	}
	if err := w.Reactivate(t.Context(), w.actor("coordinator"), "p-contributor"); err != nil {
		t.Fatal(err)
	}
	if a := w.actor("contributor"); !MayAnswer(a, "larvik") || MayReadAnswers(a, "tokke") {
		t.Errorf("given back in Larvik: %+v", a)
	}
	wantCode(t, w.Reactivate(t.Context(), w.actor("lead"), "p-contributor"), fault.Forbidden, "")

	// The lead replaces a coordinator who is ill, and whom nobody in the municipality can.
	if err := do("lead", "neighbour"); err != nil {
		t.Fatal(err)
	}
	_, secret := w.invite("lead", Invite{Email: "ny@example.org", Name: "Ny", Role: Coordinator, Municipality: "tokke", Region: testRegion})
	if _, err := w.Accept(t.Context(), secret, Acceptance{}); err != nil {
		t.Fatal(err)
	}
	// With another there a coordinator may go.
	w.add("second", Grant{Coordinator, "larvik", testRegion})
	if err := do("coordinator", "coordinator"); err != nil || !w.person("coordinator").Inactive {
		t.Errorf("she may not go: %v", err)
	}
}

// Two coordinators who take each other away at the same moment: one at least stays.
func TestSomebodyStays(t *testing.T) {
	w := openStaff(t)
	for round := range 8 {
		a, b := fmt.Sprint("a", round), fmt.Sprint("b", round)
		m := MunicipalityID(fmt.Sprint("m", round))
		w.add(a, Grant{Coordinator, m, testRegion})
		w.add(b, Grant{Coordinator, m, testRegion})
		first, second := w.actor(a), w.actor(b)
		var all sync.WaitGroup
		all.Go(func() { _ = w.Deactivate(t.Context(), first, PersonID("p-"+b)) })
		all.Go(func() { _ = w.Deactivate(t.Context(), second, PersonID("p-"+a)) })
		all.Wait()
		if !MayHandIn(w.actor(a), m) && !MayHandIn(w.actor(b), m) {
			t.Fatalf("nobody is left in %s", m)
		}
	}
}

func TestHandOver(t *testing.T) {
	w := openStaff(t)
	w.add("second", Grant{Coordinator, "larvik", testRegion})
	inv, _ := w.invite("coordinator", newContributor)
	if n, err := w.HandOver(t.Context(), w.actor("second"), "p-coordinator", "p-contributor"); err != nil || n[OwnInvitations] != 0 {
		t.Errorf("to one who can't carry it on: %v, %v", n, err)
	}
	_, err := w.HandOver(t.Context(), w.actor("neighbour"), "p-coordinator", "p-second")
	wantCode(t, err, fault.Forbidden, "")
	if n, err := w.HandOver(t.Context(), w.actor("second"), "p-coordinator", "p-second"); err != nil || n[OwnInvitations] != 1 {
		t.Errorf("handed over %v, %v", n, err)
	}
	doc, err := w.docs.Get(t.Context(), string(inv.ID))
	if err != nil || doc.Value.By != "p-second" {
		t.Errorf("it is %s's", doc.Value.By)
	}
}

// Of one who works in two municipalities, who manages her in one is told what she owns there, and nothing of the other.
func TestOwnsIsToldByPlace(t *testing.T) {
	w := openStaff(t)
	w.add("both", Grant{Coordinator, "larvik", testRegion}, Grant{Coordinator, "tokke", testRegion})
	in := newContributor
	in.Municipality = "tokke"
	w.invite("both", in)
	w.owned = append(w.owned, Owned{Kind: OwnSteps, Any: func(_ context.Context, id PersonID, in []MunicipalityID) (bool, error) {
		return id == "p-both" && slices.Contains(in, "tokke"), nil
	}})
	for who, want := range map[string][]Kind{"coordinator": nil, "neighbour": {OwnInvitations, OwnSteps}, "contributor": nil} {
		if kinds, err := w.Owns(t.Context(), w.actor(who), w.person("both")); err != nil || !slices.Equal(kinds, want) {
			t.Errorf("%s is told of %v (%v), want %v", who, kinds, err, want)
		}
	}
}

func TestChoose(t *testing.T) {
	w := openStaff(t)
	w.add("both", Grant{Contributor, "larvik", testRegion}, Grant{Leader, "tokke", testRegion})
	wantCode(t, w.people.Choose(t.Context(), "p-both", "oslo"), fault.Forbidden, "")
	wantCode(t, w.people.Choose(t.Context(), "p-both", ""), fault.Forbidden, "")
	for range 2 {
		if err := w.people.Choose(t.Context(), "p-both", "tokke"); err != nil {
			t.Fatal(err)
		}
	}
	if a := w.actor("both"); a.Municipality() != "tokke" {
		t.Errorf("she is in %s", a.Municipality())
	}
}

// FuzzInvitation: whatever stands in a link, only the whole secret opens the invitation, and the rest leaves it as it is.
func FuzzInvitation(f *testing.F) {
	w := openStaff(f)
	inv, secret := w.invite("coordinator", newContributor)
	for _, seed := range []string{secret, secret[:len(secret)-1], secret + "A", string(inv.ID), string(inv.ID) + ".", "." + secret, strings.ToLower(secret), secret + "." + secret, "", ".", "\x00.\xff", strings.Repeat("a", 5000) + ".b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, link string) {
		got, err := w.BySecret(t.Context(), link)
		if link == secret {
			if err != nil || got.ID != inv.ID {
				t.Fatalf("the link itself: %+v, %v", got, err)
			}
			return
		}
		if fault.CodeOf(err) != fault.NotFound {
			t.Fatalf("%q opens %+v, %v", link, got, err)
		}
		if _, err := w.Accept(t.Context(), link, Acceptance{Name: "Mallory"}); fault.CodeOf(err) != fault.NotFound {
			t.Fatalf("%q is accepted: %v", link, err)
		}
		if still, err := w.BySecret(t.Context(), secret); err != nil || still.State != InvitationOpen {
			t.Fatalf("after %q: %+v, %v", link, still, err)
		}
	})
}
