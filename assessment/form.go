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

// FormOf says what a form that is filled in elsewhere was made of. Structure is the questionnaire's hash, since a draft changes under its key.
type FormOf struct {
	Round        RoundID
	Municipality org.MunicipalityID
	Catalogue    catalogue.Key
	Structure    string
}

// Proposal is what a form says of one question. What it leaves blank it does not speak of: nothing is taken back by a form.
type Proposal struct {
	Question catalogue.QuestionKey
	Base     string // tag of the answer when the form was made, "" when there was none
	Level    *int
	Why      Exemption // why it does not apply
	Words    string    // the same in one's own words
	Note     string
}

// Blank tells whether it says nothing.
func (p Proposal) Blank() bool { return p.Level == nil && p.Why == "" && p.Words == "" && p.Note == "" }

// over is what an answer becomes by it. A level takes the place of not applicable, and the other way round.
func (p Proposal) over(old Value) Value {
	v := old
	said := Value{Level: p.Level, NotApplicableReason: p.Why, NotApplicable: p.Words}
	if said.Given() {
		v.ChangeReason = old.reasonAt(p.Level)
		v.Level, v.NotApplicableReason, v.NotApplicable = p.Level, said.Exemption(), p.Words
		if p.Words == "" && said.Exempt() && said.Exemption() == old.Exemption() {
			v.NotApplicable = old.NotApplicable
		}
	}
	if p.Note != "" {
		v.Note = p.Note
	}
	return v
}

// Proposed is what a proposal does to the answer that stands.
type Proposed struct {
	Proposal
	Before   Answer
	After    Value
	Clash    bool          // somebody has answered since the form was made, and says something else
	Confirms bool          // it says what was carried, and confirms it
	Holds    []string      // the fields whose text seems to hold a fødselsnummer
	Wrong    []fault.Field // why it can't be taken, "" as the name of what is wrong with the question
}

// weigh holds proposals against what stands. Those that change nothing are left out and counted. Carried answers are nobody's word yet, so
// nobody's word is lost where a form says something else.
func (a *Assessment) weigh(c *catalogue.Catalogue, all []Proposal) (changes []Proposed, same int) {
	seen := map[catalogue.QuestionKey]bool{}
	for _, p := range all {
		if p.Blank() {
			continue
		}
		ch := Proposed{Proposal: p, Before: a.Answer(p.Question)}
		if err := a.asks("assessment.weigh", c, p.Question); err != nil {
			f := err.(*fault.Error)
			ch.Wrong = append(ch.Wrong, fault.Field{Name: "question", Key: f.Key, Args: f.Args})
		} else if seen[p.Question] {
			ch.Wrong = append(ch.Wrong, fault.Field{Name: "question", Key: "error.form.twice", Args: []any{"question", p.Question}})
		}
		seen[p.Question] = true
		after, err := p.over(ch.Before.Value).checked(c.Scale)
		if err != nil {
			ch.Wrong = append(ch.Wrong, err.(*fault.Error).Fields...)
		}
		ch.After = after
		if len(ch.Wrong) == 0 {
			equal := after.says(ch.Before.Value) && ch.Before.Tag != ""
			if equal && !ch.Before.Carried {
				same++
				continue
			}
			ch.Confirms = equal
			ch.Clash = ch.Before.Tag != p.Base && !ch.Before.Carried
		}
		ch.Holds = holding(after.texts(ch.Before.Value)...)
		changes = append(changes, ch)
	}
	return changes, same
}

// Weighed is what a form would do.
type Weighed struct {
	Assessment Assessment // as it stands, shared as Service.Assessment's
	Changes    []Proposed
	Same       int // answers that say already what the form says
}

// Weigh tells what a form would change, and changes nothing. Faults: Forbidden, NotFound, Conflict (sealed, handed in, or the form is of something
// else).
func (s *Service) Weigh(ctx context.Context, actor org.Actor, r RoundID, m org.MunicipalityID, of FormOf, all []Proposal) (Weighed, error) {
	const op = "assessment.Weigh"
	if !org.MayAnswer(actor, m) {
		return Weighed{}, forbidden(op)
	}
	a, err := s.Assessment(ctx, actor, r, m)
	if err != nil {
		return Weighed{}, err
	}
	c, err := s.Catalogue(a.Catalogue)
	if err != nil {
		return Weighed{}, err
	}
	if err := of.fits(op, a, c); err != nil {
		return Weighed{}, err
	}
	if err := a.editable(op); err != nil {
		return Weighed{}, err
	}
	w := Weighed{Assessment: a}
	w.Changes, w.Same = a.weigh(c, all)
	return w, nil
}

