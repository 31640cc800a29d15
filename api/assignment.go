package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// assignmentsPage is who has which task of a round, and for the coordinator the form by which she gives some.
type assignmentsPage struct {
	Layout
	Place, Round, When string
	Nothing            string // why there is nothing to give
	Blocked            string // why nothing can be given
	Mine               bool   // only the reader's own
	All, Own           string // where all of them are, and the reader's own
	Summary            []string
	Areas              []assignedArea
	Form               *giveForm // nil for who gives none
	Did                *assignedDid
	Before             homeLink // to give as in the round before
	Fault              string
	Lost               []lostTask
}

type assignedArea struct {
	Key, Name, Count string
	Says             string // how many tasks, and how many are overdue: what stands for them where they are folded
	Open             bool   // there is something to do or to see among them
	Chosen           bool
	Tasks            []assignedTask
}

type assignedTask struct {
	assignedView
	Key, Name, Href string
	Chosen          bool // in a form that came back
	Answered, Of    int
	AnsweredText    string
}

// assignedView is who has a task and until when, in words.
type assignedView struct {
	formPart
	Tag     string
	Given   bool
	Who     string
	Lacking bool // none of those who have it may answer any more
	Mine    bool
	Due     string // while it is not finished
	Overdue bool
	Done    string // since when it is
}

// lostTask is a task that somebody else has given meanwhile.
type lostTask struct {
	Name string
	assignedView
}

// giveForm is the form by which tasks are given: of many on the page of all, of one on its own page.
type giveForm struct {
	formPart
	Action, Edit, Return string
	ID                   string // what the ids of its fields begin with
	Tag                  string // of one
	Given                bool   // the one can be taken back
	Finishers, Others    []choiceView
	MoreOpen             bool // others than the finisher are chosen, or wrong
	Due, Closes          string
	Faults               []planFault
	TasksError           string
	FinisherError        string
	PeopleError          string
	DueError             string
}

// assignedDid tells what was just done, with the button that undoes it.
type assignedDid struct {
	formPart
	Says                   string
	Action, Change, Return string // of the button; "" when there is nothing to undo
}

// crew is who may have tasks in a municipality, and what everybody is called who has some.
type crew struct {
	text  locale.Text
	me    org.PersonID
	may   []org.Person
	names names
}

// crewOf finds them.
func (s *Server) crewOf(ctx context.Context, r *request, m org.MunicipalityID, all assessment.Assignments) (crew, error) {
	may, err := s.peopleIn(ctx, m, org.MayHaveTasks)
	if err != nil {
		return crew{}, err
	}
	var ids []org.PersonID
	for _, a := range all.Tasks {
		ids = append(ids, a.People...)
	}
	names, err := s.names(ctx, r.Text, ids...)
	return crew{r.Text, r.Person.ID, may, names}, err
}

func (c crew) answers(id org.PersonID) bool {
	return slices.ContainsFunc(c.may, func(p org.Person) bool { return p.ID == id })
}

// of is what somebody is called who has a task: by name, and that she can't answer it any more where that is so.
func (c crew) of(id org.PersonID) string {
	switch name := c.names.of(id); {
	case id == c.me:
		return c.text.T("assignment.you")
	case name == c.names.left, c.answers(id):
		return name
	default:
		return c.text.T("assignment.gone", "name", name)
	}
}

// who says in a sentence who has a task and who is to finish it.
func (c crew) who(d assessment.AssignmentData) string {
	if !d.Given() {
		return c.text.T("assignment.nobody")
	}
	var others []string
	for _, id := range d.People {
		if id != d.Finisher {
			others = append(others, c.of(id))
		}
	}
	key := "assignment.who"
	if d.Finisher == c.me {
		key += ".you"
	}
	if len(others) > 0 {
		key += ".more"
	}
	return c.text.T(key, "name", c.of(d.Finisher), "others", c.text.List(others))
}

