package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/store"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// formPart is what a part of a page needs that has forms of its own: the page's language, and whose page it is.
type formPart struct {
	locale.Text
	User *LayoutUser
}

func formPartOf(r *request) formPart { return formPart{r.Text, &LayoutUser{ID: string(r.Person.ID)}} }

// stepView is a step in a list.
type stepView struct {
	formPart
	ID, What, Why  string
	Task, TaskHref string // "" where the list is of one task
	Owner, Due     string // in words
	Unowned        bool
	Overdue, Mine  bool
	Soon           bool   // due within soonDays
	Status         string // key
	StatusText     string
	Outcome        string // what came of it, or why it was dropped
	Href           string
	Action, Tag    string
	Return         string
	Quick          []choiceView // statuses that are one button away
	Removed        bool
	RestoreAction  string
	status         assessment.StepStatus
	task           catalogue.TaskKey
}

// quick are the statuses that are one button away; to be dropped a step wants a reason, which the form asks for.
var quick = map[assessment.StepStatus][]assessment.StepStatus{
	assessment.StepPlanned: {assessment.StepUnderWay, assessment.StepDone}, assessment.StepUnderWay: {assessment.StepDone},
	assessment.StepDone: {assessment.StepUnderWay}, assessment.StepDropped: {assessment.StepPlanned},
}

func stepPath(id assessment.StepID) string { return "/steps/" + url.PathEscape(string(id)) }

// viewSteps words steps for a list that buttons return to. Words are nil where all of them are of one task.
func (s *Server) viewSteps(ctx context.Context, r *request, all []assessment.Step, words *catalogue.Wording, back string) ([]stepView, error) {
	var owners []org.PersonID
	for _, step := range all {
		owners = append(owners, step.Owner)
	}
	names, err := s.names(ctx, r.Text, owners...)
	if err != nil {
		return nil, err
	}
	today := assessment.DayOf(s.Now())
	var views []stepView
	for _, step := range all {
		v := stepView{
			formPart: formPartOf(r), ID: string(step.ID), What: step.What, Why: step.Why, Owner: ownerText(r.Text, names, step.StepData), Unowned: !step.Owned(), Due: dueText(r.Text, step.Due),
			Overdue: step.Overdue(today) && step.Removed.IsZero(), Mine: step.Owner == r.Person.ID && step.Owner != "", Status: string(step.Status), StatusText: r.Text.T("step.status." + string(step.Status)),
			Href: address(stepPath(step.ID), url.Values{"return": {back}}), Action: stepPath(step.ID) + "/status", Tag: step.Tag, Return: back,
			Removed: !step.Removed.IsZero(), RestoreAction: stepPath(step.ID) + "/restore", status: step.Status, task: step.Task,
		}
		v.Soon = !v.Overdue && !v.Removed && step.Status.Open() && step.Due != "" && step.Due <= today.After(soonDays)
		switch step.Status {
		case assessment.StepDone:
			v.Outcome = step.Result
		case assessment.StepDropped:
			v.Outcome = step.Reason
		}
		for _, next := range quick[step.Status] {
			v.Quick = append(v.Quick, choiceView{Value: string(next), Label: r.Text.T("step.do." + string(step.Status) + "." + string(next))})
		}
		if words != nil {
			v.Task, v.TaskHref = taskName(*words, step.Task), "/tasks/"+url.PathEscape(string(step.Task))+"#steps"
		}
		views = append(views, v)
	}
	return views, nil
}

// taskName is what a task is called; of one that is in no questionnaire any more its key.
func taskName(words catalogue.Wording, k catalogue.TaskKey) string {
	if name := words.Tasks[k].Name; name != "" {
		return name
	}
	return string(k)
}

func ownerText(t locale.Text, names names, d assessment.StepData) string {
	switch {
	case d.Owner != "":
		return names.of(d.Owner)
	case d.Role != "":
		return t.T("duty." + string(d.Role))
	}
	return t.T("step.owner.none")
}

func dueText(t locale.Text, d assessment.Day) string {
	if d == "" {
		return t.T("step.due.none")
	}
	return t.T("step.due.on", "date", t.Date(d.Time()))
}

