package jobs

import (
	"context"
	"time"

	"helhet/org"
)

// peopleBatch is how many people one step repairs.
const peopleBatch = 100

// People makes those findable whom an older build wrote: after an upgrade, and never again once they are.
func People(people *org.People) Job {
	return Job{
		Name:    "people",
		CatchUp: CatchUpState,
		Due:     func(ctx context.Context, _ time.Time) (bool, error) { return people.Unjoined(ctx) },
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			n := Numbers{}
			for {
				joined, err := people.JoinOlder(ctx, peopleBatch)
				n["joined"] += int64(joined)
				if err != nil || joined < peopleBatch {
					return n, err
				}
			}
		},
	}
}
