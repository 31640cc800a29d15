package assessment

import (
	"context"

	"helhet/internal/store"
	"helhet/org"
)

// Contribution is what one person wrote in one assessment.
type Contribution struct {
	Round        RoundID
	Municipality org.MunicipalityID
	HandedIn     bool   // by her
	Approved     bool   // the same
	Returned     string // what she wrote when she returned it; as Answers
	// How many answers, tasks of which she said how they are organised, and of which she said why they changed, carry her id.
	AnswerCount, TaskCount, ReasonCount int
	// How many tasks were given to her, and of how many she gave or changed last who has them.
	Assigned, Gave int
	// What they say: only for whoever may read the municipality's answers.
	Answers []Answer
	Tasks   []Organisation
	Reasons []TaskReason
	// The links and files she gave, removed ones too, and how many they are.
	Evidence      []Evidence
	EvidenceCount int
}

// contributionPage is how many assessments are looked through at a time.
const contributionPage = 20

// Contributions finds what a person wrote in the assessments of some municipalities, round by round. How much it is is hers to know; what it says
// stays in the municipality, so that somebody who has left it is told the numbers alone.
func (s *Service) Contributions(ctx context.Context, actor org.Actor, places []org.MunicipalityID) ([]Contribution, error) {
	const op = "assessment.Contributions"
	if actor.Person == "" {
		return nil, forbidden(op)
	}
	var all []Contribution
	for _, m := range places {
		given, err := s.givenEvidence(ctx, op, actor.Person, m)
		if err != nil {
			return nil, err
		}
		q := store.Query{Equal: []store.Term{{Field: "municipality", Value: string(m)}}, Order: []string{"opened"}, Reverse: true, Limit: contributionPage}
		for more := true; more; more = q.After != "" {
			page, err := s.assessments.FindShared(ctx, q)
			if err != nil {
				return nil, org.Fault(op, "", err)
			}
			var ids []string
			for _, d := range page.Docs {
				ids = append(ids, d.ID)
			}
			assigned, err := s.assignments.GetMany(ctx, ids)
			if err != nil {
				return nil, org.Fault(op, "", err)
			}
			for _, d := range page.Docs {
				w := contributionTo(&d.Value, actor.Person)
				for _, a := range assigned {
					if a.ID == d.ID {
						w.count(a.Value, actor.Person)
					}
				}
				w.Evidence = given[w.Round]
				w.EvidenceCount = len(w.Evidence)
				if !org.MayReadAnswers(actor, m) {
					w.Answers, w.Tasks, w.Reasons, w.Returned, w.Evidence = nil, nil, nil, "", nil
				}
				if w.EvidenceCount+w.AnswerCount+w.TaskCount+w.ReasonCount+w.Assigned+w.Gave > 0 || w.HandedIn || w.Approved || d.Value.ReturnedBy == actor.Person {
					all = append(all, w)
				}
			}
			q.After = page.Next
		}
	}
	return all, nil
}

func contributionTo(a *Assessment, by org.PersonID) Contribution {
	w := Contribution{Round: a.Round, Municipality: a.Municipality, HandedIn: a.HandedInBy == by, Approved: a.ApprovedBy == by}
	if a.ReturnedBy == by {
		w.Returned = a.Returned
	}
	for _, answer := range a.Answers.All() {
		if answer.By == by {
			w.Answers = append(w.Answers, answer)
		}
	}
	for _, o := range a.Tasks.All() {
		if o.By == by {
			w.Tasks = append(w.Tasks, o)
		}
	}
	for _, r := range a.Reasons.All() {
		if r.By == by {
			w.Reasons = append(w.Reasons, r)
		}
	}
	w.AnswerCount, w.TaskCount, w.ReasonCount = len(w.Answers), len(w.Tasks), len(w.Reasons)
	return w
}

// count adds what tasks were given to her, and by her.
func (w *Contribution) count(a Assignments, who org.PersonID) {
	for _, t := range a.Tasks {
		if t.Has(who) {
			w.Assigned++
		}
		if t.By == who {
			w.Gave++
		}
	}
}
