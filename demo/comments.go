package demo

import (
	"context"
	"fmt"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/org"
)

// exchanges are what the demo's people say to each other in the open round: who of the staff, to whom, how many days ago.
var exchanges = []struct {
	task    catalogue.TaskKey
	who, to int // places in the staff, -1 to nobody
	ago     int
	text    both
}{
	{"henvise", 1, 0, 6, both{"Har vi brukt den nye kartleggingen i begge sonene? Jeg finner den bare i den ene.", "Har vi brukt den nye kartlegginga i begge sonene? Eg finn henne berre i den eine."}},
	{"henvise", 0, 1, 5, both{"Bare i den ene til nå. Sett nivå 2, så tar vi det opp på møtet.", "Berre i den eine til no. Set nivå 2, så tek vi det opp på møtet."}},
	{"gevinster", 0, 2, 3, both{"Kan du finne tallene for kjøring i høst?", "Kan du finne tala for køyring i haust?"}},
	{"opplaering", 1, -1, 2, both{"Vikarene fikk opplæring i september. Listene ligger i kvalitetssystemet.", "Vikarane fekk opplæring i september. Listene ligg i kvalitetssystemet."}},
}

// talk lets those who have begun comment on the open round's tasks.
func (l *loader) talk(ctx context.Context, r assessment.Round) error {
	for _, m := range l.members {
		if done[m.ID] == 0 {
			continue
		}
		for n, x := range exchanges {
			text := assessment.CommentText{Text: x.text.in(m.Reads() == org.Nynorsk)}
			if x.to >= 0 {
				text.Mention = []org.PersonID{l.staff[m.ID][x.to].ID}
			}
			l.clock = l.now.AddDate(0, 0, -x.ago)
			who := l.staff[m.ID][x.who].Actor()
			if _, _, err := l.service.AddComment(ctx, who, assessment.AddComment{Round: r.ID, Municipality: m.ID, Task: x.task, CommentText: text, Edit: fmt.Sprint("demo-", n)}); err != nil {
				return fmt.Errorf("%s: %w", m.ID, err)
			}
			// Whoever answered has seen what she answered to.
			if _, err := l.service.SeeMentions(ctx, who, r.ID, m.ID, x.task); err != nil {
				return fmt.Errorf("%s: %w", m.ID, err)
			}
		}
	}
	return nil
}
