package api

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/locale"
)

// The demo's open round leaves lager unanswered, and henvise answered.
const (
	unanswered = catalogue.QuestionKey("lager.ansvar")
	answered   = catalogue.QuestionKey("henvise.ansvar")
)

// answerPath is where a question's answer is saved, in the open round.
func (s *testServer) answerPath(q catalogue.QuestionKey) string {
	task, _, _ := strings.Cut(string(q), ".")
	return "/tasks/" + task + "/answers/" + string(q) + "?municipality=larvik&round=" + string(s.openRound().ID)
}

func (s *testServer) organisationPath(task string) string {
	return "/tasks/" + task + "/organisation?municipality=larvik&round=" + string(s.openRound().ID)
}

// bad is what must be refused, and how. Body is what a script sends, form what a browser without one does; either may be "".
type bad struct {
	name   string
	path   string // "" is the unanswered question's
	body   string
	form   string
	header []string
	status int
	text   string // what the reader is told
}

// Bad input: each is told precisely, to a script and to a browser without one, and nothing at all is written.
func TestSaveRefusesBadInput(t *testing.T) {
	s := startServer(t)
	round := string(s.openRound().ID)
	first := []string{"If-None-Match", "*"}
	long := strings.Repeat("å", assessment.MaxNote+1)
	tooLong := s.text("error.text.long", "max", assessment.MaxNote, "count", assessment.MaxNote+1)
	unknownQuestion := func(q string) string { return s.text("error.question.unknown", "question", q) }
	level := func(n int) string { return s.text("error.answer.level", "min", 0, "max", 5, "level", n) }
	stale := s.text("error.answer.stale")
	tag := func() string { own := s.own(); return own.Answer(answered).Tag }()
	answeredPath := s.answerPath(answered)
	huge := strings.Repeat("a", 10<<20)
	for _, b := range []bad{
		{name: "level above", body: `{"level":6}`, form: fields("level", "6"), header: first, status: 422, text: level(6)},
		{name: "level below", body: `{"level":-1}`, form: fields("level", "-1"), header: first, status: 422, text: level(-1)},
		{name: "level and a half", body: `{"level":2.5}`, header: first, status: 422, text: s.text("error.json.type", "field", "level")},
		{name: "level in words", body: `{"level":"three"}`, header: first, status: 422, text: s.text("error.json.type", "field", "level")},
		{name: "level in words, form", form: fields("level", "three", "note", "kept"), status: 422, text: s.text("error.answer.number", "level", "three")},
		{name: "level too large to count", form: fields("level", "99999999999999999999"), status: 422, text: s.text("error.answer.number", "level", "99999999999999999999")},
		{name: "both", body: `{"level":2,"notApplicable":"nei"}`, header: first, status: 422, text: s.text("error.answer.both")},
		{name: "no reason", body: `{"notApplicable":"   "}`, form: fields("level", "na", "notApplicable", "  "), header: first, status: 422, text: s.text("error.answer.reason")},
		{name: "note too long", body: `{"level":2,"note":"` + long + `"}`, form: fields("level", "2", "note", long), header: first, status: 422, text: tooLong},
		{name: "control characters", body: `{"level":2,"note":"a\u0007b"}`, form: fields("level", "2", "note", "a\x07b"), header: first, status: 422, text: s.text("error.text.control")},
		{name: "broken UTF-8", body: "{\"note\":\"\xff\"}", header: first, status: 400, text: s.text("error.text.utf8")},
		{name: "broken UTF-8, form", form: "level=2&note=%ff%feabc", status: 422, text: s.text("error.text.utf8")},
		{name: "unknown field", body: `{"level":2,"score":5}`, header: first, status: 422, text: s.text("error.json.unknown", "field", "score")},
		{name: "not JSON", body: `{"level":`, header: first, status: 400, text: s.text("error.json")},
		{name: "two values", body: `{"level":2}{"level":3}`, header: first, status: 400, text: s.text("error.json")},
		{name: "a list", body: `[2]`, header: first, status: 400, text: s.text("error.json")},
		{name: "10 MB", body: `{"note":"` + huge + `"}`, form: "note=" + huge, header: first, status: 413, text: s.text("error.too-large")},
		{name: "broken form", form: "level=%zz", status: 400, text: s.text("error.malformed")},
		{name: "unknown question", path: "/tasks/lager/answers/lager.nosuch?round=" + round, body: `{"level":2}`, form: fields("level", "2"), header: first, status: 404, text: unknownQuestion("lager.nosuch")},
		{name: "another task's question", path: "/tasks/lager/answers/henvise.ansvar?round=" + round, body: `{"level":2}`, form: fields("level", "2"), header: first, status: 404, text: unknownQuestion("henvise.ansvar")},
		{name: "unknown round", path: "/tasks/lager/answers/lager.ansvar?round=nosuch", body: `{"level":2}`, form: fields("level", "2"), header: first, status: 404, text: s.text("error.round.unknown")},
		{name: "no round", path: "/tasks/lager/answers/lager.ansvar", body: `{"level":2}`, form: fields("level", "2"), header: first, status: 404, text: s.text("error.round.unknown")},
		{name: "a sealed round", path: "/tasks/henvise/answers/henvise.ansvar?round=" + string(s.lastPublished().ID), body: `{"level":2}`, form: fields("level", "2", "note", "for sent"), header: first, status: 409, text: s.text("error.assessment.sealed")},
		{name: "another municipality's", path: "/tasks/lager/answers/lager.ansvar?municipality=porsgrunn&round=" + round, body: `{"level":2}`, form: fields("level", "2"), header: first, status: 403, text: s.text("error.forbidden")},
		{name: "no tag", body: `{"level":2}`, status: 428, text: s.text("error.tag.required")},
		{name: "both tags", body: `{"level":2}`, header: []string{"If-None-Match", "*", "If-Match", `"x"`}, status: 400, text: s.text("error.tag.both")},
		{name: "a list of tags", body: `{"level":2}`, header: []string{"If-Match", `"a", "b"`}, status: 400, text: s.text("error.tag.match")},
		{name: "a weak tag", body: `{"level":2}`, header: []string{"If-Match", `W/"a"`}, status: 400, text: s.text("error.tag.match")},
		{name: "a bare tag", body: `{"level":2}`, header: []string{"If-Match", `a`}, status: 400, text: s.text("error.tag.match")},
		{name: "a star for a tag", body: `{"level":2}`, header: []string{"If-Match", `*`}, status: 400, text: s.text("error.tag.match")},
		{name: "none but one", body: `{"level":2}`, header: []string{"If-None-Match", `"a"`}, status: 400, text: s.text("error.tag.none-match")},
		{name: "an edit id too long", body: `{"level":2}`, header: append(first, "Idempotency-Key", strings.Repeat("x", 101)), status: 400, text: s.text("error.edit-id", "max", 100)},
		{name: "a tag for what is not there", body: `{"level":2}`, form: fields("level", "2", "tag", "x"), header: []string{"If-Match", `"x"`}, status: 412, text: stale},
		{name: "first when there is one", path: answeredPath, body: `{"level":2}`, form: fields("level", "2"), header: first, status: 412, text: stale},
		{name: "a wrong tag", path: answeredPath, body: `{"level":2}`, form: fields("level", "2", "tag", tag+"x"), header: []string{"If-Match", `"` + tag + `x"`}, status: 412, text: stale},
		{name: "unknown status", path: s.organisationPath("lager"), body: `{"status":"done"}`, form: fields("status", "done"), header: first, status: 422, text: s.text("error.organisation.status")},
		{name: "not relevant without reason", path: s.organisationPath("lager"), body: `{"status":"not-relevant"}`, form: fields("status", "not-relevant"), header: first, status: 422, text: s.text("error.organisation.reason")},
		{name: "unknown roles", path: s.organisationPath("lager"), body: `{"status":"organised","carrier":"moon","responsible":"king","contributing":["queen"]}`,
			form: fields("status", "organised", "carrier", "moon", "responsible", "king", "contributing", "queen"), header: first, status: 422, text: s.text("error.organisation.role")},
		{name: "unknown task", path: s.organisationPath("nosuch"), body: `{"status":"organised"}`, form: fields("status", "organised"), header: first, status: 404, text: s.text("error.task.not-in-round", "task", "nosuch")},
	} {
		before := s.own()
		path := b.path
		if path == "" {
			path = s.answerPath(unanswered)
		}
		nb := []string{"Cookie", languageCookie + "=nb"}
		check := func(how string, got reply) {
			t.Helper()
			body := html.UnescapeString(string(got.Body))
			if got.Status != b.status || !strings.Contains(body, b.text) {
				t.Errorf("%s, %s: %d, not %d with %q: %.700s", b.name, how, got.Status, b.status, b.text, body)
			}
			if strings.Contains(body, "⟦") || !utf8.ValidString(body) {
				t.Errorf("%s, %s: not a whole text", b.name, how)
			}
		}
		if b.body != "" {
			got := s.browse(contributorEmail, http.MethodPut, path, b.body, append(nb, b.header...)...)
			var p Problem
			if got.Header.Get("Content-Type") != "application/problem+json" || json.Unmarshal(got.Body, &p) != nil || p.Status != b.status || p.Title == "" {
				t.Errorf("%s: no problem details but %s: %.300s", b.name, got.Header.Get("Content-Type"), got.Body)
			}
			said := p.Detail
			for _, e := range p.Errors {
				said += "\n" + e.Message
			}
			got.Body = []byte(said)
			check("script", got)
		}
		if b.form != "" {
			check("form", s.browse(contributorEmail, http.MethodPost, path, b.form, nb...))
		}
		if now := s.own(); !reflect.DeepEqual(before, now) {
			t.Fatalf("%s: something was written", b.name)
		}
	}
}

