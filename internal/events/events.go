// Package events is the history: what happened to documents, moved out of their envelopes by a relay into one numbered line, each
// entry bound to the one before it by its hash. Audit, mail and the game read it. docs/audit.md tells what the chain can show.
package events

import (
	"context"
	"slices"
	"sync"
	"time"

	"helhet/internal/store"
)

// Entry is one event of the history. Seq, Prev and Hash are its place in the chain; an entry from before there was a chain has Seq 0.
type Entry struct {
	ID          string `bson:"-"` // "assessments/2026v-3909/MFRGGZDFMZTWQ2LKNNWG23TPOB/0"
	store.Event `bson:",inline"`
	Collection  string         `bson:"collection"`
	Document    string         `bson:"document"`
	Revision    store.Revision `bson:"revision"`
	Seq         int64          `bson:"seq,omitempty"`  // 1, 2, 3 … without gaps
	Prev        Hash           `bson:"prev,omitempty"` // of the entry before
	Hash        Hash           `bson:"hash,omitempty"`
}

// History keeps the events at ids that follow from the write that made them, so that moving one twice leaves one.
type History struct {
	db          *store.DB
	docs        *store.Collection[Entry]
	chains      *store.Collection[chain]
	checkpoints *store.Collection[Checkpoint]

	mu      sync.Mutex
	settled store.Revision // the chain's head whose tail this process knows to be in the history
	waiting []move         // for their turn
	moving  bool           // somebody moves what waits
}

// New declares the collections.
func New(db *store.DB) *History {
	h := &History{
		docs: store.NewCollection(db, store.Spec[Entry]{
			Name: "events", Shape: 1,
			Fields: []store.Field[Entry]{
				{Name: "scope", Type: store.String, Value: func(_ string, e *Entry) any { return e.Scope }},
				{Name: "at", Type: store.Time, Value: func(_ string, e *Entry) any { return e.At }}, // no index names it any more; databases have it
				{Name: "type", Type: store.String, Value: func(_ string, e *Entry) any { return e.Type }},
				{Name: "seq", Type: store.Int, Value: func(_ string, e *Entry) any { return e.Seq }},
				{Name: "actor", Type: store.String, Value: func(_ string, e *Entry) any { return e.Actor }},
			},
			Indexes: []store.Index{
				{Name: "seq", Fields: []string{"seq"}},
				{Name: "scope", Fields: []string{"scope", "seq"}},
				{Name: "type", Fields: []string{"type", "seq"}},
				{Name: "scopeType", Fields: []string{"scope", "type", "seq"}},
				{Name: "actor", Fields: []string{"actor", "seq"}},
			},
		}),
		db:          db,
		chains:      store.NewCollection(db, store.Spec[chain]{Name: "audit_head", Shape: 1, Shared: 1}),
		checkpoints: store.NewCollection(db, store.Spec[Checkpoint]{Name: "audit_checkpoint", Shape: 1}),
	}
	db.MoveTo(h.take)
	return h
}

// Relay moves events of up to limit documents of each collection into the history and tells how many it moved. What it moves together
// stands in the order of time.
func (h *History) Relay(ctx context.Context, limit int) (int, error) {
	return h.db.Relay(ctx, limit, h.take)
}

// move is a call of take that waits for its turn at the chain's end.
type move struct {
	events []store.RelayedEvent
	done   chan error
}

// take puts events into the history; those that are there already are. Many may come at once, each with few: the chain has one end, so
// those that wait for it join together.
func (h *History) take(ctx context.Context, moved []store.RelayedEvent) error {
	m := move{moved, make(chan error, 1)}
	h.mu.Lock()
	h.waiting = append(h.waiting, m)
	idle := !h.moving
	h.moving = true
	h.mu.Unlock()
	if idle {
		go h.moveAll(context.WithoutCancel(ctx)) // others' events must not depend on this caller's patience
	}
	select {
	case err := <-m.done:
		return err
	case <-ctx.Done(): // they may join all the same, and are found there the next time
		return ctx.Err()
	}
}

// gathering is how long those who come while others' events are moved wait for more to come: many together cost little more than few.
const gathering = 50 * time.Millisecond

// moveAll moves what waits until nothing does.
func (h *History) moveAll(ctx context.Context) {
	for together := h.next(); len(together) > 0; together = h.next() {
		var all []store.RelayedEvent
		seen := map[string]bool{} // two relays may have met the same
		for _, m := range together {
			for _, e := range m.events {
				if !seen[e.ID] {
					seen[e.ID] = true
					all = append(all, e)
				}
			}
		}
		err := h.appendAll(ctx, all)
		for _, m := range together {
			m.done <- err
		}
		h.mu.Lock()
		more := len(h.waiting) > 0
		h.mu.Unlock()
		if more {
			time.Sleep(gathering)
		}
	}
}

// next takes what waits; when nothing does, nobody moves any more.
func (h *History) next() []move {
	h.mu.Lock()
	defer h.mu.Unlock()
	together := h.waiting
	h.waiting = nil
	h.moving = len(together) > 0
	return together
}

// appendAll puts any number of events at the end of the chain, in the order of time.
func (h *History) appendAll(ctx context.Context, moved []store.RelayedEvent) error {
	slices.SortStableFunc(moved, func(a, b store.RelayedEvent) int { return a.Event.At.Compare(b.Event.At) })
	for len(moved) > 0 {
		n := min(len(moved), tailLength)
		if err := h.append(ctx, moved[:n]); err != nil {
			return err
		}
		moved = moved[n:]
	}
	return nil
}

// Filter chooses entries; empty fields choose all.
type Filter struct {
	Scope string // a municipality's or region's id
	Type  string // "round.opened"
	Limit int    // 1 to store.MaxLimit
	After store.Cursor
}

// List gives entries of the chain, newest first, and a cursor for what follows.
func (h *History) List(ctx context.Context, f Filter) ([]Entry, store.Cursor, error) {
	q := store.Query{Range: &store.Range{Field: "seq", From: int64(1)}, Order: []string{"seq"}, Reverse: true, Limit: f.Limit, After: f.After}
	if f.Scope != "" {
		q.Equal = append(q.Equal, store.Term{Field: "scope", Value: f.Scope})
	}
	if f.Type != "" {
		q.Equal = append(q.Equal, store.Term{Field: "type", Value: f.Type})
	}
	page, err := h.docs.Find(ctx, q)
	return entriesOf(page), page.Next, err
}

// Of lists what happened in one scope, newest first, and a cursor for what follows.
func (h *History) Of(ctx context.Context, scope string, limit int, after store.Cursor) ([]Entry, store.Cursor, error) {
	return h.List(ctx, Filter{Scope: scope, Limit: limit, After: after})
}

// CountOf counts the entries of what a person did, and those of what happened to her own document, each up to store.MaxLimit.
func (h *History) CountOf(ctx context.Context, person string) (did, about int, err error) {
	did, err = h.docs.Count(ctx, store.Query{Equal: []store.Term{{Field: "actor", Value: person}}, Limit: store.MaxLimit})
	if err != nil {
		return 0, 0, err
	}
	// The ids of what happened to a document begin with its own; "0" is the character after "/".
	about, err = h.docs.Count(ctx, store.Query{Range: &store.Range{Field: store.IDField, From: "people/" + person + "/", To: "people/" + person + "0"}, Limit: store.MaxLimit})
	return did, about, err
}

func entriesOf(page store.Page[Entry]) []Entry {
	entries := make([]Entry, len(page.Docs))
	for i, d := range page.Docs {
		entries[i] = d.Value
		entries[i].ID = d.ID
	}
	return entries
}
