package org

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"helhet/internal/fault"
)

func openPeople(t *testing.T) *People {
	t.Helper()
	db := database(t)
	people := NewPeople(db)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return people
}

// However many are added at once, one of them has the address.
func TestAddressIsOnePersons(t *testing.T) {
	people := openPeople(t)
	const n = 16
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			errs[i] = people.Create(t.Context(), Person{ID: PersonID(fmt.Sprintf("p-%d", i)), Name: "Kari", Email: "kari@example.org"})
		})
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			wantCode(t, err, fault.Conflict, "error.person.exists")
		}
	}
	everyone, _, err := people.List(t.Context(), 100, "")
	if err != nil || won != 1 || len(everyone) != 1 {
		t.Errorf("%d were told that they have it, %d do, %v", won, len(everyone), err)
	}
	if p, err := people.ByEmail(t.Context(), "KARI@example.org"); err != nil || p.ID != everyone[0].ID {
		t.Errorf("found %v, %v", p.ID, err)
	}
}

// An address that was taken for somebody who was never written is free, and the two who may come to be written are one.
func TestOrphanedAddress(t *testing.T) {
	people := openPeople(t)
	if _, err := people.addresses.Insert(t.Context(), "kari@example.org", holder{"p-lost"}); err != nil {
		t.Fatal(err)
	}
	if _, err := people.ByEmail(t.Context(), "kari@example.org"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("found by an address nobody has: %v", err)
	}
	p, err := people.Add(t.Context(), Person{ID: "p-2", Name: "Kari", Email: "kari@example.org"})
	if err != nil || p.ID != "p-lost" {
		t.Fatalf("added as %s, %v", p.ID, err)
	}
	wantCode(t, people.Create(t.Context(), Person{ID: "p-lost", Name: "Kari", Email: "kari@example.org"}), fault.Conflict, "error.person.exists")
	wantCode(t, people.Create(t.Context(), Person{ID: "p-3", Name: "Kari", Email: "kari@example.org"}), fault.Conflict, "error.person.exists")
}

// Who only looks the same is nobody; who has another letter is another.
func TestLookAlikesAreOthers(t *testing.T) {
	people := openPeople(t)
	for _, email := range []string{"k\u0430ri@example.org", "karı@example.org", "ka\u0300ri@example.org", "kari@ex\u0430mple.org"} {
		wantCode(t, people.Create(t.Context(), Person{ID: "p-9", Name: "Kari", Email: email}), fault.Invalid, "error.person.email")
	}
	for i, email := range []string{"kari@example.org", "kàri@example.org", "kåri@example.org"} {
		if err := people.Create(t.Context(), Person{ID: PersonID(fmt.Sprintf("p-%d", i)), Name: "Kari", Email: email}); err != nil {
			t.Errorf("%q: %v", email, err)
		}
		if p, err := people.ByEmail(t.Context(), email); err != nil || p.ID != PersonID(fmt.Sprintf("p-%d", i)) {
			t.Errorf("%q finds %s, %v", email, p.ID, err)
		}
	}
	for _, name := range []string{"Kari\r\nBcc: x@example.org", "Kari\x00", "Kari \u202egro.elpmaxe", strings.Repeat("k", 101), " "} {
		wantCode(t, people.Create(t.Context(), Person{ID: "p-9", Name: name, Email: "ola@example.org"}), fault.Invalid, "")
	}
}

func TestPeopleOfAPlace(t *testing.T) {
	people := openPeople(t)
	const r = RegionID("vestfold-telemark")
	for _, p := range []Person{
		{ID: "p-1", Grants: []Grant{{Coordinator, "larvik", r}, {Contributor, "tokke", r}}},
		{ID: "p-2", Grants: []Grant{{Contributor, "larvik", r}}},
		{ID: "p-3", Grants: []Grant{{Coordinator, "tokke", r}}, Inactive: true},
		{ID: "p-4", Grants: []Grant{{Coordinator, "oslo", "oslo"}}},
		{ID: "p-5", Grants: []Grant{{RegionalLead, "", r}}},
		{ID: "p-6", Grants: []Grant{{Administrator, "", ""}}},
	} {
		p.Name, p.Email = string(p.ID), string(p.ID)+"@example.org"
		if err := people.Create(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	ids := func(all []Person, _ any, err error) string {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
		var s string
		for _, p := range all {
			s += " " + string(p.ID)
		}
		return s
	}
	larvik, next, err := people.In(t.Context(), "larvik", 10, "")
	if got := ids(larvik, next, err); got != " p-1 p-2" {
		t.Errorf("in Larvik:%s", got)
	}
	some, next, err := people.CoordinatorsIn(t.Context(), r, 1, "")
	if got := ids(some, next, err); got != " p-1" || next == "" {
		t.Errorf("first:%s", got)
	}
	some, next, err = people.CoordinatorsIn(t.Context(), r, 1, next)
	if got := ids(some, next, err); got != " p-3" || next != "" {
		t.Errorf("then:%s", got)
	}
	for _, c := range []struct {
		g      Grant
		except PersonID
		want   bool
	}{
		{Grant{Coordinator, "larvik", r}, "p-1", false}, {Grant{Coordinator, "larvik", r}, "p-2", true}, {Grant{Contributor, "larvik", r}, "p-1", true},
		{Grant{Coordinator, "tokke", r}, "", false}, // she is inactive
		{Grant{Administrator, "", ""}, "p-6", false}, {Grant{Administrator, "", ""}, "", true}, {Grant{RegionalLead, "", r}, "", true}, {Grant{RegionalLead, "", "oslo"}, "", false},
	} {
		if got, err := people.othersHold(t.Context(), c.g, c.except); err != nil || got != c.want {
			t.Errorf("%v held by others than %q: %t, %v", c.g, c.except, got, err)
		}
	}
}

func TestChosenMunicipality(t *testing.T) {
	p := Person{ID: "p-1", Grants: []Grant{{Contributor, "larvik", "r1"}, {RegionalLead, "", "r1"}, {Coordinator, "oslo", "r2"}, {Leader, "larvik", "r1"}}}
	if a := p.Actor(); a.Municipality() != "larvik" || a.Region() != "r1" {
		t.Errorf("without a choice she is in %s, %s", a.Municipality(), a.Region())
	}
	before := fmt.Sprint(p.Grants)
	p.Chosen = "oslo"
	if a := p.Actor(); a.Municipality() != "oslo" || a.Region() != "r2" || len(a.Grants) != 4 || !MayAnswer(a, "larvik") {
		t.Errorf("she chose Oslo and is in %s, %s with %v", a.Municipality(), a.Region(), a.Grants)
	}
	if fmt.Sprint(p.Grants) != before {
		t.Error("her shared grants were moved")
	}
	p.Chosen = "tokke" // where she has nothing any more
	if a := p.Actor(); a.Municipality() != "larvik" || MayReadAnswers(a, "tokke") {
		t.Error("a choice gives access")
	}
	if got := fmt.Sprint(p.Municipalities()); got != "[larvik oslo]" {
		t.Errorf("she is in %s", got)
	}
}
