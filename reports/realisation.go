package reports

import (
	"cmp"
	"slices"

	"helhet/benefits"
)

// Realisation is the report on realised benefits ("gevinstrealiseringsrapport") as a council reads it: what was reached against baseline and plan, what came
// otherwise and why, what the gains are used for, and what the line organisation goes on with.
func Realisation(g Gains) Document {
	all, effects := expected(g.gains())
	prepared := len(all)
	all = slices.DeleteFunc(all, func(x gain) bool { return x.Status == benefits.Idea }) // nothing is to be realised yet
	d := g.document(g.T("report.realisation"), slices.Concat(all, effects))
	d.Sections = append(d.Sections, g.realisedSummary(all, effects, prepared-len(all)))
	if len(all)+len(effects) > 0 {
		d.Sections = append(d.Sections, g.realisedOverview(all))
		if each := g.realisedEach(all); len(each.Parts) > 0 {
			d.Sections = append(d.Sections, each)
		}
		d.Sections = append(d.Sections, g.deviations(all), g.unexpected(all, effects), g.dispositionSection(all), g.remaining(all), g.assumptionSection(slices.Concat(all, effects)))
	}
	few := slices.ContainsFunc(slices.Concat(all, effects), func(x gain) bool {
		return slices.ContainsFunc(x.figures, func(f figure) bool { return f.few })
	})
	d.Sections = append(d.Sections, g.methodSection(few, slices.ContainsFunc(all, func(x gain) bool { return x.reach != nil })))
	return d
}

func (g Gains) realisedSummary(all, effects []gain, ideas int) Section {
	s := Section{ID: "summary", Title: g.T("report.summary"), Says: []string{g.T("report.realisation.lead", "place", g.Place), g.counted("report.realisation.count", all)}}
	measured, few := 0, 0
	both := slices.Concat(all, effects)
	for _, x := range both {
		if x.measured && !x.Unexpected() {
			measured++
		}
		if x.few {
			few++
		}
	}
	switch {
	case measured > 0:
		s.Says = append(s.Says, g.T("report.realisation.measured", "n", measured))
	case len(all) > 0:
		s.Says = append(s.Says, g.T("report.realisation.unmeasured"))
	}
	if ideas > 0 {
		s.Says = append(s.Says, g.T("report.realisation.ideas", "n", ideas))
	}
	t := Table{Kind: "sums", Title: g.T("report.realisation.sums"), Columns: []Column{{g.T("report.column.what"), 4}, {g.T("report.column.realised"), 3}, {g.T("report.column.low"), 2}, {g.T("report.column.high"), 2},
		{g.T("report.column.planned"), 3}, {g.T("report.column.benefits"), 2}}}
	awaited := func(x gain) *benefits.Gain {
		if gained(x) == nil {
			return nil
		}
		return planned(x)
	}
	var said []string
	for _, of := range sums {
		sum, n := total(of, both, gained)
		if sum == nil {
			continue
		}
		what := g.Within("report.sum", of)
		plan := text(dash)
		_, had := total(of, all, gained)
		if p, n := total(of, all, awaited); p != nil && n == had { // or it would be the plan of fewer
			plan = g.amount(p.Value)
		}
		t.Rows = append(t.Rows, row(slices.Concat([]Cell{text(what), g.amount(sum.Value)}, g.ends(*sum), []Cell{plan, g.count(n)})...))
		line := g.line(what, *sum)
		if apart, n := total(of, effects, gained); apart != nil {
			t.Rows = append(t.Rows, row(slices.Concat([]Cell{text(g.T("report.sum.apart", "what", what)), g.amount(apart.Value)}, g.ends(*apart), []Cell{text(dash), g.count(n)})...))
			line += " " + g.line(g.T("report.sum.unexpected"), *apart)
		}
		said = append(said, line)
	}
	if len(said) > 0 {
		var behind []string
		if n := counts(all, gained); n > 0 {
			behind = append(behind, g.T("report.realisation.sums.benefits", "n", n))
		}
		if n := counts(effects, gained); n > 0 {
			behind = append(behind, g.T("report.realisation.sums.effects", "n", n))
		}
		s.Says = append(s.Says, g.T("report.realisation.sums.lead", "behind", g.List(behind)))
		s.Says = append(s.Says, said...)
		s.Says = append(s.Says, g.T("report.sums.twice"))
	}
	if few > 0 {
		s.Says = append(s.Says, g.T("report.few", "n", few, "fewest", benefits.FewPeople))
	}
	s.Says = append(s.Says, g.warned(all)...)
	return s.with(t)
}

