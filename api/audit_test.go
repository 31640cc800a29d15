package api

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/demo"
	"helhet/org"
)

// relay moves what waits into the history.
func (s *testServer) relay() {
	s.t.Helper()
	for moved := 1; moved > 0; {
		var err error
		if moved, err = s.History.Relay(s.t.Context(), 500); err != nil {
			s.t.Fatal(err)
		}
	}
}

// answered saves an answer as a contributor of Larvik, and tells to which question.
func (s *testServer) answered() catalogue.QuestionKey {
	s.t.Helper()
	s.relay() // what the demo has done stands before it
	question := s.free(0)
	got := s.call(contributorEmail, http.MethodPut, apiBase+"/assessments/"+string(s.openRound().ID)+"/3909/answers/"+string(question), `{"level":4,"note":"hemmelig notat"}`, "If-None-Match", "*")
	if got.Status != http.StatusCreated {
		s.t.Fatalf("%d %s", got.Status, got.Body)
	}
	s.relay()
	return question
}

// everyone are the people of the demo region and of another, one of each role; "" is nobody.
var everyone = []string{"", leadEmail, adminEmail, auditorEmail, coordinatorEmail, contributorEmail, leaderEmail, neighbourEmail, outsiderEmail, outsideLeadEmail}

func TestAuditIsReadByWhoMay(t *testing.T) {
	s := startServer(t)
	s.answered()
	for _, path := range []string{"/audit", "/audit.csv"} {
		for _, row := range []struct {
			query string
			may   []string
		}{
			{"", []string{adminEmail, auditorEmail, coordinatorEmail, neighbourEmail}},
			{"?scope=larvik", []string{adminEmail, auditorEmail, coordinatorEmail}},
			{"?scope=larvik&type=answer.saved", []string{adminEmail, auditorEmail, coordinatorEmail}},
			{"?scope=porsgrunn", []string{adminEmail, auditorEmail, neighbourEmail}},
			{"?scope=" + string(demo.Region), []string{adminEmail, auditorEmail}},
			{"?scope=nowhere", []string{adminEmail, auditorEmail}},
		} {
			for _, email := range everyone {
				want := http.StatusForbidden
				if slices.Contains(row.may, email) {
					want = http.StatusOK
				}
				if email == "" {
					want = http.StatusUnauthorized
				}
				if got := s.browse(email, http.MethodGet, path+row.query, "", "Accept", "application/json"); got.Status != want {
					t.Errorf("%s%s as %q: %d, want %d", path, row.query, email, got.Status, want)
				}
			}
		}
	}
	// A coordinator who names nothing gets her own municipality's lines, and nobody else's.
	mine := s.browse(coordinatorEmail, http.MethodGet, "/audit.csv", "")
	rows, err := csv.NewReader(bytes.NewReader(mine.Body)).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		if row[4] != "larvik" {
			t.Errorf("a line of %q", row[4])
		}
	}
	whole := s.browse(auditorEmail, http.MethodGet, "/audit.csv", "")
	if all, err := csv.NewReader(bytes.NewReader(whole.Body)).ReadAll(); err != nil || len(all) <= len(rows) {
		t.Errorf("the whole log has %d lines, Larvik's %d: %v", len(all), len(rows), err)
	}
	if got := mine.Header.Get("Content-Disposition"); got != `attachment; filename="helhet-audit.csv"` {
		t.Errorf("%q", got)
	}
}

// What was answered or written is nowhere in the log that leaves the municipality.
func TestAuditTellsNoAnswers(t *testing.T) {
	s := startServer(t)
	question := s.answered()
	for _, email := range []string{adminEmail, auditorEmail, coordinatorEmail} {
		for _, path := range []string{"/audit?type=answer.saved&scope=larvik", "/audit.csv?type=answer.saved&scope=larvik", apiBase + "/audit?type=answer.saved&scope=larvik"} {
			got := s.browse(email, http.MethodGet, path, "")
			if got.Status != http.StatusOK || !bytes.Contains(got.Body, []byte(question)) {
				t.Errorf("%s as %s: %d, and the question is not named", path, email, got.Status)
			}
			if bytes.Contains(got.Body, []byte("level")) || bytes.Contains(got.Body, []byte("hemmelig")) {
				t.Errorf("%s as %s tells what was answered", path, email)
			}
		}
	}
}

