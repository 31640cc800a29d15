package org

import (
	"testing"
	"time"

	"helhet/internal/fault"
)

func TestWhatAMunicipalityDecides(t *testing.T) {
	w := openStaff(t)
	regions, at := w.regions, time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	region, m := RegionID("vestfold-telemark"), MunicipalityID("larvik")
	member := func() Member {
		t.Helper()
		r, err := regions.Get(t.Context(), region)
		if err != nil {
			t.Fatal(err)
		}
		member, _ := r.Member(m)
		return member
	}
	const seen = ByNameInRegion
	if err := regions.SetConsent(t.Context(), readers()["own leader"], region, m, "", seen, at); err != nil {
		t.Fatal(err)
	}
	for who, a := range readers() {
		if err := regions.SetConsent(t.Context(), a, region, m, seen, seen, at); (err == nil) != MaySetConsent(a, m) {
			t.Errorf("%s sets the consent: %v", who, err)
		}
		if err := regions.SetApproval(t.Context(), a, region, m, false, at); (err == nil) != MaySetApproval(a, m) {
			t.Errorf("%s sets approval: %v", who, err)
		}
	}
	coordinator := readers()["own coordinator"]
	for _, consent := range []Consent{"", "everyone"} {
		wantCode(t, regions.SetConsent(t.Context(), coordinator, region, m, seen, consent, at), fault.Invalid, "")
	}
	wantCode(t, regions.SetConsent(t.Context(), Actor{Grants: []Grant{{Coordinator, "oslo", region}}}, region, "oslo", seen, ByNameNational, at), fault.NotFound, "")
	wantCode(t, regions.SetConsent(t.Context(), coordinator, "nowhere", m, seen, ByNameNational, at), fault.NotFound, "")
	if got := member(); got.Consent != seen || got.Approval {
		t.Errorf("what was refused stands: %+v", got)
	}
	w.relay()
	before, err := regions.Get(t.Context(), region)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []func() error{
		func() error {
			return regions.SetConsent(t.Context(), coordinator, region, m, seen, OnlyAggregates, at)
		},
		func() error { return regions.SetApproval(t.Context(), coordinator, region, m, true, at) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if err := change(); err != nil { // a second time it changes nothing
			t.Error(err)
		}
	}
	if got := member(); got.Consent != OnlyAggregates || !got.Approval {
		t.Errorf("%+v", got)
	}
	if old, _ := before.Member(m); old.Consent != seen {
		t.Error("who read the region before sees the change")
	}
	wantCode(t, regions.SetConsent(t.Context(), coordinator, region, m, seen, ByNameNational, at), fault.Conflict, "error.consent.changed")
	if kinds := w.relay(); len(kinds) != 2 || kinds[0] != "municipality.consent" || kinds[1] != "municipality.approval" {
		t.Errorf("the history has %v", kinds)
	}
}
