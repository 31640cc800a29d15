package api

import (
	"net/http"
	"slices"
	"testing"

	"helhet/assessment"
)

// TestRoundLife drives a round by the API alone: planned, opened, answered, handed in, closed, published, corrected.
func TestRoundLife(t *testing.T) {
	s := startServer(t)
	doc := newContract(s)
	do := func(email, id, method, path, body string, want int, header ...string) reply {
		t.Helper()
		got := s.call(email, method, apiBase+path, body, header...)
		op, documented := doc.operation(id)
		doc.check(t, op, documented, got)
		if got.Status != want {
			t.Fatalf("%s %s: %d, want %d: %s", method, path, got.Status, want, got.Body)
		}
		return got
	}
	planned := do(leadEmail, "plan-round", http.MethodPost, "/rounds", `{"region":"vestfold-telemark","name":" Prøve   1 ","catalogue":"helhetlig-tjenestemodell-1",`+
		`"areas":["support"],"tasks":["henvise"],"opensAt":"2027-03-01T07:00:00+01:00","closesAt":"2027-04-15T15:00:00+02:00"}`, http.StatusCreated)
	var round v1Round
	planned.into(t, &round)
	path := "/rounds/" + string(round.ID)
	if round.ID != "vestfold-telemark-prove-1" || planned.Header.Get("Location") != apiBase+path || round.Name != "Prøve 1" || round.State != assessment.Planned || round.Tasks[0] != "henvise" || len(round.Tasks) != 3 ||
		round.OpensAt.Format("2006-01-02T15:04Z07:00") != "2027-03-01T06:00Z" || round.PublishAt.Sub(round.ClosesAt).Hours() != 14*24 {
		t.Errorf("planned %s", planned.Body)
	}
	do(leadEmail, "plan-round", http.MethodPost, "/rounds", `{"region":"vestfold-telemark","name":"Prøve 1","catalogue":"helhetlig-tjenestemodell-1","opensAt":"2027-03-01T07:00:00+01:00","closesAt":"2027-04-15T15:00:00+02:00"}`, http.StatusConflict)
	do(leadEmail, "get-results", http.MethodGet, path+"/results", "", http.StatusConflict)
	do(coordinatorEmail, "get-assessment", http.MethodGet, "/assessments/"+string(round.ID)+"/larvik", "", http.StatusConflict)
	do(leadEmail, "open-round", http.MethodPost, path+"/open", "", http.StatusOK).into(t, &round)
	if round.State != assessment.Open || len(round.Participants) != 8 {
		t.Errorf("opened %+v", round)
	}

	own := "/assessments/" + string(round.ID) + "/3909"
	answered := 0
	for _, task := range round.Tasks {
		for _, dimension := range []string{"ansvar", "praksis", "samhandling", "forbedring"} {
			do(contributorEmail, "save-answer", http.MethodPut, own+"/answers/"+string(task)+"."+dimension, `{"level":2}`, http.StatusCreated, "If-None-Match", "*")
			answered++
		}
	}
	do(contributorEmail, "save-answer", http.MethodPut, own+"/answers/testing.ansvar", `{"level":2}`, http.StatusNotFound, "If-None-Match", "*")
	var a v1Assessment
	do(coordinatorEmail, "submit-assessment", http.MethodPost, own+"/submit", "", http.StatusOK).into(t, &a)
	if a.State != assessment.HandedIn || a.Editable || a.Answered != answered || a.Of != answered || len(a.Answers) != answered || a.HandedInAt.IsZero() {
		t.Errorf("handed in %+v", a)
	}
	do(contributorEmail, "save-answer", http.MethodPut, own+"/answers/henvise.ansvar", `{"level":3}`, http.StatusConflict, "If-Match", `"`+a.Answers[0].Tag+`"`)
	do(coordinatorEmail, "take-back-assessment", http.MethodPost, own+"/take-back", "", http.StatusOK).into(t, &a)
	if a.State != assessment.Draft || !a.Editable {
		t.Errorf("taken back %+v", a)
	}
	do(coordinatorEmail, "submit-assessment", http.MethodPost, own+"/submit", "", http.StatusOK)
	do(leadEmail, "send-back", http.MethodPost, path+"/send-back", `{"municipality":"larvik","message":"Se på support."}`, http.StatusOK)
	a = v1Assessment{}
	do(leaderEmail, "get-assessment", http.MethodGet, own, "", http.StatusOK).into(t, &a)
	if a.State != assessment.SentBack || a.Message != "Se på support." {
		t.Errorf("sent back %+v", a)
	}
	do(coordinatorEmail, "submit-assessment", http.MethodPost, own+"/submit", "", http.StatusOK)

	do(leadEmail, "publish-round", http.MethodPost, path+"/publish", "", http.StatusConflict)
	do(leadEmail, "close-round", http.MethodPost, path+"/close", "", http.StatusOK)
	do(leadEmail, "cancel-round", http.MethodDelete, path, "", http.StatusConflict)
	do(leadEmail, "publish-round", http.MethodPost, path+"/publish", "", http.StatusOK).into(t, &round)
	if round.State != assessment.Published || round.Publication == "" || len(round.Publications) != 1 {
		t.Errorf("published %+v", round)
	}
	first := round.Publication
	// The comparison is there at once, and so few stand behind it that nothing of it is told.
	results := read[readResults](t, do(neighbourEmail, "get-results", http.MethodGet, path+"/results", "", http.StatusOK))
	if results.Spread.Whole.N != 1 || results.Spread.Whole.Median != "" || results.Spread.Whole.Withheld != "median" || results.Publication != string(first) {
		t.Errorf("spread %+v", results.Spread.Whole)
	}
	trend := read[readTrend](t, do(coordinatorEmail, "get-trend", http.MethodGet, "/regions/vestfold-telemark/trend?municipality=3909&task=henvise", "", http.StatusOK))
	at := len(trend.Rounds) - 1
	if trend.Rounds[at].ID != string(round.ID) || trend.Series[0].Values[at] != "2" || trend.Median[at] != "" || trend.N[at] != 1 {
		t.Errorf("trend %+v", trend)
	}

	do(leadEmail, "correct-round", http.MethodPost, path+"/erratum", `{"reason":"Feil."}`, http.StatusConflict)
	do(leadEmail, "correct-round", http.MethodPost, path+"/erratum", `{"reason":" "}`, http.StatusUnprocessableEntity)
	do(leadEmail, "send-back", http.MethodPost, path+"/send-back", `{"municipality":"3909","message":"Rett."}`, http.StatusOK)
	a = v1Assessment{}
	do(leaderEmail, "get-assessment", http.MethodGet, own, "", http.StatusOK).into(t, &a)
	at = slices.IndexFunc(a.Answers, func(x v1Answer) bool { return x.Question == "henvise.ansvar" })
	do(contributorEmail, "save-answer", http.MethodPut, own+"/answers/henvise.ansvar", `{"level":3}`, http.StatusOK, "If-Match", `"`+a.Answers[at].Tag+`"`)
	do(coordinatorEmail, "submit-assessment", http.MethodPost, own+"/submit", "", http.StatusOK)
	got := do(leadEmail, "correct-round", http.MethodPost, path+"/erratum", `{"reason":"Et svar var feil."}`, http.StatusOK)
	corrected := read[struct {
		Publication  assessment.Hash
		Publications []struct {
			Reason  string
			Changes []struct {
				Municipality, Selection string
				From, To                float64
			}
		}
	}](t, got)
	if corrected.Publication == first || len(corrected.Publications) != 2 || corrected.Publications[1].Reason != "Et svar var feil." ||
		!slices.ContainsFunc(corrected.Publications[1].Changes, func(c struct {
			Municipality, Selection string
			From, To                float64
		}) bool {
			return c.Municipality == "larvik" && c.Selection == "task/henvise" && c.From == 2 && c.To == 2.25
		}) {
		t.Errorf("corrected %s", got.Body)
	}
	for _, hash := range []assessment.Hash{first, corrected.Publication} {
		var p v1Publication
		do(coordinatorEmail, "get-publication", http.MethodGet, "/publications/"+string(hash), "", http.StatusOK).into(t, &p)
		if len(p.Parts) != 1 || len(p.Missing) != 7 || p.Hash != hash {
			t.Errorf("publication %+v", p)
		}
	}
	if again := read[readResults](t, do(leadEmail, "get-results", http.MethodGet, path+"/results", "", http.StatusOK)); !again.Erratum || again.Publication != string(corrected.Publication) {
		t.Errorf("results after the erratum: %+v", again)
	}
}

