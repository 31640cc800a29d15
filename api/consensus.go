package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/store"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// How many may follow one sitting through one copy of the program, and how many screens one display may have.
const (
	mostFollowers = 500
	mostScreens   = 5
)

// sittingView is a sitting in words: what everybody sees, on her own page, on the big screen and in each event of a stream. It is made of the sitting
// and the questionnaire alone, and names nobody.
type sittingView struct {
	locale.Text
	Task      string // on a screen, which goes from task to task
	Stage     string // "" where nobody has asked for ratings
	Says      string // what happens now, where no question is shown
	Place     string // which question of how many
	Dimension string
	Question  string
	Counting  bool // the spread is on its way
	Levels    []spreadLevel
	Spread    string // the same in a sentence
	Agreed    *agreedView
	Heard     string // for who listens: what has just changed
}

// spreadLevel is a level with what was rated there.
type spreadLevel struct {
	levelView
	Mark  string // "lowest", "highest", "both" or "between" where few have rated
	Count string // how many, or what Mark says
	Bar   int    // in hundredths of the longest; 0 draws none
	Shown bool   // somebody may have rated this level
}

type agreedView struct {
	Level     int
	Name, Why string
}

// barLength is that of the longest bar.
const barLength = 100

func viewSitting(t locale.Text, m meeting, now *assessment.Consensus) sittingView {
	v, c, words := sittingView{Text: t}, m.Catalogue, m.Words
	if now == nil {
		v.Says = t.T("consensus.none")
		return v
	}
	v.Stage = string(now.Stage)
	switch now.Stage {
	case assessment.TakesRatings:
		v.Says = ratedText(t, now.Rated)
		v.Heard = v.Says
		return v
	case assessment.Stopped:
		v.Says = t.T("error.ratings.stopped")
		return v
	}
	q := c.Question(now.Question)
	if q == nil {
		return v
	}
	for i, spread := range now.Spreads {
		if spread.Question == q.Key {
			v.Place = t.T("consensus.place", "n", i+1, "of", len(now.Spreads))
		}
	}
	text := words.Questions[q.Key]
	v.Dimension, v.Question, v.Counting = words.Dimensions[q.Dimension].Name, text.Text, len(now.Spreads) == 0
	spread := now.Spread(q.Key)
	v.Spread = spreadText(t, spread, v.Counting)
	highest := 0
	for _, n := range spread.Counts {
		highest = max(highest, n)
	}
	for level := c.Scale.Min; level <= c.Scale.Max; level++ {
		l := spreadLevel{levelView: levelView{Value: level, Name: words.Levels[level], About: text.Levels[level]}}
		l.put(t, spread, level-c.Scale.Min, highest)
		v.Levels = append(v.Levels, l)
	}
	v.Heard = strings.TrimSpace(v.Place + ". " + v.Question + " " + v.Spread)
	if a := now.Settled(q.Key); a.Tag != "" {
		v.Agreed = &agreedView{a.Level, words.Levels[a.Level], a.Why}
		v.Heard = t.T("consensus.agreed.heard", "level", a.Level, "name", words.Levels[a.Level], "why", a.Why)
	}
	return v
}

// put says what was rated at a level: how many, or whether it is the lowest or highest.
func (l *spreadLevel) put(t locale.Text, s assessment.RatingSpread, place, longest int) {
	switch {
	case s.Counts != nil:
		if n := s.Counts[place]; n > 0 {
			l.Shown, l.Bar, l.Count = true, barLength*n/longest, t.T("consensus.count", "n", n)
		}
		return
	case s.Lowest == nil || l.Value < *s.Lowest || l.Value > *s.Highest:
		return
	case *s.Lowest == *s.Highest:
		l.Mark, l.Count = "both", t.T("consensus.both")
	case l.Value == *s.Lowest:
		l.Mark, l.Count = "lowest", t.T("consensus.lowest")
	case l.Value == *s.Highest:
		l.Mark, l.Count = "highest", t.T("consensus.highest")
	default:
		l.Mark = "between"
	}
	l.Shown, l.Bar = true, barLength
}

