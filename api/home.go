package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/store"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// homePage is the model itself: each task where it has its place, with how it stands here.
type homePage struct {
	Layout
	Round     string   // name
	Place     string   // whose model it is
	When      string   // what the clock says of the round
	Lead      string   // what the page is
	Practice  homeLink // to practise on made-up municipalities, before the first hand-in
	Empty     string   // why there is nothing yet, and what comes next
	Message   string   // the regional lead's, when the assessment was sent back
	Returned  string   // the leader's, when she returned it
	Waits     string   // what waits for its reader's approval
	Other     homeLink // to another round, whose assessment was sent back
	State     string   // where the own assessment is, in words
	Next      homeLink
	Region    bool // figures are the region's medians
	Whole     figureView
	Moved     string        // one sentence
	Changes   []homeChanges // what stands behind it, for those who answer for the municipality
	Coming    string        // when the next round opens
	Also      homeLink
	HandIns   string         // how many have handed in, for the regional lead
	Mine      *mineView      // what was given to her, nil where nobody can be given anything
	Carry     *carryView     // last round's answers
	Shared    homeLink       // what others offer of theirs
	Mentioned *mentionedView // where she was mentioned, nil where nothing waits
	Open      []homeTask
	More      int        // open tasks beyond those listed
	ToRate    []homeLink // tasks that people rate on their own first
	Steps     []stepView
	StepDid   *stepDone
	MoreSteps int
	Overdue   string      // how many of her steps should have been done by now
	Late      []*lateView // benefits that wait for a measurement, or for an explanation
	Gains     *homeGains  // what the benefits amount to, nil where there is nothing to tell
	Path      []homeArea
	Areas     []homeArea
	Source    sourceView
}

// sourceView is where the model comes from, with the address in the text as a link.
type sourceView struct{ Before, URL, After string }

func viewSource(text, address string) sourceView {
	before, after, found := strings.Cut(text, address)
	if !found {
		return sourceView{Before: text}
	}
	return sourceView{before, address, after}
}

type homeLink struct{ Href, Label string }

// homeChanges is one short list of tasks: those that went up, those that went down, those nobody has clarified.
type homeChanges struct {
	Kind, Title string // Kind: "up", "down", "unclear"
	Tasks       []homeTask
	More, Of    int // beyond those listed; all of them
}

type homeArea struct {
	Key, Name string
	Figure    figureView
	Says      string // how many tasks, and how many of them want somebody: what stands for them where they are folded
	Tasks     []homeTask
}

type homeTask struct {
	Key, Name, Href string
	Status          string // key, for the shape
	StatusText      string
	Figure          figureView
	Role            string
	Outside         bool
	RoleLabel       string
	Answered, Of    int
	AnsweredText    string
	Unconfirmed     string // how many of its answers were carried and nobody has confirmed, "" where none
	Median          string // how many municipalities are behind it
	Given           string // what its benefits have given
}

const (
	openListed = 5 // tasks that a list above the model names at most; the rest is found in it
	nextListed = 3 // tasks to answer next
)

