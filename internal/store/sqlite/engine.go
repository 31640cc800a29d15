// Package sqlite is the store's embedded engine: one file in the data folder, pure Go, write-ahead log, a flush to disk before
// any acknowledgement. Several processes on one host may share the file; a network file system may not hold it.
package sqlite

import (
	"context"
	"database/sql"
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
	lib "modernc.org/sqlite/lib"

	"helhet/internal/store"
)

const (
	// fileName is the database inside its folder; beside it stand SQLite's own -wal and -shm while it is open.
	fileName = "helhet.db"
	// layout is the version of how the engine keeps records in tables, in the database's user_version.
	layout = 1
	// busyTimeout is how long a connection waits for another process' lock.
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
	writes *sql.DB
	reads  *sql.DB
	writer *writer

	mu       sync.RWMutex
	tables   map[string]*table
	prepared map[string]*sql.Stmt // of the read pool; as many as there are kinds of plan

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
	e := &Engine{tables: map[string]*table{}, prepared: map[string]*sql.Stmt{}}
	if e.writes, err = sql.Open("sqlite", dsn(path, "immediate", pragmas())); err != nil {
		return nil, unavailable("open", err)
	}
	e.writes.SetMaxOpenConns(1)
	if e.reads, err = sql.Open("sqlite", dsn(path, "deferred", append(pragmas(), "query_only(1)"))); err != nil {
		return nil, errors.Join(unavailable("open", err), e.writes.Close())
	}
	readers := max(4, 2*runtime.GOMAXPROCS(0))
	e.reads.SetMaxOpenConns(readers)
	e.reads.SetMaxIdleConns(readers)
	if err := e.start(ctx); err != nil {
		return nil, errors.Join(err, e.reads.Close(), e.writes.Close())
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
func dsn(path, lock string, pragmas []string) string {
	query := url.Values{"_txlock": {lock}, "_pragma": pragmas}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
}

// start connects, makes the engine's own tables and starts the writer.
func (e *Engine) start(ctx context.Context) error {
	conn, err := connect(ctx, e.writes)
	if err != nil {
		return err
	}
	if err := prepareFile(ctx, conn); err != nil {
		return errors.Join(err, conn.Close())
	}
	if err := e.load(ctx); err != nil {
		return errors.Join(err, conn.Close())
	}
	if e.writer, err = startWriter(conn); err != nil {
		return errors.Join(err, conn.Close())
	}
	return nil
}

// connect opens the writer's connection. Turning a new file to the write-ahead log needs it alone, and SQLite gives up at once
// when two processes try; so a busy file is tried again for as long as any other lock is waited for.
func connect(ctx context.Context, db *sql.DB) (*sql.Conn, error) {
	deadline := time.Now().Add(busyTimeout)
	for {
		conn, err := db.Conn(ctx)
		if err == nil {
			return conn, nil
		}
		if code(err) != lib.SQLITE_BUSY || time.Now().After(deadline) {
			return nil, unavailable("open", err)
		}
		select {
		case <-ctx.Done():
			return nil, unavailable("open", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// prepareFile makes the engine's own tables in a new file and refuses one that a newer engine has laid out.
func prepareFile(ctx context.Context, conn *sql.Conn) error {
	var version int
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return unavailable("open", err)
	}
	if version > layout {
		return fmt.Errorf("%w: the file's layout is %d, this program knows %d", store.ErrNewerShape, version, layout)
	}
	if version == layout {
		return nil
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return unavailable("open", err)
	}
	for _, statement := range []string{
		`CREATE TABLE IF NOT EXISTS "helhet_schemas" ("collection" TEXT PRIMARY KEY NOT NULL, "definition" BLOB NOT NULL) STRICT`,
		`CREATE TABLE IF NOT EXISTS "helhet_pings" ("one" INTEGER PRIMARY KEY NOT NULL, "count" INTEGER NOT NULL) STRICT`,
		fmt.Sprintf("PRAGMA user_version = %d", layout),
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return errors.Join(unavailable("open", err), tx.Rollback())
		}
	}
	if err := tx.Commit(); err != nil {
		return unavailable("open", err)
	}
	return nil
}

// Ping writes one small row, so that a full or read-only disk shows too.
func (e *Engine) Ping(ctx context.Context) error {
	return e.writer.run(ctx, func(ctx context.Context, conn rawConn) error {
		return conn.exec(ctx, `INSERT INTO "helhet_pings" ("one", "count") VALUES (1, 1) ON CONFLICT ("one") DO UPDATE SET "count" = "count" + 1`)
	})
}

// Close waits for the writes that were begun, refuses new ones and closes the file. It may be called twice.
func (e *Engine) Close() error {
	e.closing.Do(func() {
		err := errors.Join(e.writer.stop(), e.reads.Close(), e.writes.Close())
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

// read finds the prepared statement of a query, which every connection of the pool prepares once.
func (e *Engine) read(ctx context.Context, query string) (*sql.Stmt, error) {
	e.mu.RLock()
	prepared := e.prepared[query]
	e.mu.RUnlock()
	if prepared != nil {
		return prepared, nil
	}
	prepared, err := e.reads.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if first := e.prepared[query]; first != nil {
		return first, prepared.Close()
	}
	e.prepared[query] = prepared
	return prepared, nil
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
