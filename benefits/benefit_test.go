package benefits

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/internal/store/mongodb"
	"helhet/internal/store/mongodb/mongotest"
	"helhet/internal/store/sqlite"
	"helhet/org"
)

// The life of a benefit gives the same on either engine.
func TestLifeOnBothEngines(t *testing.T) {
	life := func(t *testing.T, engine store.Engine) {
		w := worldOn(t, engine)
		b := w.add(full(), leader().Person)
		w.advance(time.Minute)
		second := w.add(idea(), "")
		b = w.walk(b, Planned, Measuring, Reached, Measuring, Reached, HandedOver)
		got := must(w.Benefit(w.ctx(), contributor(), b.ID))(t)
		if want := full(); got.Baseline != want.Baseline || got.Target != want.Target || got.Disposition != want.Disposition || !slices.Equal(got.Tasks, want.Tasks) || got.Owner != leader().Person || got.Status != HandedOver {
			t.Errorf("%+v", got)
		}
		list := func(f Filter) string {
			f.Municipality, f.Limit = "larvik", 10
			all, _, err := w.List(w.ctx(), contributor(), f)
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, x := range all {
				ids = append(ids, string(x.ID))
			}
			return strings.Join(ids, " ")
		}
		for _, c := range []struct {
			f    Filter
			want []ID
		}{
			{Filter{}, []ID{second.ID, b.ID}}, {Filter{Status: Idea}, []ID{second.ID}}, {Filter{Status: Planned}, nil},
			{Filter{Owner: leader().Person}, []ID{b.ID}}, {Filter{Owner: leader().Person, Status: Idea}, nil},
		} {
			if got, want := list(c.f), strings.Trim(fmt.Sprint(c.want), "[]"); got != want {
				t.Errorf("%+v: %s, want %s", c.f, got, want)
			}
		}
		if all, next, err := w.List(w.ctx(), contributor(), Filter{Municipality: "larvik", Limit: 1}); err != nil || next == "" || all[0].ID != second.ID {
			t.Error(all, next, err)
		}
		if err := w.Relay(w.ctx()); err != nil {
			t.Fatal(err)
		}
		lines, _, err := w.history.Of(w.ctx(), "larvik", 100, "")
		if err != nil || len(lines) != 8 {
			t.Errorf("%d lines, %v", len(lines), err)
		}
		for _, line := range lines {
			if text := fmt.Sprintf("%+v", line); strings.Contains(text, "tilsyn") || strings.Contains(text, "22.5") || strings.Contains(text, "Sak") {
				t.Errorf("the log tells what was written: %s", text)
			}
		}
	}
	t.Run("sqlite", func(t *testing.T) { life(t, must(sqlite.Open(t.Context(), t.TempDir()))(t)) })
	t.Run("mongodb", func(t *testing.T) { life(t, must(mongodb.Open(t.Context(), mongotest.URI(t)))(t)) })
}

