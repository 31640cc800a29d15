package assessment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// RoundID is "vestfold-telemark-host-2026".
type RoundID string

// State is where a round is in its life: planned → open → closing → closed → published. Between closed and published, late
// hand-in and sending back are possible; afterwards only an erratum.
type State string

// The states, in order.
const (
	Planned   State = "planned"
	Open      State = "open"
	Closing   State = "closing"
	Closed    State = "closed"
	Published State = "published"
	// Cancelled is a planned round that was taken away, for the moment until the history has heard of it. Nobody sees it any more.
	Cancelled State = "cancelled"
)

// Round is one assessment of a region's municipalities at the same time. What its slices hold is shared by everyone who reads the
// same round, and never changed.
type Round struct {
	ID        RoundID        `bson:"-"`
	Revision  store.Revision `bson:"-"` // of the document it was read from
	Region    org.RegionID   `bson:"region"`
	Name      string         `bson:"name"`               // "Høst 2026"
	National  string         `bson:"national,omitempty"` // the key that regional rounds of one national round share
	Catalogue catalogue.Key  `bson:"catalogue"`
	Structure string         `bson:"structure"` // the catalogue's structure hash when the round was planned
	Tasks     Scope          `bson:"tasks"`
	OpensAt   time.Time      `bson:"opensAt"`
	ClosesAt  time.Time      `bson:"closesAt"`
	PublishAt time.Time      `bson:"publishAt"` // published by itself then, unless the regional lead did before
	State     State          `bson:"state"`

	// Participants are frozen when the round opens.
	Participants []Participant `bson:"participants,omitempty"`
	// Phase fences: every step that seals or unseals assessments takes the next number here first, and touches only
	// assessments that no later step has touched.
	Phase int32 `bson:"phase"`
	// Publications holds the hash of what was published, oldest first; each after the first is an erratum.
	Publications []Edition `bson:"publications,omitempty"`
	// Left are participants that have left Helhet since it was published. What was published of them stands; their assessments don't.
	Left []org.MunicipalityID `bson:"left,omitempty"`
	// Departures counts the municipalities that left while the round was there. It fences as Phase does: who has read the members, or the
	// participants, and writes later what follows from them looks whether it is still the same.
	Departures int32 `bson:"departures,omitempty"`
	// TrendDue is set with a publication and cleared when the region's comparison is prepared from it.
	TrendDue bool `bson:"trendDue,omitempty"`
}

// Participant is a municipality as it was when the round opened.
type Participant struct {
	Municipality org.MunicipalityID `bson:"municipality"`
	Number       org.Number         `bson:"number"`
	Name         string             `bson:"name"`
	Language     org.Language       `bson:"language"`
}

// Edition is one publication of a round. Reason and Changes belong to an erratum.
type Edition struct {
	Hash    Hash      `bson:"hash"`
	At      time.Time `bson:"at"`
	Reason  string    `bson:"reason,omitempty"`
	Changes []Changed `bson:"changes,omitempty"`
	// Departure says that it was made because a municipality left and took its figures with it.
	Departure bool `bson:"departure,omitempty"`
}

// TakingPart is how many take part, or took part and have not left.
func (r Round) TakingPart() int { return len(r.Participants) - len(r.Left) }

// Publication is the hash of what stands now, "" before the first.
func (r Round) Publication() Hash {
	if len(r.Publications) == 0 {
		return ""
	}
	return r.Publications[len(r.Publications)-1].Hash
}

// Participant finds a municipality among the participants, by identity or by the number it had when the round opened.
func (r Round) Participant(name string) (Participant, bool) {
	i := slices.IndexFunc(r.Participants, func(p Participant) bool {
		return string(p.Municipality) == name || string(p.Number) == name
	})
	if i < 0 {
		return Participant{}, false
	}
	return r.Participants[i], true
}

