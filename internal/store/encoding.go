package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// encoder appends a value to an encoded document, whose element it is: the element's type, still open at dst[at], and its key stand
// there already. It writes what bson.Marshal would, several times as fast, since what depends on the type alone is worked out once. That
// equality is proven by a property test. An encoder refuses text that is not UTF-8.
type encoder func(dst []byte, at int, v reflect.Value) ([]byte, error)

// codec is how the values of a collection become bytes, and what they are when they come back.
type codec[T any] struct {
	copy    copier
	settle  settler
	encode  encoder // nil: the type has ways of its own, and only bson knows them
	buffers *sync.Pool
}

func codecOf[T any]() codec[T] {
	t := reflect.TypeFor[T]()
	if !plain(t) {
		return codec[T]{}
	}
	return codec[T]{copierOf(t), settlerOf(t), encoderOf(t), &sync.Pool{New: func() any { return new([]byte) }}}
}

// copied gives a copy of a plain value that shares nothing with it.
func (c codec[T]) copied(value *T) T {
	fresh := *value
	if c.copy != nil {
		c.copy(reflect.ValueOf(&fresh).Elem(), reflect.ValueOf(value).Elem())
	}
	return fresh
}

// body encodes a value that its owner gives away, refuses text that is not UTF-8, and gives the value as it will be read.
func (c codec[T]) body(value T) (bson.Raw, T, error) {
	if c.encode == nil {
		return c.roundTrip(value)
	}
	at := reflect.ValueOf(&value).Elem()
	if c.settle != nil {
		c.settle(at)
	}
	buffer := c.buffers.Get().(*[]byte)
	defer c.buffers.Put(buffer)
	// The document is encoded as if it were an element: behind a type that is cut off again.
	body, err := c.encode(append((*buffer)[:0], 0), 0, at)
	if err != nil {
		return nil, value, err
	}
	*buffer = body
	return bytes.Clone(body[1:]), value, nil
}

// roundTrip is body for types that only bson knows.
func (c codec[T]) roundTrip(value T) (bson.Raw, T, error) {
	var read T
	body, err := bson.Marshal(value)
	if err != nil {
		return nil, read, err
	}
	if err := checkBody(body); err != nil {
		return nil, read, err
	}
	return body, read, bson.Unmarshal(body, &read)
}

var errNotUTF8 = errors.New("text is not UTF-8")

// encoderOf makes the encoder of a plain type; nil where bson has rules for the fields' names that are not known here.
func encoderOf(t reflect.Type) encoder {
	if of, ok := isList(t); ok {
		return listEncoder(of)
	}
	if isFacts(t) {
		return appendFacts
	}
	if t == reflect.TypeFor[time.Time]() {
		return appendTime
	}
	switch t.Kind() {
	case reflect.Bool:
		return appendBool
	case reflect.Int:
		return appendInt
	case reflect.Int8, reflect.Int16, reflect.Int32:
		return appendInt32
	case reflect.Int64:
		return appendInt64
	case reflect.Float32, reflect.Float64:
		return appendFloat
	case reflect.String:
		return appendString
	case reflect.Pointer:
		return pointerEncoder(t)
	case reflect.Slice:
		return sliceEncoder(t)
	case reflect.Map:
		return mapEncoder(t)
	case reflect.Struct:
		return structEncoder(t)
	default:
		return nil
	}
}

func appendTime(dst []byte, at int, v reflect.Value) ([]byte, error) {
	dst[at] = byte(bson.TypeDateTime)
	return binary.LittleEndian.AppendUint64(dst, uint64(momentOf(v).UnixMilli())), nil
}

// momentOf reads a time, where it can without a copy on the heap.
func momentOf(v reflect.Value) time.Time {
	if v.CanAddr() {
		return *v.Addr().Interface().(*time.Time)
	}
	return v.Interface().(time.Time)
}

func appendBool(dst []byte, at int, v reflect.Value) ([]byte, error) {
	dst[at] = byte(bson.TypeBoolean)
	if v.Bool() {
		return append(dst, 1), nil
	}
	return append(dst, 0), nil
}

// appendInt takes four bytes where they are enough: bson's way with a plain int.
func appendInt(dst []byte, at int, v reflect.Value) ([]byte, error) {
	if n := v.Int(); n < math.MinInt32 || n > math.MaxInt32 {
		return appendInt64(dst, at, v)
	}
	return appendInt32(dst, at, v)
}

func appendInt32(dst []byte, at int, v reflect.Value) ([]byte, error) {
	dst[at] = byte(bson.TypeInt32)
	return binary.LittleEndian.AppendUint32(dst, uint32(v.Int())), nil
}

func appendInt64(dst []byte, at int, v reflect.Value) ([]byte, error) {
	dst[at] = byte(bson.TypeInt64)
	return binary.LittleEndian.AppendUint64(dst, uint64(v.Int())), nil
}

func appendFloat(dst []byte, at int, v reflect.Value) ([]byte, error) {
	dst[at] = byte(bson.TypeDouble)
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.Float())), nil
}

func appendString(dst []byte, at int, v reflect.Value) ([]byte, error) {
	text := v.String()
	if !utf8.ValidString(text) {
		return nil, errNotUTF8
	}
	dst[at] = byte(bson.TypeString)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(text)+1))
	return append(append(dst, text...), 0), nil
}

