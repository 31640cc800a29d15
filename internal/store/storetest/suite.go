// Package storetest is the store's contract as tests: one suite that every engine must pass. What only one engine can show (a killed
// process, a lost reply) is tested beside that engine.
package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"helhet/internal/store"
)

// Run proves the contract over engines that open gives: each call a fresh, empty one, closed by the test's cleanup at the latest.
func Run(t *testing.T, open func(t *testing.T) store.Engine) {
	for _, group := range []struct {
		name string
		test func(t *testing.T, open func(t *testing.T) store.Engine)
	}{
		{"Documents", documents},
		{"Known", known},
		{"Outcomes", outcomes},
		{"Update", updates},
		{"Turns", inTurn},
		{"Limits", limits},
		{"Queries", queries},
		{"Order", order},
		{"Model", model},
		{"Cursors", cursors},
		{"Shapes", shapes},
		{"Growth", growth},
		{"Events", events},
		{"Crowded", crowded},
		{"Beside", beside},
		{"Blobs", blobs},
		{"Backup", backups},
		{"Reads", reads},
		{"Sharing", sharing},
		{"Ends", ends},
	} {
		t.Run(group.name, func(t *testing.T) { group.test(t, open) })
	}
}

// note is the suite's document: one field of each indexed type and some that are not indexed.
type note struct {
	Round string    `bson:"round"`
	Level int64     `bson:"level"`
	Done  bool      `bson:"done"`
	At    time.Time `bson:"at"`
	Text  string    `bson:"text"`
	Tags  []string  `bson:"tags,omitempty"`
	Part  *part     `bson:"part,omitempty"`
}

type part struct {
	Number int       `bson:"number"`
	When   time.Time `bson:"when"`
}

func noteSpec(name string) store.Spec[note] {
	return store.Spec[note]{
		Name: name, Shape: 1,
		Fields: []store.Field[note]{
			{Name: "round", Type: store.String, Value: func(_ string, v *note) any { return v.Round }},
			{Name: "level", Type: store.Int, Value: func(_ string, v *note) any { return v.Level }},
			{Name: "done", Type: store.Bool, Value: func(_ string, v *note) any { return v.Done }},
			{Name: "at", Type: store.Time, Value: func(_ string, v *note) any { return v.At }},
		},
		Indexes: []store.Index{
			{Name: "rounds", Fields: []string{"round", "level", "at"}},
			{Name: "moments", Fields: []string{"at"}},
			{Name: "done", Fields: []string{"done", "level"}},
			{Name: "levels", Fields: []string{"level"}},
		},
	}
}

// notes declares and ensures a collection of notes on a fresh engine.
func notes(t *testing.T, engine store.Engine) (*store.DB, *store.Collection[note]) {
	t.Helper()
	db := store.Open(engine)
	c := store.NewCollection(db, noteSpec("notes"))
	must(t, db.Ensure(t.Context()))
	return db, c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
}

func at(second int) time.Time { return time.Date(2026, 3, 29, 0, 0, second, 0, time.UTC) }

func insert[T any](t *testing.T, c *store.Collection[T], id string, value T, events ...store.Event) store.Doc[T] {
	t.Helper()
	doc, err := c.Insert(t.Context(), id, value, events...)
	must(t, err)
	return doc
}

// ids gives a page's ids, in their order.
func ids[T any](docs []store.Doc[T]) []string {
	names := make([]string, len(docs))
	for i, doc := range docs {
		names[i] = doc.ID
	}
	return names
}

// all pages through a query to its end.
func all[T any](ctx context.Context, c *store.Collection[T], q store.Query) ([]store.Doc[T], error) {
	var docs []store.Doc[T]
	for range 10_000 { // more pages than any test has documents: a cursor that stands still is found out
		page, err := c.Find(ctx, q)
		if err != nil {
			return nil, err
		}
		docs = append(docs, page.Docs...)
		if page.Next == "" {
			return docs, nil
		}
		q.After = page.Next
	}
	return nil, errors.New("the pages have no end")
}
