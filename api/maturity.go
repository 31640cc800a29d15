package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
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

// maturityPage sets the levels of the reader's municipality beside what its benefits have reached.
type maturityPage struct {
	Layout
	Place  string
	Empty  string // why there is nothing to compare
	Areas  []choiceView
	Lags   []choiceView
	Course chartFigure // one area along the days
	Pairs  chartFigure // all areas and rounds: a scatter, or a table
	Few    string      // why there is no scatter
}

// How many months later than a level a gain may be looked at, and from how many pairs they are drawn as a scatter.
var maturityLags = []int{0, 6, 12, 18}

const fewestDots = 20

// maturity is what a municipality's areas were rated at in each published round, and what their benefits had reached some months later.
type maturity struct {
	Lag    int // months
	Rounds []assessment.TrendRound
	Areas  []areaMaturity
}

type areaMaturity struct {
	Area  catalogue.Area
	Pairs []maturityPair // in the order of Rounds
}

type maturityPair struct {
	Level charts.Value // a gap says why there is none
	On    benefits.Day // the day that the gain is looked at: as many months after the round closed
	Come  bool         // that day has come
	Gain  benefits.MeanReach
}

// none tells that the area has no benefit that could have been measured.
func (a areaMaturity) none() bool {
	return !slices.ContainsFunc(a.Pairs, func(p maturityPair) bool { return !p.Come || p.Gain.Benefits > 0 })
}

// gain is the pair's second value, and what it lies between.
func (p maturityPair) gain() (value, low, high charts.Value) {
	none := charts.Gap(charts.NotMeasured)
	if !p.Come || p.Gain.Measured == 0 {
		return none, none, none
	}
	if p.Gain.Low == p.Gain.High {
		return charts.Amount(p.Gain.Part), none, none
	}
	return charts.Amount(p.Gain.Part), charts.Amount(p.Gain.Low), charts.Amount(p.Gain.High)
}

// maturityOf works out the pairs of a municipality, for its own people. It reads its benefits in one query and a trend for each area: as many documents however many
// measurements there are. Only the municipality's own levels and benefits stand in it. Fault NotFound with error.trend.none before the first publication.
func (s *Server) maturityOf(ctx context.Context, r *request, m org.MunicipalityID, lag int, inside bool) (maturity, error) {
	all, err := s.Benefits.All(ctx, r.Actor, m)
	if err != nil {
		return maturity{}, err
	}
	model, today := s.newestCatalogue((*catalogue.Catalogue).Published), assessment.DayOf(s.Now())
	out := maturity{Lag: lag}
	for _, area := range model.Areas {
		trend, err := s.Assessments.Trend(ctx, r.Actor, r.Actor.Region(), assessment.OfArea(area.Key))
		if err != nil {
			return maturity{}, err
		}
		out.Rounds = trend.Rounds
		row, x := trend.Row(m), areaMaturity{Area: area}
		for i, round := range trend.Rounds {
			p := maturityPair{Level: charts.Gap(charts.NotTakingPart), On: benefits.MonthsAfter(assessment.DayOf(round.ClosedAt), lag)}
			if row >= 0 && trend.Present[row*len(trend.Rounds)+i] != 0 {
				f, standing := trend.Figure(row, i)
				p.Level = valueOf(f, standing)
			}
			if p.Come = p.On <= today; p.Come {
				p.Gain = benefits.ReachOn(all, area, p.On, inside)
			}
			x.Pairs = append(x.Pairs, p)
		}
		out.Areas = append(out.Areas, x)
	}
	return out, nil
}

// maturityView is what the page asks for.
type maturityView struct {
	maturity
	text  locale.Text
	words catalogue.Wording
	area  areaMaturity // the one drawn
	about func(title, sentence string, notes ...string) charts.About
}

// lagOf reads the lag asked for; what is none of those offered is none.
func lagOf(asked string) int {
	if n, err := strconv.Atoi(asked); err == nil && slices.Contains(maturityLags, n) {
		return n
	}
	return 0
}

