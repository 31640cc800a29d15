package mongodb

import (
	"cmp"
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"helhet/internal/store"
)

// Get reads one record, without its body if it is at the revision known; if it is not, that takes a second read. Who knows a revision
// most often knows the newest, and the body is by far the largest part of what a reply carries.
func (e *Engine) Get(ctx context.Context, collection, id string, known store.Revision) (store.Record, error) {
	schema, err := e.schema(ctx, collection)
	if err != nil {
		return store.Record{}, err
	}
	if known != "" {
		record, err := e.get(ctx, schema, id, options.FindOne().SetProjection(bson.D{{Key: fieldBody, Value: 0}}))
		if err != nil || record.Revision == known {
			return record, err
		}
	}
	return e.get(ctx, schema, id)
}

func (e *Engine) get(ctx context.Context, schema store.Schema, id string, how ...options.Lister[options.FindOneOptions]) (store.Record, error) {
	raw, err := e.database.Collection(schema.Collection).FindOne(ctx, bson.D{{Key: fieldID, Value: id}}, how...).Raw()
	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return store.Record{}, store.ErrNotFound
	case err != nil:
		return store.Record{}, unavailable(err)
	}
	return decode(schema, raw)
}

// Find runs a plan on its index.
func (e *Engine) Find(ctx context.Context, plan store.Plan) ([]store.Record, error) {
	schema, err := e.schema(ctx, plan.Collection)
	if err != nil {
		return nil, err
	}
	return e.find(ctx, schema, plan)
}

func (e *Engine) find(ctx context.Context, schema store.Schema, plan store.Plan) ([]store.Record, error) {
	var records []store.Record
	for _, part := range parts(plan) {
		limit := plan.Limit - len(records)
		if limit == 0 {
			break
		}
		found := options.Find().SetHint(hint(plan.Index)).SetLimit(int64(limit))
		if len(part.sort) > 0 {
			found.SetSort(part.sort)
		}
		if e.batch > 0 {
			found.SetBatchSize(e.batch)
		}
		cursor, err := e.database.Collection(plan.Collection).Find(ctx, part.filter, found)
		if err != nil {
			return nil, unavailable(err)
		}
		if records, err = drain(ctx, schema, cursor, records); err != nil {
			return nil, err
		}
	}
	return records, nil
}

