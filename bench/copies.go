package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/events"
	"helhet/internal/store"
	"helhet/internal/store/sqlite"
	"helhet/org"
)

// fifty is what several copies serve at once: fifty assessments, four people at each.
var fifty = size{"copies", 50, 0, 400}

// Four people save to an answer of their own, and each time in so many to one that all four of them save to.
const sharedEvery = 4

// Each time in so many a person's save is sent once more, to the other copy, as if its answer had been lost.
const againEvery = 3

// place is one answer of one assessment.
type place struct {
	municipality org.MunicipalityID
	question     catalogue.QuestionKey
}

// acknowledged is a save that a server said yes to.
type acknowledged struct {
	place
	built, tag string // the answer it changed, and what stood then
}

// diary is what the savers were told, in no order.
type diary struct {
	mu        sync.Mutex
	saves     []acknowledged
	conflicts int // somebody else was first: told, and saved again on what stood
	moved     int // sent to the other copy, since the own one gave no answer
}

// person saves to her own answer and to that of all at her assessment.
type person struct {
	saver
	n, edits int
	copy     int    // hers
	seen     string // the tag of the shared answer when she saw it last
	turn     sync.Mutex
}

// copies are two servers on one database. A person has hers, and goes to the other when it does not answer: what a balancer does.
type copies [2]atomic.Pointer[server]

// put asks a person's own copy for a change and the other one when that gives no answer, again with the same key.
func (c *copies) put(ctx context.Context, d *diary, mine int, ch change) (got answer, tag string, err error) {
	for try := range 2 * len(c) {
		if got, tag, err = c[(mine+try)%len(c)].Load().put(ctx, ch); err == nil || ctx.Err() != nil {
			return got, tag, err
		}
		d.mu.Lock()
		d.moved++
		d.mu.Unlock()
	}
	return got, tag, err
}

// save lets a person change an answer. Where somebody else was first she is shown what stands, and changes that.
func (c *copies) save(ctx context.Context, f *filled, d *diary, p *person) error {
	p.turn.Lock()
	defer p.turn.Unlock()
	p.edits++
	at, tag := place{p.municipality, p.question}, &p.tag
	if p.edits%sharedEvery == 0 {
		at.question, tag = f.shared, &p.seen
	}
	for try := range 10 {
		ch := change{f.round, at.municipality, at.question, p.token, *tag, fmt.Sprintf("bench-%d-%d-%d", p.n, p.edits, try), p.edits}
		got, now, err := c.put(ctx, d, p.copy, ch)
		switch {
		case err != nil:
			return err
		case got.status == http.StatusOK || got.status == http.StatusCreated:
			d.mu.Lock()
			d.saves = append(d.saves, acknowledged{at, *tag, now})
			d.mu.Unlock()
			*tag = now
			if p.edits%againEvery == 0 {
				return c.again(ctx, d, p, ch)
			}
			return nil
		case got.status != http.StatusPreconditionFailed:
			return fmt.Errorf("%s of %s: %d %s", at.question, at.municipality, got.status, got.body)
		case at.question == p.question:
			return fmt.Errorf("%s of %s: somebody else changed what only one person saves to", at.question, at.municipality)
		}
		d.mu.Lock()
		d.conflicts++
		d.mu.Unlock()
		*tag = now
	}
	return errors.New("ten times somebody else was first")
}

// again sends what was saved already: it is the same save, whatever stands now.
func (c *copies) again(ctx context.Context, d *diary, p *person, ch change) error {
	got, _, err := c.put(ctx, d, p.copy+1, ch)
	if err == nil && got.status != http.StatusOK {
		err = fmt.Errorf("%s of %s, sent again: %d %s", ch.question, ch.municipality, got.status, got.body)
	}
	return err
}

// standing is an answer before anybody saved, or after all have: its tag, and how many saves of it the history tells of.
type standing struct {
	tag  string
	told int
}

// check compares what was acknowledged with what stands. Each save of an answer builds on another: together they are one line from what
// stood first to what stands last. Two that build on the same are one that overwrote the other; a line that ends elsewhere has lost a save; a history
// that tells of more or fewer has doubled or lost one.
func check(saves []acknowledged, before, after map[place]standing) (lost, doubled int) {
	next := map[place]map[string]string{} // what was built on an answer, by its tag
	count := map[place]int{}
	for _, s := range saves {
		if next[s.place] == nil {
			next[s.place] = map[string]string{}
		}
		count[s.place]++
		if _, taken := next[s.place][s.built]; taken {
			lost++
			continue
		}
		next[s.place][s.built] = s.tag
	}
	for at, n := range count {
		tag, steps, all := before[at].tag, 0, len(next[at])
		for steps < all {
			then, ok := next[at][tag]
			if !ok {
				break
			}
			tag, steps = then, steps+1
		}
		if tag != after[at].tag {
			lost += max(1, all-steps)
		}
		switch told := after[at].told - before[at].told; {
		case told > n:
			doubled += told - n
		case told < n:
			lost += n - told
		}
	}
	return lost, doubled
}

