package jobs

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"helhet/internal/events"
	"helhet/internal/store"
	"helhet/internal/store/sqlite/sqlitetest"
)

type loggedNote struct {
	N int `bson:"n"`
}

// loggedHistory has lines, a day apart.
func loggedHistory(t *testing.T, first time.Time, lines int) *events.History {
	t.Helper()
	db := sqlitetest.Open(t, t.TempDir())
	notes := store.NewCollection(db, store.Spec[loggedNote]{Name: "notes", Shape: 1})
	history := events.New(db)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range lines {
		if _, err := notes.Insert(t.Context(), fmt.Sprintf("n%04d", i), loggedNote{i}, store.Event{Type: "note.made", At: first.AddDate(0, 0, i), Actor: "p-1"}); err != nil {
			t.Fatal(err)
		}
		if i%100 < 99 && i < lines-1 {
			continue // those that join together can't be cut apart
		}
		if _, err := History(history).Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	return history
}

func TestAuditHeadIsLogged(t *testing.T) {
	history := loggedHistory(t, time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), 3)
	var out bytes.Buffer
	n, err := AuditHead(history, slog.New(slog.NewTextHandler(&out, nil))).Run(t.Context(), nil)
	if err != nil || n["lines"] != 3 {
		t.Errorf("%v %v", n, err)
	}
	head, err := history.Head(t.Context())
	if want := fmt.Sprintf(`msg="audit head" seq=3 hash=%s`, head.Hash); err != nil || !strings.Contains(out.String(), want) {
		t.Errorf("%q lacks %q (%v)", out.String(), want, err)
	}
}

func TestAuditRetention(t *testing.T) {
	first := time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC)
	history := loggedHistory(t, first, 300)
	keys, err := events.ParseKeys(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32))))
	if err != nil {
		t.Fatal(err)
	}
	other, err := events.ParseKeys(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("o", 32))))
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return first.AddDate(0, 0, 150).Add(time.Hour) }
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	const keep = 100 * 24 * time.Hour

	n, err := AuditRetention(history, events.Keys{}, keep, now, log).Run(t.Context(), nil)
	if err != nil || n["no-key"] != 1 || n["deleted"] != 0 || !strings.Contains(out.String(), "HELHET_AUDIT_KEY is not set") {
		t.Errorf("without a key: %v %v, %s", n, err, out.String())
	}
	if r, err := history.Verify(t.Context(), events.Keys{}); err != nil || r.Lines != 300 {
		t.Errorf("without a key something was cut: %+v %v", r, err)
	}
	// Days 0 to 50 are older than a hundred days on day 150.
	for _, want := range []int64{51, 0} {
		if n, err := AuditRetention(history, keys, keep, now, log).Run(t.Context(), nil); err != nil || n["deleted"] != want {
			t.Errorf("%v %v, want %d", n, err, want)
		}
	}
	if r, err := history.Verify(t.Context(), keys); err != nil || r.Lines != 249 || r.Checkpoint.Seq != 51 {
		t.Errorf("%+v %v", r, err)
	}
	if n, err := AuditRetention(history, other, keep, now, log).Run(t.Context(), nil); codeOf(err) != "audit-broken" || n["deleted"] != 0 {
		t.Errorf("behind another's checkpoint: %v %v", n, err)
	}
}
