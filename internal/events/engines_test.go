package events

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"helhet/internal/store"
	"helhet/internal/store/mongodb"
	"helhet/internal/store/mongodb/mongotest"
)

// The chain holds over MongoDB's protocol too: two copies relay at once, lines are cut, and what is changed is found.
func TestChainOnMongoDB(t *testing.T) {
	uri := mongotest.URI(t)
	var copies []*History
	var notes *store.Collection[note]
	for range 2 {
		engine, err := mongodb.Open(t.Context(), uri)
		if err != nil {
			t.Fatal(err)
		}
		db := store.Open(engine)
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		notes = store.NewCollection(db, store.Spec[note]{Name: "notes", Shape: 1})
		copies = append(copies, New(db))
		if err := db.Ensure(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	const made = 220
	var items []store.Item[note]
	for i := range made {
		items = append(items, store.Item[note]{ID: fmt.Sprintf("n%03d", i), Value: note{i}, Events: []store.Event{event("larvik", i)}})
	}
	_, errs := notes.InsertMany(t.Context(), items)
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	var group sync.WaitGroup
	for n := range 4 {
		group.Go(func() {
			for range 4 {
				if _, err := copies[n%2].Relay(t.Context(), 40); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	relayAll(t, copies[0])
	head := whole(t, copies[1], made)
	keys := newKeys(t)
	if n, err := copies[0].Cut(t.Context(), keys, start.Truncate(time.Millisecond).Add(20*time.Second), start, 1000); err != nil {
		t.Error(n, err)
	}
	r, err := copies[1].Verify(t.Context(), keys, head)
	if err != nil || r.Lines+r.Checkpoint.Seq != made {
		t.Errorf("%+v %v", r, err)
	}
	doc := entry(t, copies[0], made-5)
	doc.Value.Actor = "p-2"
	if _, err := copies[0].docs.Replace(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	if _, err := copies[1].Verify(t.Context(), keys); err == nil || err.Error() != (&Broken{Changed, made - 5}).Error() {
		t.Error(err)
	}
}
