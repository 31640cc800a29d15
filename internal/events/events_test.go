package events

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"helhet/internal/store"
	"helhet/internal/store/sqlite"

	"go.mongodb.org/mongo-driver/v2/bson"
)

type note struct {
	N int `bson:"n"`
}

// interposed fails writes to one collection after some.
type interposed struct {
	store.Engine
	mu   sync.Mutex
	fail string
	left int

	deletes int // left before they fail; negative: they don't
}

func (e *interposed) failDeletes(after int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.deletes = after
}

func (e *interposed) Delete(ctx context.Context, collection, id string, at store.Revision) error {
	e.mu.Lock()
	e.deletes--
	failed := e.deletes == -1
	e.mu.Unlock()
	if failed {
		return fmt.Errorf("%w: the test cut it off", store.ErrUnavailable)
	}
	return e.Engine.Delete(ctx, collection, id, at)
}

func (e *interposed) failAfter(collection string, n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fail, e.left = collection, n
}

func (e *interposed) ask(collection string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fail != collection {
		return nil
	}
	if e.left--; e.left < 0 {
		return fmt.Errorf("%w: the test cut it off", store.ErrUnavailable)
	}
	return nil
}

func (e *interposed) Insert(ctx context.Context, collection string, records []store.Record) []error {
	errs := make([]error, len(records))
	for i := range records {
		if errs[i] = e.ask(collection); errs[i] == nil {
			errs[i] = e.Engine.Insert(ctx, collection, records[i:i+1])[0]
		}
	}
	return errs
}

func (e *interposed) Replace(ctx context.Context, collection string, record store.Record, at store.Revision) error {
	if err := e.ask(collection); err != nil {
		return err
	}
	return e.Engine.Replace(ctx, collection, record, at)
}

func setUp(t *testing.T) (*interposed, *History, *store.Collection[note]) {
	t.Helper()
	return setUpIn(t, t.TempDir())
}

func setUpIn(t *testing.T, dir string) (*interposed, *History, *store.Collection[note]) {
	t.Helper()
	inner, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	engine := &interposed{Engine: inner, deletes: -1}
	db := store.Open(engine)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	notes := store.NewCollection(db, store.Spec[note]{Name: "notes", Shape: 1})
	history := New(db)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return engine, history, notes
}

var start = time.Date(2026, 9, 1, 8, 0, 0, 123456789, time.FixedZone("CEST", 7200))

func event(scope string, n int) store.Event {
	return store.Event{Type: "note.made", At: start.Add(time.Duration(n) * time.Second), Actor: "p-1", Scope: scope, Data: bson.D{{Key: "n", Value: int64(n)}}}
}

// numbers lists what a scope's history holds, oldest first.
func numbers(t *testing.T, h *History, scope string) []int64 {
	t.Helper()
	var all []int64
	var after store.Cursor
	for {
		some, next, err := h.List(t.Context(), Filter{Scope: scope, Limit: 7, After: after})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range some {
			all = append(all, e.Data[0].Value.(int64))
		}
		if next == "" {
			slices.Reverse(all)
			return all
		}
		after = next
	}
}

func upTo(n int) []int64 {
	var all []int64
	for i := range n {
		all = append(all, int64(i))
	}
	return all
}

