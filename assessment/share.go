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

// InterMunicipal is the carrier of a task that several municipalities carry together: the one whose answer may be another's too.
const InterMunicipal Carrier = "inter-municipal"

// Share is what a host municipality lets others take of its own answers: those of one task, to the municipalities named. Without any it is
// offered to nobody.
type Share struct {
	Task     catalogue.TaskKey    `bson:"task"`
	Partners []org.MunicipalityID `bson:"partners,omitempty"`
	By       org.PersonID         `bson:"by"` // who changed it last
	At       time.Time            `bson:"at"`
	Tag      string               `bson:"tag"`
}

// Shares are a host's of one round, one document at id round/municipality: so what is offered to a partner is found by one read, of its
// neighbours in the round.
type Shares struct {
	Round        RoundID            `bson:"round"`
	Municipality org.MunicipalityID `bson:"municipality"` // the host
	OpenedAt     time.Time          `bson:"openedAt"`     // of its assessment
	Tasks        []Share            `bson:"tasks"`
}

// Of finds what is shared of a task; its Tag is empty while it never was.
func (s Shares) Of(t catalogue.TaskKey) Share {
	for _, share := range s.Tasks {
		if share.Task == t {
			return share
		}
	}
	return Share{Task: t}
}

func newShares(db *store.DB) *store.Collection[Shares] {
	return store.NewCollection(db, store.Spec[Shares]{
		Name: "shares", Shape: 1,
		Fields: []store.Field[Shares]{
			{Name: "municipality", Type: store.String, Value: func(_ string, s *Shares) any { return string(s.Municipality) }},
			{Name: "opened", Type: store.Time, Value: func(_ string, s *Shares) any { return s.OpenedAt }},
		},
		Indexes: []store.Index{{Name: "municipality", Fields: []string{"municipality", "opened"}}},
	})
}

// ShareTask says whom a host offers its answers of a task to. Tag is that of the share she saw, "" where there was none.
type ShareTask struct {
	Round    RoundID
	Host     org.MunicipalityID
	Task     catalogue.TaskKey
	Partners []org.MunicipalityID
	Tag      string
}

// Share sets whom a host offers its answers of a task to, in place of whom it was offered to. Who took them already keeps them. Faults:
// Invalid (a partner who does not take part), Conflict (the task is not inter-municipal, the round is over), Stale (somebody has changed it
// since), NotFound, Forbidden.
func (s *Service) Share(ctx context.Context, actor org.Actor, share ShareTask) (Share, error) {
	const op = "assessment.Share"
	if !org.MayShareAnswers(actor, share.Host) {
		return Share{}, forbidden(op)
	}
	a, err := s.Assessment(ctx, actor, share.Round, share.Host)
	if err != nil {
		return Share{}, err
	}
	if !a.Scope.Covers(share.Task) {
		return Share{}, fault.New(fault.NotFound, op, "error.task.not-in-round", "task", share.Task)
	}
	round, err := s.rounds.GetShared(ctx, string(share.Round))
	if err != nil {
		return Share{}, org.Fault(op, "", err)
	}
	if round.Value.State == Closed || round.Value.State == Published {
		return Share{}, fault.New(fault.Conflict, op, "error.assessment.sealed")
	}
	var partners []org.MunicipalityID
	for _, m := range share.Partners {
		if _, takesPart := round.Value.Participant(string(m)); !takesPart || m == share.Host {
			return Share{}, fault.Wrong(op, "partners", "error.share.partner")
		}
		if !slices.Contains(partners, m) {
			partners = append(partners, m)
		}
	}
	slices.Sort(partners)
	if len(partners) > 0 && a.Organisation(share.Task).Carrier != InterMunicipal {
		return Share{}, fault.New(fault.Conflict, op, "error.share.not-inter-municipal")
	}
	next := Share{Task: share.Task, Partners: partners, By: actor.Person, At: s.now().UTC(), Tag: newTag()}
	change := func(all *Shares) ([]store.Event, error) {
		stands := all.Of(share.Task)
		if stands.Tag != share.Tag {
			return nil, fault.New(fault.Stale, op, "error.share.stale")
		}
		if slices.Equal(stands.Partners, partners) {
			next = stands
			return nil, store.ErrNoChange
		}
		all.Tasks = append(slices.DeleteFunc(slices.Clone(all.Tasks), func(x Share) bool { return x.Task == share.Task }), next)
		return []store.Event{s.event("answers.shared", actor, string(share.Host), store.Fact{Key: "round", Value: string(share.Round)},
			store.Fact{Key: "task", Value: string(share.Task)}, store.Fact{Key: "partners", Value: int64(len(partners))})}, nil
	}
	for id := assessmentID(share.Round, share.Host); ; {
		_, err := s.shares.Update(ctx, id, change)
		if errors.Is(err, store.ErrNotFound) {
			first := Shares{Round: share.Round, Municipality: share.Host, OpenedAt: a.OpenedAt}
			told, refused := change(&first)
			if errors.Is(refused, store.ErrNoChange) {
				return next, nil
			}
			if refused != nil {
				return Share{}, refused
			}
			if _, err = s.shares.Insert(ctx, id, first, told...); errors.Is(err, store.ErrExists) {
				continue // a colleague was first to share any
			}
		}
		return next, org.Fault(op, "", err)
	}
}