// stands reads every answer's tag and what the history tells of it, with nobody serving.
func stands(ctx context.Context, f *filled) (all map[place]standing, err error) {
	engine, err := sqlite.Open(ctx, f.dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	db := store.Open(engine)
	history := events.New(db)
	catalogues, err := catalogue.Load()
	if err != nil {
		return nil, err
	}
	service := assessment.New(db, assessment.Options{Catalogues: catalogues, Regions: org.NewRegions(db), People: org.NewPeople(db), Now: time.Now})
	if err := db.Ensure(ctx); err != nil {
		return nil, err
	}
	for moved := batchSize; moved == batchSize; {
		if moved, err = history.Relay(ctx, batchSize); err != nil {
			return nil, err
		}
	}
	all = map[place]standing{}
	seen := map[org.MunicipalityID]bool{}
	for _, s := range f.savers {
		if seen[s.municipality] {
			continue
		}
		seen[s.municipality] = true
		who := org.Actor{Person: personID(s.municipality, 0), Grants: []org.Grant{{Role: org.Coordinator, Municipality: s.municipality, Region: region}}}
		a, err := service.Assessment(ctx, who, f.round, s.municipality)
		if err != nil {
			return nil, err
		}
		for _, q := range a.Answers.All() {
			all[place{s.municipality, q.Question}] = standing{tag: q.Tag}
		}
	}
	filter := events.Filter{Type: "answer.saved", Limit: batchSize}
	for {
		entries, next, err := history.List(ctx, filter)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			for _, fact := range e.Data {
				if question, ok := fact.Value.(string); ok && fact.Key == "question" {
					at := place{org.MunicipalityID(e.Scope), catalogue.QuestionKey(question)}
					all[at] = standing{all[at].tag, all[at].told + 1}
				}
			}
		}
		if filter.After = next; next == "" {
			return all, nil
		}
	}
}

// measureCopies lets two hundred people edit fifty assessments at two copies, of which one is killed after a third of the time and started again
// after two, and looks whether all stands as they were told.
func measureCopies(ctx context.Context, r *report, s settings, f *filled) (err error) {
	const name = "200 people at 50 assessments, one of two copies killed and started again"
	before, err := stands(ctx, f)
	if err != nil {
		return err
	}
	b, err := openBare(ctx, filepath.Join(s.dir, "bare"), savers, f.bodies)
	if err != nil {
		return err
	}
	turns := make([]sync.Mutex, savers)
	write := func(ctx context.Context, n int) error {
		n %= savers
		turns[n].Lock()
		defer turns[n].Unlock()
		return b.replace(ctx, n)
	}
	bare := openLoop(ctx, savesPerSecond, s.lasts, write)
	if err := b.engine.Close(); err != nil {
		return err
	}
	var c copies
	for n := range c {
		srv, err := startServer(ctx, s.binary, f.dir)
		if err != nil {
			return err
		}
		c[n].Store(srv)
	}
	people := make([]person, savers)
	for n, who := range f.savers {
		people[n] = person{saver: who, n: n, copy: n * len(c) / savers, seen: before[place{who.municipality, f.shared}].tag}
	}
	var d diary
	killed := make(chan error, 1)
	go func() { killed <- c.kill(ctx, s, f) }()
	saving := openLoop(ctx, savesPerSecond, 3*s.lasts, func(ctx context.Context, n int) error { return c.save(ctx, f, &d, &people[n%savers]) })
	if err := errors.Join(<-killed, stopped(c[0].Load(), nil), stopped(c[1].Load(), nil)); err != nil {
		return err
	}
	after, err := stands(ctx, f)
	if err != nil {
		return err
	}
	lost, doubled := check(d.saves, before, after)
	r.add(name+": acknowledged saves", fmt.Sprintf("%d, and %d told that somebody else was first; %d times the other copy was asked", len(d.saves), d.conflicts, d.moved), "", justShown)
	r.add(name+": lost, doubled, refused", fmt.Sprintf("%d, %d, %d", lost, doubled, saving.failed), "0, 0, 0", judge(lost+doubled+saving.failed == 0))
	if saving.failure != nil {
		r.failed(name, "", saving.failure)
	}
	ratio := float64(saving.quantile(0.99)) / float64(max(1, bare.quantile(0.99)))
	r.add(fmt.Sprintf("the bare durable commit, %d/s", savesPerSecond), withFailures(bare), "", justShown)
	r.add(fmt.Sprintf("saving over HTTP, %d/s, killing included", savesPerSecond), withFailures(saving), "", justShown)
	r.add("saving to bare commit, p99", fmt.Sprintf("%.1f ×", ratio), "≤ 4 ×", judge(ratio <= 4))
	return nil
}

// kill takes the second copy away without a word and starts another in its place.
func (c *copies) kill(ctx context.Context, s settings, f *filled) error {
	pause := func() { // of a load that lasts three times as long
		select {
		case <-time.After(s.lasts):
		case <-ctx.Done():
		}
	}
	pause()
	old := c[1].Load()
	if err := old.process.Process.Kill(); err != nil {
		return err
	}
	<-old.ended
	pause()
	srv, err := startServer(ctx, s.binary, f.dir)
	if err == nil {
		c[1].Store(srv)
	}
	return cmp.Or(err, ctx.Err())
}
