package api

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"helhet/assessment"
	"helhet/internal/locale"
	"helhet/internal/store"
	"helhet/org"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func newPictures(t *testing.T, most int) *kept[picture] {
	t.Helper()
	k, err := newKept[picture](most)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestKeptIsBounded: by bytes, keys counted, and no value takes more than a quarter.
func TestKeptIsBounded(t *testing.T) {
	const most = 1_000
	k := newPictures(t, most)
	for i := range 100 {
		k.put(fmt.Sprintf("%050d", i), make(picture, 50))
	}
	if k.bytes > most || k.bytes < most/2 || k.known.Len() != most/100 {
		t.Errorf("%d values and %d bytes are kept of %d allowed", k.known.Len(), k.bytes, most)
	}
	if _, ok := k.get(fmt.Sprintf("%050d", 0)); ok {
		t.Error("the oldest value is still kept")
	}
	if k.put("large", make(picture, most/4)); k.known.Contains("large") {
		t.Error("a value of more than a quarter is kept")
	}
	k.put("same", make(picture, 10))
	before := k.bytes
	if k.put("same", make(picture, 20)); k.bytes != before {
		t.Error("a key that is kept already is counted twice")
	}
}

// TestWhatIsKeptIsMadeOnce, but a failure, what must not be kept and what has no name is made each time.
func TestWhatIsKeptIsMadeOnce(t *testing.T) {
	broken := errors.New("broken")
	for _, row := range []struct {
		name, key string
		keep      bool
		err       error
		want      int
	}{{"kept", "a", true, nil, 1}, {"not to be kept", "b", false, nil, 3}, {"failed", "c", true, broken, 3}, {"without a name", "", true, nil, 3}} {
		k := newPictures(t, 1_000)
		made := 0
		for range 3 {
			got, err := k.once(row.key, func() (picture, bool, error) { made++; return picture("x"), row.keep, row.err })
			if !errors.Is(err, row.err) || string(got) != "x" {
				t.Errorf("%s: %q %v", row.name, got, err)
			}
		}
		if made != row.want {
			t.Errorf("%s: made %d times, want %d", row.name, made, row.want)
		}
	}
}

// TestFirstReadersAtOnceMakeItOnce, and nobody waits for who makes something else.
func TestFirstReadersAtOnceMakeItOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newPictures(t, 1_000)
		made := 0
		goOn, got := make(chan struct{}), make(chan string, 20)
		for range cap(got) {
			go func() {
				p, _ := k.once("a", func() (picture, bool, error) { made++; <-goOn; return picture("x"), true, nil })
				got <- string(p)
			}()
		}
		synctest.Wait() // until each of them waits
		if other, _ := k.once("b", func() (picture, bool, error) { return picture("y"), true, nil }); string(other) != "y" {
			t.Errorf("another key gives %q", other)
		}
		close(goOn)
		for range cap(got) {
			if p := <-got; p != "x" {
				t.Errorf("one of them got %q", p)
			}
		}
		if made != 1 {
			t.Errorf("made %d times", made)
		}
	})
}

