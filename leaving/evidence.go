package leaving

import (
	"context"
	"io"
	"path"
	"time"

	"helhet/assessment"
	"helhet/assessment/catalogue"
	"helhet/benefits"
	"helhet/internal/fault"
	"helhet/org"
)

type exportedEvidence struct {
	ID       assessment.EvidenceID `json:"id"`
	Round    assessment.RoundID    `json:"round,omitempty"`
	Task     catalogue.TaskKey     `json:"task,omitempty"`
	Question catalogue.QuestionKey `json:"question,omitempty"` // absent: the task as a whole
	Shows    *exportedShown        `json:"shows,omitempty"`    // or a measurement
	Title    string                `json:"title,omitempty"`
	Link     string                `json:"link,omitempty"`
	Name     string                `json:"name,omitempty"` // of a file, with what follows
	Type     assessment.FileType   `json:"type,omitempty"`
	Size     int64                 `json:"size,omitempty"`
	Scan     assessment.ScanState  `json:"scan,omitempty"`
	File     string                `json:"file,omitempty"` // where it stands in the archive, absent where nobody gets it
	By       org.PersonID          `json:"by"`
	At       time.Time             `json:"at"`
	Removed  time.Time             `json:"removed,omitzero"`
}

// exportedShown is the measurement that a file shows. Version is the one of its versions that stood when the file came, counted from 1.
type exportedShown struct {
	Benefit     benefits.ID            `json:"benefit"`
	Measurement benefits.MeasurementID `json:"measurement"`
	Version     int                    `json:"version"`
}

// evidence writes what stands behind the answers and shows the measurements: a list, and the files beside it. One that is held back, or was removed, stands in the list alone.
func (x *Export) evidence(ctx context.Context, a *archive) error {
	var files []assessment.Evidence
	err := a.list(FileEvidence, func(add func(any) error) error {
		return x.s.Assessments.EachEvidenceOf(ctx, x.actor, x.m.ID, func(e assessment.Evidence) error {
			v := exportedEvidence{ID: e.ID, Round: e.Round, Task: e.Task, Question: e.Question, Title: e.Title, Link: e.Link, By: e.By, At: e.At.UTC(), Removed: e.Removed.UTC()}
			if x := e.Shows; x != nil {
				v.Shows = &exportedShown{benefits.ID(x.Benefit), benefits.MeasurementID(x.Measurement), x.Version}
			}
			if e.File != nil {
				v.Name, v.Type, v.Size, v.Scan = e.File.Name, e.File.Type, e.File.Size, e.File.Scan
				if e.Removed.IsZero() && !x.s.Assessments.Held(e.File) {
					v.File = evidencePath(e)
					files = append(files, e)
				}
			}
			return add(v)
		})
	})
	if err != nil {
		return err
	}
	for _, e := range files {
		open := x.s.Assessments.OpenEvidence
		if e.Shows != nil {
			open = x.s.Assessments.OpenShown
		}
		_, content, err := open(ctx, x.actor, e.ID)
		if fault.CodeOf(err) == fault.NotFound { // removed since the list was written
			continue
		}
		if err != nil {
			return err
		}
		if err := a.file(evidencePath(e), func(w io.Writer) error { _, err := io.Copy(w, content); return err }); err != nil {
			return err
		}
	}
	return nil
}

// evidencePath is where a file stands in the archive. Its name alone may be another's too.
func evidencePath(e assessment.Evidence) string {
	return path.Join(DirEvidence, string(e.ID), e.File.Name)
}
