package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// sample is how long each of many operations took, and how many failed.
type sample struct {
	took    []time.Duration // ordered
	failed  int
	failure error // the first
	rate    float64
}

// quantile is the smallest time that a share of the operations did not exceed.
func (s sample) quantile(q float64) time.Duration {
	if len(s.took) == 0 {
		return 0
	}
	return s.took[max(0, int(math.Ceil(q*float64(len(s.took))))-1)]
}

func (s sample) String() string {
	return fmt.Sprintf("p50 %s, p99 %s, n %d", milliseconds(s.quantile(0.5)), milliseconds(s.quantile(0.99)), len(s.took))
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
}

type collector struct {
	mu sync.Mutex
	s  sample
}

func (c *collector) add(took time.Duration, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.s.failed++
		if c.s.failure == nil {
			c.s.failure = err
		}
		return
	}
	c.s.took = append(c.s.took, took)
}

func (c *collector) sample(lasted time.Duration) sample {
	slices.Sort(c.s.took)
	c.s.rate = float64(len(c.s.took)) / lasted.Seconds()
	return c.s
}

// openLoop starts perSecond operations a second whether or not earlier ones have answered, as people do. Each is timed from the
// moment it was due, so that a stall counts for all who waited.
func openLoop(ctx context.Context, perSecond int, lasts time.Duration, do func(ctx context.Context, n int) error) sample {
	var c collector
	var group sync.WaitGroup
	begin := time.Now()
	total := int(lasts.Seconds() * float64(perSecond))
	for n := range total {
		due := begin.Add(time.Duration(n) * time.Second / time.Duration(perSecond))
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			group.Wait()
			return c.sample(time.Since(begin))
		}
		group.Go(func() {
			err := do(ctx, n)
			c.add(time.Since(due), err)
		})
	}
	group.Wait()
	return c.sample(time.Since(begin))
}

// closedLoop has so many workers, each of which begins its next operation when the last has answered.
func closedLoop(ctx context.Context, workers int, lasts time.Duration, most int, do func(ctx context.Context, worker int) error) sample {
	var c collector
	var group sync.WaitGroup
	var begun atomic.Int64
	begin := time.Now()
	for worker := range workers {
		group.Go(func() {
			for ctx.Err() == nil && time.Since(begin) < lasts && begun.Add(1) <= int64(most) {
				at := time.Now()
				err := do(ctx, worker)
				c.add(time.Since(at), err)
			}
		})
	}
	group.Wait()
	return c.sample(time.Since(begin))
}

// inTurns does several operations one after the other, again and again: what a machine does to one it does to all, so that times of less than
// a millisecond can be compared. It stops early where one fails.
func inTurns(ctx context.Context, times int, do ...func(context.Context) error) []sample {
	collectors := make([]collector, len(do))
	begin := time.Now()
	for n := 0; n < times && ctx.Err() == nil; n++ {
		for i, one := range do {
			at := time.Now()
			err := one(ctx)
			collectors[i].add(time.Since(at), err)
			if err != nil {
				times = 0
			}
		}
	}
	lasted := time.Since(begin)
	samples := make([]sample, len(do))
	for i := range collectors {
		samples[i] = collectors[i].sample(lasted)
	}
	return samples
}

// longer joins what was measured in two spells of one kind of load.
func (s sample) longer(t sample) sample {
	lasted := float64(len(s.took))/max(s.rate, 1e-9) + float64(len(t.took))/max(t.rate, 1e-9)
	both := sample{took: slices.Concat(s.took, t.took), failed: s.failed + t.failed, failure: cmp.Or(s.failure, t.failure)}
	slices.Sort(both.took)
	if lasted > 0 {
		both.rate = float64(len(both.took)) / lasted
	}
	return both
}
