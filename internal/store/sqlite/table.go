package sqlite

import (
	"bytes"
	"context"
	sqldriver "database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"helhet/internal/store"
)

// table is a collection as SQLite keeps it: a row per document, a real column per indexed field, the document itself as BSON.
// Keys and envelope stand before the body, so that reading them touches no overflow page.
type table struct {
	schema store.Schema

	list                       string // of the columns, as a record is read
	insert, remove, probe, get string
	replace                    []string // see [replacements]
}

func newTable(schema store.Schema) *table {
	name, byID := quote(tableName(schema.Collection)), quote(indexName(schema.Collection, primary()))
	columns := columnsOf(schema)
	last := len(columns) - 1
	unlessKnown := append(columns[:last:last], `CASE WHEN "revision" = ? THEN NULL ELSE `+columns[last]+` END`)
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ")
	return &table{
		schema:  schema,
		list:    selected(columns),
		insert:  fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s) ON CONFLICT ("id") DO NOTHING`, name, strings.Join(columns, ", "), marks),
		replace: replacements(schema),
		remove:  fmt.Sprintf(`DELETE FROM %s WHERE "id" = ? AND "revision" = ?`, name),
		probe:   fmt.Sprintf(`SELECT 1 FROM %s WHERE "id" = ?`, name),
		get:     fmt.Sprintf(`SELECT %s FROM %s INDEXED BY %s WHERE "id" = ?`, selected(unlessKnown), name, byID),
	}
}

// replacements lists the statements of which the first that finds its document replaces it: if no indexed value changes, if only the
// last does, which says whether events wait, and whatever changes. For SQLite writes the index of every column that it is told to
// set, also where the value stays, and a page of each into the log; most replacements change none.
//
// Their parameters are the row's values, in the order of the columns, then the revision that is replaced.
func replacements(schema store.Schema) []string {
	columns, keys := columnsOf(schema), len(schema.Fields)
	var statements []string
	for _, staying := range []int{keys, max(0, keys-1), 0} {
		var sets []string
		where := fmt.Sprintf(`"id" = ?1 AND "revision" = ?%d`, len(columns)+1)
		for i, column := range columns {
			pair := fmt.Sprintf("%s = ?%d", column, i+1)
			switch {
			case i == 0:
			case i >= 3 && i < 3+staying:
				where += " AND " + pair
			default:
				sets = append(sets, pair)
			}
		}
		statements = append(statements, fmt.Sprintf(`UPDATE %s INDEXED BY %s SET %s WHERE %s`,
			quote(tableName(schema.Collection)), quote(indexName(schema.Collection, primary())), strings.Join(sets, ", "), where))
	}
	return slices.Compact(statements)
}

// selected is how values are asked for. For each column of each query the driver makes a text of its name and one of its declared type:
// an expression has no such type, and a name of one letter takes no memory.
func selected(values []string) string {
	return "+" + strings.Join(values, " AS a, +") + " AS a"
}

// columnsOf lists a table's columns, quoted, the id first.
func columnsOf(schema store.Schema) []string {
	columns := []string{`"id"`, `"revision"`, `"shape"`}
	for _, field := range schema.Fields {
		columns = append(columns, column(field.Name))
	}
	return append(columns, `"pending"`, `"body"`)
}

func primary() store.Index {
	return store.Index{Name: store.PrimaryIndex, Fields: []string{store.IDField}}
}

// tableName keeps collections apart from the engine's own tables.
func tableName(collection string) string { return "c_" + collection }

// column names the column of an indexed field, or of the id.
func column(field string) string {
	if field == store.IDField {
		return `"id"`
	}
	return quote("k_" + field)
}

// indexName holds the fields, id included, so that an index whose definition a later build changes becomes another one.
func indexName(collection string, index store.Index) string {
	return collection + "." + index.Name + "(" + strings.Join(index.Fields, ",") + ")"
}

func quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// create lists the statements that make the table under the name given.
func create(schema store.Schema, name string) string {
	columns := []string{`"id" TEXT NOT NULL`, `"revision" TEXT NOT NULL`, `"shape" INTEGER NOT NULL`}
	for _, field := range schema.Fields {
		kind := "INTEGER"
		if field.Type == store.String {
			kind = "TEXT"
		}
		columns = append(columns, column(field.Name)+" "+kind+" NOT NULL")
	}
	columns = append(columns, `"pending" BLOB`, `"body" BLOB NOT NULL`)
	return fmt.Sprintf("CREATE TABLE %s (%s) STRICT", quote(name), strings.Join(columns, ", "))
}

// createIndexes lists the statements that make those of the table's indexes that are missing. Each ends in the id.
func createIndexes(schema store.Schema) []string {
	table := quote(tableName(schema.Collection))
	unique := primary()
	statements := []string{fmt.Sprintf(`CREATE UNIQUE INDEX IF NOT EXISTS %s ON %s ("id")`, quote(indexName(schema.Collection, unique)), table)}
	for _, index := range schema.Indexes {
		index.Fields = append(slices.Clone(index.Fields), store.IDField)
		columns := make([]string, len(index.Fields))
		for i, field := range index.Fields {
			columns[i] = column(field)
		}
		statements = append(statements, fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s ON %s (%s)%s",
			quote(indexName(schema.Collection, index)), table, strings.Join(columns, ", "), only(index)))
	}
	return statements
}

// only bounds an index to the rows it is asked for. Of the documents with events that wait there are few at any time, and of those without,
// such as the history's own, no one asks: they need not write the index.
func only(index store.Index) string {
	if index.Name == store.PendingField {
		return " WHERE " + waits
	}
	return ""
}

// waits says of a row that events wait in it, in the words that SQLite looks for before it uses the bounded index.
var waits = column(store.PendingField) + " = 1"

// row gives a record's values in the order of the columns.
func (t *table) row(record store.Record) ([]any, error) {
	if len(record.Keys) != len(t.schema.Fields) {
		return nil, fmt.Errorf("%w: %s/%s: %d indexed values, want %d", store.ErrInvalid, t.schema.Collection, record.ID, len(record.Keys), len(t.schema.Fields))
	}
	if record.Size() > store.MaxDocument {
		return nil, store.ErrTooLarge
	}
	row := make([]any, 0, len(record.Keys)+5)
	row = append(row, record.ID, string(record.Revision), int64(record.Shape))
	for i, key := range record.Keys {
		value, err := bind(t.schema.Fields[i].Type, key)
		if err != nil {
			return nil, fmt.Errorf("%w: %s/%s: indexed field %q: %w", store.ErrInvalid, t.schema.Collection, record.ID, t.schema.Fields[i].Name, err)
		}
		row = append(row, value)
	}
	if len(record.Body) < fewPages {
		return append(row, orNull(record.Pending), []byte(record.Body)), nil
	}
	return append(row, orNull(filled(record.Pending, pendingUnit, record.Spare)), filled(record.Body, bodyUnit, record.Spare)), nil
}

// A row that keeps its length is overwritten where it stands, and SQLite writes those of its pages that differ. So a document of several
// pages is filled up with zeros to a whole number of units, its events apart from it, and a change of few bytes writes few pages. It tells
// its own length: [trimmed] takes the zeros away again.
const (
	fewPages    = 2 * 4096 // bytes of a document that is written whole all the same
	bodyUnit    = 512
	pendingUnit = 4096 // events are added with each write
)

func filled(document []byte, unit int, spare bool) []byte {
	size := (len(document) + unit - 1) / unit * unit
	if spare && size <= cap(document) {
		return append(document, make([]byte, size-len(document))...)
	}
	return append(append(make([]byte, 0, size), document...), make([]byte, size-len(document))...)
}

// trimmed gives a document without what it was filled up with. What is no document stays as it is.
func trimmed(document []byte) []byte {
	const smallest = 5 // bytes of a document
	if len(document) < smallest {
		return document
	}
	size := int64(binary.LittleEndian.Uint32(document))
	if size < smallest || size > int64(len(document)) || len(bytes.Trim(document[size:], "\x00")) > 0 {
		return document
	}
	return document[:size:size]
}

func orNull(events []byte) any {
	if len(events) == 0 {
		return nil
	}
	return events
}

// bind turns an indexed value into a column's: a time into its UTC milliseconds, a bool into 0 or 1.
func bind(kind store.FieldType, key any) (any, error) {
	switch key := key.(type) {
	case string:
		if kind == store.String {
			return key, nil
		}
	case int64:
		if kind == store.Int {
			return key, nil
		}
	case bool:
		if kind == store.Bool && key {
			return int64(1), nil
		}
		if kind == store.Bool {
			return int64(0), nil
		}
	case time.Time:
		if kind == store.Time {
			return key.UnixMilli(), nil
		}
	}
	return nil, fmt.Errorf("%T is no %s", key, kind)
}

// unbind turns a column's value back into the indexed value that [bind] made it of.
func unbind(kind store.FieldType, value sqldriver.Value) (any, error) {
	switch column := value.(type) {
	case string:
		if kind == store.String {
			return value, nil
		}
	case int64:
		switch kind {
		case store.Int:
			return value, nil
		case store.Bool:
			return column != 0, nil
		case store.Time:
			return time.UnixMilli(column).UTC(), nil
		}
	}
	return nil, fmt.Errorf("%T is no %s", value, kind)
}

// record reads a row that was selected in the order of the columns. It keeps the row's values, not the row.
func (t *table) record(row []sqldriver.Value) (store.Record, error) {
	fields := t.schema.Fields
	if len(row) != len(fields)+5 {
		return store.Record{}, errors.New("sqlite: a row of another table")
	}
	id, isText := row[0].(string)
	revision, isToken := row[1].(string)
	shape, isNumber := row[2].(int64)
	if !isText || !isToken || !isNumber {
		return store.Record{}, fmt.Errorf("sqlite: a row begins with %T, %T, %T", row[0], row[1], row[2])
	}
	record := store.Record{ID: id, Revision: store.Revision(revision), Shape: int32(shape), Keys: make([]any, len(fields))}
	for i, field := range fields {
		key, err := unbind(field.Type, row[3+i])
		if err != nil {
			return store.Record{}, fmt.Errorf("sqlite: indexed field %q: %w", field.Name, err)
		}
		record.Keys[i] = key
	}
	// Both are nil for NULL, and the table's columns hold nothing else.
	pending, _ := row[len(row)-2].([]byte)
	body, _ := row[len(row)-1].([]byte)
	record.Pending, record.Body = trimmed(pending), trimmed(body)
	return record, nil
}

// Ensure brings the file to the schemas in one transaction: it happens wholly or not at all, also when it is killed.
func (e *Engine) Ensure(ctx context.Context, schemas []store.Schema, rekey store.Rekey) error {
	stored, err := e.Collections(ctx)
	if err != nil {
		return err
	}
	standing := true
	for _, schema := range schemas {
		change, err := schema.Change(find(stored, schema.Collection))
		if err != nil {
			return err
		}
		standing = standing && change == store.ChangeNone
	}
	marked, err := e.marked(ctx)
	if err != nil {
		return err
	}
	if !standing || !marked {
		// Another process may ensure at the same time, so the changes are decided again where nobody else can write.
		err := e.writer.run(ctx, func(ctx context.Context, conn rawConn) error { return ensure(ctx, conn, schemas, rekey) })
		if err != nil {
			return err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, schema := range schemas {
		e.tables[schema.Collection] = newTable(schema)
	}
	return nil
}

// marked tells whether the file has this program's layout.
func (e *Engine) marked(ctx context.Context) (yes bool, err error) {
	err = e.readers.use(ctx, func(conn rawConn) error {
		version, err := layoutOf(context.Background(), conn)
		yes = version == layout
		return err
	})
	if err != nil {
		return false, unavailable("read the layout", err)
	}
	return yes, nil
}

func find(schemas []store.Schema, collection string) *store.Schema {
	for i := range schemas {
		if schemas[i].Collection == collection {
			return &schemas[i]
		}
	}
	return nil
}

func ensure(ctx context.Context, conn rawConn, schemas []store.Schema, rekey store.Rekey) error {
	stored, err := collections(ctx, conn)
	if err != nil {
		return err
	}
	version, err := layoutOf(ctx, conn)
	if err != nil {
		return err
	}
	earlier := version < layout
	if earlier {
		if err := dropIndexes(ctx, conn, stored); err != nil {
			return err
		}
		for _, old := range stored {
			if find(schemas, old.Collection) == nil {
				if err := conn.execAll(ctx, createIndexes(old)); err != nil {
					return err
				}
			}
		}
	}
	if err := conn.exec(ctx, markLayout); err != nil {
		return err
	}
	for _, schema := range schemas {
		old := find(stored, schema.Collection)
		change, err := schema.Change(old)
		if err != nil {
			return err
		}
		switch change {
		case store.ChangeNone:
			if !earlier {
				continue
			}
		case store.ChangeCreate:
			err = conn.exec(ctx, create(schema, tableName(schema.Collection)))
		case store.ChangeKeys:
			err = rebuild(ctx, conn, *old, schema, rekey)
		}
		if err != nil {
			return err
		}
		if err := conn.execAll(ctx, createIndexes(schema)); err != nil {
			return err
		}
		definition, err := bson.Marshal(schema)
		if err != nil {
			return err
		}
		if err := conn.exec(ctx, `INSERT INTO "helhet_schemas" ("collection", "definition") VALUES (?, ?)
			ON CONFLICT ("collection") DO UPDATE SET "definition" = excluded."definition"`, schema.Collection, []byte(definition)); err != nil {
			return err
		}
	}
	return nil
}

// dropIndexes takes away all indexes of collections, those that no schema names any more too: of an earlier layout, they are not as this
// program would make them.
func dropIndexes(ctx context.Context, conn rawConn, stored []store.Schema) error {
	for _, schema := range stored {
		var drops []string
		ours := []sqldriver.NamedValue{{Ordinal: 1, Value: tableName(schema.Collection)}}
		err := conn.query(ctx, `SELECT "name" FROM "sqlite_schema" WHERE "type" = 'index' AND "tbl_name" = ?`, ours, func(row []sqldriver.Value) error {
			name, _ := row[0].(string)
			drops = append(drops, "DROP INDEX "+quote(name))
			return nil
		})
		if err != nil {
			return err
		}
		if err := conn.execAll(ctx, drops); err != nil {
			return err
		}
	}
	return nil
}

// rebuild copies a collection into a table of the new schema, keys computed anew, and puts it in the old one's place: so each key column
// can be NOT NULL, and an older program that doesn't know one can't write without it.
func rebuild(ctx context.Context, conn rawConn, old, schema store.Schema, rekey store.Rekey) error {
	if rekey == nil {
		return fmt.Errorf("%w: %s needs its indexed values computed anew", store.ErrInvalid, schema.Collection)
	}
	name, fresh := tableName(schema.Collection), "new_"+schema.Collection
	if err := conn.exec(ctx, create(schema, fresh)); err != nil {
		return err
	}
	from, to := newTable(old), newTable(schema)
	insert := strings.Replace(to.insert, quote(name), quote(fresh), 1)
	insert = strings.TrimSuffix(insert, ` ON CONFLICT ("id") DO NOTHING`) // the new table has no index yet
	all := fmt.Sprintf(`SELECT %s FROM %s`, from.list, quote(name))
	err := conn.query(ctx, all, nil, func(row []sqldriver.Value) error {
		record, err := from.record(row)
		if err != nil {
			return err
		}
		if record.Keys, err = rekey(schema.Collection, record); err != nil {
			return err
		}
		values, err := to.row(record)
		if err != nil {
			return err
		}
		return conn.exec(ctx, insert, values...)
	})
	if err != nil {
		return err
	}
	if err := conn.exec(ctx, "DROP TABLE "+quote(name)); err != nil {
		return err
	}
	return conn.exec(ctx, fmt.Sprintf("ALTER TABLE %s RENAME TO %s", quote(fresh), quote(name)))
}

func decodeSchema(definition []byte) (store.Schema, error) {
	var schema store.Schema
	if err := bson.Unmarshal(definition, &schema); err != nil {
		return store.Schema{}, fmt.Errorf("%w: stored schema: %w", store.ErrInvalid, err)
	}
	return schema, nil
}

// Collections lists what is stored.
func (e *Engine) Collections(ctx context.Context) ([]store.Schema, error) {
	var schemas []store.Schema
	err := e.readers.use(ctx, func(conn rawConn) (err error) {
		schemas, err = collections(context.Background(), conn)
		return err
	})
	if err != nil {
		return nil, unavailable("list collections", err)
	}
	return schemas, nil
}

func collections(ctx context.Context, conn rawConn) ([]store.Schema, error) {
	var schemas []store.Schema
	err := conn.query(ctx, `SELECT "definition" FROM "helhet_schemas" ORDER BY "collection"`, nil, func(row []sqldriver.Value) error {
		definition, _ := row[0].([]byte)
		schema, err := decodeSchema(definition)
		schemas = append(schemas, schema)
		return err
	})
	return schemas, err
}

// load fills the tables from the file, so that a copy or backup needs no declarations.
func (e *Engine) load(ctx context.Context) error {
	schemas, err := e.Collections(ctx)
	if err != nil {
		return err
	}
	for _, schema := range schemas {
		e.tables[schema.Collection] = newTable(schema)
	}
	return nil
}
