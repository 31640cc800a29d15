package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"
)

// v1Benefit is a benefit as it stands.
type v1Benefit struct {
	ID           benefits.ID        `json:"id" example:"b-4f0c91d27ab35e60"`
	Municipality org.MunicipalityID `json:"municipality" example:"larvik"`
	Owner        org.PersonID       `json:"owner,omitempty" doc:"Who answers for it: a person of the municipality." example:"p-4f0c"`
	BenefitData
	Warnings  []benefits.Warning `json:"warnings" doc:"What makes its figures doubtful: baseline-late (measured when the measures had effect already), target-against (no better than the baseline)."`
	Due       benefits.Day       `json:"due,omitempty" doc:"When it is to be measured next; absent while nothing is to be." example:"2026-12-02"`
	Late      int                `json:"late,omitempty" doc:"How many days its measurement is overdue; after 30 its figures may be out of date. Absent while it is not." example:"12"`
	Deviation *v1Deviation       `json:"deviation,omitempty" doc:"How far the latest figure is from the plan; absent where the plan lies within what it may be, or it differs by a fifth of the planned change or less, and of a figure that describes fewer than five people."`
	PartOf    benefits.ID        `json:"partOf,omitempty" doc:"The benefit that it is a part of: sums count it there, where that counts." example:"b-91d24f0c7ab35e60"`
	Alike     []benefits.ID      `json:"alike,omitempty" doc:"Others that may count the same thing: they share indicator, task (or neither names one) and time, and nobody has said how they belong together (join-benefit, differ-benefit)." example:"[\"b-91d24f0c7ab35e60\"]"`
	Different []benefits.ID      `json:"different,omitempty" doc:"Others that look like it, and that somebody said are different."`
	MadeAt    time.Time          `json:"madeAt"`
	SavedAt   time.Time          `json:"savedAt"`
	Removed   time.Time          `json:"removed,omitzero" doc:"When it was removed; absent while it stands. It counts nowhere, and can be brought back for 30 days."`
	Tag       string             `json:"tag" doc:"Names this state of it; send it in If-Match to change it." example:"GYJQ5TZ2M3KXW7AB"`
	By        string             `json:"by,omitempty" doc:"Who saved it: only told to whom a save was lost to."`
}

// BenefitData is what a save sends. Values are exact decimals, as text.
type BenefitData struct {
	Title       string                `json:"title" minLength:"1" maxLength:"150" example:"Fewer night visits"`
	Type        benefits.Type         `json:"type" enum:"saved-time,avoided-cost,increased-quality"`
	Status      benefits.Status       `json:"status" enum:"idea,planned,measuring,realised,partly,not,handed-over" doc:"What each needs, and where it may go from there, stands in docs/benefits.md; 422 names what is missing."`
	Tasks       []catalogue.TaskKey   `json:"tasks,omitempty" maxItems:"24" doc:"Tasks of the model."`
	Technology  string                `json:"technology,omitempty" maxLength:"150"`
	Stakeholder string                `json:"stakeholder,omitempty" maxLength:"150"`
	Shared      benefits.IndicatorKey `json:"shared,omitempty" doc:"An indicator of the shared catalogue (list-indicators) or of the municipality's own (list-own-indicators), which says the unit, time and direction too. Left out: words alone." example:"driving-hours"`
	Indicator   string                `json:"indicator,omitempty" maxLength:"150" example:"Hours driven per week at night"`
	Unit        benefits.Unit         `json:"unit,omitempty" enum:"hours,minutes,days,visits,kilometres,nok,share,score,count" doc:"A share is 0 to 100, a score 1 to 5, a count whole."`
	Per         benefits.Per          `json:"per,omitempty" enum:"week,month,year" doc:"The time that figures are for that no indicator is named of; left out: an average, or how it is at one time. An indicator says it itself."`
	Direction   benefits.Direction    `json:"direction,omitempty" enum:"more,less" doc:"Which way is better."`
	Baseline    v1Baseline            `json:"baseline,omitzero"`
	Target      v1BenefitTarget       `json:"target,omitzero"`
	EffectFrom  benefits.Day          `json:"effectFrom,omitempty" doc:"When the measures begin to have effect." example:"2026-03-02"`
	Plan        v1MeasuringPlan       `json:"plan,omitzero" doc:"When it is measured, in months after effectFrom. Left out: after 3, 6 and 12 months, then yearly."`
	Assumptions string                `json:"assumptions,omitempty" maxLength:"2000"`
	Measures    string                `json:"measures,omitempty" maxLength:"2000"`
	Steps       []assessment.StepID   `json:"steps,omitempty" maxItems:"20" doc:"Steps of the municipality's improvement plan that it comes of." example:"[\"s-4f0c91d27ab35e60\"]"`
	Risk        string                `json:"risk,omitempty" maxLength:"2000"`
	Uncertainty string                `json:"uncertainty,omitempty" maxLength:"2000"`
	Own         v1Own                 `json:"own,omitzero" doc:"What it assumes instead of its municipality (list-assumptions)."`
	Disposition v1Disposition         `json:"disposition,omitzero" doc:"How the gain is used: 100 together, or nothing."`
	Explanation string                `json:"explanation,omitempty" maxLength:"2000" doc:"Why it came otherwise than planned: what stands of list-explanations. Another text is added to them, of the latest figure."`
	Effect      v1Effect              `json:"effect,omitzero" doc:"Of an effect that nobody had planned. It has no baseline, target, effectFrom, plan or disposition, its status is measuring, and its measurements say how large it is, never below nought. It stays what it is: a benefit never becomes one, nor the other way."`
}

