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

// Progress is where a municipality is with its assessment.
type Progress string

// A draft is filled in, handed in, and may be sent back by the regional lead. Where the municipality wants it, what its coordinator hands
// in waits for the leader's approval first.
const (
	Draft    Progress = "draft"
	Waiting  Progress = "waiting"
	HandedIn Progress = "handed-in"
	SentBack Progress = "sent-back"
)

// Assessment is what one municipality answers in one round. One document, at id round/municipality.
type Assessment struct {
	Round        RoundID                  `bson:"round"`
	Municipality org.MunicipalityID       `bson:"municipality"`
	Region       org.RegionID             `bson:"region"`
	Catalogue    catalogue.Key            `bson:"catalogue"`
	Scope        Scope                    `bson:"scope"`
	OpenedAt     time.Time                `bson:"openedAt"`
	State        Progress                 `bson:"state"`
	Sealed       bool                     `bson:"sealed,omitempty"`
	Phase        int32                    `bson:"phase,omitempty"` // of the round's step that sealed or unsealed it last
	HandedInBy   org.PersonID             `bson:"handedInBy,omitempty"`
	HandedInAt   time.Time                `bson:"handedInAt,omitempty"` // or approved, where that was wanted
	Ask          string                   `bson:"ask,omitempty"`        // names what waits for approval, or was approved
	ApprovedBy   org.PersonID             `bson:"approvedBy,omitempty"`
	Returned     string                   `bson:"returned,omitempty"` // the leader's message, when she returned it
	ReturnedBy   org.PersonID             `bson:"returnedBy,omitempty"`
	Message      string                   `bson:"message,omitempty"` // the regional lead's, when sent back; until it is handed in again
	HandIns      []HandInStep             `bson:"handIns,omitempty"` // the latest ones, newest last
	Earlier      int64                    `bson:"earlier,omitempty"` // how many steps before those have documents of their own
	Answers      store.List[Answer]       `bson:"answers"`
	Tasks        store.List[Organisation] `bson:"tasks"`
	Reasons      store.List[TaskReason]   `bson:"reasons"` // why levels changed since the round before
}

// Answer finds the answer to a question; its Tag is empty when there is none.
func (a *Assessment) Answer(q catalogue.QuestionKey) Answer {
	for _, answer := range a.Answers.All() {
		if answer.Question == q {
			return answer
		}
	}
	return Answer{Question: q}
}

func (a *Assessment) put(answer Answer) {
	for i, x := range a.Answers.All() {
		if x.Question == answer.Question {
			a.Answers.Set(i, answer)
			return
		}
	}
	a.Answers.Append(answer)
}

// Organisation finds how a task is organised; its Tag is empty, and it is not clarified, while nobody has said.
func (a *Assessment) Organisation(t catalogue.TaskKey) Organisation {
	for _, o := range a.Tasks.All() {
		if o.Task == t {
			return o
		}
	}
	return Organisation{Task: t, OrganisationData: OrganisationData{Status: NotClarified}}
}

func (a *Assessment) putOrganisation(o Organisation) {
	for i, x := range a.Tasks.All() {
		if x.Task == o.Task {
			a.Tasks.Set(i, o)
			return
		}
	}
	a.Tasks.Append(o)
}

// Count is how much of something is answered.
type Count struct{ Answered, Of int }

// Counts tells the progress of each task in the round, of each area and of the whole. A question answered as not applicable is
// done and counts as answered, one that was carried and not confirmed doesn't; a task that is not relevant has nothing left to answer.
func (a *Assessment) Counts(c *catalogue.Catalogue) map[Selection]Count {
	given := map[catalogue.QuestionKey]bool{}
	for _, answer := range a.Answers.All() {
		given[answer.Question] = answer.Given() && !answer.Carried
	}
	counts := map[Selection]Count{}
	for _, t := range c.Tasks() {
		if !a.Scope.Covers(t.Key) {
			continue
		}
		n := Count{Of: len(t.Questions)}
		relevant := a.Organisation(t.Key).Status != NotRelevant
		for _, q := range t.Questions {
			if given[q.Key] || !relevant {
				n.Answered++
			}
		}
		for _, sel := range []Selection{OfTask(t.Key), OfArea(t.Area), Whole} {
			counts[sel] = Count{counts[sel].Answered + n.Answered, counts[sel].Of + n.Of}
		}
	}
	return counts
}

