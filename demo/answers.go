package demo

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/org"
)

// Everything below is in thousandths of a level and in whole numbers: floating point would give other answers on another
// processor, and so another publication.

// A task of the service path is met every day, and comes before measuring and change control. What is not named stands at 0.
var (
	areaEase = map[catalogue.AreaKey]int{"tjenesteforlop": 550, "videreutvikling": -120, "support": 150, "it-drift": 300, "oppgraderinger": -350}
	taskEase = map[catalogue.TaskKey]int{"gevinster": -850, "dokumentasjon": -250, "kommunikasjon": -150, "opplaering": 250, "personvern": 200, "respons": 200, "evaluere": -250}
	sideEase = map[catalogue.DimensionKey]int{"ansvar": 450, "praksis": 120, "samhandling": -120, "forbedring": -650}
)

// carriedBy is the role that usually carries a task in daily operation.
var carriedBy = map[catalogue.TaskKey]assessment.TaskRole{
	"henvise": "allocating-unit", "tilpasse": "health-and-care", "respons": "health-and-care", "evaluere": "allocating-unit",
	"gevinster": "management", "kommunikasjon": "communication", "opplaering": "training", "kriterier": "allocating-unit",
	"personvern": "management", "behov": "rollout-lead", "rutiner": "health-and-care", "beredskap": "management", "budsjett": "finance",
	"brukerstotte": "it", "lager": "health-and-care", "systemdrift": "it", "tilganger": "it",
	"portefolje": "it", "endringer": "it", "konfigurasjon": "it", "testing": "rollout-lead", "dokumentasjon": "it",
	"anskaffelse": "procurement", "avtaler": "procurement",
}

// shared are tasks that small municipalities leave to a neighbour or a vendor.
var shared = map[catalogue.TaskKey]bool{"respons": true, "lager": true, "systemdrift": true, "konfigurasjon": true, "testing": true, "anskaffelse": true}

// dice gives numbers that follow from the names alone.
func dice(names ...string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.Join(names, "\x00"))) // a hash never fails
	return rand.New(rand.NewPCG(h.Sum64(), 0x68656c686574))
}

// about is a number from -width to width, small ones more often.
func about(d *rand.Rand, width int) int { return d.IntN(width+1) - d.IntN(width+1) }

// chance is true in one of so many cases.
func chance(d *rand.Rand, of int) bool { return d.IntN(of) == 0 }

// synthetic is how one municipality answers, which follows from its name and size.
type synthetic struct {
	id    string
	nn    bool
	small bool
	base  int // where it began
	pace  int // what it gains a round
}

func newSynthetic(m org.Municipality) synthetic {
	d := dice(string(m.ID))
	size := m.Size()
	if size == org.UnknownSize {
		size = []org.SizeBand{org.Small, org.Small, org.Medium, org.Large}[d.IntN(4)]
	}
	s := synthetic{id: string(m.ID), nn: m.Reads() == org.Nynorsk, small: size == org.Small}
	s.base = map[org.SizeBand]int{org.Small: 1200, org.Medium: 1550, org.Large: 1950}[size] + about(d, 350)
	s.pace = 170 + d.IntN(260)
	return s
}

// Answers makes a municipality's answers and organisation of a whole round, the first being 0, in the catalogue's order. They
// are invented, and the same every time. A few questions stay open.
func Answers(c *catalogue.Catalogue, m org.Municipality, round int) ([]assessment.FillAnswer, []assessment.FillTask) {
	s := newSynthetic(m)
	var answers []assessment.FillAnswer
	var tasks []assessment.FillTask
	for _, t := range c.Tasks() {
		if s.notRelevant(t.Key) {
			tasks = append(tasks, assessment.FillTask{Task: t.Key, Data: assessment.OrganisationData{
				Status: assessment.NotRelevant, Reason: text(reasons, s.nn, dice(s.id, string(t.Key), "reason")), Carrier: "inter-municipal"}})
			continue
		}
		sum := 0
		unread := chance(dice(s.id, string(t.Key), "unread"), 12) && round < 2 // nobody came to look at it in the first rounds
		for _, q := range t.Questions {
			level := s.level(t, q, round)
			sum += level
			if value, ok := s.value(q, level, round, c.Scale); ok && !(unread && q.Dimension != c.Dimensions[0]) {
				answers = append(answers, assessment.FillAnswer{Question: q.Key, Value: value})
			}
		}
		if data, ok := s.organisation(t.Key, sum/len(t.Questions)); ok {
			tasks = append(tasks, assessment.FillTask{Task: t.Key, Data: data})
		}
	}
	return answers, tasks
}