// line is a sum in a sentence, with how little and how much it may be.
func (g Gains) line(what string, sum benefits.Range) string {
	if between := g.between(AsRead(sum.Low), AsRead(sum.High)); between != "" {
		return g.T("report.realisation.line.between", "what", what, "amount", Change(g.Text, sum.Value), "between", between)
	}
	return g.T("report.realisation.line", "what", what, "amount", Change(g.Text, sum.Value))
}

// latest is the cell of the latest figure.
func (g Gains) latest(x gain) Cell {
	switch {
	case !x.measured:
		return text(g.T("report.unmeasured"))
	case x.few:
		return text(benefits.FewShown)
	}
	return g.value(x, x.last.Value)
}

// part writes how much of what was planned was reached.
func (g Gains) part(f benefits.Fraction) Cell {
	n := benefits.Number(f.Percent().String())
	return number(Amount(g.Text, benefits.Share, n), n)
}

// reached is the cell of how much of the plan was reached.
func (g Gains) reached(x gain) Cell {
	if x.reach == nil {
		return text(dash)
	}
	return g.part(x.reach.Part)
}

func (g Gains) realisedOverview(all []gain) Section {
	s := Section{ID: "overview", Title: g.T("report.realised"), Charts: g.standings(all)}
	t := Table{Title: s.Title, Columns: []Column{{g.T("report.column.benefit"), 8}, {g.T("benefit.field.status"), 4}, {g.T("benefit.baseline"), 5}, {g.T("benefit.target"), 5},
		{g.T("measurement.latest"), 5}, {g.T("report.column.measured"), 5}, {g.T("report.column.reached"), 4}}}
	for _, x := range all {
		t.Rows = append(t.Rows, row(text(x.title), text(g.Within("benefit.status", x.Status)), g.value(x, x.Baseline.Value), g.value(x, x.Target.Value),
			g.latest(x), dayCell(g.Text, x.last.To), g.reached(x)))
	}
	return s.with(t).with(g.warnings(all))
}

// realisedEach is what was measured of each benefit.
func (g Gains) realisedEach(all []gain) Section {
	s := Section{ID: "each", Title: g.T("report.each"), Says: []string{g.T("report.each.measured")}}
	for _, x := range all {
		if !x.measured {
			continue
		}
		f := g.facts()
		f.warn(g.T("report.warning"), x.remarks())
		f.add(g.T("benefit.field.type"), text(g.Within("benefit.type", x.Type)))
		f.add(g.T("benefit.field.status"), text(g.Within("benefit.status", x.Status)))
		f.must(g.T("benefit.field.stakeholder"), text(x.Stakeholder))
		f.add(g.T("benefit.field.owner"), text(x.owner))
		f.must(g.T("report.indicator"), text(g.indicator(x)))
		f.add(g.T("benefit.field.unit"), text(g.unit(x)))
		g.baseline(f, x)
		g.target(f, x)
		f.add(g.T("measurement.latest"), g.latest(x))
		f.add(g.T("report.measured.between"), text(g.between(x.last.Low, x.last.High)))
		f.add(g.T("report.column.measured"), text(g.period(x.last)))
		f.add(g.T("report.people"), g.people(x.last))
		f.add(g.T("measurement.field.method"), text(x.method))
		f.add(g.T("measurement.field.source"), text(x.source))
		if r := x.reach; r != nil {
			f.add(g.T("measurement.reached"), g.part(r.Part))
			switch low, high := benefits.Number(r.Low.Percent().String()), benefits.Number(r.High.Percent().String()); {
			case r.Open:
				f.add(g.T("report.reached.between"), text(g.T("calculation.open")))
			case low != high:
				f.add(g.T("report.reached.between"), text(g.T("measurement.between", "low", Amount(g.Text, benefits.Share, low), "high", Amount(g.Text, benefits.Share, high))))
			}
		}
		if x.few {
			f.add(g.T("report.withheld"), text(g.T("report.withheld.says", "fewest", benefits.FewPeople)))
		}
		g.used(f, x)
		part := Section{ID: string(x.ID), Title: x.title, Tables: []Table{g.factTable(f)}}
		part = part.with(Table{Kind: "amounts", Title: g.T("report.amounts"), Columns: g.amountColumns(), Rows: slices.Concat(g.amounts(x, gained(x), "report.as-measured"), g.amounts(x, planned(x), "report.as-planned"))})
		s.Parts = append(s.Parts, part.with(g.figureTable(x)))
	}
	return g.courses(s, all)
}

