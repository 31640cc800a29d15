package benefits

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/events"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/internal/store/sqlite"
	"helhet/internal/store/storetest"
	"helhet/org"
)

const region = org.RegionID("vestfold-telemark")

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// world is a few people on a real store, with a clock that stands until it is moved.
type world struct {
	*Service
	t       testing.TB
	db      *store.DB
	engine  *storetest.Interposed
	history *events.History
	regions *org.Regions

	mu  sync.Mutex
	now time.Time
}

var catalogues = sync.OnceValues(catalogue.Load)

func newWorld(t testing.TB) *world {
	t.Helper()
	return worldOn(t, must(sqlite.Open(t.Context(), t.TempDir()))(t))
}

func worldOn(t testing.TB, engine store.Engine) *world {
	t.Helper()
	w := &world{t: t, engine: &storetest.Interposed{Engine: engine}, now: start}
	w.db = store.Open(w.engine)
	t.Cleanup(func() {
		if err := w.db.Close(); err != nil {
			t.Error(err)
		}
	})
	people := org.NewPeople(w.db)
	w.history, w.regions = events.New(w.db), org.NewRegions(w.db)
	now := func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.now
	}
	relay := func(ctx context.Context) error { _, err := w.history.Relay(ctx, 500); return err }
	files := assessment.New(w.db, assessment.Options{Catalogues: must(catalogues())(t), People: people, Now: now, Log: slog.New(slog.DiscardHandler), Relay: relay, Quota: 2 << 20})
	w.Service = New(w.db, Options{Catalogues: must(catalogues())(t), Indicators: must(LoadIndicators())(t), People: people, Regions: w.regions, Files: files, Now: now, Relay: relay})
	if err := w.db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range []org.MunicipalityID{"larvik", "tokke"} {
		for _, role := range []org.Role{org.Contributor, org.Coordinator, org.Leader} {
			a := as(role, m)
			if err := people.Create(t.Context(), org.Person{ID: a.Person, Name: "Somebody", Email: string(role) + "." + string(m) + "@example.org", Grants: a.Grants}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return w
}

func (w *world) ctx() context.Context { return context.WithoutCancel(w.t.Context()) }

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func as(role org.Role, m org.MunicipalityID) org.Actor {
	return org.Actor{Person: org.PersonID("p-" + string(role) + "-" + string(m)), Grants: []org.Grant{{Role: role, Municipality: m, Region: region}}}
}

func coordinator() org.Actor { return as(org.Coordinator, "larvik") }
func leader() org.Actor      { return as(org.Leader, "larvik") }
func contributor() org.Actor { return as(org.Contributor, "larvik") }

// idea is the least there is of a benefit; full has all that any status demands.
func idea() Data { return Data{Title: "Færre nattlige tilsyn", Type: SavedTime, Status: Idea} }

func full() Data {
	d := idea()
	d.Tasks, d.Technology, d.Stakeholder = []catalogue.TaskKey{"gevinster", "henvise"}, "Digitalt tilsyn", "Hjemmetjenesten"
	d.Indicator, d.Unit, d.Direction = "Timer kjørt per uke", Hours, Less
	d.Baseline = Baseline{Value: "40", Date: "2026-01-15", Method: "Kjørebok i fire uker", Source: "Kjøreboka"}
	d.Target, d.EffectFrom = Target{Value: "22.5", Date: "2027-01-15"}, "2026-03-01"
	d.Assumptions, d.Measures, d.Risk, d.Uncertainty = "Dekning i hele kommunen.", "Opplæring.", "Få kjører.", "Sykefravær."
	d.Disposition = Disposition{BudgetCut: 20, Quality: 80, Decision: "Sak 12/26"}
	return d
}

func (w *world) add(d Data, owner org.PersonID) Benefit {
	w.t.Helper()
	b, made, err := w.Add(w.ctx(), coordinator(), Add{Municipality: "larvik", Data: d, Owner: owner})
	if err != nil || !made {
		w.t.Fatal(made, err)
	}
	return b
}

// walk takes a benefit through statuses, and gives what stands.
func (w *world) walk(b Benefit, statuses ...Status) Benefit {
	w.t.Helper()
	for _, status := range statuses {
		d := b.Data
		d.Status = status
		b = must(w.Save(w.ctx(), coordinator(), Save{ID: b.ID, Data: d, Tag: b.Tag}))(w.t)
	}
	return b
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

// wantFault checks code and key, and gives the fault.
func wantFault(t testing.TB, err error, code fault.Code, key string) *fault.Error {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != code || f.Key != key {
		t.Fatalf("the fault is %v, want %s (%s)", err, code, key)
	}
	return f
}
