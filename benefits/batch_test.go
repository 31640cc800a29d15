package benefits

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"helhet/internal/fault"
)

// line is a line of a batch of one benefit.
func line(b Benefit, value Number, day Day) Line {
	return Line{Benefit: b.ID, Measured: measured(value, day)}
}

// seen is what a page carries of a batch that it has shown.
func seen(w WeighedBatch) []string {
	var all []string
	for _, l := range w.Lines {
		all = append(all, l.Before.Tag)
	}
	return all
}

// Every line of a batch says what becomes of it, or what is wrong with it and in which field.
func TestABatchIsWeighed(t *testing.T) {
	w := newWorld(t)
	b := w.add(full(), leader().Person)
	other := full()
	other.Title, other.Unit = "Færre telefoner", Minutes
	phones := w.add(other, "")
	twins := []Benefit{w.add(idea(), ""), w.add(idea(), "")}
	gone := full()
	gone.Title = "Fjernet"
	away := w.add(gone, "")
	must(w.Remove(w.ctx(), coordinator(), away.ID, away.Tag))(t)
	stands := must(w.Measure(w.ctx(), coordinator(), Measure{Benefit: b.ID, Data: measured("33", "2026-06-01")}))(t)
	noted := measured("30", "2026-07-01")
	noted.Note = "Ring 01019012480"
	must(w.Measure(w.ctx(), coordinator(), Measure{Benefit: b.ID, Data: noted, Confirmed: true}))(t)
	for range 2 {
		must(w.Measure(w.ctx(), coordinator(), Measure{Benefit: b.ID, Data: measured("31", "2026-08-01")}))(t)
	}
	taken := must(w.Measure(w.ctx(), coordinator(), Measure{Benefit: b.ID, Data: measured("1", "2026-05-01")}))(t)
	taken = must(w.Undo(w.ctx(), coordinator(), b.ID, taken.ID, taken.Tag, ""))(t)
	ranged := line(b, "12", "2026-04-02")
	ranged.Low, ranged.High = "14", "11"
	secret := line(b, "12", "2026-04-03")
	secret.Source = "01019012480"
	for name, c := range map[string]struct {
		line  Line
		fate  Fate
		wrong string // field and key
		holds bool
	}{
		"a new day":                    {line: line(b, "34", "2026-06-02"), fate: Adds},
		"what stands":                  {line: line(b, "33", "2026-06-01"), fate: Keeps},
		"another value":                {line: line(b, "34", "2026-06-01"), fate: Corrects},
		"a period":                     {line: Line{Benefit: b.ID, Measured: Measured{Figures: Figures{From: "2026-05-01", To: "2026-06-01", Value: "33"}}}, fate: Adds},
		"by its id, another day":       {line: Line{Benefit: b.ID, ID: stands.ID, Measured: measured("33", "2026-06-09")}, fate: Corrects},
		"by title":                     {line: Line{Title: " færre  TELEFONER", Measured: measured("3", "2026-06-01")}, fate: Adds},
		"what stands with a number":    {line: Line{Benefit: b.ID, Measured: noted}, fate: Keeps},
		"a new text with a number":     {line: secret, fate: Adds, holds: true},
		"taken out, and says so":       {line: Line{Benefit: b.ID, ID: taken.ID, Removed: true, Measured: measured("1", "2026-05-01")}, fate: Keeps},
		"taken out, put back":          {line: Line{Benefit: b.ID, ID: taken.ID, Measured: measured("1", "2026-05-01")}, fate: Corrects},
		"the day of one taken out":     {line: line(b, "2", "2026-05-01"), fate: Adds},
		"says it was taken out":        {line: Line{Benefit: b.ID, ID: stands.ID, Removed: true, Measured: measured("33", "2026-06-01")}, wrong: "removed error.batch.removed"},
		"new, and taken out":           {line: Line{Benefit: b.ID, Removed: true, Measured: measured("33", "2026-06-21")}, wrong: "removed error.batch.removed"},
		"two on that day":              {line: line(b, "31", "2026-08-01"), wrong: "to error.batch.which"},
		"no such measurement":          {line: Line{Benefit: b.ID, ID: "m-0", Measured: measured("33", "2026-06-01")}, wrong: "measurement error.measurement.unknown"},
		"nobody's":                     {line: Line{Measured: measured("33", "2026-06-01")}, wrong: "benefit error.batch.benefit.none"},
		"an unknown title":             {line: Line{Title: "Nei", Measured: measured("33", "2026-06-01")}, wrong: "benefit error.batch.benefit"},
		"a title of two":               {line: Line{Title: twins[0].Title, Measured: measured("33", "2026-06-01")}, wrong: "benefit error.batch.benefit.several"},
		"id and title disagree":        {line: Line{Benefit: b.ID, Title: phones.Title, Measured: measured("33", "2026-06-01")}, wrong: "benefit error.batch.benefit.title"},
		"an unknown id":                {line: Line{Benefit: "b-0", Measured: measured("33", "2026-06-01")}, wrong: "benefit error.batch.benefit"},
		"one that was removed":         {line: line(away, "33", "2026-06-01"), wrong: "benefit error.batch.benefit"},
		"another unit":                 {line: Line{Benefit: b.ID, Unit: Minutes, Measured: measured("33", "2026-06-11")}, wrong: "unit error.batch.unit"},
		"the same unit":                {line: Line{Benefit: phones.ID, Unit: Minutes, Measured: measured("33", "2026-06-11")}, fate: Adds},
		"a benefit without a unit":     {line: line(twins[0], "33", "2026-06-11"), wrong: "value error.measurement.unit"},
		"a day in the future":          {line: line(b, "33", "2026-11-24"), wrong: "to error.measurement.future"},
		"low above high":               {line: ranged, wrong: "low error.measurement.low-high"},
		"kroner where there are hours": {line: line(b, Read("33 kr"), "2026-06-11"), wrong: "value error.number.unit"},
	} {
		got := must(w.Weigh(w.ctx(), coordinator(), Batch{Municipality: "larvik", Lines: []Line{c.line}}))(t).Lines[0]
		wrong := ""
		if len(got.Wrong) > 0 {
			wrong = got.Wrong[0].Name + " " + got.Wrong[0].Key
		}
		if near := name == "a period"; got.Near != near {
			t.Errorf("%s: near is %t", name, got.Near)
		}
		if got.Fate != c.fate || wrong != c.wrong || got.Holds != c.holds {
			t.Errorf("%s: %q, %q, holds %t", name, got.Fate, wrong, got.Holds)
		}
	}
	// Each asks for the right to measure its own benefit, and a day stands once.
	all := must(w.Weigh(w.ctx(), leader(), Batch{Municipality: "larvik", Lines: []Line{line(b, "1", "2026-10-01"), line(phones, "1", "2026-10-01"), line(b, "2", "2026-10-01"), {Benefit: b.ID, ID: stands.ID, Measured: measured("9", "2026-06-01")}, line(b, "8", "2026-06-01")}}))(t)
	var told []string
	for _, l := range all.Lines {
		for _, f := range l.Wrong {
			told = append(told, f.Key)
		}
	}
	if !slices.Equal(told, []string{"error.batch.not-hers", "error.batch.twice", "error.batch.twice"}) {
		t.Errorf("%q", told)
	}
	only := must(w.Weigh(w.ctx(), coordinator(), Batch{Municipality: "larvik", Only: b.ID, Lines: []Line{{Measured: measured("1", "2026-10-01")}, line(phones, "1", "2026-10-01")}}))(t)
	if only.Lines[0].Of.ID != b.ID || only.Lines[1].Wrong[0].Key != "error.batch.benefit.other" {
		t.Errorf("%+v", only)
	}
	_, err := w.Weigh(w.ctx(), coordinator(), Batch{Municipality: "tokke"})
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	_, err = w.Weigh(w.ctx(), coordinator(), Batch{Municipality: "larvik", Lines: make([]Line, MaxBatch+1)})
	wantFault(t, err, fault.TooLarge, "error.batch.many")
	_, err = w.Weigh(w.ctx(), coordinator(), Batch{Municipality: "larvik", Only: away.ID})
	wantFault(t, err, fault.Conflict, "error.benefit.removed")
	many := Batch{Municipality: "larvik"}
	for i := range MaxMeasurements {
		many.Lines = append(many.Lines, line(b, "1", Day("2020-01-01").After(i)))
	}
	full := must(w.Weigh(w.ctx(), coordinator(), many))(t)
	if has := len(must(w.Benefit(w.ctx(), coordinator(), b.ID))(t).Figures); full.Count(Adds) != MaxMeasurements-has || full.Lines[MaxMeasurements-1].Wrong[0].Key != "error.measurement.many" {
		t.Errorf("%d of %d fit beside %d", full.Count(Adds), MaxMeasurements, has)
	}
}