// Editable tells whether answers may be saved: it is neither handed in nor sealed, and nobody is asked to approve it.
func (a *Assessment) Editable() bool { return a.editable("") == nil }

func (a *Assessment) editable(op string) error {
	if a.Sealed {
		return fault.New(fault.Conflict, op, "error.assessment.sealed")
	}
	if a.State == HandedIn {
		return fault.New(fault.Conflict, op, "error.assessment.handed-in")
	}
	if a.State == Waiting {
		return fault.New(fault.Conflict, op, "error.assessment.waiting")
	}
	return nil
}

func assessmentID(r RoundID, m org.MunicipalityID) string { return string(r) + "/" + string(m) }

func newAssessments(db *store.DB) *store.Collection[Assessment] {
	return store.NewCollection(db, store.Spec[Assessment]{
		Name: "assessments", Shape: 2, Shared: 512,
		Upgrade: store.Upgrades{
			1: store.WithoutInEach("answers", "was"), // what a form took the place of, which has a document of its own
		},
		Fields: []store.Field[Assessment]{
			{Name: "round", Type: store.String, Value: func(_ string, a *Assessment) any { return string(a.Round) }},
			{Name: "state", Type: store.String, Value: func(_ string, a *Assessment) any { return string(a.State) }},
			{Name: "municipality", Type: store.String, Value: func(_ string, a *Assessment) any { return string(a.Municipality) }},
			{Name: "opened", Type: store.Time, Value: func(_ string, a *Assessment) any { return a.OpenedAt }},
		},
		Indexes: []store.Index{
			{Name: "round", Fields: []string{"round", "state"}},
			{Name: "municipality", Fields: []string{"municipality", "opened"}},
			{Name: "municipality_state", Fields: []string{"municipality", "state", "opened"}},
		},
	})
}

func assessmentOf(doc store.Doc[Assessment]) Assessment { return doc.Value }

// noAssessment says why there is none: the round is unknown, not open yet, or the municipality takes no part.
func (s *Service) noAssessment(ctx context.Context, op string, id RoundID) error {
	return s.tookPart(ctx, op, id, "")
}

// Assessment reads a municipality's answers; only its own people may. The answers are shared with other readers and must not be changed.
func (s *Service) Assessment(ctx context.Context, actor org.Actor, r RoundID, m org.MunicipalityID) (Assessment, error) {
	const op = "assessment.Assessment"
	if !org.MayReadAnswers(actor, m) {
		return Assessment{}, forbidden(op)
	}
	doc, err := s.assessments.GetShared(ctx, assessmentID(r, m))
	if errors.Is(err, store.ErrNotFound) {
		return Assessment{}, s.noAssessment(ctx, op, r)
	}
	return assessmentOf(doc), org.Fault(op, "", err)
}

// History lists a municipality's assessments, newest first, at most limit of them.
func (s *Service) History(ctx context.Context, actor org.Actor, m org.MunicipalityID, limit int) ([]Assessment, error) {
	const op = "assessment.History"
	if !org.MayReadAnswers(actor, m) {
		return nil, forbidden(op)
	}
	page, err := s.assessments.Find(ctx, store.Query{
		Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Order: []string{"opened"}, Reverse: true, Limit: limit,
	})
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	var all []Assessment
	for _, d := range page.Docs {
		all = append(all, assessmentOf(d))
	}
	return all, nil
}

// assessmentPage is how many assessments are held at a time when all of a municipality's are gone through.
const assessmentPage = 5

