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
}

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

// SetAmbition saves an ambition. Ambitions for different tasks never conflict, though they are one document. Faults: Invalid beside the field,
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
	change := func(a *Ambitions) ([]store.Event, error) {
		old := a.Of(set.Task)
		if set.Edit != "" && slices.Contains(old.Edits, set.Edit) {
			return nil, store.ErrNoChange
		}
		if set.First != (old.Tag == "") || !set.First && set.Tag != old.Tag {
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.answer.stale", Detail: LostAmbition{set.Level, old}}
		}
		a.put(Ambition{Task: set.Task, Level: set.Level, By: actor.Person, At: s.now().UTC(), Tag: newTag(), Edits: remember(old.Edits, set.Edit)})
		level := int64(-1)
		if set.Level != nil {
			level = int64(*set.Level)
		}
		return []store.Event{s.event("ambition.set", actor, string(set.Municipality), store.Fact{Key: "task", Value: string(set.Task)}, store.Fact{Key: "level", Value: level})}, nil
	}
	for {
		doc, err := s.ambitions.Update(ctx, string(set.Municipality), change)
		if errors.Is(err, store.ErrNotFound) {
			first := Ambitions{}
			told, refused := change(&first)
			if refused != nil {
				return Ambition{}, refused
			}
			if doc, err = s.ambitions.Insert(ctx, string(set.Municipality), first, told...); errors.Is(err, store.ErrExists) {
				continue // a colleague was first to set any
			}
		}
		return doc.Value.Of(set.Task), org.Fault(op, "", err)
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
