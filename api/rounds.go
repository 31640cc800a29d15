package api

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/internal/store"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// roundsPage lists a region's rounds, newest first.
type roundsPage struct {
	Layout
	Region     string // name
	MayPlan    bool
	Separation string // address of the questions that never separate anyone, "" for who may not see them
	Rounds     []roundCard
	Older      string // address of what follows
	Newest     string // address of the first page, on the others
}

type roundCard struct {
	Name, Href string
	Kind       string // of the tag
	State      string // in words
	Dates      string
	HandedIn   string
	Results    string // address
	Own        string // address of the reader's own assessment
	Erratum    bool
}

const (
	roundsListed = 12
	// countedAtMost is how many rounds of a list are asked who handed in, so that the list costs the same however long it is.
	countedAtMost = 3
)

// tagKinds are the looks of the states.
func tagKind(state assessment.State) string {
	switch state {
	case assessment.Open:
		return "open"
	case assessment.Closing, assessment.Closed:
		return "waiting"
	case assessment.Published:
		return "done"
	}
	return "neutral"
}

func (s *Server) roundsPage(c *gin.Context, r *request) error {
	ctx, region := c.Request.Context(), r.Actor.Region()
	p := roundsPage{Layout: s.layout(c, r, r.Text.T("rounds.title")), MayPlan: org.MayRunRounds(r.Actor, region)}
	if region == "" { // an administrator belongs to no region
		return s.render(c, http.StatusOK, "rounds", p)
	}
	rounds, next, err := s.Assessments.Rounds(ctx, r.Actor, region, roundsListed, store.Cursor(c.Query("after")))
	if err != nil {
		return err
	}
	doc, err := s.Regions.Get(ctx, region)
	if err != nil {
		return err
	}
	p.Region = doc.Name
	if org.MaySeeSeparation(r.Actor, region) {
		p.Separation = separationPath(region)
	}
	counted := 0
	for _, round := range rounds {
		card := roundCard{
			Name: round.Name, Href: roundPath(round.ID), Kind: tagKind(round.State), State: r.Text.Within("rounds.state", round.State),
			Dates: r.Text.T("rounds.dates", "opens", r.Text.Date(round.OpensAt), "closes", r.Text.Date(round.ClosesAt)), Erratum: len(round.Publications) > 1,
		}
		card.Own = ownPathIn(r, round)
		switch round.State {
		case assessment.Open, assessment.Closing, assessment.Closed:
			if counted++; counted > countedAtMost {
				break
			}
			n, err := s.Assessments.HandedInCount(ctx, r.Actor, round)
			if err != nil {
				return err
			}
			card.HandedIn = r.Text.T("rounds.handedIn", "n", n, "of", round.TakingPart())
		case assessment.Published:
			card.Results = resultsPath(round)
		}
		p.Rounds = append(p.Rounds, card)
	}
	if next != "" {
		p.Older = address("/rounds", url.Values{"after": {string(next)}})
	}
	if c.Query("after") != "" {
		p.Newest = "/rounds"
	}
	return s.render(c, http.StatusOK, "rounds", p)
}

func roundPath(id assessment.RoundID) string { return "/rounds/" + url.PathEscape(string(id)) }

func resultsPath(r assessment.Round) string {
	return address("/regions/"+url.PathEscape(string(r.Region)), url.Values{"round": {string(r.ID)}})
}

// ownPathIn is where the reader's own municipality's assessment of a round under way stands, "" where there is none. Several rounds may
// be under way, and the first page shows one of them.
func ownPathIn(r *request, round assessment.Round) string {
	m := r.Actor.Municipality()
	_, takesPart := round.Participant(string(m))
	underWay := round.State == assessment.Open || round.State == assessment.Closing || round.State == assessment.Closed
	if !underWay || !takesPart || !org.MayReadAnswers(r.Actor, m) {
		return ""
	}
	return address("/", url.Values{"round": {string(round.ID)}})
}

// roundPage is one round: where it is in its life, what it covers, and for the regional lead who has handed in and what can be done.
type roundPage struct {
	Layout
	Rescope      string // address of where what it covers is changed, while it is planned
	Region       string // name
	Name, State  string
	Kind         string
	Path         string
	Steps        []roundStep
	Covers       string
	Tasks        []roundArea // what it covers, when that is not everything
	HandedIn     string
	Results      string // address
	Own          string // address of the reader's own assessment
	Burden       string // what it has cost a municipality in the middle, "" where too little is known
	Preparing    bool   // published just now, and not compared yet
	Lead         bool
	Actions      []roundAction
	Ask          *roundQuestion // an action that is to be confirmed
	Participants []roundParticipant
	Left         string // that some who took part have left Helhet
	Pager        pagerView
	Publications []publicationView
}

