package jobs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"helhet/internal/store"
	"helhet/internal/store/sqlite"
)

// gate is a job that says when it has begun and returns when it is let go.
type gate struct {
	began chan *Task
	leave chan error
	cause chan error // why its context ended, if it heeds it
	deaf  bool       // it does not heed its context
}

func newGate() *gate {
	return &gate{began: make(chan *Task, 10), leave: make(chan error, 10), cause: make(chan error, 10)}
}

func (g *gate) run(ctx context.Context, task *Task) (Numbers, error) {
	g.began <- task
	ended := ctx.Done()
	if g.deaf {
		ended = nil
	}
	select {
	case err := <-g.leave:
		return Numbers{"attempt": int64(task.Attempt)}, err
	case <-ended:
		g.cause <- context.Cause(ctx)
		return nil, ctx.Err()
	}
}

func (g *gate) job(name Name) Job {
	return Job{Name: name, Schedule: "0 2 * * *", CatchUp: CatchUpAll, Run: g.run}
}

// write makes the run's effect, an insert at an id of job, slot and target; what is there is done.
func write(ctx context.Context, effects *store.Collection[effect], task *Task, target, by string) error {
	_, err := effects.Insert(ctx, task.Target(target), effect{By: by})
	if errors.Is(err, store.ErrExists) {
		return nil
	}
	return err
}

func TestTakeoverAfterAHang(t *testing.T) {
	onEachEngine(t, func(t *testing.T, open opener) {
		hung := newGate()
		hung.deaf = true
		var did ledger
		a := newCopy(t, open(t), hung.job("daily"))
		b := newCopy(t, open(t), Job{Name: "daily", Schedule: "0 2 * * *", CatchUp: CatchUpAll, Run: did.run})
		run := a.runNow("daily")
		<-hung.began
		// From here a's clock stands still: it is a process that hangs. b's wall clock is another machine's.
		b.clock.Set(start.Add(10 * time.Minute))
		b.settle(0)                          // b sees the lease
		b.settle(DefaultLease - time.Second) // not long enough
		if n := did.total(); n != 0 || b.taken != 0 {
			t.Fatalf("taken over after %s", DefaultLease-time.Second)
		}
		b.clock.Set(start.Add(-40 * time.Minute)) // what its wall clock does in between doesn't matter
		b.settle(time.Second)
		if n := did.total(); n != 1 || b.taken != 1 {
			t.Fatalf("%d runs, %d taken over", n, b.taken)
		}
		done, err := b.Run(t.Context(), run.ID())
		if err != nil || done.State != StateDone || done.Attempts != 2 || done.Failures != 1 {
			t.Errorf("after the takeover: %v, %v", done, err)
		}
		// The one that hung comes back, and can't record.
		hung.leave <- nil
		a.until(func() bool { return len(a.ended["daily"]) == 1 })
		a.active.Wait()
		if a.ended["daily"][0] != StateRunning || a.lost != 1 {
			t.Errorf("the lost lease recorded %v, lost %d", a.ended["daily"], a.lost)
		}
		if after, err := a.Run(t.Context(), run.ID()); err != nil || fmt.Sprint(after) != fmt.Sprint(done) {
			t.Errorf("the record changed: %v, was %v (%v)", after, done, err)
		}
	})
}

// Between the takeover and the next attempt, too, the holder that comes back finds the run not its own.
func TestLostLeaseCannotRecordAWaitingRun(t *testing.T) {
	open := sqliteIn(t.TempDir())
	hung := newGate()
	hung.deaf = true
	a := newCopy(t, open(t), hung.job("daily"))
	watcher := newCopy(t, open(t), newGate().job("daily"))
	run := a.runNow("daily")
	<-hung.began
	w := watcher.workers[0]
	w.busy = true // it takes the run from a, and does not get to run it
	watcher.tick(0)
	watcher.tick(DefaultLease)
	w.busy = false
	hung.leave <- nil
	a.until(func() bool { return len(a.ended["daily"]) == 1 })
	after, err := a.Run(t.Context(), run.ID())
	if err != nil || after.State != StateWaiting || a.ended["daily"][0] != StateRunning || a.lost != 1 {
		t.Errorf("%v, %v; ended %v, lost %d", after, err, a.ended, a.lost)
	}
}

