package charts

import "math"

// Scale is the range of an axis in thousandths of a level. The zero Scale is
// levels 0–5.
type Scale struct{ Min, Max int }

// around is the scale, widened to whole levels that hold every value: what lies
// outside is shown, not clipped.
func (s Scale) around(all ...[]Value) Scale {
	if s.Max <= s.Min {
		s = Scale{Min: 0, Max: 5000}
	}
	lo, hi := s.Min, s.Max
	for _, values := range all {
		for _, v := range values {
			if n, ok := v.Thousandths(); ok {
				lo, hi = min(lo, n), max(hi, n)
			}
		}
	}
	if lo == s.Min && hi == s.Max {
		return s
	}
	// Rounding to whole levels must not run over the ends of int.
	const limit = math.MaxInt / 4
	lo, hi = max(lo, -limit), min(hi, limit)
	return Scale{Min: int(math.Floor(float64(lo)/1000)) * 1000, Max: int(math.Ceil(float64(hi)/1000)) * 1000}
}

// ticks are the levels that get a grid line: each whole one, or fewer when
// there would be more than ten.
func (s Scale) ticks() []int {
	span := float64(s.Max) - float64(s.Min)
	step := 1000.0
	for span/step > 10 {
		step *= 2
	}
	var out []int
	for i := 0.0; i <= 10 && float64(s.Min)+i*step <= float64(s.Max); i++ {
		out = append(out, s.Min+int(i*step))
	}
	return out
}

// share is where a value lies between the scale's ends, 0–1.
func (s Scale) share(thousandths int) float64 {
	span := float64(s.Max) - float64(s.Min)
	return min(max((float64(thousandths)-float64(s.Min))/span, 0), 1)
}

// amountScale is the axis of amounts: it holds every value and nought, from
// tick to tick, with at most seven steps of 1, 2 or 5 times a power of ten.
func amountScale(all ...[]Value) (s Scale, ticks []int) { return scaleBy(1, all...) }

// countScale is the axis of what is counted: there is nothing between one and two.
func countScale(all ...[]Value) (s Scale, ticks []int) { return scaleBy(1000, all...) }

func scaleBy(step int, all ...[]Value) (s Scale, ticks []int) {
	const limit = math.MaxInt / 16
	lo, hi := 0, 0
	for _, values := range all {
		for _, v := range values {
			if n, ok := v.Thousandths(); ok {
				lo, hi = min(lo, max(n, -limit)), max(hi, min(n, limit))
			}
		}
	}
	if lo == hi {
		hi = 1000
	}
	for factor := 0; (hi-lo)/step >= 6; factor++ {
		step = step * []int{2, 5, 10}[factor%3] / []int{1, 2, 5}[factor%3]
	}
	down := func(n int) int { return int(math.Floor(float64(n)/float64(step))) * step }
	s = Scale{Min: down(lo), Max: -down(-hi)}
	for at := s.Min; at <= s.Max; at += step {
		ticks = append(ticks, at)
	}
	return s, ticks
}