func (s *Server) homePage(c *gin.Context, r *request) error {
	if r.Actor.Region() == "" && org.MayChooseRegion(r.Actor) {
		return s.regionsPage(c, r)
	}
	p := homePage{Layout: s.layout(c, r, r.Text.T("home.title"))}
	if r.Actor.Region() == "" {
		p.Title = r.Text.T("nav.front")
		return s.emptyHome(c, r, p)
	}
	var err error
	if p.Practice, err = s.practice(c.Request.Context(), r); err != nil {
		return err
	}
	now, err := s.current(c, r)
	if fault.CodeOf(err) == fault.NotFound && c.Query("round") == "" {
		return s.emptyHome(c, r, p)
	}
	if err != nil {
		return err
	}
	if now.Round.State != assessment.Open && now.Round.State != assessment.Planned {
		next, err := s.nextPlanned(c.Request.Context(), r)
		if err != nil {
			return err
		}
		p.Coming = comingText(r.Text, next)
	}
	p.Lead = r.Text.T("home.lead", "n", len(now.Catalogue.Tasks()), "model", now.Words.Name)
	p.Round, p.When, p.Source = now.Round.Name, whenOf(r.Text, now.Round), viewSource(now.Words.Source, now.Catalogue.Source)
	var cards cardMaker
	if now.Own != "" {
		if cards, err = s.ownCards(c, r, now, &p); err == nil {
			err = s.fillMine(c, r, now, &p)
		}
		if err == nil {
			err = s.fillMentions(c, r, now, &p)
		}
		if err == nil {
			err = s.fillWaits(c, r, now, &p)
		}
	} else {
		cards, err = s.regionCards(c, r, now, &p)
	}
	if err != nil {
		return err
	}
	for _, area := range now.Catalogue.Areas {
		a := homeArea{Key: string(area.Key), Name: now.Words.Areas[area.Key].Name, Figure: cards.figure(assessment.OfArea(area.Key))}
		for _, t := range area.Tasks {
			a.Tasks = append(a.Tasks, cards.task(t.Key))
		}
		a.Says = areaSays(r.Text, a.Tasks, now.Assessment != nil && now.Assessment.Editable())
		if area.Path {
			p.Path = append(p.Path, a)
		} else {
			p.Areas = append(p.Areas, a)
		}
	}
	if err := s.ownSteps(c, r, now, &p); err != nil {
		return err
	}
	for _, waiting := range []func(context.Context, *request, org.MunicipalityID) (*lateView, error){s.lateView, s.unexplainedView} {
		v, err := waiting(c.Request.Context(), r, now.Own)
		if err != nil {
			return err
		}
		if v != nil {
			p.Late = append(p.Late, v)
		}
	}
	if p.Gains, err = s.homeGains(c.Request.Context(), r, now.Own); err != nil {
		return err
	}
	if p.ToRate, err = s.toRate(c.Request.Context(), r, now); err != nil {
		return err
	}
	p.Whole = cards.figure(assessment.Whole)
	if p.Whole.Shown && p.Whole.Why != "" { // beside a large number a reason reads as part of it
		p.Whole.CoverageText, p.Whole.Why = p.Whole.CoverageText+" · "+p.Whole.Why, ""
	}
	return s.render(c, http.StatusOK, "home", p)
}

// areaSays counts an area's tasks, those that are still to be answered while answers come in, and those nobody has clarified.
func areaSays(t locale.Text, tasks []homeTask, filling bool) string {
	left, unclear := 0, 0
	for _, task := range tasks {
		if filling && task.Answered < task.Of {
			left++
		}
		if task.Status == string(assessment.NotClarified) {
			unclear++
		}
	}
	says := []string{t.T("home.area", "n", len(tasks))}
	if left > 0 {
		says = append(says, t.T("home.area.left", "n", left))
	}
	if unclear > 0 {
		says = append(says, t.T("home.area.unclear", "n", unclear))
	}
	return strings.Join(says, " · ")
}

// ownSteps shows what the reader has taken on, what is due first.
func (s *Server) ownSteps(c *gin.Context, r *request, now current, p *homePage) error {
	if !org.MayReadPlan(r.Actor, now.Own) {
		return nil
	}
	steps, err := s.Assessments.OwnSteps(c.Request.Context(), r.Actor, now.Own, store.MaxLimit)
	if err != nil {
		return err
	}
	if p.StepDid, err = s.did(c, r, "/"); err != nil {
		return err
	}
	overdue, today := 0, assessment.DayOf(s.Now())
	for _, step := range steps {
		if step.Overdue(today) {
			overdue++
		}
	}
	if overdue > 0 {
		p.Overdue = r.Text.T("home.steps.overdue", "n", overdue)
	}
	shown := steps[:min(len(steps), openListed)]
	p.MoreSteps = len(steps) - len(shown)
	p.Steps, err = s.viewSteps(c.Request.Context(), r, shown, &now.Words, "/")
	return err
}

