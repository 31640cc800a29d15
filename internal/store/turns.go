package store

import (
	"context"
	"sync"
)

// turns lets those of one program who update the same document do so one after the other, in the order they came. Each then changes what
// the one before has written, where at the same time all but one would have to begin again. It is a courtesy, not a lock: another
// program, or a write that does not ask for a turn, comes in between, and the revision says so.
type turns struct {
	mu     sync.Mutex
	queues map[string]*queue
}

type queue struct {
	free chan struct{} // holds one token while it is nobody's turn
	here int           // how many wait or have their turn
}

// take waits for the turn at a document. The one who has it must end it; nobody may take a second turn at the same document meanwhile.
func (t *turns) take(ctx context.Context, id string) (end func(), err error) {
	t.mu.Lock()
	if t.queues == nil {
		t.queues = map[string]*queue{}
	}
	q := t.queues[id]
	if q == nil {
		q = &queue{free: make(chan struct{}, 1)}
		q.free <- struct{}{}
		t.queues[id] = q
	}
	q.here++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if q.here--; q.here == 0 {
			delete(t.queues, id)
		}
	}
	select {
	case <-q.free:
		return func() { q.free <- struct{}{}; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
