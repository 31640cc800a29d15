package api

import (
	"net/http"
	"testing"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/locale"
)

// A host's coordinator offers her answers of a task on its page; the partner reads of it on her first page, takes them and gives them back.
// None of it is on the page of anybody else, and no note goes along.
func TestSharingPages(t *testing.T) {
	s := startServer(t)
	round := s.openRound()
	task := taskPath("lager", round.ID)
	host, partner := coordinatorEmail, neighbourEmail
	coordinator := s.person(host).Actor()
	own, theirs := scopeQuery(round.ID, larvik), scopeQuery(round.ID, "porsgrunn")
	hasNot(t, "before", s.read(host, locale.Bokmal, task, http.StatusOK), `name="partner"`)

	a, level := s.own(), 4
	o := a.Organisation("lager")
	if _, err := s.Assessments.SaveOrganisation(t.Context(), coordinator, assessment.SaveOrganisation{Round: round.ID, Municipality: larvik, Task: "lager", First: o.Tag == "", Tag: o.Tag,
		Data: assessment.OrganisationData{Status: "organised", Carrier: assessment.InterMunicipal}}); err != nil {
		t.Fatal(err)
	}
	stands := a.Answer("lager.ansvar").Tag
	if _, err := s.Assessments.SaveAnswer(t.Context(), coordinator, assessment.Save{Round: round.ID, Municipality: larvik, Question: "lager.ansvar", First: stands == "", Tag: stands,
		Value: assessment.Value{Level: &level, Note: "Bare for oss"}}); err != nil {
		t.Fatal(err)
	}
	has(t, "the host", s.read(host, locale.Bokmal, task, http.StatusOK), `name="partner" value="porsgrunn"`, s.text("share.title"))
	hasNot(t, "the host", s.read(host, locale.Bokmal, task, http.StatusOK), `name="partner" value="larvik"`)
	hasNot(t, "a contributor", s.read(contributorEmail, locale.Bokmal, task, http.StatusOK), `name="partner"`)

	s.press(host, "/tasks/lager/share"+own, "tag", "", "partner", "porsgrunn")
	with := s.text("share.with", "partners", "Porsgrunn kommune")
	has(t, "the host afterwards", s.read(host, locale.Bokmal, task, http.StatusOK), with)
	has(t, "her contributor", s.read(contributorEmail, locale.Bokmal, task, http.StatusOK), with)
	if got := s.browse(host, http.MethodPost, "/tasks/lager/share"+own, fields("tag", "", "partner", "tokke")); got.Status != http.StatusPreconditionFailed {
		t.Errorf("an older page: %d", got.Status)
	} else {
		has(t, "an older page", string(got.Body), `href="#sharing"`, `value="porsgrunn" checked`)
	}

	home := s.read(partner, locale.Bokmal, "/?round="+string(round.ID), http.StatusOK)
	has(t, "the partner's first page", home, "Larvik kommune lar dere ta imot", "#sharing")
	page := s.read(partner, locale.Bokmal, task, http.StatusOK)
	has(t, "the partner", page, s.text("share.offer", "host", "Larvik kommune"), `name="host" value="larvik"`)
	s.press(partner, "/tasks/lager/receive"+theirs, "host", "larvik")
	page = s.read(partner, locale.Bokmal, task, http.StatusOK)
	has(t, "what was taken", page, s.text("carry.unconfirmed", "round", "Larvik kommune"), s.text("share.give-back"))
	hasNot(t, "what was taken", page, "Bare for oss")
	s.press(partner, "/tasks/lager/give-back"+theirs, "host", "larvik")
	hasNot(t, "given back", s.read(partner, locale.Bokmal, task, http.StatusOK), s.text("carry.unconfirmed", "round", "Larvik kommune"))
	// Who has answered all of it herself is offered no button that takes nothing.
	neighbour := s.person(partner).Actor()
	for _, dimension := range []string{"ansvar", "praksis", "samhandling", "forbedring"} {
		a, err := s.Assessments.Assessment(t.Context(), neighbour, round.ID, "porsgrunn")
		if err != nil {
			t.Fatal(err)
		}
		q := catalogue.QuestionKey("lager." + dimension)
		tag := a.Answer(q).Tag
		if _, err := s.Assessments.SaveAnswer(t.Context(), neighbour, assessment.Save{Round: round.ID, Municipality: "porsgrunn", Question: q, First: tag == "", Tag: tag, Value: assessment.Value{Level: &level}}); err != nil {
			t.Fatal(err)
		}
	}
	page = s.read(partner, locale.Bokmal, task, http.StatusOK)
	has(t, "who has answered herself", page, s.text("share.offer", "host", "Larvik kommune"), s.text("share.offer.answered"))
	hasNot(t, "who has answered herself", page, "/tasks/lager/receive")
	hasNot(t, "another municipality", s.read(leaderEmail, locale.Bokmal, task, http.StatusOK), `name="host"`)
}
