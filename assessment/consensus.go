package assessment

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Stage is how far a sitting has come.
type Stage string

// Several rate on their own, then the spread is shown and the group settles question by question. Stopped is that the coordinator took back that
// she had asked for ratings.
const (
	TakesRatings Stage = "rating"
	Stopped      Stage = "stopped"
	Showing      Stage = "showing"
	Settled      Stage = "settled" // every question
)

// Consensus is how a group comes from several ratings to one answer for each question of a task. One document at round/municipality/task. What it
// settles is written as the municipality's ordinary answer; this document goes with the ratings when the round is published.
type Consensus struct {
	Sitting  `bson:",inline"`
	Revision store.Revision        `bson:"-"` // of the document it was read from
	Stage    Stage                 `bson:"stage"`
	Again    bool                  `bson:"again,omitempty"`    // opened for ratings after the spread was shown: two spreads beside each other tell more than one
	Rated    int                   `bson:"rated"`              // how many have rated every question
	Driver   org.PersonID          `bson:"driver,omitempty"`   // who leads from question to question
	Question catalogue.QuestionKey `bson:"question,omitempty"` // the one that everybody sees
	Spreads  []RatingSpread        `bson:"spreads,omitempty"`  // from when it is shown; for a moment before that none
	Agreed   []Agreed              `bson:"agreed,omitempty"`
}

// Agreed is what a group has settled for one question.
type Agreed struct {
	Question catalogue.QuestionKey `bson:"question"`
	Level    int                   `bson:"level"`
	Why      string                `bson:"why"`
	Tag      string                `bson:"tag"` // of the answer it was written as; the answer has another when it was changed since
	At       time.Time             `bson:"at"`
}

// MaxWhy is how long the sentence may be in which a group says why, in characters.
const MaxWhy = 500

// Settled finds what is settled for a question; its Tag is empty while nothing is.
func (c Consensus) Settled(q catalogue.QuestionKey) Agreed {
	if i := slices.IndexFunc(c.Agreed, func(a Agreed) bool { return a.Question == q }); i >= 0 {
		return c.Agreed[i]
	}
	return Agreed{Question: q}
}

// Spread finds what may be shown of a question's ratings; nothing before the spread is shown.
func (c Consensus) Spread(q catalogue.QuestionKey) RatingSpread {
	if i := slices.IndexFunc(c.Spreads, func(s RatingSpread) bool { return s.Question == q }); i >= 0 && c.Shown() {
		return c.Spreads[i]
	}
	return RatingSpread{Question: q}
}

// Shown tells whether the group is looking at the spread, or has.
func (c Consensus) Shown() bool { return c.Stage == Showing || c.Stage == Settled }

// takesRatings is a fault that says why there can be no more ratings.
func (c Consensus) takesRatings(op string) error {
	switch c.Stage {
	case TakesRatings:
		return nil
	case Stopped:
		return fault.New(fault.Conflict, op, "error.ratings.stopped")
	}
	return fault.New(fault.Conflict, op, "error.ratings.late")
}

func newConsensuses(db *store.DB) *store.Collection[Consensus] {
	return store.NewCollection(db, store.Spec[Consensus]{
		Name: "consensus", Shape: 1, Shared: 128,
		Fields: []store.Field[Consensus]{
			{Name: "round", Type: store.String, Value: func(_ string, c *Consensus) any { return string(c.Round) }},
			{Name: "municipality", Type: store.String, Value: func(_ string, c *Consensus) any { return string(c.Municipality) }},
			{Name: "stage", Type: store.String, Value: func(_ string, c *Consensus) any { return string(c.Stage) }},
		},
		Indexes: []store.Index{
			{Name: "round", Fields: []string{"round"}},
			{Name: "municipality", Fields: []string{"municipality", "stage"}},
		},
	})
}

func consensusOf(doc store.Doc[Consensus]) Consensus {
	c := doc.Value
	c.Revision = doc.Revision
	return c
}

// Consensus reads a sitting for one of its municipality's people, shared with other readers; nil when nobody has asked for ratings there.
func (s *Service) Consensus(ctx context.Context, actor org.Actor, at Sitting) (*Consensus, error) {
	const op = "assessment.Consensus"
	if !org.MayFollowConsensus(actor, at.Municipality) {
		return nil, forbidden(op)
	}
	doc, err := s.consensuses.GetShared(ctx, at.id())
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	c := consensusOf(doc)
	return &c, nil
}

