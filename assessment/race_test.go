package assessment

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"helhet/internal/fault"
	"helhet/org"
)

// Many answer the same question at the same time: one is first, everybody else is shown what stands.
func TestOneIsFirst(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	const people = 6
	levels := make([]int, people)
	var all sync.WaitGroup
	var mu sync.Mutex
	winner := -1
	for i := range people {
		all.Go(func() {
			levels[i] = -1
			for {
				_, err := w.service.SaveAnswer(w.ctx(), contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Value: level(i), First: true, Edit: fmt.Sprint("e", i)})
				switch f, _ := err.(*fault.Error); {
				case err == nil:
					mu.Lock()
					defer mu.Unlock()
					if winner >= 0 {
						t.Errorf("%d and %d were first", winner, i)
					}
					winner = i
					return
				case f != nil && f.Code == fault.Stale:
					levels[i] = *f.Detail.(Lost).Theirs.Level
					return
				case fault.CodeOf(err) != fault.Conflict: // a busy document may be tried again
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	for i, seen := range levels {
		if i != winner && seen != winner {
			t.Errorf("%d was shown %d, %d stands", i, seen, winner)
		}
	}
}

// A browser that got no reply sends its save again and again, at the same time: it is saved once.
func TestOneEditSentManyTimes(t *testing.T) {
	w := newWorld(t, 1)
	r := w.open("Høst 2026")
	w.relay()
	var all sync.WaitGroup
	var mu sync.Mutex
	tags := map[string]bool{}
	for range 6 {
		all.Go(func() {
			for {
				a, err := w.service.SaveAnswer(w.ctx(), contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Value: level(4), First: true, Edit: "e"})
				if fault.CodeOf(err) == fault.Conflict {
					continue
				}
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				tags[a.Answer("x.d1").Tag] = true
				mu.Unlock()
				return
			}
		})
	}
	all.Wait()
	if len(tags) != 1 {
		t.Errorf("it has the tags %v", tags)
	}
	w.relay()
	if entries, _, err := w.history.Of(t.Context(), "larvik", 10, ""); err != nil || len(entries) != 1 {
		t.Errorf("%d saves in the history, %v", len(entries), err)
	}
}

// The clock and the regional lead open, close and publish at the same moment: each happens once.
func TestStepsByManyAtOnce(t *testing.T) {
	w := newWorld(t, 3)
	r := w.plan("Høst 2026")
	together := func(step func(org.Actor) error) {
		t.Helper()
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				actor := []org.Actor{lead(), org.SystemActor("rounds")}[i%2]
				if err := step(actor); err != nil && fault.CodeOf(err) != fault.Conflict {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	together(func(a org.Actor) error { _, err := w.service.Open(w.ctx(), a, r.ID); return err })
	w.answer(r.ID, "larvik", "x.d1=3")
	w.handIn(r.ID, "larvik")
	together(func(a org.Actor) error { _, err := w.service.Close(w.ctx(), a, r.ID); return err })
	w.close(r.ID)
	w.publish(r.ID)
	w.relay()
	entries, _, err := w.history.Of(t.Context(), string(region), 100, "")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range entries {
		kinds = append(kinds, e.Type)
	}
	slices.Sort(kinds)
	if want := []string{"round.closed", "round.closing", "round.opened", "round.planned", "round.published"}; !slices.Equal(kinds, want) {
		t.Errorf("%v", kinds)
	}
}
