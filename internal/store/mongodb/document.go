package mongodb

import (
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"helhet/internal/store"
)

// A record is stored as
//
//	{_id: id, r: revision, s: shape, k: {field: value, …}, b: body, p: waiting events}
//
// Body and events are opaque binary values that hold BSON. So the very bytes that were written come back, the server need
// not understand (compatible ones refuse nested arrays and some numbers), and nothing can be asked that no index answers.
const (
	fieldID       = "_id"
	fieldRevision = "r"
	fieldShape    = "s"
	fieldKeys     = "k"
	fieldBody     = "b"
	fieldPending  = "p"
)

// path is where the stored document has an indexed field.
func path(field string) string {
	if field == store.IDField {
		return fieldID
	}
	return fieldKeys + "." + field
}

// encode makes the stored document of a record. It fails with ErrTooLarge before anything is sent.
func encode(schema store.Schema, record store.Record) (bson.D, error) {
	if size := record.Size(); size > store.MaxDocument {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are allowed", store.ErrTooLarge, size, store.MaxDocument)
	}
	keys, err := encodeKeys(schema, record.Keys)
	if err != nil {
		return nil, err
	}
	document := bson.D{
		{Key: fieldID, Value: record.ID},
		{Key: fieldRevision, Value: string(record.Revision)},
		{Key: fieldShape, Value: record.Shape},
		{Key: fieldKeys, Value: keys},
		{Key: fieldBody, Value: bson.Binary{Data: record.Body}},
	}
	if len(record.Pending) > 0 {
		document = append(document, bson.E{Key: fieldPending, Value: bson.Binary{Data: record.Pending}})
	}
	return document, nil
}

// encodeKeys names the indexed values, so that indexes can.
func encodeKeys(schema store.Schema, keys []any) (bson.D, error) {
	if len(keys) != len(schema.Fields) {
		return nil, fmt.Errorf("%w: %d indexed values for %d fields of %s", store.ErrInvalid, len(keys), len(schema.Fields), schema.Collection)
	}
	named := make(bson.D, len(keys))
	for i, field := range schema.Fields {
		named[i] = bson.E{Key: field.Name, Value: keys[i]}
	}
	return named, nil
}

// decode reads a stored document. The record shares no memory with raw.
func decode(schema store.Schema, raw bson.Raw) (store.Record, error) {
	var stored struct {
		ID       string      `bson:"_id"`
		Revision string      `bson:"r"`
		Shape    int32       `bson:"s"`
		Keys     bson.Raw    `bson:"k"`
		Body     bson.Binary `bson:"b"`
		Pending  bson.Binary `bson:"p"`
	}
	if err := bson.Unmarshal(raw, &stored); err != nil {
		return store.Record{}, fmt.Errorf("%w: stored in %s: %w", store.ErrInvalid, schema.Collection, err)
	}
	record := store.Record{
		ID:       stored.ID,
		Revision: store.Revision(stored.Revision),
		Shape:    stored.Shape,
		Keys:     make([]any, len(schema.Fields)),
		Body:     slices.Clone(stored.Body.Data),
		Pending:  slices.Clone(stored.Pending.Data),
	}
	for i, field := range schema.Fields {
		// A document that Ensure has not yet brought to a new schema lacks the new field: its key stays nil.
		value, err := stored.Keys.LookupErr(field.Name)
		if err != nil {
			continue
		}
		if record.Keys[i], err = decodeKey(field.Type, value); err != nil {
			return store.Record{}, fmt.Errorf("%w: stored in %s, %s: %w", store.ErrInvalid, schema.Collection, field.Name, err)
		}
	}
	return record, nil
}

func decodeKey(fieldType store.FieldType, value bson.RawValue) (any, error) {
	switch fieldType {
	case store.String:
		if text, ok := value.StringValueOK(); ok {
			return text, nil
		}
	case store.Int:
		if number, ok := value.AsInt64OK(); ok {
			return number, nil
		}
	case store.Bool:
		if truth, ok := value.BooleanOK(); ok {
			return truth, nil
		}
	case store.Time:
		if milliseconds, ok := value.DateTimeOK(); ok {
			return time.UnixMilli(milliseconds).UTC(), nil
		}
	}
	return nil, fmt.Errorf("is %s, want %s", value.Type, fieldType)
}
