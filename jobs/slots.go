package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"helhet/internal/store"
)

// recordSlots makes a waiting run of every slot that came due since the last recorded one, as the job's catch-up says, and
// then moves the mark. The runs come first, at ids made of job and slot, so that a crash in between repeats what is there
// already. A job seen for the first time begins now: it has missed nothing.
func (s *Scheduler) recordSlots(ctx context.Context, w *worker, now time.Time) error {
	last, err := s.marks.Get(ctx, string(w.job.Name))
	if errors.Is(err, store.ErrNotFound) {
		return s.firstMark(ctx, w, now)
	}
	if err != nil {
		return err
	}
	if ahead := last.Value.Last.Sub(now); ahead > time.Minute {
		s.log.Warn("jobs: the clock is behind the last recorded slot; nothing is due until it is passed", "job", w.job.Name, "ahead", ahead)
	}
	var slots []time.Time
	if w.job.CatchUp == CatchUpAll {
		slots = w.schedule.due(last.Value.Last, now, slotBatch)
	} else if at := w.schedule.newest(last.Value.Last, now); !at.IsZero() {
		slots = []time.Time{at}
	}
	if len(slots) == 0 {
		return nil
	}
	items := make([]store.Item[Run], len(slots))
	for i, slot := range slots {
		items[i] = waiting(w.job.Name, slot, slot)
	}
	_, errs := s.runs.InsertMany(ctx, items)
	recorded := 0
	for _, err := range errs {
		switch {
		case err == nil:
			recorded++
		case errors.Is(err, store.ErrExists): // another copy was first, or we were, before a crash
		default:
			return err // with the mark unmoved the next tick tries again
		}
	}
	if recorded > 0 {
		s.metrics.SlotsRecorded(w.job.Name, recorded)
	}
	newest := slots[len(slots)-1]
	_, err = s.marks.Update(ctx, string(w.job.Name), func(m *mark) ([]store.Event, error) {
		if !newest.After(m.Last) {
			return nil, store.ErrNoChange
		}
		m.Last = newest
		return nil, nil
	})
	return err
}

// recordNeed makes a run of a job by state when there is work and the last run has ended. Here the mark moves first, by
// compare-and-swap from before Due was asked: of two copies that see the same work one wins, and the other's answer is
// thrown away as outdated. A mark without its run (a crash in between) gets the run at the next tick.
func (s *Scheduler) recordNeed(ctx context.Context, w *worker, now time.Time) error {
	last, err := s.marks.Get(ctx, string(w.job.Name))
	if errors.Is(err, store.ErrNotFound) {
		if err := s.firstMark(ctx, w, time.UnixMilli(0)); err != nil {
			return err
		}
		last, err = s.marks.Get(ctx, string(w.job.Name))
	}
	if err != nil {
		return err
	}
	if last.Value.Last.UnixMilli() > 0 {
		run, err := s.runs.Get(ctx, string(slotID(w.job.Name, last.Value.Last)))
		switch {
		case errors.Is(err, store.ErrNotFound):
			return s.insertNeed(ctx, w, last.Value.Last, now)
		case err != nil:
			return err
		case !run.Value.State.Ended():
			return nil
		case run.Value.State == StateFailed:
			if rest := now.Sub(run.Value.Finished); rest >= 0 && rest < w.job.Retry.Max {
				return nil
			}
		}
	}
	if due, err := ask(ctx, w.job, now); err != nil || !due {
		return err
	}
	slot := now.UTC().Truncate(time.Millisecond)
	if !slot.After(last.Value.Last) {
		slot = last.Value.Last.Add(time.Millisecond) // the clock went back; the work is there all the same
	}
	last.Value.Last = slot
	if _, err := s.marks.Replace(ctx, last); errors.Is(err, store.ErrConflict) {
		return nil
	} else if err != nil {
		return err
	}
	return s.insertNeed(ctx, w, slot, now)
}

// ask calls the job's Due. A panic there is an error of this job, so that the others go on.
func ask(ctx context.Context, job Job, now time.Time) (due bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("asking whether it is due panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return job.Due(ctx, now)
}

func (s *Scheduler) insertNeed(ctx context.Context, w *worker, slot, now time.Time) error {
	item := waiting(w.job.Name, slot, now) // due now, whatever the clock said when the slot before was named
	_, err := s.runs.Insert(ctx, item.ID, item.Value)
	if errors.Is(err, store.ErrExists) {
		return nil
	}
	if err == nil {
		s.metrics.SlotsRecorded(w.job.Name, 1)
	}
	return err
}

func (s *Scheduler) firstMark(ctx context.Context, w *worker, at time.Time) error {
	_, err := s.marks.Insert(ctx, string(w.job.Name), mark{Job: w.job.Name, Last: at.UTC()})
	if errors.Is(err, store.ErrExists) {
		return nil
	}
	return err
}

func waiting(job Name, slot, due time.Time) store.Item[Run] {
	run := Run{Job: job, Slot: slot, State: StateWaiting, Due: due.UTC()}
	return store.Item[Run]{ID: string(run.ID()), Value: run}
}