// period says when a figure was measured.
func (g Gains) period(f figure) string {
	if f.From == "" || f.From == f.To {
		return g.date(f.To)
	}
	return g.T("measurement.period", "from", g.date(f.From), "to", g.date(f.To))
}

func (g Gains) people(f figure) Cell {
	switch {
	case f.few:
		return text(benefits.FewShown)
	case f.People == 0:
		return text(dash)
	}
	return g.count(f.People)
}

// figureTable is what was measured so far, the baseline first.
func (g Gains) figureTable(x gain) Table {
	t := Table{Kind: "figures", Title: g.T("measurement.title"), Columns: []Column{{g.T("report.column.period"), 4}, {g.T("report.column.value"), 3}, {g.T("report.column.low"), 2}, {g.T("report.column.high"), 2}, {g.T("report.people"), 2}}}
	ends := func(low, high benefits.Number) []Cell {
		return []Cell{number(Decimal(g.Text, low), low), number(Decimal(g.Text, high), high)}
	}
	if b := x.Baseline; b.Value != "" {
		t.Rows = append(t.Rows, row(slices.Concat([]Cell{text(g.T("report.figure.baseline", "date", cmp.Or(g.date(b.Date), dash))), g.value(x, b.Value)}, ends(b.Low, b.High), []Cell{text(dash)})...))
	}
	for _, f := range x.figures {
		value := g.value(x, f.Value)
		if f.few {
			value = text(benefits.FewShown)
		}
		t.Rows = append(t.Rows, row(slices.Concat([]Cell{text(g.period(f)), value}, ends(f.Low, f.High), []Cell{g.people(f)})...))
	}
	return t
}

// deviations are the benefits that came otherwise than planned, as far as they have come, and why.
func (g Gains) deviations(all []gain) Section {
	s := Section{ID: "deviations", Title: g.T("report.deviations")}
	t := Table{Title: s.Title, Columns: []Column{{g.T("report.column.benefit"), 4}, {g.T("benefit.field.status"), 2}, {g.T("report.column.planned-by"), 2}, {g.T("report.column.realised"), 2}, {g.T("report.column.deviation"), 2}, {g.T("report.column.explanation"), 4}}}
	for _, x := range all {
		due := x.Target.Date != "" && x.Target.Date < g.Today && x.reach != nil && x.reach.Part.Num.Cmp(x.reach.Part.Denom) < 0
		if x.Status != benefits.Partly && x.Status != benefits.Not && x.Explanation == "" && !due && !x.deviates {
			continue
		}
		was, is, off, why := text(dash), text(dash), text(dash), cmp.Or(x.Explanation, g.T("report.unexplained"))
		if p := planned(x); p != nil {
			then := p.Change.Value
			if by, ok := x.PlannedBy(x.last.To, x.per); ok && x.measured { // on the day that is compared, not in the end
				then = by
			}
			was = g.amount(then)
			if r := gained(x); r != nil {
				is = g.amount(r.Change.Value)
				if d, err := r.Change.Value.Plus(then.Neg()); err == nil {
					off = g.amount(d)
				}
			}
		}
		if x.few {
			is, why = text(benefits.FewShown), g.T("report.withheld.explanation", "fewest", benefits.FewPeople)
		}
		t.Rows = append(t.Rows, row(text(x.title), text(g.Within("benefit.status", x.Status)), was, is, off, text(why)))
	}
	if len(t.Rows) == 0 {
		s.Says = []string{g.T("report.deviations.none")}
	} else {
		s.Says = []string{g.T("report.deviations.lead")}
	}
	return s.with(t)
}

