package leaving

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"helhet/assessment"
	"helhet/demo"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

var job = org.SystemActor("departures")

// leave lets Larvik leave, with its time of waiting over.
func (w *world) leave(figures assessment.Figures) {
	w.t.Helper()
	w.Figures = figures
	must(w.Leave(w.ctx(), w.coordinator(), larvik, "Larvik"))(w.t)
	w.advance(w.Wait)
}

func TestADepartureWaitsAndIsUndone(t *testing.T) {
	w := newWorld(t)
	ctx := w.ctx()
	for name, a := range map[string]org.Actor{"contributor": w.contributor(), "neighbour": w.neighbour(), "lead": w.lead(), "administrator": w.admin(), "job": job,
		"leader": w.person("leader.3909@example.org").Actor()} {
		if _, err := w.Leave(ctx, a, larvik, "Larvik"); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, typed := range []string{"", "ja", "Porsgrunn"} {
		if _, err := w.Leave(ctx, w.coordinator(), larvik, typed); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%q: %v", typed, err)
		}
	}
	if _, err := w.Stay(ctx, w.coordinator(), larvik); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("staying without having asked to leave: %v", err)
	}
	for name, a := range map[string]org.Actor{"coordinator": w.coordinator(), "administrator": w.admin()} {
		d := must(w.Leave(ctx, w.coordinator(), larvik, " larvik "))(t)
		if d.Ends.Sub(d.Asked) != 30*24*time.Hour || d.State != Waiting {
			t.Errorf("%+v", d)
		}
		if _, err := w.Leave(ctx, w.coordinator(), larvik, "Larvik"); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("twice: %v", err)
		}
		if err := w.CarryOut(ctx, job, larvik); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("carried out before its time: %v", err)
		}
		if all := must(w.Departures(ctx, w.admin(), 10))(t); len(all) != 1 || all[0].Municipality != larvik {
			t.Errorf("the administrator sees %+v", all)
		}
		for _, other := range []org.Actor{w.neighbour(), w.contributor(), w.lead()} {
			if _, err := w.Stay(ctx, other, larvik); fault.CodeOf(err) != fault.Forbidden {
				t.Errorf("somebody else undid it: %v", err)
			}
		}
		d, err := w.Stay(ctx, a, larvik)
		again, err2 := w.Stay(ctx, a, larvik)
		if err := errors.Join(err, err2); err != nil || d.Municipality != larvik || !again.Asked.Equal(d.Asked) {
			t.Errorf("%s can't undo it: %v", name, err)
		}
		w.advance(31 * 24 * time.Hour)
		if due := must(w.Due(ctx, w.Now(), 10))(t); len(due) != 0 {
			t.Errorf("due after it was undone: %v", due)
		}
		if err := w.CarryOut(ctx, job, larvik); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("carried out after it was undone: %v", err)
		}
	}
	for _, a := range []org.Actor{w.coordinator(), w.admin()} {
		if err := w.CarryOut(ctx, a, larvik); fault.CodeOf(err) != fault.Forbidden {
			t.Errorf("a person carried it out: %v", err)
		}
	}
	if a := must(w.Assessments.Assessment(ctx, w.coordinator(), w.rounds()[0].ID, larvik))(t); a.Answers.Len() == 0 {
		t.Error("answers are gone")
	}
}

// What may still name Larvik when it has left, by collection.
var left = map[string]string{
	"departures":   "that it left",
	"regions":      "that it was a member, and may or may not stand by name",
	"events":       "the log has its own retention",
	"audit_head":   "the log",
	"rounds":       "that it took part",
	"publications": "that it took part",
	"parts":        "what the agreement keeps",
	"results":      "what the agreement keeps",
	"trends":       "what the agreement keeps",
	"people":       "what is told of former people in docs/leaving.md",
	"addresses":    "the same",
}

