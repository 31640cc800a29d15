package jobs

import (
	"context"
	"time"

	"helhet/org"
)

// privacyBatch is how many people or requests one step looks at, and privacySteps how many steps a run takes: what is left is the next
// run's.
const (
	privacyBatch = 100
	privacySteps = 50
)

// Deletions finishes the deletion of people: what was cut off, and what is found some minutes later that a request was about to write.
func Deletions(deletions *org.Deletions) Job {
	return Job{
		Name:    "deletions",
		CatchUp: CatchUpState,
		Due:     func(ctx context.Context, _ time.Time) (bool, error) { return deletions.Due(ctx) },
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			gone, err := deletions.Finish(ctx, privacyBatch)
			return Numbers{"deleted": int64(gone)}, err
		},
	}
}

// Keep is how long what nobody needs any more is kept.
type Keep struct {
	Former             time.Duration // people without any role
	Unanswered, Closed time.Duration // requests for access: that nobody answers, and after their answer
}

// Retention deletes people who have been without any role for long enough, and old requests for access. What it deletes is found by an
// index that it then leaves, so that a run that was cut off, or had enough, is gone on with by the next.
func Retention(deletions *org.Deletions, access *org.AccessRequests, keep Keep, now func() time.Time) Job {
	return Job{
		Name:     "retention",
		Schedule: "35 3 * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			n, at := Numbers{}, now()
			for range privacySteps {
				people, looked, err := deletions.DeleteFormer(ctx, org.SystemActor("retention"), at.Add(-keep.Former), privacyBatch)
				n["people"] += int64(people)
				if err != nil {
					return n, err
				}
				if looked < privacyBatch {
					break
				}
			}
			for range privacySteps {
				requests, err := access.Sweep(ctx, at.Add(-keep.Unanswered), at.Add(-keep.Closed), privacyBatch)
				n["requests"] += int64(requests)
				if err != nil || requests == 0 {
					return n, err
				}
			}
			return n, nil
		},
	}
}
