package store

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"
)

// ownPrefix begins the names of the collections that the store keeps for itself.
const ownPrefix = "store_"

var (
	collectionName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	fieldName      = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]{0,39}$`)
)

// maxText bounds ids and indexed strings, in bytes: what every engine's index takes without trouble.
const maxText = 1024

// check finds what can't be right in a schema, be it declared or read from a backup. Engines build names of tables, columns
// and keys from it, so it also says which names are safe.
func (s Schema) check() error {
	if !collectionName.MatchString(s.Collection) {
		return fmt.Errorf("the name %q is not one", s.Collection)
	}
	if s.Shape < 1 {
		return fmt.Errorf("shape %d, the first one is 1", s.Shape)
	}
	fields := map[string]bool{IDField: true}
	for _, field := range s.Fields {
		if !fieldName.MatchString(field.Name) || fields[field.Name] {
			return fmt.Errorf("the field name %q is not one, or taken", field.Name)
		}
		if field.Type < String || field.Type > Time {
			return fmt.Errorf("field %q has no type", field.Name)
		}
		fields[field.Name] = true
	}
	if n := len(s.Fields); n == 0 || s.Fields[n-1] != (FieldSpec{Name: PendingField, Type: Bool}) {
		return fmt.Errorf("the last field is not %q", PendingField)
	}
	indexes := map[string]bool{PrimaryIndex: true}
	for _, index := range s.Indexes {
		if !fieldName.MatchString(index.Name) || indexes[index.Name] || len(index.Fields) == 0 {
			return fmt.Errorf("the index name %q is not one, or taken, or it has no fields", index.Name)
		}
		if index.Name == PendingField && !index.equal(pendingIndex()) {
			return fmt.Errorf("the index name %q is the store's own", index.Name)
		}
		indexes[index.Name] = true
		used := map[string]bool{IDField: true}
		for _, name := range index.Fields {
			if !fields[name] || used[name] || name == PendingField && index.Name != PendingField {
				return fmt.Errorf("index %q can't have the field %q", index.Name, name)
			}
			used[name] = true
		}
	}
	if !indexes[PendingField] {
		return fmt.Errorf("no index %q", PendingField)
	}
	return nil
}

func pendingIndex() Index { return Index{Name: PendingField, Fields: []string{PendingField}} }

// Change is what an engine has to do to a collection to bring it to a schema.
type Change int

// The changes, from least to most.
const (
	ChangeNone    Change = iota // stored as it is wanted
	ChangeIndexes               // indexes are missing; every record's keys are right
	ChangeKeys                  // the keys of every record must be computed anew
	ChangeCreate                // nothing is stored of this collection
)

// Change compares the schema with what is stored of it (nil: nothing). A stored schema with a newer shape, or with a field
// that this one doesn't know at the same shape, was written by a newer program and is refused with ErrNewerShape: writing
// beside it would leave documents out of its indexes. An indexed field is therefore dropped together with a new shape.
func (s Schema) Change(stored *Schema) (Change, error) {
	if stored == nil {
		return ChangeCreate, nil
	}
	if stored.Shape > s.Shape {
		return ChangeNone, fmt.Errorf("%w: %s is stored in shape %d, this program knows %d", ErrNewerShape, s.Collection, stored.Shape, s.Shape)
	}
	if stored.Shape == s.Shape {
		for _, field := range stored.Fields {
			if !slices.Contains(s.Fields, field) {
				return ChangeNone, fmt.Errorf("%w: %s is stored with the indexed field %q", ErrNewerShape, s.Collection, field.Name)
			}
		}
	}
	if stored.Shape < s.Shape || !slices.Equal(stored.Fields, s.Fields) {
		return ChangeKeys, nil
	}
	for _, index := range s.Indexes {
		if !slices.ContainsFunc(stored.Indexes, index.equal) {
			return ChangeIndexes, nil
		}
	}
	return ChangeNone, nil
}

func (i Index) equal(other Index) bool {
	return i.Name == other.Name && slices.Equal(i.Fields, other.Fields)
}

// fieldType finds an indexed field's type; the id is a string.
func (s Schema) fieldType(name string) (FieldType, bool) {
	if name == IDField {
		return String, true
	}
	for _, field := range s.Fields {
		if field.Name == name {
			return field.Type, true
		}
	}
	return 0, false
}

func (t FieldType) String() string {
	switch t {
	case String:
		return "string"
	case Int:
		return "int64"
	case Bool:
		return "bool"
	case Time:
		return "time"
	}
	return fmt.Sprintf("FieldType(%d)", int(t))
}

// normal turns a value into the one form in which keys are kept and compared: string, int64, bool, or time.Time in UTC,
// cut to milliseconds. Named types count as what they are made of, so that callers need not convert their ids.
func (t FieldType) normal(value any) (any, error) {
	if value == nil {
		return nil, fmt.Errorf("is missing, want %s", t)
	}
	if t == Time {
		if moment, ok := value.(time.Time); ok {
			return cut(moment), nil
		}
		return nil, fmt.Errorf("is %T, want %s", value, t)
	}
	v := reflect.ValueOf(value)
	switch {
	case t == String && v.Kind() == reflect.String:
		return v.String(), checkText(v.String())
	case t == Int && v.CanInt():
		return v.Int(), nil
	case t == Bool && v.Kind() == reflect.Bool:
		return v.Bool(), nil
	}
	return nil, fmt.Errorf("is %T, want %s", value, t)
}

// cut brings a moment to what both engines keep: UTC, whole milliseconds, no monotonic reading.
func cut(moment time.Time) time.Time {
	return time.UnixMilli(moment.UnixMilli()).UTC()
}

// checkText refuses strings that engines would order or keep differently.
func checkText(text string) error {
	switch {
	case len(text) > maxText:
		return fmt.Errorf("has %d bytes, at most %d are allowed", len(text), maxText)
	case !utf8.ValidString(text):
		return fmt.Errorf("is not UTF-8")
	}
	for i := range len(text) {
		if text[i] == 0 {
			return fmt.Errorf("holds a NUL byte")
		}
	}
	return nil
}

// checkID refuses an id that can't be stored.
func checkID(collection, id string) error {
	if id == "" {
		return fmt.Errorf("%w: %s: empty id", ErrInvalid, collection)
	}
	if err := checkText(id); err != nil {
		return fmt.Errorf("%w: %s: id %w", ErrInvalid, collection, err)
	}
	return nil
}
