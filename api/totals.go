package api

import (
	"context"
	"math/big"
	"net/http"
	"strings"

	"helhet/benefits"
	"helhet/charts"
	"helhet/internal/fault"
	"helhet/internal/locale"

	"github.com/gin-gonic/gin"
)

// totalsPage shows what benefits on the same indicator add up to: the reader's own, her region's and the country's.
type totalsPage struct {
	Layout
	Figures []chartFigure // how much of the plan was reached, in the region and in the country
	Totals  []totalCard
}

type totalCard struct {
	ID, Name string
	Own      string // that it is the municipality's own, and stands alone
	Lines    []totalLine
}

// totalLine is an indicator's sum in one place.
type totalLine struct {
	Place, Behind     string
	Planned, Measured string
	Reached           string // of the plan of those measured; "" where it can't be said
	LeftOut           string
	Apart             string // what of it nobody had planned
	Doubts            []string
}

// placed is the totals of one place.
type placed struct {
	key    string // of its chart's files
	name   string
	own    bool // whose own people read: nothing is withheld
	totals []benefits.Total
}

// countryPlace is the key of the country's totals.
const countryPlace = "country"

func (s *Server) totalsPage(c *gin.Context, r *request) error {
	t := r.Text
	places, err := s.totals(c.Request.Context(), r)
	if err != nil {
		return err
	}
	var keys []benefits.IndicatorKey
	for _, place := range places {
		for _, total := range place.totals {
			keys = append(keys, total.Indicator)
		}
	}
	known, err := s.Benefits.KnownFor(c.Request.Context(), r.Actor, r.Actor.Municipality(), keys...)
	if err != nil {
		return err
	}
	p := totalsPage{Layout: s.layout(c, r, t.T("totals.title"))}
	for _, i := range known.All() {
		card := totalCard{ID: string(i.Key), Name: nameOf(t, known, i.Key)}
		if i.Key.Own() {
			card.Own = t.T("totals.own")
		}
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
	for _, place := range places {
		if spec, ok := s.totalsChart(t, place); ok {
			f, err := figureOf(t, spec, spec.About, place.key, "/benefits/totals/charts/"+place.key, nil, "square")
			if err != nil {
				return err
			}
			p.Figures, p.Charts = append(p.Figures, f), true
		}
	}
	return s.render(c, http.StatusOK, "totals", p)
}

// totalsFile answers with a place's chart as a file.
func (s *Server) totalsFile(c *gin.Context, r *request) error {
	places, err := s.totals(c.Request.Context(), r)
	if err != nil {
		return err
	}
	name, form, _ := strings.Cut(c.Param("chart"), ".")
	for _, place := range places {
		if spec, ok := s.totalsChart(r.Text, place); ok && place.key == name {
			return s.drawFile(c, r, forFile(spec, form), "gevinster-"+name, form)
		}
	}
	return fault.New(fault.NotFound, "api.totalsFile", "error.page.unknown")
}

// totalsChart compares shared indicators by how much of the plan of those measured was reached: the one thing that hours and kroner have in common. What too few
// municipalities are behind and what nobody has measured is said and not drawn. ok is false where nothing is planned, and for a municipality of its own, whose
// portfolio tells more.
func (s *Server) totalsChart(t locale.Text, place placed) (spec charts.Bars, ok bool) {
	if place.own || len(place.totals) == 0 {
		return spec, false
	}
	spec = charts.Bars{
		Heading: t.T("totals.indicator"), Parts: []string{t.T("totals.reached")}, Unit: t.T("chart.percent"), NoteHeading: t.T("totals.amounts"),
		Mark: charts.Score(100_000), MarkName: t.T("totals.all-planned"),
	}
	measured, withheld, few, unexpected := 0, 0, 0, false
	for _, total := range place.totals {
		i, _ := s.Benefits.Indicators.Find(total.Indicator)
		row := charts.Bar{Name: s.indicatorName(t, i.Key), Values: []charts.Value{charts.Gap(charts.NotMeasured)}}
		few += total.Few
		reach, reached := total.Reached()
		switch {
		case total.Measured.Benefits == 0:
		case !total.ShowRealised:
			row.Values[0] = charts.Gap(charts.Withheld)
			withheld++
		case reached:
			measured++
			row.Values[0] = charts.Amount(percentOf(reach.Part))
			if low, high := percentOf(reach.Low), percentOf(reach.High); low != high {
				row.Low, row.High = charts.Amount(low), charts.Amount(high)
			}
			row.Note = t.T("totals.of", "realised", amount(t, i.Unit, benefits.NumberOf(total.Realised)), "awaited", amount(t, i.Unit, benefits.NumberOf(total.Awaited)), "n", total.Measured.Benefits, "places", t.T("totals.places", "n", total.Measured.Municipalities))
			row.Note = withUnexpected(t, row.Note, i.Unit, total)
		}
		unexpected = unexpected || total.Unplanned.Benefits > 0
		spec.Rows = append(spec.Rows, row)
	}
	notes := []string{t.T("totals.chart.how")}
	if place.key == countryPlace {
		notes = append(notes, t.T("totals.chart.country"))
	}
	if unexpected {
		notes = append(notes, t.T("totals.chart.unexpected"))
	}
	if withheld > 0 {
		notes = append(notes, t.T("totals.chart.withheld", "n", withheld))
	}
	if few > 0 {
		notes = append(notes, t.T("totals.few", "n", few, "fewest", benefits.FewPeople))
	}
	spec.About = s.gainsAbout(t, t.T("totals.chart.title", "place", place.name), t.T("totals.source", "place", place.name, "date", t.ShortDate(s.Now())))
	spec.Sentence, spec.Notes = t.T("totals.chart.sentence", "n", measured, "of", len(place.totals)), notes
	spec.Warnings = doubtsIn(t, place.totals...)
	return spec, true
}

// percentOf is a fraction in percent with one decimal.
func percentOf(f benefits.Fraction) benefits.Number {
	return benefits.Percent(new(big.Rat).SetFrac(f.Num, f.Denom), 1)
}

// totals are what the reader may see: her own municipality's where she has one, her region's where she is of one, and the country's.
func (s *Server) totals(ctx context.Context, r *request) ([]placed, error) {
	var all []placed
	if m := r.Actor.Municipality(); m != "" {
		own, err := s.Benefits.Totals(ctx, r.Actor, m, true)
		if err != nil {
			return nil, err
		}
		all = append(all, placed{"own", s.municipalityName(r.Text, m), true, own})
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
		all = append(all, placed{"region", region.Name, false, regional})
	}
	national, err := s.Benefits.NationalTotals(ctx, r.Actor)
	return append(all, placed{countryPlace, r.Text.T("totals.country"), false, national}), err
}

func totalLineOf(t locale.Text, i benefits.Indicator, place placed, total benefits.Total) totalLine {
	said := func(shown bool, n benefits.Number) string {
		if !shown {
			return t.T("totals.withheld")
		}
		return amount(t, i.Unit, n)
	}
	line := totalLine{Place: place.name, Doubts: doubtsIn(t, total), Planned: said(total.ShowPlan, benefits.NumberOf(total.Plan)), Measured: said(total.ShowRealised, benefits.NumberOf(total.Realised))}
	switch {
	case total.Planned.Benefits == 0: // nobody had planned anything
	case place.own:
		line.Behind = t.T("totals.behind.own", "n", total.Planned.Benefits)
	default:
		line.Behind = t.T("totals.behind", "n", total.Planned.Benefits, "places", t.T("totals.places", "n", total.Planned.Municipalities))
	}
	switch {
	case total.Figures.Benefits == 0:
		line.Measured = t.T("totals.unmeasured")
	case total.ShowRealised:
		if low, high := benefits.NumberOf(total.Low), benefits.NumberOf(total.High); low != high {
			line.Measured = t.T("totals.range", "amount", line.Measured, "low", decimalText(t, low), "high", decimalText(t, high))
		}
		if reach, ok := total.Reached(); ok {
			line.Reached = amount(t, benefits.Share, benefits.Number(reach.Part.Percent().String()))
		}
	}
	if total.Planned.Benefits == 0 {
		line.Planned = "–"
	}
	if n := total.Unplanned.Benefits; n > 0 {
		line.Apart = t.T("totals.apart", "amount", said(total.ShowApart, benefits.NumberOf(total.Apart)), "behind", t.T("totals.apart.own", "n", n))
		if !place.own {
			line.Apart = t.T("totals.apart", "amount", said(total.ShowApart, benefits.NumberOf(total.Apart)), "behind", t.T("totals.apart.behind", "n", n, "places", t.T("totals.places", "n", total.Unplanned.Municipalities)))
		}
	}
	if total.Few > 0 {
		line.LeftOut = t.T("totals.few", "n", total.Few, "fewest", benefits.FewPeople)
	}
	return line
}