type roundStep struct {
	Name, When string
	State      string // "done", "current", ""
}

type roundArea struct {
	Name  string
	Tasks []string
}

// roundAction leads to the question whether to do it.
type roundAction struct {
	Href, Label string
	Main        bool
}

// roundQuestion says what an action will do and what is missing, and has the form that does it.
type roundQuestion struct {
	Title, Label string
	Action       string
	Danger       bool
	Says         []string // what will happen
	Missing      []string // municipalities that would count as missing
	MissingText  string
	Municipality string // id, of sending back
	TextLabel    string // of the text it asks for, "" when it asks for none
	TextHelp     string
	TextName     string
	Text         string
	TextError    string
	ConfirmError string
	Fault        string
}

type roundParticipant struct {
	Name         string
	Href         string // of what was handed in, "" before
	State        string
	Kind         string
	When         string
	Answered, Of int
	Label        string
	SendBack     string // address of the question, "" when it can't be sent back
}

// publicationView is what was published when, and what an erratum changed.
type publicationView struct {
	Hash, Date  string
	Reason      string
	Current     bool
	Changes     []changeView
	More        int // changes beyond those listed
	HiddenNames bool
}

type changeView struct{ Name, What, From, To string }

// changesListed is how many of an erratum's figures are listed; the publications hold them all.
const changesListed = 25

func (s *Server) roundPage(c *gin.Context, r *request) error {
	return s.showRound(c, r, http.StatusOK, c.Query("confirm"), nil)
}

// showRound shows a round, with a question when something is to be confirmed. failed is what was wrong with a form that came back.
func (s *Server) showRound(c *gin.Context, r *request, status int, ask string, failed *fault.Error) error {
	ctx := c.Request.Context()
	round, err := s.Assessments.Round(ctx, r.Actor, assessment.RoundID(c.Param("round")))
	if err != nil {
		return err
	}
	region, err := s.Regions.Get(ctx, round.Region)
	if err != nil {
		return err
	}
	model, err := s.Assessments.Catalogue(round.Catalogue)
	if err != nil {
		return err
	}
	words := wording(model, r.Text)
	t := r.Text
	p := roundPage{
		Layout: s.layout(c, r, round.Name), Region: region.Name, Name: round.Name, State: t.Within("rounds.state", round.State), Kind: tagKind(round.State),
		Path: roundPath(round.ID), Steps: roundSteps(t, round), Lead: org.MayRunRounds(r.Actor, round.Region),
	}
	p.cover(t, round, model, words)
	handedIn := 0
	if round.State != assessment.Planned {
		if handedIn, err = s.Assessments.HandedInCount(ctx, r.Actor, round); err != nil {
			return err
		}
		p.HandedIn = t.T("rounds.handedIn", "n", handedIn, "of", round.TakingPart())
	}
	p.Own = ownPathIn(r, round)
	if round.State == assessment.Published {
		p.Results, p.Preparing = resultsPath(round), round.TrendDue
	}
	p.publications(r, round, region, words)
	if !p.Lead {
		if c.Request.Method == http.MethodPost {
			return fault.New(fault.Forbidden, "api.round", "error.forbidden")
		}
		return s.render(c, status, "round", p)
	}
	if round.State != assessment.Planned {
		burden, err := s.Assessments.Burden(ctx, r.Actor, round)
		if err != nil {
			return err
		}
		p.Burden = burdenText(t, burden)
	}
	if round.State == assessment.Planned {
		p.Rescope = roundPath(round.ID) + "/scope"
	}
	p.Actions = roundActions(t, round)
	if err := s.participants(c, r, round, &p); err != nil {
		return err
	}
	if ask != "" {
		if p.Ask, err = s.question(c, r, round, ask, handedIn, failed); err != nil {
			return err
		}
		if p.Ask == nil && failed != nil {
			return failed
		}
	}
	return s.render(c, status, "round", p)
}

