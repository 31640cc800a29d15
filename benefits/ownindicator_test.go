package benefits

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"helhet/internal/events"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/internal/store/mongodb"
	"helhet/internal/store/mongodb/mongotest"
	"helhet/internal/store/sqlite"
	"helhet/org"

	"pgregory.net/rapid"
)

func ownOf(name string) OwnData {
	return OwnData{Name: name, Type: SavedTime, Unit: Hours, Per: Week, Direction: Less, Measure: "Sjåførene skriver ned i to uker.", Pitfalls: "Ferie gir for lave tall."}
}

func (w *world) indicator(in SetIndicator) OwnIndicator {
	w.t.Helper()
	in.Municipality = "larvik"
	return must(w.SetIndicator(w.ctx(), coordinator(), in))(w.t)
}

// on is a benefit with a plan on an indicator.
func on(k IndicatorKey, baseline, target Number) Data {
	d := shared(baseline, target)
	d.Shared, d.Per = k, ""
	return d
}

// An indicator of the municipality's own is added, changed, retired and taken back, and keeps what it was.
func TestAnOwnIndicatorsLife(t *testing.T) {
	life := func(t *testing.T, engine store.Engine) {
		w := worldOn(t, engine)
		first := w.indicator(SetIndicator{Data: ownOf("  Timer til lageret "), Edit: "one"})
		if again := w.indicator(SetIndicator{Data: ownOf("Timer til lageret"), Edit: "one"}); again.Tag != first.Tag || first.Stands().Name != "Timer til lageret" || first.Stands().By != coordinator().Person {
			t.Errorf("%+v, %+v", first, again)
		}
		other := w.indicator(SetIndicator{Data: ownOf("Timer i kø"), Edit: "two"})
		data := ownOf("Kjøring til lageret")
		data.Unit, data.Type = Kilometres, AvoidedCost
		saved := w.indicator(SetIndicator{Key: first.Key, Data: data, Tag: first.Tag, Edit: "three"})
		if again := w.indicator(SetIndicator{Key: first.Key, Data: data, Tag: first.Tag, Edit: "three"}); again.Tag != saved.Tag || len(saved.Versions) != 2 {
			t.Errorf("%+v, %+v", saved, again)
		}
		_, err := w.SetIndicator(w.ctx(), coordinator(), SetIndicator{Municipality: "larvik", Key: first.Key, Data: ownOf("Noe annet"), Tag: first.Tag})
		if lost := wantFault(t, err, fault.Stale, "error.indicator.stale").Detail.(LostIndicator); lost.Theirs.Stands().Name != "Kjøring til lageret" || lost.Yours.Name != "Noe annet" {
			t.Errorf("%+v", lost)
		}
		_, err = w.SetIndicator(w.ctx(), coordinator(), SetIndicator{Municipality: "larvik", Key: first.Key, Data: data})
		wantFault(t, err, fault.TagRequired, "error.tag.required")
		undone := must(w.UndoIndicator(w.ctx(), coordinator(), "larvik", first.Key, saved.Tag, ""))(t)
		if undone.Stands().OwnData != first.Stands().OwnData || len(undone.Versions) != 3 {
			t.Errorf("%+v", undone)
		}
		again := must(w.UndoIndicator(w.ctx(), coordinator(), "larvik", first.Key, undone.Tag, ""))(t)
		if again.Stands().OwnData != data {
			t.Errorf("undone twice it is %+v", again.Stands())
		}
		gone := w.indicator(SetIndicator{Key: other.Key, Retire: true, Tag: other.Tag})
		all := must(w.OwnIndicators(w.ctx(), contributor(), "larvik"))(t)
		if len(all) != 2 || all[0].Key != first.Key || all[1].Key != other.Key || !all[1].Stands().Retired {
			t.Errorf("%+v", all)
		}
		// What is retired gives its name away, and is not put back while another has it.
		taker := w.indicator(SetIndicator{Data: ownOf("timer  I kø")})
		_, err = w.UndoIndicator(w.ctx(), coordinator(), "larvik", other.Key, gone.Tag, "")
		wantFault(t, err, fault.Conflict, "error.indicator.same")
		w.indicator(SetIndicator{Key: taker.Key, Retire: true, Tag: taker.Tag})
		if back := must(w.UndoIndicator(w.ctx(), coordinator(), "larvik", other.Key, gone.Tag, ""))(t); back.Stands().Retired {
			t.Errorf("%+v", back)
		}
		for range 2 * ownVersions {
			again = w.indicator(SetIndicator{Key: first.Key, Data: OwnData{Name: again.Stands().Name + "x", Type: SavedTime, Unit: Hours, Direction: Less}, Tag: again.Tag})
		}
		if n := len(again.Versions); n != ownVersions {
			t.Errorf("%d versions are kept", n)
		}
		var told []string
		must(w.history.Relay(w.ctx(), 500))(t)
		entries, _, err := w.history.List(w.ctx(), events.Filter{Scope: "larvik", Limit: 200})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Type, "indicator.") {
				told = append(told, e.Type)
			}
			if strings.Contains(fmt.Sprint(e.Data), "lageret") {
				t.Errorf("%s tells %v", e.Type, e.Data)
			}
		}
		for _, kind := range []string{"indicator.added", "indicator.saved", "indicator.retired", "indicator.undone"} {
			if !slices.Contains(told, kind) {
				t.Errorf("%s is not told: %v", kind, told)
			}
		}
	}
	t.Run("sqlite", func(t *testing.T) { life(t, must(sqlite.Open(t.Context(), t.TempDir()))(t)) })
	t.Run("mongodb", func(t *testing.T) { life(t, must(mongodb.Open(t.Context(), mongotest.URI(t)))(t)) })
}

