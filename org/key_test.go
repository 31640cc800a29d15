package org

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What a key reaches of what its person may do.
func TestActorByKey(t *testing.T) {
	const (
		larvik = MunicipalityID("larvik")
		tokke  = MunicipalityID("tokke")
		region = RegionID("vestfold-telemark")
	)
	contributor := Grant{Contributor, larvik, region}
	coordinator := Grant{Coordinator, larvik, region}
	elsewhere := Grant{Coordinator, tokke, region}
	lead := Grant{Role: RegionalLead, Region: region}
	admin := Grant{Role: Administrator}
	person := func(grants ...Grant) Person { return Person{ID: "p-1", Grants: grants} }
	gone := person(coordinator)
	gone.Inactive = true
	session := Key{Kind: SessionKey}
	everywhere := Key{Kind: TokenKey}
	reading := Key{Kind: TokenKey, ReadOnly: true}
	inLarvik := Key{Kind: TokenKey, Municipality: larvik}
	readingLarvik := Key{Kind: TokenKey, Municipality: larvik, ReadOnly: true}
	for _, row := range []struct {
		name   string
		person Person
		key    Key
		want   string // C answers in Larvik, H hands in there, T hands in in Tokke, S runs the region's rounds, J sees the jobs, R reads its results, W changes
	}{
		{"contributor, session", person(contributor), session, "CRW"},
		{"contributor, token", person(contributor), everywhere, "CRW"},
		{"contributor, reading token", person(contributor), reading, "CR"},
		{"contributor, token of Larvik", person(contributor), inLarvik, "CRW"},
		{"coordinator of two, session", person(coordinator, elsewhere), session, "CHTRW"},
		{"coordinator of two, token", person(coordinator, elsewhere), everywhere, "CHTRW"},
		{"coordinator of two, token of Larvik", person(coordinator, elsewhere), inLarvik, "CHRW"},
		{"coordinator of two, reading token of Larvik", person(coordinator, elsewhere), readingLarvik, "CHR"},
		{"coordinator who left Larvik, token of Larvik", person(elsewhere), inLarvik, "W"},
		{"coordinator who became contributor, token of Larvik", person(contributor), inLarvik, "CRW"},
		{"lead, session", person(lead), session, "SJRW"},
		{"lead, token of Larvik", person(lead), inLarvik, "W"},
		{"lead and coordinator, token of Larvik", person(lead, coordinator), inLarvik, "CHRW"},
		{"administrator, token", person(admin), everywhere, "JW"},
		{"administrator, reading token", person(admin), reading, "J"},
		{"administrator, token of Larvik", person(admin), inLarvik, "W"},
		{"no role, token", person(), everywhere, "W"},
		{"inactive, session", gone, session, "W"},
		{"inactive, token of Larvik", gone, inLarvik, "W"},
	} {
		a := row.person.ActorBy(row.key)
		got := ""
		for _, rule := range []struct {
			letter string
			may    bool
		}{{"C", MayAnswer(a, larvik)}, {"H", MayHandIn(a, larvik)}, {"T", MayHandIn(a, tokke)}, {"S", MayRunRounds(a, region)}, {"J", MaySeeRuns(a)},
			{"R", MayReadResults(a, region)}, {"W", MayChange(a)}} {
			if rule.may {
				got += rule.letter
			}
		}
		if got != row.want || a.Person != row.person.ID {
			t.Errorf("%s: %s may %q, want %q", row.name, a.Person, got, row.want)
		}
	}
}

func anyKey(t *rapid.T, name string) Key {
	return Key{
		Kind:     rapid.SampledFrom([]KeyKind{SessionKey, TokenKey}).Draw(t, name+" kind"),
		ReadOnly: rapid.Bool().Draw(t, name+" reads"), Municipality: rapid.SampledFrom([]MunicipalityID{"", "larvik", "tokke"}).Draw(t, name+" place"),
	}
}

// Whatever a key is, it gives nothing its person has not; and a token no wider than another gives nothing the other does not.
func TestAKeyNeverWidens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p Person
		for range rapid.IntRange(0, 4).Draw(t, "grants") {
			g := Grant{Role: rapid.SampledFrom(Roles).Draw(t, "role"), Region: "r"}
			if g.Role != RegionalLead && g.Role != Administrator {
				g.Municipality = rapid.SampledFrom([]MunicipalityID{"larvik", "tokke"}).Draw(t, "municipality")
			}
			p.Grants = append(p.Grants, g)
		}
		within := func(a, b Actor) bool {
			for _, g := range a.Grants {
				found := false
				for _, h := range b.Grants {
					found = found || g == h
				}
				if !found {
					return false
				}
			}
			return !MayChange(a) || MayChange(b)
		}
		one, other := anyKey(t, "one"), anyKey(t, "other")
		if !within(p.ActorBy(one), p.Actor()) {
			t.Fatalf("%+v reaches further than its person %+v", one, p.Grants)
		}
		one.Kind = TokenKey
		if one.NoWider(other) && !within(p.ActorBy(one), p.ActorBy(other)) {
			t.Fatalf("%+v counts as no wider than %+v", one, other)
		}
	})
}

func TestKeyUsed(t *testing.T) {
	made := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	if (Key{Created: made, Seen: made}).Used() || !(Key{Created: made, Seen: made.Add(time.Minute)}).Used() {
		t.Error("a key is used once it has been seen after it was made")
	}
}
