package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"reflect"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Spec declares a collection: what the documents are called, which of their values are indexed, and how older shapes of
// them become today's.
type Spec[T any] struct {
	Name    string     // "assessments": a to z, digits and underscore, at most 40 characters, not beginning with "store_"
	Shape   int32      // current shape version of T, from 1
	Fields  []Field[T] // indexed values; a removed field or a changed meaning takes a new Shape
	Indexes []Index
	// Upgrade leads from shape k to k+1, for every k from 1 to Shape-1. The functions are pure: a document is upgraded each
	// time it is read, and keeps its old shape until it is written again.
	Upgrade map[int32]func(bson.D) (bson.D, error)
	// Shared is how many documents' decoded values are kept, those used last, for [Collection.GetShared] and Update; 0 is none. A
	// decoded value takes about three times its document's bytes.
	Shared int
}

// Field is an indexed value: computed from the document, never null. Value may return a named string, integer or bool type.
type Field[T any] struct {
	Name  string
	Type  FieldType
	Value func(id string, v *T) any
}

// Item is a document to insert, with the events of its making.
type Item[T any] struct {
	ID     string
	Value  T
	Events []Event
}

// Collection keeps documents of one type. T is a struct that bson can encode and decode. All methods may be called
// concurrently. Their failures are the package's errors, with the collection and the id in the text.
type Collection[T any] struct {
	db     *DB
	spec   Spec[T]
	schema Schema
	plans  planner
	memory *memory[T]
	codec  codec[T]
	turns  turns
}

// A document must not grow by the events in its envelope, neither because a relay stands still nor because somebody saves without a
// pause. From crowded bytes of them on, some twenty, they are moved to the history beside the writes; with more than maxWaiting, some
// eighty, a write moves them first.
const (
	crowded    = 4 << 10
	maxWaiting = 16 << 10
)

// updateTries is how often Update reads and writes before it reports a conflict.
const updateTries = 10

// retryPause is the longest pause after Update's first lost race; it doubles with each further one up to 128 times as much.
const retryPause = time.Millisecond

// NewCollection declares a collection of db. It panics on a spec that can't be right, since that is a programming error.
func NewCollection[T any](db *DB, spec Spec[T]) *Collection[T] {
	schema, err := schemaOf(spec)
	if err != nil {
		panic(fmt.Sprintf("store: collection %q: %v", spec.Name, err))
	}
	held, err := newMemory[T](spec.Shared)
	if err != nil {
		panic(fmt.Sprintf("store: collection %q: %v", spec.Name, err))
	}
	c := &Collection[T]{db: db, spec: spec, schema: schema, plans: newPlanner(schema), memory: held, codec: codecOf[T]()}
	db.register(member{schema: schema, rekey: c.rekey, cleared: c.memory.cleared})
	return c
}

// schemaOf gives what an engine keeps of a spec, and finds what can't be right in it.
func schemaOf[T any](spec Spec[T]) (Schema, error) {
	if reflect.TypeFor[T]().Kind() != reflect.Struct {
		return Schema{}, fmt.Errorf("%s is not a struct", reflect.TypeFor[T]())
	}
	if strings.HasPrefix(spec.Name, ownPrefix) {
		return Schema{}, fmt.Errorf("names that begin with %q are the store's own", ownPrefix)
	}
	schema := Schema{Collection: spec.Name, Shape: spec.Shape}
	for _, field := range spec.Fields {
		if field.Value == nil {
			return Schema{}, fmt.Errorf("field %q has no value", field.Name)
		}
		schema.Fields = append(schema.Fields, FieldSpec{Name: field.Name, Type: field.Type})
	}
	schema.Fields = append(schema.Fields, FieldSpec{Name: PendingField, Type: Bool})
	schema.Indexes = append(append(schema.Indexes, spec.Indexes...), pendingIndex())
	if err := schema.check(); err != nil {
		return Schema{}, err
	}
	for shape := int32(1); shape < spec.Shape; shape++ {
		if spec.Upgrade[shape] == nil {
			return Schema{}, fmt.Errorf("no upgrade from shape %d", shape)
		}
	}
	return schema, nil
}

// Get reads one document.
func (c *Collection[T]) Get(ctx context.Context, id string) (Doc[T], error) {
	record, err := c.read(ctx, id, "")
	if err != nil {
		return Doc[T]{}, err
	}
	return c.decode(ctx, record)
}

