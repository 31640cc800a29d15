package api

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"helhet/assessment"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// v1Trend is one part of the model over a region's published rounds. Every list of values has one entry per round.
type v1Trend struct {
	Region    org.RegionID         `json:"region" example:"vestfold-telemark"`
	Selection assessment.Selection `json:"selection" doc:"What the figures are of: whole, area/…, task/… or dimension/…." example:"whole"`
	Rounds    []v1TrendRound       `json:"rounds" doc:"Oldest first."`
	Series    []v1Series           `json:"series" doc:"In Norwegian order of name. Only municipalities that stand by name for this reader."`
	Withheld  int                  `json:"withheld" doc:"How many of the region's do not stand by name for this reader."`
	Median    v1Means              `json:"median" doc:"Of the comparable figures of the whole region; null where fewer than 3 besides the reader's own are behind it, and where 1 or 2 of them do not stand by name for the reader."`
	Q1        v1Means              `json:"q1" doc:"Quartile of type 7; null under 7 municipalities."`
	Q3        v1Means              `json:"q3"`
	N         []int                `json:"n" doc:"How many municipalities are behind median and quartiles."`
}

// v1TrendRound is a published round in a trend.
type v1TrendRound struct {
	ID          assessment.RoundID `json:"id" example:"vestfold-telemark-var-2026"`
	Name        string             `json:"name" example:"Vår 2026"`
	Publication assessment.Hash    `json:"publication"`
	Erratum     bool               `json:"erratum" doc:"Whether the publication corrects an earlier one."`
}

// v1Series is one municipality's line. A missing round is a gap, never zero.
type v1Series struct {
	Municipality org.MunicipalityID    `json:"municipality" example:"larvik"`
	Name         string                `json:"name" example:"Larvik"`
	Values       v1Means               `json:"values" doc:"Null where the figure can't be compared; standing says why."`
	Standing     []assessment.Standing `json:"standing" doc:"not-in-round, not-applicable, missing, too-few, not-compared or comparable."`
}

type trendInput struct {
	Region       org.RegionID `path:"region" doc:"The region." example:"vestfold-telemark"`
	Area         string       `query:"area" doc:"Of an area. At most one of area, task and dimension; none is the whole." example:"support"`
	Task         string       `query:"task" doc:"Of a task."`
	Dimension    string       `query:"dimension" doc:"Of a dimension."`
	Municipality []string     `query:"municipality,explode" maxItems:"400" doc:"Only these municipalities' lines, by identity or number; may be repeated."`
}

func (v *v1) trend() {
	addKept(v, operation{
		ID: "get-trend", Method: http.MethodGet, Path: "/regions/{region}/trend", Tag: "Results", Summary: "How municipalities develop from round to round",
		About: "Reads publications, never drafts. Each municipality's consent, and the rule for few municipalities, are applied to whoever reads.",
		Fails: []fault.Code{fault.Forbidden, fault.NotFound},
		Example: v1Trend{Region: "vestfold-telemark", Selection: assessment.Whole,
			Rounds: []v1TrendRound{{"vestfold-telemark-host-2025", "Høst 2025", exampleHash, false}, {"vestfold-telemark-var-2026", "Vår 2026", exampleHash, false}},
			Series: []v1Series{{"larvik", "Larvik", v1Means{2417, noMean}, []assessment.Standing{assessment.Comparable, assessment.Missing}}},
			Median: v1Means{2250, 2500}, Q1: v1Means{2000, noMean}, Q3: v1Means{3000, noMean}, N: []int{8, 6}},
	}, func(ctx context.Context, r *request, in *trendInput) (read keptAnswer[v1Trend], err error) {
		sel, err := v.selection(in.Area, in.Task, in.Dimension)
		if err != nil {
			return read, err
		}
		t, err := v.Assessments.Trend(ctx, r.Actor, in.Region, sel)
		if err != nil {
			return read, err
		}
		region, err := v.Regions.Get(ctx, in.Region)
		if err != nil {
			return read, err
		}
		return keptAnswer[v1Trend]{[]store.Revision{t.Revision, region.Revision}, func() (v1Trend, error) {
			named := namedFor(r.Actor, region)
			asked, err := v.linesAsked(t, named, in.Municipality)
			if err != nil {
				return v1Trend{}, err
			}
			return trendOf(r.Actor, t, named, asked), nil
		}}, nil
	})
}

// selection reads what part of the model is meant: of the newest questionnaire that has it.
func (s *Server) selection(area, task, dimension string) (assessment.Selection, error) {
	all := s.Assessments.Catalogues()
	keys := slices.Sorted(maps.Keys(all))
	var sel assessment.Selection
	var err error
	for _, k := range slices.Backward(keys) {
		if sel, err = assessment.SelectionOf(all[k], area, task, dimension); err == nil {
			break
		}
	}
	return sel, err
}

// linesAsked reads which municipalities' lines are wanted; none named is everyone: nil.
func (s *Server) linesAsked(t *assessment.Trend, named func(org.MunicipalityID) bool, names []string) (map[org.MunicipalityID]bool, error) {
	if len(names) == 0 {
		return nil, nil
	}
	asked := map[org.MunicipalityID]bool{}
	for _, name := range names {
		m, err := s.find(name)
		switch {
		case err != nil:
			return nil, err
		case t.Row(m.ID) < 0:
			return nil, fault.New(fault.NotFound, "api.trend", "error.municipality.no-results", "municipality", name)
		case !named(m.ID):
			return nil, fault.New(fault.Forbidden, "api.trend", "error.municipality.by-name", "municipality", name)
		}
		asked[m.ID] = true
	}
	return asked, nil
}

func trendOf(actor org.Actor, t *assessment.Trend, named func(org.MunicipalityID) bool, asked map[org.MunicipalityID]bool) v1Trend {
	out := v1Trend{Region: t.Region, Selection: t.Selection, Rounds: []v1TrendRound{}, Series: []v1Series{}, Median: v1Means{}, Q1: v1Means{}, Q3: v1Means{}, N: []int{}}
	for row, p := range t.Municipalities {
		if !named(p.Municipality) {
			out.Withheld++
			continue
		}
		if asked != nil && !asked[p.Municipality] {
			continue
		}
		series := v1Series{p.Municipality, p.Name, make(v1Means, 0, len(t.Rounds)), make([]assessment.Standing, 0, len(t.Rounds))}
		for i := range t.Rounds {
			f, standing := t.Figure(row, i)
			series.Values = append(series.Values, meanOf(f, standing == assessment.Comparable))
			series.Standing = append(series.Standing, standing)
		}
		out.Series = append(out.Series, series)
	}
	in := insightOf(actor, named, t.Municipalities)
	for i, round := range t.Rounds {
		spread := spreadOf(t.Spread(i), in.round(t, i))
		out.Rounds = append(out.Rounds, v1TrendRound{round.ID, round.Name, round.Publication, round.Erratum})
		out.Median, out.Q1, out.Q3, out.N = append(out.Median, spread.Median), append(out.Q1, spread.Q1), append(out.Q3, spread.Q3), append(out.N, spread.N)
	}
	return out
}