// emptyHome says what happens next where there has been no round.
func (s *Server) emptyHome(c *gin.Context, r *request, p homePage) error {
	if r.Actor.Region() == "" {
		p.Empty = r.Text.T("home.service")
		if org.MaySeeRuns(r.Actor) {
			p.Next = homeLink{"/runs", r.Text.T("home.runs")}
		} else if maySeeAudit(r.Actor) {
			p.Empty, p.Next = r.Text.T("home.audit"), homeLink{"/audit", r.Text.T("nav.audit")}
		}
		return s.render(c, http.StatusOK, "home", p)
	}
	next, err := s.nextPlanned(c.Request.Context(), r)
	if err != nil {
		return err
	}
	p.Empty, p.Coming = r.Text.T("home.empty"), comingText(r.Text, next)
	switch {
	case p.Coming != "":
		p.Empty = r.Text.T("home.empty.planned")
		p.Next = homeLink{"/rounds/" + url.PathEscape(string(next.ID)), r.Text.T("home.round")}
	case org.MayRunRounds(r.Actor, r.Actor.Region()):
		p.Next = homeLink{"/rounds/new", r.Text.T("home.plan")}
	}
	return s.render(c, http.StatusOK, "home", p)
}

// nextPlanned is the region's next round that has not opened; its ID is empty when none is planned.
func (s *Server) nextPlanned(ctx context.Context, r *request) (assessment.Round, error) {
	planned, err := s.Assessments.InState(ctx, r.Actor, r.Actor.Region(), assessment.Planned, 50) // newest first
	if err != nil || len(planned) == 0 {
		return assessment.Round{}, err
	}
	return planned[len(planned)-1], nil
}

func comingText(t locale.Text, next assessment.Round) string {
	if next.ID == "" {
		return ""
	}
	return t.T("home.coming", "round", next.Name, "date", t.Date(next.OpensAt))
}

// cardMaker fills the model with somebody's figures.
type cardMaker interface {
	figure(assessment.Selection) figureView
	task(catalogue.TaskKey) homeTask
}

// ownCards shows the reader's municipality: the assessment as it stands, against what was published of the round before.
func (s *Server) ownCards(c *gin.Context, r *request, now current, p *homePage) (cardMaker, error) {
	ctx := c.Request.Context()
	if m, ok := s.Register.Get(now.Own); ok {
		p.Place = r.Text.T("layout.municipality", "name", m.Name)
	}
	cards := &ownCards{text: r.Text, words: now.Words, scale: now.Catalogue.Scale, round: now.Round, assessment: now.Assessment, scores: assessment.Scores{}}
	given, err := s.Benefits.Belonging(ctx, r.Actor, now.Own)
	if err != nil {
		return nil, err
	}
	cards.given = func(k catalogue.TaskKey) string { return s.givenText(r.Text, given.Task(k)) }
	if now.Assessment == nil {
		p.State = r.Text.T("home.no-part")
		if now.Round.State == assessment.Planned {
			p.State = r.Text.T("home.not-open")
		}
		return cards, nil
	}
	cards.scores = assessment.Calculate(now.Catalogue, now.Assessment.Scope, now.Assessment)
	cards.counts, cards.waits = now.Assessment.Counts(now.Catalogue), now.Assessment.Unconfirmed(now.Catalogue)
	region, err := s.Regions.Get(ctx, now.Region)
	if err != nil {
		return nil, err
	}
	switch trend, err := s.Assessments.Trend(ctx, r.Actor, now.Region, assessment.Whole); fault.CodeOf(err) {
	case "":
		if last, ok := roundBefore(trend.Rounds, now.Round); ok && s.Assessments.OnOneLine(last.Catalogue, now.Round.Catalogue) {
			part, err := s.Assessments.Part(ctx, r.Actor, region, last.Publication, now.Own)
			if err != nil && fault.CodeOf(err) != fault.NotFound {
				return nil, err
			}
			cards.before, cards.tasks, cards.since = part.Figures(), part.Tasks, last.Name
		}
	case fault.NotFound: // nothing published yet
	default:
		return nil, err
	}
	p.State = r.Text.T("home.state." + string(now.Assessment.State))
	late := now.Assessment.State == assessment.Waiting && now.Round.State != assessment.Published // may still be approved
	if now.Assessment.Sealed && now.Assessment.State != assessment.HandedIn && !late {
		p.State = r.Text.T("home.state.missed")
	}
	p.Returned = now.Assessment.Returned
	switch back, err := s.Assessments.SentBack(ctx, r.Actor, now.Own); {
	case err != nil:
		return nil, err
	case now.Assessment.State == assessment.SentBack:
		p.Message = now.Assessment.Message
	case back != nil:
		p.Message, p.Other = back.Message, homeLink{"/?round=" + url.QueryEscape(string(back.Round)), r.Text.T("home.sent-back.open")}
	}
	up, down, compared := cards.moved(now.Catalogue)
	p.Moved = movedSentence(r.Text, cards.since, len(up), len(down), compared)
	if !org.MayAnswer(r.Actor, now.Own) || org.MayHandIn(r.Actor, now.Own) {
		p.Changes = cards.changes(now.Catalogue, up, down)
	}
	whole := cards.counts[assessment.Whole]
	if now.Assessment.Editable() && org.MayAnswer(r.Actor, now.Own) {
		before, name, err := s.previous(ctx, r, now)
		if err != nil {
			return nil, err
		}
		p.Carry = viewCarry(r, now, before, name, "/?round="+url.QueryEscape(string(now.Round.ID)), nil)
		if p.Shared, err = s.viewOffers(ctx, r, now); err != nil {
			return nil, err
		}
		for _, t := range now.Catalogue.Tasks() {
			n := cards.counts[assessment.OfTask(t.Key)]
			if n.Answered >= n.Of {
				continue
			}
			if len(p.Open) == nextListed {
				p.More++
				continue
			}
			p.Open = append(p.Open, cards.task(t.Key))
		}
		switch {
		case len(p.Open) > 0 && whole.Answered == 0:
			p.Next = homeLink{p.Open[0].Href, r.Text.T("home.begin", "task", p.Open[0].Name)}
		case len(p.Open) > 0:
			p.Next = homeLink{p.Open[0].Href, r.Text.T("home.continue", "task", p.Open[0].Name)}
		default:
			p.Next = homeLink{"/hand-in?round=" + url.QueryEscape(string(now.Round.ID)), r.Text.T("home.hand-in")}
		}
	}
	return cards, nil
}