// What can't be kept is refused beside its field.
func TestBadOwnIndicators(t *testing.T) {
	w := newWorld(t)
	w.indicator(SetIndicator{Data: ownOf("Timer i kø")})
	for name, c := range map[string]struct {
		field, key string
		change     func(*OwnData)
	}{
		"no name":                        {"name", "error.indicator.name", func(d *OwnData) { d.Name = "  " }},
		"the name of another":            {"name", "error.indicator.same", func(d *OwnData) { d.Name = " TIMER i  Kø" }},
		"a shared one's name":            {"name", "error.indicator.same.shared", func(d *OwnData) { d.Name = w.Indicators.In("nb", "driving-hours").Name }},
		"a shared one's name, in nn":     {"name", "error.indicator.same.shared", func(d *OwnData) { d.Name = strings.ToUpper(w.Indicators.In("nn", "driving-hours").Name) }},
		"a long name":                    {"name", "error.text.long", func(d *OwnData) { d.Name = strings.Repeat("å", maxIndicatorName+1) }},
		"a name of two lines":            {"name", "error.text.control", func(d *OwnData) { d.Name = "To\nlinjer" }},
		"a name with a person's number":  {"name", "error.text.person-number", func(d *OwnData) { d.Name = "Timer hos 01010750160" }},
		"an unknown type":                {"type", "error.benefit.type", func(d *OwnData) { d.Type = "joy" }},
		"no unit":                        {"unit", "error.benefit.unit", func(d *OwnData) { d.Unit = "" }},
		"an unknown unit":                {"unit", "error.benefit.unit", func(d *OwnData) { d.Unit = "stones" }},
		"an unknown time":                {"per", "error.benefit.per", func(d *OwnData) { d.Per = "decade" }},
		"no direction":                   {"direction", "error.benefit.direction", func(d *OwnData) { d.Direction = "" }},
		"too long a way to measure":      {"measure", "error.text.long", func(d *OwnData) { d.Measure = strings.Repeat("x", MaxOwnText+1) }},
		"too long pitfalls":              {"pitfalls", "error.text.long", func(d *OwnData) { d.Pitfalls = strings.Repeat("x", MaxOwnText+1) }},
		"a person's number in a pitfall": {"pitfalls", "error.text.person-number", func(d *OwnData) { d.Pitfalls = "01010750160 var syk." }},
	} {
		d := ownOf("En ny")
		c.change(&d)
		_, err := w.SetIndicator(w.ctx(), coordinator(), SetIndicator{Municipality: "larvik", Data: d})
		if f := faultIn(err); f == nil || f.Code != fault.Invalid || f.Fields[0].Name != c.field || f.Fields[0].Key != c.key {
			t.Errorf("%s: %+v", name, err)
		}
	}
	d := ownOf("Timer hos 01010750160")
	if _, err := w.SetIndicator(w.ctx(), coordinator(), SetIndicator{Municipality: "larvik", Data: d, Confirmed: true}); err != nil {
		t.Error(err)
	}
	for _, who := range []org.Actor{leader(), contributor(), as(org.Coordinator, "tokke")} {
		_, err := w.SetIndicator(w.ctx(), who, SetIndicator{Municipality: "larvik", Data: ownOf("En ny")})
		wantFault(t, err, fault.Forbidden, "error.forbidden")
	}
	if _, err := w.OwnIndicators(w.ctx(), as(org.Coordinator, "tokke"), "larvik"); fault.CodeOf(err) != fault.Forbidden {
		t.Error(err)
	}
	if all := must(w.OwnIndicators(w.ctx(), contributor(), "larvik"))(t); len(all) != 2 {
		t.Errorf("%d are kept", len(all))
	}
	// There is room for so many; what was retired and never used makes room, what was used does not.
	var last OwnIndicator
	for n := range MaxOwnIndicators - 2 {
		last = w.indicator(SetIndicator{Data: ownOf(fmt.Sprint("Nummer ", n))})
	}
	w.add(on(last.Key, "40", "20"), leader().Person)
	retired := w.indicator(SetIndicator{Key: last.Key, Retire: true, Tag: last.Tag})
	_, err := w.SetIndicator(w.ctx(), coordinator(), SetIndicator{Municipality: "larvik", Data: ownOf("En ny")})
	if f := wantFault(t, err, fault.Invalid, "error.indicator.many"); f.Fields[0].Name != "name" {
		t.Errorf("%+v", f)
	}
	inWords := full()
	inWords.Indicator, inWords.Per, inWords.Status = "En ny", Week, Planned
	_, _, err = w.Add(w.ctx(), coordinator(), Add{Municipality: "larvik", Data: inWords, Owner: leader().Person, Entry: &Entry{}})
	if f := wantFault(t, err, fault.Invalid, "error.indicator.many"); f.Fields[0].Name != "indicator" {
		t.Errorf("%+v", f)
	}
	all := must(w.OwnIndicators(w.ctx(), contributor(), "larvik"))(t)
	w.indicator(SetIndicator{Key: all[0].Key, Retire: true, Tag: all[0].Tag})
	w.indicator(SetIndicator{Data: ownOf("En ny")})
	if _, err := w.OwnIndicator(w.ctx(), contributor(), "larvik", all[0].Key); fault.CodeOf(err) != fault.NotFound {
		t.Error(err)
	}
	if there := must(w.OwnIndicator(w.ctx(), contributor(), "larvik", last.Key))(t); there.Tag != retired.Tag {
		t.Error(there)
	}
}