// Whoever may not answer is refused before anything else.
func TestSaveKeepsToThoseWhoAnswer(t *testing.T) {
	s := startServer(t)
	before := s.own()
	for email, status := range map[string]int{leaderEmail: 403, leadEmail: 403, adminEmail: 403, neighbourEmail: 403, outsiderEmail: 403, "": 401} {
		for _, path := range []string{s.answerPath(unanswered), s.organisationPath("lager")} {
			if got := s.browse(email, http.MethodPut, path, `{}`, "If-None-Match", "*"); got.Status != status {
				t.Errorf("%q puts at %s: %d", email, path, got.Status)
			}
			if got := s.browse(email, http.MethodPost, path, "level=2"); got.Status != status {
				t.Errorf("%q posts at %s: %d", email, path, got.Status)
			}
		}
	}
	if !reflect.DeepEqual(before, s.own()) {
		t.Error("something was written")
	}
}

func TestSaveByScript(t *testing.T) {
	s := startServer(t)
	path := s.answerPath(unanswered)
	put := func(email, body string, header ...string) reply {
		return s.browse(email, http.MethodPut, path, body, header...)
	}
	own := s.own()
	counts := own.Counts(s.catalogue())[assessment.OfArea("support")]

	got := put(contributorEmail, `{"level":3,"note":"  to linjer\r\nher "}`, "If-None-Match", "*", "Idempotency-Key", "edit-1")
	var first saved
	got.into(t, &first)
	if got.Status != http.StatusOK || first.Tag == "" || got.Header.Get("ETag") != `"`+first.Tag+`"` || len(first.SavedAt) != 5 {
		t.Fatalf("the first save: %d %+v %s", got.Status, first, got.Header.Get("ETag"))
	}
	if p := first.Progress["support"]; p.Answered != counts.Answered+1 || p.Of != counts.Of {
		t.Errorf("progress %+v after %+v", p, counts)
	}
	own = s.own()
	if a := own.Answer(unanswered); a.Level == nil || *a.Level != 3 || a.Note != "to linjer\nher" || a.By != s.person(contributorEmail).ID {
		t.Errorf("saved: %+v", a)
	}

	// The same edit again is the same save, whatever its precondition says now.
	again := put(contributorEmail, `{"level":3,"note":"to linjer\nher"}`, "If-None-Match", "*", "Idempotency-Key", "edit-1")
	var second saved
	again.into(t, &second)
	if again.Status != http.StatusOK || second.Tag != first.Tag {
		t.Errorf("the same edit: %d, tag %s after %s", again.Status, second.Tag, first.Tag)
	}

	// A colleague changes it; who builds on the old one gets both.
	if got := put(coordinatorEmail, `{"level":5}`, "If-Match", `"`+first.Tag+`"`); got.Status != http.StatusOK {
		t.Fatalf("the colleague: %d %s", got.Status, got.Body)
	}
	lost := put(contributorEmail, `{"level":1,"note":"min"}`, "If-Match", `"`+first.Tag+`"`)
	var both struct {
		Current AnswerState
		Yours   assessment.Value
	}
	if err := json.Unmarshal(lost.Body, &both); err != nil || lost.Status != http.StatusPreconditionFailed {
		t.Fatalf("a lost race: %d %v", lost.Status, err)
	}
	if both.Current.Level == nil || *both.Current.Level != 5 || both.Current.By != s.person(coordinatorEmail).Name || both.Current.Tag == "" ||
		both.Yours.Level == nil || *both.Yours.Level != 1 || both.Yours.Note != "min" {
		t.Errorf("both: %s", lost.Body)
	}
	if got := put(contributorEmail, `{"level":1,"note":"min"}`, "If-Match", `"`+both.Current.Tag+`"`); got.Status != http.StatusOK {
		t.Errorf("keeping mine: %d", got.Status)
	}

	// Taking an answer back is an edit like any other.
	own = s.own()
	if got := put(contributorEmail, `{}`, "If-Match", `"`+own.Answer(unanswered).Tag+`"`); got.Status != http.StatusOK {
		t.Errorf("taking it back: %d", got.Status)
	}
	own = s.own()
	if a := own.Answer(unanswered); a.Given() {
		t.Errorf("taken back, it is %+v", a)
	}
}

