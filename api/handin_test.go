package api

import (
	"net/http"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/internal/locale"
)

func TestHandInAndTakeBack(t *testing.T) {
	s := startServer(t)
	round := string(s.openRound().ID)
	address := "/hand-in?round=" + round
	post := func(email, path, body string) reply { return s.browse(email, http.MethodPost, path, body) }

	page := s.read(coordinatorEmail, locale.Bokmal, "/hand-in", http.StatusOK)
	a := s.own()
	whole := a.Counts(s.catalogue())[assessment.Whole]
	has(t, "before", page, s.text("hand-in.missing.some", "n", whole.Of-whole.Answered), `name="confirm"`, s.text("home.whole"), s.text("hand-in.after"))
	for _, area := range s.catalogue().Areas {
		has(t, "before", page, s.catalogue().In("nb").Areas[area.Key].Name)
	}

	// Those who may not.
	has(t, "contributor", s.read(contributorEmail, locale.Bokmal, "/hand-in", http.StatusOK), s.text("hand-in.coordinator"))
	has(t, "leader", s.read(leaderEmail, locale.Bokmal, "/hand-in", http.StatusOK), s.text("hand-in.reader"))
	has(t, "regional lead", s.read(leadEmail, locale.Bokmal, "/hand-in", http.StatusOK), s.text("task.not-municipal"))
	for _, email := range []string{contributorEmail, leaderEmail, leadEmail, adminEmail, outsiderEmail} {
		hasNot(t, email, s.read(email, locale.Bokmal, "/hand-in", http.StatusOK), `name="confirm"`)
		if email == outsiderEmail {
			continue
		}
		if got := post(email, address+"&municipality=larvik", "confirm=yes"); got.Status != http.StatusForbidden {
			t.Errorf("%s hands in: %d", email, got.Status)
		}
	}
	if got := post(neighbourEmail, address+"&municipality=larvik", "confirm=yes"); got.Status != http.StatusForbidden {
		t.Errorf("another municipality's coordinator hands in: %d", got.Status)
	}

	// Not confirmed: the page again, with the fault beside the box.
	got := post(coordinatorEmail, address, "confirm=")
	if got.Status != http.StatusUnprocessableEntity {
		t.Errorf("not confirmed: %d", got.Status)
	}
	has(t, "not confirmed", string(got.Body), s.text("hand-in.confirm.error"), `aria-describedby="confirm-error"`)
	if state := s.own().State; state != assessment.Draft {
		t.Fatalf("the assessment is %s", state)
	}

	for range 2 { // the second time changes nothing
		if got := post(coordinatorEmail, address, "confirm=yes"); got.Status != http.StatusSeeOther || got.Header.Get("Location") != address {
			t.Fatalf("handing in: %d to %s: %.300s", got.Status, got.Header.Get("Location"), got.Body)
		}
	}
	handed := s.own()
	if handed.State != assessment.HandedIn || handed.HandedInBy != s.person(coordinatorEmail).ID {
		t.Errorf("after handing in: %s by %s", handed.State, handed.HandedInBy)
	}
	page = s.read(coordinatorEmail, locale.Bokmal, "/hand-in", http.StatusOK)
	has(t, "receipt", page, s.person(coordinatorEmail).Name, s.Texts.For(locale.Bokmal).DateTime(handed.HandedInAt), "/hand-in/take-back")
	hasNot(t, "receipt", page, `name="confirm"`)
	for _, email := range []string{contributorEmail, leaderEmail} {
		page := s.read(email, locale.Bokmal, "/hand-in", http.StatusOK)
		has(t, email, page, s.person(coordinatorEmail).Name)
		hasNot(t, email, page, "/hand-in/take-back")
	}
	task := s.read(coordinatorEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK)
	has(t, "read-only", task, s.text("task.handed-in"))
	hasNot(t, "read-only", task, `name="level"`, "data-autosave=", "/tasks/henvise/organisation")

	if got := post(contributorEmail, "/hand-in/take-back?round="+round, ""); got.Status != http.StatusForbidden {
		t.Errorf("a contributor takes back: %d", got.Status)
	}
	if got := post(coordinatorEmail, "/hand-in/take-back?round="+round, ""); got.Status != http.StatusSeeOther {
		t.Errorf("taking back: %d: %.300s", got.Status, got.Body)
	}
	if state := s.own().State; state != assessment.Draft {
		t.Errorf("taken back, it is %s", state)
	}
}

// A form sent after the round closed, or after publication, is refused in words, and changes nothing.
func TestHandInTooLate(t *testing.T) {
	s := startServer(t)
	round := s.openRound().ID
	if _, err := s.Assessments.Close(t.Context(), s.person(leadEmail).Actor(), round); err != nil {
		t.Fatal(err)
	}
	page := s.read(coordinatorEmail, locale.Bokmal, "/hand-in", http.StatusOK)
	has(t, "the page", page, s.text("hand-in.sealed"))
	hasNot(t, "the page", page, `name="confirm"`)
	got := s.browse(coordinatorEmail, http.MethodPost, "/hand-in?round="+string(round), "confirm=yes", "Cookie", languageCookie+"=nb")
	if got.Status != http.StatusConflict || !strings.Contains(string(got.Body), s.text("error.assessment.sealed")) {
		t.Errorf("handing in after closing: %d: %.400s", got.Status, got.Body)
	}
	if a := s.own(); a.State != assessment.Draft || !a.Sealed {
		t.Errorf("the assessment is %s, sealed %v", a.State, a.Sealed)
	}
	for _, path := range []string{"/hand-in", "/hand-in/take-back"} {
		if got := s.browse(coordinatorEmail, http.MethodPost, path, "confirm=yes"); got.Status != http.StatusNotFound {
			t.Errorf("%s without a round: %d", path, got.Status)
		}
		if got := s.browse(coordinatorEmail, http.MethodPost, path+"?round=nosuch", "confirm=yes"); got.Status != http.StatusNotFound {
			t.Errorf("%s of an unknown round: %d", path, got.Status)
		}
	}
}