// GetMany reads at most MaxMembers documents in one read of the engine. They come in the order of ids; an id that names no
// document is left out.
func (c *Collection[T]) GetMany(ctx context.Context, ids []string) ([]Doc[T], error) {
	return c.getMany(ctx, ids, c.decode)
}

func (c *Collection[T]) getMany(ctx context.Context, ids []string, document func(context.Context, Record) (Doc[T], error)) ([]Doc[T], error) {
	if len(ids) == 0 {
		return nil, nil
	}
	members := &Membership{Field: IDField, Values: make([]any, len(ids))}
	for i, id := range ids {
		members.Values[i] = id
	}
	page, err := c.find(ctx, Query{In: members, Limit: MaxMembers}, document)
	if err != nil {
		return nil, err
	}
	found := make(map[string]Doc[T], len(page.Docs))
	for _, doc := range page.Docs {
		found[doc.ID] = doc
	}
	docs := make([]Doc[T], 0, len(page.Docs))
	for _, id := range ids {
		if doc, ok := found[id]; ok {
			docs = append(docs, doc)
		}
	}
	return docs, nil
}

// Insert writes a new document, with its events in the same atomic write, and returns what is stored.
func (c *Collection[T]) Insert(ctx context.Context, id string, value T, events ...Event) (Doc[T], error) {
	docs, errs := c.InsertMany(ctx, []Item[T]{{ID: id, Value: value, Events: events}})
	return docs[0], errs[0]
}

// InsertMany writes new documents, each atomically: some may be written and others not. Both answers have one entry per item.
func (c *Collection[T]) InsertMany(ctx context.Context, items []Item[T]) ([]Doc[T], []error) {
	docs, errs := make([]Doc[T], len(items)), make([]error, len(items))
	records, places := make([]Record, 0, len(items)), make([]int, 0, len(items))
	for i, item := range items {
		record, doc, err := c.encode(item.ID, c.kept(item.Value), nil, item.Events)
		if err != nil {
			errs[i] = err
			continue
		}
		docs[i] = doc
		records, places = append(records, record), append(places, i)
	}
	if len(records) == 0 {
		return docs, errs
	}
	count(ctx, 1, 0)
	for n, err := range c.db.engine.Insert(ctx, c.spec.Name, records) {
		if i := places[n]; err != nil {
			docs[i], errs[i] = Doc[T]{}, c.failed(items[i].ID, err)
		}
	}
	return docs, errs
}

// Replace writes the document if it is still at doc.Revision, with the events in the same atomic write, and returns what is
// stored, at its new revision. Events of earlier writes that wait for the relay go on waiting.
func (c *Collection[T]) Replace(ctx context.Context, doc Doc[T], events ...Event) (Doc[T], error) {
	stored, err := c.read(ctx, doc.ID, doc.Revision)
	if err != nil {
		return Doc[T]{}, err
	}
	if stored.Revision != doc.Revision {
		return Doc[T]{}, c.failed(doc.ID, ErrConflict)
	}
	if stored.Shape > c.spec.Shape {
		return Doc[T]{}, c.failed(doc.ID, ErrNewerShape)
	}
	if stored.Pending, err = c.relieved(ctx, stored); err != nil {
		return Doc[T]{}, err
	}
	return c.unshared(c.replace(ctx, stored, c.kept(doc.Value), events))
}

// kept gives what a caller may go on writing to as a value of its own.
func (c *Collection[T]) kept(value T) T {
	if c.codec.encode == nil {
		return value // encoding and decoding makes one
	}
	return c.codec.copied(&value)
}

// unshared gives a document that was written or read as shared as its caller's own.
func (c *Collection[T]) unshared(doc Doc[T], err error) (Doc[T], error) {
	if err == nil && c.memory.known != nil {
		doc.Value = c.codec.copied(&doc.Value)
	}
	return doc, err
}

// replace writes value over the stored record. The value is given away, and that of the document it returns is shared.
func (c *Collection[T]) replace(ctx context.Context, stored Record, value T, events []Event) (Doc[T], error) {
	record, doc, err := c.encode(stored.ID, value, stored.Pending, events)
	if err != nil {
		return Doc[T]{}, err
	}
	count(ctx, 1, 0)
	if err := c.db.engine.Replace(ctx, c.spec.Name, record, stored.Revision); err != nil {
		return Doc[T]{}, c.failed(doc.ID, err)
	}
	if c.memory.known != nil {
		// Who changes a document often does so again.
		own := doc.Value
		c.memory.put(record, &own)
		c.relieve(record)
	}
	return doc, nil
}

