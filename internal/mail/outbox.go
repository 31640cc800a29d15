// Package mail is what leaves by e-mail: an outbox in the store, from which mails are sent at least once, and the sender that speaks
// SMTP. What a mail says is written by package letters.
package mail

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"helhet/internal/address"
	"helhet/internal/store"
)

// Message is a mail to one person. It is plain text: it can be read everywhere, and hides no address behind a word.
type Message struct {
	To       string    // a bare address, lower case
	Subject  string    // one line
	Text     string    // lines end in "\n"
	Language string    // "nb", "nn" or "en"
	Until    time.Time // not worth sending afterwards; zero is a day after it was handed over, which is the longest
	// Unsent writes the mail like any other and never sends it: so that nobody can tell by the clock, or by the writes, whether an
	// address is known.
	Unsent bool
}

// State is how far a mail has come.
type State string

// The states. A mail that is being sent by a process that died becomes due again.
const (
	Waiting State = "waiting"
	Sending State = "sending"
	Sent    State = "sent"
	Failed  State = "failed" // given up
)

// letter is a mail in the store. What it says, with its secrets, is erased as soon as it is sent or given up.
type letter struct {
	To       string    `bson:"to"`
	Subject  string    `bson:"subject"`
	Text     string    `bson:"text"`
	Language string    `bson:"language"`
	Made     time.Time `bson:"made"`
	Until    time.Time `bson:"until"`
	State    State     `bson:"state"`
	Attempts int       `bson:"attempts"`
	Next     time.Time `bson:"next"`  // when it is tried next
	Ended    time.Time `bson:"ended"` // when it was sent or given up
}

func (l *letter) open() bool { return l.State == Waiting || l.State == Sending }

func (l *letter) end(s State, now time.Time) {
	l.State, l.Ended, l.Subject, l.Text = s, now, "", ""
}

// How long things take.
const (
	giveUpAfter = 24 * time.Hour
	claimTime   = 5 * time.Minute // how long a process may take over one mail before another tries it
	firstWait   = time.Minute     // doubled after each failure
	longestWait = time.Hour
	keepFor     = 30 * 24 * time.Hour // that a mail was sent, to whom and when
	batch       = 50                  // mails looked up at a time
)

// Sender sends one mail. An error that wraps ErrRefused is the receiver's and final; any other may pass.
type Sender interface {
	Send(ctx context.Context, id string, m Message) error
}

// ErrRefused is a receiver that the mail server does not know or does not let in.
var ErrRefused = errors.New("mail: receiver refused")

// ErrText is a subject or text that can't be sent.
var ErrText = errors.New("mail: subject or text refused")

// Outbox keeps the mails that are to be sent. With a nil sender none leaves, and Ready says so.
type Outbox struct {
	docs   *store.Collection[letter]
	sender Sender
	now    func() time.Time
	log    *slog.Logger
	kicked chan struct{}
}

// New declares the collection.
func New(db *store.DB, sender Sender, now func() time.Time, log *slog.Logger) *Outbox {
	far := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	return &Outbox{sender: sender, now: now, log: log, kicked: make(chan struct{}, 1), docs: store.NewCollection(db, store.Spec[letter]{
		Name: "outbox", Shape: 1,
		Fields: []store.Field[letter]{
			{Name: "due", Type: store.Time, Value: func(_ string, l *letter) any {
				if l.open() {
					return l.Next
				}
				return far
			}},
			{Name: "ended", Type: store.Time, Value: func(_ string, l *letter) any {
				if l.open() {
					return far
				}
				return l.Ended
			}},
			{Name: "to", Type: store.String, Value: func(_ string, l *letter) any { return l.To }},
		},
		Indexes: []store.Index{{Name: "due", Fields: []string{"due"}}, {Name: "ended", Fields: []string{"ended"}}, {Name: "to", Fields: []string{"to"}}},
	})}
}

// Ready tells whether mails leave here at all.
func (o *Outbox) Ready() bool { return o.sender != nil }

// Hand takes a mail over. The id is the caller's own, and a mail handed over again at the same id is the same mail, sent or not. It
// leaves within seconds where Run is running.
func (o *Outbox) Hand(ctx context.Context, id string, m Message) error {
	to, err := address.Parse(m.To)
	if err != nil {
		return err
	}
	if m.Subject == "" || m.Text == "" || strings.ContainsAny(m.Subject, "\r\n\x00") || strings.ContainsAny(m.Text, "\r\x00") {
		return ErrText
	}
	now := o.now().UTC()
	l := letter{To: to, Subject: m.Subject, Text: m.Text, Language: m.Language, Made: now, Until: now.Add(giveUpAfter), State: Waiting, Next: now}
	if !m.Until.IsZero() && m.Until.Before(l.Until) {
		l.Until = m.Until
	}
	if m.Unsent {
		l.To, l.Subject, l.Text = "", "", strings.Repeat(" ", len(l.To)+len(l.Subject)+len(l.Text))
		l.State, l.Ended = Sent, now
	}
	if _, err := o.docs.Insert(ctx, id, l); err != nil && !errors.Is(err, store.ErrExists) {
		return err
	}
	select {
	case o.kicked <- struct{}{}:
	default: // it will look anyway
	}
	return nil
}

