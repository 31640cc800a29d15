package benefits

import (
	"fmt"
	"maps"
	"testing"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"

	"pgregory.net/rapid"
)

// What the lead hears of benefits is a number over three or more municipalities, never all of them, and nothing for anybody else.
func TestNeedsAreCountedOverSeveral(t *testing.T) {
	w := newWorld(t)
	ctx := w.ctx()
	lead := org.Actor{Person: "p-lead", Grants: []org.Grant{{Role: org.RegionalLead, Region: region}}}
	c := must(catalogues())(t)["helhetlig-tjenestemodell-1"]
	r := org.Region{ID: region}
	add := func(m org.MunicipalityID, status Status, tasks ...catalogue.TaskKey) {
		t.Helper()
		a := as(org.Coordinator, m)
		people := org.Person{ID: a.Person, Name: "Somebody", Email: string(m) + "@example.org", Grants: a.Grants}
		if m != "larvik" && m != "tokke" {
			if err := w.People.Create(ctx, people); err != nil {
				t.Fatal(err)
			}
		}
		d := full()
		d.Tasks, d.Status = tasks, Idea
		b, _, err := w.Add(ctx, a, Add{Municipality: m, Data: d, Owner: a.Person})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range map[Status][]Status{Idea: nil, Planned: {Planned}, Measuring: {Planned, Measuring}, Reached: {Planned, Measuring, Reached}}[status] {
			d.Status = s
			b = must(w.Save(ctx, a, Save{ID: b.ID, Data: d, Tag: b.Tag}))(t)
		}
	}
	for i, status := range []Status{Planned, Measuring, Planned, Idea, Reached} {
		m := []org.MunicipalityID{"larvik", "tokke", "seljord", "porsgrunn", "fyresdal"}[i]
		r.Members = append(r.Members, org.Member{Municipality: m})
		add(m, status, "henvise", "lager", "respons")
	}
	got := must(w.Needs(ctx, lead, r, c))(t)
	path, other := c.Task("henvise").Area, c.Task("lager").Area
	if path == other || got[path] != 3 || got[other] != 3 || len(got) != 2 {
		t.Errorf("%v", got)
	}
	add("larvik", Planned, "gevinster") // one municipality's alone
	if again := must(w.Needs(ctx, lead, r, c))(t); !maps.Equal(got, again) {
		t.Errorf("one municipality's benefit is told of: %v", again)
	}
	three := r
	three.Members = r.Members[:3]
	if all := must(w.Needs(ctx, lead, three, c))(t); len(all) != 0 {
		t.Errorf("%v is told of every municipality of three", all)
	}
	both := lead
	both.Grants = append(both.Grants, org.Grant{Role: org.Leader, Municipality: "larvik", Region: region})
	if rest := must(w.Needs(ctx, both, r, c))(t); len(rest) != 0 {
		t.Errorf("who knows her own municipality's hears of two others: %v", rest)
	}
	counted, reads := store.WithReads(ctx)
	must(w.Needs(counted, lead, r, c))(t)
	if n := reads.Calls.Load(); n != 1 {
		t.Errorf("%d reads", n)
	}
	for _, a := range []org.Actor{coordinator(), leader(), contributor(), {Person: "p-admin", Grants: []org.Grant{{Role: org.Administrator}}},
		{Person: "p-elsewhere", Grants: []org.Grant{{Role: org.RegionalLead, Region: "oslo"}}}} {
		_, err := w.Needs(ctx, a, r, c)
		wantFault(t, err, fault.Forbidden, "error.forbidden")
	}
}

// Whatever is told, each municipality might be one that has nothing: taking all of its benefits away, another region of the same size would be told
// the same.
func TestNeedsTellNothingOfOne(t *testing.T) {
	c := must(catalogues())(t)["helhetlig-tjenestemodell-1"]
	tasks := c.Tasks()
	rapid.Check(t, func(t *rapid.T) {
		municipalities := rapid.IntRange(0, 9).Draw(t, "municipalities")
		task := rapid.SampledFrom(tasks).Draw(t, "task")
		var all []Benefit
		having := 0
		for i := range municipalities {
			n := rapid.IntRange(0, 3).Draw(t, "benefits")
			for range n {
				all = append(all, Benefit{Municipality: org.MunicipalityID(fmt.Sprint("m", i)), Data: Data{Status: Planned, Tasks: []catalogue.TaskKey{task.Key}}})
			}
			having += min(n, 1)
		}
		told, ok := needsOf(c, all, municipalities)[task.Area]
		if ok != (told != 0) || ok && (told < org.FewestForMedian || told > having || told >= municipalities) {
			t.Fatalf("%d of %d have some, told of %d", having, municipalities, told)
		}
		if !ok && having >= org.FewestForMedian && municipalities > having {
			t.Fatalf("%d of %d have some, and nothing is told", having, municipalities)
		}
	})
}
