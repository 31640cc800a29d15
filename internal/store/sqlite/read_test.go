package sqlite

import (
	"bytes"
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	driver "modernc.org/sqlite"

	"helhet/internal/store"
)

// misses counts the pages that a fresh connection had to fetch for a read.
func misses(t *testing.T, e *Engine, read func()) (pages int) {
	t.Helper()
	fresh := newReaders(e.readers.name, 1)
	old := e.readers
	e.readers = fresh
	read()
	e.readers = old
	err := fresh.use(t.Context(), func(conn rawConn) (err error) {
		pages, _, err = conn.conn.(driver.DBStatus).Status(driver.DBStatusCacheMiss, false)
		return err
	})
	if err := errors.Join(err, fresh.close()); err != nil {
		t.Fatal(err)
	}
	return pages
}

// A body that the caller knows is not only left out: the pages that it fills stay untouched.
func TestKnownBodyIsNotRead(t *testing.T) {
	e := open(t)
	c := answers(t, e)
	doc, err := c.Insert(t.Context(), "large", answer{Note: strings.Repeat("n", 500_000)})
	if err != nil {
		t.Fatal(err)
	}
	get := func(known store.Revision, want int) func() {
		return func() {
			if record, err := e.Get(t.Context(), "answers", "large", known); err != nil || len(record.Body) < want || (want == 0 && record.Body != nil) {
				t.Errorf("%d bytes, %v", len(record.Body), err)
			}
		}
	}
	if whole, known := misses(t, e, get("", 500_000)), misses(t, e, get(doc.Revision, 0)); known > 10 || whole < 100 {
		t.Errorf("reading touched %d pages, knowing %d", whole, known)
	}
}

