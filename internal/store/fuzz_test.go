package store

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// FuzzCursor: whatever stands in an address line is a cursor of the query or ErrCursor, and a cursor that is taken stands inside the
// query's answer.
func FuzzCursor(f *testing.F) {
	p := newPlanner(testSchema())
	query := Query{Equal: []Term{{"round", "r"}}, Range: &Range{Field: "level", From: 2, To: 5}, Limit: 1}
	plan, hash, err := p.plan(query)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(newCursor(hash, []any{"r", int64(3), time.UnixMilli(5).UTC(), "id"})))
	f.Add(string(newCursor(hash, []any{"r", int64(5), time.UnixMilli(5).UTC(), "id"})))
	f.Add(string(newCursor(hash, []any{"q", int64(3), time.UnixMilli(5).UTC(), "id"})))
	f.Add(string(newCursor(hash, []any{"r", "3", time.UnixMilli(5).UTC(), "id"})))
	f.Add(string(newCursor(hash, []any{"r"})))
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, cursor string) {
		after, err := p.after(plan, hash, Cursor(cursor))
		if err != nil {
			if !errors.Is(err, ErrCursor) {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		level := after[1].(int64)
		if after[0] != "r" || level < 2 || level >= 5 {
			t.Fatalf("a cursor to %v was taken", after)
		}
		again, err := p.after(plan, hash, newCursor(hash, after))
		if err != nil || !reflect.DeepEqual(again, after) {
			t.Fatalf("%v came back as %v, %v", after, again, err)
		}
	})
}

// FuzzBackup: whatever a file holds, it is a whole backup or ErrBackup, and what is read of a whole one can be kept.
func FuzzBackup(f *testing.F) {
	whole := backupOf(f, testSchema(), Record{
		ID: "a", Revision: "r1", Shape: 1, Keys: []any{"r", int64(1), time.UnixMilli(7).UTC(), true}, Body: raw(f, bson.D{{Key: "x", Value: "y"}}),
		Pending: waiting(f, PendingEvent{Event: Event{Type: "made", Actor: "p"}, Revision: "r1"}),
	})
	f.Add(whole)
	f.Add(whole[:len(whole)-5])
	f.Add([]byte(backupMagic))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		_, err := readBackup(bytes.NewReader(file), func(schema Schema, record Record) error {
			if err := schema.check(); err != nil {
				t.Fatalf("read a schema that is none: %v", err)
			}
			if err := checkRecord(schema, record); err != nil {
				t.Fatalf("read a record that is none: %v", err)
			}
			return nil
		})
		if err != nil && !errors.Is(err, ErrBackup) {
			t.Fatalf("refused with %v", err)
		}
		// The frames behind the checksum must stand on their own too, for whoever makes a checksum.
		in := backupOfFrames(file)
		if _, err := readBackup(bytes.NewReader(in), func(Schema, Record) error { return nil }); err != nil && !errors.Is(err, ErrBackup) {
			t.Fatalf("refused with %v", err)
		}
	})
}

type fuzzed struct {
	Text  string         `bson:"text"`
	Level int64          `bson:"level"`
	At    time.Time      `bson:"at"`
	List  []string       `bson:"list"`
	Map   map[string]int `bson:"map"`
	Any   any            `bson:"any"`
}

// FuzzBody: a stored body of whatever bytes is read, upgraded or refused, and never a panic; what is read can be written again.
func FuzzBody(f *testing.F) {
	db := Open(nil)
	c := NewCollection(db, Spec[fuzzed]{
		Name: "fuzzed", Shape: 2,
		Fields:  []Field[fuzzed]{{Name: "text", Type: String, Value: func(_ string, v *fuzzed) any { return v.Text }}},
		Upgrade: map[int32]func(bson.D) (bson.D, error){1: func(d bson.D) (bson.D, error) { return append(d, bson.E{Key: "level", Value: int64(1)}), nil }},
	})
	seed, err := bson.Marshal(fuzzed{Text: "æ", Level: 2, At: time.UnixMilli(1), List: []string{"a"}, Map: map[string]int{"k": 1}, Any: bson.D{{Key: "z", Value: 1.5}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(seed))
	f.Add([]byte{5, 0, 0, 0, 0})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		_ = checkBody(body) // must not panic
		if _, err := Waiting(body).Events(); err != nil && !errors.Is(err, ErrInvalid) {
			t.Fatalf("events refused with %v", err)
		}
		more, err := Waiting(body).with([]PendingEvent{{Revision: "r"}})
		if err != nil && !errors.Is(err, ErrInvalid) {
			t.Fatalf("an event more is refused with %v", err)
		}
		if events, broken := Waiting(body).Events(); err == nil && broken == nil {
			if all, err := more.Events(); err != nil || len(all) != len(events)+1 {
				t.Fatalf("%d events and one more are %d, %v", len(events), len(all), err)
			}
		}
		for shape := int32(0); shape <= 3; shape++ {
			doc, err := c.decode(t.Context(), Record{ID: "x", Revision: "r", Shape: shape, Body: body})
			if err != nil {
				if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrNewerShape) {
					t.Fatalf("refused with %v", err)
				}
				continue
			}
			record, written, err := c.encode("x", doc.Value, nil, nil)
			if err != nil {
				if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrTooLarge) {
					t.Fatalf("what was read is refused with %v", err)
				}
				continue
			}
			again, err := c.decode(t.Context(), record)
			if err != nil || again.Value.Text != written.Value.Text || !again.Value.At.Equal(written.Value.At) {
				t.Fatalf("%+v came back as %+v, %v", written, again, err)
			}
		}
	})
}

func waiting(tb testing.TB, events ...PendingEvent) Waiting {
	tb.Helper()
	all, err := EncodePending(events)
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

func raw(tb testing.TB, d bson.D) bson.Raw {
	tb.Helper()
	body, err := bson.Marshal(d)
	if err != nil {
		tb.Fatal(err)
	}
	return body
}
