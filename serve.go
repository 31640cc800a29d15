package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os/signal"
	"syscall"
	"time"

	"helhet/api"
	"helhet/config"
	"helhet/jobs"
)

type serveCommand struct{ serveFlags }

// Limits of one connection. A request's body is bounded by its handler.
const (
	headerTime  = 10 * time.Second
	requestTime = 30 * time.Second
	answerTime  = time.Minute
	idleTime    = 2 * time.Minute
	headerBytes = 64 << 10
)

// Run serves until the program is told to stop, and leaves nothing half-done.
func (c serveCommand) Run(p *program) error {
	settings, err := p.settings(c.flags()...)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(p.ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return serve(ctx, stop, settings, p)
}

// serve builds everything, serves until ctx ends, and takes everything down in reverse. Heed is called when stopping begins:
// from then on a second signal ends the program at once.
func serve(ctx context.Context, heed func(), c config.Config, p *program) (err error) {
	log := newLog(c, p.stderr)

	// The address comes first: when it is taken, nothing else has been touched.
	listener, err := listen(c.Addr, "--addr")
	if err != nil {
		return err
	}
	defer listener.Close() // closed already when serving began
	var metricsListener net.Listener
	if c.MetricsAddr != "" {
		if metricsListener, err = listen(c.MetricsAddr, "--metrics-addr"); err != nil {
			return err
		}
		defer metricsListener.Close()
	}

	s, err := openServices(ctx, c, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()

	if err := s.keepDemoApart(ctx, c, log); err != nil {
		return err
	}
	runs, err := newScheduler(s, c, jobs.Options{Logger: log, Lease: c.Lease, Grace: c.Shutdown / 2})
	if err != nil {
		return err
	}
	if err := s.ensure(ctx, c); err != nil {
		return err
	}
	demoKey := ""
	if c.Demo {
		demoKey = rand.Text()
	}
	server, err := api.New(api.Deps{
		DB: s.db, Register: s.register, Regions: s.regions, People: s.people, Assessments: s.assessments, Benefits: s.benefits, Auth: s.auth,
		Invitations: s.invitations, Deletions: s.deletions, SetUp: s.setUp, Mail: s.mail, Email: s.email,
		Runs: runs, History: s.history, Texts: s.texts, Assets: api.EmbeddedAssets(), Log: log, Now: time.Now, Demo: c.Demo, DemoKey: demoKey,
		TrustedProxies: c.TrustedProxies, WriteRate: c.WriteRate,
		Accounts: s.accounts, OIDC: s.oidc, Access: s.access, Accept: s.accept, Limits: s.limits, Leaving: s.leaving,
		PublicURL: c.PublicURL, Version: buildName(),
		Operator: operator(c),
	})
	if err != nil {
		return err
	}

	web := newHTTPServer(server.Handler(), log)
	failed := make(chan error, 2)
	go func() { failed <- web.Serve(listener) }()
	if metricsListener != nil {
		metrics := newHTTPServer(server.Metrics(), log)
		defer metrics.Close() // after the pages: the last requests are counted too
		go func() { failed <- metrics.Serve(metricsListener) }()
		log.Info("metrics", "addr", metricsListener.Addr().String())
	}
	defer s.sendMail(ctx)() // ends before the database is closed
	if err := runs.scheduler.Start(); err != nil {
		return errors.Join(err, web.Close())
	}
	log.Info("serving", "version", buildName(), "addr", listener.Addr().String(), "store", c.Store, "demo", c.Demo)
	fmt.Fprintf(p.stdout, "Helhet is at http://%s\n", listener.Addr())
	if c.Demo {
		offerDemo(p.stdout, listener.Addr(), demoKey)
	}

	if err := s.offerSetUp(ctx, c, p.stdout, listener.Addr().String()); err != nil {
		log.Error("no set-up link", "error", err)
	}

	var broken error
	select {
	case <-ctx.Done():
		log.Info("stopping", "within", c.Shutdown)
	case broken = <-failed:
		log.Error("serving ended", "error", broken)
	}
	heed()
	stopServing(server.Stopping, web, runs.scheduler.Stop, c.Shutdown, log)
	return broken
}

// offerDemo prints the link that lets whoever sees the console be any of the demo's people, on this machine. It goes to the console and not
// to the log, and the next start makes another.
func offerDemo(console io.Writer, addr net.Addr, key string) {
	at, err := netip.ParseAddrPort(addr.String())
	switch {
	case err == nil && at.Addr().IsUnspecified():
		fmt.Fprintf(console, "Choose who to be in the demo at http://localhost:%d/demo/%s\n", at.Port(), key)
	case err == nil && at.Addr().Unmap().IsLoopback():
		fmt.Fprintf(console, "Choose who to be in the demo at http://%s/demo/%s\n", addr, key)
	default:
		fmt.Fprintln(console, "The demo's people are for this machine alone: serve on a loopback address to choose who to be")
	}
}

// offerSetUp prints the link that makes the first administrator, while there is nobody. It goes to the console and not to the log, since
// whoever has it becomes administrator; the next start makes another, and it is gone once somebody is there.
func (s *services) offerSetUp(ctx context.Context, c config.Config, console io.Writer, addr string) error {
	secret, err := s.setUp.Begin(ctx)
	if err != nil || secret == "" {
		return err
	}
	base := c.PublicURL
	if base == "" {
		base = "http://" + addr
	}
	_, err = fmt.Fprintf(console, "Nobody is here yet. Make the first administrator at %s/set-up/%s\n", base, secret)
	return err
}

// sendMail sends mails as they are handed over, until what it returns is called.
func (s *services) sendMail(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); s.mail.Run(ctx) }()
	return func() { cancel(); <-done }
}

// stopServing finishes what was begun: not ready, no new slots, requests finished, leases given back. What takes longer than
// the time allowed is cut off and logged; that is no failure, since jobs are repeated and saves have been acknowledged or not.
func stopServing(notReady func(), web *http.Server, stopJobs func(context.Context) error, within time.Duration, log *slog.Logger) {
	notReady()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- stopJobs(ctx) }()
	if err := web.Shutdown(ctx); err != nil {
		log.Warn("requests were cut off", "error", err)
		if err := web.Close(); err != nil {
			log.Warn("closing", "error", err)
		}
	}
	if err := <-stopped; err != nil {
		log.Warn("jobs were cut off", "error", err)
	}
	log.Info("stopped")
}

func newHTTPServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      answerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // broken connections, which name remote addresses
	}
}

// listen takes an address, or says in one sentence why it cannot.
func listen(addr, flag string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("the address %s is taken by another program: stop that one, or choose another address with %s", addr, flag)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("the address %s needs more rights than this user has: choose a port above 1023 with %s", addr, flag)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("the address %s does not belong to this machine: choose another with %s", addr, flag)
	case err != nil:
		return nil, fmt.Errorf("the address %s cannot be served: %w", addr, err)
	}
	return listener, nil
}

// operator is what the settings say of whoever runs the service. Without a key nothing of the audit log is ever cut.
func operator(c config.Config) api.Operator {
	o := api.Operator{Contact: c.Contact, SecurityContact: c.SecurityContact, AccessibilityURL: c.AccessibilityURL, PrivacyURL: c.PrivacyURL,
		FormerDays: inDays(c.FormerKeep), RequestDays: inDays(c.RequestKeep), AnsweredDays: inDays(c.AnsweredKeep)}
	if c.AuditKey != "" {
		o.AuditDays = c.AuditKeep
	}
	return o
}

func inDays(d time.Duration) int { return int(d / (24 * time.Hour)) }