// roundSteps is the round's life with its dates.
func roundSteps(t locale.Text, round assessment.Round) []roundStep {
	order := []assessment.State{assessment.Planned, assessment.Open, assessment.Closing, assessment.Closed, assessment.Published}
	at := slices.Index(order, round.State)
	when := map[assessment.State]string{
		assessment.Open:    t.T("rounds.from", "date", t.Date(round.OpensAt)),
		assessment.Closing: t.DateTime(round.ClosesAt),
	}
	if round.State != assessment.Published {
		when[assessment.Closed] = t.T("rounds.late")
	}
	if len(round.Publications) > 0 {
		when[assessment.Published] = t.Date(round.Publications[0].At)
	} else {
		when[assessment.Published] = t.T("rounds.by", "date", t.Date(round.PublishAt))
	}
	var steps []roundStep
	for i, state := range order {
		step := roundStep{Name: t.Within("rounds.state", state), When: when[state]}
		switch {
		case i < at || round.State == assessment.Published:
			step.State = "done"
		case i == at:
			step.State = "current"
		}
		steps = append(steps, step)
	}
	if round.State == assessment.Published {
		steps[len(steps)-1].State = "current"
	}
	return steps
}

// cover says what the round asks about.
func (p *roundPage) cover(t locale.Text, round assessment.Round, model *catalogue.Catalogue, words catalogue.Wording) {
	if all := len(model.Tasks()); len(round.Tasks) == all {
		p.Covers = t.T("rounds.covers.all", "n", all)
		return
	}
	p.Covers = t.T("rounds.covers.some", "n", len(round.Tasks), "of", len(model.Tasks()))
	for _, area := range model.Areas {
		in := roundArea{Name: words.Areas[area.Key].Name}
		for _, task := range area.Tasks {
			if round.Tasks.Covers(task.Key) {
				in.Tasks = append(in.Tasks, words.Tasks[task.Key].Name)
			}
		}
		if len(in.Tasks) > 0 {
			p.Tasks = append(p.Tasks, in)
		}
	}
}

// publications lists what was published, newest first. Changed figures stand by name only where the reader may see them so.
func (p *roundPage) publications(r *request, round assessment.Round, region org.Region, words catalogue.Wording) {
	t := r.Text
	score := func(thousandths int) string {
		if thousandths < 0 {
			return "–"
		}
		return t.Score(int64(thousandths))
	}
	for i, edition := range slices.Backward(round.Publications) {
		v := publicationView{Hash: edition.Hash.Short(), Date: t.DateTime(edition.At), Reason: edition.Reason, Current: i == len(round.Publications)-1}
		if edition.Departure {
			v.Reason = t.T("round.departure")
		}
		for _, change := range edition.Changes {
			if !org.MayReadByName(r.Actor, region.ID, region.Known(change.Municipality)) {
				v.HiddenNames = true
				continue
			}
			if len(v.Changes) == changesListed {
				v.More++
				continue
			}
			name, _ := round.Participant(string(change.Municipality))
			v.Changes = append(v.Changes, changeView{name.Name, selectionName(t, words, change.Selection), score(change.From), score(change.To)})
		}
		p.Publications = append(p.Publications, v)
	}
}

// participants fills in who has handed in, a page of them.
func (s *Server) participants(c *gin.Context, r *request, round assessment.Round, p *roundPage) error {
	if round.State == assessment.Planned {
		return nil
	}
	if n := len(round.Left); n > 0 {
		p.Left = r.Text.T("round.left", "n", n)
	}
	rows := make([]int, len(round.Participants))
	for i := range rows {
		rows[i] = i
	}
	shown, pager := window(c, r.Text, rows, -1)
	if p.Pager = pager; len(shown) == 0 {
		return nil
	}
	progress, err := s.Assessments.Progress(c.Request.Context(), r.Actor, round, shown[0], len(shown))
	if err != nil {
		return err
	}
	for _, m := range progress {
		line := roundParticipant{
			Name: m.Name, State: r.Text.Within("home.state", m.State), Kind: progressKind(m.State), Answered: m.Count.Answered, Of: m.Count.Of,
			Label: r.Text.T("home.answered", "n", m.Count.Answered, "of", m.Count.Of),
		}
		switch {
		case m.State == assessment.HandedIn:
			line.When = r.Text.ShortDate(m.HandedInAt)
			line.Href = submissionPath(round.ID, m.Municipality)
		case m.State == assessment.Draft && m.Sealed:
			line.State = r.Text.T("round.not-handed-in")
		}
		if maySendBack(round, m.State, m.Sealed) {
			line.SendBack = sendBackPath(round.ID, m.Municipality)
		}
		p.Participants = append(p.Participants, line)
	}
	return nil
}