// figuresOf are the figures that count, of several benefits.
func (w *world) figuresOf(all ...Benefit) string {
	w.t.Helper()
	said := ""
	for _, b := range all {
		for _, f := range must(w.Benefit(w.ctx(), coordinator(), b.ID))(w.t).Measured() {
			said += fmt.Sprintf("%s %+v\n", b.ID, f.Figures)
		}
		for _, m := range must(w.Measurements(w.ctx(), coordinator(), b.ID))(w.t) {
			if !m.Stands().Removed {
				said += fmt.Sprintf("%s %s %+v\n", b.ID, m.ID, m.Stands().Measured)
			}
		}
	}
	return said
}

// A batch is saved whole or not at all. Wherever it is cut off, what was measured before still counts, and the same batch sent again, by somebody else too,
// ends where it would have ended.
func TestABatchThatWasCutOffIsSentAgain(t *testing.T) {
	want, done := "", false
	for cut := 0; !done; cut++ {
		w := newWorld(t)
		b := w.add(full(), leader().Person)
		other := full()
		other.Title = "Færre telefoner"
		phones := w.add(other, leader().Person)
		w.engine.BeforeWrites(nil)
		// The ids of what was measured before differ from world to world, so that is told by its days.
		old := must(w.Measure(w.ctx(), coordinator(), Measure{Benefit: b.ID, Data: measured("33", "2026-06-01"), Edit: "one"}))(t)
		batch := SaveBatch{Batch: Batch{Municipality: "larvik", Lines: []Line{line(b, "31", "2026-06-01"), line(b, "30", "2026-07-01"), line(phones, "7", "2026-07-01"), line(phones, "6", "2026-08-01")}}, Edit: "import"}
		weighed := must(w.Weigh(w.ctx(), coordinator(), batch.Batch))(t)
		batch.Seen = seen(weighed)
		writes, crash := 0, errors.New("crash")
		w.engine.BeforeWrites(func(string, string) error {
			if writes++; writes > cut {
				return crash
			}
			return nil
		})
		_, err := w.SaveAll(w.ctx(), coordinator(), batch)
		done = err == nil
		w.engine.BeforeWrites(nil)
		if !done && cut < 4 {
			for _, x := range []Benefit{b, phones} {
				if got := must(w.Benefit(w.ctx(), coordinator(), x.ID))(t).Measured(); x.ID == b.ID && (len(got) != 1 || got[0].Value != "33") || x.ID == phones.ID && len(got) > 0 {
					t.Errorf("cut off after %d writes %s counts %+v", cut, x.Title, got)
				}
			}
		}
		for range 2 {
			again := must(w.Weigh(w.ctx(), leader(), batch.Batch))(t)
			batch.Seen = seen(again)
			must(w.SaveAll(w.ctx(), leader(), batch))(t)
		}
		got := strings.NewReplacer(string(b.ID), "b", string(phones.ID), "phones", string(old.ID), "old").Replace(w.figuresOf(b, phones))
		ids := map[string]bool{}
		for _, l := range strings.Split(got, "\n") {
			if f := strings.Fields(l); len(f) > 1 && strings.HasPrefix(f[1], "m-") {
				ids[f[1]] = true
				got = strings.ReplaceAll(got, f[1], "new")
			}
		}
		if want == "" {
			want = got
		}
		if got != want || len(ids) != 3 || strings.Count(got, "\n") != 8 {
			t.Fatalf("cut off after %d writes it ends as\n%s, and not as\n%s", cut, got, want)
		}
	}
	if !strings.Contains(want, "31") || strings.Contains(want, "33") {
		t.Errorf("%s", want)
	}
}

