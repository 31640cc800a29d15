package assessment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"
)

// example is the publication that docs/publication.md shows: three municipalities, one of which hands nothing in.
func example(w *world) Round {
	w.t.Helper()
	r := w.open("Høst 2026", "x", "z")
	w.answer(r.ID, "larvik", "x.d1=3 x.d2=4 x.d3=na z.d1=2")
	must(w.service.SaveOrganisation(w.ctx(), contributor("larvik"), SaveOrganisation{Round: r.ID, Municipality: "larvik", Task: "x", First: true,
		Data: OrganisationData{Status: InOperation, Carrier: "own", Responsible: "it", Contributing: []TaskRole{"vendor"}}}))(w.t)
	w.answer(r.ID, "seljord", "x.d1=1 x.d3=2 !z")
	w.answer(r.ID, "tokke", "x.d1=5")
	w.handIn(r.ID, "larvik", "seljord")
	w.close(r.ID)
	return w.publish(r.ID)
}

// The hash of a published round never moves: the encoding stands in testdata as it was first published, docs/publication.md explains
// it with the same lines, and whoever has a SHA-256 can check it.
func TestPublicationHashIsGolden(t *testing.T) {
	golden, err := os.ReadFile("testdata/publication.txt")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../docs/publication.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```text\n(helhet publication 1\n.*?\n)```").FindSubmatch(doc)
	if found == nil || string(found[1]) != string(golden) {
		t.Error("docs/publication.md does not show the lines of testdata/publication.txt")
	}
	sum := sha256.Sum256(golden)
	hash := hex.EncodeToString(sum[:])
	if !strings.Contains(string(doc), hash) {
		t.Errorf("docs/publication.md does not name the hash %s", hash)
	}
	r := example(newWorld(t, 3))
	if string(r.Publication()) != hash {
		t.Errorf("published as %s, the encoding's hash is %s", r.Publication(), hash)
	}
	if r.Publication().Short() != hash[:12] || Hash("").Short() != "" {
		t.Errorf("short: %q", r.Publication().Short())
	}
}

// Notes, reasons, names and times are in no part, and nobody's draft.
func TestPartsHoldAnswersAlone(t *testing.T) {
	w := newWorld(t, 3)
	r := w.open("Høst 2026")
	must(w.service.SaveAnswer(t.Context(), contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Value: Value{Level: new(3), Note: "SECRET"}, First: true, Edit: "SECRET"}))(t)
	must(w.service.SaveAnswer(t.Context(), contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "x.d2", Value: Value{NotApplicable: "SECRET"}, First: true}))(t)
	must(w.service.SaveOrganisation(t.Context(), contributor("larvik"), SaveOrganisation{Round: r.ID, Municipality: "larvik", Task: "y", First: true,
		Data: OrganisationData{Status: NotRelevant, Reason: "SECRET"}}))(t)
	w.answer(r.ID, "tokke", "x.d1=5")
	w.handIn(r.ID, "larvik")
	w.close(r.ID)
	r = w.publish(r.ID)
	parts := w.stored("parts")
	if len(parts) != 1 {
		t.Fatalf("%d parts, one municipality handed in", len(parts))
	}
	part := must(w.service.parts.Get(t.Context(), string(r.Publication())+"/larvik"))(t)
	raw := must(bson.Marshal(part.Value))(t)
	var walk func(bson.Raw)
	walk = func(doc bson.Raw) {
		for _, e := range must(doc.Elements())(t) {
			switch v := e.Value(); v.Type {
			case bson.TypeDateTime, bson.TypeTimestamp:
				t.Errorf("%s is a time", e.Key())
			case bson.TypeEmbeddedDocument:
				walk(v.Document())
			case bson.TypeArray:
				walk(bson.Raw(v.Array()))
			case bson.TypeString:
				if s := v.StringValue(); strings.Contains(s, "SECRET") || strings.HasPrefix(s, "p-") {
					t.Errorf("%s is %q", e.Key(), s)
				}
			}
		}
	}
	walk(raw)
	for id, body := range w.stored("publications") {
		if strings.Contains(body, "SECRET") || strings.Contains(body, "p-coordinator") {
			t.Errorf("the manifest %s holds more than it should", id)
		}
	}
	want := Part{Publication: r.Publication(), Municipality: "larvik", Answers: []PublishedAnswer{{"x.d1", new(3)}, {"x.d2", nil}},
		Tasks: []PublishedTask{{"x", NotClarified, "", ""}, {"y", NotRelevant, "", ""}, {"z", NotClarified, "", ""}}}
	if fmt.Sprint(part.Value.Tasks) != fmt.Sprint(want.Tasks) || len(part.Value.Answers) != 2 || *part.Value.Answers[0].Level != 3 || part.Value.Answers[1].Level != nil {
		t.Errorf("%+v", part.Value)
	}
	if part.Value.Task("q").Status != NotClarified || part.Value.Task("y").Status != NotRelevant {
		t.Error("tasks are found wrongly")
	}
	// The figures that are read back are those that were worked out.
	a := must(w.service.Assessment(t.Context(), contributor("larvik"), r.ID, "larvik"))(t)
	if got, want := part.Value.Figures(), Calculate(w.service.catalogues[small], a.Scope, &a); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// The hash covers the answers and nothing of who, when, under which name and with whose consent: another region document, with