type v1Effect struct {
	Sign      benefits.Sign `json:"sign,omitempty" enum:"better,worse" doc:"Which way it goes."`
	Noticed   benefits.Day  `json:"noticed,omitempty" doc:"When somebody saw it; not after today." example:"2026-05-04"`
	NoticedBy string        `json:"noticedBy,omitempty" maxLength:"150" doc:"Who, in words: a unit, a role." example:"The night team"`
	Cause     string        `json:"cause,omitempty" maxLength:"2000"`
	Done      string        `json:"done,omitempty" maxLength:"2000" doc:"What is done about it."`
}

type v1Baseline struct {
	Value  benefits.Number `json:"value,omitempty" doc:"An exact decimal with at most two decimals." example:"42.5"`
	Low    benefits.Number `json:"low,omitempty" doc:"How low it may be; with high, or neither." example:"40"`
	High   benefits.Number `json:"high,omitempty" doc:"How high it may be." example:"44"`
	Date   benefits.Day    `json:"date,omitempty" example:"2026-01-19"`
	Method string          `json:"method,omitempty" maxLength:"150"`
	Source string          `json:"source,omitempty" maxLength:"150"`
}

type v1MeasuringPlan struct {
	After []int `json:"after,omitempty" maxItems:"12" doc:"Each greater than the one before, at most 120." example:"[3,6,12]"`
	Every int   `json:"every,omitempty" minimum:"0" maximum:"120" doc:"And so many months apart after the last of them." example:"12"`
}

type v1BenefitTarget struct {
	Value benefits.Number `json:"value,omitempty" doc:"As the baseline's." example:"24"`
	Date  benefits.Day    `json:"date,omitempty" example:"2027-06-30"`
}

type v1Own struct {
	HourlyCost  benefits.Number `json:"hourlyCost,omitempty" doc:"Kroner per hour." example:"480"`
	HoursPerFTE benefits.Number `json:"hoursPerFTE,omitempty" doc:"Working hours of a full-time post in a year." example:"1700"`
	TaskCost    benefits.Number `json:"taskCost,omitempty" doc:"Kroner for one of what the benefit counts." example:"320"`
	Date        benefits.Day    `json:"date,omitempty" doc:"The day the figures are from; wanted where one is given." example:"2026-01-01"`
	Source      string          `json:"source,omitempty" maxLength:"150" doc:"Wanted where one is given."`
}

type v1Disposition struct {
	BudgetCut int    `json:"budgetCut,omitempty" minimum:"0" maximum:"100" doc:"Percent."`
	Capacity  int    `json:"capacity,omitempty" minimum:"0" maximum:"100"`
	Quality   int    `json:"quality,omitempty" minimum:"0" maximum:"100"`
	Other     int    `json:"other,omitempty" minimum:"0" maximum:"100"`
	Decision  string `json:"decision,omitempty" maxLength:"2000" doc:"The decision it rests on."`
}

// v1NewBenefit is BenefitData with an owner.
type v1NewBenefit struct {
	BenefitData
	Owner org.PersonID `json:"owner,omitempty" doc:"A person of the municipality." example:"p-4f0c"`
}

type v1BenefitOwner struct {
	Owner org.PersonID `json:"owner" doc:"A person of the municipality; empty is nobody." example:"p-4f0c"`
}