// Sittings lists a municipality's sittings in a stage, at most limit of them.
func (s *Service) Sittings(ctx context.Context, actor org.Actor, m org.MunicipalityID, stage Stage, limit int) ([]Consensus, error) {
	const op = "assessment.Sittings"
	if !org.MayFollowConsensus(actor, m) {
		return nil, forbidden(op)
	}
	page, err := s.consensuses.FindShared(ctx, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}, {Field: "stage", Value: string(stage)}}, Limit: limit})
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	var all []Consensus
	for _, d := range page.Docs {
		all = append(all, consensusOf(d))
	}
	return all, nil
}

// mayLead is a fault for whoever may not lead a sitting.
func (s *Service) mayLead(op string, actor org.Actor, at Sitting) error {
	if !org.MayLeadConsensus(actor, at.Municipality) || actor.Person == "" {
		return forbidden(op)
	}
	return nil
}

// inRound finds the questionnaire and the task of a sitting whose assessment can still be changed.
func (s *Service) inRound(ctx context.Context, op string, at Sitting) (*catalogue.Catalogue, *catalogue.Task, error) {
	doc, err := s.assessments.GetShared(ctx, assessmentID(at.Round, at.Municipality))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil, s.noAssessment(ctx, op, at.Round)
	}
	if err != nil {
		return nil, nil, org.Fault(op, "", err)
	}
	c, err := s.Catalogue(doc.Value.Catalogue)
	if err != nil {
		return nil, nil, err
	}
	task := c.Task(at.Task)
	if task == nil || !doc.Value.Scope.Covers(at.Task) {
		return nil, nil, fault.New(fault.NotFound, op, "error.task.not-in-round", "task", at.Task)
	}
	return c, task, doc.Value.editable(op)
}

// OpenRatings asks the municipality's people to rate a task on their own first, also once more, as long as nothing is settled. Faults: NotFound
// (round, task), Conflict (something is settled, published, handed in, sealed), Forbidden.
func (s *Service) OpenRatings(ctx context.Context, actor org.Actor, at Sitting) (Consensus, error) {
	const op = "assessment.OpenRatings"
	if err := s.mayLead(op, actor, at); err != nil {
		return Consensus{}, err
	}
	if _, _, err := s.inRound(ctx, op, at); err != nil {
		return Consensus{}, err
	}
	if err := s.tookPart(ctx, op, at.Round, at.Municipality); err != nil {
		return Consensus{}, err
	}
	switch published, err := s.published(ctx, op, at.Round); {
	case err != nil:
		return Consensus{}, err
	case published: // sent back for an erratum: it is corrected, not settled anew
		return Consensus{}, fault.New(fault.Conflict, op, "error.ratings.published")
	}
	told := s.toldOfSitting("ratings.opened", actor, at)
	open := func(c *Consensus) ([]store.Event, error) {
		switch {
		case c.Stage == TakesRatings:
			return nil, store.ErrNoChange
		case len(c.Agreed) > 0:
			return nil, fault.New(fault.Conflict, op, "error.ratings.settled")
		}
		c.Again = c.Again || c.Stage == Showing
		c.Stage = TakesRatings
		return []store.Event{told}, nil
	}
	for {
		doc, err := s.consensuses.UpdateShared(ctx, at.id(), open)
		if errors.Is(err, store.ErrNotFound) {
			if doc, err = s.consensuses.Insert(ctx, at.id(), Consensus{Sitting: at, Stage: TakesRatings}, told); errors.Is(err, store.ErrExists) {
				continue // a colleague was first
			}
		}
		return consensusOf(doc), org.Fault(op, "", err)
	}
}

// published tells whether a round is.
func (s *Service) published(ctx context.Context, op string, id RoundID) (bool, error) {
	doc, err := s.rounds.GetShared(ctx, string(id))
	return doc.Value.State == Published, org.Fault(op, "error.round.unknown", err)
}

func (s *Service) toldOfSitting(kind string, actor org.Actor, at Sitting) store.Event {
	return s.event(kind, actor, string(at.Municipality), store.Fact{Key: "round", Value: string(at.Round)}, store.Fact{Key: "task", Value: string(at.Task)})
}