// With one line wrong nothing is saved; what somebody has changed since it was shown is not overwritten; a number is asked about.
func TestABatchIsSavedWholeOrNotAtAll(t *testing.T) {
	w := newWorld(t)
	b := w.add(full(), leader().Person)
	stands := must(w.Measure(w.ctx(), coordinator(), Measure{Benefit: b.ID, Data: measured("33", "2026-06-01")}))(t)
	before := w.figuresOf(b)
	save := func(lines ...Line) (SaveBatch, error) {
		batch := Batch{Municipality: "larvik", Lines: lines}
		s := SaveBatch{Batch: batch, Seen: seen(must(w.Weigh(w.ctx(), coordinator(), batch))(t)), Edit: "import"}
		_, err := w.SaveAll(w.ctx(), coordinator(), s)
		return s, err
	}
	_, err := save(line(b, "30", "2026-07-01"), line(b, "30", "2027-07-01"))
	if f := wantFault(t, err, fault.Invalid, "error.batch"); f.Detail.(BatchFault).Weighed.Lines[1].Wrong[0].Key != "error.measurement.future" {
		t.Errorf("%+v", f)
	}
	secret := line(b, "12", "2026-04-03")
	secret.Note = "01019012480"
	asked, err := save(line(b, "30", "2026-07-01"), secret)
	wantFault(t, err, fault.Invalid, "error.text.person-number")
	if now := w.figuresOf(b); now != before {
		t.Errorf("saved by half: %s", now)
	}
	batch := Batch{Municipality: "larvik", Lines: []Line{line(b, "31", "2026-06-01"), line(b, "29", "2026-07-01")}}
	late := SaveBatch{Batch: batch, Seen: seen(must(w.Weigh(w.ctx(), coordinator(), batch))(t)), Edit: "late"}
	must(w.Measure(w.ctx(), leader(), Measure{Benefit: b.ID, ID: stands.ID, Data: measured("32", "2026-06-01"), Tag: stands.Tag}))(t)
	before = w.figuresOf(b)
	_, err = w.SaveAll(w.ctx(), coordinator(), late)
	if f := wantFault(t, err, fault.Stale, "error.batch.stale"); f.Detail.(BatchFault).Weighed.Lines[0].Before.Stands().Value != "32" {
		t.Errorf("%+v", f)
	}
	if now := w.figuresOf(b); now != before {
		t.Errorf("saved by half: %s", now)
	}
	asked.Confirmed = true
	must(w.SaveAll(w.ctx(), coordinator(), asked))(t)
	if now := must(w.Benefit(w.ctx(), coordinator(), b.ID))(t).Measured(); len(now) != 3 {
		t.Errorf("%+v", now)
	}
}

