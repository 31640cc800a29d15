package store

import (
	"context"
	"fmt"
	"reflect"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"
)

// decoded is the value of a document at one revision. Nobody ever changes it.
type decoded[T any] struct {
	revision Revision
	value    *T
	waiting  Waiting // the events that waited then; the relay may have moved them since
	moved    Waiting // the first of those, which are in the history: the next write leaves them out
}

// memory holds the decoded values of the documents that were used last. It is no cache of what is stored: every read asks the
// engine, and takes the value from here only when the engine's record has the same revision. A revision is never used
// again for other content, so a value can't be stale, whoever wrote.
type memory[T any] struct {
	known *lru.Cache[string, decoded[T]] // by id; nil when nothing is kept

	mu     sync.Mutex // while what is held becomes something else
	moving map[string]bool
}

func newMemory[T any](documents int) (*memory[T], error) {
	if documents == 0 {
		return &memory[T]{}, nil
	}
	if t := reflect.TypeFor[T](); !plain(t) {
		return nil, fmt.Errorf("shared: %s can't be copied", t)
	}
	known, err := lru.New[string, decoded[T]](documents)
	if err != nil {
		return nil, fmt.Errorf("shared: %w", err)
	}
	return &memory[T]{known: known, moving: map[string]bool{}}, nil
}

// get gives the shared value of a document that is held, and its revision; nil when none is.
func (m *memory[T]) get(id string) decoded[T] {
	if m.known == nil {
		return decoded[T]{}
	}
	held, _ := m.known.Get(id)
	return held
}

func (m *memory[T]) put(record Record, value *T) {
	if m.known == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	held := decoded[T]{revision: record.Revision, value: value, waiting: record.Pending}
	if before := m.get(record.ID); held.waiting.beginsWith(before.moved) {
		held.moved = before.moved // they were moved while this write, which still took them along, was under way
	}
	m.known.Add(record.ID, held)
}

// cleared hears that the relay has moved the events of a document at a revision, and emptied its envelope.
func (m *memory[T]) cleared(id string, at Revision) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if held := m.get(id); held.value != nil && held.revision == at {
		held.waiting, held.moved = nil, nil
		m.known.Add(id, held)
	}
}

// beginMove tells whether a document's events may be moved now: unless they are being moved already. endMove must follow.
func (m *memory[T]) beginMove(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	begins := !m.moving[id]
	m.moving[id] = true
	return begins
}

// endMove hears which of a document's events are in the history now: nil, if moving them failed. It may have been written to meanwhile.
func (m *memory[T]) endMove(id string, moved Waiting) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.moving, id)
	if held := m.get(id); held.waiting.beginsWith(moved) {
		held.moved = moved
		m.known.Add(id, held)
	}
}

func (m *memory[T]) forget(id string) {
	if m.known != nil {
		m.known.Remove(id)
	}
}

// GetShared reads like [Collection.Get], and never anything older, but decodes only a revision that has not been decoded lately
// (see [Spec].Shared). What the value's slices, maps and pointers lead to is shared with other readers and must never be changed:
// not sorted, not appended to, not written through.
func (c *Collection[T]) GetShared(ctx context.Context, id string) (Doc[T], error) {
	record, held, err := c.readHeld(ctx, id)
	if err != nil {
		return Doc[T]{}, err
	}
	return c.share(ctx, record, held)
}

// readHeld reads a record, and leaves the body to the engine when its value is held: then held is not nil.
func (c *Collection[T]) readHeld(ctx context.Context, id string) (record Record, held *T, err error) {
	memory := c.memory.get(id)
	if record, err = c.read(ctx, id, memory.revision); err == nil && record.Revision == memory.revision {
		held = memory.value
	}
	return record, held, err
}

// FindShared is [Collection.Find] for readers that change nothing, as GetShared is of Get.
func (c *Collection[T]) FindShared(ctx context.Context, q Query) (Page[T], error) {
	return c.find(ctx, q, c.shareFound)
}

// GetManyShared is [Collection.GetMany] for readers that change nothing.
func (c *Collection[T]) GetManyShared(ctx context.Context, ids []string) ([]Doc[T], error) {
	return c.getMany(ctx, ids, c.shareFound)
}

// shareFound gives the shared value of a record that was read whole.
func (c *Collection[T]) shareFound(ctx context.Context, record Record) (Doc[T], error) {
	var held *T
	if memory := c.memory.get(record.ID); memory.revision == record.Revision {
		held = memory.value
	}
	return c.share(ctx, record, held)
}

// share gives the shared value of a record, decoding it if it is not held. Either way one document more is counted.
func (c *Collection[T]) share(ctx context.Context, record Record, held *T) (Doc[T], error) {
	if held != nil {
		count(ctx, 0, 1)
		return Doc[T]{record.ID, record.Revision, *held}, nil
	}
	doc, err := c.decode(ctx, record)
	if err == nil {
		value := doc.Value
		c.memory.put(record, &value)
	}
	return doc, err
}

// own gives a record's value as its caller's own, without decoding it when it is held.
func (c *Collection[T]) own(ctx context.Context, record Record, held *T) (T, error) {
	if held == nil {
		doc, err := c.decode(ctx, record)
		return doc.Value, err
	}
	count(ctx, 0, 1)
	return c.codec.copied(held), nil
}
