package leaving

import (
	"context"
	"time"

	"helhet/benefits"
	"helhet/org"
)

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