// drain appends what a cursor has.
func drain(ctx context.Context, schema store.Schema, cursor *mongo.Cursor, records []store.Record) ([]store.Record, error) {
	defer cursor.Close(context.WithoutCancel(ctx))
	for cursor.Next(ctx) {
		record, err := decode(schema, cursor.Current)
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	if err := cursor.Err(); err != nil {
		return nil, unavailable(err)
	}
	return records, nil
}

// Count counts what a plan finds, at most its limit.
func (e *Engine) Count(ctx context.Context, plan store.Plan) (int, error) {
	count := 0
	for _, part := range parts(plan) {
		limit := plan.Limit - count
		if limit == 0 {
			break
		}
		// The driver counts by aggregate: on a sharded cluster the plain count command counts documents in migration twice.
		n, err := e.database.Collection(plan.Collection).CountDocuments(ctx, part.filter,
			options.Count().SetHint(hint(plan.Index)).SetLimit(int64(limit)))
		if err != nil {
			return 0, unavailable(err)
		}
		count += int(n)
	}
	return count, nil
}

// hint names a plan's index by its keys, which no two indexes share.
func hint(index store.Index) bson.D {
	keys := make(bson.D, len(index.Fields))
	for i, field := range index.Fields {
		keys[i] = bson.E{Key: path(field), Value: 1}
	}
	return keys
}

// part is one stretch of an index: equality on a prefix of its fields, at most one bound or membership on the next, in the
// order of the rest.
type part struct {
	filter bson.D
	sort   bson.D
}

// parts cuts a plan into stretches of its index that follow one another in the plan's order. Without a cursor it is one.
// After a cursor at (a, b, id) it is what has a, b and a later id; then what has a and a later b; then what has a later a.
// As one filter that would be an $or, which a server may answer by walking the index from its start; each of these begins
// where the answer does.
func parts(plan store.Plan) []part {
	var equal bson.D
	for _, term := range plan.Equal {
		equal = append(equal, bson.E{Key: path(term.Field), Value: term.Value})
	}
	free := plan.Index.Fields[len(plan.Equal):]
	direction, beyond := 1, "$gt"
	if plan.Reverse {
		direction, beyond = -1, "$lt"
	}
	order := make(bson.D, len(free))
	for i, field := range free {
		order[i] = bson.E{Key: path(field), Value: direction}
	}
	if plan.After == nil {
		filter, ok := narrowed(equal, plan, nil)
		if !ok {
			return nil
		}
		return []part{{filter: filter, sort: order}}
	}

	after := plan.After[len(plan.Equal):]
	var stretches []part
	for last := len(free) - 1; last > 0; last-- {
		filter := append(bson.D{}, equal...)
		for i := range last {
			filter = append(filter, bson.E{Key: path(free[i]), Value: after[i]})
		}
		filter = append(filter, bson.E{Key: path(free[last]), Value: bson.D{{Key: beyond, Value: after[last]}}})
		stretches = append(stretches, part{filter: filter, sort: order[last:]})
	}
	if len(free) > 0 {
		if filter, ok := narrowed(equal, plan, after[0]); ok {
			stretches = append(stretches, part{filter: filter, sort: order})
		}
	}
	return stretches
}

// narrowed adds the plan's membership or range to the equalities, cut to what lies beyond after (nil: all of it). It reports
// false when nothing is left.
func narrowed(equal bson.D, plan store.Plan, after any) (bson.D, bool) {
	filter := append(bson.D{}, equal...)
	if plan.In != nil {
		members := bson.A{}
		for _, value := range plan.In.Values {
			if after == nil || (compare(value, after) > 0) != plan.Reverse && compare(value, after) != 0 {
				members = append(members, value)
			}
		}
		if len(members) == 0 {
			return nil, false
		}
		return append(filter, bson.E{Key: path(plan.In.Field), Value: bson.D{{Key: "$in", Value: members}}}), true
	}
	var from, to any
	if plan.Range != nil {
		from, to = plan.Range.From, plan.Range.To
	}
	var bounds bson.D
	switch {
	case after != nil && !plan.Reverse:
		bounds = append(bounds, bson.E{Key: "$gt", Value: after})
	case from != nil:
		bounds = append(bounds, bson.E{Key: "$gte", Value: from})
	}
	switch {
	case after != nil && plan.Reverse:
		bounds = append(bounds, bson.E{Key: "$lt", Value: after})
	case to != nil:
		bounds = append(bounds, bson.E{Key: "$lt", Value: to})
	}
	if len(bounds) > 0 {
		filter = append(filter, bson.E{Key: path(plan.Index.Fields[len(plan.Equal)]), Value: bounds})
	}
	return filter, true
}

// compare orders two indexed values of the same type as indexes do.
func compare(a, b any) int {
	switch a := a.(type) {
	case string:
		if b, ok := b.(string); ok {
			return cmp.Compare(a, b)
		}
	case int64:
		if b, ok := b.(int64); ok {
			return cmp.Compare(a, b)
		}
	case bool:
		if b, ok := b.(bool); ok && a != b {
			if b {
				return -1
			}
			return 1
		}
	case time.Time:
		if b, ok := b.(time.Time); ok {
			return a.Compare(b)
		}
	}
	return 0
}

// scanPage is how many records Scan reads at a time.
const scanPage = 200

// Snapshot shows everything stored. It is no moment frozen in time: each record is read whole, once, with everything
// acknowledged before the snapshot began, but one that is written meanwhile may be shown as it was or as it is.
func (e *Engine) Snapshot(ctx context.Context, read func(store.View) error) error {
	return read(view{engine: e})
}

type view struct{ engine *Engine }

// Scan visits a collection's records in the order of their ids.
func (v view) Scan(ctx context.Context, collection string, visit func(store.Record) error) error {
	schema, err := v.engine.schema(ctx, collection)
	if err != nil {
		return err
	}
	return v.engine.scan(ctx, schema, visit)
}

func (e *Engine) scan(ctx context.Context, schema store.Schema, visit func(store.Record) error) error {
	primary := store.Index{Name: store.PrimaryIndex, Fields: []string{store.IDField}}
	plan := store.Plan{Collection: schema.Collection, Index: primary, Limit: scanPage}
	for {
		records, err := e.find(ctx, schema, plan)
		if err != nil {
			return err
		}
		for _, record := range records {
			if err := visit(record); err != nil {
				return err
			}
		}
		if len(records) < scanPage {
			return nil
		}
		plan.After = []any{records[len(records)-1].ID}
	}
}
