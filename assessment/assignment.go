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

// ChangeID names one giving of tasks, so that it can be undone: "c-4f0c91d27ab35e60".
type ChangeID string

// MaxAssigned is how many people may have one task.
const MaxAssigned = 10

// AssignmentData is what a coordinator gives. Without people nobody has the task.
type AssignmentData struct {
	People   []org.PersonID `bson:"people,omitempty"`   // who answer it
	Finisher org.PersonID   `bson:"finisher,omitempty"` // the one of them who is to finish it
	Due      Day            `bson:"due,omitempty"`
}

// Given tells whether anybody has the task.
func (d AssignmentData) Given() bool { return len(d.People) > 0 }

// Has tells whether somebody has the task.
func (d AssignmentData) Has(id org.PersonID) bool { return id != "" && slices.Contains(d.People, id) }

// Assignment is who has a task of a round in a municipality, and until when. Done is when whoever is to finish it said that she had, zero while
// she has not: her word, and no seal, since answers may be saved after it as before.
type Assignment struct {
	Task           catalogue.TaskKey `bson:"task"`
	AssignmentData `bson:",inline"`
	Done           time.Time    `bson:"done,omitempty"`
	By             org.PersonID `bson:"by"` // who changed it last
	At             time.Time    `bson:"at"`
	Tag            string       `bson:"tag"`
	Change         ChangeID     `bson:"change,omitempty"` // the giving it stands as it does by
	Was            *Replaced    `bson:"was,omitempty"`    // what stood before that giving, until it is undone
}

// Replaced is what an assignment was.
type Replaced struct {
	AssignmentData `bson:",inline"`
	Done           time.Time `bson:"done,omitempty"`
}

// Overdue tells whether it should have been finished by now.
func (a Assignment) Overdue(today Day) bool {
	return a.Given() && a.Done.IsZero() && a.Due != "" && a.Due < today
}

// Assignments are who has which task of one round in one municipality, one document at id round/municipality: it has at most one for each task,
// so a person's own are found by the same read as everybody's.
type Assignments struct {
	Round        RoundID            `bson:"round"`
	Municipality org.MunicipalityID `bson:"municipality"`
	OpenedAt     time.Time          `bson:"openedAt"` // of the round's assessment: by which the round before is found
	Tasks        []Assignment       `bson:"tasks"`
	Changes      []ChangeID         `bson:"changes,omitempty"` // the latest givings, newest last: a repeated one is the same
}

// Of finds who has a task; its Tag is empty while it was never given to anybody.
func (a Assignments) Of(t catalogue.TaskKey) Assignment {
	for _, assignment := range a.Tasks {
		if assignment.Task == t {
			return assignment
		}
	}
	return Assignment{Task: t}
}

// Own lists what somebody has, in the order in which it was given first.
func (a Assignments) Own(id org.PersonID) []Assignment {
	var own []Assignment
	for _, assignment := range a.Tasks {
		if assignment.Has(id) {
			own = append(own, assignment)
		}
	}
	return own
}

// By lists what came of one giving, as far as it still stands so.
func (a Assignments) By(change ChangeID) []Assignment {
	var all []Assignment
	for _, assignment := range a.Tasks {
		if change != "" && assignment.Change == change && assignment.Was != nil {
			all = append(all, assignment)
		}
	}
	return all
}

func (a *Assignments) put(assignment Assignment) {
	a.Tasks = slices.Clone(a.Tasks)
	for i, x := range a.Tasks {
		if x.Task == assignment.Task {
			a.Tasks[i] = assignment
			return
		}
	}
	a.Tasks = append(a.Tasks, assignment)
}

func newAssignments(db *store.DB) *store.Collection[Assignments] {
	return store.NewCollection(db, store.Spec[Assignments]{
		Name: "assignments", Shape: 1,
		Fields: []store.Field[Assignments]{
			{Name: "municipality", Type: store.String, Value: func(_ string, a *Assignments) any { return string(a.Municipality) }},
			{Name: "opened", Type: store.Time, Value: func(_ string, a *Assignments) any { return a.OpenedAt }},
		},
		Indexes: []store.Index{{Name: "municipality", Fields: []string{"municipality", "opened"}}},
	})
}

