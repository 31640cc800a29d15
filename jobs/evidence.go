package jobs

import (
	"context"
	"time"

	"helhet/assessment"
	"helhet/org"
)

// scanBatch is how many files of a kind one run looks through: those that nobody has looked through, and those that could not be.
const scanBatch = 100

// ScanFiles looks through files that could not be looked through when they came. Nobody gets them before.
func ScanFiles(assessments *assessment.Service) Job {
	return Job{
		Name:     "scan-files",
		Schedule: "*/5 * * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, task *Task) (Numbers, error) {
			clean, infected, failed, err := assessments.ScanEvidence(ctx, org.SystemActor(string(task.Job)), scanBatch)
			return Numbers{"clean": int64(clean), "infected": int64(infected), "failed": int64(failed)}, err
		},
	}
}

// Evidence deletes evidence that was removed so long ago that it can't be brought back any more, and the content of files that nothing names: of
// those, of municipalities that have left, and of files that never came through.
func Evidence(assessments *assessment.Service, now func() time.Time) Job {
	return Job{
		Name:     "evidence",
		Schedule: "55 3 * * *",
		CatchUp:  CatchUpLatest,
		Run: func(ctx context.Context, _ *Task) (Numbers, error) {
			n, before := Numbers{}, now().Add(-assessment.EvidenceKept)
			for range privacySteps {
				gone, err := assessments.SweepEvidence(ctx, before, privacyBatch)
				n["deleted"] += int64(gone)
				if err != nil {
					return n, err
				}
				if gone < privacyBatch {
					break
				}
			}
			files, err := assessments.SweepFiles(ctx)
			n["files"] = int64(files)
			return n, err
		},
	}
}
