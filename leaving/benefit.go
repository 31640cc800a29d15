package leaving

import (
	"context"
	"strconv"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/org"
)

type exportedBenefit struct {
	ID          benefits.ID           `json:"id"`
	Title       string                `json:"title"`
	Type        benefits.Type         `json:"type"`
	Status      benefits.Status       `json:"status"`
	Owner       org.PersonID          `json:"owner,omitempty"`
	Tasks       []catalogue.TaskKey   `json:"tasks"`
	Technology  string                `json:"technology,omitempty"`
	Stakeholder string                `json:"stakeholder,omitempty"`
	Shared      benefits.IndicatorKey `json:"shared,omitempty"`
	Indicator   string                `json:"indicator,omitempty"`
	Unit        benefits.Unit         `json:"unit,omitempty"`
	Per         benefits.Per          `json:"per,omitempty"`
	Direction   benefits.Direction    `json:"direction,omitempty"`
	Baseline    exportedBaseline      `json:"baseline,omitzero"`
	Target      exportedTarget        `json:"target,omitzero"`
	EffectFrom  benefits.Day          `json:"effectFrom,omitempty"`
	Plan        benefits.Plan         `json:"plan,omitzero"`
	Assumptions string                `json:"assumptions,omitempty"`
	Measures    string                `json:"measures,omitempty"`
	Steps       []assessment.StepID   `json:"steps,omitempty"`
	Risk        string                `json:"risk,omitempty"`
	Uncertainty string                `json:"uncertainty,omitempty"`
	Own         exportedOwn           `json:"own,omitzero"`
	Disposition exportedDisposition   `json:"disposition,omitzero"`
	Explanation string                `json:"explanation,omitempty"`
	Explained   []exportedExplanation `json:"explanations,omitempty"` // all that was said, the first first
	Effect      exportedEffect        `json:"effect,omitzero"`
	PartOf      benefits.ID           `json:"partOf,omitempty"`
	Different   []exportedApart       `json:"different,omitempty"` // from others that look like it
	Warnings    []benefits.Warning    `json:"warnings"`
	MadeBy      org.PersonID          `json:"madeBy"`
	MadeAt      time.Time             `json:"madeAt"`
	By          org.PersonID          `json:"by"`
	At          time.Time             `json:"at"`
	Removed     time.Time             `json:"removed,omitzero"`
}

type exportedApart struct {
	With benefits.ID  `json:"with"`
	By   org.PersonID `json:"by"`
	At   time.Time    `json:"at"`
}

type exportedEffect struct {
	Sign      benefits.Sign `json:"sign"`
	Noticed   benefits.Day  `json:"noticed"`
	NoticedBy string        `json:"noticedBy,omitempty"`
	Cause     string        `json:"cause,omitempty"`
	Done      string        `json:"done,omitempty"`
}

type exportedExplanation struct {
	Text   string                 `json:"text"`
	Figure benefits.MeasurementID `json:"measurement,omitempty"`
	Day    benefits.Day           `json:"day,omitempty"`
	Value  benefits.Number        `json:"value,omitempty"`
	By     org.PersonID           `json:"by,omitempty"`
	At     time.Time              `json:"at,omitzero"`
}

type exportedBaseline struct {
	Value  benefits.Number `json:"value,omitempty"`
	Low    benefits.Number `json:"low,omitempty"`
	High   benefits.Number `json:"high,omitempty"`
	Date   benefits.Day    `json:"date,omitempty"`
	Method string          `json:"method,omitempty"`
	Source string          `json:"source,omitempty"`
}

type exportedTarget struct {
	Value benefits.Number `json:"value,omitempty"`
	Date  benefits.Day    `json:"date,omitempty"`
}

type exportedOwn struct {
	HourlyCost  benefits.Number `json:"hourlyCost,omitempty"`
	HoursPerFTE benefits.Number `json:"hoursPerFTE,omitempty"`
	TaskCost    benefits.Number `json:"taskCost,omitempty"`
	Date        benefits.Day    `json:"date,omitempty"`
	Source      string          `json:"source,omitempty"`
}

type exportedDisposition struct {
	BudgetCut int    `json:"budgetCut"`
	Capacity  int    `json:"capacity"`
	Quality   int    `json:"quality"`
	Other     int    `json:"other"`
	Decision  string `json:"decision,omitempty"`
}

