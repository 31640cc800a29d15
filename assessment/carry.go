package assessment

import (
	"context"
	"slices"
	"unicode/utf8"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Source is where an answer was carried from.
type Source struct {
	Round        RoundID            `bson:"round"`
	Kind         catalogue.Kind     `bson:"kind"`                   // how its question comes from that round's
	Municipality org.MunicipalityID `bson:"municipality,omitempty"` // whose answer it was, "" when it was the municipality's own
}

// of tells whether it is another municipality's.
func (s *Source) of(m org.MunicipalityID) bool { return s != nil && s.Municipality == m && m != "" }

// Received tells whether the answer was another municipality's.
func (a Answer) Received() bool { return a.From != nil && a.From.Municipality != "" }

// NeedsLook tells whether the answer was carried from a question that did not ask quite the same: it is confirmed by whoever looked at it
// alone, never with others.
func (a Answer) NeedsLook() bool { return a.From != nil && a.From.Kind.NeedsLook() }

// Previous is what a municipality answered in the round before, seen from the questions it answers now. A nil Previous is no round before.
type Previous struct {
	Round     RoundID
	Catalogue *catalogue.Catalogue // of that round
	origins   map[catalogue.QuestionKey]catalogue.Origin
	asked     map[catalogue.QuestionKey]bool   // of the older questions, those that the round covered
	answers   map[catalogue.QuestionKey]Answer // of those, what counted then
	scaled    bool                             // a level means the same now
}

// Earlier is what was answered in the round before to what a question asks now.
type Earlier struct {
	Kind    catalogue.Kind          // how the question comes from those then, "" where no mapping says so
	From    []catalogue.QuestionKey // those, as far as the round covered them
	Answers []Answer                // theirs, as far as they counted
	scaled  bool
}

// Previous reads the round before for an assessment, nil when there was none.
func (s *Service) Previous(ctx context.Context, actor org.Actor, a Assessment) (*Previous, error) {
	before, err := s.Before(ctx, actor, a)
	if err != nil || before == nil {
		return nil, err
	}
	c, err := s.Catalogue(a.Catalogue)
	if err != nil {
		return nil, err
	}
	then, err := s.Catalogue(before.Catalogue)
	if err != nil {
		return nil, err
	}
	return previousOf(before, then, c, func(k catalogue.Key) *catalogue.Catalogue { return s.catalogues[k] }), nil
}

// previousOf sees an assessment from the questions of another version of its questionnaire. What was never confirmed then, and the answers
// of a task that was not relevant, counted for nothing and are no answers.
func previousOf(before *Assessment, then, c *catalogue.Catalogue, known func(catalogue.Key) *catalogue.Catalogue) *Previous {
	p := &Previous{Round: before.Round, Catalogue: then, scaled: then.Scale == c.Scale, origins: map[catalogue.QuestionKey]catalogue.Origin{},
		asked: map[catalogue.QuestionKey]bool{}, answers: map[catalogue.QuestionKey]Answer{}}
	if then.Key() == c.Key() {
		for _, t := range c.Tasks() {
			for _, q := range t.Questions {
				p.origins[q.Key] = catalogue.Origin{Question: q.Key, Kind: catalogue.Same, From: []catalogue.QuestionKey{q.Key}}
			}
		}
	} else if lineage, ok := catalogue.Trace(c, then.Key(), known); ok {
		for _, o := range lineage.Origins {
			p.origins[o.Question] = o
		}
	}
	for _, t := range then.Tasks() {
		for _, q := range t.Questions {
			p.asked[q.Key] = before.Scope.Covers(t.Key)
		}
	}
	for _, answer := range before.Answers.All() {
		q := then.Question(answer.Question)
		if q != nil && p.asked[q.Key] && answer.Given() && !answer.Carried && before.Organisation(q.Task).Status != NotRelevant {
			p.answers[q.Key] = answer
		}
	}
	return p
}

// Of finds what was answered to a question's origins.
func (p *Previous) Of(q catalogue.QuestionKey) Earlier {
	if p == nil {
		return Earlier{}
	}
	o := p.origins[q]
	e := Earlier{Kind: o.Kind, scaled: p.scaled}
	for _, from := range o.From {
		if !p.asked[from] {
			continue
		}
		e.From = append(e.From, from)
		if answer, ok := p.answers[from]; ok {
			e.Answers = append(e.Answers, answer)
		}
	}
	return e
}

// Value is the one that carries. There is none where nothing was answered; where the answers that were merged into one don't agree, since
// nobody but the municipality can choose between them; and of a level on another scale, which means something else.
func (e Earlier) Value() (Value, bool) {
	if len(e.Answers) == 0 {
		return Value{}, false
	}
	v := e.Answers[0].Value
	v.NotApplicableReason, v.ChangeReason = v.Exemption(), ""
	if v.Level != nil && !e.scaled {
		return Value{}, false
	}
	for _, other := range e.Answers[1:] {
		if alone := (Value{Level: other.Level, NotApplicableReason: other.Exemption()}); !alone.says(Value{Level: v.Level, NotApplicableReason: v.NotApplicableReason}) {
			return Value{}, false
		}
		if v.NotApplicable == "" {
			v.NotApplicable = other.NotApplicable
		}
		if v.Note == "" {
			v.Note = other.Note
		} else if both := v.Note + "\n\n" + other.Note; other.Note != "" && other.Note != v.Note && utf8.RuneCountInString(both) <= MaxNote {
			v.Note = both
		}
	}
	return v, true
}

// Level is the level that a new one is held against; there may be none.
func (e Earlier) Level() (int, bool) {
	v, ok := e.Value()
	if !ok || v.Level == nil {
		return 0, false
	}
	return *v.Level, true
}

// Carriable lists what can be carried into an assessment: to every question of its round that nobody has touched, in the questionnaire's
// order. The answers have no tag yet.
func (p *Previous) Carriable(c *catalogue.Catalogue, a *Assessment) []Answer {
	if p == nil {
		return nil
	}
	touched := map[catalogue.QuestionKey]bool{}
	for _, answer := range a.Answers.All() {
		touched[answer.Question] = true
	}
	var all []Answer
	for _, t := range c.Tasks() {
		if !a.Scope.Covers(t.Key) {
			continue
		}
		for _, q := range t.Questions {
			e := p.Of(q.Key)
			if v, ok := e.Value(); ok && !touched[q.Key] {
				all = append(all, Answer{Question: q.Key, Value: v, Carried: true, From: &Source{Round: p.Round, Kind: e.Kind}})
			}
		}
	}
	return all
}

// Unconfirmed counts the answers that were carried and that nobody has confirmed or changed, by task. What is hidden by a task that is not
// relevant waits for nobody.
func (a *Assessment) Unconfirmed(c *catalogue.Catalogue) map[catalogue.TaskKey]int {
	return a.waiting(c, func(answer Answer) bool { return answer.Carried })
}

// UnconfirmedOwn counts those of them that came from the municipality's own round before.
func (a *Assessment) UnconfirmedOwn(c *catalogue.Catalogue) map[catalogue.TaskKey]int {
	return a.waiting(c, Answer.own)
}

func (a *Assessment) waiting(c *catalogue.Catalogue, waits func(Answer) bool) map[catalogue.TaskKey]int {
	n := map[catalogue.TaskKey]int{}
	for _, answer := range a.Answers.All() {
		if q := c.Question(answer.Question); waits(answer) && q != nil && a.Scope.Covers(q.Task) && a.Organisation(q.Task).Status != NotRelevant {
			n[q.Task]++
		}
	}
	return n
}

// carried tells whether anything waits that was taken along from the round before.
func (a *Assessment) carried() bool {
	return slices.ContainsFunc(a.Answers.Slice(), Answer.own)
}

// own tells whether the answer was carried from the municipality's own round before, and waits.
func (a Answer) own() bool { return a.Carried && !a.Received() }

// Carry takes the answers of the round before along to every question that nobody has touched, each unconfirmed. Again it changes nothing.
// Faults: Conflict (sealed, handed in, nothing to carry), NotFound, Forbidden.
func (s *Service) Carry(ctx context.Context, actor org.Actor, id RoundID, m org.MunicipalityID) (Assessment, error) {
	const op = "assessment.Carry"
	if !org.MayAnswer(actor, m) {
		return Assessment{}, forbidden(op)
	}
	now, err := s.Assessment(ctx, actor, id, m)
	if err != nil {
		return Assessment{}, err
	}
	c, err := s.Catalogue(now.Catalogue)
	if err != nil {
		return Assessment{}, err
	}
	before, err := s.Previous(ctx, actor, now)
	if err != nil {
		return Assessment{}, err
	}
	return s.update(ctx, op, id, m, func(a *Assessment) ([]store.Event, error) {
		all := before.Carriable(c, a)
		if len(all) == 0 && a.carried() {
			return nil, store.ErrNoChange
		}
		if err := a.editable(op); err != nil {
			return nil, err
		}
		if len(all) == 0 {
			return nil, fault.New(fault.Conflict, op, "error.carry.nothing")
		}
		for _, answer := range all {
			answer.By, answer.At, answer.Tag = actor.Person, s.now().UTC(), newTag()
			a.Answers.Append(answer)
		}
		return []store.Event{s.event("assessment.carried", actor, string(m),
			store.Fact{Key: "round", Value: string(id)}, store.Fact{Key: "source", Value: string(before.Round)}, store.Fact{Key: "answers", Value: int64(len(all))})}, nil
	})
}

// UndoCarry takes away what was carried and is still unconfirmed. What somebody has confirmed or changed is hers, and stays.
func (s *Service) UndoCarry(ctx context.Context, actor org.Actor, id RoundID, m org.MunicipalityID) (Assessment, error) {
	const op = "assessment.UndoCarry"
	return s.change(ctx, op, actor, org.MayAnswer, id, m, func(a *Assessment) ([]store.Event, error) {
		if !a.carried() {
			return nil, store.ErrNoChange
		}
		if err := a.editable(op); err != nil {
			return nil, err
		}
		all := a.Answers.Slice()
		rest := slices.DeleteFunc(slices.Clone(all), Answer.own)
		a.Answers = store.ListOf(rest...)
		return []store.Event{s.event("assessment.carry-undone", actor, string(m),
			store.Fact{Key: "round", Value: string(id)}, store.Fact{Key: "answers", Value: int64(len(all) - len(rest))})}, nil
	})
}

// Shown is an answer as somebody saw it.
type Shown struct {
	Question catalogue.QuestionKey
	Tag      string
}

// Confirm is one person's word for the carried answers of one task, as she saw them. Edit is the sender's own id for it.
type Confirm struct {
	Round        RoundID
	Municipality org.MunicipalityID
	Task         catalogue.TaskKey
	Answers      []Shown
	Edit         string
}

// Confirmation tells what came of it, in the order asked. Nothing stands in two of its lists, and nothing in any that was not asked for.
type Confirmation struct {
	Done    []catalogue.QuestionKey
	Changed []catalogue.QuestionKey // by somebody, since it was shown
	Look    []catalogue.QuestionKey // asks something else than then, and is confirmed by saving it
}

// Confirm makes carried answers the municipality's own: those that still stand as they were shown. Faults: NotFound (also of a question of
// another task), Conflict, Forbidden.
func (s *Service) Confirm(ctx context.Context, actor org.Actor, confirm Confirm) (Assessment, Confirmation, error) {
	return s.confirm(ctx, "assessment.Confirm", "answers.confirmed", actor, confirm, func(answer *Answer, done *Confirmation) bool {
		switch {
		case !answer.Carried:
			done.Changed = append(done.Changed, answer.Question)
		case answer.NeedsLook():
			done.Look = append(done.Look, answer.Question)
		default:
			answer.Carried = false
			return true
		}
		return false
	})
}

// Unconfirm undoes a confirmation: answers that stand as they were carried wait again.
func (s *Service) Unconfirm(ctx context.Context, actor org.Actor, confirm Confirm) (Assessment, Confirmation, error) {
	return s.confirm(ctx, "assessment.Unconfirm", "answers.unconfirmed", actor, confirm, func(answer *Answer, done *Confirmation) bool {
		if answer.Carried || answer.From == nil {
			done.Changed = append(done.Changed, answer.Question)
			return false
		}
		answer.Carried = true
		return true
	})
}

// confirm turns over those of a task's answers that stand as they were shown, and that turn agrees to.
func (s *Service) confirm(ctx context.Context, op, kind string, actor org.Actor, confirm Confirm, turn func(*Answer, *Confirmation) bool) (Assessment, Confirmation, error) {
	var done Confirmation
	if !org.MayAnswer(actor, confirm.Municipality) {
		return Assessment{}, done, forbidden(op)
	}
	if err := checkEdit(op, confirm.Edit); err != nil {
		return Assessment{}, done, err
	}
	a, err := s.update(ctx, op, confirm.Round, confirm.Municipality, func(a *Assessment) ([]store.Event, error) {
		done = Confirmation{} // the update may begin again
		c, err := s.Catalogue(a.Catalogue)
		if err != nil {
			return nil, err
		}
		if !a.Scope.Covers(confirm.Task) {
			return nil, fault.New(fault.NotFound, op, "error.task.not-in-round", "task", confirm.Task)
		}
		seen := map[catalogue.QuestionKey]bool{}
		var turned []Answer
		for _, shown := range confirm.Answers {
			switch q := c.Question(shown.Question); {
			case q == nil:
				return nil, fault.New(fault.NotFound, op, "error.question.unknown", "question", shown.Question)
			case q.Task != confirm.Task:
				return nil, fault.New(fault.NotFound, op, "error.question.other-task", "question", shown.Question, "task", confirm.Task)
			}
			if seen[shown.Question] {
				continue
			}
			seen[shown.Question] = true
			answer := a.Answer(shown.Question)
			switch {
			case confirm.Edit != "" && slices.Contains(answer.Edits, confirm.Edit): // the same click once more
				done.Done = append(done.Done, answer.Question)
			case answer.Tag == "" || answer.Tag != shown.Tag:
				done.Changed = append(done.Changed, answer.Question)
			case turn(&answer, &done):
				done.Done = append(done.Done, answer.Question)
				turned = append(turned, answer)
			}
		}
		if len(turned) == 0 {
			return nil, store.ErrNoChange
		}
		if err := a.editable(op); err != nil {
			return nil, err
		}
		for _, answer := range turned {
			answer.By, answer.At, answer.Tag = actor.Person, s.now().UTC(), newTag()
			answer.Edits = rememberNewest(answer.Edits, confirm.Edit, answer.Tag)
			a.put(answer)
		}
		return []store.Event{s.event(kind, actor, string(a.Municipality), store.Fact{Key: "round", Value: string(a.Round)},
			store.Fact{Key: "task", Value: string(confirm.Task)}, store.Fact{Key: "answers", Value: int64(len(turned))})}, nil
	})
	if err != nil {
		return a, Confirmation{}, err
	}
	return a, done, nil
}
