package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/org"
)

// meeting is a group that settles a task together: one leads from question to question, the others follow.
type meeting struct {
	lead, follower string // tokens
	at             assessment.Sitting
	questions      []catalogue.QuestionKey
}

// How many rate before a meeting, how many follow it, and how many steps it has at most.
const (
	raters    = 6
	followers = 50
	steps     = 100
)

// followWithin is how soon followers should see what the leader does.
const followWithin = 500 * time.Millisecond

// meet lets people of a municipality rate a task of the open round, and shows what they rated.
func (b *filler) meet(ctx context.Context, f *filled) (err error) {
	task, lead := b.c.Tasks()[0], b.coordinator(f.member)
	m := meeting{at: assessment.Sitting{Round: f.round, Municipality: f.member, Task: task.Key}}
	if _, err := b.service.OpenRatings(ctx, lead, m.at); err != nil {
		return err
	}
	for _, q := range task.Questions {
		m.questions = append(m.questions, q.Key)
		for n := range raters {
			who := lead
			who.Person = org.PersonID(fmt.Sprintf("p-bench-rater-%d", n))
			level := b.c.Scale.Min + n%3
			if _, err := b.service.Rate(ctx, who, assessment.Rate{Sitting: m.at, Question: q.Key, Level: &level}); err != nil {
				return err
			}
		}
	}
	if _, err := b.service.ShowSpread(ctx, lead, m.at); err != nil {
		return err
	}
	if m.lead, err = b.auth.NewToken(ctx, lead.Person); err != nil {
		return err
	}
	m.follower = f.reader
	f.meeting = m
	return nil
}

func (m meeting) path(name string) string {
	return fmt.Sprintf("/tasks/%s/consensus%s?%s", m.at.Task, name, url.Values{"round": {string(m.at.Round)}, "municipality": {string(m.at.Municipality)}}.Encode())
}

// follows reads a stream until it is told to stop, and tells when each state came.
func (s *server) follows(ctx context.Context, m meeting, came chan<- time.Time) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+m.path("/events"), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+m.follower)
	got, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	if got.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %d", req.URL.Path, got.StatusCode)
	}
	state := false
	for lines := bufio.NewScanner(got.Body); lines.Scan(); {
		switch line := lines.Text(); {
		case line == "event: state":
			state = true
		case line == "" && state: // it is there as a whole
			state = false
			came <- time.Now()
		case strings.HasPrefix(line, "event: over"):
			return fmt.Errorf("%s: it is over", req.URL.Path)
		}
	}
	return fmt.Errorf("%s: it ended", req.URL.Path)
}

// show lets the leader show everybody another question.
func (s *server) show(ctx context.Context, m meeting, q catalogue.QuestionKey) error {
	form := []byte(url.Values{"question": {string(q)}}.Encode())
	got, err := s.ask(ctx, http.MethodPost, m.path("/question"), m.lead, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, form)
	if err == nil && got.status != http.StatusSeeOther {
		err = fmt.Errorf("%s: %d", m.path("/question"), got.status)
	}
	return err
}

// follow lets so many follow a meeting, and times each step of it for each of them: from when the leader asks for it until it has arrived whole.
// Between steps she waits for another while each time, so that they are spread over the time between the server's readings.
func follow(ctx context.Context, s *server, m meeting, lasts time.Duration) sample {
	ctx, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer stop()
	came, failures := make(chan time.Time, followers), make(chan error, followers)
	for range followers {
		group.Go(func() { failures <- s.follows(ctx, m, came) })
	}
	var c collector
	all := func(since time.Time) bool { // have it
		patience := time.NewTimer(askPatience)
		defer patience.Stop()
		for range followers {
			select {
			case at := <-came:
				if !since.IsZero() {
					c.add(at.Sub(since), nil)
				}
			case err := <-failures:
				c.add(0, err)
				return false
			case <-patience.C:
				c.add(0, fmt.Errorf("a follower has seen nothing for %v", askPatience))
				return false
			}
		}
		return true
	}
	if !all(time.Time{}) { // what is shown when they come
		return c.sample(lasts)
	}
	began := time.Now()
	for n := 1; n <= steps && time.Since(began) < lasts && ctx.Err() == nil; n++ {
		time.Sleep(time.Duration(n*61%250) * time.Millisecond)
		asked := time.Now()
		if err := s.show(ctx, m, m.questions[n%len(m.questions)]); err != nil {
			c.add(0, err)
			break
		}
		if !all(asked) {
			break
		}
	}
	return c.sample(time.Since(began))
}

// measureMeeting measures it alone, and while people save.
func measureMeeting(ctx context.Context, r *report, srv *server, s settings, f *filled, save func(context.Context, int) error) {
	target := fmt.Sprintf("p99 < %d ms", followWithin.Milliseconds())
	add := func(name string) {
		name = fmt.Sprintf("a step of a meeting until each of %d followers has it%s, %v", followers, name, f.size)
		if err := srv.show(ctx, f.meeting, f.meeting.questions[0]); err != nil {
			r.failed(name, target, err)
			return
		}
		took := follow(ctx, srv, f.meeting, s.lasts)
		r.add(name, fmt.Sprintf("%s, slowest %s", withFailures(took), milliseconds(took.quantile(1))), target, judge(took.failed == 0 && len(took.took) > 0 && took.quantile(0.99) < followWithin))
	}
	add("")
	saving, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() { openLoop(saving, savesPerSecond, 2*s.lasts, save) })
	add(fmt.Sprintf(" beside %d saves a second", savesPerSecond))
	stop()
	group.Wait()
}
