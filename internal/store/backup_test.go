package store

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// backupOf writes a backup of one collection.
func backupOf(tb testing.TB, schema Schema, records ...Record) []byte {
	tb.Helper()
	var frames bytes.Buffer
	put := func(f frame) {
		tb.Helper()
		if err := writeFrame(&frames, f); err != nil {
			tb.Fatal(err)
		}
	}
	put(frame{Schema: &schema})
	for _, r := range records {
		pending, err := r.Pending.Events()
		if err != nil {
			tb.Fatal(err)
		}
		put(frame{Record: &recordFrame{ID: r.ID, Revision: r.Revision, Shape: r.Shape, Keys: r.Keys, Body: r.Body, Pending: pending}})
	}
	put(frame{End: &endFrame{Collections: 1, Records: int64(len(records))}})
	return backupOfFrames(frames.Bytes())
}

// backupOfFrames puts what a backup begins and ends with around its frames.
func backupOfFrames(frames []byte) []byte {
	file := append([]byte(backupMagic), frames...)
	sum := sha256.Sum256(file)
	return append(file, sum[:]...)
}

// A backup with a right checksum but wrong content, made by whatever program, is refused too: nothing in it is trusted.
func TestBackupContentIsChecked(t *testing.T) {
	schema := testSchema()
	good := Record{ID: "a", Revision: "r1", Shape: 1, Keys: []any{"r", int64(1), time.UnixMilli(7).UTC(), false}, Body: raw(t, bson.D{{Key: "x", Value: "y"}})}
	read := func(file []byte) error {
		_, err := readBackup(bytes.NewReader(file), func(Schema, Record) error { return nil })
		return err
	}
	if err := read(backupOf(t, schema, good)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Record){
		"no id":            func(r *Record) { r.ID = "" },
		"no revision":      func(r *Record) { r.Revision = "" },
		"a newer shape":    func(r *Record) { r.Shape = 2 },
		"no shape":         func(r *Record) { r.Shape = 0 },
		"a key too few":    func(r *Record) { r.Keys = r.Keys[1:] },
		"a wrong key":      func(r *Record) { r.Keys = []any{"r", "1", r.Keys[2], false} },
		"text not UTF-8":   func(r *Record) { r.Body = raw(t, bson.D{{Key: "x", Value: "a\xff"}}) },
		"a body too large": func(r *Record) { r.Body = raw(t, bson.D{{Key: "x", Value: strings.Repeat("x", MaxDocument)}}) },
	} {
		bad := good
		change(&bad)
		if err := read(backupOf(t, schema, bad)); !errors.Is(err, ErrBackup) {
			t.Errorf("%s: %v, want %v", name, err, ErrBackup)
		}
	}
	for name, change := range map[string]func(*Schema){
		"a name that is SQL":     func(s *Schema) { s.Collection = `x"; DROP TABLE y; --` },
		"the store's own":        func(s *Schema) { s.Collection = "store_progress" },
		"a field that is SQL":    func(s *Schema) { s.Fields = append([]FieldSpec{{`a" INTEGER)`, Int}}, s.Fields...) },
		"no pending field":       func(s *Schema) { s.Fields = s.Fields[:1] },
		"an index on nothing":    func(s *Schema) { s.Indexes = append([]Index{{"i", []string{"nothing"}}}, s.Indexes...) },
		"an index without field": func(s *Schema) { s.Indexes = append([]Index{{"i", nil}}, s.Indexes...) },
	} {
		bad := testSchema()
		change(&bad)
		if err := read(backupOf(t, bad)); !errors.Is(err, ErrBackup) {
			t.Errorf("%s: %v, want %v", name, err, ErrBackup)
		}
	}
	frames := func(fs ...frame) []byte {
		var b bytes.Buffer
		for _, f := range fs {
			if err := writeFrame(&b, f); err != nil {
				t.Fatal(err)
			}
		}
		return backupOfFrames(b.Bytes())
	}
	end := func(collections, records int64) frame { return frame{End: &endFrame{collections, records}} }
	for name, file := range map[string][]byte{
		"twice the same collection": frames(frame{Schema: &schema}, frame{Schema: &schema}, end(2, 0)),
		"a record of no collection": frames(frame{Record: &recordFrame{ID: "a", Body: good.Body}}, end(0, 1)),
		"a wrong count":             frames(frame{Schema: &schema}, end(1, 1)),
		"no end":                    frames(frame{Schema: &schema}),
		"an empty frame":            frames(frame{}),
		"two in one":                frames(frame{Schema: &schema, End: &endFrame{1, 0}}),
		"a giant frame":             backupOfFrames([]byte{0xff, 0xff, 0xff, 0x7f}),
		"a frame of nothing":        backupOfFrames([]byte{0, 0, 0, 0}),
	} {
		if err := read(file); !errors.Is(err, ErrBackup) {
			t.Errorf("%s: %v, want %v", name, err, ErrBackup)
		}
	}
	if err := read(frames(end(0, 0))); err != nil { // an empty database has a backup too
		t.Error(err)
	}
}