// next is when the clock, and not a person, moves the round on.
func (r *Round) next() time.Time {
	switch r.State {
	case Planned:
		return r.OpensAt
	case Open, Closing:
		return r.ClosesAt
	case Closed:
		return r.PublishAt
	case Cancelled:
		return time.Unix(0, 0).UTC() // what is left is taken away at once
	default:
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
}

// Plan is what a regional lead gives to plan a round. Areas and Tasks choose what it covers; both empty is all.
type Plan struct {
	Region    org.RegionID
	Name      string
	National  string
	Catalogue catalogue.Key
	Areas     []catalogue.AreaKey
	Tasks     []catalogue.TaskKey
	OpensAt   time.Time
	ClosesAt  time.Time
	PublishAt time.Time // zero: ClosesAt and the service's days of grace
}

const maxRoundName = 60

// lateClose is how long after its time a round may close and still be published when it was said.
const lateClose = time.Hour

// MayPlanOn tells whether rounds may be planned on a questionnaire: one in use, and in the demo a draft too.
func (s *Service) MayPlanOn(c *catalogue.Catalogue) bool { return c.Published() || s.drafts }

// round checks a plan and makes the round of it, with every fault beside its field.
func (s *Service) round(p Plan) (Round, error) {
	now := s.now()
	f := &fault.Error{Code: fault.Invalid, Op: "assessment.Plan", Key: "error.plan"}
	wrong := func(field, key string, args ...any) {
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: key, Args: args})
	}
	r := Round{Region: p.Region, Name: strings.Join(strings.Fields(p.Name), " "), National: p.National, Catalogue: p.Catalogue, State: Planned,
		OpensAt: p.OpensAt.UTC(), ClosesAt: p.ClosesAt.UTC(), PublishAt: p.PublishAt.UTC()}
	if r.Name == "" || !oneLine(r.Name) {
		wrong("name", "error.plan.name", "max", maxRoundName)
	}
	if !oneLine(r.National) {
		wrong("national", "error.plan.name", "max", maxRoundName)
	}
	if p.OpensAt.IsZero() {
		wrong("opensAt", "error.plan.opens")
	}
	if p.ClosesAt.IsZero() || !p.ClosesAt.After(p.OpensAt) {
		wrong("closesAt", "error.plan.closes")
	} else if !p.ClosesAt.After(now) { // a slip in the year would open, close and publish an empty round within minutes
		wrong("closesAt", "error.plan.past")
	}
	if p.PublishAt.IsZero() {
		r.PublishAt = r.ClosesAt.Add(s.grace)
	} else if p.PublishAt.Before(p.ClosesAt) {
		wrong("publishAt", "error.plan.publishes")
	}
	c := s.catalogues[p.Catalogue]
	if c == nil {
		wrong("catalogue", "error.plan.catalogue", "catalogue", p.Catalogue)
		return r, f
	}
	if !s.MayPlanOn(c) {
		wrong("catalogue", "error.plan.draft", "catalogue", p.Catalogue)
	}
	r.Structure = c.StructureHash
	scope, wrongs := scopeOf(c, p.Areas, p.Tasks)
	r.Tasks = scope
	f.Fields = append(f.Fields, wrongs...)
	if len(f.Fields) > 0 {
		return r, f
	}
	r.ID = RoundID(fmt.Sprintf("%s-%s", r.Region, slug(r.Name)))
	return r, nil
}

// scopeOf makes the scope of some areas and tasks, all of the model where none are named; and what is wrong with them.
func scopeOf(c *catalogue.Catalogue, areas []catalogue.AreaKey, tasks []catalogue.TaskKey) (scope Scope, wrong []fault.Field) {
	chosen := map[catalogue.TaskKey]bool{}
	for _, k := range areas {
		a := c.Area(k)
		if a == nil {
			wrong = append(wrong, fault.Field{Name: "areas", Key: "error.plan.area", Args: []any{"area", k}})
			continue
		}
		for _, t := range a.Tasks {
			chosen[t.Key] = true
		}
	}
	for _, k := range tasks {
		if c.Task(k) == nil {
			wrong = append(wrong, fault.Field{Name: "tasks", Key: "error.plan.task", Args: []any{"task", k}})
		}
		chosen[k] = true
	}
	for _, t := range c.Tasks() {
		if len(chosen) == 0 || chosen[t.Key] {
			scope = append(scope, t.Key)
		}
	}
	return scope, wrong
}

// invisible characters are control and format characters, such as those that turn the direction of the text after them.
func invisible(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf) }

// oneLine tells whether a name is short, whole and without control characters.
func oneLine(s string) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxRoundName && !strings.ContainsFunc(s, invisible)
}

// slug makes a name fit for an address: "Høst 2026" becomes "host-2026".
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == 'æ':
			b.WriteString("ae")
		case r == 'ø' || r == 'ö':
			b.WriteByte('o')
		case r == 'å' || r == 'ä':
			b.WriteByte('a')
		default:
			if s := b.String(); s != "" && !strings.HasSuffix(s, "-") {
				b.WriteByte('-')
			}
		}
	}
	if s := strings.TrimRight(b.String(), "-"); s != "" {
		return s
	}
	return "runde"
}

