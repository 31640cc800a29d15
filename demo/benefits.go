package demo

import (
	"context"
	"fmt"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/org"
)

// gains are what each municipality of the demo region means to gain. Owner is a place in its staff, -1 nobody. Way leads from the idea to how
// far it has come.
var gains = []struct {
	title, stakeholder, technology, indicator, measures both
	kind                                                benefits.Type
	shared                                              benefits.IndicatorKey
	tasks                                               []catalogue.TaskKey
	unit                                                benefits.Unit
	direction                                           benefits.Direction
	baseline, target, unsure                            int // before and after; differ a little from place to place; how much the baseline may be off
	baselineAgo, effectAgo                              int // days before now
	measuredAgo                                         []int
	slow                                                bool // it goes slowly
	part                                                bool // of the first of them
	own                                                 bool // on the municipality's own indicator
	why                                                 both // why its latest figure is off the plan
	owner                                               int
	way                                                 []benefits.Status
}{
	{title: both{"Færre nattlige tilsyn i hjemmetjenesten", "Færre nattlege tilsyn i heimetenesta"}, stakeholder: both{"Hjemmetjenesten og brukerne", "Heimetenesta og brukarane"}, technology: both{"Digitalt tilsyn", "Digitalt tilsyn"},
		indicator: both{"Bare nattbilene", "Berre nattbilane"}, measures: both{"Digitalt tilsyn hos alle som ønsker det, og ny kjørerute.", "Digitalt tilsyn hos alle som ønskjer det, og ny køyrerute."},
		kind: benefits.SavedTime, tasks: []catalogue.TaskKey{"gevinster", "respons"}, shared: "driving-hours", unit: benefits.Hours, direction: benefits.Less, baseline: 42, target: 24, unsure: 2, baselineAgo: 308, effectAgo: 266, measuredAgo: []int{170, 84},
		owner: 2, way: []benefits.Status{benefits.Planned, benefits.Measuring}},
	{title: both{"Kortere tid fra søknad til vedtak", "Kortare tid frå søknad til vedtak"}, stakeholder: both{"Tildelingskontoret", "Tildelingskontoret"}, indicator: both{"Snitt i en måned", "Snitt i ein månad"},
		measures: both{"Felles mal for kartlegging.", "Felles mal for kartlegging."}, kind: benefits.SavedTime, tasks: []catalogue.TaskKey{"henvise"}, shared: "decision-minutes", unit: benefits.Minutes, direction: benefits.Less,
		baseline: 95, target: 60, baselineAgo: 70, effectAgo: 98, owner: 0, way: []benefits.Status{benefits.Planned}}, // measured too late, so that the warning can be seen
	{title: both{"Tryggere hverdag hjemme", "Tryggare kvardag heime"}, stakeholder: both{"Brukere og pårørende", "Brukarar og pårørande"}, technology: both{"Trygghetsalarm med lokalisering", "Tryggleiksalarm med lokalisering"},
		indicator: both{"Brukerundersøkelsen i november", "Brukarundersøkinga i november"}, kind: benefits.IncreasedQuality, shared: "felt-safety", unit: benefits.Score, direction: benefits.More,
		baseline: 3, target: 4, baselineAgo: 294, effectAgo: 236, owner: 1},
	{title: both{"Færre utrykninger uten behov", "Færre utrykkingar utan behov"}, stakeholder: both{"Hjemmetjenesten", "Heimetenesta"}, technology: both{"Trygghetsalarm med toveis tale", "Tryggleiksalarm med toveis tale"},
		measures: both{"Responssenteret snakker med brukeren før noen rykker ut.", "Responssenteret snakkar med brukaren før nokon rykkjer ut."}, kind: benefits.AvoidedCost, tasks: []catalogue.TaskKey{"respons"},
		shared: "needless-call-outs", unit: benefits.Count, direction: benefits.Less, baseline: 40, target: 16, unsure: 4, baselineAgo: 320, effectAgo: 270, measuredAgo: []int{175, 90}, owner: 0,
		why: both{"Responssenteret kom i gang to måneder før planen.", "Responssenteret kom i gang to månader før planen."}, way: []benefits.Status{benefits.Planned, benefits.Measuring}},
	{title: both{"Færre telefoner om når hjelpen kommer", "Færre telefonar om når hjelpa kjem"}, stakeholder: both{"Hjemmetjenesten og pårørende", "Heimetenesta og pårørande"}, technology: both{"Melding på mobilen", "Melding på mobilen"},
		own: true, measures: both{"Melding til brukere og pårørende når ruten er klar.", "Melding til brukarar og pårørande når ruta er klar."},
		kind: benefits.SavedTime, tasks: []catalogue.TaskKey{"kommunikasjon"}, unit: benefits.Hours, direction: benefits.Less, baseline: 30, target: 18, unsure: 1, baselineAgo: 250, effectAgo: 200, measuredAgo: []int{100, 20}, slow: true,
		owner: 1, way: []benefits.Status{benefits.Planned, benefits.Measuring}},
	{title: both{"Kortere kjøring om natten i sone nord", "Kortare køyring om natta i sone nord"}, stakeholder: both{"Hjemmetjenesten", "Heimetenesta"}, technology: both{"Digitalt tilsyn", "Digitalt tilsyn"},
		indicator: both{"Bare bilen i sone nord", "Berre bilen i sone nord"}, kind: benefits.SavedTime, tasks: []catalogue.TaskKey{"respons"}, shared: "driving-hours", unit: benefits.Hours, direction: benefits.Less,
		baseline: 16, target: 9, unsure: 1, baselineAgo: 308, effectAgo: 266, measuredAgo: []int{170, 84}, slow: true, part: true, owner: 1, way: []benefits.Status{benefits.Planned, benefits.Measuring}},
	{title: both{"Færre innkjøp av utstyr vi alt har", "Færre innkjøp av utstyr vi alt har"}, kind: benefits.AvoidedCost, owner: -1},
	{title: both{"Mindre tid i telefonen om utstyr", "Mindre tid i telefonen om utstyr"}, stakeholder: both{"Hjemmetjenesten og brukerne", "Heimetenesta og brukarane"}, own: true, kind: benefits.SavedTime, tasks: []catalogue.TaskKey{"lager"}, owner: -1},
}

