package store

import (
	"reflect"
	"strings"
	"time"
)

// A copy for whom it belongs to and a value as it will be read are made without bson's way through bytes, which costs many times as
// much: by a copier and a settler, which work out once what depends on the type alone.

// copier makes a copy that shares nothing with what it was made from. to holds a plain copy of from already, so that only what a
// plain copy shares is left to do.
type copier func(to, from reflect.Value)

// settler makes a value what bson would give if it were encoded and decoded: times cut to UTC milliseconds, fields that are not
// stored empty. That equality is proven by a property test; it is why a write need not decode what it has just encoded. What is
// settled already it only reads, since others may read it too.
type settler func(v reflect.Value) (changed bool)

// codecMethods are those by which a type takes its encoding, or what "empty" means, into its own hands.
var codecMethods = []string{"MarshalBSON", "MarshalBSONValue", "UnmarshalBSON", "UnmarshalBSONValue", "MarshalText", "UnmarshalText", "IsZero"}

// plain tells whether a type's way through bson is known here. It is not where the type holds an interface (but in facts), an array, an encoding of its
// own, or itself: then encoding and decoding is the only copy.
func plain(t reflect.Type) bool { return plainWithin(t, nil) }

// plainWithin knows the types around t, outermost first.
func plainWithin(t reflect.Type, outer []reflect.Type) bool {
	if t == reflect.TypeFor[time.Time]() || isFacts(t) {
		return true
	}
	for _, around := range outer {
		if around == t {
			return false
		}
	}
	if element, ok := isList(t); ok {
		return element.Kind() == reflect.Struct && plainWithin(element, append(outer[:len(outer):len(outer)], t))
	}
	for _, name := range codecMethods {
		if _, ok := reflect.PointerTo(t).MethodByName(name); ok {
			return false
		}
	}
	outer = append(outer[:len(outer):len(outer)], t)
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64, reflect.String:
		return true
	case reflect.Pointer:
		return t.Elem().Kind() != reflect.Pointer && plainWithin(t.Elem(), outer)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return t == reflect.TypeFor[[]byte]()
		}
		return plainWithin(t.Elem(), outer)
	case reflect.Map:
		return t.Key().Kind() == reflect.String && plainWithin(t.Key(), outer) && plainWithin(t.Elem(), outer)
	case reflect.Struct:
		for i := range t.NumField() {
			field := t.Field(i)
			name, options, _ := strings.Cut(field.Tag.Get("bson"), ",")
			inline := strings.Contains(options, "inline")
			switch {
			case !field.IsExported() && (!field.Anonymous || !inline || name == "-"):
				return false // reflection can't empty it
			case name == "-":
			case inline && field.Type.Kind() != reflect.Struct, strings.Contains(options, "truncate"):
				return false
			case !plainWithin(field.Type, outer):
				return false
			}
		}
		return true
	default:
		return false
	}
}

// copierOf makes the copier of a plain type, nil when a plain copy shares nothing.
func copierOf(t reflect.Type) copier {
	if _, ok := isList(t); ok {
		return func(to, _ reflect.Value) { listOf(to).unshare() }
	}
	switch {
	case isFacts(t):
		return copyFacts
	case t == reflect.TypeFor[time.Time]():
		return nil // the zone it points to is never changed
	case t.Kind() == reflect.Pointer:
		element := copierOf(t.Elem())
		return func(to, from reflect.Value) {
			if from.IsNil() {
				return
			}
			fresh := reflect.New(t.Elem())
			fresh.Elem().Set(from.Elem())
			if element != nil {
				element(fresh.Elem(), from.Elem())
			}
			to.Set(fresh)
		}
	case t.Kind() == reflect.Slice:
		element := copierOf(t.Elem())
		return func(to, from reflect.Value) {
			if from.IsNil() {
				return
			}
			n := from.Len()
			fresh := reflect.MakeSlice(t, n, n)
			reflect.Copy(fresh, from)
			for i := 0; element != nil && i < n; i++ {
				element(fresh.Index(i), from.Index(i))
			}
			to.Set(fresh)
		}
	case t.Kind() == reflect.Map:
		element := copierOf(t.Elem())
		return func(to, from reflect.Value) {
			if from.IsNil() {
				return
			}
			fresh := reflect.MakeMapWithSize(t, from.Len())
			for entries := from.MapRange(); entries.Next(); {
				value := entries.Value()
				if element != nil {
					own := reflect.New(t.Elem()).Elem()
					own.Set(value)
					element(own, value)
					value = own
				}
				fresh.SetMapIndex(entries.Key(), value)
			}
			to.Set(fresh)
		}
	case t.Kind() == reflect.Struct:
		return structCopier(t)
	}
	return nil
}

func structCopier(t reflect.Type) copier {
	type part struct {
		field int
		copy  copier
	}
	var parts []part
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("bson"), ","); name == "-" {
			continue // not stored: settling empties it
		}
		if one := copierOf(t.Field(i).Type); one != nil {
			parts = append(parts, part{i, one})
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return func(to, from reflect.Value) {
		for _, p := range parts {
			p.copy(to.Field(p.field), from.Field(p.field))
		}
	}
}

// settlerOf makes the settler of a plain type, nil when there is nothing to settle.
func settlerOf(t reflect.Type) settler {
	if of, ok := isList(t); ok {
		element := settlerOf(of)
		return func(v reflect.Value) bool { return listOf(v).settle(element) }
	}
	switch {
	case isFacts(t):
		return settleFacts
	case t == reflect.TypeFor[time.Time]():
		return func(v reflect.Value) bool {
			moment := v.Addr().Interface().(*time.Time)
			settled := cut(*moment)
			if settled == *moment {
				return false
			}
			*moment = settled
			return true
		}
	case t.Kind() == reflect.Struct:
		return structSettler(t)
	case t.Kind() != reflect.Pointer && t.Kind() != reflect.Slice && t.Kind() != reflect.Map:
		return nil
	}
	element := settlerOf(t.Elem())
	switch {
	case element == nil:
		return nil
	case t.Kind() == reflect.Pointer:
		return func(v reflect.Value) bool { return !v.IsNil() && element(v.Elem()) }
	case t.Kind() == reflect.Slice:
		return func(v reflect.Value) bool {
			changed := false
			for i := range v.Len() {
				changed = element(v.Index(i)) || changed
			}
			return changed
		}
	}
	return func(v reflect.Value) bool {
		changed := false
		for entries := v.MapRange(); entries.Next(); {
			value := reflect.New(t.Elem()).Elem() // an entry has no address of its own
			value.Set(entries.Value())
			if element(value) {
				v.SetMapIndex(entries.Key(), value)
				changed = true
			}
		}
		return changed
	}
}

func structSettler(t reflect.Type) settler {
	type part struct {
		field  int
		left   bool    // not stored
		empty  bool    // left out when it has no elements, and so read as nil
		settle settler // may be nil
	}
	var parts []part
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("bson"), ",")
		if name == "-" {
			parts = append(parts, part{field: i, left: true})
			continue
		}
		kind := field.Type.Kind()
		p := part{field: i, empty: strings.Contains(options, "omitempty") && (kind == reflect.Slice || kind == reflect.Map), settle: settlerOf(field.Type)}
		if p.empty || p.settle != nil {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return func(v reflect.Value) bool {
		changed := false
		for _, p := range parts {
			switch field := v.Field(p.field); {
			case p.left || p.empty && field.Len() == 0:
				if !field.IsZero() {
					field.SetZero()
					changed = true
				}
			case p.settle != nil:
				changed = p.settle(field) || changed
			}
		}
		return changed
	}
}