// other consents and languages, in another order, at another time, gives the same.
func TestHashCoversAnswersAndNotPeople(t *testing.T) {
	first, later := example(newWorld(t, 3)), newWorld(t, 3)
	later.advance(1000 * time.Hour)
	changed := newWorld(t, 0)
	var members []org.Member
	for _, id := range []org.MunicipalityID{"seljord", "tokke", "larvik"} {
		members = append(members, org.Member{Municipality: id, Consent: org.OnlyAggregates, Language: org.English})
	}
	changed.replaceRegion(org.Region{ID: region, Name: "Renamed", Members: members})
	later.service.regions = changed.regions
	if second := example(later); second.Publication() != first.Publication() {
		t.Errorf("%s, with other consents at another time %s", first.Publication(), second.Publication())
	}
}

func TestHashMovesWithEverythingItCovers(t *testing.T) {
	c := questionnaire(t, "small", "a: x=1,1,2 y=1,1; b: z=1")
	a := answered("x.d1=3 x.d2=na y.d1=4 z.d1=0")
	a.Municipality, a.Scope = "larvik", everyTask(c)
	b := answered("x.d1=1")
	b.Municipality, b.Scope = "tokke", everyTask(c)
	manifest := func() Manifest {
		return Manifest{Round: "r", Region: "g", Catalogue: "small-1", Structure: "s", Tasks: Scope{"x", "y", "z"}, Missing: []org.MunicipalityID{"seljord", "porsgrunn"}}
	}
	parts := func() []Part { return []Part{partOf(c, a), partOf(c, b)} }
	base := HashOf(manifest(), parts())
	seen := map[Hash]string{base: "unchanged"}
	for name, change := range map[string]func(*Manifest, []Part){
		"region":       func(m *Manifest, _ []Part) { m.Region = "h" },
		"round":        func(m *Manifest, _ []Part) { m.Round = "q" },
		"catalogue":    func(m *Manifest, _ []Part) { m.Catalogue = "small-2" },
		"structure":    func(m *Manifest, _ []Part) { m.Structure = "t" },
		"tasks":        func(m *Manifest, _ []Part) { m.Tasks = m.Tasks[:2] },
		"missing":      func(m *Manifest, _ []Part) { m.Missing = m.Missing[:1] },
		"municipality": func(_ *Manifest, p []Part) { p[0].Municipality = "oslo" },
		"swapped": func(_ *Manifest, p []Part) {
			p[0].Municipality, p[1].Municipality = p[1].Municipality, p[0].Municipality
		},
		"level":          func(_ *Manifest, p []Part) { p[0].Answers[0].Level = new(4) },
		"not applicable": func(_ *Manifest, p []Part) { p[0].Answers[0].Level = nil },
		"answer gone":    func(_ *Manifest, p []Part) { p[0].Answers = p[0].Answers[1:] },
		"status":         func(_ *Manifest, p []Part) { p[0].Tasks[0].Status = Organised },
		"carrier":        func(_ *Manifest, p []Part) { p[0].Tasks[0].Carrier = "own" },
		"responsible":    func(_ *Manifest, p []Part) { p[0].Tasks[0].Responsible = "it" },
		"score":          func(_ *Manifest, p []Part) { p[0].Scores[0].Score++ },
		"no score":       func(_ *Manifest, p []Part) { p[0].Scores[0].Score = -1 },
		"answered":       func(_ *Manifest, p []Part) { p[0].Scores[0].Answered++ },
		"applicable":     func(_ *Manifest, p []Part) { p[0].Scores[0].Applicable++ },
	} {
		m, p := manifest(), parts()
		change(&m, p)
		h := HashOf(m, p)
		if other, ok := seen[h]; ok {
			t.Errorf("%s has the hash of %s", name, other)
		}
		seen[h] = name
	}
	// What it does not cover, and the order things happen to come in, leave it alone.
	m, p := manifest(), parts()
	m.At, m.Parts = time.Now(), []org.MunicipalityID{"larvik"}
	slices.Reverse(p)
	slices.Reverse(m.Missing)
	p[0].Publication = "x"
	if HashOf(m, p) != base {
		t.Error("time or order moved the hash")
	}
	if p[0].Municipality != "tokke" {
		t.Error("the caller's parts were put in order")
	}
}

