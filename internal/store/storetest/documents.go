package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"helhet/internal/store"
)

func documents(t *testing.T, open func(t *testing.T) store.Engine) {
	_, c := notes(t, open(t))
	ctx := t.Context()
	oslo := time.FixedZone("CET", 3600)
	given := note{
		Round: "2026v", Level: 3, At: time.Date(2026, 3, 1, 12, 0, 0, 123_456_789, oslo), Text: "Ærleg talt", Tags: []string{"a", "b"},
		Part: &part{Number: 7, When: time.Date(2026, 3, 1, 12, 0, 0, 987_654_321, oslo)},
	}
	want := given
	want.At = time.Date(2026, 3, 1, 11, 0, 0, 123_000_000, time.UTC)
	want.Part = &part{Number: 7, When: time.Date(2026, 3, 1, 11, 0, 0, 987_000_000, time.UTC)}

	written := insert(t, c, "one", given)
	if written.ID != "one" || written.Revision == "" || !reflect.DeepEqual(written.Value, want) {
		t.Fatalf("inserted %+v, want %+v", written.Value, want)
	}
	same(t, c, written)

	changed := written
	changed.Value.Level = 4
	replaced, err := c.Replace(ctx, changed)
	must(t, err)
	if replaced.Revision == written.Revision || replaced.Revision == "" {
		t.Fatalf("revision %q after %q", replaced.Revision, written.Revision)
	}
	want.Level = 4
	if !reflect.DeepEqual(replaced.Value, want) {
		t.Fatalf("replaced %+v, want %+v", replaced.Value, want)
	}
	same(t, c, replaced)

	insert(t, c, "two", note{Round: "2026v", At: at(1)})
	insert(t, c, "three", note{Round: "2026v", At: at(2)})
	many, err := c.GetMany(ctx, []string{"three", "missing", "one", "three"})
	must(t, err)
	if got := fmt.Sprint(ids(many)); got != "[three one three]" {
		t.Fatalf("got %s", got)
	}
	if none, err := c.GetMany(ctx, nil); err != nil || len(none) != 0 {
		t.Fatalf("got %v, %v", none, err)
	}

	must(t, c.Delete(ctx, "one", replaced.Revision))
	_, err = c.Get(ctx, "one")
	wantErr(t, err, store.ErrNotFound)
	again := insert(t, c, "one", given)
	if again.Revision == written.Revision || again.Revision == replaced.Revision {
		t.Fatal("a revision was used again")
	}
}

// same reads a document and compares.
func same(t *testing.T, c *store.Collection[note], want store.Doc[note]) {
	t.Helper()
	got, err := c.Get(t.Context(), want.ID)
	must(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("read %+v, want %+v", got, want)
	}
}

// known proves that a body which the caller has is left out, and nothing else, and no other.
func known(t *testing.T, open func(t *testing.T) store.Engine) {
	engine := open(t)
	_, c := notes(t, engine)
	first := insert(t, c, "n", note{Round: "r", Level: 1, At: at(1), Text: strings.Repeat("long ", 5000)}, store.Event{Type: "made", At: at(2), Actor: "p"})
	get := func(known store.Revision) store.Record {
		t.Helper()
		record, err := engine.Get(t.Context(), "notes", "n", known)
		must(t, err)
		return record
	}
	whole := get("")
	waiting, err := whole.Pending.Events()
	if err != nil || whole.Revision != first.Revision || len(whole.Body) < 25_000 || len(waiting) != 1 {
		t.Fatalf("read %d bytes and %d events at %s, %v", len(whole.Body), len(waiting), whole.Revision, err)
	}
	if got := get("another"); !reflect.DeepEqual(got, whole) {
		t.Errorf("who knows another revision read %+v", got)
	}
	bare := whole
	bare.Body = nil
	if got := get(first.Revision); !reflect.DeepEqual(got, bare) {
		t.Errorf("who knows the revision read %+v", got)
	}

	// Events that are moved leave the revision as it is; a write does not.
	moved := whole
	moved.Pending, moved.Keys = nil, []any{"r", int64(1), false, at(1), false}
	must(t, engine.Replace(t.Context(), "notes", moved, whole.Revision))
	moved.Body = nil
	if got := get(first.Revision); got.Revision != first.Revision || got.Body != nil || len(got.Pending) != 0 || !reflect.DeepEqual(got.Keys, moved.Keys) {
		t.Errorf("read %+v after the events were moved", got)
	}
	first.Value.Text = "short"
	second, err := c.Replace(t.Context(), first)
	must(t, err)
	if got := get(first.Revision); got.Revision != second.Revision || len(got.Body) == 0 || len(got.Body) > 1000 {
		t.Errorf("who knows an older revision read %d bytes at %s", len(got.Body), got.Revision)
	}
	if got := get(second.Revision); got.Revision != second.Revision || got.Body != nil {
		t.Errorf("who knows the newest revision read %d bytes at %s", len(got.Body), got.Revision)
	}
	_, err = engine.Get(t.Context(), "notes", "missing", second.Revision)
	wantErr(t, err, store.ErrNotFound)
}