// fillWaits tells a leader what waits for her approval, whichever round she looks at: there is nothing she should do before that.
func (s *Server) fillWaits(c *gin.Context, r *request, now current, p *homePage) error {
	ctx := c.Request.Context()
	if !org.MayApprove(r.Actor, now.Own) {
		return nil
	}
	a, err := s.Assessments.Waiting(ctx, r.Actor, now.Own)
	if err != nil || a == nil {
		return err
	}
	round, err := s.Assessments.Round(ctx, r.Actor, a.Round)
	if err != nil {
		return err
	}
	names, err := s.names(ctx, r.Text, a.HandedInBy)
	if err != nil {
		return err
	}
	p.Waits = r.Text.T("home.waits.which", "name", names.of(a.HandedInBy), "round", round.Name, "time", r.Text.DateTime(a.HandedInAt))
	p.Next = homeLink{handInPath(a.Round), r.Text.T("home.approve")}
	return nil
}

// roundBefore finds the published round that came before this one.
func roundBefore(rounds []assessment.TrendRound, this assessment.Round) (assessment.TrendRound, bool) {
	for i := len(rounds) - 1; i >= 0; i-- {
		if rounds[i].ID != this.ID && rounds[i].ClosedAt.Before(this.ClosesAt) {
			return rounds[i], true
		}
	}
	return assessment.TrendRound{}, false
}

type ownCards struct {
	text       locale.Text
	words      catalogue.Wording
	scale      catalogue.Scale
	round      assessment.Round
	assessment *assessment.Assessment
	scores     assessment.Scores
	before     assessment.Scores          // as published of the round before
	tasks      []assessment.PublishedTask // the same
	since      string                     // the name of that round, "" without one
	counts     map[assessment.Selection]assessment.Count
	waits      map[catalogue.TaskKey]int // answers carried and not confirmed
	given      func(catalogue.TaskKey) string
}

