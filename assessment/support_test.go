package assessment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/events"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/internal/store/sqlite"
	"helhet/internal/store/storetest"
	"helhet/org"

	"go.mongodb.org/mongo-driver/v2/bson"
)

const (
	region = org.RegionID("vestfold-telemark")
	small  = catalogue.Key("small-1")
)

var start = time.Date(2026, 9, 1, 8, 0, 0, 123456789, time.UTC)

// world is a region on a real store, with a clock that stands until it is moved.
type world struct {
	t       testing.TB
	db      *store.DB
	engine  *storetest.Interposed
	service *Service
	other   *Service // of another copy of the program, on the same database
	history *events.History
	regions *org.Regions
	people  *org.People
	ids     []org.MunicipalityID

	mu  sync.Mutex
	now time.Time
}

// failAfter lets n writes through; every one after them fails as if the store had gone away.
func failAfter(n int) func(string, string) error {
	return func(string, string) error {
		if n--; n < 0 {
			return fmt.Errorf("%w: the test cut it off", store.ErrUnavailable)
		}
		return nil
	}
}

// beforeWrite does something before the n-th write of f, and tells whether f wrote so often. What it writes itself is not counted. It
// must write as another copy of the program does: in one, updates of the same document take turns.
func (w *world) beforeWrite(n int, do, f func()) bool {
	writes, inside := 0, false
	w.engine.BeforeWrites(func(string, string) error {
		if inside {
			return nil
		}
		if writes++; writes == n {
			inside = true
			do()
			inside = false
		}
		return nil
	})
	f()
	w.engine.BeforeWrites(nil)
	return writes >= n
}

func smallCatalogue(t testing.TB) *catalogue.Catalogue {
	t.Helper()
	return questionnaire(t, "small", "a: x=1,1,2 y=1,1; b: z=1")
}

func newWorld(t testing.TB, municipalities int, catalogues ...*catalogue.Catalogue) *world {
	t.Helper()
	engine, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return worldOn(t, engine, municipalities, catalogues...)
}

func worldOn(t testing.TB, engine store.Engine, municipalities int, catalogues ...*catalogue.Catalogue) *world {
	t.Helper()
	register, err := org.LoadRegister()
	if err != nil {
		t.Fatal(err)
	}
	if len(catalogues) == 0 {
		catalogues = append(catalogues, smallCatalogue(t))
	}
	byKey := map[catalogue.Key]*catalogue.Catalogue{}
	for _, c := range catalogues {
		byKey[c.Key()] = c
	}
	w := &world{t: t, engine: &storetest.Interposed{Engine: engine}, now: start}
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
	serviceOn := func(db *store.DB, regions *org.Regions, people *org.People) *Service {
		return New(db, Options{Catalogues: byKey, Register: register, Regions: regions, People: people, Log: slog.New(slog.DiscardHandler), Now: now, Drafts: true})
	}
	w.regions, w.people, w.history = org.NewRegions(w.db), org.NewPeople(w.db), events.New(w.db)
	w.service = serviceOn(w.db, w.regions, w.people)
	if err := w.db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	elsewhere := store.Open(w.engine)
	w.other = serviceOn(elsewhere, org.NewRegions(elsewhere), org.NewPeople(elsewhere))
	if err := elsewhere.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Larvik and Tokke first, then whoever comes: places in the list are what tests name.
	w.ids = []org.MunicipalityID{"larvik", "tokke", "seljord", "porsgrunn"}
	for _, m := range register.All() {
		if len(w.ids) < municipalities && !slices.Contains(w.ids, m.ID) {
			w.ids = append(w.ids, m.ID)
		}
	}
	w.ids = w.ids[:municipalities]
	var members []org.Member
	for _, id := range w.ids {
		members = append(members, org.Member{Municipality: id, Consent: org.ByNameInRegion})
	}
	if err := w.regions.Create(t.Context(), org.Region{ID: region, Name: "Vestfold og Telemark", Members: members}); err != nil {
		t.Fatal(err)
	}
	return w
}

