package api

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/store"
	"helhet/org"
	"helhet/reports"

	"github.com/gin-gonic/gin"
)

// improvementPage is a municipality's improvement plan, what matters first.
type improvementPage struct {
	Layout
	Place    string
	Areas    []choiceView
	Statuses []choiceView
	Mine     bool
	Filtered bool
	Groups   []stepGroup
	Sorted   string    // how the steps are, in words
	Gaps     []taskGap // tasks below the ambition that nobody does anything about
	MoreGaps int
	Shown    string    // what the filter lets through, in words
	Tasks    []taskGap // those with an ambition or with steps, by priority
	Quiet    []taskGap // the rest, of which there is nothing to say but where they stand
	Counted  string    // how many tasks there are, and how many are below the ambition
	Did      *stepDone
	Empty    bool // nothing planned at all
	Begin    homeLink
	XLSX     string
}

// stepGroup is a part of the list of steps.
type stepGroup struct {
	Key, Title string
	Steps      []stepView
}

// taskGap is a task in the plan.
type taskGap struct {
	gapView
	Name, Href, Add string
	Open            string // how many steps
}

// soonDays is how many days ahead a step is due soon.
const soonDays = 14

// statusRemoved lists what can be brought back.
const statusRemoved = "removed"

// planFilter is what a reader wants to see of the plan.
type planFilter struct {
	area   catalogue.AreaKey
	status string // "" is what is still to be done
	mine   bool
}

func planFilterOf(c *gin.Context) planFilter {
	f := planFilter{area: catalogue.AreaKey(c.Query("area")), status: c.Query("status"), mine: c.Query("mine") == "yes"}
	if f.status != statusRemoved && !slices.Contains(assessment.StepStatuses, assessment.StepStatus(f.status)) {
		f.status = ""
	}
	return f
}

// open tells whether it lets through what is still to be done, which stands by what matters; the rest stands by its day.
func (f planFilter) open() bool { return f.status == "" || assessment.StepStatus(f.status).Open() }

// sorted tells how steps are sorted.
func (f planFilter) sorted(t locale.Text) string {
	if f.open() {
		return t.T("improvement.sorted.open")
	}
	return t.T("improvement.sorted.day")
}

// query is the filter as an address has it.
func (f planFilter) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"area": string(f.area), "status": f.status} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.mine {
		q.Set("mine", "yes")
	}
	return q
}

