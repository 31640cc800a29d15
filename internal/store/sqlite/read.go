package sqlite

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"

	"helhet/internal/store"
)

// Get reads one record, without its body if it is at the revision known.
func (e *Engine) Get(ctx context.Context, collection, id string, known store.Revision) (store.Record, error) {
	t, err := e.table(collection)
	if err != nil {
		return store.Record{}, err
	}
	args := []sqldriver.NamedValue{{Ordinal: 1, Value: string(known)}, {Ordinal: 2, Value: id}}
	var record store.Record
	found := false
	err = e.readers.use(ctx, func(conn rawConn) error {
		return conn.query(context.Background(), t.get, args, func(row []sqldriver.Value) (err error) {
			found = true
			record, err = t.record(row)
			return err
		})
	})
	if err != nil {
		return store.Record{}, unavailable("read", err)
	}
	if !found {
		return store.Record{}, store.ErrNotFound
	}
	return record, nil
}

// Find runs a plan. A membership is one search per value, in the order of the values, until the limit is reached: so the answer
// comes in the index's order without a sort.
func (e *Engine) Find(ctx context.Context, plan store.Plan) ([]store.Record, error) {
	t, err := e.table(plan.Collection)
	if err != nil {
		return nil, err
	}
	searches, err := searchesOf(t.schema, plan, t.list)
	if err != nil {
		return nil, err
	}
	var records []store.Record
	err = e.search(ctx, searches, plan.Limit, func(row []sqldriver.Value) (int, error) {
		record, err := t.record(row)
		records = append(records, record)
		return 1, err
	})
	if err != nil {
		return nil, unavailable("find", err)
	}
	return records, nil
}

// Count counts what a plan would find, in the index alone.
func (e *Engine) Count(ctx context.Context, plan store.Plan) (int, error) {
	t, err := e.table(plan.Collection)
	if err != nil {
		return 0, err
	}
	searches, err := searchesOf(t.schema, plan, "1")
	if err != nil {
		return 0, err
	}
	for i := range searches {
		searches[i].query = "SELECT count(*) FROM (" + searches[i].query + ")"
	}
	sum := 0
	err = e.search(ctx, searches, plan.Limit, func(row []sqldriver.Value) (int, error) {
		n, _ := row[0].(int64)
		sum += int(n)
		return int(n), nil
	})
	if err != nil {
		return 0, unavailable("count", err)
	}
	return sum, nil
}

// search is one statement of a plan. The last of its args is its limit.
type search struct {
	query string
	args  []sqldriver.NamedValue
}

// search runs a plan's statements one after the other, until as many documents as limit says are found. The visitor says how many its
// row stands for.
//
// A statement is bounded: it begins at its first row in the index and takes at most as many as a page may have. So the context is
// looked at between rows, which is soon enough and spares a goroutine per statement.
func (e *Engine) search(ctx context.Context, searches []search, limit int, visit func(row []sqldriver.Value) (int, error)) error {
	return e.readers.use(ctx, func(conn rawConn) error {
		all := func() error {
			for _, s := range searches {
				if limit == 0 {
					break
				}
				s.args[len(s.args)-1].Value = int64(limit)
				err := conn.query(context.Background(), s.query, s.args, func(row []sqldriver.Value) error {
					if ctx.Err() != nil {
						return ctx.Err()
					}
					n, err := visit(row)
					limit -= n
					return err
				})
				if err != nil {
					return err
				}
			}
			return nil
		}
		if len(searches) == 1 {
			return all()
		}
		return conn.moment(all) // which also takes the file's read lock once, not once for each
	})
}

func searchesOf(schema store.Schema, plan store.Plan, what string) ([]search, error) {
	pieces := pieces(plan)
	searches := make([]search, len(pieces))
	for i, piece := range pieces {
		var err error
		if i < 2 {
			searches[i], err = searchOf(schema, piece, what)
		} else {
			// Only the first may begin at a cursor, so from the second on they differ in their member alone.
			member := piece.Equal[len(plan.Equal)]
			searches[i] = search{query: searches[1].query, args: slices.Clone(searches[1].args)}
			searches[i].args[len(plan.Equal)].Value, err = bound(schema, member.Field, member.Value)
		}
		if err != nil {
			return nil, err
		}
	}
	return searches, nil
}

// pieces splits a membership into one equality per value, in the answer's order, and leaves out those before the cursor.
func pieces(plan store.Plan) []store.Plan {
	if plan.In == nil {
		return []store.Plan{plan}
	}
	values := plan.In.Values
	var out []store.Plan
	for i := range values {
		value := values[i]
		if plan.Reverse {
			value = values[len(values)-1-i]
		}
		piece := plan
		piece.In = nil
		piece.Equal = append(plan.Equal[:len(plan.Equal):len(plan.Equal)], store.Term{Field: plan.In.Field, Value: value})
		if plan.After != nil {
			order := store.Compare(value, plan.After[len(plan.Equal)])
			if plan.Reverse {
				order = -order
			}
			if order < 0 {
				continue
			}
			if order > 0 {
				piece.After = nil
			}
		}
		out = append(out, piece)
	}
	return out
}