// A statement is planned once per connection, whatever it is asked for: planning costs more than the search.
func TestStatementsArePlannedOnce(t *testing.T) {
	e := open(t)
	c := answers(t, e)
	for i := range 20 {
		if _, err := c.Insert(t.Context(), fmt.Sprintf("d%02d", i), sample(int64(i))); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(limit int) {
		t.Helper()
		queries := []store.Query{
			{Limit: limit},
			{Equal: []store.Term{{Field: "assessment", Value: fmt.Sprint("a", limit)}}, Limit: limit},
			{Range: &store.Range{Field: "assessment", From: "a", To: fmt.Sprint("b", limit)}, Limit: limit},
			{Equal: []store.Term{{Field: store.PendingField, Value: true}}, Limit: limit},
			{In: &store.Membership{Field: store.IDField, Values: []any{"d01", "d02", "d03"}}, Limit: limit},
		}
		for _, q := range queries {
			if _, err := c.Count(t.Context(), q); err != nil {
				t.Fatal(err)
			}
			for pages := 0; pages < 3; pages++ {
				page, err := c.Find(t.Context(), q)
				if err != nil {
					t.Fatal(err)
				}
				if q.After = page.Next; q.After == "" {
					break
				}
			}
		}
		record, err := e.Get(t.Context(), "answers", "d01", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Get(t.Context(), "answers", "missing", record.Revision); !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		record.Keys[1] = limit%4 < 2
		if err := e.Replace(t.Context(), "answers", record, record.Revision); err != nil {
			t.Fatal(err)
		}
	}
	var planned atomic.Int64
	count := func(conn rawConn) error {
		// SQLite asks whenever a statement is prepared, and when it is prepared again.
		return conn.conn.(driver.AuthorizerRegisterer).RegisterAuthorizer(
			func(driver.AuthorizerActionCode, string, string, string, string) driver.AuthorizerReturnCode {
				planned.Add(1)
				return driver.AuthorizerOK
			})
	}
	err := e.writer.run(t.Context(), func(_ context.Context, conn rawConn) error { return count(conn) })
	if err := errors.Join(err, e.readers.use(t.Context(), count)); err != nil {
		t.Fatal(err)
	}
	for limit := range 4 {
		ask(limit + 1)
	}
	if planned.Swap(0) == 0 {
		t.Fatal("nothing was planned")
	}
	for limit := range 12 {
		ask(limit + 1)
	}
	if again := planned.Load(); again > 0 {
		t.Errorf("planned again, %d steps", again)
	}
}

// Another process may give a collection a new field while this one reads: what was prepared before goes on working.
func TestReadingBesideASchemaChange(t *testing.T) {
	dir := t.TempDir()
	e := openIn(t, dir)
	c := answers(t, e)
	for i := range 3 {
		if _, err := c.Insert(t.Context(), fmt.Sprint("d", i), sample(int64(i))); err != nil {
			t.Fatal(err)
		}
	}
	read := func() (records []store.Record) {
		t.Helper()
		for i := range 3 {
			record, err := e.Get(t.Context(), "answers", fmt.Sprint("d", i), "")
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, record)
		}
		plan := store.Plan{Collection: "answers", Index: store.Index{Name: "assessment", Fields: []string{"assessment", "id"}}, Limit: 10}
		found, err := e.Find(t.Context(), plan)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := e.Count(t.Context(), plan); err != nil || n != len(found) {
			t.Fatalf("counted %d, %v", n, err)
		}
		return append(records, found...)
	}
	before := read()

	other := openIn(t, dir)
	schemas, err := other.Collections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	grown := schemas[0]
	grown.Fields = append([]store.FieldSpec{{Name: "level", Type: store.Int}}, grown.Fields...)
	grown.Indexes = append([]store.Index{{Name: "level", Fields: []string{"level"}}}, grown.Indexes...)
	err = other.Ensure(t.Context(), []store.Schema{grown}, func(_ string, stored store.Record) ([]any, error) {
		return append([]any{int64(7)}, stored.Keys...), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	after := read()
	for i, want := range before {
		got := after[i]
		if got.ID != want.ID || got.Revision != want.Revision || !bytes.Equal(got.Body, want.Body) || fmt.Sprint(got.Keys) != fmt.Sprint(want.Keys) {
			t.Errorf("read %+v, want %+v", got, want)
		}
	}
}

// hold takes all of an engine's readers, until the function that it returns is called.
func hold(t *testing.T, e *Engine) (release func()) {
	t.Helper()
	var held, ended sync.WaitGroup
	free := make(chan struct{})
	for range cap(e.readers.taken) {
		held.Add(1)
		ended.Go(func() {
			err := e.readers.use(context.WithoutCancel(t.Context()), func(rawConn) error {
				held.Done()
				<-free
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	held.Wait()
	return func() { close(free); ended.Wait() }
}

// While all connections are in use a reader waits, as long as its caller does.
func TestReadersAreWaitedFor(t *testing.T) {
	e := open(t)
	answers(t, e)
	release := hold(t, e)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := e.Get(ctx, "answers", "a", ""); !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a caller who left: %v", err)
	}
	read := make(chan error)
	go func() {
		_, err := e.Get(t.Context(), "answers", "a", "")
		read <- err
	}()
	release()
	if err := <-read; !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a caller who waited: %v", err)
	}
}

// Close waits for the reads under way and refuses those that come later, also those that wait for a connection.
func TestCloseWaitsForReaders(t *testing.T) {
	e := open(t)
	answers(t, e)
	release := hold(t, e)
	closed := make(chan error)
	go func() { closed <- e.Close() }()
	for range 2 {
		if _, err := e.Get(t.Context(), "answers", "a", ""); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("read beside a close: %v", err)
		}
	}
	select {
	case err := <-closed:
		t.Fatalf("closed under its readers: %v", err)
	default:
	}
	release()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if _, err := e.Get(t.Context(), "answers", "a", ""); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("read after the close: %v", err)
	}
}

// A connection that was left in the middle of something is not used again, and its place is free.
func TestSpoiltReaderIsReplaced(t *testing.T) {
	e := open(t)
	c := answers(t, e)
	if _, err := c.Insert(t.Context(), "a", sample(1)); err != nil {
		t.Fatal(err)
	}
	for range 2 * cap(e.readers.taken) {
		func() {
			defer func() { _ = recover() }()
			_ = e.Snapshot(t.Context(), func(view store.View) error {
				return view.Scan(t.Context(), "answers", func(store.Record) error { panic("spoilt") })
			})
		}()
		err := e.readers.use(t.Context(), func(conn rawConn) error {
			return conn.query(t.Context(), "SELECT nothing", nil, func([]sqldriver.Value) error { return nil })
		})
		if err == nil {
			t.Fatal("nothing was selected")
		}
	}
	if _, err := c.Update(t.Context(), "a", func(v *answer) ([]store.Event, error) { v.Level = 5; return nil, nil }); err != nil {
		t.Fatal(err)
	}
	if doc, err := c.Get(t.Context(), "a"); err != nil || doc.Value.Level != 5 {
		t.Errorf("read %+v, %v", doc, err)
	}
}
