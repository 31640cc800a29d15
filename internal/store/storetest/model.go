package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"helhet/internal/store"
)

// model compares an engine with a map over random histories: every write's outcome, every document, and every kind of query, paged
// through at random sizes.
func model(t *testing.T, open func(t *testing.T) store.Engine) {
	_, c := notes(t, open(t))
	rapid.Check(t, func(r *rapid.T) {
		// One collection for all histories is cheaper than an engine for each; what the last one left goes first.
		left, err := c.Find(t.Context(), store.Query{Limit: 100})
		if err != nil {
			r.Fatal(err)
		}
		for _, doc := range left.Docs {
			if err := c.Delete(t.Context(), doc.ID, doc.Revision); err != nil {
				r.Fatal(err)
			}
		}
		m := modelled{c: c, docs: map[string]store.Doc[note]{}, stale: map[string]store.Revision{}}
		for range rapid.IntRange(0, 15).Draw(r, "writes") {
			m.write(t.Context(), r)
		}
		for id, want := range m.docs {
			if got, err := c.Get(t.Context(), id); err != nil || !reflect.DeepEqual(got, want) {
				r.Fatalf("%q is %+v, %v, want %+v", id, got, err, want)
			}
		}
		for range 3 {
			m.find(t.Context(), r)
		}
	})
}

type modelled struct {
	c     *store.Collection[note]
	docs  map[string]store.Doc[note]
	stale map[string]store.Revision // one that each id once had
}

func drawID() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"a", "aa", "b", "B", "å", "Å", "a\u030a", "\uffff", "𝄞", "z"})
}

func drawNote() *rapid.Generator[note] {
	return rapid.Custom(func(r *rapid.T) note {
		return note{
			Round: rapid.SampledFrom([]string{"", "a", "B", "ø", "\uffff", "😀"}).Draw(r, "round"),
			Level: rapid.Int64Range(-2, 2).Draw(r, "level"),
			Done:  rapid.Bool().Draw(r, "done"),
			At:    at(rapid.IntRange(0, 3).Draw(r, "at")),
			Text:  rapid.String().Draw(r, "text"),
		}
	})
}

func (m *modelled) write(ctx context.Context, r *rapid.T) {
	id, value := drawID().Draw(r, "id"), drawNote().Draw(r, "value")
	standing, exists := m.docs[id]
	at := standing.Revision
	if old := m.stale[id]; old != "" && rapid.IntRange(0, 3).Draw(r, "stale") == 0 {
		at = old
	}
	var (
		doc       store.Doc[note]
		err, want error
	)
	kind := rapid.SampledFrom([]string{"insert", "insert", "replace", "update", "delete"}).Draw(r, "kind")
	switch {
	case kind == "insert" && exists:
		want = store.ErrExists
	case kind == "insert":
	case !exists:
		want = store.ErrNotFound
	case kind != "update" && at != standing.Revision:
		want = store.ErrConflict
	}
	switch kind {
	case "insert":
		doc, err = m.c.Insert(ctx, id, value)
	case "replace":
		doc, err = m.c.Replace(ctx, store.Doc[note]{ID: id, Revision: at, Value: value})
	case "update":
		doc, err = m.c.Update(ctx, id, func(v *note) ([]store.Event, error) {
			*v = value
			return nil, nil
		})
	case "delete":
		err = m.c.Delete(ctx, id, at)
	}
	if !errors.Is(err, want) {
		r.Fatalf("%s of %q: %v, want %v", kind, id, err, want)
	}
	if want != nil {
		return
	}
	if exists {
		m.stale[id] = standing.Revision
	}
	if kind == "delete" {
		delete(m.docs, id)
		return
	}
	if !reflect.DeepEqual(doc.Value, value) {
		r.Fatalf("%s of %q gave %+v, want %+v", kind, id, doc.Value, value)
	}
	m.docs[id] = doc
}

// field gives what the spec indexes.
func field(doc store.Doc[note], name string) any {
	switch name {
	case "round":
		return doc.Value.Round
	case "level":
		return doc.Value.Level
	case "done":
		return doc.Value.Done
	case "at":
		return doc.Value.At
	}
	return doc.ID
}

