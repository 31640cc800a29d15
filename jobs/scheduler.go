package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"helhet/internal/store"
)

// Options are what a scheduler is made of. The zero value is ready for production.
type Options struct {
	Clock   Clock        // nil is SystemClock
	Logger  *slog.Logger // nil is slog.Default
	Metrics Metrics      // nil counts nothing

	// Lease is how long a run's holder may be silent before another copy takes the run over; 0 is DefaultLease.
	Lease     time.Duration
	Heartbeat time.Duration // at most a third of Lease; 0 is a third
	// Grace is how long Stop lets running jobs finish before their contexts end, and how long an attempt whose time is up
	// may take to return before it is given up; 0 is DefaultGrace.
	Grace time.Duration
}

// What Options stand at.
const (
	DefaultLease = time.Minute
	DefaultGrace = 10 * time.Second
)

// giveBackTime bounds the writes that give leases back when Stop's time is up.
const giveBackTime = 3 * time.Second

// Limits of one tick's work for one job; what is left follows at the next tick.
const (
	slotBatch  = 500 // slots recorded
	claimBatch = 20  // ready runs looked at
	watchBatch = 200 // running runs watched
)

// Errors of the scheduler's own.
var (
	ErrUnknownJob = errors.New("jobs: unknown job")
	ErrStarted    = errors.New("jobs: already started")
)

// Causes that end the context of a running job (context.Cause tells which).
var (
	ErrStopping  = errors.New("jobs: the program stops")
	ErrLeaseLost = errors.New("jobs: the lease is lost")
	ErrTimeout   = errors.New("jobs: the attempt took too long")
)

// Scheduler is one copy's share of the work: it records slots, takes runs that are due, runs them and records how they
// ended. Any number of copies may work on one database.
type Scheduler struct {
	runs    *store.Collection[Run]
	marks   *store.Collection[mark]
	clock   Clock
	log     *slog.Logger
	metrics Metrics
	lease   time.Duration
	beat    time.Duration
	grace   time.Duration

	ctx    context.Context // of everything that runs here; ends when Stop returns
	cancel context.CancelFunc

	ticking sync.Mutex // one tick at a time
	runner  *cron.Cron

	mu       sync.Mutex
	workers  []*worker // in the order of Add
	started  bool
	stopping bool
	active   sync.WaitGroup // work that Stop waits for; joined under mu while not stopping

	wind    chan struct{} // closed when running jobs are to end
	abandon chan struct{} // closed when Stop's time is up
}

// worker is one job on this copy. It runs one slot at a time.
type worker struct {
	job      Job
	schedule Schedule

	mu     sync.Mutex
	busy   bool   // a slot is being chosen or run
	again  bool   // something may have become ready while busy
	holder string // the lease token of the run at hand

	seen map[string]sighting // running runs of other copies, by id; touched by Tick alone
}

// sighting is when this copy first saw a lease as it is.
type sighting struct {
	lease Lease
	at    time.Duration // Clock.Elapsed
}