// changeSitting changes a sitting for one who may lead it.
func (s *Service) changeSitting(ctx context.Context, op string, actor org.Actor, at Sitting, change func(*Consensus) ([]store.Event, error)) (Consensus, error) {
	if err := s.mayLead(op, actor, at); err != nil {
		return Consensus{}, err
	}
	doc, err := s.consensuses.UpdateShared(ctx, at.id(), change)
	return consensusOf(doc), org.Fault(op, "error.ratings.none", err)
}

// StopRatings takes back that ratings were asked for. What people have rated is kept for when they are asked again.
func (s *Service) StopRatings(ctx context.Context, actor org.Actor, at Sitting) (Consensus, error) {
	const op = "assessment.StopRatings"
	return s.changeSitting(ctx, op, actor, at, func(c *Consensus) ([]store.Event, error) {
		switch c.Stage {
		case Stopped:
			return nil, store.ErrNoChange
		case TakesRatings:
			c.Stage = Stopped
			return []store.Event{s.toldOfSitting("ratings.stopped", actor, at)}, nil
		}
		return nil, c.takesRatings(op)
	})
}

// ShowSpread ends the ratings and shows their spread, with the first question. It closes first and counts then, so that every rating that was
// acknowledged is counted; cut off in between it is finished when it is asked for again. Faults: Conflict when ratings are not open, NotFound,
// Forbidden.
func (s *Service) ShowSpread(ctx context.Context, actor org.Actor, at Sitting) (Consensus, error) {
	const op = "assessment.ShowSpread"
	if err := s.mayLead(op, actor, at); err != nil {
		return Consensus{}, err
	}
	c, task, err := s.inRound(ctx, op, at)
	if err != nil {
		return Consensus{}, err
	}
	shown, err := s.changeSitting(ctx, op, actor, at, func(c *Consensus) ([]store.Event, error) {
		switch {
		case c.Shown():
			return nil, store.ErrNoChange
		case c.Stage != TakesRatings:
			return nil, c.takesRatings(op)
		}
		c.Stage, c.Spreads, c.Driver, c.Question = Showing, nil, actor.Person, task.Questions[0].Key
		return []store.Event{s.toldOfSitting("consensus.shown", actor, at)}, nil
	})
	if err != nil || len(shown.Spreads) > 0 {
		return shown, err
	}
	spreads, rated, err := s.spreads(ctx, op, at, c.Scale, task)
	if err != nil {
		return shown, err
	}
	shown, err = s.changeSitting(ctx, op, actor, at, func(c *Consensus) ([]store.Event, error) {
		if !c.Shown() || len(c.Spreads) > 0 {
			return nil, store.ErrNoChange // opened again meanwhile, or counted by another
		}
		c.Spreads, c.Rated = spreads, rated
		return nil, nil
	})
	if err != nil {
		return shown, err
	}
	return shown, s.moveDisplays(ctx, op, actor, at)
}

// drives is a fault for everybody but who leads the group just now.
func (c Consensus) drives(op string, actor org.Actor) error {
	switch {
	case !c.Shown():
		return fault.New(fault.Conflict, op, "error.consensus.not-shown")
	case c.Driver != actor.Person:
		return fault.New(fault.Conflict, op, "error.consensus.driver")
	}
	return nil
}

// Drive takes over leading the group from question to question.
func (s *Service) Drive(ctx context.Context, actor org.Actor, at Sitting) (Consensus, error) {
	const op = "assessment.Drive"
	c, err := s.changeSitting(ctx, op, actor, at, func(c *Consensus) ([]store.Event, error) {
		if !c.Shown() {
			return nil, c.drives(op, actor)
		}
		if c.Driver == actor.Person {
			return nil, store.ErrNoChange
		}
		c.Driver = actor.Person
		return nil, nil
	})
	if err != nil {
		return c, err
	}
	return c, s.moveDisplays(ctx, op, actor, at)
}

// GoTo shows everybody a question. Faults: Conflict when another drives, NotFound, Forbidden.
func (s *Service) GoTo(ctx context.Context, actor org.Actor, at Sitting, q catalogue.QuestionKey) (Consensus, error) {
	const op = "assessment.GoTo"
	c, err := s.changeSitting(ctx, op, actor, at, func(c *Consensus) ([]store.Event, error) {
		if err := c.drives(op, actor); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(c.Spreads, func(s RatingSpread) bool { return s.Question == q }) {
			return nil, fault.New(fault.NotFound, op, "error.question.unknown", "question", q)
		}
		if c.Question == q {
			return nil, store.ErrNoChange
		}
		c.Question = q
		return nil, nil
	})
	if err != nil {
		return c, err
	}
	return c, s.moveDisplays(ctx, op, actor, at)
}

