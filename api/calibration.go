package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// calibrationPage lists the made-up municipalities to practise on, so that two people mean the same by a level.
type calibrationPage struct {
	Layout
	Cases []caseLink
}

type caseLink struct{ Href, Name, About string }

// casePage is one of them: what one finds there, to be rated, and then how each rating lies against the intended reading. Nothing of it is
// kept: the answer to the form is all there is.
type casePage struct {
	Layout
	About    string
	Action   string
	Faults   []planFault
	Compared bool
	Summary  []string
	Readings []readingView
	Others   []caseLink
}

type readingView struct {
	ID                    string
	Task, Dimension, Text string
	Situation             string
	Levels                []levelView
	LevelError            string
	Mine, Intended        levelView
	Lies                  string // "same", "higher", "lower", as seen from the intended level
	Difference            string // in words
	Why                   string
}

// cases is the questionnaire to practise with: that of the round under way or to come where it has cases, else the newest that has some.
func (s *Server) cases(ctx context.Context, r *request) (*catalogue.Catalogue, error) {
	if !org.MayCalibrate(r.Actor) {
		return nil, fault.New(fault.Forbidden, "api.cases", "error.forbidden")
	}
	round, err := s.currentRound(ctx, r, "")
	if fault.CodeOf(err) == fault.NotFound {
		round, err = s.nextPlanned(ctx, r)
	}
	if err != nil {
		return nil, err
	}
	if round.ID != "" {
		c, err := s.Assessments.Catalogue(round.Catalogue)
		if err != nil {
			return nil, err
		}
		if len(c.Cases) > 0 {
			return c, nil
		}
	}
	if c := s.newestCatalogue(hasCases); c != nil {
		return c, nil
	}
	return nil, fault.New(fault.NotFound, "api.cases", "error.page.unknown")
}

func hasCases(c *catalogue.Catalogue) bool { return c.Published() && len(c.Cases) > 0 }

func caseLinks(c *catalogue.Catalogue, words catalogue.Wording, besides catalogue.CaseKey) []caseLink {
	var links []caseLink
	for _, k := range c.Cases {
		if k.Key != besides {
			links = append(links, caseLink{"/calibration/" + url.PathEscape(string(k.Key)), words.Cases[k.Key].Name, words.Cases[k.Key].About})
		}
	}
	return links
}

func (s *Server) calibrationPage(c *gin.Context, r *request) error {
	known, err := s.cases(c.Request.Context(), r)
	if err != nil {
		return err
	}
	p := calibrationPage{Layout: s.layout(c, r, r.Text.T("calibration.title")), Cases: caseLinks(known, wording(known, r.Text), "")}
	return s.render(c, http.StatusOK, "calibration", p)
}

func (s *Server) casePage(c *gin.Context, r *request) error {
	p, err := s.readCase(c, r)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "case", p)
}

// compareCase answers the form with the comparison, and stores nothing. What has no level comes back with its fault and keeps the rest.
func (s *Server) compareCase(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	p, err := s.readCase(c, r)
	if err != nil {
		return err
	}
	t := r.Text
	for i := range p.Readings {
		v := &p.Readings[i]
		given := strings.ToValidUTF8(c.PostForm(v.ID), "\uFFFD")
		at := slices.IndexFunc(v.Levels, func(l levelView) bool { return strconv.Itoa(l.Value) == given })
		if at < 0 {
			v.LevelError = t.T("calibration.choose")
			if given != "" {
				v.LevelError = t.T("error.answer.number", "level", given)
			}
			p.Faults = append(p.Faults, planFault{"#" + v.ID, v.Dimension + ", " + v.Task + ": " + v.LevelError})
			continue
		}
		v.Levels[at].Checked = true
		v.Mine = v.Levels[at]
	}
	if len(p.Faults) > 0 {
		return s.render(c, http.StatusUnprocessableEntity, "case", p)
	}
	p.compare(t)
	return s.render(c, http.StatusOK, "case", p)
}

// readCase makes the page of the case in the address, with nothing rated yet.
func (s *Server) readCase(c *gin.Context, r *request) (casePage, error) {
	known, err := s.cases(c.Request.Context(), r)
	if err != nil {
		return casePage{}, err
	}
	one := known.Case(catalogue.CaseKey(c.Param("case")))
	if one == nil {
		return casePage{}, fault.New(fault.NotFound, "api.case", "error.page.unknown")
	}
	words := wording(known, r.Text)
	text := words.Cases[one.Key]
	p := casePage{Layout: s.layout(c, r, text.Name), About: text.About, Action: "/calibration/" + url.PathEscape(string(one.Key)), Others: caseLinks(known, words, one.Key)}
	p.Path = p.Action
	for _, reading := range one.Readings {
		q := known.Question(reading.Question)
		v := readingView{ID: string(q.Key), Task: words.Tasks[q.Task].Name, Dimension: words.Dimensions[q.Dimension].Name, Text: words.Questions[q.Key].Text,
			Situation: text.Readings[q.Key].Situation, Why: text.Readings[q.Key].Why}
		for level := known.Scale.Min; level <= known.Scale.Max; level++ {
			v.Levels = append(v.Levels, levelView{Value: level, Name: words.Levels[level], About: words.Questions[q.Key].Levels[level]})
		}
		v.Intended = v.Levels[reading.Level-known.Scale.Min]
		p.Readings = append(p.Readings, v)
	}
	return p, nil
}

// compare tells of each rating how it lies against the intended reading, and of all together.
func (p *casePage) compare(t locale.Text) {
	p.Compared = true
	same, higher, lower := 0, 0, 0
	for i := range p.Readings {
		v := &p.Readings[i]
		switch d := v.Mine.Value - v.Intended.Value; {
		case d > 0:
			higher++
			v.Lies, v.Difference = "higher", t.T("calibration.higher", "n", d)
		case d < 0:
			lower++
			v.Lies, v.Difference = "lower", t.T("calibration.lower", "n", -d)
		default:
			same++
			v.Lies, v.Difference = "same", t.T("calibration.same")
		}
	}
	p.Summary = []string{t.T("calibration.summary", "same", same, "of", len(p.Readings), "higher", higher, "lower", lower)}
	switch {
	case same == len(p.Readings):
		p.Summary = append(p.Summary, t.T("calibration.summary.same"))
	case higher > lower+1:
		p.Summary = append(p.Summary, t.T("calibration.summary.higher"))
	case lower > higher+1:
		p.Summary = append(p.Summary, t.T("calibration.summary.lower"))
	default:
		p.Summary = append(p.Summary, t.T("calibration.summary.mixed"))
	}
}

// practice is the link to practise before the first round; empty for a municipality that has handed in, and for whoever may not.
func (s *Server) practice(ctx context.Context, r *request) (homeLink, error) {
	m := r.Actor.Municipality()
	if !org.MayCalibrate(r.Actor) || s.newestCatalogue(hasCases) == nil {
		return homeLink{}, nil
	}
	before, err := s.Assessments.HandedInBefore(ctx, r.Actor, m)
	if err != nil || before {
		return homeLink{}, err
	}
	return homeLink{"/calibration", r.Text.T("home.practice.begin")}, nil
}

// practicePath is where a task's page leads who wants to practise; "" where there is nothing to practise on.
func practicePath(r *request, c *catalogue.Catalogue) string {
	if !org.MayCalibrate(r.Actor) || len(c.Cases) == 0 {
		return ""
	}
	return "/calibration"
}
