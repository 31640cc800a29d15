package main

import (
	"context"
	"fmt"
	"time"

	"helhet/internal/store"
	"helhet/internal/store/sqlite"
)

// bareCollection has the fields and indexes of assessments, without their meaning.
var bareCollection = store.Schema{
	Collection: "bare", Shape: 1,
	Fields: []store.FieldSpec{
		{Name: "round", Type: store.String}, {Name: "state", Type: store.String}, {Name: "municipality", Type: store.String},
		{Name: "opened", Type: store.Time}, {Name: store.PendingField, Type: store.Bool}},
	Indexes: []store.Index{
		{Name: "round", Fields: []string{"round", "state"}}, {Name: "municipality", Fields: []string{"municipality", "opened"}},
		{Name: store.PendingField, Fields: []string{store.PendingField}}},
}

// bare is the engine alone, writing assessments' bytes: what a save can't be faster than. Each write of a document brings other
// bytes than the one before, since SQLite leaves pages alone that stay the same.
type bare struct {
	engine *sqlite.Engine
	bodies [][]byte
	at     []store.Revision
	writes []int
}

func openBare(ctx context.Context, dir string, documents int, bodies [][]byte) (*bare, error) {
	engine, err := sqlite.Open(ctx, dir)
	if err != nil {
		return nil, err
	}
	b := &bare{engine: engine, bodies: bodies, at: make([]store.Revision, documents), writes: make([]int, documents)}
	if err := engine.Ensure(ctx, []store.Schema{bareCollection}, nil); err != nil {
		return nil, err
	}
	for n := range documents {
		record := b.record(n)
		if err := engine.Insert(ctx, bareCollection.Collection, []store.Record{record})[0]; err != nil {
			return nil, err
		}
		b.at[n] = record.Revision
	}
	return b, nil
}

func (b *bare) record(n int) store.Record {
	b.writes[n]++
	return store.Record{
		ID: fmt.Sprintf("document-%d", n), Revision: store.Revision(fmt.Sprintf("%d-%d", n, b.writes[n])), Shape: 1, Body: b.bodies[(n+b.writes[n])%len(b.bodies)],
		Keys: []any{"round", "draft", fmt.Sprintf("m%d", n), time.UnixMilli(1_700_000_000_000).UTC(), false},
	}
}

// replace writes the n-th document anew. Two at a time must not have the same n.
func (b *bare) replace(ctx context.Context, n int) error {
	record := b.record(n)
	err := b.engine.Replace(ctx, bareCollection.Collection, record, b.at[n])
	if err == nil {
		b.at[n] = record.Revision
	}
	return err
}
