package store

import (
	"fmt"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Size is what MaxDocument bounds: the bytes of the encoded document with its waiting events.
func (r Record) Size() (int, error) {
	pending, err := r.EncodedPending()
	if err != nil {
		return 0, err
	}
	return len(r.Body) + len(pending), nil
}

// EncodedPending is EncodePending of the record's waiting events, which a collection that writes them has encoded already.
func (r Record) EncodedPending() (bson.Raw, error) {
	if r.encoded != nil {
		return r.encoded, nil
	}
	return EncodePending(r.Pending)
}

// envelope is how waiting events are encoded where they must be one value.
type envelope struct {
	Pending []PendingEvent `bson:"pending"`
}

// EncodePending encodes waiting events as one BSON document, nil for none.
func EncodePending(pending []PendingEvent) (bson.Raw, error) {
	if len(pending) == 0 {
		return nil, nil
	}
	raw, err := bson.Marshal(envelope{Pending: pending})
	if err != nil {
		return nil, fmt.Errorf("encode events: %w", err)
	}
	if err := checkBody(raw); err != nil {
		return nil, fmt.Errorf("encode events: %w", err)
	}
	return raw, nil
}

// DecodePending reads what EncodePending wrote.
func DecodePending(raw bson.Raw) ([]PendingEvent, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var e envelope
	if err := bson.Unmarshal(raw, &e); err != nil {
		return nil, fmt.Errorf("%w: stored events: %w", ErrInvalid, err)
	}
	return e.Pending, nil
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
