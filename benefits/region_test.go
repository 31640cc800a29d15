package benefits

import (
	"fmt"
	"testing"

	"helhet/internal/fault"
	"helhet/org"
)

// A regional lead hears of the region's benefits together, of no municipality by itself: nothing of fewer than three, and never that all of them have something overdue.
func TestHowARegionStands(t *testing.T) {
	w := newWorld(t)
	members := []org.MunicipalityID{"larvik", "tokke", "porsgrunn", "skien", "sandefjord"}
	for _, m := range members[2:] {
		w.person(coordinatorOf(m))
	}
	lead := org.Actor{Person: "p-lead", Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}
	today := Day("2026-12-20")
	standing := func(actor org.Actor) RegionStanding {
		t.Helper()
		return must(w.RegionStanding(w.ctx(), actor, theRegion(members...), today))(t)
	}
	if got := fmt.Sprint(standing(lead)); got != fmt.Sprint(RegionStanding{Members: 5}) {
		t.Errorf("of an empty region she hears %s", got)
	}
	if all := must(w.RegionStanding(w.ctx(), lead, theRegion(members[:3]...), today))(t); all.Sharing != 0 {
		t.Errorf("of none she hears %+v", all)
	}
	for i, m := range members {
		w.gain(m, shared("40", "20"), Number(fmt.Sprint(30-i)), 12)
		got := standing(lead)
		switch n := i + 1; {
		case n < 3 && (got.Sharing != 0 || len(got.Totals) != 0 || got.Overdue != 0 || got.OverdueIn != 0):
			t.Errorf("of %d municipalities she hears %+v", n, got)
		case n >= 3 && (got.Sharing != n || len(got.Totals) != 1 || got.Totals[0].Measured.Municipalities != n || got.Overdue != n || got.OverdueIn != min(n, 4)):
			t.Errorf("of %d municipalities she hears %+v", n, got)
		}
	}
	if got := standing(lead).Totals[0]; got.Realised.String() != "60" || got.Awaited.String() != "100" {
		t.Errorf("five have given %s of %s", got.Realised, got.Awaited)
	}
	if got := must(w.RegionStanding(w.ctx(), lead, theRegion(members...), "2026-06-02"))(t); got.Overdue != 0 || got.Sharing != 5 {
		t.Errorf("the day after it was measured nothing waits: %+v", got)
	}
	// Of three that all should have measured nothing is said: it would be told of each.
	if got := must(w.RegionStanding(w.ctx(), lead, theRegion(members[:3]...), today))(t); got.Overdue != 0 || got.OverdueIn != 0 || got.Sharing != 3 {
		t.Errorf("of three, who all should have measured, she hears %+v", got)
	}
	// Who leads the region and works in one of its municipalities is told of the others.
	both := lead
	both.Grants = append(both.Grants, org.Grant{Role: org.Coordinator, Municipality: "larvik", Region: region})
	if got := standing(both); got.Sharing != 5 || got.Overdue != 4 || got.OverdueIn != 3 {
		t.Errorf("who is of one of them hears %+v", got)
	}
	for _, actor := range []org.Actor{leader(), {Person: "p-x", Grants: []org.Grant{{Role: org.RegionalLead, Region: "elsewhere"}}}, {Person: "p-x", Grants: []org.Grant{{Role: org.NationalReader}}}} {
		if _, err := w.RegionStanding(w.ctx(), actor, theRegion(members...), today); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("%+v: %v", actor, err)
		}
	}
}