func (s *Server) viewAssigned(r *request, c crew, a assessment.Assignment) assignedView {
	v := assignedView{formPart: formPartOf(r), Tag: a.Tag, Given: a.Given(), Who: c.who(a.AssignmentData), Mine: a.Has(r.Person.ID), Overdue: a.Overdue(assessment.DayOf(s.Now()))}
	v.Lacking = !slices.ContainsFunc(a.People, c.answers)
	switch {
	case !a.Done.IsZero():
		v.Done = r.Text.T("assignment.done", "date", r.Text.Date(a.Done))
	case a.Due != "":
		v.Due = dueText(r.Text, a.Due)
	}
	return v
}

// assignmentsPath is the page of all of a round's.
func assignmentsPath(round assessment.RoundID) string {
	return "/assignments?round=" + url.QueryEscape(string(round))
}

func (s *Server) assignmentsPage(c *gin.Context, r *request) error {
	return s.showAssignments(c, r, http.StatusOK, nil)
}

// showAssignments renders the page, with the form as it was sent where it failed.
func (s *Server) showAssignments(c *gin.Context, r *request, status int, failed *fault.Error) error {
	ctx, t := c.Request.Context(), r.Text
	p := assignmentsPage{Layout: s.layout(c, r, t.T("assignment.title"))}
	if !org.MayReadAssignments(r.Actor, r.Actor.Municipality()) {
		return fault.New(fault.Forbidden, "api.assignments", "error.forbidden")
	}
	now, err := s.current(c, r)
	if fault.CodeOf(err) == fault.NotFound && c.Query("round") == "" {
		p.Nothing = t.T("assignment.empty")
		return s.render(c, status, "assignments", p)
	}
	if err != nil {
		return err
	}
	p.Place, p.Round, p.When = s.municipalityName(t, now.Own), now.Round.Name, whenOf(t, now.Round)
	p.All = assignmentsPath(now.Round.ID)
	p.Own = p.All + "&mine=yes"
	p.Mine = c.Query("mine") == "yes"
	if p.Path = p.All; p.Mine {
		p.Path = p.Own
	}
	if now.Assessment == nil {
		p.Nothing = noAssessment(t, now)
		return s.render(c, status, "assignments", p)
	}
	all, err := s.Assessments.Assignments(ctx, r.Actor, now.Round.ID, now.Own)
	if err != nil {
		return err
	}
	people, err := s.crewOf(ctx, r, now.Own, all)
	if err != nil {
		return err
	}
	may := org.MayGiveTasks(r.Actor, now.Own)
	if may && !now.Assessment.Editable() {
		p.Blocked = readOnly(r, now)
	}
	if may && !p.Mine && p.Blocked == "" {
		p.Form = s.newGiveForm(r, now, people, assessment.Assignment{})
		p.Form.Action, p.Form.Return = "/assignments"+scopeQuery(now.Round.ID, now.Own), p.All
		if !slices.ContainsFunc(all.Tasks, func(a assessment.Assignment) bool { return a.Given() }) {
			if p.Before, err = s.beforeLink(ctx, r, now); err != nil {
				return err
			}
		}
	}
	p.fill(s, r, now, all, people)
	if failed != nil && p.Form != nil {
		chosen := chosenTasks(c, now)
		for i := range p.Areas {
			p.Areas[i].Chosen = slices.Contains(c.PostFormArray("area"), p.Areas[i].Key)
			for j := range p.Areas[i].Tasks {
				p.Areas[i].Tasks[j].Chosen = slices.Contains(chosen, catalogue.TaskKey(p.Areas[i].Tasks[j].Key))
				p.Areas[i].Open = p.Areas[i].Open || p.Areas[i].Tasks[j].Chosen
			}
		}
		p.Form.put(giveData(c))
		p.Form.Edit = typed(c, "edit")
		p.Form.failed(t, failed)
	}
	if failed != nil && (len(failed.Fields) == 0 || p.Form == nil) {
		p.Fault = t.T(failed.Key, failed.Args...)
	}
	if lost, ok := lostOf(failed); ok {
		p.Fault = t.T("assignment.lost", "n", len(lost))
		for _, l := range lost {
			p.Lost = append(p.Lost, lostTask{now.Words.Tasks[l.Theirs.Task].Name, s.viewAssigned(r, people, all.Of(l.Theirs.Task))})
		}
	}
	p.Did = s.assignedDid(c, r, now, all, people, p.Path)
	return s.render(c, status, "assignments", p)
}