// Each status asks for its own, beside each field, and for no more than that.
func TestStatusesAskForWhatTheyNeed(t *testing.T) {
	w := newWorld(t)
	for status, want := range map[Status]string{
		Idea: "", Planned: "indicator unit direction target.value target.date owner",
		Measuring: "indicator unit direction target.value target.date owner baseline.value baseline.date effectFrom",
		Reached:   "indicator unit direction target.value target.date owner baseline.value baseline.date effectFrom",
		Not:       "indicator unit direction target.value target.date owner baseline.value baseline.date effectFrom explanation",
	} {
		d := idea()
		d.Status = status
		_, f := w.checked(d, "", w.Indicators)
		got := ""
		if f != nil {
			for _, field := range f.Fields {
				if field.Key != "error.benefit.wanted."+string(status) {
					t.Errorf("%s: %+v", status, field)
				}
				got += " " + field.Name
			}
		}
		if strings.TrimSpace(got) != want {
			t.Errorf("%s asks for%s, want %s", status, got, want)
		}
		d = full()
		d.Status, d.Explanation = status, "Dekningen kom sent."
		if _, f := w.checked(d, leader().Person, w.Indicators); f != nil {
			t.Errorf("%s: %v", status, f)
		}
	}
	// What a status needs can't be taken away while it stands.
	b := w.walk(w.add(full(), leader().Person), Planned)
	d := b.Data
	d.Target = Target{}
	_, err := w.Save(w.ctx(), coordinator(), Save{ID: b.ID, Data: d, Tag: b.Tag})
	if f := wantFault(t, err, fault.Invalid, "error.benefit"); len(f.Fields) != 2 || f.Fields[0].Name != "target.value" {
		t.Errorf("%+v", f.Fields)
	}
	nobody := org.PersonID("")
	if _, err = w.Save(w.ctx(), coordinator(), Save{ID: b.ID, Data: b.Data, Owner: &nobody, Tag: b.Tag}); fault.CodeOf(err) != fault.Invalid {
		t.Error(err)
	}
	_, err = w.Give(w.ctx(), coordinator(), Give{ID: b.ID, Tag: b.Tag})
	wantFault(t, err, fault.Invalid, "error.benefit.wanted.planned")
}

// Every pair of statuses: where nobody goes straight, the fault stands beside the status; out of the line only a coordinator takes it back.
func TestStepsBetweenStatuses(t *testing.T) {
	allowed := map[Status]string{
		Idea: "planned", Planned: "idea measuring", Measuring: "planned realised partly not", Reached: "measuring partly not handed-over",
		Partly: "measuring realised not handed-over", Not: "measuring realised partly handed-over", HandedOver: "measuring",
	}
	way := map[Status][]Status{Idea: nil, Planned: {Planned}, Measuring: {Planned, Measuring}, Reached: {Planned, Measuring, Reached}, Partly: {Planned, Measuring, Partly}, Not: {Planned, Measuring, Not}, HandedOver: {Planned, Measuring, Not, HandedOver}}
	w := newWorld(t)
	for _, from := range Statuses {
		for _, to := range Statuses {
			for _, a := range []org.Actor{coordinator(), leader()} {
				d := full()
				d.Explanation = "Dekningen kom sent."
				b := w.walk(w.add(d, leader().Person), way[from]...)
				d.Status = to
				_, err := w.Save(w.ctx(), a, Save{ID: b.ID, Data: d, Tag: b.Tag})
				want := from == to || slices.Contains(strings.Fields(allowed[from]), string(to)) && (from != HandedOver || a.Person == coordinator().Person)
				if want != (err == nil) {
					t.Errorf("%s from %s to %s: %v", a.Person, from, to, err)
				}
				if err != nil {
					wantFault(t, err, fault.Invalid, "error.benefit.step")
				}
			}
		}
	}
	d := full()
	d.Status = Measuring
	_, _, err := w.Add(w.ctx(), coordinator(), Add{Municipality: "larvik", Data: d, Owner: leader().Person})
	wantFault(t, err, fault.Invalid, "error.benefit.step")
}

