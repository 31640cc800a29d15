package api

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// taskPage is one task: how it is organised and its questions, saved as one goes.
type taskPage struct {
	Layout
	Key                string
	Place, Round, Area string
	About              string
	Why, Good          string // the guidance, both "" where the questionnaire has none
	Words, Practice    string // addresses of the glossary and of the cases to practise on, "" where there are none
	Message            string // the regional lead's, when the assessment was sent back
	ReadOnly           string // why nothing can be changed, "" when it can
	Outside            string // why there is nothing to answer
	Scope              string // what unsaved edits are kept under: round/municipality
	Minute             string // where the minutes somebody works here are counted, "" when nothing can be changed
	Irrelevant         bool
	Questions          []questionView
	Carry              *carryView     // last round's answers, for the whole municipality
	Carried            *taskCarryView // those of this task; nil where none were taken along
	Sharing            *sharingView   // with those it is carried together with; nil where there is nothing to share or take
	Reason             *reasonView    // why levels changed; nil where there is nothing to compare with
	Present            *presenceView  // who else has it open; nil when nothing can be changed
	Target             *targetView    // nil where nothing is suggested
	Organisation       organisationView
	Progress           []progressView
	Previous, Next     homeLink
	Plan               *taskPlanView
	Benefits           *linkedView // of the task; nil where there are none and none may be added
	Assignment         *taskAssignmentView
	Ratings            *taskRatings
	Comments           *taskCommentsView
	Fault, FaultAt     string        // what is wrong with a form that came back, and the id of the form
	Evidence           *evidencePart // for the task as a whole; nil where there is no assessment
}

type questionView struct {
	Open            bool     // unfolded
	Comments        int      // how many there are about it
	Next            homeLink // the question after it, empty after the last
	ID, Action, Tag string
	Dimension, Text string
	Levels          []levelView
	Further         []furtherView // one of them fits, or none
	Evidence        string        // what one can point to, "" where the questionnaire does not say
	NotApplicable   bool
	Exemptions      []choiceView // why it does not apply
	Reason, Note    string
	Saved           string // "lagret 14:02"
	By              string // who saved it last
	Unconfirmed     string // that it was carried and is not confirmed, "" when it is
	Look            string // that it asks something else than then, "" when it doesn't
	Past            *pastView
	Changes         []choiceView // why its level changed, where that is another reason than the task's; nil without a level to compare with
	ChangedFrom     string       // the level to compare with, in words
	Change          string       // for reading: why the level changed, "" when it has not
	LevelError      string
	ExemptionError  string
	ReasonError     string
	ChangeError     string
	NoteError       string
	ConfirmError    string
	Theirs          *beforeView   // what somebody else saved, when a form without scripts lost the race
	Given           *beforeView   // the answer in words, for reading
	Typed           *beforeView   // what was sent and could not be saved, when nothing can be changed any more
	Backing         *evidencePart // links and files
}

type levelView struct {
	Value       int
	Name, About string
	Step        string // which of Further fits who stands here, "" at the top
	Checked     bool
	Moved       bool // another level than last round's
}

// furtherView is how to get one step further. The page has all of a question's, and shows the one that fits the level chosen.
type furtherView struct {
	Step, Text string
	Fits       bool
}

// Empty tells that the form has no answer, whatever else it says.
func (v questionView) Empty() bool {
	return !v.NotApplicable && !slices.ContainsFunc(v.Levels, func(l levelView) bool { return l.Checked })
}

// beforeView is an answer in words.
type beforeView struct {
	Level         int
	Answered      bool
	Name          string // of the level, or why it is not applicable
	NotApplicable bool
	Note          string
}

// pastView is what was answered in the round before to what a question asks now.
type pastView struct {
	Title string
	Same  bool // the question is what it was
	Parts []pastPart
	Note  string // what the notes of then are called
}

// pastPart is one of the older questions: what it asked, where that is something else, and its answer.
type pastPart struct {
	Asked  string
	Answer *beforeView
	Empty  string // said when there is no answer
}

type organisationView struct {
	Open              bool // unfolded
	Action, Tag       string
	Statuses          []choiceView
	Reason            string
	Carriers          []choiceView
	Responsible       []choiceView
	Contributing      []choiceView
	Saved, By         string
	StatusError       string
	ReasonError       string
	CarrierError      string
	ResponsibleError  string
	ContributingError string
	ConfirmError      string
	Theirs            []string // what somebody else saved, when a form without scripts lost the race
	Typed             []string // what was sent and could not be saved, when nothing can be changed any more
	Status            string   // key
	StatusText        string
	Summary           []string // for reading
}

