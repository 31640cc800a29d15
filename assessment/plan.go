package assessment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// StepID names a step: "s-4f0c91d27ab35e60".
type StepID string

// StepStatus is how far a step has come.
type StepStatus string

// A step is planned, then under way, then done; or dropped, with the reason. Any may be changed back into any other.
const (
	StepPlanned  StepStatus = "planned"
	StepUnderWay StepStatus = "under-way"
	StepDone     StepStatus = "done"
	StepDropped  StepStatus = "dropped"
)

// StepStatuses lists them in order.
var StepStatuses = []StepStatus{StepPlanned, StepUnderWay, StepDone, StepDropped}

// Open tells whether something is still to be done.
func (s StepStatus) Open() bool { return s == StepPlanned || s == StepUnderWay }

// noDay is how the index holds that a step has none: after every day.
const noDay = "9999"

// MaxStep is the longest what, why, result and reason of a step, in characters. MaxSteps is how many steps a municipality may keep.
const (
	MaxStep  = 500
	MaxSteps = 1000
)

// StepsKept is how long a removed step can be brought back, and how long a changed one keeps what it was.
const StepsKept = 30 * 24 * time.Hour

// Step is something a municipality means to do about a task: one line of its improvement plan. It belongs to the municipality and the task,
// not to a round, so it stays from round to round. One document at its own id.
type Step struct {
	ID           StepID             `bson:"-"`
	Municipality org.MunicipalityID `bson:"municipality"`
	Task         catalogue.TaskKey  `bson:"task"`
	StepData     `bson:",inline"`
	MadeBy       org.PersonID `bson:"madeBy"`
	MadeAt       time.Time    `bson:"madeAt"`
	By           org.PersonID `bson:"by"` // who changed it last
	At           time.Time    `bson:"at"`
	Tag          string       `bson:"tag"`
	Edits        []string     `bson:"edits,omitempty"`
	Removed      time.Time    `bson:"removed,omitempty"` // zero while it stands
	Was          *FormerStep  `bson:"was,omitempty"`     // what UndoStep brings back; nil while nobody has changed it, and StepsKept after somebody did
}

// FormerStep is a step as it was before somebody changed it last.
type FormerStep struct {
	StepData `bson:",inline"`
	By       org.PersonID `bson:"by"` // who had left it so
	At       time.Time    `bson:"at"`
	Until    time.Time    `bson:"until"` // when it was changed
}

// StepData is what a person gives. Result and Reason stay when the status is changed back, so that nothing is lost by a wrong click; they are
// shown with the status they belong to.
type StepData struct {
	What   string       `bson:"what"`
	Why    string       `bson:"why,omitempty"`
	Owner  org.PersonID `bson:"owner,omitempty"` // a person of the municipality
	Role   TaskRole     `bson:"role,omitempty"`  // or a role, never both
	Due    Day          `bson:"due,omitempty"`
	Status StepStatus   `bson:"status"`
	Result string       `bson:"result,omitempty"` // what came of it
	Reason string       `bson:"reason,omitempty"` // why it was dropped
}

// Owned tells whether somebody, or a role, has taken it on.
func (d StepData) Owned() bool { return d.Owner != "" || d.Role != "" }

// Holds tells whether an edit with such an id changed it: one that changed nothing is not remembered.
func (s Step) Holds(edit string) bool { return edit != "" && slices.Contains(s.Edits, edit) }

// change makes a step what somebody says, and keeps what it was.
func (s *Step) change(to StepData, by org.PersonID, at time.Time, edit string) {
	s.Was = &FormerStep{s.StepData, s.By, s.At, at}
	s.StepData, s.By, s.At, s.Tag, s.Edits = to, by, at, newTag(), remember(s.Edits, edit)
}

// Overdue tells whether it should have been done by now.
func (s Step) Overdue(today Day) bool { return s.Status.Open() && s.Due != "" && s.Due < today }