func TestBadValuesAreToldBesideTheirFields(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		field, key string
		spoil      func(*Data)
	}{
		{"title", "error.benefit.title", func(d *Data) { d.Title = " " }},
		{"title", "error.text.long", func(d *Data) { d.Title = strings.Repeat("å", MaxLine+1) }},
		{"title", "error.text.control", func(d *Data) { d.Title = "to\nlinjer" }},
		{"measures", "error.text.control", func(d *Data) { d.Measures = "a\x00b" }},
		{"type", "error.benefit.type", func(d *Data) { d.Type = "" }},
		{"tasks", "error.benefit.task", func(d *Data) { d.Tasks = append(d.Tasks, "nosuch") }},
		{"unit", "error.benefit.unit", func(d *Data) { d.Unit = "dollars" }},
		{"unit", "error.benefit.unit.wanted", func(d *Data) { d.Unit = "" }},
		{"direction", "error.benefit.direction", func(d *Data) { d.Direction = "up" }},
		{"baseline.value", "error.number", func(d *Data) { d.Baseline.Value = "mange" }},
		{"target.value", "error.number.negative", func(d *Data) { d.Target.Value = "-1" }},
		{"target.value", "error.benefit.target.equal", func(d *Data) { d.Target.Value = "40.00" }},
		{"baseline.low", "error.measurement.both", func(d *Data) { d.Baseline.High = "41" }},
		{"baseline.high", "error.number", func(d *Data) { d.Baseline.Low, d.Baseline.High = "39", "mye" }},
		{"baseline.low", "error.measurement.low-high", func(d *Data) { d.Baseline.Low, d.Baseline.High = "41", "39" }},
		{"baseline.value", "error.measurement.outside", func(d *Data) { d.Baseline.Low, d.Baseline.High = "41", "42" }},
		{"per", "error.benefit.per", func(d *Data) { d.Per = "decade" }},
		{"per", "error.benefit.per.shared", func(d *Data) { d.Shared, d.Per = "driving-hours", Year }},
		{"own.hourlyCost", "error.assumption.positive", func(d *Data) { d.Own = Own{HourlyCost: "0", Date: "2026-01-01", Source: "x"} }},
		{"own.hoursPerFTE", "error.number.between", func(d *Data) { d.Own = Own{HoursPerFTE: "9000", Date: "2026-01-01", Source: "x"} }},
		{"own.taskCost", "error.number.unit", func(d *Data) { d.Own = Own{TaskCost: Read("12 %"), Date: "2026-01-01", Source: "x"} }},
		{"own.date", "error.assumption.from", func(d *Data) { d.Own = Own{HourlyCost: "400", Source: "x"} }},
		{"own.source", "error.assumption.source", func(d *Data) { d.Own = Own{HourlyCost: "400", Date: "2026-01-01"} }},
		{"baseline.date", "error.benefit.day", func(d *Data) { d.Baseline.Date = "2026-02-30" }},
		{"baseline.date", "error.measurement.future", func(d *Data) { d.Baseline.Date = "2099-01-01" }},
		{"target.date", "error.benefit.day", func(d *Data) { d.Target.Date = "0026-01-01" }},
		{"target.date", "error.benefit.target.early", func(d *Data) { d.Target.Date, d.EffectFrom = "2026-03-01", "2026-03-02" }},
		{"effectFrom", "error.benefit.day", func(d *Data) { d.EffectFrom = "i morgen" }},
		{"disposition.budgetCut", "error.benefit.disposition", func(d *Data) { d.Disposition.Other = 1 }},
		{"disposition.capacity", "error.benefit.percent", func(d *Data) { d.Disposition.Capacity = -1 }},
		{"status", "error.benefit.status", func(d *Data) { d.Status = "done" }},
	} {
		d := full()
		c.spoil(&d)
		_, _, err := w.Add(w.ctx(), coordinator(), Add{Municipality: "larvik", Data: d})
		if f := wantFault(t, err, fault.Invalid, "error.benefit"); f.Fields[0].Name != c.field || f.Fields[0].Key != c.key {
			t.Errorf("%s (%s): %+v", c.field, c.key, f.Fields)
		}
	}
	for _, owner := range []org.PersonID{"p-nobody", "p-leader-tokke", "\xff", org.PersonID(strings.Repeat("x", 2000))} {
		_, _, err := w.Add(w.ctx(), coordinator(), Add{Municipality: "larvik", Data: idea(), Owner: owner})
		if f := wantFault(t, err, fault.Invalid, "error.benefit.owner"); f.Fields[0].Name != "owner" {
			t.Errorf("%.20q: %+v", owner, f.Fields)
		}
	}
	if all, _, err := w.List(w.ctx(), coordinator(), Filter{Municipality: "larvik", Limit: 10}); err != nil || len(all) != 0 {
		t.Error(all, err)
	}
}

