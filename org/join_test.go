package org_test

import (
	"testing"

	"helhet/internal/fault"
	"helhet/internal/store/sqlite/sqlitetest"
	"helhet/org"
)

func TestJoin(t *testing.T) {
	db := sqlitetest.Open(t, t.TempDir())
	regions := org.NewRegions(db)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	const id org.RegionID = "vestfold-telemark"
	tokke := org.Member{Municipality: "tokke", Consent: org.OnlyAggregates}
	if err := regions.Join(t.Context(), id, tokke); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("joined a region that is not there: %v", err)
	}
	if err := regions.Create(t.Context(), org.Region{ID: id, Name: "Vestfold og Telemark", Members: []org.Member{tokke}}); err != nil {
		t.Fatal(err)
	}
	for _, m := range []org.Member{{Municipality: "larvik", Consent: org.ByNameInRegion}, {Municipality: "tokke", Consent: org.ByNameNational}} {
		if err := regions.Join(t.Context(), id, m); err != nil {
			t.Fatal(err)
		}
	}
	r, err := regions.Get(t.Context(), id)
	if err != nil || len(r.Members) != 2 || r.Members[0] != tokke || r.Members[1].Municipality != "larvik" {
		t.Errorf("the members are %+v, %v", r.Members, err)
	}
}
