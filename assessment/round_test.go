package assessment

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"helhet/assessment/catalogue"
	"helhet/internal/events"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

func TestPlan(t *testing.T) {
	w := newWorld(t, 2)
	opens := start.Add(time.Hour)
	good := func() Plan {
		return Plan{Region: region, Name: "  Høst \t 2026 ", Catalogue: small, OpensAt: opens, ClosesAt: opens.Add(time.Hour)}
	}
	r := must(w.service.Plan(t.Context(), lead(), good()))(t)
	if r.ID != "vestfold-telemark-host-2026" || r.Name != "Høst 2026" || r.State != Planned || r.Structure != w.service.catalogues[small].StructureHash {
		t.Errorf("%+v", r)
	}
	if !slices.Equal(r.Tasks, Scope{"x", "y", "z"}) || len(r.Participants) != 0 || r.Phase != 0 {
		t.Errorf("%+v", r)
	}
	if want := r.ClosesAt.Add(14 * 24 * time.Hour); !r.PublishAt.Equal(want) || !r.OpensAt.Equal(opens.Truncate(time.Millisecond)) || r.OpensAt.Location() != time.UTC {
		t.Errorf("opens %v, publishes %v, want %v", r.OpensAt, r.PublishAt, want)
	}
	before := w.stored("rounds")
	_, err := w.service.Plan(t.Context(), lead(), good())
	if f := wantFault(t, err, fault.Conflict, "error.plan.exists"); f.Fields[0].Name != "name" {
		t.Errorf("%v", f.Fields)
	}
	for name, tt := range map[string]struct {
		change func(*Plan)
		fields string
	}{
		"no name":                   {func(p *Plan) { p.Name = " \n " }, "name"},
		"name too long":             {func(p *Plan) { p.Name = strings.Repeat("ø", 61) }, "name"},
		"name in broken UTF-8":      {func(p *Plan) { p.Name = "Høst\xff" }, "name"},
		"name with a control":       {func(p *Plan) { p.Name = "Høst\x00" }, "name"},
		"national in broken UTF-8":  {func(p *Plan) { p.National = "\xff" }, "national"},
		"no opening":                {func(p *Plan) { p.OpensAt = time.Time{} }, "opensAt"},
		"no closing":                {func(p *Plan) { p.ClosesAt = time.Time{} }, "closesAt"},
		"closing at the opening":    {func(p *Plan) { p.ClosesAt = p.OpensAt }, "closesAt"},
		"publishing before closing": {func(p *Plan) { p.PublishAt = p.ClosesAt.Add(-time.Second) }, "publishAt"},
		"unknown catalogue":         {func(p *Plan) { p.Catalogue = "none-1" }, "catalogue"},
		"unknown area":              {func(p *Plan) { p.Areas = []catalogue.AreaKey{"a", "q"} }, "areas"},
		"unknown task":              {func(p *Plan) { p.Tasks = []catalogue.TaskKey{"q"} }, "tasks"},
		"everything wrong": {func(p *Plan) {
			*p = Plan{Region: region, Catalogue: small, Areas: []catalogue.AreaKey{"x"}, Tasks: []catalogue.TaskKey{"a"}}
		}, "name opensAt closesAt areas tasks"},
		"wrong, and no catalogue": {func(p *Plan) { *p = Plan{Region: region} }, "name opensAt closesAt catalogue"},
	} {
		p := good()
		p.Name = "Another"
		tt.change(&p)
		_, err := w.service.Plan(t.Context(), lead(), p)
		var fields []string
		for _, f := range wantFault(t, err, fault.Invalid, "error.plan").Fields {
			fields = append(fields, f.Name)
		}
		if got := strings.Join(fields, " "); got != tt.fields {
			t.Errorf("%s: faults at %s, want %s", name, got, tt.fields)
		}
	}
	for _, actor := range []org.Actor{{}, coordinator("larvik"), as(org.Leader, "larvik"), {Grants: []org.Grant{{Role: org.Administrator}}}} {
		_, err := w.service.Plan(t.Context(), actor, good())
		wantFault(t, err, fault.Forbidden, "error.forbidden")
	}
	foreign := good()
	foreign.Region = "nowhere"
	_, err = w.service.Plan(t.Context(), lead(), foreign)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	_, err = w.service.Plan(t.Context(), org.SystemActor("open"), foreign)
	wantFault(t, err, fault.NotFound, "error.region.unknown")
	if !maps.Equal(before, w.stored("rounds")) {
		t.Error("a refused plan wrote something")
	}
	chosen := good()
	chosen.Name, chosen.Areas, chosen.Tasks = "Chosen", []catalogue.AreaKey{"b"}, []catalogue.TaskKey{"z", "x", "x"}
	if r := must(w.service.Plan(t.Context(), lead(), chosen))(t); !slices.Equal(r.Tasks, Scope{"x", "z"}) {
		t.Errorf("chosen are %v, in the model's order they are x and z", r.Tasks)
	}
}

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{
		"Høst 2026": "host-2026", "Vår 2026": "var-2026", "Ærlig, talt!": "aerlig-talt", "ÅÖÄ": "aoa", "--a--": "a", "!!!": "runde", "日本": "runde", "A/B\\C": "a-b-c",
	} {
		if got := slug(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

func TestOpenFreezesTheParticipants(t *testing.T) {
	w := newWorld(t, 4) // Larvik, Tokke, Seljord, Porsgrunn
	r := w.plan("Høst 2026", "x")
	_, err := w.service.Open(t.Context(), coordinator("larvik"), r.ID)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	_, err = w.service.Open(t.Context(), lead(), "nothing")
	wantFault(t, err, fault.NotFound, "error.round.unknown")
	w.advance(-time.Hour) // opened by hand before its time
	now := w.service.now()
	r = must(w.service.Open(t.Context(), lead(), r.ID))(t)
	want := []Participant{{"larvik", "3909", "Larvik", "nb"}, {"porsgrunn", "4001", "Porsgrunn", "nb"}, {"seljord", "4022", "Seljord", "nn"}, {"tokke", "4034", "Tokke", "nn"}}
	if r.State != Open || !slices.Equal(r.Participants, want) || !r.OpensAt.Equal(now.Truncate(time.Millisecond)) {
		t.Errorf("%+v", r)
	}
	for _, name := range []string{"larvik", "3909"} {
		if p, ok := r.Participant(name); !ok || p.Municipality != "larvik" {
			t.Errorf("%s is participant %+v", name, p)
		}
	}
	if p, ok := r.Participant("3805"); ok {
		t.Errorf("by a number it no longer has: %+v", p)
	}
	before := w.stored("rounds")
	w.advance(time.Hour)
	if again, err := w.service.Open(t.Context(), org.SystemActor("open"), r.ID); err != nil || !slices.Equal(again.Participants, want) || !maps.Equal(before, w.stored("rounds")) {
		t.Errorf("opened again: %+v %v", again, err)
	}
	for _, id := range w.ids {
		a := must(w.service.Assessment(t.Context(), as(org.Leader, id), r.ID, id))(t)
		if a.State != Draft || a.Sealed || !slices.Equal(a.Scope, Scope{"x"}) || a.Catalogue != small || a.Region != region || !a.Editable() {
			t.Errorf("%s: %+v", id, a)
		}
	}
	w.close(r.ID)
	_, err = w.service.Open(t.Context(), lead(), r.ID)
	wantFault(t, err, fault.Conflict, "error.round.not-planned")
}

func TestOpenRefuses(t *testing.T) {
	w := newWorld(t, 0)
	r := w.plan("Nobody")
	_, err := w.service.Open(t.Context(), lead(), r.ID)
	wantFault(t, err, fault.Conflict, "error.round.nobody")

	w = newWorld(t, 1)
	r = w.plan("Changed")
	w.service.catalogues[small] = questionnaire(t, "small", "a: x=2,1,2 y=1,1; b: z=1")
	_, err = w.service.Open(t.Context(), lead(), r.ID)
	wantFault(t, err, fault.Conflict, "error.round.catalogue")

	w = newWorld(t, 1)
	if err := w.regions.Create(t.Context(), org.Region{ID: "r2", Name: "R2", Members: []org.Member{{Municipality: "atlantis"}}}); err != nil {
		t.Fatal(err)
	}
	other := org.SystemActor("open")
	r = must(w.service.Plan(t.Context(), other, Plan{Region: "r2", Name: "A", Catalogue: small, OpensAt: start, ClosesAt: start.Add(time.Hour)}))(t)
	if _, err := w.service.Open(t.Context(), other, r.ID); err == nil || !strings.Contains(err.Error(), `"atlantis"`) {
		t.Errorf("a municipality that the register does not know: %v", err)
	}
}

// However many writes of an opening reach the store: the round is planned until all are there, nobody can save, and opening again
// completes it.
func TestOpeningCutOff(t *testing.T) {
	w := newWorld(t, 3)
	for n := 0; ; n++ {
		r := w.plan(fmt.Sprint("Runde ", n))
		w.engine.BeforeWrites(failAfter(n))
		_, err := w.service.Open(t.Context(), lead(), r.ID)
		w.engine.BeforeWrites(nil)
		if err == nil {
			if n != 4 { // three assessments and the round
				t.Errorf("an opening took %d writes", n)
			}
			break
		}
		wantFault(t, err, fault.Unavailable, "error.unavailable")
		save := Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Value: level(3), First: true}
		_, err = w.service.SaveAnswer(t.Context(), contributor("larvik"), save)
		wantFault(t, err, fault.Conflict, "error.round.not-open")
		_, err = w.service.HandIn(t.Context(), coordinator("larvik"), r.ID, "larvik")
		wantFault(t, err, fault.Conflict, "error.round.not-open")
		must(w.service.Open(t.Context(), lead(), r.ID))(t)
		must(w.service.SaveAnswer(t.Context(), contributor("larvik"), save))(t)
		w.handIn(r.ID, "larvik", "tokke")
	}
}

// A round whose opening was cut off is taken away, and planned again under its name with other tasks: what was left of the first
// must not come along.
func TestOpeningCutOffThenPlannedAnew(t *testing.T) {
	w := newWorld(t, 3)
	r := w.plan("Høst 2026", "x")
	w.engine.BeforeWrites(failAfter(2))
	_, err := w.service.Open(t.Context(), lead(), r.ID)
	w.engine.BeforeWrites(nil)
	wantFault(t, err, fault.Unavailable, "error.unavailable")
	w.relay()
	if err := w.service.Cancel(t.Context(), lead(), r.ID); err != nil {
		t.Fatal(err)
	}
	w.relay()
	r = w.open("Høst 2026", "y", "z")
	for _, id := range w.ids {
		if a := must(w.service.Assessment(t.Context(), contributor(id), r.ID, id))(t); !slices.Equal(a.Scope, Scope{"y", "z"}) {
			t.Errorf("%s is asked about %v", id, a.Scope)
		}
	}
	w.answer(r.ID, "larvik", "y.d1=3 y.d2=3 z.d1=3")
	w.handIn(r.ID, "larvik")
	w.close(r.ID)
	w.publish(r.ID)
}

func (w *world) relay() {
	w.t.Helper()
	for {
		n, err := w.history.Relay(w.ctx(), 1000)
		if err != nil {
			w.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func TestCancel(t *testing.T) {
	w := newWorld(t, 1)
	r := w.plan("Høst 2026")
	wantFault(t, w.service.Cancel(t.Context(), coordinator("larvik"), r.ID), fault.Forbidden, "error.forbidden")
	wantFault(t, w.service.Cancel(t.Context(), lead(), "nothing"), fault.NotFound, "error.round.unknown")
	if err := w.service.Cancel(t.Context(), lead(), r.ID); err != nil {
		t.Fatal(err)
	}
	// It lies there until the history has heard of it, and nobody sees or moves it.
	_, err := w.service.Round(t.Context(), lead(), r.ID)
	wantFault(t, err, fault.NotFound, "error.round.unknown")
	_, err = w.service.Open(t.Context(), lead(), r.ID)
	wantFault(t, err, fault.NotFound, "error.round.unknown")
	wantFault(t, w.service.Cancel(t.Context(), lead(), r.ID), fault.NotFound, "error.round.unknown")
	if all, _, err := w.service.Rounds(t.Context(), lead(), r.Region, 10, ""); err != nil || len(all) != 0 {
		t.Errorf("it is still listed: %v (%v)", all, err)
	}
	due, err := w.service.Due(t.Context(), w.service.now(), 10)
	if err != nil || len(due) != 1 || due[0].ID != r.ID {
		t.Fatalf("the job is told of %v (%v)", due, err)
	}
	wantFault(t, w.service.TakeAway(t.Context(), r.ID), fault.Conflict, "error.busy")
	w.relay()
	for range 2 {
		if err := w.service.TakeAway(t.Context(), r.ID); err != nil {
			t.Fatal(err)
		}
	}
	if left := w.stored("rounds"); len(left) != 0 {
		t.Errorf("there is still %v", left)
	}
	told, _, err := w.history.Of(t.Context(), string(r.Region), 10, "")
	if err != nil || !slices.ContainsFunc(told, func(e events.Entry) bool { return e.Type == "round.cancelled" }) {
		t.Errorf("the history says %+v, %v", told, err)
	}
	r = w.open("Høst 2026")
	w.relay()
	wantFault(t, w.service.Cancel(t.Context(), lead(), r.ID), fault.Conflict, "error.round.not-planned")
}

func TestCloseByHandAndByClock(t *testing.T) {
	w := newWorld(t, 2)
	r := w.open("Early")
	grace := r.PublishAt.Sub(r.ClosesAt)
	w.advance(time.Hour)
	_, err := w.service.Close(t.Context(), as(org.Leader, "larvik"), r.ID)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	closed := w.close(r.ID)
	now := w.service.now().Truncate(time.Millisecond)
	if closed.State != Closed || !closed.ClosesAt.Equal(now) || !closed.PublishAt.Equal(now.Add(grace)) {
		t.Errorf("closed by hand: closes %v, publishes %v, now %v", closed.ClosesAt, closed.PublishAt, now)
	}
	before := w.stored("rounds")
	w.advance(time.Hour)
	if again := w.close(r.ID); again.State != Closed || !maps.Equal(before, w.stored("rounds")) {
		t.Errorf("closed again: %+v", again)
	}
	late := w.open("Late")
	w.advance(60 * 24 * time.Hour)
	closed = must(w.service.Close(t.Context(), org.SystemActor("close"), late.ID))(t)
	if !closed.ClosesAt.Equal(late.ClosesAt) || !closed.PublishAt.Equal(w.service.now().Truncate(time.Millisecond).Add(grace)) { // the days of grace are there to be used
		t.Errorf("closed late: %v %v", closed.ClosesAt, closed.PublishAt)
	}
	planned := w.plan("Planned")
	_, err = w.service.Close(t.Context(), lead(), planned.ID)
	wantFault(t, err, fault.Conflict, "error.round.not-open")
	w.publish(r.ID)
	_, err = w.service.Close(t.Context(), lead(), r.ID)
	wantFault(t, err, fault.Conflict, "error.round.not-open")
}

// A close that is cut off after any of its writes is not closed, what it sealed stays sealed, and closing again completes it.
func TestClosingCutOff(t *testing.T) {
	w := newWorld(t, 3)
	for n := 0; ; n++ {
		r := w.open(fmt.Sprint("Runde ", n))
		w.answer(r.ID, "larvik", "x.d1=3")
		w.engine.BeforeWrites(failAfter(n))
		_, err := w.service.Close(t.Context(), lead(), r.ID)
		w.engine.BeforeWrites(nil)
		if err == nil {
			if n != 5 { // closing, three seals, closed
				t.Errorf("a close took %d writes", n)
			}
			return
		}
		wantFault(t, err, fault.Unavailable, "error.unavailable")
		now := must(w.service.Round(t.Context(), lead(), r.ID))(t)
		if want := []State{Open, Closing, Closing, Closing, Closing}[n]; now.State != want {
			t.Errorf("after %d writes the round is %s, want %s", n, now.State, want)
		}
		if now.State == Closing {
			wantFault(t, w.service.SendBack(t.Context(), lead(), r.ID, "larvik", "Se på dette."), fault.Conflict, "error.round.no-send-back")
			_, err := w.service.Publish(t.Context(), lead(), r.ID)
			wantFault(t, err, fault.Conflict, "error.round.not-closed")
		}
		// Whoever is not sealed yet may still save, and that is in what is closed.
		tokke := must(w.service.Assessment(t.Context(), contributor("tokke"), r.ID, "tokke"))(t)
		_, err = w.service.SaveAnswer(t.Context(), contributor("tokke"), Save{Round: r.ID, Municipality: "tokke", Question: "y.d1", Value: level(2), First: true})
		if (err == nil) == tokke.Sealed {
			t.Errorf("after %d writes: sealed %t, saving says %v", n, tokke.Sealed, err)
		}
		closed := must(w.service.Close(t.Context(), org.SystemActor("close"), r.ID))(t)
		if closed.State != Closed || closed.Phase != 1 {
			t.Errorf("%+v", closed)
		}
		for _, id := range w.ids {
			a := must(w.service.Assessment(t.Context(), contributor(id), r.ID, id))(t)
			if !a.Sealed || a.Phase != 1 || id == "larvik" && *a.Answer("x.d1").Level != 3 || id == "tokke" && a.Answer("y.d1").Given() != (err == nil) {
				t.Errorf("%s: %+v", id, a)
			}
		}
	}
}

// A round that was just planned is called off at once, and the history tells that it was planned.
func TestCancelBeforeTheRelay(t *testing.T) {
	w := newWorld(t, 2)
	w.service.relay = func(ctx context.Context) error {
		_, err := w.history.Relay(ctx, 10)
		return err
	}
	r := w.plan("Vår 2026")
	if err := w.service.Cancel(t.Context(), lead(), r.ID); err != nil {
		t.Fatal(err)
	}
	_, err := w.service.Round(t.Context(), lead(), r.ID)
	wantFault(t, err, fault.NotFound, "error.round.unknown")
	told, _, err := w.history.Of(t.Context(), string(r.Region), 10, "")
	if err != nil || len(told) != 2 || told[0].Type != "round.cancelled" || told[1].Type != "round.planned" {
		t.Errorf("the history says %+v, %v", told, err)
	}
	// Its name is free again, also while the first still lies there.
	again := w.plan("Vår 2026")
	w.service.relay = nil
	if err := w.service.Cancel(t.Context(), lead(), again.ID); err != nil {
		t.Fatal(err)
	}
	w.relay()
	w.plan("Vår 2026")
}

func TestCloseCancelled(t *testing.T) {
	w := newWorld(t, 4)
	r := w.open("Høst 2026")
	ctx, cancel := context.WithCancel(t.Context())
	writes := 0
	w.engine.BeforeWrites(func(string, string) error {
		if writes++; writes == 3 {
			cancel()
		}
		return nil
	})
	_, err := w.service.Close(ctx, lead(), r.ID)
	w.engine.BeforeWrites(nil)
	if code := fault.CodeOf(err); code != fault.Unavailable && code != fault.OutcomeUnknown {
		t.Errorf("%v", err)
	}
	if now := must(w.service.Round(t.Context(), lead(), r.ID))(t); now.State != Closing {
		t.Errorf("the round is %s", now.State)
	}
	w.close(r.ID)
}

func TestHandInTakeBackSendBack(t *testing.T) {
	w := newWorld(t, 2)
	ctx := t.Context()
	r := w.open("Høst 2026")
	state := func(m org.MunicipalityID) Assessment {
		t.Helper()
		return must(w.service.Assessment(ctx, coordinator(m), r.ID, m))(t)
	}
	for _, actor := range []org.Actor{contributor("larvik"), as(org.Leader, "larvik"), coordinator("tokke"), lead(), org.SystemActor("x"), {}} {
		_, err := w.service.HandIn(ctx, actor, r.ID, "larvik")
		wantFault(t, err, fault.Forbidden, "error.forbidden")
		_, err = w.service.TakeBack(ctx, actor, r.ID, "larvik")
		wantFault(t, err, fault.Forbidden, "error.forbidden")
	}
	_, err := w.service.HandIn(ctx, coordinator("oslo"), r.ID, "oslo")
	wantFault(t, err, fault.NotFound, "error.assessment.no-part")
	w.handIn(r.ID, "larvik")
	if a := state("larvik"); a.State != HandedIn || a.HandedInBy != "p-coordinator-larvik" || !a.HandedInAt.Equal(start.Truncate(time.Millisecond)) || a.Editable() {
		t.Errorf("%+v", a)
	}
	before := w.stored("assessments")
	w.advance(time.Hour)
	w.handIn(r.ID, "larvik")
	if !maps.Equal(before, w.stored("assessments")) {
		t.Error("handed in again, it was written again")
	}
	if a := must(w.service.TakeBack(ctx, coordinator("larvik"), r.ID, "larvik"))(t); a.State != Draft || a.HandedInBy != "" || !a.HandedInAt.IsZero() {
		t.Errorf("%+v", a)
	}
	must(w.service.TakeBack(ctx, coordinator("larvik"), r.ID, "larvik"))(t)

	// Sent back while the round is open: only what was handed in, with a message, by the regional lead.
	wantFault(t, w.service.SendBack(ctx, lead(), r.ID, "larvik", "Se på dette."), fault.Conflict, "error.send-back.draft")
	w.handIn(r.ID, "larvik")
	for _, message := range []string{"", " \n", "\xff", strings.Repeat("a", MaxReason+1), "a\x00"} {
		f := wantFault(t, w.service.SendBack(ctx, lead(), r.ID, "larvik", message), fault.Invalid, "error.send-back")
		if len(f.Fields) == 0 || f.Fields[0].Name != "message" {
			t.Errorf("%q: %v", message, f.Fields)
		}
	}
	wantFault(t, w.service.SendBack(ctx, coordinator("larvik"), r.ID, "larvik", "x"), fault.Forbidden, "error.forbidden")
	wantFault(t, w.service.SendBack(ctx, lead(), r.ID, "oslo", "x"), fault.NotFound, "error.assessment.no-part")
	wantFault(t, w.service.SendBack(ctx, lead(), "nothing", "larvik", "x"), fault.NotFound, "error.round.unknown")
	if err := w.service.SendBack(ctx, lead(), r.ID, "larvik", " Se på dette. "); err != nil {
		t.Fatal(err)
	}
	if a := state("larvik"); a.State != SentBack || a.Message != "Se på dette." || a.Sealed || !a.Editable() {
		t.Errorf("%+v", a)
	}
	w.answer(r.ID, "larvik", "x.d1=3")
	w.handIn(r.ID, "larvik")
	if a := state("larvik"); a.Message != "" {
		t.Errorf("the message stays: %+v", a)
	}

	// Closed: no taking back, no handing in of a draft; sent back, it may be handed in late.
	w.close(r.ID)
	_, err = w.service.TakeBack(ctx, coordinator("larvik"), r.ID, "larvik")
	wantFault(t, err, fault.Conflict, "error.assessment.sealed")
	_, err = w.service.HandIn(ctx, coordinator("tokke"), r.ID, "tokke")
	wantFault(t, err, fault.Conflict, "error.assessment.sealed")
	if err := w.service.SendBack(ctx, lead(), r.ID, "tokke", "Rekker dere det?"); err != nil {
		t.Fatal(err)
	}
	if a := state("larvik"); !a.Sealed {
		t.Error("sending one back unsealed the other")
	}
	w.answer(r.ID, "tokke", "x.d1=1")
	w.handIn(r.ID, "tokke")
	_, err = w.service.TakeBack(ctx, coordinator("tokke"), r.ID, "tokke")
	wantFault(t, err, fault.Conflict, "error.assessment.sealed")
	r = w.publish(r.ID)
	m := must(w.service.Manifest(ctx, lead(), r.Publication()))(t)
	if !slices.Equal(m.Parts, []org.MunicipalityID{"larvik", "tokke"}) || len(m.Missing) != 0 {
		t.Errorf("%+v", m)
	}
	planned := w.plan("Planned")
	wantFault(t, w.service.SendBack(ctx, lead(), planned.ID, "larvik", "x"), fault.NotFound, "error.assessment.no-part")
}

func TestProgress(t *testing.T) {
	w := newWorld(t, 3)
	ctx := t.Context()
	r := w.open("Høst 2026")
	w.answer(r.ID, "larvik", "x.d1=3 x.d2=na")
	w.handIn(r.ID, "tokke")
	all := must(w.service.Progress(ctx, lead(), r, 0, 10))(t)
	var got []string
	for _, p := range all {
		got = append(got, fmt.Sprintf("%s %s %d/%d", p.Municipality, p.State, p.Count.Answered, p.Count.Of))
	}
	if want := []string{"larvik draft 2/6", "seljord draft 0/6", "tokke handed-in 0/6"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if some := must(w.service.Progress(ctx, lead(), r, 2, 10))(t); len(some) != 1 || some[0].Municipality != "tokke" {
		t.Errorf("%v", some)
	}
	for _, page := range [][2]int{{-1, 1}, {4, 1}, {0, 0}} {
		_, err := w.service.Progress(ctx, lead(), r, page[0], page[1])
		wantFault(t, err, fault.Malformed, "error.cursor")
	}
	_, err := w.service.Progress(ctx, coordinator("larvik"), r, 0, 10)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	if n := must(w.service.HandedInCount(ctx, contributor("larvik"), r))(t); n != 1 {
		t.Errorf("%d have handed in", n)
	}
	_, err = w.service.HandedInCount(ctx, org.Actor{}, r)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
}

func TestListsOfRounds(t *testing.T) {
	w := newWorld(t, 1)
	ctx := t.Context()
	var want []RoundID
	for i := range 5 {
		r := w.plan(fmt.Sprint("Runde ", i))
		want = append([]RoundID{r.ID}, want...)
		if i < 2 {
			must(w.service.Open(ctx, lead(), r.ID))(t)
		}
		w.advance(24 * time.Hour)
	}
	var got []RoundID
	var after store.Cursor
	for pages := 0; pages == 0 || after != ""; pages++ {
		some, next, err := w.service.Rounds(ctx, contributor("larvik"), region, 2, after)
		if err != nil || len(some) > 2 {
			t.Fatal(some, err)
		}
		for _, r := range some {
			got = append(got, r.ID)
		}
		after = next
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, newest first it is %v", got, want)
	}
	if open := must(w.service.InState(ctx, lead(), region, Open, 10))(t); len(open) != 2 || open[0].ID != want[3] {
		t.Errorf("%v", open)
	}
	foreign := org.Actor{Grants: []org.Grant{{Role: org.RegionalLead, Region: "oslo"}}}
	_, _, err := w.service.Rounds(ctx, foreign, region, 2, "")
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	_, err = w.service.InState(ctx, foreign, region, Open, 2)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	_, err = w.service.Round(ctx, foreign, want[0])
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	_, _, err = w.service.Rounds(ctx, lead(), region, 2, "nonsense")
	wantFault(t, err, fault.Malformed, "error.cursor")
}

// Due names what the clock should have moved on, from its very moment, and nothing before it.
func TestDue(t *testing.T) {
	w := newWorld(t, 1)
	ctx := t.Context()
	r := w.plan("Høst 2026")
	due := func(at time.Time) string {
		t.Helper()
		var all []string
		for _, r := range must(w.service.Due(ctx, at, 10))(t) {
			all = append(all, string(r.State))
		}
		return strings.Join(all, " ")
	}
	check := func(at time.Time, state State) {
		t.Helper()
		if got := due(at.Add(-time.Millisecond)); got != "" {
			t.Errorf("a millisecond before, due are %q", got)
		}
		if got := due(at); got != string(state) {
			t.Errorf("due are %q, want %s", got, state)
		}
		if got := due(at.In(time.FixedZone("", 7200))); got != string(state) {
			t.Errorf("in another zone, due are %q", got)
		}
	}
	check(r.OpensAt, Planned)
	must(w.service.Open(ctx, org.SystemActor("open"), r.ID))(t)
	check(r.ClosesAt, Open)
	w.advance(r.ClosesAt.Sub(r.OpensAt) + time.Minute)
	w.engine.BeforeWrites(failAfter(1))
	if _, err := w.service.Close(ctx, org.SystemActor("close"), r.ID); err == nil {
		t.Fatal("the close was not cut off")
	}
	w.engine.BeforeWrites(nil)
	check(r.ClosesAt, Closing)
	w.close(r.ID)
	check(r.PublishAt, Closed)
	w.publish(r.ID)
	if got := due(r.PublishAt.AddDate(100, 0, 0)); got != "" {
		t.Errorf("due are %q, of a published round nothing is", got)
	}
}

func TestHistoryOfAMunicipality(t *testing.T) {
	w := newWorld(t, 2)
	first := w.open("Vår 2026")
	w.advance(time.Hour)
	second := w.open("Høst 2026")
	all := must(w.service.History(t.Context(), as(org.Leader, "larvik"), "larvik", 10))(t)
	if len(all) != 2 || all[0].Round != second.ID || all[1].Round != first.ID || all[0].Municipality != "larvik" {
		t.Errorf("%+v", all)
	}
	_, err := w.service.History(t.Context(), lead(), "larvik", 10)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	_, err = w.service.Assessment(t.Context(), lead(), first.ID, "larvik")
	wantFault(t, err, fault.Forbidden, "error.forbidden")
}

// What reaches the history speaks of ids and numbers, never of what somebody wrote.
func TestHistoryHoldsNoText(t *testing.T) {
	w := newWorld(t, 2)
	r := w.open("Høst 2026")
	must(w.service.SaveAnswer(t.Context(), contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "x.d1", Value: Value{Level: new(3), Note: "SECRET"}, First: true, Edit: "e"}))(t)
	must(w.service.SaveAnswer(t.Context(), contributor("larvik"), Save{Round: r.ID, Municipality: "larvik", Question: "x.d2", Value: Value{NotApplicable: "SECRET"}, First: true}))(t)
	w.handIn(r.ID, "larvik")
	if err := w.service.SendBack(t.Context(), lead(), r.ID, "larvik", "SECRET"); err != nil {
		t.Fatal(err)
	}
	w.relay()
	kinds := map[string]int{}
	for _, scope := range []string{"larvik", string(region)} {
		entries, _, err := w.history.Of(t.Context(), scope, 100, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			kinds[e.Type]++
			if strings.Contains(fmt.Sprint(e), "SECRET") || e.Actor == "" || e.At.Location() != time.UTC {
				t.Errorf("%+v", e)
			}
		}
	}
	for kind, n := range map[string]int{"round.planned": 1, "round.opened": 1, "answer.saved": 2, "assessment.handed-in": 1, "assessment.sent-back": 1} {
		if kinds[kind] != n {
			t.Errorf("%s happened %d times in the history, want %d (%v)", kind, kinds[kind], n, kinds)
		}
	}
}

// What a planned round covers is changed at any write of its opening by another lead: either the change comes too late and is refused, or the
// opening gives up, and opened again every assessment and the round cover the same.
func TestWhatIsCoveredChangesWhileItOpens(t *testing.T) {
	w := newWorld(t, 3)
	for n := 1; ; n++ {
		r := w.plan(fmt.Sprint("Runde ", n), "x")
		var changed, opened error
		met := w.beforeWrite(n, func() {
			_, changed = w.other.Rescope(w.ctx(), lead(), Rescope{Round: r.ID, Tag: r.ScopeTag(), Tasks: []catalogue.TaskKey{"y", "z"}})
		}, func() { _, opened = w.service.Open(w.ctx(), lead(), r.ID) })
		if !met {
			if n != 5 { // three assessments and the round
				t.Errorf("an opening took %d writes", n-1)
			}
			break
		}
		if changed != nil {
			t.Fatalf("before write %d: %v", n, changed)
		}
		wantFault(t, opened, fault.Conflict, "error.busy")
		open := must(w.service.Open(w.ctx(), lead(), r.ID))(t)
		for _, id := range w.ids {
			if a := must(w.service.Assessment(w.ctx(), contributor(id), r.ID, id))(t); !slices.Equal(a.Scope, Scope{"y", "z"}) || !slices.Equal(open.Tasks, a.Scope) {
				t.Errorf("before write %d: %s is asked about %v in a round of %v", n, id, a.Scope, open.Tasks)
			}
		}
	}
}

// Another choice than the one that stands wants the tag of what was seen; the same once more is no change, and tells the history nothing.
func TestRescope(t *testing.T) {
	w := newWorld(t, 1)
	r := w.plan("Høst 2026", "x")
	change := Rescope{Round: r.ID, Tag: r.ScopeTag(), Areas: []catalogue.AreaKey{"b"}}
	for name, tt := range map[string]struct {
		actor  org.Actor
		change func(*Rescope)
		code   fault.Code
	}{
		"a coordinator":   {coordinator("larvik"), func(*Rescope) {}, fault.Forbidden},
		"no tag":          {lead(), func(c *Rescope) { c.Tag = "" }, fault.TagRequired},
		"another tag":     {lead(), func(c *Rescope) { c.Tag = "nosuch" }, fault.Stale},
		"an unknown task": {lead(), func(c *Rescope) { c.Tasks = []catalogue.TaskKey{"nosuch"} }, fault.Invalid},
		"no such round":   {lead(), func(c *Rescope) { c.Round = "nosuch" }, fault.NotFound},
	} {
		wrong := change
		tt.change(&wrong)
		if _, err := w.service.Rescope(w.ctx(), tt.actor, wrong); fault.CodeOf(err) != tt.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	first := must(w.service.Rescope(w.ctx(), lead(), change))(t)
	again := must(w.service.Rescope(w.ctx(), lead(), change))(t)
	if !slices.Equal(first.Tasks, Scope{"z"}) || again.Revision != first.Revision {
		t.Errorf("%v, %v", first, again)
	}
	must(w.service.Open(w.ctx(), lead(), r.ID))(t)
	change.Tag, change.Areas = first.ScopeTag(), nil
	_, err := w.service.Rescope(w.ctx(), lead(), change)
	wantFault(t, err, fault.Conflict, "error.round.not-planned")
}
