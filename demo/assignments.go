package demo

import (
	"context"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/org"
)

// give gives a round's tasks to a municipality's two who answer, as its coordinator would, some to both. What is due when follows the model's order,
// from ten days after the round opened on; in the open round one is late. Tokke has given nothing yet, so that giving as last time can be tried.
func (l *loader) give(ctx context.Context, r assessment.Round, m org.Municipality, share int) error {
	if share == 0 {
		return nil
	}
	order := l.catalogue.Tasks()
	begun := (len(order)*share + 99) / 100
	last := assessment.DayOf(r.ClosesAt)
	give := assessment.Give{Round: r.ID, Municipality: m.ID, Edit: "demo"}
	l.clock = r.OpensAt.AddDate(0, 0, 1)
	for i, t := range order {
		one := byWhom(t.Key)
		d := assessment.AssignmentData{People: []org.PersonID{l.staff[m.ID][one].ID}, Finisher: l.staff[m.ID][one].ID, Due: min(assessment.DayOf(r.OpensAt).After(10+i), last)}
		if i%5 == 3 {
			d.People = append(d.People, l.staff[m.ID][1-one].ID)
		}
		if i == begun {
			d.Due = assessment.DayOf(r.OpensAt).After(19)
		}
		give.Tasks = append(give.Tasks, assessment.GiveTask{Task: t.Key, Data: d, First: true})
	}
	_, _, err := l.service.Give(ctx, l.staff[m.ID][0].Actor(), give)
	return err
}

// finish says of the tasks that are answered, but for the last, that they are finished.
func (l *loader) finish(ctx context.Context, r assessment.Round, m org.Municipality) error {
	coordinator := l.staff[m.ID][0].Actor()
	a, err := l.service.Assessment(ctx, coordinator, r.ID, m.ID)
	if err != nil {
		return err
	}
	all, err := l.service.Assignments(ctx, coordinator, r.ID, m.ID)
	if err != nil {
		return err
	}
	var answered []catalogue.TaskKey
	for _, t := range l.catalogue.Tasks() {
		if n := a.Counts(l.catalogue)[assessment.OfTask(t.Key)]; n.Answered == n.Of && all.Of(t.Key).Given() {
			answered = append(answered, t.Key)
		}
	}
	l.clock = l.now.AddDate(0, 0, -2)
	for _, t := range answered[:max(0, len(answered)-1)] {
		finish := assessment.FinishTask{Round: r.ID, Municipality: m.ID, Task: t, Done: true, Tag: all.Of(t).Tag}
		if _, err := l.service.FinishTask(ctx, l.staff[m.ID][byWhom(t)].Actor(), finish); err != nil {
			return err
		}
	}
	return nil
}
