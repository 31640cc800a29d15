package org

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The people of the table: who has what to do with Larvik, in the region Vestfold and Telemark.
func readers() map[string]Actor {
	in := func(role Role, m MunicipalityID, r RegionID) Actor {
		return Person{ID: "p-1", Grants: []Grant{{Role: role, Municipality: m, Region: r}}}.Actor()
	}
	inactive := Person{ID: "p-2", Inactive: true, Grants: []Grant{
		{Role: Coordinator, Municipality: "larvik", Region: "vestfold-telemark"}, {Role: RegionalLead, Region: "vestfold-telemark"}, {Role: NationalReader}, {Role: Administrator}, {Role: Auditor}}}
	return map[string]Actor{
		"nobody":                      {},
		"own contributor":             in(Contributor, "larvik", "vestfold-telemark"),
		"own coordinator":             in(Coordinator, "larvik", "vestfold-telemark"),
		"own leader":                  in(Leader, "larvik", "vestfold-telemark"),
		"neighbour contributor":       in(Contributor, "tokke", "vestfold-telemark"),
		"neighbour coordinator":       in(Coordinator, "tokke", "vestfold-telemark"),
		"neighbour leader":            in(Leader, "tokke", "vestfold-telemark"),
		"regional lead":               in(RegionalLead, "", "vestfold-telemark"),
		"foreign contributor":         in(Contributor, "oslo", "oslo"),
		"foreign coordinator":         in(Coordinator, "oslo", "oslo"),
		"foreign leader":              in(Leader, "oslo", "oslo"),
		"foreign lead":                in(RegionalLead, "", "oslo"),
		"national reader":             in(NationalReader, "", ""),
		"reader who is coordinator":   {Person: "p-5", Grants: []Grant{{Coordinator, "oslo", "oslo"}, {Role: NationalReader}}},
		"administrator":               in(Administrator, "", ""),
		"auditor":                     in(Auditor, "", ""),
		"system":                      SystemActor("seal"),
		"inactive, had every role":    inactive.Actor(),
		"lead who is also own leader": {Person: "p-3", Grants: []Grant{{RegionalLead, "", "vestfold-telemark"}, {Leader, "larvik", "vestfold-telemark"}}},
		"grant without a place":       {Person: "p-4", Grants: []Grant{{Role: Coordinator}, {Role: RegionalLead}}},
	}
}

// TestReachIsAllThatRulesRead: what is kept for one reader is shown to others of the same reach, so it must tell apart whoever any rule may
// tell apart. Who adds a field here makes it part of Reach, or says why no rule reads it.
func TestReachIsAllThatRulesRead(t *testing.T) {
	for typ, known := range map[reflect.Type]string{reflect.TypeFor[Actor](): "Person System Grants ReadOnly", reflect.TypeFor[Grant](): "Role Municipality Region"} {
		var fields []string
		for i := range typ.NumField() {
			fields = append(fields, typ.Field(i).Name)
		}
		if got := strings.Join(fields, " "); got != known {
			t.Errorf("%v has the fields %s; Reach knows of %s", typ, got, known)
		}
	}
	seen := map[string]string{}
	for name, actor := range readers() {
		reach := actor.Reach()
		if other, twice := seen[reach]; twice && !(len(actor.Grants) == 0 && actor.System == "") {
			t.Errorf("%s and %s have the same reach %q", name, other, reach)
		}
		seen[reach] = name
		if actor.Person = "p-somebody-else"; actor.Reach() != reach {
			t.Errorf("%s: the reach depends on who it is", name)
		}
	}
	a, b := Grant{Leader, "larvik", "vestfold-telemark"}, Grant{Leader, "tokke", "vestfold-telemark"}
	for _, pair := range [][2]Actor{
		{{Grants: []Grant{a, b}}, {Grants: []Grant{b, a}}}, // Municipality says another
		{{Grants: []Grant{{"x", "y", "z"}}}, {Grants: []Grant{{"x", `y" "z`, ""}}}},
		{{Grants: []Grant{{"x", "y", "z"}, {}}}, {Grants: []Grant{{"x", "y", `z";"" "" "`}}}},
		{{System: "seal"}, {Person: "seal"}},
		{{ReadOnly: true}, {}},
	} {
		if pair[0].Reach() == pair[1].Reach() {
			t.Errorf("%+v and %+v have the same reach", pair[0], pair[1])
		}
	}
}