// Form tells what a form of an assessment is made of.
func (s *Service) Form(a Assessment) (FormOf, error) {
	c, err := s.Catalogue(a.Catalogue)
	if err != nil {
		return FormOf{}, err
	}
	return FormOf{a.Round, a.Municipality, a.Catalogue, c.StructureHash}, nil
}

// fits refuses a form of another assessment, or of other questions.
func (f FormOf) fits(op string, a Assessment, c *catalogue.Catalogue) error {
	switch {
	case f.Municipality != a.Municipality:
		return fault.New(fault.Conflict, op, "error.form.municipality", "municipality", f.Municipality)
	case f.Round != a.Round:
		return fault.New(fault.Conflict, op, "error.form.round", "round", f.Round)
	case f.Catalogue != a.Catalogue || f.Structure != c.StructureHash:
		return fault.New(fault.Conflict, op, "error.form.catalogue", "version", f.Catalogue)
	}
	return nil
}

// SaveAll is several answers that are saved together, or not at all. Edit and Confirmed as in Save, of all of them.
type SaveAll struct {
	Round        RoundID
	Municipality org.MunicipalityID
	Answers      []Given
	Edit         string
	Confirmed    bool
}

// Given is one of them. Tag is of the answer that it builds on, "" for none.
type Given struct {
	Question catalogue.QuestionKey
	Value    Value
	Tag      string
}

// SaveAnswers saves them under the rules of SaveAnswer, in one write: whatever is wrong with one, or has another tag by now, leaves all as they
// are. What each takes the place of is kept first, for UndoForm. The history has an event for each.
func (s *Service) SaveAnswers(ctx context.Context, actor org.Actor, save SaveAll) (Assessment, error) {
	const op = "assessment.SaveAnswers"
	if !org.MayAnswer(actor, save.Municipality) {
		return Assessment{}, forbidden(op)
	}
	if err := checkEdit(op, save.Edit); err != nil {
		return Assessment{}, err
	}
	tags := make([]string, len(save.Answers))
	for i := range tags {
		tags[i] = newTag()
	}
	if save.Edit != "" { // without one it can't be named, and not undone
		displaced, err := s.displacedBy(ctx, op, actor, save, tags)
		if err == nil && len(displaced) > 0 {
			err = s.keepDisplaced(ctx, op, save.Round, save.Municipality, displaced)
		}
		if err != nil {
			return Assessment{}, err
		}
	}
	return s.update(ctx, op, save.Round, save.Municipality, func(a *Assessment) ([]store.Event, error) {
		return s.saveAllIn(op, a, actor, save, tags)
	})
}