func (m *modelled) find(ctx context.Context, r *rapid.T) {
	indexes := append([]store.Index{{Name: "id"}}, noteSpec("any").Indexes...)
	index := rapid.SampledFrom(indexes).Draw(r, "index")
	fields := append(slices.Clone(index.Fields), "id")
	fixed := rapid.IntRange(0, len(fields)).Draw(r, "equal")
	pick := func(name string) any {
		return field(store.Doc[note]{ID: drawID().Draw(r, "id"), Value: drawNote().Draw(r, "value")}, name)
	}
	q := store.Query{Reverse: rapid.Bool().Draw(r, "reverse"), Limit: rapid.IntRange(1, 4).Draw(r, "limit")}
	fits := func(store.Doc[note]) bool { return true }
	for _, name := range fields[:fixed] {
		value, before := pick(name), fits
		q.Equal = append(q.Equal, store.Term{Field: name, Value: value})
		fits = func(doc store.Doc[note]) bool { return before(doc) && store.Compare(field(doc, name), value) == 0 }
	}
	rest := fields[fixed:]
	q.Order = rest
	if len(rest) > 0 {
		name, before := rest[0], fits
		switch rapid.IntRange(0, 2).Draw(r, "then") {
		case 1:
			q.Order = nil
			q.In = &store.Membership{Field: name}
			for range rapid.IntRange(1, 4).Draw(r, "members") {
				q.In.Values = append(q.In.Values, pick(name))
			}
			fits = func(doc store.Doc[note]) bool {
				return before(doc) && slices.ContainsFunc(q.In.Values, func(v any) bool { return store.Compare(field(doc, name), v) == 0 })
			}
		case 2:
			q.Range = &store.Range{Field: name}
			if rapid.Bool().Draw(r, "from") {
				q.Range.From = pick(name)
			}
			if rapid.Bool().Draw(r, "to") {
				q.Range.To = pick(name)
			}
			fits = func(doc store.Doc[note]) bool {
				v := field(doc, name)
				return before(doc) && (q.Range.From == nil || store.Compare(v, q.Range.From) >= 0) && (q.Range.To == nil || store.Compare(v, q.Range.To) < 0)
			}
		}
	}
	var want []store.Doc[note]
	for _, doc := range m.docs {
		if fits(doc) {
			want = append(want, doc)
		}
	}
	// Without an order of its own a query may be answered from another index, so only its documents are compared.
	ordered := len(q.Order) > 0
	compare := func(a, b store.Doc[note]) int {
		order := 0
		for _, name := range rest {
			if ordered {
				order = cmp.Or(order, store.Compare(field(a, name), field(b, name)))
			}
		}
		order = cmp.Or(order, cmp.Compare(a.ID, b.ID))
		if q.Reverse && ordered {
			return -order
		}
		return order
	}
	slices.SortFunc(want, compare)
	got, err := all(ctx, m.c, q)
	if err != nil {
		r.Fatalf("%+v: %v", q, err)
	}
	if !ordered {
		slices.SortFunc(got, compare)
	}
	if !slices.EqualFunc(got, want, func(a, b store.Doc[note]) bool { return reflect.DeepEqual(a, b) }) {
		r.Fatalf("%+v found %q, want %q", q, ids(got), ids(want))
	}
	if n, err := m.c.Count(ctx, q); err != nil || n != min(len(want), q.Limit) {
		r.Fatalf("%+v counted %d, %v, want %d", q, n, err, min(len(want), q.Limit))
	}
}

