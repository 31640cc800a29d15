// Package assessment is what Helhet exists for: rounds in which municipalities assess themselves, answer by answer; the
// scores; what is published of them; and how they compare from round to round.
package assessment

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// Service holds what the domain's operations need. Every operation asks the access rules first.
type Service struct {
	catalogues  map[catalogue.Key]*catalogue.Catalogue
	register    *org.Register
	regions     *org.Regions
	rounds      *store.Collection[Round]
	assessments *store.Collection[Assessment]
	versions    *store.Collection[Version]
	handIns     *store.Collection[NumberedStep]
	displaced   *store.Collection[Displaced]
	efforts     *store.Collection[Effort]
	manifests   *store.Collection[Manifest]
	parts       *store.Collection[Part]
	results     *store.Collection[Results]
	trends      *store.Collection[Trend]
	steps       *store.Collection[Step]
	ambitions   *store.Collection[Ambitions]
	assignments *store.Collection[Assignments]
	shares      *store.Collection[Shares]
	ratings     *store.Collection[Rating]
	consensuses *store.Collection[Consensus]
	displays    *store.Collection[Display]
	comments    *store.Collection[Comment]
	mentions    *store.Collection[Mention]
	evidence    *store.Collection[Evidence]
	room        *store.Collection[evidenceRoom]
	blobs       *store.Blobs
	scanner     Scanner
	quota       int64
	people      *org.People
	now         func() time.Time
	grace       time.Duration
	log         *slog.Logger
	relay       func(ctx context.Context) error
	drafts      bool
}

// Options are what the service does not make itself. Grace is the time between closing and publishing by itself, 14 days unless set.
type Options struct {
	Catalogues map[catalogue.Key]*catalogue.Catalogue
	Register   *org.Register
	Regions    *org.Regions
	People     *org.People // whom a step may have as its owner, whom tasks are given to, who can be mentioned, and who may still let a screen follow
	Now        func() time.Time
	Grace      time.Duration
	Log        *slog.Logger
	// Relay moves waiting events to the history, so that a document that has some can be deleted at once; nil waits for the job.
	Relay func(ctx context.Context) error
	// Scanner looks through files that are given as evidence; nil: nobody does. Quota is how many bytes of them a municipality may keep, 500 MiB unless set.
	Scanner Scanner
	Quota   int64
	// Drafts lets rounds be planned on questionnaires that are not published yet: in the demo.
	Drafts bool
}

// New declares the collections and makes the service.
func New(db *store.DB, o Options) *Service {
	if o.Grace == 0 {
		o.Grace = 14 * 24 * time.Hour
	}
	if o.Quota == 0 {
		o.Quota = 500 << 20
	}
	return &Service{
		catalogues: o.Catalogues, register: o.Register, regions: o.Regions, people: o.People, now: o.Now, grace: o.Grace, log: o.Log, relay: o.Relay, drafts: o.Drafts,
		rounds: newRounds(db), assessments: newAssessments(db), versions: newVersions(db), handIns: newHandIns(db), displaced: newDisplaced(db), efforts: newEfforts(db), manifests: newManifests(db), parts: newParts(db),
		results: newResults(db), trends: newTrends(db),
		steps: newSteps(db), ambitions: newAmbitions(db), assignments: newAssignments(db), shares: newShares(db),
		ratings: newRatings(db), consensuses: newConsensuses(db), displays: newDisplays(db),
		comments: newComments(db), mentions: newMentions(db),
		evidence: newEvidence(db), room: newEvidenceRoom(db), blobs: store.NewBlobs(db, o.Now), scanner: o.Scanner, quota: o.Quota,
	}
}

// Catalogue finds a questionnaire; fault.NotFound when there is none.
func (s *Service) Catalogue(k catalogue.Key) (*catalogue.Catalogue, error) {
	if c := s.catalogues[k]; c != nil {
		return c, nil
	}
	return nil, fault.New(fault.NotFound, "assessment.Catalogue", "error.catalogue.unknown", "catalogue", k)
}

// Catalogues gives all questionnaires by key.
func (s *Service) Catalogues() map[catalogue.Key]*catalogue.Catalogue { return s.catalogues }

func (s *Service) event(kind string, actor org.Actor, scope string, data ...store.Fact) store.Event {
	return store.Event{Type: kind, At: s.now().UTC(), Actor: actor.Name(), Scope: scope, Data: data}
}

func forbidden(op string) error { return fault.New(fault.Forbidden, op, "error.forbidden") }

// newTag makes an answer's tag: opaque, random, never reused.
func newTag() string { return rand.Text()[:16] }

// day is the Norwegian day of a moment, as midnight UTC, the way the register writes days.
func day(t time.Time) time.Time {
	norway, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		panic(err) // the zones are part of the program
	}
	y, m, d := t.In(norway).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
