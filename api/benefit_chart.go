package api

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/charts"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"
	"helhet/reports"

	"github.com/gin-gonic/gin"
)

// chartFigure is a chart of benefits on a page. A page may have several.
type chartFigure struct {
	locale.Text
	Chart chartView
}

// gainsFormat is how amounts stand on pages and in pictures: in groups of thousands.
func gainsFormat(t locale.Text) charts.Format {
	f := chartFormat(t)
	f.Group = "\u00a0"
	return f
}

// gainsAbout is what a chart of benefits says of itself. Source is where its numbers come from, with the day.
func (s *Server) gainsAbout(t locale.Text, title, source string) charts.About {
	a := charts.About{Title: title, Source: source, Format: gainsFormat(t), Words: chartWords(t)}
	if s.Demo {
		a.Synthetic = t.T("layout.demo.name")
	}
	return a
}

// gainsSource names a municipality's benefits as they stand today.
func (s *Server) gainsSource(t locale.Text, m org.MunicipalityID) string {
	return t.T("chart.source.benefits", "place", s.municipalityName(t, m), "date", t.ShortDate(s.Now()))
}

// figureOf shows a specification on a page. Files is the address that its files stand under, with what is asked of them; shape is the room it needs.
func figureOf(t locale.Text, spec specification, about charts.About, id, files string, q url.Values, shape string) (chartFigure, error) {
	f := chartFigure{Text: t, Chart: chartView{ID: id, Title: about.Title, Sentence: about.Sentence, Shape: shape, Notes: slices.Concat(about.Warnings, about.Notes),
		Facts: []string{t.T("chart.facts.source", "source", about.Source)}}}
	var err error
	if f.Chart.Options, err = spec.ECharts(); err != nil {
		return f, err
	}
	f.Chart.Table = tableOf(spec.Table(), -1, func(int, int) string { return "" })
	f.Chart.SVG, f.Chart.PNG, f.Chart.CSV = address(files+".svg", q), address(files+".png", q), address(files+".csv", q)
	return f, nil
}

// forFile is a specification as a file has it: in one of numbers thousands stand together, and levels have all the decimals that were published.
func forFile(spec specification, form string) specification {
	if form != "csv" {
		return spec
	}
	switch x := spec.(type) {
	case charts.Course:
		x.Format.Group, x.Format.Decimals = "", 3
		return x
	case charts.Bars:
		x.Format.Group = ""
		return x
	case charts.Scatter:
		x.Format.Group, x.Format.Decimals = "", 3
		return x
	}
	return spec
}

// courseFigure is a benefit's course on its page; nil while it has neither baseline, plan nor measurement.
func (s *Server) courseFigure(ctx context.Context, r *request, b benefits.Benefit) (*chartFigure, error) {
	spec := s.benefitCourse(r.Text, b)
	if len(spec.Panels) == 0 {
		return nil, nil
	}
	twins, err := s.twinsSaid(ctx, r, b)
	if err != nil {
		return nil, err
	}
	spec.Warnings = append(spec.Warnings, twins...)
	f, err := figureOf(r.Text, spec, spec.About, "course", benefitPath(b.ID)+"/charts/course", nil, "wide")
	return &f, err
}

// benefitFile answers with a benefit's course as a file.
func (s *Server) benefitFile(c *gin.Context, r *request) error {
	b, err := s.Benefits.Benefit(c.Request.Context(), r.Actor, benefits.ID(c.Param("benefit")))
	if err != nil {
		return err
	}
	name, form, _ := strings.Cut(c.Param("chart"), ".")
	spec := s.benefitCourse(r.Text, b)
	if name != "course" || len(spec.Panels) == 0 {
		return fault.New(fault.NotFound, "api.benefitFile", "error.page.unknown")
	}
	twins, err := s.twinsSaid(c.Request.Context(), r, b)
	if err != nil {
		return err
	}
	spec.Warnings = append(spec.Warnings, twins...)
	return s.drawFile(c, r, forFile(spec, form), "gevinst-"+url.PathEscape(string(b.ID)), form)
}

// benefitCourse is the chart of a benefit in words, for its municipality's own people: its baseline, plan and measurements. It reads nothing.
func (s *Server) benefitCourse(t locale.Text, b benefits.Benefit) charts.Course {
	about := s.gainsAbout(t, "", s.gainsSource(t, b.Municipality))
	if about.Warnings = warningsOf(t, b, s.Now()); b.PartOf != "" {
		about.Warnings = append(about.Warnings, t.T("related.part.says"))
	}
	return reports.Course(t, about, s.Benefits.Indicators, b, assessment.DayOf(s.Now()), true)
}

// unitShown is what is counted, with its time: "Timer per uke".
func (s *Server) unitShown(t locale.Text, u benefits.Unit, per benefits.Per) string {
	if u == "" {
		return ""
	}
	unit := t.Within("benefit.unit", u)
	if per != "" {
		unit += " " + t.Within("indicator.per", per)
	}
	return unit
}

// indicatorName is a shared indicator in the reader's language.
func (s *Server) indicatorName(t locale.Text, k benefits.IndicatorKey) string {
	return s.Benefits.Indicators.In(catalogue.Lang(t.Lang()), k).Name
}
