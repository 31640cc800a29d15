package api

import (
	"helhet/assessment"
	"helhet/org"
)

// insight is what a reader knows of the municipalities of a publication or a trend, by row: which are hers, and which do not stand by name
// for her.
type insight struct{ own, unnamed []int }

func insightOf(actor org.Actor, named func(org.MunicipalityID) bool, all []assessment.Participant) insight {
	var in insight
	for row, p := range all {
		if org.MayReadAnswers(actor, p.Municipality) {
			in.own = append(in.own, row)
		}
		if !named(p.Municipality) {
			in.unnamed = append(in.unnamed, row)
		}
	}
	return in
}

// behind is the sample of n municipalities behind a figure; count tells how many of some rows are among them.
func (in insight) behind(n int, count func(rows []int) int) org.Sample {
	return org.Sample{N: n, Own: count(in.own), Unnamed: count(in.unnamed)}
}

// selection is the sample behind a selection's spread.
func (in insight) selection(res *assessment.Results, sel assessment.Selection) org.Sample {
	return in.behind(res.Spread(sel).N, func(rows []int) int { return res.Comparable(rows, sel) })
}

// round is the sample behind a round's spread in a trend.
func (in insight) round(t *assessment.Trend, round int) org.Sample {
	return in.behind(t.Spread(round).N, func(rows []int) int { return t.Comparable(rows, round) })
}
