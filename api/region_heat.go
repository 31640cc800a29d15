package api

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"helhet/assessment"
	"helhet/charts"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// heatMapPage is one round: municipality × area or task.
type heatMapPage struct {
	regionHead
	By      string // "area" or "task"
	Bys     []NavItem
	Levels  []levelView // for the legend
	Chart   chartView
	Columns []homeLink // heads, each leading to its trend
	Titles  []string   // full names of the heads
	Rows    []heatRow
	Nobody  string // why there are no rows
	Median  heatRow
	Pager   pagerView
}

type heatRow struct {
	Name, Href string
	Own        bool
	Cells      []heatCell
}

// heatCell is a score on its level's colour, or the reason why there is none.
type heatCell struct {
	Class string // "level-2", "" without a score
	Text  string // "2,4", or a sign
	Why   string // data-why: "low", "few", "missing", "outside", "" for a score that may be compared
	Words string // the reason, in words
}

// heatView is a heat map with the rows it is made of.
type heatView struct {
	*regionView
	by      string
	results *assessment.Results
	columns []assessment.Selection
	shown   []int // rows of results
	own     int   // row of the reader's own, -1
	insight insight
	pager   pagerView
	spec    charts.HeatMap
}

// heatView reads and works out the heat map asked for.
func (s *Server) heatView(c *gin.Context, r *request) (*heatView, error) {
	v, err := s.readHeat(c, r)
	if err == nil {
		v.workOut(c)
	}
	return v, err
}

func (s *Server) readHeat(c *gin.Context, r *request) (*heatView, error) {
	region, err := s.readRegion(c, r)
	if err != nil {
		return nil, err
	}
	v := &heatView{regionView: region, by: c.DefaultQuery("by", "area")}
	if v.by != "area" && v.by != "task" {
		return nil, fault.New(fault.Malformed, "api.heatView", "error.malformed")
	}
	v.results, err = s.readRound(c, r, region)
	return v, err
}

func (v *heatView) workOut(c *gin.Context) {
	t := v.Text
	var rows []int
	rows, v.insight = v.named(v.results.Municipalities)
	v.own = v.results.Row(v.Own)
	v.shown, v.pager = window(c, t, rows, v.own)

	title := t.T("region.heat.title."+v.by, "round", v.Round().Name)
	v.spec = charts.HeatMap{About: v.about(title)}
	if v.by == "area" {
		v.columns = append(v.columns, assessment.Whole)
		v.spec.Columns = append(v.spec.Columns, charts.Column{Name: t.T("home.whole")})
	}
	for _, area := range v.Model.Areas {
		if v.by == "area" {
			v.columns = append(v.columns, assessment.OfArea(area.Key))
			v.spec.Columns = append(v.spec.Columns, charts.Column{Name: v.Words.Areas[area.Key].Name})
			continue
		}
		for _, task := range area.Tasks {
			v.columns = append(v.columns, assessment.OfTask(task.Key))
			v.spec.Columns = append(v.spec.Columns, charts.Column{Name: v.Words.Tasks[task.Key].Short, Group: v.Words.Areas[area.Key].Name})
		}
	}
	for _, row := range v.shown {
		p := v.results.Municipalities[row]
		line := charts.Row{ID: string(p.Municipality), Name: p.Name, Own: row == v.own}
		for _, sel := range v.columns {
			line.Values = append(line.Values, valueOf(v.results.Figure(row, sel)))
		}
		v.spec.Rows = append(v.spec.Rows, line)
	}
	median := charts.Row{Name: t.T("region.median")}
	for _, sel := range v.columns {
		median.Values = append(median.Values, v.spread(sel).Median)
	}
	v.spec.Rows = append(v.spec.Rows, median)
	v.spec.Lowest = v.Model.Scale.Min
	for level := v.Model.Scale.Min; level <= v.Model.Scale.Max; level++ {
		v.spec.Levels = append(v.spec.Levels, t.Integer(int64(level))+" "+v.Words.Levels[level])
	}
	v.spec.Publication = v.results.Publication.Short()
	v.spec.N, v.spec.Coverage = handedInOf(v.results, v.insight)
	v.spec.Sentence = v.sentence()
	v.spec.Notes = append(v.spec.Notes, v.erratumNotes()...)
	v.spec.Notes = append(v.spec.Notes, v.hiddenNotes(v.insight)...)
	for _, line := range v.spec.Rows {
		if slices.Contains(line.Values, charts.Gap(charts.NotApplicable)) {
			v.spec.Notes = append(v.spec.Notes, t.T("region.note.slash"))
			break
		}
	}
	v.spec.Notes = append(v.spec.Notes, t.T("region.note.same"))
}

// spread is how a selection's comparable figures lie, as this reader may see it.
func (v *heatView) spread(sel assessment.Selection) spreadValues {
	return valuesOf(v.results.Spread(sel), v.insight.selection(v.results, sel))
}

// handedInOf counts who handed in, and their coverage of the whole together; a gap where it would tell of one.
func handedInOf(res *assessment.Results, in insight) (int, charts.Value) {
	var n, answered, applicable int
	for row, handedIn := range res.HandedIn {
		if !handedIn {
			continue
		}
		f, _ := res.Figure(row, assessment.Whole)
		n, answered, applicable = n+1, answered+f.Answered, applicable+f.Applicable
	}
	behind := in.behind(n, func(rows []int) (handedIn int) {
		for _, row := range rows {
			if res.HandedIn[row] {
				handedIn++
			}
		}
		return handedIn
	})
	if applicable == 0 || !org.MayShowMedian(behind) {
		return n, charts.Gap(charts.Withheld)
	}
	return n, charts.Score(answered * 1000 / applicable)
}

