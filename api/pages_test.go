package api

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/locale"
	"helhet/org"
)

const larvik org.MunicipalityID = "larvik"

// read opens a page as a person in a language and gives its text as a browser would see it, entities resolved.
func (s *testServer) read(email string, lang locale.Lang, path string, status int) string {
	s.t.Helper()
	got := s.browse(email, http.MethodGet, path, "", "Cookie", languageCookie+"="+string(lang))
	if got.Status != status {
		s.t.Fatalf("%s at %s in %s: %d, not %d: %.300s", email, path, lang, got.Status, status, got.Body)
	}
	return html.UnescapeString(string(got.Body))
}

// text is a text in bokmål, which most tests read.
func (s *testServer) text(key string, args ...any) string {
	return s.Texts.For(locale.Bokmal).T(key, args...)
}

// own reads Larvik's assessment in the open round.
func (s *testServer) own() assessment.Assessment {
	s.t.Helper()
	a, err := s.Assessments.Assessment(s.t.Context(), s.person(coordinatorEmail).Actor(), s.openRound().ID, larvik)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// catalogue is the questionnaire of the open round.
func (s *testServer) catalogue() *catalogue.Catalogue {
	s.t.Helper()
	c, err := s.Assessments.Catalogue(s.openRound().Catalogue)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// fields encodes a form, name and value in turn.
func fields(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

func has(t *testing.T, where, page string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(page, w) {
			t.Errorf("%s lacks %q", where, w)
		}
	}
}

func hasNot(t *testing.T, where, page string, unwanted ...string) {
	t.Helper()
	for _, w := range unwanted {
		if strings.Contains(page, w) {
			t.Errorf("%s has %q", where, w)
		}
	}
}

// Every page of the main job for every role, in every language, of the open round and of an old one: it is there, it is in that
// language, and no text is missing.
func TestPagesForEveryRoleAndLanguage(t *testing.T) {
	s := startServer(t)
	open, old := string(s.openRound().ID), string(s.rounds()[3].ID)
	people := []string{contributorEmail, coordinatorEmail, leaderEmail, neighbourEmail, leadEmail, adminEmail}
	paths := map[string]bool{ // and whether it needs a region with rounds
		"/": false, "/hand-in": false, "/sign-in": false,
		"/?round=" + open: true, "/?round=" + old: true, "/hand-in?round=" + old: true,
		"/tasks/henvise?round=" + open: true, "/tasks/budsjett?round=" + old: true, "/tasks/lager?round=" + open: true,
	}
	for _, lang := range locale.Langs() {
		for _, email := range people {
			for path := range paths {
				got := s.browse(email, http.MethodGet, path, "", "Cookie", languageCookie+"="+string(lang))
				where := email + " at " + path + " in " + string(lang)
				if got.Status != http.StatusOK {
					t.Errorf("%s: %d: %.300s", where, got.Status, got.Body)
					continue
				}
				if got.Header.Get("Content-Language") != string(lang) {
					t.Errorf("%s: Content-Language %q", where, got.Header.Get("Content-Language"))
				}
				page := string(got.Body)
				has(t, where, page, `<html lang="`+string(lang)+`"`, "<main", "<h1>")
				hasNot(t, where, page, "⟦", "⟧", "style=", "onclick", "ZgotmplZ", "<no value>")
			}
		}
		for _, path := range []string{"/no-such-page", "/tasks/nosuch", "/?round=nosuch", "/tasks/henvise?round=nosuch"} {
			page := s.read(contributorEmail, lang, path, http.StatusNotFound)
			hasNot(t, path, page, "⟦")
		}
		for _, path := range []string{"/", "/hand-in", "/sign-in"} {
			hasNot(t, path, s.read(outsiderEmail, lang, path, http.StatusOK), "⟦")
		}
	}
}

// Nobody reads the round of a region she does not belong to.
func TestPagesKeepToTheirRegion(t *testing.T) {
	s := startServer(t)
	round := string(s.openRound().ID)
	for _, path := range []string{"/?round=" + round, "/tasks/henvise?round=" + round, "/hand-in?round=" + round} {
		for _, email := range []string{outsiderEmail, outsideLeadEmail} {
			page := s.read(email, locale.Bokmal, path, http.StatusForbidden)
			hasNot(t, email+" at "+path, page, "Larvik")
		}
	}
}
