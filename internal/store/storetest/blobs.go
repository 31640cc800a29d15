package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
	"time"

	"helhet/internal/store"
)

func blobs(t *testing.T, open func(t *testing.T) store.Engine) {
	ctx := t.Context()
	engine := open(t)
	db := store.Open(engine)
	now := time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC)
	b := store.NewBlobs(db, func() time.Time { return now })
	must(t, db.Ensure(ctx))

	random := rand.New(rand.NewPCG(1, 2))
	const chunk = 256 << 10
	var put []store.BlobID
	for _, size := range []int{0, 1, chunk - 1, chunk, chunk + 1, 3*chunk + 17} {
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(random.Uint32())
		}
		id, err := b.Put(ctx, iotest.HalfReader(bytes.NewReader(content)))
		must(t, err)
		sum := sha256.Sum256(content)
		if string(id) != hex.EncodeToString(sum[:]) {
			t.Fatalf("%d bytes have the id %s", size, id)
		}
		again, err := b.Put(ctx, bytes.NewReader(content))
		must(t, err)
		if again != id {
			t.Fatalf("put twice: %s and %s", id, again)
		}
		read(t, b, id, content)
		if n, err := b.Size(ctx, id); err != nil || n != int64(size) {
			t.Fatalf("size %d, %v, want %d", n, err, size)
		}
		put = append(put, id)
	}
	if n := stored(t, engine, "blob_chunks"); n != 0+1+1+1+2+4 {
		t.Fatalf("%d chunks, want those of one copy each", n)
	}
	if n := stored(t, engine, "blob_uploads"); n != 0 {
		t.Fatalf("%d uploads are noted after they ended", n)
	}
	for _, id := range []store.BlobID{"", "x", put[0][:63] + "G", store.BlobID(hex.EncodeToString(make([]byte, 32)))} {
		_, err := b.Open(ctx, id)
		wantErr(t, err, store.ErrNotFound)
	}

	// An upload that breaks off leaves nothing that can be read.
	broken := errors.New("broken")
	_, err := b.Put(ctx, io.MultiReader(bytes.NewReader(make([]byte, 2*chunk)), iotest.ErrReader(broken)))
	wantErr(t, err, broken)

	// A day without a reference is kept; then what nobody names is taken, but for what was put again.
	none := func(context.Context, []store.BlobID) (map[store.BlobID]bool, error) { return nil, nil }
	now = now.Add(store.BlobGrace)
	taken, err := b.Sweep(ctx, none)
	must(t, err)
	if taken != 0 {
		t.Fatalf("%d were taken within the grace", taken)
	}
	_, err = b.Put(ctx, bytes.NewReader(nil)) // put[0] again
	must(t, err)
	now = now.Add(time.Millisecond)
	_, err = b.Sweep(ctx, func(context.Context, []store.BlobID) (map[store.BlobID]bool, error) { return nil, broken })
	wantErr(t, err, broken)
	taken, err = b.Sweep(ctx, func(_ context.Context, ids []store.BlobID) (map[store.BlobID]bool, error) {
		return map[store.BlobID]bool{put[5]: true}, nil
	})
	must(t, err)
	if taken != 4 {
		t.Fatalf("%d were taken, want 4", taken)
	}
	for i, id := range put {
		_, err := b.Open(ctx, id)
		if stays := i == 0 || i == 5; stays != (err == nil) || !stays && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("blob %d: %v", i, err)
		}
	}
	if n := stored(t, engine, "blob_chunks"); n != 4 {
		t.Errorf("%d chunks are left, want 4", n)
	}

	// A blob that is put again between the sweep's look and its grasp stays.
	now = now.Add(2 * store.BlobGrace)
	content := []byte("again")
	id, err := b.Put(ctx, bytes.NewReader(content))
	must(t, err)
	now = now.Add(2 * store.BlobGrace)
	_, err = b.Sweep(ctx, func(ctx context.Context, ids []store.BlobID) (map[store.BlobID]bool, error) {
		_, err := b.Put(ctx, bytes.NewReader(content))
		return nil, err
	})
	must(t, err)
	read(t, b, id, content)

	// What is changed in the store is found out in reading.
	chunks, err := engine.Find(ctx, store.Plan{Collection: "blob_chunks", Index: store.Index{Name: "id", Fields: []string{"id"}}, Limit: 1})
	must(t, err)
	damaged := chunks[0]
	damaged.Body = bytes.Replace(damaged.Body, content, []byte("other"), 1)
	must(t, engine.Replace(ctx, "blob_chunks", damaged, damaged.Revision))
	r, err := b.Open(ctx, id)
	must(t, err)
	_, err = io.ReadAll(r)
	wantErr(t, err, store.ErrBlobDamaged)
}

func read(t *testing.T, b *store.Blobs, id store.BlobID, want []byte) {
	t.Helper()
	r, err := b.Open(t.Context(), id)
	must(t, err)
	got, err := io.ReadAll(r)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Fatalf("read %d bytes, want the %d that were put", len(got), len(want))
	}
}

// stored counts what an engine keeps of a collection.
func stored(t *testing.T, engine store.Engine, collection string) int {
	t.Helper()
	n, err := engine.Count(t.Context(), store.Plan{Collection: collection, Index: store.Index{Name: "id", Fields: []string{"id"}}, Limit: store.MaxLimit})
	must(t, err)
	return n
}