// sentence tells who is in it, where the region stands, and whether anything stands out.
func (v *heatView) sentence() string {
	t := v.Text
	s := t.T("region.heat.handed-in", "n", v.spec.N, "of", len(v.results.Municipalities), "round", v.Round().Name)
	if median, ok := v.spread(assessment.Whole).Median.Thousandths(); ok {
		s += " " + t.T("region.heat.median", "median", t.Score(int64(median)))
	}
	high, low := -1, -1
	var highest, lowest []string
	for _, sel := range v.columns {
		median, ok := v.spread(sel).Median.Thousandths()
		if !ok || sel == assessment.Whole {
			continue
		}
		if median > high {
			high, highest = median, nil
		}
		if median == high {
			highest = append(highest, quoted(t, v.nameOf(sel)))
		}
		if low < 0 || median < low {
			low, lowest = median, nil
		}
		if median == low {
			lowest = append(lowest, quoted(t, v.nameOf(sel)))
		}
	}
	switch {
	case high < 0:
		return s
	case high-low < int(assessment.AboutTheSame):
		return s + " " + t.T("region.heat.even."+v.by)
	}
	return s + " " + t.T("region.heat.range", "high", t.List(highest), "highest", t.Score(int64(high)), "low", t.List(lowest), "lowest", t.Score(int64(low)))
}

// quoted marks a name inside a sentence as one.
func quoted(t locale.Text, name string) string { return t.T("region.quoted", "name", name) }

func (s *Server) heatMapPage(c *gin.Context, r *request) error {
	title := r.Text.T("region.heat-map")
	v, err := s.readHeat(c, r)
	if nothingPublished(err) {
		return s.showEmptyRegion(c, r, title)
	}
	if err != nil {
		return err
	}
	return s.keep(c, r, title, answerKey(r, "heat-map", v.read), func() (mainPart, error) {
		v.workOut(c)
		return s.heatMain(c, r, title, v)
	})
}

func (s *Server) heatMain(c *gin.Context, r *request, title string, v *heatView) (mainPart, error) {
	p := heatMapPage{regionHead: regionHeadOf(c, r, title)}
	p.fill(v.regionView, true)
	p.By = v.by
	base := c.Request.URL.Path
	for _, by := range []string{"area", "task"} {
		p.Bys = append(p.Bys, NavItem{Href: address(base, asking(c, "by", by)), Label: r.Text.T("region.by." + by), Current: by == v.by})
	}
	for i, column := range v.spec.Columns {
		p.Columns = append(p.Columns, homeLink{base + "/trend" + selectionQuery(v.columns[i]), column.Name})
		p.Titles = append(p.Titles, v.nameOf(v.columns[i]))
	}
	radar := url.Values{"round": {string(v.Round().ID)}}
	for i, row := range v.shown {
		radar.Set("municipality", v.spec.Rows[i].ID)
		line := heatRow{Name: v.spec.Rows[i].Name, Own: row == v.own, Href: address(base+"/radar", radar)}
		for _, sel := range v.columns {
			f, standing := v.results.Figure(row, sel)
			line.Cells = append(line.Cells, heatCellOf(r.Text, f, standing))
		}
		p.Rows = append(p.Rows, line)
	}
	if len(p.Rows) == 0 {
		p.Nobody = r.Text.T("region.nobody")
	}
	for level := v.Model.Scale.Min; level <= v.Model.Scale.Max; level++ {
		p.Levels = append(p.Levels, levelView{Value: level, Name: v.Words.Levels[level]})
	}
	p.Median = heatRow{Name: r.Text.T("region.median")}
	for _, value := range v.spec.Rows[len(v.spec.Rows)-1].Values {
		if n, ok := value.Thousandths(); ok {
			p.Median.Cells = append(p.Median.Cells, scoreCell(r.Text, assessment.Score(n)))
			continue
		}
		p.Median.Cells = append(p.Median.Cells, heatCell{Text: "–", Why: "missing", Words: r.Text.T("region.why.withheld")})
	}
	p.Pager = v.pager
	p.Chart = chartView{
		ID: "heat-map", Title: v.spec.Title, Sentence: v.spec.Sentence, Publication: v.spec.Publication,
		Facts: facts(r.Text, v.spec.N, v.spec.Coverage), Notes: v.spec.Notes,
	}
	p.Chart.chartFiles(c, "heat-map")
	html, err := s.pages.mainPart("heat-map", p)
	return mainPart{status: http.StatusOK, html: html}, err
}

func scoreCell(t locale.Text, score assessment.Score) heatCell {
	return heatCell{Class: "level-" + strconv.Itoa((int(score)+500)/1000), Text: t.Score(int64(score))}
}

func heatCellOf(t locale.Text, f assessment.Figure, standing assessment.Standing) heatCell {
	switch standing {
	case assessment.Comparable:
		return scoreCell(t, f.Score)
	case assessment.NotCompared:
		cell := scoreCell(t, f.Score)
		cell.Why, cell.Words = "low", t.T("region.why.low")
		return cell
	case assessment.TooFew:
		return heatCell{Text: "…", Why: "few", Words: t.T("region.why.few")}
	case assessment.NotInRound:
		return heatCell{Text: "·", Why: "outside", Words: t.T("region.why.outside")}
	case assessment.NotApplicable:
		return heatCell{Text: "/", Why: "outside", Words: t.T("region.why.not-applicable")}
	}
	return heatCell{Text: "–", Why: "missing", Words: t.T("region.why.missing")}
}

// selectionQuery asks for a selection the way the trend's address does; the whole is asked for by nothing.
func selectionQuery(sel assessment.Selection) string {
	kind, key, ok := strings.Cut(string(sel), "/")
	if !ok {
		return ""
	}
	return "?" + url.Values{kind: {key}}.Encode()
}
