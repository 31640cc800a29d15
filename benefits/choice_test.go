package benefits

import (
	"slices"
	"testing"
	"time"

	"helhet/internal/fault"
	"helhet/org"
)

// TestChosen: a municipality's standing benefits, all of them or some, those of a type together and by name.
func TestChosen(t *testing.T) {
	w := newWorld(t)
	add := func(title string, kind Type, status ...Status) Benefit {
		d := full()
		d.Title, d.Type, d.Status = title, kind, Idea
		return w.walk(w.add(d, leader().Person), status...)
	}
	quality := add("Ærlige svar", IncreasedQuality, Planned)
	time1, time2 := add("Østre rute", SavedTime, Planned, Measuring), add("Andre rute", SavedTime)
	gone := add("Feil", SavedTime)
	must(w.Remove(w.ctx(), coordinator(), gone.ID, gone.Tag))(t)
	theirs := must(w.Service.docs.Get(w.ctx(), string(quality.ID)))(t).Value
	theirs.Municipality = "tokke"
	must(w.Service.docs.Insert(w.ctx(), "b-tokke", theirs))(t)
	for name, c := range map[string]struct {
		choice Choice
		want   []ID
	}{
		"all":           {Choice{}, []ID{time2.ID, time1.ID, quality.ID}},
		"one status":    {Choice{Statuses: []Status{Planned}}, []ID{quality.ID}},
		"two statuses":  {Choice{Statuses: []Status{Planned, Measuring}}, []ID{time1.ID, quality.ID}},
		"a type":        {Choice{Types: []Type{SavedTime}}, []ID{time2.ID, time1.ID}},
		"both":          {Choice{Types: []Type{SavedTime}, Statuses: []Status{Idea}}, []ID{time2.ID}},
		"named, twice":  {Choice{Only: []ID{quality.ID, time1.ID, time1.ID}}, []ID{time1.ID, quality.ID}},
		"named of some": {Choice{Only: []ID{quality.ID, time1.ID}, Types: []Type{IncreasedQuality}}, []ID{quality.ID}},
	} {
		var got []ID
		for _, b := range must(w.Chosen(w.ctx(), contributor(), "larvik", c.choice))(t) {
			got = append(got, b.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	for _, id := range []ID{gone.ID, "b-tokke", "b-0000000000000000", "", "b-\x00"} {
		_, err := w.Chosen(w.ctx(), contributor(), "larvik", Choice{Only: []ID{quality.ID, id}})
		wantFault(t, err, fault.NotFound, "error.benefit.unknown")
	}
	many := make([]ID, 3*MaxBenefits)
	for i := range many {
		many[i] = newID("larvik", "p", string(rune(i)))
	}
	_, err := w.Chosen(w.ctx(), contributor(), "larvik", Choice{Only: many})
	wantFault(t, err, fault.NotFound, "error.benefit.unknown")
	for _, who := range []org.Actor{as(org.Coordinator, "tokke"), {}, {Person: "p-lead", Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}} {
		_, err := w.Chosen(w.ctx(), who, "larvik", Choice{})
		wantFault(t, err, fault.Forbidden, "error.forbidden")
	}
}

// TestLatest reads where the latest figure comes from, corrected as it stands, and never one that was taken out.
func TestLatest(t *testing.T) {
	w := newWorld(t)
	b, bare := w.walk(w.add(full(), leader().Person), Planned, Measuring), w.add(idea(), "")
	measure := func(day Day, source string) Measurement {
		return must(w.Measure(w.ctx(), coordinator(), Measure{Benefit: b.ID, Data: Measured{Figures: Figures{Value: "30", To: day}, Source: source}}))(t)
	}
	measure("2026-06-01", "June")
	last := measure("2026-09-01", "September")
	measure("2026-07-01", "July")
	latest := func() string {
		t.Helper()
		all := must(w.Latest(w.ctx(), leader(), must(w.Chosen(w.ctx(), leader(), "larvik", Choice{}))(t)))(t)
		if _, ok := all[bare.ID]; ok || len(all) != 1 {
			t.Errorf("%d have a latest measurement", len(all))
		}
		return all[b.ID].Source
	}
	if got := latest(); got != "September" {
		t.Errorf("the latest is of %s", got)
	}
	w.advance(time.Hour)
	must(w.Undo(w.ctx(), coordinator(), b.ID, last.ID, last.Tag, ""))(t)
	if got := latest(); got != "July" {
		t.Errorf("after one was taken out the latest is of %s", got)
	}
	_, err := w.Latest(w.ctx(), as(org.Leader, "tokke"), []Benefit{b})
	wantFault(t, err, fault.Forbidden, "error.forbidden")
}

// TestPlannedDays follow the plan, which is the method's where nobody said otherwise.
func TestPlannedDays(t *testing.T) {
	months, days, every := Benefit{Data: Data{EffectFrom: "2026-01-31"}}.PlannedDays()
	if !slices.Equal(months, []int{3, 6, 12}) || !slices.Equal(days, []Day{"2026-04-30", "2026-07-31", "2027-01-31"}) || every != 12 {
		t.Error(months, days, every)
	}
	if _, days, every = (Benefit{Data: Data{Plan: Plan{After: []int{1}, Every: 2}}}).PlannedDays(); days != nil || every != 2 {
		t.Error(days, every)
	}
}