type choiceView struct {
	Value, Label string
	Chosen       bool
}

type progressView struct {
	Key, Name, Href string
	Answered, Of    int
	Label           string
	Current         bool
}

// form is a form that came back because it could not be saved, with what was typed.
type form struct {
	question     catalogue.QuestionKey // "" when it was the organisation's
	value        assessment.Value
	na           bool
	organisation assessment.OrganisationData
	reason       *assessment.ChangeReason // when it was the reason of the task's changes
	confirming   bool                     // when it confirmed what was carried
	evidence     *evidenceBack
	left         []catalogue.QuestionKey // what it could not confirm, and of how many it did
	done         int
	sharing      bool // when it was about sharing with others
}

func (s *Server) taskPage(c *gin.Context, r *request) error {
	err := s.showTask(c, r, http.StatusOK, nil, nil)
	if c.Query("round") != "" || fault.CodeOf(err) != fault.NotFound {
		return err
	}
	// A step or a benefit of another questionnaire's task leads here: there it stands as it stood last.
	rounds, notRead := s.Assessments.InState(c.Request.Context(), r.Actor, r.Actor.Region(), assessment.Published, roundsLookedThrough)
	if notRead != nil {
		return err
	}
	task := catalogue.TaskKey(c.Param("task"))
	for _, round := range rounds {
		if known, _ := s.Assessments.Catalogue(round.Catalogue); known != nil && known.Task(task) != nil {
			c.Redirect(http.StatusSeeOther, taskPath(task, round.ID))
			return nil
		}
	}
	return err
}

// roundsLookedThrough for a task that the current round's questionnaire doesn't have: ten years of them.
const roundsLookedThrough = 20

// showTask renders the page, with a form that came back where there is one, and why it did.
func (s *Server) showTask(c *gin.Context, r *request, status int, back *form, why *fault.Error) error {
	now, err := s.current(c, r)
	if err != nil {
		return err
	}
	task := now.Catalogue.Task(catalogue.TaskKey(c.Param("task")))
	if task == nil {
		return fault.New(fault.NotFound, "api.task", "error.task.unknown", "task", c.Param("task"))
	}
	words := now.Words.Tasks[task.Key]
	p := taskPage{Layout: s.layout(c, r, words.Name), Key: string(task.Key), Round: now.Round.Name, Area: now.Words.Areas[task.Area].Name,
		About: words.About, Why: words.Why, Good: words.Good, Words: glossaryPath(now.Catalogue), Practice: practicePath(r, now.Catalogue)}
	if back != nil {
		p.Path = taskPath(task.Key, now.Round.ID)
	}
	if m, ok := s.Register.Get(now.Own); ok {
		p.Place = r.Text.T("layout.municipality", "name", m.Name)
	}
	p.Previous, p.Next = neighbours(r.Text, now, task.Key)
	if p.Plan, err = s.planOf(c, r, now, task); err != nil {
		return err
	}
	if p.Benefits, err = s.benefitsOf(c.Request.Context(), r, now.Own, task.Key); err != nil {
		return err
	}
	if p.Ratings, err = s.ratingsOf(c.Request.Context(), r, now, task.Key); err != nil {
		return err
	}
	if p.Assignment, err = s.assignmentOf(c, r, now, task, why); err != nil {
		return err
	}
	if p.Comments, err = s.commentsOf(c, r, now, task, why); err != nil {
		return err
	}
	if back == nil && why != nil { // the ambition, or who has the task, which stands as somebody else has set it
		p.Path, p.Fault, p.FaultAt = taskPath(task.Key, now.Round.ID), r.Text.T(why.Key, why.Args...), "plan"
		if p.Assignment != nil && p.Assignment.Fault != "" {
			p.Fault, p.FaultAt = p.Assignment.Fault, "assignment"
		}
		if p.Comments != nil && p.Comments.Fault != "" {
			p.Fault, p.FaultAt = p.Comments.Fault, "comments"
		}
		if p.Plan != nil {
			p.Plan.Open = p.FaultAt == "plan"
		}
	}
	if !now.Round.Tasks.Covers(task.Key) {
		p.Outside = r.Text.T("task.outside")
		return s.render(c, status, "task", p)
	}
	if now.Assessment == nil {
		p.Outside = noAssessment(r.Text, now)
		return s.render(c, status, "task", p)
	}
	if now.Assessment.State == assessment.SentBack {
		p.Message = now.Assessment.Message
	}
	p.ReadOnly = readOnly(r, now)
	p.Scope = string(now.Round.ID) + "/" + string(now.Own)
	if p.ReadOnly == "" {
		p.Minute = minutePath(task.Key, scopeQuery(now.Round.ID, now.Own))
	}
	if p.Present, err = s.presenceOf(c.Request.Context(), r, now, task.Key); err != nil {
		return err
	}
	p.Progress = progressOf(r.Text, now, task.Area)
	if err := s.fillQuestions(c.Request.Context(), r, now, task, &p); err != nil {
		return err
	}
	if err := s.evidenceOf(c, r, now, task, &p); err != nil {
		return err
	}
	p.Target = s.viewTarget(r.Text, now, task)
	switch {
	case back != nil && back.left != nil:
		p.tellLeft(r.Text, now, back)
	case back != nil:
		p.putBack(r.Text, now.Words, back, why)
	}
	p.unfold()
	return s.render(c, status, "task", p)
}