// Marking a task as not relevant folds its questions away with their answers kept, and undoing it brings them back.
func TestSaveOrganisation(t *testing.T) {
	s := startServer(t)
	path := s.organisationPath("henvise")
	put := func(body, query string) saved {
		t.Helper()
		own := s.own()
		header := []string{"If-None-Match", "*"}
		if tag := own.Organisation("henvise").Tag; tag != "" {
			header = []string{"If-Match", `"` + tag + `"`}
		}
		got := s.browse(contributorEmail, http.MethodPut, path+query, body, header...)
		if got.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", body, got.Status, got.Body)
		}
		var told saved
		got.into(t, &told)
		return told
	}
	if told := put(`{"status":"not-relevant","reason":"Gjøres av nabokommunen","contributing":[]}`, ""); !told.Reload {
		t.Error("the page is not asked to load anew")
	}
	page := s.read(contributorEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK)
	has(t, "not relevant", page, s.text("task.irrelevant"), "Gjøres av nabokommunen", "folded=yes")
	hasNot(t, "not relevant", page, `name="level"`)
	if told := put(`{"status":"organised","carrier":"own","responsible":"it","contributing":["it","training"]}`, "&folded=yes"); !told.Reload {
		t.Error("the page is not asked to load anew")
	}
	own := s.own()
	if o := own.Organisation("henvise"); o.Status != assessment.Organised || o.Reason != "" || !reflect.DeepEqual(o.Contributing, []assessment.TaskRole{"training"}) {
		t.Errorf("organised: %+v", o)
	}
	page = s.read(contributorEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK)
	if n := strings.Count(page, `data-autosave="answer"`); n != 4 {
		t.Errorf("%d questions came back", n)
	}
	a := own.Answer(answered)
	if a.Level != nil {
		has(t, "came back", page, fmt.Sprintf(`name="level" value="%d" checked`, *a.Level))
	}
	if told := put(`{"status":"in-operation"}`, ""); told.Reload {
		t.Error("the page is asked to load anew for nothing")
	}
}

