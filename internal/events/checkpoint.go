package events

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"helhet/internal/store"
)

// Checkpoint says that retention has cut the chain off up to and with entry Seq, whose hash the first one left names. It is signed
// with a key that is not in the store, so that who can only write there can't cut.
type Checkpoint struct {
	Seq       int64     `bson:"seq"`
	Hash      Hash      `bson:"hash"`
	At        time.Time `bson:"at"`        // when it was cut
	Signature string    `bson:"signature"` // Ed25519, base64
}

// message is what is signed.
func (c Checkpoint) message() []byte {
	return items(nil, checkpointForm, strconv.FormatInt(c.Seq, 10), string(c.Hash), strconv.FormatInt(c.At.UnixMilli(), 10))
}

// start is the head that the chain begins after, once the signature is found right.
func (c Checkpoint) start(keys Keys) (Head, error) {
	switch {
	case c == Checkpoint{}:
		return Head{0, noHash}, nil
	case len(keys.public) == 0:
		return Head{}, &Broken{NoKey, c.Seq}
	}
	signature, err := base64.StdEncoding.DecodeString(c.Signature)
	if err == nil {
		for _, key := range keys.public {
			if ed25519.Verify(key, c.message(), signature) {
				return Head{c.Seq, c.Hash}, nil
			}
		}
	}
	return Head{}, &Broken{Forged, c.Seq}
}

// Keys sign checkpoints and check them. The zero Keys do neither.
type Keys struct {
	private ed25519.PrivateKey // nil: nothing can be signed
	public  []ed25519.PublicKey
}

// ParseKeys reads secret keys, each the base64 of 32 random bytes, with commas between: the first signs, all check.
func ParseKeys(secrets string) (Keys, error) {
	var k Keys
	for s := range strings.SplitSeq(secrets, ",") {
		if secrets == "" {
			break
		}
		seed, err := base64.StdEncoding.Strict().DecodeString(s)
		if err != nil || len(seed) != ed25519.SeedSize {
			return Keys{}, errors.New("a key is the base64 of 32 bytes")
		}
		private := ed25519.NewKeyFromSeed(seed)
		if k.private == nil {
			k.private = private
		}
		k.public = append(k.public, private.Public().(ed25519.PublicKey))
	}
	return k, nil
}

// ParsePublicKey reads a key that only checks, as [Keys.Public] gives it.
func ParsePublicKey(s string) (Keys, error) {
	key, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return Keys{}, errors.New("a public key is the base64 of 32 bytes")
	}
	return Keys{public: []ed25519.PublicKey{key}}, nil
}

// Sign tells whether there is a key to sign with.
func (k Keys) Sign() bool { return k.private != nil }

// Public is the first key's public half in base64, for whoever checks; "" without a key.
func (k Keys) Public() string {
	if len(k.public) == 0 {
		return ""
	}
	return base64.StdEncoding.EncodeToString(k.public[0])
}

// checkpoint reads the checkpoint, zero when nothing was cut.
func (h *History) checkpoint(ctx context.Context) (store.Doc[Checkpoint], error) {
	doc, err := h.checkpoints.Get(ctx, chainID)
	if errors.Is(err, store.ErrNotFound) {
		return store.Doc[Checkpoint]{}, nil
	}
	return doc, err
}

// Cut deletes entries from before a moment, at most about limit of them, and tells how many. What is cut was found whole first, and
// ends at the first entry that is newer; what was written last stays. A [*Broken] says that nothing was cut, because the chain or the checkpoint is not
// as it was.
//
// The checkpoint is written first. If the rest doesn't come to its end, the next Cut completes it.
func (h *History) Cut(ctx context.Context, keys Keys, before, now time.Time, limit int) (int, error) {
	if !keys.Sign() {
		return 0, errors.New("there is no key to sign a checkpoint with")
	}
	doc, err := h.checkpoint(ctx)
	if err != nil {
		return 0, err
	}
	start, err := doc.Value.start(keys)
	if err != nil {
		return 0, err
	}
	deleted, err := h.deleteUpTo(ctx, start.Seq, limit)
	if err != nil || deleted == limit {
		return deleted, err
	}
	// The chain's tail stays: the next relay could put it into the history once more.
	chain, _, err := h.head(ctx)
	if err != nil {
		return deleted, err
	}
	last := chain.Value.Seq - int64(len(chain.Value.Tail))
	to := start
	if _, _, err := h.walk(ctx, start, func(e Entry) bool {
		if !e.At.Before(before) || e.Seq > last || e.Seq-start.Seq > int64(limit-deleted) {
			return false
		}
		to = Head{e.Seq, e.Hash}
		return true
	}); err != nil {
		// Another copy that cuts at the same time takes away what this one walks along.
		if now, readErr := h.checkpoint(ctx); readErr == nil && now.Revision != doc.Revision {
			return deleted, nil
		}
		return deleted, err
	}
	if to == start {
		return deleted, nil
	}
	next := Checkpoint{Seq: to.Seq, Hash: to.Hash, At: now.UTC().Truncate(time.Millisecond)}
	next.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(keys.private, next.message()))
	if doc.Revision == "" {
		_, err = h.checkpoints.Insert(ctx, chainID, next)
	} else {
		doc.Value = next
		_, err = h.checkpoints.Replace(ctx, doc)
	}
	switch {
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrExists): // another copy was faster
		return deleted, nil
	case err != nil:
		return deleted, fmt.Errorf("checkpoint: %w", err)
	}
	more, err := h.deleteUpTo(ctx, to.Seq, limit-deleted)
	return deleted + more, err
}

// deleteUpTo deletes entries of the chain up to and with a number, at most limit.
func (h *History) deleteUpTo(ctx context.Context, seq int64, limit int) (int, error) {
	deleted := 0
	for deleted < limit {
		page, err := h.docs.Find(ctx, store.Query{Range: &store.Range{Field: "seq", From: int64(1), To: seq + 1}, Order: []string{"seq"},
			Limit: min(walkPage, limit-deleted)})
		if err != nil {
			return deleted, err
		}
		for _, d := range page.Docs {
			// Gone already is done: another copy may do the same.
			if err := h.docs.Delete(ctx, d.ID, d.Revision); err != nil && !errors.Is(err, store.ErrNotFound) {
				return deleted, err
			}
			deleted++
		}
		if page.Next == "" {
			break
		}
	}
	return deleted, nil
}