// unfold opens what a reader should meet open: what has a fault or a warning in it, what somebody is asked to look at, and of what waits for an answer
// the first. The rest is folded and says its state.
func (p *taskPage) unfold() {
	changeable := p.ReadOnly == ""
	o := &p.Organisation
	o.Open = p.FaultAt == "organisation" || len(o.Theirs) > 0 || len(o.Typed) > 0 || changeable && (o.Tag == "" || p.Irrelevant)
	waits := changeable
	for i := range p.Questions {
		q := &p.Questions[i]
		if i+1 < len(p.Questions) {
			q.Next = homeLink{"#" + p.Questions[i+1].ID, p.T("question.next", "task", p.Questions[i+1].Dimension)}
		}
		if p.Comments != nil {
			q.Comments = p.Comments.about[q.ID]
		}
		if waits && (!q.Given.Answered || q.Unconfirmed != "") {
			q.Open, waits = true, false
		}
		if p.FaultAt == q.ID || q.Theirs != nil || q.Typed != nil || q.Look != "" || q.Backing.Wants() {
			q.Open = true
		}
	}
	if r := p.Reason; r != nil {
		r.Open = p.FaultAt == "reason" || r.Theirs != "" || r.Typed != "" || changeable && r.unsaid()
	}
}

func taskPath(k catalogue.TaskKey, round assessment.RoundID) string {
	return "/tasks/" + string(k) + "?round=" + url.QueryEscape(string(round))
}

// noAssessment says why the reader has nothing to fill in.
func noAssessment(t locale.Text, now current) string {
	switch {
	case now.Own == "":
		return t.T("task.not-municipal")
	case now.Round.State == assessment.Planned:
		return t.T("task.planned", "round", now.Round.Name, "date", t.Date(now.Round.OpensAt))
	}
	return t.T("task.no-part")
}

// readOnly says why nothing can be changed.
func readOnly(r *request, now current) string {
	switch {
	case now.Assessment.Sealed:
		return r.Text.T("task.sealed")
	case now.Assessment.State == assessment.HandedIn:
		return r.Text.T("task.handed-in")
	case now.Assessment.State == assessment.Waiting:
		return r.Text.T("task.waiting")
	case !org.MayAnswer(r.Actor, now.Own):
		return r.Text.T("task.reader")
	}
	return ""
}

