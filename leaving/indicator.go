package leaving

import (
	"context"
	"time"

	"helhet/benefits"
	"helhet/org"
)

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
