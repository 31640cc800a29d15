package api

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/charts"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/store"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// shownAtOnce is how many municipalities a results page draws; the others are paged to or picked.
const shownAtOnce = 25

// regionView is what a results page starts from: the published rounds, the one looked at, and what decides who may stand by name.
//
// A view is read first, and worked out from what was read afterwards: its page is kept by the revisions of what was read, so the second
// half is left out when the page is there already. What working out uses beside is the request's address, language and reach.
type regionView struct {
	Text   locale.Text
	Demo   bool
	Region org.Region
	Rounds []assessment.TrendRound // oldest first
	At     int                     // the round looked at
	Whole  *assessment.Trend
	Model  *catalogue.Catalogue
	Words  catalogue.Wording
	Own    org.MunicipalityID // the reader's own municipality in this region, "" when she has none
	actor  org.Actor
	// corrected is the round looked at when it has an erratum; no other is read.
	corrected assessment.Round
	// read has the revision of every document that was.
	read []store.Revision
}

// readRegion reads what every results page needs: the trend of the whole, which names the rounds, and the region, which holds the
// consents. Fault NotFound with error.trend.none before the first publication.
func (s *Server) readRegion(c *gin.Context, r *request) (*regionView, error) {
	ctx := c.Request.Context()
	id := org.RegionID(c.Param("region"))
	v := &regionView{Text: r.Text, Demo: s.Demo, At: -1, actor: r.Actor}
	var err error
	if v.Whole, err = s.Assessments.Trend(ctx, r.Actor, id, assessment.Whole); err != nil {
		return nil, err
	}
	v.Rounds = v.Whole.Rounds
	asked := c.Query("round")
	for i, round := range v.Rounds {
		if asked == "" || string(round.ID) == asked {
			v.At = i
		}
	}
	if v.At < 0 {
		return nil, fault.New(fault.NotFound, "api.readRegion", "error.round.no-results")
	}
	if v.Region, err = s.Regions.Get(ctx, id); err != nil {
		return nil, err
	}
	if v.Model, err = s.Assessments.Catalogue(v.Round().Catalogue); err != nil {
		return nil, err
	}
	v.Words = wording(v.Model, r.Text)
	if r.Actor.Region() == id {
		v.Own = r.Actor.Municipality()
	}
	v.read = append(v.read, v.Whole.Revision, v.Region.Revision)
	return v, nil
}

// readRound reads the results of the round looked at, and the round itself where it was corrected.
func (s *Server) readRound(c *gin.Context, r *request, v *regionView) (*assessment.Results, error) {
	ctx := c.Request.Context()
	results, err := s.Assessments.Results(ctx, r.Actor, v.Round().Publication)
	if err != nil {
		return nil, err
	}
	v.read = append(v.read, results.Revision)
	if !v.Round().Erratum {
		return results, nil
	}
	if v.corrected, err = s.Assessments.PublishedRound(ctx, r.Actor, v.Round().ID); err != nil {
		return nil, err
	}
	v.read = append(v.read, v.corrected.Revision)
	return results, nil
}

// Round is the one looked at.
func (v *regionView) Round() assessment.TrendRound { return v.Rounds[v.At] }

// named picks the rows that may stand by name, in the order they have, and tells what the reader knows of all.
func (v *regionView) named(all []assessment.Participant) (rows []int, in insight) {
	named := namedFor(v.actor, v.Region)
	for i, p := range all {
		if named(p.Municipality) {
			rows = append(rows, i)
		}
	}
	return rows, insightOf(v.actor, named, all)
}

// hiddenNotes say how many do not stand by name.
func (v *regionView) hiddenNotes(in insight) []string {
	if len(in.unnamed) == 0 {
		return nil
	}
	return []string{v.Text.T("region.hidden", "n", len(in.unnamed))}
}

// spreadValues are a spread as a chart shows it: withheld where few municipalities are behind it.
type spreadValues struct{ Median, Q1, Q3 charts.Value }

