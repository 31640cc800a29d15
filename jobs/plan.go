package jobs

import (
	"context"
	"time"

	"helhet/assessment"
)

// Steps deletes steps of improvement plans that were removed so long ago that they can't be brought back any more, and what others were before they were
// changed, when that is as long ago. What it deletes is found by an index that it then leaves, so that a run that was cut off is gone on with by the next.
func Steps(assessments *assessment.Service, now func() time.Time) Job {
	return Job{
		Name:     "steps",
		Schedule: "45 3 * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			before := now().Add(-assessment.StepsKept)
			n, err := sweep(ctx, func(ctx context.Context) (int, error) { return assessments.SweepSteps(ctx, before, privacyBatch) })
			if err != nil {
				return n, err
			}
			former, err := sweep(ctx, func(ctx context.Context) (int, error) {
				return assessments.ForgetFormerSteps(ctx, before, privacyBatch)
			})
			n["deleted"] += former["deleted"]
			return n, err
		},
	}
}
