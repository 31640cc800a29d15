package jobs

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// fakeClock is a clock that stands still until a test moves it.
type fakeClock struct {
	mu      sync.Mutex
	changed *sync.Cond
	wall    time.Time
	elapsed time.Duration
	timers  []*fakeTimer
}

type fakeTimer struct {
	at    time.Duration
	fired chan time.Time
}

func newFakeClock(wall time.Time) *fakeClock {
	c := &fakeClock{wall: wall}
	c.changed = sync.NewCond(&c.mu)
	return c
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.wall
}

func (c *fakeClock) Elapsed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.elapsed
}

func (c *fakeClock) Timer(d time.Duration) (<-chan time.Time, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	timer := &fakeTimer{at: c.elapsed + d, fired: make(chan time.Time, 1)}
	if d <= 0 {
		timer.fired <- c.wall
		return timer.fired, func() {}
	}
	c.timers = append(c.timers, timer)
	c.changed.Broadcast()
	return timer.fired, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.timers = slices.DeleteFunc(c.timers, func(t *fakeTimer) bool { return t == timer })
		c.changed.Broadcast()
	}
}

// Advance moves both clocks and fires the timers that come due.
func (c *fakeClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall, c.elapsed = c.wall.Add(d), c.elapsed+d
	c.timers = slices.DeleteFunc(c.timers, func(t *fakeTimer) bool {
		if t.at > c.elapsed {
			return false
		}
		t.fired <- c.wall
		return true
	})
	c.changed.Broadcast()
}

// Set moves the wall clock alone.
func (c *fakeClock) Set(wall time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall = wall
}

// waitTimer waits until a timer is set that fires in exactly d: whoever set it now waits for it.
func (c *fakeClock) waitTimer(t *testing.T, d time.Duration) {
	t.Helper()
	wait(t, c.changed, func() bool {
		return slices.ContainsFunc(c.timers, func(timer *fakeTimer) bool { return timer.at == c.elapsed+d })
	})
}

// wait waits for a condition guarded by cond's lock, and fails the test if it never holds.
func wait(t *testing.T, cond *sync.Cond, holds func() bool) {
	t.Helper()
	expired := false
	guard := time.AfterFunc(time.Minute, func() {
		cond.L.Lock()
		defer cond.L.Unlock()
		expired = true
		cond.Broadcast()
	})
	defer guard.Stop()
	cond.L.Lock()
	defer cond.L.Unlock()
	for !holds() {
		if expired {
			t.Fatal("what was waited for did not happen within a minute")
		}
		cond.Wait()
	}
}
