package api

import (
	"bytes"
	"cmp"
	"context"
	"html/template"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/store"
	"helhet/org"
	"helhet/reports"

	"github.com/gin-gonic/gin"
)

// reportsPage is where a reader says which report on benefits she wants.
type reportsPage struct {
	Layout
	Place     string
	Action    string
	Reports   []reportChoice
	Languages []choiceView
	Statuses  []choiceView
	Types     []choiceView
	Benefits  []choiceView
	Narrowed  bool // something is chosen already
}

type reportChoice struct {
	choiceView
	About string
}

// reportPage is a report to read and to print.
type reportPage struct {
	Layout
	Doc        reports.Document
	Sections   []reportSection // of the document, with its charts as pages have them
	Choose     string          // address of the page where it is chosen
	DOCX, XLSX string
}

// reportSection is a chapter of a report, or a part of one.
type reportSection struct {
	reports.Section
	Figures []reportFigure
	Parts   []reportSection
}

// reportFigure is a chart in a report: live where scripts run, and the picture itself for paper and for whoever runs none.
type reportFigure struct {
	chartFigure
	Picture template.URL // an SVG, in the page, so that it is there when somebody prints
}

// The reports, as addresses name them.
const (
	reportPlan        = "plan"
	reportRealisation = "realisation"
)

var reportNames = []string{reportPlan, reportRealisation}

const reportsPath = "/benefits/reports"

const docxType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// reportAsked is what a reader wants of a report.
type reportAsked struct {
	report string
	lang   locale.Lang
	choice benefits.Choice
}

// reportAskedOf reads what a page's address asks for. What is no status, type or language is passed over, as by the other lists.
func reportAskedOf(c *gin.Context, r *request, report string) reportAsked {
	a := reportAsked{report: report, lang: r.Text.Lang()}
	if lang, err := locale.ParseLang(c.Query("language")); err == nil {
		a.lang = lang
	}
	for _, x := range benefits.Statuses {
		if slices.Contains(c.QueryArray("status"), string(x)) {
			a.choice.Statuses = append(a.choice.Statuses, x)
		}
	}
	for _, x := range benefits.Types {
		if slices.Contains(c.QueryArray("type"), string(x)) {
			a.choice.Types = append(a.choice.Types, x)
		}
	}
	for _, id := range c.QueryArray("benefit") {
		a.choice.Only = append(a.choice.Only, benefits.ID(id))
	}
	return a
}

// query is what is asked for as an address has it.
func (a reportAsked) query() url.Values {
	q := url.Values{"language": {string(a.lang)}}
	for name, values := range map[string][]string{"status": texts(a.choice.Statuses), "type": texts(a.choice.Types), "benefit": texts(a.choice.Only)} {
		if len(values) > 0 {
			q[name] = values
		}
	}
	return q
}

func (s *Server) reportsPage(c *gin.Context, r *request) error {
	t, m := r.Text, r.Actor.Municipality()
	if report := c.Query("report"); slices.Contains(reportNames, report) { // what the form of this page sends
		c.Redirect(http.StatusSeeOther, address(reportsPath+"/"+report, reportAskedOf(c, r, report).query()))
		return nil
	}
	all, err := s.Benefits.Chosen(c.Request.Context(), r.Actor, m, benefits.Choice{})
	if err != nil {
		return err
	}
	asked := reportAskedOf(c, r, "")
	p := reportsPage{Layout: s.layout(c, r, t.T("report.title.choose")), Place: s.municipalityName(t, m), Action: reportsPath, Narrowed: !asked.choice.All()}
	for _, report := range reportNames {
		p.Reports = append(p.Reports, reportChoice{choiceView{report, t.T("report." + report), report == cmp.Or(c.Query("of"), reportPlan)}, t.Within("report.choose.about", report)})
	}
	for _, lang := range locale.Langs() {
		p.Languages = append(p.Languages, choiceView{string(lang), lang.Name(), lang == asked.lang})
	}
	for _, x := range benefits.Statuses {
		p.Statuses = append(p.Statuses, choiceView{string(x), t.Within("benefit.status", x), slices.Contains(asked.choice.Statuses, x)})
	}
	for _, x := range benefits.Types {
		p.Types = append(p.Types, choiceView{string(x), t.Within("benefit.type", x), slices.Contains(asked.choice.Types, x)})
	}
	for _, b := range all {
		p.Benefits = append(p.Benefits, choiceView{string(b.ID), b.Title, slices.Contains(asked.choice.Only, b.ID)})
	}
	return s.render(c, http.StatusOK, "reports", p)
}

