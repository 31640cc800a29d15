// Package benefits is what a municipality gains, and whether it does: each benefit with its owner, its baseline and target, and how far it
// has come. Nothing of it leaves the municipality. docs/benefits.md tells the whole.
package benefits

import (
	"context"
	"crypto/rand"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Service holds what the operations need. Every operation asks the access rules first.
type Service struct {
	Options
	docs         *store.Collection[Benefit]
	measurements *store.Collection[Measurement]
	assumptions  *store.Collection[Assumption]
	indicators   *store.Collection[ownIndicators]
	ledgers      *store.Collection[Ledger]
	maps         *store.Collection[Map]
	mapVersions  *store.Collection[MapVersion]
	summed       summed
}

// Options are what the service does not make itself.
type Options struct {
	Catalogues map[catalogue.Key]*catalogue.Catalogue // whose tasks a benefit may belong to
	Indicators *Indicators                            // which of them it may share with other benefits
	People     *org.People                            // whom it may have as its owner
	Regions    *org.Regions                           // whose sums the country's are made of
	// Steps reads steps of a municipality's improvement plan by their ids, without those that were removed or are not its own; nil knows none.
	Steps func(context.Context, org.Actor, org.MunicipalityID, []assessment.StepID) ([]assessment.Step, error)
	// Files keeps the files that show measurements, with all other evidence.
	Files *assessment.Service
	Now   func() time.Time
	// Relay moves waiting events to the history, so that a document that has some can be deleted at once; nil waits for the job.
	Relay func(context.Context) error
}

// New declares the collections and makes the service.
func New(db *store.DB, o Options) *Service {
	return &Service{Options: o, docs: newBenefits(db), measurements: newMeasurements(db), assumptions: newAssumptions(db), indicators: newOwnIndicators(db), ledgers: newLedgers(db),
		maps: newMaps(db), mapVersions: newMapVersions(db)}
}

func (s *Service) event(kind string, actor org.Actor, m org.MunicipalityID, facts ...store.Fact) store.Event {
	return store.Event{Type: kind, At: s.Now().UTC(), Actor: actor.Name(), Scope: string(m), Data: facts}
}

func forbidden(op string) error { return fault.New(fault.Forbidden, op, "error.forbidden") }

// newTag names a state of a document: opaque, random, never reused.
func newTag() string { return rand.Text()[:16] }