// What was carried forward and never confirmed is not published as an answer; nor is an answer that was taken back, or only a note.
func TestCarriedForwardIsNotPublished(t *testing.T) {
	c := smallCatalogue(t)
	a := answered("x.d1=c3 x.d2=cna x.d3= y.d1=2")
	a.Scope = everyTask(c)
	if p := partOf(c, a); len(p.Answers) != 1 || p.Answers[0].Question != "y.d1" {
		t.Errorf("%+v", p.Answers)
	}
}

// However many writes of a publication reach the store: published again it is the same, and there is one.
func TestPublishingCutOff(t *testing.T) {
	w := newWorld(t, 3)
	for n := 0; ; n++ {
		r := w.open(fmt.Sprint("Runde ", n))
		w.answer(r.ID, "larvik", "x.d1=3 x.d2=2 y.d1=1")
		w.answer(r.ID, "tokke", "x.d1=5 z.d1=1")
		w.handIn(r.ID, "larvik", "tokke")
		w.close(r.ID)
		w.engine.BeforeWrites(failAfter(n))
		_, err := w.service.Publish(t.Context(), lead(), r.ID)
		w.engine.BeforeWrites(nil)
		if err == nil {
			if n < 8 { // phase, three seals, two parts, manifest, round
				t.Errorf("a publication took %d writes", n)
			}
			return
		}
		wantFault(t, err, fault.Unavailable, "error.unavailable")
		now := must(w.service.Round(t.Context(), lead(), r.ID))(t)
		if now.State != Closed || now.Publication() != "" {
			t.Errorf("after %d writes: %s %s", n, now.State, now.Publication())
		}
		published := must(w.service.Publish(t.Context(), org.SystemActor("publish"), r.ID))(t)
		if published.State != Published || len(published.Publications) != 1 || !published.TrendDue {
			t.Errorf("%+v", published)
		}
		m := must(w.service.Manifest(t.Context(), lead(), published.Publication()))(t)
		if !slices.Equal(m.Parts, []org.MunicipalityID{"larvik", "tokke"}) || !slices.Equal(m.Missing, []org.MunicipalityID{"seljord"}) {
			t.Errorf("%+v", m)
		}
	}
}

// A send-back at every moment of a publication: either it comes before, and the publication fails or leaves that municipality out, or
// it comes after, and prepares an erratum. What is published is never something else than what was sealed then.
func TestSendBackRacesPublish(t *testing.T) {
	w := newWorld(t, 3)
	for n := 0; ; n++ {
		r := w.open(fmt.Sprint("Runde ", n))
		w.answer(r.ID, "larvik", "x.d1=3")
		w.answer(r.ID, "tokke", "x.d1=5")
		w.handIn(r.ID, "larvik", "tokke")
		w.close(r.ID)
		var sentBack, err error
		var published Round
		met := w.beforeWrite(n+1, func() { sentBack = w.other.SendBack(w.ctx(), lead(), r.ID, "tokke", "Se på dette.") },
			func() { published, err = w.service.Publish(t.Context(), lead(), r.ID) })
		if !met {
			if err != nil {
				t.Error(err)
			}
			return
		}
		if sentBack != nil {
			t.Errorf("before write %d, sending back says %v", n+1, sentBack)
		}
		tokke := must(w.service.Assessment(t.Context(), coordinator("tokke"), r.ID, "tokke"))(t)
		switch {
		case err != nil:
			wantFault(t, err, fault.Conflict, "error.busy")
			if now := must(w.service.Round(t.Context(), lead(), r.ID))(t); now.State != Closed || tokke.State != SentBack || tokke.Sealed {
				t.Errorf("before write %d: refused, round %s, assessment %s, sealed %t", n+1, now.State, tokke.State, tokke.Sealed)
			}
			w.answer(r.ID, "tokke", "x.d1=1")
			w.handIn(r.ID, "tokke")
			published = w.publish(r.ID)
			part := must(w.service.parts.Get(t.Context(), partID(published.Publication(), "tokke")))(t)
			if *part.Value.Answers[0].Level != 1 {
				t.Errorf("before write %d: the correction is not what is published", n+1)
			}
		default:
			// It took the phase before the publication did: then it is sealed as sent back, and missing.
			m := must(w.service.Manifest(t.Context(), lead(), published.Publication()))(t)
			if !slices.Contains(m.Missing, "tokke") || !tokke.Sealed || tokke.State != SentBack {
				t.Errorf("before write %d: published %+v, assessment %s", n+1, m, tokke.State)
			}
		}
	}
}