// stepForm is the form of a step, new or changed.
type stepForm struct {
	formPart
	Action, Tag, Edit, Return string
	Task                      string // of a new one
	Municipality              string
	What, Why, Due            string
	Result, Reason            string
	People, Roles             []choiceView
	Unowned                   bool
	Statuses                  []choiceView // empty for a new one: it is planned
	Hints                     []string     // what the questionnaire says of getting further
	Faults                    []planFault
	WhatError, WhyError       string
	OwnerError, DueError      string
	StatusError, ResultError  string
	ReasonError, ConfirmError string
}

// stepPage is one step with its form, or a new one.
type stepPage struct {
	Layout
	Task, TaskHref string
	Form           stepForm
	Changed        string // who changed it last, and when
	Theirs         []string
	Typed          []string // what was sent and could not be saved
	Fault          string
	Removed        bool
	RemoveAction   string
	RestoreAction  string
	RemovedUntil   string
	Former         *formerStep // what it was before it was changed last, nil where nobody knows
	Back           string
	Benefits       *linkedView // that come of it
	Maps           []homeLink  // the benefit maps it stands in
}

// formerStep is what a step was before it was changed last, with the button that makes it so again.
type formerStep struct {
	formPart
	Says                string // who had left it so, and when
	Lines               []string
	Action, Tag, Return string
	Open                bool
}

// furtherSteps are what the questionnaire says of getting one step further from where the answers stand, for whoever doesn't know what to
// write: one for each question that has a level and such a text.
func furtherSteps(now current, task *catalogue.Task) []string {
	if now.Assessment == nil || task == nil {
		return nil
	}
	var hints []string
	for _, q := range task.Questions {
		answer := now.Assessment.Answer(q.Key)
		if answer.Level == nil || answer.Carried {
			continue
		}
		if step, ok := now.Catalogue.Scale.Step(*answer.Level); ok && now.Words.Questions[q.Key].Further[step] != "" {
			hints = append(hints, now.Words.Questions[q.Key].Further[step])
		}
	}
	return hints
}

// newForm is the empty form of a step for a task.
func (s *Server) newForm(ctx context.Context, r *request, m org.MunicipalityID, task catalogue.TaskKey, back string) (stepForm, error) {
	f := stepForm{formPart: formPartOf(r), Action: "/steps", Edit: rand.Text()[:16], Return: back, Task: string(task), Municipality: string(m)}
	return f, s.fillOwners(ctx, r, m, assessment.StepData{}, &f)
}

// fillOwners offers who may own a step: the municipality's people, by name, and the roles.
func (s *Server) fillOwners(ctx context.Context, r *request, m org.MunicipalityID, d assessment.StepData, f *stepForm) error {
	f.People, f.Roles, f.Unowned = nil, nil, !d.Owned()
	people, err := s.peopleIn(ctx, m, org.MayWriteSteps)
	if err != nil {
		return err
	}
	for _, p := range people {
		f.People = append(f.People, choiceView{"p:" + string(p.ID), p.Name, p.ID == d.Owner})
	}
	if d.Owner != "" && !slices.ContainsFunc(f.People, func(c choiceView) bool { return c.Chosen }) { // she has left
		names, err := s.names(ctx, r.Text, d.Owner)
		if err != nil {
			return err
		}
		f.People = append(f.People, choiceView{"p:" + string(d.Owner), names.of(d.Owner), true})
	}
	for _, role := range assessment.TaskRoles {
		f.Roles = append(f.Roles, choiceView{"r:" + string(role), r.Text.T("duty." + string(role)), role == d.Role})
	}
	return nil
}