// spreadText is a spread in a sentence.
func spreadText(t locale.Text, s assessment.RatingSpread, counting bool) string {
	switch {
	case counting:
		return t.T("consensus.counting")
	case s.Lowest == nil:
		return t.T("consensus.too-few")
	case s.Counts == nil && *s.Lowest == *s.Highest:
		return t.T("consensus.few.same", "level", *s.Lowest)
	case s.Counts == nil:
		return t.T("consensus.few", "low", *s.Lowest, "high", *s.Highest)
	}
	given := 0
	for _, n := range s.Counts {
		given += n
	}
	text := t.T("consensus.many", "n", given, "low", *s.Lowest, "high", *s.Highest)
	if *s.Lowest == *s.Highest {
		text = t.T("consensus.many.same", "n", given, "level", *s.Lowest)
	}
	if s.Unsure > 0 {
		text += " " + t.T("consensus.unsure", "n", s.Unsure)
	}
	return text
}

// ratedText tells how many have rated, never who.
func ratedText(t locale.Text, n int) string {
	if n == 0 {
		return t.T("ratings.rated.none")
	}
	return t.T("ratings.rated", "n", n)
}

// warning is what somebody is told before she rates, or asks others to: while fewer than five have, what she says may be recognised.
func warning(t locale.Text, now *assessment.Consensus) []string {
	var all []string
	if now == nil || now.Rated < assessment.FewestForCounts {
		all = append(all, t.T("ratings.warning.few"))
	}
	if now != nil && now.Again {
		all = append(all, t.T("ratings.warning.again"))
	}
	return all
}

// meeting is a sitting that a page is about, with what is needed to word it.
type meeting struct {
	At        assessment.Sitting
	Round     assessment.Round
	Place     string // the municipality
	Catalogue *catalogue.Catalogue
	Words     catalogue.Wording
	Name      string // of the task
}

// href is an address of a sitting's: href("rate") is its page to rate on.
func (m meeting) href(name string) string { return sittingPath(m.At, name) }

func sittingPath(s assessment.Sitting, name string) string {
	return "/tasks/" + url.PathEscape(string(s.Task)) + "/" + name + scopeQuery(s.Round, s.Municipality)
}

// sittingAt reads which sitting a page is about. Round and municipality stand in the address; without them they are those that the reader's pages
// speak of.
func (s *Server) sittingAt(c *gin.Context, r *request) (meeting, error) {
	round, err := s.currentRound(c.Request.Context(), r, c.Query("round"))
	if err != nil {
		return meeting{}, err
	}
	at := assessment.Sitting{Round: round.ID, Municipality: org.MunicipalityID(c.Query("municipality")), Task: catalogue.TaskKey(c.Param("task"))}
	if at.Municipality == "" {
		at.Municipality = r.Actor.Municipality()
	}
	return s.meeting(r.Text, round, at)
}

// meeting finds the questionnaire and the words of a sitting.
func (s *Server) meeting(t locale.Text, round assessment.Round, at assessment.Sitting) (meeting, error) {
	m := meeting{At: at, Round: round}
	var err error
	if m.Catalogue, err = s.Assessments.Catalogue(round.Catalogue); err != nil {
		return m, err
	}
	if m.Catalogue.Task(at.Task) == nil || !round.Tasks.Covers(at.Task) {
		return m, fault.New(fault.NotFound, "api.meeting", "error.task.unknown", "task", at.Task)
	}
	m.Words = wording(m.Catalogue, t)
	m.Name = m.Words.Tasks[at.Task].Name
	if known, ok := s.Register.Get(at.Municipality); ok {
		m.Place = t.T("layout.municipality", "name", known.Name)
	}
	return m, nil
}