func valuesOf(s assessment.Spread, behind org.Sample) spreadValues {
	v := spreadValues{charts.Gap(charts.Withheld), charts.Gap(charts.Withheld), charts.Gap(charts.Withheld)}
	if org.MayShowMedian(behind) {
		v.Median = charts.Score(int(s.Median))
	}
	if org.MayShowQuartiles(behind) {
		v.Q1, v.Q3 = charts.Score(int(s.Q1)), charts.Score(int(s.Q3))
	}
	return v
}

// valueOf is a figure as a chart shows it. Only what may be compared is drawn; the rest is a gap with its reason.
func valueOf(f assessment.Figure, standing assessment.Standing) charts.Value {
	switch standing {
	case assessment.Comparable:
		return charts.Score(int(f.Score))
	case assessment.NotCompared:
		return charts.Gap(charts.NotCompared)
	case assessment.TooFew:
		return charts.Gap(charts.TooFewAnswers)
	case assessment.NotApplicable:
		return charts.Gap(charts.NotApplicable)
	case assessment.NotInRound:
		return charts.Gap(charts.NotInRound)
	}
	return charts.Gap(charts.NotHandedIn)
}

// chartWords are the words a chart is made of, in the reader's language.
func chartWords(t locale.Text) charts.Words {
	return charts.Words{
		Municipality: t.T("region.municipality"), Area: t.T("region.area"), Level: t.T("level"),
		Median: t.T("region.median"), LowerQuartile: t.T("region.q1"), UpperQuartile: t.T("region.q3"), Quartiles: t.T("region.quartiles"),
		N: "n", Coverage: t.T("region.coverage"), Publication: t.T("region.publication"),
		NotHandedIn: t.T("region.why.missing"), TooFewAnswers: t.T("region.why.few"), NotCompared: t.T("region.why.low"),
		NotInRound: t.T("region.why.outside"), NotApplicable: t.T("region.why.not-applicable"), NotTakingPart: t.T("region.why.no-part"),
		Withheld: t.T("region.why.withheld"), Gap: t.T("region.gap"),
		Source: t.T("chart.source"), Date: t.T("chart.date"), Low: t.T("chart.low"), High: t.T("chart.high"),
		NotMeasured: t.T("chart.why.not-measured"), FewPeople: t.T("chart.why.few-people"), NotDecided: t.T("chart.why.not-decided"), Warning: t.T("chart.warning"),
	}
}

// chartFormat is how numbers stand in pictures: with the one decimal people read.
func chartFormat(t locale.Text) charts.Format {
	f := charts.Norwegian()
	if t.Lang() == locale.English {
		f = charts.English()
	}
	f.Decimals = 1
	return f
}

func (v *regionView) about(title string) charts.About {
	a := charts.About{Title: title, Format: chartFormat(v.Text), Words: chartWords(v.Text)}
	if v.Demo {
		a.Synthetic = v.Text.T("layout.demo.name")
	}
	return a
}

// chartScale is a questionnaire's scale as charts have it.
func chartScale(c *catalogue.Catalogue) charts.Scale {
	return charts.Scale{Min: 1000 * c.Scale.Min, Max: 1000 * c.Scale.Max}
}

// nameOf is what a selection is called.
func (v *regionView) nameOf(sel assessment.Selection) string {
	return selectionName(v.Text, v.Words, sel)
}

func selectionName(t locale.Text, w catalogue.Wording, sel assessment.Selection) string {
	kind, key, _ := strings.Cut(string(sel), "/")
	switch kind {
	case "area":
		return w.Areas[catalogue.AreaKey(key)].Name
	case "task":
		return w.Tasks[catalogue.TaskKey(key)].Name
	case "dimension":
		return w.Dimensions[catalogue.DimensionKey(key)].Name
	}
	return t.T("home.whole")
}