// checked validates what a coordinator gives, beside what stands.
func (d AssignmentData) checked(op string, old Assignment, today, last Day) (AssignmentData, error) {
	f := &fault.Error{Code: fault.Invalid, Op: op, Key: "error.assignment"}
	wrong := func(field, key string, args ...any) {
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: key, Args: args})
	}
	var people []org.PersonID
	for _, id := range d.People {
		if !slices.Contains(people, id) {
			people = append(people, id)
		}
	}
	if d.People = people; len(people) == 1 && d.Finisher == "" {
		d.Finisher = people[0]
	}
	switch {
	case len(people) > MaxAssigned:
		wrong("people", "error.assignment.many", "max", MaxAssigned, "n", len(people))
	case d.Given() && d.Finisher == "":
		wrong("finisher", "error.assignment.finisher.none")
	case d.Finisher != "" && !d.Has(d.Finisher):
		wrong("finisher", "error.assignment.finisher")
	}
	d.Due = Day(strings.TrimSpace(string(d.Due)))
	switch {
	case !d.Given():
		d.Due = ""
	case d.Due == "" || d.Due == old.Due:
	case d.Due.Time().IsZero() || d.Due < firstDay || d.Due > lastDay:
		wrong("due", "error.step.due")
	case d.Due < today:
		wrong("due", "error.assignment.due.past")
	case last != "" && d.Due > last:
		wrong("due", "error.assignment.due.late")
	}
	if len(f.Fields) > 0 {
		return d, f
	}
	return d, nil
}

// Assignments reads who has which task.
func (s *Service) Assignments(ctx context.Context, actor org.Actor, r RoundID, m org.MunicipalityID) (Assignments, error) {
	const op = "assessment.Assignments"
	if !org.MayReadAssignments(actor, m) {
		return Assignments{}, forbidden(op)
	}
	return s.assignmentsIn(ctx, op, r, m)
}

func (s *Service) assignmentsIn(ctx context.Context, op string, r RoundID, m org.MunicipalityID) (Assignments, error) {
	doc, err := s.assignments.Get(ctx, assessmentID(r, m))
	if errors.Is(err, store.ErrNotFound) {
		return Assignments{Round: r, Municipality: m}, nil
	}
	return doc.Value, org.Fault(op, "", err)
}

// Give gives tasks of a round to people, in one write: all of them or none. Edit is the sender's own id of the edit: sent again it is the same
// giving.
type Give struct {
	Round        RoundID
	Municipality org.MunicipalityID
	Tasks        []GiveTask
	Edit         string
}

// GiveTask is one task of a Give. First and Tag say what it builds on, as in Save; First on a task that was never given to anybody.
type GiveTask struct {
	Task  catalogue.TaskKey
	Data  AssignmentData
	First bool
	Tag   string
}

// LostAssignments is the Detail of a fault.Stale: those of the tasks that somebody else has given meanwhile.
type LostAssignments []LostAssignment

// LostAssignment is one of them.
type LostAssignment struct {
	Yours  AssignmentData
	Theirs Assignment
}

// newChangeID follows from who gives and her edit.
func newChangeID(by org.PersonID, edit string) ChangeID {
	sum := sha256.Sum256([]byte(strconv.Quote(string(by)) + strconv.Quote(edit)))
	return ChangeID("c-" + hex.EncodeToString(sum[:8]))
}

