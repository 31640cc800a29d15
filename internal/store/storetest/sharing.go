package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"helhet/internal/store"
)

// sharing proves that values kept decoded are never older than what is stored, whoever wrote: the second store on the same engine
// stands for another process.
func sharing(t *testing.T, open func(t *testing.T) store.Engine) {
	engine := open(t)
	ctx := t.Context()
	const kept = 4
	spec := noteSpec("notes")
	spec.Shared = kept
	db := store.Open(engine)
	c := store.NewCollection(db, spec)
	must(t, db.Ensure(ctx))
	_, other := notes(t, engine)

	shows := func(t *testing.T, id string, want store.Doc[note]) {
		t.Helper()
		for range 2 { // decoded, then shared
			got, err := c.GetShared(ctx, id)
			must(t, err)
			if got.Revision != want.Revision || got.Value.Text != want.Value.Text {
				t.Fatalf("%s reads %q, want %q", id, got.Value.Text, want.Value.Text)
			}
			many, err := c.GetManyShared(ctx, []string{"missing", id})
			must(t, err)
			if len(many) != 1 || many[0].Revision != want.Revision || many[0].Value.Text != want.Value.Text {
				t.Fatalf("gets %+v, want %q", many, want.Value.Text)
			}
			page, err := c.FindShared(ctx, store.Query{Equal: []store.Term{{Field: store.IDField, Value: id}}, Limit: 1})
			must(t, err)
			if len(page.Docs) != 1 || page.Docs[0].Revision != want.Revision || page.Docs[0].Value.Text != want.Value.Text {
				t.Fatalf("finds %+v, want %q", page.Docs, want.Value.Text)
			}
		}
	}
	t.Run("never stale", func(t *testing.T) {
		doc := insert(t, c, "one", note{Round: "r", Text: "first", At: at(1), Tags: []string{"a"}})
		shows(t, "one", doc)
		doc.Value.Text = "replaced"
		doc, err := other.Replace(ctx, doc)
		must(t, err)
		shows(t, "one", doc)
		doc, err = other.Update(ctx, "one", func(n *note) ([]store.Event, error) { n.Text += " and updated"; return nil, nil })
		must(t, err)
		shows(t, "one", doc)
		doc, err = c.Update(ctx, "one", func(n *note) ([]store.Event, error) { n.Text += " twice"; return nil, nil })
		must(t, err)
		if doc.Value.Text != "replaced and updated twice" {
			t.Fatalf("updated to %q", doc.Value.Text)
		}
		shows(t, "one", doc)
		must(t, other.Delete(ctx, "one", doc.Revision))
		_, err = c.GetShared(ctx, "one")
		wantErr(t, err, store.ErrNotFound)
		_, err = c.Update(ctx, "one", func(*note) ([]store.Event, error) { return nil, nil })
		wantErr(t, err, store.ErrNotFound)
		shows(t, "one", insert(t, other, "one", note{Round: "r", Text: "again", At: at(1)}))
	})
	t.Run("what Update works on is its own", func(t *testing.T) {
		insert(t, c, "own", note{Round: "r", At: at(1), Tags: []string{"a", "b"}, Part: &part{Number: 1, When: at(1)}})
		before, err := c.GetShared(ctx, "own")
		must(t, err)
		spoil := func(n *note) { n.Tags[0], n.Part.Number = "spoilt", 9 }
		_, err = c.Update(ctx, "own", func(n *note) ([]store.Event, error) { spoil(n); return nil, store.ErrNoChange })
		must(t, err)
		written, err := c.Update(ctx, "own", func(n *note) ([]store.Event, error) {
			if n.Tags[0] != "a" || n.Part.Number != 1 {
				t.Errorf("begins with %v, %v", n.Tags, n.Part)
			}
			n.Tags[1] = "c"
			return nil, nil
		})
		must(t, err)
		if before.Value.Tags[0] != "a" || before.Value.Tags[1] != "b" || before.Value.Part.Number != 1 {
			t.Errorf("a shared value became %v, %v", before.Value.Tags, before.Value.Part)
		}
		spoil(&written.Value)
		got, err := c.Get(ctx, "own")
		must(t, err)
		got.Value.Tags[0] = "spoilt"
		after, err := c.GetShared(ctx, "own")
		must(t, err)
		if after.Value.Tags[0] != "a" || after.Value.Tags[1] != "c" || after.Value.Part.Number != 1 {
			t.Errorf("after it, shared reads %v, %v", after.Value.Tags, after.Value.Part)
		}
	})
	t.Run("what Replace returns is its own", func(t *testing.T) {
		doc, err := c.Replace(ctx, insert(t, c, "replaced", note{Round: "r", At: at(1), Tags: []string{"a"}}))
		must(t, err)
		doc.Value.Tags[0] = "spoilt"
		got, err := c.GetShared(ctx, "replaced")
		must(t, err)
		if got.Value.Tags[0] != "a" {
			t.Errorf("reads %v", got.Value.Tags)
		}
	})
	t.Run("an update goes by what is stored", func(t *testing.T) {
		insert(t, c, "held", note{Round: "r", Text: "old", At: at(1)})
		_, err := c.GetShared(ctx, "held")
		must(t, err)
		_, err = other.Update(ctx, "held", func(n *note) ([]store.Event, error) { n.Text = "new"; return nil, nil })
		must(t, err)
		// A refusal that comes from what c still holds is none.
		refuse := errors.New("refused")
		demand := func(text string) func(*note) ([]store.Event, error) {
			return func(n *note) ([]store.Event, error) {
				if n.Text != text {
					return nil, refuse
				}
				n.Text += "er"
				return nil, nil
			}
		}
		doc, err := c.Update(ctx, "held", demand("new"))
		if err != nil || doc.Value.Text != "newer" {
			t.Fatalf("updated to %q, %v", doc.Value.Text, err)
		}
		_, err = other.Update(ctx, "held", func(n *note) ([]store.Event, error) { n.Text = "last"; return nil, nil })
		must(t, err)
		// What was right of what c holds is wrong of what is stored.
		_, err = c.Update(ctx, "held", demand("newer"))
		wantErr(t, err, refuse)
		doc, err = c.Update(ctx, "held", func(n *note) ([]store.Event, error) {
			if n.Text == "last" {
				return nil, store.ErrNoChange
			}
			return nil, nil
		})
		if err != nil || doc.Value.Text != "last" {
			t.Fatalf("unchanged it is %q, %v", doc.Value.Text, err)
		}
		shows(t, "held", doc)
	})
	t.Run("an update of what is held does not read it", func(t *testing.T) {
		insert(t, c, "cheap", note{Round: "r", At: at(1)})
		_, err := c.GetShared(ctx, "cheap")
		must(t, err)
		for range 3 {
			counted, reads := store.WithReads(ctx)
			_, err := c.Update(counted, "cheap", func(n *note) ([]store.Event, error) { n.Level++; return nil, nil })
			must(t, err)
			if calls := reads.Calls.Load(); calls != 1 {
				t.Errorf("%d calls, want the write alone", calls)
			}
		}
	})
	// Another process moves events, and c does not know: each comes to the history once, and what c writes along does not grow for ever.
	t.Run("events moved by another", func(t *testing.T) {
		insert(t, c, "told", note{Round: "r", At: at(1)})
		otherDB, _ := notes(t, engine)
		var h history
		const writes = 250
		most := 0
		for i := range writes {
			_, err := c.Update(ctx, "told", func(n *note) ([]store.Event, error) { n.Level++; return []store.Event{event("raised", i)}, nil })
			must(t, err)
			sent := 0
			_, err = otherDB.Relay(ctx, 10, func(ctx context.Context, events []store.RelayedEvent) error {
				sent = len(events)
				return h.insert(ctx, events)
			})
			must(t, err)
			most = max(most, sent)
		}
		raised := 0
		for _, e := range h.events {
			if e.Document == "told" {
				raised++
			}
		}
		if raised != writes || most > writes/2 {
			t.Errorf("%d of %d events came, at most %d at a time", raised, writes, most)
		}
		// Where the same process moves them, the next write leaves them.
		_, err := db.Relay(ctx, 10, h.insert)
		must(t, err)
		_, err = c.Update(ctx, "told", func(n *note) ([]store.Event, error) { return []store.Event{event("raised", writes)}, nil })
		must(t, err)
		_, err = db.Relay(ctx, 10, h.insert)
		must(t, err)
		_, err = c.Update(ctx, "told", func(n *note) ([]store.Event, error) { return []store.Event{event("raised", writes+1)}, nil })
		must(t, err)
		if moved, err := db.Relay(ctx, 10, h.insert); err != nil || moved != 1 {
			t.Errorf("%d events waited, want the last alone, %v", moved, err)
		}
	})
	t.Run("bounded", func(t *testing.T) {
		for i := range 3 * kept {
			insert(t, c, fmt.Sprint("n", i), note{Round: "bounded", At: at(1), Text: fmt.Sprint(i), Tags: []string{"x"}})
		}
		// Two reads of a kept document share its slices; one that fell out is decoded anew.
		held := func(i int) bool {
			first, err := c.GetShared(ctx, fmt.Sprint("n", i))
			must(t, err)
			for j := range kept - 1 {
				_, err := c.GetShared(ctx, fmt.Sprint("n", kept+j))
				must(t, err)
			}
			again, err := c.GetShared(ctx, fmt.Sprint("n", i))
			must(t, err)
			return &first.Value.Tags[0] == &again.Value.Tags[0]
		}
		if !held(0) {
			t.Error("a document among the last used is not kept")
		}
		first, err := c.GetShared(ctx, "n0")
		must(t, err)
		for j := range kept {
			_, err := c.GetShared(ctx, fmt.Sprint("n", kept+j))
			must(t, err)
		}
		again, err := c.GetShared(ctx, "n0")
		must(t, err)
		if &first.Value.Tags[0] == &again.Value.Tags[0] {
			t.Errorf("more than %d documents are kept", kept)
		}
	})
	t.Run("at the same time", func(t *testing.T) {
		insert(t, c, "many", note{Round: "r", At: at(1), Tags: []string{"0"}})
		const writers, each = 8, 5
		var group sync.WaitGroup
		for w := range writers {
			collection := c
			if w%4 == 0 {
				collection = other
			}
			group.Go(func() {
				for done := 0; done < each; {
					_, err := collection.Update(ctx, "many", func(n *note) ([]store.Event, error) {
						n.Level++
						n.Tags[0] = fmt.Sprint(n.Level)
						return nil, nil
					})
					switch {
					case err == nil:
						done++
					case !errors.Is(err, store.ErrConflict): // a race lost ten times is the caller's to begin again
						t.Error(err)
						return
					}
				}
			})
			group.Go(func() {
				last := int64(0)
				for range each {
					got, err := c.GetShared(ctx, "many")
					if err != nil || got.Value.Tags[0] != fmt.Sprint(got.Value.Level) || got.Value.Level < last {
						t.Errorf("reads %+v after %d, %v", got.Value, last, err)
						return
					}
					last = got.Value.Level
				}
			})
		}
		group.Wait()
		got, err := c.GetShared(ctx, "many")
		must(t, err)
		if got.Value.Level != writers*each {
			t.Errorf("%d writes, want %d", got.Value.Level, writers*each)
		}
	})
	t.Run("counted", func(t *testing.T) {
		for range 2 {
			counted, reads := store.WithReads(ctx)
			_, err := c.GetShared(counted, "own")
			must(t, err)
			if calls, documents := reads.Calls.Load(), reads.Documents.Load(); calls != 1 || documents != 1 {
				t.Errorf("%d calls and %d documents, want one of each", calls, documents)
			}
		}
	})
	t.Run("shapes", func(t *testing.T) {
		engine := open(t)
		old := store.Open(engine)
		first := memoSpec1()
		first.Shared = kept
		memos := store.NewCollection(old, first)
		must(t, old.Ensure(ctx))
		insert(t, memos, "m", memo1{Title: "one"})
		_, err := memos.GetShared(ctx, "m")
		must(t, err)
		second := memoSpec2()
		second.Shared = kept
		later := store.Open(engine)
		renamed := store.NewCollection(later, second)
		must(t, later.Ensure(ctx))
		for range 2 {
			got, err := renamed.GetShared(ctx, "m")
			must(t, err)
			if got.Value.Name != "one" {
				t.Fatalf("upgraded to %+v", got.Value)
			}
		}
		_, err = renamed.Update(ctx, "m", func(v *memo2) ([]store.Event, error) { v.Name = "two"; return nil, nil })
		must(t, err)
		_, err = memos.GetShared(ctx, "m")
		wantErr(t, err, store.ErrNewerShape)
	})
}