func TestHeartbeatsKeepTheLease(t *testing.T) {
	onEachEngine(t, func(t *testing.T, open opener) {
		g := newGate()
		a, b := newCopy(t, open(t), g.job("daily")), newCopy(t, open(t), g.job("daily"))
		run := a.runNow("daily")
		task := <-g.began
		const beat = DefaultLease / 3
		for i := range 12 {
			a.clock.waitTimer(t, beat)
			task.Progress(i+1, 12)
			before, err := a.Run(t.Context(), run.ID())
			if err != nil {
				t.Fatal(err)
			}
			a.clock.Advance(beat)
			a.clock.waitTimer(t, beat) // the heartbeat is written
			after, err := b.Run(t.Context(), run.ID())
			if err != nil || after.Lease.Beat == before.Lease.Beat || after.Lease.Holder != before.Lease.Holder {
				t.Fatalf("heartbeat %d: %v then %v (%v)", i, before.Lease, after.Lease, err)
			}
			if want := (Progress{int64(i + 1), 12}); after.Progress != want {
				t.Errorf("progress %v, want %v", after.Progress, want)
			}
			b.settle(beat)
		}
		if b.taken != 0 {
			t.Error("a living run was taken over")
		}
		g.leave <- nil
		a.active.Wait()
		if run := a.only(); run.State != StateDone || run.Attempts != 1 {
			t.Errorf("run %v", run)
		}
	})
}

// faults is an engine whose writes can be made to fail.
type faults struct {
	store.Engine
	mu      sync.Mutex
	replace func(write func() error) error // instead of each Replace of a run
	inserts int                            // so many next Inserts of runs fail
}

func (f *faults) set(replace func(write func() error) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.replace = replace
}

func (f *faults) Insert(ctx context.Context, collection string, records []store.Record) []error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if collection != "job_runs" || f.inserts == 0 {
		return f.Engine.Insert(ctx, collection, records)
	}
	f.inserts--
	errs := make([]error, len(records))
	for i := range errs {
		errs[i] = store.ErrUnavailable
	}
	return errs
}

func (f *faults) Replace(ctx context.Context, collection string, record store.Record, at store.Revision) error {
	f.mu.Lock()
	replace := f.replace
	f.mu.Unlock()
	write := func() error { return f.Engine.Replace(ctx, collection, record, at) }
	if replace == nil || collection != "job_runs" {
		return write()
	}
	return replace(write)
}

// A holder that can't reach the store ends its job before any other copy may take the run over.
func TestHolderWithoutStoreLetsGo(t *testing.T) {
	open := sqliteIn(t.TempDir())
	engine := &faults{Engine: open(t)}
	g := newGate()
	a := newCopy(t, engine, g.job("daily"))
	a.runNow("daily")
	<-g.began
	const beat = DefaultLease / 3
	a.clock.waitTimer(t, beat)
	engine.set(func(func() error) error { return store.ErrUnavailable })
	for range 2 {
		a.clock.Advance(beat)
		a.clock.waitTimer(t, beat)
		if len(g.cause) > 0 {
			t.Fatal("the job was ended before its lease was over")
		}
	}
	a.clock.Advance(beat)
	if cause := <-g.cause; !errors.Is(cause, ErrLeaseLost) {
		t.Errorf("cause %v", cause)
	}
	a.active.Wait()
	if a.lost != 1 {
		t.Errorf("%d leases lost", a.lost)
	}
	// When the store is back the same copy takes it up again, after it has watched the lease for its time.
	engine.set(nil)
	g.leave <- nil
	a.settle(time.Minute)
	a.settle(DefaultLease)
	if run := a.only(); run.State != StateDone || run.Attempts != 2 {
		t.Errorf("run %v", run)
	}
}