// A batch is undone as one: what it added is taken out, what it corrected stands as before, and what somebody changed since stays. Sent again afterwards
// it is measured anew.
func TestABatchIsUndone(t *testing.T) {
	w := newWorld(t)
	b := w.add(full(), leader().Person)
	must(w.Measure(w.ctx(), coordinator(), Measure{Benefit: b.ID, Data: measured("33", "2026-06-01")}))(t)
	before := w.figuresOf(b)
	batch := Batch{Municipality: "larvik", Lines: []Line{line(b, "31", "2026-06-01"), line(b, "30", "2026-07-01"), line(b, "29", "2026-08-01")}}
	send := func(edit string) {
		t.Helper()
		must(w.SaveAll(w.ctx(), coordinator(), SaveBatch{Batch: batch, Seen: seen(must(w.Weigh(w.ctx(), coordinator(), batch))(t)), Edit: edit}))(t)
	}
	send("one")
	after := w.figuresOf(b)
	if n := must(w.Brought(w.ctx(), contributor(), "larvik", "one"))(t); !reflect.DeepEqual(n, map[ID]int{b.ID: 3}) {
		t.Errorf("%v", n)
	}
	if n := must(w.UndoAll(w.ctx(), contributor(), "larvik", "one"))(t); n != 0 {
		t.Errorf("who may not measure undoes %d", n)
	}
	if n := must(w.UndoAll(w.ctx(), coordinator(), "larvik", "one"))(t); n != 3 || w.figuresOf(b) != before {
		t.Errorf("%d, %s", n, w.figuresOf(b))
	}
	send("two")
	if strings.Count(w.figuresOf(b), "\n") != strings.Count(after, "\n") || len(must(w.Benefit(w.ctx(), coordinator(), b.ID))(t).Measured()) != 3 {
		t.Errorf("%s", w.figuresOf(b))
	}
	for _, m := range must(w.Measurements(w.ctx(), coordinator(), b.ID))(t) {
		if s := m.Stands(); s.To == "2026-08-01" && !s.Removed {
			must(w.Measure(w.ctx(), leader(), Measure{Benefit: b.ID, ID: m.ID, Data: measured("28", "2026-08-01"), Tag: m.Tag}))(t)
		}
	}
	if n := must(w.UndoAll(w.ctx(), coordinator(), "larvik", "two"))(t); n != 2 || !strings.Contains(w.figuresOf(b), "28") {
		t.Errorf("%d, %s", n, w.figuresOf(b))
	}
	_, err := w.UndoAll(w.ctx(), coordinator(), "tokke", "two")
	wantFault(t, err, fault.Forbidden, "error.forbidden")
}
