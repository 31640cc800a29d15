package jobs

import (
	"context"
	"errors"
	"time"

	"helhet/assessment"
	"helhet/org"
)

// regionBatch is how many regions one run prepares.
const regionBatch = 100

// Trends prepares each region's results and trends after a publication. What it writes follows from the publications alone, so
// any number of runs leaves the same.
func Trends(assessments *assessment.Service) Job {
	actor := org.SystemActor("trends")
	return Job{
		Name:    "trends",
		CatchUp: CatchUpState,
		Due: func(ctx context.Context, _ time.Time) (bool, error) {
			due, err := assessments.TrendsDue(ctx, 1)
			return len(due) > 0, err
		},
		Run: func(ctx context.Context, t *Task) (Numbers, error) {
			regions, err := assessments.TrendsDue(ctx, regionBatch)
			if err != nil {
				return nil, err
			}
			n := Numbers{}
			var failed []error
			for i, region := range regions {
				err := assessments.PrepareComparison(ctx, actor, region, func(done, total int) {
					t.Progress(i*100+100*done/max(total, 1), 100*len(regions))
				})
				if err != nil {
					failed = append(failed, err)
					continue
				}
				n["prepared"]++
			}
			return n, errors.Join(failed...)
		},
	}
}
