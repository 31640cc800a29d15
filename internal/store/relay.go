package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// RelayedEvent is an event on its way from its document's envelope to the history.
type RelayedEvent struct {
	ID         string // "assessments/2026v-3909/MFRGGZDFMZTWQ2LKNNWG23TPOB/0": collection/document/revision/n
	Collection string
	Document   string
	Revision   Revision // of the write that made the event
	Event      Event
}

// relayClears is how many envelopes are emptied at the same time, so that an engine can group them.
const relayClears = 32

// PendingCollections names the collections whose documents can hold events, in the order of their declaration: all.
func (db *DB) PendingCollections() []string {
	members := db.declared()
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.schema.Collection
	}
	return names
}

// Relay moves waiting events: insert puts them into the history, then they leave their envelopes. It looks at up to limit (1 to
// MaxLimit) documents per collection and reports how many events were moved; 0 means
// that none waited, or that those that did are being written to. An event may be
// handed to insert again, after a crash or beside another process, always with the same ID: insert treats "exists" as done.
// The events of one document come in the order they happened.
func (db *DB) Relay(ctx context.Context, limit int, insert func(context.Context, []RelayedEvent) error) (moved int, err error) {
	for _, m := range db.declared() {
		n, err := db.relay(ctx, m, limit, insert)
		moved += n
		if err != nil {
			return moved, fmt.Errorf("relay events of %s: %w", m.schema.Collection, err)
		}
	}
	return moved, nil
}

func (db *DB) relay(ctx context.Context, m member, limit int, insert func(context.Context, []RelayedEvent) error) (int, error) {
	schema := m.schema
	plan, _, err := newPlanner(schema).plan(Query{Equal: []Term{{PendingField, true}}, Limit: limit})
	if err != nil {
		return 0, err
	}
	count(ctx, 1, 0)
	records, err := db.engine.Find(ctx, plan)
	if err != nil || len(records) == 0 {
		return 0, err
	}
	var events []RelayedEvent
	for _, record := range records {
		waiting, err := relayed(schema.Collection, record)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", record.ID, err)
		}
		events = append(events, waiting...)
	}
	if err := insert(ctx, events); err != nil {
		return 0, err
	}

	moved := make([]int, len(records))
	errs := make([]error, len(records))
	var clears sync.WaitGroup
	slots := make(chan struct{}, relayClears)
	for i, record := range records {
		slots <- struct{}{}
		clears.Go(func() {
			defer func() { <-slots }()
			moved[i], errs[i] = db.clear(ctx, m, record)
		})
	}
	clears.Wait()
	sum := 0
	for _, n := range moved {
		sum += n
	}
	return sum, errors.Join(errs...)
}

// relayed gives a record's waiting events as they go to the history.
func relayed(collection string, record Record) ([]RelayedEvent, error) {
	pending, err := record.Pending.Events()
	if err != nil {
		return nil, err
	}
	events := make([]RelayedEvent, len(pending))
	for i, waiting := range pending {
		events[i] = RelayedEvent{
			ID:         fmt.Sprintf("%s/%s/%s/%d", collection, record.ID, waiting.Revision, waiting.N),
			Collection: collection, Document: record.ID, Revision: waiting.Revision, Event: waiting.Event,
		}
	}
	return events, nil
}

// clear empties the envelope of a record whose events are in the history. The revision stays, since the document does: whoever
// holds it can still write. A record that was written to or deleted meanwhile is left to the next round.
func (db *DB) clear(ctx context.Context, m member, record Record) (int, error) {
	n, err := record.Pending.count()
	if err != nil {
		return 0, err
	}
	record.Pending = nil
	keys := append([]any(nil), record.Keys...)
	for i, field := range m.schema.Fields {
		if field.Name == PendingField {
			keys[i] = false
		}
	}
	record.Keys = keys
	count(ctx, 1, 0)
	err = db.engine.Replace(ctx, m.schema.Collection, record, record.Revision)
	if errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	m.cleared(record.ID, record.Revision)
	return n, nil
}