// state is how far it has come, as the index holds it.
func (s *Step) state() string {
	if !s.Removed.IsZero() {
		return string(stepRemoved)
	}
	return string(s.Status)
}

// stepRemoved stands in for the status of a removed step where steps are listed.
const stepRemoved StepStatus = "removed"

func newSteps(db *store.DB) *store.Collection[Step] {
	return store.NewCollection(db, store.Spec[Step]{
		Name: "steps", Shape: 1,
		Fields: []store.Field[Step]{
			{Name: "municipality", Type: store.String, Value: func(_ string, s *Step) any { return string(s.Municipality) }},
			{Name: "task", Type: store.String, Value: func(_ string, s *Step) any { return string(s.Task) }},
			{Name: "state", Type: store.String, Value: func(_ string, s *Step) any { return s.state() }},
			{Name: "kept", Type: store.Bool, Value: func(_ string, s *Step) any { return s.Removed.IsZero() }},
			{Name: "open", Type: store.Bool, Value: func(_ string, s *Step) any { return s.Removed.IsZero() && s.Status.Open() }},
			{Name: "owner", Type: store.String, Value: func(_ string, s *Step) any { return string(s.Owner) }},
			{Name: "due", Type: store.String, Value: func(_ string, s *Step) any {
				if s.Due == "" {
					return noDay
				}
				return string(s.Due)
			}},
			{Name: "removed", Type: store.Time, Value: func(_ string, s *Step) any {
				if s.Removed.IsZero() {
					return never
				}
				return s.Removed
			}},
			{Name: "changed", Type: store.Time, Value: func(_ string, s *Step) any {
				if s.Was == nil {
					return never
				}
				return s.Was.Until
			}},
		},
		Indexes: []store.Index{
			{Name: "open", Fields: []string{"municipality", "open", "due"}},
			{Name: "kept", Fields: []string{"municipality", "kept", "due"}},
			{Name: "state", Fields: []string{"municipality", "state", "due"}},
			{Name: "task", Fields: []string{"municipality", "task", "kept", "due"}},
			{Name: "task_state", Fields: []string{"municipality", "task", "state", "due"}},
			{Name: "owner", Fields: []string{"owner", "open", "municipality", "due"}},
			{Name: "removed", Fields: []string{"removed"}},
			{Name: "changed", Fields: []string{"changed"}},
		},
	})
}

// never is later than anything an index is asked for.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func stepOf(doc store.Doc[Step]) Step {
	s := doc.Value
	s.ID = StepID(doc.ID)
	return s
}

// checked validates what a person gives.
func (d StepData) checked() (StepData, error) {
	f := &fault.Error{Code: fault.Invalid, Op: "assessment.Step", Key: "error.step"}
	wrong := func(field, key string, args ...any) {
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: key, Args: args})
	}
	if d.What = clean(f, "what", d.What, MaxStep); d.What == "" {
		wrong("what", "error.step.what")
	}
	d.Why, d.Result, d.Reason = clean(f, "why", d.Why, MaxStep), clean(f, "result", d.Result, MaxStep), clean(f, "reason", d.Reason, MaxStep)
	switch {
	case d.Owner != "" && d.Role != "":
		wrong("owner", "error.step.owner.both")
	case d.Role != "" && !slices.Contains(TaskRoles, d.Role):
		wrong("owner", "error.organisation.role")
	}
	if d.Due = Day(strings.TrimSpace(string(d.Due))); d.Due != "" && !d.Due.Valid() {
		wrong("due", "error.step.due")
	}
	if d.Status == "" {
		d.Status = StepPlanned
	}
	if !slices.Contains(StepStatuses, d.Status) {
		wrong("status", "error.step.status")
	}
	if d.Status == StepDropped && d.Reason == "" {
		wrong("reason", "error.step.reason")
	}
	if len(f.Fields) > 0 {
		return d, f
	}
	return d, nil
}