// A benefit is put on it as on a shared one. From then on nobody changes what its figures mean, and its words may change.
func TestABenefitOnAnOwnIndicator(t *testing.T) {
	w := newWorld(t)
	i := w.indicator(SetIndicator{Data: ownOf("Timer til lageret")})
	d := on(i.Key, "40", "20")
	d.Unit, d.Direction = "", ""
	b := w.add(d, leader().Person)
	if b.Unit != Hours || b.Per != Week || b.Direction != Less || !w.Adds(b) {
		t.Errorf("%+v", b.Data)
	}
	for field, change := range map[string]func(*Data){"unit": func(d *Data) { d.Unit = NOK }, "per": func(d *Data) { d.Per = Year }, "direction": func(d *Data) { d.Direction = More }} {
		d := on(i.Key, "40", "20")
		change(&d)
		_, _, err := w.Add(w.ctx(), coordinator(), Add{Municipality: "larvik", Data: d, Owner: leader().Person})
		if f := wantFault(t, err, fault.Invalid, "error.benefit"); f.Fields[0].Name != field {
			t.Errorf("%s: %+v", field, f)
		}
	}
	_, _, err := w.Add(w.ctx(), as(org.Coordinator, "tokke"), Add{Municipality: "tokke", Data: on(i.Key, "40", "20"), Owner: as(org.Leader, "tokke").Person})
	if f := wantFault(t, err, fault.Invalid, "error.benefit"); f.Fields[0].Key != "error.benefit.shared" {
		t.Errorf("another municipality's: %+v", f)
	}
	if n := must(w.Uses(w.ctx(), contributor(), "larvik"))(t)[i.Key]; n != 1 {
		t.Errorf("%d use it", n)
	}
	// The form that was open when it was picked is not in the way.
	data := ownOf("Kjøring til lageret")
	data.Measure, data.Pitfalls, data.Type = "Se kjøreboka.", "", AvoidedCost
	i = w.indicator(SetIndicator{Key: i.Key, Data: data, Tag: i.Tag})
	for field, change := range map[string]func(*OwnData){"unit": func(d *OwnData) { d.Unit = Minutes }, "per": func(d *OwnData) { d.Per = "" }, "direction": func(d *OwnData) { d.Direction = More }} {
		d := data
		change(&d)
		_, err := w.SetIndicator(w.ctx(), coordinator(), SetIndicator{Municipality: "larvik", Key: i.Key, Data: d, Tag: i.Tag})
		if f := wantFault(t, err, fault.Invalid, "error.indicator"); f.Fields[0].Name != field || f.Fields[0].Key != "error.indicator.used" || f.Fields[0].Args[1] != 1 {
			t.Errorf("%s: %+v", field, f)
		}
	}
	// Retired it stays with the benefit that is on it, and takes no other.
	i = w.indicator(SetIndicator{Key: i.Key, Retire: true, Tag: i.Tag})
	b = w.walk(b, Measuring)
	_, _, err = w.Add(w.ctx(), coordinator(), Add{Municipality: "larvik", Data: on(i.Key, "40", "20"), Owner: leader().Person})
	if f := wantFault(t, err, fault.Invalid, "error.benefit"); f.Fields[0].Key != "error.benefit.shared.retired" {
		t.Errorf("%+v", f)
	}
	if known := must(w.Known(w.ctx(), contributor(), "larvik"))(t); known.In("nn", i.Key).Name != "Kjøring til lageret" || len(known.All()) != len(w.Indicators.All())+1 {
		t.Errorf("%+v", known.own)
	}
	// Taken off again it was used, and figures may have been measured by it.
	d = b.Data
	d.Shared, d.Indicator = "", "Egne ord"
	b = must(w.Save(w.ctx(), coordinator(), Save{ID: b.ID, Data: d, Tag: b.Tag}))(t)
	data.Unit = Minutes
	_, err = w.SetIndicator(w.ctx(), coordinator(), SetIndicator{Municipality: "larvik", Key: i.Key, Data: data, Tag: i.Tag})
	if f := wantFault(t, err, fault.Invalid, "error.indicator"); f.Fields[0].Key != "error.indicator.used.before" {
		t.Errorf("%+v", f)
	}
}

