package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// DB is a store in use: an engine and the collections declared on it.
type DB struct {
	engine  Engine
	history func(context.Context, []RelayedEvent) error // nil: only the relay moves events
	moves   sync.WaitGroup                              // to the history, which no write waits for

	mu      sync.Mutex
	members []member // in the order of their declaration
}

// member is what the DB needs to know of a collection, whatever its type.
type member struct {
	schema Schema
	rekey  func(Record) ([]any, error)
	// cleared hears that the relay has moved the events of a document at a revision.
	cleared func(id string, at Revision)
}

// Open makes a store of an engine. Collections are declared next, then [DB.Ensure] is called once.
func Open(engine Engine) *DB {
	return &DB{engine: engine}
}

// MoveTo tells where events go that a write finds too many of in an envelope. insert is as [DB.Relay]'s. It is called once, before the
// collections are used.
func (db *DB) MoveTo(insert func(context.Context, []RelayedEvent) error) { db.history = insert }

// Engine gives the engine, for backup and copying.
func (db *DB) Engine() Engine { return db.engine }

func (db *DB) register(m member) {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, other := range db.members {
		if other.schema.Collection == m.schema.Collection {
			panic(fmt.Sprintf("store: collection %q is declared twice", m.schema.Collection))
		}
	}
	db.members = append(db.members, m)
}

func (db *DB) declared() []member {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.members[:len(db.members):len(db.members)]
}

// Ensure creates what the declared collections need and is missing: tables, indexes, and the indexed values of fields that
// are new since the last build. It refuses, with ErrNewerShape, a database that a newer program has used, and with
// ErrUnfinished one into which a restore or copy was begun and not finished.
func (db *DB) Ensure(ctx context.Context) error {
	if err := refuseUnfinished(ctx, db.engine); err != nil {
		return err
	}
	members := db.declared()
	schemas := make([]Schema, len(members))
	rekeys := make(map[string]func(Record) ([]any, error), len(members))
	for i, m := range members {
		schemas[i] = m.schema
		rekeys[m.schema.Collection] = m.rekey
	}
	return db.engine.Ensure(ctx, schemas, func(collection string, stored Record) ([]any, error) {
		rekey := rekeys[collection]
		if rekey == nil {
			return nil, errors.New("store: no such collection: " + collection)
		}
		return rekey(stored)
	})
}

// Ping reports whether the store can be reached and written to.
func (db *DB) Ping(ctx context.Context) error { return db.engine.Ping(ctx) }

// Close closes the engine, once no events are on their way to the history. Nothing may be written any more.
func (db *DB) Close() error {
	db.moves.Wait()
	return db.engine.Close()
}
