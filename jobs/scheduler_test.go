package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"helhet/internal/store"
	"helhet/internal/store/mongodb"
	"helhet/internal/store/mongodb/mongotest"
	"helhet/internal/store/sqlite"
)

// opener opens the same database anew at each call, as another copy of the program does.
type opener func(t testing.TB) store.Engine

// onEachEngine runs a test on a new database of every engine.
func onEachEngine(t *testing.T, test func(t *testing.T, open opener)) {
	t.Run("sqlite", func(t *testing.T) { test(t, sqliteIn(t.TempDir())) })
	t.Run("mongodb", func(t *testing.T) { test(t, mongodbAt(mongotest.URI(t))) })
}

func mongodbAt(uri string) opener {
	return func(t testing.TB) store.Engine {
		t.Helper()
		engine, err := mongodb.Open(context.Background(), uri)
		if err != nil {
			t.Fatal(err)
		}
		return engine
	}
}

func sqliteIn(dir string) opener {
	return func(t testing.TB) store.Engine {
		t.Helper()
		engine, err := sqlite.Open(context.Background(), dir)
		if err != nil {
			t.Fatal(err)
		}
		return engine
	}
}

// effect is what test jobs write: one document per target.
type effect struct {
	By string `bson:"by"`
}

// copyOf is one copy of the program in a test.
type copyOf struct {
	*Scheduler
	t       *testing.T
	clock   *fakeClock
	db      *store.DB
	effects *store.Collection[effect]
	logged  *lockedBuffer

	mu      sync.Mutex
	changed *sync.Cond
	begun   map[Name]int
	ended   map[Name][]State
	taken   int
	lost    int
}

func (c *copyOf) SlotsRecorded(Name, int) {}
func (c *copyOf) RunStarted(job Name)     { c.note(func() { c.begun[job]++ }) }
func (c *copyOf) LeaseTaken(Name)         { c.note(func() { c.taken++ }) }
func (c *copyOf) LeaseLost(Name)          { c.note(func() { c.lost++ }) }
func (c *copyOf) RunEnded(job Name, state State, _ time.Duration) {
	c.note(func() { c.ended[job] = append(c.ended[job], state) })
}

func (c *copyOf) note(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	c.changed.Broadcast()
}

// start is when the fake clocks of tests begin: a Monday, 12:00 in Norway.
var start = time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC)

// newCopy starts a copy on the database. When the test ends it is stopped, and nothing of it may go on running.
func newCopy(t *testing.T, engine store.Engine, jobs ...Job) *copyOf {
	t.Helper()
	c := &copyOf{t: t, clock: newFakeClock(start), logged: &lockedBuffer{}, begun: map[Name]int{}, ended: map[Name][]State{}}
	c.changed = sync.NewCond(&c.mu)
	db := store.Open(engine)
	c.db = db
	c.effects = store.NewCollection(db, store.Spec[effect]{Name: "effects", Shape: 1})
	s, err := New(db, Options{Clock: c.clock, Logger: slog.New(slog.NewTextHandler(c.logged, nil)), Metrics: c})
	if err != nil {
		t.Fatal(err)
	}
	c.Scheduler = s
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, job := range jobs {
		if err := s.Add(job); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		// Tests that left a job running have let it go by now; a context that has ended makes Stop not wait for grace.
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := s.Stop(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if !t.Failed() { // a test that failed may have left a job waiting
			noGoroutines(t)
		}
	})
	return c
}

// noGoroutines waits until nothing of the scheduler runs any more.
func noGoroutines(t *testing.T) {
	t.Helper()
	buf := make([]byte, 1<<20)
	for deadline := time.Now().Add(30 * time.Second); ; runtime.Gosched() {
		stacks := string(buf[:runtime.Stack(buf, true)])
		left := 0
		for stack := range strings.SplitSeq(stacks, "\n\n") {
			if strings.Contains(stack, "helhet/jobs.(*Scheduler)") || strings.Contains(stack, "helhet/jobs.call") || strings.Contains(stack, "robfig/cron") {
				left++
			}
		}
		if left == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines are left:\n%s", left, stacks)
		}
	}
}

// tick moves the copy's clock and ticks.
func (c *copyOf) tick(d time.Duration) {
	c.t.Helper()
	c.clock.Advance(d)
	if err := c.Tick(c.clock.Now()); err != nil {
		c.t.Fatal(err)
	}
}