// Sharing is what a municipality has to do with its neighbours' answers in a round: what it shares itself, and by task who lets it take
// theirs.
type Sharing struct {
	Own    Shares
	Offers map[catalogue.TaskKey][]org.MunicipalityID
}

// Sharing reads it. A round's participants are few: one read finds them all.
func (s *Service) Sharing(ctx context.Context, actor org.Actor, round Round, m org.MunicipalityID) (Sharing, error) {
	const op = "assessment.Sharing"
	if !org.MayReadAnswers(actor, m) {
		return Sharing{}, forbidden(op)
	}
	all := Sharing{Own: Shares{Round: round.ID, Municipality: m}, Offers: map[catalogue.TaskKey][]org.MunicipalityID{}}
	for chunk := range slices.Chunk(round.Participants, store.MaxMembers) {
		var ids []string
		for _, p := range chunk {
			ids = append(ids, assessmentID(round.ID, p.Municipality))
		}
		docs, err := s.shares.GetMany(ctx, ids)
		if err != nil {
			return Sharing{}, org.Fault(op, "", err)
		}
		for _, d := range docs {
			if d.Value.Municipality == m {
				all.Own = d.Value
				continue
			}
			for _, share := range d.Value.Tasks {
				if slices.Contains(share.Partners, m) {
					all.Offers[share.Task] = append(all.Offers[share.Task], d.Value.Municipality)
				}
			}
		}
	}
	return all, nil
}

// Receive is a partner's taking of a host's answers of one task.
type Receive struct {
	Round        RoundID
	Municipality org.MunicipalityID // the partner
	Task         catalogue.TaskKey
	Host         org.MunicipalityID
}