// Without scripts a form is answered with the page: where it was saved, or as it was sent, with the fault beside its field.
func TestSaveWithoutScripts(t *testing.T) {
	s := startServer(t)
	round := string(s.openRound().ID)
	path := s.answerPath(unanswered)
	post := func(email, path, body string) (reply, string) {
		got := s.browse(email, http.MethodPost, path, body, "Cookie", languageCookie+"=nb")
		return got, html.UnescapeString(string(got.Body))
	}
	const note = `Vi teller "utstyret" <to> ganger i året & litt til.`

	got, page := post(contributorEmail, path, fields("level", "na", "notApplicable", "", "note", note, "tag", ""))
	if got.Status != http.StatusUnprocessableEntity {
		t.Errorf("no reason: %d", got.Status)
	}
	form := between(page, `id="lager.ansvar"`, "</form>")
	has(t, "no reason", form, note, s.text("error.answer.reason"), `value="na" checked`, `data-error="notApplicableReason">`)
	if strings.Contains(string(got.Body), "<to>") {
		t.Error("what she typed is not escaped")
	}
	has(t, "no reason", page, `href="#lager.ansvar"`)

	long := strings.Repeat("x", assessment.MaxNote+1)
	_, page = post(contributorEmail, path, fields("level", "4", "note", long))
	form = between(page, `id="lager.ansvar"`, "</form>")
	has(t, "too long", form, long, `value="4" checked`, `data-error="note">`+s.text("error.text.long", "max", assessment.MaxNote, "count", assessment.MaxNote+1))

	got, _ = post(contributorEmail, path, fields("level", "3", "note", note, "notApplicable", "skrevet før hun valgte 3", "tag", ""))
	if want := "/tasks/lager?round=" + round + "#lager.ansvar"; got.Status != http.StatusSeeOther || got.Header.Get("Location") != want {
		t.Fatalf("saved: %d to %s", got.Status, got.Header.Get("Location"))
	}
	own := s.own()
	mine := own.Answer(unanswered)
	if mine.Level == nil || *mine.Level != 3 || mine.Note != note || mine.NotApplicable != "" {
		t.Fatalf("saved: %+v", mine)
	}
	has(t, "saved", s.read(contributorEmail, locale.Bokmal, "/tasks/lager", http.StatusOK), `value="3" checked`, note, mine.Tag, s.text("task.by", "name", s.person(contributorEmail).Name))

	// Its button pressed twice asks her nothing; what somebody else saved in the same words is hers to see.
	twice := fields("level", "3", "note", note, "tag", "")
	if got, _ := post(contributorEmail, path, twice); got.Status != http.StatusSeeOther || s.answerNow(unanswered).Tag != mine.Tag {
		t.Errorf("the same once more: %d", got.Status)
	}
	if got, _ := post(coordinatorEmail, path, twice); got.Status != http.StatusPreconditionFailed {
		t.Errorf("a colleague's words: %d", got.Status)
	}

	// Two at once: the one who comes second sees both, and the form that comes back can be saved over.
	if got, _ := post(coordinatorEmail, path, fields("level", "5", "note", "hennes", "tag", mine.Tag)); got.Status != http.StatusSeeOther {
		t.Fatalf("the colleague: %d", got.Status)
	}
	got, page = post(contributorEmail, path, fields("level", "1", "note", "hans", "tag", mine.Tag))
	own = s.own()
	theirs := own.Answer(unanswered)
	form = between(page, `id="lager.ansvar"`, "</form>")
	if got.Status != http.StatusPreconditionFailed {
		t.Errorf("a lost race: %d", got.Status)
	}
	has(t, "a lost race", form, "hans", "hennes", `value="1" checked`, s.text("save.conflict.theirs"), `name="tag" value="`+theirs.Tag+`"`)
	if got, _ := post(contributorEmail, path, fields("level", "1", "note", "hans", "tag", theirs.Tag)); got.Status != http.StatusSeeOther {
		t.Errorf("saving over: %d", got.Status)
	}

	// Organisation, the same way.
	path = s.organisationPath("lager")
	got, page = post(contributorEmail, path, fields("status", "not-relevant", "reason", "", "carrier", "vendor", "contributing", "it", "contributing", "user"))
	form = between(page, `data-key="organisation.lager"`, "</form>")
	if got.Status != http.StatusUnprocessableEntity {
		t.Errorf("organisation without reason: %d", got.Status)
	}
	has(t, "organisation", form, `value="not-relevant" checked`, `value="vendor" selected`, `value="it" checked`, `value="user" checked`, `data-error="reason">`+s.text("error.organisation.reason"))
	if got, _ := post(contributorEmail, path, fields("status", "organised", "responsible", "it")); got.Status != http.StatusSeeOther || !strings.HasSuffix(got.Header.Get("Location"), "#organisation") {
		t.Errorf("organisation: %d to %s", got.Status, got.Header.Get("Location"))
	}
	if got, _ := post(contributorEmail, path, fields("status", "organised", "responsible", "it")); got.Status != http.StatusSeeOther {
		t.Errorf("organisation, pressed twice: %d", got.Status)
	}
	got, page = post(coordinatorEmail, path, fields("status", "in-operation", "responsible", "training"))
	form = between(page, `data-key="organisation.lager"`, "</form>")
	if got.Status != http.StatusPreconditionFailed {
		t.Errorf("organisation, a lost race: %d", got.Status)
	}
	has(t, "organisation, a lost race", form, `value="in-operation" checked`, `value="training" selected`, s.text("save.conflict.theirs"), s.text("duty")+": "+s.text("duty.it"))

	// Handed in meanwhile: nothing can be saved, and nothing typed is lost.
	if _, err := s.Assessments.HandIn(t.Context(), s.person(coordinatorEmail).Actor(), s.openRound().ID, larvik); err != nil {
		t.Fatal(err)
	}
	got, page = post(contributorEmail, s.answerPath("lager.praksis"), fields("level", "2", "note", "for sent ute"))
	if got.Status != http.StatusConflict {
		t.Errorf("handed in: %d", got.Status)
	}
	has(t, "handed in", page, s.text("error.assessment.handed-in"), s.text("task.typed"), "for sent ute")
	got, page = post(contributorEmail, path, fields("status", "not-relevant", "reason", "heller ikke dette"))
	if got.Status != http.StatusConflict {
		t.Errorf("handed in, organisation: %d", got.Status)
	}
	has(t, "handed in, organisation", page, s.text("task.typed"), "heller ikke dette", s.text("status.organised"))
}

