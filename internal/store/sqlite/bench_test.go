package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"database/sql"

	"go.mongodb.org/mongo-driver/v2/bson"

	"helhet/internal/store"
)

// answer is about as large as an assessment's answer with a note.
type answer struct {
	Assessment string `bson:"assessment"`
	Level      int64  `bson:"level"`
	Note       string `bson:"note"`
}

func answers(tb testing.TB, engine store.Engine) *store.Collection[answer] {
	tb.Helper()
	db := store.Open(engine)
	c := store.NewCollection(db, store.Spec[answer]{
		Name: "answers", Shape: 1,
		Fields:  []store.Field[answer]{{Name: "assessment", Type: store.String, Value: func(_ string, v *answer) any { return v.Assessment }}},
		Indexes: []store.Index{{Name: "assessment", Fields: []string{"assessment"}}},
	})
	if err := db.Ensure(context.Background()); err != nil {
		tb.Fatal(err)
	}
	return c
}

func sample(i int64) answer {
	return answer{Assessment: fmt.Sprint("a", i%357), Level: i % 6, Note: strings.Repeat("n", 300)}
}

// closedLoop lets writers each write again as soon as their last write is acknowledged, b.N writes in all.
func closedLoop(b *testing.B, writers int, write func(i int64) error) {
	b.Helper()
	var next atomic.Int64
	var group sync.WaitGroup
	b.ResetTimer()
	defer processor(b)()
	start := time.Now()
	for range writers {
		group.Go(func() {
			for {
				i := next.Add(1)
				if i > int64(b.N) {
					return
				}
				if err := write(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/time.Since(start).Seconds(), "writes/s")
}

// processor measures the processor time of an operation, garbage collection included: a busy machine or a slow disk changes it less than
// the clock's.
func processor(b *testing.B) (report func()) {
	b.Helper()
	used := func() int64 {
		var usage syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
			b.Fatal(err)
		}
		return usage.Utime.Nano() + usage.Stime.Nano()
	}
	from := used()
	return func() { b.ReportMetric(float64(used()-from)/float64(b.N), "cpu-ns/op") }
}

// BenchmarkInsert is the bare engine: new documents by closed-loop writers, each acknowledged after its commit is on disk.
// Ungrouped is the same row in a transaction of its own, for comparison.
func BenchmarkInsert(b *testing.B) {
	for _, writers := range []int{1, 64, 200} {
		b.Run(fmt.Sprintf("grouped/%d", writers), func(b *testing.B) {
			e := open(b)
			answers(b, e)
			ctx := context.Background()
			records := make([]store.Record, b.N)
			for i := range records {
				v := sample(int64(i))
				body, err := bson.Marshal(v)
				if err != nil {
					b.Fatal(err)
				}
				id := fmt.Sprint("d", i)
				records[i] = store.Record{ID: id, Revision: store.Revision(id), Shape: 1, Keys: []any{v.Assessment, false}, Body: body}
			}
			closedLoop(b, writers, func(i int64) error { return e.Insert(ctx, "answers", records[i-1:i])[0] })
		})
		b.Run(fmt.Sprintf("ungrouped/%d", writers), func(b *testing.B) {
			dir := b.TempDir()
			answers(b, openIn(b, dir))
			db, err := sql.Open("sqlite", dsn(filepath.Join(dir, fileName), pragmas()))
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			db.SetMaxOpenConns(1)
			insert, err := db.Prepare(`INSERT INTO "c_answers" ("id", "revision", "shape", "k_assessment", "k_pending", "body") VALUES (?, ?, 1, ?, 0, ?)`)
			if err != nil {
				b.Fatal(err)
			}
			closedLoop(b, writers, func(i int64) error {
				v := sample(i)
				body, err := bson.Marshal(v)
				if err != nil {
					return err
				}
				id := fmt.Sprint("d", i)
				_, err = insert.Exec(id, id, v.Assessment, []byte(body))
				return err
			})
		})
	}
}

// BenchmarkUpdate is what a saved answer costs at the collection: read, change, replace.
func BenchmarkUpdate(b *testing.B) {
	for _, writers := range []int{1, 64, 200} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) {
			c := answers(b, open(b))
			ctx := context.Background()
			const documents = 2000
			for from := int64(0); from < documents; from += 500 {
				var items []store.Item[answer]
				for i := from; i < from+500; i++ {
					items = append(items, store.Item[answer]{ID: fmt.Sprint("d", i), Value: sample(i)})
				}
				_, errs := c.InsertMany(ctx, items)
				for _, err := range errs {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			closedLoop(b, writers, func(i int64) error {
				_, err := c.Update(ctx, fmt.Sprint("d", i%documents), func(v *answer) ([]store.Event, error) {
					v.Level = (v.Level + 1) % 6
					return nil, nil
				})
				return err
			})
		})
	}
}

// fill writes 357 answers whose bodies are of the size given.
func fill(b *testing.B, e *Engine, size int) []store.Record {
	b.Helper()
	answers(b, e)
	body, err := bson.Marshal(answer{Note: strings.Repeat("n", size)})
	if err != nil {
		b.Fatal(err)
	}
	records := make([]store.Record, 357)
	for i := range records {
		id := fmt.Sprint("d", i)
		records[i] = store.Record{ID: id, Revision: store.Revision(id), Shape: 1, Keys: []any{"a", false}, Body: body}
	}
	for _, err := range e.Insert(b.Context(), "answers", records) {
		if err != nil {
			b.Fatal(err)
		}
	}
	return records
}

// BenchmarkGet is what one record costs the bare engine, read by one caller and by as many as there are processors: a small one and one as
// large as an assessment, out of 357.
func BenchmarkGet(b *testing.B) {
	for _, size := range []int{300, 17_000} {
		e := open(b)
		records := fill(b, e, size)
		ctx := b.Context() // it can end, as a request's
		get := func(i int) {
			record := records[i%len(records)]
			if got, err := e.Get(ctx, "answers", record.ID, ""); err != nil || len(got.Body) != len(record.Body) {
				b.Error(len(got.Body), err)
			}
		}
		b.Run(fmt.Sprint(size, "/known"), func(b *testing.B) {
			b.ReportAllocs()
			defer processor(b)()
			for i := 0; b.Loop(); i++ {
				record := records[i%len(records)]
				if got, err := e.Get(ctx, "answers", record.ID, record.Revision); err != nil || got.Body != nil {
					b.Fatal(len(got.Body), err)
				}
			}
		})
		b.Run(fmt.Sprint(size, "/serial"), func(b *testing.B) {
			b.ReportAllocs()
			defer processor(b)()
			for i := 0; b.Loop(); i++ {
				get(i)
			}
		})
		b.Run(fmt.Sprint(size, "/parallel"), func(b *testing.B) {
			b.ReportAllocs()
			defer processor(b)()
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i++ {
					get(i)
				}
			})
		})
	}
}