func outcomes(t *testing.T, open func(t *testing.T) store.Engine) {
	_, c := notes(t, open(t))
	ctx := t.Context()
	one := insert(t, c, "one", note{Round: "r", Text: "first"})
	_, err := c.Insert(ctx, "one", note{Round: "r", Text: "second"})
	wantErr(t, err, store.ErrExists)
	same(t, c, one)

	stale := one
	two, err := c.Replace(ctx, one)
	must(t, err)
	stale.Value.Text = "stale"
	_, err = c.Replace(ctx, stale)
	wantErr(t, err, store.ErrConflict)
	wantErr(t, c.Delete(ctx, "one", stale.Revision), store.ErrConflict)
	same(t, c, two)

	_, err = c.Replace(ctx, store.Doc[note]{ID: "missing", Revision: one.Revision})
	wantErr(t, err, store.ErrNotFound)
	wantErr(t, c.Delete(ctx, "missing", one.Revision), store.ErrNotFound)
	_, err = c.Get(ctx, "missing")
	wantErr(t, err, store.ErrNotFound)

	engine := engineOf(t, c, open)
	record, err := engine.Get(ctx, "notes", "raw", "")
	must(t, err)
	wantErr(t, engine.Replace(ctx, "notes", record, "another"), store.ErrConflict)
	wantErr(t, engine.Delete(ctx, "notes", "raw", "another"), store.ErrConflict)
	record.ID = "missing"
	wantErr(t, engine.Replace(ctx, "notes", record, record.Revision), store.ErrNotFound)
	wantErr(t, engine.Delete(ctx, "notes", "missing", record.Revision), store.ErrNotFound)

	// Each of many has its own outcome.
	docs, errs := c.InsertMany(ctx, []store.Item[note]{
		{ID: "a", Value: note{Text: "a"}},
		{ID: "one", Value: note{}},
		{ID: "", Value: note{}},
		{ID: "b", Value: note{Text: strings.Repeat("x", store.MaxDocument)}},
		{ID: "a", Value: note{Text: "again"}},
		{ID: "c", Value: note{Text: "c"}},
	})
	for i, want := range []error{nil, store.ErrExists, store.ErrInvalid, store.ErrTooLarge, store.ErrExists, nil} {
		if !errors.Is(errs[i], want) {
			t.Errorf("item %d: got %v, want %v", i, errs[i], want)
		}
	}
	same(t, c, docs[0])
	same(t, c, docs[5])
	for _, id := range []string{"b"} {
		_, err := c.Get(ctx, id)
		wantErr(t, err, store.ErrNotFound)
	}
}

// engineOf gives an engine with one note "raw", to be used below the collection.
func engineOf(t *testing.T, _ *store.Collection[note], open func(t *testing.T) store.Engine) store.Engine {
	t.Helper()
	engine := open(t)
	_, c := notes(t, engine)
	insert(t, c, "raw", note{})
	return engine
}

func updates(t *testing.T, open func(t *testing.T) store.Engine) {
	_, c := notes(t, open(t))
	ctx := t.Context()
	first := insert(t, c, "n", note{Tags: []string{"kept"}})

	doc, err := c.Update(ctx, "n", func(v *note) ([]store.Event, error) {
		v.Tags[0] = "spoilt"
		return nil, store.ErrNoChange
	})
	must(t, err)
	if !reflect.DeepEqual(doc, first) {
		t.Fatalf("no change gave %+v, want %+v", doc, first)
	}
	own := errors.New("own")
	_, err = c.Update(ctx, "n", func(*note) ([]store.Event, error) { return nil, own })
	wantErr(t, err, own)
	_, err = c.Update(ctx, "missing", func(*note) ([]store.Event, error) { return nil, nil })
	wantErr(t, err, store.ErrNotFound)
	same(t, c, first)

	// A document that changes under every try is a conflict in the end.
	tries := 0
	_, err = c.Update(ctx, "n", func(v *note) ([]store.Event, error) {
		tries++
		other, err := c.Get(ctx, "n")
		if err != nil {
			return nil, err
		}
		if _, err := c.Replace(ctx, other); err != nil {
			return nil, err
		}
		v.Level = 99
		return nil, nil
	})
	wantErr(t, err, store.ErrConflict)
	if tries != 10 {
		t.Fatalf("%d tries, want 10", tries)
	}
	if got, err := c.Get(ctx, "n"); err != nil || got.Value.Level != 0 {
		t.Fatalf("got %+v, %v", got, err)
	}

	// No acknowledged increment is lost, whoever wins.
	const writers, rounds, counters = 8, 15, 3
	for i := range counters {
		insert(t, c, fmt.Sprint("counter", i), note{})
	}
	var mu sync.Mutex
	acknowledged := map[string]int64{}
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for r := range rounds {
				id := fmt.Sprint("counter", (w+r)%counters)
				err := increment(ctx, c, id)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				acknowledged[id]++
				mu.Unlock()
			}
		})
	}
	group.Wait()
	sum := int64(0)
	for id, want := range acknowledged {
		doc, err := c.Get(ctx, id)
		must(t, err)
		if doc.Value.Level != want {
			t.Errorf("%s stands at %d after %d increments", id, doc.Value.Level, want)
		}
		sum += want
	}
	if sum != writers*rounds {
		t.Errorf("%d increments acknowledged, want %d", sum, writers*rounds)
	}
}