func TestAuditPage(t *testing.T) {
	s := startServer(t)
	s.answered()
	for _, lang := range []string{"nb", "nn", "en"} {
		for _, email := range []string{adminEmail, auditorEmail, coordinatorEmail} {
			got := s.inLanguage(email, lang, "/audit")
			if got.Status != http.StatusOK || bytes.Contains(got.Body, []byte("⟦")) {
				t.Errorf("%s in %s: %d", email, lang, got.Status)
			}
		}
	}
	page := s.inLanguage(coordinatorEmail, "nb", "/audit")
	for _, want := range []string{"Svar lagret", s.person(contributorEmail).Name, string(s.person(contributorEmail).ID), "spørsmål: ", "Larvik", `href="/audit.csv"`} {
		if !bytes.Contains(page.Body, []byte(want)) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if bytes.Contains(page.Body, []byte(`id="scope"`)) {
		t.Error("a choice of one municipality")
	}
	if got := s.inLanguage(coordinatorEmail, "nb", "/audit?type=round.opened"); !bytes.Contains(got.Body, []byte("Ingen hendelser passer")) {
		t.Error("an empty page does not say what to do")
	}
	if got := s.inLanguage(auditorEmail, "nb", "/"); !bytes.Contains(got.Body, []byte(`href="/audit"`)) {
		t.Error("the auditor's first page does not lead to the log")
	}
	if got := s.browse(auditorEmail, http.MethodGet, "/audit?after=nonsense", ""); got.Status != http.StatusBadRequest {
		t.Errorf("a cursor that is none: %d", got.Status)
	}
	// Pages follow one another without loss.
	seen := map[string]bool{}
	number := regexp.MustCompile(`nr\. (\d+)`)
	older := regexp.MustCompile(`href="([^"]*)" rel="next"`)
	at := "/audit"
	for pages := 0; at != "" && pages < 1000; pages++ {
		got := s.inLanguage(adminEmail, "nb", at)
		for _, m := range number.FindAllSubmatch(got.Body, -1) {
			if seen[string(m[1])] {
				t.Fatalf("line %s is there twice", m[1])
			}
			seen[string(m[1])] = true
		}
		at = ""
		if m := older.FindSubmatch(got.Body); m != nil {
			at = html.UnescapeString(string(m[1]))
		}
	}
	if head, err := s.History.Head(t.Context()); err != nil || int64(len(seen)) != head.Seq {
		t.Errorf("%d lines on the pages, %d in the log: %v", len(seen), head.Seq, err)
	}
}

// Who is gone is one for all.
func TestAuditNamesWhoIsGone(t *testing.T) {
	s := startServer(t)
	text := s.Texts.For("nb")
	names := names{map[org.PersonID]string{"p-1": "Kari"}, text.T("person.left")}
	for id, want := range map[string]string{"p-1": "Kari", "p-2": "tidligere medarbeider", "": "ikke innlogget"} {
		if got := auditPerson(text, names, id); got != want {
			t.Errorf("%q is %q", id, got)
		}
	}
}

// Every kind of event that the program makes has its words, and its place in the filter.
func TestAuditKnowsEveryKindOfEvent(t *testing.T) {
	s := startEmptyServer(t)
	made := regexp.MustCompile(`(?:\.event\(|Event\{Type: )"([a-z.-]+)"`)
	found := 0
	for _, dir := range []string{"assessment", "benefits", "org", "jobs", "internal/auth", "internal/mail"} {
		files, err := filepath.Glob("../" + dir + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range made.FindAllSubmatch(source, -1) {
				found++
				if kind := string(m[1]); !slices.Contains(auditTypes, kind) || !s.Texts.For("nb").Has("audit.type."+kind) {
					t.Errorf("%s makes the event %q, which auditTypes or the texts audit.type.… lack", file, kind)
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d kinds were found", found)
	}
}

func TestAuditOverTheAPI(t *testing.T) {
	s := startServer(t)
	s.answered()
	var all []v1Event
	after := ""
	for {
		got := s.call(coordinatorEmail, http.MethodGet, apiBase+"/audit?limit=2"+after, "")
		var page v1Events
		if err := json.Unmarshal(got.Body, &page); err != nil || got.Status != http.StatusOK {
			t.Fatalf("%d %v", got.Status, err)
		}
		all = append(all, page.Events...)
		if page.Next == "" {
			break
		}
		after = fmt.Sprint("&after=", page.Next)
	}
	saved := slices.IndexFunc(all, func(e v1Event) bool { return e.Type == "answer.saved" })
	if saved < 0 || all[saved].Actor != string(s.person(contributorEmail).ID) || all[saved].Scope != "larvik" || all[saved].Facts["question"] == "" {
		t.Errorf("%+v", all)
	}
	for i := 1; i < len(all); i++ {
		if all[i].Seq >= all[i-1].Seq {
			t.Error("not newest first")
		}
	}
}
