package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/internal/locale"
	"helhet/org"

	"pgregory.net/rapid"
)

// Colleagues see who else has a task open, nobody sees herself, and what somebody has open elsewhere is not told.
func TestWhoHasATaskOpen(t *testing.T) {
	s := startServer(t)
	round := s.openRound()
	path, other := presenceAt(assessment.Sitting{Round: round.ID, Municipality: larvik, Task: "henvise"}), presenceAt(assessment.Sitting{Round: round.ID, Municipality: larvik, Task: "testing"})
	come := func(email, path string) string {
		t.Helper()
		got := s.browse(email, http.MethodPut, path, "")
		if got.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", email, got.Status, got.Body)
		}
		var now presentNow
		if err := json.Unmarshal(got.Body, &now); err != nil {
			t.Fatal(err)
		}
		return now.Says
	}
	name := func(email string) string { return s.person(email).Name }
	one := func(email string) string { return s.text("presence.one", "name", name(email)) }

	has(t, "the task's page", s.read(contributorEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK), `data-presence="`+path+`" hidden>`)
	if got := come(contributorEmail, path); got != "" {
		t.Errorf("alone she sees %q", got)
	}
	has(t, "a colleague's page", s.read(coordinatorEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK), one(contributorEmail))
	hasNot(t, "her own page", s.read(contributorEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK), one(contributorEmail))
	hasNot(t, "another task's", s.read(coordinatorEmail, locale.Bokmal, "/tasks/testing", http.StatusOK), one(contributorEmail))
	if got := come(coordinatorEmail, other); got != "" {
		t.Errorf("at another task she sees %q", got)
	}
	if got := come(coordinatorEmail, path); got != one(contributorEmail) {
		t.Errorf("a colleague sees %q", got)
	}
	if got, want := come(leaderEmail, path), s.text("presence.two", "name", name(contributorEmail), "other", name(coordinatorEmail)); got != want {
		t.Errorf("the leader sees %q, want %q", got, want)
	}
	if got := s.browse(neighbourEmail, http.MethodPut, path, ""); got.Status != http.StatusForbidden {
		t.Errorf("a neighbour: %d %s", got.Status, got.Body)
	}
	for _, unknown := range []string{strings.Replace(path, "/henvise/", "/ukjent/", 1), path + "x", strings.Split(path, "?")[0]} {
		if got := s.browse(contributorEmail, http.MethodPut, unknown, ""); got.Status != http.StatusNotFound {
			t.Errorf("%s: %d", unknown, got.Status)
		}
	}

	// Whoever closes the page is gone at once; whoever is not heard of, whose session has ended or whose role is lost, after a while.
	if got := s.browse(coordinatorEmail, http.MethodDelete, path, ""); got.Status != http.StatusNoContent {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	if got, want := come(contributorEmail, path), one(leaderEmail); got != want {
		t.Errorf("when one has left she sees %q, want %q", got, want)
	}
	if _, err := s.People.Change(t.Context(), s.person(leaderEmail).ID, func(p *org.Person) error { p.Grants = nil; return nil }); err != nil {
		t.Fatal(err)
	}
	if got := s.browse(leaderEmail, http.MethodPut, path, ""); got.Status != http.StatusForbidden {
		t.Errorf("without a role: %d", got.Status)
	}
	s.ahead.Store(int64(presentFor))
	if got := come(contributorEmail, path); got != "" {
		t.Errorf("later she sees %q", got)
	}
	if _, err := s.Assessments.HandIn(t.Context(), s.person(coordinatorEmail).Actor(), round.ID, larvik); err != nil {
		t.Fatal(err)
	}
	hasNot(t, "a page where nothing can be changed", s.read(coordinatorEmail, locale.Bokmal, "/tasks/henvise", http.StatusOK), "data-presence")
}