// Every write of a run may be lost before or after it happened, or have an unknown outcome: it ends as done all the same.
func TestWritesWithUnknownOutcome(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := newRandom(seed)
			engine := &faults{Engine: sqliteIn(t.TempDir())(t)}
			var c *copyOf
			c = newCopy(t, engine, Job{
				Name: "daily", Schedule: "0 2 * * *", CatchUp: CatchUpAll, Retry: Retry{Limit: 100},
				Run: func(ctx context.Context, task *Task) (Numbers, error) {
					return Numbers{"n": 7}, write(ctx, c.effects, task, "x", "a")
				},
			})
			faultsLeft := 6
			engine.set(func(write func() error) error {
				what := random.IntN(4)
				if faultsLeft == 0 {
					what = 0
				}
				switch what {
				case 1:
					faultsLeft--
					return store.ErrUnavailable
				case 2:
					faultsLeft--
					return store.ErrOutcomeUnknown
				case 3:
					faultsLeft--
					if err := write(); err != nil {
						return err
					}
					return store.ErrOutcomeUnknown
				}
				return write()
			})
			c.runNow("daily")
			for range 60 {
				idle := make(chan struct{})
				go func() {
					c.active.Wait()
					close(idle)
				}()
				// While the outcome can't be recorded the run waits for the clock.
				for waiting := true; waiting; {
					select {
					case <-idle:
						waiting = false
					default:
						if c.clock.pending(DefaultLease / 3) {
							c.clock.Advance(DefaultLease / 3)
						}
					}
				}
				if c.only().State.Ended() {
					break
				}
				c.tick(time.Minute)
			}
			run := c.only()
			if run.State != StateDone || run.Numbers["n"] != 7 {
				t.Fatalf("run %v", run)
			}
			if _, err := c.effects.Get(t.Context(), string(run.ID())+"/x"); err != nil {
				t.Error(err)
			}
		})
	}
}

// The outcome is recorded, and only the answer is lost: the attempt finds its own record, and has not lost its lease.
func TestLostAnswerToTheOutcome(t *testing.T) {
	engine := &faults{Engine: sqliteIn(t.TempDir())(t)}
	g := newGate()
	c := newCopy(t, engine, g.job("daily"))
	c.runNow("daily")
	<-g.began
	c.clock.waitTimer(t, DefaultLease/3)
	engine.set(func(write func() error) error {
		if err := write(); err != nil {
			return err
		}
		return store.ErrOutcomeUnknown
	})
	c.clock.Advance(time.Second) // so that the next heartbeat is not mistaken for the next try
	g.leave <- nil
	c.clock.waitTimer(t, DefaultLease/3)
	c.clock.Advance(DefaultLease / 3)
	c.active.Wait()
	if run := c.only(); run.State != StateDone || c.lost != 0 || fmt.Sprint(c.ended["daily"]) != "[done]" {
		t.Errorf("run %v, ended %v, %d leases lost", run, c.ended["daily"], c.lost)
	}
}

// A copy that dies, or loses the store, between moving the mark of a job by state and recording the run: the next tick of
// any copy records it. The same for slots, whose mark has not moved.
func TestRecordingIsTakenUpAgain(t *testing.T) {
	engine := &faults{Engine: sqliteIn(t.TempDir())(t)}
	var slots, state ledger
	c := newCopy(t, engine,
		Job{Name: "slots", Schedule: "* * * * *", CatchUp: CatchUpAll, Run: slots.run},
		Job{
			Name: "state", CatchUp: CatchUpState, Run: state.run,
			Due: func(context.Context, time.Time) (bool, error) { return state.total() == 0, nil },
		})
	if err := c.firstMark(t.Context(), c.workers[0], start); err != nil {
		t.Fatal(err)
	}
	engine.inserts = 2
	c.clock.Advance(time.Minute)
	if err := c.Tick(c.clock.Now()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("tick: %v", err)
	}
	c.active.Wait()
	for range 2 {
		c.settle(time.Second)
	}
	if len(slots.order) != 1 || len(state.order) != 1 || !slots.order[0].Equal(start.Add(time.Minute)) || !state.order[0].Equal(start.Add(time.Minute)) {
		t.Errorf("slots %v, state %v", slots.order, state.order)
	}
}