func (o *ownCards) figure(sel assessment.Selection) figureView {
	f, ok := o.scores[sel]
	standing := f.Standing()
	if o.assessment == nil {
		standing = assessment.Missing
	} else if !ok {
		standing = assessment.NotInRound
	}
	if before := o.before[sel]; o.filling() && standing == assessment.Missing && before.Shown() {
		v := viewFigure(o.text, o.scale, before, before.Standing())
		v.Why = o.text.T("figure.from", "round", o.since)
		return v
	}
	return viewFigure(o.text, o.scale, f, standing).since(o.text, f, o.before[sel], o.since)
}

// filling tells whether answers are still coming in, so that what nobody has touched yet stands as it was published last, and
// says so. Afterwards what is missing is missing.
func (o *ownCards) filling() bool { return o.assessment != nil && o.assessment.Editable() }

// organisation is how a task is organised, and the name of the round that says so when it is the one before.
func (o *ownCards) organisation(k catalogue.TaskKey) (status assessment.Status, responsible assessment.TaskRole, from string) {
	now := o.assessment.Organisation(k)
	if now.Tag == "" && o.filling() {
		for _, t := range o.tasks {
			if t.Task == k && t.Status != assessment.NotClarified {
				return t.Status, t.Responsible, o.since
			}
		}
	}
	return now.Status, now.Responsible, ""
}

func (o *ownCards) task(k catalogue.TaskKey) homeTask {
	t := homeTask{Key: string(k), Name: o.words.Tasks[k].Name, Href: taskPath(k, o.round.ID), Outside: !o.round.Tasks.Covers(k), Figure: o.figure(assessment.OfTask(k)), Given: o.given(k)}
	if o.assessment == nil || t.Outside {
		return t
	}
	n := o.counts[assessment.OfTask(k)]
	t.Answered, t.Of, t.AnsweredText = n.Answered, n.Of, o.text.T("home.answered", "n", n.Answered, "of", n.Of)
	if waits := o.waits[k]; waits > 0 {
		t.Unconfirmed = o.text.T("home.unconfirmed", "n", waits)
	}
	status, responsible, from := o.organisation(k)
	t.Status, t.StatusText = string(status), o.text.T("status."+string(status))
	if from != "" {
		t.StatusText = o.text.T("home.before", "status", t.StatusText, "round", from)
	}
	if responsible != "" {
		t.Role, t.RoleLabel = o.text.T("duty."+string(responsible)), o.text.T("duty")
	}
	return t
}

// moved lists the tasks that went clearly up and clearly down since the round before, out of how many can be compared.
func (o *ownCards) moved(c *catalogue.Catalogue) (up, down []catalogue.TaskKey, compared int) {
	for _, task := range c.Tasks() {
		change, _ := o.scores[assessment.OfTask(task.Key)].ChangeFrom(o.before[assessment.OfTask(task.Key)])
		if change != assessment.NoCompare {
			compared++
		}
		switch change {
		case assessment.Up:
			up = append(up, task.Key)
		case assessment.Down:
			down = append(down, task.Key)
		}
	}
	return up, down, compared
}

// changes are the lists behind the sentence, and the tasks whose organisation nobody has clarified.
func (o *ownCards) changes(c *catalogue.Catalogue, up, down []catalogue.TaskKey) []homeChanges {
	var unclear []catalogue.TaskKey
	for _, t := range c.Tasks() {
		if status, _, _ := o.organisation(t.Key); o.round.Tasks.Covers(t.Key) && status == assessment.NotClarified {
			unclear = append(unclear, t.Key)
		}
	}
	var all []homeChanges
	for _, list := range []struct {
		kind, title string
		keys        []catalogue.TaskKey
	}{{"up", "home.changes.up", up}, {"down", "home.changes.down", down}, {"unclear", "home.changes.unclear", unclear}} {
		if len(list.keys) == 0 {
			continue
		}
		shown := list.keys[:min(len(list.keys), openListed)]
		h := homeChanges{Kind: list.kind, Title: o.text.T(list.title), More: len(list.keys) - len(shown), Of: len(list.keys)}
		for _, k := range shown {
			h.Tasks = append(h.Tasks, o.task(k))
		}
		all = append(all, h)
	}
	return all
}