// reportPage answers with a report as a page, or as a file where its name ends as one's.
func (s *Server) reportPage(c *gin.Context, r *request) error {
	report, form, _ := strings.Cut(c.Param("report"), ".")
	if !slices.Contains(reportNames, report) {
		return fault.New(fault.NotFound, "api.report", "error.page.unknown")
	}
	asked := reportAskedOf(c, r, report)
	doc, err := s.report(c.Request.Context(), r, r.Actor.Municipality(), asked)
	if err != nil {
		return err
	}
	if of := c.Query("chart"); of != "" {
		i := slices.IndexFunc(doc.Charts(), func(x reports.Chart) bool { return x.ID == of })
		if i < 0 {
			return fault.New(fault.NotFound, "api.reportPage", "error.page.unknown")
		}
		return s.drawFile(c, r, forFile(doc.Charts()[i].Drawing, form), doc.Within("report.file", report)+"-"+url.PathEscape(of), form)
	}
	if form != "" {
		file, err := s.reportFile(c.Request.Context(), doc, r.Actor.Municipality(), report, form)
		if err != nil {
			return err
		}
		c.Header("Content-Disposition", file.disposition())
		c.Header("Content-Language", string(asked.lang))
		c.Data(http.StatusOK, file.media, file.body)
		return nil
	}
	again := asked.query()
	again.Set("of", report)
	p := reportPage{Layout: s.layout(c, r, doc.Title()), Doc: doc, Choose: address(reportsPath, again)}
	for _, section := range doc.Sections {
		x, err := reportSectionOf(doc.Text, section, reportsPath+"/"+report, asked.query())
		if err != nil {
			return err
		}
		p.Sections = append(p.Sections, x)
	}
	p.Charts = len(doc.Charts()) > 0
	p.DOCX, p.XLSX = address(reportsPath+"/"+report+".docx", asked.query()), address(reportsPath+"/"+report+".xlsx", asked.query())
	return s.render(c, http.StatusOK, "report", p)
}

// reportSectionOf makes a chapter's charts ready for a page, and those of its parts. Files is the address that their files stand under.
func reportSectionOf(t locale.Text, s reports.Section, files string, q url.Values) (reportSection, error) {
	x := reportSection{Section: s}
	for _, c := range s.Charts {
		of := maps.Clone(q)
		of.Set("chart", c.ID)
		f, err := figureOf(t, c.Drawing, c.About, c.ID, files, of, "wide")
		if err != nil {
			return x, err
		}
		var picture bytes.Buffer
		if err := c.Bare().SVG(&picture); err != nil {
			return x, err
		}
		x.Figures = append(x.Figures, reportFigure{f, template.URL("data:image/svg+xml," + url.PathEscape(picture.String()))})
	}
	for _, part := range s.Parts {
		y, err := reportSectionOf(t, part, files, q)
		if err != nil {
			return x, err
		}
		x.Parts = append(x.Parts, y)
	}
	return x, nil
}

// report reads what a report is made of, and makes it: the benefits, the latest measurement of each, the assumptions and the names.
func (s *Server) report(ctx context.Context, r *request, m org.MunicipalityID, asked reportAsked) (reports.Document, error) {
	t := s.Texts.For(asked.lang)
	all, err := s.Benefits.Chosen(ctx, r.Actor, m, asked.choice)
	if err != nil {
		return reports.Document{}, err
	}
	latest, err := s.Benefits.Latest(ctx, r.Actor, all)
	if err != nil {
		return reports.Document{}, err
	}
	assumptions, err := s.Benefits.Assumptions(ctx, r.Actor, m)
	if err != nil {
		return reports.Document{}, err
	}
	var owners []org.PersonID
	var steps []assessment.StepID
	for _, b := range all {
		owners, steps = append(owners, b.Owner), append(steps, b.Steps...)
	}
	among, err := s.Benefits.Belonging(ctx, r.Actor, m)
	if err != nil {
		return reports.Document{}, err
	}
	wholes, alike, err := s.relatives(ctx, r, m, all, among)
	if err != nil {
		return reports.Document{}, err
	}
	toDo, err := s.stepTexts(ctx, r, m, steps)
	if err != nil {
		return reports.Document{}, err
	}
	names, err := s.names(ctx, t, owners...)
	if err != nil {
		return reports.Document{}, err
	}
	known, err := s.Benefits.Known(ctx, r.Actor, m)
	if err != nil {
		return reports.Document{}, err
	}
	now := s.Now()
	g := reports.Gains{Text: t, Place: s.municipalityName(t, m), Made: now, Today: assessment.DayOf(now), Demo: s.Demo, Choice: asked.choice, About: s.gainsAbout(t, "", s.gainsSource(t, m)), Benefits: all, Latest: latest,
		Indicators: known, Inhabitants: s.inhabitants(m), Assumptions: assumptions, Steps: toDo, Wholes: wholes, Alike: alike, Name: names.of, Task: func(k catalogue.TaskKey) string { return s.taskName(t, k) }}
	if asked.report == reportRealisation {
		return reports.Realisation(g), nil
	}
	return reports.BenefitPlan(g), nil
}

