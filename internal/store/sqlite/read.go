package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"helhet/internal/store"
)

// reader is what a pool and a connection inside a transaction share.
type reader interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Get reads one record.
func (e *Engine) Get(ctx context.Context, collection, id string) (store.Record, error) {
	t, err := e.table(collection)
	if err != nil {
		return store.Record{}, err
	}
	get, err := e.read(ctx, t.get)
	if err != nil {
		return store.Record{}, unavailable("read", err)
	}
	record, err := t.record(get.QueryRowContext(ctx, id))
	if errors.Is(err, sql.ErrNoRows) {
		return store.Record{}, store.ErrNotFound
	}
	if err != nil {
		return store.Record{}, unavailable("read", err)
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
	var records []store.Record
	for _, piece := range pieces(plan) {
		piece.Limit = plan.Limit - len(records)
		if piece.Limit == 0 {
			break
		}
		query, args, err := statement(t.schema, piece, strings.Join(columnsOf(t.schema), ", "))
		if err != nil {
			return nil, err
		}
		if records, err = e.collect(ctx, t, records, query, args); err != nil {
			return nil, unavailable("find", err)
		}
	}
	return records, nil
}

func (e *Engine) collect(ctx context.Context, t *table, records []store.Record, query string, args []any) ([]store.Record, error) {
	prepared, err := e.read(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := prepared.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		record, err := t.record(rows)
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return records, rows.Err()
}

// Count counts what a plan would find, in the index alone.
func (e *Engine) Count(ctx context.Context, plan store.Plan) (int, error) {
	t, err := e.table(plan.Collection)
	if err != nil {
		return 0, err
	}
	sum := 0
	for _, piece := range pieces(plan) {
		if piece.Limit = plan.Limit - sum; piece.Limit == 0 {
			break
		}
		query, args, err := statement(t.schema, piece, "1")
		if err != nil {
			return 0, err
		}
		prepared, err := e.read(ctx, "SELECT count(*) FROM ("+query+")")
		if err != nil {
			return 0, unavailable("count", err)
		}
		var n int
		if err := prepared.QueryRowContext(ctx, args...).Scan(&n); err != nil {
			return 0, unavailable("count", err)
		}
		sum += n
	}
	return sum, nil
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

// statement is the SQL of a plan without a membership, selecting what is given.
func statement(schema store.Schema, plan store.Plan, what string) (string, []any, error) {
	var (
		where []string
		args  []any
		fault error
	)
	arg := func(field string, value any) {
		kind := store.String
		for _, spec := range schema.Fields {
			if spec.Name == field {
				kind = spec.Type
			}
		}
		bound, err := bind(kind, value)
		if err != nil {
			fault = fmt.Errorf("%w: %s: %w", store.ErrQuery, field, err)
		}
		args = append(args, bound)
	}
	for _, term := range plan.Equal {
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
	return query + " LIMIT ?", append(args, int64(plan.Limit)), fault
}

// Snapshot shows the file as it stood at one moment, while others write.
func (e *Engine) Snapshot(ctx context.Context, read func(store.View) error) error {
	tx, err := e.reads.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return unavailable("snapshot", err)
	}
	// A deferred transaction begins with its first read: this one, which also says how the collections were kept then.
	schemas, err := collections(ctx, tx)
	if err != nil {
		return errors.Join(unavailable("snapshot", err), tx.Rollback())
	}
	v := view{tx: tx, tables: make(map[string]*table, len(schemas))}
	for _, schema := range schemas {
		v.tables[schema.Collection] = newTable(schema)
	}
	if err := read(v); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return ignoreDone(tx.Rollback())
}

// ignoreDone passes over a transaction that the end of its context has already rolled back: nothing was written in it.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

type view struct {
	tx     *sql.Tx
	tables map[string]*table
}

func (v view) Scan(ctx context.Context, collection string, visit func(store.Record) error) error {
	t := v.tables[collection]
	if t == nil {
		return nil // it did not exist at that moment
	}
	rows, err := v.tx.QueryContext(ctx, fmt.Sprintf(`SELECT %s FROM %s INDEXED BY %s ORDER BY "id"`,
		strings.Join(columnsOf(t.schema), ", "), quote(tableName(collection)), quote(indexName(collection, primary()))))
	if err != nil {
		return unavailable("scan", err)
	}
	defer rows.Close()
	for rows.Next() {
		record, err := t.record(rows)
		if err != nil {
			return unavailable("scan", err)
		}
		if err := visit(record); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return unavailable("scan", err)
	}
	return nil
}

func collections(ctx context.Context, from reader) ([]store.Schema, error) {
	rows, err := from.QueryContext(ctx, `SELECT "definition" FROM "helhet_schemas" ORDER BY "collection"`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var schemas []store.Schema
	for rows.Next() {
		var definition []byte
		if err := rows.Scan(&definition); err != nil {
			return nil, err
		}
		schema, err := decodeSchema(definition)
		if err != nil {
			return nil, err
		}
		schemas = append(schemas, schema)
	}
	return schemas, rows.Err()
}