// put fills the form's fields.
func (f *stepForm) put(t locale.Text, d assessment.StepData, changing bool) {
	whole := func(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
	f.What, f.Why, f.Due, f.Result, f.Reason = whole(d.What), whole(d.Why), whole(string(d.Due)), whole(d.Result), whole(d.Reason)
	if !changing {
		return
	}
	f.Statuses = nil
	for _, status := range assessment.StepStatuses {
		f.Statuses = append(f.Statuses, choiceView{string(status), t.T("step.status." + string(status)), status == d.Status})
	}
}

// failed puts each fault beside its field.
func (f *stepForm) failed(t locale.Text, why *fault.Error) {
	at := map[string]*string{"what": &f.WhatError, "why": &f.WhyError, "owner": &f.OwnerError, "due": &f.DueError, "status": &f.StatusError, "result": &f.ResultError,
		"reason": &f.ReasonError, assessment.ConfirmField: &f.ConfirmError}
	for _, field := range why.Fields {
		text := t.T(field.Key, field.Args...)
		if into := at[field.Name]; into != nil {
			*into = text
		}
		f.Faults = append(f.Faults, planFault{"#step-" + field.Name, text})
	}
}

// stepData reads what a form says.
func stepData(c *gin.Context) assessment.StepData {
	d := assessment.StepData{What: c.PostForm("what"), Why: c.PostForm("why"), Due: assessment.Day(c.PostForm("due")), Result: c.PostForm("result"), Reason: c.PostForm("reason"),
		Status: assessment.StepStatus(c.PostForm("status"))}
	if id, ok := strings.CutPrefix(c.PostForm("owner"), "p:"); ok {
		d.Owner = org.PersonID(id)
	} else if role, ok := strings.CutPrefix(c.PostForm("owner"), "r:"); ok {
		d.Role = assessment.TaskRole(role)
	}
	return d
}

// planWords is the wording of the questionnaire that a task stands in.
func (s *Server) planWords(t locale.Text, k catalogue.TaskKey) catalogue.Wording {
	if c := s.Assessments.CatalogueOf(k); c != nil {
		return wording(c, t)
	}
	return catalogue.Wording{}
}

// newStepPage is a form of its own, which the plan leads to.
func (s *Server) newStepPage(c *gin.Context, r *request) error {
	m := planMunicipality(c.Query("municipality"), r)
	if !org.MayWriteSteps(r.Actor, m) {
		return fault.New(fault.Forbidden, "api.newStep", "error.forbidden")
	}
	return s.showNewStep(c, r, http.StatusOK, m, catalogue.TaskKey(c.Query("task")), c.Query("return"), nil)
}

func (s *Server) showNewStep(c *gin.Context, r *request, status int, m org.MunicipalityID, task catalogue.TaskKey, back string, failed *fault.Error) error {
	if s.Assessments.CatalogueOf(task) == nil {
		return fault.New(fault.NotFound, "api.newStep", "error.task.unknown", "task", task)
	}
	p := stepPage{Layout: s.layout(c, r, r.Text.T("step.new")), Task: taskName(s.planWords(r.Text, task), task), TaskHref: "/tasks/" + url.PathEscape(string(task)), Back: backOr(back, "/plan")}
	p.Path = address("/steps/new", url.Values{"task": {string(task)}, "return": {p.Back}})
	var err error
	if p.Form, err = s.newForm(c.Request.Context(), r, m, task, p.Back); err != nil {
		return err
	}
	switch now, err := s.current(c, r); fault.CodeOf(err) {
	case "":
		if now.Own == m {
			p.Form.Hints = furtherSteps(now, now.Catalogue.Task(task))
		}
	case fault.NotFound: // there has been no round
	default:
		return err
	}
	if failed != nil {
		d := stepData(c)
		if err := s.fillOwners(c.Request.Context(), r, m, asOffered(d), &p.Form); err != nil {
			return err
		}
		p.Form.put(r.Text, d, false)
		p.Form.Edit = typed(c, "edit")
		p.Form.failed(r.Text, failed)
		if len(failed.Fields) == 0 {
			p.Fault = r.Text.T(failed.Key, failed.Args...)
		}
	}
	return s.render(c, status, "step", p)
}

// asOffered keeps of an owner that was sent what the form has a choice for.
func asOffered(d assessment.StepData) assessment.StepData {
	if !slices.Contains(assessment.TaskRoles, d.Role) {
		d.Role = ""
	}
	d.Owner = org.PersonID(strings.ToValidUTF8(string(d.Owner), "\uFFFD"))
	return d
}

// backOr is where a form returns to: a path of ours, else another.
func backOr(back, otherwise string) string {
	if back == "" {
		return otherwise
	}
	return ownPath(back)
}

// planMunicipality is whose plan a form is about: what its page said, else the reader's own.
func planMunicipality(asked string, r *request) org.MunicipalityID {
	if asked != "" {
		return org.MunicipalityID(asked)
	}
	return r.Actor.Municipality()
}

func (s *Server) addStep(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	m, task := planMunicipality(c.PostForm("municipality"), r), catalogue.TaskKey(c.PostForm("task"))
	step, _, err := s.Assessments.AddStep(c.Request.Context(), r.Actor, assessment.AddStep{Municipality: m, Task: task, Data: stepData(c), Edit: editOf(c), Confirmed: confirmed(c)})
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, stepReturn(c, stepDeed("added", step)))
		return nil
	case fault.Invalid, fault.Conflict:
		f := faultOf(err)
		return s.showNewStep(c, r, statuses[f.Code], m, task, c.PostForm("return"), f)
	}
	return err
}