func lostOf(f *fault.Error) (assessment.LostAssignments, bool) {
	if f == nil {
		return nil, false
	}
	lost, ok := f.Detail.(assessment.LostAssignments)
	return lost, ok
}

// fill puts the tasks of the round into the page, area by area, and counts them.
func (p *assignmentsPage) fill(s *Server, r *request, now current, all assessment.Assignments, people crew) {
	t, counts := r.Text, now.Assessment.Counts(now.Catalogue)
	tasks, given, done, overdue := 0, 0, 0, 0
	for _, area := range now.Catalogue.Areas {
		a := assignedArea{Key: string(area.Key), Name: now.Words.Areas[area.Key].Name}
		in, of, late := 0, 0, 0
		for _, task := range area.Tasks {
			if !now.Round.Tasks.Covers(task.Key) {
				continue
			}
			x := all.Of(task.Key)
			v := assignedTask{assignedView: s.viewAssigned(r, people, x), Key: string(task.Key), Name: now.Words.Tasks[task.Key].Name, Href: taskPath(task.Key, now.Round.ID)}
			n := counts[assessment.OfTask(task.Key)]
			v.Answered, v.Of, v.AnsweredText = n.Answered, n.Of, t.T("home.answered", "n", n.Answered, "of", n.Of)
			of++
			if v.Given {
				in++
			}
			if v.Overdue {
				late++
			}
			if v.Done != "" {
				done++
			}
			if !p.Mine || v.Mine {
				a.Tasks = append(a.Tasks, v)
				a.Open = a.Open || v.Overdue || v.Lacking || p.Form != nil && !v.Given || p.Mine && v.Done == ""
			}
		}
		tasks, given, overdue = tasks+of, given+in, overdue+late
		if a.Says = t.T("home.area", "n", len(a.Tasks)); late > 0 {
			a.Says += " · " + t.T("home.steps.overdue", "n", late)
		}
		a.Count = t.T("assignment.given-of", "n", in, "of", of)
		if len(a.Tasks) > 0 {
			p.Areas = append(p.Areas, a)
		}
	}
	p.Summary = []string{t.T("assignment.given-of", "n", given, "of", tasks)}
	if done > 0 {
		p.Summary = append(p.Summary, t.T("assignment.done-of", "n", done))
	}
	if overdue > 0 {
		p.Summary = append(p.Summary, t.T("home.steps.overdue", "n", overdue))
	}
}

// reviewDays is how long before the round closes tasks are suggested to be due, so that there is time to look them over.
const reviewDays = 7

// newGiveForm is the form of a giving, filled with what stands.
func (s *Server) newGiveForm(r *request, now current, people crew, stands assessment.Assignment) *giveForm {
	f := &giveForm{formPart: formPartOf(r), Edit: rand.Text()[:16], Tag: stands.Tag, Given: stands.Given()}
	f.Finishers = []choiceView{{Label: r.Text.T("assignment.choose")}}
	add := func(id org.PersonID, name string) {
		f.Finishers = append(f.Finishers, choiceView{Value: string(id), Label: name})
		f.Others = append(f.Others, choiceView{Value: string(id), Label: name})
	}
	for _, p := range people.may {
		add(p.ID, p.Name)
	}
	for _, id := range stands.People { // who can't answer any more may go on standing there; who was deleted is left out with the next change
		if !people.answers(id) && people.names.of(id) != people.names.left {
			add(id, people.of(id))
		}
	}
	data := stands.AssignmentData
	if today := assessment.DayOf(s.Now()); !stands.Given() && now.Round.State == assessment.Open {
		last := assessment.DayOf(now.Round.ClosesAt)
		if data.Due = last.After(-reviewDays); data.Due <= today {
			data.Due = last
		}
	}
	f.put(data)
	if now.Round.State == assessment.Open {
		f.Closes = r.Text.T("assignment.closes", "date", r.Text.Date(now.Round.ClosesAt))
	}
	return f
}

