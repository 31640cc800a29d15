package assessment_test

import (
	"testing"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store/sqlite/sqlitetest"
	"helhet/org"
)

func TestFill(t *testing.T) {
	catalogues, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	register, err := org.LoadRegister()
	if err != nil {
		t.Fatal(err)
	}
	const region org.RegionID = "vestfold-telemark"
	const key catalogue.Key = "helhetlig-tjenestemodell-1"
	now := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	db := sqlitetest.Open(t, t.TempDir())
	regions := org.NewRegions(db)
	service := assessment.New(db, assessment.Options{Catalogues: catalogues, Register: register, Regions: regions, Now: func() time.Time { return now }})
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := regions.Create(t.Context(), org.Region{ID: region, Name: "Vestfold og Telemark", Members: []org.Member{{Municipality: "larvik"}}}); err != nil {
		t.Fatal(err)
	}
	lead := org.Actor{Person: "p-lead", Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}
	who := org.Actor{Person: "p-kari", Grants: []org.Grant{{Role: org.Coordinator, Municipality: "larvik", Region: region}}}
	round, err := service.Plan(t.Context(), lead, assessment.Plan{
		Region: region, Name: "Vår 2026", Catalogue: key, Areas: []catalogue.AreaKey{"tjenesteforlop"}, OpensAt: now, ClosesAt: now.AddDate(0, 1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Open(t.Context(), lead, round.ID); err != nil {
		t.Fatal(err)
	}

	level := func(n int) assessment.Value { return assessment.Value{Level: &n} }
	fill := func(answers []assessment.FillAnswer, tasks ...assessment.FillTask) assessment.Fill {
		return assessment.Fill{Round: round.ID, Municipality: "larvik", Answers: answers, Tasks: tasks}
	}
	good := fill([]assessment.FillAnswer{{"henvise.ansvar", level(3)}, {"henvise.praksis", assessment.Value{NotApplicable: "Vi har ikke tjenesten."}}},
		assessment.FillTask{Task: "henvise", Data: assessment.OrganisationData{Status: assessment.Organised, Carrier: "own"}})
	foreign := org.Actor{Person: "p-ola", Grants: []org.Grant{{Role: org.Coordinator, Municipality: "porsgrunn", Region: region}}}
	elsewhere := good
	elsewhere.Round = "vestfold-telemark-ukjent"
	first := assessment.FillAnswer{Question: "tilpasse.ansvar", Value: level(2)} // good in itself, and never to be kept alone
	for name, refused := range map[string]struct {
		actor org.Actor
		fill  assessment.Fill
		code  fault.Code
	}{
		"another municipality's person": {foreign, good, fault.Forbidden},
		"an unknown round":              {who, elsewhere, fault.NotFound},
		"an unknown question":           {who, fill([]assessment.FillAnswer{first, {"henvise.farge", level(1)}}), fault.NotFound},
		"a question not in the round":   {who, fill([]assessment.FillAnswer{first, {"lager.ansvar", level(1)}}), fault.NotFound},
		"a level off the scale":         {who, fill([]assessment.FillAnswer{first, {"henvise.ansvar", level(6)}}), fault.Invalid},
		"the same question twice":       {who, fill([]assessment.FillAnswer{first, first}), fault.Stale},
		"a task not in the round":       {who, fill([]assessment.FillAnswer{first}, assessment.FillTask{Task: "lager", Data: assessment.OrganisationData{Status: assessment.Organised}}), fault.NotFound},
		"not relevant without a reason": {who, fill([]assessment.FillAnswer{first}, assessment.FillTask{Task: "henvise", Data: assessment.OrganisationData{Status: assessment.NotRelevant}}), fault.Invalid},
	} {
		if _, err := service.Fill(t.Context(), refused.actor, refused.fill); fault.CodeOf(err) != refused.code {
			t.Errorf("%s: %v, want %s", name, err, refused.code)
		}
	}
	a, err := service.Assessment(t.Context(), who, round.ID, "larvik")
	if err != nil || a.Answers.Len()+a.Tasks.Len() > 0 {
		t.Fatalf("after refusals there are %d answers and %d tasks, %v", a.Answers.Len(), a.Tasks.Len(), err)
	}

	if a, err = service.Fill(t.Context(), who, good); err != nil {
		t.Fatal(err)
	}
	answer := a.Answer("henvise.ansvar")
	if answer.Level == nil || *answer.Level != 3 || answer.By != "p-kari" || !answer.At.Equal(now) || answer.Tag == "" {
		t.Errorf("the answer is %+v", answer)
	}
	if o := a.Organisation("henvise"); o.Status != assessment.Organised || o.By != "p-kari" || o.Tag == "" {
		t.Errorf("the task is %+v", o)
	}
	if _, err := service.Fill(t.Context(), who, fill(good.Answers[:1])); fault.CodeOf(err) != fault.Stale {
		t.Errorf("filled over an answer: %v", err)
	}
	if _, err := service.Fill(t.Context(), who, fill(nil, good.Tasks...)); fault.CodeOf(err) != fault.Stale {
		t.Errorf("filled over a task: %v", err)
	}
	// It is an answer like any other: whoever has seen it may change it.
	if _, err := service.SaveAnswer(t.Context(), who, assessment.Save{
		Round: round.ID, Municipality: "larvik", Question: "henvise.ansvar", Value: level(4), Tag: answer.Tag}); err != nil {
		t.Error(err)
	}
	if _, err := service.HandIn(t.Context(), who, round.ID, "larvik"); err != nil {
		t.Fatal(err)
	}
	if _, err := service.Fill(t.Context(), who, fill([]assessment.FillAnswer{first})); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("filled what was handed in: %v", err)
	}
}
