package api

import (
	"strconv"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/locale"
)

// targetView is how high may be high enough in a task, and where the municipality lies. Until every question is answered it says only
// that something comes: who knew the suggestion would answer towards it.
type targetView struct {
	Title, Own string   // what it is, and that it is Helhet's own
	Wait       string   // why it is not there yet, or not at all; the rest is empty then
	Later      string   // the same in a few words
	Band       string   // "Forslag til kommuner med under 5 000 innbyggere: nivå 2 til 3"
	Stands     string   // "Dere ligger på 2,8."
	Placing    string   // key, for the shape
	Place      string   // "Innenfor forslaget"
	Advice     string   // what that may mean
	Sentence   string   // why the band suits the size
	Near       string   // what counts as within
	Scale      bandView // the same, drawn
}

// bandView draws a scale with a band and a mark, a level being 100 wide. Decorative: the words stand beside.
type bandView struct {
	ViewBox, Track  string
	From, Width, At int
	Ticks           []bandTick
}

type bandTick struct{ At, Level int }

// allAnswered tells whether a task's last question is answered, so that its suggestion may be known: pages and API ask here alone.
func allAnswered(counts map[assessment.Selection]assessment.Count, task catalogue.TaskKey) bool {
	n := counts[assessment.OfTask(task)]
	return n.Of > 0 && n.Answered == n.Of
}

// viewTarget makes the view of a task; nil where nothing is to be said: no targets, or nothing that applies.
func (s *Server) viewTarget(t locale.Text, now current, task *catalogue.Task) *targetView {
	if !now.Catalogue.HasTargets() || now.Assessment.Organisation(task.Key).Status == assessment.NotRelevant {
		return nil
	}
	v := &targetView{Title: t.T("target.title"), Own: t.T("target.own")}
	m, _ := s.Register.Get(now.Own)
	size := catalogue.Size(m.Size())
	band, ok := now.Catalogue.Target(task.Key, size)
	if !ok {
		v.Wait, v.Later = t.T("target.unknown", "municipality", m.Name), t.T("target.unknown.short")
		return v
	}
	if !allAnswered(now.Assessment.Counts(now.Catalogue), task.Key) {
		v.Wait, v.Later = t.T("target.waits"), t.T("target.waits.short")
		return v
	}
	figure := assessment.Calculate(now.Catalogue, now.Assessment.Scope, now.Assessment)[assessment.OfTask(task.Key)]
	placing := figure.Against(band)
	if placing == assessment.NoPlace {
		return nil
	}
	levels := strconv.Itoa(band.Lowest)
	if band.Highest > band.Lowest {
		levels = t.T("target.levels", "lowest", band.Lowest, "highest", band.Highest)
	}
	v.Band = t.T("target.band."+string(size), "levels", levels)
	v.Stands = t.T("target.stands", "score", t.Score(int64(figure.Score)))
	v.Placing, v.Place, v.Advice = string(placing), t.T("target.place."+string(placing)), t.T("target.place."+string(placing)+".about")
	v.Sentence, v.Near = now.Words.Tasks[task.Key].Target[size], t.T("target.near")
	v.Scale = viewBand(now.Catalogue.Scale, band, figure.Score)
	return v
}

// viewBand draws the band half a level wider at either end, since that is within.
func viewBand(scale catalogue.Scale, band catalogue.Band, score assessment.Score) bandView {
	const level, half = 100, 50
	lowest, highest := scale.Min*level, scale.Max*level
	v := bandView{At: int(score) / 10}
	v.From = max(lowest, band.Lowest*level-half)
	v.Width = min(highest, band.Highest*level+half) - v.From
	v.Track = "M" + strconv.Itoa(lowest) + " 34H" + strconv.Itoa(highest)
	v.ViewBox = strconv.Itoa(lowest-20) + " 0 " + strconv.Itoa(highest-lowest+40) + " 76"
	for l := scale.Min; l <= scale.Max; l++ {
		v.Ticks = append(v.Ticks, bandTick{l * level, l})
	}
	return v
}
