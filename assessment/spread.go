package assessment

import "helhet/assessment/catalogue"

// With fewer levels than FewestForRange nothing is shown: one would be somebody's own. With fewer than FewestForCounts it is the lowest and the
// highest alone, by which she may still be recognised: the pages say so beforehand.
const (
	FewestForRange  = 2
	FewestForCounts = 5
)

// RatingSpread is all that anybody is ever shown of what several people rated: no names, and no figure besides these.
type RatingSpread struct {
	Question catalogue.QuestionKey `bson:"question"`
	// Lowest and Highest are nil where fewer than FewestForRange gave a level.
	Lowest  *int `bson:"lowest,omitempty"`
	Highest *int `bson:"highest,omitempty"`
	// Counts is how many gave each level, the scale's lowest first, and Unsure how many didn't know. Empty and 0 where fewer than FewestForCounts
	// gave a level.
	Counts []int `bson:"counts,omitempty"`
	Unsure int   `bson:"unsure,omitempty"`
}

// SpreadOfRatings works a question's spread out. A nil level is somebody who didn't know. What it gives for few follows from the lowest and the highest
// level alone: not even how many they were is in it.
func SpreadOfRatings(q catalogue.QuestionKey, scale catalogue.Scale, levels []*int) RatingSpread {
	s, given := RatingSpread{Question: q}, 0
	counts := make([]int, scale.Max-scale.Min+1)
	lowest, highest := scale.Max, scale.Min
	for _, level := range levels {
		if level == nil {
			s.Unsure++
			continue
		}
		given++
		counts[*level-scale.Min]++
		lowest, highest = min(lowest, *level), max(highest, *level)
	}
	if given >= FewestForRange {
		s.Lowest, s.Highest = &lowest, &highest
	}
	if given < FewestForCounts {
		s.Unsure = 0
		return s
	}
	s.Counts = counts
	return s
}
