package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/demo"
	"helhet/internal/locale"
)

func TestRoundPagesInEveryLanguage(t *testing.T) {
	s := startServer(t)
	open, corrected, questions := roundPath(s.openRound().ID), roundPath(s.rounds()[2].ID), separationPath(demo.Region)
	for _, lang := range []string{"nb", "nn", "en"} {
		for email, paths := range map[string][]string{
			coordinatorEmail: {"/rounds", open, corrected, open + "?confirm=close"},
			adminEmail:       {"/rounds", open},
			leadEmail: {"/rounds", "/rounds/new", questions, questions + "?catalogue=" + string(demo.Catalogue), open, open + "?confirm=close", open + "?confirm=send-back&municipality=sandefjord", open + "?confirm=nonsense",
				corrected, corrected + "?confirm=erratum"},
		} {
			for _, path := range paths {
				got := s.inLanguage(email, lang, path)
				if got.Status != http.StatusOK || got.Header.Get("Content-Language") != lang {
					t.Errorf("%s in %s for %s: %d", path, lang, email, got.Status)
				}
				for _, never := range []string{"⟦", " style=", "%!", "{name}", "{of}"} {
					if bytes.Contains(got.Body, []byte(never)) {
						t.Errorf("%s in %s for %s has %q", path, lang, email, never)
					}
				}
			}
		}
	}
}

// roundPosts is everything a form may send to a round.
var roundPosts = []string{"/open", "/close", "/cancel", "/send-back", "/publish", "/erratum"}

// TestRoundsAreTheLeads: nobody else plans or moves a round, confirmed or not, and it stands as it did.
func TestRoundsAreTheLeads(t *testing.T) {
	s := startServer(t)
	before := s.openRound()
	form := "confirm=yes&municipality=sandefjord&message=x&reason=x"
	for email, want := range map[string]int{"": http.StatusUnauthorized, coordinatorEmail: http.StatusForbidden, leaderEmail: http.StatusForbidden, adminEmail: http.StatusForbidden,
		outsideLeadEmail: http.StatusForbidden} {
		for _, post := range roundPosts {
			for _, body := range []string{form, ""} {
				if got := s.browse(email, http.MethodPost, roundPath(before.ID)+post, body); got.Status != want {
					t.Errorf("%q gets %d at %s (%q), want %d", email, got.Status, post, body, want)
				}
			}
		}
	}
	for email, want := range map[string]int{coordinatorEmail: http.StatusForbidden, adminEmail: http.StatusForbidden} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if got := s.browse(email, method, "/rounds/new", ""); got.Status != want {
				t.Errorf("%s gets %d when planning", email, got.Status)
			}
		}
	}
	if got := s.browse(outsiderEmail, http.MethodGet, roundPath(before.ID), ""); got.Status != http.StatusForbidden {
		t.Errorf("somebody of another region gets %d", got.Status)
	}
	if after := s.openRound(); after.State != before.State || after.Phase != before.Phase {
		t.Errorf("the round is %s now", after.State)
	}
}

// TestProgressIsTheLeads: how far each municipality has come is for the regional lead; answers and notes are for nobody here.
func TestProgressIsTheLeads(t *testing.T) {
	s := startServer(t)
	path := roundPath(s.openRound().ID)
	lead, other := s.inLanguage(leadEmail, "nb", path), s.inLanguage(coordinatorEmail, "nb", path)
	if n := bytes.Count(lead.Body, []byte(`<progress`)); n != len(demo.Members) {
		t.Errorf("the lead sees the progress of %d municipalities", n)
	}
	if bytes.Contains(other.Body, []byte(`<progress`)) || bytes.Contains(other.Body, []byte("Tokke")) {
		t.Error("a coordinator sees how far her neighbours have come")
	}
	if !bytes.Contains(other.Body, []byte("1 av 8 kommuner har levert")) {
		t.Error("a coordinator does not see how many have handed in")
	}
}

