package jobs

import "time"

// Clock is the time the scheduler lives by. The wall clock decides which slots are due and may jump; durations (leases,
// heartbeats, timeouts) are measured on the monotonic clock of this process alone, never by comparing two machines' wall clocks.
type Clock interface {
	Now() time.Time         // the wall clock
	Elapsed() time.Duration // monotonic time since an arbitrary start
	// Timer returns a channel that receives once after d, and a function that releases the timer.
	Timer(d time.Duration) (fired <-chan time.Time, stop func())
}

// SystemClock returns the machine's clock.
func SystemClock() Clock { return systemClock{start: time.Now()} }

type systemClock struct{ start time.Time }

func (systemClock) Now() time.Time           { return time.Now() }
func (c systemClock) Elapsed() time.Duration { return time.Since(c.start) }

func (systemClock) Timer(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}
