package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// A backup is a stream that names no engine: the magic line, BSON frames (each collection's schema followed by its records,
// then the end with the sums), and the SHA-256 of all that. So a cut or changed file is known before a byte of it is written.
const (
	backupMagic = "helhet-backup-1\n"
	// maxFrame bounds a frame: a document with its events and keys.
	maxFrame = 2*MaxDocument + 64<<10
	// fillRecords and fillBytes bound what is inserted at a time.
	fillRecords = 200
	fillBytes   = 8 << 20
)

// frame is one BSON document of a backup; exactly one of its fields is there.
type frame struct {
	Schema *Schema      `bson:"schema,omitempty"`
	Record *recordFrame `bson:"record,omitempty"`
	End    *endFrame    `bson:"end,omitempty"`
}

type recordFrame struct {
	ID       string         `bson:"id"`
	Revision Revision       `bson:"revision"`
	Shape    int32          `bson:"shape"`
	Keys     []any          `bson:"keys"`
	Body     bson.Raw       `bson:"body"`
	Pending  []PendingEvent `bson:"pending,omitempty"`
}

type endFrame struct {
	Collections int64 `bson:"collections"`
	Records     int64 `bson:"records"`
}

// Backup writes everything stored, but for the store's own notes, while others write. docs/storage.md says of which moment the
// engines show it. What was written is a backup only when Backup returned no error.
func Backup(ctx context.Context, engine Engine, w io.Writer) error {
	if err := refuseUnfinished(ctx, engine); err != nil {
		return err
	}
	sum := sha256.New()
	buffered := bufio.NewWriterSize(w, 64<<10)
	out := io.MultiWriter(buffered, sum)
	if _, err := io.WriteString(out, backupMagic); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	var end endFrame
	err := engine.Snapshot(ctx, func(view View) error {
		return read(ctx, engine, view, func(schema Schema) error {
			end.Collections++
			return writeFrame(out, frame{Schema: &schema})
		}, func(_ Schema, record Record) error {
			end.Records++
			pending, err := record.Pending.Events()
			if err != nil {
				return err
			}
			return writeFrame(out, frame{Record: &recordFrame{
				ID: record.ID, Revision: record.Revision, Shape: record.Shape, Keys: record.Keys, Body: record.Body, Pending: pending,
			}})
		})
	})
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := writeFrame(out, frame{End: &end}); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if _, err := buffered.Write(sum.Sum(nil)); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

func writeFrame(w io.Writer, f frame) error {
	raw, err := bson.Marshal(f)
	if err != nil {
		return err
	}
	_, err = w.Write(raw)
	return err
}

// read visits every collection of a view, but for the store's own, and its records.
func read(ctx context.Context, engine Engine, view View, onSchema func(Schema) error, onRecord func(Schema, Record) error) error {
	schemas, err := engine.Collections(ctx)
	if err != nil {
		return err
	}
	for _, schema := range schemas {
		if strings.HasPrefix(schema.Collection, ownPrefix) {
			continue
		}
		if err := onSchema(schema); err != nil {
			return err
		}
		err := view.Scan(ctx, schema.Collection, func(record Record) error {
			// A newer program may give a collection new keys between the list and the scan.
			if err := checkRecord(schema, record); err != nil {
				return err
			}
			return onRecord(schema, record)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", schema.Collection, err)
		}
	}
	return nil
}

// checkRecord finds what an engine could not keep.
func checkRecord(schema Schema, record Record) error {
	if err := checkID(schema.Collection, record.ID); err != nil {
		return err
	}
	if len(record.Keys) != len(schema.Fields) {
		return fmt.Errorf("%w: %s/%s: %d indexed values, want %d", ErrInvalid, schema.Collection, record.ID, len(record.Keys), len(schema.Fields))
	}
	for i, field := range schema.Fields {
		if _, err := field.Type.normal(record.Keys[i]); err != nil {
			return fmt.Errorf("%w: %s/%s: indexed field %q %w", ErrInvalid, schema.Collection, record.ID, field.Name, err)
		}
	}
	if record.Revision == "" || record.Shape < 1 || record.Shape > schema.Shape || len(record.Body) == 0 {
		return fmt.Errorf("%w: %s/%s: not a record", ErrInvalid, schema.Collection, record.ID)
	}
	return nil
}

// summary is what a whole backup says of itself.
type summary struct {
	schemas []Schema
	sum     [sha256.Size]byte
}

// readBackup reads a backup to its last byte and hands each record to visit. It fails with ErrBackup on whatever is not a
// whole backup; visit may have been called by then.
func readBackup(r io.Reader, visit func(Schema, Record) error) (summary, error) {
	in := backupReader{r: bufio.NewReaderSize(r, 64<<10), sum: sha256.New()}
	magic := make([]byte, len(backupMagic))
	if err := in.full(magic); err != nil || string(magic) != backupMagic {
		return summary{}, errors.Join(fmt.Errorf("%w: it begins like something else", ErrBackup), err)
	}
	var (
		whole summary
		seen  endFrame
		names = map[string]bool{}
	)
	for {
		f, err := in.frame()
		if err != nil {
			return summary{}, err
		}
		switch {
		case f.Schema != nil && f.Record == nil && f.End == nil:
			if err := f.Schema.check(); err != nil || names[f.Schema.Collection] || strings.HasPrefix(f.Schema.Collection, ownPrefix) {
				return summary{}, errors.Join(fmt.Errorf("%w: collection %q", ErrBackup, f.Schema.Collection), err)
			}
			names[f.Schema.Collection] = true
			whole.schemas = append(whole.schemas, *f.Schema)
			seen.Collections++
		case f.Record != nil && f.Schema == nil && f.End == nil:
			if len(whole.schemas) == 0 {
				return summary{}, fmt.Errorf("%w: a record of no collection", ErrBackup)
			}
			schema := whole.schemas[len(whole.schemas)-1]
			record, err := f.Record.record(schema)
			if err != nil {
				return summary{}, fmt.Errorf("%w: %w", ErrBackup, err)
			}
			seen.Records++
			if err := visit(schema, record); err != nil {
				return summary{}, err
			}
		case f.End != nil && f.Schema == nil && f.Record == nil:
			if *f.End != seen {
				return summary{}, fmt.Errorf("%w: it holds %+v and says %+v", ErrBackup, seen, *f.End)
			}
			in.sum.Sum(whole.sum[:0])
			return whole, in.end(whole.sum)
		default:
			return summary{}, fmt.Errorf("%w: a frame of no known kind", ErrBackup)
		}
	}
}

func (f recordFrame) record(schema Schema) (Record, error) {
	pending, err := EncodePending(f.Pending)
	if err != nil {
		return Record{}, fmt.Errorf("%s/%s: %w", schema.Collection, f.ID, err)
	}
	record := Record{ID: f.ID, Revision: f.Revision, Shape: f.Shape, Keys: make([]any, len(f.Keys)), Body: f.Body, Pending: pending}
	if len(f.Keys) != len(schema.Fields) {
		return Record{}, fmt.Errorf("%s/%s: %d indexed values, want %d", schema.Collection, f.ID, len(f.Keys), len(schema.Fields))
	}
	for i, field := range schema.Fields {
		var err error
		if record.Keys[i], err = keyOf(field.Type, f.Keys[i]); err != nil {
			return Record{}, fmt.Errorf("%s/%s: indexed field %q %w", schema.Collection, f.ID, field.Name, err)
		}
	}
	if err := checkRecord(schema, record); err != nil {
		return Record{}, err
	}
	if err := checkBody(record.Body); err != nil {
		return Record{}, fmt.Errorf("%s/%s: %w", schema.Collection, f.ID, err)
	}
	if size := record.Size(); size > MaxDocument {
		return Record{}, fmt.Errorf("%s/%s: %d bytes", schema.Collection, f.ID, size)
	}
	return record, nil
}

// backupReader reads frames and sums what it reads.
type backupReader struct {
	r   *bufio.Reader
	sum hash.Hash
}

func (b backupReader) full(into []byte) error {
	_, err := io.ReadFull(b.r, into)
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: cut off", ErrBackup)
	case err != nil:
		return fmt.Errorf("read backup: %w", err)
	}
	b.sum.Write(into)
	return nil
}

func (b backupReader) frame() (frame, error) {
	var head [4]byte
	if err := b.full(head[:]); err != nil {
		return frame{}, err
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size < 5 || size > maxFrame {
		return frame{}, fmt.Errorf("%w: a frame of %d bytes", ErrBackup, size)
	}
	raw := make([]byte, size)
	copy(raw, head[:])
	if err := b.full(raw[len(head):]); err != nil {
		return frame{}, err
	}
	if err := bson.Raw(raw).Validate(); err != nil {
		return frame{}, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	var f frame
	if err := bson.Unmarshal(raw, &f); err != nil {
		return frame{}, fmt.Errorf("%w: %w", ErrBackup, err)
	}
	return f, nil
}

// end reads the sum and finds nothing behind it.
func (b backupReader) end(want [sha256.Size]byte) error {
	var sum [sha256.Size]byte
	if err := b.full(sum[:]); err != nil {
		return err
	}
	if !bytes.Equal(sum[:], want[:]) {
		return fmt.Errorf("%w: the checksum differs", ErrBackup)
	}
	if _, err := b.r.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows its end", ErrBackup)
	}
	return nil
}

// Restore fills an empty engine from a backup. A damaged or cut-off backup is refused with ErrBackup before anything is
// written, and an engine that holds documents with ErrNotEmpty. A restore that is cut off leaves a mark with which the store refuses to
// open; restoring the same backup again completes it.
func Restore(ctx context.Context, engine Engine, r io.Reader) error {
	file, forget, err := seekable(r)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	err = restore(ctx, engine, file)
	if err != nil {
		err = fmt.Errorf("restore: %w", err)
	}
	return errors.Join(err, forget())
}

// seekable gives something that can be read twice: the reader itself, or a temporary file of what it holds.
func seekable(r io.Reader) (file io.ReadSeeker, forget func() error, err error) {
	if file, ok := r.(io.ReadSeeker); ok {
		if _, err := file.Seek(0, io.SeekCurrent); err == nil { // a pipe is a file that can't
			return file, func() error { return nil }, nil
		}
	}
	temporary, err := os.CreateTemp("", "helhet-restore-*")
	if err != nil {
		return nil, nil, err
	}
	forget = func() error { return errors.Join(temporary.Close(), os.Remove(temporary.Name())) }
	if _, err := io.Copy(temporary, r); err != nil {
		return nil, nil, errors.Join(err, forget())
	}
	if _, err := temporary.Seek(0, io.SeekStart); err != nil {
		return nil, nil, errors.Join(err, forget())
	}
	return temporary, forget, nil
}

func restore(ctx context.Context, engine Engine, file io.ReadSeeker) error {
	start, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	whole, err := readBackup(file, func(Schema, Record) error { return ctx.Err() })
	if err != nil {
		return err
	}
	if _, err := file.Seek(start, io.SeekStart); err != nil {
		return err
	}
	return fill(ctx, engine, "restore "+hex.EncodeToString(whole.sum[:]), whole.schemas, func(add func(Schema, Record) error) error {
		again, err := readBackup(file, add)
		if err == nil && again.sum != whole.sum {
			err = fmt.Errorf("%w: it changed while it was read", ErrBackup)
		}
		return err
	})
}

// Copy fills an empty engine with everything another holds, through the same snapshot as a backup. A copy that is cut off leaves
// a mark with which the store refuses to open; then it is begun again with an empty engine.
func Copy(ctx context.Context, from, to Engine) error {
	if err := refuseUnfinished(ctx, from); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	err := from.Snapshot(ctx, func(view View) error {
		var schemas []Schema
		stored, err := from.Collections(ctx)
		if err != nil {
			return err
		}
		for _, schema := range stored {
			if !strings.HasPrefix(schema.Collection, ownPrefix) {
				schemas = append(schemas, schema)
			}
		}
		// Every copy is its own, so that none takes up another's work.
		return fill(ctx, to, "copy "+string(newRevision()), schemas, func(add func(Schema, Record) error) error {
			return read(ctx, from, view, func(schema Schema) error {
				for _, known := range schemas {
					if known.Collection == schema.Collection {
						return nil
					}
				}
				return fmt.Errorf("%w: collection %s appeared meanwhile", ErrConflict, schema.Collection)
			}, add)
		})
	})
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	return nil
}

// fill writes records into an empty engine, between a mark that says it is not whole and the mark's removal. An engine that
// bears the same mark already is filled further.
func fill(ctx context.Context, engine Engine, mark string, schemas []Schema, records func(add func(Schema, Record) error) error) error {
	resumed, err := beginFilling(ctx, engine, mark)
	if err != nil {
		return err
	}
	err = engine.Ensure(ctx, schemas, func(collection string, _ Record) ([]any, error) {
		return nil, fmt.Errorf("%w: %s holds a document", ErrNotEmpty, collection)
	})
	if err != nil {
		return err
	}
	batch := batch{engine: engine, resumed: resumed}
	if err := records(func(schema Schema, record Record) error { return batch.add(ctx, schema, record) }); err != nil {
		return err
	}
	if err := batch.flush(ctx); err != nil {
		return err
	}
	filling, err := engine.Get(ctx, progressCollection, progressID, "")
	if err != nil {
		return err
	}
	return engine.Delete(ctx, progressCollection, progressID, filling.Revision)
}

// batch gathers records of one collection until they are worth a write.
type batch struct {
	engine  Engine
	resumed bool

	collection string
	records    []Record
	bytes      int
}

func (b *batch) add(ctx context.Context, schema Schema, record Record) error {
	if b.collection != schema.Collection || len(b.records) == fillRecords || b.bytes >= fillBytes {
		if err := b.flush(ctx); err != nil {
			return err
		}
	}
	b.collection, b.records, b.bytes = schema.Collection, append(b.records, record), b.bytes+len(record.Body)
	return nil
}

func (b *batch) flush(ctx context.Context) error {
	if len(b.records) == 0 {
		return nil
	}
	for i, err := range b.engine.Insert(ctx, b.collection, b.records) {
		if b.resumed && errors.Is(err, ErrExists) {
			continue // written before the cut
		}
		if err != nil {
			return fmt.Errorf("%s/%s: %w", b.collection, b.records[i].ID, err)
		}
	}
	b.records, b.bytes = b.records[:0], 0
	return nil
}

// progressCollection holds, in the engine itself, that a restore or copy was begun: while it has a record the database is
// not whole.
const (
	progressCollection = ownPrefix + "progress"
	progressID         = "filling"
)

type progress struct {
	Mark string `bson:"mark"` // "restore 9f86…", with the backup's checksum
}

func progressSchema() Schema {
	return Schema{Collection: progressCollection, Shape: 1, Fields: []FieldSpec{{PendingField, Bool}}, Indexes: []Index{pendingIndex()}}
}

// beginFilling marks an empty engine, and refuses one that holds documents or another's mark.
func beginFilling(ctx context.Context, engine Engine, mark string) (resumed bool, err error) {
	standing, err := filling(ctx, engine)
	switch {
	case err != nil:
		return false, err
	case standing == mark:
		return true, nil
	case standing != "":
		return false, fmt.Errorf("%w: begin again with an empty database", ErrUnfinished)
	}
	schemas, err := engine.Collections(ctx)
	if err != nil {
		return false, err
	}
	for _, schema := range schemas {
		n, err := engine.Count(ctx, Plan{Collection: schema.Collection, Index: Index{Name: PrimaryIndex, Fields: []string{IDField}}, Limit: 1})
		if err != nil {
			return false, err
		}
		if n > 0 {
			return false, fmt.Errorf("%w: %s holds documents", ErrNotEmpty, schema.Collection)
		}
	}
	if err := engine.Ensure(ctx, []Schema{progressSchema()}, nil); err != nil {
		return false, err
	}
	body, err := bson.Marshal(progress{Mark: mark})
	if err != nil {
		return false, err
	}
	record := Record{ID: progressID, Revision: newRevision(), Shape: 1, Keys: []any{false}, Body: body}
	return false, engine.Insert(ctx, progressCollection, []Record{record})[0]
}

// filling gives the mark of a restore or copy that was begun and not finished, empty if there is none.
func filling(ctx context.Context, engine Engine) (string, error) {
	schemas, err := engine.Collections(ctx)
	if err != nil {
		return "", err
	}
	for _, schema := range schemas {
		if schema.Collection != progressCollection {
			continue
		}
		record, err := engine.Get(ctx, progressCollection, progressID, "")
		if errors.Is(err, ErrNotFound) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		var p progress
		if err := bson.Unmarshal(record.Body, &p); err != nil {
			return "", fmt.Errorf("%w: progress: %w", ErrInvalid, err)
		}
		return p.Mark, nil
	}
	return "", nil
}

// refuseUnfinished fails with ErrUnfinished on a database into which a restore or copy was begun and not finished.
func refuseUnfinished(ctx context.Context, engine Engine) error {
	mark, err := filling(ctx, engine)
	if err != nil {
		return err
	}
	if mark != "" {
		return fmt.Errorf("%w: complete the same restore, or begin with an empty database", ErrUnfinished)
	}
	return nil
}
