package org

import (
	"testing"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/internal/store/sqlite"
)

// Who sees that somebody asks for access to Larvik.
func TestMaySeeAccessRequests(t *testing.T) {
	yes := map[string]bool{"own coordinator": true, "regional lead": true, "administrator": true, "lead who is also own leader": true}
	for who, actor := range readers() {
		if got := MaySeeAccessRequests(actor, "larvik", "vestfold-telemark"); got != yes[who] {
			t.Errorf("%s: %t", who, got)
		}
		if MaySeeAccessRequests(actor, "", "") && !actor.Has(Administrator) {
			t.Errorf("%s sees requests for nowhere", who)
		}
	}
}

func TestAccessRequests(t *testing.T) {
	engine, err := sqlite.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	db := store.Open(engine)
	register, err := LoadRegister()
	if err != nil {
		t.Fatal(err)
	}
	requests := NewAccessRequests(db, register)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, now, people := t.Context(), time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC), readers()
	own, lead, neighbour, admin := people["own coordinator"], people["regional lead"], people["neighbour coordinator"], people["administrator"]
	const region = RegionID("vestfold-telemark")
	ask := func(id string, m MunicipalityID, message string, at time.Time) {
		t.Helper()
		if err := requests.Ask(ctx, AccessRequest{ID: id, Issuer: "https://a.example", Subject: id, Name: " Ny ", Email: " Ny@Example.org ", Municipality: m, Message: message}, at); err != nil {
			t.Fatal(err)
		}
	}
	ask("1", "larvik", "", now)
	ask("2", "larvik", "", now.Add(-time.Hour))
	ask("3", "tokke", "", now)

	list, _, err := requests.List(ctx, own, "larvik", region, 10, "")
	if err != nil || len(list) != 2 || list[0].ID != "2" || list[1].Name != "Ny" || list[1].Email != "ny@example.org" || list[1].State != AccessOpen {
		t.Fatalf("%+v (%v)", list, err)
	}
	if all, _, err := requests.All(ctx, admin, 10, ""); err != nil || len(all) != 3 {
		t.Errorf("the administrator sees %d (%v)", len(all), err)
	}
	for what, err := range map[string]error{
		"a neighbour lists":           second(requests.List(ctx, neighbour, "larvik", region, 10, "")),
		"a coordinator lists all":     second(requests.All(ctx, own, 10, "")),
		"a lead lists all":            second(requests.All(ctx, lead, 10, "")),
		"a neighbour answers":         first(requests.Answer(ctx, neighbour, "1", region, true, now)),
		"a lead of elsewhere answers": first(requests.Answer(ctx, people["foreign lead"], "1", region, true, now)),
	} {
		if fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("%s: %v", what, err)
		}
	}
	granted, err := requests.Answer(ctx, own, "1", region, true, now)
	if err != nil || granted.State != AccessGranted || granted.AnsweredBy != own.Person {
		t.Errorf("%+v (%v)", granted, err)
	}
	if _, err := requests.Answer(ctx, lead, "1", region, false, now); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("answered twice: %v", err)
	}
	if _, err := requests.Answer(ctx, lead, "nosuch", region, false, now); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("one that is none: %v", err)
	}
	if list, _, err := requests.List(ctx, lead, "larvik", region, 10, ""); err != nil || len(list) != 1 {
		t.Errorf("answered ones are listed: %v (%v)", list, err)
	}
	// Asked once more, it is open again and nobody has answered it; sent twice it stays as it is.
	ask("1", "larvik", "Hei", now.Add(time.Minute))
	ask("1", "larvik", "Hei", now.Add(time.Hour))
	again, err := requests.Get(ctx, "1")
	if err != nil || again.State != AccessOpen || again.AnsweredBy != "" || !again.At.Equal(now.Add(time.Minute)) {
		t.Errorf("%+v (%v)", again, err)
	}
}

func first[T any](_ T, err error) error          { return err }
func second[T, U any](_ T, _ U, err error) error { return err }
