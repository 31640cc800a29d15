package org

import (
	"testing"

	"helhet/internal/fault"
	"helhet/internal/store"
)

// Who was written by a build that knew neither addresses nor memberships is found by both once she is joined; doing it again, or beside
// others, changes nothing.
func TestOlderPeopleAreJoined(t *testing.T) {
	db := database(t)
	people := NewPeople(db)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	here, there := Grant{Coordinator, "larvik", "vt"}, Grant{Leader, "tokke", "vt"}
	for id, p := range map[string]Person{
		"p-old":  {Name: "Gammel", Email: "gammel@example.org", Grants: []Grant{here}, Former: []Grant{there}},
		"p-gone": {Name: "Borte", Email: "borte@example.org", Inactive: true, Former: []Grant{there}},
		"p-none": {Name: "Uten", Email: "uten@example.org"},
	} {
		if _, err := people.docs.Insert(ctx, id, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := people.Create(ctx, Person{ID: "p-new", Name: "Ny", Email: "ny@example.org", Grants: []Grant{here}}); err != nil {
		t.Fatal(err)
	}
	in := func(m MunicipalityID) int {
		t.Helper()
		list, _, err := people.In(ctx, m, 10, "")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if in("larvik") != 1 || in("tokke") != 0 {
		t.Fatalf("%d in Larvik, %d in Tokke", in("larvik"), in("tokke"))
	}
	// A step at a time.
	total := 0
	for range 10 {
		due, err := people.Unjoined(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !due {
			break
		}
		n, err := people.JoinOlder(ctx, 2)
		if err != nil || n > 2 {
			t.Fatalf("%d (%v)", n, err)
		}
		total += n
	}
	if total != 3 || in("larvik") != 2 || in("tokke") != 2 {
		t.Errorf("joined %d; %d in Larvik, %d in Tokke", total, in("larvik"), in("tokke"))
	}
	if n, err := people.JoinOlder(ctx, 10); err != nil || n != 0 {
		t.Errorf("again: %d (%v)", n, err)
	}
	before, err := people.Get(ctx, "p-new")
	if err != nil || !before.Joined {
		t.Errorf("%+v (%v)", before, err)
	}
	_, err = people.Add(ctx, Person{ID: "p-other", Name: "X", Email: "gammel@example.org"})
	wantCode(t, err, fault.Conflict, "error.person.exists")
	if _, err := people.addresses.Get(ctx, "gammel@example.org"); err != nil {
		t.Errorf("her address: %v", err)
	}
	if list, _, err := people.CoordinatorsIn(ctx, "vt", 10, store.Cursor("")); err != nil || len(list) != 2 {
		t.Errorf("the region's coordinators: %+v (%v)", list, err)
	}
}
