package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/internal/locale"
)

// wantApproval has Larvik's leader approve what is handed in.
func (s *testServer) wantApproval() {
	s.t.Helper()
	a := s.person(coordinatorEmail).Actor()
	if err := s.Regions.SetApproval(s.t.Context(), a, a.RegionOf(larvik), larvik, true, s.API.Now()); err != nil {
		s.t.Fatal(err)
	}
}

func TestLeaderApprovesOnThePage(t *testing.T) {
	s := startServer(t)
	s.wantApproval()
	round := string(s.openRound().ID)
	query := "?round=" + round
	post := func(email, path string, form ...string) reply {
		return s.browse(email, http.MethodPost, path+query, fields(form...), "Cookie", languageCookie+"=nb")
	}
	page := s.read(coordinatorEmail, locale.Bokmal, "/hand-in", http.StatusOK)
	has(t, "before", page, s.text("hand-in.after.approval"), s.text("hand-in.button.approval"))
	hasNot(t, "before", page, s.text("approval.no-leader"))
	if got := post(coordinatorEmail, "/hand-in", "confirm", "yes"); got.Status != http.StatusSeeOther {
		t.Fatalf("%d: %.300s", got.Status, got.Body)
	}
	waiting := s.own()
	if waiting.State != assessment.Waiting {
		t.Fatalf("it is %s", waiting.State)
	}
	s.read(leadEmail, locale.Bokmal, submissionPath(waiting.Round, larvik), http.StatusNotFound) // before her colleagues' leader has approved it
	for _, lang := range []locale.Lang{locale.Bokmal, locale.Nynorsk, locale.English} {
		for _, email := range []string{coordinatorEmail, contributorEmail, leaderEmail} {
			text := s.Texts.For(lang)
			for _, path := range []string{"/", "/hand-in", "/tasks/henvise"} {
				hasNot(t, path, s.read(email, lang, path, http.StatusOK), "⟦", `name="level"`)
			}
			page := s.read(email, lang, "/hand-in", http.StatusOK)
			has(t, email, page, text.T("hand-in.waits", "name", s.person(coordinatorEmail).Name, "time", text.DateTime(waiting.HandedInAt)), text.T("hand-in.waits.open"))
			if sees := strings.Contains(page, "/hand-in/approve"); sees != (email == leaderEmail) {
				t.Errorf("%s may approve: %t", email, sees)
			}
			if sees := strings.Contains(page, "/hand-in/take-back"); sees != (email == coordinatorEmail) {
				t.Errorf("%s may take back: %t", email, sees)
			}
			home := s.read(email, lang, "/", http.StatusOK)
			has(t, email, home, text.T("home.state.waiting"))
			if sees := strings.Contains(home, text.T("home.approve")); sees != (email == leaderEmail) {
				t.Errorf("%s is led to what waits: %t", email, sees)
			}
		}
	}
	has(t, "a task", s.read(contributorEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK), s.text("task.waiting"))
	lead := s.read(leadEmail, locale.Bokmal, "/rounds/"+round+"?confirm=close", http.StatusOK)
	has(t, "the regional lead", lead, s.text("home.state.waiting"), s.text("round.missing.waiting", "name", "Larvik"))

	for _, email := range []string{coordinatorEmail, contributorEmail, leadEmail, adminEmail, readerEmail} {
		for _, path := range []string{"/hand-in/approve", "/hand-in/return"} {
			got := s.browse(email, http.MethodPost, path+query+"&municipality=larvik", fields("ask", waiting.Ask, "confirm", "yes", "message", "x"))
			if got.Status != http.StatusForbidden {
				t.Errorf("%s at %s: %d", email, path, got.Status)
			}
		}
	}
	for _, row := range []struct {
		path   string
		form   []string
		status int
		says   string
	}{
		{"/hand-in/approve", []string{"ask", waiting.Ask}, http.StatusUnprocessableEntity, "hand-in.confirm.error"},
		{"/hand-in/approve", []string{"ask", "old", "confirm", "yes"}, http.StatusConflict, "error.approval.changed"},
		{"/hand-in/return", []string{"ask", waiting.Ask, "message", " "}, http.StatusUnprocessableEntity, "error.return.message"},
		{"/hand-in/return", []string{"ask", waiting.Ask, "message", "Ring 01019012480 <b>"}, http.StatusUnprocessableEntity, "error.text.person-number"},
		{"/hand-in/return", []string{"ask", "old", "message", "Se på <b>"}, http.StatusConflict, "error.approval.changed"},
	} {
		got := post(leaderEmail, row.path, row.form...)
		if got.Status != row.status {
			t.Errorf("%s %v: %d", row.path, row.form, got.Status)
		}
		has(t, fmt.Sprint(row.path, row.form), string(got.Body), s.text(row.says), `value="`+waiting.Ask+`"`)
		if message := row.form[len(row.form)-1]; strings.HasSuffix(message, "<b>") {
			has(t, "what was typed", string(got.Body), strings.ReplaceAll(message, "<b>", "&lt;b&gt;"))
		}
	}
	if s.own().State != assessment.Waiting {
		t.Fatal("what was refused has moved it")
	}
	if got := post(leaderEmail, "/hand-in/return", "ask", waiting.Ask, "message", "Se på <b>support</b>."); got.Status != http.StatusSeeOther {
		t.Fatalf("returning: %d", got.Status)
	}
	for _, path := range []string{"/", "/hand-in"} {
		has(t, path, s.read(contributorEmail, locale.Bokmal, path, http.StatusOK), "Se på <b>support</b>.") // as text: read unescapes
	}
	data := string(s.call(leaderEmail, http.MethodGet, apiBase+"/me/data", "").Body)
	has(t, "what is kept of her", data, `"returned":"Se på <b>support</b>."`)
	has(t, "hand-in", s.read(coordinatorEmail, locale.Bokmal, "/hand-in", http.StatusOK), s.text("hand-in.returned", "name", s.person(leaderEmail).Name))
	post(coordinatorEmail, "/hand-in", "confirm", "yes")
	for range 2 { // the second time changes nothing
		if got := post(leaderEmail, "/hand-in/approve", "ask", s.own().Ask, "confirm", "yes"); got.Status != http.StatusSeeOther {
			t.Fatalf("approving: %d: %.300s", got.Status, got.Body)
		}
	}
	handed := s.own()
	if handed.State != assessment.HandedIn || handed.ApprovedBy != s.person(leaderEmail).ID {
		t.Errorf("%+v", handed)
	}
	has(t, "what is kept of her", string(s.call(leaderEmail, http.MethodGet, apiBase+"/me/data", "").Body), `"approved":true`)
	page = s.read(coordinatorEmail, locale.Bokmal, "/hand-in", http.StatusOK)
	has(t, "receipt", page, s.text("hand-in.receipt.approved", "name", s.person(coordinatorEmail).Name, "leader", s.person(leaderEmail).Name,
		"time", s.Texts.For(locale.Bokmal).DateTime(handed.HandedInAt)), "/hand-in/take-back")
}

