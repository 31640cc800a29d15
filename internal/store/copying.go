package store

import (
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// copier copies a value deeply, and makes the copy what bson would give if the value were encoded and decoded: times cut to
// UTC milliseconds, fields that are not stored empty. That equality is proven by a property test; it is why a write need not
// decode what it has just encoded. A copier refuses text that is not UTF-8.
type copier func(to, from reflect.Value) error

// codecMethods are those by which a type takes its encoding, or what "empty" means, into its own hands.
var codecMethods = []string{"MarshalBSON", "MarshalBSONValue", "UnmarshalBSON", "UnmarshalBSONValue", "MarshalText", "UnmarshalText", "IsZero"}

// copierOf makes the copier of a type, nil when the type holds something whose way through bson is not known here (an
// interface, an array, an encoding of its own, a type that contains itself): then encoding and decoding is the only copy.
func copierOf(t reflect.Type) copier { return copierWithin(t, nil) }

// copierWithin knows the types around t, outermost first.
func copierWithin(t reflect.Type, outer []reflect.Type) copier {
	if t == reflect.TypeFor[time.Time]() {
		return func(to, _ reflect.Value) error {
			moment := to.Addr().Interface().(*time.Time)
			*moment = cut(*moment)
			return nil
		}
	}
	for _, around := range outer {
		if around == t {
			return nil
		}
	}
	for _, name := range codecMethods {
		if _, ok := reflect.PointerTo(t).MethodByName(name); ok {
			return nil
		}
	}
	outer = append(outer[:len(outer):len(outer)], t)
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64:
		return asItIs
	case reflect.String:
		return checked
	case reflect.Pointer:
		return pointerCopier(t, outer)
	case reflect.Slice:
		return sliceCopier(t, outer)
	case reflect.Map:
		return mapCopier(t, outer)
	case reflect.Struct:
		return structCopier(t, outer)
	default:
		return nil
	}
}

// Every copier is called with a target that holds a plain copy already: scalars stay as they are.
func asItIs(_, _ reflect.Value) error { return nil }

func checked(to, _ reflect.Value) error {
	if !utf8.ValidString(to.String()) {
		return fmt.Errorf("text is not UTF-8")
	}
	return nil
}

func pointerCopier(t reflect.Type, outer []reflect.Type) copier {
	element := copierWithin(t.Elem(), outer)
	if element == nil || t.Elem().Kind() == reflect.Pointer {
		return nil
	}
	return func(to, from reflect.Value) error {
		if from.IsNil() {
			return nil
		}
		to.Set(reflect.New(t.Elem()))
		to.Elem().Set(from.Elem())
		return element(to.Elem(), from.Elem())
	}
}

func sliceCopier(t reflect.Type, outer []reflect.Type) copier {
	bytes := t.Elem().Kind() == reflect.Uint8
	if bytes && t != reflect.TypeFor[[]byte]() {
		return nil
	}
	element := asItIs
	if !bytes {
		if element = copierWithin(t.Elem(), outer); element == nil {
			return nil
		}
	}
	flat := bytes || isFlat(t.Elem())
	return func(to, from reflect.Value) error {
		if from.IsNil() {
			return nil
		}
		n := from.Len()
		to.Set(reflect.MakeSlice(t, n, n))
		reflect.Copy(to, from)
		if flat {
			return nil
		}
		for i := range n {
			if err := element(to.Index(i), from.Index(i)); err != nil {
				return err
			}
		}
		return nil
	}
}

func mapCopier(t reflect.Type, outer []reflect.Type) copier {
	key, element := copierWithin(t.Key(), outer), copierWithin(t.Elem(), outer)
	if t.Key().Kind() != reflect.String || key == nil || element == nil {
		return nil
	}
	return func(to, from reflect.Value) error {
		if from.IsNil() {
			return nil
		}
		to.Set(reflect.MakeMapWithSize(t, from.Len()))
		for entries := from.MapRange(); entries.Next(); {
			if err := checked(entries.Key(), entries.Key()); err != nil {
				return err
			}
			value := reflect.New(t.Elem()).Elem()
			value.Set(entries.Value())
			if err := element(value, entries.Value()); err != nil {
				return err
			}
			to.SetMapIndex(entries.Key(), value)
		}
		return nil
	}
}

// structCopier copies the fields that a plain copy does not.
func structCopier(t reflect.Type, outer []reflect.Type) copier {
	type part struct {
		field int
		copy  copier // nil: the field is not stored
		empty bool   // left out when empty
	}
	var parts []part
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("bson"), ",")
		inline := strings.Contains(options, "inline")
		if !field.IsExported() && !(field.Anonymous && inline) || name == "-" {
			if !field.IsExported() {
				return nil // reflection can't empty it
			}
			parts = append(parts, part{field: i})
			continue
		}
		if inline && field.Type.Kind() != reflect.Struct || strings.Contains(options, "truncate") {
			return nil
		}
		one := copierWithin(field.Type, outer)
		if one == nil {
			return nil
		}
		if isFlat(field.Type) {
			continue
		}
		kind := field.Type.Kind()
		parts = append(parts, part{i, one, strings.Contains(options, "omitempty") && (kind == reflect.Slice || kind == reflect.Map)})
	}
	return func(to, from reflect.Value) error {
		for _, p := range parts {
			switch field := from.Field(p.field); {
			case p.copy == nil, p.empty && field.Len() == 0:
				to.Field(p.field).SetZero()
			default:
				if err := p.copy(to.Field(p.field), field); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// isFlat tells types whose plain copy is the whole copy.
func isFlat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64:
		return true
	default:
		return false
	}
}