// rounds keeps the rounds.
func newRounds(db *store.DB) *store.Collection[Round] {
	return store.NewCollection(db, store.Spec[Round]{
		Name: "rounds", Shape: 1, Shared: 64,
		Fields: []store.Field[Round]{
			{Name: "region", Type: store.String, Value: func(_ string, r *Round) any { return string(r.Region) }},
			{Name: "opens", Type: store.Time, Value: func(_ string, r *Round) any { return r.OpensAt }},
			{Name: "state", Type: store.String, Value: func(_ string, r *Round) any { return string(r.State) }},
			{Name: "next", Type: store.Time, Value: func(_ string, r *Round) any { return r.next() }},
			{Name: "trendDue", Type: store.Bool, Value: func(_ string, r *Round) any { return r.TrendDue }},
		},
		Indexes: []store.Index{
			{Name: "region", Fields: []string{"region", "opens"}},
			{Name: "region_state", Fields: []string{"region", "state", "opens"}},
			{Name: "next", Fields: []string{"state", "next"}},
			{Name: "trend", Fields: []string{"trendDue"}},
		},
	})
}

func roundOf(doc store.Doc[Round]) Round {
	r := doc.Value
	r.ID, r.Revision = RoundID(doc.ID), doc.Revision
	return r
}

// Round finds a round; fault.NotFound when there is none, fault.Forbidden for who has nothing to do with its region.
func (s *Service) Round(ctx context.Context, actor org.Actor, id RoundID) (Round, error) {
	doc, err := s.rounds.GetShared(ctx, string(id))
	if err != nil {
		return Round{}, org.Fault("assessment.Round", "error.round.unknown", err)
	}
	r := roundOf(doc)
	if !org.MaySeeRounds(actor, r.Region) {
		return Round{}, forbidden("assessment.Round")
	}
	if r.State == Cancelled {
		return Round{}, fault.New(fault.NotFound, "assessment.Round", "error.round.unknown")
	}
	return r, nil
}

// PublishedRound finds a round whose results the actor may read; she need not see the rounds under way. Fault Conflict with
// error.round.no-results while it is not published.
func (s *Service) PublishedRound(ctx context.Context, actor org.Actor, id RoundID) (Round, error) {
	const op = "assessment.PublishedRound"
	doc, err := s.rounds.GetShared(ctx, string(id))
	if err != nil {
		return Round{}, org.Fault(op, "error.round.unknown", err)
	}
	r := roundOf(doc)
	switch {
	case !org.MayReadResults(actor, r.Region):
		return Round{}, forbidden(op)
	case r.State != Published:
		return Round{}, fault.New(fault.Conflict, op, "error.round.no-results")
	}
	return r, nil
}

// Rounds lists a region's rounds, newest first, at most limit of them, and a cursor for what follows.
func (s *Service) Rounds(ctx context.Context, actor org.Actor, region org.RegionID, limit int, after store.Cursor) ([]Round, store.Cursor, error) {
	if !org.MaySeeRounds(actor, region) {
		return nil, "", forbidden("assessment.Rounds")
	}
	page, err := s.rounds.FindShared(ctx, store.Query{
		Equal: []store.Term{{Field: "region", Value: string(region)}}, Order: []string{"opens"}, Reverse: true, Limit: limit, After: after,
	})
	if err != nil {
		return nil, "", org.Fault("assessment.Rounds", "", err)
	}
	var all []Round
	for _, d := range page.Docs {
		if r := roundOf(d); r.State != Cancelled {
			all = append(all, r)
		}
	}
	return all, page.Next, nil
}

// InState finds a region's rounds in one state, newest first, at most limit of them.
func (s *Service) InState(ctx context.Context, actor org.Actor, region org.RegionID, state State, limit int) ([]Round, error) {
	if !org.MaySeeRounds(actor, region) {
		return nil, forbidden("assessment.InState")
	}
	page, err := s.rounds.FindShared(ctx, store.Query{
		Equal: []store.Term{{Field: "region", Value: string(region)}, {Field: "state", Value: string(state)}},
		Order: []string{"opens"}, Reverse: true, Limit: limit,
	})
	if err != nil {
		return nil, org.Fault("assessment.InState", "", err)
	}
	var all []Round
	for _, d := range page.Docs {
		all = append(all, roundOf(d))
	}
	return all, nil
}

