package assessment

import (
	"os"
	"strings"
	"testing"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"
)

// secondModel has two areas, three dimensions and levels 1 to 4, so that nothing here can rest on the shape of the model in use.
func secondModel(t testing.TB, key catalogue.Key) *catalogue.Catalogue {
	t.Helper()
	return must(catalogue.Parse(os.DirFS("catalogue/testdata"), string(key)))(t)
}

// Where the lowest level is 1, nought is no answer and no score.
func TestAnotherModelIsScored(t *testing.T) {
	c := secondModel(t, "trygg-hverdag-1")
	everything := everyTask(c)
	for _, tt := range []struct {
		answers string
		want    map[Selection]Figure
	}{
		{"", map[Selection]Figure{Whole: {Applicable: 7}, OfArea("natt"): {Applicable: 2}, OfDimension("utstyr"): {Applicable: 2}}},
		{"tilsyn.utstyr=1 tilsyn.folk=1 alarm.behov=1 alarm.folk=1 besok.behov=1 besok.utstyr=1 besok.folk=1", map[Selection]Figure{
			Whole: {1000, true, 7, 7}, OfArea("hjem"): {1000, true, 5, 5}, OfDimension("folk"): {1000, true, 3, 3}, OfTask("besok"): {1000, true, 3, 3}}},
		{"tilsyn.utstyr=4 tilsyn.folk=4 alarm.behov=4 alarm.folk=4 besok.behov=4 besok.utstyr=4 besok.folk=4", map[Selection]Figure{Whole: {4000, true, 7, 7}}},
		// tilsyn (2·4 + 1·1)/3 = 3; alarm 2; besok (1·1 + 1·2 + 3·3)/5 = 2.4: the whole is their mean.
		{"tilsyn.utstyr=4 tilsyn.folk=1 alarm.behov=2 alarm.folk=2 besok.behov=1 besok.utstyr=2 besok.folk=3", map[Selection]Figure{
			OfTask("tilsyn"): {3000, true, 2, 2}, OfTask("besok"): {2400, true, 3, 3}, OfArea("hjem"): {2200, true, 5, 5}, Whole: {2467, true, 7, 7},
			OfDimension("behov"): {1500, true, 2, 2}, OfDimension("utstyr"): {3000, true, 2, 2}, OfDimension("folk"): {2000, true, 3, 3}}},
	} {
		scores := Calculate(c, everything, answered(tt.answers))
		for sel, want := range tt.want {
			if scores[sel] != want {
				t.Errorf("%q: %s is %+v, want %+v", tt.answers, sel, scores[sel], want)
			}
		}
	}
}