// Receive takes what a host has answered to a task along, to every question that nobody of the partner's has given her word on, each
// unconfirmed: levels, and reasons on the list why something does not apply; never notes or words of its own. Faults: Conflict (sealed,
// handed in, nothing to take), NotFound (nothing is offered), Forbidden.
func (s *Service) Receive(ctx context.Context, actor org.Actor, take Receive) (Assessment, error) {
	const op = "assessment.Receive"
	if !org.MayAnswer(actor, take.Municipality) {
		return Assessment{}, forbidden(op)
	}
	shares, err := s.shares.Get(ctx, assessmentID(take.Round, take.Host))
	if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrInvalid) {
		return Assessment{}, org.Fault(op, "", err)
	}
	if err != nil || !slices.Contains(shares.Value.Of(take.Task).Partners, take.Municipality) {
		return Assessment{}, fault.New(fault.NotFound, op, "error.share.none")
	}
	host, err := s.assessments.GetShared(ctx, assessmentID(take.Round, take.Host))
	if err != nil {
		return Assessment{}, org.Fault(op, "", err)
	}
	c, err := s.Catalogue(host.Value.Catalogue)
	if err != nil {
		return Assessment{}, err
	}
	given := sharedBy(&host.Value, c, take.Task)
	return s.update(ctx, op, take.Round, take.Municipality, func(a *Assessment) ([]store.Event, error) {
		if !a.Scope.Covers(take.Task) {
			return nil, fault.New(fault.NotFound, op, "error.task.not-in-round", "task", take.Task)
		}
		if err := a.editable(op); err != nil {
			return nil, err
		}
		n, again := 0, 0
		for _, answer := range given {
			stands := a.Answer(answer.Question)
			if stands.Tag != "" && !stands.Carried {
				continue // somebody has given her word
			}
			if stands.Carried && stands.From != nil && *stands.From == *answer.From && stands.says(answer.Value) {
				again++
				continue
			}
			answer.By, answer.At, answer.Tag = actor.Person, s.now().UTC(), newTag()
			a.put(answer)
			n++
		}
		switch {
		case n == 0 && again > 0:
			return nil, store.ErrNoChange
		case n == 0:
			return nil, fault.New(fault.Conflict, op, "error.share.nothing")
		}
		return []store.Event{s.event("answers.received", actor, string(take.Municipality), store.Fact{Key: "round", Value: string(take.Round)},
			store.Fact{Key: "task", Value: string(take.Task)}, store.Fact{Key: "host", Value: string(take.Host)}, store.Fact{Key: "answers", Value: int64(n)})}, nil
	})
}

// sharedBy are the answers of a task that a host has given its word for, as a partner gets them. What does not apply for a reason of the
// host's own words has no other reason that could be told.
func sharedBy(host *Assessment, c *catalogue.Catalogue, t catalogue.TaskKey) []Answer {
	task := c.Task(t)
	if task == nil || host.Organisation(t).Status == NotRelevant || host.Organisation(t).Carrier != InterMunicipal {
		return nil
	}
	var all []Answer
	for _, q := range task.Questions {
		answer := host.Answer(q.Key)
		v := Value{Level: answer.Level, NotApplicableReason: answer.Exemption()}
		if !answer.Given() || answer.Carried || v.NotApplicableReason == OtherExemption {
			continue
		}
		all = append(all, Answer{Question: q.Key, Value: v, Carried: true, From: &Source{Round: host.Round, Kind: catalogue.Same, Municipality: host.Municipality}})
	}
	return all
}

// GiveBack takes away what was received from a host for a task and that nobody has confirmed.
func (s *Service) GiveBack(ctx context.Context, actor org.Actor, take Receive) (Assessment, error) {
	const op = "assessment.GiveBack"
	return s.change(ctx, op, actor, org.MayAnswer, take.Round, take.Municipality, func(a *Assessment) ([]store.Event, error) {
		c, err := s.Catalogue(a.Catalogue)
		if err != nil {
			return nil, err
		}
		all := a.Answers.Slice()
		rest := slices.DeleteFunc(slices.Clone(all), func(x Answer) bool {
			q := c.Question(x.Question)
			return x.Carried && x.From.of(take.Host) && q != nil && q.Task == take.Task
		})
		if len(rest) == len(all) {
			return nil, store.ErrNoChange
		}
		if err := a.editable(op); err != nil {
			return nil, err
		}
		a.Answers = store.ListOf(rest...)
		return []store.Event{s.event("answers.given-back", actor, string(take.Municipality), store.Fact{Key: "round", Value: string(take.Round)},
			store.Fact{Key: "task", Value: string(take.Task)}, store.Fact{Key: "host", Value: string(take.Host)}, store.Fact{Key: "answers", Value: int64(len(all) - len(rest))})}, nil
	})
}

// EachSharesOf gives what a municipality shared to see, round by round, the oldest first.
func (s *Service) EachSharesOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, see func(Shares) error) error {
	const op = "assessment.EachSharesOf"
	if !org.MayReadAnswers(actor, m) {
		return forbidden(op)
	}
	return each(ctx, s.shares, op, in(m, "opened"), func(d store.Doc[Shares]) error { return see(d.Value) })
}
