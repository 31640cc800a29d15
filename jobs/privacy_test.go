package jobs

import (
	"fmt"
	"testing"
	"time"

	"helhet/internal/events"
	"helhet/internal/fault"
	"helhet/internal/store/sqlite/sqlitetest"
	"helhet/org"
)

// The two jobs together: who has long been without a role is deleted and then gone, once; and so are old requests. Running again does
// nothing, and what one run leaves the next takes.
func TestRetentionAndDeletions(t *testing.T) {
	db := sqlitetest.Open(t, t.TempDir())
	register, err := org.LoadRegister()
	if err != nil {
		t.Fatal(err)
	}
	clock := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	now := func() time.Time { return clock }
	people, regions, history := org.NewPeople(db), org.NewRegions(db), events.New(db)
	asked := clock
	access := org.NewAccessRequests(db, register, regions, people, nil, func() time.Time { return asked })
	deletions := org.NewDeletions(people, org.NewInvitations(db, people, regions, now), now)
	if err := db.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	const former = privacyBatch + 20 // more than one step takes
	var all []org.Person
	for i := range former {
		all = append(all, org.Person{ID: org.PersonID(fmt.Sprintf("p-former-%d", i)), Name: "Former", Email: fmt.Sprintf("former%d@example.org", i), Inactive: true, Ended: clock.AddDate(0, 0, -366)})
	}
	all = append(all,
		org.Person{ID: "p-lately", Name: "Lately", Email: "lately@example.org", Inactive: true, Ended: clock.AddDate(0, 0, -364)},
		org.Person{ID: "p-active", Name: "Active", Email: "active@example.org", Ended: clock.AddDate(0, 0, -366), Grants: []org.Grant{{Role: org.Administrator}}})
	if err := people.CreateMany(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	for id, days := range map[string]int{"old": 91, "new": 89} {
		ask := org.AccessRequest{ID: id, Issuer: "i", Subject: id, Name: "N", Email: "n@example.org", Municipality: "larvik"}
		asked = clock.AddDate(0, 0, -days)
		if err := access.Ask(t.Context(), ask); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := History(history).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	retention := Retention(deletions, access, Keep{Former: 365 * day, Unanswered: 90 * day, Closed: 30 * day}, now)
	finish := Deletions(deletions)
	run := func(job Job, key string, want int64) {
		t.Helper()
		n, err := job.Run(t.Context(), nil)
		if err != nil || n[key] != want {
			t.Errorf("%s: %v %v, want %d %s", job.Name, n, err, want, key)
		}
	}
	due := func(want bool) {
		t.Helper()
		if got, err := finish.Due(t.Context(), clock); err != nil || got != want {
			t.Errorf("deletions are due: %v %v, want %v", got, err, want)
		}
	}
	due(false)
	run(retention, "people", former)
	run(retention, "people", 0)
	if _, err := access.Get(t.Context(), "old"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("the old request: %v", err)
	}
	if _, err := access.Get(t.Context(), "new"); err != nil {
		t.Errorf("the new request: %v", err)
	}
	due(false) // a request may be under way that knows them
	clock = clock.Add(time.Hour)
	due(true)
	run(finish, "deleted", 0) // their last events are not in the history yet
	if _, err := History(history).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	run(finish, "deleted", privacyBatch)
	due(true)
	run(finish, "deleted", former-privacyBatch)
	due(false)
	left, _, err := people.List(t.Context(), 100, "")
	if err != nil || len(left) != 2 {
		t.Errorf("left are %+v, %v", left, err)
	}
}
