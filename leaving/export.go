package leaving

import (
	"context"
	"errors"
	"io"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/events"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// export is when everything of a municipality was taken out last, and by whom; one document per municipality.
type export struct {
	By org.PersonID `bson:"by"`
	At time.Time    `bson:"at"`
}

func newExports(db *store.DB) *store.Collection[export] {
	return store.NewCollection(db, store.Spec[export]{Name: "exports", Shape: 1})
}

// Export is a municipality's own, about to be written.
type Export struct {
	s     *Service
	actor org.Actor
	m     org.Municipality
	at    time.Time
}

// At is when it was asked for.
func (x *Export) At() time.Time { return x.at }

// Municipality is whose it is, by name.
func (x *Export) Municipality() string { return x.m.Name }

// Name is what the file is called: "helhet-larvik-2026-11-23.zip".
func (x *Export) Name() string {
	return "helhet-" + string(x.m.ID) + "-" + x.at.Format(time.DateOnly) + ".zip"
}

// Words are what people read in the archive: Readme says what its files are, Lang is the language of the questions.
type Words struct {
	Readme string
	Lang   catalogue.Lang
}

// The files of an archive. Those of a round stand in a folder of its name, those of publications are called by their hash.
const (
	FileReadme         = "README.txt"
	FileMunicipality   = "municipality.json"
	FilePeople         = "people.json"
	FileInvitations    = "invitations.json"
	FileAccessRequests = "access-requests.json"
	FileSteps          = "steps.json"
	FileStepsTable     = "steps.csv"
	FileAmbitions      = "ambitions.json"
	FileAmbitionsTable = "ambitions.csv"
	FileAssignments    = "assignments.json"
	FileAssignedTable  = "assignments.csv"
	FileShares         = "shares.json"
	FileComments       = "comments.json"
	FileCommentsTable  = "comments.csv"
	FileEvidence       = "evidence.json"
	DirEvidence        = "evidence"
	FileBenefits       = "benefits.json"
	FileBenefitsTable  = "benefits.csv"
	FileMeasurements   = "measurements.json"
	FileIndicators     = "indicators.json"
	FileAssumptions    = "assumptions.json"
	FileMaps           = "benefit-maps.json"
	FileMapVersions    = "benefit-map-versions.json"
	FileAudit          = "audit.csv"
	DirRounds          = "rounds"
	DirVersions        = "versions"
	FileAssessment     = "assessment.json"
	FileAnswers        = "answers.csv"
	FileScores         = "scores.csv"
	DirPublications    = "publications"
)

// Begin lets a coordinator take out what is her municipality's, and notes that she does. Nothing is read yet.
func (s *Service) Begin(ctx context.Context, a org.Actor, m org.MunicipalityID) (*Export, error) {
	const op = "leaving.Export"
	if !org.MayExport(a, m) {
		return nil, fault.New(fault.Forbidden, op, "error.forbidden")
	}
	known, ok := s.Register.Get(m)
	if !ok {
		return nil, fault.New(fault.NotFound, op, "error.municipality.unknown", "municipality", m)
	}
	x := &Export{s, a, known, s.Now().UTC().Truncate(time.Millisecond)}
	note, told := export{a.Person, x.at}, store.Event{Type: "municipality.exported", At: x.at, Actor: a.Name(), Scope: string(m)}
	_, err := s.exports.Insert(ctx, string(m), note, told)
	if errors.Is(err, store.ErrExists) {
		_, err = s.exports.Update(ctx, string(m), func(old *export) ([]store.Event, error) {
			*old = note
			return []store.Event{told}, nil
		})
	}
	if err != nil {
		return nil, org.Fault(op, "", err)
	}
	return x, nil
}

// LastExport is when a municipality's own was taken out last; zero when it never was.
func (s *Service) LastExport(ctx context.Context, a org.Actor, m org.MunicipalityID) (time.Time, error) {
	const op = "leaving.LastExport"
	if !org.MayExport(a, m) {
		return time.Time{}, fault.New(fault.Forbidden, op, "error.forbidden")
	}
	doc, err := s.exports.Get(ctx, string(m))
	if errors.Is(err, store.ErrNotFound) {
		return time.Time{}, nil
	}
	return doc.Value.At, org.Fault(op, "", err)
}

// Write writes the archive, page by page as it reads. One that fails midway has no list at its end and can't be opened.
func (x *Export) Write(ctx context.Context, w io.Writer, words Words) error {
	a := newArchive(w, x.at)
	err := a.file(FileReadme, func(w io.Writer) error { _, err := io.WriteString(w, words.Readme); return err })
	for _, part := range []func(context.Context, *archive) error{x.municipality, x.people, x.invitations, x.accessRequests} {
		if err == nil {
			err = part(ctx, a)
		}
	}
	if err == nil {
		err = x.s.Assessments.EachOf(ctx, x.actor, x.m.ID, func(y assessment.Assessment) error { return x.round(ctx, a, words.Lang, y) })
	}
	if err == nil {
		err = x.versions(ctx, a)
	}
	if err == nil {
		err = x.s.Assessments.EachPartOf(ctx, x.actor, x.m.ID, func(p assessment.Part) error {
			return a.json(path.Join(DirPublications, string(p.Publication)+".json"), publicationOf(p))
		})
	}
	if err == nil {
		err = x.steps(ctx, a)
	}
	if err == nil {
		err = x.ambitions(ctx, a)
	}
	if err == nil {
		err = x.assignments(ctx, a)
	}
	if err == nil {
		err = x.shares(ctx, a)
	}
	if err == nil {
		err = x.comments(ctx, a)
	}
	if err == nil {
		err = x.evidence(ctx, a)
	}
	if err == nil {
		err = x.benefits(ctx, a)
	}
	if err == nil {
		err = x.indicators(ctx, a)
	}
	if err == nil {
		err = x.assumptions(ctx, a)
	}
	if err == nil {
		err = x.maps(ctx, a)
	}
	if err == nil {
		err = x.audit(ctx, a)
	}
	if err != nil {
		return err
	}
	return a.close(string(x.m.ID))
}

type exportedRegion struct {
	ID          org.RegionID `json:"id"`
	Name        string       `json:"name"`
	Consent     org.Consent  `json:"consent"`
	Language    org.Language `json:"language,omitempty"`
	EmailSignIn bool         `json:"emailSignIn"`
	Approval    bool         `json:"approval"` // a leader approves what is handed in
}

func (x *Export) municipality(ctx context.Context, a *archive) error {
	regions, err := x.s.Regions.List(ctx, store.MaxLimit)
	if err != nil {
		return err
	}
	own := []exportedRegion{}
	for _, r := range regions {
		if m, ok := r.Member(x.m.ID); ok {
			own = append(own, exportedRegion{r.ID, r.Name, m.Consent, m.Language, !m.NoEmail, m.Approval})
		}
	}
	return a.json(FileMunicipality, struct {
		ID      org.MunicipalityID `json:"id"`
		Number  org.Number         `json:"number"`
		Name    string             `json:"name"`
		Regions []exportedRegion   `json:"regions"`
	}{x.m.ID, x.m.Number(), x.m.Name, own})
}

type exportedPerson struct {
	ID          org.PersonID `json:"id"`
	Name        string       `json:"name"`
	Email       string       `json:"email"`
	Language    org.Language `json:"language,omitempty"`
	Roles       []org.Role   `json:"roles"`
	FormerRoles []org.Role   `json:"formerRoles"`
	Active      bool         `json:"active"`
	SignedIn    string       `json:"signedIn,omitempty"` // the day
}

// people is who has or had a role in the municipality. What they are elsewhere is not its own.
func (x *Export) people(ctx context.Context, a *archive) error {
	return a.list(FilePeople, func(add func(any) error) error {
		for after := store.Cursor(""); ; {
			some, next, err := x.s.People.In(ctx, x.m.ID, store.MaxMembers, after)
			if err != nil {
				return err
			}
			for _, p := range some {
				v := exportedPerson{ID: p.ID, Name: p.Name, Email: p.Email, Language: p.Language,
					Roles: rolesIn(p.Grants, x.m.ID), FormerRoles: rolesIn(p.Former, x.m.ID), Active: !p.Inactive}
				if len(v.Roles)+len(v.FormerRoles) == 0 {
					continue
				}
				if !p.SignedIn.IsZero() {
					v.SignedIn = p.SignedIn.UTC().Format(time.DateOnly)
				}
				if err := add(v); err != nil {
					return err
				}
			}
			if after = next; after == "" {
				return nil
			}
		}
	})
}

func rolesIn(grants []org.Grant, m org.MunicipalityID) []org.Role {
	roles := []org.Role{}
	for _, g := range grants {
		if g.Municipality == m && !slices.Contains(roles, g.Role) {
			roles = append(roles, g.Role)
		}
	}
	return roles
}

type exportedInvitation struct {
	ID     org.InvitationID    `json:"id"`
	Email  string              `json:"email,omitempty"`
	Name   string              `json:"name,omitempty"`
	Role   org.Role            `json:"role"`
	State  org.InvitationState `json:"state"`
	By     org.PersonID        `json:"by"`
	Made   time.Time           `json:"made"`
	Ends   time.Time           `json:"ends"`
	Person org.PersonID        `json:"person,omitempty"`
}

func (x *Export) invitations(ctx context.Context, a *archive) error {
	return a.list(FileInvitations, func(add func(any) error) error {
		return x.s.Invitations.EachOf(ctx, x.m.ID, func(i org.Invitation) error {
			return add(exportedInvitation{i.ID, i.Email, i.Name, i.Grant.Role, i.State, i.By, i.Made.UTC(), i.Ends.UTC(), i.Person})
		})
	})
}

type exportedAccessRequest struct {
	Name       string          `json:"name"`
	Email      string          `json:"email"`
	Message    string          `json:"message,omitempty"`
	SignedInAt string          `json:"signedInAt"`
	At         time.Time       `json:"at"`
	State      org.AccessState `json:"state"`
	AnsweredBy org.PersonID    `json:"answeredBy,omitempty"`
	AnsweredAt time.Time       `json:"answeredAt,omitzero"`
}

func (x *Export) accessRequests(ctx context.Context, a *archive) error {
	return a.list(FileAccessRequests, func(add func(any) error) error {
		return x.s.Access.EachOf(ctx, x.m.ID, func(r org.AccessRequest) error {
			return add(exportedAccessRequest{r.Name, r.Email, r.Message, r.IssuerName, r.At.UTC(), r.State, r.AnsweredBy, r.AnsweredAt.UTC()})
		})
	})
}

type exportedAnswer struct {
	Question            catalogue.QuestionKey   `json:"question"`
	Level               *int                    `json:"level"`
	NotApplicableReason assessment.Exemption    `json:"notApplicableReason,omitempty"`
	NotApplicable       string                  `json:"notApplicable,omitempty"`
	Note                string                  `json:"note,omitempty"`
	ChangeReason        assessment.ChangeReason `json:"changeReason,omitempty"`
	By                  org.PersonID            `json:"by"`
	At                  time.Time               `json:"at"`
	Carried             bool                    `json:"carried,omitempty"` // and not confirmed
	From                *exportedSource         `json:"from,omitempty"`
}

type exportedSource struct {
	Round        assessment.RoundID `json:"round"`
	Kind         catalogue.Kind     `json:"kind"`
	Municipality org.MunicipalityID `json:"municipality,omitempty"` // whose answer it was, where that is another
}

func exportedAnswerOf(a assessment.Answer) exportedAnswer {
	v := exportedAnswer{a.Question, a.Level, a.Exemption(), a.NotApplicable, a.Note, a.ChangeReason, a.By, a.At.UTC(), a.Carried, nil}
	if a.From != nil {
		v.From = &exportedSource{a.From.Round, a.From.Kind, a.From.Municipality}
	}
	return v
}

// exportedReason is why a task's levels changed since the round before.
type exportedReason struct {
	Task   catalogue.TaskKey       `json:"task"`
	Reason assessment.ChangeReason `json:"reason"`
	By     org.PersonID            `json:"by"`
	At     time.Time               `json:"at"`
}

type exportedTask struct {
	Task catalogue.TaskKey `json:"task"`
	assessment.OrganisationData
	By org.PersonID `json:"by"`
	At time.Time    `json:"at"`
}

type exportedAssessment struct {
	Round      assessment.RoundID        `json:"round"`
	Name       string                    `json:"name"`
	Region     org.RegionID              `json:"region"`
	Catalogue  catalogue.Key             `json:"catalogue"`
	Tasks      assessment.Scope          `json:"tasks"`
	OpenedAt   time.Time                 `json:"openedAt"`
	State      assessment.Progress       `json:"state"`
	Sealed     bool                      `json:"sealed"`
	HandedInBy org.PersonID              `json:"handedInBy,omitempty"`
	HandedInAt time.Time                 `json:"handedInAt,omitzero"`
	ApprovedBy org.PersonID              `json:"approvedBy,omitempty"`
	Message    string                    `json:"message,omitempty"`
	Returned   string                    `json:"returned,omitempty"`
	ReturnedBy org.PersonID              `json:"returnedBy,omitempty"`
	Minutes    map[catalogue.AreaKey]int `json:"minutes"` // worked on the answers, by all together
	HandIns    []exportedHandIn          `json:"handIns"`
	Answers    []exportedAnswer          `json:"answers"`
	Organised  []exportedTask            `json:"organisation"`
	Reasons    []exportedReason          `json:"changeReasons"`
	Displaced  []exportedDisplaced       `json:"displaced"`
}

// exportedDisplaced is an answer that a form took the place of, as it was, for as long as it can be put back.
type exportedDisplaced struct {
	exportedAnswer
	DisplacedAt time.Time `json:"displacedAt"`
}

type exportedHandIn struct {
	Step    assessment.HandInKind `json:"step"`
	Version assessment.VersionID  `json:"version,omitempty"`
	By      org.PersonID          `json:"by"`
	At      time.Time             `json:"at"`
	Message string                `json:"message,omitempty"`
}

// handInsPage is how many steps are read at a time.
const handInsPage = 100

type exportedVersion struct {
	Version   assessment.VersionID `json:"version"`
	Round     assessment.RoundID   `json:"round"`
	Catalogue catalogue.Key        `json:"catalogue"`
	Tasks     assessment.Scope     `json:"tasks"`
	At        time.Time            `json:"at"`
	Answers   []exportedAnswer     `json:"answers"`
	Organised []exportedTask       `json:"organisation"`
	Reasons   []exportedReason     `json:"changeReasons"` // null where they were not kept yet
}

// versions writes what was handed in each time, as it was then.
func (x *Export) versions(ctx context.Context, a *archive) error {
	return x.s.Assessments.EachVersionOf(ctx, x.actor, x.m.ID, func(id assessment.VersionID, v assessment.Version) error {
		var reasons []exportedReason
		if v.TellsReasons() {
			reasons = reasonsOf(slices.All(v.Reasons))
		}
		return a.json(path.Join(DirRounds, string(v.Round), DirVersions, string(id)+".json"),
			exportedVersion{id, v.Round, v.Catalogue, v.Scope, v.At.UTC(), answersOf(slices.All(v.Answers)), organisedOf(slices.All(v.Tasks)), reasons})
	})
}

func answersOf(answers iter.Seq2[int, assessment.Answer]) []exportedAnswer {
	all := []exportedAnswer{}
	for _, a := range answers {
		all = append(all, exportedAnswerOf(a))
	}
	return all
}

func reasonsOf(reasons iter.Seq2[int, assessment.TaskReason]) []exportedReason {
	all := []exportedReason{}
	for _, r := range reasons {
		all = append(all, exportedReason{r.Task, r.Reason, r.By, r.At.UTC()})
	}
	return all
}

func organisedOf(tasks iter.Seq2[int, assessment.Organisation]) []exportedTask {
	all := []exportedTask{}
	for _, o := range tasks {
		all = append(all, exportedTask{o.Task, o.OrganisationData, o.By, o.At.UTC()})
	}
	return all
}

// round writes what a municipality answered in one round, from one reading of it.
func (x *Export) round(ctx context.Context, a *archive, lang catalogue.Lang, y assessment.Assessment) error {
	round, err := x.s.Assessments.Round(ctx, x.actor, y.Round)
	if code := fault.CodeOf(err); err != nil && code != fault.Forbidden && code != fault.NotFound { // a round of a region it is in no more has no name for it
		return err
	}
	c, err := x.s.Assessments.Catalogue(y.Catalogue)
	if err != nil {
		return err
	}
	words, dir := c.In(lang), path.Join(DirRounds, string(y.Round))
	v := exportedAssessment{Round: y.Round, Name: round.Name, Region: y.Region, Catalogue: y.Catalogue, Tasks: y.Scope, OpenedAt: y.OpenedAt.UTC(), State: y.State,
		Sealed: y.Sealed, HandedInBy: y.HandedInBy, HandedInAt: y.HandedInAt.UTC(), ApprovedBy: y.ApprovedBy,
		Message: y.Message, Returned: y.Returned, ReturnedBy: y.ReturnedBy, Minutes: map[catalogue.AreaKey]int{}, HandIns: []exportedHandIn{}, Answers: answersOf(y.Answers.All()), Organised: organisedOf(y.Tasks.All()), Reasons: reasonsOf(y.Reasons.All()), Displaced: []exportedDisplaced{}}
	effort, err := x.s.Assessments.Effort(ctx, x.actor, y.Round, x.m.ID)
	if err != nil {
		return err
	}
	for _, a := range effort.Areas {
		v.Minutes[a.Area] = int(a.Minutes)
	}
	for below := int64(0); ; {
		steps, err := x.s.Assessments.HandInSteps(ctx, x.actor, y, below, handInsPage)
		if err != nil {
			return err
		}
		for _, step := range steps {
			below = step.Number
			v.HandIns = append(v.HandIns, exportedHandIn{step.Step, step.Version, step.By, step.At.UTC(), step.Message})
		}
		if len(steps) < handInsPage {
			break
		}
	}
	slices.Reverse(v.HandIns) // the oldest first
	displaced, err := x.s.Assessments.DisplacedIn(ctx, x.actor, y)
	if err != nil {
		return err
	}
	for _, d := range displaced {
		v.Displaced = append(v.Displaced, exportedDisplaced{exportedAnswerOf(d.Was), d.At.UTC()})
	}
	if err := a.json(path.Join(dir, FileAssessment), v); err != nil {
		return err
	}
	err = a.table(path.Join(dir, FileAnswers), []string{"round", "area", "task", "taskName", "question", "questionText", "level", "notApplicable", "note", "by", "at", "carried",
		"notApplicableReason", "changeReason", "taskChangeReason", "carriedFrom"}, func(add func(...string) error) error {
		for _, t := range c.Tasks() {
			if !y.Scope.Covers(t.Key) {
				continue
			}
			for _, q := range t.Questions {
				answer := y.Answer(q.Key)
				level, at, from := "", "", ""
				if answer.Level != nil {
					level = strconv.Itoa(*answer.Level)
				}
				if answer.Tag != "" {
					at = answer.At.UTC().Format(time.RFC3339)
				}
				if answer.From != nil {
					from = string(answer.From.Round)
				}
				if err := add(string(y.Round), string(t.Area), string(t.Key), words.Tasks[t.Key].Name, string(q.Key), words.Questions[q.Key].Text, level,
					answer.NotApplicable, answer.Note, string(answer.By), at, strconv.FormatBool(answer.Carried),
					string(answer.Exemption()), string(answer.ChangeReason), string(y.Reason(t.Key).Reason), from); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	scores := assessment.Calculate(c, y.Scope, &y)
	return a.table(path.Join(dir, FileScores), []string{"round", "selection", "score", "answered", "applicable"}, func(add func(...string) error) error {
		for _, sel := range assessment.Selections(c) {
			f, ok := scores[sel]
			if !ok {
				continue
			}
			score := ""
			if f.Scored {
				score = f.Score.String()
			}
			if err := add(string(y.Round), string(sel), score, strconv.Itoa(f.Answered), strconv.Itoa(f.Applicable)); err != nil {
				return err
			}
		}
		return nil
	})
}

type exportedPublication struct {
	Publication assessment.Hash      `json:"publication"`
	Answers     []exportedLevel      `json:"answers"`
	Tasks       []exportedTaskStatus `json:"organisation"`
	Scores      []exportedScore      `json:"scores"`
}

type exportedLevel struct {
	Question catalogue.QuestionKey `json:"question"`
	Level    *int                  `json:"level"` // null is not applicable
}

type exportedTaskStatus struct {
	Task        catalogue.TaskKey   `json:"task"`
	Status      assessment.Status   `json:"status"`
	Carrier     assessment.Carrier  `json:"carrier,omitempty"`
	Responsible assessment.TaskRole `json:"responsible,omitempty"`
}

type exportedScore struct {
	Selection  assessment.Selection `json:"selection"`
	Score      *float64             `json:"score"`
	Answered   int                  `json:"answered"`
	Applicable int                  `json:"applicable"`
}

func publicationOf(p assessment.Part) exportedPublication {
	v := exportedPublication{p.Publication, []exportedLevel{}, []exportedTaskStatus{}, []exportedScore{}}
	for _, a := range p.Answers {
		v.Answers = append(v.Answers, exportedLevel(a))
	}
	for _, t := range p.Tasks {
		v.Tasks = append(v.Tasks, exportedTaskStatus(t))
	}
	for _, s := range p.Scores {
		score := exportedScore{Selection: s.Selection, Answered: s.Answered, Applicable: s.Applicable}
		if s.Score >= 0 {
			n := assessment.Score(s.Score).Float()
			score.Score = &n
		}
		v.Scores = append(v.Scores, score)
	}
	return v
}

type exportedStep struct {
	ID      assessment.StepID     `json:"id"`
	Task    catalogue.TaskKey     `json:"task"`
	What    string                `json:"what"`
	Why     string                `json:"why,omitempty"`
	Owner   org.PersonID          `json:"owner,omitempty"`
	Role    assessment.TaskRole   `json:"role,omitempty"`
	Due     assessment.Day        `json:"due,omitempty"`
	Status  assessment.StepStatus `json:"status"`
	Result  string                `json:"result,omitempty"`
	Reason  string                `json:"reason,omitempty"`
	MadeBy  org.PersonID          `json:"madeBy"`
	MadeAt  time.Time             `json:"madeAt"`
	By      org.PersonID          `json:"by"`
	At      time.Time             `json:"at"`
	Removed time.Time             `json:"removed,omitzero"`
	Was     *exportedFormerStep   `json:"was,omitempty"` // before it was changed last
}

type exportedFormerStep struct {
	What   string                `json:"what"`
	Why    string                `json:"why,omitempty"`
	Owner  org.PersonID          `json:"owner,omitempty"`
	Role   assessment.TaskRole   `json:"role,omitempty"`
	Due    assessment.Day        `json:"due,omitempty"`
	Status assessment.StepStatus `json:"status"`
	Result string                `json:"result,omitempty"`
	Reason string                `json:"reason,omitempty"`
	By     org.PersonID          `json:"by"`
	At     time.Time             `json:"at"`
}

// steps writes the improvement plan, as a list and as a table. Each is a reading of its own.
func (x *Export) steps(ctx context.Context, a *archive) error {
	err := a.list(FileSteps, func(add func(any) error) error {
		return x.s.Assessments.EachStepOf(ctx, x.actor, x.m.ID, func(s assessment.Step) error {
			v := exportedStep{s.ID, s.Task, s.What, s.Why, s.Owner, s.Role, s.Due, s.Status, s.Result, s.Reason, s.MadeBy, s.MadeAt.UTC(), s.By, s.At.UTC(), s.Removed.UTC(), nil}
			if was := s.Was; was != nil {
				v.Was = &exportedFormerStep{was.What, was.Why, was.Owner, was.Role, was.Due, was.Status, was.Result, was.Reason, was.By, was.At.UTC()}
			}
			return add(v)
		})
	})
	if err != nil {
		return err
	}
	header := []string{"id", "task", "what", "why", "owner", "role", "due", "status", "result", "reason", "madeBy", "madeAt", "by", "at", "removed"}
	return a.table(FileStepsTable, header, func(add func(...string) error) error {
		return x.s.Assessments.EachStepOf(ctx, x.actor, x.m.ID, func(s assessment.Step) error {
			removed := ""
			if !s.Removed.IsZero() {
				removed = s.Removed.UTC().Format(time.RFC3339)
			}
			return add(string(s.ID), string(s.Task), s.What, s.Why, string(s.Owner), string(s.Role), string(s.Due), string(s.Status), s.Result, s.Reason,
				string(s.MadeBy), s.MadeAt.UTC().Format(time.RFC3339), string(s.By), s.At.UTC().Format(time.RFC3339), removed)
		})
	})
}

type exportedEvidence struct {
	ID       assessment.EvidenceID `json:"id"`
	Round    assessment.RoundID    `json:"round,omitempty"`
	Task     catalogue.TaskKey     `json:"task,omitempty"`
	Question catalogue.QuestionKey `json:"question,omitempty"` // absent: the task as a whole
	Shows    *exportedShown        `json:"shows,omitempty"`    // or a measurement
	Title    string                `json:"title,omitempty"`
	Link     string                `json:"link,omitempty"`
	Name     string                `json:"name,omitempty"` // of a file, with what follows
	Type     assessment.FileType   `json:"type,omitempty"`
	Size     int64                 `json:"size,omitempty"`
	Scan     assessment.ScanState  `json:"scan,omitempty"`
	File     string                `json:"file,omitempty"` // where it stands in the archive, absent where nobody gets it
	By       org.PersonID          `json:"by"`
	At       time.Time             `json:"at"`
	Removed  time.Time             `json:"removed,omitzero"`
}

// exportedShown is the measurement that a file shows. Version is the one of its versions that stood when the file came, counted from 1.
type exportedShown struct {
	Benefit     benefits.ID            `json:"benefit"`
	Measurement benefits.MeasurementID `json:"measurement"`
	Version     int                    `json:"version"`
}

// evidence writes what stands behind the answers and shows the measurements: a list, and the files beside it. One that is held back, or was removed, stands in the list alone.
func (x *Export) evidence(ctx context.Context, a *archive) error {
	var files []assessment.Evidence
	err := a.list(FileEvidence, func(add func(any) error) error {
		return x.s.Assessments.EachEvidenceOf(ctx, x.actor, x.m.ID, func(e assessment.Evidence) error {
			v := exportedEvidence{ID: e.ID, Round: e.Round, Task: e.Task, Question: e.Question, Title: e.Title, Link: e.Link, By: e.By, At: e.At.UTC(), Removed: e.Removed.UTC()}
			if x := e.Shows; x != nil {
				v.Shows = &exportedShown{benefits.ID(x.Benefit), benefits.MeasurementID(x.Measurement), x.Version}
			}
			if e.File != nil {
				v.Name, v.Type, v.Size, v.Scan = e.File.Name, e.File.Type, e.File.Size, e.File.Scan
				if e.Removed.IsZero() && !x.s.Assessments.Held(e.File) {
					v.File = evidencePath(e)
					files = append(files, e)
				}
			}
			return add(v)
		})
	})
	if err != nil {
		return err
	}
	for _, e := range files {
		open := x.s.Assessments.OpenEvidence
		if e.Shows != nil {
			open = x.s.Assessments.OpenShown
		}
		_, content, err := open(ctx, x.actor, e.ID)
		if fault.CodeOf(err) == fault.NotFound { // removed since the list was written
			continue
		}
		if err != nil {
			return err
		}
		if err := a.file(evidencePath(e), func(w io.Writer) error { _, err := io.Copy(w, content); return err }); err != nil {
			return err
		}
	}
	return nil
}

// evidencePath is where a file stands in the archive. Its name alone may be another's too.
func evidencePath(e assessment.Evidence) string {
	return path.Join(DirEvidence, string(e.ID), e.File.Name)
}

type exportedAmbition struct {
	Task  catalogue.TaskKey `json:"task"`
	Level *int              `json:"level"` // null is taken away
	By    org.PersonID      `json:"by"`
	At    time.Time         `json:"at"`
	Was   *formerAmbition   `json:"was,omitempty"` // before it was changed last
}

type formerAmbition struct {
	Level *int         `json:"level"` // null is none
	By    org.PersonID `json:"by,omitempty"`
	At    time.Time    `json:"at,omitzero"`
}

// ambitions writes what the municipality has set itself, from one reading.
func (x *Export) ambitions(ctx context.Context, a *archive) error {
	all, err := x.s.Assessments.Ambitions(ctx, x.actor, x.m.ID)
	if err != nil {
		return err
	}
	list := []exportedAmbition{}
	for _, ambition := range all.Tasks {
		v := exportedAmbition{ambition.Task, ambition.Level, ambition.By, ambition.At.UTC(), nil}
		if was := ambition.Was; was != nil {
			v.Was = &formerAmbition{was.Level, was.By, was.At.UTC()}
		}
		list = append(list, v)
	}
	if err := a.json(FileAmbitions, list); err != nil {
		return err
	}
	return a.table(FileAmbitionsTable, []string{"task", "level", "by", "at"}, func(add func(...string) error) error {
		for _, v := range list {
			level := ""
			if v.Level != nil {
				level = strconv.Itoa(*v.Level)
			}
			if err := add(string(v.Task), level, string(v.By), v.At.Format(time.RFC3339)); err != nil {
				return err
			}
		}
		return nil
	})
}

type exportedAssignment struct {
	Round    assessment.RoundID `json:"round"`
	Task     catalogue.TaskKey  `json:"task"`
	People   []org.PersonID     `json:"people"` // none: it was taken back
	Finisher org.PersonID       `json:"finisher,omitempty"`
	Due      assessment.Day     `json:"due,omitempty"`
	Done     time.Time          `json:"done,omitzero"`
	By       org.PersonID       `json:"by"`
	At       time.Time          `json:"at"`
}

// assignments writes who had which task, round by round, as a list and as a table. Each is a reading of its own.
func (x *Export) assignments(ctx context.Context, a *archive) error {
	each := func(see func(exportedAssignment) error) error {
		return x.s.Assessments.EachAssignmentsOf(ctx, x.actor, x.m.ID, func(all assessment.Assignments) error {
			for _, y := range all.Tasks {
				if err := see(exportedAssignment{all.Round, y.Task, append([]org.PersonID{}, y.People...), y.Finisher, y.Due, y.Done.UTC(), y.By, y.At.UTC()}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := a.list(FileAssignments, func(add func(any) error) error { return each(func(y exportedAssignment) error { return add(y) }) })
	if err != nil {
		return err
	}
	return a.table(FileAssignedTable, []string{"round", "task", "people", "finisher", "due", "done", "by", "at"}, func(add func(...string) error) error {
		return each(func(y exportedAssignment) error {
			people, done := make([]string, len(y.People)), ""
			for i, id := range y.People {
				people[i] = string(id)
			}
			if !y.Done.IsZero() {
				done = y.Done.Format(time.RFC3339)
			}
			return add(string(y.Round), string(y.Task), strings.Join(people, " "), string(y.Finisher), string(y.Due), done, string(y.By), y.At.Format(time.RFC3339))
		})
	})
}

type exportedComment struct {
	ID       assessment.CommentID  `json:"id"`
	Round    assessment.RoundID    `json:"round"`
	Task     catalogue.TaskKey     `json:"task"`
	Question catalogue.QuestionKey `json:"question,omitempty"`
	Text     string                `json:"text"` // whom it mentions by id: @p-4f0c
	Mentions []org.PersonID        `json:"mentions"`
	By       org.PersonID          `json:"by"`
	At       time.Time             `json:"at"`
	Edited   time.Time             `json:"edited,omitzero"`
	Removed  time.Time             `json:"removed,omitzero"`
}

// comments writes what the municipality's people have said of the tasks, as a list and as a table. Each is a reading of its own.
func (x *Export) comments(ctx context.Context, a *archive) error {
	each := func(see func(exportedComment) error) error {
		return x.s.Assessments.EachCommentOf(ctx, x.actor, x.m.ID, func(c assessment.Comment) error {
			text := c.Written(func(id org.PersonID) (string, bool) { return string(id), true })
			return see(exportedComment{c.ID, c.Round, c.Task, c.Question, text, append([]org.PersonID{}, c.Mentions...), c.By, c.At.UTC(), c.Edited.UTC(), c.Removed.UTC()})
		})
	}
	if err := a.list(FileComments, func(add func(any) error) error { return each(func(c exportedComment) error { return add(c) }) }); err != nil {
		return err
	}
	moment := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(time.RFC3339)
	}
	return a.table(FileCommentsTable, []string{"id", "round", "task", "question", "text", "by", "at", "edited", "removed"}, func(add func(...string) error) error {
		return each(func(c exportedComment) error {
			return add(string(c.ID), string(c.Round), string(c.Task), string(c.Question), c.Text, string(c.By), moment(c.At), moment(c.Edited), moment(c.Removed))
		})
	})
}

type exportedShare struct {
	Round    assessment.RoundID   `json:"round"`
	Task     catalogue.TaskKey    `json:"task"`
	Partners []org.MunicipalityID `json:"partners"`
	By       org.PersonID         `json:"by"`
	At       time.Time            `json:"at"`
}

// shares writes whom answers were offered to, round by round.
func (x *Export) shares(ctx context.Context, a *archive) error {
	return a.list(FileShares, func(add func(any) error) error {
		return x.s.Assessments.EachSharesOf(ctx, x.actor, x.m.ID, func(all assessment.Shares) error {
			for _, y := range all.Tasks {
				if err := add(exportedShare{all.Round, y.Task, append([]org.MunicipalityID{}, y.Partners...), y.By, y.At.UTC()}); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

type exportedBenefit struct {
	ID          benefits.ID           `json:"id"`
	Title       string                `json:"title"`
	Type        benefits.Type         `json:"type"`
	Status      benefits.Status       `json:"status"`
	Owner       org.PersonID          `json:"owner,omitempty"`
	Tasks       []catalogue.TaskKey   `json:"tasks"`
	Technology  string                `json:"technology,omitempty"`
	Stakeholder string                `json:"stakeholder,omitempty"`
	Shared      benefits.IndicatorKey `json:"shared,omitempty"`
	Indicator   string                `json:"indicator,omitempty"`
	Unit        benefits.Unit         `json:"unit,omitempty"`
	Per         benefits.Per          `json:"per,omitempty"`
	Direction   benefits.Direction    `json:"direction,omitempty"`
	Baseline    exportedBaseline      `json:"baseline,omitzero"`
	Target      exportedTarget        `json:"target,omitzero"`
	EffectFrom  benefits.Day          `json:"effectFrom,omitempty"`
	Plan        benefits.Plan         `json:"plan,omitzero"`
	Assumptions string                `json:"assumptions,omitempty"`
	Measures    string                `json:"measures,omitempty"`
	Steps       []assessment.StepID   `json:"steps,omitempty"`
	Risk        string                `json:"risk,omitempty"`
	Uncertainty string                `json:"uncertainty,omitempty"`
	Own         exportedOwn           `json:"own,omitzero"`
	Disposition exportedDisposition   `json:"disposition,omitzero"`
	Explanation string                `json:"explanation,omitempty"`
	Explained   []exportedExplanation `json:"explanations,omitempty"` // all that was said, the first first
	Effect      exportedEffect        `json:"effect,omitzero"`
	PartOf      benefits.ID           `json:"partOf,omitempty"`
	Different   []exportedApart       `json:"different,omitempty"` // from others that look like it
	Warnings    []benefits.Warning    `json:"warnings"`
	MadeBy      org.PersonID          `json:"madeBy"`
	MadeAt      time.Time             `json:"madeAt"`
	By          org.PersonID          `json:"by"`
	At          time.Time             `json:"at"`
	Removed     time.Time             `json:"removed,omitzero"`
}

type exportedApart struct {
	With benefits.ID  `json:"with"`
	By   org.PersonID `json:"by"`
	At   time.Time    `json:"at"`
}

type exportedEffect struct {
	Sign      benefits.Sign `json:"sign"`
	Noticed   benefits.Day  `json:"noticed"`
	NoticedBy string        `json:"noticedBy,omitempty"`
	Cause     string        `json:"cause,omitempty"`
	Done      string        `json:"done,omitempty"`
}

type exportedExplanation struct {
	Text   string                 `json:"text"`
	Figure benefits.MeasurementID `json:"measurement,omitempty"`
	Day    benefits.Day           `json:"day,omitempty"`
	Value  benefits.Number        `json:"value,omitempty"`
	By     org.PersonID           `json:"by,omitempty"`
	At     time.Time              `json:"at,omitzero"`
}

// exportedMeasurement is a measurement with everything it was; the last version counts.
type exportedMeasurement struct {
	ID       benefits.MeasurementID `json:"id"`
	Benefit  benefits.ID            `json:"benefit"`
	Versions []exportedMeasured     `json:"versions"`
}

type exportedMeasured struct {
	From    benefits.Day    `json:"from,omitempty"`
	To      benefits.Day    `json:"to"`
	Value   benefits.Number `json:"value"`
	Low     benefits.Number `json:"low,omitempty"`
	High    benefits.Number `json:"high,omitempty"`
	People  int             `json:"people,omitempty"`
	Method  string          `json:"method,omitempty"`
	Source  string          `json:"source,omitempty"`
	Note    string          `json:"note,omitempty"`
	Link    string          `json:"evidence,omitempty"`
	Removed bool            `json:"removed,omitempty"`
	By      org.PersonID    `json:"by"`
	At      time.Time       `json:"at"`
}

type exportedBaseline struct {
	Value  benefits.Number `json:"value,omitempty"`
	Low    benefits.Number `json:"low,omitempty"`
	High   benefits.Number `json:"high,omitempty"`
	Date   benefits.Day    `json:"date,omitempty"`
	Method string          `json:"method,omitempty"`
	Source string          `json:"source,omitempty"`
}

type exportedTarget struct {
	Value benefits.Number `json:"value,omitempty"`
	Date  benefits.Day    `json:"date,omitempty"`
}

type exportedOwn struct {
	HourlyCost  benefits.Number `json:"hourlyCost,omitempty"`
	HoursPerFTE benefits.Number `json:"hoursPerFTE,omitempty"`
	TaskCost    benefits.Number `json:"taskCost,omitempty"`
	Date        benefits.Day    `json:"date,omitempty"`
	Source      string          `json:"source,omitempty"`
}

// exportedIndicator is an indicator of the municipality's own, with the versions that are kept; the last counts. A benefit's shared names it.
type exportedIndicator struct {
	ID       benefits.IndicatorKey      `json:"id"`
	Versions []exportedIndicatorVersion `json:"versions"`
}

type exportedIndicatorVersion struct {
	Name      string             `json:"name"`
	Type      benefits.Type      `json:"type"`
	Unit      benefits.Unit      `json:"unit"`
	Per       benefits.Per       `json:"per,omitempty"`
	Direction benefits.Direction `json:"direction"`
	Measure   string             `json:"measure,omitempty"`
	Pitfalls  string             `json:"pitfalls,omitempty"`
	Retired   bool               `json:"retired,omitempty"`
	By        org.PersonID       `json:"by"`
	At        time.Time          `json:"at"`
}

// indicators writes what the municipality measures by besides the shared indicators.
func (x *Export) indicators(ctx context.Context, a *archive) error {
	return a.list(FileIndicators, func(add func(any) error) error {
		return x.s.Benefits.OwnIndicatorsOf(ctx, x.actor, x.m.ID, func(i benefits.OwnIndicator) error {
			y := exportedIndicator{ID: i.Key}
			for _, v := range i.Versions {
				y.Versions = append(y.Versions, exportedIndicatorVersion{v.Name, v.Type, v.Unit, v.Per, v.Direction, v.Measure, v.Pitfalls, v.Retired, v.By, v.At.UTC()})
			}
			return add(y)
		})
	})
}

// exportedAssumption is what the municipality assumes from a day on, with everything it was; the last version counts.
type exportedAssumption struct {
	ID       benefits.AssumptionID `json:"id"`
	What     benefits.What         `json:"what"`
	Of       benefits.IndicatorKey `json:"of,omitempty"`
	From     benefits.Day          `json:"from"`
	Versions []exportedAssumed     `json:"versions"`
}

type exportedAssumed struct {
	Value   benefits.Number `json:"value"`
	Source  string          `json:"source"`
	Removed bool            `json:"removed,omitempty"`
	By      org.PersonID    `json:"by"`
	At      time.Time       `json:"at"`
}

// assumptions writes what the municipality's benefits are worked out by.
func (x *Export) assumptions(ctx context.Context, a *archive) error {
	return a.list(FileAssumptions, func(add func(any) error) error {
		return x.s.Benefits.AssumptionsOf(ctx, x.actor, x.m.ID, func(b benefits.Assumption) error {
			y := exportedAssumption{ID: b.ID, What: b.What, Of: b.Of, From: b.From}
			for _, v := range b.Versions {
				y.Versions = append(y.Versions, exportedAssumed{v.Value, v.Source, v.Removed, v.By, v.At.UTC()})
			}
			return add(y)
		})
	})
}

// exportedMap is a benefit map, or what one was before it was changed.
type exportedMap struct {
	ID      benefits.MapID    `json:"id"`
	Title   string            `json:"title"`
	Nodes   []exportedMapNode `json:"nodes"`
	Edges   []exportedMapEdge `json:"edges"`
	MadeBy  org.PersonID      `json:"madeBy,omitempty"`
	MadeAt  time.Time         `json:"madeAt,omitzero"`
	By      org.PersonID      `json:"by"`
	At      time.Time         `json:"at"`
	Removed time.Time         `json:"removed,omitzero"`
}

type exportedMapNode struct {
	ID      benefits.NodeID   `json:"id"`
	Kind    benefits.MapKind  `json:"kind"`
	Text    string            `json:"text"`
	Benefit benefits.ID       `json:"benefit,omitempty"`
	Step    assessment.StepID `json:"step,omitempty"` // of the improvement plan
}

type exportedMapEdge struct {
	From benefits.NodeID `json:"from"`
	To   benefits.NodeID `json:"to"`
}

func exportedMapOf(id benefits.MapID, d benefits.MapData) exportedMap {
	x := exportedMap{ID: id, Title: d.Title, Nodes: []exportedMapNode{}, Edges: []exportedMapEdge{}}
	for _, n := range d.Nodes {
		x.Nodes = append(x.Nodes, exportedMapNode(n))
	}
	for _, e := range d.Edges {
		x.Edges = append(x.Edges, exportedMapEdge(e))
	}
	return x
}

// maps writes the municipality's benefit maps, and what they were before they were changed.
func (x *Export) maps(ctx context.Context, a *archive) error {
	err := a.list(FileMaps, func(add func(any) error) error {
		return x.s.Benefits.MapsOf(ctx, x.actor, x.m.ID, func(m benefits.Map) error {
			y := exportedMapOf(m.ID, m.MapData)
			y.MadeBy, y.MadeAt, y.By, y.At, y.Removed = m.MadeBy, m.MadeAt.UTC(), m.By, m.At.UTC(), m.Removed
			return add(y)
		})
	})
	if err != nil {
		return err
	}
	return a.list(FileMapVersions, func(add func(any) error) error {
		return x.s.Benefits.MapVersionsOf(ctx, x.actor, x.m.ID, func(v benefits.MapVersion) error {
			y := exportedMapOf(v.Map, v.MapData)
			y.By, y.At = v.By, v.At.UTC()
			return add(y)
		})
	})
}

type exportedDisposition struct {
	BudgetCut int    `json:"budgetCut"`
	Capacity  int    `json:"capacity"`
	Quality   int    `json:"quality"`
	Other     int    `json:"other"`
	Decision  string `json:"decision,omitempty"`
}

// benefits writes what the municipality gains, as a list and as a table. Each is a reading of its own.
func (x *Export) benefits(ctx context.Context, a *archive) error {
	err := a.list(FileBenefits, func(add func(any) error) error {
		return x.s.Benefits.EachOf(ctx, x.actor, x.m.ID, func(b benefits.Benefit) error {
			var apart []exportedApart
			for _, y := range b.Different {
				apart = append(apart, exportedApart(y))
			}
			var explained []exportedExplanation
			for _, e := range b.Explanations() {
				explained = append(explained, exportedExplanation(e))
			}
			return add(exportedBenefit{b.ID, b.Title, b.Type, b.Status, b.Owner, append([]catalogue.TaskKey{}, b.Tasks...), b.Technology, b.Stakeholder, b.Shared, b.Indicator, b.Unit, b.Per, b.Direction,
				exportedBaseline(b.Baseline), exportedTarget(b.Target), b.EffectFrom, b.Plan, b.Assumptions, b.Measures, b.Steps, b.Risk, b.Uncertainty, exportedOwn(b.Own), exportedDisposition(b.Disposition),
				b.Explanation, explained, exportedEffect(b.Effect), b.PartOf, apart, append([]benefits.Warning{}, b.Warnings()...), b.MadeBy, b.MadeAt.UTC(), b.By, b.At.UTC(), b.Removed})
		})
	})
	if err != nil {
		return err
	}
	err = a.list(FileMeasurements, func(add func(any) error) error {
		return x.s.Benefits.MeasurementsOf(ctx, x.actor, x.m.ID, func(m benefits.Measurement) error {
			y := exportedMeasurement{ID: m.ID, Benefit: m.Benefit}
			for _, v := range m.Versions {
				y.Versions = append(y.Versions, exportedMeasured{v.From, v.To, v.Value, v.Low, v.High, v.People, v.Method, v.Source, v.Note, v.Evidence, v.Removed, v.By, v.At.UTC()})
			}
			return add(y)
		})
	})
	if err != nil {
		return err
	}
	header := []string{"id", "title", "type", "status", "owner", "tasks", "technology", "stakeholder", "indicator", "unit", "direction", "baselineValue", "baselineDate", "baselineMethod", "baselineSource",
		"targetValue", "targetDate", "effectFrom", "assumptions", "measures", "risk", "uncertainty", "budgetCut", "capacity", "quality", "other", "decision", "explanation", "madeBy", "madeAt", "by", "at", "shared",
		"per", "baselineLow", "baselineHigh", "ownHourlyCost", "ownHoursPerFTE", "ownTaskCost", "ownDate", "ownSource", "steps", "removed", "effectSign", "effectNoticed", "effectNoticedBy", "effectCause", "effectDone", "partOf",
		"planAfter", "planEvery", "different", "warnings"}
	return a.table(FileBenefitsTable, header, func(add func(...string) error) error {
		return x.s.Benefits.EachOf(ctx, x.actor, x.m.ID, func(b benefits.Benefit) error {
			removed := ""
			if !b.Removed.IsZero() {
				removed = b.Removed.UTC().Format(time.RFC3339)
			}
			every := ""
			if b.Plan.Every > 0 {
				every = strconv.Itoa(b.Plan.Every)
			}
			var different []benefits.ID
			for _, y := range b.Different {
				different = append(different, y.With)
			}
			return add(string(b.ID), b.Title, string(b.Type), string(b.Status), string(b.Owner), joined(b.Tasks), b.Technology, b.Stakeholder, b.Indicator, string(b.Unit), string(b.Direction),
				string(b.Baseline.Value), string(b.Baseline.Date), b.Baseline.Method, b.Baseline.Source, string(b.Target.Value), string(b.Target.Date), string(b.EffectFrom),
				b.Assumptions, b.Measures, b.Risk, b.Uncertainty, strconv.Itoa(b.Disposition.BudgetCut), strconv.Itoa(b.Disposition.Capacity), strconv.Itoa(b.Disposition.Quality), strconv.Itoa(b.Disposition.Other),
				b.Disposition.Decision, b.Explanation, string(b.MadeBy), b.MadeAt.UTC().Format(time.RFC3339), string(b.By), b.At.UTC().Format(time.RFC3339), string(b.Shared),
				string(b.Per), string(b.Baseline.Low), string(b.Baseline.High), string(b.Own.HourlyCost), string(b.Own.HoursPerFTE), string(b.Own.TaskCost), string(b.Own.Date), b.Own.Source,
				joined(b.Steps), removed, string(b.Effect.Sign), string(b.Effect.Noticed), b.Effect.NoticedBy, b.Effect.Cause, b.Effect.Done, string(b.PartOf),
				months(b.Plan.After), every, joined(different), joined(b.Warnings()))
		})
	})
}

// months writes a measuring plan's months into one cell, with spaces between.
func months(after []int) string {
	var all []string
	for _, n := range after {
		all = append(all, strconv.Itoa(n))
	}
	return strings.Join(all, " ")
}

// joined writes keys into one cell, with spaces between.
func joined[T ~string](keys []T) string {
	var all []string
	for _, k := range keys {
		all = append(all, string(k))
	}
	return strings.Join(all, " ")
}

// auditPage is how many lines of the log are read at a time.
const auditPage = 500

// audit writes the municipality's lines of the log, newest first.
func (x *Export) audit(ctx context.Context, a *archive) error {
	return a.file(FileAudit, func(w io.Writer) error {
		if _, err := io.WriteString(w, byteOrderMark); err != nil {
			return err
		}
		table, err := events.NewCSV(w)
		if err != nil {
			return err
		}
		for after := store.Cursor(""); ; {
			lines, next, err := x.s.History.Of(ctx, string(x.m.ID), auditPage, after)
			if err != nil {
				return org.Fault("leaving.Export", "", err)
			}
			for _, line := range lines {
				if err := table.Write(line); err != nil {
					return err
				}
			}
			if after = next; after == "" {
				return table.Flush()
			}
		}
	})
}
