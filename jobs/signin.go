package jobs

import (
	"context"

	"helhet/internal/auth"
	"helhet/org"
)

// SignIns deletes sign-ins by e-mail, counted tries and invitations that are over.
func SignIns(email *auth.Email, invitations *org.Invitations) Job {
	return Job{
		Name:     "sign-ins",
		Schedule: "35 * * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			n := Numbers{}
			for _, sweep := range []func(context.Context, int) (int, error){email.SweepEmail, invitations.Sweep} {
				for {
					swept, err := sweep(ctx, sweepBatch)
					n["deleted"] += int64(swept)
					if err != nil {
						return n, err
					}
					if swept < sweepBatch {
						break
					}
				}
			}
			return n, nil
		},
	}
}