// filteredSteps reads the steps that the filter lets through, sorted as it says.
func (s *Server) filteredSteps(c *gin.Context, r *request, plan assessment.Improvement, f planFilter) ([]assessment.Step, error) {
	all := plan.Open
	if f.status != "" {
		filter := assessment.StepFilter{Status: assessment.StepStatus(f.status)}
		if f.status == statusRemoved {
			filter = assessment.StepFilter{Removed: true}
		}
		var err error
		if all, _, err = s.Assessments.Steps(c.Request.Context(), r.Actor, r.Actor.Municipality(), filter, store.MaxLimit, ""); err != nil {
			return nil, err
		}
		if f.open() {
			all = plan.Ordered(all, assessment.DayOf(s.Now()))
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(step assessment.Step) bool {
		task := plan.Catalogue.Task(step.Task)
		return f.mine && step.Owner != r.Person.ID || f.area != "" && (task == nil || task.Area != f.area)
	}), nil
}

func (s *Server) improvementPage(c *gin.Context, r *request) error {
	m, t, f := r.Actor.Municipality(), r.Text, planFilterOf(c)
	ctx := c.Request.Context()
	plan, err := s.Assessments.Improvement(ctx, r.Actor, m)
	if err != nil {
		return err
	}
	words := wording(plan.Catalogue, t)
	p := improvementPage{Layout: s.layout(c, r, t.T("improvement.title")), Mine: f.mine, XLSX: address("/plan.xlsx", f.query())}
	here := address("/plan", f.query())
	p.Path = here
	if known, ok := s.Register.Get(m); ok {
		p.Place = t.T("layout.municipality", "name", known.Name)
	}
	p.Filtered = len(f.query()) > 0
	p.Areas = []choiceView{{"", t.T("improvement.areas"), f.area == ""}}
	for _, area := range plan.Catalogue.Areas {
		p.Areas = append(p.Areas, choiceView{string(area.Key), words.Areas[area.Key].Name, area.Key == f.area})
	}
	p.Statuses = []choiceView{{"", t.T("improvement.open"), f.status == ""}}
	for _, status := range assessment.StepStatuses {
		p.Statuses = append(p.Statuses, choiceView{string(status), t.T("step.status." + string(status)), f.status == string(status)})
	}
	p.Statuses = append(p.Statuses, choiceView{statusRemoved, t.T("improvement.removed"), f.status == statusRemoved})
	p.Shown = chosenLabel(p.Areas) + " · " + chosenLabel(p.Statuses)
	if f.mine {
		p.Shown += " · " + t.T("improvement.mine")
	}
	steps, err := s.filteredSteps(c, r, plan, f)
	if err != nil {
		return err
	}
	views, err := s.viewSteps(ctx, r, steps, &words, here)
	if err != nil {
		return err
	}
	if p.Groups = groupSteps(r, views, f); len(p.Groups) > 0 {
		p.Sorted = f.sorted(t)
	}
	lacking := 0
	for _, task := range plan.Tasks {
		known := plan.Catalogue.Task(task.Task)
		if f.area != "" && known.Area != f.area {
			continue
		}
		v := taskGap{gapView: viewGap(t, plan.Catalogue, words, task), Name: words.Tasks[task.Task].Name, Href: "/tasks/" + url.PathEscape(string(task.Task)) + "#plan",
			Add: address("/steps/new", url.Values{"task": {string(task.Task)}, "return": {here}}), Open: t.Integer(int64(task.Open))}
		if task.Lacking() {
			lacking++
		}
		if task.Ambition.Level == nil && task.Open == 0 {
			p.Quiet = append(p.Quiet, v)
		} else {
			p.Tasks = append(p.Tasks, v)
		}
		if f.status != "" || f.mine || !task.Lacking() || task.Open > 0 {
			continue
		}
		if len(p.Gaps) == openListed {
			p.MoreGaps++
			continue
		}
		p.Gaps = append(p.Gaps, v)
	}
	if p.Did, err = s.did(c, r, here); err != nil {
		return err
	}
	p.Empty = len(plan.Open) == 0 && !p.Filtered
	all := slices.Concat(p.Tasks, p.Quiet)
	if p.Counted = t.T("home.area", "n", len(all)); lacking > 0 {
		p.Counted += " · " + t.T("improvement.lacking", "n", lacking)
	}
	if p.Empty && len(all) > 0 {
		p.Begin = homeLink{all[0].Add, t.T("improvement.begin", "task", all[0].Name)}
	}
	return s.render(c, http.StatusOK, "improvement", p)
}

// chosenLabel is what stands in a select.
func chosenLabel(choices []choiceView) string {
	for _, c := range choices {
		if c.Chosen {
			return c.Label
		}
	}
	return ""
}

// groupSteps parts open steps into those over their day and the rest; others are one list. Each is in the order they came.
func groupSteps(r *request, views []stepView, f planFilter) []stepGroup {
	t := r.Text
	groups := []stepGroup{{Key: "overdue", Title: t.T("improvement.overdue")}, {Key: "open", Title: t.T("improvement.open")}}
	switch {
	case f.status == statusRemoved:
		groups[1] = stepGroup{Key: f.status, Title: t.T("improvement.removed")}
	case f.status != "":
		groups[1] = stepGroup{Key: f.status, Title: t.T("step.status." + f.status)}
	}
	for _, v := range views {
		at := 1
		if v.Overdue {
			at = 0
		}
		groups[at].Steps = append(groups[at].Steps, v)
	}
	return slices.DeleteFunc(groups, func(g stepGroup) bool { return len(g.Steps) == 0 })
}

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// improvementFile is the plan as a workbook, filtered as the page is.
func (s *Server) improvementFile(c *gin.Context, r *request) error {
	m, t := r.Actor.Municipality(), r.Text
	ctx := c.Request.Context()
	plan, err := s.Assessments.Improvement(ctx, r.Actor, m)
	if err != nil {
		return err
	}
	f := planFilterOf(c)
	steps, err := s.filteredSteps(c, r, plan, f)
	if err != nil {
		return err
	}
	known, ok := s.Register.Get(m)
	if !ok {
		return fault.New(fault.NotFound, "api.improvementFile", "error.municipality.unknown", "municipality", m)
	}
	var people []org.PersonID
	for _, step := range steps {
		people = append(people, step.Owner, step.By)
	}
	names, err := s.names(ctx, t, people...)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := reports.WritePlan(&b, reports.Plan{Text: t, Words: wording(plan.Catalogue, t), Place: known.Name, Made: s.Now(), Today: assessment.DayOf(s.Now()), Steps: steps, Sorted: f.sorted(t), Tasks: plan.Tasks,
		Demo: s.Demo, Name: names.of, Catalogue: plan.Catalogue}); err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="helhet-plan-`+string(m)+`.xlsx"`)
	c.Data(http.StatusOK, xlsxType, b.Bytes())
	return nil
}
