package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// maxCursor bounds what is decoded of a cursor, which comes from outside: an index of ten long strings fits.
const maxCursor = 16 << 10

// cursorBody is what a cursor says once its base64 is off: the query it belongs to and the place after which to go on.
type cursorBody struct {
	Query []byte `bson:"q"`
	After []any  `bson:"a"`
}

// newCursor makes the cursor that follows a position in the query's index.
func newCursor(hash [8]byte, position []any) Cursor {
	raw, err := bson.Marshal(cursorBody{Query: hash[:], After: position})
	if err != nil {
		panic(fmt.Sprintf("store: indexed values that can't be encoded: %v", err)) // they were decoded from storage
	}
	return Cursor(base64.RawURLEncoding.EncodeToString(raw))
}

// after reads the cursor of a query. Anything else, be it another query's or somebody's invention, is ErrCursor.
func (p planner) after(plan Plan, hash [8]byte, cursor Cursor) ([]any, error) {
	if len(cursor) > maxCursor {
		return nil, p.badCursor("too long")
	}
	raw, err := base64.RawURLEncoding.DecodeString(string(cursor))
	if err != nil {
		return nil, p.badCursor("not one")
	}
	if err := bson.Raw(raw).Validate(); err != nil {
		return nil, p.badCursor("not one")
	}
	var body cursorBody
	if err := bson.Unmarshal(raw, &body); err != nil {
		return nil, p.badCursor("not one")
	}
	if !bytes.Equal(body.Query, hash[:]) {
		return nil, p.badCursor("of another query")
	}
	if len(body.After) != len(plan.Index.Fields) {
		return nil, p.badCursor("of another index")
	}
	after := make([]any, len(body.After))
	for i, name := range plan.Index.Fields {
		kind, _ := p.schema.fieldType(name)
		if after[i], err = keyOf(kind, body.After[i]); err != nil {
			return nil, p.badCursor("not of this index")
		}
		if i < len(plan.Equal) && Compare(after[i], plan.Equal[i].Value) != 0 {
			return nil, p.badCursor("of another query")
		}
		if i == len(plan.Equal) && !inside(after[i], plan) {
			return nil, p.badCursor("of another query")
		}
	}
	return after, nil
}

// inside tells whether a value of the field after the equalities is one that the query's membership or range could have given.
func inside(value any, plan Plan) bool {
	if plan.In != nil {
		_, found := slices.BinarySearchFunc(plan.In.Values, value, Compare)
		return found
	}
	if r := plan.Range; r != nil {
		return (r.From == nil || Compare(value, r.From) >= 0) && (r.To == nil || Compare(value, r.To) < 0)
	}
	return true
}

func (p planner) badCursor(why string) error {
	return fmt.Errorf("%w: %s: %s", ErrCursor, p.schema.Collection, why)
}

// queryHash tells queries apart: everything that decides the answer's documents and their order, so all but the limit.
func queryHash(plan Plan) ([8]byte, error) {
	type term struct {
		Field string
		Value any
	}
	query := struct {
		Collection, Index string
		Fields            []string
		Equal             []term
		In                *Membership
		Range             *Range
		Reverse           bool
	}{Collection: plan.Collection, Index: plan.Index.Name, Fields: plan.Index.Fields, In: plan.In, Range: plan.Range, Reverse: plan.Reverse}
	for _, t := range plan.Equal {
		query.Equal = append(query.Equal, term(t))
	}
	raw, err := bson.Marshal(query)
	if err != nil {
		return [8]byte{}, err
	}
	sum := sha256.Sum256(raw)
	return [8]byte(sum[:8]), nil
}

// keyOf turns a key that was read from BSON into the form in which keys are kept.
func keyOf(kind FieldType, value any) (any, error) {
	if moment, ok := value.(bson.DateTime); ok {
		value = moment.Time()
	}
	return kind.normal(value)
}
