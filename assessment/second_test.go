package assessment

import (
	"os"
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