// consensusPage is the meeting: what the group looks at, for whoever follows; and beside it what she who leads needs.
type consensusPage struct {
	Layout
	Over     string // municipality and round
	TaskHref string
	Live     sittingView
	Events   string // address of the stream
	Lead     *leadView
	Rate     string // address to rate at, "" where the reader doesn't, or can't any more
	Fault    string
	FaultAt  string // id of the field
}

// leadView is what she has who leads the group, or may.
type leadView struct {
	formPart
	Warning   []string // before the spread is shown, or ratings are asked for again
	Show      string   // address, "" when it is shown
	ShowSays  string
	Open      string // address to ask for ratings again; "" where they can't be
	OpenSays  string
	Stop      string // address to take back that ratings were asked for
	TakeOver  string // address, "" for who leads already
	Questions []leadStep
	GoTo      string // address
	Next      string // the question after this one
	Settle    *settleForm
	Done      bool   // everything is settled
	Following string // the next task, when it is
	Displays  []displayView
	Display   string // address to make one
	New       string // one made just now: the only time it is shown
	NewEnds   string
}

// leadStep is a question that she who leads may go to.
type leadStep struct {
	Value, Label    string
	Chosen, Settled bool
}

type displayView struct{ ID, Made, Ends, Revoke string }

// settleForm is the form of what the group settles for one question.
type settleForm struct {
	Action, Question, Tag, Edit string
	Levels                      []levelView
	Why                         string
	Stands                      *beforeView // the answer as it stands, where it is another than what was settled
	Changed                     bool        // since it was settled
	Theirs                      *beforeView // what somebody else has saved, when it came back for that
	LevelError, WhyError        string
	ConfirmError                string
	Settled                     bool
}

func (s *Server) consensusPage(c *gin.Context, r *request) error {
	return s.showConsensus(c, r, http.StatusOK, consensusForm{})
}

// consensusForm is what comes back to the page: a form that could not be saved, or a display that was made.
type consensusForm struct {
	settle *assessment.Settle
	level  string // as it was sent
	edit   string // of its form
	failed *fault.Error
	secret string
	made   assessment.Display
}

func (s *Server) showConsensus(c *gin.Context, r *request, status int, back consensusForm) error {
	ctx, t := c.Request.Context(), r.Text
	m, err := s.sittingAt(c, r)
	if err != nil {
		return err
	}
	now, err := s.Assessments.Consensus(ctx, r.Actor, m.At)
	if err != nil {
		return err
	}
	p := consensusPage{Layout: s.layout(c, r, m.Name), Over: m.Place + " · " + m.Round.Name, TaskHref: taskPath(m.At.Task, m.At.Round), Live: viewSitting(t, m, now),
		Events: m.href("consensus/events")}
	p.Layout.meeting()
	p.Path = m.href("consensus")
	if now != nil && now.Stage == assessment.TakesRatings && org.MayRate(r.Actor, m.At.Municipality) {
		p.Rate = m.href("rate")
	}
	if back.failed != nil {
		p.Fault = t.T(back.failed.Key, back.failed.Args...)
	}
	if now != nil && org.MayLeadConsensus(r.Actor, m.At.Municipality) {
		if p.Lead, err = s.viewLead(ctx, r, m, now, back); err != nil {
			return err
		}
	}
	if back.failed != nil && back.settle != nil && p.Lead != nil && p.Lead.Settle != nil {
		p.FaultAt = "why"
		if p.Lead.Settle.LevelError != "" {
			p.FaultAt = "level"
		}
	}
	return s.render(c, status, "consensus", p)
}

// meeting leaves out of the frame what is nobody's business on a big screen: who is signed in, and where else she may go.
func (l *Layout) meeting() {
	l.Nav, l.Live = nil, true
	if l.User != nil {
		l.User = &LayoutUser{ID: l.User.ID}
	}
}