// TestCancelledRound: a planned round can be taken away, and is gone.
func TestCancelledRound(t *testing.T) {
	s := startServer(t)
	var round v1Round
	s.call(leadEmail, http.MethodPost, apiBase+"/rounds", `{"region":"vestfold-telemark","name":"Avlyst","catalogue":"helhetlig-tjenestemodell-1","opensAt":"2027-03-01T07:00:00+01:00","closesAt":"2027-04-15T15:00:00+02:00"}`).into(t, &round)
	path := apiBase + "/rounds/" + string(round.ID)
	if got := s.call(leadEmail, http.MethodDelete, path, ""); got.Status != http.StatusNoContent || len(got.Body) > 0 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	if got := s.call(leadEmail, http.MethodGet, path, ""); got.Status != http.StatusNotFound {
		t.Errorf("afterwards: %d", got.Status)
	}
}

// TestBadPlans: each fault stands beside its field.
func TestBadPlans(t *testing.T) {
	s := startServer(t)
	for _, row := range []struct{ body, location string }{
		{`{"region":"vestfold-telemark","name":"x","catalogue":"none-1","opensAt":"2027-03-01T07:00:00Z","closesAt":"2027-04-01T07:00:00Z"}`, "body.catalogue"},
		{`{"region":"vestfold-telemark","name":"x","catalogue":"helhetlig-tjenestemodell-1","opensAt":"2027-05-01T07:00:00Z","closesAt":"2027-04-01T07:00:00Z"}`, "body.closesAt"},
		{`{"region":"vestfold-telemark","name":"x","catalogue":"helhetlig-tjenestemodell-1","areas":["nothing"],"opensAt":"2027-03-01T07:00:00Z","closesAt":"2027-04-01T07:00:00Z"}`, "body.areas"},
		{`{"region":"vestfold-telemark","name":"x","catalogue":"helhetlig-tjenestemodell-1","tasks":["nothing"],"opensAt":"2027-03-01T07:00:00Z","closesAt":"2027-04-01T07:00:00Z"}`, "body.tasks"},
		{`{"region":"vestfold-telemark","name":"x","catalogue":"helhetlig-tjenestemodell-1","opensAt":"2027-03-01T07:00:00Z","closesAt":"2027-04-01T07:00:00Z","publishAt":"2027-03-01T07:00:00Z"}`, "body.publishAt"},
		{`{"region":"vestfold-telemark","name":"x","catalogue":"helhetlig-tjenestemodell-1","opensAt":"2027-03-01","closesAt":"2027-04-01T07:00:00Z"}`, "body.opensAt"},
	} {
		got := s.call(leadEmail, http.MethodPost, apiBase+"/rounds", row.body)
		var p Problem
		got.into(t, &p)
		if got.Status != http.StatusUnprocessableEntity || firstOf(p.Errors).Location != row.location {
			t.Errorf("%s: %d %s", row.body, got.Status, got.Body)
		}
	}
}