// Every role against every rule. A dot is no, a letter stands for the rule that says yes.
func TestAccessRules(t *testing.T) {
	const (
		m = MunicipalityID("larvik")
		r = RegionID("vestfold-telemark")
	)
	consents := func(c Consent) Member { return Member{Municipality: m, Consent: c} }
	rules := []struct {
		letter byte
		name   string
		may    func(Actor) bool
	}{
		{'R', "MayReadAnswers", func(a Actor) bool { return MayReadAnswers(a, m) }},
		{'A', "MayAnswer", func(a Actor) bool { return MayAnswer(a, m) }},
		{'H', "MayHandIn", func(a Actor) bool { return MayHandIn(a, m) }},
		{'P', "MaySeeProgress", func(a Actor) bool { return MaySeeProgress(a, m, r) }},
		{'Q', "MayReadSubmission", func(a Actor) bool { return MayReadSubmission(a, m, r) }},
		{'S', "MayRunRounds", func(a Actor) bool { return MayRunRounds(a, r) }},
		{'s', "MaySeeRounds", func(a Actor) bool { return MaySeeRounds(a, r) }},
		{'r', "MayReadResults", func(a Actor) bool { return MayReadResults(a, r) }},
		{'g', "MayReadByName, by name in the region", func(a Actor) bool { return MayReadByName(a, r, consents(ByNameInRegion)) }},
		{'n', "MayReadByName, by name nationally", func(a Actor) bool { return MayReadByName(a, r, consents(ByNameNational)) }},
		{'a', "MayReadByName, only in aggregates", func(a Actor) bool { return MayReadByName(a, r, consents(OnlyAggregates)) }},
		{'u', "MayReadByName, unknown consent", func(a Actor) bool { return MayReadByName(a, r, consents("")) }},
		{'J', "MaySeeRuns", MaySeeRuns},
		{'j', "MayStartRun", MayStartRun},
		{'O', "MayReadLog", MayReadLog},
		{'o', "MayReadLogOf", func(a Actor) bool { return MayReadLogOf(a, m) }},
		{'G', "MayGrant, a contributor", func(a Actor) bool { return MayGrant(a, Grant{Contributor, m, r}) }},
		{'L', "MayGrant, a leader", func(a Actor) bool { return MayGrant(a, Grant{Leader, m, r}) }},
		{'C', "MayGrant, a coordinator", func(a Actor) bool { return MayGrant(a, Grant{Coordinator, m, r}) }},
		{'E', "MayGrant, a regional lead", func(a Actor) bool { return MayGrant(a, Grant{RegionalLead, "", r}) }},
		{'D', "MayGrant, an administrator", func(a Actor) bool { return MayGrant(a, Grant{Administrator, "", ""}) }},
		{'p', "MaySeePeople", MaySeePeople},
		{'M', "MayManagePeople", func(a Actor) bool { return MayManagePeople(a, m) }},
		{'N', "MayGrant, a national reader", func(a Actor) bool { return MayGrant(a, Grant{Role: NationalReader}) }},
		{'x', "MayChooseRegion", MayChooseRegion},
		{'V', "MayApprove", func(a Actor) bool { return MayApprove(a, m) }},
		{'v', "MaySetApproval", func(a Actor) bool { return MaySetApproval(a, m) }},
		{'k', "MaySetConsent", func(a Actor) bool { return MaySetConsent(a, m) }},
		{'c', "MayReplaceCoordinators", func(a Actor) bool { return MayReplaceCoordinators(a, r) }},
		{'K', "MayCalibrate", MayCalibrate},
	}
	table := map[string]string{
		"nobody":                      "..............................",
		"own contributor":             "RA.PQ.srgnau.................K",
		"own coordinator":             "RAHPQ.srgnau...oGLC..pM...vk.K",
		"own leader":                  "R..PQ.srgnau.............V.k.K",
		"neighbour contributor":       "......srgn...................K",
		"neighbour coordinator":       "......srgn...........p.......K",
		"neighbour leader":            "......srgn...................K",
		"regional lead":               "...PQSsrgnauJj....C..p......c.",
		"foreign contributor":         ".............................K",
		"foreign coordinator":         ".....................p.......K",
		"foreign leader":              ".............................K",
		"foreign lead":                "............Jj.......p........",
		"national reader":             ".......r.n..............x.....",
		"reader who is coordinator":   ".......r.n...........p..x....K",
		"administrator":               "......s.....JjOoGLCEDp.N......",
		"auditor":                     "..............Oo..............",
		"system":                      ".....Ssrgnau..................",
		"inactive, had every role":    "..............................",
		"lead who is also own leader": "R..PQSsrgnauJj....C..p...V.kcK",
		"grant without a place":       "............Jj.......p........", // sees the page of runs, which belongs to no place; nothing else
	}
	people := readers()
	if len(people) != len(table) {
		t.Errorf("%d readers, %d rows", len(people), len(table))
	}
	for who, actor := range people {
		row, ok := table[who]
		if !ok || len(row) != len(rules) {
			t.Errorf("%s: the row %q does not have the %d rules", who, row, len(rules))
			continue
		}
		for i, rule := range rules {
			want := row[i] == rule.letter
			if !want && row[i] != '.' {
				t.Fatalf("%s: %q at %d is neither %q nor a dot", who, row[i], i, rule.letter)
			}
			if got := rule.may(actor); got != want {
				t.Errorf("%s: %s is %t", who, rule.name, got)
			}
		}
	}
}

