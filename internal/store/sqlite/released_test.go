package sqlite

import (
	"bytes"
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"helhet/internal/store"
)

// writeReleased makes the database of the newest shape anew. Those of shapes that were released are never made again.
var writeReleased = flag.Bool("write-released", false, "write testdata/shape-N anew for the newest shape")

// visit is a document as released builds have kept it: shape 1 had one name, shape 2 splits it.
type (
	visit1 struct {
		Name string    `bson:"name"`
		Day  time.Time `bson:"day"`
	}
	visit2 struct {
		First string    `bson:"first"`
		Last  string    `bson:"last"`
		Day   time.Time `bson:"day"`
	}
)

func visitSpec1() store.Spec[visit1] {
	return store.Spec[visit1]{
		Name: "visits", Shape: 1,
		Fields:  []store.Field[visit1]{{Name: "day", Type: store.Time, Value: func(_ string, v *visit1) any { return v.Day }}},
		Indexes: []store.Index{{Name: "day", Fields: []string{"day"}}},
	}
}

func visitSpec2() store.Spec[visit2] {
	return store.Spec[visit2]{
		Name: "visits", Shape: 2,
		Fields: []store.Field[visit2]{
			{Name: "last", Type: store.String, Value: func(_ string, v *visit2) any { return v.Last }},
			{Name: "day", Type: store.Time, Value: func(_ string, v *visit2) any { return v.Day }},
		},
		Indexes: []store.Index{{Name: "last", Fields: []string{"last", "day"}}},
		Upgrade: map[int32]func(bson.D) (bson.D, error){1: splitName},
	}
}

func splitName(d bson.D) (bson.D, error) {
	var out bson.D
	for _, e := range d {
		name, ok := e.Value.(string)
		if e.Key != "name" || !ok {
			out = append(out, e)
			continue
		}
		first, last, _ := bytes.Cut([]byte(name), []byte(" "))
		out = append(out, bson.E{Key: "first", Value: string(first)}, bson.E{Key: "last", Value: string(last)})
	}
	return out, nil
}

func day(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }

// writeShape makes the database that a released build would leave behind.
func writeShape[T any](t *testing.T, dir string, spec store.Spec[T], values []T) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	e := openIn(t, dir)
	db := store.Open(e)
	c := store.NewCollection(db, spec)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, value := range values {
		happened := store.Event{Type: "visit.noted", At: day(i + 1), Actor: "system:test"}
		if _, err := c.Insert(t.Context(), fmt.Sprint("v", i+1), value, happened); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

// released copies a committed database to where it may be opened.
func released(t *testing.T, shape int) (dir string, content []byte) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", fmt.Sprint("shape-", shape), fileName))
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, fileName), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, content
}

// indexes gives the statements that made the file's indexes of names like the one given.
func indexes(t *testing.T, e *Engine, like string) (statements []string) {
	t.Helper()
	err := e.readers.use(t.Context(), func(conn rawConn) error {
		name := []sqldriver.NamedValue{{Ordinal: 1, Value: like}}
		return conn.query(t.Context(), `SELECT "sql" FROM "sqlite_schema" WHERE "type" = 'index' AND "name" LIKE ?`, name, func(row []sqldriver.Value) error {
			statements = append(statements, fmt.Sprint(row[0]))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return statements
}

// Every build opens the database of each released shape, and refuses one of a shape that it does not know, leaving it untouched.
func TestReleasedShapes(t *testing.T) {
	if *writeReleased {
		writeShape(t, filepath.Join("testdata", "shape-2"), visitSpec2(), []visit2{{"Ola", "Vinje", day(1)}, {"Kari", "Bø", day(2)}})
	}
	for shape := 1; shape <= 2; shape++ {
		dir, _ := released(t, shape)
		e := openIn(t, dir)
		db := store.Open(e)
		c := store.NewCollection(db, visitSpec2())
		if err := db.Ensure(t.Context()); err != nil {
			t.Fatal(err)
		}
		found, err := c.Find(t.Context(), store.Query{Equal: []store.Term{{Field: "last", Value: "Bø"}}, Limit: 10})
		if err != nil || len(found.Docs) != 1 {
			t.Fatalf("shape %d: %d found, %v", shape, len(found.Docs), err)
		}
		if got, want := found.Docs[0].Value, (visit2{"Kari", "Bø", day(2)}); got != want {
			t.Errorf("shape %d: read %+v, want %+v", shape, got, want)
		}
		if ours, err := e.marked(t.Context()); err != nil || !ours {
			t.Errorf("shape %d: an earlier program would still open it, %v", shape, err)
		}
		if bounded := indexes(t, e, "%(pending,id)%"); len(bounded) != 1 || !strings.HasSuffix(bounded[0], " WHERE "+waits) {
			t.Errorf("shape %d: the index of waiting events is %q", shape, bounded)
		}
		events := 0
		if _, err := db.Relay(t.Context(), 10, func(_ context.Context, moved []store.RelayedEvent) error { events += len(moved); return nil }); err != nil || events != 2 {
			t.Errorf("shape %d: %d events waited, %v, want 2", shape, events, err)
		}
		if _, err := c.Update(t.Context(), "v1", func(v *visit2) ([]store.Event, error) { v.Last = "Dal"; return nil, nil }); err != nil {
			t.Errorf("shape %d: %v", shape, err)
		}
	}

	dir, content := released(t, 2)
	e := openIn(t, dir)
	db := store.Open(e)
	store.NewCollection(db, visitSpec1())
	if err := db.Ensure(t.Context()); !errors.Is(err, store.ErrNewerShape) {
		t.Errorf("a newer shape was opened: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(after, content) {
		t.Error("a refused database was changed")
	}
}