// Give gives tasks, and tells under which name it can be undone. Different tasks never conflict, though they are one document. Who finished a
// task stays so while she is the one to finish it. Faults: Invalid beside the field, NotFound (round, municipality, task), Conflict (sealed,
// handed in), TagRequired, Stale with LostAssignments, Forbidden.
func (s *Service) Give(ctx context.Context, actor org.Actor, give Give) (Assignments, ChangeID, error) {
	const op = "assessment.Give"
	if !org.MayGiveTasks(actor, give.Municipality) {
		return Assignments{}, "", forbidden(op)
	}
	var tasks []catalogue.TaskKey
	for _, t := range give.Tasks {
		if err := checkPrecondition(op, t.First, t.Tag, give.Edit); err != nil {
			return Assignments{}, "", err
		}
		if slices.Contains(tasks, t.Task) {
			return Assignments{}, "", fault.Wrong(op, "tasks", "error.assignment.twice", "task", t.Task)
		}
		tasks = append(tasks, t.Task)
	}
	if len(tasks) == 0 {
		return Assignments{}, "", fault.Wrong(op, "tasks", "error.assignment.tasks")
	}
	if give.Edit == "" {
		give.Edit = newTag()
	}
	change := newChangeID(actor.Person, give.Edit)
	stands, err := s.assignmentsIn(ctx, op, give.Round, give.Municipality)
	if err != nil {
		return Assignments{}, "", err
	}
	if slices.Contains(stands.Changes, change) {
		return stands, change, nil
	}
	assessed, last, err := s.givable(ctx, op, give.Round, give.Municipality)
	if err != nil {
		return Assignments{}, "", err
	}
	data := map[catalogue.TaskKey]AssignmentData{}
	known := map[org.PersonID]bool{}
	for _, t := range give.Tasks {
		if !assessed.Scope.Covers(t.Task) {
			return Assignments{}, "", fault.New(fault.NotFound, op, "error.task.not-in-round", "task", t.Task)
		}
		old := stands.Of(t.Task)
		checked, err := t.Data.checked(op, old, DayOf(s.now()), last)
		if err != nil {
			return Assignments{}, "", err
		}
		for _, id := range checked.People { // who has left meanwhile may go on standing there
			if old.Has(id) || known[id] {
				continue
			}
			if err := s.checkMayHave(ctx, op, give.Municipality, id); err != nil {
				return Assignments{}, "", err
			}
			known[id] = true
		}
		data[t.Task] = checked
	}
	kind := "assignment.given"
	if !slices.ContainsFunc(give.Tasks, func(t GiveTask) bool { return data[t.Task].Given() }) {
		kind = "assignment.taken-back"
	}
	a, err := s.changeAssignments(ctx, op, give.Round, give.Municipality, assessed.OpenedAt, func(a *Assignments) ([]store.Event, error) {
		if slices.Contains(a.Changes, change) {
			return nil, store.ErrNoChange
		}
		var lost LostAssignments
		for _, t := range give.Tasks {
			if old := a.Of(t.Task); t.First != (old.Tag == "") || !t.First && t.Tag != old.Tag {
				lost = append(lost, LostAssignment{data[t.Task], old})
			}
		}
		if len(lost) > 0 {
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.answer.stale", Detail: lost}
		}
		for _, t := range give.Tasks {
			old := a.Of(t.Task)
			next := Assignment{Task: t.Task, AssignmentData: data[t.Task], By: actor.Person, At: s.now().UTC(), Tag: newTag(), Change: change, Was: &Replaced{old.AssignmentData, old.Done}}
			if next.Finisher == old.Finisher {
				next.Done = old.Done
			}
			a.put(next)
		}
		a.Changes = append(slices.Clone(a.Changes), change)
		a.Changes = a.Changes[max(0, len(a.Changes)-maxEdits):]
		return []store.Event{s.toldOfTasks(kind, actor, a, tasks)}, nil
	})
	return a, change, err
}

// givable reads the assessment whose tasks are given, and the last day they may be due: "" when its round has closed already.
func (s *Service) givable(ctx context.Context, op string, r RoundID, m org.MunicipalityID) (Assessment, Day, error) {
	if err := s.tookPart(ctx, op, r, m); err != nil { // an opening that was cut off may have left an assessment
		return Assessment{}, "", err
	}
	doc, err := s.assessments.GetShared(ctx, assessmentID(r, m))
	if errors.Is(err, store.ErrNotFound) {
		return Assessment{}, "", s.noAssessment(ctx, op, r)
	}
	if err != nil {
		return Assessment{}, "", org.Fault(op, "", err)
	}
	a := assessmentOf(doc)
	if err := a.editable(op); err != nil {
		return Assessment{}, "", err
	}
	round, err := s.rounds.GetShared(ctx, string(r))
	if err != nil {
		return Assessment{}, "", org.Fault(op, "error.round.unknown", err)
	}
	if round.Value.State != Open {
		return a, "", nil
	}
	return a, DayOf(round.Value.ClosesAt), nil
}

// checkMayHave refuses somebody who may not answer for the municipality.
func (s *Service) checkMayHave(ctx context.Context, op string, m org.MunicipalityID, id org.PersonID) error {
	p, err := s.people.Get(ctx, id)
	switch code := fault.CodeOf(err); {
	case code == fault.NotFound || code == fault.Malformed || code == fault.Invalid, err == nil && !org.MayHaveTasks(p.Actor(), m):
		return fault.Wrong(op, "people", "error.assignment.people")
	default:
		return err
	}
}

// changeAssignments changes them for one who may, and makes the document with the first.
func (s *Service) changeAssignments(ctx context.Context, op string, r RoundID, m org.MunicipalityID, opened time.Time, change func(*Assignments) ([]store.Event, error)) (Assignments, error) {
	id := assessmentID(r, m)
	for {
		doc, err := s.assignments.Update(ctx, id, change)
		if errors.Is(err, store.ErrNotFound) {
			first := Assignments{Round: r, Municipality: m, OpenedAt: opened}
			told, refused := change(&first)
			if refused != nil {
				return Assignments{}, refused
			}
			if doc, err = s.assignments.Insert(ctx, id, first, told...); errors.Is(err, store.ErrExists) {
				continue // a colleague was first to give any
			}
		}
		return doc.Value, org.Fault(op, "", err)
	}
}

