package jobs

import (
	"context"
	"time"

	"helhet/assessment"
)

// Ratings deletes what people have rated on their own in rounds that are published, with the sittings they were for, and displays that have ended.
// It goes by state: what was cut off is found again, whichever copy left it.
func Ratings(assessments *assessment.Service) Job {
	return Job{
		Name:    "ratings",
		CatchUp: CatchUpState,
		Due: func(ctx context.Context, _ time.Time) (bool, error) {
			due, err := assessments.PublishedSittings(ctx)
			if err != nil || due {
				return due, err
			}
			return assessments.DisplaysOver(ctx)
		},
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			n := Numbers{}
			for _, sweep := range []func(context.Context, int) (int, error){assessments.SweepSittings, assessments.SweepDisplays} {
				for range privacySteps {
					gone, err := sweep(ctx, privacyBatch)
					n["deleted"] += int64(gone)
					if err != nil {
						return n, err
					}
					if gone < privacyBatch {
						break
					}
				}
			}
			return n, nil
		},
	}
}