// pending reports whether a timer is set that fires in exactly d.
func (c *fakeClock) pending(d time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, timer := range c.timers {
		if timer.at == c.elapsed+d {
			return true
		}
	}
	return false
}

func TestFailedRunsAreTriedAgain(t *testing.T) {
	onEachEngine(t, func(t *testing.T, open opener) {
		calls := 0
		c := newCopy(t, open(t), Job{
			Name: "weak", Schedule: "0 2 * * *", CatchUp: CatchUpAll, Retry: Retry{Limit: 3, First: 2 * time.Minute, Max: 10 * time.Minute},
			Run: func(context.Context, *Task) (Numbers, error) {
				if calls++; calls == 2 {
					panic("a name that must not be stored")
				}
				return nil, fmt.Errorf("mail: %w", Fail("smtp-refused", errors.New("x")))
			},
		})
		c.runNow("weak")
		c.active.Wait()
		for _, step := range []struct {
			wait     time.Duration
			state    State
			attempts int
			code     Code
		}{
			{0, StateWaiting, 1, "smtp-refused"},
			{time.Minute, StateWaiting, 1, "smtp-refused"},
			{time.Minute, StateWaiting, 2, CodePanic},
			{3 * time.Minute, StateWaiting, 2, CodePanic},
			{time.Minute, StateFailed, 3, "smtp-refused"},
			{time.Hour, StateFailed, 3, "smtp-refused"},
		} {
			c.settle(step.wait)
			if run := c.only(); run.State != step.state || run.Attempts != step.attempts || run.Code != step.code {
				t.Errorf("after %s: %s, %d attempts, %s; want %v", step.wait, run.State, run.Attempts, run.Code, step)
			}
		}
		if log := c.logged.String(); !strings.Contains(log, "lease_test.go") || !strings.Contains(log, "jobs: panic") {
			t.Errorf("the stack is not in the log:\n%s", log)
		}
		if text := fmt.Sprint(c.only()); strings.Contains(text, "a name") || strings.Contains(text, ".go") {
			t.Errorf("the record says too much: %s", text)
		}
	})
}

// A job by state that has failed for good rests before it is asked again.
func TestFailedStateJobRests(t *testing.T) {
	calls := 0
	c := newCopy(t, sqliteIn(t.TempDir())(t), Job{
		Name: "weak", CatchUp: CatchUpState, Retry: Retry{Limit: 1, Max: 10 * time.Minute},
		Due: func(context.Context, time.Time) (bool, error) { return true, nil },
		Run: func(context.Context, *Task) (Numbers, error) {
			calls++
			return nil, errors.New("no")
		},
	})
	for range 25 {
		c.settle(time.Minute)
	}
	if calls != 3 {
		t.Errorf("%d runs in 25 minutes, want one each ten", calls)
	}
}

// A slot that kills whoever runs it is not tried for ever.
func TestCrashesCountAsFailures(t *testing.T) {
	open := sqliteIn(t.TempDir())
	g := newGate()
	g.deaf = true
	job := g.job("deadly")
	job.Retry.Limit = 2
	watcher := newCopy(t, open(t), Job{Name: "deadly", Schedule: "0 2 * * *", CatchUp: CatchUpAll, Run: new(ledger).run, Retry: job.Retry})
	watcher.workers[0].busy = true // it only watches
	for i := range 2 {
		dead := newCopy(t, open(t), job)
		if i == 0 {
			dead.runNow("deadly")
		} else {
			dead.tick(DefaultLease) // the clock of the watcher, who made it ready
		}
		<-g.began
		watcher.tick(0)
		watcher.tick(DefaultLease)
	}
	if run := watcher.only(); run.State != StateFailed || run.Code != CodeCrashed || run.Attempts != 2 {
		t.Errorf("run %v", run)
	}
	watcher.workers[0].busy = false
	g.leave <- nil
	g.leave <- nil
}