// checkOwner refuses an owner who is not of the municipality.
func (s *Service) checkOwner(ctx context.Context, op string, m org.MunicipalityID, id org.PersonID) error {
	p, err := s.people.Get(ctx, id)
	switch code := fault.CodeOf(err); {
	case code == fault.NotFound || code == fault.Malformed || code == fault.Invalid, err == nil && !org.MayWriteSteps(p.Actor(), m):
		return fault.Wrong(op, "owner", "error.step.owner")
	default:
		return err
	}
}

// AddStep is a new step. Edit is the sender's own id of the edit: sent again it is the same step. Confirmed as in Save.
type AddStep struct {
	Municipality org.MunicipalityID
	Task         catalogue.TaskKey
	Data         StepData
	Edit         string
	Confirmed    bool
}

// newStepID follows from who adds and her edit, so that an edit that is sent again finds what it made.
func newStepID(m org.MunicipalityID, by org.PersonID, edit string) StepID {
	return StepID("s-" + madeBy(m, by, edit))
}

// madeBy names what an edit made.
func madeBy(m org.MunicipalityID, by org.PersonID, edit string) string {
	sum := sha256.Sum256([]byte(strconv.Quote(string(m)) + strconv.Quote(string(by)) + strconv.Quote(edit)))
	return hex.EncodeToString(sum[:8])
}

// AddStep adds a step to a municipality's plan. Made tells whether it was not there yet. Faults: Invalid beside the field, NotFound (task),
// Conflict when the plan is full, Forbidden.
func (s *Service) AddStep(ctx context.Context, actor org.Actor, add AddStep) (step Step, made bool, err error) {
	const op = "assessment.AddStep"
	if !org.MayWriteSteps(actor, add.Municipality) {
		return Step{}, false, forbidden(op)
	}
	if s.CatalogueOf(add.Task) == nil {
		return Step{}, false, fault.New(fault.NotFound, op, "error.task.unknown", "task", add.Task)
	}
	if err := checkPrecondition(op, true, "", add.Edit); err != nil {
		return Step{}, false, err
	}
	data, err := add.Data.checked()
	if err != nil {
		return Step{}, false, err
	}
	if err := checkTexts(op, add.Confirmed, data.texts(StepData{})...); err != nil {
		return Step{}, false, err
	}
	if data.Owner != "" {
		if err := s.checkOwner(ctx, op, add.Municipality, data.Owner); err != nil {
			return Step{}, false, err
		}
	}
	n, err := s.steps.Count(ctx, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(add.Municipality)}}, Limit: MaxSteps})
	if err != nil {
		return Step{}, false, org.Fault(op, "", err)
	}
	if add.Edit == "" {
		add.Edit = newTag()
	}
	id := newStepID(add.Municipality, actor.Person, add.Edit)
	if n >= MaxSteps {
		if there, err := s.Step(ctx, actor, id); err == nil {
			return there, false, nil
		}
		return Step{}, false, fault.New(fault.Conflict, op, "error.step.many", "max", MaxSteps)
	}
	now := s.now().UTC()
	doc, err := s.steps.Insert(ctx, string(id), Step{
		Municipality: add.Municipality, Task: add.Task, StepData: data, MadeBy: actor.Person, MadeAt: now, By: actor.Person, At: now, Tag: newTag(),
	}, s.toldOfStep("step.added", actor, add.Municipality, add.Task, data.Status))
	if errors.Is(err, store.ErrExists) {
		there, err := s.Step(ctx, actor, id)
		return there, false, err
	}
	return stepOf(doc), err == nil, org.Fault(op, "", err)
}

// texts are the free texts, beside what stood before.
func (d StepData) texts(before StepData) []freeText {
	return []freeText{{"what", before.What, d.What}, {"why", before.Why, d.Why}, {"result", before.Result, d.Result}, {"reason", before.Reason, d.Reason}}
}

