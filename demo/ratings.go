package demo

import (
	"context"
	"fmt"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/org"
)

// together is the municipality that rates some tasks on its own first, and rated the tasks: one that six have rated, whose spread is shown with how
// many gave each level; one that three have, with the lowest and the highest alone; and one that can be rated just now.
const together org.MunicipalityID = "drangedal"

var rated = []struct {
	task   catalogue.TaskKey
	raters int
	shown  bool
}{{"portefolje", 6, true}, {"endringer", 3, true}, {"konfigurasjon", 2, false}}

// colleagues are four who rate beside the coordinator and the contributor.
func colleagues(region org.RegionID) []org.Person {
	var all []org.Person
	for i, name := range []string{"Hilde Hjemmetjeneste", "Ivar IT-medarbeider", "Tone Tildeling", "Nils Nattevakt"} {
		all = append(all, org.Person{ID: org.PersonID(fmt.Sprint("p-demo-colleague-", i+1)), Name: name, Email: fmt.Sprintf("colleague.%d@example.org", i+1),
			Grants: []org.Grant{{Role: org.Contributor, Municipality: together, Region: region}}})
	}
	return all
}

// rate lets them, each within two levels of what the municipality would answer.
func (l *loader) rate(ctx context.Context) error {
	open, err := l.service.InState(ctx, l.lead(), Region, assessment.Open, 1)
	if err != nil || len(open) != 1 {
		return fmt.Errorf("%d rounds are open: %w", len(open), err)
	}
	coordinator := l.staff[together][0]
	raters := append([]org.Person{coordinator, l.staff[together][1]}, colleagues(Region)...)
	l.clock = l.now.AddDate(0, 0, -1)
	for _, t := range rated {
		at := assessment.Sitting{Round: open[0].ID, Municipality: together, Task: t.task}
		if _, err := l.service.OpenRatings(ctx, coordinator.Actor(), at); err != nil {
			return err
		}
		for _, q := range l.catalogue.Task(t.task).Questions {
			for _, p := range raters[:t.raters] {
				d := dice(string(p.ID), string(q.Key), "rating")
				rate := assessment.Rate{Sitting: at, Question: q.Key}
				if level := min(max(2+about(d, 2), l.catalogue.Scale.Min), l.catalogue.Scale.Max); !chance(d, 9) {
					rate.Level = &level
				}
				if _, err := l.service.Rate(ctx, p.Actor(), rate); err != nil {
					return err
				}
			}
		}
		if !t.shown {
			continue
		}
		if _, err := l.service.ShowSpread(ctx, coordinator.Actor(), at); err != nil {
			return err
		}
	}
	l.clock = l.now
	return nil
}