func TestTimeout(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		t.Run(fmt.Sprint("deaf ", deaf), func(t *testing.T) {
			g := newGate()
			g.deaf = deaf
			job := g.job("slow")
			job.Timeout = 9 * time.Second // no heartbeat falls on its end or its grace time's
			job.Retry.Limit = 1
			c := newCopy(t, sqliteIn(t.TempDir())(t), job)
			run := c.runNow("slow")
			<-g.began
			c.clock.waitTimer(t, job.Timeout)
			c.clock.Advance(job.Timeout)
			if deaf {
				c.clock.waitTimer(t, DefaultGrace)
				c.clock.Advance(DefaultGrace)
				// It is recorded while the job still runs, which keeps this copy from beginning it again.
				waitRun(t, c, run.ID(), StateFailed)
				c.clock.Advance(time.Minute)
				next := c.runNow("slow")
				c.tick(0)
				waitRun(t, c, next.ID(), StateWaiting)
				if len(g.began) > 0 {
					t.Error("the job runs twice at once")
				}
				g.leave <- nil // the first
				g.leave <- nil
				<-g.began
			} else if cause := <-g.cause; !errors.Is(cause, ErrTimeout) {
				t.Errorf("cause %v", cause)
			}
			c.active.Wait()
			if run, err := c.Run(t.Context(), run.ID()); err != nil || run.State != StateFailed || run.Code != CodeTimeout {
				t.Errorf("%v, %v", run, err)
			}
		})
	}
}

// waitRun waits until the run's record has the state.
func waitRun(t *testing.T, c *copyOf, id RunID, state State) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		run, err := c.Run(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if run.State == state {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("run %v, want %s", run, state)
		}
	}
}

func TestStopGivesLeasesBack(t *testing.T) {
	onEachEngine(t, func(t *testing.T, open opener) {
		g := newGate()
		var did ledger
		a := newCopy(t, open(t), g.job("daily"))
		b := newCopy(t, open(t), Job{Name: "daily", Schedule: "0 2 * * *", CatchUp: CatchUpAll, Run: did.run})
		run := a.runNow("daily")
		<-g.began
		stopped := make(chan error, 1)
		go func() { stopped <- a.Stop(t.Context()) }()
		a.clock.waitTimer(t, DefaultGrace)
		if len(g.cause) > 0 {
			t.Fatal("the job was ended before its grace time")
		}
		if err := a.Tick(a.clock.Now().Add(48 * time.Hour)); err != nil || len(a.all(RunFilter{})) != 1 {
			t.Errorf("a copy that stops began a new slot (%v)", err)
		}
		a.clock.Advance(DefaultGrace)
		if cause := <-g.cause; !errors.Is(cause, ErrStopping) {
			t.Errorf("cause %v", cause)
		}
		if err := <-stopped; err != nil {
			t.Fatal(err)
		}
		back, err := b.Run(t.Context(), run.ID())
		if err != nil || back.State != StateGivenBack || back.Failures != 0 {
			t.Fatalf("given back: %v, %v", back, err)
		}
		b.settle(DefaultGrace) // at once, without watching the lease
		if run := b.only(); run.State != StateDone || did.total() != 1 || run.Attempts != 2 {
			t.Errorf("run %v", run)
		}
	})
}

func TestStopLetsJobsFinish(t *testing.T) {
	g := newGate()
	a := newCopy(t, sqliteIn(t.TempDir())(t), g.job("daily"))
	a.runNow("daily")
	<-g.began
	stopped := make(chan error, 1)
	go func() { stopped <- a.Stop(t.Context()) }()
	a.clock.waitTimer(t, DefaultGrace)
	g.leave <- nil
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	if run := a.only(); run.State != StateDone {
		t.Errorf("run %v", run)
	}
}