// What a page says by itself is no use of the session: it lies unused all the same.
func TestAnOpenTaskDoesNotKeepASessionAlive(t *testing.T) {
	s := startServer(t)
	path, session := presenceAt(s.sitting()), s.session(contributorEmail)
	seen := func() time.Time { return s.person(contributorEmail).Keys[0].Seen }
	before := seen()
	s.ahead.Store(int64(2 * time.Minute))
	for _, ask := range []struct {
		method string
		want   int
	}{{http.MethodPut, http.StatusOK}, {http.MethodDelete, http.StatusNoContent}} {
		if got := s.visit(session, ask.method, path, ""); got.Status != ask.want || !seen().Equal(before) {
			t.Errorf("%s: %d, and it counts as a use of the session: %t", ask.method, got.Status, !seen().Equal(before))
		}
	}
	if err := s.Auth.SignOut(t.Context(), session.Value); err != nil {
		t.Fatal(err)
	}
	if got := s.visit(session, http.MethodPut, path, ""); got.Status != http.StatusUnauthorized {
		t.Errorf("without a session: %d", got.Status)
	}
	if open := s.API.present.others(s.sitting(), "", s.API.Now()); len(open) != 0 {
		t.Errorf("%v have it open", open)
	}
}

// However people come, leave and fall silent: of each task those are told who said within the time that it is open, whoever came first stands first, and
// no more are remembered than may be.
func TestPresence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const most = 6
		p, err := newPresence(most)
		if err != nil {
			t.Fatal(err)
		}
		type entry struct {
			present
			last time.Time
		}
		var model []entry // as they came
		now := time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)
		person := rapid.SampledFrom([]org.PersonID{"p-a", "p-b", "p-c", "p-d"})
		task := rapid.SampledFrom([]assessment.Sitting{{Round: "r", Municipality: "larvik", Task: "henvise"}, {Round: "r", Municipality: "larvik", Task: "testing"}, {Round: "r", Municipality: "skien", Task: "henvise"}})
		t.Repeat(map[string]func(*rapid.T){
			"come": func(t *rapid.T) {
				is := present{task.Draw(t, "task"), person.Draw(t, "who")}
				p.come(is.at, is.who, now)
				if i := slices.IndexFunc(model, func(e entry) bool { return e.present == is }); i >= 0 {
					model[i].last = now
				} else if model = append(model, entry{is, now}); len(model) > most {
					silent := slices.MinFunc(model, func(a, b entry) int { return a.last.Compare(b.last) })
					model = slices.DeleteFunc(model, func(e entry) bool { return e.present == silent.present })
				}
				now = now.Add(time.Millisecond)
			},
			"leave": func(t *rapid.T) {
				is := present{task.Draw(t, "task"), person.Draw(t, "who")}
				p.leave(is.at, is.who)
				model = slices.DeleteFunc(model, func(e entry) bool { return e.present == is })
			},
			"wait": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "seconds")) * time.Second)
			},
			"": func(t *rapid.T) {
				model = slices.DeleteFunc(model, func(e entry) bool { return now.Sub(e.last) >= presentFor })
				at, who := task.Draw(t, "task"), person.Draw(t, "who")
				var want []org.PersonID
				for _, e := range model {
					if e.at == at && e.who != who {
						want = append(want, e.who)
					}
				}
				if got := p.others(at, who, now); !slices.Equal(got, want) {
					t.Fatalf("besides %s at %v: %v, want %v", who, at, got, want)
				}
				n := 0
				for _, open := range p.at {
					if n += len(open); len(open) == 0 {
						t.Fatal("a task that nobody has open is remembered")
					}
				}
				if n != p.heard.Len() || n > most {
					t.Fatalf("%d are remembered, and %d of them by task", p.heard.Len(), n)
				}
			},
		})
	})
}

func TestPresenceInWords(t *testing.T) {
	known := names{known: map[org.PersonID]string{"p-a": "Kari Nordmann", "p-b": "Ola", "p-c": "Eva"}}
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		others []org.PersonID
		want   string
	}{{nil, ""}, {[]org.PersonID{"p-a"}, "Kari Nordmann har oppgaven åpen nå"}, {[]org.PersonID{"p-a", "p-b"}, "Kari Nordmann og Ola har oppgaven åpen nå"},
		{[]org.PersonID{"p-a", "p-b", "p-c"}, "Kari Nordmann og 2 andre har oppgaven åpen nå"}} {
		if got := presentWords(texts.For(locale.Bokmal), c.others, known); got != c.want {
			t.Errorf("%v: %q", c.others, got)
		}
	}
}
