package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"helhet/internal/store"
)

func event(kind string, n int) store.Event {
	return store.Event{Type: kind, At: at(n), Actor: "p1", Scope: "3909", Data: bson.D{{Key: "n", Value: int32(n)}}}
}

// history is what a relay moves events into.
type history struct {
	mu     sync.Mutex
	events map[string]store.RelayedEvent
	order  []string
}

func (h *history) insert(_ context.Context, events []store.RelayedEvent) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.events == nil {
		h.events = map[string]store.RelayedEvent{}
	}
	for _, e := range events {
		if standing, exists := h.events[e.ID]; exists {
			if !reflect.DeepEqual(standing, e) {
				return fmt.Errorf("%s was %+v and is %+v", e.ID, standing, e)
			}
			continue
		}
		h.events[e.ID] = e
		h.order = append(h.order, e.ID)
	}
	return nil
}

// crowded proves that a document whose events nobody moves stays small: a write moves them when they are many, and each comes to the
// history once.
func crowded(t *testing.T, open func(t *testing.T) store.Engine) {
	engine := open(t)
	ctx := t.Context()
	db, c := notes(t, engine)
	spec := noteSpec("notes")
	spec.Shared = 2
	sharingDB := store.Open(engine)
	sharing := store.NewCollection(sharingDB, spec)
	must(t, sharingDB.Ensure(ctx))
	insert(t, c, "n", note{})
	var h history
	broken := errors.New("out of reach")
	var reachable atomic.Bool // moves go on beside the writes
	reachable.Store(true)
	take := func(ctx context.Context, events []store.RelayedEvent) error {
		if !reachable.Load() {
			return broken
		}
		return h.insert(ctx, events)
	}
	db.MoveTo(take)
	sharingDB.MoveTo(take)
	write := func(n int) (err error) {
		raise := func(v *note) ([]store.Event, error) {
			v.Level++
			return []store.Event{event("raised", n)}, nil
		}
		switch n % 3 {
		case 0:
			_, err = c.Update(ctx, "n", raise)
		case 1:
			_, err = sharing.Update(ctx, "n", raise)
		default:
			var doc store.Doc[note]
			if doc, err = c.Get(ctx, "n"); err == nil {
				events, _ := raise(&doc.Value)
				_, err = c.Replace(ctx, doc, events...)
			}
		}
		return err
	}
	const writes = 250
	for n := range writes {
		must(t, write(n))
		record, err := engine.Get(ctx, "notes", "n", "")
		must(t, err)
		if len(record.Pending) > 17<<10 {
			t.Fatalf("%d bytes of events wait after %d writes", len(record.Pending), n+1)
		}
	}
	// A history that can't be reached keeps the write out, and loses nothing.
	reachable.Store(false)
	refused := 0
	for n := writes; refused == 0; n++ {
		if err := write(n); err != nil {
			wantErr(t, err, broken)
			refused = n
		}
	}
	reachable.Store(true)
	got, err := c.Get(ctx, "n")
	must(t, err)
	if got.Value.Level != int64(refused) {
		t.Errorf("%d writes are there, want the %d that were acknowledged", got.Value.Level, refused)
	}
	_, err = db.Relay(ctx, 10, h.insert)
	must(t, err)
	seen := map[any]int{}
	for _, e := range h.events {
		seen[e.Event.Data[0].Value]++
	}
	for n := range refused {
		if seen[int32(n)] != 1 {
			t.Errorf("event %d came %d times", n, seen[int32(n)])
		}
	}
}

// beside proves that no write waits while a crowded envelope's events are on their way to the history, and that each comes there once,
// whatever is written meanwhile.
func beside(t *testing.T, open func(t *testing.T) store.Engine) {
	engine := open(t)
	ctx := t.Context()
	spec := noteSpec("notes")
	spec.Shared = 2
	db := store.Open(engine)
	c := store.NewCollection(db, spec)
	must(t, db.Ensure(ctx))
	insert(t, c, "n", note{})
	var h history
	begun, answer := make(chan []store.RelayedEvent), make(chan error)
	db.MoveTo(func(ctx context.Context, events []store.RelayedEvent) error {
		begun <- events
		if err := <-answer; err != nil {
			return err
		}
		return h.insert(ctx, events)
	})
	written := 0
	write := func() {
		t.Helper()
		_, err := c.Update(ctx, "n", func(v *note) ([]store.Event, error) { return []store.Event{event("raised", written)}, nil })
		must(t, err)
		written++
	}
	writeUntilMoved := func() []store.RelayedEvent {
		t.Helper()
		for range 30 {
			write()
			select {
			case moved := <-begun:
				return moved
			case <-time.After(20 * time.Millisecond):
			}
		}
		t.Fatal("nothing is moved")
		return nil
	}
	waiting := func() int {
		t.Helper()
		record, err := engine.Get(ctx, "notes", "n", "")
		must(t, err)
		events, err := record.Pending.Events()
		must(t, err)
		return len(events)
	}
	for range 25 { // a crowd, or nearly
		write()
	}
	first := writeUntilMoved()
	write() // nobody has answered yet
	write()
	all := waiting()
	if all != written {
		t.Fatalf("%d events wait, want the %d written: none has been moved yet", all, written)
	}
	// A move that fails loses nothing; it is begun again, with at least what waited then.
	answer <- errors.New("out of reach")
	again := writeUntilMoved()
	if len(again) < len(first) || again[0].ID != first[0].ID {
		t.Fatalf("%d events from %s are moved after %d from %s failed", len(again), again[0].ID, len(first), first[0].ID)
	}
	write()
	answer <- nil
	// The writes that follow leave out what was moved, those made meanwhile stay.
	for try := 0; waiting() > written-len(again); try++ {
		if try == 40 {
			t.Fatalf("%d events wait of %d, of which %d were moved", waiting(), written, len(again))
		}
		write()
		select {
		case <-begun: // grown once more before the first move was heard of
			answer <- nil
		case <-time.After(10 * time.Millisecond):
		}
	}
	go func() {
		for range begun {
			answer <- nil
		}
	}()
	_, err := db.Relay(ctx, 10, h.insert)
	must(t, err)
	must(t, db.Close())
	close(begun)
	seen := map[any]int{}
	for _, e := range h.events {
		seen[e.Event.Data[0].Value]++
	}
	for n := range written {
		if seen[int32(n)] != 1 {
			t.Errorf("event %d came %d times", n, seen[int32(n)])
		}
	}
}