// erratumNotes tells that the round looked at was corrected, when and why.
func (v *regionView) erratumNotes() []string {
	if !v.Round().Erratum {
		return nil
	}
	last := v.corrected.Publications[len(v.corrected.Publications)-1]
	if last.Departure {
		return []string{v.Text.T("region.departure", "date", v.Text.Date(last.At))}
	}
	if !org.MaySeeRounds(v.actor, v.Region.ID) { // the reason may name somebody who does not stand by name
		return []string{v.Text.T("region.erratum.outside", "date", v.Text.Date(last.At))}
	}
	return []string{v.Text.T("region.erratum", "date", v.Text.Date(last.At), "reason", last.Reason)}
}

// regionHead is what the three results pages have above their chart. It embeds no Layout, since their main parts are kept and shared.
type regionHead struct {
	locale.Text
	Title  string
	Region string // name
	Round  string // name of the round looked at, "" on the trend
	Tabs   []NavItem
	Rounds []choiceView
	Empty  string   // why there is nothing, and what comes next
	Next   homeLink // what to do about it
	Action string   // where the filters' form goes
}

func regionHeadOf(c *gin.Context, r *request, title string) regionHead {
	base := "/regions/" + url.PathEscape(c.Param("region"))
	h := regionHead{Text: r.Text, Title: title, Action: c.Request.URL.Path}
	for _, tab := range []struct{ path, key string }{{base, "region.heat-map"}, {base + "/radar", "region.radar"}, {base + "/trend", "region.trend"}} {
		q := url.Values{}
		if round := c.Query("round"); round != "" && tab.path != base+"/trend" {
			q.Set("round", round)
		}
		h.Tabs = append(h.Tabs, NavItem{Href: address(tab.path, q), Label: r.Text.T(tab.key), Current: tab.path == c.Request.URL.Path})
	}
	return h
}

func (h *regionHead) fill(v *regionView, withRounds bool) {
	h.Region = v.Region.Name
	if !withRounds {
		return
	}
	h.Round = v.Round().Name
	for i, round := range slices.Backward(v.Rounds) {
		h.Rounds = append(h.Rounds, choiceView{Value: string(round.ID), Label: round.Name, Chosen: i == v.At})
	}
}

// showEmptyRegion says that nothing is published yet, and what comes next.
func (s *Server) showEmptyRegion(c *gin.Context, r *request, title string) error {
	h := regionHeadOf(c, r, title)
	h.Empty = r.Text.T("region.empty")
	if org.MayRunRounds(r.Actor, org.RegionID(c.Param("region"))) {
		h.Empty, h.Next = r.Text.T("region.empty.lead"), homeLink{"/rounds", r.Text.T("region.empty.rounds")}
	}
	html, err := s.pages.mainPart("region-empty", h)
	if err != nil {
		return err
	}
	return s.frame(c, r, title, mainPart{status: http.StatusOK, html: html})
}

// nothingPublished tells the one failure of readRegion that is no failure for a page.
func nothingPublished(err error) bool {
	return fault.CodeOf(err) == fault.NotFound && faultOf(err).Key == "error.trend.none"
}

func (s *Server) ownRegion(c *gin.Context, r *request) error {
	region := r.Actor.Region()
	if region == "" && org.MayChooseRegion(r.Actor) {
		c.Redirect(http.StatusSeeOther, "/regions")
		return nil
	}
	if region == "" {
		return fault.New(fault.Forbidden, "api.ownRegion", "error.forbidden")
	}
	c.Redirect(http.StatusSeeOther, address("/regions/"+url.PathEscape(string(region)), c.Request.URL.Query()))
	return nil
}

