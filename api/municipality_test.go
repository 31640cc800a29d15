package api

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"helhet/internal/events"
	"helhet/internal/store"
	"helhet/internal/store/sqlite"
	"helhet/leaving"
)

func TestWhoSeesTheMunicipalityPage(t *testing.T) {
	s := startServer(t)
	for _, path := range []string{"/municipality", "/municipality/export"} {
		for _, email := range everyone {
			want := http.StatusForbidden
			switch email {
			case coordinatorEmail, neighbourEmail:
				want = http.StatusOK
			case "":
				want = http.StatusSeeOther
			}
			if got := s.browse(email, http.MethodGet, path, ""); got.Status != want {
				t.Errorf("%q gets %d at %s, want %d", email, got.Status, path, want)
			}
		}
	}
	page := string(s.browse(coordinatorEmail, http.MethodGet, "/municipality", "").Body)
	for _, part := range []string{`href="/municipality/export"`, "Larvik kommune", "Sist tatt ut"} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	if page := string(s.browse(contributorEmail, http.MethodGet, "/", "").Body); strings.Contains(page, `href="/municipality"`) {
		t.Error("a contributor is led to a page that is not hers")
	}
}

// The archive is the reader's own municipality's, and its README speaks her language.
func TestExportFile(t *testing.T) {
	s := startServer(t)
	for lang, want := range map[string]string{"nb": "Alt som er Larvik kommunes", "nn": "Alt som er Larvik kommune sitt", "en": "Everything of Larvik municipality"} {
		got := s.browse(coordinatorEmail, http.MethodGet, "/municipality/export", "", "Cookie", languageCookie+"="+lang)
		if name := got.Header.Get("Content-Disposition"); got.Header.Get("Content-Type") != "application/zip" || name != `attachment; filename="helhet-larvik-2026-11-23.zip"` {
			t.Errorf("%s: %v", lang, got.Header)
		}
		if readme := zipped(t, got.Body, leaving.FileReadme); !strings.Contains(readme, want) || strings.Contains(readme, "{") {
			t.Errorf("%s: %s", lang, readme)
		}
	}
	got := s.call(neighbourEmail, http.MethodGet, "/api/v1/municipalities/4001/export", "")
	if readme := zipped(t, got.Body, leaving.FileReadme); !strings.Contains(readme, "Porsgrunn") {
		t.Errorf("Porsgrunn's: %s", readme)
	}
	if got := s.call(coordinatorEmail, http.MethodGet, "/api/v1/municipalities/nowhere/export", ""); got.Status != http.StatusNotFound {
		t.Errorf("of no municipality: %d", got.Status)
	}
}

func zipped(t *testing.T, content []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	if last := z.File[len(z.File)-1].Name; last != leaving.ManifestName {
		t.Errorf("the last file is %s", last)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A store that goes away midway, when status and headers are sent: the connection ends without the answer's end.
func TestExportIsBrokenOff(t *testing.T) {
	s := startServer(t)
	engine, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	gone := store.Open(engine)
	s.Leaving.History = events.New(gone)
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/municipality/export", "/api/v1/municipalities/larvik/export"} {
		req := s.request(http.MethodGet, path, "", "Authorization", "Bearer "+s.token(coordinatorEmail))
		res, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if res.Body.Close(); err == nil {
			t.Errorf("%s: %d bytes came as if they were all", path, len(body))
		}
		if res.StatusCode != http.StatusOK || len(body) == 0 {
			t.Errorf("%s: it was not begun: %d, %d bytes", path, res.StatusCode, len(body))
		}
	}
	if !strings.Contains(fmt.Sprint(s.Log), "export broken off") {
		t.Error("the log doesn't say so")
	}
}