// TestAnswersKeysTellReadersApart: whatever may decide an answer stands in its key, and who reads does not.
func TestAnswersKeysTellReadersApart(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	own, other := org.Grant{Role: org.Leader, Municipality: "larvik", Region: "r"}, org.Grant{Role: org.Leader, Municipality: "tokke", Region: "r"}
	key := func(change func(r *request, view *string, read *[]store.Revision)) string {
		r := &request{Person: org.Person{ID: "p-1", Name: "Kari"}, Text: texts.For(locale.Bokmal), Address: "/regions/r?page=1", Trace: "T"}
		r.Actor = org.Actor{Person: "p-1", Grants: []org.Grant{own, other}}
		view, read := "trend", []store.Revision{"one", "two"}
		change(r, &view, &read)
		return answerKey(r, view, read)
	}
	base := key(func(*request, *string, *[]store.Revision) {})
	colleague := key(func(r *request, _ *string, _ *[]store.Revision) {
		r.Person, r.Actor.Person, r.Trace = org.Person{ID: "p-2", Name: "Ola"}, "p-2", "U"
	})
	if base == "" || colleague != base {
		t.Errorf("colleagues have the keys %q and %q", base, colleague)
	}
	for name, change := range map[string]func(r *request, view *string, read *[]store.Revision){
		"view":              func(_ *request, view *string, _ *[]store.Revision) { *view = "radar" },
		"address":           func(r *request, _ *string, _ *[]store.Revision) { r.Address = "/regions/r?page=2" },
		"language":          func(r *request, _ *string, _ *[]store.Revision) { r.Text = texts.For(locale.Nynorsk) },
		"role":              func(r *request, _ *string, _ *[]store.Revision) { r.Actor.Grants[0].Role = org.Contributor },
		"municipality":      func(r *request, _ *string, _ *[]store.Revision) { r.Actor.Grants[0].Municipality = "skien" },
		"region":            func(r *request, _ *string, _ *[]store.Revision) { r.Actor.Grants[0].Region = "s" },
		"fewer grants":      func(r *request, _ *string, _ *[]store.Revision) { r.Actor.Grants = r.Actor.Grants[:1] },
		"whose own":         func(r *request, _ *string, _ *[]store.Revision) { slices.Reverse(r.Actor.Grants) },
		"revision":          func(_ *request, _ *string, read *[]store.Revision) { (*read)[1] = "three" },
		"order of reading":  func(_ *request, _ *string, read *[]store.Revision) { slices.Reverse(*read) },
		"another document":  func(_ *request, _ *string, read *[]store.Revision) { *read = append(*read, "three") },
		"joined revisions":  func(_ *request, _ *string, read *[]store.Revision) { *read = []store.Revision{`one" "two`} },
		"nothing was read":  func(_ *request, _ *string, read *[]store.Revision) { *read = nil },
		"unknown revision":  func(_ *request, _ *string, read *[]store.Revision) { (*read)[0] = "" },
		"a too long string": func(r *request, _ *string, _ *[]store.Revision) { r.Address = "/" + strings.Repeat("x", maxAddress) },
	} {
		got := key(change)
		if got == base {
			t.Errorf("answers that differ in %s share a key", name)
		}
		if nameless := name == "unknown revision" || name == "a too long string"; (got == "") != nameless {
			t.Errorf("%s: the key is %q", name, got)
		}
	}
}

// keptNow is how many pages and answers are kept.
func (s *testServer) keptNow() int { return s.API.mains.known.Len() + s.API.answered.known.Len() }

// forget takes out everything that is kept.
func (s *testServer) forget() {
	s.API.mains.known.Purge()
	s.API.answered.known.Purge()
}

// seen reads a view as a person, a page or an answer of the API by its path, in bokmål.
func (g *grown) seen(email, path string) string {
	g.t.Helper()
	req := g.request(http.MethodGet, path, "")
	if strings.HasPrefix(path, apiBase) {
		req = g.request(http.MethodGet, path, "", "Authorization", "Bearer "+g.token(email))
	} else {
		req.AddCookie(g.session(email))
	}
	req.AddCookie(&http.Cookie{Name: languageCookie, Value: "nb"})
	got := g.do(req)
	if got.Status != http.StatusOK {
		g.t.Errorf("%s for %s: %d %.300s", path, email, got.Status, got.Body)
	}
	return string(got.Body)
}

// keptViews are the views that are kept, of a grown region.
func (g *grown) keptViews() []string {
	page, last := "/regions/"+string(g.region), g.rounds[len(g.rounds)-1]
	return []string{page, page + "?by=task", page + "/radar", page + "/trend", page + "/trend?area=support", page + "/trend?task=henvise",
		apiBase + page + "/trend", apiBase + page + "/trend?area=support", apiBase + "/rounds/" + string(last.ID) + "/results"}
}

// elsewhere changes a document as another copy of the program would: by no service of this one.
func elsewhere[T any](t *testing.T, s *testServer, collection, id string, change func(*T)) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	engine := s.DB.Engine()
	record, err := engine.Get(t.Context(), collection, id, "")
	must(err)
	var value T
	must(bson.Unmarshal(record.Body, &value))
	change(&value)
	at := record.Revision
	record.Revision = store.Revision(rand.Text())
	record.Body, err = bson.Marshal(value)
	must(err)
	must(engine.Replace(t.Context(), collection, record, at))
}

