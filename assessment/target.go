package assessment

import "helhet/assessment/catalogue"

// Placing is where a figure lies against a suggested band of levels.
type Placing string

// The places, and none where there is no score that could lie anywhere. Above reads "higher than needed": a finding too.
const (
	Below   Placing = "below"
	Within  Placing = "within"
	Above   Placing = "above"
	NoPlace Placing = "none"
)

// Against tells where f lies against a band. What is outside by less than AboutTheSame is within, as it is about the same.
func (f Figure) Against(b catalogue.Band) Placing {
	if f.Standing() != Comparable {
		return NoPlace
	}
	switch lowest, highest := Score(b.Lowest*1000), Score(b.Highest*1000); {
	case lowest-f.Score >= AboutTheSame:
		return Below
	case f.Score-highest >= AboutTheSame:
		return Above
	}
	return Within
}