// viewLead is what she who may lead sees beside the rest.
func (s *Server) viewLead(ctx context.Context, r *request, m meeting, now *assessment.Consensus, back consensusForm) (*leadView, error) {
	t := r.Text
	v := &leadView{formPart: formPartOf(r), Display: m.href("consensus/display"), GoTo: m.href("consensus/question")}
	if now.Stage == assessment.TakesRatings {
		v.Warning, v.Show, v.ShowSays, v.Stop = warning(t, now), m.href("consensus/show"), t.T("consensus.show.says"), m.href("ratings/stop")
	}
	if len(now.Agreed) == 0 && now.Stage != assessment.TakesRatings {
		again := *now
		again.Again = again.Again || now.Shown()
		v.Open, v.OpenSays, v.Warning = m.href("ratings/open"), t.T("ratings.again.says"), warning(t, &again)
	}
	displays, err := s.Assessments.Displays(ctx, r.Actor, m.At.Municipality)
	if err != nil {
		return nil, err
	}
	for _, d := range displays {
		v.Displays = append(v.Displays, displayView{d.ID, t.Clock(d.Made), t.Clock(d.Ends), m.href("consensus/display/revoke")})
	}
	if back.secret != "" {
		v.New, v.NewEnds = s.link(r, "/display/"+back.secret), t.Clock(back.made.Ends)
	}
	if !now.Shown() {
		return v, nil
	}
	if now.Driver != r.Person.ID {
		if v.TakeOver = m.href("consensus/drive"); back.settle == nil { // else another took over while she wrote, and what she wrote stays
			return v, nil
		}
	}
	v.Done = now.Stage == assessment.Settled
	for i, spread := range now.Spreads {
		label := strconv.Itoa(i + 1)
		v.Questions = append(v.Questions, leadStep{string(spread.Question), label, spread.Question == now.Question, now.Settled(spread.Question).Tag != ""})
		if spread.Question == now.Question && i+1 < len(now.Spreads) {
			v.Next = string(now.Spreads[i+1].Question)
		}
	}
	if i := slices.Index(m.Round.Tasks, m.At.Task); v.Done && i+1 < len(m.Round.Tasks) {
		v.Following = taskPath(m.Round.Tasks[i+1], m.At.Round)
	}
	v.Settle, err = s.viewSettle(ctx, r, m, now, back)
	return v, err
}

// viewSettle is the form for the question that is shown, or the one that came back.
func (s *Server) viewSettle(ctx context.Context, r *request, m meeting, now *assessment.Consensus, back consensusForm) (*settleForm, error) {
	question := now.Question
	if back.settle != nil {
		question = back.settle.Question
	}
	if m.Catalogue.Question(question) == nil || len(now.Spreads) == 0 {
		return nil, nil
	}
	own, err := s.Assessments.Assessment(ctx, r.Actor, m.At.Round, m.At.Municipality)
	if err != nil {
		return nil, err
	}
	answer, agreed := own.Answer(question), now.Settled(question)
	f := &settleForm{Action: m.href("consensus/settle"), Question: string(question), Tag: answer.Tag, Edit: rand.Text()[:16], Why: agreed.Why, Settled: agreed.Tag != ""}
	f.Changed = agreed.Tag != "" && agreed.Tag != answer.Tag
	if answer.Tag != "" && (agreed.Tag == "" || f.Changed) {
		f.Stands = inWords(r.Text, m.Words, answer.Value)
	}
	chosen := ""
	if f.Settled {
		chosen = strconv.Itoa(agreed.Level)
	}
	if back.settle != nil {
		f.Why, chosen = strings.ToValidUTF8(back.settle.Why, "\uFFFD"), back.level
		if back.failed.Code == fault.Stale {
			f.Theirs, f.Stands = inWords(r.Text, m.Words, answer.Value), nil
		} else {
			f.Edit = back.edit // the same edit, until it is taken in
		}
		for _, field := range back.failed.Fields {
			text := r.Text.T(field.Key, field.Args...)
			switch field.Name {
			case "level":
				f.LevelError = text
			case "why":
				f.WhyError = text
			case assessment.ConfirmField:
				f.ConfirmError = text
			}
		}
	}
	for level := m.Catalogue.Scale.Min; level <= m.Catalogue.Scale.Max; level++ {
		f.Levels = append(f.Levels, levelView{Value: level, Name: m.Words.Levels[level], Checked: strconv.Itoa(level) == chosen})
	}
	return f, nil
}

