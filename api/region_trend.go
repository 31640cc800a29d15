package api

import (
	"net/http"
	"slices"
	"strings"

	"helhet/assessment"
	"helhet/charts"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// trendPage is how the municipalities went through the rounds.
type trendPage struct {
	regionHead
	Chart     chartView
	Subjects  []choiceGroup // what the trend may speak of
	Picks     []choiceView  // municipalities to show
	Pick      string        // the one to add, when they are too many to list
	PickError string
	Many      bool   // too many to list
	Asked     bool   // some were picked
	All       string // address that shows all again
	Pager     pagerView
	Kind, Key string // the selection, for the form that picks municipalities
	Nobody    string
}

// choiceGroup is choices under a heading.
type choiceGroup struct {
	Label   string
	Choices []choiceView
}

// trendView is a trend with what it is made of.
type trendView struct {
	*regionView
	sel     assessment.Selection
	trend   *assessment.Trend
	apart   []bool // by round: its questionnaire is on no line with the one shown
	rows    []int  // those that may stand by name
	shown   []int
	picked  bool
	unknown string // asked for, and not among them
	own     int
	insight insight
	pager   pagerView
	spec    charts.Lines
}

// trendView reads and works out the trend asked for.
func (s *Server) trendView(c *gin.Context, r *request) (*trendView, error) {
	v, err := s.readTrend(c, r)
	if err == nil {
		v.workOut(c)
	}
	return v, err
}

func (s *Server) readTrend(c *gin.Context, r *request) (*trendView, error) {
	region, err := s.readRegion(c, r)
	if err != nil {
		return nil, err
	}
	v := &trendView{regionView: region}
	if v.sel, err = s.trendOf(c, v); err != nil {
		return nil, err
	}
	v.trend = v.Whole
	if v.sel != assessment.Whole {
		if v.trend, err = s.Assessments.Trend(c.Request.Context(), r.Actor, v.Region.ID, v.sel); err != nil {
			return nil, err
		}
		v.read = append(v.read, v.trend.Revision)
	}
	for _, round := range v.trend.Rounds {
		v.apart = append(v.apart, !s.Assessments.OnOneLine(round.Catalogue, v.Model.Key()))
	}
	return v, nil
}

func (v *trendView) workOut(c *gin.Context) {
	t := v.Text
	v.rows, v.insight = v.named(v.trend.Municipalities)
	v.own = v.trend.Row(v.Own)
	v.choose(c, t)

	rounds := v.trend.Rounds
	first, last := rounds[0], rounds[len(rounds)-1]
	v.spec = charts.Lines{About: v.about(t.T("region.trend.title", "what", v.nameOf(v.sel), "first", first.Name, "last", last.Name)), Scale: chartScale(v.Model)}
	var median, quartiles bool // withheld somewhere
	for i, round := range rounds {
		spread := v.trend.Spread(i)
		values := valuesOf(spread, v.insight.round(v.trend, i))
		v.spec.Rounds = append(v.spec.Rounds, charts.Round{Name: round.Name, Publication: round.Publication.Short(), N: spread.N})
		v.spec.Median, v.spec.Q1, v.spec.Q3 = append(v.spec.Median, values.Median), append(v.spec.Q1, values.Q1), append(v.spec.Q3, values.Q3)
		if v.apart[i] {
			outside := charts.Gap(charts.NotInRound)
			v.spec.Median[i], v.spec.Q1[i], v.spec.Q3[i] = outside, outside, outside
			continue
		}
		median, quartiles = median || !values.Median.Present(), quartiles || !values.Q1.Present()
	}
	for _, row := range v.shown {
		p := v.trend.Municipalities[row]
		line := charts.Series{ID: string(p.Municipality), Name: p.Name, Own: row == v.own}
		for i := range rounds {
			line.Values = append(line.Values, v.value(row, i))
		}
		v.spec.Series = append(v.spec.Series, line)
	}
	v.spec.N = v.trend.Spread(len(rounds) - 1).N
	v.spec.Coverage = v.coverage(len(rounds) - 1)
	v.spec.Sentence = v.sentence()
	var corrected, others []string
	for i, round := range rounds {
		if round.Erratum {
			corrected = append(corrected, round.Name)
		}
		if v.apart[i] {
			others = append(others, round.Name)
		}
	}
	if len(corrected) > 0 {
		v.spec.Notes = append(v.spec.Notes, t.T("region.trend.corrected", "rounds", t.List(corrected)))
	}
	if len(others) > 0 {
		v.spec.Notes = append(v.spec.Notes, t.T("region.trend.other", "rounds", t.List(others)))
	}
	v.spec.Notes = append(v.spec.Notes, withheldNotes(t, median, quartiles)...)
	v.spec.Notes = append(v.spec.Notes, v.hiddenNotes(v.insight)...)
	v.spec.Notes = append(v.spec.Notes, t.T("region.note.same"))
}

// trendOf is what the reader asks for: of the newest round's questionnaire, or of the latest one before it that has it. Then it is that one's
// words and scale that are shown.
func (s *Server) trendOf(c *gin.Context, v *trendView) (assessment.Selection, error) {
	area, task, dimension := c.Query("area"), c.Query("task"), c.Query("dimension")
	sel, err := assessment.SelectionOf(v.Model, area, task, dimension)
	for i, round := range slices.Backward(v.Rounds) {
		if fault.CodeOf(err) != fault.NotFound {
			break
		}
		older, unknown := s.Assessments.Catalogue(round.Catalogue)
		if unknown != nil {
			continue
		}
		if found, not := assessment.SelectionOf(older, area, task, dimension); not == nil {
			sel, err = found, nil
			v.At, v.Model, v.Words = i, older, wording(older, v.Text)
		}
	}
	return sel, err
}

// choose finds which municipalities are shown: those picked, else all, a page at a time.
func (v *trendView) choose(c *gin.Context, t locale.Text) {
	for _, name := range c.QueryArray("municipality") {
		if strings.TrimSpace(name) == "" {
			continue
		}
		row := findRow(v.trend.Municipalities, v.rows, name)
		if row < 0 {
			v.unknown = name
			continue
		}
		if !slices.Contains(v.shown, row) && len(v.shown) < shownAtOnce {
			v.shown = append(v.shown, row)
		}
	}
	if v.picked = len(v.shown) > 0; v.picked {
		slices.Sort(v.shown)
		return
	}
	v.shown, v.pager = window(c, t, v.rows, v.own)
}

// value is a municipality's figure in a round as the chart shows it.
func (v *trendView) value(row, round int) charts.Value {
	if v.trend.Present[row*len(v.trend.Rounds)+round] == 0 {
		return charts.Gap(charts.NotTakingPart)
	}
	if v.apart[round] {
		return charts.Gap(charts.NotInRound)
	}
	return valueOf(v.trend.Figure(row, round))
}

// coverage is that of all who handed in a round, together; a gap where it would tell of one.
func (v *trendView) coverage(round int) charts.Value {
	var answered, applicable, n int
	handedIn := func(row int) bool {
		_, standing := v.trend.Figure(row, round)
		return standing != assessment.Missing && standing != assessment.NotInRound
	}
	for row := range v.trend.Municipalities {
		if handedIn(row) {
			f, _ := v.trend.Figure(row, round)
			n, answered, applicable = n+1, answered+f.Answered, applicable+f.Applicable
		}
	}
	behind := v.insight.behind(n, func(rows []int) (n int) {
		for _, row := range rows {
			if handedIn(row) {
				n++
			}
		}
		return n
	})
	if applicable == 0 || !org.MayShowMedian(behind) {
		return charts.Gap(charts.Withheld)
	}
	return charts.Score(answered * 1000 / applicable)
}

// withheldNotes say why there is no median or no band, where there is none.
func withheldNotes(t locale.Text, median, quartiles bool) []string {
	switch {
	case median:
		return []string{t.T("region.withheld.median")}
	case quartiles:
		return []string{t.T("region.withheld.quartiles")}
	}
	return nil
}

// sentence tells how the reader's own municipality moved (or the only one shown), how the region's median did, and how many breaks the
// lines have.
func (v *trendView) sentence() string {
	t := v.Text
	var parts []string
	subject := -1
	for i, line := range v.spec.Series {
		if line.Own || len(v.spec.Series) == 1 {
			subject = i
		}
	}
	if subject >= 0 {
		line := v.spec.Series[subject]
		parts = append(parts, v.moved("region.trend", line.Name, line.Values))
	}
	if median := v.moved("region.trend.median", "", v.spec.Median); median != "" {
		parts = append(parts, median)
	}
	gaps := 0
	for _, line := range v.spec.Series {
		joined := false // a line that begins late is not broken before it begins
		for _, value := range line.Values {
			if joined && !value.Present() {
				gaps++
			}
			joined = joined || value.Present()
		}
	}
	if gaps > 0 {
		parts = append(parts, t.T("region.trend.gaps", "n", gaps))
	}
	return strings.Join(parts, " ")
}

// moved tells how a line went from its first value to its last; without two values it says so of a municipality, and nothing of the median.
func (v *trendView) moved(key, name string, values []charts.Value) string {
	t := v.Text
	from, to := -1, -1
	for i, value := range values {
		if value.Present() {
			if from < 0 {
				from = i
			}
			to = i
		}
	}
	switch {
	case from < 0 && name == "":
		return ""
	case from < 0:
		return t.T("region.trend.none", "name", name)
	case from == to && name == "":
		return ""
	case from == to:
		only, _ := values[to].Thousandths()
		return t.T("region.trend.once", "name", name, "score", t.Score(int64(only)), "round", v.spec.Rounds[to].Name)
	}
	before, _ := values[from].Thousandths()
	after, _ := values[to].Thousandths()
	args := []any{"name", name, "from", t.Score(int64(before)), "first", v.spec.Rounds[from].Name, "to", t.Score(int64(after)), "last", v.spec.Rounds[to].Name}
	switch d := after - before; {
	case d >= int(assessment.AboutTheSame):
		return t.T(key+".up", args...)
	case d <= -int(assessment.AboutTheSame):
		return t.T(key+".down", args...)
	}
	return t.T(key+".same", args...)
}

// subjects lists what a trend may speak of.
func (v *trendView) subjects() []choiceGroup {
	t := v.Text
	choice := func(sel assessment.Selection) choiceView {
		return choiceView{Value: string(sel), Label: v.nameOf(sel), Chosen: sel == v.sel}
	}
	areas, dimensions := choiceGroup{Label: t.T("region.areas")}, choiceGroup{Label: t.T("region.dimensions")}
	groups := []choiceGroup{{Label: t.T("region.all"), Choices: []choiceView{choice(assessment.Whole)}}}
	var tasks []choiceGroup
	for _, area := range v.Model.Areas {
		areas.Choices = append(areas.Choices, choice(assessment.OfArea(area.Key)))
		inArea := choiceGroup{Label: t.T("region.tasks", "area", v.Words.Areas[area.Key].Name)}
		for _, task := range area.Tasks {
			inArea.Choices = append(inArea.Choices, choice(assessment.OfTask(task.Key)))
		}
		tasks = append(tasks, inArea)
	}
	for _, d := range v.Model.Dimensions {
		dimensions.Choices = append(dimensions.Choices, choice(assessment.OfDimension(d)))
	}
	return append(append(groups, areas, dimensions), tasks...)
}

func (s *Server) trendPage(c *gin.Context, r *request) error {
	if of, ok := c.GetQuery("of"); ok { // the form's one field, made into the address that is linked to
		return redirectToSelection(c, assessment.Selection(of))
	}
	title := r.Text.T("region.trend")
	v, err := s.readTrend(c, r)
	if nothingPublished(err) {
		return s.showEmptyRegion(c, r, title)
	}
	if err != nil {
		return err
	}
	return s.keep(c, r, title, answerKey(r, "trend", v.read), func() (mainPart, error) {
		v.workOut(c)
		return s.trendMain(c, r, title, v)
	})
}

func (s *Server) trendMain(c *gin.Context, r *request, title string, v *trendView) (main mainPart, err error) {
	p := trendPage{regionHead: regionHeadOf(c, r, title)}
	p.fill(v.regionView, false)
	p.Subjects, p.Asked, p.Pager = v.subjects(), v.picked, v.pager
	if kind, key, ok := strings.Cut(string(v.sel), "/"); ok {
		p.Kind, p.Key = kind, key
	}
	main.status = http.StatusOK
	if v.unknown != "" {
		main.status = http.StatusNotFound
		p.Pick, p.PickError = v.unknown, r.Text.T("region.pick.unknown", "name", v.unknown)
	}
	listed := v.rows
	if p.Many = len(listed) > shownAtOnce; p.Many {
		listed = v.shown
	}
	for _, row := range listed {
		m := v.trend.Municipalities[row]
		p.Picks = append(p.Picks, choiceView{Value: string(m.Municipality), Label: m.Name, Chosen: slices.Contains(v.shown, row)})
	}
	p.All = address(c.Request.URL.Path, asking(c, "municipality", ""))
	if len(v.shown) == 0 {
		p.Nobody = r.Text.T("region.nobody")
	}
	main.charts = true
	last := v.trend.Rounds[len(v.trend.Rounds)-1]
	p.Chart = chartView{
		ID: "trend", Title: v.spec.Title, Sentence: v.spec.Sentence, Shape: "wide", Publication: last.Publication.Short(),
		Facts: facts(r.Text, v.spec.N, v.spec.Coverage), Notes: v.spec.Notes,
	}
	if p.Chart.Options, err = v.spec.ECharts(); err != nil {
		return main, err
	}
	p.Chart.Table = tableOf(v.spec.Table(), slices.Index(v.shown, v.own), func(row, round int) string {
		if row >= len(v.shown) {
			return ""
		}
		f, standing := v.trend.Figure(v.shown[row], round)
		if standing != assessment.NotCompared {
			return ""
		}
		return r.Text.Score(int64(f.Score))
	})
	p.Chart.chartFiles(c, "trend")
	main.html, err = s.pages.mainPart("trend", p)
	return main, err
}

// redirectToSelection leads from of=area/support to area=support, keeping what else was asked.
func redirectToSelection(c *gin.Context, sel assessment.Selection) error {
	q := asking(c, "of", "")
	for _, kind := range []string{"area", "task", "dimension"} {
		q.Del(kind)
	}
	kind, key, ok := strings.Cut(string(sel), "/")
	switch {
	case sel == assessment.Whole:
	case ok && (kind == "area" || kind == "task" || kind == "dimension"):
		q.Set(kind, key)
	default:
		return fault.New(fault.Malformed, "api.trendPage", "error.malformed")
	}
	c.Redirect(http.StatusSeeOther, address(c.Request.URL.Path, q))
	return nil
}