// TestEachReaderGetsHerOwnAnswer: a municipality that agreed to aggregates only is named to its own people and the lead, and to nobody
// else, whoever of them came first. Each reads twice: the second time, what she reads was kept.
func TestEachReaderGetsHerOwnAnswer(t *testing.T) {
	consents := same(org.ByNameInRegion, 8)
	consents[3] = org.OnlyAggregates
	g := grow(t, consents, 2)
	hidden := g.name(3)
	neighbour, own := coordinatorOf(g.members[0].Municipality), coordinatorOf(g.members[3].Municipality)
	for _, order := range [][]string{{neighbour, grownLead, own}, {own, grownLead, neighbour}, {grownLead, neighbour, own}} {
		g.forget()
		for _, path := range g.keptViews() {
			for again := range 2 {
				before := g.keptNow()
				for _, email := range order {
					if sees := strings.Contains(g.seen(email, path), hidden); sees != (email != neighbour) {
						t.Errorf("%s, read by %v: that %s sees %s is %v", path, order, email, hidden, sees)
					}
				}
				if more := g.keptNow() - before; more != len(order)*(1-again) {
					t.Errorf("%s, read by %v, again %d: %d more are kept", path, order, again, more)
				}
			}
		}
	}
	asked := apiBase + "/regions/" + string(g.region) + "/trend?municipality=" + string(g.members[3].Municipality)
	for _, order := range [][]string{{neighbour, own}, {own, neighbour}} {
		g.forget()
		for _, email := range append(order, order...) {
			want := map[bool]int{true: http.StatusForbidden, false: http.StatusOK}[email == neighbour]
			if got := g.call(email, http.MethodGet, asked, ""); got.Status != want {
				t.Errorf("the line, asked for by %v: %s gets %d", order, email, got.Status)
			}
		}
	}
}

// TestWhatIsKeptNeverOutlivesWhatItWasMadeFrom: a consent given or taken back, an erratum, another publication and a lost role show with
// the next request.
func TestWhatIsKeptNeverOutlivesWhatItWasMadeFrom(t *testing.T) {
	g := grow(t, same(org.ByNameInRegion, 8), 1)
	reader, member := coordinatorOf(g.members[0].Municipality), g.members[3].Municipality
	page := "/regions/" + string(g.region)
	everywhere := func(what string, holds func(path, seen string) bool) {
		t.Helper()
		for _, path := range g.keptViews() {
			if !holds(path, g.seen(reader, path)) {
				t.Errorf("%s: %s does not show it", what, path)
			}
		}
	}
	named := func(_, seen string) bool { return strings.Contains(seen, g.name(3)) }
	nameless := func(path, seen string) bool { return !named(path, seen) }
	everywhere("named at first", named)
	for _, row := range []struct {
		consent org.Consent
		shows   func(string, string) bool
	}{{org.OnlyAggregates, nameless}, {org.ByNameInRegion, named}, {org.OnlyAggregates, nameless}, {org.ByNameNational, named}} {
		elsewhere(t, g.testServer, "regions", string(g.region), func(r *org.Region) {
			r.Members[slices.IndexFunc(r.Members, func(m org.Member) bool { return m.Municipality == member })].Consent = row.consent
		})
		everywhere("consent "+string(row.consent), row.shows)
	}

	const reason = "Feil i <b>ett</b> svar"
	hash := func(path, seen string) bool { return strings.Contains(seen, string(g.rounds[0].Publication().Short())) }
	everywhere("the first publication", hash)
	for n := range 2 { // the second erratum changes the round and not whether it was corrected
		g.correct(t, member, fmt.Sprint(reason, n))
		if seen := g.seen(reader, page); n > 0 && !strings.Contains(seen, template.HTMLEscapeString(fmt.Sprint(reason, n))) {
			t.Error("the reason of a second erratum shows only when the comparison has been prepared")
		}
		if err := g.Assessments.PrepareComparison(t.Context(), g.lead, g.region, nil); err != nil {
			t.Fatal(err)
		}
		everywhere("an erratum", hash)
		for _, path := range []string{page, page + "?by=task", page + "/radar"} {
			want := template.HTMLEscapeString(fmt.Sprint(reason, n))
			if seen := g.seen(reader, path); !strings.Contains(seen, want) || strings.Contains(seen, reason) {
				t.Errorf("%s does not say why it was corrected, in plain text", path)
			}
		}
	}

	g.round(t, g.API.Now())
	if err := g.Assessments.PrepareComparison(t.Context(), g.lead, g.region, nil); err != nil {
		t.Fatal(err)
	}
	everywhere("another publication", func(_, seen string) bool { return strings.Contains(seen, "Round 2") })

	elsewhere(t, g.testServer, "people", "p-"+string(g.members[0].Municipality), func(p *org.Person) { p.Grants[0].Region, p.Grants[0].Municipality = "elsewhere", "oslo" })
	for _, path := range g.keptViews() {
		if got := g.browse(reader, http.MethodGet, path, ""); got.Status != http.StatusForbidden {
			t.Errorf("%s for who has left: %d", path, got.Status)
		}
	}
}

