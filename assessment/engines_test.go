package assessment

import (
	"slices"
	"testing"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store/mongodb"
	"helhet/internal/store/mongodb/mongotest"
	"helhet/internal/store/sqlite"
)

// The life of a round from plan to trend, with an erratum, gives the same on either engine, to the hash.
func TestLifeOnBothEngines(t *testing.T) {
	hashes := map[string][]Hash{}
	life := func(name string, w *world) {
		ctx := w.ctx()
		r := example(w)
		if err := w.service.SendBack(ctx, lead(), r.ID, "larvik", "Sjekk z."); err != nil {
			t.Fatal(err)
		}
		a := must(w.service.Assessment(ctx, contributor("larvik"), r.ID, "larvik"))(t)
		tag := a.Answer("z.d1").Tag
		must(w.service.SaveAnswer(ctx, contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "z.d1", Value: level(5), Tag: tag, Edit: "e"}))(t)
		_, err := w.service.SaveAnswer(ctx, coordinator("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "z.d1", Value: level(1), Tag: tag})
		if lost, ok := wantFault(t, err, fault.Stale, "error.answer.stale").Detail.(Lost); !ok || *lost.Theirs.Level != 5 || *lost.Yours.Level != 1 {
			t.Errorf("%s: %+v", name, lost)
		}
		w.advance(time.Minute)
		w.handIn(r.ID, "larvik")
		r = must(w.service.Erratum(ctx, lead(), r.ID, "z var feil."))(t)
		for _, e := range r.Publications {
			hashes[name] = append(hashes[name], e.Hash)
		}
		w.prepare()
		trend := must(w.service.Trend(ctx, contributor("seljord"), region, OfTask("z")))(t)
		if got := read(trend, "larvik") + " " + read(trend, "seljord") + " " + read(trend, "tokke"); got != "5.000 n/a ." {
			t.Errorf("%s: %s", name, got)
		}
		w.relay()
		entries, _, err := w.history.Of(ctx, "larvik", 100, "")
		if err != nil || len(entries) != 9 || entries[0].Type != "assessment.handed-in" {
			t.Errorf("%s: %d events, %v", name, len(entries), err)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		life("sqlite", worldOn(t, must(sqlite.Open(t.Context(), t.TempDir()))(t), 3))
	})
	t.Run("mongodb", func(t *testing.T) {
		life("mongodb", worldOn(t, must(mongodb.Open(t.Context(), mongotest.URI(t)))(t), 3))
	})
	if len(hashes["sqlite"]) != 2 || !slices.Equal(hashes["sqlite"], hashes["mongodb"]) {
		t.Errorf("%v", hashes)
	}
}
