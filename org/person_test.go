package org

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/internal/store/sqlite"
	"helhet/internal/store/storetest"
)

func database(t testing.TB) *store.DB { t.Helper(); db, _ := hooked(t); return db }

// hooked is a database, and its engine with hooks. What a hook does to the database is another copy of the program's: beside(engine).
func hooked(t testing.TB) (*store.DB, *storetest.Interposed) {
	t.Helper()
	file, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	engine := &storetest.Interposed{Engine: file}
	db := store.Open(engine)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, engine
}

// beside is the same database as another copy of the program has it open, without hooks.
func beside(t testing.TB, engine *storetest.Interposed) *store.DB {
	t.Helper()
	return store.Open(engine.Engine)
}

func wantCode(t *testing.T, err error, code fault.Code, key string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != code || key != "" && f.Key != key {
		t.Errorf("fault is %v, want %s %s", err, code, key)
	}
}

func TestPersonValidate(t *testing.T) {
	good := func() Person {
		return Person{ID: "p-1", Name: "Kari Nordmann", Email: "kari@example.org", Grants: []Grant{{Contributor, "larvik", "vestfold-telemark"}}}
	}
	if err := good().Validate(); err != nil {
		t.Error(err)
	}
	wrong := map[string]struct {
		field  string
		change func(*Person)
	}{
		"no id":                     {"id", func(p *Person) { p.ID = "" }},
		"no name":                   {"name", func(p *Person) { p.Name = " \t" }},
		"no at sign":                {"email", func(p *Person) { p.Email = "kari.example.org" }},
		"capitals":                  {"email", func(p *Person) { p.Email = "Kari@example.org" }},
		"a name before the address": {"email", func(p *Person) { p.Email = "Kari <kari@example.org>" }},
		"two addresses":             {"email", func(p *Person) { p.Email = "kari@example.org, ola@example.org" }},
		"unknown language":          {"language", func(p *Person) { p.Language = "no" }},
		"unknown role":              {"grants", func(p *Person) { p.Grants[0].Role = "king" }},
		"contributor of nowhere":    {"grants", func(p *Person) { p.Grants[0].Municipality = "" }},
		"contributor of no region":  {"grants", func(p *Person) { p.Grants[0].Region = "" }},
		"lead of a municipality":    {"grants", func(p *Person) { p.Grants[0].Role = RegionalLead }},
		"lead of nowhere":           {"grants", func(p *Person) { p.Grants[0] = Grant{Role: RegionalLead} }},
		"administrator of a region": {"grants", func(p *Person) { p.Grants[0] = Grant{Role: Administrator, Region: "r"} }},
	}
	for name, tt := range wrong {
		t.Run(name, func(t *testing.T) {
			p := good()
			tt.change(&p)
			err := p.Validate()
			wantCode(t, err, fault.Invalid, "")
			var f *fault.Error
			if errors.As(err, &f) && (len(f.Fields) != 1 || f.Fields[0].Name != tt.field) {
				t.Errorf("fields %v, want %s", f.Fields, tt.field)
			}
		})
	}
}

func TestPeople(t *testing.T) {
	ctx, db := t.Context(), database(t)
	people := NewPeople(db)
	if err := db.Ensure(ctx); err != nil {
		t.Fatal(err)
	}
	kari := Person{ID: "p-1", Name: "Kari", Email: "kari@example.org", Grants: []Grant{{Contributor, "larvik", "vestfold-telemark"}}}
	if err := people.Create(ctx, kari); err != nil {
		t.Fatal(err)
	}
	again := kari
	again.ID = "p-2"
	wantCode(t, people.Create(ctx, again), fault.Conflict, "error.person.exists")
	again.Email = "other@example.org"
	again.ID = "p-1"
	wantCode(t, people.Create(ctx, again), fault.Conflict, "error.person.exists")
	wantCode(t, people.Create(ctx, Person{ID: "p-3"}), fault.Invalid, "error.person.name")

	got, err := people.ByEmail(ctx, " KARI@Example.org ")
	if err != nil || got.ID != "p-1" || got.Grants[0] != kari.Grants[0] {
		t.Errorf("by address: %+v %v", got, err)
	}
	_, err = people.ByEmail(ctx, "nobody@example.org")
	wantCode(t, err, fault.NotFound, "error.person.unknown")
	_, err = people.Get(ctx, "p-9")
	wantCode(t, err, fault.NotFound, "error.person.unknown")

	wantCode(t, people.SetLanguage(ctx, "p-1", "sv"), fault.Invalid, "error.language")
	wantCode(t, people.SetLanguage(ctx, "p-9", Nynorsk), fault.NotFound, "error.person.unknown")
	for range 2 {
		if err := people.SetLanguage(ctx, "p-1", Nynorsk); err != nil {
			t.Error(err)
		}
	}
	if got, err := people.Get(ctx, "p-1"); err != nil || got.Language != Nynorsk || got.Name != "Kari" {
		t.Errorf("after choosing a language: %+v %v", got, err)
	}

	var many []Person
	for i := range 25 {
		many = append(many, Person{ID: PersonID(fmt.Sprintf("q-%02d", i)), Name: "N", Email: fmt.Sprintf("n%02d@example.org", i)})
	}
	if err := people.CreateMany(ctx, many); err != nil {
		t.Fatal(err)
	}
	wantCode(t, people.CreateMany(ctx, many[:1]), fault.Conflict, "error.person.exists")
	var seen []string
	var after store.Cursor
	for {
		some, next, err := people.List(ctx, 10, after)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range some {
			seen = append(seen, p.Email)
		}
		if next == "" {
			break
		}
		after = next
	}
	if len(seen) != 26 || seen[0] != "kari@example.org" || seen[25] != "n24@example.org" {
		t.Errorf("listed %v", seen)
	}
	_, _, err = people.List(ctx, 10, "nonsense")
	wantCode(t, err, fault.Malformed, "error.cursor")
}

