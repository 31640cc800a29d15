package store

import (
	"context"
	"fmt"
	"reflect"

	lru "github.com/hashicorp/golang-lru/v2"
)

// decoded is the value of a document at one revision. Nobody ever changes it.
type decoded[T any] struct {
	revision Revision
	value    *T
}

// memory holds the decoded values of the documents that were used last. It is no cache of what is stored: every read asks the
// engine, and takes the value from here only when the engine's record has the same revision. A revision is never used
// again for other content, so a value can't be stale, whoever wrote.
type memory[T any] struct {
	copy  copier                         // nil when T can't be copied
	known *lru.Cache[string, decoded[T]] // by id; nil when nothing is kept
}

func newMemory[T any](documents int) (memory[T], error) {
	m := memory[T]{copy: copierOf(reflect.TypeFor[T]())}
	if documents == 0 {
		return m, nil
	}
	var err error
	if m.known, err = lru.New[string, decoded[T]](documents); err != nil {
		return m, fmt.Errorf("shared: %w", err)
	}
	return m, nil
}

// get gives the shared value of a document at a revision, nil when it is not held.
func (m *memory[T]) get(id string, at Revision) *T {
	if m.known == nil {
		return nil
	}
	if held, ok := m.known.Get(id); ok && held.revision == at {
		return held.value
	}
	return nil
}

func (m *memory[T]) put(id string, at Revision, value *T) {
	if m.known != nil {
		m.known.Add(id, decoded[T]{at, value})
	}
}

func (m *memory[T]) forget(id string) {
	if m.known != nil {
		m.known.Remove(id)
	}
}

// settled gives a copy of its own, as it would be read after being written; only with a copier.
func (m *memory[T]) settled(value *T) (T, error) {
	fresh := *value
	err := m.copy(reflect.ValueOf(&fresh).Elem(), reflect.ValueOf(value).Elem())
	return fresh, err
}

// GetShared reads like [Collection.Get], and never anything older, but decodes only a revision that has not been decoded lately
// (see [Spec].Shared). What the value's slices, maps and pointers lead to is shared with other readers and must never be changed:
// not sorted, not appended to, not written through.
func (c *Collection[T]) GetShared(ctx context.Context, id string) (Doc[T], error) {
	record, err := c.read(ctx, id)
	if err != nil {
		return Doc[T]{}, err
	}
	return c.share(ctx, record)
}

// FindShared is [Collection.Find] for readers that change nothing, as GetShared is of Get.
func (c *Collection[T]) FindShared(ctx context.Context, q Query) (Page[T], error) {
	return c.find(ctx, q, c.share)
}

// GetManyShared is [Collection.GetMany] for readers that change nothing.
func (c *Collection[T]) GetManyShared(ctx context.Context, ids []string) ([]Doc[T], error) {
	return c.getMany(ctx, ids, c.share)
}

// share gives the shared value of a record, decoding it if it must. Either way one document more is counted.
func (c *Collection[T]) share(ctx context.Context, record Record) (Doc[T], error) {
	if held := c.memory.get(record.ID, record.Revision); held != nil {
		count(ctx, 0, 1)
		return Doc[T]{record.ID, record.Revision, *held}, nil
	}
	doc, err := c.decode(ctx, record)
	if err == nil {
		value := doc.Value
		c.memory.put(doc.ID, doc.Revision, &value)
	}
	return doc, err
}

// own gives a record's value as its caller's own, without decoding it when its revision is held.
func (c *Collection[T]) own(ctx context.Context, record Record) (Doc[T], error) {
	held := c.memory.get(record.ID, record.Revision)
	if held == nil || c.memory.copy == nil {
		return c.decode(ctx, record)
	}
	count(ctx, 0, 1)
	value, err := c.memory.settled(held)
	if err != nil {
		return Doc[T]{}, c.failed(record.ID, err)
	}
	return Doc[T]{record.ID, record.Revision, value}, nil
}