// toldOfStep is the event of a change: ids and the status, never what was written.
func (s *Service) toldOfStep(kind string, actor org.Actor, m org.MunicipalityID, t catalogue.TaskKey, status StepStatus) store.Event {
	return s.event(kind, actor, string(m), store.Fact{Key: "task", Value: string(t)}, store.Fact{Key: "status", Value: string(status)})
}

// SaveStep is one edit of a step. Tag says what it builds on, Edit and Confirmed as in Save.
type SaveStep struct {
	ID        StepID
	Data      StepData
	Tag       string
	Edit      string
	Confirmed bool
}

// LostStep is the Detail of a fault.Stale.
type LostStep struct {
	Yours  StepData
	Theirs Step
}

// SaveStep changes a step, which keeps what it was (UndoStep). What it says already is no change, whoever said it. Faults: Invalid beside the
// field, NotFound (also of another municipality's), Conflict when it was removed, TagRequired, Stale with LostStep.
func (s *Service) SaveStep(ctx context.Context, actor org.Actor, save SaveStep) (Step, error) {
	const op = "assessment.SaveStep"
	before, err := s.Step(ctx, actor, save.ID)
	if err != nil {
		return Step{}, err
	}
	if err := checkPrecondition(op, false, save.Tag, save.Edit); err != nil {
		return Step{}, err
	}
	data, err := save.Data.checked()
	if err != nil {
		return Step{}, err
	}
	if data.Owner != "" && data.Owner != before.Owner { // who has left meanwhile may stay the owner until it is handed over
		if err := s.checkOwner(ctx, op, before.Municipality, data.Owner); err != nil {
			return Step{}, err
		}
	}
	return s.changeStep(ctx, op, actor, save.ID, func(step *Step) ([]store.Event, error) {
		if step.Holds(save.Edit) {
			return nil, store.ErrNoChange
		}
		if !step.Removed.IsZero() {
			return nil, fault.New(fault.Conflict, op, "error.step.removed")
		}
		if step.StepData == data {
			return nil, store.ErrNoChange
		}
		if step.Tag != save.Tag {
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.answer.stale", Detail: LostStep{data, *step}}
		}
		if err := checkTexts(op, save.Confirmed, data.texts(step.StepData)...); err != nil {
			return nil, err
		}
		step.change(data, actor.Person, s.now().UTC(), save.Edit)
		return []store.Event{s.toldOfStep("step.saved", actor, step.Municipality, step.Task, data.Status)}, nil
	})
}

// UndoStep takes back the last change of a step. Tag says which change that is: the one that gave the step this tag. Edit as in SaveStep.
type UndoStep struct {
	ID   StepID
	Tag  string
	Edit string
}

// UndoStep makes a step what it was before it was changed last. That is a change like any other: undone again the step is what it was changed to,
// so that a wrong click loses nothing here either. Faults: NotFound (also of another municipality's), Conflict when it was removed, when there is
// nothing to undo any more, and when it would be somebody's again who has no role here now; TagRequired; Stale when somebody has changed it since,
// with LostStep, whose Yours is what it was before that.
func (s *Service) UndoStep(ctx context.Context, actor org.Actor, undo UndoStep) (Step, error) {
	const op = "assessment.UndoStep"
	before, err := s.Step(ctx, actor, undo.ID)
	if err != nil {
		return Step{}, err
	}
	if err := checkPrecondition(op, false, undo.Tag, undo.Edit); err != nil {
		return Step{}, err
	}
	if was := before.Was; before.Tag == undo.Tag && was != nil && was.Owner != "" && was.Owner != before.Owner {
		switch err := s.checkOwner(ctx, op, before.Municipality, was.Owner); fault.CodeOf(err) {
		case "":
		case fault.Invalid:
			return Step{}, fault.New(fault.Conflict, op, "error.step.undo.owner")
		default:
			return Step{}, err
		}
	}
	return s.changeStep(ctx, op, actor, undo.ID, func(step *Step) ([]store.Event, error) {
		if step.Holds(undo.Edit) {
			return nil, store.ErrNoChange
		}
		if !step.Removed.IsZero() {
			return nil, fault.New(fault.Conflict, op, "error.step.removed")
		}
		if step.Was == nil {
			return nil, fault.New(fault.Conflict, op, "error.step.undo.nothing")
		}
		if step.Tag != undo.Tag {
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.step.undo.stale", Detail: LostStep{step.Was.StepData, *step}}
		}
		step.change(step.Was.StepData, actor.Person, s.now().UTC(), undo.Edit)
		return []store.Event{s.toldOfStep("step.undone", actor, step.Municipality, step.Task, step.Status)}, nil
	})
}

