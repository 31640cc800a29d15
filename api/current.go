package api

import (
	"context"
	"fmt"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// current is where a reader stands: her region, the round she looks at, its questionnaire, and her municipality's own assessment
// in it where she has one.
type current struct {
	Region     org.RegionID
	Round      assessment.Round
	Catalogue  *catalogue.Catalogue
	Words      catalogue.Wording
	Own        org.MunicipalityID     // "" for the regional lead and the administrator
	Assessment *assessment.Assessment // nil where her municipality takes no part
}

// currentRound finds the round a page speaks of: the one asked for, else the region's open one, else the one that waits to be
// published, else the latest published. Fault NotFound with error.round.none when the region has had none.
func (s *Server) currentRound(ctx context.Context, r *request, asked string) (assessment.Round, error) {
	region := r.Actor.Region()
	if asked != "" {
		return s.Assessments.Round(ctx, r.Actor, assessment.RoundID(asked))
	}
	for _, state := range []assessment.State{assessment.Open, assessment.Closed, assessment.Closing, assessment.Published} {
		rounds, err := s.Assessments.InState(ctx, r.Actor, region, state, 1)
		if err != nil {
			return assessment.Round{}, err
		}
		if len(rounds) > 0 {
			return rounds[0], nil
		}
	}
	return assessment.Round{}, fault.New(fault.NotFound, "api.currentRound", "error.round.none")
}

// current reads where the reader stands. The round may be chosen by the query's round.
func (s *Server) current(c *gin.Context, r *request) (current, error) {
	ctx := c.Request.Context()
	round, err := s.currentRound(ctx, r, c.Query("round"))
	if err != nil {
		return current{}, err
	}
	now := current{Region: round.Region, Round: round, Own: r.Actor.Municipality()}
	if now.Catalogue, err = s.Assessments.Catalogue(round.Catalogue); err != nil {
		return now, err
	}
	now.Words = wording(now.Catalogue, r.Text)
	if now.Own == "" || round.State == assessment.Planned {
		return now, nil
	}
	switch a, err := s.Assessments.Assessment(ctx, r.Actor, round.ID, now.Own); fault.CodeOf(err) {
	case "":
		now.Assessment = &a
	case fault.NotFound:
	default:
		return now, err
	}
	return now, nil
}

func wording(c *catalogue.Catalogue, t locale.Text) catalogue.Wording {
	return c.In(catalogue.Lang(t.Lang()))
}

// figureView is a figure in words.
type figureView struct {
	Shown        bool
	Meter        meterView
	Score        string // "2,4"
	Coverage     string // "92 %"
	CoverageText string // "Dekning 92 %"
	Why          string // why it is not shown, or not compared
	Change       string // "up", "down", "same", "" without something to compare with
	MovedText    string // "+0,6"
	SinceText    string // "siden Vår 2026"
}

func viewFigure(t locale.Text, scale catalogue.Scale, f assessment.Figure, standing assessment.Standing) figureView {
	v := figureView{Coverage: t.Percent(int64(f.Answered), int64(max(f.Applicable, 1)))}
	if f.Applicable == 0 {
		v.Coverage = ""
	} else {
		v.CoverageText = t.T("figure.coverage", "share", v.Coverage)
	}
	if v.Shown = standing == assessment.Comparable || standing == assessment.NotCompared; v.Shown {
		v.Meter, v.Score = meterOf(scale, f.Score), t.Score(int64(f.Score))
	}
	if standing != assessment.Comparable {
		v.Why = t.T("standing." + string(standing))
	}
	return v
}

// meterView is a score drawn on its scale, in thousandths of a level from the lowest.
type meterView struct {
	Width, Fill int
	Marks       string // a path: where each level between stands
}

func meterOf(scale catalogue.Scale, score assessment.Score) meterView {
	v := meterView{Width: 1000 * (scale.Max - scale.Min), Fill: max(int(score)-1000*scale.Min, 0)}
	for n := 1; n < scale.Max-scale.Min; n++ {
		v.Marks += fmt.Sprintf("M%d 0v500", n*1000)
	}
	return v
}

// since adds how a figure moved since an earlier one.
func (v figureView) since(t locale.Text, f, earlier assessment.Figure, round string) figureView {
	change, moved := f.ChangeFrom(earlier)
	if change == assessment.NoCompare {
		return v
	}
	v.Change, v.MovedText, v.SinceText = string(change), t.Change(int64(moved)), t.T("figure.since", "round", round)
	if change == assessment.Same {
		v.MovedText = t.T("figure.same")
	}
	return v
}
