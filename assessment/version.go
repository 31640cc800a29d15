package assessment

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// VersionID names what an assessment said when it was handed in: "9f86d081884c7d659a2feaa0c55ad015". Of two that say the same, answer by answer
// and save by save, it is the same.
type VersionID string

// Version is what an assessment said when it was handed in. It never changes. One document, at id round/municipality/version.
type Version struct {
	Round        RoundID            `bson:"round"`
	Municipality org.MunicipalityID `bson:"municipality"`
	Catalogue    catalogue.Key      `bson:"catalogue"`
	Scope        Scope              `bson:"scope"`
	At           time.Time          `bson:"at"` // when it was handed in the first time
	Answers      []Answer           `bson:"answers"`
	Tasks        []Organisation     `bson:"tasks"`
	Reasons      []TaskReason       `bson:"reasons"` // nil where it was kept by a build that did not keep them
}

// TellsReasons tells whether it has the reasons that its tasks had. What was handed in before they were kept says nothing of them.
func (v Version) TellsReasons() bool { return v.Reasons != nil }

// version names what the assessment says now: which save of which answer, task and reason stands.
func (a *Assessment) version() VersionID {
	var lines []string
	for _, x := range a.Answers.All() {
		lines = append(lines, fmt.Sprintf("question %s %s", x.Question, x.Tag))
	}
	for _, x := range a.Tasks.All() {
		lines = append(lines, fmt.Sprintf("task %s %s", x.Task, x.Tag))
	}
	for _, x := range a.Reasons.All() {
		lines = append(lines, fmt.Sprintf("reason %s %s", x.Task, x.Tag))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return VersionID(hex.EncodeToString(sum[:16]))
}

func versionID(r RoundID, m org.MunicipalityID, v VersionID) string {
	return assessmentID(r, m) + "/" + string(v)
}

func newVersions(db *store.DB) *store.Collection[Version] {
	return store.NewCollection(db, store.Spec[Version]{
		Name: "versions", Shape: 1,
		Fields: []store.Field[Version]{
			{Name: "municipality", Type: store.String, Value: func(_ string, v *Version) any { return string(v.Municipality) }},
		},
		Indexes: []store.Index{{Name: "municipality", Fields: []string{"municipality"}}},
	})
}

// errMoved stops a hand-in of something else than was kept as its version.
var errMoved = errors.New("assessment: changed since it was kept")

// handInTries is how often a hand-in begins anew when somebody saves an answer meanwhile.
const handInTries = 10

// handInVersion keeps what the assessment says as a version, then does what hands it in, which must see that it says the same still: the version
// is written first, and the assessment that names it last.
func (s *Service) handInVersion(ctx context.Context, op string, r RoundID, m org.MunicipalityID, handIn func(VersionID) (Assessment, error)) (Assessment, error) {
	for range handInTries {
		doc, err := s.assessments.GetShared(ctx, assessmentID(r, m))
		if errors.Is(err, store.ErrNotFound) {
			return Assessment{}, s.noAssessment(ctx, op, r)
		}
		if err != nil {
			return Assessment{}, org.Fault(op, "", err)
		}
		a := doc.Value
		v := a.version()
		if a.Editable() {
			_, err := s.versions.Insert(ctx, versionID(r, m, v), Version{Round: r, Municipality: m, Catalogue: a.Catalogue, Scope: a.Scope, At: s.now().UTC(),
				Answers: a.Answers.Slice(), Tasks: asHandedIn(a.Tasks.Slice()), Reasons: append([]TaskReason{}, a.Reasons.Slice()...)})
			if err != nil && !errors.Is(err, store.ErrExists) {
				return Assessment{}, org.Fault(op, "", err)
			}
		}
		if a, err := handIn(v); !errors.Is(err, errMoved) {
			if err == nil {
				s.tidyDisplaced(ctx, a)
			}
			return a, err
		}
	}
	return Assessment{}, fault.New(fault.Conflict, op, "error.busy")
}

// Version reads what was handed in; only the municipality's own people may. Fault NotFound when it never was.
func (s *Service) Version(ctx context.Context, actor org.Actor, r RoundID, m org.MunicipalityID, v VersionID) (Version, error) {
	const op = "assessment.Version"
	if !org.MayReadAnswers(actor, m) {
		return Version{}, forbidden(op)
	}
	a, err := s.Assessment(ctx, actor, r, m)
	if err != nil {
		return Version{}, err
	}
	named, err := s.handedIn(ctx, op, &a, v)
	if err != nil {
		return Version{}, err
	}
	if !named {
		return Version{}, fault.New(fault.NotFound, op, "error.version.unknown") // kept for a hand-in that never came about, or nothing at all
	}
	doc, err := s.versions.Get(ctx, versionID(r, m, v))
	return doc.Value, org.Fault(op, "error.version.unknown", err)
}

// EachVersionOf gives each of a municipality's versions to see, for who takes out what is its own.
func (s *Service) EachVersionOf(ctx context.Context, actor org.Actor, m org.MunicipalityID, see func(VersionID, Version) error) error {
	const op = "assessment.EachVersionOf"
	if !org.MayExport(actor, m) {
		return forbidden(op)
	}
	q := store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Limit: assessmentPage}
	for {
		page, err := s.versions.Find(ctx, q)
		if err != nil {
			return org.Fault(op, "", err)
		}
		for _, d := range page.Docs {
			if err := see(VersionID(d.ID[strings.LastIndex(d.ID, "/")+1:]), d.Value); err != nil {
				return err
			}
		}
		if q.After = page.Next; page.Next == "" {
			return nil
		}
	}
}