// Undoing brings back no other meaning either.
func TestUndoingKeepsWhatFiguresMean(t *testing.T) {
	w := newWorld(t)
	i := w.indicator(SetIndicator{Data: ownOf("Timer til lageret")})
	data := i.Stands().OwnData
	data.Unit = Minutes
	i = w.indicator(SetIndicator{Key: i.Key, Data: data, Tag: i.Tag})
	d := on(i.Key, "40", "20")
	d.Unit = ""
	w.add(d, leader().Person)
	_, err := w.UndoIndicator(w.ctx(), coordinator(), "larvik", i.Key, i.Tag, "")
	wantFault(t, err, fault.Conflict, "error.indicator.used")
}

// Somebody changes what it is counted in between its being read and the benefit's being written: the benefit is refused, and nothing says hours of minutes.
func TestABenefitLosesTheRaceForAnIndicator(t *testing.T) {
	w := newWorld(t)
	i := w.indicator(SetIndicator{Data: ownOf("Timer til lageret")})
	data := i.Stands().OwnData
	data.Unit = Minutes
	known := must(w.Known(w.ctx(), coordinator(), "larvik"))(t)
	d, wrong := w.checked(on(i.Key, "40", "20"), leader().Person, known)
	if wrong != nil {
		t.Fatal(wrong)
	}
	w.indicator(SetIndicator{Key: i.Key, Data: data, Tag: i.Tag})
	wantFault(t, w.pick(w.ctx(), "test", "larvik", d), fault.Invalid, "error.benefit.shared.changed")
	if i := must(w.OwnIndicator(w.ctx(), coordinator(), "larvik", i.Key))(t); i.Picked {
		t.Error("it is picked")
	}
}

