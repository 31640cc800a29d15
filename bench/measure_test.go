package main

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

func TestQuantile(t *testing.T) {
	var s sample
	for n := 1; n <= 200; n++ {
		s.took = append(s.took, time.Duration(n))
	}
	for q, want := range map[float64]time.Duration{0.5: 100, 0.99: 198, 1: 200, 0: 1} {
		if got := s.quantile(q); got != want {
			t.Errorf("quantile %v of 1…200 is %d, want %d", q, got, want)
		}
	}
	if got := (sample{}).quantile(0.99); got != 0 {
		t.Errorf("of nothing it is %v", got)
	}
}

func TestLoops(t *testing.T) {
	wrong := errors.New("wrong")
	var n atomic.Int64
	third := func(context.Context, int) error {
		if n.Add(1)%3 == 0 {
			return wrong
		}
		return nil
	}
	for name, s := range map[string]sample{
		"closed": closedLoop(t.Context(), 4, time.Minute, 30, third),
		"open":   openLoop(t.Context(), 300, 100*time.Millisecond, third),
	} {
		if len(s.took) != 20 || s.failed != 10 || !errors.Is(s.failure, wrong) {
			t.Errorf("%s: %d went well and %d failed with %v, want 20, 10", name, len(s.took), s.failed, s.failure)
		}
	}
}