func TestTwoPublishersAtOnce(t *testing.T) {
	w := newWorld(t, 4)
	for n := range 5 {
		r := w.open(fmt.Sprint("Runde ", n))
		w.answer(r.ID, "larvik", "x.d1=3")
		w.handIn(r.ID, "larvik", "tokke")
		w.close(r.ID)
		var all sync.WaitGroup
		var mu sync.Mutex
		good := 0
		for range 4 {
			all.Go(func() {
				_, err := w.service.Publish(w.ctx(), lead(), r.ID)
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					good++
				} else if fault.CodeOf(err) != fault.Conflict {
					t.Error(err)
				}
			})
		}
		all.Wait()
		now := must(w.service.Round(t.Context(), lead(), r.ID))(t)
		if good > 1 || len(now.Publications) != good {
			t.Errorf("%d published, the round holds %d publications", good, len(now.Publications))
		}
		if good == 0 { // all lost against another one's phase; then nothing is published, and the next goes through
			now = w.publish(r.ID)
		}
		if now.State != Published || len(now.Publications) != 1 {
			t.Errorf("%+v", now)
		}
	}
}

func TestPublishRefuses(t *testing.T) {
	w := newWorld(t, 1)
	planned, open := w.plan("Planned"), w.open("Open")
	for _, id := range []RoundID{planned.ID, open.ID} {
		_, err := w.service.Publish(t.Context(), lead(), id)
		wantFault(t, err, fault.Conflict, "error.round.not-closed")
		_, err = w.service.Erratum(t.Context(), lead(), id, "Fordi.")
		wantFault(t, err, fault.Conflict, "error.round.not-published")
	}
	w.close(open.ID)
	_, err := w.service.Publish(t.Context(), coordinator("larvik"), open.ID)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	_, err = w.service.Publish(t.Context(), lead(), "nothing")
	wantFault(t, err, fault.NotFound, "error.round.unknown")
	published := w.publish(open.ID) // nobody handed in: all are missing, and that is published
	if m := must(w.service.Manifest(t.Context(), lead(), published.Publication()))(t); len(m.Parts) != 0 || len(m.Missing) != 1 {
		t.Errorf("%+v", m)
	}
	_, err = w.service.Publish(t.Context(), lead(), open.ID)
	wantFault(t, err, fault.Conflict, "error.round.not-closed")

	other := w.open("Other")
	w.close(other.ID)
	w.service.catalogues[small] = questionnaire(t, "small", "a: x=2,1,2 y=1,1; b: z=1")
	_, err = w.service.Publish(t.Context(), lead(), other.ID)
	wantFault(t, err, fault.Conflict, "error.round.catalogue")
}