// Plan adds a round. Faults: Invalid with each field, Conflict when the region has a round of that name.
func (s *Service) Plan(ctx context.Context, actor org.Actor, p Plan) (Round, error) {
	const op = "assessment.Plan"
	if !org.MayRunRounds(actor, p.Region) {
		return Round{}, forbidden(op)
	}
	if _, err := s.regions.Get(ctx, p.Region); err != nil {
		return Round{}, err
	}
	r, err := s.round(p)
	if err != nil {
		return Round{}, err
	}
	planned := s.event("round.planned", actor, string(r.Region))
	doc, err := s.rounds.Insert(ctx, string(r.ID), r, planned)
	if errors.Is(err, store.ErrExists) {
		if err := s.TakeAway(ctx, r.ID); err != nil { // one that was cancelled a moment ago
			return Round{}, err
		}
		doc, err = s.rounds.Insert(ctx, string(r.ID), r, planned)
	}
	if errors.Is(err, store.ErrExists) {
		return Round{}, &fault.Error{Code: fault.Conflict, Op: op, Key: "error.plan.exists",
			Fields: []fault.Field{{Name: "name", Key: "error.plan.exists"}}, Err: err}
	}
	if err != nil {
		return Round{}, org.Fault(op, "", err)
	}
	return roundOf(doc), nil
}