// fillQuestions puts the answers, last round's beside, and who saved them into the page.
func (s *Server) fillQuestions(ctx context.Context, r *request, now current, task *catalogue.Task, p *taskPage) error {
	before, beforeName, err := s.previous(ctx, r, now)
	if err != nil {
		return err
	}
	organisation := now.Assessment.Organisation(task.Key)
	people := []org.PersonID{organisation.By, now.Assessment.Reason(task.Key).By}
	for _, q := range task.Questions {
		people = append(people, now.Assessment.Answer(q.Key).By)
	}
	names, err := s.names(ctx, r.Text, people...)
	if err != nil {
		return err
	}
	scope := scopeQuery(now.Round.ID, now.Own)
	p.Organisation = viewOrganisation(r.Text, s.Now(), organisation, names.of(organisation.By))
	p.Organisation.Action = "/tasks/" + string(task.Key) + "/organisation" + scope
	if p.Organisation.Status == string(assessment.NotRelevant) {
		p.Organisation.Action += "&folded=yes" // the page shows no questions: a save that brings them back loads it anew
	}
	p.Irrelevant = organisation.Status == assessment.NotRelevant
	moves := now.Assessment.Moves(before, task)
	for _, q := range task.Questions {
		a := now.Assessment.Answer(q.Key)
		v := questionView{
			ID: string(q.Key), Tag: a.Tag, Dimension: now.Words.Dimensions[q.Dimension].Name, Text: now.Words.Questions[q.Key].Text,
			Action: "/tasks/" + string(task.Key) + "/answers/" + url.PathEscape(string(q.Key)) + scope,
			Reason: a.NotApplicable, NotApplicable: a.Exempt(), Exemptions: exemptionChoices(r.Text, a.Exemption()), Note: a.Note, By: names.of(a.By),
			Given: inWords(r.Text, now.Words, a.Value),
		}
		if a.Tag != "" {
			v.Saved = r.Text.T("save.saved", "time", r.Text.When(a.At, s.Now()))
		}
		earlier := before.Of(q.Key)
		v.guide(now.Catalogue.Scale, now.Words.Levels, now.Words.Questions[q.Key], a.Level)
		v.compare(r.Text, now.Words, earlier, a, moves)
		if before != nil {
			v.Past = viewPast(r.Text, wording(before.Catalogue, r.Text), earlier, beforeName)
		}
		if a.Carried {
			v.Unconfirmed, v.Saved, v.By = r.Text.T("carry.unconfirmed", "round", s.sourceName(r.Text, a, beforeName)), "", ""
		}
		if a.Carried && a.NeedsLook() {
			v.Look = r.Text.T("carry.kind." + string(a.From.Kind))
		}
		if len(v.Changes) > 0 && p.Reason == nil {
			p.Reason = s.viewReason(r, now, task, names)
		}
		p.Questions = append(p.Questions, v)
	}
	if p.ReadOnly != "" && len(moves) == 0 {
		p.Reason = nil
	}
	if !p.Irrelevant && p.ReadOnly == "" {
		p.Carried = s.viewTaskCarry(r.Text, now, task, beforeName)
	}
	p.Carry = viewCarry(r, now, before, beforeName, taskPath(task.Key, now.Round.ID), task)
	p.Sharing, err = s.viewSharing(ctx, r, now, task)
	return err
}

// compare puts what a question's level is held against into the view.
func (v *questionView) compare(t locale.Text, words catalogue.Wording, earlier assessment.Earlier, a assessment.Answer, moves []assessment.Move) {
	from, ok := earlier.Level()
	if !ok {
		return
	}
	for i := range v.Levels {
		v.Levels[i].Moved = v.Levels[i].Value != from
	}
	v.ChangedFrom = t.T("change.from", "level", from, "name", words.Levels[from])
	v.Changes = reasonChoices(t, t.T("change.as-task"), a.ChangeReason)
	if i := slices.IndexFunc(moves, func(m assessment.Move) bool { return m.Question == a.Question }); i >= 0 {
		v.Change = reasonText(t, moves[i].Reason)
	}
}

// viewPast words what was answered in the round before, in the words of its questionnaire; nil where nothing was asked that leads here.
func viewPast(t locale.Text, words catalogue.Wording, earlier assessment.Earlier, round string) *pastView {
	v := &pastView{Title: t.T("question.before", "round", round), Same: earlier.Kind == catalogue.Same, Note: t.T("question.note")}
	if earlier.Kind == catalogue.New {
		v.Parts = append(v.Parts, pastPart{Empty: t.T("question.before.new")})
	}
	for _, q := range earlier.From {
		part := pastPart{Empty: t.T("question.before.none")}
		if i := slices.IndexFunc(earlier.Answers, func(a assessment.Answer) bool { return a.Question == q }); i >= 0 {
			part = pastPart{Answer: inWords(t, words, earlier.Answers[i].Value)}
		}
		if !v.Same {
			part.Asked = words.Questions[q].Text
		}
		v.Parts = append(v.Parts, part)
	}
	if len(v.Parts) == 0 {
		return nil
	}
	return v
}

// exemptionChoices are the reasons why a question does not apply, the first of them none.
func exemptionChoices(t locale.Text, chosen assessment.Exemption) []choiceView {
	all := []choiceView{{"", t.T("question.na.choose"), chosen == ""}}
	for _, e := range assessment.Exemptions {
		all = append(all, choiceView{string(e), t.T("exemption." + string(e)), e == chosen})
	}
	return all
}

// guide puts the levels with their descriptions into the view, how to get further from each, and what one can point to.
func (v *questionView) guide(scale catalogue.Scale, names map[int]string, words catalogue.QuestionText, chosen *int) {
	for level := scale.Min; level <= scale.Max; level++ {
		l := levelView{Value: level, Name: names[level], About: words.Levels[level], Checked: chosen != nil && *chosen == level}
		if step, ok := scale.Step(level); ok && words.Further[step] != "" {
			l.Step = strconv.Itoa(step)
		}
		v.Levels = append(v.Levels, l)
	}
	for _, step := range scale.Steps() {
		if words.Further[step] == "" {
			continue
		}
		f := furtherView{Step: strconv.Itoa(step), Text: words.Further[step]}
		f.Fits = slices.ContainsFunc(v.Levels, func(l levelView) bool { return l.Checked && l.Step == f.Step })
		v.Further = append(v.Further, f)
	}
	v.Evidence = words.Evidence
}