func TestErratum(t *testing.T) {
	w := newWorld(t, 3)
	ctx := t.Context()
	r := example(w)
	first := r.Publication()
	for _, reason := range []string{"", " \n", "\xff", strings.Repeat("a", MaxReason+1)} {
		_, err := w.service.Erratum(ctx, lead(), r.ID, reason)
		if f := wantFault(t, err, fault.Invalid, "error.erratum"); len(f.Fields) == 0 || f.Fields[0].Name != "reason" {
			t.Errorf("%q: %v", reason, f.Fields)
		}
	}
	_, err := w.service.Erratum(ctx, coordinator("larvik"), r.ID, "Fordi.")
	wantFault(t, err, fault.Forbidden, "error.forbidden")

	// Nothing changed: refused, and whoever is filling in a late assessment is not cut short.
	if err := w.service.SendBack(ctx, lead(), r.ID, "tokke", "Rekker dere det nå?"); err != nil {
		t.Fatal(err)
	}
	before := w.stored("assessments")
	_, err = w.service.Erratum(ctx, lead(), r.ID, "Fordi.")
	wantFault(t, err, fault.Conflict, "error.erratum.nothing")
	if !maps.Equal(before, w.stored("assessments")) {
		t.Error("a refused erratum sealed something")
	}
	if now := must(w.service.Round(ctx, lead(), r.ID))(t); now.Publication() != first || len(now.Publications) != 1 {
		t.Errorf("%+v", now.Publications)
	}

	// The late one comes, and Larvik corrects.
	w.answer(r.ID, "tokke", "z.d1=3")
	w.handIn(r.ID, "tokke")
	if err := w.service.SendBack(ctx, lead(), r.ID, "larvik", "Sjekk z."); err != nil {
		t.Fatal(err)
	}
	w.answer(r.ID, "larvik", "z.d1=4")
	w.handIn(r.ID, "larvik")
	w.advance(time.Hour)
	r = must(w.service.Erratum(ctx, lead(), r.ID, " Larvik rettet z. "))(t)
	second := r.Publications[1]
	if r.State != Published || len(r.Publications) != 2 || second.Hash == first || second.Reason != "Larvik rettet z." || r.Publication() != second.Hash || !r.TrendDue {
		t.Errorf("%+v", r)
	}
	want := []Changed{
		{"larvik", Whole, 2750, 3750}, {"larvik", OfArea("b"), 2000, 4000}, {"larvik", OfDimension("d1"), 2500, 3500}, {"larvik", OfTask("z"), 2000, 4000},
		{"tokke", Whole, -1, 4000}, {"tokke", OfArea("a"), -1, 5000}, {"tokke", OfArea("b"), -1, 3000}, {"tokke", OfDimension("d1"), -1, 4000},
		{"tokke", OfTask("x"), -1, 5000}, {"tokke", OfTask("z"), -1, 3000},
	}
	if !slices.Equal(second.Changes, want) {
		t.Errorf("changes\n%v, want\n%v", second.Changes, want)
	}
	// What was published before stays readable as it was.
	old := must(w.service.parts.Get(ctx, partID(first, "larvik")))(t)
	if *old.Value.Answers[len(old.Value.Answers)-1].Level != 2 {
		t.Errorf("%+v", old.Value)
	}
	if m := must(w.service.Manifest(ctx, lead(), first))(t); !slices.Contains(m.Missing, "tokke") {
		t.Errorf("%+v", m)
	}
	_, err = w.service.Erratum(ctx, lead(), r.ID, "Igjen.")
	wantFault(t, err, fault.Conflict, "error.erratum.nothing")

	// A municipality that is still correcting keeps what is published of it, and goes on correcting.
	if err := w.service.SendBack(ctx, lead(), r.ID, "tokke", "Se over x."); err != nil {
		t.Fatal(err)
	}
	correct := func(z string) Round {
		t.Helper()
		if err := w.service.SendBack(ctx, lead(), r.ID, "larvik", "Likevel ikke."); err != nil {
			t.Fatal(err)
		}
		w.answer(r.ID, "larvik", z)
		w.handIn(r.ID, "larvik")
		return must(w.service.Erratum(ctx, lead(), r.ID, "Likevel ikke."))(t)
	}
	r = correct("z.d1=2")
	third := must(w.service.Manifest(ctx, lead(), r.Publication()))(t)
	if len(r.Publications) != 3 || !slices.Contains(third.Parts, "tokke") || slices.ContainsFunc(r.Publications[2].Changes, func(c Changed) bool { return c.Municipality == "tokke" }) {
		t.Errorf("%+v %+v", third, r.Publications[2])
	}
	if a := must(w.service.Assessment(ctx, contributor("tokke"), r.ID, "tokke"))(t); a.Sealed || a.State != SentBack {
		t.Errorf("tokke was cut short: %+v", a)
	}

	// Back to how it was: the second hash again, as a fourth publication.
	if r = correct("z.d1=4"); len(r.Publications) != 4 || r.Publication() != second.Hash {
		t.Errorf("%+v", r.Publications)
	}
}