// Several rounds may be under way, and the first page shows one of them: from its round everyone finds her own assessment.
func TestARoundLeadsToTheOwnAssessment(t *testing.T) {
	s := startServer(t)
	round := s.openRound()
	link := `href="/?round=` + string(round.ID) + `"`
	for _, path := range []string{"/rounds", roundPath(round.ID)} {
		for _, email := range []string{contributorEmail, coordinatorEmail, leaderEmail} {
			has(t, email+" at "+path, string(s.browse(email, http.MethodGet, path, "").Body), link)
		}
		for _, email := range []string{leadEmail, adminEmail} {
			hasNot(t, email+" at "+path, string(s.browse(email, http.MethodGet, path, "").Body), link)
		}
	}
	path := roundPath(s.lastPublished().ID)
	hasNot(t, path, string(s.browse(contributorEmail, http.MethodGet, path, "").Body), `href="/?round=`)
}

// TestARoundsWholeLife: planned, opened, closed, sent back, handed in late, published, seen, corrected; each step after a question.
func TestARoundsWholeLife(t *testing.T) {
	s := startServer(t)
	lead, coordinator := s.person(leadEmail).Actor(), s.person(neighbourEmail).Actor()
	plan := url.Values{"name": {"Vår 2027"}, "catalogue": {string(demo.Catalogue)}, "cover": {"chosen"}, "area": {"support"}, "task": {"henvise"},
		"opens": {"2027-03-29"}, "closes": {"2027-11-30"}}
	got := s.browse(leadEmail, http.MethodPost, "/rounds/new", plan.Encode())
	path := got.Header.Get("Location")
	if got.Status != http.StatusSeeOther || path != "/rounds/vestfold-telemark-var-2027" {
		t.Fatalf("planning: %d %s", got.Status, got.Body)
	}
	id := assessment.RoundID(strings.TrimPrefix(path, "/rounds/"))
	round := func() assessment.Round {
		t.Helper()
		r, err := s.Assessments.Round(t.Context(), lead, id)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	// The hours of a day are Norway's, summer and winter.
	if r := round(); r.OpensAt != time.Date(2027, 3, 29, 6, 0, 0, 0, time.UTC) || r.ClosesAt != time.Date(2027, 11, 30, 15, 0, 0, 0, time.UTC) || len(r.Tasks) != 3 {
		t.Errorf("planned as %v to %v, %v", r.OpensAt, r.ClosesAt, r.Tasks)
	}
	take := func(step, form string, want assessment.State) {
		t.Helper()
		question := s.inLanguage(leadEmail, "nb", path+"?confirm="+step+"&municipality=porsgrunn")
		if !bytes.Contains(question.Body, []byte(`action="`+path+"/"+step+`"`)) {
			t.Fatalf("%s is not asked for", step)
		}
		was := round()
		if got := s.browse(leadEmail, http.MethodPost, path+"/"+step, form); got.Status != http.StatusUnprocessableEntity || !bytes.Contains(got.Body, []byte(`id="ask"`)) {
			t.Errorf("%s without a confirmation: %d", step, got.Status)
		}
		if is := round(); is.State != was.State || is.Phase != was.Phase {
			t.Errorf("%s is done without a confirmation", step)
		}
		if got := s.browse(leadEmail, http.MethodPost, path+"/"+step, form+"&confirm=yes"); got.Status != http.StatusSeeOther || got.Header.Get("Location") != path {
			t.Fatalf("%s: %d %.600s", step, got.Status, got.Body)
		}
		if r := round(); r.State != want {
			t.Errorf("after %s the round is %s", step, r.State)
		}
	}
	take("open", "x=1", assessment.Open)
	if got := s.browse(leadEmail, http.MethodPost, path+"/cancel", "confirm=yes"); got.Status != http.StatusConflict {
		t.Errorf("an open round is cancelled: %d", got.Status)
	}
	take("close", "x=1", assessment.Closed)
	ask := s.inLanguage(leadEmail, "nb", path+"?confirm=publish")
	if !bytes.Contains(ask.Body, []byte("8 kommuner har ikke levert")) || !bytes.Contains(ask.Body, []byte("Porsgrunn, 0 av 12 besvart")) {
		t.Error("the question does not say who is missing")
	}

	empty := s.inLanguage(leadEmail, "nb", path+"?confirm=send-back&municipality=oslo")
	if empty.Status != http.StatusNotFound {
		t.Errorf("sending back to one who takes no part: %d", empty.Status)
	}
	bad := s.browse(leadEmail, http.MethodPost, path+"/send-back", "confirm=yes&municipality=porsgrunn&message=+")
	if bad.Status != http.StatusUnprocessableEntity || !bytes.Contains(bad.Body, []byte(`id="ask-error"`)) || !bytes.Contains(bad.Body, []byte(`value="porsgrunn"`)) {
		t.Errorf("without a message: %d", bad.Status)
	}
	take("send-back", "municipality=porsgrunn&message=Lever+i+dag", assessment.Closed)
	level := 3
	fill := assessment.Fill{Round: id, Municipality: "porsgrunn"}
	model, err := s.Assessments.Catalogue(demo.Catalogue)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range round().Tasks {
		for _, q := range model.Task(k).Questions {
			fill.Answers = append(fill.Answers, assessment.FillAnswer{Question: q.Key, Value: assessment.Value{Level: &level}})
		}
	}
	if _, err := s.Assessments.Fill(t.Context(), coordinator, fill); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Assessments.HandIn(t.Context(), coordinator, id, "porsgrunn"); err != nil {
		t.Fatal(err)
	}
	take("publish", "x=1", assessment.Published)

	// The lead sees the comparison straight away, without waiting for a job.
	trend := s.inLanguage(leadEmail, "nb", demoPath+"/charts/trend.csv?area=support")
	if figures := rowOf(t, trend.Body, "Porsgrunn"); len(figures) != 6 || figures[5] != "3,000" {
		t.Errorf("the trend after publishing: %q", figures)
	}
	if figures := rowOf(t, trend.Body, "Larvik"); len(figures) != 6 || figures[5] != "mangler" {
		t.Errorf("a draft never handed in: %q", figures)
	}
	if heat := s.inLanguage(leadEmail, "nb", demoPath+"?round="+string(id)+"&by=task"); !bytes.Contains(heat.Body, []byte("ikke med i runden")) {
		t.Error("tasks outside the round do not say so")
	}

	// An erratum needs something that changed, and a reason that stands with it.
	nothing := s.browse(leadEmail, http.MethodPost, path+"/erratum", "confirm=yes&reason=Feil+niv%C3%A5")
	if nothing.Status != http.StatusConflict || !bytes.Contains(nothing.Body, []byte("Feil nivå")) {
		t.Errorf("an erratum of nothing: %d", nothing.Status)
	}
	take("send-back", "municipality=porsgrunn&message=Rett+niv%C3%A5et", assessment.Published)
	higher := 4
	a, err := s.Assessments.Assessment(t.Context(), coordinator, id, "porsgrunn")
	if err != nil {
		t.Fatal(err)
	}
	q := fill.Answers[0].Question
	if _, err := s.Assessments.SaveAnswer(t.Context(), coordinator, assessment.Save{Round: id, Municipality: "porsgrunn", Question: q, Value: assessment.Value{Level: &higher}, Tag: a.Answer(q).Tag}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Assessments.HandIn(t.Context(), coordinator, id, "porsgrunn"); err != nil {
		t.Fatal(err)
	}
	take("erratum", "reason=Feil+niv%C3%A5+p%C3%A5+ett+sp%C3%B8rsm%C3%A5l", assessment.Published)
	page := s.inLanguage(coordinatorEmail, "nb", path)
	for _, want := range []string{"Feil nivå på ett spørsmål", "Gjelder nå", "<td>Helheten</td>", round().Publications[0].Hash.Short(), round().Publications[1].Hash.Short()} {
		if !bytes.Contains(page.Body, []byte(want)) {
			t.Errorf("the corrected round does not show %q", want)
		}
	}
	if heat := s.inLanguage(coordinatorEmail, "nb", demoPath); !bytes.Contains(heat.Body, []byte("Resultatene ble rettet")) {
		t.Error("the heat map does not tell of the correction")
	}
}

// TestABadPlanComesBack with each fault beside its field, and all that was typed.
func TestABadPlanComesBack(t *testing.T) {
	s := startServer(t)
	typed := url.Values{"name": {strings.Repeat("x", 70)}, "catalogue": {string(demo.Catalogue)}, "cover": {"chosen"}, "opens": {"2027-02-30"}, "closes": {"2027-01-01"}, "publishes": {"soon"}}
	got := s.browse(leadEmail, http.MethodPost, "/rounds/new", typed.Encode())
	if got.Status != http.StatusUnprocessableEntity {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	for _, field := range []string{"name", "cover", "opens", "publishes"} {
		if !bytes.Contains(got.Body, []byte(`id="`+field+`-error"`)) || !bytes.Contains(got.Body, []byte(`href="#`+field+`"`)) {
			t.Errorf("nothing stands beside %s", field)
		}
	}
	for _, value := range []string{typed.Get("name"), "2027-02-30", "2027-01-01", `value="soon"`, `value="chosen" checked`} {
		if !bytes.Contains(got.Body, []byte(value)) {
			t.Errorf("%q is lost", value)
		}
	}
	typed = url.Values{"name": {"Vår 2027"}, "catalogue": {"nope"}, "cover": {"chosen"}, "area": {"support"}, "task": {"henvise"}, "opens": {"2027-03-01"}, "closes": {"2027-02-01"}}
	got = s.browse(leadEmail, http.MethodPost, "/rounds/new", typed.Encode())
	for _, want := range []string{`id="catalogue-error"`, `id="closes-error"`, `value="support" checked`, `value="henvise" checked`} {
		if !bytes.Contains(got.Body, []byte(want)) {
			t.Errorf("the form came back without %s", want)
		}
	}
	existing := url.Values{"name": {s.openRound().Name}, "catalogue": {string(demo.Catalogue)}, "opens": {"2027-03-01"}, "closes": {"2027-04-01"}}
	if got := s.browse(leadEmail, http.MethodPost, "/rounds/new", existing.Encode()); got.Status != http.StatusConflict || !bytes.Contains(got.Body, []byte(`id="name-error"`)) {
		t.Errorf("a second round of one name: %d", got.Status)
	}
	suggested(t, s)
	separates(t, s)
	if n := len(s.rounds()); n != 6 {
		t.Errorf("there are %d rounds now", n)
	}
}

// suggested asks for a suggestion: it comes with its reasons beside what it ticks, keeps what was typed, plans nothing, and says the same to a
// program. Nobody plans by one she has not seen.
func suggested(t *testing.T, s *testServer) {
	t.Helper()
	nb := []string{"Cookie", languageCookie + "=nb"}
	typed := url.Values{"name": {"Vår 2027"}, "catalogue": {string(demo.Catalogue)}, "cover": {"suggested"}, "meeting": {"support"}, "area": {"it-drift"}, "opens": {"2027-03-01"}, "closes": {"2027-04-01"}}
	hasNot(t, "the form at first", s.read(leadEmail, locale.Bokmal, "/rounds/new", http.StatusOK), s.text("scope.meeting"), "Flyttet seg minst: ")
	unseen := s.browse(leadEmail, http.MethodPost, "/rounds/new", typed.Encode(), nb...)
	if unseen.Status != http.StatusUnprocessableEntity {
		t.Errorf("planned by a suggestion that nobody has seen: %d", unseen.Status)
	}
	typed.Set("suggest", "yes")
	got := s.browse(leadEmail, http.MethodPost, "/rounds/new", typed.Encode(), nb...)
	if got.Status != http.StatusOK {
		t.Fatalf("%d: %s", got.Status, got.Body)
	}
	page := string(got.Body)
	has(t, "the suggestion", page, `name="area" value="support" checked`, `value="chosen" checked`, `value="Vår 2027"`, `value="2027-03-01"`, `name="meeting" value="support" checked`,
		s.text("scope.meeting"), "Flyttet seg minst: ", " fra Høst 2025 til Vår 2026.", s.text("scope.benefits", "n", len(demo.Members)-1))
	has(t, "what comes back of the unseen one", string(unseen.Body), s.text("error.plan.suggested"), `name="area" value="support" checked`)
	for _, email := range []string{coordinatorEmail, adminEmail} {
		if got := s.browse(email, http.MethodPost, "/rounds/new", typed.Encode()); got.Status != http.StatusForbidden {
			t.Errorf("%s is suggested something: %d", email, got.Status)
		}
	}
	var told struct {
		Areas []struct {
			Area     string
			Reasons  []string
			AtLeast  int
			Movement *struct{ From, To struct{ Level float64 } }
		}
		Whole, Suggested struct{ Minutes, Guessed int }
		Moved            int
	}
	if err := json.Unmarshal(s.browse(leadEmail, http.MethodGet, "/api/v1/regions/"+string(demo.Region)+"/scope?meeting=support", "").Body, &told); err != nil {
		t.Fatal(err)
	}
	if told.Moved != 6 || told.Whole.Minutes != 192 || told.Whole.Guessed != 192 || told.Suggested.Minutes >= told.Whole.Minutes || told.Suggested.Minutes == 0 {
		t.Errorf("%+v", told)
	}
	if a := told.Areas[0]; a.Area != "support" || a.Reasons[0] != "meeting" || a.Movement == nil && len(a.Reasons) > 1 && a.Reasons[1] == "moved-least" {
		t.Errorf("first comes %+v", a)
	}
	for i, a := range told.Areas {
		if !strings.Contains(page, `name="area" value="`+a.Area+`" checked`) || i > 0 && len(a.Reasons) > len(told.Areas[i-1].Reasons) {
			t.Errorf("%+v", a)
		}
	}
	if got := s.browse(leadEmail, http.MethodGet, "/api/v1/regions/"+string(demo.Region)+"/scope?meeting=nosuch", ""); got.Status != http.StatusNotFound {
		t.Errorf("a meeting about nothing: %d", got.Status)
	}
}

// separates compares the page of the questions that separate nobody with what a program is told, and finds the way there.
func separates(t *testing.T, s *testServer) {
	t.Helper()
	path := separationPath(demo.Region)
	for _, from := range []string{"/rounds", "/rounds/new"} {
		has(t, from, s.read(leadEmail, locale.Bokmal, from, http.StatusOK), `href="`+path+`"`)
	}
	hasNot(t, "the coordinator's rounds", s.read(coordinatorEmail, locale.Bokmal, "/rounds", http.StatusOK), path)
	var told struct {
		Rounds, Never   []any
		Few, Separating int
	}
	if err := json.Unmarshal(s.browse(leadEmail, http.MethodGet, "/api/v1"+path, "").Body, &told); err != nil {
		t.Fatal(err)
	}
	of := len(told.Never) + told.Few + told.Separating
	if len(told.Rounds) != 5 || of != 96 || told.Separating == 0 || told.Few == 0 {
		t.Errorf("%+v", told)
	}
	has(t, "the page", s.read(leadEmail, locale.Bokmal, path, http.StatusOK), s.text("separation.never", "n", len(told.Never), "of", of),
		s.text("separation.rest", "n", told.Separating), s.text("separation.few", "n", told.Few, "fewest", assessment.FewestToSeparate))
	var everywhere struct {
		Never           []any
		Few, Separating int
	}
	if err := json.Unmarshal(s.browse(adminEmail, http.MethodGet, "/api/v1/questions", "").Body, &everywhere); err != nil {
		t.Fatal(err)
	}
	if len(everywhere.Never)+everywhere.Few+everywhere.Separating != of || everywhere.Separating == 0 {
		t.Errorf("%+v", everywhere)
	}
	has(t, "the owner's page", s.read(adminEmail, locale.Bokmal, "/questions", http.StatusOK), s.text("separation.never", "n", len(everywhere.Never), "of", of), s.text("separation.levels"))
	for _, unknown := range [][2]string{{leadEmail, path}, {leadEmail, "/api/v1" + path}, {adminEmail, "/questions"}, {adminEmail, "/api/v1/questions"}} {
		if got := s.browse(unknown[0], http.MethodGet, unknown[1]+"?catalogue=nosuch", ""); got.Status != http.StatusNotFound {
			t.Errorf("%s: %d", unknown, got.Status)
		}
	}
}

func TestACancelledRoundIsGone(t *testing.T) {
	s := startServer(t)
	plan := url.Values{"name": {"Vår 2027"}, "catalogue": {string(demo.Catalogue)}, "opens": {"2027-03-01T09:30"}, "closes": {"2027-04-01"}, "publishes": {"2027-04-02"}}
	path := s.browse(leadEmail, http.MethodPost, "/rounds/new", plan.Encode()).Header.Get("Location")
	if got := s.inLanguage(coordinatorEmail, "nb", path); got.Status != http.StatusOK || bytes.Contains(got.Body, []byte("confirm=")) {
		t.Errorf("a planned round for a coordinator: %d", got.Status)
	}
	if got := s.browse(leadEmail, http.MethodPost, path+"/cancel", "confirm=yes"); got.Header.Get("Location") != "/rounds" {
		t.Errorf("cancelling: %d %s", got.Status, got.Header.Get("Location"))
	}
	if got := s.browse(leadEmail, http.MethodGet, path, ""); got.Status != http.StatusNotFound {
		t.Errorf("the round is still there: %d", got.Status)
	}
}

// TestTheListOfRoundsIsPaged, and costs the same however many there are.
func TestTheListOfRoundsIsPaged(t *testing.T) {
	s := startServer(t)
	lead := s.person(leadEmail).Actor()
	for i := range roundsListed {
		at := time.Date(2030+i, 3, 1, 7, 0, 0, 0, time.UTC)
		if _, err := s.Assessments.Plan(t.Context(), lead, assessment.Plan{Region: demo.Region, Name: at.Format("2006"), Catalogue: demo.Catalogue, OpensAt: at, ClosesAt: at.AddDate(0, 1, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	first := s.inLanguage(leadEmail, "nb", "/rounds")
	if n := bytes.Count(first.Body, []byte(`class="hh-card"`)); n != roundsListed {
		t.Errorf("%d rounds on the first page", n)
	}
	next := regexp.MustCompile(`href="(/rounds\?after=[^"]*)"`).FindSubmatch(first.Body)
	if next == nil {
		t.Fatal("no way to the older rounds")
	}
	older := s.inLanguage(leadEmail, "nb", string(next[1]))
	if n := bytes.Count(older.Body, []byte(`class="hh-card"`)); n != 6 || !bytes.Contains(older.Body, []byte("Nyeste runder")) {
		t.Errorf("%d rounds on the second page", n)
	}
	if got := s.inLanguage(leadEmail, "nb", "/rounds?after=nonsense"); got.Status != http.StatusBadRequest {
		t.Errorf("a cursor that is none: %d", got.Status)
	}
}
