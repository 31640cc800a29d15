package api

import (
	"net/http"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/internal/locale"
	"helhet/org"
)

// A minute counts once for a person however many pages she has open; her municipality sees its sum, and whoever plans the next round the median.
func TestMinutesOfWork(t *testing.T) {
	s := startServer(t)
	round := s.openRound()
	path := minutePath("henvise", scopeQuery(round.ID, larvik))
	has(t, "the task's page", s.read(contributorEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK), `data-minute="`+path+`"`)
	hasNot(t, "a reader's", s.read(leaderEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK), "data-minute")
	for range 3 {
		if got := s.browse(contributorEmail, http.MethodPost, path, ""); got.Status != http.StatusNoContent || len(got.Body) > 0 {
			t.Fatalf("%d: %s", got.Status, got.Body)
		}
	}
	s.browse(coordinatorEmail, http.MethodPost, path, "")
	has(t, "the hand-in page", s.read(leaderEmail, locale.Bokmal, "/hand-in", http.StatusOK), s.text("effort.own", "time", "2 min"))

	hasNot(t, "the round's page of one municipality", s.read(leadEmail, locale.Bokmal, roundPath(round.ID), http.StatusOK), s.text("effort.how"))
	for _, m := range []org.MunicipalityID{"porsgrunn", "tokke", "seljord", "fyresdal"} {
		actor := org.Actor{Person: "p-counted", Grants: []org.Grant{{Role: org.Coordinator, Municipality: m, Region: round.Region}}}
		for range 65 {
			if err := s.Assessments.AddMinute(t.Context(), actor, round.ID, m, "henvise"); err != nil {
				a, _ := s.Assessments.Assessment(t.Context(), actor, round.ID, m)
				if a.State == assessment.HandedIn {
					break // it counts nothing any more
				}
				t.Fatal(m, err)
			}
		}
	}
	burden, err := s.Assessments.Burden(t.Context(), s.person(leadEmail).Actor(), round)
	if err != nil || !burden.Shown() {
		t.Fatalf("%+v %v", burden, err)
	}
	has(t, "the round's page", s.read(leadEmail, locale.Bokmal, roundPath(round.ID), http.StatusOK), burdenText(s.Texts.For(locale.Bokmal), burden), "1 t 5 min")
	hasNot(t, "the plan of the next, while it is under way", s.read(leadEmail, locale.Bokmal, "/rounds/new", http.StatusOK), round.Name+": ")
	if _, err := s.Assessments.Close(t.Context(), s.person(leadEmail).Actor(), round.ID); err != nil {
		t.Fatal(err)
	}
	has(t, "the plan of the next", s.read(leadEmail, locale.Bokmal, "/rounds/new", http.StatusOK), round.Name+": ", s.text("scope.time", "time", "1 t 5 min"),
		s.text("scope.guess", "n", assessment.GuessedPerQuestion))
	hasNot(t, "everybody else's", s.read(coordinatorEmail, locale.Bokmal, roundPath(round.ID), http.StatusOK), s.text("effort.how"))
}

func TestABeatAMinute(t *testing.T) {
	b, err := newBeats()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		id    org.PersonID
		after time.Duration
		want  bool
	}{{"p-a", 0, true}, {"p-a", 10 * time.Second, false}, {"p-b", 10 * time.Second, true}, {"p-a", 49 * time.Second, false}, {"p-a", 60 * time.Second, true}, {"p-a", 100 * time.Second, false}} {
		if got := b.take(c.id, at.Add(c.after)); got != c.want {
			t.Errorf("%s after %s: %t", c.id, c.after, got)
		}
	}
}