func TestPersonNumbersAreAskedAbout(t *testing.T) {
	w := newWorld(t)
	const number = "01019012480"
	texts := len(Data{}.texts(Data{}))
	for i := range texts {
		d := full()
		field := d.texts(Data{})[i].field
		if strings.HasPrefix(field, "effect.") {
			d = noticed(Better)
		}
		write := map[string]*string{"title": &d.Title, "technology": &d.Technology, "stakeholder": &d.Stakeholder, "indicator": &d.Indicator, "baseline.method": &d.Baseline.Method, "baseline.source": &d.Baseline.Source,
			"assumptions": &d.Assumptions, "measures": &d.Measures, "risk": &d.Risk, "uncertainty": &d.Uncertainty, "own.source": &d.Own.Source, "disposition.decision": &d.Disposition.Decision, "explanation": &d.Explanation,
			"effect.noticedBy": &d.Effect.NoticedBy, "effect.cause": &d.Effect.Cause, "effect.done": &d.Effect.Done}
		*write[field] = "Gjelder " + number
		_, _, err := w.Add(w.ctx(), coordinator(), Add{Municipality: "larvik", Data: d})
		if f := wantFault(t, err, fault.Invalid, "error.text.person-number"); len(f.Fields) != 2 || f.Fields[0].Name != field || strings.Contains(fmt.Sprint(f), number) {
			t.Errorf("%s: %v", field, f)
		}
		b, _, err := w.Add(w.ctx(), coordinator(), Add{Municipality: "larvik", Data: d, Confirmed: true})
		if err != nil {
			t.Fatal(err)
		}
		b.Data.Type = IncreasedQuality // what stands is not asked about again
		must(w.Save(w.ctx(), coordinator(), Save{ID: b.ID, Data: b.Data, Tag: b.Tag}))(t)
	}
	if free := stringFields(reflect.TypeFor[Data]()); free != texts {
		t.Errorf("%d of %d free texts are looked at", texts, free)
	}
}

// stringFields counts the plain strings of a type: free texts.
func stringFields(typ reflect.Type) int {
	n := 0
	for i := range typ.NumField() {
		switch f := typ.Field(i).Type; {
		case f == reflect.TypeFor[string]():
			n++
		case f.Kind() == reflect.Struct:
			n += stringFields(f)
		}
	}
	return n
}