func (s *Server) readMaturity(c *gin.Context, r *request) (*maturityView, error) {
	m := r.Actor.Municipality()
	found, err := s.maturityOf(c.Request.Context(), r, m, lagOf(c.Query("lag")), true)
	if err != nil {
		return nil, err
	}
	t := r.Text
	source := t.T("maturity.source", "place", s.municipalityName(t, m), "date", t.ShortDate(s.Now()))
	v := &maturityView{maturity: found, text: t, words: wording(s.newestCatalogue((*catalogue.Catalogue).Published), t), about: func(title, sentence string, notes ...string) charts.About {
		a := s.gainsAbout(t, title, source)
		a.Sentence, a.Notes = sentence, notes
		return a
	}}
	v.area = v.Areas[0]
	for _, a := range slices.Backward(v.Areas) {
		if slices.ContainsFunc(a.Pairs, func(p maturityPair) bool { return p.Come && p.Gain.Measured > 0 }) {
			v.area = a // where nobody asks, the first that has something to show
		}
	}
	for _, a := range v.Areas {
		if string(a.Area.Key) == c.Query("area") {
			v.area = a
		}
	}
	return v, nil
}

func (v *maturityView) areaName(a areaMaturity) string { return v.words.Areas[a.Area.Key].Name }

// lagName says how much later the gain is looked at.
func (v *maturityView) lagName() string {
	if v.Lag == 0 {
		return v.text.T("maturity.lag.none")
	}
	return v.text.T("maturity.lag", "n", v.Lag)
}

// publications name what the levels come from.
func (v *maturityView) publications() string {
	var all []string
	for _, round := range v.Rounds {
		all = append(all, round.Name+" "+round.Publication.Short())
	}
	return v.text.T("maturity.publications", "list", strings.Join(all, ", "))
}

// course is one area's level and gain along the days. The gain is drawn where the level is that it is compared with.
func (v *maturityView) course() charts.Course {
	t, name := v.text, v.areaName(v.area)
	level, gain := charts.Track{Name: t.T("level")}, charts.Track{Name: t.T("maturity.gain"), Dated: true}
	format := gainsFormat(t)
	pairs := 0
	var last maturityPair
	for i, p := range v.area.Pairs {
		closed := assessment.DayOf(v.Rounds[i].ClosedAt).Time()
		level.Points = append(level.Points, charts.Point{Day: closed, When: v.Rounds[i].Name + ", " + format.Day(closed), Value: p.Level})
		value, low, high := p.gain()
		gain.Points = append(gain.Points, charts.Point{Day: closed, When: format.Day(p.On.Time()), Value: value, Low: low, High: high})
		if p.Level.Present() && value.Present() {
			pairs, last = pairs+1, p
		}
	}
	sentence := t.T("maturity.sentence.none", "area", name)
	if pairs > 0 {
		score, _ := last.Level.Thousandths()
		sentence = t.T("maturity.sentence", "n", pairs, "area", name, "level", t.Score(int64(score)), "share", amount(t, benefits.Share, last.Gain.Part), "date", dayShown(t, last.On), "measured", last.Gain.Measured, "of", last.Gain.Benefits)
	}
	about := v.about(t.T("maturity.course.title", "area", name, "lag", v.lagName()), sentence, t.T("maturity.association"), t.T("maturity.mean"), v.publications())
	about.Warnings = doubtsAmong(t, v.area)
	return charts.Course{
		About: about,
		Lag:   v.Lag, LagName: v.lagName(),
		Panels: []charts.Panel{{Name: t.T("maturity.level.axis"), Levels: true, Tracks: []charts.Track{level}}, {Name: t.T("maturity.gain.axis"), Unit: t.T("chart.percent"), Tracks: []charts.Track{gain}}},
	}
}

// doubtsAmong say what makes areas' gains doubtful, as they stood last.
func doubtsAmong(t locale.Text, areas ...areaMaturity) []string {
	late, alike := newDoubts()
	for _, a := range areas {
		var last benefits.MeanReach
		for _, p := range a.Pairs {
			if p.Come && p.Gain.Measured > 0 {
				last = p.Gain
			}
		}
		shown := len(areas) == 1 // a benefit of two areas counts in both
		late.add(last.Late > 0, shown, last.Late)
		alike.add(last.Alike > 0, shown, last.Alike)
	}
	return append(late.said(t), alike.said(t)...)
}

