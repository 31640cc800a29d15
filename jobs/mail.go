package jobs

import (
	"context"
	"time"

	"helhet/internal/mail"
)

// Mail sends what waits in the outbox: what could not be sent at once, and what a copy that stopped left behind. A mail is taken by
// compare-and-swap, so that any number of copies may do this.
func Mail(outbox *mail.Outbox) Job {
	return Job{
		Name:    "mail",
		CatchUp: CatchUpState,
		Due:     func(ctx context.Context, _ time.Time) (bool, error) { return outbox.Due(ctx) },
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			sent, err := outbox.SendDue(ctx)
			return Numbers{"sent": int64(sent.Sent), "later": int64(sent.Later), "refused": int64(sent.Failed)}, err
		},
	}
}

// MailSweep deletes mails that ended long ago.
func MailSweep(outbox *mail.Outbox) Job {
	return Job{
		Name:     "mail-sweep",
		Schedule: "25 3 * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			n := Numbers{}
			for {
				swept, err := outbox.Sweep(ctx, sweepBatch)
				n["deleted"] += int64(swept)
				if err != nil || swept < sweepBatch {
					return n, err
				}
			}
		},
	}
}