type v1Benefits struct {
	Benefits []v1Benefit `json:"benefits" doc:"The newest first."`
	Next     string      `json:"next,omitempty" doc:"Send it as after to go on; absent at the end."`
}

type benefitsInput struct {
	MunicipalityPath
	Status benefits.Status `query:"status" enum:"idea,planned,measuring,realised,partly,not,handed-over" doc:"Only those with this status."`
	Owner  org.PersonID    `query:"owner" doc:"Only those that this person owns." example:"p-4f0c"`
	Shelf  benefits.Shelf  `query:"shelf" enum:"standing,unexpected,late,unexplained,removed" default:"standing" doc:"Those that stand; effects that nobody had planned; what should have been measured by now; what deviates from its plan with nobody having said why; or what was removed and can be brought back. What is late or unexplained comes with what has waited longest first, and a page of it may have fewer than limit though others follow."`
	InsideQuery
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"At most so many."`
	After string `query:"after" doc:"Goes on after what next said."`
}

type benefitsOutput struct{ Body v1Benefits }

type addBenefitInput struct {
	MunicipalityPath
	EditHeader
	ConfirmHeader
	Body v1NewBenefit
}

type saveBenefitInput struct {
	BenefitPath
	ChangeHeader
	ConfirmHeader
	Body BenefitData
}

type giveBenefitInput struct {
	BenefitPath
	ChangeHeader
	Body v1BenefitOwner
}

type taggedBenefitInput struct {
	BenefitPath
	TagHeader
}

type benefitOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"Its tag, in quotation marks."`
	Body   v1Benefit
}

func (v *v1) addBenefits() {
	at := time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)
	data := BenefitData{Title: "Fewer night visits", Type: benefits.SavedTime, Status: benefits.Measuring, Tasks: []catalogue.TaskKey{"gevinster"}, Shared: "driving-hours", Indicator: "The night cars only", Unit: benefits.Hours, Direction: benefits.Less,
		Baseline: v1Baseline{Value: "42.5", Date: "2026-01-19"}, Target: v1BenefitTarget{"24", "2027-06-30"}, EffectFrom: "2026-03-02", Disposition: v1Disposition{BudgetCut: 20, Quality: 80}}
	idea := BenefitData{Title: "Fewer night visits", Type: benefits.SavedTime, Status: benefits.Idea}
	example := v1Benefit{ID: "b-4f0c91d27ab35e60", Municipality: "larvik", Owner: "p-4f0c", BenefitData: data, Warnings: []benefits.Warning{}, MadeAt: at, SavedAt: at, Tag: exampleTag}
	added := v1Benefit{ID: "b-4f0c91d27ab35e60", Municipality: "larvik", BenefitData: idea, Warnings: []benefits.Warning{}, MadeAt: at, SavedAt: at, Tag: exampleTag}
	add(v, operation{
		ID: "list-benefits", Method: http.MethodGet, Path: "/municipalities/{municipality}/benefits", Tag: "Benefits", Summary: "A municipality's benefits",
		About: "For its own people.", Fails: []fault.Code{fault.Forbidden, fault.NotFound}, Example: v1Benefits{Benefits: []v1Benefit{example}},
	}, func(ctx context.Context, r *request, in *benefitsInput) (*benefitsOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		all, next, err := v.Benefits.List(ctx, r.Actor, benefits.Filter{Municipality: m.ID, Status: in.Status, Owner: in.Owner, Shelf: in.Shelf, Limit: in.Limit, After: store.Cursor(in.After)})
		if err != nil {
			return nil, err
		}
		out := &benefitsOutput{v1Benefits{[]v1Benefit{}, string(next)}}
		if in.Shelf == benefits.WaitsOnWhy && !in.Inside { // that it is listed would tell of the figure
			all = slices.DeleteFunc(all, benefits.Benefit.FewNow)
		}
		among, err := v.Benefits.Belonging(ctx, r.Actor, m.ID)
		for _, b := range all {
			state := v.benefitState(b, among)
			state.Deviation = deviationOf(b, in.Inside)
			out.Body.Benefits = append(out.Body.Benefits, state)
		}
		return out, err
	})
	add(v, operation{
		ID: "add-benefit", Method: http.MethodPost, Path: "/municipalities/{municipality}/benefits", Tag: "Benefits", Summary: "Put a benefit down",
		About: "For its coordinators. It begins as an idea, or planned. 201, or 200 when the same edit is sent again.", Status: http.StatusCreated,
		Fails: additionFails, Request: v1NewBenefit{BenefitData: idea}, Example: added,
	}, func(ctx context.Context, r *request, in *addBenefitInput) (*benefitOutput, error) {
		m, err := v.find(in.Municipality)
		if err != nil {
			return nil, err
		}
		b, made, err := v.Benefits.Add(ctx, r.Actor, benefits.Add{Municipality: m.ID, Data: in.Body.data(), Owner: in.Body.Owner, Edit: in.Edit, Confirmed: in.Confirm != ""})
		if err != nil {
			return nil, err
		}
		out, err := v.benefitAnswer(ctx, r, b)
		if err == nil && made {
			out.Status = http.StatusCreated
		}
		return out, err
	})
	add(v, operation{
		ID: "get-benefit", Method: http.MethodGet, Path: "/municipalities/{municipality}/benefits/{benefit}", Tag: "Benefits", Summary: "One benefit",
		About: "404 for everybody outside its municipality.", Fails: []fault.Code{fault.NotFound}, Example: example,
	}, func(ctx context.Context, r *request, in *BenefitPath) (*benefitOutput, error) {
		b, err := v.benefitIn(ctx, r, in)
		if err != nil {
			return nil, err
		}
		return v.benefitAnswer(ctx, r, b)
	})
	v.changeBenefits(example)
	v.addExplanations(example)
	v.addParts(example)
}

