package jobs

import (
	"context"
	"time"

	"helhet/benefits"
	"helhet/org"
)

// mendBack is how far back changed measurements are looked at: a run or two may have been missed.
const mendBack = 3 * 24 * time.Hour

// BenefitSums puts into benefits, and into what they add up to, what a crash between two writes kept out.
func BenefitSums(gains *benefits.Service, now func() time.Time) Job {
	return Job{
		Name:     "benefit-sums",
		Schedule: "25 4 * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, task *Task) (Numbers, error) {
			measured, all, err := gains.Mend(ctx, org.SystemActor(string(task.Job)), now().Add(-mendBack))
			return Numbers{"measurements": int64(measured), "benefits": int64(all)}, err
		},
	}
}

// Benefits deletes benefits and benefit maps that were removed so long ago that they can't be brought back any more, with their measurements and what they were, as Steps does.
func Benefits(b *benefits.Service, now func() time.Time) Job {
	return Job{
		Name:     "benefits",
		Schedule: "55 3 * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			gone, err := sweep(ctx, func(ctx context.Context) (int, error) { return b.Sweep(ctx, now().Add(-benefits.Kept), privacyBatch) })
			if err != nil {
				return gone, err
			}
			maps, err := sweep(ctx, func(ctx context.Context) (int, error) {
				return b.SweepMaps(ctx, now().Add(-benefits.Kept), privacyBatch)
			})
			gone["deleted"] += maps["deleted"]
			return gone, err
		},
	}
}
