package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/charts"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"
	"helhet/reports"

	"github.com/gin-gonic/gin"
)

// portfolioPage shows the benefits of the reader's municipality together.
type portfolioPage struct {
	Layout
	Place      string
	Summary    string // how many are measured; "" while there are none
	MayAdd     bool
	Figures    []chartFigure // by type, by area, by task, and how gains are used
	Indicators []choiceView  // whose development may be shown
	Develops   *chartFigure  // nil while no benefit on an indicator, shared or the municipality's own, has a plan
}

// portfolioView is a portfolio with its charts.
type portfolioView struct {
	text      locale.Text
	words     catalogue.Wording
	portfolio benefits.Portfolio
	known     *benefits.Indicators
	about     func(title, sentence string, notes ...string) charts.About
}

// readPortfolio reads the benefits of the reader's municipality, and nothing else.
func (s *Server) readPortfolio(c *gin.Context, r *request) (*portfolioView, error) {
	m := r.Actor.Municipality()
	all, err := s.Benefits.All(c.Request.Context(), r.Actor, m)
	if err != nil {
		return nil, err
	}
	model, source := s.newestCatalogue((*catalogue.Catalogue).Published), s.gainsSource(r.Text, m)
	p, known, err := s.portfolioOf(c.Request.Context(), r, m, all, model, true)
	if err != nil {
		return nil, err
	}
	warnings := doubtsOver(r.Text, p.Late, p.Alike)
	if n := p.Parts; n > 0 {
		warnings = append(warnings, r.Text.T("portfolio.parts", "n", n))
	}
	return &portfolioView{r.Text, wording(model, r.Text), p, known, func(title, sentence string, notes ...string) charts.About {
		a := s.gainsAbout(r.Text, title, source)
		a.Sentence, a.Notes, a.Warnings = sentence, notes, warnings
		return a
	}}, nil
}

// portfolioOf works out a portfolio, with the indicators in the order in which they are known: the municipality's own by name.
func (s *Server) portfolioOf(ctx context.Context, r *request, m org.MunicipalityID, all []benefits.Benefit, model *catalogue.Catalogue, inside bool) (benefits.Portfolio, *benefits.Indicators, error) {
	p := s.Benefits.Portfolio(all, model, inside)
	var keys []benefits.IndicatorKey
	for _, d := range p.Indicators {
		keys = append(keys, d.Indicator)
	}
	known, err := s.Benefits.KnownFor(ctx, r.Actor, m, keys...)
	if err != nil {
		return p, nil, err
	}
	place := map[benefits.IndicatorKey]int{}
	for n, i := range known.All() {
		place[i.Key] = n
	}
	slices.SortStableFunc(p.Indicators, func(a, b benefits.Development) int { return place[a.Indicator] - place[b.Indicator] })
	return p, known, nil
}

func (s *Server) portfolioPage(c *gin.Context, r *request) error {
	t := r.Text
	v, err := s.readPortfolio(c, r)
	if err != nil {
		return err
	}
	m := r.Actor.Municipality()
	p := portfolioPage{Layout: s.layout(c, r, t.T("portfolio.title")), Place: s.municipalityName(t, m), MayAdd: org.MayAddBenefits(r.Actor, m)}
	if p.Charts = v.portfolio.Benefits > 0; p.Charts {
		p.Summary = t.T("portfolio.summary", "n", v.portfolio.WithPlan, "measured", v.portfolio.Measured, "all", v.portfolio.Benefits)
		for _, name := range []string{"types", "areas", "tasks", "use"} {
			spec, ok := v.bars(name)
			if !ok {
				continue
			}
			shape := "wide"
			if len(spec.Rows) > 8 {
				shape = "tall"
			}
			f, err := figureOf(t, spec, spec.About, name, "/benefits/portfolio/charts/"+name, nil, shape)
			if err != nil {
				return err
			}
			if name == "use" && v.portfolio.Uses[0].Decided == 0 {
				f.Chart.Options, f.Chart.PNG, f.Chart.SVG = nil, "", "" // there is nothing to draw
			}
			p.Figures = append(p.Figures, f)
		}
	}
	if d, ok := v.development(c.Query("indicator")); ok {
		for _, x := range v.portfolio.Indicators {
			p.Indicators = append(p.Indicators, choiceView{string(x.Indicator), nameOf(t, v.known, x.Indicator), x.Indicator == d.Indicator})
		}
		spec := s.developmentChart(v, d)
		f, err := figureOf(t, spec, spec.About, "development", "/benefits/portfolio/charts/development", url.Values{"indicator": {string(d.Indicator)}}, "square")
		if err != nil {
			return err
		}
		p.Develops = &f
	}
	return s.render(c, http.StatusOK, "portfolio", p)
}

