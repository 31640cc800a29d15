package jobs

import (
	"context"

	"helhet/internal/events"
)

// relayBatch is how many events one step moves.
const relayBatch = 500

// History moves events out of their documents' envelopes into the history. Each lands at an id of its own, once, whatever crashes.
func History(history *events.History) Job {
	return Job{
		Name:     "history",
		Schedule: "* * * * *", // what waits is read and written again with every save of its document
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			n := Numbers{}
			for {
				moved, err := history.Relay(ctx, relayBatch)
				n["moved"] += int64(moved)
				if err != nil || moved == 0 {
					return n, err
				}
			}
		},
	}
}