// stepTexts are what is to be done in steps of the improvement plan. One that was taken out of the plan has none.
func (s *Server) stepTexts(ctx context.Context, r *request, m org.MunicipalityID, ids []assessment.StepID) (map[assessment.StepID]string, error) {
	toDo := map[assessment.StepID]string{}
	for some := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), store.MaxMembers) {
		found, err := s.Assessments.StepsOf(ctx, r.Actor, m, some)
		if err != nil {
			return nil, err
		}
		for _, step := range found {
			toDo[step.ID] = step.What
		}
	}
	return toDo, nil
}

// relatives are what the benefits are called that some of a municipality's are a part of, and those that may count the same thing: they need not be among these.
func (s *Server) relatives(ctx context.Context, r *request, m org.MunicipalityID, all []benefits.Benefit, among benefits.Belonging) (wholes map[benefits.ID]string, alike map[benefits.ID][]string, err error) {
	titles := map[benefits.ID]string{}
	var others []benefits.ID
	for _, b := range all {
		titles[b.ID] = b.Title
		others = append(append(others, b.PartOf), among.Twins(b.ID)...)
	}
	others = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(others))), func(id benefits.ID) bool { return id == "" || titles[id] != "" })
	for some := range slices.Chunk(others, store.MaxMembers) {
		found, err := s.Benefits.Many(ctx, r.Actor, m, some)
		if err != nil {
			return nil, nil, err
		}
		for _, b := range found {
			titles[b.ID] = b.Title
		}
	}
	alike = map[benefits.ID][]string{}
	for _, b := range all {
		for _, id := range among.Twins(b.ID) {
			if titles[id] != "" {
				alike[b.ID] = append(alike[b.ID], titles[id])
			}
		}
	}
	return titles, alike, nil
}

// taskName is what the newest questionnaire in use that has a task calls it.
func (s *Server) taskName(t locale.Text, k catalogue.TaskKey) string {
	if c := s.newestCatalogue(func(c *catalogue.Catalogue) bool { return c.Published() && c.Task(k) != nil }); c != nil {
		return wording(c, t).Tasks[k].Name
	}
	return string(k)
}

// reportFile is a report as a file.
type reportFile struct {
	name, media string
	body        []byte
}

func (f reportFile) disposition() string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": f.name})
}

// reportFile writes a report as docx or xlsx, named by what it is, whose, and when it was made: "gevinstplan-larvik-2026-11-29.docx".
func (s *Server) reportFile(ctx context.Context, doc reports.Document, m org.MunicipalityID, report, form string) (f reportFile, err error) {
	var b bytes.Buffer
	switch form {
	case "docx":
		done, busy := s.drawings.turn(ctx) // its charts are painted
		if busy != nil {
			return f, busy
		}
		defer done()
		f.media, err = docxType, doc.WriteDOCX(&b)
	case "xlsx":
		f.media, err = xlsxType, doc.WriteXLSX(&b)
	default:
		err = fault.New(fault.NotFound, "api.reportFile", "error.page.unknown")
	}
	f.name, f.body = doc.Within("report.file", report)+"-"+string(m)+"-"+string(assessment.DayOf(doc.Made))+"."+form, b.Bytes()
	return f, err
}