// Every role against the rules of taking everything out (X), leaving (V), undoing that (T), seeing who leaves (W) and carrying it out (Y).
// Whoever is not named may do nothing of it.
func TestWhoTakesOutAndLeaves(t *testing.T) {
	may := map[string]string{"own coordinator": "XVT", "administrator": "TW", "system": "Y"}
	for who, a := range readers() {
		for letter, got := range map[string]bool{"X": MayExport(a, "larvik"), "V": MayLeave(a, "larvik"), "T": MayStay(a, "larvik"), "W": MaySeeDepartures(a), "Y": MayCarryOutDepartures(a)} {
			if got != strings.Contains(may[who], letter) {
				t.Errorf("%s: %s is %t", who, letter, got)
			}
		}
		if MayExport(a, "") || MayLeave(a, "") {
			t.Errorf("%s takes out, or leaves, what is nobody's", who)
		}
		for _, consent := range []Consent{ByNameInRegion, OnlyAggregates, ""} {
			stands, gone := Member{Municipality: "larvik", Consent: consent}, Member{Municipality: "larvik", Consent: consent, Gone: true}
			if got, want := MayReadByName(a, "vestfold-telemark", gone), MayReadByName(a, "vestfold-telemark", stands) && consent != OnlyAggregates; got != want {
				t.Errorf("%s reads by name who left with consent %q: %t", who, consent, got)
			}
		}
	}
}

// Every role against the improvement plan: reading it (R), writing steps (W), setting ambitions (A), and handing over what a contributor of
// Larvik owned, to a colleague of hers (H). Whoever is not named may do nothing of it.
func TestWhoPlans(t *testing.T) {
	may := map[string]string{"own contributor": "RW", "own coordinator": "RWAH", "own leader": "RWA", "administrator": "H", "lead who is also own leader": "RWA"}
	here := []Grant{{Contributor, "larvik", "vestfold-telemark"}}
	from, to := Person{ID: "p-from", Inactive: true, Former: here}, Person{ID: "p-to", Grants: here}
	for who, a := range readers() {
		for letter, got := range map[string]bool{"R": MayReadPlan(a, "larvik"), "W": MayWriteSteps(a, "larvik"), "A": MaySetAmbition(a, "larvik"), "H": MayHandOver(a, from, to, "larvik")} {
			if got != strings.Contains(may[who], letter) {
				t.Errorf("%s: %s is %t", who, letter, got)
			}
		}
		if MayReadPlan(a, "") || MayWriteSteps(a, "") || MaySetAmbition(a, "") {
			t.Errorf("%s plans in no municipality", who)
		}
		for name, heir := range map[string]Person{"somebody of Tokke": {ID: "p-to", Grants: []Grant{{Coordinator, "tokke", "vestfold-telemark"}}}, "the lead": {ID: "p-to", Grants: []Grant{{RegionalLead, "", "vestfold-telemark"}}}, "who left": {ID: "p-to", Inactive: true, Grants: here}} {
			if MayHandOver(a, from, heir, "larvik") {
				t.Errorf("%s hands Larvik's steps over to %s", who, name)
			}
		}
	}
	lead := readers()["regional lead"]
	if from.Former = []Grant{{Coordinator, "larvik", "vestfold-telemark"}}; !MayHandOver(lead, from, to, "larvik") || MayHandOver(lead, from, to, "tokke") {
		t.Error("the lead hands over what a coordinator of her region owned, where she owned it")
	}
}