// sendBackPath leads to the question whether a municipality's assessment is to be opened for it again.
func sendBackPath(round assessment.RoundID, m org.MunicipalityID) string {
	return address(roundPath(round), url.Values{"confirm": {"send-back"}, "municipality": {string(m)}}) + "#ask"
}

func progressKind(state assessment.Progress) string {
	switch state {
	case assessment.HandedIn:
		return "done"
	case assessment.SentBack:
		return "warning"
	case assessment.Waiting:
		return "waiting"
	}
	return "neutral"
}

// maySendBack: while the round is open only what was handed in; afterwards also what never was, for a late hand-in.
func maySendBack(round assessment.Round, state assessment.Progress, sealed bool) bool {
	switch round.State {
	case assessment.Open:
		return state == assessment.HandedIn
	case assessment.Closed, assessment.Published:
		return sealed
	}
	return false
}

// roundActions are the steps a lead may take from here.
func roundActions(t locale.Text, round assessment.Round) []roundAction {
	path := roundPath(round.ID)
	action := func(name string, main bool) roundAction {
		return roundAction{path + "?confirm=" + name + "#ask", t.Within("round.do", name), main}
	}
	switch round.State {
	case assessment.Planned:
		return []roundAction{action("open", true), action("cancel", false)}
	case assessment.Open, assessment.Closing:
		return []roundAction{action("close", true)}
	case assessment.Closed:
		return []roundAction{action("publish", true)}
	case assessment.Published:
		return []roundAction{action("erratum", false)}
	}
	return nil
}

// question words the confirmation of an action; nil when the round can't take it now.
func (s *Server) question(c *gin.Context, r *request, round assessment.Round, ask string, handedIn int, failed *fault.Error) (*roundQuestion, error) {
	t := r.Text
	q := &roundQuestion{Action: roundPath(round.ID) + "/" + ask}
	missing := round.TakingPart() - handedIn
	fits := false
	name := round.Name
	switch ask {
	case "open":
		region, err := s.Regions.Get(c.Request.Context(), round.Region)
		if err != nil {
			return nil, err
		}
		fits = round.State == assessment.Planned
		q.Says = []string{t.T("round.open.says", "n", len(region.Members)), t.T("round.open.frozen"), t.T("round.open.until", "time", t.DateTime(round.ClosesAt))}
	case "cancel":
		fits, q.Danger = round.State == assessment.Planned, true
		q.Says = []string{t.T("round.cancel.says")}
	case "close":
		fits = round.State == assessment.Open || round.State == assessment.Closing
		q.Says = []string{t.T("round.close.says"), t.T("round.close.late", "date", t.Date(round.PublishAt))}
	case "publish":
		fits = round.State == assessment.Closed
		q.Says = []string{t.T("round.publish.says", "n", handedIn, "of", round.TakingPart()), t.T("round.publish.frozen")}
	case "erratum":
		fits = round.State == assessment.Published
		q.Says = []string{t.T("round.erratum.says"), t.T("round.erratum.old")}
		q.TextName, q.TextLabel, q.TextHelp = "reason", t.T("round.erratum.reason"), t.T("round.erratum.help")
		q.Text = c.PostForm("reason")
	case "send-back":
		id := c.Query("municipality")
		if id == "" {
			id = c.PostForm("municipality")
		}
		m, ok := round.Participant(id)
		if !ok {
			return nil, fault.New(fault.NotFound, "api.round", "error.assessment.no-part")
		}
		fits = round.State == assessment.Open || round.State == assessment.Closed || round.State == assessment.Published
		name, q.Municipality = m.Name, string(m.Municipality)
		q.Says = []string{t.T("round.send-back.says")}
		if round.State == assessment.Published {
			q.Says = append(q.Says, t.T("round.send-back.published"))
		}
		q.TextName, q.TextLabel, q.TextHelp = "message", t.T("round.send-back.message"), t.T("round.send-back.help")
		q.Text = c.PostForm("message")
	}
	if !fits {
		return nil, nil
	}
	q.Title, q.Label = t.Within("round.ask", ask, "name", name), t.Within("round.do", ask)
	if (ask == "close" || ask == "publish") && missing > 0 {
		if err := s.nameMissing(c, r, round, missing, q); err != nil {
			return nil, err
		}
	}
	if failed != nil {
		q.Fault = t.T(failed.Key, failed.Args...)
		for _, field := range failed.Fields {
			switch field.Name {
			case q.TextName:
				q.TextError = t.T(field.Key, field.Args...)
			case assessment.ConfirmField:
				q.ConfirmError = t.T(field.Key, field.Args...)
			}
		}
	}
	return q, nil
}

