package leaving

import (
	"context"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/org"
)

type exportedStep struct {
	ID   assessment.StepID `json:"id"`
	Task catalogue.TaskKey `json:"task"`
	exportedStepData
	MadeBy  org.PersonID        `json:"madeBy"`
	MadeAt  time.Time           `json:"madeAt"`
	By      org.PersonID        `json:"by"`
	At      time.Time           `json:"at"`
	Removed time.Time           `json:"removed,omitzero"`
	Was     *exportedFormerStep `json:"was,omitempty"` // before it was changed last
}

type exportedStepData struct {
	What   string                `json:"what"`
	Why    string                `json:"why,omitempty"`
	Owner  org.PersonID          `json:"owner,omitempty"`
	Role   assessment.TaskRole   `json:"role,omitempty"`
	Due    assessment.Day        `json:"due,omitempty"`
	Status assessment.StepStatus `json:"status"`
	Result string                `json:"result,omitempty"`
	Reason string                `json:"reason,omitempty"`
}

type exportedFormerStep struct {
	exportedStepData
	By org.PersonID `json:"by"`
	At time.Time    `json:"at"`
}

// steps writes the improvement plan, as a list and as a table. Each is a reading of its own.
func (x *Export) steps(ctx context.Context, a *archive) error {
	err := a.list(FileSteps, func(add func(any) error) error {
		return x.s.Assessments.EachStepOf(ctx, x.actor, x.m.ID, func(s assessment.Step) error {
			v := exportedStep{s.ID, s.Task, exportedStepData(s.StepData), s.MadeBy, s.MadeAt.UTC(), s.By, s.At.UTC(), s.Removed.UTC(), nil}
			if was := s.Was; was != nil {
				v.Was = &exportedFormerStep{exportedStepData(was.StepData), was.By, was.At.UTC()}
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
			return add(string(s.ID), string(s.Task), s.What, s.Why, string(s.Owner), string(s.Role), string(s.Due), string(s.Status), s.Result, s.Reason,
				string(s.MadeBy), timeCell(s.MadeAt), string(s.By), timeCell(s.At), timeCell(s.Removed))
		})
	})
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
			if err := add(string(v.Task), levelCell(v.Level), string(v.By), timeCell(v.At)); err != nil {
				return err
			}
		}
		return nil
	})
}