// settle ticks and waits for all that it began.
func (c *copyOf) settle(d time.Duration) {
	c.t.Helper()
	c.tick(d)
	c.active.Wait()
}

// until waits for something that the copy's metrics show.
func (c *copyOf) until(holds func() bool) {
	c.t.Helper()
	wait(c.t, c.changed, holds)
}

func (c *copyOf) all(f RunFilter) []Run {
	c.t.Helper()
	var all []Run
	for f.Limit = 100; ; {
		runs, next, err := c.Runs(c.t.Context(), f)
		if err != nil {
			c.t.Fatal(err)
		}
		all = append(all, runs...)
		if f.After = next; next == "" {
			return all
		}
	}
}

// only returns the one run there is.
func (c *copyOf) only() Run {
	c.t.Helper()
	runs := c.all(RunFilter{})
	if len(runs) != 1 {
		c.t.Fatalf("%d runs, want one: %v", len(runs), runs)
	}
	return runs[0]
}

func (c *copyOf) runNow(name Name) Run {
	c.t.Helper()
	run, err := c.RunNow(c.t.Context(), name, "person-1")
	if err != nil {
		c.t.Fatal(err)
	}
	return run
}

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// ledger counts how often each slot's work was done.
type ledger struct {
	mu    sync.Mutex
	slots map[string]int
	order []time.Time
}

func (l *ledger) run(_ context.Context, task *Task) (Numbers, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.slots == nil {
		l.slots = map[string]int{}
	}
	l.slots[string(task.ID)]++
	l.order = append(l.order, task.Slot)
	return Numbers{"slots": 1}, nil
}

func (l *ledger) total() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.order)
}

func TestDailyJob(t *testing.T) {
	onEachEngine(t, func(t *testing.T, open opener) {
		var did ledger
		c := newCopy(t, open(t), Job{Name: "daily", Schedule: "30 2 * * *", CatchUp: CatchUpAll, Run: did.run})
		c.settle(0) // the job is new: it has missed nothing
		if n := did.total(); n != 0 {
			t.Fatalf("%d runs of a new job", n)
		}
		c.settle(14 * time.Hour) // 02:00
		c.settle(time.Hour)      // 03:00
		c.settle(time.Minute)
		run := c.only()
		slot := at(t, "2026-03-03T01:30:00Z")
		want := Run{
			Job: "daily", Slot: slot, State: StateDone, Due: slot, Attempts: 1, Numbers: Numbers{"slots": 1},
			Started: start.Add(15 * time.Hour), Finished: start.Add(15 * time.Hour), Lease: run.Lease,
		}
		if fmt.Sprint(run) != fmt.Sprint(want) {
			t.Errorf("run\n%v, want\n%v", run, want)
		}
		if id := run.ID(); id != "daily/2026-03-03T01:30:00Z" {
			t.Errorf("id %s", id)
		}
		if got, err := c.Run(t.Context(), run.ID()); err != nil || got.Slot != slot {
			t.Errorf("Run: %v, %v", got, err)
		}
		status, err := c.Jobs(t.Context())
		if err != nil || len(status) != 1 || !status[0].Last.Equal(slot) || !status[0].Next.Equal(slot.Add(24*time.Hour)) {
			t.Errorf("status %v, %v", status, err)
		}
	})
}

func TestTwoCopiesRunASlotOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, open opener) {
		var did ledger
		var work atomic.Int64 // what the job by state has to do
		jobs := []Job{
			{Name: "all", Schedule: "* * * * *", CatchUp: CatchUpAll, Run: did.run},
			{Name: "latest", Schedule: "*/2 * * * *", CatchUp: CatchUpLatest, Run: did.run},
			{
				Name: "state", CatchUp: CatchUpState,
				Due: func(context.Context, time.Time) (bool, error) { return work.Load() > 0, nil },
				Run: func(ctx context.Context, task *Task) (Numbers, error) {
					work.Add(-1)
					return did.run(ctx, task)
				},
			},
		}
		a, b := newCopy(t, open(t), jobs...), newCopy(t, open(t), jobs...)
		a.settle(0)
		const minutes = 20
		for range minutes {
			work.Store(1)
			var both sync.WaitGroup
			for _, c := range []*copyOf{a, b} {
				c.clock.Advance(time.Minute)
				both.Go(func() {
					if err := c.Tick(c.clock.Now()); err != nil {
						t.Error(err)
					}
				})
			}
			both.Wait()
			a.active.Wait()
			b.active.Wait()
			a.settle(0) // what both had left to the other
			b.settle(0)
			if n := work.Load(); n != 0 {
				t.Fatalf("work left after a tick: %d\n%v\n%s\n%s", n, did.slots, a.logged, b.logged)
			}
		}
		if n := did.total(); n != minutes+minutes/2+minutes {
			t.Errorf("%d runs: %v", n, did.slots)
		}
		for id, n := range did.slots {
			if n != 1 {
				t.Errorf("%s ran %d times", id, n)
			}
		}
		for _, run := range a.all(RunFilter{}) {
			if run.State != StateDone || run.Attempts != 1 {
				t.Errorf("%s: %s after %d attempts", run.ID(), run.State, run.Attempts)
			}
		}
	})
}

// What a copy found out before another copy began is outdated: it does not make a second run of the same work.
func TestOutdatedNeedIsThrownAway(t *testing.T) {
	onEachEngine(t, func(t *testing.T, open opener) {
		var did ledger
		var other *copyOf
		job := Job{Name: "state", CatchUp: CatchUpState, Run: did.run, Due: func(context.Context, time.Time) (bool, error) { return did.total() == 0, nil }}
		slow := job
		slow.Due = func(context.Context, time.Time) (bool, error) {
			if did.total() == 0 {
				other.settle(0) // the other copy does all the work before this answer arrives
			}
			return true, nil
		}
		other = newCopy(t, open(t), job)
		c := newCopy(t, open(t), slow)
		c.clock.Advance(time.Second)
		c.settle(0)
		if run := c.only(); did.total() != 1 || run.State != StateDone {
			t.Errorf("%d runs: %v", did.total(), run)
		}
	})
}

func TestCatchUp(t *testing.T) {
	onEachEngine(t, func(t *testing.T, open opener) {
		var all, latest, state ledger
		jobs := []Job{
			{Name: "all", Schedule: "0 6 * * *", CatchUp: CatchUpAll, Run: all.run},
			{Name: "latest", Schedule: "0 6 * * *", CatchUp: CatchUpLatest, Run: latest.run},
			{
				Name: "state", CatchUp: CatchUpState, Run: state.run,
				Due: func(context.Context, time.Time) (bool, error) { return state.total() == 0, nil },
			},
		}
		before := newCopy(t, open(t), jobs...)
		before.settle(0)
		if err := before.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		after := newCopy(t, open(t), jobs...)
		after.clock.Set(start.Add(5 * 24 * time.Hour))
		after.settle(0)
		after.settle(time.Minute)
		if len(all.order) != 5 || len(latest.order) != 1 || len(state.order) != 1 {
			t.Fatalf("all %v, latest %v, state %v", all.order, latest.order, state.order)
		}
		for i, slot := range all.order {
			if want := time.Date(2026, 3, 3+i, 5, 0, 0, 0, time.UTC); !slot.Equal(want) {
				t.Errorf("slot %d is %s, want %s", i, slot, want)
			}
		}
		if !latest.order[0].Equal(all.order[4]) {
			t.Errorf("latest ran %s", latest.order[0])
		}
	})
}

// A slot that was recorded but not begun when the copy died is missed like any other: a newer one makes it pointless.
func TestLatestSkipsWhatWasNotBegun(t *testing.T) {
	var did ledger
	open := sqliteIn(t.TempDir())
	fail := errors.New("no luck")
	failing := newCopy(t, open(t), Job{
		Name: "latest", Schedule: "0 * * * *", CatchUp: CatchUpLatest,
		Run: func(context.Context, *Task) (Numbers, error) { return nil, fail },
	})
	failing.settle(0)
	failing.settle(time.Hour)
	c := newCopy(t, open(t), Job{Name: "latest", Schedule: "0 * * * *", CatchUp: CatchUpLatest, Run: did.run})
	c.settle(2 * time.Hour)
	runs := c.all(RunFilter{})
	if len(runs) != 2 || runs[0].State != StateDone || runs[1].State != StateSkipped || runs[1].Code != CodeSuperseded || did.total() != 1 {
		t.Errorf("runs %v, %d times", runs, did.total())
	}
}

