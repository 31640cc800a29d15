package leaving

import (
	"context"
	"time"

	"helhet/benefits"
	"helhet/org"
)

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

// measurements writes what the municipality has measured of its benefits.
func (x *Export) measurements(ctx context.Context, a *archive) error {
	return a.list(FileMeasurements, func(add func(any) error) error {
		return x.s.Benefits.MeasurementsOf(ctx, x.actor, x.m.ID, func(m benefits.Measurement) error {
			y := exportedMeasurement{ID: m.ID, Benefit: m.Benefit}
			for _, v := range m.Versions {
				y.Versions = append(y.Versions, exportedMeasured{v.From, v.To, v.Value, v.Low, v.High, v.People, v.Method, v.Source, v.Note, v.Evidence, v.Removed, v.By, v.At.UTC()})
			}
			return add(y)
		})
	})
}