// saveAllIn puts the answers into their assessment, each under its tag. store.ErrNoChange is a save that is there already.
func (s *Service) saveAllIn(op string, a *Assessment, actor org.Actor, save SaveAll, tags []string) ([]store.Event, error) {
	if len(save.Answers) == 0 {
		return nil, store.ErrNoChange
	}
	seen := map[catalogue.QuestionKey]bool{}
	var events []store.Event
	for i, g := range save.Answers {
		if seen[g.Question] {
			return nil, fault.New(fault.Invalid, op, "error.form.twice", "question", g.Question)
		}
		seen[g.Question] = true
		// One that was saved by this edit was saved with all the others.
		event, err := s.saveIn(op, a, actor, Save{Question: g.Question, Value: g.Value, First: g.Tag == "", Tag: g.Tag, Edit: save.Edit, Confirmed: save.Confirmed, becomes: tags[i]})
		if err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	return events, nil
}

// displacedBy is what a save will take the place of, under these tags: nothing when it is there already. What stands under a tag is always the same,
// so the save itself, which looks at the tags, finds the same or is refused. One that is refused now keeps nothing.
func (s *Service) displacedBy(ctx context.Context, op string, actor org.Actor, save SaveAll, tags []string) ([]DisplacedAnswer, error) {
	doc, err := s.assessments.GetShared(ctx, assessmentID(save.Round, save.Municipality))
	if errors.Is(err, store.ErrNotFound) || err == nil && doc.Value.untouched() { // an opening that was cut off may have left it
		if err := s.tookPart(ctx, op, save.Round, save.Municipality); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, org.Fault(op, "error.assessment.no-part", err)
	}
	a := doc.Value
	a.Answers = store.ListOf(a.Answers.Slice()...) // the document is shared
	if _, err := s.saveAllIn(op, &a, actor, save, tags); errors.Is(err, store.ErrNoChange) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var all []DisplacedAnswer
	for i, g := range save.Answers {
		all = append(all, DisplacedAnswer{Edit: save.Edit, By: tags[i], At: s.now().UTC(), HandIns: a.lastHandIn(), Was: doc.Value.Answer(g.Question)})
	}
	return all, nil
}

// Imported is what has become of the answers that a form saved.
type Imported struct {
	Fresh  []Answer // stand as the form put them, and can be put back as they were
	Late   []Answer // stand as the form put them, too long or handed in since
	Since  []Answer // somebody has changed since: they are not put back
	Undone []Answer // were put back
}

// Any tells whether the form has saved anything.
func (i Imported) Any() bool { return len(i.Fresh)+len(i.Late)+len(i.Since)+len(i.Undone) > 0 }

// undoOf is the edit id that an answer remembers when an edit was undone. The edit itself stays in its memory, so that it does not come again.
func undoOf(edit string) string { return "undo " + edit }

// imported sorts the answers that a form saved.
func (a *Assessment) imported(d Displaced, edit string, now time.Time) Imported {
	var all Imported
	fresh := d.of(a, edit, now)
	for _, answer := range a.Answers.All() {
		switch {
		case edit == "" || !slices.Contains(answer.Edits, edit):
		case slices.Contains(answer.Edits, undoOf(edit)):
			all.Undone = append(all.Undone, answer)
		case slices.ContainsFunc(fresh, func(x DisplacedAnswer) bool { return x.By == answer.Tag }):
			all.Fresh = append(all.Fresh, answer)
		case answer.Edits[len(answer.Edits)-1] == edit:
			all.Late = append(all.Late, answer)
		default:
			all.Since = append(all.Since, answer)
		}
	}
	return all
}

// Imported tells what has become of the answers that a form saved by an edit.
func (s *Service) Imported(ctx context.Context, actor org.Actor, a Assessment, edit string) (Imported, error) {
	const op = "assessment.Imported"
	if !org.MayReadAnswers(actor, a.Municipality) {
		return Imported{}, forbidden(op)
	}
	doc, err := s.displaced.Get(ctx, assessmentID(a.Round, a.Municipality))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Imported{}, org.Fault(op, "", err)
	}
	return a.imported(doc.Value, edit, s.now()), nil
}

// UndoForm puts the answers that an edit saved back as they were before: those that nobody has changed since. What was carried waits to be
// confirmed again; where there was no answer there is none. Again it changes nothing. Faults: Conflict (sealed, handed in), NotFound, Forbidden.
func (s *Service) UndoForm(ctx context.Context, actor org.Actor, r RoundID, m org.MunicipalityID, edit string) (Imported, error) {
	const op = "assessment.UndoForm"
	if !org.MayAnswer(actor, m) {
		return Imported{}, forbidden(op)
	}
	kept, err := s.displaced.Get(ctx, assessmentID(r, m))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Imported{}, org.Fault(op, "", err)
	}
	undone := false
	a, err := s.update(ctx, op, r, m, func(a *Assessment) ([]store.Event, error) {
		fresh := kept.Value.of(a, edit, s.now())
		if undone = len(fresh) > 0; !undone {
			return nil, store.ErrNoChange
		}
		if err := a.editable(op); err != nil {
			return nil, err
		}
		var events []store.Event
		for _, x := range fresh {
			back := x.Was
			if back.Tag == "" {
				back.By, back.At = actor.Person, s.now().UTC() // who took it back
			}
			back.Tag, back.Edits = newTag(), remember(remember(back.Edits, edit), undoOf(edit))
			a.put(back)
			events = append(events, s.answerSaved(a, actor, back))
		}
		return events, nil
	})
	if err != nil {
		return Imported{}, err
	}
	if undone {
		s.tidyDisplaced(ctx, a)
	}
	return a.imported(kept.Value, edit, s.now()), nil
}
