package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/internal/locale"
)

// fileForm is a form with a file, as a browser sends it, and its media type.
func fileForm(t testing.TB, name, content string, pairs ...string) (body, media string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		if err := w.WriteField(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	to, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = to.Write([]byte(content))
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

// A form that the browser kept has the id of the edit it was sent as before: with another file, another name or other words it is another edit, and
// what it brings is not taken for what came before. Sent twice as it was it is one piece; one that was removed in between is told to be.
func TestAKeptFormBringsAnotherFile(t *testing.T) {
	s := startServer(t)
	me, round := s.person(contributorEmail), s.openRound().ID
	query := scopeQuery(round, larvik) + "&question=henvise.ansvar"
	file := func(name, content, title string) reply {
		t.Helper()
		body, media := fileForm(t, name, content, "helhet-person", string(me.ID), "title", title, "edit", "kept")
		req := s.request(http.MethodPost, "/tasks/henvise/evidence/files"+query, body, "Content-Type", media)
		req.AddCookie(s.session(contributorEmail))
		return s.do(req)
	}
	link := func(address string) reply {
		return s.browse(contributorEmail, http.MethodPost, "/tasks/henvise/evidence/links"+query, fields("link", address, "title", "Siden vår", "edit", "kept"))
	}
	all := func() (all []assessment.Evidence) {
		t.Helper()
		all, _, err := s.Assessments.EvidenceFor(t.Context(), me.Actor(), round, larvik, "henvise", 100, "")
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := len(all())
	for i, send := range []func() reply{
		func() reply { return file("rutine.pdf", "%PDF-1.7 natt", "Rutinen") },
		func() reply { return file("rutine.pdf", "%PDF-1.7 dag", "Rutinen") },
		func() reply { return file("dag.pdf", "%PDF-1.7 dag", "Rutinen") },
		func() reply { return file("dag.pdf", "%PDF-1.7 dag", "Rutinen for dagen") },
		func() reply { return link("https://larvik.kommune.no/natt") },
		func() reply { return link("https://larvik.kommune.no/dag") },
	} {
		for range 2 {
			if got := send(); got.Status != http.StatusSeeOther || len(all()) != before+i+1 {
				t.Fatalf("form %d: %d, %d pieces more", i, got.Status, len(all())-before)
			}
		}
	}
	if _, err := s.Assessments.RemoveEvidence(t.Context(), me.Actor(), all()[before].ID); err != nil {
		t.Fatal(err)
	}
	has(t, "sent again after it was removed", s.read(contributorEmail, locale.Bokmal, file("rutine.pdf", "%PDF-1.7 natt", "Rutinen").Header.Get("Location"), http.StatusOK),
		"Rutinen er fjernet.", "/restore")
}

// From the page alone: a file and a link are added behind a question and behind the task, given out to be saved, removed and brought back. What
// is refused comes back with the reason beside the field and what was typed, and nothing of it is stored, on disk or in the database.
func TestEvidenceByItsForms(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	s := startServer(t)
	me, round := s.person(contributorEmail), s.openRound().ID
	const question = "henvise.ansvar"
	query := scopeQuery(round, larvik) + "&question=" + question
	send := func(name, content string, pairs ...string) reply {
		t.Helper()
		body, media := fileForm(t, name, content, append([]string{"helhet-person", string(me.ID), "title", "Rutinen vår"}, pairs...)...)
		req := s.request(http.MethodPost, "/tasks/henvise/evidence/files"+query, body, "Content-Type", media, "Cookie", languageCookie+"=nb")
		req.AddCookie(s.session(contributorEmail))
		return s.do(req)
	}
	all := func() []assessment.Evidence {
		t.Helper()
		all, _, err := s.Assessments.EvidenceFor(t.Context(), me.Actor(), round, larvik, "henvise", 100, "")
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := len(all())
	const pdf = "%PDF-1.7\n<script>alert(1)</script>"
	got := send("rutine æ.pdf", pdf, "edit", "e1")
	if again := send("rutine æ.pdf", pdf, "edit", "e1"); got.Status != http.StatusSeeOther || again.Status != http.StatusSeeOther || len(all()) != before+1 {
		t.Fatalf("%d, %d, %d pieces: %.600s", got.Status, again.Status, len(all()), text(got))
	}
	file := all()[before]
	part := func(page string) string {
		return between(page, `<div class="hh-backing" id="`+question+`-evidence"`, `<details`)
	}
	page := s.read(contributorEmail, locale.Bokmal, got.Header.Get("Location"), http.StatusOK)
	has(t, "the page", part(page), "Rutinen vår", "rutine æ.pdf", "1 kB", me.Name, evidencePath(file.ID)+"/file")
	leader := s.browse(leaderEmail, http.MethodGet, evidencePath(file.ID)+"/file", "")
	for name, want := range map[string]string{"Content-Type": "application/pdf", "Content-Disposition": "attachment; filename*=utf-8''rutine%20%C3%A6.pdf", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-store", "Content-Length": fmt.Sprint(len(pdf))} {
		if leader.Header.Get(name) != want {
			t.Errorf("%s is %q", name, leader.Header.Get(name))
		}
	}
	if string(leader.Body) != pdf {
		t.Errorf("the file reads %q", leader.Body)
	}
	if admin := s.browse(adminEmail, http.MethodGet, evidencePath(file.ID)+"/file", ""); admin.Status != http.StatusNotFound {
		t.Errorf("the administrator: %d", admin.Status)
	}
	body, media := fileForm(t, "a.pdf", pdf, "helhet-person", "p-another", "title", "En annens side")
	req := s.request(http.MethodPost, "/tasks/henvise/evidence/files"+query, body, "Content-Type", media)
	req.AddCookie(s.session(contributorEmail))
	if got := s.do(req); got.Status != http.StatusConflict || len(all()) != before+1 {
		t.Errorf("from another's page: %d, %d pieces", got.Status, len(all()))
	}

	large := strings.Repeat("x", assessment.MaxEvidenceFile+1)
	for why, c := range map[string]struct{ name, content, says string }{
		"an SVG":    {"a.svg", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "En SVG-fil kan ha programkode i seg"},
		"a program": {"a.pdf", "MZ\x90\x00", "Filer av dette slaget tas ikke imot"},
		"a path":    {"../../etc/a.pdf", pdf, "Navnet på filen er en sti"},
		"empty":     {"a.pdf", "", "Filen er tom."},
		"large":     {"a.pdf", large, "Filen er større enn 20 MB."},
		"nothing":   {"", "", "Velg en fil."},
	} {
		got := send(c.name, c.content, "edit", why)
		page := string(got.Body)
		if got.Status != http.StatusUnprocessableEntity || len(all()) != before+1 {
			t.Errorf("%s: %d, %d pieces", why, got.Status, len(all()))
		}
		has(t, why, between(page, `id="`+question+`-evidence-file-error"`, "</p>"), c.says)
		has(t, why, between(page, `id="`+question+`-evidence-file-title"`, ">"), `value="Rutinen vår"`)
		has(t, why, page, `href="#`+question+`-evidence"`)
	}
	if got := s.browse(contributorEmail, http.MethodPost, "/tasks/henvise/evidence/links"+query, fields("link", "https://x.no/"+strings.Repeat("x", maxBody))); got.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("another form may be as large: %d", got.Status)
	}
	link := func(pairs ...string) reply {
		return s.browse(contributorEmail, http.MethodPost, "/tasks/henvise/evidence/links"+scopeQuery(round, larvik), fields(pairs...), "Cookie", languageCookie+"=nb")
	}
	refused := link("link", "javascript:alert(1)", "title", "Siden vår", "edit", "e2")
	has(t, "a script as a link", string(refused.Body), "Skriv hele adressen", `value="javascript:alert(1)"`, `value="Siden vår"`)
	numbered := link("link", "https://larvik.kommune.no/13097248022", "title", "Siden vår", "edit", "e2")
	has(t, "a person's number", between(string(numbered.Body), `<div class="hh-backing" id="evidence"`, "</section>"), `name="confirmNumber"`)
	if got := link("link", "https://larvik.kommune.no/13097248022", "title", "Siden vår", "edit", "e2", "confirmNumber", "yes"); got.Status != http.StatusSeeOther || len(all()) != before+2 {
		t.Errorf("confirmed: %d", got.Status)
	}

	press := func(what string) string {
		t.Helper()
		got := s.browse(contributorEmail, http.MethodPost, evidencePath(file.ID)+what, "return=yes")
		if got.Status != http.StatusSeeOther {
			t.Fatalf("%s: %d", what, got.Status)
		}
		return part(s.read(contributorEmail, locale.Bokmal, got.Header.Get("Location"), http.StatusOK))
	}
	removed := press("/remove")
	has(t, "removed", removed, "Rutinen vår er fjernet.", evidencePath(file.ID)+"/restore")
	hasNot(t, "removed", removed, "rutine æ.pdf")
	has(t, "brought back", press("/restore"), "rutine æ.pdf")
	// Whoever comes later finds what was removed, where it stood, and the way to bring it back.
	if _, err := s.Assessments.RemoveEvidence(t.Context(), me.Actor(), file.ID); err != nil {
		t.Fatal(err)
	}
	whole := func(email string) string {
		return between(s.read(email, locale.Bokmal, taskPath("henvise", round), http.StatusOK), `<div class="hh-backing" id="`+question+`-evidence"`, "</section>")
	}
	has(t, "a colleague, later", whole(coordinatorEmail), s.text("evidence.removed.before", "n", 1), "Rutinen vår", evidencePath(file.ID)+"/restore")
	hasNot(t, "who only reads", whole(leaderEmail), evidencePath(file.ID)+"/restore")
	press("/restore")
	hasNot(t, "brought back, later", whole(coordinatorEmail), s.text("evidence.removed.before", "n", 1))

	has(t, "my own data", s.read(contributorEmail, locale.Bokmal, "/account/data", http.StatusOK), "2 stykker dokumentasjon")
	var own v1PersonalData
	if err := json.Unmarshal(s.browse(contributorEmail, http.MethodGet, "/account/data.json", "").Body, &own); err != nil {
		t.Fatal(err)
	}
	given := ""
	for _, c := range own.Contributions {
		for _, e := range c.Given {
			given += e.Title + ";"
		}
	}
	has(t, "my own file", given, "Rutinen vår;", "Siden vår;")

	if _, err := s.Assessments.HandIn(t.Context(), s.person(coordinatorEmail).Actor(), round, larvik); err != nil {
		t.Fatal(err)
	}
	late := send("sen.pdf", pdf, "edit", "late")
	if late.Status != http.StatusConflict || len(all()) != before+2 {
		t.Errorf("after the hand-in: %d, %d pieces", late.Status, len(all()))
	}
	has(t, "after the hand-in", between(string(late.Body), `<div class="hh-backing" id="`+question+`-evidence"`, "</section>"), "Rutinen vår", "sen.pdf", evidencePath(file.ID)+"/file")
	hasNot(t, "after the hand-in", string(late.Body), evidencePath(file.ID)+"/remove", `type="file"`)
	// The page was read before: what it refuses it says beside the piece, on the page, with what stands.
	refusal := s.browse(contributorEmail, http.MethodPost, evidencePath(file.ID)+"/remove?round="+string(round), "return=yes", "Cookie", languageCookie+"=nb")
	if refusal.Status != http.StatusConflict || len(all()) != before+2 {
		t.Errorf("removed after the hand-in: %d, %d pieces", refusal.Status, len(all()))
	}
	has(t, "removed after the hand-in", between(string(refusal.Body), `<li id="`+string(file.ID)+`"`, "</li>"), `<p class="hh-error">`+s.text("error.assessment.handed-in"), "rutine æ.pdf")
	has(t, "removed after the hand-in", string(refusal.Body), `href="#`+question+`-evidence"`)
	if left, err := filepath.Glob(filepath.Join(temp, "helhet-evidence-*")); err != nil || len(left) > 0 {
		t.Errorf("on disk stays %v %v", left, err)
	}
}

// A program adds a file, finds it, reads it, removes it and brings it back; what is sent as something else than a file is refused.
func TestEvidenceByTheAPI(t *testing.T) {
	s := startServer(t)
	base := apiBase + "/assessments/" + string(s.openRound().ID) + "/larvik/evidence"
	const pdf = "%PDF-1.7\n%%EOF"
	add := func(query, content string, header ...string) reply {
		return s.call(contributorEmail, http.MethodPost, base+"/files?"+query, content, append([]string{"Content-Type", mediaBytes, "Idempotency-Key", "k1"}, header...)...)
	}
	got, again := add("task=henvise&name=a.pdf&title=Rutinen", pdf), add("task=henvise&name=a.pdf&title=Rutinen", pdf)
	var e v1Evidence
	if err := json.Unmarshal(got.Body, &e); err != nil || got.Status != http.StatusCreated || again.Status != http.StatusOK || e.File == nil || e.File.Type != assessment.FilePDF || e.File.Held {
		t.Fatalf("%d %d %s", got.Status, again.Status, got.Body)
	}
	file := s.call(leaderEmail, http.MethodGet, base+"/"+string(e.ID)+"/file", "")
	if string(file.Body) != pdf || file.Header.Get("Content-Type") != mediaBytes || file.Header.Get("Content-Disposition") != "attachment; filename=a.pdf" {
		t.Errorf("%d %q %v", file.Status, file.Body, file.Header)
	}
	for query, want := range map[string]int{"task=henvise&name=../a.pdf": 422, "task=nosuch&name=a.pdf": 404, "task=henvise&question=lager.ansvar&name=a.pdf": 404, "task=henvise": 422} {
		if got := add(query, pdf, "Idempotency-Key", "k2"); got.Status != want {
			t.Errorf("%s: %d %s", query, got.Status, got.Body)
		}
	}
	for content, want := range map[string]string{strings.Repeat("x", assessment.MaxEvidenceFile+1): `"name":"file"`, "<svg>": `"name":"file"`} {
		if got := add("task=henvise&name=a.pdf", content, "Idempotency-Key", "k2"); got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%d bytes: %d %s, want %s", len(content), got.Status, got.Body, want)
		}
	}
	if got := add("task=henvise&name=a.pdf", pdf, "Content-Type", "application/json"); got.Status != http.StatusUnsupportedMediaType {
		t.Errorf("as JSON: %d", got.Status)
	}
	if got := add("task=henvise&name=a.pdf", strings.Repeat("x", maxUpload+1), "Idempotency-Key", "k2"); got.Status < 400 || got.Status >= 500 {
		t.Errorf("larger than is read: %d", got.Status)
	}
	list := func() string {
		return string(s.call(leaderEmail, http.MethodGet, base+"?task=henvise", "").Body)
	}
	has(t, "the list", list(), string(e.ID))
	if got := s.call(contributorEmail, http.MethodDelete, base+"/"+string(e.ID), ""); got.Status != http.StatusOK || strings.Contains(list(), string(e.ID)) {
		t.Errorf("removed: %d %s", got.Status, list())
	}
	if got := s.call(contributorEmail, http.MethodPost, base+"/"+string(e.ID)+"/restore", ""); got.Status != http.StatusOK || !strings.Contains(list(), string(e.ID)) {
		t.Errorf("brought back: %d %s", got.Status, list())
	}
}