// nameMissing lists who has not handed in: by name the first of them, the others as a number, so that it costs one read.
func (s *Server) nameMissing(c *gin.Context, r *request, round assessment.Round, missing int, q *roundQuestion) error {
	progress, err := s.Assessments.Progress(c.Request.Context(), r.Actor, round, 0, store.MaxMembers)
	if err != nil {
		return err
	}
	for _, m := range progress {
		if m.State != assessment.HandedIn && len(q.Missing) < shownAtOnce {
			text := "round.missing.one"
			if m.State == assessment.Waiting {
				text = "round.missing.waiting"
			}
			q.Missing = append(q.Missing, r.Text.T(text, "name", m.Name, "n", m.Count.Answered, "of", m.Count.Of))
		}
	}
	q.MissingText = r.Text.T("round.missing", "n", missing)
	if more := missing - len(q.Missing); more > 0 {
		q.Missing = append(q.Missing, r.Text.T("round.missing.more", "n", more))
	}
	return nil
}

// act takes a step of a round after it was confirmed. A step that was not confirmed, or that the form is wrong for, comes back as a
// question with what was typed.
func (s *Server) act(c *gin.Context, r *request, ask string, step func(assessment.RoundID) error) error {
	id := assessment.RoundID(c.Param("round"))
	if c.PostForm("confirm") != "yes" {
		return s.showRound(c, r, http.StatusUnprocessableEntity, ask, nil)
	}
	err := step(id)
	switch fault.CodeOf(err) {
	case "":
		next := roundPath(id)
		if ask == "cancel" {
			next = "/rounds"
		}
		c.Redirect(http.StatusSeeOther, next)
		return nil
	case fault.Invalid, fault.Conflict:
		f := faultOf(err)
		return s.showRound(c, r, statuses[f.Code], ask, f)
	}
	return err
}

func (s *Server) openRound(c *gin.Context, r *request) error {
	return s.act(c, r, "open", func(id assessment.RoundID) error {
		_, err := s.Assessments.Open(c.Request.Context(), r.Actor, id)
		return err
	})
}

func (s *Server) closeRound(c *gin.Context, r *request) error {
	return s.act(c, r, "close", func(id assessment.RoundID) error {
		_, err := s.Assessments.Close(c.Request.Context(), r.Actor, id)
		return err
	})
}

func (s *Server) cancelRound(c *gin.Context, r *request) error {
	return s.act(c, r, "cancel", func(id assessment.RoundID) error {
		return s.Assessments.Cancel(c.Request.Context(), r.Actor, id)
	})
}

func (s *Server) sendBack(c *gin.Context, r *request) error {
	return s.act(c, r, "send-back", func(id assessment.RoundID) error {
		if err := assessment.CheckText("message", c.PostForm("message"), confirmed(c)); err != nil {
			return err
		}
		return s.Assessments.SendBack(c.Request.Context(), r.Actor, id, org.MunicipalityID(c.PostForm("municipality")), c.PostForm("message"))
	})
}

func (s *Server) publishRound(c *gin.Context, r *request) error {
	return s.act(c, r, "publish", func(id assessment.RoundID) error {
		round, err := s.Assessments.Publish(c.Request.Context(), r.Actor, id)
		if err == nil {
			s.compare(c, r, round)
		}
		return err
	})
}

func (s *Server) erratum(c *gin.Context, r *request) error {
	return s.act(c, r, "erratum", func(id assessment.RoundID) error {
		if err := assessment.CheckText("reason", c.PostForm("reason"), confirmed(c)); err != nil {
			return err
		}
		round, err := s.Assessments.Erratum(c.Request.Context(), r.Actor, id, c.PostForm("reason"))
		if err == nil {
			s.compare(c, r, round)
		}
		return err
	})
}

// compare prepares the region's trend at once, so that who publishes sees it straight away. What fails here is done by the job, so it is
// no failure of the publication.
func (s *Server) compare(c *gin.Context, r *request, round assessment.Round) {
	if err := s.Assessments.PrepareComparison(c.Request.Context(), r.Actor, round.Region, nil); err != nil {
		s.Log.Warn("comparison left to the job", slog.String("request", r.Trace), slog.String("region", string(round.Region)), slog.Any("cause", err))
	}
}