// correct has a municipality's results of the newest round corrected and published anew.
func (g *grown) correct(t *testing.T, m org.MunicipalityID, reason string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx, id, actor := t.Context(), g.rounds[len(g.rounds)-1].ID, g.person(coordinatorOf(m)).Actor()
	must(g.Assessments.SendBack(ctx, g.lead, id, m, "Rett dette."))
	a, err := g.Assessments.Assessment(ctx, actor, id, m)
	must(err)
	first := a.Answers.At(0)
	level := (*first.Level + 1) % 6
	_, err = g.Assessments.SaveAnswer(ctx, actor, assessment.Save{Round: id, Municipality: m, Question: first.Question, Value: assessment.Value{Level: &level},
		Tag: first.Tag, Edit: reason})
	must(err)
	_, err = g.Assessments.HandIn(ctx, actor, id, m)
	must(err)
	corrected, err := g.Assessments.Erratum(ctx, g.lead, id, reason)
	must(err)
	g.rounds[len(g.rounds)-1] = corrected
}

// TestEveryDocumentCounts: a view is made anew when any one of the documents it shows is written, and only then.
func TestEveryDocumentCounts(t *testing.T) {
	g := grow(t, same(org.ByNameInRegion, 4), 1)
	g.correct(t, g.members[1].Municipality, "Rettet")
	if err := g.Assessments.PrepareComparison(t.Context(), g.lead, g.region, nil); err != nil {
		t.Fatal(err)
	}
	round := g.rounds[0]
	documents := map[string]func(){
		"region": func() { elsewhere(t, g.testServer, "regions", string(g.region), func(*org.Region) {}) },
		"whole":  func() { elsewhere(t, g.testServer, "trends", string(g.region)+"/whole", func(*assessment.Trend) {}) },
		"area": func() {
			elsewhere(t, g.testServer, "trends", string(g.region)+"/area/support", func(*assessment.Trend) {})
		},
		"results": func() {
			elsewhere(t, g.testServer, "results", string(round.Publication()), func(*assessment.Results) {})
		},
		"round": func() { elsewhere(t, g.testServer, "rounds", string(round.ID), func(*assessment.Round) {}) },
	}
	page := "/regions/" + string(g.region)
	for path, shown := range map[string]string{
		page: "region whole results round", page + "/radar": "region whole results round", page + "/trend": "region whole", page + "/trend?area=support": "region whole area",
		apiBase + page + "/trend": "region whole", apiBase + page + "/trend?area=support": "region area", apiBase + "/rounds/" + string(round.ID) + "/results": "region results round",
	} {
		g.forget()
		g.seen(grownLead, path)
		for name, write := range documents {
			before := g.keptNow()
			write()
			g.seen(grownLead, path)
			if anew := g.keptNow() > before; anew != slices.Contains(strings.Fields(shown), name) {
				t.Errorf("%s: that it is made anew after the %s was written is %v", path, name, anew)
			}
		}
	}
}

var mainOf = regexp.MustCompile(`(?s)<main .*</main>`)

