package main

import (
	"context"
	"errors"
	"slices"
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

// Operations take turns, and one that fails ends them.
func TestTurns(t *testing.T) {
	var order []int
	wrong := errors.New("wrong")
	note := func(n int) func(context.Context) error {
		return func(context.Context) error {
			order = append(order, n)
			if len(order) == 6 {
				return wrong
			}
			return nil
		}
	}
	got := inTurns(t.Context(), 10, note(1), note(2))
	if want := []int{1, 2, 1, 2, 1, 2}; !slices.Equal(order, want) {
		t.Errorf("turns %v, want %v", order, want)
	}
	if len(got) != 2 || len(got[0].took) != 3 || got[0].failed != 0 || len(got[1].took) != 2 || !errors.Is(got[1].failure, wrong) {
		t.Errorf("measured %+v", got)
	}
}

// Two spells together have the rate of all they did in all their time.
func TestLonger(t *testing.T) {
	one := sample{took: []time.Duration{1, 5}, rate: 2} // a second
	other := sample{took: []time.Duration{2, 3, 4, 6, 7, 8}, rate: 2, failed: 1}
	got := sample{}.longer(one).longer(other)
	if len(got.took) != 8 || !slices.IsSorted(got.took) || got.rate != 2 || got.failed != 1 {
		t.Errorf("%+v", got)
	}
}
