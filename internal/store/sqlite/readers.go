package sqlite

import (
	"context"
	"errors"
	"sync"
)

// readers are the connections that read, opened as they are needed. The one used last is used first: its pages and statements are
// at hand, and a quiet service keeps few open.
type readers struct {
	name   string        // the connection string
	taken  chan struct{} // holds one token per connection in use
	closed chan struct{}

	mu   sync.Mutex
	idle []rawConn
}

func newReaders(name string, most int) *readers {
	return &readers{name: name, taken: make(chan struct{}, most), closed: make(chan struct{})}
}

// use lends a connection to f, as soon as one is free.
func (r *readers) use(ctx context.Context, f func(conn rawConn) error) (err error) {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	select {
	case r.taken <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-r.closed:
		return errors.New("the database is closed")
	}
	defer func() { <-r.taken }()
	conn, err := r.take(ctx)
	if err != nil {
		return err
	}
	sound := false
	defer func() {
		if sound {
			r.give(conn)
			return
		}
		// One on which a statement failed, or was left in the middle by a panic, is not used again.
		_ = conn.close()
	}()
	err = f(conn)
	sound = code(err) == 0
	return err
}

func (r *readers) take(ctx context.Context) (rawConn, error) {
	r.mu.Lock()
	if last := len(r.idle) - 1; last >= 0 {
		conn := r.idle[last]
		r.idle = r.idle[:last]
		r.mu.Unlock()
		return conn, nil
	}
	r.mu.Unlock()
	return connect(ctx, r.name)
}

func (r *readers) give(conn rawConn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle = append(r.idle, conn)
}

// close refuses later reads, waits for those under way and closes the connections.
func (r *readers) close() error {
	close(r.closed)
	for range cap(r.taken) {
		r.taken <- struct{}{}
	}
	var err error
	for _, conn := range r.idle {
		err = errors.Join(err, conn.close())
	}
	return err
}
