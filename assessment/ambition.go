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

// Ambition is the level a municipality has set itself for a task, in the questionnaire's scale. It may well be lower than what a text suggests:
// 3 can be right for a municipality of 1,300.
type Ambition struct {
	Task  catalogue.TaskKey `bson:"task"`
	Level *int              `bson:"level,omitempty"` // nil where none was ever set, or it was taken away
	By    org.PersonID      `bson:"by"`
	At    time.Time         `bson:"at"`
	Tag   string            `bson:"tag"`
	Edits []string          `bson:"edits,omitempty"`
	Was   *FormerAmbition   `bson:"was,omitempty"` // what UndoAmbition brings back
}

// FormerAmbition is an ambition as it was before somebody changed it last.
type FormerAmbition struct {
	Level *int         `bson:"level,omitempty"`
	By    org.PersonID `bson:"by,omitempty"` // who had left it so; nobody before the first was set
	At    time.Time    `bson:"at,omitempty"`
}

// Holds tells whether an edit with such an id changed it: one that changed nothing is not remembered.
func (a Ambition) Holds(edit string) bool { return edit != "" && slices.Contains(a.Edits, edit) }

// changed is the ambition with another level, which keeps what it was.
func (a Ambition) changed(to *int, by org.PersonID, at time.Time, edit string) Ambition {
	return Ambition{Task: a.Task, Level: to, By: by, At: at, Tag: newTag(), Edits: remember(a.Edits, edit), Was: &FormerAmbition{a.Level, a.By, a.At}}
}

// sameLevel tells whether two levels are one, or both none.
func sameLevel(a, b *int) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// Ambitions are a municipality's, one document at its id. It has at most one for each task of the questionnaires.
type Ambitions struct {
	Municipality org.MunicipalityID `bson:"-"`
	Tasks        []Ambition         `bson:"tasks"`
}

// Of finds the ambition for a task; its Tag is empty while nobody has set any.
func (a Ambitions) Of(t catalogue.TaskKey) Ambition {
	for _, ambition := range a.Tasks {
		if ambition.Task == t {
			return ambition
		}
	}
	return Ambition{Task: t}
}

func newAmbitions(db *store.DB) *store.Collection[Ambitions] {
	return store.NewCollection(db, store.Spec[Ambitions]{Name: "ambitions", Shape: 1})
}

// Ambitions reads what a municipality has set itself.
func (s *Service) Ambitions(ctx context.Context, actor org.Actor, m org.MunicipalityID) (Ambitions, error) {
	const op = "assessment.Ambitions"
	if !org.MayReadPlan(actor, m) {
		return Ambitions{}, forbidden(op)
	}
	doc, err := s.ambitions.Get(ctx, string(m))
	if errors.Is(err, store.ErrNotFound) {
		return Ambitions{Municipality: m}, nil
	}
	doc.Value.Municipality = m
	return doc.Value, org.Fault(op, "", err)
}

// SetAmbition sets a municipality's ambition for a task, or takes it away with a nil Level. First, Tag and Edit as in Save.
type SetAmbition struct {
	Municipality org.MunicipalityID
	Task         catalogue.TaskKey
	Level        *int
	First        bool
	Tag          string
	Edit         string
}

// LostAmbition is the Detail of a fault.Stale.
type LostAmbition struct {
	Yours  *int
	Theirs Ambition
}

// SetAmbition saves an ambition, which keeps what it was (UndoAmbition). The level that it has already is no change, whoever set it; then an Ambition
// that nobody has set has no Tag. Ambitions for different tasks never conflict, though they are one document. Faults: Invalid beside the field,
// NotFound (task), TagRequired, Stale with LostAmbition, Forbidden.
func (s *Service) SetAmbition(ctx context.Context, actor org.Actor, set SetAmbition) (Ambition, error) {
	const op = "assessment.SetAmbition"
	if !org.MaySetAmbition(actor, set.Municipality) {
		return Ambition{}, forbidden(op)
	}
	if err := checkPrecondition(op, set.First, set.Tag, set.Edit); err != nil {
		return Ambition{}, err
	}
	c := s.CatalogueOf(set.Task)
	if c == nil {
		return Ambition{}, fault.New(fault.NotFound, op, "error.task.unknown", "task", set.Task)
	}
	if set.Level != nil && (*set.Level < c.Scale.Min || *set.Level > c.Scale.Max) {
		return Ambition{}, fault.Wrong(op, "level", "error.answer.level", "min", c.Scale.Min, "max", c.Scale.Max, "level", *set.Level)
	}
	return s.changeAmbition(ctx, op, set.Municipality, set.Task, func(old Ambition) (Ambition, store.Event, error) {
		switch stale := &(fault.Error{Code: fault.Stale, Op: op, Key: "error.answer.stale", Detail: LostAmbition{set.Level, old}}); {
		case old.Holds(set.Edit):
			return old, store.Event{}, store.ErrNoChange
		case sameLevel(old.Level, set.Level) && (old.Tag != "" || set.First):
			return old, store.Event{}, store.ErrNoChange
		case set.First != (old.Tag == ""), !set.First && set.Tag != old.Tag:
			return old, store.Event{}, stale
		}
		return old.changed(set.Level, actor.Person, s.now().UTC(), set.Edit), s.toldOfAmbition("ambition.set", actor, set.Municipality, set.Task, set.Level), nil
	})
}