// portfolioFile answers with one of the page's charts as a file.
func (s *Server) portfolioFile(c *gin.Context, r *request) error {
	v, err := s.readPortfolio(c, r)
	if err != nil {
		return err
	}
	name, form, _ := strings.Cut(c.Param("chart"), ".")
	if d, ok := v.development(c.Query("indicator")); ok && name == "development" {
		return s.drawFile(c, r, forFile(s.developmentChart(v, d), form), "gevinster-"+string(d.Indicator), form)
	}
	if spec, ok := v.bars(name); ok {
		return s.drawFile(c, r, forFile(spec, form), "gevinster-"+name, form)
	}
	return fault.New(fault.NotFound, "api.portfolioFile", "error.page.unknown")
}

// development is that of the indicator asked for, else the first; ok is false where there is none.
func (v *portfolioView) development(asked string) (benefits.Development, bool) {
	all := v.portfolio.Indicators
	if len(all) == 0 {
		return benefits.Development{}, false
	}
	return all[max(0, slices.IndexFunc(all, func(d benefits.Development) bool { return string(d.Indicator) == asked }))], true
}

// bars is one of the page's charts of bars; ok is false where it would be empty.
func (v *portfolioView) bars(name string) (spec charts.Bars, ok bool) {
	t, p := v.text, v.portfolio
	switch name {
	case "types":
		return v.statuses(t.T("portfolio.types"), t.T("portfolio.type"), p.Types, func(of string) string { return t.Within("benefit.type", of) }), p.Benefits > 0
	case "areas":
		spec = v.statuses(t.T("portfolio.areas"), t.T("region.area"), p.Areas, func(of string) string {
			if of == "" {
				return t.T("portfolio.no-task")
			}
			return v.words.Areas[catalogue.AreaKey(of)].Name
		}, t.T("portfolio.areas.twice"))
		return spec, p.Benefits > 0
	case "tasks":
		spec = v.statuses(t.T("portfolio.tasks"), t.T("portfolio.task"), p.Tasks, func(of string) string { return v.words.Tasks[catalogue.TaskKey(of)].Name }, t.T("portfolio.tasks.twice"))
		return spec, len(p.Tasks) > 0
	case "use":
		return v.use(), p.Benefits > 0
	}
	return spec, false
}

// statuses are benefits counted by something and by status.
func (v *portfolioView) statuses(title, heading string, rows []benefits.Standings, name func(string) string, notes ...string) charts.Bars {
	return reports.ByStatus(v.text, v.about(title, "", append(notes, v.text.T("portfolio.not-added"))...), heading, v.portfolio.Benefits, rows, name)
}

// use is how gains are used.
func (v *portfolioView) use() charts.Bars {
	return reports.Uses(v.text, v.about("", "", v.text.T("portfolio.use.mean")), v.portfolio.Uses)
}

