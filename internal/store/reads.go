package store

import (
	"context"
	"sync/atomic"
)

// Reads counts what one request costs the store, whatever its engine: a page's cost must not grow with the number of
// municipalities or rounds unnoticed.
type Reads struct {
	Calls     atomic.Int64 // calls of the engine
	Documents atomic.Int64 // documents read, whether decoded anew or shared
}

type readsKey struct{}

// WithReads gives a context whose store calls are counted.
func WithReads(ctx context.Context) (context.Context, *Reads) {
	reads := new(Reads)
	return context.WithValue(ctx, readsKey{}, reads), reads
}

func count(ctx context.Context, calls, documents int64) {
	if reads, ok := ctx.Value(readsKey{}).(*Reads); ok {
		reads.Calls.Add(calls)
		reads.Documents.Add(documents)
	}
}