// unexpected are the effects that nobody had planned, with what is done about them, and figures that went the wrong way.
func (g Gains) unexpected(all, effects []gain) Section {
	s := Section{ID: "unexpected", Title: g.T("report.unexpected")}
	t := Table{Title: s.Title, Columns: []Column{{g.T("report.column.benefit"), 4}, {g.T("report.column.realised"), 3}, {g.T("report.column.low"), 2}, {g.T("report.column.high"), 2}, {g.T("report.column.measured"), 2}}}
	for _, x := range all {
		if r := gained(x); r != nil && r.Change.Value.Sign() < 0 {
			t.Rows = append(t.Rows, row(slices.Concat([]Cell{text(x.title), g.amount(r.Change.Value)}, g.ends(r.Change), []Cell{dayCell(g.Text, x.last.To)})...))
		}
	}
	if len(t.Rows) == 0 {
		s.Says = []string{g.T("report.unexpected.none")}
	} else {
		s.Says = []string{g.T("report.unexpected.lead")}
	}
	e := Table{Kind: "effects", Title: g.T("effect.title"), Columns: []Column{{g.T("report.column.effect"), 6}, {g.T("report.column.size"), 4}, {g.T("report.column.low"), 3}, {g.T("report.column.high"), 3},
		{g.T("benefit.field.effect.noticed"), 4}, {g.T("benefit.field.effect.cause"), 6}, {g.T("benefit.field.effect.done"), 6}}}
	for _, x := range effects {
		size, ends := text(g.T("report.unmeasured")), []Cell{text(dash), text(dash)}
		switch r := gained(x); {
		case x.few:
			size = text(benefits.FewShown)
		case r != nil:
			size, ends = g.amount(r.Change.Value), g.ends(r.Change)
		}
		e.Rows = append(e.Rows, row(slices.Concat([]Cell{text(x.title), size}, ends, []Cell{dayCell(g.Text, x.Effect.Noticed), text(cmp.Or(x.Effect.Cause, dash)), text(cmp.Or(x.Effect.Done, dash))})...))
	}
	if len(effects) == 0 {
		s.Says = append(s.Says, g.T("report.effects.none"))
	} else {
		s.Says = append(s.Says, g.T("report.effects.lead"))
	}
	return s.with(t).with(e).with(g.warnings(effects))
}

// remaining is what the line has taken over, and what is still to be done.
func (g Gains) remaining(all []gain) Section {
	s := Section{ID: "remaining", Title: g.T("report.remaining")}
	handed, late := 0, 0
	t := Table{Title: s.Title, Columns: []Column{{g.T("report.column.benefit"), 4}, {g.T("benefit.field.status"), 2}, {g.T("benefit.field.owner"), 3}, {g.T("report.column.next"), 2}, {g.T("report.column.overdue"), 2}}}
	for _, x := range all {
		if x.Status == benefits.HandedOver {
			handed++
		}
		overdue := text(dash)
		if x.overdue > 0 {
			late++
			overdue = number(g.T("report.days", "n", x.overdue), g.count(x.overdue).Number)
		}
		if x.Status == benefits.Not && x.due == "" {
			continue // nothing more is to come
		}
		t.Rows = append(t.Rows, row(text(x.title), text(g.Within("benefit.status", x.Status)), text(x.owner), dayCell(g.Text, x.due), overdue))
	}
	s.Says = []string{g.T("report.remaining.none"), g.T("report.remaining.lead")}
	if handed > 0 {
		s.Says[0] = g.T("report.remaining.handed", "n", handed)
	}
	if late > 0 {
		s.Says = append(s.Says, g.T("report.remaining.late", "n", late))
	}
	return s.with(t)
}
