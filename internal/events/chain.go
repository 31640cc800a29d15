package events

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"helhet/internal/store"
)

// tailLength is how many entries join the chain in one write: the more, the fewer commits stand in the line of those who wait for it. With
// common ids they take a quarter of what a document may.
const tailLength = 4 * store.MaxMembers

// chain is the one document that decides what the next entry is. Replacing it at its revision is the moment at which the entries of
// Tail join the chain; they are in the history before the next ones join. So two relays at once make one line, and a process that is
// killed leaves at most a tail that the next relay puts into the history.
type chain struct {
	Seq  int64      `bson:"seq"`
	Hash Hash       `bson:"hash"`
	Tail []tailLine `bson:"tail,omitempty"`
}

type tailLine struct {
	ID    string `bson:"id"`
	Entry `bson:",inline"`
}

// chainID names the chain's only document, and the checkpoint's.
const chainID = "chain"

// head reads the chain, whose tail is shared; found tells whether there is one yet.
func (h *History) head(ctx context.Context) (doc store.Doc[chain], found bool, err error) {
	doc, err = h.chains.GetShared(ctx, chainID)
	if errors.Is(err, store.ErrNotFound) {
		return store.Doc[chain]{Value: chain{Hash: noHash}}, false, nil
	}
	return doc, err == nil, err
}

// Head tells where the chain ends.
func (h *History) Head(ctx context.Context) (Head, error) {
	doc, _, err := h.head(ctx)
	return Head{doc.Value.Seq, doc.Value.Hash}, err
}

// append puts up to tailLength events at the end of the chain, those that are in it already left out.
//
// Each event joins once: when the chain is replaced at the revision that was read, nothing has joined since; all that had joined
// before was put into the history first; and the history was asked for each event after that.
func (h *History) append(ctx context.Context, moved []store.RelayedEvent) error {
	ids := make([]string, len(moved))
	for i, m := range moved {
		ids[i] = m.ID
	}
	for {
		doc, found, err := h.head(ctx)
		if err != nil {
			return err
		}
		if err := h.settle(ctx, doc); err != nil {
			return err
		}
		there, err := h.there(ctx, ids)
		if err != nil {
			return err
		}
		if len(there) == len(moved) {
			return nil
		}
		head, err := h.end(ctx, doc.Value)
		if err != nil {
			return err
		}
		next := chain{}
		for _, m := range moved {
			if there[m.ID] {
				continue
			}
			e := Entry{ID: m.ID, Event: m.Event, Collection: m.Collection, Document: m.Document, Revision: m.Revision}
			if head, err = e.after(head); err != nil {
				return err
			}
			next.Tail = append(next.Tail, tailLine{m.ID, e})
		}
		next.Seq, next.Hash = head.Seq, head.Hash
		if found {
			doc.Value = next
			doc, err = h.chains.Replace(ctx, doc)
		} else {
			doc, err = h.chains.Insert(ctx, chainID, next)
		}
		switch {
		case errors.Is(err, store.ErrTooLarge) && len(moved) > 1: // events of uncommon length
			if err := h.append(ctx, moved[:len(moved)/2]); err != nil {
				return err
			}
			return h.append(ctx, moved[len(moved)/2:])
		case err == nil:
			return h.settle(ctx, doc)
		case !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrExists):
			return err
		}
		// Another relay was faster. It may have moved these very events.
	}
}

// there tells which entries are in the history.
func (h *History) there(ctx context.Context, ids []string) (map[string]bool, error) {
	there := map[string]bool{}
	for some := range slices.Chunk(ids, store.MaxMembers) {
		known, err := h.docs.GetMany(ctx, some)
		if err != nil {
			return nil, err
		}
		for _, k := range known {
			there[k.ID] = true
		}
	}
	return there, nil
}

// settle puts the entries that joined last into the history, unless this process has seen them there.
func (h *History) settle(ctx context.Context, doc store.Doc[chain]) error {
	h.mu.Lock()
	done := doc.Revision == h.settled
	h.mu.Unlock()
	if done {
		return nil
	}
	if _, err := h.putTail(ctx, doc.Value); err != nil {
		return err
	}
	h.mu.Lock()
	h.settled = doc.Revision
	h.mu.Unlock()
	return nil
}

// putTail puts the entries that joined last into the history, and tells how many were not there.
func (h *History) putTail(ctx context.Context, c chain) (put int, err error) {
	items := make([]store.Item[Entry], len(c.Tail))
	for i, l := range c.Tail {
		items[i] = store.Item[Entry]{ID: l.ID, Value: l.Entry}
	}
	_, errs := h.docs.InsertMany(ctx, items)
	for i, err := range errs {
		switch {
		case err == nil:
			put++
		case !errors.Is(err, store.ErrExists):
			return put, fmt.Errorf("event %s: %w", items[i].ID, err)
		}
	}
	return put, nil
}

// end is where the next entry goes: after the chain's head, or after the newest entry of the history where a restored backup took the
// head from an earlier moment.
func (h *History) end(ctx context.Context, c chain) (Head, error) {
	newest, _, err := h.List(ctx, Filter{Limit: 1})
	if err != nil || len(newest) == 0 || newest[0].Seq <= c.Seq {
		return Head{c.Seq, c.Hash}, err
	}
	return Head{newest[0].Seq, newest[0].Hash}, nil
}
