package api

import (
	"net/http"
	"net/url"
	"slices"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// handInLine is one step on an assessment's way to the round, in words.
type handInLine struct {
	Says, Message string
	Href          string // of what was handed in, "" where the step handed nothing in, or an earlier build did
	Compare       string // of what it changed since it was handed in the time before, "" for the first and where nothing changed
}

// handInLines tells the steps, the newest first.
func handInLines(t locale.Text, a *assessment.Assessment, names names) []handInLine {
	var all []handInLine
	last := assessment.VersionID("")
	for _, s := range a.HandIns {
		line := handInLine{Says: t.Within("hand-in.step", s.Step, "name", names.of(s.By), "time", t.DateTime(s.At)), Message: s.Message}
		if s.Version != "" && (s.Step == assessment.StepHandedIn || s.Step == assessment.StepAsked) {
			line.Href = versionPath(a.Round, a.Municipality, s.Version, "")
			if last != "" && last != s.Version {
				line.Compare = versionPath(a.Round, a.Municipality, s.Version, last)
			}
			last = s.Version
		}
		all = append(all, line)
	}
	slices.Reverse(all)
	return all
}

// versionPath leads to what was handed in, or, with another version given, to what changed since that one.
func versionPath(round assessment.RoundID, m org.MunicipalityID, v, since assessment.VersionID) string {
	q := url.Values{"municipality": {string(m)}, "round": {string(round)}}
	if since != "" {
		q.Set("since", string(since))
	}
	return address("/hand-in/versions/"+url.PathEscape(string(v)), q)
}

// versionPage is what was handed in as it was then, or what changed from one time to another.
type versionPage struct {
	Layout
	Place, Round string
	Back         string
	When         string // it was handed in
	Compared     bool
	Other        string // address of the whole, when it is compared
	Tasks        []versionTask
}

// versionTask is one task of it: how it is organised and what is answered, each with what it was before where two are compared.
type versionTask struct {
	Name  string
	Lines []versionLine
}

type versionLine struct {
	Name          string
	Before, After *givenView // Before is nil where nothing is compared
}

func (s *Server) versionPage(c *gin.Context, r *request) error {
	ctx, t := c.Request.Context(), r.Text
	id, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	round, err := s.Assessments.Round(ctx, r.Actor, id)
	if err != nil {
		return err
	}
	after, err := s.Assessments.Version(ctx, r.Actor, id, own, assessment.VersionID(c.Param("version")))
	if err != nil {
		return err
	}
	cat, err := s.Assessments.Catalogue(after.Catalogue)
	if err != nil {
		return err
	}
	p := versionPage{Layout: s.layout(c, r, t.T("version.title")), Place: s.municipalityName(t, own), Round: round.Name, Back: handInPath(id), When: t.T("version.when", "time", t.DateTime(after.At))}
	words := wording(cat, t)
	since := assessment.VersionID(c.Query("since"))
	if since == "" {
		p.Tasks = wholeVersion(t, cat, words, after)
		return s.render(c, http.StatusOK, "version", p)
	}
	before, err := s.Assessments.Version(ctx, r.Actor, id, own, since)
	if err != nil {
		return err
	}
	if before.Catalogue != after.Catalogue {
		return fault.New(fault.NotFound, "api.version", "error.version.unknown")
	}
	p.Compared, p.Other = true, versionPath(id, own, assessment.VersionID(c.Param("version")), "")
	p.When = t.T("version.between", "before", t.DateTime(before.At), "after", t.DateTime(after.At))
	p.Tasks = changedVersion(t, cat, words, before, after)
	return s.render(c, http.StatusOK, "version", p)
}

// wholeVersion is all that was handed in, task by task.
func wholeVersion(t locale.Text, cat *catalogue.Catalogue, words catalogue.Wording, v assessment.Version) []versionTask {
	answers, tasks := v.Given(), map[catalogue.TaskKey]assessment.OrganisationData{}
	for _, o := range v.Tasks {
		tasks[o.Task] = o.OrganisationData
	}
	var all []versionTask
	for _, task := range cat.Tasks() {
		if !v.Scope.Covers(task.Key) {
			continue
		}
		o, told := tasks[task.Key]
		if !told {
			o.Status = assessment.NotClarified
		}
		line := versionTask{Name: words.Tasks[task.Key].Name, Lines: []versionLine{{Name: t.T("status"), After: organisedInWords(t, o)}}}
		for _, q := range task.Questions {
			line.Lines = append(line.Lines, versionLine{Name: words.Dimensions[q.Dimension].Name, After: givenWords(t, words, answers[q.Key])})
		}
		all = append(all, line)
	}
	return all
}

// changedVersion is what one version says differently from another, task by task.
func changedVersion(t locale.Text, cat *catalogue.Catalogue, words catalogue.Wording, before, after assessment.Version) []versionTask {
	answers, tasks := assessment.Differences(before, after)
	var all []versionTask
	for _, task := range cat.Tasks() {
		line := versionTask{Name: words.Tasks[task.Key].Name}
		for _, change := range tasks {
			if change.Task == task.Key {
				line.Lines = append(line.Lines, versionLine{t.T("status"), organisedInWords(t, change.Before), organisedInWords(t, change.After)})
			}
		}
		for _, q := range task.Questions {
			for _, change := range answers {
				if change.Question == q.Key {
					line.Lines = append(line.Lines, versionLine{words.Dimensions[q.Dimension].Name, givenWords(t, words, change.Before), givenWords(t, words, change.After)})
				}
			}
		}
		if len(line.Lines) > 0 {
			all = append(all, line)
		}
	}
	return all
}

// givenView is an answer in words, with what is said where there is none.
type givenView struct {
	beforeView
	None string
}

func givenWords(t locale.Text, words catalogue.Wording, v assessment.Value) *givenView {
	return &givenView{*inWords(t, words, v), t.T("standing.missing")}
}

// organisedInWords is how a task is organised, as one reads an answer.
func organisedInWords(t locale.Text, d assessment.OrganisationData) *givenView {
	var v organisationView
	v.put(t, d)
	return &givenView{beforeView: beforeView{Answered: true, NotApplicable: true, Name: t.Within("status", d.Status), Note: t.List(v.Summary)}}
}