func TestWhoReadsAPublication(t *testing.T) {
	w := newWorld(t, 2)
	ctx := t.Context()
	r := w.open("Høst 2026")
	w.answer(r.ID, "larvik", "x.d1=3")
	w.handIn(r.ID, "larvik")
	w.close(r.ID)
	h := w.publish(r.ID).Publication()
	if err := w.regions.Create(ctx, org.Region{ID: "agder", Name: "Agder", Members: []org.Member{{Municipality: "larvik", Consent: org.ByNameNational}}}); err != nil {
		t.Fatal(err)
	}
	home, away := must(w.regions.Get(ctx, region))(t), must(w.regions.Get(ctx, "agder"))(t)
	foreign := org.Actor{Person: "f", Grants: []org.Grant{{Role: org.RegionalLead, Region: "agder"}}}
	if p, err := w.service.Part(ctx, contributor("tokke"), home, h, "larvik"); err != nil || p.Municipality != "larvik" {
		t.Errorf("%+v %v", p, err)
	}
	_, err := w.service.Part(ctx, foreign, home, h, "larvik")
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	// She leads a region, but the publication is not that region's, whatever municipality she names.
	_, err = w.service.Part(ctx, foreign, away, h, "larvik")
	wantFault(t, err, fault.NotFound, "error.publication.unknown")
	away.Members = nil
	_, err = w.service.Part(ctx, foreign, away, h, "larvik")
	wantFault(t, err, fault.NotFound, "error.publication.unknown")
	_, err = w.service.Part(ctx, lead(), home, h, "tokke")
	wantFault(t, err, fault.NotFound, "error.part.missing")
	_, err = w.service.Part(ctx, lead(), home, "none", "larvik")
	wantFault(t, err, fault.NotFound, "error.publication.unknown")
	home.Members[0].Consent = org.OnlyAggregates // applied when it is shown: the same publication
	_, err = w.service.Part(ctx, contributor("tokke"), home, h, "larvik")
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	for _, actor := range []org.Actor{lead(), as(org.Leader, "larvik"), org.SystemActor("report")} {
		if _, err := w.service.Part(ctx, actor, home, h, "larvik"); err != nil {
			t.Errorf("%s: %v", actor.Name(), err)
		}
	}
	_, err = w.service.Manifest(ctx, foreign, h)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	_, err = w.service.Manifest(ctx, lead(), "none")
	wantFault(t, err, fault.NotFound, "error.publication.unknown")
}

// Several people in each municipality save all the time while the round closes. Every save that was acknowledged stands in the
// sealed document and in the publication; none is acknowledged after the close has ended.
func TestNothingAcknowledgedIsLeftOut(t *testing.T) {
	c := questionnaire(t, "small", "a: x=1,1,1,1,1,1,1,1")
	w := newWorld(t, 3, c)
	r := w.open("Høst 2026")
	type key struct {
		m org.MunicipalityID
		q catalogue.QuestionKey
	}
	var mu sync.Mutex
	acknowledged := map[key]int{}
	var closed, stop sync.WaitGroup
	ctx, cancel := context.WithCancel(w.ctx())
	started := make(chan struct{}, 100)
	var refusedAfter int
	for _, m := range w.ids {
		for person := range 4 {
			stop.Go(func() {
				tags := map[catalogue.QuestionKey]string{}
				// Each has two questions of her own, so that the latest acknowledged level of each is known.
				mine := []catalogue.QuestionKey{catalogue.QuestionKey(fmt.Sprintf("x.d%d", 2*person+1)), catalogue.QuestionKey(fmt.Sprintf("x.d%d", 2*person+2))}
				for i := 0; ctx.Err() == nil; i++ {
					q, n := mine[i%2], i%6
					a, err := w.service.SaveAnswer(ctx, contributor(m), Save{Round: r.ID, Municipality: m, Question: q, Value: level(n), First: tags[q] == "", Tag: tags[q]})
					switch fault.CodeOf(err) {
					case "":
						tags[q] = a.Answer(q).Tag
						mu.Lock()
						acknowledged[key{m, q}] = n
						mu.Unlock()
					case fault.Conflict:
						if f, ok := errors.AsType[*fault.Error](err); ok && f.Key == "error.assessment.sealed" {
							mu.Lock()
							refusedAfter++
							mu.Unlock()
							return
						}
					default:
						if ctx.Err() == nil {
							t.Errorf("%s %s: %v", m, q, err)
						}
						return
					}
					if i == 5 {
						started <- struct{}{}
					}
				}
			})
		}
	}
	for range 12 { // everybody has saved some
		<-started
	}
	closed.Go(func() {
		for { // a busy store may turn a close away, which is then taken up again, as the job does
			_, err := w.service.Close(w.ctx(), lead(), r.ID)
			if err == nil {
				return
			}
			if fault.CodeOf(err) != fault.Conflict {
				t.Error(err)
				return
			}
		}
	})
	closed.Wait()
	before := w.stored("assessments")
	stop.Wait() // each runs into the seal by herself
	cancel()
	if refusedAfter != 12 {
		t.Errorf("%d of 12 were refused by the seal", refusedAfter)
	}
	if !maps.Equal(before, w.stored("assessments")) {
		t.Error("something was saved after the close")
	}
	for k, n := range acknowledged {
		a := must(w.service.Assessment(t.Context(), contributor(k.m), r.ID, k.m))(t)
		if got := a.Answer(k.q); got.Level == nil || *got.Level != n {
			t.Errorf("%s %s: acknowledged was %d, sealed is %+v", k.m, k.q, n, got)
		}
	}
	// Handed in late, it is published as it was sealed.
	for _, m := range w.ids {
		if err := w.service.SendBack(t.Context(), lead(), r.ID, m, "Lever inn."); err != nil {
			t.Fatal(err)
		}
	}
	w.handIn(r.ID, w.ids...)
	h := w.publish(r.ID).Publication()
	for k, n := range acknowledged {
		part := must(w.service.parts.Get(t.Context(), partID(h, k.m)))(t).Value
		i := slices.IndexFunc(part.Answers, func(a PublishedAnswer) bool { return a.Question == k.q })
		if i < 0 || *part.Answers[i].Level != n {
			t.Errorf("%s %s: acknowledged was %d, it is not what is published", k.m, k.q, n)
		}
	}
}