// TestColleaguesShareAPageInTheirOwnFrame: two of a municipality read one page that is kept, each under her own name, and with the
// address and scheme of her own request.
func TestColleaguesShareAPageInTheirOwnFrame(t *testing.T) {
	g := grow(t, same(org.ByNameInRegion, 4), 1)
	const colleague = "colleague@grown.example"
	first := g.person(coordinatorOf(g.members[0].Municipality))
	if err := g.People.Create(t.Context(), org.Person{ID: "p-colleague", Name: "Ola <i>Nordmann</i>", Email: colleague, Grants: first.Grants}); err != nil {
		t.Fatal(err)
	}
	elsewhere(t, g.testServer, "regions", string(g.region), func(r *org.Region) { r.Name = "Grown <script>alert(1)</script>" })
	for _, path := range g.keptViews() {
		g.forget()
		head := g.request(http.MethodHead, path, "")
		head.AddCookie(g.session(first.Email))
		head.AddCookie(&http.Cookie{Name: languageCookie, Value: "nb"})
		page := !strings.HasPrefix(path, apiBase)
		if got := g.do(head); page && (got.Status != http.StatusOK || len(got.Body) > 0) {
			t.Errorf("HEAD %s: %d with %d bytes", path, got.Status, len(got.Body))
		}
		one, two := g.seen(first.Email, path), g.seen(colleague, path)
		if g.keptNow() != 1 {
			t.Errorf("%s is kept %d times for two of the same municipality", path, g.keptNow())
		}
		if !page {
			if one != two {
				t.Errorf("%s differs between colleagues", path)
			}
			continue
		}
		if main := mainOf.FindString(one); main == "" || main != mainOf.FindString(two) {
			t.Errorf("%s shows colleagues different content", path)
		}
		if !strings.Contains(one, "Coordinator</a> · ") || strings.Contains(one, "Ola") || strings.Contains(one, "p-colleague") {
			t.Errorf("%s is not in the first one's frame", path)
		}
		if !strings.Contains(two, "Ola &lt;i&gt;Nordmann&lt;/i&gt;</a> · ") || strings.Contains(two, "Coordinator</a> · ") || strings.Contains(two, string(first.ID)) {
			t.Errorf("%s is not in the second one's frame", path)
		}
		live := strings.Contains(path, "/radar") || strings.Contains(path, "/trend")
		if script := `src="/assets/charts.js"`; strings.Contains(one, script) != live || strings.Contains(two, script) != live {
			t.Errorf("that %s loads the charts' script is not %v", path, live)
		}
		if back := `name="return" value="` + template.HTMLEscapeString(path) + `"`; !strings.Contains(one, back) {
			t.Errorf("%s does not lead back to itself after a HEAD", path)
		}
		for _, seen := range []string{one, two} {
			if !strings.Contains(seen, "Grown &lt;script&gt;alert(1)") || strings.Contains(seen, "Grown <script>") {
				t.Errorf("%s does not show the region's name as text", path)
			}
		}
		dark := g.request(http.MethodGet, path, "")
		dark.AddCookie(g.session(first.Email))
		dark.AddCookie(&http.Cookie{Name: languageCookie, Value: "nb"})
		dark.AddCookie(&http.Cookie{Name: schemeCookie, Value: "dark"})
		if got := g.do(dark); !bytes.Contains(got.Body, []byte(`data-color-scheme="dark"`)) || g.keptNow() != 1 {
			t.Errorf("%s in a dark scheme: %d kept", path, g.keptNow())
		}
	}
}

// TestLanguagesAreKeptApart: each reads in her own language, whichever came first.
func TestLanguagesAreKeptApart(t *testing.T) {
	s := startServer(t)
	for _, path := range resultPages {
		s.forget()
		first := map[string]string{}
		for _, lang := range []string{"nb", "en", "nn", "en", "nb", "nn"} {
			got := s.inLanguage(leadEmail, lang, path)
			main := mainOf.FindString(string(got.Body))
			if before, again := first[lang]; again && before != main || got.Header.Get("Content-Language") != lang {
				t.Errorf("%s in %s is another page when it is read again", path, lang)
			}
			first[lang] = main
		}
		if s.keptNow() != 3 || first["nb"] == first["nn"] || first["nb"] == first["en"] {
			t.Errorf("%s: %d are kept for three languages", path, s.keptNow())
		}
	}
}