// A whole round of it: planned, answered, handed in, published and compared.
func TestAnotherModelIsAssessed(t *testing.T) {
	w := newWorld(t, 2, secondModel(t, "trygg-hverdag-1"))
	open := w.open("Vår 2026")
	for _, n := range []int{-1, 0, 5} {
		_, err := w.service.SaveAnswer(t.Context(), contributor("larvik"), Save{Round: open.ID, Municipality: "larvik", Question: "alarm.behov", Value: level(n), First: true})
		wantFault(t, err, fault.Invalid, "error.answer")
	}
	r := w.run("Høst 2026", map[org.MunicipalityID]string{
		"larvik": "tilsyn.utstyr=1 tilsyn.folk=1 alarm.behov=1 alarm.folk=1 besok.behov=1 besok.utstyr=1 besok.folk=1",
		"tokke":  "tilsyn.utstyr=4 tilsyn.folk=4 !alarm besok.behov=4 besok.utstyr=4 besok.folk=4",
	})
	w.prepare()
	res := must(w.service.Results(t.Context(), lead(), r.Publication()))(t)
	for m, want := range map[org.MunicipalityID]Figure{"larvik": {1000, true, 7, 7}, "tokke": {4000, true, 5, 5}} {
		if got, standing := res.Figure(res.Row(m), Whole); got != want || standing != Comparable {
			t.Errorf("%s has %+v, %s, want %+v", m, got, standing, want)
		}
	}
	if got, want := res.Spread(OfDimension("folk")), (Spread{2500, 1750, 3250, 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// A draft may still change: no round is planned on it, but in the demo, where nothing is real.
func TestNoRoundIsPlannedOnADraft(t *testing.T) {
	w := newWorld(t, 1, secondModel(t, "trygg-hverdag-2"))
	w.service.drafts = false
	_, err := w.service.Plan(t.Context(), lead(), Plan{Region: region, Name: "Høst 2026", Catalogue: "trygg-hverdag-2", OpensAt: start, ClosesAt: start.Add(time.Hour)})
	f := wantFault(t, err, fault.Invalid, "error.plan")
	if f == nil || len(f.Fields) != 1 || f.Fields[0].Name != "catalogue" || f.Fields[0].Key != "error.plan.draft" {
		t.Errorf("%+v", f)
	}
	w.service.drafts = true
	w.open("Høst 2026")
}

// Two versions of a model are points of one line. A model that has nothing to do with the one before begins a new one, also where both call
// something the same, and the old line stands as it was.
func TestModelsAreLinesOfTheirOwn(t *testing.T) {
	other := questionnaire(t, "other", "natt: tilsyn=1,1,1; b: z=1")
	w := newWorld(t, 1, secondModel(t, "trygg-hverdag-1"), secondModel(t, "trygg-hverdag-2"), other)
	for _, tt := range []struct {
		a, b catalogue.Key
		want bool
	}{
		{"trygg-hverdag-1", "trygg-hverdag-1", true}, {"trygg-hverdag-1", "trygg-hverdag-2", true}, {"trygg-hverdag-1", other.Key(), false},
		{"gone-1", "gone-1", true}, {"gone-1", "gone-2", false},
	} {
		if w.service.OnOneLine(tt.a, tt.b) != tt.want || w.service.OnOneLine(tt.b, tt.a) != tt.want {
			t.Errorf("%s and %s: not %v", tt.a, tt.b, tt.want)
		}
	}
	on := func(key catalogue.Key, name, answers string) {
		t.Helper()
		now := w.service.now()
		r := must(w.service.Plan(w.ctx(), lead(), Plan{Region: region, Name: name, Catalogue: key, OpensAt: now, ClosesAt: now.Add(time.Hour)}))(t)
		must(w.service.Open(w.ctx(), lead(), r.ID))(t)
		w.answer(r.ID, "larvik", answers)
		w.handIn(r.ID, "larvik")
		w.close(r.ID)
		w.advance(24 * time.Hour)
		w.publish(r.ID)
	}
	line := func(sel Selection, want string) {
		t.Helper()
		w.prepare()
		trend := must(w.service.Trend(t.Context(), lead(), region, sel))(t)
		if got := read(trend, "larvik"); got != want {
			t.Errorf("%s goes %s, want %s", sel, got, want)
		}
		for i := range trend.Rounds {
			if _, standing := trend.Figure(0, i); standing == NotInRound && trend.Spread(i) != (Spread{}) {
				t.Errorf("%s has a median where it has no line: %+v", sel, trend.Spread(i))
			}
		}
	}
	all := "tilsyn.utstyr=1 tilsyn.folk=1 alarm.behov=1 alarm.folk=1 besok.behov=1 besok.utstyr=1 besok.folk=1"
	on("trygg-hverdag-1", "Vår 2026", all)
	on("trygg-hverdag-2", "Høst 2026", "tilsyn.kamera=2 tilsyn.sensor=2 tilsyn.folk=2 alarm.behov=2 alarm.folk=2 alarm.test=2 besok.avtale=2")
	line(Whole, "1.000 2.000")
	line(OfTask("besok"), "1.000 2.000")
	var keys []string
	for _, q := range other.Tasks()[0].Questions {
		keys = append(keys, string(q.Key)+"=5")
	}
	keys = append(keys, string(other.Tasks()[1].Questions[0].Key)+"=5")
	on(other.Key(), "Vår 2027", strings.Join(keys, " "))
	line(Whole, "/ / 5.000")
	line(OfTask("tilsyn"), "/ / 5.000")
	line(OfTask("besok"), "1.000 2.000 /")
}