// Every role against who has which task: reading it (R), giving tasks (G), having one (H), saying that one of her own is finished (F) or that
// somebody else's is (f), taking back that somebody else's is (B), and handing over what a contributor of Larvik had, to a colleague of hers (O).
// Whoever is not named may do nothing of it.
func TestWhoGivesTasks(t *testing.T) {
	may := map[string]string{"own contributor": "RHF", "own coordinator": "RGHFBO", "own leader": "R", "administrator": "O", "lead who is also own leader": "R"}
	here := []Grant{{Contributor, "larvik", "vestfold-telemark"}}
	from, to := Person{ID: "p-from", Inactive: true, Former: here}, Person{ID: "p-to", Grants: here}
	const m = MunicipalityID("larvik")
	for who, a := range readers() {
		for letter, got := range map[string]bool{
			"R": MayReadAssignments(a, m), "G": MayGiveTasks(a, m), "H": MayHaveTasks(a, m), "F": MayFinishTask(a, m, a.Person), "f": MayFinishTask(a, m, "p-somebody") || MayFinishTask(a, m, ""),
			"B": MayReopenTask(a, m, "p-somebody"), "O": MayHandOverTasks(a, from, to, m),
		} {
			if got != strings.Contains(may[who], letter) {
				t.Errorf("%s: %s is %t", who, letter, got)
			}
		}
		if MayReadAssignments(a, "") || MayGiveTasks(a, "") || MayHaveTasks(a, "") || MayFinishTask(a, "", a.Person) || MayReopenTask(a, "", a.Person) {
			t.Errorf("%s has tasks in no municipality", who)
		}
		for name, heir := range map[string]Person{"somebody of Tokke": {ID: "p-to", Grants: []Grant{{Coordinator, "tokke", "vestfold-telemark"}}}, "a leader": {ID: "p-to", Grants: []Grant{{Leader, "larvik", "vestfold-telemark"}}}, "who left": {ID: "p-to", Inactive: true, Grants: here}} {
			if MayHandOverTasks(a, from, heir, m) {
				t.Errorf("%s hands Larvik's tasks over to %s", who, name)
			}
		}
	}
}

// Every role against comments: reading them (R), writing one (W), changing one's own (E) and somebody else's (e), deleting one's own (D) and somebody else's
// (d), and bringing back what one has deleted oneself (B) and what somebody else has (b). Whoever is not named may do nothing of it.
func TestWhoComments(t *testing.T) {
	may := map[string]string{"own contributor": "RWEDB", "own coordinator": "RWEDdBb", "own leader": "RWEDB", "lead who is also own leader": "RWEDB"}
	const m = MunicipalityID("larvik")
	for who, a := range readers() {
		for letter, got := range map[string]bool{
			"R": MayReadComments(a, m), "W": MayComment(a, m), "E": MayEditComment(a, m, a.Person), "e": MayEditComment(a, m, "p-somebody") || MayEditComment(a, m, ""),
			"D": MayRemoveComment(a, m, a.Person), "d": MayRemoveComment(a, m, "p-somebody"), "B": MayRestoreComment(a, m, a.Person), "b": MayRestoreComment(a, m, "p-somebody"),
		} {
			if got != strings.Contains(may[who], letter) {
				t.Errorf("%s: %s is %t", who, letter, got)
			}
		}
		if MayReadComments(a, "") || MayComment(a, "") || MayEditComment(a, "", a.Person) || MayRemoveComment(a, "", a.Person) || MayRestoreComment(a, "", a.Person) {
			t.Errorf("%s comments in no municipality", who)
		}
	}
}

