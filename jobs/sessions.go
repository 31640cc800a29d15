package jobs

import "context"

// sweepBatch is how many sessions one step deletes.
const sweepBatch = 500

// Sweeper takes up to limit things away that are over, and tells of how many.
type Sweeper interface {
	Sweep(ctx context.Context, limit int) (int, error)
}

// Sessions deletes sessions that are over, and sign-ins that came to nothing.
func Sessions(sweepers ...Sweeper) Job {
	return Job{
		Name:     "sessions",
		Schedule: "15 * * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			n := Numbers{}
			for _, s := range sweepers {
				for swept := sweepBatch; swept >= sweepBatch; {
					var err error
					swept, err = s.Sweep(ctx, sweepBatch)
					n["deleted"] += int64(swept)
					if err != nil {
						return n, err
					}
				}
			}
			return n, nil
		},
	}
}
