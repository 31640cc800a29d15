package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"helhet/internal/events"
)

// AuditHead logs daily where the audit log ends: a copy of its head outside the store, against which a chain that was made anew shows.
func AuditHead(history *events.History, log *slog.Logger) Job {
	return Job{
		Name:     "audit-head",
		Schedule: "50 3 * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			head, err := history.Head(ctx)
			if err != nil {
				return nil, err
			}
			log.Info("audit head", "seq", head.Seq, "hash", string(head.Hash))
			return Numbers{"lines": head.Seq}, nil
		},
	}
}

// cutBatch is how many lines one step deletes.
const cutBatch = 1000

// AuditRetention deletes lines of the audit log that are older than keep, behind a checkpoint that keys sign. Without a key it deletes
// nothing and says so, and neither does it when the log is not as it was.
func AuditRetention(history *events.History, keys events.Keys, keep time.Duration, now func() time.Time, log *slog.Logger) Job {
	return Job{
		Name:     "audit-retention",
		Schedule: "20 4 * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			n := Numbers{}
			if !keys.Sign() {
				log.Warn("no line of the audit log is deleted: HELHET_AUDIT_KEY is not set")
				n["no-key"] = 1
				return n, nil
			}
			for {
				at := now()
				cut, err := history.Cut(ctx, keys, at.Add(-keep), at, cutBatch)
				n["deleted"] += int64(cut)
				if broken, ok := errors.AsType[*events.Broken](err); ok {
					log.Error("the audit log is not whole: run helhet audit verify", "finding", string(broken.Finding), "line", broken.Seq)
					return n, Fail("audit-broken", err)
				}
				if err != nil || cut == 0 {
					return n, err
				}
			}
		},
	}
}