// relieve has a crowded envelope's events moved to the history, and does not wait for it. A later write leaves out those that were: where
// it fails, or there is no later write, they go on waiting for the relay.
func (c *Collection[T]) relieve(record Record) {
	if len(record.Pending) <= crowded || c.db.history == nil || !c.memory.beginMove(record.ID) {
		return
	}
	c.db.moves.Go(func() {
		moved := record.Pending
		events, err := relayed(c.spec.Name, record)
		if err == nil {
			err = c.db.history(context.Background(), events) // no request waits for it, and none is charged with its reads
		}
		if err != nil {
			moved = nil
		}
		c.memory.endMove(record.ID, moved)
	})
}

// Delete removes the document if it is still at the revision given. A document whose events have not been moved to the
// history yet is kept, with ErrPending: they would be lost.
func (c *Collection[T]) Delete(ctx context.Context, id string, at Revision) error {
	stored, err := c.read(ctx, id, at)
	if err != nil {
		return err
	}
	if stored.Revision != at {
		return c.failed(id, ErrConflict)
	}
	// While the revision stands no event can join those of the envelope, so what is seen here holds at the delete too.
	if len(stored.Pending) > 0 {
		return c.failed(id, ErrPending)
	}
	count(ctx, 1, 0)
	if err := c.db.engine.Delete(ctx, c.spec.Name, id, at); err != nil {
		return c.failed(id, err)
	}
	c.memory.forget(id)
	return nil
}

// Find answers a query that a declared index can answer, and refuses any other with ErrQuery.
func (c *Collection[T]) Find(ctx context.Context, q Query) (Page[T], error) {
	return c.find(ctx, q, c.decode)
}

// find answers a query, with the document of each record by the function given.
func (c *Collection[T]) find(ctx context.Context, q Query, document func(context.Context, Record) (Doc[T], error)) (Page[T], error) {
	plan, hash, err := c.plans.plan(q)
	if err != nil {
		return Page[T]{}, err
	}
	limit := plan.Limit
	plan.Limit++ // the one more shows whether a page follows
	count(ctx, 1, 0)
	records, err := c.db.engine.Find(ctx, plan)
	if err != nil {
		return Page[T]{}, fmt.Errorf("find in %s: %w", c.spec.Name, err)
	}
	var page Page[T]
	if len(records) > limit {
		records = records[:limit]
		page.Next = newCursor(hash, c.plans.position(plan.Index, records[limit-1]))
	}
	page.Docs = make([]Doc[T], len(records))
	for i, record := range records {
		if page.Docs[i], err = document(ctx, record); err != nil {
			return Page[T]{}, err
		}
	}
	return page, nil
}

// Count counts what the query would find, at most its limit.
func (c *Collection[T]) Count(ctx context.Context, q Query) (int, error) {
	if q.After != "" {
		return 0, fmt.Errorf("%w: %s: a count has no cursor", ErrQuery, c.spec.Name)
	}
	plan, _, err := c.plans.plan(q)
	if err != nil {
		return 0, err
	}
	count(ctx, 1, 0)
	n, err := c.db.engine.Count(ctx, plan)
	if err != nil {
		return 0, fmt.Errorf("count in %s: %w", c.spec.Name, err)
	}
	return n, nil
}

// Update reads the document, lets change work on it and writes it back at the revision that was read. Updates of one document in one
// program take turns. On a race lost to another program it does so again, up to ten times with growing random pauses, and then reports
// ErrConflict. So change must be pure: it may be called several times, each time with a fresh value, and what it puts into it is given away:
// nothing writes to it afterwards. It returns the events of the change, ErrNoChange when there is nothing to write, or an error of its own,
// which is passed through. It must not update the same document itself.
func (c *Collection[T]) Update(ctx context.Context, id string, change func(v *T) ([]Event, error)) (Doc[T], error) {
	return c.unshared(c.UpdateShared(ctx, id, change))
}