// The life of rounds against a simple model: whatever people do in whatever order, each step does what the model says or is refused
// with the fault it says, and what is published is what was handed in then.
func TestLifeOfARound(t *testing.T) {
	w := newWorld(t, 2)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		w.t = tb{w.t, t}
		m := &lifeModel{w: w, round: w.plan(fmt.Sprint("Runde ", n)).ID, state: Planned, of: map[org.MunicipalityID]*lifeOfOne{}}
		for _, id := range w.ids {
			m.of[id] = &lifeOfOne{state: Draft, level: -1}
		}
		t.Repeat(map[string]func(*rapid.T){
			"open": m.open, "close": m.close, "publish": m.publish, "erratum": m.erratum,
			"save": m.save, "save again": m.save, "hand in": m.handIn, "take back": m.takeBack, "send back": m.sendBack, "": m.check,
		})
	})
}

// tb lets the world's helpers report to the property that runs.
type tb struct {
	testing.TB
	rapid *rapid.T
}

func (t tb) Fatal(args ...any)            { t.rapid.Helper(); t.rapid.Fatal(args...) }
func (t tb) Errorf(f string, args ...any) { t.rapid.Helper(); t.rapid.Errorf(f, args...) }

type lifeModel struct {
	w     *world
	round RoundID
	state State
	of    map[org.MunicipalityID]*lifeOfOne
	// editions are what each publication must hold: the level of x.d1 by municipality, -1 for handed in without it; missing ones are not in it.
	editions []map[org.MunicipalityID]int
}

type lifeOfOne struct {
	state  Progress
	sealed bool
	level  int // of x.d1, -1 without
	tag    string
}

func (m *lifeModel) one(t *rapid.T) (org.MunicipalityID, *lifeOfOne) {
	id := rapid.SampledFrom(m.w.ids).Draw(t, "municipality")
	return id, m.of[id]
}

func (m *lifeModel) expect(t *rapid.T, err error, key string) bool {
	t.Helper()
	got := ""
	if f, ok := errors.AsType[*fault.Error](err); ok {
		got = f.Key
	} else if err != nil {
		t.Fatal(err)
	}
	if got != key {
		t.Fatalf("the fault is %q (%v), the model says %q", got, err, key)
	}
	return key == ""
}

func (m *lifeModel) open(t *rapid.T) {
	_, err := m.w.service.Open(m.w.ctx(), lead(), m.round)
	key := ""
	if m.state != Planned && m.state != Open {
		key = "error.round.not-planned"
	}
	if m.expect(t, err, key) {
		m.state = Open
	}
}

func (m *lifeModel) close(t *rapid.T) {
	_, err := m.w.service.Close(m.w.ctx(), lead(), m.round)
	key := ""
	if m.state == Planned || m.state == Published {
		key = "error.round.not-open"
	}
	if m.expect(t, err, key) && m.state == Open {
		m.state = Closed
		m.seal()
	}
}

// seal seals everyone; once the round is published, only those who have handed in: who is correcting goes on.
func (m *lifeModel) seal() {
	for _, o := range m.of {
		o.sealed = o.sealed || len(m.editions) == 0 || o.state == HandedIn
	}
}

func (m *lifeModel) edition() map[org.MunicipalityID]int {
	edition := map[org.MunicipalityID]int{}
	for id, o := range m.of {
		if o.state == HandedIn {
			edition[id] = o.level
		} else if n := len(m.editions); n > 0 { // who is correcting keeps what stands
			if level, ok := m.editions[n-1][id]; ok {
				edition[id] = level
			}
		}
	}
	return edition
}

func (m *lifeModel) publish(t *rapid.T) {
	_, err := m.w.service.Publish(m.w.ctx(), lead(), m.round)
	key := ""
	if m.state != Closed {
		key = "error.round.not-closed"
	}
	if m.expect(t, err, key) {
		m.state = Published
		m.seal()
		m.editions = append(m.editions, m.edition())
	}
}

