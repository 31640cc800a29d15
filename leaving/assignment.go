package leaving

import (
	"context"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/org"
)

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
			return add(string(y.Round), string(y.Task), joined(y.People), string(y.Finisher), string(y.Due), timeCell(y.Done), string(y.By), timeCell(y.At))
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