func cursors(t *testing.T, open func(t *testing.T) store.Engine) {
	_, c := notes(t, open(t))
	ctx := t.Context()

	// Documents whose key stays are returned exactly once, while others come, go and move before and behind the reader.
	const standing = 60
	var items []store.Item[note]
	for i := range standing {
		items = append(items, store.Item[note]{ID: fmt.Sprintf("s%03d", i), Value: note{Round: "r", Level: int64(i % 10), At: at(i)}})
	}
	_, errs := c.InsertMany(ctx, items)
	must(t, errors.Join(errs...))
	var stop atomic.Bool
	var group sync.WaitGroup
	for w := range 3 {
		group.Go(func() {
			for i := 0; !stop.Load(); i++ {
				id := fmt.Sprintf("w%d-%d", w, i%5)
				doc, err := c.Insert(ctx, id, note{Round: "r", Level: int64(i * 7 % 10)})
				if err == nil && i%3 != 0 {
					doc.Value.Level = int64(i * 3 % 10)
					doc, err = c.Replace(ctx, doc)
				}
				if err == nil {
					err = c.Delete(ctx, id, doc.Revision)
				}
				// A write to a document that does not change its key must not show it twice either.
				if err == nil {
					_, err = c.Update(ctx, fmt.Sprintf("s%03d", (w*20+i)%standing), func(v *note) ([]store.Event, error) {
						v.Text = id
						return nil, nil
					})
				}
				if err != nil && !errors.Is(err, store.ErrConflict) {
					t.Error(err)
					return
				}
			}
		})
	}
	for _, q := range []store.Query{
		{Equal: []store.Term{{Field: "round", Value: "r"}}, Order: []string{"level"}, Limit: 7},
		{Equal: []store.Term{{Field: "round", Value: "r"}}, Order: []string{"level"}, Reverse: true, Limit: 4},
		{Range: &store.Range{Field: "level", From: 0, To: 10}, Limit: 9},
		{Equal: []store.Term{{Field: "round", Value: "r"}}, In: &store.Membership{Field: "level", Values: []any{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}, Limit: 5},
		{Limit: 6},
	} {
		docs, err := all(ctx, c, q)
		if err != nil {
			t.Error(err)
			break
		}
		seen := map[string]int{}
		for _, doc := range docs {
			seen[doc.ID]++
		}
		for i := range standing {
			if id := fmt.Sprintf("s%03d", i); seen[id] != 1 {
				t.Errorf("%s was returned %d times by %+v", id, seen[id], q)
			}
		}
	}
	stop.Store(true)
	group.Wait()

	// A cursor belongs to its query.
	query := store.Query{Equal: []store.Term{{Field: "round", Value: "r"}}, Range: &store.Range{Field: "level", From: 2, To: 8}, Limit: 3}
	page, err := c.Find(ctx, query)
	must(t, err)
	if page.Next == "" {
		t.Fatal("no cursor")
	}
	bigger := query
	bigger.Limit, bigger.After = 5, page.Next // the limit may change from page to page
	if next, err := c.Find(ctx, bigger); err != nil || len(next.Docs) != 5 {
		t.Fatalf("%d documents, %v", len(next.Docs), err)
	}
	for name, other := range map[string]store.Query{
		"other equality": {Equal: []store.Term{{Field: "round", Value: "q"}}, Range: query.Range},
		"other range":    {Equal: query.Equal, Range: &store.Range{Field: "level", From: 2, To: 9}},
		"no range":       {Equal: query.Equal},
		"other way":      {Equal: query.Equal, Range: query.Range, Reverse: true},
		"other index":    {Range: &store.Range{Field: "level", From: 2, To: 8}},
	} {
		other.Limit, other.After = 3, page.Next
		if _, err := c.Find(ctx, other); !errors.Is(err, store.ErrCursor) {
			t.Errorf("%s: %v, want %v", name, err, store.ErrCursor)
		}
	}
	for _, bad := range []store.Cursor{"x", "????", page.Next[:len(page.Next)-3], page.Next + "AAAA", "BQAAAAA"} {
		query.After = bad
		if _, err := c.Find(ctx, query); !errors.Is(err, store.ErrCursor) {
			t.Errorf("cursor %q: %v, want %v", bad, err, store.ErrCursor)
		}
	}
	query.After = page.Next
	if _, err := c.Count(ctx, query); !errors.Is(err, store.ErrQuery) {
		t.Errorf("counted from a cursor: %v", err)
	}
}
