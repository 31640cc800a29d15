package storetest

import (
	"context"
	"sync"

	"helhet/internal/store"
)

// Interposed is an engine with hooks, so that a test can fail what a service does to its store, or do something in between.
type Interposed struct {
	store.Engine
	mu     sync.Mutex
	write  func(collection, id string) error
	search func(collection string) error
}

// BeforeWrites hooks in before every document that is written; nil takes the hook away. What it returns fails the write.
func (e *Interposed) BeforeWrites(hook func(collection, id string) error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.write = hook
}

// BeforeSearches hooks in before every page that is searched for, as BeforeWrites.
func (e *Interposed) BeforeSearches(hook func(collection string) error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.search = hook
}

func (e *Interposed) ask(collection, id string) error {
	e.mu.Lock()
	hook := e.write
	e.mu.Unlock()
	if hook == nil {
		return nil
	}
	return hook(collection, id)
}

// Find is the engine's.
func (e *Interposed) Find(ctx context.Context, plan store.Plan) ([]store.Record, error) {
	e.mu.Lock()
	hook := e.search
	e.mu.Unlock()
	if hook != nil {
		if err := hook(plan.Collection); err != nil {
			return nil, err
		}
	}
	return e.Engine.Find(ctx, plan)
}

// Insert is the engine's, one record at a time.
func (e *Interposed) Insert(ctx context.Context, collection string, records []store.Record) []error {
	errs := make([]error, len(records))
	for i, r := range records {
		if errs[i] = e.ask(collection, r.ID); errs[i] == nil {
			errs[i] = e.Engine.Insert(ctx, collection, records[i:i+1])[0]
		}
	}
	return errs
}

// Replace is the engine's.
func (e *Interposed) Replace(ctx context.Context, collection string, record store.Record, at store.Revision) error {
	if err := e.ask(collection, record.ID); err != nil {
		return err
	}
	return e.Engine.Replace(ctx, collection, record, at)
}

// Delete is the engine's.
func (e *Interposed) Delete(ctx context.Context, collection, id string, at store.Revision) error {
	if err := e.ask(collection, id); err != nil {
		return err
	}
	return e.Engine.Delete(ctx, collection, id, at)
}