// lead is a step of her who leads: what it does, and where it leads back to.
func (s *Server) lead(step func(context.Context, org.Actor, assessment.Sitting) error, back string) handler {
	return func(c *gin.Context, r *request) error {
		a, err := s.sittingOf(c, r)
		if err != nil {
			return err
		}
		err = step(c.Request.Context(), r.Actor, a)
		if fault.CodeOf(err) == fault.Conflict {
			return s.showConsensus(c, r, http.StatusConflict, consensusForm{failed: faultOf(err)})
		}
		if err != nil {
			return err
		}
		to := sittingPath(a, back)
		if back == "" {
			to = taskPath(a.Task, a.Round) + "#ratings"
		}
		c.Redirect(http.StatusSeeOther, to)
		return nil
	}
}

// sittingOf is which sitting a form belongs to: that of the page it was sent from.
func (s *Server) sittingOf(c *gin.Context, r *request) (assessment.Sitting, error) {
	round, own, err := scopeOf(c, r)
	if err != nil {
		return assessment.Sitting{}, err
	}
	return assessment.Sitting{Round: round, Municipality: own, Task: catalogue.TaskKey(c.Param("task"))}, readForm(c.Request)
}

func (s *Server) openRatings(ctx context.Context, actor org.Actor, a assessment.Sitting) error {
	_, err := s.Assessments.OpenRatings(ctx, actor, a)
	return err
}

func (s *Server) stopRatings(ctx context.Context, actor org.Actor, a assessment.Sitting) error {
	_, err := s.Assessments.StopRatings(ctx, actor, a)
	return err
}

func (s *Server) showSpread(ctx context.Context, actor org.Actor, a assessment.Sitting) error {
	_, err := s.Assessments.ShowSpread(ctx, actor, a)
	return err
}

func (s *Server) drive(ctx context.Context, actor org.Actor, a assessment.Sitting) error {
	_, err := s.Assessments.Drive(ctx, actor, a)
	return err
}

// goTo shows everybody another question.
func (s *Server) goTo(c *gin.Context, r *request) error {
	return s.lead(func(ctx context.Context, actor org.Actor, a assessment.Sitting) error {
		_, err := s.Assessments.GoTo(ctx, actor, a, catalogue.QuestionKey(c.PostForm("question")))
		return err
	}, "consensus")(c, r)
}

// settle saves what the group settled for a question. A form that could not be taken in comes back with what was typed.
func (s *Server) settle(c *gin.Context, r *request) error {
	a, err := s.sittingOf(c, r)
	if err != nil {
		return err
	}
	back := consensusForm{level: c.PostForm("level"), edit: typed(c, "edit"), settle: &assessment.Settle{
		Sitting: a, Question: catalogue.QuestionKey(c.PostForm("question")), Why: c.PostForm("why"), Tag: c.PostForm("tag"), First: c.PostForm("tag") == "",
		Edit: editOf(c), Confirmed: confirmed(c),
	}}
	if level, err := strconv.Atoi(back.level); err == nil {
		back.settle.Level = &level
	}
	switch _, err = s.Assessments.Settle(c.Request.Context(), r.Actor, *back.settle); fault.CodeOf(err) {
	case "":
		c.Redirect(http.StatusSeeOther, sittingPath(a, "consensus"))
		return nil
	case fault.Invalid, fault.Stale, fault.Conflict:
		back.failed = faultOf(err)
		return s.showConsensus(c, r, statuses[back.failed.Code], back)
	}
	return err
}