func TestRegions(t *testing.T) {
	ctx, db := t.Context(), database(t)
	regions := NewRegions(db)
	if err := db.Ensure(ctx); err != nil {
		t.Fatal(err)
	}
	r := Region{ID: "vestfold-telemark", Name: "Vestfold og Telemark", Members: []Member{{Municipality: "larvik", Consent: ByNameInRegion}, {Municipality: "tokke", Consent: OnlyAggregates, Language: Nynorsk}}}
	if err := regions.Create(ctx, r); err != nil {
		t.Fatal(err)
	}
	wantCode(t, regions.Create(ctx, r), fault.Conflict, "error.region.exists")
	got, err := regions.Get(ctx, r.ID)
	if err != nil || got.ID != r.ID || len(got.Members) != 2 {
		t.Fatalf("%+v %v", got, err)
	}
	if m, ok := got.Member("tokke"); !ok || m.Consent != OnlyAggregates || m.Language != Nynorsk {
		t.Errorf("member %+v", m)
	}
	if _, ok := got.Member("oslo"); ok {
		t.Error("Oslo is a member")
	}
	_, err = regions.Get(ctx, "nowhere")
	wantCode(t, err, fault.NotFound, "error.region.unknown")
	if all, err := regions.List(ctx, 10); err != nil || len(all) != 1 || all[0].ID != r.ID {
		t.Errorf("listed %v %v", all, err)
	}
}

func TestFaultOfTheStore(t *testing.T) {
	tests := []struct {
		err  error
		code fault.Code
		key  string
	}{
		{store.ErrNotFound, fault.NotFound, "error.own"},
		{store.ErrExists, fault.Conflict, "error.own"},
		{store.ErrConflict, fault.Conflict, "error.busy"},
		{store.ErrPending, fault.Conflict, "error.busy"},
		{store.ErrTooLarge, fault.TooLarge, "error.too-large"},
		{store.ErrOutcomeUnknown, fault.OutcomeUnknown, "error.outcome-unknown"},
		{store.ErrUnavailable, fault.Unavailable, "error.unavailable"},
		{context.Canceled, fault.Unavailable, "error.unavailable"},
		{context.DeadlineExceeded, fault.Unavailable, "error.unavailable"},
		{store.ErrInvalid, fault.Malformed, "error.malformed"},
		{store.ErrCursor, fault.Malformed, "error.cursor"},
		{store.ErrQuery, fault.Internal, "error.internal"},
		{errors.New("something else"), fault.Internal, "error.internal"},
	}
	for _, tt := range tests {
		wrapped := fmt.Errorf("rounds/x: %w", tt.err)
		err := Fault("op", "error.own", wrapped)
		wantCode(t, err, tt.code, tt.key)
		if !errors.Is(err, tt.err) {
			t.Errorf("%v lost its cause", err)
		}
	}
	if Fault("op", "key", nil) != nil {
		t.Error("nil became a fault")
	}
	own := fault.New(fault.Stale, "inner", "error.inner")
	if got := Fault("op", "key", fmt.Errorf("around: %w", own)); fault.CodeOf(got) != fault.Stale {
		t.Errorf("a fault became %v", got)
	}
	wantCode(t, Fault("op", "", store.ErrNotFound), fault.NotFound, "error.not-found")
	wantCode(t, Fault("op", "", store.ErrExists), fault.Conflict, "error.exists")
}
