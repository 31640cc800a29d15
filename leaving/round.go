package leaving

import (
	"context"
	"iter"
	"path"
	"slices"
	"strconv"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"
)

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
	FormerReason string       `json:"formerReason,omitempty"` // why it was not relevant, when it is again
	By           org.PersonID `json:"by"`
	At           time.Time    `json:"at"`
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
		Message: y.Message, Returned: y.Returned, ReturnedBy: y.ReturnedBy, Minutes: map[catalogue.AreaKey]int{}, Answers: answersOf(y.Answers.All()), Organised: organisedOf(y.Tasks.All()), Reasons: reasonsOf(y.Reasons.All()), Displaced: []exportedDisplaced{}}
	effort, err := x.s.Assessments.Effort(ctx, x.actor, y.Round, x.m.ID)
	if err != nil {
		return err
	}
	for _, a := range effort.Areas {
		v.Minutes[a.Area] = int(a.Minutes)
	}
	if v.HandIns, err = x.handIns(ctx, y); err != nil {
		return err
	}
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
	if err := answersTable(a, path.Join(dir, FileAnswers), c, words, y); err != nil {
		return err
	}
	return scoresTable(a, path.Join(dir, FileScores), c, y)
}

// handIns are the steps of a round's hand-in, the oldest first.
func (x *Export) handIns(ctx context.Context, y assessment.Assessment) ([]exportedHandIn, error) {
	all := []exportedHandIn{}
	for below := int64(0); ; {
		steps, err := x.s.Assessments.HandInSteps(ctx, x.actor, y, below, handInsPage)
		if err != nil {
			return nil, err
		}
		for _, step := range steps {
			below = step.Number
			all = append(all, exportedHandIn{step.Step, step.Version, step.By, step.At.UTC(), step.Message})
		}
		if len(steps) < handInsPage {
			slices.Reverse(all)
			return all, nil
		}
	}
}

// answersTable writes a round's questions with their answers, in the catalogue's order.
func answersTable(a *archive, name string, c *catalogue.Catalogue, words catalogue.Wording, y assessment.Assessment) error {
	return a.table(name, []string{"round", "area", "task", "taskName", "question", "questionText", "level", "notApplicable", "note", "by", "at", "carried",
		"notApplicableReason", "changeReason", "taskChangeReason", "carriedFrom"}, func(add func(...string) error) error {
		for _, t := range c.Tasks() {
			if !y.Scope.Covers(t.Key) {
				continue
			}
			for _, q := range t.Questions {
				answer := y.Answer(q.Key)
				at, from := "", ""
				if answer.Tag != "" {
					at = timeCell(answer.At)
				}
				if answer.From != nil {
					from = string(answer.From.Round)
				}
				if err := add(string(y.Round), string(t.Area), string(t.Key), words.Tasks[t.Key].Name, string(q.Key), words.Questions[q.Key].Text, levelCell(answer.Level),
					answer.NotApplicable, answer.Note, string(answer.By), at, strconv.FormatBool(answer.Carried),
					string(answer.Exemption()), string(answer.ChangeReason), string(y.Reason(t.Key).Reason), from); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// scoresTable writes what a round's answers amount to.
func scoresTable(a *archive, name string, c *catalogue.Catalogue, y assessment.Assessment) error {
	scores := assessment.Calculate(c, y.Scope, &y)
	return a.table(name, []string{"round", "selection", "score", "answered", "applicable"}, func(add func(...string) error) error {
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
		all = append(all, exportedTask{o.Task, o.OrganisationData, o.FormerReason, o.By, o.At.UTC()})
	}
	return all
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

// publications writes the municipality's part of each publication.
func (x *Export) publications(ctx context.Context, a *archive) error {
	return x.s.Assessments.EachPartOf(ctx, x.actor, x.m.ID, func(p assessment.Part) error {
		return a.json(path.Join(DirPublications, string(p.Publication)+".json"), publicationOf(p))
	})
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
