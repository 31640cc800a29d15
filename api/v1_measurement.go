package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/org"
)

// MeasurementData is what a save of a measurement sends. Values are exact decimals, as text, in the benefit's unit.
type MeasurementData struct {
	Value  benefits.Number `json:"value" doc:"An exact decimal with at most two decimals; <5 in an answer that withholds what fewer than five people amount to." example:"33.5"`
	To     benefits.Day    `json:"to" doc:"Its day, or the last of its period; not after today." example:"2026-11-20"`
	From   benefits.Day    `json:"from,omitempty" doc:"The first day of a period." example:"2026-10-24"`
	Low    benefits.Number `json:"low,omitempty" doc:"How low it may be; with high, or neither." example:"31"`
	High   benefits.Number `json:"high,omitempty" doc:"How high it may be." example:"36"`
	People int             `json:"people,omitempty" minimum:"0" doc:"How many people it describes; 0 is not known. Below five it never leaves the municipality." example:"18"`
	Method string          `json:"method,omitempty" maxLength:"150"`
	Source string          `json:"source,omitempty" maxLength:"150"`
	Note   string          `json:"note,omitempty" maxLength:"2000"`
	// Evidence is the address of what shows it.
	Evidence string `json:"evidence,omitempty" maxLength:"2000" doc:"The address of what shows it: http or https, without a password." example:"https://kommunen.no/arkiv/26-1042"`
}

// v1Measurement is a measurement as it stands.
type v1Measurement struct {
	ID benefits.MeasurementID `json:"id" example:"m-4f0c91d27ab35e60"`
	MeasurementData
	Few      bool                `json:"few,omitempty" doc:"It describes fewer than five people: its value is <5, and range, people and note are left out, unless inside is asked for."`
	Removed  bool                `json:"removed,omitempty" doc:"It was taken out and doesn't count."`
	Versions int                 `json:"versions" doc:"How many times it was written: 1 has never been corrected." example:"1"`
	By       org.PersonID        `json:"by,omitempty" doc:"Left out of a record for outside." example:"p-4f0c"`
	At       time.Time           `json:"at"`
	Earlier  []v1EarlierMeasured `json:"earlier,omitempty" doc:"In a record alone: what it was before, the first first. For outside the values of none are told where any of them, or what stands, describes few people."`
	Tag      string              `json:"tag" doc:"Send it in If-Match to correct it." example:"GYJQ5TZ2M3KXW7AB"`
}

type v1Measurements struct {
	Measurements []v1Measurement `json:"measurements" doc:"The latest day first, those taken out too."`
}

// InsideQuery asks for figures that never leave the municipality. Who gets an answer at all is of it; a program says so each time, since what it does with the
// answer nobody knows.
type InsideQuery struct {
	Inside bool `query:"inside" doc:"The answer stays inside the municipality: figures of fewer than five people are told in full."`
}

type measurementsInput struct {
	BenefitPath
	InsideQuery
}

type measurementsOutput struct{ Body v1Measurements }

type addMeasurementInput struct {
	BenefitPath
	EditHeader
	ConfirmHeader
	Body MeasurementData
}

type saveMeasurementInput struct {
	MeasurementPath
	InsideQuery
	ChangeHeader
	ConfirmHeader
	Body MeasurementData
}

type undoMeasurementInput struct {
	MeasurementPath
	InsideQuery
	ChangeHeader
}

type measurementOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"Its tag, in quotation marks."`
	Body   v1Measurement
}

func (v *v1) addMeasurements() {
	data := MeasurementData{Value: "33.5", To: "2026-11-20", From: "2026-10-24", Low: "31", High: "36", People: 18, Source: "The driving log"}
	example := v1Measurement{ID: "m-4f0c91d27ab35e60", MeasurementData: data, Versions: 1, By: "p-4f0c", At: time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC), Tag: exampleTag}
	const path = "/municipalities/{municipality}/benefits/{benefit}/measurements"
	add(v, operation{
		ID: "list-measurements", Method: http.MethodGet, Path: path, Tag: "Benefits", Summary: "A benefit's measurements", About: "404 for everybody outside its municipality. What fewer than five people amount to is withheld unless inside is asked for.",
		Fails: []fault.Code{fault.NotFound}, Example: v1Measurements{[]v1Measurement{example}},
	}, func(ctx context.Context, r *request, in *measurementsInput) (*measurementsOutput, error) {
		if _, err := v.benefitIn(ctx, r, &in.BenefitPath); err != nil {
			return nil, err
		}
		all, err := v.Benefits.Measurements(ctx, r.Actor, in.Benefit)
		out := &measurementsOutput{v1Measurements{[]v1Measurement{}}}
		for _, m := range all {
			out.Body.Measurements = append(out.Body.Measurements, measurementStateOf(m, in.Inside))
		}
		return out, err
	})
	add(v, operation{
		ID: "add-measurement", Method: http.MethodPost, Path: path, Tag: "Benefits", Summary: "Put a measurement down",
		About: "For coordinators and the benefit's owner.", Status: http.StatusCreated, Fails: additionFails, Request: data, Example: example,
	}, func(ctx context.Context, r *request, in *addMeasurementInput) (*measurementOutput, error) {
		if _, err := v.benefitIn(ctx, r, &in.BenefitPath); err != nil {
			return nil, err
		}
		m, err := v.Benefits.Measure(ctx, r.Actor, benefits.Measure{Benefit: in.Benefit, Data: in.Body.measured(), Edit: in.Edit, Confirmed: in.Confirm != ""})
		if err != nil {
			return nil, err
		}
		return &measurementOutput{http.StatusCreated, strconv.Quote(m.Tag), measurementStateOf(m, true)}, nil // she sent it
	})
	add(v, operation{
		ID: "save-measurement", Method: http.MethodPut, Path: path + "/{measurement}", Tag: "Benefits", Summary: "Correct a measurement",
		About: "What it was is kept. With If-Match: 428 without, 412 with current and yours when somebody else was first.", Fails: changeFails, Request: data, Example: example,
	}, func(ctx context.Context, r *request, in *saveMeasurementInput) (*measurementOutput, error) {
		if _, err := v.benefitIn(ctx, r, &in.BenefitPath); err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		m, err := v.Benefits.Measure(ctx, r.Actor, benefits.Measure{Benefit: in.Benefit, ID: in.Measurement, Data: in.Body.measured(), Tag: pre.Tag, Edit: pre.Edit, Confirmed: in.Confirm != ""})
		return measurementAnswer(m, err, in.Body, true, in.Inside)
	})
	add(v, operation{
		ID: "undo-measurement", Method: http.MethodPost, Path: path + "/{measurement}/undo", Tag: "Benefits", Summary: "Undo the last change of a measurement",
		About: "A correction is taken back; one that was only made is taken out. Undone again it stands as before. With If-Match, as save-measurement.", Fails: changeFails, Example: example,
	}, func(ctx context.Context, r *request, in *undoMeasurementInput) (*measurementOutput, error) {
		if _, err := v.benefitIn(ctx, r, &in.BenefitPath); err != nil {
			return nil, err
		}
		pre, err := in.precondition()
		if err != nil {
			return nil, err
		}
		m, err := v.Benefits.Undo(ctx, r.Actor, in.Benefit, in.Measurement, pre.Tag, pre.Edit)
		return measurementAnswer(m, err, struct{}{}, in.Inside, in.Inside)
	})
}

// measurementAnswer answers with what was saved, and a lost race with what stands. Whole and inside tell of which figures of few people are told.
func measurementAnswer(m benefits.Measurement, err error, yours any, whole, inside bool) (*measurementOutput, error) {
	if fault.CodeOf(err) == fault.Stale {
		told := *faultOf(err)
		told.Detail = conflict{measurementStateOf(told.Detail.(benefits.LostMeasurement).Theirs, inside), yours}
		return nil, &told
	}
	if err != nil {
		return nil, err
	}
	return &measurementOutput{http.StatusOK, strconv.Quote(m.Tag), measurementStateOf(m, whole)}, nil
}

// measurementStateOf is a measurement as a program is told of it: outside the municipality without what fewer than five people amount to.
func measurementStateOf(m benefits.Measurement, inside bool) v1Measurement {
	s := m.Stands()
	few := s.Few()
	if !inside {
		shown, ok := s.ForOutside()
		if s.Figures = shown; !ok {
			s.Value, s.Note, s.Evidence = benefits.FewShown, "", ""
		}
	}
	return v1Measurement{ID: m.ID, MeasurementData: MeasurementData{s.Value, s.To, s.From, s.Low, s.High, s.People, s.Method, s.Source, s.Note, s.Evidence}, Few: few, Removed: s.Removed, Versions: len(m.Versions), By: s.By, At: s.At, Tag: m.Tag}
}

func (d MeasurementData) measured() benefits.Measured {
	return benefits.Measured{Figures: benefits.Figures{From: d.From, To: d.To, Value: d.Value, Low: d.Low, High: d.High, People: d.People}, Method: d.Method, Source: d.Source, Note: d.Note, Evidence: d.Evidence}
}
