package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/benefits/workbook"
	"helhet/internal/fault"
	"helhet/internal/locale"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// fileGroup is files that are for the same use.
type fileGroup struct {
	Title string
	Links []homeLink
}

// recordForms are the files that benefits and measurements are taken out as.
var recordForms = []struct{ file, label string }{{"benefits.xlsx", "batch.export.book"}, {"benefits.csv", "batch.export.benefits"}, {"measurements.csv", "batch.export.measurements"}, {"benefits.json", "batch.export.json"}}

// outside marks what is taken out for use outside the municipality.
const outside = "outside"

func recordFiles(t locale.Text) []fileGroup {
	groups := []fileGroup{{Title: t.T("batch.export.inside")}, {Title: t.T("batch.export.outward")}}
	for _, f := range recordForms {
		path := "/benefits/export/" + f.file
		groups[0].Links = append(groups[0].Links, homeLink{path, t.T(f.label)})
		groups[1].Links = append(groups[1].Links, homeLink{address(path, url.Values{"for": {outside}}), t.T(f.label)})
	}
	return groups
}

// recordFile answers with the municipality's benefits and measurements as a file.
func (s *Server) recordFile(c *gin.Context, r *request) error {
	file, m := c.Param("file"), r.Actor.Municipality()
	kind, data, err := s.recorded(c.Request.Context(), r, m, file, c.Query("for") == outside)
	if err != nil {
		return err
	}
	c.Header("Content-Disposition", attached("helhet-"+string(m)+"-"+file))
	c.Data(http.StatusOK, kind, data)
	return nil
}

// recorded makes one of the files.
func (s *Server) recorded(ctx context.Context, r *request, m org.MunicipalityID, file string, out bool) (kind string, data []byte, err error) {
	if !org.MayReadBenefits(r.Actor, m) { // before anything is said of which files there are
		return "", nil, fault.New(fault.Forbidden, "api.recorded", "error.forbidden")
	}
	var write func(io.Writer, workbook.Export) error
	switch file {
	case "benefits.xlsx":
		kind, write = xlsxType, workbook.WriteBook
	case "benefits.csv":
		kind, write = csvType, workbook.WriteBenefits
	case "measurements.csv":
		kind, write = csvType, workbook.WriteMeasurements
	case "benefits.json":
		record, err := s.record(ctx, r, m, out)
		if err != nil {
			return "", nil, err
		}
		data, err = json.MarshalIndent(record, "", "  ")
		return "application/json", data, err
	default:
		return "", nil, fault.New(fault.NotFound, "api.recorded", "error.page.unknown")
	}
	all, measured, err := s.Benefits.Record(ctx, r.Actor, m)
	if err != nil {
		return "", nil, err
	}
	var people []org.PersonID
	var steps []assessment.StepID
	for _, b := range all {
		people, steps = append(people, b.Owner), append(steps, b.Steps...)
	}
	toDo, err := s.stepTexts(ctx, r, m, steps)
	if err != nil {
		return "", nil, err
	}
	for _, x := range measured {
		people = append(people, x.Stands().By)
	}
	names, err := s.names(ctx, r.Text, people...)
	if err != nil {
		return "", nil, err
	}
	known, err := s.Benefits.Known(ctx, r.Actor, m)
	if err != nil {
		return "", nil, err
	}
	newest := s.newestCatalogue((*catalogue.Catalogue).Published)
	words := wording(newest, r.Text)
	var b bytes.Buffer
	err = write(&b, workbook.Export{Text: r.Text, Place: s.municipalityName(r.Text, m), Made: s.Now(), Demo: s.Demo, Outside: out, Benefits: all, Measurements: measured, Name: names.of,
		Steps: func(b benefits.Benefit) []string {
			var all []string
			for _, id := range b.Steps {
				all = append(all, cmp.Or(toDo[id], string(id))) // one that is gone from the plan has its code left
			}
			return all
		},
		Task: func(k catalogue.TaskKey) string {
			if newest.Task(k) == nil {
				return string(k)
			}
			return words.Tasks[k].Name
		},
		Indicator: func(k benefits.IndicatorKey) string {
			return nameOf(r.Text, known, k)
		}})
	return kind, b.Bytes(), err
}

