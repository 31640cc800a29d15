package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"helhet/internal/store"
)

// wake lets the job's next ready run begin, unless one is under way here already: then that one is followed by another look.
func (s *Scheduler) wake(w *worker, now time.Time) {
	w.mu.Lock()
	if w.busy {
		w.again = true
		w.mu.Unlock()
		return
	}
	w.busy = true
	w.mu.Unlock()
	if !s.join() {
		w.release()
		return
	}
	go func() {
		defer s.active.Done()
		s.work(w, now)
	}()
}

// work runs what is ready, one run after the other, until nothing is left or the scheduler stops.
func (s *Scheduler) work(w *worker, now time.Time) {
	for {
		for !s.isStopping() {
			held, ok := s.claim(w, now)
			if !ok {
				break
			}
			s.execute(w, held)
			now = s.clock.Now()
		}
		if w.release() || s.isStopping() {
			return
		}
		now = s.clock.Now()
	}
}

// release ends the worker's busy time, unless there may be more to do.
func (w *worker) release() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.again {
		w.again = false
		return false
	}
	w.busy = false
	return true
}

func (s *Scheduler) isStopping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopping
}

// held is a run whose lease this copy holds.
type held struct {
	id     string
	run    Run
	holder string
	since  time.Duration // Clock.Elapsed before the last write that renewed the lease
}

// claim takes the lease of the job's oldest ready run.
func (s *Scheduler) claim(w *worker, now time.Time) (held, bool) {
	ctx, cancel := context.WithTimeout(s.ctx, s.lease)
	defer cancel()
	page, err := s.runs.Find(ctx, store.Query{
		Equal: []store.Term{{Field: "job", Value: string(w.job.Name)}, {Field: "phase", Value: phaseReady}},
		Range: &store.Range{Field: "due", To: now.Add(time.Millisecond)},
		Order: []string{"due"}, Limit: claimBatch,
	})
	if err != nil {
		s.log.Error("jobs: looking for ready runs", "job", w.job.Name, "error", err)
		return held{}, false
	}
	for _, doc := range page.Docs {
		if h, ok := s.take(ctx, w, doc, now); ok {
			return h, true
		}
	}
	return held{}, false
}

// take tries to get the lease of a run at the revision that was read.
func (s *Scheduler) take(ctx context.Context, w *worker, doc store.Doc[Run], now time.Time) (held, bool) {
	log := s.log.With("job", w.job.Name, "run", doc.ID)
	if old, err := s.superseded(ctx, w, doc.Value); err != nil {
		log.Error("jobs: reading the newest slot", "error", err)
		return held{}, false
	} else if old {
		doc.Value.end(StateSkipped, now)
		doc.Value.Code = CodeSuperseded
		s.replace(ctx, log, doc)
		return held{}, false
	}
	holder := token()
	doc.Value.State, doc.Value.Lease = StateRunning, Lease{Holder: holder, Beat: token()}
	doc.Value.Started, doc.Value.Attempts = now.UTC(), doc.Value.Attempts+1
	doc.Value.Progress = Progress{}
	since := s.clock.Elapsed()
	stored, ok := s.replace(ctx, log, doc)
	return held{id: doc.ID, run: stored.Value, holder: holder, since: since}, ok
}

// replace writes a run at the revision that was read. A lost race is no fault; with an unknown outcome the run is left to
// the copies that watch it, this one too.
func (s *Scheduler) replace(ctx context.Context, log logger, doc store.Doc[Run]) (store.Doc[Run], bool) {
	stored, err := s.runs.Replace(ctx, doc)
	if err != nil && !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound) {
		log.Error("jobs: writing a run", "error", err)
	}
	return stored, err == nil
}

// superseded reports whether a newer slot of a CatchUpLatest job has made the run pointless.
func (s *Scheduler) superseded(ctx context.Context, w *worker, run Run) (bool, error) {
	if w.job.CatchUp != CatchUpLatest || run.Manual {
		return false, nil
	}
	last, err := s.marks.Get(ctx, string(w.job.Name))
	return err == nil && run.Slot.Before(last.Value.Last), err
}

// watch looks at the running runs of other copies and takes over those whose lease it has seen unchanged for the lease time.
func (s *Scheduler) watch(ctx context.Context, w *worker, now time.Time) error {
	page, err := s.runs.Find(ctx, store.Query{
		Equal: []store.Term{{Field: "job", Value: string(w.job.Name)}, {Field: "phase", Value: phaseRunning}},
		Limit: watchBatch,
	})
	if err != nil {
		return err
	}
	seen := map[string]sighting{}
	at := s.clock.Elapsed()
	for _, doc := range page.Docs {
		if w.holds(doc.Value.Lease.Holder) {
			continue
		}
		known, ok := w.seen[doc.ID]
		switch {
		case !ok || known.lease != doc.Value.Lease:
			seen[doc.ID] = sighting{lease: doc.Value.Lease, at: at}
		case at-known.at < s.lease:
			seen[doc.ID] = known
		default:
			s.takeOver(ctx, w, doc, now)
		}
	}
	w.seen = seen
	return nil
}