// racing is an engine that counts the lost races.
type racing struct {
	store.Engine
	lost atomic.Int64
}

func (e *racing) Replace(ctx context.Context, collection string, record store.Record, at store.Revision) error {
	err := e.Engine.Replace(ctx, collection, record, at)
	if errors.Is(err, store.ErrConflict) {
		e.lost.Add(1)
	}
	return err
}

// inTurn: those who update one document in one program do not race, however many they are, and who waits for her turn may leave.
func inTurn(t *testing.T, open func(t *testing.T) store.Engine) {
	e := &racing{Engine: open(t)}
	_, c := notes(t, e)
	ctx := t.Context()
	insert(t, c, "n", note{})
	const writers, rounds = 12, 5
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for range rounds {
				if _, err := c.Update(ctx, "n", func(v *note) ([]store.Event, error) { v.Level++; return nil, nil }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if doc, err := c.Get(ctx, "n"); err != nil || doc.Value.Level != writers*rounds || e.lost.Load() > 0 {
		t.Errorf("%d of %d updates stand, %d races were lost, %v", doc.Value.Level, writers*rounds, e.lost.Load(), err)
	}

	has, give := make(chan struct{}), make(chan struct{})
	var slow error
	group.Go(func() {
		_, slow = c.Update(ctx, "n", func(*note) ([]store.Event, error) {
			close(has)
			<-give
			return nil, store.ErrNoChange
		})
	})
	<-has
	gone, leave := context.WithCancel(ctx)
	leave()
	_, err := c.Update(gone, "n", func(*note) ([]store.Event, error) { t.Error("it was not her turn"); return nil, nil })
	wantErr(t, err, store.ErrUnavailable)
	close(give)
	group.Wait()
	must(t, slow)
	must(t, increment(ctx, c, "n"))
}

// increment adds one, and tries again when it lost every race of an Update.
func increment(ctx context.Context, c *store.Collection[note], id string) error {
	for {
		_, err := c.Update(ctx, id, func(v *note) ([]store.Event, error) {
			v.Level++
			return nil, nil
		})
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
}

func limits(t *testing.T, open func(t *testing.T) store.Engine) {
	_, c := notes(t, open(t))
	ctx := t.Context()

	// The largest document fits to the byte, whether it is new or not.
	fits := note{Round: "r", Text: strings.Repeat("x", store.MaxDocument-sizeOf(t, note{Round: "r"}))}
	largest := insert(t, c, "largest", fits)
	same(t, c, largest)
	larger := fits
	larger.Text += "x"
	_, err := c.Insert(ctx, "larger", larger)
	wantErr(t, err, store.ErrTooLarge)
	_, err = c.Replace(ctx, store.Doc[note]{ID: "largest", Revision: largest.Revision, Value: larger})
	wantErr(t, err, store.ErrTooLarge)
	_, err = c.Update(ctx, "largest", func(v *note) ([]store.Event, error) {
		return []store.Event{{Type: "one.more", At: at(0), Actor: "system:test"}}, nil
	})
	wantErr(t, err, store.ErrTooLarge) // the events count
	same(t, c, largest)

	for name, id := range map[string]string{
		"empty": "", "NUL": "a\x00b", "not UTF-8": "a\xff", "too long": strings.Repeat("a", 1025),
	} {
		if _, err := c.Insert(ctx, id, note{}); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("id %s: inserted with %v, want %v", name, err, store.ErrInvalid)
		}
		if _, err := c.Get(ctx, id); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("id %s: got with %v, want %v", name, err, store.ErrInvalid)
		}
	}
	for name, value := range map[string]note{
		"key not UTF-8": {Round: "a\xff"}, "key with NUL": {Round: "a\x00"}, "key too long": {Round: strings.Repeat("a", 1025)},
		"text not UTF-8": {Text: "a\xff"}, "list not UTF-8": {Tags: []string{"a\xff"}},
	} {
		if _, err := c.Insert(ctx, "x", value); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: inserted with %v, want %v", name, err, store.ErrInvalid)
		}
	}
	if n, err := c.Count(ctx, store.Query{Limit: 10}); err != nil || n != 1 {
		t.Fatalf("%d documents, %v", n, err)
	}
	// The longest id and key, and what is awkward in one.
	for _, id := range []string{strings.Repeat("å", 512), "a/b:c?d=e f%20\"'`;--", "$where", "a.b", "ÆØÅ", "\u2028", "😀", " ", "\x01"} {
		doc := insert(t, c, id, note{Round: id, Text: "with NUL \x00 in the text"})
		same(t, c, doc)
		found, err := c.Find(ctx, store.Query{Equal: []store.Term{{Field: "round", Value: id}}, Limit: 10})
		must(t, err)
		if fmt.Sprint(ids(found.Docs)) != fmt.Sprint([]string{id}) {
			t.Errorf("found %q, want %q", ids(found.Docs), id)
		}
	}
}
