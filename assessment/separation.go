package assessment

import (
	"context"
	"slices"

	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// A question is looked at over the latest published rounds on its questionnaire. Fewer levels than FewestToSeparate tell nothing of it: a few
// municipalities may well be alike.
const (
	SeparationRounds = 5
	FewestToSeparate = 7
	alikePercent     = 95
)

// LevelsGiven is how many gave each level of each question in a round. Not applicable is no level, and neither is what was not answered.
type LevelsGiven struct {
	Round  RoundID
	Name   string // of the round
	Levels map[catalogue.QuestionKey]map[int]int
}

// Alike tells how one round answered a question in one voice.
type Alike struct {
	Round RoundID
	Name  string // of the round
	Level int    // the most common
	Same  int    // gave it
	Given int    // gave any
}

// Unseparating is a question that separates nobody, with each round that enough gave it a level in.
type Unseparating struct {
	Question catalogue.QuestionKey
	Rounds   []Alike
}

// Separation tells which of a questionnaire's questions never separate anyone.
type Separation struct {
	Rounds []LevelsGiven  // looked at, newest first
	Never  []Unseparating // in the questionnaire's order
	Few    int            // questions that too few gave a level in every round
	Rest   int            // questions that separate
}

// Separate sorts a questionnaire's questions. One separates nobody when at least 95 in 100 of the levels given are the same, in every round with
// at least FewestToSeparate of them. The rounds may differ from each other: that all of them moved together says nothing of who stands where.
func Separate(c *catalogue.Catalogue, rounds []LevelsGiven) Separation {
	s := Separation{Rounds: rounds}
	for _, t := range c.Tasks() {
		for _, q := range t.Questions {
			alike, told := alikeIn(q.Key, rounds)
			switch {
			case told == 0:
				s.Few++
			case len(alike) == told:
				s.Never = append(s.Never, Unseparating{q.Key, alike})
			default:
				s.Rest++
			}
		}
	}
	return s
}

// alikeIn finds the rounds in which nearly all gave a question the same level, and how many rounds tell anything of it.
func alikeIn(q catalogue.QuestionKey, rounds []LevelsGiven) (alike []Alike, told int) {
	for _, r := range rounds {
		in := Alike{Round: r.Round, Name: r.Name}
		for level, n := range r.Levels[q] {
			if in.Given += n; n > in.Same {
				in.Level, in.Same = level, n
			}
		}
		if in.Given < FewestToSeparate {
			continue
		}
		if told++; in.Same*100 >= in.Given*alikePercent {
			alike = append(alike, in)
		}
	}
	return alike, told
}

// Separation reads what was published in the region's latest rounds on a questionnaire, a hundred municipalities' answers at a time, and sorts its
// questions. Drafts are not in it, nor who has left and no longer stands by name.
func (s *Service) Separation(ctx context.Context, actor org.Actor, region org.Region, c *catalogue.Catalogue) (Separation, error) {
	const op = "assessment.Separation"
	if !org.MaySeeSeparation(actor, region.ID) {
		return Separation{}, forbidden(op)
	}
	trend, err := s.Trend(ctx, actor, region.ID, Whole)
	if fault.CodeOf(err) == fault.NotFound {
		return Separate(c, nil), nil // nothing is published yet
	}
	if err != nil {
		return Separation{}, err
	}
	rounds, err := s.levelsGiven(ctx, c, []*Trend{trend}, func(m org.MunicipalityID) bool { return org.MayReadByName(actor, region.ID, region.Known(m)) })
	if err != nil {
		return Separation{}, org.Fault(op, "", err)
	}
	return Separate(c, rounds), nil
}

// SeparationEverywhere sorts a questionnaire's questions over the latest rounds of several regions, at most store.MaxMembers, for whoever owns it. It
// counts as [Service.Separation] does, and everyone who took part, since no level and no municipality is told (Alike.Level is nought).
func (s *Service) SeparationEverywhere(ctx context.Context, actor org.Actor, regions []org.RegionID, c *catalogue.Catalogue) (Separation, error) {
	const op = "assessment.SeparationEverywhere"
	if !org.MaySeeSeparationEverywhere(actor) {
		return Separation{}, forbidden(op)
	}
	if len(regions) == 0 {
		return Separate(c, nil), nil
	}
	var ids []string
	for _, r := range regions {
		ids = append(ids, trendID(r, Whole))
	}
	docs, err := s.trends.GetManyShared(ctx, ids)
	if err != nil {
		return Separation{}, org.Fault(op, "", err)
	}
	var trends []*Trend
	for _, d := range docs {
		trends = append(trends, &d.Value)
	}
	rounds, err := s.levelsGiven(ctx, c, trends, func(org.MunicipalityID) bool { return true })
	if err != nil {
		return Separation{}, org.Fault(op, "", err)
	}
	found := Separate(c, rounds)
	for _, q := range found.Never {
		for i := range q.Rounds {
			q.Rounds[i].Level = 0
		}
	}
	found.Rounds = nil // they have the levels
	return found, nil
}

// levelsGiven reads what those who count gave in the latest rounds on a questionnaire, for each trend the newest first.
func (s *Service) levelsGiven(ctx context.Context, c *catalogue.Catalogue, trends []*Trend, counts func(org.MunicipalityID) bool) ([]LevelsGiven, error) {
	var (
		rounds []LevelsGiven
		ids    []string
		of     = map[string]int{} // a part's round
	)
	for _, trend := range trends {
		taken := 0
		for _, r := range slices.Backward(trend.Rounds) {
			if r.Catalogue != c.Key() || taken == SeparationRounds {
				continue
			}
			taken++
			for _, p := range trend.Municipalities {
				if counts(p.Municipality) {
					id := partID(r.Publication, p.Municipality)
					ids, of[id] = append(ids, id), len(rounds)
				}
			}
			rounds = append(rounds, LevelsGiven{r.ID, r.Name, map[catalogue.QuestionKey]map[int]int{}})
		}
	}
	for some := range slices.Chunk(ids, store.MaxMembers) {
		parts, err := s.parts.GetMany(ctx, some)
		if err != nil {
			return nil, err
		}
		for _, part := range parts {
			levels := rounds[of[part.ID]].Levels
			for _, a := range part.Value.Answers {
				if a.Level == nil {
					continue
				}
				if levels[a.Question] == nil {
					levels[a.Question] = map[int]int{}
				}
				levels[a.Question][*a.Level]++
			}
		}
	}
	return rounds, nil
}
