package api

import (
	"html"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"helhet/internal/locale"
)

// send sends a form as the browser of a person does without scripts: nothing says whose page it was but the form itself.
func (s *testServer) send(email, path, form string) reply {
	s.t.Helper()
	req := s.request(http.MethodPost, path, form)
	req.AddCookie(s.session(email))
	req.AddCookie(&http.Cookie{Name: languageCookie, Value: string(locale.Bokmal)})
	return s.do(req)
}

// A form that was made for one and is sent after another signed in at the same browser is refused: nothing is saved, and she who is
// signed in now doesn't get to see what was written.
func TestAFormIsSentInNobodyElsesName(t *testing.T) {
	s := startServer(t)
	path, before := s.answerPath(unanswered), s.own().Answers.Len()
	const note = "Det haster med natt-tilsynet."
	hers := string(s.person(contributorEmail).ID)
	for whose, form := range map[string]string{
		"hers":       fields("level", "3", "note", note, "tag", "", personField, hers),
		"nobody's":   fields("level", "3", "note", note, "tag", ""),
		"everyone's": fields("level", "3", "note", note, "tag", "", personField, hers, personField, string(s.person(coordinatorEmail).ID)),
	} {
		got := s.send(coordinatorEmail, path, form)
		page := html.UnescapeString(string(got.Body))
		if got.Status != http.StatusConflict || s.own().Answers.Len() != before {
			t.Errorf("%s page, sent by another: %d", whose, got.Status)
		}
		has(t, whose+" page", page, s.text("error.other-page", "name", s.person(coordinatorEmail).Name))
		hasNot(t, whose+" page", page, note, `value="`+hers+`"`, s.person(contributorEmail).Name)
	}
	// What she sent when her session was over comes back on a page that remembers whose it is.
	kept := html.UnescapeString(string(s.browse("", http.MethodPost, path, fields("level", "3", "note", note, "tag", "", personField, hers)).Body))
	has(t, "the page that keeps it", kept, note, `name="`+personField+`" value="`+hers+`"`)
	if got := s.send(contributorEmail, path, fields("level", "3", "note", note, "tag", "", personField, hers)); got.Status != http.StatusSeeOther || s.own().Answers.Len() != before+1 {
		t.Errorf("her own: %d", got.Status)
	}
	if got := s.call(contributorEmail, http.MethodPost, s.answerPath(unanswered), fields("level", "3", "tag", "")); got.Status == http.StatusConflict {
		t.Errorf("a program, which has no pages: %d", got.Status)
	}
}

// No page route that changes something takes another's page, and none is left out.
func TestEveryChangeSaysWhosePageItIs(t *testing.T) {
	s := startServer(t)
	session, hers := s.session(adminEmail), string(s.person(contributorEmail).ID)
	seen := 0
	for _, r := range s.API.table() {
		if r.Guard != signedIn || safe(r.Method) {
			continue
		}
		seen++
		path := regexp.MustCompile(`:\w+`).ReplaceAllString(r.Path, "nosuch")
		for _, form := range []string{fields(personField, hers), fields("confirm", "yes")} {
			req := s.request(r.Method, path, form)
			req.AddCookie(session)
			if got := s.do(req); got.Status != http.StatusConflict {
				t.Errorf("%s %s takes %q: %d", r.Method, path, form, got.Status)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d routes change something", seen)
	}
}

// Every form of a page for people who are signed in says whose page it is.
func TestFormsSayWhosePageTheyAre(t *testing.T) {
	// Forms that change nothing of a person's, and those of people who are not signed in. The failure page repeats what it was sent.
	public := []string{"/sign-in", "/sign-out", "/preferences/language", "/preferences/scheme"}
	publicPages := map[string]bool{"set-up.html": true, "invitation.html": true, "sign-in-link.html": true, "failure.html": true}
	form := regexp.MustCompile(`<form[^>]*method="post" action="([^"]*)"[^>]*>(\{\{template "whose" \$\}\})?`)
	files, err := fs.Glob(templates, "web/templates/*/*.html")
	frame, err2 := fs.Glob(templates, "web/templates/*.html")
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	said := 0
	for _, file := range append(files, frame...) {
		content, err := fs.ReadFile(templates, file)
		if err != nil {
			t.Fatal(err)
		}
		found := form.FindAllStringSubmatch(string(content), -1)
		if all := strings.Count(string(content), `method="post"`); len(found) != all {
			t.Errorf("%s: %d of %d forms are written as <form … method=\"post\" action=\"…\">", file, len(found), all)
		}
	forms:
		for _, f := range found {
			if f[2] != "" {
				said++
				continue
			}
			for _, begin := range public {
				if strings.HasPrefix(f[1], begin) {
					continue forms
				}
			}
			if !publicPages[file[strings.LastIndexByte(file, '/')+1:]] {
				t.Errorf(`%s: the form to %s lacks {{template "whose" $}}`, file, f[1])
			}
		}
	}
	if said < 20 {
		t.Errorf("only %d forms say it", said)
	}
	s := startServer(t)
	page := s.read(contributorEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK)
	id := url.QueryEscape(string(s.person(contributorEmail).ID))
	if got, forms := strings.Count(page, `name="`+personField+`" value="`+id+`"`), strings.Count(page, `data-autosave=`); got < forms || forms == 0 {
		t.Errorf("a task's page says it %d times, in %d forms", got, forms)
	}
	has(t, "the page without scripts", between(page, "<noscript>", "</noscript>"), s.text("layout.no-scripts"))
}