func inWords(t locale.Text, words catalogue.Wording, v assessment.Value) *beforeView {
	b := &beforeView{Note: v.Note, Answered: v.Given(), NotApplicable: v.Exempt()}
	switch e := v.Exemption(); {
	case v.Level != nil:
		b.Level, b.Name = *v.Level, words.Levels[*v.Level]
	case e == assessment.OtherExemption:
		b.Name = v.NotApplicable
	case e != "" && v.NotApplicable != "":
		b.Name = t.T("question.na.words", "reason", t.T("exemption."+string(e)), "words", v.NotApplicable)
	case e != "":
		b.Name = t.T("exemption." + string(e))
	}
	return b
}

func viewOrganisation(t locale.Text, now time.Time, o assessment.Organisation, by string) organisationView {
	v := organisationView{Tag: o.Tag, By: by, Status: string(o.Status), StatusText: t.T("status." + string(o.Status))}
	if o.Tag != "" {
		v.Saved = t.T("save.saved", "time", t.When(o.At, now))
	}
	v.put(t, o.OrganisationData)
	v.Reason = cmp.Or(v.Reason, o.FormerReason)
	return v
}

// put fills the form's controls, and the summary for reading.
func (v *organisationView) put(t locale.Text, d assessment.OrganisationData) {
	v.Statuses, v.Carriers, v.Responsible, v.Contributing = nil, nil, nil, nil
	v.Reason = d.Reason
	for _, status := range assessment.Statuses {
		v.Statuses = append(v.Statuses, choiceView{string(status), t.T("status." + string(status)), status == d.Status})
	}
	for _, carrier := range assessment.Carriers {
		v.Carriers = append(v.Carriers, choiceView{string(carrier), t.T("carrier." + string(carrier)), carrier == d.Carrier})
	}
	for _, role := range assessment.TaskRoles {
		label := t.T("duty." + string(role))
		v.Responsible = append(v.Responsible, choiceView{string(role), label, role == d.Responsible})
		v.Contributing = append(v.Contributing, choiceView{string(role), label, slices.Contains(d.Contributing, role)})
	}
	v.Summary = nil
	if d.Carrier != "" {
		v.Summary = append(v.Summary, t.T("carrier."+string(d.Carrier)))
	}
	if d.Responsible != "" {
		v.Summary = append(v.Summary, t.T("duty")+": "+t.T("duty."+string(d.Responsible)))
	}
	if len(d.Contributing) > 0 {
		var names []string
		for _, role := range d.Contributing {
			names = append(names, t.T("duty."+string(role)))
		}
		v.Summary = append(v.Summary, t.T("duty.contributing")+": "+t.List(names))
	}
	if d.Reason != "" {
		v.Summary = append(v.Summary, d.Reason)
	}
}

// progressOf tells how much is answered, area by area.
func progressOf(t locale.Text, now current, here catalogue.AreaKey) []progressView {
	counts := now.Assessment.Counts(now.Catalogue)
	var all []progressView
	for _, a := range now.Catalogue.Areas {
		n, ok := counts[assessment.OfArea(a.Key)]
		if !ok {
			continue
		}
		v := progressView{Key: string(a.Key), Name: now.Words.Areas[a.Key].Name, Answered: n.Answered, Of: n.Of, Current: a.Key == here,
			Label: t.T("home.answered", "n", n.Answered, "of", n.Of)}
		for _, task := range a.Tasks { // leads to the area's first task that wants something, else to its first
			if v.Href == "" && now.Round.Tasks.Covers(task.Key) {
				v.Href = taskPath(task.Key, now.Round.ID)
			}
			if k := counts[assessment.OfTask(task.Key)]; k.Answered < k.Of {
				v.Href = taskPath(task.Key, now.Round.ID)
				break
			}
		}
		all = append(all, v)
	}
	return all
}

// neighbours are the tasks before and after this one in the round.
func neighbours(t locale.Text, now current, k catalogue.TaskKey) (previous, next homeLink) {
	i := slices.Index(now.Round.Tasks, k)
	if i > 0 {
		before := now.Round.Tasks[i-1]
		previous = homeLink{taskPath(before, now.Round.ID), t.T("question.previous", "task", now.Words.Tasks[before].Name)}
	}
	switch {
	case i >= 0 && i+1 < len(now.Round.Tasks):
		after := now.Round.Tasks[i+1]
		next = homeLink{taskPath(after, now.Round.ID), t.T("question.next", "task", now.Words.Tasks[after].Name)}
	case i >= 0:
		next = homeLink{"/hand-in?round=" + url.QueryEscape(string(now.Round.ID)), t.T("task.to-hand-in")}
	}
	return previous, next
}