// BenchmarkReplace is one writer at the bare engine, with indexed values that stay and with one that changes each time, as it does for
// the first of several saves and when the relay has moved its events.
func BenchmarkReplace(b *testing.B) {
	for _, size := range []int{300, 17_000} {
		for _, changes := range []bool{false, true} {
			b.Run(fmt.Sprintf("%d/changes=%t", size, changes), func(b *testing.B) {
				e := open(b)
				records := fill(b, e, size)
				defer processor(b)()
				for i := 0; b.Loop(); i++ {
					record := &records[i%len(records)]
					at := record.Revision
					record.Revision = store.Revision(fmt.Sprint("r", i))
					if pending, _ := record.Keys[1].(bool); changes {
						record.Keys = []any{"a", !pending}
					}
					if err := e.Replace(b.Context(), "answers", *record, at); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkFind reads, out of 20,000 answers, one, 96 by their ids, and a page with the 96 of one assessment.
func BenchmarkFind(b *testing.B) {
	c := answers(b, open(b))
	ctx := context.Background()
	for from := int64(0); from < 20_000; from += 1000 {
		items := make([]store.Item[answer], 0, 1000)
		for i := from; i < from+1000; i++ {
			v := sample(i)
			v.Assessment = fmt.Sprint("a", i/96)
			items = append(items, store.Item[answer]{ID: fmt.Sprintf("d%06d", i), Value: v})
		}
		_, errs := c.InsertMany(ctx, items)
		for _, err := range errs {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("Get", func(b *testing.B) {
		defer processor(b)()
		for i := 0; b.Loop(); i++ {
			if _, err := c.Get(ctx, fmt.Sprintf("d%06d", i%20_000)); err != nil {
				b.Fatal(err)
			}
		}
	})
	ids := make([]string, 96)
	for i := range ids {
		ids[i] = fmt.Sprintf("d%06d", i*200)
	}
	b.Run("Many", func(b *testing.B) {
		defer processor(b)()
		for b.Loop() {
			if docs, err := c.GetMany(ctx, ids); err != nil || len(docs) != 96 {
				b.Fatal(len(docs), err)
			}
		}
	})
	b.Run("Page", func(b *testing.B) {
		defer processor(b)()
		for i := 0; b.Loop(); i++ {
			page, err := c.Find(ctx, store.Query{Equal: []store.Term{{Field: "assessment", Value: fmt.Sprint("a", i%200)}}, Limit: 100})
			if err != nil || len(page.Docs) != 96 {
				b.Fatal(len(page.Docs), err)
			}
		}
	})
}
