package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"helhet/internal/events"
	"helhet/internal/store"
	"helhet/internal/store/sqlite"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// aNote is a document that has events.
type aNote struct {
	N int `bson:"n"`
}

// logged makes a database in dir whose audit log has lines, a day apart, the first just after midnight in Norway on 1 September 2026.
func logged(t *testing.T, dir string, lines int) {
	t.Helper()
	engine, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	db := store.Open(engine)
	notes := store.NewCollection(db, store.Spec[aNote]{Name: "notes", Shape: 1})
	history := events.New(db)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := time.Date(2026, 8, 31, 22, 30, 0, 0, time.UTC)
	for i := range lines {
		e := store.Event{Type: "answer.saved", At: first.AddDate(0, 0, i), Actor: "=p-1", Scope: "larvik",
			Data: bson.D{{Key: "round", Value: "v"}, {Key: "level", Value: int64(3)}}}
		if _, err := notes.Insert(t.Context(), fmt.Sprintf("n%03d", i), aNote{i}, e); err != nil {
			t.Fatal(err)
		}
	}
	for moved := 1; moved > 0; {
		var err error
		if moved, err = history.Relay(t.Context(), 100); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAuditCommands(t *testing.T) {
	dir := t.TempDir()
	logged(t, dir, 5)
	must := func(args ...string) string {
		t.Helper()
		code, stdout, stderr := result(t, nil, append([]string{"audit"}, append(args, "--data", dir)...)...)
		if code != exitOK {
			t.Fatalf("%v: code %d: %s", args, code, stderr)
		}
		return stdout
	}
	head := strings.TrimSpace(must("head"))
	if got := must("verify", "--head", head); !strings.Contains(got, "5 lines are whole\nhead "+head+"\n") {
		t.Errorf("%q", got)
	}

	key := "a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2U="
	if code, stdout, _ := result(t, []string{"HELHET_AUDIT_KEY=" + key}, "audit", "verify", "--data", dir); code != exitOK || !strings.Contains(stdout, "--key ") || strings.Contains(stdout, key) {
		t.Errorf("code %d, %q", code, stdout)
	}

	exported := must("export", "--from", "2026-09-02", "--to", "2026-09-03")
	lines := strings.Split(strings.TrimSpace(exported), "\n")
	if len(lines) != 2 {
		t.Fatalf("%q", exported)
	}
	var line map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &line); err != nil || line["seq"] != 2.0 || line["scope"] != "larvik" || line["hash"] == "" {
		t.Errorf("%v: %v", line, err)
	}
	if facts, _ := line["facts"].(map[string]any); len(facts) != 1 || facts["round"] != "v" {
		t.Errorf("the export tells %v: what a municipality answered never leaves it", facts)
	}
	file := filepath.Join(t.TempDir(), "audit.csv")
	must("export", "--format", "csv", file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil || len(rows) != 6 || rows[1][0] != "1" || rows[1][3] != "'=p-1" || rows[1][7] != "round=v" {
		t.Errorf("%q %v", rows, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}

	other := "4:" + strings.Repeat("ab", 32)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"head that never was":   {[]string{"verify", "--head", other}, "line 4 had another hash"},
		"head that is to come":  {[]string{"verify", "--head", "9" + other[1:]}, "line 6 and what follows is missing"},
		"no head":               {[]string{"verify", "--head", "4"}, "--head"},
		"no key":                {[]string{"verify", "--key", "x"}, "--key"},
		"no day":                {[]string{"export", "--from", "2026-02-30"}, `--from="2026-02-30" is no day`},
		"a file that is there":  {[]string{"export", file}, "choose another name"},
		"no database, verify":   {[]string{"verify", "--data", filepath.Join(dir, "none")}, "there is no database"},
		"no database, for head": {[]string{"head", "--data", filepath.Join(dir, "none")}, "there is no database"},
	} {
		args := append([]string{"audit"}, c.args...)
		if !strings.Contains(name, "no database") {
			args = append(args, "--data", dir)
		}
		if code, _, stderr := result(t, nil, args...); code != exitFailed || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: code %d, %q", name, code, stderr)
		}
	}
}

// A changed byte in the file is found by the command, with the line's number.
func TestAuditVerifyFindsAChange(t *testing.T) {
	dir := t.TempDir()
	logged(t, dir, 200)
	name := filepath.Join(dir, "helhet.db")
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	// The document of note 42 is named in its line, in the document of the line alone and not in an index.
	mark := "document\x00\x05\x00\x00\x00n042\x00"
	if n := strings.Count(string(content), mark); n != 1 {
		t.Fatalf("the mark is there %d times", n)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(content), mark, "document\x00\x05\x00\x00\x00n043\x00", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := result(t, nil, "audit", "verify", "--data", dir); code != exitFailed || !strings.Contains(stderr, "line 43 of the audit log was changed") {
		t.Errorf("code %d, %q", code, stderr)
	}
}
