package jobs

import (
	"context"

	"helhet/assessment"
)

// Forms lets go of what forms that were brought back took the place of, where it can't be put back any more.
func Forms(assessments *assessment.Service) Job {
	return Job{
		Name:     "forms",
		Schedule: "55 3 * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			gone, err := assessments.SweepDisplaced(ctx)
			return Numbers{"deleted": int64(gone)}, err
		},
	}
}