// put fills the form's fields.
func (f *giveForm) put(d assessment.AssignmentData) {
	for i := range f.Finishers {
		f.Finishers[i].Chosen = f.Finishers[i].Value == string(d.Finisher)
	}
	for i := range f.Others {
		f.Others[i].Chosen = f.Others[i].Value != string(d.Finisher) && slices.Contains(d.People, org.PersonID(f.Others[i].Value))
	}
	f.MoreOpen = slices.ContainsFunc(f.Others, func(c choiceView) bool { return c.Chosen })
	f.Due = strings.ToValidUTF8(string(d.Due), "\uFFFD")
}

// failed puts each fault beside its field.
func (f *giveForm) failed(t locale.Text, why *fault.Error) {
	at := map[string]*string{"tasks": &f.TasksError, "finisher": &f.FinisherError, "people": &f.PeopleError, "due": &f.DueError}
	for _, field := range why.Fields {
		text := t.T(field.Key, field.Args...)
		if into := at[field.Name]; into != nil {
			*into = text
		}
		f.Faults = append(f.Faults, planFault{"#" + f.ID + field.Name, text})
	}
	f.MoreOpen = f.MoreOpen || f.PeopleError != ""
}

// giveData reads what a form says: who is to finish it is one of those who have it.
func giveData(c *gin.Context) assessment.AssignmentData {
	d := assessment.AssignmentData{Finisher: org.PersonID(c.PostForm("finisher")), Due: assessment.Day(c.PostForm("due"))}
	for _, id := range append([]string{string(d.Finisher)}, c.PostFormArray("other")...) {
		if id != "" && !d.Has(org.PersonID(id)) {
			d.People = append(d.People, org.PersonID(id))
		}
	}
	return d
}

// chosenTasks are those a form chooses, one by one or by their area, in the model's order.
func chosenTasks(c *gin.Context, now current) []catalogue.TaskKey {
	var chosen []catalogue.TaskKey
	for _, task := range now.Catalogue.Tasks() {
		if now.Round.Tasks.Covers(task.Key) && (slices.Contains(c.PostFormArray("task"), string(task.Key)) || slices.Contains(c.PostFormArray("area"), string(task.Area))) {
			chosen = append(chosen, task.Key)
		}
	}
	return chosen
}

// takeBack is what a form's button says that takes tasks back.
const takeBack = "take-back"

// give reads a form's giving of some tasks, each on what the page showed.
func give(c *gin.Context, round assessment.RoundID, m org.MunicipalityID, tasks []catalogue.TaskKey, tag func(catalogue.TaskKey) string) (assessment.Give, error) {
	g := assessment.Give{Round: round, Municipality: m, Edit: editOf(c)}
	data := giveData(c)
	if c.PostForm("do") == takeBack {
		data = assessment.AssignmentData{}
	} else if !data.Given() { // without anybody it would be taken back
		return g, fault.Wrong("api.give", "finisher", "error.assignment.finisher.none")
	}
	for _, t := range tasks {
		g.Tasks = append(g.Tasks, assessment.GiveTask{Task: t, Data: data, First: tag(t) == "", Tag: tag(t)})
	}
	return g, nil
}

// giveTasks gives those that the page's form chooses.
func (s *Server) giveTasks(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	if !org.MayGiveTasks(r.Actor, own) {
		return fault.New(fault.Forbidden, "api.giveTasks", "error.forbidden")
	}
	now, err := s.current(c, r)
	if err != nil {
		return err
	}
	g, err := give(c, round, own, chosenTasks(c, now), func(t catalogue.TaskKey) string { return c.PostForm("tag." + string(t)) })
	if err == nil {
		var change assessment.ChangeID
		if change, err = s.giveAndTell(c.Request.Context(), r, g); err == nil {
			c.Redirect(http.StatusSeeOther, formReturn(c, "/assignments", url.Values{"given": {string(change)}}, "did"))
			return nil
		}
	}
	switch fault.CodeOf(err) {
	case fault.Invalid, fault.Stale, fault.Conflict:
		f := faultOf(err)
		return s.showAssignments(c, r, statuses[f.Code], f)
	}
	return err
}

