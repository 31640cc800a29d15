// Package jobs runs what happens by the clock or by itself: schedules (cron expressions in Norwegian time), slots that
// any number of copies of the program share, leases, catch-up, retries, and the record of each run. docs/jobs.md tells how.
//
// A slot runs at least once: a crash, a hang or a lost connection may make it run again. So everything a job writes is an
// insert at an id made of job, slot and target ([Task.Target]) or guarded by a revision.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"helhet/internal/store"
)

// Name is a job's name: "close-rounds". It is part of stored ids and never changes.
type Name string

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// Actor is the system actor a job acts as: "system:close-rounds".
func (n Name) Actor() string { return "system:" + string(n) }

// CatchUp is what a job does about slots that passed while no copy was running.
type CatchUp string

// The three policies.
const (
	CatchUpAll    CatchUp = "all"    // every missed slot runs, oldest first
	CatchUpLatest CatchUp = "latest" // only the newest missed slot runs; older ones not yet begun are skipped
	CatchUpState  CatchUp = "state"  // no slots: it runs whenever Due says that there is work
)

// Numbers are a run's outcome in counts, for the page of runs: {"closed": 2}. Keys are short constants of the job.
type Numbers map[string]int64

// Job is one thing that happens by itself.
type Job struct {
	Name     Name
	Schedule string // five cron fields in Norwegian time ([Schedule]); empty with CatchUpState
	CatchUp  CatchUp

	// Due says whether there is work, with CatchUpState only. It is asked at every tick on every copy, so it is one cheap
	// read through an index.
	Due func(ctx context.Context, now time.Time) (bool, error)

	// Run does the work of one slot. Its context ends when the lease is lost, the time is up or the program stops: it
	// should then return soon. An error is a failed attempt; give it a code with [Fail].
	Run func(ctx context.Context, task *Task) (Numbers, error)

	Timeout time.Duration // of one attempt; 0 is DefaultTimeout
	Retry   Retry         // zero values are the defaults
	Keep    int           // how many ended runs are kept; 0 is DefaultKeep
}

// What a job gets that does not say otherwise.
const (
	DefaultTimeout = 15 * time.Minute
	DefaultKeep    = 200
)

// Retry is how often and when a failed slot is tried again.
type Retry struct {
	Limit int           // attempts that may fail before the run has failed for good; 0 is 5
	First time.Duration // wait after the first failure, doubled after each further one; 0 is a minute
	Max   time.Duration // longest wait; 0 is an hour. A failed CatchUpState job rests this long before its next run
}

// wait is how long to rest after so many failures, at least one.
func (r Retry) wait(failures int) time.Duration {
	d := r.First
	for range failures - 1 {
		if d >= r.Max/2 {
			return r.Max
		}
		d *= 2
	}
	return min(d, r.Max)
}

// ErrJob is a job that can't be right: a programming error, found when it is added.
var ErrJob = errors.New("jobs: invalid job")

// withDefaults fills in what the job leaves open and checks the rest.
func (j Job) withDefaults() (Job, error) {
	if j.Timeout == 0 {
		j.Timeout = DefaultTimeout
	}
	if j.Keep == 0 {
		j.Keep = DefaultKeep
	}
	if j.Retry.Limit == 0 {
		j.Retry.Limit = 5
	}
	if j.Retry.First == 0 {
		j.Retry.First = time.Minute
	}
	if j.Retry.Max == 0 {
		j.Retry.Max = time.Hour
	}
	refuse := func(why string) (Job, error) { return Job{}, fmt.Errorf("%w: %q: %s", ErrJob, j.Name, why) }
	switch {
	case !namePattern.MatchString(string(j.Name)):
		return refuse("the name is a-z, 0-9 and -, at most 40")
	case j.Run == nil:
		return refuse("Run is missing")
	case j.CatchUp != CatchUpAll && j.CatchUp != CatchUpLatest && j.CatchUp != CatchUpState:
		return refuse("the catch-up policy is unknown")
	case (j.CatchUp == CatchUpState) != (j.Due != nil):
		return refuse("Due goes with CatchUpState, and with nothing else")
	case (j.CatchUp == CatchUpState) != (j.Schedule == ""):
		return refuse("a job has either a schedule or CatchUpState")
	case j.Timeout < 0 || j.Keep < 1 || j.Keep > maxKeep || j.Retry.Limit < 1 || j.Retry.First < 0 || j.Retry.Max < j.Retry.First:
		return refuse("Timeout, Keep or Retry is out of range")
	}
	return j, nil
}

// Code names why an attempt failed: "store-unavailable". It is stored and shown (as a text of that key), so it holds no
// personal data; the error's own text goes to the log only.
type Code string

// The codes the scheduler itself gives; jobs add theirs with [Fail].
const (
	CodeError       Code = "error"             // an error without a code
	CodePanic       Code = "panic"             // the job panicked; the stack is in the log
	CodeTimeout     Code = "timeout"           // the attempt took longer than the job's Timeout
	CodeCrashed     Code = "crashed"           // the copy that ran it went silent
	CodeUnavailable Code = "store-unavailable" // the store could not be reached
	CodeSuperseded  Code = "superseded"        // skipped: a newer slot has come (CatchUpLatest)
)

// failure is an error with a code.
type failure struct {
	code Code
	err  error
}

func (f *failure) Error() string { return string(f.code) + ": " + f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// Fail gives an error a code for the page of runs.
func Fail(code Code, err error) error { return &failure{code, err} }

func codeOf(err error) Code {
	var f *failure
	switch {
	case errors.As(err, &f):
		return f.code
	case errors.Is(err, store.ErrUnavailable):
		return CodeUnavailable
	default:
		return CodeError
	}
}