func (v *v1) changeBenefits(example v1Benefit) {
	add(v, operation{
		ID: "save-benefit", Method: http.MethodPut, Path: "/municipalities/{municipality}/benefits/{benefit}", Tag: "Benefits", Summary: "Change a benefit",
		About: "For coordinators and its owner. All fields are sent; one that is left out is emptied. The owner stays: give-benefit changes that. With If-Match: 428 without, 412 with current and yours when somebody else was first.",
		Fails: changeFails, Request: example.BenefitData, Example: example,
	}, func(ctx context.Context, r *request, in *saveBenefitInput) (*benefitOutput, error) {
		if _, err := v.benefitIn(ctx, r, &in.BenefitPath); err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		b, err := v.Benefits.Save(ctx, r.Actor, benefits.Save{ID: in.Benefit, Data: in.Body.data(), Tag: pre.Tag, Edit: pre.Edit, Confirmed: in.Confirm != ""})
		if err != nil {
			return nil, v.lostBenefit(ctx, err, func(benefits.Lost) any { return in.Body })
		}
		return v.benefitAnswer(ctx, r, b)
	})
	add(v, operation{
		ID: "give-benefit", Method: http.MethodPut, Path: "/municipalities/{municipality}/benefits/{benefit}/owner", Tag: "Benefits", Summary: "Say who owns a benefit",
		About: "For coordinators, and for its owner, who hands it over. With If-Match, as save-benefit.", Fails: changeFails, Request: v1BenefitOwner{"p-4f0c"}, Example: example,
	}, func(ctx context.Context, r *request, in *giveBenefitInput) (*benefitOutput, error) {
		if _, err := v.benefitIn(ctx, r, &in.BenefitPath); err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		b, err := v.Benefits.Give(ctx, r.Actor, benefits.Give{ID: in.Benefit, Owner: in.Body.Owner, Tag: pre.Tag, Edit: pre.Edit})
		if err != nil {
			return nil, v.lostBenefit(ctx, err, func(benefits.Lost) any { return in.Body })
		}
		return v.benefitAnswer(ctx, r, b)
	})
	add(v, operation{
		ID: "remove-benefit", Method: http.MethodDelete, Path: "/municipalities/{municipality}/benefits/{benefit}", Tag: "Benefits", Summary: "Remove a benefit that was put down by mistake",
		About: "For coordinators. It counts nowhere, and can be brought back for 30 days; then it is deleted with its measurements. With If-Match, as save-benefit.", Fails: changeFails, Example: example,
	}, func(ctx context.Context, r *request, in *taggedBenefitInput) (*benefitOutput, error) {
		if _, err := v.benefitIn(ctx, r, &in.BenefitPath); err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		b, err := v.Benefits.Remove(ctx, r.Actor, in.Benefit, pre.Tag)
		if err != nil {
			return nil, v.lostBenefit(ctx, err, func(benefits.Lost) any { return struct{}{} })
		}
		return v.benefitAnswer(ctx, r, b)
	})
	add(v, operation{
		ID: "restore-benefit", Method: http.MethodPost, Path: "/municipalities/{municipality}/benefits/{benefit}/restore", Tag: "Benefits", Summary: "Bring a removed benefit back",
		About: "For coordinators. 409 when it was removed more than 30 days ago.", Fails: []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.OutcomeUnknown}, Example: example,
	}, func(ctx context.Context, r *request, in *BenefitPath) (*benefitOutput, error) {
		if _, err := v.benefitIn(ctx, r, in); err != nil {
			return nil, err
		}
		b, err := v.Benefits.Restore(ctx, r.Actor, in.Benefit)
		if err != nil {
			return nil, err
		}
		return v.benefitAnswer(ctx, r, b)
	})
}