// New makes a scheduler on the database. It declares collections, so it comes before db.Ensure.
func New(db *store.DB, o Options) (*Scheduler, error) {
	if o.Clock == nil {
		o.Clock = SystemClock()
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Metrics == nil {
		o.Metrics = noMetrics{}
	}
	if o.Lease == 0 {
		o.Lease = DefaultLease
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = o.Lease / 3
	}
	if o.Grace == 0 {
		o.Grace = DefaultGrace
	}
	if o.Lease < 0 || o.Heartbeat <= 0 || o.Heartbeat > o.Lease/3 || o.Grace < 0 {
		return nil, fmt.Errorf("jobs: lease %s, heartbeat %s, grace %s: a heartbeat comes at least three times per lease", o.Lease, o.Heartbeat, o.Grace)
	}
	s := &Scheduler{
		runs: newRuns(db), marks: newMarks(db),
		clock: o.Clock, log: o.Logger, metrics: o.Metrics,
		lease: o.Lease, beat: o.Heartbeat, grace: o.Grace,
		wind: make(chan struct{}), abandon: make(chan struct{}),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Add takes up a job, before Start. A job that can't be right is ErrJob or ErrSchedule.
func (s *Scheduler) Add(job Job) error {
	job, err := job.withDefaults()
	if err != nil {
		return err
	}
	w := &worker{job: job, seen: map[string]sighting{}}
	if job.CatchUp != CatchUpState {
		if w.schedule, err = ParseSchedule(job.Schedule); err != nil {
			return fmt.Errorf("%w: %q: %w", ErrJob, job.Name, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started {
		return ErrStarted
	}
	for _, other := range s.workers {
		if other.job.Name == job.Name {
			return fmt.Errorf("%w: %q: the name is taken", ErrJob, job.Name)
		}
	}
	s.workers = append(s.workers, w)
	return nil
}

// Start begins to tick: at once, and then at every full minute.
func (s *Scheduler) Start() error {
	s.mu.Lock()
	if s.started || s.stopping {
		s.mu.Unlock()
		return ErrStarted
	}
	s.started = true
	s.runner = cron.New(cron.WithLocation(time.UTC), cron.WithLogger(cronLog{s.log}))
	first := oneAtATime(s.log, func() {
		if err := s.Tick(s.clock.Now()); err != nil {
			s.log.Error("jobs: tick", "error", err)
		}
	})
	_, err := s.runner.AddJob("* * * * *", first)
	if err != nil {
		s.mu.Unlock()
		return fmt.Errorf("jobs: %w", err)
	}
	s.runner.Start()
	s.active.Add(1)
	s.mu.Unlock()
	go func() {
		defer s.active.Done()
		first.Run()
	}()
	return nil
}

// Tick records the slots that are due at now, takes over runs whose holders have gone silent, and begins what is ready. It
// does not wait for the jobs. What fails for one job does not keep the others; the errors come joined.
func (s *Scheduler) Tick(now time.Time) error {
	s.ticking.Lock()
	defer s.ticking.Unlock()
	if !s.join() {
		return nil
	}
	defer s.active.Done()
	var errs []error
	for _, w := range s.jobs() {
		if err := s.tickJob(w, now); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", w.job.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Scheduler) tickJob(w *worker, now time.Time) error {
	ctx, cancel := context.WithTimeout(s.ctx, s.lease)
	defer cancel()
	record := s.recordSlots
	if w.job.CatchUp == CatchUpState {
		record = s.recordNeed
	}
	err := errors.Join(record(ctx, w, now), s.watch(ctx, w, now))
	s.wake(w, now)
	return err
}

// join counts the caller among what Stop waits for, unless the scheduler is stopping.
func (s *Scheduler) join() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return false
	}
	s.active.Add(1)
	return true
}

func (s *Scheduler) jobs() []*worker {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.workers
}

func (s *Scheduler) worker(name Name) (*worker, bool) {
	for _, w := range s.jobs() {
		if w.job.Name == name {
			return w, true
		}
	}
	return nil, false
}

// Stop begins no new slot, lets running ones finish for the grace time, then ends their contexts and gives back the leases
// of those that did not finish, so that another copy takes them at once. When ctx ends first, leases are given back while
// their jobs may still be running, and ctx's error is returned.
func (s *Scheduler) Stop(ctx context.Context) error {
	s.mu.Lock()
	if s.stopping {
		s.mu.Unlock()
		return nil
	}
	s.stopping = true
	runner := s.runner
	s.mu.Unlock()
	defer s.cancel()
	if runner != nil {
		runner.Stop() // its tick, if one is under way, is waited for below
	}
	ended := make(chan struct{})
	go func() {
		s.active.Wait()
		close(ended)
	}()
	grace, release := s.clock.Timer(s.grace)
	defer release()
	select {
	case <-ended:
		return nil
	case <-grace:
	case <-ctx.Done():
	}
	close(s.wind)
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	close(s.abandon)
	s.cancel() // a tick that hangs in the store ends too
	late, release := s.clock.Timer(2 * giveBackTime)
	defer release()
	select {
	case <-ended:
	case <-late: // a job's Due that does not heed its context
	}
	return ctx.Err()
}

// RunNow asks for a run of the job now, by whichever copy is free first. Two calls within a minute are one run. The actor,
// a person's id, stands in the history; whether she may ask is for the caller to decide.
func (s *Scheduler) RunNow(ctx context.Context, name Name, actor string) (Run, error) {
	w, ok := s.worker(name)
	if !ok {
		return Run{}, fmt.Errorf("%w: %q", ErrUnknownJob, name)
	}
	now := s.clock.Now().UTC()
	minute := now.Truncate(time.Minute)
	run := Run{Job: name, Slot: minute, Manual: true, State: StateWaiting, Due: minute}
	doc, err := s.runs.Insert(ctx, string(run.ID()), run, store.Event{Type: "job.requested", At: now, Actor: actor})
	if errors.Is(err, store.ErrExists) {
		doc, err = s.runs.Get(ctx, string(run.ID()))
	}
	if err != nil {
		return Run{}, err
	}
	s.wake(w, now)
	return doc.Value, nil
}

// Status is one job as the page of jobs shows it.
type Status struct {
	Name     Name
	Schedule string // empty: by state
	CatchUp  CatchUp
	Last     time.Time // the newest recorded slot; zero before the first
	Next     time.Time // the next slot; zero for jobs by state
}

// Jobs tells of every job of this copy, in the order they were added.
func (s *Scheduler) Jobs(ctx context.Context) ([]Status, error) {
	workers := s.jobs()
	ids := make([]string, len(workers))
	for i, w := range workers {
		ids[i] = string(w.job.Name)
	}
	docs, err := s.marks.GetMany(ctx, ids)
	if err != nil {
		return nil, err
	}
	last := map[Name]time.Time{}
	for _, doc := range docs {
		last[doc.Value.Job] = doc.Value.Last
	}
	statuses := make([]Status, len(workers))
	for i, w := range workers {
		statuses[i] = Status{Name: w.job.Name, Schedule: w.job.Schedule, CatchUp: w.job.CatchUp, Last: last[w.job.Name]}
		if w.job.CatchUp == CatchUpState {
			continue
		}
		from := s.clock.Now()
		if last[w.job.Name].After(from) {
			from = last[w.job.Name] // the clock was ahead once: those slots are recorded
		}
		statuses[i].Next = w.schedule.Next(from)
	}
	return statuses, nil
}

// token is a random name, never used twice.
func token() string { return rand.Text() }

// oneAtATime makes a cron job of f: called while it runs it does nothing, and a panic ends that call only. The order of the
// chain matters: a panic that passes SkipIfStillRunning keeps its token, and f is never called again.
func oneAtATime(log *slog.Logger, f func()) cron.Job {
	l := cronLog{log}
	return cron.NewChain(cron.SkipIfStillRunning(l), cron.Recover(l)).Then(cron.FuncJob(f))
}

// cronLog passes what cron's runner says on to slog.
type cronLog struct{ log *slog.Logger }

func (c cronLog) Info(msg string, keysAndValues ...any) { c.log.Debug("cron: "+msg, keysAndValues...) }
func (c cronLog) Error(err error, msg string, keysAndValues ...any) {
	c.log.Error("cron: "+msg, append([]any{"error", err}, keysAndValues...)...)
}
