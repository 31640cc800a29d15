package api

import (
	"html"
	"net/http"
	"net/url"
	"testing"

	"helhet/assessment"
	"helhet/demo"
	"helhet/internal/locale"
)

// What a planned round covers is changed on its page, by whoever runs it: not over somebody else's change unseen, and not once it has opened.
func TestWhatAPlannedRoundCoversIsChanged(t *testing.T) {
	s := startServer(t)
	var round v1Round
	s.call(leadEmail, http.MethodPost, apiBase+"/rounds", `{"region":"`+string(demo.Region)+`","name":"Endres","catalogue":"helhetlig-tjenestemodell-1","tasks":["henvise"],"opensAt":"2027-03-01T07:00:00+01:00","closesAt":"2027-04-15T15:00:00+02:00"}`).into(t, &round)
	path := roundPath(round.ID)
	nb := []string{"Cookie", languageCookie + "=nb"}
	has(t, "the round", s.read(leadEmail, locale.Bokmal, path, http.StatusOK), `href="`+path+`/scope"`)
	hasNot(t, "the round, to others", s.read(coordinatorEmail, locale.Bokmal, path, http.StatusOK), path+`/scope"`)
	page := s.read(leadEmail, locale.Bokmal, path+"/scope", http.StatusOK)
	has(t, "the form", page, `value="chosen" checked`, `name="task" value="henvise" checked`, `name="tag" value="`+round.ScopeTag+`"`)
	send := func(status int, form url.Values) reply {
		t.Helper()
		got := s.browse(leadEmail, http.MethodPost, path+"/scope", form.Encode(), nb...)
		if got.Status != status {
			t.Fatalf("%v: %d, want %d: %.300s", form, got.Status, status, got.Body)
		}
		return got
	}
	tasks := func() v1Round {
		t.Helper()
		var r v1Round
		s.call(leadEmail, http.MethodGet, apiBase+path, "").into(t, &r)
		return r
	}
	has(t, "nothing chosen", string(send(http.StatusUnprocessableEntity, url.Values{"cover": {"chosen"}, "tag": {round.ScopeTag}}).Body), `id="cover-error"`)
	has(t, "an unknown area", string(send(http.StatusUnprocessableEntity, url.Values{"cover": {"chosen"}, "area": {"nosuch"}, "tag": {round.ScopeTag}}).Body), `id="cover-error"`, "nosuch")
	send(http.StatusSeeOther, url.Values{"cover": {"chosen"}, "area": {"support"}, "tag": {round.ScopeTag}})
	support := len(s.catalogue().Area("support").Tasks)
	if r := tasks(); len(r.Tasks) != support || r.ScopeTag == round.ScopeTag {
		t.Errorf("%+v", r)
	}
	// The same form once more is the same change; another on the old page comes back with what was chosen, and counts when sent again.
	send(http.StatusSeeOther, url.Values{"cover": {"chosen"}, "area": {"support"}, "tag": {round.ScopeTag}})
	back := string(send(http.StatusPreconditionFailed, url.Values{"cover": {"all"}, "tag": {round.ScopeTag}}).Body)
	has(t, "the stale form", back, `value="all" checked`, "Noen andre har endret", `value="`+tasks().ScopeTag+`"`)
	if r := tasks(); len(r.Tasks) != support {
		t.Errorf("what was seen by nobody is written over: %v", r.Tasks)
	}
	send(http.StatusSeeOther, url.Values{"cover": {"all"}, "tag": {tasks().ScopeTag}})
	if r := tasks(); len(r.Tasks) != len(s.catalogue().Tasks()) {
		t.Errorf("%v", r.Tasks)
	}
	// A suggestion is asked for as on the page that plans: what it is about is chosen, and nothing is changed before it is saved.
	whole := tasks().ScopeTag
	ask := url.Values{"cover": {"suggested"}, "suggest": {"yes"}, "meeting": {"support"}, "tag": {whole}}
	suggested := html.UnescapeString(string(send(http.StatusOK, ask).Body))
	has(t, "the suggestion", suggested, `value="chosen" checked`, `name="area" value="support" checked`, `name="meeting" value="support" checked`, s.text("scope.meeting"), `formaction="`+path+`/scope#cover"`, `value="`+whole+`"`)
	if r := tasks(); r.ScopeTag != whole {
		t.Errorf("asking changed it: %v", r.Tasks)
	}
	has(t, "nobody saves what she has not seen", html.UnescapeString(string(send(http.StatusUnprocessableEntity, url.Values{"cover": {"suggested"}, "tag": {whole}}).Body)), s.text("error.plan.suggested"), s.text("scope.about"))
	send(http.StatusSeeOther, url.Values{"cover": {"chosen"}, "area": {"support"}, "tag": {whole}})
	// What comes back, as an answer or as a fault, is still built on what its page showed.
	has(t, "asked on an old page", string(send(http.StatusOK, ask).Body), `name="tag" value="`+whole+`"`)
	has(t, "wrong on an old page", string(send(http.StatusUnprocessableEntity, url.Values{"cover": {"chosen"}, "tag": {whole}}).Body), `name="tag" value="`+whole+`"`)
	send(http.StatusPreconditionFailed, url.Values{"cover": {"all"}, "tag": {whole}})
	send(http.StatusSeeOther, url.Values{"cover": {"all"}, "tag": {tasks().ScopeTag}})
	for _, row := range []struct {
		body string
		tag  string
		want int
	}{{`{"areas":["support"]}`, "", http.StatusPreconditionRequired}, {`{"areas":["support"]}`, round.ScopeTag, http.StatusPreconditionFailed}, {`{"areas":["nosuch"]}`, tasks().ScopeTag, http.StatusUnprocessableEntity}, {`{"areas":["support"]}`, tasks().ScopeTag, http.StatusOK}} {
		header := []string{"Content-Type", "application/json"}
		if row.tag != "" {
			header = append(header, "If-Match", `"`+row.tag+`"`)
		}
		if got := s.call(leadEmail, http.MethodPut, apiBase+path+"/scope", row.body, header...); got.Status != row.want {
			t.Errorf("%s with %q: %d, want %d: %s", row.body, row.tag, got.Status, row.want, got.Body)
		}
	}
	if got := s.call(leadEmail, http.MethodPost, apiBase+path+"/open", ""); got.Status != http.StatusOK {
		t.Fatalf("%d: %s", got.Status, got.Body)
	}
	open := tasks()
	if open.State != assessment.Open || open.ScopeTag != "" || len(open.Tasks) != support {
		t.Errorf("%+v", open)
	}
	send(http.StatusConflict, url.Values{"cover": {"all"}, "tag": {round.ScopeTag}})
	s.read(leadEmail, locale.Bokmal, path+"/scope", http.StatusConflict)
	hasNot(t, "the open round", s.read(leadEmail, locale.Bokmal, path, http.StatusOK), path+`/scope"`)
}