// putBack shows a form as it was sent, each fault beside its field. Of one that can't be changed any more it shows what was
// typed, so that it can be copied.
func (p *taskPage) putBack(t locale.Text, words catalogue.Wording, back *form, why *fault.Error) {
	p.Fault = t.T(why.Key, why.Args...)
	told := func(field string) string {
		for _, f := range why.Fields {
			if f.Name == field {
				return t.T(f.Key, f.Args...)
			}
		}
		return ""
	}
	stale := why.Code == fault.Stale
	switch {
	case back.confirming:
		p.FaultAt = "questions"
		return
	case back.sharing:
		p.FaultAt = "sharing"
		return
	case back.evidence != nil:
		p.putBackEvidence(t, *back.evidence, told)
		return
	case back.reason != nil:
		p.putBackReason(t, *back.reason, stale, told("reason"))
		return
	case back.question == "":
		p.FaultAt = "organisation"
		o := &p.Organisation
		stands := append([]string{o.StatusText}, o.Summary...)
		sent := offered(back.organisation)
		o.put(t, sent)
		switch {
		case p.ReadOnly != "":
			if sent.Status != "" {
				o.Typed = []string{t.T("status." + string(sent.Status))}
			}
			o.Summary, o.Typed = stands[1:], append(o.Typed, o.Summary...)
		case stale:
			o.Theirs = stands // her own stays in the fields, and the fresh tag lets her save it over
		}
		o.Saved = ""
		o.StatusError, o.ReasonError = told("status"), told("reason")
		o.ConfirmError = told(assessment.ConfirmField)
		o.CarrierError, o.ResponsibleError, o.ContributingError = told("carrier"), told("responsible"), told("contributing")
		return
	}
	for i := range p.Questions {
		q := &p.Questions[i]
		if q.ID != string(back.question) {
			continue
		}
		p.FaultAt = q.ID
		note := strings.ToValidUTF8(back.value.Note, "\uFFFD")
		exemption, change := back.value.NotApplicableReason, back.value.ChangeReason
		if !slices.Contains(assessment.Exemptions, exemption) {
			exemption = ""
		}
		if p.ReadOnly != "" {
			q.Typed = inWords(t, words, assessment.Value{Level: back.value.Level, NotApplicableReason: exemption, NotApplicable: strings.ToValidUTF8(back.value.NotApplicable, "\uFFFD"), Note: note})
			continue
		}
		if stale {
			q.Theirs = q.Given
		}
		q.Note, q.Reason, q.NotApplicable, q.Saved = note, strings.ToValidUTF8(back.value.NotApplicable, "\uFFFD"), back.na, ""
		for k := range q.Levels {
			q.Levels[k].Checked = back.value.Level != nil && *back.value.Level == q.Levels[k].Value
		}
		q.Exemptions = exemptionChoices(t, exemption)
		if q.Changes != nil {
			q.Changes = reasonChoices(t, t.T("change.as-task"), change)
		}
		q.LevelError, q.ExemptionError, q.ReasonError, q.NoteError = told("level"), told("notApplicableReason"), told("notApplicable"), told("note")
		q.ChangeError, q.ConfirmError = told("changeReason"), told(assessment.ConfirmField)
	}
}

// offered keeps of what was sent what the page has a choice and a text for.
func offered(d assessment.OrganisationData) assessment.OrganisationData {
	unknown := func(r assessment.TaskRole) bool { return !slices.Contains(assessment.TaskRoles, r) }
	if !slices.Contains(assessment.Statuses, d.Status) {
		d.Status = ""
	}
	if !slices.Contains(assessment.Carriers, d.Carrier) {
		d.Carrier = ""
	}
	if unknown(d.Responsible) {
		d.Responsible = ""
	}
	d.Contributing = slices.DeleteFunc(slices.Clone(d.Contributing), unknown)
	d.Reason = strings.ToValidUTF8(d.Reason, "\uFFFD")
	return d
}

// confirmed tells whether a form says that a text is to be saved although it seems to hold a fødselsnummer.
func confirmed(c *gin.Context) bool { return c.PostForm(assessment.ConfirmField) == "yes" }

// saved is what a save by script gets back.
type saved struct {
	Tag      string                 `json:"tag"`
	SavedAt  string                 `json:"savedAt"`
	Progress map[string]savedCounts `json:"progress"`
	Target   string                 `json:"target"` // HTML of the page's part, which moves with the answers
	Reload   bool                   `json:"reload,omitempty"`
}