// Settle is what a group settles for one question: a level, and why. First, Tag, Edit and Confirmed as in Save: they are the answer's.
type Settle struct {
	Sitting
	Question  catalogue.QuestionKey
	Level     *int
	Why       string
	First     bool
	Tag       string
	Edit      string
	Confirmed bool
}

// Settle writes what the group settles as the municipality's answer, under the rules of SaveAnswer, and notes it in the sitting. The sentence stands
// below what the answer's note says already, in place of the one that was settled before. The answer is written first: cut off after it, the same
// edit sent again is the same answer, and is noted then. Faults: those of SaveAnswer; Invalid beside why; Conflict when another drives.
func (s *Service) Settle(ctx context.Context, actor org.Actor, settle Settle) (Consensus, error) {
	const op = "assessment.Settle"
	if err := s.mayLead(op, actor, settle.Sitting); err != nil {
		return Consensus{}, err
	}
	doc, err := s.consensuses.GetShared(ctx, settle.id())
	if err != nil {
		return Consensus{}, org.Fault(op, "error.ratings.none", err)
	}
	if err := doc.Value.drives(op, actor); err != nil {
		return Consensus{}, err
	}
	if !slices.ContainsFunc(doc.Value.Spreads, func(s RatingSpread) bool { return s.Question == settle.Question }) {
		return Consensus{}, fault.New(fault.NotFound, op, "error.question.unknown", "question", settle.Question)
	}
	a, err := s.Assessment(ctx, actor, settle.Round, settle.Municipality)
	if err != nil {
		return Consensus{}, err
	}
	answer := a.Answer(settle.Question)
	before, stands := doc.Value.Settled(settle.Question).Why, answer.Note
	f := &fault.Error{Code: fault.Invalid, Op: op, Key: "error.consensus"}
	if settle.Level == nil {
		f.Fields = append(f.Fields, fault.Field{Name: "level", Key: "error.consensus.level"})
	}
	why := clean(f, "why", settle.Why, MaxWhy)
	if why == "" {
		f.Fields = append(f.Fields, fault.Field{Name: "why", Key: "error.consensus.why"})
	}
	note := noteWith(stands, before, why)
	if n := utf8.RuneCountInString(note); len(f.Fields) == 0 && n > MaxNote {
		f.Fields = append(f.Fields, fault.Field{Name: "why", Key: "error.consensus.note", Args: []any{"max", MaxNote, "count", n}})
	}
	if len(f.Fields) > 0 {
		return Consensus{}, f
	}
	if err := checkTexts(op, settle.Confirmed, freeText{"why", before, why}); err != nil {
		return Consensus{}, err
	}
	a, err = s.SaveAnswer(ctx, actor, Save{Round: settle.Round, Municipality: settle.Municipality, Question: settle.Question, Value: Value{Level: settle.Level, Note: note, ChangeReason: answer.reasonAt(settle.Level)},
		First: settle.First, Tag: settle.Tag, Edit: settle.Edit, Confirmed: true}) // the rest of the note stands already
	if err != nil {
		return Consensus{}, err
	}
	agreed := Agreed{Question: settle.Question, Level: *settle.Level, Why: why, Tag: a.Answer(settle.Question).Tag, At: s.now().UTC()}
	c, err := s.changeSitting(ctx, op, actor, settle.Sitting, func(c *Consensus) ([]store.Event, error) {
		if old := c.Settled(settle.Question); old.Tag == agreed.Tag {
			return nil, store.ErrNoChange
		}
		c.settle(agreed)
		if c.Stage != Settled && len(c.Agreed) == len(c.Spreads) {
			c.Stage = Settled
			return []store.Event{s.toldOfSitting("consensus.settled", actor, settle.Sitting)}, nil
		}
		if c.Stage != Settled {
			c.Stage = Showing // somebody opened it for ratings at the same moment; something is settled now
		}
		return nil, nil
	})
	if err != nil {
		return c, err
	}
	return c, s.moveDisplays(ctx, op, actor, settle.Sitting)
}