// stepDeeds are what a page can be told was done to a step, each with the step's id; and in "as" the tag that this gave it, so that nothing but this is
// undone there.
var stepDeeds = []string{"added", "changed", "unchanged", "reverted", "removed", "restored"}

func stepDeed(deed string, step assessment.Step) url.Values {
	return url.Values{deed: {string(step.ID)}, "as": {step.Tag}}
}

// savedStep is what a save did: nothing, where the step said all that already.
func savedStep(step assessment.Step, edit string) url.Values {
	if !step.Holds(edit) {
		return stepDeed("unchanged", step)
	}
	return stepDeed("changed", step)
}

// stepReturn is the page that a step's form stands on, told what was done, so that it can be undone there.
func stepReturn(c *gin.Context, did url.Values) string {
	return formReturn(c, "/plan", did, "step-did")
}

// formReturn is the page that a form stands on, told what was done; otherwise where the form does not say which.
func formReturn(c *gin.Context, otherwise string, did url.Values, anchor string) string {
	u, err := url.Parse(backOr(c.PostForm("return"), otherwise))
	if err != nil {
		return otherwise
	}
	q := u.Query()
	for _, name := range append([]string{"as", "given", "undone"}, stepDeeds...) {
		q.Del(name)
	}
	for name, values := range did {
		q[name] = values
	}
	u.RawQuery, u.Fragment = q.Encode(), anchor
	return u.String()
}

func (s *Server) stepPage(c *gin.Context, r *request) error {
	return s.showStep(c, r, http.StatusOK, nil)
}