// address joins a path and what is asked of it.
func address(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// asking is the page's own query with one value changed; "" takes it away.
func asking(c *gin.Context, name, value string) url.Values {
	q := c.Request.URL.Query()
	if q.Del(name); value != "" {
		q.Set(name, value)
	}
	return q
}

// chartView is a chart as a page shows it: its sentence, what it rests on, its table and its files.
type chartView struct {
	ID              string
	Title, Sentence string
	Shape           string
	Options         chartOptions
	SVG, PNG, CSV   string // addresses
	Facts           []string
	Publication     string // "" where the facts name the source
	Open            bool   // the table is: there is no picture
	Notes           []string
	Table           tableView
}

// tableView is a chart's table.
type tableView struct {
	Caption string
	Header  []string
	Rows    []tableRow
	Foot    []tableRow
}

type tableRow struct {
	Own   bool
	Name  string
	Cells []tableCell
}

// tableCell is a figure in words. Low marks one that is shown and not compared.
type tableCell struct {
	Text string
	Low  bool
}

// chartFiles fills in the addresses of the chart's files: the same view under the same query.
func (v *chartView) chartFiles(c *gin.Context, name string) {
	base := "/regions/" + url.PathEscape(c.Param("region")) + "/charts/" + name
	q := c.Request.URL.Query()
	v.SVG, v.PNG, v.CSV = address(base+".svg", q), address(base+".png", q), address(base+".csv", q)
}

// tableOf makes the page's table of a chart's. low gives the score of a cell that is shown and not compared, "" for others.
func tableOf(t charts.Table, ownRow int, low func(row, column int) string) tableView {
	v := tableView{Caption: t.Caption, Header: t.Header}
	for i, cells := range t.Rows {
		row := tableRow{Name: cells[0], Own: i == ownRow}
		for j, text := range cells[1:] {
			cell := tableCell{Text: text}
			if score := low(i, j); score != "" {
				cell = tableCell{Text: score, Low: true}
			}
			row.Cells = append(row.Cells, cell)
		}
		v.Rows = append(v.Rows, row)
	}
	for _, cells := range t.Foot {
		if len(cells) < len(t.Header) {
			continue // one value for the whole chart, which stands above the table
		}
		row := tableRow{Name: cells[0]}
		for _, text := range cells[1:] {
			row.Cells = append(row.Cells, tableCell{Text: text})
		}
		v.Foot = append(v.Foot, row)
	}
	return v
}

// facts are the line under a chart.
func facts(t locale.Text, n int, coverage charts.Value) []string {
	all := []string{t.T("region.facts.n", "n", n)}
	if share, ok := coverage.Thousandths(); ok {
		all = append(all, t.T("region.facts.coverage", "share", t.Percent(int64(share), 1000)))
	}
	return all
}

// pagerView leads through more municipalities than a page shows.
type pagerView struct {
	Text           string // "Kommune 1–25 av 357"
	Previous, Next string // addresses, "" where there is none
}

// window cuts the rows a page shows out of all that may be shown. Above shownAtOnce the reader's own stands first on every page, and the
// others follow by name.
func window(c *gin.Context, t locale.Text, rows []int, own int) ([]int, pagerView) {
	if len(rows) <= shownAtOnce {
		return rows, pagerView{}
	}
	size, others := shownAtOnce, rows
	var shown []int
	if slices.Contains(rows, own) {
		size--
		shown = append(shown, own)
		others = slices.DeleteFunc(slices.Clone(rows), func(row int) bool { return row == own })
	}
	pages := (len(others) + size - 1) / size
	page, err := strconv.Atoi(c.DefaultQuery("page", "1"))
	if err != nil {
		page = 1
	}
	page = min(max(page, 1), pages)
	from, to := (page-1)*size, min(page*size, len(others))
	p := pagerView{Text: t.T("region.pager", "from", from+1, "to", to, "of", len(others))}
	path := c.Request.URL.Path
	if page > 1 {
		p.Previous = address(path, asking(c, "page", strconv.Itoa(page-1)))
	}
	if page < pages {
		p.Next = address(path, asking(c, "page", strconv.Itoa(page+1)))
	}
	return append(shown, others[from:to]...), p
}

// findRow finds a municipality by what a person may write or a link may hold: its identity, its number or its name.
func findRow(all []assessment.Participant, rows []int, name string) int {
	name = strings.TrimSpace(name)
	for _, row := range rows {
		if p := all[row]; name == string(p.Municipality) || name == string(p.Number) || strings.EqualFold(name, p.Name) {
			return row
		}
	}
	return -1
}
