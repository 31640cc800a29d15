package assessment

import (
	"slices"
	"strings"
	"testing"
	"time"

	"helhet/internal/events"
	"helhet/internal/fault"
	"helhet/org"
)

func TestADisplayShowsWhatItsMakerLeads(t *testing.T) {
	w := newWorld(t, 2)
	ctx, r, kari := w.ctx(), w.open("Høst 2026"), w.colleague(org.Coordinator, "larvik")
	at, other := atX(r), Sitting{r.ID, "larvik", "y"}
	if _, _, err := w.service.MakeDisplay(ctx, kari, at); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("of what nobody asked for: %v", err)
	}
	w.shown(r, 2)
	secret, made, err := w.service.MakeDisplay(ctx, kari, at)
	if err != nil || made.Ends.Sub(made.Made) != DisplayLength || made.Sitting() != at {
		t.Fatalf("%+v, %v", made, err)
	}
	for id, text := range w.stored("displays") {
		if strings.Contains(id+text, secret) || strings.Contains(id+text, strings.ReplaceAll(secret, "-", "")) {
			t.Error("the secret is stored")
		}
	}
	for _, typed := range []string{secret, strings.ToUpper(secret), strings.ReplaceAll(secret, "-", ""), strings.ReplaceAll(secret, "-", " ")} {
		if d, err := w.service.OnDisplay(ctx, typed); err != nil || d.ID != made.ID {
			t.Errorf("typed as %q: %v", typed, err)
		}
	}
	for _, typed := range []string{"", made.ID, secret[:len(secret)-1], secret + "a", "\x00"} {
		_, err := w.service.OnDisplay(ctx, typed)
		wantFault(t, err, fault.Conflict, "error.display.over")
	}
	// It follows her, and nobody else.
	must(w.service.OpenRatings(ctx, kari, other))(t)
	must(w.service.ShowSpread(ctx, kari, other))(t)
	if d := must(w.service.DisplayNow(ctx, made.ID))(t); d.Sitting() != other {
		t.Errorf("it shows %+v", d)
	}
	must(w.service.OpenRatings(ctx, kari, atX(w.open("Vår 2027"))))(t)
	must(w.service.ShowSpread(ctx, kari, Sitting{"vestfold-telemark-var-2027", "larvik", "x"}))(t)
	if d := must(w.service.DisplayNow(ctx, made.ID))(t); d.Sitting() != other {
		t.Errorf("it shows another round's: %+v", d)
	}
	knut := kari
	knut.Person = "p-knut"
	must(w.service.Drive(ctx, knut, at))(t)
	if d := must(w.service.DisplayNow(ctx, made.ID))(t); d.Sitting() != other {
		t.Errorf("it follows another to %+v", d)
	}
	must(w.service.Drive(ctx, kari, at))(t)
	if d := must(w.service.DisplayNow(ctx, made.ID))(t); d.Sitting() != at {
		t.Errorf("it stays at %+v", d)
	}
	if all := must(w.service.Displays(ctx, knut, "larvik"))(t); len(all) != 1 || all[0].ID != made.ID {
		t.Errorf("a colleague sees %+v", all)
	}
	w.relay()
	entries, _, err := w.history.Of(ctx, "larvik", 100, "")
	if err != nil || !slices.ContainsFunc(entries, func(e events.Entry) bool { return e.Type == "display.made" && e.Actor == string(kari.Person) }) {
		t.Errorf("that it was made is not told: %+v, %v", entries, err)
	}
}

func TestADisplayEnds(t *testing.T) {
	w := newWorld(t, 2)
	ctx, r, kari := w.ctx(), w.open("Høst 2026"), w.colleague(org.Coordinator, "larvik")
	at := atX(r)
	w.shown(r, 2)
	make := func() (string, Display) {
		t.Helper()
		secret, d, err := w.service.MakeDisplay(ctx, kari, at)
		if err != nil {
			t.Fatal(err)
		}
		return secret, d
	}
	over := func(why, secret string) {
		t.Helper()
		_, err := w.service.OnDisplay(ctx, secret)
		wantFault(t, err, fault.Conflict, "error.display.over")
		_, err = w.service.DisplayNow(ctx, displayID(secret))
		if why != "its maker's role" {
			wantFault(t, err, fault.Conflict, "error.display.over")
		}
	}
	secret, d := make()
	wantFault(t, w.service.RevokeDisplay(ctx, coordinator("tokke"), d.ID), fault.NotFound, "error.display.unknown")
	wantFault(t, w.service.RevokeDisplay(ctx, kari, "nosuch"), fault.NotFound, "error.display.unknown")
	wantFault(t, w.service.RevokeDisplay(ctx, kari, ""), fault.NotFound, "error.display.unknown")
	for range 2 {
		if err := w.service.RevokeDisplay(ctx, coordinator("larvik"), d.ID); err != nil {
			t.Fatal(err)
		}
		over("taken back", secret)
	}
	secret, _ = make()
	w.advance(DisplayLength - time.Millisecond)
	must(w.service.OnDisplay(ctx, secret))(t)
	w.advance(time.Millisecond)
	over("its time", secret)
	secret, d = make()
	must(w.people.Change(ctx, kari.Person, func(p *org.Person) error { p.Grants = contributor("larvik").Grants; return nil }))(t)
	over("its maker's role", secret)

	w.relay()
	if !must(w.service.DisplaysOver(ctx))(t) {
		t.Error("there are two that have ended")
	}
	if n := must(w.service.SweepDisplays(ctx, 10))(t); n != 2 || must(w.service.DisplaysOver(ctx))(t) || len(w.stored("displays")) != 1 {
		t.Errorf("%d are swept away", n)
	}
	for range MostDisplays - 1 {
		make()
	}
	_, _, err := w.service.MakeDisplay(ctx, kari, at)
	wantFault(t, err, fault.Conflict, "error.display.many")
}
