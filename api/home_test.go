package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/internal/locale"
	"helhet/org"
)

// The first page is the model: all its tasks in their order, the service path first, each a link to itself in this very round.
func TestHomeIsTheModel(t *testing.T) {
	s := startServer(t)
	c := s.catalogue()
	words := c.In("nb")
	round := string(s.openRound().ID)
	for _, email := range []string{contributorEmail, coordinatorEmail, leaderEmail, leadEmail} {
		page := s.read(email, locale.Bokmal, "/", http.StatusOK)
		model := page[strings.Index(page, `class="hh-path"`):]
		at := 0
		for _, area := range c.Areas {
			for _, task := range area.Tasks {
				i := strings.Index(model[at:], ">"+words.Tasks[task.Key].Name+"</a></h3>")
				if i < 0 {
					t.Fatalf("%s: %s is not where it belongs", email, task.Key)
				}
				at += i
			}
		}
		if got := strings.Count(model, `<article class="hh-task"`); got != len(c.Tasks()) {
			t.Errorf("%s: %d cards for %d tasks", email, got, len(c.Tasks()))
		}
		if email != leadEmail {
			has(t, email, model, `href="/tasks/henvise?round=`+round+`"`)
		}
	}
}

// What each role comes for stands above the model.
func TestHomeForEachRole(t *testing.T) {
	s := startServer(t)
	a := s.own()
	counts := a.Counts(s.catalogue())
	contributor := s.read(contributorEmail, locale.Bokmal, "/", http.StatusOK)
	if counts[assessment.Whole].Answered == counts[assessment.Whole].Of {
		t.Fatal("the demo's open round is filled in")
	}
	has(t, "contributor", contributor, "hh-head__actions", s.text("home.state.draft"), s.text("layout.municipality", "name", "Larvik"))
	for name, c := range map[string][3]string{"who has been given tasks": {contributor, s.text("assignment.mine"), s.text("home.open")}, "where nobody has": {s.read("contributor.4034@example.org", locale.Bokmal, "/", http.StatusOK), s.text("home.open"), "–"}} {
		first := strings.Index(c[0], c[1])
		if first < 0 || first > strings.Index(c[0], `class="hh-path"`) || strings.Contains(c[0], ">"+c[2]+"<") {
			t.Errorf("%s: her tasks don't stand above the model, or all open ones beside them", name)
		}
	}
	hasNot(t, "contributor", contributor, s.text("home.changes.unclear"))

	leader := s.read(leaderEmail, locale.Bokmal, "/", http.StatusOK)
	has(t, "leader", leader, s.text("home.changes.unclear"), s.text("home.state.draft"), s.text("home.whole"))
	hasNot(t, "leader", leader, s.text("home.open"), s.text("assignment.mine"), `class="hh-head__actions"`)

	lead := s.read(leadEmail, locale.Bokmal, "/", http.StatusOK)
	n, err := s.Assessments.HandedInCount(t.Context(), s.person(leadEmail).Actor(), s.openRound())
	if err != nil {
		t.Fatal(err)
	}
	has(t, "regional lead", lead, s.text("home.whole.median"), s.text("home.hand-ins", "n", n, "of", len(s.openRound().Participants)),
		`href="/rounds/`+string(s.openRound().ID)+`"`, `href="/regions/vestfold-telemark"`, s.text("home.region.latest", "round", s.lastPublished().Name))
	hasNot(t, "regional lead", lead, s.text("home.state.draft"), `href="/tasks/`)

	admin := s.read(adminEmail, locale.Bokmal, "/", http.StatusOK)
	has(t, "administrator", admin, s.text("home.service"), `href="/runs"`)
	hasNot(t, "administrator", admin, s.text("home.empty"), "<article")
}

