package api

import (
	"net/http"
	"strings"

	"helhet/assessment"
	"helhet/charts"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// radarPage is one municipality in one round against the region.
type radarPage struct {
	regionHead
	Chart          chartView
	Municipalities []choiceView // to choose among, when they are few
	Name           string       // what is chosen, or was written
	NameError      string
	Nobody         string // why there is nobody to show
}

// radarView is a radar with what it is made of.
type radarView struct {
	*regionView
	results *assessment.Results
	rows    []int  // those that may be chosen
	row     int    // the one chosen; -1 when the reader's own took no part
	name    string // its name
	unknown bool   // somebody else was asked for, who is not among them
	areas   []assessment.Selection
	figures []assessment.Figure
	stand   []assessment.Standing
	spec    charts.Radar
}

// radarView reads and works out the radar asked for.
func (s *Server) radarView(c *gin.Context, r *request) (*radarView, error) {
	v, err := s.readRadar(c, r)
	if err == nil {
		v.workOut(c, s.Register)
	}
	return v, err
}

func (s *Server) readRadar(c *gin.Context, r *request) (*radarView, error) {
	region, err := s.readRegion(c, r)
	if err != nil {
		return nil, err
	}
	v := &radarView{regionView: region}
	v.results, err = s.readRound(c, r, region)
	return v, err
}

func (v *radarView) workOut(c *gin.Context, register *org.Register) {
	t := v.Text
	var in insight
	v.rows, in = v.named(v.results.Municipalities)
	v.choose(c.Query("municipality"), register)

	v.spec = charts.Radar{About: v.about(t.T("region.radar.title", "name", v.name, "round", v.Round().Name)), Name: v.name, Scale: chartScale(v.Model)}
	for _, area := range v.Model.Areas {
		sel := assessment.OfArea(area.Key)
		f, standing := v.results.Figure(v.row, sel)
		value := valueOf(f, standing)
		if v.row < 0 && standing == assessment.Missing {
			value = charts.Gap(charts.NotTakingPart)
		}
		spread := valuesOf(v.results.Spread(sel), in.selection(v.results, sel))
		v.spec.Axes = append(v.spec.Axes, charts.Axis{Name: v.Words.Areas[area.Key].Name, Value: value, Median: spread.Median, Q1: spread.Q1, Q3: spread.Q3})
		v.areas, v.figures, v.stand = append(v.areas, sel), append(v.figures, f), append(v.stand, standing)
	}
	whole, standing := v.results.Figure(v.row, assessment.Whole)
	if whole.Applicable > 0 && standing != assessment.Missing {
		v.spec.Coverage = charts.Score(whole.Answered * 1000 / whole.Applicable)
	} else {
		v.spec.Coverage = charts.Gap(charts.NotHandedIn)
	}
	v.spec.Publication, v.spec.N = v.results.Publication.Short(), v.results.Spread(assessment.Whole).N
	v.spec.Sentence = v.sentence()
	v.spec.Notes = append(v.spec.Notes, v.erratumNotes()...)
	v.spec.Notes = append(v.spec.Notes, v.withheldNotes()...)
	v.spec.Notes = append(v.spec.Notes, v.hiddenNotes(in)...)
	v.spec.Notes = append(v.spec.Notes, t.T("region.note.same"))
}

// choose picks the municipality asked for, else the reader's own, else the first by name.
func (v *radarView) choose(asked string, register *org.Register) {
	all := v.results.Municipalities
	v.row = -1
	if asked != "" {
		v.row = findRow(all, v.rows, asked)
		v.unknown = v.row < 0
	}
	if v.row < 0 {
		v.row = findRow(all, v.rows, string(v.Own))
	}
	if v.row < 0 && v.Own == "" && len(v.rows) > 0 {
		v.row = v.rows[0]
	}
	if v.row >= 0 {
		v.name = all[v.row].Name
	} else if m, ok := register.Get(v.Own); ok {
		v.name = m.Name
	}
}

// withheldNotes say why there is no median or no band, where there is none.
func (v *radarView) withheldNotes() []string {
	var median, quartiles bool
	for _, axis := range v.spec.Axes {
		median = median || !axis.Median.Present()
		quartiles = quartiles || !axis.Q1.Present()
	}
	return withheldNotes(v.Text, median, quartiles)
}

// sentence tells in how many areas the municipality lies above, under and about at the region's median.
func (v *radarView) sentence() string {
	t := v.Text
	if v.row < 0 {
		return t.T("region.radar.no-part", "name", v.name, "round", v.Round().Name)
	}
	if !v.results.HandedIn[v.row] {
		return t.T("region.radar.missing", "name", v.name, "round", v.Round().Name)
	}
	var above, under, about, gaps []string
	known := false
	for i, axis := range v.spec.Axes {
		value, ok := axis.Value.Thousandths()
		if !ok {
			if v.stand[i] != assessment.NotInRound {
				gaps = append(gaps, quoted(t, axis.Name))
			}
			continue
		}
		median, ok := axis.Median.Thousandths()
		if !ok {
			continue
		}
		known = true
		switch d := value - median; {
		case d >= int(assessment.AboutTheSame):
			above = append(above, quoted(t, axis.Name))
		case d <= -int(assessment.AboutTheSame):
			under = append(under, quoted(t, axis.Name))
		default:
			about = append(about, quoted(t, axis.Name))
		}
	}
	var parts []string
	switch {
	case !known:
		parts = append(parts, t.T("region.radar.alone", "name", v.name))
	case len(above)+len(under) == 0:
		parts = append(parts, t.T("region.radar.same", "name", v.name))
	case len(under)+len(about) == 0:
		parts = append(parts, t.T("region.radar.all-above", "name", v.name))
	case len(above)+len(about) == 0:
		parts = append(parts, t.T("region.radar.all-under", "name", v.name))
	default:
		parts = append(parts, t.T("region.radar.against", "name", v.name))
		if len(above) > 0 {
			parts = append(parts, t.T("region.radar.above", "areas", t.List(above)))
		}
		if len(under) > 0 {
			parts = append(parts, t.T("region.radar.under", "areas", t.List(under)))
		}
		if len(about) > 0 {
			parts = append(parts, t.T("region.radar.about", "areas", t.List(about)))
		}
	}
	if len(gaps) > 0 {
		parts = append(parts, t.T("region.radar.gaps", "areas", t.List(gaps)))
	}
	return strings.Join(parts, " ")
}

func (s *Server) radarPage(c *gin.Context, r *request) error {
	title := r.Text.T("region.radar")
	v, err := s.readRadar(c, r)
	if nothingPublished(err) {
		return s.showEmptyRegion(c, r, title)
	}
	if err != nil {
		return err
	}
	return s.keep(c, r, title, answerKey(r, "radar", v.read), func() (mainPart, error) {
		v.workOut(c, s.Register)
		return s.radarMain(c, r, title, v)
	})
}

func (s *Server) radarMain(c *gin.Context, r *request, title string, v *radarView) (main mainPart, err error) {
	p := radarPage{regionHead: regionHeadOf(c, r, title)}
	p.fill(v.regionView, true)
	p.Name = v.name
	main.status = http.StatusOK
	if v.unknown {
		main.status = http.StatusNotFound
		p.Name, p.NameError = c.Query("municipality"), r.Text.T("region.pick.unknown", "name", c.Query("municipality"))
	}
	if len(v.rows) <= shownAtOnce {
		for _, row := range v.rows {
			m := v.results.Municipalities[row]
			p.Municipalities = append(p.Municipalities, choiceView{Value: string(m.Municipality), Label: m.Name, Chosen: row == v.row})
		}
	}
	if v.row < 0 && v.name == "" {
		p.Nobody = r.Text.T("region.radar.nobody")
		main.html, err = s.pages.mainPart("radar", p)
		return main, err
	}
	main.charts = true
	p.Chart = chartView{
		ID: "radar", Title: v.spec.Title, Sentence: v.spec.Sentence, Shape: "square", Publication: v.spec.Publication,
		Facts: facts(r.Text, v.spec.N, v.spec.Coverage), Notes: v.spec.Notes,
	}
	if p.Chart.Options, err = v.spec.ECharts(); err != nil {
		return main, err
	}
	p.Chart.Table = tableOf(v.spec.Table(), -1, func(row, column int) string {
		if column == 0 && v.stand[row] == assessment.NotCompared {
			return r.Text.Score(int64(v.figures[row].Score))
		}
		return ""
	})
	p.Chart.chartFiles(c, "radar")
	main.html, err = s.pages.mainPart("radar", p)
	return main, err
}
