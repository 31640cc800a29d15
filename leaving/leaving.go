// Package leaving is how a municipality takes everything of its own out of Helhet, and how it leaves: docs/leaving.md.
package leaving

import (
	"time"

	"helhet/assessment"
	"helhet/internal/events"
	"helhet/internal/store"
	"helhet/org"
)

// Service takes a municipality's own out.
type Service struct {
	Options
	exports *store.Collection[export]
}

// Options are what the service does not make itself.
type Options struct {
	Register    *org.Register
	Regions     *org.Regions
	People      *org.People
	Invitations *org.Invitations
	Access      *org.AccessRequests
	Assessments *assessment.Service
	History     *events.History
	Now         func() time.Time
}

// New declares the collections and makes the service.
func New(db *store.DB, o Options) *Service {
	return &Service{Options: o, exports: newExports(db)}
}
