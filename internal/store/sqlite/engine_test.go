package sqlite

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "modernc.org/sqlite"

	"helhet/internal/store"
	"helhet/internal/store/storetest"
)

// open opens a fresh database that ends with the test.
func open(t testing.TB) *Engine {
	t.Helper()
	return openIn(t, t.TempDir())
}

func openIn(t testing.TB, dir string) *Engine {
	t.Helper()
	e, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// beside opens a connection that the engine on the folder knows nothing of, as another process would.
func beside(t *testing.T, dir string, more ...string) rawConn {
	t.Helper()
	conn, err := connect(t.Context(), dsn(filepath.Join(dir, fileName), append(pragmas(), more...)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.close(); err != nil {
			t.Error(err)
		}
	})
	return conn
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Engine { return open(t) })
}

// A folder that was there before may be open to everyone on the machine; what people wrote is not.
func TestFilesArePrivate(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	openIn(t, dir)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if open := info.Mode().Perm() & 0o077; open != 0 {
			t.Errorf("%s can be used by others: %v", f.Name(), info.Mode())
		}
	}
}

// The pragmas decide whether an acknowledgement is true, so they are read back from every kind of connection.
func TestPragmas(t *testing.T) {
	e := open(t)
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "busy_timeout": "2", "journal_size_limit": "67108864"}
	check := func(t *testing.T, name, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	for name, value := range want {
		var got string
		err := e.writer.run(t.Context(), func(ctx context.Context, conn rawConn) error {
			return conn.query(ctx, "PRAGMA "+name, nil, func(row []sqldriver.Value) error {
				got = fmt.Sprint(row[0])
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		check(t, "the writer's "+name, got, value)
	}
	want["query_only"], want["busy_timeout"] = "1", "5000" // the writer asks for its lock again and again
	var readers func(more int) error
	readers = func(more int) error { // all at once, so that they are different ones
		return e.readers.use(t.Context(), func(conn rawConn) error {
			for name, value := range want {
				check(t, "a reader's "+name, fmt.Sprint(one(t, conn, "PRAGMA "+name)), value)
			}
			if more == 0 {
				return nil
			}
			return readers(more - 1)
		})
	}
	if err := readers(cap(e.readers.taken) - 1); err != nil {
		t.Fatal(err)
	}
}

// one reads a single value.
func one(t *testing.T, conn rawConn, query string) (value any) {
	t.Helper()
	err := conn.query(t.Context(), query, nil, func(row []sqldriver.Value) error {
		value = row[0]
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestFolder(t *testing.T) {
	for _, name := range []string{"new", "with space", "100%", "what?is#this&that=", "ærlig/dyp"} {
		dir := filepath.Join(t.TempDir(), name)
		e := openIn(t, dir)
		answers(t, e)
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o700 {
			t.Errorf("%s may be entered by others: %v", name, info.Mode())
		}
		if _, err := os.Stat(filepath.Join(dir, fileName)); err != nil {
			t.Error(err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), file); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("opened a file as a folder: %v", err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, fileName), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("opened something else as a database: %v", err)
	}
}

func TestNewerLayoutIsRefused(t *testing.T) {
	dir := t.TempDir()
	e := openIn(t, dir)
	if err := e.writer.run(t.Context(), func(ctx context.Context, conn rawConn) error {
		return conn.exec(ctx, fmt.Sprintf("PRAGMA user_version = %d", layout+1))
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir); !errors.Is(err, store.ErrNewerShape) {
		t.Errorf("opened a newer layout: %v", err)
	}
}

// Every plan must be a search in its index, in the index's order: no scan, no sort, both ends of a range used.
func TestPlansAreSearches(t *testing.T) {
	e := open(t)
	answers(t, e)
	schema := e.tables["answers"].schema
	index := store.Index{Name: "assessment", Fields: []string{"assessment", "id"}}
	equal := []store.Term{{Field: "assessment", Value: "a"}}
	for name, test := range map[string]struct {
		plan store.Plan
		want string
	}{
		"all":           {store.Plan{Index: index}, "SCAN c_answers USING INDEX answers.assessment(assessment,id)"},
		"after":         {store.Plan{Index: index, After: []any{"a", "1"}}, "SEARCH c_answers USING INDEX answers.assessment(assessment,id) ((k_assessment,id)>(?,?))"},
		"equal":         {store.Plan{Index: index, Equal: equal}, "SEARCH c_answers USING INDEX answers.assessment(assessment,id) (k_assessment=?)"},
		"equal, after":  {store.Plan{Index: index, Equal: equal, After: []any{"a", "1"}}, "SEARCH c_answers USING INDEX answers.assessment(assessment,id) (k_assessment=? AND id>?)"},
		"equal, before": {store.Plan{Index: index, Equal: equal, After: []any{"a", "1"}, Reverse: true}, "SEARCH c_answers USING INDEX answers.assessment(assessment,id) (k_assessment=? AND id<?)"},
		"range":         {store.Plan{Index: index, Range: &store.Range{Field: "assessment", From: "a", To: "b"}}, "SEARCH c_answers USING INDEX answers.assessment(assessment,id) (k_assessment>? AND k_assessment<?)"},
		"range, after":  {store.Plan{Index: index, Range: &store.Range{Field: "assessment", From: "a", To: "b"}, After: []any{"a", "1"}}, "SEARCH c_answers USING INDEX answers.assessment(assessment,id) ((k_assessment,id)>(?,?) AND k_assessment<?)"},
		"range, before": {store.Plan{Index: index, Range: &store.Range{Field: "assessment", From: "a", To: "b"}, After: []any{"a", "1"}, Reverse: true}, "SEARCH c_answers USING INDEX answers.assessment(assessment,id) (k_assessment>? AND (k_assessment,id)<(?,?))"},
		"waiting": {store.Plan{Index: store.Index{Name: store.PendingField, Fields: []string{store.PendingField, "id"}}, Equal: []store.Term{{Field: store.PendingField, Value: true}}},
			"SEARCH c_answers USING INDEX answers.pending(pending,id) (k_pending=?)"},
		"one": {store.Plan{Index: primary(), Equal: []store.Term{{Field: "id", Value: "1"}}}, "SEARCH c_answers USING INDEX answers.id(id) (id=?)"},
	} {
		test.plan.Limit = 10
		s, err := searchOf(schema, test.plan, e.tables["answers"].list)
		if err != nil {
			t.Fatal(err)
		}
		var steps []string
		err = e.readers.use(t.Context(), func(conn rawConn) error {
			return conn.query(t.Context(), "EXPLAIN QUERY PLAN "+s.query, s.args, func(row []sqldriver.Value) error {
				steps = append(steps, fmt.Sprint(row[3]))
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(steps, "; "); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, test.want)
		}
	}
}

// A disk that fills up fails the whole group, and every member hears of it; when there is room again, writing goes on.
func TestFullDisk(t *testing.T) {
	e := open(t)
	c := answers(t, e)
	limit := func(pages int) {
		t.Helper()
		if err := e.writer.run(t.Context(), func(ctx context.Context, conn rawConn) error {
			return conn.query(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages), nil, func([]sqldriver.Value) error { return nil })
		}); err != nil {
			t.Fatal(err)
		}
	}
	limit(40)
	const writers = 60
	errs := make([]error, writers)
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			_, errs[i] = c.Insert(t.Context(), fmt.Sprint("d", i), answer{Note: strings.Repeat("n", 8000)})
		})
	}
	group.Wait()
	limit(1 << 30)
	failed := 0
	for i, err := range errs {
		_, getErr := c.Get(t.Context(), fmt.Sprint("d", i))
		switch {
		case err == nil && getErr != nil:
			t.Errorf("d%d was acknowledged and is not there: %v", i, getErr)
		case err != nil && !errors.Is(err, store.ErrUnavailable):
			t.Errorf("d%d: %v", i, err)
		case err != nil:
			failed++
			if !errors.Is(getErr, store.ErrNotFound) {
				t.Errorf("d%d failed and is there: %v", i, getErr)
			}
		}
	}
	if failed == 0 {
		t.Error("nothing failed")
	}
	if _, err := c.Insert(t.Context(), "later", answer{}); err != nil {
		t.Error(err)
	}
}

// A commit that fails may yet be found after a crash, so nobody in the group is told that it did not happen.
func TestFailedCommit(t *testing.T) {
	dir := t.TempDir()
	e := openIn(t, dir)
	answers(t, e)
	conn := beside(t, dir, "foreign_keys(1)")
	// A deferred constraint makes the commit fail, as a disk would.
	for _, statement := range []string{
		`CREATE TABLE parents (id INTEGER PRIMARY KEY)`,
		`CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)`,
		`CREATE TRIGGER orphans AFTER INSERT ON c_answers WHEN new.id = 'orphan' BEGIN INSERT INTO children VALUES (1); END`,
	} {
		if err := conn.exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	group := func(ids ...string) []error {
		var ops []*op
		for _, id := range ids {
			row, err := e.tables["answers"].row(store.Record{ID: id, Revision: "r", Shape: 1, Keys: []any{"a", false}, Body: []byte{5, 0, 0, 0, 0}})
			if err != nil {
				t.Fatal(err)
			}
			ops = append(ops, newOp(e.tables["answers"], opInsert, id, 5, row))
		}
		commit(conn, ops)
		var errs []error
		for _, o := range ops {
			errs = append(errs, o.outcome(t.Context()))
		}
		return errs
	}
	for i, err := range group("a", "orphan", "a", "b") {
		if !errors.Is(err, store.ErrOutcomeUnknown) || errors.Is(err, store.ErrExists) {
			t.Errorf("member %d: %v, want %v", i, err, store.ErrOutcomeUnknown)
		}
	}
	for i, err := range group("a", "b", "a") { // the connection works on, and nothing was left
		if want := []error{nil, nil, store.ErrExists}[i]; !errors.Is(err, want) {
			t.Errorf("member %d afterwards: %v, want %v", i, err, want)
		}
	}
}

// pagesWritten tells how many pages went into the log since it was asked before.
func pagesWritten(t *testing.T, e *Engine) (pages int) {
	t.Helper()
	if err := e.writer.run(t.Context(), func(_ context.Context, conn rawConn) (err error) {
		pages, _, err = conn.conn.(driver.DBStatus).Status(driver.DBStatusCacheWrite, true)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return pages
}

// A change of few bytes in a document of many pages writes few of them, also when it makes the document a little longer and adds an event;
// and what is read is what was written.
func TestChangingLittleWritesLittle(t *testing.T) {
	e := open(t)
	answers(t, e)
	document := func(bytes int, mark string) []byte {
		text := strings.Repeat("x", bytes/2) + mark + strings.Repeat("y", bytes-bytes/2-len(mark)-12)
		body, err := bson.Marshal(bson.D{{Key: "a", Value: text}})
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	record := store.Record{ID: "a", Revision: "0", Shape: 1, Keys: []any{"a", true}, Body: document(40_000, "0"), Pending: document(1000, "0")}
	if err := errors.Join(e.Insert(t.Context(), "answers", []store.Record{record})...); err != nil {
		t.Fatal(err)
	}
	whole := pagesWritten(t, e)
	for i, change := range []struct {
		what          string
		body, pending []byte
		most          int // pages: that of the keys, the body's, the events'
	}{
		{"a character", document(40_000, "1"), record.Pending, 2},
		{"the last characters", document(40_100, "1"), record.Pending, whole/2 + 2},
		{"a character and an event", document(40_100, "2"), document(1200, "1"), 4},
		{"all", document(40_100, strings.Repeat("z", 15_000)), nil, whole + 1},
	} {
		at := record.Revision
		record.Revision, record.Body, record.Pending = store.Revision(fmt.Sprint(i+1)), change.body, change.pending
		if err := e.Replace(t.Context(), "answers", record, at); err != nil {
			t.Fatal(err)
		}
		if pages := pagesWritten(t, e); pages > change.most {
			t.Errorf("%s: wrote %d pages of %d, want %d at most", change.what, pages, whole, change.most)
		}
		got, err := e.Get(t.Context(), "answers", "a", "")
		if err != nil || string(got.Body) != string(record.Body) || string(got.Pending) != string(record.Pending) {
			t.Errorf("%s: read %d and %d bytes, %v", change.what, len(got.Body), len(got.Pending), err)
		}
	}
}

// A replacement writes the indexes whose values it changes, and no other.
func TestReplacingWritesWhatChanges(t *testing.T) {
	e := open(t)
	answers(t, e)
	record := store.Record{ID: "a", Revision: "0", Shape: 1, Keys: []any{"a", false}, Body: []byte{5, 0, 0, 0, 0}}
	if err := errors.Join(e.Insert(t.Context(), "answers", []store.Record{record})...); err != nil {
		t.Fatal(err)
	}
	pagesWritten(t, e)
	for i, test := range []struct {
		keys  []any
		pages int // the table's, and one for each index
	}{{[]any{"a", false}, 1}, {[]any{"a", true}, 2}, {[]any{"b", true}, 3}, {[]any{"c", false}, 3}} {
		at := record.Revision
		record.Revision, record.Keys = store.Revision(fmt.Sprint(i+1)), test.keys
		if err := e.Replace(t.Context(), "answers", record, at); err != nil {
			t.Fatal(err)
		}
		if pages := pagesWritten(t, e); pages != test.pages {
			t.Errorf("%v wrote %d pages, want %d", test.keys, pages, test.pages)
		}
		got, err := e.Get(t.Context(), "answers", "a", "")
		if err != nil || got.Revision != record.Revision || fmt.Sprint(got.Keys) != fmt.Sprint(test.keys) {
			t.Errorf("read %+v, %v", got, err)
		}
	}
}

// A lock that another process holds is waited for; one that it never gives back is "unavailable", with nothing written.
func TestHeldLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := openIn(t, dir)
	c := answers(t, e)
	other := beside(t, dir)
	for _, test := range []struct {
		id   string
		want error
	}{{"waits", nil}, {"gives up", store.ErrUnavailable}} {
		if err := other.begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() {
			_, err := c.Insert(t.Context(), test.id, answer{})
			done <- err
		}()
		if test.want == nil {
			for begun := false; !begun; { // the writer has taken it up
				e.writer.mu.Lock()
				begun = e.writer.waiting == nil
				e.writer.mu.Unlock()
			}
			if err := other.rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := <-done; !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.id, err, test.want)
		}
		if test.want != nil {
			if err := other.rollback(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Get(t.Context(), test.id); (err == nil) != (test.want == nil) {
			t.Errorf("%s: read with %v", test.id, err)
		}
	}
}

// What waits while a commit is under way goes into the next one, and each member keeps its own outcome.
func TestGroup(t *testing.T) {
	dir := t.TempDir()
	e := openIn(t, dir)
	c := answers(t, e)
	if _, err := c.Insert(t.Context(), "there", answer{}); err != nil {
		t.Fatal(err)
	}
	holding, release := make(chan struct{}), make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		err := e.writer.run(t.Context(), func(context.Context, rawConn) error {
			close(holding)
			<-release
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-holding
	gone, leave := context.WithCancel(t.Context())
	const writers = 20
	errs := make([]error, writers)
	for i := range writers {
		group.Go(func() {
			switch i {
			case 0:
				_, errs[i] = c.Insert(t.Context(), "there", answer{})
			case 1:
				_, errs[i] = c.Insert(gone, "gone", answer{})
			default:
				_, errs[i] = c.Insert(t.Context(), fmt.Sprint("d", i), answer{})
			}
		})
	}
	for waiting := 0; waiting < writers; {
		e.writer.mu.Lock()
		waiting = len(e.writer.waiting)
		e.writer.mu.Unlock()
	}
	leave()
	for {
		e.writer.mu.Lock()
		left := false
		for _, o := range e.writer.waiting {
			left = left || o.begun.Load() == opLeft
		}
		e.writer.mu.Unlock()
		if left {
			break
		}
	}
	other := beside(t, dir)
	before := commits(t, other)
	close(release)
	group.Wait()
	if made := commits(t, other) - before; made > 2 {
		t.Errorf("%d writes took %d commits", writers-1, made)
	}
	for i, err := range errs {
		want := map[int]error{0: store.ErrExists, 1: store.ErrUnavailable}[i]
		if !errors.Is(err, want) {
			t.Errorf("write %d: %v, want %v", i, err, want)
		}
	}
	if _, err := c.Get(t.Context(), "gone"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a write whose caller left was made: %v", err)
	}
	if n, err := c.Count(t.Context(), store.Query{Limit: 100}); err != nil || n != writers-1 {
		t.Errorf("%d documents, %v, want %d", n, err, writers-1)
	}
}

// commits reads how many commits others have made, as one connection sees it.
func commits(t *testing.T, conn rawConn) int64 {
	t.Helper()
	n, _ := one(t, conn, "PRAGMA data_version").(int64)
	return n
}

// A snapshot shows one moment over all collections, whatever is written while it is read.
func TestSnapshotIsOneMoment(t *testing.T) {
	e := open(t)
	db := store.Open(e)
	spec := func(name string) store.Spec[answer] { return store.Spec[answer]{Name: name, Shape: 1} }
	a, b := store.NewCollection(db, spec("a")), store.NewCollection(db, spec("b"))
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	put := func(n int) {
		t.Helper()
		for _, c := range []*store.Collection[answer]{b, a} {
			if _, err := c.Insert(t.Context(), fmt.Sprint(n), answer{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	put(1)
	err := e.Snapshot(t.Context(), func(view store.View) error {
		seen := map[string]int{}
		for _, name := range []string{"a", "b"} {
			put(len(seen) + 2)
			if err := view.Scan(t.Context(), name, func(store.Record) error { seen[name]++; return nil }); err != nil {
				return err
			}
		}
		if seen["a"] != 1 || seen["b"] != 1 {
			t.Errorf("the snapshot shows %v", seen)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Ensure is one transaction: cut off in the middle, it has changed nothing.
func TestEnsureIsWhole(t *testing.T) {
	e := open(t)
	c := answers(t, e)
	for i := range 3 {
		if _, err := c.Insert(t.Context(), fmt.Sprint(i), sample(int64(i))); err != nil {
			t.Fatal(err)
		}
	}
	before, err := e.Collections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	grown := before[0]
	grown.Fields = append([]store.FieldSpec{{Name: "level", Type: store.Int}}, grown.Fields...)
	grown.Indexes = append([]store.Index{{Name: "level", Fields: []string{"level"}}}, grown.Indexes...)
	fresh := store.Schema{Collection: "abc", Shape: 1, Fields: before[0].Fields, Indexes: before[0].Indexes}
	broken := errors.New("broken")
	n := 0
	err = e.Ensure(t.Context(), []store.Schema{fresh, grown}, func(string, store.Record) ([]any, error) {
		if n++; n == 3 {
			return nil, broken
		}
		return []any{int64(n), "a", false}, nil
	})
	if !errors.Is(err, broken) {
		t.Fatalf("got %v, want %v", err, broken)
	}
	after, err := e.Collections(t.Context())
	if err != nil || len(after) != 1 || len(after[0].Fields) != len(before[0].Fields) {
		t.Fatalf("left %+v, %v", after, err)
	}
	if docs, err := c.Find(t.Context(), store.Query{Limit: 10}); err != nil || len(docs.Docs) != 3 {
		t.Fatalf("%d documents, %v", len(docs.Docs), err)
	}
}
