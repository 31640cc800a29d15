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
	spec := s.benefitCourse(r.Text, b, true)
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
	spec := s.benefitCourse(r.Text, b, true)
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

// benefitCourse is the chart of a benefit in words: its baseline, plan and measurements. Inside is for its municipality's own people; for everybody else figures of
// few people are "<5". It reads nothing.
func (s *Server) benefitCourse(t locale.Text, b benefits.Benefit, inside bool) charts.Course {
	today := assessment.DayOf(s.Now())
	w := charts.BenefitWords{Unit: s.unitShown(t, b.Unit, s.Benefits.Times(b.Data)), Baseline: t.T("benefit.baseline"), Plan: t.T("chart.plan"), Measured: t.T("chart.measured"), EffectFrom: t.T("chart.effect"), Today: t.T("chart.today")}
	w.Axis = w.Unit
	if b.Direction != "" {
		w.Axis = t.T("chart.axis", "unit", w.Unit, "direction", t.Within("benefit.direction", b.Direction))
	}
	about := s.gainsAbout(t, t.T("chart.benefit.title", "title", b.Title), s.gainsSource(t, b.Municipality))
	about.Sentence = courseSentence(t, b, inside)
	few, ranged := 0, b.Baseline.Low != ""
	for _, f := range b.Measured() {
		if f.Few() {
			few++
		}
		ranged = ranged || f.Low != ""
	}
	if about.Warnings = warningsOf(t, b, s.Now()); b.PartOf != "" {
		about.Warnings = append(about.Warnings, t.T("related.part.says"))
	}
	if missed := len(b.Missed(today)); missed > 0 {
		about.Notes = append(about.Notes, t.T("chart.benefit.missed", "n", missed))
	}
	if few > 0 {
		about.Notes = append(about.Notes, t.T("chart.benefit.few", "n", few, "min", benefits.FewPeople))
	}
	if ranged {
		about.Notes = append(about.Notes, t.T("chart.note.range"))
	}
	return charts.OfBenefit(about, w, b, today, inside)
}

// courseSentence tells what a benefit's chart shows.
func courseSentence(t locale.Text, b benefits.Benefit, inside bool) string {
	var parts []string
	last, measured := b.Latest()
	hidden := measured && last.Few() && !inside
	switch {
	case hidden:
		parts = append(parts, t.T("chart.benefit.hidden", "min", benefits.FewPeople))
	case measured && last.Low != last.High:
		parts = append(parts, t.T("chart.benefit.measured.between", "value", amount(t, b.Unit, last.Value), "date", dayShown(t, last.To), "low", amount(t, b.Unit, last.Low), "high", amount(t, b.Unit, last.High)))
	case measured:
		parts = append(parts, t.T("chart.benefit.measured", "value", amount(t, b.Unit, last.Value), "date", dayShown(t, last.To)))
	default:
		parts = append(parts, t.T("chart.benefit.unmeasured"))
	}
	if b.Baseline.Value != "" {
		parts = append(parts, t.T("chart.benefit.baseline", "value", amount(t, b.Unit, b.Baseline.Value)))
	}
	if b.Target.Value != "" && b.Target.Date != "" {
		parts = append(parts, t.T("chart.benefit.target", "value", amount(t, b.Unit, b.Target.Value), "date", dayShown(t, b.Target.Date)))
	}
	if reach, ok := b.Reached(); ok && !hidden {
		parts = append(parts, t.T("chart.benefit.reached", "share", amount(t, benefits.Share, benefits.Number(reach.Part.Percent().String()))))
	}
	if b.Direction != "" {
		parts = append(parts, t.Within("benefit.direction", b.Direction)+".")
	}
	return strings.Join(parts, " ")
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