// Every role against benefits: reading them (R), adding one (A), editing one that somebody else owns (E) and one of her own (O), giving either to
// another (G, g), taking back what was handed over (T), owning one (W), saying what they are worked out by (S) and what they may be measured by (N), and handing over what a contributor of Larvik owned, to a colleague of
// hers (H). Whoever is not named may do nothing of it.
func TestWhoGains(t *testing.T) {
	may := map[string]string{"own contributor": "ROgWId", "own coordinator": "RAEOGgTWSNHXFIDd", "own leader": "ROgWFId", "administrator": "H", "lead who is also own leader": "ROgWFId"}
	here := []Grant{{Contributor, "larvik", "vestfold-telemark"}}
	from, to := Person{ID: "p-from", Inactive: true, Former: here}, Person{ID: "p-to", Grants: here}
	const m = MunicipalityID("larvik")
	for who, a := range readers() {
		for letter, got := range map[string]bool{
			"R": MayReadBenefits(a, m), "A": MayAddBenefits(a, m), "E": MayEditBenefit(a, m, "p-somebody") || MayEditBenefit(a, m, ""), "O": MayEditBenefit(a, m, a.Person),
			"G": MayGiveBenefit(a, m, "p-somebody") || MayGiveBenefit(a, m, ""), "g": MayGiveBenefit(a, m, a.Person), "T": MayTakeBackBenefit(a, m), "W": MayOwnBenefit(a, m), "S": MaySetAssumptions(a, m), "N": MaySetIndicators(a, m),
			"H": MayHandOver(a, from, to, m), "X": MayRemoveBenefit(a, m), "F": MayFollowUpBenefits(a, m), "I": MayBringMeasurements(a, m),
			"D": MayDrawBenefitMaps(a, m, false), "d": MayDrawBenefitMaps(a, m, true),
		} {
			if got != strings.Contains(may[who], letter) {
				t.Errorf("%s: %s is %t", who, letter, got)
			}
		}
		if MayReadBenefits(a, "") || MayRemoveBenefit(a, "") || MayDrawBenefitMaps(a, "", true) || MayFollowUpBenefits(a, "") || MayAddBenefits(a, "") || MayEditBenefit(a, "", a.Person) || MayGiveBenefit(a, "", a.Person) || MayTakeBackBenefit(a, "") || MayOwnBenefit(a, "") || MaySetAssumptions(a, "") || MaySetIndicators(a, "") || MayBringMeasurements(a, "") {
			t.Errorf("%s gains in no municipality", who)
		}
		for name, heir := range map[string]Person{"somebody of Tokke": {ID: "p-to", Grants: []Grant{{Coordinator, "tokke", "vestfold-telemark"}}}, "the lead": {ID: "p-to", Grants: []Grant{{RegionalLead, "", "vestfold-telemark"}}}, "who left": {ID: "p-to", Inactive: true, Grants: here}} {
			if MayHandOver(a, from, heir, m) {
				t.Errorf("%s hands Larvik's benefits over to %s", who, name)
			}
		}
	}
	for who, a := range readers() {
		if MayCountBenefits(a, "vestfold-telemark") != (who == "regional lead" || who == "lead who is also own leader") || MayCountBenefits(a, "") {
			t.Errorf("%s counts the region's benefits", who)
		}
	}
	lead := readers()["regional lead"]
	if from.Former = []Grant{{Coordinator, "larvik", "vestfold-telemark"}}; !MayHandOver(lead, from, to, m) || MayHandOver(lead, from, to, "tokke") {
		t.Error("the lead hands over what a coordinator of her region owned, where she owned it")
	}
}

