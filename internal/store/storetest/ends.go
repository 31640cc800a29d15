package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"helhet/internal/store"
)

// reads proves that what a request costs is counted.
func reads(t *testing.T, open func(t *testing.T) store.Engine) {
	_, c := notes(t, open(t))
	for i := range 5 {
		insert(t, c, fmt.Sprint(i), note{Round: "r"})
	}
	ctx, cost := store.WithReads(t.Context())
	expect := func(what string, calls, documents int64) {
		t.Helper()
		if got := [2]int64{cost.Calls.Swap(0), cost.Documents.Swap(0)}; got != [2]int64{calls, documents} {
			t.Errorf("%s cost %d calls and %d documents, want %d and %d", what, got[0], got[1], calls, documents)
		}
	}
	_, err := c.Get(ctx, "1")
	must(t, err)
	expect("get", 1, 1)
	_, err = c.Get(ctx, "missing")
	wantErr(t, err, store.ErrNotFound)
	expect("get of nothing", 1, 0)
	_, err = c.GetMany(ctx, []string{"1", "2", "missing"})
	must(t, err)
	expect("get of many", 1, 2)
	_, err = c.Find(ctx, store.Query{Equal: []store.Term{{Field: "round", Value: "r"}}, Limit: 3})
	must(t, err)
	expect("find", 1, 3)
	_, err = c.Count(ctx, store.Query{Limit: 10})
	must(t, err)
	expect("count", 1, 0)
	_, err = c.Find(ctx, store.Query{Limit: 0})
	wantErr(t, err, store.ErrQuery)
	expect("a refused query", 0, 0)
	_, err = c.Update(ctx, "1", func(*note) ([]store.Event, error) { return nil, nil })
	must(t, err)
	expect("update", 2, 1)
}

// ends proves what happens around the end of a request and of the engine.
func ends(t *testing.T, open func(t *testing.T) store.Engine) {
	engine := open(t)
	db, c := notes(t, engine)
	doc := insert(t, c, "n", note{})
	must(t, db.Ping(t.Context()))
	if db.Engine() != engine {
		t.Error("another engine")
	}

	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Insert(gone, "late", note{})
	unwritten(t, err)
	_, err = c.Replace(gone, doc)
	unwritten(t, err)
	_, err = c.Update(gone, "n", func(*note) ([]store.Event, error) { return nil, nil })
	unwritten(t, err)
	unwritten(t, c.Delete(gone, "n", doc.Revision))
	_, err = c.Find(gone, store.Query{Limit: 1})
	unwritten(t, err)
	unwritten(t, db.Ping(gone))

	// What closing meets is either done or refused.
	var group sync.WaitGroup
	outcomes := make([]error, 40)
	for i := range outcomes {
		group.Go(func() { _, outcomes[i] = c.Insert(t.Context(), fmt.Sprint("closing", i), note{}) })
	}
	must(t, db.Close())
	group.Wait()
	for i, err := range outcomes {
		if err != nil && !errors.Is(err, store.ErrUnavailable) && !errors.Is(err, store.ErrOutcomeUnknown) {
			t.Errorf("insert %d at the end: %v", i, err)
		}
	}
	_, err = c.Get(t.Context(), "n")
	unwritten(t, err)
	_, err = c.Insert(t.Context(), "after", note{})
	unwritten(t, err)
	unwritten(t, db.Ping(t.Context()))
	must(t, db.Close())
}

// unwritten wants a failure that says the store could not be reached, and nothing else.
func unwritten(t *testing.T, err error) {
	t.Helper()
	wantErr(t, err, store.ErrUnavailable)
	for _, other := range []error{store.ErrNotFound, store.ErrConflict, store.ErrExists} {
		if errors.Is(err, other) {
			t.Fatalf("%v is also %v", err, other)
		}
	}
}