// AnswerChange is an answer that two versions give differently; nothing at all where one of them doesn't give it.
type AnswerChange struct {
	Question      catalogue.QuestionKey
	Before, After Value
}

// OrganisationChange is a task that two versions organise differently.
type OrganisationChange struct {
	Task          catalogue.TaskKey
	Before, After OrganisationData
}

// ReasonChange is why levels had changed, where two versions say it differently: of a task, or of a question that has a reason of its own.
type ReasonChange struct {
	Task          catalogue.TaskKey
	Question      catalogue.QuestionKey // one of the two
	Before, After ChangeReason
}

// stands is what an answer counts as: one that was carried and never confirmed is none.
func (a Answer) stands() Value {
	if a.Carried {
		return Value{}
	}
	return a.Value
}

// Given is what a version says to each question: only what counts.
func (v Version) Given() map[catalogue.QuestionKey]Value {
	given := map[catalogue.QuestionKey]Value{}
	for _, a := range v.Answers {
		given[a.Question] = a.stands()
	}
	return given
}

// Differences is what one version says differently from another, each by key.
type Differences struct {
	Answers []AnswerChange
	Tasks   []OrganisationChange
	Reasons []ReasonChange
}

// None tells whether they say the same.
func (d Differences) None() bool { return len(d.Answers)+len(d.Tasks)+len(d.Reasons) == 0 }

// Compare tells what a later version says differently from an earlier one. An answer that was saved anew and says the same is none. Tasks' reasons are
// compared where both tell them.
func Compare(before, after Version) Differences {
	answers := map[catalogue.QuestionKey]AnswerChange{}
	for _, a := range before.Answers {
		answers[a.Question] = AnswerChange{Question: a.Question, Before: a.stands()}
	}
	for _, a := range after.Answers {
		answers[a.Question] = AnswerChange{a.Question, answers[a.Question].Before, a.stands()}
	}
	untold := OrganisationData{Status: NotClarified}
	tasks := map[catalogue.TaskKey]OrganisationChange{}
	for _, o := range before.Tasks {
		tasks[o.Task] = OrganisationChange{o.Task, o.OrganisationData, untold}
	}
	for _, o := range after.Tasks {
		change, was := tasks[o.Task]
		if !was {
			change.Before = untold
		}
		tasks[o.Task] = OrganisationChange{o.Task, change.Before, o.OrganisationData}
	}
	reasons := map[catalogue.TaskKey]ReasonChange{}
	if before.TellsReasons() && after.TellsReasons() {
		for _, r := range before.Reasons {
			reasons[r.Task] = ReasonChange{Task: r.Task, Before: r.Reason}
		}
		for _, r := range after.Reasons {
			reasons[r.Task] = ReasonChange{Task: r.Task, Before: reasons[r.Task].Before, After: r.Reason}
		}
	}
	var d Differences
	for _, change := range answers {
		if !change.Before.says(change.After) {
			d.Answers = append(d.Answers, change)
		}
		if was, is := change.Before.ChangeReason, change.After.ChangeReason; was != is {
			d.Reasons = append(d.Reasons, ReasonChange{Question: change.Question, Before: was, After: is})
		}
	}
	for _, change := range tasks {
		if !change.Before.same(change.After) {
			d.Tasks = append(d.Tasks, change)
		}
	}
	for _, change := range reasons {
		if change.Before != change.After {
			d.Reasons = append(d.Reasons, change)
		}
	}
	slices.SortFunc(d.Answers, func(a, b AnswerChange) int { return cmp.Compare(a.Question, b.Question) })
	slices.SortFunc(d.Tasks, func(a, b OrganisationChange) int { return cmp.Compare(a.Task, b.Task) })
	slices.SortFunc(d.Reasons, func(a, b ReasonChange) int {
		return cmp.Or(cmp.Compare(a.Task, b.Task), cmp.Compare(a.Question, b.Question))
	})
	return d
}

func (d OrganisationData) same(o OrganisationData) bool {
	return d.Status == o.Status && d.Reason == o.Reason && d.Carrier == o.Carrier && d.Responsible == o.Responsible && slices.Equal(d.Contributing, o.Contributing)
}

// asHandedIn is what is organised as it is handed in: without the sentence that was true before, which is kept for whoever fills in alone.
func asHandedIn(tasks []Organisation) []Organisation {
	tasks = slices.Clone(tasks)
	for i := range tasks {
		tasks[i].FormerReason = ""
	}
	return tasks
}