// replaceRegion writes another region in place of the one that is there, as an editor of regions will.
func (w *world) replaceRegion(r org.Region) {
	w.t.Helper()
	record := must(w.engine.Get(w.ctx(), "regions", string(r.ID), ""))(w.t)
	body := must(bson.Marshal(r))(w.t)
	at := record.Revision
	record.Body, record.Revision, record.Keys = body, at+"-next", []any{r.Name, false}
	if err := w.engine.Replace(w.ctx(), "regions", record, at); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func lead() org.Actor {
	return org.Actor{Person: "p-lead", Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}
}

func as(role org.Role, m org.MunicipalityID) org.Actor {
	return org.Actor{Person: org.PersonID("p-" + string(role) + "-" + string(m)), Grants: []org.Grant{{Role: role, Municipality: m, Region: region}}}
}

func coordinator(m org.MunicipalityID) org.Actor { return as(org.Coordinator, m) }
func contributor(m org.MunicipalityID) org.Actor { return as(org.Contributor, m) }

// plan plans a round that opens now and closes in 30 days.
func (w *world) plan(name string, tasks ...catalogue.TaskKey) Round {
	w.t.Helper()
	key := small
	if _, ok := w.service.catalogues[small]; !ok {
		for only := range w.service.catalogues {
			key = only
		}
	}
	now := w.service.now()
	return must(w.service.Plan(w.ctx(), lead(), Plan{Region: region, Name: name, Catalogue: key, Tasks: tasks, OpensAt: now, ClosesAt: now.Add(30 * 24 * time.Hour)}))(w.t)
}

func (w *world) open(name string, tasks ...catalogue.TaskKey) Round {
	w.t.Helper()
	return must(w.service.Open(w.ctx(), lead(), w.plan(name, tasks...).ID))(w.t)
}

func (w *world) close(id RoundID) Round {
	w.t.Helper()
	return must(w.service.Close(w.ctx(), lead(), id))(w.t)
}

func (w *world) publish(id RoundID) Round {
	w.t.Helper()
	return must(w.service.Publish(w.ctx(), lead(), id))(w.t)
}

// answer saves levels as "x.d1=3 x.d2=na", on whatever stands, "!y" as not relevant, and hands nothing in.
func (w *world) answer(id RoundID, m org.MunicipalityID, answers string) {
	w.t.Helper()
	a := must(w.service.Assessment(w.ctx(), contributor(m), id, m))(w.t)
	given := answered(answers)
	for _, g := range given.Answers.All() {
		tag := a.Answer(g.Question).Tag
		must(w.service.SaveAnswer(w.ctx(), contributor(m), Save{Round: id, Municipality: m, Question: g.Question, Value: g.Value, First: tag == "", Tag: tag}))(w.t)
	}
	for _, o := range given.Tasks.All() {
		tag := a.Organisation(o.Task).Tag
		must(w.service.SaveOrganisation(w.ctx(), contributor(m), SaveOrganisation{Round: id, Municipality: m, Task: o.Task, Data: o.OrganisationData, First: tag == "", Tag: tag}))(w.t)
	}
}

func (w *world) handIn(id RoundID, municipalities ...org.MunicipalityID) {
	w.t.Helper()
	for _, m := range municipalities {
		must(w.service.HandIn(w.ctx(), coordinator(m), id, m))(w.t)
	}
}

func (w *world) ctx() context.Context { return context.WithoutCancel(w.t.Context()) }

// stored is everything a collection holds, by id, as bytes that are the same only if nothing was written.
func (w *world) stored(collection string) map[string]string {
	w.t.Helper()
	all := map[string]string{}
	err := w.engine.Snapshot(w.ctx(), func(v store.View) error {
		return v.Scan(w.ctx(), collection, func(r store.Record) error {
			all[r.ID] = string(r.Revision) + string(r.Body)
			return nil
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
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
		t.Errorf("the fault is %v, want %s (%s)", err, code, key)
	}
	return f
}

func level(n int) Value { return Value{Level: &n} }