func between(page, from, to string) string {
	_, page, _ = strings.Cut(page, from)
	page, _, _ = strings.Cut(page, to)
	return page
}

// A form that meets no session comes back with all it held, so that it can be sent again; one that does not fit does not.
func TestFormWithoutSessionIsKept(t *testing.T) {
	s := startServer(t)
	path := s.answerPath(unanswered)
	const note = `en <lang> "merknad"`
	got := s.browse("", http.MethodPost, path, fields("level", "3", "note", note, "tag", ""), "Cookie", languageCookie+"=nb")
	if got.Status != http.StatusUnauthorized {
		t.Fatalf("without a session: %d", got.Status)
	}
	page := html.UnescapeString(string(got.Body))
	has(t, "the page", page, `action="`+path+`"`, `name="note" value="`+note+`"`, `name="level" value="3"`, s.text("failure.resend.sign-in"), `href="/sign-in"`)
	if got := s.browse(contributorEmail, http.MethodPost, path, fields("level", "3", "note", note, "tag", "")); got.Status != http.StatusSeeOther {
		t.Errorf("sent again: %d", got.Status)
	}
	// A page that was sent to another's address keeps nothing.
	hasNot(t, "forbidden", string(s.browse(neighbourEmail, http.MethodPost, path, fields("note", "hemmelig")).Body), "hemmelig")
}