// pairs are all areas' levels and gains. drawn is how many have both.
func (v *maturityView) pairs() (spec charts.Scatter, drawn int) {
	t := v.text
	spec = charts.Scatter{X: t.T("level"), Y: t.T("maturity.gain"), YUnit: t.T("chart.percent"), Heading: t.T("maturity.pair"), NoteHeading: t.T("maturity.behind")}
	for _, a := range v.Areas {
		name := v.areaName(a)
		for i, p := range a.Pairs {
			value, _, _ := p.gain()
			note := t.T("maturity.not-come", "date", t.ShortDate(p.On.Time()))
			switch {
			case a.none():
				note = t.T("maturity.no-benefits")
			case p.Come:
				note = t.T("maturity.measured", "n", p.Gain.Measured, "of", p.Gain.Benefits, "date", t.ShortDate(p.On.Time()))
				if doubts := doubtsOver(t, p.Gain.Late, p.Gain.Alike); len(doubts) > 0 {
					note += ". " + strings.Join(doubts, " ")
				}
			}
			spec.Dots = append(spec.Dots, charts.Dot{Name: name + ", " + v.Rounds[i].Name, Group: name, X: p.Level, Y: value, Note: note})
			if p.Level.Present() && value.Present() {
				drawn++
			}
		}
	}
	spec.About = v.about(t.T("maturity.pairs.title", "lag", v.lagName()), t.T("maturity.pairs.sentence", "n", drawn, "of", len(spec.Dots)), t.T("maturity.association"), t.T("maturity.mean"), v.publications())
	spec.Warnings = doubtsAmong(t, v.Areas...)
	return spec, drawn
}

// asked is the page's own query.
func (v *maturityView) asked() url.Values {
	return url.Values{"area": {string(v.area.Area.Key)}, "lag": {strconv.Itoa(v.Lag)}}
}

func (s *Server) maturityPage(c *gin.Context, r *request) error {
	t := r.Text
	p := maturityPage{Layout: s.layout(c, r, t.T("maturity.title")), Place: s.municipalityName(t, r.Actor.Municipality())}
	v, err := s.readMaturity(c, r)
	if nothingPublished(err) {
		p.Empty = t.T("maturity.empty")
		return s.render(c, http.StatusOK, "maturity", p)
	}
	if err != nil {
		return err
	}
	for _, a := range v.Areas {
		p.Areas = append(p.Areas, choiceView{string(a.Area.Key), v.areaName(a), a.Area.Key == v.area.Area.Key})
	}
	for _, n := range maturityLags {
		label := t.T("maturity.lag.none")
		if n > 0 {
			label = t.T("maturity.lag", "n", n)
		}
		p.Lags = append(p.Lags, choiceView{strconv.Itoa(n), label, n == v.Lag})
	}
	p.Charts = true
	course := v.course()
	if p.Course, err = figureOf(t, course, course.About, "course", "/benefits/maturity/charts/course", v.asked(), "square"); err != nil {
		return err
	}
	pairs, drawn := v.pairs()
	if p.Pairs, err = figureOf(t, pairs, pairs.About, "pairs", "/benefits/maturity/charts/pairs", v.asked(), "wide"); err != nil {
		return err
	}
	if drawn < fewestDots {
		p.Few = t.T("maturity.few", "n", drawn, "fewest", fewestDots)
		p.Pairs.Chart.Options, p.Pairs.Chart.PNG, p.Pairs.Chart.SVG, p.Pairs.Chart.Open = nil, "", "", drawn > 0
	}
	return s.render(c, http.StatusOK, "maturity", p)
}

// maturityFile answers with one of the page's charts as a file. What is too few to be drawn is a table alone.
func (s *Server) maturityFile(c *gin.Context, r *request) error {
	v, err := s.readMaturity(c, r)
	if err != nil {
		return err
	}
	name, form, _ := strings.Cut(c.Param("chart"), ".")
	switch name {
	case "course":
		return s.drawFile(c, r, forFile(v.course(), form), "nivaa-og-gevinst-"+string(v.area.Area.Key), form)
	case "pairs":
		if spec, drawn := v.pairs(); drawn >= fewestDots || form == "csv" {
			return s.drawFile(c, r, forFile(spec, form), "nivaa-og-gevinst", form)
		}
	}
	return fault.New(fault.NotFound, "api.maturityFile", "error.page.unknown")
}
