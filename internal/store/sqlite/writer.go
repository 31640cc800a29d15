package sqlite

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	lib "modernc.org/sqlite/lib"

	"helhet/internal/store"
)

const (
	// groupOps and groupBytes bound one commit, and with it how long a single writer waits for the others'.
	groupOps   = 512
	groupBytes = 16 << 20
	// lockAttempt is how long SQLite waits for another process' lock before the writer asks again; it looks for it after each
	// millisecond. As SQLite's own time limit it needs no context, for which the driver would start a goroutine per group.
	lockAttempt = 2 * time.Millisecond
)

// writer owns the one connection that writes. Callers hand it operations; it gathers those that wait into one transaction and
// answers them when the commit is on disk. Each operation has an outcome of its own: a statement that fails is undone alone.
// A transaction that fails as a whole is reported to every member.
type writer struct {
	wake    chan struct{} // holds one token while there may be something to do
	stopped chan struct{}
	fault   error // of closing the connection; read after stopped

	mu      sync.Mutex
	waiting []*op
	closed  bool
}

// op is one operation and its outcome.
type op struct {
	table  *table
	kind   opKind
	id     string // for telling a lost race from a missing document
	args   []sqldriver.NamedValue
	size   int
	alone  func(ctx context.Context, conn rawConn) error // instead of a statement: a transaction of its own
	begun  atomic.Int32                                  // opWaiting, opTaken or opLeft
	done   chan struct{}
	result error
}

type opKind int

const (
	opInsert opKind = iota
	opReplace
	opDelete
)

const (
	opWaiting int32 = iota
	opTaken         // the writer has it: the caller waits for the outcome
	opLeft          // the caller went away before: nothing is written
)

func startWriter(conn rawConn) *writer {
	w := &writer{wake: make(chan struct{}, 1), stopped: make(chan struct{})}
	go func() {
		defer close(w.stopped)
		w.loop(conn)
		w.fault = conn.close()
	}()
	return w
}

// stop lets the operations that wait be done and ends the writer.
func (w *writer) stop() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.nudge()
	<-w.stopped
	return w.fault
}

func (w *writer) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// submit queues operations; they stay in this order. A caller that has gone already writes nothing.
func (w *writer) submit(ctx context.Context, ops ...*op) error {
	if ctx.Err() != nil {
		return unavailable("write", ctx.Err())
	}
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return fmt.Errorf("%w: the database is closed", store.ErrUnavailable)
	}
	w.waiting = append(w.waiting, ops...)
	w.mu.Unlock()
	w.nudge()
	return nil
}

// outcome waits for an operation. A context that ends takes it back if the writer has not begun it.
func (o *op) outcome(ctx context.Context) error {
	select {
	case <-o.done:
	case <-ctx.Done():
		if o.begun.CompareAndSwap(opWaiting, opLeft) {
			return unavailable("write", ctx.Err())
		}
		<-o.done
	}
	return o.result
}

// run hands the writer a transaction of its own.
func (w *writer) run(ctx context.Context, alone func(ctx context.Context, conn rawConn) error) error {
	o := &op{alone: alone, done: make(chan struct{})}
	if err := w.submit(ctx, o); err != nil {
		return err
	}
	return o.outcome(ctx)
}

func (w *writer) loop(conn rawConn) {
	for {
		group, more, closed := w.gather()
		switch {
		case len(group) == 1 && group[0].alone != nil:
			group[0].result = conn.transaction(group[0].alone)
			close(group[0].done)
		case len(group) > 0:
			commit(conn, group)
		}
		if closed && !more {
			return
		}
		if !more {
			<-w.wake
		}
	}
}

// gather takes what waits, up to the bounds of a group, and says whether more waits and whether the end has come.
func (w *writer) gather() (group []*op, more, closed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, bytes := 0, 0
	for ; n < len(w.waiting) && len(group) < groupOps; n++ {
		o := w.waiting[n]
		if len(group) > 0 && (o.alone != nil || bytes+o.size > groupBytes) {
			break
		}
		if !o.begun.CompareAndSwap(opWaiting, opTaken) {
			continue // its caller left
		}
		group, bytes = append(group, o), bytes+o.size
		if o.alone != nil {
			n++
			break
		}
	}
	w.waiting = w.waiting[n:]
	if len(w.waiting) == 0 {
		w.waiting = nil
	}
	return group, len(w.waiting) > 0, w.closed
}

