package leaving

import (
	"context"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/org"
)

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