// toldOfTasks is the event of a change: how many tasks, and which where it is one; never who has them.
func (s *Service) toldOfTasks(kind string, actor org.Actor, a *Assignments, tasks []catalogue.TaskKey) store.Event {
	facts := []store.Fact{{Key: "round", Value: string(a.Round)}, {Key: "tasks", Value: int64(len(tasks))}}
	if len(tasks) == 1 {
		facts[1] = store.Fact{Key: "task", Value: string(tasks[0])}
	}
	return s.event(kind, actor, string(a.Municipality), facts...)
}

// UndoGive undoes a giving: each of its tasks is as it was before, but for those that were changed since. It tells how many it were.
func (s *Service) UndoGive(ctx context.Context, actor org.Actor, r RoundID, m org.MunicipalityID, change ChangeID) (undone int, err error) {
	const op = "assessment.UndoGive"
	if !org.MayGiveTasks(actor, m) {
		return 0, forbidden(op)
	}
	if _, _, err := s.givable(ctx, op, r, m); err != nil {
		return 0, err
	}
	_, err = s.assignments.Update(ctx, assessmentID(r, m), func(a *Assignments) ([]store.Event, error) {
		var tasks []catalogue.TaskKey
		for _, x := range a.By(change) {
			a.put(Assignment{Task: x.Task, AssignmentData: x.Was.AssignmentData, Done: x.Was.Done, By: actor.Person, At: s.now().UTC(), Tag: newTag()})
			tasks = append(tasks, x.Task)
		}
		if undone = len(tasks); undone == 0 {
			return nil, store.ErrNoChange
		}
		return []store.Event{s.toldOfTasks("assignment.undone", actor, a, tasks)}, nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return undone, org.Fault(op, "", err)
}

// FinishTask is whoever is to finish a task saying that she has, or that she has not after all.
type FinishTask struct {
	Round        RoundID
	Municipality org.MunicipalityID
	Task         catalogue.TaskKey
	Done         bool
	Tag          string
}

// FinishTask notes it. Answers may be saved afterwards as before. Faults: NotFound (nobody has it), TagRequired, Stale with LostAssignments,
// Conflict (sealed, handed in), Forbidden.
func (s *Service) FinishTask(ctx context.Context, actor org.Actor, f FinishTask) (Assignment, error) {
	const op = "assessment.FinishTask"
	if !org.MayReadAssignments(actor, f.Municipality) {
		return Assignment{}, forbidden(op)
	}
	if err := checkPrecondition(op, false, f.Tag, ""); err != nil {
		return Assignment{}, err
	}
	if _, _, err := s.givable(ctx, op, f.Round, f.Municipality); err != nil {
		return Assignment{}, err
	}
	none := fault.New(fault.NotFound, op, "error.assignment.none")
	doc, err := s.assignments.Update(ctx, assessmentID(f.Round, f.Municipality), func(a *Assignments) ([]store.Event, error) {
		old := a.Of(f.Task)
		may := org.MayFinishTask
		kind := "assignment.finished"
		if !f.Done {
			may, kind = org.MayReopenTask, "assignment.reopened"
		}
		switch {
		case !old.Given():
			return nil, none
		case !may(actor, f.Municipality, old.Finisher):
			return nil, forbidden(op)
		case f.Done != old.Done.IsZero(): // it is so already
			return nil, store.ErrNoChange
		case f.Tag != old.Tag:
			return nil, &fault.Error{Code: fault.Stale, Op: op, Key: "error.answer.stale", Detail: LostAssignments{{old.AssignmentData, old}}}
		}
		now := s.now().UTC()
		if old.Done = (time.Time{}); f.Done {
			old.Done = now
		}
		old.By, old.At, old.Tag, old.Change, old.Was = actor.Person, now, newTag(), "", nil
		a.put(old)
		return []store.Event{s.toldOfTasks(kind, actor, a, []catalogue.TaskKey{f.Task})}, nil
	})
	if errors.Is(err, store.ErrNotFound) {
		return Assignment{}, none
	}
	return doc.Value.Of(f.Task), org.Fault(op, "", err)
}

// Offer is who had the tasks in the round before, as far as they may still have them: what giving as in that round would give. Tasks that are
// given in this round already are not in it.
type Offer struct {
	Before RoundID // "" when nobody had any
	Name   string  // of that round
	Tag    string  // names what is offered, so that nobody gives what she has not seen
	Tasks  []GiveTask
	Left   []catalogue.TaskKey // tasks nobody of those who had them may have any more
}

// offerLooks is how many rounds are looked back at for one in which tasks were given.
const offerLooks = 10

// AsBefore tells what giving as in the round before would give.
func (s *Service) AsBefore(ctx context.Context, actor org.Actor, r RoundID, m org.MunicipalityID) (Offer, error) {
	const op = "assessment.AsBefore"
	if !org.MayGiveTasks(actor, m) {
		return Offer{}, forbidden(op)
	}
	stands, err := s.assignmentsIn(ctx, op, r, m)
	if err != nil {
		return Offer{}, err
	}
	assessed, _, err := s.givable(ctx, op, r, m)
	if err != nil {
		return Offer{}, err
	}
	page, err := s.assignments.Find(ctx, store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Range: &store.Range{Field: "opened", To: assessed.OpenedAt}, Reverse: true, Limit: offerLooks})
	if err != nil {
		return Offer{}, org.Fault(op, "", err)
	}
	i := slices.IndexFunc(page.Docs, func(d store.Doc[Assignments]) bool {
		return slices.ContainsFunc(d.Value.Tasks, func(a Assignment) bool { return a.Given() })
	})
	if i < 0 {
		return Offer{}, nil
	}
	before := page.Docs[i].Value
	round, err := s.rounds.GetShared(ctx, string(before.Round))
	if err != nil {
		return Offer{}, org.Fault(op, "error.round.unknown", err)
	}
	offer := Offer{Before: before.Round, Name: round.Value.Name}
	may := map[org.PersonID]bool{}
	sum := sha256.New()
	for _, t := range assessed.Scope {
		old, now := before.Of(t), stands.Of(t)
		if !old.Given() || now.Given() {
			continue
		}
		give := GiveTask{Task: t, First: now.Tag == "", Tag: now.Tag}
		for _, id := range old.People {
			if _, asked := may[id]; !asked {
				err := s.checkMayHave(ctx, op, m, id)
				if err != nil && fault.CodeOf(err) != fault.Invalid {
					return Offer{}, err
				}
				may[id] = err == nil
			}
			if may[id] {
				give.Data.People = append(give.Data.People, id)
			}
		}
		if !give.Data.Given() {
			offer.Left = append(offer.Left, t)
			continue
		}
		if give.Data.Finisher = give.Data.People[0]; give.Data.Has(old.Finisher) {
			give.Data.Finisher = old.Finisher
		}
		offer.Tasks = append(offer.Tasks, give)
		for _, part := range append([]org.PersonID{org.PersonID(t), org.PersonID(now.Tag), give.Data.Finisher}, give.Data.People...) {
			sum.Write([]byte(strconv.Quote(string(part)))) // a hash never fails
		}
		sum.Write([]byte{'\n'})
	}
	offer.Tag = hex.EncodeToString(sum.Sum(nil)[:8])
	return offer, nil
}

// GiveAsBefore gives what AsBefore offers, with one day all of it is due. Seen is the offer's tag: when it is another by now nothing is given,
// fault Conflict. Edit as in Give.
func (s *Service) GiveAsBefore(ctx context.Context, actor org.Actor, r RoundID, m org.MunicipalityID, due Day, seen, edit string) (Assignments, ChangeID, error) {
	const op = "assessment.GiveAsBefore"
	offer, err := s.AsBefore(ctx, actor, r, m)
	if err != nil {
		return Assignments{}, "", err
	}
	if change := newChangeID(actor.Person, edit); edit != "" {
		if stands, err := s.assignmentsIn(ctx, op, r, m); err != nil || slices.Contains(stands.Changes, change) {
			return stands, change, err
		}
	}
	if offer.Tag != seen {
		return Assignments{}, "", fault.New(fault.Conflict, op, "error.assignment.offer")
	}
	for i := range offer.Tasks {
		offer.Tasks[i].Data.Due = due
	}
	return s.Give(ctx, actor, Give{Round: r, Municipality: m, Tasks: offer.Tasks, Edit: edit})
}

// EachAssignmentsOf gives a municipality's assignments to see, round by round, the oldest first.
func (s *Service) EachAssignmentsOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, see func(Assignments) error) error {
	const op = "assessment.EachAssignmentsOf"
	if !org.MayReadAssignments(actor, m) {
		return forbidden(op)
	}
	return s.eachAssignments(ctx, op, m, func(d store.Doc[Assignments]) error { return see(d.Value) })
}