func (c *Consensus) settle(agreed Agreed) {
	c.Agreed = slices.DeleteFunc(slices.Clone(c.Agreed), func(a Agreed) bool { return a.Question == agreed.Question })
	c.Agreed = append(c.Agreed, agreed)
}

// noteWith puts the sentence that a group settled below what a note says, in place of the one it settled before. Nothing else of the note is touched.
func noteWith(note, before, why string) string {
	if ends := note == why || strings.HasSuffix(note, "\n\n"+why); ends && before == why {
		return note
	}
	if before != "" {
		if note == before {
			note = ""
		} else {
			note = strings.TrimSuffix(note, "\n\n"+before)
		}
	}
	switch {
	case note == "", note == why:
		return why
	case strings.HasSuffix(note, "\n\n"+why):
		return note
	}
	return note + "\n\n" + why
}

// PublishedSittings tells whether there are ratings, or sittings, of rounds that are published: what SweepSittings deletes. It reads one document
// of each round that has any, and the round.
func (s *Service) PublishedSittings(ctx context.Context) (bool, error) {
	const op = "assessment.PublishedSittings"
	round, err := s.publishedOf(ctx, op, nextRound(s.ratings))
	if err == nil && round == "" {
		round, err = s.publishedOf(ctx, op, nextRound(s.consensuses))
	}
	return round != "", err
}

// SweepSittings deletes up to limit ratings and sittings of rounds that are published, and tells how many. The sitting goes first: from then on no
// rating of it is acknowledged, so that what is found afterwards is all. What it deletes leaves the index that found it; whatever was cut off is
// found again.
func (s *Service) SweepSittings(ctx context.Context, limit int) (int, error) {
	const op = "assessment.SweepSittings"
	n, err := sweepPublished(ctx, s, s.consensuses, op, limit)
	if err != nil || n == limit {
		return n, err
	}
	more, err := sweepPublished(ctx, s, s.ratings, op, limit-n)
	return n + more, err
}

func sweepPublished[T any](ctx context.Context, s *Service, docs *store.Collection[T], op string, limit int) (int, error) {
	gone := 0
	for gone < limit {
		round, err := s.publishedOf(ctx, op, nextRound(docs))
		if err != nil || round == "" {
			return gone, err
		}
		page, err := docs.Find(ctx, store.Query{Equal: []store.Term{{Field: "round", Value: string(round)}}, Limit: min(limit-gone, store.MaxMembers)})
		if err != nil {
			return gone, org.Fault(op, "", err)
		}
		for _, d := range page.Docs {
			if err := remove(ctx, s, docs, op, d); err != nil {
				return gone, err
			}
			gone++
		}
	}
	return gone, nil
}

// nextRound gives the first round after another that a collection has documents of, "" when there is none.
func nextRound[T any](docs *store.Collection[T]) func(context.Context, RoundID) (RoundID, error) {
	return func(ctx context.Context, after RoundID) (RoundID, error) {
		page, err := docs.Find(ctx, store.Query{Range: &store.Range{Field: "round", From: string(after) + "\x01"}, Limit: 1})
		if err != nil || len(page.Docs) == 0 {
			return "", err
		}
		id, _, _ := strings.Cut(page.Docs[0].ID, "/")
		return RoundID(id), nil
	}
}

// publishedOf finds the first published round among those that next gives, "" when there is none.
func (s *Service) publishedOf(ctx context.Context, op string, next func(context.Context, RoundID) (RoundID, error)) (RoundID, error) {
	for round := RoundID(""); ; {
		var err error
		if round, err = next(ctx, round); err != nil || round == "" {
			return "", org.Fault(op, "", err)
		}
		published, err := s.published(ctx, op, round)
		if err != nil || published {
			return round, err
		}
	}
}

// deleteSittings deletes a municipality's sittings, then the ratings, and the displays.
func (s *Service) deleteSittings(ctx context.Context, op string, m org.MunicipalityID) error {
	found := store.Term{Field: "municipality", Value: string(m)}
	if err := removeAll(ctx, s, s.consensuses, op, found); err != nil {
		return err
	}
	if err := removeAll(ctx, s, s.ratings, op, found); err != nil {
		return err
	}
	return removeAll(ctx, s, s.displays, op, found)
}
