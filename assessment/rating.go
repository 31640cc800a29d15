package assessment

import (
	"context"
	"errors"
	"slices"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Sitting is a task that a municipality's people rate and settle together in a round.
type Sitting struct {
	Round        RoundID            `bson:"round"`
	Municipality org.MunicipalityID `bson:"municipality"`
	Task         catalogue.TaskKey  `bson:"task"`
}

// id is round/municipality/task, at which its consensus is kept.
func (s Sitting) id() string { return assessmentID(s.Round, s.Municipality) + "/" + string(s.Task) }

// Rating is what one person thinks of a task before the group talks about it: one document at round/municipality/task/person. Nobody but she reads
// it, ever; of several ratings others see the RatingSpread. That she rated is in no event either: the log is read by her coordinator.
type Rating struct {
	Sitting `bson:",inline"`
	Person  org.PersonID    `bson:"person"`
	Levels  []RatedQuestion `bson:"levels"`
	Whole   bool            `bson:"whole,omitempty"` // every question of the task
	At      time.Time       `bson:"at"`
}

// RatedQuestion is her level for one question; nil is that she doesn't know.
type RatedQuestion struct {
	Question catalogue.QuestionKey `bson:"question"`
	Level    *int                  `bson:"level,omitempty"`
}

// Of finds what she said of a question, and whether she did.
func (r Rating) Of(q catalogue.QuestionKey) (RatedQuestion, bool) {
	i := slices.IndexFunc(r.Levels, func(l RatedQuestion) bool { return l.Question == q })
	if i < 0 {
		return RatedQuestion{Question: q}, false
	}
	return r.Levels[i], true
}

func newRatings(db *store.DB) *store.Collection[Rating] {
	return store.NewCollection(db, store.Spec[Rating]{
		Name: "ratings", Shape: 1,
		Fields: []store.Field[Rating]{
			{Name: "sitting", Type: store.String, Value: func(_ string, r *Rating) any { return r.Sitting.id() }},
			{Name: "whole", Type: store.Bool, Value: func(_ string, r *Rating) any { return r.Whole }},
			{Name: "round", Type: store.String, Value: func(_ string, r *Rating) any { return string(r.Round) }},
			{Name: "municipality", Type: store.String, Value: func(_ string, r *Rating) any { return string(r.Municipality) }},
			{Name: "person", Type: store.String, Value: func(_ string, r *Rating) any { return string(r.Person) }},
		},
		Indexes: []store.Index{
			{Name: "sitting", Fields: []string{"sitting", "whole"}},
			{Name: "round", Fields: []string{"round"}},
			{Name: "municipality", Fields: []string{"municipality"}},
			{Name: "person", Fields: []string{"person"}},
		},
	})
}

func ratingID(at Sitting, p org.PersonID) string { return at.id() + "/" + string(p) }

// OwnRating reads the actor's own rating; its At is zero while she has given none.
func (s *Service) OwnRating(ctx context.Context, actor org.Actor, at Sitting) (Rating, error) {
	const op = "assessment.OwnRating"
	if !org.MayRate(actor, at.Municipality) || actor.Person == "" {
		return Rating{}, forbidden(op)
	}
	doc, err := s.ratings.Get(ctx, ratingID(at, actor.Person))
	if errors.Is(err, store.ErrNotFound) {
		return Rating{Sitting: at, Person: actor.Person}, nil
	}
	return doc.Value, org.Fault(op, "", err)
}

// OwnRatings lists the actor's ratings wherever she gave them, at most store.MaxLimit.
func (s *Service) OwnRatings(ctx context.Context, actor org.Actor) ([]Rating, error) {
	if actor.Person == "" {
		return nil, nil
	}
	page, err := s.ratings.Find(ctx, store.Query{Equal: []store.Term{{Field: "person", Value: string(actor.Person)}}, Limit: store.MaxLimit})
	if err != nil {
		return nil, org.Fault("assessment.OwnRatings", "", err)
	}
	var all []Rating
	for _, d := range page.Docs {
		all = append(all, d.Value)
	}
	return all, nil
}

// Rate is one level of one rating. A nil Level is that she doesn't know. Saying the same again changes nothing.
type Rate struct {
	Sitting
	Question catalogue.QuestionKey
	Level    *int
}

// Rate saves the actor's own level for a question, and gives her rating as it stands. What is acknowledged counts in the spread: a rating that comes
// while the spread is being made is refused. Faults: Invalid, NotFound (round, question), Conflict (not open for ratings, sealed, handed in),
// Forbidden.
func (s *Service) Rate(ctx context.Context, actor org.Actor, rate Rate) (Rating, error) {
	const op = "assessment.Rate"
	if !org.MayRate(actor, rate.Municipality) || actor.Person == "" {
		return Rating{}, forbidden(op)
	}
	c, task, err := s.inRound(ctx, op, rate.Sitting)
	if err != nil {
		return Rating{}, err
	}
	if !slices.ContainsFunc(task.Questions, func(q catalogue.Question) bool { return q.Key == rate.Question }) {
		return Rating{}, fault.New(fault.NotFound, op, "error.question.unknown", "question", rate.Question)
	}
	if rate.Level != nil && (*rate.Level < c.Scale.Min || *rate.Level > c.Scale.Max) {
		return Rating{}, fault.Wrong(op, "level", "error.answer.level", "min", c.Scale.Min, "max", c.Scale.Max, "level", *rate.Level)
	}
	if err := s.openForRatings(ctx, op, rate.Sitting); err != nil {
		return Rating{}, err
	}
	wasWhole := false
	change := func(r *Rating) ([]store.Event, error) {
		wasWhole = r.Whole
		if old, said := r.Of(rate.Question); said && (old.Level == nil) == (rate.Level == nil) && (old.Level == nil || *old.Level == *rate.Level) {
			return nil, store.ErrNoChange
		}
		r.put(RatedQuestion{rate.Question, rate.Level})
		r.At, r.Whole = s.now().UTC(), len(r.Levels) == len(task.Questions)
		return nil, nil
	}
	id := ratingID(rate.Sitting, actor.Person)
	var doc store.Doc[Rating]
	for {
		if doc, err = s.ratings.Update(ctx, id, change); !errors.Is(err, store.ErrNotFound) {
			break
		}
		first := Rating{Sitting: rate.Sitting, Person: actor.Person}
		if _, err := change(&first); err != nil {
			return Rating{}, err
		}
		if doc, err = s.ratings.Insert(ctx, id, first); !errors.Is(err, store.ErrExists) {
			break // else she is quick: another request of hers was first
		}
	}
	if err != nil {
		return Rating{}, org.Fault(op, "", err)
	}
	if doc.Value.Whole && !wasWhole {
		err = s.countRaters(ctx, op, rate.Sitting)
	} else {
		err = s.openForRatings(ctx, op, rate.Sitting)
	}
	if fault.CodeOf(err) == fault.NotFound { // the round was published meanwhile, and what is left of a rating goes
		return Rating{}, errors.Join(err, s.removeRating(ctx, op, doc))
	}
	return doc.Value, err
}

func (r *Rating) put(l RatedQuestion) {
	r.Levels = slices.Clone(r.Levels)
	for i, x := range r.Levels {
		if x.Question == l.Question {
			r.Levels[i] = l
			return
		}
	}
	r.Levels = append(r.Levels, l)
}

// openForRatings is a fault unless a sitting is: Conflict that says why, NotFound when nobody has asked for ratings.
func (s *Service) openForRatings(ctx context.Context, op string, at Sitting) error {
	doc, err := s.consensuses.GetShared(ctx, at.id())
	if err != nil {
		return org.Fault(op, "error.ratings.none", err)
	}
	return doc.Value.takesRatings(op)
}

// countRaters tells the sitting how many have rated every question. It only grows: of two who are done at once the later may have counted less.
func (s *Service) countRaters(ctx context.Context, op string, at Sitting) error {
	n, err := s.ratings.Count(ctx, store.Query{Equal: []store.Term{{Field: "sitting", Value: at.id()}, {Field: "whole", Value: true}}, Limit: store.MaxLimit})
	if err != nil {
		return org.Fault(op, "", err)
	}
	_, err = s.consensuses.UpdateShared(ctx, at.id(), func(c *Consensus) ([]store.Event, error) {
		if err := c.takesRatings(op); err != nil {
			return nil, err
		}
		if n <= c.Rated {
			return nil, store.ErrNoChange
		}
		c.Rated = n
		return nil, nil
	})
	return org.Fault(op, "error.ratings.none", err)
}

// spreads reads a sitting's ratings and gives what may be shown of them, question by question, and how many rated all of them. The one place where
// ratings are read together.
func (s *Service) spreads(ctx context.Context, op string, at Sitting, scale catalogue.Scale, task *catalogue.Task) (all []RatingSpread, rated int, err error) {
	levels := map[catalogue.QuestionKey][]*int{}
	q := store.Query{Equal: []store.Term{{Field: "sitting", Value: at.id()}}, Limit: store.MaxMembers}
	for more := true; more; more = q.After != "" {
		page, err := s.ratings.Find(ctx, q)
		if err != nil {
			return nil, 0, org.Fault(op, "", err)
		}
		for _, d := range page.Docs {
			if d.Value.Whole {
				rated++
			}
			for _, l := range d.Value.Levels {
				levels[l.Question] = append(levels[l.Question], l.Level)
			}
		}
		q.After = page.Next
	}
	for _, question := range task.Questions {
		all = append(all, SpreadOfRatings(question.Key, scale, levels[question.Key]))
	}
	return all, rated, nil
}

// removeRating deletes a rating; one that is gone, or that its person has just changed, is no failure: whoever changes it looks again.
func (s *Service) removeRating(ctx context.Context, op string, d store.Doc[Rating]) error {
	err := remove(ctx, s, s.ratings, op, d)
	if fault.CodeOf(err) == fault.Conflict {
		return nil
	}
	return err
}
