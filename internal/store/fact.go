package store

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// EncodeFact gives a fact, of whatever kind, as a BSON document of it alone: the same bytes when it was written and read again.
func EncodeFact(f Fact) ([]byte, error) {
	raw, err := bson.Marshal(bson.D{f})
	if err != nil {
		return nil, fmt.Errorf("%w: fact %q: %w", ErrInvalid, f.Key, err)
	}
	return raw, nil
}

// Facts are encoded, copied and settled as the other kinds of value are; what a fact's value is can only be seen from itself.

func isFacts(t reflect.Type) bool { return t == reflect.TypeFor[bson.D]() }

func factsOf(v reflect.Value) *bson.D { return v.Addr().Interface().(*bson.D) }

// readAsIs tells whether a fact's value comes back from the store as it was given, and shares nothing with another.
func readAsIs(value any) bool {
	switch value.(type) {
	case string, int64, int32, bool, float64, bson.DateTime:
		return true
	}
	return false
}

// throughBSON gives a fact as it is read when it has been written.
func throughBSON(f Fact) (Fact, error) {
	raw, err := EncodeFact(f)
	if err != nil {
		return Fact{}, err
	}
	var read bson.D
	if err := bson.Unmarshal(raw, &read); err != nil {
		return Fact{}, err
	}
	return read[0], nil
}

func appendFacts(dst []byte, at int, v reflect.Value) ([]byte, error) {
	facts := v.Interface().(bson.D)
	if facts == nil {
		return appendNull(dst, at)
	}
	dst[at] = byte(bson.TypeEmbeddedDocument)
	e := elements{dst: dst}
	e.facts(facts)
	return e.dst, e.fault
}

// copyFacts keeps what can't be copied as it is: encoding it reports why.
func copyFacts(to, _ reflect.Value) {
	facts := factsOf(to)
	*facts = slices.Clone(*facts)
	for i, f := range *facts {
		if !readAsIs(f.Value) {
			if read, err := throughBSON(f); err == nil {
				(*facts)[i] = read
			}
		}
	}
}

func settleFacts(v reflect.Value) (changed bool) {
	facts := *factsOf(v)
	for i, f := range facts {
		if readAsIs(f.Value) {
			continue
		}
		if read, err := throughBSON(f); err == nil && !reflect.DeepEqual(read, f) {
			facts[i] = read
			changed = true
		}
	}
	return changed
}

// elements appends a document's elements, and keeps the first fault.
type elements struct {
	dst   []byte
	fault error
}

func (e *elements) head(kind bson.Type, key string) {
	e.dst = append(append(append(e.dst, byte(kind)), key...), 0)
}

func (e *elements) string(key, text string) {
	if !utf8.ValidString(text) {
		e.fault = cmp.Or(e.fault, errNotUTF8)
	}
	e.head(bson.TypeString, key)
	e.dst = binary.LittleEndian.AppendUint32(e.dst, uint32(len(text)+1))
	e.dst = append(append(e.dst, text...), 0)
}

// facts writes the document of facts, those that are neither text nor number as bson does.
func (e *elements) facts(facts bson.D) {
	start := len(e.dst)
	e.dst = append(e.dst, 0, 0, 0, 0)
	for _, fact := range facts {
		if !utf8.ValidString(fact.Key) || strings.Contains(fact.Key, "\x00") {
			e.fault = cmp.Or(e.fault, fmt.Errorf("the key %q can't be written", fact.Key))
		}
		switch value := fact.Value.(type) {
		case string:
			e.string(fact.Key, value)
		case int64:
			e.head(bson.TypeInt64, fact.Key)
			e.dst = binary.LittleEndian.AppendUint64(e.dst, uint64(value))
		default:
			body, err := bson.Marshal(bson.D{fact})
			if err == nil {
				err = checkBody(body)
			}
			if e.fault = cmp.Or(e.fault, err); err == nil {
				e.dst = append(e.dst, body[4:len(body)-1]...) // its one element
			}
		}
	}
	e.dst = closed(e.dst, start)
}
