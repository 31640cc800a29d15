package jobs

import (
	"log/slog"
	"sync"
	"time"
)

// Task is what a job's Run is told of its slot, and how it tells of its progress.
type Task struct {
	ID      RunID
	Job     Name
	Slot    time.Time // UTC
	Manual  bool      // a person asked for it
	Attempt int       // from 1
	Log     *slog.Logger

	mu       sync.Mutex
	progress Progress
}

// Actor is who the job acts as: "system:close-rounds".
func (t *Task) Actor() string { return t.Job.Actor() }

// Target is the id for what the run writes about one target, the same in every attempt of the slot:
// "close-rounds/2026-03-29T01:00:00Z/3909". An insert there that exists is done already.
func (t *Task) Target(target string) string { return string(t.ID) + "/" + target }

// Progress tells how much of the work is done. It is stored with the next heartbeat; calling it often costs nothing.
func (t *Task) Progress(done, total int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.progress = Progress{Done: int64(done), Total: int64(total)}
}

func (t *Task) reached() Progress {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.progress
}