// EachOf gives each of a municipality's assessments to see, the oldest first.
func (s *Service) EachOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, see func(Assessment) error) error {
	const op = "assessment.EachOf"
	if !org.MayReadAnswers(actor, m) {
		return forbidden(op)
	}
	q := store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Order: []string{"opened"}, Limit: assessmentPage}
	for {
		page, err := s.assessments.Find(ctx, q)
		if err != nil {
			return org.Fault(op, "", err)
		}
		for _, d := range page.Docs {
			if err := see(assessmentOf(d)); err != nil {
				return err
			}
		}
		if q.After = page.Next; page.Next == "" {
			return nil
		}
	}
}

// Before reads the municipality's assessment in the round before this one, shared as Assessment's; nil when there was none.
func (s *Service) Before(ctx context.Context, actor org.Actor, a Assessment) (*Assessment, error) {
	const op = "assessment.Before"
	if !org.MayReadAnswers(actor, a.Municipality) {
		return nil, forbidden(op)
	}
	page, err := s.assessments.FindShared(ctx, store.Query{
		Equal: []store.Term{{Field: "municipality", Value: string(a.Municipality)}}, Range: &store.Range{Field: "opened", To: a.OpenedAt}, Reverse: true, Limit: 1,
	})
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	if len(page.Docs) == 0 {
		return nil, nil
	}
	return &page.Docs[0].Value, nil
}

// SentBack finds the newest assessment that the municipality has got back and not handed in again; nil when there is none.
func (s *Service) SentBack(ctx context.Context, actor org.Actor, m org.MunicipalityID) (*Assessment, error) {
	return s.newest(ctx, "assessment.SentBack", actor, m, SentBack)
}

// HandedInBefore tells whether the municipality has handed in any assessment.
func (s *Service) HandedInBefore(ctx context.Context, actor org.Actor, m org.MunicipalityID) (bool, error) {
	a, err := s.newest(ctx, "assessment.HandedInBefore", actor, m, HandedIn)
	return a != nil, err
}

func (s *Service) newest(ctx context.Context, op string, actor org.Actor, m org.MunicipalityID, state Progress) (*Assessment, error) {
	if !org.MayReadAnswers(actor, m) {
		return nil, forbidden(op)
	}
	page, err := s.assessments.Find(ctx, store.Query{
		Equal: []store.Term{{Field: "municipality", Value: string(m)}, {Field: "state", Value: string(state)}},
		Order: []string{"opened"}, Reverse: true, Limit: 1,
	})
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	if len(page.Docs) == 0 {
		return nil, nil
	}
	return &page.Docs[0].Value, nil
}

// HandIn gives the assessment to the round, or to the leader where the municipality wants her approval; it is read-only afterwards.
// Again on one handed in it changes nothing.
func (s *Service) HandIn(ctx context.Context, actor org.Actor, r RoundID, m org.MunicipalityID) (Assessment, error) {
	const op = "assessment.HandIn"
	if !org.MayHandIn(actor, m) {
		return Assessment{}, forbidden(op)
	}
	wanted, err := s.approvalWanted(ctx, r, m)
	if err != nil {
		return Assessment{}, err
	}
	return s.handInVersion(ctx, op, r, m, func(v VersionID) (Assessment, error) {
		return s.change(ctx, op, actor, org.MayHandIn, r, m, func(a *Assessment) ([]store.Event, error) {
			if a.State == HandedIn || a.State == Waiting {
				return nil, store.ErrNoChange
			}
			if a.Sealed {
				return nil, fault.New(fault.Conflict, op, "error.assessment.sealed")
			}
			if a.version() != v {
				return nil, errMoved
			}
			a.HandedInBy, a.HandedInAt, a.Returned, a.ReturnedBy = actor.Person, s.now().UTC(), "", ""
			step := HandInStep{Step: StepHandedIn, Version: v, By: actor.Person, At: a.HandedInAt}
			if wanted {
				step.Step = StepAsked
				a.State, a.Ask = Waiting, newTag()
				a.took(step)
				return []store.Event{s.event("assessment.waits", actor, string(m))}, nil
			}
			a.State, a.Message = HandedIn, ""
			a.took(step)
			return []store.Event{s.event("assessment.handed-in", actor, string(m))}, nil
		})
	})
}