// benefitIn finds a benefit where the address says it is.
func (s *Server) benefitIn(ctx context.Context, r *request, in *BenefitPath) (benefits.Benefit, error) {
	m, err := s.find(in.Municipality)
	if err != nil {
		return benefits.Benefit{}, err
	}
	b, err := s.Benefits.Benefit(ctx, r.Actor, in.Benefit)
	if err == nil && b.Municipality != m.ID {
		err = fault.New(fault.NotFound, "api.benefit", "error.benefit.unknown")
	}
	return b, err
}

// lostBenefit gives a lost race what stands and what was sent. Any other error passes through.
func (s *Server) lostBenefit(ctx context.Context, err error, yours func(benefits.Lost) any) error {
	if fault.CodeOf(err) != fault.Stale {
		return err
	}
	told := *faultOf(err)
	lost := told.Detail.(benefits.Lost)
	names, err := s.names(ctx, requestOf(ctx).Text, lost.Theirs.By)
	if err != nil {
		return err
	}
	among, err := s.Benefits.Belonging(ctx, requestOf(ctx).Actor, lost.Theirs.Municipality)
	if err != nil {
		return err
	}
	theirs := s.benefitState(lost.Theirs, among)
	theirs.By = names.of(lost.Theirs.By)
	told.Detail = conflict{theirs, yours(lost)}
	return &told
}

func (s *Server) benefitAnswer(ctx context.Context, r *request, b benefits.Benefit) (*benefitOutput, error) {
	among, err := s.Benefits.Belonging(ctx, r.Actor, b.Municipality)
	if err != nil {
		return nil, err
	}
	return &benefitOutput{http.StatusOK, strconv.Quote(b.Tag), s.benefitState(b, among)}, nil
}

func differentOf(b benefits.Benefit) []benefits.ID {
	var all []benefits.ID
	for _, a := range b.Different {
		all = append(all, a.With)
	}
	return all
}

// benefitState is a benefit as a program is told of it, with what is known of it among its municipality's others.
func (s *Server) benefitState(b benefits.Benefit, among benefits.Belonging) v1Benefit {
	d := b.Data
	return v1Benefit{ID: b.ID, Municipality: b.Municipality, Owner: b.Owner, BenefitData: BenefitData{
		d.Title, d.Type, d.Status, d.Tasks, d.Technology, d.Stakeholder, d.Shared, d.Indicator, d.Unit, d.Per, d.Direction, v1Baseline(d.Baseline), v1BenefitTarget(d.Target), d.EffectFrom, v1MeasuringPlan(d.Plan),
		d.Assumptions, d.Measures, d.Steps, d.Risk, d.Uncertainty, v1Own(d.Own), v1Disposition(d.Disposition), d.Explanation, v1Effect(d.Effect),
	}, Warnings: append([]benefits.Warning{}, d.Warnings()...), Due: b.Due(), Late: b.Overdue(assessment.DayOf(s.Now())), Deviation: deviationOf(b, false), PartOf: b.PartOf, Alike: among.Twins(b.ID), Different: differentOf(b),
		MadeAt: b.MadeAt, SavedAt: b.At, Removed: b.Removed, Tag: b.Tag}
}

func (d BenefitData) data() benefits.Data {
	return benefits.Data{Title: d.Title, Type: d.Type, Status: d.Status, Tasks: d.Tasks, Technology: d.Technology, Stakeholder: d.Stakeholder, Shared: d.Shared, Indicator: d.Indicator, Unit: d.Unit, Per: d.Per, Direction: d.Direction,
		Baseline: benefits.Baseline(d.Baseline), Target: benefits.Target(d.Target), EffectFrom: d.EffectFrom, Plan: benefits.Plan(d.Plan), Assumptions: d.Assumptions, Measures: d.Measures, Steps: d.Steps, Risk: d.Risk, Uncertainty: d.Uncertainty,
		Own: benefits.Own(d.Own), Disposition: benefits.Disposition(d.Disposition), Explanation: d.Explanation, Effect: benefits.Effect(d.Effect)}
}
