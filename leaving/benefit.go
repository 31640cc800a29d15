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

// exportedMeasurement is a measurement with everything it was; the last version counts.
type exportedMeasurement struct {
	ID       benefits.MeasurementID `json:"id"`
	Benefit  benefits.ID            `json:"benefit"`
	Versions []exportedMeasured     `json:"versions"`
}

type exportedMeasured struct {
	From    benefits.Day    `json:"from,omitempty"`
	To      benefits.Day    `json:"to"`
	Value   benefits.Number `json:"value"`
	Low     benefits.Number `json:"low,omitempty"`
	High    benefits.Number `json:"high,omitempty"`
	People  int             `json:"people,omitempty"`
	Method  string          `json:"method,omitempty"`
	Source  string          `json:"source,omitempty"`
	Note    string          `json:"note,omitempty"`
	Link    string          `json:"evidence,omitempty"`
	Removed bool            `json:"removed,omitempty"`
	By      org.PersonID    `json:"by"`
	At      time.Time       `json:"at"`
}

// measurements writes what the municipality has measured of its benefits.
func (x *Export) measurements(ctx context.Context, a *archive) error {
	return a.list(FileMeasurements, func(add func(any) error) error {
		return x.s.Benefits.MeasurementsOf(ctx, x.actor, x.m.ID, func(m benefits.Measurement) error {
			y := exportedMeasurement{ID: m.ID, Benefit: m.Benefit}
			for _, v := range m.Versions {
				y.Versions = append(y.Versions, exportedMeasured{v.From, v.To, v.Value, v.Low, v.High, v.People, v.Method, v.Source, v.Note, v.Evidence, v.Removed, v.By, v.At.UTC()})
			}
			return add(y)
		})
	})
}

// exportedIndicator is an indicator of the municipality's own, with the versions that are kept; the last counts. A benefit's shared names it.
type exportedIndicator struct {
	ID       benefits.IndicatorKey      `json:"id"`
	Versions []exportedIndicatorVersion `json:"versions"`
}

type exportedIndicatorVersion struct {
	Name      string             `json:"name"`
	Type      benefits.Type      `json:"type"`
	Unit      benefits.Unit      `json:"unit"`
	Per       benefits.Per       `json:"per,omitempty"`
	Direction benefits.Direction `json:"direction"`
	Measure   string             `json:"measure,omitempty"`
	Pitfalls  string             `json:"pitfalls,omitempty"`
	Retired   bool               `json:"retired,omitempty"`
	By        org.PersonID       `json:"by"`
	At        time.Time          `json:"at"`
}

// indicators writes what the municipality measures by besides the shared indicators.
func (x *Export) indicators(ctx context.Context, a *archive) error {
	return a.list(FileIndicators, func(add func(any) error) error {
		return x.s.Benefits.OwnIndicatorsOf(ctx, x.actor, x.m.ID, func(i benefits.OwnIndicator) error {
			y := exportedIndicator{ID: i.Key}
			for _, v := range i.Versions {
				y.Versions = append(y.Versions, exportedIndicatorVersion{v.Name, v.Type, v.Unit, v.Per, v.Direction, v.Measure, v.Pitfalls, v.Retired, v.By, v.At.UTC()})
			}
			return add(y)
		})
	})
}

// exportedAssumption is what the municipality assumes from a day on, with everything it was; the last version counts.
type exportedAssumption struct {
	ID       benefits.AssumptionID `json:"id"`
	What     benefits.What         `json:"what"`
	Of       benefits.IndicatorKey `json:"of,omitempty"`
	From     benefits.Day          `json:"from"`
	Versions []exportedAssumed     `json:"versions"`
}

type exportedAssumed struct {
	Value   benefits.Number `json:"value"`
	Source  string          `json:"source"`
	Removed bool            `json:"removed,omitempty"`
	By      org.PersonID    `json:"by"`
	At      time.Time       `json:"at"`
}

// assumptions writes what the municipality's benefits are worked out by.
func (x *Export) assumptions(ctx context.Context, a *archive) error {
	return a.list(FileAssumptions, func(add func(any) error) error {
		return x.s.Benefits.AssumptionsOf(ctx, x.actor, x.m.ID, func(b benefits.Assumption) error {
			y := exportedAssumption{ID: b.ID, What: b.What, Of: b.Of, From: b.From}
			for _, v := range b.Versions {
				y.Versions = append(y.Versions, exportedAssumed{v.Value, v.Source, v.Removed, v.By, v.At.UTC()})
			}
			return add(y)
		})
	})
}

// exportedMap is a benefit map, or what one was before it was changed.
type exportedMap struct {
	ID      benefits.MapID    `json:"id"`
	Title   string            `json:"title"`
	Nodes   []exportedMapNode `json:"nodes"`
	Edges   []exportedMapEdge `json:"edges"`
	MadeBy  org.PersonID      `json:"madeBy,omitempty"`
	MadeAt  time.Time         `json:"madeAt,omitzero"`
	By      org.PersonID      `json:"by"`
	At      time.Time         `json:"at"`
	Removed time.Time         `json:"removed,omitzero"`
}

type exportedMapNode struct {
	ID      benefits.NodeID   `json:"id"`
	Kind    benefits.MapKind  `json:"kind"`
	Text    string            `json:"text"`
	Benefit benefits.ID       `json:"benefit,omitempty"`
	Step    assessment.StepID `json:"step,omitempty"` // of the improvement plan
}

type exportedMapEdge struct {
	From benefits.NodeID `json:"from"`
	To   benefits.NodeID `json:"to"`
}

func exportedMapOf(id benefits.MapID, d benefits.MapData) exportedMap {
	x := exportedMap{ID: id, Title: d.Title, Nodes: []exportedMapNode{}, Edges: []exportedMapEdge{}}
	for _, n := range d.Nodes {
		x.Nodes = append(x.Nodes, exportedMapNode(n))
	}
	for _, e := range d.Edges {
		x.Edges = append(x.Edges, exportedMapEdge(e))
	}
	return x
}

// maps writes the municipality's benefit maps, and what they were before they were changed.
func (x *Export) maps(ctx context.Context, a *archive) error {
	err := a.list(FileMaps, func(add func(any) error) error {
		return x.s.Benefits.MapsOf(ctx, x.actor, x.m.ID, func(m benefits.Map) error {
			y := exportedMapOf(m.ID, m.MapData)
			y.MadeBy, y.MadeAt, y.By, y.At, y.Removed = m.MadeBy, m.MadeAt.UTC(), m.By, m.At.UTC(), m.Removed
			return add(y)
		})
	})
	if err != nil {
		return err
	}
	return a.list(FileMapVersions, func(add func(any) error) error {
		return x.s.Benefits.MapVersionsOf(ctx, x.actor, x.m.ID, func(v benefits.MapVersion) error {
			y := exportedMapOf(v.Map, v.MapData)
			y.By, y.At = v.By, v.At.UTC()
			return add(y)
		})
	})
}