// TakeBack undoes a hand-in while the round is open, and one that waits for approval until it is sealed.
func (s *Service) TakeBack(ctx context.Context, actor org.Actor, r RoundID, m org.MunicipalityID) (Assessment, error) {
	const op = "assessment.TakeBack"
	return s.change(ctx, op, actor, org.MayHandIn, r, m, func(a *Assessment) ([]store.Event, error) {
		if a.State != HandedIn && a.State != Waiting {
			return nil, store.ErrNoChange
		}
		if a.Sealed || a.State == HandedIn && a.Phase > 0 {
			return nil, fault.New(fault.Conflict, op, "error.assessment.sealed")
		}
		a.withdraw()
		a.took(HandInStep{Step: StepTakenBack, By: actor.Person, At: s.now().UTC()})
		return []store.Event{s.event("assessment.taken-back", actor, string(m))}, nil
	})
}

func (s *Service) change(ctx context.Context, op string, actor org.Actor, may func(org.Actor, org.MunicipalityID) bool, r RoundID, m org.MunicipalityID,
	change func(*Assessment) ([]store.Event, error)) (Assessment, error) {
	if !may(actor, m) {
		return Assessment{}, forbidden(op)
	}
	return s.update(ctx, op, r, m, change)
}

// errUntouched stops an update of an assessment that nobody has touched until its round was asked.
var errUntouched = errors.New("assessment: untouched")

// update changes an assessment. One that nobody has touched yet may be what an opening left that was cut off, so the round is asked
// before its first change: nothing is acknowledged in a round that did not open, or of a municipality it did not open for.
func (s *Service) update(ctx context.Context, op string, id RoundID, m org.MunicipalityID, change func(*Assessment) ([]store.Event, error)) (Assessment, error) {
	opened := false
	for {
		doc, err := s.assessments.UpdateShared(ctx, assessmentID(id, m), func(a *Assessment) ([]store.Event, error) {
			if !opened && a.untouched() {
				return nil, errUntouched
			}
			return change(a)
		})
		if errors.Is(err, errUntouched) {
			if err := s.tookPart(ctx, op, id, m); err != nil {
				return Assessment{}, err
			}
			opened = true
			continue
		}
		if errors.Is(err, store.ErrNotFound) {
			return Assessment{}, s.noAssessment(ctx, op, id)
		}
		if err != nil {
			return Assessment{}, org.Fault(op, "", err)
		}
		return s.moveHandIns(ctx, assessmentOf(doc)), nil
	}
}

// untouched tells whether nobody has done anything with it since it was made.
func (a *Assessment) untouched() bool {
	return a.Answers.Len() == 0 && a.Tasks.Len() == 0 && a.Reasons.Len() == 0 && a.State == Draft && a.Phase == 0
}

// tookPart faults unless the round has opened, and with this municipality.
func (s *Service) tookPart(ctx context.Context, op string, id RoundID, m org.MunicipalityID) error {
	doc, err := s.rounds.GetShared(ctx, string(id))
	if err != nil {
		return org.Fault(op, "error.round.unknown", err)
	}
	if doc.Value.State == Planned {
		return fault.New(fault.Conflict, op, "error.round.not-open", "state", doc.Value.State)
	}
	if !slices.ContainsFunc(doc.Value.Participants, func(p Participant) bool { return p.Municipality == m }) {
		return fault.New(fault.NotFound, op, "error.assessment.no-part")
	}
	return nil
}