func events(t *testing.T, open func(t *testing.T) store.Engine) {
	ctx := t.Context()
	db, c := notes(t, open(t))
	first := insert(t, c, "n", note{Level: 1}, event("made", 0), event("named", 1))
	first.Value.Level = 2
	second, err := c.Replace(ctx, first, event("raised", 2))
	must(t, err)
	third, err := c.Update(ctx, "n", func(v *note) ([]store.Event, error) {
		v.Level = 3
		return []store.Event{event("raised", 3)}, nil
	})
	must(t, err)
	insert(t, c, "quiet", note{})

	// A lost race, and a document that exists, leave no events.
	_, err = c.Replace(ctx, second, event("lost", 9))
	wantErr(t, err, store.ErrConflict)
	_, err = c.Insert(ctx, "n", note{}, event("lost", 9))
	wantErr(t, err, store.ErrExists)

	// Nothing is lost with the document.
	wantErr(t, c.Delete(ctx, "n", third.Revision), store.ErrPending)

	if got := db.PendingCollections(); !reflect.DeepEqual(got, []string{"notes"}) {
		t.Fatalf("collections %v", got)
	}
	broken := errors.New("broken")
	moved, err := db.Relay(ctx, 100, func(context.Context, []store.RelayedEvent) error { return broken })
	wantErr(t, err, broken)
	if moved != 0 {
		t.Fatalf("%d moved", moved)
	}
	// Cut off between the insert and the clearing: the same events come again.
	var h history
	_, err = db.Relay(ctx, 100, func(ctx context.Context, events []store.RelayedEvent) error {
		return errors.Join(h.insert(ctx, events), broken)
	})
	wantErr(t, err, broken)
	moved, err = db.Relay(ctx, 100, h.insert)
	must(t, err)
	want := []string{
		fmt.Sprintf("notes/n/%s/0", first.Revision), fmt.Sprintf("notes/n/%s/1", first.Revision),
		fmt.Sprintf("notes/n/%s/0", second.Revision), fmt.Sprintf("notes/n/%s/0", third.Revision),
	}
	if moved != 4 || !reflect.DeepEqual(h.order, want) {
		t.Fatalf("moved %d: %v, want %v", moved, h.order, want)
	}
	got := h.events[want[2]]
	if !reflect.DeepEqual(got, store.RelayedEvent{ID: want[2], Collection: "notes", Document: "n", Revision: second.Revision, Event: event("raised", 2)}) {
		t.Fatalf("relayed %+v", got)
	}
	moved, err = db.Relay(ctx, 100, h.insert)
	must(t, err)
	if moved != 0 {
		t.Fatalf("%d moved again", moved)
	}

	// The relay has not changed the document: who holds it can still write, and delete.
	same(t, c, third)
	fourth, err := c.Replace(ctx, third)
	must(t, err)
	must(t, c.Delete(ctx, "n", fourth.Revision))

	// While documents change and the relay runs beside itself, each event arrives once.
	const writers, rounds = 4, 20
	var group sync.WaitGroup
	for i := range 2 {
		insert(t, c, fmt.Sprint("busy", i), note{})
	}
	var written sync.Map
	for w := range writers {
		group.Go(func() {
			for r := range rounds {
				for {
					doc, err := c.Update(ctx, fmt.Sprint("busy", w%2), func(v *note) ([]store.Event, error) {
						v.Level++
						return []store.Event{event("counted", w*rounds+r)}, nil
					})
					if errors.Is(err, store.ErrConflict) {
						continue
					}
					if err != nil {
						t.Error(err)
						return
					}
					written.Store(fmt.Sprintf("notes/%s/%s/0", doc.ID, doc.Revision), w*rounds+r)
					break
				}
			}
		})
	}
	var busy history
	done := make(chan struct{})
	var relays sync.WaitGroup
	for range 2 {
		relays.Go(func() {
			for {
				if _, err := db.Relay(ctx, 10, busy.insert); err != nil {
					t.Error(err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	group.Wait()
	close(done)
	relays.Wait()
	for {
		moved, err := db.Relay(ctx, 10, busy.insert)
		must(t, err)
		if moved == 0 {
			break
		}
	}
	count := 0
	written.Range(func(id, n any) bool {
		count++
		if e, ok := busy.events[id.(string)]; !ok || !reflect.DeepEqual(e.Event, event("counted", n.(int))) {
			t.Errorf("%s arrived as %+v", id, e)
		}
		return true
	})
	if count != writers*rounds || len(busy.events) != count {
		t.Errorf("%d events arrived of %d written", len(busy.events), count)
	}
	for i := range 2 {
		doc, err := c.Get(ctx, fmt.Sprint("busy", i))
		must(t, err)
		if doc.Value.Level != writers*rounds/2 {
			t.Errorf("%s stands at %d after %d increments", doc.ID, doc.Value.Level, writers*rounds/2)
		}
	}
}