// A phone has each area as one line, which says how many tasks it holds and how many of them want somebody; its address opens it.
func TestHomeSaysWhatAnAreaHolds(t *testing.T) {
	s := startServer(t)
	page, own := s.read(contributorEmail, locale.Bokmal, "/", http.StatusOK), s.own()
	counts := own.Counts(s.catalogue())
	some := false
	for _, area := range s.catalogue().Areas {
		left := 0
		for _, task := range area.Tasks {
			if n := counts[assessment.OfTask(task.Key)]; n.Answered < n.Of {
				left++
			}
		}
		says := between(page, `aria-labelledby="area-`+string(area.Key)+`-name"`, "</summary>")
		has(t, string(area.Key), says, s.text("home.area", "n", len(area.Tasks)))
		if gone := s.text("home.area.left", "n", left); (left > 0) != strings.Contains(says, gone) {
			t.Errorf("%s has %d tasks to answer: %s", area.Key, left, says)
		}
		some = some || left > 0
		has(t, string(area.Key), between(page, `id="area-`+string(area.Key)+`"`, "</section>"), "<article", "</details>")
	}
	if !some {
		t.Fatal("nothing to answer in the demo's open round")
	}
	filled := []homeTask{{Answered: 4, Of: 4, Status: string(assessment.NotClarified)}, {Answered: 3, Of: 4, Status: string(assessment.InOperation)}}
	text := s.Texts.For(locale.Bokmal)
	for says, filling := range map[string]bool{"2 oppgaver · 1 gjenstår · 1 ikke avklart": true, "2 oppgaver · 1 ikke avklart": false} {
		if got := areaSays(text, filled, filling); got != says {
			t.Errorf("filling %v: %q, not %q", filling, got, says)
		}
	}
	hasNot(t, "medians", s.read(leadEmail, locale.Bokmal, "/", http.StatusOK), "gjenstår", "ikke avklart")
}

// Who has no model to see doesn't come to a page called the model.
func TestTheFirstPageWithoutAModel(t *testing.T) {
	s := startServer(t)
	for _, email := range []string{adminEmail, auditorEmail} {
		page := s.read(email, locale.Bokmal, "/", http.StatusOK)
		has(t, email, page, "<h1>"+s.text("nav.front")+"</h1>")
		hasNot(t, email, page, s.text("home.title"))
	}
}

// What moved is told in one sentence and, to those who answer for the municipality, task by task.
func TestHomeTellsWhatMoved(t *testing.T) {
	s := startServer(t)
	actor := s.person(coordinatorEmail).Actor()
	round := s.openRound().ID
	region, err := s.Regions.Get(t.Context(), actor.Region())
	if err != nil {
		t.Fatal(err)
	}
	part, err := s.Assessments.Part(t.Context(), actor, region, s.lastPublished().Publication(), larvik)
	if err != nil {
		t.Fatal(err)
	}
	// Move a task by more than half a level, whatever it was.
	before := part.Figures()[assessment.OfTask("henvise")]
	level, kind := 5, "up"
	if before.Score > 2500 {
		level, kind = 0, "down"
	}
	for _, q := range s.catalogue().Task("henvise").Questions {
		own := s.own()
		old := own.Answer(q.Key)
		if _, err := s.Assessments.SaveAnswer(t.Context(), actor, assessment.Save{Round: round, Municipality: larvik, Question: q.Key,
			Value: assessment.Value{Level: &level}, First: old.Tag == "", Tag: old.Tag}); err != nil {
			t.Fatal(err)
		}
	}
	page := s.read(leaderEmail, locale.Bokmal, "/", http.StatusOK)
	_, list, found := strings.Cut(page, s.text("home.changes."+kind))
	if !found {
		t.Fatalf("no list of what went %s", kind)
	}
	list, _, _ = strings.Cut(list, "</div>")
	has(t, "the list", list, s.catalogue().In("nb").Tasks["henvise"].Name)
	has(t, "the page", page, "Siden "+s.lastPublished().Name+" har ", `data-change="`+kind+`"`)
}