// giveAndTell gives tasks, and writes to those who got some.
func (s *Server) giveAndTell(ctx context.Context, r *request, g assessment.Give) (assessment.ChangeID, error) {
	all, change, err := s.Assessments.Give(ctx, r.Actor, g)
	if err == nil {
		s.tellGiven(ctx, r, all, change)
	}
	return change, err
}

// undoGive undoes a giving.
func (s *Server) undoGive(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	n, err := s.Assessments.UndoGive(c.Request.Context(), r.Actor, round, own, assessment.ChangeID(c.PostForm("change")))
	if fault.CodeOf(err) == fault.Conflict {
		f := faultOf(err)
		return s.showAssignments(c, r, statuses[f.Code], f)
	}
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, formReturn(c, assignmentsPath(round), url.Values{"undone": {strconv.Itoa(n)}}, "did"))
	return nil
}

// assignedDid reads what the page was told was done; nil when it was nothing, or is not so any more.
func (s *Server) assignedDid(c *gin.Context, r *request, now current, all assessment.Assignments, people crew, back string) *assignedDid {
	t := r.Text
	if n, err := strconv.Atoi(c.Query("undone")); err == nil && n >= 0 {
		return &assignedDid{formPart: formPartOf(r), Says: t.T("assignment.did.undone", "n", n)}
	}
	change := assessment.ChangeID(c.Query("given"))
	tasks := all.By(change)
	if len(tasks) == 0 || !org.MayGiveTasks(r.Actor, now.Own) {
		return nil
	}
	d := &assignedDid{formPart: formPartOf(r), Change: string(change), Return: back}
	if now.Assessment.Editable() {
		d.Action = "/assignments/undo" + scopeQuery(now.Round.ID, now.Own)
	}
	key := "assignment.did.given"
	if !tasks[0].Given() {
		key = "assignment.did.taken-back"
	}
	if d.Says = t.T(key, "n", len(tasks)); len(tasks) == 1 {
		d.Says = t.T("assignment.did.one", "task", taskName(now.Words, tasks[0].Task), "who", people.who(tasks[0].AssignmentData))
	}
	return d
}

// beforeLink leads to giving as in the round before, where there is something to give.
func (s *Server) beforeLink(ctx context.Context, r *request, now current) (homeLink, error) {
	offer, err := s.Assessments.AsBefore(ctx, r.Actor, now.Round.ID, now.Own)
	if err != nil || len(offer.Tasks) == 0 {
		return homeLink{}, err
	}
	return homeLink{"/assignments/as-before?round=" + url.QueryEscape(string(now.Round.ID)), r.Text.T("assignment.before", "round", offer.Name)}, nil
}

// asBeforePage is what giving as in the round before would give, before it does.
type asBeforePage struct {
	Layout
	Place, Round string
	Before       string // name of that round
	Back         string
	Action, Edit string
	Seen         string
	Tasks        []assignedTask
	Left         []string // names of tasks nobody may have any more who had them
	Due, Closes  string
	DueError     string
	Fault        string
}

func (s *Server) asBeforePage(c *gin.Context, r *request) error {
	return s.showAsBefore(c, r, http.StatusOK, nil)
}