func TestRelayMovesEachEventOnce(t *testing.T) {
	_, h, notes := setUp(t)
	ctx := t.Context()
	for i := range 30 {
		id := fmt.Sprint("n", i%10)
		var err error
		if i < 10 {
			_, err = notes.Insert(ctx, id, note{i}, event("larvik", i))
		} else {
			_, err = notes.Update(ctx, id, func(v *note) ([]store.Event, error) { v.N = i; return []store.Event{event("larvik", i)}, nil })
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := notes.Insert(ctx, "other", note{}, event("tokke", 0), event("tokke", 1)); err != nil {
		t.Fatal(err)
	}
	moved := 0
	for {
		n, err := h.Relay(ctx, 4)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
		moved += n
	}
	if moved != 32 {
		t.Errorf("%d events were moved, 32 were made", moved)
	}
	whole(t, h, 32)
	// Four documents at a time are moved, so that later events of the first come before earlier ones of the last.
	got := numbers(t, h, "larvik")
	if first := got[:12]; !slices.IsSorted(first) {
		t.Errorf("what moves together is not in order: %v", first)
	}
	slices.Sort(got)
	if !slices.Equal(got, upTo(30)) {
		t.Errorf("%v", got)
	}
	if got := numbers(t, h, "tokke"); !slices.Equal(got, upTo(2)) {
		t.Errorf("%v", got)
	}
	some, _, err := h.List(ctx, Filter{Scope: "larvik", Limit: 1})
	if err != nil || len(some) != 1 {
		t.Fatal(some, err)
	}
	e := some[0]
	if want := start.Add(29 * time.Second).Truncate(time.Millisecond); !e.At.Equal(want) || e.At.Location() != time.UTC {
		t.Errorf("at %v, want %v", e.At, want.UTC())
	}
	if e.Type != "note.made" || e.Actor != "p-1" || e.Collection != "notes" || e.Document != "n9" || e.Revision == "" || e.Scope != "larvik" {
		t.Errorf("%+v", e)
	}
	if doc, err := notes.Get(ctx, "n9"); err != nil || doc.Value.N != 29 || doc.Revision != e.Revision {
		t.Errorf("moving events changed the document: %+v %v", doc, err)
	}
	if _, _, err := h.List(ctx, Filter{Scope: "larvik", Limit: 1, After: "nonsense"}); !errors.Is(err, store.ErrCursor) {
		t.Errorf("%v", err)
	}
}

// Cut off between the history and the envelopes, at any write: what was moved is moved again to the same place, and nothing twice.
func TestRelayCutOff(t *testing.T) {
	engine, h, notes := setUp(t)
	ctx := t.Context()
	total := 0
	for _, collection := range []string{"audit_head", "events", "notes"} {
		for n := range 6 {
			scope := fmt.Sprint(collection, n)
			for i := range 5 {
				if _, err := notes.Insert(ctx, fmt.Sprint(scope, "-", i), note{i}, event(scope, i)); err != nil {
					t.Fatal(err)
				}
				total++
			}
			engine.failAfter(collection, n)
			_, err := h.Relay(ctx, 100)
			engine.failAfter("", 0)
			enough := 5
			if collection == "audit_head" {
				enough = 1
			}
			if (err == nil) != (n >= enough) || err != nil && !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s cut off after %d writes: %v", collection, n, err)
			}
			if collection == "events" && len(numbers(t, h, scope)) != min(n, 5) {
				t.Errorf("after %d inserts the history holds %v", n, numbers(t, h, scope))
			}
			// Meanwhile a document is written to, with its old event still waiting.
			if _, err := notes.Update(ctx, scope+"-4", func(*note) ([]store.Event, error) { return []store.Event{event(scope, 5)}, nil }); err != nil {
				t.Fatal(err)
			}
			total++
			for {
				moved, err := h.Relay(ctx, 100)
				if err != nil {
					t.Fatal(err)
				}
				if moved == 0 {
					break
				}
			}
			if got := numbers(t, h, scope); !slices.Equal(got, upTo(6)) {
				t.Errorf("%s cut off after %d writes: the history holds %v", collection, n, got)
			}
		}
	}
	if n, err := h.docs.Count(ctx, store.Query{Limit: store.MaxLimit}); err != nil || n != total {
		t.Errorf("the history holds %d events, %d were made (%v)", n, total, err)
	}
	whole(t, h, total)
}

// Several relays and writers at once: each event once.
func TestRelaysBesideWriters(t *testing.T) {
	_, h, notes := setUp(t)
	ctx := t.Context()
	const writers, each = 4, 25
	done := make(chan struct{})
	var writing, relaying sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			id := fmt.Sprint("n", w)
			if _, err := notes.Insert(ctx, id, note{}, event(id, 0)); err != nil {
				t.Error(err)
			}
			for i := 1; i < each; i++ {
				if _, err := notes.Update(ctx, id, func(v *note) ([]store.Event, error) { v.N = i; return []store.Event{event(id, i)}, nil }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 3 {
		relaying.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, err := h.Relay(ctx, 10); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writing.Wait()
	close(done)
	relaying.Wait()
	for {
		n, err := h.Relay(ctx, 100)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	for w := range writers {
		if got := numbers(t, h, fmt.Sprint("n", w)); !slices.Equal(got, upTo(each)) {
			t.Errorf("writer %d: %v", w, got)
		}
	}
	whole(t, h, writers*each)
}