// Words on a benefit become an indicator on the way, with all that stands beside them; measured ones too, since figures mean the same. And back.
func TestWordsBecomeAnIndicator(t *testing.T) {
	w := newWorld(t)
	d := full()
	d.Indicator, d.Per, d.Status = "Timer til lageret", Week, Planned
	add := Add{Municipality: "larvik", Data: d, Owner: leader().Person, Entry: &Entry{Measure: "Les kjøreboka.", Pitfalls: "Ferie."}, Edit: "e-1"}
	// Nothing is made while something is wrong.
	wrong := add
	wrong.Data.Title, wrong.Data.Indicator, wrong.Data.Direction = "", "", ""
	_, _, err := w.Add(w.ctx(), coordinator(), wrong)
	f := wantFault(t, err, fault.Invalid, "error.benefit")
	var fields []string
	for _, x := range f.Fields {
		fields = append(fields, x.Name)
	}
	if got := strings.Join(fields, " "); got != "title indicator direction" {
		t.Errorf("faults are beside %s", got)
	}
	both := add
	both.Data.Shared, both.Data.Per = "driving-hours", ""
	_, _, err = w.Add(w.ctx(), coordinator(), both)
	if f := wantFault(t, err, fault.Invalid, "error.benefit"); !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Key == "error.indicator.either" }) {
		t.Errorf("%+v", f)
	}
	if all := must(w.OwnIndicators(w.ctx(), contributor(), "larvik"))(t); len(all) != 0 {
		t.Fatalf("%+v", all)
	}
	b, made, err := w.Add(w.ctx(), coordinator(), add)
	if err != nil || !made || !b.Shared.Own() || b.Indicator != "" || b.Unit != Hours {
		t.Fatalf("%+v, %v", b.Data, err)
	}
	if again, made, err := w.Add(w.ctx(), coordinator(), add); err != nil || made || again.ID != b.ID {
		t.Errorf("%t %v", made, err)
	}
	all := must(w.OwnIndicators(w.ctx(), contributor(), "larvik"))(t)
	if len(all) != 1 || all[0].Key != b.Shared || !all[0].Picked || all[0].Stands().OwnData != (OwnData{"Timer til lageret", SavedTime, Hours, Week, Less, "Les kjøreboka.", "Ferie."}) {
		t.Fatalf("%+v", all)
	}
	// Another that says the same in words, and is measured, joins it with a click; the same name made anew is refused.
	other := w.walk(w.add(d, leader().Person), Measuring)
	must(w.Measure(w.ctx(), leader(), Measure{Benefit: other.ID, Data: measured("30", "2026-06-01")}))(t)
	other = must(w.Benefit(w.ctx(), leader(), other.ID))(t)
	save := Save{ID: other.ID, Data: other.Data, Tag: other.Tag, Entry: &Entry{}, Edit: "e-2"}
	_, err = w.Save(w.ctx(), coordinator(), save)
	if f := wantFault(t, err, fault.Invalid, "error.benefit"); f.Fields[0].Name != "indicator" || f.Fields[0].Key != "error.indicator.same" {
		t.Errorf("%+v", f)
	}
	_, err = w.Save(w.ctx(), leader(), save)
	wantFault(t, err, fault.Forbidden, "error.forbidden")
	save.Entry.Join = true
	for range 2 {
		if other = must(w.Save(w.ctx(), coordinator(), save))(t); other.Shared != b.Shared || other.Indicator != "" {
			t.Errorf("%+v", other.Data)
		}
	}
	if all := must(w.Totals(w.ctx(), leader(), "larvik", true))(t); len(all) != 1 || all[0].Indicator != b.Shared || all[0].Planned.Benefits != 2 || all[0].Realised.String() != "10" {
		t.Errorf("%+v", all)
	}
	back := other.Data
	back.Shared, back.Indicator = "", "Timer til lageret"
	other = must(w.Save(w.ctx(), coordinator(), Save{ID: other.ID, Data: back, Tag: other.Tag}))(t)
	if all := must(w.Totals(w.ctx(), leader(), "larvik", true))(t); all[0].Planned.Benefits != 1 {
		t.Errorf("%+v", all)
	}
	back.Shared = "driving-hours"
	_, err = w.Save(w.ctx(), coordinator(), Save{ID: other.ID, Data: back, Tag: other.Tag})
	wantFault(t, err, fault.Invalid, "error.benefit.unit.measured")
	less := other.Data
	less.Shared, less.Direction = b.Shared, ""
	if kept := must(w.Save(w.ctx(), coordinator(), Save{ID: other.ID, Data: less, Tag: other.Tag}))(t); kept.Direction != Less {
		t.Errorf("%+v", kept.Data)
	}
}