func (s *Server) showAsBefore(c *gin.Context, r *request, status int, failed *fault.Error) error {
	ctx, t := c.Request.Context(), r.Text
	if !org.MayGiveTasks(r.Actor, r.Actor.Municipality()) {
		return fault.New(fault.Forbidden, "api.asBefore", "error.forbidden")
	}
	now, err := s.current(c, r)
	if err != nil {
		return err
	}
	offer, err := s.Assessments.AsBefore(ctx, r.Actor, now.Round.ID, now.Own)
	if err != nil {
		return err
	}
	var had assessment.Assignments
	for _, task := range offer.Tasks {
		had.Tasks = append(had.Tasks, assessment.Assignment{Task: task.Task, AssignmentData: task.Data})
	}
	people, err := s.crewOf(ctx, r, now.Own, had)
	if err != nil {
		return err
	}
	form := s.newGiveForm(r, now, people, assessment.Assignment{})
	p := asBeforePage{Layout: s.layout(c, r, t.T("assignment.before.title")), Place: s.municipalityName(t, now.Own), Round: now.Round.Name, Before: offer.Name, Back: assignmentsPath(now.Round.ID),
		Action: "/assignments/as-before" + scopeQuery(now.Round.ID, now.Own), Edit: form.Edit, Seen: offer.Tag, Due: form.Due, Closes: form.Closes}
	p.Path = "/assignments/as-before?round=" + url.QueryEscape(string(now.Round.ID))
	for _, a := range had.Tasks {
		p.Tasks = append(p.Tasks, assignedTask{assignedView: s.viewAssigned(r, people, a), Name: taskName(now.Words, a.Task), Href: taskPath(a.Task, now.Round.ID)})
	}
	for _, k := range offer.Left {
		p.Left = append(p.Left, taskName(now.Words, k))
	}
	if failed != nil {
		p.Due = typed(c, "due")
		if p.Fault = t.T(failed.Key, failed.Args...); failed.Code == fault.Stale {
			p.Fault = t.T("error.assignment.offer")
		}
		for _, f := range failed.Fields {
			p.Fault = t.T(f.Key, f.Args...)
			if f.Name == "due" {
				p.DueError = p.Fault
			}
		}
	}
	return s.render(c, status, "as-before", p)
}

// giveAsBefore gives what the page showed.
func (s *Server) giveAsBefore(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	ctx := c.Request.Context()
	all, change, err := s.Assessments.GiveAsBefore(ctx, r.Actor, round, own, assessment.Day(c.PostForm("due")), c.PostForm("seen"), editOf(c))
	switch fault.CodeOf(err) {
	case "":
		s.tellGiven(ctx, r, all, change)
		c.Redirect(http.StatusSeeOther, address("/assignments", url.Values{"round": {string(round)}, "given": {string(change)}})+"#did")
		return nil
	case fault.Invalid, fault.Stale, fault.Conflict:
		f := faultOf(err)
		if f.Code == fault.Conflict && f.Key != "error.assignment.offer" { // nothing can be given any more, whatever is offered
			return s.showAssignments(c, r, statuses[f.Code], f)
		}
		return s.showAsBefore(c, r, statuses[f.Code], f)
	}
	return err
}

// taskAssignmentView is the part of a task's page that says who has it.
type taskAssignmentView struct {
	assignedView
	Form         *giveForm // nil for who gives none
	Open         bool      // the form came back
	FinishAction string
	MayFinish    bool
	MayReopen    bool
	Did          *assignedDid
	Fault        string
	All          string
}