type savedCounts struct {
	Answered int `json:"answered"`
	Of       int `json:"of"`
}

// scopeOf is which round and municipality a save belongs to: the ones of the page it was made on.
func scopeOf(c *gin.Context, r *request) (assessment.RoundID, org.MunicipalityID, error) {
	round, municipality := c.Query("round"), org.MunicipalityID(c.Query("municipality"))
	if round == "" {
		return "", "", fault.New(fault.NotFound, "api.task", "error.round.unknown")
	}
	if municipality == "" {
		municipality = r.Actor.Municipality()
	}
	return assessment.RoundID(round), municipality, nil
}

// scopeQuery is what scopeOf reads. The municipality stands in it so that a page left open while somebody from elsewhere signed in
// beside it can't save here what was written there.
func scopeQuery(round assessment.RoundID, m org.MunicipalityID) string {
	return "?" + url.Values{"municipality": {string(m)}, "round": {string(round)}}.Encode()
}

// asked refuses a question that the address' task does not ask: the address would name one task and the save change another.
func (s *Server) asked(task catalogue.TaskKey, q catalogue.QuestionKey) error {
	for _, c := range s.Assessments.Catalogues() {
		if known := c.Question(q); known != nil && known.Task == task {
			return nil
		}
	}
	return fault.New(fault.NotFound, "api.task", "error.question.unknown", "question", q)
}

// sentByScript reads a save that a script sent into data, and tells where it belongs and what it builds on.
func sentByScript(c *gin.Context, r *request, data any) (round assessment.RoundID, own org.MunicipalityID, pre precondition, err error) {
	if round, own, err = scopeOf(c, r); err != nil {
		return round, own, pre, err
	}
	if pre, err = preconditionOf(c.Request.Header); err != nil {
		return round, own, pre, err
	}
	return round, own, pre, readJSON(c.Request, data)
}

// saveAnswer saves one answer sent by script.
func (s *Server) saveAnswer(c *gin.Context, r *request) error {
	var value struct {
		assessment.Value
		Confirmed bool `json:"confirmNumber"`
	}
	round, own, pre, err := sentByScript(c, r, &value)
	if err != nil {
		return err
	}
	question := catalogue.QuestionKey(c.Param("question"))
	if err := s.asked(catalogue.TaskKey(c.Param("task")), question); err != nil {
		return err
	}
	a, err := s.Assessments.SaveAnswer(c.Request.Context(), r.Actor, assessment.Save{
		Round: round, Municipality: own, Question: question, Value: value.Value, First: pre.First, Tag: pre.Tag, Edit: pre.Edit, Confirmed: value.Confirmed,
	})
	if err != nil {
		return s.both(c.Request.Context(), r.Text, err)
	}
	answer := a.Answer(question)
	return s.acknowledge(c, r, a, catalogue.TaskKey(c.Param("task")), answer.Tag, r.Text.Clock(answer.At), false)
}

// acknowledge tells the script what it is waiting for.
func (s *Server) acknowledge(c *gin.Context, r *request, a assessment.Assessment, task catalogue.TaskKey, tag, at string, reload bool) error {
	cat, err := s.Assessments.Catalogue(a.Catalogue)
	if err != nil {
		return err
	}
	now := current{Catalogue: cat, Words: wording(cat, r.Text), Own: a.Municipality, Assessment: &a}
	target, err := s.pages.part("task", "target", s.viewTarget(r.Text, now, cat.Task(task)))
	if err != nil {
		return err
	}
	answer := saved{Tag: tag, SavedAt: at, Progress: map[string]savedCounts{}, Target: string(target), Reload: reload}
	for sel, n := range a.Counts(cat) {
		if area, ok := strings.CutPrefix(string(sel), "area/"); ok {
			answer.Progress[area] = savedCounts{n.Answered, n.Of}
		}
	}
	c.Header("ETag", strconv.Quote(tag))
	c.JSON(http.StatusOK, answer)
	return nil
}

