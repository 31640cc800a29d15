// Package events is the history: what happened to documents, moved out of their envelopes by a relay, in the order it is read by
// audit, mail and the game.
package events

import (
	"context"
	"errors"
	"fmt"

	"helhet/internal/store"
)

// Entry is one event of the history.
type Entry struct {
	store.Event `bson:",inline"`
	Collection  string         `bson:"collection"`
	Document    string         `bson:"document"`
	Revision    store.Revision `bson:"revision"`
}

// History keeps the events at ids that follow from the write that made them, so that moving one twice leaves one.
type History struct {
	db   *store.DB
	docs *store.Collection[Entry]
}

// New declares the collection.
func New(db *store.DB) *History {
	h := &History{db: db}
	h.docs = store.NewCollection(db, store.Spec[Entry]{
		Name: "events", Shape: 1,
		Fields: []store.Field[Entry]{
			{Name: "scope", Type: store.String, Value: func(_ string, e *Entry) any { return e.Scope }},
			{Name: "at", Type: store.Time, Value: func(_ string, e *Entry) any { return e.At }},
		},
		Indexes: []store.Index{{Name: "at", Fields: []string{"at"}}, {Name: "scope", Fields: []string{"scope", "at"}}},
	})
	db.MoveTo(h.take)
	return h
}

// Relay moves up to limit events from their documents into the history and tells how many it moved.
func (h *History) Relay(ctx context.Context, limit int) (int, error) {
	return h.db.Relay(ctx, limit, h.take)
}

// take puts events into the history; those that are there already are.
func (h *History) take(ctx context.Context, moved []store.RelayedEvent) error {
	var items []store.Item[Entry]
	for _, m := range moved {
		items = append(items, store.Item[Entry]{ID: m.ID, Value: Entry{Event: m.Event, Collection: m.Collection, Document: m.Document, Revision: m.Revision}})
	}
	_, errs := h.docs.InsertMany(ctx, items)
	for i, err := range errs {
		if err != nil && !errors.Is(err, store.ErrExists) {
			return fmt.Errorf("event %s: %w", items[i].ID, err)
		}
	}
	return nil
}

// Of lists what happened in one scope, newest first, and a cursor for what follows.
func (h *History) Of(ctx context.Context, scope string, limit int, after store.Cursor) ([]Entry, store.Cursor, error) {
	page, err := h.docs.Find(ctx, store.Query{
		Equal: []store.Term{{Field: "scope", Value: scope}}, Order: []string{"at"}, Reverse: true, Limit: limit, After: after,
	})
	var entries []Entry
	for _, d := range page.Docs {
		entries = append(entries, d.Value)
	}
	return entries, page.Next, err
}
