package api

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/benefits"
	"helhet/internal/locale"
)

// latest is the last measurement of a benefit.
func (s *testServer) latest(part string) (benefits.Benefit, benefits.MeasurementID) {
	b := s.benefitTitled(part)
	last, _ := b.Latest()
	return b, last.ID
}

// A new measurement brings a file; what is wrong with it comes back beside it with all that was typed, and nothing is saved. Later files are added,
// given out to be saved, removed and brought back, and stay with the figure that they came with.
func TestFilesOfAMeasurementOnItsPages(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	s := startServer(t)
	me := s.person(coordinatorEmail)
	b := s.benefitTitled("nattlige tilsyn")
	before := len(b.Measured())
	const pdf = "%PDF-1.7\n<script>alert(1)</script>"
	send := func(path, name, content string, pairs ...string) reply {
		t.Helper()
		body, media := fileForm(t, name, content, append([]string{"helhet-person", string(me.ID)}, pairs...)...)
		req := s.request(http.MethodPost, path, body, "Content-Type", media, "Cookie", languageCookie+"=nb")
		req.AddCookie(s.session(coordinatorEmail))
		return s.do(req)
	}
	measure := func(name, content string) reply {
		return send(measurementPath(b.ID, "new"), name, content, "value", "1 200,5", "to", "2026-11-20", "note", "Bare natt", "edit", "e-1")
	}
	for why, c := range map[string]struct{ name, content, says string }{
		"a script in a picture": {"a.svg", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "En SVG-fil kan ha programkode i seg"},
		"a path":                {"../a.pdf", pdf, "Navnet på filen er en sti"},
		"large":                 {"a.pdf", strings.Repeat("x", assessment.MaxEvidenceFile+1), "Filen er større enn 20 MB."},
	} {
		got := measure(c.name, c.content)
		if got.Status != http.StatusUnprocessableEntity || len(s.benefitTitled("nattlige tilsyn").Measured()) != before {
			t.Errorf("%s: %d, %d measurements", why, got.Status, len(s.benefitTitled("nattlige tilsyn").Measured()))
		}
		has(t, why, between(string(got.Body), `id="file-error"`, "</p>"), c.says)
		has(t, why, string(got.Body), `value="1 200,5"`, "Bare natt", `href="#file"`, `enctype="multipart/form-data"`)
	}
	for range 2 { // a button pressed twice
		if got := measure("logg.pdf", pdf); got.Status != http.StatusSeeOther {
			t.Fatalf("%d: %.600s", got.Status, text(got))
		}
	}
	b, id := s.latest("nattlige tilsyn")
	if len(b.Measured()) != before+1 {
		t.Fatalf("%d measurements", len(b.Measured()))
	}
	_, files, err := s.Benefits.FilesFor(t.Context(), me.Actor(), b.ID, id)
	if err != nil || len(files) != 1 {
		t.Fatalf("%+v %v", files, err)
	}
	first, page := files[0], measurementPath(b.ID, id)
	has(t, "whoever reads", s.read(contributorEmail, locale.Bokmal, benefitPath(b.ID), http.StatusOK), first.File.Name, filePath(b.ID, id, first.ID)+"/file")
	got := s.browse(contributorEmail, http.MethodGet, filePath(b.ID, id, first.ID)+"/file", "")
	for name, want := range map[string]string{"Content-Type": "application/pdf", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-store"} {
		if got.Header.Get(name) != want {
			t.Errorf("%s is %q", name, got.Header.Get(name))
		}
	}
	if string(got.Body) != pdf || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment; filename=") {
		t.Errorf("%q %v", got.Body, got.Header)
	}
	if got := s.browse(coordinatorEmail, http.MethodGet, evidencePath(first.ID)+"/file", ""); got.Status != http.StatusNotFound {
		t.Errorf("as an answer's evidence: %d", got.Status)
	}

	refused := send(page+"/evidence/files", "a.pdf", "MZ\x90\x00", "title", "Tabellen", "edit", "e-2")
	has(t, "a program", between(string(refused.Body), `id="evidence-file-error"`, "</p>"), "Filer av dette slaget tas ikke imot")
	has(t, "a program", string(refused.Body), `value="Tabellen"`, `value="1200,5"`)
	body, media := fileForm(t, "a.pdf", pdf, "helhet-person", "p-another", "title", "En annens side")
	for _, path := range []string{page + "/evidence/files", measurementPath(b.ID, "new")} {
		req := s.request(http.MethodPost, path, body, "Content-Type", media)
		req.AddCookie(s.session(coordinatorEmail))
		if got := s.do(req); got.Status != http.StatusConflict {
			t.Errorf("%s from another's page: %d", path, got.Status)
		}
	}
	for i, more := range []string{"2", "2", "3"} { // the same twice, and another from the form that the browser kept
		got := send(page+"/evidence/files", "tabell.pdf", pdf+more, "title", "Tabellen", "edit", "e-2")
		if _, files, err = s.Benefits.FilesFor(t.Context(), me.Actor(), b.ID, id); got.Status != http.StatusSeeOther || err != nil || len(files) != 2+i/2 {
			t.Fatalf("%d, %d files, %v: %.600s", got.Status, len(files), err, text(got))
		}
	}
	shown := s.read(coordinatorEmail, locale.Bokmal, page, http.StatusOK)
	has(t, "the measurement", shown, "Tabellen", first.File.Name, filePath(b.ID, id, first.ID)+"/remove")
	hasNot(t, "the measurement", shown, "Hører til det som sto før")
	press := func(what string) string {
		t.Helper()
		got := s.browse(coordinatorEmail, http.MethodPost, filePath(b.ID, id, first.ID)+what, "return=yes")
		if got.Status != http.StatusSeeOther {
			t.Fatalf("%s: %d", what, got.Status)
		}
		return s.read(coordinatorEmail, locale.Bokmal, got.Header.Get("Location"), http.StatusOK)
	}
	removed := press("/remove")
	has(t, "removed", removed, first.File.Name+" er fjernet.", filePath(b.ID, id, first.ID)+"/restore")
	hasNot(t, "removed", removed, filePath(b.ID, id, first.ID)+"/file")
	has(t, "brought back", press("/restore"), filePath(b.ID, id, first.ID)+"/file")

	_, m, err := s.Benefits.Measurement(t.Context(), me.Actor(), b.ID, id)
	if err != nil {
		t.Fatal(err)
	}
	d := m.Stands().Measured
	d.Value, d.People = "1100", 3
	if m, err = s.Benefits.Measure(t.Context(), me.Actor(), benefits.Measure{Benefit: b.ID, ID: id, Data: d, Tag: m.Tag}); err != nil {
		t.Fatal(err)
	}
	has(t, "corrected", s.read(contributorEmail, locale.Bokmal, benefitPath(b.ID), http.StatusOK), "Hører til det som sto før: 1", "200,5 timer")
	base := apiBase + "/municipalities/3909" + page + "/evidence"
	var list v1MeasurementFiles
	inside, outside := s.call(leaderEmail, http.MethodGet, base+"?inside=true", ""), s.call(leaderEmail, http.MethodGet, base, "")
	if err := json.Unmarshal(inside.Body, &list); err != nil || len(list.Files) != 3 || list.Files[0].Current || !list.Files[0].Few || list.Files[0].File == nil || list.Files[0].Version != 1 {
		t.Errorf("%s %v", inside.Body, err)
	}
	hasNot(t, "of fewer than five people", string(outside.Body), "Tabellen", ".pdf")
	file := base + "/" + string(first.ID) + "/file"
	if a, b := s.call(leaderEmail, http.MethodGet, file, ""), s.call(leaderEmail, http.MethodGet, file+"?inside=true", ""); a.Status != http.StatusConflict || b.Status != http.StatusOK || string(b.Body) != pdf {
		t.Errorf("of fewer than five people: %d, inside %d", a.Status, b.Status)
	}
	for _, path := range []string{"/benefits/export/measurements.csv", "/benefits/export/record.json"} {
		hasNot(t, path, string(s.browse(coordinatorEmail, http.MethodGet, path, "").Body), "Tabellen", "tabell.pdf")
	}
	has(t, "my own data", s.read(coordinatorEmail, locale.Bokmal, "/account/data", http.StatusOK), "Du har lagt til 3 filer som viser målinger av gevinster.")
	var own v1PersonalData
	if err := json.Unmarshal(s.browse(coordinatorEmail, http.MethodGet, "/account/data.json", "").Body, &own); err != nil || len(own.MeasurementFiles) != 3 || own.MeasurementFiles[0].Benefit != b.ID {
		t.Errorf("%+v %v", own.MeasurementFiles, err)
	}
	// Taken out it keeps its files, and takes none.
	if _, err := s.Benefits.Measure(t.Context(), me.Actor(), benefits.Measure{Benefit: b.ID, ID: id, Remove: true, Tag: m.Tag}); err != nil {
		t.Fatal(err)
	}
	late := send(page+"/evidence/files", "sen.pdf", pdf, "edit", "e-3")
	if late.Status != http.StatusConflict {
		t.Errorf("after it was taken out: %d", late.Status)
	}
	has(t, "after it was taken out", string(late.Body), "Målingen er tatt ut. Sett den inn igjen først.")
	has(t, "taken out", s.read(coordinatorEmail, locale.Bokmal, page, http.StatusOK), first.File.Name)
	hasNot(t, "taken out", s.read(coordinatorEmail, locale.Bokmal, page, http.StatusOK), "/evidence/files")
	if left, err := filepath.Glob(filepath.Join(temp, "helhet-evidence-*")); err != nil || len(left) > 0 {
		t.Errorf("on disk stays %v %v", left, err)
	}
}

