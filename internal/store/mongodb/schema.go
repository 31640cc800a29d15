package mongodb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"helhet/internal/store"
)

// schemaCollection keeps what each collection was last ensured to be, one document per collection. The leading underscore
// keeps it apart from every collection that can be declared.
const schemaCollection = "_schemas"

// storedSchema is a schema as it is kept. The token changes with each writing of it.
type storedSchema struct {
	ID     string       `bson:"_id"` // the collection's name
	Token  string       `bson:"r"`
	Schema store.Schema `bson:"schema"`
}

// ensureTries is how often Ensure begins again when another copy writes the same collection's schema at the same time.
const ensureTries = 20

// Ensure brings the collections to the schemas given. Indexes are made before documents are given keys for them, and the
// schema is stored last: whoever is cut off in between begins again. Several copies may do it at once; they do the same.
// An index that is no longer declared stays, since a copy of an older build may still hint at it.
func (e *Engine) Ensure(ctx context.Context, schemas []store.Schema, rekey store.Rekey) error {
	for _, schema := range schemas {
		done, err := false, error(nil)
		for try := 0; !done && err == nil; try++ {
			if try == ensureTries {
				return fmt.Errorf("%w: mongodb: the schema of %s changes all the time", store.ErrUnavailable, schema.Collection)
			}
			done, err = e.ensure(ctx, schema, rekey)
		}
		if err != nil {
			return err
		}
		e.mu.Lock()
		e.schemas[schema.Collection] = schema
		e.mu.Unlock()
	}
	return nil
}

// ensure reports false when another copy stored the collection's schema meanwhile.
func (e *Engine) ensure(ctx context.Context, schema store.Schema, rekey store.Rekey) (bool, error) {
	kept, err := e.stored(ctx, schema.Collection)
	if err != nil {
		return false, err
	}
	var before *store.Schema
	if kept != nil {
		before = &kept.Schema
	}
	change, err := schema.Change(before)
	if err != nil {
		return false, err
	}
	if err := e.createIndexes(ctx, schema); err != nil {
		return false, err
	}
	if change == store.ChangeKeys {
		if err := e.rekey(ctx, schema, rekey); err != nil {
			return false, err
		}
	}
	if change == store.ChangeNone {
		return true, nil
	}
	wanted := storedSchema{ID: schema.Collection, Token: rand.Text(), Schema: schema}
	collection := e.database.Collection(schemaCollection)
	if kept == nil {
		_, err := collection.InsertOne(ctx, wanted)
		if mongo.IsDuplicateKeyError(err) {
			return false, nil
		}
		if err != nil {
			return false, unavailable(err)
		}
		return true, nil
	}
	result, err := collection.ReplaceOne(ctx, atRevision(kept.ID, store.Revision(kept.Token)), wanted)
	if err != nil {
		return false, unavailable(err)
	}
	return result.MatchedCount == 1, nil
}

// indexTime bounds the making of one index, which on a large collection takes minutes.
const indexTime = time.Hour

// createIndexes makes the collection's indexes that are missing. An index is named by its fields, so that a declared index
// whose fields change becomes another one and never meets its older self.
func (e *Engine) createIndexes(ctx context.Context, schema store.Schema) error {
	ctx, cancel := context.WithTimeout(ctx, indexTime)
	defer cancel()
	indexes := e.database.Collection(schema.Collection).Indexes()
	existing, err := indexes.ListSpecifications(ctx)
	if err != nil {
		return unavailable(err)
	}
	made := make(map[string]bool)
	for _, index := range existing {
		made[index.Name] = true
	}
	for _, index := range schema.Indexes {
		fields := append(slices.Clone(index.Fields), store.IDField)
		name := strings.Join(fields, "-")
		if made[name] {
			continue
		}
		// One command for each: FerretDB 1.24 breaks on several of which another copy has just made some.
		model := mongo.IndexModel{Keys: hint(store.Index{Fields: fields}), Options: options.Index().SetName(name)}
		if _, err := indexes.CreateOne(ctx, model); err != nil {
			return unavailable(err)
		}
		made[name] = true
	}
	return nil
}

// rekey computes the indexed values of every record anew. A record that changes under its hands is read and computed again.
func (e *Engine) rekey(ctx context.Context, schema store.Schema, rekey store.Rekey) error {
	// The keys as they are stored may be of another type than they shall become, and are not asked for.
	keyless := store.Schema{Collection: schema.Collection}
	return e.scan(ctx, keyless, func(record store.Record) error {
		for {
			keys, err := rekey(schema.Collection, record)
			if err != nil {
				return err
			}
			named, err := encodeKeys(schema, keys)
			if err != nil {
				return err
			}
			result, err := e.database.Collection(schema.Collection).UpdateOne(ctx, atRevision(record.ID, record.Revision),
				bson.D{{Key: "$set", Value: bson.D{{Key: fieldKeys, Value: named}}}})
			if err != nil {
				return unavailable(err)
			}
			if result.MatchedCount == 1 {
				return nil
			}
			raw, err := e.database.Collection(schema.Collection).FindOne(ctx, bson.D{{Key: fieldID, Value: record.ID}}).Raw()
			switch {
			case errors.Is(err, mongo.ErrNoDocuments):
				return nil
			case err != nil:
				return unavailable(err)
			}
			if record, err = decode(keyless, raw); err != nil {
				return err
			}
		}
	})
}

// stored reads the schema that a collection was ensured with, nil when there is none.
func (e *Engine) stored(ctx context.Context, collection string) (*storedSchema, error) {
	var kept storedSchema
	err := e.database.Collection(schemaCollection).FindOne(ctx, bson.D{{Key: fieldID, Value: collection}}).Decode(&kept)
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return nil, nil
	case err != nil:
		return nil, unavailable(err)
	}
	return &kept, nil
}

// schema gives what a collection is: as this program ensured it, else (for backup and copying) as it is stored.
func (e *Engine) schema(ctx context.Context, collection string) (store.Schema, error) {
	e.mu.Lock()
	schema, ok := e.schemas[collection]
	e.mu.Unlock()
	if ok {
		return schema, nil
	}
	stored, err := e.stored(ctx, collection)
	if err != nil {
		return store.Schema{}, err
	}
	if stored == nil {
		return store.Schema{}, fmt.Errorf("%w: no collection %q", store.ErrInvalid, collection)
	}
	e.mu.Lock()
	e.schemas[collection] = stored.Schema
	e.mu.Unlock()
	return stored.Schema, nil
}

// Collections lists the stored schemas by name.
func (e *Engine) Collections(ctx context.Context) ([]store.Schema, error) {
	cursor, err := e.database.Collection(schemaCollection).Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: fieldID, Value: 1}}))
	if err != nil {
		return nil, unavailable(err)
	}
	var kept []storedSchema
	if err := cursor.All(ctx, &kept); err != nil {
		return nil, unavailable(err)
	}
	schemas := make([]store.Schema, len(kept))
	for i, schema := range kept {
		schemas[i] = schema.Schema
	}
	return schemas, nil
}