// RemoveStep takes a step out of the plan. For StepsKept it can be brought back. Faults as SaveStep.
func (s *Service) RemoveStep(ctx context.Context, actor org.Actor, id StepID, tag string) (Step, error) {
	const op = "assessment.RemoveStep"
	if tag == "" {
		return Step{}, fault.New(fault.TagRequired, op, "error.tag.required")
	}
	return s.changeStep(ctx, op, actor, id, func(step *Step) ([]store.Event, error) {
		if !step.Removed.IsZero() {
			return nil, store.ErrNoChange
		}
		if step.Tag != tag {
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.answer.stale", Detail: LostStep{step.StepData, *step}}
		}
		now := s.now().UTC()
		step.Removed, step.By, step.At, step.Tag = now, actor.Person, now, newTag()
		return []store.Event{s.toldOfStep("step.removed", actor, step.Municipality, step.Task, step.Status)}, nil
	})
}

// RestoreStep brings a removed step back as it was.
func (s *Service) RestoreStep(ctx context.Context, actor org.Actor, id StepID) (Step, error) {
	return s.changeStep(ctx, "assessment.RestoreStep", actor, id, func(step *Step) ([]store.Event, error) {
		if step.Removed.IsZero() {
			return nil, store.ErrNoChange
		}
		step.Removed, step.By, step.At, step.Tag = time.Time{}, actor.Person, s.now().UTC(), newTag()
		return []store.Event{s.toldOfStep("step.restored", actor, step.Municipality, step.Task, step.Status)}, nil
	})
}

// changeStep changes a step for one who may. Of another municipality's it says nothing, not even that it is there.
func (s *Service) changeStep(ctx context.Context, op string, actor org.Actor, id StepID, change func(*Step) ([]store.Event, error)) (Step, error) {
	doc, err := s.steps.Update(ctx, string(id), func(step *Step) ([]store.Event, error) {
		step.ID = id
		if !org.MayWriteSteps(actor, step.Municipality) {
			return nil, unknownStep(op)
		}
		return change(step)
	})
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) {
		return Step{}, unknownStep(op)
	}
	return stepOf(doc), org.Fault(op, "", err)
}

func unknownStep(op string) error { return fault.New(fault.NotFound, op, "error.step.unknown") }

// Step reads a step, removed or not; NotFound for everyone who may not read it.
func (s *Service) Step(ctx context.Context, actor org.Actor, id StepID) (Step, error) {
	const op = "assessment.Step"
	doc, err := s.steps.Get(ctx, string(id))
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrInvalid) || err == nil && !org.MayReadPlan(actor, doc.Value.Municipality) {
		return Step{}, unknownStep(op)
	}
	return stepOf(doc), org.Fault(op, "", err)
}