// assignmentOf makes that part; nil where it says nothing to the reader.
func (s *Server) assignmentOf(c *gin.Context, r *request, now current, task *catalogue.Task, failed *fault.Error) (*taskAssignmentView, error) {
	if now.Assessment == nil || !now.Round.Tasks.Covers(task.Key) || !org.MayReadAssignments(r.Actor, now.Own) {
		return nil, nil
	}
	ctx, t := c.Request.Context(), r.Text
	all, err := s.Assessments.Assignments(ctx, r.Actor, now.Round.ID, now.Own)
	if err != nil {
		return nil, err
	}
	stands := all.Of(task.Key)
	may := org.MayGiveTasks(r.Actor, now.Own) && now.Assessment.Editable()
	if !may && !stands.Given() {
		return nil, nil
	}
	people, err := s.crewOf(ctx, r, now.Own, all)
	if err != nil {
		return nil, err
	}
	back := taskPath(task.Key, now.Round.ID)
	scope := scopeQuery(now.Round.ID, now.Own)
	v := &taskAssignmentView{assignedView: s.viewAssigned(r, people, stands), All: assignmentsPath(now.Round.ID), FinishAction: "/tasks/" + url.PathEscape(string(task.Key)) + "/finish" + scope}
	if now.Assessment.Editable() {
		v.MayFinish = stands.Done.IsZero() && org.MayFinishTask(r.Actor, now.Own, stands.Finisher)
		v.MayReopen = !stands.Done.IsZero() && org.MayReopenTask(r.Actor, now.Own, stands.Finisher)
	}
	if may {
		v.Form = s.newGiveForm(r, now, people, stands)
		v.Form.ID = "assignment-"
		v.Form.Action, v.Form.Return = "/tasks/"+url.PathEscape(string(task.Key))+"/assignment"+scope, back
	}
	v.Did = s.assignedDid(c, r, now, all, people, back)
	if failed == nil || !strings.HasSuffix(c.FullPath(), "/assignment") && !strings.HasSuffix(c.FullPath(), "/finish") {
		return v, nil
	}
	v.Fault = t.T(failed.Key, failed.Args...)
	if _, lost := lostOf(failed); lost {
		v.Fault = t.T("assignment.lost.one")
	}
	if v.Form != nil && strings.HasSuffix(c.FullPath(), "/assignment") {
		v.Open = true
		v.Form.put(giveData(c))
		v.Form.Edit = typed(c, "edit")
		v.Form.failed(t, failed)
	}
	return v, nil
}

// giveTask gives the one task of a page.
func (s *Server) giveTask(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	if !org.MayGiveTasks(r.Actor, own) {
		return fault.New(fault.Forbidden, "api.giveTask", "error.forbidden")
	}
	task := catalogue.TaskKey(c.Param("task"))
	g, err := give(c, round, own, []catalogue.TaskKey{task}, func(catalogue.TaskKey) string { return c.PostForm("tag") })
	if err == nil {
		var change assessment.ChangeID
		if change, err = s.giveAndTell(c.Request.Context(), r, g); err == nil {
			c.Redirect(http.StatusSeeOther, formReturn(c, taskPath(task, round), url.Values{"given": {string(change)}}, "assignment"))
			return nil
		}
	}
	return s.afterAssignment(c, r, err)
}

// afterAssignment shows the task again with what was wrong.
func (s *Server) afterAssignment(c *gin.Context, r *request, err error) error {
	switch fault.CodeOf(err) {
	case fault.Invalid, fault.Stale, fault.Conflict:
		f := faultOf(err)
		return s.showTask(c, r, statuses[f.Code], nil, f)
	}
	return err
}

// finishTask takes that somebody is done with a task, or is not after all.
func (s *Server) finishTask(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	task := catalogue.TaskKey(c.Param("task"))
	_, err = s.Assessments.FinishTask(c.Request.Context(), r.Actor, assessment.FinishTask{Round: round, Municipality: own, Task: task, Done: c.PostForm("done") == "yes", Tag: c.PostForm("tag")})
	if err != nil {
		return s.afterAssignment(c, r, err)
	}
	c.Redirect(http.StatusSeeOther, formReturn(c, taskPath(task, round), nil, "assignment"))
	return nil
}

// mineView is what the reader has been given in the open round.
type mineView struct {
	locale.Text
	Says    string // how many are over the day, or what to do where there is nothing
	Lacking bool
	Tasks   []mineTask // what wants her first, by the day it is due
	Done    []mineTask
	More    int // beyond those listed
	Link    homeLink
}

type mineTask struct {
	Name, Href   string
	Due          string
	Overdue      bool
	Finish       string // that she is the one to finish it
	Answered, Of int
	AnsweredText string
	Unconfirmed  string // how many of its answers were carried and nobody has confirmed, "" where none
	wants        bool
	due          assessment.Day
}