// commit writes a group in one transaction and answers its members.
func commit(conn rawConn, group []*op) {
	ctx := context.Background() // an acknowledged neighbour must not depend on one caller's patience
	err := func() error {
		if err := conn.begin(ctx); err != nil {
			return err
		}
		for _, o := range group {
			err := o.apply(ctx, conn)
			if err != nil && !ownFault(err) {
				return errors.Join(unavailable("write", err), conn.rollback(ctx))
			}
			o.result = err
		}
		if err := conn.exec(ctx, "COMMIT"); err != nil {
			// The log may hold the whole commit although its flush failed, and a crash now would bring it back.
			return errors.Join(fmt.Errorf("%w: commit: %w", store.ErrOutcomeUnknown, err), conn.rollback(ctx))
		}
		return nil
	}()
	for _, o := range group {
		if err != nil {
			o.result = err
		}
		close(o.done)
	}
}

// apply runs one operation inside the group's transaction.
func (o *op) apply(ctx context.Context, conn rawConn) error {
	statements := [...][]string{opInsert: {o.table.insert}, opReplace: o.table.replace, opDelete: {o.table.remove}}[o.kind]
	var changed int64
	var err error
	for _, statement := range statements {
		if changed, err = conn.change(ctx, statement, o.args); changed > 0 || err != nil {
			break
		}
	}
	if err != nil {
		if code(err) == lib.SQLITE_CONSTRAINT {
			// A program that knows the table's columns breaks no constraint: a newer one has rebuilt it.
			return fmt.Errorf("%w: %s: %w", store.ErrNewerShape, o.table.schema.Collection, err)
		}
		return err
	}
	if changed == 1 {
		return nil
	}
	if o.kind == opInsert {
		return store.ErrExists
	}
	exists := false
	err = conn.query(ctx, o.table.probe, []sqldriver.NamedValue{{Ordinal: 1, Value: o.id}}, func([]sqldriver.Value) error {
		exists = true
		return nil
	})
	switch {
	case err != nil:
		return err
	case exists:
		return store.ErrConflict
	}
	return store.ErrNotFound
}

// ownFault tells an operation's own outcome from a failure of the transaction it was in.
func ownFault(err error) bool {
	for _, own := range []error{store.ErrExists, store.ErrConflict, store.ErrNotFound, store.ErrNewerShape} {
		if errors.Is(err, own) {
			return true
		}
	}
	return false
}

// Insert writes new records, in groups with whatever else waits.
func (e *Engine) Insert(ctx context.Context, collection string, records []store.Record) []error {
	errs := make([]error, len(records))
	t, err := e.table(collection)
	if err != nil {
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	ops, places := make([]*op, 0, len(records)), make([]int, 0, len(records))
	for i, record := range records {
		row, err := t.row(record)
		if err != nil {
			errs[i] = err
			continue
		}
		ops, places = append(ops, newOp(t, opInsert, record.ID, len(record.Body), row)), append(places, i)
	}
	if err := e.writer.submit(ctx, ops...); err != nil {
		for _, i := range places {
			errs[i] = err
		}
		return errs
	}
	for n, o := range ops {
		errs[places[n]] = o.outcome(ctx)
	}
	return errs
}

// Replace writes a record over the one at the revision given.
func (e *Engine) Replace(ctx context.Context, collection string, record store.Record, at store.Revision) error {
	t, err := e.table(collection)
	if err != nil {
		return err
	}
	row, err := t.row(record)
	if err != nil {
		return err
	}
	return e.write(ctx, newOp(t, opReplace, record.ID, len(record.Body), append(row, string(at))))
}

// Delete removes the record at the revision given.
func (e *Engine) Delete(ctx context.Context, collection, id string, at store.Revision) error {
	t, err := e.table(collection)
	if err != nil {
		return err
	}
	return e.write(ctx, newOp(t, opDelete, id, 0, []any{id, string(at)}))
}

func (e *Engine) write(ctx context.Context, o *op) error {
	if err := e.writer.submit(ctx, o); err != nil {
		return err
	}
	return o.outcome(ctx)
}

func newOp(t *table, kind opKind, id string, size int, args []any) *op {
	return &op{table: t, kind: kind, id: id, size: size, args: named(args), done: make(chan struct{})}
}