// Run sends what is handed over, as soon as it is, until ctx ends. Whatever it misses the job sends.
func (o *Outbox) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.kicked:
		}
		if _, err := o.SendDue(ctx); err != nil && ctx.Err() == nil {
			o.log.Warn("mail left to the job", slog.Any("cause", err))
		}
	}
}

// Counts is what came of the mails that were due.
type Counts struct{ Sent, Later, Failed int }

// Due tells whether a mail waits to be sent.
func (o *Outbox) Due(ctx context.Context) (bool, error) {
	if o.sender == nil {
		return false, nil
	}
	n, err := o.docs.Count(ctx, o.due(1))
	return n > 0, err
}

// due asks for mails whose time has come; a range leaves its end out.
func (o *Outbox) due(limit int) store.Query {
	return store.Query{Range: &store.Range{Field: "due", To: o.now().UTC().Add(time.Millisecond)}, Limit: limit}
}

// SendDue sends what is due. A mail is sent at least once: it may be twice when a process dies after the mail server took it and before
// that was written down; both then carry the same Message-ID.
func (o *Outbox) SendDue(ctx context.Context) (Counts, error) {
	var n Counts
	if o.sender == nil {
		return n, nil
	}
	for {
		page, err := o.docs.Find(ctx, o.due(batch))
		if err != nil || len(page.Docs) == 0 {
			return n, err
		}
		for _, doc := range page.Docs {
			if err := o.sendOne(ctx, doc, &n); err != nil {
				return n, err
			}
		}
	}
}

// sendOne takes a mail by compare-and-swap, sends it and writes down what came of it.
func (o *Outbox) sendOne(ctx context.Context, doc store.Doc[letter], n *Counts) error {
	now := o.now().UTC()
	l := &doc.Value
	expired := !now.Before(l.Until)
	l.Attempts++
	if l.State, l.Next = Sending, now.Add(claimTime); expired {
		l.end(Failed, now)
	}
	doc, err := o.docs.Replace(ctx, doc)
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
		return nil // another process has it
	}
	if err != nil {
		return err
	}
	l = &doc.Value
	if expired {
		n.Failed++
		o.log.Warn("mail given up", slog.String("mail", doc.ID), slog.Int("attempts", l.Attempts))
		return nil
	}
	failed := o.sender.Send(ctx, doc.ID, Message{To: l.To, Subject: l.Subject, Text: l.Text, Language: l.Language})
	now = o.now().UTC()
	switch {
	case failed == nil:
		l.end(Sent, now)
		n.Sent++
	case errors.Is(failed, ErrRefused):
		l.end(Failed, now)
		n.Failed++
		o.log.Warn("mail refused", slog.String("mail", doc.ID))
	default:
		l.State, l.Next = Waiting, now.Add(wait(l.Attempts))
		n.Later++
		o.log.Warn("mail not sent yet", slog.String("mail", doc.ID), slog.Int("attempts", l.Attempts), slog.String("cause", cause(failed)))
	}
	// What was sent is written down even when the program is stopping.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, err = o.docs.Replace(ctx, doc)
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) { // so long that another process tried too, or its receiver was deleted
		return nil
	}
	return err
}

// wait is how long to rest after so many failures.
func wait(attempts int) time.Duration {
	d := firstWait
	for range attempts - 1 {
		if d *= 2; d >= longestWait {
			return longestWait
		}
	}
	return d
}

// Note is what is kept of a mail: that it was sent, and when.
type Note struct {
	State       State
	Made, Ended time.Time // Ended is zero while it waits
}

// To lists up to limit mails that are kept for an address.
func (o *Outbox) To(ctx context.Context, to string, limit int) ([]Note, error) {
	if to == "" { // those that were never to be sent
		return nil, nil
	}
	page, err := o.docs.Find(ctx, store.Query{Equal: []store.Term{{Field: "to", Value: to}}, Limit: limit})
	if err != nil {
		return nil, err
	}
	var notes []Note
	for _, doc := range page.Docs {
		notes = append(notes, Note{doc.Value.State, doc.Value.Made, doc.Value.Ended})
	}
	return notes, nil
}

// Forget deletes the mails to an address that were handed over no later than a moment, sent or not.
func (o *Outbox) Forget(ctx context.Context, to string, until time.Time) error {
	if to == "" { // those that were never to be sent
		return nil
	}
	q := store.Query{Equal: []store.Term{{Field: "to", Value: to}}, Limit: batch}
	for more := true; more; more = q.After != "" {
		page, err := o.docs.Find(ctx, q)
		if err != nil {
			return err
		}
		for _, doc := range page.Docs {
			if doc.Value.Made.After(until) {
				continue
			}
			// One that was written to meanwhile is being sent: the next time.
			if err := o.docs.Delete(ctx, doc.ID, doc.Revision); err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) {
				return err
			}
		}
		q.After = page.Next
	}
	return nil
}

// Sweep deletes up to limit mails that ended a month ago and tells how many.
func (o *Outbox) Sweep(ctx context.Context, limit int) (int, error) {
	page, err := o.docs.Find(ctx, store.Query{Range: &store.Range{Field: "ended", To: o.now().UTC().Add(-keepFor)}, Limit: limit})
	if err != nil {
		return 0, err
	}
	for n, doc := range page.Docs {
		if err := o.docs.Delete(ctx, doc.ID, doc.Revision); err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) {
			return n, err
		}
	}
	return len(page.Docs), nil
}