// follower is somebody who follows a sitting: whether she still may, and what she is shown of it.
type follower struct {
	at   assessment.Sitting
	may  func(context.Context) error
	view func(*assessment.Consensus) sittingView
	// display is where a screen is told to go, and move what it is shown there; nil for who is signed in.
	display *topic[assessment.Display]
	move    func(context.Context, assessment.Sitting) (func(*assessment.Consensus) sittingView, error)
}

// followConsensus streams a sitting to one of its municipality's people.
func (s *Server) followConsensus(c *gin.Context, r *request) error {
	m, err := s.sittingAt(c, r)
	if err != nil {
		return err
	}
	may := func(a org.Actor) error {
		if !org.MayFollowConsensus(a, m.At.Municipality) {
			return fault.New(fault.Forbidden, "api.follow", "error.forbidden")
		}
		return nil
	}
	if err := may(r.Actor); err != nil {
		return err
	}
	return s.follow(c, follower{
		at:   m.At,
		view: func(now *assessment.Consensus) sittingView { return viewSitting(r.Text, m, now) },
		may: func(ctx context.Context) error {
			caller, err := s.caller(ctx, c.Request, true)
			if err != nil {
				return err
			}
			return may(caller.Actor())
		},
	})
}

// follow sends what is shown, whole, whenever it has become another: until the reader leaves, may not follow any more, or the program stops. Once it
// has begun nothing else can be answered, so that what goes wrong then ends it; the browser comes back by itself.
func (s *Server) follow(c *gin.Context, f follower) error {
	ctx := c.Request.Context()
	sitting, leave, err := s.sittings.follow(f.at)
	if err != nil {
		return err
	}
	defer func() { leave() }()
	// It listens before it answers, and again before it looks: else what is read in between is missed, and shown one reading too late.
	shown, checked, tick := nothingShown, time.Now(), sitting.next()
	var moves <-chan struct{}
	if f.display != nil {
		moves = f.display.next()
	}
	out, err := startStream(c)
	if err != nil || c.Request.Method == http.MethodHead {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.sittings.stopping:
			return nil
		case <-moves:
			moves = f.display.next()
		case <-tick:
			tick = sitting.next()
			now, err := sitting.seen()
			if revision := revisionOf(now); err == nil && revision != shown {
				html, err := s.pages.part("consensus", "sitting", f.view(now))
				if err != nil {
					return nil
				}
				if shown = revision; out.event("state", html) != nil {
					return nil
				}
			}
		}
		over := false
		if time.Since(checked) >= s.pace.check {
			over, checked = mayNoMore(f.may(ctx)), time.Now()
		}
		if f.display != nil && !over {
			d, err := f.display.seen()
			if over = mayNoMore(err); err == nil && d.Sitting() != f.at && d.ID != "" {
				if f.view, err = f.move(ctx, d.Sitting()); err != nil {
					return nil
				}
				leave()
				if sitting, leave, err = s.sittings.follow(d.Sitting()); err != nil {
					leave = func() {}
					return nil
				}
				f.at, shown, tick = d.Sitting(), nothingShown, sitting.next()
			}
		}
		if over {
			_ = out.event("over", nil)
			return nil
		}
		if out.beat(s.pace.beat) != nil {
			return nil
		}
	}
}

// mayNoMore tells a reader who may not follow any more from a store that can't be asked just now.
func mayNoMore(err error) bool {
	switch fault.CodeOf(err) {
	case fault.Unauthenticated, fault.Forbidden, fault.Conflict, fault.NotFound:
		return true
	}
	return false
}

// nothingShown is no revision: whatever is read first is sent.
const nothingShown store.Revision = "-"

func revisionOf(now *assessment.Consensus) store.Revision {
	if now == nil {
		return ""
	}
	return now.Revision
}
