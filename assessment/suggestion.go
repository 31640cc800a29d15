package assessment

import (
	"cmp"
	"context"
	"slices"

	"helhet/assessment/catalogue"
	"helhet/internal/store"
	"helhet/org"
)

// Ground is why an area is suggested for the next round: "moved-least".
type Ground string

// The grounds, in the order they are told.
const (
	ForMeeting  Ground = "meeting"     // the regional work meeting is about it
	MovedLeast  Ground = "moved-least" // the region's level has moved less there than elsewhere, or has fallen
	ForBenefits Ground = "benefits"    // benefits are planned or measured there in several municipalities
)

// Movement is how the region's median of an area went between two published rounds on the same questionnaire.
type Movement struct {
	Area     catalogue.AreaKey
	From, To RegionalLevel
}

// RegionalLevel is the median of an area in a published round.
type RegionalLevel struct {
	Round RoundID
	Name  string // of the round
	Level Score
}

// Change is positive for the better.
func (m Movement) Change() Score { return m.To.Level - m.From.Level }

// MovementOf finds how an area's trend moved: between its latest round whose median may be shown, and the one before that on the same
// questionnaire. There is none where the questions were others meanwhile: two questionnaires are not two points of one line.
func MovementOf(area catalogue.AreaKey, t *Trend, shown func(round int) bool) (Movement, bool) {
	var to *TrendRound
	m := Movement{Area: area}
	for i, round := range slices.Backward(t.Rounds) {
		if !shown(i) {
			continue
		}
		level := RegionalLevel{round.ID, round.Name, t.Spread(i).Median}
		if to == nil {
			to, m.To = &t.Rounds[i], level
			continue
		}
		m.From = level
		return m, round.Catalogue == to.Catalogue
	}
	return Movement{}, false
}

// Indications are what a suggestion is made of. What is not known of an area is left out, and is no reason for or against it.
type Indications struct {
	Meeting   []catalogue.AreaKey       // what the meeting is about
	Movements []Movement                // of the areas it is known of
	Needs     map[catalogue.AreaKey]int // at least how many municipalities have benefits planned or measured there; only what may be told
}

// Suggestion is an area that the next round might cover, and why.
type Suggestion struct {
	Area     catalogue.AreaKey
	Grounds  []Ground
	Movement Movement // of MovedLeast
	Needs    int      // of ForBenefits
}

// Suggest lists the areas that something speaks for: those with the most grounds first; of these what the meeting is about, then what moved
// least, then the model's order. Nothing speaks for an area that is not listed.
func Suggest(c *catalogue.Catalogue, in Indications) []Suggestion {
	least := leastMoved(in.Movements)
	var all []Suggestion
	for _, area := range c.Areas {
		s := Suggestion{Area: area.Key}
		if slices.Contains(in.Meeting, area.Key) {
			s.Grounds = append(s.Grounds, ForMeeting)
		}
		if m, ok := least[area.Key]; ok {
			s.Grounds, s.Movement = append(s.Grounds, MovedLeast), m
		}
		if n := in.Needs[area.Key]; n > 0 {
			s.Grounds, s.Needs = append(s.Grounds, ForBenefits), n
		}
		if len(s.Grounds) > 0 {
			all = append(all, s)
		}
	}
	moved := func(s Suggestion) Score {
		if m, ok := least[s.Area]; ok {
			return m.Change()
		}
		return AboutTheSame // those that moved least all lie below it
	}
	elsewhere := func(s Suggestion) int {
		if slices.Contains(s.Grounds, ForMeeting) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(all, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(len(b.Grounds), len(a.Grounds)), cmp.Compare(elsewhere(a), elsewhere(b)), cmp.Compare(moved(a), moved(b)))
	})
	return all
}

// leastMoved picks the third of the areas that moved least, with all that moved as little as the last of them. One that rose by AboutTheSame
// has moved, whatever the others did, and where all moved alike none moved least.
func leastMoved(all []Movement) map[catalogue.AreaKey]Movement {
	least := map[catalogue.AreaKey]Movement{}
	if len(all) == 0 {
		return least
	}
	changes := make([]Score, len(all))
	for i, m := range all {
		changes[i] = m.Change()
	}
	slices.Sort(changes)
	limit := changes[(len(changes)-1)/3]
	if limit == changes[len(changes)-1] {
		return least
	}
	for _, m := range all {
		if d := m.Change(); d <= limit && d < AboutTheSame {
			least[m.Area] = m
		}
	}
	return least
}

// AreaTrends reads the trends of a questionnaire's areas, in one read for each hundred of them. An area that no published round has is left
// out. They are shared with other readers and must not be changed.
func (s *Service) AreaTrends(ctx context.Context, actor org.Actor, region org.RegionID, c *catalogue.Catalogue) (map[catalogue.AreaKey]*Trend, error) {
	const op = "assessment.AreaTrends"
	if !org.MayReadResults(actor, region) {
		return nil, forbidden(op)
	}
	trends := map[catalogue.AreaKey]*Trend{}
	for areas := range slices.Chunk(c.Areas, store.MaxMembers) {
		var ids []string
		byID := map[string]catalogue.AreaKey{}
		for _, a := range areas {
			id := trendID(region, OfArea(a.Key))
			ids, byID[id] = append(ids, id), a.Key
		}
		docs, err := s.trends.GetManyShared(ctx, ids)
		if err != nil {
			return nil, org.Fault(op, "", err)
		}
		for i := range docs {
			trends[byID[docs[i].ID]] = &docs[i].Value
		}
	}
	return trends, nil
}