// What is measured goes to no other of the municipality's own indicators, however alike they are, neither at once nor by way of words. To words it goes, and back to the same.
func TestWhatIsMeasuredGoesToNoOtherOwnIndicator(t *testing.T) {
	w := newWorld(t)
	lorry, queue := w.indicator(SetIndicator{Data: ownOf("Timer til lageret")}), w.indicator(SetIndicator{Data: ownOf("Timer i kø")})
	average := ownOf("Timer hos én bruker")
	average.Per = ""
	mean := w.indicator(SetIndicator{Data: average})
	save := func(b Benefit, change func(*Data), entry *Entry) (Benefit, error) {
		d := b.Data
		change(&d)
		return w.Save(w.ctx(), coordinator(), Save{ID: b.ID, Data: d, Tag: b.Tag, Entry: entry})
	}
	refused := func(key, field string, b Benefit, change func(*Data), entry *Entry) {
		t.Helper()
		_, err := save(b, change, entry)
		if f := wantFault(t, err, fault.Invalid, key); f.Fields[0].Name != field {
			t.Errorf("%+v", f)
		}
	}
	to := func(k IndicatorKey) func(*Data) { return func(d *Data) { d.Shared, d.Per = k, "" } }
	words := func(d *Data) { d.Shared, d.Indicator = "", "Timer bak rattet hos oss" }
	stay := func(*Data) {}
	b := w.walk(w.add(on(lorry.Key, "40", "20"), leader().Person), Measuring)
	b = must(save(b, to(queue.Key), nil))(t) // nothing is measured yet
	b = must(save(b, to(lorry.Key), nil))(t)
	m := must(w.Measure(w.ctx(), leader(), Measure{Benefit: b.ID, Data: measured("30", "2026-06-01")}))(t)
	b = w.stored(b.ID)
	refused("error.benefit.unit.measured", "unit", b, to(queue.Key), nil)
	refused("error.benefit.unit.measured", "unit", b, to(mean.Key), nil)
	refused("error.benefit.unit.measured", "unit", b, words, &Entry{})
	b = must(save(b, words, nil))(t)
	b = must(save(b, func(d *Data) { d.Risk = "Snø" }, nil))(t) // a save in between changes nothing of it
	refused("error.benefit.shared.left", "shared", b, to(queue.Key), nil)
	refused("error.benefit.shared.left", "shared", b, stay, &Entry{})
	if all := must(w.OwnIndicators(w.ctx(), contributor(), "larvik"))(t); len(all) != 3 {
		t.Errorf("%d indicators are there though the benefits that would be on them were refused", len(all))
	}
	if b = must(save(b, to(lorry.Key), nil))(t); b.Shared != lorry.Key || b.Left != "" {
		t.Errorf("%+v", b)
	}
	// What has no measurement any more goes where it likes.
	b = must(save(b, words, nil))(t)
	must(w.Undo(w.ctx(), leader(), b.ID, m.ID, m.Tag, ""))(t)
	if b = must(save(w.stored(b.ID), to(queue.Key), nil))(t); b.Shared != queue.Key {
		t.Errorf("%+v", b)
	}
	// An average becomes nothing for a week.
	c := w.walk(w.add(on(mean.Key, "40", "20"), leader().Person), Measuring)
	must(w.Measure(w.ctx(), leader(), Measure{Benefit: c.ID, Data: measured("30", "2026-06-01")}))(t)
	c = w.stored(c.ID)
	refused("error.benefit.per.measured", "per", c, func(d *Data) { words(d); d.Per = Week }, nil)
	must(save(c, words, nil))(t)
}

// What may count the same is said of benefits on an indicator of its own too, and one may be a part of the other.
func TestTwinsOnAnOwnIndicator(t *testing.T) {
	w := newWorld(t)
	i := w.indicator(SetIndicator{Data: ownOf("Timer til lageret")})
	whole, part := w.add(on(i.Key, "40", "20"), leader().Person), w.add(on(i.Key, "10", "5"), leader().Person)
	if !whole.Alike(part) {
		t.Error("nobody is told that they may count the same")
	}
	if all := must(w.OnIndicators(w.ctx(), contributor(), "larvik", []IndicatorKey{i.Key}))(t); len(all) != 2 {
		t.Errorf("%d are found", len(all))
	}
	must(w.Join(w.ctx(), coordinator(), Join{Part: part.ID, Whole: whole.ID, Tag: part.Tag}))(t)
	if all := must(w.Totals(w.ctx(), leader(), "larvik", true))(t); len(all) != 1 || all[0].Plan.String() != "20" {
		t.Errorf("%+v", all)
	}
}