// showStep renders a step's page, with the form as it was sent where it failed.
func (s *Server) showStep(c *gin.Context, r *request, status int, failed *fault.Error) error {
	ctx, t := c.Request.Context(), r.Text
	step, err := s.Assessments.Step(ctx, r.Actor, assessment.StepID(c.Param("step")))
	if err != nil {
		return err
	}
	people := []org.PersonID{step.By, step.Owner}
	if step.Was != nil {
		people = append(people, step.Was.By, step.Was.Owner)
	}
	names, err := s.names(ctx, t, people...)
	if err != nil {
		return err
	}
	back := c.Query("return")
	if failed != nil {
		back = c.PostForm("return")
	}
	p := stepPage{
		Layout: s.layout(c, r, t.T("step.title")), Task: taskName(s.planWords(t, step.Task), step.Task), TaskHref: "/tasks/" + url.PathEscape(string(step.Task)), Back: backOr(back, "/plan"),
		Changed: t.T("step.changed", "name", names.of(step.By), "time", t.When(step.At, s.Now())), RemoveAction: stepPath(step.ID) + "/remove", RestoreAction: stepPath(step.ID) + "/restore",
		Removed: !step.Removed.IsZero(),
	}
	p.Path = address(stepPath(step.ID), url.Values{"return": {p.Back}})
	if p.Removed {
		p.RemovedUntil = t.Date(step.Removed.Add(assessment.StepsKept))
	}
	p.Form = stepForm{formPart: formPartOf(r), Action: stepPath(step.ID), Tag: step.Tag, Edit: rand.Text()[:16], Return: p.Back, Municipality: string(step.Municipality)}
	if was := step.Was; was != nil && !p.Removed {
		p.Former = &formerStep{formPart: formPartOf(r), Says: t.T("step.former.by", "name", names.of(was.By), "time", t.When(was.At, s.Now())), Lines: stepInWords(t, names, was.StepData),
			Action: stepPath(step.ID) + "/undo", Tag: step.Tag, Return: p.Back}
	}
	shown := step.StepData
	if failed != nil {
		sent, undoing := stepData(c), strings.HasSuffix(c.FullPath(), "/undo")
		if strings.HasSuffix(c.FullPath(), "/status") { // a button, which sends nothing but the status
			sent = shown
			sent.Status = assessment.StepStatus(c.PostForm("status"))
		}
		if undoing || strings.HasSuffix(c.FullPath(), "/remove") {
			sent = shown
		}
		p.Fault = t.T(failed.Key, failed.Args...)
		switch {
		case undoing: // the page shows what it is, and what it was before that
			if failed.Code == fault.Stale && p.Former != nil && step.Was.Until.Equal(step.At) { // not when it only got another owner, or came back
				p.Fault, p.Former.Open = t.T("step.undo.since", "name", names.of(step.By), "time", t.When(step.At, s.Now())), true
			}
		case p.Removed:
			p.Typed = stepInWords(t, names, sent)
		case failed.Code == fault.Stale:
			p.Theirs = stepInWords(t, names, shown) // her own stays in the fields, and the fresh tag lets her save it over
		default:
			p.Fault = ""
			p.Form.failed(t, failed)
		}
		shown = asOffered(sent)
		if !slices.Contains(assessment.StepStatuses, shown.Status) {
			shown.Status = step.Status
		}
	}
	if err := s.fillOwners(ctx, r, step.Municipality, shown, &p.Form); err != nil {
		return err
	}
	p.Form.put(t, shown, true)
	if !p.Removed && org.MayReadBenefits(r.Actor, step.Municipality) {
		all, err := s.Benefits.Belonging(ctx, r.Actor, step.Municipality)
		if err != nil {
			return err
		}
		fresh := homeLink{address("/benefits/new", url.Values{"step": {string(step.ID)}}), t.T("step.benefits.new")}
		if p.Benefits, err = s.linkedView(ctx, r, step.Municipality, all, all.OfStep(step.ID), fresh); err != nil {
			return err
		}
		p.Maps, err = s.mapsWith(ctx, r.Actor, step.Municipality, func(d benefits.MapData) bool { return slices.Contains(d.Steps(), step.ID) })
		if err != nil {
			return err
		}
	}
	return s.render(c, status, "step", p)
}

// stepInWords tells a step for reading, line by line.
func stepInWords(t locale.Text, names names, d assessment.StepData) []string {
	lines := []string{strings.ToValidUTF8(d.What, "\uFFFD")}
	if slices.Contains(assessment.StepStatuses, d.Status) {
		lines = append(lines, t.T("step.status."+string(d.Status)))
	}
	for _, text := range []string{d.Why, d.Result, d.Reason} {
		if text != "" {
			lines = append(lines, strings.ToValidUTF8(text, "\uFFFD"))
		}
	}
	return append(lines, ownerText(t, names, asOffered(d))+", "+dueText(t, validDay(d.Due)))
}

// validDay is a day that can be written in words.
func validDay(d assessment.Day) assessment.Day {
	if d.Time().IsZero() {
		return ""
	}
	return d
}

// afterStep leads back to where the form stood, or shows the step with what was typed.
func (s *Server) afterStep(c *gin.Context, r *request, did url.Values, err error) error {
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, stepReturn(c, did))
		return nil
	case fault.Invalid, fault.Stale, fault.Conflict:
		f := faultOf(err)
		return s.showStep(c, r, statuses[f.Code], f)
	}
	return err
}

func (s *Server) saveStep(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	edit := editOf(c)
	step, err := s.Assessments.SaveStep(c.Request.Context(), r.Actor, assessment.SaveStep{ID: assessment.StepID(c.Param("step")), Data: stepData(c), Tag: c.PostForm("tag"), Edit: edit, Confirmed: confirmed(c)})
	return s.afterStep(c, r, savedStep(step, edit), err)
}

