package sqlite

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"helhet/internal/store"
)

// rawConn is a connection of the driver's own, for one goroutine at a time: statements prepared once and run without the bookkeeping of
// database/sql, which costs more than a small read. A statement whose table another process has changed is prepared anew by SQLite.
//
// For a statement under a context that can end the driver starts a goroutine, so one whose work is bounded gets
// [context.Background].
type rawConn struct {
	conn     driverConnection
	prepared map[string]sqldriver.Stmt // as many as there are kinds of plan and of write
}

// driverConnection is what is needed of the driver.
type driverConnection interface {
	sqldriver.Conn
	sqldriver.ConnPrepareContext
}

// connect opens a connection. Turning a new file to the write-ahead log needs it alone, and SQLite gives up at once
// when two processes try; so a busy file is tried again for as long as any other lock is waited for.
func connect(ctx context.Context, name string) (rawConn, error) {
	connector, err := driver.NewConnector(name)
	if err != nil {
		return rawConn{}, err
	}
	deadline := time.Now().Add(busyTimeout)
	for {
		conn, err := connector.Connect(ctx)
		if err == nil {
			raw, ok := conn.(driverConnection)
			if !ok {
				return rawConn{}, errors.Join(fmt.Errorf("sqlite: the driver's connection is a %T", conn), conn.Close())
			}
			return rawConn{conn: raw, prepared: map[string]sqldriver.Stmt{}}, nil
		}
		if code(err) != lib.SQLITE_BUSY || time.Now().After(deadline) {
			return rawConn{}, err
		}
		select {
		case <-ctx.Done():
			return rawConn{}, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (c rawConn) close() error {
	for _, prepared := range c.prepared {
		// Closing reports the statement's last failure again, which its caller has already been told.
		_ = prepared.Close()
	}
	return c.conn.Close()
}

func named(args []any) []sqldriver.NamedValue {
	values := make([]sqldriver.NamedValue, len(args))
	for i, arg := range args {
		values[i] = sqldriver.NamedValue{Ordinal: i + 1, Value: arg}
	}
	return values
}

func (c rawConn) prepare(ctx context.Context, statement string) (sqldriver.Stmt, error) {
	if prepared := c.prepared[statement]; prepared != nil {
		return prepared, nil
	}
	prepared, err := c.conn.PrepareContext(ctx, statement)
	if err != nil {
		return nil, err
	}
	c.prepared[statement] = prepared
	return prepared, nil
}

// change runs a statement and says how many rows it changed.
func (c rawConn) change(ctx context.Context, statement string, args []sqldriver.NamedValue) (int64, error) {
	prepared, err := c.prepare(ctx, statement)
	if err != nil {
		return 0, err
	}
	result, err := prepared.(sqldriver.StmtExecContext).ExecContext(ctx, args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (c rawConn) exec(ctx context.Context, statement string, args ...any) error {
	_, err := c.change(ctx, statement, named(args))
	return err
}

func (c rawConn) execAll(ctx context.Context, statements []string) error {
	for _, statement := range statements {
		if err := c.exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// query visits the rows of a statement until the context ends. A row is only valid during its visit, but each text and each []byte in
// it is a copy of its own, which the visitor may keep.
func (c rawConn) query(ctx context.Context, statement string, args []sqldriver.NamedValue, visit func([]sqldriver.Value) error) error {
	prepared, err := c.prepare(ctx, statement)
	if err != nil {
		return err
	}
	rows, err := prepared.(sqldriver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return err
	}
	row := make([]sqldriver.Value, len(rows.Columns()))
	for {
		err := rows.Next(row)
		if errors.Is(err, io.EOF) {
			return rows.Close()
		}
		if err == nil {
			err = visit(row)
		}
		if err != nil {
			return errors.Join(err, rows.Close())
		}
	}
}

// moment lets all that f reads show the file as it stood at f's first read.
func (c rawConn) moment(f func() error) error {
	ctx := context.Background()
	if err := c.exec(ctx, "BEGIN"); err != nil {
		return err
	}
	return errors.Join(f(), c.rollback(ctx))
}

// transaction runs f in a transaction of its own.
func (c rawConn) transaction(f func(ctx context.Context, conn rawConn) error) error {
	ctx := context.Background()
	if err := c.begin(ctx); err != nil {
		return err
	}
	if err := f(ctx, c); err != nil {
		if code(err) != 0 {
			err = unavailable("write", err)
		}
		return errors.Join(err, c.rollback(ctx))
	}
	if err := c.exec(ctx, "COMMIT"); err != nil {
		return errors.Join(fmt.Errorf("%w: commit: %w", store.ErrOutcomeUnknown, err), c.rollback(ctx))
	}
	return nil
}

// begin takes the file's write lock, waiting up to busyTimeout. SQLite itself looks for the lock ever more seldom, down to
// ten times a second, and so may find it taken each time while another process writes without a pause; asked again every
// few milliseconds ([lockAttempt]) it looks often enough for its turn to come.
func (c rawConn) begin(ctx context.Context) error {
	deadline := time.Now().Add(busyTimeout)
	for {
		err := c.exec(ctx, "BEGIN IMMEDIATE")
		if err == nil {
			return nil
		}
		if code(err) != lib.SQLITE_BUSY || time.Now().After(deadline) {
			return unavailable("begin", err)
		}
	}
}

// rollback ends a failed transaction. After some failures (a full disk) SQLite has ended it already and says so.
func (c rawConn) rollback(ctx context.Context) error {
	err := c.exec(ctx, "ROLLBACK")
	if code(err) == lib.SQLITE_ERROR {
		return nil
	}
	return err
}