func (s synthetic) notRelevant(t catalogue.TaskKey) bool {
	return s.small && shared[t] && chance(dice(s.id, string(t), "relevant"), 10)
}

// level is where the municipality stands with a question, in thousandths; it may lie outside the scale.
func (s synthetic) level(t catalogue.Task, q catalogue.Question, round int) int {
	ofTask := dice(s.id, string(t.Key))
	v := s.base + areaEase[t.Area] + taskEase[t.Key] + sideEase[q.Dimension] + about(ofTask, 850)
	v += about(dice(s.id, string(q.Key)), 550)
	gain := s.pace * (60 + ofTask.IntN(90)) / 100
	if chance(ofTask, 11) && round > 2 { // whoever carried it left, and it fell back
		v += gain*2 - (round-2)*(250+ofTask.IntN(250))
	} else {
		v += gain * round
	}
	v += about(dice(s.id, string(q.Key), "round", string(rune('a'+round))), 260)
	v += about(dice(s.id, "round", string(rune('a'+round))), 420) // a good half-year, or one with other things to do
	if v > 4000 {                                                 // the last steps are the longest
		v = 4000 + (v-4000)/2
	}
	return v
}

// value is the answer to a question, or none where it was left open.
func (s synthetic) value(q catalogue.Question, level, round int, scale catalogue.Scale) (assessment.Value, bool) {
	d := dice(s.id, string(q.Key), "value")
	if s.small && shared[q.Task] && chance(d, 9) {
		why := d.IntN(len(reasons))
		return assessment.Value{NotApplicableReason: exemptions[why], NotApplicable: reasons[why].in(s.nn)}, true
	}
	if chance(dice(s.id, string(q.Key), "open", string(rune('a'+round))), 28+10*round) {
		return assessment.Value{}, false
	}
	n := min(max((level+500)/1000, scale.Min), scale.Max)
	v := assessment.Value{Level: &n}
	if d := dice(s.id, string(q.Key), "note", string(rune('a'+round))); chance(d, 9) {
		v.Note = text(notesAt(n)[q.Dimension], s.nn, d)
	}
	return v, true
}

// organisation follows the level, and says nothing of a task nobody has begun with.
func (s synthetic) organisation(t catalogue.TaskKey, level int) (assessment.OrganisationData, bool) {
	d := dice(s.id, string(t), "organisation")
	level += about(d, 300)
	data := assessment.OrganisationData{Status: assessment.InOperation, Carrier: "own", Responsible: carriedBy[t]}
	switch {
	case level < 700:
		return data, false
	case level < 1200:
		return assessment.OrganisationData{Status: assessment.NotClarified}, true
	case level < 1900:
		data.Status = assessment.BeingClarified
	case level < 2700:
		data.Status = assessment.Organised
	}
	if s.small && (shared[t] || data.Responsible == "it") {
		data.Carrier = []assessment.Carrier{"inter-municipal", "inter-municipal", "vendor"}[d.IntN(3)]
	}
	for _, role := range []assessment.TaskRole{"health-and-care", "it", "vendor", "rollout-lead"} {
		if role != data.Responsible && chance(d, 3) {
			data.Contributing = append(data.Contributing, role)
		}
	}
	return data, true
}
