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
			n, before := Numbers{}, now().Add(-assessment.StepsKept)
			for range privacySteps {
				gone, err := assessments.SweepSteps(ctx, before, privacyBatch)
				n["deleted"] += int64(gone)
				if err != nil || gone < privacyBatch {
					return n, err
				}
			}
			return n, nil
		},
	}
}
