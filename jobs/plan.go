package jobs

import (
	"context"
	"time"

	"helhet/assessment"
)

// Steps deletes steps of improvement plans that were removed so long ago that they can't be brought back any more. What it deletes is found by
// an index that it then leaves, so that a run that was cut off is gone on with by the next.
func Steps(assessments *assessment.Service, now func() time.Time) Job {
	return Job{
		Name:     "steps",
		Schedule: "45 3 * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			return sweep(ctx, func(ctx context.Context) (int, error) {
				return assessments.SweepSteps(ctx, now().Add(-assessment.StepsKept), privacyBatch)
			})
		},
	}
}
