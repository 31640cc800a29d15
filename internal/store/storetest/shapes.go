package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"helhet/internal/store"
)

// Three builds of the same program: the first keeps a title, the second calls it name, the third counts its letters and indexes that.
type (
	memo1 struct {
		Title string `bson:"title"`
	}
	memo2 struct {
		Name string `bson:"name"`
	}
	memo3 struct {
		Name    string `bson:"name"`
		Letters int64  `bson:"letters"`
	}
)

func rename(d bson.D) (bson.D, error) {
	for i := range d {
		if d[i].Key == "title" {
			d[i].Key = "name"
		}
	}
	return d, nil
}

func countLetters(d bson.D) (bson.D, error) {
	for _, e := range d {
		if name, ok := e.Value.(string); ok && e.Key == "name" {
			return append(d, bson.E{Key: "letters", Value: int64(len(name))}), nil
		}
	}
	return nil, errors.New("no name")
}

func memoSpec1() store.Spec[memo1] {
	return store.Spec[memo1]{
		Name: "memos", Shape: 1,
		Fields:  []store.Field[memo1]{{Name: "name", Type: store.String, Value: func(_ string, v *memo1) any { return v.Title }}},
		Indexes: []store.Index{{Name: "name", Fields: []string{"name"}}},
	}
}

func memoSpec2() store.Spec[memo2] {
	return store.Spec[memo2]{
		Name: "memos", Shape: 2,
		Fields:  []store.Field[memo2]{{Name: "name", Type: store.String, Value: func(_ string, v *memo2) any { return v.Name }}},
		Indexes: []store.Index{{Name: "name", Fields: []string{"name"}}},
		Upgrade: map[int32]func(bson.D) (bson.D, error){1: rename},
	}
}

func memoSpec3() store.Spec[memo3] {
	return store.Spec[memo3]{
		Name: "memos", Shape: 3,
		Fields: []store.Field[memo3]{
			{Name: "letters", Type: store.Int, Value: func(_ string, v *memo3) any { return v.Letters }},
			{Name: "name", Type: store.String, Value: func(_ string, v *memo3) any { return v.Name }},
		},
		Indexes: []store.Index{{Name: "letters", Fields: []string{"letters", "name"}}},
		Upgrade: map[int32]func(bson.D) (bson.D, error){1: rename, 2: countLetters},
	}
}

// build opens the engine as one build of the program does.
func build[T any](t *testing.T, engine store.Engine, spec store.Spec[T]) *store.Collection[T] {
	t.Helper()
	db := store.Open(engine)
	c := store.NewCollection(db, spec)
	must(t, db.Ensure(t.Context()))
	return c
}

func shapes(t *testing.T, open func(t *testing.T) store.Engine) {
	engine := open(t)
	ctx := t.Context()
	one := build(t, engine, memoSpec1())
	first := insert(t, one, "a", memo1{Title: "gammal"})
	insert(t, one, "b", memo1{Title: "ny"})
	before, err := engine.Get(ctx, "memos", "a", "")
	must(t, err)

	two := build(t, engine, memoSpec2())
	read, err := two.Get(ctx, "a")
	must(t, err)
	if read.Value.Name != "gammal" || read.Revision != first.Revision {
		t.Fatalf("read %+v, want the name at revision %s", read, first.Revision)
	}
	after, err := engine.Get(ctx, "memos", "a", "")
	must(t, err)
	if after.Shape != 1 || !bytes.Equal(after.Body, before.Body) {
		t.Fatal("reading rewrote the document")
	}
	read.Value.Name = "nyare"
	_, err = two.Replace(ctx, read)
	must(t, err)

	three := build(t, engine, memoSpec3())
	found, err := three.Find(ctx, store.Query{Range: &store.Range{Field: "letters", From: 1}, Limit: 10})
	must(t, err)
	if got := fmt.Sprint(ids(found.Docs)); got != "[b a]" {
		t.Fatalf("found %s in the new index, want [b a]", got)
	}
	if v := found.Docs[0].Value; v.Name != "ny" || v.Letters != 2 {
		t.Fatalf("two steps of upgrade gave %+v", v)
	}
	_, err = three.Update(ctx, "b", func(v *memo3) ([]store.Event, error) {
		v.Letters = 3
		return nil, nil
	})
	must(t, err)
	newest, err := engine.Get(ctx, "memos", "b", "")
	must(t, err)

	// The older programs refuse what they don't know, whether they ran on or start anew, and leave it as it is.
	_, err = two.Get(ctx, "b")
	wantErr(t, err, store.ErrNewerShape)
	_, err = two.Update(ctx, "b", func(*memo2) ([]store.Event, error) { return nil, nil })
	wantErr(t, err, store.ErrNewerShape)
	_, err = two.Replace(ctx, store.Doc[memo2]{ID: "b", Revision: newest.Revision})
	wantErr(t, err, store.ErrNewerShape)
	old := store.Open(engine)
	store.NewCollection(old, memoSpec2())
	wantErr(t, old.Ensure(ctx), store.ErrNewerShape)
	now, err := engine.Get(ctx, "memos", "b", "")
	must(t, err)
	if now.Revision != newest.Revision || now.Shape != 3 || !bytes.Equal(now.Body, newest.Body) {
		t.Fatal("an older program changed a newer document")
	}
}