// movedSentence tells in one sentence what moved since the round before; since is "" when there was none.
func movedSentence(t locale.Text, since string, up, down, compared int) string {
	if since == "" {
		return t.T("home.moved.first")
	}
	if compared == 0 {
		return t.T("home.moved.unknown", "round", since)
	}
	if up == 0 && down == 0 {
		return t.T("home.moved.none", "round", since)
	}
	var moved []string
	if up > 0 {
		moved = append(moved, t.T("home.moved.up", "n", up))
	}
	if down > 0 {
		moved = append(moved, t.T("home.moved.down", "n", down))
	}
	return t.T("home.moved", "moved", t.List(moved), "round", since)
}

// regionCards shows the region's medians of the latest publication, for those who belong to no municipality.
func (s *Server) regionCards(c *gin.Context, r *request, now current, p *homePage) (cardMaker, error) {
	ctx := c.Request.Context()
	region, err := s.Regions.Get(ctx, now.Region)
	if err != nil {
		return nil, err
	}
	p.Place, p.Region, p.Lead = region.Name, true, r.Text.T("home.lead.region")
	if now.Round.State != assessment.Planned && now.Round.State != assessment.Published {
		n, err := s.Assessments.HandedInCount(ctx, r.Actor, now.Round)
		if err != nil {
			return nil, err
		}
		p.HandIns = r.Text.T("home.hand-ins", "n", n, "of", now.Round.TakingPart())
	}
	p.Next = homeLink{"/rounds/" + url.PathEscape(string(now.Round.ID)), r.Text.T("home.round")}
	p.Also = homeLink{"/regions/" + url.PathEscape(string(now.Region)), r.Text.T("home.region")}
	cards := &medianCards{text: r.Text, words: now.Words, scale: now.Catalogue.Scale, region: now.Region}
	switch trend, err := s.Assessments.Trend(ctx, r.Actor, now.Region, assessment.Whole); fault.CodeOf(err) {
	case "":
		last := trend.Rounds[len(trend.Rounds)-1]
		if !s.Assessments.OnOneLine(last.Catalogue, now.Round.Catalogue) {
			return cards, nil // its medians are of other tasks, on another scale
		}
		cards.results, err = s.Assessments.Results(ctx, r.Actor, last.Publication)
		if err != nil && fault.CodeOf(err) != fault.NotFound {
			return nil, err
		}
		if cards.results != nil {
			cards.insight = insightOf(r.Actor, namedFor(r.Actor, region), cards.results.Municipalities)
		}
		if cards.results != nil && p.Round != last.Name {
			p.Moved = r.Text.T("home.region.latest", "round", last.Name)
		}
	case fault.NotFound:
		p.Moved = r.Text.T("home.region.none")
	default:
		return nil, err
	}
	return cards, nil
}

type medianCards struct {
	text    locale.Text
	words   catalogue.Wording
	scale   catalogue.Scale
	region  org.RegionID
	results *assessment.Results // nil before the first publication
	insight insight
}

func (m *medianCards) figure(sel assessment.Selection) figureView {
	if m.results == nil {
		return figureView{Why: m.text.T("standing.missing")}
	}
	spread := m.results.Spread(sel)
	if !org.MayShowMedian(m.insight.selection(m.results, sel)) {
		return figureView{Why: m.text.T("standing.withheld")}
	}
	return figureView{Shown: true, Meter: meterOf(m.scale, spread.Median), Score: m.text.Score(int64(spread.Median)), CoverageText: m.text.T("home.median", "n", spread.N)}
}

func (m *medianCards) task(k catalogue.TaskKey) homeTask {
	t := homeTask{Key: string(k), Name: m.words.Tasks[k].Name, Href: "/regions/" + string(m.region) + "/trend?task=" + string(k), Figure: m.figure(assessment.OfTask(k))}
	t.Median = t.Figure.CoverageText
	return t
}

// whenOf says what the clock has to say of a round.
func whenOf(t locale.Text, round assessment.Round) string {
	switch round.State {
	case assessment.Planned:
		return t.T("rounds.opens", "date", t.Date(round.OpensAt))
	case assessment.Open:
		return t.T("rounds.closes", "date", t.Date(round.ClosesAt))
	case assessment.Published:
		return t.T("rounds.published", "date", t.Date(round.Publications[len(round.Publications)-1].At))
	}
	return t.T("home.closed", "date", t.Date(round.PublishAt))
}