// assumed are what the municipalities work their gains out by. The figures are made up, and say so.
var assumed = []struct {
	what    benefits.What
	of      benefits.IndicatorKey
	yearAgo int
	value   benefits.Number
}{
	{benefits.HourlyCost, "", 1, "435"}, {benefits.HourlyCost, "", 0, "450"}, {benefits.HoursPerFTE, "", 1, "1700"}, {benefits.TaskCost, "needless-call-outs", 0, "620"},
}

// assume puts down what a municipality's gains are worked out by.
func (l *loader) assume(ctx context.Context, m org.Municipality) error {
	l.clock = l.now.AddDate(0, 0, -len(gains))
	for i, a := range assumed {
		from := benefits.Day(fmt.Sprintf("%d-01-01", l.now.Year()-a.yearAgo))
		source := both{"Oppdiktet tall, bare for demonstrasjon", "Oppdikta tal, berre for demonstrasjon"}.in(m.Reads() == org.Nynorsk)
		if _, err := l.benefits.Assume(ctx, l.staff[m.ID][0].Actor(), benefits.Assume{Municipality: m.ID, What: a.what, Of: a.of, From: from, Data: benefits.Assumed{Value: a.value, Source: source}, Edit: fmt.Sprint("demo-", i)}); err != nil {
			return err
		}
	}
	return nil
}

