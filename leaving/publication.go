package leaving

import (
	"context"
	"path"

	"helhet/assessment"
	"helhet/assessment/catalogue"
)

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
