package demo

import (
	"context"
	"fmt"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/org"
)

// intended are the steps that the demo's municipalities choose from: what, why, and what came of it.
var intended = []struct {
	task              catalogue.TaskKey
	what, why, result both
}{
	{"henvise", both{"Lag en sjekkliste for kartlegging, og prøv den i én sone.", "Lag ei sjekkliste for kartlegging, og prøv henne i éi sone."},
		both{"Sonene kartlegger ulikt.", "Sonene kartlegg ulikt."}, both{"Lista er i bruk i alle soner.", "Lista er i bruk i alle soner."}},
	{"respons", both{"Øv på utrykning om natta sammen med responssenteret.", "Øv på utrykking om natta saman med responssenteret."},
		both{"Nattevaktene er usikre på hvem som rykker ut.", "Nattevaktene er usikre på kven som rykkjer ut."}, both{"To øvelser er holdt.", "To øvingar er haldne."}},
	{"gevinster", both{"Mål nullpunktet for kjørte timer før neste utrulling.", "Mål nullpunktet for køyrde timar før neste utrulling."},
		both{"Uten nullpunkt vet vi ikke hva vi har fått igjen.", "Utan nullpunkt veit vi ikkje kva vi har fått att."}, both{"Fire uker er målt.", "Fire veker er målte."}},
	{"opplaering", both{"Gi alle vikarer en times opplæring før første vakt.", "Gi alle vikarar ein times opplæring før første vakt."},
		both{"Vikarene ringer superbrukerne.", "Vikarane ringjer superbrukarane."}, both{"Opplæringen er lagt inn i turnusen.", "Opplæringa er lagd inn i turnusen."}},
	{"avtaler", both{"Legg alle avtaler med frister i én oversikt.", "Legg alle avtalar med fristar i ei oversikt."},
		both{"To avtaler gikk ut uten at noen merket det.", "To avtalar gjekk ut utan at nokon merka det."}, both{"Oversikten er på plass.", "Oversikta er på plass."}},
}

// plan gives each municipality but the one that begins from nothing some steps and ambitions: one step overdue, one under way, one done.
func (l *loader) plan(ctx context.Context) error {
	for i, m := range l.members {
		if done[m.ID] == 0 {
			continue // so that an empty plan can be seen too
		}
		coordinator, contributor := l.staff[m.ID][0], l.staff[m.ID][1]
		in := func(b both) string { return text([]both{b}, m.Reads() == org.Nynorsk, dice(string(m.ID), "plan")) }
		today := assessment.DayOf(l.now)
		for n := range 4 {
			from := intended[(i+n)%len(intended)]
			if l.catalogue.Task(from.task) == nil {
				return fmt.Errorf("no task %q to plan for", from.task)
			}
			data := assessment.StepData{What: in(from.what), Why: in(from.why), Status: assessment.StepPlanned}
			switch n {
			case 0:
				data.Owner, data.Due, data.Status = contributor.ID, today.After(-9), assessment.StepUnderWay
			case 1:
				data.Owner, data.Due = coordinator.ID, today.After(10)
			case 2:
				data.Role, data.Due = "it", today.After(70)
			case 3:
				data.Owner, data.Due, data.Status, data.Result = contributor.ID, today.After(-60), assessment.StepDone, in(from.result)
			}
			l.clock = l.now.AddDate(0, 0, -80+5*n)
			if _, _, err := l.service.AddStep(ctx, coordinator.Actor(), assessment.AddStep{Municipality: m.ID, Task: from.task, Data: data, Edit: fmt.Sprint("demo-", n)}); err != nil {
				return fmt.Errorf("%s: %w", m.ID, err)
			}
		}
		for n, t := range l.catalogue.Tasks() {
			if (n+i)%3 != 0 {
				continue
			}
			level := 3 + (n+i)%2
			set := assessment.SetAmbition{Municipality: m.ID, Task: t.Key, Level: &level, First: true}
			if _, err := l.service.SetAmbition(ctx, l.staff[m.ID][n%2*2].Actor(), set); err != nil { // coordinator and leader in turn
				return fmt.Errorf("%s: %w", m.ID, err)
			}
		}
	}
	l.clock = l.now
	return nil
}
