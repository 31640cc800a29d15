package api

import (
	"context"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"
)

// suggestion is what a round might cover, with how much it stands on.
type suggestion struct {
	Areas []assessment.Suggestion
	Moved int // areas whose movement is known
	Needs int // areas of which it may be told that benefits need them
}

// suggest combines what was published, what is told of benefits and what the meeting is about. Publications take one read whatever there is of
// them, benefits one for each hundred of them and of municipalities.
func (s *Server) suggest(ctx context.Context, actor org.Actor, region org.Region, model *catalogue.Catalogue, meeting []catalogue.AreaKey) (suggestion, error) {
	if !org.MayRunRounds(actor, region.ID) {
		return suggestion{}, fault.New(fault.Forbidden, "api.suggest", "error.forbidden")
	}
	trends, err := s.Assessments.AreaTrends(ctx, actor, region.ID, model)
	if err != nil {
		return suggestion{}, err
	}
	in := assessment.Indications{Meeting: meeting}
	named := namedFor(actor, region)
	for area, trend := range trends {
		knows := insightOf(actor, named, trend.Municipalities)
		if m, ok := assessment.MovementOf(area, trend, func(i int) bool { return org.MayShowMedian(knows.round(trend, i)) }); ok {
			in.Movements = append(in.Movements, m)
		}
	}
	if in.Needs, err = s.Benefits.Needs(ctx, actor, region, model); err != nil {
		return suggestion{}, err
	}
	return suggestion{assessment.Suggest(model, in), len(in.Movements), len(in.Needs)}, nil
}

// reasons words why an area is suggested.
func reasons(t locale.Text, s assessment.Suggestion) []string {
	var all []string
	for _, ground := range s.Grounds {
		switch ground {
		case assessment.ForMeeting:
			all = append(all, t.T("scope.meeting"))
		case assessment.MovedLeast:
			text := "scope.moved"
			if s.Movement.Change() <= -assessment.AboutTheSame {
				text = "scope.fell"
			}
			all = append(all, t.T(text, "change", t.Change(int64(s.Movement.Change())), "from", s.Movement.From.Name, "to", s.Movement.To.Name))
		case assessment.ForBenefits:
			all = append(all, t.T("scope.benefits", "n", s.Needs))
		}
	}
	return all
}

// silences word which grounds say nothing, or not of everything, and why.
func (s suggestion) silences(t locale.Text, areas int) []string {
	least := false
	for _, a := range s.Areas {
		least = least || a.Movement.Area != ""
	}
	var all []string
	switch {
	case s.Moved == 0:
		all = append(all, t.T("scope.moved.unknown"))
	case !least:
		all = append(all, t.T("scope.moved.even"))
	case s.Moved < areas:
		all = append(all, t.T("scope.moved.some", "n", s.Moved, "of", areas))
	}
	if s.Needs == 0 {
		all = append(all, t.T("scope.benefits.unknown"))
	}
	return all
}

// tasksOf are the tasks of some areas.
func tasksOf(model *catalogue.Catalogue, areas []catalogue.AreaKey) assessment.Scope {
	var scope assessment.Scope
	for _, k := range areas {
		if a := model.Area(k); a != nil {
			for _, t := range a.Tasks {
				scope = append(scope, t.Key)
			}
		}
	}
	return scope
}

// timeText words what something is expected to take a municipality, and says so where it is guessed.
func timeText(t locale.Text, e assessment.Estimate) string {
	time := duration(t, e.Minutes)
	switch e.Guessed {
	case 0:
		return t.T("scope.time", "time", time)
	case e.Minutes:
		return t.T("scope.time.guessed", "time", time)
	}
	return t.T("scope.time.partly", "time", time)
}

// spentRounds is how many rounds are looked back over for what each area has cost.
const spentRounds = 5

// spent is what the region's latest finished rounds have cost, the newest first, as far back as anything of the model is unknown. One that is
// under way would tell too little.
func (s *Server) spent(ctx context.Context, actor org.Actor, region org.RegionID, model *catalogue.Catalogue) (spent []assessment.Spent, newest assessment.Round, err error) {
	rounds, _, err := s.Assessments.Rounds(ctx, actor, region, spentRounds, "")
	if err != nil {
		return nil, newest, err
	}
	unknown := map[catalogue.AreaKey]bool{}
	for _, a := range model.Areas {
		unknown[a.Key] = true
	}
	for _, round := range rounds {
		if len(unknown) == 0 {
			break
		}
		if round.State != assessment.Closed && round.State != assessment.Published {
			continue
		}
		burden, err := s.Assessments.Burden(ctx, actor, round)
		if err != nil {
			return nil, newest, err
		}
		if !burden.Shown() {
			continue
		}
		if len(spent) == 0 {
			newest = round
		}
		spent = append(spent, assessment.Spent{Tasks: round.Tasks, Burden: burden})
		for _, a := range model.Areas {
			if assessment.Known(a, spent) {
				delete(unknown, a.Key)
			}
		}
	}
	return spent, newest, nil
}