// Two years of ticks at random intervals, in the store: every day has one run, in order.
func TestTwoYearsOfTicks(t *testing.T) {
	zone := oslo(t)
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			var did ledger
			random := newRandom(seed)
			hour, minute := random.IntN(24), random.IntN(60)
			job := Job{Name: "daily", Schedule: fmt.Sprintf("%d %d * * *", minute, hour), CatchUp: CatchUpAll, Run: did.run, Keep: 20}
			open := sqliteIn(t.TempDir())
			copies := []*copyOf{newCopy(t, open(t), job), newCopy(t, open(t), job)}
			from := time.Date(2026, 1, 1, 0, 0, 0, 0, zone).Add(-time.Second)
			end := from.AddDate(2, 0, 0)
			for now := from; ; now = now.Add(time.Duration(random.IntN(60*24*20)-300) * time.Minute) {
				if now.After(end) {
					now = end
				}
				c := copies[random.IntN(2)]
				c.clock.Set(now)
				c.settle(0)
				if now.Equal(end) {
					break
				}
			}
			days := map[string]int{}
			for i, slot := range did.order {
				days[slot.In(zone).Format(time.DateOnly)]++
				if i > 0 && !slot.After(did.order[i-1]) {
					t.Errorf("%s after %s", slot, did.order[i-1])
				}
			}
			for day := from.Add(12 * time.Hour); day.Before(end); day = day.AddDate(0, 0, 1) {
				if n := days[day.Format(time.DateOnly)]; n != 1 {
					t.Errorf("%d runs on %s", n, day.Format(time.DateOnly))
				}
			}
			if n := len(copies[0].all(RunFilter{})); n != job.Keep {
				t.Errorf("%d runs are kept, want %d", n, job.Keep)
			}
		})
	}
}

func TestClockGoesBack(t *testing.T) {
	onEachEngine(t, func(t *testing.T, open opener) {
		var daily, state ledger
		var work atomic.Bool
		c := newCopy(t, open(t),
			Job{Name: "daily", Schedule: "0 * * * *", CatchUp: CatchUpAll, Run: daily.run},
			Job{
				Name: "state", CatchUp: CatchUpState,
				Due: func(context.Context, time.Time) (bool, error) { return work.Load(), nil },
				Run: func(ctx context.Context, task *Task) (Numbers, error) {
					work.Store(false)
					return state.run(ctx, task)
				},
			})
		c.settle(0)
		work.Store(true)
		c.settle(3 * time.Hour)
		c.clock.Set(start.Add(-time.Hour))
		work.Store(true)
		for range 4 {
			c.settle(time.Hour)
		}
		if n := daily.total(); n != 3 {
			t.Errorf("%d slots ran, want 3: %v", n, daily.order)
		}
		if n := state.total(); n != 2 {
			t.Errorf("the job by state ran %d times, want 2: it must not wait for the clock", n)
		}
		if !strings.Contains(c.logged.String(), "the clock is behind") {
			t.Error("nothing was said about the clock")
		}
		c.settle(time.Hour)
		if n := daily.total(); n != 4 {
			t.Errorf("%d slots ran after the clock had caught up, want 4", n)
		}
	})
}

