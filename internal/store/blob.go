package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"
)

// BlobID is the lower-case hexadecimal SHA-256 of a blob's content:
// "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".
type BlobID string

const (
	// BlobGrace is how long a blob without a reference is kept, counted from its last Put: the time to write the document that refers to it.
	BlobGrace = 24 * time.Hour
	// blobChunk is how much of a blob one document holds, in bytes.
	blobChunk = 256 << 10
	// blobUploadTime bounds one Put, well within BlobGrace, so that a sweep never takes the chunks of one that still runs.
	blobUploadTime = BlobGrace / 2
)

// ErrBlobDamaged is a blob whose chunks are not what its id says.
var ErrBlobDamaged = errors.New("store: blob damaged")

var blobName = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Blobs keeps content of any length under its own hash: put twice, it is stored once. A blob is written before the document that
// refers to it; a sweep takes those that have gone a day without a reference.
//
// A head per blob names the upload that its chunks belong to. Chunks are never shared between uploads, so that a sweep of a
// blob can't harm the same content put again meanwhile. A note per upload says which chunks no head names yet, or any more.
type Blobs struct {
	now     func() time.Time
	heads   *Collection[blobHead]
	chunks  *Collection[blobPart]
	uploads *Collection[blobUpload]
}

type blobHead struct {
	Upload  string    `bson:"upload"`
	Size    int64     `bson:"size"`
	Chunks  int       `bson:"chunks"`
	Touched time.Time `bson:"touched"` // the last Put of this content
}

type blobPart struct {
	Data []byte `bson:"data"`
}

type blobUpload struct {
	Started time.Time `bson:"started"`
}

// NewBlobs declares the collections that blobs are kept in. The clock decides what a sweep may take.
func NewBlobs(db *DB, now func() time.Time) *Blobs {
	return &Blobs{
		now: now,
		heads: NewCollection(db, Spec[blobHead]{
			Name: "blobs", Shape: 1,
			Fields: []Field[blobHead]{
				{Name: "touched", Type: Time, Value: func(_ string, v *blobHead) any { return v.Touched }},
				{Name: "upload", Type: String, Value: func(_ string, v *blobHead) any { return v.Upload }},
			},
			Indexes: []Index{{Name: "touched", Fields: []string{"touched"}}, {Name: "upload", Fields: []string{"upload"}}},
		}),
		chunks: NewCollection(db, Spec[blobPart]{Name: "blob_chunks", Shape: 1}),
		uploads: NewCollection(db, Spec[blobUpload]{
			Name: "blob_uploads", Shape: 1,
			Fields:  []Field[blobUpload]{{Name: "started", Type: Time, Value: func(_ string, v *blobUpload) any { return v.Started }}},
			Indexes: []Index{{Name: "started", Fields: []string{"started"}}},
		}),
	}
}

func chunkID(upload string, n int) string { return fmt.Sprintf("%s/%08d", upload, n) }

// Put stores what r holds and gives its id. A document that refers to it must be written within BlobGrace.
func (b *Blobs) Put(ctx context.Context, r io.Reader) (BlobID, error) {
	upload, started := string(newRevision()), b.now()
	if _, err := b.uploads.Insert(ctx, upload, blobUpload{Started: started}); err != nil {
		return "", fmt.Errorf("put blob: %w", err)
	}
	id, head, err := b.write(ctx, upload, r)
	if err == nil && b.now().Sub(started) > blobUploadTime {
		err = fmt.Errorf("%w: the upload took over %s", ErrUnavailable, blobUploadTime)
	}
	kept := false
	if err == nil {
		head.Touched = b.now()
		kept, err = b.point(ctx, id, head)
	}
	if errors.Is(err, ErrOutcomeUnknown) {
		// The head may stand: the sweep, which looks, decides over the chunks.
		return "", fmt.Errorf("put blob: %w", err)
	}
	// What is not kept is taken back at once where that succeeds; where it doesn't, the note lets a sweep do it.
	if kept {
		return id, b.drop(ctx, upload)
	}
	return id, errors.Join(err, b.discard(context.WithoutCancel(ctx), upload))
}

// write stores the chunks of an upload.
func (b *Blobs) write(ctx context.Context, upload string, r io.Reader) (BlobID, blobHead, error) {
	head := blobHead{Upload: upload}
	sum := sha256.New()
	buffer := make([]byte, blobChunk)
	for {
		n, err := io.ReadFull(r, buffer)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return "", blobHead{}, fmt.Errorf("put blob: %w", err)
		}
		if n == 0 {
			break
		}
		sum.Write(buffer[:n])
		if _, err := b.chunks.Insert(ctx, chunkID(upload, head.Chunks), blobPart{Data: buffer[:n]}); err != nil {
			return "", blobHead{}, fmt.Errorf("put blob: %w", err)
		}
		head.Chunks++
		head.Size += int64(n)
		if n < len(buffer) {
			break
		}
	}
	return BlobID(hex.EncodeToString(sum.Sum(nil))), head, nil
}

// point makes the head name this upload, unless the content is there already: then it counts as put now, and the upload is not
// kept.
func (b *Blobs) point(ctx context.Context, id BlobID, head blobHead) (kept bool, err error) {
	for range updateTries {
		_, err = b.heads.Insert(ctx, string(id), head)
		if !errors.Is(err, ErrExists) {
			return err == nil, err
		}
		_, err = b.heads.Update(ctx, string(id), func(v *blobHead) ([]Event, error) {
			v.Touched = head.Touched
			return nil, nil
		})
		// A sweep may have taken the head between the two.
		if !errors.Is(err, ErrNotFound) {
			return false, err
		}
	}
	return false, err
}

