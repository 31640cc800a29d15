// Package api is what the world sees of Helhet: pages for people and a JSON API for programs, over Gin. Handlers are short:
// read the request, call the domain, answer; they return errors, and one place turns those into a page or problem details.
package api

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"helhet/assessment"
	"helhet/benefits"
	"helhet/internal/auth"
	"helhet/internal/events"
	"helhet/internal/locale"
	"helhet/internal/mail"
	"helhet/internal/store"
	"helhet/leaving"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// Runs is what the pages need of the scheduler; package jobs has it, main passes it, since api and jobs don't import each other.
type Runs interface {
	// List gives the newest runs first and a cursor for what follows.
	List(ctx context.Context, limit int, after string) ([]RunLine, string, error)
	// Names lists the jobs that exist.
	Names() []string
	// Start makes a run of a job by hand. Two calls in one minute make one run.
	Start(ctx context.Context, job, actor string) error
}

// RunLine is one run of a job as the page shows it.
type RunLine struct {
	ID, Job, State string // State: "waiting", "running", "done", "failed", "given-back" …
	Slot           time.Time
	Started, Ended time.Time
	Attempts       int
	Done, Total    int              // progress; Total 0 is unknown
	Numbers        map[string]int64 // what it counted
	Code           string           // of a failure
	ByHand         bool
}

// Deps is everything the server is built from.
type Deps struct {
	DB             *store.DB
	Register       *org.Register
	Regions        *org.Regions
	People         *org.People
	Invitations    *org.Invitations
	Deletions      *org.Deletions
	Mail           *mail.Outbox
	SetUp          *org.SetUp
	Assessments    *assessment.Service
	Benefits       *benefits.Service
	Leaving        *leaving.Service
	Auth           *auth.Service
	Accounts       *auth.Accounts
	OIDC           *auth.OIDC // nil: nobody signs in with OpenID Connect
	Access         *org.AccessRequests
	Accept         Accept // nil: there are no invitations
	Email          *auth.Email
	Limits         *auth.Limits
	Runs           Runs
	History        *events.History
	Texts          *locale.Catalogue
	Assets         fs.FS // the built bundle: EmbeddedAssets()
	Log            *slog.Logger
	Now            func() time.Time
	Demo           bool
	DemoKey        string         // opens the demo's people to whoever has it; nobody without one
	PublicURL      string         // "https://helhet.example.org": where people reach it; over https cookies travel over nothing else
	TrustedProxies []netip.Prefix // whose word counts on where a request came from
	WriteRate      int            // changes a second that one person, or one address, may make; 0: no limit
	Version        string
	Operator       Operator
}

// Server answers requests. It keeps nothing that another copy would need.
type Server struct {
	Deps
	assets   *Assets
	pages    *pages
	engine   *gin.Engine
	metrics  *metrics
	drawings *drawings
	mains    *kept[mainPart] // of results pages
	answered *kept[coded]    // by the API
	beats    *beats
	present  *presence
	limits   *limits
	patience time.Duration // with a request
	pace     pace
	sittings *live[assessment.Sitting, *assessment.Consensus]
	displays *live[string, assessment.Display]
	stopping atomic.Bool
}

// How much is kept of what was made from publications.
const (
	maxMainBytes   = 16 << 20 // of pages
	maxAnswerBytes = 8 << 20  // of the API's answers
)

// New builds the server; it fails when the bundle was not built, or a template does not parse.
func New(d Deps) (*Server, error) {
	assets, err := LoadAssets(d.Assets)
	if err != nil {
		return nil, err
	}
	pages, err := parsePages()
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	drawings, err := newDrawings(d.Version)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	mains, err := newKept[mainPart](maxMainBytes)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	answered, err := newKept[coded](maxAnswerBytes)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	limits, err := newLimits(d.WriteRate)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	beats, err := newBeats()
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	present, err := newPresence(mostPresent)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	s := &Server{Deps: d, limits: limits, beats: beats, present: present, assets: assets, pages: pages, metrics: newMetrics(), drawings: drawings, mains: mains, answered: answered, patience: requestTimeout, pace: usualPace}
	s.sittings = newLive(s.pace.poll, mostFollowers, func(ctx context.Context, at assessment.Sitting) (*assessment.Consensus, error) {
		return s.Assessments.Consensus(ctx, handsOn, at)
	})
	s.displays = newLive(s.pace.poll, mostScreens, s.Assessments.DisplayNow)
	s.engine = s.routes()
	return s, nil
}

// Handler is the whole service as one handler.
func (s *Server) Handler() http.Handler { return s.protected() }

// Metrics is the handler of the metrics listener.
func (s *Server) Metrics() http.Handler { return s.metrics.handler() }

// Stopping makes /readyz say no, so that no new requests are sent here while the last ones are finished, and ends what would never finish.
func (s *Server) Stopping() {
	s.stopping.Store(true)
	s.sittings.stop()
	s.displays.stop()
}
