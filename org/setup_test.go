package org

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"helhet/internal/fault"
)

func TestSetUp(t *testing.T) {
	db := database(t)
	people := NewPeople(db)
	setUp := NewSetUp(db, people, time.Now)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantCode(t, setUp.Good(t.Context(), ""), fault.NotFound, "error.set-up.gone")
	first, err := setUp.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	secret, err := setUp.Begin(t.Context()) // started again
	if err != nil || secret == first || secret == "" {
		t.Fatal(err)
	}
	for _, wrong := range []string{"", first, secret + "x", secret[1:]} {
		_, err := setUp.Finish(t.Context(), wrong, "Kari", "kari@example.org", Bokmal)
		wantCode(t, err, fault.NotFound, "error.set-up.gone")
	}
	for _, wrong := range []string{"", "kari@example.org\r\nBcc: x@y.no"} {
		_, err = setUp.Finish(t.Context(), secret, "Kari", wrong, Bokmal)
		wantCode(t, err, fault.Invalid, "error.person.email")
	}

	var all sync.WaitGroup
	made := make([]PersonID, 8)
	for i := range made {
		all.Go(func() {
			made[i], _ = setUp.Finish(t.Context(), secret, "Kari", fmt.Sprintf("kari%d@example.org", i), Bokmal)
		})
	}
	all.Wait()
	everyone, _, err := people.List(t.Context(), 10, "")
	if err != nil || len(everyone) != 1 || !everyone[0].Actor().Has(Administrator) {
		t.Fatalf("there are %v, %v", everyone, err)
	}
	won := 0
	for _, id := range made {
		if id != "" {
			won++
		}
	}
	if won != 1 {
		t.Errorf("%d were told that they are the first", won)
	}
	wantCode(t, setUp.Good(t.Context(), secret), fault.NotFound, "error.set-up.gone")
	if again, err := setUp.Begin(t.Context()); err != nil || again != "" {
		t.Errorf("begins again: %q, %v", again, err)
	}
	// Those who lost may come to be somebody later.
	for i := range made {
		email := fmt.Sprintf("kari%d@example.org", i)
		if email == everyone[0].Email {
			continue
		}
		if err := people.Create(t.Context(), Person{ID: PersonID(fmt.Sprint("p-", i)), Name: "Kari", Email: email}); err != nil {
			t.Errorf("%s: %v", email, err)
		}
	}
}
