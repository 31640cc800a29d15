package mongodb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"helhet/internal/store"
)

// How many records one insert command carries: what a server takes in one message (48 MB), with room to spare.
const (
	insertRecords = 500
	insertBytes   = 8 << 20
)

// Server codes, from the server's list of error codes.
const (
	codeTooLarge     = 10334
	codeDuplicateKey = 11000
)

// refusals are the codes with which a server refuses a command before it does anything. After every other failure of a
// command that was sent, a write may have happened.
var refusals = []int{
	2,     // BadValue
	9,     // FailedToParse
	13,    // Unauthorized
	14,    // TypeMismatch
	18,    // AuthenticationFailed
	59,    // CommandNotFound
	73,    // InvalidNamespace
	238,   // NotImplemented
	10107, // NotWritablePrimary
	13435, // NotPrimaryNoSecondaryOk
}

// Insert writes new records in a few commands and returns an outcome for each record.
func (e *Engine) Insert(ctx context.Context, collection string, records []store.Record) []error {
	outcomes := make([]error, len(records))
	schema, err := e.schema(ctx, collection)
	if err != nil {
		for i := range outcomes {
			outcomes[i] = err
		}
		return outcomes
	}
	var documents []any
	var places []int // documents[n] is records[places[n]]
	size := 0
	flush := func() {
		if len(documents) > 0 {
			e.insert(ctx, collection, records, places, documents, outcomes)
		}
		documents, places, size = nil, nil, 0
	}
	for i, record := range records {
		document, err := encode(schema, record)
		if err != nil {
			outcomes[i] = err
			continue
		}
		if len(documents) == insertRecords || size+len(record.Body) > insertBytes {
			flush()
		}
		documents, places, size = append(documents, document), append(places, i), size+len(record.Body)
	}
	flush()
	return outcomes
}

// insert sends one command's worth of documents and fills in their outcomes.
func (e *Engine) insert(ctx context.Context, collection string, records []store.Record, places []int, documents []any, outcomes []error) {
	sending, sent := withMark(ctx)
	_, err := e.database.Collection(collection).InsertMany(sending, documents, options.InsertMany().SetOrdered(false))
	if err == nil {
		return
	}
	var doubtful []int // places whose outcome only a read can tell
	var bulk mongo.BulkWriteException
	switch {
	case errors.As(err, &bulk):
		refused := make(map[int]mongo.BulkWriteError, len(bulk.WriteErrors))
		for _, failure := range bulk.WriteErrors {
			refused[failure.Index] = failure
		}
		for n, place := range places {
			failure, ok := refused[n]
			switch {
			case ok && failure.Code == codeDuplicateKey:
				// What is there may be this very record: the driver sends a write again after it lost a reply.
				outcomes[place] = store.ErrExists
				doubtful = append(doubtful, place)
			case ok && failure.Code == codeTooLarge:
				outcomes[place] = fmt.Errorf("%w: %w", store.ErrTooLarge, failure)
			case ok:
				outcomes[place] = unavailable(failure)
			case bulk.WriteConcernError != nil:
				// Written on the primary, but no majority has confirmed it.
				outcomes[place] = fmt.Errorf("%w: mongodb: %w", store.ErrOutcomeUnknown, bulk.WriteConcernError)
				doubtful = append(doubtful, place)
			}
		}
	case refused(err, sent):
		for _, place := range places {
			outcomes[place] = unavailable(err)
		}
	default:
		for _, place := range places {
			outcomes[place] = fmt.Errorf("%w: mongodb: %w", store.ErrOutcomeUnknown, err)
		}
		doubtful = places
	}
	if len(doubtful) == 0 {
		return
	}
	ids := make([]string, len(doubtful))
	for n, place := range doubtful {
		ids[n] = records[place].ID
	}
	// A read that fails leaves the outcomes as they are.
	stored, err := e.revisions(ctx, collection, ids)
	if err != nil {
		return
	}
	for _, place := range doubtful {
		if stored[records[place].ID] == records[place].Revision {
			outcomes[place] = nil
		}
	}
}

// Replace writes the record over the one at the revision given.
func (e *Engine) Replace(ctx context.Context, collection string, record store.Record, at store.Revision) error {
	schema, err := e.schema(ctx, collection)
	if err != nil {
		return err
	}
	document, err := encode(schema, record)
	if err != nil {
		return err
	}
	sending, sent := withMark(ctx)
	result, err := e.database.Collection(collection).ReplaceOne(sending, atRevision(record.ID, at), document)
	if err == nil && result.MatchedCount == 1 {
		return nil
	}
	if err == nil {
		return e.missed(ctx, collection, record.ID, record.Revision, sent)
	}
	failure := written(err, sent)
	if !errors.Is(failure, store.ErrOutcomeUnknown) {
		return failure
	}
	if own, err := e.holds(ctx, schema, record); err == nil && own {
		return nil
	}
	return failure
}

