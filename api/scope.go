package api

import (
	"context"
	"slices"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
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

// scopeView is the part of a form in which somebody chooses what a round covers.
type scopeView struct {
	locale.Text
	Ask        string       // where the form goes to ask for a suggestion, and comes back to: "/rounds/new#cover"
	Cover      string       // "all", "chosen" or "suggested"
	Whole      string       // what all of it is expected to take a municipality
	Burden     string       // what the round before cost a municipality in the middle, "" where too little is known
	Guess      string       // how minutes are guessed, "" where none are
	Meeting    []choiceView // areas that the work meeting may be about
	Suggestion *planSuggestion
	Areas      []planArea // those that are suggested first
	CoverError string
}

// planArea is an area that a round may cover, with its tasks.
type planArea struct {
	choiceView
	Tasks   []choiceView
	Open    bool
	Time    string   // what it is expected to take
	Reasons []string // why it is suggested
}

// planSuggestion tells what a suggestion that was asked for comes to.
type planSuggestion struct {
	Lead  string
	Notes []string // what nothing is suggested by, and why
}

// planned is what was chosen in a form that says what a round covers.
type planned struct {
	catalogue             catalogue.Key
	cover                 string
	areas, tasks, meeting []string
	suggest               bool // a suggestion is asked for, in place of the areas and tasks
}

// plannedIn reads it. A form that does not say how much it covers means otherwise.
func plannedIn(c *gin.Context, otherwise string) planned {
	f := planned{catalogue: catalogue.Key(c.PostForm("catalogue")), cover: otherwise, areas: c.PostFormArray("area"), tasks: c.PostFormArray("task"),
		meeting: c.PostFormArray("meeting"), suggest: c.PostForm("suggest") != ""}
	switch cover := c.PostForm("cover"); cover {
	case "all", "chosen", "suggested":
		f.cover = cover
	}
	if f.suggest {
		f.cover = "suggested"
	}
	return f
}

// scope is what it covers, nothing for all of the model; or the key of what is wrong with it.
func (f planned) scope() (areas []catalogue.AreaKey, tasks []catalogue.TaskKey, wrong string) {
	switch {
	case f.cover == "all":
	case f.cover == "suggested":
		wrong = "error.plan.suggested"
	case len(f.areas)+len(f.tasks) == 0:
		wrong = "error.plan.cover"
	default:
		for _, area := range f.areas {
			areas = append(areas, catalogue.AreaKey(area))
		}
		for _, task := range f.tasks {
			tasks = append(tasks, catalogue.TaskKey(task))
		}
	}
	return areas, tasks, wrong
}

// fillScope fills in what a region's round may cover: how long each area is expected to take, and the suggestion where one is asked for.
func (s *Server) fillScope(ctx context.Context, r *request, p *scopeView, region org.RegionID, model *catalogue.Catalogue, chosen planned) error {
	t, words := r.Text, wording(model, r.Text)
	p.Text, p.Cover = t, chosen.cover
	spent, newest, err := s.spent(ctx, r.Actor, region, model)
	if err != nil {
		return err
	}
	if len(spent) > 0 {
		p.Burden = t.T("effort.burden.before", "round", newest.Name, "burden", burdenText(t, spent[0].Burden))
	}
	var whole []catalogue.AreaKey
	for _, area := range model.Areas {
		whole = append(whole, area.Key)
		p.Meeting = append(p.Meeting, choiceView{string(area.Key), words.Areas[area.Key].Name, slices.Contains(chosen.meeting, string(area.Key))})
	}
	all := assessment.EstimateOf(model, tasksOf(model, whole), spent)
	if p.Whole = timeText(t, all); all.Guessed > 0 {
		p.Guess = t.T("scope.guess", "n", assessment.GuessedPerQuestion)
	}
	why := map[catalogue.AreaKey][]string{}
	order := whole
	if chosen.suggest {
		doc, err := s.Regions.Get(ctx, region)
		if err != nil {
			return err
		}
		var meeting []catalogue.AreaKey
		for _, k := range chosen.meeting {
			meeting = append(meeting, catalogue.AreaKey(k))
		}
		found, err := s.suggest(ctx, r.Actor, doc, model, meeting)
		if err != nil {
			return err
		}
		order, chosen.areas, chosen.tasks = nil, nil, nil
		for _, a := range found.Areas {
			order, chosen.areas, why[a.Area] = append(order, a.Area), append(chosen.areas, string(a.Area)), reasons(t, a)
		}
		suggested := slices.Clone(order)
		for _, k := range whole {
			if !slices.Contains(suggested, k) {
				order = append(order, k)
			}
		}
		p.Suggestion = &planSuggestion{Lead: t.T("scope.none"), Notes: found.silences(t, len(whole))}
		if len(suggested) > 0 {
			p.Cover = "chosen"
			p.Suggestion.Lead = t.T("scope.found", "n", len(suggested), "time", timeText(t, assessment.EstimateOf(model, tasksOf(model, suggested), spent)))
		}
	}
	for _, k := range order {
		in := planArea{choiceView: choiceView{string(k), words.Areas[k].Name, slices.Contains(chosen.areas, string(k))}, Reasons: why[k]}
		in.Time = timeText(t, assessment.EstimateOf(model, tasksOf(model, []catalogue.AreaKey{k}), spent))
		for _, task := range model.Area(k).Tasks {
			ticked := slices.Contains(chosen.tasks, string(task.Key))
			in.Open = in.Open || ticked
			in.Tasks = append(in.Tasks, choiceView{string(task.Key), words.Tasks[task.Key].Name, ticked})
		}
		p.Areas = append(p.Areas, in)
	}
	return nil
}