// benefits writes what the municipality gains. benefitsTable writes the same as a table; each is a reading of its own.
func (x *Export) benefits(ctx context.Context, a *archive) error {
	return a.list(FileBenefits, func(add func(any) error) error {
		return x.s.Benefits.EachOf(ctx, x.actor, x.m.ID, func(b benefits.Benefit) error {
			var apart []exportedApart
			for _, y := range b.Different {
				apart = append(apart, exportedApart(y))
			}
			var explained []exportedExplanation
			for _, e := range b.Explanations() {
				explained = append(explained, exportedExplanation(e))
			}
			return add(exportedBenefit{b.ID, b.Title, b.Type, b.Status, b.Owner, append([]catalogue.TaskKey{}, b.Tasks...), b.Technology, b.Stakeholder, b.Shared, b.Indicator, b.Unit, b.Per, b.Direction,
				exportedBaseline(b.Baseline), exportedTarget(b.Target), b.EffectFrom, b.Plan, b.Assumptions, b.Measures, b.Steps, b.Risk, b.Uncertainty, exportedOwn(b.Own), exportedDisposition(b.Disposition),
				b.Explanation, explained, exportedEffect(b.Effect), b.PartOf, apart, append([]benefits.Warning{}, b.Warnings()...), b.MadeBy, b.MadeAt.UTC(), b.By, b.At.UTC(), b.Removed})
		})
	})
}

func (x *Export) benefitsTable(ctx context.Context, a *archive) error {
	header := []string{"id", "title", "type", "status", "owner", "tasks", "technology", "stakeholder", "indicator", "unit", "direction", "baselineValue", "baselineDate", "baselineMethod", "baselineSource",
		"targetValue", "targetDate", "effectFrom", "assumptions", "measures", "risk", "uncertainty", "budgetCut", "capacity", "quality", "other", "decision", "explanation", "madeBy", "madeAt", "by", "at", "shared",
		"per", "baselineLow", "baselineHigh", "ownHourlyCost", "ownHoursPerFTE", "ownTaskCost", "ownDate", "ownSource", "steps", "removed", "effectSign", "effectNoticed", "effectNoticedBy", "effectCause", "effectDone", "partOf",
		"planAfter", "planEvery", "different", "warnings"}
	return a.table(FileBenefitsTable, header, func(add func(...string) error) error {
		return x.s.Benefits.EachOf(ctx, x.actor, x.m.ID, func(b benefits.Benefit) error {
			every := ""
			if b.Plan.Every > 0 {
				every = strconv.Itoa(b.Plan.Every)
			}
			var different []benefits.ID
			for _, y := range b.Different {
				different = append(different, y.With)
			}
			return add(string(b.ID), b.Title, string(b.Type), string(b.Status), string(b.Owner), joined(b.Tasks), b.Technology, b.Stakeholder, b.Indicator, string(b.Unit), string(b.Direction),
				string(b.Baseline.Value), string(b.Baseline.Date), b.Baseline.Method, b.Baseline.Source, string(b.Target.Value), string(b.Target.Date), string(b.EffectFrom),
				b.Assumptions, b.Measures, b.Risk, b.Uncertainty, strconv.Itoa(b.Disposition.BudgetCut), strconv.Itoa(b.Disposition.Capacity), strconv.Itoa(b.Disposition.Quality), strconv.Itoa(b.Disposition.Other),
				b.Disposition.Decision, b.Explanation, string(b.MadeBy), timeCell(b.MadeAt), string(b.By), timeCell(b.At), string(b.Shared),
				string(b.Per), string(b.Baseline.Low), string(b.Baseline.High), string(b.Own.HourlyCost), string(b.Own.HoursPerFTE), string(b.Own.TaskCost), string(b.Own.Date), b.Own.Source,
				joined(b.Steps), timeCell(b.Removed), string(b.Effect.Sign), string(b.Effect.Noticed), b.Effect.NoticedBy, b.Effect.Cause, b.Effect.Done, string(b.PartOf),
				months(b.Plan.After), every, joined(different), joined(b.Warnings()))
		})
	})
}