// Which questions separate nobody tells what every municipality answered: it is for who sees that by name, and not for the administrator.
func TestWhoSeesSeparation(t *testing.T) {
	for who, a := range readers() {
		if want := who == "regional lead" || who == "lead who is also own leader" || who == "system"; MaySeeSeparation(a, "vestfold-telemark") != want {
			t.Errorf("%s sees it: %t", who, !want)
		}
		if MaySeeSeparation(a, "") {
			t.Errorf("%s sees it of no region", who)
		}
		if want := who == "administrator"; MaySeeSeparationEverywhere(a) != want {
			t.Errorf("%s sees it of every region: %t", who, !want)
		}
	}
	for _, own := range []Grant{{Coordinator, "larvik", "vestfold-telemark"}, {RegionalLead, "", "vestfold-telemark"}} {
		if MaySeeSeparationEverywhere(Actor{Person: "p-6", Grants: []Grant{{Role: Administrator}, own}}) {
			t.Errorf("an administrator who is also %s learns what her neighbours gave from what she gave", own.Role)
		}
	}
}

// What is asked, and what a new version changes, is for everybody with a role, and for nobody without one.
func TestWhoReadsQuestionnaires(t *testing.T) {
	for who, a := range readers() {
		if want := who != "nobody" && who != "inactive, had every role"; MayReadQuestionnaires(a) != want {
			t.Errorf("%s reads them: %t", who, !want)
		}
	}
}

// Every role against evidence of Larvik: reading it (R), giving it and taking it away (G), and looking through the files of everybody (S).
func TestWhoGivesEvidence(t *testing.T) {
	may := map[string]string{"own contributor": "RG", "own coordinator": "RG", "own leader": "R", "lead who is also own leader": "R", "system": "S"}
	for who, a := range readers() {
		for letter, got := range map[string]bool{"R": MayReadEvidence(a, "larvik"), "G": MayGiveEvidence(a, "larvik"), "S": MayScanEvidence(a)} {
			if got != strings.Contains(may[who], letter) {
				t.Errorf("%s: %s is %t", who, letter, got)
			}
		}
		if MayReadEvidence(a, "") || MayGiveEvidence(a, "") {
			t.Errorf("%s has evidence in no municipality", who)
		}
	}
}

// Every role against rating (R), leading the group to what it settles (L), and following (F). Whoever is not named may do nothing of it.
func TestWhoRatesAndSettles(t *testing.T) {
	may := map[string]string{"own contributor": "RF", "own coordinator": "RLF", "own leader": "F", "lead who is also own leader": "F", "system": "F"}
	for who, a := range readers() {
		for letter, got := range map[string]bool{"R": MayRate(a, "larvik"), "L": MayLeadConsensus(a, "larvik"), "F": MayFollowConsensus(a, "larvik")} {
			if got != strings.Contains(may[who], letter) {
				t.Errorf("%s: %s is %t", who, letter, got)
			}
		}
		if MayRate(a, "") || MayLeadConsensus(a, "") || MayFollowConsensus(a, "") {
			t.Errorf("%s rates in no municipality", who)
		}
	}
}

// Nobody gets at anything by an empty municipality or region, whoever she is.
func TestNoRuleSaysYesToNowhere(t *testing.T) {
	for who, a := range readers() {
		if MayReadAnswers(a, "") || MayAnswer(a, "") || MayHandIn(a, "") || MaySeeProgress(a, "", "") || MayReadSubmission(a, "", "") || MayReadLogOf(a, "") && !MayReadLog(a) {
			t.Errorf("%s may do something in no municipality", who)
		}
		if a.System == "" && (MayRunRounds(a, "") || MayReadResults(a, "") || MaySeeRounds(a, "") && !a.Has(Administrator)) {
			t.Errorf("%s may do something in no region", who)
		}
	}
}