// setStepStatus is a button beside a step. Pressed twice on the same it is one edit.
func (s *Server) setStepStatus(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	ctx, id, tag := c.Request.Context(), assessment.StepID(c.Param("step")), c.PostForm("tag")
	step, err := s.Assessments.Step(ctx, r.Actor, id)
	if err != nil {
		return err
	}
	data := step.StepData
	data.Status = cmp.Or(assessment.StepStatus(c.PostForm("status")), data.Status)
	edit := tag + "-" + string(data.Status)
	step, err = s.Assessments.SaveStep(ctx, r.Actor, assessment.SaveStep{ID: id, Data: data, Tag: tag, Edit: edit, Confirmed: true})
	return s.afterStep(c, r, savedStep(step, edit), err)
}

// undoStep takes back the change that the page tells of. Pressed twice it is one edit.
func (s *Server) undoStep(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	tag := c.PostForm("tag")
	step, err := s.Assessments.UndoStep(c.Request.Context(), r.Actor, assessment.UndoStep{ID: assessment.StepID(c.Param("step")), Tag: tag, Edit: tag + "-undo"})
	return s.afterStep(c, r, stepDeed("reverted", step), err)
}

func (s *Server) removeStep(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	step, err := s.Assessments.RemoveStep(c.Request.Context(), r.Actor, assessment.StepID(c.Param("step")), c.PostForm("tag"))
	return s.afterStep(c, r, stepDeed("removed", step), err)
}

func (s *Server) restoreStep(c *gin.Context, r *request) error {
	if err := readForm(c.Request); err != nil {
		return err
	}
	step, err := s.Assessments.RestoreStep(c.Request.Context(), r.Actor, assessment.StepID(c.Param("step")))
	return s.afterStep(c, r, stepDeed("restored", step), err)
}

// stepDone tells what was just done to a step or an ambition, with the button that undoes it.
type stepDone struct {
	formPart
	Says            string
	Nothing         bool   // it was nothing
	Action, Label   string // of the button; "" when there is nothing to undo
	Tag             string
	Return          string
	Href, HrefLabel string // to write what came of it
}