// When the round has closed the leader may still approve, until it is published.
func TestLeaderApprovesLate(t *testing.T) {
	s := startServer(t)
	s.wantApproval()
	round, lead := s.openRound().ID, s.person(leadEmail).Actor()
	a, err := s.Assessments.HandIn(t.Context(), s.person(coordinatorEmail).Actor(), round, larvik)
	if err != nil {
		t.Fatal(err)
	}
	closed, err := s.Assessments.Close(t.Context(), lead, round)
	if err != nil {
		t.Fatal(err)
	}
	page := s.read(leaderEmail, locale.Bokmal, "/hand-in", http.StatusOK)
	has(t, "closed", page, s.text("hand-in.waits.closed", "date", s.Texts.For(locale.Bokmal).Date(closed.PublishAt)), "/hand-in/approve", s.text("hand-in.after.approved.late"))
	hasNot(t, "closed", page, "/hand-in/return")
	has(t, "home", s.read(leaderEmail, locale.Bokmal, "/", http.StatusOK), s.text("home.approve"), s.text("home.state.waiting"))
	if _, err := s.Assessments.Publish(t.Context(), lead, round); err != nil {
		t.Fatal(err)
	}
	page = s.read(leaderEmail, locale.Bokmal, "/hand-in?round="+string(round), http.StatusOK)
	has(t, "published", page, s.text("hand-in.waits.missed"))
	hasNot(t, "published", page, "/hand-in/approve")
	home := s.read(leaderEmail, locale.Bokmal, "/", http.StatusOK)
	has(t, "home", home, s.text("home.state.missed"))
	hasNot(t, "home", home, s.text("home.approve"))
	got := s.browse(leaderEmail, http.MethodPost, "/hand-in/approve?round="+string(round), fields("ask", a.Ask, "confirm", "yes"), "Cookie", languageCookie+"=nb")
	if got.Status != http.StatusConflict || !strings.Contains(string(got.Body), s.text("error.approval.published")) {
		t.Errorf("%d: %.300s", got.Status, got.Body)
	}
}

func TestLeaderApprovesByTheAPI(t *testing.T) {
	s := startServer(t)
	s.wantApproval()
	path := apiBase + "/assessments/" + string(s.openRound().ID) + "/3909"
	var told v1Assessment
	s.call(coordinatorEmail, http.MethodPost, path+"/submit", "").into(t, &told)
	if told.State != assessment.Waiting || told.Ask == "" || told.Editable {
		t.Fatalf("%+v", told)
	}
	for body, status := range map[string]int{`{"ask":"old"}`: http.StatusConflict, `{}`: http.StatusUnprocessableEntity, `{"ask":"` + told.Ask + `","state":"handed-in"}`: http.StatusUnprocessableEntity} {
		if got := s.call(leaderEmail, http.MethodPost, path+"/approve", body); got.Status != status {
			t.Errorf("%s: %d: %.300s", body, got.Status, got.Body)
		}
	}
	asked := `{"ask":"` + told.Ask + `","message":"Se på support."}`
	told = v1Assessment{}
	s.call(leaderEmail, http.MethodPost, path+"/return", asked).into(t, &told)
	if told.State != assessment.Draft || told.Returned != "Se på support." || !told.Editable || told.Ask != "" {
		t.Errorf("%+v", told)
	}
	told = v1Assessment{}
	s.call(coordinatorEmail, http.MethodPost, path+"/submit", "").into(t, &told)
	if got := s.call(leaderEmail, http.MethodPost, path+"/return", asked); got.Status != http.StatusConflict {
		t.Errorf("the old one returned: %d", got.Status)
	}
	ask := told.Ask
	told = v1Assessment{}
	s.call(leaderEmail, http.MethodPost, path+"/approve", `{"ask":"`+ask+`"}`).into(t, &told)
	if told.State != assessment.HandedIn || told.Ask != "" {
		t.Errorf("%+v", told)
	}
}