func TestTwoNeverOverwriteEachOther(t *testing.T) {
	w := newWorld(t)
	b := w.add(full(), leader().Person)
	mine, theirs := b.Data, b.Data
	mine.Risk, theirs.Risk = "Min", "Deres"
	now := must(w.Save(w.ctx(), leader(), Save{ID: b.ID, Data: theirs, Tag: b.Tag, Edit: "theirs"}))(t)
	_, err := w.Save(w.ctx(), coordinator(), Save{ID: b.ID, Data: mine, Tag: b.Tag})
	lost, ok := wantFault(t, err, fault.Stale, "error.benefit.stale").Detail.(Lost)
	if !ok || lost.Yours.Risk != "Min" || lost.Theirs.Risk != "Deres" || lost.Theirs.By != leader().Person || lost.Theirs.Tag != now.Tag {
		t.Errorf("%+v", lost)
	}
	_, err = w.Save(w.ctx(), coordinator(), Save{ID: b.ID, Data: mine})
	wantFault(t, err, fault.TagRequired, "error.tag.required")
	_, err = w.Give(w.ctx(), coordinator(), Give{ID: b.ID, Owner: "", Tag: b.Tag})
	wantFault(t, err, fault.Stale, "error.benefit.stale")
	again := must(w.Save(w.ctx(), leader(), Save{ID: b.ID, Data: theirs, Tag: b.Tag, Edit: "theirs"}))(t) // sent twice
	if again.Tag != now.Tag {
		t.Error("the same edit was saved twice")
	}
	for range 2 {
		one, _, err := w.Add(w.ctx(), coordinator(), Add{Municipality: "larvik", Data: idea(), Edit: "once"})
		if err != nil || one.ID == "" {
			t.Fatal(err)
		}
	}
	if all, _, err := w.List(w.ctx(), coordinator(), Filter{Municipality: "larvik", Limit: 10}); err != nil || len(all) != 2 {
		t.Errorf("%d benefits, %v", len(all), err)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	w := newWorld(t)
	hers, other := w.add(idea(), leader().Person), w.add(idea(), contributor().Person)
	lead := org.Actor{Person: "p-lead", Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}
	admin, neighbour := org.Actor{Person: "p-admin", Grants: []org.Grant{{Role: org.Administrator}}}, as(org.Coordinator, "tokke")
	save := func(a org.Actor, b Benefit) fault.Code {
		b = must(w.Benefit(w.ctx(), coordinator(), b.ID))(t)
		_, err := w.Save(w.ctx(), a, Save{ID: b.ID, Data: b.Data, Tag: b.Tag})
		return fault.CodeOf(err)
	}
	for _, c := range []struct {
		a    org.Actor
		b    Benefit
		want fault.Code
	}{
		{coordinator(), hers, ""}, {leader(), hers, ""}, {contributor(), other, ""}, {leader(), other, fault.Forbidden}, {contributor(), hers, fault.Forbidden},
		{neighbour, hers, fault.NotFound}, {lead, hers, fault.NotFound}, {admin, hers, fault.NotFound}, {org.Actor{}, hers, fault.NotFound},
	} {
		if got := save(c.a, c.b); got != c.want {
			t.Errorf("%s saves: %q, want %q", c.a.Person, got, c.want)
		}
	}
	for _, a := range []org.Actor{neighbour, lead, admin, {}} {
		_, _, err := w.List(w.ctx(), a, Filter{Municipality: "larvik", Limit: 1})
		_, _, added := w.Add(w.ctx(), a, Add{Municipality: "larvik", Data: idea()})
		if fault.CodeOf(err) != fault.Forbidden || fault.CodeOf(added) != fault.Forbidden {
			t.Errorf("%s lists: %v, adds: %v", a.Person, err, added)
		}
	}
	// The owner hands hers over, and edits it no more; whoever does not own it gives nothing.
	give := func(a org.Actor, id ID, to org.PersonID) error {
		_, err := w.Give(w.ctx(), a, Give{ID: id, Owner: to, Tag: must(w.Benefit(w.ctx(), coordinator(), id))(t).Tag})
		return err
	}
	wantFault(t, give(contributor(), hers.ID, contributor().Person), fault.Forbidden, "error.forbidden")
	if err := give(leader(), hers.ID, contributor().Person); err != nil {
		t.Error(err)
	}
	wantFault(t, give(leader(), hers.ID, leader().Person), fault.Forbidden, "error.forbidden")
	if save(leader(), hers) != fault.Forbidden || save(contributor(), hers) != "" {
		t.Error("handing over gives and takes the right to edit")
	}
}

func TestWarnings(t *testing.T) {
	d := full()
	if all := d.Warnings(); len(all) != 0 {
		t.Error(all)
	}
	d.Baseline.Date = "2026-03-02"
	d.Target.Value = "41"
	if all := d.Warnings(); !slices.Equal(all, []Warning{BaselineLate, TargetAgainst}) {
		t.Error(all)
	}
	if d.EffectFrom, d.Direction = "2026-03-02", More; len(d.Warnings()) != 0 {
		t.Errorf("on the day itself it is not late: %v", d.Warnings())
	}
}

// Who leaves hands over what she owned, where somebody may who manages her; who is deleted owns nothing.
func TestWhatSomebodyOwnedIsHandedOver(t *testing.T) {
	w := newWorld(t)
	var hers []Benefit
	for range 3 {
		hers = append(hers, w.add(idea(), leader().Person))
		w.advance(time.Second)
	}
	seam := w.Owned()
	from := must(w.People.Get(w.ctx(), leader().Person))(t)
	to := must(w.People.Get(w.ctx(), contributor().Person))(t)
	stranger := must(w.People.Get(w.ctx(), "p-leader-tokke"))(t)
	for _, c := range []struct {
		a    org.Actor
		to   org.Person
		want int
	}{{contributor(), to, 0}, {as(org.Coordinator, "tokke"), to, 0}, {coordinator(), stranger, 0}, {coordinator(), from, 0}, {coordinator(), to, 3}, {coordinator(), to, 0}} {
		if n, err := seam.HandOver(w.ctx(), c.a, from, c.to); n != c.want || err != nil {
			t.Errorf("%s hands over %d (%v), want %d", c.a.Person, n, err, c.want)
		}
	}
	if any, err := seam.Any(w.ctx(), from.ID, []org.MunicipalityID{"larvik"}); any || err != nil {
		t.Error(any, err)
	}
	for place, want := range map[org.MunicipalityID]bool{"larvik": true, "tokke": false} {
		if any, err := seam.Any(w.ctx(), to.ID, []org.MunicipalityID{place}); any != want || err != nil {
			t.Errorf("she owns something in %s: %t, %v", place, any, err)
		}
	}
	if mine := must(w.OwnedBy(w.ctx(), contributor()))(t); len(mine) != 3 {
		t.Errorf("%d are hers now", len(mine))
	}
	_, err := w.Save(w.ctx(), coordinator(), Save{ID: hers[0].ID, Data: hers[0].Data, Tag: hers[0].Tag}) // open all the while
	wantFault(t, err, fault.Stale, "error.benefit.stale")
	for range 2 {
		if err := w.Forget(w.ctx(), org.Departed{ID: to.ID, By: "p-coordinator-larvik"}); err != nil {
			t.Fatal(err)
		}
	}
	if b := must(w.Benefit(w.ctx(), coordinator(), hers[0].ID))(t); b.Owner != "" {
		t.Errorf("%+v", b)
	}
}

func TestAMunicipalityThatLeavesTakesItsBenefitsAlong(t *testing.T) {
	w := newWorld(t)
	w.add(full(), leader().Person)
	w.add(idea(), "")
	other, _, err := w.Add(w.ctx(), as(org.Coordinator, "tokke"), Add{Municipality: "tokke", Data: idea()})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	visit := func(Benefit) error { count++; return nil }
	if err := w.EachOf(w.ctx(), coordinator(), "larvik", visit); err != nil || count != 2 {
		t.Error(count, err)
	}
	for _, a := range []org.Actor{leader(), as(org.Coordinator, "tokke")} {
		wantFault(t, w.EachOf(w.ctx(), a, "larvik", visit), fault.Forbidden, "error.forbidden")
	}
	wantFault(t, w.DeleteOf(w.ctx(), coordinator(), "larvik"), fault.Forbidden, "error.forbidden")
	for range 2 {
		if err := w.DeleteOf(w.ctx(), org.SystemActor("departures"), "larvik"); err != nil {
			t.Fatal(err)
		}
	}
	if all, _, err := w.List(w.ctx(), coordinator(), Filter{Municipality: "larvik", Limit: 10}); err != nil || len(all) != 0 {
		t.Error(all, err)
	}
	must(w.Benefit(w.ctx(), as(org.Coordinator, "tokke"), other.ID))(t)
}

// One benefit more than there can be is refused beside its title, so that the form keeps what was typed; what was added before is still found by its edit.
func TestOneBenefitTooMany(t *testing.T) {
	w := newWorld(t)
	one := Add{Municipality: "larvik", Data: full(), Edit: "first"}
	first, _, err := w.Add(w.ctx(), coordinator(), one)
	if err != nil {
		t.Fatal(err)
	}
	for range MaxBenefits - 1 {
		w.add(one.Data, "")
	}
	again, made, err := w.Add(w.ctx(), coordinator(), one)
	if err != nil || made || again.ID != first.ID {
		t.Errorf("sent again it is %s (%v), want %s: %v", again.ID, made, first.ID, err)
	}
	one.Edit = "another"
	_, _, err = w.Add(w.ctx(), coordinator(), one)
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != "title" || f.Fields[0].Key != "error.benefit.many" {
		t.Errorf("%+v", err)
	}
}
