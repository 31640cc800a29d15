package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Size is what MaxDocument bounds: the bytes of the encoded document with its waiting events.
func (r Record) Size() int { return len(r.Body) + len(r.Pending) }

// Waiting is the events that wait in a document's envelope, encoded as one value, nil when there are none. It stays encoded until the
// relay moves them: a write only appends its own.
type Waiting bson.Raw

// EncodePending encodes waiting events.
func EncodePending(pending []PendingEvent) (Waiting, error) { return Waiting(nil).with(pending) }

// Events decodes them.
func (w Waiting) Events() ([]PendingEvent, error) {
	if len(w) == 0 {
		return nil, nil
	}
	var envelope struct {
		Pending []PendingEvent `bson:"pending"`
	}
	if err := bson.Unmarshal(w, &envelope); err != nil {
		return nil, fmt.Errorf("%w: stored events: %w", ErrInvalid, err)
	}
	return envelope.Pending, nil
}

// A Waiting is one document with one field, a list: its bytes before and behind the list's elements are always as many.
const (
	waitingHead = "\x00\x00\x00\x00" + "\x04pending\x00" + "\x00\x00\x00\x00"
	waitingFoot = "\x00" + "\x00"
)

// waitingUnit is what the memory for waiting events is a multiple of: an engine may fill them up, and they grow with each write.
const waitingUnit = 4096

// with adds events behind those that wait. It shares no memory with w; without events it is w, and has no memory to spare.
func (w Waiting) with(events []PendingEvent) (Waiting, error) {
	if len(events) == 0 {
		return w[:len(w):len(w)], nil
	}
	if len(w) == 0 {
		w = Waiting(waitingHead + waitingFoot)
	}
	n, err := w.count()
	if err != nil {
		return nil, err
	}
	room := (len(w) + 256*len(events) + waitingUnit - 1) / waitingUnit * waitingUnit
	all := append(make(Waiting, 0, room), w[:len(w)-len(waitingFoot)]...)
	for i, event := range events {
		all = append(all, byte(bson.TypeEmbeddedDocument))
		all = append(strconv.AppendInt(all, int64(n+i), 10), 0)
		if all, err = appendEvent(all, event); err != nil {
			return nil, fmt.Errorf("encode events: %w", err)
		}
	}
	return all.closed(), nil
}

// beginsWith tells whether the first of w's events are all of others', with the same places. There are none in an empty one.
func (w Waiting) beginsWith(others Waiting) bool {
	return len(others) > 0 && bytes.HasPrefix(w.elements(), others.elements())
}

// after gives the events behind the first, which w begins with. It shares no memory with w unless there are none of those.
func (w Waiting) after(first Waiting) Waiting {
	if len(first) == 0 {
		return w
	}
	rest := w.elements()[len(first.elements()):]
	if len(rest) == 0 {
		return nil
	}
	left := append(make(Waiting, 0, len(waitingHead)+len(rest)+len(waitingFoot)), waitingHead...)
	for n := int64(0); len(rest) > 0; n++ {
		key := bytes.IndexByte(rest, 0)
		end := key + 1 + int(binary.LittleEndian.Uint32(rest[key+1:]))
		left = append(strconv.AppendInt(append(left, rest[0]), n, 10), rest[key:end]...)
		rest = rest[end:]
	}
	return left.closed()
}

// elements are the encoded events with their places in the list.
func (w Waiting) elements() []byte {
	if len(w) < len(waitingHead)+len(waitingFoot) {
		return nil
	}
	return w[len(waitingHead) : len(w)-len(waitingFoot)]
}

// closed ends what begins with waitingHead.
func (w Waiting) closed() Waiting {
	w = append(w, waitingFoot...)
	binary.LittleEndian.PutUint32(w, uint32(len(w)))
	list := len(waitingHead) - 4
	binary.LittleEndian.PutUint32(w[list:], uint32(len(w)-list-1))
	return w
}

// appendEvent encodes an event as bson.Marshal would.
func appendEvent(dst []byte, event PendingEvent) ([]byte, error) {
	e := elements{dst: append(dst, 0, 0, 0, 0)}
	e.string("type", event.Type)
	e.head(bson.TypeDateTime, "at")
	e.dst = binary.LittleEndian.AppendUint64(e.dst, uint64(event.At.UnixMilli()))
	e.string("actor", event.Actor)
	if event.Scope != "" {
		e.string("scope", event.Scope)
	}
	if len(event.Data) > 0 {
		e.head(bson.TypeEmbeddedDocument, "data")
		e.facts(event.Data)
	}
	e.string("revision", string(event.Revision))
	e.head(bson.TypeInt32, "n")
	e.dst = binary.LittleEndian.AppendUint32(e.dst, uint32(int32(event.N)))
	return closed(e.dst, len(dst)), e.fault
}

// count tells how many events wait.
func (w Waiting) count() (int, error) {
	broken := fmt.Errorf("%w: stored events", ErrInvalid)
	if len(w) < len(waitingHead)+len(waitingFoot) || string(w[4:len(waitingHead)-4]) != waitingHead[4:len(waitingHead)-4] {
		return 0, broken
	}
	n := 0
	for rest := w.elements(); len(rest) > 0; n++ {
		end := bytes.IndexByte(rest, 0)
		if end < 0 || len(rest) < end+5 {
			return 0, broken
		}
		size := int64(binary.LittleEndian.Uint32(rest[end+1:]))
		if rest[0] != byte(bson.TypeEmbeddedDocument) || size < 5 || size > int64(len(rest)-end-1) {
			return 0, broken
		}
		rest = rest[end+1+int(size):]
	}
	return n, nil
}

// checkBody refuses a document with text that is not UTF-8, which one engine would take and another would not.
func checkBody(body bson.Raw) error {
	elements, err := body.Elements()
	if err != nil {
		return err
	}
	for _, element := range elements {
		key, err := element.KeyErr()
		if err != nil {
			return err
		}
		if !utf8.ValidString(key) {
			return fmt.Errorf("a key is not UTF-8")
		}
		value, err := element.ValueErr()
		if err != nil {
			return err
		}
		switch value.Type {
		case bson.TypeString:
			if !utf8.ValidString(value.StringValue()) {
				return fmt.Errorf("%q is not UTF-8", key)
			}
		case bson.TypeEmbeddedDocument:
			if err := checkBody(value.Document()); err != nil {
				return err
			}
		case bson.TypeArray:
			if err := checkBody(bson.Raw(value.Array())); err != nil {
				return err
			}
		}
	}
	return nil
}
