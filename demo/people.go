package demo

import (
	"strings"

	"helhet/org"
)

// Names that nobody could take for a real person's: a first name and what she is.
var (
	coordinatorNames = []string{"Kari", "Knut", "Kristin", "Kåre", "Kjersti", "Ketil", "Kine", "Kolbjørn"}
	contributorNames = []string{"Frode", "Frida", "Finn", "Frøydis", "Fredrik", "Filippa", "Folke", "Fride"}
	leaderNames      = []string{"Line", "Lars", "Liv", "Leif", "Lise", "Ludvig", "Laila", "Lasse"}
)

// stranger asks for access to Sandefjord, so that there is a request to answer.
var stranger = org.AccessRequest{ID: "demo-request", IssuerName: "Ansattporten", Issuer: "https://issuer.example.org", Subject: "demo",
	Name: "Nadia Nyansatt", Email: "nadia@example.org", Municipality: "sandefjord", Message: "Jeg begynte i hjemmetjenesten i høst."}

// lead is the regional lead.
func lead(region org.RegionID) org.Person {
	return org.Person{ID: "p-demo-lead", Name: "Rita Regionleder", Email: "lead@example.org", Language: org.Bokmal,
		Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}
}

// staff are a municipality's three: coordinator, contributor, leader.
func staff(m org.Municipality, n int, region org.RegionID) []org.Person {
	leader := "Leder"
	if m.Reads() == org.Nynorsk {
		leader = "Leiar"
	}
	person := func(role org.Role, first []string, last string) org.Person {
		key := string(role) + "." + string(m.Number())
		return org.Person{
			ID: org.PersonID("p-demo-" + strings.ReplaceAll(key, ".", "-")), Name: first[n%len(first)] + " " + last, Email: key + "@example.org",
			Grants: []org.Grant{{Role: role, Municipality: m.ID, Region: region}},
		}
	}
	return []org.Person{
		person(org.Coordinator, coordinatorNames, "Koordinator"),
		person(org.Contributor, contributorNames, "Fagperson"),
		person(org.Leader, leaderNames, leader),
	}
}

// everyone is the region's people: lead, administrator, auditor, national reader and each municipality's staff.
func everyone(region org.RegionID, members []org.Municipality) []org.Person {
	all := []org.Person{lead(region), {ID: "p-demo-admin", Name: "Arne Administrator", Email: "admin@example.org", Language: org.Bokmal,
		Grants: []org.Grant{{Role: org.Administrator}}}, {ID: "p-demo-auditor", Name: "Randi Revisor", Email: "auditor@example.org", Language: org.Bokmal,
		Grants: []org.Grant{{Role: org.Auditor}}}, {ID: "p-demo-reader", Name: "Nora Nasjonalleser", Email: "reader@example.org", Language: org.Bokmal,
		Grants: []org.Grant{{Role: org.NationalReader}}}}
	for i, m := range members {
		all = append(all, staff(m, i, region)...)
	}
	return append(all, colleagues(region)...)
}
