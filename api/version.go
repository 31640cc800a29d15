package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

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

// handInsPage is how many steps a page shows, and those of a program unless it asks for another number.
const handInsPage = 20

// fillSteps tells the steps whose number is below one, the newest first; "" begins with the newest of all.
func (s *Server) fillSteps(ctx context.Context, r *request, a *assessment.Assessment, below string, p *handInPage) error {
	n, err := numberOf("api.hand-in", below)
	if err != nil {
		return err
	}
	steps, err := s.Assessments.HandInSteps(ctx, r.Actor, *a, n, handInsPage+1) // and the one before those, which names what was handed in by then
	if err != nil {
		return err
	}
	if below != "" {
		p.Newest = handInPath(a.Round) + "#steps"
	}
	var last assessment.VersionID
	if len(steps) > handInsPage {
		last, steps = steps[handInsPage].Version, steps[:handInsPage]
		p.Older = handInPath(a.Round) + "&below=" + strconv.FormatInt(steps[handInsPage-1].Number, 10) + "#steps"
	}
	var people []org.PersonID
	for _, step := range steps {
		people = append(people, step.By)
	}
	names, err := s.names(ctx, r.Text, people...)
	if err != nil {
		return err
	}
	for _, step := range slices.Backward(steps) {
		line := handInLine{Says: r.Text.Within("hand-in.step", step.Step, "name", names.of(step.By), "time", r.Text.DateTime(step.At)), Message: step.Message}
		if step.Version != "" && (step.Step == assessment.StepHandedIn || step.Step == assessment.StepAsked) {
			line.Href = versionPath(a.Round, a.Municipality, step.Version, "")
			if last != "" && last != step.Version {
				line.Compare = versionPath(a.Round, a.Municipality, step.Version, last)
			}
			last = step.Version
		}
		p.Steps = append(p.Steps, line)
	}
	slices.Reverse(p.Steps)
	return nil
}

// numberOf reads where a list of steps goes on, 0 for "".
func numberOf(op, below string) (int64, error) {
	if below == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(below, 10, 64)
	if err != nil || n < 1 {
		return 0, fault.New(fault.Malformed, op, "error.cursor")
	}
	return n, nil
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
	Untold       string // that one of them was handed in before reasons were kept, "" when none was
	Compared     bool
	Other        string // address of the whole, when it is compared
	Tasks        []versionTask
}

// versionTask is one task of it: how it is organised, what is answered and why levels had changed, each with what it was before where two are compared.
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
		if !after.TellsReasons() {
			p.Untold = t.T("version.reasons.untold")
		}
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
	if !before.TellsReasons() || !after.TellsReasons() {
		p.Untold = t.T("version.reasons.untold.one")
	}
	p.Tasks = changedVersion(t, cat, words, assessment.Compare(before, after))
	return s.render(c, http.StatusOK, "version", p)
}

// wholeVersion is all that was handed in, task by task. Of a reason that nobody gave it says nothing.
func wholeVersion(t locale.Text, cat *catalogue.Catalogue, words catalogue.Wording, v assessment.Version) []versionTask {
	answers, tasks, reasons := v.Given(), map[catalogue.TaskKey]assessment.OrganisationData{}, map[catalogue.TaskKey]assessment.ChangeReason{}
	for _, o := range v.Tasks {
		tasks[o.Task] = o.OrganisationData
	}
	for _, r := range v.Reasons {
		reasons[r.Task] = r.Reason
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
		if reason := reasons[task.Key]; reason != "" {
			line.Lines = append(line.Lines, versionLine{Name: t.T("change.reason"), After: reasonInWords(t, reason)})
		}
		for _, q := range task.Questions {
			name, given := words.Dimensions[q.Dimension].Name, answers[q.Key]
			line.Lines = append(line.Lines, versionLine{Name: name, After: givenWords(t, words, given)})
			if given.ChangeReason != "" {
				line.Lines = append(line.Lines, versionLine{Name: t.T("version.reason.of", "question", name), After: reasonInWords(t, given.ChangeReason)})
			}
		}
		all = append(all, line)
	}
	return all
}

// changedVersion is what one version says differently from another, task by task.
func changedVersion(t locale.Text, cat *catalogue.Catalogue, words catalogue.Wording, d assessment.Differences) []versionTask {
	var all []versionTask
	for _, task := range cat.Tasks() {
		line := versionTask{Name: words.Tasks[task.Key].Name}
		reason := func(name string, about assessment.ReasonChange) {
			for _, change := range d.Reasons {
				if change.Task == about.Task && change.Question == about.Question {
					line.Lines = append(line.Lines, versionLine{name, reasonInWords(t, change.Before), reasonInWords(t, change.After)})
				}
			}
		}
		for _, change := range d.Tasks {
			if change.Task == task.Key {
				line.Lines = append(line.Lines, versionLine{t.T("status"), organisedInWords(t, change.Before), organisedInWords(t, change.After)})
			}
		}
		reason(t.T("change.reason"), assessment.ReasonChange{Task: task.Key})
		for _, q := range task.Questions {
			name := words.Dimensions[q.Dimension].Name
			for _, change := range d.Answers {
				if change.Question == q.Key {
					line.Lines = append(line.Lines, versionLine{name, givenWords(t, words, change.Before), givenWords(t, words, change.After)})
				}
			}
			reason(t.T("version.reason.of", "question", name), assessment.ReasonChange{Question: q.Key})
		}
		if len(line.Lines) > 0 {
			all = append(all, line)
		}
	}
	return all
}

// reasonInWords is why levels had changed, as one reads an answer.
func reasonInWords(t locale.Text, reason assessment.ChangeReason) *givenView {
	return &givenView{beforeView{Answered: reason != "", NotApplicable: true, Name: reasonText(t, reason)}, t.T("change.none")}
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
