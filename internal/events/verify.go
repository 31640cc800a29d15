package events

import (
	"context"
	"fmt"

	"helhet/internal/store"
)

// walkPage is how many entries a walk along the chain holds at a time.
const walkPage = 500

// Finding is why a chain is not whole.
type Finding string

// The findings.
const (
	Changed     Finding = "changed"    // the entry doesn't have the hash that stands in it
	Rewritten   Finding = "rewritten"  // the entry has its hash, but the one after it names another: changed, with a new hash
	Removed     Finding = "removed"    // the entry is missing, later ones are there
	Added       Finding = "added"      // the entry's number is there twice, or beyond the end
	CutOff      Finding = "cut-off"    // the chain ends before a head that it had
	Replaced    Finding = "replaced"   // the chain is whole, but had another hash at a head given: it was made anew
	Forged      Finding = "forged"     // the checkpoint isn't signed by a key given
	NoKey       Finding = "no-key"     // there is a checkpoint, and no key to check it with
	BeforeStart Finding = "before-cut" // the head given is older than what retention has left
)

// Broken is a chain that is not whole, and the first place where that shows.
type Broken struct {
	Finding Finding
	Seq     int64 // the entry; of Forged and NoKey the checkpoint's
}

func (b *Broken) Error() string { return fmt.Sprintf("entry %d: %s", b.Seq, b.Finding) }

// Report is what a walk along a whole chain saw.
type Report struct {
	Checkpoint Checkpoint // zero when nothing was cut
	Head       Head       // where the chain ends
	Lines      int64      // how many entries there are, from the checkpoint to the head
	PutBack    int        // how many of the last hundred were not in the history, where a killed relay or somebody else left them out, and are now
}

// Verify walks the whole chain, from the checkpoint or the first entry to where it ended when the walk began. Known are heads that
// were kept outside the store, each of which the chain must have had. The error is a [*Broken] when the chain is not whole.
func (h *History) Verify(ctx context.Context, keys Keys, known ...Head) (Report, error) {
	for {
		report, checkpoint, err := h.verify(ctx, keys, known)
		if err == nil {
			return report, nil
		}
		// Retention may have cut the chain while it was walked: then what is missing stands behind a new checkpoint.
		now, readErr := h.checkpoint(ctx)
		if readErr != nil {
			return report, readErr
		}
		if now.Revision == checkpoint {
			return report, err
		}
	}
}

func (h *History) verify(ctx context.Context, keys Keys, known []Head) (r Report, checkpoint store.Revision, err error) {
	cut, err := h.checkpoint(ctx)
	if err != nil {
		return r, "", err
	}
	r.Checkpoint = cut.Value
	start, err := cut.Value.start(keys)
	if err != nil {
		return r, cut.Revision, err
	}
	r.Head = start
	hashes := map[int64]Hash{start.Seq: start.Hash} // at the known heads
	for _, k := range known {
		if k.Seq < start.Seq {
			return r, cut.Revision, &Broken{BeforeStart, k.Seq}
		}
	}
	end, put, err := h.walk(ctx, start, func(e Entry) bool {
		r.Head = Head{e.Seq, e.Hash}
		r.Lines++
		for _, k := range known {
			if k.Seq == e.Seq {
				hashes[k.Seq] = e.Hash
			}
		}
		return true
	})
	r.PutBack = put
	if err != nil {
		return r, cut.Revision, err
	}
	for _, k := range known {
		switch {
		case k.Seq > end.Seq:
			return r, cut.Revision, &Broken{CutOff, end.Seq + 1}
		case hashes[k.Seq] != k.Hash:
			return r, cut.Revision, &Broken{Replaced, k.Seq}
		}
	}
	return r, cut.Revision, h.nothingBeyond(ctx)
}

// walk goes along the chain from a head, checks each entry and gives it to see, until that says false. It ends where the chain ended
// when the walk began, and tells that head. What joined last without being in the history is put there first; put says how much.
func (h *History) walk(ctx context.Context, from Head, see func(Entry) bool) (end Head, put int, err error) {
	doc, _, err := h.head(ctx)
	if err != nil {
		return from, 0, err
	}
	end = Head{doc.Value.Seq, doc.Value.Hash}
	if end.Seq < from.Seq {
		return end, 0, &Broken{CutOff, end.Seq + 1}
	}
	if put, err = h.putTail(ctx, doc.Value); err != nil {
		return end, put, err
	}
	at := from
	query := store.Query{Range: &store.Range{Field: "seq", From: from.Seq + 1, To: end.Seq + 1}, Order: []string{"seq"}, Limit: walkPage}
	for {
		page, err := h.docs.Find(ctx, query)
		if err != nil {
			return end, put, err
		}
		for _, e := range entriesOf(page) {
			if err := e.follows(at); err != nil {
				return end, put, err
			}
			at = Head{e.Seq, e.Hash}
			if !see(e) {
				return end, put, nil
			}
		}
		if query.After = page.Next; page.Next == "" {
			break
		}
	}
	switch {
	case at.Seq < end.Seq:
		return end, put, &Broken{CutOff, at.Seq + 1}
	case at.Hash != end.Hash:
		return end, put, &Broken{Rewritten, end.Seq}
	}
	return end, put, nil
}

// follows checks that the entry is what it was, and comes after a head.
func (e Entry) follows(at Head) error {
	switch {
	case e.Seq <= at.Seq:
		return &Broken{Added, e.Seq}
	case e.Seq > at.Seq+1:
		return &Broken{Removed, at.Seq + 1}
	}
	sum, err := e.sum()
	switch {
	case err != nil:
		return err
	case sum != e.Hash:
		return &Broken{Changed, e.Seq}
	case e.Prev != at.Hash:
		return &Broken{Rewritten, at.Seq}
	}
	return nil
}

// nothingBeyond finds an entry that nobody put at the end. Entries join the chain before they are in the history, so the newest one is
// read first.
func (h *History) nothingBeyond(ctx context.Context) error {
	newest, _, err := h.List(ctx, Filter{Limit: 1})
	if err != nil || len(newest) == 0 {
		return err
	}
	head, err := h.Head(ctx)
	if err == nil && newest[0].Seq > head.Seq {
		err = &Broken{Added, newest[0].Seq}
	}
	return err
}
