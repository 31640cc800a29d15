package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"helhet/assessment"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/org"

	"github.com/danielgtaylor/huma/v2"
)

// v1MeasurementFile is a file that shows a measurement.
type v1MeasurementFile struct {
	ID      assessment.EvidenceID `json:"id" example:"e-4f0c91d27ab35e60"`
	Version int                   `json:"version" doc:"How many times the measurement had been written when the file came: 1 is as it was first put down." example:"1"`
	Current bool                  `json:"current" doc:"What stands has the same figures as that version."`
	Few     bool                  `json:"few,omitempty" doc:"It may show figures of fewer than five people: what it is called is left out, and it is not given out, unless inside is asked for."`
	Title   string                `json:"title,omitempty" doc:"What it shows."`
	File    *v1EvidenceFile       `json:"file,omitempty"`
	AddedAt time.Time             `json:"addedAt"`
	Removed time.Time             `json:"removed,omitzero" doc:"It can be brought back for 30 days after."`
}

type v1MeasurementFiles struct {
	Files []v1MeasurementFile `json:"files" doc:"The oldest first."`
}

type measurementFilesInput struct {
	MeasurementPath
	InsideQuery
}

type measurementFilesOutput struct{ Body v1MeasurementFiles }

type measurementFileInput struct {
	MeasurementPath
	InsideQuery
	Evidence assessment.EvidenceID `path:"evidence" doc:"The file." example:"e-4f0c91d27ab35e60"`
}

type measurementFileOutput struct {
	Status int
	Body   v1MeasurementFile
}

type newMeasurementFileInput struct {
	MeasurementPath
	Name  string `query:"name" required:"true" doc:"What the file is called; no path." example:"driving-log.pdf"`
	Title string `query:"title" maxLength:"200" doc:"What it shows."`
	EditHeader
	ConfirmHeader

	content io.Reader
}

// Resolve takes the body as it comes, so that it is never whole in memory.
func (in *newMeasurementFileInput) Resolve(c huma.Context) []error {
	in.content = c.BodyReader()
	return nil
}

// v1MeasurementFileOf is a file as a program is told of it: what it is called says something of people, too.
func (s *Server) v1MeasurementFileOf(m benefits.Measurement, e assessment.Evidence, inside bool) v1MeasurementFile {
	version := e.Shows.Version
	v := v1MeasurementFile{ID: e.ID, Version: version, Current: m.Says(version), Few: m.FewIn(version), AddedAt: e.At, Removed: e.Removed}
	if inside || !v.Few {
		v.Title, v.File = e.Title, s.v1FileOf(e.File)
	}
	return v
}

