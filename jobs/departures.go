package jobs

import (
	"context"
	"errors"
	"time"

	"helhet/leaving"
	"helhet/org"
)

// departureBatch is how many municipalities one run deletes.
const departureBatch = 10

// Departures deletes what was a municipality's when its time of waiting is over. It goes by state: one that was cut off is gone on with, and
// each of its steps may be taken again.
func Departures(departures *leaving.Service) Job {
	actor := org.SystemActor("departures")
	return Job{
		Name:    "departures",
		CatchUp: CatchUpState,
		Due: func(ctx context.Context, now time.Time) (bool, error) {
			due, err := departures.Due(ctx, now, 1)
			return len(due) > 0, err
		},
		Run: func(ctx context.Context, t *Task) (Numbers, error) {
			due, err := departures.Due(ctx, t.Slot, departureBatch)
			n := Numbers{}
			failed := []error{err}
			for _, m := range due {
				if err := departures.CarryOut(ctx, actor, m); err != nil {
					failed = append(failed, err)
					continue
				}
				n["left"]++
			}
			return n, errors.Join(failed...)
		},
	}
}
