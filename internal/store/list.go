package store

import (
	"encoding/binary"
	"fmt"
	"iter"
	"reflect"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// List is a list of structs in a document, of which a write changes few: an assessment's answers. An element is never written to once it
// is in a list, only replaced, so copies of a list share their elements, and each keeps its encoding: to change one of a hundred
// answers costs about what one answer costs. The zero List is empty.
type List[E any] struct{ parts []part[E] }

// part is an element with its encoding, as one document; nil until it is first written.
type part[E any] struct {
	value *E
	raw   []byte
}

// ListOf makes a list.
func ListOf[E any](elements ...E) List[E] {
	var l List[E]
	for _, e := range elements {
		l.Append(e)
	}
	return l
}

// Len is how many elements there are.
func (l List[E]) Len() int { return len(l.parts) }

// At gives an element. What its slices, maps and pointers lead to is shared and must not be changed.
func (l List[E]) At(i int) E { return *l.parts[i].value }

// All visits the elements in order, under the rule of At.
func (l List[E]) All() iter.Seq2[int, E] {
	return func(yield func(int, E) bool) {
		for i, p := range l.parts {
			if !yield(i, *p.value) {
				return
			}
		}
	}
}

// Slice gives the elements as a slice of their own, under the rule of At.
func (l List[E]) Slice() []E {
	all := make([]E, 0, len(l.parts))
	for _, e := range l.All() {
		all = append(all, e)
	}
	return all
}

// Append adds an element at the end. It is given away: nothing writes to what it leads to afterwards.
func (l *List[E]) Append(e E) { l.parts = append(l.parts, part[E]{value: &e}) }

// Set replaces an element, under the rule of Append.
func (l *List[E]) Set(i int, e E) { l.parts[i] = part[E]{value: &e} }

// list is what copier, settler and encoder need of a List, whatever its elements.
type list interface {
	element() reflect.Type
	unshare()
	settle(settler) bool
	encode(dst []byte, element encoder) ([]byte, error)
}

var listType = reflect.TypeFor[list]()

// isList tells List's types, and the type of its elements.
func isList(t reflect.Type) (element reflect.Type, ok bool) {
	if t.Kind() != reflect.Struct || !reflect.PointerTo(t).Implements(listType) {
		return nil, false
	}
	return reflect.New(t).Interface().(list).element(), true
}

func listOf(v reflect.Value) list { return v.Addr().Interface().(list) }

func (l *List[E]) element() reflect.Type { return reflect.TypeFor[E]() }

// unshare gives the list parts of its own. The elements stay shared.
func (l *List[E]) unshare() {
	if l.parts != nil {
		l.parts = append(make([]part[E], 0, len(l.parts)+1), l.parts...)
	}
}

// settle settles the elements that are new: those with an encoding have been.
func (l *List[E]) settle(element settler) bool {
	changed := false
	for i := range l.parts {
		p := &l.parts[i]
		if p.raw != nil || element == nil {
			continue
		}
		if own := *p.value; element(reflect.ValueOf(&own).Elem()) {
			p.value, changed = &own, true
		}
	}
	return changed
}

// encode appends the list as the body of an array, and keeps the encodings of the elements that are new.
func (l *List[E]) encode(dst []byte, element encoder) ([]byte, error) {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	for i := range l.parts {
		p := &l.parts[i]
		if p.raw == nil {
			raw, err := element([]byte{0}, 0, reflect.ValueOf(p.value).Elem())
			if err != nil {
				return nil, err
			}
			p.raw = raw[1:]
		}
		dst = append(dst, byte(bson.TypeEmbeddedDocument))
		dst = append(strconv.AppendInt(dst, int64(i), 10), 0)
		dst = append(dst, p.raw...)
	}
	return closed(dst, start), nil
}

// MarshalBSONValue encodes the list wherever bson meets it.
func (l List[E]) MarshalBSONValue() (byte, []byte, error) {
	dst := []byte{0, 0, 0, 0}
	for i, p := range l.parts {
		raw, err := bson.Marshal(p.value)
		if err != nil {
			return 0, nil, err
		}
		dst = append(dst, byte(bson.TypeEmbeddedDocument))
		dst = append(strconv.AppendInt(dst, int64(i), 10), 0)
		dst = append(dst, raw...)
	}
	return byte(bson.TypeArray), closed(dst, 0), nil
}

// UnmarshalBSONValue reads a list of documents; null is an empty one.
func (l *List[E]) UnmarshalBSONValue(kind byte, data []byte) error {
	*l = List[E]{}
	switch bson.Type(kind) {
	case bson.TypeNull:
		return nil
	case bson.TypeArray:
	default:
		return fmt.Errorf("a list can't be read from %s", bson.Type(kind))
	}
	data = append([]byte(nil), data...) // bson uses its memory again
	values, err := bson.RawArray(data).Values()
	if err != nil {
		return err
	}
	for _, value := range values {
		document, ok := value.DocumentOK()
		if !ok {
			return fmt.Errorf("a list holds %s", value.Type)
		}
		p := part[E]{value: new(E), raw: document[:binary.LittleEndian.Uint32(document)]}
		if err := bson.Unmarshal(document, p.value); err != nil {
			return err
		}
		l.parts = append(l.parts, p)
	}
	return nil
}