// bound is a column's value for the value that a field is compared with.
func bound(schema store.Schema, field string, value any) (any, error) {
	kind := store.String // the id's
	for _, spec := range schema.Fields {
		if spec.Name == field {
			kind = spec.Type
		}
	}
	column, err := bind(kind, value)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", store.ErrQuery, field, err)
	}
	return column, nil
}

// searchOf is the statement of a plan without a membership, selecting what is given.
func searchOf(schema store.Schema, plan store.Plan, what string) (search, error) {
	var (
		where []string
		args  []sqldriver.NamedValue
		fault error
	)
	arg := func(field string, value any) {
		value, err := bound(schema, field, value)
		fault = errors.Join(fault, err)
		args = append(args, sqldriver.NamedValue{Ordinal: len(args) + 1, Value: value})
	}
	for _, term := range plan.Equal {
		if term.Field == store.PendingField {
			where = append(where, waits)
		}
		where = append(where, column(term.Field)+" = ?")
		arg(term.Field, term.Value)
	}
	rest := plan.Index.Fields[len(plan.Equal):]
	after := plan.After
	if len(rest) == 0 {
		// The equalities name one document, so nothing follows it.
		if after != nil {
			where = append(where, "0")
		}
		after = nil
	}
	if r := plan.Range; r != nil {
		// The cursor stands inside the range, so it replaces the bound that lies behind it: one bound per side lets SQLite
		// begin where the last page ended.
		if r.From != nil && (after == nil || plan.Reverse) {
			where = append(where, column(r.Field)+" >= ?")
			arg(r.Field, r.From)
		}
		if r.To != nil && (after == nil || !plan.Reverse) {
			where = append(where, column(r.Field)+" < ?")
			arg(r.Field, r.To)
		}
	}
	direction, beyond := "", ">"
	if plan.Reverse {
		direction, beyond = " DESC", "<"
	}
	columns, orders := make([]string, len(rest)), make([]string, len(rest))
	for i, field := range rest {
		columns[i], orders[i] = column(field), column(field)+direction
	}
	if after != nil {
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(rest)), ", ")
		where = append(where, fmt.Sprintf("(%s) %s (%s)", strings.Join(columns, ", "), beyond, marks))
		for i, field := range rest {
			arg(field, after[len(plan.Equal)+i])
		}
	}
	query := fmt.Sprintf("SELECT %s FROM %s INDEXED BY %s", what, quote(tableName(schema.Collection)), quote(indexName(schema.Collection, plan.Index)))
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	if len(orders) > 0 {
		query += " ORDER BY " + strings.Join(orders, ", ")
	}
	args = append(args, sqldriver.NamedValue{Ordinal: len(args) + 1, Value: int64(plan.Limit)})
	// Of a bare ? SQLite would plan the statement anew each time it is given a limit.
	return search{query: query + " LIMIT +?", args: args}, fault
}

// Snapshot shows the file as it stood at one moment, while others write.
func (e *Engine) Snapshot(ctx context.Context, read func(store.View) error) error {
	begun := false
	err := e.readers.use(ctx, func(conn rawConn) error {
		return conn.moment(func() error {
			// It also says how the collections were kept at that moment.
			schemas, err := collections(ctx, conn)
			if err != nil {
				return err
			}
			v := view{conn: conn, tables: make(map[string]*table, len(schemas))}
			for _, schema := range schemas {
				v.tables[schema.Collection] = newTable(schema)
			}
			begun = true
			return read(v)
		})
	})
	if err != nil && !begun {
		return unavailable("snapshot", err)
	}
	return err
}

type view struct {
	conn   rawConn
	tables map[string]*table
}

func (v view) Scan(ctx context.Context, collection string, visit func(store.Record) error) error {
	t := v.tables[collection]
	if t == nil {
		return nil // it did not exist at that moment
	}
	query := fmt.Sprintf(`SELECT %s FROM %s INDEXED BY %s ORDER BY "id"`, t.list, quote(tableName(collection)), quote(indexName(collection, primary())))
	var stopped error
	err := v.conn.query(ctx, query, nil, func(row []sqldriver.Value) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		record, err := t.record(row)
		if err != nil {
			return err
		}
		stopped = visit(record)
		return stopped
	})
	if err != nil && stopped == nil {
		return unavailable("scan", err)
	}
	return err
}
