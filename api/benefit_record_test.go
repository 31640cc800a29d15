package api

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"helhet/benefits"
	"helhet/internal/locale"
)

// addBenefit puts a benefit of Larvik down and takes it through statuses, as its coordinator would.
func (s *testServer) addBenefit(d benefits.Data, owner string, way ...benefits.Status) benefits.Benefit {
	s.t.Helper()
	who := s.person(coordinatorEmail).Actor()
	d.Status = benefits.Idea
	add := benefits.Add{Municipality: larvik, Data: d}
	if owner != "" {
		add.Owner = s.person(owner).ID
	}
	b, _, err := s.Benefits.Add(s.t.Context(), who, add)
	for _, status := range way {
		if err != nil {
			break
		}
		d.Status = status
		b, err = s.Benefits.Save(s.t.Context(), who, benefits.Save{ID: b.ID, Data: d, Tag: b.Tag})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

// driving is a benefit with all that any status demands, whose measures have had effect for some days.
func (s *testServer) driving(title string, ago int) benefits.Data {
	day := func(days int) benefits.Day { return benefits.Day(s.clock().AddDate(0, 0, days).Format(time.DateOnly)) }
	return benefits.Data{Title: title, Type: benefits.SavedTime, Shared: "driving-hours", Technology: "Rutekart", Baseline: benefits.Baseline{Value: "40", Date: day(-ago - 10)},
		Target: benefits.Target{Value: "20", Date: day(365 - ago)}, EffectFrom: day(-ago), Explanation: ""}
}

func TestTheRecordOfABenefit(t *testing.T) {
	s := startServer(t)
	post := func(email, path string, status int, fields ...string) string {
		t.Helper()
		form := url.Values{}
		for i := 0; i < len(fields); i += 2 {
			form.Add(fields[i], fields[i+1])
		}
		got := s.browse(email, http.MethodPost, path, form.Encode(), "Cookie", languageCookie+"=nb")
		if got.Status != status {
			t.Fatalf("%s: %d, want %d: %.600s", path, got.Status, status, got.Body)
		}
		return string(got.Body)
	}
	read := func(email, path string) string {
		t.Helper()
		return s.read(email, locale.Bokmal, path, http.StatusOK)
	}

	// What is overdue stands first for whoever has waited longest: hers for an owner, all of it for who follows up.
	longest := s.addBenefit(s.driving("Lengst over tiden", 300), contributorEmail, benefits.Planned, benefits.Measuring)
	later := s.addBenefit(s.driving("Litt over tiden", 100), leaderEmail, benefits.Planned, benefits.Measuring, benefits.Reached, benefits.HandedOver)
	front := read(leaderEmail, "/")
	has(t, "the leader's front page", front, "Gevinster som skulle vært målt", longest.Title, later.Title, "dager over tiden", measurementPath(later.ID, "new"))
	hasNot(t, "what she may not measure", front, measurementPath(longest.ID, "new"))
	if strings.Index(front, longest.Title) > strings.Index(front, later.Title) {
		t.Error("what has waited longest doesn't come first")
	}
	front = read(contributorEmail, "/")
	has(t, "the owner's front page", front, "Dine gevinster som skulle vært målt", longest.Title, measurementPath(longest.ID, "new"))
	hasNot(t, "another's", front, later.Title)
	has(t, "the list", read(leaderEmail, "/benefits?shelf=late"), longest.Title, later.Title)

	// Removed, it is gone from the lists and the front page, and its page brings it back.
	post(coordinatorEmail, benefitPath(longest.ID)+"/remove", http.StatusPreconditionFailed, "tag", "OLD")
	post(coordinatorEmail, benefitPath(longest.ID)+"/remove", http.StatusSeeOther, "tag", longest.Tag)
	hasNot(t, "the list", read(coordinatorEmail, "/benefits"), longest.Title)
	hasNot(t, "what is late", read(coordinatorEmail, "/benefits?shelf=late"), longest.Title)
	hasNot(t, "the owner's front page", read(contributorEmail, "/"), longest.Title)
	has(t, "what was removed", read(coordinatorEmail, "/benefits?shelf=removed"), longest.Title, "Fjernet, kan hentes til")
	page := read(contributorEmail, benefitPath(longest.ID))
	has(t, "its page", page, "Gevinsten er fjernet")
	hasNot(t, "its page, for its owner", page, "/restore", "?edit=", "measurements/new")
	has(t, "its page, for the coordinator", read(coordinatorEmail, benefitPath(longest.ID)), benefitPath(longest.ID)+"/restore")
	s.read(coordinatorEmail, locale.Bokmal, benefitPath(longest.ID)+"?edit=what", http.StatusConflict)
	post(coordinatorEmail, benefitPath(longest.ID)+"/restore", http.StatusSeeOther, "ask", "yes")
	has(t, "the list", read(coordinatorEmail, "/benefits"), longest.Title)
}