// One of what it counts may have a cost.
func TestWhatOneOfAnOwnIndicatorCosts(t *testing.T) {
	w := newWorld(t)
	data := ownOf("Turer til lageret")
	data.Unit = Visits
	i := w.indicator(SetIndicator{Data: data})
	w.assume(Assume{What: TaskCost, Of: i.Key, From: "2026-01-01", Data: Assumed{"620", "Budsjettet"}})
	d := on(i.Key, "40", "20")
	d.Unit, d.Type = "", AvoidedCost
	b := w.walk(w.add(d, leader().Person), Measuring)
	must(w.Measure(w.ctx(), leader(), Measure{Benefit: b.ID, Data: measured("30", "2026-06-01")}))(t)
	c := must(w.Calculation(w.ctx(), contributor(), must(w.Benefit(w.ctx(), contributor(), b.ID))(t), Inhabitants{}))(t)
	if c.Gained == nil || c.Gained.Cost == nil || c.Gained.Cost.Value.Rounded(0) != "322400" {
		t.Errorf("%+v", c)
	}
	_, err := w.Assume(w.ctx(), as(org.Coordinator, "tokke"), Assume{Municipality: "tokke", What: TaskCost, Of: i.Key, From: "2026-01-01", Data: Assumed{"620", "Budsjettet"}})
	wantFault(t, err, fault.Invalid, "error.assumption")
}

// Whatever a municipality measures by indicators of its own, in whichever order it is put down: its sum of each is the sum of the parts, and outside nothing of it is told or
// added to anything.
func TestOwnIndicatorsAddUpAtHomeAlone(t *testing.T) {
	w := newWorld(t)
	readers := []org.Actor{{Person: "p-lead", Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}, leader(), as(org.Leader, "tokke")}
	revision := 0
	rapid.Check(t, func(t *rapid.T) {
		ledgers := map[org.MunicipalityID][]Contribution{}
		want := map[org.MunicipalityID]map[IndicatorKey]Sum{}
		var members []org.MunicipalityID
		for n := range rapid.IntRange(1, 6).Draw(t, "municipalities") {
			m := org.MunicipalityID([]string{"larvik", "tokke", "porsgrunn", "skien", "siljan", "fyresdal"}[n])
			members, want[m] = append(members, m), map[IndicatorKey]Sum{}
			keys := []IndicatorKey{"driving-hours", newIndicatorKey(m, "p-x", "one"), newIndicatorKey(m, "p-x", "two")}
			for j := range rapid.IntRange(0, 6).Draw(t, "benefits") {
				d := on(rapid.SampledFrom(keys).Draw(t, "indicator"), "40", Number(fmt.Sprint(rapid.IntRange(0, 39).Draw(t, "target"))))
				d.Per = Week
				b := Benefit{ID: ID(fmt.Sprint("b-", n, j)), Municipality: m, Data: d, Change: 1}
				if rapid.Bool().Draw(t, "measured") {
					value := rapid.IntRange(0, 50).Draw(t, "value")
					b.Figures = []Figure{{ID: "m-1", Version: 1, Figures: Figures{To: "2026-06-01", Value: Number(fmt.Sprint(value)), People: 12}}}
				}
				c := w.contribution(b)
				if c.Indicator != d.Shared || (c.On == d.Shared) != d.Shared.Own() {
					t.Fatalf("%s adds to %q", d.Shared, c.Indicator)
				}
				ledgers[m] = append(ledgers[m], c)
				want[m][d.Shared] = want[m][d.Shared].plus(c.sum())
			}
		}
		docs := func(take func(Contribution) bool) (all []store.Doc[Ledger]) {
			for _, m := range members {
				l := Ledger{}
				for _, c := range rapid.Permutation(ledgers[m]).Draw(t, "order") {
					if take(c) {
						l.take(c)
					}
				}
				revision++
				all = append(all, store.Doc[Ledger]{ID: string(m), Revision: store.Revision(fmt.Sprint("r-", revision)), Value: l})
			}
			return all
		}
		with, without := docs(func(Contribution) bool { return true }), docs(func(c Contribution) bool { return !c.Indicator.Own() })
		for n, m := range members {
			sums := with[n].Value.sums(true)
			if len(sums) != len(want[m]) {
				t.Errorf("%s has %d sums, want %d", m, len(sums), len(want[m]))
			}
			for k, s := range want[m] {
				if got := sums[k]; !got.Plan.Equal(s.Plan) || !got.Realised.Equal(s.Realised) || !got.Awaited.Equal(s.Awaited) || got.Planned.Benefits != s.Planned.Benefits || got.Measured.Benefits != s.Measured.Benefits {
					t.Errorf("%s adds up to %+v, want %+v", k, got, s)
				}
			}
		}
		for _, reader := range readers {
			all := w.together(reader, with)
			if got, want := fmt.Sprint(all), fmt.Sprint(w.together(reader, without)); got != want {
				t.Errorf("outside there are %s, want %s", got, want)
			}
			if slices.ContainsFunc(all, func(x Total) bool { return x.Indicator.Own() }) {
				t.Errorf("outside is told of %+v", all)
			}
		}
	})
}

