package store

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// planner decides, for both engines, which declared index answers a query, and refuses a query that none answers: so no page
// can grow into a scan. It is pure.
type planner struct {
	schema  Schema
	indexes []Index // with "id" as their last field; the primary one first
}

func newPlanner(schema Schema) planner {
	p := planner{schema: schema, indexes: []Index{{Name: PrimaryIndex, Fields: []string{IDField}}}}
	for _, index := range schema.Indexes {
		fields := append(slices.Clone(index.Fields), IDField)
		p.indexes = append(p.indexes, Index{Name: index.Name, Fields: fields})
	}
	return p
}

// plan finds the first index, in the order of declaration, that answers the query as a contiguous part of itself. The hash is
// what a cursor is bound to.
func (p planner) plan(q Query) (Plan, [8]byte, error) {
	if q.Limit < 1 || q.Limit > MaxLimit {
		return Plan{}, [8]byte{}, p.refuse("limit %d, want 1 to %d", q.Limit, MaxLimit)
	}
	if q.In != nil && q.Range != nil {
		return Plan{}, [8]byte{}, p.refuse("a membership and a range together")
	}
	if q.In != nil && len(q.Order) > 0 {
		return Plan{}, [8]byte{}, p.refuse("an order after a membership")
	}
	equal, err := p.equal(q.Equal)
	if err != nil {
		return Plan{}, [8]byte{}, err
	}
	in, err := p.in(q.In)
	if err != nil {
		return Plan{}, [8]byte{}, err
	}
	bounds, err := p.bounds(q.Range)
	if err != nil {
		return Plan{}, [8]byte{}, err
	}
	for _, index := range p.indexes {
		if !answers(index, equal, in, bounds, q.Order) {
			continue
		}
		plan := Plan{Collection: p.schema.Collection, Index: index, In: in, Range: bounds, Reverse: q.Reverse, Limit: q.Limit}
		for _, name := range index.Fields[:len(equal)] {
			plan.Equal = append(plan.Equal, Term{Field: name, Value: equal[name]})
		}
		hash, err := queryHash(plan)
		if err != nil {
			return Plan{}, [8]byte{}, p.refuse("%v", err)
		}
		if q.After != "" {
			if plan.After, err = p.after(plan, hash, q.After); err != nil {
				return Plan{}, [8]byte{}, err
			}
		}
		return plan, hash, nil
	}
	return Plan{}, [8]byte{}, p.refuse("no index answers %s", describe(q))
}

// answers tells whether the query's answer stands in the index in one piece per member, in the order asked for.
func answers(index Index, equal map[string]any, in *Membership, bounds *Range, order []string) bool {
	if len(equal) > len(index.Fields) {
		return false
	}
	if index.Name == PendingField && equal[PendingField] != true {
		return false // an engine may leave out what does not wait
	}
	for _, name := range index.Fields[:len(equal)] {
		if _, ok := equal[name]; !ok {
			return false
		}
	}
	rest := index.Fields[len(equal):]
	for _, field := range []string{fieldOf(in), rangeOf(bounds)} {
		if field != "" && (len(rest) == 0 || rest[0] != field) {
			return false
		}
	}
	// What is held equal has no order of its own and may be named anywhere.
	for _, name := range order {
		if _, fixed := equal[name]; fixed {
			continue
		}
		if len(rest) == 0 || rest[0] != name {
			return false
		}
		rest = rest[1:]
	}
	return true
}

func fieldOf(in *Membership) string {
	if in == nil {
		return ""
	}
	return in.Field
}

func rangeOf(bounds *Range) string {
	if bounds == nil {
		return ""
	}
	return bounds.Field
}

func (p planner) equal(terms []Term) (map[string]any, error) {
	equal := make(map[string]any, len(terms))
	for _, term := range terms {
		if _, double := equal[term.Field]; double {
			return nil, p.refuse("two equalities on %q", term.Field)
		}
		value, err := p.value(term.Field, term.Value)
		if err != nil {
			return nil, err
		}
		equal[term.Field] = value
	}
	return equal, nil
}

func (p planner) in(in *Membership) (*Membership, error) {
	if in == nil {
		return nil, nil
	}
	if len(in.Values) == 0 || len(in.Values) > MaxMembers {
		return nil, p.refuse("a membership of %d values, want 1 to %d", len(in.Values), MaxMembers)
	}
	values := make([]any, len(in.Values))
	for i, value := range in.Values {
		var err error
		if values[i], err = p.value(in.Field, value); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(values, Compare)
	values = slices.CompactFunc(values, func(a, b any) bool { return Compare(a, b) == 0 })
	return &Membership{Field: in.Field, Values: values}, nil
}

func (p planner) bounds(bounds *Range) (*Range, error) {
	if bounds == nil {
		return nil, nil
	}
	out := Range{Field: bounds.Field}
	for _, bound := range []struct {
		value any
		into  *any
	}{{bounds.From, &out.From}, {bounds.To, &out.To}} {
		if bound.value == nil {
			continue
		}
		value, err := p.value(bounds.Field, bound.value)
		if err != nil {
			return nil, err
		}
		*bound.into = value
	}
	return &out, nil
}

// value brings a query's value to the form of stored keys.
func (p planner) value(field string, value any) (any, error) {
	kind, ok := p.schema.fieldType(field)
	if !ok {
		return nil, p.refuse("no indexed field %q", field)
	}
	value, err := kind.normal(value)
	if err != nil {
		return nil, p.refuse("the value of %q %v", field, err)
	}
	return value, nil
}

// position gives a record's place in an index: its values of the index's fields.
func (p planner) position(index Index, record Record) []any {
	position := make([]any, 0, len(index.Fields))
	for _, name := range index.Fields {
		if name == IDField {
			position = append(position, record.ID)
			continue
		}
		for i, field := range p.schema.Fields {
			if field.Name == name {
				position = append(position, record.Keys[i])
			}
		}
	}
	return position
}

func (p planner) refuse(format string, args ...any) error {
	indexes := make([]string, len(p.indexes))
	for i, index := range p.indexes {
		indexes[i] = fmt.Sprintf("%s(%s)", index.Name, strings.Join(index.Fields, ", "))
	}
	return fmt.Errorf("%w: %s: %s; there are the indexes %s; a query is equality on a prefix of one of them, then one membership without an order, "+
		"or one range, in the order of the fields that remain", ErrQuery, p.schema.Collection, fmt.Sprintf(format, args...), strings.Join(indexes, ", "))
}

// describe names a query's fields, not its values, which may be about people.
func describe(q Query) string {
	var parts []string
	for _, term := range q.Equal {
		parts = append(parts, term.Field+" =")
	}
	if q.In != nil {
		parts = append(parts, q.In.Field+" in")
	}
	if q.Range != nil {
		parts = append(parts, q.Range.Field+" between")
	}
	if len(q.Order) > 0 {
		parts = append(parts, "ordered by "+strings.Join(q.Order, ", "))
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// Compare orders two indexed values of the same type as every engine does: strings by their UTF-8 bytes, false before true.
// Both are string, int64, bool or time.Time.
func Compare(a, b any) int {
	switch a := a.(type) {
	case string:
		return strings.Compare(a, b.(string))
	case int64:
		return cmp.Compare(a, b.(int64))
	case bool:
		switch {
		case a == b.(bool):
			return 0
		case a:
			return 1
		}
		return -1
	case time.Time:
		return a.Compare(b.(time.Time))
	}
	panic(fmt.Sprintf("store: %T is no indexed value", a))
}