// Delete removes the record at the revision given. After a lost reply no token is left to tell this deletion from another
// writer's, so the outcome stays unknown.
func (e *Engine) Delete(ctx context.Context, collection, id string, at store.Revision) error {
	sending, sent := withMark(ctx)
	result, err := e.database.Collection(collection).DeleteOne(sending, atRevision(id, at))
	if err != nil {
		return written(err, sent)
	}
	if result.DeletedCount == 1 {
		return nil
	}
	return e.missed(ctx, collection, id, "", sent)
}

func atRevision(id string, at store.Revision) bson.D {
	return bson.D{{Key: fieldID, Value: id}, {Key: fieldRevision, Value: string(at)}}
}

// written says what an error of a single write means.
func written(err error, sent *atomic.Int32) error {
	var failure mongo.WriteException
	switch {
	case errors.As(err, &failure) && failure.WriteConcernError == nil && failure.HasErrorCode(codeTooLarge):
		return fmt.Errorf("%w: mongodb: %w", store.ErrTooLarge, err)
	case errors.As(err, &failure) && failure.WriteConcernError == nil, refused(err, sent):
		return unavailable(err)
	}
	return fmt.Errorf("%w: mongodb: %w", store.ErrOutcomeUnknown, err)
}

// refused reports a command that certainly wrote nothing: it was never sent, or sent once and turned down as a whole.
func refused(err error, sent *atomic.Int32) bool {
	var failure mongo.CommandError
	switch sent.Load() {
	case 0:
		return true
	case 1:
		return errors.As(err, &failure) && slices.Contains(refusals, int(failure.Code))
	}
	return false
}

// missed finds out why a write at a revision matched nothing. Where the driver, having lost a reply, sent the write more than
// once, finding its own revision there means that an earlier sending was executed.
func (e *Engine) missed(ctx context.Context, collection, id string, own store.Revision, sent *atomic.Int32) error {
	stored, err := e.revisions(ctx, collection, []string{id})
	switch {
	case err != nil && sent.Load() > 1:
		return fmt.Errorf("%w: mongodb: %w", store.ErrOutcomeUnknown, err)
	case err != nil:
		// It was sent once and matched nothing, so nothing was written.
		return unavailable(err)
	}
	revision, ok := stored[id]
	switch {
	case !ok:
		return store.ErrNotFound
	case revision == own && sent.Load() > 1:
		return nil
	}
	return store.ErrConflict
}

// revisions reads what a majority holds of the documents named. It is done even when the caller's context has ended, since
// it decides what becomes of a write already sent.
func (e *Engine) revisions(ctx context.Context, collection string, ids []string) (map[string]store.Revision, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	filter := bson.D{{Key: fieldID, Value: bson.D{{Key: "$in", Value: ids}}}}
	if len(ids) == 1 {
		filter = bson.D{{Key: fieldID, Value: ids[0]}}
	}
	cursor, err := e.settled.Collection(collection).Find(ctx, filter,
		options.Find().SetProjection(bson.D{{Key: fieldRevision, Value: 1}}).SetHint(bson.D{{Key: fieldID, Value: 1}}))
	if err != nil {
		return nil, err
	}
	var found []struct {
		ID       string         `bson:"_id"`
		Revision store.Revision `bson:"r"`
	}
	if err := cursor.All(ctx, &found); err != nil {
		return nil, err
	}
	revisions := make(map[string]store.Revision, len(found))
	for _, document := range found {
		revisions[document.ID] = document.Revision
	}
	return revisions, nil
}

// holds reports whether a majority holds the record as it was written. The revision alone would not tell it where the write
// kept the revision and only cleared waiting events.
func (e *Engine) holds(ctx context.Context, schema store.Schema, record store.Record) (bool, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	raw, err := e.settled.Collection(schema.Collection).FindOne(ctx, bson.D{{Key: fieldID, Value: record.ID}}).Raw()
	if err != nil {
		return false, err
	}
	stored, err := decode(schema, raw)
	if err != nil {
		return false, err
	}
	return stored.Revision == record.Revision && bytes.Equal(stored.Pending, record.Pending), nil
}
