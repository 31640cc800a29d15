package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"

	"helhet/internal/store"
)

// everything reads all of an engine's records, by collection.
func everything(t *testing.T, engine store.Engine) map[string][]store.Record {
	t.Helper()
	schemas, err := engine.Collections(t.Context())
	must(t, err)
	records := map[string][]store.Record{}
	must(t, engine.Snapshot(t.Context(), func(view store.View) error {
		for _, schema := range schemas {
			err := view.Scan(t.Context(), schema.Collection, func(record store.Record) error {
				records[schema.Collection] = append(records[schema.Collection], record)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	return records
}

func backups(t *testing.T, open func(t *testing.T) store.Engine) {
	ctx := t.Context()
	from := open(t)
	_, c := notes(t, from)
	build(t, from, memoSpec2())
	var items []store.Item[note]
	for i := range 230 { // more than one batch
		items = append(items, store.Item[note]{ID: fmt.Sprintf("n%03d", i), Value: note{Round: "ø", Level: int64(i), Done: i%2 == 0, At: at(i), Tags: []string{"x"}}})
	}
	items[3].Events = []store.Event{event("made", 0), event("named", 1)}
	items[4].Value.Text = strings.Repeat("y", 900<<10)
	_, errs := c.InsertMany(ctx, items)
	must(t, errors.Join(errs...))

	var file bytes.Buffer
	must(t, store.Backup(ctx, from, &file))
	whole := file.Bytes()
	want := everything(t, from)

	check := func(t *testing.T, to store.Engine) {
		t.Helper()
		if got := everything(t, to); !reflect.DeepEqual(got["notes"], want["notes"]) || len(want["notes"]) != 230 {
			t.Fatalf("%d notes, not the %d that were saved", len(got["notes"]), len(want["notes"]))
		}
		db, restored := notes(t, to)
		found, err := all(ctx, restored, store.Query{Equal: []store.Term{{Field: "round", Value: "ø"}}, Order: []string{"level"}, Reverse: true, Limit: 100})
		must(t, err)
		if len(found) != 230 || found[0].Value.Level != 229 {
			t.Fatalf("%d found, the first at level %d", len(found), found[0].Value.Level)
		}
		var h history
		if moved, err := db.Relay(ctx, 10, h.insert); err != nil || moved != 2 {
			t.Fatalf("%d events moved, %v, want 2", moved, err)
		}
	}

	t.Run("Restore", func(t *testing.T) {
		to := open(t)
		must(t, store.Restore(ctx, to, bytes.NewReader(whole)))
		check(t, to)
		wantErr(t, store.Restore(ctx, to, bytes.NewReader(whole)), store.ErrNotEmpty)
		wantErr(t, store.Copy(ctx, from, to), store.ErrNotEmpty)
	})
	t.Run("Pipe", func(t *testing.T) {
		to := open(t)
		must(t, store.Restore(ctx, to, io.MultiReader(bytes.NewReader(whole))))
		check(t, to)
	})
	t.Run("Copy", func(t *testing.T) {
		to := open(t)
		must(t, store.Copy(ctx, from, to))
		check(t, to)
	})
	t.Run("AgainOverEmptyCollections", func(t *testing.T) {
		to := open(t)
		notes(t, to) // a program was started on it once
		must(t, store.Restore(ctx, to, bytes.NewReader(whole)))
		check(t, to)
	})
	t.Run("Damaged", func(t *testing.T) {
		to := open(t)
		random := rand.New(rand.NewPCG(3, 4))
		for range 40 {
			n := random.IntN(len(whole))
			wantErr(t, store.Restore(ctx, to, bytes.NewReader(whole[:n])), store.ErrBackup)
			damaged := bytes.Clone(whole)
			damaged[n] ^= 1 << random.IntN(8)
			wantErr(t, store.Restore(ctx, to, bytes.NewReader(damaged)), store.ErrBackup)
		}
		wantErr(t, store.Restore(ctx, to, bytes.NewReader(append(bytes.Clone(whole), 0))), store.ErrBackup)
		wantErr(t, store.Restore(ctx, to, strings.NewReader("")), store.ErrBackup)
		wantErr(t, store.Restore(ctx, to, strings.NewReader("something else altogether")), store.ErrBackup)
		if left := everything(t, to); len(left) != 0 {
			t.Fatalf("a refused backup left %d collections", len(left))
		}
		must(t, store.Restore(ctx, to, bytes.NewReader(whole)))
		check(t, to)
	})
	t.Run("CutOff", func(t *testing.T) {
		to := open(t)
		cut := &failing{Engine: to, after: 2}
		wantErr(t, store.Restore(ctx, cut, bytes.NewReader(whole)), store.ErrUnavailable)
		half := store.Open(to)
		store.NewCollection(half, noteSpec("notes"))
		wantErr(t, half.Ensure(ctx), store.ErrUnfinished)
		wantErr(t, store.Backup(ctx, to, io.Discard), store.ErrUnfinished)
		wantErr(t, store.Copy(ctx, to, open(t)), store.ErrUnfinished)
		wantErr(t, store.Copy(ctx, from, to), store.ErrUnfinished)
		must(t, store.Restore(ctx, to, bytes.NewReader(whole)))
		check(t, to)
	})
	t.Run("CutOffCopy", func(t *testing.T) {
		to := open(t)
		wantErr(t, store.Copy(ctx, from, &failing{Engine: to, after: 2}), store.ErrUnavailable)
		wantErr(t, store.Copy(ctx, from, to), store.ErrUnfinished)
		wantErr(t, store.Restore(ctx, to, bytes.NewReader(whole)), store.ErrUnfinished)
	})
	t.Run("WhileServing", func(t *testing.T) {
		// A backup taken while documents are added and changed can be restored, and holds all that was there before it began.
		stop := make(chan struct{})
		var group sync.WaitGroup
		group.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := c.Insert(ctx, fmt.Sprintf("during%d", i), note{}); err != nil {
					t.Error(err)
				}
				if _, err := c.Update(ctx, "n007", func(v *note) ([]store.Event, error) { v.Text += "."; return nil, nil }); err != nil {
					t.Error(err)
				}
			}
		})
		var serving bytes.Buffer
		err := store.Backup(ctx, from, &serving)
		close(stop)
		group.Wait()
		must(t, err)
		to := open(t)
		must(t, store.Restore(ctx, to, &serving))
		got := map[string]bool{}
		for _, record := range everything(t, to)["notes"] {
			got[record.ID] = true
		}
		for _, record := range want["notes"] {
			if !got[record.ID] {
				t.Errorf("%s is missing", record.ID)
			}
		}
	})
	t.Run("FullDisk", func(t *testing.T) {
		full := errors.New("full")
		err := store.Backup(ctx, from, &short{left: len(whole) / 2, err: full})
		wantErr(t, err, full)
	})
}

// failing is an engine that goes away after some inserts.
type failing struct {
	store.Engine
	after int
}

func (f *failing) Insert(ctx context.Context, collection string, records []store.Record) []error {
	if f.after--; f.after >= 0 {
		return f.Engine.Insert(ctx, collection, records)
	}
	errs := make([]error, len(records))
	for i := range errs {
		errs[i] = store.ErrUnavailable
	}
	return errs
}

// short is a file on a disk that fills up.
type short struct {
	left int
	err  error
}

func (s *short) Write(p []byte) (int, error) {
	if len(p) > s.left {
		return 0, s.err
	}
	s.left -= len(p)
	return len(p), nil
}
