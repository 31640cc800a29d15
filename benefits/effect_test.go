package benefits

import (
	"fmt"
	"strings"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/org"

	"pgregory.net/rapid"
)

// noticed is an effect that nobody had planned.
func noticed(sign Sign) Data {
	return Data{Title: "Lengre kjøring", Type: SavedTime, Status: Measuring, Shared: "driving-hours", Effect: Effect{Sign: sign, Noticed: "2026-05-01", NoticedBy: "Nattpatruljen", Cause: "Batteriene", Done: "Nye ladere"}}
}

// effect adds one, measured once.
func (w *world) effect(m org.MunicipalityID, sign Sign, value Number, people int) Benefit {
	w.t.Helper()
	b, _, err := w.Add(w.ctx(), coordinatorOf(m), Add{Municipality: m, Data: noticed(sign)})
	if err != nil {
		w.t.Fatal(err)
	}
	must(w.Measure(w.ctx(), coordinatorOf(m), Measure{Benefit: b.ID, Data: Measured{Figures: Figures{To: "2026-06-01", Value: value, Low: "1", High: "100", People: people}}}))(w.t)
	return b
}

func TestAnUnexpectedEffectHasNoPlan(t *testing.T) {
	w := newWorld(t)
	b := w.effect("larvik", Worse, "5", 12)
	w.add(full(), leader().Person)
	for shelf, want := range map[Shelf]int{"": 1, Standing: 1, Unexpected: 1, Removed: 0} {
		all, _, err := w.List(w.ctx(), leader(), Filter{Municipality: "larvik", Shelf: shelf, Limit: 10})
		if err != nil || len(all) != want || want > 0 && all[0].Unexpected() != (shelf == Unexpected) {
			t.Errorf("on %q stand %+v, %v", shelf, all, err)
		}
	}
	b = must(w.Benefit(w.ctx(), leader(), b.ID))(t)
	if _, ok := b.Deviation(); ok || b.Due() != "" || b.Unit != Hours || len(b.Warnings()) != 0 {
		t.Errorf("%+v", b)
	}
	faults := func(change func(*Data), want string) {
		t.Helper()
		d := noticed(Better)
		change(&d)
		_, f := w.checked(d, "", w.Indicators)
		var got []string
		if f != nil {
			for _, x := range f.Fields {
				got = append(got, x.Name+" "+x.Key)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
	faults(func(*Data) {}, "")
	faults(func(d *Data) { d.Effect.Sign = "" }, "effect.sign error.effect.sign")
	faults(func(d *Data) { d.Effect.Noticed = "2027-01-01" }, "effect.noticed error.measurement.future")
	faults(func(d *Data) { d.Effect.Noticed = "" }, "effect.noticed error.benefit.day")
	faults(func(d *Data) { d.EffectFrom = "2026-01-01" }, "effect.sign error.effect.planned")
	faults(func(d *Data) { d.Target.Value = "7" }, "effect.sign error.effect.planned")
	faults(func(d *Data) { d.Status = HandedOver }, "status error.effect.status")
	faults(func(d *Data) { d.Effect.Cause = strings.Repeat("x", MaxText+1) }, "effect.cause error.text.long")
	// It stays what it is.
	plain, who := shared("40", "20"), leader().Person
	plain.Status = Measuring
	_, err := w.Save(w.ctx(), coordinator(), Save{ID: b.ID, Data: plain, Owner: &who, Tag: b.Tag})
	if f := wantFault(t, err, fault.Invalid, "error.effect.kind"); f.Fields[0].Name != "effect.sign" {
		t.Error(f.Fields)
	}
	_, _, err = w.Add(w.ctx(), coordinator(), Add{Municipality: "larvik", Data: Data{Title: "T", Type: SavedTime, Status: Measuring, Effect: Effect{Sign: Worse, Noticed: "2026-05-01", Cause: "Ring 01019012480"}}})
	wantFault(t, err, fault.Invalid, "error.text.person-number")
	// A size is never below nought: the sign is said apart.
	for unit, values := range map[Unit]map[Number]bool{NOK: {"-5": false, "5": true}, Score: {"0.5": true, "4.5": false}, Share: {"100": true, "101": false}, Count: {"2": true, "2.5": false}} {
		d := noticed(Worse)
		d.Shared, d.Indicator, d.Unit = "", "Noe annet", unit
		for value, ok := range values {
			if _, f := w.checkMeasured(Measured{Figures: Figures{To: "2026-06-01", Value: value}}, d); (f == nil) != ok {
				t.Errorf("%s %s: %v", value, unit, f)
			}
		}
	}
}

// What was lost counts against what was gained, everywhere, and is said apart; it leaves as it came.
func TestUnexpectedEffectsCountInTheTotals(t *testing.T) {
	w := newWorld(t)
	members := []org.MunicipalityID{"larvik", "tokke", "porsgrunn", "skien", "sandefjord"}
	for _, m := range members[2:] {
		w.person(coordinatorOf(m))
	}
	lead := org.Actor{Person: "p-lead", Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}
	regional := func() Total { t.Helper(); return must(w.RegionTotals(w.ctx(), lead, theRegion(members...)))(t)[0] }
	for _, m := range members[:3] {
		w.gain(m, shared("40", "20"), "30", 12)
	}
	before := regional()
	b := w.effect("larvik", Worse, "5", 12)
	own := must(w.Totals(w.ctx(), leader(), "larvik", true))(t)[0]
	if own.Realised.String() != "5" || own.Low.String() != "-90" || own.High.String() != "9" || own.Apart.String() != "-5" || own.ApartLow.String() != "-100" || own.Planned.Benefits != 1 || !own.ShowApart {
		t.Errorf("at home %+v", own)
	}
	if r, ok := own.Reached(); !ok || r.Part.Percent().String() != "25" {
		t.Errorf("%+v is reached", r)
	}
	if got := regional(); got.Realised.String() != "25" || got.ShowApart || !got.Apart.IsZero() || got.Unplanned.Benefits != 1 {
		t.Errorf("one municipality's can be told apart: %+v", got)
	}
	w.effect("tokke", Better, "2", 12)
	w.effect("porsgrunn", Worse, "1", 12)
	if got := regional(); got.Realised.String() != "26" || !got.ShowApart || got.Apart.String() != "-4" || got.ApartLow.String() != "-199" || got.Unplanned.Municipalities != 3 {
		t.Errorf("of three %+v", got)
	}
	few := w.effect("sandefjord", Worse, "50", 3)
	if got := regional(); got.Realised.String() != "26" || got.Few != 1 {
		t.Errorf("with a few people's %+v", got)
	}
	for _, x := range []Benefit{b, few} {
		who := coordinatorOf(x.Municipality)
		there := must(w.Benefit(w.ctx(), who, x.ID))(t)
		must(w.Remove(w.ctx(), who, x.ID, there.Tag))(t)
	}
	if got := regional(); got.Realised.String() != "31" || got.ShowApart {
		t.Errorf("without it %+v, before %+v", got, before)
	}
	must(w.Restore(w.ctx(), coordinator(), b.ID))(t)
	if got := regional(); got.Realised.String() != "26" || !got.ShowApart {
		t.Errorf("brought back %+v", got)
	}
	var all []Benefit
	for _, m := range members {
		x := Benefit{Municipality: m, Data: noticed(Better)}
		x.Tasks = []catalogue.TaskKey{"henvise"}
		all = append(all, x)
	}
	for _, c := range must(catalogues())(t) {
		if needs := needsOf(c, all, len(members)); len(needs) != 0 {
			t.Errorf("what nobody planned is to come: %v", needs)
		}
	}
}

// What is shown apart never tells what is withheld: where all that was measured is shown and what nobody had planned too, the rest may be shown as well, and so with plans.
func TestWhatIsShownApartTellsNothingThatIsWithheld(t *testing.T) {
	behind := rapid.Custom(func(t *rapid.T) Behind {
		n := rapid.IntRange(0, 6).Draw(t, "municipalities")
		return Behind{Benefits: n, Municipalities: n, Own: rapid.IntRange(0, min(1, n)).Draw(t, "own")}
	})
	rapid.Check(t, func(t *rapid.T) {
		s := Sum{Planned: behind.Draw(t, "planned"), Measured: behind.Draw(t, "measured"), Waiting: behind.Draw(t, "waiting"), Unplanned: behind.Draw(t, "unplanned"), Figures: behind.Draw(t, "figures")}
		got := shown("driving-hours", s)
		withheld := func(b Behind) bool { return b.Benefits > 0 && !org.MayShowMedian(b.sample()) }
		for name, told := range map[string]bool{
			"plans of those that wait": got.ShowPlan && got.ShowAwaited && withheld(s.Waiting), "what came of plans": got.ShowRealised && got.ShowApart && withheld(s.Measured),
			"all of it": got.ShowRealised && withheld(s.Figures), "what nobody planned": got.ShowApart && withheld(s.Unplanned), "plans": got.ShowPlan && withheld(s.Planned), "what was awaited": got.ShowAwaited && withheld(s.Measured),
		} {
			if told {
				t.Fatalf("%s can be worked out of %+v", name, got)
			}
		}
	})
}

// An effect is worth what its measurement says, with the sign, and what it may be is turned round with it.
func TestAnEffectIsWorkedOutOfItsSize(t *testing.T) {
	for sign, want := range map[Sign]string{Better: "4 5 7", Worse: "-7 -5 -4"} {
		d := noticed(sign)
		d.Unit = Hours
		b := Benefit{Data: d, Figures: []Figure{{ID: "m-1", Version: 1, Figures: Figures{To: "2026-06-01", Value: "5", Low: "4", High: "7", People: 10}}}}
		c := b.Calculate(Given{Per: Week, Today: "2026-11-23", Assumptions: nil})
		g := c.Gained
		if got := fmt.Sprint(g.Change.Low.Rounded(0), " ", g.Change.Value.Rounded(0), " ", g.Change.High.Rounded(0)); got != want || c.Planned != nil || g.Rate != nil {
			t.Errorf("%s: %s, %+v", sign, got, c)
		}
		if year := g.Year.Value.Rounded(0); year != map[Sign]Number{Better: "260", Worse: "-260"}[sign] || g.PerUser == nil {
			t.Errorf("%s: %s a year", sign, year)
		}
	}
}
