package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/org"
)

// roundBatch is how many rounds of each state one run moves; what is left follows at once, since the state still says so.
const roundBatch = 50

// Rounds opens, closes and publishes rounds at their time. It goes by state: a round that is overdue is moved on however long
// every copy was down, and one that was half closed is sealed to its end. What it does is guarded by each round's revision, so
// running twice changes nothing more.
func Rounds(assessments *assessment.Service) Job {
	actor := org.SystemActor("rounds")
	return Job{
		Name:    "rounds",
		CatchUp: CatchUpState,
		Due: func(ctx context.Context, now time.Time) (bool, error) {
			due, err := assessments.Due(ctx, now, 1)
			return len(due) > 0, err
		},
		Run: func(ctx context.Context, t *Task) (Numbers, error) {
			due, err := assessments.Due(ctx, t.Slot, roundBatch)
			if err != nil {
				return nil, err
			}
			n := Numbers{}
			var failed []error
			for i, r := range due {
				verb, err := move(ctx, assessments, actor, r)
				if err != nil && fault.CodeOf(err) != fault.Conflict { // a conflict: somebody moved it in the meantime
					t.Log.Error("round not moved", slog.String("round", string(r.ID)), slog.String("state", string(r.State)), slog.Any("cause", err))
					failed = append(failed, err)
					continue
				}
				if err == nil {
					n[verb]++
				}
				t.Progress(i+1, len(due))
			}
			return n, errors.Join(failed...)
		},
	}
}

func move(ctx context.Context, assessments *assessment.Service, actor org.Actor, r assessment.Round) (verb string, err error) {
	switch r.State {
	case assessment.Planned:
		_, err = assessments.Open(ctx, actor, r.ID)
		return "opened", err
	case assessment.Open, assessment.Closing:
		_, err = assessments.Close(ctx, actor, r.ID)
		return "closed", err
	case assessment.Cancelled:
		return "taken-away", assessments.TakeAway(ctx, r.ID)
	default:
		_, err = assessments.Publish(ctx, actor, r.ID)
		return "published", err
	}
}