// discard removes an upload's chunks, then its note. The last chunk goes first, so that those left by a discard that was cut off
// are found by the next.
func (b *Blobs) discard(ctx context.Context, upload string) error {
	chunks := 0
	for ; ; chunks++ {
		n, err := b.chunks.Count(ctx, Query{Equal: []Term{{IDField, chunkID(upload, chunks)}}, Limit: 1})
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	for n := chunks - 1; n >= 0; n-- {
		chunk, err := b.chunks.read(ctx, chunkID(upload, n), "")
		if err == nil {
			err = b.chunks.Delete(ctx, chunk.ID, chunk.Revision)
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return b.drop(ctx, upload)
}

func (b *Blobs) drop(ctx context.Context, upload string) error {
	note, err := b.uploads.Get(ctx, upload)
	if err == nil {
		err = b.uploads.Delete(ctx, upload, note.Revision)
	}
	if errors.Is(err, ErrNotFound) {
		return nil // another sweep was here
	}
	return err
}

// Size gives a blob's length in bytes, ErrNotFound if it is not stored.
func (b *Blobs) Size(ctx context.Context, id BlobID) (int64, error) {
	head, err := b.head(ctx, id)
	return head.Value.Size, err
}

func (b *Blobs) head(ctx context.Context, id BlobID) (Doc[blobHead], error) {
	if !blobName.MatchString(string(id)) {
		return Doc[blobHead]{}, fmt.Errorf("blob %q: %w", id, ErrNotFound)
	}
	return b.heads.Get(ctx, string(id))
}

// Open reads a blob, a chunk at a time. The reader fails with ErrBlobDamaged, instead of an end, when the content is not what the
// id says; what it gave before is then worthless.
func (b *Blobs) Open(ctx context.Context, id BlobID) (io.Reader, error) {
	head, err := b.head(ctx, id)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	next := 0
	var left bytes.Reader
	return readFunc(func(p []byte) (int, error) {
		for left.Len() == 0 {
			if next == head.Value.Chunks {
				if BlobID(hex.EncodeToString(sum.Sum(nil))) != id {
					return 0, fmt.Errorf("%w: %s", ErrBlobDamaged, id)
				}
				return 0, io.EOF
			}
			part, err := b.chunks.Get(ctx, chunkID(head.Value.Upload, next))
			if errors.Is(err, ErrNotFound) {
				return 0, fmt.Errorf("%w: %s: %w", ErrBlobDamaged, id, err)
			}
			if err != nil {
				return 0, err
			}
			next++
			sum.Write(part.Value.Data)
			left.Reset(part.Value.Data)
		}
		return left.Read(p)
	}), nil
}

type readFunc func(p []byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// Sweep takes what no document needs: blobs last put over BlobGrace ago that are not among those referenced names, and what
// uploads that were cut off have left. referenced is given up to MaxMembers ids and answers which of them some document refers to.
// It reports how many blobs were taken. A blob that is put again meanwhile stays.
func (b *Blobs) Sweep(ctx context.Context, referenced func(context.Context, []BlobID) (map[BlobID]bool, error)) (taken int, err error) {
	before := b.now().Add(-BlobGrace)
	query := Query{Range: &Range{Field: "touched", To: before}, Limit: MaxMembers}
	for {
		page, err := b.heads.Find(ctx, query)
		if err != nil {
			return taken, fmt.Errorf("sweep blobs: %w", err)
		}
		ids := make([]BlobID, len(page.Docs))
		for i, head := range page.Docs {
			ids[i] = BlobID(head.ID)
		}
		if len(ids) > 0 {
			needed, err := referenced(ctx, ids)
			if err != nil {
				return taken, fmt.Errorf("sweep blobs: %w", err)
			}
			for _, head := range page.Docs {
				if needed[BlobID(head.ID)] {
					continue
				}
				ok, err := b.take(ctx, head)
				if err != nil {
					return taken, fmt.Errorf("sweep blobs: %w", err)
				}
				if ok {
					taken++
				}
			}
		}
		if query.After = page.Next; page.Next == "" {
			break
		}
	}
	return taken, b.sweepUploads(ctx, before)
}

// take removes a blob: a note of its chunks, the head, the chunks. A head that was put again since it was seen stays.
func (b *Blobs) take(ctx context.Context, head Doc[blobHead]) (bool, error) {
	upload := head.Value.Upload
	if _, err := b.uploads.Insert(ctx, upload, blobUpload{Started: b.now()}); err != nil && !errors.Is(err, ErrExists) {
		return false, err
	}
	err := b.heads.Delete(ctx, head.ID, head.Revision)
	if errors.Is(err, ErrConflict) {
		return false, b.drop(ctx, upload)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return false, err
	}
	return err == nil, b.discard(ctx, upload)
}

// sweepUploads removes the chunks of uploads that ended without a head, and the notes of those that ended with one.
func (b *Blobs) sweepUploads(ctx context.Context, before time.Time) error {
	query := Query{Range: &Range{Field: "started", To: before}, Limit: MaxMembers}
	for {
		page, err := b.uploads.Find(ctx, query)
		if err != nil {
			return fmt.Errorf("sweep uploads: %w", err)
		}
		for _, note := range page.Docs {
			heads, err := b.heads.Count(ctx, Query{Equal: []Term{{"upload", note.ID}}, Limit: 1})
			if err != nil {
				return fmt.Errorf("sweep uploads: %w", err)
			}
			clear := b.discard
			if heads > 0 {
				clear = b.drop
			}
			if err := clear(ctx, note.ID); err != nil {
				return fmt.Errorf("sweep uploads: %w", err)
			}
		}
		if query.After = page.Next; page.Next == "" {
			return nil
		}
	}
}
