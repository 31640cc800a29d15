package main

import (
	"context"
	"fmt"
	"time"

	"helhet/api"
	"helhet/config"
	"helhet/internal/events"
	"helhet/internal/store"
	"helhet/jobs"
)

// schedulerRuns shows the scheduler to the pages, which do not know package jobs.
type schedulerRuns struct {
	scheduler *jobs.Scheduler
	names     []string
}

// newScheduler makes the scheduler with every job there is.
func newScheduler(s *services, c config.Config, o jobs.Options) (schedulerRuns, error) {
	scheduler, err := jobs.New(s.db, o)
	if err != nil {
		return schedulerRuns{}, err
	}
	keys, err := events.ParseKeys(c.AuditKey)
	if err != nil {
		return schedulerRuns{}, fmt.Errorf("HELHET_AUDIT_KEY: %w", err)
	}
	r := schedulerRuns{scheduler: scheduler}
	all := []jobs.Job{
		jobs.Rounds(s.assessments),
		jobs.Trends(s.assessments),
		jobs.Ratings(s.assessments),
		jobs.Departures(s.leaving),
		jobs.History(s.history),
		jobs.Sessions(s.auth, s.oidc),
		jobs.AuditHead(s.history, o.Logger),
		jobs.AuditRetention(s.history, keys, time.Duration(c.AuditKeep)*24*time.Hour, time.Now, o.Logger),
		jobs.SignIns(s.email, s.invitations),
		jobs.Mail(s.mail),
		jobs.MailSweep(s.mail),
		jobs.People(s.people),
		jobs.Deletions(s.deletions),
		jobs.Steps(s.assessments, time.Now),
		jobs.Comments(s.assessments, time.Now),
		jobs.Forms(s.assessments),
		jobs.Benefits(s.benefits, time.Now),
		jobs.Evidence(s.assessments, time.Now),
		jobs.BenefitSums(s.benefits, time.Now),
		jobs.Retention(s.deletions, s.access, jobs.Keep{Former: c.FormerKeep, Unanswered: c.RequestKeep, Closed: c.AnsweredKeep}, time.Now),
	}
	if s.assessments.Scans() {
		all = append(all, jobs.ScanFiles(s.assessments, jobs.Warning{People: s.people, Register: s.register, Texts: s.texts, Mail: s.mail, PublicURL: c.PublicURL}))
	}
	for _, job := range all {
		if err := scheduler.Add(job); err != nil {
			return schedulerRuns{}, err
		}
		r.names = append(r.names, string(job.Name))
	}
	return r, nil
}

func (r schedulerRuns) List(ctx context.Context, limit int, after string) ([]api.RunLine, string, error) {
	runs, next, err := r.scheduler.Runs(ctx, jobs.RunFilter{Limit: limit, After: store.Cursor(after)})
	if err != nil {
		return nil, "", err
	}
	lines := make([]api.RunLine, len(runs))
	for i, run := range runs {
		lines[i] = api.RunLine{
			ID: string(run.ID()), Job: string(run.Job), State: string(run.State), Slot: run.Slot,
			Started: run.Started, Ended: run.Finished, Attempts: run.Attempts,
			Done: int(run.Progress.Done), Total: int(run.Progress.Total), Numbers: run.Numbers, Code: string(run.Code), ByHand: run.Manual,
		}
	}
	return lines, string(next), nil
}

func (r schedulerRuns) Names() []string { return r.names }

func (r schedulerRuns) Start(ctx context.Context, job, actor string) error {
	_, err := r.scheduler.RunNow(ctx, jobs.Name(job), actor)
	return err
}