// UndoAmbition takes back the last change of an ambition. Tag says which change that is: the one that gave it this tag. Edit as in Save.
type UndoAmbition struct {
	Municipality org.MunicipalityID
	Task         catalogue.TaskKey
	Tag          string
	Edit         string
}

// UndoAmbition makes an ambition what it was before it was changed last: another level, or none. Undone again it is what it was changed to. Faults:
// NotFound (task), Conflict when there is nothing to undo, TagRequired, Forbidden; Stale when somebody has changed it since, with LostAmbition,
// whose Yours is what it was before that.
func (s *Service) UndoAmbition(ctx context.Context, actor org.Actor, undo UndoAmbition) (Ambition, error) {
	const op = "assessment.UndoAmbition"
	if !org.MaySetAmbition(actor, undo.Municipality) {
		return Ambition{}, forbidden(op)
	}
	if err := checkPrecondition(op, false, undo.Tag, undo.Edit); err != nil {
		return Ambition{}, err
	}
	if s.CatalogueOf(undo.Task) == nil {
		return Ambition{}, fault.New(fault.NotFound, op, "error.task.unknown", "task", undo.Task)
	}
	return s.changeAmbition(ctx, op, undo.Municipality, undo.Task, func(old Ambition) (Ambition, store.Event, error) {
		switch {
		case old.Holds(undo.Edit):
			return old, store.Event{}, store.ErrNoChange
		case old.Was == nil:
			return old, store.Event{}, fault.New(fault.Conflict, op, "error.ambition.undo.nothing")
		case old.Tag != undo.Tag:
			return old, store.Event{}, &fault.Error{Code: fault.Stale, Op: op, Key: "error.ambition.undo.stale", Detail: LostAmbition{old.Was.Level, old}}
		}
		return old.changed(old.Was.Level, actor.Person, s.now().UTC(), undo.Edit), s.toldOfAmbition("ambition.undone", actor, undo.Municipality, undo.Task, old.Was.Level), nil
	})
}

// toldOfAmbition is the event of a change; -1 is no level.
func (s *Service) toldOfAmbition(kind string, actor org.Actor, m org.MunicipalityID, t catalogue.TaskKey, level *int) store.Event {
	n := int64(-1)
	if level != nil {
		n = int64(*level)
	}
	return s.event(kind, actor, string(m), store.Fact{Key: "task", Value: string(t)}, store.Fact{Key: "level", Value: n})
}

// changeAmbition changes one of a municipality's ambitions, and makes the document with the first.
func (s *Service) changeAmbition(ctx context.Context, op string, m org.MunicipalityID, t catalogue.TaskKey, change func(Ambition) (Ambition, store.Event, error)) (Ambition, error) {
	update := func(a *Ambitions) ([]store.Event, error) {
		next, told, err := change(a.Of(t))
		if err != nil {
			return nil, err
		}
		a.put(next)
		return []store.Event{told}, nil
	}
	for {
		doc, err := s.ambitions.Update(ctx, string(m), update)
		if errors.Is(err, store.ErrNotFound) {
			first := Ambitions{}
			told, refused := update(&first)
			if errors.Is(refused, store.ErrNoChange) { // none, where there was none
				return Ambition{Task: t}, nil
			}
			if refused != nil {
				return Ambition{}, refused
			}
			if doc, err = s.ambitions.Insert(ctx, string(m), first, told...); errors.Is(err, store.ErrExists) {
				continue // a colleague was first to set any
			}
		}
		return doc.Value.Of(t), org.Fault(op, "", err)
	}
}

func (a *Ambitions) put(ambition Ambition) {
	a.Tasks = slices.Clone(a.Tasks)
	for i, x := range a.Tasks {
		if x.Task == ambition.Task {
			a.Tasks[i] = ambition
			return
		}
	}
	a.Tasks = append(a.Tasks, ambition)
}

// CatalogueOf is the newest version of a questionnaire that has a task; nil when none has. A draft's tasks are nobody's yet.
func (s *Service) CatalogueOf(t catalogue.TaskKey) *catalogue.Catalogue {
	return s.newestCatalogue(func(c *catalogue.Catalogue) bool { return s.MayPlanOn(c) && c.Task(t) != nil })
}

// newestCatalogue is the newest version of a questionnaire among some; nil when there is none.
func (s *Service) newestCatalogue(among func(*catalogue.Catalogue) bool) *catalogue.Catalogue {
	var newest *catalogue.Catalogue
	for _, c := range s.catalogues {
		if among(c) && (newest == nil || c.ID < newest.ID || c.ID == newest.ID && c.Version > newest.Version) {
			newest = c
		}
	}
	return newest
}