// StepsOf reads steps of a municipality's plan by their ids, at most store.MaxMembers. What was removed or is another's is left out.
func (s *Service) StepsOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, ids []StepID) ([]Step, error) {
	const op = "assessment.StepsOf"
	if !org.MayReadPlan(actor, m) {
		return nil, forbidden(op)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var wanted []string
	for _, id := range ids {
		wanted = append(wanted, string(id))
	}
	docs, err := s.steps.GetMany(ctx, wanted)
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	var all []Step
	for _, d := range docs {
		if step := stepOf(d); step.Municipality == m && step.Removed.IsZero() {
			all = append(all, step)
		}
	}
	return all, nil
}

// StepFilter chooses among a municipality's steps. Empty is all that stand; Removed is what can be brought back.
type StepFilter struct {
	Task    catalogue.TaskKey
	Status  StepStatus
	Open    bool // those not done or dropped; not with Task or Status
	Removed bool // not with Status or Open
}

// Steps lists a municipality's steps by the day they are due, those without a day last, at most limit of them, and a cursor for what follows.
func (s *Service) Steps(ctx context.Context, actor org.Actor, m org.MunicipalityID, f StepFilter, limit int, after store.Cursor) ([]Step, store.Cursor, error) {
	const op = "assessment.Steps"
	if !org.MayReadPlan(actor, m) {
		return nil, "", forbidden(op)
	}
	equal := []store.Term{{Field: "municipality", Value: string(m)}}
	if f.Task != "" {
		equal = append(equal, store.Term{Field: "task", Value: string(f.Task)})
	}
	switch {
	case f.Removed:
		equal = append(equal, store.Term{Field: "state", Value: string(stepRemoved)})
	case f.Status != "":
		equal = append(equal, store.Term{Field: "state", Value: string(f.Status)})
	case f.Open:
		equal = append(equal, store.Term{Field: "open", Value: true})
	default:
		equal = append(equal, store.Term{Field: "kept", Value: true})
	}
	return s.findSteps(ctx, op, store.Query{Equal: equal, Order: []string{"due"}, Limit: limit, After: after})
}

// OwnSteps lists the open steps that the actor owns in a municipality, as Steps does.
func (s *Service) OwnSteps(ctx context.Context, actor org.Actor, m org.MunicipalityID, limit int) ([]Step, error) {
	const op = "assessment.OwnSteps"
	if !org.MayReadPlan(actor, m) || actor.Person == "" {
		return nil, forbidden(op)
	}
	all, _, err := s.findSteps(ctx, op, store.Query{Equal: []store.Term{
		{Field: "owner", Value: string(actor.Person)}, {Field: "open", Value: true}, {Field: "municipality", Value: string(m)}}, Order: []string{"due"}, Limit: limit})
	return all, err
}

func (s *Service) findSteps(ctx context.Context, op string, q store.Query) ([]Step, store.Cursor, error) {
	page, err := s.steps.Find(ctx, q)
	if err != nil {
		return nil, "", org.Fault(op, "", err)
	}
	all := make([]Step, 0, len(page.Docs))
	for _, d := range page.Docs {
		all = append(all, stepOf(d))
	}
	return all, page.Next, nil
}

// EachStepOf gives each of a municipality's steps to see, removed ones too.
func (s *Service) EachStepOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, see func(Step) error) error {
	const op = "assessment.EachStepOf"
	if !org.MayReadPlan(actor, m) {
		return forbidden(op)
	}
	return each(ctx, s.steps, op, in(m), func(d store.Doc[Step]) error { return see(stepOf(d)) })
}

// OwnedSteps counts the steps that name the actor as their owner, wherever, done and removed ones too; store.MaxLimit stands for that and more.
func (s *Service) OwnedSteps(ctx context.Context, actor org.Actor) (int, error) {
	if actor.Person == "" {
		return 0, nil
	}
	n, err := s.steps.Count(ctx, store.Query{Equal: []store.Term{{Field: "owner", Value: string(actor.Person)}}, Limit: store.MaxLimit})
	return n, org.Fault("assessment.OwnedSteps", "", err)
}

// Owned are the steps and the tasks as what is handed over when somebody leaves.
func (s *Service) Owned() []org.Owned {
	return []org.Owned{{Kind: org.OwnSteps, Any: s.OwnsSteps, HandOver: s.HandOverSteps}, {Kind: org.OwnTasks, Any: s.HasTasks, HandOver: s.HandOverTasks}}
}

