package jobs

import (
	"context"

	"helhet/internal/auth"
)

// sweepBatch is how many sessions one step deletes.
const sweepBatch = 500

// Sessions deletes sessions that are over.
func Sessions(a *auth.Service) Job {
	return Job{
		Name:     "sessions",
		Schedule: "15 * * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			n := Numbers{}
			for {
				swept, err := a.Sweep(ctx, sweepBatch)
				n["deleted"] += int64(swept)
				if err != nil || swept < sweepBatch {
					return n, err
				}
			}
		},
	}
}