// takeOver ends the attempt of a holder that has gone silent: it counts as failed, so that a slot that kills every copy is
// not tried for ever. If attempts are left the run is ready at once.
func (s *Scheduler) takeOver(ctx context.Context, w *worker, doc store.Doc[Run], now time.Time) {
	doc.Value.fail(CodeCrashed, w.job.Retry, now)
	doc.Value.Lease = Lease{} // should the holder come back, it finds that the run is not its own
	if doc.Value.State == StateWaiting {
		doc.Value.Due = now.UTC()
	}
	log := s.log.With("job", w.job.Name, "run", doc.ID)
	if _, ok := s.replace(ctx, log, doc); ok {
		log.Warn("jobs: a holder has gone silent; its run was taken from it", "attempt", doc.Value.Attempts, "state", doc.Value.State)
		s.metrics.LeaseTaken(w.job.Name)
	}
}

func (w *worker) holds(holder string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.holder == holder
}

func (w *worker) hold(holder string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.holder = holder
}

// result is what a job's Run returned.
type result struct {
	numbers Numbers
	err     error
}

// execute runs the job on the run held, keeps the lease alive meanwhile, and records how it ended. It returns when the
// job's function has returned, or when Stop's time is up.
func (s *Scheduler) execute(w *worker, h held) {
	log := s.log.With("job", w.job.Name, "run", h.id, "attempt", h.run.Attempts)
	w.hold(h.holder)
	defer w.hold("")
	began := s.clock.Elapsed()
	s.metrics.RunStarted(w.job.Name)
	log.Info("jobs: begun")

	ctx, cancel := context.WithCancelCause(s.ctx)
	defer cancel(nil)
	task := &Task{ID: h.run.ID(), Job: h.run.Job, Slot: h.run.Slot, Manual: h.run.Manual, Attempt: h.run.Attempts, Log: log}
	returned := make(chan result, 1)
	go func() { returned <- call(ctx, w.job, task, log) }()

	e := &execution{s: s, w: w, held: h, task: task, log: log}
	state := e.supervise(cancel, returned)
	took := s.clock.Elapsed() - began
	log.Info("jobs: ended", "state", state, "took", took)
	s.metrics.RunEnded(w.job.Name, state, took)
	if state.Ended() {
		prune, stop := context.WithTimeout(s.ctx, s.lease)
		defer stop()
		if err := s.prune(prune, w); err != nil {
			log.Warn("jobs: deleting old runs", "error", err)
		}
	}
}

// call runs the job's function and turns a panic into a failure.
func call(ctx context.Context, job Job, task *Task, log logger) (r result) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("jobs: panic", "panic", p, "stack", string(debug.Stack()))
			r = result{err: Fail(CodePanic, fmt.Errorf("panic: %v", p))}
		}
	}()
	numbers, err := job.Run(ctx, task)
	return result{numbers, err}
}

// logger is the part of slog that is used here.
type logger interface {
	Info(msg string, args ...any)
	Warn(msg string, args ...any)
	Error(msg string, args ...any)
}

// execution watches over one attempt.
type execution struct {
	s    *Scheduler
	w    *worker
	held held
	task *Task
	log  logger
}

// supervise renews the lease until the job's function returns, and ends its context when the lease is lost, the time is up
// or the program stops. It returns the state recorded, StateRunning if none could be.
func (e *execution) supervise(cancel context.CancelCauseFunc, returned <-chan result) State {
	s := e.s
	over, stopOver := s.clock.Timer(e.w.job.Timeout)
	defer stopOver()
	beat, stopBeat := s.clock.Timer(e.nextBeat())
	defer func() { stopBeat() }()
	var overdue <-chan time.Time // after the time is up: how long the job may still take to return
	wind := s.wind
	var cause error // why the context was ended
	for {
		select {
		case r := <-returned:
			return e.finish(r, cause)
		case <-beat:
			if !e.renew() {
				cancel(ErrLeaseLost)
				s.metrics.LeaseLost(e.w.job.Name)
				e.log.Warn("jobs: the lease is lost; nothing is recorded")
				e.await(returned)
				return StateRunning
			}
			beat, stopBeat = s.clock.Timer(e.nextBeat())
		case <-over:
			cause = ErrTimeout
			cancel(cause)
			var stop func()
			overdue, stop = s.clock.Timer(s.grace)
			defer stop()
		case <-overdue:
			e.log.Error("jobs: the job does not heed its context; its attempt is given up while it still runs")
			state := e.finish(result{err: ErrTimeout}, ErrTimeout)
			e.await(returned)
			return state
		case <-wind:
			wind = nil
			if cause == nil {
				cause = ErrStopping
				cancel(cause)
			}
		case <-s.abandon:
			cancel(ErrStopping)
			return e.finish(result{err: ErrStopping}, ErrStopping)
		}
	}
}