// fillMine puts the reader's own tasks on her first page, and leads to the one that wants her next. While one does, the list of all that is open
// gives way to it.
func (s *Server) fillMine(c *gin.Context, r *request, now current, p *homePage) error {
	if now.Assessment == nil || !now.Assessment.Editable() || !org.MayHaveTasks(r.Actor, now.Own) {
		return nil
	}
	all, err := s.Assessments.Assignments(c.Request.Context(), r.Actor, now.Round.ID, now.Own)
	if err != nil {
		return err
	}
	p.Mine = viewMine(r, now, all, assessment.DayOf(s.Now()))
	if len(p.Mine.Tasks) == 0 {
		return nil
	}
	p.Open, p.More = nil, 0
	next, key := p.Mine.Tasks[0], "home.continue"
	switch next.Answered {
	case 0:
		key = "home.begin"
	case next.Of:
		key = "assignment.mine.finish"
	}
	p.Next = homeLink{next.Href, r.Text.T(key, "task", next.Name)}
	return nil
}

// viewMine sorts the reader's own tasks: those that want her by the day they are due, then the others.
func viewMine(r *request, now current, all assessment.Assignments, today assessment.Day) *mineView {
	t, counts, waits := r.Text, now.Assessment.Counts(now.Catalogue), now.Assessment.Unconfirmed(now.Catalogue)
	v := &mineView{Text: t, Link: homeLink{assignmentsPath(now.Round.ID), t.T("assignment.mine.all")}}
	overdue := 0
	for _, task := range now.Catalogue.Tasks() { // in the model's order, which days that are equal keep
		a := all.Of(task.Key)
		if !a.Has(r.Person.ID) || !now.Round.Tasks.Covers(task.Key) {
			continue
		}
		n := counts[assessment.OfTask(task.Key)]
		finishes := a.Finisher == r.Person.ID
		m := mineTask{Name: now.Words.Tasks[task.Key].Name, Href: taskPath(task.Key, now.Round.ID), Overdue: a.Overdue(today), due: a.Due,
			Answered: n.Answered, Of: n.Of, AnsweredText: t.T("home.answered", "n", n.Answered, "of", n.Of)}
		if n := waits[task.Key]; n > 0 {
			m.Unconfirmed = t.T("home.unconfirmed", "n", n)
		}
		m.wants = a.Done.IsZero() && (n.Answered < n.Of || finishes)
		if a.Due != "" {
			m.Due = dueText(t, a.Due)
		}
		if finishes && a.Done.IsZero() {
			m.Finish = t.T("assignment.mine.finisher")
		}
		if m.Overdue && m.wants {
			overdue++
		}
		if m.wants {
			v.Tasks = append(v.Tasks, m)
		} else {
			v.Done = append(v.Done, m)
		}
	}
	slices.SortStableFunc(v.Tasks, func(a, b mineTask) int { return strings.Compare(dueOrder(a.due), dueOrder(b.due)) })
	given := slices.ContainsFunc(all.Tasks, func(a assessment.Assignment) bool { return a.Given() })
	gives := org.MayGiveTasks(r.Actor, now.Own)
	switch {
	case overdue > 0:
		v.Says, v.Lacking = t.T("home.steps.overdue", "n", overdue), true
	case len(v.Tasks) > 0:
	case len(v.Done) > 0:
		v.Says = t.T("assignment.mine.done", "n", len(v.Done))
	case gives && !given:
		v.Says, v.Link.Label = t.T("assignment.mine.give"), t.T("assignment.give.link")
	default:
		v.Says = t.T("assignment.mine.none")
	}
	if len(v.Tasks) > nextListed {
		v.More = len(v.Tasks) - nextListed
		v.Tasks = v.Tasks[:nextListed]
		v.Link = homeLink{assignmentsPath(now.Round.ID) + "&mine=yes", t.T("assignment.mine.more", "n", v.More)}
	}
	return v
}

// dueOrder sorts what has no day last.
func dueOrder(d assessment.Day) string {
	if d == "" {
		return "9999"
	}
	return string(d)
}
