package api

import (
	"context"
	"math/big"

	"helhet/assessment"
	"helhet/benefits"
	"helhet/internal/locale"
	"helhet/org"
	"helhet/reports"
)

// calculationView is what a benefit amounts to, on its page.
type calculationView struct {
	Lead   string // that nothing is measured yet
	Lines  []calculationLine
	Notes  []string // what can't be worked out, and why
	Used   []string // the assumptions it rests on
	Wanted []string // those that are missing
	Link   *homeLink
}

type calculationLine struct {
	Label, Value, Range string
	About               string // what it is a share of
	Planned             string
}

// calculationView tells what a benefit amounts to; it is empty while there is nothing to work out.
func (s *Server) calculationView(ctx context.Context, r *request, b benefits.Benefit, edits bool) (v calculationView, err error) {
	t := r.Text
	c, err := s.Benefits.Calculation(ctx, r.Actor, b, s.inhabitants(b.Municipality))
	if err != nil || c.Gained == nil && c.Planned == nil {
		return v, err
	}
	gained, planned := c.Gained, c.Planned
	if gained == nil {
		gained, planned = planned, nil
		v.Lead = t.T("calculation.lead.planned")
	}
	line := func(label string, about string, of func(*benefits.Gain) (value, low, high string)) {
		value, low, high := of(gained)
		if value == "" {
			return
		}
		x := calculationLine{Label: label, Value: value, Range: maybe(t, low, high), About: about}
		if planned != nil {
			if value, low, high = of(planned); value != "" {
				x.Planned = t.T("calculation.planned", "amount", value)
				if beside := maybe(t, low, high); beside != "" {
					x.Planned = t.T("calculation.planned.between", "amount", value, "low", low, "high", high)
				}
			}
		}
		v.Lines = append(v.Lines, x)
	}
	ranges := func(label, about string, pick func(*benefits.Gain) *benefits.Range) {
		line(label, about, func(g *benefits.Gain) (string, string, string) {
			x := pick(g)
			if x == nil {
				return "", "", ""
			}
			return rangeShown(t, *x)
		})
	}
	change, year := t.T("calculation.change"), t.T("calculation.year")
	if b.Unexpected() { // it has no baseline
		change = t.T("calculation.size")
	}
	ranges(change, "", func(g *benefits.Gain) *benefits.Range { return &g.Change })
	line(t.T("calculation.rate"), "", func(g *benefits.Gain) (string, string, string) {
		if g.Rate == nil {
			return "", "", ""
		}
		return percentShown(t, g.Rate.Value), percentShown(t, g.Rate.Low), percentShown(t, g.Rate.High)
	})
	ranges(t.T("calculation.per-user"), t.T("measurement.people", "n", c.People), func(g *benefits.Gain) *benefits.Range { return g.PerUser })
	ranges(t.T("calculation.per-thousand"), reports.Inhabitants(t, c.Inhabitants), func(g *benefits.Gain) *benefits.Range { return g.PerThousand })
	if c.Per != benefits.Year || b.Unit == benefits.Minutes {
		ranges(year, yearShown(t, c.Per), func(g *benefits.Gain) *benefits.Range { return g.Year })
	}
	ranges(t.T("calculation.posts"), "", func(g *benefits.Gain) *benefits.Range { return g.Posts })
	cost := t.T("calculation.cost")
	if b.Type == benefits.AvoidedCost {
		cost = t.T("calculation.avoided")
	}
	if b.Unit != benefits.NOK {
		ranges(cost, "", func(g *benefits.Gain) *benefits.Range { return g.Cost })
	}
	if c.NoRate != "" {
		v.Notes = append(v.Notes, t.Within("calculation.no-rate", c.NoRate))
	}
	if gained.Year == nil {
		v.Notes = append(v.Notes, t.T("calculation.no-year"))
	} else if c.Inhabitants.N == 0 {
		v.Notes = append(v.Notes, t.T("calculation.no-inhabitants"))
	}
	known, err := s.Benefits.KnownFor(ctx, r.Actor, b.Municipality, b.Shared)
	if err != nil {
		return v, err
	}
	for _, u := range c.Used {
		v.Used = append(v.Used, usedShown(t, known, b, u))
	}
	for _, w := range c.Wanted {
		v.Wanted = append(v.Wanted, wantedShown(t, known, c.At, w))
	}
	if len(c.Used)+len(c.Wanted) > 0 {
		v.Link = &homeLink{"/benefits/assumptions", t.T("assumption.see")}
		if len(c.Wanted) > 0 && org.MaySetAssumptions(r.Actor, b.Municipality) {
			v.Link = &homeLink{assumptionPath("new") + "?what=" + whatValue(c.Wanted[0].What, c.Wanted[0].Of), t.T("assumption.new")}
		}
		if len(c.Wanted) > 0 && c.Wanted[0].What == benefits.TaskCost && c.Wanted[0].Of == "" {
			if v.Link = nil; edits { // nobody but the benefit itself can say what one of these costs
				v.Link = &homeLink{benefitPath(b.ID) + "?edit=own#own", t.T("benefit.fill")}
			}
		}
	}
	return v, nil
}

// inhabitants is how many live in a municipality, as the register knows.
func (s *Server) inhabitants(m org.MunicipalityID) benefits.Inhabitants {
	known, _ := s.Register.Get(m)
	return benefits.Inhabitants{N: known.Population, Year: known.PopulationYear}
}

// yearShown says by how much an amount was multiplied.
func yearShown(t locale.Text, p benefits.Per) string {
	switch p {
	case benefits.Week:
		return t.T("calculation.weeks", "n", benefits.WeeksPerYear)
	case benefits.Month:
		return t.T("calculation.months", "n", benefits.MonthsPerYear)
	}
	return ""
}

func usedShown(t locale.Text, known *benefits.Indicators, b benefits.Benefit, u benefits.Used) string {
	args := []any{"what", assumptionName(t, known, u.What, u.Of), "amount", assumedShown(t, known, u.What, u.Of, b.Unit, u.Value), "date", dayShown(t, u.From), "source", u.Source}
	if u.ID == "" {
		return t.T("calculation.used.own", args...)
	}
	return t.T("calculation.used", args...)
}

func wantedShown(t locale.Text, known *benefits.Indicators, at benefits.Day, w benefits.Wanted) string {
	if w.What == benefits.TaskCost && w.Of == "" {
		return t.T("calculation.wanted.own")
	}
	return t.T("calculation.wanted", "what", assumptionName(t, known, w.What, w.Of), "date", dayShown(t, at))
}

// maybe says how low and high something may be, "" where that is the same.
func maybe(t locale.Text, low, high string) string {
	if low == high {
		return ""
	}
	return t.T("measurement.between", "low", low, "high", high)
}

// rangeShown writes an amount with its unit and time, and its ends as numbers alone.
func rangeShown(t locale.Text, r benefits.Range) (value, low, high string) {
	return reports.Change(t, r.Value), decimalText(t, reports.AsRead(r.Low)), decimalText(t, reports.AsRead(r.High))
}

// percentShown is a change in percent with its sign, with a decimal where it is small.
func percentShown(t locale.Text, x *big.Rat) string { return reports.Percent(t, x) }

// today is the day in Norway.
func (s *Server) today() benefits.Day { return assessment.DayOf(s.Now()) }