// ScopeTag names what a round covers now: two rounds that cover the same have the same.
func (r Round) ScopeTag() string {
	h := sha256.New()
	for _, t := range r.Tasks {
		fmt.Fprintln(h, t)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Rescope is another choice of what a planned round covers. Tag names what she saw (ScopeTag); Areas and Tasks are as in Plan.
type Rescope struct {
	Round RoundID
	Tag   string
	Areas []catalogue.AreaKey
	Tasks []catalogue.TaskKey
}

// Rescope changes what a round covers, until it opens. What is so already is no change, whatever she saw, so that the same may be sent twice.
// Faults: Invalid with each field, Conflict once it has opened or its questionnaire is another, TagRequired, Stale, Forbidden, NotFound.
func (s *Service) Rescope(ctx context.Context, actor org.Actor, change Rescope) (Round, error) {
	const op = "assessment.Rescope"
	r, err := s.mayRun(ctx, op, actor, change.Round)
	if err != nil {
		return Round{}, err
	}
	c := s.catalogues[r.Catalogue]
	if c == nil || c.StructureHash != r.Structure {
		return r, fault.New(fault.Conflict, op, "error.round.catalogue", "catalogue", r.Catalogue)
	}
	scope, wrong := scopeOf(c, change.Areas, change.Tasks)
	if len(wrong) > 0 {
		return r, &fault.Error{Code: fault.Invalid, Op: op, Key: "error.plan", Fields: wrong}
	}
	if change.Tag == "" {
		return r, fault.New(fault.TagRequired, op, "error.tag.required")
	}
	return s.step(ctx, op, r.ID, func(r *Round) ([]store.Event, error) {
		switch {
		case r.State == Cancelled:
			return nil, fault.New(fault.NotFound, op, "error.round.unknown")
		case r.State != Planned:
			return nil, fault.New(fault.Conflict, op, "error.round.not-planned", "state", r.State)
		case slices.Equal(r.Tasks, scope):
			return nil, store.ErrNoChange
		case r.ScopeTag() != change.Tag:
			return nil, fault.New(fault.Stale, op, "error.round.scope-stale")
		}
		r.Tasks = scope
		return []store.Event{s.event("round.rescoped", actor, string(r.Region))}, nil
	})
}

// Cancel takes away a round that never opened.
func (s *Service) Cancel(ctx context.Context, actor org.Actor, id RoundID) error {
	const op = "assessment.Cancel"
	r, err := s.mayRun(ctx, op, actor, id)
	if err != nil {
		return err
	}
	_, err = s.rounds.Update(ctx, string(id), func(r *Round) ([]store.Event, error) {
		if r.State != Planned {
			return nil, fault.New(fault.Conflict, op, "error.round.not-planned", "state", r.State)
		}
		r.State = Cancelled
		return []store.Event{s.event("round.cancelled", actor, string(r.Region))}, nil
	})
	if err != nil {
		return org.Fault(op, "error.round.unknown", err)
	}
	// It is cancelled, whatever comes of this: the job of rounds takes away what is left.
	if err := s.TakeAway(ctx, r.ID); err != nil && s.log != nil {
		s.log.Warn("a cancelled round is still there", "round", string(r.ID), "cause", err)
	}
	return nil
}

// TakeAway deletes a round that was cancelled, once the history has heard of it; any other is left alone.
func (s *Service) TakeAway(ctx context.Context, id RoundID) error {
	const op = "assessment.TakeAway"
	doc, err := s.rounds.GetShared(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && doc.Value.State != Cancelled {
		return nil
	}
	if err != nil {
		return org.Fault(op, "", err)
	}
	err = s.rounds.Delete(ctx, doc.ID, doc.Revision)
	if errors.Is(err, store.ErrPending) && s.relay != nil {
		if err := s.relay(ctx); err != nil {
			return org.Fault(op, "", err)
		}
		err = s.rounds.Delete(ctx, doc.ID, doc.Revision)
	}
	if errors.Is(err, store.ErrNotFound) { // somebody was faster
		return nil
	}
	return org.Fault(op, "", err)
}

// Open freezes the participants, makes an assessment for each, and opens the round. Again on an open round it changes nothing.
func (s *Service) Open(ctx context.Context, actor org.Actor, id RoundID) (Round, error) {
	const op = "assessment.Open"
	r, err := s.mayRun(ctx, op, actor, id)
	if err != nil || r.State == Open {
		return r, err
	}
	if r.State != Planned {
		return r, fault.New(fault.Conflict, op, "error.round.not-planned", "state", r.State)
	}
	if c := s.catalogues[r.Catalogue]; c == nil || c.StructureHash != r.Structure {
		return r, fault.New(fault.Conflict, op, "error.round.catalogue", "catalogue", r.Catalogue)
	}
	region, err := s.regions.Get(ctx, r.Region)
	if err != nil {
		return r, err
	}
	if len(region.Members) == 0 {
		return r, fault.New(fault.Conflict, op, "error.round.nobody")
	}
	now, departures, tasks := s.now().UTC(), r.Departures, r.Tasks
	today := day(now)
	var participants []Participant
	for _, m := range region.Members {
		entry, ok := s.register.Get(m.Municipality)
		if !ok {
			return r, fmt.Errorf("%s: region %s names municipality %q, which the register does not know", op, region.ID, m.Municipality)
		}
		language := m.Language
		if language == "" {
			language = entry.Reads()
		}
		participants = append(participants, Participant{m.Municipality, entry.NumberAt(today), entry.Name, language})
	}
	org.SortByName(participants, func(p Participant) string { return p.Name })
	for chunk := range slices.Chunk(participants, store.MaxMembers) {
		var items []store.Item[Assessment]
		for _, p := range chunk {
			items = append(items, store.Item[Assessment]{ID: assessmentID(id, p.Municipality), Value: Assessment{
				Round: id, Municipality: p.Municipality, Region: r.Region, Catalogue: r.Catalogue, Scope: r.Tasks, State: Draft, OpenedAt: now,
			}})
		}
		_, errs := s.assessments.InsertMany(ctx, items)
		for i, err := range errs {
			if errors.Is(err, store.ErrExists) {
				err = s.takeOver(ctx, items[i])
			}
			if err != nil {
				return r, org.Fault(op, "", err)
			}
		}
	}
	return s.step(ctx, op, id, func(r *Round) ([]store.Event, error) {
		if r.State == Open {
			return nil, store.ErrNoChange
		}
		if r.State != Planned {
			return nil, fault.New(fault.Conflict, op, "error.round.not-planned", "state", r.State)
		}
		if r.Departures != departures || !slices.Equal(r.Tasks, tasks) { // the members were read before one left, or what it covers before it was changed
			return nil, fault.New(fault.Conflict, op, "error.busy")
		}
		r.State, r.Participants = Open, participants
		if r.OpensAt.After(now) {
			r.OpensAt = now
		}
		return []store.Event{s.event("round.opened", actor, string(r.Region))}, nil
	})
}

// takeOver makes an assessment that is there already this round's: one that another opening made just now, or one left by an
// opening that was cut off, perhaps of a round that was then taken away and planned anew with other tasks.
func (s *Service) takeOver(ctx context.Context, item store.Item[Assessment]) error {
	_, err := s.assessments.Update(ctx, item.ID, func(a *Assessment) ([]store.Event, error) {
		same := a.Catalogue == item.Value.Catalogue && a.Region == item.Value.Region && slices.Equal(a.Scope, item.Value.Scope)
		if same || !a.untouched() {
			return nil, store.ErrNoChange
		}
		*a = item.Value
		return nil, nil
	})
	return err
}

// Close seals every assessment and closes the round; nothing acknowledged is left out, since a save refuses a sealed one. It
// goes on from where a close that was cut off stopped, and changes nothing on a closed round.
func (s *Service) Close(ctx context.Context, actor org.Actor, id RoundID) (Round, error) {
	const op = "assessment.Close"
	r, err := s.mayRun(ctx, op, actor, id)
	if err != nil || r.State == Closed {
		return r, err
	}
	if r.State != Open && r.State != Closing {
		return r, fault.New(fault.Conflict, op, "error.round.not-open", "state", r.State)
	}
	now := s.now().UTC()
	r, err = s.step(ctx, op, id, func(r *Round) ([]store.Event, error) {
		switch r.State {
		case Closing:
			return nil, store.ErrNoChange
		case Open:
			r.State = Closing
			r.Phase++
			if r.ClosesAt.After(now) { // closed by hand, earlier than planned: the days of grace count from now
				r.PublishAt = now.Add(r.PublishAt.Sub(r.ClosesAt))
				r.ClosesAt = now
			} else if now.Sub(r.ClosesAt) > lateClose { // every copy was down: the days of grace were not there to be used
				r.PublishAt = now.Add(r.PublishAt.Sub(r.ClosesAt))
			}
			return []store.Event{s.event("round.closing", actor, string(r.Region))}, nil
		}
		return nil, fault.New(fault.Conflict, op, "error.round.not-open", "state", r.State)
	})
	if err != nil {
		return r, err
	}
	if err := s.seal(ctx, r); err != nil {
		return r, err
	}
	return s.step(ctx, op, id, func(r *Round) ([]store.Event, error) {
		if r.State != Closing {
			return nil, store.ErrNoChange
		}
		r.State = Closed
		return []store.Event{s.event("round.closed", actor, string(r.Region))}, nil
	})
}

// seal seals every participant's assessment at the round's phase.
func (s *Service) seal(ctx context.Context, r Round) error {
	for _, p := range r.Participants {
		if slices.Contains(r.Left, p.Municipality) {
			continue
		}
		_, err := s.assessments.Update(ctx, assessmentID(r.ID, p.Municipality), func(a *Assessment) ([]store.Event, error) {
			if a.Phase > r.Phase {
				return nil, fault.New(fault.Conflict, "assessment.Seal", "error.busy")
			}
			correcting := r.State == Published && a.State != HandedIn // goes on: the publication keeps the part that stands
			if correcting || a.Sealed && a.Phase == r.Phase {
				return nil, store.ErrNoChange
			}
			a.Sealed, a.Phase = true, r.Phase
			return nil, nil
		})
		if errors.Is(err, store.ErrNotFound) { // its municipality left since the round was read
			return fault.New(fault.Conflict, "assessment.Seal", "error.busy")
		}
		if err != nil {
			return org.Fault("assessment.Seal", "", err)
		}
	}
	return nil
}

// step changes a round's document, with one event per step.
func (s *Service) step(ctx context.Context, op string, id RoundID, change func(*Round) ([]store.Event, error)) (Round, error) {
	doc, err := s.rounds.Update(ctx, string(id), change)
	return roundOf(doc), org.Fault(op, "error.round.unknown", err)
}

func (s *Service) mayRun(ctx context.Context, op string, actor org.Actor, id RoundID) (Round, error) {
	doc, err := s.rounds.GetShared(ctx, string(id))
	if err != nil {
		return Round{}, org.Fault(op, "error.round.unknown", err)
	}
	if !org.MayRunRounds(actor, doc.Value.Region) {
		return Round{}, forbidden(op)
	}
	if doc.Value.State == Cancelled {
		return Round{}, fault.New(fault.NotFound, op, "error.round.unknown")
	}
	return roundOf(doc), nil
}

// Due lists rounds that the clock should have moved on: planned ones to open, open and closing ones to close, closed ones to
// publish, cancelled ones to take away; at most limit of each.
func (s *Service) Due(ctx context.Context, now time.Time, limit int) ([]Round, error) {
	var due []Round
	for _, state := range []State{Planned, Open, Closing, Closed, Cancelled} {
		page, err := s.rounds.FindShared(ctx, store.Query{
			Equal: []store.Term{{Field: "state", Value: string(state)}},
			Range: &store.Range{Field: "next", To: now.UTC().Add(time.Millisecond)}, Limit: limit,
		})
		if err != nil {
			return nil, org.Fault("assessment.Due", "", err)
		}
		for _, d := range page.Docs {
			due = append(due, roundOf(d))
		}
	}
	return due, nil
}
