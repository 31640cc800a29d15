package reports

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"helhet/assessment/catalogue"
	"helhet/benefits"
)

// BenefitPlan is the plan for realising benefits ("gevinstrealiseringsplan") as a council reads it. Its chapters follow what Prosjektveiviseren asks such a plan
// to hold: why and what for, who answers, which gains, which measures with their risk, how it is measured, and what the gains are used for.
func BenefitPlan(g Gains) Document {
	all, _ := expected(g.gains())
	d := g.document(g.T("report.plan"), all)
	d.Sections = append(d.Sections, g.planSummary(all), g.background(all), g.planOverview(all))
	if len(all) > 0 {
		d.Sections = append(d.Sections, g.plannedEach(all), g.measuringSection(all), g.dispositionSection(all), g.assumptionSection(all))
	}
	d.Sections = append(d.Sections, g.methodSection(false, false))
	return d
}

func (g Gains) planSummary(all []gain) Section {
	s := Section{ID: "summary", Title: g.T("report.summary"), Says: []string{g.T("report.plan.lead", "place", g.Place), g.counted("report.plan.count", all)}}
	t := Table{Kind: "sums", Title: g.T("report.plan.sums"), Columns: append(g.amountColumns(), Column{g.T("report.column.benefits"), 2})}
	for _, line := range sums {
		if sum, n := total(line, all, planned); sum != nil {
			t.Rows = append(t.Rows, row(slices.Concat([]Cell{text(g.Within("report.sum", line)), g.amount(sum.Value)}, g.ends(*sum), []Cell{g.count(n)})...))
		}
	}
	if len(t.Rows) > 0 {
		s.Says = append(s.Says, g.T("report.plan.sums.lead", "n", counts(all, planned), "of", len(all)))
	}
	var missing []string
	for _, want := range []struct {
		key   string
		lacks func(gain) bool
	}{
		{"report.missing.owner", func(x gain) bool { return x.Owner == "" }},
		{"report.missing.baseline", func(x gain) bool { return x.Baseline.Value == "" }},
		{"report.missing.target", func(x gain) bool { return x.Target.Value == "" }},
		{"report.missing.disposition", func(x gain) bool { return !x.Disposition.Decided() }},
	} {
		n := 0
		for _, x := range all {
			if want.lacks(x) {
				n++
			}
		}
		if n > 0 {
			missing = append(missing, g.T(want.key, "n", n))
		}
	}
	if len(missing) > 0 {
		s.Says = append(s.Says, g.T("report.missing", "parts", g.List(missing)))
	}
	s.Says = append(s.Says, g.warned(all)...)
	return s.with(t)
}

// count is a cell of how many.
func (g Gains) count(n int) Cell {
	return number(g.Integer(int64(n)), benefits.Number(strconv.Itoa(n)))
}