func appendNull(dst []byte, at int) ([]byte, error) {
	dst[at] = byte(bson.TypeNull)
	return dst, nil
}

// closed ends the document or array whose length stands at start.
func closed(dst []byte, start int) []byte {
	dst = append(dst, 0)
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start))
	return dst
}

func pointerEncoder(t reflect.Type) encoder {
	element := encoderOf(t.Elem())
	if element == nil {
		return nil
	}
	return func(dst []byte, at int, v reflect.Value) ([]byte, error) {
		if v.IsNil() {
			return appendNull(dst, at)
		}
		return element(dst, at, v.Elem())
	}
}

func sliceEncoder(t reflect.Type) encoder {
	if t.Elem().Kind() == reflect.Uint8 {
		return func(dst []byte, at int, v reflect.Value) ([]byte, error) {
			if v.IsNil() {
				return appendNull(dst, at)
			}
			dst[at] = byte(bson.TypeBinary)
			dst = binary.LittleEndian.AppendUint32(dst, uint32(v.Len()))
			return append(append(dst, bson.TypeBinaryGeneric), v.Bytes()...), nil
		}
	}
	element := encoderOf(t.Elem())
	if element == nil {
		return nil
	}
	return func(dst []byte, at int, v reflect.Value) ([]byte, error) {
		if v.IsNil() {
			return appendNull(dst, at)
		}
		dst[at] = byte(bson.TypeArray)
		start := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		for i := range v.Len() {
			here := len(dst)
			dst = append(strconv.AppendInt(append(dst, 0), int64(i), 10), 0)
			var err error
			if dst, err = element(dst, here, v.Index(i)); err != nil {
				return nil, err
			}
		}
		return closed(dst, start), nil
	}
}

func listEncoder(of reflect.Type) encoder {
	element := encoderOf(of)
	if element == nil {
		return nil
	}
	return func(dst []byte, at int, v reflect.Value) ([]byte, error) {
		dst[at] = byte(bson.TypeArray)
		return listOf(v).encode(dst, element)
	}
}

func mapEncoder(t reflect.Type) encoder {
	element := encoderOf(t.Elem())
	if element == nil {
		return nil
	}
	return func(dst []byte, at int, v reflect.Value) ([]byte, error) {
		if v.IsNil() {
			return appendNull(dst, at)
		}
		dst[at] = byte(bson.TypeEmbeddedDocument)
		start := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		for entries := v.MapRange(); entries.Next(); {
			key, here := entries.Key().String(), len(dst)
			if !utf8.ValidString(key) {
				return nil, errNotUTF8
			}
			if strings.Contains(key, "\x00") {
				return nil, fmt.Errorf("a key holds the character zero")
			}
			dst = append(append(append(dst, 0), key...), 0)
			var err error
			if dst, err = element(dst, here, entries.Value()); err != nil {
				return nil, err
			}
		}
		return closed(dst, start), nil
	}
}

// encodedField is a field of a struct, or of one inlined in it.
type encodedField struct {
	path   []int
	key    string // with the zero that ends it
	encode encoder
	empty  func(reflect.Value) bool // nil: always written
}

func structEncoder(t reflect.Type) encoder {
	fields, ok := fieldsOf(t, nil)
	if !ok {
		return nil
	}
	keys := map[string]bool{}
	for _, f := range fields {
		if keys[f.key] {
			return nil // bson has rules for which of them is meant
		}
		keys[f.key] = true
	}
	return func(dst []byte, at int, v reflect.Value) ([]byte, error) {
		dst[at] = byte(bson.TypeEmbeddedDocument)
		start := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		for i := range fields {
			f := &fields[i]
			value := v.Field(f.path[0])
			for _, deeper := range f.path[1:] {
				value = value.Field(deeper)
			}
			if f.empty != nil && f.empty(value) {
				continue
			}
			here := len(dst)
			dst = append(append(dst, 0), f.key...)
			var err error
			if dst, err = f.encode(dst, here, value); err != nil {
				return nil, err
			}
		}
		return closed(dst, start), nil
	}
}

// fieldsOf lists what is stored of a struct, in order; false when it can't be told here.
func fieldsOf(t reflect.Type, path []int) ([]encodedField, bool) {
	var fields []encodedField
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("bson"), ",")
		if name == "-" {
			continue
		}
		here := append(path[:len(path):len(path)], i)
		if strings.Contains(options, "inline") {
			inner, ok := fieldsOf(field.Type, here)
			if !ok {
				return nil, false
			}
			fields = append(fields, inner...)
			continue
		}
		if name == "" {
			name = strings.ToLower(field.Name)
		}
		one := encodedField{path: here, key: name + "\x00", encode: encoderOf(field.Type)}
		if one.encode == nil || strings.Contains(options, "minsize") {
			return nil, false
		}
		if strings.Contains(options, "omitempty") {
			one.empty = emptyOf(field.Type)
		}
		fields = append(fields, one)
	}
	return fields, true
}

// emptyOf tells what omitempty leaves out: of structs only a zero time.
func emptyOf(t reflect.Type) func(reflect.Value) bool {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return func(v reflect.Value) bool { return momentOf(v).IsZero() }
	case t.Kind() == reflect.Struct:
		return nil
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Map, t.Kind() == reflect.String:
		return func(v reflect.Value) bool { return v.Len() == 0 }
	}
	return reflect.Value.IsZero
}