// A link of an old round's model leads to that round's tasks.
func TestHomeCarriesItsRound(t *testing.T) {
	s := startServer(t)
	old := s.rounds()[2]
	page := s.read(contributorEmail, locale.Bokmal, "/?round="+string(old.ID), http.StatusOK)
	has(t, "the page", page, old.Name, `href="/tasks/henvise?round=`+string(old.ID)+`"`, s.text("home.state.handed-in"))
	hasNot(t, "the page", page, `round=`+string(s.openRound().ID), s.text("home.open"))
}

// Before its first round a region's people read what happens next; so do those of a municipality that takes no part.
func TestHomeBeforeAndOutsideARound(t *testing.T) {
	s := startServer(t)
	lead := s.person(outsideLeadEmail).Actor()
	page := s.read(outsiderEmail, locale.Bokmal, "/", http.StatusOK)
	has(t, "no round", page, s.text("home.empty"))
	hasNot(t, "no round", page, `href="/rounds/new"`)
	has(t, "no round, lead", s.read(outsideLeadEmail, locale.Bokmal, "/", http.StatusOK), s.text("home.plan"), `href="/rounds/new"`)
	has(t, "no round, hand in", s.read(outsiderEmail, locale.Bokmal, "/hand-in", http.StatusOK), s.text("hand-in.empty"))
	s.read(outsiderEmail, locale.Bokmal, "/tasks/henvise", http.StatusNotFound)

	opens := time.Now().Add(48 * time.Hour)
	round, err := s.Assessments.Plan(t.Context(), lead, assessment.Plan{Region: outsideRegion, Name: "Vår 2031", Catalogue: s.openRound().Catalogue,
		OpensAt: opens, ClosesAt: opens.Add(24 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	date := s.Texts.For(locale.Bokmal).Date(opens)
	has(t, "planned", s.read(outsiderEmail, locale.Bokmal, "/", http.StatusOK), s.text("home.empty.planned"), s.text("home.coming", "round", round.Name, "date", date))
	at := "?round=" + string(round.ID)
	has(t, "planned, asked for", s.read(outsiderEmail, locale.Bokmal, "/"+at, http.StatusOK), s.text("home.not-open"))
	has(t, "planned, task", s.read(outsiderEmail, locale.Bokmal, "/tasks/henvise"+at, http.StatusOK), s.text("task.planned", "round", round.Name, "date", date))

	if round, err = s.Assessments.Open(t.Context(), lead, round.ID); err != nil {
		t.Fatal(err)
	}
	has(t, "open", s.read(outsiderEmail, locale.Bokmal, "/", http.StatusOK), s.text("home.moved.first"), s.text("home.state.draft"))

	// Somebody of a municipality that was not in the region when the round opened.
	const lateEmail = "late@example.org"
	err = s.People.Create(t.Context(), org.Person{ID: "p-late", Name: "Liv Sein", Email: lateEmail,
		Grants: []org.Grant{{Role: org.Coordinator, Municipality: "bergen", Region: outsideRegion}}})
	if err != nil {
		t.Fatal(err)
	}
	has(t, "no part", s.read(lateEmail, locale.Bokmal, "/", http.StatusOK), s.text("home.no-part"))
	for _, path := range []string{"/tasks/henvise", "/hand-in"} {
		page := s.read(lateEmail, locale.Bokmal, path, http.StatusOK)
		has(t, "no part", page, s.text("task.no-part"))
		hasNot(t, "no part", page, `name="level"`, `name="confirm"`)
	}
}

// A round that closes shows who did not make it, a sent-back assessment shows why, and both say what comes next.
func TestHomeOfAClosedRoundAndOneSentBack(t *testing.T) {
	s := startServer(t)
	lead := s.person(leadEmail).Actor()
	round, err := s.Assessments.Close(t.Context(), lead, s.openRound().ID)
	if err != nil {
		t.Fatal(err)
	}
	page := s.read(coordinatorEmail, locale.Bokmal, "/", http.StatusOK)
	has(t, "closed", page, s.text("home.state.missed"), s.text("home.closed", "date", s.Texts.For(locale.Bokmal).Date(round.PublishAt)))
	hasNot(t, "closed", page, s.text("home.open"), s.text("assignment.mine"), s.text("home.state.draft"))

	const message = `Vi mangler <IT-drift>. Dere har til "fredag".`
	if err := s.Assessments.SendBack(t.Context(), lead, round.ID, larvik, message); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/tasks/lager", "/hand-in"} {
		has(t, path, s.read(coordinatorEmail, locale.Bokmal, path, http.StatusOK), s.text("home.sent-back"), message)
	}
	has(t, "hand in", s.read(coordinatorEmail, locale.Bokmal, "/hand-in", http.StatusOK), s.text("hand-in.after.late"))
	hasNot(t, "hand in", s.read(coordinatorEmail, locale.Bokmal, "/hand-in", http.StatusOK), s.text("hand-in.after"))
	has(t, "home", s.read(coordinatorEmail, locale.Bokmal, "/", http.StatusOK), s.text("assignment.mine"), s.text("home.state.sent-back"))
	hasNot(t, "a neighbour's page", s.read(neighbourEmail, locale.Bokmal, "/", http.StatusOK), "fredag")
}

// While nobody has answered, the model stands as it was last published and says so; it does not pretend that nothing moved.
func TestHomeBeforeAnybodyAnswered(t *testing.T) {
	s := startServer(t)
	const leader = "leader.4034@example.org" // of Tokke, which has not begun
	actor := s.person(leader).Actor()
	a, err := s.Assessments.Assessment(t.Context(), actor, s.openRound().ID, actor.Municipality())
	if err != nil || a.Answers.Len() > 0 {
		t.Fatalf("Tokke has %d answers: %v", a.Answers.Len(), err)
	}
	last := s.lastPublished()
	region, err := s.Regions.Get(t.Context(), actor.Region())
	if err != nil {
		t.Fatal(err)
	}
	part, err := s.Assessments.Part(t.Context(), actor, region, last.Publication(), actor.Municipality())
	if err != nil {
		t.Fatal(err)
	}
	page := s.read(leader, locale.Bokmal, "/", http.StatusOK)
	has(t, "the page", page, s.text("home.moved.unknown", "round", last.Name), s.text("figure.from", "round", last.Name),
		s.Texts.For(locale.Bokmal).Score(int64(part.Figures()[assessment.Whole].Score)))
	hasNot(t, "the page", page, s.text("home.moved.none", "round", last.Name), s.text("figure.same"))

	// Closed without an answer, what is missing is missing.
	if _, err := s.Assessments.Close(t.Context(), s.person(leadEmail).Actor(), s.openRound().ID); err != nil {
		t.Fatal(err)
	}
	page = s.read(leader, locale.Bokmal, "/", http.StatusOK)
	has(t, "closed", page, s.text("home.state.missed"), s.text("standing.missing"))
	hasNot(t, "closed", page, s.text("figure.from", "round", last.Name))
}

// The first page and the hand-in read the same number of documents however many municipalities and rounds there are.
func TestHomeCostsTheSameAtAnySize(t *testing.T) {
	small, large := grow(t, same(org.ByNameInRegion, 4), 2), grow(t, same(org.ByNameInRegion, 30), 5)
	for _, path := range []string{"/", "/hand-in", "/tasks/henvise"} {
		for _, who := range []func(*grown) string{
			func(*grown) string { return grownLead },
			func(g *grown) string { return coordinatorOf(g.members[0].Municipality) },
		} {
			calls, documents := small.reads(t, who(small), path)
			moreCalls, moreDocuments := large.reads(t, who(large), path)
			if calls != moreCalls || documents != moreDocuments {
				t.Errorf("%s for %s: %d calls and %d documents, at the larger size %d and %d", path, who(small), calls, documents, moreCalls, moreDocuments)
			}
		}
	}
}
