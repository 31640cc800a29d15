// Package leaving is how a municipality takes everything of its own out of Helhet, and how it leaves: docs/leaving.md.
package leaving

import (
	"context"
	"time"

	"helhet/assessment"
	"helhet/benefits"
	"helhet/internal/events"
	"helhet/internal/store"
	"helhet/org"
)

// Service takes a municipality's own out, and deletes it when the municipality leaves.
type Service struct {
	Options
	exports    *store.Collection[export]
	departures *store.Collection[Departure]
}

// Options are what the service does not make itself.
type Options struct {
	Register    *org.Register
	Regions     *org.Regions
	People      *org.People
	Invitations *org.Invitations
	Access      *org.AccessRequests
	Assessments *assessment.Service
	Benefits    *benefits.Service
	History     *events.History
	Now         func() time.Time
	// Relay moves waiting events to the history, so that a document that has some can be deleted.
	Relay   func(context.Context) error
	Wait    time.Duration      // between a municipality's asking to leave and its deletion
	Figures assessment.Figures // what becomes of what was published of it
}

// New declares the collections and makes the service.
func New(db *store.DB, o Options) *Service {
	return &Service{Options: o, exports: newExports(db), departures: newDepartures(db)}
}