// developmentChart is what was planned and measured on an indicator, shared or the municipality's own, quarter by quarter, and how many benefits stand behind.
func (s *Server) developmentChart(v *portfolioView, d benefits.Development) charts.Course {
	t := v.text
	i, _ := v.known.Find(d.Indicator)
	name, unit := nameOf(t, v.known, d.Indicator), s.unitShown(t, i.Unit, i.Per)
	planned, awaited, measured := charts.Track{Name: t.T("portfolio.planned"), Stroke: charts.Dashed}, charts.Track{Name: t.T("portfolio.awaited"), Stroke: charts.Dotted}, charts.Track{Name: t.T("chart.measured")}
	behind, done := charts.Track{Name: t.T("portfolio.behind"), Stroke: charts.Dashed}, charts.Track{Name: t.T("portfolio.done")}
	var now benefits.Step
	format := gainsFormat(t)
	for _, step := range d.Steps {
		at := charts.Point{Day: step.Day.Time(), When: format.Day(step.Day.Time())}
		point := func(value, low, high charts.Value) charts.Point {
			x := at
			x.Value, x.Low, x.High = value, low, high
			return x
		}
		of := func(n benefits.Number) charts.Value { return charts.Amount(n) }
		none := charts.Gap(charts.NotMeasured)
		planned.Points = append(planned.Points, point(of(benefits.NumberOf(step.Plan)), none, none))
		if step.Ahead {
			continue
		}
		now = step
		behind.Points = append(behind.Points, point(charts.Score(step.Planned.Benefits*1000), none, none))
		done.Points = append(done.Points, point(charts.Score(step.Measured.Benefits*1000), none, none))
		promised, got, low, high := none, none, none, none
		if step.Measured.Benefits > 0 {
			promised = of(benefits.NumberOf(step.Awaited))
		}
		if step.Figures.Benefits > 0 { // something that nobody had planned may be all that is measured
			if got = of(benefits.NumberOf(step.Realised)); !step.Low.Equal(step.High) {
				low, high = of(benefits.NumberOf(step.Low)), of(benefits.NumberOf(step.High))
			}
		}
		awaited.Points, measured.Points = append(awaited.Points, point(promised, none, none)), append(measured.Points, point(got, low, high))
	}
	said := func(n benefits.Number) string { return amount(t, i.Unit, n) }
	sentence := t.T("portfolio.development.none", "n", now.Planned.Benefits, "plan", said(benefits.NumberOf(now.Plan)))
	if now.Measured.Benefits > 0 {
		sentence = t.T("portfolio.development.sentence", "n", now.Measured.Benefits, "of", now.Planned.Benefits, "realised", said(benefits.NumberOf(now.Realised)),
			"awaited", said(benefits.NumberOf(now.Awaited)), "plan", said(benefits.NumberOf(now.Plan)))
	}
	if n := now.Unplanned.Benefits; n > 0 {
		key := "portfolio.development.apart"
		if now.Measured.Benefits == 0 {
			key = "portfolio.development.alone"
		}
		sentence += " " + t.T(key, "n", n, "amount", said(benefits.NumberOf(now.Apart)))
	}
	notes := []string{t.T("portfolio.development.how")}
	if now.Unplanned.Benefits > 0 {
		notes = append(notes, t.T("portfolio.development.unexpected"))
	}
	if d.Cut {
		notes = append(notes, t.T("portfolio.development.cut", "n", benefits.MaxQuarters))
	}
	about := v.about(t.T("portfolio.development.title", "indicator", name), sentence, notes...)
	about.Warnings = doubtsOver(t, d.Late, d.Alike)
	return charts.Course{
		About: about, Marks: []charts.Mark{{Day: now.Day.Time(), Name: t.T("chart.today")}},
		Panels: []charts.Panel{
			{Name: t.T("portfolio.development.axis", "unit", unit), Unit: unit, Tracks: []charts.Track{planned, awaited, measured}},
			{Name: t.T("portfolio.development.count"), Counts: true, Tracks: []charts.Track{behind, done}},
		},
	}
}
