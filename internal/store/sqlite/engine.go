// Package sqlite is the store's embedded engine: one file in the data folder, pure Go, write-ahead log, a flush to disk before
// any acknowledgement. Several processes on one host may share the file; a network file system may not hold it.
package sqlite

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	driver "modernc.org/sqlite"

	"helhet/internal/store"
)

const (
	// fileName is the database inside its folder; beside it stand SQLite's own -wal and -shm while it is open.
	fileName = "helhet.db"
	// layout is the version of how the engine keeps records in tables, in the database's user_version: since 2 large documents are filled up
	// (see filled), since 3 the index of waiting events leaves out what does not wait (see only). Earlier programs can't use either.
	layout     = 3
	markLayout = "PRAGMA user_version = 3"
	// busyTimeout is how long another process' lock is waited for.
	busyTimeout = 5 * time.Second
)

// pragmas stand in the connection string, so that every connection of a pool has them.
func pragmas() []string {
	return []string{
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"journal_mode(WAL)",
		"synchronous(FULL)",
		"journal_size_limit(67108864)", // a log that a long backup let grow is cut back
	}
}

// Engine is a database in a folder. See [store.Engine] for its methods.
type Engine struct {
	writer  *writer
	readers *readers

	mu     sync.RWMutex
	tables map[string]*table

	closing sync.Once
	closed  error
}

// Open opens the database in dir, and makes both when missing; only the user may enter a folder or read a file made here.
func Open(ctx context.Context, dir string) (*Engine, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("%w: data folder: %w", store.ErrUnavailable, err)
	}
	path, err := filepath.Abs(filepath.Join(dir, fileName))
	if err != nil {
		return nil, fmt.Errorf("%w: data folder: %w", store.ErrUnavailable, err)
	}
	if err := createPrivate(path); err != nil {
		return nil, fmt.Errorf("%w: database file: %w", store.ErrUnavailable, err)
	}
	conn, err := connect(ctx, dsn(path, pragmas()))
	if err != nil {
		return nil, unavailable("open", err)
	}
	e := &Engine{
		readers: newReaders(dsn(path, append(pragmas(), "query_only(1)")), max(4, 2*runtime.GOMAXPROCS(0))),
		tables:  map[string]*table{},
	}
	if err := e.start(ctx, conn); err != nil {
		return nil, errors.Join(err, e.readers.close(), conn.close())
	}
	return e, nil
}

// createPrivate makes the file when it is missing, for its user alone: the folder may have been there before, open to others. SQLite
// gives the files beside it the same mode. A file that exists is left alone and not even opened: closing it again would end the
// locks that this process holds on it.
func createPrivate(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// dsn is the connection string of a database file.
func dsn(path string, pragmas []string) string {
	return (&url.URL{Scheme: "file", Path: path, RawQuery: url.Values{"_pragma": pragmas}.Encode()}).String()
}

// start makes the engine's own tables and starts the writer on the connection given.
func (e *Engine) start(ctx context.Context, conn rawConn) error {
	if err := prepareFile(ctx, conn); err != nil {
		return err
	}
	if err := e.load(ctx); err != nil {
		return err
	}
	e.writer = startWriter(conn)
	return nil
}

// prepareFile makes the engine's own tables in a new file and refuses one that a newer engine has laid out.
func prepareFile(ctx context.Context, conn rawConn) error {
	version, err := layoutOf(ctx, conn)
	if err != nil {
		return unavailable("open", err)
	}
	if version > layout {
		return fmt.Errorf("%w: the file's layout is %d, this program knows %d", store.ErrNewerShape, version, layout)
	}
	// From here on the connection only writes, and begin waits.
	if err := conn.exec(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", lockAttempt.Milliseconds())); err != nil {
		return unavailable("open", err)
	}
	if version > 0 {
		return nil // of an earlier layout: Ensure raises it, if it takes the database at all
	}
	return conn.transaction(func(ctx context.Context, conn rawConn) error {
		for _, statement := range []string{
			`CREATE TABLE IF NOT EXISTS "helhet_schemas" ("collection" TEXT PRIMARY KEY NOT NULL, "definition" BLOB NOT NULL) STRICT`,
			`CREATE TABLE IF NOT EXISTS "helhet_pings" ("one" INTEGER PRIMARY KEY NOT NULL, "count" INTEGER NOT NULL) STRICT`,
			markLayout,
		} {
			if err := conn.exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

func layoutOf(ctx context.Context, conn rawConn) (version int64, err error) {
	err = conn.query(ctx, "PRAGMA user_version", nil, func(row []sqldriver.Value) error {
		version, _ = row[0].(int64)
		return nil
	})
	return version, err
}

// Ping writes one small row, so that a full or read-only disk shows too.
func (e *Engine) Ping(ctx context.Context) error {
	return e.writer.run(ctx, func(ctx context.Context, conn rawConn) error {
		return conn.exec(ctx, `INSERT INTO "helhet_pings" ("one", "count") VALUES (1, 1) ON CONFLICT ("one") DO UPDATE SET "count" = "count" + 1`)
	})
}

// Close waits for the reads and writes that were begun, refuses new ones and closes the file. It may be called twice.
func (e *Engine) Close() error {
	e.closing.Do(func() {
		err := errors.Join(e.writer.stop(), e.readers.close())
		if err != nil {
			e.closed = unavailable("close", err)
		}
	})
	return e.closed
}

// table finds how a collection is kept.
func (e *Engine) table(collection string) (*table, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if t := e.tables[collection]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("%w: no collection %q has been ensured", store.ErrInvalid, collection)
}

// code gives SQLite's primary result code of an error, 0 if it is none of its own.
func code(err error) int {
	var failure *driver.Error
	if errors.As(err, &failure) {
		return failure.Code() & 0xff
	}
	return 0
}

func unavailable(doing string, err error) error {
	return fmt.Errorf("%w: %s: %w", store.ErrUnavailable, doing, err)
}