// did reads what the page was told was done; nil when it was nothing, or is not so any more.
func (s *Server) did(c *gin.Context, r *request, back string) (*stepDone, error) {
	t := r.Text
	for _, deed := range stepDeeds {
		id := assessment.StepID(c.Query(deed))
		if id == "" {
			continue
		}
		step, err := s.Assessments.Step(c.Request.Context(), r.Actor, id)
		if fault.CodeOf(err) == fault.NotFound {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		if step.Tag != c.Query("as") || (deed == "removed") == step.Removed.IsZero() {
			return nil, nil // somebody has changed or undone it since
		}
		d := &stepDone{formPart: formPartOf(r), Says: t.T("step.did."+deed, "what", step.What), Tag: step.Tag, Return: back, Nothing: deed == "unchanged"}
		switch {
		case deed == "removed":
			d.Action, d.Label = stepPath(id)+"/restore", t.T("step.restore")
		case deed == "added" && step.At.Equal(step.MadeAt):
			d.Action, d.Label = stepPath(id)+"/remove", t.T("step.undo")
		case deed == "changed" && step.Was != nil:
			d.Action, d.Label = stepPath(id)+"/undo", t.T("step.undo")
			if step.Status != step.Was.Status {
				d.Says = t.T("step.did.status", "what", step.What, "status", strings.ToLower(t.T("step.status."+string(step.Status))))
			}
			if step.Status == assessment.StepDone && step.Result == "" {
				d.Href, d.HrefLabel = address(stepPath(id), url.Values{"return": {back}})+"#step-result", t.T("step.result.write")
			}
		case deed == "reverted" && step.Was != nil:
			d.Action, d.Label = stepPath(id)+"/undo", t.T("step.redo")
		}
		return d, nil
	}
	return nil, nil
}

// taskPlanView is the part of a task's page that says where the municipality wants to be, and what it does about it.
type taskPlanView struct {
	formPart
	gapView
	MaySet                      bool
	Levels                      []choiceView
	AmbitionAction, AmbitionTag string
	AmbitionEdit, AmbitionUndo  string
	AmbitionWas                 string // what it was before it was changed last, for who may set it; "" where it never was
	AmbitionDid                 *stepDone
	Steps, Closed               []stepView
	Form                        stepForm
	Did                         *stepDone
	Open, StepsOpen             bool // unfolded
	Overdue                     bool // one of the steps is
}

// gapView is where a task stands, where it is to be, and what lies between, in words.
type gapView struct {
	Now           figureView
	From          string // the round it stands so in
	Ambition      string // the level's name, "" without one
	AmbitionLevel int
	Gap           string // in words, "" where it isn't known
	Lacking       bool
}

func viewGap(t locale.Text, c *catalogue.Catalogue, words catalogue.Wording, plan assessment.TaskPlan) gapView {
	v := gapView{Now: viewFigure(t, c.Scale, plan.Now.Figure, plan.Now.Standing()), Lacking: plan.Lacking()}
	if v.Now.Shown {
		v.From = t.T("improvement.from", "round", plan.Now.Name)
	} else {
		v.Now.Why = t.T("improvement.unknown")
	}
	if plan.Ambition.Level != nil {
		v.AmbitionLevel, v.Ambition = *plan.Ambition.Level, words.Levels[*plan.Ambition.Level]
	}
	switch gap, known := plan.Gap(); {
	case !known:
	case gap > 0:
		v.Gap = t.T("improvement.gap.below", "gap", t.Score(int64(gap)))
	case gap < 0:
		v.Gap = t.T("improvement.gap.above", "gap", t.Score(int64(-gap)))
	default:
		v.Gap = t.T("improvement.gap.met")
	}
	return v
}

// planOf makes that part of a task's page; nil for who may not read it.
func (s *Server) planOf(c *gin.Context, r *request, now current, task *catalogue.Task) (*taskPlanView, error) {
	if !org.MayReadPlan(r.Actor, now.Own) {
		return nil, nil
	}
	ctx := c.Request.Context()
	plan, err := s.Assessments.Improvement(ctx, r.Actor, now.Own)
	if err != nil {
		return nil, err
	}
	steps, _, err := s.Assessments.Steps(ctx, r.Actor, now.Own, assessment.StepFilter{Task: task.Key}, store.MaxLimit, "")
	if err != nil {
		return nil, err
	}
	this := plan.Task(task.Key)
	back := taskPath(task.Key, now.Round.ID)
	v := &taskPlanView{formPart: formPartOf(r), gapView: viewGap(r.Text, now.Catalogue, now.Words, this), MaySet: org.MaySetAmbition(r.Actor, now.Own), AmbitionTag: this.Ambition.Tag,
		AmbitionAction: "/tasks/" + url.PathEscape(string(task.Key)) + "/ambition" + scopeQuery(now.Round.ID, now.Own)}
	v.AmbitionEdit, v.AmbitionUndo = rand.Text()[:16], "/tasks/"+url.PathEscape(string(task.Key))+"/ambition/undo"+scopeQuery(now.Round.ID, now.Own)
	v.AmbitionDid = ambitionDid(r, now, this.Ambition, c.Query("ambition"), c.Query("as"), v.AmbitionUndo)
	if v.MaySet && this.Ambition.Was != nil {
		v.AmbitionWas = r.Text.T("ambition.was", "level", levelName(r.Text, now.Words, this.Ambition.Was.Level))
	}
	v.Levels = []choiceView{{"", r.Text.T("ambition.none"), this.Ambition.Level == nil}}
	for level := now.Catalogue.Scale.Min; level <= now.Catalogue.Scale.Max; level++ {
		v.Levels = append(v.Levels, choiceView{strconv.Itoa(level), strconv.Itoa(level) + " " + now.Words.Levels[level], this.Ambition.Level != nil && *this.Ambition.Level == level})
	}
	views, err := s.viewSteps(ctx, r, steps, nil, back)
	if err != nil {
		return nil, err
	}
	for _, step := range views {
		if step.status.Open() {
			v.Steps, v.Overdue = append(v.Steps, step), v.Overdue || step.Overdue
		} else {
			v.Closed = append(v.Closed, step)
		}
	}
	if v.Form, err = s.newForm(ctx, r, now.Own, task.Key, back); err != nil {
		return nil, err
	}
	v.Form.Hints = furtherSteps(now, task)
	v.Did, err = s.did(c, r, back)
	v.Open, v.StepsOpen = v.AmbitionDid != nil, v.Overdue || v.Did != nil
	return v, err
}

// setAmbition saves the level that a municipality sets itself.
func (s *Server) setAmbition(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	task, edit := catalogue.TaskKey(c.Param("task")), editOf(c)
	set := assessment.SetAmbition{Municipality: own, Task: task, First: c.PostForm("tag") == "", Tag: c.PostForm("tag"), Edit: edit}
	if text := c.PostForm("ambition"); text != "" {
		level, err := strconv.Atoi(text)
		if err != nil {
			return fault.Wrong("api.setAmbition", "level", "error.answer.number", "level", strings.ToValidUTF8(text, "\uFFFD"))
		}
		set.Level = &level
	}
	ambition, err := s.Assessments.SetAmbition(c.Request.Context(), r.Actor, set)
	deed := "set"
	if !ambition.Holds(edit) {
		deed = "unchanged"
	}
	return s.afterAmbition(c, r, task, round, deed, ambition, err)
}

// undoAmbition takes back the change that the page tells of. Pressed twice it is one edit.
func (s *Server) undoAmbition(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	task, tag := catalogue.TaskKey(c.Param("task")), c.PostForm("tag")
	ambition, err := s.Assessments.UndoAmbition(c.Request.Context(), r.Actor, assessment.UndoAmbition{Municipality: own, Task: task, Tag: tag, Edit: tag + "-undo"})
	if f, ok := errors.AsType[*fault.Error](err); ok && f.Code == fault.Stale {
		lost := f.Detail.(assessment.LostAmbition)
		names, err := s.names(c.Request.Context(), r.Text, lost.Theirs.By)
		if err != nil {
			return err
		}
		words, told := s.planWords(r.Text, task), *f
		told.Key, told.Args = "ambition.undo.since", []any{"name", names.of(lost.Theirs.By), "now", levelName(r.Text, words, lost.Theirs.Level), "before", levelName(r.Text, words, lost.Yours)}
		return s.showTask(c, r, statuses[f.Code], nil, &told)
	}
	return s.afterAmbition(c, r, task, round, "undone", ambition, err)
}

// afterAmbition leads back to the task's page, told what was done, or shows it with why nothing was.
func (s *Server) afterAmbition(c *gin.Context, r *request, task catalogue.TaskKey, round assessment.RoundID, deed string, ambition assessment.Ambition, err error) error {
	switch fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, taskPath(task, round)+"&"+url.Values{"ambition": {deed}, "as": {ambition.Tag}}.Encode()+"#plan")
		return nil
	case fault.Stale, fault.Invalid, fault.Conflict:
		f := faultOf(err)
		return s.showTask(c, r, statuses[f.Code], nil, f)
	}
	return err
}

// ambitionDid tells what was just done to an ambition, which got a tag by it; nil when it was nothing, or is not so any more.
func ambitionDid(r *request, now current, ambition assessment.Ambition, deed, as, undo string) *stepDone {
	if !slices.Contains([]string{"set", "unchanged", "undone"}, deed) || ambition.Tag != as || !org.MaySetAmbition(r.Actor, now.Own) {
		return nil
	}
	d := &stepDone{formPart: formPartOf(r), Says: r.Text.T("ambition.did."+deed, "level", levelName(r.Text, now.Words, ambition.Level)), Tag: ambition.Tag, Nothing: deed == "unchanged"}
	switch {
	case ambition.Was == nil || d.Nothing:
	case deed == "undone":
		d.Action, d.Label = undo, r.Text.T("step.redo")
	default:
		d.Action, d.Label = undo, r.Text.T("step.undo")
	}
	return d
}

// levelName is a level with its name, or that there is none, inside a sentence.
func levelName(t locale.Text, words catalogue.Wording, level *int) string {
	if level == nil {
		return t.T("ambition.none.within")
	}
	return strings.TrimSpace(strconv.Itoa(*level) + " " + words.Levels[*level])
}