// v1Record is all that is kept of a municipality's benefits.
type v1Record struct {
	Municipality org.MunicipalityID `json:"municipality" example:"larvik"`
	Made         time.Time          `json:"made"`
	Inside       bool               `json:"inside" doc:"Figures of fewer than five people are told in full; otherwise their value is <5."`
	Indicators   []v1OwnIndicator   `json:"indicators" doc:"The municipality's own, which the shared of a benefit may name."`
	Benefits     []v1Recorded       `json:"benefits" doc:"The oldest first, those that were removed too."`
}

type v1Recorded struct {
	Benefit      v1Benefit       `json:"benefit"`
	Explanations []v1Explanation `json:"explanations" doc:"All that was said of why it came otherwise than planned, the first first; the last stands. For outside without the text where it may tell a figure of few people."`
	Measurements []v1Measurement `json:"measurements" doc:"Those that were taken out too, each with what it was before it was corrected."`
}

// v1EarlierMeasured is what a measurement was until it was corrected, taken out or put back.
type v1EarlierMeasured struct {
	MeasurementData
	Removed bool         `json:"removed,omitempty" doc:"It was taken out then."`
	By      org.PersonID `json:"by,omitempty" doc:"Left out of a record for outside." example:"p-4f0c"`
	At      time.Time    `json:"at"`
}

func (s *Server) record(ctx context.Context, r *request, m org.MunicipalityID, out bool) (v1Record, error) {
	all, measured, err := s.Benefits.Record(ctx, r.Actor, m)
	if err != nil {
		return v1Record{}, err
	}
	among, err := s.Benefits.Belonging(ctx, r.Actor, m)
	if err != nil {
		return v1Record{}, err
	}
	own, err := s.Benefits.OwnIndicators(ctx, r.Actor, m)
	record := v1Record{Municipality: m, Made: s.Now().UTC(), Inside: !out, Indicators: ownIndicatorStates(own), Benefits: []v1Recorded{}}
	if out { // who measured is not said either
		for i := range record.Indicators {
			record.Indicators[i].By = ""
		}
	}
	at := map[benefits.ID]int{}
	for i, b := range all {
		at[b.ID] = i
		state := s.benefitState(b, among)
		if state.Deviation = deviationOf(b, !out); out && b.FewNow() { // they may well tell the figure
			state.Explanation, state.Effect.Cause, state.Effect.Done = "", "", ""
		}
		record.Benefits = append(record.Benefits, v1Recorded{state, explanationsOf(b, out), []v1Measurement{}})
	}
	for _, x := range measured {
		if i, ok := at[x.Benefit]; ok {
			record.Benefits[i].Measurements = append(record.Benefits[i].Measurements, recordedMeasurementOf(x, out))
		}
	}
	return record, err
}

// explanationsOf is all that was said of why a benefit came otherwise than planned. For outside nothing is said that may tell a figure of few people, nor by whom.
func explanationsOf(b benefits.Benefit, out bool) []v1Explanation {
	all := []v1Explanation{}
	for _, e := range b.Explanations() {
		said := v1Explanation{e.Text, e.Figure, e.Day, e.Value, e.By, e.At}
		if out {
			said.By = ""
			if b.FewNow() || e.Figure != "" && b.FewAt(e.Figure) {
				said.Text = ""
				if said.Value != "" {
					said.Value = benefits.FewShown
				}
			}
		}
		all = append(all, said)
	}
	return all
}

// recordedMeasurementOf is a measurement with what it was. One that describes few people now, or did before, was most likely much the same then.
func recordedMeasurementOf(m benefits.Measurement, out bool) v1Measurement {
	x := measurementStateOf(m, !out)
	few := false
	for _, v := range m.Versions {
		few = few || v.Few()
	}
	if out {
		if x.By = ""; x.Few {
			x.Method, x.Source = "", "" // they may well tell the figure
		}
	}
	for _, v := range m.Versions[:len(m.Versions)-1] {
		e := v1EarlierMeasured{MeasurementData{v.Value, v.To, v.From, v.Low, v.High, v.People, v.Method, v.Source, v.Note, v.Evidence}, v.Removed, v.By, v.At}
		if out {
			if e.By = ""; few {
				e.MeasurementData = MeasurementData{Value: benefits.FewShown, To: v.To, From: v.From}
			}
		}
		x.Earlier = append(x.Earlier, e)
	}
	return x
}