// gain puts a municipality's benefits down, as its coordinator would.
func (l *loader) gain(ctx context.Context, m org.Municipality) error {
	nynorsk := m.Reads() == org.Nynorsk
	coordinator := l.staff[m.ID][0].Actor()
	if err := l.assume(ctx, m); err != nil {
		return err
	}
	own, err := l.benefits.SetIndicator(ctx, coordinator, benefits.SetIndicator{Municipality: m.ID, Edit: fmt.Sprint("demo-", m.ID), Data: benefits.OwnData{Name: both{"Timer i vakttelefonen per uke", "Timar i vakttelefonen per veke"}.in(nynorsk),
		Type: benefits.SavedTime, Unit: benefits.Hours, Per: benefits.Week, Direction: benefits.Less,
		Measure:  both{"Oppdiktet eksempel: den som har vakttelefonen, fører tid i fire uker.", "Oppdikta døme: den som har vakttelefonen, fører tid i fire veker."}.in(nynorsk),
		Pitfalls: both{"I ferien ringer færre. Mål samme måned hvert år.", "I ferien ringjer færre. Mål same månad kvart år."}.in(nynorsk)}})
	if err != nil {
		return err
	}
	var made []benefits.ID
	day := func(days int) benefits.Day { return benefits.Day(l.now.AddDate(0, 0, days).Format(time.DateOnly)) }
	var first benefits.ID
	for i, g := range gains {
		d := benefits.Data{Title: g.title.in(nynorsk), Type: g.kind, Status: benefits.Idea, Tasks: g.tasks, Stakeholder: g.stakeholder.in(nynorsk), Technology: g.technology.in(nynorsk),
			Shared: g.shared, Indicator: g.indicator.in(nynorsk), Measures: g.measures.in(nynorsk), Unit: g.unit, Direction: g.direction}
		if g.own {
			d.Shared = own.Key
		}
		if g.unit != "" {
			more := 0
			if g.unit != benefits.Score && !g.slow {
				more = dice(string(m.ID), "gain", g.title.nb).IntN(g.baseline / 4)
			}
			d.Baseline = benefits.Baseline{Value: benefits.Read(fmt.Sprint(g.baseline + more)), Date: day(-g.baselineAgo)}
			if g.unsure > 0 {
				d.Baseline.Low, d.Baseline.High = benefits.Read(fmt.Sprint(g.baseline+more-g.unsure)), benefits.Read(fmt.Sprint(g.baseline+more+g.unsure))
			}
			d.EffectFrom = day(-g.effectAgo)
			d.Target = benefits.Target{Value: benefits.Read(fmt.Sprint(g.target + more/2)), Date: day(220)}
		}
		for _, task := range g.tasks { // what the plan has for it, if it has anything
			steps, _, err := l.service.Steps(ctx, coordinator, m.ID, assessment.StepFilter{Task: task}, 2, "")
			if err != nil {
				return err
			}
			for _, step := range steps {
				d.Steps = append(d.Steps, step.ID)
			}
		}
		owner := org.PersonID("")
		if g.owner >= 0 {
			owner = l.staff[m.ID][g.owner].ID
		}
		l.clock = l.now.AddDate(0, 0, i-len(gains))
		b, _, err := l.benefits.Add(ctx, coordinator, benefits.Add{Municipality: m.ID, Data: d, Owner: owner, Edit: fmt.Sprint("demo-", m.ID, i)})
		if err != nil {
			return err
		}
		made = append(made, b.ID)
		for _, status := range g.way {
			d.Status = status
			if b, err = l.benefits.Save(ctx, coordinator, benefits.Save{ID: b.ID, Data: d, Tag: b.Tag}); err != nil {
				return err
			}
		}
		tag := b.Tag
		if i == 0 {
			first = b.ID
		}
		for n, ago := range g.measuredAgo { // half of what is left each time, and less sure than the baseline
			value := (g.baseline - g.target) >> (n + 1)
			if g.slow {
				value = g.baseline - g.target - n - 1
			}
			m := benefits.Measured{Figures: benefits.Figures{From: day(-ago - 27), To: day(-ago), Value: benefits.Read(fmt.Sprint(g.target + value)), Low: benefits.Read(fmt.Sprint(g.target + value - 2)), High: benefits.Read(fmt.Sprint(g.target + value + 2)), People: 18},
				Method: both{"Talt i fire uker", "Talt i fire veker"}.in(nynorsk), Source: both{"Fagsystemet", "Fagsystemet"}.in(nynorsk)}
			if _, err := l.benefits.Measure(ctx, coordinator, benefits.Measure{Benefit: b.ID, Data: m, Edit: fmt.Sprint("demo-", m.To)}); err != nil {
				return err
			}
		}
		if g.part {
			if _, err := l.benefits.Join(ctx, coordinator, benefits.Join{Part: b.ID, Whole: first, Tag: tag, Edit: "demo"}); err != nil {
				return err
			}
		}
		if why := g.why.in(nynorsk); why != "" {
			if _, err := l.benefits.Explain(ctx, coordinator, benefits.Explain{ID: b.ID, Text: why, Tag: tag, Edit: "demo"}); err != nil {
				return err
			}
		}
	}
	if err := l.notice(ctx, m); err != nil {
		return err
	}
	return l.sketch(ctx, m, made)
}

// notice puts down something that got worse without anybody having planned it, with what was measured of it.
func (l *loader) notice(ctx context.Context, m org.Municipality) error {
	nynorsk, coordinator := m.Reads() == org.Nynorsk, l.staff[m.ID][0].Actor()
	day := func(days int) benefits.Day { return benefits.Day(l.now.AddDate(0, 0, days).Format(time.DateOnly)) }
	l.clock = l.now.AddDate(0, 0, -1)
	d := benefits.Data{Title: both{"Mer kjøring for å bytte batterier", "Meir køyring for å byte batteri"}.in(nynorsk), Type: benefits.SavedTime, Status: benefits.Measuring, Tasks: []catalogue.TaskKey{"lager"},
		Stakeholder: both{"Hjemmetjenesten", "Heimetenesta"}.in(nynorsk), Shared: "driving-hours", Effect: benefits.Effect{Sign: benefits.Worse, Noticed: day(-75), NoticedBy: both{"Nattpatruljen", "Nattpatruljen"}.in(nynorsk),
			Cause: both{"Sensorene bruker mer strøm enn leverandøren sa.", "Sensorane bruker meir straum enn leverandøren sa."}.in(nynorsk), Done: both{"Batterier byttes på faste besøk fra neste måned.", "Batteri blir bytte på faste besøk frå neste månad."}.in(nynorsk)}}
	b, _, err := l.benefits.Add(ctx, coordinator, benefits.Add{Municipality: m.ID, Data: d, Owner: l.staff[m.ID][1].ID, Edit: fmt.Sprint("demo-effect-", m.ID)})
	if err != nil {
		return err
	}
	_, err = l.benefits.Measure(ctx, coordinator, benefits.Measure{Benefit: b.ID, Edit: "demo-effect", Data: benefits.Measured{Figures: benefits.Figures{From: day(-67), To: day(-40), Value: "2", Low: "1.5", High: "3", People: 18},
		Method: both{"Talt i fire uker", "Talt i fire veker"}.in(nynorsk), Source: both{"Kjøreboka", "Køyreboka"}.in(nynorsk)}})
	return err
}
