package jobs

import (
	"context"
	"time"

	"helhet/assessment"
)

// Comments deletes comments that were deleted so long ago that they can't be brought back any more, as Steps does.
func Comments(assessments *assessment.Service, now func() time.Time) Job {
	return Job{
		Name:     "comments",
		Schedule: "50 3 * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			return sweep(ctx, func(ctx context.Context) (int, error) {
				return assessments.SweepComments(ctx, now().Add(-assessment.CommentsKept), privacyBatch)
			})
		},
	}
}

// sweep deletes in batches, until one is not full or there have been enough.
func sweep(ctx context.Context, batch func(context.Context) (int, error)) (Numbers, error) {
	n := Numbers{}
	for range privacySteps {
		gone, err := batch(ctx)
		n["deleted"] += int64(gone)
		if err != nil || gone < privacyBatch {
			return n, err
		}
	}
	return n, nil
}