// A job that does not heed its context can't hold the program up: its lease is given back, and it can't record any more.
func TestStopWithoutTime(t *testing.T) {
	open := sqliteIn(t.TempDir())
	g := newGate()
	g.deaf = true
	var did ledger
	a := newCopy(t, open(t), g.job("daily"))
	b := newCopy(t, open(t), Job{Name: "daily", Schedule: "0 2 * * *", CatchUp: CatchUpAll, Run: did.run})
	a.runNow("daily")
	<-g.began
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- a.Stop(ctx) }()
	a.clock.waitTimer(t, DefaultGrace)
	cancel()
	if err := <-stopped; !errors.Is(err, context.Canceled) {
		t.Errorf("Stop: %v", err)
	}
	if run := b.only(); run.State != StateGivenBack {
		t.Fatalf("run %v", run)
	}
	b.settle(0)
	g.leave <- nil
	noGoroutines(t)
	if run := b.only(); run.State != StateDone || run.Numbers["slots"] != 1 || did.total() != 1 {
		t.Errorf("run %v", run)
	}
}

// childFolder names the database of the child process in TestKilledInTheMiddle.
const childFolder = "HELHET_JOBS_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		if err := child(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child runs a job that stops in the middle, having written the first half of its effect, and waits to be killed.
func child(dir string) error {
	ctx := context.Background()
	engine, err := sqlite.Open(ctx, dir)
	if err != nil {
		return err
	}
	db := store.Open(engine)
	effects := store.NewCollection(db, store.Spec[effect]{Name: "effects", Shape: 1})
	s, err := New(db, Options{})
	if err != nil {
		return err
	}
	if err := db.Ensure(ctx); err != nil {
		return err
	}
	if err := s.Add(Job{Name: "halves", Schedule: "0 2 * * *", CatchUp: CatchUpAll, Run: func(ctx context.Context, task *Task) (Numbers, error) {
		if err := write(ctx, effects, task, "first", "child"); err != nil {
			return nil, err
		}
		fmt.Println(task.ID)
		select {}
	}}); err != nil {
		return err
	}
	if _, err := s.RunNow(ctx, "halves", "person-1"); err != nil {
		return err
	}
	select {}
}

func TestKilledInTheMiddle(t *testing.T) {
	dir := t.TempDir()
	process := exec.CommandContext(t.Context(), os.Args[0])
	process.Env = append(os.Environ(), childFolder+"="+dir)
	process.Stderr = os.Stderr
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	id := strings.TrimSpace(line)
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = process.Wait() // it was killed

	var c *copyOf
	c = newCopy(t, sqliteIn(dir)(t), Job{Name: "halves", Schedule: "0 2 * * *", CatchUp: CatchUpAll, Run: func(ctx context.Context, task *Task) (Numbers, error) {
		return Numbers{"halves": 2}, errors.Join(write(ctx, c.effects, task, "first", "parent"), write(ctx, c.effects, task, "second", "parent"))
	}})
	c.clock.Set(time.Now().Add(time.Minute))
	c.settle(0)
	if run := c.only(); run.State != StateRunning {
		t.Fatalf("run %v", run)
	}
	c.settle(DefaultLease)
	run := c.only()
	if string(run.ID()) != id || run.State != StateDone || run.Attempts != 2 || run.Numbers["halves"] != 2 {
		t.Errorf("run %v, the child ran %s", run, id)
	}
	for target, by := range map[string]string{"first": "child", "second": "parent"} {
		if doc, err := c.effects.Get(t.Context(), id+"/"+target); err != nil || doc.Value.By != by {
			t.Errorf("effect %s: %v, %v; want it by the %s", target, doc.Value, err, by)
		}
	}
}
