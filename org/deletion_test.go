package org

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
)

// leavingWorld is a staffWorld from which people can be deleted.
type leavingWorld struct {
	*staffWorld
	*Deletions
	people *People
}

func openLeaving(t *testing.T, traces ...Trace) *leavingWorld {
	t.Helper()
	w := openStaff(t)
	return &leavingWorld{w, NewDeletions(w.people, w.Invitations, func() time.Time { return w.clock }, traces...), w.people}
}

// finish lets the job come by, long enough afterwards, with the events moved.
func (w *leavingWorld) finish() int {
	w.t.Helper()
	for {
		moved, err := w.db.Relay(w.t.Context(), 500, func(context.Context, []store.RelayedEvent) error { return nil })
		if err != nil {
			w.t.Fatal(err)
		}
		if moved == 0 {
			break
		}
	}
	w.clock = w.clock.Add(settleTime + time.Minute)
	n, err := w.Finish(w.t.Context(), 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// nothingOf fails when anything is kept of a person.
func (w *leavingWorld) nothingOf(id PersonID, email string) {
	w.t.Helper()
	ctx := w.t.Context()
	if _, err := w.people.docs.Get(ctx, string(id)); !errors.Is(err, store.ErrNotFound) {
		w.t.Errorf("%s is still stored: %v", id, err)
	}
	if doc, err := w.people.addresses.Get(ctx, email); err == nil && doc.Value.Person == id {
		w.t.Errorf("%s still has her address", id)
	}
	if docs, err := w.people.hers(ctx, id, 10); err != nil || len(docs) > 0 {
		w.t.Errorf("%s has memberships %v, %v", id, docs, err)
	}
	if sent, err := w.By(ctx, id); err != nil || len(sent) > 0 {
		w.t.Errorf("%s has sent %v, %v", id, sent, err)
	}
}

func TestDeleteOneself(t *testing.T) {
	w := openLeaving(t)
	ctx := t.Context()
	w.add("second", Grant{Coordinator, "larvik", testRegion}, Grant{Leader, "tokke", testRegion})
	if _, err := w.people.Change(ctx, "p-second", func(p *Person) error {
		p.Former = []Grant{{Contributor, "larvik", testRegion}}
		p.AddKey(Key{ID: "k", Hash: "h", Kind: SessionKey, Ends: w.clock.Add(time.Hour)}, w.clock)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	sent, secret := w.invite("second", newContributor)
	waits, _ := w.invite("neighbour", Invite{Email: "second@example.org", Name: "Second", Role: Contributor, Municipality: "tokke", Region: testRegion})
	if err := w.Delete(ctx, w.actor("second"), "p-second"); err != nil {
		t.Fatal(err)
	}
	// From this very moment she is nobody, to everyone who asks.
	_, err := w.people.Get(ctx, "p-second")
	wantCode(t, err, fault.NotFound, "error.person.unknown")
	_, err = w.people.ByEmail(ctx, "second@example.org")
	wantCode(t, err, fault.NotFound, "error.person.unknown")
	_, err = w.people.Change(ctx, "p-second", func(p *Person) error { p.Name = "back"; return nil })
	wantCode(t, err, fault.NotFound, "error.person.unknown")
	if names, err := w.people.Names(ctx, []PersonID{"p-second", "p-coordinator"}); err != nil || len(names) != 1 {
		t.Errorf("names %v, %v", names, err)
	}
	for _, m := range []MunicipalityID{"larvik", "tokke"} {
		if people, _, err := w.people.In(ctx, m, 50, ""); err != nil || slices.ContainsFunc(people, func(p Person) bool { return p.ID == "p-second" }) {
			t.Errorf("%s lists her, %v", m, err)
		}
	}
	if people, _, err := w.people.List(ctx, 50, ""); err != nil || slices.ContainsFunc(people, func(p Person) bool { return p.ID == "p-second" }) {
		t.Errorf("the list has her, %v", err)
	}
	doc, err := w.people.docs.Get(ctx, "p-second")
	if p := doc.Value; err != nil || p.Name != "" || p.Email != "" || p.Keys != nil || p.Grants != nil || p.Former != nil || p.Leaving.Grants != nil {
		t.Errorf("left of her is %+v, %v", p, err)
	}
	if err := w.Clear(ctx, "p-second"); err != nil {
		t.Fatal(err)
	}
	_, err = w.BySecret(ctx, secret)
	wantCode(t, err, fault.Conflict, "error.invitation.ended")
	for _, id := range []InvitationID{sent.ID, waits.ID} {
		if doc, err := w.docs.Get(ctx, string(id)); err != nil || doc.Value.State != InvitationRevoked || doc.Value.Email+doc.Value.Name != "" {
			t.Errorf("%s is %+v, %v", id, doc.Value, err)
		}
	}
	if due, err := w.Due(ctx); err != nil || due {
		t.Errorf("the job is due at once: %v", err)
	}
	if n := w.finish(); n != 1 {
		t.Errorf("%d are gone", n)
	}
	w.nothingOf("p-second", "second@example.org")
	if due, err := w.Due(ctx); err != nil || due || w.finish() != 0 {
		t.Errorf("there is more to do: %v", err)
	}

	// Invited again she is somebody new, and what is sent to her now stays.
	again, secret := w.invite("coordinator", Invite{Email: "second@example.org", Name: "Second", Role: Contributor, Municipality: "larvik", Region: testRegion})
	id, err := w.Accept(ctx, secret, Acceptance{Name: "Second"})
	if err != nil || id == "p-second" || id != again.newcomer() {
		t.Errorf("she is %s, %v", id, err)
	}
}

// Her address is free at once: whoever is invited to it before the job has been there is somebody new, and is left alone.
func TestInvitedAgainBeforeTheJob(t *testing.T) {
	w := openLeaving(t)
	ctx := t.Context()
	if err := w.Delete(ctx, w.actor("contributor"), "p-contributor"); err != nil {
		t.Fatal(err)
	}
	w.clock = w.clock.Add(time.Second)
	in := Invite{Email: "contributor@example.org", Name: "Anew", Role: Contributor, Municipality: "larvik", Region: testRegion}
	_, secret := w.invite("coordinator", in)
	id, err := w.Accept(ctx, secret, Acceptance{Name: "Anew"})
	if err != nil || id == "p-contributor" {
		t.Fatalf("she is %s, %v", id, err)
	}
	in.Role = Leader
	waits, _ := w.invite("coordinator", in)
	if w.finish() != 1 {
		t.Error("she did not go")
	}
	w.nothingOf("p-contributor", "contributor@example.org")
	if p, err := w.people.ByEmail(ctx, "contributor@example.org"); err != nil || p.ID != id || !p.Holds(Grant{Contributor, "larvik", testRegion}) {
		t.Errorf("the new one is %+v, %v", p, err)
	}
	if doc, err := w.people.addresses.Get(ctx, "contributor@example.org"); err != nil || doc.Value.Person != id {
		t.Errorf("the address is %s's, %v", doc.Value.Person, err)
	}
	if doc, err := w.docs.Get(ctx, string(waits.ID)); err != nil || doc.Value.State != InvitationOpen {
		t.Errorf("what was sent to the new one is %+v, %v", doc.Value, err)
	}
}

func TestWhoMayDeleteWhom(t *testing.T) {
	w := openLeaving(t)
	ctx := t.Context()
	w.add("shared", Grant{Contributor, "larvik", testRegion}, Grant{Contributor, "tokke", testRegion})
	w.add("moved", Grant{Contributor, "larvik", testRegion})
	if _, err := w.people.Change(ctx, "p-moved", func(p *Person) error { p.Former = []Grant{{Leader, "tokke", testRegion}}; return nil }); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		by, whom string
		code     fault.Code
	}{
		{"coordinator", "contributor", ""}, {"coordinator", "leader", ""}, {"admin", "shared", ""}, {"lead", "coordinator", ""}, {"admin", "lead", ""}, {"contributor", "contributor", ""},
		{"coordinator", "shared", fault.Forbidden}, {"coordinator", "moved", fault.Forbidden}, {"coordinator", "neighbour", fault.Forbidden}, {"coordinator", "lead", fault.Forbidden},
		{"coordinator", "nobody", fault.Forbidden}, {"lead", "contributor", fault.Forbidden}, {"foreignlead", "coordinator", fault.Forbidden}, {"contributor", "leader", fault.Forbidden},
		{"leader", "contributor", fault.Forbidden}, {"neighbour", "contributor", fault.Forbidden},
		{"coordinator", "coordinator", fault.Conflict}, {"admin", "admin", fault.Conflict},
	} {
		p, err := w.people.Get(ctx, PersonID("p-"+tt.whom))
		if err != nil {
			p = Person{ID: PersonID("p-" + tt.whom)}
		}
		may := w.May(ctx, w.actor(tt.by), p)
		if got := fault.CodeOf(may); got != tt.code {
			t.Errorf("may %s delete %s: %q, want %q", tt.by, tt.whom, got, tt.code)
		}
		if tt.code == "" {
			continue
		}
		if got := fault.CodeOf(w.Delete(ctx, w.actor(tt.by), PersonID("p-"+tt.whom))); got != tt.code {
			t.Errorf("%s deletes %s: %q, want %q", tt.by, tt.whom, got, tt.code)
		}
		if got, err := w.people.Get(ctx, p.ID); tt.whom != "nobody" && (err != nil || len(got.Grants) != len(p.Grants)) {
			t.Errorf("%s is not as she was: %+v, %v", tt.whom, got, err)
		}
	}
}

// Of two who can't both be spared and leave at the same moment one at least stays, with all she had.
func TestTheLastTwoLeaveAtOnce(t *testing.T) {
	for range 8 {
		w := openLeaving(t)
		w.add("other", Grant{Coordinator, "larvik", testRegion})
		actors := map[string]Actor{"coordinator": w.actor("coordinator"), "other": w.actor("other")}
		var wg sync.WaitGroup
		for name, actor := range actors {
			wg.Go(func() {
				if err := w.Delete(context.Background(), actor, PersonID("p-"+name)); err != nil && fault.CodeOf(err) != fault.Conflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		w.finish()
		people, _, err := w.people.In(t.Context(), "larvik", 50, "")
		if err != nil || !slices.ContainsFunc(people, func(p Person) bool { return !p.Inactive && p.Holds(Grant{Coordinator, "larvik", testRegion}) }) {
			t.Fatalf("nobody coordinates Larvik: %+v, %v", people, err)
		}
	}
}

// A process that ends between taking her roles and erasing her: the job goes on where it stopped.
func TestADeletionThatWasCutOff(t *testing.T) {
	w := openLeaving(t)
	ctx := t.Context()
	w.add("other", Grant{Coordinator, "larvik", testRegion})
	mark := func(name string) {
		t.Helper()
		a := w.actor(name)
		_, err := w.people.docs.Update(ctx, "p-"+name, func(p *Person) ([]store.Event, error) {
			p.Leaving = &Leaving{Since: w.clock, By: a.Name(), Grants: p.Grants, Needed: needed(a, *p), Active: true}
			p.Grants, p.Inactive = nil, true
			return nil, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	mark("coordinator")
	if w.finish(); w.finish() != 1 { // erased at first; gone when that was told
		t.Error("she did not go")
	}
	w.nothingOf("p-coordinator", "coordinator@example.org")
	mark("other") // whom nobody is left to replace now
	if w.finish() != 0 {
		t.Error("she went")
	}
	if p := w.person("other"); p.Inactive || len(p.Grants) != 1 || p.Leaving != nil {
		t.Errorf("she is %+v", p)
	}
}

// What fails or is cut off after she was erased is done again until it is done, and only then her document goes.
func TestTracesAreTakenUntilTheyAreGone(t *testing.T) {
	kept := []PersonID{"p-contributor", "p-leader"}
	broken := errors.New("broken")
	fails := 2
	w := openLeaving(t, func(_ context.Context, d Departed) error {
		if d.Email != strings.TrimPrefix(string(d.ID), "p-")+"@example.org" {
			t.Errorf("told of %+v", d)
		}
		if fails > 0 {
			fails--
			return broken
		}
		kept = slices.DeleteFunc(kept, func(id PersonID) bool { return id == d.ID })
		return nil
	})
	ctx := t.Context()
	if err := w.Delete(ctx, w.actor("contributor"), "p-contributor"); err != nil {
		t.Fatal(err)
	}
	if err := w.Clear(ctx, "p-contributor"); !errors.Is(err, broken) {
		t.Errorf("clearing says %v", err)
	}
	w.finishFails(broken)
	if _, err := w.people.docs.Get(ctx, "p-contributor"); err != nil || len(kept) != 2 {
		t.Errorf("her document went before what leads to her: %v", err)
	}
	if w.finish() != 1 || !slices.Equal(kept, []PersonID{"p-leader"}) {
		t.Errorf("kept is %v", kept)
	}
	w.nothingOf("p-contributor", "contributor@example.org")
}

func (w *leavingWorld) finishFails(want error) {
	w.t.Helper()
	w.clock = w.clock.Add(settleTime + time.Minute)
	if n, err := w.Finish(w.t.Context(), 100); n != 0 || !errors.Is(err, want) {
		w.t.Errorf("%d gone, %v", n, err)
	}
}

// An invitation is accepted while its person is deleted: either she had the role and lost it with all else, or she is told; nothing of it
// stays.
func TestAcceptWhileDeleted(t *testing.T) {
	for n := range 8 {
		w := openLeaving(t)
		ctx := context.Background()
		in := Invite{Email: "contributor@example.org", Name: "X", Role: Leader, Municipality: "tokke", Region: testRegion}
		_, secret := w.invite("neighbour", in)
		actor := w.actor("contributor")
		var accepted PersonID
		var wg sync.WaitGroup
		wg.Go(func() {
			acc := Acceptance{Name: "X"}
			if n%2 == 0 {
				acc.Person = "p-contributor"
			}
			id, err := w.Accept(ctx, secret, acc)
			switch fault.CodeOf(err) {
			case "":
				accepted = id
			case fault.NotFound, fault.Conflict:
			default:
				t.Errorf("accepting: %v", err)
			}
		})
		wg.Go(func() {
			if err := w.Delete(ctx, actor, "p-contributor"); err != nil {
				t.Errorf("deleting: %v", err)
			}
			if err := w.Clear(ctx, "p-contributor"); err != nil && fault.CodeOf(err) != fault.Conflict {
				t.Errorf("clearing: %v", err)
			}
		})
		wg.Wait()
		w.finish()
		w.nothingOf("p-contributor", "contributor@example.org")
		if left, err := w.To(ctx, "contributor@example.org"); err != nil || len(left) > 0 {
			t.Errorf("invitations %+v, %v", left, err)
		}
		if accepted != "" && accepted != "p-contributor" { // the link made somebody new, who stays
			if p, err := w.people.Get(ctx, accepted); err != nil || !p.Holds(Grant{Leader, "tokke", testRegion}) {
				t.Errorf("the new one is %+v, %v", p, err)
			}
		}
	}
}

// Whoever has been without a role for long enough is deleted; whoever has one again is not.
func TestFormerPeopleAreDeletedInTime(t *testing.T) {
	w := openLeaving(t)
	ctx := t.Context()
	system := SystemActor("retention")
	sweep := func() int {
		t.Helper()
		n, _, err := w.DeleteFormer(ctx, system, w.clock.AddDate(0, 0, -365), 100)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	w.add("never") // without a role, and nothing says since when
	for _, name := range []string{"contributor", "leader"} {
		if err := w.Deactivate(ctx, w.actor("coordinator"), PersonID("p-"+name)); err != nil {
			t.Fatal(err)
		}
	}
	if n := sweep(); n != 0 {
		t.Errorf("%d at once", n)
	}
	w.clock = w.clock.AddDate(0, 0, 300)
	if err := w.Reactivate(ctx, w.actor("coordinator"), "p-leader"); err != nil {
		t.Fatal(err)
	}
	w.clock = w.clock.AddDate(0, 0, 64)
	if n := sweep(); n != 0 {
		t.Errorf("%d a day too early", n)
	}
	w.clock = w.clock.AddDate(0, 0, 1).Add(time.Second)
	if n := sweep(); n != 2 {
		t.Errorf("%d in time, want contributor and never", n)
	}
	if n := sweep(); n != 0 {
		t.Errorf("%d again", n)
	}
	w.finish()
	w.nothingOf("p-contributor", "contributor@example.org")
	w.nothingOf("p-never", "never@example.org")
	// The time begins anew when access ends again.
	if err := w.Deactivate(ctx, w.actor("coordinator"), "p-leader"); err != nil || sweep() != 0 {
		t.Errorf("she went: %v", err)
	}
	if p := w.person("coordinator"); len(p.Grants) != 1 {
		t.Errorf("the coordinator is %+v", p)
	}
}

// Somebody is let in again between the moment when retention looks at her and the one when it deletes her: she stays, and so does one whose
// access has ended anew by then.
func TestWhoIsLetInAgainMeanwhileIsNotDeleted(t *testing.T) {
	for name, meanwhile := range map[string]func(*Invitations, Actor) error{
		"let in": func(s *Invitations, by Actor) error { return s.Reactivate(t.Context(), by, "p-contributor") },
		"let in, and out anew": func(s *Invitations, by Actor) error {
			return errors.Join(s.Reactivate(t.Context(), by, "p-contributor"), s.Deactivate(t.Context(), by, "p-contributor"))
		},
	} {
		db, engine := hooked(t)
		staff := openStaffOn(t, db)
		w := &leavingWorld{staff, NewDeletions(staff.people, staff.Invitations, func() time.Time { return staff.clock }), staff.people}
		for _, name := range []string{"contributor", "leader"} {
			if err := w.Deactivate(t.Context(), w.actor("coordinator"), PersonID("p-"+name)); err != nil {
				t.Fatal(err)
			}
		}
		w.clock = w.clock.AddDate(1, 0, 1)
		other, by, came := beside(t, engine), w.actor("coordinator"), false
		elsewhere := NewInvitations(other, NewPeople(other), NewRegions(other), func() time.Time { return w.clock })
		engine.BeforeWrites(func(collection, id string) error {
			if came || collection != "people" || id != "p-contributor" {
				return nil
			}
			came = true
			return meanwhile(elsewhere, by)
		})
		n, _, err := w.DeleteFormer(t.Context(), SystemActor("retention"), w.clock.AddDate(-1, 0, 0), 100)
		engine.BeforeWrites(nil)
		if err != nil || n != 1 || !came {
			t.Errorf("%s: %d deleted, %v", name, n, err)
		}
		w.finish()
		if p := w.person("contributor"); p.Name == "" || p.Leaving != nil || len(p.Grants)+len(p.Former) != 1 {
			t.Errorf("%s: she is %+v", name, p)
		}
		w.nothingOf("p-leader", "leader@example.org")
	}
}

// When a municipality has left, whoever was nothing anywhere else is deleted at the next run, and nobody else is.
func TestPeopleOfAMunicipalityThatLeftAreDeletedAtOnce(t *testing.T) {
	w := openLeaving(t)
	ctx := t.Context()
	if err := w.people.give(ctx, "p-leader", Grant{Role: Contributor, Municipality: "tokke", Region: "vest"}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	here := w.person("contributor").Grants[0].Municipality
	if err := w.people.Depart(ctx, SystemActor("departures"), here, w.clock); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.DeleteFormer(ctx, SystemActor("retention"), w.clock.AddDate(-10, 0, 0), 100); err != nil {
		t.Fatal(err)
	}
	w.finish()
	w.nothingOf("p-contributor", "contributor@example.org")
	if p := w.person("leader"); len(p.Grants) != 1 || p.Grants[0].Municipality != "tokke" {
		t.Errorf("the leader is %+v", p)
	}
}

func TestAccessRequestsAreDeletedInTime(t *testing.T) {
	w := openStaff(t)
	register, err := LoadRegister()
	if err != nil {
		t.Fatal(err)
	}
	db := database(t)
	clock := w.clock
	requests := NewAccessRequests(db, register, NewRegions(db), NewPeople(db), nil, func() time.Time { return clock })
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, admin := t.Context(), w.actor("admin")
	day := w.clock
	for i, id := range []string{"a", "b", "c"} {
		clock = day.AddDate(0, 0, i)
		if err := requests.Ask(ctx, AccessRequest{ID: id, Issuer: "i", Subject: id, Name: "N", Email: "n@example.org", Municipality: "larvik"}); err != nil {
			t.Fatal(err)
		}
	}
	asked, err := requests.Get(ctx, "b")
	if err != nil {
		t.Fatal(err)
	}
	clock = day.AddDate(0, 0, 50)
	if _, err := requests.Decline(ctx, admin, "b", asked.Tag); err != nil {
		t.Fatal(err)
	}
	for moved := 1; moved > 0; {
		if moved, err = db.Relay(ctx, 100, func(context.Context, []store.RelayedEvent) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ unanswered, answered, want int }{{0, 50, 0}, {1, 50, 1}, {2, 50, 0}, {2, 51, 1}, {3, 51, 1}} {
		n, err := requests.Sweep(ctx, day.AddDate(0, 0, tt.unanswered), day.AddDate(0, 0, tt.answered), 100)
		if err != nil || n != tt.want {
			t.Errorf("%+v: %d, %v", tt, n, err)
		}
	}
}

// Every reader against everybody she might delete. A dot is no.
func TestMayDelete(t *testing.T) {
	larvik, tokke := Grant{Contributor, "larvik", "vestfold-telemark"}, Grant{Contributor, "tokke", "vestfold-telemark"}
	whom := []struct {
		letter byte
		person Person
	}{
		{'o', Person{ID: "p-x", Grants: []Grant{larvik}}},
		{'f', Person{ID: "p-x", Former: []Grant{larvik}, Inactive: true}},
		{'s', Person{ID: "p-x", Grants: []Grant{larvik, tokke}}},
		{'e', Person{ID: "p-x", Grants: []Grant{larvik}, Former: []Grant{tokke}}},
		{'c', Person{ID: "p-x", Grants: []Grant{{Coordinator, "larvik", "vestfold-telemark"}}}},
		{'l', Person{ID: "p-x", Grants: []Grant{{RegionalLead, "", "vestfold-telemark"}}}},
		{'a', Person{ID: "p-x", Grants: []Grant{{Administrator, "", ""}}}},
		{'n', Person{ID: "p-x"}},
		{'1', Person{ID: "p-1", Grants: []Grant{larvik, tokke, {Administrator, "", ""}}}}, // who most readers are themselves
		{'0', Person{}},
	}
	table := map[string]string{
		"own contributor": "........1.", "own coordinator": "of..c...1.", "own leader": "........1.", "neighbour contributor": "........1.", "neighbour coordinator": "........1.",
		"neighbour leader": "........1.", "regional lead": "....c...1.", "foreign contributor": "........1.", "foreign coordinator": "........1.", "foreign leader": "........1.",
		"foreign lead": "........1.", "administrator": "ofseclan10", "auditor": "........1.", "national reader": "........1.", "lead who is also own leader": "....c.....",
	}
	for who, actor := range readers() {
		want, ok := table[who]
		if !ok {
			want = ".........." // nobody, a system, or nobody any more
		}
		got := []byte(want)
		for i, w := range whom {
			got[i] = '.'
			if MayDelete(actor, w.person) {
				got[i] = w.letter
			}
		}
		if string(got) != want {
			t.Errorf("%s: %s, want %s", who, got, want)
		}
	}
}