func (m *lifeModel) erratum(t *rapid.T) {
	_, err := m.w.service.Erratum(m.w.ctx(), lead(), m.round, "Fordi.")
	key := ""
	switch {
	case m.state != Published:
		key = "error.round.not-published"
	case maps.Equal(m.edition(), m.editions[len(m.editions)-1]):
		key = "error.erratum.nothing"
	}
	if m.expect(t, err, key) {
		m.seal()
		m.editions = append(m.editions, m.edition())
	}
}

// refused is how an assessment turns away who wants to change it.
func (m *lifeModel) refused(o *lifeOfOne) string {
	switch {
	case m.state == Planned:
		return "error.round.not-open"
	case o.sealed:
		return "error.assessment.sealed"
	case o.state == HandedIn:
		return "error.assessment.handed-in"
	}
	return ""
}

func (m *lifeModel) save(t *rapid.T) {
	id, o := m.one(t)
	n := rapid.IntRange(0, 5).Draw(t, "level")
	stale := rapid.IntRange(0, 3).Draw(t, "stale") == 0
	s := Save{Round: m.round, Municipality: id, Question: "x.d1", Value: level(n), First: o.tag == "", Tag: o.tag}
	key := m.refused(o)
	if stale {
		s.First, s.Tag = false, "another"
		if key == "" {
			key = "error.answer.stale"
		}
	}
	a, err := m.w.service.SaveAnswer(m.w.ctx(), contributor(id), s)
	if m.expect(t, err, key) {
		o.level, o.tag = n, a.Answer("x.d1").Tag
	}
}

func (m *lifeModel) handIn(t *rapid.T) {
	id, o := m.one(t)
	key := m.refused(o)
	if o.state == HandedIn {
		key = ""
	}
	_, err := m.w.service.HandIn(m.w.ctx(), coordinator(id), m.round, id)
	if m.expect(t, err, key) {
		o.state = HandedIn
	}
}

func (m *lifeModel) takeBack(t *rapid.T) {
	id, o := m.one(t)
	key := ""
	switch {
	case m.state == Planned:
		key = "error.round.not-open"
	case o.state == HandedIn && m.state != Open:
		key = "error.assessment.sealed"
	}
	_, err := m.w.service.TakeBack(m.w.ctx(), coordinator(id), m.round, id)
	if m.expect(t, err, key) && o.state == HandedIn {
		o.state = Draft
	}
}

func (m *lifeModel) sendBack(t *rapid.T) {
	id, o := m.one(t)
	key := ""
	switch {
	case m.state == Planned: // it has no participants yet
		key = "error.assessment.no-part"
	case m.state == Open && o.state != HandedIn:
		key = "error.send-back.draft"
	}
	if m.expect(t, m.w.service.SendBack(m.w.ctx(), lead(), m.round, id, "Se på dette."), key) {
		o.state, o.sealed = SentBack, false
	}
}

func (m *lifeModel) check(t *rapid.T) {
	r := must(m.w.service.Round(m.w.ctx(), lead(), m.round))(m.w.t)
	if r.State != m.state || len(r.Publications) != len(m.editions) {
		t.Fatalf("the round is %s with %d publications, the model says %s with %d", r.State, len(r.Publications), m.state, len(m.editions))
	}
	for i, edition := range m.editions {
		manifest := must(m.w.service.Manifest(m.w.ctx(), lead(), r.Publications[i].Hash))(m.w.t)
		if len(manifest.Parts) != len(edition) || len(manifest.Parts)+len(manifest.Missing) != len(m.w.ids) {
			t.Fatalf("publication %d holds %v and misses %v, the model says %v", i, manifest.Parts, manifest.Missing, edition)
		}
		for id, n := range edition {
			part := must(m.w.service.parts.Get(m.w.ctx(), partID(r.Publications[i].Hash, id)))(m.w.t).Value
			got := -1
			if len(part.Answers) > 0 {
				got = *part.Answers[0].Level
			}
			if got != n {
				t.Fatalf("publication %d says %d of %s, the model %d", i, got, id, n)
			}
		}
	}
	if m.state == Planned {
		return
	}
	for id, o := range m.of {
		a := must(m.w.service.Assessment(m.w.ctx(), contributor(id), m.round, id))(m.w.t)
		if got := a.Answer("x.d1"); a.State != o.state || a.Sealed != o.sealed || got.Tag != o.tag || got.Given() != (o.level >= 0) || got.Given() && *got.Level != o.level {
			t.Fatalf("%s is %s, sealed %t, with %+v; the model says %+v", id, a.State, a.Sealed, got, *o)
		}
	}
}