// What the page shows of the round before is the municipality's own, and a leader only reads.
func TestTaskPage(t *testing.T) {
	s := startServer(t)
	last, err := s.Assessments.Assessment(t.Context(), s.person(leaderEmail).Actor(), s.lastPublished().ID, larvik)
	if err != nil {
		t.Fatal(err)
	}
	c := s.catalogue()
	words := c.In("nb")
	page := s.read(contributorEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK)
	has(t, "the page", page, s.text("question.before", "round", s.lastPublished().Name), `data-progress="tjenesteforlop"`, `data-scope="`+string(s.openRound().ID)+`/larvik"`,
		s.text("question.next", "task", words.Tasks["tilpasse"].Name), `aria-current="page"`)
	for _, q := range c.Task("henvise").Questions {
		w := words.Questions[q.Key]
		has(t, string(q.Key), page, w.Text, w.Levels[1], w.Levels[3], w.Levels[5])
		if before := last.Answer(q.Key); before.Note != "" {
			has(t, string(q.Key), between(page, `id="`+string(q.Key)+`"`, "</form>"), before.Note)
		}
	}
	for level := range 6 {
		has(t, "levels", page, words.Levels[level])
	}
	leader := s.read(leaderEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK)
	has(t, "leader", leader, s.text("task.reader"))
	hasNot(t, "leader", leader, `name="level"`, `name="note"`, "data-autosave=")
	has(t, "regional lead", s.read(leadEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK), s.text("task.not-municipal"))

	own := s.own()
	secret := "bare for oss i Larvik"
	level := 2
	old := own.Answer(answered)
	if _, err := s.Assessments.SaveAnswer(t.Context(), s.person(contributorEmail).Actor(), assessment.Save{Round: s.openRound().ID, Municipality: larvik,
		Question: answered, Value: assessment.Value{Level: &level, Note: secret}, First: old.Tag == "", Tag: old.Tag}); err != nil {
		t.Fatal(err)
	}
	has(t, "own leader", s.read(leaderEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK), secret)
	for _, email := range []string{neighbourEmail, leadEmail} {
		hasNot(t, email, s.read(email, locale.Bokmal, "/tasks/henvise?municipality=larvik", http.StatusOK), secret)
	}
	words = c.In("nn")
	has(t, "nynorsk", s.read(contributorEmail, locale.Nynorsk, "/tasks/henvise", http.StatusOK), words.Tasks["henvise"].Name, words.Questions[answered].Text, words.Levels[5])
}