func (v *v1) measurementFiles() {
	at := time.Date(2026, 11, 23, 13, 2, 0, 0, time.UTC)
	example := v1MeasurementFile{ID: "e-4f0c91d27ab35e60", Version: 1, Current: true, Title: "The driving log", File: &v1EvidenceFile{"driving-log.pdf", assessment.FilePDF, 48_213, assessment.ScanClean, false}, AddedAt: at}
	reads := []fault.Code{fault.NotFound}
	changes := []fault.Code{fault.Forbidden, fault.NotFound, fault.Conflict, fault.OutcomeUnknown}
	const path = "/municipalities/{municipality}/benefits/{benefit}/measurements/{measurement}/evidence"
	add(v, operation{ID: "list-measurement-files", Method: http.MethodGet, Path: path, Tag: "Benefits", Summary: "The files that show a measurement",
		About: "404 for everybody outside its municipality. A file stays with the version that it came with: after a correction of the figures it is no longer current.", Fails: reads, Example: v1MeasurementFiles{[]v1MeasurementFile{example}},
	}, func(ctx context.Context, r *request, in *measurementFilesInput) (*measurementFilesOutput, error) {
		if _, err := v.benefitIn(ctx, r, &in.BenefitPath); err != nil {
			return nil, err
		}
		m, all, err := v.Benefits.FilesFor(ctx, r.Actor, in.Benefit, in.Measurement)
		out := &measurementFilesOutput{v1MeasurementFiles{[]v1MeasurementFile{}}}
		for _, e := range all {
			out.Body.Files = append(out.Body.Files, v.v1MeasurementFileOf(m, e, in.Inside))
		}
		return out, err
	})
	add(v, operation{ID: "add-measurement-file", Method: http.MethodPost, Path: path + "/files", Tag: "Benefits", Summary: "Add a file that shows a measurement", Status: http.StatusOK, Created: true,
		Fails: additionFails, Example: example,
		About: "For coordinators and the benefit's owner. The body is the file, as in add-evidence-file. 409 for a measurement that was taken out. 201 for a new file, 200 for one that was there.",
	}, func(ctx context.Context, r *request, in *newMeasurementFileInput) (*measurementFileOutput, error) {
		if _, err := v.benefitIn(ctx, r, &in.BenefitPath); err != nil {
			return nil, err
		}
		if err := v.Benefits.MayShow(ctx, r.Actor, in.Benefit, in.Measurement); err != nil {
			return nil, err
		}
		sent, err := sentFile(in.Name, in.content)
		if err != nil {
			return nil, err
		}
		defer sent.close()
		show := benefits.Show{Benefit: in.Benefit, Measurement: in.Measurement, Title: in.Title, Edit: in.Edit, Confirmed: in.Confirm != ""}
		e, made, err := v.Benefits.ShowFile(ctx, r.Actor, show, sent.given())
		if err != nil {
			return nil, err
		}
		_, m, err := v.Benefits.Measurement(ctx, r.Actor, in.Benefit, in.Measurement)
		return &measurementFileOutput{savedStatus(precondition{First: true}, !made), v.v1MeasurementFileOf(m, e, true)}, err // she sent it
	})
	v.takesBytes(path + "/files")
	add(v, operation{ID: "get-measurement-file", Method: http.MethodGet, Path: path + "/{evidence}", Tag: "Benefits", Summary: "One file that shows a measurement", About: "Removed ones too, while they can be brought back.",
		Fails: reads, Example: example,
	}, func(ctx context.Context, r *request, in *measurementFileInput) (*measurementFileOutput, error) {
		if _, err := v.benefitIn(ctx, r, &in.BenefitPath); err != nil {
			return nil, err
		}
		m, e, err := v.Benefits.File(ctx, r.Actor, in.Benefit, in.Measurement, in.Evidence)
		if err != nil {
			return nil, err
		}
		return &measurementFileOutput{http.StatusOK, v.v1MeasurementFileOf(m, e, in.Inside)}, nil
	})
	add(v, operation{ID: "get-measurement-file-content", Method: http.MethodGet, Path: path + "/{evidence}/file", Tag: "Benefits", Summary: "Its content", File: mediaBytes,
		About: "409 while it is held back, and for one that may show figures of fewer than five people unless inside is asked for. An answer that is broken off is shorter than its Content-Length.", Fails: append(reads, fault.Conflict),
	}, func(ctx context.Context, r *request, in *measurementFileInput) (*huma.StreamResponse, error) {
		if _, err := v.benefitIn(ctx, r, &in.BenefitPath); err != nil {
			return nil, err
		}
		m, e, err := v.Benefits.File(ctx, r.Actor, in.Benefit, in.Measurement, in.Evidence)
		if err != nil {
			return nil, err
		}
		if !in.Inside && m.FewIn(e.Shows.Version) {
			return nil, fault.New(fault.Conflict, "api.measurementFile", "error.measurement.file.inside", "min", benefits.FewPeople)
		}
		e, content, err := v.Benefits.OpenFile(ctx, r.Actor, in.Benefit, in.Measurement, in.Evidence)
		if err != nil {
			return nil, err
		}
		return v.fileAnswer(r, e, content), nil
	})
	type doing func(context.Context, org.Actor, benefits.ID, benefits.MeasurementID, assessment.EvidenceID) (assessment.Evidence, error)
	change := func(ctx context.Context, r *request, in *measurementFileInput, do doing) (*measurementFileOutput, error) {
		if _, err := v.benefitIn(ctx, r, &in.BenefitPath); err != nil {
			return nil, err
		}
		e, err := do(ctx, r.Actor, in.Benefit, in.Measurement, in.Evidence)
		if err != nil {
			return nil, err
		}
		_, m, err := v.Benefits.Measurement(ctx, r.Actor, in.Benefit, in.Measurement)
		return &measurementFileOutput{http.StatusOK, v.v1MeasurementFileOf(m, e, in.Inside)}, err
	}
	add(v, operation{ID: "remove-measurement-file", Method: http.MethodDelete, Path: path + "/{evidence}", Tag: "Benefits", Summary: "Remove a file that shows a measurement", About: "It can be brought back for 30 days.",
		Fails: changes, Example: example,
	}, func(ctx context.Context, r *request, in *measurementFileInput) (*measurementFileOutput, error) {
		return change(ctx, r, in, v.Benefits.RemoveFile)
	})
	add(v, operation{ID: "restore-measurement-file", Method: http.MethodPost, Path: path + "/{evidence}/restore", Tag: "Benefits", Summary: "Bring back a file that shows a measurement", Fails: changes, Example: example}, func(ctx context.Context, r *request, in *measurementFileInput) (*measurementFileOutput, error) {
		return change(ctx, r, in, v.Benefits.RestoreFile)
	})
}