// UpdateShared is Update for callers that change nothing of what it returns: that value is shared, as GetShared's is. Only change
// itself works on a value of its own.
func (c *Collection[T]) UpdateShared(ctx context.Context, id string, change func(v *T) ([]Event, error)) (Doc[T], error) {
	end, err := c.turns.take(ctx, id)
	if err != nil {
		return Doc[T]{}, c.failed(id, fmt.Errorf("%w: %w", ErrUnavailable, err))
	}
	defer end()
	if doc, err := c.updateHeld(ctx, id, change); !errors.Is(err, ErrConflict) {
		return doc, err
	}
	for try := 1; ; try++ {
		stored, held, err := c.readHeld(ctx, id)
		if err != nil {
			return Doc[T]{}, err
		}
		value, err := c.own(ctx, stored, held)
		if err != nil {
			return Doc[T]{}, err
		}
		events, err := change(&value)
		if errors.Is(err, ErrNoChange) {
			// change may have touched value before it found nothing to do.
			return c.share(ctx, stored, held)
		}
		if err != nil {
			return Doc[T]{}, err
		}
		if stored.Pending, err = c.relieved(ctx, stored); err != nil {
			return Doc[T]{}, err
		}
		doc, err := c.replace(ctx, stored, value, events)
		if !errors.Is(err, ErrConflict) || try == updateTries {
			return doc, err
		}
		if err := pause(ctx, try); err != nil {
			return Doc[T]{}, c.failed(id, err)
		}
	}
}

// updateHeld changes what was read or written last without reading it again. That succeeds where the document still is at that
// revision, which the write itself finds out. Otherwise it reports ErrConflict: whatever speaks against the change, a refusal by change
// included, may come from what somebody else has written meanwhile, and counts for nothing.
func (c *Collection[T]) updateHeld(ctx context.Context, id string, change func(v *T) ([]Event, error)) (Doc[T], error) {
	held := c.memory.get(id)
	if held.value == nil {
		return Doc[T]{}, ErrConflict
	}
	// The relay may have moved what waits, without a new revision, and then finds it moved already. That must not go on for ever.
	waiting := held.waiting.after(held.moved)
	if len(waiting) > maxWaiting {
		return Doc[T]{}, ErrConflict
	}
	value := c.codec.copied(held.value)
	events, err := change(&value)
	if err != nil {
		return Doc[T]{}, ErrConflict
	}
	count(ctx, 0, 1)
	doc, err := c.replace(ctx, Record{ID: id, Revision: held.revision, Pending: waiting}, value, events)
	if err != nil && !errors.Is(err, ErrOutcomeUnknown) && !errors.Is(err, ErrUnavailable) {
		return Doc[T]{}, ErrConflict
	}
	return doc, err
}

// relieved gives the events that a write of the stored record takes along: those that wait, or none when they are so many that they
// have been moved to the history now. Until that write clears them the relay may move them again, and finds them there.
func (c *Collection[T]) relieved(ctx context.Context, stored Record) (Waiting, error) {
	if len(stored.Pending) <= maxWaiting || c.db.history == nil {
		return stored.Pending, nil
	}
	events, err := relayed(c.spec.Name, stored)
	if err != nil {
		return nil, c.failed(stored.ID, err)
	}
	if err := c.db.history(ctx, events); err != nil {
		return nil, c.failed(stored.ID, fmt.Errorf("move events: %w", err))
	}
	return nil, nil
}

// pause waits a random time before the next try, longer with each.
func pause(ctx context.Context, try int) error {
	longest := retryPause << min(try-1, 7)
	timer := time.NewTimer(mathrand.N(longest))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	}
}

// read gets a record; its body may be left out when it is at the revision known.
func (c *Collection[T]) read(ctx context.Context, id string, known Revision) (Record, error) {
	if err := checkID(c.spec.Name, id); err != nil {
		return Record{}, err
	}
	count(ctx, 1, 0)
	record, err := c.db.engine.Get(ctx, c.spec.Name, id, known)
	if err != nil {
		return Record{}, c.failed(id, err)
	}
	return record, nil
}