func (s *Service) eachAssignments(ctx context.Context, op string, m org.MunicipalityID, see func(store.Doc[Assignments]) error) error {
	return each(ctx, s.assignments, op, in(m, "opened"), see)
}

// unfinishedOf gives those documents to see in which somebody has tasks that are not finished: of the municipalities where she has or had a role,
// in rounds that are not published.
func (s *Service) unfinishedOf(ctx context.Context, op string, p org.Person, see func(store.Doc[Assignments]) error) error {
	var places []org.MunicipalityID
	for _, g := range slices.Concat(p.Grants, p.Former) {
		if g.Municipality == "" || slices.Contains(places, g.Municipality) {
			continue
		}
		places = append(places, g.Municipality)
		err := s.eachAssignments(ctx, op, g.Municipality, func(d store.Doc[Assignments]) error {
			if !slices.ContainsFunc(d.Value.Own(p.ID), func(a Assignment) bool { return a.Done.IsZero() }) {
				return nil
			}
			round, err := s.rounds.GetShared(ctx, string(d.Value.Round))
			if errors.Is(err, store.ErrNotFound) || err == nil && round.Value.State == Published {
				return nil
			}
			if err != nil {
				return org.Fault(op, "", err)
			}
			return see(d)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// errSeen stops going through what need only be there.
var errSeen = errors.New("assessment: seen")

// HasTasks tells whether a person has tasks, in some municipalities, that can be handed over.
func (s *Service) HasTasks(ctx context.Context, id org.PersonID, in []org.MunicipalityID) (bool, error) {
	p, err := s.people.Get(ctx, id)
	if code := fault.CodeOf(err); code == fault.NotFound || code == fault.Malformed {
		return false, nil
	}
	if err == nil {
		err = s.unfinishedOf(ctx, "assessment.HasTasks", p, func(d store.Doc[Assignments]) error {
			if !slices.Contains(in, d.Value.Municipality) {
				return nil
			}
			return errSeen
		})
	}
	if errors.Is(err, errSeen) {
		return true, nil
	}
	return false, err
}

// HandOverTasks makes the tasks that a person has and has not finished another's, where the actor may manage the one and the other answers, and
// tells how many. Who has one already with her has it alone then.
func (s *Service) HandOverTasks(ctx context.Context, actor org.Actor, from, to org.Person) (int, error) {
	const op = "assessment.HandOverTasks"
	if from.ID == to.ID || from.ID == "" {
		return 0, nil
	}
	n := 0
	err := s.unfinishedOf(ctx, op, from, func(d store.Doc[Assignments]) error {
		if !org.MayHandOverTasks(actor, from, to, d.Value.Municipality) {
			return nil
		}
		var tasks []catalogue.TaskKey
		_, err := s.assignments.Update(ctx, d.ID, func(a *Assignments) ([]store.Event, error) {
			tasks = nil
			for _, x := range a.Own(from.ID) {
				if !x.Done.IsZero() {
					continue
				}
				x.AssignmentData = x.AssignmentData.handedOver(from.ID, to.ID)
				x.By, x.At, x.Tag, x.Change, x.Was = actor.Person, s.now().UTC(), newTag(), "", nil
				a.put(x)
				tasks = append(tasks, x.Task)
			}
			if len(tasks) == 0 {
				return nil, store.ErrNoChange
			}
			return []store.Event{s.toldOfTasks("assignment.handed-over", actor, a, tasks)}, nil
		})
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		n += len(tasks)
		return org.Fault(op, "", err)
	})
	return n, err
}

// handedOver is the same with one person in another's place.
func (d AssignmentData) handedOver(from, to org.PersonID) AssignmentData {
	var people []org.PersonID
	for _, id := range d.People {
		if id == from {
			id = to
		}
		if !slices.Contains(people, id) {
			people = append(people, id)
		}
	}
	if d.People = people; d.Finisher == from {
		d.Finisher = to
	}
	return d
}

// deleteAssignments deletes who had which task in a municipality.
func (s *Service) deleteAssignments(ctx context.Context, op string, m org.MunicipalityID) error {
	return s.eachAssignments(ctx, op, m, func(d store.Doc[Assignments]) error { return remove(ctx, s, s.assignments, op, d) })
}