// await waits until the job's function has returned, so that this copy never runs a job twice at once, or until Stop's time is up.
func (e *execution) await(returned <-chan result) {
	select {
	case <-returned:
	case <-e.s.abandon:
	}
}

// renew writes a heartbeat with the progress. False means that the lease is lost: another copy has taken the run, or no
// heartbeat could be written for so long that one may have.
func (e *execution) renew() bool {
	s := e.s
	began, beat := s.clock.Elapsed(), token()
	ctx, cancel := context.WithTimeout(s.ctx, e.nextBeat())
	defer cancel()
	err := e.update(ctx, func(r *Run) {
		r.Lease.Beat = beat
		r.Progress = e.task.reached()
	})
	switch {
	case err == nil:
		e.held.since = began
		return true
	case errors.Is(err, errNotHeld), errors.Is(err, store.ErrNotFound):
		return false
	}
	e.log.Warn("jobs: heartbeat", "error", err)
	return s.clock.Elapsed()-e.held.since < s.lease
}

// nextBeat is how long to wait for the next heartbeat, or for its answer: not beyond the end of the lease.
func (e *execution) nextBeat() time.Duration {
	left := e.held.since + e.s.lease - e.s.clock.Elapsed()
	return max(min(e.s.beat, left), 0)
}

// errNotHeld means that the run is no longer this attempt's.
var errNotHeld = errors.New("jobs: the run is held by another attempt")

// update changes the run if this attempt holds it. It may be repeated after an unknown outcome.
func (e *execution) update(ctx context.Context, change func(r *Run)) error {
	_, err := e.s.runs.Update(ctx, e.held.id, func(r *Run) ([]store.Event, error) {
		switch {
		case r.Lease.Holder != e.held.holder:
			return nil, errNotHeld
		case r.State != StateRunning:
			return nil, store.ErrNoChange // our own earlier write, whose answer was lost
		}
		change(r)
		return nil, nil
	})
	return err
}

// finish records how the attempt ended: done, failed (to be tried again or for good), or given back.
func (e *execution) finish(r result, cause error) State {
	s, now := e.s, e.s.clock.Now()
	change := func(run *Run) { run.fail(codeOf(r.err), e.w.job.Retry, now) }
	switch {
	case r.err == nil:
		change = func(run *Run) {
			run.end(StateDone, now)
			run.Numbers, run.Code, run.Progress = r.numbers, "", e.task.reached()
		}
	case errors.Is(cause, ErrStopping):
		change = func(run *Run) { run.State, run.Due = StateGivenBack, now.UTC() }
	case errors.Is(cause, ErrTimeout):
		change = func(run *Run) { run.fail(CodeTimeout, e.w.job.Retry, now) }
	}
	if r.err != nil && !errors.Is(cause, ErrStopping) {
		e.log.Error("jobs: failed", "error", r.err)
	}
	state := StateRunning
	keep := change
	change = func(run *Run) {
		keep(run)
		state = run.State
	}
	for {
		// Not s.ctx: Stop ends it when its time is up, and then leases are given back.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), min(s.beat, giveBackTime))
		err := e.update(ctx, change)
		cancel()
		switch {
		case err == nil:
			return state
		case errors.Is(err, errNotHeld), errors.Is(err, store.ErrNotFound):
			s.metrics.LeaseLost(e.w.job.Name)
			e.log.Warn("jobs: the lease was lost before the outcome was recorded; the slot runs again")
			return StateRunning
		}
		e.log.Warn("jobs: recording the outcome", "error", err)
		if s.clock.Elapsed()-e.held.since >= s.lease {
			s.metrics.LeaseLost(e.w.job.Name)
			return StateRunning
		}
		again, stop := s.clock.Timer(s.beat)
		select {
		case <-again:
			stop()
		case <-s.abandon:
			stop()
			return StateRunning
		}
	}
}

// end sets the run's last state.
func (r *Run) end(state State, now time.Time) {
	r.State, r.Finished = state, now.UTC()
}

// fail counts a failed attempt: the run waits for its next one, or has failed for good.
func (r *Run) fail(code Code, retry Retry, now time.Time) {
	r.Failures++
	r.Code = code
	if r.Failures >= retry.Limit {
		r.end(StateFailed, now)
		return
	}
	r.State, r.Due = StateWaiting, now.UTC().Add(retry.wait(r.Failures))
}