// encode makes the record of a document, with a revision of its own, and the document as it will be read again. The value is given away.
func (c *Collection[T]) encode(id string, value T, waiting Waiting, events []Event) (Record, Doc[T], error) {
	if err := checkID(c.spec.Name, id); err != nil {
		return Record{}, Doc[T]{}, err
	}
	invalid := func(err error) error { return c.failed(id, fmt.Errorf("%w: %w", ErrInvalid, err)) }
	body, read, err := c.codec.body(value)
	if err != nil {
		return Record{}, Doc[T]{}, invalid(err)
	}
	record := Record{ID: id, Revision: newRevision(), Shape: c.spec.Shape, Body: body, Spare: true}
	added := make([]PendingEvent, len(events))
	for n, event := range events {
		event.At = cut(event.At)
		added[n] = PendingEvent{Event: event, Revision: record.Revision, N: n}
	}
	if record.Pending, err = waiting.with(added); err != nil {
		return Record{}, Doc[T]{}, invalid(err)
	}
	if size := record.Size(); size > MaxDocument {
		return Record{}, Doc[T]{}, c.failed(id, fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTooLarge, size, MaxDocument))
	}
	doc := Doc[T]{ID: id, Revision: record.Revision, Value: read}
	// The keys come from the value as it will be read, so that they are the same whenever they are computed.
	if record.Keys, err = c.keys(id, &doc.Value, len(record.Pending) > 0); err != nil {
		return Record{}, Doc[T]{}, err
	}
	return record, doc, nil
}

// decode makes the document of a record, in today's shape.
func (c *Collection[T]) decode(ctx context.Context, record Record) (Doc[T], error) {
	count(ctx, 0, 1)
	body, err := c.upgrade(record)
	if err != nil {
		return Doc[T]{}, c.failed(record.ID, err)
	}
	doc := Doc[T]{ID: record.ID, Revision: record.Revision}
	if err := bson.Unmarshal(body, &doc.Value); err != nil {
		return Doc[T]{}, c.failed(record.ID, fmt.Errorf("%w: stored body: %w", ErrInvalid, err))
	}
	return doc, nil
}

// upgrade brings a stored body to today's shape.
func (c *Collection[T]) upgrade(record Record) (bson.Raw, error) {
	switch {
	case record.Shape == c.spec.Shape:
		return record.Body, nil
	case record.Shape > c.spec.Shape:
		return nil, fmt.Errorf("%w: shape %d, this program knows %d", ErrNewerShape, record.Shape, c.spec.Shape)
	case record.Shape < 1:
		return nil, fmt.Errorf("%w: shape %d", ErrInvalid, record.Shape)
	}
	var body bson.D
	if err := bson.Unmarshal(record.Body, &body); err != nil {
		return nil, fmt.Errorf("%w: stored body: %w", ErrInvalid, err)
	}
	for shape := record.Shape; shape < c.spec.Shape; shape++ {
		var err error
		if body, err = c.spec.Upgrade[shape](body); err != nil {
			return nil, fmt.Errorf("%w: upgrade from shape %d: %w", ErrInvalid, shape, err)
		}
	}
	raw, err := bson.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("%w: upgraded body: %w", ErrInvalid, err)
	}
	return raw, nil
}

// keys computes the indexed values, in the order of the schema's fields.
func (c *Collection[T]) keys(id string, value *T, pending bool) ([]any, error) {
	keys := make([]any, 0, len(c.schema.Fields))
	for _, field := range c.spec.Fields {
		key, err := field.Type.normal(field.Value(id, value))
		if err != nil {
			return nil, c.failed(id, fmt.Errorf("%w: indexed field %q %w", ErrInvalid, field.Name, err))
		}
		keys = append(keys, key)
	}
	return append(keys, pending), nil
}

// rekey is the collection's [Rekey].
func (c *Collection[T]) rekey(stored Record) ([]any, error) {
	doc, err := c.decode(context.Background(), stored)
	if err != nil {
		return nil, err
	}
	return c.keys(doc.ID, &doc.Value, len(stored.Pending) > 0)
}

func (c *Collection[T]) failed(id string, err error) error {
	return fmt.Errorf("%s/%s: %w", c.spec.Name, id, err)
}

// newRevision makes a token that no other ever equals, of the time in milliseconds and 85 random bits. Nobody reads the time. It puts the
// revisions of a document, and with them the ids of its events, into the order they are made in: an index grows at one place
// for each document then, where random ids touch another page with each.
func newRevision() Revision {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUV" // in the order of their bytes
	token := []byte(rand.Text())
	at := time.Now().UnixMilli()
	for i := revisionTime - 1; i >= 0; i-- {
		token[i] = digits[at&31]
		at >>= 5
	}
	return Revision(token)
}

// revisionTime is how many characters of a revision are its time: 45 bits last for a thousand years.
const revisionTime = 9