// gone checks that nothing is left of Larvik but what the agreement keeps.
func (w *world) gone(figures assessment.Figures) {
	w.t.Helper()
	t, ctx := w.t, w.ctx()
	w.relay()
	w.stored(func(collection string, r store.Record) {
		if !strings.Contains(r.ID+string(r.Body), string(larvik)) {
			return
		}
		if left[collection] == "" || figures == assessment.FiguresRemoved && slices.Contains([]string{"parts", "results", "trends"}, collection) {
			t.Errorf("%s still holds %s", collection, r.ID)
		}
	})
	for _, email := range []string{"coordinator.3909@example.org", "contributor.3909@example.org", "leader.3909@example.org"} {
		if p := w.person(email); !p.Inactive || len(p.Grants)+len(p.Former)+len(p.Keys) != 0 {
			t.Errorf("%s: %+v", email, p)
		}
	}
	if p := w.person("begge@example.org"); p.Inactive || len(p.Grants) != 1 || p.Grants[0].Municipality != porsgrunn || len(p.Keys) != 0 {
		t.Errorf("who works elsewhere too: %+v", p)
	}
	region := must(w.Regions.Get(ctx, demo.Region))(t)
	if _, ok := region.Member(larvik); ok {
		t.Error("it is a member")
	}
	for _, reader := range []org.Actor{w.lead(), w.neighbour()} {
		if got := org.MayReadByName(reader, region.ID, region.Known(larvik)); got != (figures == assessment.FiguresNamed) {
			t.Errorf("with figures %s it stands by name: %t", figures, got)
		}
	}
	rounds := w.rounds()
	for _, r := range rounds {
		res, err := w.Assessments.Results(ctx, w.lead(), r.Publication())
		if r.State != assessment.Published {
			if _, ok := r.Participant(string(larvik)); ok {
				t.Errorf("%s: it takes part", r.ID)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", r.ID, err)
			continue
		}
		if row := res.Row(larvik); (row >= 0) != (figures != assessment.FiguresRemoved) {
			t.Errorf("%s: its row is %d", r.ID, row)
		}
		last := r.Publications[len(r.Publications)-1]
		if last.Departure != (figures == assessment.FiguresRemoved) {
			t.Errorf("%s: published last for a departure: %t", r.ID, last.Departure)
		}
		w.verify(r)
	}
	if due := must(w.Due(ctx, w.Now(), 10))(t); len(due) != 0 {
		t.Errorf("still due: %v", due)
	}
	if err := w.CarryOut(ctx, job, larvik); fault.CodeOf(err) != fault.Conflict {
		t.Errorf("carried out once more: %v", err)
	}
	open := rounds[0]
	if _, err := w.Assessments.Close(ctx, w.lead(), open.ID); err != nil {
		t.Fatal(err)
	}
	published, err := w.Assessments.Publish(ctx, w.lead(), open.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Assessments.PrepareComparison(ctx, w.lead(), demo.Region, nil); err != nil {
		t.Fatal(err)
	}
	if res := must(w.Assessments.Results(ctx, w.lead(), published.Publication()))(t); res.Row(larvik) >= 0 || len(res.Municipalities) != len(region.Members) {
		t.Errorf("the round under way was published with %d of %d", len(res.Municipalities), len(region.Members))
	}
	// A published round is corrected afterwards, and what stands of Larvik is as the agreement says.
	older := rounds[1]
	if err := w.Assessments.SendBack(ctx, w.lead(), older.ID, larvik, "Rett det."); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("sent back to who has left: %v", err)
	}
	before := must(w.Assessments.Results(ctx, w.lead(), older.Publication()))(t)
	if err := w.Assessments.SendBack(ctx, w.lead(), older.ID, porsgrunn, "Rett det."); err != nil {
		t.Fatal(err)
	}
	a := must(w.Assessments.Assessment(ctx, w.neighbour(), older.ID, porsgrunn))(t)
	for _, answer := range a.Answers.All() {
		if answer.Level != nil {
			level := (*answer.Level + 1) % 6
			must(w.Assessments.SaveAnswer(ctx, w.neighbour(), assessment.Save{Round: older.ID, Municipality: porsgrunn, Question: answer.Question, Tag: answer.Tag, Value: assessment.Value{Level: &level}}))(t)
			break
		}
	}
	must(w.Assessments.HandIn(ctx, w.neighbour(), older.ID, porsgrunn))(t)
	corrected := must(w.Assessments.Erratum(ctx, w.lead(), older.ID, "Porsgrunn svarte feil."))(t)
	w.verify(corrected)
	if err := w.Assessments.PrepareComparison(ctx, w.lead(), demo.Region, nil); err != nil {
		t.Fatal(err)
	}
	after := must(w.Assessments.Results(ctx, w.lead(), corrected.Publication()))(t)
	was, _ := before.Figure(before.Row(larvik), assessment.Whole)
	if is, _ := after.Figure(after.Row(larvik), assessment.Whole); is != was {
		t.Errorf("an erratum of another made %v of %v", is, was)
	}
}

// verify works a publication's hash out again from its manifest and parts.
func (w *world) verify(r assessment.Round) {
	w.t.Helper()
	region := must(w.Regions.Get(w.ctx(), r.Region))(w.t)
	region.Members, region.Left = slices.Concat(region.Members, region.Left), nil
	for i := range region.Members {
		region.Members[i].Gone = false // the judge sees everything
	}
	m := must(w.Assessments.Manifest(w.ctx(), w.lead(), r.Publication()))(w.t)
	var parts []assessment.Part
	for _, id := range m.Parts {
		parts = append(parts, must(w.Assessments.Part(w.ctx(), w.lead(), region, r.Publication(), id))(w.t))
	}
	if assessment.HashOf(m, parts) != r.Publication() {
		w.t.Errorf("%s: the hash is not that of what is stored", r.ID)
	}
}

func TestAMunicipalityLeaves(t *testing.T) {
	for _, figures := range []assessment.Figures{assessment.FiguresNamed, assessment.FiguresAggregates, assessment.FiguresRemoved} {
		t.Run(string(figures), func(t *testing.T) {
			w := newWorld(t)
			w.spice()
			w.export()
			w.leave(figures)
			if err := w.CarryOut(w.ctx(), job, larvik); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Stay(w.ctx(), w.admin(), larvik); fault.CodeOf(err) != fault.Conflict {
				t.Errorf("undone afterwards: %v", err)
			}
			w.gone(figures)
		})
	}
}

// A process that dies anywhere leaves what the next one finishes: each time one more write gets through before it is cut off.
func TestADepartureThatIsCutOffIsFinished(t *testing.T) {
	for _, figures := range []assessment.Figures{assessment.FiguresAggregates, assessment.FiguresRemoved} {
		t.Run(string(figures), func(t *testing.T) {
			w := newWorld(t)
			w.spice()
			w.leave(figures)
			cut := 0
			for n := 1; ; n++ {
				budget := n
				w.engine.BeforeWrites(func(string, string) error {
					if budget--; budget < 0 {
						return fmt.Errorf("%w: the test cut it off", store.ErrUnavailable)
					}
					return nil
				})
				err := w.CarryOut(w.ctx(), job, larvik)
				w.engine.BeforeWrites(nil)
				if err == nil {
					break
				}
				if cut++; cut > 2000 {
					t.Fatal(err)
				}
				if due := must(w.Due(w.ctx(), w.Now(), 10))(t); len(due) != 1 {
					t.Fatalf("after %d writes it is not due any more: %v", n, err)
				}
			}
			if cut < 5 {
				t.Errorf("it was cut off only %d times", cut)
			}
			w.gone(figures)
		})
	}
}

// Whoever opens or publishes a round while a municipality leaves begins again, without it.
func TestLeavingWhileARoundMoves(t *testing.T) {
	w := newWorld(t)
	ctx, open := w.ctx(), w.rounds()[0]
	must(w.Assessments.Close(ctx, w.lead(), open.ID))(t)
	w.leave(assessment.FiguresAggregates)
	once := false
	w.engine.BeforeWrites(func(collection, _ string) error {
		if collection == "publications" && !once { // parts and manifest are made, the round is not published yet
			once = true
			return w.other.CarryOut(ctx, job, larvik)
		}
		return nil
	})
	if _, err := w.Assessments.Publish(ctx, w.lead(), open.ID); !once || fault.CodeOf(err) != fault.Conflict {
		t.Fatalf("published with who left meanwhile: %v", err)
	}
	w.engine.BeforeWrites(nil)
	r := must(w.Assessments.Publish(ctx, w.lead(), open.ID))(t)
	if m := must(w.Assessments.Manifest(ctx, w.lead(), r.Publication()))(t); slices.Contains(slices.Concat(m.Parts, m.Missing), larvik) {
		t.Error("it is in the publication")
	}

	w = newWorld(t)
	plan := assessment.Plan{Region: demo.Region, Name: "Neste", Catalogue: demo.Catalogue, OpensAt: w.Now(), ClosesAt: w.Now().Add(40 * 24 * time.Hour)}
	next := must(w.Assessments.Plan(ctx, w.lead(), plan))(t)
	w.leave(assessment.FiguresAggregates)
	once = false
	w.engine.BeforeWrites(func(collection, id string) error {
		if collection == "rounds" && !once { // the members are read, the round is not open yet
			once = true
			return w.other.CarryOut(ctx, job, larvik)
		}
		return nil
	})
	if _, err := w.Assessments.Open(ctx, w.lead(), next.ID); !once || fault.CodeOf(err) != fault.Conflict {
		t.Fatalf("opened with who left meanwhile: %v", err)
	}
	w.engine.BeforeWrites(nil)
	if r := must(w.Assessments.Open(ctx, w.lead(), next.ID))(t); len(r.Participants) == 0 || slices.ContainsFunc(r.Participants, func(p assessment.Participant) bool { return p.Municipality == larvik }) {
		t.Errorf("it takes part: %v", r.Participants)
	}
}