// OwnsSteps tells whether a person has open steps, in some municipalities, that can be handed over.
func (s *Service) OwnsSteps(ctx context.Context, id org.PersonID, in []org.MunicipalityID) (bool, error) {
	n, err := s.steps.Count(ctx, store.Query{Equal: []store.Term{{Field: "owner", Value: string(id)}, {Field: "open", Value: true}}, In: org.Among(in), Limit: 1})
	return n > 0, org.Fault("assessment.OwnsSteps", "", err)
}

// HandOverSteps makes a person's open steps another's, where the actor may manage the one and the other works, and tells how many. What they
// say is nothing of the actor's.
func (s *Service) HandOverSteps(ctx context.Context, actor org.Actor, from, to org.Person) (int, error) {
	const op = "assessment.HandOverSteps"
	if from.ID == to.ID || from.ID == "" {
		return 0, nil
	}
	q, n := store.Query{Equal: []store.Term{{Field: "owner", Value: string(from.ID)}, {Field: "open", Value: true}}, Limit: store.MaxMembers}, 0
	for {
		all, next, err := s.findSteps(ctx, op, q)
		if err != nil {
			return n, err
		}
		for _, step := range all {
			if !org.MayHandOver(actor, from, to, step.Municipality) {
				continue
			}
			_, err := s.steps.Update(ctx, string(step.ID), func(step *Step) ([]store.Event, error) {
				if step.Owner != from.ID {
					return nil, store.ErrNoChange
				}
				step.Owner, step.By, step.At, step.Tag = to.ID, actor.Person, s.now().UTC(), newTag()
				if was := step.Was; was != nil { // no undoing of what was before takes it from her again
					was.Owner, was.Role = to.ID, ""
				}
				return []store.Event{s.event("step.handed-over", actor, string(step.Municipality), store.Fact{Key: "to", Value: string(to.ID)})}, nil
			})
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return n, org.Fault(op, "", err)
			}
			n++
		}
		if q.After = next; next == "" {
			return n, nil
		}
	}
}

// SweepSteps deletes up to limit steps that were removed before a moment, and tells how many. What it deletes is found by an index that it then
// leaves.
func (s *Service) SweepSteps(ctx context.Context, before time.Time, limit int) (int, error) {
	const op = "assessment.SweepSteps"
	return sweepRemoved(ctx, s.steps, op, before, limit, func(d store.Doc[Step]) error { return remove(ctx, s, s.steps, op, d) })
}

// ForgetFormerSteps makes up to limit steps forget what they were before a change of before a moment, and tells how many. They are found by an
// index that they then leave. Nothing else about them changes, neither who changed them last nor their tag.
func (s *Service) ForgetFormerSteps(ctx context.Context, before time.Time, limit int) (int, error) {
	const op = "assessment.ForgetFormerSteps"
	page, err := s.steps.Find(ctx, store.Query{Range: &store.Range{Field: "changed", To: before.UTC()}, Limit: limit})
	if err != nil {
		return 0, org.Fault(op, "", err)
	}
	n := 0
	for _, d := range page.Docs {
		_, err := s.steps.Update(ctx, d.ID, func(step *Step) ([]store.Event, error) {
			if step.Was == nil || !step.Was.Until.Before(before) { // changed again at this moment
				return nil, store.ErrNoChange
			}
			step.Was = nil
			return nil, nil
		})
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return n, org.Fault(op, "", err)
		}
		n++
	}
	return n, nil
}

// deletePlan deletes a municipality's steps and ambitions.
func (s *Service) deletePlan(ctx context.Context, op string, m org.MunicipalityID) error {
	if err := deleteAll(ctx, s, s.steps, op, m); err != nil {
		return err
	}
	doc, err := s.ambitions.Get(ctx, string(m))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return org.Fault(op, "", err)
	}
	return remove(ctx, s, s.ambitions, op, doc)
}