// postAnswer saves one answer sent without scripts.
func (s *Server) postAnswer(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	if err := s.asked(catalogue.TaskKey(c.Param("task")), catalogue.QuestionKey(c.Param("question"))); err != nil {
		return err
	}
	back := form{question: catalogue.QuestionKey(c.Param("question")), value: assessment.Value{Note: c.PostForm("note")}}
	switch level := c.PostForm("level"); level {
	case "":
	case "na":
		back.na, back.value.NotApplicable, back.value.NotApplicableReason = true, c.PostForm("notApplicable"), assessment.Exemption(c.PostForm("notApplicableReason"))
		if back.value.NotApplicableReason == "" && strings.TrimSpace(back.value.NotApplicable) == "" {
			return s.showTask(c, r, http.StatusUnprocessableEntity, &back, fault.Wrong("api.postAnswer", "notApplicableReason", "error.answer.reason"))
		}
	default:
		n, err := strconv.Atoi(level)
		if err != nil {
			return s.showTask(c, r, http.StatusUnprocessableEntity, &back, fault.Wrong("api.postAnswer", "level", "error.answer.number", "level", strings.ToValidUTF8(level, "\uFFFD")))
		}
		back.value.Level, back.value.ChangeReason = &n, assessment.ChangeReason(c.PostForm("changeReason"))
	}
	tag := c.PostForm("tag")
	_, err = s.Assessments.SaveAnswer(c.Request.Context(), r.Actor, assessment.Save{
		Round: round, Municipality: own, Question: back.question, Value: back.value, First: tag == "", Tag: tag, Confirmed: confirmed(c),
	})
	return s.afterPost(c, r, &back, err, string(back.question))
}

// afterPost leads back to the page, or shows it again with what was typed.
func (s *Server) afterPost(c *gin.Context, r *request, back *form, err error, anchor string) error {
	if err == nil || standsAlready(r.Person.ID, err) {
		c.Redirect(http.StatusSeeOther, taskPath(catalogue.TaskKey(c.Param("task")), assessment.RoundID(c.Query("round")))+"#"+anchor)
		return nil
	}
	switch fault.CodeOf(err) {
	case fault.Invalid, fault.Stale, fault.Conflict:
		f := faultOf(err)
		return s.showTask(c, r, statuses[f.Code], back, f)
	}
	return err
}

// standsAlready tells that what somebody sent is there already, by herself: without scripts a form has no edit of its own, and its button pressed twice would
// have her choose between her answer and her answer.
func standsAlready(by org.PersonID, err error) bool {
	switch lost := faultOf(err).Detail.(type) {
	case assessment.Lost:
		return lost.Theirs.By == by && !lost.Theirs.Carried && reflect.DeepEqual(lost.Yours, lost.Theirs.Value)
	case assessment.LostOrganisation:
		return lost.Theirs.By == by && reflect.DeepEqual(lost.Yours, lost.Theirs.OrganisationData)
	case assessment.LostReason:
		return lost.Theirs.By == by && lost.Yours == lost.Theirs.Reason
	}
	return false
}

// saveOrganisation saves how a task is organised, sent by script.
func (s *Server) saveOrganisation(c *gin.Context, r *request) error {
	var data struct {
		assessment.OrganisationData
		Confirmed bool `json:"confirmNumber"`
	}
	round, own, pre, err := sentByScript(c, r, &data)
	if err != nil {
		return err
	}
	task := catalogue.TaskKey(c.Param("task"))
	a, err := s.Assessments.SaveOrganisation(c.Request.Context(), r.Actor, assessment.SaveOrganisation{
		Round: round, Municipality: own, Task: task, Data: data.OrganisationData, First: pre.First, Tag: pre.Tag, Edit: pre.Edit, Confirmed: data.Confirmed,
	})
	if err != nil {
		return s.both(c.Request.Context(), r.Text, err)
	}
	o := a.Organisation(task)
	return s.acknowledge(c, r, a, task, o.Tag, r.Text.Clock(o.At), (o.Status == assessment.NotRelevant) != (c.Query("folded") != ""))
}

// postOrganisation saves it sent without scripts.
func (s *Server) postOrganisation(c *gin.Context, r *request) error {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return err
	}
	if err := readForm(c.Request); err != nil {
		return err
	}
	back := form{organisation: assessment.OrganisationData{
		Status: assessment.Status(c.PostForm("status")), Reason: c.PostForm("reason"), Carrier: assessment.Carrier(c.PostForm("carrier")),
		Responsible: assessment.TaskRole(c.PostForm("responsible")),
	}}
	for _, role := range c.PostFormArray("contributing") {
		back.organisation.Contributing = append(back.organisation.Contributing, assessment.TaskRole(role))
	}
	tag := c.PostForm("tag")
	_, err = s.Assessments.SaveOrganisation(c.Request.Context(), r.Actor, assessment.SaveOrganisation{
		Round: round, Municipality: own, Task: catalogue.TaskKey(c.Param("task")), Data: back.organisation, First: tag == "", Tag: tag, Confirmed: confirmed(c),
	})
	return s.afterPost(c, r, &back, err, "organisation")
}
