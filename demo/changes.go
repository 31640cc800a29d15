package demo

import (
	"context"
	"slices"

	"helhet/assessment"
	"helhet/org"
)

// confirmedTasks is how many of the tasks whose answers were taken along somebody has confirmed.
const confirmedTasks = 2

// lookBack holds the open round against the one before it: some take last round's answers along and have begun to confirm them, and some say
// why levels changed, of most tasks.
func (l *loader) lookBack(ctx context.Context, id assessment.RoundID, m org.MunicipalityID) error {
	coordinator, contributor := l.staff[m][0].Actor(), l.staff[m][1].Actor()
	if slices.Contains(carrying, m) {
		a, err := l.service.Carry(ctx, contributor, id, m)
		if err != nil {
			return err
		}
		waits, confirmed := a.Unconfirmed(l.catalogue), 0
		for _, t := range l.catalogue.Tasks() {
			if waits[t.Key] < len(t.Questions) || confirmed == confirmedTasks {
				continue
			}
			confirm := assessment.Confirm{Round: id, Municipality: m, Task: t.Key}
			for _, q := range t.Questions {
				confirm.Answers = append(confirm.Answers, assessment.Shown{Question: q.Key, Tag: a.Answer(q.Key).Tag})
			}
			if _, _, err := l.service.Confirm(ctx, contributor, confirm); err != nil {
				return err
			}
			confirmed++
		}
	}
	if !slices.Contains(explaining, m) {
		return nil
	}
	a, err := l.service.Assessment(ctx, coordinator, id, m)
	if err != nil {
		return err
	}
	before, err := l.service.Previous(ctx, coordinator, a)
	if err != nil {
		return err
	}
	for _, t := range l.catalogue.Tasks() {
		moves := a.Moves(before, &t)
		d := dice(string(m), string(t.Key), "why")
		if len(moves) == 0 || chance(d, 3) {
			continue
		}
		sum := 0
		for _, move := range moves {
			sum += move.To - move.From
		}
		why := []assessment.ChangeReason{assessment.RealImprovement, assessment.RealImprovement, assessment.NewInsight}
		if sum <= 0 {
			why = []assessment.ChangeReason{assessment.RealDecline, assessment.RealDecline, assessment.NewInsight, assessment.NewRespondent}
		}
		if _, err := l.service.SaveReason(ctx, coordinator, assessment.SaveReason{Round: id, Municipality: m, Task: t.Key, Reason: why[d.IntN(len(why))], First: true}); err != nil {
			return err
		}
	}
	return nil
}
