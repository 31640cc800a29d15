package jobs

import "time"

// Metrics is told what happens, for whoever counts it. Its methods are called from several goroutines and must not block.
type Metrics interface {
	SlotsRecorded(job Name, slots int)
	RunStarted(job Name)
	// RunEnded follows every RunStarted: with the state that was recorded, or StateRunning when nothing could be
	// recorded because the lease was lost.
	RunEnded(job Name, state State, took time.Duration)
	LeaseTaken(job Name) // this copy took over a run whose holder had gone silent
	LeaseLost(job Name)  // this copy could no longer hold a run's lease
}

type noMetrics struct{}

func (noMetrics) SlotsRecorded(Name, int)             {}
func (noMetrics) RunStarted(Name)                     {}
func (noMetrics) RunEnded(Name, State, time.Duration) {}
func (noMetrics) LeaseTaken(Name)                     {}
func (noMetrics) LeaseLost(Name)                      {}
