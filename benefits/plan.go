package benefits

import (
	"slices"
	"time"

	"helhet/assessment"
	"helhet/internal/fault"
)

// Plan is when a benefit is measured, in months after the measures begin to have effect. None is the default plan of the method.
type Plan struct {
	After []int `bson:"after,omitempty" json:"after,omitempty"` // 3, 6, 12
	Every int   `bson:"every,omitempty" json:"every,omitempty"` // and so many months apart after the last of them
}

// DefaultPlan measures after three, six and twelve months, then yearly. The baseline comes before.
func DefaultPlan() Plan { return Plan{After: []int{3, 6, 12}, Every: 12} }

// How far ahead a plan may reach, how many times may be named, and how long after its day a measurement is stale.
const (
	MaxPlanMonths = 120
	MaxPlanTimes  = 12
	early         = 30 // days before its day that a measurement counts for it
	late          = 30 // days after its day that a measurement may wait
)

// whole is the plan as it is followed.
func (p Plan) whole() Plan {
	d := DefaultPlan()
	if len(p.After) > 0 {
		d.After = p.After
	}
	if p.Every > 0 {
		d.Every = p.Every
	}
	return d
}

// checkPlan puts into f what is wrong with a plan.
func checkPlan(f *fault.Error, p Plan) {
	wrong := func(field, key string, args ...any) {
		f.Fields = append(f.Fields, fault.Field{Name: field, Key: key, Args: args})
	}
	within := func(n int) bool { return n >= 1 && n <= MaxPlanMonths }
	ordered := slices.IsSorted(p.After) && len(slices.Compact(slices.Clone(p.After))) == len(p.After)
	if !ordered || len(p.After) > MaxPlanTimes || slices.ContainsFunc(p.After, func(n int) bool { return !within(n) }) {
		wrong("plan.after", "error.benefit.plan", "max", MaxPlanMonths, "times", MaxPlanTimes)
	}
	if p.Every != 0 && !within(p.Every) {
		wrong("plan.every", "error.benefit.plan.every", "max", MaxPlanMonths)
	}
}

// Due is when the next measurement is to be made: "" while nothing is to be measured. A measurement from the last days before a planned day counts
// for it.
func (b Benefit) Due() Day {
	if b.EffectFrom.Time().IsZero() || b.Status == Idea || b.Status == Not {
		return ""
	}
	if b.Baseline.Value == "" {
		return b.EffectFrom // the baseline, before anything has effect
	}
	if b.Status == Planned {
		return ""
	}
	var measured time.Time
	if last, ok := b.Latest(); ok {
		measured = last.To.Time().AddDate(0, 0, early)
	}
	plan := b.Plan.whole()
	for i, months := 0, 0; ; i++ {
		if i < len(plan.After) {
			months = plan.After[i]
		} else {
			months += plan.Every
		}
		if due := monthsAfter(b.EffectFrom.Time(), months); due.After(measured) {
			return assessment.DayOf(due)
		}
	}
}

// Missed lists the planned days that passed without a measurement, for which it is too late to be on time. A measurement counts for the planned day that
// it comes after, or before by no more than the last days, as in Due.
func (b Benefit) Missed(today Day) []Day {
	from := b.EffectFrom.Time()
	if from.IsZero() || b.Status == Idea || b.Status == Planned || b.Status == Not || b.Baseline.Value == "" {
		return nil
	}
	var days []Day
	plan := b.Plan.whole()
	for i, months := 0, 0; len(days) == 0 || days[len(days)-1] <= today; i++ {
		if i < len(plan.After) {
			months = plan.After[i]
		} else {
			months += plan.Every
		}
		days = append(days, assessment.DayOf(monthsAfter(from, months)))
	}
	var missed []Day
	measured := b.Measured()
	for i, day := range days[:len(days)-1] {
		if day.After(late) >= today {
			break
		}
		first, next := day.After(-early), days[i+1].After(-early)
		if !slices.ContainsFunc(measured, func(f Figure) bool { return f.To >= first && f.To < next }) {
			missed = append(missed, day)
		}
	}
	return missed
}

// Stale tells whether a planned measurement has waited too long, so that what stands no longer says how it is.
func (b Benefit) Stale(today Day) bool {
	due := b.Due()
	return due != "" && today > due.After(late)
}

// monthsAfter is the same day some months on, or the last of the month where it is shorter: the 31st of January is followed by the 28th of
// February, never by the 3rd of March.
func monthsAfter(t time.Time, months int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, t.Location())
	return first.AddDate(0, 0, min(t.Day(), first.AddDate(0, 1, -1).Day())-1)
}