func TestRunNow(t *testing.T) {
	onEachEngine(t, func(t *testing.T, open opener) {
		var did ledger
		job := Job{Name: "daily", Schedule: "30 2 * * *", CatchUp: CatchUpLatest, Run: did.run}
		a, b := newCopy(t, open(t), job), newCopy(t, open(t), job)
		a.clock.Advance(10 * time.Second)
		b.clock.Advance(50 * time.Second)
		first, second := a.runNow("daily"), b.runNow("daily")
		a.active.Wait()
		b.active.Wait()
		if first.ID() != second.ID() || first.ID() != "daily/manual/2026-03-02T11:00:00Z" || !first.Manual {
			t.Errorf("ids %s and %s", first.ID(), second.ID())
		}
		if run := a.only(); run.State != StateDone || did.total() != 1 {
			t.Errorf("%v ran %d times", run, did.total())
		}
		a.clock.Advance(time.Minute)
		a.runNow("daily")
		a.active.Wait()
		if did.total() != 2 {
			t.Errorf("%d runs after another minute", did.total())
		}
		if _, err := a.RunNow(t.Context(), "nightly", "person-1"); !errors.Is(err, ErrUnknownJob) {
			t.Errorf("unknown job: %v", err)
		}
		var asked []string
		if _, err := a.db.Relay(t.Context(), 10, func(_ context.Context, events []store.RelayedEvent) error {
			for _, e := range events {
				asked = append(asked, e.Event.Type+" "+e.Event.Actor+" "+e.Document)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		want := "[job.requested person-1 daily/manual/2026-03-02T11:00:00Z job.requested person-1 daily/manual/2026-03-02T11:01:00Z]"
		if fmt.Sprint(asked) != want {
			t.Errorf("history %v, want %s", asked, want)
		}
	})
}

func TestRunsForThePage(t *testing.T) {
	onEachEngine(t, func(t *testing.T, open opener) {
		var did ledger
		c := newCopy(t, open(t),
			Job{Name: "good", Schedule: "* * * * *", CatchUp: CatchUpAll, Run: did.run},
			Job{
				Name: "bad", Schedule: "*/2 * * * *", CatchUp: CatchUpAll, Retry: Retry{Limit: 1},
				Run: func(context.Context, *Task) (Numbers, error) { return nil, Fail("full", errors.New("secret")) },
			})
		c.settle(0)
		c.settle(4 * time.Minute)
		for _, f := range []struct {
			filter RunFilter
			want   int
		}{
			{RunFilter{}, 6}, {RunFilter{Job: "good"}, 4}, {RunFilter{State: StateFailed}, 2}, {RunFilter{Job: "good", State: StateDone}, 4}, {RunFilter{Job: "good", State: StateFailed}, 0},
		} {
			f.filter.Limit = 3
			var runs []Run
			for {
				page, next, err := c.Runs(t.Context(), f.filter)
				if err != nil {
					t.Fatal(err)
				}
				runs = append(runs, page...)
				if f.filter.After = next; next == "" {
					break
				}
			}
			if len(runs) != f.want {
				t.Errorf("%v: %d runs", f.filter, len(runs))
			}
			for i := 1; i < len(runs); i++ {
				if runs[i].Slot.After(runs[i-1].Slot) {
					t.Errorf("%v: not newest first", f.filter)
				}
			}
		}
		failed := c.all(RunFilter{State: StateFailed})[0]
		if failed.Code != "full" || strings.Contains(fmt.Sprint(failed), "secret") {
			t.Errorf("failed run %v", failed)
		}
		if _, _, err := c.Runs(t.Context(), RunFilter{}); !errors.Is(err, store.ErrQuery) {
			t.Errorf("without a limit: %v", err)
		}
	})
}

func TestOldRunsAreDeleted(t *testing.T) {
	onEachEngine(t, func(t *testing.T, open opener) {
		var did, state ledger
		c := newCopy(t, open(t),
			Job{Name: "minutely", Schedule: "* * * * *", CatchUp: CatchUpAll, Run: did.run, Keep: 3},
			Job{
				Name: "state", CatchUp: CatchUpState, Run: state.run, Keep: 1,
				Due: func(context.Context, time.Time) (bool, error) { return state.total() == 0, nil },
			})
		c.settle(0)
		for range 8 {
			c.settle(time.Minute)
		}
		runs := c.all(RunFilter{Job: "minutely"})
		if len(runs) != 3 || !runs[0].Slot.Equal(start.Add(8*time.Minute)) || !runs[2].Slot.Equal(start.Add(6*time.Minute)) {
			t.Errorf("kept %v", runs)
		}
		// The newest slot of a job by state stays, even when newer manual runs fill what is kept: without it, it would run again.
		c.runNow("state")
		c.active.Wait()
		c.settle(time.Minute)
		c.settle(time.Minute)
		if n := state.total(); n != 2 {
			t.Errorf("the job by state ran %d times, want 2", n)
		}
	})
}

func TestWrongJobsAreRefused(t *testing.T) {
	var did ledger
	good := Job{Name: "good", Schedule: "* * * * *", CatchUp: CatchUpAll, Run: did.run}
	c := newCopy(t, sqliteIn(t.TempDir())(t), good)
	due := func(context.Context, time.Time) (bool, error) { return false, nil }
	for why, spoil := range map[string]func(j *Job){
		"taken name":         func(j *Job) { j.Name = "good" },
		"bad name":           func(j *Job) { j.Name = "A/b" },
		"no function":        func(j *Job) { j.Run = nil },
		"no policy":          func(j *Job) { j.CatchUp = "" },
		"no schedule":        func(j *Job) { j.Schedule = "" },
		"bad schedule":       func(j *Job) { j.Schedule = "@daily" },
		"due and schedule":   func(j *Job) { j.Due = due },
		"state without due":  func(j *Job) { j.CatchUp, j.Schedule = CatchUpState, "" },
		"state and schedule": func(j *Job) { j.CatchUp, j.Due = CatchUpState, due },
		"keeps nothing":      func(j *Job) { j.Keep = -1 },
		"keeps too much":     func(j *Job) { j.Keep = 1000 },
	} {
		job := good
		job.Name = "other"
		spoil(&job)
		if err := c.Add(job); !errors.Is(err, ErrJob) {
			t.Errorf("%s: %v, want ErrJob", why, err)
		}
	}
	engine := sqliteIn(t.TempDir())(t)
	defer engine.Close()
	if _, err := New(store.Open(engine), Options{Lease: time.Minute, Heartbeat: 21 * time.Second}); err == nil {
		t.Error("a heartbeat of more than a third of the lease was accepted")
	}
}

func TestRetryWaits(t *testing.T) {
	r := Retry{First: time.Minute, Max: time.Hour}
	for failures, want := range map[int]time.Duration{1: time.Minute, 2: 2 * time.Minute, 3: 4 * time.Minute, 6: 32 * time.Minute, 7: time.Hour, 500: time.Hour} {
		if got := r.wait(failures); got != want {
			t.Errorf("after %d failures %s, want %s", failures, got, want)
		}
	}
}

// Start ticks at once, on the machine's own clock, and cron goes on ticking until Stop.
func TestStart(t *testing.T) {
	engine := sqliteIn(t.TempDir())(t)
	db := store.Open(engine)
	s, err := New(db, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	ran := make(chan struct{}, 1)
	if err := s.Add(Job{
		Name: "state", CatchUp: CatchUpState,
		Due: func(context.Context, time.Time) (bool, error) { return true, nil },
		Run: func(context.Context, *Task) (Numbers, error) { ran <- struct{}{}; return nil, nil },
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	<-ran
	if err := s.Start(); !errors.Is(err, ErrStarted) {
		t.Errorf("second start: %v", err)
	}
	if err := s.Add(Job{Name: "late", Schedule: "* * * * *", CatchUp: CatchUpAll, Run: new(ledger).run}); !errors.Is(err, ErrStarted) {
		t.Errorf("a job after the start: %v", err)
	}
	if n := len(s.runner.Entries()); n != 1 {
		t.Errorf("%d entries in cron, want the one that ticks", n)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Tick(time.Now()); err != nil {
		t.Errorf("a tick after the stop: %v", err)
	}
	noGoroutines(t)
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestAPanickingTickIsNotTheLast(t *testing.T) {
	calls := 0
	tick := oneAtATime(slog.New(slog.DiscardHandler), func() {
		calls++
		panic("tick")
	})
	tick.Run()
	tick.Run()
	if calls != 2 {
		t.Errorf("%d calls, want 2", calls)
	}
}

// A job whose Due fails or panics does not keep the others.
func TestDueThatFails(t *testing.T) {
	var did ledger
	c := newCopy(t, sqliteIn(t.TempDir())(t),
		Job{Name: "panics", CatchUp: CatchUpState, Run: did.run, Due: func(context.Context, time.Time) (bool, error) { panic("due") }},
		Job{Name: "good", Schedule: "* * * * *", CatchUp: CatchUpAll, Run: did.run})
	for range 2 {
		c.clock.Advance(time.Minute)
		if err := c.Tick(c.clock.Now()); err == nil || !strings.Contains(err.Error(), "panics: ") {
			t.Errorf("tick: %v", err)
		}
		c.active.Wait()
	}
	if did.total() != 1 {
		t.Errorf("the good job ran %d times, want once", did.total())
	}
}