// growth proves that a later build of the same shape may index more.
func growth(t *testing.T, open func(t *testing.T) store.Engine) {
	engine := open(t)
	ctx := t.Context()
	grown := memoSpec1()
	small := store.Spec[memo1]{Name: "memos", Shape: 1}
	c := build(t, engine, small)
	var items []store.Item[memo1]
	for i := range 250 { // more than an engine handles at a time
		items = append(items, store.Item[memo1]{ID: fmt.Sprintf("m%03d", i), Value: memo1{Title: fmt.Sprint(i % 5)}})
	}
	items[7].Events = []store.Event{{Type: "made", At: at(0), Actor: "system:test"}}
	docs, errs := c.InsertMany(ctx, items)
	must(t, errors.Join(errs...))
	_, err := c.Find(ctx, store.Query{Equal: []store.Term{{Field: "name", Value: "3"}}, Limit: 10})
	wantErr(t, err, store.ErrQuery)

	later := build(t, engine, grown)
	found, err := all(ctx, later, store.Query{Equal: []store.Term{{Field: "name", Value: "3"}}, Limit: 20})
	must(t, err)
	if len(found) != 50 {
		t.Fatalf("found %d of 50 in the new field's index", len(found))
	}
	for _, doc := range docs {
		got, err := later.Get(ctx, doc.ID)
		must(t, err)
		if got != doc {
			t.Fatalf("read %+v, want %+v", got, doc)
		}
	}
	if n, err := later.Count(ctx, store.Query{Equal: []store.Term{{Field: "pending", Value: true}}, Limit: 10}); err != nil || n != 1 {
		t.Fatalf("%d documents with waiting events, %v, want 1", n, err)
	}

	// Another index over the same fields, then the same name for another index.
	grown.Indexes = append(grown.Indexes, store.Index{Name: "both", Fields: []string{"name"}})
	build(t, engine, grown)
	more := store.Spec[memo1]{
		Name: "memos", Shape: 1, Indexes: []store.Index{{Name: "name", Fields: []string{"length", "name"}}},
		Fields: append(grown.Fields, store.Field[memo1]{Name: "length", Type: store.Int, Value: func(_ string, v *memo1) any { return len(v.Title) }}),
	}
	last := build(t, engine, more)
	page, err := last.Find(ctx, store.Query{Equal: []store.Term{{Field: "length", Value: 1}}, Order: []string{"name"}, Limit: 1})
	must(t, err)
	if len(page.Docs) != 1 || page.Docs[0].Value.Title != "0" {
		t.Fatalf("got %+v", page.Docs)
	}
	build(t, engine, more) // and again, with nothing to do

	// Whoever lacks the field would leave documents out of its index.
	old := store.Open(engine)
	store.NewCollection(old, small)
	wantErr(t, old.Ensure(ctx), store.ErrNewerShape)

	schemas, err := engine.Collections(ctx)
	must(t, err)
	if len(schemas) != 1 || schemas[0].Collection != "memos" || len(schemas[0].Fields) != 3 {
		t.Fatalf("the engine says it keeps %+v", schemas)
	}
}