// A page left open on a shared computer sends what was written on it in nobody else's name.
func TestWhatIsWrittenIsSentInNobodyElsesName(t *testing.T) {
	s := startServer(t)
	path := s.answerPath(unanswered)
	before := s.own().Answers.Len()
	for _, other := range []string{coordinatorEmail, neighbourEmail} {
		got := s.browse(other, http.MethodPut, path, `{"level":3}`, "If-None-Match", "*", personHeader, string(s.person(contributorEmail).ID))
		if got.Status != http.StatusUnauthorized || s.own().Answers.Len() != before {
			t.Errorf("%s sends it: %d", other, got.Status)
		}
	}
	if got := s.browse(contributorEmail, http.MethodPut, path, `{"level":3}`, "If-None-Match", "*", personHeader, string(s.person(contributorEmail).ID)); got.Status != http.StatusOK {
		t.Errorf("she herself: %d", got.Status)
	}
}

// opened are the questions that a task's page has unfolded.
func opened(page string) string {
	var ids []string
	for _, fold := range strings.Split(page, `<details class="hh-fold hh-fold--question"`)[1:] {
		if strings.HasPrefix(fold, " open>") {
			_, body, _ := strings.Cut(fold, "</summary>")
			ids = append(ids, between(body, ` id="`, `"`))
		}
	}
	return strings.Join(ids, " ")
}

// A task's page has open what waits for an answer first, and what is wrong; who may not answer has nothing that waits.
func TestATasksPageOpensWhatIsWanted(t *testing.T) {
	s := startServer(t)
	for _, x := range []struct{ email, path, want string }{
		{contributorEmail, "/tasks/lager", "lager.ansvar"},
		{contributorEmail, "/tasks/henvise", ""},
		{leaderEmail, "/tasks/lager", ""},
	} {
		if got := opened(s.read(x.email, locale.Bokmal, x.path, http.StatusOK)); got != x.want {
			t.Errorf("%s for %s: %q is open, want %q", x.path, x.email, got, x.want)
		}
	}
	wrong := text(s.browse(contributorEmail, http.MethodPost, s.answerPath("henvise.samhandling"), fields("level", "7")))
	if got := opened(wrong); got != "henvise.samhandling" {
		t.Errorf("after a fault: %q", got)
	}
	lost := text(s.browse(contributorEmail, http.MethodPost, s.answerPath("lager.forbedring"), fields("level", "2", "tag", "x")))
	if got := opened(lost); got != "lager.ansvar lager.forbedring" {
		t.Errorf("after a lost race: %q", got)
	}
	if got := s.browse(contributorEmail, http.MethodPost, s.answerPath("lager.ansvar"), fields("level", "2")); got.Status != http.StatusSeeOther {
		t.Fatalf("%d", got.Status)
	}
	page := s.read(contributorEmail, locale.Bokmal, "/tasks/lager", http.StatusOK)
	if got := opened(page); got != "lager.praksis" {
		t.Errorf("the first is answered: %q is open", got)
	}
	has(t, "the state of a folded one", between(page, `class="hh-fold hh-fold--question"`, "</summary>"), `<span data-is="2" data-stands><b class="hh-badge level-2">2</b>`)
}

// Who is mentioned meets the comments open, once.
func TestANewMentionOpensTheComments(t *testing.T) {
	s := startServer(t)
	form := "/tasks/lager/comments" + scopeQuery(s.openRound().ID, larvik)
	open := func() bool {
		page := s.read(coordinatorEmail, locale.Bokmal, "/tasks/lager", http.StatusOK)
		return strings.Contains(between(page, `aria-labelledby="comments-title"`, "<summary>"), `<details class="hh-fold" open>`)
	}
	if open() {
		t.Error("open with nothing new")
	}
	s.press(contributorEmail, form, "text", "Kan du se på dette, @"+s.person(coordinatorEmail).Name+"?", "question", "lager.praksis", "edit", "e-1")
	if !open() {
		t.Error("a new mention lies folded")
	}
	if open() {
		t.Error("open although she has seen it")
	}
	has(t, "the question it is about", s.read(coordinatorEmail, locale.Bokmal, "/tasks/lager", http.StatusOK), "<span>"+s.text("comment.title")+": 1</span>")
}
