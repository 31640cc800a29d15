package api

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"helhet/assessment"
	"helhet/internal/events"
	"helhet/internal/store"
	"helhet/internal/store/sqlite"
	"helhet/leaving"
	"helhet/org"
)

func TestWhoSeesTheMunicipalityPage(t *testing.T) {
	s := startServer(t)
	for _, path := range []string{"/municipality", "/municipality/export"} {
		for _, email := range everyone {
			want := http.StatusForbidden
			switch email {
			case coordinatorEmail, neighbourEmail:
				want = http.StatusOK
			case adminEmail, leaderEmail: // one sees who is about to leave, the other decides with the coordinator
				if path == "/municipality" {
					want = http.StatusOK
				}
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
	if page := string(s.browse(leaderEmail, http.MethodGet, "/municipality", "").Body); strings.Contains(page, `href="/municipality/export"`) {
		t.Error("a leader is offered what is not hers to take out")
	}
	if page := string(s.browse(contributorEmail, http.MethodGet, "/", "").Body); strings.Contains(page, `href="/municipality"`) {
		t.Error("a contributor is led to a page that is not hers")
	}
}

// The archive is the reader's own municipality's, and its README speaks her language.
func TestExportFile(t *testing.T) {
	s := startServer(t)
	for lang, want := range map[string]string{"nb": "Alt som er Larvik kommunes", "nn": "Alt som er Larvik kommune sitt", "en": "Everything Larvik municipality has"} {
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

// depart lets Larvik leave at once.
func (s *testServer) depart(figures assessment.Figures) {
	s.t.Helper()
	s.Leaving.Wait, s.Leaving.Figures = 0, figures
	if got := s.browse(coordinatorEmail, http.MethodPost, "/municipality/leave", "name=Larvik"); got.Status != http.StatusSeeOther {
		s.t.Fatalf("leaving: %d %.300s", got.Status, got.Body)
	}
	if err := s.Leaving.CarryOut(s.t.Context(), org.SystemActor("departures"), "larvik"); err != nil {
		s.t.Fatal(err)
	}
}

// What was kept of the pages and the API's answers shows nobody who has left, and every page still opens.
func TestWhoHasLeftIsShownNowhere(t *testing.T) {
	for figures, shown := range map[assessment.Figures]bool{assessment.FiguresNamed: true, assessment.FiguresAggregates: false, assessment.FiguresRemoved: false} {
		t.Run(string(figures), func(t *testing.T) {
			s := startServer(t)
			last := string(s.lastPublished().ID)
			pages := []string{"/regions/vestfold-telemark", "/regions/vestfold-telemark?round=" + last, "/regions/vestfold-telemark/radar", "/regions/vestfold-telemark/trend",
				"/regions/vestfold-telemark/charts/heat-map.csv", "/regions/vestfold-telemark/charts/trend.csv"}
			answers := []string{"/api/v1/rounds/" + last + "/results", "/api/v1/regions/vestfold-telemark/trend"}
			all := func() map[string]string {
				shows := map[string]string{}
				for _, email := range []string{leadEmail, neighbourEmail} {
					for _, path := range pages {
						got := s.browse(email, http.MethodGet, path, "")
						if got.Status != http.StatusOK {
							t.Errorf("%s gets %d at %s", email, got.Status, path)
						}
						shows[email+" "+path] = string(got.Body)
					}
					for _, path := range answers {
						got := s.call(email, http.MethodGet, path, "")
						if got.Status != http.StatusOK {
							t.Errorf("%s gets %d at %s", email, got.Status, path)
						}
						shows[email+" "+path] = string(got.Body)
					}
				}
				return shows
			}
			for at, body := range all() { // kept from now on
				if !strings.Contains(body, "Larvik") {
					t.Errorf("%s doesn't show Larvik before it leaves", at)
				}
			}
			token := s.token(coordinatorEmail)
			s.depart(figures)
			for at, body := range all() {
				if strings.Contains(body, "Larvik") != shown {
					t.Errorf("%s shows Larvik: %t", at, !shown)
				}
			}
			if got := s.do(s.request(http.MethodGet, "/api/v1/municipalities/larvik/export", "", "Authorization", "Bearer "+token)); got.Status != http.StatusUnauthorized {
				t.Errorf("a token of its coordinator still opens something: %d", got.Status)
			}
			for _, path := range []string{"/", "/rounds", "/rounds/" + last, "/rounds/" + string(s.openRound().ID), "/people", "/audit?scope=larvik", "/municipality"} {
				for _, email := range []string{leadEmail, neighbourEmail, adminEmail} {
					if got := s.browse(email, http.MethodGet, path, ""); got.Status >= http.StatusInternalServerError {
						t.Errorf("%s gets %d at %s", email, got.Status, path)
					}
				}
			}
			if page := string(s.browse(leadEmail, http.MethodGet, "/rounds/"+last, "").Body); !strings.Contains(page, "forlatt Helhet") {
				t.Error("the round doesn't say that a municipality has left")
			}
			if page := string(s.browse(leadEmail, http.MethodGet, "/regions/vestfold-telemark?round="+last, "").Body); strings.Contains(page, "forlatt Helhet") != (figures == assessment.FiguresRemoved) {
				t.Errorf("with figures %s the region's page says that a municipality took them: %t", figures, figures != assessment.FiguresRemoved)
			}
		})
	}
}

// A slip deletes nothing: the name must be typed, and what was typed stands there again.
func TestLeavingIsAskedForAndUndone(t *testing.T) {
	s := startServer(t)
	for _, email := range everyone {
		if email == coordinatorEmail || email == neighbourEmail {
			continue
		}
		want := http.StatusForbidden
		if email == "" {
			want = http.StatusUnauthorized
		}
		for _, path := range []string{"/municipality/leave", "/municipality/stay"} {
			if email == adminEmail && path == "/municipality/stay" {
				continue
			}
			if got := s.browse(email, http.MethodPost, path, "name=Larvik&municipality=larvik"); got.Status != want {
				t.Errorf("%q gets %d at %s, want %d", email, got.Status, path, want)
			}
		}
	}
	got := s.browse(coordinatorEmail, http.MethodPost, "/municipality/leave", "name=Larvikk")
	if page := string(got.Body); got.Status != http.StatusUnprocessableEntity || !strings.Contains(page, `value="Larvikk"`) || !strings.Contains(page, `id="name-error"`) {
		t.Errorf("a slip: %d", got.Status)
	}
	for _, email := range []string{coordinatorEmail, adminEmail} {
		if got := s.browse(coordinatorEmail, http.MethodPost, "/municipality/leave", "name=Larvik"); got.Status != http.StatusSeeOther {
			t.Fatalf("leaving: %d", got.Status)
		}
		page := string(s.browse(email, http.MethodGet, "/municipality", "").Body)
		if !strings.Contains(page, `action="/municipality/stay"`) || !strings.Contains(page, `value="larvik"`) || strings.Contains(page, `action="/municipality/leave"`) {
			t.Errorf("%s is not asked whether Larvik stays", email)
		}
		if got := s.browse(neighbourEmail, http.MethodPost, "/municipality/stay", "municipality=larvik"); got.Status != http.StatusForbidden {
			t.Errorf("a neighbour undid it: %d", got.Status)
		}
		if got := s.browse(email, http.MethodPost, "/municipality/stay", "municipality=larvik"); got.Status != http.StatusSeeOther {
			t.Errorf("%s can't undo it: %d", email, got.Status)
		}
	}
	if page := string(s.browse(coordinatorEmail, http.MethodGet, "/municipality", "").Body); !strings.Contains(page, `action="/municipality/leave"`) {
		t.Error("it can't be asked for again")
	}
}