// A newer catalogue may have a shared indicator that is called what a municipality calls its own. Its figures are still its own.
func TestAnOwnIndicatorOfASharedOnesNameIsNoSharedOne(t *testing.T) {
	w := newWorld(t)
	lead := org.Actor{Person: "p-lead", Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}
	members := []org.MunicipalityID{"larvik", "tokke", "porsgrunn", "skien"}
	for _, m := range members[2:] {
		w.person(coordinatorOf(m))
	}
	for _, m := range members {
		w.gain(m, shared("40", "20"), "30", 12)
	}
	outside := func() string {
		return fmt.Sprint(must(w.RegionTotals(w.ctx(), lead, theRegion(members...)))(t), must(w.NationalTotals(w.ctx(), lead))(t))
	}
	before := outside()
	for _, m := range members { // and it is called the same in all of them
		i := must(w.SetIndicator(w.ctx(), coordinatorOf(m), SetIndicator{Municipality: m, Data: ownOf("Timer bak rattet")}))(t)
		list := w.ownNow(m)
		list.List[0].Versions[0].Name = w.Indicators.In("nb", "driving-hours").Name
		w.putOwn(m, list)
		w.gain(m, on(i.Key, "90", "20"), "50", 12)
		all := must(w.Totals(w.ctx(), coordinatorOf(m), m, true))(t)
		if len(all) != 2 || all[0].Indicator != "driving-hours" || all[0].Plan.String() != "20" || all[1].Indicator != i.Key || all[1].Plan.String() != "70" || all[1].Realised.String() != "40" {
			t.Errorf("%s has %+v", m, all)
		}
	}
	if after := outside(); after != before {
		t.Errorf("outside there are %s, before %s", after, before)
	}
}

func faultIn(err error) *fault.Error {
	var f *fault.Error
	errors.As(err, &f)
	return f
}

// ownNow and putOwn read and write a municipality's indicators past the rules.
func (w *world) ownNow(m org.MunicipalityID) ownIndicators {
	return must(w.indicators.Get(w.ctx(), string(m)))(w.t).Value
}

func (w *world) putOwn(m org.MunicipalityID, list ownIndicators) {
	w.t.Helper()
	must(w.indicators.Update(w.ctx(), string(m), func(o *ownIndicators) ([]store.Event, error) { *o = list; return nil, nil }))(w.t)
}

// Many who add at once lose nothing, and of the same name there is one.
func TestManyAddIndicatorsAtOnce(t *testing.T) {
	w := newWorld(t)
	errs := make(chan error)
	for n := range 8 {
		go func() {
			_, err := w.SetIndicator(context.WithoutCancel(w.ctx()), coordinator(), SetIndicator{Municipality: "larvik", Data: ownOf(fmt.Sprint("Nummer ", n/2))})
			errs <- err
		}()
	}
	same := 0
	for range 8 {
		if f := faultIn(<-errs); f != nil {
			if same++; f.Fields[0].Key != "error.indicator.same" {
				t.Error(f)
			}
		}
	}
	if all := must(w.OwnIndicators(w.ctx(), contributor(), "larvik"))(t); len(all) != 4 || same != 4 {
		t.Errorf("%d are kept, %d were refused", len(all), same)
	}
}