// TestOnlyWholePagesAreKept: a page with a fault on it, an empty region and an address without an end are made each time.
func TestOnlyWholePagesAreKept(t *testing.T) {
	s := startServer(t)
	long := strings.Repeat("&x=y", maxAddress/4)
	for path, want := range map[string]int{
		demoPath + "/radar?municipality=oslo": http.StatusNotFound, demoPath + "/trend?municipality=oslo": http.StatusNotFound, demoPath + "?by=nope": http.StatusBadRequest,
		demoPath + "?round=nope": http.StatusNotFound, demoPath + "?by=task" + long: http.StatusOK, demoPath + "/trend?area=support" + long: http.StatusOK,
	} {
		for range 2 {
			if got := s.browse(leadEmail, http.MethodGet, path, ""); got.Status != want || s.keptNow() != 0 {
				t.Errorf("%.80s: %d, and %d are kept", path, got.Status, s.keptNow())
			}
		}
	}
	for range 2 {
		if got := s.browse(outsiderEmail, http.MethodGet, "/regions/"+string(outsideRegion), ""); got.Status != http.StatusOK || s.keptNow() != 0 {
			t.Errorf("an empty region: %d, and %d are kept", got.Status, s.keptNow())
		}
	}
	for _, path := range []string{"/trend?municipality=oslo", "/trend?area=nope", "/trend?x=1"} {
		if got := s.call(leadEmail, http.MethodGet, apiBase+demoPath+path, ""); got.Status < 400 || s.keptNow() != 0 {
			t.Errorf("%s: %d, and %d are kept", path, got.Status, s.keptNow())
		}
	}
}

// TestKeptPagesAreServed: what is kept is what is sent. Without it the other tests here would say nothing.
func TestKeptPagesAreServed(t *testing.T) {
	g := grow(t, same(org.ByNameInRegion, 4), 1)
	for _, path := range g.keptViews() {
		g.forget()
		before := g.seen(grownLead, path)
		for _, key := range g.API.mains.known.Keys() {
			main, _ := g.API.mains.get(key)
			main.html, main.blocks = []byte("kept"), nil
			g.API.mains.known.Add(key, main)
		}
		for _, key := range g.API.answered.known.Keys() {
			g.API.answered.known.Add(key, coded{"": []byte("kept")})
		}
		if after := g.seen(grownLead, path); !strings.Contains(after, "kept") || strings.Contains(after, "<h1>") || after == before {
			t.Errorf("%s is made again", path)
		}
	}
}

// TestKeptViewsReadAllTheirDocuments: what is kept saves the work, not the reading that keeps it true.
func TestKeptViewsReadAllTheirDocuments(t *testing.T) {
	g := grow(t, same(org.ByNameInRegion, 4), 1)
	for _, path := range g.keptViews() {
		if strings.HasPrefix(path, apiBase) {
			continue // api/v1_results_test.go
		}
		calls, documents := g.reads(t, grownLead, path)
		if again, documentsAgain := g.reads(t, grownLead, path); again != calls || documentsAgain != documents || calls < 3 {
			t.Errorf("%s reads %d documents in %d calls, and then %d in %d", path, documents, calls, documentsAgain, again)
		}
	}
}

// TestAnswersCompressed: with and without gzip it is one answer, made now or before.
func TestAnswersCompressed(t *testing.T) {
	s := startServer(t)
	for _, path := range []string{demoPath + "/trend", demoPath + "/trend?municipality=larvik", "/rounds/" + string(s.lastPublished().ID) + "/results"} {
		var plain []byte
		for _, row := range []struct {
			accept string
			zipped bool
		}{{"identity", false}, {"gzip", true}, {"gzip;q=0", false}, {"br, gzip", true}, {"*", true}, {"br", false}} {
			got := s.call(leadEmail, http.MethodGet, apiBase+path, "", "Accept-Encoding", row.accept)
			if got.Status != http.StatusOK || got.Header.Get("Vary") != "Accept-Encoding" || got.Header.Get("Content-Type") != "application/json" ||
				(got.Header.Get("Content-Encoding") == "gzip") != row.zipped || got.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s with %s: %d %v", path, row.accept, got.Status, got.Header)
				continue
			}
			body := got.Body
			if row.zipped {
				r, err := gzip.NewReader(bytes.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				if body, err = io.ReadAll(r); err != nil {
					t.Fatal(err)
				}
			}
			if plain == nil {
				plain = body
			}
			if !bytes.Equal(body, plain) || !bytes.HasSuffix(body, []byte("}\n")) {
				t.Errorf("%s with %s is another answer", path, row.accept)
			}
		}
	}
	if got := s.call(leadEmail, http.MethodGet, apiBase+demoPath+"/trend?area=nope", "", "Accept-Encoding", "gzip"); got.Status != http.StatusNotFound || got.Header.Get("Content-Encoding") != "" {
		t.Errorf("a failure: %d %v", got.Status, got.Header)
	}
}