func (g Gains) background(all []gain) Section {
	s := Section{ID: "background", Title: g.T("report.background"), Says: []string{g.T("report.background.method"), g.T("report.background.owner")}}
	var tasks, people, technology []string
	var first, last benefits.Day
	for _, x := range all {
		for _, t := range x.Tasks {
			tasks = append(tasks, g.Task(t))
		}
		people, technology = append(people, x.Stakeholder), append(technology, x.Technology)
		if d := x.Target.Date; d != "" {
			first, last = min(cmp.Or(first, d), d), max(last, d)
		}
	}
	for _, said := range []struct {
		key   string
		names []string
	}{{"report.background.tasks", tasks}, {"report.background.people", people}, {"report.background.technology", technology}} {
		var names []string // each once, in the order of the report
		for _, name := range said.names {
			if name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		if len(names) > 0 {
			s.Says = append(s.Says, g.T(said.key, "names", strings.Join(names, "; ")))
		}
	}
	switch {
	case first == "":
	case first == last:
		s.Says = append(s.Says, g.T("report.background.date", "date", g.date(first)))
	default:
		s.Says = append(s.Says, g.T("report.background.dates", "first", g.date(first), "last", g.date(last)))
	}
	return s
}

func (g Gains) planOverview(all []gain) Section {
	s := Section{ID: "overview", Title: g.T("report.overview"), Charts: g.standings(all)}
	t := Table{Title: s.Title, Columns: []Column{{g.T("report.column.benefit"), 8}, {g.T("benefit.field.type"), 4}, {g.T("benefit.field.status"), 4}, {g.T("benefit.field.owner"), 6},
		{g.T("benefit.baseline"), 5}, {g.T("benefit.target"), 5}, {g.T("report.column.within"), 5}}}
	for _, x := range all {
		t.Rows = append(t.Rows, row(text(x.title), text(g.Within("benefit.type", x.Type)), text(g.Within("benefit.status", x.Status)), text(x.owner),
			g.value(x, x.Baseline.Value), g.value(x, x.Target.Value), dayCell(g.Text, x.Target.Date)))
	}
	if len(all) == 0 {
		s.Says = []string{g.T("report.none")}
	}
	return s.with(t).with(g.warnings(all))
}

// plannedEach is what is said of each benefit, in the order of the method.
func (g Gains) plannedEach(all []gain) Section {
	s := Section{ID: "each", Title: g.T("report.each")}
	for _, x := range all {
		f := g.facts()
		f.warn(g.T("report.warning"), x.remarks())
		f.add(g.T("benefit.field.type"), text(g.Within("benefit.type", x.Type)))
		f.add(g.T("benefit.field.status"), text(g.Within("benefit.status", x.Status)))
		f.must(g.T("benefit.field.stakeholder"), text(x.Stakeholder))
		f.add(g.T("benefit.field.technology"), text(x.Technology))
		f.add(g.T("benefit.field.tasks"), text(g.tasks(x.Tasks)))
		f.must(g.T("report.indicator"), text(g.indicator(x)))
		f.add(g.T("benefit.field.unit"), text(g.unit(x)))
		g.baseline(f, x)
		f.must(g.T("benefit.field.effectFrom"), dayCell(g.Text, x.EffectFrom))
		g.target(f, x)
		f.must(g.T("benefit.field.measures"), text(x.Measures))
		f.add(g.T("benefit.field.steps"), text(g.steps(x)))
		f.must(g.T("benefit.field.assumptions"), text(x.Assumptions))
		f.must(g.T("benefit.field.risk"), text(x.Risk))
		f.must(g.T("benefit.field.uncertainty"), text(x.Uncertainty))
		f.add(g.T("benefit.field.owner"), text(x.owner))
		f.add(g.T("report.measuring"), text(g.measuring(x)))
		f.must(g.T("report.use"), text(g.disposed(x.Disposition)))
		f.add(g.T("benefit.field.disposition.decision"), text(x.Disposition.Decision))
		g.used(f, x)
		part := Section{ID: string(x.ID), Title: x.title, Tables: []Table{g.factTable(f)}}
		part = part.with(Table{Kind: "amounts", Title: g.T("report.amounts.planned"), Columns: g.amountColumns(), Rows: g.amounts(x, planned(x), "report.as-is")})
		s.Parts = append(s.Parts, part)
	}
	return g.courses(s, all)
}

func (g Gains) tasks(keys []catalogue.TaskKey) string {
	var names []string
	for _, k := range keys {
		names = append(names, g.Task(k))
	}
	return strings.Join(names, "; ")
}

// steps are what is to be done by the improvement plan, a line for each. One that was taken out of the plan is left out.
func (g Gains) steps(x gain) string {
	var said []string
	for _, id := range x.Steps {
		if what := g.Steps[id]; what != "" {
			said = append(said, what)
		}
	}
	return strings.Join(said, "\n")
}

// measuring says in words when a benefit is measured.
func (g Gains) measuring(x gain) string {
	months, _, every := x.PlannedDays()
	var after []string
	for _, n := range months {
		after = append(after, g.Integer(int64(n)))
	}
	said := g.T("report.measuring.plan", "months", g.List(after), "every", every)
	if x.due != "" {
		said += " " + g.T("report.measuring.next", "date", g.date(x.due))
	}
	return said
}

// measuringSection says who measures what, and when.
func (g Gains) measuringSection(all []gain) Section {
	s := Section{ID: "measuring", Title: g.T("report.measuring"), Says: []string{g.T("report.measuring.lead")}}
	t := Table{Title: s.Title, Columns: []Column{{g.T("report.column.benefit"), 4}, {g.T("benefit.field.owner"), 3}, {g.T("benefit.field.effectFrom"), 2}, {g.T("report.column.planned-days"), 4}, {g.T("report.column.next"), 2}}}
	for _, x := range all {
		_, days, every := x.PlannedDays()
		planned := dash
		if len(days) > 0 {
			var said []string
			for _, d := range days {
				said = append(said, g.ShortDate(d.Time()))
			}
			planned = g.T("report.measuring.days", "days", g.List(said), "every", every)
		}
		t.Rows = append(t.Rows, row(text(x.title), text(x.owner), dayCell(g.Text, x.EffectFrom), text(planned), dayCell(g.Text, x.due)))
	}
	return s.with(t)
}
