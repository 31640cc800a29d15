// Package store is Helhet's document-store port: typed collections of documents, one contract, two engines
// (sqlite, mongodb). The contract is written down in docs/storage.md and proven by the suite in storetest.
//
// Domain packages use [Collection]; engines implement [Engine] and never see a domain type. Everything between the two
// (encoding, indexed values, shape upgrades, planning of queries, cursors, retry of Update, blobs) stands here, once.
package store

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The failures every engine reports, to be tested with errors.Is. Whatever else an engine meets (a full disk, a refused
// connection) it wraps in ErrUnavailable.
var (
	ErrNotFound       = errors.New("store: not found")
	ErrExists         = errors.New("store: exists")
	ErrConflict       = errors.New("store: conflict")        // the document is no longer at the revision given
	ErrTooLarge       = errors.New("store: too large")       // over MaxDocument bytes
	ErrOutcomeUnknown = errors.New("store: outcome unknown") // the write may or may not have happened
	ErrUnavailable    = errors.New("store: unavailable")
	ErrQuery          = errors.New("store: query refused")  // no declared index serves it
	ErrCursor         = errors.New("store: cursor refused") // not a cursor of this query
	ErrNewerShape     = errors.New("store: shape newer than this program")
	ErrInvalid        = errors.New("store: invalid document")     // an indexed value missing or of the wrong type, an empty id
	ErrPending        = errors.New("store: events not yet moved") // a document with waiting events can't be deleted
	ErrUnfinished     = errors.New("store: restore or copy not finished")
	ErrNotEmpty       = errors.New("store: not empty")
	ErrBackup         = errors.New("store: not a whole backup") // damaged, cut off, or something else
)

// ErrNoChange is returned by the function given to [Collection.Update] when there is nothing to write: Update then
// returns the document as it is and no error.
var ErrNoChange = errors.New("store: no change")

const (
	// MaxDocument is the largest encoded document, in bytes, on every engine.
	MaxDocument = 1 << 20
	// MaxLimit bounds Query.Limit; a query without a limit is refused.
	MaxLimit = 1000
	// MaxMembers bounds the values of one membership.
	MaxMembers = 100
)

// Revision is an opaque random token, made by the writer for each write, never reused, compared for equality only.
type Revision string

// FieldType is the type of an indexed value.
type FieldType int

// The types an indexed value may have. Strings order by their UTF-8 bytes, times are cut to UTC milliseconds.
const (
	String FieldType = iota
	Int              // int64
	Bool
	Time
)

// Index names the fields of one index, in order. Every index ends in the document's id, which is not named.
type Index struct {
	Name   string   `bson:"name"`
	Fields []string `bson:"fields"`
}

// Fact is one id or number that an event tells, never a text: {Key: "level", Value: int64(3)}.
type Fact = bson.E

// Event is something that happened to a document, written in the same atomic write as the change itself. The relay in
// internal/events moves it to the history, at the id "collection/document/revision/n".
type Event struct {
	Type  string    `bson:"type"`            // "answer.saved"
	At    time.Time `bson:"at"`              // UTC, milliseconds
	Actor string    `bson:"actor"`           // a person's id, or "system:seal"
	Scope string    `bson:"scope,omitempty"` // whose history it belongs to: a municipality's or region's id
	Data  bson.D    `bson:"data,omitempty"`  // ids and numbers; never notes or other text
}

// Doc is a document as it is stored.
type Doc[T any] struct {
	ID       string
	Revision Revision
	Value    T
}

// Page is the answer to a query. Next is empty when nothing follows.
type Page[T any] struct {
	Docs []Doc[T]
	Next Cursor
}

// Cursor continues a query after the last document of a page. It is opaque, and bound to its query.
type Cursor string

// Term is one equality: the field named equals Value (string, int64 or int, bool, time.Time).
type Term struct {
	Field string
	Value any
}

// Membership is "the field is one of these values", at most MaxMembers of them.
type Membership struct {
	Field  string
	Values []any
}

// Range is From <= field < To; a nil bound is open.
type Range struct {
	Field    string
	From, To any
}

// Query is what one declared index can answer: equality on a prefix of its fields, then at most one membership (with no
// order after it) or one range, in the index's remaining order, whole or reversed. Limit is 1 to MaxLimit, for counting too.
// The field "id" stands for the document's id and may be used like any other, as the last of every index.
type Query struct {
	Equal   []Term
	In      *Membership
	Range   *Range
	Order   []string // the fields the caller wants the answer ordered by; empty: whatever the index gives
	Reverse bool
	Limit   int
	After   Cursor
}

// Schema is what an engine must know of a collection to keep it. An engine stores it as given and hands it back from
// [Engine.Collections], so that a later build can see what it finds.
type Schema struct {
	Collection string      `bson:"collection"`
	Shape      int32       `bson:"shape"`   // the newest shape of its documents
	Fields     []FieldSpec `bson:"fields"`  // every indexed field, each a real column or key of its own; PendingField is the last
	Indexes    []Index     `bson:"indexes"` // without "id" at their end; those declared, then that of PendingField
}

// FieldSpec is an indexed field's name and type.
type FieldSpec struct {
	Name string    `bson:"name"`
	Type FieldType `bson:"type"`
}

const (
	// PendingField is indexed in every collection: true while a document's envelope holds events the relay has not moved.
	// Engines see a field and an index like any other.
	PendingField = "pending"
	// IDField stands for the document's id: the last field of every index, and the only one of the index named PrimaryIndex,
	// which every collection has without declaring it.
	IDField      = "id"
	PrimaryIndex = "id"
)

// PendingEvent is an event that waits in its document's envelope, with what its id in the history is made of.
type PendingEvent struct {
	Event    `bson:",inline"`
	Revision Revision `bson:"revision"` // of the write that made it, which later writes do not change
	N        int      `bson:"n"`        // its place among the events of that write, from 0
}

// Record is a document as engines see it.
type Record struct {
	ID       string
	Revision Revision
	Shape    int32    // version of the document's shape
	Keys     []any    // the indexed values, in the order of Schema.Fields; string, int64, bool or time.Time (UTC, ms)
	Body     bson.Raw // the document itself
	Pending  Waiting  // events not yet moved to the history
	Spare    bool     // the memory behind Body and Pending is nobody's: an engine that writes them filled up need not copy them
}

// Plan is a query that the planner accepted: the engine runs it on the named index and no other.
type Plan struct {
	Collection string
	Index      Index       // with "id" as its last field; PrimaryIndex holds "id" alone
	Equal      []Term      // a prefix of Index.Fields, in their order
	In         *Membership // of the field after that prefix; values sorted and without doubles
	Range      *Range      // of the field after that prefix; never together with In
	Reverse    bool        // the answer is in the index's order, or wholly reversed
	Limit      int         // 1 to MaxLimit+1 (one more than asked shows whether a page follows)
	After      []any       // the last document's values of all of Index.Fields, id last; nil at the start
}

// Rekey computes the indexed values of a stored record for the schema that is being ensured. Body, shape and revision stay.
type Rekey func(collection string, stored Record) (keys []any, err error)

// View is what a snapshot shows.
type View interface {
	// Scan visits every record of a collection in the order of its id and stops at visit's first error.
	Scan(ctx context.Context, collection string, visit func(Record) error) error
}

// Engine keeps records. Each method is atomic for one record and acknowledges only what is durable. Records that are read
// come with everything they were written with, Keys and Pending included. A context that ends before a write was begun gives
// ErrUnavailable, later the write's own outcome or ErrOutcomeUnknown.
type Engine interface {
	// Ensure creates what is missing of the collections and their indexes and stores the schemas. For every collection
	// [Schema.Change] decides, from the stored schema and the one given, between refusing it, creating indexes only and
	// writing the keys of all its records anew with rekey. Ensure may be repeated after it was cut off.
	Ensure(ctx context.Context, schemas []Schema, rekey Rekey) error
	// Insert writes new records, each atomically, and returns one outcome per record: nil, ErrExists, ErrTooLarge, ErrOutcomeUnknown, ErrUnavailable.
	Insert(ctx context.Context, collection string, records []Record) []error
	// Get reads a record. When the stored record is at the revision known, its Body is left out (nil): the caller has it. "" knows none.
	Get(ctx context.Context, collection, id string, known Revision) (Record, error)
	// Replace writes the record if the stored one is at the revision given; else ErrConflict or ErrNotFound. The record's own
	// revision may be the one given: so the relay clears events that it moved, which changes no document.
	Replace(ctx context.Context, collection string, record Record, at Revision) error
	Delete(ctx context.Context, collection, id string, at Revision) error
	Find(ctx context.Context, plan Plan) ([]Record, error)
	Count(ctx context.Context, plan Plan) (int, error) // at most plan.Limit
	// Collections lists what is stored, in the order of the collections' names.
	Collections(ctx context.Context) ([]Schema, error)
	// Snapshot shows read everything stored, for backup and copying, while others write. docs/storage.md says what each
	// engine promises of the moment it shows.
	Snapshot(ctx context.Context, read func(View) error) error
	// Ping reports whether the store can be reached and written to.
	Ping(ctx context.Context) error
	Close() error
}