// A program adds a file to a measurement, finds it, reads it, removes it and brings it back; whoever reads changes nothing, and another measurement's
// address leads nowhere.
func TestFilesOfAMeasurementByTheAPI(t *testing.T) {
	s := startServer(t)
	b, id := s.latest("nattlige tilsyn")
	other := b.Measured()[0].ID
	base := apiBase + "/municipalities/3909" + measurementPath(b.ID, id) + "/evidence"
	const pdf = "%PDF-1.7\n%%EOF"
	add := func(query, content string, header ...string) reply {
		return s.call(coordinatorEmail, http.MethodPost, base+"/files?"+query, content, append([]string{"Content-Type", mediaBytes, "Idempotency-Key", "k1"}, header...)...)
	}
	got, again := add("name=a.pdf&title=Loggen", pdf), add("name=a.pdf&title=Loggen", pdf)
	var e v1MeasurementFile
	if err := json.Unmarshal(got.Body, &e); err != nil || got.Status != http.StatusCreated || again.Status != http.StatusOK || e.File == nil || e.File.Type != assessment.FilePDF || !e.Current {
		t.Fatalf("%d %d %s", got.Status, again.Status, got.Body)
	}
	for query, want := range map[string]int{"name=../a.pdf": 422, "": 422} {
		if got := add(query, pdf, "Idempotency-Key", "k2"); got.Status != want {
			t.Errorf("%s: %d %s", query, got.Status, got.Body)
		}
	}
	if got := add("name=a.pdf", "<svg>", "Idempotency-Key", "k2"); got.Status != http.StatusUnprocessableEntity || !strings.Contains(string(got.Body), "body.file") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
	file := base + "/" + string(e.ID)
	if got := s.call(leaderEmail, http.MethodGet, file+"/file?inside=true", ""); string(got.Body) != pdf || got.Header.Get("Content-Disposition") != "attachment; filename=a.pdf" {
		t.Errorf("%d %q", got.Status, got.Body)
	}
	if got := s.call(contributorEmail, http.MethodDelete, file, ""); got.Status != http.StatusForbidden {
		t.Errorf("whoever reads removes: %d", got.Status)
	}
	if got := s.call(coordinatorEmail, http.MethodGet, apiBase+"/municipalities/3909"+filePath(b.ID, other, e.ID), ""); other != id && got.Status != http.StatusNotFound {
		t.Errorf("by another measurement's address: %d", got.Status)
	}
	list := func() string { return string(s.call(leaderEmail, http.MethodGet, base+"?inside=true", "").Body) }
	has(t, "the list", list(), string(e.ID))
	if got := s.call(coordinatorEmail, http.MethodDelete, file, ""); got.Status != http.StatusOK || strings.Contains(list(), string(e.ID)) {
		t.Errorf("removed: %d %s", got.Status, list())
	}
	if got := s.call(coordinatorEmail, http.MethodPost, file+"/restore", ""); got.Status != http.StatusOK || !strings.Contains(list(), string(e.ID)) {
		t.Errorf("brought back: %d %s", got.Status, list())
	}
}
