package api

import (
	"context"
	"net/http"

	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/locale"

	"github.com/gin-gonic/gin"
)

// totalsPage shows what benefits on the same indicator add up to: the reader's own, her region's and the country's.
type totalsPage struct {
	Layout
	Totals []totalCard
}

type totalCard struct {
	ID, Name string
	Lines    []totalLine
}

// totalLine is an indicator's sum in one place.
type totalLine struct {
	Place, Behind     string
	Planned, Measured string
	Reached           string // of the plan of those measured; "" where it can't be said
	LeftOut           string
}

// placed is the totals of one place.
type placed struct {
	name   string
	own    bool // whose own people read: nothing is withheld
	totals []benefits.Total
}

func (s *Server) totalsPage(c *gin.Context, r *request) error {
	t := r.Text
	places, err := s.totals(c.Request.Context(), r)
	if err != nil {
		return err
	}
	p := totalsPage{Layout: s.layout(c, r, t.T("totals.title"))}
	for _, i := range s.Benefits.Indicators.All() {
		card := totalCard{ID: string(i.Key), Name: s.Benefits.Indicators.In(catalogue.Lang(t.Lang()), i.Key).Name}
		for _, place := range places {
			for _, total := range place.totals {
				if total.Indicator == i.Key {
					card.Lines = append(card.Lines, totalLineOf(t, i, place, total))
				}
			}
		}
		if len(card.Lines) > 0 {
			p.Totals = append(p.Totals, card)
		}
	}
	return s.render(c, http.StatusOK, "totals", p)
}

// totals are what the reader may see: her own municipality's where she has one, her region's where she is of one, and the country's.
func (s *Server) totals(ctx context.Context, r *request) ([]placed, error) {
	var all []placed
	if m := r.Actor.Municipality(); m != "" {
		own, err := s.Benefits.Totals(ctx, r.Actor, m)
		if err != nil {
			return nil, err
		}
		all = append(all, placed{s.municipalityName(r.Text, m), true, own})
	}
	if id := r.Actor.Region(); id != "" {
		region, err := s.Regions.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		regional, err := s.Benefits.RegionTotals(ctx, r.Actor, region)
		if err != nil {
			return nil, err
		}
		all = append(all, placed{region.Name, false, regional})
	}
	national, err := s.Benefits.NationalTotals(ctx, r.Actor)
	return append(all, placed{r.Text.T("totals.country"), false, national}), err
}

func totalLineOf(t locale.Text, i benefits.Indicator, place placed, total benefits.Total) totalLine {
	said := func(shown bool, n benefits.Number) string {
		if !shown {
			return t.T("totals.withheld")
		}
		return amount(t, i.Unit, n)
	}
	line := totalLine{Place: place.name, Planned: said(total.ShowPlan, benefits.NumberOf(total.Plan)), Measured: said(total.ShowRealised, benefits.NumberOf(total.Realised))}
	if place.own {
		line.Behind = t.T("totals.behind.own", "n", total.Planned.Benefits)
	} else {
		line.Behind = t.T("totals.behind", "n", total.Planned.Benefits, "places", t.T("totals.places", "n", total.Planned.Municipalities))
	}
	switch {
	case total.Measured.Benefits == 0:
		line.Measured = t.T("totals.unmeasured")
	case total.ShowRealised:
		if low, high := benefits.NumberOf(total.Low), benefits.NumberOf(total.High); low != high {
			line.Measured = t.T("totals.range", "amount", line.Measured, "low", decimalText(t, low), "high", decimalText(t, high))
		}
		if reach, ok := total.Reached(); ok {
			line.Reached = amount(t, benefits.Share, benefits.Number(reach.Part.Percent().String()))
		}
	}
	if total.Few > 0 {
		line.LeftOut = t.T("totals.few", "n", total.Few, "fewest", benefits.FewPeople)
	}
	return line
}
