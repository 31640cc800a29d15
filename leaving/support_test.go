package leaving

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/demo"
	"helhet/internal/events"
	"helhet/internal/store"
	"helhet/internal/store/sqlite"
	"helhet/internal/store/storetest"
	"helhet/org"
)

// larvik is who takes its own out, and leaves, in these tests; porsgrunn is its neighbour.
const (
	larvik    = org.MunicipalityID("larvik")
	porsgrunn = org.MunicipalityID("porsgrunn")
)

var demoNow = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// world is the demo region on a real store, with a clock that stands until it is moved.
type world struct {
	*Service
	other  *Service // of another copy of the program, on the same database
	t      testing.TB
	engine *storetest.Interposed
	db     *store.DB

	mu  sync.Mutex
	now time.Time
}

type deps struct {
	catalogues map[catalogue.Key]*catalogue.Catalogue
	register   *org.Register
}

var loaded = sync.OnceValues(func() (d deps, err error) {
	if d.catalogues, err = catalogue.Load(); err != nil {
		return d, err
	}
	d.register, err = org.LoadRegister()
	return d, err
})

type demoDatabase struct {
	name    string
	content []byte
}

// demoFile is a database with the demo region, loaded once for all tests.
var demoFile = sync.OnceValues(func() (file demoDatabase, err error) {
	dir, err := os.MkdirTemp("", "helhet-leaving-test-")
	if err != nil {
		return file, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	d, err := loaded()
	if err != nil {
		return file, err
	}
	engine, err := sqlite.Open(context.Background(), dir)
	if err != nil {
		return file, err
	}
	db := store.Open(engine)
	err = demo.Load(context.Background(), demo.Deps{DB: db, Register: d.register, Catalogues: d.catalogues}, demoNow)
	if err = errors.Join(err, db.Close()); err != nil {
		return file, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		return file, fmt.Errorf("a closed database is one file, not %v (%w)", files, err)
	}
	content, err := os.ReadFile(files[0])
	return demoDatabase{filepath.Base(files[0]), content}, err
})

func newWorld(t testing.TB) *world {
	t.Helper()
	file := must(demoFile())(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, file.name), file.content, 0o600); err != nil {
		t.Fatal(err)
	}
	d := must(loaded())(t)
	w := &world{t: t, engine: &storetest.Interposed{Engine: must(sqlite.Open(t.Context(), dir))(t)}, now: demoNow}
	w.db = store.Open(w.engine)
	t.Cleanup(func() {
		if err := w.db.Close(); err != nil {
			t.Error(err)
		}
	})
	now := func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.now
	}
	w.Service = serviceOn(t, w.db, d, now)
	w.other = serviceOn(t, store.Open(w.engine), d, now)
	return w
}

func serviceOn(t testing.TB, db *store.DB, d deps, now func() time.Time) *Service {
	t.Helper()
	o := Options{Register: d.register, Regions: org.NewRegions(db), People: org.NewPeople(db), History: events.New(db), Now: now, Wait: 30 * 24 * time.Hour, Figures: assessment.FiguresAggregates}
	o.Relay = func(ctx context.Context) error { _, err := o.History.Relay(ctx, 500); return err }
	o.Access = org.NewAccessRequests(db, d.register, o.Regions, o.People, nil, now) // none is granted here
	o.Invitations = org.NewInvitations(db, o.People, o.Regions, now)
	o.Assessments = assessment.New(db, assessment.Options{Catalogues: d.catalogues, Register: d.register, Regions: o.Regions, People: o.People, Now: now, Log: slog.New(slog.DiscardHandler), Relay: o.Relay})
	indicators, err := benefits.LoadIndicators()
	if err != nil {
		t.Fatal(err)
	}
	o.Benefits = benefits.New(db, benefits.Options{Catalogues: d.catalogues, Indicators: indicators, People: o.People, Regions: o.Regions, Files: o.Assessments, Now: now, Relay: o.Relay})
	s := New(db, o)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) ctx() context.Context { return context.WithoutCancel(w.t.Context()) }

func (w *world) relay() {
	w.t.Helper()
	for {
		if n := must(w.History.Relay(w.ctx(), 500))(w.t); n == 0 {
			return
		}
	}
}

func (w *world) person(email string) org.Person {
	w.t.Helper()
	return must(w.People.ByEmail(w.ctx(), email))(w.t)
}

// coordinator is Larvik's, neighbour Porsgrunn's, lead the region's.
func (w *world) coordinator() org.Actor { return w.person("coordinator.3909@example.org").Actor() }
func (w *world) contributor() org.Actor { return w.person("contributor.3909@example.org").Actor() }
func (w *world) neighbour() org.Actor   { return w.person("coordinator.4001@example.org").Actor() }
func (w *world) lead() org.Actor        { return w.person("lead@example.org").Actor() }
func (w *world) admin() org.Actor       { return w.person("admin@example.org").Actor() }

// rounds are the region's, newest first: the open one, and five that are published.
func (w *world) rounds() []assessment.Round {
	w.t.Helper()
	rounds, _, err := w.Assessments.Rounds(w.ctx(), w.lead(), demo.Region, 100, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return rounds
}

// stored shows every record of the store to see.
func (w *world) stored(see func(collection string, r store.Record)) {
	w.t.Helper()
	err := w.engine.Snapshot(w.ctx(), func(v store.View) error {
		for _, schema := range must(w.engine.Collections(w.ctx()))(w.t) {
			if err := v.Scan(w.ctx(), schema.Collection, func(r store.Record) error { see(schema.Collection, r); return nil }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
