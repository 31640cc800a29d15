package jobs

import "math/rand/v2"

// newRandom is a source that the seed repeats.
func newRandom(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 2026)) }