// Whatever grants somebody has: what she may do in a municipality comes from grants there, never from those elsewhere.
func TestGrantsElsewhereGiveNothingHere(t *testing.T) {
	grant := rapid.Custom(func(t *rapid.T) Grant {
		g := Grant{Role: rapid.SampledFrom(Roles).Draw(t, "role")}
		switch g.Role {
		case RegionalLead:
			g.Region = rapid.SampledFrom([]RegionID{"r1", "r2"}).Draw(t, "region")
		case NationalReader, Administrator, Auditor:
		default:
			g.Municipality = rapid.SampledFrom([]MunicipalityID{"m1", "m2", "m3"}).Draw(t, "municipality")
			g.Region = map[MunicipalityID]RegionID{"m1": "r1", "m2": "r1", "m3": "r2"}[g.Municipality]
		}
		return g
	})
	rapid.Check(t, func(t *rapid.T) {
		a := Actor{Person: "p", Grants: rapid.SliceOfN(grant, 0, 5).Draw(t, "grants")}
		var here Actor
		for _, g := range a.Grants {
			if g.Municipality == "m1" {
				here.Grants = append(here.Grants, g)
			}
		}
		if MayReadAnswers(a, "m1") != MayReadAnswers(here, "m1") || MayAnswer(a, "m1") != MayAnswer(here, "m1") || MayHandIn(a, "m1") != MayHandIn(here, "m1") {
			t.Fatalf("%v may more or less in m1 than her grants there", a.Grants)
		}
		if MayHandIn(a, "m1") && !MayAnswer(a, "m1") || MayAnswer(a, "m1") && !MayReadAnswers(a, "m1") {
			t.Fatalf("%v may hand in what she may not answer, or answer what she may not read", a.Grants)
		}
	})
}

func TestActor(t *testing.T) {
	a := Actor{Person: "p-1", Grants: []Grant{{Role: Administrator}, {RegionalLead, "", "r1"}, {Leader, "m2", "r2"}, {Contributor, "m3", "r3"}}}
	if a.Municipality() != "m2" || a.Region() != "r1" || !a.Has(Leader) || a.Has(Coordinator) || a.Name() != "p-1" {
		t.Errorf("municipality %q, region %q, name %q", a.Municipality(), a.Region(), a.Name())
	}
	if (Actor{}).Municipality() != "" || (Actor{}).Region() != "" {
		t.Error("nobody belongs somewhere")
	}
	if got := SystemActor("seal").Name(); got != "system:seal" {
		t.Errorf("a job is called %q", got)
	}
}

func TestNothingIsSaidOfAll(t *testing.T) {
	for of := range 12 {
		for n := range of + 1 {
			told, ok := AtLeast(n, of)
			if ok != (n >= 3 && of >= 4) || ok && (told > n || told >= of || n < of && told != n) {
				t.Errorf("%d of %d: told of %d, %t", n, of, told, ok)
			}
		}
	}
}

func TestSmallAggregatesAreWithheld(t *testing.T) {
	tests := []struct {
		Sample
		median, quartiles bool
	}{
		// All by name: only how many there are counts.
		{Sample{0, 0, 0}, false, false}, {Sample{2, 0, 0}, false, false}, {Sample{3, 0, 0}, true, false}, {Sample{3, 1, 0}, false, false},
		{Sample{4, 1, 0}, true, false}, {Sample{6, 0, 0}, true, false}, {Sample{7, 0, 0}, true, true}, {Sample{7, 1, 0}, true, true},
		{Sample{7, 4, 0}, true, true}, {Sample{7, 5, 0}, false, false}, {Sample{8, 1, 0}, true, true},
		// Beside those by name one or two could be worked out, however many there are in all.
		{Sample{8, 0, 1}, false, false}, {Sample{8, 0, 2}, false, false}, {Sample{8, 1, 2}, false, false}, {Sample{357, 1, 1}, false, false},
		{Sample{357, 0, 2}, false, false}, {Sample{8, 0, 3}, true, true}, {Sample{8, 1, 3}, true, true}, {Sample{6, 0, 3}, true, false},
		// None by name, as a national reader often sees it.
		{Sample{2, 0, 2}, false, false}, {Sample{3, 0, 3}, true, false}, {Sample{8, 0, 8}, true, true},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d with %d own and %d unnamed", tt.N, tt.Own, tt.Unnamed), func(t *testing.T) {
			if MayShowMedian(tt.Sample) != tt.median || MayShowQuartiles(tt.Sample) != tt.quartiles {
				t.Errorf("median %t, quartiles %t", MayShowMedian(tt.Sample), MayShowQuartiles(tt.Sample))
			}
		})
	}
}
