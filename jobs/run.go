package jobs

import (
	"context"
	"errors"
	"time"

	"helhet/internal/store"
)

// RunID is a run's id: job and slot, "close-rounds/2026-03-29T01:00:00Z"; asked for by a person,
// "close-rounds/manual/2026-03-29T01:12:00Z".
type RunID string

// slotID is the id of the job's run of the slot.
func slotID(job Name, slot time.Time) RunID { return RunID(string(job) + "/" + stamp(slot)) }

// manualID is the id of the run that a person asks for within this minute.
func manualID(job Name, minute time.Time) RunID {
	return RunID(string(job) + "/manual/" + stamp(minute))
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999Z07:00") }

// State is where a run stands.
type State string

// The states of a run.
const (
	StateWaiting   State = "waiting"    // not begun, or failed and to be tried again after Due
	StateRunning   State = "running"    // a copy holds its lease
	StateGivenBack State = "given-back" // a copy that stopped gave it back; any copy takes it at once
	StateDone      State = "done"
	StateFailed    State = "failed"  // for good: no attempt is left
	StateSkipped   State = "skipped" // a newer slot made it pointless (CatchUpLatest)
)

// Phase groups the states by what the scheduler looks for.
const (
	phaseReady   = "ready" // to be taken when due
	phaseRunning = "running"
	phaseEnded   = "ended"
)

func (s State) phase() string {
	switch s {
	case StateWaiting, StateGivenBack:
		return phaseReady
	case StateRunning:
		return phaseRunning
	default:
		return phaseEnded
	}
}

// Ended reports whether nothing will happen to the run any more.
func (s State) Ended() bool { return s.phase() == phaseEnded }

// Lease is a copy's hold on a run. Holder is a random token of the attempt, Beat a random token of the last heartbeat; a
// copy that has seen both unchanged for the lease time takes the run over.
type Lease struct {
	Holder string `bson:"holder"`
	Beat   string `bson:"beat"`
}

// Progress is how far a long run has come. Total 0 means that the job has not said.
type Progress struct {
	Done  int64 `bson:"done"`
	Total int64 `bson:"total"`
}

// Run is the record of one slot of one job. It holds no personal data: who asked for a manual run stands in the history.
type Run struct {
	Job      Name      `bson:"job"`
	Slot     time.Time `bson:"slot"`
	Manual   bool      `bson:"manual"`
	State    State     `bson:"state"`
	Due      time.Time `bson:"due"` // not to be begun before
	Started  time.Time `bson:"started,omitempty"`
	Finished time.Time `bson:"finished,omitempty"`
	Attempts int       `bson:"attempts"` // how often it was begun
	Failures int       `bson:"failures"` // how many attempts failed; giving back is no failure
	Numbers  Numbers   `bson:"numbers,omitempty"`
	Code     Code      `bson:"code,omitempty"` // why the last failed attempt failed
	Progress Progress  `bson:"progress"`
	Lease    Lease     `bson:"lease"`
}

// ID is where the run is stored.
func (r Run) ID() RunID {
	if r.Manual {
		return manualID(r.Job, r.Slot)
	}
	return slotID(r.Job, r.Slot)
}

// mark is how far a job's slots are recorded: the run of every slot up to Last exists, or was skipped or deleted for age.
type mark struct {
	Job  Name      `bson:"job"`
	Last time.Time `bson:"last"`
}

const maxKeep = store.MaxLimit - retentionBatch

// retentionBatch is how many old runs are deleted at most each time a run ends.
const retentionBatch = 50

func newRuns(db *store.DB) *store.Collection[Run] {
	return store.NewCollection(db, store.Spec[Run]{
		Name:  "job_runs",
		Shape: 1,
		Fields: []store.Field[Run]{
			{Name: "job", Type: store.String, Value: func(_ string, r *Run) any { return string(r.Job) }},
			{Name: "slot", Type: store.Time, Value: func(_ string, r *Run) any { return r.Slot }},
			{Name: "state", Type: store.String, Value: func(_ string, r *Run) any { return string(r.State) }},
			{Name: "phase", Type: store.String, Value: func(_ string, r *Run) any { return r.State.phase() }},
			{Name: "due", Type: store.Time, Value: func(_ string, r *Run) any { return r.Due }},
		},
		Indexes: []store.Index{
			{Name: "slot", Fields: []string{"slot"}},
			{Name: "job_slot", Fields: []string{"job", "slot"}},
			{Name: "state_slot", Fields: []string{"state", "slot"}},
			{Name: "job_state_slot", Fields: []string{"job", "state", "slot"}},
			{Name: "job_phase_due", Fields: []string{"job", "phase", "due"}},
		},
	})
}

func newMarks(db *store.DB) *store.Collection[mark] {
	return store.NewCollection(db, store.Spec[mark]{Name: "job_marks", Shape: 1})
}

// RunFilter chooses runs for the page. Empty fields choose all.
type RunFilter struct {
	Job   Name
	State State
	Limit int // 1 to store.MaxLimit
	After store.Cursor
}

// Runs lists runs, those of the newest slot first.
func (s *Scheduler) Runs(ctx context.Context, f RunFilter) (runs []Run, next store.Cursor, err error) {
	q := store.Query{Order: []string{"slot"}, Reverse: true, Limit: f.Limit, After: f.After}
	if f.Job != "" {
		q.Equal = append(q.Equal, store.Term{Field: "job", Value: string(f.Job)})
	}
	if f.State != "" {
		q.Equal = append(q.Equal, store.Term{Field: "state", Value: string(f.State)})
	}
	page, err := s.runs.Find(ctx, q)
	if err != nil {
		return nil, "", err
	}
	for _, doc := range page.Docs {
		runs = append(runs, doc.Value)
	}
	return runs, page.Next, nil
}

// Run returns one run; store.ErrNotFound when it does not exist or was deleted for age.
func (s *Scheduler) Run(ctx context.Context, id RunID) (Run, error) {
	doc, err := s.runs.Get(ctx, string(id))
	return doc.Value, err
}

// prune deletes the job's oldest ended runs beyond those it keeps. The newest recorded slot stays: a state job's next
// run follows from it.
func (s *Scheduler) prune(ctx context.Context, w *worker) error {
	ended := []store.Term{{Field: "job", Value: string(w.job.Name)}, {Field: "phase", Value: phaseEnded}}
	n, err := s.runs.Count(ctx, store.Query{Equal: ended, Limit: w.job.Keep + retentionBatch})
	if err != nil || n <= w.job.Keep {
		return err
	}
	last, err := s.marks.Get(ctx, string(w.job.Name))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	oldest, err := s.runs.Find(ctx, store.Query{Equal: ended, Order: []string{"due"}, Limit: n - w.job.Keep})
	if err != nil {
		return err
	}
	for _, doc := range oldest.Docs {
		if !doc.Value.Manual && doc.Value.Slot.Equal(last.Value.Last) {
			continue
		}
		switch err := s.runs.Delete(ctx, doc.ID, doc.Revision); {
		case err == nil, errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrConflict):
		case errors.Is(err, store.ErrPending): // its event goes to the history first
		default:
			return err
		}
	}
	return nil
}