// SendBack opens one municipality's assessment again, for late hand-in or correction, with a message: while the round is open or
// closed, or published (then it prepares an erratum). It takes the round's next phase first, so that a publication under way
// either sees it or fails.
func (s *Service) SendBack(ctx context.Context, actor org.Actor, id RoundID, m org.MunicipalityID, message string) error {
	const op = "assessment.SendBack"
	r, err := s.mayRun(ctx, op, actor, id)
	if err != nil {
		return err
	}
	f := &fault.Error{Code: fault.Invalid, Op: op, Key: "error.send-back"}
	if message = clean(f, "message", message, MaxReason); message == "" {
		f.Fields = append(f.Fields, fault.Field{Name: "message", Key: "error.send-back.message"})
	}
	if len(f.Fields) > 0 {
		return f
	}
	if _, ok := r.Participant(string(m)); !ok || slices.Contains(r.Left, m) {
		return fault.New(fault.NotFound, op, "error.assessment.no-part")
	}
	r, err = s.step(ctx, op, id, func(r *Round) ([]store.Event, error) {
		switch r.State {
		case Open:
			return nil, store.ErrNoChange // nothing is sealed yet, so nothing needs fencing
		case Closed, Published:
			r.Phase++
			return nil, nil
		}
		return nil, fault.New(fault.Conflict, op, "error.round.no-send-back", "state", r.State)
	})
	if err != nil {
		return err
	}
	doc, err := s.assessments.UpdateShared(ctx, assessmentID(id, m), func(a *Assessment) ([]store.Event, error) {
		if a.Phase > r.Phase || r.State == Open && a.Sealed {
			return nil, fault.New(fault.Conflict, op, "error.busy")
		}
		if r.State == Open && a.State != HandedIn {
			return nil, fault.New(fault.Conflict, op, "error.send-back.draft")
		}
		a.withdraw()
		a.State, a.Sealed, a.Phase, a.Message = SentBack, false, r.Phase, message
		a.took(HandInStep{Step: StepSentBack, By: actor.Person, At: s.now().UTC(), Message: message})
		return []store.Event{s.event("assessment.sent-back", actor, string(m))}, nil
	})
	if err == nil {
		s.moveHandIns(ctx, assessmentOf(doc))
	}
	return org.Fault(op, "error.assessment.no-part", err)
}

// ParticipantProgress is what the regional lead sees of a municipality before it hands in: how much, never what.
type ParticipantProgress struct {
	Participant
	State      Progress
	Sealed     bool
	HandedInAt time.Time
	Count      Count
}

// Progress tells, for one page of a round's participants from the given offset, who has handed in and how much is answered.
func (s *Service) Progress(ctx context.Context, actor org.Actor, r Round, offset, limit int) ([]ParticipantProgress, error) {
	const op = "assessment.Progress"
	limit = min(limit, store.MaxMembers)
	if offset < 0 || offset > len(r.Participants) || limit < 1 {
		return nil, fault.New(fault.Malformed, op, "error.cursor")
	}
	c, err := s.Catalogue(r.Catalogue)
	if err != nil {
		return nil, err
	}
	var ids []string
	some := r.Participants[offset:min(len(r.Participants), offset+limit)]
	for _, p := range some {
		if !org.MaySeeProgress(actor, p.Municipality, r.Region) {
			return nil, forbidden(op)
		}
		ids = append(ids, assessmentID(r.ID, p.Municipality))
	}
	docs, err := s.assessments.GetManyShared(ctx, ids)
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	var all []ParticipantProgress
	for _, d := range docs {
		a := d.Value
		p, _ := r.Participant(string(a.Municipality))
		all = append(all, ParticipantProgress{p, a.State, a.Sealed, a.HandedInAt, a.Counts(c)[Whole]})
	}
	return all, nil
}

// HandedInCount tells how many municipalities have handed in, without reading what.
func (s *Service) HandedInCount(ctx context.Context, actor org.Actor, r Round) (int, error) {
	if !org.MaySeeRounds(actor, r.Region) {
		return 0, forbidden("assessment.HandedInCount")
	}
	n, err := s.assessments.Count(ctx, store.Query{
		Equal: []store.Term{{Field: "round", Value: string(r.ID)}, {Field: "state", Value: string(HandedIn)}}, Limit: store.MaxLimit,
	})
	return n, org.Fault("assessment.HandedInCount", "", err)
}
